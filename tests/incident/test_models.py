"""
Incident models: steps due, mandatory steps, presets.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from incident_doubles import MAIL, after, logged, standing
from itil_ops import (
    CategoryPath,
    GuardRefusedError,
    Impact,
    IncidentModel,
    ModelStep,
    Priority,
    Urgency,
)
from record_doubles import rules_of


BREACH = IncidentModel(
    name="data breach",
    version=3,
    steps=[
        ModelStep("preserve the evidence", group="forensics", within=timedelta(hours=1)),
        ModelStep("tell the officer", after=["preserve the evidence"], mandatory=True),
        ModelStep("tell the users", after=["preserve the evidence", "tell the officer"]),
        ModelStep("change the passwords", mandatory=True),
    ],
    category=CategoryPath("security/breach"),
    impact=Impact.HIGH,
    urgency=Urgency.HIGH,
    group="forensics",
    security=True,
)


def due(incident):
    return [step.name for step in incident.steps_due]


def test_without_a_model_no_step_is_due():
    assert logged().steps_due == ()


def test_a_step_is_due_once_those_it_comes_after_are_complete():
    incident = logged(model=BREACH)
    assert due(incident) == ["preserve the evidence", "change the passwords"]
    incident = after(incident, "complete_step", name="preserve the evidence")
    assert due(incident) == ["tell the officer", "change the passwords"]
    incident = after(incident, "complete_step", name="tell the officer", note="By phone.")
    assert due(incident) == ["tell the users", "change the passwords"]
    assert incident.journal[-1].note == "By phone."
    assert incident.steps_done == ("preserve the evidence", "tell the officer")


def test_a_step_before_its_turn_is_refused():
    with pytest.raises(GuardRefusedError) as refusal:
        after(logged(model=BREACH), "complete_step", name="tell the users")
    assert rules_of(refusal) == ["the_step_is_due"]


def test_a_step_that_is_complete_is_not_completed_again():
    incident = after(logged(model=BREACH), "complete_step", name="change the passwords")
    with pytest.raises(GuardRefusedError) as refusal:
        after(incident, "complete_step", name="change the passwords")
    assert rules_of(refusal) == ["the_step_is_due"]


@pytest.mark.parametrize("action", ["resolve", "close"])
def test_mandatory_steps_come_before_the_resolution(action):
    incident = logged(model=BREACH)
    with pytest.raises(GuardRefusedError) as refusal:
        after(incident, action)
    assert rules_of(refusal) == ["mandatory_steps_are_done"]
    assert "tell the officer, change the passwords" in str(refusal.value)

    for name in ("preserve the evidence", "tell the officer", "change the passwords"):
        incident = after(incident, "complete_step", name=name)
    assert after(incident, action).resolution


def test_the_model_presets_what_is_not_stated():
    incident = logged(model=BREACH)
    assert (incident.category, incident.impact, incident.urgency, incident.security) == (
        CategoryPath("security/breach"),
        Impact.HIGH,
        Urgency.HIGH,
        True,
    )
    assert incident.priority == Priority.CRITICAL
    assert incident.group is None


def test_what_is_stated_goes_before_the_preset():
    incident = logged(model=BREACH, category=MAIL, impact=Impact.LOW, urgency=Urgency.LOW)
    assert (incident.category, incident.impact, incident.urgency) == (
        MAIL,
        Impact.LOW,
        Urgency.LOW,
    )
    assert incident.priority == Priority.PLANNING


def test_a_model_makes_no_security_incident_an_ordinary_one():
    plain = IncidentModel(name="plain", steps=[ModelStep("look")])
    assert logged(model=plain, security=True).security
    assert not logged(model=plain).security


def test_a_record_keeps_the_version_it_began_with():
    assert logged(model=BREACH).journal[0].changes["model"].version == 3


def test_steps_are_completed_in_any_state_in_which_there_is_work():
    for place in ("new", "assigned", "in_progress", "pending"):
        incident = after(
            standing(place, model=BREACH), "complete_step", name="change the passwords"
        )
        assert incident.state.name == place


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ([], "has no steps"),
        ([ModelStep("look"), ModelStep("look")], "'look' is named twice"),
        ([ModelStep("ask", after=["look"]), ModelStep("look")], "no step .'look'. before 'ask'"),
        ([ModelStep("ask", after=["ask"])], "no step .'ask'. before 'ask'"),
    ],
)
def test_a_model_that_cannot_be_followed_is_refused(steps, words):
    with pytest.raises(ValueError, match=words):
        IncidentModel(name="odd", steps=steps)


@pytest.mark.parametrize("name", ["", " ", 5, None])
def test_a_model_has_a_name(name):
    with pytest.raises((TypeError, ValueError)):
        IncidentModel(name=name, steps=[ModelStep("look")])


@pytest.mark.parametrize("name", ["", " ", 5, None])
def test_a_step_has_a_name(name):
    with pytest.raises((TypeError, ValueError)):
        ModelStep(name)


@pytest.mark.parametrize("wrong", ["look", 5, [5], [""]], ids=repr)
def test_what_a_step_comes_after_is_several_names(wrong):
    with pytest.raises((TypeError, ValueError)):
        ModelStep("ask", after=wrong)


@pytest.mark.parametrize("wrong", ["look", 5, ["look"], None], ids=repr)
def test_steps_are_steps(wrong):
    with pytest.raises(TypeError):
        IncidentModel(name="odd", steps=wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        {"category": "security"},
        {"impact": 1},
        {"urgency": Impact.HIGH},
        {"security": "yes"},
        {"group": 5},
        {"version": "1"},
    ],
    ids=str,
)
def test_a_model_presets_nothing_that_an_incident_does_not_take(wrong):
    with pytest.raises(TypeError):
        IncidentModel(name="odd", steps=[ModelStep("look")], **wrong)
