"""
Impact x Urgency -> Priority, total and in order.
"""

from __future__ import annotations

import copy
import itertools
import math
import pickle

import pytest

from itil_ops.incident.record import Incident
from itil_ops.kernel.identity import IncidentId
from itil_ops.kernel.priority import (
    FIVE_BY_FIVE_MATRIX,
    ITIL_MATRIX,
    Impact,
    MatrixPriority,
    Priority,
    PriorityDecision,
    PriorityMatrix,
    PriorityOverride,
    Urgency,
)
from itil_ops.kernel.vocabulary import Criticality
from kernel_doubles import LI, T0, t


PRESETS = pytest.mark.parametrize(
    "matrix", [ITIL_MATRIX, FIVE_BY_FIVE_MATRIX], ids=lambda matrix: matrix.name
)
HIGH, LOW = Priority.HIGH, Priority.LOW
BURNING, COLD = Impact("burning"), Impact("cold")
TODAY, SOME_DAY = Urgency("today"), Urgency("some_day")


def two_by_two(**other):
    return PriorityMatrix(
        **{
            "name": "ours",
            "impacts": (BURNING, COLD),
            "urgencies": (TODAY, SOME_DAY),
            "rows": ((HIGH, LOW), (LOW, LOW)),
            **other,
        }
    )


# ---- Presets ------------------------------------------------------------------------------------


@PRESETS
def test_a_preset_is_total(matrix):
    for impact, urgency in itertools.product(matrix.impacts, matrix.urgencies):
        assert isinstance(matrix.priority(impact, urgency), Priority)


@PRESETS
def test_a_preset_never_falls_with_more_impact_or_urgency(matrix):
    for urgency in matrix.urgencies:
        ranks = [matrix.priority(impact, urgency) for impact in matrix.impacts]
        assert ranks == sorted(ranks)
    for impact in matrix.impacts:
        ranks = [matrix.priority(impact, urgency) for urgency in matrix.urgencies]
        assert ranks == sorted(ranks)


@PRESETS
def test_a_preset_is_symmetric_and_goes_from_first_to_last(matrix):
    size = range(len(matrix.impacts))
    for i, j in itertools.product(size, size):
        assert matrix.priority(matrix.impacts[i], matrix.urgencies[j]) == matrix.priority(
            matrix.impacts[j], matrix.urgencies[i]
        )
    assert matrix.priority(matrix.impacts[0], matrix.urgencies[0]) == Priority.CRITICAL
    assert matrix.priority(matrix.impacts[-1], matrix.urgencies[-1]) == Priority.PLANNING


def test_the_matrix_of_itil_is_the_sum_of_its_levels():
    levels = (1, 2, 3)

    assert [[cell.rank for cell in row] for row in ITIL_MATRIX.rows] == [
        [impact + urgency - 1 for impact in levels] for urgency in levels
    ]
    assert ITIL_MATRIX.impacts == (Impact.HIGH, Impact.MEDIUM, Impact.LOW)
    assert ITIL_MATRIX.urgencies == (Urgency.HIGH, Urgency.MEDIUM, Urgency.LOW)


def test_the_finer_matrix_is_half_the_sum_of_its_levels():
    levels = (1, 2, 3, 4, 5)

    assert [[cell.rank for cell in row] for row in FIVE_BY_FIVE_MATRIX.rows] == [
        [math.ceil((impact + urgency - 1) / 2) for impact in levels] for urgency in levels
    ]
    assert FIVE_BY_FIVE_MATRIX.impacts == Impact.constants()
    assert FIVE_BY_FIVE_MATRIX.urgencies == Urgency.constants()


# ---- A matrix of one's own ----------------------------------------------------------------------


def test_a_matrix_may_have_levels_of_its_own():
    matrix = two_by_two()

    assert matrix.priority(BURNING, TODAY) == HIGH
    assert matrix.priority(BURNING, SOME_DAY) == LOW


def test_a_matrix_may_have_more_impacts_than_urgencies():
    matrix = two_by_two(urgencies=(TODAY,), rows=((HIGH, LOW),))

    assert matrix.priority(COLD, TODAY) == LOW


def test_rows_go_by_urgency_and_cells_by_impact():
    matrix = two_by_two(rows=((HIGH, LOW), (Priority.MEDIUM, Priority.PLANNING)))

    assert matrix.priority(COLD, TODAY) == LOW
    assert matrix.priority(BURNING, SOME_DAY) == Priority.MEDIUM


@pytest.mark.parametrize(
    ("rows", "shape"),
    [
        (((HIGH, LOW),), "[2]"),
        (((HIGH, LOW), (LOW,)), "[2, 1]"),
        (((HIGH, LOW), (LOW, LOW, LOW)), "[2, 3]"),
        (((HIGH, LOW), (LOW, LOW), (LOW, LOW)), "[2, 2, 2]"),
        ((), "[]"),
    ],
)
def test_a_matrix_of_another_shape_is_refused(rows, shape):
    with pytest.raises(ValueError) as caught:
        two_by_two(rows=rows)

    assert str(caught.value) == (
        "matrix 'ours' must have 2 rows (urgency) of 2 cells (impact), not rows of " + shape
    )


@pytest.mark.parametrize(
    "levels",
    [
        {"impacts": (BURNING, BURNING)},
        {"urgencies": (TODAY, TODAY)},
        {"impacts": (), "rows": ((), ())},
        {"urgencies": (), "rows": ()},
    ],
)
def test_levels_are_named_and_each_once(levels):
    with pytest.raises(ValueError, match="must name at least one level, and each once"):
        two_by_two(**levels)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": 5},
        {"impacts": ("burning", "cold")},
        {"impacts": (TODAY, SOME_DAY)},
        {"urgencies": (BURNING, COLD)},
        {"rows": ((1, 2), (3, 4))},
        {"rows": ((HIGH, LOW), (LOW, "low"))},
    ],
)
def test_what_a_matrix_is_made_of_is_of_its_type(wrong):
    with pytest.raises(TypeError):
        two_by_two(**wrong)


def test_a_matrix_may_be_made_of_cells():
    cells = {
        (BURNING, TODAY): HIGH,
        (COLD, TODAY): LOW,
        (BURNING, SOME_DAY): LOW,
        (COLD, SOME_DAY): LOW,
    }
    levels = {"impacts": [BURNING, COLD], "urgencies": iter([TODAY, SOME_DAY])}

    assert PriorityMatrix.from_cells("ours", cells=cells, **levels) == two_by_two()


def test_a_matrix_of_cells_is_total_over_its_levels():
    cells = {(BURNING, TODAY): HIGH, (Impact.LOW, TODAY): LOW}

    with pytest.raises(ValueError) as caught:
        PriorityMatrix.from_cells("ours", impacts=[BURNING, COLD], urgencies=[TODAY], cells=cells)

    assert str(caught.value) == (
        "matrix 'ours' is not total over its levels:"
        " missing [(Impact('cold'), Urgency('today'))],"
        " unknown [(Impact.LOW, Urgency('today'))]"
    )


@pytest.mark.parametrize(
    "cell", [(Impact.HIGH, TODAY), (BURNING, Urgency.HIGH), (TODAY, BURNING), ("burning", "today")]
)
def test_an_unknown_level_is_named_beside_those_that_there_are(cell):
    with pytest.raises(ValueError) as caught:
        two_by_two().priority(*cell)

    assert str(caught.value) == (
        f"matrix 'ours' has no cell for {cell[0]!r} and {cell[1]!r}; its levels are"
        " [Impact('burning'), Impact('cold')] and [Urgency('today'), Urgency('some_day')]"
    )


@pytest.mark.parametrize(
    "through", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_a_matrix_is_a_value(through):
    matrix = two_by_two()

    assert through(matrix) == matrix
    assert hash(through(matrix)) == hash(matrix)
    assert through(matrix).priority(BURNING, TODAY) == HIGH
    assert matrix != two_by_two(name="theirs")


# ---- The policy ---------------------------------------------------------------------------------


def decided(impact, urgency, *, vip=False, criticality=None, **policy):
    return MatrixPriority(**policy).decide(impact, urgency, vip=vip, criticality=criticality)


def test_the_matrix_decides():
    assert decided(Impact.LOW, Urgency.MEDIUM) == PriorityDecision(Priority.LOW, "itil_3x3")


def test_a_vip_raises_the_urgency():
    decision = decided(Impact.LOW, Urgency.MEDIUM, vip=True)

    assert decision == PriorityDecision(Priority.MEDIUM, "itil_3x3, vip")


def test_a_critical_service_raises_the_impact():
    decision = decided(Impact.LOW, Urgency.MEDIUM, criticality=Criticality.CRITICAL)

    assert decision == PriorityDecision(Priority.MEDIUM, "itil_3x3, critical service")


def test_both_raise_together():
    decision = decided(Impact.LOW, Urgency.LOW, vip=True, criticality=Criticality.CRITICAL)

    assert decision == PriorityDecision(Priority.MEDIUM, "itil_3x3, critical service, vip")


@pytest.mark.parametrize("criticality", [None, *list(Criticality)[1:]])
def test_other_services_raise_nothing(criticality):
    assert decided(Impact.LOW, Urgency.LOW, criticality=criticality).policy == "itil_3x3"


@pytest.mark.parametrize("vip", [True, False])
@pytest.mark.parametrize("criticality", [None, *Criticality])
@PRESETS
def test_nothing_lowers_a_priority_and_nothing_passes_the_first_level(matrix, vip, criticality):
    for impact, urgency in itertools.product(matrix.impacts, matrix.urgencies):
        raised = decided(impact, urgency, vip=vip, criticality=criticality, matrix=matrix)

        assert raised.priority <= matrix.priority(impact, urgency)


def test_a_policy_may_raise_by_more_or_not_at_all():
    told = {"vip": True, "criticality": Criticality.CRITICAL}

    assert (
        decided(
            Impact.LOW, Urgency.LOW, critical_raises_impact=2, vip_raises_urgency=2, **told
        ).priority
        == Priority.CRITICAL
    )
    assert (
        decided(
            Impact.LOW, Urgency.LOW, critical_raises_impact=0, vip_raises_urgency=0, **told
        ).priority
        == Priority.PLANNING
    )
    assert (
        decided(
            Impact.LOW, Urgency.LOW, critical_raises_impact=9, vip_raises_urgency=9, **told
        ).priority
        == Priority.CRITICAL
    )


@pytest.mark.parametrize("told", [{}, {"vip": True}, {"criticality": Criticality.CRITICAL}])
def test_a_level_that_the_matrix_lacks_is_refused(told):
    with pytest.raises(ValueError, match="has no cell for"):
        decided(Impact.VERY_HIGH, Urgency.LOW, **told)
    with pytest.raises(ValueError, match="has no cell for"):
        decided(Impact.LOW, Urgency.VERY_HIGH, **told)


# ---- Priorities ---------------------------------------------------------------------------------


def test_the_most_pressing_priority_comes_first():
    priorities = [Priority.PLANNING, Priority.HIGH, Priority(6, "some day"), Priority.CRITICAL]

    assert sorted(priorities) == [
        Priority.CRITICAL,
        Priority.HIGH,
        Priority.PLANNING,
        Priority(6, "some day"),
    ]


def test_a_priority_reads_as_rank_and_name():
    assert (str(Priority.MEDIUM), repr(Priority.MEDIUM)) == ("3 medium", "Priority.MEDIUM")
    assert (str(Priority(6, "some day")), repr(Priority(6, "some day"))) == (
        "6 some day",
        "Priority(6, 'some day')",
    )
    assert repr(Priority(3, "high")) == "Priority(3, 'high')"


@pytest.mark.parametrize("rank", [0, -1])
def test_the_first_rank_is_1(rank):
    with pytest.raises(ValueError, match=f"rank must be 1 or more, not {rank}"):
        Priority(rank, "urgent")


@pytest.mark.parametrize("arguments", [("1", "urgent"), (1.0, "urgent"), (None, "u"), (1, None)])
def test_a_priority_has_a_number_and_a_name(arguments):
    with pytest.raises(TypeError):
        Priority(*arguments)


def test_a_priority_has_a_name_that_says_something():
    with pytest.raises(ValueError, match="must not be blank"):
        Priority(1, " ")


def test_an_override_holds_against_the_matrix():
    incident = Incident.log(
        IncidentId("INC-1"),
        title="Mail",
        service="email",
        impact=Impact.LOW,
        urgency=Urgency.LOW,
        by=LI,
        at=T0,
    )

    overridden = incident.prioritize(
        override=Priority.CRITICAL, reason="The board meets.", by=LI, at=t(1)
    )

    assert overridden.priority == Priority.CRITICAL
    assert overridden.priority_override == PriorityOverride(
        Priority.CRITICAL, "The board meets.", "li"
    )
    assert overridden.journal[-1].decided == {"priority": "override"}
    assert incident.priority == Priority.PLANNING
