"""
Where a service request stands at any instant: how far it is, how long, whom it waits for.
"""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

import attrs

from pendulum import DateTime

from itil_ops.catalog.schedule import Schedule
from itil_ops.kernel.checks import check_type, several
from itil_ops.kernel.identity import PartId, ServiceRequestId
from itil_ops.kernel.instant import utc
from itil_ops.kernel.table import Phase
from itil_ops.request.approval import is_awaiting_approval
from itil_ops.request.facts import RequestFacts
from itil_ops.request.forecast import forecast_request
from itil_ops.request.vocabulary import RequestStage
from itil_ops.sla.agreements.agreement import Agreement, AgreementKind, ServiceLevelAgreement
from itil_ops.sla.clocks.clock import SlaClock
from itil_ops.sla.hours.duration import end_of
from itil_ops.sla.promises.measure import TargetKind


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from itil_ops.request.directory import Directory
    from itil_ops.sla.hours.working_time import WorkingTime
    from itil_ops.sla.promises.target import Target


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

        expected_at: When it is completed if everybody begins as soon as possible; when it was, once
            it is. `None` for what is over without a result.

        is_at_risk: Whether it is open and late, expected to be late, or close to it.

        schedule: When its tasks are expected to be done.
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
    Return where *request* stands at *at*, by what was known of it then.

    Thresholds and breaches are told by `itil_ops.timers`, each once.

    Args:
        request: The request.

        agreements: The agreements that may bind it; the first with a clock of its fulfillment does.
            What its models promise is used where none has. OLAs tell how long their groups take,
            and when they work.

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
    binding = several(agreements, Agreement, "agreements")
    plan = forecast_request(seen, binding, at=now, hours=hours)
    clock = _clock(seen, binding)
    expected = _expected(seen, plan)
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
        is_at_risk=seen.is_open and _is_at_risk(due, expected, percent, at_risk_from),
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
    since = _last_move(request)
    if is_awaiting_approval(request):
        yield from _approvers(request, at, directory)
    elif request.state.phase is Phase.WAITING:
        named = request.user if request.awaited is None else str(request.awaited)
        yield Awaited(kind=AwaitedKind.RESUMPTION, who=_known(named), since=since)
    elif request.state.phase is Phase.ACTIVE and (doers := tuple(_doers(request))):
        yield from doers
    else:
        kind = _WAITS_FOR.get(stage(request))
        if kind is not None:
            who = request.user if kind in _OF_THE_USER else _whose(request)
            yield Awaited(kind=kind, who=_known(who), since=since)


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


def _last_move(request: RequestFacts) -> DateTime:
    moves = (
        entry.effective_at
        for entry in reversed(request.journal)
        if entry.part is None and entry.from_state != entry.to_state
    )
    return next(moves)


def _approvers(request: RequestFacts, at: DateTime, directory: Directory) -> Iterator[Awaited]:
    for approval in request.open_approvals:
        deputies = directory.deputies(approval.approver, at)
        who = _known(*approval.deciders, *deputies)
        since = request.part_since(approval.id)
        yield Awaited(kind=AwaitedKind.APPROVAL, who=who, since=since, part=approval.id)


def _doers(request: RequestFacts) -> Iterator[Awaited]:
    for task in request.open_tasks:
        if task.state.phase is Phase.ACTIVE:
            who = _known(task.assignee or task.group)
            since = request.part_since(task.id)
            yield Awaited(kind=AwaitedKind.TASK, who=who, since=since, part=task.id)


# ---- How long ---------------------------------------------------------------------------------


def promised_fulfillment(request: RequestFacts) -> Target | None:
    """
    Return the time in which its models promise that *request* is fulfilled, if they do.

    Of several items it is that which is due last, counted from the submission: it is fixed then.
    """
    start = request.promised_from
    found = (item.model.fulfillment for item in request.items)
    return max(
        (target for target in found if target is not None),
        key=lambda target: end_of(target.duration, start, target.calendar),
        default=None,
    )


def _clock(request: RequestFacts, agreements: Iterable[Agreement]) -> SlaClock | None:
    own = promised_fulfillment(request)
    binding = [agreement for agreement in agreements if agreement.kind is AgreementKind.SLA]
    if own is not None:
        binding.append(ServiceLevelAgreement("request models", targets=[own]))
    for agreement in binding:
        clocks = agreement.clocks(request)
        found = [clock for clock in clocks if clock.target.kind == TargetKind.FULFILLMENT]
        if found:
            return found[-1]
    return None


def _expected(request: RequestFacts, plan: Schedule) -> DateTime | None:
    if request.state.phase is Phase.DROPPED:
        return None
    return request.completed_at or plan.ends_at


def _is_at_risk(
    due: DateTime | None, expected: DateTime | None, percent: float | None, at_risk_from: float
) -> bool:
    is_late = due is not None and expected is not None and expected > due
    return is_late or (percent is not None and percent >= at_risk_from)
