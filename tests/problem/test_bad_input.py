"""
Bad arguments are refused before anything changes, whatever they are and wherever they stand.
"""

from __future__ import annotations

import datetime as dt
import functools

from decimal import Decimal

import pytest

from itil_ops import (
    ChangeId,
    ConfigurationItemId,
    GuardRefusedError,
    IllegalTransitionError,
    Impact,
    IncidentId,
    OutOfOrderError,
    PendingReason,
    Policies,
    ProblemId,
    Urgency,
)
from itil_ops.problem.figures import Pain, pain_value
from itil_ops.problem.policies import Observation, ProblemPolicies
from itil_ops.problem.review import FollowUpAction, ReviewAnswers, ReviewId
from itil_ops.problem.severity import ProblemSeverity, SeverityScale, WeightedSeverity
from itil_ops.problem.vocabulary import ProblemOrigin, ProblemResolutionCode
from problem_doubles import (
    CHANGE,
    GOOD,
    INC,
    LI,
    OTHER,
    PLANNED,
    REVIEWED,
    after,
    logged,
    minute,
    ready,
    standing,
    through,
)
from record_doubles import nothing_changes, rules_of
from room_tables import EveryArgument
from room_tables import refused as is_refused
from rooms import PROBLEMS


VERBS = [action for action in (*GOOD, "take_over") if action != "log"]

#: Where each verb is tried; a closure both in one step and after the resolution.
PLACES = dict.fromkeys(VERBS, ("under_investigation",)) | {
    "assess": ("new",),
    "investigate": ("new", "assessed"),
    "resume": ("pending",),
    "fix_failed": ("fix_in_progress",),
    "defer": ("known_error",),
    "take_up": ("known_error",),
    "close": ("known_error", "resolved"),
    "reanalyze": ("resolved", "closed"),
    "record_workaround": ("under_investigation", "closed at a risk"),
    "rule_out_workaround": ("under_investigation", "closed at a risk"),
    "record_recurrence": ("resolved",),
    "renew_risk_acceptance": ("closed at a risk",),
    "communicate_fix": ("resolved",),
}

#: Names that mean a text in one verb and something else in another are told with the verb.
TEXTS = {
    "title",
    "number of log",
    "description",
    "service",
    "customer",
    "symptoms",
    "evidence",
    "owner",
    "note",
    "group",
    "assignee",
    "reason of prioritize",
    "reason of fix_failed",
    "reason of reanalyze",
    "reason of rule_out_workaround",
    "reason of defer",
    "reason of take_up",
    "reason of accept_risk",
    "reason of renew_risk_acceptance",
    "reason of declare_major",
    "reason of demote_major",
    "approver",
    "finding",
    "text",
    "message",
    "waiver",
    "awaited",
    "no_change_reason",
    "root_cause_unknown_reason",
}
INSTANTS = {
    "at",
    "detected_at",
    "effective_at",
    "expires_at",
    "planned_for",
    "review_at",
    "target_resolution_at",
    "until",
}
NUMBERS = {"generations_below", "number of complete_action"}
SEVERAL = {
    "actions",
    "affected_services",
    "affected_users",
    "ancestors",
    "attendees",
    "business_areas",
    "configuration_items",
    "links",
    "live_known_errors",
    "open_incidents",
    "possible_duplicates",
    "raised_from",
    "techniques",
}

#: What looks like an argument, and is none.
ALIKE = (
    ("under_investigation", "assign", {"assignee": LI}),
    ("under_investigation", "hold", {"reason": "awaiting_change"}),
    ("under_investigation", "hold", {"awaited": 7}),
    ("under_investigation", "hold", {"until": dt.date(2026, 3, 9)}),
    ("under_investigation", "resolve", {"code": "fix_applied"}),
    ("under_investigation", "cancel", {"code": "duplicate"}),
    ("under_investigation", "cancel", {"duplicate_of": IncidentId("PRB-2")}),
    ("under_investigation", "cancel", {"duplicate_of": "PRB-2"}),
    ("under_investigation", "categorize", {"category": "software/mail"}),
    ("under_investigation", "revise", {"configuration_items": ["mx1"]}),
    ("under_investigation", "revise", {"affected_services": "email"}),
    ("under_investigation", "revise", {"affected_users": [LI]}),
    ("under_investigation", "revise", {"cost": 9}),
    ("under_investigation", "revise", {"target_resolution_at": dt.date(2026, 6, 1)}),
    ("under_investigation", "prioritize", {"impact": Urgency.HIGH}),
    ("under_investigation", "prioritize", {"urgency": Impact.HIGH}),
    ("under_investigation", "diagnose", {"technique": "five_whys"}),
    ("under_investigation", "rate_severity", {"severity": "high"}),
    ("under_investigation", "rate_severity", {"severity": {"people": 2}}),
    ("under_investigation", "record_root_cause", {"category": "software"}),
    ("under_investigation", "record_root_cause", {"configuration_item": "mx1"}),
    ("under_investigation", "record_change", {"status": "approved"}),
    ("under_investigation", "record_change", {"change": "CHG-1"}),
    ("under_investigation", "start_fix", {"change": ProblemId("CHG-1")}),
    ("under_investigation", "declare_known_error", {"known_error": "KE-1"}),
    ("under_investigation", "declare_known_error", {"known_error": OTHER}),
    ("under_investigation", "accept_risk", {"approver": LI}),
    ("under_investigation", "accept_risk", {"review_at": "2026-06-01"}),
    ("under_investigation", "plan_review", {"review": "REV-1"}),
    ("under_investigation", "plan_review", {"review": OTHER}),
    ("under_investigation", "hold_review", {"attendees": "li"}),
    ("under_investigation", "complete_review", {"answers": "All went well."}),
    ("under_investigation", "complete_review", {"actions": ["Watch the queue"]}),
    ("under_investigation", "complete_action", {"number": "1"}),
    ("under_investigation", "link", {"kind": "related"}),
    ("under_investigation", "link", {"target": "INC-2"}),
    ("under_investigation", "join", {"parent": INC}),
    ("under_investigation", "communicate_workaround", {"channel": "phone"}),
    ("under_investigation", "comment", {"by": "li"}),
    ("under_investigation", "comment", {"by": None}),
    ("under_investigation", "comment", {"at": None}),
    ("under_investigation", "comment", {"policies": Policies()}),
)

#: What a verb does without, though these tests mostly tell it.
SPARED = {
    "hold": {"awaited"},
    "assess": {"possible_duplicates"},
    "investigate": {"group", "assignee"},
    "declare_known_error": {"known_error"},
    "start_fix": {"change"},
    "resolve": {"note"},
    "close": {"code"},
    "assign": {"group"},
    "prioritize": {"impact", "urgency"},
    "record_change": {"change"},
    "cancel": {"duplicate_of"},
    "revise": {"symptoms"},
    "hold_review": {"attendees"},
    "complete_review": {"actions"},
}

#: What some verbs take, and others do not.
FOREIGN = {
    "effective_at": minute(2),
    "decided": {"priority": "whim"},
    "part": None,
    "note": "Aside.",
    "told": {},
}

#: What no problem begins with.
NEVER_STATED = {
    "colour": "red",
    "priority": None,
    "state": "closed",
    "returns_to": "new",
    "version": 7,
    "stored_version": 7,
    "journal": (),
    "parts": (),
    "links": (),
    "resolution_code": ProblemResolutionCode.FIX_APPLIED,
    "root_cause": None,
    "responded_at": minute(0),
}

refused = functools.partial(is_refused, PROBLEMS)


class TestArguments(EveryArgument):
    room = PROBLEMS
    places = PLACES
    texts = TEXTS
    instants = INSTANTS
    numbers = NUMBERS
    several = SEVERAL
    alike = ALIKE
    foreign = FOREIGN
    never_stated = NEVER_STATED
    spared = SPARED


# ---- What looks alike ----------------------------------------------------------------------------


def test_incidents_and_known_errors_are_told_by_their_ids():
    resolved = standing("resolved")
    refused(resolved, "close", TypeError, open_incidents=[OTHER])
    refused(resolved, "close", TypeError, open_incidents="INC-1")
    refused(resolved, "close", TypeError, live_known_errors=[INC])
    refused(resolved, "record_recurrence", TypeError, incident=OTHER)


@pytest.mark.parametrize("cause", [OTHER, ChangeId("CHG-1"), "INC-1", None], ids=repr)
def test_a_problem_is_raised_from_incidents_and_events_alone(cause):
    with pytest.raises(TypeError, match="raised_from must be a"):
        logged(raised_from=[INC, cause])


@pytest.mark.parametrize("wrong", ["reactive", ProblemResolutionCode.DUPLICATE, 1], ids=repr)
def test_an_origin_is_one_of_two(wrong):
    with pytest.raises(TypeError, match="origin"):
        logged(origin=wrong)


def test_an_id_of_another_kind_is_no_problems():
    with pytest.raises(TypeError):
        logged(id=IncidentId("INC-1"))


@pytest.mark.parametrize("unknown", ["", "fixed", "known_error", "FIX_APPLIED"])
def test_an_unknown_stored_value_of_a_closed_vocabulary_fails_loudly(unknown):
    with pytest.raises(ValueError):
        ProblemResolutionCode(unknown)
    with pytest.raises(ValueError):
        ProblemOrigin(unknown)


# ---- Instants -----------------------------------------------------------------------------------


@pytest.mark.parametrize("cost", ["-1", "NaN", "Infinity"])
def test_a_cost_is_a_number_and_not_negative(cost):
    with pytest.raises(ValueError, match="cost must be a number and not negative"):
        logged(cost=Decimal(cost))


@pytest.mark.parametrize("name", ["affected_services", "affected_users", "business_areas"])
def test_what_is_affected_has_a_name(name):
    refused(standing("new"), "revise", ValueError, **{name: ["email", " "]})


def test_it_did_not_come_back_before_it_was_resolved():
    resolved = after(standing("known_error"), "resolve", at=minute(20))
    with pytest.raises(OutOfOrderError):
        after(resolved, "record_recurrence", effective_at=minute(19))
    assert after(resolved, "record_recurrence", effective_at=minute(20)).recurrence_count == 1


# ---- What is missing ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["approver", "reason", "review_at"])
@pytest.mark.parametrize(
    ("action", "place"),
    [("accept_risk", "known_error"), ("renew_risk_acceptance", "closed at a risk")],
)
def test_no_risk_is_accepted_without_an_approver_a_reason_and_a_date(action, place, name):
    problem = ready(place, action)
    with nothing_changes(problem), pytest.raises(GuardRefusedError) as refusal:
        after(problem, action, **{name: None})
    assert rules_of(refusal) == ["the_acceptance_is_whole"]
    told = PROBLEMS.told(problem, action)
    del told[name]
    with pytest.raises(TypeError):
        getattr(problem, action)(**told)


# ---- What makes no sense ------------------------------------------------------------------------


def test_a_fix_has_a_change_or_needs_none_and_not_both():
    with pytest.raises(ValueError, match="contradict"):
        after(standing("known_error"), "start_fix", change=CHANGE, no_change_reason="A setting.")


@pytest.mark.parametrize("action", ["hold_review", "complete_review", "complete_action"])
@pytest.mark.parametrize(
    ("before", "known"), [(PLANNED[:1], "none"), ((*PLANNED, "hold_review"), "REV-1")]
)
def test_a_review_that_nobody_planned_is_refused_and_says_what_to_do(action, before, known):
    problem = through(logged(), *before)
    with nothing_changes(problem), pytest.raises(GuardRefusedError) as refusal:
        after(problem, action, review=ReviewId("REV-9"))
    assert str(refusal.value) == (
        f"problem PRB-1: {action!r} refused in state 'new': "
        f"it has no review REV-9; its reviews: {known}; possible: plan_review"
    )


@pytest.mark.parametrize(
    ("action", "way", "state", "possible"),
    [
        ("complete_review", PLANNED, "planned", ("plan_review", "hold_review")),
        ("complete_action", PLANNED, "planned", ("plan_review", "hold_review")),
        ("plan_review", (*PLANNED, "hold_review"), "held", ("complete_review",)),
        ("hold_review", REVIEWED, "completed", ("complete_action",)),
    ],
)
def test_a_step_that_a_review_cannot_take_is_refused_by_the_name_of_the_verb(
    action, way, state, possible
):
    problem = through(logged(), *way)
    with nothing_changes(problem), pytest.raises(IllegalTransitionError) as refusal:
        after(problem, action)
    assert str(refusal.value).startswith(f"major problem review REV-1: {action!r} refused")
    assert (refusal.value.state, refusal.value.allowed) == (state, possible)


@pytest.mark.parametrize("number", [0, -1, True], ids=repr)
def test_actions_are_counted_from_one(number):
    with pytest.raises(ValueError, match="number must be 1 or more"):
        after(ready("new", "complete_action"), "complete_action", number=number)


@pytest.mark.parametrize(
    ("action", "told"),
    [
        ("prioritize", {"impact": Impact.VERY_HIGH}),
        ("prioritize", {"urgency": Urgency("whenever")}),
        ("assess", {"impact": Impact("none_at_all"), "urgency": Urgency.LOW}),
    ],
    ids=["impact", "urgency", "assess"],
)
def test_a_level_that_the_matrix_does_not_know_is_a_value_error(action, told):
    problem = logged(impact=Impact.LOW, urgency=Urgency.LOW)
    refused(problem, action, ValueError, **told)


def test_what_was_no_problem_duplicates_none():
    told = {"code": ProblemResolutionCode.NOT_A_PROBLEM, "duplicate_of": ProblemId("PRB-2")}
    refused(standing("new"), "cancel", ValueError, **told)


def test_a_hold_for_a_reason_of_the_callers_own_is_no_bad_input():
    parts = PendingReason("awaiting_parts")
    assert after(standing("assessed"), "hold", reason=parts).pending_reason == parts


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda: ProblemSeverity(cost=5), TypeError),
        (lambda: ProblemSeverity(cost=Decimal(-1)), ValueError),
        (lambda: ProblemSeverity(cost=Decimal("NaN")), ValueError),
        (lambda: ProblemSeverity(cost=Decimal("Infinity")), ValueError),
        (lambda: ProblemSeverity(people=-1), ValueError),
        (lambda: ProblemSeverity(people=True), ValueError),
        (lambda: ProblemSeverity(people="2"), TypeError),
        (lambda: ProblemSeverity(skills="network"), TypeError),
        (lambda: ProblemSeverity(skills=[" "]), ValueError),
        (lambda: ProblemSeverity(fix_duration=3), TypeError),
        (lambda: ProblemSeverity(fix_duration=dt.timedelta(-1)), ValueError),
        (lambda: ProblemSeverity(configuration_items=-5), ValueError),
        (lambda: ProblemSeverity(configuration_items=[ConfigurationItemId("mx1")]), TypeError),
        (lambda: ProblemSeverity(replace=1), TypeError),
        (lambda: SeverityScale(1, 2, weight=None), TypeError),
        (lambda: SeverityScale(1, 2, weight=-1), ValueError),
        (lambda: SeverityScale(2, 1), ValueError),
        (lambda: SeverityScale(1, dt.timedelta(2)), TypeError),
        (lambda: WeightedSeverity(cost=3), TypeError),
        (lambda: WeightedSeverity(cost=SeverityScale(dt.timedelta(1), dt.timedelta(2))), TypeError),
        (lambda: WeightedSeverity(fix_duration=SeverityScale(1, 2)), TypeError),
        (lambda: WeightedSeverity(name=" "), ValueError),
        (lambda: ReviewAnswers(done_well=""), ValueError),
        (lambda: ReviewAnswers(follow_up=3), TypeError),
        (lambda: FollowUpAction(text=""), ValueError),
        (lambda: FollowUpAction(text="Look", owner=LI), TypeError),
        (lambda: FollowUpAction(text="Look", due_at=dt.datetime(2026, 3, 2)), ValueError),
        (lambda: FollowUpAction(text="Look", done_at="today"), TypeError),
        (lambda: ReviewId(""), ValueError),
        (lambda: Pain(affected=-1, downtime=dt.timedelta(1)), ValueError),
        (lambda: Pain(affected=None, downtime=dt.timedelta(1)), TypeError),
        (lambda: Pain(affected=1, downtime=dt.timedelta(-1)), ValueError),
        (lambda: Pain(affected=1, downtime=60), TypeError),
        (lambda: Pain(affected=1, downtime=dt.timedelta(1), weight=2), TypeError),
        (lambda: Pain(affected=1, downtime=dt.timedelta(1), weight=Decimal(-2)), ValueError),
        (lambda: pain_value([1]), TypeError),
        (lambda: pain_value(3), TypeError),
        (lambda: Observation("a month"), TypeError),
        (lambda: Observation(dt.timedelta(1), calendar="always"), TypeError),
        (lambda: Observation(name=""), ValueError),
        (lambda: ProblemPolicies(observation=dt.timedelta(30)), TypeError),
        (lambda: ProblemPolicies(known_error=None), TypeError),
        (lambda: ProblemPolicies(severity="weighted"), TypeError),
        (lambda: ProblemPolicies(family_levels="one"), TypeError),
    ],
)
def test_values_that_make_no_sense_are_refused_where_they_are_made(make, error):
    with pytest.raises(error):
        make()
