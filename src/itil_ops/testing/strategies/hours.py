"""
Calendars, what they come to together, and durations.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from itil_ops.sla.hours.calendar import ALWAYS_OPEN, BusinessCalendar, Periods
from itil_ops.sla.hours.duration import BusinessDays, DayMark, Duration, NextOpening
from itil_ops.sla.hours.working_time import (
    Bounded,
    Clipped,
    Difference,
    Intersection,
    InZone,
    Union,
    WorkingTime,
)
from itil_ops.sla.hours.written import DAYS
from itil_ops.testing.strategies import plain
from itil_ops.testing.strategies.built import tell


if TYPE_CHECKING:
    import datetime as dt

    from collections.abc import Callable, Mapping


_ZONES = ("UTC", "Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")
_WINDOWS: tuple[list[tuple[str, str]], ...] = (
    [("09:00", "17:00")],
    [("08:30", "12:00"), ("13:00", "17:30")],
    [("22:00", "06:00")],
    [("00:00", "24:00")],
    [("12:00:30", "12:00:30.500000")],
    [],
)
_ANNUAL = ("--12-25", "--01-01", "--02-29")


def business_calendars() -> st.SearchStrategy[BusinessCalendar]:
    """
    Return calendars of one zone, with holidays, annual days and overrides.
    """
    windows = st.sampled_from(_WINDOWS)
    names = st.none() | plain.texts()
    return st.builds(
        _calendar,
        st.sampled_from(_ZONES),
        st.dictionaries(st.sampled_from(DAYS), windows),
        st.dictionaries(plain.dates() | st.sampled_from(_ANNUAL), names, max_size=3),
        st.dictionaries(plain.dates(), windows, max_size=2),
    )


def _calendar(
    zone: str, week: dict[str, Any], holidays: dict[Any, Any], overrides: dict[dt.date, Any]
) -> BusinessCalendar:
    # Open on Wednesdays at least, so that it is open at all.
    usual = {**week, "wed": week.get("wed") or _WINDOWS[0]}
    return BusinessCalendar(zone, usual, holidays=holidays, overrides=overrides)


@st.composite
def periods(draw: st.DrawFn) -> Periods:
    """
    Return dated spans of time.
    """
    count = draw(st.integers(1, 3))
    borders = draw(plain.ascending(2 * count))
    return Periods(list(zip(borders[::2], borders[1::2], strict=True)))


def calendars() -> st.SearchStrategy[WorkingTime]:
    """
    Return calendars of all kinds: of one zone, dated spans, and what several come to.
    """
    single = _single()
    # What is known for a while only may have no time in common with others.
    unbounded = st.one_of(single, _union(single), _difference(single), _clipped(single))
    return single | _combined(single) | _combined(unbounded)


def _single() -> st.SearchStrategy[WorkingTime]:
    return st.just(ALWAYS_OPEN) | business_calendars() | periods()


def _combined(parts: st.SearchStrategy[WorkingTime]) -> st.SearchStrategy[WorkingTime]:
    return st.one_of(*(combine(parts) for combine in _COMBINATIONS.values()))


def _union(parts: st.SearchStrategy[WorkingTime]) -> st.SearchStrategy[WorkingTime]:
    return st.builds(lambda one, two, dated: one | two | dated, parts, parts, periods())


def _intersection(parts: st.SearchStrategy[WorkingTime]) -> st.SearchStrategy[WorkingTime]:
    # What is open in one part of a union is open in the union.
    return st.builds(lambda one, dated: one & (one | dated), parts, periods())


def _difference(parts: st.SearchStrategy[WorkingTime]) -> st.SearchStrategy[WorkingTime]:
    return st.builds(lambda one, dated: (one | ALWAYS_OPEN) - dated, parts, periods())


def _clipped(parts: st.SearchStrategy[WorkingTime]) -> st.SearchStrategy[WorkingTime]:
    return st.builds(
        lambda one, borders: (one | ALWAYS_OPEN).during(*borders), parts, plain.ascending(2)
    )


def _bounded(parts: st.SearchStrategy[WorkingTime]) -> st.SearchStrategy[WorkingTime]:
    return st.builds(
        lambda one, borders: (one | ALWAYS_OPEN).valid(*borders), parts, plain.ascending(2)
    )


def _in_zone(parts: st.SearchStrategy[WorkingTime]) -> st.SearchStrategy[WorkingTime]:
    return st.builds(lambda one, zone: one.in_zone(zone), parts, st.sampled_from(_ZONES))


_COMBINATIONS: Mapping[type[WorkingTime], Callable[..., st.SearchStrategy[WorkingTime]]] = {
    Union: _union,
    Intersection: _intersection,
    Difference: _difference,
    Clipped: _clipped,
    Bounded: _bounded,
    InZone: _in_zone,
}
"""
How each comes to be, so that it is open at all.
"""


def _of_kind(cls: type[WorkingTime]) -> st.SearchStrategy[WorkingTime]:
    return _COMBINATIONS[cls](_single()).filter(lambda one: isinstance(one, cls))


def durations() -> st.SearchStrategy[Duration]:
    """
    Return amounts of working time, business days, and until the next opening.
    """
    by = st.sampled_from(DayMark) | st.times()
    days = st.builds(BusinessDays, st.integers(1, 9), by=by)
    return plain.amounts() | days | st.just(NextOpening())


tell(BusinessCalendar, business_calendars)
tell(Periods, periods)
tell(WorkingTime, calendars)
for _cls in _COMBINATIONS:
    tell(_cls, partial(_of_kind, _cls))
tell(BusinessDays, lambda: durations().filter(lambda one: isinstance(one, BusinessDays)))
