"""
Where a request stands at any instant: how far, how long, whom it waits for.

The office is open from 9 to 17 on weekdays; Monday is the 2nd.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from itil_ops import (
    Agreement,
    OperationalLevelAgreement,
    PendingReason,
    ServiceLevelAgreement,
    Target,
    TargetKind,
)
from itil_ops.catalog import AllOf, Approver, InOrder, TaskTemplate
from itil_ops.kernel.identity import ChangeId
from itil_ops.kernel.vocabulary import ClosureReason
from itil_ops.request.approval import ApprovalId
from itil_ops.request.directory import StaffDirectory
from itil_ops.request.monitor import AwaitedKind, monitor_request, stage
from itil_ops.request.vocabulary import RequestCancellationReason, RequestStage
from itil_ops.sla.agreements.choice import Agreements
from itil_ops.sla.hours.calendar import ALWAYS_OPEN
from itil_ops.sla.promises.policy import ClockPolicy, Reopen
from itil_ops.timers import planner
from request.making import (
    ANA,
    BO,
    DESK,
    MIA,
    OFFICE,
    after,
    day,
    drafted,
    hours,
    item_of,
    model,
    submitted,
    task,
    under_way,
    waiting,
)


WAITS, APPROVAL = PendingReason.AWAITING_CALLER, PendingReason.AWAITING_APPROVAL
FULFILLMENT = TargetKind.FULFILLMENT


def sla(promised=24, *, pause_on=None, kind=FULFILLMENT, **told):
    paused = {} if pause_on is None else {"pause_on": pause_on}
    target = Target(kind, hours(promised), calendar=OFFICE, **paused)
    return ServiceLevelAgreement("customer", targets=[target], **told)


def ola(group="workplace"):
    return OperationalLevelAgreement(
        group, provider=group, support_hours=OFFICE, targets=[Target(FULFILLMENT, hours(8))]
    )


def life():
    """
    Return a request that passed every stage: one a day from Monday on, and nights between.
    """
    request = submitted(model("order", approval=Approver("mia")), at=day(2))
    request = after(request, "request_authorization", at=day(3), by=DESK)
    request = after(request, "approve", at=day(4), by=MIA)
    request = after(request, "start_fulfillment", at=day(5))
    request = after(request, "suspend", WAITS, at=day(6))
    request = after(request, "resume", at=day(9))
    request = after(request, "complete_task", task("order"), at=day(9, "12:00"))
    request = after(request, "complete", at=day(10))
    return after(request, "close", at=day(11), by=ANA)


class TestStages:
    @pytest.mark.parametrize(
        ("at", "found", "kinds", "who"),
        [
            (day(2, "12:00"), "review", ["review"], ["service_desk"]),
            (day(3, "12:00"), "authorization", ["approval"], ["mia", "kim"]),
            (day(4, "12:00"), "fulfillment", ["fulfillment"], ["service_desk"]),
            (day(5, "12:00"), "fulfillment", ["task"], ["workplace"]),
            (day(6, "12:00"), "fulfillment", ["resumption"], ["ana"]),
            (day(9, "11:00"), "fulfillment", ["task"], ["workplace"]),
            (day(9, "13:00"), "fulfillment", ["fulfillment"], ["workplace"]),
            (day(10, "12:00"), "confirmation", ["confirmation"], ["ana"]),
            (day(11, "12:00"), "over", [], []),
        ],
    )
    def test_at_any_instant_it_is_known_how_far_it_is_and_who_is_awaited(
        self, at, found, kinds, who
    ):
        progress = monitor_request(life(), at=at)

        assert progress.stage is RequestStage(found)
        assert [one.kind for one in progress.awaited] == [AwaitedKind(kind) for kind in kinds]
        assert [name for one in progress.awaited for name in one.who] == who
        assert progress.at == at

    def test_a_draft_waits_for_who_asks(self):
        (awaited,) = monitor_request(drafted(), at=day(3)).awaited

        assert (awaited.kind, awaited.who) == (AwaitedKind.SUBMISSION, ("ana",))
        assert (awaited.since, awaited.part) == (day(2), None)

    @pytest.mark.parametrize(
        ("make", "found"),
        [
            (lambda: after(drafted(), "cancel", RequestCancellationReason.WITHDRAWN), "over"),
            (lambda: after(submitted(), "reject", "No.", by=DESK), "over"),
            (lambda: after(waiting(Approver("mia")), "suspend", WAITS), "authorization"),
        ],
    )
    def test_however_it_ended_or_waits_it_has_a_stage(self, make, found):
        assert stage(make()) is RequestStage(found)

    def test_before_it_began_nothing_is_known(self):
        with pytest.raises(ValueError, match="began at"):
            monitor_request(life(), at=day(1))


class TestAwaited:
    def awaited(self, request, at=None):
        found = monitor_request(request, at=request.journal[-1].at if at is None else at).awaited
        return [(one.kind.value, one.who, one.part and str(one.part)) for one in found]

    def test_each_open_approval_waits_for_who_may_decide_it(self):
        request = waiting(AllOf([Approver("mia"), Approver("bo")]))
        request = after(request, "delegate", to="zoe", by=BO)

        assert self.awaited(request) == [
            ("approval", ("mia", "kim"), "1"),
            ("approval", ("bo", "zoe"), "2"),
        ]

    def test_since_when_somebody_is_asked(self):
        request = after(waiting(InOrder([Approver("mia"), Approver("bo")])), "approve", by=MIA)
        (awaited,) = monitor_request(request, at=day(9)).awaited

        assert awaited.part == ApprovalId("2")
        assert awaited.since == request.journal[-1].at

    def test_each_task_that_can_be_done_waits_for_its_doer(self):
        tasks = (
            TaskTemplate("order"),
            TaskTemplate("book", group="depot"),
            TaskTemplate("ship", depends_on=["order"]),
        )
        request = after(under_way(*tasks), "start_task", task("order"))

        assert self.awaited(request) == [
            ("task", ("li",), "thing/order"),
            ("task", ("depot",), "thing/book"),
        ]

    def test_where_a_task_is_stuck_somebody_has_to_see_to_it(self):
        tasks = ("order", TaskTemplate("book", group="depot"))
        request = under_way(*tasks, TaskTemplate("ship", depends_on=["order"]))
        begun = after(request, "start_task", task("order"))
        stuck = after(begun, "fail_task", task("order"), "It broke.")

        assert self.awaited(stuck) == [
            ("task", ("depot",), "thing/book"),
            ("repair", ("li",), "thing/order"),
        ]
        *_, repair = monitor_request(stuck, at=day(9)).awaited
        assert repair.since == stuck.journal[-1].at

    def test_what_was_called_off_though_another_waits_is_its_groups_to_see_to(self):
        request = under_way("order", TaskTemplate("ship", depends_on=["order"]))
        stuck = after(request, "cancel_task", task("order"), "No stock.")
        progress = monitor_request(stuck, at=day(2, "10:00"))

        assert self.awaited(stuck) == [("repair", ("workplace",), "thing/order")]
        assert progress.expected_at is None
        assert progress.is_at_risk

    def test_suspended_nobody_sees_to_tasks(self):
        stuck = after(under_way("order"), "fail_task", task("order"), "It broke.")

        assert self.awaited(after(stuck, "suspend", WAITS)) == [("resumption", ("ana",), None)]

    def test_a_deputy_with_an_interest_may_not_decide(self):
        request = waiting(AllOf([Approver("mia"), Approver("bo")]), requested_for="kim")

        assert self.awaited(request) == [("approval", ("mia",), "1"), ("approval", ("bo",), "2")]

    def test_who_acts_is_as_the_directory_that_is_handed_in_says(self):
        staff = StaffDirectory(deputies={"mia": ["eve", "zoe"], "ana": ["eve"]})
        request = waiting(Approver("mia"))
        (awaited,) = monitor_request(request, at=day(2, "10:00"), directory=staff).awaited

        assert awaited.who == ("mia", "zoe")

    @pytest.mark.parametrize(
        ("awaited", "who"),
        [(None, ("ana",)), ("carrier", ("carrier",)), (ChangeId("CHG-1"), ("CHG-1",))],
    )
    def test_suspended_it_waits_for_what_was_named_or_else_the_user(self, awaited, who):
        request = after(under_way(), "suspend", WAITS, awaited=awaited)

        assert self.awaited(request) == [("resumption", who, None)]

    def test_suspended_out_of_approval_it_waits_for_its_resumption(self):
        request = after(
            waiting(Approver("mia")), "suspend", PendingReason.AWAITING_APPROVAL, until=day(9)
        )

        assert self.awaited(request) == [("resumption", ("service_desk",), None)]

    def test_whoever_has_it_is_awaited_in_fulfillment(self):
        assert self.awaited(under_way()) == [("fulfillment", ("workplace",), None)]
        theirs = after(under_way(), "assign", assignee="li")
        assert self.awaited(theirs) == [("fulfillment", ("li",), None)]


class TestApprovalPauses:
    """
    Promised are 24 office hours, and somebody is asked for fifteen of them.

    It is submitted on Monday at 10, and waits from 11 until Wednesday at 10.
    """

    def request(self):
        request = submitted(model("order", approval=Approver("mia")), at=day(2, "10:00"))
        request = after(request, "request_authorization", by=DESK, at=day(2, "11:00"))
        return after(request, "approve", by=MIA, at=day(4, "10:00"))

    @pytest.mark.parametrize(
        ("pause_on", "at", "spent", "percent", "due"),
        [
            # The provider stays accountable: seven hours of Monday, eight of Tuesday, and three.
            (None, day(4, "12:00"), (18, 6), 75.0, day(5, "10:00")),
            # One hour of Monday, and what is past 10 on Wednesday.
            ([APPROVAL], day(4, "12:00"), (3, 21), 12.5, day(6, "17:00")),
            # While it waits, as if it went on now: 5 of Tuesday, 8 and 8, and 2 of Friday.
            (
                [APPROVAL],
                day(3, "12:00"),
                (1, 23),
                100 / 24,
                day(6, "11:00"),
            ),
            (None, day(3, "12:00"), (10, 14), 1000 / 24, day(5, "10:00")),
        ],
    )
    def test_only_if_the_agreement_says_so(self, pause_on, at, spent, percent, due):
        progress = monitor_request(self.request(), [sla(pause_on=pause_on)], at=at)

        assert (progress.elapsed, progress.remaining) == tuple(map(hours, spent))
        assert progress.percent == pytest.approx(percent)
        assert progress.due_at == due

    def test_a_suspension_for_the_caller_pauses_as_a_rule(self):
        request = under_way(at=day(2))
        waits = after(request, "suspend", WAITS, at=day(2, "13:00"))
        again = after(waits, "resume", at=day(3, "13:00"))

        # Four hours before, four after; eight were waited.
        progress = monitor_request(again, [sla()], at=day(3, "17:00"))
        assert progress.elapsed == hours(8)
        assert progress.due_at == day(5, "17:00")


class TestPromise:
    def own(self, promised, **told):
        target = Target(FULFILLMENT, promised, calendar=OFFICE)
        return item_of(model(targets=[target], **told), name=told.get("name", "thing"))

    def test_the_models_own_promise_counts_where_no_agreement_has_one(self):
        request = submitted(self.own(hours(8)), at=day(2, "13:00"))

        assert monitor_request(request, at=day(2, "13:00")).due_at == day(3, "13:00")
        others = [sla(kind=TargetKind.RESPONSE), sla(customer="acme"), ola()]
        assert monitor_request(request, others, at=day(2, "13:00")).due_at == day(3, "13:00")
        assert monitor_request(request, [sla(4)], at=day(2, "13:00")).due_at == day(2, "17:00")

    def test_of_several_items_it_is_what_is_due_last(self):
        request = submitted(self.own(hours(4), name="short"), self.own(hours(16), name="long"))

        assert monitor_request(request, at=day(2)).due_at == day(3, "17:00")

    def test_of_agreements_the_most_specific_counts_as_for_timers(self):
        request = submitted(self.own(hours(2)), service="desks", at=day(2))
        known = [sla(16), sla(4, services=["desks"])]

        assert monitor_request(request, known, at=day(2)).due_at == day(3, "17:00")
        chosen = Agreements([*known, ola()])
        assert monitor_request(request, chosen, at=day(2)).due_at == day(2, "13:00")
        assert planner(chosen)(request)["breach"] == day(2, "13:00") + timedelta(microseconds=1)

    def test_it_is_counted_in_the_hours_of_the_service(self):
        bare = model(targets=[Target(FULFILLMENT, hours(10))])
        request = submitted(item_of(bare, support_hours=OFFICE))

        assert monitor_request(request, at=day(2)).due_at == day(3, "11:00")

    def test_nothing_promised_nothing_is_measured(self):
        progress = monitor_request(under_way(), at=day(3))

        assert progress.clock is progress.elapsed is progress.remaining is None
        assert progress.percent is progress.due_at is None
        assert not progress.is_at_risk

    def test_a_draft_is_promised_nothing_yet(self):
        assert monitor_request(drafted(self.own(hours(8))), [sla()], at=day(9)).clock is None

    def test_once_it_is_completed_the_clock_stands(self):
        request = after(under_way(), "complete", at=day(2, "12:00"))
        progress = monitor_request(request, [sla()], at=day(20))

        assert (progress.elapsed, progress.percent) == (hours(3), 12.5)
        assert progress.expected_at == day(2, "12:00")
        assert not progress.is_at_risk

    def test_reopened_it_goes_on(self):
        request = after(under_way(), "complete", at=day(2, "12:00"))
        again = after(request, "reopen", "It broke.", at=day(3), by=ANA)
        progress = monitor_request(again, [sla()], at=day(3, "10:00"))

        assert progress.clock.ended_at is None
        assert progress.expected_at == day(3, "10:00")

    def test_where_a_reopening_begins_anew_the_last_clock_counts(self):
        anew = ClockPolicy(reopen=Reopen.NEW_CYCLE)
        target = Target(FULFILLMENT, hours(24), calendar=OFFICE, policy=anew)
        request = after(under_way(), "complete", at=day(2, "12:00"))
        again = after(request, "reopen", "It broke.", at=day(3), by=ANA)
        agreement = ServiceLevelAgreement("customer", targets=[target])

        assert monitor_request(again, [agreement], at=day(3, "10:00")).elapsed == hours(1)


class TestExpected:
    TASKS = (
        TaskTemplate("order", duration=hours(4)),
        TaskTemplate("ship", group="depot", duration=hours(10), depends_on=["order"]),
    )

    def test_it_is_the_end_of_its_tasks_in_the_hours_of_their_groups(self):
        request = under_way(*self.TASKS, at=day(2, "15:00"))

        # The workplace ends on Tuesday at 11; the depot, around the clock, at 21.
        progress = monitor_request(request, [ola()], at=day(2, "15:00"))
        assert progress.expected_at == day(3, "21:00")
        assert progress.schedule["thing/order"].ends_at == day(3, "11:00")
        # In office hours the depot has six hours of Tuesday, and four of Wednesday.
        progress = monitor_request(request, [ola(), ola("depot")], at=day(2, "15:00"))
        assert progress.expected_at == day(4, "13:00")
        assert progress.schedule.critical_path == ("thing/order", "thing/ship")
        told = monitor_request(request, [ola()], at=day(2, "15:00"), hours={"depot": OFFICE})
        assert told.expected_at == day(4, "13:00")

    def test_hours_that_are_told_go_before_those_of_an_ola(self):
        request = under_way(*self.TASKS[:1], at=day(2, "15:00"))
        around = {"workplace": ALWAYS_OPEN}
        progress = monitor_request(request, [ola()], at=day(2, "15:00"), hours=around)

        assert progress.expected_at == day(2, "19:00")

    def test_an_ola_without_hours_tells_none(self):
        bare = OperationalLevelAgreement(
            "workplace", provider="workplace", targets=[Target(FULFILLMENT, hours(8))]
        )
        request = under_way(*self.TASKS[:1], at=day(2, "15:00"))

        assert monitor_request(request, [bare], at=day(2, "15:00")).expected_at == day(2, "19:00")

    def test_an_optional_task_keeps_nobody_waiting(self):
        tasks = (
            TaskTemplate("order", duration=hours(1)),
            TaskTemplate("engrave", duration=hours(400), mandatory=False),
        )
        progress = monitor_request(under_way(*tasks), [sla()], at=day(2))

        assert progress.expected_at == day(2, "10:00")
        assert progress.schedule.ends_at == day(2) + hours(400)
        assert not progress.is_at_risk

    def test_with_all_tasks_over_it_can_be_completed_now(self):
        request = after(under_way("order"), "complete_task", task("order"), at=day(2, "12:00"))

        assert monitor_request(request, at=day(3)).expected_at == day(3)

    def test_what_is_over_without_a_result_is_expected_no_more(self):
        over = after(under_way("order"), "cancel", RequestCancellationReason.WITHDRAWN)

        assert monitor_request(over, at=day(3)).expected_at is None


class TestRisk:
    @pytest.mark.parametrize(
        ("promised", "at", "is_at_risk"),
        [
            # Four hours are left to do, and eight promised: it may begin until 13.
            (8, day(2, "13:00"), False),
            (8, day(2, "13:01"), True),
            # Expected in time, and yet three quarters are over: eighteen hours.
            (24, day(4, "10:59"), False),
            (24, day(4, "11:00"), True),
        ],
    )
    def test_it_is_at_risk_once_expected_late_or_close_to_it(self, promised, at, is_at_risk):
        request = under_way(TaskTemplate("order", duration=hours(4)), at=day(2))
        progress = monitor_request(request, [sla(promised), ola()], at=at)

        assert progress.is_at_risk is is_at_risk

    def test_how_close_is_the_callers_to_say(self):
        request = under_way(at=day(2))
        at = day(2, "13:00")

        assert not monitor_request(request, [sla(8)], at=at).is_at_risk
        assert monitor_request(request, [sla(8)], at=at, at_risk_from=50).is_at_risk

    def test_late_it_is_at_risk_and_over_it_is_not(self):
        request = under_way(at=day(2))
        late = monitor_request(request, [sla(8)], at=day(4, "13:00"))

        assert late.is_at_risk
        assert (late.remaining, late.percent) == (hours(-12), 250.0)
        done = after(request, "complete", at=day(4, "13:00"))
        assert not monitor_request(done, [sla(8)], at=day(5)).is_at_risk
        closed = after(done, "close", reason=ClosureReason.CALLER_CONFIRMED, by=ANA)
        assert not monitor_request(closed, [sla(8)], at=day(9)).is_at_risk

    def test_zero_time_has_no_percentage(self):
        request = under_way(at=day(2))
        progress = monitor_request(request, [sla(0)], at=day(2, "10:00"))

        assert progress.percent is None
        assert progress.is_at_risk
        assert progress.remaining == timedelta(hours=-1)


class TestArguments:
    def test_only_requests_and_agreements_are_looked_at(self):
        with pytest.raises(TypeError):
            monitor_request("REQ-1", at=day(2))
        with pytest.raises(TypeError):
            monitor_request(under_way(), ["sla"], at=day(2))
        assert issubclass(ServiceLevelAgreement, Agreement)
