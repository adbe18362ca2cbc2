"""
Columns and due work, written anew from what the records hold.
"""

from __future__ import annotations

import pytest

from adapters.sql.making import execute, just_before
from itil_ops import LinkKind, Priority, ProblemId
from itil_ops.adapters.serialization import Codec, Upcaster
from itil_ops.adapters.sql import FeedOrder, Reindexed
from itil_ops.adapters.sql import store as module
from itil_ops.repositories import IncidentQuery, QueryOrder
from itil_ops.testing.requested import asked
from repositories.making import (
    DESK,
    Alone,
    content,
    first_of_each,
    get,
    held,
    logged,
    minutes,
    next_of_each,
    published,
    stepped,
)


GARBLED = """
    UPDATE itil_records SET number = id || '!', state = 'x', phase = 'x', priority_rank = 1,
    priority_name = 'x', service = 'x', customer = 'x', "group" = 'x', assignee = 'x', owner = 'x'
"""
COLUMNS = """
    SELECT id, version, number, state, phase, priority_rank, priority_name, service, customer,
    "group", assignee, owner, logged_at, payload FROM itil_records ORDER BY id
"""
LINKS = "SELECT kind, record, target FROM itil_links ORDER BY record, target"
DUE = "SELECT record, timer, due, token FROM itil_due ORDER BY record, timer"


@pytest.fixture
def three(store):
    first = logged("INC-1", number="1", customer="Lyon", owner="ann")
    first = first.link(LinkKind.RELATED, ProblemId("PRB-1"), by=DESK, at=minutes(1))
    second = first.prioritize(override=Priority(3, "some day"), reason="x", by=DESK, at=minutes(1))
    for record in (second, stepped(logged("INC-2"), 3), logged("INC-3")):
        Alone(store).add(record)


@pytest.mark.usefixtures("three")
class TestColumns:
    def test_what_was_garbled_is_right_again(self, store, url):
        before = execute(url, COLUMNS)
        execute(url, GARBLED)
        assert execute(url, COLUMNS) != before

        assert store.reindex() == Reindexed(3, ())
        assert execute(url, COLUMNS) == before

    def test_queries_find_again(self, store, url):
        query = IncidentQuery(customers=["Lyon"], order=QueryOrder.PRIORITY)
        execute(url, GARBLED)
        assert Alone(store).count(query) == 0

        store.reindex()
        assert [record.number for record in Alone(store).find(query).items] == ["1"]

    def test_links_that_were_lost_or_never_were_are_right_again(self, store, url):
        garbled = (
            "DELETE FROM itil_links",
            "INSERT INTO itil_links SELECT kind, id, 'problem_id ' || id FROM itil_records",
        )
        for change in (garbled, garbled[:1], garbled[1:]):
            execute(url, *change)
            assert store.reindex() == Reindexed(3, ())
            assert execute(url, LINKS) == [("incident", "INC-1", "problem_id PRB-1")]

    def test_names_that_requests_are_sought_by_are_right_again(self, store, url):
        Alone(store, "service_requests").add(asked())
        before = execute(url, LINKS)
        execute(url, "DELETE FROM itil_links WHERE kind = 'service_request'")
        assert execute(url, LINKS) != before

        assert store.reindex() == Reindexed(4, ())
        assert execute(url, LINKS) == before

    def test_nothing_is_published_and_no_record_changes(self, store):
        before = content(store)
        end = store.journal.read().next
        store.reindex()

        assert content(store) == before
        assert store.journal.read(after=end).items == ()

    def test_records_that_were_loaded_before_can_be_saved_after(self, store):
        kept = get(store)
        store.reindex()

        assert Alone(store).save(stepped(kept)).version == kept.version + 1

    @pytest.mark.parametrize("batch", [1, 2, 3, 4])
    def test_it_goes_by_batches(self, store, url, monkeypatch, batch):
        before = execute(url, COLUMNS)
        execute(url, GARBLED)
        monkeypatch.setattr(module, "_BATCH", batch)

        assert store.reindex().records == 3
        assert execute(url, COLUMNS) == before

    def test_one_that_cannot_be_read_is_told_and_the_others_are_written(self, store, url):
        before = execute(url, COLUMNS)
        execute(url, GARBLED, "UPDATE itil_records SET payload = 'x' WHERE id = 'INC-2'")
        done = store.reindex()

        assert done.records == 2
        assert [error.record for error in done.unreadable] == ["INC-2"]
        after = execute(url, COLUMNS)
        assert (after[0], after[2]) == (before[0], before[2])


class TestOthers:
    @pytest.mark.parametrize("feed", FeedOrder)
    def test_a_record_that_somebody_saves_meanwhile_is_left_to_them(
        self, opened, postgresql_url, feed
    ):
        store, other = opened(postgresql_url, feed=feed), opened(postgresql_url)
        kept = Alone(store).add(logged())
        Alone(store).add(logged("INC-2"))
        with just_before(store, "UPDATE", lambda: Alone(other).save(stepped(kept))):
            assert store.reindex() == Reindexed(1, ())

        assert get(store).version == 2
        assert store.reindex() == Reindexed(2, ())


class TestSchemas:
    def test_records_are_written_in_the_newest_schema(self, opened, url):
        Alone(opened(url)).add(stepped(logged()))
        newer = opened(url, codec=Codec(upcasters=[Upcaster("incident", 1, lambda data: data)]))
        assert newer.reindex().records == 1

        ((payload,),) = execute(url, "SELECT payload FROM itil_records")
        assert '"kind":"incident","schema":2' in payload
        assert get(newer).version == 2


class TestDueWork:
    def test_a_new_planner_plans_all_records(self, opened, url):
        without = opened(url)
        for at in (1, 2):
            Alone(without).add(logged(f"INC-{at}", title=f"ring {at}5, look {at}7"))
        store = opened(url, due=next_of_each)
        assert store.due.next_due() is None

        store.reindex()
        assert store.due.next_due() == minutes(15)
        assert len(execute(url, DUE)) == 4

    def test_another_planner_takes_away_what_is_not_planned_any_more(self, opened, url):
        Alone(opened(url, due=first_of_each)).add(logged(title="ring 5, look 7"))
        store = opened(url, due=lambda record: {"look": minutes(9)})
        store.reindex()

        assert [row[:2] for row in execute(url, DUE)] == [("INC-1", "look")]
        assert store.due.next_due() == minutes(9)

    def test_what_is_planned_as_before_keeps_its_lease(self, planning):
        Alone(planning).add(logged(title="ring 5"))
        (lease,) = planning.due.claim(minutes(6), minutes(1) - minutes(0), 1, "li")
        planning.reindex()

        assert planning.due.complete(lease, minutes(6))

    def test_without_a_planner_due_work_is_left_as_it_is(self, opened, url):
        Alone(opened(url, due=first_of_each)).add(logged(title="ring 5"))
        before = execute(url, DUE)
        opened(url).reindex()

        assert execute(url, DUE) == before

    def test_without_a_planner_work_that_is_done_is_not_planned_anew(self, opened, url):
        Alone(opened(url, due=next_of_each)).add(logged(title="ring 5 9"))
        store = opened(url)
        (lease,) = store.due.claim(minutes(6), minutes(1) - minutes(0), 1, "li")

        assert store.due.complete(lease, minutes(6))
        assert execute(url, DUE) == []

    def test_an_empty_store_has_nothing_to_write(self, planning):
        assert planning.reindex() == Reindexed(0, ())
        assert (held(planning), published(planning)) == ((), [])
