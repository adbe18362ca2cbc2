"""
The port to the tool in which changes live: what is asked of it, and what it tells.

The library keeps the id of a change and where it stands, nothing else. All traffic is the caller's.
Here are the changes of problems and known errors; those of service requests are in
`itil_ops.handoffs.request_changes`.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import attrs

from pendulum import DateTime

from itil_ops.errors import Reason
from itil_ops.handoffs.families import forbid
from itil_ops.kernel.actor import Actor
from itil_ops.kernel.checks import check_optional_text, check_shape, check_text, check_type
from itil_ops.kernel.fields import item_ids
from itil_ops.kernel.identity import ChangeId, ConfigurationItemId, RecordId
from itil_ops.kernel.instant import utc
from itil_ops.kernel.stateful import described
from itil_ops.kernel.vocabulary import ChangeStatus, LinkKind
from itil_ops.problem.known_error.record import KnownError
from itil_ops.problem.record import Problem


if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from itil_ops.kernel.record import Record
    from itil_ops.problem.known_error.policies import KnownErrorPolicies
    from itil_ops.problem.policies import ProblemPolicies
    from itil_ops.request.record import ServiceRequest


P = TypeVar("P", bound=Problem)
K = TypeVar("K", bound=KnownError)


# ---- The port --------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class ChangeRequest:
    """
    What the tool in which changes live is asked for.

    Attributes:
        key: What the request is known by. Made again, because nobody knows what became of it, it
            has the same one; each further change of the same record has another.

        title: What is to be changed, in a line.

        description: What is to be changed, at length.

        service: The service that it concerns.

        configuration_items: What is to be changed.

        template: What the tool calls the routine of a standard change, which is authorized
            beforehand; `None` for any other.

        justification: Why.

        origin: The problem, known error or service request that asks for it.

        requested_by: Who asks.

        requested_at: When.

    Raises:
        TypeError: An attribute is of another type.

        ValueError: A text is blank, or the instant naive.
    """

    key: str
    title: str
    description: str | None = None
    service: str | None = None
    configuration_items: tuple[ConfigurationItemId, ...] = attrs.field(
        default=(), converter=item_ids
    )
    template: str | None = None
    justification: str | None = None
    origin: RecordId
    requested_by: Actor
    requested_at: DateTime = attrs.field(converter=utc)

    def __attrs_post_init__(self) -> None:
        check_text(self.key, "key")
        check_text(self.title, "title")
        for name in ("description", "service", "template", "justification"):
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
        Raise a change, and return its id; for a key that was asked before, the id it had then.

        After a crash or an error the same request is made again, perhaps by somebody else and at
        another time: its key alone says that it is the same. The origin does not, for a change that
        was rejected or has failed is followed by another one.
        """
        ...

    def status(self, change: ChangeId, /) -> ChangeStatus:
        """
        Return where a change stands.

        What was withdrawn or cancelled is `REJECTED`, what was backed out has `FAILED`.
        """
        ...


def check_gateway(gateway: ChangeGateway) -> None:
    """
    Make sure that *gateway* can be asked.

    Raises:
        TypeError: It lacks a method.
    """
    check_shape(gateway, ("request", "status"), "gateway must be a ChangeGateway")


# ---- Ask for a change ------------------------------------------------------------------------

TO_COME = ChangeId("to be requested")
"""
Stands for a change before it is asked for.
"""

REQUEST = "request a change"
"""
What was tried where a change is not asked for.
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

    The step is tried before: no change is asked for where the problem would refuse. If what comes
    of it is not saved, the same call asks for the same change, see `ChangeRequest.key`. A change
    that was rejected or has failed is followed by another one.

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
        HandoffError: Its change is known already, and has not failed; or the gateway returned one
            that the problem had before.

        OutOfOrderError: *at* lies before its last entry; nothing was asked for.

        RefusedError: The problem refuses; nothing was asked for.

        TypeError: An argument is of another type, or the gateway returned no `ChangeId`.

        ValueError: A text is blank, or *at* is naive; nothing was asked for.
    """
    check_type(problem, Problem, "problem")
    check_gateway(gateway)
    forbid(problem, REQUEST, [no_change_yet(problem, "'start_fix' goes on with that")])
    problem.start_fix(change=TO_COME, by=by, at=at, note=note, policies=policies)
    cause = problem.root_cause
    change = asked_for(
        gateway,
        problem,
        kind="problem",
        had=changes_of(problem),
        title=title,
        description=description,
        justification=cause.text if justification is None and cause else justification,
        by=by,
        at=at,
    )
    return problem.start_fix(change=change, by=by, at=at, note=note, policies=policies)


def no_change_yet(record: Problem | ServiceRequest, advice: str) -> Reason | None:
    """
    Return what speaks against another change: its change may bring what it is for; with *advice*.
    """
    status = record.change_status
    if record.change is None or (status and not status.may_bring_a_fix):
        return None
    return Reason("no_change_yet", f"its change is {record.change} already: {advice}")


def changes_of(record: Record) -> set[object]:
    """
    Return the changes that a problem or a service request ever had, by its journal.
    """
    return {entry.changes["change"] for entry in record.journal if entry.changes.get("change")}


def _links_of(known_error: KnownError) -> set[object]:
    """
    Return the changes by which a known error was ever addressed, by its journal.
    """
    told: Iterator[Any] = (entry.changes.get("links", ()) for entry in known_error.journal)
    links = chain.from_iterable(told)
    return {link.target for link in links if link.kind == LinkKind.ADDRESSED_BY}


def asked_for(
    gateway: ChangeGateway,
    record: Problem | KnownError | ServiceRequest,
    *,
    kind: str,
    had: Collection[object],
    title: str | None,
    description: str | None,
    justification: str | None,
    template: str | None = None,
    by: Actor,
    at: datetime,
) -> ChangeId:
    """
    Return the change that *gateway* returns for *record*: another one than it ever *had*.

    What the change is called and described by is the record's own, where nothing else is given. The
    *kind* of the record stands in the key: a word of its own, for those in which records are
    described to people may change.

    Raises:
        HandoffError: It had that one before.

        TypeError: It is no `ChangeId`, or an argument is of another type.

        ValueError: A text is blank.
    """
    request = ChangeRequest(
        key=f"{kind} {record.id}, change {len(had) + 1}",
        title=record.title if title is None else title,
        description=record.description if description is None else description,
        service=record.service,
        configuration_items=record.configuration_items,
        template=template,
        justification=justification,
        origin=record.id,
        requested_by=by,
        requested_at=at,
    )
    change = check_type(gateway.request(request), ChangeId, "what the gateway returned")
    if change in had:
        text = f"the gateway returned {change}, which it had before: a request is known by its key"
        forbid(record, REQUEST, [Reason("another_change", text)])
    return change


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
    before: no change is asked for where the known error would refuse. If what comes of it is not
    saved, the same call asks for the same change, see `ChangeRequest.key`; after that it asks for
    another one, for a known error does not know where its changes stand.

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
        HandoffError: It is retired, or the gateway returned a change that addressed it before.

        OutOfOrderError: *at* lies before its last entry; nothing was asked for.

        RefusedError: The known error refuses; nothing was asked for.

        TypeError: An argument is of another type, or the gateway returned no `ChangeId`.

        ValueError: A text is blank, or *at* is naive; nothing was asked for.
    """
    check_type(known_error, KnownError, "known_error")
    check_gateway(gateway)
    forbid(known_error, REQUEST, [_not_retired(known_error)])
    kind = LinkKind.ADDRESSED_BY
    known_error.link(kind, TO_COME, by=by, at=at, note=note, policies=policies)
    change = asked_for(
        gateway,
        known_error,
        kind="known error",
        had=_links_of(known_error),
        title=title,
        description=known_error.permanent_fix if description is None else description,
        justification=known_error.root_cause if justification is None else justification,
        by=by,
        at=at,
    )
    return known_error.link(kind, change, by=by, at=at, note=note, policies=policies)


def _not_retired(known_error: KnownError) -> Reason | None:
    if known_error.retirement_reason is None:
        return None
    return Reason("not_retired", f"{described(known_error)} is {known_error.state}")


# ---- Read where it stands --------------------------------------------------------------------


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

    A fix in progress whose change failed or was rejected has failed; `request_change` then asks for
    another one. Until it has one, there is no news, and nothing is asked.

    Args:
        problem: The problem.

        gateway: The tool in which changes live.

        by: Who acts: as a rule a system.

        at: When that is recorded.

        note: What the actor wrote.

        policies: The policies for this call; those of the problem's class unless given.

    Raises:
        HandoffError: It never had a change.

        OutOfOrderError: *at* lies before its last entry.

        RefusedError: The problem refuses, for instance because it is closed.

        TypeError: An argument is of another type, or the gateway returned no `ChangeStatus`.
    """
    check_type(problem, Problem, "problem")
    check_gateway(gateway)
    change = problem.change
    if change is None:
        forbid(problem, "read its change", [_a_change_before(problem)])
        return problem
    status = check_type(gateway.status(change), ChangeStatus, "what the gateway returned")
    after = problem
    if status is not problem.change_status:
        after = problem.record_change(status, by=by, at=at, note=note, policies=policies)
    if not status.may_bring_a_fix and "fix_failed" in after.allowed:
        after = after.fix_failed(f"{change} {status.words}", by=by, at=at, policies=policies)
    return after


def _a_change_before(problem: Problem) -> Reason | None:
    if changes_of(problem):
        return None
    return Reason("a_change", "it never had one: 'request_change' asks for one")
