"""
One day at the service desk in Lyon: four incidents, told by their journals and by their clocks.

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
from typing import TypeAlias
from zoneinfo import ZoneInfo

import attrs

from itil_ops import (
    Actor,
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
    Priority,
    ProcessRole,
    RefusedError,
    ResolutionCode,
    ServiceLevelAgreement,
    SlaClock,
    Store,
    Target,
    TargetKind,
    Urgency,
)
from itil_ops.adapters.sql import open_store


# ---- Who is there, and what was promised --------------------------------------------------------

LYON = ZoneInfo("Europe/Paris")

ADA, BO = (Actor(name, roles=[ProcessRole.SERVICE_DESK]) for name in ("Ada", "Bo"))
LI = Actor("Li", roles=[ProcessRole.SECOND_LINE_ANALYST])
NOOR = Actor("Noor", roles=[ProcessRole.INCIDENT_MANAGER])
REMY = Actor("Remy", roles=[ProcessRole.USER])

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
    ],
)


def today(clock: str) -> datetime:
    """
    Return the instant at which the *clock* on the desk's wall shows that.
    """
    return datetime.combine(date(2026, 5, 13), time.fromisoformat(clock), LYON)


EVENING = today("18:00")

# ---- The desk's store ---------------------------------------------------------------------------


@attrs.frozen
class Desk:
    """
    The service desk: each step that it takes is a unit of work.

    Attributes:
        store: Where it keeps its incidents.
    """

    store: Store

    def log(self, id: IncidentId, **told: object) -> None:
        """
        Begin an incident.
        """
        with self.store.unit() as unit:
            unit.incidents.add(Incident.log(id, **told))
            unit.commit()

    def take(
        self, id: IncidentId, verb: Callable[..., Incident], *stated: object, **told: object
    ) -> None:
        """
        Take a step: load the incident, say the *verb*, save what came of it.

        What is refused leaves the unit before its commit, so that nothing has changed.
        """
        with self.store.unit() as unit:
            unit.incidents.save(verb(unit.incidents.get(id), *stated, **told))
            unit.commit()

    def incident(self, id: IncidentId) -> Incident:
        """
        Return an incident as it is stored.
        """
        with self.store.unit(read_only=True) as unit:
            return unit.incidents.get(id)

    def holds(self, id: IncidentId) -> bool:
        """
        Whether there is such an incident.
        """
        try:
            self.incident(id)
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


# ---- Four incidents -----------------------------------------------------------------------------

MAIL, CALL, PRINTER, LAPTOP = IDS = [IncidentId(f"INC-{number}") for number in (1, 2, 3, 4)]


def mail_outage(desk: Desk) -> None:
    """
    The mail server stops. It is repaired, stops again and is repaired for good.
    """
    desk.log(
        MAIL,
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
    desk.log(
        CALL,
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
    desk.log(
        PRINTER,
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
    desk.log(
        LAPTOP,
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


# ---- The day, told ------------------------------------------------------------------------------

Lines: TypeAlias = Iterator[str]


def steps(entries: list[Entry]) -> Lines:
    """
    Tell who did what and when, from what the store has published.
    """
    for entry in sorted(entries, key=lambda entry: entry.at):
        said = entry.note or entry.changes.get("title") or f"because of step {entry.cause}."
        action = entry.action.replace("_", " ")
        yield f"{wall(entry.at)}  {entry.record}  {entry.by!s:<5} {action}: {said}"


def refusal(desk: Desk) -> Lines:
    """
    Tell why Li, who resolved the outage, may not close it.
    """
    try:
        desk.take(MAIL, Incident.close, policies=BY_THE_BOOK, by=LI, at=today("16:45"))
    except RefusedError as refused:
        yield f"At 16:45 Li wants to {refused.action} the outage, which is {refused.state}, but:"
        yield from (f"- {reason}" for reason in refused.reasons)


def clocks(incident: Incident) -> Lines:
    """
    Tell what became of each promise on an incident.
    """
    for clock in GOLD.clocks(incident):
        promised = hours(clock.target.duration)
        yield f"{incident.id}  {clock.target.kind} within {promised}: {verdict(clock)}"


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


def figures(incident: Incident) -> Lines:
    """
    Tell how an incident's time was spent, up to the evening.
    """
    spent = incident.time_in_states(EVENING).items()
    states = ", ".join(f"{state.replace('_', ' ')} {hours(time)}" for state, time in spent)
    yield f"{incident.id}  {states}; reopened {incident.reopen_count}"
    for spell in incident.hold_spells():
        until = f"until {wall(spell.end)}" if spell.end else "and still"
        yield f"       on hold since {wall(spell.start)} {until}, {spell.reason}"


def attainment(incidents: list[Incident]) -> Lines:
    """
    Tell the share of promises kept, among those kept or broken; of none there is none.
    """
    ends = Counter(
        (clock.target.kind, clock.outcome)
        for incident in incidents
        for clock in GOLD.clocks(incident)
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
    Live the day, and return what was said of a refusal.
    """
    mail_outage(desk)
    duplicate(desk)
    printer(desk)
    laptop(desk)
    refused = list(refusal(desk))
    closure(desk)
    return refused


def tell(desk: Desk, refused: list[str]) -> None:
    """
    Tell the day from what is stored.
    """
    incidents = [desk.incident(id) for id in IDS]
    entries = [entry for entry in desk.entries() if entry.record in IDS]
    chapters = {
        "Wednesday, 13 May 2026, at the service desk in Lyon": steps(entries),
        "A refusal": refused,
        "The promises at 18:00": chain.from_iterable(map(clocks, incidents)),
        "The hours of the incidents": chain.from_iterable(map(figures, incidents)),
        "Promises kept": attainment(incidents),
    }
    for title, lines in chapters.items():
        print(title, *lines, "", sep="\n")
    proven = all(Incident.replay(incident.journal) == incident for incident in incidents)
    print("Replayed from their journals, the incidents are", "the same." if proven else "others!")


def spend(url: str) -> None:
    """
    Live and tell the day in the database at *url*, unless it has one of its incidents already.
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
