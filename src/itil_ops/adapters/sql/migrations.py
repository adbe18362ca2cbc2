"""
From no tables, or older ones, to those of today.
"""

from __future__ import annotations

import uuid

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

import attrs

from sqlalchemy import Connection, func, insert, inspect, select, text, update

from itil_ops.adapters.sql.engine import connect
from itil_ops.adapters.sql.steps import add_links
from itil_ops.adapters.sql.tables import ENTRIES, METADATA, SCHEMA
from itil_ops.errors import RepositoryError


if TYPE_CHECKING:
    from sqlalchemy import Engine


class FeedOrder(StrEnum):
    """
    How writers of a PostgreSQL store see to it that no reader of the feed skips an entry.

    On SQLite, where one unit writes at a time, it is `COMMIT`.
    """

    COMMIT = "commit"
    """Units queue up for a lock right before they commit: the feed is in the order of commits."""

    TRANSACTION = "transaction"
    """
    Units commit side by side, and a reader waits for those that began to write before: the feed is
    in the order in which they began to write. The default: twice the rate of writing with many
    writers. A transaction that stays open, of whatever program, holds the feed up, loses nothing.
    """


OPENING = text(
    "SELECT pg_advisory_xact_lock(hashtext('itil_schema ' || coalesce(current_schema(), '')))"
)

LAST_TRANSACTION = select(func.max(ENTRIES.c.xact))

NEXT_TRANSACTION = text("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")

Migration: TypeAlias = Callable[[Connection], None]
"""
A step from one version of the tables to the next.
"""

MIGRATIONS: tuple[Migration, ...] = (add_links,)
"""
The steps from version 1 on. A new store has the tables of today and takes none of them.
"""


@attrs.frozen
class Schema:
    """
    What a store says of itself.

    Attributes:
        version: The version of its tables.

        store: What tells it from others.

        feed: The order of its feed.

        ahead: By how much its numbers of transactions are ahead of those of the server, since it
            was restored on one that has counted less.
    """

    version: int
    store: str
    feed: FeedOrder
    ahead: int = 0


def prepared(engine: Engine, feed: FeedOrder | None) -> Schema:
    """
    Return what the store says of itself, after the steps that its tables are behind.

    Raises:
        RepositoryError: Its tables are newer than those known here.

        ValueError: *feed* is not the order that it was made with, or not one of this database.
    """
    with connect(engine, read_only=True) as connection:
        found = _found(connection)
        is_ready = found is not None and found == _renewed(connection, found)
    if found is None or not is_ready:
        with connect(engine, read_only=False) as connection:
            _lock(connection)
            found = _found(connection) or _made(connection, feed)
            found = _renewed(connection, found, MIGRATIONS)
            connection.execute(update(SCHEMA).values(attrs.asdict(found)))
            connection.commit()
    if found.version > _newest():
        raise RepositoryError(
            f"the tables are of version {found.version}, known are those up to {_newest()}:"
            " a newer itil_ops made them"
        )
    if feed not in {None, found.feed}:
        raise ValueError(f"feed of this store is {found.feed.value!r}, not {feed!r}")
    return found


def _newest() -> int:
    return 1 + len(MIGRATIONS)


def _found(connection: Connection) -> Schema | None:
    if not inspect(connection).has_table(SCHEMA.name):
        return None
    row = connection.execute(select(SCHEMA)).one()
    return Schema(row.version, row.store, FeedOrder(row.feed), row.ahead)


def _lock(connection: Connection) -> None:
    # Two programs may open a new database at once. On SQLite any statement keeps others out.
    is_sqlite = connection.dialect.name == "sqlite"
    connection.execute(text("SELECT 1") if is_sqlite else OPENING)


def _made(connection: Connection, feed: FeedOrder | None) -> Schema:
    METADATA.create_all(connection)
    made = Schema(_newest(), uuid.uuid4().hex, _feed(connection, feed))
    connection.execute(insert(SCHEMA).values(attrs.asdict(made)))
    return made


def _renewed(connection: Connection, found: Schema, steps: Sequence[Migration] = ()) -> Schema:
    """
    Return *found* as it is to be, after the *steps* that its tables are behind.
    """
    for step in steps[found.version - 1 :]:
        step(connection)
    version = max(found.version, _newest())
    return attrs.evolve(found, version=version, ahead=_ahead(connection, found))


def _ahead(connection: Connection, found: Schema) -> int:
    if found.feed is not FeedOrder.TRANSACTION:
        return found.ahead
    last = connection.execute(LAST_TRANSACTION).scalar_one()
    here = connection.execute(NEXT_TRANSACTION).scalar_one()
    is_behind = last is not None and here + found.ahead <= last
    return last - here + 1 if is_behind else found.ahead


def _feed(connection: Connection, feed: FeedOrder | None) -> FeedOrder:
    if connection.dialect.name != "sqlite":
        return feed or FeedOrder.TRANSACTION
    if feed is FeedOrder.TRANSACTION:
        raise ValueError("feed of a SQLite store is always 'commit': one unit writes at a time")
    return FeedOrder.COMMIT
