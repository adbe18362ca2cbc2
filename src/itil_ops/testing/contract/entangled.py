"""
Units that overlap over more than one thing: records and due work, older and younger, crosswise.
"""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

import pytest

from itil_ops.errors import TransientStoreError
from itil_ops.kernel.identity import IncidentId
from itil_ops.testing.builders import logged, minutes, planned, stepped
from itil_ops.testing.contract.feeding import keys
from itil_ops.testing.contract.racing import Rival, attempt
from itil_ops.testing.contract.rules import Capability, Contract, clause
from itil_ops.testing.doing import add, add_one, claim, feed, find, get, retrying, told


if TYPE_CHECKING:
    from itil_ops.incident.record import Incident
    from itil_ops.repositories.ports import Store, UnitOfWork
    from itil_ops.testing.contract.racing import Work


INC, OTHER = IncidentId("INC-1"), IncidentId("INC-2")


class EntangledContract(Contract):
    """
    What each of two units leaves for the other.
    """

    @clause("C13", "C14", needs=[Capability.THREADS, Capability.DUE_WORK])
    @pytest.mark.parametrize("saved_first", [True, False])
    def test_what_is_planned_while_work_is_completed_is_not_lost(
        self, store: Store, saved_first: bool
    ) -> None:
        """
        One completes, another saves a later instant of that kind: it is due once both are done.
        """
        kept = add_one(store, planned(logged(), "look", minutes(5)))
        (lease,) = claim(store, minutes(6))
        longer = planned(kept, "look", minutes(5), minutes(20))

        def save(unit: UnitOfWork) -> object:
            return unit.incidents.save(longer)

        def complete(unit: UnitOfWork) -> object:
            return unit.complete(lease, minutes(6))

        first, second = (save, complete) if saved_first else (complete, save)
        rival = Rival(store, second, self.patience)

        def between() -> None:
            rival.write(self.settle)
            rival.commit(self.settle)

        for work, lost in ((first, attempt(store, first, between)), (second, rival.outcome())):
            if isinstance(lost, TransientStoreError):
                retrying(store, work)
        for held in claim(store, minutes(19)):
            store.due.complete(held, minutes(19))
        assert store.due.next_due() == minutes(20), "what is due later is lost"

    @clause("C12", needs=[Capability.THREADS, Capability.FEED])
    def test_entries_of_a_record_come_by_number_whichever_unit_began_first(
        self, store: Store
    ) -> None:
        """
        A unit that began to write before another, and goes on where that one ended, is told later.
        """
        record, other = add(store, logged("INC-1"), logged("INC-2"))
        rival = Rival(store, lambda unit: unit.incidents.save(stepped(record)), self.patience)

        def work(unit: UnitOfWork) -> None:
            unit.incidents.save(stepped(other))
            rival.write(self.settle)
            rival.commit(self.settle)
            unit.incidents.save(stepped(unit.incidents.get(INC)))

        attempt(store, work, lambda: None)
        rival.outcome()
        numbers = [number for id, number in keys(feed(store)) if id == "INC-1"]
        assert numbers == list(range(1, get(store).version + 1))

    @clause("C12", needs=[Capability.THREADS, Capability.FEED])
    def test_a_reader_skips_nothing_of_a_unit_that_takes_long(self, store: Store) -> None:
        """
        While a big unit is committed, a reader is told those that overtake it, and then all of it.
        """
        add(store, logged())
        seen_so_far = told(store)
        big = stepped(logged("big"), 2_500)
        rival = Rival(store, _adding(big), self.patience)
        rival.write(self.settle)
        rival.may_commit.set()
        for turn in takewhile(lambda _: not rival.over.is_set(), range(1_000)):
            retrying(store, _adding(logged(f"small {turn}")))
            seen_so_far += told(store, seen_so_far[-1].cursor)
        assert rival.outcome() is None
        seen_so_far += told(store, seen_so_far[-1].cursor)
        assert keys(item.entry for item in seen_so_far) == keys(feed(store))

    @clause("C7", "C4", needs=[Capability.THREADS])
    def test_of_units_that_wait_for_each_other_one_wins(self, store: Store) -> None:
        """
        Two save the same two records, each in its own order: one wins, and the other is told.
        """
        one, other = add(store, logged("INC-1"), logged("INC-2"))

        def backwards(unit: UnitOfWork) -> None:
            unit.incidents.save(stepped(other, 2))
            unit.incidents.save(stepped(one, 2))

        rival = Rival(store, backwards, self.patience)

        def forwards(unit: UnitOfWork) -> None:
            unit.incidents.save(stepped(one))
            rival.write(self.settle)
            unit.incidents.save(stepped(other))

        lost = [attempt(store, forwards, lambda: None), rival.outcome()]
        assert lost.count(None) == 1, f"one wins, and the other is told; but: {lost}"
        assert [record.version for record in find(store)] == ([2, 2] if lost[0] is None else [3, 3])


def _adding(record: Incident) -> Work:
    return lambda unit: unit.incidents.add(record)
