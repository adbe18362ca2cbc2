"""
Records of several kinds in one store: apart in their repositories, together in units (C1, C6, C7).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from itil_ops.errors import DuplicateError, NotFoundError, StaleRecordError
from itil_ops.kernel.identity import IncidentId, ProblemId
from itil_ops.kernel.journaled import stored
from itil_ops.repositories.query import (
    IncidentQuery,
    KnownErrorQuery,
    ProblemQuery,
    QueryOrder,
    ServiceRequestQuery,
)
from itil_ops.testing.builders import (
    known_error,
    linked,
    logged,
    minutes,
    numbered,
    planned,
    problem,
    service_request,
    stepped,
)
from itil_ops.testing.contract.rules import Beside, Capability, Contract, clause
from itil_ops.testing.doing import add, claim, count, done, find, get, ids, save, seen, told
from itil_ops.testing.sameness import assert_same


if TYPE_CHECKING:
    from itil_ops.repositories.ports import Store, UnitOfWork


BESIDE = (
    Beside("problems", Capability.PROBLEMS, problem, ProblemQuery),
    Beside("known_errors", Capability.KNOWN_ERRORS, known_error, KnownErrorQuery),
    Beside("service_requests", Capability.SERVICE_REQUESTS, service_request, ServiceRequestQuery),
)

each_kind = pytest.mark.parametrize("kind", BESIDE, ids=lambda kind: kind.name)

SEVEN = IncidentId("7")


class _HaltError(Exception):
    """
    What goes wrong in the middle of a unit.
    """


def keep(store: Store, kind: Beside, *records: Any) -> list[Any]:
    """
    Return *records* of *kind* as they are once added together.
    """
    return done(store, lambda unit: [kind.of(unit).add(record) for record in records])


def rewrite(store: Store, kind: Beside, record: Any) -> Any:
    """
    Return *record* of *kind* as it is once saved.
    """
    return done(store, lambda unit: kind.of(unit).save(record))


def kept(store: Store, kind: Beside, **query: Any) -> list[Any]:
    """
    Return the records of *kind* that a query finds, which are counted too.
    """
    asked = kind.query(**query)

    def look(unit: UnitOfWork) -> list[Any]:
        found = list(kind.of(unit).find(asked).items)
        assert kind.of(unit).count(asked) == len(found)
        return found

    return seen(store, look)


class KindsContract(Contract):
    """
    Incidents, and records of another kind beside them.
    """

    @clause("C1")
    @each_kind
    def test_an_id_names_a_record_of_its_kind(self, store: Store, kind: Beside) -> None:
        """
        The same text as ids of two kinds names two records, each with a life of its own.
        """
        other = kind.begun("7")
        with pytest.raises(NotFoundError):
            add(store, logged("8"))
            seen(store, lambda unit: kind.of(unit).get(type(other.id)("8")))
        with store.unit() as unit:
            unit.incidents.add(logged("7"))
            kind.of(unit).add(other)
            assert kind.of(unit).get(other.id) == other
            assert unit.incidents.get(SEVEN) == logged("7")
            assert unit.incidents.find(IncidentQuery()).items == (logged("7"), logged("8"))
            assert kind.of(unit).find(kind.query()).items == (other,)
            unit.commit()
        grown = rewrite(store, kind, stepped(kept(store, kind)[0]))
        assert kept(store, kind) == [grown]
        assert [record.version for record in find(store)] == [1, 1]
        assert save(store, stepped(get(store, "7"), 2)).version == 3
        assert kept(store, kind) == [grown]

    @clause("C1", "C7")
    @each_kind
    def test_each_repository_takes_what_is_of_its_kind(self, store: Store, kind: Beside) -> None:
        """
        Ids, records and queries of another kind are a TypeError, and the unit goes on.
        """
        other = kind.begun("7")
        with store.unit() as unit:
            unit.incidents.add(logged("7"))
            wrong: list[tuple[Any, str, Any]] = [
                (unit.incidents, "get", other.id),
                (unit.incidents, "add", other),
                (unit.incidents, "save", other),
                (unit.incidents, "find", kind.query()),
                (unit.incidents, "count", kind.query()),
                (kind.of(unit), "get", SEVEN),
                (kind.of(unit), "add", logged("8")),
                (kind.of(unit), "save", logged("7")),
                (kind.of(unit), "find", IncidentQuery()),
                (kind.of(unit), "count", IncidentQuery()),
            ]
            for repository, call, given in wrong:
                with pytest.raises(TypeError):
                    getattr(repository, call)(given)
            kind.of(unit).add(other)
            unit.commit()
        assert (ids(find(store)), kept(store, kind)) == (["7"], [other])

    @clause("C2", "C3")
    @each_kind
    def test_a_record_of_another_kind_comes_back_as_it_was(
        self, store: Store, kind: Beside
    ) -> None:
        """
        It comes back with its values and types, at its version, and is its own replay.
        """
        told = {"number": "N 7", "description": "It said:\r\n'%' \U0001f600", "owner": "ada"}
        record = linked(planned(kind.begun("7", **told), "look", minutes(5)), ProblemId("8"), SEVEN)
        expected = stored(record, record.version)
        (added,) = keep(store, kind, record)
        assert_same(expected, added)
        (found,) = kept(store, kind)
        assert_same(expected, found)
        assert type(record).replay(found.journal) == found
        assert record.stored_version == 0

    @clause("C4", "C5")
    @each_kind
    def test_a_record_of_another_kind_is_saved_over_its_past(
        self, store: Store, kind: Beside
    ) -> None:
        """
        Of two who loaded one version one wins; who saves it unchanged writes nothing.
        """
        (loaded,) = keep(store, kind, kind.begun("7"))
        add(store, stepped(logged("7"), 5))
        saved = rewrite(store, kind, stepped(loaded))
        with pytest.raises(StaleRecordError) as caught:
            rewrite(store, kind, stepped(loaded, 2))
        assert (caught.value.expected, caught.value.found) == (1, 2)
        assert rewrite(store, kind, saved) == saved
        with pytest.raises(DuplicateError):
            keep(store, kind, kind.begun("7"))
        with pytest.raises(NotFoundError):
            rewrite(store, kind, stepped(kind.begun("8")))
        assert kept(store, kind) == [saved]

    @clause("C6")
    @each_kind
    def test_a_number_is_given_once_within_a_kind(self, store: Store, kind: Beside) -> None:
        """
        Two records of one kind have no number in common, and two of different kinds may.
        """
        with store.unit() as unit:
            unit.incidents.add(logged("1", number="7"))
            first = kind.of(unit).add(kind.begun("1", number="7"))
            unit.commit()
        (second,) = keep(store, kind, kind.begun("2", number="8"))
        for write, record in (
            (keep, kind.begun("3", number="7")),
            (rewrite, numbered(second, "7")),
        ):
            with pytest.raises(DuplicateError) as caught:
                write(store, kind, record)
            assert (caught.value.name, caught.value.value) == ("number", "7")
        add(store, logged("2", number="8"))
        rewrite(store, kind, numbered(first, "9"))
        rewrite(store, kind, numbered(second, "7"))
        assert [record.number for record in kept(store, kind)] == ["9", "7"]
        assert [record.number for record in find(store)] == ["7", "8"]

    # ---- Units ------------------------------------------------------------------------------

    @clause("C7")
    @each_kind
    def test_a_unit_writes_records_of_all_kinds_or_none(self, store: Store, kind: Beside) -> None:
        """
        Left by an exception a unit writes nothing of any kind, committed it writes all.
        """
        (one,), (other,) = add(store, logged("7")), keep(store, kind, kind.begun("7"))

        def write(unit: UnitOfWork) -> None:
            unit.incidents.save(stepped(one))
            kind.of(unit).add(kind.begun("8"))
            kind.of(unit).save(stepped(other, 2))
            unit.incidents.add(logged("9"))

        with pytest.raises(_HaltError), store.unit() as unit:
            write(unit)
            assert (find(store), kept(store, kind)) == ([one], [other])
            raise _HaltError
        assert (find(store), kept(store, kind)) == ([one], [other])
        done(store, write)
        assert [record.version for record in find(store)] == [2, 1]
        assert [record.version for record in kept(store, kind)] == [3, 1]

    @clause("C7", "C4", "C6")
    @each_kind
    @pytest.mark.parametrize("incident_first", [True, False])
    def test_what_is_refused_of_one_kind_undoes_the_other(
        self, store: Store, kind: Beside, *, incident_first: bool
    ) -> None:
        """
        If a record of one kind is stale or taken, what the unit wrote of another one is not there.
        """
        (one,), (other,) = add(store, logged("7")), keep(store, kind, kind.begun("7", number="7"))
        saved = save(store, stepped(one))
        again = rewrite(store, kind, stepped(other))

        def write(unit: UnitOfWork) -> None:
            if incident_first:
                unit.incidents.save(stepped(saved))
                kind.of(unit).save(stepped(other))
            else:
                kind.of(unit).save(stepped(again))
                unit.incidents.save(stepped(one))

        def add_both(unit: UnitOfWork) -> None:
            unit.incidents.add(logged("8"))
            kind.of(unit).add(kind.begun("8", number="7"))

        for refused, work in ((StaleRecordError, write), (DuplicateError, add_both)):
            with pytest.raises(refused):
                done(store, work)
            assert (find(store), kept(store, kind)) == ([saved], [again])

    @clause("C7", needs=[Capability.SNAPSHOTS])
    @each_kind
    def test_a_read_only_unit_sees_one_moment_of_all_kinds(
        self, store: Store, kind: Beside
    ) -> None:
        """
        What others commit after its first reading it sees in no kind.
        """
        (one,), (other,) = add(store, logged("7")), keep(store, kind, kind.begun("7"))
        with store.unit(read_only=True) as unit:
            assert unit.incidents.get(SEVEN) == one
            with store.unit() as writing:
                writing.incidents.save(stepped(one))
                kind.of(writing).save(stepped(other))
                kind.of(writing).add(kind.begun("8"))
                writing.commit()
            assert list(kind.of(unit).find(kind.query()).items) == [other]
            assert unit.incidents.get(SEVEN) == one
        assert [record.version for record in kept(store, kind)] == [2, 1]

    # ---- Queries ----------------------------------------------------------------------------

    @clause("C8", "C9")
    @each_kind
    @pytest.mark.parametrize("order", QueryOrder)
    def test_a_query_finds_records_of_its_kind_alone(
        self, store: Store, kind: Beside, order: QueryOrder
    ) -> None:
        """
        Whatever of another kind has the same values is not found, and its cursors are refused.
        """
        names = [f"{place}" for place in range(5)]
        add(store, *(linked(logged(name, owner="ada"), SEVEN) for name in names))
        begun = [linked(kind.begun(name, owner="ada"), SEVEN) for name in names[1:]]
        keep(store, kind, *begun, kind.begun("0", owner="bo"))
        query = kind.query(owners=["ada"], states=[begun[0].state.name], order=order)
        with store.unit(read_only=True) as unit:
            first = kind.of(unit).find(query, limit=3)
            rest = kind.of(unit).find(query, after=first.next, limit=3)
            assert [*ids([*first.items]), *ids([*rest.items])] == names[1:]
            assert rest.next is None
            assert kind.of(unit).count(kind.query(order=order)) == 5
            near = unit.incidents.find(IncidentQuery(order=order), limit=3)
            with pytest.raises(ValueError):  # noqa: PT011 - the store's own words
                kind.of(unit).find(kind.query(order=order), after=near.next)

    @clause("C8")
    @each_kind
    def test_links_lead_from_one_kind_to_another(self, store: Store, kind: Beside) -> None:
        """
        What points to a record is found in its own repository, even if others have the same id.
        """
        target = kind.begun("7").id
        add(store, *(linked(logged(id), target) for id in "12"))
        add(store, linked(logged("7"), IncidentId("2")))
        keep(store, kind, kind.begun("1"), linked(kind.begun("2"), target, SEVEN), kind.begun("7"))
        assert ids(find(store, IncidentQuery(linked_to=[target]))) == ["1", "2"]
        assert count(store, IncidentQuery(linked_to=[SEVEN])) == 0
        assert ids(kept(store, kind, linked_to=[target])) == ["2"]
        assert ids(kept(store, kind, linked_to=[SEVEN, target])) == ["2"]
        assert kept(store, kind, linked_to=[IncidentId("2")]) == []
        save(store, linked(get(store, "2")))
        assert ids(find(store, IncidentQuery(linked_to=[target]))) == ["1"]
        assert ids(kept(store, kind, linked_to=[target])) == ["2"]

    # ---- Feed and due work ------------------------------------------------------------------

    @clause("C12", needs=[Capability.FEED])
    @each_kind
    def test_the_feed_tells_of_all_kinds(self, store: Store, kind: Beside) -> None:
        """
        Entries of all kinds are in one feed, in the order of units and of the calls within one.
        """
        (other,) = keep(store, kind, kind.begun("7"))
        add(store, logged("7"))
        with store.unit() as unit:
            kind.of(unit).save(stepped(other, 2))
            unit.incidents.save(stepped(unit.incidents.get(SEVEN)))
            kind.of(unit).add(kind.begun("8"))
            unit.commit()
        with store.unit() as unit:
            kind.of(unit).add(kind.begun("9"))
        found = [(item.entry.record, item.entry.number) for item in told(store, limit=2)]
        assert found == [
            (other.id, 1),
            (SEVEN, 1),
            (other.id, 2),
            (other.id, 3),
            (SEVEN, 2),
            (type(other.id)("8"), 1),
        ]

    @clause("C13", needs=[Capability.DUE_WORK])
    @each_kind
    def test_due_work_is_of_all_kinds(self, store: Store, kind: Beside) -> None:
        """
        What falls due in any kind is claimed in one order, and each lease is that of its record.
        """
        (other,) = keep(store, kind, planned(kind.begun("7"), "look", minutes(5)))
        add(store, planned(logged("7"), "look", minutes(5)))
        add(store, planned(logged("9"), "look", minutes(4)))
        keep(store, kind, planned(kind.begun("8"), "look", minutes(3)))
        leases = claim(store, minutes(6))
        expected = [type(other.id)("8"), IncidentId("9"), SEVEN, other.id]
        assert [lease.record for lease in leases] == expected
        assert claim(store, minutes(6)) == ()
        near, far = leases[2:]
        with store.unit() as unit:
            assert unit.complete(far, minutes(6))
            kind.of(unit).save(stepped(other))
            unit.commit()
        assert not store.due.complete(far, minutes(6))
        save(store, planned(get(store, "9"), "look", minutes(8)))
        assert store.due.complete(near, minutes(6))
        assert [store.due.complete(lease, minutes(6)) for lease in leases[:2]] == [True, False]
        assert store.due.next_due() == minutes(8)

    @clause("C13", "C7", needs=[Capability.DUE_WORK])
    @each_kind
    def test_a_save_moves_the_due_work_of_its_own_record(self, store: Store, kind: Beside) -> None:
        """
        Who has the lease of a record keeps it, whatever becomes of one of another kind.
        """
        (other,) = keep(store, kind, planned(kind.begun("7"), "look", minutes(5)))
        one = add(store, planned(logged("7"), "look", minutes(5)))[0]
        near, far = claim(store, minutes(6))
        save(store, planned(one, "look", minutes(9)))
        assert not store.due.complete(near, minutes(6))
        assert store.due.complete(far, minutes(6))
        rewrite(store, kind, planned(other, "look", minutes(7)))
        (again,) = claim(store, minutes(8))
        assert (again.record, again.due) == (other.id, minutes(7))

    @clause("C8")
    @pytest.mark.parametrize("kind", [BESIDE[1]], ids=lambda kind: kind.name)
    def test_a_known_error_points_to_its_problem(self, store: Store, kind: Beside) -> None:
        """
        A query for a problem finds the known errors that come from it, without any link.
        """
        target = ProblemId("PRB-1")
        keep(store, kind, kind.begun("1", problem=target), kind.begun("2"))
        assert ids(kept(store, kind, linked_to=[target])) == ["1"]
