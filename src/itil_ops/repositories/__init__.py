"""
Where records are kept: the ports that callers implement, and an adapter in memory.
"""

from itil_ops.kernel.checks import check_limit
from itil_ops.kernel.journaled import stored
from itil_ops.repositories.admission import check_journal, new_entries
from itil_ops.repositories.cursors import read_cursor, write_cursor
from itil_ops.repositories.evaluation import matching
from itil_ops.repositories.kinds import (
    INCIDENTS,
    KINDS,
    KNOWN_ERRORS,
    PROBLEMS,
    SERVICE_REQUESTS,
    RecordKind,
)
from itil_ops.repositories.memory import MemoryStore
from itil_ops.repositories.paging import page
from itil_ops.repositories.planning import Planning
from itil_ops.repositories.ports import (
    Cursor,
    DuePlanner,
    DueWork,
    JournalFeed,
    Lease,
    Published,
    Repository,
    Slice,
    Store,
    UnitOfWork,
)
from itil_ops.repositories.query import (
    IncidentQuery,
    KnownErrorQuery,
    ProblemQuery,
    QueryOrder,
    RecordQuery,
    ServiceRequestQuery,
)
from itil_ops.repositories.unit import RecordsUnit, Unit


__all__ = [
    "INCIDENTS",
    "KINDS",
    "KNOWN_ERRORS",
    "PROBLEMS",
    "SERVICE_REQUESTS",
    "Cursor",
    "DuePlanner",
    "DueWork",
    "IncidentQuery",
    "JournalFeed",
    "KnownErrorQuery",
    "Lease",
    "MemoryStore",
    "Planning",
    "ProblemQuery",
    "Published",
    "QueryOrder",
    "RecordKind",
    "RecordQuery",
    "RecordsUnit",
    "Repository",
    "ServiceRequestQuery",
    "Slice",
    "Store",
    "Unit",
    "UnitOfWork",
    "check_journal",
    "check_limit",
    "matching",
    "new_entries",
    "page",
    "read_cursor",
    "stored",
    "write_cursor",
]
