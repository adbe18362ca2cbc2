"""
Incidents for stores to keep.
"""

from __future__ import annotations

import datetime as dt

from itil_ops import Actor, Incident, IncidentId


DESK = Actor("desk")
T0 = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)


def minutes(count):
    return T0 + dt.timedelta(minutes=count)


def logged(id="INC-1", *, at=T0, kind=Incident, **fields):
    return kind.log(
        IncidentId(id), **{"title": "Mail is down", "service": "email"} | fields, by=DESK, at=at
    )


def stepped(incident, steps=1, text="Looked at it."):
    for _ in range(steps):
        incident = incident.comment(text, by=DESK, at=incident.journal[-1].at)
    return incident
