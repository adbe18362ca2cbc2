"""
Where a service request stands at any instant: how far it is, how long, whom it waits for.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

import attrs

from pendulum import DateTime

from itil_ops.catalog.schedule import Schedule
from itil_ops.kernel.checks import check_type
from itil_ops.kernel.history import moved_at
from itil_ops.kernel.identity import PartId, ServiceRequestId
from itil_ops.kernel.instant import utc
from itil_ops.kernel.table import Phase
from itil_ops.kernel.vocabulary import PendingReason
from itil_ops.request.approval import is_awaiting_approval
from itil_ops.request.facts import RequestFacts
from itil_ops.request.forecast import expected_end, forecast_request
from itil_ops.request.promises import agreement_of_models, fulfillment_clock
from itil_ops.request.vocabulary import RequestStage
from itil_ops.sla.agreements.choice import binding_of
from itil_ops.sla.clocks.clock import SlaClock


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from itil_ops.request.directory import Directory
    from itil_ops.sla.agreements.agreement import Agreement
    from itil_ops.sla.hours.working_time import WorkingTime


class AwaitedKind(StrEnum):
    """
    What somebody is waited for to do.
    """

    SUBMISSION = "submission"
    REVIEW = "review"
    APPROVAL = "approval"
    FULFILLMENT = "fulfillment"
    TASK = "task"
    RESUMPTION = "resumption"
    REPAIR = "repair"
    """A task failed, or was called off though others wait for it: try again, or do without."""

    CONFIRMATION = "confirmation"


@attrs.frozen(kw_only=True)
class Awaited:
    """
    Somebody whom a request waits for.

    Attributes:
        kind: To do what.

        who: Names of those of whom anyone will do: a person, a group, a supplier.

        since: Since when.

        part: Id of the approval or task, where it is one.
    """

    kind: AwaitedKind
    who: tuple[str, ...]
    since: DateTime
    part: PartId | None = None


@attrs.frozen(kw_only=True)
class RequestProgress:
    """
    Where a service request stands at an instant.

    Attributes:
        request: Id of the request.

        at: The instant.

        stage: How far it has come.

        awaited: Whom it waits for.

        clock: The clock of its fulfillment; `None` where nothing is promised.

        elapsed: The working time that counts.

        remaining: The working time that is left; negative once it is late.

        percent: How much of the time has elapsed; `None` where nothing or no time is promised.

        due_at: When it is due; while its clock is paused, when it would be if that ended now.

        expected_at: When it can be completed if everybody begins as soon as possible, and agrees at
            once; optional tasks do not count, for they may be skipped. When it was, once it is.
            `None` for what is over without a result, and while somebody has to see to a task.

        is_at_risk: Whether it is open and late, expected to be late, or close to it; or somebody
            has to see to a task.

        schedule: When its tasks are expected to be done, the optional ones too.
    """

    request: ServiceRequestId
    at: DateTime
    stage: RequestStage
    awaited: tuple[Awaited, ...]
    clock: SlaClock | None
    elapsed: timedelta | None
    remaining: timedelta | None
    percent: float | None
    due_at: DateTime | None
    expected_at: DateTime | None
    is_at_risk: bool
    schedule: Schedule


def monitor_request(
    request: RequestFacts,
    agreements: Iterable[Agreement] = (),
    *,
    at: datetime,
    hours: Mapping[str, WorkingTime] | None = None,
    at_risk_from: float = 75.0,
    directory: Directory | None = None,
) -> RequestProgress:
    """
    Return where *request* stands at *at*, by all that is known by now of how it was then.

    Thresholds and breaches are told by `itil_ops.timers`, each once.

    Args:
        request: The request.

        agreements: The agreements that may bind it: the first with a clock of its fulfillment does,
            of `Agreements` the most specific. What its models promise is used where none has. OLAs
            tell how long their groups take, and when they work.

        at: The instant.

        hours: For a group the hours in which it works; else those of its OLA, and around the clock.

        at_risk_from: The percentage from which on it is at risk.

        directory: Who acts for an approver; that of the policies of its class unless given.

    Raises:
        TypeError: An argument is of another type.

        ValueError: *at* is naive, or lies before the request.

        CalendarError: A calendar does not reach as far as the forecast.
    """
    now = utc(at)
    seen = check_type(request, RequestFacts, "request").as_of(now)
    binding = binding_of(agreements, seen)
    plan = forecast_request(seen, binding, at=now, hours=hours)
    clock = _clock(seen, binding)
    expected = _expected(seen, plan, now)
    due = None if clock is None else clock.due_if_resumed(now)
    percent = None if clock is None else clock.percent(now)
    return RequestProgress(
        request=seen.id,
        at=now,
        stage=stage(seen),
        awaited=tuple(_awaited(seen, now, directory or seen.policies.directory)),
        clock=clock,
        elapsed=None if clock is None else clock.elapsed(now),
        remaining=None if clock is None else clock.remaining(now),
        percent=percent,
        due_at=due,
        expected_at=expected,
        is_at_risk=_is_stuck(seen)
        or (seen.is_open and _is_at_risk(due, expected, percent, at_risk_from)),
        schedule=plan,
    )


# ---- How far ----------------------------------------------------------------------------------


def stage(request: RequestFacts) -> RequestStage:
    """
    Return how far *request* has come; suspended, it is as far as it was.
    """
    phase = request.state.phase
    if phase is Phase.DONE:
        return RequestStage.CONFIRMATION
    if phase in {Phase.ENDED, Phase.DROPPED}:
        return RequestStage.OVER
    if request.is_authorized:
        return RequestStage.FULFILLMENT
    if request.approval_rule is not None:
        return RequestStage.AUTHORIZATION
    return RequestStage.DRAFT if request.submitted_at is None else RequestStage.REVIEW


def _awaited(request: RequestFacts, at: DateTime, directory: Directory) -> Iterator[Awaited]:
    since = moved_at(request.journal)
    busy = tuple(_busy(request, since)) if request.state.phase is Phase.ACTIVE else ()
    if is_awaiting_approval(request):
        yield from _approvers(request, since, at, directory)
    elif request.state.phase is Phase.WAITING:
        yield Awaited(kind=AwaitedKind.RESUMPTION, who=_known(_resumer(request)), since=since[None])
    elif busy:
        yield from busy
    else:
        kind = _WAITS_FOR.get(stage(request))
        if kind is not None:
            who = request.user if kind in _OF_THE_USER else _whose(request)
            yield Awaited(kind=kind, who=_known(who), since=since[None])


#: Since when each part, and the request itself (`None`), is where it is.
_Since: TypeAlias = "Mapping[PartId | None, DateTime]"


_OF_THE_USERS_SIDE = frozenset({PendingReason.AWAITING_CALLER, PendingReason.AWAITING_CUSTOMER})


def _resumer(request: RequestFacts) -> str | None:
    if request.awaited is not None:
        return str(request.awaited)
    return request.user if request.pending_reason in _OF_THE_USERS_SIDE else _whose(request)


_WAITS_FOR: Mapping[RequestStage, AwaitedKind] = {
    RequestStage.DRAFT: AwaitedKind.SUBMISSION,
    RequestStage.REVIEW: AwaitedKind.REVIEW,
    RequestStage.FULFILLMENT: AwaitedKind.FULFILLMENT,
    RequestStage.CONFIRMATION: AwaitedKind.CONFIRMATION,
}

_OF_THE_USER = frozenset({AwaitedKind.SUBMISSION, AwaitedKind.CONFIRMATION})


def _known(*names: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in names if name is not None))


def _whose(request: RequestFacts) -> str | None:
    return request.assignee or request.group or request.owner


def _approvers(
    request: RequestFacts, since: _Since, at: DateTime, directory: Directory
) -> Iterator[Awaited]:
    interested = request.interested(directory, at)
    for approval in request.open_approvals:
        deputies = directory.deputies(approval.approver, at)
        who = _known(*approval.deciders, *(name for name in deputies if name not in interested))
        yield Awaited(
            kind=AwaitedKind.APPROVAL, who=who, since=since[approval.id], part=approval.id
        )


def _busy(request: RequestFacts, since: _Since) -> Iterator[Awaited]:
    doing = (task for task in request.tasks if task.state.phase is Phase.ACTIVE)
    for kind, tasks in ((AwaitedKind.TASK, doing), (AwaitedKind.REPAIR, request.obstacles)):
        for task in tasks:
            who = _known(task.assignee or task.group)
            yield Awaited(kind=kind, who=who, since=since[task.id], part=task.id)


# ---- How long ---------------------------------------------------------------------------------


def _clock(request: RequestFacts, agreements: Iterable[Agreement]) -> SlaClock | None:
    own = agreement_of_models(request)
    return fulfillment_clock(request, (*agreements, *(() if own is None else (own,))))


def _expected(request: RequestFacts, plan: Schedule, at: DateTime) -> DateTime | None:
    if request.state.phase is Phase.DROPPED or _is_stuck(request):
        return None
    return request.completed_at or expected_end(request, plan, at)


def _is_stuck(request: RequestFacts) -> bool:
    return request.is_open and bool(request.obstacles)


def _is_at_risk(
    due: DateTime | None, expected: DateTime | None, percent: float | None, at_risk_from: float
) -> bool:
    is_late = due is not None and expected is not None and expected > due
    return is_late or (percent is not None and percent >= at_risk_from)
