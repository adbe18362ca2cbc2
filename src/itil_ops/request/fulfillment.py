"""
Verbs of the fulfillment of a service request: from its beginning to what is there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from itil_ops.catalog.money import check_price
from itil_ops.kernel.checks import (
    check_count,
    check_optional_text,
    check_type,
    checked,
    given,
    optional_several,
)
from itil_ops.kernel.history import moved_at
from itil_ops.kernel.identity import AccessRequestId, ChangeId
from itil_ops.kernel.instant import effective
from itil_ops.kernel.journal import Changes
from itil_ops.kernel.journaled import Step
from itil_ops.kernel.policies import in_force
from itil_ops.request.fields import REQUEST_ARGUMENTS, REQUEST_FIELDS
from itil_ops.request.items import check_currency
from itil_ops.request.task import TaskId
from itil_ops.request.task_work import TaskWork, over


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from pendulum import DateTime

    from itil_ops.catalog.money import Money
    from itil_ops.catalog.task import TaskTemplate
    from itil_ops.kernel.actor import Actor
    from itil_ops.kernel.vocabulary import ChangeStatus
    from itil_ops.request.items import RequestedItem
    from itil_ops.request.policies import RequestPolicies


_LEFT = "not needed"


class Fulfilled(TaskWork):
    """
    The verbs of the fulfillment of a service request.
    """

    __slots__ = ()

    def start_fulfillment(
        self,
        *,
        group: str | None = None,
        assignee: str | None = None,
        by: Actor,
        at: datetime,
        note: str | None = None,
        effective_at: datetime | None = None,
        policies: RequestPolicies | None = None,
    ) -> Self:
        """
        Begin to fulfill it: the tasks of its models are laid out.

        Out of review it is authorized in the same breath, where nobody has to agree; the journal
        shows both steps.

        Args:
            group: The group that fulfills it; that which has it, or of its model, unless given.

            assignee: The person who does; with neither group nor assignee, the actor.

            by: Who acts.

            at: When that is recorded.

            note: What the actor wrote.

            effective_at: When it was so; when it is recorded unless given.

            policies: The policies for this call; those of the class unless given.
        """
        ruling = in_force(policies, self.policies)
        whose = self._model_group() if group is None else group
        changes = checked(REQUEST_FIELDS, **given(group=whose, assignee=assignee))
        steps = self._starting(
            changes, by=by, at=at, note=note, effective_at=effective_at, ruling=ruling
        )
        return self._take(*steps, by=by, at=at, policies=ruling, verb="start_fulfillment")

    def complete(
        self,
        *,
        actual_cost: Money | None = None,
        configuration_updates: str | None = None,
        open_access_requests: Iterable[AccessRequestId] | None = None,
        note: str | None = None,
        by: Actor,
        at: datetime,
        effective_at: datetime | None = None,
        policies: RequestPolicies | None = None,
    ) -> Self:
        """
        Say that what was asked for is there; optional tasks that are left are skipped.

        What takes no time is authorized, begun and completed in one breath; the journal shows each
        step. What is missing takes a note: `outcome` then tells whether it came in part, or with
        issues.

        Args:
            actual_cost: What it has cost, if anybody knows.

            configuration_updates: What is noted of the configuration items that it touched.

            open_access_requests: Those of the access requests that it spawned which are still open;
                has to be said where there are any.

            note: What was done.

            by: Who acts.

            at: When that is recorded.

            effective_at: When it was so; when it is recorded unless given.

            policies: The policies for this call; those of the class unless given.

        Raises:
            ValueError: What it has cost is in another currency than the prices.
        """
        ruling, when = in_force(policies, self.policies), effective(at, effective_at)
        still_open = optional_several(open_access_requests, AccessRequestId, "open_access_requests")
        cost = check_price(actual_cost, "actual_cost")
        check_currency(self.items, estimate=self.estimate, actual_cost=cost)
        stated = given(actual_cost=actual_cost, configuration_updates=configuration_updates)
        changes = checked(
            REQUEST_FIELDS,
            auto_close_at=ruling.closure.auto_close_at(self, when),
            **self._responded(when),
            **stated,
        )
        last = Step(
            "complete",
            changes,
            note=note,
            effective_at=effective_at,
            decided={"auto_close_at": ruling.closure.name},
            told={"open_access_requests": still_open},
        )
        before: list[Step] = []
        if len(self.lifecycle.steps(self.state.name, "complete")) > 1:
            begun = given(group=self._model_group())
            before += self._starting(
                begun, by=by, at=at, note=None, effective_at=effective_at, ruling=ruling
            )
        laid_out = [step.part for step in before if isinstance(step.part, TaskId)]
        after = [*self._left_over(when), *(over("skip_task", one, _LEFT, when) for one in laid_out)]
        return self._take(*before, last, *after, by=by, at=at, policies=ruling, verb="complete")

    def _left_over(self, when: DateTime) -> Iterator[Step]:
        """
        Yield the steps by which open tasks are skipped as it is completed, or once they were moved.
        """
        since = moved_at(self.journal)
        for task in self.open_tasks:
            yield over("skip_task", task.id, _LEFT, max(when, since[task.id]))

    def deliver(
        self,
        item: str,
        quantity: int = 1,
        *,
        by: Actor,
        at: datetime,
        note: str | None = None,
        effective_at: datetime | None = None,
        policies: RequestPolicies | None = None,
    ) -> Self:
        """
        Record that some of an item are there, while others are still to come.

        Args:
            item: Name of the item.

            quantity: How many more are there now.

            by: Who acts.

            at: When that is recorded.

            note: What the actor wrote.

            effective_at: When it was so; when it is recorded unless given.

            policies: The policies for this call; those of the class unless given.
        """
        count = _checked_quantity(quantity)
        return self._step(
            "deliver",
            {"delivered": self._delivered(item, count)},
            by=by,
            at=at,
            note=note,
            effective_at=effective_at,
            told={"item": item},
            policies=policies,
        )

    def withdraw_delivery(
        self,
        item: str,
        quantity: int = 1,
        *,
        reason: str,
        by: Actor,
        at: datetime,
        effective_at: datetime | None = None,
        policies: RequestPolicies | None = None,
    ) -> Self:
        """
        Record that fewer of an item are there: some were returned, or counted by mistake.

        Of an item of which all are withdrawn nothing is there; that somebody counts deliveries at
        all, `deliver` says for all items.

        Args:
            item: Name of the item.

            quantity: How many fewer are there now.

            reason: Why.

            by: Who acts.

            at: When that is recorded.

            effective_at: When it was so; when it is recorded unless given.

            policies: The policies for this call; those of the class unless given.
        """
        why = check_optional_text(reason, "reason")
        count = _checked_quantity(quantity)
        return self._step(
            "withdraw_delivery",
            {"delivered": self._delivered(item, -count)},
            by=by,
            at=at,
            note=why,
            effective_at=effective_at,
            told={"item": item, "quantity": count},
            policies=policies,
        )

    def _delivered(self, item: str, more: int) -> Changes:
        """
        Return what is delivered once so many *more* of *item* are, or fewer by a negative number.
        """
        name = check_optional_text(item, "item")
        now = {name: self.count_of(name) + more} if name is not None else {}
        return Changes({**self.delivered, **now})

    def register_change(
        self,
        change: ChangeId,
        *,
        status: ChangeStatus | None = None,
        by: Actor,
        at: datetime,
        note: str | None = None,
        policies: RequestPolicies | None = None,
    ) -> Self:
        """
        Name the change by which it is done; `itil_ops.handoffs` asks for one.
        """
        changes = checked(REQUEST_FIELDS, REQUEST_ARGUMENTS, change=change, change_status=status)
        return self._step("register_change", changes, by=by, at=at, note=note, policies=policies)

    def record_change(
        self,
        status: ChangeStatus,
        *,
        by: Actor,
        at: datetime,
        note: str | None = None,
        policies: RequestPolicies | None = None,
    ) -> Self:
        """
        Record where its change stands.
        """
        changes = checked(REQUEST_FIELDS, REQUEST_ARGUMENTS, change_status=status)
        return self._step("record_change", changes, by=by, at=at, note=note, policies=policies)

    # ---- What verbs have in common ----------------------------------------------------------

    def _starting(
        self,
        changes: dict[str, object],
        *,
        by: Actor,
        at: datetime,
        note: str | None,
        effective_at: datetime | None,
        ruling: RequestPolicies,
    ) -> Iterator[Step]:
        """
        Yield the steps by which fulfillment begins, and its tasks are laid out.
        """
        if self.lifecycle.steps(self.state.name, "start_fulfillment")[:1] == ("authorize",):
            yield self._authorizing(None, at, ruling, effective_at)
        begun = {**changes, **self._responded(effective(at, effective_at))}
        if not any((begun.get("group"), self.group, begun.get("assignee"), self.assignee)):
            begun |= self._taken_by(by)
        yield Step("start_fulfillment", begun, note=note, effective_at=effective_at)
        group = begun.get("group") or self.group
        for item in self.items:
            for template in _in_order(item.model.tasks):
                yield _laid_out(template, item, group, effective_at)

    def _model_group(self) -> str | None:
        if self.group is not None:
            return None
        return next((item.model.group for item in self.items if item.model.group), None)


def _checked_quantity(quantity: int) -> int:
    check_count(check_type(quantity, int, "quantity"), "quantity", least=1)
    return quantity


def _in_order(templates: tuple[TaskTemplate, ...]) -> Iterator[TaskTemplate]:
    """
    Yield *templates* so that each comes after those it depends on, else as the model has them.
    """
    left, known = list(templates), set[str]()
    while left:
        following = next(one for one in left if known.issuperset(one.depends_on))
        left.remove(following)
        known.add(following.name)
        yield following


def _laid_out(
    template: TaskTemplate, item: RequestedItem, group: object, effective_at: datetime | None
) -> Step:
    changes = {
        "name": template.name,
        "item": item.name,
        "description": template.description,
        "group": template.group or item.model.group or group,
        "depends_on": tuple(_task_id(item, name) for name in template.depends_on),
        "mandatory": template.mandatory,
        "automated": template.automated,
        "duration": template.duration,
        "attempts": template.attempts,
        "retry_after": template.retry_after,
    }
    part = _task_id(item, template.name)
    return Step("add_task", changes, effective_at=effective_at, part=part)


def _task_id(item: RequestedItem, name: str) -> TaskId:
    return TaskId(f"{item.name}/{name}")
