"""
Ana asks for a laptop: two people agree to it, three tasks are done, and her budget pays for it.

The company works from nine to five on weekdays. The story begins on a Monday morning, waits for
approval until Wednesday, and is over on the Wednesday after that, because nobody objects.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import attrs
import pytest

import request_doubles

from itil_ops import (
    Actor,
    AttainmentRules,
    BusinessCalendar,
    BusinessDays,
    CategoryPath,
    ChangeId,
    ChangeStatus,
    Charge,
    ClockOutcome,
    ClosureReason,
    CompliancePeriod,
    ConfigurationItemId,
    ContactChannel,
    GuardRefusedError,
    Impact,
    NotPermittedError,
    OperationalLevelAgreement,
    PendingReason,
    ProcessRole,
    RequestedItem,
    RequestOutcome,
    RequestPolicies,
    RequestStage,
    ServiceLevelAgreement,
    ServiceRequest,
    ServiceRequestId,
    StaffDirectory,
    Target,
    TargetKind,
    TaskId,
    Threshold,
    TwoStepClosure,
    Urgency,
    attainment,
    monitor_request,
)
from itil_ops.catalog import (
    Approver,
    ApproverRole,
    CatalogItem,
    FieldKind,
    Form,
    FormField,
    InOrder,
    Money,
    RequestModel,
    Service,
    ServiceCatalog,
    StandardChange,
    TaskTemplate,
)
from itil_ops.handoffs import read_change_of, request_standard_change
from itil_ops.timers import TimerKind, due, next_wakeup
from record_doubles import look_at_every


# ---- When, who, and what was promised ------------------------------------------------------------

LONDON = ZoneInfo("Europe/London")
MON, TUE, WED, THU, FRI = 2, 3, 4, 5, 6
NEXT_MON, NEXT_TUE, NEXT_WED = 9, 10, 11


def at(day, clock):
    return datetime.fromisoformat(f"2026-03-{day:02} {clock}").replace(tzinfo=LONDON)


def time(text):
    hours, minutes = map(int, text.split(":"))
    return timedelta(hours=hours, minutes=minutes)


JUST = timedelta(microseconds=1)

ANA = Actor("ana", roles=[ProcessRole.USER, ProcessRole.APPROVER])
MIA, BO, KAI = (Actor(name, roles=[ProcessRole.APPROVER]) for name in ("mia", "bo", "kai"))
DESK = Actor("dora", roles=[ProcessRole.SERVICE_DESK])
LI = Actor("li", roles=[ProcessRole.SECOND_LINE_ANALYST])
SYSTEM = Actor.system("scheduler")

OFFICE = BusinessCalendar(
    "Europe/London",
    {day: [("09:00", "17:00")] for day in ("mon", "tue", "wed", "thu", "fri")},
)


def euros(amount):
    return Money(Decimal(amount), "EUR")


def promised(name, *pauses):
    target = Target(
        TargetKind.FULFILLMENT,
        time("40:00"),
        pause_on=[PendingReason.AWAITING_CALLER, *pauses],
        thresholds=[Threshold(percent=75)],
    )
    return ServiceLevelAgreement(name, targets=[target], support_hours=OFFICE)


RUNS_ON = promised("runs on")
PAUSES = promised("pauses", PendingReason.AWAITING_APPROVAL)
PURCHASING = OperationalLevelAgreement(
    "purchasing",
    provider="purchasing",
    targets=[Target(TargetKind.FULFILLMENT, time("12:00"))],
    support_hours=OFFICE,
)

# ---- What can be asked for, and who has to agree -------------------------------------------------

LAPTOP = RequestModel(
    name="laptop",
    category=CategoryPath("workplace/hardware"),
    impact=Impact.LOW,
    urgency=Urgency.MEDIUM,
    group="workplace",
    form=Form([FormField("memory", FieldKind.WHOLE_NUMBER, required=True, least=8)]),
    approval=InOrder(
        [
            Approver(ApproverRole.LINE_MANAGER, expires_after=BusinessDays(5)),
            Approver(ApproverRole.BUDGET_CENTER, above=euros(1000), expires_after=BusinessDays(5)),
        ]
    ),
    tasks=[
        TaskTemplate("order", group="purchasing", duration=time("16:00")),
        TaskTemplate("install", depends_on=["order"], duration=time("4:00")),
        TaskTemplate("hand over", depends_on=["install"], duration=time("1:00")),
    ],
    standard_change=StandardChange("register-device", title="Register a device"),
    price=euros("1499.90"),
)
CATALOG = ServiceCatalog(
    services=[Service("workplace", support_hours=OFFICE)],
    items=[CatalogItem("laptop", model="laptop", service="workplace")],
    models=[LAPTOP],
)
STAFF = StaffDirectory(
    managers={"ana": "mia", "mia": "bo", "bo": "kai"},
    budget_centers={"cc-12": "bo"},
    limits={"mia": euros(500), "bo": euros(5000)},
)


class CompanyRequest(ServiceRequest):
    __slots__ = ()

    policies = RequestPolicies.strict(
        closure=TwoStepClosure(calendar=OFFICE, confirmed_by_another=True),
        directory=STAFF,
        approval_hours=OFFICE,
        catalog=CATALOG,
    )


# ---- The tools of the company --------------------------------------------------------------------


class ChangeTool:
    """
    The tool in which the company's changes live.
    """

    def __init__(self):
        self.requests = {}
        self.statuses = {}

    def request(self, change, /):
        id = ChangeId(f"CHG-{len(self.requests) + 1}")
        self.requests[id] = change
        self.statuses[id] = ChangeStatus.APPROVED
        return id

    def status(self, change, /):
        return self.statuses[change]


@attrs.define
class Scheduler:
    """
    Wakes when something falls due, does it, and keeps what it was told.
    """

    agreements: list
    last: datetime | None = None
    told: list = attrs.field(factory=list)
    done: list = attrs.field(factory=list)

    def run(self, request, until):
        """
        Return *request* after all that fell due up to *until*, each thing at its instant.
        """
        while (woken := next_wakeup(request, self.agreements, self.since(request))) is not None:
            if woken > until:
                break
            request = self.look(request, woken)
        return self.look(request, until)

    def since(self, request):
        last = request.journal[-1].at
        return last if self.last is None else max(last, self.last)

    def look(self, request, now):
        for timer in due(request, self.agreements, self.last, now):
            if timer.news is not None:
                self.told.append((timer.news.agreement, timer.kind, timer.news.part, timer.at))
            else:
                self.done.append((timer.kind, now))
                request = timer.apply(request, by=SYSTEM, at=now)
        self.last = now
        return request


# ---- What happens --------------------------------------------------------------------------------

REQUEST, CHANGE = ServiceRequestId("REQ-1"), ChangeId("CHG-1")
DEVICE = ConfigurationItemId("laptop-4711")
ORDER, INSTALL, HAND_OVER = (TaskId(f"laptop/{name}") for name in ("order", "install", "hand over"))


def asked_for(**stated):
    items = [RequestedItem.of(CATALOG, "laptop", {"memory": 32})]
    told = {"requester": "ana", "budget_center": "cc-12", "items": items, "by": ANA, **stated}
    return CompanyRequest.draft(
        REQUEST,
        title="A laptop",
        description="The old one is six years old.",
        channel=ContactChannel.PORTAL,
        configuration_items=[DEVICE],
        at=at(MON, "09:15"),
        **told,
    )


def used(price):
    """
    Return a laptop that somebody else had before: no item costs less than its model says.
    """
    return RequestedItem(
        name="laptop",
        model=attrs.evolve(LAPTOP, name="used laptop", price=price),
        form={"memory": 32},
        service="workplace",
    )


def on_monday_she_asks(request):
    request = request.submit(catalog=CATALOG, by=ANA, at=at(MON, "09:30"))
    return request.request_authorization(by=DESK, at=at(MON, "10:00"))


def by_wednesday_both_agree(request):
    request = request.approve(by=MIA, note="Her old one is slow.", at=at(TUE, "15:00"))
    return request.approve(by=BO, at=at(WED, "10:00"))


def on_wednesday_work_begins(request, tool):
    request = request_standard_change(request, tool, by=DESK, at=at(WED, "10:30"))
    return request.start_fulfillment(by=LI, at=at(WED, "11:00"))


def on_friday_it_is_there(request):
    request = request.start_task(ORDER, by=LI, at=at(WED, "11:00"))
    return request.complete_task(ORDER, result="Order 88-1.", by=LI, at=at(FRI, "11:00"))


def on_the_next_monday_she_has_it(request, tool):
    request = request.start_task(INSTALL, by=LI, at=at(NEXT_MON, "09:00"))
    request = request.complete_task(INSTALL, by=LI, at=at(NEXT_MON, "13:00"))
    tool.statuses[CHANGE] = ChangeStatus.IMPLEMENTED
    request = read_change_of(request, tool, by=SYSTEM, at=at(NEXT_MON, "14:00"))
    request = request.complete_task(HAND_OVER, by=LI, at=at(NEXT_MON, "15:00"))
    registered = "laptop-4711 is in use, by Ana."
    return request.complete(configuration_updates=registered, by=LI, at=at(NEXT_MON, "15:00"))


@attrs.frozen
class Story:
    """
    The story, told to its end.

    Attributes:
        end: The request as it stands in the end.

        changes: The tool of the company's changes.

        scheduler: What was told and done while nobody looked.
    """

    end: ServiceRequest
    changes: ChangeTool
    scheduler: Scheduler

    def then(self, day, clock):
        return self.end.as_of(at(day, clock))


@pytest.fixture(autouse=True)
def every_step_is_true(monkeypatch):
    look_at_every(ServiceRequest, request_doubles.is_true, monkeypatch)


@pytest.fixture(scope="module")
def story():
    with pytest.MonkeyPatch.context() as patch:
        look_at_every(ServiceRequest, request_doubles.is_true, patch)
        return told()


def told():
    tool, scheduler = ChangeTool(), Scheduler([RUNS_ON, PAUSES, PURCHASING])
    request = on_monday_she_asks(asked_for())
    request = by_wednesday_both_agree(scheduler.run(request, at(TUE, "09:00")))
    request = on_wednesday_work_begins(scheduler.run(request, at(WED, "10:00")), tool)
    request = on_friday_it_is_there(scheduler.run(request, at(WED, "11:00")))
    request = scheduler.run(request, at(NEXT_MON, "08:00"))
    request = on_the_next_monday_she_has_it(request, tool)
    return Story(scheduler.run(request, at(NEXT_WED, "23:00")), tool, scheduler)


def clock_of(request, agreement):
    [clock] = agreement.clocks(request)
    return clock


class TestTheCatalog:
    def test_all_of_it_can_work(self):
        CATALOG.check(since=at(MON, "09:00"))

    def test_the_model_fills_in_what_she_does_not_say(self, story):
        request = story.then(MON, "09:30")

        assert (request.service, request.category) == ("workplace", LAPTOP.category)
        assert (request.impact, request.urgency) == (Impact.LOW, Urgency.MEDIUM)
        assert (request.cost, request.submitted_at) == (euros("1499.90"), at(MON, "09:30"))

    def test_too_little_memory_is_refused(self):
        few = [RequestedItem.of(CATALOG, "laptop", {"memory": 4})]
        request = asked_for().revise(items=few, by=ANA, at=at(MON, "09:20"))

        with pytest.raises(GuardRefusedError, match="memory"):
            request.submit(by=ANA, at=at(MON, "09:30"))


class TestTheApprovals:
    def test_her_manager_is_asked_first(self, story):
        [approval] = story.then(MON, "10:00").open_approvals

        assert (approval.approver, str(approval.kind)) == ("mia", "line_manager")
        assert approval.expires_at == at(NEXT_MON, "17:00")

    def test_and_then_who_answers_for_her_budget_because_it_is_dear(self, story):
        [approval] = story.then(TUE, "15:00").open_approvals

        assert (approval.approver, str(approval.kind)) == ("bo", "financial")
        assert story.then(TUE, "15:00").state.name == "waiting_authorization"

    def test_up_to_a_thousand_euros_the_manager_is_enough(self):
        cheap = on_monday_she_asks(asked_for(items=[used(euros(1000))]))

        assert cheap.approve(by=MIA, at=at(TUE, "15:00")).state.name == "authorized"

    def test_she_cannot_approve_it_herself(self, story):
        request = story.then(MON, "10:00")
        [approval] = request.open_approvals

        reasons = request.why_not("approve", approval=approval.id, by=ANA, at=at(MON, "11:00"))
        assert [reason.rule for reason in reasons] == [
            "somebody_who_was_asked_decides",
            "nobody_approves_their_own",
        ]
        assert "ana asks for it" in str(reasons[1])

    def test_nor_can_a_manager_approve_what_is_for_the_manager(self):
        for_mia = asked_for(requested_for="mia", budget_center="cc-12")
        [approval] = on_monday_she_asks(for_mia).open_approvals

        assert approval.approver == "bo"
        with pytest.raises(GuardRefusedError, match="mia was not asked"):
            on_monday_she_asks(for_mia).approve(approval.id, by=MIA, at=at(TUE, "09:00"))

    def test_who_answers_for_the_budget_is_replaced_where_it_is_too_dear(self):
        dear = on_monday_she_asks(asked_for(estimate=euros(6000)))
        [approval] = dear.approve(by=MIA, at=at(TUE, "15:00")).open_approvals

        assert (approval.approver, approval.in_place_of) == ("kai", "bo")

    def test_nobody_works_on_it_before(self, story):
        request = story.then(TUE, "15:00")
        [reason] = request.why_not("start_fulfillment", by=LI, at=at(TUE, "16:00"))

        assert not request.is_authorized
        assert reason.rule == "transition"
        assert "start_fulfillment" not in request.allowed
        assert story.end.authorized_at == at(WED, "10:00")

    def test_whom_it_waits_for_can_be_seen_at_any_time(self, story):
        awaited = [
            (progress.stage, [one.who for one in progress.awaited])
            for progress in (
                monitor_request(story.end, [PAUSES], at=at(*when))
                for when in [
                    (MON, "09:45"),
                    (MON, "12:00"),
                    (TUE, "16:00"),
                    (THU, "12:00"),
                    (NEXT_MON, "16:00"),
                ]
            )
        ]

        assert awaited == [
            (RequestStage.REVIEW, [("service_desk",)]),
            (RequestStage.AUTHORIZATION, [("mia",)]),
            (RequestStage.AUTHORIZATION, [("bo",)]),
            (RequestStage.FULFILLMENT, [("li",)]),
            (RequestStage.CONFIRMATION, [("ana",)]),
        ]


class TestTheClock:
    def test_where_the_agreement_says_nothing_of_approvals_it_runs_on(self, story):
        clock = clock_of(story.end, RUNS_ON)

        # From Monday 9:30 to the Monday after, 15:00: 7:30, four days of eight hours, 6:00.
        assert clock.pauses == ()
        assert clock.elapsed(clock.stopped_at) == time("45:30")
        assert (clock.due_at, clock.outcome) == (at(NEXT_MON, "09:30"), ClockOutcome.BREACHED)

    def test_where_it_says_so_it_waits_with_her(self, story):
        clock = clock_of(story.end, PAUSES)
        [pause] = clock.pauses

        # Seven hours on Monday, eight on Tuesday, one on Wednesday.
        assert (pause.start, pause.end) == (at(MON, "10:00"), at(WED, "10:00"))
        assert clock.elapsed(clock.stopped_at) == time("45:30") - time("16:00")
        assert (clock.due_at, clock.outcome) == (at(NEXT_WED, "09:30"), ClockOutcome.MET)

    def test_what_is_left_can_be_seen_while_it_waits(self, story):
        waiting = [
            monitor_request(story.end, [agreement], at=at(TUE, "17:00"))
            for agreement in (RUNS_ON, PAUSES)
        ]

        assert [one.elapsed for one in waiting] == [time("15:30"), time("0:30")]
        assert [one.remaining for one in waiting] == [time("24:30"), time("39:30")]
        # Of what is paused: when it would be due if the wait ended now.
        assert [one.due_at for one in waiting] == [at(NEXT_MON, "09:30"), at(NEXT_TUE, "16:30")]

    def test_each_agreement_is_judged_by_its_own(self, story):
        march = CompliancePeriod(at(1, "00:00"), datetime(2026, 4, 1, tzinfo=LONDON))
        rates = [
            attainment([(story.end, one.clocks(story.end))], march, AttainmentRules()).attainment
            for one in (RUNS_ON, PAUSES)
        ]

        assert rates == [0, 1]


class TestTheFulfillment:
    def test_a_standard_change_is_asked_for_and_recorded(self, story):
        [(id, asked)] = story.changes.requests.items()

        assert (id, story.end.change) == (CHANGE, CHANGE)
        assert (asked.template, asked.title) == ("register-device", "Register a device")
        assert (asked.origin, asked.configuration_items) == (REQUEST, (DEVICE,))
        assert story.then(WED, "11:00").change_status is None
        assert story.end.change_status is ChangeStatus.IMPLEMENTED

    def test_without_it_nobody_begins(self, story):
        [reason] = story.then(WED, "10:00").why_not("start_fulfillment", by=LI, at=at(WED, "10:20"))

        assert reason.rule == "the_standard_change_is_registered"

    def test_each_task_waits_for_the_one_before(self, story):
        assert [
            [task.state.name for task in story.then(*when).tasks]
            for when in [(WED, "11:00"), (FRI, "11:00"), (NEXT_MON, "13:00")]
        ] == [
            ["in_progress", "waiting", "waiting"],
            ["done", "ready", "waiting"],
            ["done", "done", "ready"],
        ]

    def test_when_she_will_have_it_is_known_on_the_way(self, story):
        progress = monitor_request(
            story.end, [PAUSES, PURCHASING], at=at(WED, "12:00"), hours={"workplace": OFFICE}
        )

        # The order takes until Friday at eleven, and five hours of work are left after that.
        assert progress.expected_at == at(FRI, "16:00")
        assert not progress.is_at_risk

    def test_who_orders_it_is_late_and_she_does_not_notice(self, story):
        [clock] = PURCHASING.part_clocks(story.end, ORDER)

        # Six hours on Wednesday, eight on Thursday, two on Friday; twelve were agreed on.
        assert clock.elapsed(clock.stopped_at) == time("16:00")
        assert (clock.due_at, clock.outcome) == (at(THU, "15:00"), ClockOutcome.BREACHED)
        assert clock_of(story.end, PAUSES).outcome is ClockOutcome.MET

    def test_all_of_it_is_there(self, story):
        assert story.end.outcome is RequestOutcome.SUCCESSFUL
        assert story.end.completed_at == at(NEXT_MON, "15:00")


class TestTheEnd:
    def test_nobody_objects_so_it_is_closed_after_two_business_days(self, story):
        assert story.then(NEXT_WED, "16:59").state.name == "completed"
        assert (story.end.state.name, story.end.closed_at) == ("closed", at(NEXT_WED, "17:00"))
        assert story.end.closure_reason is ClosureReason.AUTO_CLOSED
        assert story.scheduler.done == [(TimerKind.AUTO_CLOSE, at(NEXT_WED, "17:00"))]
        assert next_wakeup(story.end, story.scheduler.agreements, at(NEXT_WED, "17:00")) is None

    def test_not_a_moment_before(self, story):
        completed = story.then(NEXT_MON, "15:00")

        with pytest.raises(GuardRefusedError, match="not closed automatically before"):
            completed.close(
                reason=ClosureReason.AUTO_CLOSED, by=SYSTEM, at=at(NEXT_WED, "17:00") - JUST
            )

    def test_nor_by_who_did_the_work(self, story):
        with pytest.raises(NotPermittedError):
            story.then(NEXT_MON, "15:00").close(by=LI, at=at(NEXT_MON, "16:00"))

    def test_her_budget_center_is_charged(self, story):
        assert story.end.charge == Charge(
            amount=euros("1499.90"), budget_center="cc-12", charged_at=at(NEXT_WED, "17:00")
        )

    def test_without_a_budget_center_nobody_could_close_it(self):
        tool = ChangeTool()
        request = on_monday_she_asks(asked_for(budget_center=None, items=[used(euros(900))]))
        request = request.approve(by=MIA, at=at(TUE, "15:00"))
        request = on_friday_it_is_there(on_wednesday_work_begins(request, tool))
        request = on_the_next_monday_she_has_it(request, tool)

        with pytest.raises(GuardRefusedError, match="which budget center pays"):
            request.close(by=ANA, at=at(NEXT_MON, "16:00"))

    def test_what_was_told_was_told_once(self, story):
        # Three quarters of forty hours are thirty: from Monday 9:30 on, all of them counted.
        assert story.scheduler.told == [
            ("purchasing", TimerKind.BREACH, ORDER, at(THU, "15:00") + JUST),
            ("runs on", TimerKind.THRESHOLD, None, at(THU, "15:30")),
            ("runs on", TimerKind.BREACH, None, at(NEXT_MON, "09:30") + JUST),
        ]

    def test_it_tells_its_own_history(self, story):
        assert CompanyRequest.replay(story.end.journal) == story.end
        assert [entry.action for entry in story.end.journal if entry.part is None] == [
            "draft",
            "submit",
            "request_authorization",
            "authorize",
            "register_change",
            "start_fulfillment",
            "record_change",
            "complete",
            "close",
        ]
