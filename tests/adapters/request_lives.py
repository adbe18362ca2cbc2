"""
Service requests in each state, and what they are made of.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from incident_doubles import minute
from itil_ops import (
    Actor,
    ApprovalId,
    BusinessDays,
    CategoryPath,
    ChangeId,
    ChangeStatus,
    ConfigurationItemId,
    ContactChannel,
    Impact,
    IncidentId,
    ModelApproval,
    PendingReason,
    RequestCancellationReason,
    RequestedItem,
    RequestPolicies,
    ServiceRequest,
    ServiceRequestId,
    StaffDirectory,
    Target,
    TargetKind,
    TaskId,
    Urgency,
)
from itil_ops.catalog import (
    AllOf,
    AnyOf,
    ApprovalKind,
    Approver,
    ApproverRole,
    AskedWhen,
    AtLeast,
    CatalogItem,
    Entitlement,
    FieldKind,
    Form,
    FormField,
    InOrder,
    Money,
    Percentage,
    RequestModel,
    RequestType,
    Service,
    ServiceCatalog,
    ServiceGroup,
    StandardChange,
    TaskTemplate,
    Vetoed,
    Vote,
)


REQ = ServiceRequestId("REQ-1")
CHANGE = ChangeId("CHG-7")
ANA, DESK, MIA, KIM, LI = map(Actor, ("ana", "desk", "mia", "kim", "li"))


def eur(amount):
    return Money(Decimal(amount), "EUR")


FORM = Form(
    [
        FormField("memory", FieldKind.WHOLE_NUMBER, required=True, least=8, most=128),
        FormField("color", FieldKind.CHOICE, choices=["gray", "blue"], default="gray"),
        FormField("extras", FieldKind.CHOICES, choices=["mouse", "bag"], most=1),
        FormField("weight", FieldKind.NUMBER, label="Weight in kg", most=Decimal("1.5")),
        FormField("from", FieldKind.DATE, least=date(2026, 1, 1)),
        FormField("until", FieldKind.INSTANT),
        FormField("traveling", FieldKind.FLAG, default=False),
        FormField("tag", pattern="[A-Z]{3}", when=AskedWhen("traveling", [True])),
        FormField("colleague", FieldKind.PERSON),
        FormField("replaces", FieldKind.CONFIGURATION_ITEM),
    ]
)

LAPTOP = RequestModel(
    name="laptop",
    version=3,
    type=RequestType.STANDARD_CHANGE,
    category=CategoryPath("hardware/laptop"),
    impact=Impact.LOW,
    urgency=Urgency.MEDIUM,
    form=FORM,
    entitlement=Entitlement(units=["sales"], customers=["acme"]),
    approval=InOrder(
        [
            Approver(ApproverRole.LINE_MANAGER, expires_after=BusinessDays(2), fallback="lou"),
            Approver(ApproverRole.BUDGET_CENTER, kind=ApprovalKind.FINANCIAL, above=eur("1000.50")),
        ]
    ),
    group="workplace",
    tasks=[
        TaskTemplate("order", group="buying", duration=BusinessDays(5)),
        TaskTemplate(
            "image",
            depends_on=["order"],
            automated=True,
            attempts=3,
            retry_after=timedelta(minutes=10),
        ),
        TaskTemplate("bag", mandatory=False, description="A bag for it."),
    ],
    targets=[Target(TargetKind.RESOLUTION, timedelta(hours=40))],
    standard_change=StandardChange("workplace-7", title="Replace a laptop"),
    price=eur("1299.90"),
    closure_conditions=["It was handed over."],
)

CATALOG = ServiceCatalog(
    services=[Service("workplace", environments=["production"], owner="li", group="workplace")],
    service_groups=[ServiceGroup("office", ["workplace"])],
    items=[CatalogItem("laptop", model="laptop", service="workplace", title="A laptop")],
    models=[LAPTOP],
)

STAFF = StaffDirectory(
    managers={"tom": "mia", "mia": "bo"},
    deputies={"bo": ["eve", "joe"]},
    budget_centers={"cc1": "bo"},
    service_owners={"workplace": "li"},
    members={"board": ["bo", "li"]},
    limits={"bo": eur(50_000)},
    person_units={"tom": ["sales"]},
    person_roles={"tom": ["clerk"]},
)

POLICIES = RequestPolicies(
    approval=ModelApproval(financial_above=eur(5_000)), directory=STAFF, catalog=CATALOG
)

RULE = Vetoed(
    AllOf(
        [
            AnyOf([Approver("mia"), Approver("bo")]),
            AtLeast([Approver("mia"), Approver("bo"), Approver("li")], count=2),
            Percentage([Approver("mia"), Approver("kim")], percent=50),
            Vote([Approver("mia"), Approver(ApproverRole("board"))], quorum=2, percent=60),
        ]
    ),
    by=[Approver(ApproverRole.SERVICE_OWNER)],
)

ANSWERS = {
    "memory": 32,
    "extras": ["bag"],
    "weight": Decimal("1.20"),
    "from": date(2026, 3, 9),
    "until": minute(90_000),
    "colleague": "R\u00e9mi \U0001f525",
    "replaces": ConfigurationItemId("pc-9"),
}

ORDER, IMAGE, BAG = (TaskId(f"laptop/{name}") for name in ("order", "image", "bag"))


def after(request, verb, at, *args, by=LI, **told):
    return getattr(request, verb)(*args, **told, by=by, at=minute(at), policies=POLICIES)


def draft():
    return ServiceRequest.draft(
        REQ,
        title="Two laptops",
        number="R-1",
        requester="ana",
        requested_for="tom",
        customer="acme",
        budget_center="cc1",
        items=[RequestedItem.of(CATALOG, "laptop", ANSWERS, quantity=2)],
        configuration_items=[ConfigurationItemId("pc-9")],
        channel=ContactChannel.EMAIL,
        environment="production",
        reported_at=minute(-30),
        by=ANA,
        at=minute(0),
        policies=POLICIES,
    )


def in_review():
    request = after(draft(), "revise", 1, description="For the fair.", by=ANA)
    return after(request, "submit", 2, catalog=CATALOG, by=ANA, effective_at=minute(1))


def waiting():
    request = after(in_review(), "request_authorization", 3, by=DESK)
    return after(request, "delegate", 4, to="kim", by=MIA, note="I am off.")


def authorized():
    request = after(waiting(), "approve", 5, by=KIM)
    return after(request, "approve", 6, by=Actor("joe"), note="In place of Bo.")


def in_progress():
    request = after(authorized(), "register_change", 7, CHANGE, status=ChangeStatus.REQUESTED)
    request = after(request, "start_fulfillment", 8, assignee="li")
    request = after(request, "add_task", 9, TaskId("call"), "Call the shop", group="desk")
    request = after(request, "cancel_task", 10, TaskId("call"), "It called us.")
    return after(request, "start_task", 11, ORDER, effective_at=minute(10))


def imaged():
    request = after(in_progress(), "complete_task", 12, ORDER, result="Order 4711")
    return after(request, "fail_task", 13, IMAGE, "No network.")


def completed():
    request = after(imaged(), "retry_task", 24, IMAGE)
    request = after(request, "complete_task", 25, IMAGE)
    request = after(request, "deliver", 26, "laptop", note="One is broken.")
    return after(
        request,
        "complete",
        27,
        actual_cost=eur("1310.00"),
        configuration_updates="pc-10 is new.",
        note="One of two.",
    )


def closed():
    return after(
        completed(),
        "close",
        28,
        confirmed_conditions=["It was handed over."],
        satisfaction=4,
        by=ANA,
    )


def cancelled():
    return after(
        in_progress(),
        "cancel",
        12,
        RequestCancellationReason.CONVERTED,
        converted_to=IncidentId("INC-7"),
        undo_plan="Send it back.",
    )


#: A request in each state, and on each way on which other fields are filled in.
LIVES = {
    "draft": draft(),
    "in_review": in_review(),
    "waiting_authorization": waiting(),
    "rejected": after(waiting(), "decline", 5, reason="Too dear.", by=MIA),
    "expired": after(waiting(), "expire_approval", 9_000, ApprovalId("1"), by=DESK),
    "suspended_from_waiting": after(
        waiting(), "suspend", 5, PendingReason.AWAITING_CALLER, until=minute(900)
    ),
    "authorized": authorized(),
    "in_progress": in_progress(),
    "imaged": imaged(),
    "suspended": after(in_progress(), "suspend", 12, PendingReason.AWAITING_CHANGE, awaited=CHANGE),
    "completed": completed(),
    "closed": closed(),
    "reopened": after(closed(), "reopen", 40, "The other is missing.", by=ANA),
    "cancelled": cancelled(),
}
