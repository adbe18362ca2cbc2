"""
What each verb changes, and what it leaves alone.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from itil_ops import (
    CategoryPath,
    ChangeId,
    ConfigurationItemId,
    ContactChannel,
    Criticality,
    Direction,
    GuardRefusedError,
    Impact,
    IncidentId,
    KnownErrorId,
    Link,
    LinkKind,
    Priority,
    Urgency,
    Visibility,
)
from itil_ops.kernel.vocabulary import ChangeStatus
from itil_ops.problem.policies import Observation, ProblemPolicies
from itil_ops.problem.severity import ProblemSeverity, SeverityLevel
from itil_ops.problem.vocabulary import (
    AnalysisTechnique,
    Deferral,
    MajorProblem,
    ProblemOrigin,
    ProblemResolutionCode,
    RiskAcceptance,
    RootCause,
    RootCauseCategory,
)
from problem_doubles import (
    ACCEPTANCE,
    AGAIN,
    ALARM,
    CHANGE,
    DECLARED,
    ENGINE,
    INC,
    KNOWN,
    LI,
    MAIL,
    MORNING,
    OTHER,
    after,
    logged,
    minute,
    ready,
    standing,
    through,
)


HIGH = {"impact": Impact.HIGH, "urgency": Urgency.HIGH}
A_MONTH = ProblemPolicies(observation=Observation(timedelta(days=30), name="a month"))


def last(problem):
    return problem.journal[-1]


def changed(problem, action, **told):
    """
    Return the names of the fields that a verb changes.
    """
    return set(last(after(problem, action, **told)).changes)


class TestLog:
    def test_a_problem_with_incidents_is_reactive_and_points_to_each_once(self):
        problem = logged(raised_from=[INC, ALARM, INC])
        assert problem.origin is ProblemOrigin.REACTIVE
        assert problem.raised_from == (INC, ALARM)
        assert problem.links[1] == Link(LinkKind.TRIGGERED_BY, ALARM)

    def test_a_problem_with_no_incident_is_proactive_and_legal(self):
        problem = logged(raised_from=(), evidence="A trend of a month.")
        assert (problem.origin, problem.raised_from) == (ProblemOrigin.PROACTIVE, ())
        assert problem.evidence == "A trend of a month."

    def test_an_origin_that_is_stated_holds(self):
        problem = logged(origin=ProblemOrigin.PROACTIVE, evidence="A supplier's note.")
        assert (problem.origin, problem.raised_from) == (ProblemOrigin.PROACTIVE, (INC,))

    def test_what_is_stated_is_kept(self):
        stated = {
            "number": "P-7",
            "description": "Since Monday.",
            "service": "email",
            "customer": "acme",
            "category": MAIL,
            "criticality": Criticality.HIGH,
            "configuration_items": (ConfigurationItemId("mx1"),),
            "symptoms": "Mail arrives late.",
            "detected_at": minute(-90),
            "affected_services": ("calendar", "web"),
            "affected_users": ("sales", "cfo"),
            "business_areas": ("orders",),
            "target_resolution_at": minute(9_000),
            "cost": Decimal("120.50"),
            **HIGH,
        }
        problem = logged(**stated, note="Third time.")
        assert {name: getattr(problem, name) for name in stated} == stated
        assert (problem.logged_at, last(problem).note) == (MORNING, "Third time.")

    def test_priority_and_owner_are_the_policies_and_the_entry_says_whose(self):
        problem = logged(**HIGH)
        assert (problem.priority, problem.owner) == (Priority.CRITICAL, "problem_manager")
        assert set(last(problem).decided) == {"priority", "owner"}
        assert logged(owner="ada").owner == "ada"
        assert dict(last(logged(owner="ada")).decided) == {}


class TestProblemControl:
    def test_assessing_classifies_rates_and_leaves_what_is_not_said(self):
        severity = ProblemSeverity(people=9)
        problem = after(
            logged(category=MAIL, impact=Impact.HIGH),
            "assess",
            urgency=Urgency.HIGH,
            severity=severity,
            possible_duplicates=[OTHER],
            note="Another site.",
        )
        assert (problem.category, problem.priority) == (MAIL, Priority.CRITICAL)
        assert (problem.severity, problem.severity_level) == (severity, SeverityLevel.HIGH)
        assert problem.possible_duplicates == (OTHER,)
        assert set(last(problem).decided) == {"priority", "severity_level"}

    def test_nobody_looked_is_not_the_same_as_nothing_found(self):
        assert after(logged(), "assess", possible_duplicates=None).possible_duplicates is None
        assert after(logged(), "assess").possible_duplicates == ()

    def test_a_severity_changes_no_priority(self):
        problem = logged(**HIGH)
        assert changed(problem, "rate_severity") == {"severity", "severity_level"}

    def test_an_investigation_begins_with_who_and_how(self):
        told = {"techniques": [AnalysisTechnique.FIVE_WHYS], "effective_at": minute(5)}
        problem = after(standing("assessed"), "investigate", at=minute(9), **told)
        assert (problem.group, problem.assignee) == ("messaging", "li")
        assert problem.techniques == (AnalysisTechnique.FIVE_WHYS,)
        assert problem.investigation_started_at == problem.responded_at == minute(5)
        assert last(problem).at == minute(9)

    def test_what_is_new_is_assessed_and_investigated_at_one_effective_instant(self):
        problem = after(logged(), "investigate", at=minute(9), effective_at=minute(2))
        assert [entry.action for entry in problem.journal] == ["log", "assess", "investigate"]
        assert {entry.effective_at for entry in problem.journal[1:]} == {minute(2)}
        assert problem.possible_duplicates is None

    @pytest.mark.parametrize("place", ["new", "assessed"])
    def test_duplicates_that_were_looked_for_are_kept_from_either_state(self, place):
        begun = after(standing(place), "investigate", possible_duplicates=[OTHER])
        assert begun.possible_duplicates == (OTHER,)
        kept = after(standing("assessed"), "investigate")
        assert kept.possible_duplicates == ()

    def test_the_actor_investigates_where_nobody_is_named(self):
        begun = after(standing("assessed"), "investigate", group=None, assignee=None)
        assert (begun.group, begun.assignee) == (None, "li")
        queued = after(after(logged(), "assess"), "assign")
        kept = after(queued, "investigate", group=None, assignee=None)
        assert (kept.group, kept.assignee) == ("network", None)
        own = after(queued, "investigate", group=None, assignee="ada")
        assert (own.group, own.assignee) == ("network", "ada")

    def test_findings_collect_techniques_each_once(self):
        problem = standing("under_investigation")
        for technique in (AnalysisTechnique.PARETO, AnalysisTechnique.ISHIKAWA, None):
            problem = after(problem, "diagnose", technique=technique)
        problem = after(problem, "diagnose", technique=AnalysisTechnique.PARETO)
        assert problem.techniques == (AnalysisTechnique.PARETO, AnalysisTechnique.ISHIKAWA)
        assert last(problem).note == "The queue is full of one sender."

    def test_a_root_cause_is_a_dated_fact_with_an_author(self):
        item = ConfigurationItemId("mx1")
        problem = after(
            logged(),
            "record_root_cause",
            configuration_item=item,
            at=minute(9),
            effective_at=minute(3),
        )
        assert problem.root_cause == RootCause(
            text="No limit per sender",
            category=RootCauseCategory.SOFTWARE,
            at=minute(3),
            by="li",
            configuration_item=item,
        )
        assert problem.root_cause_at == minute(3)
        assert problem.state.name == "new"

    def test_a_root_cause_is_corrected_even_after_the_resolution(self):
        other = {"text": "A bad disk", "category": RootCauseCategory.HARDWARE}
        corrected = after(standing("resolved"), "record_root_cause", **other)
        assert corrected.root_cause.text == "A bad disk"
        assert corrected.resolution.code is ProblemResolutionCode.FIX_APPLIED

    def test_a_root_cause_that_turns_up_is_no_longer_unknown(self):
        problem = through(logged(), "investigate")
        resolved = after(problem, "resolve", root_cause_unknown_reason="The log was lost.")
        assert resolved.root_cause_unknown_reason == "The log was lost."
        assert after(resolved, "record_root_cause").root_cause_unknown_reason is None

    def test_workarounds_count_their_versions_even_after_one_was_ruled_out(self):
        first = after(logged(), "record_workaround", at=minute(9), effective_at=minute(2))
        none = after(first, "rule_out_workaround")
        second = after(none, "record_workaround", text="Use the web client.")
        assert (first.workaround.version, first.workaround_at) == (1, minute(2))
        assert (none.workaround, none.no_workaround_reason) == (None, "Every way loses mail.")
        assert (second.workaround.version, second.workaround.text) == (2, "Use the web client.")
        assert second.no_workaround_reason is None
        assert none.workaround_at is None


class TestRevision:
    def test_what_is_given_takes_the_place_of_all_there_was_and_the_rest_stays(self):
        before = logged(title="Slow", affected_users=["sales"], business_areas=["orders"], **HIGH)
        problem = after(before, "revise", title="Mail is late", affected_users=[], note="Seen.")
        assert (problem.title, problem.symptoms) == ("Mail is late", "Mail arrives hours late.")
        assert (problem.affected_users, problem.business_areas) == ((), ("orders",))
        assert set(last(problem).changes) == {"title", "symptoms", "affected_users"}
        assert (last(problem).note, dict(last(problem).decided)) == ("Seen.", {})
        assert problem.priority is Priority.CRITICAL

    def test_everything_that_is_learned_in_the_course_of_time_can_be_revised(self):
        stated = {
            "title": "Mail is late",
            "description": "Since Monday.",
            "service": "email",
            "symptoms": "It takes hours.",
            "evidence": "A trend.",
            "detected_at": minute(-90),
            "configuration_items": (ConfigurationItemId("mx1"),),
            "affected_services": ("calendar",),
            "affected_users": ("sales",),
            "business_areas": ("orders",),
            "target_resolution_at": minute(9_000),
            "cost": Decimal("120.50"),
            "owner": "ada",
        }
        problem = after(standing("resolved"), "revise", **stated)
        assert {name: getattr(problem, name) for name in stated} == stated
        assert problem.state.name == "resolved"

    def test_what_is_said_twice_is_kept_once(self):
        problem = after(logged(), "revise", affected_services=["web", "calendar", "web"])
        assert problem.affected_services == ("web", "calendar")

    @pytest.mark.parametrize(
        ("service", "affected", "services"),
        [
            (None, (), ()),
            ("email", (), ("email",)),
            (None, ("web",), ("web",)),
            ("email", ("web", "email"), ("email", "web")),
        ],
    )
    def test_its_services_are_the_main_one_and_the_others(self, service, affected, services):
        assert logged(service=service, affected_services=affected).services == services


class TestErrorControl:
    def test_a_declaration_points_to_the_known_error_if_there_is_one(self):
        understood = standing("under_investigation")
        assert after(understood, "declare_known_error").known_errors == (KNOWN,)
        assert after(understood, "declare_known_error", known_error=None).known_errors == ()

    def test_several_known_errors_may_tell_of_it(self):
        also = KnownErrorId("KE-2")
        problem = after(standing("known_error"), "link", kind=LinkKind.HAS_KNOWN_ERROR, target=also)
        assert problem.known_errors == (KNOWN, also)

    def test_a_fix_names_its_change_and_points_to_it(self):
        problem = standing("fix_in_progress")
        assert (problem.change, problem.change_status) == (CHANGE, None)
        assert Link(LinkKind.ADDRESSED_BY, CHANGE) in problem.links

    def test_a_fix_without_a_change_forgets_the_one_it_had(self):
        changed_before = after(standing("known_error"), "record_change")
        problem = after(changed_before, "start_fix", change=None, no_change_reason="A setting.")
        assert (problem.change, problem.change_status) == (None, None)
        assert problem.no_change_reason == "A setting."

    def test_a_fix_keeps_what_is_known_of_its_change(self):
        requested = after(standing("known_error"), "record_change")
        for told in ({}, {"change": None}):
            problem = after(requested, "start_fix", **told)
            assert (problem.change, problem.change_status) == (CHANGE, ChangeStatus.APPROVED)

    def test_a_link_that_was_taken_back_comes_again_with_the_change(self):
        alone = after(standing("fix_in_progress"), "unlink", target=CHANGE)
        again = after(alone, "record_change")
        assert Link(LinkKind.ADDRESSED_BY, CHANGE) in again.links

    def test_another_change_starts_from_no_status(self):
        problem = after(standing("fix_in_progress"), "record_change")
        moved = after(problem, "record_change", status=ChangeStatus.FAILED, change=None)
        other = ChangeId("CHG-2")
        again = after(after(moved, "fix_failed"), "start_fix", change=other)
        assert (moved.change, moved.change_status) == (CHANGE, ChangeStatus.FAILED)
        assert (again.change, again.change_status) == (other, None)

    def test_a_change_that_turns_up_was_needed_after_all(self):
        problem = after(
            standing("known_error"), "start_fix", change=None, no_change_reason="A setting."
        )
        assert after(problem, "record_change").no_change_reason is None

    def test_a_failed_fix_forgets_its_change_and_keeps_what_was_found(self):
        problem = after(after(standing("fix_in_progress"), "record_change"), "fix_failed")
        assert (problem.change, problem.change_status, problem.no_change_reason) == (None,) * 3
        assert problem.root_cause
        assert problem.known_errors == (KNOWN,)
        assert last(problem).note == "The change was rolled back."


class TestDeferral:
    DEFERRED = (*DECLARED, "defer")

    def deferred(self):
        return through(logged(), *self.DEFERRED)

    def test_it_has_a_date_a_reason_and_an_author(self):
        problem = self.deferred()
        assert problem.deferral == Deferral(
            until=MORNING + timedelta(days=60),
            reason="The product is replaced then.",
            at=last(problem).at,
            by="li",
        )
        assert problem.state.name == "known_error"

    def test_again_it_is_another_date(self):
        assert after(self.deferred(), "defer", until=minute(99)).deferral.until == minute(99)

    @pytest.mark.parametrize("action", ["take_up", "start_fix", "resolve", "accept_risk", "close"])
    def test_it_ends_with(self, action):
        assert after(self.deferred(), action).deferral is None

    def test_it_outlasts_a_hold_and_may_end_there(self):
        held = after(self.deferred(), "hold")
        assert after(held, "resume").deferral
        assert after(held, "take_up").deferral is None


class TestResolution:
    def test_it_says_how_by_whom_and_when(self):
        problem = after(
            standing("fix_in_progress"), "resolve", at=minute(90), effective_at=minute(80)
        )
        resolution = problem.resolution
        assert resolution.code is ProblemResolutionCode.FIX_APPLIED
        assert (resolution.note, resolution.by) == ("Replaced the queue.", LI)
        assert resolution.at == problem.resolved_at == minute(80)
        assert problem.closed_at is None

    def test_out_of_a_hold_nothing_is_awaited_any_more(self):
        problem = after(standing("pending"), "resolve")
        assert (problem.pending_reason, problem.awaited) == (None, None)

    def test_it_is_observed_from_when_it_was_so(self):
        problem = after(
            standing("known_error"),
            "resolve",
            at=minute(90),
            effective_at=minute(60),
            policies=A_MONTH,
        )
        end = minute(60) + timedelta(days=30)
        assert problem.observed_until == end
        assert dict(last(problem).decided) == {"observed_until": "a month"}
        assert problem.is_observed(end - timedelta(microseconds=1))
        assert not problem.is_observed(end)

    def test_without_a_policy_nothing_is_observed(self):
        problem = standing("resolved")
        assert problem.observed_until is None
        assert not problem.is_observed(minute(0))

    def test_a_recurrence_begins_the_observation_anew(self):
        resolved = after(standing("known_error"), "resolve", policies=A_MONTH)
        back = MORNING + timedelta(days=20)
        problem = after(
            resolved,
            "record_recurrence",
            at=back + timedelta(days=1),
            effective_at=back,
            policies=A_MONTH,
        )
        assert problem.observed_until == back + timedelta(days=30)
        assert (problem.recurrences, problem.recurrence_count) == ((AGAIN,), 1)
        assert problem.state.name == "resolved"

    def test_a_recurrence_under_no_observation_leaves_the_one_that_runs(self):
        resolved = after(standing("known_error"), "resolve", policies=A_MONTH)
        problem = after(resolved, "record_recurrence")
        assert problem.observed_until == resolved.observed_until

    def test_one_that_comes_late_does_not_shorten_it(self):
        resolved = after(standing("known_error"), "resolve", policies=A_MONTH)
        short = ProblemPolicies(observation=Observation(timedelta(hours=1)))
        problem = after(resolved, "record_recurrence", policies=short)
        assert problem.observed_until == resolved.observed_until

    def test_recurrences_outlast_another_analysis(self):
        again = through(standing("resolved"), "record_recurrence", "reanalyze")
        assert (again.recurrences, again.latest_recurrences) == ((AGAIN,), ())

    def test_what_came_back_may_do_so_after_another_analysis(self):
        watched = {"policies": A_MONTH}
        other = after(standing("resolved"), "record_recurrence", incident=IncidentId("INC-8"))
        again = through(after(other, "record_recurrence"), "reanalyze")
        solved = after(again, "resolve", **watched)
        back = after(solved, "record_recurrence", **watched)

        assert back.observed_until > solved.observed_until
        assert back.recurrences == (IncidentId("INC-8"), AGAIN)
        assert (back.recurrence_count, back.latest_recurrences) == (2, (AGAIN,))
        with pytest.raises(GuardRefusedError, match="was recorded already"):
            after(back, "record_recurrence", **watched)


class TestClosure:
    def test_it_says_when_and_why_in_spite_of_what_stood_in_the_way(self):
        problem = after(
            standing("resolved"), "close", open_incidents=[INC], waiver="The caller left."
        )
        assert problem.closed_at == last(problem).at
        assert problem.closure_waiver == "The caller left."
        assert problem.resolved_at < problem.closed_at

    def test_what_it_is_told_of_other_records_is_not_journaled(self):
        problem = standing("resolved")
        named = after(problem, "close", open_incidents=[INC], waiver="The caller left.")
        assert set(last(named).changes) == {"closure_waiver"}
        assert last(after(problem, "close")).changes == {}

    def test_in_one_step_it_is_two_with_the_same_reasons(self):
        problem = after(
            through(logged(), "investigate"),
            "close",
            code=ProblemResolutionCode.NO_RECURRENCE,
            root_cause_unknown_reason="The log was lost.",
            no_change_reason="None was made.",
            note="Not seen for a year.",
        )
        assert [entry.action for entry in problem.journal[-2:]] == ["resolve", "close"]
        assert problem.resolution.code is ProblemResolutionCode.NO_RECURRENCE
        assert problem.root_cause_unknown_reason == "The log was lost."
        assert problem.no_change_reason == "None was made."
        assert problem.resolved_at == problem.closed_at

    def test_in_one_step_an_observation_has_to_be_waived(self):
        problem = standing("known_error")
        with pytest.raises(GuardRefusedError):
            after(problem, "close", policies=A_MONTH)
        closed = after(problem, "close", policies=A_MONTH, waiver="The site is gone.")
        assert closed.observed_until == closed.closed_at + timedelta(days=30)
        assert not closed.is_observed(closed.closed_at)


class TestRisk:
    def test_it_closes_on_the_word_of_the_business(self):
        problem = after(standing("known_error"), "accept_risk", expires_at=minute(999_999))
        assert problem.state.name == "closed"
        assert problem.risk_acceptance == RiskAcceptance(
            approver="cfo",
            reason=ACCEPTANCE["reason"],
            accepted_at=last(problem).at,
            review_at=ACCEPTANCE["review_at"],
            expires_at=minute(999_999),
        )
        assert problem.resolution_code is ProblemResolutionCode.RISK_ACCEPTED
        assert (problem.resolution, problem.resolved_at) == (None, None)
        assert problem.closed_at == last(problem).at
        assert problem.known_errors == (KNOWN,)

    def test_that_it_expired_is_a_fact_of_the_instant_and_no_state(self):
        end = MORNING + timedelta(days=100)
        problem = after(standing("known_error"), "accept_risk", expires_at=end)
        assert not problem.is_acceptance_expired(end - timedelta(microseconds=1))
        assert problem.is_acceptance_expired(end)
        assert problem.state.name == "closed"
        assert not standing("closed").is_acceptance_expired(end)
        assert not standing("closed at a risk").is_acceptance_expired(end)

    def test_its_review_falls_due_at_its_date(self):
        accepted = standing("closed at a risk").risk_acceptance
        assert accepted.is_review_due(accepted.review_at)
        assert not accepted.is_review_due(accepted.review_at - timedelta(microseconds=1))

    def test_renewed_it_has_another_date_and_stays_closed_when_it_was(self):
        problem = standing("closed at a risk")
        renewed = after(problem, "renew_risk_acceptance")
        assert renewed.risk_acceptance.review_at == MORNING + timedelta(days=180)
        assert renewed.risk_acceptance.accepted_at == last(renewed).at
        assert renewed.closed_at == problem.closed_at
        assert set(last(renewed).changes) == {"risk_acceptance"}

    def test_an_expired_acceptance_may_be_renewed(self):
        end = MORNING + timedelta(days=100)
        problem = after(standing("known_error"), "accept_risk", expires_at=end)
        renewed = after(problem, "renew_risk_acceptance", at=end + timedelta(days=1))
        assert not renewed.is_acceptance_expired(end + timedelta(days=1))

    def test_a_better_workaround_may_turn_up_while_the_business_lives_with_it(self):
        problem = standing("closed at a risk")
        better = after(problem, "record_workaround", text="Cap it at the gateway.")
        assert (better.workaround.version, better.state.name) == (2, "closed")
        assert better.risk_acceptance == problem.risk_acceptance
        told = after(better, "communicate_workaround")
        assert told.last_contact
        none = after(better, "rule_out_workaround")
        assert (none.workaround, none.closed_at) == (None, problem.closed_at)


class TestReanalysis:
    CLEARED = (
        "resolution_code",
        "root_cause_unknown_reason",
        "change",
        "change_status",
        "no_change_reason",
        "observed_until",
        "closure_waiver",
        "risk_acceptance",
        "resolution",
        "resolved_at",
        "closed_at",
        "known_error_at",
        "time_to_fix",
    )

    ENDED = (
        standing("resolved"),
        standing("closed"),
        standing("closed at a risk"),
        after(
            after(
                after(standing("fix_in_progress"), "record_change"),
                "resolve",
                root_cause_unknown_reason="The log was lost.",
                no_change_reason="A setting.",
                policies=A_MONTH,
            ),
            "close",
            waiver="The site is gone.",
        ),
    )

    @pytest.mark.parametrize("before", ENDED, ids=["resolved", "closed", "at a risk", "explained"])
    def test_how_it_ended_is_cleared_and_what_was_found_is_kept(self, before):
        again = after(before, "reanalyze")
        assert {name: getattr(again, name) for name in self.CLEARED} == dict.fromkeys(self.CLEARED)
        assert again.state.name == "under_investigation"
        assert (again.root_cause, again.workaround) == (before.root_cause, before.workaround)
        assert (again.links, again.assignee) == (before.links, before.assignee)
        assert again.reanalyzed_count == 1
        assert last(again).note == "It is back."

    @pytest.mark.parametrize("name", CLEARED)
    def test_each_of_what_is_cleared_was_there_before(self, name):
        assert any(getattr(before, name) is not None for before in self.ENDED)

    def test_it_clears_a_waiver_and_an_observation(self):
        resolved = after(standing("known_error"), "resolve", policies=A_MONTH)
        closed = after(resolved, "close", waiver="The site is gone.")
        assert set(last(after(closed, "reanalyze")).changes) == {
            "resolution_code",
            "observed_until",
            "closure_waiver",
        }

    def test_it_can_be_declared_and_solved_again(self):
        again = through(standing("closed"), "reanalyze", "declare_known_error", "start_fix")
        twice = through(again, "resolve", "close", "reanalyze")
        assert twice.reanalyzed_count == 2


class TestCancellation:
    def test_a_duplicate_points_to_the_other_and_keeps_its_link(self):
        problem = after(
            logged(), "cancel", code=ProblemResolutionCode.DUPLICATE, duplicate_of=OTHER
        )
        assert problem.original == OTHER
        assert problem.resolution_code is ProblemResolutionCode.DUPLICATE
        assert (problem.resolution, problem.closed_at) == (None, None)
        assert "unlink" not in problem.allowed
        assert "unlink" not in standing("closed").allowed

    @pytest.mark.parametrize("place", ["known_error", "fix_in_progress", "pending"])
    def test_what_turns_out_a_duplicate_late_ends_as_one(self, place):
        problem = after(standing(place), "cancel")
        assert (problem.original, problem.state.name) == (OTHER, "cancelled")
        assert problem.known_errors == standing(place).known_errors
        assert (problem.pending_reason, problem.awaited) == (None, None)

    def test_a_duplicate_is_not_deferred_any_more(self):
        assert after(after(standing("known_error"), "defer"), "cancel").deferral is None

    def test_what_was_no_problem_points_nowhere(self):
        told = {"code": ProblemResolutionCode.NOT_A_PROBLEM, "duplicate_of": None}
        assert after(logged(), "cancel", **told).original is None


class TestWords:
    @pytest.mark.parametrize(
        ("action", "place"),
        [("communicate_workaround", "known_error"), ("communicate_fix", "resolved")],
    )
    @pytest.mark.parametrize(("actor", "automatic"), [(LI, False), (ENGINE, True)], ids=str)
    def test_what_users_are_told_is_a_public_contact(self, action, place, actor, automatic):
        problem = after(
            standing(place),
            action,
            channel=ContactChannel.EMAIL,
            by=actor,
            at=minute(60),
            effective_at=minute(50),
        )
        contact = problem.last_contact
        assert (contact.direction, contact.visibility) == (Direction.OUTBOUND, Visibility.PUBLIC)
        assert (contact.channel, contact.at) == (ContactChannel.EMAIL, minute(50))
        assert contact.automatic is automatic
        assert set(last(problem).changes) == {"last_contact"}

    @pytest.mark.parametrize(
        ("action", "place", "fields"),
        [
            ("comment", "closed", set()),
            ("link", "cancelled", {"links"}),
            ("unlink", "resolved", {"links"}),
            ("join", "new", {"links"}),
            ("take_over", "new", {"inherited"}),
            ("categorize", "resolved", {"category"}),
            ("assign", "new", {"group"}),
            ("resume", "pending", {"awaited", "pending_reason", "returns_to"}),
        ],
    )
    def test_the_shared_verbs_change_their_own_fields_alone(self, action, place, fields):
        assert changed(ready(place, action), action) == fields

    def test_a_category_changes_nothing_else(self):
        path = CategoryPath("hardware/disk")
        assert after(logged(**HIGH), "categorize", category=path).priority is Priority.CRITICAL


class TestMajor:
    def test_a_declaration_has_a_reason_and_a_date(self):
        problem = after(logged(), "declare_major")
        assert problem.major == MajorProblem(
            reason="A whole site was cut off.", declared_at=last(problem).at
        )
        assert after(problem, "demote_major").major is None

    def test_incidents_it_came_back_with_count_each(self):
        problem = after(standing("resolved"), "record_recurrence")
        assert (
            after(problem, "record_recurrence", incident=IncidentId("INC-8")).recurrence_count == 2
        )
