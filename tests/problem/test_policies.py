"""
Policies decide, the entry keeps what they decided, and swapping them rewrites nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from itil_ops import BusinessCalendar, BusinessDays, FixedOwner, GuardRefusedError
from itil_ops.problem.policies import (
    CauseAndWorkaround,
    CauseOnly,
    NoObservation,
    Observation,
    ProblemPolicies,
    WorkaroundOnly,
)
from itil_ops.problem.record import Problem
from itil_ops.problem.rules import PROBLEM_COMPLETENESS
from itil_ops.problem.severity import WeightedSeverity
from problem_doubles import KNOWN, MORNING, after, logged, minute, standing, through
from record_doubles import rules_of


CAUSE, WORKAROUND = "record_root_cause", "record_workaround"
OFFICE = BusinessCalendar(
    "Europe/London", dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), (("09:00", "17:00"),))
)


class Ours(Problem):
    """
    A problem under other policies.
    """

    policies = ProblemPolicies(known_error=CauseOnly(), ownership=FixedOwner("ada"))


def found(*facts):
    return through(logged(), "investigate", *facts)


class TestKnownErrors:
    @pytest.mark.parametrize(
        ("policy", "facts", "against"),
        [
            (CauseAndWorkaround(), (), "there is no root cause and no workaround"),
            (CauseAndWorkaround(), (CAUSE,), "there is no workaround"),
            (CauseAndWorkaround(), (WORKAROUND,), "there is no root cause"),
            (CauseAndWorkaround(), (CAUSE, WORKAROUND), None),
            (WorkaroundOnly(), (), "there is no workaround"),
            (WorkaroundOnly(), (CAUSE,), "there is no workaround"),
            (WorkaroundOnly(), (WORKAROUND,), None),
            (CauseOnly(), (), "there is no root cause"),
            (CauseOnly(), (WORKAROUND,), "there is no root cause"),
            (CauseOnly(), (CAUSE,), None),
        ],
        ids=str,
    )
    def test_a_declaration_is_the_policys_to_allow(self, policy, facts, against):
        problem, policies = found(*facts), ProblemPolicies(known_error=policy)
        if against is None:
            declared = after(problem, "declare_known_error", policies=policies)
            assert declared.state.name == "known_error"
            return
        with pytest.raises(GuardRefusedError) as refusal:
            after(problem, "declare_known_error", policies=policies)
        assert [reason.text for reason in refusal.value.reasons] == [against]

    def test_a_workaround_that_is_ruled_out_is_none(self):
        ruled_out = found(CAUSE, WORKAROUND, "rule_out_workaround")
        assert CauseAndWorkaround().why_not(ruled_out) == "there is no workaround"

    def test_a_callers_own_policy_says_it_in_its_own_words(self):
        @attrs.frozen
        class Never:
            """
            A policy that lets none pass.
            """

            def why_not(self, problem):
                """
                Refuse.
                """
                return f"{problem.id} is ours"

        with pytest.raises(GuardRefusedError, match="PRB-1 is ours"):
            after(
                found(CAUSE, WORKAROUND),
                "declare_known_error",
                policies=ProblemPolicies(known_error=Never()),
            )


class TestObservation:
    def test_by_default_there_is_none(self):
        assert NoObservation().observed_until(logged(), MORNING) is None
        assert after(standing("known_error"), "resolve").journal[-1].decided == {
            "observed_until": "no_observation"
        }

    def test_thirty_days_unless_given(self):
        assert Observation().observed_until(logged(), minute(0)) == MORNING + timedelta(days=30)

    def test_it_may_run_in_business_days(self):
        policy = ProblemPolicies(observation=Observation(BusinessDays(5), calendar=OFFICE))
        resolved = after(standing("known_error"), "resolve", policies=policy)
        assert resolved.observed_until == datetime(2026, 3, 9, 17, tzinfo=UTC)

    def test_another_policy_rewrites_nothing(self):
        policy = ProblemPolicies(observation=Observation())
        resolved = after(standing("known_error"), "resolve", policies=policy)
        assert after(resolved, "comment").observed_until == resolved.observed_until
        with pytest.raises(GuardRefusedError):
            after(resolved, "close")


class TestAll:
    def test_the_defaults_are_the_books(self):
        policies = ProblemPolicies()
        assert policies.ownership == FixedOwner("problem_manager")
        assert policies.known_error == CauseAndWorkaround()
        assert policies.observation == NoObservation()
        assert policies.severity == WeightedSeverity()
        assert Problem.policies == policies

    def test_strict_ones_ask_for_everything_and_observe(self):
        strict = ProblemPolicies.strict()
        assert set(strict.completeness) == set(PROBLEM_COMPLETENESS)
        assert strict.observation == Observation()
        assert ProblemPolicies.strict(observation=NoObservation()).observation == NoObservation()

    def test_what_waits_for_its_closure_says_all_that_strict_policies_miss(self):
        strict = ProblemPolicies.strict(authorization=ProblemPolicies().authorization)
        resolved = after(standing("fix_in_progress"), "resolve", no_change_reason="Undone.")
        major = through(logged(), "declare_major", "investigate", CAUSE, "start_fix")
        with pytest.raises(GuardRefusedError) as refusal:
            after(major, "resolve", note=None, policies=strict)
        assert rules_of(refusal) == [
            "the_change_is_reviewed_or_not_needed",
            "the_resolution_is_described",
        ]
        assert after(resolved, "close", policies=strict).known_errors == (KNOWN,)

    def test_a_subclass_may_have_policies_of_its_own(self):
        ours = Ours.log(
            logged().id, title="Slow", evidence="A trend.", by=logged().journal[0].by, at=MORNING
        )
        assert ours.owner == "ada"
        declared = through(ours, "investigate", CAUSE, "declare_known_error")
        assert declared.state.name == "known_error"
