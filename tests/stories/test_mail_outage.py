"""
Lyon has no mail: an incident from the call to its end, and back, and to its end again.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from itil_ops import (
    Actor,
    ClosureReason,
    GuardRefusedError,
    IllegalTransitionError,
    Impact,
    Incident,
    IncidentId,
    PendingReason,
    Phase,
    Priority,
    ResolutionCode,
    Urgency,
)


t0, t1, t2, t3, t4, t5, t6, t7, t8, t9 = (
    datetime(2026, 3, 2, 9, tzinfo=UTC) + timedelta(minutes=15 * n) for n in range(10)
)


def test_mail_is_down_in_lyon():
    desk, li = Actor("desk"), Actor("li")
    incident = Incident.log(
        IncidentId("INC-1"), title="Mail is down in Lyon", service="email",
        impact=Impact.HIGH, urgency=Urgency.HIGH, by=desk, at=t0,
    )  # fmt: skip
    assert incident.priority == Priority.CRITICAL
    assert incident.owner == "service_desk"

    incident = incident.assign(group="messaging", assignee="li", by=desk, at=t1)
    incident = incident.start(by=li, at=t2)
    assert incident.responded_at == t2

    incident = incident.hold(PendingReason.AWAITING_CALLER, by=li, at=t3)
    assert incident.state.phase is Phase.WAITING
    with pytest.raises(IllegalTransitionError) as refusal:
        incident.start(by=li, at=t3)
    assert "resume" in refusal.value.allowed

    incident = incident.resume(by=li, at=t4)
    incident = incident.resolve(ResolutionCode.FIXED, note="Restarted the queue.", by=li, at=t5)
    assert incident.resolution.note == "Restarted the queue."
    assert not incident.is_open

    incident = incident.reopen(reason="It is back.", by=desk, at=t6)
    assert (incident.state.name, incident.state.phase) == ("in_progress", Phase.ACTIVE)
    assert (incident.priority, incident.version) == (Priority.CRITICAL, 7)
    assert incident.journal[-1].action == "reopen"
    assert incident.journal[3].changes["pending_reason"] == PendingReason.AWAITING_CALLER
    assert incident.as_of(t3).state.name == "pending"
    assert {"resolve", "close", "hold"} <= set(incident.allowed)
    assert incident.why_not("resolve", by=li, at=t6)
    assert not incident.why_not("resolve", code=ResolutionCode.FIXED, by=li, at=t6)
    assert Incident.replay(incident.journal) == incident

    incident = incident.resolve(ResolutionCode.FIXED, note="Replaced the disk.", by=li, at=t8)
    incident = incident.close(by=desk, at=t9)
    assert incident.closure_reason is ClosureReason.CALLER_CONFIRMED
    assert (incident.reopen_count, incident.reassignment_count) == (1, 0)
    assert [(spell.start, spell.end) for spell in incident.hold_spells()] == [(t3, t4)]
    assert incident.time_in_states(t9)["in_progress"] == timedelta(minutes=15 + 15 + 30)
    assert [str(entry) for entry in incident.journal] == [
        "1. 2026-03-02 09:00 log by desk",
        "2. 2026-03-02 09:15 assign by desk",
        "3. 2026-03-02 09:30 start by li",
        "4. 2026-03-02 09:45 hold by li",
        "5. 2026-03-02 10:00 resume by li",
        "6. 2026-03-02 10:15 resolve by li: Restarted the queue.",
        "7. 2026-03-02 10:30 reopen by desk: It is back.",
        "8. 2026-03-02 11:00 resolve by li: Replaced the disk.",
        "9. 2026-03-02 11:15 close by desk",
    ]


def test_a_month_later_it_is_another_incident():
    desk = Actor("desk")
    incident = Incident.log(
        IncidentId("INC-1"), title="Mail is down in Lyon", service="email", by=desk, at=t0
    )
    incident = incident.close(resolution=ResolutionCode.FIXED, by=desk, at=t1)
    with pytest.raises(GuardRefusedError, match="log a new incident and link it"):
        incident.reopen(reason="It is back.", by=desk, at=t1 + timedelta(days=30))
