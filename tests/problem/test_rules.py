"""
Every rule refuses alone and by name, and lets pass what satisfies it.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import attrs
import pytest

from itil_ops import (
    Actor,
    CategoryPath,
    ChangeId,
    GuardRefusedError,
    Impact,
    IncidentId,
    KnownErrorId,
    LinkKind,
    PendingReason,
    Priority,
    ProblemId,
    ProcessRole,
    Urgency,
)
from itil_ops.kernel.vocabulary import ChangeStatus
from itil_ops.problem import rules
from itil_ops.problem.lifecycle import PROBLEM_LIFECYCLE
from itil_ops.problem.policies import Observation, ProblemPolicies
from itil_ops.problem.review import REVIEW_LIFECYCLE, FollowUpAction, ReviewAnswers, ReviewId
from itil_ops.problem.severity import ProblemSeverity
from itil_ops.problem.vocabulary import ProblemOrigin, ProblemResolutionCode
from problem_doubles import (
    ACTIONS,
    ANSWERS,
    ENGINE,
    INC,
    KNOWN,
    LI,
    MAIL,
    OTHER,
    PLANNED,
    PRB,
    REVIEWED,
    after,
    logged,
    minute,
    only,
    standing,
    through,
)
from record_doubles import rules_of
from room_tables import EveryRule


FOURTH = ProblemId("PRB-4")
SECOND = ReviewId("REV-2")
WATCHED = ProblemPolicies(observation=Observation(timedelta(days=30)))
RATED = {"category": MAIL, "impact": Impact.LOW, "urgency": Urgency.LOW}
CFO = Actor("cfo")
APPROVER = Actor("cfo", roles=[ProcessRole.APPROVER])


def deeper(levels):
    return ProblemPolicies(family_levels=levels)


def child(**told):
    return after(standing("new"), "join", **told)


def merged(**told):
    return after(after(standing("new"), "take_over"), "take_over", **told)


def waiting(reason, awaited, **told):
    return after(standing("assessed"), "hold", reason=reason, awaited=awaited, **told)


def understood(*facts):
    return through(logged(), "assess", "investigate", *facts)


def deferred(**told):
    return after(standing("known_error"), "defer", **told)


def observed():
    return after(standing("known_error"), "resolve", policies=WATCHED)


def recurred(**told):
    return after(after(standing("resolved"), "record_recurrence"), "record_recurrence", **told)


def fixed_by(status, **told):
    return after(fix_with(status), "resolve", **told)


def fix_with(status):
    return after(standing("fix_in_progress"), "record_change", status=status)


def resolved_and(status):
    return after(standing("resolved"), "record_change", status=status)


def revised(**told):
    return after(standing("new"), "revise", **told)


def cancelled(place, code, **told):
    return after(standing(place), "cancel", code=code, duplicate_of=None, **told)


def reviewed_and_back(*reviews):
    problem = through(standing("resolved", *REVIEWED), "reanalyze", "resolve")
    for review in reviews:
        for action in REVIEWED[1:]:
            problem = after(problem, action, review=review)
    return problem


def changed(status):
    return after(standing("known_error"), "record_change", status=status, change=ChangeId("CHG-9"))


def major(place="new", *reviewed):
    return standing(place, "declare_major", *reviewed)


def planned():
    return through(logged(), *PLANNED)


def held():
    return through(logged(), *PLANNED, "hold_review")


def completed(**told):
    return after(through(logged(), *REVIEWED), "complete_action", **told)


def assessed_with(*found, **told):
    return after(standing("new"), "assess", possible_duplicates=found, **told)


def accepted_by(actor, **told):
    return after(standing("known_error"), "accept_risk", by=actor, **told)


#: What a rule refuses, and what it lets pass. All take `policies`.
INTEGRITY = {
    "a_reactive_problem_names_what_it_was_raised_from": (
        lambda **p: logged(origin=ProblemOrigin.REACTIVE, raised_from=(), **p),
        lambda **p: logged(origin=ProblemOrigin.REACTIVE, **p),
    ),
    "a_proactive_problem_has_evidence": (
        lambda **p: logged(raised_from=(), **p),
        lambda **p: logged(raised_from=(), evidence="A trend of a month.", **p),
    ),
    "a_proactive_problem_has_evidence: with incidents too": (
        lambda **p: logged(origin=ProblemOrigin.PROACTIVE, **p),
        lambda **p: logged(origin=ProblemOrigin.PROACTIVE, evidence="A supplier's note.", **p),
    ),
    "it_was_detected_before_it_was_logged": (
        lambda **p: logged(detected_at=minute(1), **p),
        lambda **p: logged(detected_at=minute(0), **p),
    ),
    "it_was_detected_before_it_was_logged: what is revised too": (
        lambda **p: revised(detected_at=minute(1), at=minute(5), **p),
        lambda **p: revised(detected_at=minute(-9), at=minute(5), **p),
    ),
    "it_is_to_be_resolved_later": (
        lambda **p: logged(target_resolution_at=minute(0), **p),
        lambda **p: logged(target_resolution_at=minute(1), **p),
    ),
    "it_is_to_be_resolved_later: what is revised too": (
        lambda **p: revised(target_resolution_at=minute(5), at=minute(5), **p),
        lambda **p: revised(target_resolution_at=minute(6), at=minute(5), **p),
    ),
    "something_is_revised": (
        lambda **p: revised(symptoms=None, **p),
        revised,
    ),
    "something_is_revised: it was not said before": (
        lambda **p: after(standing("resolved", "revise"), "revise", **p),
        lambda **p: after(standing("resolved", "revise"), "revise", owner="ada", **p),
    ),
    "no_problem_duplicates_itself": (
        lambda **p: assessed_with(PRB, **p),
        lambda **p: assessed_with(OTHER, **p),
    ),
    "no_problem_duplicates_itself: nor while it is investigated": (
        lambda **p: after(standing("assessed"), "investigate", possible_duplicates=[PRB], **p),
        lambda **p: after(standing("assessed"), "investigate", possible_duplicates=[OTHER], **p),
    ),
    "a_severity_is_given": (
        lambda **p: after(standing("new"), "rate_severity", severity=None, **p),
        lambda **p: after(standing("new"), "rate_severity", severity=ProblemSeverity(), **p),
    ),
    "somebody_investigates": (
        lambda **p: after(
            standing("assessed"), "investigate", group=None, assignee=None, by=ENGINE, **p
        ),
        lambda **p: after(
            standing("assessed"), "investigate", group=None, assignee=None, by=LI, **p
        ),
    ),
    "somebody_investigates: a group will do": (
        lambda **p: after(
            standing("new"), "investigate", group=None, assignee=None, by=ENGINE, **p
        ),
        lambda **p: after(standing("new"), "investigate", assignee=None, by=ENGINE, **p),
    ),
    "a_pending_reason_is_given": (
        lambda **p: after(standing("assessed"), "hold", reason=None, **p),
        lambda **p: after(standing("assessed"), "hold", reason=PendingReason.UNSPECIFIED, **p),
    ),
    "the_hold_says_something_new": (
        lambda **p: after(standing("pending"), "hold", **p),
        lambda **p: after(standing("pending"), "hold", awaited="vendor", **p),
    ),
    "the_hold_ends_later_than_it_begins": (
        lambda **p: after(standing("assessed"), "hold", at=minute(9), until=minute(9), **p),
        lambda **p: after(standing("assessed"), "hold", at=minute(9), until=minute(10), **p),
    ),
    "it_is_understood_enough_for_a_known_error": (
        lambda **p: after(understood("record_root_cause"), "declare_known_error", **p),
        lambda **p: after(
            understood("record_root_cause", "record_workaround"), "declare_known_error", **p
        ),
    ),
    "the_root_cause_is_known": (
        lambda **p: after(understood(), "start_fix", **p),
        lambda **p: after(understood("record_root_cause"), "start_fix", **p),
    ),
    "a_change_is_named_or_not_needed": (
        lambda **p: after(standing("known_error"), "start_fix", change=None, **p),
        lambda **p: after(
            standing("known_error"), "start_fix", change=None, no_change_reason="A setting.", **p
        ),
    ),
    "a_change_is_named_or_not_needed: one that is known will do": (
        lambda **p: after(
            after(standing("fix_in_progress"), "fix_failed"), "start_fix", change=None, **p
        ),
        lambda **p: after(
            after(standing("known_error"), "record_change"), "start_fix", change=None, **p
        ),
    ),
    "a_change_is_named_or_not_needed: one that was rejected brings no fix": (
        lambda **p: after(changed(ChangeStatus.REJECTED), "start_fix", change=None, **p),
        lambda **p: after(changed(ChangeStatus.REJECTED), "start_fix", **p),
    ),
    "a_change_is_named_or_not_needed: one that failed brings none": (
        lambda **p: after(changed(ChangeStatus.FAILED), "start_fix", change=None, **p),
        lambda **p: after(
            changed(ChangeStatus.FAILED), "start_fix", change=None, no_change_reason="None.", **p
        ),
    ),
    "a_reason_is_given": (
        lambda **p: after(standing("fix_in_progress"), "fix_failed", reason=None, **p),
        lambda **p: after(standing("fix_in_progress"), "fix_failed", **p),
    ),
    "a_reason_is_given: for going back to the analysis": (
        lambda **p: after(standing("fix_in_progress undeclared"), "fix_failed", reason=None, **p),
        lambda **p: after(standing("fix_in_progress undeclared"), "fix_failed", **p),
    ),
    "a_reason_is_given: for analyzing it anew": (
        lambda **p: after(standing("closed"), "reanalyze", reason=None, **p),
        lambda **p: after(standing("closed"), "reanalyze", **p),
    ),
    "a_reason_is_given: for taking it up": (
        lambda **p: after(deferred(), "take_up", reason=None, **p),
        lambda **p: after(deferred(), "take_up", **p),
    ),
    "a_reason_is_given: for a major problem": (
        lambda **p: after(standing("new"), "declare_major", reason=None, **p),
        lambda **p: after(standing("new"), "declare_major", **p),
    ),
    "a_reason_is_given: for demoting one": (
        lambda **p: after(major(), "demote_major", reason=None, **p),
        lambda **p: after(major(), "demote_major", **p),
    ),
    "the_code_resolves": (
        lambda **p: after(
            standing("known_error"), "resolve", code=ProblemResolutionCode.RISK_ACCEPTED, **p
        ),
        lambda **p: after(
            standing("known_error"), "resolve", code=ProblemResolutionCode.NO_RECURRENCE, **p
        ),
    ),
    "the_code_resolves: there is one": (
        lambda **p: after(standing("known_error"), "resolve", code=None, **p),
        lambda **p: after(standing("known_error"), "resolve", **p),
    ),
    "the_code_resolves: a correction as well": (
        lambda **p: after(standing("resolved"), "close", code=ProblemResolutionCode.DUPLICATE, **p),
        lambda **p: after(
            standing("resolved"), "close", code=ProblemResolutionCode.NO_RECURRENCE, **p
        ),
    ),
    "the_code_resolves: in one step too, told once": (
        lambda **p: after(standing("known_error"), "close", code=None, **p),
        lambda **p: after(standing("known_error"), "close", **p),
    ),
    "a_change_that_failed_brought_no_fix": (
        lambda **p: fixed_by(ChangeStatus.FAILED, **p),
        lambda **p: fixed_by(ChangeStatus.IMPLEMENTED, **p),
    ),
    "a_change_that_failed_brought_no_fix: nor one that was rejected": (
        lambda **p: fixed_by(ChangeStatus.REJECTED, **p),
        lambda **p: fixed_by(ChangeStatus.REJECTED, no_change_reason="A setting.", **p),
    ),
    "a_change_that_failed_brought_no_fix: it may not have come back all the same": (
        lambda **p: fixed_by(ChangeStatus.FAILED, **p),
        lambda **p: fixed_by(ChangeStatus.FAILED, code=ProblemResolutionCode.NO_RECURRENCE, **p),
    ),
    "a_change_that_failed_brought_no_fix: in one step too, told once": (
        lambda **p: after(fix_with(ChangeStatus.FAILED), "close", **p),
        lambda **p: after(fix_with(ChangeStatus.APPROVED), "close", **p),
    ),
    "a_change_that_failed_brought_no_fix: nor if that turns out before the closure": (
        lambda **p: after(resolved_and(ChangeStatus.FAILED), "close", **p),
        lambda **p: after(
            resolved_and(ChangeStatus.FAILED), "close", no_change_reason="A setting.", **p
        ),
    ),
    "a_change_that_failed_brought_no_fix: nor if that is corrected": (
        lambda **p: after(
            fixed_by(ChangeStatus.FAILED, code=ProblemResolutionCode.NO_RECURRENCE),
            "close",
            code=ProblemResolutionCode.FIX_APPLIED,
            **p,
        ),
        lambda **p: after(
            fixed_by(ChangeStatus.FAILED, code=ProblemResolutionCode.NO_RECURRENCE), "close", **p
        ),
    ),
    "the_root_cause_is_known_or_it_is_said_why_not": (
        lambda **p: after(understood(), "resolve", **p),
        lambda **p: after(understood("record_root_cause"), "resolve", **p),
    ),
    "the_root_cause_is_known_or_it_is_said_why_not: a reason will do": (
        lambda **p: after(understood("record_workaround"), "resolve", **p),
        lambda **p: after(
            understood(), "resolve", root_cause_unknown_reason="The log was lost.", **p
        ),
    ),
    "the_acceptance_is_whole": (
        lambda **p: after(standing("known_error"), "accept_risk", approver=None, **p),
        lambda **p: after(standing("known_error"), "accept_risk", **p),
    ),
    "the_acceptance_is_whole: it has a reason": (
        lambda **p: after(standing("known_error"), "accept_risk", reason=None, **p),
        lambda **p: after(standing("known_error"), "accept_risk", **p),
    ),
    "the_acceptance_is_whole: it has a date of review": (
        lambda **p: after(standing("known_error"), "accept_risk", review_at=None, **p),
        lambda **p: after(standing("known_error"), "accept_risk", review_at=minute(99), **p),
    ),
    "the_acceptance_is_whole: renewed as well": (
        lambda **p: after(
            standing("closed at a risk"), "renew_risk_acceptance", approver=None, **p
        ),
        lambda **p: after(standing("closed at a risk"), "renew_risk_acceptance", **p),
    ),
    "the_review_of_the_risk_lies_ahead": (
        lambda **p: after(
            standing("known_error"), "accept_risk", at=minute(9), review_at=minute(9), **p
        ),
        lambda **p: after(
            standing("known_error"), "accept_risk", at=minute(9), review_at=minute(10), **p
        ),
    ),
    "the_acceptance_outlasts_its_review": (
        lambda **p: after(
            standing("known_error"),
            "accept_risk",
            review_at=minute(20),
            expires_at=minute(19),
            **p,
        ),
        lambda **p: after(
            standing("known_error"),
            "accept_risk",
            review_at=minute(20),
            expires_at=minute(20),
            **p,
        ),
    ),
    "a_workaround_is_known_or_ruled_out": (
        lambda **p: after(understood("record_root_cause"), "accept_risk", **p),
        lambda **p: after(understood("rule_out_workaround"), "accept_risk", **p),
    ),
    "a_workaround_is_known_or_ruled_out: a workaround will do": (
        lambda **p: after(understood(), "accept_risk", **p),
        lambda **p: after(understood("record_workaround"), "accept_risk", **p),
    ),
    "the_risk_was_accepted": (
        lambda **p: after(standing("closed"), "renew_risk_acceptance", **p),
        lambda **p: after(standing("closed at a risk"), "renew_risk_acceptance", **p),
    ),
    "the_risk_was_accepted: for a workaround to turn up": (
        lambda **p: after(standing("closed"), "record_workaround", **p),
        lambda **p: after(standing("closed at a risk"), "record_workaround", **p),
    ),
    "the_risk_was_accepted: for a workaround to be ruled out": (
        lambda **p: after(standing("closed"), "rule_out_workaround", **p),
        lambda **p: after(standing("closed at a risk"), "rule_out_workaround", **p),
    ),
    "the_observation_is_over": (
        lambda **p: after(observed(), "close", at=minute(30 * 24 * 60), **p),
        lambda **p: after(observed(), "close", at=minute(30 * 24 * 60 + 6), **p),
    ),
    "the_observation_is_over: or it is waived": (
        lambda **p: after(observed(), "close", **p),
        lambda **p: after(observed(), "close", waiver="The site is gone.", **p),
    ),
    "linked_incidents_are_over": (
        lambda **p: after(standing("resolved"), "close", open_incidents=[INC], **p),
        lambda **p: after(standing("resolved"), "close", open_incidents=[], **p),
    ),
    "linked_incidents_are_over: or it is waived": (
        lambda **p: after(standing("known_error"), "close", open_incidents=[INC], **p),
        lambda **p: after(
            standing("known_error"), "close", open_incidents=[INC], waiver="It is gone.", **p
        ),
    ),
    "linked_incidents_are_over: somebody says so": (
        lambda **p: after(standing("resolved"), "close", open_incidents=None, **p),
        lambda **p: after(standing("resolved"), "close", **p),
    ),
    "known_errors_are_settled": (
        lambda **p: after(standing("resolved"), "close", live_known_errors=[KNOWN], **p),
        lambda **p: after(standing("resolved"), "close", live_known_errors=[], **p),
    ),
    "known_errors_are_settled: or it is waived": (
        lambda **p: after(standing("resolved"), "close", live_known_errors=[KNOWN], **p),
        lambda **p: after(
            standing("resolved"), "close", live_known_errors=[KNOWN], waiver="Old sites.", **p
        ),
    ),
    "known_errors_are_settled: somebody says so": (
        lambda **p: after(standing("resolved"), "close", live_known_errors=None, **p),
        lambda **p: after(standing("resolved"), "close", **p),
    ),
    "the_code_cancels": (
        lambda **p: cancelled("new", ProblemResolutionCode.FIX_APPLIED, **p),
        lambda **p: cancelled("new", ProblemResolutionCode.NOT_A_PROBLEM, **p),
    ),
    "the_code_cancels: there is one": (
        lambda **p: cancelled("new", None, **p),
        lambda **p: after(standing("new"), "cancel", **p),
    ),
    "a_duplicate_names_the_other_problem": (
        lambda **p: cancelled("new", ProblemResolutionCode.DUPLICATE, **p),
        lambda **p: after(standing("new"), "cancel", **p),
    ),
    "a_duplicate_names_the_other_problem: late as well": (
        lambda **p: cancelled("known_error", ProblemResolutionCode.DUPLICATE, **p),
        lambda **p: after(standing("known_error"), "cancel", **p),
    ),
    "from_here_only_a_duplicate_is_cancelled": (
        lambda **p: cancelled("known_error", ProblemResolutionCode.NOT_A_PROBLEM, **p),
        lambda **p: after(standing("known_error"), "cancel", **p),
    ),
    "from_here_only_a_duplicate_is_cancelled: a fix is under way": (
        lambda **p: cancelled("fix_in_progress", ProblemResolutionCode.FIX_APPLIED, **p),
        lambda **p: after(standing("fix_in_progress"), "cancel", **p),
    ),
    "from_here_only_a_duplicate_is_cancelled: work waits": (
        lambda **p: cancelled("pending from assessed", ProblemResolutionCode.NOT_A_PROBLEM, **p),
        lambda **p: after(standing("pending from assessed"), "cancel", **p),
    ),
    "from_here_only_a_duplicate_is_cancelled: there is a code": (
        lambda **p: cancelled("pending", None, **p),
        lambda **p: after(standing("pending"), "cancel", **p),
    ),
    "links_lead_elsewhere": (
        lambda **p: after(
            standing("new"), "cancel", code=ProblemResolutionCode.DUPLICATE, duplicate_of=PRB, **p
        ),
        lambda **p: after(
            standing("new"),
            "cancel",
            code=ProblemResolutionCode.DUPLICATE,
            duplicate_of=FOURTH,
            **p,
        ),
    ),
    "links_lead_elsewhere: related ones too": (
        lambda **p: after(standing("new"), "link", target=PRB, **p),
        lambda **p: after(standing("new"), "link", target=OTHER, **p),
    ),
    "somebody_is_named": (
        lambda **p: after(standing("new"), "assign", group=None, assignee=None, **p),
        lambda **p: after(standing("new"), "assign", group=None, assignee="li", **p),
    ),
    "a_category_is_given": (
        lambda **p: after(standing("resolved"), "categorize", category=None, **p),
        lambda **p: after(standing("resolved"), "categorize", **p),
    ),
    "an_override_says_why": (
        lambda **p: after(standing("new"), "prioritize", override=Priority.HIGH, **p),
        lambda **p: after(
            standing("new"), "prioritize", override=Priority.HIGH, reason="Quarter's end.", **p
        ),
    ),
    "something_is_said": (
        lambda **p: after(standing("new"), "diagnose", finding=None, **p),
        lambda **p: after(standing("new"), "diagnose", **p),
    ),
    "something_is_said: in a comment": (
        lambda **p: after(standing("closed"), "comment", text=None, **p),
        lambda **p: after(standing("closed"), "comment", **p),
    ),
    "something_is_said: of a workaround": (
        lambda **p: after(standing("known_error"), "communicate_workaround", message=None, **p),
        lambda **p: after(standing("known_error"), "communicate_workaround", **p),
    ),
    "something_is_said: of a fix": (
        lambda **p: after(standing("resolved"), "communicate_fix", message=None, **p),
        lambda **p: after(standing("resolved"), "communicate_fix", **p),
    ),
    "a_root_cause_is_given": (
        lambda **p: after(standing("new"), "record_root_cause", text=None, **p),
        lambda **p: after(standing("new"), "record_root_cause", **p),
    ),
    "a_root_cause_is_given: it has a category": (
        lambda **p: after(standing("new"), "record_root_cause", category=None, **p),
        lambda **p: after(standing("resolved"), "record_root_cause", **p),
    ),
    "a_workaround_is_given": (
        lambda **p: after(standing("new"), "record_workaround", text=None, **p),
        lambda **p: after(standing("new"), "record_workaround", **p),
    ),
    "it_is_said_why_there_is_no_workaround": (
        lambda **p: after(standing("new"), "rule_out_workaround", reason=None, **p),
        lambda **p: after(standing("new"), "rule_out_workaround", **p),
    ),
    "there_is_a_workaround_to_tell": (
        lambda **p: after(
            standing("new", "record_workaround", "rule_out_workaround"),
            "communicate_workaround",
            **p,
        ),
        lambda **p: after(standing("new", "record_workaround"), "communicate_workaround", **p),
    ),
    "there_is_a_fix_to_tell": (
        lambda **p: after(standing("closed at a risk"), "communicate_fix", **p),
        lambda **p: after(standing("closed"), "communicate_fix", **p),
    ),
    "a_change_is_named": (
        lambda **p: after(standing("new"), "record_change", change=None, **p),
        lambda **p: after(standing("fix_in_progress"), "record_change", change=None, **p),
    ),
    "the_change_moved_on": (
        lambda **p: after(standing("new", "record_change"), "record_change", **p),
        lambda **p: after(
            standing("new", "record_change"), "record_change", change=ChangeId("CHG-2"), **p
        ),
    ),
    "the_change_moved_on: it has a status": (
        lambda **p: after(standing("new"), "record_change", status=None, **p),
        lambda **p: after(
            standing("new", "record_change"), "record_change", status=ChangeStatus.FAILED, **p
        ),
    ),
    "a_deferral_is_given": (
        lambda **p: deferred(until=None, **p),
        deferred,
    ),
    "a_deferral_is_given: it has a reason": (
        lambda **p: deferred(reason=None, **p),
        deferred,
    ),
    "the_deferral_lies_ahead": (
        lambda **p: deferred(at=minute(9), until=minute(9), **p),
        lambda **p: deferred(at=minute(9), until=minute(10), **p),
    ),
    "it_is_deferred": (
        lambda **p: after(standing("known_error"), "take_up", **p),
        lambda **p: after(after(deferred(), "hold"), "take_up", **p),
    ),
    "the_recurrence_is_new": (
        recurred,
        lambda **p: recurred(incident=IncidentId("INC-10"), **p),
    ),
    "the_recurrence_is_new: it is an incident": (
        lambda **p: after(standing("resolved"), "record_recurrence", incident=None, **p),
        lambda **p: after(standing("resolved"), "record_recurrence", **p),
    ),
    "it_is_not_major_yet": (
        lambda **p: after(major(), "declare_major", **p),
        lambda **p: after(after(major(), "demote_major"), "declare_major", **p),
    ),
    "it_is_major": (
        lambda **p: after(standing("new"), "demote_major", **p),
        lambda **p: after(major(), "demote_major", **p),
    ),
    "it_is_major: for a review to be planned": (
        lambda **p: after(standing("new"), "plan_review", **p),
        lambda **p: after(major("closed"), "plan_review", **p),
    ),
    "a_review_is_named": (
        lambda **p: after(major(), "plan_review", review=None, **p),
        lambda **p: after(major(), "plan_review", **p),
    ),
    "a_review_is_named: when it is held": (
        lambda **p: after(planned(), "hold_review", review=None, **p),
        lambda **p: after(planned(), "hold_review", **p),
    ),
    "a_review_is_named: when it is completed": (
        lambda **p: after(held(), "complete_review", review=None, **p),
        lambda **p: after(held(), "complete_review", **p),
    ),
    "a_review_is_named: when an action is done": (
        lambda **p: completed(review=None, **p),
        completed,
    ),
    "the_review_is_one_of_its_own": (
        lambda **p: after(planned(), "hold_review", review=ReviewId("REV-9"), **p),
        lambda **p: after(planned(), "hold_review", **p),
    ),
    "the_review_is_one_of_its_own: when it is completed": (
        lambda **p: after(held(), "complete_review", review=ReviewId("REV-9"), **p),
        lambda **p: after(held(), "complete_review", **p),
    ),
    "the_review_is_one_of_its_own: when an action is done": (
        lambda **p: completed(review=ReviewId("REV-9"), **p),
        completed,
    ),
    "the_review_has_a_date": (
        lambda **p: after(major(), "plan_review", planned_for=None, **p),
        lambda **p: after(planned(), "plan_review", planned_for=minute(900), **p),
    ),
    "there_are_answers": (
        lambda **p: after(held(), "complete_review", answers=None, **p),
        lambda **p: after(held(), "complete_review", **p),
    ),
    "there_are_answers: one at least": (
        lambda **p: after(held(), "complete_review", answers=ReviewAnswers(), **p),
        lambda **p: after(
            held(), "complete_review", answers=ReviewAnswers(follow_up="Two actions."), **p
        ),
    ),
    "an_open_action_is_done": (
        lambda **p: completed(number=3, **p),
        lambda **p: completed(number=2, **p),
    ),
    "an_open_action_is_done: once": (
        lambda **p: after(completed(), "complete_action", **p),
        lambda **p: after(completed(), "complete_action", number=2, **p),
    ),
    "an_open_action_is_done: it is named": (
        lambda **p: completed(number=None, **p),
        lambda **p: completed(number=1, **p),
    ),
    "the_link_is_new": (
        lambda **p: after(standing("new", "link"), "link", **p),
        lambda **p: after(standing("new", "link"), "link", target=FOURTH, **p),
    ),
    "links_lead_to_what_they_say": (
        lambda **p: after(standing("new"), "link", kind=LinkKind.HAS_KNOWN_ERROR, **p),
        lambda **p: after(
            standing("new"), "link", kind=LinkKind.HAS_KNOWN_ERROR, target=KNOWN, **p
        ),
    ),
    "a_family_link_has_its_own_verb": (
        lambda **p: after(standing("new"), "link", kind=LinkKind.CHILD_OF, **p),
        lambda **p: after(child(), "link", **p),
    ),
    "the_link_is_there": (
        lambda **p: after(standing("new"), "unlink", target=OTHER, **p),
        lambda **p: after(standing("new"), "unlink", **p),
    ),
    "a_parent_is_named": (
        lambda **p: child(parent=None, **p),
        child,
    ),
    "there_is_one_parent": (
        lambda **p: after(child(), "join", parent=FOURTH, **p),
        lambda **p: after(after(child(), "unlink", target=OTHER), "join", parent=FOURTH, **p),
    ),
    "none_is_its_own_ancestor": (
        lambda **p: child(ancestors=[PRB], **(p | {"policies": deeper(2)})),
        lambda **p: child(ancestors=[FOURTH], **(p | {"policies": deeper(2)})),
    ),
    "none_is_its_own_ancestor: somebody says what stands above": (
        lambda **p: child(ancestors=None, **p),
        child,
    ),
    "the_family_has_few_levels": (
        lambda **p: child(generations_below=1, **p),
        lambda **p: child(generations_below=1, **(p | {"policies": deeper(2)})),
    ),
    "it_is_taken_over_once": (
        merged,
        lambda **p: merged(origin=logged(id=FOURTH), **p),
    ),
}

#: What a rule refuses only where the policies name it, and what it lets pass.
COMPLETENESS = {
    "it_is_described": (
        logged,
        lambda **p: logged(description="Since Monday mail arrives hours late.", **p),
    ),
    "symptoms_are_described": (
        logged,
        lambda **p: logged(symptoms="Mail arrives late.", **p),
    ),
    "it_is_categorized": (
        lambda **p: after(standing("new"), "assess", **p),
        lambda **p: after(standing("new"), "assess", category=MAIL, **p),
    ),
    "it_is_prioritized": (
        lambda **p: after(standing("new", impact=Impact.LOW), "assess", **p),
        lambda **p: after(standing("new", impact=Impact.LOW), "assess", urgency=Urgency.LOW, **p),
    ),
    "somebody_looked_for_duplicates": (
        lambda **p: after(standing("new"), "assess", possible_duplicates=None, **p),
        assessed_with,
    ),
    "somebody_looked_for_duplicates: what was found is explained": (
        lambda **p: assessed_with(OTHER, **p),
        lambda **p: assessed_with(OTHER, note="That one is about another site.", **p),
    ),
    "somebody_looked_for_duplicates: in one step as well": (
        lambda **p: after(standing("new"), "investigate", **p),
        lambda **p: after(standing("new"), "investigate", possible_duplicates=[], **p),
    ),
    "a_move_says_why": (
        lambda **p: after(standing("under_investigation"), "assign", **p),
        lambda **p: after(standing("under_investigation"), "assign", note="It is DNS.", **p),
    ),
    "a_move_says_why: when it is investigated": (
        lambda **p: after(standing("assessed", "assign"), "investigate", **p),
        lambda **p: after(standing("assessed", "assign"), "investigate", group="network", **p),
    ),
    "what_is_awaited_is_named": (
        lambda **p: waiting(PendingReason.AWAITING_SUPPLIER, None, **p),
        lambda **p: waiting(PendingReason.AWAITING_SUPPLIER, "carrier", **p),
    ),
    "what_is_awaited_is_named: a change": (
        lambda **p: waiting(PendingReason.AWAITING_CHANGE, "CHG-1", **p),
        lambda **p: waiting(PendingReason.AWAITING_CHANGE, ChangeId("CHG-1"), **p),
    ),
    "what_is_awaited_is_named: a parent": (
        lambda **p: waiting(PendingReason.AWAITING_PARENT, ChangeId("CHG-1"), **p),
        lambda **p: waiting(PendingReason.AWAITING_PARENT, OTHER, **p),
    ),
    "what_is_awaited_is_named: evidence has no name": (
        lambda **p: waiting(PendingReason.AWAITING_CHANGE, None, **p),
        lambda **p: waiting(PendingReason.AWAITING_EVIDENCE, None, **p),
    ),
    "the_change_is_reviewed_or_not_needed": (
        lambda **p: fixed_by(ChangeStatus.IMPLEMENTED, **p),
        lambda **p: fixed_by(ChangeStatus.REVIEWED, **p),
    ),
    "the_change_is_reviewed_or_not_needed: its status is known": (
        lambda **p: after(standing("fix_in_progress"), "resolve", **p),
        lambda **p: after(
            standing("fix_in_progress"),
            "resolve",
            code=ProblemResolutionCode.NO_RECURRENCE,
            **p,
        ),
    ),
    "the_change_is_reviewed_or_not_needed: there is one": (
        lambda **p: after(standing("known_error"), "resolve", **p),
        lambda **p: after(standing("known_error"), "resolve", no_change_reason="A setting.", **p),
    ),
    "the_resolution_is_described": (
        lambda **p: after(standing("known_error"), "resolve", note=None, **p),
        lambda **p: after(standing("known_error"), "resolve", **p),
    ),
    "the_resolution_is_described: in one step as well": (
        lambda **p: after(standing("known_error"), "close", **p),
        lambda **p: after(standing("known_error"), "close", note="Replaced it.", **p),
    ),
    "a_major_review_is_completed": (
        lambda **p: after(major("resolved", "plan_review", "hold_review"), "close", **p),
        lambda **p: after(standing("resolved", *REVIEWED), "close", **p),
    ),
    "a_major_review_is_completed: where a risk is accepted too": (
        lambda **p: after(major("known_error"), "accept_risk", **p),
        lambda **p: after(standing("known_error"), "accept_risk", **p),
    ),
    "a_major_review_is_completed: one since it was last analyzed anew": (
        lambda **p: after(reviewed_and_back(), "close", **p),
        lambda **p: after(reviewed_and_back(SECOND), "close", **p),
    ),
    "the_business_approves": (
        lambda **p: accepted_by(CFO, **p),
        lambda **p: accepted_by(APPROVER, **p),
    ),
    "the_business_approves: who records it may be another": (
        lambda **p: after(standing("closed at a risk"), "renew_risk_acceptance", by=CFO, **p),
        lambda **p: after(standing("closed at a risk"), "renew_risk_acceptance", **p),
    ),
    "somebody_attended": (
        lambda **p: after(planned(), "hold_review", attendees=[], **p),
        lambda **p: after(planned(), "hold_review", **p),
    ),
    "every_question_is_answered": (
        lambda **p: after(
            held(), "complete_review", answers=attrs.evolve(ANSWERS, follow_up=None), **p
        ),
        lambda **p: after(held(), "complete_review", **p),
    ),
    "every_action_has_its_owner": (
        lambda **p: after(
            held(), "complete_review", actions=[FollowUpAction(text="Look", owner="li")], **p
        ),
        lambda **p: after(held(), "complete_review", actions=[], **p),
    ),
    "every_action_has_its_owner: and a date": (
        lambda **p: after(
            held(), "complete_review", actions=[FollowUpAction(text="Look", due_at=minute(9))], **p
        ),
        lambda **p: after(held(), "complete_review", actions=ACTIONS, **p),
    ),
}


#: What a refusal says is in the way, and what to do.
WORDS = (
    (
        lambda: after(understood(), "declare_known_error"),
        "there is no root cause and no workaround",
    ),
    (
        lambda: after(standing("resolved"), "close", open_incidents=[INC, IncidentId("INC-2")]),
        "incidents are open: INC-1, INC-2",
    ),
    (
        lambda: after(standing("resolved"), "close", live_known_errors=[KnownErrorId("KE-7")]),
        "known errors are published: KE-7",
    ),
    (
        lambda: after(observed(), "close"),
        "it is observed until 2026-04-01 09:06:00+00:00",
    ),
    (
        lambda: cancelled("new", ProblemResolutionCode.NO_RECURRENCE),
        "duplicate or not_a_problem cancels it, not no_recurrence",
    ),
    (
        lambda: after(standing("new", "record_change"), "record_change"),
        "CHG-1 is approved already",
    ),
    (
        lambda: after(fix_with(ChangeStatus.FAILED), "record_change", status=ChangeStatus.FAILED),
        "refused in state 'fix_in_progress': CHG-1 failed already",
    ),
    (
        lambda: after(changed(ChangeStatus.FAILED), "start_fix", change=None),
        "CHG-9 failed: name another change",
    ),
    (
        lambda: fixed_by(
            ChangeStatus.FAILED, policies=only(rules.the_change_is_reviewed_or_not_needed)
        ),
        "state 'fix_in_progress': CHG-1 failed: record another change, or say why none is need",
    ),
    (
        lambda: after(
            standing("fix_in_progress"),
            "resolve",
            policies=only(rules.the_change_is_reviewed_or_not_needed),
        ),
        "CHG-1 is of unknown status, not reviewed",
    ),
    (
        lambda: after(standing("known_error"), "accept_risk", approver=None, review_at=None),
        "a date of review: there is no approver and no review_at",
    ),
    (
        lambda: after(standing("closed at a risk"), "renew_risk_acceptance", review_at=None),
        "a date of review: there is no review_at",
    ),
    (lambda: deferred(reason=None), "a deferral takes a date and a reason: there is no reason"),
    (
        lambda: deferred(at=minute(9), until=minute(8)),
        "until 2026-03-02 09:08:00+00:00 does not lie after 2026-03-02 09:09:00+00:00",
    ),
    (
        lambda: after(standing("new"), "record_root_cause", category=None),
        "a root cause takes a text and a category: there is no category",
    ),
    (
        lambda: cancelled("fix_in_progress", ProblemResolutionCode.NOT_A_PROBLEM),
        "only a duplicate is cancelled, not not_a_problem: resolve it, or resume what waits",
    ),
    (
        lambda: after(
            reviewed_and_back(), "close", policies=only(rules.a_major_review_is_completed)
        ),
        "there is no completed review since it was analyzed anew",
    ),
    (
        lambda: revised(detected_at=minute(7), at=minute(9)),
        "detected_at 2026-03-02 09:07:00+00:00 lies after 2026-03-02 09:00:00+00:00",
    ),
    (recurred, "INC-9 was recorded already"),
    (
        lambda: after(completed(), "complete_action"),
        "there is no such open action; open: 2 (Train the desk)",
    ),
    (
        lambda: after(after(completed(), "complete_action", number=2), "complete_action"),
        "there is no such open action; open: none",
    ),
    (
        lambda: fixed_by(
            ChangeStatus.IMPLEMENTED,
            policies=only(rules.the_change_is_reviewed_or_not_needed),
        ),
        "CHG-1 is implemented, not reviewed",
    ),
    (
        lambda: assessed_with(OTHER, FOURTH, policies=only(rules.somebody_looked_for_duplicates)),
        "PRB-2, PRB-4 may be the same: a note says why it is not",
    ),
)


class TestRules(EveryRule):
    lifecycles = (PROBLEM_LIFECYCLE, REVIEW_LIFECYCLE)
    integrity = INTEGRITY
    completeness = COMPLETENESS
    named_by_the_domain = rules.PROBLEM_COMPLETENESS
    asking_for = staticmethod(only)
    words = WORDS


# ---- Several at once ----------------------------------------------------------------------------


def test_all_rules_that_a_new_problem_breaks_are_named():
    with pytest.raises(GuardRefusedError) as refusal:
        logged(raised_from=(), policies=only(*rules.PROBLEM_COMPLETENESS))
    assert rules_of(refusal) == [
        "a_proactive_problem_has_evidence",
        "it_is_described",
        "symptoms_are_described",
    ]


def test_both_steps_of_a_one_step_closure_name_what_they_miss():
    with pytest.raises(GuardRefusedError) as refusal:
        after(
            major("known_error"),
            "close",
            open_incidents=[INC],
            live_known_errors=[KNOWN],
            policies=only(*rules.PROBLEM_COMPLETENESS, observation=Observation()),
        )
    assert rules_of(refusal) == [
        "the_change_is_reviewed_or_not_needed",
        "the_resolution_is_described",
        "the_observation_is_over",
        "linked_incidents_are_over",
        "known_errors_are_settled",
        "a_major_review_is_completed",
    ]
    assert (refusal.value.action, refusal.value.state) == ("close", "known_error")


def test_one_waiver_does_for_the_observation_the_incidents_and_the_known_errors():
    closed = after(
        observed(), "close", open_incidents=[INC], live_known_errors=[KNOWN], waiver="Site is gone."
    )
    assert closed.closure_waiver == "Site is gone."


def test_all_that_an_acceptance_lacks_is_named():
    with pytest.raises(GuardRefusedError) as refusal:
        after(
            understood(),
            "accept_risk",
            review_at=minute(0),
            expires_at=minute(-1),
            by=CFO,
            policies=only(rules.the_business_approves),
        )
    assert rules_of(refusal) == [
        "the_review_of_the_risk_lies_ahead",
        "the_acceptance_outlasts_its_review",
        "the_business_approves",
        "a_workaround_is_known_or_ruled_out",
    ]


# ---- What is asked for only where it is meant ---------------------------------------------------


def test_a_severity_without_answers_is_one_all_the_same():
    rated = after(standing("new"), "rate_severity", severity=ProblemSeverity(cost=Decimal(0)))
    assert rated.severity == ProblemSeverity(cost=Decimal(0))


def test_a_category_is_any_path():
    path = CategoryPath("hardware/disk")
    assert after(standing("new"), "categorize", category=path).category == path
