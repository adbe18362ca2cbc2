"""
One day at the service desk in Lyon: four incidents, told by their journals and by their clocks.

    python service_desk_day.py

It is the eve of Ascension Day. Nothing here asks what time it is: every verb is told, and the
same day comes out however often and whenever it is run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import chain
from typing import TypeAlias
from zoneinfo import ZoneInfo

from itil_ops import (
    Actor,
    BusinessCalendar,
    CancellationReason,
    CategoryPath,
    ClockOutcome,
    Direction,
    Impact,
    Incident,
    IncidentId,
    IncidentPolicies,
    PendingReason,
    Priority,
    ProcessRole,
    RefusedError,
    ResolutionCode,
    ServiceLevelAgreement,
    SlaClock,
    Target,
    TargetKind,
    Urgency,
)


# ---- The desk -----------------------------------------------------------------------------------

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

# ---- Four incidents -----------------------------------------------------------------------------


def mail_outage() -> Incident:
    """
    The mail server stops. It is repaired, stops again and is repaired for good.
    """
    mail = Incident.log(
        IncidentId("INC-1"),
        title="Mail is down in Lyon",
        service="email",
        impact=Impact.HIGH,
        urgency=Urgency.HIGH,
        by=ADA,
        at=today("08:05"),
    )
    mail = mail.assign(group="messaging", note="One for messaging.", by=ADA, at=today("08:09"))
    mail = mail.start(note="The queue is full.", by=LI, at=today("08:12"))
    mail = mail.declare_major(
        "The whole house stands still.", manager="Noor", team=["Li"], by=NOOR, at=today("08:20")
    )
    mail = mail.communicate("Mail is down, we are on it.", by=ADA, at=today("08:30"))
    mail = mail.communicate("We are emptying the queue.", by=ADA, at=today("09:10"))
    mail = mail.resolve(ResolutionCode.FIXED, note="Restarted it.", by=LI, at=today("09:25"))
    mail = mail.reopen("Mail is down again.", by=ADA, at=today("11:40"))
    mail = mail.communicate("It was the disk. A larger one is on.", by=ADA, at=today("13:05"))
    return mail.resolve(ResolutionCode.FIXED, note="Mail flows.", by=LI, at=today("13:35"))


def closed(mail: Incident) -> Incident:
    """
    The outage is closed as the book has it: by the desk, with all that a closure takes.
    """
    return mail.close(
        category=CategoryPath("software/mail"),
        likely_to_recur=False,
        review_at=datetime(2026, 5, 18, 10, tzinfo=LYON),
        note="The front office agrees.",
        policies=BY_THE_BOOK,
        by=ADA,
        at=today("17:30"),
    )


def duplicate() -> Incident:
    """
    Somebody else calls about the mail.
    """
    call = Incident.log(
        IncidentId("INC-2"),
        title="No mail since eight",
        service="email",
        impact=Impact.LOW,
        urgency=Urgency.HIGH,
        by=BO,
        at=today("08:15"),
    )
    return call.cancel(
        CancellationReason.DUPLICATE,
        duplicate_of=IncidentId("INC-1"),
        note="That is the outage.",
        by=BO,
        at=today("08:18"),
    )


def printer() -> Incident:
    """
    A printer waits for its caller, whose answer takes it up again.
    """
    printer = Incident.log(
        IncidentId("INC-3"),
        title="Delivery notes do not print",
        service="printing",
        impact=Impact.LOW,
        urgency=Urgency.MEDIUM,
        caller="Remy",
        by=BO,
        at=today("10:20"),
    )
    printer = printer.start(note="Let me see.", by=BO, at=today("10:25"))
    printer = printer.communicate("Which printer is it?", by=BO, at=today("10:30"))
    printer = printer.hold(
        PendingReason.AWAITING_CALLER, note="Remy goes and looks.", by=BO, at=today("10:30")
    )
    printer = printer.communicate(
        "The one at gate two.", direction=Direction.INBOUND, by=REMY, at=today("15:10")
    )
    return printer.close(
        resolution=ResolutionCode.USER_GUIDANCE, note="Switched on.", by=BO, at=today("15:40")
    )


def laptop() -> Incident:
    """
    A director's laptop is dead, and weighs more than the matrix says.
    """
    laptop = Incident.log(
        IncidentId("INC-4"),
        title="The director's laptop is dead",
        service="workplace",
        impact=Impact.LOW,
        urgency=Urgency.MEDIUM,
        vip=True,
        by=ADA,
        at=today("15:50"),
    )
    laptop = laptop.start(note="Not the charger.", by=BO, at=today("15:55"))
    laptop = laptop.prioritize(
        override=Priority.HIGH,
        reason="The board meets on Friday at ten.",
        by=NOOR,
        at=today("16:00"),
    )
    return laptop.hold(
        PendingReason.AWAITING_SUPPLIER,
        awaited="Laptops & Sons",
        note="A mainboard comes on Friday.",
        by=BO,
        at=today("17:20"),
    )


# ---- The day, told ------------------------------------------------------------------------------

Lines: TypeAlias = Iterator[str]


def steps(incidents: list[Incident]) -> Lines:
    """
    Tell who did what and when, from the journals.
    """
    entries = chain.from_iterable(incident.journal for incident in incidents)
    for entry in sorted(entries, key=lambda entry: entry.at):
        said = entry.note or entry.changes.get("title") or f"because of step {entry.cause}."
        action = entry.action.replace("_", " ")
        yield f"{wall(entry.at)}  {entry.record}  {entry.by!s:<5} {action}: {said}"


def refusal(mail: Incident) -> Lines:
    """
    Tell why Li, who resolved the outage, may not close it.
    """
    try:
        mail.close(policies=BY_THE_BOOK, by=LI, at=today("16:45"))
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


def main() -> None:
    """
    Live the day, and tell it.
    """
    mail = mail_outage()
    incidents = [closed(mail), duplicate(), printer(), laptop()]
    chapters = {
        "Wednesday, 13 May 2026, at the service desk in Lyon": steps(incidents),
        "A refusal": refusal(mail),
        "The promises at 18:00": chain.from_iterable(map(clocks, incidents)),
        "The hours of the incidents": chain.from_iterable(map(figures, incidents)),
        "Promises kept": attainment(incidents),
    }
    for title, lines in chapters.items():
        print(title, *lines, "", sep="\n")
    proven = all(Incident.replay(incident.journal) == incident for incident in incidents)
    print("Replayed from their journals, the incidents are", "the same." if proven else "others!")


if __name__ == "__main__":
    main()
