"""
Page by page: cursors, limits, and what happens between pages (C9).
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from itil_ops.incident.vocabulary import CancellationReason
from itil_ops.kernel.identity import IncidentId, ProblemId
from itil_ops.kernel.priority import Impact, Urgency
from itil_ops.repositories.query import IncidentQuery, QueryOrder
from itil_ops.testing.builders import DESK, START, linked, logged, minutes, stepped
from itil_ops.testing.contract.rules import Capability, Contract, clause
from itil_ops.testing.doing import EVERYTHING, add, feed, find, get, ids, listed, pages, save, seen


if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from itil_ops.incident.record import Incident
    from itil_ops.repositories.ports import Cursor, Slice, Store


QUERIES = [IncidentQuery(order=order) for order in QueryOrder]

WRONG_LIMITS: list[tuple[object, type[Exception]]] = [
    (0, ValueError),
    (-1, ValueError),
    (-(10**9), ValueError),
]
WRONG_LIMITS += [(wrong, TypeError) for wrong in (None, "1", 1.0, True)]

NO_CURSORS = ["", "0", "no cursor", "=", "\u00e9", "W10=", "bnVsbA==", "A" * 10_000]


def page(store: Store, query: IncidentQuery, after: Cursor | None, limit: int) -> Slice[Incident]:
    """
    Return a page in a unit of its own.
    """
    return seen(store, lambda unit: unit.incidents.find(query, after=after, limit=limit))


def flipped(cursor: Cursor) -> Iterator[Cursor]:
    """
    Yield *cursor* with each of its signs changed in turn, cut and added to.
    """
    for place, sign in enumerate(cursor):
        for other in {"A" if sign != "A" else "B", chr(ord(sign) ^ 1)}:
            yield f"{cursor[:place]}{other}{cursor[place + 1 :]}"
    yield from (cursor[:-1], cursor[1:], f"{cursor}A", f"A{cursor}", cursor * 2, cursor.swapcase())


def refuse_or_agree(read: Callable[[Cursor], object], cursor: Cursor) -> None:
    """
    See that what *cursor* was made into is refused, or read as it was written.
    """
    right = read(cursor)
    for wrong in flipped(cursor):
        with suppress(ValueError):
            assert read(wrong) == right, f"{wrong!r} was taken for a cursor of another place"


def waiting(id: str, minute: int = 0) -> Incident:
    """
    Return an incident of high priority that began at *minute*.
    """
    return logged(id, impact=Impact.HIGH, urgency=Urgency.HIGH, at=minutes(minute))


class PagingContract(Contract):
    """
    Lists in parts.
    """

    @clause("C9")
    @pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.order)
    @pytest.mark.parametrize("limit", [1, 2, 3, 6, 7, 8, 1000])
    def test_pages_put_together_are_the_list(
        self, store: Store, query: IncidentQuery, limit: int
    ) -> None:
        """
        Each page is full but the last, which says that it is; together they are the list.
        """
        add(store, *(waiting(f"INC-{place}", place % 2) for place in range(7)))
        with store.unit(read_only=True) as unit:
            found = list(pages(unit, query, limit))
            assert ids([record for part in found for record in part.items]) == ids(
                listed(unit, query, 50)
            )
        assert [len(part.items) for part in found[:-1]] == [limit] * (len(found) - 1)
        assert 1 <= len(found[-1].items) <= limit

    @clause("C9")
    def test_an_empty_list_is_one_empty_page(self, store: Store) -> None:
        """
        Where nothing is found, there is nothing more to look for.
        """
        empty = page(store, EVERYTHING, None, 5)
        assert (empty.items, empty.next) == ((), None)

    @clause("C9")
    def test_fifty_come_where_no_limit_is_given(self, store: Store) -> None:
        """
        The limit is 50 unless given, and a big one is no error.
        """
        add(store, *(logged(f"INC-{place:02}") for place in range(53)))
        first = seen(store, lambda unit: unit.incidents.find(EVERYTHING))
        assert ids(list(first.items)) == [f"INC-{place:02}" for place in range(50)]
        assert len(page(store, EVERYTHING, first.next, 10**9).items) == 3

    @clause("C9")
    @pytest.mark.parametrize(("limit", "error"), WRONG_LIMITS, ids=repr)
    def test_a_limit_that_lets_nothing_through_is_refused(
        self, store: Store, limit: Any, error: type[Exception]
    ) -> None:
        """
        A limit below 1 is a ValueError, and what is no whole number a TypeError: never `all`.
        """
        add(store, logged())
        with pytest.raises(error):
            page(store, EVERYTHING, None, limit)

    @clause("C9", "C12", needs=[Capability.FEED])
    @pytest.mark.parametrize(("limit", "error"), WRONG_LIMITS, ids=repr)
    def test_a_limit_of_the_feed_is_checked_too(
        self, store: Store, limit: Any, error: type[Exception]
    ) -> None:
        """
        `read` with a limit below 1 is a ValueError, and with no whole number a TypeError.
        """
        add(store, logged())
        with pytest.raises(error):
            store.journal.read(limit=limit)

    # ---- Between pages ----------------------------------------------------------------------

    @clause("C9")
    @pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.order)
    @pytest.mark.parametrize("limit", [1, 2, 3])
    def test_what_is_inserted_between_pages_moves_nothing(
        self, store: Store, query: IncidentQuery, limit: int
    ) -> None:
        """
        While records come in before and after, those that were there are seen once each.
        """
        began = [f"INC-{place}" for place in range(10, 23)]
        add(store, *(waiting(id, place % 3) for place, id in enumerate(began)))
        found, after = [], None
        turn = -1
        while turn < 0 or after is not None:
            turn += 1
            assert turn < 100, "the list has no end"
            part = page(store, query, after, limit)
            found += ids(list(part.items))
            after = part.next
            add(store, waiting(f"A-{turn}", -1))
            if turn < 3:
                add(store, waiting(f"Z-{turn}", 100))
        assert sorted(set(found)) == sorted(found), "a record was seen twice"
        assert [id for id in found if id in began] == [
            id for id in ids(find(store, query)) if id in began
        ]
        assert {f"Z-{turn}" for turn in range(3)} <= set(found), "what comes later is seen"
        assert not [id for id in found if id.startswith("A")], (
            "what lies before is not gone back to"
        )

    @clause("C9")
    @pytest.mark.parametrize("order", QueryOrder)
    def test_what_leaves_the_list_between_pages_moves_nothing(
        self, store: Store, order: QueryOrder
    ) -> None:
        """
        While records that were seen leave the list, those behind them are still seen once each.
        """
        began = [waiting(f"INC-{place}", place // 3) for place in range(9)]
        add(store, *began)
        query, found, after = IncidentQuery(states=["new"], order=order), [], None
        while True:
            part = page(store, query, after, 2)
            found += ids(list(part.items))
            for record in part.items:
                save(store, _cancelled(get(store, record.id.value)))
            if part.next is None:
                break
            after = part.next
        assert found == ids(began)
        assert find(store, query) == []

    @clause("C9")
    def test_the_place_of_a_cursor_needs_no_record(self, store: Store) -> None:
        """
        A cursor is a place in the order: it holds when the record there has left the list.
        """
        add(store, *(waiting(f"INC-{place}") for place in range(5)))
        query = IncidentQuery(states=["new"], order=QueryOrder.PRIORITY)
        first = page(store, query, None, 2)
        for id in ("INC-1", "INC-2"):
            save(store, _cancelled(get(store, id)))
        assert ids(list(page(store, query, first.next, 9).items)) == ["INC-3", "INC-4"]

    @clause("C9")
    def test_a_cursor_can_be_used_again(self, store: Store) -> None:
        """
        The same cursor gives the same page, at another limit, and in a unit that writes.
        """
        add(store, *(logged(f"INC-{place}") for place in range(5)))
        after = page(store, EVERYTHING, None, 2).next
        assert isinstance(after, str)
        assert page(store, EVERYTHING, after, 2) == page(store, EVERYTHING, after, 2)
        assert ids(list(page(store, EVERYTHING, after, 1).items)) == ["INC-2"]
        with store.unit() as unit:
            unit.incidents.add(logged("INC-21"))
            rest = unit.incidents.find(EVERYTHING, after=after)
        assert ids(list(rest.items)) == ["INC-2", "INC-21", "INC-3", "INC-4"]

    @clause("C9")
    def test_a_record_that_moves_behind_the_cursor_harms_no_other(self, store: Store) -> None:
        """
        While some records move in the order, those that keep their place are seen once.
        """
        add(store, *(waiting(f"INC-{place}", place) for place in range(8)))
        query = IncidentQuery(order=QueryOrder.PRIORITY)
        first = page(store, query, None, 3)
        for id in ("INC-0", "INC-5"):
            record = get(store, id)
            save(store, record.prioritize(impact=Impact.LOW, by=DESK, at=minutes(60)))
        rest = page(store, query, first.next, 50)
        kept = [id for id in ids(list(rest.items)) if id not in {"INC-0", "INC-5"}]
        assert kept == ["INC-3", "INC-4", "INC-6", "INC-7"]

    # ---- What is no cursor ------------------------------------------------------------------

    @clause("C9")
    @pytest.mark.parametrize("cursor", NO_CURSORS, ids=lambda cursor: repr(cursor)[:12])
    def test_what_is_no_cursor_is_refused(self, store: Store, cursor: str) -> None:
        """
        Any text that the store did not give is a ValueError.
        """
        add(store, logged())
        with pytest.raises(ValueError):  # noqa: PT011 - the store's own words
            page(store, EVERYTHING, cursor, 5)

    @clause("C9")
    @pytest.mark.parametrize("cursor", [0, 1, b"W10=", START, ()], ids=repr)
    def test_a_cursor_is_text(self, store: Store, cursor: Any) -> None:
        """
        What is no text is a TypeError.
        """
        add(store, logged())
        with pytest.raises(TypeError):
            page(store, EVERYTHING, cursor, 5)
        if self.can(Capability.FEED):
            with pytest.raises(TypeError):
                store.journal.read(after=cursor)

    @clause("C9")
    @pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.order)
    def test_a_cursor_that_was_tampered_with_is_refused(
        self, store: Store, query: IncidentQuery
    ) -> None:
        """
        A cursor with any sign changed is a ValueError, or at least leads to no other place.
        """
        add(store, *(waiting(f"INC-{place}", place) for place in range(3)))
        with store.unit(read_only=True) as unit:
            cursor = unit.incidents.find(query, limit=1).next
            assert cursor is not None
            refuse_or_agree(lambda after: unit.incidents.find(query, after=after), cursor)

    @clause("C9")
    def test_a_cursor_of_another_query_is_refused(self, store: Store) -> None:
        """
        A cursor goes with its query: with another filter or order it is a ValueError.
        """
        pointing = [IncidentId("A"), ProblemId("A")]
        add(store, *(linked(waiting(f"INC-{place}"), *pointing) for place in range(3)))
        asked = [
            *QUERIES,
            IncidentQuery(states=["new"]),
            IncidentQuery(states=["new", "pending"]),
            IncidentQuery(groups=[None]),
            IncidentQuery(assignees=[None]),
            IncidentQuery(linked_to=[IncidentId("A")]),
            IncidentQuery(linked_to=[ProblemId("A")]),
            IncidentQuery(linked_to=[ProblemId("A"), IncidentId("A")]),
            IncidentQuery(logged_from=START),
            IncidentQuery(logged_until=minutes(1)),
            IncidentQuery(logged_from=START, order=QueryOrder.LOGGED_AT),
        ]
        cursors = [page(store, query, None, 1).next for query in asked]
        for query in asked:
            for other, cursor in zip(asked, cursors, strict=True):
                if other != query:
                    with pytest.raises(ValueError):  # noqa: PT011 - the store's own words
                        page(store, query, cursor, 5)

    @clause("C9")
    def test_an_equal_query_takes_the_cursor(self, store: Store) -> None:
        """
        A query is a value: another one that is equal goes on from the cursor.
        """
        add(store, *(logged(f"INC-{place}", service=f"{place % 2}") for place in range(6)))
        one = IncidentQuery(services=["1", "0", "2"], states=["new", "closed"])
        other = IncidentQuery(services={"2", "0", "1"}, states=("closed", "new"))
        after = page(store, one, None, 4).next
        assert ids(list(page(store, other, after, 4).items)) == ["INC-4", "INC-5"]

    @clause("C9", "C12", needs=[Capability.FEED])
    def test_cursors_of_feed_and_list_are_not_mixed_up(self, store: Store) -> None:
        """
        A cursor of a list is none of the feed, nor the other way round.
        """
        add(store, *(stepped(logged(f"INC-{place}"), 2) for place in range(3)))
        with pytest.raises(ValueError):  # noqa: PT011 - the store's own words
            page(store, EVERYTHING, store.journal.read(limit=1).next, 5)
        for query in QUERIES:
            with pytest.raises(ValueError):  # noqa: PT011 - the store's own words
                store.journal.read(after=page(store, query, None, 1).next)

    @clause("C9", "C12", needs=[Capability.FEED])
    def test_a_cursor_of_the_feed_that_was_tampered_with_is_refused(self, store: Store) -> None:
        """
        A cursor of the feed with any sign changed is a ValueError, or leads to no other place.
        """
        add(store, *(stepped(logged(f"INC-{place}"), 2) for place in range(3)))
        cursor = store.journal.read(limit=4).items[-1].cursor
        refuse_or_agree(
            lambda after: [item.entry for item in store.journal.read(after=after).items], cursor
        )
        for text in NO_CURSORS:
            with pytest.raises(ValueError):  # noqa: PT011 - the store's own words
                store.journal.read(after=text)
        assert len(feed(store, cursor)) == 5


def _cancelled(record: Incident) -> Incident:
    at = record.journal[-1].at
    return record.cancel(CancellationReason.WITHDRAWN, by=DESK, at=at)
