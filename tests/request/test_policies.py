"""
Policies decide, the entry keeps what they decided, and swapping them rewrites nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import attrs
import pytest

from itil_ops import (
    NOBODY_KNOWN,
    REQUEST_COMPLETENESS,
    STRICT_REQUEST_ROLES,
    Actor,
    BusinessCalendar,
    BusinessDays,
    ClosureReason,
    ContactChannel,
    FixedOwner,
    FixedPriceElseActual,
    GuardRefusedError,
    Impact,
    ModelApproval,
    ModelEntitlement,
    ReopenWindow,
    RequestPolicies,
    ServiceRequest,
    StaffDirectory,
    TwoStepClosure,
    Urgency,
)
from itil_ops.catalog import (
    AllOf,
    ApprovalKind,
    Approver,
    ApproverRole,
    Entitlement,
    InOrder,
    Money,
    RequestModel,
    ServiceCatalog,
)
from record_doubles import rules_of
from request_doubles import (
    ANA,
    BO,
    CHAIR,
    DESK,
    DONE,
    INSTALL,
    LAPTOP,
    MIA,
    after,
    drafted,
    eur,
    item,
    minute,
    standing,
    through,
)


OFFICE = BusinessCalendar(
    "Europe/London", dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), (("09:00", "17:00"),))
)

DEAR = ModelApproval(financial_above=eur(1000))
BY_BUDGET = Approver(ApproverRole.BUDGET_CENTER, kind=ApprovalKind.FINANCIAL, above=eur(1000))
BY_MANAGER = RequestModel(name="phone", group="depot", approval=Approver(ApproverRole.LINE_MANAGER))


class Ours(ServiceRequest):
    """
    A request under other policies.
    """

    __slots__ = ()

    policies = RequestPolicies(
        ownership=FixedOwner("ada"), closure=TwoStepClosure(after=timedelta(days=2))
    )


def submitted(*items, **fields):
    return after(drafted(items=items, **fields), "submit")


def done(**fields):
    return through(standing("in_progress", **fields), *DONE)


class TestApproval:
    def test_by_default_the_models_say_who_has_to_agree(self):
        assert ModelApproval().rule(submitted(item())) == LAPTOP.approval
        assert ModelApproval().rule(submitted(item(CHAIR))) is None
        assert ModelApproval().rule(drafted(items=[])) is None

    def test_several_models_are_asked_one_after_the_other_and_each_once(self):
        request = drafted(items=[item(), item(BY_MANAGER), item(name="spare"), item(CHAIR)])
        assert ModelApproval().rule(request) == InOrder([LAPTOP.approval, BY_MANAGER.approval])

    def test_or_at_once_if_the_policy_says_so_with_the_budget_afterwards(self):
        request = drafted(items=[item(), item(BY_MANAGER), item(name="spare")], estimate=eur(9000))
        rule = AllOf([LAPTOP.approval, InOrder([BY_MANAGER.approval])])
        both = ModelApproval(at_once=True, financial_above=eur(1000))

        assert ModelApproval(at_once=True).rule(request) == rule
        assert both.rule(request) == InOrder([rule, BY_BUDGET])
        assert both.rule(drafted(items=[item(BY_MANAGER)], estimate=eur(9))) == BY_MANAGER.approval
        assert both.rule(drafted(items=[item(CHAIR)], estimate=eur(9))) is None

    def test_asked_at_once_any_one_of_a_role_will_do_for_an_item_as_before(self):
        board = Approver(ApproverRole("board"), kind=ApprovalKind.TECHNICAL)
        models = [
            RequestModel(name=name, group="depot", approval=rule)
            for name, rule in (("phone", board), ("desk", Approver("mia")))
        ]
        staff = StaffDirectory(members={"board": ["b1", "b2"]})
        ruling = RequestPolicies(directory=staff, approval=ModelApproval(at_once=True))
        request = after(submitted(*map(item, models)), "request_authorization", policies=ruling)

        assert [one.approver for one in request.open_approvals] == ["b1", "b2", "mia"]
        half = request.approve(by=Actor("b2"), at=minute(60), policies=ruling)
        assert [one.approver for one in half.open_approvals] == ["mia"]
        assert half.approve(by=MIA, at=minute(61), policies=ruling).is_authorized

    def test_whether_at_once_is_said_by_yes_or_no(self):
        with pytest.raises(TypeError, match="at_once must be a bool, not 'yes'"):
            ModelApproval(at_once="yes")

    @pytest.mark.parametrize(
        ("estimate", "rule"),
        [
            (None, BY_BUDGET),
            (eur(1000), None),
            (eur(1001), BY_BUDGET),
            (Money(Decimal(1), "USD"), BY_BUDGET),
        ],
        ids=["unknown", "at the threshold", "above it", "in another currency"],
    )
    def test_what_is_dear_is_up_to_the_budget_as_well(self, estimate, rule):
        request = drafted(items=[item(CHAIR)], estimate=estimate)
        assert DEAR.rule(request) == rule

    def test_what_no_model_is_for_is_dear_by_its_estimate_alone(self):
        assert DEAR.rule(drafted(items=[])) is None
        assert DEAR.rule(drafted(items=[], estimate=eur(1001))) == BY_BUDGET

    def test_an_approver_in_a_role_of_an_item_is_asked_for_that_item(self):
        by_owner = Approver(ApproverRole.SERVICE_OWNER)
        phone = RequestModel(name="phone", group="depot", approval=by_owner)
        request = drafted(items=[item(phone), item(phone, name="radio", service="radio")])
        assert ModelApproval().rule(request) == InOrder(
            [attrs.evolve(by_owner, item=name) for name in ("phone", "radio")]
        )

    def test_items_alike_of_one_service_are_asked_for_once(self):
        by_owner = Approver(ApproverRole.SERVICE_OWNER)
        phone = RequestModel(name="phone", group="depot", approval=by_owner)
        request = drafted(items=[item(phone), item(phone, name="spare")])
        assert ModelApproval().rule(request) == attrs.evolve(by_owner, item="phone")

    def test_the_budget_is_asked_at_the_end(self):
        request = drafted(items=[item(BY_MANAGER, price=eur(2000))])
        assert DEAR.rule(request) == InOrder([BY_MANAGER.approval, BY_BUDGET])

    def test_the_entry_keeps_which_policy_said_so(self):
        named = ModelApproval(name="board")
        asked = after(
            standing("in_review"), "request_authorization", policies=RequestPolicies(approval=named)
        )
        entry = asked.last_entry("request_authorization")
        assert entry.decided == {"approval_rule": "board"}

    def test_another_policy_rewrites_nothing(self):
        @attrs.frozen
        class Nobody:
            """
            A policy by which nobody has to agree.
            """

            name: str = "nobody"

            def rule(self, _request):
                """
                Return nothing.
                """

        free = RequestPolicies(approval=Nobody())
        waiting = standing("waiting_authorization")
        with pytest.raises(GuardRefusedError) as refusal:
            after(waiting, "authorize", policies=free)
        assert rules_of(refusal) == ["every_approval_that_counts_is_given"]
        assert after(standing("in_review"), "authorize", policies=free).is_authorized

    def test_the_time_for_an_approval_runs_in_the_hours_for_it(self):
        policies = RequestPolicies(approval_hours=OFFICE)
        asked = after(standing("in_review"), "request_authorization", policies=policies)
        assert asked.approvals[0].expires_at == datetime(2026, 3, 4, 17, tzinfo=UTC)
        assert asked.approvals[1].expires_at is None


class TestEntitlement:
    @pytest.mark.parametrize(
        ("entitlement", "why"),
        [
            (Entitlement(), None),
            (Entitlement(persons=["ana"]), None),
            (Entitlement(persons=["zoe"]), "it is not for person 'ana'"),
            (Entitlement(customers=["acme"]), None),
            (Entitlement(customers=["globex"]), "it is not for customer 'acme'"),
            (Entitlement(units=["sales"]), None),
            (Entitlement(units=["legal"]), "it is not for unit 'sales'"),
            (Entitlement(roles=["driver"]), None),
            (Entitlement(roles=["nurse"]), "it is not for role 'driver'"),
        ],
    )
    def test_the_model_says_who_may_have_it_and_the_directory_who_they_are(self, entitlement, why):
        model = RequestModel(name="desk", group="depot", entitlement=entitlement)
        staff = StaffDirectory(person_units={"ana": ["sales"]}, person_roles={"ana": ["driver"]})
        request = submitted(item(model), customer="acme")
        found = ModelEntitlement().why_not(request.items[0], request, staff)
        assert found == (() if why is None else (why,))

    def test_it_is_about_who_gets_it_and_not_who_asks(self):
        model = RequestModel(name="desk", group="depot", entitlement=Entitlement(persons=["zoe"]))
        assert after(submitted(item(model), requested_for="zoe"), "authorize").is_authorized
        with pytest.raises(GuardRefusedError) as refusal:
            after(submitted(item(model), requester="zoe", requested_for="ana"), "authorize")
        assert refusal.value.reasons[0].text == "desk: it is not for person 'ana'"

    def test_all_that_speaks_against_all_items_is_told(self):
        @attrs.frozen
        class Never:
            """
            A policy by which nobody may have anything.
            """

            def why_not(self, item, request, _directory):
                """
                Refuse.
                """
                return (f"{request.beneficiary} has one", f"{item.name} is rare")

        request = submitted(item(CHAIR), item(CHAIR, name="stool"))
        with pytest.raises(GuardRefusedError) as refusal:
            after(request, "authorize", policies=RequestPolicies(entitlement=Never()))
        assert rules_of(refusal) == ["the_beneficiary_is_entitled"] * 4
        assert [reason.text for reason in refusal.value.reasons] == [
            "chair: ana has one",
            "chair: chair is rare",
            "stool: ana has one",
            "stool: stool is rare",
        ]


class TestCharging:
    def test_the_price_of_what_is_there_is_charged_to_its_budget(self):
        closed = after(through(done(budget_center="cc1"), "complete"), "close", at=minute(90))
        assert closed.charge.amount == eur(1500)
        assert (closed.charge.budget_center, closed.charge.charged_at) == ("cc1", minute(90))
        assert closed.journal[-1].decided["charge"] == "fixed_price_else_actual"

    def test_of_what_came_in_part_that_part_is_charged(self):
        request = through(done(items=[item(quantity=3)]), ("deliver", {"quantity": 2}))
        completed = after(request, "complete", note="One is on back order.")
        assert after(completed, "close").charge.amount == eur(3000)

    def test_what_has_no_price_costs_what_it_has_cost(self):
        completed = through(
            standing("in_review preauthorized"), ("complete", {"actual_cost": eur(12)})
        )
        assert after(completed, "close").charge.amount == eur(12)

    def test_what_came_with_issues_costs_what_it_has_cost(self):
        failed = through(standing("in_progress"), "fail_task", ("skip_task", {"task": INSTALL}))
        completed = after(failed, "complete", note="No stock.", actual_cost=eur(40))
        assert after(completed, "close").charge.amount == eur(40)

    def test_what_cost_nothing_is_not_charged(self):
        closed = through(standing("in_review preauthorized"), "complete", "close")
        assert closed.charge is None

    def test_a_callers_own_policy_charges_as_it_likes(self):
        @attrs.frozen
        class Flat:
            """
            A policy by which everything costs the same.
            """

            name: str = "flat"

            def amount(self, _request):
                """
                Return the fee.
                """
                return eur(5)

        closed = after(standing("completed"), "close", policies=RequestPolicies(charging=Flat()))
        assert closed.charge.amount == eur(5)
        assert closed.journal[-1].decided["charge"] == "flat"

    def test_what_is_reopened_is_charged_anew(self):
        again = after(standing("closed"), "reopen")
        assert again.charge is None
        assert through(again, "complete", "close").charge.amount == eur(1500)


class TestClosing:
    def test_it_closes_by_itself_after_two_business_days_unless_somebody_objects(self):
        completed = after(done(), "complete", at=minute(60))
        assert completed.auto_close_at == datetime(2026, 3, 5, tzinfo=UTC)
        decided = completed.last_entry("complete").decided
        assert decided == {"auto_close_at": "two_step_closure"}

    @pytest.mark.parametrize(
        "fields",
        [
            {"vip": True},
            {
                "items": [
                    item(RequestModel(name="laptop", group="it", closure_conditions=["Tagged"]))
                ]
            },
        ],
        ids=["a VIP's", "with conditions"],
    )
    def test_what_a_person_has_to_close_never_closes_by_itself(self, fields):
        request = through(drafted(**{"items": [item(CHAIR)], **fields}), "submit", "complete")
        assert request.auto_close_at is None

    def test_the_time_to_object_may_run_in_office_hours(self):
        closure = TwoStepClosure(after=BusinessDays(1), calendar=OFFICE)
        completed = after(done(), "complete", policies=RequestPolicies(closure=closure))
        assert completed.auto_close_at == datetime(2026, 3, 3, 17, tzinfo=UTC)

    def test_a_closed_one_is_reopened_inside_the_window_that_was_set(self):
        policies = RequestPolicies(reopen=ReopenWindow(window=timedelta(hours=1)))
        closed = after(standing("completed"), "close", at=minute(60), policies=policies)
        assert closed.reopen_until == minute(120)
        assert after(closed, "reopen", at=minute(119)).reopen_count == 1
        with pytest.raises(GuardRefusedError):
            after(closed, "reopen", at=minute(120))

    def test_the_requester_confirms_what_somebody_else_completed(self):
        strict = RequestPolicies(closure=TwoStepClosure(confirmed_by_another=True))
        completed = after(done(), "complete", at=minute(60))
        with pytest.raises(GuardRefusedError) as refusal:
            after(completed, "close", policies=strict)
        assert rules_of(refusal) == ["another_person_confirms"]
        assert after(completed, "close", by=ANA, policies=strict).closed_at


class TestAll:
    def test_the_defaults_are_those_of_good_practice(self):
        policies = RequestPolicies()
        assert policies.ownership == FixedOwner("service_desk")
        assert policies.closure == TwoStepClosure()
        assert policies.reopen == ReopenWindow()
        assert policies.approval == ModelApproval()
        assert policies.entitlement == ModelEntitlement()
        assert policies.charging == FixedPriceElseActual()
        assert policies.directory is NOBODY_KNOWN
        assert policies.catalog is None
        assert not policies.completeness
        assert ServiceRequest.policies == policies

    def test_strict_ones_ask_for_everything_and_for_another_to_confirm(self):
        strict = RequestPolicies.strict()
        assert set(strict.completeness) == set(REQUEST_COMPLETENESS)
        assert strict.authorization == STRICT_REQUEST_ROLES
        assert strict.closure == TwoStepClosure(confirmed_by_another=True)
        assert RequestPolicies.strict(closure=TwoStepClosure()).closure == TwoStepClosure()
        assert RequestPolicies.strict(completeness=()).completeness == frozenset()

    def test_a_life_that_misses_nothing_passes_under_strict_policies(self):
        everyone = RequestPolicies.strict(authorization=RequestPolicies().authorization)
        request = through(
            drafted(
                description="Mine is broken.", budget_center="cc1", channel=ContactChannel.PORTAL
            ),
            ("submit", {"policies": everyone}),
            "categorize",
            "prioritize",
            ("request_authorization", {"by": DESK, "policies": everyone}),
        )
        request = request.approve(by=MIA, at=minute(60), policies=everyone)
        request = request.approve(by=BO, at=minute(61), policies=everyone)
        request = through(request, ("start_fulfillment", {"policies": everyone}), *DONE)
        request = after(request, "complete", policies=everyone)
        closed = after(request, "close", by=ANA, policies=everyone)
        assert closed.outcome == "successful"
        assert closed.closure_reason is ClosureReason.CALLER_CONFIRMED

    def test_priority_and_owner_are_decided_and_the_entry_says_by_what(self):
        draft = drafted(impact=Impact.HIGH, urgency=Urgency.HIGH)
        assert (draft.owner, draft.priority is not None) == ("service_desk", True)
        assert set(draft.journal[0].decided) == {"owner", "priority"}
        assert "owner" not in drafted(owner="zoe").journal[0].decided

    def test_a_subclass_may_have_policies_of_its_own(self):
        ours = drafted(Ours, items=[item(CHAIR)])
        assert ours.owner == "ada"
        completed = through(ours, "submit", ("complete", {"at": minute(60)}))
        assert completed.auto_close_at == minute(60 + 2 * 24 * 60)

    @pytest.mark.parametrize(
        "wrong",
        [
            {"closure": timedelta(days=2)},
            {"closure": TwoStepClosure},
            {"reopen": None},
            {"approval": LAPTOP.approval},
            {"approval": ModelApproval},
            {"entitlement": Entitlement},
            {"charging": eur(5)},
            {"directory": {"ana": "mia"}},
            {"directory": None},
            {"approval_hours": "always"},
            {"catalog": [LAPTOP]},
            {"authorization": "strict"},
            {"completeness": ["it_is_described"]},
            {"family_levels": "one"},
            {"resume_on_reply": 1},
        ],
        ids=" ".join,
    )
    def test_what_is_no_policy_is_refused_where_it_is_given(self, wrong):
        with pytest.raises(TypeError):
            RequestPolicies(**wrong)
        with pytest.raises(TypeError):
            RequestPolicies.strict(**wrong)

    @pytest.mark.parametrize(
        ("make", "error"),
        [
            (lambda: ModelApproval(financial_above=1000), TypeError),
            (lambda: ModelApproval(financial_above=eur(-1)), ValueError),
            (lambda: RequestPolicies(family_levels=-1), ValueError),
            (lambda: RequestPolicies(no_such_policy=1), TypeError),
        ],
        ids=["no money", "negative", "levels", "unknown"],
    )
    def test_values_that_make_no_sense_are_refused_where_they_are_made(self, make, error):
        with pytest.raises(error):
            make()

    def test_a_catalog_is_one_of_services(self):
        assert RequestPolicies(catalog=ServiceCatalog()).catalog == ServiceCatalog()
