"""
Trends: which incidents are the many, how their numbers move, where problems come from.

Every figure goes once through the records, each of which must be handed in once. What was dropped
(cancelled, say) counts nowhere. Where there is nothing to divide by, there is no figure: never 0.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import attrs

from itil_ops.kernel.checks import check_type, shown
from itil_ops.kernel.instant import from_microseconds, microseconds
from itil_ops.kernel.record import Record
from itil_ops.kernel.table import Phase
from itil_ops.problem.recurrence import InstantOf, logged_at
from itil_ops.problem.similarity import (
    Likeness,
    SimilarityKeyLike,
    check_key,
    found_by,
)
from itil_ops.problem.vocabulary import ProblemOrigin
from itil_ops.sla.reports.compliance import CompliancePeriod, CompliancePeriods


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


R = TypeVar("R", bound=Record)

#: How much an incident counts: people times downtime, say, which is its pain.
Weight: TypeAlias = Callable[[R], int | float | Decimal]


def counted(records: Iterable[R]) -> Iterator[R]:
    """
    Yield those of *records* that were not dropped.

    Raises:
        TypeError: Something is no record.
    """
    for record in records:
        if check_type(record, Record, "each of records").state.phase is not Phase.DROPPED:
            yield record


def counted_at(record: R, instant: InstantOf[R]) -> int:
    """
    Return the microsecond that *record* counts at.

    Raises:
        TypeError: That is no instant.

        ValueError: It is naive.
    """
    return microseconds(instant(record), "the instant of an incident")


def share_of(part: Fraction | int, whole: Fraction | int) -> float | None:
    """
    Return *part* of *whole*; `None` where that is 0.
    """
    return float(Fraction(part) / whole) if whole else None


# ---- The vital few --------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class ParetoRow:
    """
    The incidents of one likeness among all.

    Attributes:
        likeness: What they have in common.

        count: How many they are.

        weight: What they weigh; as many as they are unless weighed.

        share: Their part of the weight of all rows, from 0 to 1; `None` where nothing weighs.

        cumulative_share: The same with all rows before.
    """

    likeness: Likeness
    count: int
    weight: float
    share: float | None
    cumulative_share: float | None


@attrs.frozen(kw_only=True)
class ParetoReport:
    """
    Incidents by what they have in common, the heaviest first; what weighs the same by its text.

    Attributes:
        rows: A row for each likeness. An incident with several counts in each.

        counted: How many incidents there were.

        unknown: How many of them the key says nothing of; they are in no row.
    """

    rows: tuple[ParetoRow, ...]
    counted: int
    unknown: int

    def vital_few(self, share: float = 0.8) -> tuple[ParetoRow, ...]:
        """
        Return the fewest rows that make up *share* together; none where nothing weighs.

        Raises:
            TypeError: *share* is no number.

            ValueError: It is not above 0, or above 1.
        """
        if isinstance(share, bool) or not isinstance(share, int | float):
            raise TypeError(f"share must be a number above 0 and up to 1, not {share!r}")
        if not 0 < share <= 1:
            raise ValueError(f"share must be above 0 and up to 1, not {share!r}")
        before = (0.0, *(row.cumulative_share for row in self.rows))
        pairs = zip(self.rows, before, strict=False)
        return tuple(row for row, reached in pairs if row.share and (reached or 0) < share)


def _once(_: Record) -> int:
    return 1


def pareto(
    records: Iterable[R], key: SimilarityKeyLike[R], *, weight: Weight[R] = _once
) -> ParetoReport:
    """
    Return which of the incidents are the many, or weigh the most.

    Args:
        records: The incidents.

        key: What makes them similar.

        weight: How much each counts; all the same unless given.

    Raises:
        TypeError: Something is of another type.

        ValueError: A weight is negative or not finite, or incidents have no field that the key
            names.
    """
    keys = (check_key(key),)
    counts: Counter[Likeness] = Counter()
    weights: dict[Likeness, Fraction] = defaultdict(Fraction)
    total = unknown = 0
    for record in counted(records):
        alike, weighed = found_by(keys, record), _weighed(record, weight)
        total += 1
        unknown += not alike
        counts.update(alike)
        for likeness in alike:
            weights[likeness] += weighed
    return ParetoReport(rows=tuple(_pareto_rows(counts, weights)), counted=total, unknown=unknown)


def _weighed(record: R, weight: Weight[R]) -> Fraction:
    value = weight(record)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise TypeError(f"the weight of {record.id} must be a number, not {shown(value)}")
    if not 0 <= value < float("inf"):
        raise ValueError(f"the weight of {record.id} must be finite and not negative, not {value}")
    return Fraction(value)


def _pareto_rows(
    counts: Counter[Likeness], weights: dict[Likeness, Fraction]
) -> Iterator[ParetoRow]:
    total, reached = sum(weights.values()), Fraction()
    for likeness in sorted(weights, key=lambda it: (-weights[it], it.text, it.values)):
        reached += weights[likeness]
        yield ParetoRow(
            likeness=likeness,
            count=counts[likeness],
            weight=float(weights[likeness]),
            share=share_of(weights[likeness], total),
            cumulative_share=share_of(reached, total),
        )


# ---- How numbers move -----------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class TrendPoint:
    """
    The incidents of a period.

    Attributes:
        period: The period.

        count: How many there were.

        change: How many more than in the period before, or fewer; `None` for the first.
    """

    period: CompliancePeriod
    count: int
    change: int | None

    @property
    def change_share(self) -> float | None:
        """
        The change as a part of the number before; `None` where there was none before.
        """
        return None if self.change is None else share_of(self.change, self.count - self.change)


@attrs.frozen
class Trend:
    """
    How a number of incidents moves from period to period.

    Attributes:
        points: Period by period.

        likeness: What the incidents have in common; `None` for all of them.
    """

    points: tuple[TrendPoint, ...]
    likeness: Likeness | None = None

    @property
    def total(self) -> int:
        """
        How many there were in all periods.
        """
        return sum(point.count for point in self.points)

    @property
    def slope(self) -> float | None:
        """
        By how many it rises from period to period, or falls: the straight line that fits best.

        `None` where there are fewer than two periods.
        """
        # By least squares, with positions doubled about their middle so that they are whole.
        last = len(self.points) - 1
        spread = sum((2 * i - last) ** 2 for i in range(last + 1))
        moved = sum((2 * i - last) * point.count for i, point in enumerate(self.points))
        return share_of(2 * moved, spread)


@attrs.frozen(kw_only=True)
class TrendReport:
    """
    How the numbers of incidents move.

    Attributes:
        overall: The trend of all incidents.

        rows: One for each likeness, the most numerous first; what is as numerous by its text.

        unknown: How many incidents of the periods the key says nothing of; they are in no row.
    """

    overall: Trend
    rows: tuple[Trend, ...] = ()
    unknown: int = 0


def trend(
    records: Iterable[R],
    periods: CompliancePeriods,
    key: SimilarityKeyLike[R] | None = None,
    *,
    instant: InstantOf[R] = logged_at,
) -> TrendReport:
    """
    Return how the number of incidents moves from period to period.

    Args:
        records: The incidents; what lies outside of the periods is left out.

        periods: The periods. One that is not over has its incidents up to now.

        key: What makes incidents similar; without one there is the trend of all alone.

        instant: Which of its instants an incident counts at; when it was logged unless given.

    Raises:
        TypeError: Something is of another type.

        ValueError: Incidents have no field that the key names.
    """
    check_type(periods, CompliancePeriods, "periods")
    keys = () if key is None else (check_key(key),)
    place = {period.start: i for i, period in enumerate(periods)}
    overall, unknown = [0] * len(place), 0
    counts: dict[Likeness, list[int]] = defaultdict(lambda: [0] * len(place))
    for record in counted(records):
        period = periods.find(from_microseconds(counted_at(record, instant)))
        if period is not None:
            alike = found_by(keys, record)
            for row in (overall, *(counts[likeness] for likeness in alike)):
                row[place[period.start]] += 1
            unknown += bool(keys) and not alike
    ranked = sorted(counts, key=lambda it: (-sum(counts[it]), it.text, it.values))
    rows = tuple(Trend(_points(periods, counts[likeness]), likeness) for likeness in ranked)
    return TrendReport(overall=Trend(_points(periods, overall)), rows=rows, unknown=unknown)


def _points(periods: CompliancePeriods, counts: Sequence[int]) -> tuple[TrendPoint, ...]:
    changes = (None, *(now - before for before, now in pairwise(counts)))
    return tuple(
        TrendPoint(period=period, count=count, change=change)
        for period, count, change in zip(periods, counts, changes, strict=True)
    )


# ---- Where problems come from ---------------------------------------------------------------


@attrs.frozen(kw_only=True)
class OriginCounts:
    """
    How many problems came from incidents, and how many were found before they caused any.

    Attributes:
        reactive: Those that incidents led to.

        proactive: Those that were found without.

        unknown: Those of which nobody said.
    """

    reactive: int
    proactive: int
    unknown: int = 0

    @property
    def reactive_proactive_ratio(self) -> float | None:
        """
        Reactive ones for each proactive one; `None` where there is none.
        """
        return share_of(self.reactive, self.proactive)

    @property
    def proactive_share(self) -> float | None:
        """
        The part of both that is proactive, from 0 to 1; `None` where there is neither.
        """
        return share_of(self.proactive, self.reactive + self.proactive)


def origins(problems: Iterable[Record]) -> OriginCounts:
    """
    Return how many problems are reactive and how many proactive, by their field `origin`.

    Raises:
        TypeError: Something is no record.
    """
    found = Counter(getattr(problem, "origin", None) for problem in counted(problems))
    reactive, proactive = found[ProblemOrigin.REACTIVE], found[ProblemOrigin.PROACTIVE]
    return OriginCounts(
        reactive=reactive, proactive=proactive, unknown=found.total() - reactive - proactive
    )
