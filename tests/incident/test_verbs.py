"""
What each verb changes, and what it leaves alone.
"""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from incident_doubles import (
    ADA,
    CLEARING,
    DESK,
    INC,
    LEFT_BEHIND,
    LI,
    MAIL,
    MONITORING,
    MORNING,
    OTHER,
    after,
    logged,
    minute,
    standing,
    through,
)
from itil_ops import (
    Actor,
    CancellationReason,
    CategoryPath,
    ChangeId,
    ClosureReason,
    ConfigurationItemId,
    Contact,
    ContactChannel,
    Criticality,
    Direction,
    Escalation,
    EscalationKind,
    EventId,
    GuardRefusedError,
    Impact,
    Incident,
    IncidentId,
    IncidentPolicies,
    Inheritance,
    KnownErrorId,
    Link,
    LinkKind,
    MajorIncident,
    MatchedKnownError,
    OutOfOrderError,
    PendingReason,
    Priority,
    ProblemId,
    ResolutionCode,
    ResolutionKind,
    ServiceRequestId,
    SupportLine,
    TwoStepClosure,
    Urgency,
    Visibility,
)
from record_doubles import nothing_changes, rules_of


HIERARCHIC = {"kind": EscalationKind.HIERARCHIC}


def changed(incident):
    return dict(incident.journal[-1].changes)


@attrs.frozen(kw_only=True)
class SiteIncident(Incident):
    """
    A caller's own incident, with a field of its own.
    """

    site: str | None = None


# ---- Log ----------------------------------------------------------------------------------------


def test_log_keeps_all_that_is_stated_and_its_entry_holds_every_field():
    stated = {
        "number": "INC0000001",
        "title": "Mail is down in Lyon",
        "description": "Nobody gets mail.",
        "service": "email",
        "customer": "sales",
        "category": MAIL,
        "impact": Impact.HIGH,
        "urgency": Urgency.MEDIUM,
        "channel": ContactChannel.PHONE,
        "caller": "ada",
        "affected_user": "bob",
        "environment": "production",
        "configuration_items": (ConfigurationItemId("mx1"), ConfigurationItemId("mx2")),
        "vip": True,
        "criticality": Criticality.LOW,
        "security": True,
        "source_event": EventId("EVT-1"),
        "occurred_at": minute(-10),
        "detected_at": minute(-5),
        "owner": "mail lead",
    }
    incident = logged(**stated, note="By phone.")
    first = incident.journal[0]

    assert {name: getattr(incident, name) for name in stated} == stated
    assert (incident.id, incident.state.name, incident.version) == (
        IncidentId("INC-1"),
        "new",
        1,
    )
    assert {name: first.changes[name] for name in stated} == stated
    assert set(first.changes) == {field.name for field in attrs.fields(Incident)} - {
        "state",
        "parts",
        "journal",
        "stored_version",
    }
    assert (first.from_state, first.to_state, first.note) == (None, "new", "By phone.")
    assert incident.logged_at == first.at == first.effective_at == MORNING


def test_log_takes_any_iterable_of_configuration_items():
    items = (ConfigurationItemId(name) for name in ("mx1", "mx2"))
    assert logged(configuration_items=items).configuration_items == (
        ConfigurationItemId("mx1"),
        ConfigurationItemId("mx2"),
    )


def test_log_takes_the_fields_that_a_subclass_adds():
    incident = SiteIncident.log(
        IncidentId("INC-9"), title="Dark", service="light", site="Lyon", by=DESK, at=MORNING
    )
    assert incident.site == "Lyon"
    assert incident.journal[0].changes["site"] == "Lyon"
    assert after(incident, "start").site == "Lyon"


def test_a_new_incident_has_nobody_and_waits_for_nothing():
    incident = logged()
    assert (incident.group, incident.assignee, incident.pending_reason) == (None, None, None)
    assert (incident.responded_at, incident.support_line) == (None, SupportLine.FIRST)
    assert incident.is_open


# ---- Assign and start ---------------------------------------------------------------------------


def test_an_assignment_to_a_group_and_a_person_names_both():
    assert changed(standing("assigned")) == {"group": "messaging", "assignee": "li"}


def test_an_assignment_to_a_group_alone_puts_it_back_into_the_queue():
    incident = after(standing("in_progress"), "assign", group="messaging", assignee=None)
    assert (incident.group, incident.assignee) == ("messaging", None)
    assert changed(incident) == {"assignee": None}


def test_an_assignment_to_a_person_alone_stays_within_the_group():
    incident = after(standing("in_progress"), "assign", group=None, assignee="ada")
    assert (incident.group, incident.assignee) == ("messaging", "ada")


def test_an_assignment_ends_a_hold():
    waiting = after(standing("in_progress"), "hold", until=minute(90))
    incident = after(waiting, "assign", assignee="ada")
    assert changed(incident) == {
        "assignee": "ada",
        "returns_to": None,
        "pending_reason": None,
        "pending_until": None,
        "awaited": None,
    }
    assert incident.hold_spells()[-1].end == incident.journal[-1].at


def test_starting_with_nobody_assigned_makes_the_actor_the_assignee():
    incident = after(standing("new"), "start", by=ADA)
    assert incident.assignee == "ada"
    assert changed(incident) == {"assignee": "ada", "responded_at": minute(1)}


def test_starting_leaves_the_assignee_who_is_there():
    assert after(standing("assigned"), "start", by=ADA).assignee == "li"


def test_a_group_is_nobody_to_work_on_it():
    reasons = standing("new").why_not("start", by=Actor.group("messaging"), at=minute(1))
    assert [reason.rule for reason in reasons] == ["an_assignee_is_known"]


def test_a_start_told_late_responds_when_it_was_so():
    incident = after(standing("assigned"), "start", at=minute(30), effective_at=minute(5))
    assert incident.responded_at == minute(5)
    assert incident.journal[-1].at == minute(30)
    assert incident.as_of(minute(10)).state.name == "in_progress"
    assert incident.as_known_at(minute(10)).state.name == "assigned"


# ---- Hold ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "awaited", ["carrier", ChangeId("CHG-1"), ProblemId("PRB-1"), OTHER, EventId("E"), None]
)
def test_a_hold_says_why_until_when_and_for_whom(awaited):
    incident = after(
        standing("in_progress"),
        "hold",
        reason=PendingReason("awaiting_parts"),
        until=minute(90),
        awaited=awaited,
    )
    assert incident.pending_reason == PendingReason("awaiting_parts")
    assert (incident.pending_until, incident.awaited) == (minute(90), awaited)


def test_another_reason_takes_the_place_of_all_that_was_said_of_the_hold():
    waiting = after(standing("in_progress"), "hold", until=minute(90))
    incident = after(waiting, "hold", reason=PendingReason.AWAITING_EVIDENCE, awaited=None)
    assert (incident.pending_reason, incident.pending_until, incident.awaited) == (
        PendingReason.AWAITING_EVIDENCE,
        None,
        None,
    )


@pytest.mark.parametrize("action", ["resume", "assign", "resolve", "auto_resolve", "cancel"])
def test_what_ends_a_hold_forgets_its_reason_date_and_whom_it_awaits(action):
    waiting = after(standing("in_progress"), "hold", until=minute(90))
    incident = after(waiting, action)
    assert (incident.pending_reason, incident.pending_until, incident.awaited) == (None,) * 3
    assert {"pending_reason", "pending_until", "awaited"} <= set(changed(incident))


@pytest.mark.parametrize(
    "action",
    ["categorize", "prioritize", "escalate", "diagnose", "apply_workaround", "comment", "link"],
)
def test_what_is_done_meanwhile_leaves_the_hold_alone(action):
    waiting = after(standing("in_progress"), "hold", until=minute(90))
    incident = after(waiting, action)
    assert incident.state.name == "pending"
    assert (incident.pending_reason, incident.pending_until, incident.awaited) == (
        waiting.pending_reason,
        waiting.pending_until,
        waiting.awaited,
    )


# ---- Classification -----------------------------------------------------------------------------


def test_categorizing_takes_one_to_four_levels():
    incident = after(standing("resolved"), "categorize", category=CategoryPath("a/b/c/d"))
    assert changed(incident) == {"category": CategoryPath("a/b/c/d")}
    with pytest.raises(ValueError, match="one to 4 levels"):
        CategoryPath("a/b/c/d/e")


def test_a_functional_escalation_goes_to_the_following_line():
    incident = standing("assigned")
    for line in (SupportLine.SECOND, SupportLine.THIRD, SupportLine.SUPPLIER):
        incident = after(incident, "escalate")
        at = incident.journal[-1].at
        assert incident.support_line is line
        assert incident.escalation == Escalation(kind=EscalationKind.FUNCTIONAL, at=at, line=line)
    assert (incident.group, incident.assignee) == ("messaging", "li")
    assert incident.journal[-1].note == "It takes an expert."


def test_a_functional_escalation_to_a_group_takes_it_into_that_queue():
    incident = after(standing("in_progress"), "escalate", group="network")
    assert (incident.group, incident.assignee) == ("network", None)
    assert incident.support_line is SupportLine.FIRST
    assert incident.escalation.group == "network"
    assert incident.state.name == "in_progress"


def test_a_functional_escalation_may_name_group_and_line():
    incident = after(
        standing("in_progress"), "escalate", group="carrier", line=SupportLine.SUPPLIER
    )
    assert (incident.group, incident.support_line) == ("carrier", SupportLine.SUPPLIER)


def test_to_its_own_group_on_another_line_the_assignee_stays():
    incident = after(
        standing("in_progress"), "escalate", group="messaging", line=SupportLine.SECOND
    )
    assert (incident.assignee, incident.support_line) == ("li", SupportLine.SECOND)


def test_a_hierarchic_escalation_informs_and_moves_nothing():
    before = standing("in_progress")
    incident = after(before, "escalate", **HIERARCHIC, level=2, informed=["cio", "director"])
    assert changed(incident) == {
        "escalation": Escalation(
            kind=EscalationKind.HIERARCHIC,
            at=incident.journal[-1].at,
            level=2,
            informed=("cio", "director"),
        )
    }
    assert (incident.group, incident.assignee, incident.owner) == (
        before.group,
        before.assignee,
        before.owner,
    )


def test_a_hierarchic_escalation_goes_to_the_groups_lead_unless_said():
    assert after(standing("new"), "escalate", **HIERARCHIC).escalation.level == 1


def test_a_major_incident_has_a_reason_a_manager_and_a_team():
    incident = after(standing("new"), "declare_major", manager="mo", team=["li", "ada"])
    assert incident.major == MajorIncident(
        reason="A whole site is cut off.",
        declared_at=minute(1),
        manager="mo",
        team=("li", "ada"),
    )
    assert incident.version == 2
    assert incident.escalation is None


def test_a_declaration_that_informs_shows_the_escalation_as_a_step_that_follows():
    incident = after(standing("new"), "declare_major", informed=["cio"])
    declared, escalated = incident.journal[-2:]
    assert (declared.action, escalated.action) == ("declare_major", "escalate")
    assert escalated.cause == declared.number
    assert escalated.at == declared.at
    assert declared.note == escalated.note == "A whole site is cut off."
    assert incident.escalation == Escalation(
        kind=EscalationKind.HIERARCHIC, at=minute(1), level=1, informed=("cio",)
    )


def test_a_demotion_keeps_the_history():
    demoted = standing("new", "declare_major", "demote_major")
    assert demoted.major is None
    assert demoted.as_of(minute(1)).major.reason == "A whole site is cut off."
    assert [entry.action for entry in demoted.journal] == ["log", "declare_major", "demote_major"]


# ---- Diagnosis and workaround -------------------------------------------------------------------


def test_a_finding_is_kept_as_the_entrys_note_and_changes_no_field():
    incident = after(standing("in_progress"), "diagnose")
    assert changed(incident) == {}
    assert incident.journal[-1].note == "The queue is stuck."


def test_a_workaround_lowers_the_impact_and_the_priority_and_stays_open():
    before = standing("in_progress", impact=Impact.HIGH, urgency=Urgency.HIGH)
    incident = after(before, "apply_workaround", impact=Impact.LOW, note="Told everybody.")
    assert changed(incident) == {
        "workaround": "Use the web client.",
        "impact": Impact.LOW,
        "priority": Priority.MEDIUM,
    }
    assert incident.journal[-1].decided == {"priority": "itil_3x3"}
    assert incident.is_open


def test_a_workaround_need_not_lower_anything():
    before = standing("pending", impact=Impact.HIGH, urgency=Urgency.HIGH)
    incident = after(before, "apply_workaround")
    assert incident.priority == Priority.CRITICAL
    assert incident.state.name == "pending"


# ---- Communication ------------------------------------------------------------------------------


def test_a_message_is_kept_with_who_spoke_how_and_who_can_read_it():
    incident = after(
        standing("new"),
        "communicate",
        direction=Direction.INBOUND,
        visibility=Visibility.INTERNAL,
        channel=ContactChannel.CHAT,
        automatic=True,
        at=minute(9),
        effective_at=minute(7),
    )
    assert incident.last_contact == Contact(
        direction=Direction.INBOUND,
        visibility=Visibility.INTERNAL,
        at=minute(7),
        channel=ContactChannel.CHAT,
        automatic=True,
    )
    assert incident.journal[-1].note == "We are on it."
    assert incident.journal[-1].effective_at == minute(7)


def test_a_visible_human_message_of_the_provider_is_a_response():
    assert after(standing("new"), "communicate").responded_at == minute(1)


@pytest.mark.parametrize(
    "contact",
    [
        {"automatic": True},
        {"visibility": Visibility.INTERNAL},
        {"direction": Direction.INBOUND},
    ],
    ids=str,
)
def test_no_other_message_is_a_response(contact):
    assert after(standing("new"), "communicate", **contact).responded_at is None


def test_the_response_is_the_earliest_of_all_that_count():
    told = after(standing("new"), "communicate", at=minute(30))
    assert told.responded_at == minute(30)
    assert through(told, "start", "resolve").responded_at == minute(30)
    earlier = after(told, "communicate", at=minute(40), effective_at=minute(10))
    assert earlier.responded_at == minute(10)
    assert after(earlier, "start", at=minute(50), effective_at=minute(5)).responded_at == minute(5)


def test_a_resolution_is_a_response_and_one_without_a_person_is_none():
    assert after(standing("new"), "resolve").responded_at == minute(1)
    assert after(standing("new"), "close").responded_at == minute(1)
    assert after(standing("new"), "auto_resolve").responded_at is None
    assert after(standing("in_progress"), "auto_resolve").responded_at == minute(2)


def test_neither_an_assignment_nor_a_comment_nor_a_hold_is_a_response():
    incident = through(standing("new"), "assign", "comment", "diagnose", "link", "hold", "resume")
    assert incident.responded_at is None


def test_a_comment_changes_no_field():
    incident = after(standing("closed"), "comment")
    assert changed(incident) == {}
    assert incident.journal[-1].note == "Third time this week."
    assert incident.last_contact is None


# ---- Links --------------------------------------------------------------------------------------


def test_links_stand_in_the_order_in_which_they_were_said():
    incident = standing("new", "link")
    incident = after(incident, "link", kind=LinkKind.RELATED, target=OTHER, note="Same cause.")
    assert incident.links == (
        Link(LinkKind.CAUSED_BY, ProblemId("PRB-1")),
        Link(LinkKind.RELATED, OTHER),
    )
    assert incident.journal[-1].note == "Same cause."


def test_all_links_to_a_record_are_taken_back_or_those_of_a_kind():
    incident = after(standing("new", "join"), "link", kind=LinkKind.RELATED, target=OTHER)

    assert after(incident, "unlink", target=OTHER).links == ()
    child = after(incident, "unlink", target=OTHER, kind=LinkKind.RELATED)
    assert child.links == (Link(LinkKind.CHILD_OF, OTHER),)
    assert (child.parent, incident.original) == (OTHER, None)


def test_a_duplicate_knows_its_original():
    incident = after(
        standing("new"), "cancel", reason=CancellationReason.DUPLICATE, duplicate_of=OTHER
    )
    assert (incident.original, incident.parent) == (OTHER, None)


# ---- Families and known errors ------------------------------------------------------------------


def test_what_another_one_leaves_is_taken_over():
    links = [Link(LinkKind.RELATED, ProblemId("PRB-1")), Link(LinkKind.RELATED, INC)]
    incident = after(
        standing("new"), "take_over", links=links, inheritance=Inheritance.COPY, note="The same."
    )

    assert incident.links == (Link(LinkKind.RELATED, ProblemId("PRB-1")),)
    [share] = incident.inherited
    assert (share.origin, share.inheritance) == (LEFT_BEHIND.id, Inheritance.COPY)
    assert share.journal == LEFT_BEHIND.journal


def test_an_entry_tells_what_was_taken_over_with_it_and_not_before():
    incident = standing("new")
    for number in (5, 6, 7):
        incident = after(incident, "take_over", origin=logged(id=IncidentId(f"INC-{number}")))

    told = [entry.changes["inherited"] for entry in incident.journal[-3:]]
    assert [[share.origin.value for share in shares] for shares in told] == [
        ["INC-5"],
        ["INC-6"],
        ["INC-7"],
    ]
    assert [share.origin.value for share in incident.inherited] == ["INC-5", "INC-6", "INC-7"]
    assert Incident.replay(incident.journal) == incident
    assert incident.as_known_at(incident.journal[-2].at).inherited == incident.inherited[:2]


def test_what_was_taken_over_is_never_given_up():
    incident = after(standing("new"), "take_over")
    with pytest.raises(ValueError, match="inherited of incident INC-1 only grows"):
        incident._step("comment", {"inherited": ()}, by=LI, at=incident.journal[-1].at, note="No.")


@pytest.mark.parametrize("kind", [LinkKind.CHILD_OF, LinkKind.DUPLICATE_OF], ids=str)
def test_what_is_taken_over_brings_no_family(kind):
    with pytest.raises(GuardRefusedError) as refusal:
        after(standing("new"), "take_over", links=[Link(kind, IncidentId("INC-9"))])
    assert rules_of(refusal) == ["a_family_link_has_its_own_verb"]


@pytest.mark.parametrize(
    "origin", [LEFT_BEHIND.as_of(LEFT_BEHIND.logged_at), Incident.replay(LEFT_BEHIND.journal)]
)
def test_nothing_is_taken_over_from_a_view(origin):
    with pytest.raises(ValueError, match="a view or a replay, detached from its store"):
        after(standing("new"), "take_over", origin=origin)


def test_a_link_that_is_said_already_is_named():
    linked = after(standing("new"), "link", kind=LinkKind.RELATED, target=OTHER)
    with pytest.raises(GuardRefusedError, match=f"related {OTHER} is said already"):
        after(linked, "link", kind=LinkKind.RELATED, target=OTHER)


def test_it_points_to_what_it_is_linked_with_and_what_it_waits_for():
    change = ChangeId("CHG-1")
    linked = after(standing("in_progress"), "link", kind=LinkKind.RELATED, target=OTHER)
    waiting = after(linked, "hold", reason=PendingReason.AWAITING_CHANGE, awaited=change)

    assert standing("new", source_event=CLEARING).references == {CLEARING}
    assert waiting.references == {OTHER, change}
    assert after(waiting, "resume").references == {OTHER}
    assert after(waiting, "hold", awaited="carrier").references == {OTHER}


def test_only_a_record_of_its_kind_is_taken_over():
    stranger = attrs.evolve(LEFT_BEHIND, id=ProblemId("INC-3"))
    with pytest.raises(TypeError, match="the origin's id"):
        after(standing("new"), "take_over", origin=stranger)


def test_a_case_of_a_known_error_has_its_workaround():
    incident = after(standing("new"), "match_known_error", workaround_version=2)

    known_error = KnownErrorId("KE-1")
    assert incident.links == (Link(LinkKind.MATCHED, known_error),)
    assert incident.workaround == "Use the web client."
    assert incident.matched_known_error == MatchedKnownError(
        known_error=known_error, workaround_version=2
    )
    assert incident.workaround_applied_at is None


def test_a_known_error_without_a_workaround_leaves_the_one_there_is():
    incident = after(standing("in_progress"), "apply_workaround")
    matched = after(incident, "match_known_error", workaround=None)
    assert matched.workaround == incident.workaround


def test_a_diagnosis_may_name_the_symptom():
    incident = after(standing("new", symptom="451"), "diagnose")
    assert incident.symptom == "451"
    assert after(incident, "diagnose", symptom="550").symptom == "550"


# ---- Resolve, reopen, close, cancel -------------------------------------------------------------


def test_a_resolution_says_how_what_that_did_and_when_users_could_work():
    incident = after(
        standing("in_progress"),
        "resolve",
        code=ResolutionCode.FIXED_BY_CHANGE,
        restored_at=minute(2),
        evidence="Mail flows.",
        at=minute(30),
        effective_at=minute(20),
    )
    assert changed(incident) == {
        "resolution_code": ResolutionCode.FIXED_BY_CHANGE,
        "resolution_kind": ResolutionKind.PERMANENT,
        "restored_at": minute(2),
        "restoration_evidence": "Mail flows.",
        "auto_close_at": MORNING.replace(hour=0) + timedelta(days=3),
    }
    assert (incident.resolution.by, incident.resolution.at) == (LI, minute(20))
    assert incident.resolution.note == "Restarted the queue."


def test_what_is_resolved_is_restored_then_unless_that_was_marked():
    assert standing("resolved").restored_at == minute(3)
    marked = after(standing("in_progress"), "mark_restored", evidence="Mail flows.")
    resolved = after(marked, "resolve", at=minute(60))
    assert resolved.restored_at == minute(3)
    assert resolved.restoration_evidence == "Mail flows."


def test_what_is_said_on_resolving_goes_before_what_was_marked():
    marked = after(standing("in_progress"), "mark_restored", evidence="Mail flows.")
    resolved = after(marked, "resolve", restored_at=minute(4), evidence="Users say so.")
    assert (resolved.restored_at, resolved.restoration_evidence) == (minute(4), "Users say so.")


@pytest.mark.parametrize(
    ("cause", "kind"),
    [
        (CLEARING, LinkKind.CLEARED_BY),
        (OTHER, LinkKind.RESOLVED_BY),
        (ProblemId("PRB-1"), LinkKind.RESOLVED_BY),
    ],
)
def test_what_resolves_itself_names_the_cause_by_a_link(cause, kind):
    incident = after(standing("pending"), "auto_resolve", cause=cause, by=MONITORING)
    assert incident.links == (Link(kind, cause),)
    assert incident.resolution.kind is ResolutionKind.NO_ACTION
    assert incident.resolution.by == MONITORING
    assert incident.journal[-1].decided == {"auto_close_at": "two_step_closure"}


def test_reopening_forgets_the_resolution_and_the_closure_and_keeps_the_assignee():
    closed = after(
        standing("resolved", "declare_major"),
        "close",
        category=MAIL,
        likely_to_recur=True,
        no_problem_reason="None.",
        by=DESK,
    )
    incident = after(closed, "reopen", by=DESK)
    assert incident.assignee == "li"
    forgotten = (
        "resolution_code",
        "resolution_kind",
        "repaired_at",
        "recovered_at",
        "restored_at",
        "restoration_evidence",
        "auto_close_at",
        "reopen_until",
        "closure_reason",
        "closure_category",
        "likely_to_recur",
        "no_problem_reason",
    )
    assert {name: getattr(incident, name) for name in forgotten} == dict.fromkeys(forgotten)
    assert incident.resolution is None
    assert incident.as_of(minute(4)).resolution == closed.resolution


def test_reopening_what_nobody_had_gives_it_back_to_who_resolved_it():
    assert after(after(standing("new"), "resolve"), "reopen", by=ADA).assignee == "li"


def test_a_restoration_from_before_the_resolution_is_told_late():
    resolved = standing("resolved")
    marked = after(resolved, "mark_restored", restored_at=minute(2), at=minute(90))
    assert marked.restored_at == minute(2)
    assert marked.as_of(minute(90)).restored_at == minute(2)


def test_what_a_system_says_answers_nobody_unless_it_passes_on_a_person():
    said = after(standing("new"), "communicate", by=MONITORING)
    assert said.last_contact.automatic
    assert said.responded_at is None
    assert after(standing("new"), "communicate", by=MONITORING, automatic=False).responded_at


def test_what_the_caller_says_comes_in():
    said = after(standing("new", caller="ada"), "communicate", by=ADA)
    assert said.last_contact.direction is Direction.INBOUND
    assert after(standing("new"), "communicate", by=ADA).last_contact.informs_user


def test_a_cause_is_an_event_an_incident_or_a_problem():
    with pytest.raises(TypeError, match="cause must be an event, an incident or a problem"):
        after(standing("new"), "auto_resolve", cause=ConfigurationItemId("mx1"))


def test_an_override_is_not_set_and_released_at_once():
    with pytest.raises(ValueError, match="contradict"):
        after(
            standing("new"),
            "prioritize",
            override=Priority.HIGH,
            reason="A board meeting.",
            release_override=True,
        )


def test_a_closure_says_on_whose_word_what_it_was_and_whether_it_recurs():
    incident = after(
        standing("resolved"),
        "close",
        reason=ClosureReason.ADMINISTRATIVE,
        category=MAIL,
        likely_to_recur=False,
        no_problem_reason="Mended.",
        note="The caller is away.",
    )
    assert changed(incident) == {
        "closure_reason": ClosureReason.ADMINISTRATIVE,
        "closure_category": MAIL,
        "likely_to_recur": False,
        "no_problem_reason": "Mended.",
        "reopen_until": MORNING.replace(hour=0) + timedelta(days=2),
    }
    assert incident.category is None


def test_the_caller_confirms_unless_another_reason_is_given():
    closed = standing("closed", category=MAIL)
    assert closed.closure_reason is ClosureReason.CALLER_CONFIRMED
    assert closed.closure_category == MAIL


def test_closing_a_major_incident_plans_its_review():
    closed = after(standing("resolved", "declare_major"), "close", review_at=minute(9000))
    assert closed.major.review_at == minute(9000)
    assert closed.major.declared_at == minute(1)


def test_only_a_major_incident_has_a_review():
    resolved = standing("resolved")
    with nothing_changes(resolved), pytest.raises(ValueError, match="for a major incident, and"):
        after(resolved, "close", review_at=minute(9000))


def test_in_one_step_the_kind_of_the_resolution_can_be_told():
    closed = after(standing("new"), "close", kind=ResolutionKind.NO_ACTION)
    assert closed.resolution.kind is ResolutionKind.NO_ACTION


@pytest.mark.parametrize("reason", CancellationReason)
def test_a_cancellation_ends_it_without_a_result(reason):
    told = {"duplicate_of": OTHER} if reason is CancellationReason.DUPLICATE else {}
    if reason is CancellationReason.CONVERTED:
        told = {"converted_to": ServiceRequestId("REQ-1")}
    incident = after(standing("in_progress"), "cancel", reason=reason, note="See there.", **told)
    assert incident.cancellation_reason is reason
    assert [link.target for link in incident.links] == list(told.values())
    assert incident.journal[-1].note == "See there."
    assert not incident.is_open
    assert incident.resolution is None


# ---- What every verb leaves alone ---------------------------------------------------------------


def test_a_told_instant_may_be_as_old_as_the_last_change_of_state_and_no_older():
    waiting = standing("in_progress")
    told = {"at": minute(60), "effective_at": minute(2)}
    assert after(waiting, "hold", **told).hold_spells()[0].start == minute(2)
    with pytest.raises(OutOfOrderError) as refusal:
        after(waiting, "hold", at=minute(60), effective_at=minute(1))
    assert (refusal.value.name, refusal.value.given, refusal.value.last) == (
        "effective_at",
        minute(1),
        minute(2),
    )


def test_a_step_that_moves_nothing_does_not_bound_what_is_told_later():
    noted = after(standing("in_progress"), "comment", at=minute(50))
    assert after(noted, "hold", at=minute(60), effective_at=minute(2)).version == 5


def test_what_is_told_lies_not_after_when_it_is_recorded():
    with pytest.raises(ValueError, match=r"effective_at .* lies after"):
        after(standing("in_progress"), "hold", at=minute(60), effective_at=minute(61))


def test_no_time_to_object_is_over_at_once():
    policies = IncidentPolicies(closure=TwoStepClosure(after=timedelta(0)))
    assert after(standing("in_progress"), "resolve", policies=policies).auto_close_at == minute(3)
