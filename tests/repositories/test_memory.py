"""
The repository in memory, clause by clause.
"""

from __future__ import annotations

import datetime as dt
import pickle

import attrs
import pytest

from itil_ops import (
    DuplicateError,
    Impact,
    Incident,
    IncidentId,
    JournalError,
    NotFoundError,
    ProblemId,
    StaleRecordError,
    Urgency,
)
from itil_ops.repositories import IncidentQuery, MemoryStore
from repositories.making import (
    DESK,
    T0,
    Alone,
    DeskIncident,
    content,
    logged,
    minutes,
    published,
    stepped,
)


ALL = IncidentQuery()


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def incidents(store):
    return Alone(store)


@pytest.fixture
def refuses(store):
    """
    Check that a call raises, that the error is as it should be, and that nothing has changed.
    """

    def check(error, call, *arguments, **facts):
        before = content(store)
        with pytest.raises(error) as caught:
            call(*arguments)
        assert content(store) == before
        assert {name: getattr(caught.value, name) for name in facts} == facts
        return str(caught.value)

    return check


class TestGet:
    def test_what_was_added_is_there_under_its_id(self, incidents):
        incident = incidents.add(logged("INC-1"))
        incidents.add(logged("INC-2"))

        assert incidents.get(IncidentId("INC-1")) == incident

    def test_what_comes_out_is_whole(self, incidents):
        incident = logged(
            title="Mail is down \N{SNOWMAN}",
            number="0007",
            impact=Impact.HIGH,
            urgency=Urgency.HIGH,
            occurred_at=T0 - dt.timedelta(microseconds=1),
        )
        incidents.add(incident)
        found = incidents.get(incident.id)

        assert found == incident
        assert type(found) is Incident
        assert Incident.replay(found.journal) == incident

    def test_an_unknown_id_is_not_found(self, incidents, refuses):
        message = refuses(NotFoundError, incidents.get, IncidentId("INC-9"), id="INC-9")

        assert message == "no record with id 'INC-9'"

    def test_text_of_an_id_is_not_folded_or_trimmed(self, incidents, refuses):
        incidents.add(logged("INC-a"))

        for other in ("inc-a", "INC-A", "INC-a ", "INC-\N{LATIN SMALL LETTER A WITH ACUTE}"):
            refuses(NotFoundError, incidents.get, IncidentId(other))

    @pytest.mark.parametrize("id", ["INC-1", None, 1, ProblemId("INC-1"), logged()])
    def test_what_is_no_id_of_an_incident_is_refused(self, incidents, refuses, id):
        incidents.add(logged("INC-1"))

        assert refuses(TypeError, incidents.get, id).startswith("id must be an IncidentId, not ")


class TestAdd:
    def test_the_record_comes_back_with_its_stored_version(self, incidents):
        incident = stepped(logged(), 2)
        added = incidents.add(incident)

        assert added == incident
        assert added.stored_version == incidents.get(incident.id).stored_version == 3
        assert incident.stored_version == 0

    def test_its_whole_journal_is_published(self, store, incidents):
        incident = incidents.add(stepped(logged(), 2))

        assert tuple(published(store)) == incident.journal

    def test_the_same_id_twice_is_a_duplicate(self, incidents, refuses):
        added = incidents.add(logged())

        for again in (added, logged(), stepped(added), logged(title="Another")):
            message = refuses(DuplicateError, incidents.add, again, name="id", value="INC-1")
            assert message == "id 'INC-1' is taken"

    def test_the_same_number_twice_is_a_duplicate(self, incidents, refuses):
        incidents.add(logged("INC-1", number="7"))

        refuses(
            DuplicateError, incidents.add, logged("INC-2", number="7"), name="number", value="7"
        )

    def test_no_number_is_no_duplicate(self, incidents):
        incidents.add(logged("INC-1"))
        incidents.add(logged("INC-2"))

        assert incidents.count(ALL) == 2

    def test_a_number_that_was_refused_is_not_taken(self, incidents, refuses):
        incidents.add(logged("INC-1"))
        refuses(DuplicateError, incidents.add, logged("INC-1", number="7"))
        incidents.add(logged("INC-2", number="7"))

    def test_a_replay_is_stored_as_what_it_tells_of(self, incidents):
        incident = stepped(logged(), 3)
        added = incidents.add(Incident.replay(incident.journal))

        assert added == incident
        assert added.stored_version == 4

    def test_a_record_of_another_store_is_imported_if_its_id_is_free(self, store, incidents):
        elsewhere = Alone(MemoryStore())
        held = elsewhere.add(logged())
        added = incidents.add(stepped(held, 2))

        assert added.stored_version == 3
        assert tuple(published(store)) == added.journal
        assert elsewhere.get(held.id) == held

    def test_what_was_known_at_a_time_is_a_whole_record(self, incidents):
        incident = stepped(logged()).comment("Later.", by=DESK, at=minutes(5))

        assert incidents.add(incident.as_known_at(minutes(1))).version == 2

    def test_a_view_with_gaps_is_refused(self, incidents, refuses):
        late = logged().start(by=DESK, at=minutes(9), effective_at=minutes(5))
        late = late.comment("It hums.", by=DESK, at=minutes(10))
        late = late.mark_restored(by=DESK, at=minutes(11), effective_at=minutes(6))
        view = late.as_of(minutes(7))

        assert [entry.number for entry in view.journal] == [1, 2, 4]
        message = refuses(JournalError, incidents.add, view, number=4)
        assert message == "entry 4: expected entry 3 here"

    def test_a_journal_of_another_record_is_refused(self, incidents, refuses):
        renamed = attrs.evolve(logged("INC-1"), id=IncidentId("INC-2"))

        message = refuses(JournalError, incidents.add, renamed, number=1)
        assert message == "entry 1: is of INC-1, not of INC-2"

    def test_a_record_without_a_journal_is_refused(self, incidents, refuses):
        refuses(JournalError, incidents.add, attrs.evolve(logged(), journal=()), number=0)

    @pytest.mark.parametrize("record", [None, "INC-1", IncidentId("INC-1"), logged().journal])
    def test_what_is_no_incident_is_refused(self, incidents, refuses, record):
        assert refuses(TypeError, incidents.add, record).startswith("record must be an Incident")


class TestSave:
    def test_the_next_record_takes_the_place_of_the_one_it_was_made_from(self, incidents):
        added = incidents.add(logged())
        saved = incidents.save(stepped(added, 2))

        assert (added.stored_version, saved.stored_version) == (1, 3)
        assert incidents.get(added.id) == saved
        assert incidents.get(added.id).stored_version == 3

    def test_only_the_new_entries_are_published(self, store, incidents):
        saved = incidents.save(stepped(incidents.add(logged()), 2))
        saved = incidents.save(stepped(saved))

        assert tuple(published(store)) == saved.journal

    def test_what_was_handed_out_before_stays_as_it_was(self, incidents):
        added = incidents.add(logged())
        page = incidents.find(ALL)
        incidents.save(stepped(added))

        assert added.version == page.items[0].version == 1

    @pytest.mark.parametrize("ours", [1, 2, 3])
    @pytest.mark.parametrize("theirs", [1, 2, 3])
    def test_of_two_who_go_on_from_one_version_one_wins(self, incidents, refuses, ours, theirs):
        loaded = incidents.save(stepped(incidents.add(logged()), 4))
        winner = incidents.save(stepped(loaded, theirs, "Theirs."))
        facts = {"id": "INC-1", "expected": 5, "found": 5 + theirs}

        loser = stepped(loaded, ours, "Ours.")
        message = refuses(StaleRecordError, incidents.save, loser, **facts)
        assert message.startswith("'INC-1' was made from version 5, but the store holds ")
        assert f" {5 + theirs}: get it anew" in message
        # Even after more steps, until it reaches the version that is stored.
        refuses(StaleRecordError, incidents.save, stepped(loser, theirs, "Ours."), **facts)
        assert incidents.get(loaded.id) == winner

    def test_the_same_step_taken_twice_wins_once(self, incidents, refuses):
        loaded = incidents.add(logged())
        incidents.save(stepped(loaded))

        refuses(StaleRecordError, incidents.save, stepped(loaded), expected=1, found=2)

    def test_the_loser_loads_again_and_decides_again(self, incidents):
        loaded = incidents.add(logged())
        incidents.save(stepped(loaded))
        saved = incidents.save(stepped(incidents.get(loaded.id)))

        assert saved.version == 3

    def test_a_record_goes_on_from_what_save_returned(self, incidents, refuses):
        ours = stepped(incidents.add(logged()))
        incidents.save(ours)

        refuses(StaleRecordError, incidents.save, stepped(ours), expected=1, found=2)

    def test_what_was_given_to_add_was_never_loaded(self, incidents, refuses):
        mine = logged()
        incidents.add(mine)

        refuses(StaleRecordError, incidents.save, stepped(mine), expected=0, found=1)

    def test_the_same_number_of_another_past_is_stale(self, incidents, refuses):
        incidents.add(logged(title="Mail is down"))
        other = Alone(MemoryStore()).add(logged(title="Mail is slow"))

        assert other.stored_version == 1
        refuses(StaleRecordError, incidents.save, stepped(other), expected=1, found=1)
        refuses(StaleRecordError, incidents.save, other, expected=1, found=1)

    def test_a_past_that_differs_further_back_is_stale(self, incidents, refuses):
        held = incidents.add(stepped(logged()))
        first = attrs.evolve(held.journal[0], note="It was so.")
        forged = attrs.evolve(held, journal=(first, held.journal[1]))

        refuses(StaleRecordError, incidents.save, stepped(forged))

    def test_a_shortened_past_is_stale(self, incidents, refuses):
        held = incidents.add(stepped(logged()))
        for journal in (held.journal[:1], ()):
            refuses(StaleRecordError, incidents.save, attrs.evolve(held, journal=journal))

    def test_a_record_that_travelled_can_be_saved(self, incidents):
        held = incidents.add(logged())
        travelled = pickle.loads(pickle.dumps(held))

        assert incidents.save(stepped(travelled)).stored_version == 2

    def test_what_was_never_added_is_not_found(self, incidents, refuses):
        for record in (logged(), Incident.replay(logged().journal), stepped(logged())):
            refuses(NotFoundError, incidents.save, record, id="INC-1")

    @pytest.mark.parametrize(
        "detached",
        [
            lambda incident: incident.as_of(T0),
            lambda incident: incident.as_of(minutes(99)),
            lambda incident: incident.as_known_at(minutes(99)),
            lambda incident: Incident.replay(incident.journal),
            lambda incident: stepped(Incident.replay(incident.journal)),
        ],
    )
    def test_what_is_detached_is_refused(self, incidents, refuses, detached):
        held = incidents.add(stepped(logged()))

        facts = {"id": "INC-1", "expected": None, "found": 2}
        message = refuses(StaleRecordError, incidents.save, detached(held), **facts)
        assert "detached" in message

    def test_an_unchanged_record_writes_and_publishes_nothing(self, store, incidents):
        added = incidents.add(logged())
        before = content(store)
        again = [incidents.save(added), incidents.save(incidents.get(added.id))]

        assert content(store) == before
        assert again == [added, added]
        assert again[0].stored_version == 1

    def test_an_unchanged_but_outdated_record_is_stale(self, incidents, refuses):
        added = incidents.add(logged())
        incidents.save(stepped(added))

        refuses(StaleRecordError, incidents.save, added, expected=1, found=2)

    def test_a_change_that_no_entry_tells_of_is_refused(self, incidents, refuses):
        held = incidents.add(logged())

        message = refuses(ValueError, incidents.save, attrs.evolve(held, title="Mail is fine"))
        assert message == (
            "<Incident INC-1 new v1: Mail is fine> differs from what is stored,"
            " but no entry says how"
        )

    def test_new_entries_with_a_gap_are_refused(self, incidents, refuses):
        held = incidents.add(logged())
        later = stepped(held, 2)
        gap = attrs.evolve(later, journal=(*held.journal, later.journal[2]))

        refuses(JournalError, incidents.save, gap, number=3)

    def test_new_entries_of_another_record_are_refused(self, incidents, refuses):
        held = incidents.add(logged())
        stray = stepped(logged("INC-2")).journal[1]
        mixed = attrs.evolve(held, journal=(*held.journal, stray))

        message = refuses(JournalError, incidents.save, mixed, number=2)
        assert message == "entry 2: is of INC-2, not of INC-1"

    @pytest.mark.parametrize("record", [None, "INC-1", IncidentId("INC-1")])
    def test_what_is_no_incident_is_refused(self, incidents, refuses, record):
        assert refuses(TypeError, incidents.save, record).startswith("record must be an Incident")


class TestKinds:
    def test_a_callers_own_incident_is_an_incident(self, incidents):
        added = incidents.add(logged(kind=DeskIncident))

        assert type(incidents.get(added.id)) is DeskIncident

    def test_one_stays_of_its_kind_unless_an_entry_is_added(self, incidents):
        held = incidents.add(logged())
        values = {field.name: getattr(held, field.name) for field in attrs.fields(Incident)}

        with pytest.raises(ValueError, match="no entry says how"):
            incidents.save(DeskIncident(**values))
