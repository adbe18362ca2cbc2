"""
The life of a unit of work: what each state takes, and what ends it.
"""

from __future__ import annotations

import contextlib
import datetime as dt

import attrs
import pytest

from itil_ops import (
    DuplicateError,
    IncidentId,
    JournalError,
    NotFoundError,
    RepositoryError,
    StaleRecordError,
    TransientStoreError,
    UnitClosedError,
    UnsupportedQueryError,
)
from itil_ops.repositories import IncidentQuery, Lease, MemoryStore, RecordsUnit, Unit
from repositories.making import Alone, content, first_of_each, get, logged, minutes, stepped


ID = IncidentId("INC-1")
LEASE = Lease(
    record=ID, kind="ring", due=minutes(0), until=minutes(1), token="no such", worker="li"
)

# ---- What is called -------------------------------------------------------------------------

READS = {
    "get": lambda unit, kept: unit.incidents.get(ID),
    "find": lambda unit, kept: unit.incidents.find(IncidentQuery()),
    "count": lambda unit, kept: unit.incidents.count(IncidentQuery()),
}
WRITES = {
    "add": lambda unit, kept: unit.incidents.add(logged("INC-2")),
    "save": lambda unit, kept: unit.incidents.save(kept),
    "complete": lambda unit, kept: unit.complete(LEASE, minutes(0)),
}
ENDS = {"commit": lambda unit, kept: unit.commit()}
BEGINS = {"with": lambda unit, kept: unit.__enter__()}
CALLS = READS | WRITES | ENDS | BEGINS

# ---- Where it is called ---------------------------------------------------------------------


def begun(store, stack, **options):
    return stack.enter_context(store.unit(**options))


def committed(store, stack, **options):
    unit = begun(store, stack, **options)
    unit.commit()
    return unit


def failed(store, stack):
    unit = begun(store, stack)
    with contextlib.suppress(DuplicateError):
        unit.incidents.add(logged())
    return unit


def refused(store, stack):
    unit = begun(store, stack)
    with contextlib.suppress(NotFoundError):
        unit.incidents.get(IncidentId("INC-9"))
    return unit


def left(store, make):
    with contextlib.ExitStack() as stack:
        return make(store, stack)


def closed(store, stack):
    unit = begun(store, stack)
    store.close()
    return unit


ONCE = dict.fromkeys(BEGINS, "a unit is used once")


def all_but_with(why):
    return dict.fromkeys(CALLS, why) | ONCE


#: How to come to each state of a unit, and which calls are refused there, with the reason.
STATES = {
    "not entered": (
        lambda store, stack: store.unit(),
        dict.fromkeys(READS | WRITES | ENDS, "the unit was not entered, use it inside `with`"),
    ),
    "entered": (begun, ONCE),
    "read-only": (
        lambda store, stack: begun(store, stack, read_only=True),
        dict.fromkeys(WRITES, "the unit is read-only") | ONCE,
    ),
    "refused": (refused, ONCE),
    "committed": (committed, all_but_with("the unit was committed")),
    "read-only and committed": (
        lambda store, stack: committed(store, stack, read_only=True),
        all_but_with("the unit was committed"),
    ),
    "left": (
        lambda store, stack: left(store, begun),
        all_but_with("the unit was left"),
    ),
    "committed and left": (
        lambda store, stack: left(store, committed),
        all_but_with("the unit was committed"),
    ),
    "failed": (failed, all_but_with("the unit has failed with DuplicateError, leave it")),
    "failed and left": (
        lambda store, stack: left(store, failed),
        all_but_with("the unit has failed with DuplicateError, leave it"),
    ),
    "of a closed store": (closed, all_but_with("the store was closed")),
}


@pytest.fixture
def store():
    store = MemoryStore()
    Alone(store).add(logged())
    return store


class TestStates:
    @pytest.mark.parametrize("call", CALLS)
    @pytest.mark.parametrize("state", STATES)
    def test_each_state_takes_these_calls_and_refuses_those(self, store, state, call):
        reach, refusals = STATES[state]
        kept = get(store)
        with contextlib.ExitStack() as stack:
            unit = reach(store, stack)
            if call not in refusals:
                CALLS[call](unit, kept)
                return
            with pytest.raises(UnitClosedError) as caught:
                CALLS[call](unit, kept)
        assert (caught.value.call, caught.value.why) == (call, refusals[call])

    def test_repositories_of_a_unit_end_with_it(self, store):
        with store.unit() as unit:
            incidents = unit.incidents

        with pytest.raises(UnitClosedError, match="get refused: the unit was left"):
            incidents.get(ID)

    @pytest.mark.parametrize("read_only", [None, 1, "yes"])
    def test_a_unit_is_read_only_or_not(self, store, read_only):
        with pytest.raises(TypeError, match="read_only must be a bool"):
            store.unit(read_only=read_only)


def adding(store, *, commit):
    with store.unit() as unit:
        unit.incidents.add(logged("INC-2"))
        if commit:
            unit.commit()
        raise ZeroDivisionError


class TestAll:
    def test_nothing_is_written_without_a_commit(self, store):
        before = content(store)
        with store.unit() as unit:
            unit.incidents.save(stepped(unit.incidents.get(ID)))
            unit.incidents.add(logged("INC-2"))

        assert content(store) == before

    def test_an_error_passes_through_and_nothing_is_written(self, store):
        before = content(store)
        with pytest.raises(ZeroDivisionError):
            adding(store, commit=False)

        assert content(store) == before

    def test_an_error_after_the_commit_passes_through_and_all_is_written(self, store):
        with pytest.raises(ZeroDivisionError):
            adding(store, commit=True)

        assert get(store, "INC-2").stored_version == 1

    def test_a_unit_reads_what_it_wrote_and_nobody_else_does(self, store):
        with store.unit() as unit, store.unit() as other, store.unit(read_only=True) as reader:
            unit.incidents.add(logged("INC-2"))
            unit.incidents.save(stepped(unit.incidents.get(ID)))

            assert unit.incidents.count(IncidentQuery()) == 2
            assert unit.incidents.get(ID).version == 2
            for one in (other, reader):
                assert one.incidents.count(IncidentQuery()) == 1
                assert one.incidents.get(ID).version == 1

    def test_what_others_committed_is_seen_by_a_unit_that_writes(self, store):
        with store.unit() as unit:
            Alone(store).add(logged("INC-2"))

            assert unit.incidents.count(IncidentQuery()) == 2


class TestFailures:
    #: What a store refuses, and whether the unit can do nothing more.
    REFUSALS = (
        (DuplicateError, True, lambda incidents: incidents.add(logged())),
        (StaleRecordError, True, lambda incidents: incidents.save(logged())),
        (NotFoundError, False, lambda incidents: incidents.get(IncidentId("INC-9"))),
        (NotFoundError, False, lambda incidents: incidents.save(logged("INC-9"))),
        (TypeError, False, lambda incidents: incidents.add("INC-9")),
        (
            JournalError,
            False,
            lambda incidents: incidents.add(attrs.evolve(logged("INC-9"), journal=())),
        ),
        (
            ValueError,
            False,
            lambda incidents: incidents.save(attrs.evolve(incidents.get(ID), title="Another")),
        ),
        (ValueError, False, lambda incidents: incidents.find(IncidentQuery(), limit=0)),
    )

    @pytest.mark.parametrize(("error", "fatal", "call"), REFUSALS)
    def test_after_some_errors_a_unit_can_only_be_left(self, store, error, fatal, call):
        before = content(store)
        with store.unit() as unit:
            unit.incidents.add(logged("INC-2"))
            with pytest.raises(error):
                call(unit.incidents)
            if fatal:
                with pytest.raises(UnitClosedError, match=f"failed with {error.__name__}"):
                    unit.commit()
            else:
                unit.commit()

        assert (content(store) == before) is fatal

    @pytest.mark.parametrize(
        "error",
        [
            StaleRecordError("INC-1", 1, 2),
            DuplicateError("id", "INC-1"),
            TransientStoreError("busy"),
            RepositoryError("an adapter's own"),
        ],
    )
    def test_a_commit_that_failed_cannot_be_tried_again(self, error):
        class Failing(Unit):
            def _write(self):
                raise error

        with Failing() as unit:
            with pytest.raises(type(error)):
                unit.commit()
            with pytest.raises(UnitClosedError, match=f"failed with {type(error).__name__}"):
                unit.commit()

    @pytest.mark.parametrize(
        "error",
        [
            NotFoundError("INC-1"),
            UnsupportedQueryError("groups", "it keeps none"),
            UnitClosedError("save", "the unit is read-only"),
            JournalError(1, "a gap"),
            ValueError("limit"),
            KeyError("a mistake of an adapter's"),
        ],
    )
    def test_what_is_merely_refused_leaves_the_unit_as_it_was(self, error):
        with Unit() as unit:
            with pytest.raises(type(error)), unit.fatal():
                raise error
            unit.check("save", writes=True)


class TestAdapters:
    """
    What an adapter is asked, and when.
    """

    class Telling(Unit):
        def __init__(self, **options):
            super().__init__(**options)
            self.told = []

        def _begin(self):
            self.told.append("begin")

        def _write(self):
            self.told.append("write")

        def _leave(self):
            self.told.append("leave")

    def test_a_unit_that_was_committed(self):
        with self.Telling() as unit:
            unit.commit()

        assert unit.told == ["begin", "write", "leave"]

    def test_a_unit_that_was_not(self):
        with self.Telling() as unit:
            pass

        assert unit.told == ["begin", "leave"]

    def test_a_unit_that_was_left_by_an_error(self):
        unit = self.Telling()
        with pytest.raises(ZeroDivisionError), unit:
            1 / 0  # noqa: B018

        assert unit.told == ["begin", "leave"]

    @pytest.mark.parametrize("name", ["incidents", "problems", "known_errors", "service_requests"])
    def test_a_unit_of_all_kinds_asks_for_the_records_of_each(self, name):
        class Named(RecordsUnit):
            def _records(self, kind):
                return f"{kind.name}s"

        assert getattr(Named(), name) == name
        with pytest.raises(NotImplementedError):
            getattr(RecordsUnit(), name)

    def test_a_unit_that_did_not_begin_is_left_and_not_entered(self):
        class Busy(self.Telling):
            def _begin(self):
                super()._begin()
                raise TransientStoreError("busy")

        unit = Busy()
        with pytest.raises(TransientStoreError), unit:
            pass
        assert unit.told == ["begin", "leave"]
        with pytest.raises(UnitClosedError, match="was not entered"):
            unit.check("get")
        with pytest.raises(UnitClosedError, match="used once"), unit:
            pass

    def test_what_it_does_not_say_is_nothing_but_writing(self):
        with Unit(read_only=True) as unit, pytest.raises(NotImplementedError):
            unit.commit()


class TestClosedStore:
    CALLS = (
        lambda store: store.unit(),
        lambda store: store.journal.read(),
        lambda store: store.due.claim(minutes(0), dt.timedelta(minutes=1), 1, "li"),
        lambda store: store.due.complete(LEASE, minutes(0)),
        lambda store: store.due.next_due(),
    )

    @pytest.mark.parametrize("call", CALLS)
    def test_nothing_can_be_called_any_more(self, call):
        store = MemoryStore(due=first_of_each)
        store.close()

        with pytest.raises(UnitClosedError, match="refused: the store was closed"):
            call(store)

    def test_it_can_be_closed_again(self, store):
        store.close()
        store.close()

    def test_a_unit_cannot_begin_and_one_that_has_can_be_left(self, store):
        late = store.unit()
        with store.unit():
            store.close()
        with pytest.raises(UnitClosedError, match="with refused: the store was closed"), late:
            pass
