"""
Over which record another one may be saved: versions (C4), idempotence (C5).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import pytest

from itil_ops.errors import JournalError, NotFoundError, StaleRecordError
from itil_ops.incident.record import Incident
from itil_ops.kernel.identity import IncidentId
from itil_ops.kernel.journaled import stored
from itil_ops.testing.builders import DESK, logged, minutes, planned, stepped
from itil_ops.testing.contract.rules import Capability, Contract, clause
from itil_ops.testing.doing import add, add_one, claim, find, get, ids, save


if TYPE_CHECKING:
    from collections.abc import Callable

    from itil_ops.repositories.ports import Store


def _retold() -> Incident:
    """
    Return an incident of which something was told late: a view of it has a gap.
    """
    incident = stepped(logged()).comment("Later.", by=DESK, at=minutes(10))
    return incident.mark_restored(by=DESK, at=minutes(20), effective_at=minutes(5))


def refuse_save(store: Store, record: Incident, error: type[Exception]) -> Exception:
    """
    Return the error with which the save of *record* is refused; the store is as it was.
    """
    before = find(store)
    with pytest.raises(error) as caught:
        save(store, record)
    assert find(store) == before, "what was refused has changed something"
    return caught.value


def refuse_stale(store: Store, record: Incident) -> StaleRecordError:
    """
    Return the StaleRecordError of a save, which names the record.
    """
    error = refuse_save(store, record, StaleRecordError)
    assert isinstance(error, StaleRecordError)
    assert error.id == record.id.value
    return error


class VersionsContract(Contract):
    """
    Who may save what over what.
    """

    @clause("C4")
    def test_a_stored_record_knows_its_version(self, store: Store) -> None:
        """
        Whatever leaves a store has its own version as `stored_version`.
        """
        kept = add_one(store, stepped(logged(), 2))
        saved = save(store, stepped(kept, 3))
        assert (kept.stored_version, saved.stored_version) == (3, 6)
        assert {get(store).stored_version, find(store)[0].stored_version} == {6}

    @clause("C4")
    def test_one_goes_on_from_what_was_returned(self, store: Store) -> None:
        """
        What `add` and `save` return can be saved again, after the commit and within the unit.
        """
        with store.unit() as unit:
            kept = unit.incidents.add(logged())
            for _ in range(3):
                kept = unit.incidents.save(stepped(kept, 2))
            unit.commit()
        assert save(store, stepped(kept)) == get(store)
        assert get(store).version == 8

    @clause("C4")
    @pytest.mark.parametrize("steps", [1, 2, 3])
    def test_a_stale_record_is_refused(self, store: Store, steps: int) -> None:
        """
        Of two who went on from one version the second is stale, however many steps each took.
        """
        loaded = add_one(store, logged())
        save(store, stepped(loaded, 2, "First."))
        error = refuse_stale(store, stepped(loaded, steps, "Second."))
        assert (error.expected, error.found) == (1, 3)

    @clause("C4")
    def test_the_same_step_by_two_is_stale_for_the_second(self, store: Store) -> None:
        """
        Even who took the same step at the same instant as somebody else is told.
        """
        loaded = add_one(store, logged())
        save(store, stepped(loaded))
        refuse_stale(store, stepped(loaded))

    @clause("C4")
    def test_an_older_record_without_new_entries_is_stale(self, store: Store) -> None:
        """
        Saving an old version as it is does not pass for saving an unchanged record.
        """
        loaded = add_one(store, logged())
        save(store, stepped(loaded))
        error = refuse_stale(store, loaded)
        assert (error.expected, error.found) == (1, 2)

    @clause("C4")
    def test_the_record_given_to_add_may_not_be_saved(self, store: Store) -> None:
        """
        Only what the store gave back can be saved, not what was given to `add`.
        """
        given = logged()
        add(store, given)
        assert refuse_stale(store, stepped(given)).expected == 0

    @clause("C4")
    def test_a_record_made_elsewhere_is_stale(self, store: Store) -> None:
        """
        A record of the same id and length with another past is refused: a number is no proof.
        """
        add(store, stepped(logged(), 2))
        stranger = stored(stepped(logged(title="Another one"), 2), 3)
        refuse_stale(store, stepped(stranger))
        refuse_stale(store, stranger)

    @clause("C4")
    @pytest.mark.parametrize(
        "detached",
        [
            lambda record: record.as_of(minutes(30)),
            lambda record: record.as_of(minutes(15)),
            lambda record: record.as_known_at(minutes(30)),
            lambda record: record.as_known_at(minutes(10)),
            lambda record: Incident.replay(record.journal),
        ],
        ids=["as_of now", "as_of then", "as_known_at now", "as_known_at then", "replay"],
    )
    @pytest.mark.parametrize("steps", [0, 1])
    def test_a_detached_record_is_refused(
        self, store: Store, detached: Callable[[Incident], Incident], steps: int
    ) -> None:
        """
        A view or a replay is stale, with new entries or without, even where all entries agree.
        """
        kept = add_one(store, _retold())
        view = detached(kept)
        error = refuse_stale(store, stepped(view, steps))
        assert error.expected is None

    @clause("C4")
    @pytest.mark.parametrize("steps", [0, 1, 2])
    def test_a_record_of_a_unit_that_was_left_is_stale(self, store: Store, steps: int) -> None:
        """
        What `save` returned in a unit that was not committed is no base to go on from.
        """
        loaded = add_one(store, logged())
        with store.unit() as unit:
            kept = unit.incidents.save(stepped(loaded))
        refuse_stale(store, stepped(kept, steps))

    @clause("C4")
    @pytest.mark.parametrize("steps", [0, 1, 2])
    def test_a_number_that_was_rolled_back_proves_nothing(self, store: Store, steps: int) -> None:
        """
        After a unit that was left, somebody else reaches the same version: still it is stale.
        """
        loaded = add_one(store, logged())
        with store.unit() as unit:
            kept = unit.incidents.save(stepped(loaded, text="Never was."))
        save(store, stepped(loaded, text="Was."))
        refuse_stale(store, stepped(kept, steps))

    @clause("C4")
    @pytest.mark.parametrize("steps", [0, 1])
    def test_an_equal_last_entry_proves_nothing(self, store: Store, steps: int) -> None:
        """
        A past that differs in an earlier entry alone is another past.
        """
        loaded = add_one(store, logged())
        with store.unit() as unit:
            kept = unit.incidents.save(stepped(stepped(loaded, text="Never was."), text="Same."))
        save(store, stepped(stepped(loaded, text="Was."), text="Same."))
        refuse_stale(store, stepped(kept, steps))

    @clause("C4")
    def test_a_record_of_an_add_that_was_left_is_stale_over_another(self, store: Store) -> None:
        """
        What `add` returned in a unit that was left is no base, whoever has the id now.
        """
        with store.unit() as unit:
            kept = unit.incidents.add(logged(title="Never was"))
        refuse_save(store, stepped(kept), NotFoundError)
        add(store, logged(title="Is"))
        refuse_stale(store, stepped(kept))
        refuse_stale(store, kept)

    @clause("C4", "C7")
    def test_a_stale_record_is_refused_at_the_latest_at_commit(self, store: Store) -> None:
        """
        Where a stale save passes, the commit refuses it, and nothing of the unit is written.
        """
        loaded = add_one(store, logged())
        save(store, stepped(loaded, text="First."))
        with store.unit() as unit, pytest.raises(StaleRecordError):
            unit.incidents.add(logged("INC-2"))
            unit.incidents.save(stepped(loaded, text="Second."))
            unit.commit()
        assert ids(find(store)) == ["INC-1"]
        assert get(store).journal[-1].note == "First."

    @clause("C4")
    def test_a_save_over_what_the_same_unit_saved_is_stale(self, store: Store) -> None:
        """
        Within a unit too one goes on from what was returned, not from what was loaded.
        """
        loaded = add_one(store, logged())
        with store.unit() as unit, pytest.raises(StaleRecordError):
            unit.incidents.save(stepped(loaded, text="First."))
            unit.incidents.save(stepped(loaded, text="Second."))
            unit.commit()
        assert get(store) == loaded

    # ---- Bad input --------------------------------------------------------------------------

    @clause("C1", "C4")
    @pytest.mark.parametrize("record", [logged(), stepped(logged()), stored(logged(), 1)])
    def test_what_was_never_added_cannot_be_saved(self, store: Store, record: Incident) -> None:
        """
        `save` of an unknown record is a NotFoundError that names it, and adds nothing.
        """
        error = refuse_save(store, record, NotFoundError)
        assert getattr(error, "id", None) == "INC-1"

    @clause("C2", "C7")
    def test_new_entries_with_gaps_are_refused(self, store: Store) -> None:
        """
        A journal that does not go on entry by entry is a JournalError, at `add` and at `save`.
        """
        kept = add_one(store, logged())
        grown = stepped(kept, 3)
        gap = attrs.evolve(grown, journal=(*grown.journal[:1], *grown.journal[2:]))
        refuse_save(store, gap, JournalError)
        fresh = stepped(logged("INC-2"), 3)
        for journal in ((), fresh.journal[1:], (*fresh.journal[:1], *fresh.journal[2:])):
            with pytest.raises(JournalError):
                add(store, attrs.evolve(fresh, journal=journal))
        assert find(store) == [kept]

    @clause("C2", "C7")
    def test_entries_of_another_record_are_refused(self, store: Store) -> None:
        """
        A journal that is of another record is a JournalError, at `add` and at `save`.
        """
        kept, other = add(store, logged("INC-1"), logged("INC-2"))
        foreign = stepped(kept).journal[:1] + stepped(other).journal[1:]
        refuse_save(store, attrs.evolve(kept, journal=foreign), JournalError)
        with pytest.raises(JournalError):
            add(store, attrs.evolve(other, id=IncidentId("INC-3")))
        assert find(store) == [kept, other]

    @clause("C2", "C5")
    def test_a_field_that_no_entry_explains_is_refused(self, store: Store) -> None:
        """
        A record that differs from what is stored, with no new entry, is a ValueError.
        """
        kept = add_one(store, logged())
        refuse_save(store, attrs.evolve(kept, title="Changed behind the journal"), ValueError)

    @clause("C2")
    def test_a_view_with_gaps_cannot_be_added(self, store: Store) -> None:
        """
        `add` takes a view that is a whole journal, and refuses one with gaps.
        """
        incident = _retold()
        with pytest.raises(JournalError):
            add(store, incident.as_of(minutes(7)))
        known = incident.as_known_at(minutes(10))
        assert add_one(store, known) == known == get(store)

    @clause("C2", "C4")
    @pytest.mark.parametrize("version", [None, 0, 1, 7])
    def test_a_record_from_elsewhere_can_be_added(self, store: Store, version: int | None) -> None:
        """
        `add` asks for no `stored_version`, and gives the record that of this store.
        """
        kept = add_one(store, attrs.evolve(stepped(logged(), 2), stored_version=version))
        assert kept.stored_version == get(store).stored_version == 3
        save(store, stepped(kept))

    # ---- Nothing new ------------------------------------------------------------------------

    @clause("C5")
    def test_saving_an_unchanged_record_writes_nothing(self, store: Store) -> None:
        """
        An unchanged record comes back as it is, in the same unit and in later ones.
        """
        kept = add_one(store, stepped(logged()))
        for _ in range(3):
            assert save(store, kept) == kept
        with store.unit() as unit:
            grown = unit.incidents.save(stepped(kept))
            assert unit.incidents.save(grown) == grown
            unit.commit()
        assert (get(store).version, get(store).stored_version) == (3, 3)

    @clause("C5", "C12", needs=[Capability.FEED])
    def test_saving_an_unchanged_record_publishes_nothing(self, store: Store) -> None:
        """
        The feed is the same before and after, byte for byte of its last cursor.
        """
        kept = add_one(store, stepped(logged()))
        before = store.journal.read()
        assert save(store, kept) == kept
        assert store.journal.read() == before

    @clause("C5", "C13", needs=[Capability.DUE_WORK])
    def test_saving_an_unchanged_record_touches_no_lease(self, store: Store) -> None:
        """
        Who holds a lease on the record holds it still.
        """
        kept = add_one(store, planned(logged(), "look", minutes(5)))
        (lease,) = claim(store, minutes(5))
        save(store, kept)
        assert store.due.next_due() == lease.until
        assert store.due.complete(lease, minutes(6))
