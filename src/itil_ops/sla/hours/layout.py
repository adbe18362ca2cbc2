"""
Opening hours laid out on the days of a zone.
"""

from __future__ import annotations

import datetime as dt

from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

import attrs

from itil_ops.errors import CalendarError
from itil_ops.kernel.instant import DAY
from itil_ops.sla.hours.closures import Closure, ClosureKind
from itil_ops.sla.hours.timeline import (
    FIRST_YEAR,
    HORIZON_END,
    LAST_YEAR,
    TIME_END,
    TIME_START,
    Pair,
    Timeline,
    clipped,
    merged,
)
from itil_ops.sla.hours.written import DAYS, Holidays, Hours, Window
from itil_ops.sla.hours.zone import WallClock, offset_at


if TYPE_CHECKING:
    from collections.abc import Iterable

    from itil_ops.sla.hours.algebra import Layer


_EPOCH = dt.date(1970, 1, 1).toordinal()
_HORIZON = range(dt.date(FIRST_YEAR, 1, 1).toordinal(), dt.date(LAST_YEAR + 1, 1, 1).toordinal())
_DAYS_OF_A_YEAR = 366
# Further than this, in days, no window reaches from its date: a day, a night, and a clock change.
_REACH = 2
# Around a date with windows of its own, as many days are laid out one by one on either side.
_MARGIN = 5


class Workday(NamedTuple):
    """
    A business day.

    Attributes:
        number: Which day, as `date.toordinal` counts them.

        opens: When it first opens.

        closes: When it last closes.
    """

    number: int
    opens: int
    closes: int


@attrs.frozen(eq=False)
class Workdays:
    """
    The business days of a calendar, and what its clocks show on them.

    Attributes:
        zone: Whose days they are.

        since: Yields the business days from a day on.
    """

    zone: ZoneInfo
    since: Callable[[int], Iterator[Workday]]
    _found: dict[tuple[int, int], Workday] = attrs.field(factory=dict, init=False, repr=False)

    @classmethod
    def of(cls, timeline: Timeline, zone: str) -> Workdays:
        """
        Return the dates of *zone* with any working time from their midnight to the next.
        """
        place = ZoneInfo(zone)
        return cls(place, partial(_dates_with_hours, timeline, place))

    def nth(self, at: int, count: int) -> Workday:
        """
        Return the *count*-th business day after the day of *at*.

        Raises:
            CalendarError: It is not within the supported years.
        """
        if _day_of(at) not in _HORIZON:
            raise _beyond(count)
        key = (_day_of(at + offset_at(self.zone, at)), count)
        # Records end on the same few days, and finding a day costs as much as a whole step.
        if key not in self._found:
            self._found[key] = self._search(*key)
        return self._found[key]

    def time_of_day(self, at: int) -> int:
        """
        Return what the clocks show at *at*, in microseconds from midnight.
        """
        return (at + offset_at(self.zone, at)) % DAY

    def instant(self, day: int, wall: int) -> int:
        """
        Return when the clocks show *wall* on *day*, by the rule for closing times.
        """
        return _wall_around(self.zone, day).closing(_midnight(day) + wall)

    def _search(self, today: int, count: int) -> Workday:
        for number, day in enumerate(self.since(today + 1), 1):
            if number == count:
                return day
        raise _beyond(count)


@attrs.frozen(eq=False)
class Layout:
    """
    Which windows open on which day, and the spans of time they come to.

    Days are counted as `date.toordinal` does.

    Attributes:
        zone: Whose days they are.

        week: The windows of each day from Monday to Sunday.

        dated: The windows of each date that has its own; none for a holiday.

        annual: Month and day of the annual holidays, and their names.

        closures: Why the usual windows of each date are not those that hold.
    """

    zone: ZoneInfo
    week: tuple[tuple[Window, ...], ...]
    dated: dict[int, tuple[Window, ...]]
    annual: dict[tuple[int, int], str | None]
    closures: dict[int, Closure]
    _usual: dict[int, tuple[Pair, ...]] = attrs.field(factory=dict, init=False, repr=False)

    @classmethod
    def of(
        cls,
        zone: str,
        week: Hours[str],
        holidays: Holidays,
        overrides: Hours[dt.date],
    ) -> Layout:
        """
        Sort what a calendar holds into what is looked up day by day.
        """
        annual = dict(_annual(holidays))
        names = {day: name or annual.get((day.month, day.day)) for day, name in _dated(holidays)}
        changed = {day: names.get(day, annual.get((day.month, day.day))) for day in overrides}
        return cls(
            ZoneInfo(zone),
            tuple(week.get(day, ()) for day in DAYS),
            {day.toordinal(): overrides.get(day, ()) for day in (*names, *overrides)},
            annual,
            _closures(ClosureKind.HOLIDAY, names) | _closures(ClosureKind.OVERRIDE, changed),
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

    def workdays(self) -> Workdays:
        """
        Return the days on which a window opens; each closes with the last of them.
        """
        return Workdays(self.zone, self._workdays)

    def why_closed(self, start: int, end: int) -> Iterator[Layer[Closure]]:
        """
        Yield the usual windows in `[start, end)` of the days on which others hold, or none.

        Those of two days may overlap; so may usual windows and those that hold.
        """
        for day in _days_near(start, end):
            closure = self._closure_on(day)
            if closure is not None:
                usual = clipped(self._usual_spans(day), start, end)
                yield from ((*span, closure) for span in usual)

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

    def _usual_spans(self, day: int) -> tuple[Pair, ...]:
        # The ledgers of many records ask for the same few holidays.
        if day not in self._usual:
            self._usual[day] = tuple(self._laid(range(day, day + 1), self._usual_on))
        return self._usual[day]

    def _usual_on(self, day: int) -> tuple[Window, ...]:
        return self.week[dt.date.fromordinal(day).weekday()]

    def _closure_on(self, day: int) -> Closure | None:
        if day in self.closures:
            return self.closures[day]
        date = dt.date.fromordinal(day)
        if (date.month, date.day) not in self.annual:
            return None
        return Closure(ClosureKind.HOLIDAY, self.annual[date.month, date.day])

    def _workdays(self, first: int) -> Iterator[Workday]:
        for day in self._days_from(first):
            spans = self._opening_on(day)
            if spans and _is_shown(self.zone, day):
                yield Workday(day, spans[0][0], max(closes for _, closes in spans))

    def _opening_on(self, day: int) -> tuple[Pair, ...]:
        windows_on = self._windows_on
        return tuple(self._laid(range(day, day + 1), windows_on)) if windows_on(day) else ()

    def _laid(self, days: range, windows_on: Callable[[int], tuple[Window, ...]]) -> Iterator[Pair]:
        wall = WallClock.of(self.zone, _midnight(days.start - 1), _midnight(days.stop + 2))
        for day in days:
            midnight = _midnight(day)
            for window in windows_on(day):
                opens = wall.opening(midnight + window.opens)
                closes = wall.closing(midnight + window.closes)
                if opens < closes:
                    yield opens, closes

    def _within(self, start: int, end: int) -> Iterator[Pair]:
        days = range(_day_of(start) - _REACH, _day_of(end) + _REACH + 1)
        return clipped(merged(self._laid(days, self._windows_on)), start, end)

    def _of_all_time(self, start: int, end: int) -> Iterator[Pair]:
        # Only what is asked for is laid out, and as much around it as a date can reach.
        first, last = _day_of(start) - 2 * _MARGIN, _day_of(end) + 2 * _MARGIN
        near = (day for day in self.dated if first + _MARGIN <= day <= last - _MARGIN)
        runs = [*merged((day - _MARGIN + 1, day + _MARGIN) for day in near)]
        laid = chain.from_iterable(self._laid(range(*run), self._windows_on) for run in runs)
        if self._is_idle:
            return clipped(merged(laid), start, end)
        # Between the runs all is open. UTC midnight three days inside a run is, in every zone,
        # within the run and out of reach of the dates that it was made for.
        inner = chain.from_iterable((_midnight(a + 3), _midnight(b - 2)) for a, b in runs)
        borders = [_midnight(first), *inner, _midnight(last)]
        whole = zip(borders[::2], borders[1::2], strict=True)
        return clipped(merged(chain(laid, whole)), start, end)


def _annual(holidays: Holidays) -> Iterator[tuple[tuple[int, int], str | None]]:
    for day, name in holidays.items():
        if isinstance(day, str):
            yield (int(day[2:4]), int(day[5:])), name


def _dated(holidays: Holidays) -> Iterator[tuple[dt.date, str | None]]:
    for day, name in holidays.items():
        if not isinstance(day, str):
            yield day, name


def _closures(kind: ClosureKind, names: dict[dt.date, str | None]) -> dict[int, Closure]:
    return {day.toordinal(): Closure(kind, name) for day, name in names.items()}


def _dates_with_hours(timeline: Timeline, zone: ZoneInfo, first: int) -> Iterator[Workday]:
    day = first
    while True:
        opens = timeline.next_open(_wall_around(zone, day).opening(_midnight(day)))
        if opens >= HORIZON_END:
            return
        # A clock that goes back over midnight shows a date again that is already counted.
        day = max(day, _day_of(opens + offset_at(zone, opens)))
        wall = _wall_around(zone, day)
        first_instant, end = wall.opening(_midnight(day)), wall.closing(_midnight(day + 1))
        *_, (_, closes) = timeline.spans(first_instant, end)
        yield Workday(day, opens, closes)
        day += 1


def _is_shown(zone: ZoneInfo, day: int) -> bool:
    """
    Whether the clocks of *zone* ever show *day*: not one that the date line has passed over.
    """
    wall = _wall_around(zone, day)
    return wall.opening(_midnight(day)) < wall.closing(_midnight(day + 1))


def _wall_around(zone: ZoneInfo, day: int) -> WallClock:
    return WallClock.of(zone, _midnight(day - 1), _midnight(day + 3))


def _days_near(start: int, end: int) -> range:
    first = max(_day_of(start) - _REACH, _HORIZON.start)
    return range(first, min(_day_of(end) + _REACH + 1, _HORIZON.stop))


def _beyond(count: int) -> CalendarError:
    return CalendarError(
        f"no {count} business days lie ahead in the years {FIRST_YEAR} to {LAST_YEAR}"
    )


def _midnight(day: int) -> int:
    return (day - _EPOCH) * DAY


def _day_of(wall: int) -> int:
    return wall // DAY + _EPOCH
