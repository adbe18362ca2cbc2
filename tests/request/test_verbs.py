"""
The verbs of the service request's own life: what each changes, and what the journal tells.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from itil_ops import (
    Actor,
    CategoryPath,
    GuardRefusedError,
    IllegalTransitionError,
    Impact,
    IncidentId,
    LinkKind,
    OutOfOrderError,
    PendingReason,
    Urgency,
)
from itil_ops.catalog import Approver, InOrder, Money, RequestType, StandardChange, TaskTemplate
from itil_ops.errors import CatalogError
from itil_ops.kernel.identity import ChangeId, ServiceRequestId
from itil_ops.kernel.vocabulary import ActionType, ChangeStatus, ClosureReason, Direction
from itil_ops.request.approval import ApprovalId
from itil_ops.request.items import RequestedItem
from itil_ops.request.policies import RequestPolicies
from itil_ops.request.record import ServiceRequest
from itil_ops.request.vocabulary import (
    Charge,
    RequestCancellationReason,
    RequestOutcome,
    request_action_type,
)
from itil_ops.sla.hours.duration import BusinessDays
from record_doubles import rules_of
from request.making import (
    ANA,
    BO,
    DESK,
    LI,
    MIA,
    MORNING,
    REQ,
    TOM,
    after,
    asked,
    catalog_of,
    day,
    drafted,
    eur,
    hours,
    item_of,
    model,
    states,
    submitted,
    task,
    told,
    under_way,
    waiting,
)


WAITS = PendingReason.AWAITING_CALLER
WITHDRAWN = RequestCancellationReason.WITHDRAWN
OTHER = ServiceRequestId("REQ-2")


def last(request):
    return request.journal[-1]


class TestDraft:
    def test_a_draft_is_promised_nothing_and_submitted_later(self):
        request = drafted()

        assert request.submitted_at is None
        assert request.promised_from == request.logged_at == MORNING

    def test_the_first_items_model_fills_in_what_nobody_said(self):
        first = model(
            category=CategoryPath("hardware/laptop"),
            impact=Impact.LOW,
            urgency=Urgency.HIGH,
            type=RequestType.ACCESS,
        )
        request = drafted(
            item_of(first, service="workplace"),
            item_of(model(category=CategoryPath("bag")), name="bag"),
        )

        assert request.category == CategoryPath("hardware/laptop")
        assert (request.impact, request.urgency) == (Impact.LOW, Urgency.HIGH)
        assert request.priority is not None
        assert (request.service, request.request_type) == ("workplace", RequestType.ACCESS)
        assert request.journal[0].decided["priority"] == "itil_3x3"

    def test_what_is_said_goes_before_the_model(self):
        request = drafted(
            model(category=CategoryPath("hardware"), impact=Impact.LOW),
            category=CategoryPath("software"),
            impact=Impact.HIGH,
        )

        assert request.category == CategoryPath("software")
        assert request.impact is Impact.HIGH

    def test_an_owner_is_named_or_the_policies_decide(self):
        assert drafted().journal[0].decided == {"owner": "fixed_owner"}
        assert drafted(owner="rhea").owner == "rhea"
        assert drafted(owner="rhea").journal[0].decided == {}

    def test_without_items_nothing_is_filled_in(self):
        request = ServiceRequest.draft(
            REQ, title="A thing", requester="ana", description="Any.", by=ANA, at=MORNING
        )

        assert request.items == ()
        assert request.category is None
        assert request.cost is None


class TestRevise:
    @pytest.mark.parametrize("make", [drafted, submitted])
    def test_until_somebody_is_asked_it_is_said_anew(self, make):
        request = after(make(), "revise", title="Another", requested_for="zoe", by=ANA)

        assert (request.title, request.beneficiary) == ("Another", "zoe")
        assert last(request).action == "revise"
        assert dict(last(request).changes) == {"title": "Another", "requested_for": "zoe"}

    def test_nothing_new_is_refused(self):
        with pytest.raises(GuardRefusedError, match="nothing is revised"):
            drafted().revise(title="A thing", by=ANA, at=MORNING)

    def test_once_submitted_it_stays_complete(self):
        with pytest.raises(GuardRefusedError, match="nothing is asked for"):
            submitted().revise(items=[], by=ANA, at=day(3))

        assert after(drafted(), "revise", items=[], by=ANA).items == ()

    def test_other_items_fill_in_what_nobody_said(self):
        found = model(impact=Impact.LOW, urgency=Urgency.LOW, category=CategoryPath("bag"))
        request = after(drafted(), "revise", items=[item_of(found)], by=ANA)

        assert request.category == CategoryPath("bag")
        assert request.priority is not None

    def test_what_the_model_before_had_filled_in_does_not_stay(self):
        old = model(impact=Impact.HIGH, urgency=Urgency.HIGH, category=CategoryPath("server"))
        new = model(
            type=RequestType.INFORMATION, impact=Impact.LOW, urgency=Urgency.LOW, name="hint"
        )
        before = drafted(item_of(old, service="hosting"))
        request = after(before, "revise", items=[item_of(new, service="desk")], by=ANA)

        assert (request.service, request.category) == ("desk", None)
        assert request.request_type is RequestType.INFORMATION
        assert (request.impact, request.urgency) == (Impact.LOW, Urgency.LOW)
        assert request.priority == drafted(item_of(new)).priority != before.priority

    def test_what_somebody_said_stays(self):
        old = model(impact=Impact.HIGH, urgency=Urgency.HIGH, category=CategoryPath("server"))
        new = model(impact=Impact.LOW, urgency=Urgency.LOW, category=CategoryPath("bag"))
        said = {"category": CategoryPath("gift"), "impact": Impact.MEDIUM}
        request = after(drafted(old, **said), "revise", items=[item_of(new)], by=ANA)

        assert (request.category, request.impact) == (CategoryPath("gift"), Impact.MEDIUM)
        assert request.urgency is Urgency.LOW

    def test_what_is_waited_for_stays_as_it_is(self):
        with pytest.raises(IllegalTransitionError):
            waiting(Approver("mia")).revise(title="Another", by=ANA, at=day(3))


class TestSubmit:
    def test_clocks_begin_when_it_was_submitted_even_if_recorded_late(self):
        request = after(drafted(), "submit", at=day(2, "10:00"), effective_at=day(2, "09:30"))

        assert request.submitted_at == request.promised_from == day(2, "09:30")
        assert request.as_of(day(2, "09:45")).state.name == "in_review"
        assert request.as_of(day(2, "09:15")).state.name == "draft"

    def test_it_keeps_the_model_it_was_drafted_under(self):
        assert after(drafted(model(version=1)), "submit").items[0].model.version == 1

    def test_a_newer_catalog_gives_its_newest_model_and_price(self):
        old, new = model("order", price=eur(5)), model("ship", version=2, price=eur(7))
        item = RequestedItem.of(catalog_of(old), "thing", quantity=3, name="mine")
        request = after(drafted(item), "submit", catalog=catalog_of(old, new), by=ANA)

        found = request.items[0]
        assert (found.model, found.price, found.quantity, found.name) == (new, eur(7), 3, "mine")

    def test_and_what_that_model_says_of_the_request(self):
        old = model(category=CategoryPath("a"), impact=Impact.LOW, urgency=Urgency.LOW)
        new = model(version=2, category=CategoryPath("b"), impact=Impact.HIGH, urgency=Urgency.HIGH)
        draft = drafted(RequestedItem.of(catalog_of(old), "thing"))
        request = after(draft, "submit", catalog=catalog_of(old, new), by=ANA)

        assert (request.category, request.impact) == (CategoryPath("b"), Impact.HIGH)
        assert request.priority == drafted(new).priority != draft.priority

    @pytest.mark.parametrize("estimate", [None, eur(9)])
    def test_amounts_of_a_newer_catalog_go_together_or_nothing_is_submitted(self, estimate):
        old = catalog_of(model(price=eur(5)), model(name="other", price=eur(5)))
        items = [RequestedItem.of(old, name) for name in ("thing", "other")]
        request = drafted(*(items if estimate is None else items[:1]), estimate=estimate)
        newer = old.with_model(model(price=Money(7, "USD"), version=2))

        with pytest.raises(ValueError, match="are in several currencies"):
            request.submit(catalog=newer, by=ANA, at=day(3))
        assert after(request, "submit", catalog=old, by=ANA).state.name == "in_review"

    def test_what_comes_from_no_catalog_stays_as_it_is(self):
        item = item_of(model("order"))
        request = after(drafted(item), "submit", catalog=catalog_of(model(version=2)), by=ANA)

        assert request.items == (item,)

    def test_an_item_that_the_catalog_has_no_more_is_refused(self):
        request = drafted(RequestedItem.of(catalog_of(model()), "thing"))
        with pytest.raises(CatalogError, match="thing"):
            request.submit(catalog=catalog_of(model(name="other")), by=ANA, at=MORNING)

    def test_a_model_is_replaced_without_touching_requests_under_way(self):
        catalog = catalog_of(model("order"))
        request = after(drafted(RequestedItem.of(catalog, "thing")), "submit", by=ANA)
        replaced = catalog.with_model(model("ship", version=2))
        begun = after(request, "start_fulfillment")

        assert replaced.model("thing").version == 2
        assert states(begun) == {"order": "ready"}
        assert request.items[0].model == catalog.model("thing") == replaced.model("thing", 1)


class TestAuthorize:
    def test_what_nobody_has_to_agree_to_is_authorized_by_anybody(self):
        request = after(submitted(), "authorize", by=ANA, at=day(3), note="Routine.")

        assert request.is_authorized
        assert request.authorized_at == request.responded_at == day(3)
        assert (last(request).action, last(request).note) == ("authorize", "Routine.")

    @pytest.mark.parametrize("who", [ANA, TOM])
    def test_without_a_model_nobody_authorizes_their_own(self, who):
        request = submitted(description="Any thing.", requested_for="zoe")
        free = after(request, "revise", items=[])

        with pytest.raises(GuardRefusedError, match="cannot authorize it"):
            free.authorize(by=who, at=day(3))
        assert after(free, "authorize", by=DESK).is_authorized

    def test_who_has_to_agree_is_asked(self):
        request = submitted(model(approval=Approver("mia")))

        with pytest.raises(GuardRefusedError, match="'request_authorization' asks them"):
            request.authorize(by=DESK, at=day(3))
        with pytest.raises(GuardRefusedError, match="nobody has to agree"):
            submitted().request_authorization(by=DESK, at=day(3))

    def test_while_somebody_is_waited_for_nobody_else_authorizes(self):
        with pytest.raises(GuardRefusedError, match=r"it waits for: mia \(line_manager\)"):
            waiting(Approver("mia")).authorize(by=DESK, at=day(3))

    def test_a_rejection_withdraws_who_was_asked(self):
        request = after(waiting(Approver("mia")), "reject", "There is no money.", by=DESK)

        assert request.state.name == "rejected"
        assert told(request, since=4) == [
            ("reject", None, None),
            ("withdraw_approval", "1", 5),
        ]
        assert last(request).note == "the request has ended"
        assert request.outcome is RequestOutcome.REJECTED


class TestStartFulfillment:
    def test_out_of_review_it_is_authorized_in_the_same_breath(self):
        request = after(submitted(model("order")), "start_fulfillment", by=LI)

        assert told(request, since=2) == [
            ("authorize", None, None),
            ("start_fulfillment", None, 3),
            ("add_task", "thing/order", 4),
        ]
        assert request.authorized_at == request.started_at == request.journal[-1].at

    def test_every_task_is_laid_out_because_it_starts(self):
        request = after(submitted(model("order", "ship", "bill")), "start_fulfillment", by=LI)

        assert told(request, since=2) == [
            ("authorize", None, None),
            ("start_fulfillment", None, 3),
            ("add_task", "thing/order", 4),
            ("add_task", "thing/ship", 4),
            ("add_task", "thing/bill", 4),
        ]

    def test_recorded_late_all_of_it_was_so_then(self):
        then = day(2, "09:30")
        request = after(
            submitted(model("order")), "start_fulfillment", at=day(2, "11:00"), effective_at=then
        )
        done = after(request, "complete_task", task("order"), effective_at=day(2, "10:00"))

        assert request.authorized_at == request.started_at == request.responded_at == then
        assert states(request.as_of(then)) == {"order": "ready"}
        assert done.part_since(task("order")) == day(2, "10:00")

    @pytest.mark.parametrize(
        ("told", "group", "assignee"),
        [
            ({}, "workplace", None),
            ({"group": "depot"}, "depot", None),
            ({"assignee": "kim"}, "workplace", "kim"),
        ],
    )
    def test_it_goes_to_the_group_of_its_model_unless_said(self, told, group, assignee):
        request = after(submitted(), "start_fulfillment", **told)

        assert (request.group, request.assignee) == (group, assignee)

    def test_whoever_has_it_keeps_it(self):
        request = after(after(submitted(), "assign", group="depot"), "start_fulfillment")

        assert request.group == "depot"

    def test_with_nobody_named_the_actor_does_it(self):
        free = after(submitted(description="Any."), "revise", items=[])

        assert after(free, "start_fulfillment", by=LI).assignee == "li"
        with pytest.raises(GuardRefusedError, match="neither a group nor an assignee"):
            free.start_fulfillment(by=Actor.system("engine"), at=day(3))

    def test_a_standard_change_is_registered_first(self):
        request = after(submitted(model(standard_change=StandardChange("swap"))), "authorize")

        with pytest.raises(GuardRefusedError, match="'register_change' names it"):
            request.start_fulfillment(by=LI, at=day(3))
        registered = after(request, "register_change", ChangeId("CHG-1"))
        begun = after(registered, "start_fulfillment")
        moved = after(begun, "record_change", ChangeStatus.IMPLEMENTED)
        assert (moved.change, moved.change_status) == (
            ChangeId("CHG-1"),
            ChangeStatus.IMPLEMENTED,
        )
        with pytest.raises(GuardRefusedError, match="was told of before"):
            moved.record_change(ChangeStatus.IMPLEMENTED, by=LI, at=day(3))


class TestComplete:
    def test_what_takes_no_time_is_authorized_begun_and_completed_in_one_breath(self):
        request = after(submitted(), "complete", by=LI, at=day(3), note="Reset.")

        assert told(request, since=2) == [
            ("authorize", None, None),
            ("start_fulfillment", None, 3),
            ("complete", None, 4),
        ]
        assert {entry.at for entry in request.journal[2:]} == {day(3)}
        assert request.time_in_states(day(3))["in_progress"] == timedelta()
        assert request.outcome is RequestOutcome.SUCCESSFUL

    def test_recorded_late_the_whole_breath_was_then(self):
        request = after(submitted(), "complete", at=day(2, "12:00"), effective_at=day(2, "10:00"))

        assert request.completed_at == request.authorized_at == day(2, "10:00")
        assert request.as_of(day(2, "10:00")).state.name == "completed"

    def test_an_authorized_one_is_begun_and_completed(self):
        request = after(after(submitted(), "authorize"), "complete")

        assert told(request, since=3) == [
            ("start_fulfillment", None, None),
            ("complete", None, 4),
        ]

    def test_what_has_to_be_done_is_done_first(self):
        with pytest.raises(GuardRefusedError, match="tasks are not over: thing/order") as refusal:
            submitted(model("order")).complete(by=LI, at=day(3))
        assert refusal.value.action == "complete"

    def test_somebody_who_has_to_agree_cannot_be_passed_by(self):
        with pytest.raises(GuardRefusedError, match="somebody has to agree"):
            submitted(model(approval=Approver("mia"))).complete(by=LI, at=day(3))

    def test_optional_tasks_that_are_left_are_skipped(self):
        bag = TaskTemplate("bag", mandatory=False)
        request = after(submitted(model(bag)), "complete")

        assert states(request) == {"bag": "skipped"}
        assert last(request).note == "not needed"
        assert request.outcome is RequestOutcome.SUCCESSFUL

    def test_it_closes_by_itself_after_two_business_days(self):
        request = after(under_way(), "complete", at=day(5), actual_cost=eur(30))

        assert request.auto_close_at == day(7, "00:00") + timedelta(days=1)
        assert last(request).decided == {"auto_close_at": "two_step_closure"}
        assert request.actual_cost == eur(30)

    @pytest.mark.parametrize(
        ("items", "fields"),
        [([model(closure_conditions=["It runs."])], {}), ([model()], {"vip": True})],
        ids=["conditions", "vip"],
    )
    def test_what_a_person_has_to_close_never_closes_by_itself(self, items, fields):
        request = after(submitted(*items, **fields), "complete")

        assert request.auto_close_at is None
        with pytest.raises(GuardRefusedError, match="never closed automatically"):
            request.close(reason=ClosureReason.AUTO_CLOSED, by=LI, at=day(30))


class TestSuspend:
    @pytest.mark.parametrize("way", [(), ("authorize",)])
    def test_so_it_does_before_somebody_works_on_it(self, way):
        request = submitted()
        for verb in way:
            request = after(request, verb, by=DESK)
        waits = after(request, "suspend", WAITS, by=DESK, note="Which color?")

        assert (waits.state.name, waits.returns_to) == ("suspended", request.state.name)
        assert after(waits, "resume").state == request.state

    def test_a_draft_waits_for_nobody(self):
        with pytest.raises(IllegalTransitionError, match="no such step from here"):
            drafted().suspend(WAITS, by=ANA, at=day(3))

    def test_an_approval_whose_time_had_run_out_by_then_comes_to_life_no_more(self):
        request = waiting(Approver("mia", expires_after=BusinessDays(2)))
        too_late = after(request, "suspend", WAITS, at=day(4, "17:00"))
        again = after(too_late, "resume", at=day(6))

        assert again.approvals[0].expires_at == day(4, "17:00")
        with pytest.raises(GuardRefusedError, match="its time was over"):
            again.approve(by=MIA, at=day(6))
        assert after(again, "expire_approval", again.approvals[0].id).state.name == "rejected"

    def test_suspended_while_fulfilled_it_goes_on_where_it_was(self):
        waits = after(under_way("order"), "suspend", WAITS, until=day(9), awaited="zoe")
        again = after(waits, "resume", note="There she is.")

        assert (waits.pending_reason, waits.pending_until, waits.awaited) == (WAITS, day(9), "zoe")
        assert again.state.name == "in_progress"
        assert (again.pending_reason, again.pending_until, again.awaited) == (None, None, None)

    def test_nobody_works_on_tasks_meanwhile(self):
        waits = after(under_way("order"), "suspend", WAITS)

        with pytest.raises(GuardRefusedError, match="nobody works on its tasks"):
            waits.complete_task(task("order"), by=LI, at=day(3))

    def test_suspended_again_the_reason_changes(self):
        waits = after(under_way(), "suspend", WAITS)
        other = after(waits, "suspend", PendingReason.AWAITING_SUPPLIER, awaited="carrier")

        assert (other.pending_reason, other.returns_to) == (
            PendingReason.AWAITING_SUPPLIER,
            "in_progress",
        )
        with pytest.raises(GuardRefusedError, match="it waits already"):
            waits.suspend(WAITS, by=LI, at=day(3))

    def test_resumed_it_waits_for_approvals_again_and_they_have_all_their_time(self):
        rule = InOrder([Approver("mia", expires_after=BusinessDays(2)), Approver("bo")])
        request = waiting(rule)
        waits = after(request, "suspend", WAITS, at=day(3))
        again = after(waits, "resume", at=day(5))

        assert request.approvals[0].expires_at == day(4, "17:00")
        assert again.state.name == "waiting_authorization"
        assert again.pending_reason is PendingReason.AWAITING_APPROVAL
        assert again.approvals[0].expires_at == day(9, "17:00")
        assert told(again, since=5) == [("resume", None, None), ("extend_approval", "1", 6)]
        assert after(again, "approve", by=MIA).open_approvals[0].approver == "bo"

    def test_an_approval_that_never_expires_has_any_time_as_before(self):
        again = after(after(waiting(Approver("mia")), "suspend", WAITS), "resume")

        assert last(again).action == "resume"
        assert again.approvals[0].expires_at is None

    @pytest.mark.parametrize("reason", [WAITS, PendingReason.AWAITING_APPROVAL])
    def test_suspended_nobody_decides_whatever_the_reason(self, reason):
        waits = after(waiting(Approver("mia")), "suspend", reason, until=day(20))

        with pytest.raises(GuardRefusedError) as refusal:
            waits.approve(by=MIA, at=day(3))
        assert rules_of(refusal) == ["the_request_waits_for_it"]

    def test_suspended_no_approval_expires(self):
        request = waiting(Approver("mia", expires_after=hours(1)))
        waits = after(request, "suspend", WAITS)

        with pytest.raises(GuardRefusedError) as refusal:
            waits.expire_approval(ApprovalId("1"), by=LI, at=day(9))
        assert rules_of(refusal) == ["the_request_waits_for_it"]

    @pytest.mark.parametrize(
        ("make", "state"),
        [
            (under_way, "in_progress"),
            (lambda: waiting(Approver("mia", expires_after=hours(8))), "waiting_authorization"),
        ],
    )
    def test_a_reply_of_the_requester_takes_up_what_waits_for_the_caller(self, make, state):
        waits = after(make(), "suspend", WAITS)
        replied = after(waits, "communicate", "Here I am.", by=ANA)

        assert replied.last_contact.direction is Direction.INBOUND
        assert replied.state.name == state
        assert replied.last_entry("resume").cause == replied.last_entry("communicate").number

    @pytest.mark.parametrize(
        ("reason", "who"), [(PendingReason.AWAITING_SUPPLIER, ANA), (WAITS, LI)]
    )
    def test_other_messages_leave_it_waiting(self, reason, who):
        waits = after(under_way(), "suspend", reason)

        assert after(waits, "communicate", "Hello.", by=who).state.name == "suspended"


class TestClose:
    def test_the_requester_closes_it_and_its_price_is_charged(self):
        item = item_of(model(), price=eur(5), quantity=2)
        request = after(
            after(under_way(item, budget_center="travel"), "complete"),
            "close",
            satisfaction=5,
            at=day(3),
            by=ANA,
        )

        assert request.charge == Charge(amount=eur(10), budget_center="travel", charged_at=day(3))
        assert last(request).decided == {
            "reopen_until": "reopen_window",
            "charge": "fixed_price_else_actual",
        }
        assert request.closure_reason is ClosureReason.CALLER_CONFIRMED
        assert request.closed_at == day(3)
        assert request.satisfaction == 5

    def test_without_a_price_the_actual_cost_is_charged(self):
        done = after(under_way(), "complete", actual_cost=eur(30))

        assert after(done, "close", by=ANA).charge.amount == eur(30)

    def test_what_costs_nothing_is_not_charged(self):
        assert after(after(under_way(), "complete"), "close").charge is None

    def test_nobody_objecting_it_closes_when_the_time_is_over(self):
        done = after(under_way(), "complete", at=day(5))

        with pytest.raises(GuardRefusedError, match="not closed automatically before"):
            done.close(reason=ClosureReason.AUTO_CLOSED, by=LI, at=day(6))
        closed = after(done, "close", reason=ClosureReason.AUTO_CLOSED, at=done.auto_close_at)
        assert closed.state.name == "closed"

    def test_each_condition_is_confirmed_and_no_other(self):
        done = after(submitted(model(closure_conditions=["It runs.", "It fits."])), "complete")

        with pytest.raises(GuardRefusedError, match=r"nobody confirmed: It fits\.$"):
            done.close(confirmed_conditions=["It runs."], by=ANA, at=day(3))
        with pytest.raises(GuardRefusedError, match=r"no conditions of it: Nothing\."):
            done.close(confirmed_conditions=["It runs.", "It fits.", "Nothing."], by=ANA, at=day(3))
        closed = after(done, "close", confirmed_conditions=["It fits.", "It runs."])
        assert closed.confirmed_conditions == ("It fits.", "It runs.")

    def test_its_category_in_hindsight_is_the_one_it_has_unless_given(self):
        done = after(submitted(category=CategoryPath("bag")), "complete")

        assert after(done, "close").closure_category == CategoryPath("bag")
        other = CategoryPath("box")
        assert after(done, "close", category=other).closure_category == other

    def test_under_strict_policies_another_person_confirms(self):
        policies = RequestPolicies(closure=RequestPolicies.strict().closure)
        done = after(under_way(), "complete", by=LI)

        with pytest.raises(GuardRefusedError, match="cannot record the caller's confirmation"):
            done.close(by=LI, at=day(3), policies=policies)
        assert after(done, "close", by=ANA, policies=policies).state.name == "closed"


class TestReopen:
    def test_what_is_completed_is_always_taken_up_again(self):
        done = after(under_way(), "complete")
        again = after(done, "reopen", "It does not start.", at=day(20), by=ANA)

        assert again.state.name == "in_progress"
        assert (again.auto_close_at, again.completed_at, again.outcome) == (None, None, None)
        assert (again.reopen_count, last(again).note) == (1, "It does not start.")
        assert again.is_authorized

    def test_what_is_closed_is_taken_up_inside_the_window_and_charged_anew(self):
        item = item_of(model(), price=eur(5))
        done = after(under_way(item), "complete", at=day(3))
        closed = after(done, "close", at=day(3), satisfaction=1, by=ANA)
        again = after(closed, "reopen", "It broke.", at=day(4), by=ANA)

        assert closed.reopen_until == day(5, "00:00")
        assert (again.charge, again.closure_reason, again.satisfaction) == (None, None, None)
        with pytest.raises(GuardRefusedError, match="the time to reopen it ended"):
            closed.reopen("It broke.", by=ANA, at=day(5))
        assert after(after(again, "complete"), "close").charge.amount == eur(5)

    def test_what_was_done_is_done_once_more(self):
        request = after(under_way("order"), "complete_task", task("order"))
        again = after(after(request, "complete"), "reopen", "The wrong one.")
        redone = after(again, "redo_task", task("order"), "The wrong one.")

        with pytest.raises(GuardRefusedError, match="tasks are not over"):
            redone.complete(by=LI, at=day(9))

    @pytest.mark.parametrize("verb", ["reject", "cancel"])
    def test_what_is_over_without_a_result_stays_so(self, verb):
        reason = "No." if verb == "reject" else WITHDRAWN
        with pytest.raises(IllegalTransitionError):
            after(submitted(), verb, reason).reopen("Please.", by=ANA, at=day(3))


class TestCancel:
    def test_a_word_that_is_no_reason_is_told_which_there_are(self):
        with pytest.raises(TypeError) as refusal:
            submitted().cancel("withdrawn", by=LI, at=day(3))

        assert str(refusal.value) == (
            "reason must be a RequestCancellationReason or None, not 'withdrawn';"
            " known: DUPLICATE, NOT_A_REQUEST, RAISED_IN_ERROR, CONVERTED, WITHDRAWN"
        )

    def test_open_tasks_end_with_it(self):
        request = after(under_way("order", "ship"), "complete_task", task("order"))
        over = after(request, "cancel", WITHDRAWN, undo_plan="Send it back.", note="Not needed.")

        assert states(over) == {"order": "done", "ship": "cancelled"}
        assert told(over, since=request.version) == [
            ("cancel", None, None),
            ("cancel_task", "thing/ship", request.version + 1),
        ]
        assert (over.undo_plan, over.outcome) == ("Send it back.", RequestOutcome.CANCELLED)

    def test_open_approvals_end_with_it_even_suspended(self):
        rule = InOrder([Approver("mia"), Approver("bo")])
        for request in (waiting(rule), after(waiting(rule), "suspend", WAITS)):
            over = after(request, "cancel", WITHDRAWN, by=ANA)
            assert over.approvals[0].state.name == "withdrawn"
            assert last(over).note == "the request has ended"
            assert over.pending_reason is None

    @pytest.mark.parametrize(
        ("reason", "name", "target", "kind", "outcome"),
        [
            ("duplicate", "duplicate_of", OTHER, LinkKind.DUPLICATE_OF, "duplicate"),
            ("converted", "converted_to", IncidentId("I-1"), LinkKind.CONVERTED_TO, "converted"),
        ],
    )
    def test_what_takes_its_place_is_linked(self, reason, name, target, kind, outcome):
        why = RequestCancellationReason(reason)
        over = after(submitted(), "cancel", why, **{name: target})

        assert [(link.kind, link.target) for link in over.links] == [(kind, target)]
        assert over.outcome is RequestOutcome(outcome)
        with pytest.raises(GuardRefusedError, match="nobody named"):
            submitted().cancel(why, by=ANA, at=day(3))
        with pytest.raises(ValueError, match=name):
            submitted().cancel(WITHDRAWN, **{name: target}, by=ANA, at=day(3))

    def test_it_is_no_duplicate_of_itself(self):
        with pytest.raises(GuardRefusedError, match="itself"):
            submitted().cancel(
                RequestCancellationReason.DUPLICATE, duplicate_of=REQ, by=ANA, at=day(3)
            )

    @pytest.mark.parametrize("make", [drafted, submitted, under_way])
    def test_it_is_called_off_wherever_it_is_open(self, make):
        assert after(make(), "cancel", WITHDRAWN).state.name == "cancelled"


class TestJournal:
    def whole_life(self):
        rule = InOrder([Approver("mia"), Approver("bo")])
        request = waiting(rule, "order", TaskTemplate("ship", depends_on=["order"]))
        request = after(request, "approve", by=MIA, at=day(3))
        request = after(request, "approve", by=BO, at=day(4))
        request = after(request, "start_fulfillment", at=day(5))
        request = after(request, "complete_task", task("order"), at=day(6))
        request = after(request, "complete_task", task("ship"), at=day(9))
        return after(after(request, "complete", at=day(10)), "close", at=day(11), by=ANA)

    def test_a_whole_life_replays(self):
        request = self.whole_life()

        assert type(request).replay(request.journal) == request
        assert request.actual_cost is None

    @pytest.mark.parametrize(
        ("at", "state", "waits_for", "tasks"),
        [
            (2, "waiting_authorization", ["mia"], {}),
            (3, "waiting_authorization", ["bo"], {}),
            (4, "authorized", [], {}),
            (5, "in_progress", [], {"order": "ready", "ship": "waiting"}),
            (6, "in_progress", [], {"order": "done", "ship": "ready"}),
            (10, "completed", [], {"order": "done", "ship": "done"}),
            (11, "closed", [], {"order": "done", "ship": "done"}),
        ],
    )
    def test_it_is_seen_as_it_was_at_any_instant(self, at, state, waits_for, tasks):
        seen = self.whole_life().as_of(day(at))

        assert seen.state.name == state
        assert asked(seen) == waits_for
        assert states(seen) == tasks

    def test_each_entry_has_its_sort_of_activity(self):
        kinds = {
            entry.action: request_action_type(entry.action) for entry in self.whole_life().journal
        }

        assert kinds["draft"] is ActionType.CHANGE_OF_DATA
        assert kinds["submit"] is ActionType.ROUTING
        assert kinds["approve"] is kinds["authorize"] is ActionType.APPROVAL
        assert kinds["complete"] is ActionType.RESOLUTION
        assert kinds["close"] is ActionType.CLOSURE

    def test_times_go_forward(self):
        request = self.whole_life()

        with pytest.raises(OutOfOrderError):
            request.comment("Late.", by=LI, at=day(10))
        with pytest.raises(ValueError, match="no part"):
            request.part_since(task("nothing"))

    def test_the_response_is_the_first_that_somebody_did(self):
        request = self.whole_life()

        assert request.responded_at == day(2)
        assert request.started_at == day(5)
        assert (request.completed_at, request.closed_at) == (day(10), day(11))
