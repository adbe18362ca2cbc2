"""
Whether what a model promises can be kept by those who do its tasks.

The groups that do them have OLAs or contracts of their own. What is promised to the user is kept if
it is kept along every path through the tasks, whenever a request is submitted, see
`itil_ops.sla.worst_case`. A task takes what the agreement of its group allows; without one, its own
duration; and with neither nobody can say, so it takes no time. Neither does approval, for which
clocks may pause. A model without tasks is done in one stage, by its group.
"""

from __future__ import annotations

from datetime import timedelta
from graphlib import TopologicalSorter
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

import attrs

from itil_ops.catalog.model import RequestModel
from itil_ops.catalog.service import Service
from itil_ops.catalog.task import TaskTemplate
from itil_ops.errors import AgreementError, Reason
from itil_ops.kernel.instant import length, utc
from itil_ops.kernel.priority import Priority
from itil_ops.kernel.table import Phase
from itil_ops.sla.agreements.agreement import Agreement, AgreementKind, ServiceLevelAgreement
from itil_ops.sla.agreements.feasibility import Feasibility, Stage, worst_case
from itil_ops.sla.hours.calendar import ALWAYS_OPEN
from itil_ops.sla.hours.duration import Duration
from itil_ops.sla.hours.wording import amount_text
from itil_ops.sla.hours.working_time import WorkingTime
from itil_ops.sla.promises.fact import Fact
from itil_ops.sla.promises.measure import TargetKind
from itil_ops.sla.promises.target import Target


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from pendulum import DateTime


#: Stages that tasks take time in, one after the other.
Way: TypeAlias = tuple[Stage, ...]

#: Hours, and how long in them.
Leg: TypeAlias = tuple[WorkingTime, Duration]


def promise_defects(
    model: RequestModel,
    service: Service | None,
    agreement: Agreement | None,
    underpinning: Iterable[Agreement],
    *,
    since: datetime,
) -> Iterator[Reason]:
    """
    Yield where *model* promises what the agreements under it do not allow.

    Args:
        model: The model; its tasks have no cycle.

        service: The service that it is for.

        agreement: The agreement of that service, for what the model does not promise itself.

        underpinning: The OLAs and contracts of the groups that do its tasks.

        since: The first instant at which a request may be submitted.

    Raises:
        ValueError: *since* is naive.

        CalendarError: A calendar does not reach a year further.
    """
    start = utc(since, "since")
    promised = tuple(one for one in (_own(model, service), agreement) if one is not None)
    under = tuple(one for one in underpinning if one.kind is not AgreementKind.SLA)
    cases = [
        _Case(model, service, promised, under, Fact(start, Phase.ACTIVE, {"priority": priority}))
        for priority in _priorities((*promised, *under))
    ]
    yield from _tasks_too_long(cases, start)
    yield from _paths_too_long(cases, start)


def _own(model: RequestModel, service: Service | None) -> Agreement | None:
    """
    Return what *model* promises by itself, in the hours of *service*.
    """
    hours = None if service is None else service.support_hours
    try:
        return ServiceLevelAgreement(model.name, targets=model.targets, support_hours=hours)
    except AgreementError:  # there are no targets, or they are a defect of the model
        return None


def _priorities(agreements: Iterable[Agreement]) -> tuple[Priority | None, ...]:
    """
    Return all that make a difference: which one a request will have, nobody knows.
    """
    usual = (Priority.CRITICAL, Priority.HIGH, Priority.MEDIUM, Priority.LOW, Priority.PLANNING)
    named = (target.priorities or () for one in agreements for target in one.targets)
    return (None, *sorted({*usual, *chain.from_iterable(named)}))


def _tasks_too_long(cases: Iterable[_Case], since: DateTime) -> Iterator[Reason]:
    """
    Yield each task that takes longer than the agreement of its group allows.
    """
    for stage, allowed, group in dict.fromkeys(chain.from_iterable(map(_Case.tasks, cases))):
        worst = worst_case(allowed, [stage], since=since)
        if not worst.is_kept:
            yield Reason(
                "target_too_long",
                f"task {stage.name!r} takes {_amount(worst.elapsed)}, and the agreement of"
                f" {group!r} allows {_amount(worst.allowed)}",
            )


def _paths_too_long(cases: Iterable[_Case], since: DateTime) -> Iterator[Reason]:
    """
    Yield each promise that is not kept, with the path that takes longest.
    """
    found: dict[Target, dict[Way, Feasibility]] = {}
    for promise, way in dict.fromkeys(chain.from_iterable(map(_Case.paths, cases))):
        found.setdefault(promise, {})[way] = worst_case(promise, way, since=since)
    for ways in found.values():
        worst = min(ways.values(), key=lambda one: one.margin)
        if not worst.is_kept:
            names = ", ".join(stage.name for stage in worst.path)
            yield Reason(
                "target_too_short",
                f"{_amount(worst.allowed)} are promised, and what underpins it takes"
                f" {_amount(worst.elapsed)} ({names}), for a request of"
                f" {worst.worst_start.isoformat()}",
            )


def _amount(amount: timedelta) -> str:
    return amount_text(length(amount))


# ---- One priority -----------------------------------------------------------------------------


@attrs.frozen
class _Case:
    """
    A model, and what holds for its requests of one priority.
    """

    model: RequestModel
    service: Service | None
    promised: tuple[Agreement, ...]
    underpinning: tuple[Agreement, ...]
    fact: Fact

    def tasks(self) -> Iterator[tuple[Stage, Target, str | None]]:
        """
        Yield each task with a time of its own, what the agreement of its group allows, and whose.
        """
        for task in self.model.tasks:
            own, allowed = self._own(task), self._allowed(task)
            if own is not None and allowed is not None:
                yield Stage(task.name, own), allowed, self.model.group_of(task)

    def paths(self) -> Iterator[tuple[Target, Way]]:
        """
        Yield what is promised with each way through the tasks that may take longest.
        """
        about = self._fact({})
        targets = (one.target(TargetKind.FULFILLMENT, about) for one in self.promised)
        promise = next(filter(None, targets), None)
        work = self.model.tasks or self._untold()
        stages = {task.name: self._stages(task) for task in work}
        ways = _ways({task.name: task.depends_on for task in work}, stages)
        if promise is not None:
            yield from ((promise, way) for way in ways if way)

    def _untold(self) -> tuple[TaskTemplate, ...]:
        """
        Return what is done where nobody laid out tasks: all of it, by the group of the model.
        """
        group = self.model.group
        return () if group is None else (TaskTemplate(group),)

    def _stages(self, task: TaskTemplate) -> Way:
        target = self._allowed(task) or self._own(task)
        return () if target is None else (Stage(task.name, target),)

    def _own(self, task: TaskTemplate) -> Target | None:
        if task.duration is None:
            return None
        return Target(TargetKind.FULFILLMENT, task.duration, calendar=self._hours(task))

    def _allowed(self, task: TaskTemplate) -> Target | None:
        named = {"name": task.name} if self.model.tasks else {}
        about = self._fact({"group": self.model.group_of(task), **named})
        found = (one.target(TargetKind.FULFILLMENT, about) for one in self._agreements(task))
        return next(filter(None, found), None)

    def _hours(self, task: TaskTemplate) -> WorkingTime:
        own = None if self.service is None else self.service.support_hours
        agreed = (one.support_hours for one in self._agreements(task))
        allowed = self._allowed(task)
        usual = own or ALWAYS_OPEN if allowed is None else allowed.calendar
        return next(filter(None, agreed), usual)

    def _agreements(self, task: TaskTemplate) -> Iterator[Agreement]:
        group, service = self.model.group_of(task), self.service and self.service.name
        for one in self.underpinning:
            if one.provider == group and (one.services is None or service in one.services):
                yield one

    def _fact(self, fields: Mapping[str, object]) -> Fact:
        model = self.model
        about = {
            "service": None if self.service is None else self.service.name,
            "category": model.category,
            "impact": model.impact,
            "urgency": model.urgency,
            "request_type": model.type,
        }
        return attrs.evolve(self.fact, fields={**about, **self.fact.fields, **fields})


# ---- Ways through tasks -----------------------------------------------------------------------


def _ways(graph: Mapping[str, tuple[str, ...]], stages: Mapping[str, Way]) -> Sequence[Way]:
    """
    Return the ways through *graph* from first to last, but those that never take longest.
    """
    found: dict[str, Sequence[Way]] = {}
    for name in TopologicalSorter(graph).static_order():
        before = [way for other in graph[name] for way in found[other]]
        found[name] = _longest((*way, *stages[name]) for way in before or [()])
    return _longest(chain.from_iterable(found.values()))


def _longest(ways: Iterable[Way]) -> Sequence[Way]:
    """
    Return *ways* without those that another one outdoes: there are many, and few matter.
    """
    found: list[Way] = []
    for way in ways:
        legs = _legs(way)
        if not any(_outdoes(_legs(other), legs) for other in found):
            found = [*(other for other in found if not _outdoes(legs, _legs(other))), way]
    return found


def _legs(way: Way) -> Sequence[Leg]:
    """
    Return the hours and durations of *way*: working time in the same hours is added up.
    """
    legs: list[Leg] = []
    for stage in way:
        leg = stage.target.calendar, stage.target.duration
        legs[-1:] = _joined(legs[-1], leg) if legs else [leg]
    return legs


def _joined(one: Leg, other: Leg) -> Sequence[Leg]:
    (hours, takes), (others, more) = one, other
    if hours == others and isinstance(takes, timedelta) and isinstance(more, timedelta):
        # What takes no time still waits for the next opening.
        return [(hours, takes + more)] if takes and more else [one, other]
    return [one, other]


def _outdoes(one: Iterable[Leg], other: Iterable[Leg]) -> bool:
    """
    Whether *one* never ends before *other*: it has all its legs in order, and maybe others between.
    """
    rest = iter(one)
    return all(any(_covers(longer, leg) for longer in rest) for leg in other)


def _covers(one: Leg, other: Leg) -> bool:
    (hours, takes), (others, less) = one, other
    if isinstance(takes, timedelta) and isinstance(less, timedelta):
        return hours == others and takes >= less
    return one == other
