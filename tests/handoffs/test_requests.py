"""
Service requests that were incidents, and the other way round; and requests that belong together.
"""

from __future__ import annotations

import pickle

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from family_doubles import rules_of
from itil_ops.catalog.approval import Approver
from itil_ops.catalog.model import RequestModel
from itil_ops.catalog.task import TaskTemplate
from itil_ops.errors import (
    GuardRefusedError,
    HandoffError,
    IllegalTransitionError,
    NotPermittedError,
    OutOfOrderError,
    RefusedError,
)
from itil_ops.handoffs import (
    Family,
    adopt,
    caused_by_change,
    mark_duplicate,
    merge,
    merged_history,
    relate,
    reroute_to_incident,
    reroute_to_request,
    split,
)
from itil_ops.incident.policies import IncidentPolicies
from itil_ops.incident.record import Incident
from itil_ops.incident.vocabulary import CancellationReason, ResolutionCode
from itil_ops.kernel.actor import Actor, ProcessRole
from itil_ops.kernel.identity import (
    ChangeId,
    ConfigurationItemId,
    IncidentId,
    ProblemId,
    ServiceRequestId,
)
from itil_ops.kernel.priority import Impact, Urgency
from itil_ops.kernel.vocabulary import (
    CategoryPath,
    ContactChannel,
    Criticality,
    Inheritance,
    Link,
    LinkKind,
)
from itil_ops.request.items import RequestedItem
from itil_ops.request.policies import RequestPolicies
from itil_ops.request.record import ServiceRequest
from itil_ops.request.vocabulary import RequestCancellationReason, RequestOutcome
from itil_ops.sla.agreements.agreement import ServiceLevelAgreement
from itil_ops.sla.clocks.clock import ClockOutcome
from itil_ops.sla.promises.measure import TargetKind
from itil_ops.sla.promises.target import StartAt, Target
from itil_ops.sla.reports.attainment import AttainmentRules, attainment
from itil_ops.sla.reports.compliance import CompliancePeriod


ANA, MIA, LI = Actor("ana"), Actor("mia"), Actor("li")
DESK = Actor("dora", roles=[ProcessRole.SERVICE_DESK])
INC, REQ = IncidentId("INC-1"), ServiceRequestId("REQ-1")
FROM = LinkKind("converted_from")
PRINTER = ConfigurationItemId("printer-9")
CONVERTED = CancellationReason.CONVERTED
FULFILLMENT, RESOLUTION = TargetKind.FULFILLMENT, TargetKind.RESOLUTION


def hour(count):
    return datetime(2026, 3, 2, 9, tzinfo=UTC) + timedelta(hours=count)


SHARED = {
    "description": "With the new driver.",
    "service": "print",
    "customer": "acme",
    "channel": ContactChannel.PHONE,
    "environment": "production",
    "configuration_items": (PRINTER,),
    "criticality": Criticality.HIGH,
    "vip": True,
}
ITEM = RequestedItem(
    name="viewer",
    model=RequestModel(name="software", group="desk", tasks=[TaskTemplate("install")]),
)
ASKED = RequestedItem(
    name="laptop", model=RequestModel(name="laptop", group="desk", approval=Approver("mia"))
)


def logged(kind=Incident, **stated):
    told = {"title": "Please install the viewer", "service": "print", "caller": "ana", **stated}
    return kind.log(INC, by=DESK, at=hour(1), **told)


def resolved():
    known = {"note": "It is there.", "by": LI, "at": hour(2)}
    return logged().start(by=LI, at=hour(2)).resolve(ResolutionCode.FIXED, **known)


def drafted(*items, number=1, begun=0, **stated):
    told = {"title": "The printer is on fire", "service": "print", "requester": "ana", **stated}
    id = ServiceRequestId(f"REQ-{number}")
    return ServiceRequest.draft(id, items=items or [ITEM], by=ANA, at=hour(begun), **told)


def submitted(*items, **stated):
    return drafted(*items, **stated).submit(by=ANA, at=hour(1))


def under_way(**stated):
    request = submitted(**stated).authorize(by=LI, at=hour(2))
    return request.start_fulfillment(by=LI, at=hour(2))


def to_request(incident, **options):
    told = {"items": [ITEM], "by": DESK, "at": hour(3), **options}
    return reroute_to_request(incident, REQ, **told)


def to_incident(request, **options):
    return reroute_to_incident(request, INC, **{"by": DESK, "at": hour(3), **options})


def promised(kind, **options):
    return ServiceLevelAgreement("gold", targets=[Target(kind, timedelta(hours=4), **options)])


REROUTES = [
    (to_request, logged, RESOLUTION, FULFILLMENT),
    (to_incident, submitted, FULFILLMENT, RESOLUTION),
]


class TestToARequest:
    def test_the_incident_is_cancelled_as_converted(self):
        rerouted = to_request(logged(), note="No fault.")
        incident = rerouted.source

        assert (incident.state.name, incident.cancellation_reason) == ("cancelled", CONVERTED)
        assert incident.links == (Link(LinkKind.CONVERTED_TO, REQ),)
        assert incident.journal[-1].note == "No fault."

    def test_the_request_is_submitted_and_names_what_it_was(self):
        request = to_request(logged(), note="No fault.").target

        assert (request.id, request.state.name) == (REQ, "in_review")
        assert (request.logged_at, request.submitted_at) == (hour(3), hour(3))
        assert request.links == (Link(FROM, INC),)
        assert [(entry.action, entry.note) for entry in request.journal] == [
            ("draft", "No fault."),
            ("submit", None),
            ("link", None),
        ]
        assert ServiceRequest.replay(request.journal) == request

    def test_what_the_incident_said_it_says(self):
        request = to_request(logged(**SHARED)).target

        assert {name: getattr(request, name) for name in SHARED} == SHARED
        assert (request.title, request.requester) == ("Please install the viewer", "ana")
        assert request.items == (ITEM,)

    @pytest.mark.parametrize(("affected", "gets"), [(None, None), ("ana", None), ("kim", "kim")])
    def test_who_called_asks_and_who_is_affected_gets_it(self, affected, gets):
        request = to_request(logged(affected_user=affected)).target

        assert (request.requester, request.requested_for) == ("ana", gets)

    def test_the_model_says_how_pressing_it_is(self):
        pressing = {
            "impact": Impact.HIGH,
            "urgency": Urgency.HIGH,
            "category": CategoryPath("print"),
        }
        model = RequestModel(name="software", group="desk", impact=Impact.LOW, urgency=Urgency.LOW)
        items = [RequestedItem(name="viewer", model=model)]
        request = to_request(logged(**pressing), items=items).target

        assert (request.impact, request.urgency, request.category) == (
            Impact.LOW,
            Urgency.LOW,
            None,
        )

    def test_what_is_stated_holds(self):
        stated = {"title": "The viewer", "requester": "kim", "reported_at": hour(0)}
        request = to_request(logged(), **stated).target

        assert {name: getattr(request, name) for name in stated} == stated

    def test_it_may_do_without_items(self):
        request = to_request(logged(description="The viewer."), items=()).target

        assert (request.items, request.description) == ((), "The viewer.")

    def test_it_is_of_the_class_that_is_asked_for(self):
        @attrs.frozen(kw_only=True)
        class ShopRequest(ServiceRequest):
            shop: str | None = None

        request = to_request(logged(), kind=ShopRequest, shop="Lyon").target
        assert (type(request), request.shop) == (ShopRequest, "Lyon")

    def test_the_policies_are_those_of_each_room(self):
        told = {
            "policies": RequestPolicies.strict(),
            "incident_policies": IncidentPolicies.strict(),
        }
        stated = {"description": "The viewer.", "channel": ContactChannel.PHONE}
        rerouted = to_request(logged(**stated), **told)

        assert rerouted.target.state.name == "in_review"
        for who in (ANA, Actor("pam", roles=[ProcessRole.PROBLEM_MANAGER])):
            with pytest.raises(NotPermittedError):
                to_request(logged(**stated), by=who, **told)

    @pytest.mark.parametrize(
        ("incident", "options", "error"),
        [
            (resolved(), {}, IllegalTransitionError),
            (to_request(logged()).source, {}, IllegalTransitionError),
            (logged(caller=None), {}, GuardRefusedError),
            (logged(), {"items": ()}, GuardRefusedError),
            (logged(), {"at": hour(0)}, OutOfOrderError),
            (logged(), {"at": datetime(2026, 3, 2, 12)}, ValueError),
            (logged(), {"items": ["viewer"]}, TypeError),
            (logged(), {"kind": Incident}, TypeError),
            (logged(), {"shop": "Lyon"}, TypeError),
            (submitted(), {}, TypeError),
        ],
    )
    def test_a_refusal_changes_nothing(self, incident, options, error):
        before = pickle.dumps(incident)
        with pytest.raises(error):
            to_request(incident, **options)

        assert pickle.dumps(incident) == before


class TestToAnIncident:
    def test_the_request_is_cancelled_as_converted(self):
        rerouted = to_incident(submitted(), note="A fault.")
        request = rerouted.source

        assert (request.state.name, request.outcome) == ("cancelled", RequestOutcome.CONVERTED)
        assert request.links == (Link(LinkKind.CONVERTED_TO, INC),)
        assert rerouted.changed == (request, rerouted.target)

    def test_its_approvals_and_tasks_end_with_it(self):
        waiting = submitted(ASKED).request_authorization(by=LI, at=hour(2))
        (approval,) = to_incident(waiting).source.approvals
        (task,) = to_incident(under_way()).source.tasks

        assert (approval.state.name, task.state.name) == ("withdrawn", "cancelled")

    def test_what_was_done_is_undone(self):
        done = under_way()
        done = done.complete_task(done.tasks[0].id, by=LI, at=hour(2))
        rerouted = to_incident(done, undo_plan="Remove the viewer.")

        assert rerouted.source.undo_plan == "Remove the viewer."

    def test_the_incident_is_logged_and_names_what_it_was(self):
        incident = to_incident(submitted()).target

        assert (incident.id, incident.state.name, incident.logged_at) == (INC, "new", hour(3))
        assert incident.links == (Link(FROM, REQ),)
        assert Incident.replay(incident.journal) == incident

    def test_what_the_request_said_it_says(self):
        request = submitted(
            requested_for="kim",
            impact=Impact.LOW,
            urgency=Urgency.LOW,
            category=CategoryPath("print"),
            **SHARED,
        )
        incident = to_incident(request).target

        assert {name: getattr(incident, name) for name in SHARED} == SHARED
        assert (incident.title, incident.caller, incident.affected_user) == (
            "The printer is on fire",
            "ana",
            "kim",
        )
        assert (incident.impact, incident.urgency, incident.category) == (None, None, None)

    def test_what_is_stated_holds(self):
        stated = {"title": "Fire", "impact": Impact.HIGH, "urgency": Urgency.HIGH, "caller": "kim"}
        incident = to_incident(submitted(), **stated).target

        assert {name: getattr(incident, name) for name in stated} == stated

    def test_it_is_of_the_class_that_is_asked_for(self):
        class ShopIncident(Incident):
            __slots__ = ()

        assert type(to_incident(submitted(), kind=ShopIncident).target) is ShopIncident

    @pytest.mark.parametrize(
        ("request_", "options", "error"),
        [
            (submitted().reject("No.", by=LI, at=hour(2)), {}, IllegalTransitionError),
            (submitted(), {"at": hour(0)}, OutOfOrderError),
            (submitted(service=None), {}, GuardRefusedError),
            (submitted(), {"title": " "}, ValueError),
            (submitted(), {"kind": ServiceRequest}, TypeError),
            (submitted(), {"shop": "Lyon"}, TypeError),
            (submitted(), {"policies": IncidentPolicies.strict(), "by": ANA}, RefusedError),
            (submitted(), {"request_policies": RequestPolicies.strict(), "by": LI}, RefusedError),
            (logged(), {}, TypeError),
        ],
    )
    def test_a_refusal_changes_nothing(self, request_, options, error):
        before = pickle.dumps(request_)
        with pytest.raises(error):
            to_incident(request_, **options)

        assert pickle.dumps(request_) == before


class TestTheTimeThatWasLost:
    @pytest.mark.parametrize(
        ("source", "reroute", "when"),
        [
            (logged(), to_request, hour(1)),
            (submitted(), to_incident, hour(1)),
            (submitted(reported_at=hour(-5)), to_incident, hour(-5)),
            (drafted(), to_incident, hour(0)),
        ],
        ids=["logged", "submitted", "on paper", "drafted"],
    )
    def test_it_stays_visible_when_the_user_told_of_it(self, source, reroute, when):
        assert reroute(source).target.reported_at == when

    def test_also_where_it_goes_back_and_forth(self):
        incident = to_incident(submitted()).target
        request = reroute_to_request(
            incident, ServiceRequestId("REQ-2"), items=[ITEM], by=DESK, at=hour(6)
        ).target

        assert (request.reported_at, request.promised_from) == (hour(1), hour(6))

    @pytest.mark.parametrize(("reroute", "make", "_", "kind"), REROUTES)
    def test_clocks_begin_anew(self, reroute, make, _, kind):
        (clock,) = promised(kind).clocks(reroute(make()).target)

        assert (clock.started_at, clock.due_at) == (hour(3), hour(7))

    @pytest.mark.parametrize(("reroute", "make", "_", "kind"), REROUTES)
    def test_an_agreement_may_count_what_was_lost(self, reroute, make, _, kind):
        since = promised(kind, start_at=StartAt.REPORTED)
        (clock,) = since.clocks(reroute(make()).target)

        assert (clock.started_at, clock.due_at) == (hour(1), hour(5))

    @pytest.mark.parametrize(("reroute", "make", "kind", "_"), REROUTES)
    def test_the_misrouted_record_is_in_no_rate(self, reroute, make, kind, _):
        source = reroute(make()).source
        (clock,) = promised(kind).clocks(source)
        period = CompliancePeriod(hour(0), hour(999))
        report = attainment([(source, (clock,))], period, AttainmentRules())

        assert clock.outcome is ClockOutcome.CANCELLED
        assert (report.met, report.breached, report.attainment) == (0, 0, None)


# ---- Families ---------------------------------------------------------------------------------


ONE, TWO, THREE = (submitted(number=number) for number in (1, 2, 3))
BY = {"by": DESK, "at": hour(3)}


class TestFamilies:
    def test_a_request_has_a_parent_of_its_kind(self):
        child = adopt(TWO, ONE, family=[], **BY)

        assert child.parent == ONE.id
        assert [one.id for one in Family([ONE, child, THREE]).children_of(ONE.id)] == [TWO.id]
        with pytest.raises(HandoffError) as refusal:
            adopt(TWO, logged(), family=[], **BY)
        assert rules_of(refusal) == ["of_one_kind"]

    def test_two_levels_are_too_many(self):
        child = adopt(TWO, ONE, family=[], **BY)

        with pytest.raises(HandoffError) as refusal:
            adopt(THREE, child, family=[ONE], **BY)
        assert rules_of(refusal) == ["few_levels"]

    def test_a_cycle_is_refused(self):
        child = adopt(TWO, ONE, family=[], **BY)

        with pytest.raises(HandoffError) as refusal:
            adopt(ONE, child, family=[], policies=RequestPolicies(family_levels=3), **BY)
        assert rules_of(refusal) == ["no_cycle"]

    def test_requests_are_related_and_have_changes_that_caused_them(self):
        related = relate(ONE, TWO, **BY)
        caused = caused_by_change(ONE, ChangeId("RFC-7"), **BY)

        assert related.links == (Link(LinkKind.RELATED, TWO.id),)
        assert caused.links == (Link(LinkKind.CAUSED_BY_CHANGE, ChangeId("RFC-7")),)


class TestDuplicates:
    def test_a_duplicate_is_cancelled_and_names_the_original(self):
        duplicate = mark_duplicate(ONE, TWO, note="Asked twice.", **BY)

        assert duplicate.state.name == "cancelled"
        assert duplicate.cancellation_reason is RequestCancellationReason.DUPLICATE
        assert (duplicate.original, duplicate.outcome) == (TWO.id, RequestOutcome.DUPLICATE)
        assert duplicate.journal[-1].note == "Asked twice."

    def test_its_approvals_end_with_it(self):
        waiting = submitted(ASKED).request_authorization(by=LI, at=hour(2))

        assert mark_duplicate(waiting, TWO, **BY).open_approvals == ()

    @pytest.mark.parametrize(
        ("original", "rule"),
        [
            (ONE, "two_records"),
            (logged(), "of_one_kind"),
            (mark_duplicate(TWO, THREE, **BY), "no_duplicate"),
            (mark_duplicate(TWO, ONE, **BY), "no_cycle"),
        ],
        ids=["itself", "an incident", "a duplicate", "its own duplicate"],
    )
    def test_the_original_is_another_request_and_no_duplicate(self, original, rule):
        with pytest.raises(HandoffError) as refusal:
            mark_duplicate(ONE, original, **BY)

        assert rules_of(refusal) == [rule]

    def test_what_is_over_is_no_duplicate(self):
        with pytest.raises(HandoffError, match="'cancel'"):
            mark_duplicate(ONE.reject("No.", by=LI, at=hour(2)), TWO, **BY)


class TestMerging:
    def test_the_target_takes_over_links_journal_and_children(self):
        problem = Link(LinkKind.RELATED, ProblemId("PRB-1"))
        source = ONE.link(problem.kind, problem.target, by=LI, at=hour(2))
        child = adopt(THREE, source, family=[], by=LI, at=hour(2))
        merged = merge(source, TWO, children=[child], **BY)

        assert merged.source.outcome is RequestOutcome.DUPLICATE
        assert problem in merged.target.links
        assert [one.parent for one in merged.children] == [TWO.id]
        assert [entry.record for entry in merged_history(merged.target)].count(ONE.id) == 3
        assert ServiceRequest.replay(merged.target.journal) == merged.target

    @pytest.mark.parametrize(
        ("inheritance", "starts"),
        [
            (Inheritance.COPY, [hour(1)]),
            (Inheritance.RESTART, [hour(2)]),
            (Inheritance.NONE, []),
        ],
    )
    def test_clocks_go_on_as_is_declared(self, inheritance, starts):
        late = drafted(number=2, begun=2).submit(by=ANA, at=hour(2))
        target = merge(ONE, late, children=[], inheritance=inheritance, **BY).target

        assert [clock.started_at for clock in promised(FULFILLMENT).clocks(target)] == starts


class TestSplitting:
    def test_the_part_is_a_draft_that_says_what_the_request_says(self):
        request = submitted(budget_center="cc1", **SHARED)
        parts = split(request, ServiceRequestId("REQ-2"), title="A cable", items=[ASKED], **BY)

        assert (parts.part.state.name, parts.part.title) == ("draft", "A cable")
        assert (parts.part.items, parts.part.budget_center) == ((ASKED,), "cc1")
        assert {name: getattr(parts.part, name) for name in SHARED} == SHARED
        assert parts.part.links == (Link(LinkKind.SPLIT_FROM, request.id),)
        assert parts.record.journal[-1].action == "comment"

    def test_its_clock_goes_on_from_the_requests_unless_it_begins_anew(self):
        gold = promised(FULFILLMENT)
        starts = []
        for inheritance in (Inheritance.COPY, Inheritance.RESTART):
            told = {"title": "A cable", "inheritance": inheritance, **BY}
            part = split(ONE, ServiceRequestId("REQ-9"), **told).part.submit(by=DESK, at=hour(4))
            starts.append([clock.started_at for clock in gold.clocks(part)])

        assert starts == [[hour(1)], [hour(4)]]
