"""
A caller's own request: fields, verbs and states are added, and the rest goes on.
"""

from __future__ import annotations

import pickle

import attrs
import pytest

from itil_ops import (
    REQUEST_LIFECYCLE,
    GuardRefusedError,
    IllegalTransitionError,
    PendingReason,
    Phase,
    ServiceRequest,
    State,
    TaskId,
)
from itil_ops.kernel.guard import integrity
from itil_ops.kernel.table import STAY, Transition
from record_doubles import rules_of
from request_doubles import (
    APPROVED,
    CHAIR,
    INSTALL,
    LI,
    ORDER,
    SECOND,
    after,
    drafted,
    item,
    minute,
    through,
)


AT_THE_VENDOR = State("at_the_vendor", Phase.ACTIVE, meaning="The vendor makes it.")
IN_TRANSIT = State("in_transit", Phase.WAITING, meaning="It is on its way.")
IN_PROGRESS = REQUEST_LIFECYCLE.state("in_progress")


@integrity
def a_vendor_is_named(request, _):
    """
    Somebody is to make it.
    """
    return None if request.vendor else "there is no vendor"


@attrs.frozen(kw_only=True, repr=False, eq=True)
class VendorRequest(ServiceRequest):
    """
    A request that a vendor may fulfill.

    Attributes:
        vendor: Who.

        cost_center: Who pays.
    """

    lifecycle = REQUEST_LIFECYCLE.extend(
        states=[AT_THE_VENDOR, IN_TRANSIT],
        transitions=[
            Transition("hand_out", IN_PROGRESS, AT_THE_VENDOR, guards=(a_vendor_is_named,)),
            Transition("send", AT_THE_VENDOR, IN_TRANSIT),
            Transition("take_back", (AT_THE_VENDOR, IN_TRANSIT), IN_PROGRESS),
            Transition("suspend", AT_THE_VENDOR, REQUEST_LIFECYCLE.state("suspended")),
            Transition("bill", Phase.ACTIVE, STAY),
        ],
    )

    vendor: str | None = None
    cost_center: str | None = None

    def hand_out(self, vendor, **told):
        """
        Hand it to a vendor.
        """
        return self._step("hand_out", {"vendor": vendor}, **told)

    def send(self, **told):
        """
        Say that it is on its way.
        """
        return self._step("send", {"pending_reason": PendingReason.AWAITING_SUPPLIER}, **told)

    def take_back(self, **told):
        """
        Take it back.
        """
        return self._step("take_back", **told)

    def bill(self, cost_center, **told):
        """
        Say who pays.
        """
        return self._step("bill", {"cost_center": cost_center}, **told)


def begun(**fields):
    return through(drafted(VendorRequest, **fields), *APPROVED, "start_fulfillment")


def outside(**fields):
    request = begun(**fields)
    return request.hand_out("carrier", by=LI, at=request.journal[-1].at)


class TestFields:
    def test_added_ones_are_stated_when_it_is_drafted(self):
        request = drafted(VendorRequest, cost_center="4711")
        assert (request.cost_center, request.vendor) == ("4711", None)
        assert request.journal[0].changes["cost_center"] == "4711"

    def test_one_that_nobody_added_is_refused_and_those_added_are_named(self):
        with pytest.raises(TypeError, match=r"takes no \['color'\]; added fields: .*cost_center"):
            drafted(VendorRequest, color="red")
        with pytest.raises(TypeError, match="a subclass that adds some is an attrs class"):
            drafted(color="red")

    @pytest.mark.parametrize(
        ("told", "meant"),
        [
            ({"reqester": "ana"}, "requester"),
            ({"aaaaaaa": 1, "cost_centre": "4711"}, "cost_center"),
        ],
    )
    def test_of_a_misspelled_one_the_nearest_is_named(self, told, meant):
        with pytest.raises(TypeError) as refusal:
            drafted(VendorRequest, **told)

        takes = f"draft of VendorRequest takes no {sorted(told)}"
        assert str(refusal.value) == f"{takes}; did you mean {meant!r}?"

    def test_the_journal_brings_them_back_and_so_does_a_pickle(self):
        request = outside()
        assert VendorRequest.replay(request.journal) == request
        assert pickle.loads(pickle.dumps(request)) == request
        assert request.vendor == "carrier"


class TestStates:
    @pytest.mark.parametrize(
        "action",
        [
            "assign",
            "categorize",
            "comment",
            "communicate",
            "escalate",
            "join",
            "link",
            "prioritize",
            "take_over",
        ],
    )
    def test_what_work_allows_is_allowed_in_an_added_state_of_work(self, action):
        assert after(outside(), action).state is AT_THE_VENDOR

    @pytest.mark.parametrize("action", ["deliver", "complete", "register_change", "revise"])
    def test_what_is_meant_for_certain_states_needs_a_row_of_the_callers(self, action):
        with pytest.raises(IllegalTransitionError) as refusal:
            after(outside(), action)
        assert "take_back" in refusal.value.allowed

    @pytest.mark.parametrize("action", ["start_task", "complete_task", "fail_task", "add_task"])
    def test_tasks_are_worked_on_in_an_added_state_of_work(self, action):
        assert after(outside(), action).version > outside().version

    @pytest.mark.parametrize("action", ["start_task", "complete_task", "fail_task", "add_task"])
    def test_and_not_in_an_added_state_in_which_it_waits(self, action):
        sent = outside().send(by=LI, at=minute(60))
        with pytest.raises(GuardRefusedError) as refusal:
            after(sent, action)
        assert rules_of(refusal) == ["fulfillment_is_under_way"]
        assert "its request is in_transit" in str(refusal.value)

    def test_a_suspension_returns_to_the_added_state_once_a_row_leads_there(self):
        held = after(outside(), "suspend")
        assert held.state.name == "suspended"
        assert after(held, "resume").state is AT_THE_VENDOR

    def test_it_is_cancelled_with_its_tasks_as_any_other(self):
        over = after(outside(), "cancel")
        assert (over.state.name, over.open_tasks) == ("cancelled", ())
        assert over.part(ORDER).state.name == "cancelled"

    def test_it_comes_back_to_be_completed_and_closed(self):
        back = outside().take_back(by=LI, at=minute(60))
        done = through(back, "complete_task", ("complete_task", {"task": INSTALL}), "complete")
        closed = after(done, "close")
        assert (closed.outcome, closed.vendor) == ("successful", "carrier")


class TestVerbs:
    def test_an_added_one_takes_part_in_why_not(self):
        request = begun()
        told = {"by": LI, "at": minute(60)}
        assert request.why_not("bill", cost_center="4711", **told) == ()
        assert request.bill("4711", **told).cost_center == "4711"
        assert "hand_out" in request.allowed

    def test_and_its_rules_speak(self):
        reasons = begun().why_not("hand_out", vendor=None, by=LI, at=minute(60))
        assert [(reason.rule, reason.text) for reason in reasons] == [
            ("a_vendor_is_named", "there is no vendor")
        ]

    def test_verbs_of_parts_are_the_same(self):
        request = through(drafted(VendorRequest), "submit", "request_authorization", "approve")
        approved = after(request, "approve", approval=SECOND)
        assert isinstance(approved, VendorRequest)
        assert approved.is_authorized

    def test_what_takes_no_time_is_completed_in_one_breath(self):
        request = drafted(VendorRequest, items=[item(CHAIR)], vendor="joiner")
        done = through(request, "submit", "complete")
        assert (done.vendor, done.state.name) == ("joiner", "completed")
        assert done.part(TaskId("chair/clean")).state.name == "skipped"
