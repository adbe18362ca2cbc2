"""
When a service request is fulfilled, by what is left to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

import attrs

from pendulum import DateTime

from itil_ops.catalog.schedule import Schedule, Work, schedule
from itil_ops.kernel.checks import several
from itil_ops.kernel.history import moved_at
from itil_ops.kernel.instant import utc
from itil_ops.request.facts import RequestFacts
from itil_ops.request.promises import fact_of
from itil_ops.request.task import TASK_IN_PROGRESS
from itil_ops.sla.agreements.agreement import Agreement, AgreementKind
from itil_ops.sla.hours.calendar import ALWAYS_OPEN, Periods
from itil_ops.sla.hours.opening_hours import Span
from itil_ops.sla.hours.working_time import WorkingTime
from itil_ops.sla.promises.measure import TargetKind


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from itil_ops.request.task import FulfillmentTask
    from itil_ops.sla.hours.duration import Duration


def forecast_request(
    request: RequestFacts,
    agreements: Iterable[Agreement] = (),
    *,
    at: datetime,
    hours: Mapping[str, WorkingTime] | None = None,
) -> Schedule:
    """
    Return when the tasks of *request* are done as seen from *at*, if all begin as soon as possible.

    Before it is authorized, that is as if it were now, with the tasks of its models; suspended, as
    if it went on at the date until which it waits, or now. While it is suspended nobody works, on
    what had begun neither. What failed counts as seen to. A task takes its own duration, or else
    what the OLA of its group promises; what takes nobody knows how long takes no time. All tasks
    are planned, the optional ones too.

    Args:
        request: The request.

        agreements: The OLAs and contracts of the groups; others are left aside.

        at: The instant.

        hours: For a group the hours in which it works; else those of its OLA, and around the clock.

    Raises:
        TypeError: An argument is of another type.

        ValueError: *at* is naive.

        CalendarError: A calendar does not reach that far.
    """
    now, known = utc(at), several(agreements, Agreement, "agreements")
    pace = _Pace(request, now, tuple(filter(_is_underpinning, known)), hours or {})
    start = _goes_on_at(request, now)
    if request.started_at is None:
        return schedule(_tasks_to_come(request, pace), start)
    return schedule(_tasks(request, pace, start), start)


def expected_end(request: RequestFacts, plan: Schedule, at: DateTime) -> DateTime:
    """
    Return when *request* can be completed by its *plan*: once the mandatory tasks are over.

    What they wait for is over before; what is optional and left is skipped.
    """
    mandatory = frozenset(_mandatory(request))
    ends = (one.ends_at for one in plan.work if one.name in mandatory)
    return max([_goes_on_at(request, at), *ends])


def _goes_on_at(request: RequestFacts, at: DateTime) -> DateTime:
    return max(at, request.pending_until or at)


def _mandatory(request: RequestFacts) -> Iterator[str]:
    if request.started_at is not None:
        yield from (str(task.id) for task in request.tasks if task.mandatory)
        return
    for item in request.items:
        yield from (f"{item.name}/{task.name}" for task in item.model.tasks if task.mandatory)


def _is_underpinning(agreement: Agreement) -> bool:
    return agreement.kind is not AgreementKind.SLA


def _tasks(request: RequestFacts, pace: _Pace, start: DateTime) -> Iterator[Work]:
    since = moved_at(request.journal)
    for task in request.tasks:
        begun, ended = _times(task, since[task.id], start)
        duration, calendar = pace.of(task.group, task.name, task.duration)
        if begun is not None and ended is None:
            calendar = _less_suspended(calendar, request, begun, start)
        yield Work(
            name=str(task.id),
            depends_on=[str(other) for other in task.depends_on],
            duration=duration,
            calendar=calendar,
            begun_at=begun,
            ended_at=ended,
        )


def _times(
    task: FulfillmentTask, since: DateTime, start: DateTime
) -> tuple[DateTime | None, DateTime | None]:
    if task.retry_at is not None:
        return (task.retry_at if start < task.retry_at else None), None
    if not task.is_open:
        return since, since
    return (since if task.state.name == TASK_IN_PROGRESS.name else None), None


def _less_suspended(
    calendar: WorkingTime, request: RequestFacts, begun: DateTime, start: DateTime
) -> WorkingTime:
    """
    Return *calendar* less the times since *begun* in which the request waited, until *start*.
    """
    spells = request.hold_spells()
    waits = [(max(begun, one.start), start if one.end is None else one.end) for one in spells]
    spans = [Span(since, until) for since, until in waits if since < until]
    return calendar - Periods(spans) if spans else calendar


def _tasks_to_come(request: RequestFacts, pace: _Pace) -> Iterator[Work]:
    for item in request.items:
        for template in item.model.tasks:
            group = item.model.group_of(template)
            duration, calendar = pace.of(group, template.name, template.duration)
            yield Work(
                name=f"{item.name}/{template.name}",
                depends_on=[f"{item.name}/{name}" for name in template.depends_on],
                duration=duration,
                calendar=calendar,
            )


@attrs.frozen
class _Pace:
    """
    How fast groups work for a request.
    """

    request: RequestFacts
    at: DateTime
    agreements: tuple[Agreement, ...]
    hours: Mapping[str, WorkingTime]

    def of(
        self, group: str | None, name: str, duration: Duration | None
    ) -> tuple[Duration, WorkingTime]:
        """
        Return how long the task called *name* takes a *group*, and in which hours.
        """
        binding = [one for one in self.agreements if one.provider == group and self._is_for(one)]
        about = fact_of(self.request, self.at, group=group, name=name)
        promised = (one.target(TargetKind.FULFILLMENT, about) for one in binding)
        target = next(filter(None, promised), None)
        agreed = next((one.support_hours for one in binding if one.support_hours), None)
        usual = agreed or (ALWAYS_OPEN if target is None else target.calendar)
        if duration is None:
            duration = timedelta() if target is None else target.duration
        return duration, self.hours.get(group or "", usual)

    def _is_for(self, agreement: Agreement) -> bool:
        return not agreement.why_not(self.request)
