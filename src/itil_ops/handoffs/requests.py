"""
From service requests to incidents and back: what reached the wrong room goes on in the other one.

The misrouted record is cancelled as converted, so that its clocks end, out of every rate. The other
one is a record of its own: its clocks begin anew, by its own agreement, and it tells by
`reported_at` how long the user has waited in all. An agreement whose targets say
`start_at=StartAt.REPORTED` counts that time too.

The way from a service request to the access requests that it spawns comes with their room, and
belongs here: a function that drafts one and links the two by `LinkKind.SPAWNED`. Changes are asked
for in `itil_ops.handoffs.request_changes`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

import attrs

from itil_ops.handoffs.problems import check_kind
from itil_ops.incident.record import Incident
from itil_ops.incident.vocabulary import CancellationReason
from itil_ops.kernel.checks import check_type
from itil_ops.kernel.vocabulary import LinkKind
from itil_ops.request.record import ServiceRequest
from itil_ops.request.vocabulary import RequestCancellationReason


if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from itil_ops.incident.policies import IncidentPolicies
    from itil_ops.kernel.actor import Actor
    from itil_ops.kernel.identity import IncidentId, ServiceRequestId
    from itil_ops.kernel.user_facing import UserFacing
    from itil_ops.request.items import RequestedItem
    from itil_ops.request.policies import RequestPolicies


R = TypeVar("R", bound=Incident)
Q = TypeVar("Q", bound=ServiceRequest)
S = TypeVar("S", bound="UserFacing")
T = TypeVar("T", bound="UserFacing")

_BACK = LinkKind.CONVERTED_TO.inverse


@attrs.frozen(kw_only=True)
class Rerouted(Generic[S, T]):
    """
    What came of a record that reached the wrong room, to be saved together.

    Attributes:
        source: The misrouted record, cancelled; it names what it became.

        target: The record that goes on, which is new; it names what it was.
    """

    source: S
    target: T

    @property
    def changed(self) -> tuple[S | T, ...]:
        """
        All records to save; the target is new.
        """
        return (self.source, self.target)


# ---- From an incident to a request -----------------------------------------------------------


@overload
def reroute_to_request(
    incident: R,
    id: ServiceRequestId,
    *,
    items: Iterable[RequestedItem] = ...,
    kind: type[Q],
    by: Actor,
    at: datetime,
    note: str | None = ...,
    policies: RequestPolicies | None = ...,
    incident_policies: IncidentPolicies | None = ...,
    **stated: object,
) -> Rerouted[R, Q]: ...


@overload
def reroute_to_request(
    incident: R,
    id: ServiceRequestId,
    *,
    items: Iterable[RequestedItem] = ...,
    kind: type[ServiceRequest] = ...,
    by: Actor,
    at: datetime,
    note: str | None = ...,
    policies: RequestPolicies | None = ...,
    incident_policies: IncidentPolicies | None = ...,
    **stated: object,
) -> Rerouted[R, ServiceRequest]: ...


def reroute_to_request(
    incident: R,
    id: ServiceRequestId,
    *,
    items: Iterable[RequestedItem] = (),
    kind: type[ServiceRequest] = ServiceRequest,
    by: Actor,
    at: datetime,
    note: str | None = None,
    policies: RequestPolicies | None = None,
    incident_policies: IncidentPolicies | None = None,
    **stated: object,
) -> Rerouted[R, Any]:
    """
    Cancel an incident that was none, and submit the service request that it should have been.

    Title, description, service, customer, channel, environment, configuration items, criticality
    and whether it is a VIP's stay. Who called asks for it, and gets it where no other user was
    named. Category, impact and urgency are the model's: those of an incident say nothing of a
    request.

    Args:
        incident: The incident, open.

        id: Id of the request.

        items: What is asked for.

        kind: The class of the request.

        by: Who acts.

        at: When that is recorded; the request is submitted then.

        note: What the actor wrote.

        policies: The policies for the request; those of its class unless given.

        incident_policies: The policies for the incident; those of its class unless given.

        stated: What else `ServiceRequest.draft` takes; what is stated holds.

    Raises:
        OutOfOrderError: *at* lies before the last entry of the incident.

        RefusedError: The incident or the request refuses, for instance because the incident is
            resolved, or nobody asks for it.

        TypeError: An argument is of another type, or unknown.

        ValueError: A value makes no sense, or *at* is naive.
    """
    check_type(incident, Incident, "incident")
    check_kind(kind, ServiceRequest)
    step: dict[str, Any] = {"by": by, "at": at, "note": note}
    source = incident.cancel(
        CancellationReason.CONVERTED, converted_to=id, policies=incident_policies, **step
    )
    gets = incident.affected_user
    people = {
        "requester": incident.caller,
        "requested_for": None if gets == incident.caller else gets,
    }
    room: Any = kind
    given = {**_in_common(incident), **people, "items": items, **stated}
    drafted = room.draft(id, policies=policies, **given, **step)
    submitted = drafted.submit(by=by, at=at, policies=policies)
    target = submitted.link(_BACK, incident.id, by=by, at=at, policies=policies)
    return Rerouted(source=source, target=target)


# ---- From a request to an incident -----------------------------------------------------------


@overload
def reroute_to_incident(
    request: Q,
    id: IncidentId,
    *,
    undo_plan: str | None = ...,
    kind: type[R],
    by: Actor,
    at: datetime,
    note: str | None = ...,
    policies: IncidentPolicies | None = ...,
    request_policies: RequestPolicies | None = ...,
    **stated: object,
) -> Rerouted[Q, R]: ...


@overload
def reroute_to_incident(
    request: Q,
    id: IncidentId,
    *,
    undo_plan: str | None = ...,
    kind: type[Incident] = ...,
    by: Actor,
    at: datetime,
    note: str | None = ...,
    policies: IncidentPolicies | None = ...,
    request_policies: RequestPolicies | None = ...,
    **stated: object,
) -> Rerouted[Q, Incident]: ...


def reroute_to_incident(
    request: Q,
    id: IncidentId,
    *,
    undo_plan: str | None = None,
    kind: type[Incident] = Incident,
    by: Actor,
    at: datetime,
    note: str | None = None,
    policies: IncidentPolicies | None = None,
    request_policies: RequestPolicies | None = None,
    **stated: object,
) -> Rerouted[Q, Any]:
    """
    Cancel a service request that was none, and log the incident that it should have been.

    Title, description, service, customer, channel, environment, configuration items, criticality
    and whether it is a VIP's stay. Who asked is the caller, who should have got it the user that is
    affected. What was asked for stays with the request, and so do category, impact and urgency:
    those of a request say nothing of an incident.

    Args:
        request: The request, open; its approvals and tasks that are open end with it.

        id: Id of the incident.

        undo_plan: How what was done is undone.

        kind: The class of the incident.

        by: Who acts.

        at: When that is recorded; the incident is logged then.

        note: What the actor wrote.

        policies: The policies for the incident; those of its class unless given.

        request_policies: The policies for the request; those of its class unless given.

        stated: What else `Incident.log` takes; what is stated holds.

    Raises:
        OutOfOrderError: *at* lies before the last entry of the request.

        RefusedError: The request or the incident refuses, for instance because the request is
            completed.

        TypeError: An argument is of another type, or unknown.

        ValueError: A value makes no sense, or *at* is naive.
    """
    check_type(request, ServiceRequest, "request")
    check_kind(kind, Incident)
    step: dict[str, Any] = {"by": by, "at": at, "note": note}
    source = request.cancel(
        RequestCancellationReason.CONVERTED,
        converted_to=id,
        undo_plan=undo_plan,
        policies=request_policies,
        **step,
    )
    people = {"caller": request.requester, "affected_user": request.requested_for}
    room: Any = kind
    logged = room.log(id, policies=policies, **{**_in_common(request), **people, **stated}, **step)
    target = logged.link(_BACK, request.id, by=by, at=at, policies=policies)
    return Rerouted(source=source, target=target)


# ---- What both rooms know ---------------------------------------------------------------------


_SHARED = (
    "title",
    "description",
    "service",
    "customer",
    "channel",
    "environment",
    "configuration_items",
    "criticality",
    "vip",
)


def _in_common(source: UserFacing) -> dict[str, object]:
    shared = {name: getattr(source, name) for name in _SHARED}
    return {**shared, "reported_at": source.reported_at or source.promised_from}
