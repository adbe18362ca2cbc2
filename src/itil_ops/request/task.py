"""
A fulfillment task: it lives its own life inside the journal of a service request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import attrs

from pendulum import DateTime

from itil_ops.kernel import rules as common
from itil_ops.kernel.actor import ActorKind
from itil_ops.kernel.guard import AnyContext, integrity
from itil_ops.kernel.identity import PartId
from itil_ops.kernel.lifecycle import Lifecycle
from itil_ops.kernel.stateful import Part
from itil_ops.kernel.table import START, STAY, Phase, State, Transition
from itil_ops.sla.hours.duration import Duration


if TYPE_CHECKING:
    from collections.abc import Collection

    from itil_ops.request.facts import RequestFacts


class TaskId(PartId):
    """
    Id of a fulfillment task of a service request.
    """

    __slots__ = ()


# ---- Rules ------------------------------------------------------------------------------------


@integrity
def fulfillment_is_under_way(_: FulfillmentTask, step: AnyContext) -> str | None:
    """
    Tasks are worked on while their request is: once its fulfillment began, and not while it waits.
    """
    request: RequestFacts | None = step.before
    if request is None or _is_worked_on(request):
        return None
    besides = "" if request.is_authorized else ", and not authorized"
    return f"its request is {request.state}{besides}: nobody works on its tasks"


def _is_worked_on(request: RequestFacts) -> bool:
    is_begun = request.state.phase is Phase.ACTIVE and request.started_at is not None
    return is_begun and request.is_authorized


@integrity
def it_says_what_is_to_be_done(task: FulfillmentTask, _: AnyContext) -> str | None:
    """
    A task has a name.
    """
    return None if task.name else "there is no name"


@integrity
def a_group_does_it(task: FulfillmentTask, _: AnyContext) -> str | None:
    """
    A task is some group's, or some person's.
    """
    return None if task.group or task.assignee else "there is no group to do it"


@integrity
def its_item_was_asked_for(task: FulfillmentTask, step: AnyContext) -> str | None:
    """
    A task belongs to an item of its own request, if it belongs to one.
    """
    request: RequestFacts | None = step.before
    if task.item is None or request is None or request.item(task.item) is not None:
        return None
    known = ", ".join(item.name for item in request.items)
    return f"{task.item} was not asked for; its items: {known or 'none'}"


@integrity
def what_it_depends_on_is_there(task: FulfillmentTask, step: AnyContext) -> str | None:
    """
    A task depends on tasks of its own request that are there already: so there are no cycles.
    """
    request: RequestFacts | None = step.before
    missing = [
        str(other) for other in task.depends_on if request is None or request.task(other) is None
    ]
    return f"it depends on what is no task: {', '.join(missing)}" if missing else None


@integrity
def what_it_depends_on_is_over(task: FulfillmentTask, step: AnyContext) -> str | None:
    """
    A task begins once those that it depends on are done or skipped.
    """
    waits_for = _waits_for(task, step)
    return f"it waits for {', '.join(map(_told, waits_for))}" if waits_for else None


def _waits_for(task: FulfillmentTask, step: AnyContext) -> list[FulfillmentTask]:
    request: RequestFacts | None = step.before
    found = () if request is None else map(request.task, task.depends_on)
    return [other for other in found if other is not None and not other.is_passed]


def _told(task: FulfillmentTask) -> str:
    return f"{task.id}" if task.is_open else f"{task.id}, which is {task.state}"


def is_ready(task: FulfillmentTask, step: AnyContext) -> bool:
    """
    Whether *task* can begin: all that it depends on is done or skipped.
    """
    return not _waits_for(task, step)


@integrity
def another_attempt_is_left(task: FulfillmentTask, step: AnyContext) -> str | None:
    """
    A system tries an automated task as often as its model says; a person may try again.
    """
    is_system = step.by.kind is ActorKind.SYSTEM
    if not task.automated or not is_system or task.failures < task.attempts:
        return None
    return f"it failed {task.failures} times of {task.attempts}: a person has to see to it"


# ---- Life -------------------------------------------------------------------------------------

WAITING = State("waiting", Phase.WAITING, meaning="What it depends on is not over.")
READY = State("ready", Phase.ACTIVE, meaning="It can begin.")
TASK_IN_PROGRESS = State("in_progress", Phase.ACTIVE, meaning="Somebody works on it.")
DONE = State("done", Phase.ENDED, final=True, meaning="It is done.")
SKIPPED = State("skipped", Phase.DROPPED, final=True, meaning="It was not needed.")
FAILED = State("failed", Phase.DROPPED, final=True, meaning="It was tried, and did not work.")
TASK_CANCELLED = State("cancelled", Phase.DROPPED, final=True, meaning="It was called off.")

_ADDED = (
    fulfillment_is_under_way,
    it_says_what_is_to_be_done,
    a_group_does_it,
    its_item_was_asked_for,
    what_it_depends_on_is_there,
)
_TRIED_AGAIN = (fulfillment_is_under_way, another_attempt_is_left)
_AGAIN = (fulfillment_is_under_way, common.a_reason_is_given)
_OVER = (DONE, SKIPPED, TASK_CANCELLED)
_TO_DO = (WAITING, READY, TASK_IN_PROGRESS)
_BEGUN = (READY, TASK_IN_PROGRESS)

TASK_LIFECYCLE = Lifecycle(
    "fulfillment task",
    states=(WAITING, READY, TASK_IN_PROGRESS, DONE, SKIPPED, FAILED, TASK_CANCELLED),
    transitions=(
        Transition(
            "add_task",
            START,
            READY,
            guards=_ADDED,
            when=is_ready,
        ),
        Transition("add_task", START, WAITING, guards=_ADDED),
        Transition("unready_task", _BEGUN, WAITING),
        Transition("ready_task", WAITING, READY, guards=(what_it_depends_on_is_over,)),
        Transition(
            "assign_task",
            _TO_DO,
            STAY,
            guards=(fulfillment_is_under_way, common.somebody_is_named),
        ),
        Transition(
            "start_task",
            (WAITING, READY),
            TASK_IN_PROGRESS,
            guards=(fulfillment_is_under_way, what_it_depends_on_is_over),
        ),
        Transition(
            "complete_task",
            (*_TO_DO, FAILED),
            DONE,
            guards=(fulfillment_is_under_way, what_it_depends_on_is_over),
        ),
        Transition(
            "fail_task",
            _BEGUN,
            FAILED,
            guards=(fulfillment_is_under_way, common.a_reason_is_given),
        ),
        Transition("retry_task", FAILED, READY, guards=_TRIED_AGAIN, when=is_ready),
        Transition("retry_task", FAILED, WAITING, guards=_TRIED_AGAIN),
        Transition("redo_task", _OVER, READY, guards=_AGAIN, when=is_ready),
        Transition("redo_task", _OVER, WAITING, guards=_AGAIN),
        Transition("skip_task", _TO_DO, SKIPPED, guards=(common.a_reason_is_given,)),
        Transition("cancel_task", _TO_DO, TASK_CANCELLED, guards=(common.a_reason_is_given,)),
        # What has failed stays so once the request is over: its outcome is told by then.
        Transition("skip_task", FAILED, SKIPPED, guards=_AGAIN),
        Transition("cancel_task", FAILED, TASK_CANCELLED, guards=_AGAIN),
    ),
    consequences=("ready_task", "unready_task"),
)


@attrs.frozen(kw_only=True)
class FulfillmentTask(Part):
    """
    Something that has to be done to fulfill a service request.

    Attributes:
        name: What is to be done.

        item: Name of the requested item that it belongs to, if it does.

        description: What is to be done, at length.

        group: The group that does it.

        assignee: The person who does it.

        depends_on: Ids of the tasks that have to be over before.

        mandatory: Whether the request is not successful without it.

        automated: Whether a system does it.

        duration: How long it takes once it can begin, in the hours of its group.

        attempts: How often it is tried, if it is automated.

        retry_after: How long to wait before another try.

        failures: How often it has failed.

        retry_at: When it is to be tried again.

        result: What came of it, in words: what a system answered, what went wrong.
    """

    lifecycle: ClassVar[Lifecycle] = TASK_LIFECYCLE

    id: TaskId
    name: str
    item: str | None = None
    description: str | None = None
    group: str | None = None
    assignee: str | None = None
    depends_on: tuple[TaskId, ...] = ()
    mandatory: bool = True
    automated: bool = False
    duration: Duration | None = None
    attempts: int = 1
    retry_after: Duration | None = None
    failures: int = 0
    retry_at: DateTime | None = None
    result: str | None = None

    @property
    def is_open(self) -> bool:
        """
        Whether there is still something to do.
        """
        return self.state.phase in {Phase.ACTIVE, Phase.WAITING}

    @property
    def is_settled(self) -> bool:
        """
        Whether it is over, and will not be tried again by itself.
        """
        return not self.is_open and self.retry_at is None

    def is_obstacle(self, waited_for: Collection[TaskId]) -> bool:
        """
        Whether somebody has to see to it, given the tasks that others *wait for*.
        """
        if self.is_open or self.is_passed or self.retry_at is not None:
            return False
        return self.id in waited_for or (self.mandatory and self.state.name == FAILED.name)

    @property
    def is_passed(self) -> bool:
        """
        Whether what depends on it may begin: it is done, or skipped.
        """
        return self.state.name in _PASSED


_PASSED = frozenset({DONE.name, SKIPPED.name})
