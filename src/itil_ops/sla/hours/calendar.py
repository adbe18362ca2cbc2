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
from itertools import pairwise
from typing import TYPE_CHECKING

import attrs

from itil_ops.errors import CalendarError
from itil_ops.kernel.checks import several
from itil_ops.kernel.instant import microseconds, utc
from itil_ops.sla.hours.algebra import pasted
from itil_ops.sla.hours.layout import Layout
from itil_ops.sla.hours.opening_hours import Span
from itil_ops.sla.hours.timeline import TIME_END, TIME_START, Pair, Timeline, clipped, merged
from itil_ops.sla.hours.working_time import WorkingTime
from itil_ops.sla.hours.written import (
    DAYS,
    Holidays,
    Hours,
    read_holidays,
    read_overrides,
    read_week,
)
from itil_ops.sla.hours.zone import zone_key


if TYPE_CHECKING:
    from collections.abc import Iterable

    from itil_ops.sla.hours.algebra import Layer
    from itil_ops.sla.hours.closures import Closure
    from itil_ops.sla.hours.layout import Workdays


@attrs.frozen(repr=False, cache_hash=True)
class BusinessCalendar(WorkingTime):
    """
    The opening hours of a service or a team: a value, equal to any other of the same hours.

    Calendars are laid out for the years 1900 to 2199; an instant outside of them is refused. One
    whose week is all open or all closed, but for single dates, is good for the years 1 to 9999.

    Attributes:
        zone: Key of the zone whose days and wall clocks count.

        week: The windows of each day, `"mon"` to `"sun"`, as pairs of times; a day left out is
            closed. A window that closes before it opens crosses midnight; one may close at
            `"24:00"`.

        holidays: Dates that are closed, and annual ones like `"--12-25"`: an iterable of them, or
            a mapping to their names. It is kept as a mapping, to `None` where there is no name.

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
    holidays: Holidays = attrs.field(factory=tuple, converter=read_holidays, kw_only=True)
    overrides: Hours[dt.date] = attrs.field(factory=dict, converter=read_overrides, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if not self._layout.ever_opens():
            raise CalendarError(f"a calendar that is never open: {self!r}")

    def __repr__(self) -> str:
        closed = self.holidays if any(self.holidays.values()) else [*self.holidays]
        holidays = f", holidays={closed}" if closed else ""
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

    @property
    def zones(self) -> frozenset[str]:
        """
        Key of its zone.
        """
        return frozenset({self.zone})

    @cached_property
    def workdays(self) -> Workdays:
        """
        The days on which a window opens, in integers; each closes with the last of its windows.
        """
        return self._layout.workdays()

    def why_closed(self, start: int, end: int) -> Iterable[Layer[Closure]]:
        """
        Return the usual windows of holidays and overridden dates.
        """
        return self._layout.why_closed(start, end)


#: Around the clock, in UTC.
ALWAYS_OPEN = BusinessCalendar("UTC", {day: [("00:00", "24:00")] for day in DAYS})


def _spans(written: Iterable[Span | tuple[dt.datetime, dt.datetime]]) -> tuple[Span, ...]:
    return tuple(map(_span, several(written, object, "spans")))


def _span(written: object) -> Span:
    match written:
        case Span(start, end) | (dt.datetime() as start, dt.datetime() as end):
            span = Span(utc(start, "the start of a span"), utc(end, "the end of a span"))
        case _:
            raise TypeError(f"a span must be a pair of aware datetimes, not {written!r}")
    if span.end <= span.start:
        raise CalendarError(f"{_told(span)} does not end after it begins")
    return span


def _told(span: Span) -> str:
    return f"the span from {span.start.isoformat()} to {span.end.isoformat()}"


@attrs.frozen(repr=False, cache_hash=True)
class Periods(WorkingTime):
    """
    Dated spans of time and nothing else: maintenance windows, extra hours.

    It is good for the years 1 to 9999, and has no zone: combined with others, theirs count.

    >>> from datetime import datetime, timezone
    >>> Periods([(datetime(2024, 6, 19, 8, tzinfo=timezone.utc),
    ...           datetime(2024, 6, 19, 9, tzinfo=timezone.utc))])
    Periods([(datetime.datetime(2024, 6, 19, 8, 0, tzinfo=datetime.timezone.utc),
              datetime.datetime(2024, 6, 19, 9, 0, tzinfo=datetime.timezone.utc))])

    Attributes:
        dated: The spans, as pairs of aware instants, in order; they may touch.

    Raises:
        TypeError: They are no pairs of instants.

        ValueError: An instant is naive.

        CalendarError: There is no span, one does not end after it begins, or two overlap or are out
            of order.
    """

    dated: tuple[Span, ...] = attrs.field(converter=_spans)

    def __attrs_post_init__(self) -> None:
        if not self.dated:
            raise CalendarError("a calendar that is never open: Periods([])")
        for earlier, later in pairwise(self.dated):
            if later.start < earlier.end:
                how = "must stand before" if later.end <= earlier.start else "overlaps"
                raise CalendarError(f"{_told(later)} {how} {_told(earlier)}")

    def __repr__(self) -> str:
        pairs = (f"({pasted(it.start)}, {pasted(it.end)})" for it in self.dated)
        return f"Periods([{', '.join(pairs)}])"

    @cached_property
    def timeline(self) -> Timeline:
        """
        The same working time in integers.
        """
        return Timeline(self._within, TIME_START, TIME_END, TIME_END - TIME_START)

    @property
    def zones(self) -> frozenset[str]:
        """
        None at all.
        """
        return frozenset()

    def why_closed(self, start: int, end: int) -> Iterable[Layer[Closure]]:
        """
        Return nothing: it is closed outside hours only.
        """
        del start, end
        return ()

    def _within(self, start: int, end: int) -> Iterable[Pair]:
        pairs = ((microseconds(it.start), microseconds(it.end)) for it in self.dated)
        return clipped(merged(pairs), start, end)
