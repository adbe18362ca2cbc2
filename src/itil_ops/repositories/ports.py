"""
What a store of records is to its callers: Protocols, for whoever has a store to implement.

Whatever stands behind them, a caller can rely on these clauses:

- C1 identity: a record is found under its id alone; an unknown id is a `NotFoundError`.
- C2 round trip: every field comes back with its value and type.
- C3 snapshots: what goes in is taken at the call, what comes out shares nothing with the store.
- C4 versions: a record is saved only over the one it was made from, else it is a
  `StaleRecordError`. Of all who loaded the same version and went on from there, one wins.
- C5 idempotence: saving an unchanged record writes nothing and publishes nothing.
- C6 uniqueness: of ids, and of human numbers within a kind of record.
- C8 order: it is total, text goes by Unicode code point, what is missing comes last.
- C9 pages: put together they are the list; what is there throughout, with its place in the order
  unchanged, is seen once, whatever else is added or moved meanwhile.
- C10 instants: a naive one is refused before anything is written.
- C11 text: a NUL or a lone surrogate is refused, by the domain already.
- C12 feed: every committed entry comes once, in the order of commits; a reader skips none.

Whatever is refused, nothing has changed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Protocol, TypeAlias, TypeVar

import attrs

from itil_ops.kernel.journal import Entry
from itil_ops.kernel.record import Record


if TYPE_CHECKING:
    from itil_ops.kernel.identity import RecordId


T = TypeVar("T")
R = TypeVar("R", bound=Record)
Q_contra = TypeVar("Q_contra", contravariant=True)

Cursor: TypeAlias = str
"""
A place in a list, as text to be kept and given back, not to be read; only its store knows it.
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


class Repository(Protocol[R, Q_contra]):
    """
    The records of one kind, by id; queries of one class find them.

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
        own past with the past that is stored. An unchanged record is left as it is (C5).

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

            after: The `next` of the page before, of a query of the same order.

            limit: How many records at most.

        Raises:
            TypeError: *query* is none for this kind of record, or another argument of the wrong
                type.

            ValueError: *limit* is less than 1, or *after* is no cursor of that order.
        """
        ...

    def count(self, query: Q_contra) -> int:
        """
        Return how many records *query* asks for.

        Raises:
            TypeError: *query* is none for this kind of record.
        """
        ...


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
    The journal entries of all records, as they were committed: the outbox of a store.

    Each is there once, and entries of one call stay together and in order (C12). A reader that
    keeps its cursor is told every entry at least once, also across restarts.
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
