"""
All defects by store, and all that looks like one and is none.
"""

from __future__ import annotations

from mutants import in_memory, in_sql


DEFECTS = {
    "memory": in_memory.DEFECTS,
    "sqlite": in_sql.ON_SQLITE,
    "postgresql": in_sql.ON_POSTGRESQL,
}

HARMLESS = {
    "memory": in_memory.HARMLESS,
    "sqlite": in_sql.HARMLESS_ON_SQLITE,
    "postgresql": in_sql.HARMLESS_ON_POSTGRESQL,
}
