"""
What is derived from the journal, and never stored.
"""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from incident_doubles import ADA, LI, after, logged, minute, standing, through
from itil_ops import (
    EscalationKind,
    ExpandedLifecycle,
    GuardRefusedError,
    HoldSpell,
    Incident,
    PendingReason,
    Resolution,
    ResolutionCode,
    ResolutionKind,
    SupportLine,
)
from record_doubles import rules_of


CALLER, SUPPLIER = PendingReason.AWAITING_CALLER, PendingReason.AWAITING_SUPPLIER


def minutes(count):
    return timedelta(minutes=count)


def test_figures_are_properties_and_no_fields():
    fields = {field.name for field in attrs.fields(Incident)}
    derived = {
        "reopen_count",
        "reassignment_count",
        "first_contact_resolution",
        "workaround_applied_at",
        "diagnosed_at",
        "resolved_at",
        "closed_at",
        "logged_at",
        "resolution",
        "stamps",
        "is_major_candidate",
        "steps_due",
        "hold_spells",
        "time_in_states",
        "version",
    }
    assert not fields & derived


# ---- Counts -------------------------------------------------------------------------------------


def test_reopenings_are_counted():
    incident = standing("resolved")
    assert incident.reopen_count == 0
    for count in (1, 2, 3):
        incident = after(incident, "reopen")
        assert incident.reopen_count == count
        incident = (
            through(incident, "resolve", "close") if count == 2 else after(incident, "resolve")
        )


@pytest.mark.parametrize(
    ("moves", "count"),
    [
        ([], 0),
        ([("a", None)], 0),
        ([("a", "li")], 0),
        ([("a", None), (None, "li")], 0),
        ([("a", "li"), (None, "ada")], 1),
        ([("a", "li"), ("b", None)], 1),
        ([("a", "li"), ("b", "ada")], 1),
        ([("a", "li"), ("b", None), (None, "ada")], 2),
        ([("a", "li"), ("a", None), (None, "li")], 0),
        ([("a", "li"), ("a", None), (None, "ada")], 1),
        ([("a", "li"), ("a", "li")], 0),
        ([("a", "li"), ("b", "li"), ("a", "li")], 2),
    ],
)
def test_a_reassignment_is_from_one_group_or_person_to_another(moves, count):
    incident = logged()
    for group, assignee in moves:
        incident = after(incident, "assign", group=group, assignee=assignee)
    assert incident.reassignment_count == count


def test_an_escalation_into_another_queue_is_a_reassignment():
    incident = after(standing("in_progress"), "escalate", group="network")
    assert incident.reassignment_count == 1
    assert after(standing("in_progress"), "escalate").reassignment_count == 0


def test_taking_up_what_nobody_had_is_no_reassignment():
    assert after(standing("new"), "start", by=ADA).reassignment_count == 0


# ---- First contact ------------------------------------------------------------------------------


def test_nobody_knows_of_a_first_contact_resolution_before_there_is_one():
    assert standing("in_progress").first_contact_resolution is None
    assert after(standing("resolved"), "reopen").first_contact_resolution is None


def test_what_the_first_line_solves_is_solved_at_first_contact():
    assert after(standing("new"), "close").first_contact_resolution is True
    desk_queue = after(standing("new"), "assign", group="service_desk")
    assert after(desk_queue, "resolve").first_contact_resolution is True
    assert standing("resolved").first_contact_resolution is False


def test_what_resolved_itself_the_first_line_did_not_solve():
    assert after(standing("new"), "auto_resolve").first_contact_resolution is False


def test_what_came_back_and_was_solved_then_the_first_line_solved():
    back = through(standing("new"), "auto_resolve", "reopen")
    assert after(back, "resolve").first_contact_resolution is True


@pytest.mark.parametrize(
    "handed_on",
    [
        {"line": SupportLine.SECOND},
        {"group": "network"},
        {"group": "network", "line": SupportLine.SUPPLIER},
    ],
    ids=str,
)
def test_what_was_handed_on_is_not_even_if_it_came_back(handed_on):
    incident = after(standing("assigned"), "escalate", **handed_on)
    incident = through(incident, "assign", "resolve")
    assert incident.first_contact_resolution is False


def test_what_moved_to_another_group_was_handed_on():
    moved = after(standing("assigned"), "assign", group="network")
    assert after(moved, "resolve").first_contact_resolution is False


def test_calling_for_authority_hands_nothing_on():
    told = after(standing("new"), "escalate", kind=EscalationKind.HIERARCHIC)
    assert after(told, "resolve").first_contact_resolution is True


# ---- Resolution ---------------------------------------------------------------------------------


def test_the_resolution_says_all_there_is_to_know_of_it():
    incident = after(standing("in_progress"), "resolve", code=ResolutionCode.USER_GUIDANCE, by=ADA)
    assert incident.resolution == Resolution(
        code=ResolutionCode.USER_GUIDANCE,
        kind=ResolutionKind.PERMANENT,
        note="Restarted the queue.",
        by=ADA,
        at=minute(3),
    )
    assert through(incident, "comment", "close").resolution == incident.resolution


def test_there_is_no_resolution_before_it_is_resolved_nor_once_it_is_back():
    assert standing("in_progress").resolution is None
    assert after(standing("closed"), "reopen").resolution is None
    assert standing("cancelled").resolution is None


def test_the_last_resolution_is_the_one():
    again = after(standing("resolved"), "reopen")
    again = after(again, "resolve", note="Replaced the disk.", by=ADA)
    assert (again.resolution.note, again.resolution.by) == ("Replaced the disk.", ADA)


# ---- Holds and times ----------------------------------------------------------------------------


def test_every_hold_is_told_with_its_reason_and_changing_it_begins_another():
    incident = after(standing("in_progress"), "hold", at=minute(10), reason=CALLER)
    incident = after(incident, "hold", at=minute(20), reason=CALLER, until=minute(90))
    incident = after(incident, "comment", at=minute(25))
    incident = after(incident, "hold", at=minute(30))
    assert incident.hold_spells() == (
        HoldSpell(CALLER, minute(10), minute(30)),
        HoldSpell(SUPPLIER, minute(30), None),
    )
    incident = after(incident, "resume", at=minute(40))
    incident = after(incident, "hold", at=minute(50))
    incident = after(incident, "resolve", at=minute(60))
    assert incident.hold_spells() == (
        HoldSpell(CALLER, minute(10), minute(30)),
        HoldSpell(SUPPLIER, minute(30), minute(40)),
        HoldSpell(SUPPLIER, minute(50), minute(60)),
    )


def test_a_hold_told_late_counts_from_when_it_was_so():
    incident = after(standing("in_progress"), "comment", at=minute(30))
    incident = after(incident, "hold", at=minute(60), effective_at=minute(20), reason=CALLER)
    incident = after(incident, "resume", at=minute(90), effective_at=minute(80))
    assert incident.hold_spells() == (HoldSpell(CALLER, minute(20), minute(80)),)
    assert incident.as_of(minute(30)).pending_reason == CALLER
    assert incident.as_known_at(minute(30)).pending_reason is None
    assert incident.time_in_states(minute(100)) == {
        "new": minutes(1),
        "assigned": minutes(1),
        "in_progress": minutes(38),
        "pending": minutes(60),
    }


def test_what_was_noted_before_a_hold_told_late_stands_in_the_state_of_its_time():
    incident = after(standing("in_progress"), "comment", at=minute(30))
    incident = after(incident, "hold", at=minute(60), effective_at=minute(20))
    assert [(moment.entry.action, moment.state.name) for moment in incident.history()] == [
        ("log", "new"),
        ("assign", "assigned"),
        ("start", "in_progress"),
        ("hold", "pending"),
        ("comment", "pending"),
    ]


def test_time_per_state_adds_up_to_the_life_so_far():
    incident = through(standing("closed"), "reopen", "hold", "resume", "resolve", "close")
    spent = incident.time_in_states(minute(60))
    assert sum(spent.values(), timedelta()) == minutes(60)
    assert spent["in_progress"] == minutes(1 + 1 + 1)
    assert spent["pending"] == minutes(1)


def test_steps_at_one_instant_spend_no_time_between():
    incident = logged()
    for action in ("assign", "start", "resolve", "close"):
        incident = after(incident, action, at=minute(0))
    assert incident.time_in_states(minute(5)) == {
        "new": minutes(0),
        "assigned": minutes(0),
        "in_progress": minutes(0),
        "resolved": minutes(0),
        "closed": minutes(5),
    }
    assert [entry.number for entry in incident.journal] == [1, 2, 3, 4, 5]
    assert incident.as_of(minute(0)).state.name == "closed"


# ---- The expanded lifecycle ---------------------------------------------------------------------


def expanded():
    incident = standing("in_progress", occurred_at=minute(-30), detected_at=minute(-10))
    incident = after(incident, "diagnose", at=minute(20), effective_at=minute(10))
    incident = after(incident, "diagnose", at=minute(25))
    return after(
        incident,
        "mark_restored",
        repaired_at=minute(30),
        recovered_at=minute(45),
        at=minute(90),
        effective_at=minute(60),
    )


def test_the_stamps_of_the_expanded_lifecycle_and_the_times_between():
    stamps = expanded().stamps
    assert stamps == ExpandedLifecycle(
        occurred_at=minute(-30),
        detected_at=minute(-10),
        diagnosed_at=minute(10),
        repaired_at=minute(30),
        recovered_at=minute(45),
        restored_at=minute(60),
    )
    assert (
        stamps.detection,
        stamps.diagnosis,
        stamps.repair,
        stamps.recovery,
        stamps.restoration,
    ) == (minutes(20), minutes(20), minutes(20), minutes(15), minutes(15))


def test_stamps_that_are_known_come_by_name_in_the_order_in_which_they_come_to_be():
    assert expanded().stamps.known() == [
        ("occurred_at", minute(-30)),
        ("detected_at", minute(-10)),
        ("diagnosed_at", minute(10)),
        ("repaired_at", minute(30)),
        ("recovered_at", minute(45)),
        ("restored_at", minute(60)),
    ]
    assert standing("resolved").stamps.known() == [("restored_at", minute(3))]


def test_what_nobody_knows_is_none_and_so_are_the_times_from_and_to_it():
    stamps = logged(detected_at=minute(-5)).stamps
    assert stamps == ExpandedLifecycle(detected_at=minute(-5))
    assert (stamps.detection, stamps.diagnosis, stamps.restoration) == (None, None, None)


def test_restoration_reported_late_is_when_users_could_work():
    incident = expanded()
    assert incident.restored_at == minute(60)
    assert incident.journal[-1].at == minute(90)
    resolved = after(incident, "resolve", at=minute(120))
    assert (resolved.restored_at, resolved.resolution.at) == (minute(60), minute(120))


def test_later_marks_keep_what_earlier_ones_said():
    incident = after(standing("in_progress"), "mark_restored", repaired_at=minute(2))
    incident = after(incident, "mark_restored", recovered_at=minute(3), evidence="Mail flows.")
    incident = after(incident, "mark_restored")
    assert (incident.repaired_at, incident.recovered_at) == (minute(2), minute(3))
    assert incident.restored_at == minute(5)
    assert incident.restoration_evidence == "Mail flows."


def test_restoration_can_be_told_once_it_is_resolved():
    incident = after(standing("resolved"), "mark_restored", at=minute(60), effective_at=minute(30))
    assert incident.restored_at == minute(30)


@pytest.mark.parametrize(
    "marks",
    [
        {"repaired_at": minute(29), "recovered_at": minute(28)},
        {"recovered_at": minute(41)},
    ],
    ids=str,
)
def test_a_stamp_that_goes_backwards_is_refused(marks):
    incident = after(standing("in_progress"), "diagnose", at=minute(20))
    with pytest.raises(GuardRefusedError) as refusal:
        after(incident, "mark_restored", **{"at": minute(50), "effective_at": minute(40), **marks})
    assert rules_of(refusal) == ["stamps_are_in_order"]


def test_stamps_at_one_instant_are_in_order():
    incident = after(standing("in_progress"), "diagnose", at=minute(9))
    marks = {"repaired_at": minute(9), "recovered_at": minute(9), "at": minute(9)}
    stamps = after(incident, "mark_restored", **marks).stamps
    assert stamps.repair == stamps.recovery == stamps.restoration == timedelta()


def test_the_first_workaround_is_the_one_that_is_stamped():
    incident = standing("in_progress")
    assert incident.workaround_applied_at is None
    incident = after(incident, "apply_workaround", at=minute(30))
    incident = after(incident, "apply_workaround", workaround="Use the phone.")
    assert incident.workaround_applied_at == minute(30)
    assert incident.workaround == "Use the phone."


def test_figures_of_a_view_are_those_of_its_time():
    incident = through(standing("resolved"), "reopen", "resolve")
    assert incident.reopen_count == 1
    assert incident.as_of(minute(3)).reopen_count == 0
    assert incident.as_of(minute(3)).resolution.by == LI


def test_it_was_resolved_and_closed_when_it_was_so():
    closed = standing("closed")
    assert closed.resolved_at == closed.last_entry("resolve").effective_at
    assert closed.closed_at == closed.journal[-1].effective_at
    again = after(closed, "reopen")
    assert again.resolved_at is None
    assert again.closed_at is None
    assert again.first_entry("auto_resolve") is None


def test_the_last_assignment_and_the_last_reopening_are_stamped():
    incident = standing("new")
    assert (incident.assigned_at, incident.reopened_at) == (None, None)
    again = after(standing("closed"), "reopen")
    assert again.assigned_at == again.journal[1].at
    assert again.reopened_at == again.journal[-1].at


def test_the_earliest_finding_is_the_diagnosis_whenever_it_was_told():
    incident = after(standing("in_progress"), "diagnose", at=minute(30))
    incident = after(incident, "diagnose", at=minute(40), effective_at=minute(20))
    assert incident.stamps.diagnosed_at == minute(20)
