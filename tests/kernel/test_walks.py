"""
Random lives: what replays, what is refused, and that every state is visited.
"""

from __future__ import annotations

import random

from collections import Counter

import pytest

from hypothesis import given
from hypothesis import strategies as st

from itil_ops.errors import OutOfOrderError, RefusedError
from kernel_doubles import (
    ANA,
    ARGUMENTS,
    LI,
    OPERATORS,
    P1,
    PARCEL_LIFECYCLE,
    S1,
    S2,
    STAMP_LIFECYCLE,
    STRICT,
    WEATHER,
    Parcel,
    ParcelPolicies,
    t,
)


#: Traced, these many examples would cost several times as much; other tests cover the lines.
pytestmark = pytest.mark.no_cover


#: Odd arguments, beside the pleasing ones, so that guards refuse and conditions differ.
ODD = {
    "dispatch": [{"route": None}],
    "weigh": [{"grams": 25_000}, {"grams": 25_000, "paid": True}, {"grams": None}],
    "hold": [{"reason": None}, {"reason": WEATHER, "until": t(10_000)}],
    "deliver": [{"signed_by": None}, {"signed_by": "Eve"}],
    "lose": [{"note": None}],
    "scan": [{"note": None}],
    "frank": [{"stamp": S2, "cents": 10}, {"stamp": S1, "cents": None}],
    "value": [{"stamp": S1, "cents": 5}, {"stamp": S1, "cents": None}, {"stamp": S2, "cents": 7}],
}
OF_STAMPS = ("soak", "dry", "press", "peel", "press_and_arrive")
CALLS = [
    *((action, ARGUMENTS.get(action, {})) for action in PARCEL_LIFECYCLE.actions[1:]),
    *((action, arguments) for action, several in ODD.items() for arguments in several),
    *((action, {"stamp": stamp}) for action in OF_STAMPS for stamp in (S1, S2)),
]
AFTER = [0, 1, 1, 2, 2, 7, 7, -1]
AGO = [*[None] * 6, 0, 3, -1]
POLICIES = [*[None] * 6, STRICT, ParcelPolicies(authorization=OPERATORS)]


@st.composite
def lives(draw):
    """
    Draw a beginning and steps, each with how long after the last and how long ago it was so.

    A step is any call, or a number that stands for one of the actions allowed then.
    """
    begun = draw(st.fixed_dictionaries({"express": st.booleans(), "insured": st.booleans()}))
    step = st.tuples(
        st.one_of(st.integers(0, 23), st.integers(0, 23), st.sampled_from(CALLS)),
        st.sampled_from([LI, ANA]),
        st.sampled_from(AFTER),
        st.sampled_from(AGO),
        st.sampled_from(POLICIES),
    )
    return begun, draw(st.lists(step, min_size=8, max_size=25))


def pleasing(parcel, number):
    """
    Give the call of one of the actions that are allowed now, to the parcel or to its stamps.

    What ends a life is left to chance, so that lives are long.
    """
    calls = [(action, ARGUMENTS.get(action, {})) for action in parcel.allowed]
    calls += [
        (action, {"stamp": stamp.id} | ({"cents": 5} if action == "value" else {}))
        for stamp in parcel.parts
        for action in stamp.lifecycle.allowed(stamp.state.name)
    ]
    lasting = [call for call in calls if call[0] not in {"lose", "peel"}]
    return lasting[number % len(lasting)]


def walk(begun, steps):
    """
    Live a life and give every record on the way; what is refused must leave no trace.
    """
    minute = 0
    parcel = Parcel.post(P1, title="Books", grams=900, by=LI, at=t(0), **begun)
    yield parcel
    for call, by, after, ago, policies in steps:
        action, arguments = pleasing(parcel, call) if isinstance(call, int) else call
        told = {"by": by, "at": t(minute + after), **arguments}
        if policies is not None and action != "press_and_arrive":
            told["policies"] = policies
        if ago is not None and action in {"hold", "scan", "frank", "soak", "dry"}:
            told["effective_at"] = t(minute + after - ago)
        before = Parcel.replay(parcel.journal)
        try:
            moved = getattr(parcel, action)(**told)
        except (RefusedError, OutOfOrderError, ValueError):
            assert parcel == before
            continue
        assert parcel == before
        assert moved.journal[: parcel.version] == parcel.journal
        minute += after
        parcel = moved
        yield parcel


@given(lives())
def test_every_record_equals_the_replay_of_its_journal(life):
    for parcel in walk(*life):
        replayed = Parcel.replay(parcel.journal)

        assert replayed == parcel
        assert hash(replayed) == hash(parcel)
        assert parcel.version == len(parcel.journal)
        assert [entry.number for entry in parcel.journal] == list(range(1, parcel.version + 1))


@given(lives())
def test_every_view_is_what_was_known_or_what_was_so(life):
    *_, parcel = walk(*life)

    for entry in parcel.journal:
        known = parcel.as_known_at(entry.at)
        assert Parcel.replay(known.journal) == known
        assert all(seen.effective_at <= entry.at for seen in parcel.as_of(entry.at).journal)
    last = parcel.journal[-1].at
    assert parcel.as_of(last) == parcel.as_known_at(last) == parcel


@given(lives())
def test_history_goes_forward_and_ends_where_the_record_stands(life):
    *_, parcel = walk(*life)

    history = parcel.history()

    assert [moment.at for moment in history] == sorted(moment.at for moment in history)
    assert history[-1].state == parcel.state
    own = [entry for entry in parcel.journal if entry.part is None]
    assert sorted(moment.entry.number for moment in history) == [entry.number for entry in own]
    last = parcel.journal[-1].at
    assert sum(parcel.time_in_states(last).values(), t(0)) == last
    for spell, following in zip(parcel.hold_spells(), parcel.hold_spells()[1:], strict=False):
        assert spell.start <= spell.end <= following.start


@given(lives())
def test_asking_agrees_with_trying(life):
    *_, parcel = walk(*life)

    for action in PARCEL_LIFECYCLE.actions[1:]:
        told = {"by": LI, "at": parcel.journal[-1].at, **ARGUMENTS.get(action, {})}
        try:
            getattr(parcel, action)(**told)
        except RefusedError as refused:
            reasons = refused.reasons
        else:
            reasons = ()

        assert parcel.why_not(action, **told) == reasons
        assert reasons or action in parcel.allowed


def test_every_state_is_visited():
    states, stamps, rows = Counter(), Counter(), Counter()
    chance = random.Random(20_260_302)

    for _ in range(100):
        begun = {"express": chance.random() < 0.5}
        steps = [
            (
                chance.randrange(24) if chance.random() < 0.7 else chance.choice(CALLS),
                chance.choice([LI, ANA]),
                chance.choice(AFTER),
                chance.choice(AGO),
                chance.choice(POLICIES),
            )
            for _ in range(30)
        ]
        for parcel in walk(begun, steps):
            states[parcel.state.name] += 1
            stamps.update(part.state.name for part in parcel.parts)
            entry = parcel.journal[-1]
            rows[entry.from_state, entry.action, entry.to_state] += 1

    assert min(states[state.name] for state in PARCEL_LIFECYCLE.states) >= 20
    assert min(stamps[state.name] for state in STAMP_LIFECYCLE.states) >= 20
    assert len(rows) >= 40
