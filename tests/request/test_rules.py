"""
Every rule refuses alone and by name, and lets pass what satisfies it.
"""

from __future__ import annotations

import functools

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from itil_ops import (
    APPROVAL_LIFECYCLE,
    REQUEST_COMPLETENESS,
    REQUEST_LIFECYCLE,
    TASK_LIFECYCLE,
    AccessRequestId,
    CategoryPath,
    ChangeId,
    ClosureReason,
    ConfigurationItemId,
    ContactChannel,
    Direction,
    EscalationKind,
    GuardRefusedError,
    Impact,
    IncidentId,
    LinkKind,
    PendingReason,
    Priority,
    ProblemId,
    ReopenWindow,
    RequestCancellationReason,
    RequestPolicies,
    ServiceRequestId,
    StaffDirectory,
    SupportLine,
    TaskId,
    TwoStepClosure,
    Urgency,
    Visibility,
)
from itil_ops.catalog import (
    ApprovalKind,
    Approver,
    ApproverRole,
    CatalogItem,
    Entitlement,
    Money,
    RequestModel,
    Service,
    ServiceCatalog,
    StandardChange,
    TaskTemplate,
)
from itil_ops.kernel.vocabulary import ChangeStatus
from record_doubles import rules_of
from request_doubles import (
    ANA,
    BAG,
    BO,
    CHAIR,
    CHANGE,
    DESK,
    DONE,
    HARDWARE,
    INSTALL,
    KIM,
    LAPTOP,
    LI,
    MIA,
    OTHER,
    REQ,
    ROBOT,
    SECOND,
    STAFF,
    after,
    drafted,
    eur,
    item,
    minute,
    only,
    standing,
    through,
)
from room_tables import EveryRule, rule_of


FOURTH = ServiceRequestId("REQ-4")
ACCESS = AccessRequestId("ACC-1")

CATALOG = ServiceCatalog(
    services=[Service("workplace", environments=["production"])],
    items=[CatalogItem("laptop", model="laptop", service="workplace")],
    models=[LAPTOP],
)

STAFFED = RequestPolicies(directory=STAFF)
CONFIRMED_BY_ANOTHER = RequestPolicies(closure=TwoStepClosure(confirmed_by_another=True))
ONCE = RequestPolicies(reopen=ReopenWindow(at_most=1))
DEEPER = RequestPolicies(family_levels=2)

A_MINUTE = timedelta(minutes=1)

#: When the time of the first approval is over: two business days after it was asked for.
OVERDUE = datetime(2026, 3, 5, tzinfo=UTC)

DELEGATED = ("delegate", {"to": "kim"})
EXTENDED = ("extend_approval", {"until": OVERDUE + A_MINUTE})

#: Models that ask for one thing each.
FOR_SALES = RequestModel(name="laptop", group="depot", entitlement=Entitlement(customers=["acme"]))
BY_THE_MANAGER = RequestModel(
    name="laptop", group="depot", approval=Approver(ApproverRole.LINE_MANAGER)
)
BY_ITS_COST = RequestModel(
    name="laptop", group="depot", approval=Approver("bo", kind=ApprovalKind.FINANCIAL)
)
BY_A_CHANGE = RequestModel(
    name="laptop", group="depot", standard_change=StandardChange("add-a-laptop")
)
WITH_CONDITIONS = RequestModel(
    name="laptop", group="depot", closure_conditions=["The old one is back", "It is tagged"]
)
BY_ANOTHER_CHANGE = RequestModel(
    name="desk", group="depot", standard_change=StandardChange("add-a-desk")
)
BY_A_ROBOT = RequestModel(
    name="laptop",
    group="depot",
    tasks=[TaskTemplate("order", automated=True, attempts=2), TaskTemplate("install")],
)

BY_TWO_CHANGES = [item(BY_A_CHANGE), item(BY_ANOTHER_CHANGE)]
BY_ONE_CHANGE_TWICE = [item(BY_A_CHANGE), item(BY_A_CHANGE, name="spare")]


def directed(**known):
    return RequestPolicies(directory=StaffDirectory(**known))


def requested(model, *way, **fields):
    """
    Return a request for a model after a way from its draft.
    """
    return through(drafted(items=[item(model)], **fields), *way)


def submitted(*way, **fields):
    return through(drafted(**fields), "submit", *way)


def for_nothing(*way, **fields):
    """
    Return a request for what there is no model for.
    """
    return submitted(*way, items=[], description="A quiet corner.", **fields)


def waiting_for(reason, awaited, **told):
    return after(standing("in_progress"), "suspend", reason=reason, awaited=awaited, **told)


def escalated(kind, request=None, **told):
    return after(request or standing("in_progress"), "escalate", kind=kind, **told)


def reopened_twice(**told):
    again = through(standing("completed"), "reopen", "complete")
    return after(again, "reopen", **told)


def child(**told):
    return after(standing("draft"), "join", **told)


def merged(**told):
    return after(after(standing("draft"), "take_over"), "take_over", **told)


def failed(**told):
    """
    Return a request of which a mandatory task failed, completed.
    """
    request = through(standing("in_progress"), "fail_task", ("skip_task", {"task": INSTALL}))
    return after(request, "complete", **told)


def spawned(**told):
    """
    Return a request that spawned an access request, completed.
    """
    linked = ("link", {"kind": LinkKind.SPAWNED, "target": ACCESS})
    return after(through(standing("in_progress"), *DONE, linked), "complete", **told)


def cancelled(reason, **told):
    return after(standing("in_review"), "cancel", reason=reason, **told)


def conditioned(*confirmed, **told):
    request = requested(WITH_CONDITIONS, "submit", "complete")
    return after(request, "close", confirmed_conditions=confirmed, **told)


def tried(times, **told):
    """
    Return a request whose automated task failed so often, and is tried again.
    """
    request = requested(BY_A_ROBOT, "submit", "start_fulfillment")
    for _ in range(times - 1):
        request = through(request, "fail_task", "retry_task")
    return after(after(request, "fail_task"), "retry_task", **told)


def changed(status):
    """
    Return an authorized request whose standard change has come to *status*.
    """
    way = ("submit", "authorize", "register_change", ("record_change", {"status": status}))
    return requested(BY_A_CHANGE, *way)


def by_a_change(status):
    """
    Return a request under way whose standard change has come to *status* since.
    """
    return through(
        changed(ChangeStatus.APPROVED), "start_fulfillment", ("record_change", {"status": status})
    )


def robbed(attempts):
    """
    Return a request whose robot failed once of so many attempts.
    """
    tasks = [TaskTemplate("order", automated=True, attempts=attempts)]
    model = RequestModel(name="laptop", group="depot", tasks=tasks)
    return requested(model, "submit", "start_fulfillment", "fail_task")


def worked():
    """
    Return a request all of whose work was over in the twentieth minute, as told in the thirtieth.
    """
    request = through(standing("in_progress"), DONE[0], ("skip_task", {"task": BAG}))
    told = {"task": INSTALL, "at": minute(30), "effective_at": minute(20)}
    return after(request, "complete_task", **told)


def overrun(actual, **told):
    return after(through(standing("in_progress"), *DONE), "complete", actual_cost=actual, **told)


def thought_free(**told):
    return after(for_nothing(estimate=eur(0)), "complete", **told)


def extended(request=None, **told):
    return after(request or waiting(), "extend_approval", **told)


def asked_after(beneficiary):
    """
    Return a request that waits, and once was to be for somebody else than Ana.
    """
    revised = through(submitted(requested_for=beneficiary), ("revise", {"requested_for": "ana"}))
    return after(revised, "request_authorization", policies=directed(managers={"mia": "zoe"}))


def touching_one(*way):
    """
    Return an authorized request that touches a configuration item.
    """
    touched = [ConfigurationItemId("n")]
    return requested(CHAIR, "submit", "authorize", *way, configuration_items=touched)


def waiting(*way):
    return through(standing("waiting_authorization"), *way)


def reassigned(to, request=None, **told):
    return after(request or waiting(), "reassign_approval", to=to, **told)


def expired(**told):
    return after(standing("waiting_authorization"), "expire_approval", **told)


#: What a rule refuses, and what it lets pass. All take `policies`.
INTEGRITY = {
    # ---- Ask for something ------------------------------------------------------------------
    "something_is_revised": (
        lambda **p: after(standing("draft"), "revise", description=None, **p),
        lambda **p: after(standing("draft"), "revise", **p),
    ),
    "something_is_revised: it was not said before": (
        lambda **p: after(after(standing("in_review"), "revise"), "revise", **p),
        lambda **p: after(standing("in_review"), "revise", **p),
    ),
    "a_requester_is_known": (
        lambda **p: after(drafted(requester=None), "submit", **p),
        lambda **p: after(drafted(), "submit", **p),
    ),
    "a_requester_is_known: who gets it does not do": (
        lambda **p: after(drafted(requester=None, requested_for="zoe"), "submit", **p),
        lambda **p: after(drafted(requested_for="zoe"), "submit", **p),
    ),
    "something_is_asked_for": (
        lambda **p: after(drafted(items=[]), "submit", **p),
        lambda **p: after(drafted(items=[], description="A quiet corner."), "submit", **p),
    ),
    "something_is_asked_for: what is revised too": (
        lambda **p: after(standing("in_review"), "revise", items=[], description=None, **p),
        lambda **p: after(standing("in_review"), "revise", items=[], **p),
    ),
    "forms_are_filled_in": (
        lambda **p: after(drafted(items=[item(form={"memory": 4})]), "submit", **p),
        lambda **p: after(drafted(items=[item(form={"memory": 8})]), "submit", **p),
    ),
    "forms_are_filled_in: what is revised too": (
        lambda **p: after(standing("in_review"), "revise", items=[item(form={"memory": 4})], **p),
        lambda **p: after(standing("draft"), "revise", items=[item(form={"memory": 4})], **p),
    ),
    "it_takes_one_standard_change_at_most": (
        lambda **p: after(drafted(items=BY_TWO_CHANGES), "submit", **p),
        lambda **p: after(drafted(items=BY_ONE_CHANGE_TWICE), "submit", **p),
    ),
    "it_takes_one_standard_change_at_most: what is revised too": (
        lambda **p: after(standing("in_review"), "revise", items=BY_TWO_CHANGES, **p),
        lambda **p: after(standing("draft"), "revise", items=BY_TWO_CHANGES, **p),
    ),
    # ---- Authorize --------------------------------------------------------------------------
    "the_beneficiary_is_entitled": (
        lambda **p: after(requested(FOR_SALES, "submit"), "authorize", **p),
        lambda **p: after(requested(FOR_SALES, "submit", customer="acme"), "authorize", **p),
    ),
    "somebody_has_to_agree": (
        lambda **p: after(standing("in_review preauthorized"), "request_authorization", **p),
        lambda **p: after(standing("in_review"), "request_authorization", **p),
    ),
    "everybody_who_has_to_agree_can_be_asked": (
        lambda **p: after(requested(BY_THE_MANAGER, "submit"), "request_authorization", **p),
        lambda **_: after(
            requested(BY_THE_MANAGER, "submit"),
            "request_authorization",
            policies=directed(managers={"ana": "mia"}),
        ),
    ),
    "everybody_who_has_to_agree_can_be_asked: without an interest in it": (
        lambda **p: after(submitted(requester="mia"), "request_authorization", **p),
        lambda **_: after(
            submitted(requester="mia"),
            "request_authorization",
            policies=directed(managers={"mia": "zoe"}),
        ),
    ),
    "everybody_who_has_to_agree_can_be_asked: with limit enough": (
        lambda **_: after(
            submitted(), "request_authorization", policies=directed(limits={"bo": eur(1499)})
        ),
        lambda **_: after(
            submitted(), "request_authorization", policies=directed(limits={"bo": eur(1500)})
        ),
    ),
    "the_cost_is_known_to_who_approves_it": (
        lambda **p: after(requested(BY_ITS_COST, "submit"), "request_authorization", **p),
        lambda **p: after(
            requested(BY_ITS_COST, "submit", estimate=eur(0)), "request_authorization", **p
        ),
    ),
    "nobody_has_to_agree": (
        lambda **p: after(standing("in_review"), "authorize", **p),
        lambda **p: after(standing("in_review preauthorized"), "authorize", **p),
    ),
    "nobody_has_to_agree: what cannot be asked for is not authorized instead": (
        lambda **p: after(requested(BY_THE_MANAGER, "submit"), "authorize", **p),
        lambda **p: after(requested(CHAIR, "submit"), "authorize", **p),
    ),
    "nobody_authorizes_their_own": (
        lambda **p: after(for_nothing(), "authorize", by=ANA, **p),
        lambda **p: after(for_nothing(), "authorize", by=DESK, **p),
    ),
    "nobody_authorizes_their_own: nor who acts for who asks": (
        lambda **_: after(
            for_nothing(), "authorize", by=KIM, policies=directed(deputies={"ana": ["kim"]})
        ),
        lambda **_: after(for_nothing(), "authorize", by=KIM, policies=STAFFED),
    ),
    "nobody_authorizes_their_own: what a model authorizes beforehand has no such rule": (
        lambda **p: after(for_nothing(requested_for="li"), "authorize", **p),
        lambda **p: after(standing("in_review preauthorized"), "authorize", by=ANA, **p),
    ),
    "every_approval_that_counts_is_given": (
        lambda **p: after(waiting("approve"), "authorize", **p),
        lambda **p: after(waiting("approve"), "approve", approval=SECOND, **p),
    ),
    # ---- Approvals --------------------------------------------------------------------------
    "the_request_waits_for_it": (
        lambda **p: after(waiting("suspend"), "approve", **p),
        lambda **p: after(waiting("suspend", "resume"), "approve", **p),
    ),
    "the_request_waits_for_it: what is suspended for an approval too": (
        lambda **p: after(
            waiting(("suspend", {"reason": PendingReason.AWAITING_APPROVAL, "awaited": "zoe"})),
            "decline",
            **p,
        ),
        lambda **p: after(waiting(), "decline", **p),
    ),
    "the_request_waits_for_it: nor does it expire": (
        lambda **p: after(waiting("suspend"), "expire_approval", at=minute(9999), **p),
        lambda **p: after(waiting(), "expire_approval", at=minute(9999), **p),
    ),
    "somebody_who_was_asked_decides": (
        lambda **p: after(waiting(), "approve", by=KIM, **p),
        lambda **_: after(waiting(), "approve", by=KIM, policies=STAFFED),
    ),
    "somebody_who_was_asked_decides: a delegate was": (
        lambda **p: after(waiting(), "approve", by=KIM, **p),
        lambda **p: after(waiting(("delegate", {"to": "kim"})), "approve", by=KIM, **p),
    ),
    "somebody_who_was_asked_decides: and delegates": (
        lambda **p: after(waiting(), "delegate", by=BO, **p),
        lambda **p: after(waiting(), "delegate", **p),
    ),
    "nobody_approves_their_own": (
        lambda **_: after(
            waiting(), "approve", by=ANA, policies=directed(deputies={"mia": ["ana"]})
        ),
        lambda **_: after(
            waiting(), "approve", by=KIM, policies=directed(deputies={"mia": ["kim"]})
        ),
    ),
    "nobody_approves_their_own: nor declines": (
        lambda **_: after(
            waiting(), "decline", by=ANA, policies=directed(deputies={"mia": ["ana"]})
        ),
        lambda **p: after(waiting(), "decline", **p),
    ),
    "nobody_approves_their_own: nor picks who does": (
        lambda **_: after(
            waiting(), "delegate", by=ANA, policies=directed(deputies={"mia": ["ana"]})
        ),
        lambda **_: after(
            waiting(), "delegate", by=KIM, policies=directed(deputies={"mia": ["kim"]})
        ),
    ),
    "nobody_approves_their_own: a revision rids nobody of it": (
        lambda **_: after(
            asked_after("mia"), "approve", by=MIA, policies=directed(deputies={"zoe": ["mia"]})
        ),
        lambda **p: after(asked_after("kim"), "approve", by=MIA, **p),
    ),
    "it_is_decided_in_time": (
        lambda **p: after(waiting(), "approve", at=OVERDUE, **p),
        lambda **p: after(waiting(), "approve", at=OVERDUE - A_MINUTE, **p),
    ),
    "it_is_decided_in_time: a refusal too": (
        lambda **p: after(waiting(), "decline", at=OVERDUE, **p),
        lambda **p: after(waiting(EXTENDED), "decline", at=OVERDUE, **p),
    ),
    "it_is_decided_in_time: nor is it handed on by then": (
        lambda **p: after(waiting(), "delegate", at=OVERDUE, **p),
        lambda **p: after(waiting(), "delegate", approval=SECOND, at=OVERDUE, **p),
    ),
    "one_person_has_one_say": (
        lambda **_: after(waiting(), "approve", by=BO, policies=directed(deputies={"mia": ["bo"]})),
        lambda **_: after(
            waiting(), "approve", by=KIM, policies=directed(deputies={"mia": ["kim"]})
        ),
    ),
    "one_person_has_one_say: a deputy of both speaks for one": (
        lambda **_: both_by_kim(),
        lambda **_: after(spoken_by_kim(), "approve", approval=SECOND),
    ),
    "the_cost_is_within_the_limit": (
        lambda **_: after(
            waiting(), "approve", approval=SECOND, policies=directed(limits={"bo": eur(1)})
        ),
        lambda **_: after(waiting(), "approve", policies=directed(limits={"mia": eur(1)})),
    ),
    "the_cost_is_within_the_limit: in the currency of the cost": (
        lambda **_: after(
            waiting(),
            "approve",
            approval=SECOND,
            policies=directed(limits={"bo": Money(Decimal(9999), "USD")}),
        ),
        lambda **_: after(
            waiting(), "approve", approval=SECOND, policies=directed(limits={"bo": eur(9999)})
        ),
    ),
    "a_reason_is_given": (
        lambda **p: after(standing("in_review"), "reject", reason=None, **p),
        lambda **p: after(standing("in_review"), "reject", **p),
    ),
    "a_reason_is_given: for rejecting what waits": (
        lambda **p: after(waiting(), "reject", reason=None, **p),
        lambda **p: after(waiting(), "reject", **p),
    ),
    "a_reason_is_given: for declining": (
        lambda **p: after(waiting(), "decline", reason=None, **p),
        lambda **p: after(waiting(), "decline", **p),
    ),
    "a_reason_is_given: for reopening": (
        lambda **p: after(standing("completed"), "reopen", reason=None, **p),
        lambda **p: after(standing("completed"), "reopen", **p),
    ),
    "a_reason_is_given: for reopening what was closed": (
        lambda **p: after(standing("closed"), "reopen", reason=None, **p),
        lambda **p: after(standing("closed"), "reopen", **p),
    ),
    "a_reason_is_given: for an escalation": (
        lambda **p: after(standing("in_review"), "escalate", reason=None, **p),
        lambda **p: after(standing("in_review"), "escalate", **p),
    ),
    "a_reason_is_given: for what failed": (
        lambda **p: after(standing("in_progress"), "fail_task", error=None, **p),
        lambda **p: after(standing("in_progress"), "fail_task", **p),
    ),
    "a_reason_is_given: for skipping what failed": (
        lambda **p: after(
            through(standing("in_progress"), "fail_task"), "skip_task", reason=None, **p
        ),
        lambda **p: after(through(standing("in_progress"), "fail_task"), "skip_task", **p),
    ),
    "a_reason_is_given: for calling off": (
        lambda **p: after(standing("in_progress"), "cancel_task", reason=None, **p),
        lambda **p: after(standing("in_progress"), "cancel_task", **p),
    ),
    "a_reason_is_given: for doing it once more": (
        lambda **p: after(
            through(standing("in_progress"), "complete_task"), "redo_task", reason=None, **p
        ),
        lambda **p: after(through(standing("in_progress"), "complete_task"), "redo_task", **p),
    ),
    "a_delegate_is_named": (
        lambda **p: after(waiting(), "delegate", to=None, **p),
        lambda **p: after(waiting(), "delegate", **p),
    ),
    "a_delegate_is_named: somebody else": (
        lambda **p: after(waiting(), "delegate", to="mia", **p),
        lambda **p: after(waiting(), "delegate", to="zoe", **p),
    ),
    "a_delegate_is_named: or one is there to take back from": (
        lambda **p: after(waiting(DELEGATED, ("delegate", {"to": None})), "delegate", to=None, **p),
        lambda **p: after(waiting(DELEGATED), "delegate", to=None, **p),
    ),
    "a_delegate_is_named: no delegate goes on being one": (
        lambda **p: after(waiting(DELEGATED), "delegate", to="kim", by=KIM, **p),
        lambda **p: after(waiting(DELEGATED), "delegate", to="zoe", by=KIM, **p),
    ),
    "another_approver_is_named": (
        lambda **p: reassigned(None, **p),
        lambda **p: reassigned("zoe", **p),
    ),
    "another_approver_is_named: by somebody else": (
        lambda **p: reassigned("kim", by=KIM, **p),
        lambda **p: reassigned("kim", by=DESK, **p),
    ),
    "another_approver_is_named: who is not asked already": (
        lambda **p: reassigned("mia", **p),
        lambda **p: reassigned("mia", waiting(("reassign_approval", {"to": "zoe"})), **p),
    ),
    "the_new_approver_may_approve": (
        lambda **p: reassigned("ana", **p),
        lambda **p: reassigned("kim", **p),
    ),
    "the_new_approver_may_approve: whose say it is not already": (
        lambda **p: reassigned("bo", **p),
        lambda **p: reassigned("zoe", **p),
    ),
    "the_new_approver_may_approve: with limit enough": (
        lambda **_: reassigned("kim", approval=SECOND, policies=STAFFED),
        lambda **_: reassigned("zoe", approval=SECOND, policies=STAFFED),
    ),
    "nobody_approves_their_own: nor chooses who is asked instead": (
        lambda **p: reassigned("zoe", by=ANA, **p),
        lambda **p: reassigned("zoe", by=DESK, **p),
    ),
    "it_is_decided_in_time: nor is somebody else asked by then": (
        lambda **p: reassigned("zoe", at=OVERDUE, **p),
        lambda **p: reassigned("zoe", at=OVERDUE - A_MINUTE, **p),
    ),
    "the_delegate_may_approve": (
        lambda **p: after(waiting(), "delegate", to="ana", **p),
        lambda **p: after(waiting(), "delegate", to="zoe", **p),
    ),
    "the_delegate_may_approve: whose say it is not already": (
        lambda **p: after(waiting(), "delegate", to="bo", **p),
        lambda **p: after(waiting(), "delegate", to="kim", **p),
    ),
    "the_delegate_may_approve: who has not spoken elsewhere": (
        lambda **p: after(spoken_by_kim(), "delegate", approval=SECOND, to="kim", **p),
        lambda **p: after(spoken_by_kim(), "delegate", approval=SECOND, to="zoe", **p),
    ),
    "the_delegate_may_approve: with limit enough": (
        lambda **_: after(waiting(), "delegate", approval=SECOND, to="kim", policies=STAFFED),
        lambda **_: after(waiting(), "delegate", to="kim", policies=STAFFED),
    ),
    "the_extension_lies_ahead": (
        lambda **p: extended(until=minute(9999), at=minute(9999), **p),
        lambda **p: extended(until=minute(9999), at=minute(9998), **p),
    ),
    "the_extension_lies_ahead: or there is none": (
        lambda **p: extended(until=minute(9998), at=minute(9999), **p),
        lambda **p: extended(until=None, at=minute(9999), **p),
    ),
    "the_extension_gives_more_time": (
        lambda **p: extended(until=OVERDUE, **p),
        lambda **p: extended(until=OVERDUE + A_MINUTE, **p),
    ),
    "the_extension_gives_more_time: what never expires has all": (
        lambda **p: extended(approval=SECOND, until=minute(9999), **p),
        lambda **p: extended(approval=SECOND, until=None, **p),
    ),
    "its_time_is_over": (
        lambda **p: expired(at=minute(99), **p),
        lambda **p: expired(at=minute(9999), **p),
    ),
    "its_time_is_over: it has one": (
        lambda **p: expired(approval=SECOND, at=minute(9999), **p),
        lambda **p: expired(at=minute(9999), **p),
    ),
    # ---- Fulfill ----------------------------------------------------------------------------
    "somebody_fulfills_it": (
        lambda **p: begun_by(ROBOT, **p),
        lambda **p: begun_by(LI, **p),
    ),
    "somebody_fulfills_it: a group will do": (
        lambda **p: begun_by(ROBOT, **p),
        lambda **p: begun_by(ROBOT, group="depot", **p),
    ),
    "the_standard_change_is_registered": (
        lambda **p: after(requested(BY_A_CHANGE, "submit", "authorize"), "start_fulfillment", **p),
        lambda **p: after(
            requested(BY_A_CHANGE, "submit", "authorize", "register_change"),
            "start_fulfillment",
            **p,
        ),
    ),
    "the_standard_change_is_registered: one that was not rejected": (
        lambda **p: after(changed(ChangeStatus.REJECTED), "start_fulfillment", **p),
        lambda **p: after(changed(ChangeStatus.APPROVED), "start_fulfillment", **p),
    ),
    "it_is_authorized": (
        lambda **p: after(waiting("suspend"), "register_change", **p),
        lambda **p: after(standing("in_progress"), "register_change", **p),
    ),
    "a_change_is_named": (
        lambda **p: after(standing("in_progress"), "record_change", **p),
        lambda **p: after(
            through(standing("in_progress"), "register_change"), "record_change", **p
        ),
    ),
    "the_change_is_new_or_moved_on": (
        lambda **p: after(
            through(standing("in_progress"), "register_change"), "register_change", **p
        ),
        lambda **p: after(
            through(standing("in_progress"), "register_change"),
            "register_change",
            change=ChangeId("CHG-2"),
            **p,
        ),
    ),
    "the_change_is_new_or_moved_on: its status is": (
        lambda **p: after(
            through(standing("in_progress"), "register_change", "record_change"),
            "record_change",
            **p,
        ),
        lambda **p: after(
            through(standing("in_progress"), "register_change", "record_change"),
            "record_change",
            status=ChangeStatus.IMPLEMENTED,
            **p,
        ),
    ),
    "the_item_was_asked_for": (
        lambda **p: after(standing("in_progress"), "deliver", item="desk", **p),
        lambda **p: after(standing("in_progress"), "deliver", **p),
    ),
    "the_item_was_asked_for: it is named": (
        lambda **p: after(standing("in_progress"), "deliver", item=None, **p),
        lambda **p: after(standing("in_progress"), "deliver", item="laptop", **p),
    ),
    "no_more_is_delivered_than_asked_for": (
        lambda **p: after(standing("in_progress"), "deliver", quantity=2, **p),
        lambda **p: after(
            standing("in_progress", items=[item(quantity=2)]), "deliver", quantity=2, **p
        ),
    ),
    "no_more_is_withdrawn_than_delivered": (
        lambda **p: after(standing("in_progress"), "withdraw_delivery", **p),
        lambda **p: after(through(standing("in_progress"), "deliver"), "withdraw_delivery", **p),
    ),
    "mandatory_tasks_are_over": (
        lambda **p: after(through(standing("in_progress"), DONE[0]), "complete", **p),
        lambda **p: after(through(standing("in_progress"), *DONE), "complete", **p),
    ),
    "mandatory_tasks_are_over: what is tried again is not": (
        lambda **p: after(robbed(3), "complete", note="The robot is slow.", **p),
        lambda **p: after(robbed(1), "complete", note="The robot is broken.", **p),
    ),
    "no_task_moved_since": (
        lambda **p: after(worked(), "complete", effective_at=minute(19), **p),
        lambda **p: after(worked(), "complete", effective_at=minute(20), **p),
    ),
    "no_task_moved_since: nor did it wait before": (
        lambda **p: after(worked(), "suspend", effective_at=minute(19), **p),
        lambda **p: after(worked(), "suspend", effective_at=minute(20), **p),
    ),
    "an_overrun_is_explained": (
        lambda **p: overrun(eur(1501), **p),
        lambda **p: overrun(eur(1501), note="The carrier charged more.", **p),
    ),
    "an_overrun_is_explained: where there is one": (
        lambda **p: overrun(eur("1500.01"), **p),
        lambda **p: overrun(eur(1500), **p),
    ),
    "an_overrun_is_explained: over an estimate as well": (
        lambda **p: thought_free(actual_cost=eur(1), **p),
        lambda **p: thought_free(actual_cost=eur(0), **p),
    ),
    "what_is_missing_is_explained": (
        failed,
        lambda **p: failed(note="The shop is closed for good.", **p),
    ),
    "what_is_missing_is_explained: what was delivered in part": (
        lambda **p: after(half_delivered(), "complete", **p),
        lambda **p: after(half_delivered(), "complete", note="One is on back order.", **p),
    ),
    "what_is_missing_is_explained: that its change failed": (
        lambda **p: after(by_a_change(ChangeStatus.FAILED), "complete", **p),
        lambda **p: after(by_a_change(ChangeStatus.FAILED), "complete", note="By hand.", **p),
    ),
    "linked_access_requests_are_over": (
        lambda **p: spawned(open_access_requests=[ACCESS], **p),
        lambda **p: spawned(open_access_requests=[AccessRequestId("ACC-2")], **p),
    ),
    "linked_access_requests_are_over: somebody says which are open": (
        spawned,
        lambda **p: spawned(open_access_requests=[], **p),
    ),
    # ---- Tasks ------------------------------------------------------------------------------
    "fulfillment_is_under_way": (
        lambda **p: after(standing("authorized"), "add_task", **p),
        lambda **p: after(standing("in_progress"), "add_task", **p),
    ),
    "fulfillment_is_under_way: it does not wait": (
        lambda **p: after(standing("suspended"), "start_task", **p),
        lambda **p: after(through(standing("suspended"), "resume"), "start_task", **p),
    ),
    "it_says_what_is_to_be_done": (
        lambda **p: after(standing("in_progress"), "add_task", name=None, **p),
        lambda **p: after(standing("in_progress"), "add_task", **p),
    ),
    "a_group_does_it": (
        lambda **p: after(begun_by(LI), "add_task", group=None, **p),
        lambda **p: after(begun_by(LI), "add_task", group=None, assignee="zoe", **p),
    ),
    "its_item_was_asked_for": (
        lambda **p: after(standing("in_progress"), "add_task", item="desk", **p),
        lambda **p: after(standing("in_progress"), "add_task", item="laptop", **p),
    ),
    "what_it_depends_on_is_there": (
        lambda **p: after(standing("in_progress"), "add_task", depends_on=[TaskId("dry")], **p),
        lambda **p: after(standing("in_progress"), "add_task", depends_on=[INSTALL], **p),
    ),
    "what_it_depends_on_is_over": (
        lambda **p: after(standing("in_progress"), "start_task", task=INSTALL, **p),
        lambda **p: after(
            through(standing("in_progress"), "complete_task"), "start_task", task=INSTALL, **p
        ),
    ),
    "what_it_depends_on_is_over: skipped is over": (
        lambda **p: after(
            through(standing("in_progress"), "cancel_task"), "complete_task", task=INSTALL, **p
        ),
        lambda **p: after(
            through(standing("in_progress"), "skip_task"), "complete_task", task=INSTALL, **p
        ),
    ),
    "another_attempt_is_left": (
        lambda **p: tried(2, by=ROBOT, **p),
        lambda **p: tried(1, by=ROBOT, **p),
    ),
    "another_attempt_is_left: a person tries as often as it takes": (
        lambda **p: tried(4, by=ROBOT, **p),
        lambda **p: tried(4, by=LI, **p),
    ),
    "another_attempt_is_left: what people do is not counted": (
        lambda **p: tried(2, by=ROBOT, **p),
        lambda **p: after(
            through(standing("in_progress"), *(["fail_task", "retry_task"] * 4), "fail_task"),
            "retry_task",
            by=ROBOT,
            **p,
        ),
    ),
    "somebody_is_named": (
        lambda **p: after(standing("draft"), "assign", group=None, assignee=None, **p),
        lambda **p: after(standing("draft"), "assign", group=None, **p),
    ),
    "somebody_is_named: for a task": (
        lambda **p: after(standing("in_progress"), "assign_task", group=None, **p),
        lambda **p: after(standing("in_progress"), "assign_task", **p),
    ),
    # ---- Wait -------------------------------------------------------------------------------
    "a_pending_reason_is_given": (
        lambda **p: waiting_for(None, "carrier", **p),
        lambda **p: waiting_for(PendingReason.UNSPECIFIED, None, **p),
    ),
    "the_hold_says_something_new": (
        lambda **p: after(standing("suspended"), "suspend", **p),
        lambda **p: after(standing("suspended"), "suspend", until=minute(999), **p),
    ),
    "the_hold_says_something_new: what waits for approval does so already": (
        lambda **p: after(
            waiting(), "suspend", reason=PendingReason.AWAITING_APPROVAL, awaited=None, **p
        ),
        lambda **p: after(waiting(), "suspend", **p),
    ),
    "the_hold_ends_later_than_it_begins": (
        lambda **p: after(standing("in_progress"), "suspend", at=minute(9), until=minute(9), **p),
        lambda **p: after(standing("in_progress"), "suspend", at=minute(9), until=minute(10), **p),
    ),
    # ---- End --------------------------------------------------------------------------------
    "an_automatic_closure_is_due": (
        lambda **p: after(standing("completed"), "close", reason=ClosureReason.AUTO_CLOSED, **p),
        lambda **p: after(
            standing("completed"),
            "close",
            reason=ClosureReason.AUTO_CLOSED,
            at=minute(9999),
            **p,
        ),
    ),
    "an_automatic_closure_is_due: never for a VIP": (
        lambda **p: after(
            standing("completed", vip=True),
            "close",
            reason=ClosureReason.AUTO_CLOSED,
            at=minute(9999),
            **p,
        ),
        lambda **p: after(standing("completed", vip=True), "close", at=minute(9999), **p),
    ),
    "another_person_confirms": (
        lambda **_: after(standing("completed"), "close", policies=CONFIRMED_BY_ANOTHER),
        lambda **_: after(standing("completed"), "close", by=ANA, policies=CONFIRMED_BY_ANOTHER),
    ),
    "closure_conditions_are_confirmed": (
        lambda **p: conditioned("It is tagged", **p),
        lambda **p: conditioned("It is tagged", "The old one is back", **p),
    ),
    "what_is_confirmed_is_a_condition": (
        lambda **p: conditioned("It is tagged", "The old one is back", "He smiles", **p),
        lambda **p: conditioned("The old one is back", "It is tagged", **p),
    ),
    "what_is_confirmed_is_a_condition: where there are none": (
        lambda **p: after(standing("completed"), "close", confirmed_conditions=["He smiles"], **p),
        lambda **p: after(standing("completed"), "close", **p),
    ),
    "another_reopening_is_allowed": (
        lambda **_: reopened_twice(policies=ONCE),
        reopened_twice,
    ),
    "the_reopen_window_is_open": (
        lambda **p: after(standing("closed"), "reopen", at=minute(9999), **p),
        lambda **p: after(standing("closed"), "reopen", at=minute(24 * 60), **p),
    ),
    "a_cancellation_reason_is_given": (
        lambda **p: cancelled(None, **p),
        lambda **p: cancelled(RequestCancellationReason.RAISED_IN_ERROR, **p),
    ),
    "what_takes_its_place_is_named": (
        lambda **p: cancelled(RequestCancellationReason.DUPLICATE, **p),
        lambda **p: cancelled(RequestCancellationReason.DUPLICATE, duplicate_of=OTHER, **p),
    ),
    "what_takes_its_place_is_named: for a conversion": (
        lambda **p: cancelled(RequestCancellationReason.CONVERTED, **p),
        lambda **p: cancelled(
            RequestCancellationReason.CONVERTED, converted_to=IncidentId("INC-1"), **p
        ),
    ),
    # ---- What all rooms have ----------------------------------------------------------------
    "a_category_is_given": (
        lambda **p: after(standing("draft"), "categorize", category=None, **p),
        lambda **p: after(standing("draft"), "categorize", **p),
    ),
    "an_override_says_why": (
        lambda **p: after(standing("draft"), "prioritize", override=Priority.HIGH, **p),
        lambda **p: after(
            standing("draft"), "prioritize", override=Priority.HIGH, reason="An audit.", **p
        ),
    ),
    "the_escalation_leads_somewhere": (
        lambda **p: escalated(None, **p),
        lambda **p: escalated(EscalationKind.HIERARCHIC, **p),
    ),
    "the_escalation_leads_somewhere: not to the line it is with": (
        lambda **p: escalated(EscalationKind.FUNCTIONAL, line=SupportLine.FIRST, **p),
        lambda **p: escalated(EscalationKind.FUNCTIONAL, line=SupportLine.SECOND, **p),
    ),
    "something_is_said": (
        lambda **p: after(standing("draft"), "comment", text=None, **p),
        lambda **p: after(standing("draft"), "comment", **p),
    ),
    "something_is_said: in a message": (
        lambda **p: after(standing("draft"), "communicate", message=None, **p),
        lambda **p: after(standing("draft"), "communicate", **p),
    ),
    "the_link_is_new": (
        lambda **p: after(through(standing("draft"), "link"), "link", **p),
        lambda **p: after(through(standing("draft"), "link"), "link", target=FOURTH, **p),
    ),
    "links_lead_elsewhere": (
        lambda **p: after(standing("draft"), "link", target=REQ, **p),
        lambda **p: after(standing("draft"), "link", target=ProblemId(REQ.value), **p),
    ),
    "links_lead_elsewhere: nor does it repeat itself": (
        lambda **p: cancelled(RequestCancellationReason.DUPLICATE, duplicate_of=REQ, **p),
        lambda **p: cancelled(RequestCancellationReason.DUPLICATE, duplicate_of=OTHER, **p),
    ),
    "links_lead_to_what_they_say": (
        lambda **p: after(standing("draft"), "link", kind=LinkKind.SPAWNED, **p),
        lambda **p: after(standing("draft"), "link", kind=LinkKind.SPAWNED, target=ACCESS, **p),
    ),
    "a_family_link_has_its_own_verb": (
        lambda **p: after(standing("draft"), "link", kind=LinkKind.CHILD_OF, target=OTHER, **p),
        child,
    ),
    "the_link_is_there": (
        lambda **p: after(standing("draft"), "unlink", **p),
        lambda **p: after(child(), "unlink", target=OTHER, **p),
    ),
    "a_parent_is_named": (
        lambda **p: child(parent=None, **p),
        child,
    ),
    "there_is_one_parent": (
        lambda **p: after(child(), "join", parent=FOURTH, **p),
        lambda **p: after(after(child(), "unlink", target=OTHER), "join", parent=FOURTH, **p),
    ),
    "none_is_its_own_ancestor": (
        lambda **_: child(ancestors=[REQ], policies=DEEPER),
        lambda **_: child(ancestors=[FOURTH], policies=DEEPER),
    ),
    "the_family_has_few_levels": (
        lambda **p: child(generations_below=1, **p),
        lambda **_: child(generations_below=1, policies=DEEPER),
    ),
    "it_is_taken_over_once": (
        merged,
        lambda **p: merged(origin=drafted(id=FOURTH), **p),
    ),
}


def spoken_by_kim():
    """
    Return a request to which Kim agreed in place of Mia.
    """
    return after(waiting(), "approve", by=KIM, policies=directed(deputies={"mia": ["kim"]}))


def both_by_kim():
    acting = directed(deputies={"bo": ["kim"]})
    return after(spoken_by_kim(), "approve", approval=SECOND, by=KIM, policies=acting)


def begun_by(actor, group=None, **told):
    """
    Return a request without a model that somebody begins to fulfill.
    """
    told |= {"group": group, "assignee": None}
    return after(for_nothing("authorize"), "start_fulfillment", by=actor, **told)


def half_delivered():
    """
    Return a request of which one of two laptops is there.
    """
    return through(standing("in_progress", items=[item(quantity=2)]), *DONE, "deliver")


COMPLETENESS = {
    "it_is_described": (
        lambda **p: after(drafted(), "submit", **p),
        lambda **p: after(drafted(description="Mine is broken."), "submit", **p),
    ),
    "the_channel_is_known": (
        lambda **p: after(drafted(), "submit", **p),
        lambda **p: after(drafted(channel=ContactChannel.PORTAL), "submit", **p),
    ),
    "it_is_categorized": (
        lambda **p: after(standing("in_review"), "request_authorization", **p),
        lambda **p: after(submitted(category=HARDWARE), "request_authorization", **p),
    ),
    "it_is_categorized: what nobody has to agree to as well": (
        lambda **p: after(requested(CHAIR, "submit"), "authorize", **p),
        lambda **p: after(requested(CHAIR, "submit", "categorize"), "authorize", **p),
    ),
    "it_is_prioritized": (
        lambda **p: after(submitted(impact=Impact.LOW), "request_authorization", **p),
        lambda **p: after(
            submitted(impact=Impact.LOW, urgency=Urgency.LOW), "request_authorization", **p
        ),
    ),
    "its_environment_is_supported": (
        lambda **p: after(
            submitted(service="workplace", environment="test"), "request_authorization", **p
        ),
        lambda **p: after(
            submitted(service="workplace", environment="production"), "request_authorization", **p
        ),
    ),
    "its_environment_is_supported: of the services of its items": (
        lambda **p: after(
            submitted(items=[item(service="workplace")], environment="test"),
            "request_authorization",
            **p,
        ),
        lambda **p: after(
            submitted(items=[item(service="elsewhere")], environment="test"),
            "request_authorization",
            **p,
        ),
    ),
    "its_environment_is_supported: where one is named": (
        lambda **p: after(
            submitted(service="workplace", environment="lab"), "request_authorization", **p
        ),
        lambda **p: after(submitted(service="workplace"), "request_authorization", **p),
    ),
    "the_requester_was_told": (
        lambda **p: after(standing("in_review"), "reject", **p),
        lambda **p: after(submitted("communicate"), "reject", **p),
    ),
    "the_requester_was_told: not in an internal message": (
        lambda **p: after(
            submitted(("communicate", {"visibility": Visibility.INTERNAL})), "reject", **p
        ),
        lambda **p: after(submitted("communicate"), "reject", **p),
    ),
    "the_requester_was_told: and asking is not being told": (
        lambda **p: after(
            submitted(("communicate", {"direction": Direction.INBOUND})), "reject", **p
        ),
        lambda **p: after(waiting("communicate"), "reject", **p),
    ),
    "the_requester_was_told: whom else an answer tells": (
        lambda **p: after(waiting(), "reject", **p),
        lambda **p: after(waiting(), "decline", **p),
    ),
    **{
        f"a_needed_change_is_registered: one that is {status}": (
            lambda status=status, **p: after(
                touching_one(("register_change", {"status": status})), "start_fulfillment", **p
            ),
            lambda **p: after(touching_one("register_change"), "start_fulfillment", **p),
        )
        for status in ChangeStatus
        if not status.may_bring_a_fix
    },
    "a_needed_change_is_registered": (
        lambda **p: after(touching_one(), "start_fulfillment", **p),
        lambda **p: after(touching_one("register_change"), "start_fulfillment", **p),
    ),
    "a_move_says_why": (
        lambda **p: after(standing("in_progress"), "assign", **p),
        lambda **p: after(standing("in_progress"), "assign", note="They have stock.", **p),
    ),
    "a_move_says_why: when it is begun": (
        lambda **p: after(submitted_to_the_depot(), "start_fulfillment", **p),
        lambda **p: after(submitted_to_the_depot(), "start_fulfillment", group="depot", **p),
    ),
    "what_is_awaited_is_named": (
        lambda **p: waiting_for(PendingReason.AWAITING_CHANGE, None, **p),
        lambda **p: waiting_for(PendingReason.AWAITING_CHANGE, CHANGE, **p),
    ),
    "what_is_awaited_is_named: a parent": (
        lambda **p: waiting_for(PendingReason.AWAITING_PARENT, CHANGE, **p),
        lambda **p: waiting_for(PendingReason.AWAITING_PARENT, OTHER, **p),
    ),
    "updates_of_configuration_items_are_noted": (
        lambda **p: after(touching(), "complete", **p),
        lambda **p: after(touching(), "complete", configuration_updates="nb7 is Ana's.", **p),
    ),
    "the_closure_is_categorized": (
        lambda **p: after(standing("completed"), "close", **p),
        lambda **p: after(standing("completed"), "close", category=CategoryPath("done"), **p),
    ),
    "the_closure_is_categorized: as it was before": (
        lambda **p: after(standing("completed"), "close", **p),
        lambda **p: after(standing("completed", category=HARDWARE), "close", **p),
    ),
    "the_charge_has_a_budget_center": (
        lambda **p: after(standing("completed"), "close", **p),
        lambda **p: after(standing("completed", budget_center="cc1"), "close", **p),
    ),
    "the_charge_has_a_budget_center: where there is a charge": (
        lambda **p: after(standing("completed"), "close", **p),
        lambda **p: after(requested(CHAIR, "submit", "complete"), "close", **p),
    ),
    "an_administrative_closure_is_explained": (
        lambda **p: after(standing("completed"), "close", reason=ClosureReason.ADMINISTRATIVE, **p),
        lambda **p: after(
            standing("completed"),
            "close",
            reason=ClosureReason.ADMINISTRATIVE,
            note="Ana left the company.",
            **p,
        ),
    ),
    "what_was_done_can_be_undone": (
        lambda **p: after(through(standing("in_progress"), "complete_task"), "cancel", **p),
        lambda **p: after(
            through(standing("in_progress"), "complete_task"),
            "cancel",
            undo_plan="Send it back.",
            **p,
        ),
    ),
    "what_was_done_can_be_undone: where anything was": (
        lambda **p: after(through(standing("in_progress"), "complete_task"), "cancel", **p),
        lambda **p: after(standing("in_progress"), "cancel", **p),
    ),
    "an_external_line_is_named": (
        lambda **p: escalated(EscalationKind.FUNCTIONAL, line=SupportLine.SUPPLIER, **p),
        lambda **p: escalated(
            EscalationKind.FUNCTIONAL, line=SupportLine.SUPPLIER, group="carrier", **p
        ),
    ),
}


def submitted_to_the_depot():
    return requested(CHAIR, "submit", "authorize", "assign")


def touching():
    """
    Return a request that touches a configuration item, and may be completed.
    """
    request = standing("in_progress", configuration_items=[ConfigurationItemId("nb7")])
    return through(request, *DONE)


#: What the message of a case says is in the way, and what to do.
TEXTS = {
    "something_is_revised": "nothing is revised: what is given was said before",
    "a_requester_is_known": "there is no requester",
    "something_is_asked_for": "nothing is asked for",
    "forms_are_filled_in": "laptop: 'memory' must be at least 8, not 4",
    "the_beneficiary_is_entitled": "laptop: nobody knows of a customer that it is for",
    "somebody_has_to_agree": "nobody has to agree to it: 'authorize' is possible",
    "it_takes_one_standard_change_at_most": (
        "its items take several standard changes (add-a-desk, add-a-laptop): ask for them apart"
    ),
    "everybody_who_has_to_agree_can_be_asked": (
        "nobody can be asked as line_manager of ana: the directory knows none"
    ),
    "everybody_who_has_to_agree_can_be_asked: without an interest in it": (
        "nobody can be asked as mia: mia has an interest in it; and no manager takes their place"
    ),
    "everybody_who_has_to_agree_can_be_asked: with limit enough": (
        "nobody can be asked as bo: bo may approve 1499 EUR, and it costs 1500 EUR;"
        " and no manager takes their place"
    ),
    "the_cost_is_known_to_who_approves_it": "nobody said what it costs",
    "nobody_has_to_agree": "somebody has to agree to it: 'request_authorization' asks them",
    "nobody_authorizes_their_own": (
        "ana asks for it, gets it, or acts for who does, and cannot authorize it"
    ),
    "every_approval_that_counts_is_given": "it is not approved; it waits for: bo (financial)",
    "the_request_waits_for_it": "its request is suspended, and waits for no approval",
    "somebody_who_was_asked_decides": "kim was not asked: it is up to mia, or a deputy",
    "nobody_approves_their_own": (
        "ana asks for it, gets it, or acts for who does, and cannot approve it"
    ),
    "one_person_has_one_say": "bo has another say in it",
    "one_person_has_one_say: a deputy of both speaks for one": "kim has another say in it",
    "the_cost_is_within_the_limit": "it costs 1500 EUR, and bo may approve 1 EUR",
    "the_cost_is_within_the_limit: in the currency of the cost": (
        "the limit of bo is in USD, and the cost in EUR"
    ),
    "a_delegate_is_named": "there is no delegate",
    "a_delegate_is_named: somebody else": "nobody delegates to themselves",
    "the_delegate_may_approve": "ana asks for it, gets it, or acts for who does",
    "the_delegate_may_approve: whose say it is not already": "bo has another say in it",
    "the_delegate_may_approve: who has not spoken elsewhere": "kim has another say in it",
    "another_approver_is_named": "there is no approver",
    "another_approver_is_named: by somebody else": "nobody reassigns an approval to themselves",
    "another_approver_is_named: who is not asked already": "mia is asked already",
    "the_new_approver_may_approve": "ana asks for it, gets it, or acts for who does",
    "the_new_approver_may_approve: whose say it is not already": "bo has another say in it",
    "the_new_approver_may_approve: with limit enough": (
        "it costs 1500 EUR, and kim may approve 100 EUR"
    ),
    "a_needed_change_is_registered": "it takes a change: 'register_change' names it",
    "no_more_is_withdrawn_than_delivered": "1 of laptop would be withdrawn, 0 are there",
    "it_is_decided_in_time": (
        "its time was over at 2026-03-05 00:00:00+00:00: 'expire_approval' or 'extend_approval'"
    ),
    "the_extension_gives_more_time": "it has until 2026-03-05 00:00:00+00:00 already",
    "the_extension_gives_more_time: what never expires has all": (
        "it never expires: any date would be less time"
    ),
    "the_delegate_may_approve: with limit enough": "it costs 1500 EUR, and kim may approve 100 EUR",
    "the_extension_lies_ahead": (
        "expires_at 2026-03-09 07:39:00+00:00 does not lie after 2026-03-09 07:39:00+00:00"
    ),
    "its_time_is_over": "it expires at 2026-03-05 00:00:00+00:00",
    "its_time_is_over: it has one": "it never expires",
    "somebody_fulfills_it": "neither a group nor an assignee is named",
    "the_standard_change_is_registered": (
        "there is no standard change: 'register_change' names it"
    ),
    "the_standard_change_is_registered: one that was not rejected": "CHG-1 is rejected",
    "it_is_authorized": "it is not authorized yet",
    "a_change_is_named": "there is no change",
    "the_change_is_new_or_moved_on": "CHG-1 was told of before, as registered",
    "the_change_is_new_or_moved_on: its status is": "CHG-1 was told of before, as approved",
    "the_item_was_asked_for": "desk was not asked for; its items: laptop",
    "the_item_was_asked_for: it is named": "there is no item",
    "no_more_is_delivered_than_asked_for": ("2 of laptop would be delivered, and 1 are asked for"),
    "mandatory_tasks_are_over": "tasks are not over: laptop/install",
    "no_task_moved_since": "tasks moved after 2026-03-02 09:19:00+00:00: laptop/install",
    "an_overrun_is_explained": "it has cost 1501 EUR, and 1500 EUR were thought of: say why",
    "what_is_missing_is_explained: that its change failed": (
        "CHG-1 failed: say why it is completed"
    ),
    "what_is_missing_is_explained": "it is completed with issues: say why",
    "what_is_missing_is_explained: what was delivered in part": (
        "it is completed in part: say why"
    ),
    "linked_access_requests_are_over": "access requests are open: ACC-1",
    "linked_access_requests_are_over: somebody says which are open": (
        "nobody said which of its access requests are open; name them, even if none is"
    ),
    "fulfillment_is_under_way": "its request is authorized: nobody works on its tasks",
    "fulfillment_is_under_way: it does not wait": (
        "its request is suspended: nobody works on its tasks"
    ),
    "it_says_what_is_to_be_done": "there is no name",
    "a_group_does_it": "there is no group to do it",
    "its_item_was_asked_for": "desk was not asked for; its items: laptop",
    "what_it_depends_on_is_there": "it depends on what is no task: dry",
    "what_it_depends_on_is_over": "it waits for laptop/order",
    "another_attempt_is_left": "it failed 2 times of 2: a person has to see to it",
    "closure_conditions_are_confirmed": "nobody confirmed: The old one is back",
    "what_is_confirmed_is_a_condition": (
        "no conditions of it: He smiles; its: The old one is back, It is tagged"
    ),
    "what_is_confirmed_is_a_condition: where there are none": (
        "no conditions of it: He smiles; its: none"
    ),
    "an_automatic_closure_is_due: never for a VIP": "it is never closed automatically",
    "the_reopen_window_is_open": "draft a new service request and link it",
    "another_reopening_is_allowed": "it was reopened 1 times; draft a new service request",
    "a_cancellation_reason_is_given": "there is no cancellation reason",
    "what_takes_its_place_is_named": "nobody named the request that it repeats",
    "what_takes_its_place_is_named: for a conversion": "nobody named what it became",
    "its_environment_is_supported": "workplace is not supported in test",
    "the_requester_was_told": "the requester was not told",
    "updates_of_configuration_items_are_noted": (
        "nobody noted what became of its configuration items"
    ),
    "the_charge_has_a_budget_center": "nobody said which budget center pays 1500 EUR",
    "what_was_done_can_be_undone": "nobody said how it is undone; done: laptop/order",
}


def asking_for(*guards):
    return only(*guards, catalog=CATALOG)


def attempt(case):
    """
    Make the attempt of a case that its rule refuses.
    """
    if case in INTEGRITY:
        return INTEGRITY[case][0](policies=None)
    return COMPLETENESS[case][0](policies=asking_for(TestRules().guards[rule_of(case)]))


class TestRules(EveryRule):
    lifecycles = (REQUEST_LIFECYCLE, APPROVAL_LIFECYCLE, TASK_LIFECYCLE)
    integrity = INTEGRITY
    completeness = COMPLETENESS
    named_by_the_domain = REQUEST_COMPLETENESS
    asking_for = staticmethod(asking_for)
    words = tuple((functools.partial(attempt, case), text) for case, text in TEXTS.items())

    def test_what_each_rule_of_the_room_says_is_looked_at(self):
        own = {
            name
            for name, guard in self.guards.items()
            if guard.why_not.__module__.startswith("itil_ops.request")
        }
        assert own <= {rule_of(case) for case in TEXTS}
        assert all(guard.meaning.endswith(".") for guard in self.guards.values())


# ---- Several at once ----------------------------------------------------------------------------


class TestSeveralAtOnce:
    def test_all_rules_that_a_submission_breaks_are_named(self):
        draft = drafted(requester=None, items=[])
        with pytest.raises(GuardRefusedError) as refusal:
            after(draft, "submit", policies=asking_for(*REQUEST_COMPLETENESS))
        assert rules_of(refusal) == [
            "a_requester_is_known",
            "something_is_asked_for",
            "it_is_described",
            "the_channel_is_known",
        ]
        assert refusal.value.subject == "service request REQ-1"

    def test_all_rules_that_asking_for_authorization_breaks_are_named(self):
        request = requested(BY_ITS_COST, "submit", requester="bo")
        with pytest.raises(GuardRefusedError) as refusal:
            after(request, "request_authorization", policies=asking_for(*REQUEST_COMPLETENESS))
        assert rules_of(refusal) == [
            "it_is_categorized",
            "it_is_prioritized",
            "everybody_who_has_to_agree_can_be_asked",
        ]

    def test_all_rules_that_an_approval_breaks_are_named(self):
        acting = directed(deputies={"bo": ["ana"]}, limits={"ana": eur(1)})
        with pytest.raises(GuardRefusedError) as refusal:
            after(waiting("suspend"), "approve", approval=SECOND, by=ANA, policies=acting)
        assert rules_of(refusal) == [
            "the_request_waits_for_it",
            "nobody_approves_their_own",
            "the_cost_is_within_the_limit",
        ]
        assert refusal.value.subject == "approval 2"

    def test_all_rules_that_an_added_task_breaks_are_named(self):
        with pytest.raises(GuardRefusedError) as refusal:
            after(
                for_nothing("authorize"),
                "add_task",
                name=None,
                group=None,
                item="desk",
                depends_on=[TaskId("dry")],
            )
        assert rules_of(refusal) == [
            "fulfillment_is_under_way",
            "it_says_what_is_to_be_done",
            "a_group_does_it",
            "its_item_was_asked_for",
            "what_it_depends_on_is_there",
        ]

    def test_every_step_of_a_completion_in_one_breath_names_what_it_misses(self):
        request = requested(BY_A_CHANGE, "submit", configuration_items=[ConfigurationItemId("n")])
        with pytest.raises(GuardRefusedError) as refusal:
            after(request, "complete", policies=asking_for(*REQUEST_COMPLETENESS))
        assert rules_of(refusal) == [
            "it_is_categorized",
            "it_is_prioritized",
            "the_standard_change_is_registered",
            "updates_of_configuration_items_are_noted",
        ]
        assert (refusal.value.action, refusal.value.state) == ("complete", "in_review")

    def test_all_rules_that_a_closure_breaks_are_named(self):
        request = requested(WITH_CONDITIONS, "submit", ("complete", {"actual_cost": eur(9)}))
        with pytest.raises(GuardRefusedError) as refusal:
            after(
                request,
                "close",
                reason=ClosureReason.ADMINISTRATIVE,
                confirmed_conditions=["He smiles"],
                policies=asking_for(*REQUEST_COMPLETENESS),
            )
        assert rules_of(refusal) == [
            "closure_conditions_are_confirmed",
            "what_is_confirmed_is_a_condition",
            "the_closure_is_categorized",
            "the_charge_has_a_budget_center",
            "an_administrative_closure_is_explained",
        ]
