"""
The stores in databases are what the ports ask for: type-checked by mypy, never run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from itil_ops.adapters.sql import SqlStore, open_store
from itil_ops.timers import planner


if TYPE_CHECKING:
    from itil_ops.incident.record import Incident
    from itil_ops.repositories import (
        DuePlanner,
        DueWork,
        IncidentQuery,
        JournalFeed,
        Repository,
        Store,
        UnitOfWork,
    )


due_planner: DuePlanner = planner([])
opened: SqlStore = open_store("sqlite:///desk.db", due=due_planner)
store: Store = opened
feed: JournalFeed = opened.journal
due: DueWork = opened.due

with opened.unit(read_only=True) as reading:
    unit: UnitOfWork = reading
    incidents: Repository[Incident, IncidentQuery] = reading.incidents

open_store(b"sqlite:///desk.db")  # type: ignore[arg-type]
open_store("sqlite:///desk.db", feed="commit")  # type: ignore[arg-type]
