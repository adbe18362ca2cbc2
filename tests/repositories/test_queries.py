"""
Queries: data that says what is looked for, and what is found in memory.
"""

from __future__ import annotations

import datetime as dt
import pickle

from zoneinfo import ZoneInfo

import attrs
import pytest

from hypothesis import given, settings
from hypothesis import strategies as st

from itil_ops import (
    CancellationReason,
    ChangeId,
    Impact,
    IncidentId,
    LinkKind,
    PendingReason,
    Phase,
    Priority,
    ProblemId,
    Urgency,
)
from itil_ops.repositories import (
    IncidentQuery,
    MemoryStore,
    QueryOrder,
    RecordQuery,
    ServiceRequestQuery,
)
from itil_ops.repositories.evaluation import READS, SOUGHT
from repositories.making import DESK, EVERYTHING, T0, Alone, logged, minutes, stepped


SETS = (*READS, "linked_to")


class TestQuery:
    def test_by_default_nothing_is_filtered(self):
        query = IncidentQuery()

        assert [getattr(query, name) for name in SETS] == [None] * len(SETS)
        assert query.order is QueryOrder.ID

    @pytest.mark.parametrize("kind", [tuple, list, set, iter])
    def test_several_values_come_in_any_form(self, kind):
        assert IncidentQuery(groups=kind(["a", "b"])).groups == frozenset("ab")

    def test_it_is_a_value(self):
        query = IncidentQuery(phases=[Phase.ACTIVE], logged_from=T0)

        assert query == IncidentQuery(phases={Phase.ACTIVE}, logged_from=T0)
        assert len({query, pickle.loads(pickle.dumps(query))}) == 1
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            query.phases = None

    def test_its_types_can_be_resolved(self):
        assert attrs.resolve_types(IncidentQuery)

    def test_instants_are_kept_in_utc(self):
        paris = dt.datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=ZoneInfo("Europe/Paris"))

        assert IncidentQuery(logged_from=paris).logged_from.isoformat() == (
            "2026-10-25T01:30:00+00:00"
        )

    @pytest.mark.parametrize("name", ["logged_from", "logged_until"])
    def test_naive_instants_are_refused(self, name):
        with pytest.raises(ValueError, match=f"{name} must be an aware datetime"):
            IncidentQuery(**{name: dt.datetime(2026, 3, 2)})

    @pytest.mark.parametrize("name", ["logged_from", "logged_until"])
    @pytest.mark.parametrize("value", ["2026-03-02", 0, dt.date(2026, 3, 2)])
    def test_what_is_no_instant_is_refused(self, name, value):
        with pytest.raises(TypeError, match=f"{name} must be an aware datetime"):
            IncidentQuery(**{name: value})

    @pytest.mark.parametrize("name", SETS)
    @pytest.mark.parametrize("value", ["new", Phase.ACTIVE, Priority.HIGH, 7, True])
    def test_a_single_value_is_refused(self, name, value):
        with pytest.raises(TypeError, match=f"^{name} must be several values or None, not "):
            IncidentQuery(**{name: value})

    @pytest.mark.parametrize("name", SETS)
    @pytest.mark.parametrize("value", [7, b"new", Impact.HIGH, str])
    def test_values_of_a_wrong_type_are_refused(self, name, value):
        with pytest.raises(TypeError, match=f"each of {name} must be a"):
            IncidentQuery(**{name: [value]})

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("phases", "active"),
            ("priorities", "high"),
            ("states", None),
            ("phases", None),
            ("linked_to", None),
            ("linked_to", "INC-1"),
        ],
    )
    def test_a_look_alike_is_refused(self, name, value):
        with pytest.raises(TypeError, match=f"each of {name}"):
            IncidentQuery(**{name: [value]})

    def test_a_single_id_is_refused(self):
        with pytest.raises(TypeError, match=r"^linked_to must be several values or None, not "):
            IncidentQuery(linked_to=IncidentId("INC-1"))

    def test_a_value_that_cannot_be_hashed_is_refused(self):
        with pytest.raises(TypeError):
            IncidentQuery(groups=[["messaging"]])

    @pytest.mark.parametrize("value", ["", " ", "a\0b", "\ud800"])
    def test_text_that_no_record_holds_is_refused(self, value):
        with pytest.raises(ValueError, match="each of groups"):
            IncidentQuery(groups=[value])

    @pytest.mark.parametrize("order", [None, "id", len, Phase.ACTIVE])
    def test_what_is_no_order_is_refused(self, order):
        with pytest.raises(TypeError, match="order must be a QueryOrder"):
            IncidentQuery(order=order)

    def test_fields_it_does_not_have_are_refused(self):
        with pytest.raises(TypeError, match="colour"):
            IncidentQuery(colour="red")


class TestServiceRequestQuery:
    def test_by_default_nothing_is_filtered(self):
        query = ServiceRequestQuery()

        assert {getattr(query, name) for name in (*SETS, *SOUGHT)} == {None}

    def test_it_is_a_value_whose_types_can_be_resolved(self):
        query = ServiceRequestQuery(approvers=iter(["kim", "kim"]))

        assert query == ServiceRequestQuery(approvers=["kim"])
        assert pickle.loads(pickle.dumps(query)) == query
        assert attrs.resolve_types(ServiceRequestQuery)

    @pytest.mark.parametrize("name", SOUGHT)
    @pytest.mark.parametrize("value", ["kim", 7, True])
    def test_a_single_value_is_refused(self, name, value):
        with pytest.raises(TypeError, match=f"^{name} must be several values or None, not "):
            ServiceRequestQuery(**{name: value})

    @pytest.mark.parametrize("name", SOUGHT)
    @pytest.mark.parametrize("value", [7, b"kim", Impact.HIGH, str])
    def test_names_of_a_wrong_type_are_refused(self, name, value):
        with pytest.raises(TypeError, match=f"each of {name} must be a"):
            ServiceRequestQuery(**{name: [value]})

    @pytest.mark.parametrize("name", SOUGHT)
    @pytest.mark.parametrize("value", ["", " ", "a\0b", "\ud800"])
    def test_names_that_no_record_holds_are_refused(self, name, value):
        with pytest.raises(ValueError, match=f"each of {name}"):
            ServiceRequestQuery(**{name: [value]})

    @pytest.mark.parametrize(("name", "is_taken"), [("requesters", True), ("approvers", False)])
    def test_nobody_is_asked_for_where_there_may_be_nobody(self, name, is_taken):
        if is_taken:
            assert getattr(ServiceRequestQuery(**{name: [None]}), name) == {None}
        else:
            with pytest.raises(TypeError, match=f"each of {name}"):
                ServiceRequestQuery(**{name: [None]})

    def test_an_incident_is_not_asked_by_it(self):
        with pytest.raises(TypeError, match="approvers"):
            IncidentQuery(approvers=["kim"])


@pytest.fixture
def incidents():
    """
    One incident in each of six states; each differs from the others in every field of a query.
    """
    repository = Alone(MemoryStore())
    new = logged("new", at=minutes(0), service="email", owner="ada", number="INC0001")
    assigned = logged(
        "assigned", at=minutes(1), service="web", impact=Impact.HIGH, urgency=Urgency.HIGH
    ).assign(group="messaging", assignee="li", by=DESK, at=minutes(9))
    assigned = assigned.link(LinkKind.RELATED, IncidentId("new"), by=DESK, at=minutes(9))
    pending = (
        logged("pending", at=minutes(2), service="db", impact=Impact.LOW, urgency=Urgency.LOW)
        .assign(group="storage", by=DESK, at=minutes(9))
        .link(LinkKind.INVESTIGATED_BY, ProblemId("new"), by=DESK, at=minutes(9))
        .hold(PendingReason.AWAITING_CALLER, by=DESK, at=minutes(9))
    )
    cancelled = logged(
        "cancelled", at=minutes(3), service="erp", owner="bob", customer="lyon"
    ).cancel(CancellationReason.NOT_AN_INCIDENT, by=DESK, at=minutes(9))
    for incident in (cancelled, assigned, pending, new):
        repository.add(incident)
    return repository


def found(repository, **fields):
    query = IncidentQuery(**fields)
    names = [str(record.id) for record in repository.find(query).items]
    assert repository.count(query) == len(names)
    return names


class TestFilters:
    @pytest.mark.parametrize(
        ("fields", "expected"),
        [
            ({}, ["assigned", "cancelled", "new", "pending"]),
            ({"states": ["new"]}, ["new"]),
            ({"states": ["new", "pending", "unheard_of"]}, ["new", "pending"]),
            ({"phases": [Phase.ACTIVE]}, ["assigned", "new"]),
            ({"phases": [Phase.WAITING, Phase.DROPPED]}, ["cancelled", "pending"]),
            ({"priorities": [Priority.CRITICAL]}, ["assigned"]),
            ({"priorities": [None]}, ["cancelled", "new"]),
            ({"priorities": [None, Priority.PLANNING]}, ["cancelled", "new", "pending"]),
            ({"priorities": [Priority(1, "another first")]}, []),
            ({"services": ["web", "db"]}, ["assigned", "pending"]),
            ({"numbers": ["INC0001", "INC0009"]}, ["new"]),
            ({"numbers": [None]}, ["assigned", "cancelled", "pending"]),
            ({"customers": ["lyon"]}, ["cancelled"]),
            ({"customers": [None, "lyon"], "phases": [Phase.DROPPED]}, ["cancelled"]),
            ({"customers": [None]}, ["assigned", "new", "pending"]),
            ({"groups": ["messaging"]}, ["assigned"]),
            ({"groups": [None]}, ["cancelled", "new"]),
            ({"assignees": ["li"]}, ["assigned"]),
            ({"groups": ["messaging", "storage"], "assignees": [None]}, ["pending"]),
            ({"owners": ["ada", "bob"], "phases": [Phase.ACTIVE]}, ["new"]),
            ({"linked_to": [ProblemId("new")]}, ["pending"]),
            ({"linked_to": [IncidentId("new")]}, ["assigned"]),
            ({"linked_to": [IncidentId("new"), ProblemId("new")]}, ["assigned", "pending"]),
            ({"linked_to": [ChangeId("new"), IncidentId("assigned")]}, []),
            (
                {"linked_to": [IncidentId("new"), ProblemId("new")], "assignees": ["li"]},
                ["assigned"],
            ),
            ({"logged_from": minutes(2)}, ["cancelled", "pending"]),
            ({"logged_until": minutes(2)}, ["assigned", "new"]),
            ({"logged_from": minutes(1), "logged_until": minutes(3)}, ["assigned", "pending"]),
            ({"logged_from": minutes(1), "logged_until": minutes(1)}, []),
            ({"logged_from": minutes(3), "logged_until": minutes(0)}, []),
        ],
    )
    def test_all_that_is_given_must_hold(self, incidents, fields, expected):
        assert found(incidents, **fields) == expected

    @pytest.mark.parametrize("name", SETS)
    def test_an_empty_set_lets_nothing_pass(self, incidents, name):
        assert found(incidents, **{name: []}) == []

    def test_what_was_saved_is_found_as_it_is_now(self, incidents):
        new = incidents.get(IncidentId("new"))
        incidents.save(new.assign(group="messaging", by=DESK, at=minutes(9)))

        assert found(incidents, groups=["messaging"]) == ["assigned", "new"]
        assert found(incidents, states=["new"]) == []

    def test_what_is_found_can_be_saved(self, incidents):
        (record,) = incidents.find(IncidentQuery(states=["new"])).items

        assert incidents.save(stepped(record)).stored_version == 2


class TestOrder:
    @pytest.mark.parametrize(
        ("order", "expected"),
        [
            (QueryOrder.ID, ["assigned", "cancelled", "new", "pending"]),
            (QueryOrder.LOGGED_AT, ["new", "assigned", "pending", "cancelled"]),
            (QueryOrder.PRIORITY, ["assigned", "pending", "new", "cancelled"]),
        ],
    )
    def test_records_are_listed_in_the_order_asked_for(self, incidents, order, expected):
        assert found(incidents, order=order) == expected

    @pytest.mark.parametrize("order", QueryOrder)
    def test_what_is_equal_comes_by_code_point(self, order):
        repository = Alone(MemoryStore())
        # Neither UTF-16 units nor a dictionary would order them like this.
        ids = ["10", "9", "B", "a", "\N{LATIN SMALL LETTER E WITH ACUTE}", "\uff5e", "\U0001f600"]
        for id in reversed(ids):
            repository.add(logged(id))

        assert found(repository, order=order) == ids

    def test_time_is_ordered_by_instant(self):
        repository = Alone(MemoryStore())
        paris = ZoneInfo("Europe/Paris")
        for id, fold, minute in (("late", 1, 10), ("early", 0, 50)):
            at = dt.datetime(2026, 10, 25, 2, minute, fold=fold, tzinfo=paris)
            repository.add(logged(id, at=at))

        assert found(repository, order=QueryOrder.LOGGED_AT) == ["early", "late"]

    def test_priorities_of_one_rank_are_one(self):
        repository = Alone(MemoryStore())
        for minute, name in enumerate(["zebra", "antelope"]):
            priority = Priority(1, name)
            incident = logged(name, at=minutes(minute), impact=Impact.LOW, urgency=Urgency.LOW)
            repository.add(
                incident.prioritize(override=priority, reason="So.", by=DESK, at=minutes(minute))
            )

        assert found(repository, order=QueryOrder.PRIORITY) == ["zebra", "antelope"]


class TestPages:
    def test_a_page_says_where_the_next_begins(self, incidents):
        first = incidents.find(IncidentQuery(), limit=3)
        second = incidents.find(IncidentQuery(), limit=3, after=first.next)

        assert [str(record.id) for record in second.items] == ["pending"]
        assert second.next is None

    @pytest.mark.parametrize("limit", [4, 5, 10**30])
    def test_the_last_page_says_that_it_is_the_last(self, incidents, limit):
        page = incidents.find(IncidentQuery(), limit=limit)

        assert len(page.items) == 4
        assert page.next is None

    def test_fifty_are_a_page_unless_asked_otherwise(self):
        repository = Alone(MemoryStore())
        for number in range(51):
            repository.add(logged(f"INC-{number}"))

        assert len(repository.find(IncidentQuery()).items) == 50

    def test_an_empty_store_has_an_empty_page(self):
        page = Alone(MemoryStore()).find(IncidentQuery())

        assert (page.items, page.next) == ((), None)

    def test_a_cursor_is_fit_for_an_address(self, incidents):
        incidents.add(logged("\N{SNOWMAN} \U0001f600/?&"))
        page = incidents.find(IncidentQuery(), limit=4)

        assert page.next.isascii()
        assert not set(page.next) & set("/?&+ ")

    @pytest.mark.parametrize("limit", [0, -1])
    def test_less_than_one_is_refused(self, incidents, limit):
        with pytest.raises(ValueError, match=f"limit must be 1 or more, not {limit}"):
            incidents.find(IncidentQuery(), limit=limit)

    @pytest.mark.parametrize("limit", [None, "1", 1.0])
    def test_a_limit_that_is_no_number_is_refused(self, incidents, limit):
        with pytest.raises(TypeError, match="limit must be an int"):
            incidents.find(IncidentQuery(), limit=limit)

    @pytest.mark.parametrize(
        "other",
        [
            {},
            {"order": QueryOrder.PRIORITY},
            {"order": QueryOrder.LOGGED_AT, "groups": [None, "messaging"]},
            {"order": QueryOrder.LOGGED_AT, "logged_from": T0},
        ],
    )
    def test_a_cursor_of_another_query_is_refused(self, incidents, other):
        page = incidents.find(IncidentQuery(order=QueryOrder.LOGGED_AT), limit=1)

        with pytest.raises(ValueError, match="after must be a cursor of this query, not '"):
            incidents.find(IncidentQuery(**other), after=page.next)

    def test_a_cursor_fits_an_equal_query_and_another_store(self, incidents):
        page = incidents.find(IncidentQuery(phases=list(Phase)), limit=1)
        store = Alone(MemoryStore())
        for id in ("assigned", "b"):
            store.add(logged(id))

        (found,) = store.find(IncidentQuery(phases=set(Phase)), after=page.next).items
        assert str(found.id) == "b"

    @pytest.mark.parametrize("cursor", ["", "new", "\N{SNOWMAN}", "MTA=", "[" * 100_000])
    def test_what_is_no_cursor_is_refused(self, incidents, cursor):
        with pytest.raises(ValueError, match="after must be a cursor of this query, not '"):
            incidents.find(IncidentQuery(), after=cursor)

    def test_the_feeds_cursor_is_refused(self):
        store = MemoryStore()
        Alone(store).add(logged())

        with pytest.raises(ValueError, match="after must be a cursor of this query"):
            Alone(store).find(IncidentQuery(), after=store.journal.read().next)

    @pytest.mark.parametrize("cursor", [0, b"id", IncidentId("new")])
    def test_a_cursor_that_is_no_text_is_refused(self, incidents, cursor):
        with pytest.raises(TypeError, match="after must be a str"):
            incidents.find(IncidentQuery(), after=cursor)

    @pytest.mark.parametrize("query", [None, {}, "new", RecordQuery(), IncidentQuery])
    def test_what_is_no_query_for_incidents_is_refused(self, incidents, query):
        for ask in (incidents.find, incidents.count):
            with pytest.raises(TypeError, match="query must be an IncidentQuery, not "):
                ask(query)

    def test_a_query_that_asks_for_more_than_is_known_is_refused(self, incidents):
        @attrs.frozen(kw_only=True)
        class Wider(IncidentQuery):
            callers: frozenset[str] | None = None

        with pytest.raises(TypeError, match="query must be of IncidentQuery itself, not of a sub"):
            incidents.count(Wider(callers=frozenset({"ada"})))


IDS = st.text("ab\N{LATIN SMALL LETTER E WITH ACUTE}\U0001f600", min_size=1, max_size=3)
PRIORITIES = st.sampled_from([None, Impact.HIGH, Impact.MEDIUM, Impact.LOW])


@st.composite
def records(draw, ids=IDS):
    impact = draw(PRIORITIES)
    return logged(
        draw(ids),
        at=minutes(draw(st.integers(0, 3))),
        impact=impact,
        urgency=impact and Urgency.MEDIUM,
    )


EXPECTED_KEYS = {
    QueryOrder.ID: lambda record: str(record.id),
    QueryOrder.LOGGED_AT: lambda record: (record.logged_at, str(record.id)),
    QueryOrder.PRIORITY: lambda record: (
        record.priority is None,
        record.priority and record.priority.rank,
        record.logged_at,
        str(record.id),
    ),
}


def by_id(record):
    return record.id


def by_turns(repository, query, limit, inserted):
    """
    Yield page after page, and add a record between one and the next.
    """
    cursor, waiting = None, list(inserted)
    for _ in range(25):
        page = repository.find(query, after=cursor, limit=limit)
        yield page.items
        if page.next is None:
            return
        assert len(page.items) == limit
        cursor = page.next
        if waiting:
            repository.add(waiting.pop())


class TestPaging:
    @settings(deadline=None)
    @given(
        st.lists(records(), unique_by=by_id, max_size=12),
        st.sampled_from(QueryOrder),
        st.integers(1, 5),
    )
    def test_pages_put_together_are_the_list(self, held, order, limit):
        repository = Alone(MemoryStore())
        for record in held:
            repository.add(record)
        pages = by_turns(repository, IncidentQuery(order=order), limit, [])
        listed = [record for page in pages for record in page]

        assert listed == sorted(held, key=EXPECTED_KEYS[order])

    @settings(deadline=None)
    @given(
        st.lists(records(), unique_by=by_id, min_size=1, max_size=20),
        st.integers(1, 20),
        st.sampled_from(QueryOrder),
        st.integers(1, 4),
    )
    def test_what_is_there_throughout_is_seen_once_and_in_order(self, all_, cut, order, limit):
        held, inserted = all_[:cut], all_[cut:]
        repository = Alone(MemoryStore())
        for record in held:
            repository.add(record)
        pages = by_turns(repository, IncidentQuery(order=order), limit, inserted)
        listed = [record for page in pages for record in page]

        assert [record for record in listed if record in held] == sorted(
            held, key=EXPECTED_KEYS[order]
        )
        assert listed == sorted(listed, key=EXPECTED_KEYS[order])
        assert len({record.id for record in listed}) == len(listed)

    @settings(max_examples=30, deadline=None)
    @given(st.lists(records(), unique_by=by_id, max_size=12), st.sets(PRIORITIES))
    def test_the_count_is_that_of_the_list(self, held, impacts):
        repository = Alone(MemoryStore())
        for record in held:
            repository.add(record)
        wanted = {record.priority for record in held if record.impact in impacts}
        query = IncidentQuery(priorities=wanted)
        listed = repository.find(query, limit=EVERYTHING).items

        assert repository.count(query) == len(listed)
        assert set(listed) == {record for record in held if record.priority in wanted}
