"""
What points to a record, found from the other end (C8).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from itil_ops.errors import StaleRecordError
from itil_ops.kernel.identity import (
    ChangeId,
    ConfigurationItemId,
    EventId,
    IncidentId,
    KnownErrorId,
    ProblemId,
)
from itil_ops.kernel.priority import Impact, Urgency
from itil_ops.kernel.vocabulary import LinkKind, PendingReason
from itil_ops.repositories.query import IncidentQuery, QueryOrder
from itil_ops.testing.builders import linked, logged, minutes, stepped
from itil_ops.testing.contract.identity import LOOK_ALIKES
from itil_ops.testing.contract.rules import Capability, Contract, clause
from itil_ops.testing.doing import add, add_one, count, find, get, ids, listed, save


if TYPE_CHECKING:
    from itil_ops.kernel.identity import RecordId
    from itil_ops.repositories.ports import Store


PARENT, PROBLEM = IncidentId("INC-0"), ProblemId("INC-0")

OF_ONE_TEXT: tuple[RecordId, ...] = (
    IncidentId("7"),
    ProblemId("7"),
    KnownErrorId("7"),
    ChangeId("7"),
    ConfigurationItemId("7"),
)


def to(*targets: RecordId, order: QueryOrder = QueryOrder.ID) -> IncidentQuery:
    """
    Return the query for what points to one of *targets*.
    """
    return IncidentQuery(linked_to=targets, order=order)


def pointing(store: Store, *targets: RecordId) -> list[str]:
    """
    Return the ids of what points to one of *targets*, which are counted too.
    """
    found = ids(find(store, to(*targets)))
    assert count(store, to(*targets)) == len(found)
    return found


class LinkingContract(Contract):
    """
    Links, which are kept once, with the record that says them.
    """

    @clause("C8")
    def test_what_points_to_a_record_is_found(self, store: Store) -> None:
        """
        A query for an id finds all records with a link to it, whether there is such a record.
        """
        children = [linked(logged(f"INC-{place}"), PARENT) for place in (3, 1)]
        add(store, logged("INC-0"), logged("INC-4"), *children)
        add(store, linked(logged("INC-2"), ProblemId("PRB-1")))
        assert pointing(store, PARENT) == ["INC-1", "INC-3"]
        assert pointing(store, ProblemId("PRB-1")) == ["INC-2"]
        assert pointing(store, IncidentId("INC-1")) == []
        assert pointing(store, PARENT, ProblemId("PRB-1"), ProblemId("PRB-2")) == [
            "INC-1",
            "INC-2",
            "INC-3",
        ]

    @clause("C8")
    def test_ids_of_different_kinds_are_different_targets(self, store: Store) -> None:
        """
        A link is to an id of one kind, those of records that no store keeps included.
        """
        names = [type(target).__name__ for target in OF_ONE_TEXT]
        pairs = list(zip(names, OF_ONE_TEXT, strict=True))
        add(store, *(linked(logged(name), target) for name, target in pairs))
        for name, target in pairs:
            assert pointing(store, target) == [name]
        assert pointing(store, *OF_ONE_TEXT[1:]) == sorted(names[1:])

    @clause("C8")
    def test_targets_that_look_alike_are_different_targets(self, store: Store) -> None:
        """
        The text of a target finds itself and no other.
        """
        texts = list(enumerate(LOOK_ALIKES))
        add(store, *(linked(logged(f"INC-{at:02}"), ProblemId(text)) for at, text in texts))
        for at, text in texts:
            assert pointing(store, ProblemId(text)) == [f"INC-{at:02}"]

    @clause("C8", "C9")
    def test_a_record_with_many_links_is_found_once(self, store: Store) -> None:
        """
        Each link of a record counts, whatever it says, and yet the record is found once.
        """
        many = linked(logged("INC-1"), *OF_ONE_TEXT, kind=LinkKind("looks_like"))
        twice = logged("INC-2")
        for kind in (LinkKind.RELATED, LinkKind.CAUSED_BY):
            twice = twice.link(kind, PROBLEM, by=twice.journal[0].by, at=minutes(1))
        add(store, many, twice)
        for target in OF_ONE_TEXT:
            assert pointing(store, target) == ["INC-1"]
        assert pointing(store, PROBLEM) == ["INC-2"]
        assert ids(find(store, to(*OF_ONE_TEXT, PROBLEM), limit=1)) == ["INC-1", "INC-2"]
        assert count(store, to(*OF_ONE_TEXT, PROBLEM)) == 2

    @clause("C8")
    def test_links_are_found_as_they_were_saved_last(self, store: Store) -> None:
        """
        A link is found from the save that brings it on, and not after one that takes it away.
        """
        kept = add_one(store, logged("INC-1"))
        assert pointing(store, PARENT, PROBLEM) == []
        kept = save(store, linked(kept, PARENT))
        assert (pointing(store, PARENT), pointing(store, PROBLEM)) == (["INC-1"], [])
        kept = save(store, stepped(linked(stepped(kept), PROBLEM, ChangeId("7"))))
        assert (pointing(store, PARENT), pointing(store, PROBLEM)) == ([], ["INC-1"])
        kept = save(store, linked(kept, PROBLEM, PARENT))
        assert (pointing(store, PARENT), pointing(store, PROBLEM)) == (["INC-1"], ["INC-1"])
        assert pointing(store, ChangeId("7")) == []
        save(store, linked(kept))
        assert pointing(store, PARENT, PROBLEM, ChangeId("7")) == []

    @clause("C8")
    def test_what_waits_for_a_record_points_to_it(self, store: Store) -> None:
        """
        A query for an id finds what waits for it, without any link, and for as long as it waits.
        """
        by, reason = logged("INC-1").journal[0].by, PendingReason.AWAITING_PROBLEM
        first, last = (
            logged(f"INC-{place}").hold(reason, awaited=awaited, by=by, at=minutes(1))
            for place, awaited in ((1, PROBLEM), (2, "carrier"))
        )
        kept, _ = add(store, first, last)
        assert pointing(store, PROBLEM) == ["INC-1"]
        save(store, kept.resume(by=by, at=minutes(2)))
        assert pointing(store, PROBLEM) == []

    @clause("C8")
    def test_an_incident_points_to_the_event_it_stems_from(self, store: Store) -> None:
        """
        A query for an event finds the incidents that stem from it, without any link.
        """
        add(store, logged("INC-1", source_event=EventId("7")), logged("INC-2"))
        assert pointing(store, EventId("7")) == ["INC-1"]

    @clause("C8", "C9")
    @pytest.mark.parametrize("order", QueryOrder)
    @pytest.mark.parametrize("limit", [1, 3, 50])
    def test_what_points_to_a_record_comes_in_order_page_by_page(
        self, store: Store, order: QueryOrder, limit: int
    ) -> None:
        """
        A query by link has the orders and pages of any other, and goes with other filters.
        """
        high: dict[str, Any] = {"impact": Impact.HIGH, "urgency": Urgency.HIGH}
        low: dict[str, Any] = {"impact": Impact.LOW, "urgency": Urgency.LOW}
        expected = {
            QueryOrder.ID: ["a", "b", "c", "d"],
            QueryOrder.LOGGED_AT: ["b", "c", "d", "a"],
            QueryOrder.PRIORITY: ["d", "a", "c", "b"],
        }
        add(
            store,
            linked(logged("a", at=minutes(3), **high), PROBLEM),
            linked(logged("b", at=minutes(0)), PROBLEM),
            linked(logged("c", at=minutes(1), **low), PROBLEM, PARENT),
            linked(logged("d", at=minutes(2), **high), PROBLEM),
            linked(logged("e", at=minutes(2), **high), PARENT),
            linked(logged("f", at=minutes(2), service="web"), PROBLEM),
            logged("g", at=minutes(2)),
        )
        query = IncidentQuery(linked_to=[PROBLEM], services=["email"], order=order)
        assert ids(find(store, query, limit)) == expected[order]
        assert count(store, query) == 4

    @clause("C9")
    @pytest.mark.parametrize("order", QueryOrder)
    def test_what_is_linked_between_pages_moves_nothing(
        self, store: Store, order: QueryOrder
    ) -> None:
        """
        While others come to point to a record, and some no more, the rest is seen once each.
        """
        add(store, *(linked(logged(f"INC-{place}"), PROBLEM) for place in range(8)))
        add(store, logged("INC-00"), logged("INC-71"))
        query, found, after = to(PROBLEM, order=order), [], None
        while True:
            with store.unit(read_only=True) as unit:
                part = unit.incidents.find(query, after=after, limit=3)
            if after is None:
                for id in ("INC-00", "INC-71"):
                    save(store, linked(get(store, id), PROBLEM))
                for id in ("INC-1", "INC-4"):
                    save(store, linked(get(store, id), PARENT))
            found += ids(list(part.items))
            after = part.next
            if after is None:
                break
        assert found == [*(f"INC-{place}" for place in (0, 1, 2, 3, 5, 6, 7)), "INC-71"]

    # ---- Units ------------------------------------------------------------------------------

    @clause("C7", "C8")
    def test_a_unit_finds_the_links_that_it_wrote(self, store: Store) -> None:
        """
        Links of a unit are found in it at once, and elsewhere from its commit on.
        """
        one, other = add(store, logged("INC-1"), linked(logged("INC-2"), PROBLEM))
        with store.unit() as unit:
            unit.incidents.save(linked(one, PROBLEM))
            unit.incidents.save(linked(other))
            unit.incidents.add(linked(logged("INC-3"), PROBLEM))
            assert ids(listed(unit, to(PROBLEM), limit=1)) == ["INC-1", "INC-3"]
            assert unit.incidents.count(to(PROBLEM)) == 2
            assert pointing(store, PROBLEM) == ["INC-2"]
            unit.commit()
        assert pointing(store, PROBLEM) == ["INC-1", "INC-3"]

    @clause("C7", "C8")
    def test_a_unit_that_is_left_leaves_no_link(self, store: Store) -> None:
        """
        What a unit that was left or refused would have linked is not, and stays as it was.
        """
        one, other = add(store, logged("INC-1"), linked(logged("INC-2"), PROBLEM))
        changed = [linked(one, PROBLEM), linked(other, PARENT)]
        with store.unit() as unit:
            for record in changed:
                unit.incidents.save(record)
            unit.incidents.add(linked(logged("INC-3"), PROBLEM))
        add(store, logged("INC-3"))
        assert (pointing(store, PROBLEM), pointing(store, PARENT)) == (["INC-2"], [])
        save(store, stepped(one))
        with pytest.raises(StaleRecordError), store.unit() as unit:
            for record in reversed(changed):
                unit.incidents.save(record)
            unit.commit()
        assert (pointing(store, PROBLEM), pointing(store, PARENT)) == (["INC-2"], [])

    @clause("C7", "C8", needs=[Capability.SNAPSHOTS])
    def test_a_read_only_unit_sees_the_links_of_one_moment(self, store: Store) -> None:
        """
        A read-only unit finds by the links that there were, whatever is saved meanwhile.
        """
        one, other = add(store, linked(logged("INC-1"), PROBLEM), logged("INC-2"))
        with store.unit(read_only=True) as unit:
            assert ids(listed(unit, to(PROBLEM))) == ["INC-1"]
            save(store, linked(one, PARENT))
            save(store, linked(other, PROBLEM))
            assert ids(listed(unit, to(PROBLEM))) == ["INC-1"]
            assert unit.incidents.count(to(PARENT)) == 0
        assert (pointing(store, PROBLEM), pointing(store, PARENT)) == (["INC-2"], ["INC-1"])
