"""
The feed while several units write: what holds a reader up, and in which order entries come.
"""

from __future__ import annotations

import functools
import itertools
import threading

import pytest

from adapters.sql.making import execute, other_program, retried
from itil_ops import StaleRecordError, TransientStoreError
from itil_ops.adapters.sql import FeedOrder
from repositories.making import Alone, get, held, logged, published, stepped


def told(part):
    return [(item.entry.record.value, item.entry.number) for item in part.items]


class TestTransactions:
    @pytest.fixture
    def store(self, opened, postgresql_url):
        return opened(postgresql_url, feed=FeedOrder.TRANSACTION)

    def test_a_unit_that_wrote_first_and_is_not_over_holds_the_feed_up(self, store):
        Alone(store).add(logged("INC-0"))
        with store.unit() as older:
            older.incidents.add(logged("INC-1"))
            Alone(store).add(logged("INC-2"))
            part = store.journal.read()
            assert told(part) == [("INC-0", 1)]
            assert store.journal.read(after=part.next).items == ()
            older.commit()

        assert told(store.journal.read(after=part.next)) == [("INC-1", 1), ("INC-2", 1)]

    def test_one_that_is_left_lets_the_feed_go_on(self, store):
        with store.unit() as older:
            older.incidents.add(logged("INC-1"))
            Alone(store).add(logged("INC-2"))
            assert published(store) == []

        assert told(store.journal.read()) == [("INC-2", 1)]

    def test_one_that_only_reads_does_not(self, store):
        Alone(store).add(logged("INC-1"))
        with store.unit(read_only=True) as reader, store.unit() as idle:
            for unit in (reader, idle):
                unit.incidents.get(logged("INC-1").id)
            Alone(store).add(logged("INC-2"))

            assert told(store.journal.read()) == [("INC-1", 1), ("INC-2", 1)]

    def test_so_does_a_transaction_of_any_other_program(self, store, postgresql_url):
        with other_program(postgresql_url) as other:
            other.execute("BEGIN")
            other.execute("SELECT pg_current_xact_id()")
            Alone(store).add(logged("INC-1"))
            Alone(store).save(stepped(get(store)))
            assert store.journal.read().items == ()
            assert get(store).version == 2
            other.execute("ROLLBACK")

        assert told(store.journal.read()) == [("INC-1", 1), ("INC-1", 2)]

    def test_who_began_to_write_earlier_does_not_save_over_who_began_later(self, store):
        kept = Alone(store).add(logged("INC-1"))
        with store.unit() as older:
            older.incidents.add(logged("INC-2"))
            Alone(store).save(stepped(kept))
            with pytest.raises(TransientStoreError, match="'INC-1' was written by a younger"):
                older.incidents.save(stepped(older.incidents.get(kept.id)))

        assert retried(store, lambda them: them.save(stepped(them.get(kept.id)))).version == 3
        assert told(store.journal.read()) == [("INC-1", 1), ("INC-1", 2), ("INC-1", 3)]

    def test_a_store_restored_on_a_server_that_has_counted_less_goes_on(
        self, opened, postgresql_url
    ):
        old = opened(postgresql_url)
        kept = Alone(old).add(logged("INC-1"))
        part = old.journal.read()
        far = "UPDATE {} SET xact = xact + 1000000000"
        execute(postgresql_url, far.format("itil_records"), far.format("itil_entries"))
        with pytest.raises(TransientStoreError):
            Alone(old).save(stepped(kept))
        before = opened(postgresql_url)

        grown = Alone(before).save(stepped(kept))
        Alone(opened(postgresql_url)).save(stepped(grown))
        assert told(before.journal.read()) == [("INC-1", 1), ("INC-1", 2), ("INC-1", 3)]
        assert told(before.journal.read(after=part.next)) == told(before.journal.read())
        assert before._opened.schema == opened(postgresql_url)._opened.schema

    def test_one_that_is_stale_is_told_to_be_stale(self, store):
        kept = Alone(store).add(logged("INC-1"))
        with store.unit() as older:
            older.incidents.add(logged("INC-2"))
            Alone(store).save(stepped(kept))
            with pytest.raises(StaleRecordError):
                older.incidents.save(stepped(kept))

    def test_entries_of_one_unit_stay_together_between_those_of_others(self, store):
        with store.unit() as one, store.unit() as other:
            one.incidents.add(logged("INC-1"))
            other.incidents.add(logged("INC-2"))
            one.incidents.add(logged("INC-3"))
            other.incidents.add(logged("INC-4"))
            other.commit()
            one.commit()

        assert [id for id, _ in told(store.journal.read())] == ["INC-1", "INC-3", "INC-2", "INC-4"]


class TestCommits:
    @pytest.fixture
    def store(self, opened, postgresql_url):
        return opened(postgresql_url, feed=FeedOrder.COMMIT)

    def test_units_come_in_the_order_of_their_commits(self, store):
        with store.unit() as one, store.unit() as other:
            one.incidents.add(logged("INC-1"))
            other.incidents.add(logged("INC-2"))
            other.commit()
            part = store.journal.read()
            assert told(part) == [("INC-2", 1)]
            one.commit()

        assert told(store.journal.read(after=part.next)) == [("INC-1", 1)]

    def test_a_transaction_that_stays_open_holds_nobody_up(self, store, postgresql_url):
        with other_program(postgresql_url) as other, store.unit() as older:
            other.execute("BEGIN")
            other.execute("SELECT pg_current_xact_id()")
            older.incidents.add(logged("INC-1"))
            Alone(store).add(logged("INC-2"))

            assert told(store.journal.read()) == [("INC-2", 1)]

    def test_who_began_to_write_earlier_may_save_over_who_began_later(self, store):
        kept = Alone(store).add(logged("INC-1"))
        with store.unit() as older:
            older.incidents.add(logged("INC-2"))
            Alone(store).save(stepped(kept))
            assert older.incidents.save(stepped(older.incidents.get(kept.id))).version == 3
            older.commit()

        assert told(store.journal.read()) == [
            ("INC-1", 1),
            ("INC-1", 2),
            ("INC-2", 1),
            ("INC-1", 3),
        ]

    def test_a_unit_that_publishes_nothing_waits_for_nobody(self, store, postgresql_url):
        kept = Alone(store).add(logged("INC-1"))
        with other_program(postgresql_url) as other:
            other.execute(f"SELECT pg_advisory_lock(hashtext('{store._opened.schema.store}'))")

            assert Alone(store).save(kept) == kept


class TestTails:
    THREADS, ROUNDS = 8, 12

    @pytest.mark.parametrize("feed", FeedOrder)
    def test_a_tailing_reader_skips_nothing_while_threads_write(self, opened, postgresql_url, feed):
        store = opened(postgresql_url, feed=feed)
        kept = [Alone(store).add(logged(f"INC-{at}")).id for at in range(3)]
        writing, errors = [True] * self.THREADS, []

        def write(name):
            try:
                for turn in range(self.ROUNDS):
                    retried(store, functools.partial(self.work, kept, f"{name}.{turn}"))
            except Exception as error:
                errors.append(error)
            writing[name] = False

        threads = [threading.Thread(target=write, args=(name,)) for name in range(self.THREADS)]
        for thread in threads:
            thread.start()
        seen, after = [], None
        while True:
            over = not any(writing)
            part = store.journal.read(after=after, limit=20)
            seen += told(part)
            after = part.next
            if over and not part.items:
                break
        for thread in threads:
            thread.join()

        assert errors == []
        assert len(seen) == len(set(seen)) == 3 + 3 * self.THREADS * self.ROUNDS
        assert seen == told(store.journal.read(limit=10_000))
        for record in held(store):
            numbers = [number for id, number in seen if id == record.id.value]
            assert numbers == [entry.number for entry in record.journal]
        units = [id for id, _ in itertools.groupby(seen, lambda key: key[0]) if "." in id]
        assert len(units) == self.THREADS * self.ROUNDS

    def work(self, kept, name, incidents):
        incidents.add(stepped(logged(name)))
        id = kept[hash(name) % len(kept)]
        incidents.save(stepped(incidents.get(id)))

    @pytest.mark.parametrize("feed", FeedOrder)
    def test_cursors_are_for_the_feed_of_one_store(self, opened, postgresql_url, sqlite_url, feed):
        store, other = opened(postgresql_url, feed=feed), opened(sqlite_url)
        for one in (store, other):
            Alone(one).add(logged())

        with pytest.raises(ValueError, match="after must be a cursor of this feed"):
            store.journal.read(after=other.journal.read().next)
        execute(sqlite_url, "VACUUM")
        assert other.journal.read(after=other.journal.read().next).items == ()
