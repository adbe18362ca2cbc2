"""
What makes incidents similar: keys that read it from their fields.
"""

from __future__ import annotations

import itertools

from typing import TYPE_CHECKING, Final, Protocol, Self, TypeVar, cast

import attrs

from itil_ops.kernel.checks import (
    check_names,
    check_optional,
    check_shape,
    check_text,
    check_type,
    did_you_mean,
    several,
)
from itil_ops.kernel.readable import Readable
from itil_ops.kernel.record import Record
from itil_ops.kernel.vocabulary import CategoryPath


if TYPE_CHECKING:
    from collections.abc import Iterable


R = TypeVar("R", bound=Record)
R_contra = TypeVar("R_contra", bound=Record, contravariant=True)


# ---- What incidents have in common ----------------------------------------------------------


def _values(values: Iterable[str]) -> tuple[str, ...]:
    return check_names(values, "values")


@attrs.frozen
class Likeness(Readable):
    """
    What similar incidents have in common under a key.

    >>> print(Likeness("host", ["web-1"]))
    host web-1

    Attributes:
        key: Name of the key.

        values: The values that they share, as text. A `SimilarityKey` gives those of text fields
            in lower case with single blanks, all others to the letter.

        text: Both in words, as a record has them; no part of equality.

    Raises:
        TypeError: An attribute is of another type.

        ValueError: There are no values, or a text is blank.
    """

    key: str
    values: tuple[str, ...] = attrs.field(converter=_values)
    text: str = attrs.field(default="", eq=False)

    def __attrs_post_init__(self) -> None:
        check_text(self.key, "a key's name")
        if not self.values:
            raise ValueError(f"values must say what is alike under the key {self.key!r}")
        if not check_type(self.text, str, "text"):
            object.__setattr__(self, "text", f"{self.key} {', '.join(self.values)}")

    def __str__(self) -> str:
        return self.text


# ---- Keys -----------------------------------------------------------------------------------


class SimilarityKeyLike(Protocol[R_contra]):
    """
    What tells similar incidents: `SimilarityKey`, or a caller's own.

    It is of the records that it reads: a `SimilarityKeyLike[Incident]` knows incidents alone.
    """

    @property
    def name(self) -> str:
        """
        Name of the key, by which it is told from others.
        """
        ...

    def values(self, record: R_contra, /) -> Iterable[tuple[str, ...]]:
        """
        Return what *record* is known by; nothing if it is similar to none.

        Records are similar if one of these is the same.
        """
        ...

    def describe(self, values: tuple[str, ...], /) -> str:
        """
        Return *values* in words.
        """
        ...


class _Folded(str):
    """
    A text that is compared without regard to case and blanks, and told as it was written.
    """

    __slots__ = ("written",)

    written: str

    def __new__(cls, written: str) -> Self:
        folded = super().__new__(cls, " ".join(written.casefold().split()))
        folded.written = " ".join(written.split())
        return folded


#: How a field is called where its name does not say it of one value.
_CALLED: Final = {"configuration_items": "configuration item", "id": "record"}


@attrs.frozen(init=False, repr=False)
class SimilarityKey:
    """
    The fields whose values similar incidents share.

    People write one thing in several ways: texts are compared without regard to upper and lower
    case, to outer blanks and to how many are between two words: our default. All else, such as an
    id or a category, is compared to the letter.

    >>> key = SimilarityKey("service", "category", category_levels=1)
    >>> key.name, key.describe(("email", "software"))
    ('service+category/1', 'service email, category software')

    Args:
        fields: Names of fields of the record; of fields that hold several values, any one will do.

        category_levels: How many levels of a category count; all of them unless given.

    Raises:
        TypeError: A name is no text, or the levels no whole number.

        ValueError: There is no field, one is named twice, or there are fewer levels than one.
    """

    fields: tuple[str, ...]
    category_levels: int | None

    def __init__(self, *fields: str, category_levels: int | None = None) -> None:
        names = check_names(fields, "fields")
        if not names or len(set(names)) < len(names):
            raise ValueError(f"a key must name at least one field, and each once, not {names}")
        levels = check_optional(category_levels, int, "category_levels")
        if levels is not None and (isinstance(levels, bool) or levels < 1):
            raise ValueError(f"category_levels must be 1 or more, not {levels}")
        self.__attrs_init__(names, levels)

    def __repr__(self) -> str:
        told = [repr(name) for name in self.fields]
        if self.category_levels is not None:
            told.append(f"category_levels={self.category_levels}")
        return f"SimilarityKey({', '.join(told)})"

    @property
    def name(self) -> str:
        """
        The fields, and the levels if they are limited.
        """
        levels = "" if self.category_levels is None else f"/{self.category_levels}"
        return f"{'+'.join(self.fields)}{levels}"

    def values(self, record: Record, /) -> tuple[tuple[str, ...], ...]:
        """
        Return what *record* is known by: every combination where a field holds several values.

        Where a field is empty there is nothing: nothing is similar by what is unknown. Texts are
        in lower case with single blanks.

        Raises:
            ValueError: Such records have no such field.
        """
        known = _fields_of(type(record))
        for name in self.fields:
            if name not in known:
                advice = did_you_mean(name, known, "a key of your own may read more")
                kind = type(record).__name__
                raise ValueError(f"{kind} has no field {name!r} to be similar by; {advice}")
        held = (self._texts(getattr(record, name)) for name in self.fields)
        return tuple(itertools.product(*held))

    def describe(self, values: tuple[str, ...], /) -> str:
        """
        Return *values* in words, each behind its field.
        """
        return ", ".join(map(_described, self.fields, values))

    def _texts(self, held: object) -> tuple[str, ...]:
        if held is None:
            return ()
        if isinstance(held, frozenset):
            held = tuple(sorted(held, key=str))
        several = held if isinstance(held, tuple) else (held,)
        return tuple(dict.fromkeys(text for text in map(self._text, several) if text))

    def _text(self, value: object) -> str:
        if isinstance(value, str):
            return _Folded(value)
        if isinstance(value, CategoryPath):
            return "/".join(value.levels[: self.category_levels])
        return str(value)


def _described(field: str, value: str) -> str:
    written = value.written if isinstance(value, _Folded) else value
    return f"{_CALLED.get(field) or field.replace('_', ' ')} {written}"


#: The names of each class's fields, which attrs takes longer to tell.
_known: dict[type[Record], frozenset[str]] = {}


def _fields_of(kind: type[Record]) -> frozenset[str]:
    if kind not in _known:
        _known[kind] = frozenset(attrs.fields_dict(kind))
    return _known[kind]


DEFAULT_SIMILARITY_KEYS: tuple[SimilarityKeyLike[Record], ...] = (
    SimilarityKey("service", "category"),
    SimilarityKey("configuration_items"),
    SimilarityKey("service", "symptom"),
)
"""
Three ways in which one cause shows: the same kind of trouble with a service, the same faulty
component whatever the service, and the same symptom however it was classified.

All fields at once would miss most: few incidents have all of them, and two that have one cause
seldom agree on every one.
"""


# ---- What keys find -------------------------------------------------------------------------


def check_keys(keys: Iterable[SimilarityKeyLike[R]]) -> tuple[SimilarityKeyLike[R], ...]:
    """
    Return a tuple of *keys* if they are keys, each with a name of its own.

    Raises:
        TypeError: One is no key.

        ValueError: There is none, or two have one name.
    """
    given = cast("tuple[SimilarityKeyLike[R], ...]", several(keys, object, "keys"))
    found = tuple(check_key(key) for key in given)
    names = [key.name for key in found]
    if not names or len(set(names)) < len(names):
        raise ValueError(f"keys must be at least one, each with a name of its own, not {names}")
    return found


def check_key(key: SimilarityKeyLike[R]) -> SimilarityKeyLike[R]:
    """
    Return *key* if it has all that a key has.

    Raises:
        TypeError: It has not.
    """
    check_shape(key, ("name", "values", "describe"), "a key must be a SimilarityKey")
    return key


def likenesses(
    record: R, keys: Iterable[SimilarityKeyLike[R]] = DEFAULT_SIMILARITY_KEYS
) -> tuple[Likeness, ...]:
    """
    Return what *record* is similar to others by, in the order of *keys*.

    Raises:
        TypeError: The record is none, or a key is.

        ValueError: Such records have no field that a key names, or two keys have one name.
    """
    check_type(record, Record, "record")
    return found_by(check_keys(keys), record)


def found_by(keys: Iterable[SimilarityKeyLike[R]], record: R) -> tuple[Likeness, ...]:
    """
    Return what `likenesses` does, for keys and a record that are known to be such.
    """
    found = (
        Likeness(key.name, values, key.describe(values))
        for key in keys
        for values in key.values(record)
    )
    return tuple(dict.fromkeys(found))
