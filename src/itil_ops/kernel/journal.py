"""
What was done, by whom, when, and what it changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TypeAlias

import attrs

from pendulum import DateTime

from itil_ops.kernel.actor import Actor
from itil_ops.kernel.identity import PartId, RecordId
from itil_ops.kernel.vocabulary import Inheritance


# Journals by the thousand hold the same few sets of field names; each is kept once.
_shapes: dict[tuple[str, ...], tuple[str, ...]] = {}


class Changes(Mapping[str, object]):
    """
    An immutable, hashable mapping from names of fields to their new values.

    >>> Changes({"group": "messaging", "assignee": None})
    Changes({'group': 'messaging', 'assignee': None})

    Raises:
        TypeError: A value cannot be hashed, so it may change behind the journal's back.
    """

    __slots__ = ("_names", "_values")

    _names: tuple[str, ...]
    _values: tuple[object, ...]

    def __init__(self, fields: Mapping[str, object]) -> None:
        names = tuple(fields)
        self._names = _shapes.setdefault(names, names)
        self._values = tuple(fields.values())
        for value in self._values:
            # To hash an instant costs as much as to make it: only what may be mutable is tried.
            if type(value).__hash__ is None or isinstance(value, tuple):
                hash(value)

    def __getitem__(self, name: str) -> object:
        try:
            return self._values[self._names.index(name)]
        except ValueError:
            raise KeyError(name) from None

    def get(self, name: str, default: object = None) -> object:
        """
        Return the new value of the field *name*; *default* where it does not change.
        """
        # That of `Mapping` raises and catches two errors for each name that is not there.
        return self._values[self._names.index(name)] if name in self._names else default

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __hash__(self) -> int:
        return hash(frozenset(self.items()))

    def __repr__(self) -> str:
        return f"Changes({dict(self)})"

    def over(self, fields: Mapping[str, object]) -> dict[str, object]:
        """
        Return *fields* with these changes made.
        """
        made = dict(fields)
        made.update(zip(self._names, self._values, strict=True))
        return made

    def __reduce__(self) -> tuple[type[Changes], tuple[dict[str, object]]]:
        return Changes, (dict(self),)


NO_CHANGES = Changes({})


@attrs.frozen(kw_only=True)
class Entry:
    """
    One step in a record's life: the truth from which everything else is derived.

    Attributes:
        record: Id of the record.

        number: 1 for the first entry, then one more for each; the order of entries is this
            number, never the time.

        at: When it was recorded. It never decreases, and equal instants are legal.

        effective_at: When it was so; not after *at*, and the same unless somebody said otherwise.

        by: Who did it, with the roles they held.

        action: What was done, by its name in the lifecycle.

        from_state: Name of the state that was left; `None` where the record or part began.

        to_state: Name of the state that was reached; the same where the action is internal.

        lifecycle_version: Version of the lifecycle under which the step was legal.

        changes: The fields that differ, with their new values; of what only grows (`inherited`),
            what came on. The first entry holds every field.

        decided: For a field that a policy decided, the policy's name.

        note: What the actor wrote.

        cause: Number of the entry that this one follows from, if it does: of those that one verb
            made, the last one before it that the record itself took, or else the first.

        part: Id of the part whose step it is; states and action are then those of the part's
            lifecycle. `None` where the record itself took the step.
    """

    record: RecordId
    number: int
    at: DateTime
    effective_at: DateTime
    by: Actor
    action: str
    from_state: str | None
    to_state: str
    lifecycle_version: int
    changes: Changes = NO_CHANGES
    decided: Changes = NO_CHANGES
    note: str | None = None
    cause: int | None = None
    part: PartId | None = None

    def __str__(self) -> str:
        return self._line("")

    @property
    def summary(self) -> str:
        """
        What `str` says, and what it changed as far as that is short: who was asked, what was given.

        >>> import pendulum
        >>> from itil_ops import Actor, Incident, IncidentId
        >>> told = {"by": Actor("li"), "at": pendulum.datetime(2026, 3, 2, 9)}
        >>> incident = Incident.log(IncidentId("INC-1"), title="No mail", service="mail", **told)
        >>> print(incident.assign(group="messaging", note="Theirs.", **told).journal[-1].summary)
        2. 2026-03-02 09:00 assign by li (group messaging): Theirs.
        """
        facts = self._facts()
        if len(facts) > _MOST_FACTS:
            facts = (*facts[:_MOST_FACTS], "...")
        return self._line(f" ({', '.join(facts)})" if facts else "")

    def _line(self, facts: str) -> str:
        subject = "" if self.part is None else f" {self.part}"
        note = "" if self.note is None else f": {self.note}"
        when = f"{self.at:%Y-%m-%d %H:%M}"
        return f"{self.number}. {when} {self.action}{subject} by {self.by}{facts}{note}"

    def _facts(self) -> tuple[str, ...]:
        known = {self.note, self.at, self.effective_at}
        told = (
            (name, _short(value))
            for name, value in self.changes.items()
            if name not in _NO_FACTS and _is_told(value) and value not in known
        )
        return tuple(f"{name} {text}" for name, text in told if text)


_MOST_FACTS = 4
_LONGEST_FACT = 40

# What it is known by stands there anyway; where it returns to is the lifecycle's own memory.
_NO_FACTS = frozenset({"id", "returns_to"})


def _is_told(value: object) -> bool:
    return bool(value) or (isinstance(value, int) and not isinstance(value, bool))


def _short(value: object) -> str:
    """
    Return a value in a few words, if it has any of its own; else nothing.
    """
    if isinstance(value, Changes):
        text = " ".join(f"{name} {amount}" for name, amount in value.items())
    elif isinstance(value, datetime):
        text = f"{value:%Y-%m-%d %H:%M}"
    elif isinstance(value, int) or type(value).__str__ is not object.__str__:
        text = str(value)
    else:
        text = ""
    return text if len(text) <= _LONGEST_FACT else ""


Journal: TypeAlias = tuple[Entry, ...]
"""
All that was done to a record, in order.
"""


@attrs.frozen(kw_only=True)
class Inherited:
    """
    What a record took over from the one that was merged into it, or that it was split from.

    Attributes:
        origin: Id of the other record.

        inheritance: What becomes of its clocks.

        journal: What had been done there by then.
    """

    origin: RecordId
    inheritance: Inheritance
    journal: Journal = attrs.field(repr=False)


def taken_over(entries: Iterable[Entry]) -> Iterator[Inherited]:
    """
    Yield what a record took over in the course of *entries*; each tells what came on with it.
    """
    for entry in entries:
        shares = entry.changes.get("inherited")
        if isinstance(shares, tuple):
            yield from shares
