"""
Ada calls: please install the drawing program. It is taken for a fault, until somebody looks closer.

The company works from nine to five on weekdays. Ada calls on a Monday morning; in the afternoon the
incident becomes the service request that it should have been, and on Wednesday she can draw.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import attrs
import pytest

import incident_doubles
import request_doubles

from itil_ops import (
    Actor,
    AttainmentRules,
    BusinessCalendar,
    CancellationReason,
    CategoryPath,
    ClockOutcome,
    ClosureReason,
    CompliancePeriod,
    ConfigurationItemId,
    ContactChannel,
    IllegalTransitionError,
    Impact,
    Incident,
    IncidentId,
    IncidentPolicies,
    Link,
    LinkKind,
    ModelStandardChange,
    NotPermittedError,
    Priority,
    ProcessRole,
    RequestedItem,
    RequestOutcome,
    RequestPolicies,
    ServiceLevelAgreement,
    ServiceRequest,
    ServiceRequestId,
    StartField,
    Target,
    TargetKind,
    TaskId,
    Urgency,
    attainment,
)
from itil_ops.catalog import (
    CatalogItem,
    RequestModel,
    Service,
    ServiceCatalog,
    TaskTemplate,
)
from itil_ops.handoffs import reroute_to_request
from record_doubles import look_at_every


# ---- When, who, and what was promised ------------------------------------------------------------

LONDON = ZoneInfo("Europe/London")
MON, TUE, WED = 2, 3, 4


def at(day, clock):
    return datetime.fromisoformat(f"2026-03-{day:02} {clock}").replace(tzinfo=LONDON)


def time(text):
    hours, minutes = map(int, text.split(":"))
    return timedelta(hours=hours, minutes=minutes)


DESK = Actor("dora", roles=[ProcessRole.SERVICE_DESK])
LI = Actor("li", roles=[ProcessRole.SECOND_LINE_ANALYST])
ADA = Actor("ada", roles=[ProcessRole.USER])

OFFICE = BusinessCalendar(
    "Europe/London",
    {day: [("09:00", "17:00")] for day in ("mon", "tue", "wed", "thu", "fri")},
)


def promised(name, **options):
    targets = [
        Target(TargetKind.RESOLUTION, time("8:00"), priorities=[Priority.MEDIUM]),
        Target(TargetKind.FULFILLMENT, time("16:00"), **options),
    ]
    return ServiceLevelAgreement(name, targets=targets, support_hours=OFFICE)


AGREEMENT = promised("from the request on")
KIND_ONE = promised("from the call on", start_at=StartField("reported_at"))

SOFTWARE = RequestModel(
    name="software",
    category=CategoryPath("workplace/software"),
    impact=Impact.LOW,
    urgency=Urgency.LOW,
    group="workplace",
    tasks=[TaskTemplate("license"), TaskTemplate("install", depends_on=["license"])],
)
CATALOG = ServiceCatalog(
    services=[Service("workplace", support_hours=OFFICE)],
    items=[CatalogItem("drawing program", model="software", service="workplace")],
    models=[SOFTWARE],
)


class CompanyIncident(Incident):
    __slots__ = ()

    policies = IncidentPolicies.strict()


class CompanyRequest(ServiceRequest):
    __slots__ = ()

    policies = RequestPolicies.strict(catalog=CATALOG, standard_change=ModelStandardChange())


# ---- What happens --------------------------------------------------------------------------------

CALL, REQUEST = IncidentId("INC-1"), ServiceRequestId("REQ-1")
DESKTOP = ConfigurationItemId("desktop-77")
LICENSE, INSTALL = (TaskId(f"drawing program/{name}") for name in ("license", "install"))


def on_monday_ada_calls():
    call = CompanyIncident.log(
        CALL,
        title="Please install the drawing program",
        description="She cannot open the plans of the new shop.",
        caller="ada",
        service="workplace",
        configuration_items=[DESKTOP],
        category=CategoryPath("software/missing"),
        channel=ContactChannel.PHONE,
        impact=Impact.MEDIUM,
        urgency=Urgency.MEDIUM,
        by=DESK,
        at=at(MON, "10:00"),
    )
    call = call.assign(group="second line", by=DESK, at=at(MON, "10:05"))
    call = call.start(by=LI, at=at(MON, "14:00"))
    return call.comment("Nothing is broken: she never had it.", by=LI, at=at(MON, "14:20"))


def the_desk_sends_it_to_the_right_room(call):
    return reroute_to_request(
        call,
        REQUEST,
        kind=CompanyRequest,
        items=[RequestedItem.of(CATALOG, "drawing program")],
        note="No fault: she asks for something new.",
        by=DESK,
        at=at(MON, "14:30"),
    )


def on_wednesday_she_can_draw(request):
    request = request.authorize(by=DESK, at=at(MON, "14:35"))
    request = request.start_fulfillment(by=LI, at=at(TUE, "09:00"))
    request = request.complete_task(LICENSE, by=LI, at=at(TUE, "16:00"))
    request = request.complete_task(INSTALL, by=LI, at=at(WED, "11:00"))
    known = "desktop-77 has the drawing program."
    request = request.complete(configuration_updates=known, by=LI, at=at(WED, "11:00"))
    return request.close(by=ADA, at=at(WED, "11:15"))


@attrs.frozen
class Story:
    """
    The story, told to its end.

    Attributes:
        before: The incident as it stood before anybody looked closer.

        call: The incident in the end.

        rerouted: The request as it was when it was submitted.

        request: The request in the end.
    """

    before: Incident
    call: Incident
    rerouted: ServiceRequest
    request: ServiceRequest


def look(patch):
    look_at_every(Incident, incident_doubles.is_true, patch)
    look_at_every(ServiceRequest, request_doubles.is_true, patch)


@pytest.fixture(autouse=True)
def every_step_is_true(monkeypatch):
    look(monkeypatch)


@pytest.fixture(scope="module")
def story():
    with pytest.MonkeyPatch.context() as patch:
        look(patch)
        before = on_monday_ada_calls()
        both = the_desk_sends_it_to_the_right_room(before)
        return Story(before, both.source, both.target, on_wednesday_she_can_draw(both.target))


def clock_of(record, agreement):
    [clock] = agreement.clocks(record)
    return clock


class TestTheCall:
    def test_it_is_cancelled_and_says_what_it_became(self, story):
        assert story.call.state.name == "cancelled"
        assert story.call.cancellation_reason is CancellationReason.CONVERTED
        assert story.call.links == (Link(LinkKind.CONVERTED_TO, REQUEST),)
        assert story.call.journal[-1].note == "No fault: she asks for something new."

    def test_its_clock_ends_without_an_outcome(self, story):
        clock = clock_of(story.call, AGREEMENT)

        assert (clock.outcome, clock.cancelled_at) == (ClockOutcome.CANCELLED, at(MON, "14:30"))
        assert clock.elapsed(at(WED, "17:00")) == time("4:30")

    def test_nobody_goes_on_with_it(self, story):
        with pytest.raises(IllegalTransitionError):
            story.call.start(by=LI, at=at(TUE, "09:00"))

    def test_she_could_not_have_sent_it_there_herself(self, story):
        with pytest.raises(NotPermittedError):
            reroute_to_request(story.before, REQUEST, by=ADA, at=at(MON, "14:30"))


class TestTheRequest:
    def test_it_says_what_it_was_and_what_she_had_said(self, story):
        request = story.rerouted

        assert request.links == (Link(LinkKind("converted_from"), CALL),)
        assert (request.title, request.description) == (
            "Please install the drawing program",
            "She cannot open the plans of the new shop.",
        )
        assert (request.requester, request.channel) == ("ada", ContactChannel.PHONE)
        assert (request.service, request.configuration_items) == ("workplace", (DESKTOP,))

    def test_how_pressing_it_is_says_its_own_model(self, story):
        assert story.before.priority == Priority.MEDIUM
        assert story.rerouted.priority == Priority.PLANNING
        assert story.rerouted.category == CategoryPath("workplace/software")

    def test_it_begins_when_it_was_sent_there_and_the_time_of_the_call_stays_visible(self, story):
        request = story.request

        assert (request.logged_at, request.submitted_at) == (at(MON, "14:30"), at(MON, "14:30"))
        assert request.reported_at == story.call.logged_at == at(MON, "10:00")

    def test_it_is_fulfilled_like_any_other(self, story):
        assert [task.state.name for task in story.request.tasks] == ["done", "done"]
        assert story.request.outcome is RequestOutcome.SUCCESSFUL
        assert (story.request.closed_at, story.request.closure_reason) == (
            at(WED, "11:15"),
            ClosureReason.CALLER_CONFIRMED,
        )

    def test_both_tell_their_own_history(self, story):
        assert CompanyIncident.replay(story.call.journal) == story.call
        assert CompanyRequest.replay(story.request.journal) == story.request


class TestTheNewClock:
    def test_it_has_all_of_its_time(self, story):
        clock = clock_of(story.request, AGREEMENT)

        # 2:30 on Monday, eight hours on Tuesday; on Wednesday 5:30 were left, and two were used.
        assert (clock.started_at, clock.due_at) == (at(MON, "14:30"), at(WED, "14:30"))
        assert clock.elapsed(clock.stopped_at) == time("12:30")
        assert clock.outcome is ClockOutcome.MET

    def test_an_agreement_may_count_from_the_call_on(self, story):
        clock = clock_of(story.request, KIND_ONE)

        # Seven hours on Monday, eight on Tuesday, two on Wednesday: one more than was promised.
        assert (clock.started_at, clock.due_at) == (at(MON, "10:00"), at(WED, "10:00"))
        assert clock.elapsed(clock.stopped_at) == time("17:00")
        assert clock.outcome is ClockOutcome.BREACHED

    def test_she_waited_in_all_for_both(self, story):
        clocks = clock_of(story.call, AGREEMENT), clock_of(story.request, AGREEMENT)

        assert sum((clock.elapsed(clock.ended_at) for clock in clocks), time("0:00")) == time(
            "17:00"
        )


class TestTheReport:
    MARCH = CompliancePeriod(at(1, "00:00"), datetime(2026, 4, 1, tzinfo=LONDON))

    def report(self, story, agreement):
        measured = [(one, agreement.clocks(one)) for one in (story.call, story.request)]
        return attainment(measured, self.MARCH, AttainmentRules(dimensions=["kind"]))

    def test_the_call_is_out_of_it(self, story):
        report = self.report(story, AGREEMENT)

        assert (report.met, report.breached, report.running) == (1, 0, 0)
        assert report.attainment == 1
        assert report.by("kind")[TargetKind.FULFILLMENT].met == 1

    def test_as_it_is_where_the_lost_time_counts(self, story):
        report = self.report(story, KIND_ONE)

        assert (report.met, report.breached) == (0, 1)
        assert [case.record for case in report.worst] == [REQUEST]

    def test_had_nobody_looked_closer_it_would_have_been_late_on_tuesday(self, story):
        clock = clock_of(story.before, AGREEMENT)

        assert clock.due_at == at(TUE, "10:00")
        assert clock.is_breached(at(TUE, "10:01"))
