"""
Business calendars: opening hours, holidays and a zone, and the working time they come to.

Working time is real elapsed time inside opening hours. Spans are half-open, `[start, end)`. A
window belongs to the day it opens on: a holiday or an override replaces the windows that open on
its date and leaves last night's. An opening or closing time that a clock change skips takes the
first instant after the gap; one that occurs twice opens at its first and closes at its second
occurrence.
"""

from __future__ import annotations

import datetime as dt

from functools import cached_property
from typing import TYPE_CHECKING

import attrs

from pendulum import DateTime

from itil_ops.errors import CalendarError
from itil_ops.kernel.checks import check_type
from itil_ops.kernel.instant import from_microseconds, length, microseconds
from itil_ops.sla.hours import DAYS, Hours, read_holidays, read_overrides, read_week
from itil_ops.sla.layout import Layout
from itil_ops.sla.zone import zone_key


if TYPE_CHECKING:
    from collections.abc import Iterator

    from itil_ops.sla.timeline import Timeline


@attrs.frozen
class Span:
    """
    A span of working time, from *start* until just before *end*.
    """

    start: DateTime
    end: DateTime


@attrs.frozen
class BusinessDays:
    """
    A number of business days, which is no amount of time: each ends at close of business.

    Attributes:
        count: How many, at least one.
    """

    count: int = attrs.field()

    @count.validator
    def _check_count(self, _: object, count: object) -> None:
        if type(count) is not int:
            raise TypeError(f"count must be an int, not {count!r}")
        if count < 1:
            raise ValueError(f"count must be at least 1, not {count}")


@attrs.frozen(repr=False, cache_hash=True)
class BusinessCalendar:
    """
    The opening hours of a service or a team: a value, equal to any other of the same hours.

    Calendars are laid out for the years 1900 to 2199; an instant outside of them is refused. One
    whose week is all open or all closed, but for single dates, is good for the years 1 to 9999.

    Attributes:
        zone: Key of the zone whose days and wall clocks count.

        week: The windows of each day, `"mon"` to `"sun"`, as pairs of times; a day left out is
            closed. A window that closes before it opens crosses midnight; one may close at
            `"24:00"`.

        holidays: Dates that are closed, and annual ones like `"--12-25"`.

        overrides: Dates with hours of their own, holidays or not; without any, they are closed.

    >>> from datetime import date, datetime, timedelta
    >>> from zoneinfo import ZoneInfo
    >>> office = BusinessCalendar(
    ...     "Europe/London",
    ...     {day: [("09:00", "17:00")] for day in ("mon", "tue", "wed", "thu", "fri")},
    ...     holidays=[date(2024, 3, 29), date(2024, 4, 1)],
    ... )
    >>> thursday = datetime(2024, 3, 28, 15, tzinfo=ZoneInfo("Europe/London"))
    >>> office.add(thursday, timedelta(hours=8)).isoformat()
    '2024-04-02T14:00:00+00:00'
    """

    zone: str = attrs.field(converter=zone_key)
    week: Hours[str] = attrs.field(converter=read_week)
    holidays: tuple[dt.date | str, ...] = attrs.field(
        default=(), converter=read_holidays, kw_only=True
    )
    overrides: Hours[dt.date] = attrs.field(factory=dict, converter=read_overrides, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if not self._layout.ever_opens():
            raise CalendarError(f"a calendar that is never open: {self!r}")

    def __repr__(self) -> str:
        holidays = f", holidays={[*self.holidays]}" if self.holidays else ""
        overrides = f", overrides={self.overrides}" if self.overrides else ""
        return f"BusinessCalendar({self.zone!r}, {self.week}{holidays}{overrides})"

    @cached_property
    def timeline(self) -> Timeline:
        """
        The same working time in integers, compiled as it is asked for.
        """
        return self._layout.timeline()

    @cached_property
    def _layout(self) -> Layout:
        return Layout.of(self.zone, self.week, self.holidays, self.overrides)

    def add(self, start: dt.datetime, amount: dt.timedelta) -> DateTime:
        """
        Return the earliest instant with *amount* of working time since *start*.

        That is a closing time where the amount runs out with it. Of zero it is *start* when open,
        else the next opening.

        Raises:
            TypeError: *start* is no datetime, or *amount* no timedelta.

            ValueError: *start* is naive, or *amount* negative or of months.

            CalendarError: There is not so much working time as far as the calendar goes.
        """
        worth = _worth(amount, "subtract")
        return from_microseconds(self.timeline.add(microseconds(start, "start"), worth))

    def subtract(self, end: dt.datetime, amount: dt.timedelta) -> DateTime:
        """
        Return the latest instant with *amount* of working time until *end*.

        That is an opening time where the amount runs out with it. Of zero it is *end* itself.

        Raises:
            TypeError: *end* is no datetime, or *amount* no timedelta.

            ValueError: *end* is naive, or *amount* negative or of months.

            CalendarError: There is not so much working time as far back as the calendar goes.
        """
        worth = _worth(amount, "add")
        return from_microseconds(self.timeline.subtract(microseconds(end, "end"), worth))

    def between(self, a: dt.datetime, b: dt.datetime) -> dt.timedelta:
        """
        Return the working time from *a* to *b*, negative when *b* comes first.
        """
        return dt.timedelta(0, 0, self.timeline.between(microseconds(a, "a"), microseconds(b, "b")))

    def is_open(self, at: dt.datetime) -> bool:
        """
        Return whether *at* lies in working time; a closing time no longer does.
        """
        return self.timeline.is_open(microseconds(at))

    def next_open(self, at: dt.datetime) -> DateTime:
        """
        Return *at* itself when open, else the first opening after it.

        Raises:
            CalendarError: There is none.
        """
        return from_microseconds(self.timeline.next_open(microseconds(at)))

    def next_close(self, at: dt.datetime) -> DateTime:
        """
        Return the first closing after *at*.

        Raises:
            CalendarError: There is none.
        """
        return from_microseconds(self.timeline.next_close(microseconds(at)))

    def previous_open(self, at: dt.datetime) -> DateTime:
        """
        Return the last opening at or before *at*.

        Raises:
            CalendarError: There is none.
        """
        return from_microseconds(self.timeline.previous_open(microseconds(at)))

    def previous_close(self, at: dt.datetime) -> DateTime:
        """
        Return the last closing at or before *at*.

        Raises:
            CalendarError: There is none.
        """
        return from_microseconds(self.timeline.previous_close(microseconds(at)))

    def spans(self, a: dt.datetime, b: dt.datetime) -> Iterator[Span]:
        """
        Return the spans of working time in `[a, b)`, in order.

        Raises:
            ValueError: *b* comes before *a*.
        """
        start, end = microseconds(a, "a"), microseconds(b, "b")
        if end < start:
            raise ValueError(f"b {b.isoformat()} must not come before a {a.isoformat()}")
        return (
            Span(from_microseconds(opens), from_microseconds(closes))
            for opens, closes in self.timeline.spans(start, end)
        )

    def close_of_business(self, start: dt.datetime, days: BusinessDays) -> DateTime:
        """
        Return when the last window closes that opens on the last of *days*.

        They are counted from the day after that of *start*, by the zone of the calendar; a day is
        a business day when a window opens on it.

        Raises:
            CalendarError: There are not so many within the years 1900 to 2199.
        """
        count = check_type(days, BusinessDays, "days").count
        return from_microseconds(
            self._layout.close_of_business(microseconds(start, "start"), count)
        )


#: Around the clock, in UTC.
ALWAYS_OPEN = BusinessCalendar("UTC", {day: [("00:00", "24:00")] for day in DAYS})


def _worth(amount: dt.timedelta, opposite: str) -> int:
    found = length(amount)
    if found < 0:
        raise ValueError(f"amount must not be negative, for that there is {opposite}: {amount!r}")
    return found
