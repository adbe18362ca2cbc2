"""
From a record's facts to its clocks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from enum import Enum, auto
from typing import TYPE_CHECKING, TypeAlias

from itil_ops.errors import AgreementError
from itil_ops.kernel.instant import utc
from itil_ops.kernel.table import Phase
from itil_ops.sla.clocks.clock import LIVE, SlaClock
from itil_ops.sla.clocks.draft import ClockState, Draft
from itil_ops.sla.promises.fact import Fact
from itil_ops.sla.promises.policy import LateTarget, Reopen, Simultaneous
from itil_ops.sla.promises.target import StartAt, StartField, Target


if TYPE_CHECKING:
    from pendulum import DateTime

    from itil_ops.sla.clocks.promise import ManualDeadline
    from itil_ops.sla.promises.measure import Measure


Choose: TypeAlias = Callable[[Fact], Target | None]


def fold(
    measure: Measure,
    story: Sequence[Fact],
    choose: Choose,
    *,
    left: Fact | None = None,
    cycles: int = 0,
    deadline: ManualDeadline | None = None,
) -> tuple[SlaClock, ...]:
    """
    Return the clocks of one kind of target, cycle by cycle.

    Args:
        measure: When they run.

        story: The record's facts, in order.

        choose: Which target holds by a fact, if any does.

        left: The fact by which the record has left those whom the targets bind, if it has.

        cycles: How many cycles there were before.

        deadline: A deadline that a person fixed.
    """
    run = _Fold(measure, story, cycles, deadline)
    for fact in story:
        run.take(fact, choose(fact))
    run.finish(left)
    return tuple(draft.finished(SlaClock) for draft in run.drafts)


class _Wish(Enum):
    """
    What a clock should do from a fact on.
    """

    RUN = auto()
    PAUSE = auto()
    STOP = auto()


class _Fold:
    """
    One pass over a record's facts, driving clocks as one would by hand.
    """

    __slots__ = (
        "_cycle",
        "_cycles",
        "_deadline",
        "_draft",
        "_measure",
        "_story",
        "_wanted",
        "drafts",
    )

    def __init__(
        self,
        measure: Measure,
        story: Sequence[Fact],
        cycles: int,
        deadline: ManualDeadline | None,
    ) -> None:
        self._measure = measure
        self._story = story
        self._cycles = cycles
        self._deadline = deadline
        self._cycle: list[Fact] = []
        self._draft: Draft | None = None
        self._wanted: Target | None = None
        self.drafts: list[Draft] = []

    def take(self, fact: Fact, target: Target | None) -> None:
        if self._deadline is not None:
            self._fix(fact.at)
        if fact.phase is Phase.DROPPED:
            self._cancel(fact.at, _why_dropped(fact))
            self._begin_cycle()
            return
        if self._cycle and self._measure.is_new_cycle(fact, self._cycle[-1]):
            self._stop(fact.at)
            self._begin_cycle()
        self._cycle.append(fact)
        if target is None:
            self._cancel(fact.at, "no target applies")
        elif self._draft is None:
            self._promise(fact, target)
        else:
            self._go_on(self._draft, fact, target)

    def finish(self, left: Fact | None) -> None:
        """
        Stop what runs where the record has *left* those whom the targets bind.
        """
        if left is not None:
            self._fix(left.at)
            self._stop(left.at)
        elif self._deadline is not None:
            self._fix(self._deadline.since)

    # ---- Ends -------------------------------------------------------------------------------

    def _begin_cycle(self) -> None:
        self._cycle = []
        self._draft = None

    def _stop(self, at: DateTime) -> None:
        if self._draft is not None and self._draft.state in LIVE:
            self._draft.stop(at)

    def _cancel(self, at: DateTime, reason: str) -> None:
        if self._draft is not None and self._draft.state in LIVE:
            self._draft.cancel(at, reason)
            self._draft = None

    # ---- Beginnings -------------------------------------------------------------------------

    def _promise(self, fact: Fact, target: Target) -> None:
        """
        Begin a clock; what went before in this cycle counts, but is judged from now on only.
        """
        past = self._past(fact, target)
        start = self._start(past, target) if past else None
        if start is None:
            return
        draft = Draft(target, start, self._number, max(start, fact.at))
        is_start_only = target.policy.late_target is LateTarget.START_ONLY
        for told in past[-1:] if is_start_only else past:
            draft = self._moved(draft, told, target)
        draft.judge_from(fact.at)
        draft.cycle = self._number  # cycles of the past that nobody judges have no number
        if draft.stopped_at is None or draft.stopped_at >= fact.at:
            self._follow(draft, target)

    def _past(self, fact: Fact, target: Target) -> Sequence[Fact]:
        """
        Return the facts of this cycle that count, from the one by which its clock begins.
        """
        if target.policy.late_target is LateTarget.FROM_THEN_ON:
            return [fact] if self._measure.begins(fact) else []
        first = next((n for n, told in enumerate(self._cycle) if self._measure.begins(told)), None)
        return [] if first is None else self._cycle[first:]

    def _start(self, past: Sequence[Fact], target: Target) -> DateTime | None:
        is_first_cycle = self._number == 1 and self._cycle[0] is self._story[0]
        if target.start_at is StartAt.LOGGED or not is_first_cycle:
            return past[0].at
        if target.start_at is StartAt.ASSIGNED:
            return next((told.at for told in past if _is_assigned(told)), None)
        if isinstance(target.start_at, StartField):
            return self._instant(target.start_at.name)
        return self._instant(_TOLD_BY[target.start_at]) or past[0].at

    def _instant(self, name: str) -> DateTime | None:
        # What is known last: a corrected start is the start.
        value = self._story[-1].fields.get(name)
        if value is None:
            return None
        if not isinstance(value, datetime):
            raise AgreementError(f"no clock can start at {name}, which holds no instant: {value!r}")
        return utc(value, name)

    @property
    def _number(self) -> int:
        return self._cycles + len(self.drafts) + 1

    def _follow(self, draft: Draft, target: Target) -> None:
        self.drafts.append(draft)
        self._draft = draft
        self._wanted = target

    # ---- Between ----------------------------------------------------------------------------

    def _go_on(self, draft: Draft, fact: Fact, target: Target) -> None:
        moved = self._moved(draft, fact, target)
        if moved is not draft:
            self._cycle = [fact]
            self._follow(moved, target)
        elif draft.state in LIVE and target is not self._wanted and target != self._wanted:
            draft.retarget(target, max(fact.at, draft.started_at), target.policy.retarget)
            self._wanted = target

    def _moved(self, draft: Draft, fact: Fact, target: Target) -> Draft:
        wish = self._wish(fact, target)
        if wish is _Wish.STOP:
            if draft.state in LIVE:
                draft.stop(fact.at)
            return draft
        if draft.state is ClockState.STOPPED:
            if target.policy.reopen is Reopen.NEVER:
                return draft
            draft = self._reopened(draft, fact, target)
        if wish is _Wish.PAUSE:
            _pause(draft, fact)
        elif draft.state is ClockState.PAUSED:
            draft.resume(max(fact.at, draft.started_at))
        return draft

    def _wish(self, fact: Fact, target: Target) -> _Wish:
        stops = target.is_kept(self._measure, fact)
        if stops and target.policy.simultaneous is Simultaneous.STOP_FIRST:
            return _Wish.STOP
        if target.is_paused(fact):
            return _Wish.PAUSE
        return _Wish.STOP if stops else _Wish.RUN

    def _reopened(self, draft: Draft, fact: Fact, target: Target) -> Draft:
        if target.policy.reopen is Reopen.NEW_CYCLE:
            return Draft(target, fact.at, draft.cycle + 1, fact.at)
        draft.reopen(fact.at, target.policy.reopen)
        return draft

    def _fix(self, at: DateTime) -> None:
        deadline, draft = self._deadline, self._draft
        if deadline is None or draft is None or deadline.since > at or draft.state not in LIVE:
            return
        draft.fix(deadline)
        self._deadline = None


_TOLD_BY: Mapping[StartAt, str] = {
    StartAt.DETECTED: "detected_at",
    StartAt.REPORTED: "reported_at",
}


def _why_dropped(fact: Fact) -> str:
    because = fact.fields.get("cancellation_reason")
    return "ended without a result" if because is None else f"ended without a result: {because}"


def _is_assigned(fact: Fact) -> bool:
    return fact.fields.get("group") is not None or fact.fields.get("assignee") is not None


def _pause(draft: Draft, fact: Fact) -> None:
    """
    Let *draft* wait for what *fact* says; another reason is another pause.
    """
    at = max(fact.at, draft.started_at)
    if draft.state is ClockState.PAUSED:
        if draft.pauses[-1].reason == fact.pending_reason:
            return
        draft.resume(at)
    draft.pause(at, fact.pending_reason)
