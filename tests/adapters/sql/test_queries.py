"""
What a query may ask of a database, and what only the database refuses.
"""

from __future__ import annotations

import attrs
import pytest

from adapters.sql.making import execute, just_before
from itil_ops import (
    DuplicateError,
    Incident,
    IncidentId,
    LinkKind,
    NotFoundError,
    Priority,
    ProblemId,
    SerializationError,
    StaleRecordError,
    UnsupportedQueryError,
)
from itil_ops.adapters.sql import rows, unit
from itil_ops.adapters.sql.records import SqlRepository
from itil_ops.adapters.sql.rows import MOST_VALUES
from itil_ops.repositories import IncidentQuery, QueryOrder, ServiceRequestQuery
from itil_ops.repositories.evaluation import NO_RANK, SOUGHT
from itil_ops.repositories.kinds import KINDS, RecordKind
from itil_ops.testing.requested import drafted
from repositories.making import DESK, Alone, content, get, held, logged, minutes, stepped


@attrs.frozen(kw_only=True)
class ColorQuery(IncidentQuery):
    colors: frozenset[str] | None = None


COLORED = RecordKind("incident", Incident, ColorQuery)


def ranked(id, rank):
    override = Priority(rank, "odd")
    return logged(id).prioritize(override=override, reason="x", by=DESK, at=minutes(1))


def numbers(count):
    return [f"{at}" for at in range(count)]


class TestFields:
    def test_one_that_no_column_serves_is_refused(self, store):
        Alone(store).add(logged())
        with store.unit() as opened:
            repository = SqlRepository(opened, COLORED)
            for ask in (repository.find, repository.count):
                with pytest.raises(UnsupportedQueryError, match="there is no column for it") as it:
                    ask(ColorQuery(colors=frozenset({"red"})))
                assert it.value.field == "colors"
            # The unit goes on, also with such a query if it asks for nothing.
            assert repository.count(ColorQuery()) == 1

    @pytest.mark.parametrize(
        ("field", "values"),
        [
            ("numbers", numbers(MOST_VALUES)),
            ("priorities", [Priority(at + 1, f"{at}") for at in range(MOST_VALUES)]),
            ("groups", [None, *numbers(MOST_VALUES - 1)]),
            ("linked_to", [ProblemId(one) for one in numbers(MOST_VALUES)]),
        ],
    )
    def test_as_many_values_as_are_taken_are_served(self, store, field, values):
        record = logged(number="7").assign(group="7", by=DESK, at=minutes(1))
        record = record.link(LinkKind.RELATED, ProblemId("7"), by=DESK, at=minutes(1))
        priority = Priority(8, "7")
        kept = Alone(store).add(
            record.prioritize(override=priority, reason="x", by=DESK, at=minutes(2))
        )

        assert Alone(store).find(IncidentQuery(**{field: values})).items == (kept,)

    @pytest.mark.parametrize(
        "fields",
        [
            {"numbers": numbers(MOST_VALUES + 1)},
            {"services": numbers(MOST_VALUES), "groups": [None]},
            {"priorities": [Priority(at + 1, f"{at}") for at in range(MOST_VALUES + 1)]},
            {"groups": numbers(MOST_VALUES), "linked_to": [ProblemId("7")]},
        ],
        ids=" ".join,
    )
    def test_more_values_are_refused(self, store, fields):
        with store.unit() as opened:
            with pytest.raises(UnsupportedQueryError, match=f"{MOST_VALUES} are taken") as caught:
                opened.incidents.find(IncidentQuery(**fields))
            assert caught.value.field == [*fields][-1]
            assert opened.incidents.count(IncidentQuery()) == 0

    @pytest.mark.parametrize("field", SOUGHT)
    def test_as_many_names_as_are_taken_are_served(self, store, field):
        requests = Alone(store, "service_requests")
        requests.add(drafted(requester="7"))
        found = requests.count(ServiceRequestQuery(**{field: numbers(MOST_VALUES)}))

        assert found == (field in {"requesters", "beneficiaries"})
        with pytest.raises(UnsupportedQueryError, match=f"{MOST_VALUES} are taken") as caught:
            requests.count(ServiceRequestQuery(**{field: numbers(MOST_VALUES + 1)}))
        assert caught.value.field == field

    def test_more_records_than_a_statement_takes_come_in_one_page(self, store, monkeypatch):
        kept = tuple(Alone(store).add(stepped(logged(f"INC-{at}"))) for at in range(5))
        monkeypatch.setattr(unit, "MOST_VALUES", 2)

        assert held(store) == kept


class TestRanks:
    def test_one_beyond_what_a_column_takes_is_refused_and_nothing_is_written(self, store):
        before = content(store)
        with store.unit() as opened, pytest.raises(SerializationError, match="a rank goes up to"):
            opened.incidents.add(ranked("INC-1", NO_RANK + 1))

        assert content(store) == before

    def test_the_last_one_is_kept(self, store):
        for id, rank in (("INC-1", NO_RANK), ("INC-3", 2)):
            Alone(store).add(ranked(id, rank))
        Alone(store).add(logged("INC-2"))
        query = IncidentQuery(order=QueryOrder.PRIORITY)

        found = [record.id.value for record in Alone(store).find(query).items]
        assert found == ["INC-3", "INC-1", "INC-2"]
        only = IncidentQuery(priorities=[Priority(NO_RANK, "odd")])
        assert [record.id.value for record in Alone(store).find(only).items] == ["INC-1"]
        without = IncidentQuery(priorities=[None])
        assert [record.id.value for record in Alone(store).find(without).items] == ["INC-2"]

    @pytest.mark.parametrize("more", [[], [None], [Priority(2, "odd")]])
    def test_none_has_one_beyond_that(self, store, more):
        Alone(store).add(ranked("INC-1", 2))
        query = IncidentQuery(priorities=[Priority(2**80, "odd"), *more])

        assert Alone(store).count(query) == (Priority(2, "odd") in more)


class TestRefusals:
    def test_a_number_that_somebody_takes_meanwhile_is_told(self, store):
        Alone(store).add(logged("INC-1", number="7"))
        with pytest.raises(DuplicateError, match="number '7' is taken"):
            Alone(store).add(logged("INC-2", number="7"))

    def test_a_record_that_somebody_saves_at_the_last_moment_is_stale(self, opened, postgresql_url):
        store, other = opened(postgresql_url), opened(postgresql_url)
        kept = Alone(store).add(logged())
        later = stepped(kept, text="Meanwhile.")
        with (
            just_before(store, "UPDATE", lambda: Alone(other).save(later)),
            pytest.raises(StaleRecordError) as caught,
        ):
            Alone(store).save(stepped(kept))
        assert (caught.value.expected, caught.value.found) == (1, 2)
        assert get(store) == later

    def test_an_unchanged_record_that_somebody_saves_meanwhile_is_stale(
        self, opened, postgresql_url
    ):
        store = opened(postgresql_url)
        Alone(store).add(logged())
        with store.unit() as one:
            loaded = one.incidents.get(IncidentId("INC-1"))
            assert one.incidents.save(loaded) == loaded
            Alone(store).save(stepped(loaded))
            with pytest.raises(StaleRecordError):
                one.incidents.save(loaded)

    def test_entries_without_a_record_are_none(self, store, url):
        Alone(store).add(logged())
        execute(url, "DELETE FROM itil_records")

        with pytest.raises(NotFoundError):
            get(store)
        with store.unit() as opened, pytest.raises(NotFoundError):
            opened.incidents.save(stepped(logged()))

    def test_all_fields_of_a_query_have_columns(self):
        served = set(rows._CONDITIONS)
        asked = {field.name for kind in KINDS for field in attrs.fields(kind.query)}
        assert served == asked - {"order"}

    def test_ids_are_taken_as_they_are(self, store):
        odd = ["%", "_", "'; DROP TABLE itil_records; --", "\\", '"', "\U0001f600", "a\nb"]
        for id in odd:
            Alone(store).add(logged(id, number=id, customer=id))
        for id in odd:
            assert Alone(store).get(IncidentId(id)).number == id
            found = Alone(store).find(IncidentQuery(customers=[id])).items
            assert [record.id.value for record in found] == [id]
