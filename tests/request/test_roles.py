"""
Who may do what with service requests under strict policies, cell by cell of the domain's table.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from itil_ops import (
    STRICT_REQUEST_ROLES,
    Actor,
    ClosureReason,
    NotPermittedError,
    PendingReason,
    ProcessRole,
    RequestPolicies,
    ServiceRequest,
    TwoStepClosure,
)
from record_doubles import nothing_changes, rules_of
from request_doubles import (
    FIRST,
    GOOD,
    GOOD_OF_APPROVALS,
    GOOD_OF_PARTS,
    GOOD_OF_TASKS,
    SECOND,
    after,
    drafted,
    minute,
    ready,
    standing,
    through,
    told_to,
)


#: Roles alone: what records must say is another matter.
ROLES = RequestPolicies.strict(completeness=(), closure=TwoStepClosure())

ACTIONS = (*GOOD, *GOOD_OF_PARTS)
WHERE = dict.fromkeys(GOOD_OF_APPROVALS, "waiting_authorization") | {
    "revise": "draft",
    "submit": "draft",
    "request_authorization": "in_review",
    "authorize": "in_review preauthorized",
    "reject": "in_review",
    "return_to_review": "waiting_authorization",
    "start_fulfillment": "authorized",
    "resume": "suspended",
    "close": "completed",
    "reopen": "completed",
}

FULFILL = {
    "start_fulfillment",
    "suspend",
    "resume",
    "deliver",
    "withdraw_delivery",
    "complete",
    "record_change",
}
TASKS = set(GOOD_OF_TASKS)
ASK = {"request_authorization", "return_to_review", "authorize", "reject"}
#: Beyond the domain's cells: who works on it also tells and notes, and names its change.
NOTING = {"escalate", "communicate", "comment", "register_change", "extend_approval"}

#: The request column: what each role may do with any request.
COLUMN = {
    ProcessRole.USER: set(),
    ProcessRole.SERVICE_DESK: set(ACTIONS)
    - {"approve", "decline", "delegate", "reassign_approval", "expire_approval"},
    ProcessRole.SECOND_LINE_ANALYST: FULFILL | TASKS | NOTING,
    ProcessRole.THIRD_LINE_ANALYST: FULFILL | TASKS | NOTING,
    ProcessRole.INCIDENT_MANAGER: set(),
    ProcessRole.MAJOR_INCIDENT_MANAGER: set(),
    ProcessRole.PROBLEM_MANAGER: set(),
    ProcessRole.REQUEST_MANAGER: set(ACTIONS),
    ProcessRole.ACCESS_MANAGER: set(),
    ProcessRole.APPROVER: {"approve", "decline", "delegate", "comment"},
    ProcessRole.EVENT_MANAGER: set(),
    ProcessRole.OPERATOR: set(),
    ProcessRole.SYSTEM: {"expire_approval", "link", "unlink"} | ASK | FULFILL | TASKS | NOTING,
}

#: What is open to some roles for some requests only; they are not needed for the others.
OWN = {
    "draft",
    "revise",
    "submit",
    "cancel",
    "reopen",
    "communicate",
    "resume",
}


def place_of(action):
    return WHERE.get(action, "in_progress")


def holding(action, *roles):
    """
    Return somebody with *roles* whom nothing but a role can keep from *action*.
    """
    decides = action in {"approve", "decline", "delegate"}
    return Actor("mia" if decides else "kim", roles=roles)


def attempt(action, by, policies=ROLES, **told):
    """
    Return what the verb makes of a request on which it would pass but for the role.
    """
    if action == "draft":
        return drafted(by=by, policies=policies, **told)
    return after(ready(place_of(action), action), action, by=by, policies=policies, **told)


def holders(action):
    return {str(role) for role, actions in COLUMN.items() if action in actions}


def kim(*roles):
    return Actor("kim", roles=roles)


def ana(*roles):
    return Actor("ana", roles=roles)


USER = ana(ProcessRole.USER)


class TestColumn:
    def test_it_speaks_of_every_role(self):
        assert set(COLUMN) == set(ProcessRole.constants())

    @pytest.mark.parametrize("role", COLUMN, ids=str)
    @pytest.mark.parametrize("action", ACTIONS)
    def test_a_role_may_do_what_its_cell_names_and_nothing_else(self, role, action):
        by = holding(action, role)
        if action in COLUMN[role]:
            assert attempt(action, by).journal[-1].by == by
            return
        with pytest.raises(NotPermittedError) as refusal:
            attempt(action, by)
        assert refusal.value.actor == by.name
        assert "permission" in rules_of(refusal)
        assert set(refusal.value.needed) == holders(action)
        assert all(name in str(refusal.value) for name in holders(action))

    @pytest.mark.parametrize("action", ACTIONS)
    def test_without_a_role_nobody_may_do_anything(self, action):
        with pytest.raises(NotPermittedError):
            attempt(action, holding(action))

    @pytest.mark.parametrize("action", ACTIONS)
    def test_everyone_may_do_everything_by_default(self, action):
        by = holding(action)
        assert attempt(action, by, policies=None).journal[-1].by == by

    def test_one_of_several_roles_is_enough(self):
        roles = kim(ProcessRole.PROBLEM_MANAGER, ProcessRole.REQUEST_MANAGER)
        assert attempt("assign", roles).group == "depot"

    def test_the_strict_table_is_the_one_that_strict_policies_hold(self):
        assert RequestPolicies.strict().authorization == STRICT_REQUEST_ROLES
        assert ServiceRequest.policies == RequestPolicies()


# ---- Cells that hold for some requests only -----------------------------------------------------


class TestOwnRequests:
    @pytest.mark.parametrize("action", sorted(OWN))
    def test_a_user_may_with_what_they_ask_for(self, action):
        if action == "draft":
            assert drafted(by=USER, policies=ROLES).requester == "ana"
            return
        assert attempt(action, USER).journal[-1].by == USER

    @pytest.mark.parametrize("action", sorted(OWN))
    def test_and_with_what_they_get(self, action):
        zoe = Actor("zoe", roles=[ProcessRole.USER])
        fields = {"requested_for": "zoe", "policies": ROLES}
        if action == "draft":
            assert drafted(by=zoe, **fields).beneficiary == "zoe"
            return
        request = standing(place_of(action), requested_for="zoe")
        assert after(request, action, by=zoe, policies=ROLES).journal[-1].by == zoe

    @pytest.mark.parametrize("action", sorted(OWN))
    def test_but_not_with_those_of_others(self, action):
        with pytest.raises(NotPermittedError):
            attempt(action, kim(ProcessRole.USER))

    def test_a_user_confirms_and_closes_on_no_other_word(self):
        completed = standing("completed")
        closed = after(completed, "close", by=USER, policies=ROLES)
        assert closed.closure_reason is ClosureReason.CALLER_CONFIRMED
        with nothing_changes(completed), pytest.raises(NotPermittedError) as refusal:
            after(completed, "close", reason=ClosureReason.ADMINISTRATIVE, by=USER, policies=ROLES)
        assert set(refusal.value.needed) == holders("close")

    @pytest.mark.parametrize("place", ["waiting_authorization", "in_progress"])
    def test_what_ends_with_a_request_ends_on_the_users_word_as_well(self, place):
        over = after(standing(place), "cancel", by=USER, policies=ROLES)
        assert not over.open_approvals
        assert not over.open_tasks

    def test_who_withdraws_a_suspension_gives_approvers_all_their_time_again(self):
        request = standing("suspended from waiting_authorization")
        resumed = after(request, "resume", by=USER, at=minute(24 * 60), policies=ROLES)
        assert resumed.journal[-1].action == "extend_approval"
        assert resumed.part(FIRST).expires_at > request.part(FIRST).expires_at
        assert resumed.part(SECOND).expires_at is None

    def test_nobody_loses_time_by_that(self):
        request = standing("suspended from waiting_authorization")
        longer = after(request, "extend_approval", until=minute(30 * 24 * 60))
        resumed = after(longer, "resume", by=USER, at=minute(24 * 60), policies=ROLES)
        assert resumed.journal[-1].action == "resume"
        assert resumed.part(FIRST) == longer.part(FIRST)

    @pytest.mark.parametrize("later", [0, 1])
    def test_nor_does_the_user_give_them_more(self, later):
        request = standing("suspended from waiting_authorization")
        resumed = after(request, "resume", by=USER, at=minute(24 * 60), policies=ROLES)
        told = {"at": minute(24 * 60 + later), "until": None, "policies": ROLES}
        with nothing_changes(resumed), pytest.raises(NotPermittedError):
            after(resumed, "extend_approval", by=USER, **told)

    @pytest.mark.parametrize(
        "action", ["skip_task", "cancel_task", "approve", "reject", "start_fulfillment"]
    )
    def test_a_user_neither_fulfills_nor_authorizes(self, action):
        by = Actor(holding(action).name, roles=[ProcessRole.USER])
        request = standing(place_of(action), requested_for=by.name) if by.name == "kim" else None
        request = request or ready(place_of(action), action)
        with pytest.raises(NotPermittedError):
            after(request, action, by=by, policies=ROLES)


class TestSystems:
    SYSTEM = Actor.system("timer")

    def test_a_system_closes_what_nobody_objected_to_and_nothing_else(self):
        completed = standing("completed")
        told = {"by": self.SYSTEM, "at": minute(9999), "policies": ROLES}
        closed = after(completed, "close", reason=ClosureReason.AUTO_CLOSED, **told)
        assert closed.closed_at == minute(9999)
        with nothing_changes(completed), pytest.raises(NotPermittedError):
            after(completed, "close", **told)

    def test_what_follows_from_an_approval_that_expired_is_its_to_do(self):
        request = ready("waiting_authorization", "expire_approval")
        expired = after(request, "expire_approval", by=self.SYSTEM, policies=ROLES)
        assert expired.state.name == "rejected"
        assert {entry.by for entry in expired.journal[request.version :]} == {self.SYSTEM}

    def test_it_never_approves(self):
        system = Actor.system("mia")
        with pytest.raises(NotPermittedError):
            attempt("approve", system)


class TestApprovers:
    APPROVER = Actor("mia", roles=[ProcessRole.APPROVER])

    def test_the_last_approval_authorizes_with_the_role_of_an_approver(self):
        request = standing("waiting_authorization")
        bo = Actor("bo", roles=[ProcessRole.APPROVER])
        first = request.approve(by=self.APPROVER, at=minute(9), policies=ROLES)
        last = first.approve(by=bo, at=minute(10), policies=ROLES)
        assert last.state.name == "authorized"

    def test_a_rejection_withdraws_the_others(self):
        request = standing("waiting_authorization")
        told = {"reason": "No.", "by": self.APPROVER, "at": minute(9)}
        assert request.decline(**told, policies=ROLES).part(SECOND).state.name == "withdrawn"

    @pytest.mark.parametrize("place", ["in_review", "in_review preauthorized"])
    @pytest.mark.parametrize("action", ["authorize", "reject"])
    def test_who_is_not_asked_decides_nothing(self, place, action):
        request = standing(place)
        with nothing_changes(request), pytest.raises(NotPermittedError):
            after(request, action, by=self.APPROVER, policies=ROLES)

    @pytest.mark.parametrize("before", [(), ("approve",)], ids=["unheard", "heard"])
    @pytest.mark.parametrize("action", ["authorize", "reject"])
    @pytest.mark.parametrize("later", [0, 1])
    def test_who_is_asked_decides_by_the_answer_alone(self, before, action, later):
        request = through(standing("waiting_authorization"), *before)
        at = request.journal[-1].at + timedelta(minutes=later)
        with nothing_changes(request), pytest.raises(NotPermittedError):
            after(request, action, by=self.APPROVER, at=at, policies=ROLES)

    def test_the_role_alone_is_no_say(self):
        request = standing("waiting_authorization")
        reasons = request.why_not(
            "approve",
            approval=FIRST,
            by=Actor("eve", roles=[ProcessRole.APPROVER]),
            at=minute(9),
            policies=ROLES,
        )
        assert [reason.rule for reason in reasons] == ["somebody_who_was_asked_decides"]

    def test_nor_is_being_asked_without_the_role(self):
        request = standing("waiting_authorization")
        told = told_to(request, "approve", policies=ROLES)
        assert [reason.rule for reason in request.why_not("approve", **told)] == ["permission"]


class TestStepsInOne:
    def test_an_analyst_does_not_authorize_by_beginning_in_one_step(self):
        request = standing("in_review preauthorized")
        analyst = kim(ProcessRole.SECOND_LINE_ANALYST)
        with nothing_changes(request), pytest.raises(NotPermittedError) as refusal:
            after(request, "start_fulfillment", by=analyst, policies=ROLES)
        assert set(refusal.value.needed) == holders("authorize")
        desk = kim(ProcessRole.SERVICE_DESK)
        assert after(request, "start_fulfillment", by=desk, policies=ROLES).is_authorized

    def test_tasks_that_become_ready_do_so_by_whoever_completes_what_they_waited_for(self):
        analyst = kim(ProcessRole.THIRD_LINE_ANALYST)
        request = after(standing("in_progress"), "complete_task", by=analyst, policies=ROLES)
        assert (request.journal[-1].action, request.journal[-1].by) == ("ready_task", analyst)

    def test_a_reply_takes_up_what_waits_for_the_user(self):
        held = {"reason": PendingReason.AWAITING_CALLER, "awaited": None}
        request = through(standing("in_progress"), ("suspend", held))
        replied = after(request, "communicate", by=USER, policies=ROLES)
        assert replied.state.name == "in_progress"

    def test_a_refusal_of_role_and_rules_names_both_and_is_about_permission(self):
        draft = drafted(requester=None, items=[])
        with pytest.raises(NotPermittedError) as refusal:
            after(draft, "submit", by=kim(), policies=RequestPolicies.strict())
        assert rules_of(refusal) == [
            "permission",
            "a_requester_is_known",
            "something_is_asked_for",
            "it_is_described",
            "the_channel_is_known",
        ]


def test_that_tasks_cannot_be_laid_out_is_told_once_however_many_there_are():
    request = standing("authorized")

    told = [
        str(reason)
        for reason in request.why_not(
            "start_fulfillment", by=Actor("eve"), at=minute(9), policies=ROLES
        )
    ]

    assert [text.partition(",")[0] for text in told] == [
        "eve may not start_fulfillment",
        "eve may not add_task",
    ]
