"""
What a type checker makes of service requests, their catalog, approvals and tasks.
"""

from __future__ import annotations

import datetime as dt

from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, assert_type

import attrs

from pendulum import DateTime

from itil_ops import (
    REQUEST_LIFECYCLE,
    Actor,
    Approval,
    ApprovalId,
    Charge,
    Directory,
    FulfillmentTask,
    Lifecycle,
    ModelApproval,
    PendingReason,
    RequestedItem,
    RequestFacts,
    RequestOutcome,
    RequestPolicies,
    RequestProgress,
    ServiceRequest,
    ServiceRequestId,
    StaffDirectory,
    TaskId,
    forecast_request,
    monitor_request,
    promised_fulfillment,
)
from itil_ops.catalog import (
    AllOf,
    ApprovalRule,
    ApprovalVerdict,
    Approver,
    ApproverRole,
    CatalogItem,
    Form,
    FormField,
    InOrder,
    Money,
    RequestModel,
    Schedule,
    Service,
    ServiceCatalog,
    TaskTemplate,
    Vote,
)
from itil_ops.sla import ALWAYS_OPEN, BusinessDays, Target


if TYPE_CHECKING:
    from collections.abc import Iterable


ANA, MIA = Actor("ana"), Actor("mia")
T = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
PRICE = Money(Decimal(1500), "EUR")
MODEL = RequestModel(
    name="laptop",
    group="workplace",
    price=PRICE,
    form=Form([FormField("memory")]),
    approval=InOrder(
        [
            Approver(ApproverRole.LINE_MANAGER, expires_after=BusinessDays(2)),
            AllOf([Approver("bo"), Vote([Approver("kim")], quorum=1)]),
        ]
    ),
    tasks=[TaskTemplate("order"), TaskTemplate("install", depends_on=["order"])],
)
CATALOG = ServiceCatalog(
    services=[Service("workplace")],
    items=[CatalogItem("laptop", model="laptop", service="workplace")],
    models=[MODEL],
)


@attrs.frozen(kw_only=True)
class FieldRequest(ServiceRequest):
    """
    A caller's own kind of request.
    """

    lifecycle: ClassVar[Lifecycle] = REQUEST_LIFECYCLE
    policies: ClassVar[RequestPolicies] = RequestPolicies(
        directory=StaffDirectory(managers={"ana": "mia"}),
        approval=ModelApproval(financial_above=PRICE),
    )

    site: str | None = None


def a_life() -> None:
    item = RequestedItem.of(CATALOG, "laptop", {"memory": "32"}, quantity=2)
    request = FieldRequest.draft(
        ServiceRequestId("REQ-1"),
        title="A laptop",
        requester="ana",
        items=[item],
        by=ANA,
        at=T,
        site="Lyon",
    )
    assert_type(request, FieldRequest)
    assert_type(request.submit(catalog=CATALOG, by=ANA, at=T), FieldRequest)
    assert_type(request.request_authorization(by=MIA, at=T), FieldRequest)
    assert_type(request.approve(by=MIA, at=T), FieldRequest)
    assert_type(request.decline(ApprovalId("1"), reason="No.", by=MIA, at=T), FieldRequest)
    assert_type(request.start_fulfillment(by=MIA, at=T), FieldRequest)
    assert_type(request.complete_task(TaskId("laptop/order"), by=MIA, at=T), FieldRequest)
    assert_type(request.suspend(PendingReason.AWAITING_CALLER, by=MIA, at=T), FieldRequest)
    assert_type(request.resume(by=MIA, at=T), FieldRequest)
    assert_type(request.complete(by=MIA, at=T), FieldRequest)
    assert_type(FieldRequest.replay(request.journal), FieldRequest)


def what_is_known(request: ServiceRequest) -> None:
    assert_type(request.items, tuple[RequestedItem, ...])
    assert_type(request.cost, Money | None)
    assert_type(request.charge, Charge | None)
    assert_type(request.approval_rule, ApprovalRule | None)
    assert_type(request.verdict, ApprovalVerdict | None)
    assert_type(request.approvals, tuple[Approval, ...])
    assert_type(request.tasks, tuple[FulfillmentTask, ...])
    assert_type(request.task(TaskId("laptop/order")), FulfillmentTask | None)
    assert_type(request.outcome, RequestOutcome | None)
    assert_type(request.authorized_at, DateTime | None)
    assert_type(monitor_request(request, at=T), RequestProgress)
    assert_type(forecast_request(request, at=T, hours={"workplace": ALWAYS_OPEN}), Schedule)
    assert_type(promised_fulfillment(request), Target | None)


class CompanyDirectory:
    """
    A caller's own directory.
    """

    def approvers(
        self, role: ApproverRole, request: RequestFacts, item: RequestedItem | None
    ) -> Iterable[str]:
        return [f"{role}-of-{request.beneficiary if item is None else item.name}"]

    def manager(self, person: str) -> str | None:
        return None if person == "boss" else "boss"

    def deputies(self, person: str, at: dt.datetime) -> Iterable[str]:
        return [person.upper()] if at.weekday() else []

    def limit(self, person: str) -> Money | None:
        return None if person == "boss" else PRICE

    def units(self, person: str) -> Iterable[str]:
        return (person,)

    def roles(self, person: str) -> Iterable[str]:
        return (person,)


class TwoBosses:
    """
    A caller's own policy of approval.
    """

    name: str = "two_bosses"

    def rule(self, request: RequestFacts) -> ApprovalRule | None:
        return AllOf([Approver("a"), Approver("b")]) if request.items else None


directory: Directory = CompanyDirectory()
policies = RequestPolicies(directory=directory, approval=TwoBosses())
