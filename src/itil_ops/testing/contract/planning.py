"""
What falls due and the records that say so: planned and completed in units (C13, C14, C10).
"""

from __future__ import annotations

import datetime as dt

from typing import TYPE_CHECKING

import pytest

from itil_ops.testing.builders import (
    DESK,
    START,
    logged,
    microseconds_after,
    minutes,
    planned,
    stepped,
)
from itil_ops.testing.contract.due_work import DUE, INC, keys, looked_at
from itil_ops.testing.contract.rules import Contract, clause
from itil_ops.testing.doing import add, add_one, claim, find, get, save


if TYPE_CHECKING:
    from itil_ops.repositories.ports import Store


class PlanningContract(Contract):
    """
    Due work, as saves plan, move and drop it.
    """

    @clause("C13", needs=DUE)
    def test_there_is_one_instant_for_each_record_and_kind(self, store: Store) -> None:
        """
        A plan that moves replaces the one before, sooner or later.
        """
        kept = add_one(store, looked_at("INC-1", minutes(5)))
        for instant in (minutes(3), minutes(9), minutes(4)):
            kept = save(store, planned(kept, "look", instant))
            assert store.due.next_due() == instant
        assert [lease.due for lease in claim(store, minutes(60))] == [minutes(4)]

    @clause("C13", needs=DUE)
    def test_kinds_of_one_record_go_their_own_ways(self, store: Store) -> None:
        """
        Each kind of a record is planned, claimed and completed by itself.
        """
        kept = add_one(store, planned(looked_at(), "ask", minutes(7)))
        (look,) = claim(store, minutes(6))
        (ask,) = claim(store, minutes(7))
        assert (look.kind, ask.kind) == ("look", "ask")
        kept = save(store, planned(kept, "ask", minutes(8)))
        assert not store.due.complete(ask, minutes(8))
        assert store.due.complete(look, minutes(8))
        assert keys(claim(store, minutes(8))) == [("INC-1", "ask")]

    @clause("C13", needs=DUE)
    def test_a_save_that_leaves_the_instant_keeps_the_lease(self, store: Store) -> None:
        """
        Other news of the record does not take the work from who holds it.
        """
        kept = add_one(store, looked_at())
        (lease,) = claim(store, minutes(6))
        kept = save(store, stepped(kept))
        kept = save(store, planned(kept, "look", minutes(5)))
        save(store, planned(kept, "ask", minutes(50)))
        assert claim(store, microseconds_after(lease.until, -1)) == ()
        assert store.due.complete(lease, minutes(7))

    @clause("C13", needs=DUE)
    @pytest.mark.parametrize("instant", [minutes(4), minutes(9), microseconds_after(minutes(5), 1)])
    def test_a_save_that_moves_the_instant_drops_the_lease(
        self, store: Store, instant: dt.datetime
    ) -> None:
        """
        Who held the old one completes nothing; the new instant is free.
        """
        kept = add_one(store, looked_at())
        (lease,) = claim(store, minutes(6))
        save(store, planned(kept, "look", instant))
        assert store.due.next_due() == instant
        assert not store.due.complete(lease, minutes(7))
        assert [anew.due for anew in claim(store, minutes(10))] == [instant]

    @clause("C13", needs=DUE)
    def test_a_kind_that_is_planned_no_more_is_not_due(self, store: Store) -> None:
        """
        A kind that vanishes from the plan is gone, its lease with it; other kinds stay.
        """
        kept = add_one(store, planned(looked_at(), "ask", minutes(8)))
        (lease,) = claim(store, minutes(6))
        save(store, planned(kept, "look"))
        assert not store.due.complete(lease, minutes(7))
        assert store.due.next_due() == minutes(8)
        assert keys(claim(store, minutes(60))) == [("INC-1", "ask")]

    @clause("C13", "C14", needs=DUE)
    def test_what_is_due_waits_until_somebody_looks(self, store: Store) -> None:
        """
        News of a record after the instant do not make one forget what was due before.
        """
        kept = add_one(store, looked_at("INC-1", minutes(5), minutes(20)))
        save(store, kept.comment("Later.", by=DESK, at=minutes(10)))
        assert store.due.next_due() == minutes(5)
        (lease,) = claim(store, minutes(11))
        assert lease.due == minutes(5)

    @clause("C13", "C14", needs=DUE)
    def test_what_fell_due_between_entries_saved_together_is_due(self, store: Store) -> None:
        """
        Between two saves too nothing falls due unseen, however late the last entry is.
        """
        kept = add_one(store, logged())
        late = planned(kept, "look", minutes(5)).comment("Later.", by=DESK, at=minutes(10))
        save(store, late)
        assert store.due.next_due() == minutes(5)

    @clause("C13", "C7", needs=DUE)
    def test_a_unit_that_is_left_leaves_due_work_alone(self, store: Store) -> None:
        """
        Plans, moves and completions of a unit that is left never were.
        """
        kept = add_one(store, looked_at())
        (lease,) = claim(store, minutes(6))
        with store.unit() as unit:
            assert unit.complete(lease, minutes(7))
        with store.unit() as unit:
            unit.incidents.save(planned(kept, "look", minutes(50)))
        with store.unit() as unit:
            unit.incidents.save(planned(kept, "look"))
            unit.incidents.add(looked_at("INC-2", minutes(1)))
        assert store.due.next_due() == lease.until
        assert store.due.complete(lease, minutes(7))

    @clause("C13", "C7", needs=DUE)
    def test_a_lease_is_completed_with_the_unit(self, store: Store) -> None:
        """
        What a unit completes and saves is written together.
        """
        add(store, looked_at("INC-1", minutes(5), minutes(20)))
        (lease,) = claim(store, minutes(6))
        with store.unit() as unit:
            assert unit.complete(lease, minutes(7))
            assert not unit.complete(lease, minutes(7))
            unit.incidents.save(stepped(unit.incidents.get(INC)))
            unit.commit()
        assert get(store).version == 3
        assert store.due.next_due() == minutes(20)
        assert not store.due.complete(lease, minutes(8))

    @clause("C13", "C14", needs=DUE)
    def test_what_was_looked_at_in_the_unit_is_not_planned_again(self, store: Store) -> None:
        """
        A save after `complete` in the same unit plans only what falls due later.
        """
        add(store, looked_at("INC-1", minutes(5)))
        (lease,) = claim(store, minutes(6))
        with store.unit() as unit:
            assert unit.complete(lease, minutes(6))
            unit.incidents.save(stepped(unit.incidents.get(INC)))
            unit.commit()
        assert store.due.next_due() is None
        assert claim(store, minutes(60)) == ()

    @clause("C13", needs=DUE)
    def test_a_lost_lease_is_told_in_the_unit(self, store: Store) -> None:
        """
        `complete` in a unit is False for a lease that was lost, and the unit goes on.
        """
        add(store, looked_at())
        (lease,) = claim(store, minutes(6))
        (anew,) = claim(store, lease.until)
        with store.unit() as unit:
            assert not unit.complete(lease, minutes(17))
            unit.incidents.add(logged("INC-2"))
            unit.commit()
        assert len(find(store)) == 2
        assert store.due.complete(anew, minutes(17))

    @clause("C10", "C7", needs=DUE)
    def test_a_naive_plan_is_refused(self, store: Store) -> None:
        """
        A planner that says a naive instant is a ValueError; nothing of the record is written.
        """
        kept = add_one(store, looked_at())
        naive = dt.datetime(2026, 3, 2, 12)  # noqa: DTZ001 - to be refused
        with store.unit() as unit:
            with pytest.raises(ValueError):  # noqa: PT011 - the store's own words
                unit.incidents.save(planned(kept, "look", naive))
            with pytest.raises(ValueError):  # noqa: PT011 - the store's own words
                unit.incidents.add(planned(logged("INC-2"), "look", naive))
            unit.commit()
        assert find(store) == [kept]
        assert store.due.next_due() == minutes(5)

    @clause("C14", "C13", needs=DUE)
    def test_to_look_twice_is_harmless(self, store: Store) -> None:
        """
        Who lost the lease after looking finds the record already seen to.
        """
        add(store, looked_at())
        (lease,) = claim(store, minutes(6), worker="slow")
        (anew,) = claim(store, lease.until, worker="quick")
        for held in (anew, lease):
            with store.unit() as unit:
                if unit.complete(held, minutes(17)):
                    unit.incidents.save(stepped(unit.incidents.get(INC), text="Looked."))
                    unit.commit()
        assert [entry.note for entry in get(store).journal].count("Looked.") == 1

    @clause("C13", needs=DUE)
    def test_far_instants_are_planned_too(self, store: Store) -> None:
        """
        Due work goes as far as instants do.
        """
        far = dt.datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=dt.UTC)
        add(store, looked_at("INC-1", far), looked_at("INC-2", microseconds_after(START, 1)))
        assert store.due.next_due() == microseconds_after(START, 1)
        assert keys(claim(store, minutes(60))) == [("INC-2", "look")]
