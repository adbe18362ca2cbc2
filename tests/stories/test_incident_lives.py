"""
Five more lives of an incident, each as short as it really is.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from itil_ops import (
    Actor,
    CancellationReason,
    CategoryPath,
    ClosureReason,
    ContactChannel,
    Direction,
    EscalationKind,
    EventId,
    GuardRefusedError,
    Impact,
    Incident,
    IncidentId,
    IncidentPolicies,
    Link,
    LinkKind,
    NotPermittedError,
    PendingReason,
    Phase,
    Priority,
    ProblemId,
    ProcessRole,
    ResolutionCode,
    ResolutionKind,
    ServiceRequestId,
    SupportLine,
    Urgency,
)


def at(clock, day=2):
    return datetime.fromisoformat(f"2026-03-{day:02} {clock}").replace(tzinfo=UTC)


DESK = Actor("dora", roles=[ProcessRole.SERVICE_DESK])
SECOND = Actor("li", roles=[ProcessRole.SECOND_LINE_ANALYST])
MANAGER = Actor("mo", roles=[ProcessRole.INCIDENT_MANAGER])
STRICT = IncidentPolicies.strict()


def test_solved_in_the_call():
    incident = Incident.log(
        IncidentId("INC-2"),
        title="Cannot print",
        service="printing",
        channel=ContactChannel.PHONE,
        caller="ada",
        by=DESK,
        at=at("09:00"),
    )
    incident = incident.close(
        resolution=ResolutionCode.USER_GUIDANCE,
        note="The printer was out of paper.",
        by=DESK,
        at=at("09:04"),
    )

    resolved, closed = incident.journal[1:]
    assert (resolved.action, closed.action) == ("resolve", "close")
    assert closed.cause == resolved.number
    assert resolved.at == closed.at == at("09:04")
    assert incident.first_contact_resolution
    assert incident.resolution.code == ResolutionCode.USER_GUIDANCE
    assert incident.responded_at == at("09:04")


def test_a_misrouted_wish_becomes_a_request():
    incident = Incident.log(
        IncidentId("INC-3"),
        title="Please install a drawing tool",
        service="workplace",
        caller="ada",
        by=DESK,
        at=at("09:00"),
    )
    with pytest.raises(GuardRefusedError, match="name what it was converted to"):
        incident.cancel(CancellationReason.CONVERTED, by=DESK, at=at("09:10"))

    request = ServiceRequestId("REQ-1")
    incident = incident.cancel(
        CancellationReason.CONVERTED, converted_to=request, by=DESK, at=at("09:10")
    )
    assert incident.state.phase is Phase.DROPPED
    assert incident.links == (Link(LinkKind.CONVERTED_TO, request),)
    assert incident.resolution is None
    assert incident.first_contact_resolution is None
    assert set(incident.allowed) == {"communicate", "comment", "link"}


def test_a_workaround_is_closed_with_its_problem():
    incident = Incident.log(
        IncidentId("INC-4"),
        title="Orders hang",
        description="Orders stay in the queue for minutes.",
        service="shop",
        category=CategoryPath("software/shop"),
        channel=ContactChannel.PHONE,
        caller="ada",
        impact=Impact.HIGH,
        urgency=Urgency.HIGH,
        by=DESK,
        at=at("09:00"),
        policies=STRICT,
    )
    assert incident.priority == Priority.CRITICAL

    incident = incident.assign(group="shop", by=DESK, at=at("09:05"), policies=STRICT)
    incident = incident.escalate(
        EscalationKind.FUNCTIONAL,
        "The desk has no rights there.",
        line=SupportLine.SECOND,
        by=DESK,
        at=at("09:10"),
        policies=STRICT,
    )
    incident = incident.start(by=SECOND, at=at("09:20"), policies=STRICT)
    incident = incident.communicate(
        "Does it hang for one customer or for all?", by=DESK, at=at("09:25"), policies=STRICT
    )
    incident = incident.hold(
        PendingReason.AWAITING_CALLER, by=SECOND, at=at("09:25"), policies=STRICT
    )
    incident = incident.communicate(
        "For all.", direction=Direction.INBOUND, by=DESK, at=at("09:35"), policies=STRICT
    )
    assert incident.state.name == "in_progress"
    assert incident.assignee == "li"

    incident = incident.apply_workaround(
        "Orders are taken by phone.", impact=Impact.LOW, by=DESK, at=at("09:40"), policies=STRICT
    )
    assert incident.priority == Priority.MEDIUM
    assert incident.is_open
    assert incident.workaround_applied_at == at("09:40")

    incident = incident.resolve(
        ResolutionCode.WORKAROUND_APPLIED,
        note="A second queue takes the load.",
        evidence="Orders pass in 2 s.",
        by=SECOND,
        at=at("10:30"),
        policies=STRICT,
    )
    assert incident.resolution.kind is ResolutionKind.WORKAROUND
    assert incident.first_contact_resolution is False

    with pytest.raises(NotPermittedError):
        incident.close(likely_to_recur=True, by=SECOND, at=at("11:00"), policies=STRICT)
    with pytest.raises(GuardRefusedError) as refusal:
        incident.close(likely_to_recur=True, by=DESK, at=at("11:00"), policies=STRICT)
    assert [reason.rule for reason in refusal.value.reasons] == ["a_workaround_has_its_problem"]

    incident = incident.link(
        LinkKind.INVESTIGATED_BY, ProblemId("PRB-1"), by=DESK, at=at("11:00"), policies=STRICT
    )
    incident = incident.close(likely_to_recur=True, by=DESK, at=at("11:00"), policies=STRICT)
    assert incident.state.name == "closed"
    assert incident.closure_category == CategoryPath("software/shop")
    assert incident.likely_to_recur


def test_a_major_incident_has_its_own_procedure():
    incident = Incident.log(
        IncidentId("INC-5"),
        title="The data center is dark",
        service="hosting",
        impact=Impact.HIGH,
        urgency=Urgency.HIGH,
        by=DESK,
        at=at("02:00"),
    )
    assert incident.is_major_candidate
    with pytest.raises(NotPermittedError) as refusal:
        incident.declare_major("All sites are down.", by=DESK, at=at("02:05"), policies=STRICT)
    assert "incident_manager" in refusal.value.needed

    incident = incident.declare_major(
        "All sites are down.",
        manager="mo",
        team=["li", "ada"],
        informed=["cio"],
        by=MANAGER,
        at=at("02:10"),
        policies=STRICT,
    )
    assert incident.major.manager == "mo"
    assert incident.escalation.kind is EscalationKind.HIERARCHIC

    incident = incident.assign(group="facilities", assignee="li", by=MANAGER, at=at("02:10"))
    incident = incident.start(by=SECOND, at=at("02:12"))
    incident = incident.diagnose("A breaker tripped.", by=SECOND, at=at("02:30"))
    incident = incident.mark_restored(
        repaired_at=at("02:40"),
        recovered_at=at("03:00"),
        evidence="All probes are green.",
        by=SECOND,
        at=at("03:30"),
        effective_at=at("03:20"),
    )
    incident = incident.resolve(
        ResolutionCode.FIXED, note="Replaced the breaker.", by=SECOND, at=at("04:00")
    )
    assert incident.stamps.restoration == timedelta(minutes=20)
    assert incident.auto_close_at is None
    with pytest.raises(GuardRefusedError, match="never closed automatically"):
        incident.close(
            reason=ClosureReason.AUTO_CLOSED, by=Actor.system("night job"), at=at("04:00", 20)
        )

    closing = {"category": CategoryPath("facilities/power"), "likely_to_recur": False}
    with pytest.raises(GuardRefusedError) as refusal:
        incident.close(**closing, by=MANAGER, at=at("09:00", 3), policies=STRICT)
    assert [reason.rule for reason in refusal.value.reasons] == ["a_major_review_is_planned"]
    incident = incident.close(
        **closing, review_at=at("10:00", 9), by=MANAGER, at=at("09:00", 3), policies=STRICT
    )
    assert incident.major.review_at == at("10:00", 9)


def test_a_clearing_event_resolves_it_and_nobody_objects():
    monitoring = Actor.system("monitoring")
    alarm, clearing = EventId("EVT-1"), EventId("EVT-2")
    incident = Incident.log(
        IncidentId("INC-6"),
        title="Disk is 95 % full",
        service="archive",
        source_event=alarm,
        by=monitoring,
        at=at("01:00"),
    )
    incident = incident.auto_resolve(
        ResolutionCode.AUTO_RECOVERED, cause=clearing, by=monitoring, at=at("01:30")
    )
    assert incident.resolution.kind is ResolutionKind.NO_ACTION
    assert incident.assignee is None
    assert incident.auto_close_at == at("00:00", 5)

    incident = incident.close(
        reason=ClosureReason.AUTO_CLOSED, by=monitoring, at=incident.auto_close_at
    )
    assert incident.closure_reason is ClosureReason.AUTO_CLOSED
    assert incident.links == (Link(LinkKind.CLEARED_BY, clearing),)
