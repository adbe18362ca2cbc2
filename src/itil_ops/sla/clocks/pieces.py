"""
A clock's life in integers: cut into pieces that count or do not, each under one promise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import attrs

from itil_ops.kernel.instant import microseconds
from itil_ops.sla.clocks.promise import Pause, Promise
from itil_ops.sla.hours.timeline import TIME_END
from itil_ops.sla.promises.policy import Judgement, Retarget


if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pendulum import DateTime

    from itil_ops.sla.hours.timeline import Timeline


FOREVER = TIME_END


class ClockFacts(Protocol):
    """
    What a clock, finished or in the making, has been told.
    """

    @property
    def started_at(self) -> DateTime:
        """
        When it was started.
        """
        ...

    @property
    def promises(self) -> Sequence[Promise]:
        """
        The targets it was given.
        """
        ...

    @property
    def pauses(self) -> Sequence[Pause]:
        """
        When it did not count.
        """
        ...

    @property
    def ended_at(self) -> DateTime | None:
        """
        When it was stopped or cancelled; `None` unless it was.
        """
        ...


@attrs.frozen
class Piece:
    """
    A time in which a clock counts or does not, under one promise.

    Attributes:
        start: Its first microsecond.

        end: The first one after it.

        promise: The promise in force.

        pause: The pause because of which it does not count; `None` where it does.
    """

    start: int
    end: int
    promise: Promise
    pause: Pause | None

    @property
    def timeline(self) -> Timeline:
        """
        The hours it is measured in.
        """
        return self.promise.target.calendar.timeline

    def working_time(self) -> int:
        """
        Return the working time in it, whether it counts or not.
        """
        return self.timeline.between(self.start, self.end)

    def reaches(self, left: int) -> int | None:
        """
        Return the first instant at which the time *left* has elapsed, if that is in here.
        """
        if left <= 0:
            return self.start
        if self.pause is not None or (self.end < FOREVER and self.working_time() < left):
            return None
        return self.timeline.add(self.start, left)

    def passes(self, left: int) -> int | None:
        """
        Return the instant after which more than the time *left* has elapsed, if that is in here.
        """
        if left < 0:
            return self.start
        if self.pause is not None or (self.end < FOREVER and self.working_time() <= left):
            return None
        return self.timeline.next_open(self.timeline.add(self.start, left))


def pieces(clock: ClockFacts, until: int = FOREVER, *, runs_on: bool = False) -> Iterator[Piece]:
    """
    Yield the life of *clock* up to *until*, or as if never ended where it *runs on*.

    It is cut wherever it begins or ceases to count, or the promise changes.
    """
    promises = clock.promises
    promise = promises[0]
    changes = [(microseconds(one.since), one) for one in reversed(promises)]
    for begun, end, pause in _spans(clock, runs_on=runs_on):
        start = begun
        while changes and changes[-1][0] <= end:
            since, following = changes.pop()
            if start < since and start <= until:
                yield Piece(start, min(since, until), promise, pause)
                start = since
            promise = following
        if start <= until:
            yield Piece(start, min(end, until), promise, pause)


def _spans(clock: ClockFacts, *, runs_on: bool) -> Iterator[tuple[int, int, Pause | None]]:
    start = microseconds(clock.started_at)
    for pause in clock.pauses:
        began = microseconds(pause.start)
        ended = FOREVER if pause.end is None else microseconds(pause.end)
        yield start, began, None
        yield began, ended, pause
        start = ended
    end = None if runs_on else clock.ended_at
    if start < FOREVER:
        yield start, FOREVER if end is None else microseconds(end), None


def elapsed(clock: ClockFacts, at: int) -> int:
    """
    Return the working time that counted up to *at*, forgiven or not.
    """
    return sum(piece.working_time() for piece in pieces(clock, at) if piece.pause is None)


def in_force(clock: ClockFacts, at: int) -> Promise:
    """
    Return the promise in force at *at*; before the first, that one.
    """
    known = [promise for promise in clock.promises if microseconds(promise.since) <= at]
    return known[-1] if known else clock.promises[0]


def due(clock: ClockFacts) -> int:
    """
    Return the first instant at which the promise in force is used up, as if never ended.
    """
    begun = max(_restarts(clock), default=microseconds(clock.started_at))
    # A share that was carried over may leave less than nothing: then it was due from the start.
    left = max(0, clock.promises[-1].limit - elapsed(clock, begun))
    whole = (piece for piece in pieces(clock, runs_on=True) if piece.pause is None)
    *early, last = [piece for piece in whole if piece.start >= begun]
    for piece in early:
        spent = piece.working_time()
        if spent >= max(left, 1):
            return piece.timeline.add(piece.start, left)
        left -= spent
    return last.timeline.add(last.start, left)


def _restarts(clock: ClockFacts) -> Iterator[int]:
    """
    Yield when elapsed time was forgiven: nothing is due before that.
    """
    for promise in clock.promises:
        if promise.retarget is Retarget.RESTART:
            yield microseconds(promise.since)


def breach(clock: ClockFacts, until: int = FOREVER) -> int | None:
    """
    Return the instant after which the clock is breached, by what is known *until* then.
    """
    cut = list(pieces(clock, until))
    judged = cut[-1].promise if cut else None
    any_promise = judged is None or judged.target.policy.judgement is Judgement.STICKY
    spent = 0
    for piece in cut:
        if (any_promise or piece.promise is judged) and _is_told(piece):
            broken = _breaks(piece, spent)
            if broken is not None:
                return broken
        if piece.pause is None:
            spent += piece.working_time()
    return None


def _is_told(piece: Piece) -> bool:
    """
    Whether the promise is in force already; what is known late is not so late.
    """
    return piece.start >= microseconds(piece.promise.since)


def _breaks(piece: Piece, spent: int) -> int | None:
    deadline = piece.promise.deadline
    if deadline is None:
        return piece.passes(piece.promise.limit - spent)
    at = microseconds(deadline.due_at)
    is_stopped = piece.pause is not None and piece.pause.is_gap
    return max(piece.start, at) if at < piece.end and not is_stopped else None
