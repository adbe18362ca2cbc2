"""
Opening hours as they are written, read into values: weekly windows, holidays, overrides.
"""

from __future__ import annotations

import datetime as dt
import re

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple, TypeAlias, TypeVar

import attrs

from itil_ops.errors import CalendarError
from itil_ops.kernel.checks import check_optional_text, check_type, did_you_mean
from itil_ops.kernel.instant import DAY, SECOND
from itil_ops.sla.hours.timeline import FIRST_YEAR, LAST_YEAR


DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{6})?)?")
_ANNUAL = re.compile(r"--[0-9]{2}-[0-9]{2}")
_LEAP_YEAR = "2000"
_MIDNIGHT = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


class Window(NamedTuple):
    """
    Opening hours that belong to one day, in microseconds of wall time from its midnight.

    Attributes:
        opens: When it opens.

        closes: When it closes; more than a day when that is after midnight.
    """

    opens: int
    closes: int

    def __repr__(self) -> str:
        return repr((_text(self.opens), _text(self.closes)))


TimeOfDay: TypeAlias = str | dt.time
Windows: TypeAlias = Iterable[tuple[TimeOfDay, TimeOfDay]]
Day = TypeVar("Day")
Held = TypeVar("Held")


@attrs.frozen(repr=False)
class ByDay(Mapping[Day, Held]):
    """
    What holds on some days: a mapping that never changes and has a hash.
    """

    _days: tuple[tuple[Day, Held], ...]

    def __getitem__(self, day: Day) -> Held:
        return self._held[day]

    @cached_property
    def _held(self) -> dict[Day, Held]:
        return dict(self._days)

    def __iter__(self) -> Iterator[Day]:
        return (day for day, _ in self._days)

    def __len__(self) -> int:
        return len(self._days)

    def __repr__(self) -> str:
        return repr({day: [*it] if isinstance(it, tuple) else it for day, it in self._days})


Hours: TypeAlias = ByDay[Day, tuple[Window, ...]]
Holiday: TypeAlias = dt.date | str
Holidays: TypeAlias = ByDay[Holiday, str | None]


def read_week(written: Mapping[str, Windows]) -> Hours[str]:
    """
    Return the windows of each day that has any, from Monday on.

    Raises:
        TypeError: Something is of another type than it should be.

        CalendarError: A day is unknown, a time is none, or windows of a day overlap.
    """
    days = {_day(day): _windows(windows, day) for day, windows in _items(written, "week")}
    return ByDay(tuple((day, days[day]) for day in DAYS if days.get(day)))


def read_holidays(written: Iterable[Holiday] | Mapping[Holiday, str | None]) -> Holidays:
    """
    Return the dates in order, each once, and after them the annual days, with their names.

    Raises:
        TypeError: Something is neither a date nor text, or it is a datetime; a name is no text.

        ValueError: A name is blank.

        CalendarError: A date lies outside the supported years, an annual day in no year.
    """
    if not isinstance(written, Mapping):
        return read_holidays(dict.fromkeys(map(_holiday, _iterated(written, "holidays"))))
    names = {
        _holiday(day): check_optional_text(name, f"the name of {day}")
        for day, name in written.items()
    }
    return ByDay(tuple(sorted(names.items(), key=_annual_last)))


def _annual_last(holiday: tuple[Holiday, object]) -> tuple[bool, str]:
    day, _ = holiday
    return isinstance(day, str), str(day)


def read_overrides(written: Mapping[dt.date, Windows]) -> Hours[dt.date]:
    """
    Return the windows of each overridden date, in order.

    Raises:
        TypeError: Something is of another type than it should be.

        CalendarError: A date lies outside the supported years, or its windows make no sense.
    """
    days = _items(written, "overrides")
    return ByDay(tuple(sorted((_date(day, "overrides"), _windows(it, day)) for day, it in days)))


def read_time(written: object) -> dt.time:
    """
    Return the time of day.

    Raises:
        TypeError: It is neither text nor a time.

        ValueError: It has a zone of its own.

        CalendarError: The text is no time of day.
    """
    if isinstance(written, str):
        if not _TIME.fullmatch(written):
            raise CalendarError(f"no time of day {written!r}; one is written like '09:00'")
        written = dt.time.fromisoformat(written)
    time = check_type(written, dt.time, "a time of day")
    if time.tzinfo is not None:
        raise ValueError(f"a time of day must be naive, for the zone is the calendar's: {time!r}")
    return dt.time(time.hour, time.minute, time.second, time.microsecond)


def wall_time(time: dt.time) -> int:
    """
    Return the microseconds of wall time from midnight to *time*.
    """
    return ((time.hour * 60 + time.minute) * 60 + time.second) * SECOND + time.microsecond


def time_text(time: dt.time) -> str:
    """
    Return *time* as it is written, without seconds where it has none.
    """
    return time.isoformat("auto" if time.second or time.microsecond else "minutes")


def _items(written: object, name: str) -> Iterable[tuple[object, object]]:
    if isinstance(written, Mapping):
        return written.items()
    raise TypeError(f"{name} must be a mapping of days to windows, not {written!r}")


def _iterated(written: object, name: str) -> Iterator[object]:
    if isinstance(written, str) or not isinstance(written, Iterable):
        raise TypeError(f"{name} must be iterable and no str, not {written!r}")
    return iter(written)


def _day(written: object) -> str:
    day = check_type(written, str, "a day of the week")
    if day in DAYS:
        return day
    advice = did_you_mean(day[:3].lower(), DAYS, "there are " + ", ".join(DAYS))
    raise CalendarError(f"no day of the week {day!r}; {advice}")


def _holiday(written: object) -> dt.date | str:
    if not isinstance(written, str):
        return _date(written, "holidays")
    if not _ANNUAL.fullmatch(written) or not _is_date(_LEAP_YEAR + written[1:]):
        raise CalendarError(f"no annual day {written!r}; one is written like '--12-25'")
    return written


def _is_date(text: str) -> bool:
    try:
        dt.date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _date(written: object, name: str) -> dt.date:
    if isinstance(written, dt.datetime):
        raise TypeError(f"{name} must name dates, not the datetime {written.isoformat()}")
    date = check_type(written, dt.date, f"a date of {name}")
    if not FIRST_YEAR <= date.year <= LAST_YEAR:
        raise CalendarError(f"{date} of {name} is not in the years {FIRST_YEAR} to {LAST_YEAR}")
    return dt.date(date.year, date.month, date.day)


def _windows(written: object, day: object) -> tuple[Window, ...]:
    windows = tuple(sorted(map(_window, _iterated(written, f"the windows of {day}"))))
    for earlier, later in pairwise(windows):
        if later.opens < earlier.closes:
            raise CalendarError(f"windows of {day} overlap: {earlier} and {later}")
    return windows


def _window(written: object) -> Window:
    match written:
        case Window():
            return written
        case (opening, closing):
            opens = wall_time(read_time(opening))
            closes = DAY if closing == "24:00" else wall_time(read_time(closing))
        case _:
            raise TypeError(f"a window must be a pair of times, not {written!r}")
    if opens == closes:
        raise CalendarError(
            f"a window that opens at {_text(opens)} must not close at the same time;"
            " a whole day is ('00:00', '24:00')"
        )
    return Window(opens, closes if closes > opens else closes + DAY)


def _text(wall: int) -> str:
    return "24:00" if wall == DAY else time_text((_MIDNIGHT + dt.timedelta(0, 0, wall)).time())
