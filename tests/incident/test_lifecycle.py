"""
Every state times every action, against a table written down from the domain text.
"""

from __future__ import annotations

import pytest

from incident_doubles import (
    GOOD,
    LI,
    STATES,
    WAYS,
    after,
    minute,
    parameters,
    ready,
    standing,
    verbs,
)
from itil_ops import (
    INCIDENT_LIFECYCLE,
    IllegalTransitionError,
    Incident,
    Phase,
    ResolutionCode,
    UnknownActionError,
)
from record_doubles import nothing_changes


OPEN = ("new", "assigned", "in_progress", "pending")

#: Where each action may be done, and where it leads: a state, the state itself, or the one left.
TABLE = {
    "log": {},
    "assign": dict.fromkeys(OPEN, "assigned"),
    "start": dict.fromkeys(("new", "assigned"), "in_progress"),
    "hold": dict.fromkeys(OPEN, "pending"),
    "resume": {"pending": "the one left"},
    "resolve": dict.fromkeys(OPEN, "resolved"),
    "auto_resolve": dict.fromkeys(OPEN, "resolved"),
    "reopen": dict.fromkeys(("resolved", "closed"), "in_progress"),
    "close": dict.fromkeys((*OPEN, "resolved"), "closed"),
    "cancel": dict.fromkeys(OPEN, "cancelled"),
    "categorize": {state: state for state in (*OPEN, "resolved")},
    "prioritize": {state: state for state in OPEN},
    "escalate": {state: state for state in OPEN},
    "diagnose": {state: state for state in OPEN},
    "complete_step": {state: state for state in OPEN},
    "apply_workaround": {state: state for state in ("in_progress", "pending")},
    "mark_restored": {state: state for state in (*OPEN, "resolved")},
    "declare_major": {state: state for state in OPEN},
    "demote_major": {state: state for state in OPEN},
    "communicate": {state: state for state in STATES},
    "comment": {state: state for state in STATES},
    "link": {state: state for state in STATES},
    "unlink": {state: state for state in (*OPEN, "resolved")},
    "join": {state: state for state in OPEN},
    "take_over": {state: state for state in OPEN},
    "match_known_error": {state: state for state in OPEN},
}

PHASES = {
    "new": Phase.ACTIVE,
    "assigned": Phase.ACTIVE,
    "in_progress": Phase.ACTIVE,
    "pending": Phase.WAITING,
    "resolved": Phase.DONE,
    "closed": Phase.ENDED,
    "cancelled": Phase.DROPPED,
}

LEFT = {"pending": "in_progress", "pending from new": "new", "pending from assigned": "assigned"}

INTERNAL = {
    "apply_workaround",
    "categorize",
    "comment",
    "communicate",
    "complete_step",
    "declare_major",
    "demote_major",
    "diagnose",
    "escalate",
    "join",
    "link",
    "mark_restored",
    "match_known_error",
    "prioritize",
    "take_over",
    "unlink",
}


def state_of(place):
    return place.partition(" ")[0]


def expected(place, action):
    to = TABLE[action].get(state_of(place))
    return LEFT[place] if to == "the one left" else to


def allowed_in(place):
    return {action for action, rows in TABLE.items() if state_of(place) in rows}


PAIRS = [(place, action) for place in WAYS for action in TABLE]
LEGAL = [pair for pair in PAIRS if expected(*pair)]
ILLEGAL = [pair for pair in PAIRS if not expected(*pair)]


def test_the_states_are_those_of_the_domain_in_its_order_and_phases():
    assert {state.name: state.phase for state in INCIDENT_LIFECYCLE.states} == PHASES
    assert tuple(state.name for state in INCIDENT_LIFECYCLE.states) == STATES


def test_a_life_ends_closed_or_cancelled():
    assert {s.name for s in INCIDENT_LIFECYCLE.states if s.final} == {"closed", "cancelled"}


def test_every_state_says_what_is_true_of_the_world():
    assert all(state.meaning.endswith(".") for state in INCIDENT_LIFECYCLE.states)


def test_the_verbs_of_the_class_are_the_actions_of_the_lifecycle():
    assert verbs() == set(INCIDENT_LIFECYCLE.actions) == set(TABLE)


def test_the_steps_that_leave_the_state_alone_are_known():
    assert INCIDENT_LIFECYCLE.internal_actions == INTERNAL


@pytest.mark.parametrize("place", WAYS)
def test_what_is_allowed_from_a_state_is_what_the_domain_allows(place):
    assert set(standing(place).allowed) == allowed_in(place)


@pytest.mark.parametrize(("place", "action"), LEGAL)
def test_a_step_of_the_table_leads_where_the_table_says(place, action):
    before = ready(place, action)
    next_one = after(before, action)

    assert next_one.state.name == expected(place, action)
    assert next_one.journal[: before.version] == before.journal
    assert next_one.journal[before.version].from_state == state_of(place)
    assert next_one.journal[-1].action == action
    assert all(entry.by == LI for entry in next_one.journal[before.version :])


@pytest.mark.parametrize(("place", "action"), ILLEGAL)
def test_any_other_step_is_refused_and_names_what_is_allowed(place, action):
    incident = ready(place, action)

    with nothing_changes(incident), pytest.raises(IllegalTransitionError) as refusal:
        after(incident, action) if action != "log" else incident._step(
            "log", by=LI, at=incident.journal[-1].at
        )

    assert refusal.value.action == action
    assert refusal.value.state == state_of(place)
    assert refusal.value.lifecycle == "incident"
    assert set(refusal.value.allowed) == allowed_in(place)
    assert [reason.rule for reason in refusal.value.reasons] == ["transition"]
    assert all(name in str(refusal.value) for name in allowed_in(place))


@pytest.mark.parametrize(("place", "action"), PAIRS)
def test_why_not_says_beforehand_what_the_verb_will_do(place, action):
    incident = ready(place, action)
    reasons = incident.why_not(action, **{"by": LI, "at": incident.journal[-1].at, **GOOD[action]})

    assert [reason.rule for reason in reasons] == (
        [] if expected(place, action) else ["transition"]
    )


@pytest.mark.parametrize("place", LEFT)
def test_a_hold_returns_to_what_was_left_however_often_its_reason_changes(place):
    incident = ready(place, "hold")
    for _ in range(3):
        incident = after(incident, "hold", until=minute(5000 + incident.version))
    assert after(incident, "resume").state.name == LEFT[place]


@pytest.mark.parametrize("place", LEFT)
def test_a_second_hold_returns_to_what_was_left_for_it_not_for_the_first(place):
    incident = after(standing(place), "assign", assignee="ada")
    incident = after(after(incident, "start"), "hold")
    assert after(incident, "resume").state.name == "in_progress"


def test_nothing_begins_with_another_verb_than_log():
    begins = [a for a in INCIDENT_LIFECYCLE.actions if INCIDENT_LIFECYCLE.rows(None, a)]
    assert begins == ["log"]


def test_an_unknown_action_is_refused_and_the_nearest_one_named():
    incident = standing("in_progress")

    with nothing_changes(incident), pytest.raises(UnknownActionError) as refusal:
        incident.why_not("resolv", by=LI, at=minute(90))
    assert refusal.value.nearest == "resolve"
    assert "did you mean 'resolve'?" in str(refusal.value)

    with nothing_changes(incident), pytest.raises(UnknownActionError) as refusal:
        incident._step("re_open", by=LI, at=minute(90))
    assert refusal.value.nearest == "reopen"
    assert INCIDENT_LIFECYCLE.nearest("asign") == "assign"


def test_an_action_like_no_other_is_told_all_that_are_known():
    with pytest.raises(UnknownActionError) as refusal:
        standing("new").why_not("xyzzy", by=LI, at=minute(90))
    assert refusal.value.nearest is None
    assert all(action in str(refusal.value) for action in TABLE)


# ---- Forward skips, legal and visible -----------------------------------------------------------


@pytest.mark.parametrize("place", ["new", "assigned", "in_progress", *LEFT])
def test_closing_in_one_step_shows_as_two_at_one_instant(place):
    before = standing(place)
    closed = after(before, "close", resolution=ResolutionCode.USER_GUIDANCE, note="Told how.")
    resolving, closing = closed.journal[before.version :]

    assert (resolving.action, resolving.from_state, resolving.to_state) == (
        "resolve",
        state_of(place),
        "resolved",
    )
    assert (closing.action, closing.from_state, closing.to_state) == (
        "close",
        "resolved",
        "closed",
    )
    assert closing.cause == resolving.number
    assert resolving.cause is None
    assert closing.at == resolving.at == closing.effective_at == resolving.effective_at
    assert resolving.note == closing.note == "Told how."
    assert closed.resolution.code == ResolutionCode.USER_GUIDANCE


@pytest.mark.parametrize("place", ["new", "assigned", "in_progress", *LEFT])
def test_closing_in_one_step_takes_a_resolution(place):
    incident = standing(place)
    reasons = incident.why_not("close", by=LI, at=minute(90))
    assert [reason.rule for reason in reasons] == ["a_resolution_is_given"]


def test_parameters_of_every_verb_are_known_to_these_tests():
    assert all(set(GOOD[action]) <= set(parameters(action)) for action in TABLE)
    assert set(GOOD) == set(TABLE)
    assert Incident.lifecycle is INCIDENT_LIFECYCLE
