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

import known_error_doubles as of_known_errors
import problem_doubles as of_problems

from adapters import request_lives as of_requests
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
    GroundKind,
    IncidentId,
    IncidentQuery,
    KnownErrorId,
    KnownErrorMatch,
    KnownErrorQuery,
    Ledger,
    Likeness,
    LinkKind,
    MaintenanceWindow,
    MatchGround,
    NextOpening,
    NoObservation,
    Observation,
    PendingReason,
    Periods,
    Phase,
    Priority,
    ProblemId,
    ProblemQuery,
    ProcessRole,
    Published,
    QueryOrder,
    RecurrenceProposal,
    RecurrenceReason,
    RegularValidation,
    Reopen,
    ServiceCredits,
    ServiceLevelAgreement,
    ServiceRequestQuery,
    SeverityScale,
    SimilarInWindow,
    SimilarityKey,
    SlaClock,
    Slice,
    StartField,
    SymptomQuery,
    Target,
    TargetKind,
    Threshold,
    UnderpinningContract,
    WeightedSeverity,
    Where,
    WorkaroundOnly,
    monitor_request,
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


def analyzed():
    """
    Return a problem of which nearly everything is known, deferred.
    """
    problem = of_problems.through(
        of_problems.standing("known_error", "categorize", "prioritize", "rate_severity"),
        *("diagnose", "record_change", "communicate_workaround", "link"),
    )
    problem = of_problems.after(
        problem,
        "revise",
        detected_at=minute(-30),
        configuration_items=[ConfigurationItemId("srv-1")],
        affected_services=["calendar", "web"],
        affected_users=["sales"],
        business_areas=["orders"],
        target_resolution_at=NIGHT + timedelta(days=90),
        cost=Decimal("120.50"),
    )
    return of_problems.after(problem, "defer")


def used():
    """
    Return a known error that was used and audited, with two workarounds that are ruled out by now.
    """
    known_error = of_known_errors.drafted(
        keywords=["queue", "\u05ea\u05d5\u05e8"],
        symptom_keys=["451-4.7.0"],
        services=["email", "web"],
        configuration_items=[of_known_errors.GATEWAY],
        category=of_known_errors.MAIL,
        problem=of_known_errors.PRB,
    )
    known_error = of_known_errors.through(
        known_error, "publish", "revise", "record_use", "revise_workaround"
    )
    for number, solved in (("INC-2", True), ("INC-3", False)):
        known_error = of_known_errors.after(
            known_error, "record_use", incident=IncidentId(number), solved=solved
        )
    return of_known_errors.through(known_error, "validate", "audit", "rule_out_workaround")


HOST = Likeness("host", ["web-1"])
POLICIES = (
    NoObservation(),
    Observation(BusinessDays(10), calendar=LONDON),
    RegularValidation(every=timedelta(days=182)),
    SimilarInWindow(at_least=4, window=timedelta(hours=36)),
    WeightedSeverity(cost=SeverityScale(Decimal("1000.50"), Decimal(20_000), weight=2)),
    WorkaroundOnly(),
)

#: What each file tells of.
VALUES = {
    **{f"incident_{place.replace(' ', '_')}": standing(place) for place in WAYS},
    "incident_escalated_and_major": standing("closed", "declare_major", "escalate", "communicate"),
    "incident_worked": worked(),
    "entry": worked().journal[-1],
    "entry_first": worked().journal[0],
    "entry_of_a_part": visited().journal[1],
    "vendor_incident": visited(),
    **{
        f"problem_{place.replace(' ', '_')}": of_problems.standing(place)
        for place in of_problems.WAYS
    },
    "problem_analyzed_and_deferred": analyzed(),
    "problem_reanalyzed": of_problems.through(
        of_problems.standing("resolved"), "communicate_fix", "record_recurrence", "reanalyze"
    ),
    "problem_reviewed": of_problems.standing("closed", *of_problems.REVIEWED, "complete_action"),
    "entry_of_a_review": of_problems.standing("new", *of_problems.PLANNED).journal[-1],
    **{
        f"known_error_{place.replace(' ', '_')}": of_known_errors.standing(place)
        for place in of_known_errors.WAYS
    },
    "known_error_used": used(),
    **{f"request_{place}": request for place, request in of_requests.LIVES.items()},
    "entry_of_an_approval": of_requests.LIVES["authorized"].journal[-2],
    "entry_of_a_task": of_requests.LIVES["imaged"].journal[-1],
    "request_progress": monitor_request(of_requests.LIVES["imaged"], at=minute(60)),
    "request_policies": Slice(
        (
            of_requests.POLICIES.approval,
            of_requests.POLICIES.entitlement,
            of_requests.POLICIES.charging,
            of_requests.STAFF,
        ),
        None,
    ),
    "approval_rule": of_requests.RULE,
    "service_catalog": of_requests.CATALOG,
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
    "query_of_problems": ProblemQuery(
        phases=[Phase.ACTIVE],
        priorities=[Priority.HIGH],
        linked_to=[INC],
        logged_until=NIGHT,
    ),
    "query_of_known_errors": KnownErrorQuery(states=["published"], services=["email", None]),
    "query_of_requests": ServiceRequestQuery(
        requesters=["ana", None],
        beneficiaries=["tom"],
        approvers=["mia"],
        task_groups=[],
        phases=[Phase.WAITING],
    ),
    "symptom_query": SymptomQuery(
        text="No mail!",
        symptom_keys=["451-4.7.0"],
        configuration_items=[ConfigurationItemId("srv-1")],
        category=MAIL,
    ),
    "known_error_match": KnownErrorMatch(
        known_error=KnownErrorId("KE-1"),
        grounds=[
            MatchGround(GroundKind.TERM, "mail", 2.25),
            MatchGround(GroundKind.SERVICE, "email", 2),
        ],
    ),
    "similarity_key": SimilarityKey("service", "category", category_levels=2),
    "recurrence_proposal": RecurrenceProposal(
        likeness=HOST,
        incidents=(INC, IncidentId("INC-2")),
        first_at=minute(0),
        last_at=minute(90),
        window=timedelta(days=30),
        reason=RecurrenceReason.MAJOR,
        problem=ProblemId("PRB-1"),
    ),
    "problem_policies": Slice(POLICIES, None),
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
