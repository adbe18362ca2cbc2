"""
Rows that somebody damaged, or that a newer library wrote: named, and nothing else is lost.
"""

from __future__ import annotations

import pytest

from adapters.sql.making import execute
from itil_ops import IncidentId, NotFoundError, SerializationError
from itil_ops.adapters.serialization import Codec
from itil_ops.repositories import IncidentQuery
from itil_ops.testing.builders import problem
from repositories.making import Alone, DeskIncident, content, get, held, logged, published, stepped


ALL = IncidentQuery()

#: What is done to INC-2, where that is noticed, and what is said.
RECORDS = {
    "no JSON": ("payload = 'Dear diary'", "", "it is no JSON"),
    "half of it": ("payload = substr(payload, 1, 40)", "", "it is no JSON"),
    "empty": ("payload = ''", "", "it is no JSON"),
    "other JSON": ("payload = '[7]'", "", "belongs here"),
    "a field renamed": (
        "payload = replace(payload, '\"title\"', '\"tilte\"')",
        "data.title",
        "missing|belongs",
    ),
    "a value changed": (
        "payload = replace(payload, '\"Mail is down\"', '7')",
        "data.title",
        "a text belongs here, not 7",
    ),
    "a newer schema": (
        "payload = replace(payload, '\"schema\":1', '\"schema\":2')",
        "schema",
        "2",
    ),
    "an unknown kind": (
        'payload = replace(payload, \'"kind":"incident"\', \'"kind":"accident"\')',
        "kind",
        "unknown kind 'accident'",
    ),
    "that of another": (
        "payload = (SELECT payload FROM itil_records WHERE id = 'INC-1')",
        "data.id",
        "it is that of 'INC-1'",
    ),
    "a lone surrogate": (
        "payload = replace(payload, 'Mail is down', '\\udc80')",
        "data.title",
        "surrogate",
    ),
    "another version": ("version = 3", "journal", "2 entries are there, of 3"),
}

ENTRIES = {
    "no JSON": ("body = 'Dear diary'", "", "it is no JSON"),
    "a newer schema": (
        "body = replace(body, '\"schema\":1', '\"schema\":7')",
        "schema",
        "7",
    ),
    "other JSON": ("body = 'null'", "", "belongs here"),
}

#: What SQLite takes though it is no text.
BYTES = {
    "no text": ("{} = x'ff00'", "", "a text belongs here, not b'\\\\xff\\\\x00'"),
    "no number": ("{} = 7", "", "it is no JSON|belongs here"),
    "bytes that are no UTF-8": ("{0} = CAST(x'22ff22' AS TEXT)", "", "surrogate"),
}


def damage_record(url, change):
    execute(url, f"UPDATE itil_records SET {change} WHERE id = 'INC-2'")


def damage_entry(url, change):
    execute(url, f"UPDATE itil_entries SET {change} WHERE record = 'INC-2' AND number = 2")


def three(store):
    return [Alone(store).add(stepped(logged(f"INC-{at}"))) for at in (1, 2, 3)]


def check_lost_nothing_else(store, kept, path, why):
    one, _, three = kept
    for id in (one.id, three.id):
        assert Alone(store).get(id) in kept
    with store.unit() as unit:
        with pytest.raises(SerializationError, match=why) as caught:
            unit.incidents.get(IncidentId("INC-2"))
        assert (caught.value.record, caught.value.path) == ("INC-2", path)
        # The unit goes on.
        assert unit.incidents.count(ALL) == 3
        with pytest.raises(SerializationError, match="record 'INC-2'") as caught:
            unit.incidents.find(ALL, limit=2)
        assert caught.value.rest.items == (one,)
        assert unit.incidents.find(ALL, limit=2, after=caught.value.rest.next).items == (three,)
        unit.incidents.save(stepped(one))
        unit.commit()
    assert get(store, "INC-1").version == 3


class TestRecords:
    @pytest.mark.parametrize(("change", "path", "why"), RECORDS.values(), ids=list(RECORDS))
    def test_one_that_cannot_be_read_is_named_and_no_other_is_lost(
        self, store, url, change, path, why
    ):
        kept = three(store)
        damage_record(url, change)

        check_lost_nothing_else(store, kept, path, why)
        assert len(published(store)) == 7

    @pytest.mark.parametrize(("change", "path", "why"), BYTES.values(), ids=list(BYTES))
    def test_what_is_no_text_is_named_too(self, opened, sqlite_url, change, path, why):
        store = opened(sqlite_url)
        kept = three(store)
        damage_record(sqlite_url, change.format("payload"))

        check_lost_nothing_else(store, kept, path, why)

    def test_one_of_another_kind_is_named_too(self, store, url):
        kept = three(store)
        with store.unit() as unit:
            unit.problems.add(stepped(problem("INC-2")))
            unit.commit()
        other = "SELECT payload FROM itil_records WHERE kind = 'problem'"
        execute(
            url,
            f"UPDATE itil_records SET payload = ({other}) WHERE kind = 'incident' AND id = 'INC-2'",
        )

        check_lost_nothing_else(store, kept, "kind", "its row is of kind 'incident'")

    def test_one_whose_row_is_gone_is_not_found(self, store, url):
        three(store)
        execute(url, "DELETE FROM itil_records WHERE id = 'INC-2'")

        with pytest.raises(NotFoundError, match="INC-2"):
            get(store, "INC-2")
        assert [record.id.value for record in held(store)] == ["INC-1", "INC-3"]

    def test_one_that_cannot_be_read_cannot_be_saved_over(self, store, url):
        _, two, _ = three(store)
        damage_record(url, "payload = 'Dear diary'")
        before = execute(url, "SELECT id, version, payload FROM itil_records ORDER BY id")

        with pytest.raises(SerializationError, match="record 'INC-2'"):
            Alone(store).save(stepped(two))
        assert execute(url, "SELECT id, version, payload FROM itil_records ORDER BY id") == before

    def test_all_pages_can_be_read_around_those_that_cannot(self, store, url):
        for at in range(6):
            Alone(store).add(logged(f"INC-{at}"))
        execute(url, "UPDATE itil_records SET payload = '' WHERE id IN ('INC-0', 'INC-1', 'INC-4')")

        seen, named, after = [], [], None
        for _ in range(3):
            with store.unit(read_only=True) as unit:
                try:
                    page = unit.incidents.find(ALL, limit=2, after=after)
                except SerializationError as error:
                    page = error.rest
                    named.append(error.record)
            seen += [record.id.value for record in page.items]
            after = page.next
        assert after is None
        assert (seen, named) == (["INC-2", "INC-3", "INC-5"], ["INC-0", "INC-4"])


class TestEntries:
    @pytest.mark.parametrize(("change", "path", "why"), ENTRIES.values(), ids=list(ENTRIES))
    def test_the_record_of_one_that_cannot_be_read_is_named(self, store, url, change, path, why):
        kept = three(store)
        damage_entry(url, change)

        check_lost_nothing_else(store, kept, path, why)

    @pytest.mark.parametrize(("change", "path", "why"), BYTES.values(), ids=list(BYTES))
    def test_what_is_no_text_is_named_too(self, opened, sqlite_url, change, path, why):
        store = opened(sqlite_url)
        kept = three(store)
        damage_entry(sqlite_url, change.format("body"))

        check_lost_nothing_else(store, kept, path, why)

    def test_the_record_of_one_that_is_gone_is_named(self, store, url):
        kept = three(store)
        execute(url, "DELETE FROM itil_entries WHERE record = 'INC-2' AND number = 2")

        check_lost_nothing_else(store, kept, "journal", "1 entries are there, of 2")

    @pytest.mark.parametrize(("change", "path", "why"), ENTRIES.values(), ids=list(ENTRIES))
    def test_a_reader_of_the_feed_is_told_and_can_go_on(self, store, url, change, path, why):
        three(store)
        whole = store.journal.read().items
        damage_entry(url, change)

        with pytest.raises(SerializationError, match=why) as caught:
            store.journal.read(after=whole[1].cursor, limit=3)
        assert (caught.value.record, caught.value.path) == ("INC-2", path)
        assert caught.value.rest.items == (whole[2], whole[4])
        assert store.journal.read(after=caught.value.rest.next).items == whole[5:]

    def test_a_reader_of_the_feed_goes_on_behind_one_at_its_end(self, store, url):
        Alone(store).add(stepped(logged("INC-2")))
        damage_entry(url, "body = ''")

        with pytest.raises(SerializationError) as caught:
            store.journal.read()
        Alone(store).add(logged("INC-3"))
        (item,) = store.journal.read(after=caught.value.rest.next).items
        assert item.entry.record == IncidentId("INC-3")


class TestClassesOfCallers:
    OWN = logged("INC-9", kind=DeskIncident)

    def test_one_that_the_codec_does_not_know_is_refused_and_nothing_is_written(self, store):
        known = Alone(store).add(logged())
        before = content(store)
        with store.unit() as unit:
            unit.incidents.save(stepped(known))
            with pytest.raises(SerializationError, match=r"DeskIncident is not registered.*Codec"):
                unit.incidents.add(self.OWN)

        assert content(store) == before

    def test_what_was_written_beside_it_can_be_committed(self, store):
        with store.unit() as unit:
            unit.incidents.add(logged())
            with pytest.raises(SerializationError):
                unit.incidents.add(self.OWN)
            unit.commit()

        assert [record.id.value for record in held(store)] == ["INC-1"]

    def test_one_that_the_codec_knows_comes_back_as_it_was(self, opened, url):
        store = opened(url, codec=Codec(records=[DeskIncident]))
        kept = Alone(store).add(self.OWN)

        found = get(store, "INC-9")
        assert found == kept
        assert type(found) is DeskIncident

    def test_who_does_not_know_it_reads_all_others(self, opened, url):
        store = opened(url, codec=Codec(records=[DeskIncident]))
        Alone(store).add(self.OWN)
        other = Alone(store).add(logged())
        stranger = opened(url)

        with pytest.raises(SerializationError, match="record 'INC-9': kind: unknown kind"):
            get(stranger, "INC-9")
        with pytest.raises(SerializationError) as caught:
            held(stranger)
        assert caught.value.rest.items == (other,)
