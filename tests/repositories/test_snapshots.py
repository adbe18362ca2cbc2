"""
Units that only read: each sees one moment, however much is committed meanwhile.
"""

from __future__ import annotations

import gc
import weakref

from hypothesis import given
from hypothesis import strategies as st

from examples_of_runs import tried
from itil_ops import IncidentId, StaleRecordError
from itil_ops.repositories import IncidentQuery, MemoryStore
from repositories.making import Alone, get, held, logged, stepped


IDS = ["INC-1", "INC-2", "INC-3"]


def seen(unit):
    """
    What a unit sees, by each way of looking.
    """
    listed = unit.incidents.find(IncidentQuery()).items
    assert unit.incidents.count(IncidentQuery()) == len(listed)
    for record in listed:
        assert unit.incidents.get(record.id) == record
    return listed


def step_or_add(store, id):
    if IncidentId(id) in {record.id for record in held(store)}:
        Alone(store).save(stepped(get(store, id)))
    else:
        Alone(store).add(logged(id))


class TestReadOnly:
    def test_what_is_saved_or_added_meanwhile_is_not_seen(self):
        store = MemoryStore()
        for id in IDS[:2]:
            Alone(store).add(logged(id))
        with store.unit(read_only=True) as unit:
            before = held(store)
            for id in (*IDS, *IDS):
                step_or_add(store, id)

            assert seen(unit) == before
            assert [record.version for record in before] == [1, 1]
        assert [record.version for record in held(store)] == [3, 3, 2]

    @tried(60)
    @given(st.lists(st.sampled_from([*IDS, "begin", "leave"]), max_size=25))
    def test_each_of_several_sees_the_moment_at_which_it_began(self, happenings):
        store, units = MemoryStore(), []
        for one in happenings:
            if one == "begin":
                units.append((store.unit(read_only=True).__enter__(), held(store)))
            elif one == "leave":
                for unit, _ in units[:1]:
                    unit.__exit__(None, None, None)
                del units[:1]
            else:
                step_or_add(store, one)
            for unit, expected in units:
                assert seen(unit) == expected

    def test_pages_are_of_one_moment(self):
        store = MemoryStore()
        for id in IDS:
            Alone(store).add(logged(id))
        before = held(store)
        with store.unit(read_only=True) as unit:
            page = unit.incidents.find(IncidentQuery(), limit=1)
            Alone(store).add(logged("INC-1a"))
            step_or_add(store, "INC-2")

            rest = unit.incidents.find(IncidentQuery(), after=page.next)
            assert page.items + rest.items == before

    def test_what_was_read_in_it_is_stale_elsewhere(self):
        store = MemoryStore()
        Alone(store).add(logged())
        with store.unit(read_only=True) as unit, store.unit() as writing:
            step_or_add(store, "INC-1")
            try:
                writing.incidents.save(stepped(unit.incidents.get(IncidentId("INC-1"))))
            except StaleRecordError as error:
                stale = error

        assert (stale.expected, stale.found) == (1, 2)

    def test_committing_it_writes_nothing(self):
        store = MemoryStore()
        Alone(store).add(logged())
        with store.unit(read_only=True) as unit:
            step_or_add(store, "INC-1")
            unit.commit()

        assert get(store).version == 2

    def test_a_moment_is_let_go_of_when_nobody_looks_at_it_any_more(self):
        store = MemoryStore()
        Alone(store).add(logged())
        first = weakref.ref(get(store))
        with store.unit(read_only=True):
            step_or_add(store, "INC-1")
            gc.collect()
            assert first() is not None
        step_or_add(store, "INC-1")
        gc.collect()

        assert first() is None
        assert store._committed.moments == []

    def test_units_that_write_keep_no_moment(self):
        store = MemoryStore()
        with store.unit():
            assert store._committed.moments == []
