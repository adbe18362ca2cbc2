"""
Many at once: threads that race, and readers beside writers (C4, C6, C7, C12, C13).
"""

from __future__ import annotations

import itertools

from functools import partial
from typing import TYPE_CHECKING, TypeVar

from itil_ops.errors import DuplicateError, StaleRecordError
from itil_ops.incident.record import Incident
from itil_ops.kernel.identity import IncidentId
from itil_ops.testing.builders import logged, minutes, planned, stepped
from itil_ops.testing.contract.feeding import keys
from itil_ops.testing.contract.racing import race
from itil_ops.testing.contract.rules import Capability, Contract, clause
from itil_ops.testing.doing import (
    LEASE,
    add,
    claim,
    count,
    feed,
    find,
    get,
    insist,
    insist_on,
    listed,
    retrying,
    seen,
)


if TYPE_CHECKING:
    from collections.abc import Callable

    from itil_ops.kernel.journal import Entry
    from itil_ops.repositories.ports import Lease, Store, UnitOfWork


T = TypeVar("T")

INC = IncidentId("INC-1")
THREADS = frozenset({Capability.THREADS})


class ConcurrencyContract(Contract):
    """
    A store in many hands.
    """

    # ---- Threads that race ------------------------------------------------------------------

    @clause("C4", "C12", needs=THREADS)
    def test_every_success_is_one_version_and_one_entry_of_the_feed(self, store: Store) -> None:
        """
        Threads step one record: its version, its journal and the feed count every success once.
        """
        add(store, logged())

        def work(name: int) -> int:
            return sum(
                insist(store, partial(_step, text=f"{name}.{turn}")) for turn in range(self.rounds)
            )

        successes = sum(race(self._threads(work), self.patience))
        held = get(store)
        assert held.version == held.stored_version == 1 + successes
        assert successes == self.threads * self.rounds
        assert len({entry.note for entry in held.journal}) == held.version
        if self.can(Capability.FEED):
            assert feed(store) == list(held.journal)

    @clause("C4", needs=THREADS)
    def test_of_all_who_loaded_one_version_exactly_one_wins(self, store: Store) -> None:
        """
        Threads save what they made of one version, in one step, two or three.
        """
        add(store, logged())
        for _ in range(self.rounds):
            loaded = get(store)

            def work(name: int, loaded: Incident = loaded) -> Incident | None:
                record = stepped(loaded, 1 + name % 3, str(name))
                return _unless_refused(store, lambda unit: unit.incidents.save(record))

            winners = [*filter(None, race(self._threads(work), self.patience))]
            assert len(winners) == 1
            assert get(store) == winners[0]

    @clause("C6", needs=THREADS)
    def test_of_all_who_want_a_number_exactly_one_gets_it(self, store: Store) -> None:
        """
        Threads add records of different ids with one number.
        """
        for turn in range(self.rounds):

            def work(name: int, turn: int = turn) -> Incident | None:
                record = logged(f"INC-{turn}-{name}", number=f"{turn}")
                return _unless_refused(store, lambda unit: unit.incidents.add(record))

            assert len([*filter(None, race(self._threads(work), self.patience))]) == 1
        assert count(store) == self.rounds

    @clause("C6", needs=THREADS)
    def test_of_all_who_add_one_id_exactly_one_does(self, store: Store) -> None:
        """
        Threads add records of one id.
        """
        for turn in range(self.rounds):

            def work(name: int, turn: int = turn) -> Incident | None:
                record = logged(f"INC-{turn}", title=f"By {name}")
                return _unless_refused(store, lambda unit: unit.incidents.add(record))

            (winner,) = filter(None, race(self._threads(work), self.patience))
            assert get(store, f"INC-{turn}") == winner

    @clause("C13", needs=[Capability.THREADS, Capability.DUE_WORK])
    def test_no_work_is_claimed_twice(self, store: Store) -> None:
        """
        Threads claim one by one until nothing is left: all is claimed, each once.
        """
        size = self.threads * self.rounds * 2
        add(store, *(planned(logged(f"INC-{at}"), "look", minutes(5)) for at in range(size)))

        def work(name: int) -> list[str]:
            found: list[str] = []
            take = partial(claim, store, minutes(6), limit=1, worker=f"{name}")
            while (leases := insist_on(take)) and len(found) <= size:
                found += [lease.record.value for lease in leases]
            return found

        claimed = [id for found in race(self._threads(work), self.patience) for id in found]
        assert sorted(claimed) == sorted(f"INC-{at}" for at in range(size))

    @clause("C13", "C14", needs=[Capability.THREADS, Capability.DUE_WORK])
    def test_what_is_due_is_seen_to_once(self, store: Store) -> None:
        """
        Workers whose leases run out under their hands see to each record exactly once.
        """
        size = self.rounds
        add(store, *(planned(logged(f"INC-{at}"), "look", minutes(5)) for at in range(size)))
        turns = itertools.count(1)

        def see_to(unit: UnitOfWork, lease: Lease) -> bool:
            held = unit.complete(lease, minutes(6))
            if held:
                record = unit.incidents.get(IncidentId(lease.record.value))
                unit.incidents.save(stepped(record, text="Looked."))
            return held

        def work(name: int) -> int:
            done = 0
            while insist_on(store.due.next_due) is not None:
                # Each turn is later than every lease: somebody else may be at it.
                now = minutes(6) + LEASE * next(turns)
                for lease in insist_on(partial(claim, store, now, limit=2, worker=f"{name}")):
                    done += insist(store, partial(see_to, lease=lease))
            return done

        assert sum(race(self._threads(work), self.patience)) == size
        looked = [
            [entry.note for entry in record.journal].count("Looked.") for record in find(store)
        ]
        assert looked == [1] * size

    # ---- Readers beside writers -------------------------------------------------------------

    @clause("C12", needs=[Capability.THREADS, Capability.FEED])
    def test_a_reader_at_the_tail_is_told_every_entry_once(self, store: Store) -> None:
        """
        While threads write, a reader is told all, once, in the order that the feed has for good.
        """
        ticks = itertools.count()
        spans: list[tuple[int, int, str]] = []
        writing = [True] * self.threads

        def write(name: int) -> list[Entry]:
            try:
                for turn in range(self.rounds):
                    id = f"INC-{name}-{turn}"
                    begun = next(ticks)
                    retrying(store, partial(_added_and_stepped, id=id))
                    spans.append((begun, next(ticks), id))
            finally:
                writing[name] = False
            return []

        def read() -> list[Entry]:
            found, after = [], None
            while True:
                over = not any(writing)
                part = store.journal.read(after=after, limit=7)
                found += [item.entry for item in part.items]
                after = part.next
                if over and not part.items:
                    return found

        works = [read, *self._threads(write)]
        read_meanwhile = race(works, self.patience)[0]
        whole = feed(store)
        assert keys(read_meanwhile) == keys(whole), "the reader was told another feed"
        units = [id for id, _ in itertools.groupby(entry.record.value for entry in whole)]
        assert sorted(units) == sorted(id for *_, id in spans), "a unit was torn, lost or doubled"
        assert [number for _, number in keys(whole)] == [1, 2, 3, 4] * len(spans)
        place = {id: at for at, id in enumerate(units)}
        for (_, ended, one), (begun, _, other) in itertools.permutations(spans, 2):
            if ended < begun:
                assert place[one] < place[other], f"{other} began after {one} was committed"

    @clause("C7", "C2", needs=THREADS)
    def test_a_record_is_read_whole_while_others_save_it(self, store: Store) -> None:
        """
        A record that is read beside writers is its own replay, whatever the moment.
        """
        add(store, logged())

        def work(name: int) -> None:
            for turn in range(self.rounds):
                if name:
                    insist(store, partial(_step, text=f"{name}.{turn}", steps=2))
                    continue
                for record in (get(store), *find(store), retrying(store, _held)):
                    assert record.version == record.stored_version
                    assert record.version % 2
                    assert Incident.replay(record.journal) == record

        race(self._threads(work), self.patience)

    @clause("C7", needs=[Capability.THREADS, Capability.SNAPSHOTS])
    def test_records_written_together_are_read_together(self, store: Store) -> None:
        """
        Two records that every unit steps together are never seen at different versions.
        """
        add(store, logged("INC-1"), logged("INC-2"))
        writing = [True] * self.threads

        def write(name: int) -> None:
            try:
                for _ in range(self.rounds):
                    insist(store, _step_both)
            finally:
                writing[name] = False

        def read_both(unit: UnitOfWork) -> set[int]:
            versions = {record.version for record in listed(unit)}
            one, other = (unit.incidents.get(IncidentId(id)) for id in ("INC-2", "INC-1"))
            return versions | {one.version, other.version}

        def read(_name: int) -> None:
            while any(writing):
                versions = seen(store, read_both)
                assert len(versions) == 1, f"one unit saw versions {versions}"

        works = [*self._threads(write), lambda: read(0), lambda: read(1)]
        race(works, self.patience)
        assert {record.version for record in find(store)} == {1 + self.threads * self.rounds}

    def _threads(self, work: Callable[[int], T]) -> list[Callable[[], T]]:
        return [partial(work, name) for name in range(self.threads)]


def _held(unit: UnitOfWork) -> Incident:
    return unit.incidents.get(INC)


def _step(unit: UnitOfWork, text: str, steps: int = 1) -> int:
    unit.incidents.save(stepped(unit.incidents.get(INC), steps, text))
    return 1


def _step_both(unit: UnitOfWork) -> None:
    for id in ("INC-1", "INC-2"):
        unit.incidents.save(stepped(unit.incidents.get(IncidentId(id))))


def _added_and_stepped(unit: UnitOfWork, id: str) -> None:
    unit.incidents.save(stepped(unit.incidents.add(stepped(logged(id))), 2))


def _unless_refused(store: Store, work: Callable[[UnitOfWork], T]) -> T | None:
    try:
        return retrying(store, work)
    except (StaleRecordError, DuplicateError):
        return None
