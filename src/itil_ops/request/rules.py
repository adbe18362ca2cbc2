"""
The rules of the request room, each named as the sentence it holds to.

Integrity guards always hold. Completeness guards hold where the policies name them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from itil_ops.catalog.approval import ApprovalKind, ApprovalVerdict, Approver, Seat
from itil_ops.kernel.closing import (
    an_administrative_closure_is_explained,
    the_closure_is_categorized,
)
from itil_ops.kernel.guard import AnyGuard, Context, completeness, integrity
from itil_ops.kernel.history import moved_at
from itil_ops.kernel.identity import AccessRequestId
from itil_ops.kernel.rules import (
    a_move_says_why,
    an_external_line_is_named,
    it_is_categorized,
    it_is_described,
    it_is_prioritized,
    the_channel_is_known,
    what_is_awaited_is_named,
)
from itil_ops.kernel.table import Phase
from itil_ops.kernel.vocabulary import LinkKind
from itil_ops.request.outcomes import rolled_up
from itil_ops.request.roles import follows_their_answer
from itil_ops.request.vocabulary import RequestCancellationReason, RequestOutcome


if TYPE_CHECKING:
    from typing import TypeAlias

    from itil_ops.request.facts import RequestFacts
    from itil_ops.request.policies import RequestPolicies
    from itil_ops.request.seating import Seated

    Attempt: TypeAlias = Context[RequestFacts, RequestPolicies]


# ---- Ask for something ------------------------------------------------------------------------


@integrity
def a_requester_is_known(request: RequestFacts, _: Attempt) -> str | None:
    """
    Somebody asks for it.
    """
    return None if request.requester else "there is no requester"


@integrity
def something_is_asked_for(request: RequestFacts, _: Attempt) -> str | None:
    """
    A request has items, or a description of what is asked for.
    """
    return None if request.items or request.description else "nothing is asked for"


@integrity
def it_takes_one_standard_change_at_most(request: RequestFacts, _: Attempt) -> str | None:
    """
    A request is done by one change: what takes several standard changes is several requests.
    """
    changes = (item.model.standard_change for item in request.items)
    several = sorted({change.template for change in changes if change is not None})
    if len(several) < 2:  # noqa: PLR2004 -- one change is what it has
        return None
    return f"its items take several standard changes ({', '.join(several)}): ask for them apart"


@integrity
def forms_are_filled_in(request: RequestFacts, _: Attempt) -> tuple[str, ...]:
    """
    Each item has the answers that the form of its model asks for, and no others.
    """
    return tuple(f"{item.name}: {reason}" for item in request.items for reason in item.why_not())


@integrity
def the_beneficiary_is_entitled(request: RequestFacts, step: Attempt) -> tuple[str, ...]:
    """
    Who gets it may have each of the items.
    """
    policies = step.policies
    return tuple(
        f"{item.name}: {reason}"
        for item in request.items
        for reason in policies.entitlement.why_not(item, request, policies.directory)
    )


@completeness
def its_environment_is_supported(request: RequestFacts, step: Attempt) -> str | None:
    """
    What is asked for is asked for where the service is supported.
    """
    catalog = step.policies.catalog
    if catalog is None or request.environment is None:
        return None
    known = {service.name: service for service in catalog.services}
    closed = [
        name
        for name in request.services
        if name in known and not known[name].supports(request.environment)
    ]
    return f"{', '.join(closed)} is not supported in {request.environment}" if closed else None


# ---- Authorize --------------------------------------------------------------------------------


def _seated(step: Attempt) -> Seated | None:
    found: Seated | None = step.told.get("seated")
    return found


@integrity
def somebody_has_to_agree(_: RequestFacts, step: Attempt) -> str | None:
    """
    Authorization is asked for where somebody has to agree.
    """
    asked = _seated(step)
    if asked is None or asked.rule is not None:
        return None
    return "nobody has to agree to it: 'authorize' is possible"


@integrity
def everybody_who_has_to_agree_can_be_asked(_: RequestFacts, step: Attempt) -> tuple[str, ...]:
    """
    Enough persons can be asked to approve it: without an interest in it, and with limit enough.
    """
    asked = _seated(step)
    return () if asked is None else asked.missing


@integrity
def the_cost_is_known_to_who_approves_it(request: RequestFacts, _: Attempt) -> str | None:
    """
    A financial approval is asked for once the cost is known.
    """
    rule = request.approval_rule
    seats: tuple[Seat, ...] = () if rule is None else rule.seats
    if request.cost is None and any(_is_financial(seat.approver) for seat in seats):
        return "nobody said what it costs"
    return None


def _is_financial(approver: Approver) -> bool:
    return approver.kind is ApprovalKind.FINANCIAL


@integrity
def nobody_has_to_agree(_: RequestFacts, step: Attempt) -> str | None:
    """
    A request is authorized out of review where nobody has to agree to it.
    """
    asked = _seated(step)
    if asked is None or asked.rule is None:
        return None
    return "somebody has to agree to it: 'request_authorization' asks them"


@integrity
def nobody_authorizes_their_own(request: RequestFacts, step: Attempt) -> str | None:
    """
    What no model authorizes beforehand is authorized by somebody without an interest in it.
    """
    interested = request.interested(step.policies.directory, step.at)
    if request.is_preauthorized or step.by.name not in interested:
        return None
    return f"{step.by} asks for it, gets it, or acts for who does, and cannot authorize it"


@integrity
def every_approval_that_counts_is_given(request: RequestFacts, _: Attempt) -> str | None:
    """
    A request is authorized once its approvals come to that.
    """
    if request.verdict is ApprovalVerdict.APPROVED:
        return None
    waits_for = ", ".join(f"{one.approver} ({one.kind})" for one in request.open_approvals)
    return f"it is not approved; it waits for: {waits_for or 'nobody'}"


@completeness
def the_requester_was_told(request: RequestFacts, step: Attempt) -> str | None:
    """
    A request is rejected by hand once its requester was told; an answer rejects it by itself.
    """
    contact = request.last_contact
    if follows_their_answer(request, step):
        return None
    return None if contact and contact.informs_user else "the requester was not told"


# ---- Fulfill ----------------------------------------------------------------------------------


@integrity
def somebody_fulfills_it(request: RequestFacts, _: Attempt) -> str | None:
    """
    Fulfillment begins with a group or a person assigned.
    """
    return None if request.group or request.assignee else "neither a group nor an assignee is named"


@integrity
def the_standard_change_is_registered(request: RequestFacts, _: Attempt) -> str | None:
    """
    Where a model says that a standard change belongs to it, fulfillment begins once there is one.
    """
    if not request.needs_standard_change:
        return None
    return _why_no_change(request, "there is no standard change")


def _why_no_change(request: RequestFacts, missing: str) -> str | None:
    if request.change is None:
        return f"{missing}: 'register_change' names it"
    status = request.change_status
    return None if status is None or status.may_bring_a_fix else f"{request.change} {status.words}"


@completeness
def a_needed_change_is_registered(request: RequestFacts, step: Attempt) -> str | None:
    """
    Where the policies say that it takes a change, fulfillment begins once there is one.
    """
    if request.needs_standard_change or not step.policies.standard_change.needs_change(request):
        return None  # what a model says is another rule's
    return _why_no_change(request, "it takes a change")


@integrity
def it_is_authorized(request: RequestFacts, _: Attempt) -> str | None:
    """
    Nothing is done for a request that is not authorized.
    """
    return None if request.is_authorized else "it is not authorized yet"


@integrity
def a_change_is_named(request: RequestFacts, _: Attempt) -> str | None:
    """
    What is told of a change says of which.
    """
    return None if request.change else "there is no change"


@integrity
def the_change_is_new_or_moved_on(request: RequestFacts, step: Attempt) -> str | None:
    """
    What is told of a change was not told before.
    """
    before = step.before
    if before is None or _of_change(before) != _of_change(request):
        return None
    return f"{request.change} was told of before, as {request.change_status or 'registered'}"


def _of_change(request: RequestFacts) -> tuple[object, ...]:
    return request.change, request.change_status


@integrity
def the_item_was_asked_for(_: RequestFacts, step: Attempt) -> str | None:
    """
    What is delivered was asked for.
    """
    before, name = step.before, step.told.get("item")
    if before is None or name is None:
        return "there is no item"
    if before.item(name) is not None:
        return None
    known = ", ".join(item.name for item in before.items)
    return f"{name} was not asked for; its items: {known or 'none'}"


@integrity
def no_more_is_withdrawn_than_delivered(_: RequestFacts, step: Attempt) -> str | None:
    """
    At most as many of an item are withdrawn as were delivered.
    """
    before, name, less = step.before, step.told.get("item"), step.told.get("quantity", 0)
    if before is None or before.item(name or "") is None:
        return None  # that it was not asked for, another rule says
    there = before.count_of(name)
    return f"{less} of {name} would be withdrawn, {there} are there" if less > there else None


@integrity
def no_more_is_delivered_than_asked_for(request: RequestFacts, _: Attempt) -> str | None:
    """
    Of each item at most as many are delivered as were asked for.
    """
    for item in request.items:
        delivered = request.count_of(item.name)
        if delivered > item.quantity:
            return (
                f"{delivered} of {item.name} would be delivered, and {item.quantity} are asked for"
            )
    return None


@integrity
def mandatory_tasks_are_over(request: RequestFacts, _: Attempt) -> str | None:
    """
    A request is completed once each mandatory task is done, skipped, has failed or was called off.
    """
    left = [str(task.id) for task in request.tasks if task.mandatory and not task.is_settled]
    if not left:
        return None
    stuck = "".join(f"; {task.id} is {task.state}" for task in request.obstacles)
    return f"tasks are not over: {', '.join(left)}{stuck}"


@integrity
def no_task_moved_since(request: RequestFacts, step: Attempt) -> str | None:
    """
    What is recorded late lies after all that was done to the tasks.
    """
    since = moved_at(request.journal)
    late = [str(task.id) for task in request.tasks if since[task.id] > step.effective_at]
    return f"tasks moved after {step.effective_at}: {', '.join(late)}" if late else None


@integrity
def an_overrun_is_explained(request: RequestFacts, step: Attempt) -> str | None:
    """
    That it has cost more than was thought takes a note: nobody agreed to that.
    """
    thought, actual = request.cost, request.actual_cost
    if thought is None or actual is None or actual <= thought or step.note:
        return None
    return f"it has cost {actual}, and {thought} were thought of: say why"


@integrity
def what_is_missing_is_explained(request: RequestFacts, step: Attempt) -> str | None:
    """
    Completing a request of which something failed, or is missing, takes a note.
    """
    outcome, status = rolled_up(request), request.change_status
    if step.note:
        return None
    if status is not None and not status.may_bring_a_fix:
        return f"{request.change} {status.words}: say why it is completed"
    words = None if outcome is None else _INCOMPLETE.get(outcome)
    return f"it is completed {words}: say why" if words else None


_INCOMPLETE = {
    RequestOutcome.PARTIAL: "in part",
    RequestOutcome.WITH_ISSUES: "with issues",
    RequestOutcome.SKIPPED: "with nothing done",
}


@integrity
def linked_access_requests_are_over(request: RequestFacts, step: Attempt) -> str | None:
    """
    A request is completed once the access requests that it spawned are.
    """
    spawned = {
        link.target
        for link in request.links
        if link.kind == LinkKind.SPAWNED and isinstance(link.target, AccessRequestId)
    }
    if not spawned:
        return None
    still_open = step.told.get("open_access_requests")
    if still_open is None:
        return "nobody said which of its access requests are open; name them, even if none is"
    left = ", ".join(sorted(str(one) for one in spawned.intersection(still_open)))
    return f"access requests are open: {left}" if left else None


@completeness
def updates_of_configuration_items_are_noted(request: RequestFacts, _: Attempt) -> str | None:
    """
    Completing what touches configuration items notes what became of them.
    """
    if not request.configuration_items or request.configuration_updates:
        return None
    return "nobody noted what became of its configuration items"


# ---- End --------------------------------------------------------------------------------------


@integrity
def closure_conditions_are_confirmed(request: RequestFacts, _: Attempt) -> str | None:
    """
    A request is closed once each closure condition of its models is confirmed.
    """
    missing = [one for one in request.closure_conditions if one not in request.confirmed_conditions]
    return f"nobody confirmed: {', '.join(missing)}" if missing else None


@integrity
def what_is_confirmed_is_a_condition(request: RequestFacts, _: Attempt) -> str | None:
    """
    Only conditions of its models are confirmed.
    """
    unknown = [one for one in request.confirmed_conditions if one not in request.closure_conditions]
    known = ", ".join(request.closure_conditions) or "none"
    return f"no conditions of it: {', '.join(unknown)}; its: {known}" if unknown else None


@completeness
def the_charge_has_a_budget_center(request: RequestFacts, _: Attempt) -> str | None:
    """
    What is charged is charged to a budget.
    """
    if request.charge is None or request.charge.budget_center:
        return None
    return f"nobody said which budget center pays {request.charge.amount}"


@integrity
def a_cancellation_reason_is_given(request: RequestFacts, _: Attempt) -> str | None:
    """
    Cancelling says why.
    """
    return None if request.cancellation_reason else "there is no cancellation reason"


_REPLACED_BY = {
    RequestCancellationReason.DUPLICATE: (LinkKind.DUPLICATE_OF, "the request that it repeats"),
    RequestCancellationReason.CONVERTED: (LinkKind.CONVERTED_TO, "what it became"),
}


@integrity
def what_takes_its_place_is_named(request: RequestFacts, _: Attempt) -> str | None:
    """
    A duplicate names the other request, and what was converted what it became.
    """
    if request.cancellation_reason not in _REPLACED_BY:
        return None
    kind, words = _REPLACED_BY[request.cancellation_reason]
    is_named = any(link.kind == kind for link in request.links)
    return None if is_named else f"nobody named {words}"


@completeness
def what_was_done_can_be_undone(request: RequestFacts, _: Attempt) -> str | None:
    """
    Cancelling what is half done says how that is undone.
    """
    done = [str(task.id) for task in request.tasks if task.state.phase is Phase.ENDED]
    done += [name for name in request.delivered if request.count_of(name)]
    if request.undo_plan or not done:
        return None
    return f"nobody said how it is undone; done: {', '.join(done)}"


REQUEST_COMPLETENESS: frozenset[AnyGuard] = frozenset(
    {
        a_move_says_why,
        a_needed_change_is_registered,
        an_administrative_closure_is_explained,
        an_external_line_is_named,
        it_is_categorized,
        it_is_described,
        it_is_prioritized,
        its_environment_is_supported,
        the_channel_is_known,
        the_charge_has_a_budget_center,
        the_closure_is_categorized,
        the_requester_was_told,
        updates_of_configuration_items_are_noted,
        what_is_awaited_is_named,
        what_was_done_can_be_undone,
    }
)
"""
All completeness guards of the room.
"""
