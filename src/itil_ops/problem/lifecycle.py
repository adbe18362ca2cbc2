"""
The lifecycle of a problem, as a table.

A root cause, a workaround and a known error are facts that guards ask for, not stages one must
visit: most real problems go from work straight to their end. A phase stands for every state in it
wherever that is meant, so that a caller's own state of work takes part.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from itil_ops.kernel import rules as common
from itil_ops.kernel.lifecycle import Lifecycle
from itil_ops.kernel.rows import ANNOTATION_ROWS, FAMILY_ROWS, NOT_ENDED, OPEN
from itil_ops.kernel.table import RETURN, START, STAY, Composite, Phase, State, Transition
from itil_ops.problem import review, rules


if TYPE_CHECKING:
    from itil_ops.kernel.guard import AnyContext
    from itil_ops.problem.facts import ProblemFacts


NEW = State("new", Phase.ACTIVE, meaning="It is logged, and nobody has looked at it yet.")
ASSESSED = State("assessed", Phase.ACTIVE, meaning="It is classified, and worth an analysis.")
UNDER_INVESTIGATION = State(
    "under_investigation", Phase.ACTIVE, meaning="Somebody looks for its cause."
)
PENDING = State("pending", Phase.WAITING, meaning="Work waits, for a reason.")
KNOWN_ERROR = State("known_error", Phase.ACTIVE, meaning="It is understood, and not yet fixed.")
FIX_IN_PROGRESS = State("fix_in_progress", Phase.ACTIVE, meaning="The fix is under way.")
RESOLVED = State("resolved", Phase.DONE, meaning="It is solved; to be observed for a while.")
CLOSED = State("closed", Phase.ENDED, final=True, meaning="It is solved, or its risk accepted.")
CANCELLED = State("cancelled", Phase.DROPPED, final=True, meaning="It was no problem of its own.")

_MEANT = (*NOT_ENDED, Phase.ENDED)


def was_declared_a_known_error(problem: ProblemFacts, _: AnyContext) -> bool:
    """
    Whether the problem was declared a known error since it was last analyzed anew.

    That it names a known error is not enough: the policy was never asked whether it is understood,
    the time to a known error would have no end, and what it names may be a draft, or retired, or
    tell of a cause that another analysis refuted. Once it is back in the analysis, it is declared
    in one step.
    """
    return problem.known_error_at is not None


_STATED_DATES = (
    rules.it_was_detected_before_it_was_logged,
    rules.it_is_to_be_resolved_later,
)
_ACCEPTANCE = (
    rules.the_acceptance_is_whole,
    rules.the_review_of_the_risk_lies_ahead,
    rules.the_acceptance_outlasts_its_review,
    rules.the_business_approves,
)

_OF_A_REVIEW = (review.a_review_is_named, review.the_review_is_one_of_its_own)

PROBLEM_LIFECYCLE = Lifecycle(
    "problem",
    states=(
        NEW,
        ASSESSED,
        UNDER_INVESTIGATION,
        PENDING,
        KNOWN_ERROR,
        FIX_IN_PROGRESS,
        RESOLVED,
        CLOSED,
        CANCELLED,
    ),
    transitions=(
        Transition(
            "log",
            START,
            NEW,
            guards=(
                rules.a_reactive_problem_names_what_it_was_raised_from,
                rules.a_proactive_problem_has_evidence,
                *_STATED_DATES,
                common.it_is_described,
                rules.symptoms_are_described,
            ),
        ),
        Transition(
            "assess",
            NEW,
            ASSESSED,
            guards=(
                rules.no_problem_duplicates_itself,
                common.it_is_categorized,
                common.it_is_prioritized,
                rules.somebody_looked_for_duplicates,
            ),
        ),
        Transition(
            "investigate",
            ASSESSED,
            UNDER_INVESTIGATION,
            guards=(
                rules.no_problem_duplicates_itself,
                rules.somebody_investigates,
                common.a_move_says_why,
            ),
        ),
        Transition(
            "hold",
            (ASSESSED, UNDER_INVESTIGATION, KNOWN_ERROR, FIX_IN_PROGRESS, Phase.WAITING),
            PENDING,
            guards=(
                common.a_pending_reason_is_given,
                common.the_hold_says_something_new,
                common.the_hold_ends_later_than_it_begins,
                common.what_is_awaited_is_named,
            ),
        ),
        Transition("resume", Phase.WAITING, RETURN),
        Transition(
            "declare_known_error",
            UNDER_INVESTIGATION,
            KNOWN_ERROR,
            guards=(rules.it_is_understood_enough_for_a_known_error,),
        ),
        Transition(
            "start_fix",
            (UNDER_INVESTIGATION, KNOWN_ERROR),
            FIX_IN_PROGRESS,
            guards=(rules.the_root_cause_is_known, rules.a_change_is_named_or_not_needed),
        ),
        Transition(
            "fix_failed",
            FIX_IN_PROGRESS,
            KNOWN_ERROR,
            guards=(common.a_reason_is_given,),
            when=was_declared_a_known_error,
        ),
        Transition(
            "fix_failed",
            FIX_IN_PROGRESS,
            UNDER_INVESTIGATION,
            guards=(common.a_reason_is_given,),
        ),
        Transition(
            "resolve",
            (UNDER_INVESTIGATION, KNOWN_ERROR, FIX_IN_PROGRESS, Phase.WAITING),
            RESOLVED,
            guards=(
                rules.the_code_resolves,
                rules.the_root_cause_is_known_or_it_is_said_why_not,
                rules.a_change_that_failed_brought_no_fix,
                rules.the_change_is_reviewed_or_not_needed,
                common.the_resolution_is_described,
            ),
        ),
        Transition(
            "accept_risk",
            (UNDER_INVESTIGATION, KNOWN_ERROR, FIX_IN_PROGRESS),
            CLOSED,
            guards=(
                *_ACCEPTANCE,
                rules.a_workaround_is_known_or_ruled_out,
                rules.a_major_review_is_completed,
            ),
        ),
        Transition(
            "close",
            Phase.DONE,
            CLOSED,
            guards=(
                rules.the_code_resolves,
                rules.a_change_that_failed_brought_no_fix,
                rules.the_observation_is_over,
                rules.linked_incidents_are_over,
                rules.known_errors_are_settled,
                rules.a_major_review_is_completed,
            ),
        ),
        Transition(
            "reanalyze",
            (Phase.DONE, Phase.ENDED),
            UNDER_INVESTIGATION,
            guards=(common.a_reason_is_given,),
        ),
        Transition(
            "cancel",
            (NEW, ASSESSED, UNDER_INVESTIGATION),
            CANCELLED,
            guards=(
                rules.the_code_cancels,
                rules.a_duplicate_names_the_other_problem,
                common.links_lead_elsewhere,
            ),
        ),
        Transition(
            "cancel",
            (KNOWN_ERROR, FIX_IN_PROGRESS, Phase.WAITING),
            CANCELLED,
            guards=(
                rules.from_here_only_a_duplicate_is_cancelled,
                rules.a_duplicate_names_the_other_problem,
                common.links_lead_elsewhere,
            ),
        ),
        Transition("revise", NOT_ENDED, STAY, guards=(common.something_is_revised, *_STATED_DATES)),
        Transition(
            "assign",
            OPEN,
            STAY,
            guards=(common.somebody_is_named, common.a_move_says_why),
        ),
        Transition("categorize", NOT_ENDED, STAY, guards=(common.a_category_is_given,)),
        Transition("prioritize", OPEN, STAY, guards=(common.an_override_says_why,)),
        Transition("rate_severity", OPEN, STAY, guards=(rules.a_severity_is_given,)),
        Transition("diagnose", OPEN, STAY, guards=(common.something_is_said,)),
        Transition("record_root_cause", NOT_ENDED, STAY, guards=(rules.a_root_cause_is_given,)),
        Transition("record_workaround", NOT_ENDED, STAY, guards=(rules.a_workaround_is_given,)),
        Transition(
            "rule_out_workaround",
            NOT_ENDED,
            STAY,
            guards=(rules.it_is_said_why_there_is_no_workaround,),
        ),
        Transition(
            "record_workaround",
            Phase.ENDED,
            STAY,
            guards=(rules.a_workaround_is_given, rules.the_risk_was_accepted),
        ),
        Transition(
            "rule_out_workaround",
            Phase.ENDED,
            STAY,
            guards=(rules.it_is_said_why_there_is_no_workaround, rules.the_risk_was_accepted),
        ),
        Transition(
            "record_change",
            NOT_ENDED,
            STAY,
            guards=(rules.a_change_is_named, rules.the_change_moved_on),
        ),
        Transition(
            "defer",
            KNOWN_ERROR,
            STAY,
            guards=(rules.a_deferral_is_given, rules.the_deferral_lies_ahead),
        ),
        Transition(
            "take_up",
            (KNOWN_ERROR, Phase.WAITING),
            STAY,
            guards=(common.a_reason_is_given, rules.it_is_deferred),
        ),
        Transition(
            "record_recurrence",
            Phase.DONE,
            STAY,
            guards=(rules.the_recurrence_is_new,),
        ),
        Transition(
            "renew_risk_acceptance",
            Phase.ENDED,
            STAY,
            guards=(rules.the_risk_was_accepted, *_ACCEPTANCE),
        ),
        Transition(
            "communicate_workaround",
            _MEANT,
            STAY,
            guards=(common.something_is_said, rules.there_is_a_workaround_to_tell),
        ),
        Transition(
            "communicate_fix",
            (Phase.DONE, Phase.ENDED),
            STAY,
            guards=(common.something_is_said, rules.there_is_a_fix_to_tell),
        ),
        Transition(
            "declare_major",
            OPEN,
            STAY,
            guards=(common.a_reason_is_given, common.it_is_not_major_yet),
        ),
        Transition(
            "demote_major",
            OPEN,
            STAY,
            guards=(common.a_reason_is_given, common.it_is_major),
        ),
        Transition(
            "plan_review",
            _MEANT,
            STAY,
            guards=(common.it_is_major, review.a_review_is_named),
        ),
        Transition("hold_review", _MEANT, STAY, guards=_OF_A_REVIEW),
        Transition("complete_review", _MEANT, STAY, guards=_OF_A_REVIEW),
        Transition("complete_action", _MEANT, STAY, guards=_OF_A_REVIEW),
        *ANNOTATION_ROWS,
        *FAMILY_ROWS,
    ),
    composites=(
        Composite("investigate", ("assess", "investigate")),
        Composite("close", ("resolve", "close")),
    ),
)
