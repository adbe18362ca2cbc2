"""
Impact x Urgency -> Priority; the matrix is a value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol, TypeVar

import attrs

from itil_ops.kernel.checks import check_text, check_type, several
from itil_ops.kernel.readable import Readable
from itil_ops.kernel.term import Term
from itil_ops.kernel.vocabulary import Criticality


if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


Level = TypeVar("Level", bound=Term)


class Impact(Term):
    """
    The effect on the business.
    """

    __slots__ = ()

    VERY_HIGH: ClassVar[Impact]
    HIGH: ClassVar[Impact]
    MEDIUM: ClassVar[Impact]
    LOW: ClassVar[Impact]
    VERY_LOW: ClassVar[Impact]


class Urgency(Term):
    """
    How soon it has to be solved.
    """

    __slots__ = ()

    VERY_HIGH: ClassVar[Urgency]
    HIGH: ClassVar[Urgency]
    MEDIUM: ClassVar[Urgency]
    LOW: ClassVar[Urgency]
    VERY_LOW: ClassVar[Urgency]


@attrs.frozen(order=True, repr=False)
class Priority(Readable):
    """
    The order of work.

    Priorities sort by rank, so the most pressing one comes first.

    >>> Priority.CRITICAL < Priority.HIGH, str(Priority.PLANNING), Priority(6, "some day")
    (True, '5 planning', Priority(6, 'some day'))

    Attributes:
        rank: 1 is the highest.

        name: What people call it.

    Raises:
        TypeError: The rank is no whole number, or the name no text.

        ValueError: The rank is below 1, or the name blank.
    """

    CRITICAL: ClassVar[Priority]
    HIGH: ClassVar[Priority]
    MEDIUM: ClassVar[Priority]
    LOW: ClassVar[Priority]
    PLANNING: ClassVar[Priority]

    rank: int
    name: str

    def __attrs_post_init__(self) -> None:
        check_type(self.rank, int, "rank")
        check_text(self.name, "a priority's name")
        if isinstance(self.rank, bool) or self.rank < 1:
            raise ValueError(f"rank must be 1 or more, not {self.rank}")

    def __str__(self) -> str:
        return f"{self.rank} {self.name}"

    def __repr__(self) -> str:
        constant = self.name.upper()
        if getattr(Priority, constant, None) == self:
            return f"Priority.{constant}"
        return f"Priority({self.rank}, {self.name!r})"


Priority.CRITICAL = Priority(1, "critical")
Priority.HIGH = Priority(2, "high")
Priority.MEDIUM = Priority(3, "medium")
Priority.LOW = Priority(4, "low")
Priority.PLANNING = Priority(5, "planning")


def _impacts(levels: Iterable[Impact]) -> tuple[Impact, ...]:
    return several(levels, Impact, "impacts")


def _urgencies(levels: Iterable[Urgency]) -> tuple[Urgency, ...]:
    return several(levels, Urgency, "urgencies")


def _rows(rows: Iterable[Iterable[Priority]]) -> tuple[tuple[Priority, ...], ...]:
    return tuple(several(row, Priority, "each of rows") for row in rows)


@attrs.frozen(kw_only=True)
class PriorityMatrix:
    """
    A table from impact and urgency to priority.

    Attributes:
        name: Name of the matrix; journals keep it beside what it decided.

        impacts: The levels of impact, highest first.

        urgencies: The levels of urgency, highest first.

        rows: For each urgency, in order, the priorities by impact, in order.

    Raises:
        ValueError: A level is missing or named twice, or a cell is missing or left over.
    """

    name: str
    impacts: tuple[Impact, ...] = attrs.field(converter=_impacts)
    urgencies: tuple[Urgency, ...] = attrs.field(converter=_urgencies)
    rows: tuple[tuple[Priority, ...], ...] = attrs.field(converter=_rows, repr=False)
    _cells: dict[tuple[Impact, Urgency], Priority] = attrs.field(init=False, repr=False, eq=False)

    def __attrs_post_init__(self) -> None:
        check_text(self.name, "a matrix's name")
        _check_levels(self.impacts, "impacts")
        _check_levels(self.urgencies, "urgencies")
        shape = [len(row) for row in self.rows]
        if shape != [len(self.impacts)] * len(self.urgencies):
            raise ValueError(
                f"matrix {self.name!r} must have {len(self.urgencies)} rows (urgency)"
                f" of {len(self.impacts)} cells (impact), not rows of {shape}"
            )
        cells = {
            (impact, urgency): priority
            for urgency, row in zip(self.urgencies, self.rows, strict=True)
            for impact, priority in zip(self.impacts, row, strict=True)
        }
        object.__setattr__(self, "_cells", cells)

    @classmethod
    def from_cells(
        cls,
        name: str,
        *,
        impacts: Iterable[Impact],
        urgencies: Iterable[Urgency],
        cells: Mapping[tuple[Impact, Urgency], Priority],
    ) -> PriorityMatrix:
        """
        Return the matrix with the given *cells*.

        Raises:
            ValueError: A cell is missing, or belongs to no level.
        """
        impacts, urgencies = tuple(impacts), tuple(urgencies)
        wanted = [(impact, urgency) for urgency in urgencies for impact in impacts]
        missing = [cell for cell in wanted if cell not in cells]
        unknown = [cell for cell in cells if cell not in wanted]
        if missing or unknown:
            raise ValueError(
                f"matrix {name!r} is not total over its levels:"
                f" missing {missing}, unknown {unknown}"
            )
        rows = tuple(tuple(cells[impact, urgency] for impact in impacts) for urgency in urgencies)
        return cls(name=name, impacts=impacts, urgencies=urgencies, rows=rows)

    def priority(self, impact: Impact, urgency: Urgency) -> Priority:
        """
        Return the priority of a cell.

        >>> ITIL_MATRIX.priority(Impact.HIGH, Urgency.MEDIUM)
        Priority.HIGH

        Raises:
            ValueError: The matrix has no such level.
        """
        try:
            return self._cells[impact, urgency]
        except KeyError:
            raise ValueError(
                f"matrix {self.name!r} has no cell for {impact!r} and {urgency!r};"
                f" its levels are {list(self.impacts)} and {list(self.urgencies)}"
            ) from None


def _check_levels(levels: tuple[Term, ...], name: str) -> None:
    if not levels or len(set(levels)) != len(levels):
        raise ValueError(f"{name} must name at least one level, and each once, not {list(levels)}")


def _grid(*rows: str) -> tuple[tuple[Priority, ...], ...]:
    by_rank = {
        priority.rank: priority
        for priority in (
            Priority.CRITICAL,
            Priority.HIGH,
            Priority.MEDIUM,
            Priority.LOW,
            Priority.PLANNING,
        )
    }
    return tuple(tuple(by_rank[int(rank)] for rank in row.split()) for row in rows)


ITIL_MATRIX = PriorityMatrix(
    name="itil_3x3",
    impacts=(Impact.HIGH, Impact.MEDIUM, Impact.LOW),
    urgencies=(Urgency.HIGH, Urgency.MEDIUM, Urgency.LOW),
    rows=_grid(
        "1 2 3",
        "2 3 4",
        "3 4 5",
    ),
)
"""
The example of ITIL Service Operation, which most tools ship.
"""

FIVE_BY_FIVE_MATRIX = PriorityMatrix(
    name="five_by_five",
    impacts=Impact.constants(),
    urgencies=Urgency.constants(),
    rows=_grid(
        "1 1 2 2 3",
        "1 2 2 3 3",
        "2 2 3 3 4",
        "2 3 3 4 4",
        "3 3 4 4 5",
    ),
)
"""
Five levels each: `ceil((impact + urgency - 1) / 2)`, our default for finer scales.
"""


@attrs.frozen
class PriorityDecision:
    """
    What a priority policy decided.

    Attributes:
        priority: The priority.

        policy: Name of the policy, with what moved its decision.
    """

    priority: Priority
    policy: str


class PriorityPolicy(Protocol):
    """
    How pressing something is.
    """

    def decide(
        self, impact: Impact, urgency: Urgency, *, vip: bool, criticality: Criticality | None
    ) -> PriorityDecision:
        """
        Decide on a priority.

        Args:
            impact: The effect on the business.

            urgency: How soon it has to be solved.

            vip: Whether a person is affected whose work weighs more.

            criticality: How much the business depends on the service; `None` where unknown.

        Raises:
            ValueError: The policy knows no such level.
        """
        ...


@attrs.frozen(kw_only=True)
class MatrixPriority:
    """
    Priority by matrix, with the service and the person in view.

    A critical service raises the impact by one level, a VIP the urgency (our defaults; ITIL says
    that both may count and leaves the amount to the organization).

    Attributes:
        matrix: The table to look in.

        critical_raises_impact: By how many levels a critical service raises the impact.

        vip_raises_urgency: By how many levels a VIP raises the urgency.
    """

    matrix: PriorityMatrix = ITIL_MATRIX
    critical_raises_impact: int = 1
    vip_raises_urgency: int = 1

    def __attrs_post_init__(self) -> None:
        check_type(self.matrix, PriorityMatrix, "matrix")
        check_type(self.critical_raises_impact, int, "critical_raises_impact")
        check_type(self.vip_raises_urgency, int, "vip_raises_urgency")

    def decide(
        self, impact: Impact, urgency: Urgency, *, vip: bool, criticality: Criticality | None
    ) -> PriorityDecision:
        """
        Decide on a priority, see `PriorityPolicy.decide`.

        >>> MatrixPriority().decide(
        ...     Impact.LOW, Urgency.LOW, vip=True, criticality=Criticality.CRITICAL
        ... )
        PriorityDecision(priority=Priority.MEDIUM, policy='itil_3x3, critical service, vip')
        """
        matrix, why = self.matrix, [self.matrix.name]
        matrix.priority(impact, urgency)
        if criticality is Criticality.CRITICAL:
            impact = _raised(impact, matrix.impacts, self.critical_raises_impact)
            why.append("critical service")
        if vip:
            urgency = _raised(urgency, matrix.urgencies, self.vip_raises_urgency)
            why.append("vip")
        return PriorityDecision(matrix.priority(impact, urgency), ", ".join(why))


def _raised(level: Level, levels: tuple[Level, ...], by: int) -> Level:
    return levels[max(0, min(levels.index(level) - by, len(levels) - 1))]


@attrs.frozen
class PriorityOverride:
    """
    A priority that a person set against the matrix.

    Attributes:
        priority: The priority that holds.

        reason: Why.

        by: Name of the person.
    """

    priority: Priority
    reason: str
    by: str
