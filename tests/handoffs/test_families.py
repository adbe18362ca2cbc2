"""
Parents and children, duplicates and relatives; cycles, and other links that must not be.
"""

from __future__ import annotations

import functools
import pickle

from itertools import pairwise

import pytest

from hypothesis import given
from hypothesis import strategies as st

from examples_of_runs import tried
from family_doubles import (
    CHANGE,
    CHILD,
    DEEP,
    DESK,
    LI,
    OTHER,
    PARENT,
    PROBLEM,
    child,
    closed,
    incident,
    joined,
    minute,
    pointing,
    problem,
    resolved,
    rules_of,
)
from itil_ops import (
    CancellationReason,
    IncidentId,
    IncidentPolicies,
    IncidentQuery,
    KnownErrorId,
    Link,
    LinkKind,
    MemoryStore,
    NotPermittedError,
    OutOfOrderError,
    Permit,
    ProblemId,
    ProcessRole,
    RefusedError,
    RoleTable,
)
from itil_ops.errors import HandoffError
from itil_ops.handoffs import (
    Family,
    adopt,
    caused_by_change,
    gather_family,
    mark_duplicate,
    merge,
    relate,
)
from itil_ops.kernel.handled import Handled
from itil_ops.problem.known_error.vocabulary import RetirementReason
from itil_ops.problem.vocabulary import ProblemResolutionCode
from known_error_doubles import standing as known_error_in
from problem_doubles import standing as problem_in


KE_1, KE_2 = (known_error_in("published", id=KnownErrorId(f"KE-{number}")) for number in (1, 2))
DUPLICATE_OF = LinkKind.DUPLICATE_OF
ONE, TWO, THREE, FOUR = (incident(f"INC-{number}") for number in (1, 2, 3, 4))
BY_LI = {"by": LI, "at": minute(5)}
LATE = minute(900)
WITHDRAWN = CancellationReason.WITHDRAWN
NOBODY = IncidentPolicies(
    authorization=RoleTable([Permit([ProcessRole.INCIDENT_MANAGER], None)]),
)


def ids(*numbers):
    return tuple(IncidentId(f"INC-{number}") for number in numbers)


def row(*numbers, kind=LinkKind.CHILD_OF):
    """
    Return records of which each points to the next.
    """
    pairs = pairwise(numbers)
    return [pointing(f"INC-{one}", f"INC-{other}", kind=kind) for one, other in pairs]


class TestFamily:
    def test_parents_and_children_are_found_from_both_ends(self):
        family = Family([ONE, child(CHILD), child(OTHER), FOUR])

        assert family.parent_of(CHILD) == PARENT
        assert family.parent_of(PARENT) is None
        assert [one.id for one in family.children_of(PARENT)] == [CHILD, OTHER]
        assert family.children_of(CHILD) == ()

    def test_what_is_not_among_the_records_is_known_by_its_id(self):
        family = Family([child(CHILD)])

        assert family.ancestors_of(CHILD) == (PARENT,)
        assert family.parent_of(PARENT) is None
        assert [one.id for one in family.children_of(PARENT)] == [CHILD]

    def test_ancestors_and_generations(self):
        family = Family(row(4, 3, 2, 1))

        assert family.ancestors_of(IncidentId("INC-4")) == ids(3, 2, 1)
        assert family.ancestors_of(PARENT) == ()
        assert family.generations_below(PARENT) == 3
        assert family.generations_below(IncidentId("INC-4")) == 0

    def test_the_longest_line_counts(self):
        family = Family([*row(4, 3, 1), *row(2, 1)])

        assert family.generations_below(PARENT) == 2

    def test_an_original_is_the_end_of_a_row_of_duplicates(self):
        family = Family(row(3, 2, 1, kind=DUPLICATE_OF))

        assert family.original_of(OTHER) == PARENT
        assert family.original_of(PARENT) is None
        assert [one.id for one in family.duplicates_of(PARENT)] == [CHILD]

    def test_relatives_are_found_from_both_ends(self):
        family = Family([relate(ONE, TWO, **BY_LI), TWO, relate(THREE, ONE, **BY_LI)])

        assert family.related_to(PARENT) == ids(2, 3)
        assert family.related_to(CHILD) == ids(1)
        assert family.related_to(IncidentId("INC-9")) == ()

    def test_related_is_told_once_even_if_both_say_so(self):
        family = Family([*row(1, 2, kind=LinkKind.RELATED), *row(2, 1, kind=LinkKind.RELATED)])

        assert family.related_to(PARENT) == ids(2)

    def test_of_two_snapshots_the_later_counts(self):
        before, after = incident(CHILD), child(CHILD)

        assert Family([before, after]).parent_of(CHILD) == PARENT
        assert Family([after, before]).records == (after,)

    def test_an_empty_one_says_nothing(self):
        assert Family([]).cycles() == ()
        assert Family([]).defects == ()

    def test_records_are_of_one_kind(self):
        with pytest.raises(ValueError, match="one kind, not ids of IncidentId, ProblemId"):
            Family([ONE, problem()])

    @pytest.mark.parametrize("records", [ONE, "INC-1", [ONE, None], None])
    def test_it_is_made_of_records(self, records):
        with pytest.raises(TypeError):
            Family(records)

    def test_it_is_all_of_its_records(self):
        family = Family([ONE, TWO])

        assert (list(family), len(family)) == ([ONE, TWO], 2)

    def test_two_are_equal_if_their_records_are(self):
        family = Family([ONE, TWO])
        family.children_of(PARENT)

        assert family == Family([ONE, TWO]) == pickle.loads(pickle.dumps(family))
        assert family != Family([TWO])


class TestCycles:
    def test_a_family_has_none(self):
        assert Family([ONE, child(CHILD), child(OTHER)]).cycles() == ()

    @pytest.mark.parametrize("kind", [LinkKind.CHILD_OF, DUPLICATE_OF])
    def test_stored_links_that_lead_round_are_found(self, kind):
        family = Family([*row(4, 3, 2, 1, 3, kind=kind)])

        assert family.cycles() == (ids(1, 3, 2),)
        assert family.defects == ("links lead round: INC-1 -> INC-3 -> INC-2 -> INC-1",)

    def test_a_link_to_itself_is_a_cycle_of_one(self):
        assert Family(row(1, 1)).cycles() == (ids(1),)

    def test_each_is_told_once(self):
        family = Family([*row(1, 2, 1), *row(3, 4, 3)])

        assert family.cycles() == (ids(1, 2), ids(3, 4))

    def test_one_through_a_second_parent_is_found_too(self):
        family = Family(
            [pointing("INC-1", "INC-9", "INC-2"), *row(2, 1), *row(0, 1), incident("INC-9")]
        )

        assert family.cycles() == (ids(1, 2),)
        assert family.defects[0] == "INC-1 has more than one parent: INC-9, INC-2"

    def test_every_record_that_is_in_one_is_told(self):
        around = [pointing("INC-1", "INC-2", "INC-3"), *row(2, 4, 5, 1), *row(3, 4)]

        assert Family(around).cycles() == (ids(1, 2, 4, 5), ids(1, 3, 4, 5))

    def test_two_originals_are_a_defect(self):
        family = Family([pointing("INC-3", "INC-1", "INC-2", kind=DUPLICATE_OF)])

        assert family.defects == ("INC-3 has more than one original: INC-1, INC-2",)

    def test_parents_and_duplicates_make_no_cycle_together(self):
        assert Family([*row(1, 2), *row(2, 1, kind=DUPLICATE_OF)]).cycles() == ()

    def test_questions_end_where_links_lead_round(self):
        family = Family(row(1, 2, 3, 1))

        assert family.ancestors_of(PARENT) == ids(2, 3)
        assert family.generations_below(PARENT) == 2
        assert Family(row(1, 2, 1, kind=DUPLICATE_OF)).original_of(PARENT) == CHILD

    def test_three_thousand_in_a_row_are_no_matter(self):
        family = Family(row(*range(3_000)))

        assert family.cycles() == ()
        assert family.generations_below(IncidentId("INC-2999")) == 2_999

    @tried(60)
    @given(st.lists(st.tuples(*[st.integers(0, 6)] * 2), unique_by=lambda pair: pair[0]))
    def test_every_record_that_leads_to_itself_is_in_one(self, pairs):
        onward = dict(pairs)

        def comes_back(start):
            here = onward.get(start)
            for _ in onward:
                if here == start:
                    return True
                here = onward.get(here)
            return False

        cycles = Family(pointing(f"INC-{one}", f"INC-{other}") for one, other in pairs).cycles()
        told = [one for cycle in cycles for one in cycle]

        assert len(set(told)) == len(told)
        assert set(told) == {IncidentId(f"INC-{one}") for one in onward if comes_back(one)}


class Kept:
    """
    A store of records that tells what it was asked for, and whatever is linked.
    """

    def __init__(self, *records):
        self.records = {record.id: record for record in records}
        self.asked = []

    def get(self, id):
        self.asked.append(id)
        return self.records.get(id)

    def children_of(self, ids):
        self.asked.append(tuple(ids))
        linked = (link.target for one in self.records.values() for link in one.links)
        named = set(ids).intersection(linked)
        return [one for one in self.records.values() if named & {it.target for it in one.links}]

    def family(self, number, under=None, **options):
        known = {"get": self.get, "children_of": self.children_of, **options}
        top = None if under is None else self.records[IncidentId(f"INC-{under}")]
        return gather_family(self.records[IncidentId(f"INC-{number}")], under=top, **known)


def known(family):
    return {one.id.value for one in family}


class TestGather:
    LINE = (*row(5, 4, 3, 2, 1), ONE)

    def test_all_above_and_all_below(self):
        kept = Kept(*self.LINE, *row(6, 2), *row(7, 3))

        assert known(kept.family(3)) == {f"INC-{number}" for number in (1, 2, 3, 4, 5, 7)}

    def test_below_the_one_and_above_the_other(self):
        kept = Kept(*row(3, 2, 1), ONE, *row(6, 5, 4), incident("INC-4"), *row(7, 3))

        assert known(kept.family(4, under=3)) == {f"INC-{number}" for number in range(1, 7)}

    def test_a_generation_is_asked_for_at_once(self):
        kept = Kept(ONE, *row(2, 1), *row(3, 1), *row(4, 2), *row(5, 3))
        kept.family(1)

        assert kept.asked == [ids(1), ids(2, 3), ids(4, 5)]

    def test_records_with_links_of_other_kinds_are_passed_over(self):
        kept = Kept(ONE, *row(2, 1, kind=LinkKind.RELATED), *row(3, 1, kind=DUPLICATE_OF))

        assert known(kept.family(1)) == {"INC-1"}

    def test_what_the_store_has_not_got_is_known_by_its_id(self):
        family = Kept(*row(3, 2)).family(3)

        assert known(family) == {"INC-3"}
        assert family.parent_of(OTHER) == CHILD

    def test_an_error_of_the_store_comes_through(self):
        def gone(id):
            raise LookupError(id)

        with pytest.raises(LookupError, match="INC-2"):
            Kept(*row(3, 2)).family(3, get=gone)

    def test_links_that_lead_round_are_followed_once(self):
        kept = Kept(*row(1, 2, 3, 1), *row(4, 4), pointing("INC-5", "INC-1", "INC-4"))

        assert kept.family(1).cycles() == (ids(1, 2, 3),)
        assert known(kept.family(4)) == {"INC-4", "INC-5"}
        assert known(kept.family(5)) == {f"INC-{number}" for number in range(1, 6)}
        assert kept.asked.count(PARENT) == 1

    def test_it_is_bounded(self):
        kept = Kept(*self.LINE)

        assert len(kept.family(1, at_most=4)) == len(kept.family(5, at_most=4)) == 5
        for end in (1, 5):
            with pytest.raises(HandoffError, match="more than 3 records came: raise") as caught:
                kept.family(end, at_most=3)
            assert rules_of(caught) == ["few_enough"]

    def test_a_list_without_an_end_is_left(self):
        def strangers(_):
            while True:
                yield FOUR

        with pytest.raises(HandoffError, match="more than 500"):
            Kept(ONE).family(1, children_of=strangers)

    @pytest.mark.parametrize(
        ("options", "error"),
        [
            ({"get": None}, TypeError),
            ({"children_of": []}, TypeError),
            ({"children_of": lambda _: None}, TypeError),
            ({"children_of": lambda _: [PARENT]}, TypeError),
            ({"get": lambda id: id}, TypeError),
            ({"at_most": 0}, ValueError),
            ({"at_most": None}, TypeError),
            ({"at_most": "all"}, TypeError),
            ({"get": lambda _: problem()}, ValueError),
        ],
    )
    def test_bad_arguments_are_refused(self, options, error):
        with pytest.raises(error):
            Kept(*row(2, 1)).family(2, **options)

    @pytest.mark.parametrize("pair", [("INC-1", None), (ONE, PARENT)])
    def test_so_is_what_is_no_record(self, pair):
        record, under = pair

        with pytest.raises(TypeError, match="must be a Record"):
            gather_family(record, under=under, get={}.get, children_of=list)

    @tried(60)
    @given(
        st.lists(st.tuples(*[st.integers(0, 6)] * 2), max_size=10),
        st.tuples(*[st.integers(0, 6)] * 2),
        st.integers(1, 4),
    )
    def test_with_it_a_record_is_adopted_as_with_all_there_are(self, pairs, last, levels):
        policies = IncidentPolicies(family_levels=levels)
        kept = Kept(*(incident(f"INC-{number}") for number in range(7)))

        def came(one, other, family):
            child, parent = (kept.records[IncidentId(f"INC-{n}")] for n in (one, other))
            try:
                return adopt(child, parent, family=family, policies=policies, **BY_LI)
            except HandoffError as refusal:
                return refusal.reasons

        for one, other in pairs:
            after = came(one, other, kept.records.values())
            if not isinstance(after, tuple):
                kept.records[after.id] = after

        gathered = kept.family(last[0], under=last[1])
        assert came(*last, gathered) == came(*last, kept.records.values())

    def test_from_a_store(self):
        store = MemoryStore()
        with store.unit() as unit:
            unit.incidents.add(ONE)
            unit.incidents.add(child(CHILD))
            unit.incidents.add(THREE)
            unit.commit()

        with store.unit() as unit:
            one, two, three = (unit.incidents.get(id) for id in ids(1, 2, 3))

            def gathered(record, **options):
                return gather_family(
                    record,
                    **options,
                    get=unit.incidents.get,
                    children_of=lambda ids: (
                        unit.incidents.find(IncidentQuery(linked_to=ids), limit=1000).items
                    ),
                )

            with pytest.raises(HandoffError) as caught:
                adopt(one, three, family=gathered(one, under=three), **BY_LI)
            family = gathered(one, under=three)
            done = merge(one, three, children=family.children_of(one.id), family=family, **BY_LI)

        assert rules_of(caught) == ["few_levels"]
        assert [one.parent for one in done.children] == [OTHER]
        assert done.children[0].id == two.id


class TestAdopt:
    def test_the_child_names_its_parent(self):
        after = adopt(TWO, ONE, family=[], note="Same outage.", **BY_LI)

        assert after.parent == PARENT
        assert after.journal[-1].action == "join"
        assert after.journal[-1].note == "Same outage."

    def test_a_problem_has_children_too(self):
        after = adopt(problem("PRB-2"), problem(), family=[], **BY_LI)

        assert after.parent == PROBLEM

    def test_one_level_is_the_default(self):
        with pytest.raises(HandoffError) as above:
            adopt(THREE, child(CHILD), family=[ONE], **BY_LI)
        with pytest.raises(HandoffError) as below:
            adopt(ONE, THREE, family=[child(CHILD)], **BY_LI)

        assert rules_of(above) == rules_of(below) == ["few_levels"]
        assert "2 levels below its head, and 1 at most" in str(above.value)

    def test_more_levels_take_another_policy(self):
        after = adopt(THREE, child(CHILD), family=[ONE], policies=DEEP, **BY_LI)

        assert after.parent == CHILD

    def test_all_levels_are_counted(self):
        five = IncidentPolicies(family_levels=5)
        over, under = row(3, 2, 1), row(6, 5, 4)
        below, above = incident("INC-4"), over[0]

        known = [*over, *under, ONE]

        assert adopt(below, above, family=known, policies=five, **BY_LI).parent == OTHER
        with pytest.raises(HandoffError, match="6 levels"):
            adopt(below, above, family=[*known, *row(7, 6)], policies=five, **BY_LI)

    @pytest.mark.parametrize(
        ("known", "missing"), [([], "INC-2 stands above INC-3"), (row(2, 1), "INC-1 stands above")]
    )
    def test_what_is_missing_above_is_missed(self, known, missing):
        with pytest.raises(HandoffError, match=f"{missing}.* not handed in: add it") as caught:
            adopt(FOUR, *row(3, 2), family=known, policies=DEEP, **BY_LI)

        assert rules_of(caught) == ["whole_family"]

    def test_too_many_levels_are_too_many_whatever_is_missing(self):
        with pytest.raises(HandoffError) as caught:
            adopt(FOUR, *row(3, 2), family=[], **BY_LI)

        assert rules_of(caught) == ["few_levels"]

    def test_a_cycle_is_refused(self):
        with pytest.raises(HandoffError) as caught:
            adopt(ONE, child(CHILD), family=[ONE], policies=DEEP, **BY_LI)

        assert rules_of(caught) == ["no_cycle"]
        assert caught.value.subject == "incident INC-1"
        assert caught.value.tried == "become a child of incident INC-2"

    def test_a_cycle_through_others_is_refused(self):
        family = row(4, 3, 2, 1)

        with pytest.raises(HandoffError, match="INC-4 stands below it: that would be a cycle"):
            adopt(ONE, family[0], family=family, policies=DEEP, **BY_LI)

    def test_a_cycle_that_is_stored_already_is_told(self):
        family = row(3, 2, 3)

        with pytest.raises(HandoffError, match="above INC-3, links lead round: INC-2 -> INC-3"):
            adopt(ONE, family[0], family=family, policies=DEEP, **BY_LI)

    def test_a_cycle_elsewhere_is_not_its_concern(self):
        assert adopt(ONE, TWO, family=row(3, 4, 3), **BY_LI).parent == CHILD

    def test_nobody_is_a_parent_of_itself(self):
        with pytest.raises(HandoffError) as caught:
            adopt(ONE, ONE, family=[], **BY_LI)

        assert rules_of(caught) == ["two_records"]

    @pytest.mark.parametrize(
        "parent",
        [closed(ONE, 2), ONE.cancel(WITHDRAWN, by=LI, at=minute(2))],
        ids=["closed", "cancelled"],
    )
    def test_what_is_over_adopts_nobody_and_is_not_adopted(self, parent):
        with pytest.raises(HandoffError, match=f"incident INC-1 is {parent.state}: ") as caught:
            adopt(TWO, parent, family=[], **BY_LI)
        with pytest.raises(HandoffError, match=f"incident INC-1 is {parent.state}: ") as other:
            adopt(parent, TWO, family=[], **BY_LI)

        assert rules_of(caught) == rules_of(other) == ["not_over"]

    @pytest.mark.parametrize(
        ("over", "instead"),
        [
            (closed(ONE, 2), "is closed: 'reopen' it first, or 'relate' the two"),
            (ONE.cancel(WITHDRAWN, by=LI, at=minute(2)), "is cancelled: 'relate' the two"),
        ],
        ids=["closed", "cancelled"],
    )
    def test_it_is_said_what_is_possible_instead(self, over, instead):
        with pytest.raises(HandoffError, match=instead):
            adopt(TWO, over, family=[], **BY_LI)

        assert relate(TWO, over, **BY_LI).links == (Link(LinkKind.RELATED, PARENT),)

    def test_a_closed_problem_is_analyzed_anew_instead(self):
        with pytest.raises(HandoffError, match="is closed: 'reanalyze' it first, or"):
            adopt(problem_in("closed"), problem("PRB-2"), family=[], by=LI, at=LATE)

    def test_a_resolved_parent_still_may(self):
        assert adopt(TWO, resolved(ONE, 2), family=[], **BY_LI).parent == PARENT

    def test_a_family_is_of_one_kind(self):
        with pytest.raises(HandoffError) as caught:
            adopt(ONE, problem(), family=[], **BY_LI)

        assert rules_of(caught) == ["of_one_kind"]

    def test_every_reason_is_told(self):
        head = closed(ONE, 2)

        with pytest.raises(HandoffError) as caught:
            adopt(head, head, family=[], **BY_LI)

        assert rules_of(caught) == ["two_records", "not_over"]

    @pytest.mark.parametrize(
        ("record", "rule", "text"),
        [
            (child(CHILD), "there_is_one_parent", "INC-1"),
            (resolved(TWO, 2), "transition", "reopen, close"),
        ],
    )
    def test_what_the_child_itself_refuses_is_a_reason(self, record, rule, text):
        with pytest.raises(HandoffError, match=text) as caught:
            adopt(record, THREE, family=[], **BY_LI)

        assert rules_of(caught) == [rule]
        assert (caught.value.subject, caught.value.tried) == (
            "incident INC-2",
            "become a child of incident INC-3",
        )
        assert isinstance(caught.value.__cause__, RefusedError)

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ({"child": "INC-2"}, "child must be a Handled"),
            ({"parent": PARENT}, "parent must be a Handled"),
            ({"family": None}, "family must be several"),
            ({"family": [PARENT]}, "each of family must be a Record"),
            ({"policies": "deep"}, "policies must be an IncidentPolicies"),
        ],
    )
    def test_bad_arguments_are_refused(self, given, message):
        usual = {"child": TWO, "parent": ONE, "family": [], **BY_LI}

        with pytest.raises(TypeError, match=message):
            adopt(**{**usual, **given})

    @tried(60)
    @given(st.lists(st.tuples(*[st.integers(0, 5)] * 2), max_size=12))
    def test_whatever_is_tried_no_cycle_comes_of_it(self, pairs):
        family = [incident(f"INC-{number}") for number in range(6)]
        for one, other in pairs:
            try:
                family[one] = adopt(
                    family[one], family[other], family=family, policies=DEEP, **BY_LI
                )
            except HandoffError:
                continue

        assert Family(family).defects == ()


class TestMarkDuplicate:
    def test_it_is_cancelled_and_names_the_original(self):
        after = mark_duplicate(TWO, ONE, note="Same caller.", **BY_LI)

        assert after.original == PARENT
        assert after.cancellation_reason is CancellationReason.DUPLICATE
        assert after.journal[-1].note == "Same caller."

    def test_a_problem_is_one_in_the_words_of_its_room(self):
        after = mark_duplicate(problem("PRB-2"), problem(), **BY_LI)

        assert after.original == PROBLEM
        assert after.resolution_code is ProblemResolutionCode.DUPLICATE

    def test_a_known_error_is_retired(self):
        after = mark_duplicate(KE_2, KE_1, note="The same lock.", **BY_LI)

        assert (after.state.name, after.original) == ("retired", KE_1.id)
        assert after.retirement_reason is RetirementReason.DUPLICATE
        assert after.journal[-1].note == "The same lock."

    def test_two_known_errors_do_not_duplicate_each_other(self):
        second = mark_duplicate(KE_2, KE_1, **BY_LI)

        with pytest.raises(HandoffError, match="duplicates it: that would be a cycle") as caught:
            mark_duplicate(KE_1, second, **BY_LI)

        assert rules_of(caught) == ["no_cycle"]

    def test_nor_do_three(self):
        second = mark_duplicate(KE_2, KE_1, **BY_LI)
        third = known_error_in("published", id=KnownErrorId("KE-3"))

        with pytest.raises(HandoffError, match="KE-2 is a duplicate itself: name KE-1"):
            mark_duplicate(third, second, **BY_LI)

    def test_a_known_error_is_no_duplicate_of_itself_nor_of_a_problem(self):
        with pytest.raises(HandoffError, match="same record"):
            mark_duplicate(KE_1, KE_1, **BY_LI)
        with pytest.raises(HandoffError, match="of another kind"):
            mark_duplicate(KE_1, problem(), **BY_LI)

    def test_a_closed_original_may_be_repeated(self):
        assert mark_duplicate(TWO, closed(ONE, 2), **BY_LI).original == PARENT

    def test_a_duplicate_names_the_original_instead(self):
        second = mark_duplicate(TWO, ONE, **BY_LI)

        with pytest.raises(HandoffError, match="INC-2 is a duplicate itself: name INC-1") as caught:
            mark_duplicate(THREE, second, **BY_LI)

        assert rules_of(caught) == ["no_duplicate"]

    def test_the_end_of_the_row_is_named(self):
        family = row(3, 2, 1, kind=DUPLICATE_OF)

        with pytest.raises(HandoffError, match="name INC-1"):
            mark_duplicate(FOUR, family[0], family=family, **BY_LI)

    def test_a_cycle_is_refused(self):
        family = row(3, 2, 1, kind=DUPLICATE_OF)

        with pytest.raises(HandoffError, match="duplicates it: that would be a cycle") as caught:
            mark_duplicate(ONE, family[0], family=family, **BY_LI)

        assert rules_of(caught) == ["no_cycle"]

    @pytest.mark.parametrize(
        ("original", "rule"), [(TWO, "two_records"), (problem(), "of_one_kind")]
    )
    def test_it_is_another_record_of_its_kind(self, original, rule):
        with pytest.raises(HandoffError) as caught:
            mark_duplicate(TWO, original, **BY_LI)

        assert rules_of(caught) == [rule]

    def test_what_is_over_refuses_itself(self):
        with pytest.raises(HandoffError, match="'mark as a duplicate of incident INC-1'") as caught:
            mark_duplicate(closed(TWO, 2), ONE, **BY_LI)

        assert rules_of(caught) == ["transition"]

    def test_a_room_that_knows_no_duplicates_says_so(self):
        class Foreign(Handled):
            __slots__ = ()

        told = {"id": IncidentId("INC-7"), "title": "What is it", "state": ONE.state}
        strange = Foreign(**told, journal=ONE.journal)
        Foreign.lifecycle = ONE.lifecycle

        with pytest.raises(TypeError, match="Foreign knows no duplicates"):
            mark_duplicate(strange, ONE, **BY_LI)


class TestRelate:
    def test_it_is_said_at_the_first(self):
        after = relate(ONE, TWO, note="Same floor.", **BY_LI)

        assert after.links == (Link(LinkKind.RELATED, CHILD),)
        assert after.journal[-1].note == "Same floor."

    def test_it_is_said_once(self):
        said = relate(ONE, TWO, **BY_LI)

        with pytest.raises(HandoffError, match="incident INC-1 says so already") as caught:
            relate(TWO, said, **BY_LI)
        with pytest.raises(HandoffError) as again:
            relate(said, TWO, **BY_LI)

        assert rules_of(caught) == ["said_once"]
        assert rules_of(again) == ["the_link_is_new"]

    @pytest.mark.parametrize(("other", "rule"), [(ONE, "two_records"), (problem(), "of_one_kind")])
    def test_it_is_another_record_of_its_kind(self, other, rule):
        with pytest.raises(HandoffError) as caught:
            relate(ONE, other, **BY_LI)

        assert rules_of(caught) == [rule]


class TestCausedByChange:
    @pytest.mark.parametrize("record", [ONE, problem()], ids=["incident", "problem"])
    def test_the_change_is_named(self, record):
        after = caused_by_change(record, CHANGE, note="It began with it.", **BY_LI)

        assert after.links[-1] == Link(LinkKind.CAUSED_BY_CHANGE, CHANGE)

    def test_twice_is_refused_by_the_record(self):
        with pytest.raises(HandoffError, match="is said already"):
            caused_by_change(caused_by_change(ONE, CHANGE, **BY_LI), CHANGE, **BY_LI)

    @pytest.mark.parametrize("change", [None, "CHG-1", ProblemId("CHG-1")])
    def test_a_change_has_its_own_ids(self, change):
        with pytest.raises(TypeError, match="change must be a ChangeId"):
            caused_by_change(ONE, change, **BY_LI)


@pytest.mark.parametrize("handoff", [functools.partial(adopt, family=[]), mark_duplicate, relate])
def test_nothing_is_recorded_before_what_it_is_read_from(handoff):
    late = ONE.comment("Later.", by=LI, at=minute(6))

    with pytest.raises(OutOfOrderError, match=r"incident INC-1: at .* lies before"):
        handoff(TWO, late, **BY_LI)


@pytest.mark.parametrize("handoff", [functools.partial(adopt, family=[]), mark_duplicate, relate])
def test_who_may_not_is_told_so(handoff):
    with pytest.raises(NotPermittedError):
        handoff(TWO, ONE, policies=NOBODY, **BY_LI)


def test_a_child_can_be_let_go_and_adopted_anew():
    left = child(CHILD).unlink(PARENT, kind=LinkKind.CHILD_OF, by=DESK, at=minute(3))

    assert joined(left, OTHER, at=4).parent == OTHER
    assert adopt(left, THREE, family=[ONE], **BY_LI).parent == OTHER
