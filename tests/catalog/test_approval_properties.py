"""
The algebra of approvals against an oracle that tries every way in which the rest may speak.
"""

from __future__ import annotations

from itertools import pairwise, product

import pytest

from hypothesis import given
from hypothesis import strategies as st

from examples_of_runs import tried
from itil_ops.catalog import (
    AllOf,
    AnyOf,
    ApprovalVerdict,
    Approver,
    AtLeast,
    InOrder,
    Percentage,
    Say,
    Seat,
    VacantSeat,
    Vetoed,
    Vote,
)


pytestmark = pytest.mark.no_cover

MOST = 6


# ---- The oracle -------------------------------------------------------------------------------


def word(leaf, says):
    return Say.LAPSED if isinstance(leaf, VacantSeat) else says[leaf.number]


def outcome(rule, says):  # noqa: PLR0911 -- one for each rule
    """
    Return whether *rule* is approved once all have spoken, by what its docstring says.
    """
    match rule:
        case Seat() | VacantSeat():
            return word(rule, says) is Say.APPROVED
        case AllOf() | InOrder():
            return all(outcome(one, says) for one in rule.of)
        case AnyOf():
            return any(outcome(one, says) for one in rule.of)
        case AtLeast():
            return sum(outcome(one, says) for one in rule.of) >= rule.count
        case Percentage():
            share = sum(outcome(one, says) for one in rule.of) / len(rule.of)
            return share * 100 >= rule.percent - 1e-9
        case Vote():
            cast = [word(one, says) for one in rule.of if word(one, says) is not Say.LAPSED]
            yes = cast.count(Say.APPROVED)
            share = 100 * yes >= (rule.percent or 0) * len(cast)
            carried = (share and yes > 0) if rule.percent else 2 * yes > len(cast)
            return len(cast) >= rule.quorum and carried
        case Vetoed():
            vetoes = [word(one, says) is Say.REJECTED for one in rule.by]
            is_known = not any(isinstance(one, VacantSeat) for one in rule.by)
            return outcome(rule.rule, says) and not any(vetoes) and is_known


def completions(rule, says):
    """
    Yield all that may be said in the end.
    """
    rest = sorted({one.number for one in rule.seats} - says.keys())
    for words in product(Say, repeat=len(rest)):
        yield {**says, **dict(zip(rest, words, strict=True))}


def outcomes(rule, says):
    return {outcome(rule, full) for full in completions(rule, says)}


def by_trying(rule, says):
    found = outcomes(rule, says)
    if len(found) > 1:
        return ApprovalVerdict.OPEN
    return ApprovalVerdict.APPROVED if found == {True} else ApprovalVerdict.REJECTED


# ---- Rules ------------------------------------------------------------------------------------


def shaped(draw, leaves, depth=3):
    """
    Draw a rule over all of *leaves*, in their order.
    """
    if depth == 0 or (len(leaves) == 1 and draw(st.booleans())):
        return leaves[0] if len(leaves) == 1 else AllOf(leaves)
    kind = draw(st.sampled_from([AllOf, AnyOf, AtLeast, Percentage, InOrder, Vote, Vetoed]))
    if kind is Vote:
        percent = draw(st.none() | st.integers(1, 100))
        return Vote(leaves, quorum=draw(st.integers(1, len(leaves) + 1)), percent=percent)
    if kind is Vetoed and len(leaves) > 1:
        cut = draw(st.integers(1, len(leaves) - 1))
        return Vetoed(shaped(draw, leaves[:cut], depth - 1), by=leaves[cut:])
    parts = [shaped(draw, part, depth - 1) for part in parted(draw, leaves)]
    if kind is AtLeast:
        return AtLeast(parts, count=draw(st.integers(1, len(parts) + 1)))
    if kind is Percentage:
        return Percentage(parts, percent=draw(st.integers(1, 100)))
    return (AllOf if kind is Vetoed else kind)(parts)


def parted(draw, leaves):
    """
    Draw a way to cut *leaves* into pieces.
    """
    cuts = [0, *(n for n in range(1, len(leaves)) if draw(st.booleans())), len(leaves)]
    return [leaves[start:end] for start, end in pairwise(cuts)]


@st.composite
def rules(draw):
    """
    Return rules in which every seat stands once, and some are vacant.
    """
    numbers = range(1, draw(st.integers(1, MOST)) + 1)
    vacant = draw(st.sets(st.sampled_from(numbers), max_size=2)) if draw(st.booleans()) else ()
    return shaped(draw, [vacancy(n) if n in vacant else seat(n) for n in numbers])


def seat(number):
    return Seat(number, f"p{number}", Approver("role"))


def vacancy(number):
    return VacantSeat(Approver("role"), why="nobody can be asked", person=f"p{number}")


@st.composite
def tangled_rules(draw):
    """
    Return rules in which a seat may stand in several places.
    """
    numbers = draw(st.lists(st.integers(1, 4), min_size=2, max_size=MOST))
    return shaped(draw, [*map(seat, numbers)])


@st.composite
def situations(draw, of=rules()):  # noqa: B008 -- a strategy is frozen
    """
    Return rules, and what some have said.
    """
    rule = draw(of)
    words = st.none() | st.sampled_from(Say)
    said = {number: draw(words) for number in sorted({one.number for one in rule.seats})}
    return rule, {number: word for number, word in said.items() if word is not None}


def inside(rule):
    yield rule
    for one in (rule.rule,) if isinstance(rule, Vetoed) else getattr(rule, "of", ()):
        yield from inside(one)


# ---- What holds -------------------------------------------------------------------------------


@tried(120)
@given(situations())
def test_a_rule_is_open_exactly_as_long_as_it_may_end_either_way(situation):
    rule, says = situation

    assert rule.verdict(says) is by_trying(rule, says)


@tried(80)
@given(situations())
def test_what_is_decided_stays_so_whatever_is_said(situation):
    rule, says = situation
    verdict = rule.verdict(says)

    if verdict is not ApprovalVerdict.OPEN:
        assert {rule.verdict(full) for full in completions(rule, says)} == {verdict}


@tried(120)
@given(situations())
def test_somebody_is_asked_exactly_as_long_as_a_rule_is_open(situation):
    rule, says = situation
    wanted = [one.number for one in rule.wanted(says)]

    assert bool(wanted) is (rule.verdict(says) is ApprovalVerdict.OPEN)
    assert len(set(wanted)) == len(wanted)
    assert not set(wanted) & says.keys()


@tried(90)
@given(situations())
def test_whoever_is_asked_can_make_the_difference(situation):
    rule, says = situation

    for one in rule.wanted(says):
        assert any(
            len({outcome(rule, {**full, one.number: say}) for say in Say}) > 1
            for full in completions(rule, says)
        )


@tried(120)
@given(situations())
def test_nobody_is_asked_ahead_of_turn(situation):
    rule, says = situation
    wanted = {one.number for one in rule.wanted(says)}

    for order in (one for one in inside(rule) if isinstance(one, InOrder)):
        for place, stage in enumerate(order.of):
            if any(
                ahead.verdict(says) is not ApprovalVerdict.APPROVED for ahead in order.of[:place]
            ):
                assert not wanted & {one.number for one in stage.seats}


@tried(90)
@given(rules(), st.data())
def test_those_who_are_asked_one_by_one_bring_a_rule_to_an_end(rule, data):
    says = {}
    while rule.verdict(says) is ApprovalVerdict.OPEN:
        one = data.draw(st.sampled_from(rule.wanted(says)))
        says[one.number] = data.draw(st.sampled_from(Say))

    assert rule.wanted(says) == ()
    assert len(outcomes(rule, says)) == 1


@tried(120)
@given(situations(tangled_rules()))
def test_a_decision_is_right_even_where_a_seat_stands_in_several_places(situation):
    rule, says = situation
    verdict = rule.verdict(says)

    assert verdict in {ApprovalVerdict.OPEN, by_trying(rule, says)}
    assert bool(rule.wanted(says)) is (verdict is ApprovalVerdict.OPEN)
    assert all(rule.verdict(full) is not ApprovalVerdict.OPEN for full in completions(rule, says))


@tried(120)
@given(situations(tangled_rules()))
def test_without_votes_and_vetoes_it_is_found_at_once_in_several_places_too(situation):
    rule, says = situation

    if not any(isinstance(one, Vote | Vetoed) for one in inside(rule)):
        assert rule.verdict(says) is by_trying(rule, says)


def test_with_a_vote_and_a_veto_in_one_hand_it_may_be_found_late():
    # Silence fails the quorum, a rejection vetoes, but the one seat cannot do both.
    one, ana, bo = (Seat(number, "p", Approver("role")) for number in (1, 2, 3))
    rule = AnyOf([Vote([one, ana, bo], quorum=3), Vetoed(ana, by=[one])])
    says = {2: Say.APPROVED, 3: Say.APPROVED}

    assert by_trying(rule, says) is ApprovalVerdict.APPROVED
    assert rule.verdict(says) is ApprovalVerdict.OPEN
    assert {rule.verdict(full) for full in completions(rule, says)} == {ApprovalVerdict.APPROVED}
