"""
A unit of work as one transaction of the database.
"""

from __future__ import annotations

import os

from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar, cast

import attrs

from pendulum import DateTime
from sqlalchemy import Insert, Update, exc

from itil_ops.adapters.sql import statements
from itil_ops.adapters.sql.failures import told
from itil_ops.adapters.sql.links import Relinked, targets
from itil_ops.adapters.sql.records import SqlRepository
from itil_ops.adapters.sql.rows import MOST_VALUES, columns
from itil_ops.errors import (
    DuplicateError,
    RepositoryError,
    StaleRecordError,
    TransientStoreError,
    UnitClosedError,
)
from itil_ops.kernel.checks import check_type
from itil_ops.kernel.instant import utc
from itil_ops.kernel.journaled import stored
from itil_ops.kernel.record import Record
from itil_ops.repositories.kinds import RecordKind, kind_of
from itil_ops.repositories.ports import Lease
from itil_ops.repositories.query import RecordQuery
from itil_ops.repositories.unit import RecordsUnit


if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, CursorResult, Executable, Row

    from itil_ops.adapters.sql.opened import Opened
    from itil_ops.kernel.identity import RecordId


R = TypeVar("R", bound=Record)
Q = TypeVar("Q", bound=RecordQuery)


@attrs.frozen
class Writing:
    """
    The statements with which units of one store write.
    """

    add: Insert
    save: Update
    link: Insert
    publish: Insert
    plan: Insert

    @classmethod
    def to(cls, opened: Opened) -> Writing:
        """
        Return those for the store *opened*.
        """
        return cls(
            statements.add(opened),
            statements.save(opened),
            statements.link(opened),
            statements.publish(opened),
            statements.plan(opened),
        )


@attrs.frozen
class Prepared:
    """
    What is to be written of a record.

    Attributes:
        row: Its own row.

        links: What becomes of the rows of its links.

        entries: The rows of its new entries.

        planned: What is planned otherwise than it was, by kind of what falls due.
    """

    row: dict[str, Any]
    links: Relinked
    entries: list[dict[str, Any]]
    planned: dict[str, DateTime | None]


class SqlUnit(RecordsUnit):
    """
    A unit of work; see `UnitOfWork`.
    """

    def __init__(self, opened: Opened, writing: Writing, *, read_only: bool) -> None:
        super().__init__(read_only=read_only)
        self._opened = opened
        self._writing = writing
        self._connection: Connection | None = None
        self._process = os.getpid()
        self._loaded: dict[RecordId, Record] = {}
        self._written: dict[RecordId, Record] = {}
        self._entries: list[dict[str, object]] = []
        self._looked: dict[RecordId, dict[str, DateTime]] = {}

    def complete(self, lease: Lease, now: datetime) -> bool:
        """
        Say that what *lease* was for has been looked at, see `UnitOfWork.complete`.
        """
        self.check("complete", writes=True)
        present, id = utc(now, "now"), check_type(lease, Lease, "lease").record
        try:
            kind = kind_of(id)
        except TypeError:
            return False  # of what no store keeps nobody holds a lease
        row = {**_at(kind, id), "its_timer": lease.kind, "its_token": lease.token}
        with self.fatal():
            following = self._following(kind, lease, present)
            if self.run(statements.COMPLETE, row).rowcount == 0:
                return False
            if following is not None:
                self._plan(kind, id, lease.kind, following)
            self._looked.setdefault(id, {})[lease.kind] = present
        return True

    def check(self, call: str, *, writes: bool = False) -> None:
        """
        Refuse a *call* that this unit does not take.
        """
        super().check(call, writes=writes)
        self._opened.check_open(call)
        if os.getpid() != self._process:
            raise UnitClosedError(call, "the unit belongs to another process")

    @contextmanager
    def fatal(self) -> Iterator[None]:
        """
        Do what `Unit.fatal` does, and tell what the database says, also where rows are fetched.
        """
        with super().fatal(), told():
            yield

    # ---- For repositories -------------------------------------------------------------------

    def _records(self, kind: RecordKind[R, Q]) -> SqlRepository[R, Q]:
        return SqlRepository(self, kind)

    def run(
        self,
        statement: Executable,
        values: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
    ) -> CursorResult[Any]:
        """
        Return what the database answers to a *statement*.

        Raises:
            RepositoryError: It refuses.
        """
        with told():
            if self._connection is None:
                self._connection = self._opened.connection(read_only=self.read_only)
            return cast("CursorResult[Any]", self._connection.execute(statement, values))

    def seen(self, kind: RecordKind[R, Any], id: RecordId) -> R | None:
        """
        Return the record that this unit sees under *id*, if any.
        """
        if id in self._written:
            return cast("R", self._written[id])
        row, *entries = self.run(statements.GET, _at(kind, id)).all() or (None,)
        if row is None or row.number:
            return None  # entries alone are no record
        return self._load(kind, row, [entry.payload for entry in entries])

    def journals(self, kind: RecordKind[Any, Any], ids: Sequence[str]) -> dict[str, list[str]]:
        """
        Return the stored entries of the records *ids*, in order.
        """
        found: dict[str, list[str]] = {}
        for start in range(0, len(ids), MOST_VALUES):
            which = {"its_kind": kind.name, "its_ids": ids[start : start + MOST_VALUES]}
            for row in self.run(statements.JOURNALS, which):
                found.setdefault(row.record, []).append(row.body)
        return found

    def read(self, kind: RecordKind[R, Any], row: Row[Any], bodies: Sequence[str]) -> R:
        """
        Return the record of a *row*, as this unit sees it.

        Raises:
            SerializationError: It cannot be read.
        """
        id = kind.record.id_type(row.id)
        if id in self._written:
            return cast("R", self._written[id])
        return self._load(kind, row, bodies)

    def base_of(self, kind: RecordKind[R, Any], record: R) -> R | None:
        """
        Return the stored record in whose place *record* is to come, if any.

        What this unit has loaded already stands for what is stored as long as its version does:
        journals only grow.
        """
        held = self._written.get(record.id) or self._loaded.get(record.id)
        if held is not None and held.version == record.stored_version:
            stands = record.id in self._written or record.version > held.version
            if stands or self._version(kind, record) == held.version:
                return cast("R", held)
        return self.seen(kind, record.id)

    def prepared(self, kind: RecordKind[R, Any], record: R, held: R | None) -> Prepared:
        """
        Return all that is to be written of *record* in the place of *held*, the stored one, if any.

        Whatever cannot be written is refused before any is.
        """
        codec, behind = self._opened.codec, 0 if held is None else held.version
        pointed = frozenset() if held is None else targets(kind, held)
        its = {"kind": kind.name, "record": record.id.value}
        return Prepared(
            {
                **columns(record),
                "kind": kind.name,
                "id": record.id.value,
                "version": record.version,
                "payload": codec.dumps_snapshot(record),
            },
            Relinked.of(kind.name, record.id.value, pointed, targets(kind, record)),
            [
                {**its, "number": one.number, "body": codec.dumps_entry(one)}
                for one in record.journal[behind:]
            ],
            self._planned(kind, record, behind),
        )

    def add(self, prepared: Prepared) -> bool:
        """
        Write a row for a new record; return whether its id was free.
        """
        return self._wrote(self._writing.add, prepared.row)

    def replace(self, kind: RecordKind[R, Any], record: R, held: R, prepared: Prepared) -> None:
        """
        Write the row of *record* over that of *held*.

        Raises:
            StaleRecordError: Somebody else has written it meanwhile.

            TransientStoreError: A younger transaction has.
        """
        if self._wrote_over(self._writing.save, kind, held, prepared):
            return
        found = self._version(kind, record)
        if found == held.version:
            raise TransientStoreError(f"{record.id.value!r} was written by a younger transaction")
        raise StaleRecordError(record.id.value, record.stored_version, found)

    def keep(self, kind: RecordKind[Any, Any], record: R, prepared: Prepared) -> R:
        """
        Take note of a *record* whose row was written, with its links, entries and due work.
        """
        self._relink(prepared.links)
        for timer, due in prepared.planned.items():
            self._plan(kind, record.id, timer, due)
        self._entries += prepared.entries
        kept = stored(record, record.version)
        self._written[record.id] = kept
        return kept

    def rewrite(self, kind: RecordKind[Any, Any], id: RecordId) -> bool:
        """
        Write the row, links and due work of a record anew; return whether it was still the same.

        Raises:
            SerializationError: It cannot be read.
        """
        self.check("rewrite", writes=True)
        with self.fatal():
            record = cast("Record", self.seen(kind, id))
            prepared = self.prepared(kind, record, record)
            if not self._wrote_over(statements.REWRITE, kind, record, prepared):
                return False
            pointed = set(self.run(statements.TARGETS, _at(kind, id)).scalars())
            self._relink(Relinked.of(kind.name, id.value, pointed, targets(kind, record)))
            for timer, due in prepared.planned.items():
                self._plan(kind, id, timer, due)
            return True

    # ---- Rows -------------------------------------------------------------------------------

    def _wrote_over(
        self, statement: Update, kind: RecordKind[Any, Any], held: Record, prepared: Prepared
    ) -> bool:
        over = {**_at(kind, held.id), "its_version": held.version}
        return self._wrote(statement, prepared.row | over)

    def _wrote(self, statement: Insert | Update, row: dict[str, Any]) -> bool:
        try:
            return self.run(statement, row).rowcount == 1
        except RepositoryError as error:
            if isinstance(error.__cause__, exc.IntegrityError):
                raise DuplicateError("number", str(row["number"])) from error.__cause__
            raise

    def _relink(self, links: Relinked) -> None:
        # Most records point to nothing, and most steps change nothing of that.
        if links.gone:
            self.run(statements.UNLINK, links.gone)
        if links.new:
            self.run(self._writing.link, links.new)

    def _load(self, kind: RecordKind[R, Any], row: Row[Any], bodies: Sequence[str]) -> R:
        record = stored(self._opened.read(kind, row, bodies), row.version)
        self._loaded[record.id] = record
        return record

    def _version(self, kind: RecordKind[R, Any], record: R) -> int:
        return int(self.run(statements.VERSION, _at(kind, record.id)).scalar_one())

    # ---- Due work ---------------------------------------------------------------------------

    def _planned(
        self, kind: RecordKind[Any, Any], record: Record, behind: int
    ) -> dict[str, DateTime | None]:
        """
        Return what is to be planned otherwise than it is now; `None` for what is not any more.
        """
        if self._opened.planning.planner is None:
            return {}
        self._lock(kind, record.id)
        rows = self.run(statements.PLANNED, _at(kind, record.id))
        waiting = {row.timer: row.due for row in rows}
        looked = self._looked.get(record.id, {})
        plan = self._opened.planning.plan(record, waiting, looked, behind=behind)
        timers = sorted(waiting.keys() | plan.keys())
        return {one: plan.get(one) for one in timers if waiting.get(one) != plan.get(one)}

    def _following(
        self, kind: RecordKind[Any, Any], lease: Lease, now: DateTime
    ) -> DateTime | None:
        if self._opened.planning.planner is None:
            return None
        self._lock(kind, lease.record)
        record = self.seen(kind, lease.record)
        return None if record is None else self._opened.planning.after(record, lease.kind, now)

    def _lock(self, kind: RecordKind[Any, Any], id: RecordId) -> None:
        # Who saves a record and who completes work on it plan by what the other leaves.
        if self._opened.is_postgresql:
            self.run(statements.LOCK, _at(kind, id))

    def _plan(
        self, kind: RecordKind[Any, Any], id: RecordId, timer: str, due: DateTime | None
    ) -> None:
        if due is None:
            self.run(statements.UNPLAN, {**_at(kind, id), "its_timer": timer})
        else:
            row = {"kind": kind.name, "record": id.value, "timer": timer, "due": due}
            self.run(self._writing.plan, row)

    # ---- The unit's life --------------------------------------------------------------------

    def _begin(self) -> None:
        self._opened.check_open("with")
        if self.read_only:
            # The moment that it sees is that of its first statement.
            self.run(statements.LOOK)

    def _write(self) -> None:
        if self._connection is None:
            return
        if self._entries:
            if self._opened.is_postgresql and not self._opened.is_by_transaction:
                # Held to the end, so that positions are given in the order of commits.
                self.run(statements.QUEUE, {"store": self._opened.schema.store})
            self.run(self._writing.publish, self._entries)
        try:
            self._connection.commit()
        except exc.DBAPIError:
            if not self._took_place():
                raise

    def _took_place(self) -> bool:
        """
        Return whether what was to be committed is there, though the connection was lost meanwhile.
        """
        if not (self._entries and self._opened.is_postgresql):
            return False
        row = self._entries[-1]
        its = {"its_kind": row["kind"], "its_id": row["record"], "its_number": row["number"]}
        try:
            with self._opened.connection(read_only=False) as connection:
                # A server that is still at it holds the record.
                connection.execute(statements.LOCK, its)
                body = connection.execute(statements.ENTRY, its).scalar_one_or_none()
        except exc.SQLAlchemyError:
            return False
        return bool(body == row["body"])

    def _leave(self) -> None:
        if self._connection is not None:
            # Where even that fails the connection is gone, and so is all that was not committed.
            with suppress(exc.SQLAlchemyError):
                self._opened.give_back(self._connection, self._process)
            self._connection = None


def _at(kind: RecordKind[Any, Any], id: RecordId) -> dict[str, Any]:
    return {"its_kind": kind.name, "its_id": id.value}
