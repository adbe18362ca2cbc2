"""
Stores in SQLite and PostgreSQL (extras `sqlalchemy` and `postgresql`).
"""

from itil_ops.kernel.extras import imported


imported("sqlalchemy", "sqlalchemy")
imported("cattrs", "sqlalchemy")

from itil_ops.adapters.sql.migrations import FeedOrder  # noqa: E402 -- with advice, if they lack
from itil_ops.adapters.sql.store import Reindexed, SqlStore, open_store  # noqa: E402


__all__ = ["FeedOrder", "Reindexed", "SqlStore", "open_store"]
