"""
The store in memory, used from several threads at once.
"""

from __future__ import annotations

import sys
import threading

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from itil_ops import DuplicateError, IncidentId, StaleRecordError
from itil_ops.repositories import IncidentQuery, MemoryStore
from repositories.making import logged, stepped


THREADS = 8
ID = IncidentId("INC-1")


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


def everything(feed):
    return [item.entry for item in feed.read(limit=100_000).items]


class TestThreads:
    def test_every_success_is_one_version_and_one_entry_of_the_feed(self, store, together):
        store.incidents.add(logged())

        def work(name):
            done = 0
            # Who loses, loses to a success; so that there are no more tries than successes.
            for _ in range(25 * THREADS):
                loaded = store.incidents.get(ID)
                try:
                    store.incidents.save(stepped(loaded, text=f"{name}.{done}"))
                except StaleRecordError:
                    continue
                done += 1
                if done == 25:
                    break

        together(work)
        held = store.incidents.get(ID)
        assert held.version == held.stored_version == 1 + 25 * THREADS
        assert everything(store.journal) == list(held.journal)
        notes = Counter(entry.note for entry in held.journal[1:])
        assert notes == {f"{name}.{done}": 1 for name in range(THREADS) for done in range(25)}

    def test_of_all_who_loaded_one_version_exactly_one_wins(self, store, together):
        store.incidents.add(logged())
        for _ in range(20):
            loaded = store.incidents.get(ID)

            def work(name, loaded=loaded):
                try:
                    return store.incidents.save(stepped(loaded, 1 + name % 3, str(name)))
                except StaleRecordError:
                    return None

            (winner,) = filter(None, together(work))
            assert store.incidents.get(ID) == winner
        assert everything(store.journal) == list(winner.journal)

    def test_of_all_who_want_a_number_exactly_one_gets_it(self, store, together):
        for number in map(str, range(20)):

            def work(name, number=number):
                try:
                    return store.incidents.add(logged(f"INC-{number}-{name}", number=number))
                except DuplicateError:
                    return None

            assert len([*filter(None, together(work))]) == 1
        assert store.incidents.count(IncidentQuery()) == len(everything(store.journal)) == 20

    def test_of_all_who_add_one_id_exactly_one_does(self, store, together):
        def work(name):
            try:
                return store.incidents.add(logged(title=str(name)))
            except DuplicateError:
                return None

        assert [*filter(None, together(work))] == [store.incidents.get(ID)]

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
                    added = store.incidents.add(logged(f"INC-{name}-{number}"))
                    store.incidents.save(stepped(added, 2))
            finally:
                finished.append(name)

        seen = together(lambda name: read() if name in readers else write(name))
        told = everything(store.journal)
        assert len(told) == total
        assert [seen[name] == told for name in readers] == [True, True]
        for entries in (told[at : at + 2] for at, entry in enumerate(told) if entry.number == 2):
            assert [(entry.record, entry.number) for entry in entries] == [
                (entries[0].record, 2),
                (entries[0].record, 3),
            ]

    def test_a_list_shows_records_before_or_after_a_write_never_between(self, store, together):
        for number in range(20):
            store.incidents.add(logged(f"INC-{number}"))

        def work(name):
            if name:
                for number in range(20):
                    for _ in range(3):
                        try:
                            id = IncidentId(f"INC-{number}")
                            store.incidents.save(stepped(store.incidents.get(id), 2))
                        except StaleRecordError:
                            continue
                return
            for _ in range(30):
                for record in store.incidents.find(IncidentQuery()).items:
                    assert record.version % 2
                    assert record.stored_version == record.version

        together(work)
