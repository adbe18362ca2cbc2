"""
What a query lets pass, and in which order (C8).
"""

from __future__ import annotations

import random

from typing import TYPE_CHECKING, Any

import pytest

from hypothesis import given, settings
from hypothesis import strategies as st

from itil_ops.kernel.identity import ConfigurationItemId
from itil_ops.kernel.instant import microseconds
from itil_ops.kernel.priority import Impact, Priority, Urgency
from itil_ops.kernel.table import Phase
from itil_ops.repositories.evaluation import KEYS, READS, matching
from itil_ops.repositories.query import IncidentQuery, QueryOrder
from itil_ops.testing.builders import DESK, START, logged, microseconds_after, minutes
from itil_ops.testing.contract.identity import LOOK_ALIKES
from itil_ops.testing.contract.rules import Contract, clause
from itil_ops.testing.doing import EVERYTHING, add, count, find, ids, listed
from itil_ops.testing.varied import LIVES, TARGETS, odd_ids, queries, varied


if TYPE_CHECKING:
    from itil_ops.incident.record import Incident
    from itil_ops.repositories.ports import Store


SETS = (
    "numbers",
    "states",
    "phases",
    "priorities",
    "services",
    "customers",
    "groups",
    "assignees",
    "owners",
    "linked_to",
)


ALWAYS_THERE = {"states", "phases", "linked_to"}
"""
The sets among whose values there is no `None`.
"""


def defined(records: list[Incident], query: IncidentQuery) -> list[Incident]:
    """
    Return what *query* finds among *records*, by definition.
    """
    return sorted(filter(matching(query), records), key=KEYS[query.order])


def crowd(size: int = 40, seed: int = 4) -> list[Incident]:
    """
    Return incidents of all sorts, the same ones for the same *seed*.
    """
    chance = random.Random(seed)
    return [varied(chance, id) for id in odd_ids(size)]


class QueriesContract(Contract):
    """
    Queries one by one, and at random.
    """

    @clause("C8", "C9")
    def test_a_random_query_finds_what_it_defines(self, store: Store) -> None:
        """
        Any query, page by page at any limit, finds what `matching` lets pass, in order of `KEYS`.
        """
        records = add(store, *crowd())
        numbers = [None, "N A", "N a", "n a", *(record.number for record in records[:9])]
        with store.unit(read_only=True) as unit:

            @settings(max_examples=self.examples * 4, deadline=None, database=None)
            @given(queries(numbers), st.integers(1, 12))
            def ask(query: IncidentQuery, limit: int) -> None:
                expected = defined(records, query)
                assert ids(listed(unit, query, limit)) == ids(expected)
                assert unit.incidents.count(query) == len(expected)

            ask()

    @clause("C8")
    def test_no_filter_finds_everything(self, store: Store) -> None:
        """
        A query that asks for nothing finds all records.
        """
        records = add(store, *crowd(12))
        assert find(store) == defined(records, EVERYTHING)
        assert count(store) == 12

    @clause("C8")
    @pytest.mark.parametrize("name", SETS)
    def test_an_empty_set_lets_nothing_pass(self, store: Store, name: str) -> None:
        """
        An empty set is no missing filter: nothing passes, in each field of a query.
        """
        add(store, *crowd(12))
        query = _query(**{name: ()})
        assert find(store, query) == []
        assert count(store, query) == 0

    @clause("C8")
    @pytest.mark.parametrize("name", [name for name in SETS if name not in ALWAYS_THERE])
    def test_none_in_a_set_stands_for_what_is_missing(self, store: Store, name: str) -> None:
        """
        `None` among the values finds the records that lack the field, with others and alone.
        """
        records = add(store, _bare(), _full())
        read = READS[name]
        for values in ([None], [read(records[1])], [None, read(records[1])]):
            query = _query(**{name: values})
            assert ids(find(store, query)) == ids(defined(records, query))

    @clause("C8")
    @pytest.mark.parametrize(
        "field", ["number", "service", "customer", "owner", "group", "assignee"]
    )
    def test_text_is_compared_as_it_is(self, store: Store, field: str) -> None:
        """
        A text finds itself and no other: not by case, spaces, wildcards or composition.
        """
        for place, text in enumerate(LOOK_ALIKES):
            add(store, _with(f"INC-{place:02}", field, text))
        for place, text in enumerate(LOOK_ALIKES):
            assert ids(find(store, _query(**{f"{field}s": [text]}))) == [f"INC-{place:02}"]

    @clause("C8", "C10")
    def test_the_range_of_instants_is_half_open(self, store: Store) -> None:
        """
        `logged_from` is the first instant that passes, `logged_until` the first that does not.
        """
        for place in range(4):
            add(store, logged(f"INC-{place}", at=microseconds_after(START, place)))
        first, last = microseconds_after(START, 1), microseconds_after(START, 3)
        assert ids(find(store, IncidentQuery(logged_from=first))) == ["INC-1", "INC-2", "INC-3"]
        assert ids(find(store, IncidentQuery(logged_until=last))) == ["INC-0", "INC-1", "INC-2"]
        within = IncidentQuery(logged_from=first, logged_until=last)
        assert ids(find(store, within)) == ["INC-1", "INC-2"]
        assert find(store, IncidentQuery(logged_from=first, logged_until=first)) == []
        assert find(store, IncidentQuery(logged_from=last, logged_until=first)) == []

    @clause("C8")
    def test_text_order_is_by_code_point(self, store: Store) -> None:
        """
        Ids are ordered by Unicode code point: not by locale, case, or UTF-16.
        """
        texts = odd_ids(60)
        add(store, *map(logged, texts))
        assert ids(find(store, limit=7)) == sorted(texts)

    @clause("C8")
    def test_what_began_at_one_instant_comes_by_id(self, store: Store) -> None:
        """
        In order of `LOGGED_AT` ties are ordered by id, by code point again.
        """
        texts = odd_ids(23)
        add(store, *map(logged, texts))
        by_age = IncidentQuery(order=QueryOrder.LOGGED_AT)
        assert ids(find(store, by_age, limit=3)) == sorted(texts)

    @clause("C8")
    def test_instants_are_ordered_by_time_to_the_microsecond(self, store: Store) -> None:
        """
        The oldest comes first, in whatever zone it was told, and however far out.
        """
        ages = [-(10**15), -1, 0, 1, 999_999, 1_000_000, 10**9, 10**17]
        for place, age in enumerate(ages):
            add(store, logged(f"INC-{9 - place}", at=microseconds_after(START, age)))
        found = find(store, IncidentQuery(order=QueryOrder.LOGGED_AT), limit=3)
        assert [microseconds(record.logged_at) - microseconds(START) for record in found] == ages

    @clause("C8")
    def test_what_has_no_priority_comes_last(self, store: Store) -> None:
        """
        The work queue goes by rank, the most pressing first, then by age, then by id.
        """
        high: dict[str, Any] = {"impact": Impact.HIGH, "urgency": Urgency.HIGH}
        low: dict[str, Any] = {"impact": Impact.LOW, "urgency": Urgency.LOW}
        add(
            store,
            logged("a"),
            logged("b", at=minutes(1), **low),
            logged("c", **low),
            logged("d", at=minutes(2), **high),
            logged("f", at=minutes(1), **high),
            logged("e", at=minutes(1), **high),
            logged("g", at=minutes(-1)),
        )
        queue = IncidentQuery(order=QueryOrder.PRIORITY)
        assert ids(find(store, queue, limit=2)) == ["e", "f", "d", "c", "b", "g", "a"]

    @clause("C8")
    def test_a_query_sees_a_record_as_it_is_now(self, store: Store) -> None:
        """
        Filters and orders go by the record as it was saved last, no longer by what it was.
        """
        chance = random.Random(7)
        began = add(store, *(logged(f"INC-{place}", number=f"{place}") for place in range(20)))
        with store.unit() as unit:
            for record in began:
                unit.incidents.save(_changed(record, chance))
            unit.commit()
        records = find(store)
        assert {record.id for record in records} == {record.id for record in began}
        for query in (
            IncidentQuery(phases=[Phase.ACTIVE], order=QueryOrder.PRIORITY),
            IncidentQuery(states=["new"]),
            IncidentQuery(groups=["mail"]),
            IncidentQuery(assignees=[None], order=QueryOrder.PRIORITY),
            IncidentQuery(priorities=[None, Priority.CRITICAL]),
            IncidentQuery(numbers=["1", "N"]),
            IncidentQuery(linked_to=TARGETS[:3]),
        ):
            assert ids(find(store, query, limit=3)) == ids(defined(records, query))

    @clause("C8")
    def test_priorities_of_one_rank_are_told_apart_by_name(self, store: Store) -> None:
        """
        A priority is its rank and its name, and a query for one finds no other.
        """
        named = [Priority.CRITICAL, Priority(1, "first"), Priority(2, "critical")]
        add(store, *(_prioritized(f"INC-{at}", priority) for at, priority in enumerate(named)))
        for place, priority in enumerate(named):
            assert ids(find(store, IncidentQuery(priorities=[priority]))) == [f"INC-{place}"]


def _with(id: str, field: str, text: str) -> Incident:
    told: dict[str, Any] = {field: text}
    if field in {"group", "assignee"}:
        return logged(id).assign(**told, by=DESK, at=START)
    return logged(id, **told)


def _bare() -> Incident:
    return logged("bare", service=None, configuration_items=[ConfigurationItemId("srv-1")])


def _full() -> Incident:
    high: dict[str, Any] = {"impact": Impact.HIGH, "urgency": Urgency.HIGH}
    begun = logged("full", number="7", customer="Lyon", owner="ada", **high)
    return begun.assign(group="mail", assignee="li", by=DESK, at=START)


def _prioritized(id: str, priority: Priority) -> Incident:
    return logged(id).prioritize(override=priority, reason="So.", by=DESK, at=START)


def _changed(record: Incident, chance: random.Random) -> Incident:
    return chance.choice(LIVES)(record, chance)


def _query(**fields: Any) -> IncidentQuery:
    return IncidentQuery(**fields)
