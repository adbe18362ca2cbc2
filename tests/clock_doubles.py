"""
What the tests of clocks share: hours, instants, an incident to fold, and a naive clock.
"""

from __future__ import annotations

import functools

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import attrs

from itil_ops.incident.record import Incident
from itil_ops.kernel.actor import Actor
from itil_ops.kernel.identity import IncidentId
from itil_ops.kernel.priority import Impact, Urgency
from itil_ops.sla.hours.calendar import BusinessCalendar
from itil_ops.sla.promises.target import Target, TargetKind


LONDON = ZoneInfo("Europe/London")
MICROSECOND = timedelta(microseconds=1)
DESK, LI = Actor("desk"), Actor("li")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
EVERY_DAY = (*WEEKDAYS, "sat", "sun")

OFFICE = BusinessCalendar("Europe/London", dict.fromkeys(WEEKDAYS, (("09:00", "17:00"),)))
NIGHTS = BusinessCalendar("Europe/London", dict.fromkeys(EVERY_DAY, (("22:00", "06:00"),)))

#: Days of March 2024. London is on UTC then, so that its clocks show what is stored.
DAYS = {"fri": 1, "sat": 2, "sun": 3, "mon": 4, "tue": 5, "wed": 6, "thu": 7}


def hours(count):
    return timedelta(hours=count)


def minutes(count):
    return timedelta(minutes=count)


def t(text):
    """
    Return an instant of one week: `t("fri 16:50")`, and three days later `t("mon 09:00")`.
    """
    day, clock = text.split()
    hour, minute = map(int, clock.split(":"))
    return datetime(2024, 3, DAYS[day], hour, minute, tzinfo=UTC)


def london(text):
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)


def resolution(length, calendar=OFFICE, **options):
    return Target(TargetKind.RESOLUTION, length, calendar=calendar, **options)


def logged(at, kind=Incident, impact=Impact.MEDIUM, urgency=Urgency.MEDIUM, **fields):
    """
    Return an incident of medium priority; without impact and urgency it has none.
    """
    return kind.log(
        IncidentId("INC-1"),
        title="Mail is down in Lyon",
        service="email",
        impact=impact,
        urgency=urgency,
        by=DESK,
        at=at,
        **fields,
    )


# ---- A naive clock --------------------------------------------------------------------------

TICK = timedelta(minutes=10)
COUNTING = {"start", "resume", "reopen"}


@attrs.frozen
class NaiveClock:
    """
    A clock that looks at the world once a tick.

    It knows no spans, no sums and no searches: at each tick it asks what was told last, and whether
    the office is open until the next one. Facts and opening hours lie on ticks.

    Attributes:
        facts: The tick, the word and the target of each fact, in order; the first is the start.

        is_open: For a target and a tick, whether its office is open until the next tick.

        allowance: For a target, the ticks that it allows.

        horizon: The last tick that is looked at.
    """

    facts: list[tuple[int, str, Target | None]]
    is_open: Callable[[Target, int], bool]
    allowance: Callable[[Target], int]
    horizon: int

    @functools.cached_property
    def told(self):
        """
        What was told last at each tick, under which target, and how many there were before.
        """
        rest, told = list(self.facts), []
        word, targets = "none", [self.facts[0][2]]
        for tick in range(self.horizon + 1):
            while rest and rest[0][0] <= tick:
                _, latest, target = rest.pop(0)
                if latest == "retarget":
                    targets.append(target)
                else:
                    word = latest
            told.append((word, targets[-1], len(targets)))
        return told

    @functools.cached_property
    def counted(self):
        """
        The ticks that count.
        """
        return [
            tick
            for tick, (word, target, _) in enumerate(self.told)
            if word in COUNTING and self.is_open(target, tick)
        ]

    def elapsed(self, ticks):
        """
        Return how much had counted after so many *ticks*, which need not be whole ones.
        """
        whole = int(ticks)
        before = [tick for tick in self.counted if tick < whole]
        return len(before) + (ticks - whole if whole in self.counted else 0)

    def due(self):
        """
        Return the tick at which the last target is used up; of zero, the first that counts.
        """
        allowed = self.allowance(self.told[-1][1])
        return self.counted[allowed - 1] + 1 if allowed else self.counted[0]

    def breach(self, until, *, final=False):
        """
        Return the tick after which more than was promised had counted, by the facts *until* then.

        And whether it was too much at that tick already, for it had just been promised.
        """
        spent, judged = 0, self.told[until][2]
        for tick, (_, target, number) in enumerate(self.told[: until + 1]):
            if number == judged or not final:
                if spent > self.allowance(target):
                    return tick, True
                if tick in self.counted and spent == self.allowance(target):
                    return tick, False
            spent += tick in self.counted
        return None


@functools.cache
def open_ticks(calendar, zero, horizon):
    """
    Return the ticks from *zero* on at which *calendar* is open, by what its clocks show.

    None of its windows may open or close in an hour that a clock change skips or repeats.
    """
    zone = ZoneInfo(calendar.zone)
    found = set()
    for tick in range(horizon + 1):
        wall = (zero + tick * TICK).astimezone(zone)
        shown = (wall.hour * 60 + wall.minute) * 60_000_000
        for days_before in (0, 1):
            day = EVERY_DAY[wall.weekday() - days_before]
            wanted = shown + days_before * 86_400_000_000
            for window in calendar.week.get(day, ()):
                if window.opens <= wanted < window.closes:
                    found.add(tick)
    return frozenset(found)
