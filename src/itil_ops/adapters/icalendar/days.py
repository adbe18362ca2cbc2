"""
Holidays that an iCalendar file tells: whole days, once or every year.
"""

from __future__ import annotations

import datetime as dt

from typing import TYPE_CHECKING, TypeVar

from itil_ops.adapters.icalendar.reading import Vevent, occurrences, read_file
from itil_ops.adapters.years import read_years
from itil_ops.errors import CalendarError
from itil_ops.sla.hours.timeline import FIRST_YEAR, LAST_YEAR


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


_FIRST, _LAST = dt.date(FIRST_YEAR, 1, 1), dt.date(LAST_YEAR, 12, 31)
_DAY = dt.timedelta(days=1)

Day = TypeVar("Day", bound=dt.date | str)


def read_holidays(
    text: str | bytes, years: int | Iterable[int] | None = None
) -> dict[dt.date | str, str | None]:
    """
    Return the name of each holiday of an iCalendar text, ready to be the holidays of a calendar.

    Holidays are the VEVENTs that take whole days, whether or not they are marked as transparent,
    as those of public calendars are; cancelled ones and timed ones are passed over. Several on one
    day are joined by a semicolon; a blank summary is no name.

    Args:
        text: What the file holds.

        years: Those that are wanted: every rule is worked out for them, and nothing else is
            returned. Without them, a plain yearly rule without end becomes an annual day like
            `"--12-25"`, in the years before its first one as well; any other rule must end, and is
            worked out as far as the year 2199.

    Raises:
        MissingExtraError: A package of the extra `icalendar` is not installed.

        TypeError: An argument is of another type than it should be.

        ValueError: *years* are given, but none.

        CalendarError: The text cannot be read, or a rule goes on for ever and is no plain yearly
            one, or a VEVENT lies outside of the years 1900 to 2199.
    """
    wanted = None if years is None else read_years(years)
    file = read_file(text)
    found = [it for it in file.vevents if it.replaces or (it.is_all_day and not it.is_cancelled)]
    if wanted is None:
        return _of_all_years(found)
    return named(day for year in wanted for day in _within(found, year, year))


def _of_all_years(found: list[Vevent]) -> dict[dt.date | str, str | None]:
    replaced = {it.uid for it in found if it.replaces}
    for vevent in found:
        if vevent.is_endless and (not vevent.is_annual or vevent.uid in replaced):
            raise CalendarError(
                f"{vevent.label} goes on for ever, and not just yearly; name the years wanted,"
                " like years=range(2026, 2029)"
            )
        if [*vevent.days(last=_FIRST - _DAY), *vevent.days(first=_LAST + _DAY)]:
            raise CalendarError(
                f"{vevent.label} is not within the years {FIRST_YEAR} to {LAST_YEAR}"
            )
    dated = (it for it in found if not it.is_annual)
    annual = ((annual_day(it), it.name) for it in found if it.is_annual)
    return named(_within(dated, FIRST_YEAR, LAST_YEAR)) | named(annual)


def _within(found: Iterable[Vevent], first: int, last: int) -> Iterator[tuple[dt.date, str | None]]:
    start, end = dt.date(first, 1, 1), dt.date(last, 12, 31)
    for vevent in occurrences(found, start, end):
        for day in vevent.days(start, end):
            yield day, vevent.name


def annual_day(vevent: Vevent) -> str:
    """
    Return the first day of *vevent* as that of every year.
    """
    return f"{vevent.start:--%m-%d}"


def named(days: Iterable[tuple[Day, str | None]]) -> dict[Day, str | None]:
    """
    Return the names of each day as one, in the order of the days.
    """
    names: dict[Day, list[str]] = {}
    for day, name in days:
        told = names.setdefault(day, [])
        if name is not None and name not in told:
            told.append(name)
    return {day: "; ".join(sorted(names[day])) or None for day in sorted(names, key=str)}
