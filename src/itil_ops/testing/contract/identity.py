"""
What comes back is what was stored: identity (C1), round trip (C2), snapshots (C3), text (C11).
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from itil_ops.errors import DuplicateError, NotFoundError
from itil_ops.incident.record import Incident
from itil_ops.kernel.identity import IncidentId, ProblemId
from itil_ops.kernel.journaled import stored
from itil_ops.repositories.query import IncidentQuery, RecordQuery
from itil_ops.testing import strategies
from itil_ops.testing.builders import OwnIncident, logged, stepped
from itil_ops.testing.contract.rules import Capability, Contract, clause
from itil_ops.testing.doing import EVERYTHING, add, add_one, count, feed, find, get, ids, save, seen
from itil_ops.testing.eventful import eventful
from itil_ops.testing.sameness import assert_same


if TYPE_CHECKING:
    from itil_ops.repositories.ports import Store


LOOK_ALIKES = (
    "INC-1",
    "inc-1",
    "INC-1 ",
    " INC-1",
    "INC-01",
    "\u00e9",
    "e\u0301",
    "\u212b",
    "\u00c5",
    "INC%",
    "INC_1",
    "1",
    "01",
    "1.0",
    "null",
)
"""
Ids of different records, all of which something or other takes for the same.
"""


class IdentityContract(Contract):
    """
    Records by their ids, and what they are when they come back.
    """

    @clause("C1")
    def test_an_unknown_id_is_not_found(self, store: Store) -> None:
        """
        `get` of an id that was never added is a NotFoundError that names it.
        """
        add(store, logged("INC-1"))
        with store.unit() as unit, pytest.raises(NotFoundError) as caught:
            unit.incidents.get(IncidentId("INC-2"))
        assert caught.value.id == "INC-2"

    @clause("C1")
    def test_ids_that_look_alike_are_different_records(self, store: Store) -> None:
        """
        An id is opaque text: case, spaces, wildcards and composition tell records apart.
        """
        for text in LOOK_ALIKES:
            with pytest.raises(NotFoundError):
                get(store, text)
            add(store, logged(text, title=f"This is {text!r}"))
        assert [get(store, text).title for text in LOOK_ALIKES] == [
            f"This is {text!r}" for text in LOOK_ALIKES
        ]

    @clause("C1")
    def test_numbers_that_look_alike_are_different_numbers(self, store: Store) -> None:
        """
        A human number is opaque text too.
        """
        numbers = dict(enumerate(LOOK_ALIKES))
        add(store, *(logged(f"INC-{place}", number=text) for place, text in numbers.items()))
        assert {place: get(store, f"INC-{place}").number for place in numbers} == numbers

    @clause("C1", "C7")
    @pytest.mark.parametrize("id", ["INC-1", ProblemId("INC-1"), None, 1, b"INC-1"])
    def test_an_id_of_another_kind_is_refused(self, store: Store, id: Any) -> None:
        """
        `get` with what is no id of this kind of record is a TypeError, and the unit goes on.
        """
        add(store, logged("INC-1"))
        with store.unit() as unit:
            with pytest.raises(TypeError):
                unit.incidents.get(id)
            assert unit.incidents.get(IncidentId("INC-1")).version == 1

    @clause("C1", "C7")
    @pytest.mark.parametrize("record", ["INC-1", None, IncidentId("INC-1"), object()])
    def test_what_is_no_record_of_the_kind_is_refused(self, store: Store, record: Any) -> None:
        """
        `add` and `save` of what is no record of this kind are a TypeError, and the unit goes on.
        """
        with store.unit() as unit:
            for write in (unit.incidents.add, unit.incidents.save):
                with pytest.raises(TypeError):
                    write(record)
            unit.incidents.add(logged("INC-2"))
            unit.commit()
        assert ids(find(store)) == ["INC-2"]

    @clause("C1")
    @pytest.mark.parametrize("query", [RecordQuery(), None, "INC-1", {}, lambda _record: True])
    def test_a_query_of_another_kind_is_refused(self, store: Store, query: Any) -> None:
        """
        `find` and `count` with what is no query for this kind of record are a TypeError.
        """
        add(store, logged("INC-1"))
        with store.unit() as unit:
            for ask in (unit.incidents.find, unit.incidents.count):
                with pytest.raises(TypeError):
                    ask(query)

    @clause("C2")
    @pytest.mark.parametrize("record", eventful(), ids=lambda record: ascii(record.id.value)[:20])
    def test_every_field_comes_back_with_value_and_type(
        self, store: Store, record: Incident
    ) -> None:
        """
        What `add` returned, `get` and `find` return: equal to the last type, at its version.
        """
        expected = stored(record, record.version)
        assert_same(expected, add_one(store, record))
        assert_same(expected, get(store, record.id.value))
        assert_same(expected, find(store)[0])

    @clause("C2")
    def test_any_record_comes_back_with_value_and_type(self, store: Store) -> None:
        """
        Whatever incident Hypothesis comes upon, it comes back the same, and is its own replay.
        """

        @settings(max_examples=self.examples, deadline=None, database=None, phases=[Phase.generate])
        @given(strategies.incidents(id=st.uuids().map(str).map(IncidentId), steps=4))
        def keep(record: Incident) -> None:
            with suppress(DuplicateError):  # Hypothesis tries one thing again and again
                add(store, record)
                found = get(store, record.id.value)
                assert_same(stored(record, record.version), found)
                assert Incident.replay(found.journal) == found

        keep()

    @clause("C2")
    def test_a_record_that_grows_step_by_step_comes_back_whole(self, store: Store) -> None:
        """
        A record saved after each of its steps is the one that the steps made.
        """
        whole = eventful()[2]
        journal = whole.journal
        held = add_one(store, Incident.replay(journal[:1]))
        for entry in journal[1:]:
            # The next record, made from the stored one without asking a verb again.
            grown = stored(Incident.replay((*held.journal, entry)), held.version)
            held = save(store, grown)
            assert_same(stored(grown, grown.version), get(store, whole.id.value))
        assert held == whole

    @clause("C2")
    def test_what_comes_back_equals_its_replay(self, store: Store) -> None:
        """
        Each stored record is the replay of its own stored journal.
        """
        add(store, *eventful())
        for record in find(store, limit=4):
            assert Incident.replay(record.journal) == record

    @clause("C2", "C12", needs=[Capability.FEED])
    def test_the_feed_tells_each_entry_as_it_was_written(self, store: Store) -> None:
        """
        Entries of the feed equal those of the journals in all values and types.
        """
        records = eventful()
        add(store, *records)
        assert_same(
            tuple(entry for record in records for entry in record.journal),
            tuple(feed(store, limit=7)),
        )

    @clause("C2", needs=[Capability.OWN_CLASSES])
    def test_a_record_of_a_class_of_your_own_comes_back_as_such(self, store: Store) -> None:
        """
        A caller's subclass is found beside the others, with its own field and verbs.
        """
        own = stepped(logged("own", kind=OwnIncident, color="\U0001f7e5"))
        add(store, own, logged("usual"))
        assert_same(stored(own, 2), get(store, "own"))
        assert [type(record) for record in find(store)] == [OwnIncident, Incident]
        save(store, stepped(get(store, "own")))
        assert_same(stored(stepped(own), 3), get(store, "own"))

    @clause("C3")
    def test_what_was_given_stays_as_it_was(self, store: Store) -> None:
        """
        Storing changes nothing in the record that was given, its stored version included.
        """
        given = logged()
        kept = add_one(store, given)
        assert (given.stored_version, kept.stored_version) == (0, 1)
        next_one = stepped(kept)
        save(store, next_one)
        assert (next_one.stored_version, kept.stored_version, kept.version) == (1, 1, 1)

    @clause("C3")
    def test_what_was_returned_stays_as_it_was(self, store: Store) -> None:
        """
        A record or page that somebody holds does not follow what others store.
        """
        add(store, logged())
        with store.unit(read_only=True) as unit:
            held, page = unit.incidents.get(IncidentId("INC-1")), unit.incidents.find(EVERYTHING)
        save(store, stepped(get(store), 3))
        assert (held.version, held.stored_version) == (1, 1)
        assert [record.version for record in page.items] == [1]
        assert isinstance(page.items, tuple)

    @clause("C3", "C7")
    def test_what_is_taken_on_after_the_call_is_not_stored(self, store: Store) -> None:
        """
        What is stored is the record as it was at the call, not what came of it later in the unit.
        """
        with store.unit() as unit:
            kept = unit.incidents.add(logged())
            stepped(kept)
            unit.commit()
        assert get(store).version == 1

    @clause("C11")
    @pytest.mark.parametrize("text", ["a\0b", "\ud800", "a\udfffb"])
    def test_text_that_no_store_keeps_never_reaches_it(self, store: Store, text: str) -> None:
        """
        A NUL or a lone surrogate is a ValueError before the store is asked, which stays as it was.
        """
        add(store, logged())
        for wrong in (
            lambda: get(store, text),
            lambda: save(store, stepped(get(store), text=text)),
            lambda: count(store, IncidentQuery(services=[text])),
        ):
            with pytest.raises(ValueError):  # noqa: PT011 - the store's own words
                wrong()
        assert seen(store, lambda unit: unit.incidents.get(IncidentId("INC-1"))).version == 1
