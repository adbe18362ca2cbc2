"""
What is given once: ids, and human numbers (C6).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from itil_ops.errors import DuplicateError, StaleRecordError
from itil_ops.kernel.identity import IncidentId
from itil_ops.testing.builders import logged, numbered, stepped
from itil_ops.testing.contract.rules import Capability, Contract, clause
from itil_ops.testing.contract.versions import refuse_save
from itil_ops.testing.doing import add, add_one, count, feed, find, ids, save


if TYPE_CHECKING:
    from itil_ops.repositories.ports import Store


class UniquenessContract(Contract):
    """
    Who may have which id and number.
    """

    @clause("C6")
    def test_an_id_is_added_once(self, store: Store) -> None:
        """
        `add` of an id that is taken is a DuplicateError that says so, and changes nothing.
        """
        kept = add_one(store, logged(title="First"))
        for again in (kept, logged(title="Second"), stepped(kept)):
            with pytest.raises(DuplicateError) as caught:
                add(store, again)
            assert (caught.value.name, caught.value.value) == ("id", "INC-1")
        assert find(store) == [kept]

    @clause("C6")
    def test_an_id_is_added_once_in_a_unit(self, store: Store) -> None:
        """
        Within one unit too the second `add` of an id is refused, at the latest at `commit`.
        """
        with store.unit() as unit, pytest.raises(DuplicateError) as caught:
            unit.incidents.add(logged(title="First"))
            unit.incidents.add(logged(title="Second"))
            unit.commit()
        assert (caught.value.name, caught.value.value) == ("id", "INC-1")
        assert count(store) == 0

    @clause("C6")
    def test_a_number_is_given_once(self, store: Store) -> None:
        """
        `add` with a number that is taken is a DuplicateError that names it.
        """
        add(store, logged("INC-1", number="7"))
        with pytest.raises(DuplicateError) as caught:
            add(store, logged("INC-2"), logged("INC-3", number="7"))
        assert (caught.value.name, caught.value.value) == ("number", "7")
        assert ids(find(store)) == ["INC-1"]

    @clause("C6")
    def test_a_number_is_given_once_in_a_unit(self, store: Store) -> None:
        """
        Two records of one unit cannot have the same number either.
        """
        with pytest.raises(DuplicateError) as caught:
            add(store, logged("INC-1", number="7"), logged("INC-2", number="7"))
        assert (caught.value.name, caught.value.value) == ("number", "7")
        assert count(store) == 0

    @clause("C6")
    @pytest.mark.parametrize("first", ["add", "save"])
    @pytest.mark.parametrize("second", ["add", "save"])
    def test_a_number_that_a_unit_gave_is_taken_in_it(
        self, store: Store, first: str, second: str
    ) -> None:
        """
        Whether by `add` or by `save`, in one unit too a number is given once.
        """
        kept = add(store, logged("INC-1"), logged("INC-2"))
        with pytest.raises(DuplicateError) as caught, store.unit() as unit:
            for call, record, id in ((first, kept[0], "INC-3"), (second, kept[1], "INC-4")):
                if call == "save":
                    unit.incidents.save(numbered(record, "7"))
                else:
                    unit.incidents.add(logged(id, number="7"))
            unit.commit()
        assert (caught.value.name, caught.value.value) == ("number", "7")
        assert find(store) == kept

    @clause("C6")
    def test_a_number_may_change_hands_within_a_unit(self, store: Store) -> None:
        """
        What one record of a unit gives up, another one of the unit may take.
        """
        kept, _ = add(store, logged("INC-1", number="7"), logged("INC-2"))
        with store.unit() as unit:
            unit.incidents.save(numbered(kept, "8"))
            unit.incidents.save(numbered(unit.incidents.get(IncidentId("INC-2")), "7"))
            unit.commit()
        assert [record.number for record in find(store)] == ["8", "7"]
        with pytest.raises(DuplicateError):
            add(store, logged("INC-3", number="7"))

    @clause("C6")
    def test_a_number_that_comes_with_a_save_must_be_free(self, store: Store) -> None:
        """
        A step that gives a record a number that is taken is refused like an `add`.
        """
        _, other = add(store, logged("INC-1", number="7"), logged("INC-2", number="8"))
        for record in (numbered(other, "7"), stepped(numbered(stepped(other), "7"), 2)):
            error = refuse_save(store, record, DuplicateError)
            assert isinstance(error, DuplicateError)
            assert (error.name, error.value) == ("number", "7")

    @clause("C6")
    def test_a_number_that_was_given_up_is_free(self, store: Store) -> None:
        """
        Once its record has another number or none, a number may be given anew.
        """
        first, second = add(store, logged("INC-1", number="7"), logged("INC-2", number="8"))
        save(store, numbered(first, "9"))
        second = save(store, numbered(second, "7"))
        save(store, numbered(second, None))
        add(store, logged("INC-3", number="7"), logged("INC-4", number="8"))
        assert [record.number for record in find(store)] == ["9", None, "7", "8"]

    @clause("C6", "C7")
    def test_a_number_of_a_unit_that_was_left_is_free(self, store: Store) -> None:
        """
        What was not committed takes no id and no number.
        """
        with store.unit() as unit:
            unit.incidents.add(logged("INC-1", number="7"))
        add(store, logged("INC-2", number="7"), logged("INC-1"))
        assert ids(find(store)) == ["INC-1", "INC-2"]

    @clause("C6")
    def test_records_without_a_number_are_not_in_each_others_way(self, store: Store) -> None:
        """
        Any number of records may have no number.
        """
        add(store, *(logged(f"INC-{place}") for place in range(5)))
        assert count(store) == 5

    @clause("C6")
    def test_a_record_keeps_its_own_number(self, store: Store) -> None:
        """
        A record's own number is not in its way when it is saved.
        """
        kept = add_one(store, logged(number="7"))
        assert save(store, stepped(kept)).number == "7"

    @clause("C12", "C4", "C6", needs=[Capability.FEED])
    def test_what_is_refused_is_not_published(self, store: Store) -> None:
        """
        Nothing of a unit that was refused is in the feed.
        """
        loaded = add_one(store, logged("INC-1", number="7"))
        save(store, stepped(loaded))
        before = feed(store)
        with pytest.raises(StaleRecordError):
            save(store, stepped(loaded, 2))
        with pytest.raises(DuplicateError):
            add(store, logged("INC-2"), logged("INC-3", number="7"))
        with pytest.raises(DuplicateError):
            add(store, logged("INC-4"), logged("INC-1"))
        assert feed(store) == before
