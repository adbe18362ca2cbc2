"""
How a caller's code types. Checked by mypy, never run.
"""

from __future__ import annotations

import datetime as dt

from collections.abc import Mapping
from typing import ClassVar, Self, assert_type

import attrs

from pendulum import DateTime

from itil_ops import (
    INCIDENT_LIFECYCLE,
    Actor,
    Changes,
    Context,
    Criticality,
    Entry,
    Guard,
    HoldSpell,
    Impact,
    Incident,
    IncidentId,
    IncidentPolicies,
    Lifecycle,
    Moment,
    Part,
    PartId,
    PendingReason,
    Permit,
    Phase,
    Policies,
    Priority,
    PriorityDecision,
    ProblemId,
    ProcessRole,
    Reason,
    RecordId,
    ResolutionCode,
    RoleTable,
    State,
    Step,
    Transition,
    Urgency,
    completeness,
    integrity,
)
from itil_ops.kernel.record import Record
from itil_ops.kernel.term import Term


# ---- Verbs keep the caller's type ---------------------------------------------------------------


def a_day(at: dt.datetime) -> Incident:
    desk = Actor("desk", roles=[ProcessRole.SERVICE_DESK])
    incident = Incident.log(
        IncidentId("INC-1"),
        title="Mail is down in Lyon",
        service="email",
        impact=Impact.HIGH,
        urgency=Urgency("at_once"),
        by=desk,
        at=at,
    )
    assert_type(incident, Incident)
    incident = incident.assign(group="messaging", assignee="li", by=desk, at=at)
    incident = incident.start(by=desk, at=at, effective_at=at)
    incident = incident.hold(PendingReason.AWAITING_CALLER, by=desk, at=at)
    incident = incident.resume(by=desk, at=at, policies=IncidentPolicies.strict())
    incident = incident.resolve(ResolutionCode.FIXED, note="Restarted.", by=desk, at=at)
    incident = incident.reopen(reason="It is back.", by=desk, at=at)
    assert_type(incident.close(by=desk, at=at), Incident)
    return incident


def facts(incident: Incident, at: dt.datetime) -> None:
    assert_type(incident.id, IncidentId)
    assert_type(incident.state, State)
    assert_type(incident.state.phase, Phase)
    assert_type(incident.priority, Priority | None)
    assert_type(incident.version, int)
    assert_type(incident.logged_at, DateTime)
    assert_type(incident.allowed, tuple[str, ...])
    assert_type(incident.journal, tuple[Entry, ...])
    assert_type(incident.journal[-1].changes, Changes)
    assert_type(incident.journal[0].record, RecordId)
    assert_type(incident.journal[0].at, DateTime)
    assert_type(incident.as_of(at), Incident)
    assert_type(incident.as_known_at(at), Incident)
    assert_type(Incident.replay(incident.journal), Incident)
    assert_type(Incident.replay(iter(incident.journal), migrate={1: INCIDENT_LIFECYCLE}), Incident)
    assert_type(incident.why_not("resolve", by=Actor("li"), at=at), tuple[Reason, ...])
    assert_type(incident.history(), tuple[Moment, ...])
    assert_type(incident.hold_spells(), tuple[HoldSpell, ...])
    assert_type(incident.time_in_states(at), dict[str, dt.timedelta])


# ---- What the checker refuses; an ignore that is not needed is an error of its own --------------


def mistakes(incident: Incident, at: dt.datetime) -> None:
    li = Actor("li")
    incident.start(by=li)  # type: ignore[call-arg]
    incident.start(by="li", at=at)  # type: ignore[arg-type]
    incident.start(by=li, at="now")  # type: ignore[arg-type]
    incident.hold("awaiting_caller", by=li, at=at)  # type: ignore[arg-type]
    incident.resume(by=li, at=at, policies=Policies())  # type: ignore[arg-type]
    incident.resume(by=li, at=at, nonsense=True)  # type: ignore[call-arg]
    incident.nonsense(by=li, at=at)  # type: ignore[attr-defined]
    incident.title = "Another"  # type: ignore[misc]
    incident.journal[0].changes["title"] = "Another"  # type: ignore[index]
    Incident.log(ProblemId("P-1"), title="x", by=li, at=at)  # type: ignore[arg-type]
    Actor("li", roles=["user"])  # type: ignore[list-item]
    State("vendor", "waiting")  # type: ignore[arg-type]
    Transition("go", "new", State("a", Phase.ACTIVE))  # type: ignore[arg-type]


# ---- Guards and policies ------------------------------------------------------------------------


@integrity
def it_names_the_vendor(
    incident: VendorIncident, step: Context[VendorIncident, IncidentPolicies]
) -> str | None:
    """
    Somebody is waited for.
    """
    before = step.before
    if before is not None:
        assert_type(before, VendorIncident)
    assert_type(step.policies, IncidentPolicies)
    assert_type(step.at, DateTime)
    assert_type(step.by.roles, frozenset[ProcessRole])
    return None if incident.vendor else "there is no vendor"


@completeness
def it_has_a_ticket(
    incident: VendorIncident, _: Context[VendorIncident, IncidentPolicies]
) -> str | None:
    return None if incident.ticket else "there is no ticket"


assert_type(it_names_the_vendor, "Guard[VendorIncident, IncidentPolicies]")


@integrity  # type: ignore[arg-type]
def no_guard(incident: Incident, _: Context[Incident, IncidentPolicies]) -> bool:
    return bool(incident.title)


def is_night(incident: VendorIncident, step: Context[VendorIncident, IncidentPolicies]) -> bool:
    return step.at.hour < 6 and incident.vendor is not None


@attrs.frozen
class OnlyLi:
    """
    An authorization policy needs no base class.
    """

    def missing_roles(
        self, record: Incident, context: Context[Incident, IncidentPolicies], /
    ) -> frozenset[ProcessRole] | None:
        assert_type(record.id, IncidentId)
        return None if context.by.name == "li" else frozenset()


@attrs.frozen
class AlwaysHigh:
    """
    Nor does a priority policy.
    """

    def decide(
        self, impact: Impact, urgency: Urgency, *, vip: bool, criticality: Criticality | None
    ) -> PriorityDecision:
        assert_type(impact.value, str)
        assert_type(urgency, Urgency)
        assert_type(vip, bool)
        assert_type(criticality, Criticality | None)
        return PriorityDecision(Priority.HIGH, "always_high")


OURS = IncidentPolicies(
    authorization=OnlyLi(),
    priority=AlwaysHigh(),
    completeness=[it_has_a_ticket],
)
ROLES = RoleTable(
    [
        Permit([ProcessRole.OPERATOR, ProcessRole("vendor_manager")], ["hand_over"]),
        Permit({ProcessRole.SERVICE_DESK}, None, besides=("hand_over",), where=is_night),
    ]
)
STRICT_ROLES = IncidentPolicies.strict(authorization=ROLES)


# ---- A subclass with a field, a verb and a wider lifecycle --------------------------------------


AWAITING_VENDOR = State("awaiting_vendor", Phase.WAITING, meaning="The vendor has it.")


@attrs.frozen(kw_only=True)
class VendorIncident(Incident):
    lifecycle: ClassVar[Lifecycle] = INCIDENT_LIFECYCLE.extend(
        states=[AWAITING_VENDOR],
        transitions=[
            Transition(
                "hand_over",
                (Phase.ACTIVE, Phase.WAITING),
                AWAITING_VENDOR,
                guards=[it_names_the_vendor, it_has_a_ticket],
                when=is_night,
            )
        ],
    )
    policies: ClassVar[IncidentPolicies] = OURS

    vendor: str | None = None
    ticket: str | None = None

    def hand_over(self, vendor: str, *, by: Actor, at: dt.datetime) -> Self:
        changes = {"vendor": vendor, "pending_reason": PendingReason.AWAITING_SUPPLIER}
        return self._step("hand_over", changes, by=by, at=at)

    def hand_over_and_comment(self, vendor: str, *, by: Actor, at: dt.datetime) -> Self:
        first, second = Step("hand_over", {"vendor": vendor}), Step("comment", note="Theirs now.")
        return self._take(first, second, by=by, at=at)


def a_wider_day(at: dt.datetime) -> None:
    li = Actor("li")
    incident = VendorIncident.log(IncidentId("INC-1"), title="x", by=li, at=at)
    assert_type(incident, VendorIncident)
    assert_type(incident.start(by=li, at=at), VendorIncident)
    assert_type(incident.hand_over("Acme", by=li, at=at).resume(by=li, at=at), VendorIncident)
    assert_type(incident.vendor, str | None)
    assert_type(VendorIncident.replay(incident.journal), VendorIncident)
    assert_type(incident.as_of(at), VendorIncident)


# ---- A record of one's own, with parts ----------------------------------------------------------


class ParcelId(RecordId):
    __slots__ = ()


class StampId(PartId):
    __slots__ = ()


class Colour(Term):
    RED: ClassVar[Colour]


@attrs.frozen(kw_only=True)
class Stamp(Part):
    lifecycle: ClassVar[Lifecycle] = INCIDENT_LIFECYCLE

    id: StampId
    colour: Colour = Colour.RED


@attrs.frozen(kw_only=True)
class Parcel(Record):
    policies: ClassVar[Policies] = Policies()
    id_type: ClassVar[type[RecordId]] = ParcelId
    part_types: ClassVar[Mapping[type[PartId], type[Part]]] = {StampId: Stamp}

    id: ParcelId

    @classmethod
    def post(cls, id: ParcelId, *, by: Actor, at: dt.datetime) -> Self:
        return cls._begin("post", by=by, at=at, fields={"id": id, "title": "Books"})


def parts(parcel: Parcel) -> None:
    assert_type(parcel.part(StampId("S-1")), Part)
    assert_type(parcel.parts, tuple[Part, ...])
    assert_type(Colour.constants(), tuple[Colour, ...])


# ---- Lifecycles ---------------------------------------------------------------------------------


def lifecycles(guard: Guard[Incident, IncidentPolicies]) -> None:
    assert_type(INCIDENT_LIFECYCLE.extend(name="ours"), Lifecycle)
    assert_type(INCIDENT_LIFECYCLE.allowed("new"), tuple[str, ...])
    assert_type(INCIDENT_LIFECYCLE.path("new", "closed"), tuple[str, ...] | None)
    assert_type(INCIDENT_LIFECYCLE.state("new"), State)
    assert_type(guard.name, str)
    assert_type(guard.is_completeness, bool)
