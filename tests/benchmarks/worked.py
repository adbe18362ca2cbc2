"""
An incident that was worked on, for the benchmarks.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from itil_ops import Actor, Impact, Incident, IncidentId, PendingReason, Urgency


LI = Actor("li")
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
CALLER = PendingReason.AWAITING_CALLER
ENTRIES = 20


def in_progress():
    """
    Return an incident in progress with twenty entries, most of them holds and resumptions.
    """
    incident = Incident.log(
        IncidentId("INC-1"),
        title="Mail is down in Lyon",
        service="email",
        impact=Impact.HIGH,
        urgency=Urgency.MEDIUM,
        by=Actor("desk"),
        at=START,
    )
    incident = incident.start(by=LI, at=START)
    while incident.version < ENTRIES:
        at = START + timedelta(minutes=20 * incident.version)
        incident = incident.hold(CALLER, by=LI, at=at)
        incident = incident.resume(by=LI, at=at + timedelta(minutes=10))
    return incident
