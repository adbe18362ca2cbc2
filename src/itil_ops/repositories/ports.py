"""
What a store of records is to its callers: Protocols, for whoever has a store to implement.

Whatever stands behind them, a caller can rely on these clauses:

- C1 identity: a record is found under its id alone; an unknown id is a `NotFoundError`. Ids of two
  kinds are different, whatever their text.
- C2 round trip: every field comes back with its value and type.
- C3 snapshots: what goes in is taken at the call, what comes out shares nothing with the store.
- C4 versions: a record is saved only over the one it was made from, else it is a
  `StaleRecordError`, at `save` or at `commit`. Of all who loaded the same version and went on from
  there, one wins.
- C5 idempotence: saving an unchanged record writes nothing, publishes nothing, touches no lease.
- C6 uniqueness: of ids, and of human numbers within a kind of record, at the latest at `commit`.
- C7 units: all of a unit is written or nothing, records of all kinds, links, entries and due work
  alike. It reads its own writes, and nobody else does before the commit; a read-only one sees one
  moment throughout.
- C8 order: it is total, text goes by Unicode code point, what is missing comes last.
- C9 pages: put together they are the list; what is there throughout, with its place in the order
  unchanged, is seen once, whatever else is added or moved meanwhile.
- C10 instants: a naive one is refused before anything is written.
- C11 text: a NUL or a lone surrogate is refused, by the domain already.
- C12 feed: every entry comes once if its unit was committed, and never if not. Entries of a unit
  stay together and in order, those of a record come by number, and a unit comes after those that
  were committed before it began. A reader at the tail skips none.
- C13 due work: there is one instant at most for each record and kind. What is due is claimed in
  order of instant and key, by one worker at a time; a lease that ran out can be claimed anew under
  another token, and only who holds the present token can complete. A save that does not move the
  instant leaves the lease alone.
- C14 hints: due work says when to look, the record says what to do. To look twice is harmless.

Whatever is refused, nothing has changed. After a `StaleRecordError`, a `DuplicateError` or a
`TransientStoreError` the unit can only be left.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Generic, Protocol, Self, TypeAlias, TypeVar

import attrs

from pendulum import DateTime

from itil_ops.kernel.identity import RecordId
from itil_ops.kernel.journal import Entry
from itil_ops.kernel.record import Record


if TYPE_CHECKING:
    from types import TracebackType

    from itil_ops.incident.record import Incident
    from itil_ops.problem.known_error.record import KnownError
    from itil_ops.problem.record import Problem
    from itil_ops.repositories.query import (
        IncidentQuery,
        KnownErrorQuery,
        ProblemQuery,
        ServiceRequestQuery,
    )
    from itil_ops.request.record import ServiceRequest


T = TypeVar("T")
R = TypeVar("R", bound=Record)
Q_contra = TypeVar("Q_contra", contravariant=True)

Cursor: TypeAlias = str
"""
A place in a list, as text to be kept and given back, not to be read; only its store knows it.
"""

DuePlanner: TypeAlias = Callable[[Any], Mapping[str, datetime]]
"""
For a record, when to look at it next: one instant for each kind of what falls due.

It is pure: it is asked whenever a record is stored. One that takes `after` as well, like that of
`itil_ops.timers`, is told what was looked at already.
"""


@attrs.frozen
class Slice(Generic[T]):
    """
    A part of a list.

    Attributes:
        items: What is in it, in order.

        next: The cursor to go on from. `None` where the list ends; a feed does not end, so that
            it is where to look for more later.
    """

    items: tuple[T, ...]
    next: Cursor | None


# ---- Records --------------------------------------------------------------------------------


class Repository(Protocol[R, Q_contra]):
    """
    The records of one kind in a unit of work, by id; queries of one class find them.

    Nothing is ever deleted, and nothing lists without a limit.
    """

    def get(self, id: RecordId) -> R:
        """
        Return the record known by *id*, with its `stored_version`.

        Raises:
            TypeError: *id* is none of this kind of record.

            NotFoundError: There is none (C1).
        """
        ...

    def add(self, record: R) -> R:
        """
        Store a *record* that is not here yet, and publish its whole journal.

        It may come from another store or from a replay; a view counts as what it shows, and only
        if its journal has no gaps.

        Returns:
            The record with its `stored_version`; the one given may not be saved.

        Raises:
            TypeError: *record* is none of this kind.

            JournalError: Its journal is empty, has gaps or is of another record.

            DuplicateError: Its id or its number is taken (C6); the error says which.
        """
        ...

    def save(self, record: R) -> R:
        """
        Store a *record* over the one that it was made from, and publish the new entries.

        Compared is not only the `stored_version` with the version that is stored, but the record's
        own past with the past that is stored: a number alone is fooled by a unit that was not
        committed. An unchanged record is left as it is (C5).

        Returns:
            The record with its new `stored_version`, to go on from.

        Raises:
            TypeError: *record* is none of this kind.

            NotFoundError: It was never added.

            StaleRecordError: It was made from another one than is stored, or is detached: a view,
                or a replay (C4).

            DuplicateError: Its number is taken (C6).

            JournalError: Its new entries have gaps or are of another record.

            ValueError: Its fields differ from what is stored, and no new entry says so.
        """
        ...

    def find(self, query: Q_contra, *, after: Cursor | None = None, limit: int = 50) -> Slice[R]:
        """
        Return the records that *query* asks for, in its order (C8), page by page (C9).

        Args:
            query: What to look for.

            after: The `next` of the page before, of the same query.

            limit: How many records at most.

        Raises:
            TypeError: *query* is none for this kind of record, or another argument of the wrong
                type.

            ValueError: *limit* is less than 1, or *after* is no cursor of that query.

            UnsupportedQueryError: The store does not serve a part of the query.
        """
        ...

    def count(self, query: Q_contra) -> int:
        """
        Return how many records *query* asks for.

        Raises:
            TypeError: *query* is none for this kind of record.

            UnsupportedQueryError: The store does not serve a part of the query.
        """
        ...


class UnitOfWork(Protocol):
    """
    What is read and written together, all or nothing (C7); it is used inside `with`, once.

    Nothing is written without `commit`: to leave the block before is to let go of it. A unit
    belongs to one thread.
    """

    @property
    def incidents(self) -> Repository[Incident, IncidentQuery]:
        """
        The incidents, those of a caller's own class included.
        """
        ...

    @property
    def problems(self) -> Repository[Problem, ProblemQuery]:
        """
        The problems, likewise.
        """
        ...

    @property
    def known_errors(self) -> Repository[KnownError, KnownErrorQuery]:
        """
        The known errors, likewise.
        """
        ...

    @property
    def service_requests(self) -> Repository[ServiceRequest, ServiceRequestQuery]:
        """
        The service requests, likewise.
        """
        ...

    def complete(self, lease: Lease, now: datetime) -> bool:
        """
        Say with this unit that what *lease* was for has been looked at, up to *now*.

        First complete, then save: if the lease was lost, somebody else is at it, and this unit is
        better left. What falls due after *now* is planned anew.

        Returns:
            Whether the lease was still held; if not, nothing happens.

        Raises:
            UnitClosedError: The unit is over, read-only, or was not entered.

            TransientStoreError: At `commit`: the lease was lost meanwhile.
        """
        ...

    def commit(self) -> None:
        """
        Write all of it, and end the unit.

        Raises:
            StaleRecordError: Somebody else saved a record of this unit first (C4).

            DuplicateError: An id or a number was taken meanwhile (C6).

            TransientStoreError: The store was busy or gone; nothing was written.

            UnitClosedError: The unit is over, has failed, or was not entered.
        """
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
        /,
    ) -> None: ...


# ---- The feed -------------------------------------------------------------------------------


@attrs.frozen
class Published:
    """
    A journal entry in the feed.

    Attributes:
        cursor: Its place. A reader keeps it with the effect that the entry has on its side, and
            goes on after it.

        entry: The entry.
    """

    cursor: Cursor
    entry: Entry


class JournalFeed(Protocol):
    """
    The journal entries of all records, as they were committed: the outbox of a store (C12).

    A reader that keeps its cursor is told every entry at least once, also across restarts.
    """

    def read(self, *, after: Cursor | None = None, limit: int = 50) -> Slice[Published]:
        """
        Return the entries that follow, the oldest first; none if there is nothing new.

        Args:
            after: The cursor of the last entry that was read, or the `next` of the last reading;
                the beginning unless given.

            limit: How many entries at most.

        Raises:
            TypeError: An argument is of the wrong type.

            ValueError: *limit* is less than 1, or *after* is no cursor of this feed.
        """
        ...


# ---- Due work -------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Lease:
    """
    The right of one worker to look at one record for one kind of what falls due.

    Attributes:
        record: Id of the record.

        kind: What falls due.

        due: When.

        until: From when on others may claim it anew; it is held before that, not at it.

        token: What tells it from every other claim of the same work.

        worker: Who claimed it.
    """

    record: RecordId
    kind: str
    due: DateTime
    until: DateTime
    token: str
    worker: str


class DueWork(Protocol):
    """
    What falls due and when, kept with the records and shared out among workers (C13, C14).
    """

    def claim(self, now: datetime, lease: timedelta, limit: int, worker: str) -> tuple[Lease, ...]:
        """
        Claim what is due at *now* and nobody else holds, the earliest first; at once committed.

        Of equal instants the order is that of the records' ids and then of the kinds.

        Args:
            now: The present instant.

            lease: How long the work may take; from *now* plus *lease* on it can be claimed anew.

            limit: How much to claim at most.

            worker: Who claims.

        Raises:
            TypeError: An argument is of the wrong type.

            ValueError: *now* is naive, *lease* not positive, *limit* less than 1, or *worker*
                blank.
        """
        ...

    def complete(self, lease: Lease, now: datetime) -> bool:
        """
        Do what `UnitOfWork.complete` does, as a unit of its own.

        Returns:
            Whether the lease was still held: nobody has claimed the work anew, and no save has
            moved it.
        """
        ...

    def next_due(self) -> DateTime | None:
        """
        Return from when on there is something to claim: due, or with a lease that has run out.

        `None` where nothing is planned.
        """
        ...


class Store(Protocol):
    """
    Records, the feed of what was done, and what falls due; it may be used from several threads.
    """

    @property
    def journal(self) -> JournalFeed:
        """
        The feed.
        """
        ...

    @property
    def due(self) -> DueWork:
        """
        What falls due, as the planner with which the store was opened says.
        """
        ...

    def unit(self, *, read_only: bool = False) -> UnitOfWork:
        """
        Return a new unit of work, to be entered.

        Args:
            read_only: Whether it only reads. Then it sees one moment of the store throughout,
                keeps nobody waiting, and refuses to write.
        """
        ...

    def close(self) -> None:
        """
        Let go of all connections; whatever is called afterwards is refused.
        """
        ...
