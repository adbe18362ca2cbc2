"""
Every rule refuses alone and by name, and lets pass what satisfies it.
"""

from __future__ import annotations

import pytest

from incident_doubles import (
    ADA,
    CHECKLIST,
    CLEARING,
    DESK,
    INC,
    LI,
    MAIL,
    MONITORING,
    OTHER,
    after,
    logged,
    minute,
    only,
    standing,
)
from itil_ops import (
    INCIDENT_LIFECYCLE,
    AccessRequestId,
    CancellationReason,
    ChangeId,
    ClosureReason,
    ConfigurationItemId,
    ContactChannel,
    Direction,
    EscalationKind,
    EventId,
    GuardRefusedError,
    Impact,
    IncidentId,
    IncidentModel,
    IncidentPolicies,
    Link,
    LinkKind,
    ModelStep,
    PendingReason,
    Priority,
    ProblemId,
    ReopenWindow,
    ResolutionCode,
    ResolutionKind,
    ServiceRequestId,
    SupportLine,
    TwoStepClosure,
    Urgency,
    Visibility,
)
from itil_ops.incident import rules
from record_doubles import rules_of
from room_tables import EveryRule


MANDATORY = IncidentModel(name="breach", steps=[ModelStep("preserve", mandatory=True)])
CONFIRMED_BY_ANOTHER = TwoStepClosure(confirmed_by_another=True)
ONCE = ReopenWindow(at_most=1)


class Members:
    """
    A directory in which only Li belongs to a group.
    """

    def is_member(self, person, group):
        return (person, group) == ("li", "messaging")


def asked(incident, **contact):
    return after(incident, "communicate", **contact)


def worked_around(**fields):
    return after(standing("in_progress", **fields), "resolve", kind=ResolutionKind.WORKAROUND)


def major(place="new"):
    return standing(place, "declare_major")


def waiting(reason, awaited, **told):
    return after(standing("in_progress"), "hold", reason=reason, awaited=awaited, **told)


def escalated(kind, incident=None, **told):
    return after(incident or standing("assigned"), "escalate", kind=kind, **told)


def reopened_twice(**told):
    again = after(standing("resolved"), "reopen")
    return after(after(again, "resolve"), "reopen", **told)


def child(**told):
    return after(standing("new"), "join", **told)


def merged(**told):
    return after(after(standing("new"), "take_over"), "take_over", **told)


def matched(version, **told):
    incident = after(standing("new"), "match_known_error", workaround_version=1)
    return after(incident, "match_known_error", workaround_version=version, **told)


def deeper(levels):
    return IncidentPolicies(family_levels=levels)


#: What a rule refuses, and what it lets pass. All take `policies`.
INTEGRITY = {
    "a_family_link_has_its_own_verb": (
        lambda **p: after(standing("new"), "link", kind=LinkKind.CHILD_OF, target=OTHER, **p),
        lambda **p: after(child(), "link", kind=LinkKind.RELATED, target=OTHER, **p),
    ),
    "a_family_link_has_its_own_verb: a duplicate is cancelled": (
        lambda **p: after(standing("new"), "link", kind=LinkKind.DUPLICATE_OF, target=OTHER, **p),
        lambda **p: after(
            standing("new"),
            "cancel",
            reason=CancellationReason.DUPLICATE,
            duplicate_of=OTHER,
            **p,
        ),
    ),
    "the_link_is_there": (
        lambda **p: after(standing("new"), "unlink", target=OTHER, **p),
        lambda **p: after(child(), "unlink", target=OTHER, **p),
    ),
    "the_link_is_there: of that kind": (
        lambda **p: after(child(), "unlink", target=OTHER, kind=LinkKind.RELATED, **p),
        lambda **p: after(child(), "unlink", target=OTHER, kind=LinkKind.CHILD_OF, **p),
    ),
    "a_parent_is_named": (
        lambda **p: child(parent=None, **p),
        child,
    ),
    "there_is_one_parent": (
        lambda **p: after(child(), "join", parent=IncidentId("INC-4"), **p),
        lambda **p: after(after(child(), "unlink", target=OTHER), "join", **p),
    ),
    "none_is_its_own_ancestor": (
        lambda **p: child(ancestors=[INC], **(p | {"policies": deeper(2)})),
        lambda **p: child(ancestors=[IncidentId("INC-4")], **(p | {"policies": deeper(2)})),
    ),
    "none_is_its_own_ancestor: somebody says what stands above": (
        lambda **p: child(ancestors=None, **p),
        child,
    ),
    "the_family_has_few_levels": (
        lambda **p: child(ancestors=[IncidentId("INC-4")], **p),
        lambda **p: child(ancestors=[], **p),
    ),
    "the_family_has_few_levels: those below count as well": (
        lambda **p: child(generations_below=1, **p),
        lambda **p: child(generations_below=1, **(p | {"policies": deeper(2)})),
    ),
    "the_family_has_few_levels: somebody says what stands below": (
        lambda **p: child(generations_below=None, **p),
        child,
    ),
    "it_is_taken_over_once": (
        merged,
        lambda **p: merged(origin=logged(id=OTHER), **p),
    ),
    "it_is_taken_over_once: from another record": (
        lambda **p: after(standing("new"), "take_over", origin=logged(), **p),
        lambda **p: after(standing("new"), "take_over", origin=logged(id=OTHER), **p),
    ),
    "it_is_taken_over_once: from a record": (
        lambda **p: after(standing("new"), "take_over", origin=None, **p),
        lambda **p: after(standing("new"), "take_over", **p),
    ),
    "a_known_error_is_matched": (
        lambda **p: matched(1, **p),
        lambda **p: matched(2, **p),
    ),
    "a_known_error_is_matched: it is named": (
        lambda **p: after(standing("new"), "match_known_error", known_error=None, **p),
        lambda **p: after(standing("new"), "match_known_error", **p),
    ),
    "something_is_affected": (
        lambda **p: logged(service=None, **p),
        logged,
    ),
    "something_is_affected: a configuration item will do": (
        lambda **p: logged(service=None, environment="production", **p),
        lambda **p: logged(service=None, configuration_items=[ConfigurationItemId("mx1")], **p),
    ),
    "something_is_affected: an event will do": (
        lambda **p: logged(service=None, caller="ada", **p),
        lambda **p: logged(service=None, source_event=EventId("EVT-1"), **p),
    ),
    "stamps_are_in_order": (
        lambda **p: logged(occurred_at=minute(-5), detected_at=minute(-6), **p),
        lambda **p: logged(occurred_at=minute(-5), detected_at=minute(-5), **p),
    ),
    "stamps_are_in_order: noticed not after it is logged": (
        lambda **p: logged(detected_at=minute(1), **p),
        lambda **p: logged(detected_at=minute(0), **p),
    ),
    "stamps_are_in_order: repaired not after restored": (
        lambda **p: after(standing("in_progress"), "mark_restored", repaired_at=minute(50), **p),
        lambda **p: after(standing("in_progress"), "mark_restored", repaired_at=minute(2), **p),
    ),
    "stamps_are_in_order: recovered not before repaired": (
        lambda **p: after(
            standing("in_progress"),
            "mark_restored",
            repaired_at=minute(2),
            recovered_at=minute(1),
            **p,
        ),
        lambda **p: after(
            standing("in_progress"),
            "mark_restored",
            repaired_at=minute(1),
            recovered_at=minute(2),
            **p,
        ),
    ),
    "stamps_are_in_order: restored not after it is resolved": (
        lambda **p: after(standing("in_progress"), "resolve", restored_at=minute(4), **p),
        lambda **p: after(standing("in_progress"), "resolve", restored_at=minute(3), **p),
    ),
    "stamps_are_in_order: restored not before it occurred": (
        lambda **p: after(
            standing("in_progress", occurred_at=minute(-5)),
            "resolve",
            restored_at=minute(-6),
            **p,
        ),
        lambda **p: after(
            standing("in_progress", occurred_at=minute(-5)),
            "resolve",
            restored_at=minute(-5),
            **p,
        ),
    ),
    "somebody_is_named": (
        lambda **p: after(standing("new"), "assign", group=None, assignee=None, **p),
        lambda **p: after(standing("new"), "assign", group=None, assignee="li", **p),
    ),
    "an_assignee_is_known": (
        lambda **p: after(standing("new"), "start", by=MONITORING, **p),
        lambda **p: after(standing("assigned"), "start", by=MONITORING, **p),
    ),
    "a_pending_reason_is_given": (
        lambda **p: after(standing("assigned"), "hold", reason=None, **p),
        lambda **p: after(standing("assigned"), "hold", reason=PendingReason.UNSPECIFIED, **p),
    ),
    "the_hold_says_something_new": (
        lambda **p: after(standing("pending"), "hold", **p),
        lambda **p: after(standing("pending"), "hold", until=minute(99), **p),
    ),
    "the_hold_says_something_new: another reason is": (
        lambda **p: after(standing("pending from new"), "hold", **p),
        lambda **p: after(standing("pending"), "hold", reason=PendingReason.SCHEDULED, **p),
    ),
    "the_hold_says_something_new: somebody else awaited is": (
        lambda **p: after(standing("pending"), "hold", awaited="carrier", **p),
        lambda **p: after(standing("pending"), "hold", awaited="vendor", **p),
    ),
    "the_hold_ends_later_than_it_begins": (
        lambda **p: after(standing("assigned"), "hold", at=minute(9), until=minute(9), **p),
        lambda **p: after(standing("assigned"), "hold", at=minute(9), until=minute(10), **p),
    ),
    "the_hold_ends_later_than_it_begins: the date it began counts": (
        lambda **p: after(
            standing("assigned"),
            "hold",
            at=minute(9),
            effective_at=minute(5),
            until=minute(5),
            **p,
        ),
        lambda **p: after(
            standing("assigned"),
            "hold",
            at=minute(9),
            effective_at=minute(5),
            until=minute(7),
            **p,
        ),
    ),
    "a_resolution_is_given": (
        lambda **p: after(standing("in_progress"), "resolve", code=None, **p),
        lambda **p: after(standing("in_progress"), "resolve", code=ResolutionCode("patched"), **p),
    ),
    "mandatory_steps_are_done": (
        lambda **p: after(standing("in_progress", model=MANDATORY), "resolve", **p),
        lambda **p: after(
            after(standing("new", model=MANDATORY), "complete_step", name="preserve"),
            "resolve",
            **p,
        ),
    ),
    "mandatory_steps_are_done: the others need not": (
        lambda **p: after(standing("new", model=MANDATORY), "resolve", **p),
        lambda **p: after(standing("new", model=CHECKLIST), "resolve", **p),
    ),
    "the_cause_is_named": (
        lambda **p: after(standing("new"), "auto_resolve", cause=None, **p),
        lambda **p: after(standing("new"), "auto_resolve", cause=OTHER, **p),
    ),
    "auto_resolution_is_allowed": (
        lambda **p: after(major(), "auto_resolve", **p),
        lambda **p: after(standing("new"), "auto_resolve", **p),
    ),
    "a_reason_is_given": (
        lambda **p: after(standing("resolved"), "reopen", reason=None, **p),
        lambda **p: after(standing("resolved"), "reopen", **p),
    ),
    "a_reason_is_given: for reopening what was closed": (
        lambda **p: after(standing("closed"), "reopen", reason=None, **p),
        lambda **p: after(standing("closed"), "reopen", **p),
    ),
    "a_reason_is_given: for an escalation": (
        lambda **p: after(standing("new"), "escalate", reason=None, **p),
        lambda **p: after(standing("new"), "escalate", **p),
    ),
    "a_reason_is_given: for a major incident": (
        lambda **p: after(standing("new"), "declare_major", reason=None, **p),
        lambda **p: after(standing("new"), "declare_major", **p),
    ),
    "a_reason_is_given: for demoting one": (
        lambda **p: after(major(), "demote_major", reason=None, **p),
        lambda **p: after(major(), "demote_major", **p),
    ),
    "the_reopen_window_is_open": (
        lambda **p: after(standing("closed"), "reopen", at=minute(3 * 24 * 60), **p),
        lambda **p: after(standing("closed"), "reopen", at=minute(24 * 60), **p),
    ),
    "another_reopening_is_allowed": (
        lambda **p: reopened_twice(policies=IncidentPolicies(reopen=ONCE)),
        reopened_twice,
    ),
    "an_automatic_closure_is_due": (
        lambda **p: after(standing("resolved"), "close", reason=ClosureReason.AUTO_CLOSED, **p),
        lambda **p: after(
            standing("resolved"),
            "close",
            reason=ClosureReason.AUTO_CLOSED,
            at=minute(3 * 24 * 60),
            **p,
        ),
    ),
    "another_person_confirms": (
        lambda **p: after(
            standing("resolved"),
            "close",
            policies=IncidentPolicies(closure=CONFIRMED_BY_ANOTHER),
        ),
        lambda **p: after(
            standing("resolved"),
            "close",
            by=ADA,
            policies=IncidentPolicies(closure=CONFIRMED_BY_ANOTHER),
        ),
    ),
    "a_cancellation_reason_is_given": (
        lambda **p: after(standing("new"), "cancel", reason=None, **p),
        lambda **p: after(standing("new"), "cancel", reason=CancellationReason.WITHDRAWN, **p),
    ),
    "what_takes_its_place_is_named": (
        lambda **p: after(standing("new"), "cancel", reason=CancellationReason.DUPLICATE, **p),
        lambda **p: after(
            standing("new"),
            "cancel",
            reason=CancellationReason.DUPLICATE,
            duplicate_of=OTHER,
            **p,
        ),
    ),
    "what_takes_its_place_is_named: for a conversion": (
        lambda **p: after(
            standing("new"),
            "cancel",
            reason=CancellationReason.CONVERTED,
            **p,
        ),
        lambda **p: after(
            standing("new"),
            "cancel",
            reason=CancellationReason.CONVERTED,
            converted_to=ServiceRequestId("REQ-1"),
            **p,
        ),
    ),
    "a_category_is_given": (
        lambda **p: after(standing("new"), "categorize", category=None, **p),
        lambda **p: after(standing("new"), "categorize", **p),
    ),
    "an_override_says_why": (
        lambda **p: after(standing("new"), "prioritize", override=Priority.HIGH, **p),
        lambda **p: after(
            standing("new"), "prioritize", override=Priority.HIGH, reason="Quarter's end.", **p
        ),
    ),
    "the_escalation_leads_somewhere": (
        lambda **p: escalated(None, **p),
        lambda **p: escalated(EscalationKind.HIERARCHIC, **p),
    ),
    "the_escalation_leads_somewhere: not to the line it is with": (
        lambda **p: escalated(EscalationKind.FUNCTIONAL, line=SupportLine.FIRST, **p),
        lambda **p: escalated(EscalationKind.FUNCTIONAL, line=SupportLine.THIRD, **p),
    ),
    "the_escalation_leads_somewhere: not beyond the last line": (
        lambda **p: escalated(
            EscalationKind.FUNCTIONAL,
            escalated(EscalationKind.FUNCTIONAL, line=SupportLine.SUPPLIER),
            **p,
        ),
        lambda **p: escalated(
            EscalationKind.FUNCTIONAL,
            escalated(EscalationKind.FUNCTIONAL, line=SupportLine.SUPPLIER),
            group="another vendor",
            **p,
        ),
    ),
    "the_escalation_leads_somewhere: not to the group it is with": (
        lambda **p: escalated(EscalationKind.FUNCTIONAL, group="messaging", **p),
        lambda **p: escalated(EscalationKind.FUNCTIONAL, group="network", **p),
    ),
    "a_workaround_is_given": (
        lambda **p: after(standing("in_progress"), "apply_workaround", workaround=None, **p),
        lambda **p: after(standing("in_progress"), "apply_workaround", **p),
    ),
    "something_is_said": (
        lambda **p: after(standing("new"), "comment", text=None, **p),
        lambda **p: after(standing("new"), "comment", **p),
    ),
    "something_is_said: in a message": (
        lambda **p: after(standing("new"), "communicate", message=None, **p),
        lambda **p: after(standing("new"), "communicate", **p),
    ),
    "something_is_said: in a finding": (
        lambda **p: after(standing("new"), "diagnose", finding=None, **p),
        lambda **p: after(standing("new"), "diagnose", **p),
    ),
    "it_is_not_major_yet": (
        lambda **p: after(major(), "declare_major", **p),
        lambda **p: after(after(major(), "demote_major"), "declare_major", **p),
    ),
    "it_is_major": (
        lambda **p: after(standing("new"), "demote_major", **p),
        lambda **p: after(major(), "demote_major", **p),
    ),
    "the_link_is_new": (
        lambda **p: after(standing("new", "link"), "link", **p),
        lambda **p: after(standing("new", "link"), "link", kind=LinkKind.RELATED, **p),
    ),
    "links_lead_elsewhere": (
        lambda **p: after(standing("new"), "link", kind=LinkKind.RELATED, target=INC, **p),
        lambda **p: after(standing("new"), "link", target=ProblemId(INC.value), **p),
    ),
    "links_lead_to_what_they_say: what is taken over too": (
        lambda **p: after(
            standing("new"), "take_over", links=[Link(LinkKind.CAUSED_BY, OTHER)], **p
        ),
        lambda **p: after(standing("new"), "take_over", links=[Link(LinkKind.RELATED, OTHER)], **p),
    ),
    "links_lead_to_what_they_say": (
        lambda **p: after(
            standing("new"), "link", kind=LinkKind.INVESTIGATED_BY, target=OTHER, **p
        ),
        lambda **p: after(
            standing("new"), "link", kind=LinkKind.INVESTIGATED_BY, target=ProblemId("P"), **p
        ),
    ),
    "links_lead_to_what_they_say: to an access request": (
        lambda **p: after(standing("new"), "link", kind=LinkKind.SPAWNED, target=OTHER, **p),
        lambda **p: after(
            standing("new"), "link", kind=LinkKind.SPAWNED, target=AccessRequestId("A"), **p
        ),
    ),
    "links_lead_to_what_they_say: a kind of the caller's own leads anywhere": (
        lambda **p: after(standing("new"), "link", kind=LinkKind.MATCHED, target=OTHER, **p),
        lambda **p: after(standing("new"), "link", kind=LinkKind("like"), target=OTHER, **p),
    ),
    "the_link_is_new: and names one": (
        lambda **p: after(standing("new"), "link", target=None, **p),
        lambda **p: after(standing("new"), "link", target=ProblemId("PRB-9"), **p),
    ),
    "the_link_is_new: and has a kind": (
        lambda **p: after(standing("new"), "link", kind=None, **p),
        lambda **p: after(standing("new"), "link", kind=LinkKind("seen_with"), **p),
    ),
    "the_step_is_due": (
        lambda **p: after(standing("new"), "complete_step", **p),
        lambda **p: after(standing("new", model=CHECKLIST), "complete_step", **p),
    ),
    "the_step_is_due: a name is given": (
        lambda **p: after(standing("new", model=CHECKLIST), "complete_step", name=None, **p),
        lambda **p: after(standing("new", model=CHECKLIST), "complete_step", name="ask", **p),
    ),
    "the_step_is_due: it is one of the model's": (
        lambda **p: after(standing("new", model=CHECKLIST), "complete_step", name="jump", **p),
        lambda **p: after(standing("new", model=CHECKLIST), "complete_step", name="ask", **p),
    ),
    "the_step_is_due: once": (
        lambda **p: after(standing("new", "complete_step", model=CHECKLIST), "complete_step", **p),
        lambda **p: after(
            standing("new", "complete_step", model=CHECKLIST), "complete_step", name="ask", **p
        ),
    ),
}

ABOUT_ASKING = {"by": LI, "reason": PendingReason.AWAITING_CALLER, "awaited": None}

COMPLETENESS = {
    "it_is_described": (
        logged,
        lambda **p: logged(description="Nobody in Lyon gets mail.", **p),
    ),
    "the_channel_is_known": (
        logged,
        lambda **p: logged(channel=ContactChannel.PHONE, **p),
    ),
    "it_is_categorized": (
        lambda **p: after(standing("new"), "assign", **p),
        lambda **p: after(standing("new", category=MAIL), "assign", **p),
    ),
    "it_is_prioritized": (
        lambda **p: after(standing("new", impact=Impact.HIGH), "assign", **p),
        lambda **p: after(standing("new", impact=Impact.HIGH, urgency=Urgency.LOW), "assign", **p),
    ),
    "a_move_says_why": (
        lambda **p: after(standing("assigned"), "assign", group="network", **p),
        lambda **p: after(standing("assigned"), "assign", group="network", note="DNS.", **p),
    ),
    "a_move_says_why: and the first assignment need not": (
        lambda **p: after(standing("pending"), "assign", group="network", **p),
        lambda **p: after(standing("new"), "assign", group="network", **p),
    ),
    "a_move_says_why: nor one within the group": (
        lambda **p: after(standing("in_progress"), "assign", group="network", **p),
        lambda **p: after(standing("assigned"), "assign", group=None, assignee="ada", **p),
    ),
    "the_assignee_belongs_to_the_group": (
        lambda **p: after(after(standing("new"), "assign", assignee="ada"), "start", **p),
        lambda **p: after(standing("assigned"), "start", **p),
    ),
    "the_assignee_belongs_to_the_group: if there is a group": (
        lambda **p: after(
            after(standing("new"), "assign", assignee=None), "start", **{**p, "by": ADA}
        ),
        lambda **p: after(standing("new"), "start", **{**p, "by": ADA}),
    ),
    "the_caller_was_asked": (
        lambda **p: after(standing("in_progress"), "hold", **ABOUT_ASKING, **p),
        lambda **p: after(asked(standing("in_progress")), "hold", **ABOUT_ASKING, **p),
    ),
    "the_caller_was_asked: not in an internal message": (
        lambda **p: after(
            asked(standing("new"), visibility=Visibility.INTERNAL), "hold", **ABOUT_ASKING, **p
        ),
        lambda **p: after(asked(standing("new")), "hold", **ABOUT_ASKING, **p),
    ),
    "the_caller_was_asked: not by an automaton": (
        lambda **p: after(asked(standing("new"), automatic=True), "hold", **ABOUT_ASKING, **p),
        lambda **p: after(standing("new"), "hold", **p),
    ),
    "the_caller_was_asked: and has not answered yet": (
        lambda **p: after(
            asked(asked(standing("new")), direction=Direction.INBOUND),
            "hold",
            **ABOUT_ASKING,
            **p,
        ),
        lambda **p: after(asked(standing("new")), "hold", **ABOUT_ASKING, **p),
    ),
    "what_is_awaited_is_named": (
        lambda **p: waiting(PendingReason.AWAITING_SUPPLIER, None, **p),
        lambda **p: waiting(PendingReason.AWAITING_SUPPLIER, "carrier", **p),
    ),
    "what_is_awaited_is_named: a change": (
        lambda **p: waiting(PendingReason.AWAITING_CHANGE, ProblemId("PRB-1"), **p),
        lambda **p: waiting(PendingReason.AWAITING_CHANGE, ChangeId("CHG-1"), **p),
    ),
    "what_is_awaited_is_named: a problem": (
        lambda **p: waiting(PendingReason.AWAITING_PROBLEM, "some problem", **p),
        lambda **p: waiting(PendingReason.AWAITING_PROBLEM, ProblemId("PRB-1"), **p),
    ),
    "what_is_awaited_is_named: a parent": (
        lambda **p: waiting(PendingReason.AWAITING_PARENT, None, **p),
        lambda **p: waiting(PendingReason.AWAITING_PARENT, OTHER, **p),
    ),
    "what_is_awaited_is_named: where there is anything to name": (
        lambda **p: waiting(PendingReason.AWAITING_CHANGE, None, **p),
        lambda **p: waiting(PendingReason.SCHEDULED, None, **p),
    ),
    "the_resolution_is_described": (
        lambda **p: after(standing("new"), "resolve", note=None, **p),
        lambda **p: after(standing("new"), "resolve", **p),
    ),
    "the_restoration_is_evident": (
        lambda **p: after(standing("new"), "resolve", **p),
        lambda **p: after(standing("new"), "resolve", evidence="Response under 2 s.", **p),
    ),
    "the_restoration_is_evident: as it was when it was marked": (
        lambda **p: after(standing("new", "mark_restored"), "resolve", **p),
        lambda **p: after(
            after(standing("new"), "mark_restored", evidence="Mail flows."), "resolve", **p
        ),
    ),
    "the_closure_is_categorized": (
        lambda **p: after(standing("resolved"), "close", **p),
        lambda **p: after(standing("resolved"), "close", category=MAIL, **p),
    ),
    "the_closure_is_categorized: as it was before": (
        lambda **p: after(standing("new"), "close", **p),
        lambda **p: after(standing("resolved", category=MAIL), "close", **p),
    ),
    "recurrence_is_answered": (
        lambda **p: after(standing("resolved"), "close", **p),
        lambda **p: after(standing("resolved"), "close", likely_to_recur=False, **p),
    ),
    "a_workaround_has_its_problem": (
        lambda **p: after(worked_around(), "close", **p),
        lambda **p: after(after(worked_around(), "link"), "close", **p),
    ),
    "a_workaround_has_its_problem: or says why it needs none": (
        lambda **p: after(worked_around(), "close", **p),
        lambda **p: after(worked_around(), "close", no_problem_reason="It retires soon.", **p),
    ),
    "a_workaround_has_its_problem: what is mended needs none": (
        lambda **p: after(
            standing("new"), "close", resolution=ResolutionCode.WORKAROUND_APPLIED, **p
        ),
        lambda **p: after(standing("resolved"), "close", **p),
    ),
    "a_major_incident_is_led": (
        lambda **p: after(standing("new"), "declare_major", **p),
        lambda **p: after(standing("new"), "declare_major", manager="ada", **p),
    ),
    "an_external_line_is_named": (
        lambda **p: escalated(EscalationKind.FUNCTIONAL, line=SupportLine.SUPPLIER, **p),
        lambda **p: escalated(
            EscalationKind.FUNCTIONAL, line=SupportLine.SUPPLIER, group="carrier", **p
        ),
    ),
    "a_major_review_is_planned": (
        lambda **p: after(major("resolved"), "close", **p),
        lambda **p: after(major("resolved"), "close", review_at=minute(9000), **p),
    ),
    "an_administrative_closure_is_explained": (
        lambda **p: after(standing("resolved"), "close", reason=ClosureReason.ADMINISTRATIVE, **p),
        lambda **p: after(
            standing("resolved"),
            "close",
            reason=ClosureReason.ADMINISTRATIVE,
            note="The caller left the company.",
            **p,
        ),
    ),
}


#: What a refusal says is in the way, and what to do.
WORDS = (
    (
        lambda: after(standing("in_progress", model=MANDATORY), "resolve"),
        "steps of 'breach' are missing: preserve",
    ),
    (
        lambda: after(standing("new", model=CHECKLIST), "complete_step", name="jump"),
        "steps of 'checklist' that are due: look, ask",
    ),
    (
        lambda: after(
            after(standing("new", "complete_step", model=CHECKLIST), "complete_step", name="ask"),
            "complete_step",
        ),
        "steps of 'checklist' that are due: none",
    ),
    (
        lambda: after(standing("closed"), "reopen", at=minute(9999)),
        "the time to reopen it ended at 2026-03-04 00:00:00+00:00",
    ),
    (
        lambda: reopened_twice(policies=IncidentPolicies(reopen=ONCE)),
        "it was reopened 1 times; log a new incident and link it",
    ),
    (lambda: after(standing("pending"), "hold"), "it waits already, for awaiting_supplier"),
    (
        lambda: after(standing("resolved"), "close", reason=ClosureReason.AUTO_CLOSED),
        "it is not closed automatically before 2026-03-05 00:00:00+00:00",
    ),
)


class TestRules(EveryRule):
    lifecycles = (INCIDENT_LIFECYCLE,)
    integrity = INTEGRITY
    completeness = COMPLETENESS
    named_by_the_domain = rules.COMPLETENESS
    words = WORDS

    def asking_for(self, guard):
        return IncidentPolicies(completeness=[guard], groups=Members())


# ---- Several at once ----------------------------------------------------------------------------


def test_all_rules_that_a_new_incident_breaks_are_named():
    with pytest.raises(GuardRefusedError) as refusal:
        logged(service=None, detected_at=minute(1), policies=only(*rules.COMPLETENESS))
    assert rules_of(refusal) == [
        "something_is_affected",
        "stamps_are_in_order",
        "it_is_described",
        "the_channel_is_known",
    ]
    assert refusal.value.state is None
    assert refusal.value.subject == "incident INC-1"


def test_all_rules_that_an_assignment_breaks_are_named():
    with pytest.raises(GuardRefusedError) as refusal:
        after(
            standing("assigned"),
            "assign",
            group=None,
            assignee=None,
            policies=only(*rules.COMPLETENESS),
        )
    assert rules_of(refusal) == [
        "somebody_is_named",
        "it_is_categorized",
        "it_is_prioritized",
        "a_move_says_why",
    ]


def test_all_rules_that_a_hold_breaks_are_named():
    with pytest.raises(GuardRefusedError) as refusal:
        after(
            standing("assigned"),
            "hold",
            reason=PendingReason.AWAITING_CALLER,
            until=minute(-1),
            policies=only(*rules.COMPLETENESS),
        )
    assert rules_of(refusal) == ["the_hold_ends_later_than_it_begins", "the_caller_was_asked"]


def test_both_steps_of_a_one_step_closure_name_what_they_miss():
    strict = IncidentPolicies(completeness=rules.COMPLETENESS, closure=CONFIRMED_BY_ANOTHER)
    with pytest.raises(GuardRefusedError) as refusal:
        after(
            major("in_progress"),
            "close",
            resolution=ResolutionCode.WORKAROUND_APPLIED,
            policies=strict,
        )
    assert rules_of(refusal) == [
        "the_resolution_is_described",
        "the_restoration_is_evident",
        "the_closure_is_categorized",
        "recurrence_is_answered",
        "a_workaround_has_its_problem",
        "a_major_review_is_planned",
    ]
    assert refusal.value.action == "close"
    assert refusal.value.state == "in_progress"


def test_a_cleared_major_incident_without_a_cause_or_a_code_is_refused_for_all_three():
    with pytest.raises(GuardRefusedError) as refusal:
        after(major(), "auto_resolve", code=None, cause=None)
    assert rules_of(refusal) == [
        "a_resolution_is_given",
        "the_cause_is_named",
        "auto_resolution_is_allowed",
    ]


# ---- Completeness of every link -----------------------------------------------------------------


def test_an_incident_takes_no_place_of_its_own():
    with pytest.raises(GuardRefusedError):
        after(standing("new"), "cancel", reason=CancellationReason.DUPLICATE, duplicate_of=INC)


def test_an_incident_is_not_resolved_by_itself_through_a_link_to_itself():
    with pytest.raises(GuardRefusedError):
        after(standing("new"), "auto_resolve", cause=INC)


def test_a_link_that_is_there_already_serves_a_cancellation_and_a_clearing():
    request = ServiceRequestId("REQ-1")
    linked = after(standing("new"), "link", kind=LinkKind.CONVERTED_TO, target=request)
    cancelled = after(linked, "cancel", reason=CancellationReason.CONVERTED)
    again = after(linked, "cancel", reason=CancellationReason.CONVERTED, converted_to=request)
    assert cancelled.links == again.links == linked.links

    cleared = after(standing("new"), "link", kind=LinkKind.CLEARED_BY, target=CLEARING)
    assert after(cleared, "auto_resolve").links == cleared.links


def test_a_missing_argument_speaks_even_where_its_rule_is_satisfied_otherwise():
    cleared = after(standing("new"), "link", kind=LinkKind.CLEARED_BY, target=CLEARING)
    at = minute(30)

    with pytest.raises(TypeError):
        cleared.auto_resolve(ResolutionCode.AUTO_RECOVERED, by=DESK, at=at)
    assert cleared.why_not("auto_resolve", code=ResolutionCode.AUTO_RECOVERED, by=DESK, at=at)


# ---- The order of the stamps --------------------------------------------------------------------


def test_what_was_found_out_after_the_restoration_does_not_lock_the_incident():
    restored = after(standing("in_progress"), "mark_restored")
    diagnosed = after(restored, "diagnose", finding="A full disk, as the log shows.")
    assert after(diagnosed, "resolve").state.name == "resolved"
