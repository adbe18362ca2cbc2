"""
Finer points of what is asked and kept: ids, queries, ranks, emptied fields, leftovers (C1 to C8).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import pytest

from itil_ops.errors import UnsupportedQueryError
from itil_ops.kernel.identity import IncidentId
from itil_ops.kernel.priority import Priority
from itil_ops.repositories.query import IncidentQuery, QueryOrder
from itil_ops.testing.builders import DESK, START, logged, minutes, numbered, planned
from itil_ops.testing.contract.rules import Capability, Contract, clause
from itil_ops.testing.doing import EVERYTHING, add, add_one, claim, find, get, ids, save


if TYPE_CHECKING:
    from itil_ops.repositories.ports import Store


@attrs.frozen
class OwnId(IncidentId):
    """
    An id of a caller's class: never equal to one of ours, whatever its text.
    """


@attrs.frozen(kw_only=True)
class OwnQuery(IncidentQuery):
    """
    A query that asks for more than a store knows of.

    Attributes:
        color: The color of a card on the wall.
    """

    color: str = "red"


class FinerContract(Contract):
    """
    What most stores keep, and some do not.
    """

    @clause("C1")
    def test_an_id_of_a_class_of_ones_own_is_refused(self, store: Store) -> None:
        """
        `get` with an id of a subclass is a TypeError: no other id finds the same record.
        """
        add(store, logged("INC-1"))
        with store.unit() as unit, pytest.raises(TypeError):
            unit.incidents.get(OwnId("INC-1"))

    @clause("C1", "C8")
    @pytest.mark.parametrize("call", ["find", "count"])
    def test_what_a_store_cannot_ask_for_is_refused(self, store: Store, call: str) -> None:
        """
        A query of a subclass is refused, never asked without the fields that it adds.
        """
        add(store, logged("INC-1"))
        with store.unit() as unit, pytest.raises((TypeError, UnsupportedQueryError)):
            getattr(unit.incidents, call)(OwnQuery())

    @clause("C8")
    def test_ranks_are_numbers(self, store: Store) -> None:
        """
        The work queue has rank 9 before 10, and 10 before 100.
        """
        for rank in (10, 100, 9, 1, 11):
            override = Priority(rank, f"of {rank}")
            record = logged(f"INC-{rank}")
            add(store, record.prioritize(override=override, reason="So.", by=DESK, at=START))
        queue = IncidentQuery(order=QueryOrder.PRIORITY)
        assert ids(find(store, queue, limit=2)) == [f"INC-{rank}" for rank in (1, 9, 10, 11, 100)]

    @clause("C8")
    def test_what_became_empty_is_missing(self, store: Store) -> None:
        """
        A field that a step empties is found under `None`, and no longer under what it was.
        """
        began = logged(number="7").assign(group="mail", assignee="li", by=DESK, at=START)
        kept = add_one(store, began)
        emptied = numbered(kept.assign(group="net", by=DESK, at=START), None)
        assert (emptied.assignee, emptied.number) == (None, None)
        save(store, emptied)
        for query in (
            IncidentQuery(assignees=["li"]),
            IncidentQuery(numbers=["7"]),
            IncidentQuery(groups=["mail"]),
        ):
            assert find(store, query) == []
        query = IncidentQuery(assignees=[None], numbers=[None], groups=["net"])
        assert ids(find(store, query)) == ["INC-1"]

    @clause("C5", "C13", needs=[Capability.DUE_WORK])
    def test_saving_an_unchanged_record_plans_nothing(self, store: Store) -> None:
        """
        What was looked at stays so, however often the record is saved as it is.
        """
        add(store, planned(logged(), "look", minutes(5), minutes(20)))
        for now in (minutes(6), minutes(30)):
            (lease,) = claim(store, now)
            assert store.due.complete(lease, now)
            due = store.due.next_due()
            save(store, get(store))
            assert store.due.next_due() == due
        assert store.due.next_due() is None

    @clause("C7")
    @pytest.mark.parametrize("read_only", [True, False])
    def test_units_that_were_left_hold_nothing(self, store: Store, read_only: bool) -> None:
        """
        A unit that was left by an error holds nothing of the store, even where the unit is kept.
        """
        units = [store.unit(read_only=read_only) for _ in range(40)]
        for place, unit in enumerate(units):
            with pytest.raises(LookupError), unit:
                unit.incidents.count(EVERYTHING)
                raise LookupError(place)
        add(store, logged())
        assert len(find(store)) == 1
