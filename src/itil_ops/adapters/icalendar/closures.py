"""
Times of being closed that an iCalendar file tells: maintenance, stocktaking, a move.
"""

from __future__ import annotations

import datetime as dt

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from itil_ops.adapters.icalendar.reading import (
    File,
    Moment,
    occurrences,
    read_file,
)
from itil_ops.errors import CalendarError
from itil_ops.kernel.instant import from_microseconds, microseconds
from itil_ops.sla.hours.timeline import HORIZON_END, HORIZON_START, clipped, merged
from itil_ops.sla.hours.zone import zone_key


if TYPE_CHECKING:
    from pendulum import DateTime


_MARGIN = dt.timedelta(days=2)  # what a wall may differ from UTC, and some


def read_closures(
    text: str | bytes,
    start: dt.datetime,
    end: dt.datetime,
    *,
    zone: str | ZoneInfo | None = None,
) -> tuple[tuple[DateTime, DateTime], ...]:
    """
    Return the spans that the VEVENTs of an iCalendar text take in `[start, end)`, merged.

    All count but those that are cancelled or transparent, which leave their time free. A rule goes
    by the wall of its own zone through the changes of its clocks: it keeps its time and its length
    there. A time that a change skips counts by the offset from before it, one that occurs twice is
    its first occurrence (RFC 5545, 3.3.5).

    Args:
        text: What the file holds.

        start: Where to begin.

        end: Where to stop; closures without end go on until then.

        zone: The zone of whole days and of times that name none; by default what the file says
            (X-WR-TIMEZONE).

    Raises:
        MissingExtraError: A package of the extra `icalendar` is not installed.

        TypeError: An argument is of another type than it should be.

        ValueError: An instant is naive, or *end* comes before *start*.

        CalendarError: The text cannot be read, or needs a *zone*, or the span lies outside of the
            years 1900 to 2199.
    """
    a, b = _within(start, end)
    file = read_file(text)
    wall = _wall(file, None if zone is None else zone_key(zone))
    first, last = (from_microseconds(at).date() for at in (a, b))
    found = (
        (_instant(it.start, wall), _instant(it.end, wall))
        for it in occurrences(file.vevents, first - _MARGIN, last + _MARGIN)
        if not it.is_transparent
    )
    spans = clipped(merged((opens, closes) for opens, closes in found if opens < closes), a, b)
    return tuple((from_microseconds(opens), from_microseconds(closes)) for opens, closes in spans)


def _wall(file: File, zone: str | None) -> dt.tzinfo:
    """
    Return the zone for what names none; where nothing needs it, UTC will do.
    """
    key = zone or file.zone
    if key:
        return ZoneInfo(zone_key(key))
    for vevent in file.vevents:
        if vevent.is_floating and not (vevent.is_cancelled or vevent.is_transparent):
            raise CalendarError(
                f"{vevent.label} names no zone for {vevent.start}; say it, like zone='Europe/Paris'"
            )
    return dt.UTC


def _instant(moment: Moment, wall: dt.tzinfo) -> int:
    if not isinstance(moment, dt.datetime):
        moment = dt.datetime.combine(moment, dt.time.min)
    return microseconds(moment.replace(tzinfo=moment.tzinfo or wall))


def _within(start: dt.datetime, end: dt.datetime) -> tuple[int, int]:
    a, b = microseconds(start, "start"), microseconds(end, "end")
    if b < a:
        raise ValueError(f"end {end.isoformat()} must not come before start {start.isoformat()}")
    if not HORIZON_START <= a <= b <= HORIZON_END:
        raise CalendarError(f"{start} to {end} is not within the years 1900 to 2199")
    return a, b
