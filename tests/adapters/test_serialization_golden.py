"""
What was written once is read for ever, and is written again to the letter.

The files in `golden` are never written anew: a change of what is written is another schema, with an
upcaster and a file of its own. A new kind gets a file by

    python tests/adapters/test_serialization_golden.py

which leaves alone those there are.
"""

from __future__ import annotations

import sys

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pendulum
import pytest

from incident_doubles import CHECKLIST, DESK, INC, LI, MAIL, WAYS, logged, minute, standing
from itil_ops import (
    ALWAYS_OPEN,
    ANY_VALUE,
    ITIL_ESCALATION,
    Actor,
    BusinessCalendar,
    BusinessDays,
    ChangeId,
    Changes,
    ClockPolicy,
    ConfigurationItemId,
    CreditTier,
    DayMark,
    IncidentQuery,
    Ledger,
    LinkKind,
    MaintenanceWindow,
    NextOpening,
    PendingReason,
    Periods,
    Phase,
    Priority,
    ProblemId,
    ProcessRole,
    Published,
    QueryOrder,
    Reopen,
    ServiceCredits,
    ServiceLevelAgreement,
    SlaClock,
    StartField,
    Target,
    TargetKind,
    Threshold,
    UnderpinningContract,
    Where,
)
from itil_ops.adapters.serialization import Codec, Upcaster
from itil_ops.timers import Timer, TimerKind
from serialization_doubles import (
    Address,
    Color,
    Site,
    Supplier,
    VendorIncident,
    VisitId,
    from_one_line,
    with_a_country,
)


GOLDEN = Path(__file__).parent / "golden"

CODEC = Codec(
    records=[VendorIncident],
    values=[Supplier, Color, Address, Site],
    upcasters=[Upcaster("address", 1, from_one_line), Upcaster("address", 2, with_a_country)],
)

NIGHT = minute(780)
LONDON = BusinessCalendar(
    "Europe/London",
    {day: [("09:00", "12:00"), ("13:00", "17:30")] for day in ("mon", "tue", "wed", "thu")},
    holidays={date(2026, 4, 3): "Good Friday", "--12-25": None},
    overrides={date(2026, 12, 24): [("09:00", "12:00")], date(2026, 12, 31): []},
)
LATE = BusinessCalendar(
    "America/New_York", {"fri": [("22:00", "06:00")], "sun": [("00:00", "24:00")]}
)
FOLLOWED = ((LONDON | LATE) - Periods([(NIGHT, NIGHT + timedelta(hours=2))])).in_zone("UTC")
BOUNDED = (
    (LONDON & ALWAYS_OPEN).valid(minute(-90_000), minute(900_000)).during(minute(-80_000), None)
)

RESPONSE = Target(TargetKind.RESPONSE, timedelta(minutes=30), priorities=[Priority.CRITICAL])
RESOLUTION = Target(
    TargetKind.RESOLUTION,
    BusinessDays(2, by=DayMark.OPENING),
    calendar=FOLLOWED,
    when=[Where(category=MAIL, caller=ANY_VALUE, customer=["acme", None])],
    pause_on=[PendingReason.AWAITING_CALLER, Phase.DONE, Where(vip=True)],
    start_at=StartField("needed_by"),
    policy=ClockPolicy(reopen=Reopen.NEW_CYCLE),
    thresholds=ITIL_ESCALATION,
)
GOLD = ServiceLevelAgreement(
    "gold",
    targets=[RESPONSE, RESOLUTION],
    customer="acme",
    services=["email", "web"],
    support_hours=BOUNDED,
    maintenance=[
        MaintenanceWindow(
            NIGHT,
            NIGHT + timedelta(hours=2),
            configuration_items=[ConfigurationItemId("srv-1")],
            change=ChangeId("CHG-1"),
        )
    ],
    valid_from=minute(0),
)
CARRIER = UnderpinningContract(
    "carrier",
    targets=[Target(TargetKind.RESOLUTION, NextOpening(), thresholds=[Threshold(percent=87.5)])],
    provider="carrier",
)
CLOCK = (
    SlaClock.start(Target(TargetKind.RESOLUTION, timedelta(hours=4)), at=minute(0))
    .pause(at=minute(10), reason=PendingReason.AWAITING_CALLER)
    .resume(at=minute(40))
    .stop(at=minute(90))
)


def worked():
    """
    Return an incident on which nearly everything was done.
    """
    incident = logged(
        title="R\u00e9seau \U0001f525 \u05e9\u05dc\u05d5\u05dd",
        model=CHECKLIST,
        vip=True,
        configuration_items=[ConfigurationItemId("srv-1")],
        occurred_at=minute(-3) + timedelta(microseconds=1),
    )
    incident = incident.assign(group="messaging", assignee="li", by=LI, at=minute(1))
    incident = incident.start(by=LI, at=minute(2), effective_at=minute(1))
    incident = incident.link(LinkKind.CAUSED_BY, ProblemId("PRB-1"), by=LI, at=minute(3))
    return incident.hold(
        PendingReason.AWAITING_CHANGE, awaited=ChangeId("CHG-1"), until=NIGHT, by=LI, at=minute(4)
    )


def visited():
    incident = VendorIncident.log(
        INC,
        title="No line",
        service="line",
        by=DESK,
        at=minute(0),
        supplier=Supplier.CARRIER,
        color=Color.BLUE,
        notices=(timedelta(hours=1),),
    )
    incident = incident.plan_visit(VisitId("V-1"), "Kim", by=LI, at=minute(1))
    return incident.make_visit(VisitId("V-1"), minute(2), by=LI, at=minute(3))


#: What each file tells of.
VALUES = {
    **{f"incident_{place.replace(' ', '_')}": standing(place) for place in WAYS},
    "incident_escalated_and_major": standing("closed", "declare_major", "escalate", "communicate"),
    "incident_worked": worked(),
    "entry": worked().journal[-1],
    "entry_first": worked().journal[0],
    "entry_of_a_part": visited().journal[1],
    "vendor_incident": visited(),
    "actor": Actor("li", roles=[ProcessRole.USER, ProcessRole.APPROVER]),
    "agreement": GOLD,
    "contract": CARRIER,
    "calendar": LONDON,
    "calendar_combined": FOLLOWED,
    "calendar_bounded": BOUNDED,
    "target": RESOLUTION,
    "clock": CLOCK,
    "ledger": Ledger.of(CLOCK, minute(100), standing("closed")),
    "query": IncidentQuery(
        states=[],
        phases=[Phase.ACTIVE, Phase.WAITING],
        priorities=[None, Priority.HIGH],
        groups=["messaging", None],
        logged_from=minute(0),
        order=QueryOrder.PRIORITY,
    ),
    "published": Published("7", worked().journal[1]),
    "timer": Timer(
        kind=TimerKind.AUTO_CLOSE,
        at=NIGHT,
        verb="close",
        arguments=Changes({"reason": LinkKind.MATCHED}),
    ),
    "changes": Changes(
        {
            "amount": Decimal("1.50"),
            "at": pendulum.datetime(2026, 3, 2, 9, 0, 0, 1),
            "day": date(2026, 3, 2),
            "for": timedelta(microseconds=90_000_001),
            "none": None,
            "some": frozenset({Phase.WAITING, 3, "three"}),
            "who": (INC, "li", True, 0.5),
        }
    ),
    "credits": ServiceCredits("email", [CreditTier(99.5, Decimal("0.05"))]),
    "address_3": Address("1 Rue de la Paix", "Lyon", "FR"),
    "site": Site(address=Address("1 Rue de la Paix", "Lyon", "FR"), priority=Priority.LOW),
}

#: What was written of past schemas, by the file of the present one.
PAST = {"address_1": "address_3", "address_2": "address_3"}


def written(name):
    return (GOLDEN / f"{name}.json").read_text(encoding="utf-8").removesuffix("\n")


@pytest.mark.parametrize("name", VALUES)
def test_what_was_written_is_read(name):
    found = CODEC.loads(written(name))

    assert found == VALUES[name]
    assert type(found) is type(VALUES[name])


@pytest.mark.parametrize("name", VALUES)
def test_it_is_written_again_to_the_letter(name):
    assert CODEC.dumps(VALUES[name]) == written(name)


@pytest.mark.parametrize(("past", "present"), PAST.items())
def test_what_was_written_of_a_past_schema_is_read(past, present):
    assert CODEC.loads(written(past)) == VALUES[present]


def test_snapshots_are_read_and_written_again():
    incident = worked()

    assert CODEC.loads_snapshot(written("snapshot"), incident.journal) == incident
    assert CODEC.dumps_snapshot(incident) == written("snapshot")


def test_every_file_is_told_of():
    assert {path.stem for path in GOLDEN.iterdir()} == {*VALUES, *PAST, "snapshot"}


if __name__ == "__main__":
    for name, text in (
        *((name, CODEC.dumps(value)) for name, value in VALUES.items()),
        ("snapshot", CODEC.dumps_snapshot(worked())),
    ):
        path = GOLDEN / f"{name}.json"
        if not path.exists():
            path.write_text(f"{text}\n", encoding="utf-8")
            sys.stdout.write(f"{path.name}\n")
