"""
The rules of known errors, each named as the sentence it holds to.

Integrity guards always hold. Completeness guards hold where the policies name them; `strict()`
names them all. Each is told the known error as it would be, and the step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from itil_ops.kernel.guard import AnyGuard, Context, completeness, integrity
from itil_ops.kernel.rules import it_is_categorized
from itil_ops.kernel.vocabulary import LinkKind
from itil_ops.problem.known_error.vocabulary import KnownErrorSource, RetirementReason


if TYPE_CHECKING:
    from itil_ops.problem.known_error.policies import KnownErrorPolicies
    from itil_ops.problem.known_error.record import KnownError

    Attempt: TypeAlias = Context[KnownError, KnownErrorPolicies]


# ---- What it says ---------------------------------------------------------------------------


@integrity
def symptoms_are_known(known_error: KnownError, _: Attempt) -> str | None:
    """
    A known error says by which symptoms it is found, in words or keys: from the draft on.
    """
    if known_error.symptoms or known_error.symptom_keys:
        return None
    return "there are neither symptoms nor symptom keys: state some, or nobody would find it"


@completeness
def its_problem_is_named(known_error: KnownError, _: Attempt) -> str | None:
    """
    A known error that comes from a problem names it.
    """
    if known_error.source is not KnownErrorSource.PROBLEM or known_error.problem:
        return None
    return "there is no problem that it comes from: name it, or state another source"


# ---- Publish --------------------------------------------------------------------------------


@integrity
def a_workaround_or_its_absence_is_known(known_error: KnownError, _: Attempt) -> str | None:
    """
    What is published has a workaround, or says why none is possible.

    After ITIL, where a known error is a problem with a root cause and a workaround.
    """
    if known_error.workaround or known_error.no_workaround_reason:
        return None
    return "there is no workaround: record one, or rule it out with a reason"


@completeness
def the_root_cause_is_known(known_error: KnownError, _: Attempt) -> str | None:
    """
    What is published has a root cause.

    ITIL's book defines it so, and still lets one be raised earlier; for ITIL 4 it is enough that
    it was analyzed. So the rule holds where the policies ask for it.
    """
    return None if known_error.root_cause else "there is no root cause: revise it to state one"


@completeness
def what_it_affects_is_named(known_error: KnownError, _: Attempt) -> str | None:
    """
    What is published names the services or the configuration items that it affects.
    """
    if known_error.services or known_error.configuration_items:
        return None
    return "neither a service nor a configuration item is named: revise it to name one"


# ---- Workarounds ----------------------------------------------------------------------------


@integrity
def a_workaround_is_given(known_error: KnownError, _: Attempt) -> str | None:
    """
    Another version of the workaround says what to do.
    """
    return None if known_error.workaround else "there is no workaround: say what to do"


@integrity
def the_workaround_is_new(known_error: KnownError, step: Attempt) -> str | None:
    """
    Another version of the workaround says something else than the one before.
    """
    before = None if step.before is None else step.before.workaround
    new = known_error.workaround
    if before is None or new is None or new.text != before.text:
        return None
    return f"version {before.version} of the workaround says the same: say what else to do"


@integrity
def why_none_is_possible_is_said(known_error: KnownError, _: Attempt) -> str | None:
    """
    Ruling out a workaround says why none is possible.
    """
    reason = known_error.no_workaround_reason
    return None if reason else "there is no reason: say why no workaround is possible"


# ---- Uses, validations, audits --------------------------------------------------------------


@integrity
def an_incident_is_named(known_error: KnownError, _: Attempt) -> str | None:
    """
    A use names the incident that it was meant to help with.
    """
    return None if known_error.last_use else "there is no incident: name the one it was used for"


@integrity
def each_incident_counts_once(known_error: KnownError, step: Attempt) -> str | None:
    """
    However often a known error is looked up for an incident, that is one use: our default.

    To tell of it again says whether it helped.
    """
    use, before = known_error.last_use, step.before
    if use is None or before is None or known_error.usage_count > before.usage_count:
        return None
    counted = f"its use for {use.incident} is counted already"
    if use.solved is None:
        return f"{counted}: say with 'solved' whether it helped, once that is known"
    return f"{counted}, with solved={use.solved}" if use in before.uses else None


@integrity
def the_next_validation_lies_ahead(known_error: KnownError, step: Attempt) -> str | None:
    """
    The date by which it is validated next lies ahead.
    """
    due = known_error.validate_by
    if due is None or due > step.at:
        return None
    return f"validate_by {due} does not lie after {step.at}: give a later date, or none"


@integrity
def a_verdict_is_given(known_error: KnownError, _: Attempt) -> str | None:
    """
    An audit finds a known error correct or not.
    """
    return None if known_error.last_audit else "nobody said whether it is correct: say 'correct'"


@completeness
def what_is_wrong_is_said(known_error: KnownError, step: Attempt) -> str | None:
    """
    An audit that finds a known error wrong says what is wrong.
    """
    audit = known_error.last_audit
    if audit is None or audit.correct or step.note:
        return None
    return "there is no note on what is wrong: write one"


# ---- Resolve and retire ---------------------------------------------------------------------


@completeness
def the_fix_is_described(known_error: KnownError, step: Attempt) -> str | None:
    """
    A resolved known error says what the fix is: its versions, its plan, or a note.
    """
    if known_error.fixed_in or known_error.permanent_fix or step.note:
        return None
    return "neither a version nor a plan nor a note tells of the fix: give 'fixed_in' or a note"


@integrity
def a_retirement_reason_is_given(known_error: KnownError, _: Attempt) -> str | None:
    """
    A retired known error has a reason.
    """
    reasons = ", ".join(RetirementReason)
    said = f"there is no retirement reason: give one of {reasons}"
    return None if known_error.retirement_reason else said


@integrity
def what_it_duplicates_is_named(known_error: KnownError, _: Attempt) -> str | None:
    """
    A duplicate names the known error that tells of the same, as long as it is retired.
    """
    is_duplicate = known_error.retirement_reason is RetirementReason.DUPLICATE
    return (
        "name the known error it duplicates" if is_duplicate and not known_error.original else None
    )


@completeness
def the_retirement_is_explained(_: KnownError, step: Attempt) -> str | None:
    """
    Retiring takes a note.
    """
    return None if step.note else "there is no note on why: write one"


# ---- Links ----------------------------------------------------------------------------------


@integrity
def it_has_no_family(known_error: KnownError, _: Attempt) -> str | None:
    """
    Known errors have no parents.
    """
    return None if known_error.parent is None else "a known error has no parent: say 'related'"


@integrity
def a_duplicate_is_retired(known_error: KnownError, step: Attempt) -> str | None:
    """
    That it duplicates another one is said by retiring it.
    """
    before = None if step.before is None else step.before.original
    if known_error.original == before:
        return None
    return f"{LinkKind.DUPLICATE_OF} is said with 'retire'"


KNOWN_ERROR_COMPLETENESS: frozenset[AnyGuard] = frozenset(
    {
        it_is_categorized,
        its_problem_is_named,
        the_fix_is_described,
        the_retirement_is_explained,
        the_root_cause_is_known,
        what_is_wrong_is_said,
        what_it_affects_is_named,
    }
)
"""
All completeness guards of known errors.
"""
