"""
Durations: working time, business days and where on them, the next opening.
"""

from __future__ import annotations

import copy
import datetime as dt
import pickle

from datetime import UTC, time, timedelta
from zoneinfo import ZoneInfo

import attrs
import pendulum
import pytest

from itil_ops.errors import CalendarError
from itil_ops.sla.hours.calendar import ALWAYS_OPEN, BusinessCalendar, Periods
from itil_ops.sla.hours.duration import BusinessDays, DayMark, NextOpening, check_duration, end_of


WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
EVERY_DAY = (*WEEKDAYS, "sat", "sun")
NAMES = {"BusinessDays": BusinessDays, "DayMark": DayMark, "NextOpening": NextOpening}


def calendar(zone, *windows, days=EVERY_DAY, **options):
    return BusinessCalendar(zone, dict.fromkeys(days, windows), **options)


def london(text):
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/London"))


def utc(text):
    return dt.datetime.fromisoformat(text).replace(tzinfo=UTC)


OFFICE = calendar("Europe/London", ("09:00", "12:00"), ("13:00", "17:00"), days=WEEKDAYS)
NIGHTS = calendar("Europe/London", ("22:00", "06:00"))
SPLIT = calendar("UTC", ("22:00", "06:00"), ("09:00", "12:00"))
DURATIONS = [
    BusinessDays(3),
    BusinessDays(1, by=DayMark.SAME_TIME),
    BusinessDays(2, by=DayMark.OPENING),
    BusinessDays(2, by="16:00"),
    BusinessDays(2, by=time(16, 0, 30, 5)),
    NextOpening(),
]


class TestBusinessDays:
    @pytest.mark.parametrize(
        ("days", "end"),
        [
            (BusinessDays(1), "2024-03-04T17:00"),
            (BusinessDays(1, by=DayMark.CLOSE), "2024-03-04T17:00"),
            (BusinessDays(1, by=DayMark.OPENING), "2024-03-04T09:00"),
            (BusinessDays(1, by=DayMark.SAME_TIME), "2024-03-04T15:30"),
            (BusinessDays(1, by="16:00"), "2024-03-04T16:00"),
            (BusinessDays(6, by=time(16)), "2024-03-11T16:00"),
            (BusinessDays(1, by="07:00"), "2024-03-04T07:00"),  # before it opens
            (BusinessDays(1, by="12:30"), "2024-03-04T12:30"),  # at lunch
            (BusinessDays(1, by="23:15:00.000001"), "2024-03-04T23:15:00.000001"),
        ],
    )
    def test_they_end_on_the_last_of_them(self, days, end):
        friday = london("2024-03-01T15:30")

        assert OFFICE.end_of_days(friday, days) == london(end)
        assert end_of(days, friday, OFFICE) == london(end)

    def test_the_same_time_is_that_of_the_calendars_clocks(self):
        days = BusinessDays(1, by=DayMark.SAME_TIME)

        # Friday 15:30 in London before the clocks change, Monday 15:30 after.
        assert OFFICE.end_of_days(utc("2024-03-29T15:30"), days) == utc("2024-04-01T14:30")
        assert OFFICE.end_of_days(
            dt.datetime(2024, 3, 29, 10, 30, tzinfo=dt.timezone(-timedelta(hours=5))), days
        ) == utc("2024-04-01T14:30")

    @pytest.mark.parametrize(
        ("start", "by", "end"),
        [
            # 01:00 to 02:00 is skipped: the first instant after the gap.
            ("2024-03-30T01:30", DayMark.SAME_TIME, "2024-03-31T01:00"),
            ("2024-03-30T12:00", "01:30", "2024-03-31T01:00"),
            # 01:00 to 02:00 comes twice: the second occurrence.
            ("2024-10-26T00:30", DayMark.SAME_TIME, "2024-10-27T01:30"),
            ("2024-10-26T12:00", "01:30", "2024-10-27T01:30"),
        ],
    )
    def test_a_time_that_a_clock_change_skips_or_repeats(self, start, by, end):
        around = calendar("Europe/London", ("00:00", "24:00"))

        assert around.end_of_days(utc(start), BusinessDays(1, by=by)) == utc(end)

    def test_a_day_that_was_skipped_is_not_counted(self):
        apia = calendar("Pacific/Apia", ("09:00", "17:00"))
        start = dt.datetime(2011, 12, 29, 12, tzinfo=ZoneInfo("Pacific/Apia"))

        end = apia.end_of_days(start, BusinessDays(1, by=DayMark.SAME_TIME))

        assert end == dt.datetime(2011, 12, 31, 12, tzinfo=ZoneInfo("Pacific/Apia"))

    def test_opening_and_close_are_those_of_the_windows_of_the_day(self):
        start = utc("2024-03-05T12:00")

        assert SPLIT.end_of_days(start, BusinessDays(1, by=DayMark.OPENING)) == utc(
            "2024-03-06T09:00"
        )
        assert SPLIT.end_of_days(start, BusinessDays(1)) == utc("2024-03-07T06:00")
        assert NIGHTS.end_of_days(start, BusinessDays(1, by=DayMark.OPENING)) == utc(
            "2024-03-06T22:00"
        )

    def test_of_combined_hours_they_are_the_dates_with_any(self):
        extra = Periods([(utc("2024-03-02T08:00"), utc("2024-03-02T10:00"))])
        both, friday = OFFICE | extra, london("2024-03-01T15:30")

        assert both.end_of_days(friday, BusinessDays(1, by=DayMark.OPENING)) == utc(
            "2024-03-02T08:00"
        )
        assert both.end_of_days(friday, BusinessDays(1)) == utc("2024-03-02T10:00")
        assert both.end_of_days(friday, BusinessDays(2, by="16:00")) == utc("2024-03-04T16:00")

    def test_working_time_until_then_is_what_counts(self):
        friday = london("2024-03-01T15:30")
        lunch = OFFICE.end_of_days(friday, BusinessDays(1, by="12:30"))

        assert OFFICE.between(friday, lunch) == timedelta(hours=4, minutes=30)
        assert OFFICE.add(friday, timedelta(hours=4, minutes=30)) == london("2024-03-04T12:00")

    def test_close_of_business_refuses_another_end_than_the_close(self):
        for days in DURATIONS[1:5]:
            with pytest.raises(ValueError, match="close of business, else ask end_of_days"):
                OFFICE.close_of_business(london("2024-03-01T15:30"), days)

    @pytest.mark.parametrize("days", [3, timedelta(days=3), None, NextOpening()])
    def test_anything_else_is_no_business_days(self, days):
        with pytest.raises(TypeError, match="days must be a BusinessDays"):
            OFFICE.end_of_days(london("2024-03-01T15:30"), days)
        with pytest.raises(TypeError, match="days must be a BusinessDays"):
            OFFICE.close_of_business(london("2024-03-01T15:30"), days)

    def test_a_naive_start_is_refused(self):
        with pytest.raises(ValueError, match="start must be an aware"):
            OFFICE.end_of_days(dt.datetime(2024, 3, 1), BusinessDays(1))

    @pytest.mark.parametrize("by", ["16", "16:00Z", "24:00", "25:00", "", "close", "four"])
    def test_what_is_no_time_of_day(self, by):
        with pytest.raises(CalendarError, match="no time of day"):
            BusinessDays(1, by=by)

    @pytest.mark.parametrize("by", [None, 16, dt.datetime(2024, 3, 1, 16), timedelta(hours=16)])
    def test_what_is_neither_a_mark_nor_a_time(self, by):
        with pytest.raises(TypeError, match="a time of day must be a time"):
            BusinessDays(1, by=by)

    def test_a_time_with_a_zone_of_its_own(self):
        with pytest.raises(ValueError, match="must be naive"):
            BusinessDays(1, by=time(16, tzinfo=UTC))


class TestNextOpening:
    @pytest.mark.parametrize(
        ("start", "opening"),
        [
            ("2024-03-01T08:00", "2024-03-01T09:00"),
            ("2024-03-01T09:00", "2024-03-01T13:00"),  # open now: the one after the next closing
            ("2024-03-01T10:00", "2024-03-01T13:00"),
            ("2024-03-01T12:00", "2024-03-01T13:00"),
            ("2024-03-01T15:30", "2024-03-04T09:00"),
            ("2024-03-01T17:00", "2024-03-04T09:00"),
            ("2024-03-02T12:00", "2024-03-04T09:00"),
        ],
    )
    def test_it_comes_after_the_start(self, start, opening):
        assert end_of(NextOpening(), london(start), OFFICE) == london(opening)

    def test_what_is_always_open_has_none(self):
        with pytest.raises(CalendarError, match="no closing after"):
            end_of(NextOpening(), london("2024-03-01T15:30"), ALWAYS_OPEN)


class TestWorkingTime:
    def test_an_amount_is_added(self):
        end = end_of(timedelta(hours=8), london("2024-03-01T15:30"), OFFICE)

        assert end == london("2024-03-04T17:00") - timedelta(minutes=30)

    def test_months_are_refused(self):
        with pytest.raises(ValueError, match="must not have months or years"):
            end_of(pendulum.duration(months=1), london("2024-03-01T15:30"), OFFICE)


class TestCheck:
    @pytest.mark.parametrize("duration", [*DURATIONS, timedelta(0), pendulum.duration(hours=8)])
    def test_durations_pass(self, duration):
        assert check_duration(duration, "window") is duration

    @pytest.mark.parametrize("value", [8, "8:00", None, NextOpening, DayMark.CLOSE, time(8)])
    def test_anything_else_is_refused(self, value):
        with pytest.raises(
            TypeError, match="window must be a timedelta, BusinessDays or NextOpening, not"
        ):
            check_duration(value, "window")

    @pytest.mark.parametrize(
        "value", [-timedelta(hours=1), pendulum.duration(months=1), pendulum.duration(years=1)]
    )
    def test_negative_ones_and_months_are_refused(self, value):
        with pytest.raises(ValueError, match="window must not"):
            check_duration(value, "window")


class TestValue:
    @pytest.mark.parametrize("duration", DURATIONS)
    def test_it_can_be_copied_pickled_and_pasted(self, duration):
        again = [
            copy.copy(duration),
            copy.deepcopy(duration),
            pickle.loads(pickle.dumps(duration)),
            eval(repr(duration), dict(NAMES)),
            attrs.evolve(duration),
        ]

        assert again == [duration] * 5
        assert {hash(other) for other in again} == {hash(duration)}

    def test_it_shows_what_it_was_made_of(self):
        assert [repr(duration) for duration in DURATIONS] == [
            "BusinessDays(3)",
            "BusinessDays(1, by=DayMark.SAME_TIME)",
            "BusinessDays(2, by=DayMark.OPENING)",
            "BusinessDays(2, by='16:00')",
            "BusinessDays(2, by='16:00:30.000005')",
            "NextOpening()",
        ]

    def test_the_same_end_written_otherwise_is_equal(self):
        ways = ["16:00", "16:00:00", time(16), time(16, fold=1), pendulum.time(16)]

        assert len({BusinessDays(1, by=way) for way in ways}) == 1
        assert BusinessDays(1, by=DayMark.CLOSE) == BusinessDays(1)

    def test_different_ones_are_not(self):
        assert len({*DURATIONS, BusinessDays(1), BusinessDays(2)}) == len(DURATIONS) + 2

    def test_it_cannot_be_changed(self):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            BusinessDays(1).by = DayMark.OPENING
