"""
Compliance: the periods over which promises are judged.
"""

from __future__ import annotations

import datetime as dt

from bisect import bisect_left, bisect_right
from enum import StrEnum
from itertools import pairwise
from typing import TYPE_CHECKING, Self
from zoneinfo import ZoneInfo

import attrs

from pendulum import DateTime

from itil_ops.kernel.checks import check_type, several
from itil_ops.kernel.instant import from_microseconds, microseconds, utc
from itil_ops.sla.hours.zone import WallClock, zone_key


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


_MONTHS = 12


def _start(at: dt.datetime) -> DateTime:
    return utc(at, "start")


def _end(at: dt.datetime) -> DateTime:
    return utc(at, "end")


def _borders(values: Iterable[dt.datetime]) -> tuple[DateTime, ...]:
    return tuple(utc(at, "each of borders") for at in several(values, dt.datetime, "borders"))


class PeriodLength(StrEnum):
    """
    How long a compliance period of the calendar is.
    """

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


#: The months that each has.
_LENGTHS = {PeriodLength.MONTH: 1, PeriodLength.QUARTER: 3, PeriodLength.YEAR: _MONTHS}


@attrs.frozen
class CompliancePeriod:
    """
    A time over which promises are judged together, `[start, end)`.

    Attributes:
        start: Its first instant.

        end: The first instant after it; of a period that is not over, the present one.

    Raises:
        TypeError: One is no datetime.

        ValueError: It does not end after it starts, or one is naive.
    """

    start: DateTime = attrs.field(converter=_start)
    end: DateTime = attrs.field(converter=_end)

    def __attrs_post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError(
                f"end {self.end.isoformat()} must come after start {self.start.isoformat()}"
            )

    def __str__(self) -> str:
        return f"{self.start.isoformat()} to {self.end.isoformat()}"

    def covers(self, at: dt.datetime) -> bool:
        """
        Whether *at* lies in it.
        """
        return self.start <= utc(at) < self.end


@attrs.frozen
class CompliancePeriods:
    """
    Periods that follow on each other without a gap, so that an instant lies in one at most.

    >>> import pendulum
    >>> spring = CompliancePeriods.of_calendar(
    ...     PeriodLength.MONTH,
    ...     "Europe/London",
    ...     since=pendulum.datetime(2024, 3, 5),
    ...     until=pendulum.datetime(2024, 5, 1),
    ... )
    >>> for period in spring:
    ...     print(period)
    2024-03-01T00:00:00+00:00 to 2024-03-31T23:00:00+00:00
    2024-03-31T23:00:00+00:00 to 2024-04-30T23:00:00+00:00
    2024-04-30T23:00:00+00:00 to 2024-05-31T23:00:00+00:00

    Attributes:
        borders: Where each begins, and last where the last one ends.

    Raises:
        TypeError: A border is no datetime.

        ValueError: There are fewer than two, one is naive, or they do not ascend.
    """

    borders: tuple[DateTime, ...] = attrs.field(converter=_borders)

    def __attrs_post_init__(self) -> None:
        if len(self.borders) < 2:  # noqa: PLR2004
            raise ValueError("borders must be two or more: a period lies between each two")
        for before, after in pairwise(self.borders):
            if after <= before:
                raise ValueError(
                    f"borders must ascend: {after.isoformat()} comes after {before.isoformat()}"
                )

    @classmethod
    def of_calendar(
        cls,
        length: PeriodLength,
        zone: str | ZoneInfo,
        *,
        since: dt.datetime,
        until: dt.datetime,
        first_month: int = 1,
    ) -> Self:
        """
        Return the months, quarters or years of *zone* that have a part in `[since, until)`.

        A period begins with the first instant of its first day, by the clocks there.

        Args:
            length: How long each is.

            zone: The zone whose days they consist of.

            since: An instant in the first one.

            until: The instant by which the last one has begun.

            first_month: The month, from 1 to 12, that the year begins with, and so its quarters.

        Raises:
            TypeError: An argument is of another type.

            ValueError: *until* does not come after *since*, or there is no such month.

            CalendarError: There is no such zone.
        """
        check_type(length, PeriodLength, "length")
        if not 1 <= check_type(first_month, int, "first_month") <= _MONTHS:
            raise ValueError(f"first_month must be a month from 1 to 12, not {first_month}")
        if utc(until, "until") <= utc(since, "since"):
            raise ValueError(f"until {until.isoformat()} must come after since {since.isoformat()}")
        days = _first_days(CompliancePeriod(since, until), length, first_month)
        borders = tuple(_beginnings(days, ZoneInfo(zone_key(zone))))
        first = bisect_right(borders, utc(since)) - 1
        return cls(borders[first : bisect_left(borders, utc(until)) + 1])

    def __iter__(self) -> Iterator[CompliancePeriod]:
        return (CompliancePeriod(start, end) for start, end in pairwise(self.borders))

    def __len__(self) -> int:
        return len(self.borders) - 1

    def find(self, at: dt.datetime) -> CompliancePeriod | None:
        """
        Return the period that *at* lies in; `None` before the first and after the last.
        """
        i = bisect_right(self.borders, utc(at))
        return CompliancePeriod(*self.borders[i - 1 : i + 1]) if 0 < i <= len(self) else None

    def until(self, at: dt.datetime) -> Self:
        """
        Return the periods that have begun by *at*, the last one cut there if it is not over.

        Raises:
            ValueError: None has begun.
        """
        instant = utc(at)
        begun = tuple(border for border in self.borders[:-1] if border < instant)
        if not begun:
            raise ValueError(f"no period has begun by {instant.isoformat()}")
        return attrs.evolve(self, borders=(*begun, min(instant, self.borders[-1])))


def _first_days(
    asked: CompliancePeriod, length: PeriodLength, first_month: int
) -> Iterator[dt.date]:
    # Wherever it is, its date is at most a day off: so a period more on either side.
    step = _LENGTHS[length]
    first = asked.start.year * _MONTHS + asked.start.month - 1
    last = asked.end.year * _MONTHS + asked.end.month - 1
    first -= (first - first_month + 1) % step + step
    for month in range(first, last + 2 * step + 1, step):
        yield dt.date(month // _MONTHS, month % _MONTHS + 1, 1)


def _beginnings(days: Iterable[dt.date], zone: ZoneInfo) -> Iterator[DateTime]:
    walls = [microseconds(dt.datetime(day.year, day.month, 1, tzinfo=dt.UTC)) for day in days]
    clock = WallClock.of(zone, walls[0], walls[-1])
    return (from_microseconds(clock.opening(wall)) for wall in walls)
