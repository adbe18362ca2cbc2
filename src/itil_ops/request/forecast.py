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
from itil_ops.kernel.instant import utc
from itil_ops.kernel.table import Phase
from itil_ops.request.facts import RequestFacts
from itil_ops.request.task import TASK_IN_PROGRESS
from itil_ops.sla.agreements.agreement import Agreement, AgreementKind
from itil_ops.sla.hours.calendar import ALWAYS_OPEN
from itil_ops.sla.hours.working_time import WorkingTime
from itil_ops.sla.promises.fact import Fact
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

    Before it is authorized, that is as if it were now, with the tasks of its models. A task takes
    its own duration, or else what the OLA of its group promises; what takes nobody knows how long
    takes no time.

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
    tasks = _tasks(request, pace) if request.started_at else _tasks_to_come(request, pace)
    return schedule(tasks, now)


def _is_underpinning(agreement: Agreement) -> bool:
    return agreement.kind is not AgreementKind.SLA


def _tasks(request: RequestFacts, pace: _Pace) -> Iterator[Work]:
    for task in request.tasks:
        begun, ended = _times(request, task)
        duration, calendar = pace.of(task.group, task.name, task.duration)
        yield Work(
            name=str(task.id),
            depends_on=[str(other) for other in task.depends_on],
            duration=duration,
            calendar=calendar,
            begun_at=begun,
            ended_at=ended,
        )


def _times(request: RequestFacts, task: FulfillmentTask) -> tuple[DateTime | None, DateTime | None]:
    last = request.part_since(task.id)
    if task.retry_at is not None:
        return task.retry_at, None
    if not task.is_open:
        return last, last
    return (last if task.state.name == TASK_IN_PROGRESS.name else None), None


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
        about = self._fact({"group": group, "name": name})
        promised = (one.target(TargetKind.FULFILLMENT, about) for one in binding)
        target = next(filter(None, promised), None)
        agreed = next((one.support_hours for one in binding if one.support_hours), None)
        usual = agreed or (ALWAYS_OPEN if target is None else target.calendar)
        if duration is None:
            duration = timedelta() if target is None else target.duration
        return duration, self.hours.get(group or "", usual)

    def _is_for(self, agreement: Agreement) -> bool:
        return not agreement.why_not(self.request)

    def _fact(self, fields: Mapping[str, object]) -> Fact:
        own = {
            one.name: getattr(self.request, one.name) for one in attrs.fields(type(self.request))
        }
        return Fact(self.at, Phase.ACTIVE, {**own, **fields})
