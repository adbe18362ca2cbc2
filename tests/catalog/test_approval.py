"""
Rules of approval: what each of them comes to, who is asked, and what can never be approved.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import count

import attrs
import pytest

from itil_ops.catalog import (
    AllOf,
    AnyOf,
    ApprovalKind,
    ApprovalVerdict,
    Approver,
    ApproverRole,
    AtLeast,
    InOrder,
    Money,
    Percentage,
    Say,
    Seat,
    VacantSeat,
    Vetoed,
    Vote,
)
from itil_ops.sla import BusinessDays


A, R, L = Say.APPROVED, Say.REJECTED, Say.LAPSED
OPEN, APPROVED, REJECTED = ApprovalVerdict.OPEN, ApprovalVerdict.APPROVED, ApprovalVerdict.REJECTED
LINE_MANAGER, OWNER = ApproverRole.LINE_MANAGER, ApproverRole.SERVICE_OWNER
FINANCIAL = ApprovalKind.FINANCIAL


def eur(amount):
    return Money(Decimal(amount), "EUR")


def seat(number, person=None, **options):
    return Seat(number, person or f"p{number}", Approver(person or f"p{number}", **options))


def seats(number):
    return tuple(map(seat, range(1, number + 1)))


VACANT = VacantSeat(Approver("ill"), why="ill is ill", person="ill")


def said(letters):
    """
    Return what was said, seat by seat; a dot for who has not spoken.
    """
    says = {"a": A, "r": R, "l": L}
    return {number: says[one] for number, one in enumerate(letters, 1) if one != "."}


def numbers(rule, letters):
    return tuple(one.number for one in rule.wanted(said(letters)))


class Sitting:
    """
    A seating for a cost, where roles come to *people*; who is ill cannot be asked.
    """

    def __init__(self, cost, people):
        self.cost, self.people, self.following = cost, people, count(1)

    def alone(self, approver):
        if approver.above is not None and self.cost is not None and self.cost <= approver.above:
            return ()
        role = isinstance(approver.who, ApproverRole)
        who = self.people[str(approver.who)] if role else (approver.who,)
        return tuple(self.place(person, approver) for person in who)

    def together(self, approvers):
        return map(self.alone, approvers)

    def place(self, person, approver):
        if person.startswith("ill"):
            return VacantSeat(approver, why=f"{person} is ill", person=person)
        return Seat(next(self.following), person, approver)


def seating(cost=None, **people):
    return Sitting(cost, people)


def persons(rule):
    return None if rule is None else tuple(one.person for one in rule.seats)


# ---- What rules come to -----------------------------------------------------------------------

TABLE = [
    (seat(1), {".": OPEN, "a": APPROVED, "r": REJECTED, "l": REJECTED}),
    (AllOf(seats(2)), {"..": OPEN, "a.": OPEN, "aa": APPROVED, "r.": REJECTED, ".l": REJECTED}),
    (
        AnyOf(seats(2)),
        {"..": OPEN, "a.": APPROVED, ".a": APPROVED, "r.": OPEN, "l.": OPEN, "rl": REJECTED},
    ),
    (
        AtLeast(seats(3), count=2),
        {"...": OPEN, "a..": OPEN, "a.a": APPROVED, "ar.": OPEN, "r.l": REJECTED, "arr": REJECTED},
    ),
    (AtLeast(seats(1), count=2), {".": REJECTED}),
    # Half of three is one and a half: two.
    (Percentage(seats(3), percent=50), {"a..": OPEN, "aa.": APPROVED, "rr.": REJECTED}),
    (Percentage(seats(3), percent=33), {"a..": APPROVED, "rr.": OPEN, "rrr": REJECTED}),
    (Percentage(seats(3), percent=34), {"a..": OPEN, "aa.": APPROVED}),
    (Percentage(seats(3), percent=1), {"...": OPEN, "..a": APPROVED}),
    (Percentage(seats(3), percent=100), {"aa.": OPEN, "aaa": APPROVED, "..r": REJECTED}),
    (
        InOrder(seats(3)),
        {"...": OPEN, "aa.": OPEN, "aaa": APPROVED, "r..": REJECTED, "al.": REJECTED},
    ),
    # More than half of those who vote, and one vote is enough.
    (
        Vote(seats(3)),
        {
            "...": OPEN,
            "aa.": APPROVED,
            "al.": OPEN,
            "all": APPROVED,
            "arl": REJECTED,
            "rr.": REJECTED,
            "lll": REJECTED,
        },
    ),
    (
        Vote(seats(4), quorum=3),
        {"aa..": OPEN, "aa.l": OPEN, "aaa.": APPROVED, "aall": REJECTED, "aarl": APPROVED},
    ),
    (
        Vote(seats(4), percent=50),
        {"aa..": APPROVED, "arll": APPROVED, "rrr.": REJECTED, "llll": REJECTED, "a...": OPEN},
    ),
    (Vote(seats(3), percent=100), {"aa.": OPEN, "aal": APPROVED, "r..": REJECTED}),
    (
        Vetoed(seat(1), by=[seat(2)]),
        {"..": OPEN, "a.": OPEN, "aa": APPROVED, "al": APPROVED, ".r": REJECTED, "r.": REJECTED},
    ),
    # Where a seat is vacant, nobody approves: no rule asks for less.
    (VACANT, {"": REJECTED}),
    (AllOf([seat(1), VACANT]), {".": REJECTED, "a": REJECTED}),
    (AnyOf([seat(1), VACANT]), {".": OPEN, "a": APPROVED, "r": REJECTED}),
    (AtLeast([*seats(2), VACANT], count=2), {"..": OPEN, "aa": APPROVED, "r.": REJECTED}),
    # Half of three is one and a half, whoever of them can be asked.
    (Percentage([*seats(2), VACANT], percent=50), {"a.": OPEN, "aa": APPROVED, ".l": REJECTED}),
    (InOrder([seat(1), VACANT]), {".": REJECTED}),
    (Vote([*seats(2), VACANT], quorum=2), {"..": OPEN, "aa": APPROVED, "l.": REJECTED}),
    (Vote([*seats(2), VACANT], quorum=3), {"..": REJECTED}),
    (Vote([*seats(2), VACANT]), {"al": APPROVED, "ar": REJECTED}),
    (Vetoed(seat(1), by=[seat(2), VACANT]), {"..": REJECTED, "aa": REJECTED}),
    (AnyOf([Vetoed(seat(1), by=[VACANT]), seat(2)]), {"..": OPEN, ".a": APPROVED, "ar": REJECTED}),
    (
        AllOf([AnyOf([seat(1), seat(2)]), InOrder([seat(3), seat(4)])]),
        {"a...": OPEN, "a.aa": APPROVED, "rr..": REJECTED, ".a.r": REJECTED, "..aa": OPEN},
    ),
    (
        AtLeast([InOrder([seat(1), seat(2)]), AllOf([seat(3), seat(4)]), seat(5)], count=2),
        {"aa..a": APPROVED, "r...r": REJECTED, "r.aa.": OPEN, "r.aaa": APPROVED, "r.r..": REJECTED},
    ),
]
CASES = [(rule, letters, verdict) for rule, table in TABLE for letters, verdict in table.items()]


class TestVerdicts:
    @pytest.mark.parametrize(
        ("rule", "letters", "verdict"),
        CASES,
        ids=[f"{type(rule).__name__}-{letters}" for rule, letters, _ in CASES],
    )
    def test_a_rule_comes_to_what_was_said(self, rule, letters, verdict):
        assert rule.verdict(said(letters)) is verdict

    @pytest.mark.parametrize(
        ("length", "percent", "needed"),
        [(1, 1, 1), (1, 100, 1), (2, 50, 1), (2, 51, 2), (3, 66, 2), (3, 67, 3), (200, 1, 2)],
    )
    def test_a_share_is_rounded_up(self, length, percent, needed):
        assert Percentage(seats(length), percent=percent).needed == needed

    @pytest.mark.parametrize(
        "rule",
        [
            Approver("ana"),
            AllOf([Approver("ana")]),
            Vote([Approver("ana")]),
            InOrder([Approver(OWNER)]),
        ],
        ids=repr,
    )
    def test_a_rule_is_open_and_asks_nobody_before_it_is_seated(self, rule):
        assert (rule.verdict({}), rule.wanted({}), rule.seats) == (OPEN, (), ())

    def test_who_may_veto_and_has_no_seat_has_not_spoken(self):
        assert Vetoed(seat(1), by=[Approver("ana")]).verdict({1: A}) is OPEN


class TestWanted:
    @pytest.mark.parametrize(
        ("rule", "letters", "wanted"),
        [
            (AllOf(seats(3)), ".a.", (1, 3)),
            (AllOf(seats(3)), ".r.", ()),
            (AnyOf(seats(3)), "r..", (2, 3)),
            (AnyOf(seats(3)), "a..", ()),
            (AtLeast(seats(3), count=2), "ar.", (3,)),
            (InOrder(seats(3)), "...", (1,)),
            (InOrder(seats(3)), "a..", (2,)),
            (InOrder(seats(3)), "ar.", ()),
            (Vote(seats(3)), "a..", (2, 3)),
            (Vote(seats(3)), "aa.", ()),
            (Vetoed(seat(1), by=[seat(2), seat(3)]), "..l", (1, 2)),
            (Vetoed(seat(1), by=[seat(2)]), "a.", (2,)),
            (Vetoed(seat(1), by=[seat(2)]), ".r", ()),
            (Vetoed(InOrder([seat(1), seat(2)]), by=[seat(3)]), "...", (1, 3)),
            (InOrder([AnyOf([seat(1), seat(2)]), AllOf([seat(3), seat(4)])]), "r...", (2,)),
            (InOrder([AnyOf([seat(1), seat(2)]), AllOf([seat(3), seat(4)])]), ".a..", (3, 4)),
            (AnyOf([InOrder([seat(1), seat(2)]), InOrder([seat(3), seat(4)])]), "a...", (2, 3)),
            (AnyOf([InOrder([seat(1), seat(2)]), InOrder([seat(3), seat(4)])]), "r...", (3,)),
            (VACANT, "", ()),
            (AnyOf([AllOf([seat(1), VACANT]), seat(2), VACANT]), "..", (2,)),
            (AnyOf([Vetoed(seat(1), by=[seat(2), VACANT]), seat(3)]), "...", (3,)),
            (Vote([seat(1), VACANT, seat(2)]), "..", (1, 2)),
        ],
        ids=lambda value: value if isinstance(value, str) else None,
    )
    def test_asked_is_who_can_change_something_and_whose_turn_it_is(self, rule, letters, wanted):
        assert numbers(rule, letters) == wanted


# ---- Seats ------------------------------------------------------------------------------------


class TestSeating:
    @pytest.mark.parametrize("kind", [AllOf, AnyOf, Vote])
    def test_a_role_gives_each_of_its_persons_a_seat_in_the_rule(self, kind):
        rule = kind([Approver("ana"), Approver(OWNER)])

        assert persons(rule.seated(seating(service_owner=["bo", "cy"]))) == ("ana", "bo", "cy")
        assert type(rule.seated(seating(service_owner=["bo", "cy"]))) is kind

    def test_a_share_is_one_of_the_persons_and_not_of_the_roles(self):
        rule = Percentage([Approver(OWNER)], percent=50).seated(seating(service_owner="abcd"))

        assert rule.needed == 2

    def test_on_its_own_any_person_of_a_role_will_do(self):
        sit = seating(service_owner=["bo", "cy"], line_manager=["di"])

        assert Approver(OWNER).seated(sit).verdict({2: A}) is APPROVED
        assert isinstance(Approver(LINE_MANAGER).seated(sit), Seat)

    def test_as_a_step_of_an_order_any_person_of_a_role_will_do(self):
        rule = InOrder([Approver(OWNER), Approver("ana")]).seated(seating(service_owner=["b", "c"]))

        assert numbers(rule, "...") == (1, 2)
        assert numbers(rule, ".a.") == (3,)

    def test_who_need_not_be_asked_for_so_little_is_left_out(self):
        rule = AllOf([Approver("ana"), Approver("bo", above=eur(100))])

        assert persons(rule.seated(seating(eur(100)))) == ("ana",)
        assert persons(rule.seated(seating(eur("100.01")))) == ("ana", "bo")

    @pytest.mark.parametrize(
        "rule",
        [
            Approver("ana", above=eur(100)),
            AllOf([Approver("ana", above=eur(100)), Approver("bo", above=eur(200))]),
            InOrder([Approver("ana", above=eur(100)), AnyOf([Approver("bo", above=eur(200))])]),
            Vetoed(Approver("ana", above=eur(100)), by=[Approver("bo")]),
        ],
        ids=lambda rule: type(rule).__name__,
    )
    def test_where_nobody_has_to_be_asked_there_is_no_rule(self, rule):
        assert rule.seated(seating(eur(5))) is None

    def test_a_stage_in_which_nobody_is_asked_is_passed_over(self):
        rule = InOrder([AllOf([Approver("ana", above=eur(100))]), Approver("bo")])

        assert numbers(rule.seated(seating(eur(5))), ".") == (1,)

    @pytest.mark.parametrize("kind", [AllOf, AnyOf, Vote])
    def test_one_person_has_one_seat_in_a_rule(self, kind):
        rule = kind([Approver("bo"), Approver(OWNER), Approver("bo", kind=ApprovalKind.TECHNICAL)])

        assert persons(rule.seated(seating(service_owner=["ana", "bo"]))) == ("bo", "ana")

    def test_several_votes_are_not_cast_by_one_person(self):
        rule = AtLeast([Approver(LINE_MANAGER), Approver(OWNER)], count=2)
        alone = rule.seated(seating(line_manager=["bo"], service_owner=["bo"]))

        assert alone.verdict({}) is REJECTED
        assert [one.rule for one in alone.defects()] == ["unreachable_approval"]

    def test_of_several_seats_of_a_person_the_financial_one_is_kept(self):
        budget = Approver(ApproverRole.BUDGET_CENTER)
        rule = AllOf([Approver(LINE_MANAGER), Approver("ana"), budget, budget])
        seated = rule.seated(seating(line_manager=["bo"], budget_center=["bo"]))

        assert [(one.person, one.approver.kind) for one in seated.seats] == [
            ("bo", FINANCIAL),
            ("ana", ApprovalKind.LINE_MANAGER),
        ]

    def test_rules_inside_of_a_rule_have_seats_of_their_own(self):
        rule = AllOf([Approver("bo"), AnyOf([Approver("bo"), Approver("ana")])]).seated(seating())

        assert persons(rule) == ("bo", "bo", "ana")

    def test_who_votes_and_may_veto_is_asked_for_both(self):
        rule = Vetoed(Approver("bo"), by=[Approver("bo"), Approver(OWNER)])

        assert persons(rule.seated(seating(service_owner=["bo"]))) == ("bo", "bo")

    def test_a_rule_that_nobody_may_veto_for_so_little_is_left_alone(self):
        rule = Vetoed(AnyOf([Approver("ana")]), by=[Approver("bo", above=eur(100))])

        assert type(rule.seated(seating(eur(5)))) is AnyOf
        assert type(rule.seated(seating(eur(500)))) is Vetoed

    def test_and_stays_a_rule_with_seats_of_its_own(self):
        rule = AllOf([Approver("ana"), Vetoed(Approver("ana"), by=[Approver("bo", above=eur(9))])])

        assert persons(rule.seated(seating(eur(5)))) == ("ana", "ana")
        assert persons(rule.seated(seating(eur(50)))) == ("ana", "ana", "bo")

    def test_seats_stay_as_they_are(self):
        rule = InOrder([seat(1), VACANT, Vetoed(AllOf([seat(2), seat(3)]), by=[seat(4)])])

        assert rule.seated(seating()) == rule

    def test_leaves_are_told_in_order(self):
        rule = InOrder([Approver("a"), Vetoed(AllOf(map(Approver, "bc")), by=[Approver("d")])])

        assert [one.who for one in rule.leaves] == ["a", "b", "c", "d"]

    def test_a_seat_stays_vacant_where_somebody_cannot_be_asked(self):
        rule = AtLeast([Approver(OWNER), Approver("bo")], count=2)
        seated = rule.seated(seating(service_owner=["ana", "ill1", "ill2"]))

        assert persons(seated) == ("ana", "bo")
        assert [one.person for one in seated.vacancies] == ["ill1", "ill2"]
        assert [*seated.defects()] == []

    def test_of_a_person_who_cannot_be_asked_one_seat_stays_vacant(self):
        rule = Percentage([Approver("ill"), Approver("bo"), Approver(OWNER)], percent=50)
        seated = rule.seated(seating(service_owner=["ill"]))

        assert (len(seated.vacancies), seated.needed) == (1, 1)

    def test_where_nobody_is_known_a_seat_stays_vacant_for_each_role(self):
        unknown = VacantSeat(Approver(OWNER, item="bag"), why="nobody knows")
        others = [attrs.evolve(unknown, approver=Approver(*who)) for who in [(OWNER,), ("cfo",)]]
        again = attrs.evolve(unknown, why="nobody knows it either")
        rule = AllOf([unknown, *others, again]).seated(seating())

        assert rule.vacancies == (unknown, *others)

    def test_who_sits_in_one_matter_is_missing_in_the_other_all_the_same(self):
        rule = AllOf([seat(1, "bo"), VacantSeat(Approver("bo"), why="beyond", person="bo")])

        assert rule.seated(seating()).verdict({1: A}) is REJECTED


class TestApprovers:
    @pytest.mark.parametrize(
        ("who", "kind"),
        [
            ("ana", ApprovalKind.LINE_MANAGER),
            (LINE_MANAGER, ApprovalKind.LINE_MANAGER),
            (ApproverRole.BUDGET_CENTER, FINANCIAL),
            (OWNER, ApprovalKind.SERVICE_OWNER),
            (ApproverRole("ombudsman"), ApprovalKind.LINE_MANAGER),
        ],
        ids=str,
    )
    def test_the_matter_is_that_of_the_role_unless_given(self, who, kind):
        assert Approver(who).kind is kind
        assert Approver(who, kind=ApprovalKind.COMPLIANCE).kind is ApprovalKind.COMPLIANCE

    def test_one_may_be_asked_for_an_item_of_the_request(self):
        assert Approver("ana").item is None
        assert Approver(OWNER, item="laptop") != Approver(OWNER, item="bag")

    @pytest.mark.parametrize("over", [AllOf, AnyOf, InOrder, Vote])
    def test_a_rule_may_be_said_anew_over_other_approvers(self, over):
        rule = over([Approver("a"), Approver("b", above=eur(5))])
        bound = rule.with_approvers(lambda one: attrs.evolve(one, item="bag"))

        assert bound == over([Approver("a", item="bag"), Approver("b", above=eur(5), item="bag")])

    def test_so_may_a_veto_and_whoever_is_named_twice_stays_so(self):
        twice = [Approver("b"), Approver("b", kind=FINANCIAL, above=eur(5)), seat(1), VACANT]
        rule = Vetoed(AllOf(twice), by=twice)

        assert rule.with_approvers(lambda one: one) == rule
        assert [
            one.item
            for one in rule.with_approvers(lambda one: attrs.evolve(one, item="bag")).leaves
            if isinstance(one, Approver)
        ] == ["bag"] * 4


# ---- Defects ----------------------------------------------------------------------------------


def told(rule):
    return [one.text for one in rule.defects()]


FIVE_OF_TWO = AtLeast([Approver("a"), Approver("b")], count=5)


class TestDefects:
    @pytest.mark.parametrize(
        "rule",
        [
            Approver("a"),
            AllOf([Approver("a"), Approver("a")]),
            AnyOf([Approver("a"), Approver("b", above=eur(5))]),
            AtLeast([Approver("a"), Approver(OWNER)], count=5),
            AtLeast([AllOf([Approver("a")]), AllOf([Approver("a")])], count=2),
            AtLeast([Approver("a", above=eur(5)), Approver("b", above=eur(5))], count=2),
            Percentage([Approver("a"), Approver("a"), Approver("b")], percent=100),
            Vote([Approver(OWNER)], quorum=9),
            Vetoed(AllOf([Approver("a")]), by=[Approver("a")]),
            InOrder([Approver("a"), AtLeast(seats(2), count=2)]),
            AllOf([Approver("a"), Approver("a", kind=FINANCIAL, above=eur(5))]),
            AtLeast([Approver("a", above=eur(5)), Approver("a", above=eur(9))], count=1),
            Approver("a", expires_after=timedelta(1), fallback="b"),
            AtLeast([VACANT, VACANT], count=2),
        ],
        ids=lambda rule: type(rule).__name__,
    )
    def test_what_can_be_approved_has_none(self, rule):
        assert told(rule) == []

    @pytest.mark.parametrize(
        ("rule", "expected"),
        [
            (FIVE_OF_TWO, ["5 have to approve, 2 can"]),
            (AtLeast([Approver("a"), Approver("a")], count=2), ["2 have to approve, 1 can"]),
            (
                AtLeast([InOrder([Approver("a"), Approver("b")])], count=2),
                ["2 have to approve, 1 can"],
            ),
            (AtLeast([Seat(1, "x", Approver(OWNER))], count=2), ["2 have to approve, 1 can"]),
            (Vote([Approver("a"), Approver("b")], quorum=3), ["3 have to vote, 2 can"]),
            (AllOf([FIVE_OF_TWO]), ["5 have to approve, 2 can"]),
            (InOrder([Approver("a"), AnyOf([FIVE_OF_TWO])]), ["5 have to approve, 2 can"]),
            (Vetoed(FIVE_OF_TWO, by=[Approver("c")]), ["5 have to approve, 2 can"]),
            (
                AtLeast([FIVE_OF_TWO, AtLeast([Approver("a")], count=3)], count=3),
                [
                    "5 have to approve, 2 can",
                    "3 have to approve, 1 can",
                    "3 have to approve, 2 can",
                ],
            ),
            (
                AtLeast(
                    [Approver("a"), Approver("b", above=eur(9)), Approver("c", above=eur(7))],
                    count=2,
                ),
                ["2 have to approve, 1 can for a cost of 7 EUR"],
            ),
            (
                AtLeast([Approver("a"), AllOf([Approver("b", above=eur(9))])], count=2),
                ["2 have to approve, 1 can for a cost of 9 EUR"],
            ),
            (
                Vote([Approver("a"), Approver(OWNER, above=eur(9))], quorum=2),
                ["2 have to vote, 1 can for a cost of 9 EUR"],
            ),
            (
                AtLeast(
                    [
                        Approver("a"),
                        Approver("b", above=eur(9)),
                        Approver("c", above=Money(Decimal(5), "USD")),
                    ],
                    count=3,
                ),
                ["3 have to approve, 2 can for a cost of 5 USD"],
            ),
            # One person has one say, in however many matters.
            (
                AtLeast(
                    [Approver("a"), Approver("a", kind=FINANCIAL, above=eur(5)), Approver("b")],
                    count=3,
                ),
                ["3 have to approve, 2 can"],
            ),
            (
                AtLeast(
                    [
                        Approver("a", kind=FINANCIAL, above=eur(9)),
                        Approver("a", above=eur(5)),
                        Approver("b"),
                    ],
                    count=2,
                ),
                ["2 have to approve, 1 can for a cost of 5 EUR"],
            ),
            (AtLeast([seat(1), VACANT], count=2), ["2 have to approve, 1 can"]),
            (Vote([seat(1), VACANT], quorum=2), ["2 have to vote, 1 can"]),
            (
                Approver("a", fallback="b"),
                [
                    (
                        "a has any time, so the fallback b is never asked: say how long by"
                        " `expires_after`"
                    )
                ],
            ),
            (
                Vetoed(
                    Vote([Approver("a", fallback="a")]),
                    by=[Approver(OWNER, expires_after=timedelta(1), fallback=OWNER)],
                ),
                [
                    "a is their own fallback: name somebody else",
                    "service_owner is their own fallback: name somebody else",
                ],
            ),
        ],
    )
    def test_what_can_never_be_approved_is_told(self, rule, expected):
        assert told(rule) == expected


# ---- Bad input --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: Approver(""), ValueError, "who must not be blank"),
        (lambda: Approver(7), TypeError, "who must be a str, not 7"),
        (lambda: Approver("a", kind="financial"), TypeError, "kind must be an ApprovalKind"),
        (lambda: Approver("a", above=Decimal(5)), TypeError, "above must be a Money or None"),
        (lambda: Approver("a", above=eur(-1)), ValueError, "above must not be negative: -1 EUR"),
        (lambda: Approver("a", expires_after=5), TypeError, "expires_after must be a timedelta"),
        (
            lambda: Approver("a", expires_after=-timedelta(1)),
            ValueError,
            "expires_after must not be negative",
        ),
        (lambda: Approver("a", fallback=" "), ValueError, "fallback must not be blank"),
        (lambda: Approver("a", item=" "), ValueError, "item must not be blank"),
        (lambda: Approver("a", item=7), TypeError, "item must be a str"),
        (lambda: Seat(0, "a", Approver("a")), ValueError, "number must be 1 or more, not 0"),
        (lambda: Seat(True, "a", Approver("a")), ValueError, "number must be 1 or more, not True"),
        (lambda: Seat("1", "a", Approver("a")), TypeError, "number must be an int"),
        (lambda: Seat(1, "", Approver("a")), ValueError, "person must not be blank"),
        (lambda: Seat(1, "a", "a"), TypeError, "approver must be an Approver"),
        (lambda: Seat(1, "a", Approver("a"), in_place_of=""), ValueError, "in_place_of must not"),
        (lambda: VacantSeat("a", why="b"), TypeError, "approver must be an Approver"),
        (lambda: VacantSeat(Approver("a"), why=""), ValueError, "why must not be blank"),
        (lambda: VacantSeat(Approver("a"), why="b", person=7), TypeError, "person must be a str"),
        (lambda: AllOf([]), ValueError, "a rule of approval is over one rule or more"),
        (lambda: AnyOf("ana"), TypeError, "of must be several"),
        (lambda: InOrder(["ana"]), TypeError, "made of approvers and rules, not of 'ana'"),
        (lambda: AtLeast(seats(2), count=0), ValueError, "count must be 1 or more"),
        (lambda: AtLeast(seats(2), count=1.5), TypeError, "count must be an int"),
        (lambda: Percentage(seats(2), percent=0), ValueError, "percent must be from 1 to 100"),
        (lambda: Percentage(seats(2), percent=101), ValueError, "percent must be from 1 to 100"),
        (lambda: Percentage(seats(2), percent=True), ValueError, "percent must be from 1 to 100"),
        (lambda: Percentage(seats(2), percent="5"), TypeError, "percent must be an int"),
        (lambda: Vote([AllOf(seats(2))]), TypeError, "who votes is an approver, not AllOf"),
        (lambda: Vote([]), ValueError, "a rule of approval is over one rule or more"),
        (lambda: Vote(seats(2), quorum=0), ValueError, "quorum must be 1 or more"),
        (lambda: Vote(seats(2), percent=0), ValueError, "percent must be from 1 to 100"),
        (lambda: Vetoed("ana", by=[seat(1)]), TypeError, "made of approvers and rules"),
        (lambda: Vetoed(seat(1), by=[]), ValueError, "a rule of approval is over one rule or more"),
        (lambda: Vetoed(seat(1), by=[AllOf(seats(1))]), TypeError, "who votes is an approver"),
    ],
)
def test_bad_rules_are_refused(make, error, words):
    with pytest.raises(error) as caught:
        make()

    assert words in str(caught.value)


def test_an_approval_expires_in_business_days():
    assert Approver("ana", expires_after=BusinessDays(2)).expires_after == BusinessDays(2)
