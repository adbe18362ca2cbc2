"""
Incidents in which much has happened, with all that a store may trip over.
"""

from __future__ import annotations

import datetime as dt

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from itil_ops.incident.model import IncidentModel, ModelStep
from itil_ops.incident.vocabulary import CancellationReason, ResolutionCode
from itil_ops.kernel.actor import Actor, ProcessRole
from itil_ops.kernel.identity import (
    ChangeId,
    ConfigurationItemId,
    EventId,
    IncidentId,
    KnownErrorId,
    ProblemId,
)
from itil_ops.kernel.priority import Impact, Priority, Urgency
from itil_ops.kernel.vocabulary import (
    CategoryPath,
    ContactChannel,
    Criticality,
    Direction,
    EscalationKind,
    LinkKind,
    PendingReason,
    Visibility,
)
from itil_ops.testing.builders import DESK, START, logged, microseconds_after, minutes, stepped


if TYPE_CHECKING:
    from itil_ops.incident.record import Incident


LI = Actor("li", roles=[ProcessRole.SECOND_LINE_ANALYST, ProcessRole.INCIDENT_MANAGER])

ODD_TEXT = "It said:\t'%s' \"_\\\"; -- ö \u00e9 e\u0301 \ue000 \U0001f600\r\n\u2028 end"
"""
Text with all that a store may trip over: quotes, wildcards, lines, and signs from all planes.
"""

LONG_TEXT = "All work and no play. " * 4_800


def _handled(id: str) -> Incident:
    model = IncidentModel(
        name="mail",
        version=3,
        steps=[
            ModelStep("look", mandatory=True),
            ModelStep("ask", after=["look"], group="messaging", within=dt.timedelta(hours=1.5)),
        ],
        category=CategoryPath("software/mail"),
    )
    begun = logged(
        id,
        number=f"N {id}",
        description=ODD_TEXT,
        customer="Lyon",
        impact=Impact.HIGH,
        urgency=Urgency.HIGH,
        channel=ContactChannel("carrier_pigeon"),
        caller="ann",
        affected_user="bo",
        environment="production",
        configuration_items=[ConfigurationItemId("srv-1"), ConfigurationItemId("srv-2")],
        vip=True,
        criticality=Criticality.CRITICAL,
        security=True,
        source_event=EventId("EVT-1"),
        occurred_at=microseconds_after(minutes(-90), 1),
        detected_at=microseconds_after(minutes(-80), 999_999),
        model=model,
        at=microseconds_after(START, 123_456),
    )
    return (
        begun.declare_major("All of Lyon.", manager="eve", team=["bo", "li"], by=LI, at=minutes(1))
        .assign(group="messaging", assignee="li", by=DESK, at=minutes(2))
        .start(by=LI, at=minutes(3), effective_at=microseconds_after(minutes(3), -1))
        .complete_step("look", by=LI, at=minutes(4))
        .prioritize(
            override=Priority(7, "some day \U0001f600"),
            reason="Nobody is in.",
            by=LI,
            at=minutes(5),
        )
        .communicate(
            "Who is in?",
            channel=ContactChannel.CHAT,
            direction=Direction.OUTBOUND,
            visibility=Visibility.INTERNAL,
            automatic=True,
            by=LI,
            at=minutes(6),
        )
        .link(LinkKind.CAUSED_BY_CHANGE, ChangeId("CHG 1"), by=LI, at=minutes(7))
        .link(LinkKind("looks_like"), KnownErrorId("KE-1"), by=LI, at=minutes(8))
        .hold(
            PendingReason.AWAITING_PROBLEM,
            until=microseconds_after(minutes(60), 7),
            awaited=ProblemId("PRB-1"),
            by=LI,
            at=minutes(9),
        )
    )


def _ended(id: str) -> Incident:
    return (
        _handled(id)
        .resume(by=LI, at=minutes(70))
        .escalate(EscalationKind.FUNCTIONAL, "Too hard.", group="kernel", by=LI, at=minutes(71))
        .escalate(
            EscalationKind.HIERARCHIC, "Slow.", level=2, informed=["eve"], by=LI, at=minutes(72)
        )
        .apply_workaround("Use the web.", impact=Impact.LOW, by=LI, at=minutes(73))
        .mark_restored(
            repaired_at=minutes(74),
            recovered_at=minutes(75),
            restored_at=minutes(76),
            evidence="A mail came.",
            by=LI,
            at=minutes(77),
        )
        .resolve(ResolutionCode.WORKAROUND_APPLIED, note=ODD_TEXT, by=LI, at=minutes(78))
        .close(
            category=CategoryPath("hardware/disk"),
            likely_to_recur=False,
            no_problem_reason="Once.",
            review_at=minutes(5_000),
            by=LI,
            at=minutes(79),
        )
        .reopen("It is back.", by=DESK, at=minutes(80))
    )


def eventful() -> tuple[Incident, ...]:
    """
    Return incidents that hold a value in every field, and every type of value somewhere.
    """
    duplicate = logged(" INC%_'\\ \U0001f600", title=ODD_TEXT, number=" 7 ").cancel(
        CancellationReason.DUPLICATE, duplicate_of=IncidentId("INC-1"), by=DESK, at=START
    )
    cleared = logged("cleared").auto_resolve(
        ResolutionCode.AUTO_RECOVERED,
        cause=EventId("EVT-2"),
        by=Actor.system("monitoring"),
        at=minutes(1),
    )
    supplied = logged("supplied", number="7").hold(
        PendingReason("awaiting_the_tide"), awaited="the harbor master", by=LI, at=START
    )
    return (
        logged("bare"),
        _handled("handled"),
        _ended("ended"),
        duplicate,
        cleared,
        supplied,
        logged("long", description=LONG_TEXT),
        stepped(logged("\ue000" * 200), 30),
        logged("early", at=dt.datetime(1, 1, 1, tzinfo=dt.UTC)),
        logged("late", at=dt.datetime.max.replace(tzinfo=dt.UTC)),
        logged(
            "zoned", at=dt.datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=ZoneInfo("Europe/Paris"))
        ),
    )
