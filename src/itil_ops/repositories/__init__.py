"""
Where records are kept: the ports that callers implement, and an adapter in memory.
"""

from itil_ops.kernel.journaled import stored
from itil_ops.repositories.memory import MemoryJournal, MemoryRepository, MemoryStore
from itil_ops.repositories.ports import Cursor, JournalFeed, Published, Repository, Slice
from itil_ops.repositories.query import IncidentQuery, QueryOrder, RecordQuery


__all__ = [
    "Cursor",
    "IncidentQuery",
    "JournalFeed",
    "MemoryJournal",
    "MemoryRepository",
    "MemoryStore",
    "Published",
    "QueryOrder",
    "RecordQuery",
    "Repository",
    "Slice",
    "stored",
]
