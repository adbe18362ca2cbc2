"""
Incidents in a stream, for what looks at many of them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from itil_ops.incident.record import Incident
from itil_ops.incident.vocabulary import CancellationReason
from itil_ops.kernel.actor import Actor
from itil_ops.kernel.identity import ConfigurationItemId, EventId, IncidentId
from itil_ops.kernel.vocabulary import CategoryPath, LinkKind


LI = Actor("li")

#: A Monday morning.
START = datetime(2026, 3, 2, 9, tzinfo=UTC)

WEB = ConfigurationItemId("web-1")
DATABASE = ConfigurationItemId("db-1")


def day(count):
    return START + timedelta(days=count)


def incident(number, at, *, category="software/mail", **fields):
    """
    Return an incident of the service email, logged so many days after the start.
    """
    stated = {
        "title": "Mail is down",
        "service": "email",
        "source_event": EventId("EVT-1"),
        "category": None if category is None else CategoryPath(category),
    }
    return Incident.log(IncidentId(f"INC-{number}"), **{**stated, **fields}, by=LI, at=day(at))


def major(record):
    return record.declare_major("A site is cut off.", manager="ada", by=LI, at=last(record))


def cancelled(record):
    return record.cancel(CancellationReason.RAISED_IN_ERROR, by=LI, at=last(record))


def linked(record, problem, kind=LinkKind.INVESTIGATED_BY):
    return record.link(kind, problem, by=LI, at=last(record))


def unlinked(record, problem):
    return record.unlink(problem, kind=LinkKind.INVESTIGATED_BY, by=LI, at=last(record))


def last(record):
    return record.journal[-1].at


def names(ids):
    return " ".join(str(it).removeprefix("INC-") for it in ids)
