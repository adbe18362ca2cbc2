"""
The records of one kind in a unit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from sqlalchemy import func, select, tuple_

from itil_ops.adapters.sql.pages import page
from itil_ops.adapters.sql.rows import ORDERS, bound, conditions, is_of, key
from itil_ops.adapters.sql.tables import MOST_ROWS, RECORDS
from itil_ops.errors import DuplicateError, NotFoundError, SerializationError
from itil_ops.kernel.checks import check_limit
from itil_ops.kernel.record import Record
from itil_ops.repositories.admission import check_journal, new_entries
from itil_ops.repositories.cursors import read_cursor, write_cursor
from itil_ops.repositories.evaluation import SHAPES, scope
from itil_ops.repositories.query import RecordQuery


if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from sqlalchemy import Row, Select

    from itil_ops.adapters.sql.unit import SqlUnit
    from itil_ops.kernel.identity import RecordId
    from itil_ops.repositories.kinds import RecordKind
    from itil_ops.repositories.ports import Cursor, Slice


_READ = (
    RECORDS.c.id,
    RECORDS.c.version,
    RECORDS.c.payload,
    RECORDS.c.logged_at,
    RECORDS.c.priority_rank,
)

R = TypeVar("R", bound=Record)
Q = TypeVar("Q", bound=RecordQuery)


class SqlRepository(Generic[R, Q]):
    """
    The records of one kind, as a unit sees them; see `Repository`.
    """

    def __init__(self, unit: SqlUnit, kind: RecordKind[R, Q]) -> None:
        self._unit = unit
        self._kind = kind

    def get(self, id: RecordId) -> R:
        """
        Return the record known by *id*, see `Repository.get`.
        """
        self._unit.check("get")
        with self._unit.fatal():
            return self._held(self._kind.check_id(id))

    def add(self, record: R) -> R:
        """
        Store a *record* that is not here yet, see `Repository.add`.
        """
        self._unit.check("add", writes=True)
        check_journal(self._kind.check_record(record))
        with self._unit.fatal():
            prepared = self._unit.prepared(self._kind, record, None)
            if not self._unit.add(prepared):
                raise DuplicateError("id", record.id.value)
            return self._unit.keep(self._kind, record, prepared)

    def save(self, record: R) -> R:
        """
        Store a *record* over the one that it was made from, see `Repository.save`.
        """
        self._unit.check("save", writes=True)
        self._kind.check_record(record)
        with self._unit.fatal():
            held = self._unit.base_of(self._kind, record)
            if held is None:
                raise NotFoundError(record.id.value)
            if not new_entries(held, record):
                return held
            prepared = self._unit.prepared(self._kind, record, held)
            self._unit.replace(self._kind, record, held, prepared)
            return self._unit.keep(self._kind, record, prepared)

    def find(self, query: Q, *, after: Cursor | None = None, limit: int = 50) -> Slice[R]:
        """
        Return the records that *query* asks for, see `Repository.find`.

        Raises:
            SerializationError: One of them cannot be read. It is named, and the others are in the
                error's `rest`.
        """
        self._unit.check("find")
        name, count = scope(self._kind.check_query(query)), min(check_limit(limit), MOST_ROWS)
        order = ORDERS[query.order]
        wanted = self._filtered(select(*_READ), query).order_by(*order).limit(count + 1)
        if after is not None:
            start = bound(query.order, read_cursor(after, name, SHAPES[query.order]))
            types = [column.type for column in order]
            wanted = wanted.where(tuple_(*order) > tuple_(*start, types=types))
        with self._unit.fatal():
            rows = self._unit.run(wanted).all()
            records = list(self._read(rows[:count]))
        goes_on = len(rows) > count
        following = write_cursor(name, *key(query.order, rows[count - 1])) if goes_on else None
        return page(records, following)

    def count(self, query: Q) -> int:
        """
        Return how many records *query* asks for, see `Repository.count`.
        """
        self._unit.check("count")
        wanted = self._filtered(select(func.count()), self._kind.check_query(query))
        with self._unit.fatal():
            return int(self._unit.run(wanted).scalar_one())

    def _filtered(self, wanted: Select[Any], query: Q) -> Select[Any]:
        return wanted.where(is_of(self._kind.name, query), *conditions(query))

    def _read(self, rows: Sequence[Row[Any]]) -> Iterator[R | SerializationError]:
        journals = self._unit.journals(self._kind, [row.id for row in rows])
        for row in rows:
            try:
                yield self._unit.read(self._kind, row, journals.get(row.id, [])[: row.version])
            except SerializationError as error:
                yield error

    def _held(self, id: RecordId) -> R:
        found = self._unit.seen(self._kind, id)
        if found is None:
            raise NotFoundError(id.value)
        return found
