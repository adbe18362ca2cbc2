"""
Figures of a problem are derived from its journal and never stored.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from itil_ops.kernel.vocabulary import ActionType
from itil_ops.problem.figures import Pain, pain_value, review_rate
from itil_ops.problem.lifecycle import PROBLEM_LIFECYCLE
from itil_ops.problem.vocabulary import PROBLEM_ACTION_TYPES, problem_action_type
from problem_doubles import REVIEWED, after, logged, minute, standing, through


FIGURES = (
    "resolution",
    "resolved_at",
    "closed_at",
    "investigation_started_at",
    "root_cause_at",
    "workaround_at",
    "known_error_at",
    "time_to_known_error",
    "time_to_fix",
)


def test_a_new_problem_has_none():
    problem = logged()
    assert {name: getattr(problem, name) for name in FIGURES} == dict.fromkeys(FIGURES)
    assert (problem.reanalyzed_count, problem.recurrence_count) == (0, 0)
    assert (problem.raised_from, problem.known_errors, problem.reviews) == (
        (logged().links[0].target,),
        (),
        (),
    )


def test_the_time_to_a_known_error_runs_from_when_it_was_logged():
    problem = after(standing("under_investigation"), "declare_known_error", at=minute(90))
    assert problem.known_error_at == minute(90)
    assert problem.time_to_known_error == timedelta(minutes=90)
    assert type(problem.time_to_known_error) is timedelta
    assert problem.time_to_fix is None


def test_the_time_to_the_fix_runs_from_the_known_error_to_when_it_was_solved():
    known = after(standing("under_investigation"), "declare_known_error", at=minute(90))
    fixed = after(known, "resolve", at=minute(300), effective_at=minute(200))
    assert fixed.time_to_fix == timedelta(minutes=110)


def test_what_was_never_a_known_error_has_no_time_to_a_fix():
    assert after(standing("under_investigation"), "resolve").time_to_fix is None


def test_an_accepted_risk_is_no_fix():
    assert standing("closed at a risk").time_to_fix is None
    assert standing("closed at a risk").time_to_known_error is not None


def test_the_known_error_that_counts_is_the_one_since_the_last_analysis():
    again = through(standing("resolved"), "reanalyze")
    assert (again.known_error_at, again.time_to_known_error) == (None, None)
    declared = after(again, "declare_known_error", at=minute(500))
    assert declared.known_error_at == minute(500)
    assert after(declared, "comment").known_error_at == minute(500)


def test_the_investigation_began_once():
    begun = standing("under_investigation")
    again = through(begun, "resolve", "reanalyze")
    assert again.investigation_started_at == begun.investigation_started_at


def test_a_view_of_the_past_knows_no_later_figure():
    problem = standing("closed")
    then = problem.as_of(problem.resolved_at)
    assert (then.resolved_at, then.closed_at) == (problem.resolved_at, None)
    before = problem.as_of(problem.resolved_at - timedelta(seconds=1))
    assert (before.resolution, before.time_to_fix) == (None, None)


# ---- Reviews ------------------------------------------------------------------------------------


MAJOR = "declare_major"


@pytest.mark.parametrize(
    ("problems", "rate"),
    [
        ([], None),
        ([standing("closed"), standing("resolved", *REVIEWED), standing("cancelled", MAJOR)], None),
        ([standing("closed", MAJOR)], 0.0),
        ([standing("closed", *REVIEWED), standing("closed")], 1.0),
        ([standing("closed", *REVIEWED), standing("closed at a risk", MAJOR)], 0.5),
        ([through(standing("closed", *REVIEWED), "reanalyze", "resolve", "close")], 0.0),
    ],
    ids=["none", "none closed", "not reviewed", "reviewed", "by risk", "another life"],
)
def test_the_review_rate_is_the_share_of_closed_major_problems_that_were_reviewed(problems, rate):
    assert review_rate(iter(problems)) == rate


def test_a_review_counts_that_is_completed_after_the_closure():
    late = standing("closed", *REVIEWED[:3])
    assert review_rate([late, standing("closed", MAJOR)]) == 0.0
    assert review_rate([after(late, "complete_review"), standing("closed", MAJOR)]) == 0.5


# ---- Pain ---------------------------------------------------------------------------------------


def test_pain_is_users_times_hours_times_weight_summed():
    pains = [
        Pain(affected=40, downtime=timedelta(minutes=90), weight=Decimal(2)),
        Pain(affected=3, downtime=timedelta(hours=2)),
        Pain(affected=0, downtime=timedelta(days=9)),
    ]
    assert pain_value(iter(pains)) == Decimal(126)


def test_no_incident_is_no_pain():
    assert pain_value([]) == 0
    assert pain_value([Pain(affected=9, downtime=timedelta(), weight=Decimal(4))]) == 0


def test_pain_ranks_what_hurts_a_little_and_often_with_what_hurts_once():
    often = [Pain(affected=5, downtime=timedelta(minutes=6))] * 100
    once = [Pain(affected=5, downtime=timedelta(hours=10))]
    assert pain_value(often) == pain_value(once) == Decimal(50)


# ---- Sorts of activity --------------------------------------------------------------------------


def test_every_action_that_is_named_is_one_of_the_lifecycle():
    assert set(PROBLEM_ACTION_TYPES) < set(PROBLEM_LIFECYCLE.actions)


@pytest.mark.parametrize(
    ("action", "sort"),
    [
        ("diagnose", ActionType.DIAGNOSIS),
        ("accept_risk", ActionType.APPROVAL),
        ("close", ActionType.CLOSURE),
        ("categorize", ActionType.CHANGE_OF_DATA),
        ("hand_out", ActionType.CHANGE_OF_DATA),
    ],
)
def test_an_action_is_of_one_sort_and_a_callers_own_changes_data(action, sort):
    assert problem_action_type(action) is sort
