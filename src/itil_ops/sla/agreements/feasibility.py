"""
Feasibility: whether OLAs and contracts can keep an SLA, whenever a record is logged.

The model: a record is logged, and goes at once along a path of underpinning agreements, one after
the other. Each uses all of its own target, in its own hours, and hands on at the instant at which
that is due; its own pauses only help it, so none is taken. What has elapsed of the SLA's target at
the end of the path must not be more than was promised. Time with a supplier counts, unless the
SLA's target pauses for it.

The worst start is found exactly, to the microsecond. Between two instants at which something opens,
closes or changes its day along the path, what elapses is a straight line, so only the ends of those
lines need to be looked at.
"""

from __future__ import annotations

from datetime import timedelta
from itertools import chain, pairwise
from typing import TYPE_CHECKING, NamedTuple

import attrs

from pendulum import DateTime

from itil_ops.kernel.checks import check_text, check_type, several
from itil_ops.kernel.instant import DAY, from_microseconds, length, microseconds, optional_utc, utc
from itil_ops.kernel.priority import Priority
from itil_ops.kernel.table import Phase
from itil_ops.kernel.vocabulary import PendingReason
from itil_ops.sla.agreements.agreement import Agreement, AgreementKind
from itil_ops.sla.hours.duration import BusinessDays, end_of
from itil_ops.sla.hours.wording import amount_text, instant_text
from itil_ops.sla.hours.zone import WallClock
from itil_ops.sla.promises.condition import Where
from itil_ops.sla.promises.fact import Fact
from itil_ops.sla.promises.measure import TargetKind
from itil_ops.sla.promises.target import Target


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from itil_ops.sla.hours.timeline import Timeline


# ---- What is found --------------------------------------------------------------------------


@attrs.frozen
class Stage:
    """
    What one agreement allows on the way.

    Attributes:
        name: Whose stage it is.

        target: How long it may take, in which hours.

        is_counted: Whether time in it counts for the promise that is to be kept.

    Raises:
        TypeError: An attribute is of another type.

        ValueError: *name* is blank.
    """

    name: str
    target: Target
    is_counted: bool = attrs.field(default=True, kw_only=True)

    def __attrs_post_init__(self) -> None:
        check_text(self.name, "a stage's name")
        check_type(self.target, Target, "target")
        check_type(self.is_counted, bool, "is_counted")

    def end(self, start: int) -> int:
        """
        Return when it is over, entered at *start*, in whole UTC microseconds.
        """
        begun = from_microseconds(start)
        return microseconds(end_of(self.target.duration, begun, self.target.calendar))


@attrs.frozen(kw_only=True)
class Feasibility:
    """
    Whether a target is kept by a path of stages, and the start that is worst for it.

    Attributes:
        target: The target that is to be kept.

        path: The stages, in order.

        worst_start: The start at which least is left or most is missing; the first of equals.

        stage_ends: When each stage is over then.

        elapsed: What has elapsed of the target by the end of the path.

        allowed: What it allows.

        records: The records it was looked at for.
    """

    target: Target
    path: tuple[Stage, ...]
    worst_start: DateTime
    stage_ends: tuple[DateTime, ...]
    elapsed: timedelta
    allowed: timedelta
    records: tuple[Where, ...] = ()

    @property
    def chain_end(self) -> DateTime:
        """
        When the last stage is over.
        """
        return self.stage_ends[-1]

    @property
    def margin(self) -> timedelta:
        """
        What is left of the target at worst; negative where it is not kept.
        """
        return self.allowed - self.elapsed

    @property
    def is_kept(self) -> bool:
        """
        Whether the target is kept, whenever a record is logged.
        """
        return self.elapsed <= self.allowed

    def explain(self) -> tuple[str, ...]:
        """
        Return the worst case in sentences for a person to read, told by the clocks of the target.
        """
        return tuple(self._sentences())

    def _sentences(self) -> Iterator[str]:
        zone = self.target.calendar.zone or "UTC"
        yield f"It is worst for a record that is logged at {instant_text(self.worst_start, zone)}."
        for stage, end in zip(self.path, self.stage_ends, strict=True):
            aside = "" if stage.is_counted else ", which does not count"
            yield f"The time of {stage.name} ends at {instant_text(end, zone)}{aside}."
        yield (
            f"By then {_amount(self.elapsed)} have elapsed, and the {self.target.kind} target"
            f" allows {_amount(self.allowed)}: {self._verdict()}."
        )

    def _verdict(self) -> str:
        amount = _amount(abs(self.margin))
        return f"kept, with {amount} to spare" if self.is_kept else f"missed by {amount}"


@attrs.frozen(kw_only=True)
class NoPromise:
    """
    An agreement on the path that promises nothing for a kind of target.

    Attributes:
        kind: What the SLA promises.

        agreement: Name of the agreement that does not.

        record: The record it was looked at for.
    """

    kind: TargetKind
    agreement: str
    record: Where


@attrs.frozen(kw_only=True)
class FeasibilityReport:
    """
    Whether an SLA can be kept, target by target.

    Attributes:
        found: Each target with each path that leads to it.

        unpromised: Where an agreement on the path promises nothing, so that nobody can say.

        unexamined: Targets of the SLA for which there was no record to look at.
    """

    found: tuple[Feasibility, ...]
    unpromised: tuple[NoPromise, ...]
    unexamined: tuple[Target, ...]

    @property
    def is_kept(self) -> bool:
        """
        Whether every target is known to be kept: what nobody can say is not.
        """
        kept = all(one.is_kept for one in self.found)
        return kept and not self.unpromised and not self.unexamined

    @property
    def worst(self) -> Feasibility | None:
        """
        The case with the least margin; `None` where there is none.
        """
        return min(self.found, key=lambda one: one.margin, default=None)

    def explain(self) -> tuple[str, ...]:
        """
        Return in sentences what is not kept, each with its worst case, and what nobody can say.

        There are none where all is kept.
        """
        broken = chain.from_iterable(one.explain() for one in self.found if not one.is_kept)
        silent = (
            f"{one.agreement} promises no {one.kind} for {one.record}." for one in self.unpromised
        )
        unseen = (
            f"No record was looked at for the {one.kind} target of {one.duration}."
            for one in self.unexamined
        )
        return (*broken, *silent, *unseen)


def _amount(amount: timedelta) -> str:
    return amount_text(length(amount))


# ---- An agreement ---------------------------------------------------------------------------


def feasibility(
    sla: Agreement,
    path: Iterable[Agreement],
    *,
    since: datetime,
    until: datetime | None = None,
    records: Iterable[Mapping[str, object]] | None = None,
) -> FeasibilityReport:
    """
    Return whether the agreements on *path*, one after the other, can keep *sla*.

    For each kind of target and each record the target that applies is taken, of *sla* and of every
    agreement on the path. When they are valid and what services they are for is not looked at.

    Args:
        sla: The agreement that is to be kept.

        path: The OLAs and contracts, in the order in which a record comes to them.

        since: The first start that is looked at.

        until: The first one no longer looked at; a year after *since* unless given.

        records: The fields of the records to look at, by name; unless given one of each priority,
            the usual ones and all that the agreements name.

    Raises:
        TypeError: An argument is of another type.

        ValueError: An instant is naive, *until* does not come after *since*, or *path* is empty.

        AgreementError: A record names no field.

        CalendarError: A calendar does not reach that far.
    """
    check_type(sla, Agreement, "sla")
    agreements = several(path, Agreement, "path")
    _check_path(agreements)
    start, end = _range(since, until)
    case = _Case(sla, agreements, start)
    wanted = _by_priority((sla, *agreements)) if records is None else [*map(dict, records)]
    for fields in wanted:
        case.look_at(fields)
    return FeasibilityReport(
        found=tuple(
            attrs.evolve(_worst(target, stages, start, end), records=tuple(seen))
            for (target, stages), seen in case.paths.items()
        ),
        unpromised=tuple(case.unpromised),
        unexamined=tuple(case.unexamined()),
    )


def _by_priority(agreements: Sequence[Agreement]) -> list[dict[str, object]]:
    usual = (Priority.CRITICAL, Priority.HIGH, Priority.MEDIUM, Priority.LOW, Priority.PLANNING)
    named = chain.from_iterable(
        target.priorities or () for agreement in agreements for target in agreement.targets
    )
    return [{"priority": priority} for priority in sorted({*usual, *named})]


class _Case:
    """
    The targets of an agreement and the paths to them, gathered record by record.
    """

    def __init__(self, sla: Agreement, agreements: Sequence[Agreement], at: DateTime) -> None:
        self._sla = sla
        self._agreements = agreements
        self._at = at
        self.paths: dict[tuple[Target, tuple[Stage, ...]], list[Where]] = {}
        self.unpromised: list[NoPromise] = []
        self._seen: set[Target] = set()

    def look_at(self, fields: Mapping[str, object]) -> None:
        """
        Take in a record of *fields*.
        """
        record, fact = Where(**fields), Fact(self._at, Phase.ACTIVE, fields)
        for kind in self._sla.kinds:
            target = self._sla.target(kind, fact)
            if target is not None:
                self._seen.add(target)
                self._take(target, fact, record)

    def unexamined(self) -> Iterator[Target]:
        """
        Yield the targets that promise something and were met by no record.
        """
        for target in self._sla.targets:
            timed = target.within(self._sla.support_hours)
            if timed not in self._seen and not timed.is_off:
                yield timed

    def _take(self, target: Target, fact: Fact, record: Where) -> None:
        stages: list[Stage] = []
        silent: list[NoPromise] = []
        for agreement in self._agreements:
            own = agreement.target(target.kind, fact)
            if own is None:
                silent.append(NoPromise(kind=target.kind, agreement=agreement.name, record=record))
            else:
                counted = not _is_paused_by(target, agreement, fact)
                stages.append(Stage(agreement.name, own, is_counted=counted))
        self.unpromised += silent
        if not silent:
            self.paths.setdefault((target, tuple(stages)), []).append(record)


def _is_paused_by(target: Target, agreement: Agreement, fact: Fact) -> bool:
    if agreement.kind is not AgreementKind.UNDERPINNING_CONTRACT:
        return False
    waits = {"pending_reason": PendingReason.AWAITING_SUPPLIER, "awaited": agreement.provider}
    return target.is_paused(Fact(fact.at, Phase.WAITING, {**fact.fields, **waits}))


# ---- One target -----------------------------------------------------------------------------


def worst_case(
    target: Target, path: Iterable[Stage], *, since: datetime, until: datetime | None = None
) -> Feasibility:
    """
    Return the start in `[since, until)` that is worst for *target* if *path* uses all its time.

    >>> import pendulum
    >>> from itil_ops.sla.hours.calendar import BusinessCalendar
    >>> office = BusinessCalendar("UTC", {"mon": [("09:00", "17:00")], "tue": [("09:00", "17:00")]})
    >>> desk = Target(TargetKind.RESOLUTION, timedelta(hours=4), calendar=office)
    >>> found = worst_case(
    ...     Target(TargetKind.RESOLUTION, timedelta(hours=24)),
    ...     [Stage("first line", desk)],
    ...     since=pendulum.datetime(2026, 3, 2),
    ... )
    >>> found.is_kept, found.worst_start.isoformat(), found.elapsed
    (False, '2026-03-03T13:00:00.000001+00:00', datetime.timedelta(days=5, seconds=72000))

    Args:
        target: The target that is to be kept.

        path: The stages, in order.

        since: The first start that is looked at.

        until: The first one no longer looked at; a year after *since* unless given.

    Raises:
        TypeError: An argument is of another type.

        ValueError: An instant is naive, *until* does not come after *since*, or *path* is empty.

        CalendarError: A calendar does not reach that far, or has no business days.
    """
    check_type(target, Target, "target")
    stages = several(path, Stage, "path")
    _check_path(stages)
    return _worst(target, stages, *_range(since, until))


def _check_path(path: Sequence[object]) -> None:
    if not path:
        raise ValueError("path must name who works on it: there is nobody to keep the promise")


def _range(since: datetime, until: datetime | None) -> tuple[DateTime, DateTime]:
    start = utc(since, "since")
    end = optional_utc(until, "until") or start.add(years=1)
    if end <= start:
        raise ValueError(f"until {end.isoformat()} must come after since {start.isoformat()}")
    return start, end


def _worst(
    target: Target, path: tuple[Stage, ...], since: DateTime, until: DateTime
) -> Feasibility:
    promise = Stage("the target", target)
    first, last = microseconds(since), microseconds(until)
    starts = sorted(_candidates(promise, path, first, last))
    worst = max(starts, key=lambda start: _spent(promise, path, start))
    return Feasibility(
        target=target,
        path=path,
        worst_start=from_microseconds(worst),
        stage_ends=tuple(map(from_microseconds, _ends(path, worst)[1:])),
        elapsed=timedelta(0, 0, _elapsed(promise, path, worst)),
        allowed=timedelta(0, 0, _allowed(promise, worst)),
    )


def _spent(promise: Stage, path: Sequence[Stage], start: int) -> int:
    return _elapsed(promise, path, start) - _allowed(promise, start)


def _allowed(promise: Stage, start: int) -> int:
    return promise.target.allowance(from_microseconds(start))


def _elapsed(promise: Stage, path: Sequence[Stage], start: int) -> int:
    line = promise.target.calendar.timeline
    spans = zip(path, pairwise(_ends(path, start)), strict=True)
    return sum(line.between(*span) for stage, span in spans if stage.is_counted)


def _ends(path: Sequence[Stage], start: int) -> list[int]:
    """
    Return *start*, and when each stage of *path* is over.
    """
    ends = [start]
    for stage in path:
        ends.append(stage.end(ends[-1]))
    return ends


# ---- Straight lines -------------------------------------------------------------------------


class _Run(NamedTuple):
    """
    Starts in `[start, end)` that lead to one instant, or to *value* and those that follow it.
    """

    start: int
    end: int
    value: int
    is_steady: bool


def _candidates(promise: Stage, path: Sequence[Stage], since: int, until: int) -> set[int]:
    """
    Return the first and last starts of all stretches in which what elapses is a straight line.
    """
    line = promise.target.calendar.timeline
    whole = [_Run(since, until, since, is_steady=False)]
    lanes, runs = [whole], whole
    if not isinstance(promise.target.duration, timedelta):
        lanes.append([*_after(whole, promise)])
    for stage in path:
        runs = [*_after(runs, stage)]
        lanes.append(runs)
    found = {run.start for lane in lanes for run in _cut(lane, lambda a, b: _edges(line, a, b))}
    return found | {start - 1 for start in found if start > since} | {until - 1}


def _cut(runs: Iterable[_Run], borders: Callable[[int, int], Iterable[int]]) -> Iterator[_Run]:
    """
    Yield *runs*, those that move cut at the *borders* of what they lead to.
    """
    for start, end, value, is_steady in runs:
        if is_steady:
            yield _Run(start, end, value, is_steady)
            continue
        ahead, last = value - start, value + end - start
        inside = sorted({at for at in borders(value, last) if value < at < last})
        for a, b in pairwise((value, *inside, last)):
            yield _Run(a - ahead, b - ahead, a, is_steady)


def _after(runs: Iterable[_Run], stage: Stage) -> Iterator[_Run]:
    """
    Yield what *runs* lead to when *stage* is over.
    """
    for run in _cut(runs, lambda a, b: _borders(stage, a, b)):
        yield from _led(run, stage)


def _led(run: _Run, stage: Stage) -> Iterator[_Run]:
    start, end, value, is_steady = run
    steps = end - 1 - start
    first = stage.end(value)
    grown = 0 if is_steady else stage.end(value + steps) - first
    if grown in {0, steps}:
        yield _Run(start, end, first, grown == 0)
        return
    # A clock change on the day that it ends bends it, at a place that no calendar tells.
    middle = (start + end) // 2
    yield from _led(_Run(start, middle, value, is_steady), stage)
    yield from _led(_Run(middle, end, value + middle - start, is_steady), stage)


def _borders(stage: Stage, first: int, last: int) -> Iterable[int]:
    """
    Return where the end of *stage* may bend or jump, entered within `[first, last)`.
    """
    duration, calendar = stage.target.duration, stage.target.calendar
    line = calendar.timeline
    match duration:
        case BusinessDays():
            zone = calendar.workdays.zone
            return _midnights(WallClock.of(zone, first - 2 * DAY, last + 2 * DAY), first, last)
        case timedelta():
            amount = length(duration)
            # Halving would find the jumps as well, but take several times as long.
            ends = max(first, stage.end(first) - 1), min(stage.end(last - 1) + 1, line.end)
            jumps = (line.subtract(closes, amount) + 1 for _, closes in line.spans(*ends))
            return chain(_edges(line, first, last), jumps)
        case _:
            return _edges(line, first, last)


def _edges(line: Timeline, first: int, last: int) -> Iterable[int]:
    return chain.from_iterable(line.spans(first, last))


def _midnights(wall: WallClock, first: int, last: int) -> Iterator[int]:
    """
    Yield when dates begin, twice where a clock change repeats that.
    """
    for midnight in range(first // DAY * DAY - DAY, last + 2 * DAY, DAY):
        yield wall.opening(midnight)
        yield wall.closing(midnight)
