"""
From a record's history to its clocks.

The fold reads phases, pending reasons, priorities, the response and the contacts, never a state's
name: what a caller adds to a lifecycle is measured like what was there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from enum import Enum, auto
from typing import TYPE_CHECKING, TypeAlias, cast

import attrs

from pendulum import DateTime

from itil_ops.kernel.priority import Priority
from itil_ops.kernel.table import Phase
from itil_ops.kernel.vocabulary import Contact, PendingReason
from itil_ops.sla.clock import ClockState, SlaClock
from itil_ops.sla.target import StopAt, Target, TargetKind


if TYPE_CHECKING:
    from itil_ops.kernel.history import Moment


@attrs.frozen
class Fact:
    """
    What clocks read, as it is from *at* on.

    Attributes:
        at: Since when.

        phase: The phase of the record's state.

        pending_reason: Why work waits, while it does.

        priority: The order of work.

        has_responded: Whether the first qualified action was taken.

        informs_user: Whether this very fact is a message of the provider to the user.
    """

    at: DateTime
    phase: Phase
    pending_reason: PendingReason | None
    priority: Priority | None
    has_responded: bool
    informs_user: bool


def facts(history: Iterable[Moment]) -> Iterator[Fact]:
    """
    Yield what clocks read, wherever it differs from before.
    """
    reason: PendingReason | None = None
    priority: Priority | None = None
    has_responded = False
    before: tuple[object, ...] | None = None
    for moment in history:
        changes = moment.entry.changes
        reason = cast("PendingReason | None", changes.get("pending_reason", reason))
        priority = cast("Priority | None", changes.get("priority", priority))
        has_responded = has_responded or changes.get("responded_at") is not None
        contact = cast("Contact | None", changes.get("last_contact"))
        informs = contact is not None and contact.informs_user
        now = (moment.phase, reason, priority, has_responded)
        if now != before or informs:
            yield Fact(moment.at, *now, informs)
        before = now


class _Wish(Enum):
    """
    What a clock should do from a fact on.
    """

    RUN = auto()
    PAUSE = auto()
    STOP = auto()


def _wish(kind: TargetKind, fact: Fact, target: Target) -> _Wish:
    if _is_kept(kind, fact, target):
        return _Wish.STOP
    if fact.phase is Phase.WAITING and fact.pending_reason in target.pause_on:
        return _Wish.PAUSE
    return _Wish.RUN


def _is_kept(kind: TargetKind, fact: Fact, target: Target) -> bool:
    if kind == TargetKind.RESPONSE and fact.has_responded:
        return True
    if fact.phase is Phase.DONE:
        return kind != TargetKind.RESOLUTION or target.stop_at is StopAt.RESOLVED
    return fact.phase is Phase.ENDED


def _pause(clock: SlaClock, fact: Fact) -> SlaClock:
    return clock.pause(at=fact.at, reason=fact.pending_reason)


def _pause_anew(clock: SlaClock, fact: Fact) -> SlaClock:
    if clock.pauses[-1].reason == fact.pending_reason:
        return clock
    return _pause(clock.resume(at=fact.at), fact)


def _stop(clock: SlaClock, fact: Fact) -> SlaClock:
    return clock.stop(at=fact.at)


def _cancel(clock: SlaClock, fact: Fact) -> SlaClock:
    return clock.cancel(at=fact.at, reason="ended without a result")


def _withdraw(clock: SlaClock, fact: Fact) -> SlaClock:
    return clock.cancel(at=fact.at, reason="no target applies")


_Move: TypeAlias = Callable[[SlaClock, Fact], SlaClock]
_MOVES: dict[tuple[ClockState, _Wish], _Move] = {
    (ClockState.RUNNING, _Wish.PAUSE): _pause,
    (ClockState.RUNNING, _Wish.STOP): _stop,
    (ClockState.PAUSED, _Wish.RUN): lambda clock, fact: clock.resume(at=fact.at),
    (ClockState.PAUSED, _Wish.PAUSE): _pause_anew,
    (ClockState.PAUSED, _Wish.STOP): _stop,
    (ClockState.STOPPED, _Wish.RUN): lambda clock, fact: clock.reopen(at=fact.at),
    (ClockState.STOPPED, _Wish.PAUSE): lambda clock, fact: _pause(clock.reopen(at=fact.at), fact),
}

_OVER = frozenset({Phase.DONE, Phase.ENDED})
_LIVE = frozenset({ClockState.RUNNING, ClockState.PAUSED})
Choose: TypeAlias = Callable[[Priority | None], Target | None]


def fold(kind: TargetKind, story: Iterable[Fact], choose: Choose) -> tuple[SlaClock, ...]:
    """
    Return the clocks of one kind of target, cycle by cycle.

    Args:
        kind: The kind.

        story: The record's facts, in order.

        choose: Which target holds for a priority, if any does.
    """
    run = _Fold(kind)
    for fact in story:
        run.take(fact, choose(fact.priority))
    return tuple(run.clocks)


class _Fold:
    """
    One pass over a record's facts, driving clocks as one would by hand.
    """

    __slots__ = ("_cycle", "_kind", "clocks")

    def __init__(self, kind: TargetKind) -> None:
        self._kind = kind
        self._cycle: list[Fact] = []
        self.clocks: list[SlaClock] = []

    def take(self, fact: Fact, target: Target | None) -> None:
        if fact.phase is Phase.DROPPED:
            self._end(_cancel, fact)
            self._cycle.clear()
            return
        anew = self._kind == TargetKind.UPDATE and self._is_new_cycle(fact)
        if anew:
            self._end(_stop, fact)
            self._cycle.clear()
        self._cycle.append(fact)
        if target is None:
            self._end(_withdraw, fact)
        elif anew or not self.clocks or self.clocks[-1].state is ClockState.CANCELLED:
            self._promise(fact, target)
        else:
            self._go_on(fact, target)

    def _end(self, move: _Move, fact: Fact) -> None:
        if self.clocks and self.clocks[-1].state in _LIVE:
            self.clocks[-1] = move(self.clocks[-1], fact)

    def _promise(self, fact: Fact, target: Target) -> None:
        """
        Begin a clock; what went before in this cycle counts, but is judged from now on only.
        """
        begun = self._cycle[0].at
        clock = SlaClock.start(target, at=begun, cycle=len(self.clocks) + 1)
        promise = attrs.evolve(clock.promises[0], since=fact.at)
        for past in self._cycle:
            clock = self._moved(clock, past, target)
        if clock.stopped_at is None or clock.stopped_at >= fact.at:
            self.clocks.append(attrs.evolve(clock, promises=(promise,)))

    def _go_on(self, fact: Fact, target: Target) -> None:
        clock = self._moved(self.clocks[-1], fact, target)
        if clock.state in _LIVE and clock.target != target:
            clock = clock.retarget(target, at=fact.at)
        self.clocks[-1] = clock

    def _is_new_cycle(self, fact: Fact) -> bool:
        """
        A message to the user begins another wait for the next one, and so does a reopening.
        """
        if fact.phase in _OVER or not self._cycle:
            return False
        return fact.informs_user or self._cycle[-1].phase in _OVER

    def _moved(self, clock: SlaClock, fact: Fact, target: Target) -> SlaClock:
        move = _MOVES.get((clock.state, _wish(self._kind, fact, target)))
        return clock if move is None else move(clock, fact)
