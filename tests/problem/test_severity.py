"""
The severity of a problem: its answers, weighed; the priority does not know of it.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import attrs
import pytest

from itil_ops import Impact, Urgency
from itil_ops.problem.policies import ProblemPolicies
from itil_ops.problem.severity import (
    ProblemSeverity,
    SeverityLevel,
    SeverityScale,
    WeightedSeverity,
)
from problem_doubles import after, logged


LOW, MEDIUM, HIGH = SeverityLevel

DAY = timedelta(days=1)


def level(policy=WeightedSeverity(), **answers):  # noqa: B008 -- it is frozen
    return policy.level(ProblemSeverity(**answers))


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({}, LOW),
        ({"people": 1}, LOW),
        ({"people": 2}, MEDIUM),
        ({"people": 5}, HIGH),
        ({"cost": Decimal(4_999)}, LOW),
        ({"cost": Decimal(5_000)}, MEDIUM),
        ({"cost": Decimal(50_000)}, HIGH),
        ({"skills": ["network"]}, LOW),
        ({"skills": ["network", "mail"]}, MEDIUM),
        ({"skills": ["network", "mail", "disks", "law"]}, HIGH),
        ({"fix_duration": DAY - timedelta(seconds=1)}, LOW),
        ({"fix_duration": DAY}, MEDIUM),
        ({"fix_duration": 5 * DAY}, HIGH),
        ({"configuration_items": 4}, LOW),
        ({"configuration_items": 5}, MEDIUM),
        ({"configuration_items": 50}, HIGH),
        ({"replace": False}, LOW),
        ({"replace": True}, HIGH),
        ({"replace": True, "people": 1}, MEDIUM),
        ({"replace": True, "people": 2}, HIGH),
        ({"people": 2, "cost": Decimal(0), "configuration_items": 0}, LOW),
        ({"people": 2, "cost": Decimal(0), "configuration_items": 5}, MEDIUM),
        ({"people": 0, "skills": []}, LOW),
    ],
    ids=str,
)
def test_the_level_is_the_share_of_the_points_that_the_answers_could_have(answers, expected):
    assert level(**answers) is expected


def test_what_nobody_answered_counts_neither_way():
    assert level(people=5) is level(people=5, skills=[]) is HIGH


def test_a_weight_counts_an_answer_more_than_once_or_not_at_all():
    heavy = WeightedSeverity(people=SeverityScale(2, 5, weight=5))
    answers = {"people": 0, "replace": True, "cost": Decimal(90_000)}
    assert level(**answers) is HIGH
    assert level(heavy, **answers) is LOW
    assert level(WeightedSeverity(people=SeverityScale(2, 5, weight=0)), people=9) is LOW


@pytest.mark.parametrize(
    ("answer", "points"), [(1, 0), (2, 3), (4, 3), (5, 6)], ids=["below", "one", "still", "two"]
)
def test_a_scale_gives_nothing_one_point_or_two(answer, points):
    assert SeverityScale(2, 5, weight=3).points(answer) == points


def test_both_points_may_come_at_once():
    assert SeverityScale(2, 2).points(2) == 2


def test_skills_are_a_tuple_whatever_they_came_in():
    assert ProblemSeverity(skills=iter(["mail"])) == ProblemSeverity(skills=("mail",))


@attrs.frozen
class Dire:
    """
    A policy of a caller's own.
    """

    name = "dire"

    def level(self, _severity):
        """
        Call everything serious.
        """
        return HIGH


def test_a_callers_own_policy_decides_and_the_entry_names_it():
    dire = ProblemPolicies(severity=Dire())
    for action in ("assess", "rate_severity"):
        rated = after(logged(), action, severity=ProblemSeverity(), policies=dire)
        assert rated.severity_level is HIGH
        assert rated.journal[-1].decided["severity_level"] == "dire"


def test_the_priority_does_not_change_with_it():
    problem = logged(impact=Impact.LOW, urgency=Urgency.LOW)
    rated = after(problem, "rate_severity", severity=ProblemSeverity(replace=True))
    assert (rated.severity_level, rated.priority) == (HIGH, problem.priority)


def test_another_policy_rewrites_nothing():
    rated = after(logged(), "rate_severity", severity=ProblemSeverity(replace=True))
    told = after(rated, "comment", policies=ProblemPolicies(severity=Dire()))
    assert told.severity_level is rated.severity_level
