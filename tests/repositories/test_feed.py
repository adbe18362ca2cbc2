"""
The feed in memory: every entry once, in the order of commits.
"""

from __future__ import annotations

import pytest

from itil_ops.repositories import IncidentQuery, MemoryStore, Slice
from repositories.making import Alone, get, logged, stepped


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def feed(store):
    return store.journal


@pytest.fixture
def three(store):
    """
    Two incidents with three entries: the first of each, then the second of the first.
    """
    incidents = Alone(store)
    added = incidents.add(logged("INC-2"))
    incidents.add(logged("INC-1"))
    incidents.save(stepped(added))


def told(feed_slice):
    return [(str(item.entry.record), item.entry.number) for item in feed_slice.items]


class TestFeed:
    def test_an_empty_feed_has_nothing_and_no_place(self, feed):
        assert feed.read() == Slice((), None)

    @pytest.mark.usefixtures("three")
    def test_entries_come_in_the_order_of_commits(self, feed):
        assert told(feed.read()) == [("INC-2", 1), ("INC-1", 1), ("INC-2", 2)]

    @pytest.mark.usefixtures("three")
    @pytest.mark.parametrize("limit", [1, 2, 3, 4, 10**30])
    def test_parts_put_together_are_the_feed(self, feed, limit):
        cursor, seen = None, []
        while len(seen) <= 3 and (part := feed.read(after=cursor, limit=limit)).items:
            assert len(part.items) <= limit
            seen += told(part)
            cursor = part.next

        assert seen == told(feed.read())

    @pytest.mark.usefixtures("three")
    def test_a_reader_goes_on_after_any_entry(self, feed):
        everything = feed.read()

        for place, item in enumerate(everything.items, 1):
            assert feed.read(after=item.cursor).items == everything.items[place:]

    @pytest.mark.usefixtures("three")
    def test_at_the_end_there_is_nothing_new_and_the_place_is_kept(self, feed):
        end = feed.read().next

        assert feed.read(after=end) == Slice((), end)

    @pytest.mark.usefixtures("three")
    def test_what_comes_later_follows(self, store, feed):
        end = feed.read().next
        Alone(store).save(stepped(get(store), 2))

        assert told(feed.read(after=end)) == [("INC-1", 2), ("INC-1", 3)]

    @pytest.mark.usefixtures("three")
    @pytest.mark.parametrize("limit", [0, -1])
    def test_less_than_one_is_refused(self, feed, limit):
        with pytest.raises(ValueError, match=f"limit must be 1 or more, not {limit}"):
            feed.read(limit=limit)

    @pytest.mark.parametrize("limit", [None, "1", 1.0])
    def test_a_limit_that_is_no_number_is_refused(self, feed, limit):
        with pytest.raises(TypeError, match="limit must be an int"):
            feed.read(limit=limit)

    @pytest.mark.parametrize("cursor", [0, 1, b"MQ==", object()])
    def test_a_cursor_that_is_no_text_is_refused(self, feed, cursor):
        with pytest.raises(TypeError, match="after must be a str"):
            feed.read(after=cursor)

    def test_entries_of_a_unit_stay_together_in_the_order_of_its_calls(self, store, feed):
        with store.unit() as unit:
            one = unit.incidents.add(logged("INC-1"))
            other = unit.incidents.add(logged("INC-2"))
            Alone(store).add(logged("INC-3"))
            one = unit.incidents.save(stepped(one, 2))
            unit.incidents.save(stepped(other))
            unit.incidents.save(stepped(one))
            unit.commit()

        assert told(feed.read()) == [
            ("INC-3", 1),
            ("INC-1", 1),
            ("INC-2", 1),
            ("INC-1", 2),
            ("INC-1", 3),
            ("INC-2", 2),
            ("INC-1", 4),
        ]

    def test_what_was_not_committed_is_not_told(self, store, feed):
        with store.unit() as unit:
            unit.incidents.add(logged())

        assert feed.read() == Slice((), None)

    @pytest.mark.usefixtures("three")
    def test_a_cursor_of_another_feed_is_refused(self, feed):
        with pytest.raises(ValueError, match="after must be a cursor of this feed"):
            MemoryStore().journal.read(after=feed.read().next)

    @pytest.mark.usefixtures("three")
    def test_a_cursor_of_a_query_is_refused(self, store, feed):
        page = Alone(store).find(IncidentQuery(), limit=1)

        with pytest.raises(ValueError, match="after must be a cursor of this feed"):
            feed.read(after=page.next)

    @pytest.mark.usefixtures("three")
    def test_a_reader_who_was_refused_holds_nobody_up(self, store, feed):
        with pytest.raises(ValueError, match="after"):
            feed.read(after="nowhere")

        assert get(store)
