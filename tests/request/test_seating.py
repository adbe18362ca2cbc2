"""
Who is asked: seats for the approvers of a rule, and who cannot be asked.
"""

from __future__ import annotations

import pytest

from itil_ops.catalog import AllOf, AnyOf, ApprovalKind, Approver, ApproverRole, InOrder
from itil_ops.kernel.instant import utc
from itil_ops.request.directory import StaffDirectory
from itil_ops.request.policies import RequestPolicies
from itil_ops.request.seating import replacement, seated
from request.making import BOARD, DESK, STAFF, day, eur, model, submitted


POLICIES = RequestPolicies(directory=STAFF)
NOW = utc(day(2))
BOSS, PAYER, OWNER = (
    ApproverRole.LINE_MANAGER,
    ApproverRole.BUDGET_CENTER,
    ApproverRole.SERVICE_OWNER,
)
NO_MANAGER = "no manager takes their place"


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
        rule = AllOf([Approver(BOARD, kind=ApprovalKind.FINANCIAL), Approver("mia")])
        found = seats(rule, RequestPolicies(directory=staff), estimate=eur(5))

        text = "; ".join(f"{name} may approve 1 EUR, and it costs 5 EUR" for name in "pq")
        assert found == (["1 mia"], [f"nobody can be asked as board: {text}; and {NO_MANAGER}"])

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

    def test_who_stands_in_and_was_asked_anyway_has_one_seat(self):
        rule = AllOf([Approver("mia"), Approver("ana")])

        assert seats(rule) == (["1 mia"], [])


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

        assert replacement(approver, request, POLICIES, NOW) == person

    def test_a_threshold_was_asked_before(self):
        approver = Approver("bo", fallback="cleo", above=eur(100))

        assert replacement(approver, submitted(estimate=eur(5)), POLICIES, NOW) == "cleo"
