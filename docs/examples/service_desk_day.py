"""
One day at the service desk in Lyon: four incidents and a request, by their journals and clocks.

    python service_desk_day.py                           in a database that is gone afterwards
    python service_desk_day.py sqlite:///lyon.db         in one that is kept
    python service_desk_day.py postgresql://me@host/lyon

It is the eve of Ascension Day. Every verb is a unit of work, and all that is told in the evening is
read from the store. Nothing here asks what time it is: every verb is told, and the same day comes
out wherever and whenever it is run. It fits into a database once.
"""

from __future__ import annotations

import sys
import tempfile

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import chain
from pathlib import Path
from typing import TypeAlias, TypeVar
from zoneinfo import ZoneInfo

import attrs

from itil_ops import (
    Actor,
    ApprovalId,
    BusinessCalendar,
    CancellationReason,
    CategoryPath,
    ClockOutcome,
    Direction,
    Entry,
    Impact,
    Incident,
    IncidentId,
    IncidentPolicies,
    NotFoundError,
    PendingReason,
    Policies,
    Priority,
    ProcessRole,
    RefusedError,
    Repository,
    RequestedItem,
    RequestPolicies,
    ResolutionCode,
    ServiceLevelAgreement,
    ServiceRequest,
    ServiceRequestId,
    SlaClock,
    StaffDirectory,
    Store,
    Target,
    TargetKind,
    TaskId,
    UnitOfWork,
    Urgency,
)
from itil_ops.adapters.sql import open_store
from itil_ops.catalog import (
    Approver,
    ApproverRole,
    CatalogItem,
    FieldKind,
    Form,
    FormField,
    RequestModel,
    ServiceCatalog,
    TaskTemplate,
)


# ---- Who is there, and what was promised --------------------------------------------------------

LYON = ZoneInfo("Europe/Paris")

ADA, BO = (Actor(name, roles=[ProcessRole.SERVICE_DESK]) for name in ("Ada", "Bo"))
LI = Actor("Li", roles=[ProcessRole.SECOND_LINE_ANALYST])
NOOR = Actor("Noor", roles=[ProcessRole.INCIDENT_MANAGER])
REMY = Actor("Remy", roles=[ProcessRole.USER])
ZOE = Actor("Zoe", roles=[ProcessRole.APPROVER])

BY_THE_BOOK = IncidentPolicies.strict()

WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
DESK_HOURS = BusinessCalendar(
    "Europe/Paris",
    {day: [("08:00", "12:00"), ("13:00", "18:00")] for day in WORKDAYS},
    holidays=[date(2026, 5, 14)],
)


def promise(kind: TargetKind, minutes: int, *priorities: Priority) -> Target:
    """
    Return a target in desk hours, for the *priorities* or, where none is named, for any.
    """
    limit = timedelta(minutes=minutes)
    return Target(kind, limit, calendar=DESK_HOURS, priorities=priorities or None)


GOLD = ServiceLevelAgreement(
    "gold",
    targets=[
        promise(TargetKind.RESPONSE, 15, Priority.CRITICAL),
        promise(TargetKind.RESPONSE, 60),
        promise(TargetKind.RESOLUTION, 2 * 60, Priority.CRITICAL),
        promise(TargetKind.RESOLUTION, 4 * 60, Priority.HIGH),
        promise(TargetKind.RESOLUTION, 8 * 60),
        promise(TargetKind.UPDATE, 30, Priority.CRITICAL),
        Target(
            TargetKind.FULFILLMENT,
            timedelta(hours=4),
            calendar=DESK_HOURS,
            pause_on=[PendingReason.AWAITING_APPROVAL, PendingReason.AWAITING_CALLER],
        ),
    ],
)

# ---- What can be asked for ----------------------------------------------------------------------

CATALOG = ServiceCatalog(
    items=[CatalogItem("scanner", model="scanner")],
    models=[
        RequestModel(
            name="scanner",
            impact=Impact.LOW,
            urgency=Urgency.MEDIUM,
            form=Form([FormField("gate", FieldKind.WHOLE_NUMBER, required=True, least=1, most=4)]),
            approval=Approver(ApproverRole.LINE_MANAGER),
            group="workplace",
            tasks=[TaskTemplate("pair", depends_on=["charge"]), TaskTemplate("charge")],
        )
    ],
)

IN_LYON = RequestPolicies(directory=StaffDirectory(managers={"Remy": "Zoe"}))


def today(clock: str) -> datetime:
    """
    Return the instant at which the *clock* on the desk's wall shows that.
    """
    return datetime.combine(date(2026, 5, 13), time.fromisoformat(clock), LYON)


EVENING = today("18:00")

# ---- The desk's store ---------------------------------------------------------------------------

AnyRecord: TypeAlias = Incident | ServiceRequest
AnyId: TypeAlias = IncidentId | ServiceRequestId
R = TypeVar("R", Incident, ServiceRequest)


@attrs.frozen
class Desk:
    """
    The service desk: each step that it takes is a unit of work.

    Attributes:
        store: Where it keeps its records.
    """

    store: Store

    def begin(self, id: AnyId, verb: Callable[..., AnyRecord], **told: object) -> None:
        """
        Begin a record.
        """
        with self.store.unit() as unit:
            shelf(unit, id).add(verb(id, **told))
            unit.commit()

    def take(self, id: AnyId, verb: Callable[..., R], *stated: object, **told: object) -> None:
        """
        Take a step: load the record, say the *verb*, save what came of it.

        What is refused leaves the unit before its commit, so that nothing has changed.
        """
        with self.store.unit() as unit:
            records = shelf(unit, id)
            records.save(verb(records.get(id), *stated, **told))
            unit.commit()

    def record(self, id: AnyId) -> AnyRecord:
        """
        Return a record as it is stored.
        """
        with self.store.unit(read_only=True) as unit:
            return shelf(unit, id).get(id)

    def holds(self, id: AnyId) -> bool:
        """
        Whether there is such a record.
        """
        try:
            self.record(id)
        except NotFoundError:
            return False
        return True

    def entries(self) -> Iterator[Entry]:
        """
        Yield what was done, as the store publishes it, a page at a time.
        """
        page = self.store.journal.read(limit=10)
        while page.items:
            yield from (published.entry for published in page.items)
            page = self.store.journal.read(after=page.next, limit=10)


def shelf(unit: UnitOfWork, id: AnyId) -> Repository:
    """
    Return where in a *unit* the records of that kind are.
    """
    return unit.incidents if isinstance(id, IncidentId) else unit.service_requests


# ---- Four incidents -----------------------------------------------------------------------------

MAIL, CALL, PRINTER, LAPTOP = (IncidentId(f"INC-{number}") for number in (1, 2, 3, 4))
SCANNER = ServiceRequestId("REQ-1")
IDS = (MAIL, CALL, PRINTER, LAPTOP, SCANNER)


def mail_outage(desk: Desk) -> None:
    """
    The mail server stops. It is repaired, stops again and is repaired for good.
    """
    desk.begin(
        MAIL,
        Incident.log,
        title="Mail is down in Lyon",
        service="email",
        impact=Impact.HIGH,
        urgency=Urgency.HIGH,
        by=ADA,
        at=today("08:05"),
    )
    desk.take(
        MAIL,
        Incident.assign,
        group="messaging",
        note="One for messaging.",
        by=ADA,
        at=today("08:09"),
    )
    desk.take(MAIL, Incident.start, note="The queue is full.", by=LI, at=today("08:12"))
    desk.take(
        MAIL,
        Incident.declare_major,
        "The whole house stands still.",
        manager="Noor",
        team=["Li"],
        by=NOOR,
        at=today("08:20"),
    )
    desk.take(MAIL, Incident.communicate, "Mail is down, we are on it.", by=ADA, at=today("08:30"))
    desk.take(MAIL, Incident.communicate, "We are emptying the queue.", by=ADA, at=today("09:10"))
    desk.take(
        MAIL, Incident.resolve, ResolutionCode.FIXED, note="Restarted it.", by=LI, at=today("09:25")
    )
    desk.take(MAIL, Incident.reopen, "Mail is down again.", by=ADA, at=today("11:40"))
    desk.take(
        MAIL,
        Incident.communicate,
        "It was the disk. A larger one is on.",
        by=ADA,
        at=today("13:05"),
    )
    desk.take(
        MAIL, Incident.resolve, ResolutionCode.FIXED, note="Mail flows.", by=LI, at=today("13:35")
    )


def closure(desk: Desk) -> None:
    """
    The outage is closed as the rules have it: by the desk, with all that a closure takes.
    """
    desk.take(
        MAIL,
        Incident.close,
        category=CategoryPath("software/mail"),
        likely_to_recur=False,
        review_at=datetime(2026, 5, 18, 10, tzinfo=LYON),
        note="The front office agrees.",
        policies=BY_THE_BOOK,
        by=ADA,
        at=today("17:30"),
    )


def duplicate(desk: Desk) -> None:
    """
    Somebody else calls about the mail.
    """
    desk.begin(
        CALL,
        Incident.log,
        title="No mail since eight",
        service="email",
        impact=Impact.LOW,
        urgency=Urgency.HIGH,
        by=BO,
        at=today("08:15"),
    )
    desk.take(
        CALL,
        Incident.cancel,
        CancellationReason.DUPLICATE,
        duplicate_of=MAIL,
        note="That is the outage.",
        by=BO,
        at=today("08:18"),
    )


def printer(desk: Desk) -> None:
    """
    A printer waits for its caller, whose answer takes it up again.
    """
    desk.begin(
        PRINTER,
        Incident.log,
        title="Delivery notes do not print",
        service="printing",
        impact=Impact.LOW,
        urgency=Urgency.MEDIUM,
        caller="Remy",
        by=BO,
        at=today("10:20"),
    )
    desk.take(PRINTER, Incident.start, note="Let me see.", by=BO, at=today("10:25"))
    desk.take(PRINTER, Incident.communicate, "Which printer is it?", by=BO, at=today("10:30"))
    desk.take(
        PRINTER,
        Incident.hold,
        PendingReason.AWAITING_CALLER,
        note="Remy goes and looks.",
        by=BO,
        at=today("10:30"),
    )
    desk.take(
        PRINTER,
        Incident.communicate,
        "The one at gate two.",
        direction=Direction.INBOUND,
        by=REMY,
        at=today("15:10"),
    )
    desk.take(
        PRINTER,
        Incident.close,
        resolution=ResolutionCode.USER_GUIDANCE,
        note="Switched on.",
        by=BO,
        at=today("15:40"),
    )


def laptop(desk: Desk) -> None:
    """
    A director's laptop is dead, and weighs more than the matrix says.
    """
    desk.begin(
        LAPTOP,
        Incident.log,
        title="The director's laptop is dead",
        service="workplace",
        impact=Impact.LOW,
        urgency=Urgency.MEDIUM,
        vip=True,
        by=ADA,
        at=today("15:50"),
    )
    desk.take(LAPTOP, Incident.start, note="Not the charger.", by=BO, at=today("15:55"))
    desk.take(
        LAPTOP,
        Incident.prioritize,
        override=Priority.HIGH,
        reason="The board meets on Friday at ten.",
        by=NOOR,
        at=today("16:00"),
    )
    desk.take(
        LAPTOP,
        Incident.hold,
        PendingReason.AWAITING_SUPPLIER,
        awaited="Laptops & Sons",
        note="A mainboard comes on Friday.",
        by=BO,
        at=today("17:20"),
    )


# ---- A request ----------------------------------------------------------------------------------


def scanner_wanted(desk: Desk) -> None:
    """
    Remy asks for what the catalog offers, and somebody has to agree.
    """
    desk.begin(
        SCANNER,
        ServiceRequest.draft,
        title="A scanner for gate two",
        requester="Remy",
        items=[RequestedItem.of(CATALOG, "scanner", {"gate": 2})],
        by=REMY,
        at=today("09:30"),
    )
    desk.take(SCANNER, ServiceRequest.submit, note="The old one fell.", by=REMY, at=today("09:32"))
    desk.take(
        SCANNER,
        ServiceRequest.request_authorization,
        note="Zoe has to agree.",
        policies=IN_LYON,
        by=ADA,
        at=today("09:40"),
    )


def scanner_there(desk: Desk) -> None:
    """
    Zoe agrees after lunch. Two tasks, one after the other, and Remy has his scanner.
    """
    desk.take(
        SCANNER,
        ServiceRequest.approve,
        note="Gate two cannot do without.",
        policies=IN_LYON,
        by=ZOE,
        at=today("13:15"),
    )
    desk.take(
        SCANNER,
        ServiceRequest.start_fulfillment,
        note="There is one on the shelf.",
        by=BO,
        at=today("13:50"),
    )
    desk.take(
        SCANNER, ServiceRequest.complete_task, CHARGE, note="It is full.", by=BO, at=today("14:40")
    )
    desk.take(
        SCANNER, ServiceRequest.complete_task, PAIR, note="It beeps.", by=LI, at=today("14:55")
    )
    desk.take(
        SCANNER, ServiceRequest.complete, note="Brought to gate two.", by=BO, at=today("15:05")
    )
    desk.take(SCANNER, ServiceRequest.close, note="It scans.", by=REMY, at=today("16:10"))


CHARGE, PAIR = (TaskId(f"scanner/{name}") for name in ("charge", "pair"))

# ---- The day, told ------------------------------------------------------------------------------

Lines: TypeAlias = Iterator[str]


def steps(entries: list[Entry]) -> Lines:
    """
    Tell who did what and when, from what the store has published.
    """
    for entry in sorted(entries, key=lambda entry: entry.at):
        said = entry.note or entry.changes.get("title") or f"because of step {entry.cause}."
        part = f" {entry.part}" if entry.part else ""
        action = entry.action.replace("_", " ") + part
        yield f"{wall(entry.at)}  {entry.record}  {entry.by!s:<5} {action}: {said}"


def refusal(
    desk: Desk,
    what: str,
    id: AnyId,
    verb: Callable[..., R],
    *stated: object,
    by: Actor,
    at: datetime,
    policies: Policies,
) -> Lines:
    """
    Tell why somebody may not take a step.
    """
    try:
        desk.take(id, verb, *stated, by=by, at=at, policies=policies)
    except RefusedError as refused:
        yield f"At {wall(at)} {by} wants to {refused.action} {what}, which is {refused.state}, but:"
        yield from (f"- {reason}" for reason in refused.reasons)


def refused_approval(desk: Desk) -> Lines:
    """
    Tell why Remy, who asks for the scanner, cannot agree to it.
    """
    return refusal(
        desk,
        "the scanner",
        SCANNER,
        ServiceRequest.approve,
        ApprovalId("1"),
        by=REMY,
        at=today("09:45"),
        policies=IN_LYON,
    )


def refused_closure(desk: Desk) -> Lines:
    """
    Tell why Li, who resolved the outage, may not close it.
    """
    return refusal(
        desk,
        "the outage",
        MAIL,
        Incident.close,
        by=LI,
        at=today("16:45"),
        policies=BY_THE_BOOK,
    )


def clocks(record: AnyRecord) -> Lines:
    """
    Tell what became of each promise on a record.
    """
    for clock in GOLD.clocks(record):
        promised = hours(clock.target.duration)
        yield f"{record.id}  {clock.target.kind} within {promised}: {verdict(clock)}"


def verdict(clock: SlaClock) -> str:
    """
    Tell how a clock stands in the evening; a breach is computed, however late somebody looks.
    """
    spent = hours(clock.elapsed(EVENING))
    match clock.outcome:
        case ClockOutcome.MET:
            return f"met after {spent}"
        case ClockOutcome.BREACHED:
            return f"breached at {wall(clock.breached_at)}, stopped after {spent}"
        case ClockOutcome.CANCELLED:
            return f"cancelled, {clock.cancelled_because}"
        case _:
            return f"running after {spent}, due on {clock.due_at.astimezone(LYON):%A at %H:%M}"


def figures(record: AnyRecord) -> Lines:
    """
    Tell how a record's time was spent, up to the evening.
    """
    spent = record.time_in_states(EVENING).items()
    states = ", ".join(f"{state.replace('_', ' ')} {hours(time)}" for state, time in spent)
    yield f"{record.id}  {states}; reopened {record.reopen_count}"
    for spell in record.hold_spells():
        until = f"until {wall(spell.end)}" if spell.end else "and still"
        yield f"       on hold since {wall(spell.start)} {until}, {spell.reason}"


def attainment(records: list[AnyRecord]) -> Lines:
    """
    Tell the share of promises kept, among those kept or broken; of none there is none.
    """
    ends = Counter(
        (clock.target.kind, clock.outcome) for record in records for clock in GOLD.clocks(record)
    )
    for kind in dict.fromkeys(target.kind for target in GOLD.targets):
        met, breached = ends[kind, ClockOutcome.MET], ends[kind, ClockOutcome.BREACHED]
        share = f"{met / (met + breached):.0%}" if met + breached else "none"
        yield f"{kind}: {share}, {met} met and {breached} breached"


def wall(at: datetime) -> str:
    """
    Return what the clock on the desk's wall shows.
    """
    return f"{at.astimezone(LYON):%H:%M}"


def hours(amount: timedelta) -> str:
    """
    Return an amount of time in hours and minutes.
    """
    minutes = amount // timedelta(minutes=1)
    return f"{minutes // 60}:{minutes % 60:02}"


def live(desk: Desk) -> list[str]:
    """
    Live the day, and return what was said of refusals.
    """
    mail_outage(desk)
    duplicate(desk)
    printer(desk)
    laptop(desk)
    scanner_wanted(desk)
    refused = [*refused_approval(desk), *refused_closure(desk)]
    scanner_there(desk)
    closure(desk)
    return refused


def tell(desk: Desk, refused: list[str]) -> None:
    """
    Tell the day from what is stored.
    """
    records = [desk.record(id) for id in IDS]
    entries = [entry for entry in desk.entries() if entry.record in IDS]
    chapters = {
        "Wednesday, 13 May 2026, at the service desk in Lyon": steps(entries),
        "Two refusals": refused,
        "The promises at 18:00": chain.from_iterable(map(clocks, records)),
        "The hours of the records": chain.from_iterable(map(figures, records)),
        "Promises kept": attainment(records),
    }
    for title, lines in chapters.items():
        print(title, *lines, "", sep="\n")
    proven = all(record.replay(record.journal) == record for record in records)
    print("Replayed from their journals, the records are", "the same." if proven else "others!")


def spend(url: str) -> None:
    """
    Live and tell the day in the database at *url*, unless it has one of its records already.
    """
    store = open_store(url)
    try:
        desk = Desk(store)
        taken = [str(id) for id in IDS if desk.holds(id)]
        if taken:
            sys.exit(f"There is {', '.join(taken)} in this database already; name an empty one.")
        tell(desk, live(desk))
    finally:
        store.close()


def main(arguments: list[str]) -> None:
    """
    Spend the day in the database that the *arguments* name, or in one that is gone afterwards.
    """
    if len(arguments) > 1:
        sys.exit("usage: service_desk_day.py [URL]")
    if arguments:
        spend(arguments[0])
    else:
        with tempfile.TemporaryDirectory() as folder:
            spend(f"sqlite:///{Path(folder) / 'lyon.db'}")


if __name__ == "__main__":
    main(sys.argv[1:])
