"""
Rows of links: written with their records, and for those of older tables when they are opened.
"""

from __future__ import annotations

import json

import attrs
import pytest

from adapters.sql.making import execute
from itil_ops import (
    ChangeId,
    ConfigurationItemId,
    IncidentId,
    KnownErrorId,
    Link,
    LinkKind,
    ProblemId,
    RecordId,
    StaleRecordError,
)
from itil_ops.adapters.serialization import Codec
from itil_ops.adapters.sql import Reindexed, steps
from itil_ops.adapters.sql import links as link_rows
from itil_ops.repositories import IncidentQuery, ServiceRequestQuery
from itil_ops.testing.builders import linked as linked_to
from itil_ops.testing.requested import asked, done, drafted, under_way
from repositories.making import DESK, Alone, DeskIncident, held, logged, minutes, stepped


LINKS = "SELECT kind, record, target FROM itil_links ORDER BY kind, record, target"
VERSION_1 = ("DROP TABLE itil_links", "UPDATE itil_schema SET version = 1")
PROBLEM = ProblemId("PRB-1")


@attrs.frozen
class ShelfId(RecordId):
    pass


@attrs.frozen
class ReasonedLink(Link):
    why: str = "So."


CODEC = Codec(records=[DeskIncident], values=[ShelfId, ReasonedLink])


def linked(record, *targets, link=Link):
    links = tuple(link(LinkKind.RELATED, target) for target in targets)
    return record.change(links=links)


def desk(id="INC-1"):
    return logged(id, kind=DeskIncident)


@pytest.fixture
def store(opened, url):
    return opened(url, codec=CODEC)


class TestRows:
    def test_each_target_has_one_with_its_kind(self, store, url):
        Alone(store).add(linked(desk(), IncidentId("7"), ProblemId("7"), ConfigurationItemId("7")))

        assert execute(url, LINKS) == [
            ("incident", "INC-1", "configuration_item_id 7"),
            ("incident", "INC-1", "incident_id 7"),
            ("incident", "INC-1", "problem_id 7"),
        ]

    def test_several_links_to_one_target_have_one(self, store, url):
        incident = desk()
        for kind in (LinkKind.RELATED, LinkKind.CAUSED_BY):
            incident = incident.link(kind, PROBLEM, by=DESK, at=minutes(1))
        Alone(store).add(incident)

        assert execute(url, LINKS) == [("incident", "INC-1", "problem_id PRB-1")]

    def test_only_what_changes_is_written(self, store, url):
        kept = Alone(store).add(linked(desk(), PROBLEM, ChangeId("1")))
        execute(url, "UPDATE itil_links SET target = 'x' WHERE target = 'problem_id PRB-1'")
        Alone(store).save(linked(kept, PROBLEM, ChangeId("2")))

        assert [row[2] for row in execute(url, LINKS)] == ["change_id 2", "x"]

    def test_one_that_is_there_already_is_in_nobodys_way(self, store, url):
        kept = Alone(store).add(desk())
        execute(url, "INSERT INTO itil_links VALUES ('incident', 'INC-1', 'problem_id PRB-1')")
        Alone(store).save(linked(kept, PROBLEM))

        assert execute(url, LINKS) == [("incident", "INC-1", "problem_id PRB-1")]

    def test_what_is_refused_leaves_none(self, store, url):
        kept = Alone(store).add(desk())
        Alone(store).save(stepped(kept))
        with pytest.raises(StaleRecordError):
            Alone(store).save(linked(kept, PROBLEM))

        assert execute(url, LINKS) == []

    def test_an_id_of_a_callers_own_kind_is_a_target_too(self, store):
        kept = Alone(store).add(linked(desk(), ShelfId("7"), RecordId("8")))
        for target, found in ((ShelfId("7"), 1), (RecordId("8"), 1), (RecordId("7"), 0)):
            assert Alone(store).count(IncidentQuery(linked_to=[target])) == found
        assert held(store) == (kept,)


class TestNames:
    def test_each_name_that_a_request_is_sought_by_has_one(self, store, url):
        kept = Alone(store, "service_requests").add(asked(requested_for="tom"))

        before = [
            "@approvers eve",
            "@approvers kim",
            "@approvers mia",
            "@beneficiaries tom",
            "@requesters ana",
        ]
        assert execute(url, LINKS) == [("service_request", "REQ-1", one) for one in before]
        given = done(done(kept, "approve", 3, "mia"), "delegate", 4, "kim", to="lou")
        kept = Alone(store, "service_requests").save(given)
        assert [row[2] for row in execute(url, LINKS)] == [
            "@approvers kim",
            "@approvers lou",
            *before[3:],
        ]

    def test_that_nobody_asks_has_one_too(self, store, url):
        Alone(store, "service_requests").add(drafted(requester=None))

        assert [row[2] for row in execute(url, LINKS)] == ["@beneficiaries ", "@requesters "]

    def test_tasks_have_them_beside_links(self, store, url):
        Alone(store, "service_requests").add(linked_to(under_way(), PROBLEM))

        assert [row[2] for row in execute(url, LINKS)] == [
            "@beneficiaries ana",
            "@requesters ana",
            "@task_groups buying",
            "@task_groups workplace",
            "problem_id PRB-1",
        ]

    def test_an_id_of_a_kind_of_that_name_is_another_thing(self, store):
        class Requesters(RecordId):
            __slots__ = ()

        requests = Alone(store, "service_requests")
        requests.add(linked_to(drafted("1", requester=None), ConfigurationItemId("ana")))
        kept = requests.add(drafted("2"))

        assert link_rows.target(Requesters("ana")) == "requesters ana"
        found = requests.find(ServiceRequestQuery(requesters=["ana"])).items
        assert found == (kept,)
        assert requests.count(ServiceRequestQuery(linked_to=[ConfigurationItemId("ana")])) == 1


class TestOlderTables:
    KEPT = (
        linked(desk("INC-1"), PROBLEM, KnownErrorId("KE \U0001f600"), RecordId("8")),
        linked(desk("INC-2"), IncidentId("INC-1"), ShelfId("7"), link=ReasonedLink),
        desk("INC-3"),
        linked(desk("INC-4"), PROBLEM),
    )

    @pytest.fixture
    def before(self, store, url):
        for record in self.KEPT:
            Alone(store).add(record)
        store.close()
        found = execute(url, LINKS)
        execute(url, *VERSION_1)
        return found

    @pytest.mark.parametrize("batch", [1, 2, 1_000])
    def test_what_is_stored_gets_its_rows(self, opened, url, monkeypatch, before, batch):
        monkeypatch.setattr(steps, "_BATCH", batch)
        store = opened(url, codec=CODEC)

        assert execute(url, LINKS) == before
        assert len(before) == 6
        assert held(store) == self.KEPT
        found = Alone(store).find(IncidentQuery(linked_to=[PROBLEM])).items
        assert [record.id.value for record in found] == ["INC-1", "INC-4"]

    def test_a_codec_need_not_know_the_classes(self, opened, url, before):
        opened(url, codec=Codec())

        assert execute(url, LINKS) == before

    def test_it_is_done_once(self, opened, url, before):
        opened(url, codec=CODEC).close()
        execute(url, "DELETE FROM itil_links WHERE record = 'INC-4'")
        opened(url, codec=CODEC)

        assert execute(url, LINKS) == before[:-1]

    @pytest.mark.parametrize(
        "payload",
        [
            "",
            "x",
            "7",
            "[]",
            '{"data": 7}',
            '{"data": {"links": 7}}',
            '{"data": {"links": [7]}}',
            '{"data": {"links": [{"kind": "related"}]}}',
            '{"data": {"links": [{"target": {"kind": 7, "data": "7"}}]}}',
            '{"data": {"links": [{"target": {"kind": "problem_id", "data": null}}]}}',
            json.dumps({"data": {"links": [{"target": "a\0b"}]}}),
            json.dumps({"data": {"links": [{"target": "\ud800"}]}}),
            "[" * 100_000,
        ],
        ids=lambda payload: payload[:60],
    )
    def test_what_is_damaged_gets_none_and_the_others_theirs(self, opened, url, before, payload):
        written = payload.replace("'", "''")
        execute(url, f"UPDATE itil_records SET payload = '{written}' WHERE id = 'INC-2'")
        store = opened(url, codec=CODEC)

        assert execute(url, LINKS) == [row for row in before if row[1] != "INC-2"]
        done = store.reindex()
        assert (done.records, [error.record for error in done.unreadable]) == (3, ["INC-2"])

    def test_what_an_older_program_writes_beside_it_is_put_right(self, opened, url, before):
        store = opened(url, codec=CODEC)
        execute(url, "DELETE FROM itil_links")

        assert store.reindex() == Reindexed(len(self.KEPT), ())
        assert execute(url, LINKS) == before

    def test_an_empty_store_gets_the_table(self, opened, url):
        opened(url).close()
        execute(url, *VERSION_1)
        opened(url)

        assert execute(url, LINKS) == []


def test_records_of_a_later_schema_are_read_alike(opened, url):
    store = opened(url)
    Alone(store).add(logged().link(LinkKind.RELATED, PROBLEM, by=DESK, at=minutes(1)))
    store.close()
    later = """
        UPDATE itil_records SET payload = replace(payload, '"schema":1,', '"schema":9,')
    """
    execute(url, *VERSION_1, later)
    opened(url)

    assert execute(url, LINKS) == [("incident", "INC-1", "problem_id PRB-1")]
