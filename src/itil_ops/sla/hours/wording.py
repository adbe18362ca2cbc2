"""
Instants and amounts of time in words, as sentences to customers have them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from itil_ops.kernel.instant import SECOND, microseconds
from itil_ops.sla.hours.timeline import HORIZON_END, HORIZON_START
from itil_ops.sla.hours.written import DAYS, time_text


if TYPE_CHECKING:
    import datetime as dt


def wall_of(at: dt.datetime, zone: str | None) -> dt.datetime:
    """
    Return what the clocks of *zone* show at *at*; those of UTC where there is no zone.

    They are of UTC outside of the years that calendars are laid out for as well: further out there
    are zones in which an instant has no date that can be written.
    """
    is_near = HORIZON_START <= microseconds(at) < HORIZON_END
    return at.astimezone(ZoneInfo(zone)) if zone is not None and is_near else at


def date_text(day: dt.date) -> str:
    """
    Return *day* with its day of the week.

    >>> from datetime import date
    >>> date_text(date(2026, 3, 2))
    'Mon 2026-03-02'
    """
    return f"{DAYS[day.weekday()].title()} {day.isoformat()}"


def instant_text(at: dt.datetime, zone: str | None) -> str:
    """
    Return *at* as the clocks of *zone* show it.

    >>> from datetime import UTC, datetime
    >>> instant_text(datetime(2026, 7, 1, 9, tzinfo=UTC), "Europe/London")
    'Wed 2026-07-01 10:00 BST'
    """
    wall = wall_of(at, zone)
    return f"{date_text(wall.date())} {time_text(wall.time())} {wall.tzname()}"


def amount_text(amount: int) -> str:
    """
    Return *amount*, in microseconds and not negative, in hours, minutes and seconds.

    >>> amount_text(9_000_000_000)
    '2 h 30 min'
    """
    minutes, rest = divmod(amount, 60 * SECOND)
    hours, minutes = divmod(minutes, 60)
    seconds = f"{rest // SECOND}.{rest % SECOND:06}".rstrip("0").rstrip(".")
    units = ((str(hours), "h"), (str(minutes), "min"), (seconds, "s"))
    return " ".join(f"{count} {unit}" for count, unit in units if count != "0") or "0 h"
