"""
Records to try a store on, and a planner whose plans are told in them.
"""

from __future__ import annotations

import datetime as dt

from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from itil_ops.incident.record import Incident
from itil_ops.kernel.actor import Actor
from itil_ops.kernel.annotated import Annotated
from itil_ops.kernel.identity import IncidentId, KnownErrorId, ProblemId, ServiceRequestId
from itil_ops.kernel.vocabulary import Link, LinkKind
from itil_ops.problem.known_error.record import KnownError
from itil_ops.problem.known_error.vocabulary import KnownErrorSource
from itil_ops.problem.record import Problem
from itil_ops.request.record import ServiceRequest


if TYPE_CHECKING:
    from itil_ops.kernel.identity import RecordId
    from itil_ops.kernel.record import Record


R = TypeVar("R", bound=Annotated)

DESK = Actor("desk")

START = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
"""
A Monday morning, on which all incidents of the kit begin unless they say otherwise.
"""


def minutes(count: float) -> dt.datetime:
    """
    Return the instant *count* minutes after `START`.
    """
    return START + dt.timedelta(minutes=count)


def microseconds_after(instant: dt.datetime, count: int) -> dt.datetime:
    """
    Return the instant *count* microseconds after *instant*; before it, if *count* is negative.
    """
    return instant + dt.timedelta(microseconds=count)


@attrs.frozen(kw_only=True)
class OwnIncident(Incident):
    """
    An incident with a field of its own, as callers make them.

    Attributes:
        color: The color of its card on the wall.
    """

    color: str | None = None


def logged(
    id: str = "INC-1", *, at: dt.datetime = START, kind: type[Incident] = Incident, **fields: Any
) -> Incident:
    """
    Return an incident of one entry.
    """
    told = {"title": "Mail is down", "service": "email"} | fields
    return kind.log(IncidentId(id), **told, by=DESK, at=at)


def problem(id: str = "PRB-1", *, at: dt.datetime = START, **fields: Any) -> Problem:
    """
    Return a problem of one entry.
    """
    told = {"title": "Mail goes down", "evidence": "Three times a week."} | fields
    return Problem.log(ProblemId(id), **told, by=DESK, at=at)


def known_error(id: str = "KE-1", *, at: dt.datetime = START, **fields: Any) -> KnownError:
    """
    Return a known error of one entry.
    """
    source = KnownErrorSource.SUPPLIER
    told = {"title": "The queue fills up", "symptoms": "No mail.", "source": source} | fields
    return KnownError.draft(KnownErrorId(id), **told, by=DESK, at=at)


def service_request(id: str = "REQ-1", *, at: dt.datetime = START, **fields: Any) -> ServiceRequest:
    """
    Return a service request of one entry.
    """
    told = {"title": "A mailbox", "requester": "ana"} | fields
    return ServiceRequest.draft(ServiceRequestId(id), **told, by=DESK, at=at)


def stepped(record: R, steps: int = 1, text: str = "Looked at it.") -> R:
    """
    Return *record* after some *steps* more, at the instant of its last entry.
    """
    for _ in range(steps):
        record = record.comment(text, by=DESK, at=record.journal[-1].at)
    return record


def numbered(record: R, number: str | None) -> R:
    """
    Return *record* after a step that changes its human number, as a verb of a caller's may do.
    """
    at = record.journal[-1].at
    return record._step("comment", {"number": number}, note="Number.", by=DESK, at=at)


def linked(record: R, *targets: RecordId, kind: LinkKind = LinkKind.RELATED) -> R:
    """
    Return *record* after a step that leaves it links to *targets* alone, as a caller's verb may do.
    """
    links = tuple(Link(kind, target) for target in targets)
    at = record.journal[-1].at
    return record._step("comment", {"links": links}, note="Links.", by=DESK, at=at)


# ---- What falls due -------------------------------------------------------------------------


def due_planner(record: Record, after: dt.datetime | None = None) -> dict[str, dt.datetime]:
    """
    Plan what `planned` told: for each kind the first instant after *after*.

    Args:
        record: The record.

        after: Up to when it was looked at; its last entry unless given.

    >>> incident = planned(logged(), "look", minutes(5), minutes(9))
    >>> due_planner(incident)["look"] == minutes(5)
    True
    >>> due_planner(incident, after=minutes(5))["look"] == minutes(9)
    True
    >>> due_planner(planned(incident, "look"))
    {}
    """
    said: dict[str, list[dt.datetime]] = {}
    for entry in record.journal:
        words = (entry.note or "").split()
        if words[:1] == ["due"]:
            said[words[1]] = [dt.datetime.fromisoformat(word) for word in words[2:]]
    since = record.journal[-1].at if after is None else after
    following = {
        kind: [at for at in instants if at.tzinfo is None or at > since]
        for kind, instants in said.items()
    }
    return {kind: min(instants) for kind, instants in following.items() if instants}


def planned(record: R, kind: str, *instants: dt.datetime) -> R:
    """
    Return *record* after a step that tells `due_planner` when to look at it for *kind*.

    With no *instants* it is not looked at for *kind* any more. The planner says a naive instant as
    it was told, so that a store can be seen to refuse it.
    """
    return stepped(record, text=" ".join(["due", kind, *(at.isoformat() for at in instants)]))
