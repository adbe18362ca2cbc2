"""
Incidents for stores to keep, and planners that say what a test wants to fall due.
"""

from __future__ import annotations

import datetime as dt
import functools

from itil_ops import Actor, Incident, IncidentId
from itil_ops.repositories import IncidentQuery


DESK = Actor("desk")
T0 = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)
MICROSECOND = dt.timedelta(microseconds=1)
EVERYTHING = 100_000


def minutes(count):
    return T0 + dt.timedelta(minutes=count)


def logged(id="INC-1", *, at=T0, kind=Incident, **fields):
    return kind.log(
        IncidentId(id), **{"title": "Mail is down", "service": "email"} | fields, by=DESK, at=at
    )


def stepped(incident, steps=1, text="Looked at it.", at=None):
    for _ in range(steps):
        incident = incident.comment(text, by=DESK, at=at or incident.journal[-1].at)
    return incident


class DeskIncident(Incident):
    """
    A caller's own incident, of which anything can be changed.
    """

    __slots__ = ()

    def change(self, at=None, **fields):
        at = at or self.journal[-1].at
        return self._step("comment", fields, by=DESK, at=at, note="Changed.")


# ---- What a store holds ---------------------------------------------------------------------


class Alone:
    """
    The incidents of a store, or its records of another kind, each call a unit of its own.
    """

    def __init__(self, store, kind="incidents"):
        self._store = store
        self._kind = kind

    def __getattr__(self, name):
        return functools.partial(self._call, name)

    def _call(self, name, *arguments, **options):
        with self._store.unit() as unit:
            result = getattr(getattr(unit, self._kind), name)(*arguments, **options)
            unit.commit()
        return result


def get(store, id="INC-1"):
    return Alone(store).get(IncidentId(id))


def held(store):
    """
    All incidents of a store, by id.
    """
    with store.unit(read_only=True) as unit:
        return unit.incidents.find(IncidentQuery(), limit=EVERYTHING).items


def published(store):
    return [item.entry for item in store.journal.read(limit=EVERYTHING).items]


def content(store):
    """
    All that a store holds, for telling whether something changed.
    """
    records = [(record, record.stored_version) for record in held(store)]
    return records, published(store), store.due.next_due()


# ---- What falls due -------------------------------------------------------------------------


def _told(record):
    """
    Return what a title like `"ring 5 7, look 9"` says: kinds, each with minutes of the day.
    """
    for part in record.title.split(", "):
        kind, *counts = part.split()
        yield kind, [minutes(int(count)) for count in counts]


def first_of_each(record):
    """
    Plan the first instant of each kind in the title, whatever was looked at.
    """
    return {kind: min(instants) for kind, instants in _told(record)}


def next_of_each(record, after=None):
    """
    Plan the first instant of each kind in the title that lies after *after*.

    Like the planner of agreements: without it, what lies after the last entry, or at it.
    """
    since = record.journal[-1].at - MICROSECOND if after is None else after
    later = {kind: [at for at in instants if at > since] for kind, instants in _told(record)}
    return {kind: min(instants) for kind, instants in later.items() if instants}
