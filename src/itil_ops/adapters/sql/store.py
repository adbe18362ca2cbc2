"""
A store in a database: how it is opened, and what it offers.
"""

from __future__ import annotations

import functools

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import attrs

from sqlalchemy import select

from itil_ops.adapters.serialization import Codec
from itil_ops.adapters.sql.due import SqlDueWork
from itil_ops.adapters.sql.engine import engine_for
from itil_ops.adapters.sql.failures import told
from itil_ops.adapters.sql.feed import SqlJournal
from itil_ops.adapters.sql.migrations import FeedOrder, prepared
from itil_ops.adapters.sql.opened import Opened
from itil_ops.adapters.sql.tables import RECORDS
from itil_ops.adapters.sql.unit import SqlUnit, Writing
from itil_ops.errors import SerializationError, TransientStoreError
from itil_ops.kernel.checks import check_optional
from itil_ops.kernel.instant import length
from itil_ops.repositories.kinds import KINDS
from itil_ops.repositories.planning import Planning


if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from itil_ops.kernel.identity import RecordId
    from itil_ops.repositories.kinds import RecordKind
    from itil_ops.repositories.ports import DuePlanner


_BATCH = 100
_TRIES = 10


@attrs.frozen
class Reindexed:
    """
    What `SqlStore.reindex` found.

    Attributes:
        records: How many records were written anew.

        unreadable: For each that cannot be read, why; each names its record.
    """

    records: int
    unreadable: tuple[SerializationError, ...]


class SqlStore:
    """
    A store in SQLite or PostgreSQL; see `Store`. It is made by `open_store`.

    Attributes:
        journal: The feed.

        due: What falls due.
    """

    journal: SqlJournal
    due: SqlDueWork

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self._writing = Writing.to(opened)
        self.journal = SqlJournal(opened)
        self.due = SqlDueWork(opened, self._writing)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._opened.engine.url!r}>"

    def unit(self, *, read_only: bool = False) -> SqlUnit:
        """
        Return a new unit of work, see `Store.unit`.
        """
        self._opened.check_open("unit")
        return SqlUnit(self._opened, self._writing, read_only=read_only)

    def close(self) -> None:
        """
        Let go of all connections, see `Store.close`.
        """
        self._opened.close()

    def reindex(self) -> Reindexed:
        """
        Write all records anew from what they hold: columns, due work, and the newest schema.

        For after a change of the planner, of its agreements, or of how records are written. It goes
        by small units, so that others may work meanwhile, and may be run again at any time. No
        record changes, and nothing is published.

        A new planner counts from each record's last entry: what it says was due before is not told
        after the fact, and what was looked at since without an entry may be told once more.

        Raises:
            TransientStoreError: The database was busy or gone.
        """
        records, unreadable = 0, []
        for kind in KINDS:
            for ids in self._batches(kind):
                written, damaged = self._rewritten(kind, ids)
                records += written
                unreadable += damaged
        return Reindexed(records, tuple(unreadable))

    def _rewritten(
        self, kind: RecordKind[Any, Any], ids: Sequence[RecordId], tries: int = _TRIES
    ) -> tuple[int, list[SerializationError]]:
        written, damaged = 0, []
        try:
            with self.unit() as unit:
                for id in ids:
                    try:
                        written += unit.rewrite(kind, id)
                    except SerializationError as error:
                        damaged.append(error)
                unit.commit()
        except TransientStoreError:
            # A writer came in between; batches are short, and may be written as often as you like.
            if tries == 1:
                raise
            return self._rewritten(kind, ids, tries - 1)
        return written, damaged

    def _batches(self, kind: RecordKind[Any, Any]) -> Iterator[Sequence[RecordId]]:
        last = ""
        ids = select(RECORDS.c.id).where(RECORDS.c.kind == kind.name).order_by(RECORDS.c.id)
        while True:
            with self._opened.working("reindex", read_only=True) as connection:
                batch = ids.where(RECORDS.c.id > last).limit(_BATCH)
                found = connection.execute(batch).scalars().all()
            if not found:
                return
            yield [kind.record.id_type(id) for id in found]
            last = found[-1]


@functools.cache
def _usual_codec() -> Codec:
    return Codec()


def open_store(
    url: str,
    *,
    due: DuePlanner | None = None,
    codec: Codec | None = None,
    feed: FeedOrder | None = None,
    patience: timedelta = timedelta(seconds=5),
) -> SqlStore:
    """
    Open the store in a database; its tables are made or brought up to date.

    >>> open_store("mysql://desk")
    Traceback (most recent call last):
    ...
    ValueError: url is of 'mysql', which is not served; served are sqlite:///..., postgresql://...

    Args:
        url: Where the database is: `sqlite:///desk.db`, `postgresql://user@host/desk`.

        due: The planner of what falls due; nothing does unless given. All who write to one store
            should open it with the same.

        codec: How records are written; one that knows the caller's own classes for instance.

        feed: The order of the feed, where there is a choice; that of the tables unless given.

        patience: How long a unit waits for what another one holds, or for a free connection.

    Raises:
        ValueError: *url* is no URL, or of a database that is not served; *feed* is not the order of
            this store, or *patience* not positive.

        TypeError: An argument is of another type.

        MissingExtraError: The driver is not installed.

        RepositoryError: The tables are newer than those known here, or the database refuses.

        TransientStoreError: The database cannot be reached.
    """
    planning = Planning(due)
    check_optional(codec, Codec, "codec")
    check_optional(feed, FeedOrder, "feed")
    if length(patience, "patience") <= 0:
        raise ValueError(f"patience must be longer than nothing, not {patience}")
    engine = engine_for(url, patience)
    try:
        with told():
            schema = prepared(engine, feed)
    except BaseException:
        engine.dispose()
        raise
    return SqlStore(Opened(engine, schema, codec or _usual_codec(), planning))
