"""
Bad arguments are refused before anything changes, whatever they are and wherever they stand.
"""

from __future__ import annotations

import datetime as dt
import functools

from zoneinfo import ZoneInfo

import pendulum
import pytest

from incident_doubles import (
    GOOD,
    LI,
    MAIL,
    MONITORING,
    OTHER,
    after,
    logged,
    minute,
    ready,
    standing,
)
from itil_ops import (
    Actor,
    CancellationReason,
    CategoryPath,
    EscalationKind,
    GuardRefusedError,
    Impact,
    IncidentId,
    PendingReason,
    Policies,
    ProblemId,
    ReopenWindow,
    ResolutionCode,
    ServiceRequestId,
    SupportLine,
    TwoStepClosure,
    Urgency,
)
from record_doubles import nothing_changes, rules_of
from room_tables import EveryArgument
from room_tables import refused as is_refused
from rooms import INCIDENTS


VERBS = [action for action in GOOD if action != "log"]

#: Where each verb is tried; a closure both in one step and after the resolution.
PLACES = dict.fromkeys(VERBS, ("in_progress",)) | {
    "start": ("assigned",),
    "resume": ("pending",),
    "reopen": ("resolved", "closed"),
    "close": ("in_progress", "resolved"),
}

TEXTS = {
    "title",
    "symptom",
    "number",
    "description",
    "service",
    "customer",
    "caller",
    "affected_user",
    "environment",
    "owner",
    "note",
    "group",
    "assignee",
    "reason of reopen",
    "reason of prioritize",
    "reason of escalate",
    "reason of declare_major",
    "reason of demote_major",
    "manager",
    "finding",
    "name",
    "workaround",
    "evidence",
    "message",
    "text",
    "no_problem_reason",
    "awaited",
}
INSTANTS = {
    "at",
    "effective_at",
    "until",
    "restored_at",
    "repaired_at",
    "recovered_at",
    "review_at",
    "occurred_at",
    "detected_at",
    "reported_at",
}
NUMBERS = {"generations_below", "level", "workaround_version"}
SEVERAL = {"ancestors", "informed", "links", "team"}

#: What looks like an argument, and is none.
ALIKE = (
    ("in_progress", "assign", {"group": Actor.group("messaging")}),
    ("in_progress", "assign", {"assignee": LI}),
    ("in_progress", "hold", {"reason": "awaiting_caller"}),
    ("in_progress", "hold", {"awaited": 7}),
    ("in_progress", "hold", {"until": dt.date(2026, 3, 9)}),
    ("in_progress", "resolve", {"code": "fixed"}),
    ("in_progress", "resolve", {"kind": "permanent"}),
    ("in_progress", "cancel", {"reason": "duplicate"}),
    ("in_progress", "cancel", {"duplicate_of": ProblemId("INC-2")}),
    ("in_progress", "categorize", {"category": "software/mail"}),
    ("in_progress", "prioritize", {"impact": Urgency.HIGH}),
    ("in_progress", "prioritize", {"urgency": Impact.HIGH}),
    ("in_progress", "prioritize", {"override": 1}),
    ("in_progress", "prioritize", {"release_override": "no"}),
    ("in_progress", "escalate", {"kind": "functional"}),
    ("in_progress", "escalate", {"line": 2}),
    ("in_progress", "escalate", {"level": "2"}),
    ("in_progress", "escalate", {"informed": "cio"}),
    ("in_progress", "declare_major", {"team": "li"}),
    ("in_progress", "link", {"kind": "related"}),
    ("in_progress", "link", {"target": "INC-2"}),
    ("in_progress", "communicate", {"direction": "inbound"}),
    ("in_progress", "communicate", {"channel": "phone"}),
    ("in_progress", "comment", {"by": "li"}),
    ("in_progress", "comment", {"by": None}),
    ("in_progress", "comment", {"at": "2026-03-02T10:00Z"}),
    ("in_progress", "comment", {"at": 1_772_442_000}),
    ("in_progress", "comment", {"at": None}),
    ("in_progress", "comment", {"policies": Policies()}),
)

#: What a verb does without, though these tests tell it.
SPARED = {verb: {"awaited", "note"} for verb in VERBS} | {
    "assign": {"group", "assignee"},
    "close": {"resolution"},
    "match_known_error": {"workaround"},
    "prioritize": {"impact", "urgency"},
}

#: What some verbs take, and others do not.
FOREIGN = {
    "effective_at": minute(2),
    "decided": {"priority": "whim"},
    "part": None,
    "note": "Aside.",
    "cause": OTHER,
}

#: What no incident begins with.
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
    "resolution_code": ResolutionCode.FIXED,
    "steps_done": ("look",),
    "responded_at": minute(0),
}

refused = functools.partial(is_refused, INCIDENTS)


class TestArguments(EveryArgument):
    room = INCIDENTS
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


@pytest.mark.parametrize("level", [0, -1, True], ids=repr)
def test_an_escalation_goes_up_by_one_level_or_more(level):
    with pytest.raises((TypeError, ValueError)):
        after(standing("new"), "escalate", **{**GOOD["escalate"], "level": level})


def test_an_id_of_another_kind_is_no_incidents():
    with pytest.raises(TypeError):
        logged(id=ProblemId("PRB-1"))


# ---- Instants -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "told",
    [
        dt.datetime(2026, 3, 2, 10, tzinfo=ZoneInfo("Europe/Paris")),
        dt.datetime(2026, 3, 2, 10, tzinfo=dt.timezone(dt.timedelta(hours=1))),
        pendulum.datetime(2026, 3, 2, 10, tz="Europe/Paris"),
        pendulum.datetime(2026, 3, 2, 9),
    ],
    ids=repr,
)
def test_instants_of_any_zone_are_kept_in_utc(told):
    incident = after(logged(at=told, occurred_at=told), "hold", until=told.replace(hour=20))
    assert type(incident.logged_at) is type(incident.occurred_at) is pendulum.DateTime
    assert incident.logged_at.isoformat() == "2026-03-02T09:00:00+00:00"
    assert incident.occurred_at.timezone_name == incident.pending_until.timezone_name == "UTC"


# ---- What is missing ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "place", "told", "rule"),
    [
        ("resolve", "in_progress", {"code": None}, "a_resolution_is_given"),
        ("close", "in_progress", {"resolution": None}, "a_resolution_is_given"),
        ("auto_resolve", "new", {"code": None}, "a_resolution_is_given"),
        ("auto_resolve", "new", {"cause": None}, "the_cause_is_named"),
        ("hold", "in_progress", {"reason": None}, "a_pending_reason_is_given"),
        ("reopen", "resolved", {"reason": None}, "a_reason_is_given"),
        ("cancel", "new", {"reason": None}, "a_cancellation_reason_is_given"),
        ("escalate", "new", {"reason": None}, "a_reason_is_given"),
        ("escalate", "new", {"kind": None}, "the_escalation_leads_somewhere"),
        ("declare_major", "new", {"reason": None}, "a_reason_is_given"),
        ("demote_major", "new", {"reason": None}, "a_reason_is_given"),
        ("assign", "new", {"group": None, "assignee": None}, "somebody_is_named"),
        ("start", "new", {"by": MONITORING}, "an_assignee_is_known"),
        ("categorize", "new", {"category": None}, "a_category_is_given"),
        ("diagnose", "new", {"finding": None}, "something_is_said"),
        ("comment", "new", {"text": None}, "something_is_said"),
        ("communicate", "new", {"message": None}, "something_is_said"),
        ("apply_workaround", "in_progress", {"workaround": None}, "a_workaround_is_given"),
        ("complete_step", "new", {"name": None}, "the_step_is_due"),
        ("link", "new", {"kind": None}, "the_link_is_new"),
        ("link", "new", {"target": None}, "the_link_is_new"),
    ],
)
def test_what_is_missing_is_refused_by_the_rule_that_asks_for_it(action, place, told, rule):
    incident = ready(place, action)
    with nothing_changes(incident), pytest.raises(GuardRefusedError) as refusal:
        after(incident, action, **told)
    assert rules_of(refusal) == [rule]


# ---- What makes no sense ------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["", "a//b", "/", "a/b/c/d/e", " /a"])
def test_a_category_has_one_to_four_levels(path):
    with pytest.raises(ValueError):
        CategoryPath(path)
    assert MAIL.levels == ("software", "mail")


@pytest.mark.parametrize(
    ("action", "told"),
    [
        ("prioritize", {"impact": Impact.VERY_HIGH}),
        ("prioritize", {"urgency": Urgency("whenever")}),
        ("apply_workaround", {"impact": Impact("none_at_all")}),
    ],
    ids=str,
)
def test_a_level_that_the_matrix_does_not_know_is_a_value_error(action, told):
    incident = standing("in_progress", impact=Impact.LOW, urgency=Urgency.LOW)
    refused(incident, action, ValueError, **told)


@pytest.mark.parametrize(
    ("reason", "name", "named"),
    [
        (CancellationReason.NOT_AN_INCIDENT, "duplicate_of", IncidentId("INC-2")),
        (CancellationReason.CONVERTED, "duplicate_of", IncidentId("INC-2")),
        (CancellationReason.DUPLICATE, "converted_to", ServiceRequestId("REQ-1")),
    ],
)
def test_what_takes_its_place_goes_with_the_reason(reason, name, named):
    incident = standing("new")
    with nothing_changes(incident), pytest.raises(ValueError, match="goes with") as refusal:
        after(incident, "cancel", reason=reason, **{name: named})
    assert name in str(refusal.value)


def test_a_hold_for_a_reason_of_the_callers_own_is_no_bad_input():
    parts = PendingReason("awaiting_parts")
    assert after(standing("new"), "hold", reason=parts).pending_reason == parts


@pytest.mark.parametrize("wrong", ["two days", 2, None], ids=repr)
def test_a_time_to_object_and_a_window_are_amounts_of_time(wrong):
    with pytest.raises(TypeError):
        TwoStepClosure(after=wrong)
    with pytest.raises(TypeError):
        ReopenWindow(window=wrong)


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (EscalationKind.HIERARCHIC, {"group": "network"}),
        (EscalationKind.HIERARCHIC, {"line": SupportLine.THIRD}),
        (EscalationKind.FUNCTIONAL, {"level": 1}),
        (EscalationKind.FUNCTIONAL, {"informed": ["the board"]}),
    ],
    ids=str,
)
def test_what_belongs_to_one_escalation_is_no_part_of_the_other(kind, told):
    refused(standing("in_progress"), "escalate", ValueError, kind=kind, reason="late", **told)
