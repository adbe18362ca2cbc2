"""
What the kit does with a store again and again, each in a unit of its own.
"""

from __future__ import annotations

import datetime as dt
import time

from typing import TYPE_CHECKING, TypeVar

from itil_ops.errors import StaleRecordError, TransientStoreError
from itil_ops.kernel.identity import IncidentId
from itil_ops.repositories.query import IncidentQuery


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from itil_ops.incident.record import Incident
    from itil_ops.kernel.journal import Entry
    from itil_ops.repositories.ports import Cursor, Lease, Published, Slice, Store, UnitOfWork


T = TypeVar("T")

EVERYTHING = IncidentQuery()
TRIES = 40

LEASE = dt.timedelta(minutes=10)
"""
How long the leases of the kit last.
"""


def retrying(store: Store, work: Callable[[UnitOfWork], T], *, tries: int = TRIES) -> T:
    """
    Return what *work* makes of a unit that is then committed; a busy store is asked anew.

    Args:
        store: The store.

        work: What to do; it is done again in each try, so it loads what it needs itself.

        tries: How often to try at most.

    Raises:
        TransientStoreError: The store was busy each time.
    """
    return insist_on(lambda: done(store, work), tries=tries)


def insist(store: Store, work: Callable[[UnitOfWork], T], *, tries: int = 1_000) -> T:
    """
    Return what `retrying` returns, and decide again too when somebody else saved first.

    Raises:
        StaleRecordError: Somebody else was first each time.
    """
    for _ in range(1, tries):
        try:
            return retrying(store, work)
        except StaleRecordError:
            continue
    return retrying(store, work)


def insist_on(call: Callable[[], T], *, tries: int = TRIES) -> T:
    """
    Return what *call* returns; a busy store is asked anew.

    Raises:
        TransientStoreError: The store was busy each time.
    """
    for number in range(1, tries):
        try:
            return call()
        except TransientStoreError:
            time.sleep(0.001 * min(number, 20))
    return call()


def done(store: Store, work: Callable[[UnitOfWork], T]) -> T:
    """
    Return what *work* makes of a unit that is then committed.
    """
    with store.unit() as unit:
        result = work(unit)
        unit.commit()
    return result


def seen(store: Store, work: Callable[[UnitOfWork], T]) -> T:
    """
    Return what *work* makes of a read-only unit.
    """
    with store.unit(read_only=True) as unit:
        return work(unit)


def add(store: Store, *records: Incident) -> list[Incident]:
    """
    Return *records* as they are once added together.
    """
    return done(store, lambda unit: [unit.incidents.add(record) for record in records])


def add_one(store: Store, record: Incident) -> Incident:
    """
    Return *record* as it is once added.
    """
    return add(store, record)[0]


def save(store: Store, record: Incident) -> Incident:
    """
    Return *record* as it is once saved.
    """
    return done(store, lambda unit: unit.incidents.save(record))


def get(store: Store, id: str = "INC-1") -> Incident:
    """
    Return the record known by *id* as it is committed.
    """
    return seen(store, lambda unit: unit.incidents.get(IncidentId(id)))


def count(store: Store, query: IncidentQuery = EVERYTHING) -> int:
    """
    Return how many committed records *query* asks for.
    """
    return seen(store, lambda unit: unit.incidents.count(query))


def pages(
    unit: UnitOfWork,
    query: IncidentQuery = EVERYTHING,
    limit: int = 50,
    after: Cursor | None = None,
) -> Iterator[Slice[Incident]]:
    """
    Yield the pages of what *query* asks for.
    """
    while True:
        page = unit.incidents.find(query, after=after, limit=limit)
        yield page
        if page.next is None:
            return
        _check_moves(page.next, after)
        after = page.next


def _check_moves(following: Cursor | None, after: Cursor | None) -> None:
    if following == after:
        raise AssertionError(f"there is more after {after!r}, and its cursor leads back there")


def listed(unit: UnitOfWork, query: IncidentQuery = EVERYTHING, limit: int = 50) -> list[Incident]:
    """
    Return all that *query* asks for, in order.
    """
    return [record for page in pages(unit, query, limit) for record in page.items]


def find(store: Store, query: IncidentQuery = EVERYTHING, limit: int = 50) -> list[Incident]:
    """
    Return all that *query* asks for as it is committed, in order.
    """
    return seen(store, lambda unit: listed(unit, query, limit))


def ids(records: list[Incident]) -> list[str]:
    """
    Return the ids of *records* as text.
    """
    return [record.id.value for record in records]


def told(store: Store, after: Cursor | None = None, limit: int = 50) -> list[Published]:
    """
    Return all that the feed tells, from *after* on.
    """
    items: list[Published] = []
    while True:
        part = store.journal.read(after=after, limit=limit)
        if not part.items:
            return items
        items += part.items
        _check_moves(part.next, after)
        after = part.next


def feed(store: Store, after: Cursor | None = None, limit: int = 50) -> list[Entry]:
    """
    Return all entries of the feed, from *after* on.
    """
    return [item.entry for item in told(store, after, limit)]


def claim(
    store: Store, now: dt.datetime, *, limit: int = 50, worker: str = "worker"
) -> tuple[Lease, ...]:
    """
    Claim what is due at *now* for the length of `LEASE`.
    """
    return store.due.claim(now, LEASE, limit, worker)
