"""
From service requests to changes: what is routine takes a standard change, all else an RFC.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from itil_ops.errors import HandoffError, Reason
from itil_ops.handoffs.changes import (
    REQUEST,
    TO_COME,
    ChangeGateway,
    asked_for,
    changes_of,
    check_gateway,
    no_change_yet,
)
from itil_ops.handoffs.families import forbid
from itil_ops.kernel.checks import check_type
from itil_ops.kernel.stateful import described
from itil_ops.kernel.vocabulary import ChangeStatus, PendingReason
from itil_ops.request.record import ServiceRequest


if TYPE_CHECKING:
    from datetime import datetime

    from itil_ops.catalog.model import StandardChange
    from itil_ops.kernel.actor import Actor
    from itil_ops.kernel.identity import ChangeId
    from itil_ops.request.policies import RequestPolicies


Q = TypeVar("Q", bound=ServiceRequest)

_KIND = "service request"
"""
What a key calls what asks for a change.
"""


# ---- Ask for a change ------------------------------------------------------------------------


def request_standard_change(
    request: Q,
    gateway: ChangeGateway,
    *,
    title: str | None = None,
    description: str | None = None,
    justification: str | None = None,
    by: Actor,
    at: datetime,
    note: str | None = None,
    policies: RequestPolicies | None = None,
) -> Q:
    """
    Return *request* with the standard change of its model, which is asked for here.

    Such a change is authorized beforehand, so the request waits for nothing. The step is tried
    before: no change is asked for where the request would refuse. If what comes of it is not saved,
    the same call asks for the same change, see `ChangeRequest.key`. A change that was rejected or
    has failed is followed by another one.

    Args:
        request: The request, authorized.

        gateway: The tool in which changes live.

        title: What is to be changed; what the model says, or the request's title, unless given.

        description: That at length; the request's description unless given.

        justification: Why.

        by: Who acts.

        at: When that is recorded.

        note: What the actor wrote.

        policies: The policies for this call; those of the request's class unless given.

    Raises:
        HandoffError: Its models have no standard change; its change is known already, and has not
            failed; or the gateway returned one that it had before.

        OutOfOrderError: *at* lies before its last entry; nothing was asked for.

        RefusedError: The request refuses, for instance because it is not authorized; nothing was
            asked for.

        TypeError: An argument is of another type, or the gateway returned no `ChangeId`.

        ValueError: A text is blank, or *at* is naive; nothing was asked for.
    """
    check_type(request, ServiceRequest, "request")
    check_gateway(gateway)
    routine = _standard_change(request)
    forbid(request, REQUEST, [no_change_yet(request, _GO_ON)])
    step: dict[str, Any] = {"by": by, "at": at, "note": note, "policies": policies}
    request.register_change(TO_COME, **step)
    change = asked_for(
        gateway,
        request,
        kind=_KIND,
        had=changes_of(request),
        template=routine.template,
        title=routine.title if title is None else title,
        description=description,
        justification=justification,
        by=by,
        at=at,
    )
    return request.register_change(change, **step)


def raise_change_for(
    request: Q,
    gateway: ChangeGateway,
    *,
    until: datetime | None = None,
    title: str | None = None,
    description: str | None = None,
    justification: str | None = None,
    by: Actor,
    at: datetime,
    note: str | None = None,
    policies: RequestPolicies | None = None,
) -> Q:
    """
    Return *request*, suspended until a change is made that is asked for here.

    That is for what is no routine: somebody else has to agree to the change, as the tool in which
    it lives has it. The steps are tried before: no change is asked for where the request would
    refuse. If what comes of it is not saved, the same call asks for the same change, see
    `ChangeRequest.key`. A change that was rejected or has failed is followed by another one.

    Args:
        request: The request, in progress or suspended.

        gateway: The tool in which changes live.

        until: When to go on in any case, if somebody knows.

        title: What is to be changed; the request's title unless given.

        description: That at length; the request's description unless given.

        justification: Why.

        by: Who acts.

        at: When that is recorded.

        note: What the actor wrote.

        policies: The policies for these calls; those of the request's class unless given.

    Raises:
        HandoffError: Its change is known already, and has not failed; or the gateway returned one
            that it had before.

        OutOfOrderError: *at* lies before its last entry; nothing was asked for.

        RefusedError: The request refuses, for instance because nobody works on it; nothing was
            asked for.

        TypeError: An argument is of another type, or the gateway returned no `ChangeId`.

        ValueError: A text is blank, or an instant naive; nothing was asked for.
    """
    check_type(request, ServiceRequest, "request")
    check_gateway(gateway)
    forbid(request, REQUEST, [no_change_yet(request, _GO_ON)])
    step: dict[str, Any] = {"by": by, "at": at, "note": note, "policies": policies}
    _waiting_for(request, TO_COME, until, step)
    change = asked_for(
        gateway,
        request,
        kind=_KIND,
        had=changes_of(request),
        title=title,
        description=description,
        justification=justification,
        by=by,
        at=at,
    )
    return _waiting_for(request, change, until, step)


def _standard_change(request: ServiceRequest) -> StandardChange:
    """
    Return the standard change of a request: no request is submitted with more than one.

    Raises:
        HandoffError: There is none.
    """
    known = (item.model.standard_change for item in request.items)
    found = next((one for one in known if one is not None), None)
    if found is None:
        raise HandoffError(described(request), REQUEST, (_NO_STANDARD_CHANGE,))
    return found


_NO_STANDARD_CHANGE = Reason(
    "a_standard_change", "no model of it has a standard change: 'raise_change_for' asks for an RFC"
)


_GO_ON = "'read_change_of' tells where that stands"


def _waiting_for(request: Q, change: ChangeId, until: datetime | None, step: dict[str, Any]) -> Q:
    registered = request.register_change(change, **step)
    reason = PendingReason.AWAITING_CHANGE
    return registered.suspend(reason, until=until, awaited=change, **step)


# ---- Read where it stands --------------------------------------------------------------------


def read_change_of(
    request: Q,
    gateway: ChangeGateway,
    *,
    by: Actor,
    at: datetime,
    note: str | None = None,
    policies: RequestPolicies | None = None,
) -> Q:
    """
    Return *request* once it knows where its change stands; where that is no news, as it is.

    Suspended until its change is made, it is resumed once that is implemented. A change that was
    rejected or has failed ends no wait: `raise_change_for` asks for another one, or a person
    decides what becomes of the request.

    Args:
        request: The request.

        gateway: The tool in which changes live.

        by: Who acts: as a rule a system.

        at: When that is recorded.

        note: What the actor wrote.

        policies: The policies for these calls; those of the request's class unless given.

    Raises:
        HandoffError: It has no change.

        OutOfOrderError: *at* lies before its last entry.

        RefusedError: The request refuses, for instance because it is closed.

        TypeError: An argument is of another type, or the gateway returned no `ChangeStatus`.
    """
    check_type(request, ServiceRequest, "request")
    check_gateway(gateway)
    change = request.change
    if change is None:
        raise HandoffError(described(request), "read its change", (_NO_CHANGE,))
    status = check_type(gateway.status(change), ChangeStatus, "what the gateway returned")
    step: dict[str, Any] = {"by": by, "at": at, "policies": policies}
    after = request
    if status is not request.change_status:
        after = request.record_change(status, note=note, **step)
    if status in _MADE and _waits_for_its_change(after):
        after = after.resume(note=f"{change} {status.words}", **step)
    return after


_NO_CHANGE = Reason(
    "a_change", "it has none: 'request_standard_change' or 'raise_change_for' asks for one"
)

_MADE = frozenset({ChangeStatus.IMPLEMENTED, ChangeStatus.REVIEWED})


def _waits_for_its_change(request: ServiceRequest) -> bool:
    awaits_one = request.pending_reason == PendingReason.AWAITING_CHANGE
    return awaits_one and request.awaited in {None, request.change}
