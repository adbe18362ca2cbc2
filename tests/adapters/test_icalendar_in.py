"""
What other people's iCalendar files tell is read as RFC 5545 means it, or refused by name.
"""

from __future__ import annotations

import sys

from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hypothesis import given
from hypothesis import strategies as st

from examples_of_runs import tried
from itil_ops.adapters.icalendar import read_calendar, read_closures, read_holidays
from itil_ops.errors import CalendarError, MissingExtraError
from itil_ops.sla.hours.calendar import BusinessCalendar, Periods


LONDON = "Europe/London"
YEAR = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))


def ics(*vevents, top=""):
    """
    Return an iCalendar text; each VEVENT is given by its lines, without a UID of its own.
    """
    told = "".join(
        f"BEGIN:VEVENT\nUID:{number}\nDTSTAMP:20260101T000000Z\n{lines}\nEND:VEVENT\n"
        if "UID:" not in lines
        else f"BEGIN:VEVENT\nDTSTAMP:20260101T000000Z\n{lines}\nEND:VEVENT\n"
        for number, lines in enumerate(vevents)
    )
    head = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//tests//EN\n{top}"
    return (head + told + "END:VCALENDAR\n").replace("\n", "\r\n")


def whole(day, *lines):
    return "\n".join((f"DTSTART;VALUE=DATE:{day}", *lines))


def timed(start, end, *lines, zone=LONDON):
    return "\n".join((f"DTSTART;TZID={zone}:{start}", f"DTEND;TZID={zone}:{end}", *lines))


def told(spans):
    """
    Return spans as text, in UTC and without the year.
    """
    return [f"{start:%m-%d %H:%M} to {end:%m-%d %H:%M}" for start, end in spans]


def closures(*vevents, top="", **options):
    return told(read_closures(ics(*vevents, top=top), *YEAR, **options))


class TestHolidays:
    @pytest.mark.parametrize("years", [None, 2026])
    def test_a_whole_day_is_one(self, years):
        text = ics(whole(20261225, "SUMMARY:Christmas Day"))

        assert read_holidays(text, years) == {date(2026, 12, 25): "Christmas Day"}

    def test_the_day_it_ends_on_is_none(self):
        text = ics(whole(20260504, "DTEND;VALUE=DATE:20260506", "SUMMARY:Move"))

        assert [*read_holidays(text)] == [date(2026, 5, 4), date(2026, 5, 5)]

    def test_a_duration_will_do(self):
        assert len(read_holidays(ics(whole(20260504, "DURATION:P1W")))) == 7

    def test_a_blank_summary_is_no_name(self):
        text = ics(whole(20260504), whole(20260505, "SUMMARY: "))

        assert read_holidays(text) == {date(2026, 5, 4): None, date(2026, 5, 5): None}

    def test_several_on_one_day_are_told_together(self):
        names = ["SUMMARY:Zest", "SUMMARY:Art", "SUMMARY:Zest", ""]
        text = ics(*(whole(20260504, *filter(None, [name])) for name in names))

        assert read_holidays(text) == {date(2026, 5, 4): "Art; Zest"}

    def test_public_calendars_mark_theirs_as_transparent(self):
        text = ics(whole(20261225, "TRANSP:TRANSPARENT"))

        assert [*read_holidays(text)] == [date(2026, 12, 25)]

    def test_cancelled_ones_are_none(self):
        assert read_holidays(ics(whole(20261225, "STATUS:CANCELLED"))) == {}
        assert read_holidays(ics(whole(20261225, "RRULE:FREQ=MONTHLY", "STATUS:CANCELLED"))) == {}

    def test_timed_ones_are_none(self):
        text = ics(timed("20261225T000000", "20261226T000000", "RRULE:FREQ=DAILY"))

        assert read_holidays(text, 2026) == {}

    def test_a_file_without_any_has_none(self):
        assert read_holidays(ics()) == {}

    def test_bytes_with_a_mark_in_front_are_text(self):
        text = "\ufeff" + ics(whole(20260504, "SUMMARY:Fête"))

        assert read_holidays(text.encode()) == {date(2026, 5, 4): "Fête"}

    def test_a_calendar_takes_them(self):
        office = BusinessCalendar(
            LONDON,
            {"fri": [("09:00", "17:00")]},
            holidays=read_holidays(ics(whole(20261225, "RRULE:FREQ=YEARLY", "SUMMARY:Christmas"))),
        )

        assert dict(office.holidays) == {"--12-25": "Christmas"}


ANNUAL = [
    "RRULE:FREQ=YEARLY",
    "RRULE:FREQ=YEARLY;INTERVAL=1;WKST=SU",
    "RRULE:FREQ=YEARLY;BYMONTH=12",
    "RRULE:FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25",
]
NOT_JUST_YEARLY = [
    "RRULE:FREQ=YEARLY;INTERVAL=2",
    "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH",
    "RRULE:FREQ=YEARLY;BYMONTHDAY=25",
    "RRULE:FREQ=MONTHLY",
    "RRULE:FREQ=YEARLY\nEXDATE;VALUE=DATE:20271225",
    "RRULE:FREQ=YEARLY\nRDATE;VALUE=DATE:20271226",
    "RRULE:FREQ=YEARLY\nDTEND;VALUE=DATE:20261227",
]


class TestRulesOfHolidays:
    @pytest.mark.parametrize("rule", ANNUAL)
    def test_a_plain_yearly_one_is_an_annual_day(self, rule):
        assert read_holidays(ics(whole(20261225, rule, "SUMMARY:X"))) == {"--12-25": "X"}

    @pytest.mark.parametrize("rule", ANNUAL)
    def test_it_is_worked_out_for_the_years_wanted(self, rule):
        found = read_holidays(ics(whole(20261225, rule)), [2025, 2027, 2029])

        assert [*found] == [date(2027, 12, 25), date(2029, 12, 25)]

    def test_a_leap_day_is_annual(self):
        text = ics(whole(20240229, "RRULE:FREQ=YEARLY"))

        assert [*read_holidays(text)] == ["--02-29"]
        assert [*read_holidays(text, range(2024, 2030))] == [date(2024, 2, 29), date(2028, 2, 29)]

    @pytest.mark.parametrize("rule", NOT_JUST_YEARLY)
    def test_any_other_without_end_needs_years(self, rule):
        with pytest.raises(CalendarError, match=r"VEVENT 'X' goes on for ever.*years=range"):
            read_holidays(ics(whole(20261225, rule, "SUMMARY:X")))

    @pytest.mark.parametrize("rule", NOT_JUST_YEARLY)
    def test_with_years_it_is_worked_out(self, rule):
        assert date(2026, 12, 25) in read_holidays(ics(whole(20261225, rule)), 2026)

    def test_one_with_a_moved_recurrence_needs_years(self):
        text = ics(
            whole(20261225, "UID:a", "RRULE:FREQ=YEARLY"),
            whole(20271227, "UID:a", "RECURRENCE-ID;VALUE=DATE:20271225"),
        )

        with pytest.raises(CalendarError, match="years=range"):
            read_holidays(text)
        assert [*read_holidays(text, 2027)] == [date(2027, 12, 27)]

    def test_one_with_an_end_needs_none(self):
        text = ics(
            whole(20261225, "RRULE:FREQ=YEARLY;COUNT=2"),
            whole(20260101, "RRULE:FREQ=YEARLY;UNTIL=20280101"),
        )

        assert [day.year for day in read_holidays(text)] == [2026, 2026, 2027, 2027, 2028]

    def test_days_are_added_and_excluded(self):
        text = ics(
            whole(
                20260504,
                "RRULE:FREQ=WEEKLY;COUNT=3",
                "EXDATE;VALUE=DATE:20260511",
                "RDATE;VALUE=DATE:20260601",
            )
        )

        assert [f"{day:%m-%d}" for day in read_holidays(text)] == ["05-04", "05-18", "06-01"]

    def test_a_recurrence_can_be_cancelled(self):
        text = ics(
            whole(20260504, "UID:a", "RRULE:FREQ=WEEKLY;COUNT=2"),
            whole(20260511, "UID:a", "RECURRENCE-ID;VALUE=DATE:20260511", "STATUS:CANCELLED"),
        )

        assert [*read_holidays(text)] == [date(2026, 5, 4)]

    def test_a_recurrence_that_is_given_times_is_none(self):
        text = ics(
            whole(20260504, "UID:a", "RRULE:FREQ=WEEKLY;COUNT=2"),
            timed(
                "20260511T090000",
                "20260511T100000",
                "UID:a",
                "RECURRENCE-ID;VALUE=DATE:20260511",
            ),
        )

        assert [*read_holidays(text)] == [date(2026, 5, 4)]

    def test_what_crosses_a_year_is_cut(self):
        text = ics(whole(20261230, "DTEND;VALUE=DATE:20270104"))

        assert len(read_holidays(text)) == 5
        assert [*read_holidays(text, 2026)] == [date(2026, 12, 30), date(2026, 12, 31)]
        assert [*read_holidays(text, 2027)] == [date(2027, 1, day) for day in (1, 2, 3)]

    @pytest.mark.parametrize("day", [18991231, 22000101])
    def test_what_no_calendar_knows_is_refused(self, day):
        with pytest.raises(CalendarError, match="VEVENT '0' is not within the years 1900 to 2199"):
            read_holidays(ics(whole(day)))

    @pytest.mark.parametrize("day", [date(2026, 1, 1), date(2026, 12, 31)])
    def test_a_year_has_its_first_day_and_its_last(self, day):
        text = ics(whole(f"{day:%Y%m%d}"))

        assert [*read_holidays(text, 2026)] == [day]
        assert read_holidays(text, [2025, 2027]) == {}

    def test_the_last_day_that_one_knows_is_read(self):
        assert [*read_holidays(ics(whole(21991231)))] == [date(2199, 12, 31)]

    def test_no_years_are_refused(self):
        with pytest.raises(ValueError, match="at least one"):
            read_holidays(ics(), [])


class TestClosures:
    def test_a_single_one(self):
        assert closures(timed("20260704T100000", "20260704T120000")) == [
            "07-04 09:00 to 07-04 11:00"
        ]

    def test_a_weekly_one_keeps_its_time_through_clock_changes(self):
        found = closures(timed("20260322T000000", "20260322T060000", "RRULE:FREQ=WEEKLY;COUNT=3"))

        assert found == [
            "03-22 00:00 to 03-22 06:00",
            "03-29 00:00 to 03-29 05:00",
            "04-04 23:00 to 04-05 05:00",
        ]

    def test_one_by_utc_keeps_that(self):
        found = closures(
            "DTSTART:20260322T000000Z\nDURATION:PT6H\nRRULE:FREQ=WEEKLY;UNTIL=20260330T000000Z"
        )

        assert found == ["03-22 00:00 to 03-22 06:00", "03-29 00:00 to 03-29 06:00"]

    def test_recurrences_are_excluded_moved_and_cancelled(self):
        found = closures(
            timed(
                "20260105T200000",
                "20260105T220000",
                "UID:a",
                "RRULE:FREQ=WEEKLY;COUNT=5",
                f"EXDATE;TZID={LONDON}:20260112T200000",
            ),
            timed(
                "20260120T210000",
                "20260120T220000",
                "UID:a",
                f"RECURRENCE-ID;TZID={LONDON}:20260119T200000",
            ),
            timed(
                "20260126T200000",
                "20260126T220000",
                "UID:a",
                f"RECURRENCE-ID;TZID={LONDON}:20260126T200000",
                "STATUS:CANCELLED",
            ),
        )

        assert found == [
            "01-05 20:00 to 01-05 22:00",
            "01-20 21:00 to 01-20 22:00",
            "02-02 20:00 to 02-02 22:00",
        ]

    def test_all_later_ones_can_be_moved(self):
        found = closures(
            timed("20260105T200000", "20260105T220000", "UID:a", "RRULE:FREQ=WEEKLY;COUNT=3"),
            timed(
                "20260112T210000",
                "20260112T230000",
                "UID:a",
                f"RECURRENCE-ID;RANGE=THISANDFUTURE;TZID={LONDON}:20260112T200000",
            ),
        )

        assert found[1:] == ["01-12 21:00 to 01-12 23:00", "01-19 21:00 to 01-19 23:00"]

    def test_periods_can_be_added(self):
        found = closures(
            "DTSTART:20260105T200000Z\nDTEND:20260105T210000Z\n"
            "RDATE;VALUE=PERIOD:20260201T000000Z/PT3H"
        )

        assert found == ["01-05 20:00 to 01-05 21:00", "02-01 00:00 to 02-01 03:00"]

    def test_cancelled_and_transparent_ones_close_nothing(self):
        assert (
            closures(
                timed("20260704T100000", "20260704T120000", "STATUS:CANCELLED"),
                timed("20260704T130000", "20260704T140000", "TRANSP:TRANSPARENT"),
                whole(20260704, "TRANSP:TRANSPARENT"),
            )
            == []
        )

    def test_they_come_merged_and_in_order(self):
        assert closures(
            timed("20260705T100000", "20260705T120000"),
            timed("20260104T110000", "20260104T130000"),
            timed("20260104T100000", "20260104T120000"),
            timed("20260104T130000", "20260104T140000"),
            timed("20260104T180000", "20260104T180000"),
        ) == ["01-04 10:00 to 01-04 14:00", "07-05 09:00 to 07-05 11:00"]

    def test_they_are_cut_at_both_ends(self):
        text = ics("DTSTART:20250101T000000Z\nDTEND:20250101T120000Z\nRRULE:FREQ=DAILY")
        start = datetime(2026, 3, 1, 6, tzinfo=UTC)

        assert told(read_closures(text, start, start + timedelta(hours=20))) == [
            "03-01 06:00 to 03-01 12:00",
            "03-02 00:00 to 03-02 02:00",
        ]

    def test_of_no_time_at_all_there_are_none(self):
        text = ics("DTSTART:20250101T000000Z\nDTEND:20250101T120000Z\nRRULE:FREQ=DAILY")

        assert read_closures(text, YEAR[0], YEAR[0]) == ()

    def test_whole_days_and_floating_times_take_the_zone_given(self):
        found = closures(
            whole(20260704),
            "DTSTART:20260706T090000\nDTEND:20260706T100000",
            zone=ZoneInfo("America/New_York"),
        )

        assert found == ["07-04 04:00 to 07-05 04:00", "07-06 13:00 to 07-06 14:00"]

    def test_or_that_of_the_file(self):
        assert closures(whole(20260704), top="X-WR-TIMEZONE:Asia/Tokyo\n") == [
            "07-03 15:00 to 07-04 15:00"
        ]

    def test_a_windows_name_is_a_zone(self):
        found = closures(
            timed("20260704T100000", "20260704T120000", zone="W. Europe Standard Time")
        )

        assert found == ["07-04 08:00 to 07-04 10:00"]

    def test_a_calendar_without_them(self):
        text = ics(timed("20260706T160000", "20260706T200000", "RRULE:FREQ=WEEKLY"))
        support = BusinessCalendar(LONDON, {"mon": [("09:00", "17:00")]})
        rest = support - Periods(read_closures(text, *YEAR))
        monday = datetime(2026, 7, 13, 8, tzinfo=UTC)

        assert rest.between(monday, monday + timedelta(days=1)) == timedelta(hours=7)

    def test_end_before_start_is_refused(self):
        with pytest.raises(ValueError, match="must not come before start"):
            read_closures(ics(), *YEAR[::-1])

    @pytest.mark.parametrize("year", [1899, 2201])
    def test_a_span_that_no_calendar_knows_is_refused(self, year):
        at = datetime(year, 6, 1, tzinfo=UTC)

        with pytest.raises(CalendarError, match="not within the years 1900 to 2199"):
            read_closures(ics(), min(at, YEAR[0]), max(at, YEAR[1]))

    def test_naive_instants_are_refused(self):
        with pytest.raises(ValueError, match="start must be an aware datetime"):
            read_closures(ics(), datetime(2026, 1, 1), YEAR[1])

    @pytest.mark.parametrize(
        "lines", [whole(20260704), "DTSTART:20260706T090000\nDTEND:20260706T100000"]
    )
    def test_without_any_zone_it_is_refused(self, lines):
        with pytest.raises(CalendarError, match=r"VEVENT 'X' names no zone for .*; say it"):
            closures(f"{lines}\nSUMMARY:X")

    def test_an_unknown_zone_is_refused(self):
        with pytest.raises(CalendarError, match="no zone 'Europe/Londres'"):
            closures(whole(20260704), zone="Europe/Londres")


WEEKLY = timed("20260105T090000", "20260105T170000", "UID:w", "RRULE:FREQ=WEEKLY;BYDAY=MO,TU")
WEEK = {"mon": [("09:00", "17:00")], "tue": [("09:00", "17:00")]}


class TestOpeningHours:
    def test_weekly_ones_are_the_week(self):
        night = timed("20260109T220000", "20260110T060000", "RRULE:FREQ=WEEKLY;INTERVAL=1;WKST=MO")
        late = timed("20260107T200000", "20260108T000000", "RRULE:FREQ=WEEKLY")

        assert read_calendar(ics(WEEKLY, night, late)) == BusinessCalendar(
            LONDON, WEEK | {"wed": [("20:00", "24:00")], "fri": [("22:00", "06:00")]}
        )

    def test_whole_days_are_holidays(self):
        text = ics(
            WEEKLY,
            whole(20261228, "SUMMARY:Boxing Day"),
            whole(20261225, "RRULE:FREQ=YEARLY"),
            whole(20261229, "STATUS:CANCELLED"),
        )

        assert read_calendar(text) == BusinessCalendar(
            LONDON, WEEK, holidays={date(2026, 12, 28): "Boxing Day", "--12-25": None}
        )

    @pytest.mark.parametrize(
        ("exdate", "expected"),
        [
            (f"EXDATE;TZID={LONDON}:20260112T090000", {date(2026, 1, 12): []}),
            ("EXDATE:20260112T090000Z", {date(2026, 1, 12): []}),
            ("EXDATE;VALUE=DATE:20260112", {date(2026, 1, 12): []}),
            (f"EXDATE;TZID={LONDON}:20260112T100000", {}),
            (f"EXDATE;TZID={LONDON}:20260114T090000", {}),
            (f"EXDATE;TZID={LONDON}:20251229T090000", {}),
        ],
    )
    def test_what_the_week_excludes_is_closed(self, exdate, expected):
        text = ics(f"{WEEKLY}\n{exdate}")

        assert read_calendar(text) == BusinessCalendar(LONDON, WEEK, overrides=expected)

    def test_a_single_one_adds_to_what_the_week_leaves(self):
        text = ics(WEEKLY, timed("20260112T180000", "20260112T200000"))

        assert (
            read_calendar(text).overrides
            == BusinessCalendar(
                LONDON,
                WEEK,
                overrides={date(2026, 1, 12): [("09:00", "17:00"), ("18:00", "20:00")]},
            ).overrides
        )

    def test_on_a_holiday_it_stands_alone(self):
        text = ics(WEEKLY, whole(20260112), timed("20260112T100000", "20260112T110000"))

        assert [*read_calendar(text).overrides.items()] == [
            *BusinessCalendar(
                LONDON, WEEK, overrides={date(2026, 1, 12): [("10:00", "11:00")]}
            ).overrides.items()
        ]

    def test_a_single_one_of_another_zone_is_read_in_that_of_the_week(self):
        text = ics(WEEKLY, "DTSTART:20260715T090000Z\nDTEND:20260715T100000Z")

        assert read_calendar(text) == BusinessCalendar(
            LONDON, WEEK, overrides={date(2026, 7, 15): [("10:00", "11:00")]}
        )

    def test_a_recurrence_can_be_moved_or_cancelled(self):
        moved = timed(
            "20260113T100000", "20260113T120000", "UID:w", "RECURRENCE-ID:20260112T090000Z"
        )
        cancelled = timed(
            "20260119T090000",
            "20260119T170000",
            "UID:w",
            "RECURRENCE-ID:20260119T090000Z",
            "STATUS:CANCELLED",
        )
        other = cancelled.replace("UID:w", "UID:v")
        own = [("10:00", "12:00")]

        assert read_calendar(ics(WEEKLY.replace("MO,TU", "MO"), moved, cancelled)) == (
            BusinessCalendar(
                LONDON,
                {"mon": WEEK["mon"]},
                overrides={date(2026, 1, 12): [], date(2026, 1, 13): own, date(2026, 1, 19): []},
            )
        )
        assert read_calendar(ics(WEEKLY, other)) == BusinessCalendar(LONDON, WEEK)

    def test_floating_ones_take_the_zone_of_the_file(self):
        text = ics(
            "DTSTART:20260105T090000\nDTEND:20260105T170000\nRRULE:FREQ=WEEKLY;BYDAY=MO,TU",
            top="X-WR-TIMEZONE:Asia/Tokyo\n",
        )

        assert read_calendar(text) == BusinessCalendar("Asia/Tokyo", WEEK)

    def test_all_may_end_in_one_week(self):
        ended = WEEKLY.replace("BYDAY=MO,TU", "BYDAY=MO;UNTIL=20261229T000000Z")
        dated = timed("20260106T090000", "20260106T170000", "RRULE:FREQ=WEEKLY;UNTIL=20261229")

        assert read_calendar(ics(ended, dated)) == BusinessCalendar(LONDON, WEEK)

    def test_the_end_of_time_is_no_end(self):
        weekly = WEEKLY.replace(LONDON, "Asia/Tokyo")
        far = weekly.replace("BYDAY=MO,TU", "BYDAY=MO,TU;UNTIL=99991231T235959Z")

        assert read_calendar(ics(far)) == BusinessCalendar("Asia/Tokyo", WEEK)
        assert len(read_closures(ics(far), *YEAR)) == 104

    @pytest.mark.parametrize("until", ["20260119T080000Z", "20260119T100000Z"])
    def test_the_week_excludes_nothing_after_its_end(self, until):
        weekly = WEEKLY.replace("BYDAY=MO,TU", f"BYDAY=MO,TU;UNTIL={until}")
        found = read_calendar(ics(f"{weekly}\nEXDATE:20260119T090000Z"))

        assert [*found.overrides] == ([date(2026, 1, 19)] if "T10" in until else [])

    @pytest.mark.parametrize(
        ("lines", "why"),
        [
            (timed("20260105T090000", "20260105T170000", "RRULE:FREQ=DAILY"), "every week"),
            (
                timed("20260105T090000", "20260105T170000", "RRULE:FREQ=WEEKLY;BYDAY=MO,2TU"),
                "every week",
            ),
            (
                timed("20260105T090000", "20260105T170000", "RRULE:FREQ=WEEKLY;INTERVAL=2"),
                "every week",
            ),
            (
                timed("20260105T090000", "20260105T170000", "RRULE:FREQ=WEEKLY;COUNT=9"),
                "every week",
            ),
            (
                timed("20260105T090000", "20260105T170000", "RRULE:FREQ=WEEKLY;BYDAY=TU"),
                "begin on one of its days",
            ),
            (
                timed("20260105T090000", "20260106T100000", "RRULE:FREQ=WEEKLY"),
                "open for a day at most",
            ),
            (timed("20260105T090000", "20260106T090000"), "open for a day at most"),
            (timed("20260105T090000", "20260105T090000"), "open for a day at most"),
            (f"{WEEKLY}\nRDATE;TZID={LONDON}:20260201T090000", "RDATE"),
            (
                timed(
                    "20260112T100000",
                    "20260112T120000",
                    f"RECURRENCE-ID;RANGE=THISANDFUTURE;TZID={LONDON}:20260112T090000",
                ),
                "later ones",
            ),
            (f"{WEEKLY}\nRECURRENCE-ID:20260112T090000Z", "stands for another one"),
            (whole(20260112, "RECURRENCE-ID;VALUE=DATE:20260112"), "stands for another one"),
            (timed("20260112T120000", "20260112T130000", "CATEGORIES:closed"), "part of a day"),
            (whole(20260112, "RRULE:FREQ=MONTHLY"), "takes whole days and recurs"),
            ("DTSTART:20260105T090000\nDTEND:20260105T170000", "names no zone"),
        ],
    )
    def test_what_does_not_fit_is_refused_by_name(self, lines, why):
        text = ics(f"{lines}\nSUMMARY:Shop".replace("UID:w", "UID:x"))

        with pytest.raises(CalendarError, match=f"VEVENT 'Shop' does not fit .*{why}"):
            read_calendar(text)

    @pytest.mark.parametrize(
        "other",
        [
            timed("20260701T090000", "20260701T170000", "RRULE:FREQ=WEEKLY"),
            timed("20260107T090000", "20260107T170000", "RRULE:FREQ=WEEKLY;UNTIL=20261231"),
        ],
    )
    def test_two_weeks_after_each_other_are_refused(self, other):
        with pytest.raises(CalendarError, match=r"VEVENT '.' and VEVENT '.' do not begin and end"):
            read_calendar(ics(WEEKLY, other))

    def test_two_zones_are_refused(self):
        other = timed("20260107T090000", "20260107T170000", "RRULE:FREQ=WEEKLY", zone="Asia/Tokyo")

        with pytest.raises(CalendarError, match="VEVENT 'w' is in 'Europe/London' and VEVENT '1'"):
            read_calendar(ics(WEEKLY, other))

    @pytest.mark.parametrize("vevents", [(), (whole(20260112),)])
    def test_none_at_all_are_refused(self, vevents):
        with pytest.raises(CalendarError, match="no VEVENT tells opening hours"):
            read_calendar(ics(*vevents))

    def test_two_at_once_are_refused(self):
        with pytest.raises(CalendarError, match="windows of mon overlap"):
            read_calendar(ics(WEEKLY, WEEKLY.replace("UID:w", "UID:v")))


READERS = {
    "holidays": lambda text: read_holidays(text, 2026),
    "closures": lambda text: read_closures(text, *YEAR, zone=LONDON),
    "calendar": read_calendar,
}
GOOD = ics(WEEKLY, whole(20261225))
NEST = "\n".join(
    ["BEGIN:VCALENDAR", *["BEGIN:VEVENT"] * 5000, *["END:VEVENT"] * 5000, "END:VCALENDAR"]
)

UNREADABLE = {
    "empty": ("", "no iCalendar text of one VCALENDAR"),
    "prose": ("Closed on Fridays.", "no iCalendar text of one VCALENDAR"),
    "a page": ("<!DOCTYPE html>\n<html><body>404</body></html>", "no iCalendar text"),
    "cut off": (GOOD[:-20], "no iCalendar text of one VCALENDAR"),
    "two": (GOOD + GOOD, "no iCalendar text of one VCALENDAR"),
    "only a VEVENT": ("BEGIN:VEVENT\r\nEND:VEVENT\r\n", "but of a VEVENT"),
    "a deep nest": (NEST, "of one VCALENDAR|has no DTSTART"),
    "a NUL": (GOOD.replace("UID:w", "UID:\0"), "a NUL at"),
    "other bytes": (b"\xff\xfe" + GOOD.encode("utf-16-le"), "which is UTF-8"),
    "Latin 1": (GOOD.replace("UID:w", "UID:é").encode("latin-1"), "which is UTF-8"),
}

BROKEN = {
    "no DTSTART": ("SUMMARY:X", "has no DTSTART"),
    "two DTSTARTs": (whole(20260504, "DTSTART;VALUE=DATE:20260505"), "more than one DTSTART"),
    "two rules": (
        whole(20260504, "RRULE:FREQ=DAILY;COUNT=2", "RRULE:FREQ=WEEKLY;COUNT=2"),
        "more than one RRULE",
    ),
    "no date": (whole("tomorrow"), "cannot be read: DTSTART"),
    "a time alone": (
        timed("20260504T090000", "20260504T100000").replace("20260504T090000", "090000"),
        "its DTSTART is neither a day nor an instant",
    ),
    "a period": (
        "DTSTART:20260504T090000Z/PT1H",
        "its DTSTART is neither a day nor an instant",
    ),
    "a length as an exception": (
        whole(20260504, "EXDATE:P1D"),
        "its EXDATE is neither a day nor an instant",
    ),
    "two durations": (whole(20260504, "DURATION:P1D", "DURATION:P2D"), "has a DURATION that is"),
    "the end of time": (whole(99991231), "its DTSTART is out of all bounds"),
    "the beginning of time": ("DTSTART:00010101T000000Z", "its DTSTART is out of all bounds"),
    "beyond the end of time": (whole(20260504, "DURATION:P9999999D"), "ends after the year 9999"),
    "no such date": (whole(20260231), "cannot be read: DTSTART"),
    "no duration": (whole(20260504, "DURATION:P1X"), "cannot be read: DURATION"),
    "no rule": (whole(20260504, "RRULE:FREQ=SOMETIMES"), "cannot be read: RRULE"),
    "a rule without frequency": (whole(20260504, "RRULE:BYDAY=MO"), "an RRULE needs a FREQ"),
    "every hour": (whole(20260504, "RRULE:FREQ=HOURLY"), "none finer than DAILY"),
    "every minute": (
        whole(20260504, "RRULE:FREQ=DAILY;BYHOUR=1;BYMINUTE=1,2"),
        "none finer than DAILY",
    ),
    "no exception": (whole(20260504, "EXDATE:never"), "cannot be read: EXDATE"),
    "ends before": (whole(20260504, "DTEND;VALUE=DATE:20260503"), "ends at .* before it begins"),
    "a day and a time": (whole(20260504, "DTEND:20260505T000000Z"), "begins with a day and ends"),
    "a zone at one end": (
        "DTSTART:20260504T090000Z\nDTEND:20260504T100000",
        "has a zone at one end only",
    ),
    "unknown zone": (
        timed("20260504T090000", "20260504T100000", zone="Mars/Base"),
        "the TZID 'Mars/Base' of its DTSTART is no zone",
    ),
    "unknown zone of an exception": (
        timed("20260504T090000", "20260504T100000", "EXDATE;TZID=Mars/Base:20260504T090000"),
        "the TZID 'Mars/Base' of its EXDATE is no zone",
    ),
}


class TestBadInput:
    @pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
    @pytest.mark.parametrize(("text", "why"), UNREADABLE.values(), ids=UNREADABLE)
    def test_what_is_no_icalendar_text_is_refused(self, reader, text, why):
        with pytest.raises(CalendarError, match=why):
            reader(text)

    @pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
    @pytest.mark.parametrize(("lines", "why"), BROKEN.values(), ids=BROKEN)
    def test_a_vevent_that_cannot_be_read_is_refused_by_name(self, reader, lines, why):
        with pytest.raises(CalendarError, match=f"VEVENT 'X'.*{why}"):
            reader(ics(lines if "SUMMARY" in lines else f"{lines}\nSUMMARY:X"))

    @pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
    @pytest.mark.parametrize("text", [None, 5, ["BEGIN:VCALENDAR"]], ids=repr)
    def test_what_is_no_text_is_refused(self, reader, text):
        with pytest.raises(TypeError, match="must be a str or bytes"):
            reader(text)

    def test_a_vevent_without_any_name_has_one_in_the_message(self):
        text = ics("").replace("UID:0\r\n", "")

        with pytest.raises(CalendarError, match="VEVENT 'of no name' has no DTSTART"):
            read_holidays(text)

    def test_a_zone_of_the_files_own_is_refused_even_when_it_is_defined(self):
        zone = (
            "BEGIN:VTIMEZONE\nTZID:Ours\nBEGIN:STANDARD\nDTSTART:19700101T000000\n"
            "TZOFFSETFROM:+0100\nTZOFFSETTO:+0100\nEND:STANDARD\nEND:VTIMEZONE\n"
        )

        with pytest.raises(CalendarError, match="the TZID 'Ours' of its DTSTART is no zone"):
            closures(timed("20260504T090000", "20260504T100000", zone="Ours"), top=zone)

    def test_half_the_name_of_a_zone_is_refused(self):
        with pytest.raises(CalendarError, match="a TZID is no zone of the IANA database"):
            closures(timed("20260504T090000", "20260504T100000", zone="Europe"))

    def test_a_rule_that_makes_no_sense_is_refused(self):
        with pytest.raises(CalendarError, match="a rule that cannot be worked out"):
            closures(timed("20260504T090000", "20260504T100000", "RRULE:FREQ=DAILY;BYSETPOS=0"))

    @pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
    @tried(60)
    @given(data=st.data())
    def test_a_damaged_text_is_read_or_refused(self, reader, data):
        lines = GOOD.split("\r\n")
        number = data.draw(st.integers(0, len(lines) - 1))
        junk = st.text(st.sampled_from("0123456789TZ:;=,-/ \\ABCDEFWKLYMORU"), max_size=12)
        start = data.draw(st.integers(0, len(lines[number])))
        stop = data.draw(st.integers(start, len(lines[number])))
        lines[number] = lines[number][:start] + data.draw(junk) + lines[number][stop:]

        with suppress(CalendarError):  # and nothing else
            assert reader("\r\n".join(lines)) is not None

    @pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
    def test_a_missing_package_says_which_extra_to_install(self, reader, monkeypatch):
        monkeypatch.setitem(sys.modules, "icalendar", None)

        with pytest.raises(MissingExtraError, match=r"itil_ops\[icalendar\]"):
            reader(GOOD)
