"""
What has to be done to fulfill a request: tasks as a request model lays them out.
"""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

import attrs

from itil_ops.errors import Reason
from itil_ops.kernel.checks import (
    check_count,
    check_distinct_names,
    check_optional_text,
    check_text,
    check_type,
)
from itil_ops.sla.hours.duration import Duration, check_duration


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


def _depends_on(values: Iterable[str]) -> tuple[str, ...]:
    return check_distinct_names(values, "depends_on")


def _duration(value: Duration | None) -> Duration | None:
    return None if value is None else check_duration(value, "duration")


def _retry_after(value: Duration | None) -> Duration | None:
    return None if value is None else check_duration(value, "retry_after")


@attrs.frozen
class TaskTemplate:
    """
    A task of a request model.

    Attributes:
        name: What is to be done; unique in its model.

        group: Who does it; the group of the model unless given.

        depends_on: Names of the tasks that have to be over before.

        mandatory: Whether the request is not successful without it.

        automated: Whether a system does it.

        duration: How long it takes once it can begin, in the hours of its group; the OLA of the
            group unless given.

        attempts: How often an automated task is tried.

        retry_after: How long to wait before another try of an automated task.

        description: What is to be done, at length.

    Raises:
        TypeError: An attribute is of another type.

        ValueError: A text is blank, there are no attempts, or tries are named for what nobody
            automates.
    """

    name: str
    group: str | None = attrs.field(default=None, kw_only=True)
    depends_on: tuple[str, ...] = attrs.field(default=(), converter=_depends_on, kw_only=True)
    mandatory: bool = attrs.field(default=True, kw_only=True)
    automated: bool = attrs.field(default=False, kw_only=True)
    duration: Duration | None = attrs.field(default=None, converter=_duration, kw_only=True)
    attempts: int = attrs.field(default=1, kw_only=True)
    retry_after: Duration | None = attrs.field(default=None, converter=_retry_after, kw_only=True)
    description: str | None = attrs.field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        check_text(self.name, "a task's name")
        check_optional_text(self.group, "group")
        check_optional_text(self.description, "description")
        check_type(self.mandatory, bool, "mandatory")
        check_type(self.automated, bool, "automated")
        check_attempts(
            self.name, self.attempts, automated=self.automated, retry_after=self.retry_after
        )


def check_attempts(
    task: str | None, attempts: object, *, automated: bool, retry_after: Duration | None
) -> int:
    """
    Return how often *task* is tried, if that goes with the rest.

    Raises:
        TypeError: It is no whole number.

        ValueError: It is less than 1, or tries are named for what nobody automates.
    """
    count = check_type(attempts, int, "attempts")
    check_count(attempts, "attempts", least=1)
    if count > 1 and not automated:
        raise ValueError(f"task {task!r}: attempts are for what is automated")
    if retry_after is not None and count == 1:
        raise ValueError(f"task {task!r}: retry_after is for more than one attempt")
    return count


def graph_defects(tasks: Sequence[TaskTemplate]) -> Iterator[Reason]:
    """
    Yield what is wrong with *tasks* as a graph: names given twice or unknown, and all cycles.
    """
    names = [task.name for task in tasks]
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            yield Reason("duplicate_name", f"task {name!r} is named twice")
    for task in tasks:
        for unknown in [name for name in task.depends_on if name not in names]:
            text = f"task {task.name!r} depends on {unknown!r}, which is no task"
            yield Reason("unknown_reference", text)
    for cycle in _cycles({task.name: task.depends_on for task in tasks}):
        yield Reason("cyclic_tasks", f"tasks wait for each other: {' after '.join(cycle)}")


def _cycles(graph: dict[str, tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """
    Yield cycles that have no name in common, until what is left has none.
    """
    left = graph
    while cycle := cycle_in(left):
        yield cycle
        left = {
            name: tuple(other for other in before if other not in cycle)
            for name, before in left.items()
            if name not in cycle
        }


def cycle_in(graph: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """
    Return a cycle of names that each depend on the next one; empty where there is none.

    >>> cycle_in({"install": ("order",), "order": ("install",)})
    ('install', 'order', 'install')
    """
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        # The sorter tells each before what depends on it.
        return tuple(reversed(found))
    return ()
