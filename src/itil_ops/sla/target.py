"""
What was promised: one target of an agreement.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, TypeAlias

import attrs

from itil_ops.errors import AgreementError
from itil_ops.kernel.checks import check_type, several
from itil_ops.kernel.instant import length, microseconds
from itil_ops.kernel.priority import Priority
from itil_ops.kernel.term import Term
from itil_ops.kernel.vocabulary import PendingReason
from itil_ops.sla.calendar import ALWAYS_OPEN, BusinessCalendar, BusinessDays


if TYPE_CHECKING:
    from collections.abc import Iterable

    from pendulum import DateTime


Duration: TypeAlias = timedelta | BusinessDays


def end_of(duration: Duration, start: datetime, calendar: BusinessCalendar) -> DateTime:
    """
    Return when *duration* is over, begun at *start* in *calendar*.

    Raises:
        CalendarError: The calendar does not go that far.
    """
    if isinstance(duration, BusinessDays):
        return calendar.close_of_business(start, duration)
    return calendar.add(start, duration)


def check_duration(value: object, name: str) -> Duration:
    """
    Return *value* if it is an amount of working time that is not negative, or business days.

    Raises:
        TypeError: It is neither a timedelta nor `BusinessDays`.

        ValueError: It is negative, or has months or years, whose length varies.
    """
    if isinstance(value, BusinessDays):
        return value
    if not isinstance(value, timedelta):
        raise TypeError(f"{name} must be a timedelta or BusinessDays, not {value!r}")
    if length(value, name) < 0:
        raise ValueError(f"{name} must not be negative: {value!r}")
    return value


class TargetKind(Term):
    """
    What a target promises.
    """

    __slots__ = ()

    RESPONSE: ClassVar[TargetKind]
    """From log to the first qualified action."""

    RESOLUTION: ClassVar[TargetKind]
    """From log to the result."""

    UPDATE: ClassVar[TargetKind]
    """The longest time between two messages to the user."""


class StopAt(StrEnum):
    """
    What stops a resolution clock.
    """

    RESOLVED = "resolved"
    CLOSED = "closed"


def _priorities(values: Iterable[Priority] | None) -> frozenset[Priority] | None:
    if values is None:
        return None
    found = frozenset(several(values, Priority, "priorities"))
    if not found:
        raise AgreementError("priorities must name at least one; leave them out for any")
    return found


def _reasons(values: Iterable[PendingReason]) -> frozenset[PendingReason]:
    return frozenset(several(values, PendingReason, "pause_on"))


@attrs.frozen
class Target:
    """
    A promise: so much working time, and no more.

    >>> Target(TargetKind.RESPONSE, timedelta(minutes=30)).pause_on
    frozenset()

    Attributes:
        kind: What is promised.

        duration: Working time, or business days. Zero is due at the first working instant.

        calendar: The support hours that the time runs in; around the clock unless given.

        priorities: The priorities it is for; any unless given.

        pause_on: Pending reasons that pause it. By default only `AWAITING_CALLER`, because for all
            else the provider stays accountable, and nothing pauses a response.

        stop_at: What stops a resolution clock.

    Raises:
        TypeError: An attribute is of another type.

        AgreementError: The duration is negative.

        ValueError: The duration has months or years, whose length varies.
    """

    kind: TargetKind
    duration: Duration
    calendar: BusinessCalendar = attrs.field(default=ALWAYS_OPEN, kw_only=True, repr=False)
    priorities: frozenset[Priority] | None = attrs.field(
        default=None, kw_only=True, converter=_priorities
    )
    pause_on: frozenset[PendingReason] = attrs.field(kw_only=True, converter=_reasons)
    stop_at: StopAt = attrs.field(default=StopAt.RESOLVED, kw_only=True)

    @pause_on.default
    def _usual_pauses(self) -> frozenset[PendingReason]:
        never = self.kind == TargetKind.RESPONSE
        return frozenset() if never else frozenset({PendingReason.AWAITING_CALLER})

    def __attrs_post_init__(self) -> None:
        check_type(self.kind, TargetKind, "kind")
        check_type(self.calendar, BusinessCalendar, "calendar")
        check_type(self.stop_at, StopAt, "stop_at")
        if not isinstance(self.duration, BusinessDays) and length(self.duration, "duration") < 0:
            raise AgreementError(f"a {self.kind} target must not be negative: {self.duration!r}")

    def allowance(self, start: datetime) -> int:
        """
        Return the promised working time in microseconds, for a clock started at *start*.

        Business days are fixed then, as the working time until the last of them closes.
        """
        if isinstance(self.duration, BusinessDays):
            close = self.calendar.close_of_business(start, self.duration)
            return self.calendar.timeline.between(microseconds(start), microseconds(close))
        return length(self.duration)
