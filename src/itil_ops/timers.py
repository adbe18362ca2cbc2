"""
What falls due in a record, and when: told, not polled.

Whoever runs a scheduler keeps for each record when it was last looked at, wakes at what `planner`
or `next_wakeup` names, does what `due` says, and looks again whenever something was recorded: a
late entry may bring to light what lies in the past. To look twice is harmless, and to look late
loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, TypeVar

import attrs

from pendulum import DateTime

from itil_ops.kernel.checks import check_optional, check_type, several
from itil_ops.kernel.instant import just_before, optional_utc, utc
from itil_ops.kernel.journal import NO_CHANGES, Changes
from itil_ops.kernel.policies import Policies
from itil_ops.kernel.record import Record
from itil_ops.kernel.table import Phase
from itil_ops.kernel.term import Term
from itil_ops.kernel.user_facing import UserFacing
from itil_ops.kernel.vocabulary import ClosureReason
from itil_ops.problem.known_error.record import KnownError
from itil_ops.problem.record import Problem
from itil_ops.problem.review import PLANNED
from itil_ops.request.approval import is_awaiting_approval
from itil_ops.request.facts import RequestFacts
from itil_ops.request.promises import with_models
from itil_ops.sla.agreements.agreement import Agreement, with_customer
from itil_ops.sla.agreements.choice import Agreements, binding_of
from itil_ops.sla.agreements.news import Looks, News, clocks_and_parts
from itil_ops.sla.clocks.promise import Deadlines
from itil_ops.sla.clocks.telling import ahead


if TYPE_CHECKING:
    from datetime import datetime

    from itil_ops.kernel.actor import Actor


R = TypeVar("R", bound=Record)

#: Tells the due times that a person fixed for a record.
DeadlinesOf: TypeAlias = Callable[[Record], Deadlines]

#: Agreements of which the most specific binds a record, or a few that may all.
AnyAgreements: TypeAlias = Agreements | tuple[Agreement, ...]


class TimerKind(Term):
    """
    What falls due.
    """

    __slots__ = ()

    THRESHOLD: ClassVar[TimerKind]
    """A threshold of a target is passed: tell it."""

    BREACH: ClassVar[TimerKind]
    """A target is missed: tell it."""

    PENDING_UNTIL: ClassVar[TimerKind]
    """The date until which work was to wait: resume it."""

    AUTO_CLOSE: ClassVar[TimerKind]
    """The time to object is over: close it."""

    TARGET_RESOLUTION: ClassVar[TimerKind]
    """The date by which a problem was to be resolved: say by when it will be."""

    DEFERRAL_END: ClassVar[TimerKind]
    """A problem was deferred until now: take it up, or defer it again."""

    OBSERVATION_END: ClassVar[TimerKind]
    """A problem did not come back for as long as it was observed: close it."""

    RISK_REVIEW: ClassVar[TimerKind]
    """An accepted risk is to be looked at again: renew the acceptance, or analyze it anew."""

    RISK_EXPIRY: ClassVar[TimerKind]
    """The acceptance of a risk holds no longer: renew it, or analyze the problem anew."""

    MAJOR_REVIEW: ClassVar[TimerKind]
    """The review of a major problem is to be held."""

    FOLLOW_UP: ClassVar[TimerKind]
    """An action that a review asked for is to be done by now."""

    VALIDATION: ClassVar[TimerKind]
    """A known error is to be validated: does what it says still hold?"""

    APPROVAL_EXPIRY: ClassVar[TimerKind]
    """Nobody decided an approval in time: ask who stands in, or take it for no consent."""

    TASK_RETRY: ClassVar[TimerKind]
    """An automated task failed, and has waited: let it be tried again."""


@attrs.frozen(kw_only=True)
class Timer:
    """
    Something that falls due: news to tell, a verb to be taken, or a decision that takes a person.

    Attributes:
        kind: What.

        at: When.

        news: What to tell of a target; `None` where there is something to do.

        verb: The name of the verb to be taken; `None` where there is something to tell, or a person
            has to decide.

        arguments: The verb's arguments by name, besides who acts and when; where it is about a
            part, the part's id is one of them.
    """

    kind: TimerKind
    at: DateTime
    news: News | None = None
    verb: str | None = None
    arguments: Changes = NO_CHANGES

    def apply(self, record: R, *, by: Actor, at: datetime, policies: Policies | None = None) -> R:
        """
        Return *record* after the verb; what is to be told or decided leaves it as it is.

        Args:
            record: The record.

            by: Who acts: as a rule a system.

            at: When that is recorded.

            policies: The policies for this call; those of the class unless given.

        Raises:
            RefusedError: It is not possible, not permitted, or rules stand in the way.
        """
        if self.verb is None:
            return record
        given = {} if policies is None else {"policies": policies}
        after: R = getattr(record, self.verb)(**self.arguments, **given, by=by, at=at)
        return after


# ---- What a record says by itself -----------------------------------------------------------


def _pending_until(record: Record, _: Policies | None) -> Iterator[Timer]:
    if record.pending_until is not None and "resume" in record.allowed:
        yield Timer(kind=TimerKind.PENDING_UNTIL, at=record.pending_until, verb="resume")


_BY_ITSELF = Changes({"reason": ClosureReason.AUTO_CLOSED})


def _auto_close(record: UserFacing, _: Policies | None) -> Iterator[Timer]:
    at = record.auto_close_at
    if at is not None and record.closes_by_itself and record.state.phase is Phase.DONE:
        yield Timer(kind=TimerKind.AUTO_CLOSE, at=at, verb="close", arguments=_BY_ITSELF)


_Instants: TypeAlias = Iterable["DateTime | None"]


def _target_resolution(problem: Problem) -> _Instants:
    return (problem.target_resolution_at,) if problem.is_open else ()


def _deferral_end(problem: Problem) -> _Instants:
    return () if problem.deferral is None else (problem.deferral.until,)


def _observation_end(problem: Problem) -> _Instants:
    return (problem.observed_until,) if problem.state.phase is Phase.DONE else ()


def _risk_review(problem: Problem) -> _Instants:
    return () if problem.risk_acceptance is None else (problem.risk_acceptance.review_at,)


def _risk_expiry(problem: Problem) -> _Instants:
    return () if problem.risk_acceptance is None else (problem.risk_acceptance.expires_at,)


def _major_review(problem: Problem) -> _Instants:
    if "hold_review" not in problem.allowed:
        return ()
    return (review.planned_for for review in problem.reviews if review.state is PLANNED)


def _follow_up(problem: Problem) -> _Instants:
    if "complete_action" not in problem.allowed:
        return ()
    actions = chain.from_iterable(review.actions for review in problem.reviews)
    return (action.due_at for action in actions if action.done_at is None)


_AWAITS_DECISION: Mapping[TimerKind, Callable[[Problem], _Instants]] = {
    TimerKind.TARGET_RESOLUTION: _target_resolution,
    TimerKind.DEFERRAL_END: _deferral_end,
    TimerKind.OBSERVATION_END: _observation_end,
    TimerKind.RISK_REVIEW: _risk_review,
    TimerKind.RISK_EXPIRY: _risk_expiry,
    TimerKind.MAJOR_REVIEW: _major_review,
    TimerKind.FOLLOW_UP: _follow_up,
}
"""
When somebody has to decide on a problem.
"""


def _decisions(problem: Problem, _: Policies | None) -> Iterator[Timer]:
    for kind, instants in _AWAITS_DECISION.items():
        yield from (Timer(kind=kind, at=at) for at in instants(problem) if at is not None)


def _validation(known_error: KnownError, _: Policies | None) -> Iterator[Timer]:
    if known_error.validate_by is not None and "validate" in known_error.allowed:
        yield Timer(kind=TimerKind.VALIDATION, at=known_error.validate_by)


def _approval_expiry(request: RequestFacts) -> Iterator[Timer]:
    if is_awaiting_approval(request):
        for one in request.open_approvals:
            if one.expires_at is not None:
                yield Timer(
                    kind=TimerKind.APPROVAL_EXPIRY,
                    at=one.expires_at,
                    verb="expire_approval",
                    arguments=Changes({"approval": one.id}),
                )


def _task_retry(request: RequestFacts) -> Iterator[Timer]:
    if request.state.phase is Phase.ACTIVE:
        for task in request.tasks:
            if task.retry_at is not None:
                yield Timer(
                    kind=TimerKind.TASK_RETRY,
                    at=task.retry_at,
                    verb="retry_task",
                    arguments=Changes({"task": task.id}),
                )


def _of_parts(request: RequestFacts, _: Policies | None) -> Iterator[Timer]:
    yield from _approval_expiry(request)
    yield from _task_retry(request)


#: Tells what falls due in a record of its class by what the record holds.
_Reader: TypeAlias = Callable[[Any, Policies | None], Iterator[Timer]]

_READERS: Mapping[type[Record], _Reader] = {
    Record: _pending_until,
    UserFacing: _auto_close,
    KnownError: _validation,
    Problem: _decisions,
    RequestFacts: _of_parts,
}
"""
What each class of records adds; a room to come adds its line.
"""


def _own(record: Record, policies: Policies | None = None) -> Iterator[Timer]:
    for kind, read in _READERS.items():
        if isinstance(record, kind):
            yield from read(record, policies)


# ---- What is due ----------------------------------------------------------------------------


def due(
    record: Record,
    agreements: Iterable[Agreement],
    since: datetime | None,
    until: datetime,
    *,
    version: int | None = None,
    deadlines: Deadlines | None = None,
) -> tuple[Timer, ...]:
    """
    Return all that there is to do with *record* at *until*, in order of instant.

    What is to be told is told once, by when somebody last looked; what is to be done falls due
    until it is done. What is done may settle the rest: of two approvals that expire, the first may
    reject the request. So do one thing, and look again.

    Args:
        record: The record.

        agreements: The agreements that may bind it; of `Agreements` the most specific does. All
            that the models of a service request promise counts where no SLA of them promises its
            fulfillment, as for `itil_ops.monitor_request`. OLAs and contracts count for its tasks,
            or for the record itself where it has none.

        since: When somebody last looked; `None` if nobody ever did.

        until: The present instant.

        version: The version of the record that was looked at then: worth keeping beside *since*,
            because an entry may be recorded at the very instant of a look, and after it. Unless
            given, all that was recorded up to *since* was seen.

        deadlines: Due times that a person fixed with the customer; no part of OLAs.

    Raises:
        TypeError: An argument is of another type.

        ValueError: *until* lies before *since*, or there is no such *version*.
    """
    looks = Looks.of(record, since, until, version)
    binding = _binding(agreements, record)
    news = (looks.news(one, with_customer(one, deadlines)) for one in binding)
    found = [*map(_telling, chain.from_iterable(news))]
    if looks.now is not None:
        found += [timer for timer in _own(looks.now) if timer.at <= looks.until]
    return tuple(sorted(found, key=lambda timer: timer.at))


def _telling(one: News) -> Timer:
    kind = TimerKind.BREACH if one.told.is_breach else TimerKind.THRESHOLD
    return Timer(kind=kind, at=one.told.at, news=one)


def next_wakeup(
    record: Record,
    agreements: Iterable[Agreement],
    after: datetime,
    *,
    deadlines: Deadlines | None = None,
) -> DateTime | None:
    """
    Return the first instant after *after* at which something falls due if nothing else happens.

    `None` where nothing will, as once the record has ended. What was to be done by *after* and was
    not is `due` all the same.

    Raises:
        TypeError: An argument is of another type.

        ValueError: *after* is naive.
    """
    plan = Planner(agreements)
    return min(plan.at(record, utc(after, "after"), deadlines).values(), default=None)


# ---- For stores -----------------------------------------------------------------------------


def _agreements(values: Iterable[Agreement]) -> AnyAgreements:
    if isinstance(values, Agreements):
        return values
    return several(values, Agreement, "agreements")


def _binding(agreements: Iterable[Agreement], record: Record) -> tuple[Agreement, ...]:
    known = binding_of(agreements, record)
    return with_models(record, known) if isinstance(record, RequestFacts) else known


@attrs.frozen
class Planner:
    """
    For a record, when to look at it next: one instant for each kind of what falls due.

    What is to be told is counted from the last look, for what was told then is known; without one
    it is what the last entry brings and what comes after it. A late entry may bring to light what
    lies in the past, and what was missed up to an end is told after it. What is to be done is due
    until it is done.

    Attributes:
        agreements: The agreements that may bind a record; of `Agreements` the most specific does.

        policies: The policies of a room, for what its records leave open; those of an incident
            leave nothing open.

        deadlines: Tells the due times that a person fixed for a record, if anybody does.

    Raises:
        TypeError: An attribute is of another type.
    """

    agreements: AnyAgreements = attrs.field(converter=_agreements)
    policies: Policies | None = None
    deadlines: DeadlinesOf | None = None

    def __attrs_post_init__(self) -> None:
        check_optional(self.policies, Policies, "policies")
        if self.deadlines is not None and not callable(self.deadlines):
            raise TypeError(f"deadlines must be callable, not {self.deadlines!r}")

    def __call__(
        self, record: Record, after: datetime | None = None, version: int | None = None
    ) -> dict[str, DateTime]:
        """
        Return the next instant of each kind of which there is one, by the kind's name.

        Args:
            record: The record.

            after: When somebody last looked: nothing up to then is named. An instant in the past
                was missed.

            version: The version of the record that was looked at then, see `due`: what later
                entries bring to light is named whenever it was.
        """
        fixed = None if self.deadlines is None else self.deadlines(record)
        return self.at(record, optional_utc(after, "after"), fixed, version)

    def at(
        self,
        record: Record,
        since: DateTime | None,
        deadlines: Deadlines | None,
        version: int | None = None,
    ) -> dict[str, DateTime]:
        """
        Return the same, by the due times that are handed in.
        """
        last = check_type(record, Record, "record").journal[-1].at
        looked = just_before(last) if since is None else since
        told = self._told(record, looked, version, deadlines)
        done = (timer for timer in _own(record, self.policies) if since is None or since < timer.at)
        planned: dict[str, DateTime] = {}
        for timer in chain(told, done):
            name = timer.kind.value
            planned[name] = min(timer.at, planned.get(name, timer.at))
        return planned

    def _told(
        self,
        record: Record,
        since: DateTime,
        version: int | None,
        deadlines: Deadlines | None,
    ) -> Iterator[Timer]:
        last = record.journal[-1].at
        present = max(since, last)
        is_new = since < last or (version is not None and version < record.version)
        looks = Looks.of(record, since, present, version) if is_new else None
        for agreement in _binding(self.agreements, record):
            fixed = with_customer(agreement, deadlines)
            if looks is not None:
                known = map(_telling, looks.news(agreement, fixed))
                yield from (_brought(timer, since, last) for timer in known)
            for part, clock in clocks_and_parts(agreement, record, fixed):
                ones = ahead(clock, present)
                yield from (_telling(News(one, agreement.name, part=part)) for one in ones)


def _brought(timer: Timer, since: DateTime, last: DateTime) -> Timer:
    """
    Return *timer* with the instant at which to look: a late entry brings what was before *since*.
    """
    return timer if since < timer.at else attrs.evolve(timer, at=last)


def planner(
    agreements: Iterable[Agreement],
    policies: Policies | None = None,
    *,
    deadlines: DeadlinesOf | None = None,
) -> Planner:
    """
    Return the planner with which a store is opened: from a record to an instant for each kind.

    >>> from datetime import timedelta
    >>> import pendulum
    >>> from itil_ops import Actor, Incident, IncidentId
    >>> from itil_ops.sla import ITIL_ESCALATION, ServiceLevelAgreement, Target, TargetKind
    >>> four_hours = timedelta(hours=4)
    >>> target = Target(TargetKind.RESOLUTION, four_hours, thresholds=ITIL_ESCALATION)
    >>> plan = planner([ServiceLevelAgreement("gold", targets=[target])])
    >>> t0 = pendulum.datetime(2026, 3, 2, 9)
    >>> incident = Incident.log(
    ...     IncidentId("INC-1"), title="No mail", service="email", by=Actor("desk"), at=t0
    ... )
    >>> for kind, at in plan(incident).items():
    ...     print(kind, at.isoformat())
    threshold 2026-03-02T11:00:00+00:00
    breach 2026-03-02T13:00:00.000001+00:00

    Raises:
        TypeError: An argument is of another type.
    """
    return Planner(agreements, policies, deadlines)
