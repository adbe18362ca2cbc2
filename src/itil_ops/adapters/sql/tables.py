"""
The tables: records with the columns that queries use, their links and journal entries, due work.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

from itil_ops.adapters.sql.columns import CodePoints, Utc


METADATA = MetaData()

MOST_ROWS = 2**62
"""
More rows than there are in any table; databases take no limit beyond 64 bits.
"""

_LONG = BigInteger().with_variant(Integer, "sqlite")  # only an Integer counts up by itself there

SCHEMA = Table(
    "itil_schema",
    METADATA,
    Column("version", Integer, nullable=False),
    Column("store", Text, nullable=False),
    Column("feed", Text, nullable=False),
    Column("ahead", BigInteger, nullable=False),
)
"""
One row: the version of the tables, what tells this store from others, the order of its feed, and by
how much its transactions are ahead of the server's.
"""

RECORDS = Table(
    "itil_records",
    METADATA,
    Column("kind", CodePoints, nullable=False),
    Column("id", CodePoints, nullable=False),
    Column("version", Integer, nullable=False),
    Column("number", CodePoints),
    Column("state", CodePoints, nullable=False),
    Column("phase", CodePoints, nullable=False),
    Column("priority_rank", BigInteger, nullable=False),
    Column("priority_name", CodePoints),
    Column("service", CodePoints),
    Column("customer", CodePoints),
    Column("group", CodePoints),
    Column("assignee", CodePoints),
    Column("owner", CodePoints),
    Column("logged_at", Utc, nullable=False),
    Column("xact", BigInteger, nullable=False),
    Column("payload", Text, nullable=False),
    PrimaryKeyConstraint("kind", "id", name="itil_records_id"),
    UniqueConstraint("kind", "number", name="itil_records_number"),
    Index("itil_records_by_age", "kind", "logged_at", "id"),
    Index("itil_records_by_priority", "kind", "priority_rank", "logged_at", "id"),
)
"""
A row for each record: what queries look at, the transaction that wrote it, and the record.
"""

LINKS = Table(
    "itil_links",
    METADATA,
    Column("kind", CodePoints, nullable=False),
    Column("record", CodePoints, nullable=False),
    Column("target", CodePoints, nullable=False),
    PrimaryKeyConstraint("kind", "record", "target", name="itil_links_key"),
    Index("itil_links_by_target", "target", "kind", "record"),
    sqlite_with_rowid=False,
)
"""
A row for each record and id to which it points: the kind of the id, a blank, and its text. All in
one column, as SQLite finds several pairs by no index. Names of which a record may have several, and
by which only records of some kinds are sought, have rows too: a sign, the field of the query, a
blank, and the name.
"""

ENTRIES = Table(
    "itil_entries",
    METADATA,
    Column("position", _LONG, primary_key=True, autoincrement=True),
    Column("xact", BigInteger, nullable=False),
    Column("kind", CodePoints, nullable=False),
    Column("record", CodePoints, nullable=False),
    Column("number", Integer, nullable=False),
    Column("body", Text, nullable=False),
    UniqueConstraint("kind", "record", "number", name="itil_entries_number"),
    Index("itil_entries_by_transaction", "xact", "position"),
    sqlite_autoincrement=True,
)
"""
A row for each journal entry: the journals of the records, and the feed.
"""

DUE = Table(
    "itil_due",
    METADATA,
    Column("kind", CodePoints, nullable=False),
    Column("record", CodePoints, nullable=False),
    Column("timer", CodePoints, nullable=False),
    Column("due", Utc, nullable=False),
    Column("token", Text),
    Column("until", Utc),
    Column("worker", Text),
    PrimaryKeyConstraint("kind", "record", "timer", name="itil_due_key"),
    Index("itil_due_by_instant", "due", "record", "timer", "kind"),
    Index("itil_due_by_lease", "until"),
)
"""
A row for each record and kind of what falls due, with the lease of whoever is at it.
"""
