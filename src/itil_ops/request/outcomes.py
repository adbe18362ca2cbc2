"""
What came of a service request: rolled up from its tasks to its items to the whole.

That a mandatory task failed is an issue; that one was skipped, for a reason, is none. What was
delivered in part is partial. These are ServiceNow's rules, but for the parts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from itil_ops.catalog.money import total
from itil_ops.kernel.table import Phase
from itil_ops.request.task import DONE, FulfillmentTask
from itil_ops.request.vocabulary import RequestCancellationReason, RequestOutcome


if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from itil_ops.catalog.money import Money
    from itil_ops.request.facts import RequestFacts
    from itil_ops.request.items import RequestedItem


def of_tasks(tasks: Iterable[FulfillmentTask]) -> RequestOutcome | None:
    """
    Return what *tasks* come to; `None` while a mandatory one is open.
    """
    several = tuple(tasks)
    mandatory = [task for task in several if task.mandatory]
    if any(task.is_open for task in mandatory):
        return None
    if any(_is_missing(task) for task in mandatory):
        return RequestOutcome.WITH_ISSUES
    # An optional task that is open by then is not needed.
    is_skipped = bool(mandatory) and not any(task.state.name == DONE.name for task in several)
    return RequestOutcome.SKIPPED if is_skipped else RequestOutcome.SUCCESSFUL


def _is_missing(task: FulfillmentTask) -> bool:
    return task.state.phase is Phase.DROPPED and not task.is_passed


def of_item(item: RequestedItem, request: RequestFacts) -> RequestOutcome | None:
    """
    Return what came of *item* of *request*; `None` while something is to be done for it.

    What was delivered is there, though all its tasks were skipped, and what was withdrawn is not.
    Where deliveries are recorded, an item without tasks of which none is was skipped.
    """
    tasks = [task for task in request.tasks if task.item == item.name]
    done, delivered = of_tasks(tasks), request.delivered.get(item.name)
    if done is None or done is RequestOutcome.WITH_ISSUES:
        return done
    if delivered is None:
        return RequestOutcome.SKIPPED if request.delivered and not tasks else done
    if delivered == 0:
        return RequestOutcome.SKIPPED
    is_all = delivered == item.quantity
    return RequestOutcome.SUCCESSFUL if is_all else RequestOutcome.PARTIAL


def of_all(outcomes: Sequence[RequestOutcome]) -> RequestOutcome:
    """
    Return what items come to together.

    >>> of_all([RequestOutcome.SUCCESSFUL, RequestOutcome.SKIPPED])
    <RequestOutcome.PARTIAL: 'partial'>
    """
    found = set(outcomes)
    if RequestOutcome.WITH_ISSUES in found:
        return RequestOutcome.WITH_ISSUES
    return found.pop() if len(found) == 1 else RequestOutcome.PARTIAL


_DROPPED: Mapping[object, RequestOutcome] = {
    RequestCancellationReason.DUPLICATE: RequestOutcome.DUPLICATE,
    RequestCancellationReason.CONVERTED: RequestOutcome.CONVERTED,
}


def of_request(request: RequestFacts) -> RequestOutcome | None:
    """
    Return what came of *request*; `None` until it is over, or its result there.
    """
    if request.state.phase is Phase.DROPPED:
        if request.cancellation_reason is None and request.last_entry("reject") is not None:
            return RequestOutcome.REJECTED
        return _DROPPED.get(request.cancellation_reason, RequestOutcome.CANCELLED)
    if request.state.phase not in {Phase.DONE, Phase.ENDED}:
        return None
    return rolled_up(request)


def rolled_up(request: RequestFacts) -> RequestOutcome | None:
    """
    Return what the tasks and items of *request* come to, wherever it stands.
    """
    loose = [task for task in request.tasks if task.item is None]
    parts = [of_item(item, request) for item in request.items]
    if loose or not parts:
        parts.append(of_tasks(loose))
    known = [part for part in parts if part is not None]
    return of_all(known) if len(known) == len(parts) else None


def charged_for(request: RequestFacts) -> Money | None:
    """
    Return what the items of *request* cost of which something is there.

    `None` where nothing is there, or something has no price.
    """
    there = [item for item in request.items if of_item(item, request) in _DELIVERED]
    prices = [_charged(item, request) for item in there]
    return None if None in prices else total(filter(None, prices))


def _charged(item: RequestedItem, request: RequestFacts) -> Money | None:
    delivered = request.delivered.get(item.name, item.quantity)
    if item.price is None or not isinstance(delivered, int):
        return None
    return item.price * delivered


_DELIVERED = frozenset({RequestOutcome.SUCCESSFUL, RequestOutcome.PARTIAL})
