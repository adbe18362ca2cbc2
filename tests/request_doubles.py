"""
Service requests to try things on, and what must hold of each of them.
"""

from __future__ import annotations

import functools

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from itil_ops import (
    Actor,
    ApprovalId,
    BusinessDays,
    CategoryPath,
    ChangeId,
    EscalationKind,
    Impact,
    LinkKind,
    PendingReason,
    Phase,
    ProblemId,
    RequestCancellationReason,
    RequestedItem,
    RequestPolicies,
    ServiceRequest,
    ServiceRequestId,
    StaffDirectory,
    TaskId,
    Urgency,
)
from itil_ops.catalog import (
    AllOf,
    ApprovalKind,
    Approver,
    FieldKind,
    Form,
    FormField,
    Money,
    RequestModel,
    TaskTemplate,
)
from itil_ops.kernel.annotated import Annotated
from itil_ops.kernel.handled import Handled
from itil_ops.kernel.user_facing import UserFacing
from itil_ops.kernel.vocabulary import ChangeStatus
from itil_ops.request.approval_work import ApprovalWork
from itil_ops.request.authorization import Authorized
from itil_ops.request.fulfillment import Fulfilled
from itil_ops.request.suspension import Suspended
from itil_ops.request.task_work import TaskWork
from record_doubles import is_true_to_its_journal, look_at_every, parameters_of, verbs_of


#: A Monday morning.
MORNING = datetime(2026, 3, 2, 9, tzinfo=UTC)

ANA = Actor("ana")
DESK = Actor("desk")
LI = Actor("li")
MIA = Actor("mia")
BO = Actor("bo")
KIM = Actor("kim")
EVE = Actor("eve")
ROBOT = Actor.system("robot")

REQ = ServiceRequestId("REQ-1")
OTHER = ServiceRequestId("REQ-2")
CHANGE = ChangeId("CHG-1")
PRB_9 = ProblemId("PRB-9")

FIRST, SECOND = ApprovalId("1"), ApprovalId("2")
ORDER, INSTALL, BAG = (TaskId(f"laptop/{name}") for name in ("order", "install", "bag"))

HARDWARE = CategoryPath("hardware/laptop")


def eur(amount):
    return Money(Decimal(amount), "EUR")


#: What two people have to agree to, the second to its cost.
LAPTOP = RequestModel(
    name="laptop",
    group="workplace",
    price=eur(1500),
    form=Form([FormField("memory", FieldKind.WHOLE_NUMBER, required=True, least=8)]),
    approval=AllOf(
        [
            Approver("mia", expires_after=BusinessDays(2)),
            Approver("bo", kind=ApprovalKind.FINANCIAL),
        ]
    ),
    tasks=[
        TaskTemplate("install", depends_on=["order"]),
        TaskTemplate("order"),
        TaskTemplate("bag", mandatory=False),
    ],
)

#: What nobody has to agree to, and takes no time.
CHAIR = RequestModel(
    name="chair", group="facilities", tasks=[TaskTemplate("clean", mandatory=False)]
)

#: Who acts for whom, and who may spend how much.
STAFF = StaffDirectory(
    managers={"ana": "mia", "mia": "bo"},
    deputies={"mia": ["kim"], "ana": ["eve"]},
    limits={"bo": eur(5000), "kim": eur(100)},
)

STATES = (
    "draft",
    "in_review",
    "waiting_authorization",
    "authorized",
    "in_progress",
    "suspended",
    "completed",
    "closed",
    "rejected",
    "cancelled",
)


def item(model=LAPTOP, *, form=None, **differing):
    """
    Return an item, its form filled in if its model has one.
    """
    filled = {"memory": 32} if form is None and model.form.fields else form or {}
    return RequestedItem(
        **{"name": model.name, "model": model, "form": filled, "price": model.price, **differing}
    )


#: What is merged into another one.
LEFT_BEHIND = ServiceRequest.draft(
    ServiceRequestId("REQ-3"), title="A chair too", requester="ana", by=ANA, at=MORNING
)

#: What each verb takes besides `by` and `at`, so that it passes from wherever it may be done.
GOOD = {
    "draft": {"id": REQ, "title": "A laptop for Ana", "requester": "ana", "items": [item()]},
    "revise": {"description": "Mine is broken."},
    "submit": {},
    "request_authorization": {},
    "authorize": {},
    "reject": {"reason": "There is no budget."},
    "return_to_review": {"reason": "Two are needed."},
    "start_fulfillment": {"group": "workplace", "assignee": "li"},
    "suspend": {"reason": PendingReason.AWAITING_SUPPLIER, "awaited": "carrier"},
    "resume": {},
    "complete": {},
    "close": {},
    "reopen": {"reason": "It does not start."},
    "cancel": {"reason": RequestCancellationReason.WITHDRAWN},
    "deliver": {"item": "laptop", "quantity": 1},
    "withdraw_delivery": {"item": "laptop", "quantity": 1, "reason": "The screen is broken."},
    "register_change": {"change": CHANGE},
    "record_change": {"status": ChangeStatus.APPROVED},
    "assign": {"group": "depot", "assignee": "li"},
    "categorize": {"category": HARDWARE},
    "prioritize": {"impact": Impact.MEDIUM, "urgency": Urgency.LOW},
    "escalate": {"kind": EscalationKind.FUNCTIONAL, "reason": "It takes an expert."},
    "communicate": {"message": "It is on its way."},
    "comment": {"text": "The third this week."},
    "link": {"kind": LinkKind.RELATED, "target": ProblemId("PRB-1")},
    "unlink": {"target": PRB_9},
    "join": {"parent": OTHER, "ancestors": (), "generations_below": 0},
    "take_over": {"origin": LEFT_BEHIND},
}

#: The same of the verbs that are no steps of the request, but of an approval or a task.
GOOD_OF_APPROVALS = {
    "approve": {"approval": FIRST},
    "decline": {"approval": FIRST, "reason": "The old one is fine."},
    "delegate": {"approval": FIRST, "to": "zoe"},
    "reassign_approval": {"approval": FIRST, "to": "zoe", "reason": "Mia is on leave."},
    "extend_approval": {"approval": FIRST, "until": MORNING + timedelta(days=30)},
    "expire_approval": {"approval": FIRST},
}
GOOD_OF_TASKS = {
    "add_task": {"task": TaskId("engrave"), "name": "Engrave it", "group": "depot"},
    "assign_task": {"task": ORDER, "group": "depot"},
    "start_task": {"task": ORDER},
    "complete_task": {"task": ORDER},
    "fail_task": {"task": ORDER, "error": "The shop is closed."},
    "retry_task": {"task": ORDER},
    "redo_task": {"task": ORDER, "reason": "The wrong one came."},
    "skip_task": {"task": ORDER, "reason": "There is one in stock."},
    "cancel_task": {"task": ORDER, "reason": "It is sold out."},
}
GOOD_OF_PARTS = {**GOOD_OF_APPROVALS, **GOOD_OF_TASKS}

#: Steps that only follow from others.
FOLLOWING = {"request_approval", "withdraw_approval", "ready_task", "unready_task"}


def minute(count):
    return MORNING + timedelta(minutes=count)


def drafted(kind=ServiceRequest, **fields):
    stated = {**GOOD["draft"], "by": ANA, "at": MORNING, **fields}
    return kind.draft(stated.pop("id"), **stated)


def good(action):
    """
    Return what a verb takes so that it passes.
    """
    return GOOD[action] if action in GOOD else GOOD_OF_PARTS[action]


def who(request, action, named):
    """
    Return who usually takes a step: an approver the approver's, and Li all others.
    """
    if action not in {"approve", "decline", "delegate"}:
        return LI
    approver = next((one.approver for one in request.approvals if one.id == named), "mia")
    return Actor(approver)


def told_to(request, action, **differing):
    """
    Return all that a verb is told, at the instant of the last entry.
    """
    told = {**good(action), **differing}
    by = who(request, action, told.get("approval"))
    return {"by": by, "at": request.journal[-1].at, **told}


def after(request, action, **arguments):
    """
    Return the request after a verb that is told what it needs, a minute later unless said.
    """
    later = {"at": request.journal[-1].at + timedelta(minutes=1), **arguments}
    return getattr(request, action)(**told_to(request, action, **later))


def through(request, *steps):
    """
    Return the request after several verbs, each a name, or a name and what differs.
    """
    for step in steps:
        action, told = (step, {}) if isinstance(step, str) else step
        request = after(request, action, **told)
    return request


#: Short names for steps that are told of another approval or task.
APPROVED = ("submit", "request_authorization", "approve", ("approve", {"approval": SECOND}))
STARTED = (*APPROVED, "start_fulfillment")
DONE = ("complete_task", ("complete_task", {"task": INSTALL}))
COMPLETED = (*STARTED, *DONE, "complete")

#: The ways to each state; one may wait after two, and needs no approval after some.
WAYS = {
    "draft": (),
    "in_review": ("submit",),
    "in_review preauthorized": ("submit",),
    "waiting_authorization": ("submit", "request_authorization"),
    "authorized": APPROVED,
    "authorized beforehand": ("submit", "authorize"),
    "in_progress": STARTED,
    "suspended": (*STARTED, "suspend"),
    "suspended from in_review": ("submit", "suspend"),
    "suspended from waiting_authorization": ("submit", "request_authorization", "suspend"),
    "suspended from authorized": (*APPROVED, "suspend"),
    "completed": COMPLETED,
    "closed": (*COMPLETED, "close"),
    "rejected": ("submit", "reject"),
    "rejected by an approver": ("submit", "request_authorization", "decline"),
    "cancelled": ("cancel",),
    "cancelled half done": (*STARTED, "complete_task", "cancel"),
}

#: What some verbs need to have happened last, where that is possible.
NEEDED_AFTER = {
    ("in_progress", "complete"): DONE,
    ("in_progress", "withdraw_delivery"): ("deliver",),
    ("in_progress", "retry_task"): ("fail_task",),
    ("in_progress", "redo_task"): ("complete_task",),
    ("waiting_authorization", "expire_approval"): (("comment", {"at": minute(9999)}),),
}


def model_of(place):
    return CHAIR if "beforehand" in place or "preauthorized" in place else LAPTOP


def standing(place, *before, **fields):
    """
    Return a request in a state of `WAYS`, with something done to it while it was a draft.
    """
    if not (before or fields):
        return _usual(place)
    stated = {"items": [item(model_of(place))], **fields}
    return through(drafted(**stated), *before, *WAYS[place])


@functools.cache
def _usual(place):
    return standing(place, items=[item(model_of(place))])


@functools.cache
def ready(place, action):
    """
    Return a request on which *action* passes if the lifecycle lets it.
    """
    request = WITH_MORE[action](place) if action in WITH_MORE else standing(place)
    request = through(request, *NEEDED_AFTER.get((place, action), ()))
    if action == "suspend" and request.state.name == "suspended":
        return after(request, "suspend", reason=PendingReason.AWAITING_EVIDENCE)
    return request


def linked(place):
    """
    Return a request of a place that was linked with a problem as a draft.
    """
    return standing(place, ("link", {"target": PRB_9}))


def with_change(place):
    """
    Return a request of a place for which a change was registered as soon as that was possible.
    """
    request = drafted(items=[item(model_of(place))])
    for step in WAYS[place]:
        request = through(request, step)
        if request.change is None and _takes_a_change(request):
            request = after(request, "register_change")
    return request


def _takes_a_change(request):
    return request.is_authorized and "register_change" in request.allowed


#: Verbs that need something to have happened on the way to a place.
WITH_MORE = {"unlink": linked, "record_change": with_change}


def verbs():
    """
    Return the names of the public methods that the request's own classes define.
    """
    own = (ServiceRequest, Suspended, Fulfilled, TaskWork, Authorized, ApprovalWork)
    return verbs_of(*own, UserFacing, Handled, Annotated)


def parameters(action):
    """
    Return the names of all arguments of a verb.
    """
    return parameters_of(ServiceRequest, action)


def only(*guards, **others):
    return RequestPolicies(completeness=guards, **others)


# ---- What holds of every request ----------------------------------------------------------------

_OVER = {Phase.DONE, Phase.ENDED, Phase.DROPPED}
_THERE = {Phase.DONE, Phase.ENDED}


def is_true(request):
    """
    Assert what holds of every service request, and return it.
    """
    is_true_to_its_journal(request)
    phase, journal = request.state.phase, request.journal
    assert (request.pending_reason is not None) == (phase is Phase.WAITING)
    assert (request.outcome is not None) == (phase in _OVER)
    assert (request.closed_at is not None) == (phase is Phase.ENDED)
    assert (request.completed_at is not None) == (phase in _THERE)
    assert (request.cancellation_reason is not None) == (request.state.name == "cancelled")
    assert phase not in _OVER or not request.open_tasks
    assert request.state.name in {"waiting_authorization", "suspended"} or not (
        request.open_approvals
    )
    is_worked_on(request, [entry.action for entry in journal])
    for kind in (request.approvals, request.tasks):
        assert len({part.id for part in kind}) == len(kind)
    return request


def is_worked_on(request, actions):
    """
    Assert that nobody began to fulfill the request before it was authorized.
    """
    if "start_fulfillment" in actions:
        assert "authorize" in actions[: actions.index("start_fulfillment")]
    assert request.is_authorized == ("authorize" in actions)
    begun = [task for task in request.tasks if task.state.name in {"in_progress", "done"}]
    assert request.is_authorized or not begun


@pytest.fixture(autouse=True)
def every_request_is_true(monkeypatch):
    """
    Look at every request that is made in a test, and at the one it was made from.
    """
    look_at_every(ServiceRequest, is_true, monkeypatch)
