"""
Parts live lives of their own inside a record, in the record's one journal.
"""

from __future__ import annotations

import copy
import pickle

from typing import ClassVar

import attrs
import pytest

from itil_ops.errors import (
    GuardRefusedError,
    IllegalTransitionError,
    JournalError,
    NotPermittedError,
    OutOfOrderError,
    Reason,
    UnknownActionError,
)
from itil_ops.kernel.guard import integrity
from itil_ops.kernel.identity import PartId
from itil_ops.kernel.journal import Changes
from itil_ops.kernel.journaled import Step
from itil_ops.kernel.table import STAY, Phase, Transition
from kernel_doubles import (
    AFFIXED,
    ANA,
    LI,
    MOVING,
    OPERATORS,
    P1,
    PRESSED,
    S1,
    S2,
    WET,
    Parcel,
    ParcelPolicies,
    Stamp,
    StampId,
    parcel_in,
    posted,
    t,
    the_value_is_known,
)


@pytest.fixture
def franked():
    return parcel_in(MOVING).frank(S1, 85, by=LI, at=t(1))


def test_a_part_begins_with_an_entry_of_its_own_that_holds_every_field(franked):
    entry = franked.journal[-1]

    assert franked.part(S1) == Stamp(id=S1, cents=85, state=AFFIXED)
    assert (entry.part, entry.record, entry.action) == (S1, P1, "affix")
    assert (entry.from_state, entry.to_state) == (None, "affixed")
    assert entry.changes == {"id": S1, "cents": 85, "motif": None, "returns_to": None}
    assert entry.cause == entry.number - 1


def test_a_parts_step_leaves_the_record_in_its_state(franked):
    soaked = franked.soak(S1, by=LI, at=t(2))

    assert soaked.state == franked.state
    assert soaked.part(S1).state == WET
    assert soaked.journal[-1].changes == {"returns_to": "affixed"}
    assert soaked.version == franked.version + 1
    assert franked.part(S1).state == AFFIXED


def test_a_part_returns_to_the_state_that_it_left(franked):
    dried = franked.soak(S1, by=LI, at=t(2)).dry(S1, by=LI, at=t(3))

    assert dried.part(S1) == franked.part(S1)


def test_a_parts_internal_step_changes_its_fields_alone(franked):
    valued = franked.value(S1, 100, by=LI, at=t(2))

    assert (valued.part(S1).cents, valued.part(S1).state) == (100, AFFIXED)
    assert valued.journal[-1].changes == {"cents": 100}


def test_parts_stand_in_the_order_in_which_they_began(franked):
    parcel = franked.frank(S2, 10, by=LI, at=t(2)).press(S1, by=LI, at=t(3))

    assert [part.id for part in parcel.parts] == [S1, S2]
    assert [part.state.name for part in parcel.parts] == ["pressed", "affixed"]


def test_a_part_that_is_not_there_is_named():
    with pytest.raises(ValueError) as caught:
        posted().part(S1)

    assert str(caught.value) == "parcel P-1 has no part StampId(value='S-1')"


def test_a_part_is_found_among_several(franked):
    parcel = franked.frank(S2, 10, by=LI, at=t(2))

    assert parcel.part(S2).cents == 10


def test_a_kind_of_part_that_the_record_does_not_have_is_named():
    with pytest.raises(ValueError) as caught:
        posted()._step("affix", part=PartId("S-1"), by=LI, at=t(1))

    assert str(caught.value) == "parcel P-1 has no parts known by PartId(value='S-1')"


def test_a_part_tells_its_own_time():
    parcel = posted().frank(S1, 85, by=LI, at=t(10))

    with pytest.raises(OutOfOrderError):
        parcel.soak(S1, by=LI, at=t(20), effective_at=t(5))
    soaked = parcel.soak(S1, by=LI, at=t(20), effective_at=t(15))

    assert soaked.as_of(t(14)).part(S1).state == AFFIXED
    assert soaked.as_of(t(15)).part(S1).state == WET
    assert soaked.as_known_at(t(15)).part(S1).state == AFFIXED
    assert soaked.as_of(t(9)).parts == ()


def test_a_part_may_be_told_to_have_begun_earlier():
    parcel = posted().frank(S1, 85, by=LI, at=t(10), effective_at=t(5))

    assert [entry.effective_at for entry in parcel.journal[1:]] == [t(5), t(5)]
    assert parcel.as_of(t(5)).part(S1).state == AFFIXED
    assert parcel.as_known_at(t(5)).parts == ()


def test_a_part_does_not_begin_before_its_record():
    parcel = posted()

    with pytest.raises(OutOfOrderError):
        parcel._step("affix", {"cents": 1}, part=S1, by=LI, at=t(1), effective_at=t(-1))


def test_a_parts_late_step_is_judged_by_the_parts_own_last_move():
    parcel = posted().frank(S1, 85, by=LI, at=t(1)).sort(by=LI, at=t(10))

    soaked = parcel.soak(S1, by=LI, at=t(20), effective_at=t(5))

    assert soaked.as_of(t(5)).part(S1).state == WET
    assert soaked.as_of(t(5)).state.name == "received"
    assert soaked.state.name == "sorted"


# ---- Refusals -----------------------------------------------------------------------------------


def test_a_parts_rule_is_told_the_record_around_it():
    parcel = posted().frank(S1, 85, by=LI, at=t(1))

    with pytest.raises(GuardRefusedError) as caught:
        parcel.press(S1, by=LI, at=t(2))

    assert [reason.text for reason in caught.value.reasons] == ["the parcel is received"]


def test_a_refused_step_of_a_part_names_the_part_and_its_state():
    parcel = posted().frank(S1, 85, by=LI, at=t(1))

    with pytest.raises(GuardRefusedError) as caught:
        parcel.press(S1, by=LI, at=t(2))

    assert (caught.value.subject, caught.value.action, caught.value.state) == (
        "stamp S-1",
        "press",
        "affixed",
    )


def test_a_refused_beginning_of_a_part_leaves_everything_as_it_was():
    parcel = posted()

    with pytest.raises(GuardRefusedError, match="there is no value"):
        parcel.frank(S1, None, by=LI, at=t(1))
    assert parcel == posted()


def test_a_part_that_cannot_take_the_step_is_named(franked):
    with pytest.raises(IllegalTransitionError) as caught:
        franked.dry(S1, by=LI, at=t(2))

    assert str(caught.value) == (
        "stamp S-1: 'dry' refused in state 'affixed':"
        " no such step from here, but from wet; possible: soak, value, press, peel"
    )
    assert caught.value.lifecycle == "stamp"


def test_a_part_does_not_begin_twice(franked):
    with pytest.raises(IllegalTransitionError):
        franked.frank(S1, 85, by=LI, at=t(2))


def test_a_part_that_has_not_begun_takes_no_step():
    with pytest.raises(IllegalTransitionError) as caught:
        posted().soak(S1, by=LI, at=t(1))

    assert caught.value.state is None
    assert caught.value.allowed == ("affix",)


def test_an_action_that_the_part_does_not_have_is_unknown(franked):
    with pytest.raises(UnknownActionError) as caught:
        franked._step("pres", part=S1, by=LI, at=t(2))

    assert caught.value.nearest == "press"


def test_who_may_not_is_told_so_of_a_parts_step(franked):
    roles = ParcelPolicies(authorization=OPERATORS)

    with pytest.raises(NotPermittedError, match="li may not press"):
        franked.press(S1, by=LI, at=t(2), policies=roles)
    assert franked.press(S1, by=ANA, at=t(2), policies=roles).part(S1).state == PRESSED


def test_a_step_changes_known_fields_of_a_part_only(franked):
    with pytest.raises(TypeError, match="Stamp has no field 'nonsense'"):
        franked._step("value", {"nonsense": 1}, part=S1, by=LI, at=t(2))
    with pytest.raises(TypeError):
        franked._step("affix", {"nonsense": 1}, part=S2, by=LI, at=t(2))


def test_a_part_and_its_record_move_together_or_not_at_all(franked):
    together = franked.press_and_arrive(S1, by=LI, at=t(2))

    assert (together.state.name, together.part(S1).state) == ("arrived", PRESSED)
    assert [entry.cause for entry in together.journal[-2:]] == [None, franked.version + 1]
    with pytest.raises(IllegalTransitionError):
        together.press_and_arrive(S1, by=LI, at=t(3))
    with pytest.raises(GuardRefusedError) as caught:
        franked._take(Step("lose"), Step("value", {"cents": None}, part=S1), by=LI, at=t(2))
    assert [reason.text for reason in caught.value.reasons] == [
        "there is no text",
        "there is no value",
    ]


def test_what_several_steps_have_against_them_is_told_once(franked):
    steps = [
        Step("lose"),
        Step("value", {"cents": None}, part=S1),
        Step("affix", {"cents": 0}, part=S2),
        Step("peel", part=S1),
        Step("value", {"cents": 0}, part=S2),
    ]
    roles = ParcelPolicies(authorization=OPERATORS)

    with pytest.raises(NotPermittedError) as caught:
        franked._take(*steps, by=LI, at=t(2), policies=roles)

    assert [reason.text for reason in caught.value.reasons] == [
        "li may not lose, it takes operator, system",
        "li may not value, it takes operator, system",
        "li may not affix, it takes operator, system",
        "li may not peel, it takes operator, system",
        "there is no text",
        "there is no value",
    ]
    assert str(caught.value).count("li may not value") == 1


def test_two_rules_that_say_the_same_are_both_named(franked):
    @integrity
    def it_is_worth_something(stamp, step):
        return the_value_is_known.why_not(stamp, step)

    twice = Transition(
        "value", Phase.ACTIVE, STAY, guards=(it_is_worth_something, the_value_is_known)
    )

    @attrs.frozen(kw_only=True)
    class Doubted(Stamp):
        lifecycle = Stamp.lifecycle.extend(replace=[twice])

    class Doubtful(Parcel):
        part_types: ClassVar = {StampId: Doubted}

    parcel = Doubtful.post(P1, title="Books", grams=900, by=LI, at=t(0))
    parcel = parcel.frank(S1, 85, by=LI, at=t(1))

    with pytest.raises(GuardRefusedError) as caught:
        parcel.value(S1, None, by=LI, at=t(2))

    assert caught.value.reasons == (
        Reason("it_is_worth_something", "there is no value"),
        Reason("the_value_is_known", "there is no value"),
    )


def test_what_follows_names_the_records_own_last_step_or_else_the_first(franked):
    steps = [
        Step("press", part=S1),
        Step("affix", {"cents": 10}, part=S2),
        Step("arrive"),
        Step("value", {"cents": 20}, part=S2),
        Step("peel", part=S2),
    ]

    taken = franked._take(*steps, by=LI, at=t(2))
    pressed, arrived = franked.version + 1, franked.version + 3

    assert [(entry.action, entry.cause) for entry in taken.journal[franked.version :]] == [
        ("press", None),
        ("affix", pressed),
        ("arrive", pressed),
        ("value", arrived),
        ("peel", arrived),
    ]


# ---- Replay -------------------------------------------------------------------------------------


@pytest.fixture
def lived(franked):
    parcel = franked.frank(S2, 10, by=LI, at=t(2)).soak(S2, by=LI, at=t(3))
    return parcel.press(S1, by=LI, at=t(4)).dry(S2, by=LI, at=t(5)).arrive(by=LI, at=t(6))


def test_parts_are_replayed_with_their_record(lived):
    replayed = Parcel.replay(lived.journal)

    assert replayed == lived
    assert replayed.parts == lived.parts
    assert replayed.peel(S2, by=LI, at=t(7)) == lived.peel(S2, by=LI, at=t(7))


@pytest.mark.parametrize("minute", range(7))
def test_parts_are_seen_as_they_were(lived, minute):
    seen = lived.as_of(t(minute))
    known = lived.as_known_at(t(minute))

    assert seen == known == Parcel.replay(known.journal)
    assert {part.id for part in seen.parts} == ({S1} if minute > 0 else set()) | (
        {S2} if minute > 1 else set()
    )


@pytest.mark.parametrize(
    "through", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_parts_survive_copy_and_pickle(lived, through):
    assert through(lived) == lived
    assert through(lived).parts == lived.parts


def forged(journal, number, **other):
    entries = list(journal)
    entries[number - 1] = attrs.evolve(entries[number - 1], **other)
    return entries


@pytest.mark.parametrize(
    ("number", "other", "why"),
    [
        (6, {"action": "press"}, "'press' does not lead from None to 'affixed'"),
        (6, {"action": "sort"}, "stamp has no action 'sort'"),
        (7, {"part": StampId("S-3")}, "begins in 'affixed', but None was reached"),
        (7, {"from_state": "wet"}, "begins in 'wet', but 'affixed' was reached"),
        (9, {"to_state": "wet"}, "'dry' does not lead from 'wet' to 'wet'"),
        (7, {"part": PartId("S-2")}, "Parcel has no parts known by PartId(value='S-2')"),
        (7, {"changes": Changes({"id": S1})}, "Stamp has no field 'id'"),
        (7, {"changes": Changes({"grams": 1})}, "Stamp has no field 'grams'"),
    ],
)
def test_an_impossible_step_of_a_part_is_refused_by_its_number(lived, number, other, why):
    with pytest.raises(JournalError) as caught:
        Parcel.replay(forged(lived.journal, number, **other))

    assert (caught.value.number, caught.value.why) == (number, why)


def test_a_parts_first_entry_speaks_of_that_part(lived):
    changes = Changes({**lived.journal[5].changes, "id": StampId("S-9")})

    with pytest.raises(JournalError) as caught:
        Parcel.replay(forged(lived.journal, 6, changes=changes))

    assert caught.value.number == 6
