"""
What is known of a service request, stated or derived.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

import attrs

from pendulum import DateTime

from itil_ops.catalog.approval import ApprovalRule, ApprovalVerdict, Say
from itil_ops.catalog.model import RequestType
from itil_ops.catalog.money import Money
from itil_ops.kernel.course import place_of
from itil_ops.kernel.history import moves
from itil_ops.kernel.identity import (
    ChangeId,
    ConfigurationItemId,
    PartId,
    RecordId,
    ServiceRequestId,
)
from itil_ops.kernel.journal import NO_CHANGES, Changes
from itil_ops.kernel.stateful import Part
from itil_ops.kernel.table import Phase
from itil_ops.kernel.user_facing import UserFacing
from itil_ops.kernel.vocabulary import ChangeStatus, Criticality
from itil_ops.request import outcomes
from itil_ops.request.approval import Approval, ApprovalId
from itil_ops.request.items import RequestedItem, cost_by_models, cost_of, known_cost_of
from itil_ops.request.policies import RequestPolicies
from itil_ops.request.task import FulfillmentTask, TaskId
from itil_ops.request.vocabulary import Charge, RequestCancellationReason, RequestOutcome


if TYPE_CHECKING:
    from itil_ops.request.directory import Directory


@attrs.frozen(kw_only=True)
class RequestFacts(UserFacing):
    """
    The fields of a service request, and what is derived from its journal.

    Attributes:
        requester: Who asks for it.

        requested_for: Who gets it, where that is not the requester.

        request_type: What is asked for.

        environment: Where it is to be: production, test.

        configuration_items: What it touches.

        criticality: How much the business depends on the service.

        budget_center: What budget is charged.

        items: What is asked for, each by its model; none for what no model is for.

        estimate: What it is thought to cost, where the items do not tell, or more than they do.

        submitted_at: When it was submitted; a draft is promised nothing yet.

        approval_rule: Who has to agree, each with a seat; `None` where nobody was asked.

        authorized_at: When it was authorized; nobody works on it before.

        change: The change by which it is done, if there is one.

        change_status: Where that change stands.

        delivered: How many of an item were delivered, by the item's name, where somebody said.

        actual_cost: What it has cost, where somebody said.

        configuration_updates: What was noted of the configuration items that it touched.

        undo_plan: How what was done is undone, if it was cancelled half done.

        cancellation_reason: Why it was cancelled.

        confirmed_conditions: Which closure conditions of its models a person confirmed.

        charge: What was charged for it.

        satisfaction: How satisfied the user is, from 1 to 5.
    """

    policies: ClassVar[RequestPolicies] = RequestPolicies()
    id_type: ClassVar[type[RecordId]] = ServiceRequestId
    part_types: ClassVar[Mapping[type[PartId], type[Part]]] = {
        ApprovalId: Approval,
        TaskId: FulfillmentTask,
    }
    # Nothing is complete before it was delivered, whenever somebody records that.
    _placing = UserFacing._placing | {"delivered"}  # noqa: SLF001 -- it is its own, and adds to it

    id: ServiceRequestId
    requester: str | None = None
    requested_for: str | None = None
    request_type: RequestType = RequestType.SERVICE_ACTION
    environment: str | None = None
    configuration_items: tuple[ConfigurationItemId, ...] = ()
    criticality: Criticality | None = None
    budget_center: str | None = None
    items: tuple[RequestedItem, ...] = ()
    estimate: Money | None = None
    submitted_at: DateTime | None = None
    approval_rule: ApprovalRule | None = None
    authorized_at: DateTime | None = None
    change: ChangeId | None = None
    change_status: ChangeStatus | None = None
    delivered: Changes = NO_CHANGES
    actual_cost: Money | None = None
    configuration_updates: str | None = None
    undo_plan: str | None = None
    cancellation_reason: RequestCancellationReason | None = None
    confirmed_conditions: tuple[str, ...] = ()
    charge: Charge | None = None
    satisfaction: int | None = None

    # ---- Who --------------------------------------------------------------------------------

    @property
    def user(self) -> str | None:
        """
        Name of the requester, who speaks for the user's side.
        """
        return self.requester

    @property
    def beneficiary(self) -> str | None:
        """
        Name of who gets what is asked for.
        """
        return self.requested_for or self.requester

    def interested(self, directory: Directory, at: DateTime) -> frozenset[str]:
        """
        Return the names of those with an interest in it: who asks, who gets, who acts for them.

        Whoever it was for at any time keeps the interest, so that nobody gets rid of it by a
        revision.
        """
        told = (entry.changes for entry in self.journal if entry.part is None)
        own = {changes.get(name) for changes in told for name in ("requester", "requested_for")}
        names = {name for name in own if isinstance(name, str)}
        return frozenset(names.union(*(directory.deputies(name, at) for name in names)))

    # ---- What -------------------------------------------------------------------------------

    def item(self, name: str) -> RequestedItem | None:
        """
        Return the item called *name*, if there is one.
        """
        return next((item for item in self.items if item.name == name), None)

    def count_of(self, item: str | None) -> int:
        """
        Return how many of the item called *item* were delivered, where somebody said; else 0.
        """
        found = self.delivered.get(item or "", 0)
        return found if isinstance(found, int) else 0

    @property
    def services(self) -> tuple[str, ...]:
        """
        Names of the services that it concerns: its own, and those of its items.
        """
        named = (self.service, *(item.service for item in self.items))
        return tuple(dict.fromkeys(name for name in named if name is not None))

    @property
    def cost(self) -> Money | None:
        """
        What it is thought to cost: what the items cost, or the estimate if that is more.

        `None` where an item has no price, or there is none, and nobody gave an estimate.
        """
        if self.estimate is None:
            return cost_of(self.items)
        return max(self.estimate, known_cost_of(self.items) or self.estimate)

    @property
    def is_preauthorized(self) -> bool:
        """
        Whether a model says of each item that nobody has to agree, and it costs no more than that.
        """
        if not self.items or not all(item.model.is_preauthorized for item in self.items):
            return False
        cost, by_models = self.cost, cost_by_models(self.items)
        return cost is None or (by_models is not None and cost <= by_models)

    @property
    def closure_conditions(self) -> tuple[str, ...]:
        """
        What a person has to confirm before it is closed.
        """
        conditions = (one for item in self.items for one in item.model.closure_conditions)
        return tuple(dict.fromkeys(conditions))

    @property
    def needs_standard_change(self) -> bool:
        """
        Whether a model says of an item that a standard change belongs to it.
        """
        return any(item.model.standard_change is not None for item in self.items)

    # ---- Authorization ----------------------------------------------------------------------

    @property
    def approvals(self) -> tuple[Approval, ...]:
        """
        All approvals that were asked for, in order.
        """
        return tuple(part for part in self.parts if isinstance(part, Approval))

    @property
    def counted_approvals(self) -> tuple[Approval, ...]:
        """
        The approvals by its present rule: none of those before it was reviewed anew.
        """
        rule = self.approval_rule
        seats = frozenset() if rule is None else frozenset(seat.number for seat in rule.seats)
        return tuple(approval for approval in self.approvals if approval.seat in seats)

    @property
    def open_approvals(self) -> tuple[Approval, ...]:
        """
        The approvals that are waited for.
        """
        return tuple(approval for approval in self.approvals if approval.is_open)

    @property
    def speakers(self) -> dict[int, str]:
        """
        Who speaks for each seat of its present rule: who was asked last, or will be in their turn.
        """
        seats = () if self.approval_rule is None else self.approval_rule.seats
        found = {seat.number: seat.person for seat in seats}
        found.update((one.seat, one.approver) for one in self.counted_approvals)
        return found

    @property
    def says(self) -> dict[int, Say]:
        """
        What was said so far, by the number of the seat.
        """
        found: dict[int, Say] = {}
        for approval in self.counted_approvals:
            if approval.say is None:
                found.pop(approval.seat, None)
            else:
                found[approval.seat] = approval.say
        return found

    @property
    def verdict(self) -> ApprovalVerdict | None:
        """
        What the approvals come to; `None` where nobody was asked.
        """
        return None if self.approval_rule is None else self.approval_rule.verdict(self.says)

    @property
    def is_authorized(self) -> bool:
        """
        Whether it was authorized.
        """
        return self.authorized_at is not None

    # ---- Fulfillment ------------------------------------------------------------------------

    @property
    def tasks(self) -> tuple[FulfillmentTask, ...]:
        """
        All tasks, in order.
        """
        return tuple(part for part in self.parts if isinstance(part, FulfillmentTask))

    def task(self, task_id: TaskId) -> FulfillmentTask | None:
        """
        Return the task known by *task_id*, if there is one.
        """
        place = place_of(self.parts, task_id)
        found = None if place is None else self.parts[place]
        return found if isinstance(found, FulfillmentTask) else None

    @property
    def open_tasks(self) -> tuple[FulfillmentTask, ...]:
        """
        The tasks in which there is still something to do.
        """
        return tuple(task for task in self.tasks if task.is_open)

    @property
    def obstacles(self) -> tuple[FulfillmentTask, ...]:
        """
        The tasks that somebody has to see to before it can go on well.

        They failed and are not tried again by themselves, or were called off though others wait.
        """
        waited_for = {other for task in self.open_tasks for other in task.depends_on}
        return tuple(task for task in self.tasks if task.is_obstacle(waited_for))

    def part_since(self, part: PartId) -> DateTime:
        """
        Return since when an approval or a task is where it is: asked for, ready, done.

        Raises:
            ValueError: There is no such part.
        """
        last = next(moves(self.journal, self.part(part).id))
        return last.effective_at

    @property
    def started_at(self) -> DateTime | None:
        """
        When its fulfillment began.
        """
        return self._first_at("start_fulfillment")

    @property
    def completed_at(self) -> DateTime | None:
        """
        When it was completed, while it is.
        """
        is_there = self.state.phase in {Phase.DONE, Phase.ENDED}
        return self._last_at("complete") if is_there else None

    @property
    def item_outcomes(self) -> dict[str, RequestOutcome | None]:
        """
        What came of each item, by its name; `None` while something is still to be done for it.
        """
        return {item.name: outcomes.of_item(item, self) for item in self.items}

    @property
    def outcome(self) -> RequestOutcome | None:
        """
        What came of it; `None` until it is completed, rejected or cancelled.
        """
        return outcomes.of_request(self)

    # ---- Promises and closure ---------------------------------------------------------------

    @property
    def promised_from(self) -> DateTime:
        """
        When it was submitted; of a draft, when it was begun.
        """
        return self.submitted_at or self.logged_at

    @property
    def closes_by_itself(self) -> bool:
        """
        Whether it closes by itself where nobody objects: not a VIP's, nor what has conditions.
        """
        return not self.vip and not self.closure_conditions
