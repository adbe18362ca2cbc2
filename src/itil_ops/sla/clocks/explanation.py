"""
A clock in sentences: what was promised, what happened since, and how the promise was kept.

Each sort of sentence has a small function of its own; the table at the end says in which order they
are told. Instants are shown by the clocks of the calendar's zone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, TypeAlias, cast

import attrs

from pendulum import DateTime

from itil_ops.errors import CalendarError
from itil_ops.kernel.instant import from_microseconds, length, microseconds, utc
from itil_ops.sla.clocks import pieces
from itil_ops.sla.clocks.draft import ClockState, Draft
from itil_ops.sla.hours.calendar import ALWAYS_OPEN
from itil_ops.sla.hours.closures import OUTSIDE_HOURS, Closure, ClosureKind
from itil_ops.sla.hours.duration import BusinessDays, DayMark, NextOpening
from itil_ops.sla.hours.wording import amount_text, date_text, instant_text, wall_of
from itil_ops.sla.hours.written import time_text
from itil_ops.sla.promises.measure import TargetKind
from itil_ops.sla.promises.policy import Retarget


if TYPE_CHECKING:
    from itil_ops.sla.clocks.clock import SlaClock
    from itil_ops.sla.clocks.promise import ManualDeadline, Pause, Promise
    from itil_ops.sla.promises.target import Target


def explain(clock: SlaClock, at: datetime) -> tuple[str, ...]:
    """
    Return what *clock* has come to at *at*, by the facts up to then, in sentences.

    They tell what was promised, when it was started and since when it counts; each pause, each
    other target and each holiday in the order of time, those included that lie ahead and move the
    due time; how it ended; when it is due, what is left or by how much it was missed; and what has
    elapsed.

    Raises:
        TypeError: *at* is no datetime.

        ValueError: *at* is naive.

        CalendarError: The calendar does not reach that far.
    """
    instant = utc(at)
    known = _as_known(clock, instant)
    parts = _AHEAD if instant < clock.started_at else _PARTS
    asked = instant if known.ended_at is None else min(instant, known.ended_at)
    return tuple(chain.from_iterable(part(known, asked) for part in parts))


# ---- What is known --------------------------------------------------------------------------


def _as_known(clock: SlaClock, at: DateTime) -> SlaClock:
    """
    Return *clock* as it was told up to *at*; its first target at least.
    """
    pauses = [attrs.evolve(one, end=_known(one.end, at)) for one in clock.pauses if one.start <= at]
    stopped_at = _known(clock.stopped_at, at)
    if pauses and pauses[-1].is_gap and pauses[-1].end is None:
        stopped_at = pauses.pop().start
    cancelled_at = _known(clock.cancelled_at, at)
    return attrs.evolve(
        clock,
        promises=tuple(one for one in clock.promises if one.since <= at) or clock.promises[:1],
        pauses=tuple(pauses),
        stopped_at=stopped_at,
        cancelled_at=cancelled_at,
        cancelled_because=None if cancelled_at is None else clock.cancelled_because,
    )


def _known(instant: DateTime | None, at: DateTime) -> DateTime | None:
    return None if instant is None or instant > at else instant


def _resumed(clock: SlaClock, at: DateTime) -> SlaClock:
    """
    Return *clock* as if it were resumed at *at*, if it is paused.
    """
    if clock.state is not ClockState.PAUSED:
        return clock
    draft = Draft.of(clock)
    draft.resume(at)
    return draft.finished(type(clock))


# ---- Words ----------------------------------------------------------------------------------


def _words(value: object) -> str:
    return str(value).replace("_", " ")


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def _working(amount: int) -> str:
    return f"{amount_text(amount)} of working time" if amount else "no working time"


def _instant(clock: SlaClock, at: datetime) -> str:
    return instant_text(at, clock.target.calendar.zone)


_MARKS: Mapping[DayMark, str] = {
    DayMark.CLOSE: "the close of business",
    DayMark.SAME_TIME: "the same time of day",
    DayMark.OPENING: "the opening",
}


def _promise(promise: Promise) -> str:
    """
    Return what was promised, and for which priorities.
    """
    priorities = ", ".join(map(str, sorted(promise.target.priorities or ())))
    return f"{_duration(promise)}{priorities and f' for priority {priorities}'}"


def _duration(promise: Promise) -> str:
    """
    Return how long it may take; what was fixed at the start with what it is worth.
    """
    worth = _working(promise.allowance)
    match promise.target.duration:
        case BusinessDays(count=count, by=by):
            mark = _MARKS[by] if isinstance(by, DayMark) else time_text(by)
            days = "1 business day" if count == 1 else f"{count} business days"
            return f"within {days}, by {mark} ({worth})"
        case NextOpening():
            return f"by the next opening ({worth})"
        case amount:
            return _amount(amount, promise.target)


def _amount(amount: timedelta, target: Target) -> str:
    if not amount:
        return "at once"
    if target.calendar == ALWAYS_OPEN:
        return f"within {amount_text(length(amount))} around the clock"
    return f"within {_working(length(amount))}"


# ---- The beginning --------------------------------------------------------------------------


def _promised(clock: SlaClock, _: DateTime) -> Iterator[str]:
    first = clock.promises[0]
    cycle = "" if clock.cycle == 1 else f" in cycle {clock.cycle}"
    what = f"{_words(first.target.kind)} {_promise(first)}"
    yield f"Promised{cycle}: {what}, since {_instant(clock, first.since)}."


def _starts(clock: SlaClock, _: DateTime) -> Iterator[str]:
    yield f"The clock starts on {_instant(clock, clock.started_at)}."


def _started(clock: SlaClock, _: DateTime) -> Iterator[str]:
    start = _instant(clock, clock.started_at)
    try:
        counts_from = clock.counts_from
    except CalendarError as unknown:
        yield f"The clock was started on {start}, and does not begin to count: {unknown}."
        return
    if counts_from == clock.started_at:
        yield f"The clock was started on {start}."
    else:
        counts = _instant(clock, counts_from)
        yield f"The clock was started on {start}, outside hours, and counts from {counts} on."


# ---- What happened --------------------------------------------------------------------------

#: A sentence, and when it was so.
_Told: TypeAlias = tuple[int, str]


def _happened(clock: SlaClock, at: DateTime) -> Iterator[str]:
    told = chain(_paused(clock, at), _retargeted(clock), _closed(clock, at))
    return map(itemgetter(1), sorted(told, key=itemgetter(0)))


def _paused(clock: SlaClock, at: DateTime) -> Iterator[_Told]:
    costs = _costs(clock, at)
    for pause in clock.pauses:
        yield microseconds(pause.start), _pause(clock, pause, _working(costs[pause]))


def _costs(clock: SlaClock, at: DateTime) -> Counter[Pause]:
    """
    Return the working time that each pause took.
    """
    costs: Counter[Pause] = Counter()
    for piece in pieces.pieces(clock, microseconds(at)):
        if piece.pause is not None:
            costs[piece.pause] += piece.working_time()
    return costs


def _pause(clock: SlaClock, pause: Pause, cost: str) -> str:
    start = _instant(clock, pause.start)
    why = "for no stated reason" if pause.reason is None else _words(pause.reason)
    if pause.end is None:
        return f"Paused since {start}, {why}; that has taken {cost} so far."
    end = _instant(clock, pause.end)
    if pause.is_gap:
        return f"Stopped on {start} and reopened on {end}; that left out {cost}."
    return f"Paused from {start} to {end}, {why}; that took {cost}."


def _retargeted(clock: SlaClock) -> Iterator[_Told]:
    for promise in clock.promises[1:]:
        since = _instant(clock, promise.since)
        yield microseconds(promise.since), f"On {since} {_turn(clock, promise)}."


def _turn(clock: SlaClock, promise: Promise) -> str:
    """
    Return what *promise* changed; only a due time that a person fixed replaces no target.
    """
    rule = promise.retarget
    if rule is not None:
        return f"another target holds: {_promise(promise)} ({_words(rule)}: {_RULES[rule]})"
    fixed = cast("ManualDeadline", promise.deadline)
    return f'the due time was fixed at {_instant(clock, fixed.due_at)}: "{fixed.reason}"'


_RULES: Mapping[Retarget, str] = {
    Retarget.KEEP_ELAPSED: "what had elapsed counts against it",
    Retarget.RESTART: "what had elapsed is forgiven",
    Retarget.PROPORTIONAL: "the same share of it as before has elapsed",
    Retarget.STRICTEST: "of the old and the new one the stricter holds",
}


_CLOSURES: Mapping[ClosureKind, str] = {
    ClosureKind.HOLIDAY: "A holiday",
    ClosureKind.OVERRIDE: "Special hours",
    ClosureKind.EXCLUDED: "Excluded time",
}


@attrs.frozen
class _Loss:
    """
    Usual hours that were closed: why, on which day, since when, and how much, in microseconds.
    """

    closure: Closure
    day: date
    start: int
    amount: int

    @property
    def sort(self) -> tuple[Closure, date | None]:
        """
        What is told together: each holiday by itself, all else in sum.
        """
        return self.closure, self.day if self.closure.kind is ClosureKind.HOLIDAY else None


def _closed(clock: SlaClock, at: DateTime) -> Iterator[_Told]:
    found: dict[object, list[_Loss]] = {}
    for loss in _losses(_resumed(clock, at), at):
        found.setdefault(loss.sort, []).append(loss)
    ahead = "would have taken" if clock.state is ClockState.STOPPED else "will take"
    for losses in found.values():
        start = losses[0].start
        yield start, _closure(losses, "took" if start < microseconds(at) else ahead)


def _losses(clock: SlaClock, at: DateTime) -> Iterator[_Loss]:
    for piece in pieces.pieces(clock, _horizon(clock, at), runs_on=True):
        if piece.pause is None:
            target = piece.promise.target
            for start, end, closure in target.calendar.labelled(piece.start, piece.end):
                if closure is not None and closure != OUTSIDE_HOURS:
                    day = wall_of(from_microseconds(start), target.calendar.zone).date()
                    yield _Loss(closure, day, start, end - start)


def _horizon(clock: SlaClock, at: DateTime) -> int:
    """
    Return until when hours matter: the due time, if that is still to come.
    """
    try:
        due = clock.due_at
    except CalendarError:
        due = None
    return microseconds(at if due is None else max(at, due))


def _closure(losses: Sequence[_Loss], verb: str) -> str:
    closure = losses[0].closure
    what = _CLOSURES[closure.kind] if closure.name is None else f"The holiday {closure.name}"
    days = [*dict.fromkeys(date_text(loss.day) for loss in losses)]
    when = days[0] if len(days) == 1 else f"{len(days)} days from {days[0]} to {days[-1]}"
    amount = amount_text(sum(loss.amount for loss in losses))
    return f"{what} on {when} {verb} {amount} out of the usual hours."


# ---- The end --------------------------------------------------------------------------------


def _ended(clock: SlaClock, at: DateTime) -> Iterator[str]:
    if clock.state is ClockState.CANCELLED:
        yield f'The clock was cancelled on {_instant(clock, at)}: "{clock.cancelled_because}".'
    elif clock.state is ClockState.STOPPED:
        yield f"The clock was stopped on {_instant(clock, at)}."
        if not pieces.elapsed(clock, microseconds(at)):
            yield _effortless(clock, at)


_DONE: Mapping[TargetKind, str] = {
    TargetKind.RESPONSE: "Answered",
    TargetKind.NEXT_RESPONSE: "Answered",
}


def _effortless(clock: SlaClock, at: DateTime) -> str:
    is_open = clock.promises[0].target.calendar.is_open(clock.started_at)
    if is_open or any(_costs(clock, at).values()):
        return "No working time was used."
    return f"{_DONE.get(clock.target.kind, 'Done')} outside hours: no working time was used."


def _due(clock: SlaClock, at: DateTime) -> Iterator[str]:
    try:
        due = _resumed(clock, at).due_at
    except CalendarError as unknown:
        yield f"When it is due is not known: {unknown}."
        return
    if due is None:
        yield "It is no longer due."
    else:
        yield _due_text(clock, at, due)


def _due_text(clock: SlaClock, at: DateTime, due: DateTime) -> str:
    is_fixed = clock.promises[-1].deadline is not None
    told = f"{_instant(clock, due)}{', as fixed' if is_fixed else ''}."
    if clock.state is ClockState.STOPPED:
        return f"It {'was' if due <= at else 'would have been'} due on {told}"
    if due < at:
        return f"It was due on {told}"
    if clock.state is ClockState.PAUSED and not is_fixed:
        return f"It has no due time while paused; resumed now, it would be due on {told}"
    return f"It is due on {told}"


def _balance(clock: SlaClock, at: DateTime) -> Iterator[str]:
    breach = pieces.breach(clock, microseconds(at))
    left = length(clock.remaining(at))
    if breach is not None:
        when = _instant(clock, from_microseconds(breach))
        yield f"{_MISSED[clock.state]} {when}{_excess(left)}."
    elif left < 0:
        since = _instant(clock, clock.promises[-1].since)
        yield f"Passed by {_working(-left)}, but judged from {since} on only."
    else:
        yield _capital(_KEPT[clock.state].format(_working(left)))


_MISSED: Mapping[ClockState, str] = {
    ClockState.RUNNING: "Missed since",
    ClockState.PAUSED: "Missed since",
    ClockState.STOPPED: "Missed on",
    ClockState.CANCELLED: "There is no outcome, but it was missed on",
}

_KEPT: Mapping[ClockState, str] = {
    ClockState.RUNNING: "{} is left.",
    ClockState.PAUSED: "{} is left.",
    ClockState.STOPPED: "met, with {} to spare.",
    ClockState.CANCELLED: "there is no outcome; {} was left.",
}


def _excess(left: int) -> str:
    """
    Return by how much a target was missed; one that leaves something came after the one missed.
    """
    if left < 0:
        return f", by {_working(-left)}"
    if left > 0:
        return f", by the target in force then; the present one leaves {_working(left)}"
    return ""


def _elapsed(clock: SlaClock, at: DateTime) -> Iterator[str]:
    worked, walled = length(clock.elapsed(at)), length(clock.wall_time(at))
    forgiven = clock.promises[-1].forgiven
    tail = ""
    if forgiven > 0:
        tail = f"; {_working(forgiven)} more is forgiven"
    elif forgiven < 0:
        tail = f"; {_working(-forgiven)} of it is taken over in proportion"
    told = f"{_working(worked)}, {amount_text(walled)} by the clock on the wall"
    yield f"Elapsed up to {_instant(clock, at)}: {told}{tail}."


_Part: TypeAlias = Callable[["SlaClock", DateTime], Iterable[str]]
_AHEAD: tuple[_Part, ...] = (_promised, _starts)
_PARTS: tuple[_Part, ...] = (_promised, _started, _happened, _ended, _due, _balance, _elapsed)
