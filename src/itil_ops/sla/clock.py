"""
The clock of one target: what has elapsed, what is due, what was breached.

A clock is a frozen list of facts (start, pauses, targets, stop); whatever it tells is computed from
them. Breach is never stored: it is the instant at which the elapsed time passed the target.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Self

import attrs

from pendulum import DateTime

from itil_ops.errors import ClockError, OutOfOrderError
from itil_ops.kernel.checks import check_optional, check_text, check_type
from itil_ops.kernel.instant import from_microseconds, microseconds, utc
from itil_ops.kernel.vocabulary import PendingReason
from itil_ops.sla.target import Target
from itil_ops.sla.timeline import TIME_END


if TYPE_CHECKING:
    from collections.abc import Iterator

    from itil_ops.sla.timeline import Timeline


FOREVER = TIME_END


class ClockState(StrEnum):
    """
    What a clock does.
    """

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    CANCELLED = "cancelled"


class ClockOutcome(StrEnum):
    """
    How a clock ended.
    """

    MET = "met"
    BREACHED = "breached"
    CANCELLED = "cancelled"


class Judgement(StrEnum):
    """
    Which target a breach is judged by.
    """

    STICKY = "sticky"
    """The one in force at each moment: a breach stays, whatever is promised later."""

    FINAL_TARGET = "final_target"
    """The last one alone."""


@attrs.frozen
class Pause:
    """
    A time in which a clock does not count.

    Attributes:
        start: Since when.

        end: Until when; `None` while it lasts.

        reason: Why work waited, if somebody said.

        is_gap: Whether the clock was stopped meanwhile, and started again by a reopening.
    """

    start: DateTime
    end: DateTime | None = None
    reason: PendingReason | None = None
    is_gap: bool = False


@attrs.frozen
class Promise:
    """
    A target while it is in force.

    Attributes:
        since: From when on it is judged by.

        target: The target.

        allowance: What it allows, in microseconds of working time.
    """

    since: DateTime
    target: Target
    allowance: int


@attrs.frozen(kw_only=True)
class SlaClock:
    """
    The measured time of a target. It measures OLAs and suppliers' contracts as well.

    >>> import pendulum
    >>> from itil_ops.sla.target import TargetKind
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

        judgement: Which target a breach is judged by.
    """

    started_at: DateTime
    promises: tuple[Promise, ...]
    pauses: tuple[Pause, ...] = ()
    stopped_at: DateTime | None = None
    cancelled_at: DateTime | None = None
    cancelled_because: str | None = None
    cycle: int = 1
    judgement: Judgement = Judgement.STICKY

    # ---- Facts ------------------------------------------------------------------------------

    @classmethod
    def start(
        cls,
        target: Target,
        *,
        at: datetime,
        cycle: int = 1,
        judgement: Judgement = Judgement.STICKY,
    ) -> Self:
        """
        Return a running clock of *target*.

        Raises:
            TypeError: *target* is no target, or *at* no datetime.

            ValueError: *at* is naive.
        """
        at = utc(at)
        check_type(judgement, Judgement, "judgement")
        if check_type(cycle, int, "cycle") < 1:
            raise ValueError(f"cycle must be 1 or more, not {cycle}")
        promise = Promise(at, check_type(target, Target, "target"), target.allowance(at))
        return cls(started_at=at, promises=(promise,), cycle=cycle, judgement=judgement)

    def pause(self, *, at: datetime, reason: PendingReason | None = None) -> Self:
        """
        Return the clock, not counting from *at* on.

        Raises:
            ClockError: It does not run.

            OutOfOrderError: *at* lies before its last fact.
        """
        at = self._next("pause", at, ClockState.RUNNING)
        check_optional(reason, PendingReason, "reason")
        return attrs.evolve(self, pauses=(*self.pauses, Pause(at, None, reason)))

    def resume(self, *, at: datetime) -> Self:
        """
        Return the clock, counting again from *at* on.

        Raises:
            ClockError: It is not paused.

            OutOfOrderError: *at* lies before its last fact.
        """
        return self._resumed(self._next("resume", at, ClockState.PAUSED))

    def stop(self, *, at: datetime) -> Self:
        """
        Return the clock with its outcome.

        Raises:
            ClockError: It has ended already.

            OutOfOrderError: *at* lies before its last fact.
        """
        at = self._next("stop", at, ClockState.RUNNING, ClockState.PAUSED)
        return attrs.evolve(self._resumed(at), stopped_at=at)

    def reopen(self, *, at: datetime) -> Self:
        """
        Return the stopped clock, counting again from *at* on; the gap does not count.

        Raises:
            ClockError: It is not stopped.

            OutOfOrderError: *at* lies before its last fact.
        """
        at = self._next("reopen", at, ClockState.STOPPED)
        gap = Pause(self.stopped_at or at, at, is_gap=True)
        return attrs.evolve(self, stopped_at=None, pauses=(*self.pauses, gap))

    def cancel(self, *, at: datetime, reason: str) -> Self:
        """
        Return the clock, ended without an outcome of its own.

        Raises:
            ClockError: It has ended already.

            OutOfOrderError: *at* lies before its last fact.
        """
        at = self._next("cancel", at, ClockState.RUNNING, ClockState.PAUSED)
        check_text(reason, "reason")
        return attrs.evolve(self._resumed(at), cancelled_at=at, cancelled_because=reason)

    def retarget(self, target: Target, *, at: datetime) -> Self:
        """
        Return the clock under another target from *at* on; start and elapsed time are kept.

        Time before *at* stays measured in the calendar that was in force then.

        Raises:
            ClockError: It has ended, or the target is of another kind.

            OutOfOrderError: *at* lies before its last fact.
        """
        at = self._next("retarget", at, ClockState.RUNNING, ClockState.PAUSED)
        if check_type(target, Target, "target").kind != self.target.kind:
            raise ClockError(f"cannot retarget the {self.target.kind} clock to {target.kind}")
        allowance = target.allowance(self.started_at)
        return attrs.evolve(self, promises=(*self.promises, Promise(at, target, allowance)))

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

    def _resumed(self, at: DateTime) -> Self:
        if self.state is not ClockState.PAUSED:
            return self
        ended = attrs.evolve(self.pauses[-1], end=at)
        return attrs.evolve(self, pauses=(*self.pauses[:-1], ended))

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
    def counts_from(self) -> DateTime:
        """
        When counting begins, pauses aside: the start when open, else the next opening.
        """
        openings = (
            (piece.timeline.next_open(piece.start), piece.end)
            for piece in self._pieces(runs_on=True)
        )
        return from_microseconds(next(opens for opens, end in openings if opens < end))

    def elapsed(self, at: datetime) -> timedelta:
        """
        Return the working time that counted up to *at*, by the facts up to then.
        """
        return timedelta(0, 0, self._elapsed(microseconds(at)))

    def remaining(self, at: datetime) -> timedelta:
        """
        Return what the target in force at *at* leaves; negative once it is passed.
        """
        instant = microseconds(at)
        return timedelta(0, 0, self._allowance(instant) - self._elapsed(instant))

    def percent(self, at: datetime) -> float | None:
        """
        Return the elapsed share of the target in force at *at*; `None` for a target of zero.
        """
        instant = microseconds(at)
        allowance = self._allowance(instant)
        return 100 * self._elapsed(instant) / allowance if allowance else None

    @property
    def due_at(self) -> DateTime | None:
        """
        When the elapsed time reaches the target in force; `None` while paused, and if cancelled.

        It is the earliest such instant: a closing time rather than the next opening. Of a stopped
        clock it tells when it would have been.
        """
        if self.state in {ClockState.PAUSED, ClockState.CANCELLED}:
            return None
        return from_microseconds(self._due())

    def due_if_resumed(self, at: datetime) -> DateTime | None:
        """
        Return the `due_at` that a paused clock would have if it were resumed at *at*.

        Of any other clock it is `due_at`.

        Raises:
            OutOfOrderError: *at* lies before the pause.
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
        breach = self._breach()
        return None if breach is None else from_microseconds(breach)

    def is_breached(self, at: datetime) -> bool:
        """
        Whether the target has been passed at *at*, by the facts up to then.

        Exactly at `breached_at` nothing more than the target has elapsed: it is told one
        microsecond later.
        """
        return self._breach(microseconds(at)) is not None

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

    # ---- In integers ------------------------------------------------------------------------

    def _allowance(self, at: int) -> int:
        known = [p.allowance for p in self.promises if microseconds(p.since) <= at]
        return known[-1] if known else self.promises[0].allowance

    def _elapsed(self, at: int) -> int:
        return sum(piece.working_time() for piece in self._pieces(at) if piece.counts)

    def _due(self) -> int:
        left = self.promises[-1].allowance
        *early, last = [piece for piece in self._pieces(runs_on=True) if piece.counts]
        for piece in early:
            spent = piece.working_time()
            if spent >= max(left, 1):
                return piece.timeline.add(piece.start, left)
            left -= spent
        return last.timeline.add(last.start, left)

    def _breach(self, until: int = FOREVER) -> int | None:
        pieces = list(self._pieces(until))
        spent = 0
        for piece in pieces:
            if self._judges(piece, pieces[-1]):
                breach = piece.passes(piece.promise.allowance - spent)
                if breach is not None:
                    return breach
            spent += piece.working_time() if piece.counts else 0
        return None

    def _judges(self, piece: _Piece, last: _Piece) -> bool:
        if self.judgement is Judgement.FINAL_TARGET and piece.promise is not last.promise:
            return False
        return piece.start >= microseconds(piece.promise.since)

    def _pieces(self, until: int = FOREVER, *, runs_on: bool = False) -> Iterator[_Piece]:
        """
        Yield the clock's life in pieces, up to *until*, or as if never stopped where it *runs on*.

        It is cut wherever it begins or ceases to count, or the promise changes.
        """
        changes = [(microseconds(promise.since), promise) for promise in self.promises]
        changes.reverse()
        promise = self.promises[0]
        for begun, end, counts in self._spans(runs_on=runs_on):
            start = begun
            while changes and changes[-1][0] <= end:
                since, following = changes.pop()
                if start < since and start <= until:
                    yield _Piece(start, min(since, until), promise, counts)
                    start = since
                promise = following
            if start <= until:
                yield _Piece(start, min(end, until), promise, counts)

    def _spans(self, *, runs_on: bool) -> Iterator[tuple[int, int, bool]]:
        start = microseconds(self.started_at)
        for pause in self.pauses:
            began = microseconds(pause.start)
            ended = FOREVER if pause.end is None else microseconds(pause.end)
            yield start, began, True
            yield began, ended, False
            start = ended
        end = None if runs_on else self.stopped_at or self.cancelled_at
        if start < FOREVER:
            yield start, FOREVER if end is None else microseconds(end), True


@attrs.frozen
class _Piece:
    """
    A time in which the clock counts or does not, under one promise; in microseconds.
    """

    start: int
    end: int
    promise: Promise
    counts: bool

    @property
    def timeline(self) -> Timeline:
        return self.promise.target.calendar.timeline

    def working_time(self) -> int:
        return self.timeline.between(self.start, self.end)

    def passes(self, left: int) -> int | None:
        """
        Return the instant after which more than the time *left* has elapsed, if it does in here.
        """
        if left < 0:
            return self.start
        if not self.counts or (self.end < FOREVER and self.working_time() <= left):
            return None
        return self.timeline.next_open(self.timeline.add(self.start, left))
