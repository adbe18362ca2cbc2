"""
Bad arguments are refused before anything changes, whatever they are and wherever they stand.
"""

from __future__ import annotations

import datetime as dt
import functools

from decimal import Decimal

import pendulum
import pytest

from itil_ops import (
    Actor,
    CatalogError,
    ChangeId,
    EscalationKind,
    GuardRefusedError,
    IllegalTransitionError,
    Impact,
    IncidentId,
    IncidentPolicies,
    PendingReason,
    Policies,
    Priority,
    ProblemId,
    RequestCancellationReason,
    RequestedItem,
    RequestOutcome,
    RequestPolicies,
    StaffDirectory,
    SupportLine,
    TaskId,
    Urgency,
)
from itil_ops.catalog import (
    AnyOf,
    ApprovalKind,
    Approver,
    Money,
    RequestModel,
    RequestType,
    TaskTemplate,
)
from itil_ops.request.vocabulary import RequestStage
from record_doubles import nothing_changes, rules_of
from request_doubles import (
    ANA,
    CHAIR,
    EVE,
    FIRST,
    GOOD,
    GOOD_OF_APPROVALS,
    GOOD_OF_PARTS,
    INSTALL,
    KIM,
    LAPTOP,
    LI,
    MIA,
    MORNING,
    ORDER,
    OTHER,
    SECOND,
    STAFF,
    after,
    drafted,
    eur,
    item,
    minute,
    ready,
    standing,
    through,
)
from room_tables import EveryArgument
from room_tables import refused as is_refused
from rooms import REQUESTS


VERBS = [verb for verb in (*GOOD, *GOOD_OF_PARTS) if verb != "draft"]

#: Where each verb is tried; in several places where it comes to something else.
PLACES = (
    dict.fromkeys(VERBS, ("in_progress",))
    | dict.fromkeys(GOOD_OF_APPROVALS, ("waiting_authorization",))
    | {
        "revise": ("draft", "in_review"),
        "submit": ("draft",),
        "request_authorization": ("in_review",),
        "authorize": ("in_review preauthorized",),
        "reject": ("in_review", "waiting_authorization"),
        "return_to_review": ("waiting_authorization",),
        "start_fulfillment": ("authorized", "in_review preauthorized"),
        "resume": ("suspended", "suspended from waiting_authorization"),
        "complete": ("in_progress", "in_review preauthorized"),
        "close": ("completed",),
        "reopen": ("completed", "closed"),
        "cancel": ("in_progress", "waiting_authorization"),
    }
)

TEXTS = {
    "title",
    "number",
    "description",
    "requester",
    "requested_for",
    "budget_center",
    "service",
    "customer",
    "environment",
    "owner",
    "note",
    "group",
    "assignee",
    "awaited",
    "to",
    "item",
    "name",
    "error",
    "result",
    "configuration_updates",
    "undo_plan",
    "message",
    "text",
    "reason of reject",
    "reason of decline",
    "reason of return_to_review",
    "reason of reassign_approval",
    "reason of withdraw_delivery",
    "reason of reopen",
    "reason of prioritize",
    "reason of escalate",
    "reason of redo_task",
    "reason of skip_task",
    "reason of cancel_task",
}
INSTANTS = {"at", "effective_at", "until", "reported_at"}
NUMBERS = {"attempts", "generations_below", "level", "quantity", "satisfaction"}
SEVERAL = {
    "ancestors",
    "configuration_items",
    "confirmed_conditions",
    "depends_on",
    "informed",
    "items",
    "links",
    "open_access_requests",
}

#: What looks like an argument, and is none.
ALIKE = (
    ("draft", "revise", {"items": [LAPTOP]}),
    ("draft", "revise", {"items": "laptop"}),
    ("draft", "revise", {"items": item()}),
    ("draft", "revise", {"requester": ANA}),
    ("draft", "revise", {"requested_for": Actor.group("sales")}),
    ("draft", "revise", {"estimate": Decimal(9)}),
    ("draft", "revise", {"estimate": 9}),
    ("draft", "revise", {"configuration_items": ["mx1"]}),
    ("draft", "revise", {"channel": "portal"}),
    ("draft", "submit", {"catalog": LAPTOP}),
    ("waiting_authorization", "approve", {"approval": "1"}),
    ("waiting_authorization", "approve", {"approval": 1}),
    ("waiting_authorization", "approve", {"approval": TaskId("1")}),
    ("waiting_authorization", "decline", {"approval": ORDER}),
    ("waiting_authorization", "delegate", {"to": KIM}),
    ("waiting_authorization", "extend_approval", {"until": dt.date(2026, 3, 9)}),
    ("waiting_authorization", "extend_approval", {"until": dt.timedelta(days=2)}),
    ("waiting_authorization", "expire_approval", {"approval": "1"}),
    ("authorized", "start_fulfillment", {"assignee": LI}),
    ("authorized", "start_fulfillment", {"group": Actor.group("depot")}),
    ("in_progress", "suspend", {"reason": "awaiting_supplier"}),
    ("in_progress", "suspend", {"awaited": 7}),
    ("in_progress", "suspend", {"until": dt.date(2026, 3, 9)}),
    ("in_progress", "complete", {"actual_cost": Decimal(9)}),
    ("in_progress", "complete", {"open_access_requests": [ChangeId("A")]}),
    ("in_progress", "complete", {"open_access_requests": "A"}),
    ("completed", "close", {"reason": "caller_confirmed"}),
    ("completed", "close", {"category": "hardware"}),
    ("completed", "close", {"confirmed_conditions": "returned"}),
    ("completed", "close", {"satisfaction": "5"}),
    ("in_progress", "cancel", {"reason": "duplicate"}),
    ("in_progress", "cancel", {"duplicate_of": IncidentId("REQ-2")}),
    ("in_progress", "cancel", {"converted_to": "INC-1"}),
    ("in_progress", "deliver", {"item": item()}),
    ("in_progress", "deliver", {"quantity": "1"}),
    ("in_progress", "deliver", {"quantity": None}),
    ("in_progress", "register_change", {"change": "CHG-1"}),
    ("in_progress", "register_change", {"change": ProblemId("CHG-1")}),
    ("in_progress", "register_change", {"status": "approved"}),
    ("in_progress", "record_change", {"status": "approved"}),
    ("in_progress", "add_task", {"task": "engrave"}),
    ("in_progress", "add_task", {"task": FIRST}),
    ("in_progress", "add_task", {"depends_on": ["laptop/order"]}),
    ("in_progress", "add_task", {"depends_on": "laptop/order"}),
    ("in_progress", "add_task", {"depends_on": ORDER}),
    ("in_progress", "add_task", {"mandatory": 1}),
    ("in_progress", "add_task", {"automated": None}),
    ("in_progress", "add_task", {"duration": 3}),
    ("in_progress", "add_task", {"retry_after": 3, "automated": True, "attempts": 2}),
    ("in_progress", "start_task", {"task": "laptop/order"}),
    ("in_progress", "complete_task", {"task": FIRST}),
    ("in_progress", "assign_task", {"assignee": LI}),
    ("in_progress", "assign", {"assignee": LI}),
    ("in_progress", "categorize", {"category": "hardware/laptop"}),
    ("in_progress", "prioritize", {"impact": Urgency.HIGH}),
    ("in_progress", "prioritize", {"override": 1}),
    ("in_progress", "escalate", {"kind": "functional"}),
    ("in_progress", "escalate", {"informed": "cio"}),
    ("in_progress", "communicate", {"direction": "inbound"}),
    ("in_progress", "link", {"kind": "related"}),
    ("in_progress", "link", {"target": "REQ-2"}),
    ("in_progress", "join", {"parent": IncidentId("INC-1")}),
    ("in_progress", "comment", {"by": "li"}),
    ("in_progress", "comment", {"by": None}),
    ("in_progress", "comment", {"at": "2026-03-02T10:00Z"}),
    ("in_progress", "comment", {"at": None}),
    ("in_progress", "comment", {"policies": Policies()}),
    ("in_progress", "complete_task", {"policies": IncidentPolicies()}),
)

#: What a verb does without, though these tests tell it.
SPARED = {
    "revise": {"description"},
    "suspend": {"awaited"},
    "start_fulfillment": {"group", "assignee"},
    "assign": {"group", "assignee"},
    "prioritize": {"impact", "urgency"},
    "deliver": {"quantity"},
    "withdraw_delivery": {"quantity"},
    "approve": {"approval"},
    "decline": {"approval"},
    "delegate": {"approval"},
    "extend_approval": {"until"},
    "add_task": {"group"},
    "assign_task": {"group"},
}

#: What some verbs take, and others do not.
FOREIGN = {
    "effective_at": minute(2),
    "decided": {"priority": "whim"},
    "part": None,
    "note": "Aside.",
    "told": {},
    "approval": FIRST,
    "task": ORDER,
}

#: What no request begins with.
NEVER_STATED = {
    "colour": "red",
    "priority": None,
    "state": "closed",
    "returns_to": "draft",
    "version": 7,
    "stored_version": 7,
    "journal": (),
    "parts": (),
    "links": (),
    "submitted_at": MORNING,
    "authorized_at": MORNING,
    "approval_rule": None,
    "delivered": {},
    "charge": None,
    "change": ChangeId("CHG-1"),
    "cancellation_reason": RequestCancellationReason.WITHDRAWN,
    "responded_at": MORNING,
}

refused = functools.partial(is_refused, REQUESTS)


class TestArguments(EveryArgument):
    room = REQUESTS
    places = PLACES
    texts = TEXTS
    instants = INSTANTS
    numbers = NUMBERS
    several = SEVERAL
    alike = ALIKE
    foreign = FOREIGN
    never_stated = NEVER_STATED
    spared = SPARED


def refusal_of(attempt):
    """
    Return what an attempt is refused by, each rule with its text.
    """
    with pytest.raises(GuardRefusedError) as refusal:
        attempt()
    return {reason.rule: reason.text for reason in refusal.value.reasons}


def told_by(attempt):
    """
    Return all that an attempt is refused by, in order: each rule with its text.
    """
    with pytest.raises(GuardRefusedError) as refusal:
        attempt()
    return [(reason.rule, reason.text) for reason in refusal.value.reasons]


def staffed(**differing):
    """
    Return policies with a directory that differs from that of the doubles.
    """
    known = {
        "managers": {"ana": "mia", "mia": "bo"},
        "deputies": {"mia": ["kim"], "ana": ["eve"]},
        "limits": {"bo": eur(5000), "kim": eur(100)},
    }
    return RequestPolicies(directory=StaffDirectory(**{**known, **differing}))


STAFFED = RequestPolicies(directory=STAFF)


# ---- Forms --------------------------------------------------------------------------------------


class TestForms:
    @pytest.mark.parametrize(
        ("form", "text"),
        [
            pytest.param({"memory": 32, "color": "red"}, "there is no field 'color'", id="unknown"),
            pytest.param({"memori": 32}, "did you mean 'memory'?", id="misspelled"),
            pytest.param({"color": "red"}, "'memory' is missing", id="missing"),
            pytest.param(
                {"memory": "32"}, "'memory' must be a whole number, not '32'", id="wrong type"
            ),
            pytest.param({"memory": True}, "'memory' must be a whole number", id="a flag"),
            pytest.param({"memory": 4}, "'memory' must be at least 8, not 4", id="out of bounds"),
        ],
    )
    def test_a_field_that_is_unknown_or_missing_or_of_the_wrong_type_is_not_submitted(
        self, form, text
    ):
        draft = drafted(items=[item(form=form)])
        with nothing_changes(draft):
            told = told_by(lambda: after(draft, "submit"))
        assert {rule for rule, _ in told} == {"forms_are_filled_in"}
        assert any(text in words for _, words in told)
        assert all(words.startswith("laptop: ") for _, words in told)
        reasons = draft.why_not("submit", by=ANA, at=MORNING)
        assert [(reason.rule, reason.text) for reason in reasons] == told

    def test_all_that_is_wrong_with_all_forms_is_told_at_once(self):
        draft = drafted(items=[item(form={"color": "red"}), item(form={"memory": 1}, name="spare")])
        assert told_by(lambda: after(draft, "submit")) == [
            ("forms_are_filled_in", "laptop: there is no field 'color'; fields: memory"),
            ("forms_are_filled_in", "laptop: 'memory' is missing"),
            ("forms_are_filled_in", "spare: 'memory' must be at least 8, not 1"),
        ]

    def test_a_draft_may_be_filled_in_later(self):
        draft = drafted(items=[item(form={"memory": 1})])
        told = after(draft, "revise", items=[item(form={"memory": 64})])
        assert after(told, "submit").items[0].form == {"memory": 64}

    def test_what_is_submitted_is_not_revised_to_a_form_with_gaps(self):
        request = standing("in_review")
        with nothing_changes(request):
            told = refusal_of(lambda: after(request, "revise", items=[item(form={"memory": 1})]))
        assert list(told) == ["forms_are_filled_in"]


# ---- Approvals ----------------------------------------------------------------------------------


class TestApprovals:
    """
    Who may not approve, when and how much.
    """

    def test_who_asks_for_it_does_not_approve_it_as_a_deputy(self):
        acting = staffed(deputies={"mia": ["ana"]})
        request = standing("waiting_authorization")
        told = refusal_of(lambda: request.approve(by=ANA, at=minute(9), policies=acting))
        assert told == {
            "nobody_approves_their_own": (
                "ana asks for it, gets it, or acts for who does, and cannot approve it"
            )
        }

    def test_nor_does_who_gets_it(self):
        request = standing("waiting_authorization", requested_for="kim")
        told = refusal_of(lambda: request.approve(by=KIM, at=minute(9), policies=STAFFED))
        assert list(told) == ["nobody_approves_their_own"]

    def test_nor_who_acts_for_them(self):
        acting = staffed(deputies={"mia": ["eve"], "ana": ["eve"]})
        request = standing("waiting_authorization")
        told = refusal_of(lambda: request.approve(by=EVE, at=minute(9), policies=acting))
        assert list(told) == ["nobody_approves_their_own"]

    def test_nor_does_anybody_decline_their_own(self):
        acting = staffed(deputies={"mia": ["ana"]})
        request = standing("waiting_authorization")
        told = refusal_of(
            lambda: request.decline(reason="No.", by=ANA, at=minute(9), policies=acting)
        )
        assert list(told) == ["nobody_approves_their_own"]

    @pytest.mark.parametrize(("person", "text"), [("ana", "asks for it"), ("eve", "acts for who")])
    def test_nor_is_their_approval_delegated_to_them(self, person, text):
        request = standing("waiting_authorization")
        told = refusal_of(lambda: after(request, "delegate", to=person, policies=STAFFED))
        assert list(told) == ["the_delegate_may_approve"]
        assert text in told["the_delegate_may_approve"]

    def test_an_approver_who_asks_for_it_is_replaced_beforehand(self):
        request = after(
            standing("in_review", requester="mia"),
            "request_authorization",
            policies=staffed(managers={"mia": "bo", "bo": "cleo"}, limits={}),
        )
        asked = {one.approver: one.in_place_of for one in request.approvals}
        assert asked == {"cleo": "mia", "bo": None}

    def test_what_no_model_authorizes_is_not_authorized_by_who_asks_for_it(self):
        request = standing("in_review", items=[], description="A quiet corner.")
        told = refusal_of(lambda: after(request, "authorize", by=ANA))
        assert list(told) == ["nobody_authorizes_their_own"]
        assert after(request, "authorize", by=LI).is_authorized

    def test_nobody_approves_twice(self):
        request = after(standing("waiting_authorization"), "approve")
        with nothing_changes(request):
            told = refusal_of(lambda: request.approve(by=MIA, at=minute(9)))
        assert told == {
            "somebody_who_was_asked_decides": (
                "no open approval is mia's; asked: bo (approval 2);"
                " mia has answered: approval 1 is approved"
            )
        }

    def test_an_approval_is_given_once(self):
        request = after(standing("waiting_authorization"), "approve")
        with nothing_changes(request), pytest.raises(IllegalTransitionError) as refusal:
            after(request, "approve", approval=FIRST)
        assert (refusal.value.lifecycle, refusal.value.state) == ("approval", "approved")
        assert str(refusal.value).startswith("approval 1: 'approve' refused in state 'approved'")

    @pytest.mark.parametrize("action", ["reject", "cancel"])
    @pytest.mark.parametrize("verb", ["approve", "decline", "delegate", "extend_approval"])
    def test_nothing_is_decided_after_the_end(self, action, verb):
        request = after(standing("waiting_authorization"), action)
        with nothing_changes(request), pytest.raises(IllegalTransitionError) as refusal:
            after(request, verb)
        assert refusal.value.state == "withdrawn"
        assert request.why_not(verb, **REQUESTS.told(request, verb))

    @pytest.mark.parametrize("verb", ["approve", "decline"])
    def test_who_was_not_asked_does_not_decide(self, verb):
        request = standing("waiting_authorization")
        reason = {"reason": "No."} if verb == "decline" else {}
        ask = functools.partial(getattr(request, verb), by=EVE, at=minute(9), **reason)
        with nothing_changes(request):
            assert refusal_of(ask) == {
                "somebody_who_was_asked_decides": (
                    "no open approval is eve's; asked: mia (approval 1), bo (approval 2)"
                )
            }
            assert refusal_of(functools.partial(ask, FIRST)) == {
                "somebody_who_was_asked_decides": "eve was not asked: it is up to mia, or a deputy"
            }

    def test_nobody_approves_above_their_limit(self):
        request = after(standing("waiting_authorization"), "approve")
        low = staffed(limits={"bo": eur(1499)})
        told = refusal_of(lambda: after(request, "approve", approval=SECOND, policies=low))
        assert told == {
            "the_cost_is_within_the_limit": "it costs 1500 EUR, and bo may approve 1499 EUR"
        }
        enough = staffed(limits={"bo": eur(1500)})
        assert after(request, "approve", approval=SECOND, policies=enough).is_authorized

    def test_nor_does_a_deputy_above_their_own(self):
        request = standing("waiting_authorization")
        acting = staffed(deputies={"bo": ["kim"]})
        told = refusal_of(lambda: request.approve(SECOND, by=KIM, at=minute(9), policies=acting))
        assert told == {
            "the_cost_is_within_the_limit": "it costs 1500 EUR, and kim may approve 100 EUR"
        }

    def test_nor_a_delegate(self):
        request = standing("waiting_authorization")
        told = refusal_of(
            lambda: after(request, "delegate", approval=SECOND, to="kim", policies=STAFFED)
        )
        assert told == {
            "the_delegate_may_approve": "it costs 1500 EUR, and kim may approve 100 EUR"
        }

    def test_a_limit_is_for_money_alone(self):
        request = standing("waiting_authorization")
        poor = staffed(limits={"mia": eur(1)})
        assert after(request, "approve", policies=poor).approvals[0].decided_by == "mia"

    def test_nobody_is_asked_for_more_than_they_may_approve(self):
        request = standing("in_review")
        poor = staffed(managers={}, limits={"bo": eur(10)})
        told = refusal_of(lambda: after(request, "request_authorization", policies=poor))
        assert told == {
            "everybody_who_has_to_agree_can_be_asked": (
                "nobody can be asked as bo: bo may approve 10 EUR, and it costs 1500 EUR;"
                " and no manager takes their place"
            )
        }


# ---- Tasks --------------------------------------------------------------------------------------


class TestTasks:
    @pytest.mark.parametrize(
        "tasks",
        [
            [
                TaskTemplate("order", depends_on=["install"]),
                TaskTemplate("install", depends_on=["order"]),
            ],
            [TaskTemplate("order", depends_on=["order"])],
        ],
        ids=["of two", "of one"],
    )
    def test_tasks_in_a_cycle_are_refused_with_their_model(self, tasks):
        model = RequestModel(name="laptop", group="workplace", tasks=tasks)
        with pytest.raises(CatalogError) as refusal:
            item(model)
        assert [defect.rule for defect in refusal.value.defects] == ["cyclic_tasks"]
        assert "tasks wait for each other: order after" in str(refusal.value)

    def test_a_task_is_not_added_into_a_cycle(self):
        request = standing("in_progress")
        engrave = TaskId("engrave")
        told = refusal_of(lambda: after(request, "add_task", depends_on=[engrave]))
        assert told == {"what_it_depends_on_is_there": "it depends on what is no task: engrave"}

    def test_nor_one_that_depends_on_what_is_no_task(self):
        request = standing("in_progress")
        ghosts = [ORDER, TaskId("paint"), TaskId("dry")]
        told = refusal_of(lambda: after(request, "add_task", depends_on=ghosts))
        assert told == {"what_it_depends_on_is_there": "it depends on what is no task: paint, dry"}

    @pytest.mark.parametrize("verb", ["start_task", "complete_task"])
    def test_no_task_begins_before_what_it_depends_on(self, verb):
        request = standing("in_progress")
        with nothing_changes(request):
            told = refusal_of(lambda: after(request, verb, task=INSTALL))
        assert told == {"what_it_depends_on_is_over": "it waits for laptop/order"}
        assert after(after(request, "complete_task"), verb, task=INSTALL)

    def test_a_task_that_failed_or_was_called_off_holds_back_what_depends_on_it(self):
        for verb in ("fail_task", "cancel_task"):
            request = after(standing("in_progress"), verb)
            told = refusal_of(functools.partial(after, request, "start_task", task=INSTALL))
            assert list(told) == ["what_it_depends_on_is_over"]

    def test_no_task_belongs_to_what_was_not_asked_for(self):
        request = standing("in_progress")
        told = refusal_of(lambda: after(request, "add_task", item="desk"))
        assert told == {"its_item_was_asked_for": "desk was not asked for; its items: laptop"}

    def test_a_task_without_a_group_is_nobodys(self):
        request = through(
            standing("in_review", items=[], description="A quiet corner."), "authorize"
        )
        begun = after(request, "start_fulfillment", group=None)
        told = refusal_of(lambda: after(begun, "add_task", group=None))
        assert told == {"a_group_does_it": "there is no group to do it"}
        assert after(begun, "add_task", group=None, assignee="li").tasks[0].assignee == "li"

    def test_a_model_without_anybody_to_fulfill_it_is_refused(self):
        with pytest.raises(CatalogError) as refusal:
            item(RequestModel(name="laptop", tasks=[TaskTemplate("order")]))
        assert "there is no group to fulfill it" in str(refusal.value)
        tasks = [TaskTemplate("order", group="depot")]
        assert item(RequestModel(name="laptop", tasks=tasks)).model.group is None


# ---- Items and money ----------------------------------------------------------------------------


class TestItems:
    @pytest.mark.parametrize("quantity", [0, -1, True])
    def test_a_quantity_is_one_or_more(self, quantity):
        with pytest.raises(ValueError, match="quantity must be 1 or more"):
            item(quantity=quantity)

    @pytest.mark.parametrize("quantity", [0, -1, True])
    def test_so_is_what_is_delivered(self, quantity):
        refused(standing("in_progress"), "deliver", ValueError, quantity=quantity)

    def test_no_more_is_delivered_than_asked_for(self):
        request = standing("in_progress", items=[item(quantity=3)])
        some = after(request, "deliver", quantity=2)
        told = refusal_of(lambda: after(some, "deliver", quantity=2))
        assert told == {
            "no_more_is_delivered_than_asked_for": (
                "4 of laptop would be delivered, and 3 are asked for"
            )
        }
        assert after(some, "deliver").delivered == {"laptop": 3}

    def test_prices_are_of_one_currency(self):
        dollars = item(CHAIR, price=Money(Decimal(90), "USD"))
        with pytest.raises(ValueError, match="item 'laptop' 1500 EUR, item 'chair' 90 USD"):
            drafted(items=[item(), dollars])
        refused(standing("draft"), "revise", ValueError, items=[item(), dollars])

    def test_so_is_all_of_a_model(self):
        approval = AnyOf([Approver("bo", above=Money(Decimal(9), "USD"))])
        model = RequestModel(name="desk", group="depot", price=eur(9), approval=approval)
        with pytest.raises(CatalogError, match="amounts are in several currencies: EUR, USD"):
            item(model)

    def test_a_limit_in_another_currency_allows_nothing(self):
        request = standing("waiting_authorization")
        abroad = staffed(limits={"bo": Money(Decimal(9999), "USD")})
        told = refusal_of(lambda: after(request, "approve", approval=SECOND, policies=abroad))
        assert told == {
            "the_cost_is_within_the_limit": "the limit of bo is in USD, and the cost in EUR"
        }

    def test_nor_is_anybody_left_out_who_is_asked_above_a_cost_in_another_currency(self):
        approval = Approver("bo", kind=ApprovalKind.FINANCIAL, above=Money(Decimal(9), "USD"))
        model = RequestModel(name="desk", group="depot", approval=approval)
        request = standing("in_review", items=[item(model, price=eur(10))])
        told = refusal_of(lambda: after(request, "request_authorization"))
        assert told == {
            "everybody_who_has_to_agree_can_be_asked": (
                "the cost is in EUR, and bo is asked above 9 USD"
            )
        }

    def test_two_items_have_two_names(self):
        with pytest.raises(ValueError, match="named twice: laptop; name each yourself"):
            drafted(items=[item(), item()])
        assert drafted(items=[item(), item(name="spare")]).cost == eur(3000)

    @pytest.mark.parametrize(
        ("make", "error"),
        [
            (lambda: item(name=" "), ValueError),
            (lambda: item(quantity="1"), TypeError),
            (lambda: item(quantity=None), TypeError),
            (lambda: item(price=eur(-1)), ValueError),
            (lambda: item(price=9), TypeError),
            (lambda: item(service=""), ValueError),
            (lambda: item(catalog_item=7), TypeError),
            (lambda: RequestedItem(name="laptop", model="laptop"), TypeError),
            (lambda: RequestedItem(name="laptop", model=CHAIR, form=[1]), (TypeError, ValueError)),
            (lambda: RequestedItem.of("catalog", "laptop"), TypeError),
        ],
    )
    def test_an_item_that_makes_no_sense_is_refused_where_it_is_made(self, make, error):
        with pytest.raises(error):
            make()

    @pytest.mark.parametrize("amount", ["NaN", "Infinity", "-1"])
    def test_an_estimate_is_a_finite_amount_and_not_negative(self, amount):
        with pytest.raises(ValueError):
            drafted(estimate=eur(amount))

    @pytest.mark.parametrize("satisfaction", [0, 6, -1, True])
    def test_satisfaction_is_from_one_to_five(self, satisfaction):
        refused(standing("completed"), "close", ValueError, satisfaction=satisfaction)


# ---- What is missing ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "place", "told", "rule"),
    [
        ("suspend", "in_progress", {"reason": None}, "a_pending_reason_is_given"),
        ("cancel", "in_progress", {"reason": None}, "a_cancellation_reason_is_given"),
        ("reject", "in_review", {"reason": None}, "a_reason_is_given"),
        ("reopen", "completed", {"reason": None}, "a_reason_is_given"),
        ("decline", "waiting_authorization", {"reason": None}, "a_reason_is_given"),
        ("delegate", "waiting_authorization", {"to": None}, "a_delegate_is_named"),
        (
            "expire_approval",
            "waiting_authorization",
            {"approval": None},
            "the_approval_is_one_of_its_own",
        ),
        ("deliver", "in_progress", {"item": None}, "the_item_was_asked_for"),
        (
            "register_change",
            "in_progress",
            {"change": None},
            "a_change_is_named the_change_is_new_or_moved_on",
        ),
        (
            "record_change",
            "authorized beforehand",
            {"status": None},
            "the_change_is_new_or_moved_on",
        ),
        ("assign", "in_progress", {"group": None, "assignee": None}, "somebody_is_named"),
        ("assign_task", "in_progress", {"group": None}, "somebody_is_named"),
        ("add_task", "in_progress", {"name": None}, "it_says_what_is_to_be_done"),
        ("add_task", "in_progress", {"task": None}, "the_task_is_new"),
        ("start_task", "in_progress", {"task": None}, "the_task_is_one_of_its_own"),
        ("fail_task", "in_progress", {"error": None}, "a_reason_is_given"),
        ("skip_task", "in_progress", {"reason": None}, "a_reason_is_given"),
        ("cancel_task", "in_progress", {"reason": None}, "a_reason_is_given"),
        ("redo_task", "in_progress", {"reason": None}, "a_reason_is_given"),
        ("categorize", "in_progress", {"category": None}, "a_category_is_given"),
        ("comment", "in_progress", {"text": None}, "something_is_said"),
        ("communicate", "in_progress", {"message": None}, "something_is_said"),
        ("escalate", "in_progress", {"kind": None}, "the_escalation_leads_somewhere"),
        ("link", "in_progress", {"target": None}, "the_link_is_new"),
    ],
)
def test_what_is_missing_is_refused_by_the_rule_that_asks_for_it(action, place, told, rule):
    request = ready(place, action)
    with nothing_changes(request), pytest.raises(GuardRefusedError) as refusal:
        after(request, action, **told)
    assert rules_of(refusal) == rule.split()


# ---- What makes no sense ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reason", "name", "named"),
    [
        (RequestCancellationReason.WITHDRAWN, "duplicate_of", OTHER),
        (RequestCancellationReason.CONVERTED, "duplicate_of", OTHER),
        (RequestCancellationReason.DUPLICATE, "converted_to", IncidentId("INC-1")),
    ],
)
def test_what_takes_its_place_goes_with_the_reason(reason, name, named):
    refused(standing("in_review"), "cancel", ValueError, reason=reason, **{name: named})


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (EscalationKind.HIERARCHIC, {"group": "network"}),
        (EscalationKind.HIERARCHIC, {"line": SupportLine.THIRD}),
        (EscalationKind.FUNCTIONAL, {"level": 1}),
        (EscalationKind.FUNCTIONAL, {"informed": ["the board"]}),
    ],
    ids=["group", "line", "level", "informed"],
)
def test_what_belongs_to_one_escalation_is_no_part_of_the_other(kind, told):
    refused(standing("in_progress"), "escalate", ValueError, kind=kind, reason="late", **told)


@pytest.mark.parametrize("level", [0, -1, True])
def test_an_escalation_goes_up_by_one_level_or_more(level):
    told = {"kind": EscalationKind.HIERARCHIC, "level": level}
    refused(standing("in_progress"), "escalate", ValueError, **told)


@pytest.mark.parametrize(
    ("told"),
    [
        {"impact": Impact.VERY_HIGH, "urgency": Urgency.LOW},
        {"impact": Impact.LOW, "urgency": Urgency("whenever")},
        {"override": Priority.HIGH, "reason": "Audit.", "release_override": True},
    ],
    ids=["impact", "urgency", "override"],
)
def test_a_level_that_the_matrix_does_not_know_and_a_contradiction_are_value_errors(told):
    refused(standing("in_progress"), "prioritize", ValueError, **told)


def test_an_id_of_another_kind_is_no_requests():
    with pytest.raises(TypeError):
        drafted(id=IncidentId("INC-1"))


def test_a_suspension_for_a_reason_of_the_callers_own_is_no_bad_input():
    parts = PendingReason("awaiting_parts")
    assert after(standing("in_progress"), "suspend", reason=parts).pending_reason == parts


def test_instants_of_any_zone_are_kept_in_utc():
    told = pendulum.datetime(2026, 3, 2, 10, tz="Europe/Paris")
    request = through(drafted(at=told, reported_at=told), "submit")
    assert request.logged_at.isoformat() == "2026-03-02T09:00:00+00:00"
    assert request.reported_at.timezone_name == request.submitted_at.timezone_name == "UTC"


@pytest.mark.parametrize(
    "vocabulary",
    [RequestCancellationReason, RequestOutcome, RequestType, RequestStage, ApprovalKind],
    ids=lambda kind: kind.__name__,
)
@pytest.mark.parametrize("unknown", ["", "DUPLICATE", "no such word"])
def test_an_unknown_stored_value_of_a_closed_vocabulary_fails_loudly(vocabulary, unknown):
    with pytest.raises(ValueError):
        vocabulary(unknown)
