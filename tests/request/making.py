"""
Service requests to try verbs on, and what must hold of each of them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from itil_ops import Actor
from itil_ops.catalog import (
    ApprovalVerdict,
    ApproverRole,
    CatalogItem,
    Money,
    RequestModel,
    ServiceCatalog,
    TaskTemplate,
)
from itil_ops.kernel.identity import ServiceRequestId
from itil_ops.kernel.table import Phase
from itil_ops.request.directory import StaffDirectory
from itil_ops.request.items import RequestedItem
from itil_ops.request.policies import RequestPolicies
from itil_ops.request.record import ServiceRequest
from itil_ops.request.task import TaskId
from itil_ops.sla.hours.calendar import BusinessCalendar


#: A Monday morning.
MORNING = datetime(2026, 3, 2, 9, tzinfo=UTC)

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
OFFICE = BusinessCalendar("UTC", dict.fromkeys(WEEKDAYS, (("09:00", "17:00"),)))

ANA, DESK, LI = Actor("ana"), Actor("desk"), Actor("li")
MIA, BO, CLEO, KIM, TOM = map(Actor, ("mia", "bo", "cleo", "kim", "tom"))
ENGINE = Actor.system("engine")

REQ = ServiceRequestId("REQ-1")

BOARD = ApproverRole("board")


def eur(amount):
    return Money(Decimal(amount), "EUR")


#: Ana asks; Mia is her manager, Kim acts for Mia, and Tom for Ana.
STAFF = StaffDirectory(
    managers={"ana": "mia", "mia": "bo", "bo": "cleo"},
    deputies={"mia": ["kim"], "ana": ["tom"]},
    budget_centers={"travel": "bo", "small": "mia"},
    limits={"bo": eur(1000), "mia": eur(10)},
    members={"board": ["b1", "b2", "b3"]},
)


class Asked(ServiceRequest):
    """
    A service request where the staff is known.
    """

    __slots__ = ()

    policies = RequestPolicies(directory=STAFF, approval_hours=OFFICE)


def day(number, clock="09:00"):
    """
    Return an instant of March 2026; the 2nd is a Monday.
    """
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, 3, number, hour, minute, tzinfo=UTC)


def hours(count):
    return timedelta(hours=count)


def model(*tasks, name="thing", group="workplace", **told):
    """
    Return a model; a task may be just a name.
    """
    templates = [task if isinstance(task, TaskTemplate) else TaskTemplate(task) for task in tasks]
    return RequestModel(name=name, group=group, tasks=templates, **told)


def catalog_of(*models):
    items = [CatalogItem(one, model=one) for one in sorted({model.name for model in models})]
    return ServiceCatalog(items=items, models=models)


def item_of(model, **told):
    return RequestedItem(name=told.pop("name", model.name), model=model, **told)


def drafted(*items, kind=Asked, id=REQ, at=MORNING, **fields):
    stated = {"title": "A thing", "requester": "ana", "by": ANA, **fields}
    made = [item_of(one) if isinstance(one, RequestModel) else one for one in items]
    return is_true(kind.draft(id, items=made or [item_of(model())], at=at, **stated))


def after(request, verb, *args, by=LI, at=None, **told):
    """
    Return the request after a verb, a minute later unless said.
    """
    when = request.journal[-1].at + timedelta(minutes=1) if at is None else at
    return is_true(getattr(request, verb)(*args, by=by, at=when, **told))


def submitted(*items, at=MORNING, **fields):
    return after(drafted(*items, at=at, **fields), "submit", by=ANA, at=at)


def waiting(rule, *tasks, at=MORNING, price=None, **fields):
    """
    Return a request that waits for those who have to agree by *rule*.
    """
    request = submitted(model(*tasks, approval=rule, price=price), at=at, **fields)
    return after(request, "request_authorization", by=DESK, at=at)


def under_way(*tasks, at=MORNING, **fields):
    """
    Return a request that is being fulfilled, with such tasks; or items, or a description.
    """
    items = tasks if tasks and isinstance(tasks[0], RequestedItem) else [model(*tasks)]
    return after(submitted(*items, at=at, **fields), "start_fulfillment", at=at)


def task(name, item="thing"):
    return TaskId(f"{item}/{name}")


def states(request):
    """
    Return where each task stands, by its name.
    """
    return {one.name: one.state.name for one in request.tasks}


def asked(request):
    return [one.approver for one in request.open_approvals]


def told(request, since=0):
    """
    Return what the journal tells in short: action, part, and the number of its cause.
    """
    return [
        (entry.action, None if entry.part is None else str(entry.part), entry.cause)
        for entry in request.journal[since:]
    ]


# ---- What holds of every request ----------------------------------------------------------------


def is_true(request):
    """
    Assert what holds of every service request where the staff is known, and return it.
    """
    nothing_is_fulfilled_without_authorization(request)
    nobody_decides_on_their_own(request)
    approvals_are_open_where_they_are_wanted(request)
    no_task_is_lost(request)
    return request


FULFILLED = {"in_progress", "completed", "closed"}


def nothing_is_fulfilled_without_authorization(request):
    own = [entry for entry in request.journal if entry.part is None]
    actions = [entry.action for entry in own]
    passed = {entry.to_state for entry in own}
    if FULFILLED & passed:
        assert actions.count("authorize") == actions.count("start_fulfillment") == 1
        assert actions.index("authorize") < actions.index("start_fulfillment")
    assert ("authorize" in actions) == request.is_authorized
    if request.is_authorized and request.approval_rule is not None:
        assert request.verdict is ApprovalVerdict.APPROVED
    work = [entry.number for entry in request.journal if isinstance(entry.part, TaskId)]
    begun = request.first_entry("start_fulfillment")
    assert not work or begun.number < work[0]


def nobody_decides_on_their_own(request):
    own = request.interested(request.policies.directory, request.journal[-1].at)
    decided = {one.decided_by for one in request.approvals} - {None}
    assert decided.isdisjoint(own)
    assert decided == {
        entry.by.name for entry in request.journal if entry.action in {"approve", "decline"}
    }


def approvals_are_open_where_they_are_wanted(request):
    seats = {one.seat for one in request.open_approvals}
    waits = "waiting_authorization" in {request.state.name, request.returns_to}
    assert bool(seats) == waits
    if waits:
        assert request.verdict is ApprovalVerdict.OPEN
        assert seats == {one.number for one in request.approval_rule.wanted(request.says)}
    asked = [one.seat for one in request.open_approvals]
    assert len(asked) == len(seats)


def no_task_is_lost(request):
    known = {one.id for one in request.tasks}
    laid_out = {
        TaskId(f"{item.name}/{template.name}")
        for item in request.items
        for template in item.model.tasks
    }
    if request.first_entry("start_fulfillment"):
        assert laid_out <= known
    else:
        assert not known
    if request.state.phase not in {Phase.ACTIVE, Phase.WAITING}:
        assert not request.open_tasks
        assert request.outcome is not None
