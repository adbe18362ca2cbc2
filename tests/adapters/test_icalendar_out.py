"""
A calendar written as iCalendar is read back as it was, and others read the same opening hours.
"""

from __future__ import annotations

import re
import sys

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pendulum
import pytest
import recurring_ical_events

from hypothesis import assume, given
from hypothesis import strategies as st

from examples_of_runs import tried
from itil_ops.adapters.icalendar import (
    read_calendar,
    read_closures,
    read_holidays,
    write_calendar,
)
from itil_ops.errors import CalendarError, MissingExtraError
from itil_ops.kernel.instant import from_microseconds, microseconds
from itil_ops.sla.hours.calendar import BusinessCalendar
from itil_ops.sla.hours.timeline import clipped, merged
from itil_ops.sla.hours.written import DAYS


STAMP = datetime(2026, 1, 1, 12, 30, 15, 999_999, tzinfo=UTC)
SINCE, UNTIL = date(2026, 1, 1), date(2027, 1, 1)
OFFICE = BusinessCalendar(
    "Europe/London",
    {"mon": [("09:00", "12:00"), ("13:00", "17:00")], "fri": [("22:00", "06:00")]},
    holidays={date(2026, 12, 28): "Boxing Day; made up for", "--12-25": "Christmas, first day"},
    overrides={date(2026, 12, 24): [("09:00", "12:00")], date(2026, 3, 2): []},
)
ENDLESS = BusinessCalendar("Europe/London", {"mon": [("09:00", "24:00")]}, holidays=[UNTIL])


def written(calendar, **options):
    return write_calendar(
        calendar, **{"name": "Support", "since": SINCE, "until": UNTIL, "stamp": STAMP} | options
    )


def expanded(text, start, end):
    """
    What another library makes of the timed VEVENTs, as merged spans of UTC microseconds.
    """
    found = recurring_ical_events.of(icalendar.Calendar.from_ical(text)).between(start, end)
    timed = [it for it in found if isinstance(it["DTSTART"].dt, datetime)]
    return [*merged((microseconds(it["DTSTART"].dt), microseconds(it["DTEND"].dt)) for it in timed)]


def spans(calendar, start, end):
    return [(microseconds(it.start), microseconds(it.end)) for it in calendar.spans(start, end)]


class TestText:
    def test_the_same_arguments_give_the_same_text(self):
        again = BusinessCalendar(
            OFFICE.zone, OFFICE.week, holidays=OFFICE.holidays, overrides=OFFICE.overrides
        )

        assert written(OFFICE) == written(again)

    def test_the_stamp_is_the_one_given(self):
        stamps = re.findall("DTSTAMP:(.*)\r\n", written(OFFICE))

        assert len(stamps) == 7
        assert set(stamps) == {"20260101T123015Z"}

    def test_a_stamp_of_any_zone_is_told_in_utc(self):
        stamp = datetime(2026, 7, 1, 9, tzinfo=ZoneInfo("Europe/London"))

        assert "DTSTAMP:20260701T080000Z\r\n" in written(OFFICE, stamp=stamp)

    def test_each_vevent_is_known_by_what_it_tells(self):
        first = re.findall("UID:(.*)\r\n", written(OFFICE))
        later = re.findall(
            "UID:(.*)\r\n", written(OFFICE, since=date(2026, 6, 1), stamp=SINCE_NOON)
        )
        other = re.findall("UID:(.*)\r\n", written(OFFICE, name="Sales"))

        assert len(set(first)) == len(first)
        assert first == later
        assert not {*first} & {*other}

    def test_dates_and_instants_of_pendulum_will_do(self):
        days = {"since": pendulum.date(2026, 1, 1), "until": pendulum.date(2027, 1, 1)}

        assert written(OFFICE, stamp=pendulum.instance(STAMP), **days) == written(OFFICE)

    def test_the_zone_is_defined_in_it(self):
        (zone,) = icalendar.Calendar.from_ical(written(OFFICE)).walk("VTIMEZONE")
        summer = datetime(2026, 7, 1, tzinfo=zone.to_tz(lookup_tzid=False))

        assert zone["TZID"] == "Europe/London"
        assert summer.utcoffset() == timedelta(hours=1)

    def test_its_name_is_told(self):
        found = icalendar.Calendar.from_ical(written(OFFICE, name="Support, UK"))

        assert (found["NAME"], found["X-WR-CALNAME"]) == ("Support, UK", "Support, UK")

    def test_lines_are_short_and_end_as_the_standard_has_it(self):
        lines = written(OFFICE, name="Ä" * 200).encode().split(b"\r\n")

        assert max(map(len, lines)) <= 75
        assert not [line for line in lines if b"\n" in line or b"\r" in line]

    def test_without_an_end_the_week_goes_on(self):
        text = written(ENDLESS, until=None)
        monday = datetime(2041, 1, 7, 12, tzinfo=UTC)

        assert "RRULE:FREQ=WEEKLY;BYDAY=MO\r\n" in text
        assert len(expanded(text, monday, monday)) == 1

    def test_opening_hours_take_no_time_and_closed_days_do(self):
        closed = read_closures(
            written(OFFICE), datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
        )

        assert [f"{start:%m-%d}" for start, _ in closed] == ["03-02", "12-25", "12-28"]

    def test_its_closed_days_can_be_read_as_holidays(self):
        assert read_holidays(written(OFFICE), 2026) == {
            date(2026, 3, 2): "Support: closed",
            date(2026, 12, 25): "Christmas, first day",
            date(2026, 12, 28): "Boxing Day; made up for",
        }


SINCE_NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)

REDUNDANT = {
    "an override as the week": {"overrides": {date(2026, 3, 2): [("09:00", "17:00")]}},
    "closed on a closed day": {"overrides": {date(2026, 3, 3): []}},
    "closed on a holiday": {
        "holidays": [date(2026, 3, 2)],
        "overrides": {date(2026, 3, 2): []},
    },
    "open on a holiday": {
        "holidays": ["--03-02"],
        "overrides": {date(2026, 3, 2): [("00:00", "24:00")]},
    },
    "before and after what is told": {
        "holidays": [date(1900, 1, 1), date(2199, 12, 31)],
        "overrides": {date(1950, 1, 2): [("10:00", "10:00:01")], date(2150, 1, 5): []},
    },
    "a leap day": {"holidays": {"--02-29": "Leap day"}},
    "no name": {"holidays": {date(2026, 3, 2): None, "--03-03": "X\nY, Z; \\"}},
}


class TestRoundTrip:
    @pytest.mark.parametrize("calendar", [OFFICE, ENDLESS], ids=["office", "endless"])
    def test_a_calendar_is_read_as_it_was(self, calendar):
        until = UNTIL if calendar is OFFICE else None

        assert read_calendar(written(calendar, until=until)) == calendar

    @pytest.mark.parametrize("options", REDUNDANT.values(), ids=REDUNDANT)
    def test_so_is_what_makes_no_difference(self, options):
        calendar = BusinessCalendar("Asia/Tokyo", {"mon": [("09:00", "17:00")]}, **options)

        assert read_calendar(written(calendar)) == calendar

    def test_one_without_a_week_is_too(self):
        fair = BusinessCalendar(
            "Asia/Tokyo", {}, overrides={date(2026, 3, 2): [("09:00", "17:00")]}
        )

        assert read_calendar(written(fair)) == fair

    @pytest.mark.parametrize("zone", ["UTC", "Etc/UTC", "GMT", "Zulu", "Etc/GMT+3", "US/Eastern"])
    def test_its_zone_keeps_its_name(self, zone):
        calendar = BusinessCalendar(zone, {"mon": [("09:00", "17:00")]})

        assert read_calendar(written(calendar)).zone == zone


ZONES = (
    "UTC",
    "Europe/London",
    "Europe/Dublin",
    "America/New_York",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
)
SECONDS = st.integers(0, 86_399)
#: Minutes of the day that no change of the clocks in London or New York skips or repeats.
SAFE_MINUTES = st.sampled_from([0, *range(4 * 60, 24 * 60)])
NAMES = st.none() | st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\\\ufeff"), min_size=1
).filter(lambda name: not name.isspace())


def clock(seconds):
    return (datetime.min + timedelta(seconds=seconds)).time()


@st.composite
def windows(draw, times):
    """
    Up to three windows that do not overlap; the last one may cross midnight or close with the day.
    """
    edges = sorted(draw(st.sets(times, max_size=6)))
    found = [(clock(a), clock(b)) for a, b in zip(edges[::2], edges[1::2], strict=False)]
    if len(edges) % 2:
        closing = st.just("24:00") | times.filter(lambda it: it < edges[-1]).map(clock)
        found.append((clock(edges[-1]), draw(closing if edges[-1] else st.just("24:00"))))
    return found


@st.composite
def calendars(draw, zones=ZONES, times=SECONDS, years=(1990, 2060)):
    days = st.dates(date(years[0], 1, 1), date(years[1], 12, 31))
    annual = st.dates(date(2000, 1, 1), date(2000, 12, 31)).map("{:--%m-%d}".format)
    try:
        return BusinessCalendar(
            draw(st.sampled_from(zones)),
            draw(st.dictionaries(st.sampled_from(DAYS), windows(times), min_size=1)),
            holidays=draw(st.dictionaries(days | annual, NAMES, max_size=6)),
            overrides=draw(st.dictionaries(days, windows(times), max_size=6)),
        )
    except CalendarError:
        return assume(False)


@pytest.mark.no_cover
class TestRandomCalendars:
    @tried(100)
    @given(
        calendar=calendars(),
        since=st.dates(date(2000, 1, 1), date(2040, 1, 1)),
        days=st.integers(7, 1500),
    )
    def test_one_is_read_as_it_was(self, calendar, since, days):
        text = written(calendar, since=since, until=since + timedelta(days))

        assert read_calendar(text) == calendar

    @tried(60)
    @given(
        calendar=calendars(
            ("Europe/London", "America/New_York"),
            SAFE_MINUTES.map(lambda minute: 60 * minute),
            years=(2026, 2027),
        )
    )
    def test_others_read_the_same_opening_hours(self, calendar):
        zone = ZoneInfo(calendar.zone)
        start = datetime(2026, 1, 2, tzinfo=zone)  # a day later: last night's windows open before
        end = datetime(2027, 1, 1, tzinfo=zone)
        bounds = microseconds(start), microseconds(end)

        found = expanded(written(calendar), start - timedelta(2), end + timedelta(2))

        assert [*clipped(found, *bounds)] == spans(calendar, start, end)


class TestClockChanges:
    def test_a_night_is_as_long_as_on_the_wall(self):
        nights = BusinessCalendar("Europe/London", {"sat": [("22:00", "06:00")]})
        hours = {
            from_microseconds(start).date(): (end - start) / 3.6e9
            for start, end in expanded(written(nights), SINCE, UNTIL)
        }

        assert hours[date(2026, 3, 28)] == 7
        assert hours[date(2026, 10, 24)] == 9
        assert hours[date(2026, 5, 2)] == 8

    def test_a_skipped_opening_time_is_read_by_the_offset_before_it(self):
        early = BusinessCalendar("Europe/London", {"sun": [("01:30", "09:00")]})
        opening = datetime(2026, 3, 29, 1, tzinfo=UTC)
        text = written(early)

        assert early.is_open(opening)
        assert microseconds(opening + timedelta(minutes=30)) in dict(expanded(text, SINCE, UNTIL))
        assert read_calendar(text) == early


class TestBadInput:
    @pytest.mark.parametrize("until", [date(2025, 1, 1), SINCE, SINCE + timedelta(6)])
    def test_an_end_within_a_week_is_refused(self, until):
        with pytest.raises(ValueError, match="must come a week or more after since"):
            written(OFFICE, until=until)

    def test_annual_holidays_without_an_end_are_refused(self):
        with pytest.raises(CalendarError, match="exclude --12-25 of every year by itself"):
            written(OFFICE, until=None)

    @pytest.mark.parametrize(
        "wrong",
        [
            {"calendar": "office"},
            {"calendar": OFFICE | ENDLESS},
            {"name": None},
            {"since": "2026-01-01"},
            {"since": datetime(2026, 1, 1, tzinfo=UTC)},
            {"until": 2027},
            {"stamp": SINCE},
        ],
        ids=repr,
    )
    def test_an_argument_of_another_type_is_refused(self, wrong):
        with pytest.raises(TypeError, match="must be"):
            written(**{"calendar": OFFICE} | wrong)

    @pytest.mark.parametrize(
        ("wrong", "why"),
        [
            ({"name": " "}, "name must not be blank"),
            ({"name": "a\0b"}, "NUL"),
            ({"stamp": datetime(2026, 1, 1)}, "stamp must be an aware datetime"),
            ({"since": date(1899, 12, 31)}, "since 1899-12-31 is not in the years 1900 to 2199"),
            ({"until": date(2200, 1, 1)}, "until 2200-01-01 is not in the years 1900 to 2199"),
        ],
    )
    def test_one_that_makes_no_sense_is_refused(self, wrong, why):
        with pytest.raises(ValueError, match=why):
            written(OFFICE, **wrong)

    @pytest.mark.parametrize("name", ["a\rb", "a\r\nb", "\x1bred", "a\x7f", "\\N", "\ufeffa"])
    def test_a_name_that_would_not_come_back_is_refused(self, name):
        calendar = BusinessCalendar("UTC", {"mon": [("09:00", "17:00")]}, holidays={SINCE: name})

        with pytest.raises(CalendarError, match="a name that iCalendar cannot tell as it is"):
            written(calendar)
        with pytest.raises(CalendarError, match="a name that iCalendar cannot tell as it is"):
            written(ENDLESS, name=name)

    @pytest.mark.parametrize("window", [("09:00:00.500000", "17:00"), ("09:00", "17:00:00.000001")])
    @pytest.mark.parametrize("place", ["week", "overrides"])
    def test_parts_of_a_second_are_refused(self, window, place):
        hours = {"week": {"mon": [("09:00", "17:00")]}, "overrides": {}}
        hours[place] |= {{"week": "mon", "overrides": SINCE}[place]: [window]}

        with pytest.raises(CalendarError, match="no parts of a second"):
            written(BusinessCalendar("UTC", **hours))

    def test_a_missing_package_says_which_extra_to_install(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "icalendar", None)

        with pytest.raises(MissingExtraError, match=r"itil_ops\[icalendar\]"):
            written(OFFICE)
