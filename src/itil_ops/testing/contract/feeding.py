"""
The feed: every entry that was committed, once, in order (C12).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from itil_ops.kernel.identity import IncidentId
from itil_ops.testing.builders import logged, stepped
from itil_ops.testing.contract.rules import Capability, Contract, clause
from itil_ops.testing.doing import add, add_one, feed, get, save, told


if TYPE_CHECKING:
    from collections.abc import Iterable

    from itil_ops.kernel.journal import Entry
    from itil_ops.repositories.ports import Store


def keys(entries: Iterable[Entry]) -> list[tuple[str, int]]:
    """
    Return of which record each of *entries* is, and its number.
    """
    return [(entry.record.value, entry.number) for entry in entries]


class FeedingContract(Contract):
    """
    The outbox, read in peace.
    """

    @clause("C12", needs=[Capability.FEED])
    def test_an_empty_feed_tells_nothing(self, store: Store) -> None:
        """
        Where nothing was committed, nothing is told, and one can look again later.
        """
        part = store.journal.read()
        assert part.items == ()
        add(store, logged())
        assert keys(feed(store, part.next)) == [("INC-1", 1)]

    @clause("C12", needs=[Capability.FEED])
    def test_adding_publishes_the_whole_journal(self, store: Store) -> None:
        """
        `add` publishes all entries of the record, by number.
        """
        kept = add_one(store, stepped(logged(), 4))
        assert feed(store) == list(kept.journal)

    @clause("C12", needs=[Capability.FEED])
    def test_saving_publishes_the_new_entries(self, store: Store) -> None:
        """
        `save` publishes what came since the record was stored, once.
        """
        kept = add_one(store, stepped(logged(), 2))
        before = feed(store)
        saved = save(store, stepped(kept, 3))
        assert feed(store) == [*before, *saved.journal[3:]]

    @clause("C12", needs=[Capability.FEED])
    def test_entries_of_a_unit_come_in_the_order_in_which_it_wrote_them(self, store: Store) -> None:
        """
        Within a unit the order is that of its calls, whatever the ids and instants.
        """
        first, second = add(store, logged("INC-1"), logged("INC-2"))
        before = told(store)[-1].cursor
        with store.unit() as unit:
            second = unit.incidents.save(stepped(second))
            unit.incidents.add(stepped(logged("INC-3")))
            first = unit.incidents.save(stepped(first, 2))
            unit.incidents.save(stepped(second))
            unit.incidents.add(logged("INC-0"))
            unit.incidents.save(stepped(first))
            unit.commit()
        assert keys(feed(store, before)) == [
            ("INC-2", 2),
            ("INC-3", 1),
            ("INC-3", 2),
            ("INC-1", 2),
            ("INC-1", 3),
            ("INC-2", 3),
            ("INC-0", 1),
            ("INC-1", 4),
        ]

    @clause("C12", needs=[Capability.FEED])
    def test_units_come_in_the_order_of_their_commits(self, store: Store) -> None:
        """
        A unit comes after all that were committed before it began.
        """
        for turn in range(5):
            for id in ("B", "A", "C"):
                if turn:
                    save(store, stepped(get(store, id)))
                else:
                    add(store, logged(id))
        assert keys(feed(store, limit=4)) == [
            (id, number) for number in range(1, 6) for id in ("B", "A", "C")
        ]

    @clause("C12", "C9", needs=[Capability.FEED])
    def test_the_feed_is_read_in_parts_of_any_size(self, store: Store) -> None:
        """
        At any limit the parts put together are the feed, and each but the last is full.
        """
        for place in range(3):
            add(store, stepped(logged(f"INC-{place}"), 4))
        whole = feed(store, limit=1000)
        assert len(whole) == 15
        for limit in (1, 2, 4, 5, 14, 15, 16):
            assert feed(store, limit=limit) == whole
            assert len(store.journal.read(limit=limit).items) == min(limit, 15)

    @clause("C12", needs=[Capability.FEED])
    def test_a_reader_goes_on_from_any_entry(self, store: Store) -> None:
        """
        The cursor of an entry leads to those after it, within a unit and between units.
        """
        for place in range(3):
            add(store, stepped(logged(f"INC-{place}")))
        items = told(store)
        assert len({item.cursor for item in items}) == 6
        for place, item in enumerate(items, 1):
            assert told(store, item.cursor, limit=2) == items[place:]

    @clause("C12", needs=[Capability.FEED])
    def test_a_reader_at_the_end_is_told_what_comes(self, store: Store) -> None:
        """
        `next` of a reading that found nothing leads to what is committed later, again and again.
        """
        kept = add_one(store, logged())
        after = store.journal.read().next
        for _ in range(3):
            again = store.journal.read(after=after)
            assert again.items == ()
            kept = save(store, stepped(kept))
            assert feed(store, again.next) == feed(store, after) == [kept.journal[-1]]
            after = store.journal.read(after=after).next

    @clause("C12", needs=[Capability.FEED])
    def test_the_next_of_a_part_is_the_cursor_of_its_last_entry(self, store: Store) -> None:
        """
        Whether one keeps `next` or the cursor of the last entry, one goes on at the same place.
        """
        add(store, stepped(logged(), 6))
        part = store.journal.read(limit=3)
        rest = feed(store, part.items[-1].cursor)
        assert feed(store, part.next) == rest
        assert len(rest) == 4

    @clause("C12", needs=[Capability.FEED])
    def test_fifty_entries_come_where_no_limit_is_given(self, store: Store) -> None:
        """
        The limit is 50 unless given.
        """
        add(store, stepped(logged(), 52))
        assert len(store.journal.read().items) == 50

    @clause("C12", "C7", needs=[Capability.FEED])
    def test_what_was_left_leaves_no_gap(self, store: Store) -> None:
        """
        After units that were left, the feed goes on as if they had never been.
        """
        kept = add_one(store, logged())
        after = store.journal.read().next
        for turn in range(3):
            with store.unit() as unit:
                unit.incidents.save(stepped(kept, 2, "Never was."))
                unit.incidents.add(logged(f"INC-{turn}-never"))
            kept = save(store, stepped(kept))
            part = store.journal.read(after=after)
            assert [item.entry for item in part.items] == [kept.journal[-1]]
            after = part.next
        assert keys(feed(store)) == [("INC-1", number) for number in range(1, 5)]
        assert {type(entry.record) for entry in feed(store)} == {IncidentId}
