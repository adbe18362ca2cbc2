"""
All or nothing: the life of a unit of work (C7).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from itil_ops.errors import (
    DuplicateError,
    NotFoundError,
    StaleRecordError,
    UnitClosedError,
)
from itil_ops.kernel.identity import IncidentId
from itil_ops.repositories.query import IncidentQuery
from itil_ops.testing.builders import DESK, logged, minutes, planned, stepped
from itil_ops.testing.contract.rules import Capability, Contract, clause
from itil_ops.testing.doing import (
    EVERYTHING,
    add,
    add_one,
    claim,
    count,
    feed,
    find,
    get,
    ids,
    listed,
    save,
)


if TYPE_CHECKING:
    from collections.abc import Callable

    from itil_ops.incident.record import Incident
    from itil_ops.repositories.ports import Store, UnitOfWork


INC, OTHER = IncidentId("INC-1"), IncidentId("INC-2")


class _HaltError(Exception):
    """
    What goes wrong in the middle of a unit.
    """


class UnitsContract(Contract):
    """
    Units from beginning to end.
    """

    @clause("C7")
    def test_a_unit_that_is_left_writes_nothing(self, store: Store) -> None:
        """
        Without `commit`, leaving the block lets go of all that was written in it.
        """
        kept = add_one(store, logged("INC-1"))
        with store.unit() as unit:
            unit.incidents.save(stepped(kept))
            unit.incidents.add(logged("INC-2", number="2"))
        assert find(store) == [kept]

    @clause("C7")
    def test_a_unit_that_is_committed_writes_all(self, store: Store) -> None:
        """
        With `commit`, all records of the unit are written.
        """
        kept = add_one(store, logged("INC-1"))
        with store.unit() as unit:
            unit.incidents.save(stepped(kept))
            for place in range(2, 7):
                unit.incidents.add(logged(f"INC-{place}"))
            unit.commit()
        assert [(record.id.value, record.version) for record in find(store)] == [
            ("INC-1", 2),
            *((f"INC-{place}", 1) for place in range(2, 7)),
        ]

    @clause("C7")
    @pytest.mark.parametrize("kind", [_HaltError, KeyboardInterrupt, GeneratorExit])
    def test_an_exception_comes_out_and_nothing_is_written(
        self, store: Store, kind: type[BaseException]
    ) -> None:
        """
        The very exception that was raised in the block leaves it, and the unit is rolled back.
        """
        halt = kind("halt")
        with pytest.raises(kind) as caught, store.unit() as unit:
            unit.incidents.add(logged())
            raise halt
        assert caught.value is halt
        assert count(store) == 0

    @clause("C7")
    def test_an_exception_after_the_commit_undoes_nothing(self, store: Store) -> None:
        """
        What was committed stays, whatever happens in the rest of the block.
        """
        with pytest.raises(_HaltError), store.unit() as unit:
            unit.incidents.add(logged())
            unit.commit()
            raise _HaltError
        assert count(store) == 1

    @clause("C7")
    def test_all_fails_with_its_last_record(self, store: Store) -> None:
        """
        If the last record of a unit is refused, none of those before is written.
        """
        loaded = add_one(store, logged("INC-5"))
        save(store, stepped(loaded))
        failing: list[tuple[type[Exception], Callable[[UnitOfWork], object]]] = [
            (StaleRecordError, lambda unit: unit.incidents.save(stepped(loaded))),
            (DuplicateError, lambda unit: unit.incidents.add(logged("INC-5"))),
        ]
        for refused, write in failing:
            with store.unit() as unit, pytest.raises(refused):
                unit.incidents.add(logged("INC-1"))
                unit.incidents.add(logged("INC-9"))
                write(unit)
                unit.commit()
            assert ids(find(store)) == ["INC-5"]

    @clause("C7")
    def test_a_unit_reads_its_own_writes(self, store: Store) -> None:
        """
        `get`, `find` and `count` see what the unit wrote, in its place and by its new values.
        """
        add(store, logged("INC-1"), logged("INC-3"))
        assigned = IncidentQuery(groups=["messaging"])
        with store.unit() as unit:
            added = unit.incidents.add(logged("INC-2", number="2"))
            loaded = unit.incidents.get(INC)
            saved = unit.incidents.save(_assigned(loaded))
            assert unit.incidents.get(INC) == saved
            assert unit.incidents.get(OTHER) == added
            assert ids(listed(unit, limit=1)) == ["INC-1", "INC-2", "INC-3"]
            assert listed(unit, assigned) == [saved]
            assert unit.incidents.count(assigned) == 1
            assert ids(listed(unit, IncidentQuery(groups=[None]), limit=1)) == ["INC-2", "INC-3"]
            assert unit.incidents.find(EVERYTHING).items[0].stored_version == 2

    @clause("C7")
    def test_nobody_sees_a_unit_before_its_commit(self, store: Store) -> None:
        """
        Until the commit, other units see the store as it was.
        """
        kept = add_one(store, logged("INC-1"))
        with store.unit() as unit:
            unit.incidents.save(stepped(kept))
            unit.incidents.add(logged("INC-2"))
            assert find(store) == [kept]
            assert count(store) == 1
            with pytest.raises(NotFoundError):
                get(store, "INC-2")
            unit.commit()
        assert count(store) == 2

    @clause("C7", "C12", needs=[Capability.FEED])
    def test_entries_of_a_unit_come_with_its_commit(self, store: Store) -> None:
        """
        The feed tells nothing of a unit that is open or was left, and all once it is committed.
        """
        kept = add_one(store, logged("INC-1"))
        before = feed(store)
        with store.unit() as unit:
            unit.incidents.save(stepped(kept))
            assert feed(store) == before
        assert feed(store) == before
        saved = save(store, stepped(kept, 2))
        assert feed(store) == [*before, *saved.journal[1:]]

    @clause("C7", "C13", needs=[Capability.DUE_WORK])
    def test_due_work_of_a_unit_comes_with_its_commit(self, store: Store) -> None:
        """
        What a unit plans is not due while it is open, nor after it was left.
        """
        kept = add_one(store, planned(logged("INC-1"), "look", minutes(9)))
        with store.unit() as unit:
            unit.incidents.save(planned(kept, "look", minutes(5)))
            unit.incidents.add(planned(logged("INC-2"), "look", minutes(4)))
            assert store.due.next_due() == minutes(9)
        assert store.due.next_due() == minutes(9)
        (lease,) = claim(store, minutes(60))
        assert (lease.record, lease.due) == (INC, minutes(9))

    # ---- What a unit leaves behind ----------------------------------------------------------

    @clause("C7")
    def test_units_that_fail_give_back_what_they_took(self, store: Store) -> None:
        """
        After fifty units that failed, were left or never entered, there is room for another.
        """
        loaded = add_one(store, logged("INC-1", number="1"))
        saved = save(store, stepped(loaded))

        def halt(unit: UnitOfWork) -> None:
            unit.incidents.add(logged("INC-2"))
            raise _HaltError

        failing: list[tuple[type[Exception], Callable[[UnitOfWork], object]]] = [
            (StaleRecordError, lambda unit: unit.incidents.save(stepped(loaded))),
            (DuplicateError, lambda unit: unit.incidents.add(logged("INC-1"))),
            (DuplicateError, lambda unit: unit.incidents.add(logged("INC-2", number="1"))),
            (NotFoundError, lambda unit: unit.incidents.get(OTHER)),
            (ValueError, lambda unit: unit.incidents.find(EVERYTHING, limit=0)),
            (_HaltError, halt),
        ]
        for turn in range(50):
            error, fail = failing[turn % len(failing)]
            store.unit()
            with pytest.raises(error), store.unit() as unit:
                fail(unit)
                unit.commit()
            with pytest.raises(_HaltError), store.unit(read_only=True) as unit:
                unit.incidents.get(INC)
                raise _HaltError
        save(store, stepped(saved))
        assert [record.version for record in find(store)] == [3]

    @clause("C7", needs=[Capability.SNAPSHOTS])
    def test_a_read_only_unit_sees_one_moment(self, store: Store) -> None:
        """
        From its first reading on, a read-only unit sees nothing of what others commit.
        """
        kept, _ = add(store, logged("INC-1"), logged("INC-3"))
        with store.unit(read_only=True) as unit:
            before = listed(unit)
            save(store, _assigned(kept))
            add(store, logged("INC-2"))
            assert unit.incidents.get(INC) == kept
            assert listed(unit, limit=1) == before
            assert unit.incidents.count(EVERYTHING) == 2
            assert listed(unit, IncidentQuery(groups=["messaging"])) == []
            assert listed(unit, IncidentQuery(groups=[None])) == before
            with pytest.raises(NotFoundError):
                unit.incidents.get(OTHER)
        assert count(store) == 3

    @clause("C7", needs=[Capability.SNAPSHOTS])
    def test_read_only_units_each_see_their_own_moment(self, store: Store) -> None:
        """
        Units begun one after another see the store as it was then, whichever is asked first.
        """
        add(store, logged())
        units = [store.unit(read_only=True) for _ in range(3)]
        for unit in units:
            unit.__enter__()
            unit.incidents.count(EVERYTHING)
            save(store, stepped(get(store)))
        try:
            assert [unit.incidents.get(INC).version for unit in reversed(units)] == [3, 2, 1]
        finally:
            for unit in units:
                unit.__exit__(None, None, None)
        assert get(store).version == 4

    @clause("C7")
    def test_a_store_that_was_closed_refuses(self, store: Store) -> None:
        """
        After `close` nothing can be asked of a store; to close it again is harmless.
        """
        add(store, logged())
        store.close()
        with pytest.raises(UnitClosedError):
            get(store)
        calls: list[tuple[Callable[[], object], Capability]] = [
            (lambda: store.journal.read(), Capability.FEED),  # noqa: PLW0108 - asked when called
            (lambda: store.due.next_due(), Capability.DUE_WORK),  # noqa: PLW0108 - likewise
            (lambda: claim(store, minutes(0)), Capability.DUE_WORK),
        ]
        for call, capability in calls:
            if self.can(capability):
                with pytest.raises(UnitClosedError):
                    call()
        store.close()


def _assigned(record: Incident) -> Incident:
    return record.assign(group="messaging", by=DESK, at=record.journal[-1].at)
