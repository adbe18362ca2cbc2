"""
A store in memory: the ports by the letter, for tests, trials and as an example.

Records are frozen, so that what is handed out is what is kept (C3). What is committed stands behind
one lock; a unit keeps what it writes to itself, and `commit` looks at all of it before it does any.
"""

from __future__ import annotations

import heapq
import threading
import uuid

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar, cast

import attrs

from pendulum import DateTime

from itil_ops.errors import (
    DuplicateError,
    NotFoundError,
    StaleRecordError,
    TransientStoreError,
    UnitClosedError,
)
from itil_ops.kernel.checks import check_limit, check_type
from itil_ops.kernel.identity import RecordId
from itil_ops.kernel.instant import utc
from itil_ops.kernel.journal import Entry
from itil_ops.kernel.journaled import stored
from itil_ops.kernel.record import Record
from itil_ops.repositories.admission import check_journal, new_entries
from itil_ops.repositories.cursors import read_cursor, write_cursor
from itil_ops.repositories.due import Claim, due_order
from itil_ops.repositories.evaluation import matching
from itil_ops.repositories.kinds import KINDS, RecordKind, kind_of
from itil_ops.repositories.paging import page
from itil_ops.repositories.planning import Planning
from itil_ops.repositories.ports import Lease, Published, Slice
from itil_ops.repositories.query import RecordQuery
from itil_ops.repositories.unit import RecordsUnit


if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime, timedelta

    from itil_ops.repositories.ports import Cursor, DuePlanner


R = TypeVar("R", bound=Record)
Q = TypeVar("Q", bound=RecordQuery)


# ---- What is committed ----------------------------------------------------------------------


@attrs.frozen
class _Planned:
    due: DateTime
    lease: Lease | None = None

    @property
    def claimable_from(self) -> DateTime:
        return self.due if self.lease is None else self.lease.until

    def is_held_by(self, lease: Lease) -> bool:
        return self.lease is not None and self.lease.token == lease.token


_Rows: TypeAlias = dict[str, _Planned]
"""
What falls due in a record, by kind. A claim changes them in place, all else puts others there.
"""

_Moment: TypeAlias = dict[RecordId, Record | None]
"""
What was stored at a moment, as far as it has been written over since.
"""


@attrs.define(eq=False)
class _Committed:
    """
    What all units of a store see, and the lock before it.
    """

    planning: Planning
    lock: threading.Lock = attrs.field(factory=threading.Lock)
    records: dict[str, dict[RecordId, Record]] = attrs.field(
        factory=lambda: {kind.name: {} for kind in KINDS}
    )
    numbers: dict[tuple[str, str | None], RecordId] = attrs.field(factory=dict)
    entries: list[Entry] = attrs.field(factory=list)
    due: dict[RecordId, _Rows] = attrs.field(factory=dict)
    moments: list[_Moment] = attrs.field(factory=list)
    closed: bool = False

    def check_open(self, call: str) -> None:
        if self.closed:
            raise UnitClosedError(call, "the store was closed")


# ---- Records --------------------------------------------------------------------------------


class MemoryRepository(Generic[R, Q]):
    """
    The records of one kind, as a unit sees them; see `Repository`.

    `get`, `add` and `save` take the same time however many records there are; `find` and `count`
    look at each.
    """

    def __init__(self, unit: MemoryUnit, kind: RecordKind[R, Q]) -> None:
        self._unit = unit
        self._kind = kind

    def get(self, id: RecordId) -> R:
        """
        Return the record known by *id*, see `Repository.get`.
        """
        self._unit.check("get")
        return self._held(self._kind.check_id(id))

    def add(self, record: R) -> R:
        """
        Store a *record* that is not here yet, see `Repository.add`.
        """
        self._unit.check("add", writes=True)
        check_journal(self._kind.check_record(record))
        with self._unit.fatal():
            if self._unit.seen(self._kind, record.id) is not None:
                raise DuplicateError("id", record.id.value)
            return self._unit.keep(self._kind, record, None)

    def save(self, record: R) -> R:
        """
        Store a *record* over the one that it was made from, see `Repository.save`.
        """
        self._unit.check("save", writes=True)
        held = self._held(self._kind.check_record(record).id)
        with self._unit.fatal():
            if not new_entries(held, record):
                return held
            return self._unit.keep(self._kind, record, held)

    def find(self, query: Q, *, after: Cursor | None = None, limit: int = 50) -> Slice[R]:
        """
        Return the records that *query* asks for, see `Repository.find`.
        """
        self._unit.check("find")
        seen = self._unit.all_seen(self._kind)
        return page(seen, self._kind.check_query(query), after=after, limit=limit)

    def count(self, query: Q) -> int:
        """
        Return how many records *query* asks for, see `Repository.count`.
        """
        self._unit.check("count")
        matches = matching(self._kind.check_query(query))
        return sum(map(matches, self._unit.all_seen(self._kind)))

    def _held(self, id: RecordId) -> R:
        found = self._unit.seen(self._kind, id)
        if found is None:
            raise NotFoundError(id.value)
        return found


# ---- Units ----------------------------------------------------------------------------------


@attrs.frozen
class _Written:
    """
    A record that a unit writes, and the one in whose place it comes.
    """

    kind: RecordKind[Any, Any]
    base: Record | None
    record: Record


class MemoryUnit(RecordsUnit):
    """
    A unit of work in memory; see `UnitOfWork`.
    """

    def __init__(self, committed: _Committed, *, read_only: bool = False) -> None:
        super().__init__(read_only=read_only)
        self._committed = committed
        self._written: dict[RecordId, _Written] = {}
        self._numbers: dict[tuple[str, str | None], RecordId] = {}
        self._entries: list[Entry] = []
        self._planned: dict[RecordId, dict[str, _Planned | None]] = {}
        self._relied_on: dict[RecordId, _Rows | None] = {}
        self._completed: list[tuple[Lease, DateTime]] = []
        self._moment: _Moment = {}

    def complete(self, lease: Lease, now: datetime) -> bool:
        """
        Say that what *lease* was for has been looked at, see `UnitOfWork.complete`.
        """
        self.check("complete", writes=True)
        present = utc(now, "now")
        planned = self._rows(check_type(lease, Lease, "lease").record).get(lease.kind)
        if planned is None or not planned.is_held_by(lease):
            return False
        record = cast("Record", self.seen(kind_of(lease.record), lease.record))
        following = self._committed.planning.after(record, lease.kind, present)
        self._completed.append((lease, present))
        self._plan(lease.record, lease.kind, following)
        return True

    def check(self, call: str, *, writes: bool = False) -> None:
        """
        Refuse a *call* that this unit does not take.
        """
        super().check(call, writes=writes)
        self._committed.check_open(call)

    # ---- For repositories -------------------------------------------------------------------

    def _records(self, kind: RecordKind[R, Q]) -> MemoryRepository[R, Q]:
        return MemoryRepository(self, kind)

    def seen(self, kind: RecordKind[R, Any], id: RecordId) -> R | None:
        """
        Return the record that this unit sees under *id*, if any.
        """
        if id in self._written:
            return cast("R", self._written[id].record)
        with self._committed.lock:
            committed = self._committed.records[kind.name].get(id)
            return cast("R | None", self._moment.get(id, committed))

    def all_seen(self, kind: RecordKind[R, Any]) -> list[R]:
        """
        Return the records of *kind* that this unit sees.
        """
        with self._committed.lock:
            held: _Moment = {**self._committed.records[kind.name], **self._moment}
        held |= {id: written.record for id, written in self._written.items()}
        return [record for record in held.values() if isinstance(record, kind.record)]

    def keep(self, kind: RecordKind[R, Any], record: R, held: R | None) -> R:
        """
        Write *record* in the place of *held*.
        """
        self._check_number(kind, record)
        waiting = {name: planned.due for name, planned in self._rows(record.id).items()}
        looked = {lease.kind: now for lease, now in self._completed if lease.record == record.id}
        behind = 0 if held is None else held.version
        plan = self._committed.planning.plan(record, waiting, looked, behind=behind)
        for name in waiting.keys() | plan.keys():
            if waiting.get(name) != plan.get(name):
                self._plan(record.id, name, plan.get(name))
        kept = stored(record, record.version)
        before = self._written.get(record.id)
        base = held if before is None else before.base
        self._written[record.id] = _Written(kind, base, kept)
        self._entries += record.journal[behind:]
        if held is not None:
            self._numbers.pop((kind.name, held.number), None)
        self._numbers[kind.name, record.number] = record.id
        return kept

    def _check_number(self, kind: RecordKind[R, Any], record: R) -> None:
        number = record.number
        if number is None:
            return
        with self._committed.lock:
            owner = self._committed.numbers.get((kind.name, number), record.id)
        # What this unit writes has the number that it has here, whatever is committed.
        released = record.id if owner in self._written else owner
        if self._numbers.get((kind.name, number), released) != record.id:
            raise DuplicateError("number", number)

    def _rows(self, id: RecordId) -> _Rows:
        with self._committed.lock:
            rows = self._relied_on.setdefault(id, self._committed.due.get(id))
            return _changed(rows, self._planned.get(id))

    def _plan(self, id: RecordId, kind: str, due: DateTime | None) -> None:
        self._planned.setdefault(id, {})[kind] = None if due is None else _Planned(due)

    # ---- The unit's life --------------------------------------------------------------------

    def _begin(self) -> None:
        self._committed.check_open("with")
        if self.read_only:
            with self._committed.lock:
                self._committed.moments.append(self._moment)

    def _leave(self) -> None:
        with self._committed.lock:
            moments = self._committed.moments
            moments[:] = [moment for moment in moments if moment is not self._moment]

    def _write(self) -> None:
        with self._committed.lock:
            self._check_all()
            self._move_numbers()
            for id, written in self._written.items():
                for moment in self._committed.moments:
                    moment.setdefault(id, written.base)
                self._committed.records[written.kind.name][id] = written.record
            self._committed.entries += self._entries
            for id in self._written.keys() | self._planned.keys():
                rows = self._committed.due.get(id)
                self._committed.due[id] = _changed(rows, self._planned.get(id))

    def _check_all(self) -> None:
        for id, written in self._written.items():
            self._check_base(id, written)
        for id, rows in self._relied_on.items():
            if self._committed.due.get(id) is not rows:
                raise TransientStoreError(f"{id} was saved or looked at meanwhile")
        for lease, _ in self._completed:
            if not self._committed.due[lease.record][lease.kind].is_held_by(lease):
                raise TransientStoreError(f"the lease of {lease.record} was lost meanwhile")

    def _check_base(self, id: RecordId, written: _Written) -> None:
        found = self._committed.records[written.kind.name].get(id)
        if found is not written.base:
            if written.base is None or found is None:
                raise DuplicateError("id", id.value)
            raise StaleRecordError(id.value, written.base.version, found.version)
        number = written.record.number
        if self._committed.numbers.get((written.kind.name, number), id) not in self._written:
            raise DuplicateError("number", str(number))

    def _move_numbers(self) -> None:
        # All are let go of before any is taken: a unit may have passed them around.
        numbers = self._committed.numbers
        for written in self._written.values():
            if written.base is not None:
                numbers.pop((written.kind.name, written.base.number), None)
        for id, written in self._written.items():
            if written.record.number is not None:
                numbers[written.kind.name, written.record.number] = id


def _changed(rows: _Rows | None, changes: Mapping[str, _Planned | None] | None) -> _Rows:
    after = {**(rows or {}), **(changes or {})}
    return {kind: planned for kind, planned in after.items() if planned is not None}


# ---- The feed -------------------------------------------------------------------------------


class MemoryJournal:
    """
    The feed of a store in memory; see `JournalFeed`.
    """

    def __init__(self, committed: _Committed) -> None:
        self._committed = committed
        self._scope = f"journal {uuid.uuid4().hex}"

    def read(self, *, after: Cursor | None = None, limit: int = 50) -> Slice[Published]:
        """
        Return the entries that follow, see `JournalFeed.read`.
        """
        self._committed.check_open("read")
        count = check_limit(limit)
        (start,) = (0,) if after is None else read_cursor(after, self._scope, (int,))
        with self._committed.lock:
            entries = self._committed.entries[start : start + count]
        items = tuple(
            Published(write_cursor(self._scope, position), entry)
            for position, entry in enumerate(entries, start + 1)
        )
        return Slice(items, items[-1].cursor if items else after)


# ---- Due work -------------------------------------------------------------------------------


class MemoryDueWork:
    """
    The due work of a store in memory; see `DueWork`.
    """

    def __init__(self, committed: _Committed) -> None:
        self._committed = committed

    def claim(self, now: datetime, lease: timedelta, limit: int, worker: str) -> tuple[Lease, ...]:
        """
        Claim what is due at *now* and nobody else holds, see `DueWork.claim`.
        """
        self._committed.check_open("claim")
        claim = Claim.of(now, lease, limit, worker)
        with self._committed.lock:
            free = (
                claim.lease(id, kind, planned.due)
                for id, kind, planned in self._planned()
                if planned.due <= claim.now and planned.claimable_from <= claim.now
            )
            leases = tuple(heapq.nsmallest(claim.limit, free, key=due_order))
            for held in leases:
                self._committed.due[held.record][held.kind] = _Planned(held.due, held)
        return leases

    def complete(self, lease: Lease, now: datetime) -> bool:
        """
        Say that what *lease* was for has been looked at, see `DueWork.complete`.
        """
        while True:  # whenever another was faster, and got on
            with suppress(TransientStoreError), MemoryUnit(self._committed) as unit:
                completed = unit.complete(lease, now)
                unit.commit()
                return completed

    def next_due(self) -> DateTime | None:
        """
        Return from when on there is something to claim, see `DueWork.next_due`.
        """
        self._committed.check_open("next_due")
        with self._committed.lock:
            return min((planned.claimable_from for *_, planned in self._planned()), default=None)

    def _planned(self) -> Iterator[tuple[RecordId, str, _Planned]]:
        for id, rows in self._committed.due.items():
            for kind, planned in rows.items():
                yield id, kind, planned


# ---- The store ------------------------------------------------------------------------------


class MemoryStore:
    """
    A store in memory; see `Store`.

    >>> from itil_ops.repositories import IncidentQuery
    >>> with MemoryStore().unit() as unit:
    ...     unit.incidents.count(IncidentQuery())
    0

    Args:
        due: The planner of what falls due; nothing does unless given.

    Attributes:
        journal: The feed.

        due: What falls due.
    """

    journal: MemoryJournal
    due: MemoryDueWork

    def __init__(self, *, due: DuePlanner | None = None) -> None:
        self._committed = _Committed(Planning(due))
        self.journal = MemoryJournal(self._committed)
        self.due = MemoryDueWork(self._committed)

    def unit(self, *, read_only: bool = False) -> MemoryUnit:
        """
        Return a new unit of work, see `Store.unit`.
        """
        self._committed.check_open("unit")
        return MemoryUnit(self._committed, read_only=read_only)

    def close(self) -> None:
        """
        Refuse all that is called afterwards, see `Store.close`.
        """
        self._committed.closed = True
