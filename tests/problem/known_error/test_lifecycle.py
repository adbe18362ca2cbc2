"""
Every state times every action, against a table written down from the domain text.
"""

from __future__ import annotations

import pytest

from itil_ops.errors import IllegalTransitionError, UnknownActionError
from itil_ops.kernel.table import Phase
from itil_ops.problem.known_error.lifecycle import KNOWN_ERROR_LIFECYCLE
from known_error_doubles import (
    GOOD,
    LI,
    STATES,
    WAYS,
    after,
    drafted,
    minute,
    ready,
    standing,
    verbs,
)
from record_doubles import nothing_changes


pytestmark = pytest.mark.usefixtures("every_step_is_true")

KEPT = ("draft", "published", "resolved")

#: Where each action may be done, and where it leads.
TABLE = {
    "draft": {},
    "publish": {"draft": "published"},
    "revise": {state: state for state in KEPT},
    "revise_workaround": {state: state for state in KEPT},
    "rule_out_workaround": {state: state for state in KEPT},
    "record_use": {state: state for state in ("published", "resolved")},
    "validate": {state: state for state in KEPT},
    "audit": {state: state for state in ("published", "resolved")},
    "resolve": {"published": "resolved"},
    "retire": dict.fromkeys(KEPT, "retired"),
    "republish": dict.fromkeys(("resolved", "retired"), "published"),
    "comment": {state: state for state in STATES},
    "link": {state: state for state in STATES},
    "unlink": {state: state for state in STATES},
}

PHASES = {
    "draft": Phase.ACTIVE,
    "published": Phase.ACTIVE,
    "resolved": Phase.ENDED,
    "retired": Phase.ENDED,
}

INTERNAL = {
    "audit",
    "comment",
    "link",
    "record_use",
    "revise",
    "revise_workaround",
    "rule_out_workaround",
    "unlink",
    "validate",
}


def state_of(place):
    return place.partition(" ")[0]


def expected(place, action):
    return TABLE[action].get(state_of(place))


def allowed_in(place):
    return {action for action, rows in TABLE.items() if state_of(place) in rows}


PAIRS = [(place, action) for place in WAYS for action in TABLE]
LEGAL = [pair for pair in PAIRS if expected(*pair)]
ILLEGAL = [pair for pair in PAIRS if not expected(*pair)]


def test_the_states_are_those_of_the_domain_in_its_order_and_phases():
    assert {state.name: state.phase for state in KNOWN_ERROR_LIFECYCLE.states} == PHASES
    assert tuple(state.name for state in KNOWN_ERROR_LIFECYCLE.states) == STATES


def test_a_life_ends_resolved_or_retired():
    finals = {state.name for state in KNOWN_ERROR_LIFECYCLE.states if state.final}
    assert finals == {"resolved", "retired"}


def test_every_state_says_what_is_true_of_the_world():
    assert all(state.meaning.endswith(".") for state in KNOWN_ERROR_LIFECYCLE.states)


def test_the_verbs_of_the_class_are_the_actions_of_the_lifecycle():
    assert verbs() == set(KNOWN_ERROR_LIFECYCLE.actions) == set(TABLE) == set(GOOD)


def test_the_steps_that_leave_the_state_alone_are_known():
    assert KNOWN_ERROR_LIFECYCLE.internal_actions == INTERNAL


def test_nothing_begins_with_another_verb_than_draft():
    begins = [a for a in KNOWN_ERROR_LIFECYCLE.actions if KNOWN_ERROR_LIFECYCLE.rows(None, a)]
    assert begins == ["draft"]


@pytest.mark.parametrize("place", WAYS)
def test_what_is_allowed_from_a_state_is_what_the_domain_allows(place):
    assert set(standing(place).allowed) == allowed_in(place)


@pytest.mark.parametrize(("place", "action"), LEGAL)
def test_a_step_of_the_table_leads_where_the_table_says(place, action):
    before = ready(place, action)
    next_one = after(before, action)

    assert next_one.state.name == expected(place, action)
    assert next_one.journal[:-1] == before.journal
    assert next_one.journal[-1].from_state == state_of(place)
    assert next_one.journal[-1].action == action
    assert next_one.journal[-1].by == LI


@pytest.mark.parametrize(("place", "action"), ILLEGAL)
def test_any_other_step_is_refused_and_names_what_is_allowed(place, action):
    known_error = ready(place, action)

    with nothing_changes(known_error), pytest.raises(IllegalTransitionError) as refusal:
        after(known_error, action) if action != "draft" else known_error._step(
            "draft", by=LI, at=known_error.journal[-1].at
        )

    assert refusal.value.action == action
    assert refusal.value.state == state_of(place)
    assert refusal.value.lifecycle == "known error"
    assert set(refusal.value.allowed) == allowed_in(place)
    assert [reason.rule for reason in refusal.value.reasons] == ["transition"]


@pytest.mark.parametrize(("place", "action"), PAIRS)
def test_why_not_says_beforehand_what_the_verb_will_do(place, action):
    known_error = ready(place, action)
    at = known_error.journal[-1].at
    reasons = known_error.why_not(action, **{"by": LI, "at": at, **GOOD[action]})

    rules = [reason.rule for reason in reasons]
    assert rules == ([] if expected(place, action) else ["transition"])


def test_an_unknown_action_is_refused_and_the_nearest_one_named():
    known_error = drafted()
    with nothing_changes(known_error), pytest.raises(UnknownActionError) as refusal:
        known_error.why_not("publsh", by=LI, at=minute(9))
    assert refusal.value.nearest == "publish"
