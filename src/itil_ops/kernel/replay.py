"""
From a journal back to a record.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from itil_ops.errors import JournalError
from itil_ops.kernel.checks import check_type
from itil_ops.kernel.journal import Entry
from itil_ops.kernel.stateful import Stateful, growing_fields, journaled_fields


if TYPE_CHECKING:
    from itil_ops.kernel.identity import PartId, RecordId
    from itil_ops.kernel.journal import Journal
    from itil_ops.kernel.lifecycle import Lifecycle
    from itil_ops.kernel.stateful import Part


Versions: TypeAlias = Mapping[int, "Lifecycle"]
PartTypes: TypeAlias = Mapping[type["PartId"], type["Part"]]


def replayed(
    kind: type[Stateful], part_types: PartTypes, journal: Journal, versions: Versions
) -> Any:
    """
    Return the record that *journal* tells of, after checking that it can be so.

    Raises:
        JournalError: An entry is missing, foreign or impossible.
    """
    if not journal:
        raise JournalError(0, "the journal is empty")
    folds = _Folds(kind, part_types, versions)
    last = check_type(journal[0], Entry, "each of journal")
    for expected, entry in enumerate(journal, 1):
        _check_place(check_type(entry, Entry, "each of journal"), expected, last)
        fold = folds.of(entry)
        fold.check(entry)
        fold.apply(entry)
        last = entry
    return folds.built(journal)


def viewed(kind: type[Stateful], part_types: PartTypes, entries: Journal) -> Any:
    """
    Return the view that *entries*, taken as they are, give of a record.
    """
    folds = _Folds(kind, part_types, {})
    for entry in entries:
        folds.of(entry).apply(entry)
    return folds.built(entries)


def check_belongs(entry: Entry, record: RecordId, expected: int) -> None:
    """
    Refuse an entry that is not the *expected* one of the journal of *record*.

    Raises:
        JournalError: Its number is another one, or it is of another record.
    """
    if entry.number != expected:
        raise JournalError(entry.number, f"expected entry {expected} here")
    if entry.record != record:
        raise JournalError(entry.number, f"is of {entry.record}, not of {record}")


def _check_place(entry: Entry, expected: int, last: Entry) -> None:
    check_belongs(entry, last.record, expected)
    if entry.at.tzinfo is None or entry.effective_at.tzinfo is None:
        raise JournalError(entry.number, "has a naive instant")
    if entry.at < last.at:
        raise JournalError(entry.number, f"recorded at {entry.at}, before entry {last.number}")
    if entry.effective_at > entry.at:
        raise JournalError(entry.number, f"effective at {entry.effective_at}, after {entry.at}")
    if entry.cause is not None and not 0 < entry.cause < entry.number:
        raise JournalError(
            entry.number, f"follows from entry {entry.cause}, which is not before it"
        )


class _Folds:
    """
    The fold of a record and those of its parts.
    """

    __slots__ = ("_kind", "_part_types", "_parts", "_record", "_versions")

    def __init__(self, kind: type[Stateful], part_types: PartTypes, versions: Versions) -> None:
        self._kind = kind
        self._part_types = part_types
        self._versions = versions
        self._record = Fold(kind, versions)
        self._parts: dict[PartId, Fold] = {}

    def of(self, entry: Entry) -> Fold:
        part = entry.part
        if part is None:
            return self._record
        if part not in self._parts:
            self._parts[part] = Fold(self._part_type(part, entry.number), self._versions)
        return self._parts[part]

    def _part_type(self, part: PartId, number: int) -> type[Part]:
        try:
            return self._part_types[type(part)]
        except KeyError:
            raise JournalError(
                number, f"{self._kind.__name__} has no parts known by {part!r}"
            ) from None

    def built(self, journal: Journal) -> Any:
        parts = tuple(fold.built() for fold in self._parts.values())
        return self._record.built(parts=parts, journal=journal, stored_version=None)


class Fold:
    """
    The fields of a record or part, gathered entry by entry.
    """

    __slots__ = (
        "_first",
        "_growing",
        "_later",
        "_states",
        "_versions",
        "begun",
        "fields",
        "kind",
        "state",
    )

    def __init__(self, kind: type[Stateful], versions: Versions) -> None:
        self.kind = kind
        self.state: str | None = None
        self.begun = 0
        self.fields: dict[str, Any] = {}
        self._first = journaled_fields(kind)
        self._later = self._first - {"id"}
        self._growing = growing_fields(kind)
        self._versions = versions
        self._states = {state.name for state in kind.lifecycle.states}

    def apply(self, entry: Entry) -> None:
        """
        Take an entry as it is.
        """
        had = {name: self.fields.get(name, ()) for name in self._growing}
        self.fields.update(entry.changes)
        for name in self._growing & entry.changes.keys():
            self.fields[name] = (*had[name], *self.fields[name])
        self.state = entry.to_state
        self.begun = self.begun or entry.number

    def check(self, entry: Entry) -> None:
        """
        Refuse an entry that cannot follow.

        Raises:
            JournalError: It names another state than the one reached, an unknown action or field,
                or a step that the lifecycle of its version does not have.
        """
        lifecycle = self._lifecycle(entry)
        if entry.from_state != self.state:
            raise JournalError(
                entry.number, f"begins in {entry.from_state!r}, but {self.state!r} was reached"
            )
        if entry.action not in lifecycle.actions:
            raise JournalError(entry.number, f"{lifecycle.name} has no action {entry.action!r}")
        if not self._leads(lifecycle, entry):
            raise JournalError(
                entry.number,
                f"{entry.action!r} does not lead from {entry.from_state!r} to {entry.to_state!r}",
            )
        known = self._first if self.state is None else self._later
        for name in entry.changes:
            if name not in known:
                raise JournalError(entry.number, f"{self.kind.__name__} has no field {name!r}")
            if name in self._growing and not isinstance(entry.changes[name], tuple):
                raise JournalError(entry.number, f"{name} takes what came on, as a tuple")
        if not self._remembers(lifecycle, entry):
            raise JournalError(entry.number, "remembers another state than the one that was left")
        if entry.to_state not in self._states:
            raise JournalError(
                entry.number, f"{lifecycle.name} has no state {entry.to_state!r} now"
            )
        subject = entry.part or entry.record
        if self.state is None and entry.changes.get("id") != subject:
            told = entry.changes.get("id")
            raise JournalError(entry.number, f"begins with the id {told!r}, but is of {subject!r}")

    def built(self, **derived: object) -> Any:
        """
        Return the record or part.

        Raises:
            JournalError: A field is missing, or the class's lifecycle lacks the state.
        """
        try:
            state = self.kind.lifecycle.state(self.state or "")
            return self.kind(**{**self.fields, **derived, "state": state})
        except (TypeError, ValueError) as error:
            raise JournalError(self.begun, str(error)) from error

    def _lifecycle(self, entry: Entry) -> Lifecycle:
        current = self.kind.lifecycle
        if entry.lifecycle_version == current.version:
            return current
        try:
            return self._versions[entry.lifecycle_version]
        except KeyError:
            raise JournalError(
                entry.number,
                f"written under version {entry.lifecycle_version} of {current.name},"
                f" now at {current.version}; pass its table as migrate",
            ) from None

    def _remembers(self, lifecycle: Lifecycle, entry: Entry) -> bool:
        before = self.fields.get("returns_to")
        after = entry.changes.get("returns_to", before)
        if entry.from_state is None or entry.from_state == entry.to_state:
            return after == before
        return after == lifecycle.remembered(entry.from_state, entry.to_state, before)

    def _leads(self, lifecycle: Lifecycle, entry: Entry) -> bool:
        returns_to = self.fields.get("returns_to")
        return any(
            row.to == entry.to_state and (not row.is_return or row.to == returns_to)
            for row in lifecycle.rows(entry.from_state, entry.action)
        )
