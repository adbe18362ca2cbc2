"""
What was promised: one target of an agreement.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias, cast

import attrs

from itil_ops.errors import AgreementError
from itil_ops.kernel.checks import check_optional, check_type, several
from itil_ops.kernel.instant import length, microseconds
from itil_ops.kernel.priority import Priority
from itil_ops.kernel.table import Phase
from itil_ops.kernel.vocabulary import PendingReason
from itil_ops.sla.hours.calendar import ALWAYS_OPEN
from itil_ops.sla.hours.duration import BusinessDays, Duration, check_duration, end_of
from itil_ops.sla.hours.working_time import WorkingTime, check_calendar
from itil_ops.sla.promises.condition import Condition, Where, check_condition, check_field, reads_of
from itil_ops.sla.promises.measure import (
    MEASURES,
    SINCE_BEGUN,
    UNTIL_OVER,
    Measure,
    TargetKind,
    is_closed,
)
from itil_ops.sla.promises.policy import ClockPolicy, ZeroTarget
from itil_ops.sla.promises.threshold import Threshold, check_order, read_thresholds


if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from itil_ops.sla.promises.fact import Fact


class StopAt(StrEnum):
    """
    What stops a clock that runs until the result.
    """

    RESOLVED = "resolved"
    CLOSED = "closed"


class StartAt(StrEnum):
    """
    When the first clock of a record starts.
    """

    LOGGED = "logged"
    """When the record was logged."""

    DETECTED = "detected"
    """When somebody noticed; where nobody knows, when it was logged."""

    REPORTED = "reported"
    """When the user first told of it, maybe as another record; unless known, when it was logged."""

    ASSIGNED = "assigned"
    """When it first had a group or an assignee; there is no clock before."""


@attrs.frozen
class StartField:
    """
    A start at the instant that a field of the record holds, past or future.

    There is no clock until it holds one. What it holds last counts: a corrected start is the start.

    Attributes:
        name: The field's name.
    """

    name: str = attrs.field(converter=check_field)


PauseOn: TypeAlias = PendingReason | Phase | Condition
"""
What pauses a clock: a reason to wait, a phase, or a condition.
"""


def _priorities(values: Iterable[Priority] | None) -> frozenset[Priority] | None:
    if values is None:
        return None
    found = frozenset(several(values, Priority, "priorities"))
    if not found:
        raise AgreementError("priorities must name at least one; leave them out for any")
    return found


def _when(values: Condition | Iterable[Condition]) -> tuple[Condition, ...]:
    conditions = (values,) if callable(values) else several(values, object, "when")
    return tuple(check_condition(value, "when") for value in conditions)


def _pauses(values: Iterable[PauseOn]) -> frozenset[PauseOn]:
    return frozenset(_pause(value) for value in several(values, object, "pause_on"))


def _pause(value: object) -> PauseOn:
    if isinstance(value, PendingReason | Phase):
        return value
    if callable(value):
        return check_condition(value, "pause_on")
    raise TypeError(
        f"each of pause_on must be a PendingReason, a Phase or a condition, not {value!r}"
    )


_BY_DEFAULT: frozenset[PauseOn] = frozenset({PendingReason.AWAITING_CALLER})
_NEVER_PAUSED = frozenset(
    {TargetKind.RESPONSE, TargetKind.NEXT_RESPONSE, TargetKind.PROBLEM_RESOLUTION}
)


@attrs.frozen
class Target:
    """
    A promise: so much working time, and no more.

    >>> from datetime import timedelta
    >>> Target(TargetKind.RESPONSE, timedelta(minutes=30)).pause_on
    frozenset()

    Attributes:
        kind: What is promised.

        duration: Working time, business days, or until the next opening. Zero is due at the first
            working instant, unless the policy says otherwise.

        calendar: The support hours that the time runs in: those of the agreement unless given, and
            around the clock where it has none.

        priorities: The priorities it is for; any unless given.

        when: Further conditions on the records it is for, `Where` or any importable callable.

        pause_on: What pauses it: pending reasons, phases, conditions. By default only
            `AWAITING_CALLER`, because for all else the provider stays accountable, and nothing
            pauses a response or a problem, whatever that waits for.

        stop_at: What stops a clock that runs until the result.

        start_at: When the first clock of a record starts.

        measure: When clocks of a kind of the caller's own run; the usual kinds need none.

        policy: What its clocks do where established systems disagree.

        thresholds: What is told before and after it is due, in order.

    Raises:
        TypeError: An attribute is of another type.

        CalendarError: It is in business days, and the calendar has no days.

        AgreementError: The duration is negative, there is nothing that a clock of its kind would
            measure, a condition does not pickle, or the thresholds are out of order.

        ValueError: The duration has months or years, whose length varies.
    """

    kind: TargetKind
    duration: Duration
    _calendar: WorkingTime | None = attrs.field(default=None, kw_only=True, repr=False)
    priorities: frozenset[Priority] | None = attrs.field(
        default=None, kw_only=True, converter=_priorities
    )
    when: tuple[Condition, ...] = attrs.field(default=(), kw_only=True, converter=_when)
    pause_on: frozenset[PauseOn] = attrs.field(kw_only=True, converter=_pauses)
    stop_at: StopAt = attrs.field(default=StopAt.RESOLVED, kw_only=True)
    start_at: StartAt | StartField = attrs.field(default=StartAt.LOGGED, kw_only=True)
    measure: Measure | None = attrs.field(default=None, kw_only=True)
    policy: ClockPolicy = attrs.field(default=ClockPolicy(), kw_only=True, repr=False)
    thresholds: tuple[Threshold, ...] = attrs.field(
        default=(), kw_only=True, converter=read_thresholds
    )

    @pause_on.default
    def _usual_pauses(self) -> frozenset[PauseOn]:
        return frozenset() if self.kind in _NEVER_PAUSED else _BY_DEFAULT

    def __attrs_post_init__(self) -> None:
        check_type(self.kind, TargetKind, "kind")
        if self._calendar is not None:
            check_calendar(self._calendar, "calendar")
        check_type(self.stop_at, StopAt, "stop_at")
        if not isinstance(self.start_at, StartField):
            check_type(self.start_at, StartAt, "start_at")
        check_optional(self.measure, Measure, "measure")
        check_type(self.policy, ClockPolicy, "policy")
        _check_promise(self.kind, self.duration)
        if self.measure is None and self.kind not in MEASURES:
            raise AgreementError(
                f"a target of the caller's own kind {self.kind} must say what its clocks measure"
            )
        check_order(self.thresholds, self.duration)
        if isinstance(self.duration, BusinessDays):
            _ = self.calendar.workdays  # refused where nobody can say whose days are meant

    @property
    def calendar(self) -> WorkingTime:
        """
        The hours that the time runs in.
        """
        return ALWAYS_OPEN if self._calendar is None else self._calendar

    def within(self, hours: WorkingTime | None) -> Target:
        """
        Return the target with *hours* as its calendar, if it has none of its own.
        """
        if hours is None or self._calendar is not None:
            return self
        return attrs.evolve(self, calendar=hours)

    def without(self, standstill: WorkingTime | None) -> Target:
        """
        Return the target with its hours less those of *standstill*.
        """
        if standstill is None:
            return self
        return attrs.evolve(self, calendar=self.calendar - standstill)

    @property
    def measured(self) -> Measure:
        """
        When its clocks run.
        """
        return self.measure or MEASURES[self.kind]

    def is_kept(self, measure: Measure, fact: Fact) -> bool:
        """
        Whether *fact* stops its clocks, which run as *measure* says.
        """
        if self.stop_at is StopAt.CLOSED and measure in {SINCE_BEGUN, UNTIL_OVER}:
            return is_closed(fact)
        return measure.ends(fact)

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """
        What must hold of a record for the target to be for it.
        """
        if self.priorities is None:
            return self.when
        return (Where(priority=self.priorities), *self.when)

    @property
    def is_off(self) -> bool:
        """
        Whether it is zero, and its policy takes that for none.
        """
        return self.policy.zero_target is ZeroTarget.NO_CLOCK and self.duration == timedelta()

    def applies(self, fact: Fact) -> bool:
        """
        Whether the target is for a record of which *fact* holds.
        """
        if self.priorities is not None and fact.priority not in self.priorities:
            return False
        return not self.when or all(condition(fact) for condition in self.when)

    def is_paused(self, fact: Fact) -> bool:
        """
        Whether *fact* pauses it.
        """
        if fact.phase is Phase.WAITING and fact.pending_reason in self.pause_on:
            return True
        phases, conditions = self._other_pauses
        return fact.phase in phases or any(condition(fact) for condition in conditions)

    @cached_property
    def _other_pauses(self) -> tuple[tuple[Phase, ...], tuple[Condition, ...]]:
        phases = tuple(one for one in self.pause_on if isinstance(one, Phase))
        reasons_aside = (one for one in self.pause_on if not isinstance(one, PendingReason | Phase))
        return phases, tuple(cast("Iterable[Condition]", reasons_aside))

    @property
    def named(self) -> frozenset[str]:
        """
        The fields that it names: in `Where`, and where its clocks start.
        """
        asked = (*self.conditions, *self._other_pauses[1], *self.measured.conditions)
        return self._start_field.union(*(one.reads for one in asked if isinstance(one, Where)))

    @property
    def reads(self) -> frozenset[str] | None:
        """
        Names of the fields that its clocks depend on; `None` where nobody knows.
        """
        conditions = (*self.conditions, *self._other_pauses[1])
        found = [self.measured.reads, *map(reads_of, conditions)]
        if None in found:
            return None
        start = _START_READS.get(self.start_at, self._start_field)
        return start.union(*filter(None, found))

    @property
    def _start_field(self) -> frozenset[str]:
        named = [self.start_at.name] if isinstance(self.start_at, StartField) else []
        return frozenset(named)

    def allowance(self, start: datetime) -> int:
        """
        Return the promised working time in microseconds, for a clock started at *start*.

        Business days are fixed then, as the working time until the last of them closes.
        """
        if isinstance(self.duration, timedelta):
            return length(self.duration)
        end = end_of(self.duration, start, self.calendar)
        return self.calendar.timeline.between(microseconds(start), microseconds(end))


_START_READS: Mapping[object, frozenset[str]] = {
    StartAt.DETECTED: frozenset({"detected_at"}),
    StartAt.REPORTED: frozenset({"reported_at"}),
    StartAt.ASSIGNED: frozenset({"group", "assignee"}),
}


def _check_promise(kind: TargetKind, duration: object) -> None:
    if isinstance(duration, timedelta) and length(duration, "duration") < 0:
        raise AgreementError(f"a {kind} target must not be negative: {duration!r}")
    check_duration(duration, "duration")
