"""
What the parts of an open store share.
"""

from __future__ import annotations

import os

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

from sqlalchemy import Connection, Engine, Pool, literal_column

from itil_ops.adapters.serialization import Codec
from itil_ops.adapters.sql.engine import connect
from itil_ops.adapters.sql.failures import told
from itil_ops.adapters.sql.migrations import FeedOrder, Schema
from itil_ops.errors import SerializationError, UnitClosedError
from itil_ops.kernel.checks import shown
from itil_ops.kernel.record import Record
from itil_ops.repositories.planning import Planning


if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import ColumnElement, Row

    from itil_ops.kernel.journal import Entry
    from itil_ops.repositories.kinds import RecordKind


R = TypeVar("R", bound=Record)


@attrs.define(eq=False)
class Opened:
    """
    An open store.

    Attributes:
        engine: Its connections.

        schema: What it says of itself.

        codec: How records are written.

        planning: Its planner, or none.

        closed: Whether it was closed.
    """

    engine: Engine
    schema: Schema
    codec: Codec
    planning: Planning
    closed: bool = False
    _process: int = attrs.field(factory=os.getpid)
    _inherited: list[Pool | Connection] = attrs.field(factory=list)

    @property
    def is_postgresql(self) -> bool:
        """
        Whether it is on PostgreSQL, else it is on SQLite.
        """
        return self.engine.dialect.name == "postgresql"

    @property
    def is_by_transaction(self) -> bool:
        """
        Whether the feed is in the order of transactions.
        """
        return self.schema.feed is FeedOrder.TRANSACTION

    @property
    def transaction(self) -> ColumnElement[int]:
        """
        The number of the present transaction, for SQL; 0 where none is needed.
        """
        here = "pg_current_xact_id()::text::bigint"
        return literal_column(f"({here} + {self.schema.ahead})" if self.is_by_transaction else "0")

    @property
    def still_open(self) -> ColumnElement[int]:
        """
        The number of the first transaction that may still commit, for SQL.
        """
        first = "pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
        return literal_column(f"({first} + {self.schema.ahead})")

    def check_open(self, call: str) -> None:
        """
        Refuse a *call* once the store was closed.

        Raises:
            UnitClosedError: It was.
        """
        if self.closed:
            raise UnitClosedError(call, "the store was closed")

    def connection(self, *, read_only: bool) -> Connection:
        """
        Return a connection of this process.
        """
        self._settle_in()
        return connect(self.engine, read_only=read_only)

    def close(self) -> None:
        """
        Let go of all connections of this process.
        """
        self._settle_in()
        self.closed = True
        self.engine.dispose()

    def _settle_in(self) -> None:
        if os.getpid() != self._process:
            # Connections do not survive a fork: those of the parent are its own, and not even to
            # be closed here, as they would be if nothing held them.
            self._inherited.append(self.engine.pool)
            self.engine.dispose(close=False)
            self._process = os.getpid()

    @contextmanager
    def working(self, call: str, *, read_only: bool) -> Iterator[Connection]:
        """
        Lend a connection for one *call*, which is committed at the end.

        Raises:
            UnitClosedError: The store was closed.

            RepositoryError: The database refused.
        """
        self.check_open(call)
        with told():
            connection = self.connection(read_only=read_only)
            try:
                yield connection
                connection.commit()
            finally:
                self.give_back(connection)

    def give_back(self, connection: Connection, process: int | None = None) -> None:
        """
        Let go of a *connection*, with whatever was not committed, if it is one of this *process*.
        """
        if process not in {None, os.getpid()}:
            # What is said on it would be said for the parent.
            self._inherited.append(connection)
            return
        if self.closed:
            # The pool that it came from is gone, and nobody else would close it.
            connection.invalidate()
        connection.close()

    def read(self, kind: RecordKind[R, Any], row: Row[Any], bodies: Sequence[str]) -> R:
        """
        Return the record of *kind* that a *row* and those of its entries tell of.

        Raises:
            SerializationError: It cannot be read; its id is named.
        """
        with _naming(row.id):
            journal = tuple(self.codec.loads_entry(_text(body)) for body in bodies)
            record: R = self.codec.loads_snapshot(_text(row.payload), journal)
            if not isinstance(record, kind.record):
                raise SerializationError("kind", f"its row is of kind {kind.name!r}")
            if record.id.value != row.id:
                raise SerializationError("data.id", f"it is that of {record.id.value!r}")
            if record.version != row.version:
                why = f"{record.version} entries are there, of {row.version}"
                raise SerializationError("journal", why)
        return record

    def entry(self, id: str, body: str) -> Entry:
        """
        Return the entry that *body* tells of.

        Raises:
            SerializationError: It cannot be read; the *id* of its record is named.
        """
        with _naming(id):
            return self.codec.loads_entry(_text(body))


@contextmanager
def _naming(id: str) -> Iterator[None]:
    try:
        yield
    except SerializationError as error:
        raise SerializationError(error.path, error.why, id) from error


def _text(value: object) -> str:
    # SQLite keeps in a column whatever somebody puts there.
    if isinstance(value, str):
        return value
    raise SerializationError("", f"a text belongs here, not {shown(value)}")
