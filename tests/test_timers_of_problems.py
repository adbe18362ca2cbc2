"""
What falls due in a problem and a known error, most of it for a person to decide.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from itil_ops import Actor, IncidentId, KnownErrorId, PendingReason, ProblemId
from itil_ops.problem.known_error.record import KnownError
from itil_ops.problem.policies import Observation, ProblemPolicies
from itil_ops.problem.record import Problem
from itil_ops.problem.review import FollowUpAction, ReviewAnswers, ReviewId
from itil_ops.problem.vocabulary import ProblemResolutionCode, RootCauseCategory
from itil_ops.sla import ServiceLevelAgreement, Target, TargetKind
from itil_ops.timers import due, next_wakeup, planner


PM = Actor("pm")
CRON = Actor.system("scheduler")
WATCHED = ProblemPolicies(observation=Observation(timedelta(days=30)))
REVIEW = ReviewId("REV-1")


def day(count):
    return datetime(2026, 3, 2, 9, tzinfo=UTC) + timedelta(days=count)


def logged():
    return Problem.log(
        ProblemId("PRB-1"), title="The queue gets stuck", evidence="A trend.", by=PM, at=day(0)
    )


def known_error():
    problem = logged().investigate(by=PM, at=day(1))
    problem = problem.record_root_cause(
        "No limit per sender", category=RootCauseCategory.SOFTWARE, by=PM, at=day(2)
    )
    problem = problem.record_workaround("Purge the queue.", by=PM, at=day(2))
    return problem.declare_known_error(by=PM, at=day(2))


def promised():
    return known_error().revise(target_resolution_at=day(9), by=PM, at=day(3))


def deferred():
    return known_error().defer(day(60), "No budget.", by=PM, at=day(3))


def resolved():
    return known_error().resolve(no_change_reason="A setting.", by=PM, at=day(5), policies=WATCHED)


def accepted():
    return known_error().accept_risk(
        approver="cfo",
        reason="Too dear.",
        review_at=day(90),
        expires_at=day(180),
        by=PM,
        at=day(3),
    )


def reviewed():
    problem = logged().declare_major("A site was cut off.", by=PM, at=day(1))
    return problem.plan_review(REVIEW, planned_for=day(10), by=PM, at=day(1))


def followed_up():
    actions = [
        FollowUpAction(text="Watch the queue", due_at=day(20)),
        FollowUpAction(text="Train the desk", due_at=day(15)),
        FollowUpAction(text="Thank the carrier"),
    ]
    problem = reviewed().hold_review(REVIEW, attendees=["pm"], by=PM, at=day(10))
    return problem.complete_review(
        REVIEW, answers=ReviewAnswers(done_well="All."), actions=actions, by=PM, at=day(11)
    )


def published():
    drafted = KnownError.draft(
        KnownErrorId("KE-1"), title="Stuck queue", symptoms="Mail is late.", by=PM, at=day(0)
    )
    known = drafted.revise_workaround("Purge the queue.", by=PM, at=day(0))
    return known.publish(by=PM, at=day(1))


def shown(record, until):
    return [(str(timer.kind), timer.at) for timer in due(record, [], None, until)]


class TestWhatAPersonDecides:
    @pytest.mark.parametrize(
        ("make", "kind", "at"),
        [
            (promised, "target_resolution", 9),
            (deferred, "deferral_end", 60),
            (resolved, "observation_end", 35),
            (accepted, "risk_review", 90),
            (reviewed, "major_review", 10),
            (followed_up, "follow_up", 15),
        ],
        ids=["target", "deferral", "observation", "acceptance", "review", "action"],
    )
    def test_it_falls_due_at_its_instant_and_not_before(self, make, kind, at):
        problem = make()

        assert next_wakeup(problem, [], day(12 if at == 15 else 5)) == day(at)
        assert shown(problem, day(at) - timedelta(microseconds=1)) == []
        assert shown(problem, day(at)) == [(kind, day(at))]
        assert shown(problem, day(at + 1))[0] == (kind, day(at))

    def test_nothing_is_done_by_itself(self):
        problem = accepted()
        (timer,) = due(problem, [], None, day(90))

        assert (timer.verb, timer.news) == (None, None)
        assert timer.apply(problem, by=CRON, at=day(90)) is problem

    def test_an_acceptance_falls_due_twice_until_it_is_renewed(self):
        problem = accepted()
        assert shown(problem, day(180)) == [("risk_review", day(90)), ("risk_expiry", day(180))]
        assert problem.is_acceptance_expired(day(180))

        renewed = problem.renew_risk_acceptance(
            approver="cfo", reason="Still too dear.", review_at=day(400), by=PM, at=day(180)
        )
        assert shown(renewed, day(399)) == []
        assert next_wakeup(renewed, [], day(180)) == day(400)

    def test_what_is_decided_falls_due_no_more(self):
        fixed = {"no_change_reason": "A setting.", "by": PM, "at": day(5)}
        assert shown(promised().resolve(**fixed), day(99)) == []
        assert shown(deferred().take_up("There is one now.", by=PM, at=day(4)), day(99)) == []
        assert shown(resolved().reanalyze("It is back.", by=PM, at=day(6)), day(99)) == []
        assert shown(accepted().reanalyze("It got worse.", by=PM, at=day(6)), day(99)) == []
        held = reviewed().hold_review(REVIEW, attendees=["pm"], by=PM, at=day(10))
        assert shown(held, day(99)) == []

    def test_each_action_falls_due_until_it_is_done(self):
        problem = followed_up()
        assert shown(problem, day(99)) == [("follow_up", day(15)), ("follow_up", day(20))]

        done = problem.complete_action(REVIEW, 2, by=PM, at=day(14))
        assert shown(done, day(99)) == [("follow_up", day(20))]

    def test_an_observation_ends_once_the_problem_is_closed(self):
        closed = resolved().close(open_incidents=(), live_known_errors=(), by=PM, at=day(36))
        assert shown(closed, day(99)) == []

    def test_a_recurrence_moves_the_end_of_the_observation(self):
        from_now_on = resolved().record_recurrence(
            IncidentId("INC-9"), by=PM, at=day(20), policies=WATCHED
        )
        assert next_wakeup(from_now_on, [], day(20)) == day(50)

    def test_a_cancelled_problem_is_not_reviewed(self):
        cancelled = reviewed().cancel(ProblemResolutionCode.NOT_A_PROBLEM, by=PM, at=day(2))
        assert shown(cancelled, day(99)) == []

    def test_nor_is_what_follows_from_a_review_of_one(self):
        cancelled = followed_up().cancel(ProblemResolutionCode.NOT_A_PROBLEM, by=PM, at=day(12))
        assert shown(cancelled, day(99)) == []


class TestKnownErrors:
    def test_one_is_validated_by_its_date(self):
        known = published().validate(validate_by=day(40), by=PM, at=day(2))

        assert next_wakeup(known, [], day(3)) == day(40)
        assert shown(known, day(40)) == [("validation", day(40))]
        assert shown(known.validate(validate_by=day(80), by=PM, at=day(40)), day(79)) == []

    def test_one_without_a_date_is_not(self):
        assert shown(published(), day(999)) == []


class TestTargetsOfProblems:
    NINETY = ServiceLevelAgreement(
        "problems", targets=[Target(TargetKind.PROBLEM_RESOLUTION, timedelta(days=90))]
    )

    def test_a_target_is_missed_one_microsecond_after_it_is_due(self):
        missed = day(90) + timedelta(microseconds=1)
        assert next_wakeup(logged(), [self.NINETY], day(1)) == missed
        (timer,) = due(logged(), [self.NINETY], day(1), missed)
        assert (str(timer.kind), timer.news.told.is_breach) == ("breach", True)

    def test_a_problem_that_waits_still_counts(self):
        waiting = known_error().hold(
            PendingReason.AWAITING_SUPPLIER, awaited="carrier", until=day(30), by=PM, at=day(3)
        )
        assert planner([self.NINETY])(waiting) == {
            "breach": day(90) + timedelta(microseconds=1),
            "pending_until": day(30),
        }
        (timer,) = due(waiting, [], None, day(30))
        assert timer.apply(waiting, by=CRON, at=day(30)).state.name == "known_error"
