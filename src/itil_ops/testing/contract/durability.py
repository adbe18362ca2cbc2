"""
What lasts: stores that are closed, opened anew, shared by processes, and killed (C4 to C7, C12).
"""

from __future__ import annotations

import random
import time

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from itil_ops.errors import DuplicateError, StaleRecordError
from itil_ops.kernel.identity import IncidentId
from itil_ops.testing.builders import logged, minutes, planned, stepped
from itil_ops.testing.child import opened
from itil_ops.testing.contract.crew import Crew
from itil_ops.testing.contract.feeding import keys
from itil_ops.testing.contract.rules import Capability, Contract, clause
from itil_ops.testing.doing import (
    EVERYTHING,
    add,
    claim,
    count,
    feed,
    find,
    get,
    ids,
    insist,
    insist_on,
    save,
    seen,
    told,
)
from itil_ops.testing.eventful import eventful
from itil_ops.testing.sameness import assert_same


if TYPE_CHECKING:
    from itil_ops.incident.record import Incident
    from itil_ops.repositories.ports import Store, UnitOfWork
    from itil_ops.testing.contract.crew import Member


DURABLE = frozenset({Capability.DURABLE})
PROCESSES = frozenset({Capability.MULTIPROCESS})
ENDLESS = 1_000_000

_CREW = pytest.StashKey[Crew]()


class DurabilityContract(Contract):
    """
    A store that outlives its process, and one that several processes share.
    """

    @pytest.fixture
    def crew(self, request: pytest.FixtureRequest) -> Crew:
        """
        Child processes, the same for all stores of a run.
        """
        crew = request.config.stash.setdefault(_CREW, Crew(self.patience))
        request.config.add_cleanup(crew.disband)
        return crew

    def opened_anew(self, store: Store) -> Store:
        """
        Return the data of *store*, opened as another process would.
        """
        return opened(self.process_factory or "", self.process_arguments(store))

    # ---- Closed and opened ------------------------------------------------------------------

    @clause("C2", "C7", needs=DURABLE)
    def test_what_was_committed_is_there_after_closing(self, store: Store) -> None:
        """
        Records come back with value and type from a store that is opened anew; what was left not.
        """
        kept = add(store, *eventful())
        with store.unit() as unit:
            unit.incidents.add(logged("never"))
        store.close()
        with closing(self.opened_anew(store)) as anew:
            assert count(anew) == len(kept)
            for record in kept:
                assert_same(record, get(anew, record.id.value))

    @clause("C4", "C6", needs=DURABLE)
    def test_versions_and_numbers_outlast_closing(self, store: Store) -> None:
        """
        What is stale or taken stays so; what was returned before can be gone on from.
        """
        loaded, other = add(store, logged("INC-1", number="7"), logged("INC-2"))
        save(store, stepped(loaded))
        store.close()
        with closing(self.opened_anew(store)) as anew:
            with pytest.raises(StaleRecordError):
                save(anew, stepped(loaded))
            with pytest.raises(DuplicateError):
                add(anew, logged("INC-3", number="7"))
            with pytest.raises(DuplicateError):
                add(anew, logged("INC-1"))
            assert save(anew, stepped(other)).version == 2

    @clause("C12", "C9", needs=[Capability.DURABLE, Capability.FEED])
    def test_cursors_outlast_closing(self, store: Store) -> None:
        """
        A reader goes on where it was, in the feed and in a list.
        """
        add(store, *(stepped(logged(f"INC-{place}")) for place in range(4)))
        items = told(store)
        after = seen(store, lambda unit: unit.incidents.find(EVERYTHING, limit=2)).next
        store.close()
        with closing(self.opened_anew(store)) as anew:
            for place, item in enumerate(items, 1):
                rest = feed(anew, item.cursor)
                assert rest == [later.entry for later in items[place:]]
            page = seen(anew, lambda unit: unit.incidents.find(EVERYTHING, after=after))
            assert ids(list(page.items)) == ["INC-2", "INC-3"]
            add(anew, logged("INC-9"))
            assert keys(feed(anew, items[-1].cursor)) == [("INC-9", 1)]

    @clause("C13", needs=[Capability.DURABLE, Capability.DUE_WORK])
    def test_due_work_and_leases_outlast_closing(self, store: Store) -> None:
        """
        What was planned is due, and who held a lease holds it still.
        """
        add(
            store,
            planned(logged("INC-1"), "look", minutes(5), minutes(30)),
            planned(logged("INC-2"), "look", minutes(8)),
        )
        (lease,) = claim(store, minutes(6))
        store.close()
        with closing(self.opened_anew(store)) as anew:
            assert anew.due.next_due() == minutes(8)
            assert [found.record.value for found in claim(anew, minutes(9))] == ["INC-2"]
            assert anew.due.complete(lease, minutes(9))
            assert anew.due.next_due() == minutes(19)

    # ---- Several processes ------------------------------------------------------------------

    @clause("C7", needs=PROCESSES)
    def test_a_process_sees_what_another_one_committed(self, store: Store) -> None:
        """
        Two stores that are open over the same data each see what the other commits.
        """
        with closing(self.opened_anew(store)) as other:
            loaded = add(store, logged())[0]
            save(other, stepped(get(other)))
            assert get(store).version == 2
            with pytest.raises(StaleRecordError):
                save(store, stepped(loaded))
            save(store, stepped(get(store)))
            assert get(other).version == 3
            if self.can(Capability.FEED):
                assert told(other) == told(store)

    @clause("C4", "C12", needs=PROCESSES)
    def test_every_success_of_every_process_is_one_version(self, store: Store, crew: Crew) -> None:
        """
        Processes step one record: its version, its journal and the feed count each success once.
        """
        add(store, logged())
        did = self._all_do(store, crew, "step")
        held = get(store)
        assert sorted(entry.note or "" for entry in held.journal[1:]) == sorted(did)
        assert held.stored_version == held.version == 1 + self.processes * self.rounds
        if self.can(Capability.FEED):
            assert feed(store) == list(held.journal)

    @clause("C6", needs=PROCESSES)
    def test_of_all_processes_that_want_a_number_one_gets_it(
        self, store: Store, crew: Crew
    ) -> None:
        """
        Processes add records with the same numbers: each number is given once.
        """
        did = self._all_do(store, crew, "take_numbers")
        records = find(store)
        assert sorted(did) == ids(records)
        assert sorted(record.number or "" for record in records) == sorted(
            str(turn) for turn in range(self.rounds)
        )

    @clause("C13", needs=[Capability.MULTIPROCESS, Capability.DUE_WORK])
    def test_no_work_is_claimed_by_two_processes(self, store: Store, crew: Crew) -> None:
        """
        Processes claim until nothing is left: all is claimed, each once.
        """
        size = self.processes * self.rounds * 2
        add(store, *(planned(logged(f"INC-{at:03}"), "look", minutes(5)) for at in range(size)))
        did = self._all_do(store, crew, "claim_all")
        assert sorted(did) == ids(find(store))

    def _all_do(self, store: Store, crew: Crew, job: str) -> list[str]:
        members = self._ordered(store, crew, job, rounds=self.rounds, size=self.processes)
        return [did for member in members for did in member.did()]

    def _ordered(
        self, store: Store, crew: Crew, job: str, *, rounds: int, size: int, team: str = "t"
    ) -> list[Member]:
        members = crew.muster(size)
        arguments = self.process_arguments(store)
        for name, member in enumerate(members):
            member.order(
                self.process_factory or "", arguments, job=job, name=f"{team}.{name}", rounds=rounds
            )
        for member in members:
            member.go()
        return members

    # ---- Killed -----------------------------------------------------------------------------

    @clause("C7", "C12", needs=DURABLE)
    def test_a_killed_process_leaves_whole_units_only(self, store: Store, crew: Crew) -> None:
        """
        After `kill -9` at any instant all is there that was told, and each unit is whole.
        """
        add(store, logged("INC-1"), logged("INC-2"))
        store.close()
        chance = random.Random(self.kills)
        did: list[str] = []
        for turn in range(self.kills):
            (member,) = self._ordered(
                store, crew, "write_together", rounds=ENDLESS, size=1, team=f"t{turn}"
            )
            did += self._killed(member, chance)
        with closing(self.opened_anew(store)) as anew:
            self._see_that_units_are_whole(anew, did, self.kills)

    @clause("C7", "C12", needs=[Capability.DURABLE, Capability.MULTIPROCESS])
    def test_processes_killed_among_others_leave_whole_units_only(
        self, store: Store, crew: Crew
    ) -> None:
        """
        While processes write and are killed one by one, others go on, and no unit is torn.
        """
        add(store, logged("INC-1"), logged("INC-2"))
        chance = random.Random(self.processes)
        members = self._ordered(store, crew, "write_together", rounds=ENDLESS, size=self.processes)
        did = [note for member in members for note in self._killed(member, chance)]
        self._see_that_units_are_whole(store, did, self.processes)

    @staticmethod
    def _killed(member: Member, chance: random.Random) -> list[str]:
        did, began = member.did(), time.monotonic()
        heard = [next(did) for _ in range(chance.randint(3, 12))]
        # Anywhere in the next unit, however long one takes in this store.
        time.sleep(chance.random() * max(0.005, (time.monotonic() - began) / len(heard)))
        return heard + member.kill()

    def _see_that_units_are_whole(self, store: Store, did: list[str], killed: int) -> None:
        notes = [entry.note or "" for entry in get(store, "INC-1").journal[1:]]
        assert set(did) <= set(notes), "what was told to be committed is lost"
        assert len(set(notes)) == len(notes) <= len(did) + killed
        assert [entry.note for entry in get(store, "INC-2").journal[1:]] == notes
        added = sorted(f"of {note}" for note in notes)
        assert ids(find(store)) == ["INC-1", "INC-2", *added], "a unit is not whole"
        if self.can(Capability.FEED):
            whole = feed(store)
            assert keys(whole) == [
                ("INC-1", 1),
                ("INC-2", 1),
                *(key for turn, note in enumerate(notes, 2) for key in _written(turn, note)),
            ]
        if self.can(Capability.DUE_WORK):
            leases = insist_on(lambda: claim(store, minutes(6), limit=10_000))
            assert sorted(lease.record.value for lease in leases) == added
        insist(store, _step_first)  # nothing is locked for good


def _written(turn: int, note: str) -> list[tuple[str, int]]:
    """
    Return what the feed tells of a unit of `write_together`.
    """
    return [("INC-1", turn), (f"of {note}", 1), (f"of {note}", 2), ("INC-2", turn)]


def _step_first(unit: UnitOfWork) -> Incident:
    return unit.incidents.save(stepped(unit.incidents.get(IncidentId("INC-1"))))
