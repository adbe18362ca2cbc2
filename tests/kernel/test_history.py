"""
When it was so, and when it was known.
"""

from __future__ import annotations

import datetime as dt

from zoneinfo import ZoneInfo

import pendulum
import pytest

from itil_ops.errors import OutOfOrderError
from itil_ops.kernel.history import HoldSpell, hold_spells
from itil_ops.kernel.instant import utc
from itil_ops.kernel.journaled import Step
from itil_ops.kernel.table import Phase
from itil_ops.kernel.vocabulary import PendingReason
from kernel_doubles import (
    AFFIXED,
    LI,
    MOVING,
    PEELED,
    S1,
    S2,
    T0,
    WEATHER,
    WET,
    Parcel,
    parcel_in,
    posted,
    t,
)


CUSTOMS = PendingReason("customs")


# ---- The order of instants --------------------------------------------------------------------


def test_an_instant_before_the_last_entry_is_refused():
    parcel = posted().sort(by=LI, at=t(5))

    with pytest.raises(OutOfOrderError) as caught:
        parcel.scan("Beep.", by=LI, at=t(4))

    refused = caught.value
    assert (refused.subject, refused.name) == ("parcel P-1", "at")
    assert (refused.given, refused.last) == (t(4), t(5))
    assert str(refused) == (
        "parcel P-1: at 2026-03-02T09:04:00+00:00 lies before 2026-03-02T09:05:00+00:00"
    )
    assert isinstance(refused, ValueError)
    assert parcel == posted().sort(by=LI, at=t(5))


def test_one_microsecond_before_the_last_entry_is_before():
    with pytest.raises(OutOfOrderError):
        posted().sort(by=LI, at=T0 - dt.timedelta(microseconds=1))


def test_equal_instants_are_legal():
    parcel = posted().sort(by=LI, at=T0).scan("Beep.", by=LI, at=T0)

    assert parcel.version == 3


def test_the_order_of_instants_goes_before_everything_else():
    with pytest.raises(OutOfOrderError):
        posted().arrive(by="nobody", at=t(-1))


# ---- The histories of parts ---------------------------------------------------------------------


def test_a_part_has_a_history_of_its_own():
    parcel = posted().frank(S1, 85, by=LI, at=t(1)).frank(S2, 10, by=LI, at=t(2))
    parcel = parcel.soak(S1, by=LI, at=t(3)).scan("Beep.", by=LI, at=t(4))
    parcel = parcel.dry(S1, by=LI, at=t(6), effective_at=t(5)).peel(S1, by=LI, at=t(7))

    told = [
        (moment.entry.action, moment.at, moment.state, moment.phase)
        for moment in parcel.history(S1)
    ]

    assert told == [
        ("affix", t(1), AFFIXED, Phase.ACTIVE),
        ("soak", t(3), WET, Phase.WAITING),
        ("dry", t(5), AFFIXED, Phase.ACTIVE),
        ("peel", t(7), PEELED, Phase.DROPPED),
    ]
    assert parcel.history(part=S1) == parcel.history(S1)
    assert [moment.entry.action for moment in parcel.history(S2)] == ["affix"]
    own = [moment.entry.action for moment in parcel.history()]
    assert own == ["post", "frank", "frank", "scan"]
    assert parcel.history(None) == parcel.history()


def test_the_history_of_a_part_that_is_not_there_is_refused():
    parcel = posted().frank(S1, 85, by=LI, at=t(1))

    with pytest.raises(ValueError, match="parcel P-1 has no part StampId"):
        parcel.history(S2)
    with pytest.raises(TypeError, match="part must be a PartId or None, not 'S-1'"):
        parcel.history("S-1")


# ---- Any aware datetime -------------------------------------------------------------------------

KINDS = [
    dt.datetime(2026, 3, 2, 12, 30, tzinfo=dt.UTC),
    dt.datetime(2026, 3, 2, 18, 0, tzinfo=dt.timezone(dt.timedelta(hours=5, minutes=30))),
    dt.datetime(2026, 3, 2, 7, 30, tzinfo=ZoneInfo("America/New_York")),
    pendulum.datetime(2026, 3, 2, 13, 30, tz="Europe/Paris"),
    pendulum.datetime(2026, 3, 2, 12, 30),
]


@pytest.mark.parametrize("at", KINDS, ids=repr)
def test_any_aware_datetime_is_kept_as_utc(at):
    parcel = posted().sort(by=LI, at=at, effective_at=at)

    for kept in (parcel.journal[-1].at, parcel.journal[-1].effective_at):
        assert type(kept) is pendulum.DateTime
        assert kept.isoformat() == "2026-03-02T12:30:00+00:00"
    assert parcel.as_of(at) == parcel.as_known_at(at) == parcel
    assert parcel.time_in_states(at) == {
        "received": dt.timedelta(hours=3.5),
        "sorted": dt.timedelta(),
    }


@pytest.mark.parametrize("naive", [dt.datetime(2026, 3, 2, 12), pendulum.naive(2026, 3, 2, 12)])
def test_a_naive_datetime_is_refused_wherever_an_instant_is_taken(naive):
    parcel = posted()
    words = "must be an aware datetime, not the naive 2026-03-02T12:00:00"

    for ask in (
        lambda: posted(at=naive),
        lambda: parcel.sort(by=LI, at=naive),
        lambda: parcel.sort(by=LI, at=t(1), effective_at=naive),
        lambda: parcel.why_not("sort", by=LI, at=naive),
        lambda: parcel.as_of(naive),
        lambda: parcel.as_known_at(naive),
        lambda: parcel.time_in_states(naive),
    ):
        with pytest.raises(ValueError, match=words):
            ask()
    assert parcel == posted()


@pytest.mark.parametrize("no_instant", [None, "2026-03-02", 5, dt.date(2026, 3, 2)])
def test_what_is_no_datetime_is_refused_wherever_an_instant_is_taken(no_instant):
    parcel = posted()

    for ask in (parcel.as_of, parcel.as_known_at, parcel.time_in_states):
        with pytest.raises(TypeError, match="at must be an aware datetime"):
            ask(no_instant)


def test_the_repeated_hour_is_told_apart():
    london = ZoneInfo("Europe/London")
    first = dt.datetime(2026, 10, 25, 1, 30, tzinfo=london)
    second = first.replace(fold=1)
    parcel = posted(at=first).sort(by=LI, at=second)

    assert first == second  # what Python says of two instants of one zone
    assert [entry.at.isoformat() for entry in parcel.journal] == [
        "2026-10-25T00:30:00+00:00",
        "2026-10-25T01:30:00+00:00",
    ]
    assert parcel.as_of(first).state.name == "received"
    assert parcel.as_of(second).state.name == "sorted"
    assert parcel.time_in_states(second)["received"] == dt.timedelta(hours=1)
    with pytest.raises(OutOfOrderError):
        parcel.scan("Beep.", by=LI, at=first)
    with pytest.raises(OutOfOrderError):
        posted(at=second).sort(by=LI, at=first)


def test_the_repeated_hour_is_an_instant_like_any_other_for_what_was_so():
    london = ZoneInfo("Europe/London")
    first = dt.datetime(2026, 10, 25, 1, 30, tzinfo=london)
    second = first.replace(fold=1)
    parcel = posted(at=first).sort(by=LI, at=second, effective_at=first)

    assert parcel.as_of(first).state.name == "sorted"
    with pytest.raises(ValueError, match=r"effective_at .* lies after"):
        posted(at=first).sort(by=LI, at=first, effective_at=second)


# ---- When it was so -----------------------------------------------------------------------------


def test_what_is_so_is_so_when_it_is_recorded_unless_told():
    assert posted().sort(by=LI, at=t(1)).journal[-1].effective_at == t(1)


def test_nothing_is_so_after_it_is_recorded():
    parcel = posted()

    with pytest.raises(ValueError) as caught:
        parcel.sort(by=LI, at=t(1), effective_at=t(2))

    assert str(caught.value) == f"effective_at {t(2)} lies after {t(1)}, when it is recorded"
    assert parcel == posted()


def test_nothing_is_so_before_the_last_step_that_moved_the_record():
    parcel = posted().sort(by=LI, at=t(5))

    with pytest.raises(OutOfOrderError) as caught:
        parcel.hold(WEATHER, by=LI, at=t(9), effective_at=t(4))

    assert (caught.value.name, caught.value.given, caught.value.last) == (
        "effective_at",
        t(4),
        t(5),
    )


def test_it_may_be_so_at_the_instant_of_the_last_move():
    parcel = posted().sort(by=LI, at=t(5)).hold(WEATHER, by=LI, at=t(9), effective_at=t(5))

    assert parcel.as_of(t(5)).state.name == "held"


def test_the_last_move_counts_by_when_it_was_so():
    parcel = posted().sort(by=LI, at=t(5), effective_at=t(2))

    held = parcel.hold(WEATHER, by=LI, at=t(9), effective_at=t(3))

    assert [entry.effective_at for entry in held.journal] == [T0, t(2), t(3)]


def test_each_of_several_steps_is_not_so_before_the_one_before():
    parcel = posted()
    late, early = (
        Step("sort", effective_at=t(5)),
        Step("hold", {"pending_reason": WEATHER}, effective_at=t(4)),
    )

    with pytest.raises(OutOfOrderError):
        parcel._take(late, early, by=LI, at=t(9))
    assert parcel == posted()


@pytest.fixture
def backdated():
    """
    Scanned at 5 while moving; at 9 it is told that it was held since 3.
    """
    parcel = parcel_in(MOVING).scan("Beep.", by=LI, at=t(5))
    return parcel.hold(WEATHER, by=LI, at=t(9), effective_at=t(3))


def test_a_backdated_hold_is_so_from_when_it_was_so(backdated):
    assert [backdated.as_of(t(minute)).state.name for minute in (2, 3, 4, 5, 9)] == [
        "moving",
        "held",
        "held",
        "held",
        "held",
    ]
    assert backdated.as_of(t(4)).pending_reason == WEATHER
    assert [entry.number for entry in backdated.as_of(t(4)).journal] == [1, 2, 4]


def test_a_backdated_hold_is_known_from_when_it_was_recorded(backdated):
    assert [backdated.as_known_at(t(minute)).state.name for minute in (3, 5, 8, 9)] == [
        "moving",
        "moving",
        "moving",
        "held",
    ]
    for minute in (0, 5, 9):
        known = backdated.as_known_at(t(minute))
        assert Parcel.replay(known.journal) == known
        assert known.journal == backdated.journal[: known.version]


def test_a_backdated_hold_puts_what_was_done_meanwhile_on_hold(backdated):
    assert [
        (moment.at, moment.state.name, moment.phase, moment.entry.action)
        for moment in backdated.history()
    ] == [
        (T0, "received", Phase.ACTIVE, "post"),
        (T0, "moving", Phase.ACTIVE, "dispatch"),
        (t(3), "held", Phase.WAITING, "hold"),
        (t(5), "held", Phase.WAITING, "scan"),
    ]
    assert backdated.hold_spells() == (HoldSpell(WEATHER, t(3), None),)
    assert backdated.time_in_states(t(10)) == {
        "received": dt.timedelta(),
        "moving": dt.timedelta(minutes=3),
        "held": dt.timedelta(minutes=7),
    }


def test_a_backdated_hold_returns_to_where_it_began(backdated):
    resumed = backdated.resume(by=LI, at=t(9), effective_at=t(4))

    assert resumed.state == MOVING
    assert resumed.hold_spells() == (HoldSpell(WEATHER, t(3), t(4)),)
    assert Parcel.replay(resumed.journal) == resumed


def test_a_fact_that_is_told_late_stands_where_it_was_so():
    parcel = parcel_in(MOVING).scan("Second.", by=LI, at=t(5))
    parcel = parcel.scan("First.", by=LI, at=t(9), effective_at=t(2))

    assert [moment.entry.note for moment in parcel.history()[2:]] == ["First.", "Second."]
    assert [entry.note for entry in parcel.journal[2:]] == ["Second.", "First."]
    assert [entry.note for entry in parcel.as_of(t(3)).journal[2:]] == ["First."]
    assert parcel.as_known_at(t(3)).version == 2


def test_an_internal_step_is_no_move():
    parcel = posted().scan("Beep.", by=LI, at=t(5))

    assert parcel.sort(by=LI, at=t(9), effective_at=t(2)).as_of(t(3)).state.name == "sorted"


def test_a_step_that_stayed_is_no_move_even_if_its_action_may_move():
    parcel = parcel_in(MOVING).weigh(900, by=LI, at=t(5))

    held = parcel.hold(WEATHER, by=LI, at=t(9), effective_at=t(3))

    assert held.as_of(t(3)).state.name == "held"
    assert [moment.state.name for moment in held.history()[2:]] == ["held", "held"]
    assert held.hold_spells() == (HoldSpell(WEATHER, t(3), None),)


def test_steps_that_were_so_at_one_instant_keep_their_order():
    parcel = posted().scan("One.", by=LI, at=t(1)).scan("Two.", by=LI, at=t(1))

    assert [moment.entry.note for moment in parcel.history()] == [None, "One.", "Two."]


# ---- Views --------------------------------------------------------------------------------------


def test_a_view_shows_the_record_as_it_was():
    parcel = posted().sort(by=LI, at=t(1)).dispatch("Lyon", by=LI, at=t(2))

    assert parcel.as_of(t(1)) == posted().sort(by=LI, at=t(1))
    assert parcel.as_of(t(1.5)).route is None
    assert parcel.as_of(t(99)) == parcel
    assert parcel.as_known_at(t(99)) == parcel


def test_a_view_is_detached_from_its_store():
    parcel = posted()

    assert parcel.as_of(T0).stored_version is None
    assert parcel.as_known_at(T0).stored_version is None


@pytest.mark.parametrize("view", [Parcel.as_of, Parcel.as_known_at])
def test_there_is_no_view_before_the_record_began(view):
    with pytest.raises(ValueError) as caught:
        view(posted(), t(-1))

    assert str(caught.value) == f"parcel P-1 began at {posted().logged_at}, not before"


def test_a_view_can_be_asked_what_if():
    view = posted().sort(by=LI, at=t(5)).as_of(t(1))

    assert view.why_not("sort", by=LI, at=t(2)) == ()
    assert view.dispatch("Lyon", by=LI, at=t(2)).state == MOVING


# ---- What is derived ----------------------------------------------------------------------------


def test_another_reason_begins_another_spell():
    parcel = posted().hold(WEATHER, by=LI, at=t(1)).hold(CUSTOMS, by=LI, at=t(3))
    parcel = parcel.scan("Beep.", by=LI, at=t(4)).resume(by=LI, at=t(6)).sort(by=LI, at=t(7))

    assert parcel.hold_spells() == (
        HoldSpell(WEATHER, t(1), t(3)),
        HoldSpell(CUSTOMS, t(3), t(6)),
    )


def test_the_same_reason_goes_on_through_loops_and_other_waits():
    parcel = posted().hold(WEATHER, by=LI, at=t(1)).hold(WEATHER, until=t(9), by=LI, at=t(2))
    parcel = parcel.scan("Beep.", by=LI, at=t(3))

    assert parcel.hold_spells() == (HoldSpell(WEATHER, t(1), None),)
    moved = parcel._step("declare", by=LI, at=t(4))
    assert moved.hold_spells() == (HoldSpell(WEATHER, t(1), None),)


def test_a_wait_without_a_reason_is_a_spell_too():
    parcel = posted()._step("declare", by=LI, at=t(1)).hold(WEATHER, by=LI, at=t(2))

    assert parcel.hold_spells() == (HoldSpell(None, t(1), t(2)), HoldSpell(WEATHER, t(2), None))


def test_a_record_that_never_waited_has_no_spells():
    assert posted().sort(by=LI, at=t(1)).hold_spells() == ()
    assert hold_spells(()) == ()


def test_spells_follow_each_other():
    parcel = posted().hold(WEATHER, by=LI, at=t(1)).resume(by=LI, at=t(2))
    parcel = parcel.hold(WEATHER, by=LI, at=t(5))

    assert parcel.hold_spells() == (
        HoldSpell(WEATHER, t(1), t(2)),
        HoldSpell(WEATHER, t(5), None),
    )


def test_a_spell_has_a_length_once_it_is_over():
    spell = HoldSpell(WEATHER, utc(t(1)), utc(t(2.5)))

    assert spell.duration == dt.timedelta(seconds=90)
    assert type(spell.duration) is dt.timedelta
    assert HoldSpell(WEATHER, utc(t(1)), None).duration is None


def test_time_in_states_adds_up():
    parcel = posted().hold(WEATHER, by=LI, at=t(1)).resume(by=LI, at=t(3))
    parcel = parcel.sort(by=LI, at=t(10)).dispatch("Lyon", by=LI, at=t(12)).arrive(by=LI, at=t(20))

    assert parcel.time_in_states(t(25)) == {
        "received": dt.timedelta(minutes=8),
        "held": dt.timedelta(minutes=2),
        "sorted": dt.timedelta(minutes=2),
        "moving": dt.timedelta(minutes=8),
        "arrived": dt.timedelta(minutes=5),
    }
    assert parcel.time_in_states(t(2)) == {
        "received": dt.timedelta(minutes=1),
        "held": dt.timedelta(minutes=1),
    }


def test_no_time_was_spent_before_the_record_began():
    assert posted().time_in_states(t(-1)) == {}
