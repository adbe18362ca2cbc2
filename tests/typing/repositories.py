"""
The adapter in memory is what the ports ask for: type-checked by mypy, never run.
"""

from __future__ import annotations

import datetime as dt

from typing import TYPE_CHECKING, assert_type

from pendulum import DateTime

from itil_ops.incident.record import Incident
from itil_ops.kernel.identity import IncidentId
from itil_ops.kernel.journal import Entry
from itil_ops.kernel.priority import Priority
from itil_ops.kernel.table import Phase
from itil_ops.repositories import (
    DuePlanner,
    DueWork,
    IncidentQuery,
    JournalFeed,
    Lease,
    MemoryStore,
    Published,
    QueryOrder,
    RecordQuery,
    Repository,
    Slice,
    Store,
    Unit,
    UnitOfWork,
)
from itil_ops.timers import planner


if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from itil_ops.kernel.record import Record

NOW = dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC)


class DeskIncident(Incident):
    """
    A caller's own incident.
    """

    __slots__ = ()


# ---- What is what a port asks for ---------------------------------------------------------------

memory = MemoryStore()
store: Store = memory
unit: UnitOfWork = memory.unit()
incidents: Repository[Incident, IncidentQuery] = memory.unit().incidents
feed: JournalFeed = memory.journal
due: DueWork = memory.due

assert_type(store.unit(read_only=True), UnitOfWork)
assert_type(store.unit().incidents, Repository[Incident, IncidentQuery])
assert_type(store.journal, JournalFeed)
assert_type(store.due, DueWork)


def wider(repository: Repository[Incident, RecordQuery]) -> Repository[Incident, IncidentQuery]:
    # One that understands a wider class of queries serves where a narrower one is asked for.
    return repository


# Records go in and come out, so that neither a wider nor a narrower kind will do.
records: Repository[Record, IncidentQuery] = memory.unit().incidents  # type: ignore[assignment]
own: Repository[DeskIncident, IncidentQuery] = memory.unit().incidents  # type: ignore[assignment]

# A unit alone, without records, is none of work; nor is a unit a store, or its feed its due work.
bare: UnitOfWork = Unit()  # type: ignore[assignment]
unit_as_store: Store = memory.unit()  # type: ignore[assignment]
store_as_unit: UnitOfWork = memory  # type: ignore[assignment]
feed_as_due: DueWork = memory.journal  # type: ignore[assignment]

store.due = due  # type: ignore[misc]
store.unit(True)  # type: ignore[call-arg]

# ---- Planners -----------------------------------------------------------------------------------


def by_incident(incident: Incident) -> Mapping[str, DateTime]:
    return {} if incident.auto_close_at is None else {"auto_close": incident.auto_close_at}


def looking_back(record: Record, after: dt.datetime | None = None) -> dict[str, dt.datetime]:
    return {}


def saying_text(record: Record) -> dict[str, str]:
    return {}


plan: DuePlanner = planner([])
MemoryStore(due=plan)
MemoryStore(due=by_incident)
MemoryStore(due=looking_back)
MemoryStore(due=saying_text)  # type: ignore[arg-type]
MemoryStore(due=7)  # type: ignore[arg-type]

# ---- Queries ------------------------------------------------------------------------------------

query = IncidentQuery(
    numbers=["INC0001"],
    states=["new"],
    phases={Phase.ACTIVE},
    priorities=(Priority.HIGH, None),
    services=frozenset({"email"}),
    customers=["lyon", None],
    groups=[None],
    assignees=None,
    owners=iter(["ada"]),
    logged_from=NOW,
    order=QueryOrder.PRIORITY,
)
assert_type(query.states, frozenset[str] | None)
assert_type(query.numbers, frozenset[str | None] | None)
assert_type(query.priorities, frozenset[Priority | None] | None)

IncidentQuery(phases=["active"])  # type: ignore[list-item]
IncidentQuery(groups=7)  # type: ignore[arg-type]
IncidentQuery(numbers=[7])  # type: ignore[list-item]

# ---- What goes in and comes out -----------------------------------------------------------------


def a_cycle(store: Store, take: Callable[[Incident], Incident]) -> Incident:
    with store.unit() as unit:
        assert_type(unit, UnitOfWork)
        record = unit.incidents.get(IncidentId("INC-1"))
        assert_type(record, Incident)
        saved = unit.incidents.save(take(record))
        unit.commit()
    # A unit never swallows an error, so that what follows it is reached with all it has done.
    return saved


assert_type(incidents.find(query, after=None, limit=3), Slice[Incident])
assert_type(incidents.find(query).next, str | None)
assert_type(incidents.find(query).items, tuple[Incident, ...])
assert_type(incidents.count(query), int)
assert_type(feed.read(limit=3), Slice[Published])
assert_type(feed.read().items[0].entry, Entry)
assert_type(due.claim(NOW, dt.timedelta(minutes=5), 10, "worker"), tuple[Lease, ...])
assert_type(due.next_due(), DateTime | None)

for lease in due.claim(NOW, dt.timedelta(minutes=5), limit=10, worker="worker"):
    assert_type(lease.due, DateTime)
    assert_type(due.complete(lease, NOW), bool)
    assert_type(unit.complete(lease, NOW), bool)

incidents.find("everything")  # type: ignore[arg-type]
incidents.find(RecordQuery())  # type: ignore[arg-type]
incidents.get("INC-1")  # type: ignore[arg-type]
incidents.add(IncidentId("INC-1"))  # type: ignore[arg-type]
due.claim(NOW, 300, 10, "worker")  # type: ignore[arg-type]
due.complete("token", NOW)  # type: ignore[arg-type]
feed.read(NOW)  # type: ignore[call-arg, arg-type]
