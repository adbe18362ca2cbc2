"""
Verbs of the tasks of a service request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from itil_ops.catalog.task import check_attempts
from itil_ops.errors import Reason
from itil_ops.kernel.checks import (
    check_optional,
    check_optional_text,
    check_type,
    checked,
    several,
)
from itil_ops.kernel.handled import as_assignee
from itil_ops.kernel.history import moved_at
from itil_ops.kernel.instant import effective, utc
from itil_ops.kernel.journaled import Step
from itil_ops.kernel.table import Phase
from itil_ops.request.authorization import Authorized
from itil_ops.request.fields import REQUEST_FIELDS
from itil_ops.request.task import FulfillmentTask, TaskId
from itil_ops.sla.hours.calendar import ALWAYS_OPEN
from itil_ops.sla.hours.duration import check_duration, end_of


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from pendulum import DateTime

    from itil_ops.kernel.actor import Actor
    from itil_ops.kernel.identity import PartId
    from itil_ops.request.policies import RequestPolicies
    from itil_ops.sla.hours.duration import Duration


class TaskWork(Authorized):
    """
    The verbs of the tasks of a service request.

    Each is a step of its task. Tasks that waited for it, and for nothing else, become ready by
    further steps.
    """

    __slots__ = ()

    def add_task(
        self,
        task: TaskId,
        name: str,
        *,
        group: str | None = None,
        assignee: str | None = None,
        item: str | None = None,
        description: str | None = None,
        depends_on: Iterable[TaskId] = (),
        mandatory: bool = True,
        automated: bool = False,
        duration: Duration | None = None,
        attempts: int = 1,
        retry_after: Duration | None = None,
        by: Actor,
        at: datetime,
        note: str | None = None,
        policies: RequestPolicies | None = None,
    ) -> Self:
        """
        Add a task that no model knows of.

        Args:
            task: Id of the task, new in this request.

            name: What is to be done.

            group: The group that does it; that of the request unless a group or an assignee is
                given.

            assignee: The person who does it.

            item: Name of the requested item that it belongs to.

            description: What is to be done, at length.

            depends_on: Ids of the tasks that have to be over before.

            mandatory: Whether the request is not successful without it.

            automated: Whether a system does it.

            duration: How long it takes, in the hours of its group.

            attempts: How often it is tried, if it is automated.

            retry_after: How long to wait before another try.

            by: Who acts.

            at: When that is recorded.

            note: What the actor wrote.

            policies: The policies for this call; those of the class unless given.
        """
        if check_optional(task, TaskId, "task") is None:
            raise self._refused("add_task", Reason("the_task_is_new", "no task is named"))
        if self.task(task) is not None:
            known = Reason("the_task_is_new", f"it has a task {task} already")
            raise self._refused("add_task", known)
        usual = self.group if group is None and assignee is None else group
        pause = None if retry_after is None else check_duration(retry_after, "retry_after")
        changes = {
            "name": check_optional_text(name, "name"),
            "group": check_optional_text(usual, "group"),
            "assignee": check_optional_text(assignee, "assignee"),
            "item": check_optional_text(item, "item"),
            "description": check_optional_text(description, "description"),
            "depends_on": tuple(dict.fromkeys(several(depends_on, TaskId, "depends_on"))),
            "mandatory": check_type(mandatory, bool, "mandatory"),
            "automated": check_type(automated, bool, "automated"),
            "duration": None if duration is None else check_duration(duration, "duration"),
            "attempts": check_attempts(name, attempts, automated=automated, retry_after=pause),
            "retry_after": pause,
        }
        step = Step("add_task", changes, note=note, part=task)
        return self._take(step, by=by, at=at, policies=policies)

    def assign_task(
        self,
        task: TaskId,
        *,
        group: str | None = None,
        assignee: str | None = None,
        by: Actor,
        at: datetime,
        note: str | None = None,
        policies: RequestPolicies | None = None,
    ) -> Self:
        """
        Hand a task to a group, a person or both; a group alone takes it back into its queue.
        """
        known = self._task("assign_task", task)
        kept = known.group if group is None and assignee is not None else group
        changes = checked(REQUEST_FIELDS, group=kept, assignee=assignee)
        step = Step("assign_task", changes, note=note, part=known.id)
        return self._take(step, by=by, at=at, policies=policies)

    def start_task(
        self,
        task: TaskId,
        *,
        by: Actor,
        at: datetime,
        note: str | None = None,
        effective_at: datetime | None = None,
        policies: RequestPolicies | None = None,
    ) -> Self:
        """
        Begin a task; with nobody assigned, the actor becomes the assignee.
        """
        known = self._task("start_task", task)
        taken = {"assignee": known.assignee or as_assignee(by)}
        step = Step("start_task", taken, note=note, effective_at=effective_at, part=known.id)
        return self._take(step, by=by, at=at, policies=policies)

    def complete_task(
        self,
        task: TaskId,
        *,
        result: str | None = None,
        by: Actor,
        at: datetime,
        note: str | None = None,
        effective_at: datetime | None = None,
        policies: RequestPolicies | None = None,
    ) -> Self:
        """
        Record that a task is done.

        Args:
            task: Id of the task.

            result: What came of it, in words.

            by: Who acts.

            at: When that is recorded.

            note: What the actor wrote.

            effective_at: When it was so; when it is recorded unless given.

            policies: The policies for this call; those of the class unless given.
        """
        known = self._task("complete_task", task)
        changes = {"result": check_optional_text(result, "result"), "retry_at": None}
        own = Step("complete_task", changes, note=note, effective_at=effective_at, part=known.id)
        steps = (own, *self._readied(known, effective_at))
        return self._take(*steps, by=by, at=at, policies=policies)

    def fail_task(
        self,
        task: TaskId,
        error: str,
        *,
        by: Actor,
        at: datetime,
        effective_at: datetime | None = None,
        policies: RequestPolicies | None = None,
    ) -> Self:
        """
        Record that a task was tried and did not work; an automated one may be due for another try.
        """
        known = self._task("fail_task", task)
        why, when = check_optional_text(error, "error"), effective(at, effective_at)
        failures = known.failures + 1
        again = None
        if known.automated and failures < known.attempts:
            pause = known.retry_after
            again = when if pause is None else end_of(pause, when, ALWAYS_OPEN)
        changes = {"failures": failures, "result": why, "retry_at": again}
        step = Step("fail_task", changes, note=why, effective_at=effective_at, part=known.id)
        return self._take(step, by=by, at=at, policies=policies)

    def retry_task(
        self,
        task: TaskId,
        *,
        by: Actor,
        at: datetime,
        note: str | None = None,
        policies: RequestPolicies | None = None,
    ) -> Self:
        """
        Let a task that failed be tried again.
        """
        known = self._task("retry_task", task)
        step = Step("retry_task", {"retry_at": None, "result": None}, note=note, part=known.id)
        return self._take(step, by=by, at=at, policies=policies)

    def redo_task(
        self,
        task: TaskId,
        reason: str,
        *,
        by: Actor,
        at: datetime,
        policies: RequestPolicies | None = None,
    ) -> Self:
        """
        Let a task that was over be done once more; what depends on it and is not over waits again.
        """
        known = self._task("redo_task", task)
        why = check_optional_text(reason, "reason")
        changes = {"failures": 0, "retry_at": None, "result": None}
        own = Step("redo_task", changes, note=why, part=known.id)
        waiting = [
            Step("unready_task", part=other.id)
            for other in self.tasks
            if other.state.phase is Phase.ACTIVE and known.id in other.depends_on
        ]
        return self._take(own, *waiting, by=by, at=at, policies=policies)

    def skip_task(
        self,
        task: TaskId,
        reason: str,
        *,
        by: Actor,
        at: datetime,
        policies: RequestPolicies | None = None,
    ) -> Self:
        """
        Record that a task is not needed; what depends on it may begin.
        """
        known = self._task("skip_task", task)
        own = over("skip_task", known.id, check_optional_text(reason, "reason"))
        return self._take(own, *self._readied(known), by=by, at=at, policies=policies)

    def cancel_task(
        self,
        task: TaskId,
        reason: str,
        *,
        by: Actor,
        at: datetime,
        policies: RequestPolicies | None = None,
    ) -> Self:
        """
        Call a task off; what depends on it waits until it is redone, skipped or called off too.
        """
        known = self._task("cancel_task", task)
        own = over("cancel_task", known.id, check_optional_text(reason, "reason"))
        return self._take(own, by=by, at=at, policies=policies)

    # ---- What verbs have in common ----------------------------------------------------------

    def _task(self, action: str, task: TaskId) -> FulfillmentTask:
        return self._one_of(self.tasks, "task", check_optional(task, TaskId, "task"), action)

    def _readied(
        self, passed: FulfillmentTask, effective_at: datetime | None = None
    ) -> Iterator[Step]:
        """
        Yield the steps by which tasks become ready that waited for nothing but *passed*.
        """
        since = None
        if effective_at is not None:
            since = {**moved_at(self.journal), passed.id: utc(effective_at, "effective_at")}
        for task in self.tasks:
            if task.state.phase is Phase.WAITING and passed.id in task.depends_on:
                others = (self.task(other) for other in task.depends_on if other != passed.id)
                if all(other is not None and other.is_passed for other in others):
                    yield Step("ready_task", effective_at=_ready_at(task, since), part=task.id)

    def _called_off(self) -> Iterator[Step]:
        """
        Yield the steps by which open tasks are called off, because the request has ended.
        """
        reason = "the request has ended"
        return (over("cancel_task", task.id, reason) for task in self.open_tasks)


def _ready_at(
    task: FulfillmentTask, since: Mapping[PartId | None, DateTime] | None
) -> DateTime | None:
    """
    Return since when *task* is ready: recorded late, not before all else was over and it there.
    """
    return None if since is None else max(since[one] for one in (task.id, *task.depends_on))


def over(
    action: str, task: TaskId, reason: str | None, effective_at: datetime | None = None
) -> Step:
    """
    Return the step by which a task is skipped or called off.
    """
    return Step(action, {"retry_at": None}, note=reason, effective_at=effective_at, part=task)
