"""
A business calendar written as an iCalendar file.

Each window of the week is a VEVENT that recurs weekly and excludes the holidays and the days with
hours of their own. Those have VEVENTs for themselves: holidays take whole days, annual ones every
year; hours of a day's own are single ones; a day that is closed without being a holiday has the
category CLOSED. The same arguments give the same text.
"""

from __future__ import annotations

import datetime as dt
import re

from calendar import isleap
from collections.abc import Mapping
from itertools import chain, count, takewhile
from typing import TYPE_CHECKING
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import attrs

from itil_ops.adapters.icalendar.opening import CLOSED
from itil_ops.adapters.icalendar.reading import Component, Moment
from itil_ops.errors import CalendarError
from itil_ops.kernel.checks import check_text, check_type
from itil_ops.kernel.extras import imported
from itil_ops.kernel.instant import SECOND, microseconds
from itil_ops.sla.hours.calendar import BusinessCalendar
from itil_ops.sla.hours.timeline import FIRST_YEAR, LAST_YEAR
from itil_ops.sla.hours.written import DAYS, Window


if TYPE_CHECKING:
    from collections.abc import Iterator


_PRODID = "-//itil_ops//business calendar//EN"
_NAMESPACE = UUID("5b6f4b53-6a0c-5d3f-9a35-2f0b8f0f5a41")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_LEAP_DAY = "--02-29"
_DAY = dt.timedelta(days=1)
_WEEK = dt.timedelta(days=7)
_FORESEEN = dt.timedelta(days=20 * 365)  # how far the zone is defined when the week has no end


def write_calendar(
    calendar: BusinessCalendar,
    *,
    name: str,
    since: dt.date,
    stamp: dt.datetime,
    until: dt.date | None = None,
) -> str:
    """
    Return the opening hours of a calendar as iCalendar text.

    Its VEVENTs tell each window that opens from *since* to *until*. Times are those on the wall:
    read by RFC 5545 they come to `calendar.spans`, but where a window opens or closes within the
    hour that a change of the clocks skips or repeats. Holidays and days with hours of their own are
    written whenever they are, so that `read_calendar` gives an equal calendar. Opening hours are
    transparent, for they take nobody's time; what is closed is not.

    Lines end as the standard has it, with CR LF: write the text as bytes, or with `newline=""`.

    Args:
        calendar: Whose opening hours.

        name: What it is called, and what each VEVENT of opening hours is.

        since: The first day.

        stamp: When the file is made, its DTSTAMP.

        until: The first day no longer told, a week later or more; by default the week goes on.

    Raises:
        MissingExtraError: The package of the extra `icalendar` is not installed.

        TypeError: An argument is of another type than it should be.

        ValueError: *name* is blank, *stamp* naive, or *until* comes too early.

        CalendarError: The calendar has annual holidays, which the week excludes one by one, and
            there is no *until*; or it has what iCalendar cannot tell: parts of a second, a control
            character in a name.
    """
    check_type(calendar, BusinessCalendar, "calendar")
    first, last = _date(since, "since"), None if until is None else _date(until, "until")
    if last is not None and last < first + _WEEK:
        raise ValueError(f"until {last} must come a week or more after since {first}")
    made = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(0, 0, microseconds(stamp, "stamp"))
    told = [*_told(calendar, check_text(name, "name"), first, last)]
    found: Component = imported("icalendar", "icalendar").Calendar()
    properties = {"prodid": _PRODID, "version": "2.0", "name": name, "x-wr-calname": name}
    for key, value in (properties | {"x-wr-timezone": calendar.zone}).items():
        found.add(key, value)
    found.add_component(_timezone(calendar.zone, told, last or first + _FORESEEN))
    for it in told:
        found.add_component(it.component(name, calendar.zone, made))
    return found.to_ical().decode()


@attrs.frozen
class _Vevent:
    """
    What a VEVENT is to say.

    Attributes:
        key: What tells it from the others of its calendar, now and when it is written again.

        start: When it begins; a datetime is wall time.

        end: When it is over.

        more: The other properties.
    """

    key: str
    start: Moment
    end: Moment
    more: Mapping[str, object]

    def component(self, name: str, zone: str, stamp: dt.datetime) -> Component:
        found: Component = imported("icalendar", "icalendar").Event()
        uid = uuid5(_NAMESPACE, f"{name}\n{zone}\n{self.key}")
        properties = {"uid": str(uid), "dtstamp": stamp, "dtstart": self.start, "dtend": self.end}
        for key, value in {**properties, **self.more}.items():
            is_wall = key == "exdate" or (isinstance(value, dt.datetime) and value.tzinfo is None)
            found.add(key, value, parameters={"TZID": zone} if is_wall else {})
        return found


def _told(
    calendar: BusinessCalendar, name: str, since: dt.date, until: dt.date | None
) -> Iterator[_Vevent]:
    open_name = {"summary": _writable(name), "transp": "TRANSPARENT"}
    closed = {"summary": f"{name}: closed", "categories": [CLOSED]}
    yield from _weekly(calendar, open_name, since, until)
    for day, title in calendar.holidays.items():
        first = day if isinstance(day, dt.date) else next(_annually(day, since))
        rule = {} if isinstance(day, dt.date) else {"rrule": {"freq": "yearly"}}
        summary = {} if title is None else {"summary": _writable(title)}
        yield _Vevent(f"holiday {day}", first, first + _DAY, {**summary, **rule})
    for day, windows in calendar.overrides.items():
        if not windows:
            yield _Vevent(f"closed {day}", day, day + _DAY, closed)
        for window in windows:
            yield _Vevent(f"open {day} {window}", *_walls(day, window), open_name)


def _weekly(
    calendar: BusinessCalendar,
    properties: Mapping[str, object],
    since: dt.date,
    until: dt.date | None,
) -> Iterator[_Vevent]:
    excluded = sorted(_exceptions(calendar, since, until))
    end = {} if until is None else {"until": _last_second(until, calendar.zone)}
    days: dict[Window, list[str]] = {}
    for day, windows in calendar.week.items():
        for window in windows:
            days.setdefault(window, []).append(day)
    for window, own in days.items():
        first = next(day for day in _days_from(since) if DAYS[day.weekday()] in own)
        missing = [_walls(day, window)[0] for day in excluded if DAYS[day.weekday()] in own]
        rule = {"freq": "weekly", "byday": [day[:2].upper() for day in own], **end}
        exdate = {"exdate": missing} if missing else {}
        more = {**properties, "rrule": rule, **exdate}
        yield _Vevent(f"weekly {window}", *_walls(first, window), more)


def _exceptions(calendar: BusinessCalendar, since: dt.date, until: dt.date | None) -> set[dt.date]:
    """
    Return the days from *since* on that do not open as the week has it.
    """
    annual = [day for day in calendar.holidays if isinstance(day, str)]
    if annual and until is None:
        raise CalendarError(
            f"the week must exclude {annual[0]} of every year by itself, so it cannot go on without"
            " end: say until when"
        )
    dated = (day for day in (*calendar.holidays, *calendar.overrides) if isinstance(day, dt.date))
    last = until or dt.date.max
    recurring = (takewhile(lambda it: it < last, _annually(day, since)) for day in annual)
    return {day for day in chain(dated, *recurring) if since <= day < last}


def _annually(day: str, since: dt.date) -> Iterator[dt.date]:
    month, date = int(day[2:4]), int(day[5:])
    years = (year for year in count(since.year) if day != _LEAP_DAY or isleap(year))
    return (it for year in years if (it := dt.date(year, month, date)) >= since)


def _days_from(since: dt.date) -> Iterator[dt.date]:
    return map(dt.date.fromordinal, count(since.toordinal()))


def _walls(day: dt.date, window: Window) -> tuple[dt.datetime, dt.datetime]:
    if window.opens % SECOND or window.closes % SECOND:
        raise CalendarError(f"iCalendar knows no parts of a second, which {window} has")
    midnight = dt.datetime.combine(day, dt.time.min)
    return midnight + dt.timedelta(0, 0, window.opens), midnight + dt.timedelta(0, 0, window.closes)


def _last_second(until: dt.date, zone: str) -> dt.datetime:
    midnight = dt.datetime.combine(until, dt.time.min, ZoneInfo(zone))
    return midnight.astimezone(dt.UTC) - dt.timedelta(seconds=1)


def _timezone(zone: str, told: list[_Vevent], last: dt.date) -> Component:
    """
    Return the definition of *zone* for all years that are told.
    """
    years = [it.start.year for it in told] + [last.year]
    found: Component = imported("icalendar", "icalendar").Timezone.from_tzid(
        zone, first_date=dt.date(min(years), 1, 1), last_date=dt.date(max(years) + 1, 1, 1)
    )
    return found


def _writable(name: str) -> str:
    ical = imported("icalendar", "icalendar")
    component: Component = ical.Event()
    component.add("summary", name)
    if _CONTROL.search(name) or ical.Event.from_ical(component.to_ical())["SUMMARY"] != name:
        raise CalendarError(f"a name that iCalendar cannot tell as it is: {name!r}")
    return name


def _date(value: object, name: str) -> dt.date:
    if isinstance(value, dt.datetime):
        raise TypeError(f"{name} must be a date, not the datetime {value.isoformat()}")
    date = check_type(value, dt.date, name)
    if not FIRST_YEAR <= date.year <= LAST_YEAR:
        raise CalendarError(f"{name} {date} is not in the years {FIRST_YEAR} to {LAST_YEAR}")
    return dt.date(date.year, date.month, date.day)
