"""
Clock changes: what a wall clock looks up is what is seen by looking all the time.

The naive look goes hour by hour over what is awkward: half-hour changes, two-hour changes, changes
at midnight, skipped dates, negative daylight saving. Over a sixth of the zones that differ it goes
day by day, for no two changes of one clock have ever come within a day. In the long profile all
zones are looked at hour by hour, and for as long as calendars go.
"""

from __future__ import annotations

import zoneinfo

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from hypothesis import settings

from clock_doubles import EVERY_DAY, MICROSECOND
from itil_ops.kernel.instant import SECOND, microseconds
from itil_ops.sla.hours.calendar import BusinessCalendar
from itil_ops.sla.hours.timeline import HORIZON_END, HORIZON_START
from itil_ops.sla.hours.zone import WallClock


#: Traced, these many examples would cost several times as much; other tests cover the lines.
pytestmark = pytest.mark.no_cover


START, END = datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
HOUR, DAY = 3600, 86_400
ZONES = sorted(zoneinfo.available_timezones())
IS_LONG = settings.default.max_examples > 1_000
AWKWARD = [
    "Africa/Cairo",
    "Africa/Casablanca",
    "America/Sao_Paulo",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Australia/Lord_Howe",
    "Europe/Dublin",
    "Pacific/Apia",
    "Pacific/Kwajalein",
]
WINDOWS = [("00:00", "00:30"), ("01:00", "01:30"), ("02:00", "03:00"), ("23:30", "24:00")]


def offset(zone, at):
    """
    Return what *zone* adds to UTC at second *at*, as the standard library has it.
    """
    return datetime.fromtimestamp(at, ZoneInfo(zone)).utcoffset() // timedelta(seconds=1)


def narrowed(zone, low, high):
    """
    Return the second in `(low, high]` from which on *zone* goes as it does at *high*.
    """
    while high - low > 1:
        middle = (low + high) // 2
        if offset(zone, middle) == offset(zone, high):
            high = middle
        else:
            low = middle
    return high


def seen(zone, start, end, step):
    """
    Return the changes of *zone*, seen at a *step* of seconds and then narrowed down.
    """
    found = []
    looked = ((at, offset(zone, at)) for at in range(start, end + step, step))
    for (low, before), (high, after) in pairwise(looked):
        if before != after:
            at = narrowed(zone, low, high)
            found += [(at * SECOND, after * SECOND)] if at < end else []
    return found


def looked_up(zone, start, end):
    clock = WallClock.of(ZoneInfo(zone), start * SECOND, end * SECOND)
    changes = zip(clock._borders[1:-1], clock._offsets[1:], strict=True)
    return [change for change in changes if change[0] < end * SECOND]


def seconds(at):
    return microseconds(at) // SECOND


def ways(zones):
    """
    Return one zone for each way that clocks go, of those that look alike.
    """
    alike = {}
    for zone in zones:
        sample = range(seconds(START), seconds(END), 91 * DAY)
        alike.setdefault(tuple(offset(zone, at) for at in sample), zone)
    return sorted(alike.values())


class TestChanges:
    @pytest.mark.parametrize("zone", ZONES if IS_LONG else AWKWARD)
    def test_they_are_those_of_every_hour(self, zone):
        start, end = (seconds(START), seconds(END)) if IS_LONG else (0, 70 * 365 * DAY)

        assert looked_up(zone, start, end) == seen(zone, start, end, HOUR)

    def test_they_are_those_of_every_day(self):
        zones = ZONES if IS_LONG else ways(ZONES)[::12]
        start, end = seconds(START), seconds(END)

        assert [
            zone for zone in zones if looked_up(zone, start, end) != seen(zone, start, end, DAY)
        ] == []

    @pytest.mark.parametrize("zone", ZONES if IS_LONG else ["Africa/Freetown", "Asia/Gaza"])
    def test_no_two_come_within_two_days(self, zone):
        start, end = HORIZON_START // SECOND, HORIZON_END // SECOND
        changes = seen(zone, start, end, DAY if IS_LONG else DAY // 2)

        assert all(b - a > 2 * DAY * SECOND for (a, _), (b, _) in pairwise(changes))


class TestDaysOfChange:
    @pytest.mark.parametrize("zone", AWKWARD)
    def test_answers_agree_around_every_change(self, zone):
        calendar = BusinessCalendar(zone, dict.fromkeys(EVERY_DAY, tuple(WINDOWS)))
        timeline = calendar.timeline
        for at, _ in looked_up(zone, seconds(START), seconds(END)):
            spans = list(timeline.spans(at - 2 * DAY * SECOND, at + 2 * DAY * SECOND))
            assert spans == sorted(spans)
            for opens, closes in spans[1:-1]:
                for edge in (opens, closes):
                    for tick in (edge - 1, edge):
                        assert timeline.is_open(tick) == (timeline.between(tick, tick + 1) == 1)
                        assert timeline.is_open(tick) == (opens <= tick < closes)
                assert timeline.add(opens, closes - opens) == closes
                assert timeline.subtract(closes, closes - opens) == opens

    @pytest.mark.parametrize("zone", ZONES if IS_LONG else ZONES[::40])
    def test_a_day_is_open_as_long_as_the_clock_shows_it(self, zone):
        calendar = BusinessCalendar(zone, {"sun": [("00:00", "24:00")]})
        for span in list(calendar.spans(START, END))[1:-1]:
            inside, outside = (
                {at.astimezone(ZoneInfo(zone)).strftime("%a") for at in instants}
                for instants in (
                    (span.start, span.end - MICROSECOND),
                    (span.start - MICROSECOND, span.end),
                )
            )
            assert inside == {"Sun"}
            assert "Sun" not in outside

    @pytest.mark.parametrize(
        ("zone", "day", "length"),
        [
            ("Australia/Lord_Howe", date(2024, 4, 7), 24.5),
            ("Australia/Lord_Howe", date(2024, 10, 6), 23.5),
            ("Antarctica/Troll", date(2024, 3, 31), 22),
            ("Antarctica/Troll", date(2024, 10, 27), 26),
            ("America/Sao_Paulo", date(2018, 11, 4), 23),
            ("America/Sao_Paulo", date(2018, 2, 17), 25),
            ("Asia/Beirut", date(2024, 3, 31), 23),
            ("Africa/Cairo", date(2024, 4, 26), 23),
            ("Africa/Cairo", date(2024, 10, 31), 25),
            ("Europe/Dublin", date(2024, 3, 31), 23),
            ("Europe/Dublin", date(2024, 10, 27), 25),
            ("Africa/Casablanca", date(2024, 3, 10), 25),
            ("Africa/Casablanca", date(2024, 4, 14), 23),
            ("Pacific/Apia", date(2011, 12, 29), 24),
            ("Pacific/Apia", date(2011, 12, 30), 0),
            ("Pacific/Apia", date(2011, 12, 31), 24),
            ("Pacific/Kwajalein", date(1993, 8, 21), 0),
            ("Pacific/Kwajalein", date(1993, 8, 22), 24),
            ("Europe/London", date(2099, 3, 29), 23),
            ("Europe/London", date(2099, 10, 25), 25),
            ("Australia/Lord_Howe", date(2099, 4, 5), 24.5),
        ],
    )
    def test_the_hours_of_a_day(self, zone, day, length):
        week = dict.fromkeys(EVERY_DAY, (("00:00", "24:00"),))
        name = EVERY_DAY[day.weekday()]
        alone = BusinessCalendar(zone, {name: week[name]})
        noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)

        worked = alone.between(noon - timedelta(days=3), noon + timedelta(days=3))

        assert worked == timedelta(hours=length)
