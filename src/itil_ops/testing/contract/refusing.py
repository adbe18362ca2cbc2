"""
When a unit takes no call, and when it goes on (C7).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs
import pytest

from itil_ops.errors import (
    DuplicateError,
    JournalError,
    NotFoundError,
    StaleRecordError,
    UnitClosedError,
)
from itil_ops.kernel.identity import IncidentId
from itil_ops.testing.builders import logged, minutes, planned, stepped
from itil_ops.testing.contract.rules import Capability, Contract, clause
from itil_ops.testing.doing import (
    EVERYTHING,
    add,
    add_one,
    claim,
    count,
    find,
    ids,
    listed,
    save,
)


if TYPE_CHECKING:
    from collections.abc import Callable

    from itil_ops.incident.record import Incident
    from itil_ops.repositories.ports import Store, UnitOfWork


INC = IncidentId("INC-1")

CALLS: dict[str, Callable[[UnitOfWork], object]] = {
    "get": lambda unit: unit.incidents.get(INC),
    "add": lambda unit: unit.incidents.add(logged("INC-9")),
    "save": lambda unit: unit.incidents.save(logged()),
    "find": lambda unit: unit.incidents.find(EVERYTHING),
    "count": lambda unit: unit.incidents.count(EVERYTHING),
    "commit": lambda unit: unit.commit(),
}


def refuse_all(unit: UnitOfWork) -> None:
    """
    See that *unit* takes no call.
    """
    for name, call in CALLS.items():
        with pytest.raises(UnitClosedError) as caught:
            call(unit)
        assert caught.value.call, f"the refusal of {name} must say what was called"


class RefusingContract(Contract):
    """
    Units that are over, failed, read-only, or merely asked for what makes no sense.
    """

    @clause("C7")
    def test_a_unit_is_used_inside_its_block(self, store: Store) -> None:
        """
        Before it is entered, and after it was left, a unit takes no call.
        """
        unit = store.unit()
        refuse_all(unit)
        with unit as entered:
            assert entered.incidents.count(EVERYTHING) == 0
        refuse_all(unit)
        assert count(store) == 0

    @clause("C7")
    def test_a_unit_is_over_once_it_is_committed(self, store: Store) -> None:
        """
        After `commit` a unit takes no call, within its block and after it.
        """
        with store.unit() as unit:
            unit.incidents.add(logged())
            unit.commit()
            refuse_all(unit)
        refuse_all(unit)
        assert ids(find(store)) == ["INC-1"]

    @clause("C7")
    def test_a_unit_is_entered_once(self, store: Store) -> None:
        """
        To enter a unit again is refused, inside its block and after it.
        """
        with store.unit() as unit:
            unit.incidents.add(logged())
            with pytest.raises(UnitClosedError):
                unit.__enter__()
            unit.commit()
        with pytest.raises(UnitClosedError):
            unit.__enter__()
        refuse_all(unit)
        assert ids(find(store)) == ["INC-1"]

    @clause("C7", "C4", "C6")
    @pytest.mark.parametrize("error", [StaleRecordError, DuplicateError])
    def test_a_unit_that_failed_can_only_be_left(
        self, store: Store, error: type[Exception]
    ) -> None:
        """
        After a StaleRecordError or a DuplicateError a unit takes no call, `commit` included.
        """
        loaded = add_one(store, logged())
        saved = save(store, stepped(loaded))
        with store.unit() as unit:
            unit.incidents.add(logged("INC-2"))
            with pytest.raises(error):
                if error is StaleRecordError:
                    unit.incidents.save(stepped(loaded, 2))
                else:
                    unit.incidents.add(logged())
                unit.commit()
            refuse_all(unit)
        assert find(store) == [saved]

    @clause("C7")
    def test_a_unit_goes_on_after_what_was_merely_wrong(self, store: Store) -> None:
        """
        After any other refusal nothing has changed, and the unit can be committed.
        """
        kept = add_one(store, logged("INC-1"))
        with store.unit() as unit:
            unit.incidents.add(logged("INC-2"))
            for error, call in (
                (NotFoundError, lambda: unit.incidents.get(IncidentId("INC-7"))),
                (NotFoundError, lambda: unit.incidents.save(logged("INC-7"))),
                (TypeError, lambda: unit.incidents.add("INC-7")),  # type: ignore[arg-type]
                (ValueError, lambda: unit.incidents.find(EVERYTHING, limit=0)),
                (ValueError, lambda: unit.incidents.find(EVERYTHING, after="no cursor")),
                (JournalError, lambda: unit.incidents.add(_without_journal())),
            ):
                with pytest.raises(error):
                    call()
            unit.incidents.save(stepped(kept))
            unit.commit()
        assert [(record.id.value, record.version) for record in find(store)] == [
            ("INC-1", 2),
            ("INC-2", 1),
        ]

    @clause("C7")
    def test_a_read_only_unit_writes_nothing(self, store: Store) -> None:
        """
        `add` and `save` are refused in a read-only unit, which goes on reading.
        """
        kept = add_one(store, logged())
        with store.unit(read_only=True) as unit:
            for record in (kept, stepped(kept), logged("INC-2")):
                for write in (unit.incidents.add, unit.incidents.save):
                    with pytest.raises(UnitClosedError):
                        write(record)
            assert listed(unit) == [kept]
        assert find(store) == [kept]

    @clause("C7", "C13", needs=[Capability.DUE_WORK])
    def test_a_lease_is_completed_in_a_unit_that_writes(self, store: Store) -> None:
        """
        `complete` is refused in a unit that is read-only, not entered or over; the lease stays.
        """
        add(store, planned(logged(), "look", minutes(5)))
        (lease,) = claim(store, minutes(5))
        unit = store.unit()
        with pytest.raises(UnitClosedError):
            unit.complete(lease, minutes(6))
        with unit:
            unit.commit()
            with pytest.raises(UnitClosedError):
                unit.complete(lease, minutes(6))
        with store.unit(read_only=True) as reading, pytest.raises(UnitClosedError):
            reading.complete(lease, minutes(6))
        assert store.due.complete(lease, minutes(6))


def _without_journal() -> Incident:
    return attrs.evolve(logged("INC-7"), journal=())
