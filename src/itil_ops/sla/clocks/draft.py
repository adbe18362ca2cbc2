"""
A clock in the making: what happens to it, without a copy for each step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Self, TypeAlias, TypeVar

import attrs

from pendulum import DateTime

from itil_ops.kernel.instant import microseconds
from itil_ops.sla.clocks import pieces
from itil_ops.sla.clocks.promise import ManualDeadline, Pause, Promise
from itil_ops.sla.promises.policy import Reopen, Retarget, StartOnHold
from itil_ops.sla.promises.target import Target


if TYPE_CHECKING:
    from itil_ops.kernel.vocabulary import PendingReason
    from itil_ops.sla.clocks.clock import SlaClock

    AnyClock = TypeVar("AnyClock", bound=SlaClock)


class ClockState(StrEnum):
    """
    What a clock does.
    """

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    CANCELLED = "cancelled"


class Draft:
    """
    The facts of a clock while they are gathered. Whoever tells them has checked them.
    """

    __slots__ = (
        "cancelled_at",
        "cancelled_because",
        "cycle",
        "pauses",
        "planned_start",
        "promises",
        "started_at",
        "state",
        "stopped_at",
    )

    def __init__(self, target: Target, at: DateTime, cycle: int, since: DateTime) -> None:
        self.started_at = at
        self.promises = [Promise(since, target, target.allowance(at))]
        self.pauses: list[Pause] = []
        self.stopped_at: DateTime | None = None
        self.cancelled_at: DateTime | None = None
        self.cancelled_because: str | None = None
        self.planned_start: DateTime | None = None
        self.cycle = cycle
        self.state = ClockState.RUNNING

    @classmethod
    def of(cls, clock: SlaClock) -> Self:
        """
        Return a draft of *clock*.
        """
        draft = cls.__new__(cls)
        draft.started_at = clock.started_at
        draft.promises = [*clock.promises]
        draft.pauses = [*clock.pauses]
        draft.stopped_at = clock.stopped_at
        draft.cancelled_at = clock.cancelled_at
        draft.cancelled_because = clock.cancelled_because
        draft.planned_start = None
        draft.cycle = clock.cycle
        draft.state = clock.state
        return draft

    def finished(self, kind: type[AnyClock]) -> AnyClock:
        """
        Return the clock.
        """
        return kind(
            started_at=self.started_at,
            promises=tuple(self.promises),
            pauses=tuple(self.pauses),
            stopped_at=self.stopped_at,
            cancelled_at=self.cancelled_at,
            cancelled_because=self.cancelled_because,
            cycle=self.cycle,
        )

    @property
    def target(self) -> Target:
        """
        The target in force.
        """
        return self.promises[-1].target

    @property
    def ended_at(self) -> DateTime | None:
        """
        When it was stopped or cancelled; `None` unless it was.
        """
        return self.stopped_at or self.cancelled_at

    def counted(self, at: DateTime) -> int:
        """
        Return the working time that counted up to *at*, forgiven or not.
        """
        return pieces.elapsed(self, microseconds(at))

    # ---- What happens -----------------------------------------------------------------------

    def pause(self, at: DateTime, reason: PendingReason | None) -> None:
        """
        Do not count from *at* on.
        """
        self.pauses.append(Pause(at, None, reason))
        self.state = ClockState.PAUSED

    def resume(self, at: DateTime) -> None:
        """
        Count again from *at* on.
        """
        if self._has_waited_from_the_start:
            self._begin(at)
        else:
            self._end_pause(at)
        self.state = ClockState.RUNNING

    def stop(self, at: DateTime) -> None:
        """
        Stop at *at*. What ends before it was to start has taken no time.
        """
        self._end(at)
        self.stopped_at = at
        self.state = ClockState.STOPPED

    def cancel(self, at: DateTime, reason: str) -> None:
        """
        End at *at* without an outcome.
        """
        self._end(at)
        self.cancelled_at = at
        self.cancelled_because = reason
        self.state = ClockState.CANCELLED

    def reopen(self, at: DateTime, how: Reopen) -> None:
        """
        Count again from *at* on, with or without the time since the stop.
        """
        if self.planned_start is not None:
            self._begin(max(at, self.planned_start))
        elif how is not Reopen.RESUME_INCLUDING_GAP:
            self.pauses.append(Pause(self.stopped_at or at, at, is_gap=True))
        self.planned_start = None
        self.stopped_at = None
        self.state = ClockState.RUNNING

    def retarget(self, target: Target, at: DateTime, mode: Retarget) -> None:
        """
        Put *target* in force from *at* on.
        """
        now = self.promises[-1]
        if now.deadline is None:
            self.promises.append(_SUCCESSORS[mode](self, target, at))
        else:
            moved = attrs.evolve(now, target=target, retarget=mode)
            self.promises.append(self._fixed(moved, now.deadline, at))

    def fix(self, deadline: ManualDeadline) -> None:
        """
        Put *deadline* in the place of the computed due time.
        """
        now = self.promises[-1]
        at = max(deadline.since, now.since, self.started_at)
        self.promises.append(self._fixed(attrs.evolve(now, retarget=None), deadline, at))

    def judge_from(self, at: DateTime) -> None:
        """
        Judge by the only target from *at* on at the earliest.
        """
        (promise,) = self.promises
        self.promises = [attrs.evolve(promise, since=max(promise.since, at))]

    # ---- What follows from it ---------------------------------------------------------------

    @property
    def _has_waited_from_the_start(self) -> bool:
        late = self.target.policy.start_on_hold is StartOnHold.NOT_STARTED
        return late and len(self.pauses) == 1 and self.pauses[0].start == self.started_at

    def _fixed(self, promise: Promise, deadline: ManualDeadline, at: DateTime) -> Promise:
        """
        Return *promise* with the working time until *deadline* as what it allows.
        """
        timeline = promise.target.calendar.timeline
        left = timeline.between(microseconds(at), microseconds(deadline.due_at))
        allowance = max(0, self.counted(at) + left - promise.forgiven)
        return attrs.evolve(promise, since=at, allowance=allowance, deadline=deadline)

    def _begin(self, at: DateTime) -> None:
        self.started_at = at
        self.pauses = []
        promise = self.promises[-1]
        self.promises = [Promise(max(promise.since, at), self.target, self.target.allowance(at))]
        if promise.deadline is not None:
            self.fix(promise.deadline)

    def _end(self, at: DateTime) -> None:
        if at < self.started_at:
            self.planned_start = self.started_at
            self._begin(at)
        elif self.state is ClockState.PAUSED:
            self._end_pause(at)

    def _end_pause(self, at: DateTime) -> None:
        lasting = self.pauses[-1]
        self.pauses[-1] = Pause(lasting.start, at, lasting.reason)


# ---- What becomes of elapsed time -----------------------------------------------------------


def _kept(draft: Draft, target: Target, at: DateTime) -> Promise:
    now = draft.promises[-1]
    anew = [one.since for one in draft.promises if one.retarget is Retarget.RESTART]
    allowance = target.allowance(anew[-1] if anew else draft.started_at)
    return Promise(at, target, allowance, now.forgiven, Retarget.KEEP_ELAPSED)


def _restarted(draft: Draft, target: Target, at: DateTime) -> Promise:
    return Promise(at, target, target.allowance(at), draft.counted(at), Retarget.RESTART)


def _in_proportion(draft: Draft, target: Target, at: DateTime) -> Promise:
    now, kept = draft.promises[-1], _kept(draft, target, at)
    counted = draft.counted(at)
    spent = counted - now.forgiven
    if not now.allowance:
        forgiven = now.forgiven
    elif spent < now.allowance:
        forgiven = counted - spent * kept.allowance // now.allowance
    else:
        # Used up is used up: it was due when it was, and is overrun by as much as before.
        forgiven = now.limit - kept.allowance
    return attrs.evolve(kept, forgiven=forgiven, retarget=Retarget.PROPORTIONAL)


def _strictest(draft: Draft, target: Target, at: DateTime) -> Promise:
    counted, instant = draft.counted(at), microseconds(at)
    offers = (draft.promises[-1], _kept(draft, target, at))
    strictest = min(offers, key=lambda promise: _due(promise, instant, counted))
    return attrs.evolve(strictest, since=at, retarget=Retarget.STRICTEST)


def _due(promise: Promise, at: int, counted: int) -> int:
    """
    Return when *promise* would be used up if the clock counted from *at* on; earlier if it is.
    """
    left = promise.limit - counted
    return promise.target.calendar.timeline.add(at, left) if left > 0 else at + left


_Successor: TypeAlias = Callable[[Draft, Target, DateTime], Promise]
_SUCCESSORS: Mapping[Retarget, _Successor] = {
    Retarget.KEEP_ELAPSED: _kept,
    Retarget.RESTART: _restarted,
    Retarget.PROPORTIONAL: _in_proportion,
    Retarget.STRICTEST: _strictest,
}
