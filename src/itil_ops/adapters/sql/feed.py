"""
The feed of a store in a database.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select, tuple_

from itil_ops.adapters.sql.pages import page
from itil_ops.adapters.sql.tables import ENTRIES, MOST_ROWS
from itil_ops.errors import SerializationError
from itil_ops.kernel.checks import check_limit
from itil_ops.repositories.cursors import read_cursor, write_cursor
from itil_ops.repositories.ports import Published


if TYPE_CHECKING:
    from sqlalchemy import Row, Select

    from itil_ops.adapters.sql.opened import Opened
    from itil_ops.repositories.ports import Cursor, Slice


class SqlJournal:
    """
    The feed; see `JournalFeed`.
    """

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self._scope = f"journal {opened.schema.store}"

    def read(self, *, after: Cursor | None = None, limit: int = 50) -> Slice[Published]:
        """
        Return the entries that follow, see `JournalFeed.read`.

        Raises:
            SerializationError: An entry cannot be read. Its record is named, and the others are in
                the error's `rest`.
        """
        count = min(check_limit(limit), MOST_ROWS)
        start = None if after is None else read_cursor(after, self._scope, (int, int))
        with self._opened.working("read", read_only=True) as connection:
            rows = connection.execute(self._following(start).limit(count)).all()
        return page(map(self._published, rows), self._place(rows[-1]) if rows else after)

    def _following(self, start: tuple[int, ...] | None) -> Select[Any]:
        key = (ENTRIES.c.xact, ENTRIES.c.position)
        wanted = select(*key, ENTRIES.c.record, ENTRIES.c.body)
        if self._opened.is_by_transaction:
            wanted = wanted.where(ENTRIES.c.xact < self._opened.still_open).order_by(*key)
            return wanted if start is None else wanted.where(tuple_(*key) > tuple_(*start))
        wanted = wanted.order_by(ENTRIES.c.position)
        return wanted if start is None else wanted.where(ENTRIES.c.position > start[1])

    def _published(self, row: Row[Any]) -> Published | SerializationError:
        try:
            return Published(self._place(row), self._opened.entry(row.record, row.body))
        except SerializationError as error:
            return error

    def _place(self, row: Row[Any]) -> Cursor:
        return write_cursor(self._scope, row.xact, row.position)
