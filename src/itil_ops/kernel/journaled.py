"""
A life that a journal tells, and the one place that takes a step in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

import attrs

from itil_ops.errors import JournalError, OutOfOrderError
from itil_ops.kernel.actor import Actor
from itil_ops.kernel.checks import check_optional_text, check_type
from itil_ops.kernel.course import Course, course_of, place_of
from itil_ops.kernel.guard import NOTHING_TOLD, Context
from itil_ops.kernel.identity import PartId, RecordId
from itil_ops.kernel.instant import effective, utc
from itil_ops.kernel.journal import NO_CHANGES, Changes, Entry, Journal
from itil_ops.kernel.policies import Policies, in_force
from itil_ops.kernel.replay import replayed, viewed
from itil_ops.kernel.stateful import (
    Advance,
    Part,
    Stateful,
    advance,
    begin,
    copied,
    described,
    newly_told,
    refusal,
    set_fields,
)


if TYPE_CHECKING:
    from pendulum import DateTime

    from itil_ops.kernel.lifecycle import Lifecycle


J = TypeVar("J", bound="Journaled")

_NOT_JOURNALED = {"journaled": False}


@attrs.frozen
class Step:
    """
    A step that a verb asks for.

    Attributes:
        action: Name of the action.

        changes: Fields with their new values; those that stay the same are left out.

        note: What the actor wrote.

        effective_at: When it was so; when it is recorded unless given.

        decided: For a field that a policy decided, the policy's name.

        part: Id of the part that takes the step; the record itself unless given.

        told: What rules must know of other records, by name; the journal does not keep it.
    """

    action: str
    changes: Mapping[str, object] = NO_CHANGES
    note: str | None = attrs.field(default=None, kw_only=True)
    effective_at: datetime | None = attrs.field(default=None, kw_only=True)
    decided: Mapping[str, object] = attrs.field(default=NO_CHANGES, kw_only=True)
    part: PartId | None = attrs.field(default=None, kw_only=True)
    told: Mapping[str, object] = attrs.field(default=NOTHING_TOLD, kw_only=True)


@attrs.frozen(kw_only=True)
class Journaled(Stateful):
    """
    A frozen snapshot of a life that a journal tells; every verb returns the next one.

    What it is known by is its `id`; two are equal if all they hold is equal, journal included. A
    subclass names its `lifecycle`, `policies` and `id_type`, may have fields and verbs, and has a
    method for each action of its lifecycle that is not but a consequence.

    Attributes:
        parts: What lives a life of its own inside: approvals, tasks.

        journal: All that was done, the truth from which everything else is derived.

        stored_version: The version it had when it left its store; 0 until it is stored, `None` for
            a view or a replay, which is detached from any store. No part of equality.
    """

    policies: ClassVar[Policies]
    id_type: ClassVar[type[RecordId]]
    part_types: ClassVar[Mapping[type[PartId], type[Part]]] = {}
    _placing: ClassVar[frozenset[str]] = frozenset()

    parts: tuple[Part, ...] = attrs.field(default=(), metadata=_NOT_JOURNALED)
    journal: Journal = attrs.field(default=(), metadata=_NOT_JOURNALED)
    stored_version: int | None = attrs.field(default=0, eq=False, metadata=_NOT_JOURNALED)

    def __init_subclass__(cls) -> None:
        # Planted in the class's own body, so that attrs leaves them alone.
        for name in ("__hash__", "__repr__"):
            if name not in cls.__dict__:
                setattr(cls, name, getattr(cls, name))
        lifecycle: Lifecycle | None = getattr(cls, "lifecycle", None)
        if lifecycle is not None:
            _check_verbs(cls, lifecycle)
        if "policies" in cls.__dict__:
            _check_policies(cls)

    def __hash__(self) -> int:
        return hash((type(self), self.id, self.version))

    @property
    def version(self) -> int:
        """
        The number of entries in the journal.
        """
        return len(self.journal)

    @property
    def logged_at(self) -> DateTime:
        """
        When the record began.
        """
        return self.journal[0].at

    def first_entry(self, action: str) -> Entry | None:
        """
        Return the entry with which the record first did *action*, if it ever did.
        """
        return next(self._entries(self.journal, action), None)

    def last_entry(self, action: str) -> Entry | None:
        """
        Return the entry with which the record last did *action*, if it ever did.
        """
        return next(self._entries(reversed(self.journal), action), None)

    def _first_at(self, *actions: str) -> DateTime | None:
        return _effective_at(self._entries(self.journal, *actions))

    def _last_at(self, *actions: str) -> DateTime | None:
        return _effective_at(self._entries(reversed(self.journal), *actions))

    def _count(self, action: str) -> int:
        return sum(1 for _ in self._entries(self.journal, action))

    @staticmethod
    def _entries(journal: Iterable[Entry], *actions: str) -> Iterator[Entry]:
        return (entry for entry in journal if entry.action in actions and entry.part is None)

    def part(self, part_id: PartId) -> Part:
        """
        Return the part known by *part_id*.

        Raises:
            ValueError: There is none.
        """
        place = place_of(self.parts, part_id)
        if place is None:
            raise ValueError(f"{described(self)} has no part {part_id!r}")
        return self.parts[place]

    # ---- Views and replays ------------------------------------------------------------------

    def as_of(self, at: datetime) -> Self:
        """
        Return the view of how the record was at *at*, by all that is known by now.

        The view is detached: it cannot be saved, and its journal may have gaps.

        Raises:
            ValueError: The record had not begun.
        """
        at = utc(at)
        return self._view(entry for entry in self.journal if entry.effective_at <= at)

    def as_known_at(self, at: datetime) -> Self:
        """
        Return the record as it was known at *at*: a prefix of its journal, which replays.

        It is detached: it cannot be saved.

        Raises:
            ValueError: The record had not begun.
        """
        at = utc(at)
        return self._view(entry for entry in self.journal if entry.at <= at)

    def _view(self, entries: Iterable[Entry]) -> Self:
        seen = tuple(entries)
        if not seen:
            raise ValueError(f"{described(self)} began at {self.logged_at}, not before")
        view: Self = viewed(type(self), self.part_types, seen)
        return view

    @classmethod
    def replay(
        cls, journal: Iterable[Entry], *, migrate: Mapping[int, Lifecycle] | None = None
    ) -> Self:
        """
        Return the record that *journal* tells of.

        States and steps are checked; guards and policies are not asked again.

        Args:
            journal: All its entries, in order.

            migrate: For an older version of the lifecycle, the table that was in force then.

        Raises:
            JournalError: An entry is missing, foreign or impossible; its number is named.
        """
        record: Self = replayed(cls, cls.part_types, tuple(journal), migrate or {})
        if not isinstance(record.id, cls.id_type):
            raise JournalError(1, f"begins {record.id!r}, which is no {cls.__name__}")
        return record

    # ---- The one place that takes a step ----------------------------------------------------

    @classmethod
    def _begin(
        cls,
        action: str,
        *,
        by: Actor,
        at: datetime,
        fields: Mapping[str, Any],
        note: str | None = None,
        decided: Mapping[str, object] = NO_CHANGES,
        policies: Policies | None = None,
    ) -> Self:
        """
        Begin a record with *action*; its first entry holds every field.

        Raises:
            RefusedError: It is not permitted, or rules stand in the way.
        """
        step = Step(action, note=note, decided=decided)
        at, by = utc(at), check_type(by, Actor, "by")
        context = Context[Self, Policies](
            action,
            by,
            at,
            at,
            check_optional_text(note, "note"),
            in_force(policies, cls.policies),
            None,
        )
        advanced = begin(cls, fields, context)
        record: Self = advanced.subject
        if advanced.reasons:
            raise refusal(advanced, action, [(context, advanced)])
        return record._journaled(step, context, advanced)

    def _step(
        self,
        action: str,
        changes: Mapping[str, object] = NO_CHANGES,
        *,
        by: Actor,
        at: datetime,
        note: str | None = None,
        effective_at: datetime | None = None,
        decided: Mapping[str, object] = NO_CHANGES,
        part: PartId | None = None,
        told: Mapping[str, object] = NOTHING_TOLD,
        policies: Policies | None = None,
    ) -> Self:
        """
        Take one step: what a verb ends in.

        Args:
            action: Name of the action.

            changes: Fields with their new values; those that stay the same are left out.

            by: Who takes it.

            at: When it is recorded.

            note: What the actor wrote.

            effective_at: When it was so; when it is recorded unless given.

            decided: For a field that a policy decided, the policy's name.

            part: Id of the part that takes the step; the record itself unless given.

            told: What rules must know of other records, by name; the journal does not keep it.

            policies: The policies for this step; those of the class unless given.

        Raises:
            OutOfOrderError: See `_take`.

            RefusedError: See `_take`.
        """
        step = Step(
            action,
            changes,
            note=note,
            effective_at=effective_at,
            decided=decided,
            part=part,
            told=told,
        )
        return self._take(step, by=by, at=at, policies=policies)

    def _take(
        self,
        *steps: Step,
        by: Actor,
        at: datetime,
        policies: Policies | None = None,
        verb: str | None = None,
    ) -> Self:
        """
        Take *steps* in order, all or none; each after the first names the one it follows from.

        That is the last of them that the record itself took, and not a part of it; where it has
        taken none yet, the first.

        Args:
            steps: The steps.

            by: Who takes them.

            at: When they are recorded.

            policies: The policies for them; those of the class unless given.

            verb: What a refusal calls them all; the first step's action unless given.

        Raises:
            OutOfOrderError: *at* lies before the last entry, or the `effective_at` of a step before
                that of the last step that moved the record.

            RefusedError: A step is not possible, not permitted, or rules stand in the way.
        """
        at = utc(at)
        if at < self.journal[-1].at:
            raise OutOfOrderError(described(self), "at", at, self.journal[-1].at)
        check_type(by, Actor, "by")
        record, course = self, course_of(self._placing, self.parts, self.journal, len(steps))
        # What passed is not kept: the records between the first and the last would be many.
        refused: list[tuple[Context[Self, Policies], Advance]] = []
        first: Advance | None = None
        cause: int | None = None
        for step in steps:
            context = record._context(step, by, at, policies, course)
            place = course.place_of(record.parts, step.part)
            advanced = record._advanced(step, context, place)
            first = first or advanced
            if advanced.reasons:
                refused.append((context, advanced))
            record = record._journaled(step, context, advanced, cause, place)
            course.follow(record.parts, record.journal[-1])
            if cause is None or step.part is None:
                cause = record.version
        if first is not None and refused:
            raise refusal(first, verb or steps[0].action, refused)
        return record

    def _context(
        self, step: Step, by: Actor, at: DateTime, policies: Policies | None, course: Course
    ) -> Context[Self, Policies]:
        return Context(
            step.action,
            by,
            at,
            at if step.effective_at is None else self._effective(step, at, course),
            check_optional_text(step.note, "note"),
            in_force(policies, type(self).policies),
            self,
            step.told,
        )

    def _effective(self, step: Step, at: DateTime, course: Course) -> DateTime:
        given = effective(at, step.effective_at)
        if given > at:
            raise ValueError(f"effective_at {given} lies after {at}, when it is recorded")
        last = course.last_move(self.journal, step.part)
        if given < last:
            raise OutOfOrderError(described(self), "effective_at", given, last)
        return given

    def _advanced(self, step: Step, context: Context[Self, Policies], place: int | None) -> Advance:
        if step.part is None:
            return advance(self, step.changes, context)
        if place is not None:
            return advance(self.parts[place], step.changes, context)
        return begin(self._part_type(step.part), {"id": step.part, **step.changes}, context)

    def _part_type(self, part_id: PartId) -> type[Part]:
        try:
            return self.part_types[type(part_id)]
        except KeyError:
            raise ValueError(f"{described(self)} has no parts known by {part_id!r}") from None

    def _journaled(
        self,
        step: Step,
        context: Context[Self, Policies],
        advanced: Advance,
        cause: int | None = None,
        place: int | None = None,
    ) -> Self:
        before: Stateful | None = None
        if step.part is None:
            record: Self = advanced.subject
            record._settle(advanced.changes)
            before = self if self.journal else None
        else:
            before = None if place is None else self.parts[place]
            record = copied(self, {"parts": _with_part(self.parts, advanced.subject, place)})
        changes = advanced.changes if before is None else newly_told(before, advanced.changes)
        entry = Entry(
            record=self.id,
            number=self.version + 1,
            at=context.at,
            effective_at=context.effective_at,
            by=context.by,
            action=step.action,
            from_state=advanced.from_state,
            to_state=advanced.row.to,
            lifecycle_version=advanced.subject.lifecycle.version,
            changes=Changes(changes) if changes else NO_CHANGES,
            decided=Changes(step.decided) if step.decided else NO_CHANGES,
            note=step.note,
            cause=cause,
            part=step.part,
        )
        # Twice as fast as to unpack, which counts for long journals.
        set_fields(record, {"journal": self.journal + (entry,)})  # noqa: RUF005
        return record

    def _settle(self, changes: dict[str, object]) -> None:
        """
        Finish a fresh record that nobody else holds yet; what that changes is added to *changes*.
        """


def _check_verbs(cls: type, lifecycle: Lifecycle) -> None:
    missing = [verb for verb in lifecycle.verbs if not callable(getattr(cls, verb, None))]
    if missing:
        raise TypeError(f"{cls.__name__} has no verbs for its lifecycle's actions {missing}")


def _check_policies(cls: type[Journaled]) -> None:
    usual = getattr(super(cls, cls), "policies", None)
    if usual is not None:
        check_type(cls.policies, type(usual), f"policies of {cls.__name__}")


def _effective_at(entries: Iterator[Entry]) -> DateTime | None:
    return next((entry.effective_at for entry in entries), None)


def _with_part(parts: tuple[Part, ...], moved: Part, place: int | None) -> tuple[Part, ...]:
    if place is None:
        return (*parts, moved)
    return (*parts[:place], moved, *parts[place + 1 :])


def stored(record: J, version: int) -> J:
    """
    Return *record* as a store hands it out, stored at *version*.
    """
    return copied(record, {"stored_version": version})
