"""
Attainment: how many promises were kept in a period, and what stood beside them.

A report counts each clock once, where it stands in the period. Cancelled clocks leave the rate, and
so does whatever is excluded; both are counted and shown. Where nothing was measured there is no
rate: never 100 %.
"""

from __future__ import annotations

import operator

from bisect import bisect_right, insort
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

import attrs

from pendulum import DateTime

from itil_ops.kernel.checks import check_text, check_type, did_you_mean, several
from itil_ops.kernel.identity import RecordId
from itil_ops.kernel.record import Record
from itil_ops.sla.clocks.clock import ClockOutcome, SlaClock
from itil_ops.sla.promises.measure import TargetKind
from itil_ops.sla.reports.availability import TrafficLight, traffic_light
from itil_ops.sla.reports.compliance import CompliancePeriod, CompliancePeriods


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


#: What reports are grouped by: a field of the record, "kind" of the target, or a function of both,
#: which is told `None` for a record without a clock.
Dimension: TypeAlias = str | Callable[[Record, SlaClock | None], Hashable]

_KIND = "kind"
_FIELDS = (_KIND, *attrs.fields_dict(Record))


# ---- Where a clock counts -------------------------------------------------------------------


class CarryOver(StrEnum):
    """
    Which period a clock counts in that spans a border.

    A cancelled clock has no breach that counts: unless by start, it goes by its cancellation.
    """

    BY_STOP = "by_stop"
    """The one that it stops in: a report of what was completed; our default."""

    BY_START = "by_start"
    """The one that it was started in, once it has stopped."""

    BY_BREACH = "by_breach"
    """Breached, the one in which the target was passed, stopped or not; met, as by stop."""


@attrs.frozen
class Verdict:
    """
    What came of a clock, and when that counts.

    Attributes:
        at: The instant that it is counted at.

        outcome: What came of it.
    """

    at: DateTime
    outcome: ClockOutcome


def verdict(clock: SlaClock, carry_over: CarryOver = CarryOver.BY_STOP) -> Verdict | None:
    """
    Return what came of *clock* and the instant that it is counted at; `None` while it is open.

    It is one instant, so an ended clock counts in exactly one of periods without a gap. By breach,
    a clock that still runs counts at its breach too, which may lie ahead.

    Raises:
        TypeError: An argument is of another type.
    """
    outcome = check_type(clock, SlaClock, "clock").outcome
    check_type(carry_over, CarryOver, "carry_over")
    ended = clock.ended_at
    breach = clock.breached_at if carry_over is CarryOver.BY_BREACH else None
    if breach is not None and outcome in {None, ClockOutcome.BREACHED}:
        return Verdict(breach, ClockOutcome.BREACHED)
    if outcome is None or ended is None:
        return None
    return Verdict(clock.started_at if carry_over is CarryOver.BY_START else ended, outcome)


class Standing(StrEnum):
    """
    Where a clock stands in a report.
    """

    MET = "met"
    BREACHED = "breached"
    RUNNING = "running"
    """It runs or is paused at the end of the period, and its target is not passed."""
    RUNNING_BREACHED = "running_breached"
    CANCELLED = "cancelled"
    CANCELLED_AFTER_BREACH = "cancelled_after_breach"
    EXCLUDED = "excluded"
    NO_TARGET = "no_target"
    """A record without a clock that was logged in the period."""


_OF_OUTCOME = {
    ClockOutcome.MET: Standing.MET,
    ClockOutcome.BREACHED: Standing.BREACHED,
    ClockOutcome.CANCELLED: Standing.CANCELLED,
}

#: What an excluded clock becomes. One that runs is left out until it would count.
_WHEN_EXCLUDED = {
    Standing.MET: Standing.EXCLUDED,
    Standing.BREACHED: Standing.EXCLUDED,
    Standing.RUNNING: None,
    Standing.RUNNING_BREACHED: None,
}


def _standing(clock: SlaClock, found: Verdict | None, period: CompliancePeriod) -> Standing | None:
    if found is not None and period.covers(found.at):
        was_breached = clock.cancelled_at is not None and clock.is_breached(clock.cancelled_at)
        return Standing.CANCELLED_AFTER_BREACH if was_breached else _OF_OUTCOME[found.outcome]
    ended = clock.ended_at
    is_settled = found is not None and found.at < period.start
    if is_settled or (ended is not None and ended < period.end):
        return None
    return Standing.RUNNING_BREACHED if clock.is_breached(period.end) else Standing.RUNNING


# ---- What is asked for ----------------------------------------------------------------------


def _values(values: Iterable[Hashable]) -> frozenset[Hashable]:
    return frozenset(several(values, object, "values"))


def _dimension(value: object) -> Dimension:
    if callable(value):
        return value
    name = check_type(value, str, "a dimension")
    if name not in _FIELDS:
        advice = did_you_mean(name, _FIELDS, "a function may read more")
        raise ValueError(f"no record has a field {name!r} to group by; {advice}")
    return name


def _dimensions(values: Iterable[Dimension]) -> tuple[Dimension, ...]:
    found = tuple(map(_dimension, several(values, object, "dimensions")))
    if len(set(found)) < len(found):
        raise ValueError(f"dimensions must each be named once: {_names(found)}")
    return found


def _names(dimensions: Iterable[Dimension]) -> str:
    return ", ".join(
        repr(it) if isinstance(it, str) else getattr(it, "__name__", repr(it)) for it in dimensions
    )


def _read(dimension: Dimension, record: Record, clock: SlaClock | None) -> Hashable:
    if not isinstance(dimension, str):
        return dimension(record, clock)
    if dimension == _KIND:
        return None if clock is None else clock.target.kind
    found: Hashable = operator.attrgetter(dimension)(record)
    return found


@attrs.frozen
class Exclusion:
    """
    What an agreement leaves out of the rate.

    >>> Exclusion("our own people", "customer", ["ops"]).values
    frozenset({'ops'})

    Attributes:
        because: Why, for the report.

        dimension: What it goes by; a predicate is one too.

        values: The values that are left out; of a predicate `True`.

    Raises:
        TypeError: An attribute is of another type.

        ValueError: The reason is blank, or no record has such a field.
    """

    because: str
    dimension: Dimension = attrs.field(converter=_dimension)
    values: frozenset[Hashable] = attrs.field(default=frozenset({True}), converter=_values)

    def __attrs_post_init__(self) -> None:
        check_text(self.because, "because")

    def holds(self, record: Record, clock: SlaClock) -> bool:
        """
        Whether the clock of the record is left out.
        """
        return _read(self.dimension, record, clock) in self.values


def _exclusions(values: Iterable[Exclusion]) -> tuple[Exclusion, ...]:
    return several(values, Exclusion, "exclusions")


@attrs.frozen(kw_only=True)
class AttainmentRules:
    """
    How a report counts.

    Attributes:
        dimensions: What it can be grouped by, as the record stands when it is handed in. A report
            keeps a count for each combination of values that it meets: name fewer where these are
            many.

        carry_over: Which period a clock counts in that spans a border.

        counts_running: Whether breached clocks that still run lower the rate. Then one may count in
            several periods.

        exclusions: What is left out; the first that holds is told.

        worst: How many of the worst cases are kept.

    Raises:
        TypeError: An attribute is of another type.

        ValueError: A dimension is unknown or named twice, or *worst* is negative.
    """

    dimensions: tuple[Dimension, ...] = attrs.field(
        default=(_KIND, "service", "customer", "priority", "group"), converter=_dimensions
    )
    carry_over: CarryOver = CarryOver.BY_STOP
    counts_running: bool = False
    exclusions: tuple[Exclusion, ...] = attrs.field(default=(), converter=_exclusions)
    worst: int = 10

    def __attrs_post_init__(self) -> None:
        check_type(self.carry_over, CarryOver, "carry_over")
        check_type(self.counts_running, bool, "counts_running")
        if check_type(self.worst, int, "worst") < 0:
            raise ValueError(f"worst must be 0 or more, not {self.worst}")

    def because(self, record: Record, clock: SlaClock) -> str | None:
        """
        Return why the clock is left out; `None` if it is not.
        """
        return next((it.because for it in self.exclusions if it.holds(record, clock)), None)


# ---- What is told ---------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class BreachCase:
    """
    A breach, and by how much.

    Attributes:
        record: The record.

        kind: What was promised.

        cycle: Which clock of the target it was, from 1 on.

        started_at: When it was started.

        ended_at: When it ended; `None` if it still ran.

        overrun: The working time past the target, up to its end or that of the period.
    """

    record: RecordId
    kind: TargetKind
    cycle: int
    started_at: DateTime
    ended_at: DateTime | None
    overrun: timedelta


def _badness(case: BreachCase) -> tuple[object, ...]:
    # The worst first; then by name, so that the order of records makes no difference.
    return (-case.overrun, str(case.record), str(case.kind), case.cycle, case.started_at)


@attrs.frozen
class Cell:
    """
    The clocks that have all dimensions and their standing in common.

    Attributes:
        key: The value of each dimension.

        standing: Where they stand.

        because: Why they are excluded, if they are.

        count: How many they are.

        cases: The worst of them, if they are breached.
    """

    key: tuple[Hashable, ...]
    standing: Standing
    because: str | None
    count: int
    cases: tuple[BreachCase, ...] = ()


@attrs.frozen(kw_only=True)
class AttainmentReport:
    """
    How the clocks of a period stand; reports are equal whatever order the records came in.

    Attributes:
        period: The period.

        rules: How it was counted.

        cells: The counts, by dimension and standing.
    """

    period: CompliancePeriod
    rules: AttainmentRules
    cells: tuple[Cell, ...] = attrs.field(eq=frozenset, repr=False)

    def count(self, *standings: Standing) -> int:
        """
        Return how many clocks have one of the *standings*.
        """
        return sum(cell.count for cell in self.cells if cell.standing in standings)

    @property
    def met(self) -> int:
        """
        Clocks that ended within their target.
        """
        return self.count(Standing.MET)

    @property
    def breached(self) -> int:
        """
        Clocks that passed it.
        """
        return self.count(Standing.BREACHED)

    @property
    def running(self) -> int:
        """
        Clocks that were open at the end of the period, breached ones included.
        """
        return self.count(Standing.RUNNING, Standing.RUNNING_BREACHED)

    @property
    def running_breached(self) -> int:
        """
        Clocks that were open at the end of the period and had passed their target.
        """
        return self.count(Standing.RUNNING_BREACHED)

    @property
    def cancelled(self) -> int:
        """
        Clocks that were cancelled, those after a breach included.
        """
        return self.count(Standing.CANCELLED, Standing.CANCELLED_AFTER_BREACH)

    @property
    def cancelled_after_breach(self) -> int:
        """
        Clocks that had passed their target when they were cancelled.
        """
        return self.count(Standing.CANCELLED_AFTER_BREACH)

    @property
    def no_target(self) -> int:
        """
        Records that were logged in the period and have no clock at all.
        """
        return self.count(Standing.NO_TARGET)

    @property
    def excluded(self) -> dict[str, int]:
        """
        How many clocks that would have counted were left out, by the reason why.
        """
        found: Counter[str] = Counter()
        for cell in self.cells:
            if cell.because is not None:
                found[cell.because] += cell.count
        return dict(found)

    @property
    def attainment(self) -> float | None:
        """
        The share of those met and breached that were met, from 0 to 1; `None` if there are none.
        """
        return self.met / self._counted if self._counted else None

    @property
    def attainment_percent(self) -> float | None:
        """
        The same in percent.
        """
        return 100 * self.met / self._counted if self._counted else None

    @property
    def _counted(self) -> int:
        late = self.running_breached if self.rules.counts_running else 0
        return self.met + self.breached + late

    @property
    def worst(self) -> tuple[BreachCase, ...]:
        """
        The breaches that are furthest past the target, the worst first.
        """
        return self._cases(Standing.BREACHED)

    @property
    def overdue(self) -> tuple[BreachCase, ...]:
        """
        The same of clocks that still ran.
        """
        return self._cases(Standing.RUNNING_BREACHED)

    def _cases(self, standing: Standing) -> tuple[BreachCase, ...]:
        found = (case for cell in self.cells if cell.standing is standing for case in cell.cases)
        return tuple(sorted(found, key=_badness)[: self.rules.worst])

    def light(self, *, aim: float, margin: float = 0) -> TrafficLight | None:
        """
        Return how the attainment stands to *aim*; `None` where there is none.

        Raises:
            TypeError: An argument is no number.

            ValueError: One lies outside 0 to 100.
        """
        return traffic_light(self.attainment_percent, aim=aim, margin=margin)

    def by(self, dimension: Dimension) -> dict[Hashable, AttainmentReport]:
        """
        Return a report for each value of *dimension*, which can be grouped further.

        Raises:
            ValueError: It was not counted by that.
        """
        if dimension not in self.rules.dimensions:
            raise ValueError(
                f"not counted by {_names([dimension])}, only by {_names(self.rules.dimensions)}"
            )
        i = self.rules.dimensions.index(dimension)
        found: dict[Hashable, list[Cell]] = defaultdict(list)
        for cell in self.cells:
            found[cell.key[i]].append(cell)
        return {value: attrs.evolve(self, cells=tuple(cells)) for value, cells in found.items()}


# ---- Counting -------------------------------------------------------------------------------

_Place: TypeAlias = tuple[tuple[Hashable, ...], Standing, str | None]


@attrs.define
class _Tally:
    """
    A report while it is counted.
    """

    period: CompliancePeriod
    rules: AttainmentRules
    counts: Counter[_Place] = attrs.field(factory=Counter)
    cases: dict[_Place, list[BreachCase]] = attrs.field(factory=lambda: defaultdict(list))

    def take_record(self, record: Record) -> None:
        self.counts[self._key(record, None), Standing.NO_TARGET, None] += 1

    def take(self, record: Record, clock: SlaClock, found: Verdict | None) -> None:
        standing = _standing(clock, found, self.period)
        because = None
        if standing in _WHEN_EXCLUDED:
            because = self.rules.because(record, clock)
            standing = standing if because is None else _WHEN_EXCLUDED[standing]
        if standing is not None:
            place = (self._key(record, clock), standing, because)
            self.counts[place] += 1
            if standing in {Standing.BREACHED, Standing.RUNNING_BREACHED}:
                self._keep(place, self._case(record, clock, standing))

    def report(self) -> AttainmentReport:
        cells = (
            Cell(*place, count, tuple(self.cases.get(place, ())))
            for place, count in self.counts.items()
        )
        return AttainmentReport(period=self.period, rules=self.rules, cells=tuple(cells))

    def _key(self, record: Record, clock: SlaClock | None) -> tuple[Hashable, ...]:
        return tuple(_read(dimension, record, clock) for dimension in self.rules.dimensions)

    def _keep(self, place: _Place, case: BreachCase) -> None:
        kept = self.cases[place]
        insort(kept, case, key=_badness)
        del kept[self.rules.worst :]

    def _case(self, record: Record, clock: SlaClock, standing: Standing) -> BreachCase:
        ended = None if standing is Standing.RUNNING_BREACHED else clock.ended_at
        over = -clock.remaining(self.period.end if ended is None else ended)
        return BreachCase(
            record=record.id,
            kind=clock.target.kind,
            cycle=clock.cycle,
            started_at=clock.started_at,
            ended_at=ended,
            overrun=max(over, timedelta(0)),
        )


def attainment(
    measured: Iterable[tuple[Record, Iterable[SlaClock]]],
    period: CompliancePeriod,
    rules: AttainmentRules | None = None,
) -> AttainmentReport:
    """
    Return how the clocks of records stand in *period*.

    Args:
        measured: Each record with its clocks, of any agreement. They are gone through once, and
            none is kept.

        period: The period; one that is not over must end at the present instant, for what runs is
            judged at its end.

        rules: How to count; the rules of `AttainmentRules()` unless given.

    Raises:
        TypeError: Something is of another type.
    """
    check_type(period, CompliancePeriod, "period")
    periods = CompliancePeriods((period.start, period.end))
    return attainment_by_period(measured, periods, rules)[0]


def attainment_by_period(
    measured: Iterable[tuple[Record, Iterable[SlaClock]]],
    periods: CompliancePeriods,
    rules: AttainmentRules | None = None,
) -> tuple[AttainmentReport, ...]:
    """
    Return a report for each of *periods*, in one go through the records.

    Every clock that ended in the periods is met, breached, cancelled or excluded in exactly one.

    Raises:
        TypeError: Something is of another type.
    """
    borders = check_type(periods, CompliancePeriods, "periods").borders
    rules = AttainmentRules() if rules is None else check_type(rules, AttainmentRules, "rules")
    tallies = [_Tally(period, rules) for period in periods]
    for record, clock in _each(measured):
        first = bisect_right(borders, record.promised_from if clock is None else clock.started_at)
        if clock is None:
            if 0 < first <= len(tallies):
                tallies[first - 1].take_record(record)
            continue
        ended, found = clock.ended_at, verdict(clock, rules.carry_over)
        last = len(tallies) if ended is None else bisect_right(borders, ended)
        for tally in tallies[max(first - 1, 0) : last]:
            tally.take(record, clock, found)
    return tuple(tally.report() for tally in tallies)


def _each(
    measured: Iterable[tuple[Record, Iterable[SlaClock]]],
) -> Iterator[tuple[Record, SlaClock | None]]:
    for pair in measured:
        match pair:
            case (Record() as record, clocks):
                found = several(clocks, SlaClock, "the clocks of a record")
            case _:
                raise TypeError(f"each of measured must be a record with its clocks, not {pair!r}")
        if not found:
            yield record, None
        for clock in found:
            yield record, clock
