"""
From a journal back to the record, and what a journal cannot be.
"""

from __future__ import annotations

import attrs
import pytest

from itil_ops.errors import JournalError
from itil_ops.incident.record import Incident
from itil_ops.kernel.identity import IncidentId
from itil_ops.kernel.journal import Changes
from itil_ops.kernel.table import RETURN, STAY, Phase, State, Transition
from kernel_doubles import (
    HELD,
    LI,
    MOVING,
    OPERATORS,
    P1,
    PARCEL_LIFECYCLE,
    RECEIVED,
    SORTED,
    T0,
    WEATHER,
    Parcel,
    ParcelId,
    ParcelPolicies,
    parcel_in,
    posted,
    t,
)


@pytest.fixture
def lived():
    parcel = posted().sort(by=LI, at=t(1)).hold(WEATHER, by=LI, at=t(2)).resume(by=LI, at=t(3))
    return parcel.dispatch("Lyon", by=LI, at=t(4)).scan("Beep.", by=LI, at=t(5))


def forged(journal, number, **other):
    entries = list(journal)
    entries[number - 1] = attrs.evolve(entries[number - 1], **other)
    return entries


def without(entry, *names):
    kept = {name: value for name, value in entry.changes.items() if name not in names}
    return attrs.evolve(entry, changes=Changes(kept))


def refused(journal, **rest):
    with pytest.raises(JournalError) as caught:
        Parcel.replay(journal, **rest)
    return caught.value.number, caught.value.why


# ---- What replays -----------------------------------------------------------------------------


@pytest.mark.parametrize("state", PARCEL_LIFECYCLE.states, ids=str)
def test_a_replayed_record_equals_the_one_that_lived(state):
    parcel = parcel_in(state)

    assert Parcel.replay(parcel.journal) == parcel
    assert hash(Parcel.replay(parcel.journal)) == hash(parcel)


def test_every_prefix_of_a_journal_replays(lived):
    for version in range(1, lived.version + 1):
        assert Parcel.replay(lived.journal[:version]).version == version


def test_a_journal_may_come_from_any_iterable(lived):
    assert Parcel.replay(iter(lived.journal)) == lived
    assert Parcel.replay(list(lived.journal)).journal == lived.journal


def test_a_replayed_record_lives_on(lived):
    replayed = Parcel.replay(lived.journal)

    assert replayed.arrive(by=LI, at=t(6)) == lived.arrive(by=LI, at=t(6))


def test_a_replayed_record_is_detached_from_its_store(lived):
    assert Parcel.replay(lived.journal).stored_version is None


def test_replay_asks_no_guards_and_no_policies(lived):
    @attrs.frozen(kw_only=True)
    class Strict(Parcel):
        policies = ParcelPolicies(authorization=OPERATORS, most_grams=1)

    assert Strict.replay(lived.journal).state == MOVING


def test_an_incident_replays():
    incident = Incident.log(IncidentId("INC-1"), title="Mail", service="email", by=LI, at=T0)
    incident = incident.start(by=LI, at=t(1)).comment("Look.", by=LI, at=t(2))

    assert Incident.replay(incident.journal) == incident


# ---- What does not ----------------------------------------------------------------------------


def test_an_empty_journal_tells_of_nothing():
    assert refused(()) == (0, "the journal is empty")


def test_a_gap_is_refused(lived):
    journal = lived.journal[:2] + lived.journal[3:]

    assert refused(journal) == (4, "expected entry 3 here")


def test_a_journal_begins_with_entry_1(lived):
    assert refused(lived.journal[1:]) == (2, "expected entry 1 here")


def test_entries_out_of_their_order_are_refused(lived):
    first, second, third, *_ = lived.journal

    assert refused([first, third, second]) == (3, "expected entry 2 here")
    assert refused([first, first]) == (1, "expected entry 2 here")


def test_an_entry_of_another_record_is_refused(lived):
    other = ParcelId("P-2")

    assert refused(forged(lived.journal, 3, record=other)) == (3, "is of P-2, not of P-1")


def test_a_first_entry_of_another_record_is_refused(lived):
    journal = [attrs.evolve(entry, record=ParcelId("P-2")) for entry in lived.journal]

    assert refused(journal) == (
        1,
        "begins with the id ParcelId(value='P-1'), but is of ParcelId(value='P-2')",
    )


def test_the_journal_of_another_kind_of_record_is_refused():
    incident = Incident.log(IncidentId("P-1"), title="Mail", service="email", by=LI, at=T0)

    assert refused(incident.journal) == (1, "parcel has no action 'log'")


def test_a_first_entry_under_the_id_of_another_kind_is_refused(lived):
    entry = lived.journal[0]
    changes = Changes({**entry.changes, "id": IncidentId("P-1")})

    assert refused([attrs.evolve(entry, record=IncidentId("P-1"), changes=changes)]) == (
        1,
        "begins IncidentId(value='P-1'), which is no Parcel",
    )


def test_a_decreasing_time_of_record_is_refused(lived):
    journal = forged(lived.journal, 3, at=t(0.5), effective_at=t(0.5))

    assert refused(journal) == (3, f"recorded at {t(0.5)}, before entry 2")


def test_an_equal_time_of_record_is_legal():
    parcel = parcel_in(MOVING)

    assert {entry.at for entry in parcel.journal} == {T0}
    assert Parcel.replay(parcel.journal) == parcel


def test_what_was_so_later_than_it_was_recorded_is_refused(lived):
    journal = forged(lived.journal, 3, effective_at=t(9))

    assert refused(journal) == (3, f"effective at {t(9)}, after {lived.journal[2].at}")


def test_an_unknown_action_is_refused(lived):
    assert refused(forged(lived.journal, 2, action="snort")) == (2, "parcel has no action 'snort'")


@pytest.mark.parametrize(
    ("number", "other", "why"),
    [
        (1, {"from_state": "moving"}, "begins in 'moving', but None was reached"),
        (1, {"to_state": "moving"}, "'post' does not lead from None to 'moving'"),
        (2, {"from_state": None}, "begins in None, but 'received' was reached"),
        (2, {"from_state": "moving"}, "begins in 'moving', but 'received' was reached"),
        (2, {"to_state": "moving"}, "'sort' does not lead from 'received' to 'moving'"),
        (2, {"to_state": "nowhere"}, "'sort' does not lead from 'received' to 'nowhere'"),
        (2, {"action": "arrive"}, "'arrive' does not lead from 'received' to 'sorted'"),
        (6, {"to_state": "held"}, "'scan' does not lead from 'moving' to 'held'"),
    ],
)
def test_an_impossible_step_is_refused(lived, number, other, why):
    assert refused(forged(lived.journal, number, **other)) == (number, why)


@pytest.mark.parametrize("state", ["received", "moving"])
def test_a_return_to_a_state_that_was_not_left_is_refused(lived, state):
    assert refused(forged(lived.journal, 4, to_state=state)) == (
        4,
        f"'resume' does not lead from 'held' to '{state}'",
    )


def test_a_return_is_refused_where_nobody_said_what_was_left(lived):
    entries = [without(entry, "returns_to") for entry in lived.journal]

    assert refused(entries) == (3, "remembers another state than the one that was left")


def test_an_unknown_field_is_refused(lived):
    journal = forged(lived.journal, 5, changes=Changes({"colour": "brown"}))

    assert refused(journal) == (5, "Parcel has no field 'colour'")


@pytest.mark.parametrize("name", ["state", "journal", "parts", "stored_version"])
def test_a_field_that_no_journal_tells_is_refused(lived, name):
    entry = lived.journal[0]

    journal = forged(lived.journal, 1, changes=Changes({**entry.changes, name: None}))

    assert refused(journal) == (1, f"Parcel has no field {name!r}")


def test_an_id_is_given_once(lived):
    journal = forged(lived.journal, 2, changes=Changes({"id": ParcelId("P-2")}))

    assert refused(journal) == (2, "Parcel has no field 'id'")


@pytest.mark.parametrize("name", ["title", "id"])
def test_a_missing_field_is_refused(lived, name):
    journal = [without(lived.journal[0], name), *lived.journal[1:]]

    number, why = refused(journal)

    assert name in why
    assert number == 1


@pytest.mark.parametrize("journal", [["entry"], [None], 5, None])
def test_a_journal_is_made_of_entries(journal):
    with pytest.raises(TypeError):
        Parcel.replay(journal)


# ---- Older versions of the lifecycle ------------------------------------------------------------


TIGHTER = PARCEL_LIFECYCLE.extend(
    version=2,
    replace=[Transition("dispatch", SORTED, MOVING), Transition("weigh", Phase.ACTIVE, STAY)],
)


@attrs.frozen(kw_only=True)
class Tighter(Parcel):
    lifecycle = TIGHTER


def test_an_older_journal_needs_the_table_of_its_time():
    journal = posted().dispatch("Lyon", by=LI, at=t(1)).journal

    with pytest.raises(JournalError) as caught:
        Tighter.replay(journal)

    assert caught.value.number == 1
    assert caught.value.why == (
        "written under version 1 of parcel, now at 2; pass its table as migrate"
    )


def test_an_older_journal_replays_under_the_table_of_its_time():
    journal = posted().dispatch("Lyon", by=LI, at=t(1)).journal

    parcel = Tighter.replay(journal, migrate={1: PARCEL_LIFECYCLE})

    assert (type(parcel), parcel.state, parcel.version) == (Tighter, MOVING, 2)
    moved = parcel.arrive(by=LI, at=t(2))
    assert [entry.lifecycle_version for entry in moved.journal] == [1, 1, 2]
    assert Tighter.replay(moved.journal, migrate={1: PARCEL_LIFECYCLE}) == moved


def test_a_step_is_judged_by_the_table_of_its_time():
    journal = posted().dispatch("Lyon", by=LI, at=t(1)).journal
    as_if_new = [attrs.evolve(entry, lifecycle_version=2) for entry in journal]

    with pytest.raises(JournalError) as caught:
        Tighter.replay(as_if_new)

    assert caught.value.number == 2


SHELF = State("shelf", Phase.WAITING)
WIDER = PARCEL_LIFECYCLE.extend(
    states=[SHELF], transitions=[Transition("shelve", Phase.ACTIVE, SHELF)]
)


@attrs.frozen(kw_only=True)
class Shelved(Parcel):
    lifecycle = WIDER

    def shelve(self, **told):
        return self._step("shelve", **told)


@pytest.fixture
def shelved():
    parcel = Shelved.post(P1, title="Books", grams=900, by=LI, at=T0)
    return parcel.shelve(by=LI, at=t(1))


def test_a_journal_that_ends_in_a_state_no_longer_there_is_refused(shelved):
    with pytest.raises(JournalError, match="parcel has no state 'shelf'") as caught:
        Tighter.replay(shelved.journal, migrate={1: WIDER})

    assert caught.value.number == 2


def test_a_record_that_passed_a_state_no_longer_there_is_whole_or_refused(shelved):
    resumed = shelved.resume(by=LI, at=t(2))

    try:
        replayed = Tighter.replay(resumed.journal, migrate={1: WIDER})
    except JournalError as error:
        number = error.number
    else:
        number = 2
        assert len(replayed.history()) == replayed.version == 3
        assert replayed.as_of(t(2)) == replayed

    assert number == 2


# ---- Several rows of one action -----------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Hurried(Parcel):
    lifecycle = PARCEL_LIFECYCLE.extend(
        replace=[
            Transition("resume", Phase.WAITING, RETURN, when=lambda parcel, _: not parcel.express),
            Transition("resume", Phase.WAITING, SORTED),
        ]
    )


def test_a_row_beside_a_return_replays_where_both_may_lead():
    parcel = Hurried.post(P1, title="Books", grams=900, by=LI, at=T0)
    parcel = parcel.hold(WEATHER, by=LI, at=t(1))
    hurried = parcel._step("resume", {"express": True}, by=LI, at=t(2))

    assert (parcel.state, parcel.returns_to, hurried.state) == (HELD, "received", SORTED)
    assert Hurried.replay(hurried.journal) == hurried
    assert Hurried.replay(parcel.resume(by=LI, at=t(2)).journal).state == RECEIVED


def test_a_cause_that_does_not_come_before_is_refused(lived):
    assert refused(forged(lived.journal, 3, cause=3)) == (
        3,
        "follows from entry 3, which is not before it",
    )


def test_a_naive_entry_is_refused(lived):
    naive = lived.journal[2].at.replace(tzinfo=None)

    assert refused(forged(lived.journal, 3, at=naive)) == (3, "has a naive instant")
    assert refused(forged(lived.journal, 3, effective_at=naive)) == (3, "has a naive instant")
