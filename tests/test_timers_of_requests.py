"""
What falls due in a service request: approvals, tasks, and what was promised of both.
"""

from __future__ import annotations

import copy
import pickle

from itertools import pairwise

import attrs
import pytest

from clock_doubles import MICROSECOND, OFFICE, hours, minutes, t
from itil_ops.catalog.approval import AllOf, Approver
from itil_ops.catalog.model import RequestModel
from itil_ops.catalog.task import TaskTemplate
from itil_ops.kernel.actor import Actor
from itil_ops.kernel.identity import ServiceRequestId
from itil_ops.kernel.priority import Priority
from itil_ops.kernel.vocabulary import ClosureReason, PendingReason
from itil_ops.repositories.memory import MemoryStore
from itil_ops.request.approval import ApprovalId
from itil_ops.request.items import RequestedItem
from itil_ops.request.monitor import monitor_request
from itil_ops.request.policies import RequestPolicies
from itil_ops.request.record import ServiceRequest
from itil_ops.request.task import TaskId
from itil_ops.request.vocabulary import RequestCancellationReason
from itil_ops.sla.agreements.agreement import (
    OperationalLevelAgreement,
    ServiceLevelAgreement,
    UnderpinningContract,
)
from itil_ops.sla.agreements.choice import Agreements
from itil_ops.sla.agreements.news import News, NewsKind, news
from itil_ops.sla.clocks.promise import ManualDeadline
from itil_ops.sla.hours.duration import BusinessDays
from itil_ops.sla.promises.measure import TargetKind
from itil_ops.sla.promises.target import Target
from itil_ops.sla.promises.threshold import Threshold
from itil_ops.timers import TimerKind, due, next_wakeup, planner


ANA, MIA, BO, LI = map(Actor, ["ana", "mia", "bo", "li"])
CRON = Actor.system("scheduler")
JUST = MICROSECOND
HALF = Threshold(percent=50)
ORDER, INSTALL = TaskId("laptop/order"), TaskId("laptop/install")
FIRST, SECOND = ApprovalId("1"), ApprovalId("2")


class OfficeRequest(ServiceRequest):
    __slots__ = ()

    policies = RequestPolicies(approval_hours=OFFICE)


def fulfillment(length, calendar=OFFICE, **options):
    return Target(TargetKind.FULFILLMENT, hours(length), calendar=calendar, **options)


def sla(length=16, **options):
    return ServiceLevelAgreement("gold", targets=[fulfillment(length, **options)])


def ola(length=4, *, provider="workplace", **options):
    target = fulfillment(length, thresholds=[HALF], **options)
    return OperationalLevelAgreement(f"{provider} ola", provider=provider, targets=[target])


def drafted(*, kind=OfficeRequest, hours=None, **model):
    laptop = RequestModel(**{"name": "laptop", "group": "desk", **model})
    return kind.draft(
        ServiceRequestId("REQ-1"),
        title="A laptop",
        requester="ana",
        service="workplace",
        items=[RequestedItem(name="laptop", model=laptop, support_hours=hours)],
        by=ANA,
        at=t("mon 09:00"),
    )


def submitted(**model):
    return drafted(**model).submit(by=ANA, at=t("mon 10:00"))


def asked(*names, at="mon 10:00", after=None, **model):
    after = BusinessDays(2) if after is None else after
    rule = AllOf([Approver(name, expires_after=after) for name in names or ["mia"]])
    request = submitted(approval=rule, **model)
    return request.request_authorization(by=LI, at=t(at))


def begun(*tasks, at="mon 11:00", **model):
    return submitted(tasks=tasks, **model).start_fulfillment(by=LI, at=t(at))


AUTOMATED = TaskTemplate("order", automated=True, attempts=3, retry_after=minutes(30))


def failed(at="mon 12:00"):
    return begun(AUTOMATED).fail_task(ORDER, "No answer.", by=CRON, at=t(at))


def completed(at="tue 12:00", **model):
    return begun(**model).complete(by=LI, at=t(at))


def suspended(request, at="mon 12:00", until=None, reason=PendingReason.AWAITING_SUPPLIER):
    return request.suspend(reason, until=until and t(until), by=LI, at=t(at))


def shown(timers):
    return [(timer.kind, timer.at) for timer in timers]


def told(timers):
    return [(str(timer.kind), timer.news.part, timer.at) for timer in timers]


def the_kinds(request, until, agreements=()):
    return [timer.kind for timer in due(request, agreements, None, t(until))]


class TestApprovalExpiry:
    def test_one_expires_at_the_end_of_its_time(self):
        request = asked()
        at = t("wed 17:00")

        assert request.open_approvals[0].expires_at == at
        assert next_wakeup(request, [], t("mon 10:00")) == at
        assert due(request, [], None, at - JUST) == ()
        assert shown(due(request, [], None, at)) == [(TimerKind.APPROVAL_EXPIRY, at)]

    def test_the_verb_is_told_which_approval(self):
        request = asked()
        (timer,) = due(request, [], None, t("thu 09:00"))

        assert (timer.verb, timer.arguments) == ("expire_approval", {"approval": FIRST})
        after = timer.apply(request, by=CRON, at=t("thu 09:00"))
        assert after == request.expire_approval(FIRST, by=CRON, at=t("thu 09:00"))
        assert after.state.name == "rejected"

    def test_the_timer_is_a_value(self):
        timers = due(asked(), [], None, t("thu 09:00"))

        assert copy.deepcopy(timers) == pickle.loads(pickle.dumps(timers)) == timers
        assert len(set(timers)) == 1

    def test_the_first_that_expires_may_settle_the_rest(self):
        request = asked("mia", "bo")
        now = t("thu 09:00")
        first, second = due(request, [], None, now)

        assert [timer.arguments["approval"] for timer in (first, second)] == [FIRST, SECOND]
        assert due(first.apply(request, by=CRON, at=now), [], None, now) == ()

    def test_who_stands_in_has_a_time_of_their_own(self):
        rule = Approver("mia", expires_after=BusinessDays(2), fallback="bo")
        request = submitted(approval=rule).request_authorization(by=LI, at=t("mon 10:00"))
        (timer,) = due(request, [], None, t("wed 17:00"))
        after = timer.apply(request, by=CRON, at=t("wed 17:00"))

        assert (after.open_approvals[0].id, after.open_approvals[0].approver) == (
            ApprovalId("1.2"),
            "bo",
        )
        assert next_wakeup(after, [], t("wed 17:00")) == t("fri 17:00") + hours(7 * 24)

    def test_nothing_expires_that_has_no_end(self):
        rule = Approver("mia")
        request = submitted(approval=rule).request_authorization(by=LI, at=t("mon 10:00"))

        assert next_wakeup(request, [], t("mon 10:00")) is None

    def test_nor_what_is_decided(self):
        request = asked("mia", "bo").approve(by=MIA, at=t("mon 11:00"))

        (timer,) = due(request, [], None, t("thu 09:00"))
        assert timer.arguments == {"approval": SECOND}
        assert due(request.approve(by=BO, at=t("mon 11:00")), [], None, t("thu 09:00")) == ()

    @pytest.mark.parametrize(
        "end",
        [
            lambda it: it.cancel(RequestCancellationReason.WITHDRAWN, by=LI, at=t("mon 12:00")),
            lambda it: it.reject("No.", by=LI, at=t("mon 12:00")),
            lambda it: it.decline(reason="No.", by=MIA, at=t("mon 12:00")),
        ],
        ids=["cancelled", "rejected", "declined"],
    )
    def test_nor_once_the_request_has_ended(self, end):
        assert due(end(asked()), [], None, t("thu 09:00")) == ()

    def test_nor_while_the_request_waits_for_something_else(self):
        request = suspended(asked())

        assert request.open_approvals != ()
        assert due(request, [], None, t("thu 09:00")) == ()

    def test_it_has_all_its_time_again_after_that(self):
        request = suspended(asked(), until="wed 10:00")
        (timer,) = due(request, [], None, t("wed 10:00"))
        resumed = timer.apply(request, by=CRON, at=t("wed 10:00"))

        assert timer.kind is TimerKind.PENDING_UNTIL
        assert resumed.state.name == "waiting_authorization"
        assert next_wakeup(resumed, [], t("wed 10:00")) == t("fri 17:00") + hours(7 * 24)

    def test_a_longer_time_moves_it(self):
        longer = asked().extend_approval(FIRST, until=t("thu 12:00"), by=LI, at=t("tue 09:00"))
        never = longer.extend_approval(FIRST, until=None, by=LI, at=t("tue 10:00"))

        assert next_wakeup(longer, [], t("tue 09:00")) == t("thu 12:00")
        assert next_wakeup(never, [], t("tue 10:00")) is None


class TestTaskRetry:
    def test_a_failed_task_is_tried_again_after_a_while(self):
        request = failed()
        at = t("mon 12:30")

        assert next_wakeup(request, [], t("mon 12:00")) == at
        assert due(request, [], None, at - JUST) == ()
        (timer,) = due(request, [], None, at)
        assert (timer.kind, timer.at, timer.verb) == (TimerKind.TASK_RETRY, at, "retry_task")
        assert timer.arguments == {"task": ORDER}

        after = timer.apply(request, by=CRON, at=at)
        assert after.part(ORDER).state.name == "ready"
        assert due(after, [], None, t("thu 09:00")) == ()

    def test_until_no_attempt_is_left(self):
        request = failed()
        for clock in ("13:00", "14:00"):
            assert the_kinds(request, f"mon {clock}") == [TimerKind.TASK_RETRY]
            request = request.retry_task(ORDER, by=CRON, at=t(f"mon {clock}"))
            request = request.fail_task(ORDER, "No answer.", by=CRON, at=t(f"mon {clock}"))

        assert request.part(ORDER).failures == 3
        assert due(request, [], None, t("thu 09:00")) == ()

    def test_a_task_of_a_person_is_not(self):
        request = begun(TaskTemplate("order")).fail_task(
            ORDER, "Sold out.", by=LI, at=t("mon 12:00")
        )

        assert due(request, [], None, t("thu 09:00")) == ()

    @pytest.mark.parametrize(
        "leave",
        [
            lambda it: it.skip_task(ORDER, "By hand.", by=LI, at=t("mon 12:10")),
            lambda it: it.cancel_task(ORDER, "By hand.", by=LI, at=t("mon 12:10")),
            lambda it: it.cancel(RequestCancellationReason.WITHDRAWN, by=LI, at=t("mon 12:10")),
            lambda it: it.retry_task(ORDER, by=LI, at=t("mon 12:10")),
        ],
        ids=["skipped", "called off", "cancelled", "tried by hand"],
    )
    def test_nor_what_nobody_waits_for(self, leave):
        assert TimerKind.TASK_RETRY not in the_kinds(leave(failed()), "mon 12:30")

    def test_nor_what_was_optional_once_the_request_is_completed(self):
        request = begun(attrs.evolve(AUTOMATED, mandatory=False))
        request = request.fail_task(ORDER, "No answer.", by=CRON, at=t("mon 12:00"))
        done = request.complete(note="By hand.", by=LI, at=t("mon 12:10"))

        assert the_kinds(request, "mon 12:30") == [TimerKind.TASK_RETRY]
        assert the_kinds(done, "mon 12:30") == []

    def test_while_the_request_waits_no_task_is_tried_again_but_after_that(self):
        waiting = suspended(failed(), "mon 12:10")
        resumed = waiting.resume(by=LI, at=t("tue 09:00"))

        assert due(waiting, [], None, t("tue 09:00")) == ()
        assert shown(due(resumed, [], t("tue 09:00"), t("tue 09:00"))) == [
            (TimerKind.TASK_RETRY, t("mon 12:30"))
        ]


class TestTheEnd:
    def test_it_is_closed_two_business_days_after_its_completion(self):
        request = completed()
        (timer,) = due(request, [], None, request.auto_close_at)
        closed = timer.apply(request, by=CRON, at=request.auto_close_at)

        assert (timer.kind, timer.at) == (TimerKind.AUTO_CLOSE, request.auto_close_at)
        assert closed.closure_reason is ClosureReason.AUTO_CLOSED
        assert due(closed, [], None, t("thu 09:00") + hours(999)) == ()

    def test_but_not_with_conditions_to_confirm(self):
        request = completed(closure_conditions=["The old one is back."])

        assert due(request, [], None, t("thu 09:00") + hours(999)) == ()

    def test_a_suspension_ends_at_its_date(self):
        request = suspended(begun(), until="wed 09:00")
        (timer,) = due(request, [], None, t("wed 09:00"))

        assert (timer.kind, timer.verb) == (TimerKind.PENDING_UNTIL, "resume")
        assert timer.apply(request, by=CRON, at=t("wed 09:00")).state.name == "in_progress"


class TestTargetsOfTheRequest:
    def test_a_draft_is_promised_nothing(self):
        assert next_wakeup(drafted(), [sla()], t("mon 09:00")) is None

    def test_thresholds_and_the_breach_of_its_fulfillment_are_told(self):
        request = begun()
        gold = sla(thresholds=[HALF])

        assert told(due(request, [gold], None, t("wed 12:00"))) == [
            ("threshold", None, t("tue 10:00")),
            ("breach", None, t("wed 10:00") + JUST),
        ]
        assert planner([gold])(request) == {
            "threshold": t("tue 10:00"),
            "breach": t("wed 10:00") + JUST,
        }

    @pytest.mark.parametrize(
        ("pauses", "breach"), [([], "wed 10:00"), ([PendingReason.AWAITING_APPROVAL], None)]
    )
    def test_waiting_for_approval_pauses_only_where_the_agreement_says_so(self, pauses, breach):
        woken = next_wakeup(asked(after=BusinessDays(9)), [sla(pause_on=pauses)], t("mon 10:00"))

        assert woken == (t("wed 10:00") + JUST if breach else t("fri 17:00") + hours(14 * 24))


PROMISED = {"targets": [fulfillment(4, thresholds=[HALF])]}


class TestWhatModelsPromise:
    def test_it_is_told_where_no_agreement_promises_anything(self):
        request = begun(**PROMISED)
        timers = due(request, [], None, t("mon 15:00"))

        assert told(timers) == [
            ("threshold", None, t("mon 12:00")),
            ("breach", None, t("mon 14:00") + JUST),
        ]
        assert {timer.news.agreement for timer in timers} == {"request models"}
        assert planner([])(request)["breach"] == t("mon 14:00") + JUST

    @pytest.mark.parametrize(
        "agreements",
        [
            [ServiceLevelAgreement("fast", targets=[Target(TargetKind.RESPONSE, hours(24))])],
            [ServiceLevelAgreement("mail", targets=[fulfillment(16)], services=["email"])],
            [ola()],
            Agreements([ola()]),
        ],
        ids=["of another kind", "for others", "of a group", "chosen among"],
    )
    def test_nor_where_none_promises_the_fulfillment_of_this_request(self, agreements):
        plan = planner(agreements)(begun(**PROMISED))

        assert plan["breach"] == t("mon 14:00") + JUST

    def test_an_agreement_that_does_goes_first(self):
        request = begun(**PROMISED)

        assert planner([sla()])(request) == {"breach": t("wed 10:00") + JUST}
        assert planner(Agreements([sla()]))(request) == {"breach": t("wed 10:00") + JUST}

    def test_it_is_what_the_monitor_goes_by(self):
        request = begun(**PROMISED)

        for agreements in ([], [sla()], [ola()]):
            progress = monitor_request(request, agreements, at=t("mon 11:00"))
            assert planner(agreements)(request)["breach"] == progress.due_at + JUST

    def test_all_its_targets_are_told_in_the_hours_of_the_service(self):
        both = [
            Target(TargetKind.RESPONSE, hours(2)),
            Target(TargetKind.FULFILLMENT, hours(8)),
            fulfillment(1, priorities=[Priority.CRITICAL]),
        ]
        request = submitted(hours=OFFICE, targets=both)

        # Of Monday seven hours are left.
        assert [(one.news.told.kind, one.at) for one in due(request, [], None, t("thu 09:00"))] == [
            (TargetKind.RESPONSE, t("mon 12:00") + JUST),
            (TargetKind.FULFILLMENT, t("tue 10:00") + JUST),
        ]
        assert planner([sla()])(request) == {"breach": t("wed 10:00") + JUST}

    def test_a_person_may_fix_another_date(self):
        fixed = {
            TargetKind.FULFILLMENT: ManualDeadline(
                t("thu 12:00"), "promised to the board", t("mon 10:30")
            )
        }
        request = begun(**PROMISED)

        assert told(due(request, [], t("mon 12:00"), t("thu 13:00"), deadlines=fixed))[-1] == (
            "breach",
            None,
            t("thu 12:00") + JUST,
        )


class TestTargetsOfItsTasks:
    TASKS = (
        TaskTemplate("install", depends_on=["order"], group="workplace"),
        TaskTemplate("order"),
    )

    def at_work(self):
        return begun(*self.TASKS).complete_task(ORDER, by=LI, at=t("mon 12:00"))

    def test_its_time_runs_from_when_it_can_begin(self):
        assert planner([ola()])(begun(*self.TASKS)) == {}
        assert planner([ola()])(self.at_work()) == {
            "threshold": t("mon 14:00"),
            "breach": t("mon 16:00") + JUST,
        }

    def test_it_stands_while_the_request_waits_for_the_user(self):
        waits = suspended(self.at_work(), "mon 13:00", reason=PendingReason.AWAITING_CALLER)
        again = waits.resume(by=LI, at=t("tue 09:00"))

        assert planner([ola()])(waits) == {}
        assert planner([ola()])(again) == {
            "threshold": t("tue 10:00"),
            "breach": t("tue 12:00") + JUST,
        }

    def test_the_news_name_the_task(self):
        timers = due(self.at_work(), [ola()], None, t("mon 17:00"))

        assert told(timers) == [
            ("threshold", INSTALL, t("mon 14:00")),
            ("breach", INSTALL, t("mon 16:00") + JUST),
        ]
        assert str(timers[0].news) == (
            "workplace ola: laptop/install fulfillment 50 % at 2024-03-04T14:00:00+00:00"
        )
        assert copy.deepcopy(timers) == pickle.loads(pickle.dumps(timers)) == timers

    def test_each_is_told_once(self):
        request = self.at_work()
        looks = [None, t("mon 12:00"), t("mon 14:00"), t("mon 15:00"), t("mon 17:00")]

        assert [
            [str(timer.kind) for timer in due(request, [ola()], since, until)]
            for since, until in pairwise(looks)
        ] == [[], ["threshold"], [], ["breach"]]

    def test_of_two_tasks_each_has_its_own(self):
        tasks = [TaskTemplate(name, group="workplace") for name in ("order", "install")]
        timers = due(begun(*tasks), [ola()], None, t("mon 13:00"))

        assert told(timers) == [
            ("threshold", ORDER, t("mon 13:00")),
            ("threshold", INSTALL, t("mon 13:00")),
        ]

    def test_what_is_done_in_time_tells_no_breach(self):
        done = self.at_work().complete_task(INSTALL, by=LI, at=t("mon 15:00"))

        assert told(due(done, [ola()], None, t("thu 09:00"))) == [
            ("threshold", INSTALL, t("mon 14:00"))
        ]
        assert planner([ola()])(done) == {}

    def test_a_late_entry_takes_its_news_back(self):
        looked = t("mon 17:00")
        late = self.at_work().complete_task(
            INSTALL, by=LI, at=t("tue 09:00"), effective_at=t("mon 13:00")
        )

        assert [
            (one.kind, one.part, one.told.at) for one in news(ola(), late, looked, t("tue 09:00"))
        ] == [
            (NewsKind.RESCINDED, INSTALL, t("mon 14:00")),
            (NewsKind.RESCINDED, INSTALL, t("mon 16:00") + JUST),
        ]

    def test_a_task_put_off_with_its_request_ends_with_it(self):
        dropped = self.at_work().cancel(
            RequestCancellationReason.WITHDRAWN, by=LI, at=t("mon 13:00")
        )

        assert due(dropped, [ola()], None, t("thu 09:00")) == ()

    def test_the_group_that_has_the_request_is_told_of_its_tasks_alone(self):
        request = begun(*self.TASKS, group="workplace")

        assert request.group == "workplace"
        assert told(due(request, [ola()], None, t("thu 17:00"))) == [
            ("threshold", ORDER, t("mon 13:00")),
            ("breach", ORDER, t("mon 15:00") + JUST),
        ]

    def test_without_tasks_it_is_told_of_the_request(self):
        request = begun(group="workplace")

        assert told(due(request, [ola()], None, t("mon 13:00"))) == [
            ("threshold", None, t("mon 13:00"))
        ]

    def test_a_supplier_has_its_contract(self):
        contract = UnderpinningContract("uc", provider="acme", targets=[fulfillment(2)])
        request = begun(TaskTemplate("order", group="acme"))

        assert told(due(request, [contract], None, t("mon 14:00"))) == [
            ("breach", ORDER, t("mon 13:00") + JUST)
        ]

    def test_a_customer_is_promised_no_task(self):
        gold = sla(4)

        assert [timer.news.part for timer in due(self.at_work(), [gold], None, t("tue 17:00"))] == [
            None
        ]

    def test_deadlines_are_for_the_request_alone(self):
        fixed = {
            TargetKind.FULFILLMENT: ManualDeadline(t("mon 13:00"), "a promise", t("mon 10:30"))
        }

        assert next_wakeup(self.at_work(), [ola()], t("mon 12:00"), deadlines=fixed) == t(
            "mon 14:00"
        )

    def test_what_nobody_hands_to_a_group_has_no_clocks(self):
        assert planner([ola(provider="mia")])(asked()) == {"approval_expiry": t("wed 17:00")}

    def test_one_that_is_tried_again_has_a_new_time(self):
        request = begun(AUTOMATED, group="workplace").assign(group="desk", by=LI, at=t("mon 11:00"))
        request = request.fail_task(ORDER, "No answer.", by=CRON, at=t("mon 12:00"))
        again = request.retry_task(ORDER, by=LI, at=t("tue 09:00"))

        assert planner([ola()])(request) == {"task_retry": t("mon 12:30")}
        assert planner([ola()])(again)["threshold"] == t("tue 11:00")


class TestPlanning:
    def test_one_instant_is_named_for_each_kind(self):
        tasks = [AUTOMATED, TaskTemplate("install", group="workplace")]
        request = begun(*tasks).fail_task(ORDER, "No answer.", by=CRON, at=t("mon 12:00"))
        plan = planner([sla(thresholds=[HALF]), ola()])

        assert plan(request) == {
            "threshold": t("mon 13:00"),
            "breach": t("mon 15:00") + JUST,
            "task_retry": t("mon 12:30"),
        }

    def test_the_earliest_of_several_approvals_is(self):
        rule = AllOf(
            [Approver("mia", expires_after=BusinessDays(3)), Approver("bo", expires_after=hours(4))]
        )
        request = submitted(approval=rule).request_authorization(by=LI, at=t("mon 10:00"))

        assert planner([])(request) == {"approval_expiry": t("mon 14:00")}
        assert planner([])(request, t("mon 14:00")) == {"approval_expiry": t("thu 17:00")}

    @pytest.mark.parametrize("make", [drafted, submitted])
    def test_where_nothing_was_promised_nothing_is_planned(self, make):
        assert planner([])(make()) == {}

    def test_news_of_a_part_are_a_value(self):
        (timer,) = due(
            begun(TaskTemplate("order", group="workplace")), [ola()], None, t("mon 13:00")
        )

        assert timer.news == News(timer.news.told, "workplace ola", part=ORDER)


class TestInAStore:
    def opened(self, request):
        store = MemoryStore(due=planner([]))
        with store.unit() as unit:
            unit.service_requests.add(request)
            unit.commit()
        return store

    def work(self, store, now):
        """
        Do what is due at *now*, one thing after the other, and return the kinds of the leases.
        """
        leases = store.due.claim(now, minutes(5), 9, "worker")
        for lease in leases:
            with store.unit() as unit:
                kept = unit.service_requests.get(lease.record)
                while timers := due(kept, [], None, now):
                    kept = unit.service_requests.save(timers[0].apply(kept, by=CRON, at=now))
                unit.complete(lease, now)
                unit.commit()
        return [lease.kind for lease in leases]

    def the_request(self, store):
        with store.unit(read_only=True) as unit:
            return unit.service_requests.get(ServiceRequestId("REQ-1"))

    def test_two_approvals_that_expire_at_once_wake_it_once(self):
        store = self.opened(asked("mia", "bo"))
        now = t("thu 09:00")

        assert store.due.next_due() == t("wed 17:00")
        assert self.work(store, now) == ["approval_expiry"]
        assert [one.state.name for one in self.the_request(store).approvals] == [
            "expired",
            "withdrawn",
        ]
        assert store.due.next_due() is None

    def test_a_task_is_tried_again_when_its_request_goes_on(self):
        store = self.opened(suspended(failed(), "mon 12:10", until="tue 09:00"))

        assert store.due.next_due() == t("tue 09:00")
        assert self.work(store, t("tue 09:00")) == ["pending_until"]
        assert self.the_request(store).part(ORDER).state.name == "ready"
