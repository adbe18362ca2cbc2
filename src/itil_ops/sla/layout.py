"""
Opening hours laid out on the days of a zone.
"""

from __future__ import annotations

import datetime as dt

from itertools import chain
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import attrs

from itil_ops.errors import CalendarError
from itil_ops.kernel.instant import DAY
from itil_ops.sla.hours import DAYS, Hours, Window
from itil_ops.sla.timeline import (
    FIRST_YEAR,
    LAST_YEAR,
    TIME_END,
    TIME_START,
    Pair,
    Timeline,
    clipped,
    merged,
)
from itil_ops.sla.zone import WallClock, offset_at


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


_EPOCH = dt.date(1970, 1, 1).toordinal()
_HORIZON = range(dt.date(FIRST_YEAR, 1, 1).toordinal(), dt.date(LAST_YEAR + 1, 1, 1).toordinal())
_DAYS_OF_A_YEAR = 366


@attrs.frozen(eq=False)
class Layout:
    """
    Which windows open on which day, and the spans of time they come to.

    Days are counted as `date.toordinal` does.

    Attributes:
        zone: Whose days they are.

        week: The windows of each day from Monday to Sunday.

        dated: The windows of each date that has its own; none for a holiday.

        annual: Month and day of the annual holidays.
    """

    zone: ZoneInfo
    week: tuple[tuple[Window, ...], ...]
    dated: dict[int, tuple[Window, ...]]
    annual: frozenset[tuple[int, int]]
    _found: dict[tuple[int, int], int] = attrs.field(factory=dict, init=False, repr=False)

    @classmethod
    def of(
        cls,
        zone: str,
        week: Hours[str],
        holidays: Iterable[dt.date | str],
        overrides: Hours[dt.date],
    ) -> Layout:
        """
        Sort what a calendar holds into what is looked up day by day.
        """
        closed = {day.toordinal(): () for day in holidays if isinstance(day, dt.date)}
        return cls(
            ZoneInfo(zone),
            tuple(week.get(day, ()) for day in DAYS),
            closed | {day.toordinal(): windows for day, windows in overrides.items()},
            frozenset((int(day[2:4]), int(day[5:])) for day in holidays if isinstance(day, str)),
        )

    def timeline(self) -> Timeline:
        """
        Return the working time: of all time where only dated days ever change it.
        """
        if self._is_idle or self._is_seamless:
            return Timeline(self._of_all_time, TIME_START, TIME_END, TIME_END - TIME_START)
        return Timeline(self._within)

    def ever_opens(self) -> bool:
        """
        Return whether there is any working time at all.
        """
        return any(map(self._opening_on, chain(self.dated, self._days_from(_HORIZON.start))))

    def close_of_business(self, at: int, count: int) -> int:
        """
        Return when the *count*-th business day after the day of *at* closes.

        Raises:
            CalendarError: It is not within the supported years.
        """
        if _day_of(at) in _HORIZON:
            key = (_day_of(at + offset_at(self.zone, at)), count)
            # Records end on the same few days, and finding a day costs as much as a whole step.
            if key not in self._found:
                self._found[key] = self._close(*key)
            return self._found[key]
        raise _beyond(count)

    def _close(self, today: int, count: int) -> int:
        business = filter(None, map(self._opening_on, self._days_from(today + 1)))
        for number, spans in enumerate(business, 1):
            if number == count:
                return max(closes for _, closes in spans)
        raise _beyond(count)

    @property
    def _is_idle(self) -> bool:
        """
        Whether no day is ever open but by an override.
        """
        return not any(self.week) or len(self.annual) == _DAYS_OF_A_YEAR

    @property
    def _is_seamless(self) -> bool:
        """
        Whether no day is ever closed but by a date.
        """
        laid = (
            (day * DAY + opens, day * DAY + closes)
            for day in range(-1, len(DAYS))
            for opens, closes in self.week[day]
        )
        whole = (0, len(DAYS) * DAY)
        return not self.annual and [*clipped(merged(laid), *whole)] == [whole]

    def _days_from(self, first: int) -> Iterable[int]:
        if self._is_idle:
            return sorted(day for day in self.dated if day >= first)
        return range(first, _HORIZON.stop)

    def _windows_on(self, day: int) -> tuple[Window, ...]:
        if day in self.dated:
            return self.dated[day]
        date = dt.date.fromordinal(day)
        return () if (date.month, date.day) in self.annual else self.week[date.weekday()]

    def _opening_on(self, day: int) -> tuple[Pair, ...]:
        return tuple(self._laid(range(day, day + 1))) if self._windows_on(day) else ()

    def _laid(self, days: range) -> Iterator[Pair]:
        wall = WallClock.of(self.zone, _midnight(days.start - 1), _midnight(days.stop + 2))
        for day in days:
            midnight = _midnight(day)
            for window in self._windows_on(day):
                opens = wall.opening(midnight + window.opens)
                closes = wall.closing(midnight + window.closes)
                if opens < closes:
                    yield opens, closes

    def _within(self, start: int, end: int) -> Iterator[Pair]:
        days = range(_day_of(start) - 2, _day_of(end) + 3)
        return clipped(merged(self._laid(days)), start, end)

    def _of_all_time(self, start: int, end: int) -> Iterator[Pair]:
        runs = [*merged((day - 4, day + 5) for day in self.dated)]
        laid = chain.from_iterable(self._laid(range(*run)) for run in runs)
        if self._is_idle:
            return merged(laid)
        # Between the runs all is open. UTC midnight three days inside a run is, in every zone,
        # within the run and out of reach of the dates that it was made for.
        inner = chain.from_iterable((_midnight(a + 3), _midnight(b - 2)) for a, b in runs)
        borders = [start, *inner, end]
        return merged(chain(laid, zip(borders[::2], borders[1::2], strict=True)))


def _beyond(count: int) -> CalendarError:
    return CalendarError(
        f"no {count} business days lie ahead in the years {FIRST_YEAR} to {LAST_YEAR}"
    )


def _midnight(day: int) -> int:
    return (day - _EPOCH) * DAY


def _day_of(wall: int) -> int:
    return wall // DAY + _EPOCH
