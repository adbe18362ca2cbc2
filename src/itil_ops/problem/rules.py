"""
The rules of the problem room, each named as the sentence it holds to.

Integrity guards always hold. Completeness guards hold where the policies name them; `strict()`
names them all. Each is told the problem as it would be, and the step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from itil_ops.kernel.actor import ProcessRole
from itil_ops.kernel.guard import AnyGuard, Context, completeness, integrity
from itil_ops.kernel.rules import (
    a_move_says_why,
    it_is_categorized,
    it_is_described,
    it_is_prioritized,
    the_resolution_is_described,
    what_is_awaited_is_named,
)
from itil_ops.kernel.vocabulary import ChangeStatus, LinkKind
from itil_ops.problem import review
from itil_ops.problem.vocabulary import (
    CANCELLING_CODES,
    RESOLVING_CODES,
    ProblemOrigin,
    ProblemResolutionCode,
)


if TYPE_CHECKING:
    from pendulum import DateTime

    from itil_ops.problem.facts import ProblemFacts
    from itil_ops.problem.policies import ProblemPolicies

    Attempt: TypeAlias = Context[ProblemFacts, ProblemPolicies]


def _lacks(needed: str, step: Attempt) -> str:
    """
    Return what is *needed*, with what of it the verb was not given.
    """
    missing = step.told.get("missing")
    return f"{needed}: there is no {' and no '.join(missing)}" if missing else needed


# ---- Log, assess and revise -------------------------------------------------------------------


@integrity
def a_reactive_problem_names_what_it_was_raised_from(
    problem: ProblemFacts, _: Attempt
) -> str | None:
    """
    A problem that incidents or events led to names one of them, as the ITIL book has it.
    """
    if problem.origin is not ProblemOrigin.REACTIVE or problem.raised_from:
        return None
    return "a reactive problem names an incident or an event"


@integrity
def a_proactive_problem_has_evidence(problem: ProblemFacts, _: Attempt) -> str | None:
    """
    A problem that somebody looked for says by what it was found.
    """
    if problem.origin is not ProblemOrigin.PROACTIVE or problem.evidence:
        return None
    return "a proactive problem says by what it was found: there is no evidence"


@integrity
def it_was_detected_before_it_was_logged(problem: ProblemFacts, step: Attempt) -> str | None:
    """
    A problem is logged when it is detected, or later.
    """
    detected, logged = problem.detected_at, _logged_at(step)
    if detected is None or detected <= logged:
        return None
    return f"detected_at {detected} lies after {logged}, when it is logged"


@integrity
def it_is_to_be_resolved_later(problem: ProblemFacts, step: Attempt) -> str | None:
    """
    The date by which a problem is to be resolved lies ahead when it is stated.
    """
    target, before = problem.target_resolution_at, step.before
    is_known = before is not None and before.target_resolution_at == target
    if target is None or is_known or target > step.at:
        return None
    return f"target_resolution_at {target} does not lie after {step.at}"


def _logged_at(step: Attempt) -> DateTime:
    return step.at if step.before is None else step.before.logged_at


@completeness
def symptoms_are_described(problem: ProblemFacts, _: Attempt) -> str | None:
    """
    Somebody says how the problem shows.
    """
    return None if problem.symptoms else "there are no symptoms"


@completeness
def somebody_looked_for_duplicates(problem: ProblemFacts, step: Attempt) -> str | None:
    """
    A problem is assessed after a look at those that are known; one like them says why it differs.
    """
    found = problem.possible_duplicates
    if found is None:
        return "nobody looked for duplicates"
    if not found or step.note:
        return None
    return f"{', '.join(map(str, found))} may be the same: a note says why it is not"


@integrity
def no_problem_duplicates_itself(problem: ProblemFacts, _: Attempt) -> str | None:
    """
    What may be a duplicate is another problem.
    """
    itself = problem.id in (problem.possible_duplicates or ())
    return "it is no possible duplicate of itself" if itself else None


@integrity
def a_severity_is_given(problem: ProblemFacts, _: Attempt) -> str | None:
    """
    Rating the severity takes one.
    """
    return None if problem.severity else "there is no severity"


# ---- Investigate ------------------------------------------------------------------------------


@integrity
def somebody_investigates(problem: ProblemFacts, _: Attempt) -> str | None:
    """
    An analyst or a group is known before the analysis begins.
    """
    if problem.group or problem.assignee:
        return None
    return "there is neither a group nor an analyst, and the actor is no person"


@integrity
def a_root_cause_is_given(problem: ProblemFacts, step: Attempt) -> str | None:
    """
    A root cause has a text and a category.
    """
    return None if problem.root_cause else _lacks("a root cause takes a text and a category", step)


@integrity
def a_workaround_is_given(problem: ProblemFacts, _: Attempt) -> str | None:
    """
    Recording a workaround says what to do.
    """
    return None if problem.workaround else "there is no workaround"


@integrity
def it_is_said_why_there_is_no_workaround(problem: ProblemFacts, _: Attempt) -> str | None:
    """
    Ruling a workaround out says why.
    """
    return None if problem.no_workaround_reason else "there is no reason"


@integrity
def there_is_a_workaround_to_tell(problem: ProblemFacts, _: Attempt) -> str | None:
    """
    Only a workaround that is recorded is told.
    """
    return None if problem.workaround else "there is no workaround: record it first"


# ---- Error control ----------------------------------------------------------------------------


@integrity
def it_is_understood_enough_for_a_known_error(problem: ProblemFacts, step: Attempt) -> str | None:
    """
    The policy lets the problem be declared a known error.
    """
    return step.policies.known_error.why_not(problem)


@integrity
def the_root_cause_is_known(problem: ProblemFacts, _: Attempt) -> str | None:
    """
    A fix begins after the root cause is known.
    """
    return None if problem.root_cause else "there is no root cause"


@integrity
def a_change_is_named_or_not_needed(problem: ProblemFacts, _: Attempt) -> str | None:
    """
    A fix names the change that brings it, one that may still do so, or says why none is needed.
    """
    if problem.no_change_reason:
        return None
    if problem.change is None:
        return "name the change, or say why none is needed"
    if problem.change_status and not problem.change_status.may_bring_a_fix:
        return f"{problem.change} {problem.change_status.words}: name another change"
    return None


@integrity
def a_change_is_named(problem: ProblemFacts, _: Attempt) -> str | None:
    """
    What is told of a change says of which.
    """
    return None if problem.change else "there is no change"


@integrity
def the_change_moved_on(problem: ProblemFacts, step: Attempt) -> str | None:
    """
    What is told of a change is its status, and another one than before.
    """
    if problem.change_status is None:
        return "there is no status"
    before = step.before
    if before is None or (before.change, before.change_status) != (
        problem.change,
        problem.change_status,
    ):
        return None
    return f"{problem.change} {problem.change_status.words} already"


@integrity
def a_deferral_is_given(problem: ProblemFacts, step: Attempt) -> str | None:
    """
    A deferral has a date and a reason.
    """
    return None if problem.deferral else _lacks("a deferral takes a date and a reason", step)


@integrity
def the_deferral_lies_ahead(problem: ProblemFacts, step: Attempt) -> str | None:
    """
    The date until which a fix is deferred lies ahead.
    """
    if problem.deferral is None or problem.deferral.until > step.at:
        return None
    return f"until {problem.deferral.until} does not lie after {step.at}"


@integrity
def it_is_deferred(_: ProblemFacts, step: Attempt) -> str | None:
    """
    Only what is deferred is taken up.
    """
    return None if step.before and step.before.deferral else "it is not deferred"


# ---- Resolve and close ------------------------------------------------------------------------


@integrity
def the_code_resolves(problem: ProblemFacts, step: Attempt) -> str | None:
    """
    A resolved problem is fixed, or has not come back.
    """
    if _was_resolved_just_so(problem, step):
        return None
    return _one_of(RESOLVING_CODES, problem.resolution_code, "resolves")


@integrity
def the_code_cancels(problem: ProblemFacts, _: Attempt) -> str | None:
    """
    A cancelled problem is a duplicate, or was no problem.
    """
    return _one_of(CANCELLING_CODES, problem.resolution_code, "cancels")


def _one_of(
    codes: tuple[ProblemResolutionCode, ...], code: ProblemResolutionCode | None, does: str
) -> str | None:
    if code in codes:
        return None
    known = " or ".join(codes)
    return f"there is no code: {known}" if code is None else f"{known} {does} it, not {code}"


@integrity
def the_root_cause_is_known_or_it_is_said_why_not(problem: ProblemFacts, _: Attempt) -> str | None:
    """
    A resolved problem has its root cause, or a reason why that stays unknown.
    """
    if problem.root_cause or problem.root_cause_unknown_reason:
        return None
    return "there is neither a root cause nor a reason why it stays unknown"


@integrity
def a_change_that_failed_brought_no_fix(problem: ProblemFacts, step: Attempt) -> str | None:
    """
    A fix was not brought by a change that was rejected or failed; it names another, or none.
    """
    status = problem.change_status
    if not _is_fixed_by_a_change(problem) or _was_resolved_just_so(problem, step):
        return None
    if status is None or status.may_bring_a_fix:
        return None
    return f"{problem.change} {status.words}: record another change, or say why none is needed"


@completeness
def the_change_is_reviewed_or_not_needed(problem: ProblemFacts, _: Attempt) -> str | None:
    """
    A fix was brought by a change that is implemented and reviewed, or needed none.
    """
    status = problem.change_status
    if not _is_fixed_by_a_change(problem) or status is ChangeStatus.REVIEWED:
        return None
    if problem.change is None:
        return "there is neither a change nor a reason why none is needed"
    if status is None:
        return f"{problem.change} is of unknown status, not reviewed"
    # Of one that cannot bring the fix another rule speaks.
    return f"{problem.change} {status.words}, not reviewed" if status.may_bring_a_fix else None


def _is_fixed_by_a_change(problem: ProblemFacts) -> bool:
    is_fixed = problem.resolution_code is ProblemResolutionCode.FIX_APPLIED
    return is_fixed and not problem.no_change_reason


def _was_resolved_just_so(problem: ProblemFacts, step: Attempt) -> bool:
    """
    Whether the step before resolved it with the same code: then it was asked the same already.
    """
    before = step.before
    return (
        before is not None
        and (before.journal[-1].action, before.journal[-1].at) == ("resolve", step.at)
        and before.resolution_code is problem.resolution_code
    )


@integrity
def the_recurrence_is_new(_: ProblemFacts, step: Attempt) -> str | None:
    """
    What came back is an incident, and each one counts once until it is analyzed anew.
    """
    incident = step.told.get("incident")
    if incident is None:
        return "there is no incident"
    known = () if step.before is None else step.before.latest_recurrences
    return f"{incident} was recorded already" if incident in known else None


@integrity
def the_observation_is_over(problem: ProblemFacts, step: Attempt) -> str | None:
    """
    A problem is closed after the time in which it might have come back, unless that is waived.
    """
    until = problem.observed_until
    if until is None or step.at >= until or problem.closure_waiver:
        return None
    return f"it is observed until {until}"


@integrity
def linked_incidents_are_over(problem: ProblemFacts, step: Attempt) -> str | None:
    """
    A problem is closed after the incidents it caused, unless that is waived.
    """
    still_open = step.told.get("open_incidents")
    if still_open is None:
        return "nobody said which of its incidents are open; name them, even if none is"
    if not still_open or problem.closure_waiver:
        return None
    return f"incidents are open: {', '.join(map(str, still_open))}"


@integrity
def known_errors_are_settled(problem: ProblemFacts, step: Attempt) -> str | None:
    """
    A problem is closed after its known errors were resolved or retired, unless that is waived.
    """
    live = step.told.get("live_known_errors")
    if live is None:
        return "nobody said which of its known errors are published; name them, even if none is"
    if not live or problem.closure_waiver:
        return None
    return f"known errors are published: {', '.join(map(str, live))}"


@completeness
def a_major_review_is_completed(problem: ProblemFacts, _: Attempt) -> str | None:
    """
    A major problem ends with a review completed, one since it was last analyzed anew.
    """
    if problem.major is None or problem.is_reviewed:
        return None
    anew = " since it was analyzed anew" if problem.reanalyzed_count else ""
    return f"there is no completed review{anew}"


# ---- Risk -------------------------------------------------------------------------------------


@integrity
def the_acceptance_is_whole(problem: ProblemFacts, step: Attempt) -> str | None:
    """
    An acceptance of the risk has an approver, a reason and a date of review.
    """
    if problem.risk_acceptance:
        return None
    return _lacks("an acceptance takes an approver, a reason and a date of review", step)


@integrity
def the_review_of_the_risk_lies_ahead(problem: ProblemFacts, step: Attempt) -> str | None:
    """
    An accepted risk is looked at again later.
    """
    accepted = problem.risk_acceptance
    if accepted is None or accepted.review_at > step.at:
        return None
    return f"review_at {accepted.review_at} does not lie after {step.at}"


@integrity
def the_acceptance_outlasts_its_review(problem: ProblemFacts, _: Attempt) -> str | None:
    """
    An acceptance does not expire before it is looked at again.
    """
    accepted = problem.risk_acceptance
    if accepted is None or accepted.expires_at is None:
        return None
    if accepted.expires_at >= accepted.review_at:
        return None
    return f"expires_at {accepted.expires_at} lies before review_at {accepted.review_at}"


@integrity
def a_workaround_is_known_or_ruled_out(problem: ProblemFacts, _: Attempt) -> str | None:
    """
    The business accepts a risk knowing the workaround, or that there is none.
    """
    if problem.workaround or problem.no_workaround_reason:
        return None
    return "record a workaround, or rule it out"


@completeness
def the_business_approves(problem: ProblemFacts, step: Attempt) -> str | None:
    """
    Who records an acceptance is not its approver, unless they hold the role of one.
    """
    accepted = problem.risk_acceptance
    if accepted is None or accepted.approver != step.by.name:
        return None
    if step.by.holds(ProcessRole.APPROVER):
        return None
    return f"{step.by} is no approver"


@integrity
def the_risk_was_accepted(problem: ProblemFacts, _: Attempt) -> str | None:
    """
    What is closed changes only where the business lives with it.
    """
    accepted = problem.resolution_code is ProblemResolutionCode.RISK_ACCEPTED
    return None if accepted else "it was closed without accepting a risk"


# ---- Cancel and tell --------------------------------------------------------------------------


@integrity
def from_here_only_a_duplicate_is_cancelled(problem: ProblemFacts, _: Attempt) -> str | None:
    """
    What is understood, or waits, is cancelled as a duplicate only, never as no problem.

    Our default: established tools let one mark a duplicate at any open state.
    """
    code = problem.resolution_code
    if code is None:
        return f"give the code {ProblemResolutionCode.DUPLICATE}: it is understood already"
    if code is ProblemResolutionCode.DUPLICATE:
        return None
    return f"from here only a duplicate is cancelled, not {code}: resolve it, or resume what waits"


@integrity
def a_duplicate_names_the_other_problem(problem: ProblemFacts, _: Attempt) -> str | None:
    """
    A duplicate names the problem that it repeats.
    """
    if problem.resolution_code is not ProblemResolutionCode.DUPLICATE:
        return None
    named = any(link.kind == LinkKind.DUPLICATE_OF for link in problem.links)
    return None if named else "name the problem it duplicates"


@integrity
def there_is_a_fix_to_tell(problem: ProblemFacts, _: Attempt) -> str | None:
    """
    Only of a problem that is resolved is it told how.
    """
    return None if problem.resolution else "it is not resolved"


PROBLEM_COMPLETENESS: frozenset[AnyGuard] = frozenset(
    {
        a_major_review_is_completed,
        a_move_says_why,
        it_is_categorized,
        it_is_described,
        it_is_prioritized,
        review.every_action_has_its_owner,
        review.every_question_is_answered,
        review.somebody_attended,
        somebody_looked_for_duplicates,
        symptoms_are_described,
        the_business_approves,
        the_change_is_reviewed_or_not_needed,
        the_resolution_is_described,
        what_is_awaited_is_named,
    }
)
"""
All completeness guards of the room.
"""
