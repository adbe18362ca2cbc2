"""
What lies ahead of a clock: how much is left, until when, and what a hold would change.

Nothing here is likely or unlikely: every answer is what will be if nothing else happens. Nothing is
changed by asking.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self, cast

import attrs

from pendulum import DateTime

from itil_ops.errors import ClockError, OutOfOrderError
from itil_ops.kernel.checks import check_type
from itil_ops.kernel.instant import length, microseconds, utc
from itil_ops.kernel.table import Phase
from itil_ops.kernel.vocabulary import PendingReason
from itil_ops.sla.clocks.draft import ClockState
from itil_ops.sla.clocks.promise import ManualDeadline
from itil_ops.sla.hours.wording import amount_text
from itil_ops.sla.promises.fact import Fact
from itil_ops.sla.promises.target import Target


if TYPE_CHECKING:
    from itil_ops.sla.clocks.clock import SlaClock


_NOTHING = timedelta()


@attrs.frozen(kw_only=True)
class Forecast:
    """
    What lies ahead of a live clock, as seen from an instant, by all that it has been told.

    >>> import pendulum
    >>> from itil_ops.sla.clocks.clock import SlaClock
    >>> from itil_ops.sla.promises.target import TargetKind
    >>> t0 = pendulum.datetime(2026, 3, 2, 9)
    >>> clock = SlaClock.start(Target(TargetKind.RESOLUTION, timedelta(hours=4)), at=t0)
    >>> ahead = clock.forecast(t0.add(hours=1))
    >>> ahead.slack, ahead.latest_start(timedelta(hours=1)).isoformat()
    (datetime.timedelta(seconds=10800), '2026-03-02T12:00:00+00:00')
    >>> ahead.if_held(t0.add(hours=6)).isoformat()
    '2026-03-02T18:00:00+00:00'

    Attributes:
        at: The instant it is seen from.

        state: What the clock does: it runs, or is paused.

        target: The target in force.

        deadline: The due time that a person fixed in its place, if one did.

        slack: Working time left; negative once the target is missed.

        due_at: When it is due; `None` while it is paused, unless a person fixed it.

        due_if_resumed: When it would be due if a pause ended now; of a running clock `due_at`.

        latest_stop: The last instant at which a stop still meets the target: a due time at close
            of business is met until the next opening. `None` where that never comes because the
            clock is paused; of a missed target the instant it was passed at.

        is_settled: Whether no hold moves the due time: a person fixed it, or it was reached.
    """

    at: DateTime
    state: ClockState
    target: Target
    deadline: ManualDeadline | None
    slack: timedelta
    due_at: DateTime | None
    due_if_resumed: DateTime
    latest_stop: DateTime | None
    is_settled: bool

    @classmethod
    def of(cls, clock: SlaClock, at: datetime) -> Self:
        """
        Return what lies ahead of *clock* at *at*.

        Raises:
            TypeError: *at* is no datetime.

            ValueError: It is naive.

            ClockError: The clock has ended: nothing lies ahead of it.

            OutOfOrderError: *at* lies before a pause or a target that the clock was told of.
        """
        at = utc(at)
        due = _due(clock, at)
        promise = clock.promises[-1]
        reached = due < at or (due == at and promise.limit > 0)
        return cls(
            at=at,
            state=clock.state,
            target=promise.target,
            deadline=promise.deadline,
            slack=clock.remaining(at),
            due_at=clock.due_at,
            due_if_resumed=due,
            latest_stop=clock.breached_at,
            is_settled=promise.deadline is not None or reached,
        )

    @property
    def is_paused(self) -> bool:
        """
        Whether the clock is paused.
        """
        return self.state is ClockState.PAUSED

    @property
    def slack_wall(self) -> timedelta | None:
        """
        The wall time left to stop in, see `latest_stop`; negative once the target is missed.
        """
        if self.latest_stop is None:
            return None
        return timedelta(0, 0, microseconds(self.latest_stop) - microseconds(self.at))

    # ---- How long work can wait -------------------------------------------------------------

    def latest_start(self, work: timedelta) -> DateTime:
        """
        Return the latest instant at which *work* can begin and still end by the due time.

        An instant before `at` means that it is too late. Of a paused clock it is as if resumed now.

        Args:
            work: Working time that is needed, in the hours of the target.

        Raises:
            TypeError: *work* is no timedelta.

            ValueError: It is negative, or has months or years, whose length varies.

            CalendarError: The calendar does not reach that far back.
        """
        return self._start_of(work, self.due_if_resumed)

    def latest_resume(
        self, work: timedelta | None = None, *, by: datetime | None = None
    ) -> DateTime | None:
        """
        Return the latest instant at which a paused clock can be resumed for *work* to end in time.

        A paused clock uses up nothing, so that alone no wait is too long for it: `None`, where the
        slack is enough. What does run out is a deadline that a person fixed, and any other instant
        *by* which somebody wants it. An instant before `at` means that it is too late.

        Args:
            work: Working time that is needed; all that the target leaves unless given.

            by: When it must be done; the fixed deadline unless given.

        Raises:
            TypeError: *work* is no timedelta, or *by* no datetime.

            ValueError: *work* is negative or has months or years, or *by* is naive; or no *work* is
                given where a person fixed the due time, which leaves no amount of its own.

            ClockError: The clock is not paused.

            CalendarError: The calendar does not reach that far back.
        """
        if not self.is_paused:
            raise ClockError(
                f"the {self.target.kind} clock is not paused: ask for the latest start of work"
            )
        work = self._left() if work is None else work
        end = self._end(by)
        if end is not None:
            return self._start_of(work, end)
        latest = self.latest_start(work)
        return latest if work > self.slack else None

    def _left(self) -> timedelta:
        if self.deadline is not None:
            raise ValueError(
                f"work must be given: the {self.target.kind} clock has a fixed due time,"
                " which says when, not how much"
            )
        return max(_NOTHING, self.slack)

    def _end(self, by: datetime | None) -> DateTime | None:
        if by is not None:
            return utc(by, "by")
        return None if self.deadline is None else self.deadline.due_at

    def _start_of(self, work: timedelta, end: DateTime) -> DateTime:
        if length(work, "work") < 0:
            raise ValueError(f"work must not be negative: {work!r}")
        return self.target.calendar.subtract(end, work)

    # ---- What a hold would change -----------------------------------------------------------

    def would_pause(self, reason: PendingReason) -> bool:
        """
        Whether a hold for *reason* pauses the clock, as its target says.

        Conditions of a caller's own are asked with that reason and nothing else of the record.

        Raises:
            TypeError: *reason* is no pending reason.
        """
        fields = {"pending_reason": check_type(reason, PendingReason, "reason")}
        return self.target.is_paused(Fact(self.at, Phase.WAITING, fields))

    def if_held(self, until: datetime, *, reason: PendingReason | None = None) -> DateTime:
        """
        Return when it is due if it is put on hold now, or stays so, and resumed at *until*.

        A hold for a reason that does not pause it changes nothing, and ends a pause that lasts.

        Args:
            until: When it is resumed.

            reason: Why it would wait; one that pauses it unless given.

        Raises:
            TypeError: *until* is no datetime, or *reason* no pending reason.

            ValueError: *until* is naive.

            OutOfOrderError: *until* lies before `at`.

            CalendarError: The calendar does not reach that far.
        """
        until = utc(until, "until")
        if until < self.at:
            raise OutOfOrderError(f"{self.target.kind} clock", "until", until, self.at)
        if (reason is not None and not self.would_pause(reason)) or self.is_settled:
            return self.due_if_resumed
        # A clock that starts later than the hold ends is not delayed by it.
        return max(self.due_if_resumed, self.target.calendar.add(until, self.slack))

    # ---- In sentences -----------------------------------------------------------------------

    def explain(self) -> tuple[str, ...]:
        """
        Return what lies ahead in sentences for a person to read, instants in UTC.
        """
        verb = "is paused" if self.is_paused else "runs"
        return (
            f"At {self.at.isoformat()} the {self.target.kind} clock {verb}, {self._slack_text()}.",
            self._due_text(),
            self._stop_text(),
        )

    def _slack_text(self) -> str:
        amount = amount_text(abs(length(self.slack)))
        if self.slack < _NOTHING:
            return f"{amount} of working time over its target"
        return f"with {amount} of working time left"

    def _due_text(self) -> str:
        if self.deadline is not None:
            why = f"as a person fixed it: {self.deadline.reason}"
            return f"It is due at {self.deadline.due_at.isoformat()}, {why}."
        if self.is_paused:
            return f"If it were resumed now, it would be due at {self.due_if_resumed.isoformat()}."
        verb = "was" if self.due_if_resumed < self.at else "is"
        return f"It {verb} due at {self.due_if_resumed.isoformat()}."

    def _stop_text(self) -> str:
        if self.latest_stop is None:
            return "While it is paused no time runs out."
        if self.latest_stop < self.at or self.slack < _NOTHING:
            return f"Its target was passed at {self.latest_stop.isoformat()}."
        return f"A stop until {self.latest_stop.isoformat()} meets its target."


def _due(clock: SlaClock, at: DateTime) -> DateTime:
    kind = clock.target.kind
    if clock.ended_at is not None:
        raise ClockError(f"nothing lies ahead of the {kind} clock: it is {clock.state}")
    told = [one.since for one in clock.promises[1:]]
    told += [pause.end or pause.start for pause in clock.pauses]
    if told and at < max(told):
        raise OutOfOrderError(f"{kind} clock", "at", at, max(told))
    return cast("DateTime", clock.due_if_resumed(at))  # only cancelled clocks have none
