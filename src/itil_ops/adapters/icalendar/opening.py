"""
The opening hours that an iCalendar file tells, read back into a calendar.

What fits: timed VEVENTs that recur every week are the week; all-day ones are holidays, once or
every year; single timed ones are the hours of their day, beside what the week leaves of it. A
holiday closes its day whether or not the week excludes it. All else is refused.
"""

from __future__ import annotations

import datetime as dt

from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, NoReturn, TypeAlias, cast
from zoneinfo import ZoneInfo

import attrs

from itil_ops.adapters.icalendar.days import annual_day, named
from itil_ops.adapters.icalendar.reading import Moment, Vevent, read_file
from itil_ops.errors import CalendarError
from itil_ops.sla.hours.calendar import BusinessCalendar
from itil_ops.sla.hours.written import DAYS
from itil_ops.sla.hours.zone import zone_key


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


#: When a day opens, and when it closes.
Times: TypeAlias = tuple[dt.time, dt.time | str]

#: The category of a whole day that is closed without being a holiday.
CLOSED = "CLOSED"
_CODES = {day[:2].upper(): day for day in DAYS}

_DAY = dt.timedelta(days=1)
_WEEK = dt.timedelta(days=7)
_WEEKLY_PARTS = frozenset({"FREQ", "INTERVAL", "BYDAY", "UNTIL", "WKST"})


def read_calendar(text: str | bytes) -> BusinessCalendar:
    """
    Return the opening hours that an iCalendar text tells, in the zone of its VEVENTs.

    What `write_calendar` wrote gives an equal calendar. The week holds for all time, whenever the
    file has it begin and end.

    Raises:
        MissingExtraError: The package of the extra `icalendar` is not installed.

        TypeError: *text* is neither text nor bytes.

        CalendarError: The text cannot be read, or what it tells is no week with exceptions; the
            message names the VEVENT.
    """
    file = read_file(text)
    told = [it for it in file.vevents if not (it.is_cancelled and it.replaces is None)]
    for vevent in told:
        _check_fits(vevent)
    whole = [it for it in told if it.is_all_day]
    zone = ZoneInfo(_zone([it for it in told if not it.is_all_day], file.zone))
    weekly = [_Weekly.of(it, told, zone) for it in told if it.rule and not it.is_all_day]
    _check_one_week(weekly)
    holidays = named(chain.from_iterable(map(_holidays, whole)))
    return BusinessCalendar(
        zone,
        {day: [it.times for it in weekly if day in it.days] for day in DAYS},
        holidays=holidays,
        overrides=_overrides(told, weekly, zone, holidays),
    )


@attrs.frozen
class _Weekly:
    """
    A window that opens every week.

    Attributes:
        label: What messages call it.

        days: The days of the week.

        times: When it opens and closes.

        first: The first day of all.

        last: The last one.

        excluded: Those on which it does not open, though it is their day of the week.
    """

    label: str
    days: tuple[str, ...]
    times: Times
    first: dt.date
    last: dt.date
    excluded: frozenset[dt.date]

    @classmethod
    def of(cls, vevent: Vevent, told: Iterable[Vevent], zone: ZoneInfo) -> _Weekly:
        rule, (first, times) = vevent.rule, _times(vevent, zone)
        days = tuple(_CODES.get(str(code), "") for code in rule.get("BYDAY", (_code(first),)))
        plain = rule.keys() <= _WEEKLY_PARTS and rule["FREQ"] == ("WEEKLY",)
        if not plain or rule.get("INTERVAL", (1,)) != (1,) or not {*days} <= {*DAYS}:
            _refuse(vevent, "it does not recur on the same days of every week")
        if DAYS[first.weekday()] not in days:
            _refuse(vevent, "it does not begin on one of its days of the week")
        replaced = (it.replaces for it in told if it.replaces and it.uid == vevent.uid)
        opens = _wall(vevent.start, zone).time()
        gone = (_wall(moment, zone, opens) for moment in (*vevent.excluded, *replaced))
        found = cls(vevent.label, days, times, first, _last(rule, opens, zone), frozenset())
        missing = {it.date() for it in gone if it.time() == opens and found.opens_on(it.date())}
        return attrs.evolve(found, excluded=frozenset(missing))

    def opens_on(self, day: dt.date) -> bool:
        return (
            self.first <= day <= self.last
            and DAYS[day.weekday()] in self.days
            and day not in self.excluded
        )


def _check_fits(vevent: Vevent) -> None:
    if CLOSED in vevent.categories and not vevent.is_all_day:
        _refuse(vevent, "it closes a part of a day")
    if vevent.has_more:
        _refuse(vevent, "it has an RDATE")
    if vevent.is_for_the_rest:
        _refuse(vevent, "it stands for all later ones as well")
    if vevent.replaces and (vevent.rule or vevent.is_all_day):
        _refuse(vevent, "it stands for another one and recurs, or takes whole days")
    if vevent.is_all_day and vevent.rule and not vevent.is_annual:
        _refuse(vevent, "it takes whole days and recurs, and not as one day of every year")


def _check_one_week(weekly: list[_Weekly]) -> None:
    for edge in map(attrgetter, ("first", "last")):
        ordered = sorted(weekly, key=edge)
        if ordered and edge(ordered[-1]) - edge(ordered[0]) >= _WEEK:
            raise CalendarError(
                f"{ordered[0].label} and {ordered[-1].label} do not begin and end in the same week,"
                " and a calendar has one week for all time"
            )


def _zone(timed: list[Vevent], default: str | None) -> str:
    recurring = [it for it in timed if it.rule] or timed[:1]
    if not recurring:
        raise CalendarError("no VEVENT tells opening hours: there is none with a time")
    zones = {_key(it, default): it for it in recurring}
    if len(zones) > 1:
        raise CalendarError(
            "one week has one zone, but "
            + " and ".join(f"{it.label} is in {key!r}" for key, it in zones.items())
        )
    return zone_key(next(iter(zones)))


def _key(vevent: Vevent, default: str | None) -> str:
    key = getattr(getattr(vevent.start, "tzinfo", None), "key", default)
    if key is None:
        _refuse(vevent, "it names no zone, and neither does the file")
    return str(key)


def _wall(moment: Moment, zone: ZoneInfo, opens: dt.time = dt.time.min) -> dt.datetime:
    if not isinstance(moment, dt.datetime):
        return dt.datetime.combine(moment, opens)
    return (moment.astimezone(zone) if moment.tzinfo else moment).replace(tzinfo=None)


def _times(vevent: Vevent, zone: ZoneInfo) -> tuple[dt.date, Times]:
    start, end = _wall(vevent.start, zone), _wall(vevent.end, zone)
    at_midnight = end.time() == dt.time.min
    if not start < end <= start + _DAY or (end == start + _DAY and not at_midnight):
        _refuse(vevent, f"it goes from {start} to {end}, and a window is open for a day at most")
    return start.date(), (start.time(), "24:00" if at_midnight else end.time())


def _last(rule: Mapping[str, tuple[object, ...]], opens: dt.time, zone: ZoneInfo) -> dt.date:
    (until,) = rule.get("UNTIL", (dt.date.max,))
    if not isinstance(until, dt.datetime):
        return cast("dt.date", until)
    if until.year == dt.MAXYEAR:  # what some write for no end, and no zone can be reckoned there
        return dt.date.max
    wall = _wall(until, zone)
    return wall.date() - (_DAY if wall.time() < opens else dt.timedelta(0))


def _holidays(vevent: Vevent) -> Iterator[tuple[dt.date | str, str | None]]:
    if CLOSED not in vevent.categories:
        days = (annual_day(vevent),) if vevent.rule else vevent.days()
        yield from ((day, vevent.name) for day in days)


def _overrides(
    told: list[Vevent],
    weekly: list[_Weekly],
    zone: ZoneInfo,
    holidays: Mapping[dt.date | str, str | None],
) -> dict[dt.date, list[Times]]:
    def is_holiday(day: dt.date) -> bool:
        return day in holidays or f"{day:--%m-%d}" in holidays

    closed = (day for it in told if CLOSED in it.categories for day in it.days())
    missing = (day for it in weekly for day in it.excluded if not is_holiday(day))
    own: dict[dt.date, list[Times]] = {day: [] for day in chain(closed, missing)}
    for vevent in told:
        if not (vevent.is_all_day or vevent.rule or vevent.is_cancelled):
            day, times = _times(vevent, zone)
            own.setdefault(day, []).append(times)
    for day in own:
        own[day] += [it.times for it in weekly if it.opens_on(day) and not is_holiday(day)]
    return own


def _code(day: dt.date) -> str:
    return DAYS[day.weekday()][:2].upper()


def _refuse(vevent: Vevent, why: str) -> NoReturn:
    raise CalendarError(f"{vevent.label} does not fit the opening hours of a week: {why}")
