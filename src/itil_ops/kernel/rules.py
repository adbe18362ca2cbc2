"""
Rules that several rooms have, each named as the sentence it holds to.

Integrity guards always hold. Completeness guards hold where the policies name them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from itil_ops.kernel.guard import Context, completeness, integrity
from itil_ops.kernel.identity import (
    AccessRequestId,
    ChangeId,
    EventId,
    IncidentId,
    KnownErrorId,
    ProblemId,
    RecordId,
)
from itil_ops.kernel.record import hold_of
from itil_ops.kernel.vocabulary import EscalationKind, LinkKind, PendingReason, SupportLine


if TYPE_CHECKING:
    from itil_ops.kernel.policies import HandlingPolicies
    from itil_ops.kernel.record import Record
    from itil_ops.kernel.user_facing import UserFacing

    Attempt: TypeAlias = Context[Any, HandlingPolicies]


# ---- What a record says ---------------------------------------------------------------------


@completeness
def it_is_described(record: Record, _: Attempt) -> str | None:
    """
    There is a description.
    """
    return None if record.description else "there is no description"


@integrity
def a_category_is_given(record: Record, _: Attempt) -> str | None:
    """
    Categorizing takes a category.
    """
    return None if record.category else "there is no category"


@completeness
def it_is_categorized(record: Record, _: Attempt) -> str | None:
    """
    There is a category before work begins.
    """
    return None if record.category else "there is no category"


@completeness
def it_is_prioritized(record: Record, _: Attempt) -> str | None:
    """
    There is a priority before work begins.
    """
    return None if record.priority else "there is no priority"


@integrity
def an_override_says_why(record: Record, _: Attempt) -> str | None:
    """
    A priority set against the matrix has a reason.
    """
    override = record.priority_override
    return None if override is None or override.reason else "an override takes a reason"


@integrity
def a_reason_is_given(_: Record, step: Attempt) -> str | None:
    """
    The step says why it is taken.
    """
    return None if step.note else "there is no reason"


@integrity
def something_is_said(_: Record, step: Attempt) -> str | None:
    """
    A message, a comment, a finding has a text.
    """
    return None if step.note else "there is no text"


@integrity
def something_is_revised(record: Record, step: Attempt) -> str | None:
    """
    A revision says what was not said before.
    """
    said = "nothing is revised: what is given was said before"
    return said if record == step.before else None


@completeness
def the_channel_is_known(record: UserFacing, _: Attempt) -> str | None:
    """
    It is known how it was reported.
    """
    return None if record.channel else "there is no channel"


# ---- Whose it is ----------------------------------------------------------------------------


@integrity
def somebody_is_named(record: Record, _: Attempt) -> str | None:
    """
    An assignment names a group, an assignee or both.
    """
    return None if record.group or record.assignee else "neither a group nor an assignee is named"


@completeness
def a_move_says_why(record: Record, step: Attempt) -> str | None:
    """
    Moving it from one group to another takes a note.
    """
    before = step.before
    if before is None or before.group in {None, record.group} or step.note:
        return None
    return f"moving from {before.group} to {record.group} takes a note"


@integrity
def the_escalation_leads_somewhere(record: UserFacing, step: Attempt) -> str | None:
    """
    An escalation has a kind; a functional one leads to another group or line.
    """
    escalation = record.escalation
    if escalation is None:
        return "there is no kind of escalation"
    before = step.before
    if (
        before is None
        or escalation.kind is EscalationKind.HIERARCHIC
        or escalation.group not in {None, before.group}
        or escalation.line is not before.support_line
    ):
        return None
    return f"it is with the {before.support_line} line already: name another group"


@completeness
def an_external_line_is_named(record: UserFacing, _: Attempt) -> str | None:
    """
    Calling a supplier names the group whose contract is called on.
    """
    escalation = record.escalation
    if escalation is None or escalation.line is not SupportLine.SUPPLIER or escalation.group:
        return None
    return "there is no group for the supplier"


# ---- Hold -----------------------------------------------------------------------------------


@integrity
def a_pending_reason_is_given(record: Record, _: Attempt) -> str | None:
    """
    Work waits for a reason.
    """
    return None if record.pending_reason else "there is no pending reason"


@integrity
def the_hold_says_something_new(record: Record, step: Attempt) -> str | None:
    """
    On hold already, a hold changes the reason, the date or what is awaited.
    """
    before = step.before
    if before is None or before.pending_reason is None or hold_of(before) != hold_of(record):
        return None
    return f"it waits already, for {record.pending_reason}"


@integrity
def the_hold_ends_later_than_it_begins(record: Record, step: Attempt) -> str | None:
    """
    The date until which work waits lies ahead.
    """
    until = record.pending_until
    if until is None or until > step.effective_at:
        return None
    return f"pending_until {until} does not lie after {step.effective_at}"


_AWAITED: dict[PendingReason, tuple[type[object] | None, str]] = {
    PendingReason.AWAITING_CHANGE: (ChangeId, "a change"),
    PendingReason.AWAITING_PROBLEM: (ProblemId, "a problem"),
    PendingReason.AWAITING_PARENT: (None, "a parent of its kind"),
    PendingReason.AWAITING_SUPPLIER: (str, "a supplier"),
}


@completeness
def what_is_awaited_is_named(record: Record, _: Attempt) -> str | None:
    """
    Waiting for a change, a problem, a parent or a supplier names it.
    """
    reason = record.pending_reason
    if reason not in _AWAITED:
        return None
    kind, words = _AWAITED[reason]
    named = isinstance(record.awaited, kind or record.id_type)
    return None if named else f"{reason} names {words}"


# ---- Resolve, and what is major -------------------------------------------------------------


@completeness
def the_resolution_is_described(_: Record, step: Attempt) -> str | None:
    """
    A resolution says what was done.
    """
    return None if step.note else "there is no note on what was done"


@integrity
def it_is_not_major_yet(_: Record, step: Attempt) -> str | None:
    """
    A record is declared major once.
    """
    return "it is major already" if step.before and step.before.major else None


@integrity
def it_is_major(_: Record, step: Attempt) -> str | None:
    """
    Only what is major is demoted, and only of what is major is there a review.
    """
    return None if step.before and step.before.major else "it is not major"


# ---- Links ----------------------------------------------------------------------------------


@integrity
def links_lead_elsewhere(record: Record, _: Attempt) -> str | None:
    """
    A record points to other records, never to itself.
    """
    leads_home = any(link.target == record.id for link in record.links)
    return "it is not linked to itself" if leads_home else None


@integrity
def the_link_is_new(record: Record, step: Attempt) -> str | None:
    """
    A link says what was not said before.
    """
    before, link = step.before, step.told.get("link")
    if before is None or record.links != before.links:
        return None
    return "there is no new link" if link is None else f"{link.kind} {link.target} is said already"


_LEADS_TO: dict[LinkKind, tuple[tuple[type[RecordId], ...], str]] = {
    LinkKind.TRIGGERED_BY: ((IncidentId, EventId), "an incident or an event"),
    LinkKind.CLEARED_BY: ((EventId,), "an event"),
    LinkKind.CAUSED_BY: ((ProblemId,), "a problem"),
    LinkKind.CAUSED_BY_CHANGE: ((ChangeId,), "a change"),
    LinkKind.ADDRESSED_BY: ((ChangeId,), "a change"),
    LinkKind.INVESTIGATED_BY: ((ProblemId,), "a problem"),
    LinkKind.MATCHED: ((KnownErrorId,), "a known error"),
    LinkKind.HAS_KNOWN_ERROR: ((KnownErrorId,), "a known error"),
    LinkKind.SPAWNED: ((AccessRequestId,), "an access request"),
}


@integrity
def links_lead_to_what_they_say(record: Record, step: Attempt) -> str | None:
    """
    A link to a change, a problem, a known error, an event leads to one.
    """
    known = step.before.links if step.before else ()
    for link in record.links:
        kinds, words = _LEADS_TO.get(link.kind, ((RecordId,), "a record"))
        if link not in known and not isinstance(link.target, kinds):
            return f"{link.kind} leads to {words}, not to {link.target!r}"
    return None


_VERBS_OF_THEIR_OWN = {LinkKind.CHILD_OF: "join", LinkKind.DUPLICATE_OF: "cancel"}


@integrity
def a_family_link_has_its_own_verb(record: Record, step: Attempt) -> str | None:
    """
    A parent is joined, and a duplicate cancelled: other rules hold for these links.
    """
    known = step.before.links if step.before else ()
    for link in record.links:
        if link not in known and link.kind in _VERBS_OF_THEIR_OWN:
            return f"{link.kind} is said with {_VERBS_OF_THEIR_OWN[link.kind]!r}"
    return None


@integrity
def the_link_is_there(record: Record, step: Attempt) -> str | None:
    """
    Only a link that there is can be taken back.
    """
    before = step.before
    return "there is no such link" if before and record.links == before.links else None


# ---- Families -------------------------------------------------------------------------------


@integrity
def a_parent_is_named(record: Record, _: Attempt) -> str | None:
    """
    Joining a family names the parent.
    """
    return None if record.parent else "there is no parent"


@integrity
def there_is_one_parent(record: Record, step: Attempt) -> str | None:
    """
    A record has one parent at most.
    """
    before = None if step.before is None else step.before.parent
    if before is None or record.parent is None:
        return None
    return f"it is a child of {before} already: unlink that first"


@integrity
def none_is_its_own_ancestor(record: Record, step: Attempt) -> str | None:
    """
    Families have no cycles: who joins one stands nowhere above the parent.
    """
    ancestors = step.told.get("ancestors")
    if ancestors is None:
        return "nobody said what stands above the parent; name it, even if it is nothing"
    if record.id in ancestors:
        return f"{record.parent} stands below it: that would be a cycle"
    return None


@integrity
def the_family_has_few_levels(_: Record, step: Attempt) -> str | None:
    """
    A family has as many levels below its head as the policies allow: one, unless they say more.
    """
    ancestors, below = step.told.get("ancestors"), step.told.get("generations_below")
    if below is None:
        return "nobody said how many generations stand below it; say so, even if it is none"
    levels, allowed = len(ancestors or ()) + 1 + below, step.policies.family_levels
    if levels <= allowed:
        return None
    return f"the family would have {levels} levels below its head, and {allowed} at most may be"


@integrity
def it_is_taken_over_once(record: Record, step: Attempt) -> str | None:
    """
    What another record leaves is taken over, and once.
    """
    known = () if step.before is None else step.before.inherited
    for new in record.inherited[len(known) :]:
        if new.origin == record.id:
            return "it has what it leaves"
        twice = new.origin in {one.origin for one in known}
        return f"{new.origin} was taken over already" if twice else None
    return "there is no record to take over from"
