"""
Random rules in which people are named again and again, against what their docstrings say of them.

The oracle never seats anybody: it goes through the rule as the model has it, and asks each person
once for each rule that they stand in.
"""

from __future__ import annotations

from itertools import product

import pytest

from hypothesis import given
from hypothesis import strategies as st

from examples_of_runs import tried
from itil_ops.catalog import (
    AllOf,
    AnyOf,
    ApprovalKind,
    ApprovalVerdict,
    Approver,
    AtLeast,
    InOrder,
    Percentage,
    Say,
    Seat,
    Vetoed,
    Vote,
)
from itil_ops.kernel.instant import utc
from itil_ops.request.directory import StaffDirectory
from itil_ops.request.policies import RequestPolicies
from itil_ops.request.seating import seated
from request.making import day, eur, item_of, model, submitted


pytestmark = pytest.mark.no_cover

NOW = utc(day(2))
YES, NO, LAPSED = Say.APPROVED, Say.REJECTED, Say.LAPSED
FINANCIAL = ApprovalKind.FINANCIAL
NEVER = "never"
COSTS = (None, eur(50), eur(150), eur(250))

#: Ana asks, and Tom acts for her; whoever is no manager has Pia, Quin and Rob above them.
STAFF = StaffDirectory(
    managers={"ana": "pia", "tom": "pia", "pia": "quin", "quin": "rob"}, deputies={"ana": ["tom"]}
)
STRANGERS = ("x", "y", "z")
EVERYBODY = (*STRANGERS, "ana", "tom", "pia", "quin")


# ---- The oracle -------------------------------------------------------------------------------


def is_asked(approver, cost):
    return approver.above is None or cost is None or cost > approver.above


def named(rule, cost):
    """
    Return who is asked by *rule* in order, each with whether it is about money.
    """
    match rule:
        case Approver():
            return side_by_side([rule], cost)
        case InOrder():
            return [one for stage in rule.of for one in named(stage, cost)]
        case Vetoed():
            first = named(rule.rule, cost)
            return [*first, *side_by_side(rule.by, cost)] if first else []
        case _:
            return side_by_side(rule.of, cost)


def side_by_side(rules, cost):
    """
    Return who is asked by *rules* that stand in one: each person once, for money if ever.
    """
    those = [one for one in rules if isinstance(one, Approver) and is_asked(one, cost)]
    paying = {one.who for one in those if one.kind is FINANCIAL}
    found, told = [], set()
    for one in rules:
        if not isinstance(one, Approver):
            found += named(one, cost)
        elif one in those and one.who not in told:
            told.add(one.who)
            found.append((one.who, one.who in paying))
    return found


def heard(rules, cost, words):
    """
    Return what those side by side say: the word of each person once, and what each rule comes to.
    """
    people, others = {}, []
    for one in rules:
        if not isinstance(one, Approver):
            others.append(outcome(one, cost, words))
        elif is_asked(one, cost) and one.who not in people:
            people[one.who] = next(words)
    return [*people.values()], [one for one in others if one is not None]


def outcome(rule, cost, words):
    """
    Return whether *rule* is approved by *words*, in the order of `named`; `None` if it asks nobody.
    """
    match rule:
        case Approver():
            return next(words) is YES if is_asked(rule, cost) else None
        case InOrder():
            found = [outcome(stage, cost, words) for stage in rule.of]
            return all(one is not False for one in found) if any_is_known(found) else None
        case Vetoed():
            approved = outcome(rule.rule, cost, words)
            said, _ = ([], []) if approved is None else heard(rule.by, cost, words)
            return approved and not {NO, NEVER} & {*said}
        case _:
            said, others = heard(rule.of, cost, words)
            return counted(rule, said, others) if said or others else None


def any_is_known(found):
    return any(one is not None for one in found)


def counted(rule, said, others):
    """
    Return whether *rule* is approved, by the words of people and by what other rules come to.
    """
    yes, everybody = said.count(YES) + others.count(True), len(said) + len(others)
    match rule:
        case AllOf():
            return yes == everybody
        case AnyOf():
            return yes > 0
        case AtLeast():
            return yes >= rule.count
        case Percentage():
            return yes * 100 >= rule.percent * everybody
        case Vote():
            cast = yes + said.count(NO)
            carried = 100 * yes >= rule.percent * cast if rule.percent else 2 * yes > cast
            return cast >= rule.quorum and yes > 0 and carried


def inside(rule):
    yield rule
    for one in (rule.rule,) if isinstance(rule, Vetoed) else getattr(rule, "of", ()):
        yield from inside(one)


def can_be_approved(rule, cost):
    return outcome(rule, cost, iter([YES] * len(named(rule, cost)))) is not False


# ---- Rules ------------------------------------------------------------------------------------


def approvers(people):
    return st.builds(
        Approver,
        st.sampled_from(people),
        kind=st.sampled_from([FINANCIAL, ApprovalKind.TECHNICAL]),
        above=st.sampled_from([None, None, eur(100), eur(200)]),
    )


def rules(people):
    one = approvers(people)
    several = st.lists(one, min_size=1, max_size=3)

    def over(inner):
        of = st.lists(inner, min_size=1, max_size=3)
        return st.one_of(
            st.builds(AllOf, of),
            st.builds(AnyOf, of),
            st.builds(InOrder, of),
            st.builds(AtLeast, of, count=st.integers(1, 3)),
            st.builds(Percentage, of, percent=st.integers(1, 100)),
            st.builds(Vote, several, quorum=st.integers(1, 3), percent=st.none() | st.just(60)),
            st.builds(Vetoed, inner, by=several),
        )

    return st.recursive(one, over, max_leaves=4).filter(lambda rule: len(rule.leaves) < 6)


def asked(rule, cost):
    """
    Return who is asked where a model has *rule*, and one costs so much.
    """
    thing = item_of(model(approval=rule), price=cost)
    return seated(submitted(thing), RequestPolicies(directory=STAFF), NOW)


def ways(rule):
    """
    Yield what may be said in the end, by the number of the seat.
    """
    numbers = [one.number for one in rule.seats]
    for words in product(Say, repeat=len(numbers)):
        yield dict(zip(numbers, words, strict=True))


def words_for(rule, says):
    """
    Yield the word of each place of a seated rule; of a vacant one there never is any.
    """
    for leaf in rule.leaves:
        yield says[leaf.number] if isinstance(leaf, Seat) else NEVER


def meant(leaf):
    """
    Return whom the rule names where *leaf* stands.
    """
    return getattr(leaf, "in_place_of", None) or leaf.person


# ---- What holds -------------------------------------------------------------------------------


@tried(150)
@given(rules(STRANGERS), st.sampled_from(COSTS))
def test_those_are_asked_whom_the_rule_names_for_so_much_and_their_words_count(rule, cost):
    if any(rule.defects()):
        return
    found = asked(rule, cost)

    assert found.missing == ()
    if found.rule is None:
        assert named(rule, cost) == []
        return
    people = [(one.person, one.approver.kind is FINANCIAL) for one in found.rule.seats]
    assert people == named(rule, cost)
    for says in ways(found.rule):
        expected = outcome(rule, cost, words_for(found.rule, says))
        assert (found.rule.verdict(says) is ApprovalVerdict.APPROVED) is expected


@tried(150)
@given(rules(EVERYBODY), st.sampled_from(COSTS))
def test_whoever_cannot_be_asked_the_rule_asks_for_no_less(rule, cost):
    if any(rule.defects()):
        return
    found = asked(rule, cost)

    if found.rule is None:
        assert named(rule, cost) == []
        return
    assert [meant(leaf) for leaf in found.rule.leaves] == [who for who, _ in named(rule, cost)]
    assert not {"ana", "tom"} & {one.person for one in found.rule.seats}
    ends = set()
    for says in ways(found.rule):
        expected = outcome(rule, cost, words_for(found.rule, says))
        ends.add(expected)
        assert (found.rule.verdict(says) is ApprovalVerdict.APPROVED) is expected
    assert bool(found.missing) is (True not in ends)


@tried(150)
@given(rules(EVERYBODY), st.sampled_from(COSTS))
def test_nobody_has_two_says_in_one_rule(rule, cost):
    if any(rule.defects()):
        return
    found = asked(rule, cost)

    for part in () if found.rule is None else inside(found.rule):
        for leaves in (getattr(part, "of", ()), getattr(part, "by", ())):
            people = [one.person for one in leaves if isinstance(one, Seat)]
            assert isinstance(part, InOrder) or len(set(people)) == len(people)


@tried(200)
@given(rules(STRANGERS))
def test_a_rule_has_a_defect_exactly_where_a_part_of_it_cannot_be_approved_for_some_cost(rule):
    unreachable = any(not can_be_approved(part, cost) for part in inside(rule) for cost in COSTS)

    assert any(rule.defects()) is unreachable
