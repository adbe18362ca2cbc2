"""
The port to the tool in which changes live: what is asked of it, and what it tells.

The library keeps the id of a change and where it stands, nothing else. All traffic is the caller's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

import attrs

from pendulum import DateTime

from itil_ops.errors import HandoffError, Reason
from itil_ops.handoffs.families import forbid
from itil_ops.kernel.actor import Actor
from itil_ops.kernel.checks import check_optional_text, check_text, check_type, several
from itil_ops.kernel.identity import ChangeId, ConfigurationItemId, RecordId
from itil_ops.kernel.instant import utc
from itil_ops.kernel.stateful import described
from itil_ops.kernel.vocabulary import LinkKind
from itil_ops.problem.known_error.record import KnownError
from itil_ops.problem.record import Problem
from itil_ops.problem.similarity import check_shape
from itil_ops.problem.vocabulary import ChangeStatus


if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from itil_ops.problem.known_error.policies import KnownErrorPolicies
    from itil_ops.problem.policies import ProblemPolicies


P = TypeVar("P", bound=Problem)
K = TypeVar("K", bound=KnownError)


# ---- The port --------------------------------------------------------------------------------


def _items(values: Iterable[ConfigurationItemId]) -> tuple[ConfigurationItemId, ...]:
    return several(values, ConfigurationItemId, "configuration_items")


@attrs.frozen(kw_only=True)
class ChangeRequest:
    """
    What the tool in which changes live is asked for.

    Attributes:
        title: What is to be changed, in a line.

        description: What is to be changed, at length.

        service: The service that it concerns.

        configuration_items: What is to be changed.

        justification: Why.

        origin: The problem or known error that asks for it.

        requested_by: Who asks.

        requested_at: When.

    Raises:
        TypeError: An attribute is of another type.

        ValueError: A text is blank, or the instant naive.
    """

    title: str
    description: str | None = None
    service: str | None = None
    configuration_items: tuple[ConfigurationItemId, ...] = attrs.field(default=(), converter=_items)
    justification: str | None = None
    origin: RecordId
    requested_by: Actor
    requested_at: DateTime = attrs.field(converter=utc)

    def __attrs_post_init__(self) -> None:
        check_text(self.title, "title")
        for name in ("description", "service", "justification"):
            check_optional_text(getattr(self, name), name)
        check_type(self.origin, RecordId, "origin")
        check_type(self.requested_by, Actor, "requested_by")


class ChangeGateway(Protocol):
    """
    The tool in which changes live, as the library sees it.

    What it raises comes through: then nothing has changed here.
    """

    def request(self, change: ChangeRequest, /) -> ChangeId:
        """
        Raise a change, and return its id.

        After an error a caller may ask again: by its origin a tool knows what it was asked before.
        """
        ...

    def status(self, change: ChangeId, /) -> ChangeStatus:
        """
        Return where a change stands.
        """
        ...


def _check_gateway(gateway: ChangeGateway) -> None:
    check_shape(gateway, ("request", "status"), "gateway must be a ChangeGateway")


# ---- Ask for a change ------------------------------------------------------------------------

_TO_COME = ChangeId("to be requested")
"""
Stands for a change before it is asked for.
"""


def request_change(
    problem: P,
    gateway: ChangeGateway,
    *,
    title: str | None = None,
    description: str | None = None,
    justification: str | None = None,
    by: Actor,
    at: datetime,
    note: str | None = None,
    policies: ProblemPolicies | None = None,
) -> P:
    """
    Return *problem* with its fix begun by a change that is asked for here.

    The step is tried before: no change is asked for where the problem would refuse.

    Args:
        problem: The problem.

        gateway: The tool in which changes live.

        title: What is to be changed; the problem's title unless given.

        description: That at length; the problem's description unless given.

        justification: Why; its root cause unless given.

        by: Who acts.

        at: When that is recorded.

        note: What the actor wrote.

        policies: The policies for this call; those of the problem's class unless given.

    Raises:
        HandoffError: Its change is known already.

        RefusedError: The problem refuses; nothing was asked for.

        TypeError: An argument is of another type, or the gateway returned no `ChangeId`.
    """
    check_type(problem, Problem, "problem")
    _check_gateway(gateway)
    forbid(problem, "request a change", [_no_change_yet(problem)])
    problem.start_fix(change=_TO_COME, by=by, at=at, note=note, policies=policies)
    cause = problem.root_cause
    request = ChangeRequest(
        title=problem.title if title is None else title,
        description=problem.description if description is None else description,
        service=problem.service,
        configuration_items=problem.configuration_items,
        justification=cause.text if justification is None and cause else justification,
        origin=problem.id,
        requested_by=by,
        requested_at=at,
    )
    change = check_type(gateway.request(request), ChangeId, "what the gateway returned")
    return problem.start_fix(change=change, by=by, at=at, note=note, policies=policies)


def _no_change_yet(problem: Problem) -> Reason | None:
    if problem.change is None:
        return None
    text = f"its change is {problem.change} already: 'start_fix' goes on with that"
    return Reason("no_change_yet", text)


def request_change_for(
    known_error: K,
    gateway: ChangeGateway,
    *,
    title: str | None = None,
    description: str | None = None,
    justification: str | None = None,
    by: Actor,
    at: datetime,
    note: str | None = None,
    policies: KnownErrorPolicies | None = None,
) -> K:
    """
    Return *known_error*, addressed by a change that is asked for here.

    For what has no problem: a known error of development or of a supplier. The link is tried
    before: no change is asked for where the known error would refuse.

    Args:
        known_error: The known error.

        gateway: The tool in which changes live.

        title: What is to be changed; the known error's title unless given.

        description: That at length; the plan of the fix or the description unless given.

        justification: Why; its root cause unless given.

        by: Who acts.

        at: When that is recorded.

        note: What the actor wrote.

        policies: The policies for this call; those of the known error's class unless given.

    Raises:
        HandoffError: It is retired.

        RefusedError: The known error refuses; nothing was asked for.

        TypeError: An argument is of another type, or the gateway returned no `ChangeId`.
    """
    check_type(known_error, KnownError, "known_error")
    _check_gateway(gateway)
    forbid(known_error, "request a change", [_not_retired(known_error)])
    kind = LinkKind.ADDRESSED_BY
    known_error.link(kind, _TO_COME, by=by, at=at, note=note, policies=policies)
    planned = known_error.permanent_fix or known_error.description
    request = ChangeRequest(
        title=known_error.title if title is None else title,
        description=planned if description is None else description,
        service=known_error.service,
        configuration_items=known_error.configuration_items,
        justification=known_error.root_cause if justification is None else justification,
        origin=known_error.id,
        requested_by=by,
        requested_at=at,
    )
    change = check_type(gateway.request(request), ChangeId, "what the gateway returned")
    return known_error.link(kind, change, by=by, at=at, note=note, policies=policies)


def _not_retired(known_error: KnownError) -> Reason | None:
    if known_error.retirement_reason is None:
        return None
    return Reason("not_retired", f"{described(known_error)} is {known_error.state}")


# ---- Read where it stands --------------------------------------------------------------------

_FAILED = frozenset({ChangeStatus.FAILED, ChangeStatus.REJECTED})


def read_change(
    problem: P,
    gateway: ChangeGateway,
    *,
    by: Actor,
    at: datetime,
    note: str | None = None,
    policies: ProblemPolicies | None = None,
) -> P:
    """
    Return *problem* once it knows where its change stands; where that is no news, as it is.

    A fix in progress whose change failed or was rejected has failed.

    Args:
        problem: The problem.

        gateway: The tool in which changes live.

        by: Who acts: as a rule a system.

        at: When that is recorded.

        note: What the actor wrote.

        policies: The policies for this call; those of the problem's class unless given.

    Raises:
        HandoffError: It has no change.

        RefusedError: The problem refuses, for instance because it is closed.

        TypeError: An argument is of another type, or the gateway returned no `ChangeStatus`.
    """
    check_type(problem, Problem, "problem")
    _check_gateway(gateway)
    change = problem.change
    if change is None:
        reason = Reason("a_change", "it has no change")
        raise HandoffError(described(problem), "read its change", (reason,))
    status = check_type(gateway.status(change), ChangeStatus, "what the gateway returned")
    after = problem
    if status is not problem.change_status:
        after = problem.record_change(status, by=by, at=at, note=note, policies=policies)
    if status in _FAILED and "fix_failed" in after.allowed:
        after = after.fix_failed(f"{change} is {status}", by=by, at=at, policies=policies)
    return after
