"""
Approvals through the verbs: who is asked, what follows from what they say, and who may say it.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from itil_ops import Actor, GuardRefusedError, IllegalTransitionError, RefusedError
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
from itil_ops.request.approval import ApprovalId
from itil_ops.request.directory import StaffDirectory
from itil_ops.request.policies import ModelApproval, RequestPolicies
from itil_ops.request.vocabulary import RequestCancellationReason, RequestOutcome
from itil_ops.sla.hours.duration import BusinessDays
from record_doubles import rules_of
from request.making import (
    ANA,
    BO,
    BOARD,
    CLEO,
    DESK,
    KIM,
    LI,
    MIA,
    STAFF,
    TOM,
    after,
    asked,
    day,
    eur,
    hours,
    item_of,
    model,
    submitted,
    told,
    waiting,
)


FINANCIAL = ApprovalKind.FINANCIAL
BOSS, PAYER = ApproverRole.LINE_MANAGER, ApproverRole.BUDGET_CENTER
FIRST, SECOND = ApprovalId("1"), ApprovalId("2")


def people(names):
    return [Approver(name) for name in names]


def spoken(request, words):
    """
    Return the request after what was said, `"+mia -bo"`: yes or no of one after the other.
    """
    for word in words.split():
        verb, told = ("approve", {}) if word[0] == "+" else ("decline", {"reason": "No."})
        request = after(request, verb, by=Actor(word[1:]), **told)
    return request


def ends(request):
    """
    Return how each approval stands, in short.
    """
    return " ".join(f"{one.approver}:{one.state.name}" for one in request.approvals)


class TestRules:
    @pytest.mark.parametrize(
        ("rule", "words", "state", "approvals"),
        [
            (AllOf(people("pq")), "+p", "waiting_authorization", "p:approved q:requested"),
            (AllOf(people("pq")), "+p +q", "authorized", "p:approved q:approved"),
            (AllOf(people("pqr")), "-q", "rejected", "p:withdrawn q:rejected r:withdrawn"),
            (AnyOf(people("pqr")), "+q", "authorized", "p:withdrawn q:approved r:withdrawn"),
            (AnyOf(people("pq")), "-p", "waiting_authorization", "p:rejected q:requested"),
            (AnyOf(people("pq")), "-p -q", "rejected", "p:rejected q:rejected"),
            (
                AtLeast(people("pqr"), count=2),
                "+p +r",
                "authorized",
                "p:approved q:withdrawn r:approved",
            ),
            (
                AtLeast(people("pqr"), count=2),
                "-p -r",
                "rejected",
                "p:rejected q:withdrawn r:rejected",
            ),
            (
                Percentage(people("pqr"), percent=50),
                "+q +p",
                "authorized",
                "p:approved q:approved r:withdrawn",
            ),
            (InOrder(people("pq")), "+p", "waiting_authorization", "p:approved q:requested"),
            (InOrder(people("pq")), "-p", "rejected", "p:rejected"),
            (InOrder(people("pq")), "+p +q", "authorized", "p:approved q:approved"),
            (
                Vote(people("pqr"), quorum=2),
                "+p +q",
                "authorized",
                "p:approved q:approved r:withdrawn",
            ),
            (
                Vote(people("pqr"), quorum=3),
                "+p -q",
                "waiting_authorization",
                "p:approved q:rejected r:requested",
            ),
            (
                Vetoed(AnyOf(people("pq")), by=people("v")),
                "+p",
                "waiting_authorization",
                "p:approved q:withdrawn v:requested",
            ),
            (
                Vetoed(AnyOf(people("pq")), by=people("v")),
                "+p +v",
                "authorized",
                "p:approved q:withdrawn v:approved",
            ),
            (
                Vetoed(AnyOf(people("pq")), by=people("v")),
                "-v",
                "rejected",
                "p:withdrawn q:withdrawn v:rejected",
            ),
            (
                AnyOf([AllOf(people("pq")), Approver("r")]),
                "-p",
                "waiting_authorization",
                "p:rejected q:withdrawn r:requested",
            ),
            (
                InOrder([AnyOf(people("pq")), AllOf(people("rs"))]),
                "+q",
                "waiting_authorization",
                "p:withdrawn q:approved r:requested s:requested",
            ),
        ],
    )
    def test_each_comes_to_what_it_says(self, rule, words, state, approvals):
        request = spoken(waiting(rule), words)

        assert request.state.name == state
        assert ends(request) == approvals

    def test_an_early_decision_says_why_the_rest_is_not_needed(self):
        for rule, words, reason in (
            (AnyOf(people("pq")), "+p", "the request is approved without it"),
            (AllOf(people("pq")), "-p", "the request is rejected without it"),
            (AnyOf([AllOf(people("pq")), Approver("r")]), "-p", "decided without it"),
        ):
            request = spoken(waiting(rule), words)
            notes = {one.note for one in request.journal if one.action == "withdraw_approval"}
            assert notes == {reason}
            withdrawn = [one for one in request.approvals if one.state.name == "withdrawn"]
            assert {one.reason for one in withdrawn} == {reason}

    def test_what_follows_from_an_answer_names_it_as_its_cause(self):
        request = spoken(waiting(InOrder(people("pq"))), "+p +q")

        assert told(request, since=2) == [
            ("request_authorization", None, None),
            ("request_approval", "1", 3),
            ("approve", "1", None),
            ("request_approval", "2", 5),
            ("approve", "2", None),
            ("authorize", None, 7),
        ]
        assert request.authorized_at == request.journal[-1].at

    def test_a_rejection_has_the_reason_of_who_rejected(self):
        request = after(waiting(Approver("mia")), "decline", reason="The old one is fine.", by=MIA)

        assert [entry.note for entry in request.journal[-2:]] == ["The old one is fine."] * 2
        assert request.approvals[0].reason == "The old one is fine."
        assert request.outcome is RequestOutcome.REJECTED

    def test_declining_takes_a_reason_only_to_end_it(self):
        with pytest.raises(GuardRefusedError, match="there is no reason"):
            waiting(Approver("mia")).decline(reason=None, by=MIA, at=day(3))

    def test_the_rules_of_several_models_are_asked_one_after_the_other(self):
        items = [item_of(model(approval=Approver(name)), name=name) for name in ("mia", "bo")]
        request = after(submitted(*items), "request_authorization", by=DESK)

        assert asked(request) == ["mia"]
        assert asked(spoken(request, "+mia")) == ["bo"]
        assert spoken(request, "+mia +bo").is_authorized

    def test_the_same_rule_of_several_models_is_asked_once(self):
        items = [item_of(model(approval=Approver("mia")), name=name) for name in "ab"]
        request = after(submitted(*items), "request_authorization", by=DESK)

        assert spoken(request, "+mia").is_authorized

    def test_who_approves_is_kept_with_the_policy_that_asked(self):
        request = waiting(Approver("mia"))

        assert request.journal[2].decided == {"approval_rule": "model_approval"}
        assert request.verdict is ApprovalVerdict.OPEN
        assert submitted().verdict is None


class TestWhoIsAsked:
    def test_the_manager_of_who_gets_it_is_asked(self):
        assert asked(waiting(Approver(BOSS))) == ["mia"]
        assert asked(waiting(Approver(BOSS), requester="zoe", requested_for="mia")) == ["bo"]

    @pytest.mark.parametrize(
        ("rule", "fields", "approver", "in_place_of"),
        [
            (Approver(BOSS), {"requester": "mia", "requested_for": "ana"}, "bo", "mia"),
            (Approver("ana"), {}, "mia", "ana"),
            (Approver("mia"), {"requested_for": "mia"}, "bo", "mia"),
        ],
    )
    def test_instead_of_who_has_an_interest_the_next_manager_is_asked(
        self, rule, fields, approver, in_place_of
    ):
        found = waiting(rule, **fields).approvals[0]

        assert (found.approver, found.in_place_of) == (approver, in_place_of)

    def test_a_deputy_of_the_requester_has_the_same_interest(self):
        staff = StaffDirectory(managers={"kim": "bo"}, deputies={"ana": ["kim"]})
        policies = RequestPolicies(directory=staff)
        request = submitted(model(approval=Approver("kim")))
        found = request.request_authorization(by=DESK, at=day(3), policies=policies)

        assert asked(found) == ["bo"]

    @pytest.mark.parametrize(
        ("rule", "text"),
        [
            (Approver(ApproverRole("lawyer")), "asked as lawyer: the directory knows none"),
            (Approver(PAYER), "asked as budget_center of nothing that is named: the directory"),
            (Approver("tom"), "asked as tom: tom has an interest in it; and no manager takes"),
            (AtLeast([Approver(BOARD)], count=4), "4 have to approve, 3 can"),
        ],
    )
    def test_where_nobody_can_be_asked_that_is_told(self, rule, text):
        request = submitted(model(approval=rule, price=eur(5)), estimate=eur(5))
        with pytest.raises(GuardRefusedError, match=text) as refusal:
            request.request_authorization(by=DESK, at=day(3))
        assert "everybody_who_has_to_agree_can_be_asked" in rules_of(refusal)
        with pytest.raises(GuardRefusedError, match="somebody has to agree"):
            request.authorize(by=DESK, at=day(3))

    def test_each_item_waits_for_the_owner_of_its_own_service(self):
        staff = StaffDirectory(service_owners={"email": "eve", "payroll": "pat", "toy": "tim"})
        owner = model(approval=Approver(ApproverRole.SERVICE_OWNER))
        items = [item_of(owner, name=name, service=name) for name in ("email", "payroll")]
        request = submitted(*items, service="toy").request_authorization(
            by=DESK, at=day(3), policies=RequestPolicies(directory=staff)
        )

        assert asked(request) == ["eve"]
        assert not spoken(request, "+eve").is_authorized
        assert asked(spoken(request, "+eve")) == ["pat"]
        assert spoken(request, "+eve +pat").is_authorized

    def test_the_service_of_the_request_is_that_of_items_without_one(self):
        staff = StaffDirectory(service_owners={"toy": "tim"})
        owner = model(approval=Approver(ApproverRole.SERVICE_OWNER))
        request = submitted(owner, service="toy").request_authorization(
            by=DESK, at=day(3), policies=RequestPolicies(directory=staff)
        )

        assert asked(request) == ["tim"]

    def test_managers_who_manage_each_other_are_not_asked_for_ever(self):
        staff = StaffDirectory(managers={"ana": "zoe", "zoe": "ana"})
        policies = RequestPolicies(directory=staff)
        request = submitted(model(approval=Approver(BOSS)), requested_for="zoe")

        with pytest.raises(GuardRefusedError, match="line_manager: ana has an interest in it"):
            request.request_authorization(by=DESK, at=day(3), policies=policies)


class TestMoney:
    def ask(self, rule, cost=None, **fields):
        request = submitted(model(approval=rule), estimate=cost, **fields)
        return after(request, "request_authorization", by=DESK)

    def test_nobody_is_asked_for_more_than_their_limit(self):
        found = self.ask(Approver("mia", kind=FINANCIAL), eur(500)).approvals[0]

        assert (found.approver, found.in_place_of) == ("bo", "mia")
        assert self.ask(Approver("mia", kind=FINANCIAL), eur(10)).approvals[0].approver == "mia"
        assert self.ask(Approver("mia"), eur(500)).approvals[0].approver == "mia"

    def test_who_has_no_limit_approves_any_amount(self):
        found = self.ask(Approver("mia", kind=FINANCIAL), eur(5000)).approvals[0]

        assert (found.approver, found.in_place_of) == ("cleo", "mia")

    def test_a_limit_in_another_currency_is_none_that_is_enough(self):
        staff = StaffDirectory(limits={"zoe": Money(eur(9000).amount, "USD")})
        policies = RequestPolicies(directory=staff)
        request = submitted(model(approval=Approver("zoe", kind=FINANCIAL)), estimate=eur(5))

        with pytest.raises(GuardRefusedError, match="as zoe: zoe may approve 9000 USD"):
            request.request_authorization(by=DESK, at=day(3), policies=policies)

    @pytest.mark.parametrize(
        ("cost", "names"), [(eur(100), ["mia"]), (eur(101), ["mia", "bo"]), (None, ["mia", "bo"])]
    )
    def test_above_a_threshold_somebody_else_is_asked_too(self, cost, names):
        rule = AllOf([Approver("mia"), Approver("bo", above=eur(100))])

        assert asked(self.ask(rule, cost)) == names

    def test_below_every_threshold_nobody_has_to_agree(self):
        request = submitted(model(approval=Approver("bo", above=eur(100))), estimate=eur(5))

        assert after(request, "start_fulfillment").is_authorized

    def test_a_threshold_in_another_currency_is_told(self):
        request = submitted(
            model(approval=Approver("bo", above=Money(eur(1).amount, "USD"))), estimate=eur(5)
        )
        with pytest.raises(GuardRefusedError, match="the cost is in EUR, and bo is asked above"):
            request.request_authorization(by=DESK, at=day(3))

    def test_an_estimate_asks_nobody_less_than_the_prices_do(self):
        dear = model(approval=Approver("bo", kind=FINANCIAL, above=eur(1000)), price=eur(5000))
        request = submitted(item_of(dear, quantity=2), estimate=eur(1))

        assert request.cost == eur(10_000)
        with pytest.raises(GuardRefusedError, match="'request_authorization' asks them"):
            request.authorize(by=DESK, at=day(3))
        assert submitted(item_of(dear), estimate=eur(6000)).cost == eur(6000)

    def test_nor_less_than_the_prices_that_are_known(self):
        items = [item_of(model(price=eur(100))), item_of(model(), name="unknown")]

        assert submitted(*items).cost is None
        assert submitted(*items, estimate=eur(1)).cost == eur(100)
        assert submitted(*items, estimate=eur(101)).cost == eur(101)

    def test_what_nobody_knows_the_price_of_is_not_free(self):
        rule = AllOf([Approver("mia"), Approver("bo", above=eur(1000))])
        items = [item_of(model(approval=rule)), item_of(model(price=eur(5)), name="cheap")]
        request = submitted(*items)

        assert asked(after(request, "request_authorization", by=DESK)) == ["mia", "bo"]
        policies = RequestPolicies(
            directory=STAFF, approval=ModelApproval(financial_above=eur(1000))
        )
        with pytest.raises(GuardRefusedError, match="nobody said what it costs"):
            submitted(*items, budget_center="travel").request_authorization(
                by=DESK, at=day(3), policies=policies
            )

    def test_the_cost_is_known_before_somebody_approves_it(self):
        with pytest.raises(GuardRefusedError, match="nobody said what it costs"):
            self.ask(Approver("bo", kind=FINANCIAL))

    @pytest.mark.parametrize(("cost", "names"), [(eur(500), ["mia"]), (eur(1000), ["mia", "bo"])])
    def test_the_policy_asks_who_answers_for_the_budget_of_what_is_dear(self, cost, names):
        policies = RequestPolicies(
            directory=STAFF, approval=ModelApproval(financial_above=eur(999))
        )
        request = submitted(model(approval=Approver("mia")), estimate=cost, budget_center="travel")
        found = request.request_authorization(by=DESK, at=day(3), policies=policies)

        assert [seat.person for seat in found.approval_rule.seats] == names

    def test_what_is_free_or_cheap_is_not_dear_and_what_nobody_knows_is(self):
        policy = ModelApproval(financial_above=eur(999))

        assert policy.rule(submitted(model(price=eur(0)))) is None
        assert policy.rule(submitted(estimate=eur(1))) is None
        assert policy.rule(submitted()) is not None
        assert policy.rule(submitted(estimate=Money(eur(1).amount, "USD"))) is not None

    def test_a_deputy_approves_within_the_deputys_own_limit(self):
        staff = StaffDirectory(deputies={"bo": ["kim"]}, limits={"kim": eur(100)})
        policies = RequestPolicies(directory=staff)
        request = self.ask(Approver("bo", kind=FINANCIAL), eur(500))

        with pytest.raises(GuardRefusedError, match="it costs 500 EUR, and kim may approve 100"):
            request.approve(by=KIM, at=day(3), policies=policies)

    def test_a_limit_in_another_currency_is_no_limit_to_go_by(self):
        staff = StaffDirectory(
            deputies={"bo": ["kim"]}, limits={"kim": Money(eur(9).amount, "USD")}
        )
        policies = RequestPolicies(directory=staff)
        request = self.ask(Approver("bo", kind=FINANCIAL), eur(5))

        with pytest.raises(GuardRefusedError, match="is in USD, and the cost in EUR"):
            request.approve(by=KIM, at=day(3), policies=policies)


class TestAnswer:
    @pytest.mark.parametrize("verb", ["approve", "decline"])
    @pytest.mark.parametrize("who", [ANA, TOM, LI])
    def test_who_was_not_asked_decides_nothing(self, verb, who):
        told = {"reason": "No."} if verb == "decline" else {}
        with pytest.raises(GuardRefusedError) as refusal:
            getattr(waiting(Approver("mia")), verb)(FIRST, by=who, at=day(3), **told)
        assert "somebody_who_was_asked_decides" in rules_of(refusal)

    def test_without_a_name_the_refusal_tells_who_was_asked(self):
        with pytest.raises(GuardRefusedError, match=r"is li's; asked: mia \(approval 1\)"):
            waiting(Approver("mia")).approve(by=LI, at=day(3))
        with pytest.raises(GuardRefusedError, match="asked: nobody"):
            submitted().approve(by=LI, at=day(3))

    def test_the_approval_is_one_of_its_own(self):
        with pytest.raises(GuardRefusedError, match="it has no approval 7; its approvals: 1"):
            waiting(Approver("mia")).approve(ApprovalId("7"), by=MIA, at=day(3))
        with pytest.raises(GuardRefusedError, match="its approvals: none"):
            submitted().expire_approval(FIRST, by=LI, at=day(3))

    def test_nobody_approves_twice(self):
        request = spoken(waiting(AllOf(people("pq"))), "+p")

        with pytest.raises(IllegalTransitionError):
            request.approve(FIRST, by=Actor("p"), at=day(3))
        with pytest.raises(GuardRefusedError, match="no open approval is p's"):
            request.approve(by=Actor("p"), at=day(3))

    def test_who_has_an_interest_by_now_decides_no_more(self):
        staff = StaffDirectory(deputies={"ana": ["mia"]})
        policies = RequestPolicies(directory=staff)

        with pytest.raises(GuardRefusedError, match="mia asks for it, gets it, or acts for") as no:
            waiting(Approver("mia")).approve(by=MIA, at=day(3), policies=policies)
        assert rules_of(no) == ["nobody_approves_their_own"]

    def test_who_asks_for_it_and_was_not_asked_is_told_both(self):
        with pytest.raises(GuardRefusedError) as refusal:
            waiting(Approver("mia")).approve(by=ANA, at=day(3))
        assert rules_of(refusal) == ["somebody_who_was_asked_decides", "nobody_approves_their_own"]

    def test_a_revision_rids_nobody_of_the_interest_they_had(self):
        request = submitted(model(approval=Approver("mia")), requester="mia")
        request = after(request, "revise", requester="zoe", by=MIA)
        request = after(request, "request_authorization", by=DESK)

        assert [(one.approver, one.in_place_of) for one in request.approvals] == [("bo", "mia")]
        reasons = request.why_not("approve", approval=FIRST, by=MIA, at=day(3))
        assert "nobody_approves_their_own" in [one.rule for one in reasons]

    def test_a_deputy_decides_and_both_names_are_kept(self):
        found = after(waiting(Approver("mia")), "approve", by=KIM).approvals[0]

        assert (found.approver, found.decided_by) == ("mia", "kim")

    def test_a_deputy_who_was_asked_too_decides_the_own_approval_first(self):
        request = after(waiting(AllOf([Approver("mia"), Approver("kim")])), "approve", by=KIM)

        assert [one.decided_by for one in request.approvals] == [None, "kim"]

    @pytest.mark.parametrize("verb", ["cancel", "reject"])
    def test_once_the_request_has_ended_approvals_are_frozen(self, verb):
        reason = "No." if verb == "reject" else RequestCancellationReason.WITHDRAWN
        request = after(waiting(Approver("mia", expires_after=hours(1))), verb, reason, by=DESK)

        for action, said in (
            ("approve", {}),
            ("decline", {"reason": "No."}),
            ("delegate", {"to": "zoe"}),
            ("extend_approval", {"until": day(9)}),
            ("expire_approval", {}),
        ):
            with pytest.raises(RefusedError):
                getattr(request, action)(FIRST, by=MIA, at=day(5), **said)

    def test_what_is_decided_is_under_way_untouched(self):
        request = spoken(waiting(AnyOf(people("pq"))), "+p")

        with pytest.raises(IllegalTransitionError):
            request.approve(SECOND, by=Actor("q"), at=day(3))


class TestOneSay:
    """
    Kim acts for Mia; whoever says something in the place of somebody else says nothing more.
    """

    @pytest.mark.parametrize(
        "rule",
        [
            AllOf([Approver("mia"), Approver("kim")]),
            AtLeast([Approver("mia"), Approver("kim"), Approver("bo")], count=2),
            InOrder([Approver("mia"), Approver("kim")]),
        ],
    )
    @pytest.mark.parametrize("verb", ["approve", "decline"])
    def test_who_has_a_say_of_their_own_decides_for_nobody_else(self, rule, verb):
        told = {"reason": "No."} if verb == "decline" else {}

        with pytest.raises(GuardRefusedError, match="kim has another say in it") as refusal:
            getattr(waiting(rule), verb)(FIRST, by=KIM, at=day(3), **told)
        assert rules_of(refusal) == ["one_person_has_one_say"]

    def test_who_decided_for_one_decides_for_no_other(self):
        staff = StaffDirectory(deputies={"mia": ["kim"], "bo": ["kim"]})
        policies = RequestPolicies(directory=staff)
        request = waiting(AllOf([Approver("mia"), Approver("bo")]))
        request = request.approve(FIRST, by=KIM, at=day(3), policies=policies)

        with pytest.raises(GuardRefusedError, match="kim has another say in it"):
            request.approve(SECOND, by=KIM, at=day(3), policies=policies)
        assert request.approve(by=BO, at=day(3), policies=policies).is_authorized

    def test_who_is_asked_twice_in_order_speaks_twice(self):
        assert spoken(waiting(InOrder(people(["mia", "mia"]))), "+mia +mia").is_authorized

    def test_who_was_named_twice_decides_once(self):
        request = waiting(AllOf([Approver("mia"), Approver("bo")]))
        request = after(request, "delegate", FIRST, to="zoe", by=MIA)
        request = after(request, "delegate", SECOND, to="zoe", by=BO)
        request = after(request, "approve", FIRST, by=Actor("zoe"))

        with pytest.raises(GuardRefusedError, match="zoe has another say in it"):
            request.approve(SECOND, by=Actor("zoe"), at=day(3))


class TestDelegate:
    def test_the_delegate_decides_and_both_names_are_kept(self):
        request = after(waiting(Approver("mia")), "delegate", to="zoe", by=MIA, note="On leave.")
        found = after(request, "approve", by=Actor("zoe")).approvals[0]

        assert (found.approver, found.delegate, found.decided_by) == ("mia", "zoe", "zoe")
        assert found.deciders == ("mia", "zoe")

    def test_every_rule_that_stands_in_the_way_is_named(self):
        reasons = waiting(Approver("mia")).why_not(
            "delegate", approval=FIRST, to="ana", by=ANA, at=day(3)
        )

        assert [reason.rule for reason in reasons] == [
            "somebody_who_was_asked_decides",
            "nobody_approves_their_own",
            "a_delegate_is_named",
            "the_delegate_may_approve",
        ]

    def test_the_approver_still_decides_and_names_another(self):
        request = after(waiting(Approver("mia")), "delegate", to="zoe", by=MIA)
        again = after(request, "delegate", FIRST, to="pat", by=KIM)

        with pytest.raises(GuardRefusedError, match="it is up to mia or pat, or a deputy"):
            again.approve(FIRST, by=Actor("zoe"), at=day(3))
        assert after(again, "approve", by=MIA).approvals[0].decided_by == "mia"

    @pytest.mark.parametrize(
        ("to", "rule"),
        [
            ("ana", "the_delegate_may_approve"),
            ("tom", "the_delegate_may_approve"),
            ("bo", "the_delegate_may_approve"),
            ("mia", "a_delegate_is_named"),
            (None, "a_delegate_is_named"),
        ],
    )
    def test_some_are_no_delegates(self, to, rule):
        request = waiting(AllOf([Approver("mia"), Approver("bo")]))

        with pytest.raises(GuardRefusedError) as refusal:
            request.delegate(FIRST, to=to, by=MIA, at=day(3))
        assert rules_of(refusal) == [rule]

    def test_the_delegate_has_limit_enough(self):
        request = submitted(model(approval=Approver("cleo", kind=FINANCIAL)), estimate=eur(500))
        request = after(request, "request_authorization", by=DESK)

        with pytest.raises(GuardRefusedError, match="it costs 500 EUR, and mia may approve 10"):
            request.delegate(to="mia", by=CLEO, at=day(3))
        assert after(request, "delegate", to="bo", by=CLEO).approvals[0].delegate == "bo"

    def test_who_asks_for_it_does_not_choose_who_approves_it(self):
        staff = StaffDirectory(managers={"ana": "mia"}, deputies={"mia": ["ana"]})
        policies = RequestPolicies(directory=staff)

        with pytest.raises(GuardRefusedError, match="ana asks for it") as refusal:
            waiting(Approver("mia")).delegate(to="zoe", by=ANA, at=day(3), policies=policies)
        assert rules_of(refusal) == ["nobody_approves_their_own"]

    def test_who_has_spoken_for_another_is_no_delegate(self):
        request = after(waiting(AllOf([Approver("mia"), Approver("bo")])), "approve", by=KIM)

        with pytest.raises(GuardRefusedError, match="kim has another say in it"):
            request.delegate(SECOND, to="kim", by=BO, at=day(3))

    @pytest.mark.parametrize("to", ["eve", "kim"])
    def test_nobody_takes_an_approval_for_themselves(self, to):
        request = after(waiting(Approver("mia")), "delegate", to="pat", by=MIA)
        for asked_for in (waiting(Approver("mia")), request):
            with pytest.raises(GuardRefusedError) as refusal:
                asked_for.delegate(FIRST, to=to, by=Actor(to), at=day(3))
            assert "a_delegate_is_named" in rules_of(refusal)
            is_deputy = to == "kim"
            assert ("somebody_who_was_asked_decides" in rules_of(refusal)) != is_deputy

    def test_a_stranger_takes_it_from_no_delegate_either(self):
        request = after(waiting(Approver("mia")), "delegate", to="pat", by=MIA)
        with pytest.raises(GuardRefusedError, match="it is up to mia or pat, or a deputy"):
            request.delegate(FIRST, to="eve", by=Actor("zed"), at=day(3))

    def test_a_delegate_passes_it_on(self):
        request = after(waiting(Approver("mia")), "delegate", to="pat", by=MIA)
        assert after(request, "delegate", to="eve", by=Actor("pat")).approvals[0].delegate == "eve"

    def test_a_delegation_is_taken_back(self):
        request = after(waiting(Approver("mia")), "delegate", to="pat", by=MIA)
        back = after(request, "delegate", to=None, by=MIA)

        assert back.approvals[0].deciders == ("mia",)
        with pytest.raises(GuardRefusedError, match="no open approval is pat's"):
            back.approve(by=Actor("pat"), at=day(3))

    def test_who_was_not_asked_delegates_nothing(self):
        with pytest.raises(GuardRefusedError) as refusal:
            waiting(Approver("mia")).delegate(FIRST, to="zoe", by=BO, at=day(3))
        assert rules_of(refusal) == ["somebody_who_was_asked_decides"]


class TestReassign:
    def reassigned(self, rule, to="zoe", **told):
        given = {"reason": "Mia has left.", "by": DESK, **told}
        return after(waiting(rule), "reassign_approval", FIRST, to=to, **given)

    def test_somebody_else_is_asked_instead_and_both_names_are_kept(self):
        found = self.reassigned(Approver("mia"))

        assert (asked(found), found.approvals[0].in_place_of) == (["zoe"], "mia")
        assert found.journal[-1].note == "Mia has left."
        for name in ("mia", "kim"):
            with pytest.raises(GuardRefusedError, match="it is up to zoe, or a deputy"):
                found.approve(FIRST, by=Actor(name), at=day(3))
        assert after(found, "approve", by=Actor("zoe")).is_authorized

    def test_a_delegation_ends_with_it(self):
        request = after(waiting(Approver("mia")), "delegate", to="pat", by=MIA)
        moved = after(request, "reassign_approval", FIRST, to="zoe", reason="Gone.", by=DESK)

        assert moved.approvals[0].deciders == ("zoe",)

    def test_who_was_asked_first_is_named_however_often_it_is_reassigned(self):
        again = after(
            self.reassigned(Approver("mia")),
            "reassign_approval",
            FIRST,
            to="pat",
            reason="She has left too.",
            by=DESK,
        )
        assert (asked(again), again.approvals[0].in_place_of) == (["pat"], "mia")

    def test_there_is_all_the_time_that_there_was(self):
        rule = Approver("mia", expires_after=BusinessDays(2))

        assert self.reassigned(rule, at=day(4, "16:00")).approvals[0].expires_at == day(6, "17:00")
        with pytest.raises(GuardRefusedError, match="its time was over"):
            self.reassigned(rule, at=day(4, "17:00"))
        assert self.reassigned(Approver("mia")).approvals[0].expires_at is None

    def test_the_rule_counts_the_new_answer(self):
        both = self.reassigned(AllOf([Approver("mia"), Approver("bo")]))

        assert spoken(both, "+zoe +bo").is_authorized
        assert spoken(both, "-zoe").state.name == "rejected"

    @pytest.mark.parametrize(
        ("to", "by", "rule"),
        [
            ("ana", DESK, "the_new_approver_may_approve"),
            ("tom", DESK, "the_new_approver_may_approve"),
            ("bo", DESK, "the_new_approver_may_approve"),
            ("zoe", Actor("zoe"), "another_approver_is_named"),
            ("mia", DESK, "another_approver_is_named"),
            ("zoe", ANA, "nobody_approves_their_own"),
            ("zoe", TOM, "nobody_approves_their_own"),
        ],
    )
    def test_some_are_not_asked_and_some_do_not_choose(self, to, by, rule):
        request = waiting(AllOf([Approver("mia"), Approver("bo")]))

        with pytest.raises(GuardRefusedError) as refusal:
            request.reassign_approval(FIRST, to=to, reason="Gone.", by=by, at=day(3))
        assert rules_of(refusal) == [rule]

    def test_who_was_asked_before_has_no_say_left_and_may_be_asked_elsewhere(self):
        both = self.reassigned(AllOf([Approver("mia"), Approver("bo")]))
        swapped = after(both, "reassign_approval", SECOND, to="mia", reason="Gone.", by=DESK)

        assert asked(swapped) == ["zoe", "mia"]
        assert spoken(swapped, "+mia +zoe").is_authorized

    def test_nor_does_somebody_give_it_to_whom_they_act_for(self):
        with pytest.raises(GuardRefusedError, match="nor to whom they act for") as refusal:
            waiting(Approver("bo")).reassign_approval(
                FIRST, to="mia", reason="Gone.", by=KIM, at=day(3)
            )
        assert rules_of(refusal) == ["another_approver_is_named"]

    def test_it_takes_no_time_from_the_approver(self):
        request = waiting(Approver("mia", expires_after=hours(8)))
        for until in (day(20), None):
            longer = after(request, "extend_approval", FIRST, until=until)
            moved = after(longer, "reassign_approval", FIRST, to="zoe", reason="Gone.", by=DESK)
            assert moved.approvals[0].expires_at == until

    def test_given_back_nobody_is_in_anybodys_place(self):
        moved = self.reassigned(Approver("mia"))
        back = after(moved, "reassign_approval", FIRST, to="mia", reason="She is back.", by=DESK)

        assert (back.approvals[0].approver, back.approvals[0].in_place_of) == ("mia", None)

    def test_what_is_decided_is_not_reassigned(self):
        request = after(waiting(AllOf([Approver("mia"), Approver("bo")])), "approve", by=MIA)

        with pytest.raises(IllegalTransitionError):
            request.reassign_approval(FIRST, to="zoe", reason="Gone.", by=DESK, at=day(3))


class TestReturnToReview:
    def returned(self, request):
        return after(request, "return_to_review", "He needs two.", by=DESK)

    def test_who_was_asked_is_not_needed_any_more_and_it_can_be_revised(self):
        back = self.returned(waiting(AllOf([Approver("mia"), Approver("bo")])))

        assert ends(back) == "mia:withdrawn bo:withdrawn"
        assert {one.reason for one in back.approvals} == {"the request is reviewed anew"}
        assert (back.state.name, back.approval_rule, back.verdict) == ("in_review", None, None)
        assert back.pending_reason is None
        assert after(back, "revise", title="Two things").title == "Two things"

    def test_what_was_said_counts_no_more_and_everybody_is_asked_anew(self):
        request = spoken(waiting(AllOf([Approver("mia"), Approver("bo")])), "+mia")
        again = after(self.returned(request), "request_authorization", by=DESK)

        assert ends(again) == "mia:approved bo:withdrawn mia:requested bo:requested"
        assert len({one.id for one in again.approvals}) == 4
        assert (again.says, again.verdict) == ({}, ApprovalVerdict.OPEN)
        assert not spoken(again, "+mia").is_authorized
        assert spoken(again, "+mia +bo").is_authorized

    def test_who_decided_for_another_before_may_do_so_again(self):
        both = AllOf([Approver("mia"), Approver("bo")])
        request = after(waiting(both), "approve", FIRST, by=KIM)
        again = after(self.returned(request), "request_authorization", by=DESK)

        assert after(again, "approve", again.open_approvals[0].id, by=KIM).says
        with pytest.raises(GuardRefusedError, match="kim was not asked"):
            again.approve(again.open_approvals[1].id, by=KIM, at=day(3))

    def test_who_let_the_time_pass_before_is_replaced_anew(self):
        request = waiting(Approver("mia", expires_after=hours(8), fallback="cleo"))
        late = after(request, "expire_approval", FIRST, at=request.approvals[0].expires_at)
        again = after(self.returned(late), "request_authorization", by=DESK)

        due = again.open_approvals[0].expires_at
        later = after(again, "expire_approval", again.open_approvals[0].id, at=due)
        assert asked(later) == ["cleo"]

    def test_what_costs_less_by_then_may_need_nobody(self):
        request = waiting(Approver("mia", above=eur(100)), price=eur(500))
        back = self.returned(request)
        cheap = after(back, "revise", items=[item_of(model("order"), price=eur(5))])

        assert after(cheap, "authorize", by=DESK).is_authorized

    def test_it_takes_a_reason_and_is_for_what_waits_alone(self):
        with pytest.raises(GuardRefusedError) as refusal:
            waiting(Approver("mia")).return_to_review(None, by=DESK, at=day(3))
        assert rules_of(refusal) == ["a_reason_is_given"]
        with pytest.raises(IllegalTransitionError):
            spoken(waiting(Approver("mia")), "+mia").return_to_review("No.", by=DESK, at=day(3))


class TestExpiry:
    def late(self, rule, at=None, **fields):
        request = waiting(rule, **fields)
        due = request.approvals[0].expires_at
        return after(request, "expire_approval", FIRST, at=due if at is None else at)

    @pytest.mark.parametrize(
        ("asked_on", "days", "expires"),
        [
            ("02 16:00", 1, "03 17:00"),
            ("02 18:00", 1, "03 17:00"),
            ("05 09:00", 2, "09 17:00"),
            ("06 09:00", 1, "09 17:00"),
            ("07 12:00", 1, "09 17:00"),
        ],
    )
    def test_time_runs_in_business_days_of_the_policies(self, asked_on, days, expires):
        # Monday is the 2nd, Friday the 6th; the office is open from 9 to 17.
        number, clock = asked_on.split()
        request = waiting(
            Approver("mia", expires_after=BusinessDays(days)), at=day(int(number), clock)
        )
        number, clock = expires.split()
        assert request.approvals[0].expires_at == day(int(number), clock)

    def test_it_expires_when_its_time_is_over_and_not_before(self):
        request = waiting(Approver("mia", expires_after=hours(8)))

        assert request.approvals[0].expires_at == day(2, "17:00")
        with pytest.raises(GuardRefusedError, match="it expires at"):
            request.expire_approval(FIRST, by=LI, at=day(2, "16:59"))
        with pytest.raises(GuardRefusedError, match="it never expires"):
            waiting(Approver("mia")).expire_approval(FIRST, by=LI, at=day(20))

    def test_what_expires_is_no_consent(self):
        request = self.late(Approver("mia", expires_after=hours(8)))

        assert ends(request) == "mia:expired"
        assert request.state.name == "rejected"
        assert request.journal[-1].note == "no answer in time"

    def test_where_another_is_enough_the_other_is_waited_for(self):
        request = self.late(AnyOf([Approver("mia", expires_after=hours(8)), Approver("bo")]))

        assert ends(request) == "mia:expired bo:requested"
        assert spoken(request, "+bo").is_authorized

    def test_what_the_deciding_answer_leads_to_follows_from_that_answer(self):
        request = waiting(AnyOf([Approver("mia"), Approver("bo"), Approver("cleo")]))
        answered = request.version + 1

        assert told(spoken(request, "+bo"), since=request.version) == [
            ("approve", "2", None),
            ("withdraw_approval", "1", answered),
            ("withdraw_approval", "3", answered),
            ("authorize", None, answered),
        ]

    def test_who_may_veto_and_says_nothing_consents(self):
        rule = Vetoed(Approver("p"), by=[Approver("v", expires_after=hours(8))])
        request = spoken(waiting(rule), "+p")
        over = after(request, "expire_approval", SECOND, at=day(3))

        assert over.is_authorized
        assert told(over, since=request.version) == [
            ("expire_approval", "2", None),
            ("authorize", None, request.version + 1),
        ]

    def test_who_stands_in_is_asked_with_time_of_their_own(self):
        rule = Approver("mia", expires_after=hours(8), fallback="cleo")
        request = self.late(rule)

        assert ends(request) == "mia:expired cleo:requested"
        second = request.approvals[1]
        assert (second.id, second.seat, second.in_place_of) == (ApprovalId("1.2"), 1, "mia")
        assert second.expires_at == day(3, "17:00")
        assert after(request, "approve", by=CLEO).is_authorized

    def test_of_several_the_first_stands_in_who_has_no_other_say(self):
        rule = AllOf([Approver("mia", expires_after=hours(8), fallback=BOARD), Approver("b1")])
        late = self.late(rule)
        assert ends(late) == "mia:expired b1:requested b2:requested"

        above = StaffDirectory(managers={"ana": "b1", "b1": "b2"})
        acting = RequestPolicies(directory=above)
        rule = AllOf([Approver("mia", expires_after=hours(8), fallback="ana"), Approver("b1")])
        request = waiting(rule)
        due = request.approvals[0].expires_at
        late = after(request, "expire_approval", FIRST, at=due, policies=acting)
        assert ends(late) == "mia:expired b1:requested b2:requested"

    def test_once_only(self):
        request = self.late(Approver("mia", expires_after=hours(8), fallback="cleo"))
        over = after(request, "expire_approval", ApprovalId("1.2"), at=day(3, "17:00"))

        assert ends(over) == "mia:expired cleo:expired"
        assert over.state.name == "rejected"

    def test_instead_of_who_has_an_interest_the_manager_stands_in(self):
        request = self.late(Approver("bo", expires_after=hours(8), fallback="ana"))

        assert asked(request) == ["mia"]

    @pytest.mark.parametrize("fallback", ["tom", ApproverRole.LINE_MANAGER, ApproverRole("lawyer")])
    def test_where_nobody_else_can_be_asked_it_is_no_consent(self, fallback):
        request = self.late(Approver("mia", expires_after=hours(8), fallback=fallback))

        assert ends(request) == "mia:expired"
        assert request.state.name == "rejected"

    @pytest.mark.parametrize("fallback", ["kim", "mia"])
    def test_who_has_spoken_already_stands_in_for_nobody(self, fallback):
        payer = Approver("bo", expires_after=hours(8), fallback=fallback)
        request = after(waiting(AllOf([Approver("mia"), payer])), "approve", by=KIM)
        over = after(request, "expire_approval", SECOND, at=day(3))

        assert ends(over) == "mia:approved bo:expired"
        assert over.state.name == "rejected"

    def test_it_is_given_another_time(self):
        request = waiting(Approver("mia", expires_after=hours(8)))
        longer = after(request, "extend_approval", FIRST, until=day(9), note="She is ill.")

        with pytest.raises(GuardRefusedError, match="it expires at"):
            longer.expire_approval(FIRST, by=LI, at=day(4))
        assert after(request, "extend_approval", FIRST, until=None).approvals[0].expires_at is None
        with pytest.raises(GuardRefusedError, match="does not lie after"):
            request.extend_approval(FIRST, until=day(2), by=LI, at=day(3))

    @pytest.mark.parametrize("until", [day(2, "16:59"), day(2, "17:00")])
    def test_an_extension_is_no_way_to_silence_somebody(self, until):
        request = waiting(Approver("mia", expires_after=hours(8)))

        with pytest.raises(GuardRefusedError, match="it has until 2026-03-02 17:00") as refusal:
            request.extend_approval(FIRST, until=until, by=LI, at=day(2, "10:00"))
        assert rules_of(refusal) == ["the_extension_gives_more_time"]
        with pytest.raises(GuardRefusedError, match="it never expires: any date would be less"):
            waiting(Approver("mia")).extend_approval(FIRST, until=day(9), by=LI, at=day(3))

    @pytest.mark.parametrize(
        ("verb", "said"),
        [("approve", {}), ("decline", {"reason": "No."}), ("delegate", {"to": "zoe"})],
    )
    def test_once_its_time_is_over_it_is_too_late_for_an_answer(self, verb, said):
        request = waiting(Approver("mia", expires_after=hours(8)))
        over = request.approvals[0].expires_at

        with pytest.raises(GuardRefusedError, match="its time was over at 2026-03-02") as refusal:
            getattr(request, verb)(by=MIA, at=over, **said)
        assert rules_of(refusal) == ["it_is_decided_in_time"]
        assert after(request, verb, by=MIA, at=over - timedelta(microseconds=1), **said)
        longer = after(request, "extend_approval", FIRST, until=day(9))
        assert after(longer, verb, by=MIA, at=over, **said)
