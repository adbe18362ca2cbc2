"""
Service requests that were told some verbs, their parts among them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

from hypothesis import strategies as st

from itil_ops.catalog.approval import Approver, ApproverRole
from itil_ops.catalog.model import EVERYBODY, Entitlement
from itil_ops.catalog.money import Money
from itil_ops.errors import ItilOpsError
from itil_ops.kernel.actor import Actor
from itil_ops.kernel.identity import (
    ChangeId,
    ConfigurationItemId,
    IncidentId,
    ServiceRequestId,
)
from itil_ops.kernel.table import Phase
from itil_ops.kernel.vocabulary import (
    ChangeStatus,
    ClosureReason,
    ContactChannel,
    LinkKind,
    PendingReason,
)
from itil_ops.request.approval import APPROVAL_LIFECYCLE, Approval
from itil_ops.request.directory import StaffDirectory
from itil_ops.request.items import RequestedItem
from itil_ops.request.policies import RequestPolicies
from itil_ops.request.record import ServiceRequest
from itil_ops.request.task import TASK_LIFECYCLE, FulfillmentTask, TaskId
from itil_ops.request.vocabulary import RequestCancellationReason
from itil_ops.testing.strategies import plain
from itil_ops.testing.strategies.built import built, of, tell
from itil_ops.testing.strategies.catalog import CURRENCIES, money, request_models, task_templates
from itil_ops.testing.strategies.incidents import actors, categories


if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pendulum import DateTime


STAFF = StaffDirectory(
    managers={"ana": "mia", "mia": "bo", "li": "bo"},
    deputies={"mia": ["kim"]},
    budget_centers={"cc": "bo"},
    service_owners={"email": "li"},
)
"""
The people of the requests.
"""

_POLICIES = RequestPolicies(directory=STAFF)
_DESK = Actor("desk")

_ENTITLED = st.sampled_from([EVERYBODY, Entitlement(persons=["ana", "mia", "tom"])])

# Of what is large or stops most requests there is little: else hypothesis draws short lives. And
# the matrix that decides has no row or column for a word of somebody's own.
_USUAL: Mapping[str, st.SearchStrategy[Any]] = {
    "impact": st.none(),
    "urgency": st.none(),
    "entitlement": _ENTITLED,
    "tasks": task_templates(least=1),
    "targets": st.just(()),
    "closure_conditions": st.just(()),
}

_known = st.sampled_from(
    [ApproverRole.LINE_MANAGER, ApproverRole.BUDGET_CENTER, "bo", "kim", "li", "zoe"]
)
_approvers = st.builds(
    Approver,
    _known,
    expires_after=st.sampled_from([None, timedelta(), timedelta(hours=1)]),
    fallback=st.sampled_from([None, "zoe"]),
)


def _maybe(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | inner


def _told(**arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(arguments)


@st.composite
def requested_items(draw: st.DrawFn, currency: str = "EUR") -> RequestedItem:
    """
    Return items by models without defects, their forms answered by the defaults.
    """
    model = draw(request_models(currency=currency, leaves=_approvers, **_USUAL))
    return RequestedItem(
        name=draw(plain.texts().filter(lambda text: "/" not in text)),
        model=model,
        form=model.form.filled({}),
        quantity=draw(st.integers(1, 9)),
        catalog_item=draw(_maybe(plain.texts())),
        service=draw(st.sampled_from([None, "email"])),
        price=model.price,
    )


# ---- Verbs ----------------------------------------------------------------------------------

# A few texts of the kind that stores lose; of any, hypothesis would draw shorter lives.
_REASONS = st.sampled_from(["No mail", "Zoe\u0308 \U0001f525", 'it\'s "100 %",\r\n\\ no'])
_NOTES = _maybe(_REASONS)

_OWN: Mapping[str, st.SearchStrategy[dict[str, Any]]] = {
    "revise": _told(description=_REASONS, note=_NOTES),
    "submit": _told(note=_NOTES),
    "request_authorization": _told(note=_NOTES),
    "authorize": _told(note=_NOTES),
    "reject": _told(reason=_REASONS),
    "start_fulfillment": _told(group=_NOTES, assignee=_NOTES),
    "register_change": _told(
        change=st.just(ChangeId("CHG-1")), status=_maybe(st.sampled_from(ChangeStatus))
    ),
    "record_change": _told(status=st.sampled_from(ChangeStatus)),
    "suspend": _told(
        reason=plain.words(PendingReason),
        until=_maybe(plain.instants()),
        awaited=_maybe(of(ChangeId) | _REASONS),
    ),
    "resume": _told(note=_NOTES),
    "complete": _told(
        actual_cost=_maybe(money("EUR")), configuration_updates=_NOTES, note=_REASONS
    ),
    "close": _told(
        reason=st.sampled_from([ClosureReason.CALLER_CONFIRMED, ClosureReason.ADMINISTRATIVE]),
        satisfaction=_maybe(st.integers(1, 5)),
        note=_REASONS,
    ),
    "reopen": _told(reason=_REASONS),
    "cancel": _told(
        reason=st.sampled_from(RequestCancellationReason), undo_plan=_NOTES, note=_NOTES
    ),
    "assign": _told(group=_REASONS, note=_NOTES),
    "categorize": _told(category=categories()),
    "communicate": _told(message=_REASONS),
    "comment": _told(text=_REASONS),
    "link": _told(kind=plain.words(LinkKind), target=of(IncidentId)),
}
"""
For each verb of the request itself, what it is told; a refusal is a step that is not taken.
"""


def _answered(approval: Approval, **told: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    by = st.sampled_from(approval.deciders).map(Actor)
    return _told(approval=st.just(approval.id), by=by, **told)


_OF_APPROVALS: Mapping[str, Callable[[Approval], st.SearchStrategy[Any]]] = {
    "approve": lambda approval: _answered(approval, note=_NOTES),
    "decline": lambda approval: _answered(approval, reason=_REASONS),
    "delegate": lambda approval: _answered(approval, to=st.sampled_from(["eve", "kim"])),
    "reassign_approval": lambda approval: _told(
        approval=st.just(approval.id), to=st.sampled_from(["eve", "kim"]), reason=_REASONS
    ),
    "expire_approval": lambda approval: _told(approval=st.just(approval.id)),
    "extend_approval": lambda approval: _told(
        approval=st.just(approval.id), until=_maybe(plain.instants())
    ),
}

_OF_TASKS: Mapping[str, st.SearchStrategy[dict[str, Any]]] = {
    "assign_task": _told(group=_NOTES, assignee=_REASONS),
    "start_task": _told(note=_NOTES),
    "complete_task": _told(result=_NOTES),
    "fail_task": _told(error=_REASONS),
    "retry_task": _told(note=_NOTES),
    "redo_task": _told(reason=_REASONS),
    "skip_task": _told(reason=_REASONS),
    "cancel_task": _told(reason=_REASONS),
}


Told: TypeAlias = tuple[str, dict[str, Any]]
"""
A verb, and what it is told.
"""

_ONWARD = {
    "draft": ["submit"],
    "in_review": ["request_authorization", "request_authorization", "start_fulfillment"],
    "authorized": ["start_fulfillment", "register_change"],
    "suspended": ["resume"],
    "in_progress": ["complete"],
    "completed": ["close"],
}


@st.composite
def _steps(draw: st.DrawFn, request: ServiceRequest) -> Told:
    """
    Return a verb that leads on more often than not, or one that is possible.
    """
    if draw(st.integers(0, 4)):
        return draw(_onward(request))
    if request.approvals != () and draw(st.booleans()):
        return draw(_of_approval(draw(st.sampled_from(request.approvals)), [*_OF_APPROVALS]))
    if request.tasks != () and draw(st.booleans()):
        return draw(_of_task(draw(st.sampled_from(request.tasks)), [*_OF_TASKS]))
    name = draw(st.sampled_from([action for action in request.allowed if action in _OWN]))
    return name, draw(_OWN[name])


@st.composite
def _onward(draw: st.DrawFn, request: ServiceRequest) -> Told:
    if request.state.phase is Phase.WAITING and request.open_approvals:
        return draw(_of_approval(request.open_approvals[0], ["approve"]))
    ready = [task for task in request.open_tasks if task.state.phase is Phase.ACTIVE]
    if request.state.phase is Phase.ACTIVE and ready and draw(st.integers(0, 3)):
        return draw(_of_task(ready[0], ["start_task", "complete_task", "complete_task"]))
    if request.started_at and request.items and draw(st.booleans()):
        return "deliver", {"item": request.items[0].name}
    name = draw(st.sampled_from(_ONWARD.get(request.state.name, ["comment"])))
    return name, draw(_OWN[name])


@st.composite
def _of_approval(draw: st.DrawFn, approval: Approval, names: list[str]) -> Told:
    name = draw(st.sampled_from(names))
    return name, draw(_OF_APPROVALS[name](approval))


@st.composite
def _of_task(draw: st.DrawFn, task: FulfillmentTask, names: list[str]) -> Told:
    name = draw(st.sampled_from(names))
    return name, {"task": task.id, **draw(_OF_TASKS[name])}


# ---- Walks ----------------------------------------------------------------------------------


def _drafts(currency: str) -> st.SearchStrategy[dict[str, Any]]:
    items = st.lists(
        requested_items(currency), min_size=1, max_size=2, unique_by=lambda item: item.name
    )
    return _told(
        title=plain.texts(),
        number=_maybe(plain.texts()),
        description=plain.texts(),
        requester=st.just("ana"),
        requested_for=st.sampled_from([None, "tom", "mia"]),
        items=st.sampled_from([True, True, True, False]).flatmap(
            lambda are_some: items if are_some else st.just([])
        ),
        estimate=_maybe(money(currency)),
        budget_center=st.sampled_from(["cc", "cc", None]),
        customer=_maybe(plain.texts()),
        channel=_maybe(plain.words(ContactChannel)),
        configuration_items=st.lists(of(ConfigurationItemId), max_size=2),
        vip=st.booleans(),
        reported_at=_maybe(plain.past()),
    )


@st.composite
def service_requests(
    draw: st.DrawFn, *, id: st.SearchStrategy[ServiceRequestId] | None = None, steps: int = 12
) -> ServiceRequest:
    """
    Return service requests that were told up to so many verbs, whatever came of it.

    Args:
        draw: What hypothesis hands in.

        id: Their ids; any unless given.

        steps: How many verbs at most.
    """
    stated = draw(_drafts(draw(st.sampled_from(CURRENCIES))))
    named = draw(of(ServiceRequestId) if id is None else id)
    (at,) = draw(plain.ascending(1))
    by = draw(actors())
    request = ServiceRequest.draft(named, **stated, by=by, at=at, policies=_POLICIES)
    for _ in range(draw(st.sampled_from([0, *range(steps // 2, steps + 1)]))):
        at = at.add(seconds=draw(st.integers(0, 3_600)))
        request = _next(draw, request, at)
    return request


def _next(draw: st.DrawFn, request: ServiceRequest, at: DateTime) -> ServiceRequest:
    action, told = draw(_steps(request))
    call = {"by": _DESK, **told, "at": at, "policies": _POLICIES}
    try:
        found: ServiceRequest = getattr(request, action)(**call)
    except (ItilOpsError, ValueError):
        return request
    return found


# ---- Values ---------------------------------------------------------------------------------

_people = st.dictionaries(plain.texts(), plain.texts(), max_size=2)
_groups = st.dictionaries(plain.texts(), st.lists(plain.texts(), max_size=2), max_size=2)


def staff_directories() -> st.SearchStrategy[StaffDirectory]:
    """
    Return directories of a few people.
    """
    return st.builds(
        StaffDirectory,
        managers=_people,
        deputies=_groups,
        budget_centers=_people,
        service_owners=_people,
        members=_groups,
        limits=st.dictionaries(plain.texts(), of(Money), max_size=2),
        usual_limit=_maybe(money()),
        person_units=_groups,
        person_roles=_groups,
    )


def _tasks() -> st.SearchStrategy[FulfillmentTask]:
    states = st.sampled_from(TASK_LIFECYCLE.states)
    return built(FulfillmentTask, state=states, depends_on=st.lists(of(TaskId)).map(tuple))


tell(Approval, lambda: built(Approval, state=st.sampled_from(APPROVAL_LIFECYCLE.states)))
tell(FulfillmentTask, _tasks)
tell(RequestedItem, requested_items)
tell(ServiceRequest, service_requests)
tell(StaffDirectory, staff_directories)
