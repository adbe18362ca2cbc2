"""
What units say to the database, made once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import (
    BindParameter,
    bindparam,
    delete,
    insert,
    literal_column,
    or_,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from itil_ops.adapters.sql.tables import DUE, ENTRIES, LINKS, RECORDS
from itil_ops.repositories.kinds import KINDS


if TYPE_CHECKING:
    from sqlalchemy import ColumnElement, Insert, Update

    from itil_ops.adapters.sql.opened import Opened


_KIND: BindParameter[str] = bindparam("its_kind")
_ID: BindParameter[str] = bindparam("its_id")
_RECORD = (RECORDS.c.kind == _KIND, RECORDS.c.id == _ID)
_LINKS = (LINKS.c.kind == _KIND, LINKS.c.record == _ID)
_ROWS = (DUE.c.kind == _KIND, DUE.c.record == _ID)
_ROW = (*_ROWS, DUE.c.timer == bindparam("its_timer"))

GET = union_all(
    select(
        literal_column("0").label("number"),
        RECORDS.c.id,
        RECORDS.c.version,
        RECORDS.c.payload,
    ).where(*_RECORD),
    select(ENTRIES.c.number, ENTRIES.c.record, ENTRIES.c.number, ENTRIES.c.body).where(
        ENTRIES.c.kind == _KIND, ENTRIES.c.record == _ID
    ),
).order_by("number")
"""
A record's row, with its entries behind it as rows of the same shape: one statement sees one moment,
and is one way to the database and back.
"""

VERSION = select(RECORDS.c.version).where(*_RECORD)

LOCK = VERSION.with_for_update()

ENTRY = select(ENTRIES.c.body).where(
    ENTRIES.c.kind == _KIND, ENTRIES.c.record == _ID, ENTRIES.c.number == bindparam("its_number")
)

REWRITE = update(RECORDS).where(*_RECORD, RECORDS.c.version == bindparam("its_version"))

JOURNALS = (
    select(ENTRIES.c.record, ENTRIES.c.number, ENTRIES.c.body)
    .where(ENTRIES.c.kind == _KIND, ENTRIES.c.record.in_(bindparam("its_ids", expanding=True)))
    .order_by(ENTRIES.c.record, ENTRIES.c.number)
)

TARGETS = select(LINKS.c.target).where(*_LINKS)

UNLINK = delete(LINKS).where(*_LINKS, LINKS.c.target == bindparam("its_target"))

PLANNED = select(DUE.c.timer, DUE.c.due).where(*_ROWS)

UNPLAN = delete(DUE).where(*_ROW)

COMPLETE = UNPLAN.where(DUE.c.token == bindparam("its_token"))

# A newer version beside this one may keep more; its rows are not ours to lease. Nothing is added to
# the kind so that SQLite goes by the index of instants, not by that of kinds.
KNOWN = or_(*(DUE.c.kind.concat("") == kind.name for kind in KINDS))

LOOK = text("SELECT version FROM itil_schema")

QUEUE = text("SELECT pg_advisory_xact_lock(hashtext(:store))")


def _insert(opened: Opened, table: Any) -> Any:
    return postgresql.insert(table) if opened.is_postgresql else sqlite.insert(table)


def add(opened: Opened) -> Insert:
    """
    Return the statement that writes a row for a record unless there is one.
    """
    made = _insert(opened, RECORDS).values(xact=opened.transaction)
    # Of an insert the count of rows is dropped unless one asks for it.
    made = made.on_conflict_do_nothing(index_elements=["kind", "id"])
    return cast("Insert", made.execution_options(preserve_rowcount=True))


def save(opened: Opened) -> Update:
    """
    Return the statement that writes a row over the one of the version that it was made from.

    In the order of transactions a record's entries come by number only if each was written by a
    younger transaction than the one before.
    """
    made = REWRITE
    if opened.is_by_transaction:
        made = made.where(RECORDS.c.xact <= opened.transaction)
    return made.values(xact=opened.transaction)


def link(opened: Opened) -> Insert:
    """
    Return the statement that writes rows for links, unless they are there.
    """
    return cast("Insert", _insert(opened, LINKS).on_conflict_do_nothing())


def publish(opened: Opened) -> Insert:
    """
    Return the statement that writes rows for entries.
    """
    # Inline: nobody asks for the positions, so the database need not tell them.
    return insert(ENTRIES).values(xact=opened.transaction).inline()


def plan(opened: Opened) -> Insert:
    """
    Return the statement that plans due work, and takes it from whoever held it.
    """
    made = _insert(opened, DUE)
    free = {"due": made.excluded.due, "token": None, "until": None, "worker": None}
    replaced: Insert = made.on_conflict_do_update(
        index_elements=["kind", "record", "timer"], set_=free
    )
    return replaced


def claimed(now: ColumnElement[Any], limit: ColumnElement[Any]) -> Update:
    """
    Return the statement that leases what is due and free, whatever other workers lease meanwhile.
    """
    key = (DUE.c.kind, DUE.c.record, DUE.c.timer)
    free = (
        select(*key)
        .where(KNOWN, DUE.c.due <= now, (DUE.c.until.is_(None)) | (DUE.c.until <= now))
        .order_by(DUE.c.due, DUE.c.record, DUE.c.timer, DUE.c.kind)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("free")
    )
    taken = (DUE.c.kind == free.c.kind, DUE.c.record == free.c.record, DUE.c.timer == free.c.timer)
    return update(DUE).where(*taken).returning(*key, DUE.c.due)
