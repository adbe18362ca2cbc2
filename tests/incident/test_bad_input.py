"""
Bad arguments are refused before anything changes, whatever they are and wherever they stand.
"""

from __future__ import annotations

import contextlib
import datetime as dt

from zoneinfo import ZoneInfo

import pendulum
import pytest

from incident_doubles import (
    DESK,
    GOOD,
    LI,
    MAIL,
    MONITORING,
    OTHER,
    after,
    logged,
    minute,
    parameters,
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
    Incident,
    IncidentId,
    OutOfOrderError,
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
}
NUMBERS = {"generations_below", "level", "workaround_version"}
SEVERAL = {"ancestors", "informed", "links", "team"}

SOMETHING = object()


def asked(action, name):
    return name in TEXTS or f"{name} of {action}" in TEXTS


def arguments_of(action):
    return [(action, name) for name in parameters(action) if name not in {"cls", "self"}]


ALL_ARGUMENTS = [
    (action, place, name)
    for action in VERBS
    for place in PLACES[action]
    for _, name in arguments_of(action)
]


def refused(incident, action, errors, **told):
    """
    Assert that a verb is refused for a bad argument, and `why_not` says the same.
    """
    with nothing_changes(incident), pytest.raises(errors):
        after(incident, action, **told)
    asking = {**GOOD[action], "by": LI, "at": incident.journal[-1].at, **told}
    with nothing_changes(incident), pytest.raises(errors):
        incident.why_not(action, **asking)


def passes(incident, action, **told):
    """
    Whether a verb lets pass what it should not take, or speaks of it as of something else.
    """
    try:
        after(incident, action, **told)
    except TypeError:
        return False
    except Exception:
        return True
    return True


# ---- The wrong type -----------------------------------------------------------------------------


@pytest.mark.parametrize(("action", "place", "name"), ALL_ARGUMENTS)
def test_an_argument_of_the_wrong_type_is_a_type_error(action, place, name):
    for wrong in (SOMETHING, [SOMETHING], 5.5):
        refused(ready(place, action), action, TypeError, **{name: wrong})


@pytest.mark.parametrize(("action", "place"), [(a, place) for a in VERBS for place in PLACES[a]])
def test_nor_is_a_wrong_type_taken_for_nothing_at_all(action, place):
    incident = ready(place, action)
    passed = [
        (name, wrong)
        for _, name in arguments_of(action)
        for wrong in (0.0, b"", {}, 0)
        if not (name in NUMBERS and type(wrong) is int)
        if not (name in SEVERAL and wrong in (b"", {}))
        if passes(incident, action, **{name: wrong})
    ]
    assert passed == []


@pytest.mark.parametrize(
    ("action", "place", "name"), [each for each in ALL_ARGUMENTS if asked(each[0], each[2])]
)
def test_a_blank_text_is_a_value_error(action, place, name):
    for blank in ("", " ", "\n", "a\0b", "\ud800"):
        refused(ready(place, action), action, ValueError, **{name: blank})


@pytest.mark.parametrize("name", [name for _, name in arguments_of("log")])
def test_log_takes_nothing_of_the_wrong_type(name):
    for wrong in (SOMETHING, [SOMETHING], 5.5, 0.0, b"x"):
        with pytest.raises(TypeError):
            logged(**{name: wrong})


@pytest.mark.parametrize("name", [name for _, name in arguments_of("log") if name in TEXTS])
def test_log_takes_no_blank_text(name):
    for blank in ("", " ", "\t", "a\0b", "\ud800"):
        with pytest.raises(ValueError):
            logged(**{name: blank})


def test_every_argument_of_every_verb_is_a_text_an_instant_or_a_value_of_a_type():
    known = {name for action in GOOD for _, name in arguments_of(action)}
    assert {name for name in known if name.endswith("_at")} | {"at", "until"} == INSTANTS
    assert {each.partition(" ")[0] for each in TEXTS} < known


@pytest.mark.parametrize(
    ("action", "told"),
    [
        ("assign", {"group": Actor.group("messaging")}),
        ("assign", {"assignee": LI}),
        ("hold", {"reason": "awaiting_caller"}),
        ("hold", {"awaited": 7}),
        ("hold", {"until": dt.date(2026, 3, 9)}),
        ("resolve", {"code": "fixed"}),
        ("resolve", {"kind": "permanent"}),
        ("cancel", {"reason": "duplicate"}),
        ("cancel", {"duplicate_of": ProblemId("INC-2")}),
        ("categorize", {"category": "software/mail"}),
        ("prioritize", {"impact": Urgency.HIGH}),
        ("prioritize", {"urgency": Impact.HIGH}),
        ("prioritize", {"override": 1}),
        ("prioritize", {"release_override": "no"}),
        ("escalate", {"kind": "functional"}),
        ("escalate", {"line": 2}),
        ("escalate", {"level": "2"}),
        ("escalate", {"informed": "cio"}),
        ("declare_major", {"team": "li"}),
        ("link", {"kind": "related"}),
        ("link", {"target": "INC-2"}),
        ("communicate", {"direction": "inbound"}),
        ("communicate", {"channel": "phone"}),
        ("comment", {"by": "li"}),
        ("comment", {"by": None}),
        ("comment", {"at": "2026-03-02T10:00Z"}),
        ("comment", {"at": 1_772_442_000}),
        ("comment", {"at": None}),
        ("comment", {"policies": Policies()}),
    ],
    ids=str,
)
def test_what_looks_alike_is_not_the_same(action, told):
    refused(standing("in_progress"), action, TypeError, **told)


@pytest.mark.parametrize("level", [0, -1, True], ids=repr)
def test_an_escalation_goes_up_by_one_level_or_more(level):
    with pytest.raises((TypeError, ValueError)):
        after(standing("new"), "escalate", **{**GOOD["escalate"], "level": level})


def test_an_id_of_another_kind_is_no_incidents():
    with pytest.raises(TypeError):
        logged(id=ProblemId("PRB-1"))


# ---- Unknown arguments --------------------------------------------------------------------------


@pytest.mark.parametrize(("action", "place"), [(a, place) for a in VERBS for place in PLACES[a]])
def test_an_argument_that_no_verb_has_is_a_type_error(action, place):
    refused(ready(place, action), action, TypeError, colour="red")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("effective_at", minute(2)),
        ("decided", {"priority": "whim"}),
        ("part", None),
        ("note", "Aside."),
        ("cause", OTHER),
    ],
)
def test_an_argument_that_only_others_have_is_a_type_error(name, value):
    passed = [
        action
        for action in VERBS
        if name not in parameters(action)
        if passes(ready(PLACES[action][0], action), action, **{name: value})
    ]
    assert passed == []


def test_log_takes_no_field_that_a_person_does_not_state():
    fields = {
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
    taken = []
    for name, value in fields.items():
        with contextlib.suppress(TypeError):
            taken.append((name, logged(**{name: value}).version))
    assert taken == []


@pytest.mark.parametrize(
    ("action", "name"),
    [
        (action, name)
        for action in VERBS
        for name in ("by", "at", *GOOD[action])
        if name not in {"awaited", "note"}
        and (action, name)
        not in {
            ("assign", "group"),
            ("assign", "assignee"),
            ("close", "resolution"),
            ("match_known_error", "workaround"),
            ("prioritize", "impact"),
            ("prioritize", "urgency"),
        }
    ],
)
def test_a_verb_without_what_it_needs_is_a_type_error_and_why_not_speaks(action, name):
    incident = ready(PLACES[action][0], action)
    told = {**GOOD[action], "by": LI, "at": incident.journal[-1].at}
    del told[name]

    with nothing_changes(incident), pytest.raises(TypeError):
        getattr(incident, action)(**told)
    if name not in {"by", "at"}:
        assert incident.why_not(action, **told)


# ---- Instants -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "place", "name"), [each for each in ALL_ARGUMENTS if each[2] in INSTANTS]
)
def test_a_naive_instant_is_a_value_error(action, place, name):
    refused(ready(place, action), action, ValueError, **{name: dt.datetime(2026, 3, 2, 10)})


@pytest.mark.parametrize("name", ["at", "occurred_at", "detected_at"])
def test_log_takes_no_naive_instant(name):
    with pytest.raises(ValueError, match=f"{name} must be an aware datetime"):
        logged(**{name: dt.datetime(2026, 3, 2, 9)})


@pytest.mark.parametrize("action", VERBS)
def test_an_instant_before_the_last_entry_is_out_of_order(action):
    incident = ready(PLACES[action][0], action)
    last = incident.journal[-1].at
    early = last - dt.timedelta(microseconds=1)

    with nothing_changes(incident), pytest.raises(OutOfOrderError) as refusal:
        after(incident, action, at=early)
    assert (refusal.value.name, refusal.value.given, refusal.value.last) == ("at", early, last)
    assert isinstance(refusal.value, ValueError)

    reasons = incident.why_not(action, **GOOD[action], by=LI, at=early)
    assert [reason.rule for reason in reasons] == ["order"]


@pytest.mark.parametrize("action", VERBS)
def test_the_instant_of_the_last_entry_is_in_order(action):
    incident = ready(PLACES[action][0], action)
    assert after(incident, action, at=incident.journal[-1].at).version > incident.version


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


def test_log_does_not_do_without_an_id_a_title_an_actor_and_an_instant():
    told = {"title": "Mail is down", "service": "email", "by": DESK, "at": minute(0)}
    for name in ("title", "by", "at"):
        with pytest.raises(TypeError):
            Incident.log(IncidentId("INC-1"), **{n: v for n, v in told.items() if n != name})
    with pytest.raises(TypeError):
        Incident.log(**told)
    for name in ("id", "title", "by", "at"):
        with pytest.raises(TypeError):
            logged(**{name: None})


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
