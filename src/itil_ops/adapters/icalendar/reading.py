"""
iCalendar text read into values, and the recurrences of what it tells expanded.

What RFC 5545 calls a VEVENT is called so here: an event is something else in this library. The
package `icalendar` keeps what it cannot read and goes on; here that is refused, and names the
VEVENT. Zones are those of the IANA database, also under their Windows names. The definition that a
file brings for a name of its own is not used: the package keeps the first one it meets for the
whole process, and the next file's may be another.
"""

from __future__ import annotations

import datetime as dt

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol, TypeAlias
from zoneinfo import ZoneInfo

import attrs

from itil_ops.errors import CalendarError
from itil_ops.kernel.extras import imported


#: All of a day, or an instant; a datetime without a zone is the wall time of wherever one is.
Moment: TypeAlias = dt.date | dt.datetime

_TIMES = ("DTSTART", "DTEND", "RECURRENCE-ID", "EXDATE", "RDATE")
_READ = frozenset({*_TIMES, "DURATION", "RRULE"})
_SINGLE = ("DTSTART", "DTEND", "RECURRENCE-ID", "DURATION", "RRULE", "STATUS", "SUMMARY", "TRANSP")
_UNREADABLE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
# A file may come from anywhere, and a rule of them can keep a machine busy for hours.
_TOO_FINE = ("SECONDLY", "MINUTELY", "HOURLY")


class Component(Protocol):
    """
    What is used of the package's components, whose values are of many types.
    """

    name: str
    errors: Iterable[tuple[str, str]]

    def __contains__(self, name: object) -> bool: ...

    def __getitem__(self, name: str) -> Any: ...

    def get(self, name: str, default: object = None) -> Any:
        """
        Return the value of a property, or several in a list.
        """

    def walk(self, name: str) -> Iterable[Component]:
        """
        Return the components of that name in it.
        """

    def add(self, name: str, value: object, parameters: Mapping[str, str] = ...) -> None:
        """
        Add a property.
        """

    def add_component(self, component: Component) -> None:
        """
        Add a component.
        """

    def to_ical(self) -> bytes:
        """
        Return its text.
        """


@attrs.frozen(kw_only=True)
class Vevent:
    """
    What one VEVENT says, or one of its recurrences.

    Attributes:
        label: What messages call it.

        uid: What it is known by in its file.

        name: Its summary; `None` for a blank one.

        start: When it begins.

        end: When it is over.

        rule: The parts of its RRULE, each with its values; empty when it has none.

        excluded: What its EXDATEs name.

        has_more: Whether there is an RDATE.

        replaces: Its RECURRENCE-ID: the recurrence it stands for.

        is_for_the_rest: Whether it stands for all later ones as well.

        is_cancelled: Whether its status is CANCELLED.

        is_transparent: Whether it leaves the time free that it takes.

        categories: Its categories, in capitals.

        component: What the package made of it.
    """

    label: str
    uid: str
    name: str | None
    start: Moment
    end: Moment
    rule: Mapping[str, tuple[object, ...]]
    excluded: tuple[Moment, ...]
    has_more: bool
    replaces: Moment | None
    is_for_the_rest: bool
    is_cancelled: bool
    is_transparent: bool
    categories: frozenset[str]
    component: Component = attrs.field(eq=False, repr=False)

    @property
    def is_all_day(self) -> bool:
        """
        Whether it takes whole days, of whatever zone.
        """
        return not isinstance(self.start, dt.datetime)

    @property
    def is_floating(self) -> bool:
        """
        Whether it names no zone, as whole days never do.
        """
        return self.is_all_day or _is_naive(self.start)

    @property
    def is_endless(self) -> bool:
        """
        Whether it recurs without end.
        """
        return bool(self.rule) and not {"UNTIL", "COUNT"} & self.rule.keys()

    @property
    def is_annual(self) -> bool:
        """
        Whether it is one whole day of every year, from its first one on, without exceptions.
        """
        own = {"FREQ": ("YEARLY",), "INTERVAL": (1,), "WKST": self.rule.get("WKST")}
        own |= {"BYMONTH": (self.start.month,), "BYMONTHDAY": (self.start.day,)}
        return (
            self.rule.get("FREQ") == own["FREQ"]
            and self.rule == {part: own.get(part) for part in self.rule}
            and ("BYMONTH" in self.rule or "BYMONTHDAY" not in self.rule)
            and [*self.days()] == [self.start]
            and not (self.excluded or self.has_more or self.replaces)
        )

    def days(self, first: dt.date = dt.date.min, last: dt.date = dt.date.max) -> Iterator[dt.date]:
        """
        Yield each day from *first* to *last* that it takes; none unless it takes whole ones.
        """
        if self.is_all_day:
            start, end = self.start.toordinal(), self.end.toordinal()
            days = range(max(start, first.toordinal()), min(end, last.toordinal() + 1))
            yield from map(dt.date.fromordinal, days)


@attrs.frozen
class File:
    """
    What an iCalendar file says.

    Attributes:
        vevents: What each VEVENT says, in order.

        zone: What it calls its zone, in the X-WR-TIMEZONE that many programs write.
    """

    vevents: tuple[Vevent, ...]
    zone: str | None


def read_file(text: str | bytes) -> File:
    """
    Return what the one VCALENDAR says that *text* is.

    Raises:
        TypeError: *text* is neither text nor bytes.

        CalendarError: It is no iCalendar text, or not that of one VCALENDAR, or what a VEVENT says
            cannot be read.
    """
    ical, decoded = imported("icalendar", "icalendar"), _decoded(text)
    try:
        found: Component = ical.Calendar.from_ical(decoded)
        components = [*found.walk("VEVENT")]
    except _UNREADABLE as error:
        raise CalendarError(f"no iCalendar text of one VCALENDAR: {error}") from None
    except OSError:  # a folder of the database, like Europe
        raise CalendarError("a TZID is no zone of the IANA database") from None
    if found.name != "VCALENDAR":
        raise CalendarError(f"no iCalendar text of one VCALENDAR, but of a {found.name}")
    zone = found.get("X-WR-TIMEZONE")
    return File(tuple(map(_read, components)), None if zone is None else str(zone))


def occurrences(vevents: Iterable[Vevent], start: dt.date, end: dt.date) -> Iterator[Vevent]:
    """
    Yield each recurrence that may touch the days from *start* to *end*, cancelled ones not.

    Some that lie a little outside are among them, and each still has its rule. The wall time of a
    rule is kept through the changes of its zone's clocks, and so is the length on the wall.

    Raises:
        CalendarError: A rule makes no sense.
    """
    calendar: Component = imported("icalendar", "icalendar").Calendar()
    for vevent in vevents:
        calendar.add_component(vevent.component)
    recurring = imported("recurring_ical_events", "icalendar")
    try:
        query = recurring.CalendarQuery(calendar, keep_recurrence_attributes=True)
        found: Iterable[Component] = query.between(start, end + dt.timedelta(days=1))
    except _UNREADABLE as error:
        raise CalendarError(f"a rule that cannot be worked out: {error}") from None
    return (it for it in map(_read, found) if not it.is_cancelled)


def _decoded(text: str | bytes) -> str:
    if isinstance(text, bytes):
        try:
            text = text.decode()
        except UnicodeDecodeError as error:
            raise CalendarError(f"no iCalendar text, which is UTF-8: {error}") from None
    if not isinstance(text, str):
        raise TypeError(f"iCalendar text must be a str or bytes, not {text!r}")
    if "\0" in text:
        raise CalendarError(f"no iCalendar text: a NUL at {text.index(chr(0))}")
    return text.removeprefix("\ufeff")


def _read(component: Component) -> Vevent:
    label = f"VEVENT {str(component.get('SUMMARY') or component.get('UID') or 'of no name')!r}"
    _check_readable(component, label)
    start, end = _extent(component, label)
    replaces = component.get("RECURRENCE-ID")
    return Vevent(
        label=label,
        uid=str(component.get("UID", "")),
        name=_name(component),
        start=start,
        end=end,
        rule=_rule(component, label),
        excluded=tuple(_listed(component, "EXDATE")),
        has_more="RDATE" in component,
        replaces=replaces and replaces.dt,
        is_for_the_rest=bool(replaces) and replaces.params.get("RANGE") == "THISANDFUTURE",
        is_cancelled=_word(component, "STATUS") == "CANCELLED",
        is_transparent=_word(component, "TRANSP") == "TRANSPARENT",
        categories=frozenset(_categories(component)),
        component=component,
    )


def _name(component: Component) -> str | None:
    name = str(component.get("SUMMARY", ""))
    return None if not name or name.isspace() else name


def _check_readable(component: Component, label: str) -> None:
    broken = [f"{name}: {why}" for name, why in component.errors if name in _READ]
    if broken:
        raise CalendarError(f"{label} cannot be read: {'; '.join(broken)}")
    length = component.get("DURATION")
    if length is not None and not isinstance(getattr(length, "dt", None), dt.timedelta):
        raise CalendarError(f"{label} has a DURATION that is none")
    if "DTSTART" not in component:
        raise CalendarError(f"{label} has no DTSTART, so nobody knows when it is")
    for name in _SINGLE:
        if isinstance(component.get(name), list):
            raise CalendarError(f"{label} has more than one {name}")
    for name in _TIMES:
        for given in _several(component.get(name)):
            _check_time(given, name, label)


def _check_time(given: Any, name: str, label: str) -> None:
    zone = given.params.get("TZID")
    for time in [it.dt for it in given.dts] if hasattr(given, "dts") else [given.dt]:
        at = time[0] if isinstance(time, tuple) and name == "RDATE" else time
        if not isinstance(at, dt.date):
            raise CalendarError(f"{label}: its {name} is neither a day nor an instant: {at!r}")
        if not dt.MINYEAR < at.year < dt.MAXYEAR:
            raise CalendarError(f"{label}: its {name} is out of all bounds: {at}")
        known = getattr(at, "tzinfo", None)
        lost = zone and known is None and isinstance(at, dt.datetime)
        if lost or not isinstance(known, ZoneInfo | dt.timezone | None):
            raise CalendarError(
                f"{label}: the TZID {zone!r} of its {name} is no zone of the IANA database"
            )


def _extent(component: Component, label: str) -> tuple[Moment, Moment]:
    start: Moment = component["DTSTART"].dt
    try:
        end = _end(component, start)
    except OverflowError:
        raise CalendarError(f"{label} ends after the year {dt.MAXYEAR}") from None
    if isinstance(start, dt.datetime) is not isinstance(end, dt.datetime):
        raise CalendarError(f"{label} begins with a day and ends with a time, or the other way")
    if _is_naive(start) is not _is_naive(end):
        raise CalendarError(f"{label} has a zone at one end only")
    if end < start:
        raise CalendarError(f"{label} ends at {end}, before it begins at {start}")
    return start, end


def _end(component: Component, start: Moment) -> Moment:
    if "DTEND" in component:
        found: Moment = component["DTEND"].dt
        return found
    if "DURATION" in component:
        length: dt.timedelta = component["DURATION"].dt
        return start + length
    return start if isinstance(start, dt.datetime) else start + dt.timedelta(days=1)


def _rule(component: Component, label: str) -> dict[str, tuple[object, ...]]:
    if "RRULE" not in component:
        return {}
    rule = {part: tuple(values) for part, values in component["RRULE"].items()}
    if rule.get("FREQ", _TOO_FINE)[0] in _TOO_FINE or {"BYSECOND", "BYMINUTE"} & rule.keys():
        raise CalendarError(
            f"{label}: an RRULE needs a FREQ, and none finer than DAILY is read,"
            f" not {component['RRULE'].to_ical().decode()!r}"
        )
    return rule


def _listed(component: Component, name: str) -> Iterator[Moment]:
    for given in _several(component.get(name)):
        yield from (it.dt for it in given.dts)


def _several(given: Any) -> Iterable[Any]:
    return () if given is None else given if isinstance(given, list) else (given,)


def _categories(component: Component) -> Iterator[str]:
    for given in _several(component.get("CATEGORIES")):
        yield from (str(it).upper() for it in given.cats)


def _word(component: Component, name: str) -> str:
    return str(component.get(name, "")).upper()


def _is_naive(moment: Moment) -> bool:
    return isinstance(moment, dt.datetime) and moment.tzinfo is None
