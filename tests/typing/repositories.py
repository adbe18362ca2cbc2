"""
The adapter in memory is what the ports ask for: type-checked by mypy, never run.
"""

from __future__ import annotations

import datetime as dt

from typing import TYPE_CHECKING, assert_type

from itil_ops.incident.record import Incident
from itil_ops.kernel.identity import IncidentId
from itil_ops.kernel.journal import Entry
from itil_ops.kernel.priority import Priority
from itil_ops.kernel.table import Phase
from itil_ops.repositories import (
    IncidentQuery,
    JournalFeed,
    MemoryJournal,
    MemoryRepository,
    MemoryStore,
    Published,
    QueryOrder,
    RecordQuery,
    Repository,
    Slice,
)


if TYPE_CHECKING:
    from itil_ops.kernel.record import Record


class DeskIncident(Incident):
    """
    A caller's own incident.
    """

    __slots__ = ()


store = MemoryStore()
incidents: Repository[Incident, IncidentQuery] = store.incidents
feed: JournalFeed = store.journal

desk_incidents: Repository[DeskIncident, IncidentQuery] = MemoryRepository(
    DeskIncident, IncidentQuery, MemoryJournal()
)
# A repository that understands a wider class of queries serves where a narrower one is asked for.
wider: Repository[Incident, RecordQuery] = MemoryRepository(Incident, RecordQuery, MemoryJournal())
narrower: Repository[Incident, IncidentQuery] = wider

# Records go in and come out, so that neither a wider nor a narrower kind will do.
records: Repository[Record, IncidentQuery] = store.incidents  # type: ignore[assignment]
own: Repository[DeskIncident, IncidentQuery] = store.incidents  # type: ignore[assignment]

query = IncidentQuery(
    states=["new"],
    phases={Phase.ACTIVE},
    priorities=(Priority.HIGH, None),
    services=frozenset({"email"}),
    groups=[None],
    assignees=None,
    owners=iter(["ada"]),
    logged_from=dt.datetime(2026, 3, 2, tzinfo=dt.UTC),
    order=QueryOrder.PRIORITY,
)
assert_type(query.states, frozenset[str] | None)
assert_type(query.priorities, frozenset[Priority | None] | None)

assert_type(incidents.get(IncidentId("INC-1")), Incident)
assert_type(incidents.find(query, after=None, limit=3), Slice[Incident])
assert_type(incidents.find(query).next, str | None)
assert_type(incidents.count(query), int)
assert_type(desk_incidents.find(query).items, tuple[DeskIncident, ...])
assert_type(feed.read(limit=3), Slice[Published])
assert_type(feed.read().items[0].entry, Entry)

incidents.find("everything")  # type: ignore[arg-type]
incidents.get("INC-1")  # type: ignore[arg-type]
IncidentQuery(phases=["active"])  # type: ignore[list-item]
IncidentQuery(groups=7)  # type: ignore[arg-type]
