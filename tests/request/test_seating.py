"""
Who is asked: seats for the approvers of a rule, and who cannot be asked.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from itil_ops import Actor
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
    Vetoed,
    Vote,
)
from itil_ops.kernel.instant import utc
from itil_ops.request.directory import StaffDirectory
from itil_ops.request.policies import RequestPolicies
from itil_ops.request.seating import replacements, seated
from request.making import (
    BOARD,
    DESK,
    STAFF,
    after,
    asked,
    day,
    eur,
    model,
    submitted,
    waiting,
)


POLICIES = RequestPolicies(directory=STAFF)
NOW = utc(day(2))
BOSS, PAYER, OWNER = (
    ApproverRole.LINE_MANAGER,
    ApproverRole.BUDGET_CENTER,
    ApproverRole.SERVICE_OWNER,
)
NO_MANAGER = "no manager takes their place"
USD = Money(Decimal(1), "USD")
BO = Approver("bo")


def seats(rule, policies=POLICIES, **fields):
    """
    Return the seats of a rule in short, and what is missing.
    """
    found = seated(submitted(model(approval=rule), **fields), policies, NOW)
    people = () if found.rule is None else found.rule.seats
    return [f"{one.number} {one.person}" for one in people], list(found.missing)


class TestSeats:
    @pytest.mark.parametrize(
        ("rule", "expected"),
        [
            (Approver("mia"), ["1 mia"]),
            (Approver(BOARD), ["1 b1", "2 b2", "3 b3"]),
            (InOrder([Approver("mia"), Approver(BOARD)]), ["1 mia", "2 b1", "3 b2", "4 b3"]),
            (AllOf([Approver(BOSS), Approver("mia")]), ["1 mia"]),
            (InOrder([Approver(BOSS), Approver("mia")]), ["1 mia", "2 mia"]),
            (AnyOf([Approver("mia"), AllOf([Approver("bo")])]), ["1 mia", "2 bo"]),
        ],
    )
    def test_each_person_has_one_in_each_rule(self, rule, expected):
        assert seats(rule) == (expected, [])

    def test_nobody_is_asked_where_no_model_says_so(self):
        found = seated(submitted(), POLICIES, NOW)

        assert (found.rule, found.missing) == (None, ())

    def test_of_several_who_hold_a_role_those_without_an_interest_are_asked(self):
        assert seats(Approver(BOARD), requested_for="b2") == (["1 b1", "2 b3"], [])

    def test_those_within_their_limit_go_before_managers_of_others(self):
        staff = StaffDirectory(
            managers={"b1": "mia"}, limits={"b1": eur(1)}, members={"board": ["b1", "b2"]}
        )
        rule = Approver(BOARD, kind=ApprovalKind.FINANCIAL)

        assert seats(rule, RequestPolicies(directory=staff), estimate=eur(5)) == (["1 b2"], [])

    def test_where_no_manager_will_do_all_who_were_thought_of_are_named(self):
        staff = StaffDirectory(limits={"p": eur(1), "q": eur(1)}, members={"board": ["p", "q"]})
        rule = Approver(BOARD, kind=ApprovalKind.FINANCIAL)
        found = seats(rule, RequestPolicies(directory=staff), estimate=eur(5))

        text = "; ".join(f"{name} may approve 1 EUR, and it costs 5 EUR" for name in "pq")
        assert found == ([], [f"nobody can be asked as board: {text}; and {NO_MANAGER}"])

    def test_the_second_of_them_may_have_the_manager(self):
        staff = StaffDirectory(
            managers={"q": "zoe"},
            limits={"p": eur(1), "q": eur(1)},
            members={"board": ["p", "q"]},
        )
        rule = Approver(BOARD, kind=ApprovalKind.FINANCIAL)
        found = seated(
            submitted(model(approval=rule), estimate=eur(5)), RequestPolicies(directory=staff), NOW
        )

        assert [(one.person, one.in_place_of) for one in found.rule.seats] == [("zoe", "q")]


def placed(rule, policies=POLICIES, **fields):
    """
    Return who has which place in a rule, and what is missing.
    """
    found = seated(submitted(model(approval=rule), **fields), policies, NOW)
    told = [
        f"{one.person} for {one.in_place_of}" if one.in_place_of else one.person
        for one in found.rule.seats
    ]
    return told, list(found.missing)


#: What is dear is asked for money as well, of somebody who is asked anyway.
DEAR = {"kind": ApprovalKind.FINANCIAL, "above": eur(1000)}


class TestNamedTwice:
    @pytest.mark.parametrize(
        ("rule", "expected"),
        [
            (AllOf([Approver(OWNER), Approver(OWNER, **DEAR)]), ["olga"]),
            (AllOf([Approver("bo", **DEAR), Approver("bo")]), ["bo"]),
            (AtLeast([BO, Approver("bo", **DEAR), Approver("mia")], count=2), ["bo", "mia"]),
            (Vetoed(Approver("mia"), by=[BO, Approver("bo", **DEAR)]), ["mia", "bo"]),
        ],
        ids=lambda value: type(value).__name__,
    )
    @pytest.mark.parametrize(("cost", "is_dear"), [(50, False), (1001, True)])
    def test_who_is_asked_always_is_asked_for_little_as_well(self, rule, expected, cost, is_dear):
        policies = RequestPolicies(directory=StaffDirectory(service_owners={"mail": "olga"}))
        request = submitted(model(approval=rule), service="mail", estimate=eur(cost))
        found = seated(request, policies, NOW)

        assert ([one.person for one in found.rule.seats], found.missing) == (expected, ())
        (twice,) = [one for one in found.rule.seats if one.person in {"bo", "olga"}]
        assert (twice.approver.kind is ApprovalKind.FINANCIAL) is is_dear


#: Ana's managers are mia, bo and cleo, one above the other; p and q have zoe, and she nobody.
LINES = RequestPolicies(
    directory=StaffDirectory(
        managers={"ana": "mia", "mia": "bo", "bo": "cleo", "p": "zoe", "q": "zoe"},
        deputies={"ana": ["p"]},
        limits={"mia": eur(10), "bo": eur(100)},
        members={"board": ["b1", "p", "b2"]},
    )
)
BY_MONEY = ApprovalKind.FINANCIAL
TAKEN = "whoever could take their place has a seat already"


class TestStandIns:
    @pytest.mark.parametrize(
        ("rule", "expected"),
        [
            (AllOf([Approver("ana"), Approver("mia")]), ["bo for ana", "mia"]),
            (AllOf([Approver("mia"), Approver("ana")]), ["mia", "bo for ana"]),
            (AtLeast([Approver("ana"), Approver("mia")], count=2), ["bo for ana", "mia"]),
            (AllOf(map(Approver, ("ana", "mia", "bo"))), ["cleo for ana", "mia", "bo"]),
            (AllOf([Approver("ana"), AnyOf([Approver("mia")])]), ["mia for ana", "mia"]),
            (InOrder([Approver("ana"), Approver("mia")]), ["mia for ana", "mia"]),
            (Vetoed(Approver("mia"), by=[Approver("ana")]), ["mia", "mia for ana"]),
            # One manager stands in for one person, and for that one in every matter.
            (AllOf([Approver("ana"), Approver("ana", kind=BY_MONEY)]), ["bo for ana"]),
            (
                AllOf([Approver("ana"), Approver("mia", kind=BY_MONEY)]),
                ["mia for ana", "bo for mia"],
            ),
            # Each person of a role has a place of their own.
            (AllOf([Approver(BOARD)]), ["b1", "zoe for p", "b2"]),
            (AllOf([Approver(BOARD), Approver("zoe", above=eur(100))]), ["b1", "zoe for p", "b2"]),
        ],
    )
    def test_it_is_the_next_manager_without_a_seat_in_the_same_rule(self, rule, expected):
        assert placed(rule, LINES, estimate=eur(50)) == (expected, [])

    @pytest.mark.parametrize(
        ("rule", "missing"),
        [
            (AllOf(map(Approver, ("ana", "mia", "bo", "cleo"))), ("ana", TAKEN)),
            (AllOf([Approver("p"), Approver("zoe")]), ("p", TAKEN)),
            (AllOf([Approver("tom"), Approver("p")]), ("tom", NO_MANAGER)),
        ],
    )
    def test_where_there_is_none_who_is_missing_is_told(self, rule, missing):
        who, why = missing
        found = placed(rule, LINES, requested_for="tom")[1]

        assert found == [f"nobody can be asked as {who}: {who} has an interest in it; and {why}"]


class Never(AnyOf):
    """
    A rule that nobody can meet, and that does not say so.
    """

    __slots__ = ()

    def verdict(self, _says):
        """
        Return that it is rejected.
        """
        return ApprovalVerdict.REJECTED


class TestAlternatives:
    @pytest.mark.parametrize(
        ("rule", "expected"),
        [
            (AnyOf([Approver("tom"), Approver("bo")]), ["bo"]),
            (AtLeast(map(Approver, ("tom", "bo", "mia")), count=2), ["bo", "mia"]),
            (AnyOf([Approver(BOARD), Approver(ApproverRole("cfo"))]), ["b1", "b2", "b3"]),
            (AnyOf([AllOf([Approver("tom"), Approver("bo")]), Approver("mia")]), ["bo", "mia"]),
            (Vote(map(Approver, ("tom", "bo", "mia")), quorum=2), ["bo", "mia"]),
            (AnyOf([Vetoed(Approver("bo"), by=[Approver("tom")]), Approver("mia")]), ["bo", "mia"]),
            (AnyOf([Approver("bo", above=USD), Approver("mia")]), ["mia"]),
            (AnyOf([AtLeast([Approver(BOSS), Approver("mia")], count=2), BO]), ["mia", "bo"]),
        ],
    )
    def test_who_cannot_be_asked_is_left_out_where_the_others_will_do(self, rule, expected):
        assert placed(rule, estimate=eur(5)) == (expected, [])

    def test_why_is_kept_in_the_rule_of_the_request(self):
        rule = AnyOf([Approver("tom"), Approver("bo")])
        request = waiting(rule)

        (vacancy,) = request.approval_rule.vacancies
        why = f"nobody can be asked as tom: tom has an interest in it; and {NO_MANAGER}"
        assert (vacancy.person, vacancy.why) == ("tom", why)
        assert asked(request) == ["bo"]
        assert after(request, "approve", by=Actor("bo")).is_authorized

    def test_who_could_make_no_difference_is_not_asked(self):
        rule = AnyOf([AllOf([Approver("tom"), Approver("bo")]), Approver("mia")])

        assert asked(waiting(rule)) == ["mia"]

    @pytest.mark.parametrize(
        ("rule", "also"),
        [
            (Approver("tom"), []),
            (AllOf([Approver("tom"), Approver("bo")]), []),
            (InOrder([Approver("bo"), Approver("tom")]), []),
            (AnyOf([Approver("tom")]), []),
            (Percentage([Approver("tom"), Approver("bo")], percent=51), []),
            (AtLeast([Approver("tom"), Approver("bo")], count=2), ["2 have to approve, 1 can"]),
            (Vote([Approver("tom"), Approver("bo")], quorum=2), ["2 have to vote, 1 can"]),
            (Vetoed(Approver("bo"), by=[Approver("tom")]), []),
            (AllOf([Approver("bo"), AnyOf([Approver("tom")])]), []),
        ],
        ids=lambda value: type(value).__name__,
    )
    def test_no_rule_asks_for_less_because_somebody_is_missing(self, rule, also):
        why = f"nobody can be asked as tom: tom has an interest in it; and {NO_MANAGER}"

        assert placed(rule)[1] == [why, *also]

    def test_a_share_is_one_of_all_of_them(self):
        rule = Percentage(map(Approver, ("tom", "bo", "mia")), percent=50)
        request = after(waiting(rule), "approve", by=Actor("bo"))

        assert not request.is_authorized
        assert after(request, "approve", by=Actor("mia")).is_authorized

    def test_a_rule_of_ones_own_that_nobody_can_meet_is_told(self):
        assert placed(Never([Approver("bo")]))[1] == ["nobody who can be asked could approve it"]


class TestWhoIsMissing:
    @pytest.mark.parametrize(
        ("approver", "text"),
        [
            (Approver(BOSS), "line_manager of zoe: the directory knows none"),
            (Approver(PAYER), "budget_center of attic: the directory knows none"),
            (Approver(OWNER), "service_owner of mail: the directory knows none"),
            (Approver(ApproverRole("lawyer")), "lawyer: the directory knows none"),
            (Approver("zoe"), "zoe: zoe has an interest in it; and " + NO_MANAGER),
            (
                Approver("pat", kind=ApprovalKind.FINANCIAL),
                "pat: pat may approve 10 EUR, and it costs 11 EUR; and " + NO_MANAGER,
            ),
        ],
    )
    def test_it_is_told_who_for_whom_and_why(self, approver, text):
        staff = StaffDirectory(limits={"pat": eur(10)})
        fields = {
            "requester": "zoe",
            "budget_center": "attic",
            "service": "mail",
            "estimate": eur(11),
        }
        found = seats(approver, RequestPolicies(directory=staff), **fields)

        assert found == ([], [f"nobody can be asked as {text}"])

    def test_what_is_not_named_is_told_as_well(self):
        found = seats(Approver(OWNER), RequestPolicies())

        text = "service_owner of nothing that is named: the directory knows none"
        assert found == ([], [f"nobody can be asked as {text}"])

    def test_each_who_is_missing_is_a_reason_of_its_own(self):
        rule = AllOf([Approver(PAYER), Approver(OWNER)])
        request = submitted(model(approval=rule))
        reasons = request.why_not("request_authorization", by=DESK, at=NOW)

        assert [one.rule for one in reasons][:2] == ["everybody_who_has_to_agree_can_be_asked"] * 2


class TestReplacement:
    @pytest.mark.parametrize(
        ("fallback", "person"),
        [(None, None), ("cleo", "cleo"), (BOARD, "b1"), ("ana", "mia"), ("tom", None)],
    )
    def test_who_stands_in_has_no_interest_either(self, fallback, person):
        request = submitted()
        approver = Approver("bo", fallback=fallback)

        assert next(replacements(approver, request, POLICIES, NOW), None) == person

    def test_whoever_comes_next_is_told_too(self):
        found = replacements(Approver("bo", fallback=BOARD), submitted(), POLICIES, NOW)
        above = replacements(Approver("bo", fallback="ana"), submitted(), POLICIES, NOW)

        assert [*found] == ["b1", "b2", "b3"]
        assert [*above] == ["mia", "bo", "cleo"]

    def test_a_threshold_was_asked_before(self):
        approver = Approver("bo", fallback="cleo", above=eur(100))

        cheap = submitted(estimate=eur(5))
        assert [*replacements(approver, cheap, POLICIES, NOW)] == ["cleo"]
