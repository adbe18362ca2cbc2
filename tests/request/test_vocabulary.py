"""
The words of the request room, as the domain lists them.
"""

from __future__ import annotations

import pickle

import pytest

from itil_ops import (
    APPROVAL_LIFECYCLE,
    REQUEST_COMPLETENESS,
    REQUEST_LIFECYCLE,
    TASK_LIFECYCLE,
    ActionType,
    Charge,
    GuardRefusedError,
    PendingReason,
    RequestCancellationReason,
    RequestOutcome,
    request_action_type,
)
from itil_ops.catalog import ApprovalKind, ApproverRole, RequestType
from itil_ops.request.vocabulary import REQUEST_ACTION_TYPES, RequestStage
from record_doubles import rules_of
from request_doubles import FOLLOWING, MORNING, after, eur, standing


CLOSED = {
    RequestType: "SERVICE_ACTION STANDARD_CHANGE INFORMATION ACCESS COMPLAINT COMMENT",
    ApprovalKind: "LINE_MANAGER FINANCIAL TECHNICAL COMPLIANCE SERVICE_OWNER",
    RequestCancellationReason: "DUPLICATE NOT_A_REQUEST RAISED_IN_ERROR CONVERTED WITHDRAWN",
    RequestOutcome: (
        "SUCCESSFUL PARTIAL WITH_ISSUES SKIPPED REJECTED CANCELLED DUPLICATE CONVERTED"
    ),
    RequestStage: "DRAFT REVIEW AUTHORIZATION FULFILLMENT CONFIRMATION OVER",
}

LIFECYCLES = (REQUEST_LIFECYCLE, APPROVAL_LIFECYCLE, TASK_LIFECYCLE)
ACTIONS = [action for lifecycle in LIFECYCLES for action in lifecycle.actions]

SORTS = {
    ActionType.APPROVAL: {
        "request_authorization",
        "return_to_review",
        "authorize",
        "reject",
        *APPROVAL_LIFECYCLE.actions,
    },
    ActionType.ROUTING: {"submit", "assign", "suspend", "resume", "reopen", "assign_task"},
    ActionType.RESOLUTION: {
        "start_fulfillment",
        "deliver",
        "withdraw_delivery",
        "complete",
        *TASK_LIFECYCLE.actions,
    }
    - {"assign_task"},
    ActionType.CLOSURE: {"close", "cancel"},
    ActionType.ESCALATION: {"escalate"},
    ActionType.COMMUNICATION: {"communicate", "comment"},
    ActionType.CHANGE_OF_DATA: {
        "draft",
        "revise",
        "categorize",
        "prioritize",
        "register_change",
        "record_change",
        "join",
        "take_over",
        "link",
        "unlink",
    },
}


@pytest.mark.parametrize("vocabulary", CLOSED, ids=lambda kind: kind.__name__)
def test_a_closed_vocabulary_has_the_words_of_the_domain_and_no_others(vocabulary):
    names = CLOSED[vocabulary].split()
    assert list(vocabulary.__members__) == names
    assert [word.value for word in vocabulary] == [name.lower() for name in names]
    with pytest.raises(ValueError):
        vocabulary("something_else")


def test_an_approver_has_a_role_of_these_or_of_the_callers_own():
    roles = ["line_manager", "budget_center", "service_owner"]
    assert [role.value for role in ApproverRole.constants()] == roles
    assert ApproverRole("security_officer") == ApproverRole("security_officer")
    assert pickle.loads(pickle.dumps(ApproverRole.LINE_MANAGER)) == ApproverRole.LINE_MANAGER


def test_what_waits_for_approval_says_so_with_a_word_of_all_rooms():
    waiting = standing("waiting_authorization")
    assert waiting.pending_reason is PendingReason.AWAITING_APPROVAL


@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_is_some_sort_of_activity(action):
    sorts = [sort for sort, actions in SORTS.items() if action in actions]
    assert sorts == [request_action_type(action)]


def test_no_sort_is_said_of_what_is_no_action():
    assert set(REQUEST_ACTION_TYPES) <= set(ACTIONS)
    assert set(ACTIONS) == set().union(*SORTS.values())
    assert request_action_type("a_callers_own") is ActionType.CHANGE_OF_DATA
    assert set(ACTIONS) > FOLLOWING


def test_every_completeness_rule_is_known_by_a_sentence():
    for guard in REQUEST_COMPLETENESS:
        assert guard.is_completeness
        assert guard.meaning.endswith(".")
        assert guard.name in repr(guard)
        assert pickle.loads(pickle.dumps(guard)) is guard


def test_a_charge_is_kept_through_a_pickle():
    charge = Charge(amount=eur(5), charged_at=MORNING)
    assert pickle.loads(pickle.dumps(charge)) == charge
    assert charge.budget_center is None


def test_an_error_about_a_part_keeps_its_facts_through_a_pickle():
    with pytest.raises(GuardRefusedError) as refusal:
        after(standing("waiting_authorization"), "expire_approval")
    copy = pickle.loads(pickle.dumps(refusal.value))
    assert (str(copy), copy.reasons) == (str(refusal.value), refusal.value.reasons)
    assert rules_of(refusal) == ["its_time_is_over"]
