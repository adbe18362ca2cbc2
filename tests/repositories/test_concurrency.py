"""
The store in memory, used from several threads at once.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import sys
import threading

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from itil_ops import DuplicateError, IncidentId, StaleRecordError, TransientStoreError
from itil_ops.repositories import IncidentQuery, MemoryStore
from repositories.making import (
    Alone,
    get,
    held,
    logged,
    minutes,
    next_of_each,
    published,
    stepped,
)


THREADS = 8
ALL = IncidentQuery()


@pytest.fixture(autouse=True)
def _restless():
    """
    Let threads take turns as often as they can.
    """
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def together():
    """
    Run a function in all threads at once, and return what each returned.
    """
    with ThreadPoolExecutor(THREADS) as pool:

        def run(work):
            start = threading.Barrier(THREADS)

            def one(name):
                start.wait()
                return work(name)

            return list(pool.map(one, range(THREADS)))

        yield run


class TestThreads:
    def test_every_success_is_one_version_and_one_entry_of_the_feed(self, store, together):
        Alone(store).add(logged())

        def work(name):
            done = 0
            # Who loses, loses to a success; so that there are no more tries than successes.
            for _ in range(25 * THREADS):
                try:
                    Alone(store).save(stepped(get(store), text=f"{name}.{done}"))
                except StaleRecordError:
                    continue
                done += 1
                if done == 25:
                    break

        together(work)
        found = get(store)
        assert found.version == found.stored_version == 1 + 25 * THREADS
        assert published(store) == list(found.journal)
        notes = Counter(entry.note for entry in found.journal[1:])
        assert notes == {f"{name}.{done}": 1 for name in range(THREADS) for done in range(25)}

    def test_of_all_who_loaded_one_version_exactly_one_wins(self, store, together):
        Alone(store).add(logged())
        for _ in range(20):
            loaded = get(store)

            def work(name, loaded=loaded):
                try:
                    return Alone(store).save(stepped(loaded, 1 + name % 3, str(name)))
                except StaleRecordError:
                    return None

            (winner,) = filter(None, together(work))
            assert get(store) == winner
        assert published(store) == list(winner.journal)

    def test_of_all_who_are_past_the_save_exactly_one_commits(self, store, together):
        Alone(store).add(logged())
        saved = threading.Barrier(THREADS)

        def work(name):
            with store.unit() as unit:
                ours = unit.incidents.save(stepped(get(store), 1 + name % 3, str(name)))
                saved.wait()
                try:
                    unit.commit()
                except StaleRecordError:
                    return None
            return ours

        assert [*filter(None, together(work))] == [get(store)]
        assert published(store) == list(get(store).journal)

    def test_of_all_who_want_a_number_exactly_one_gets_it(self, store, together):
        for number in map(str, range(20)):

            def work(name, number=number):
                try:
                    return Alone(store).add(logged(f"INC-{number}-{name}", number=number))
                except DuplicateError:
                    return None

            assert len([*filter(None, together(work))]) == 1
        assert len(held(store)) == len(published(store)) == 20

    def test_of_all_who_add_one_id_exactly_one_does(self, store, together):
        def work(name):
            try:
                return Alone(store).add(logged(title=str(name)))
            except DuplicateError:
                return None

        assert [*filter(None, together(work))] == [get(store)]

    def test_a_reader_at_the_tail_is_told_every_entry_once(self, store, together):
        readers, writers, finished = {0, 4}, THREADS - 2, []
        total = writers * 40 * 3

        def read():
            cursor, seen = None, []
            while len(seen) <= total:
                over = len(finished) == writers
                part = store.journal.read(after=cursor, limit=7)
                seen += [item.entry for item in part.items]
                cursor = part.next
                if over and not part.items:
                    break
            return seen

        def write(name):
            try:
                for number in range(40):
                    added = Alone(store).add(logged(f"INC-{name}-{number}"))
                    Alone(store).save(stepped(added, 2))
            finally:
                finished.append(name)

        seen = together(lambda name: read() if name in readers else write(name))
        told = published(store)
        assert len(told) == total
        assert [seen[name] == told for name in readers] == [True, True]
        for entries in (told[at : at + 2] for at, entry in enumerate(told) if entry.number == 2):
            assert [(entry.record, entry.number) for entry in entries] == [
                (entries[0].record, 2),
                (entries[0].record, 3),
            ]

    def test_two_records_of_one_unit_are_read_together(self, store, together):
        ids = [IncidentId("INC-1"), IncidentId("INC-2")]
        for id in ids:
            Alone(store).add(logged(str(id)))

        def step_both(unit):
            for id in ids:
                unit.incidents.save(stepped(unit.incidents.get(id)))
            unit.commit()

        def work(name):
            for _ in range(30):
                if name % 2:
                    with store.unit() as unit, contextlib.suppress(StaleRecordError):
                        step_both(unit)
                    continue
                with store.unit(read_only=True) as unit:
                    listed = [record.version for record in unit.incidents.find(ALL).items]
                    read = [unit.incidents.get(id).version for id in ids]
                assert len({*listed, *read}) == 1

        together(work)
        assert len({record.version for record in held(store)}) == 1


class TestWorkers:
    def test_of_all_who_claim_each_gets_something_else(self, together):
        store = MemoryStore(due=next_of_each)
        for number in range(60):
            Alone(store).add(logged(f"INC-{number}", title="ring 5, look 6"))

        def work(name):
            leases = []
            while found := store.due.claim(minutes(6), dt.timedelta(hours=1), 7, str(name)):
                leases += found
            return leases

        claimed = [(lease.record, lease.kind) for part in together(work) for lease in part]
        assert len(claimed) == len(set(claimed)) == 120

    def test_of_all_who_complete_one_lease_exactly_one_does(self, together):
        store = MemoryStore(due=next_of_each)
        Alone(store).add(logged(title="ring 5"))
        (lease,) = store.due.claim(minutes(5), dt.timedelta(hours=1), 1, "li")

        assert sorted(together(lambda _: store.due.complete(lease, minutes(5)))) == [
            *[False] * (THREADS - 1),
            True,
        ]

    def test_while_some_save_and_others_look_nothing_that_falls_due_is_lost(self, together):
        store = MemoryStore(due=next_of_each)
        instants = [minutes(count) for count in range(1, 61)]
        title = "ring " + " ".join(str(count) for count in range(1, 61))
        Alone(store).add(logged(title=title))
        looked = []

        def work(name):
            for at in instants:
                if name % 2:
                    record = get(store)
                    with contextlib.suppress(StaleRecordError, TransientStoreError):
                        Alone(store).save(stepped(record, at=max(at, record.journal[-1].at)))
                    continue
                leases = store.due.claim(at, dt.timedelta(seconds=1), 1, str(name))
                looked.extend(one.due for one in leases if store.due.complete(one, one.due))

        together(work)
        while leases := store.due.claim(minutes(99), dt.timedelta(hours=1), 1, "last"):
            assert store.due.complete(leases[0], leases[0].due)
            looked.append(leases[0].due)
        assert sorted(set(looked)) == instants
