"""
How long something may take: working time, a number of business days, or until the next opening.
"""

from __future__ import annotations

import datetime as dt

from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

import attrs

from itil_ops.kernel.instant import length
from itil_ops.sla.hours.written import TimeOfDay, read_time, time_text, wall_time


if TYPE_CHECKING:
    from pendulum import DateTime

    from itil_ops.sla.hours.layout import Workdays
    from itil_ops.sla.hours.working_time import WorkingTime


class DayMark(StrEnum):
    """
    A point of a business day that needs no time to be named.
    """

    CLOSE = "close"
    """Close of business."""

    SAME_TIME = "same_time"
    """What the clocks showed at the start."""

    OPENING = "opening"
    """The first opening."""


def _mark(written: DayMark | TimeOfDay) -> DayMark | dt.time:
    return written if isinstance(written, DayMark) else read_time(written)


@attrs.frozen(repr=False)
class BusinessDays:
    """
    A number of business days, which is no amount of time: it ends on the last of them.

    >>> BusinessDays(1, by="16:00")
    BusinessDays(1, by='16:00')

    Attributes:
        count: How many, at least one; the day of the start is none of them.

        by: When on the last day: close of business, unless another mark or a time of day is given.
            A time counts as it is, in business hours or not; working time until then is what a
            clock measures. One that a clock change skips or repeats is taken as a closing time is:
            the first instant after the gap, the second occurrence.

    Raises:
        TypeError: *count* is no `int`, or *by* neither a mark nor a time of day.

        ValueError: *count* is less than one, or *by* has a zone of its own.

        CalendarError: *by* is a text that is no time of day.
    """

    count: int = attrs.field()
    by: DayMark | dt.time = attrs.field(default=DayMark.CLOSE, kw_only=True, converter=_mark)

    @count.validator
    def _check_count(self, _: object, count: object) -> None:
        if type(count) is not int:
            raise TypeError(f"count must be an int, not {count!r}")
        if count < 1:
            raise ValueError(f"count must be at least 1, not {count}")

    def __repr__(self) -> str:
        match self.by:
            case DayMark.CLOSE:
                return f"BusinessDays({self.count})"
            case DayMark() as mark:
                return f"BusinessDays({self.count}, by=DayMark.{mark.name})"
            case time:
                return f"BusinessDays({self.count}, by={time_text(time)!r})"

    def end(self, start: int, workdays: Workdays) -> int:
        """
        Return when they are over, all in whole UTC microseconds.

        Raises:
            CalendarError: There are not so many.
        """
        day = workdays.nth(start, self.count)
        match self.by:
            case DayMark.CLOSE:
                return day.closes
            case DayMark.OPENING:
                return day.opens
            case DayMark.SAME_TIME:
                return workdays.instant(day.number, workdays.time_of_day(start))
            case time:
                return workdays.instant(day.number, wall_time(time))


@attrs.frozen
class NextOpening:
    """
    Until the next opening: the first one after the start, which in working hours is tomorrow's.
    """


Duration: TypeAlias = timedelta | BusinessDays | NextOpening
"""
An amount of working time, of business days, or the time until the next opening.
"""


def end_of(duration: Duration, start: datetime, calendar: WorkingTime) -> DateTime:
    """
    Return when *duration* is over, begun at *start* in *calendar*.

    Raises:
        CalendarError: The calendar does not go that far, or has no business days.
    """
    match duration:
        case BusinessDays():
            return calendar.end_of_days(start, duration)
        case NextOpening():
            closed = calendar.next_close(start) if calendar.is_open(start) else start
            return calendar.next_open(closed)
        case _:
            return calendar.add(start, duration)


def check_duration(value: object, name: str) -> Duration:
    """
    Return *value* if it is an amount of working time that is not negative, or a relative one.

    Raises:
        TypeError: It is neither a timedelta nor `BusinessDays` nor `NextOpening`.

        ValueError: It is negative, or has months or years, whose length varies.
    """
    if isinstance(value, BusinessDays | NextOpening):
        return value
    if not isinstance(value, timedelta):
        raise TypeError(f"{name} must be a timedelta, BusinessDays or NextOpening, not {value!r}")
    if length(value, name) < 0:
        raise ValueError(f"{name} must not be negative: {value!r}")
    return value
