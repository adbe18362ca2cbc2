"""
The rules of the incident room, each named as the sentence it holds to.

Integrity guards always hold. Completeness guards hold where the policies name them; `strict()`
names them all. Each is told the incident as it would be, and the step.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

from itil_ops.incident.vocabulary import CancellationReason, ResolutionKind
from itil_ops.kernel.closing import (
    an_administrative_closure_is_explained,
    the_closure_is_categorized,
)
from itil_ops.kernel.guard import AnyGuard, Context, completeness, integrity
from itil_ops.kernel.identity import ProblemId
from itil_ops.kernel.rules import (
    a_move_says_why,
    an_external_line_is_named,
    it_is_categorized,
    it_is_described,
    it_is_prioritized,
    the_channel_is_known,
    the_resolution_is_described,
    what_is_awaited_is_named,
)
from itil_ops.kernel.vocabulary import ClosureReason, LinkKind, PendingReason


if TYPE_CHECKING:
    from itil_ops.incident.policies import IncidentPolicies
    from itil_ops.incident.record import Incident

    Attempt: TypeAlias = Context[Incident, IncidentPolicies]


# ---- Log --------------------------------------------------------------------------------------


@integrity
def something_is_affected(incident: Incident, _: Attempt) -> str | None:
    """
    An incident names a service, a configuration item or the event it stems from.
    """
    if incident.service or incident.configuration_items or incident.source_event:
        return None
    return "neither a service nor a configuration item nor a source event is named"


@integrity
def stamps_are_in_order(incident: Incident, step: Attempt) -> str | None:
    """
    Occurred, detected, diagnosed, repaired, recovered, restored: each not before the one before.
    """
    stamps = incident.stamps.known()
    for (earlier, first), (later, second) in pairwise(stamps):
        if second < first:
            return f"{later} {second} lies before {earlier} {first}"
    if stamps and stamps[-1][1] > step.at:
        return f"{stamps[-1][0]} {stamps[-1][1]} lies after {step.at}, when it is recorded"
    return None


# ---- Assign and start -------------------------------------------------------------------------


@integrity
def an_assignee_is_known(incident: Incident, _: Attempt) -> str | None:
    """
    Work is in progress in the hands of a person.
    """
    return None if incident.assignee else "there is no assignee, and the actor is no person"


@completeness
def the_assignee_belongs_to_the_group(incident: Incident, step: Attempt) -> str | None:
    """
    The assignee is a member of the group that works on the incident.
    """
    person, group = incident.assignee, incident.group
    if person is None or group is None or step.policies.groups.is_member(person, group):
        return None
    return f"{person} is no member of {group}"


# ---- Hold -------------------------------------------------------------------------------------


@completeness
def the_caller_was_asked(incident: Incident, _: Attempt) -> str | None:
    """
    Waiting for the caller takes a question: the last message went to the caller.
    """
    if incident.pending_reason != PendingReason.AWAITING_CALLER:
        return None
    contact = incident.last_contact
    return None if contact and contact.informs_user else "the caller has not been asked anything"


# ---- Resolve ----------------------------------------------------------------------------------


@integrity
def a_resolution_is_given(incident: Incident, _: Attempt) -> str | None:
    """
    A resolved incident has a resolution code.
    """
    return None if incident.resolution_code else "there is no resolution code"


@integrity
def mandatory_steps_are_done(incident: Incident, _: Attempt) -> str | None:
    """
    An incident that follows a model is resolved after the model's mandatory steps.
    """
    if incident.model is None:
        return None
    missing = [step.name for step in incident.model.missing(incident.steps_done)]
    return (
        f"steps of {incident.model.name!r} are missing: {', '.join(missing)}" if missing else None
    )


@completeness
def the_restoration_is_evident(incident: Incident, _: Attempt) -> str | None:
    """
    Somebody says by what it is known that the service is normal again, or why that is waived.
    """
    return None if incident.restoration_evidence else "there is no evidence of normal operation"


@integrity
def the_cause_is_named(incident: Incident, _: Attempt) -> str | None:
    """
    What resolves itself names the event, parent or problem by which it did.
    """
    kinds = {link.kind for link in incident.links}
    if kinds & {LinkKind.CLEARED_BY, LinkKind.RESOLVED_BY}:
        return None
    return "neither a clearing event nor a resolved parent or problem is named"


@integrity
def auto_resolution_is_allowed(incident: Incident, step: Attempt) -> str | None:
    """
    The policy lets the incident be resolved without a person.
    """
    return step.policies.auto_resolution.why_not(incident)


# ---- Close --------------------------------------------------------------------------------------


@completeness
def recurrence_is_answered(incident: Incident, _: Attempt) -> str | None:
    """
    A person who closes answers whether the incident is likely to recur.
    """
    by_itself = incident.closure_reason is ClosureReason.AUTO_CLOSED
    answered = by_itself or incident.likely_to_recur is not None
    return None if answered else "nobody said whether it may recur"


@completeness
def a_workaround_has_its_problem(incident: Incident, _: Attempt) -> str | None:
    """
    What was only worked around is linked to a problem, or somebody says why none is needed.
    """
    if (
        incident.resolution_kind is not ResolutionKind.WORKAROUND
        or incident.no_problem_reason
        or any(isinstance(link.target, ProblemId) for link in incident.links)
    ):
        return None
    return "it was worked around: link a problem, or say why none is needed"


@completeness
def a_major_review_is_planned(incident: Incident, _: Attempt) -> str | None:
    """
    A major incident closes with its review planned.
    """
    return "no review is planned" if incident.major and not incident.major.review_at else None


# ---- Cancel -----------------------------------------------------------------------------------


@integrity
def a_cancellation_reason_is_given(incident: Incident, _: Attempt) -> str | None:
    """
    A cancelled incident has a reason.
    """
    return None if incident.cancellation_reason else "there is no cancellation reason"


_NEEDED_LINKS = {
    CancellationReason.DUPLICATE: (LinkKind.DUPLICATE_OF, "the incident it duplicates"),
    CancellationReason.CONVERTED: (LinkKind.CONVERTED_TO, "what it was converted to"),
}


@integrity
def what_takes_its_place_is_named(incident: Incident, _: Attempt) -> str | None:
    """
    A duplicate names the other incident, a converted incident what it became.
    """
    if incident.cancellation_reason not in _NEEDED_LINKS:
        return None
    kind, words = _NEEDED_LINKS[incident.cancellation_reason]
    return None if any(link.kind == kind for link in incident.links) else f"name {words}"


# ---- Internal steps ---------------------------------------------------------------------------


@integrity
def a_workaround_is_given(incident: Incident, _: Attempt) -> str | None:
    """
    Applying a workaround says what it is.
    """
    return None if incident.workaround else "there is no workaround"


@completeness
def a_major_incident_is_led(incident: Incident, _: Attempt) -> str | None:
    """
    A major incident has a manager, named when it is declared.
    """
    return None if incident.major and incident.major.manager else "there is no manager"


@integrity
def a_known_error_is_matched(incident: Incident, step: Attempt) -> str | None:
    """
    A match names a known error, or another version of its workaround.
    """
    if incident.matched_known_error is None:
        return "there is no known error"
    before = step.before
    if before is None or before.matched_known_error != incident.matched_known_error:
        return None
    return f"{incident.matched_known_error.known_error} was matched already"


@integrity
def the_step_is_due(incident: Incident, step: Attempt) -> str | None:
    """
    A completed step is one of the model's, is new, and comes after those it depends on.
    """
    before = step.before
    if before is None or before.model is None:
        return "it follows no incident model"
    due = [model_step.name for model_step in before.model.due(before.steps_done)]
    added = incident.steps_done[len(before.steps_done) :]
    if added and added[0] in due:
        return None
    return f"steps of {before.model.name!r} that are due: {', '.join(due) or 'none'}"


COMPLETENESS: frozenset[AnyGuard] = frozenset(
    {
        a_major_incident_is_led,
        a_major_review_is_planned,
        a_move_says_why,
        a_workaround_has_its_problem,
        an_administrative_closure_is_explained,
        an_external_line_is_named,
        it_is_categorized,
        it_is_described,
        it_is_prioritized,
        recurrence_is_answered,
        the_assignee_belongs_to_the_group,
        the_caller_was_asked,
        the_channel_is_known,
        the_closure_is_categorized,
        the_resolution_is_described,
        the_restoration_is_evident,
        what_is_awaited_is_named,
    }
)
"""
All completeness guards of the room.
"""
