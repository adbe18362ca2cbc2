"""
What is told of a clock, and when: thresholds as they are passed, and the breach.

- A threshold before the target is told at the first instant at which so much time has elapsed. One
  at the target or after it is told, like the breach, when more than that has elapsed: a microsecond
  after the last working instant that would still have met it. A clock that is stopped exactly at
  its target tells neither.
- Each is told once per cycle. What was told under one target is not told again under another, nor
  after a pause or a reopening.
- What a target finds passed as it comes into force is told at that instant, in order; its policy
  may leave out thresholds, never the breach.
- Nothing is told after the clock has ended, nor while it was stopped before a reopening, unless
  that time counts after all. What is reached at the very instant at which it ends is told: whoever
  looked at that instant, before the end was recorded, has told it already.
- A target of zero tells everything at the first working instant at which its clock counts.
- Under a deadline that a person fixed, breach and thresholds of 100 percent go by the deadline,
  paused or not, all others by the working time until then.
- Of one instant, thresholds come in their order; the breach comes after those up to 100 percent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from pendulum import DateTime

from itil_ops.errors import CalendarError
from itil_ops.kernel.instant import from_microseconds, microseconds, optional_utc, utc
from itil_ops.kernel.readable import Readable
from itil_ops.sla.clocks import pieces
from itil_ops.sla.hours.timeline import HORIZON_END
from itil_ops.sla.promises.measure import TargetKind
from itil_ops.sla.promises.policy import Judgement, PassedThresholds
from itil_ops.sla.promises.threshold import Threshold


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from itil_ops.sla.clocks.clock import SlaClock
    from itil_ops.sla.clocks.pieces import Piece
    from itil_ops.sla.clocks.promise import Promise


@attrs.frozen
class Told(Readable):
    """
    A threshold that was passed, or a breach.

    Attributes:
        at: The first instant at which it is so.

        kind: What was promised.

        cycle: The cycle of the clock.

        threshold: The threshold; `None` for the breach.
    """

    at: DateTime
    kind: TargetKind
    cycle: int = 1
    threshold: Threshold | None = None

    @property
    def is_breach(self) -> bool:
        """
        Whether it is the breach.
        """
        return self.threshold is None

    def __str__(self) -> str:
        return f"{self.kind} {self.threshold or 'breach'} at {self.at.isoformat()}"


def told(clock: SlaClock, until: datetime, after: datetime | None = None) -> tuple[Told, ...]:
    """
    Return what is told of *clock* up to *until*, by the facts up to then, in order of instant.

    Where the final target alone is judged, another target takes back the breach of the one before.

    Args:
        clock: The clock.

        until: The present instant.

        after: The last instant up to which it was told before; the beginning unless given.
    """
    since = optional_utc(after, "after")
    found = _all_told(clock, microseconds(until, "until"))
    return tuple(one for one in found if since is None or since < one.at)


def ahead(clock: SlaClock, after: datetime) -> tuple[Told, ...]:
    """
    Return what is told of *clock* after *after* if nothing else happens, in order of instant.

    Nothing is once the clock has ended, and nothing but a fixed deadline while it is paused.
    """
    instant = utc(after, "after")
    if clock.ended_at is not None:
        return ()
    return tuple(one for one in _all_told(clock, pieces.FOREVER) if one.at > instant)


def _all_told(clock: SlaClock, until: int) -> Iterator[Told]:
    kind, cycle = clock.target.kind, clock.cycle
    for threshold, at in _Telling(clock, until).found.items():
        yield Told(from_microseconds(at), kind, cycle, threshold)


class _Telling:
    """
    One pass over a clock's life.

    Attributes:
        found: The thresholds, and `None` for the breach, each with its instant, in order.
    """

    __slots__ = ("_judged", "_left_out", "_until", "found")

    def __init__(self, clock: SlaClock, until: int) -> None:
        self.found: dict[Threshold | None, int] = {}
        self._left_out: frozenset[Threshold] = frozenset()
        # A microsecond more shows whether the clock counts at that very instant.
        cut = [piece for piece in pieces.pieces(clock, until + 1) if piece.start <= until]
        self._until = until
        self._judged = _judged(cut[-1].promise) if cut else None
        spent = 0
        promise = None
        for piece in cut:
            if _tells(piece):
                if piece.promise is not promise:
                    promise = piece.promise
                    self._left_out = _left_out(piece, spent)
                self._look(piece, spent)
            if piece.pause is None and piece.end < pieces.FOREVER:
                spent += piece.working_time()

    def _look(self, piece: Piece, spent: int) -> None:
        asked = [one for one in _in_order(piece.promise) if self._is_asked(one, piece.promise)]
        instants = ((one, _instant(piece, one, spent)) for one in asked)
        reached = [(one, at) for one, at in instants if at is not None and at <= self._until]
        self.found.update(sorted(reached, key=lambda it: it[1]))  # stable: equals keep their order

    def _is_asked(self, threshold: Threshold | None, promise: Promise) -> bool:
        if threshold is None and self._judged is not None and promise is not self._judged:
            return False
        return threshold not in self.found and threshold not in self._left_out


def _judged(last: Promise) -> Promise | None:
    """
    Return the one promise whose breach counts, *last* being in force; `None` where any does.
    """
    return None if last.target.policy.judgement is Judgement.STICKY else last


def _tells(piece: Piece) -> bool:
    is_stopped = piece.pause is not None and piece.pause.is_gap
    return not is_stopped and piece.start >= microseconds(piece.promise.since)


def _in_order(promise: Promise) -> Iterator[Threshold | None]:
    """
    Yield the thresholds, with the breach after those that lie up to the target.
    """
    thresholds, allowance = promise.target.thresholds, promise.allowance
    yield from (one for one in thresholds if one.limit(allowance) <= allowance)
    yield None
    yield from (one for one in thresholds if one.limit(allowance) > allowance)


def _left_out(piece: Piece, spent: int) -> frozenset[Threshold]:
    """
    Return the thresholds that a promise finds passed, as it comes into force, and does not tell.
    """
    target = piece.promise.target
    passed = [one for one in target.thresholds if _is_passed(piece, one, spent)]
    return frozenset(_LEFT_OUT[target.policy.passed_thresholds](passed))


def _is_passed(piece: Piece, threshold: Threshold, spent: int) -> bool:
    due = _deadline(piece.promise, threshold)
    return _limit(piece.promise, threshold) < spent if due is None else due < piece.start


_LEFT_OUT: Mapping[PassedThresholds, Callable[[Sequence[Threshold]], Sequence[Threshold]]] = {
    PassedThresholds.TELL: lambda _: (),
    PassedThresholds.TELL_LAST: lambda passed: passed[:-1],
    PassedThresholds.SKIP: lambda passed: passed,
}


def _limit(promise: Promise, threshold: Threshold | None) -> int:
    """
    Return the elapsed time, what is forgiven included, that belongs to *threshold* or the breach.
    """
    allowance = promise.allowance
    return promise.forgiven + (allowance if threshold is None else threshold.limit(allowance))


def _deadline(promise: Promise, threshold: Threshold | None) -> int | None:
    """
    Return the deadline that *threshold* or the breach goes by; `None` if by elapsed time.
    """
    if promise.deadline is None:
        return None
    is_there = threshold is None or (
        threshold.is_late and _limit(promise, threshold) <= promise.limit
    )
    return microseconds(promise.deadline.due_at) if is_there else None


# ---- When -----------------------------------------------------------------------------------


def _instant(piece: Piece, threshold: Threshold | None, spent: int) -> int | None:
    """
    Return when *threshold*, or the breach, is told, if that is in *piece*.

    What the time up to its end has come to is told at its end.
    """
    left = _limit(piece.promise, threshold) - spent
    due = _deadline(piece.promise, threshold)
    try:
        if due is not None:
            return _overruns(piece, due)
        if threshold is None or threshold.is_late:
            return _exceeds(piece, left)
        return piece.reaches(left) if piece.promise.allowance else _opens(piece, left)
    except CalendarError:
        if piece.timeline.end < HORIZON_END:
            raise
        # The hours end for good before so much time can elapse: it is never told.
        return None


def _exceeds(piece: Piece, left: int) -> int | None:
    """
    Return the first instant at which more than the time *left* has elapsed.
    """
    if left < 0:
        return piece.start
    last = piece.passes(left)
    return None if last is None else last + 1


def _overruns(piece: Piece, due: int) -> int | None:
    """
    Return the first instant of *piece* after *due*.
    """
    if due < piece.start:
        return piece.start
    return due + 1 if due < piece.end else None


def _opens(piece: Piece, left: int) -> int | None:
    """
    Return the first working instant of *piece*; its start where the time *left* is used up.
    """
    if left < 0:
        return piece.start
    if piece.pause is not None:
        return None
    at = piece.timeline.next_open(piece.start)
    return at if at < piece.end else None
