"""
Service requests with items, approvals and tasks, at several points of one life.
"""

from __future__ import annotations

import datetime as dt

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from itil_ops.catalog.approval import ApprovalKind, Approver, ApproverRole, AtLeast, InOrder
from itil_ops.catalog.field_kind import FieldKind
from itil_ops.catalog.form import AskedWhen, Form, FormField
from itil_ops.catalog.model import Entitlement, RequestModel
from itil_ops.catalog.money import Money
from itil_ops.catalog.task import TaskTemplate
from itil_ops.catalog.voting import Vetoed, Vote
from itil_ops.kernel.actor import Actor
from itil_ops.kernel.identity import ChangeId, ConfigurationItemId, IncidentId
from itil_ops.kernel.vocabulary import CategoryPath, ChangeStatus, LinkKind, PendingReason
from itil_ops.request.directory import StaffDirectory
from itil_ops.request.items import RequestedItem
from itil_ops.request.policies import RequestPolicies
from itil_ops.request.task import TaskId
from itil_ops.request.vocabulary import RequestCancellationReason
from itil_ops.sla.hours.duration import BusinessDays
from itil_ops.sla.promises.measure import TargetKind
from itil_ops.sla.promises.target import Target
from itil_ops.testing.builders import START, microseconds_after, minutes, service_request
from itil_ops.testing.eventful import ODD_TEXT


if TYPE_CHECKING:
    from itil_ops.request.record import ServiceRequest


STAFF = StaffDirectory(
    managers={"ana": "mia", "tom": "mia"}, deputies={"bo": ["joe"]}, budget_centers={"cc": "bo"}
)

_POLICIES = RequestPolicies(directory=STAFF)
_ORDER, _CHECK = TaskId("laptop/order"), TaskId("laptop/check")

MODEL = RequestModel(
    name="laptop",
    version=2,
    category=CategoryPath("hardware/laptop"),
    form=Form(
        [
            FormField("memory", FieldKind.WHOLE_NUMBER, required=True, least=8),
            FormField("weight", FieldKind.NUMBER, most=Decimal("1.50")),
            FormField("from", FieldKind.DATE),
            FormField("until", FieldKind.INSTANT),
            FormField("extras", FieldKind.CHOICES, choices=["bag", "mouse"]),
            FormField("travels", FieldKind.FLAG, default=False),
            FormField("where", pattern=".+", when=AskedWhen("travels", [True])),
            FormField("replaces", FieldKind.CONFIGURATION_ITEM),
        ]
    ),
    entitlement=Entitlement(persons=["ana", "tom"]),
    approval=InOrder(
        [
            Vetoed(
                AtLeast([Approver(ApproverRole.LINE_MANAGER), Approver("eve")], count=1),
                by=[Approver("kim", expires_after=BusinessDays(2), fallback="zoe")],
            ),
            Vote([Approver(ApproverRole.BUDGET_CENTER, kind=ApprovalKind.FINANCIAL)]),
        ]
    ),
    group="workplace",
    tasks=[
        TaskTemplate("order", group="buying", duration=BusinessDays(3)),
        TaskTemplate(
            "check",
            depends_on=["order"],
            automated=True,
            attempts=2,
            retry_after=dt.timedelta(minutes=5),
        ),
        TaskTemplate("bag", mandatory=False, description=ODD_TEXT),
    ],
    targets=[Target(TargetKind.RESOLUTION, dt.timedelta(hours=40))],
    price=Money(Decimal("1299.90"), "EUR"),
)
"""
A request model with some of all that a model may have.
"""

_ANSWERS = {
    "memory": 32,
    "weight": Decimal("1.20"),
    "from": dt.date(2026, 3, 9),
    "until": microseconds_after(START, 1),
    "extras": ["bag"],
    "replaces": ConfigurationItemId("pc-9"),
}


def done(request: ServiceRequest, verb: str, at: float, who: str, **told: Any) -> ServiceRequest:
    """
    Return *request* after a *verb* of somebody's, so many minutes after `START`.
    """
    call = {"by": Actor(who), "at": minutes(at), "policies": _POLICIES}
    found: ServiceRequest = getattr(request, verb)(**told, **call)
    return found


def drafted(id: str = "REQ-1", **fields: Any) -> ServiceRequest:
    """
    Return a request for two laptops that nobody has submitted yet.
    """
    item = RequestedItem(
        name="laptop",
        model=MODEL,
        form=MODEL.form.filled(_ANSWERS),
        quantity=2,
        service="workplace",
        price=MODEL.price,
    )
    told: dict[str, Any] = {"items": [item], "budget_center": "cc", "reported_at": minutes(-30)}
    return service_request(id, **told | fields)


def asked(id: str = "REQ-1", **fields: Any) -> ServiceRequest:
    """
    Return a request that waits for the approvals of mia, eve and kim.
    """
    request = done(drafted(id, **fields), "submit", 1, "ana")
    return done(request, "request_authorization", 2, "desk")


def under_way(id: str = "REQ-1", **fields: Any) -> ServiceRequest:
    """
    Return a request whose tasks are laid out, and the first one begun.
    """
    request = done(asked(id, **fields), "delegate", 3, "kim", to="lou", note=ODD_TEXT)
    for minute, who in ((4, "lou"), (5, "mia"), (6, "joe")):
        request = done(request, "approve", minute, who)
    told: dict[str, Any] = {"change": ChangeId("CHG-1"), "status": ChangeStatus.REQUESTED}
    request = done(request, "register_change", 7, "li", **told)
    request = done(request, "start_fulfillment", 8, "li")
    return done(request, "start_task", 9, "li", task=_ORDER, effective_at=minutes(8.5))


def over(id: str = "REQ-1", **fields: Any) -> ServiceRequest:
    """
    Return a request that was closed after all that may happen to its tasks.
    """
    request = done(under_way(id, **fields), "complete_task", 10, "li", task=_ORDER, result="4711")
    request = done(request, "fail_task", 11, "robot", task=_CHECK, error=ODD_TEXT)
    request = done(request, "retry_task", 20, "robot", task=_CHECK)
    request = done(request, "complete_task", 21, "robot", task=_CHECK)
    request = done(request, "deliver", 22, "li", item="laptop")
    cost = Money(Decimal("1310.00"), "EUR")
    request = done(request, "complete", 23, "li", actual_cost=cost, note="One of two.")
    return done(request, "close", 24, "ana", satisfaction=4)


def lives() -> tuple[ServiceRequest, ...]:
    """
    Return requests with values of every type somewhere, and parts in many states.
    """
    waiting: dict[str, Any] = {"reason": PendingReason.AWAITING_CALLER, "until": minutes(900)}
    converted: dict[str, Any] = {
        "reason": RequestCancellationReason.CONVERTED,
        "converted_to": IncidentId("INC-7"),
        "undo_plan": "Send it back.",
    }
    linked: dict[str, Any] = {"kind": LinkKind.RELATED, "target": ChangeId("CHG 1")}
    return (
        drafted("drafted", title=ODD_TEXT, description=ODD_TEXT, number=" 7 "),
        asked("asked", requested_for="tom"),
        done(asked("suspended"), "suspend", 3, "desk", **waiting),
        done(asked("declined"), "decline", 3, "kim", reason="Too dear."),
        done(under_way("linked"), "link", 10, "li", **linked),
        done(under_way("converted"), "cancel", 10, "li", **converted),
        over("over"),
    )
