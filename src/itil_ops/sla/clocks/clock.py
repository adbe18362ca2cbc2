"""
The clock of one target: what has elapsed, what is due, what was breached.

A clock is a frozen list of facts (start, pauses, targets, stop); whatever it tells is computed from
them. Breach is never stored: it is the instant at which the elapsed time passed the target.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Concatenate, ParamSpec, Self

import attrs

from pendulum import DateTime

from itil_ops.errors import ClockError, OutOfOrderError
from itil_ops.kernel.checks import check_optional, check_text, check_type
from itil_ops.kernel.instant import from_microseconds, microseconds, utc
from itil_ops.kernel.vocabulary import PendingReason
from itil_ops.sla.clocks import explanation, pieces, telling
from itil_ops.sla.clocks.draft import ClockState, Draft
from itil_ops.sla.clocks.forecast import Forecast
from itil_ops.sla.clocks.ledger import PARTIES, Ledger, Party
from itil_ops.sla.clocks.promise import ManualDeadline, Pause, Promise
from itil_ops.sla.promises.policy import OutsideHours, Reopen, Retarget
from itil_ops.sla.promises.target import Target


if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from itil_ops.kernel.record import Record
    from itil_ops.sla.clocks.telling import Told


P = ParamSpec("P")

LIVE = frozenset({ClockState.RUNNING, ClockState.PAUSED})


class ClockOutcome(StrEnum):
    """
    How a clock ended.
    """

    MET = "met"
    BREACHED = "breached"
    CANCELLED = "cancelled"


@attrs.frozen(kw_only=True)
class SlaClock:
    """
    The measured time of a target. It measures OLAs and suppliers' contracts as well.

    >>> import pendulum
    >>> from itil_ops.sla.promises.target import TargetKind
    >>> t0 = pendulum.datetime(2026, 3, 2, 9)
    >>> clock = SlaClock.start(Target(TargetKind.RESOLUTION, timedelta(hours=4)), at=t0)
    >>> clock = clock.pause(at=t0.add(hours=1)).resume(at=t0.add(hours=3))
    >>> clock.due_at.isoformat()
    '2026-03-02T15:00:00+00:00'
    >>> clock.stop(at=t0.add(hours=5)).outcome
    <ClockOutcome.MET: 'met'>

    Attributes:
        started_at: When it was started; counting begins at the next opening.

        promises: The targets it was given, in order; the last one is in force.

        pauses: When it did not count, in order.

        stopped_at: When it was stopped; `None` unless it is.

        cancelled_at: When it was cancelled; `None` unless it was.

        cancelled_because: Why it was cancelled.

        cycle: 1 for the first clock of a target on a record, then one more for each.
    """

    started_at: DateTime
    promises: tuple[Promise, ...]
    pauses: tuple[Pause, ...] = ()
    stopped_at: DateTime | None = None
    cancelled_at: DateTime | None = None
    cancelled_because: str | None = None
    cycle: int = 1

    # ---- Facts ------------------------------------------------------------------------------

    @classmethod
    def start(cls, target: Target, *, at: datetime, cycle: int = 1) -> Self:
        """
        Return a running clock of *target*.

        Raises:
            TypeError: *target* is no target, or *at* no datetime.

            ValueError: *at* is naive, or *cycle* less than 1.

            ClockError: The target is zero, and its policy has no clock for that.
        """
        at = utc(at)
        if check_type(cycle, int, "cycle") < 1:
            raise ValueError(f"cycle must be 1 or more, not {cycle}")
        if check_type(target, Target, "target").is_off:
            raise ClockError(f"a {target.kind} target of zero has no clock")
        return Draft(target, at, cycle, at).finished(cls)

    def pause(self, *, at: datetime, reason: PendingReason | None = None) -> Self:
        """
        Return the clock, not counting from *at* on.

        Raises:
            ClockError: It does not run.

            OutOfOrderError: *at* lies before its last fact.
        """
        at = self._next("pause", at, ClockState.RUNNING)
        check_optional(reason, PendingReason, "reason")
        return self._after(Draft.pause, at, reason)

    def resume(self, *, at: datetime) -> Self:
        """
        Return the clock, counting again from *at* on.

        Raises:
            ClockError: It is not paused.

            OutOfOrderError: *at* lies before its last fact.
        """
        at = self._next("resume", at, ClockState.PAUSED)
        return self._after(Draft.resume, at)

    def stop(self, *, at: datetime) -> Self:
        """
        Return the clock with its outcome.

        Raises:
            ClockError: It has ended already.

            OutOfOrderError: *at* lies before its last fact.
        """
        at = self._next("stop", at, *LIVE)
        return self._after(Draft.stop, at)

    def reopen(self, *, at: datetime) -> Self:
        """
        Return the stopped clock, counting again from *at* on, as its policy says.

        By default the gap does not count. Where a reopening begins a new cycle, that is what is
        returned: a clock of the same target, started at *at*.

        Raises:
            ClockError: It is not stopped, or its policy never reopens a clock.

            OutOfOrderError: *at* lies before its last fact.
        """
        at = self._next("reopen", at, ClockState.STOPPED)
        policy = self.target.policy
        if policy.reopen is Reopen.NEVER:
            raise ClockError(f"cannot reopen the {self.target.kind} clock: its policy never does")
        if policy.reopen is Reopen.NEW_CYCLE:
            return self.start(self.target, at=at, cycle=self.cycle + 1)
        return self._after(Draft.reopen, at, policy.reopen)

    def cancel(self, *, at: datetime, reason: str) -> Self:
        """
        Return the clock, ended without an outcome of its own.

        Raises:
            ClockError: It has ended already.

            OutOfOrderError: *at* lies before its last fact.
        """
        at = self._next("cancel", at, *LIVE)
        return self._after(Draft.cancel, at, check_text(reason, "reason"))

    def retarget(self, target: Target, *, at: datetime, mode: Retarget | None = None) -> Self:
        """
        Return the clock under another target from *at* on.

        Time before *at* stays measured in the calendar that was in force then.

        Args:
            target: The other target, of the same kind.

            at: Since when.

            mode: What becomes of the elapsed time; as the policy of *target* says unless given.

        Raises:
            ClockError: It has ended, or the target is of another kind.

            OutOfOrderError: *at* lies before its last fact.
        """
        at = self._next("retarget", at, *LIVE)
        if check_type(target, Target, "target").kind != self.target.kind:
            raise ClockError(f"cannot retarget the {self.target.kind} clock to {target.kind}")
        if target.is_off:
            raise ClockError(f"a {target.kind} target of zero has no clock")
        mode = check_optional(mode, Retarget, "mode") or target.policy.retarget
        return self._after(Draft.retarget, target, at, mode)

    def fix(self, due_at: datetime, *, reason: str, at: datetime) -> Self:
        """
        Return the clock with a due time that a person fixed, in force from *at* on.

        Neither a pause nor another target moves it. The clock goes on to count.

        Raises:
            ClockError: It has ended.

            OutOfOrderError: *at* lies before its last fact.
        """
        at = self._next("fix", at, *LIVE)
        return self._after(Draft.fix, ManualDeadline(due_at, reason, at))

    def _after(
        self, told: Callable[Concatenate[Draft, P], None], *args: P.args, **options: P.kwargs
    ) -> Self:
        draft = Draft.of(self)
        told(draft, *args, **options)
        return draft.finished(type(self))

    def _next(self, verb: str, at: datetime, *states: ClockState) -> DateTime:
        at = utc(at)
        if self.state not in states:
            raise ClockError(f"cannot {verb} the {self.target.kind} clock: it is {self.state}")
        if at < self._last:
            raise OutOfOrderError(f"{self.target.kind} clock", "at", at, self._last)
        return at

    @property
    def _last(self) -> DateTime:
        told = [self.started_at, self.promises[-1].since]
        if self.pauses:
            told.append(self.pauses[-1].end or self.pauses[-1].start)
        if self.stopped_at:
            told.append(self.stopped_at)
        return max(told)

    # ---- What they come to ------------------------------------------------------------------

    @property
    def target(self) -> Target:
        """
        The target in force.
        """
        return self.promises[-1].target

    @property
    def state(self) -> ClockState:
        """
        What the clock does.
        """
        if self.cancelled_at is not None:
            return ClockState.CANCELLED
        if self.stopped_at is not None:
            return ClockState.STOPPED
        if self.pauses and self.pauses[-1].end is None:
            return ClockState.PAUSED
        return ClockState.RUNNING

    @property
    def ended_at(self) -> DateTime | None:
        """
        When it was stopped or cancelled; `None` unless it was.
        """
        return self.stopped_at or self.cancelled_at

    @property
    def counts_from(self) -> DateTime:
        """
        When counting begins, pauses aside: the start when open, else the next opening.

        It is the start in any case where the policy says so.
        """
        if self.target.policy.outside_hours is OutsideHours.AT_ONCE:
            return self.started_at
        openings = (
            (piece.timeline.next_open(piece.start), piece.end)
            for piece in pieces.pieces(self, runs_on=True)
        )
        return from_microseconds(next(opens for opens, end in openings if opens < end))

    def elapsed(self, at: datetime) -> timedelta:
        """
        Return the working time that counted up to *at*, by the facts up to then.

        Time that was forgiven with a new target is left out; of a target that took over in
        proportion it is the share that was carried over, and what has counted since.
        """
        return timedelta(0, 0, self._elapsed(microseconds(at)))

    def wall_time(self, at: datetime) -> timedelta:
        """
        Return the time from the start up to *at*, or to the end, by a clock on the wall.
        """
        instant = microseconds(at)
        end = instant if self.ended_at is None else min(instant, microseconds(self.ended_at))
        return timedelta(0, 0, max(0, end - microseconds(self.started_at)))

    def remaining(self, at: datetime) -> timedelta:
        """
        Return what the target in force at *at* leaves; negative once it is passed.

        Of a deadline that a person fixed it is the working time until then.
        """
        instant = microseconds(at)
        promise = pieces.in_force(self, instant)
        if promise.deadline is None:
            return timedelta(0, 0, promise.allowance - self._elapsed(instant))
        until = at if self.ended_at is None else min(utc(at), self.ended_at)
        return promise.target.calendar.between(until, promise.deadline.due_at)

    def percent(self, at: datetime) -> float | None:
        """
        Return the elapsed share of the target in force at *at*; `None` for a target of zero.
        """
        instant = microseconds(at)
        allowance = pieces.in_force(self, instant).allowance
        return 100 * self._elapsed(instant) / allowance if allowance else None

    @property
    def due_at(self) -> DateTime | None:
        """
        When the elapsed time reaches the target in force; `None` while paused, and if cancelled.

        It is the earliest such instant: a closing time rather than the next opening. Of a stopped
        clock it tells when it would have been. A deadline that a person fixed stays, paused or not.
        """
        promise = self.promises[-1]
        if self.cancelled_at is not None:
            return None
        if promise.deadline is not None:
            return promise.deadline.due_at
        if self.state is ClockState.PAUSED:
            return None
        return from_microseconds(pieces.due(self))

    def due_if_resumed(self, at: datetime) -> DateTime | None:
        """
        Return the `due_at` that a paused clock would have if it were resumed at *at*.

        Of any other clock it is `due_at`.

        Raises:
            OutOfOrderError: *at* lies before the last fact of the clock.
        """
        if self.state is not ClockState.PAUSED:
            return self.due_at
        return self.resume(at=at).due_at

    @property
    def breached_at(self) -> DateTime | None:
        """
        When the elapsed time passes the target; `None` if it does not.

        That is `due_at` where it falls in working time, else the opening after it. Of a running
        clock it lies ahead until then. A target that was passed before it came into force is
        breached as it comes into force.
        """
        breach = pieces.breach(self)
        return None if breach is None else from_microseconds(breach)

    def is_breached(self, at: datetime) -> bool:
        """
        Whether the target has been passed at *at*, by the facts up to then.

        Exactly at `breached_at` nothing more than the target has elapsed: it is told one
        microsecond later.
        """
        return pieces.breach(self, microseconds(at)) is not None

    @property
    def outcome(self) -> ClockOutcome | None:
        """
        How the clock ended; `None` while it has not. Met is elapsed time up to the target.
        """
        if self.cancelled_at is not None:
            return ClockOutcome.CANCELLED
        if self.stopped_at is None:
            return None
        breached = self.is_breached(self.stopped_at)
        return ClockOutcome.BREACHED if breached else ClockOutcome.MET

    def forecast(self, at: datetime) -> Forecast:
        """
        Return what lies ahead as seen from *at*, see `Forecast.of`.
        """
        return Forecast.of(self, at)

    def _elapsed(self, at: int) -> int:
        return pieces.elapsed(self, at) - pieces.in_force(self, at).forgiven

    # ---- What is told -----------------------------------------------------------------------

    def told(self, until: datetime, *, after: datetime | None = None) -> tuple[Told, ...]:
        """
        Return the thresholds passed and the breach up to *until*, in order, see `telling.told`.

        >>> import pendulum
        >>> from itil_ops.sla.promises.target import TargetKind
        >>> from itil_ops.sla.promises.threshold import ITIL_ESCALATION
        >>> t0 = pendulum.datetime(2026, 3, 2, 9)
        >>> hours = timedelta(hours=4)
        >>> target = Target(TargetKind.RESOLUTION, hours, thresholds=ITIL_ESCALATION)
        >>> clock = SlaClock.start(target, at=t0)
        >>> for one in clock.told(t0.add(hours=3)):
        ...     print(one)
        resolution 50 % at 2026-03-02T11:00:00+00:00
        resolution 75 % at 2026-03-02T12:00:00+00:00
        """
        return telling.told(self, until, after)

    def next_wakeup(self, after: datetime) -> DateTime | None:
        """
        Return the next instant after *after* at which something is told; `None` once it has ended.
        """
        return next((one.at for one in telling.ahead(self, after)), None)

    # ---- In full ----------------------------------------------------------------------------

    def ledger(
        self,
        at: datetime,
        record: Record | None = None,
        *,
        parties: Mapping[PendingReason, Party] = PARTIES,
    ) -> Ledger:
        """
        Return what became of all the time up to *at*, see `Ledger.of`.
        """
        return Ledger.of(self, at, record, parties=parties)

    def explain(self, at: datetime) -> tuple[str, ...]:
        """
        Return in sentences what the clock has come to at *at*, see `explanation.explain`.
        """
        return explanation.explain(self, at)
