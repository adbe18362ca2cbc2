"""
Search of known errors: what is asked, what is found and why, and the port for a caller's engine.
"""

from __future__ import annotations

import math

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, Self

import attrs

from itil_ops.kernel.checks import (
    check_names,
    check_optional,
    check_optional_text,
    check_type,
    several,
)
from itil_ops.kernel.fields import item_ids
from itil_ops.kernel.identity import ConfigurationItemId, KnownErrorId
from itil_ops.kernel.readable import Readable
from itil_ops.kernel.record import Record
from itil_ops.kernel.vocabulary import CategoryPath
from itil_ops.problem.known_error.terms import words_in
from itil_ops.problem.known_error.weights import check_weight


if TYPE_CHECKING:
    from collections.abc import Iterable


# ---- What is asked --------------------------------------------------------------------------


def _keys(values: Iterable[str]) -> tuple[str, ...]:
    return check_names(values, "symptom_keys")


@attrs.frozen(kw_only=True)
class SymptomQuery:
    """
    What is known of an incident when somebody looks for a known error.

    Whatever of it a known error has too speaks for that one. Nothing that it lacks shuts it out;
    only one that is fixed in the asker's version is not found.

    >>> SymptomQuery(text="?!")
    Traceback (most recent call last):
    ...
    ValueError: an empty search finds nothing: give a text with a word in it, a symptom key, ...

    Attributes:
        text: What people say of it. A symptom key that stands in it, in whole words, is found too.

        symptom_keys: Keys that stand for a symptom, such as error codes; each is compared as a
            whole, case and accents aside.

        service: The service that it concerns.

        configuration_items: What seems to have failed.

        category: Where it stands in the classification.

        version: The version that the asker runs of what is concerned, spelled as `versions` and
            `fixed_in` of known errors spell it.

    Raises:
        TypeError: An attribute is of another type.

        ValueError: It asks for nothing, or a key, the service or the version is blank.
    """

    text: str | None = None
    symptom_keys: tuple[str, ...] = attrs.field(default=(), converter=_keys)
    service: str | None = None
    configuration_items: tuple[ConfigurationItemId, ...] = attrs.field(
        default=(), converter=item_ids
    )
    category: CategoryPath | None = None
    version: str | None = None

    def __attrs_post_init__(self) -> None:
        check_optional(self.text, str, "text")
        check_optional_text(self.service, "service")
        check_optional(self.category, CategoryPath, "category")
        check_optional_text(self.version, "version")
        named = (self.symptom_keys, self.configuration_items)
        asked = (*named, self.service, self.category, self.version)
        if not (any(asked) or any(words_in(self.text or ""))):
            raise ValueError(
                "an empty search finds nothing: give a text with a word in it, a symptom key,"
                " a service, a configuration item, a category or a version"
            )

    @classmethod
    def of(cls, record: Record, *, finding: str | None = None, version: str | None = None) -> Self:
        """
        Return the query for what *record* tells, of whichever room it is.

        Args:
            record: The record, as a rule an incident.

            finding: What was found in diagnosis, if anything was.

            version: The version of what is concerned, which no record tells.

        Raises:
            TypeError: An argument is of another type.

            ValueError: *version* is blank.
        """
        check_type(record, Record, "record")
        # A record of a room that this one is blind to is read by the names of its fields.
        symptom: str | None = getattr(record, "symptom", None)
        told = (record.title, record.description, symptom, check_optional(finding, str, "finding"))
        return cls(
            text="\n".join(text for text in told if text is not None),
            symptom_keys=() if symptom is None else (symptom,),
            service=record.service,
            configuration_items=getattr(record, "configuration_items", ()),
            category=record.category,
            version=version,
        )


_THREE_DIGITS = 100


def _figure(weight: float) -> str:
    """
    Return *weight* in three digits, or as many as there are before the point.
    """
    return f"{weight:.3g}" if weight < _THREE_DIGITS else f"{weight:.0f}"


# ---- What is found --------------------------------------------------------------------------


class GroundKind(StrEnum):
    """
    What a known error has in common with what was asked.
    """

    SYMPTOM_KEY = "symptom_key"
    TERM = "term"
    CONFIGURATION_ITEM = "configuration_item"
    SERVICE = "service"
    CATEGORY = "category"
    VERSION = "version"


@attrs.frozen
class MatchGround(Readable):
    """
    One thing that speaks for a known error.

    >>> print(MatchGround(GroundKind.TERM, "mail", 2.25))
    the term 'mail' (2.25)

    Attributes:
        kind: What kind of thing.

        what: The key, the word, the name.

        weight: How much it counts.

    Raises:
        TypeError: An attribute is of another type.

        ValueError: The weight is negative, not finite or too large.
    """

    kind: GroundKind
    what: str
    weight: float

    def __attrs_post_init__(self) -> None:
        check_type(self.kind, GroundKind, "kind")
        check_type(self.what, str, "what")
        check_weight(self.weight, "weight")

    def __str__(self) -> str:
        return f"the {self.kind.replace('_', ' ')} {self.what!r} ({_figure(self.weight)})"


def _grounds(values: Iterable[MatchGround]) -> tuple[MatchGround, ...]:
    grounds = several(values, MatchGround, "grounds")
    return tuple(sorted(grounds, key=lambda one: (-one.weight, one.kind, one.what)))


def _fixed_in(values: Iterable[str]) -> tuple[str, ...]:
    return check_names(values, "fixed_in")


@attrs.frozen(kw_only=True)
class KnownErrorMatch:
    """
    A known error that was found, and why.

    Attributes:
        known_error: Its id.

        grounds: What speaks for it, the heaviest first.

        fixed_in: The versions that have a fix of it, if any has.

    Raises:
        TypeError: An attribute is of another type.

        ValueError: There is no ground, or a version is blank.
    """

    known_error: KnownErrorId
    grounds: tuple[MatchGround, ...] = attrs.field(converter=_grounds)
    fixed_in: tuple[str, ...] = attrs.field(default=(), converter=_fixed_in)

    def __attrs_post_init__(self) -> None:
        check_type(self.known_error, KnownErrorId, "known_error")
        if not self.grounds:
            raise ValueError(f"the match of {self.known_error} must have a ground")

    @property
    def score(self) -> float:
        """
        How well it matches: the exact sum of what its grounds weigh, rounded once.
        """
        return math.fsum(ground.weight for ground in self.grounds)

    def explain(self) -> str:
        """
        Return why it was found, in a sentence, and in another one where it is fixed.

        >>> key = MatchGround(GroundKind.SYMPTOM_KEY, "ORA-00600", 20)
        >>> word = MatchGround(GroundKind.TERM, "mail", 2.25)
        >>> KnownErrorMatch(known_error=KnownErrorId("KE-7"), grounds=[word, key]).explain()
        "KE-7 scores 22.2: it has the symptom key 'ORA-00600' (20) and the term 'mail' (2.25)."
        >>> KnownErrorMatch(
        ...     known_error=KnownErrorId("KE-7"), grounds=[word], fixed_in=["19.4", "21.1"]
        ... ).explain()
        "KE-7 scores 2.25: it has the term 'mail' (2.25). It is fixed in '19.4' and '21.1'."
        """
        told = f"{self.known_error} scores {_figure(self.score)}: it has {_joined(self.grounds)}."
        if not self.fixed_in:
            return told
        return f"{told} It is fixed in {_joined(map(repr, self.fixed_in))}."


def _joined(parts: Iterable[object]) -> str:
    *others, last = map(str, parts)
    return f"{', '.join(others)} and {last}" if others else last


# ---- Who finds it ---------------------------------------------------------------------------


class Searchable(Protocol):
    """
    What a known error tells to whoever searches.

    `versions` and `fixed_in` are those of what it affects. Where it has a `version` besides, a
    whole number as a `KnownError` has it, that one counts its own changes, and `KnownErrorIndex`
    tells by it what is out of date.
    """

    @property
    def id(self) -> KnownErrorId:
        """
        What it is known by.
        """
        ...

    @property
    def title(self) -> str:
        """
        What it is about, in a line.
        """
        ...

    @property
    def symptoms(self) -> str | None:
        """
        How it shows, in words.
        """
        ...

    @property
    def keywords(self) -> tuple[str, ...]:
        """
        Words by which it should be found.
        """
        ...

    @property
    def symptom_keys(self) -> tuple[str, ...]:
        """
        Exact keys of its symptoms, such as error codes.
        """
        ...

    @property
    def services(self) -> tuple[str, ...]:
        """
        The services that it affects.
        """
        ...

    @property
    def configuration_items(self) -> tuple[ConfigurationItemId, ...]:
        """
        The configuration items that it affects.
        """
        ...

    @property
    def category(self) -> CategoryPath | None:
        """
        Where it stands in the classification.
        """
        ...

    @property
    def versions(self) -> tuple[str, ...]:
        """
        The versions of what it affects that have the error.
        """
        ...

    @property
    def fixed_in(self) -> tuple[str, ...]:
        """
        The versions in which it is fixed: to whoever runs one it is not found.
        """
        ...

    @property
    def is_searchable(self) -> bool:
        """
        Whether it may be found: drafts and retired ones may not.
        """
        ...


class KnownErrorSearch(Protocol):
    """
    Whoever finds known errors by their symptoms: `KnownErrorIndex`, or a search engine.
    """

    def search(self, query: SymptomQuery, *, limit: int = 10) -> tuple[KnownErrorMatch, ...]:
        """
        Return the known errors that match *query* best, the best first, of equal ones by id.

        What is fixed in the version of *query* is not among them.

        Args:
            query: What is known.

            limit: How many at most.

        Raises:
            TypeError: An argument is of another type.

            ValueError: *limit* is less than 1.
        """
        ...
