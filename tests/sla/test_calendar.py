"""
Business calendars by example: what counts, where the clocks change, what is refused.
"""

from __future__ import annotations

import copy
import datetime as dt
import importlib.resources
import pickle

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import attrs
import pendulum
import pytest

from itil_ops.errors import CalendarError
from itil_ops.sla.hours.calendar import ALWAYS_OPEN, BusinessCalendar, Periods
from itil_ops.sla.hours.duration import BusinessDays
from itil_ops.sla.hours.opening_hours import Span


WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
EVERY_DAY = (*WEEKDAYS, "sat", "sun")
EVERY_DATE = [f"--{date(2000, 1, 1) + timedelta(days=n):%m-%d}" for n in range(366)]
LONDON = ZoneInfo("Europe/London")


def weekdays(*windows):
    return dict.fromkeys(WEEKDAYS, windows)


def daily(*windows):
    return dict.fromkeys(EVERY_DAY, windows)


def at(text, zone=LONDON, fold=0):
    return dt.datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold)


def utc(text):
    return at(text, UTC)


def hours(count):
    return timedelta(hours=count)


OFFICE = BusinessCalendar("Europe/London", weekdays(("09:00", "17:00")))
DESK = BusinessCalendar(
    "Europe/London",
    weekdays(("09:00", "12:00"), ("13:00", "17:00")) | {"fri": [("22:00", "06:00")]},
    holidays=[date(2026, 12, 28), "--12-25"],
    overrides={date(2026, 12, 24): [("09:00", "12:00")], date(2026, 12, 19): [("10:00", "11:00")]},
)
CHRISTMAS = BusinessCalendar("Europe/London", daily(("00:00", "24:00")), holidays=["--12-25"])
ONE_HOLIDAY = BusinessCalendar("UTC", daily(("00:00", "24:00")), holidays=[date(2026, 12, 25)])
ONE_DAY = BusinessCalendar("UTC", {}, overrides={date(2026, 12, 24): [("09:00", "12:00")]})


class TestDomainTable:
    """
    The rows of the table of checked answers that concern a calendar.
    """

    @pytest.mark.parametrize(
        ("week", "holidays", "start", "amount", "due"),
        [
            (weekdays(("08:00", "17:00")), [], "2024-03-01T16:00", 8, "2024-03-04T15:00"),
            (weekdays(("09:00", "17:00")), [], "2024-03-01T16:00", 8, "2024-03-04T16:00"),
            (
                weekdays(("09:00", "17:00")),
                [date(2024, 3, 29), date(2024, 4, 1)],
                "2024-03-28T15:00",
                8,
                "2024-04-02T15:00",
            ),
            (weekdays(("09:00", "17:00")), [], "2024-03-02T12:00", 1, "2024-03-04T10:00"),
            (weekdays(("09:00", "17:00")), [], "2024-03-01T17:00", 1, "2024-03-04T10:00"),
            (
                {
                    "mon": [("09:00", "17:00")],
                    "tue": [("09:00", "16:00")],
                    "thu": [("08:00", "17:00")],
                },
                [],
                "2024-03-04T11:00",
                16,
                "2024-03-07T11:00",
            ),
            (daily(("00:00", "24:00")), [], "2024-03-31T00:00", 24, "2024-04-01T01:00"),
            (daily(("00:00", "24:00")), [], "2024-10-27T00:00", 24, "2024-10-27T23:00"),
        ],
    )
    def test_working_time_is_added(self, week, holidays, start, amount, due):
        calendar = BusinessCalendar("Europe/London", week, holidays=holidays)

        assert calendar.add(at(start), hours(amount)) == at(due).astimezone(UTC)

    @pytest.mark.parametrize(
        ("evening", "morning", "worked"),
        [
            ("2024-03-30T22:00", "2024-03-31T06:00", 7),
            ("2024-10-26T22:00", "2024-10-27T06:00", 9),
            ("2024-06-01T22:00", "2024-06-02T06:00", 8),
        ],
    )
    def test_a_night_is_as_long_as_it_really_is(self, evening, morning, worked):
        nights = BusinessCalendar("Europe/London", daily(("22:00", "06:00")))

        assert nights.between(at(evening), at(morning)) == hours(worked)

    def test_a_pause_over_lunch_moves_the_due_time(self):
        worked = OFFICE.between(at("2024-03-04T09:00"), at("2024-03-04T10:00"))

        due = OFFICE.add(at("2024-03-04T14:00"), hours(4) - worked)

        assert due == utc("2024-03-04T17:00")

    def test_a_weekend_costs_nothing(self):
        worked = OFFICE.between(at("2024-03-01T16:50"), at("2024-03-04T09:10"))

        assert worked == timedelta(minutes=20)

    @pytest.mark.parametrize(
        ("instant", "expected"),
        [
            # Does not exist: moves forward to 02:30 BST.
            (pendulum.datetime(2024, 3, 31, 1, 30, tz="Europe/London"), "2024-03-31T01:30"),
            (at("2024-03-31T01:30"), "2024-03-31T01:30"),
            # Comes twice: pendulum takes the second, GMT, and the standard library its fold.
            (pendulum.datetime(2024, 10, 27, 1, 30, tz="Europe/London"), "2024-10-27T01:30"),
            (
                pendulum.datetime(2024, 10, 27, 1, 30, tz="Europe/London", fold=0),
                "2024-10-27T00:30",
            ),
            (at("2024-10-27T01:30"), "2024-10-27T00:30"),
            (at("2024-10-27T01:30", fold=1), "2024-10-27T01:30"),
        ],
    )
    def test_a_local_time_that_is_skipped_or_comes_twice(self, instant, expected):
        assert ALWAYS_OPEN.next_open(instant) == utc(expected)


class TestAmounts:
    def test_an_amount_that_ends_with_the_day_is_due_at_closing(self):
        assert OFFICE.add(at("2024-03-04T09:00"), hours(8)) == utc("2024-03-04T17:00")

    def test_nothing_added_when_open_is_the_instant_itself(self):
        assert OFFICE.add(at("2024-03-04T10:00"), hours(0)) == utc("2024-03-04T10:00")

    def test_nothing_added_at_closing_is_the_next_opening(self):
        assert OFFICE.add(at("2024-03-04T17:00"), hours(0)) == utc("2024-03-05T09:00")

    def test_subtracting_gives_the_latest_instant(self):
        assert OFFICE.subtract(at("2024-03-05T10:00"), hours(1)) == utc("2024-03-05T09:00")
        assert OFFICE.subtract(at("2024-03-05T10:00"), hours(2)) == utc("2024-03-04T16:00")
        assert OFFICE.subtract(at("2024-03-05T08:00"), hours(8)) == utc("2024-03-04T09:00")

    def test_nothing_subtracted_is_the_end_itself(self):
        assert OFFICE.subtract(at("2024-03-05T08:00"), hours(0)) == utc("2024-03-05T08:00")

    def test_time_runs_backwards_with_a_sign(self):
        assert OFFICE.between(at("2024-03-05T10:00"), at("2024-03-04T16:00")) == -hours(2)

    def test_a_break_is_not_worked(self):
        assert DESK.between(at("2026-03-02T11:00"), at("2026-03-02T14:00")) == hours(2)

    def test_microseconds_count(self):
        tick = timedelta(microseconds=1)

        assert OFFICE.add(at("2024-03-04T16:59:59.999999"), tick) == utc("2024-03-04T17:00")
        assert OFFICE.add(at("2024-03-04T17:00"), tick) == utc("2024-03-05T09:00:00.000001")

    def test_a_pendulum_duration_is_an_amount(self):
        amount = pendulum.duration(days=1, hours=6)

        assert OFFICE.add(at("2024-03-04T09:00"), amount) == utc("2024-03-07T15:00")

    def test_a_pendulum_interval_is_as_long_as_it_is(self):
        amount = pendulum.datetime(2024, 3, 31, tz="Europe/London").diff(
            pendulum.datetime(2024, 5, 31, tz="Europe/London")
        )

        assert amount.months == 2
        assert ALWAYS_OPEN.add(utc("2024-01-01"), amount) == utc("2024-03-01T23:00")

    @pytest.mark.parametrize("amount", [pendulum.duration(months=1), pendulum.duration(years=1)])
    def test_months_and_years_are_no_amount(self, amount):
        with pytest.raises(ValueError, match="must not have months or years"):
            OFFICE.add(at("2024-03-04T09:00"), amount)

    @pytest.mark.parametrize("amount", [timedelta(hours=-1), pendulum.duration(hours=-5)])
    def test_a_negative_amount_is_refused_with_the_other_verb(self, amount):
        with pytest.raises(ValueError, match="must not be negative, for that there is subtract"):
            OFFICE.add(at("2024-03-04T09:00"), amount)
        with pytest.raises(ValueError, match="must not be negative, for that there is add"):
            OFFICE.subtract(at("2024-03-04T09:00"), amount)

    @pytest.mark.parametrize("amount", [8, 8.0, "08:00", None, time(8), BusinessDays(1)])
    def test_anything_else_is_no_amount(self, amount):
        with pytest.raises(TypeError, match="amount must be a timedelta"):
            OFFICE.add(at("2024-03-04T09:00"), amount)


class TestEdges:
    @pytest.mark.parametrize(
        ("instant", "is_open"),
        [
            ("2024-03-04T08:59:59.999999", False),
            ("2024-03-04T09:00", True),
            ("2024-03-04T16:59:59.999999", True),
            ("2024-03-04T17:00", False),
        ],
    )
    def test_opening_is_open_and_closing_is_closed(self, instant, is_open):
        assert OFFICE.is_open(at(instant)) is is_open

    def test_edges_around_an_open_instant(self):
        noon = at("2024-03-05T12:00")

        assert OFFICE.next_open(noon) == noon.astimezone(UTC)
        assert OFFICE.next_close(noon) == utc("2024-03-05T17:00")
        assert OFFICE.previous_open(noon) == utc("2024-03-05T09:00")
        assert OFFICE.previous_close(noon) == utc("2024-03-04T17:00")

    def test_edges_around_a_closed_instant(self):
        sunday = at("2024-03-03T12:00")

        assert OFFICE.next_open(sunday) == utc("2024-03-04T09:00")
        assert OFFICE.next_close(sunday) == utc("2024-03-04T17:00")
        assert OFFICE.previous_open(sunday) == utc("2024-03-01T09:00")
        assert OFFICE.previous_close(sunday) == utc("2024-03-01T17:00")

    def test_edges_at_an_edge(self):
        opening, closing = at("2024-03-04T09:00"), at("2024-03-04T17:00")

        assert OFFICE.previous_open(opening) == OFFICE.next_open(opening) == utc("2024-03-04T09:00")
        assert OFFICE.previous_close(closing) == utc("2024-03-04T17:00")
        assert OFFICE.next_close(closing) == utc("2024-03-05T17:00")

    def test_spans_are_clipped_and_in_order(self):
        spans = list(DESK.spans(at("2026-03-02T10:00"), at("2026-03-03T10:00")))

        assert spans == [
            Span(utc("2026-03-02T10:00"), utc("2026-03-02T12:00")),
            Span(utc("2026-03-02T13:00"), utc("2026-03-02T17:00")),
            Span(utc("2026-03-03T09:00"), utc("2026-03-03T10:00")),
        ]

    def test_there_are_no_spans_in_no_time(self):
        assert list(OFFICE.spans(at("2024-03-04T10:00"), at("2024-03-04T10:00"))) == []

    def test_spans_backwards_are_refused_at_once(self):
        with pytest.raises(ValueError, match="must not come before"):
            OFFICE.spans(at("2024-03-05T10:00"), at("2024-03-04T10:00"))

    def test_touching_windows_are_one_span(self):
        calendar = BusinessCalendar(
            "UTC", {"mon": [("09:00", "12:00"), ("12:00", "24:00")], "tue": [("00:00", "01:00")]}
        )

        spans = list(calendar.spans(utc("2024-03-04"), utc("2024-03-10")))

        assert spans == [Span(utc("2024-03-04T09:00"), utc("2024-03-05T01:00"))]

    def test_results_are_pendulum_instants_in_utc(self):
        results = [
            OFFICE.add(at("2024-07-01T09:00"), hours(1)),
            OFFICE.next_close(at("2024-07-01T09:00")),
            *attrs.astuple(next(OFFICE.spans(at("2024-07-01T09:00"), at("2024-07-02T09:00")))),
        ]

        assert {type(result) for result in results} == {pendulum.DateTime}
        assert {result.tzinfo for result in results} == {pendulum.UTC}

    def test_any_kind_of_aware_datetime_is_the_same_instant(self):
        kinds = [
            at("2024-07-01T10:00"),
            utc("2024-07-01T09:00"),
            pendulum.datetime(2024, 7, 1, 10, tz="Europe/London"),
            at("2024-07-01T13:00", dt.timezone(hours(4))),
        ]

        assert {OFFICE.next_close(kind) for kind in kinds} == {utc("2024-07-01T16:00")}


class TestDays:
    def test_a_night_belongs_to_the_day_it_begins_on(self):
        saturday = at("2026-03-07T05:59")

        assert DESK.is_open(saturday)
        assert DESK.next_close(saturday) == utc("2026-03-07T06:00")

    def test_a_holiday_leaves_last_nights_tail(self):
        calendar = BusinessCalendar("UTC", daily(("22:00", "06:00")), holidays=[date(2026, 3, 7)])

        spans = list(calendar.spans(utc("2026-03-06T12:00"), utc("2026-03-08T12:00")))

        assert spans == [Span(utc("2026-03-06T22:00"), utc("2026-03-07T06:00"))]

    def test_an_annual_holiday_comes_every_year(self):
        assert not any(DESK.is_open(at(f"{year}-12-25T10:00")) for year in range(2020, 2040))
        assert DESK.is_open(at("2025-12-24T10:00"))

    def test_the_leap_day_may_be_a_holiday(self):
        calendar = BusinessCalendar("UTC", daily(("09:00", "17:00")), holidays=["--02-29"])

        assert not calendar.is_open(utc("2028-02-29T10:00"))
        assert calendar.is_open(utc("2028-02-28T10:00"))
        assert calendar.is_open(utc("2027-03-01T10:00"))

    def test_an_override_replaces_the_hours_of_its_day(self):
        assert DESK.next_close(at("2026-12-24T09:00")) == utc("2026-12-24T12:00")
        assert DESK.next_open(at("2026-12-24T12:00")) == utc("2026-12-29T09:00")

    def test_an_override_opens_an_extra_saturday(self):
        assert DESK.next_open(at("2026-12-19T07:00")) == utc("2026-12-19T10:00")

    def test_an_override_without_windows_closes(self):
        calendar = attrs.evolve(OFFICE, overrides={date(2024, 3, 4): []})

        assert calendar.next_open(at("2024-03-04T00:00")) == utc("2024-03-05T09:00")

    def test_an_override_beats_holidays_of_both_kinds(self):
        hours_ = [("10:00", "11:00")]
        calendar = BusinessCalendar(
            "UTC",
            daily(("09:00", "17:00")),
            holidays=["--12-25", date(2026, 12, 26)],
            overrides={date(2026, 12, 25): hours_, date(2026, 12, 26): hours_},
        )

        worked = calendar.between(utc("2026-12-25"), utc("2026-12-27"))

        assert worked == hours(2)

    def test_what_overlaps_through_a_midnight_is_a_union(self):
        calendar = BusinessCalendar(
            "UTC",
            {"mon": [("22:00", "06:00")], "tue": [("05:00", "07:00")]},
            overrides={date(2024, 3, 5): [("04:00", "05:00"), ("06:30", "08:00")]},
        )

        assert [span.end for span in calendar.spans(utc("2024-03-04"), utc("2024-03-06"))] == [
            utc("2024-03-05T06:00"),
            utc("2024-03-05T08:00"),
        ]
        assert calendar.between(utc("2024-03-11"), utc("2024-03-13")) == hours(9)

    def test_a_window_may_close_at_midnight_in_three_ways(self):
        ways = [("22:00", "24:00"), ("22:00", "00:00"), (time(22), time(0))]

        assert len({BusinessCalendar("UTC", {"mon": [way]}) for way in ways}) == 1

    def test_seconds_and_microseconds_may_be_given(self):
        calendar = BusinessCalendar("UTC", {"mon": [("09:00:30", "09:00:30.000001")]})

        assert calendar.between(utc("2024-03-04"), utc("2024-03-05")) == timedelta(microseconds=1)


class TestClockChanges:
    """
    What the clocks of the world do to opening hours.
    """

    @pytest.mark.parametrize(
        ("zone", "day", "window", "opens", "closes"),
        [
            # Spring, 01:00-02:00 is skipped: the first instant after the gap.
            ("Europe/London", "2024-03-31", ("01:30", "05:00"), "01:00", "04:00"),
            ("Europe/London", "2024-03-31", ("00:30", "01:30"), "00:30", "01:00"),
            # Autumn, 01:00-02:00 is repeated: opens at the first, closes at the second.
            ("Europe/London", "2024-10-27", ("01:30", "05:00"), "00:30", "05:00"),
            ("Europe/London", "2024-10-27", ("00:30", "01:30"), "-00:30", "01:30"),
            ("Europe/London", "2024-10-27", ("01:15", "01:30"), "00:15", "01:30"),
            ("Europe/London", "2024-10-27", ("00:30", "01:00"), "-00:30", "01:00"),
            ("Europe/London", "2024-10-27", ("02:00", "03:00"), "02:00", "03:00"),
            # Negative summer time: Irish winter is the exception, the clock does the same.
            ("Europe/Dublin", "2024-03-31", ("01:30", "05:00"), "01:00", "04:00"),
            ("Europe/Dublin", "2024-10-27", ("00:30", "01:30"), "-00:30", "01:30"),
            # Half an hour only.
            ("Australia/Lord_Howe", "2024-10-06", ("02:15", "04:00"), "-08:30", "-07:00"),
            ("Australia/Lord_Howe", "2024-04-07", ("01:45", "01:50"), "-09:15", "-08:40"),
            # Two hours.
            ("Antarctica/Troll", "2024-03-31", ("01:30", "04:00"), "01:00", "02:00"),
            ("Antarctica/Troll", "2024-10-27", ("01:30", "04:00"), "-00:30", "04:00"),
            # At midnight: the day begins at 01:00, and the last hour of a day comes twice.
            ("America/Sao_Paulo", "2018-11-04", ("00:00", "02:00"), "03:00", "04:00"),
            ("America/Sao_Paulo", "2018-02-17", ("22:00", "24:00"), "24:00", "27:00"),
            ("America/Sao_Paulo", "2018-02-17", ("23:30", "00:30"), "25:30", "27:30"),
            ("Asia/Tehran", "2022-03-22", ("00:30", "02:00"), "-03:30", "-02:30"),
            ("Asia/Tehran", "2021-09-21", ("23:00", "24:00"), "18:30", "20:30"),
            # Around Ramadan.
            ("Africa/Casablanca", "2024-03-10", ("01:00", "04:00"), "00:00", "04:00"),
            ("Africa/Casablanca", "2024-04-14", ("01:00", "04:00"), "01:00", "03:00"),
            # The day before the one that Samoa skipped, and the day after.
            ("Pacific/Apia", "2011-12-29", ("22:00", "06:00"), "32:00", "34:00"),
            ("Pacific/Apia", "2011-12-31", ("00:00", "06:00"), "-14:00", "-08:00"),
        ],
    )
    def test_a_window_opens_and_closes(self, zone, day, window, opens, closes):
        midnight = utc(day)
        calendar = BusinessCalendar(zone, {}, overrides={midnight.date(): [window]})

        (span,) = calendar.spans(midnight - hours(48), midnight + hours(72))

        assert span == Span(midnight + _signed(opens), midnight + _signed(closes))

    def test_a_window_within_the_gap_has_no_length(self):
        calendar = BusinessCalendar(
            "Europe/London", {"sun": [("01:15", "01:45"), ("03:00", "04:00")]}
        )

        spans = list(calendar.spans(utc("2024-03-31"), utc("2024-04-01")))

        assert spans == [Span(utc("2024-03-31T02:00"), utc("2024-03-31T03:00"))]

    def test_a_day_that_was_skipped_has_no_hours(self):
        calendar = BusinessCalendar("Pacific/Apia", daily(("09:00", "17:00")))

        worked = calendar.between(utc("2011-12-29T10:00"), utc("2011-12-31T10:00"))

        # 30 December 10:00Z is 31 December 00:00 in Apia, which was the 29th just before.
        assert worked == hours(16)

    def test_always_open_has_no_seam_where_the_clock_changes(self):
        calendar = BusinessCalendar(
            "America/Sao_Paulo", daily(("06:00", "18:00"), ("18:00", "06:00"))
        )

        assert calendar.between(utc("2018-01-01"), utc("2019-01-01")) == timedelta(days=365)
        with pytest.raises(CalendarError):
            calendar.next_close(utc("2018-01-01"))


def _signed(clock):
    hour, minute = clock.removeprefix("-").split(":")
    length = timedelta(hours=int(hour), minutes=int(minute))
    return -length if clock.startswith("-") else length


class TestBusinessDays:
    @pytest.mark.parametrize(
        ("start", "count", "close"),
        [
            ("2026-03-02T08:00", 1, "2026-03-03T17:00"),
            ("2026-03-02T23:59", 1, "2026-03-03T17:00"),
            ("2026-03-05T10:00", 1, "2026-03-07T06:00"),  # Friday's night
            ("2026-03-06T10:00", 1, "2026-03-09T17:00"),
            ("2026-12-23T10:00", 1, "2026-12-24T12:00"),
            ("2026-12-23T10:00", 2, "2026-12-29T17:00"),
            ("2026-12-18T10:00", 1, "2026-12-19T11:00"),
        ],
    )
    def test_they_end_at_close_of_business(self, start, count, close):
        assert DESK.close_of_business(at(start), BusinessDays(count)) == utc(close)

    def test_around_the_clock_a_day_ends_at_midnight(self):
        monday = utc("2024-03-04T10:00")

        assert ALWAYS_OPEN.close_of_business(monday, BusinessDays(1)) == utc("2024-03-06")

    def test_the_day_of_the_start_is_that_of_the_calendars_zone(self):
        tokyo = BusinessCalendar("Asia/Tokyo", daily(("09:00", "17:00")))

        close = tokyo.close_of_business(utc("2024-03-04T20:00"), BusinessDays(1))

        assert close == utc("2024-03-06T08:00")

    def test_a_day_that_was_skipped_is_none(self):
        apia = BusinessCalendar("Pacific/Apia", daily(("09:00", "17:00")))

        close = apia.close_of_business(
            at("2011-12-29T12:00", ZoneInfo("Pacific/Apia")), BusinessDays(1)
        )

        assert close == at("2011-12-31T17:00", ZoneInfo("Pacific/Apia")).astimezone(UTC)

    def test_a_day_whose_window_was_skipped_is_none(self):
        tehran = ZoneInfo("Asia/Tehran")
        calendar = BusinessCalendar("Asia/Tehran", daily(("00:15", "00:45")))

        close = calendar.close_of_business(at("2022-03-21T12:00", tehran), BusinessDays(1))

        assert close == at("2022-03-23T00:45", tehran).astimezone(UTC)

    @pytest.mark.parametrize("calendar", [ONE_DAY, DESK, ALWAYS_OPEN])
    @pytest.mark.parametrize("start", ["2199-12-31T10:00", "2500-01-01T10:00", "1500-01-01T10:00"])
    def test_running_off_the_years_is_refused(self, calendar, start):
        with pytest.raises(CalendarError, match="in the years 1900 to 2199"):
            calendar.close_of_business(utc(start), BusinessDays(1))

    def test_overrides_alone_have_their_days(self):
        assert ONE_DAY.close_of_business(utc("2000-01-01"), BusinessDays(1)) == utc(
            "2026-12-24T12:00"
        )
        with pytest.raises(CalendarError):
            ONE_DAY.close_of_business(utc("2000-01-01"), BusinessDays(2))
        with pytest.raises(CalendarError):
            ONE_DAY.close_of_business(utc("2000-01-01"), BusinessDays(10**30))

    def test_a_count_is_no_business_days(self):
        with pytest.raises(TypeError, match="days must be a BusinessDays"):
            DESK.close_of_business(utc("2026-03-02"), 3)

    @pytest.mark.parametrize("count", [0, -1])
    def test_there_is_at_least_one(self, count):
        with pytest.raises(ValueError, match="at least 1"):
            BusinessDays(count)

    @pytest.mark.parametrize("count", [True, 1.0, "1", None])
    def test_they_are_counted_in_whole_numbers(self, count):
        with pytest.raises(TypeError, match="count must be an int"):
            BusinessDays(count)


class TestTheEndOfTime:
    def test_a_calendar_that_never_closes_has_no_closing(self):
        with pytest.raises(CalendarError, match="no closing after 2024-03-04"):
            ALWAYS_OPEN.next_close(utc("2024-03-04"))
        with pytest.raises(CalendarError, match="no closing before"):
            ALWAYS_OPEN.previous_close(utc("2024-03-04"))
        with pytest.raises(CalendarError, match="no opening before"):
            ALWAYS_OPEN.previous_open(utc("2024-03-04"))

    def test_always_open_knows_all_the_years(self):
        assert ALWAYS_OPEN.between(utc("0001-01-01"), utc("9999-12-31")) == timedelta(days=3652058)
        assert ALWAYS_OPEN.add(utc("0001-01-01"), timedelta(days=3652058)) == utc("9999-12-31")
        assert ALWAYS_OPEN.subtract(utc("9999-12-31"), hours(1)) == utc("9999-12-30T23:00")
        assert ALWAYS_OPEN.next_open(utc("5000-01-01")) == utc("5000-01-01")

    def test_a_span_that_is_compiled_to_its_border_goes_on(self):
        after = utc("2026-12-26")

        assert CHRISTMAS.next_close(after) == utc("2027-12-25")
        assert CHRISTMAS.previous_open(utc("2026-12-24")) == utc("2025-12-26")
        assert CHRISTMAS.between(after, utc("2036-12-26")) == timedelta(days=3653 - 10)
        assert CHRISTMAS.add(after, timedelta(days=3653 - 10)) == utc("2036-12-26") - timedelta(
            days=1
        )

    def test_after_its_last_holiday_a_calendar_stays_open(self):
        assert ONE_HOLIDAY.next_close(utc("1000-01-01")) == utc("2026-12-25")
        assert ONE_HOLIDAY.previous_open(utc("9000-01-01")) == utc("2026-12-26")
        assert ONE_HOLIDAY.next_open(utc("2026-12-25")) == utc("2026-12-26")
        assert not ONE_HOLIDAY.is_open(utc("2026-12-25T23:59"))
        with pytest.raises(CalendarError, match="no closing after"):
            ONE_HOLIDAY.next_close(utc("2026-12-25"))

    def test_after_its_last_override_a_calendar_stays_closed(self):
        assert ONE_DAY.next_open(utc("1000-01-01")) == utc("2026-12-24T09:00")
        assert ONE_DAY.previous_close(utc("9000-01-01")) == utc("2026-12-24T12:00")
        assert ONE_DAY.between(utc("1000-01-01"), utc("9000-01-01")) == hours(3)
        with pytest.raises(CalendarError, match="no opening after"):
            ONE_DAY.next_open(utc("2026-12-24T12:00"))
        with pytest.raises(CalendarError, match="not so much working time after"):
            ONE_DAY.add(utc("2026-12-24T10:00"), hours(3))
        with pytest.raises(CalendarError, match="not so much working time before"):
            ONE_DAY.subtract(utc("2026-12-24T10:00"), hours(3))

    def test_overrides_alone_open_where_annual_holidays_take_every_day(self):
        calendar = BusinessCalendar(
            "UTC",
            daily(("09:00", "17:00")),
            holidays=EVERY_DATE,
            overrides={date(2026, 12, 24): [("09:00", "12:00")]},
        )

        assert calendar.between(utc("0100-01-01"), utc("9000-01-01")) == hours(3)

    def test_a_rare_day_is_found(self):
        every_day = [day for day in EVERY_DATE if day != "--02-29"]
        calendar = BusinessCalendar("UTC", {"mon": [("09:00", "17:00")]}, holidays=every_day)

        assert calendar.next_open(utc("2026-01-01")) == utc("2044-02-29T09:00")
        assert calendar.previous_open(utc("2026-01-01")) == utc("2016-02-29T09:00")

    @pytest.mark.parametrize("instant", ["1899-12-31T23:00", "2200-01-01T00:00"])
    def test_an_instant_off_the_years_is_refused(self, instant):
        with pytest.raises(CalendarError, match="outside the years 1900 to 2199"):
            OFFICE.is_open(utc(instant))
        with pytest.raises(CalendarError, match="outside the years 1900 to 2199"):
            OFFICE.between(utc("1800-01-01"), utc(instant))
        with pytest.raises(CalendarError, match="outside the years 1900 to 2199"):
            OFFICE.spans(utc("1800-01-01"), utc(instant))

    def test_an_instant_beyond_what_a_datetime_can_say_in_utc_is_refused(self):
        late = at("9999-12-31T23:00", dt.timezone(-hours(5)))

        with pytest.raises(CalendarError, match="outside the years 1 to 9999"):
            ALWAYS_OPEN.is_open(late)
        with pytest.raises(CalendarError):
            ALWAYS_OPEN.close_of_business(late, BusinessDays(1))

    def test_an_answer_off_the_years_is_refused(self):
        with pytest.raises(
            CalendarError, match="as far as the calendar goes, which is the year 2199"
        ):
            OFFICE.add(utc("2199-12-01"), timedelta(days=365))
        with pytest.raises(CalendarError, match="which is the year 1900"):
            OFFICE.subtract(utc("1900-02-01"), timedelta(days=365))
        with pytest.raises(CalendarError):
            OFFICE.add(utc("2024-03-04"), timedelta.max)
        with pytest.raises(CalendarError):
            OFFICE.next_open(utc("2199-12-31T23:00"))

    def test_the_whole_of_the_years_can_be_asked(self):
        worked = OFFICE.between(utc("1900-01-01"), utc("2200-01-01"))

        assert worked == 8 * hours(sum(1 for _ in _workdays(1900, 2199)))


def _workdays(first, last):
    day = date(first, 1, 1)
    while day.year <= last:
        if day.weekday() < 5:
            yield day
        day += timedelta(days=1)


class TestValue:
    def test_the_same_hours_are_the_same_calendar(self):
        other = BusinessCalendar(
            pendulum.timezone("Europe/London"),
            {"sat": []} | weekdays((time(9), time(17))),
            holidays=(),
            overrides={},
        )

        assert other == OFFICE
        assert hash(other) == hash(OFFICE)
        assert other.zone == "Europe/London"

    def test_its_hours_can_be_looked_up(self):
        assert [*OFFICE.week] == [*WEEKDAYS]
        assert [len(DESK.week[day]) for day in WEEKDAYS] == [2, 2, 2, 2, 1]
        assert [*DESK.overrides] == [date(2026, 12, 19), date(2026, 12, 24)]
        assert len(OFFICE.overrides) == 0

    def test_what_has_been_compiled_does_not_matter(self):
        one, other = copy.deepcopy(OFFICE), copy.deepcopy(OFFICE)
        one.between(utc("2024-01-01"), utc("2034-01-01"))

        assert one == other
        assert hash(one) == hash(other)
        assert len(pickle.dumps(one)) == len(pickle.dumps(other)) < 1000

    @pytest.mark.parametrize("calendar", [OFFICE, DESK, ONE_DAY, ALWAYS_OPEN])
    def test_it_can_be_copied_pickled_and_pasted(self, calendar):
        calendar.is_open(utc("2024-01-01"))
        again = [
            copy.copy(calendar),
            copy.deepcopy(calendar),
            pickle.loads(pickle.dumps(calendar)),
            eval(repr(calendar), {"BusinessCalendar": BusinessCalendar, "datetime": dt}),
            attrs.evolve(calendar),
        ]

        assert again == [calendar] * 5
        assert {other.is_open(utc("2026-12-24T10:00")) for other in again} == {True}

    def test_it_shows_what_it_was_made_of(self):
        calendar = BusinessCalendar(
            "UTC",
            {"sun": [("22:00", "24:00"), ("09:00", "12:00:30")], "mon": [("22:00", "06:00")]},
            holidays=["--12-25", date(2026, 1, 2), date(2026, 1, 1), "--12-25"],
            overrides={date(2026, 1, 3): []},
        )

        assert repr(calendar) == (
            "BusinessCalendar('UTC',"
            " {'mon': [('22:00', '06:00')], 'sun': [('09:00', '12:00:30'), ('22:00', '24:00')]},"
            " holidays=[datetime.date(2026, 1, 1), datetime.date(2026, 1, 2), '--12-25'],"
            " overrides={datetime.date(2026, 1, 3): []})"
        )

    def test_another_calendar_can_be_made_of_it(self):
        closed = attrs.evolve(OFFICE, holidays=[date(2024, 3, 4)])

        assert not closed.is_open(at("2024-03-04T10:00"))
        assert OFFICE.is_open(at("2024-03-04T10:00"))
        assert attrs.evolve(closed, holidays=()) == OFFICE

    def test_it_cannot_be_changed(self):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            OFFICE.zone = "UTC"

    def test_what_it_was_made_of_may_change_afterwards(self):
        week = {"mon": [("09:00", "17:00")]}
        calendar = BusinessCalendar("UTC", week)

        week["mon"].append(("18:00", "19:00"))
        week["tue"] = [("09:00", "17:00")]

        assert calendar == BusinessCalendar("UTC", {"mon": [("09:00", "17:00")]})


class TestRefusals:
    @pytest.mark.parametrize(
        ("zone", "message"),
        [
            ("Europe/Londres", "no zone 'Europe/Londres'; nearest: 'Europe/London'"),
            ("Mars/Olympus_Mons_Base_Camp", "no zone 'Mars/Olympus_Mons_Base_Camp'"),
            ("", "no zone ''"),
            ("Europe", "no zone 'Europe'"),
            ("../../etc/passwd", "no zone"),
            ("Europe/London\0", "no zone"),
        ],
    )
    def test_an_unknown_zone(self, zone, message):
        with pytest.raises(CalendarError, match=message):
            BusinessCalendar(zone, daily(("09:00", "17:00")))

    def test_a_zone_without_a_key(self):
        tzdata = importlib.resources.files("tzdata")

        with tzdata.joinpath("zoneinfo", "Europe", "London").open("rb") as file:
            zone = ZoneInfo.from_file(file)

        with pytest.raises(CalendarError, match="has no key"):
            BusinessCalendar(zone, daily(("09:00", "17:00")))

    @pytest.mark.parametrize("zone", [None, 0, UTC, dt.timezone(hours(1)), b"UTC"])
    def test_what_is_no_zone(self, zone):
        with pytest.raises(TypeError, match="zone must be a str"):
            BusinessCalendar(zone, daily(("09:00", "17:00")))

    @pytest.mark.parametrize(
        ("week", "overrides"),
        [
            ({}, {}),
            ({"mon": []}, {}),
            ({}, {date(2026, 12, 24): []}),
            ({"mon": []}, {date(2026, 12, 24): (), date(2026, 12, 25): ()}),
        ],
    )
    def test_a_calendar_without_working_time(self, week, overrides):
        with pytest.raises(CalendarError, match="never open: BusinessCalendar"):
            BusinessCalendar("UTC", week, overrides=overrides)

    def test_a_calendar_whose_only_window_is_skipped(self):
        with pytest.raises(CalendarError, match="never open"):
            BusinessCalendar(
                "Pacific/Apia", {}, overrides={date(2011, 12, 30): [("09:00", "17:00")]}
            )

    def test_a_calendar_whose_holidays_cover_every_day(self):
        with pytest.raises(CalendarError, match="never open"):
            BusinessCalendar("UTC", daily(("09:00", "17:00")), holidays=EVERY_DATE)

    def test_a_calendar_whose_only_days_are_dated_holidays(self):
        every_day = [day for day in EVERY_DATE if day != "--02-29"]
        leap_days = [date(year, 2, 29) for year in range(1904, 2200, 4) if year != 2100]

        with pytest.raises(CalendarError, match="never open"):
            BusinessCalendar("UTC", daily(("09:00", "17:00")), holidays=[*every_day, *leap_days])

    @pytest.mark.parametrize(
        ("windows", "message"),
        [
            (
                [("09:00", "12:00"), ("11:00", "17:00")],
                r"windows of mon overlap: \('09:00', '12:00'\) and \('11:00', '17:00'\)",
            ),
            ([("13:00", "17:00"), ("09:00", "13:00:01")], "overlap"),
            ([("09:00", "17:00"), ("09:00", "17:00")], "overlap"),
            ([("22:00", "06:00"), ("23:00", "24:00")], "overlap"),
            ([("09:00", "09:00")], "must not close at the same time.*'24:00'"),
            ([("00:00", "00:00")], "must not close at the same time.*'24:00'"),
            ([(time(9), "09:00:00")], "must not close at the same time"),
            ([("24:00", "06:00")], "no time of day '24:00'"),
            ([("9:00", "17:00")], "no time of day '9:00'; one is written like '09:00'"),
            ([("09:00", "25:00")], "no time of day '25:00'"),
            ([("09:00", "17:60")], "no time of day '17:60'"),
            ([("09:00", "17:00Z")], "no time of day"),
            ([("09:00", "17:00\n")], "no time of day"),
            ([("09:00", "")], "no time of day ''"),
        ],
    )
    def test_windows_that_make_no_sense(self, windows, message):
        with pytest.raises(CalendarError, match=message):
            BusinessCalendar("UTC", {"mon": windows})
        with pytest.raises(CalendarError, match=message.replace("mon", "2026-12-24")):
            attrs.evolve(OFFICE, overrides={date(2026, 12, 24): windows})

    @pytest.mark.parametrize(
        "windows",
        [
            None,
            9,
            "09:00-17:00",
            ("09:00", "17:00"),
            [("09:00",)],
            [("09:00", "12:00", "17:00")],
            [(9, 17)],
            [("09:00", None)],
            [(dt.datetime(2026, 1, 1, 9), "17:00")],
            [None],
        ],
    )
    def test_what_is_no_windows(self, windows):
        with pytest.raises(TypeError):
            BusinessCalendar("UTC", {"mon": windows})
        with pytest.raises(TypeError):
            attrs.evolve(OFFICE, overrides={date(2026, 12, 24): windows})

    def test_a_time_of_day_with_a_zone_of_its_own(self):
        with pytest.raises(ValueError, match="must be naive"):
            BusinessCalendar("UTC", {"mon": [(time(9, tzinfo=UTC), "17:00")]})

    @pytest.mark.parametrize(
        ("day", "message"),
        [
            ("Monday", "no day of the week 'Monday'; did you mean 'mon'"),
            ("thurs", "did you mean 'thu'"),
            ("", "there are mon, tue"),
            ("xyz", "there are mon, tue"),
        ],
    )
    def test_an_unknown_day(self, day, message):
        with pytest.raises(CalendarError, match=message):
            BusinessCalendar("UTC", {day: [("09:00", "17:00")]})

    @pytest.mark.parametrize(
        "week", [None, 5, "mon", (), [("09:00", "17:00")], {0: []}, {None: []}]
    )
    def test_what_is_no_week(self, week):
        with pytest.raises(TypeError):
            BusinessCalendar("UTC", week)

    @pytest.mark.parametrize(
        "holiday",
        ["12-25", "--13-01", "--02-30", "--2-9", "2026-12-25", "--12-25 ", date(1899, 12, 31)],
    )
    def test_an_unknown_holiday(self, holiday):
        with pytest.raises(CalendarError):
            attrs.evolve(OFFICE, holidays=[holiday])

    @pytest.mark.parametrize(
        "holidays",
        [
            None,
            5,
            "--12-25",
            [None],
            [20261225],
            [dt.datetime(2026, 12, 25)],
            date(2026, 1, 1),
        ],
    )
    def test_what_is_no_holiday(self, holidays):
        with pytest.raises(TypeError):
            attrs.evolve(OFFICE, holidays=holidays)

    @pytest.mark.parametrize(
        "overrides",
        [
            None,
            [date(2026, 12, 24)],
            {"2026-12-24": []},
            {"--12-24": []},
            {dt.datetime(2026, 12, 24): []},
            {None: []},
        ],
    )
    def test_what_is_no_override(self, overrides):
        with pytest.raises(TypeError):
            attrs.evolve(OFFICE, overrides=overrides)

    def test_an_override_off_the_years(self):
        with pytest.raises(CalendarError, match="2200-01-01 of overrides is not in the years"):
            attrs.evolve(OFFICE, overrides={date(2200, 1, 1): []})

    @pytest.mark.parametrize(
        "ask",
        [
            lambda calendar, instant: calendar.add(instant, hours(1)),
            lambda calendar, instant: calendar.subtract(instant, hours(1)),
            lambda calendar, instant: calendar.between(instant, utc("2024-03-04")),
            lambda calendar, instant: calendar.between(utc("2024-03-04"), instant),
            lambda calendar, instant: calendar.is_open(instant),
            lambda calendar, instant: calendar.next_open(instant),
            lambda calendar, instant: calendar.next_close(instant),
            lambda calendar, instant: calendar.previous_open(instant),
            lambda calendar, instant: calendar.previous_close(instant),
            lambda calendar, instant: calendar.spans(instant, utc("2024-03-04")),
            lambda calendar, instant: calendar.spans(utc("2024-03-04"), instant),
            lambda calendar, instant: calendar.close_of_business(instant, BusinessDays(1)),
        ],
    )
    def test_what_is_no_instant(self, ask):
        with pytest.raises(ValueError, match="must be an aware datetime, not the naive"):
            ask(OFFICE, dt.datetime(2024, 3, 4))
        with pytest.raises(TypeError, match="must be an aware datetime"):
            ask(OFFICE, date(2024, 3, 4))
        with pytest.raises(TypeError, match="must be an aware datetime"):
            ask(OFFICE, 1_709_510_400)


def test_a_date_that_never_was_is_no_business_day():
    apia = BusinessCalendar("Pacific/Apia", dict.fromkeys(EVERY_DAY, (("22:00", "06:00"),)))
    start = datetime(2011, 12, 28, 12, tzinfo=ZoneInfo("Pacific/Apia"))

    assert [
        apia.close_of_business(start, BusinessDays(n)).in_timezone("Pacific/Apia").day
        for n in (1, 2, 3)
    ] == [31, 1, 2]


def test_a_span_of_naive_instants_is_refused():
    naive = datetime(2024, 6, 19, 8)

    with pytest.raises(ValueError, match="the start of a span must be an aware datetime"):
        Periods([Span(naive, naive)])
