"""
A store in memory: the ports by the letter, for tests, trials and as an example.

Records are frozen, so that what is handed out is what is kept (C3). All that is written is first
checked and then done behind one lock, so that threads see a write wholly or not at all.
"""

from __future__ import annotations

import base64
import heapq
import json
import threading

from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

import attrs

from itil_ops.errors import DuplicateError, JournalError, NotFoundError, StaleRecordError
from itil_ops.incident.record import Incident
from itil_ops.kernel.checks import check_type
from itil_ops.kernel.instant import microseconds
from itil_ops.kernel.journaled import stored
from itil_ops.kernel.record import Record
from itil_ops.kernel.replay import check_belongs
from itil_ops.repositories.ports import Cursor, Published, Slice
from itil_ops.repositories.query import IncidentQuery, QueryOrder, RecordQuery


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from itil_ops.kernel.identity import RecordId
    from itil_ops.kernel.journal import Entry, Journal


R = TypeVar("R", bound=Record)
Q = TypeVar("Q", bound=RecordQuery)


# ---- Queries --------------------------------------------------------------------------------

_READ: Mapping[str, Callable[[Record], object]] = {
    "states": lambda record: record.state.name,
    "phases": lambda record: record.state.phase,
    "priorities": lambda record: record.priority,
    "services": lambda record: record.service,
    "groups": lambda record: record.group,
    "assignees": lambda record: record.assignee,
    "owners": lambda record: record.owner,
}
"""
What each set of a query is compared with.
"""

Key: TypeAlias = tuple[int, int, int, str]
"""
Where a record stands in an order: 1 where it has no priority, the rank, the time, the id.
"""

_BEFORE_ALL: Key = (-1, 0, 0, "")

_KEYS: Mapping[QueryOrder, Callable[[Record], Key]] = {
    QueryOrder.ID: lambda record: (0, 0, 0, record.id.value),
    QueryOrder.LOGGED_AT: lambda record: (0, 0, microseconds(record.logged_at), record.id.value),
    QueryOrder.PRIORITY: lambda record: (
        *((1, 0) if record.priority is None else (0, record.priority.rank)),
        microseconds(record.logged_at),
        record.id.value,
    ),
}


def _matching(query: RecordQuery) -> Callable[[Record], bool]:
    given = [(read, getattr(query, name)) for name, read in _READ.items()]
    wanted = [(read, values) for read, values in given if values is not None]

    def matches(record: Record) -> bool:
        if query.logged_from is not None and record.logged_at < query.logged_from:
            return False
        if query.logged_until is not None and record.logged_at >= query.logged_until:
            return False
        return all(read(record) in values for read, values in wanted)

    return matches


# ---- Cursors --------------------------------------------------------------------------------


def _cursor(order: str, *key: int | str) -> Cursor:
    return base64.urlsafe_b64encode(json.dumps([order, *key]).encode()).decode()


def _key(cursor: object, order: str, *shape: type) -> tuple[Any, ...]:
    """
    Return the key that `_cursor` wrote.

    Raises:
        TypeError: *cursor* is no text.

        ValueError: It is no cursor, or one of another order.
    """
    text = check_type(cursor, str, "after")
    try:
        written, *key = json.loads(base64.urlsafe_b64decode(text))
    except (TypeError, ValueError, RecursionError):
        written, key = None, []
    if written != order or tuple(map(type, key)) != shape:
        raise ValueError(f"after must be a cursor of the order {order!r}, not {text!r}")
    return tuple(key)


def _check_limit(limit: int) -> int:
    if check_type(limit, int, "limit") < 1:
        raise ValueError(f"limit must be 1 or more, not {limit}")
    return limit


# ---- The feed -------------------------------------------------------------------------------


class MemoryJournal:
    """
    The feed of the repositories that share it, and the lock that they share with it.

    See `JournalFeed`.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._entries: list[Entry] = []

    def read(self, *, after: Cursor | None = None, limit: int = 50) -> Slice[Published]:
        """
        Return the entries that follow, see `JournalFeed.read`.
        """
        _check_limit(limit)
        with self.lock:
            start = self._position(after)
            entries = self._entries[start : start + limit]
        items = tuple(
            Published(_cursor("journal", position), entry)
            for position, entry in enumerate(entries, start + 1)
        )
        return Slice(items, items[-1].cursor if items else after)

    def append(self, entries: Journal) -> None:
        """
        Publish *entries*; for repositories only, which hold the lock.
        """
        self._entries.extend(entries)

    def _position(self, after: Cursor | None) -> int:
        if after is None:
            return 0
        (position,) = _key(after, "journal", int)
        if not 0 < position <= len(self._entries):
            raise ValueError(f"after must be a cursor of this feed, not {after!r}")
        return int(position)


# ---- Repositories ---------------------------------------------------------------------------


class MemoryRepository(Generic[R, Q]):
    """
    The records of one kind, in a dict.

    See `Repository`. `get`, `add` and `save` take the same time however many records there are;
    `find` and `count` look at each.

    Args:
        kind: The class of the records; a caller's own subclass for instance.

        query: The class of its queries.

        journal: Where entries are published; it may be that of other repositories.
    """

    def __init__(self, kind: type[R], query: type[Q], journal: MemoryJournal) -> None:
        self._kind = kind
        self._query = query
        self._journal = journal
        self._records: dict[RecordId, R] = {}
        self._numbers: dict[str, RecordId] = {}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self._records)} {self._kind.__name__}>"

    def get(self, id: RecordId) -> R:
        """
        Return the record known by *id*, see `Repository.get`.
        """
        check_type(id, self._kind.id_type, "id")
        with self._journal.lock:
            return self._held(id)

    def add(self, record: R) -> R:
        """
        Store a *record* that is not here yet, see `Repository.add`.
        """
        check_type(record, self._kind, "record")
        _check_entries(record, 0)
        with self._journal.lock:
            if record.id in self._records:
                raise DuplicateError("id", record.id.value)
            self._check_number(record)
            return self._keep(record, record.journal)

    def save(self, record: R) -> R:
        """
        Store a *record* over the one that it was made from, see `Repository.save`.
        """
        check_type(record, self._kind, "record")
        with self._journal.lock:
            held = self._held(record.id)
            _check_made_from(held, record)
            if record.version == held.version:
                return _unchanged(held, record)
            _check_entries(record, held.version)
            self._check_number(record)
            if held.number is not None:
                del self._numbers[held.number]
            return self._keep(record, record.journal[held.version :])

    def find(self, query: Q, *, after: Cursor | None = None, limit: int = 50) -> Slice[R]:
        """
        Return the records that *query* asks for, see `Repository.find`.
        """
        matching, order = self._matching(query), query.order.value
        start = _BEFORE_ALL if after is None else _key(after, order, int, int, int, str)
        keyed = ((_KEYS[query.order](record), record) for record in matching)
        # One more than asked for tells whether the list goes on. Keys differ by their ids, so that
        # no two records are ever compared.
        page = heapq.nsmallest(_check_limit(limit) + 1, (row for row in keyed if row[0] > start))
        items = tuple(record for _, record in page[:limit])
        return Slice(items, _cursor(order, *page[limit - 1][0]) if len(page) > limit else None)

    def count(self, query: Q) -> int:
        """
        Return how many records *query* asks for, see `Repository.count`.
        """
        return sum(1 for _ in self._matching(query))

    def _matching(self, query: Q) -> Iterator[R]:
        # A subclass of the query might ask for what would be left out here without a word.
        if type(query) is not self._query:
            raise TypeError(f"query must be an {self._query.__name__}, not {query!r}")
        with self._journal.lock:
            records = tuple(self._records.values())
        return filter(_matching(query), records)

    # ---- Behind the lock --------------------------------------------------------------------

    def _held(self, id: RecordId) -> R:
        try:
            return self._records[id]
        except KeyError:
            raise NotFoundError(id.value) from None

    def _check_number(self, record: R) -> None:
        number = record.number
        if number is not None and self._numbers.get(number, record.id) != record.id:
            raise DuplicateError("number", number)

    def _keep(self, record: R, entries: Journal) -> R:
        kept = stored(record, record.version)
        self._records[record.id] = kept
        if record.number is not None:
            self._numbers[record.number] = record.id
        self._journal.append(entries)
        return kept


def _check_entries(record: Record, behind: int) -> None:
    """
    Refuse a journal that does not go on entry by entry *behind* those known already.
    """
    if not record.journal:
        raise JournalError(0, "the journal is empty")
    for expected, entry in enumerate(record.journal[behind:], behind + 1):
        check_belongs(entry, record.id, expected)


def _check_made_from(held: Record, record: Record) -> None:
    # A number alone is fooled by a record of the same length from elsewhere. Entries are shared
    # from version to version, so that comparing them all costs next to nothing.
    made_from = record.journal[: held.version]
    if record.stored_version != held.version or made_from != held.journal:
        raise StaleRecordError(record.id.value, record.stored_version, held.version)


def _unchanged(held: R, record: R) -> R:
    if record != held:
        raise ValueError(f"{record!r} differs from what is stored, but no entry says how")
    return held


# ---- The store ------------------------------------------------------------------------------


@attrs.frozen(eq=False, init=False)
class MemoryStore:
    """
    A store in memory: repositories, and the feed of what was committed in them.

    It may be used from several threads. Each call is a unit of its own.

    >>> MemoryStore().incidents
    <MemoryRepository of 0 Incident>

    Attributes:
        journal: The feed.

        incidents: The incidents.
    """

    journal: MemoryJournal
    incidents: MemoryRepository[Incident, IncidentQuery]

    def __init__(self) -> None:
        journal = MemoryJournal()
        self.__attrs_init__(journal, MemoryRepository(Incident, IncidentQuery, journal))
