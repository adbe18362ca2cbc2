"""
Why a calendar is closed, piece by piece and in sentences.
"""

from __future__ import annotations

import copy
import datetime as dt
import pickle

from datetime import UTC, date, timedelta
from zoneinfo import ZoneInfo

import attrs
import pytest

from itil_ops.errors import CalendarError
from itil_ops.kernel.instant import microseconds, utc
from itil_ops.sla.hours.calendar import ALWAYS_OPEN, BusinessCalendar, Periods
from itil_ops.sla.hours.closures import OUTSIDE_HOURS, Closure, ClosureKind, Period, amount_text
from itil_ops.sla.hours.opening_hours import Span


WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
EVERY_DAY = (*WEEKDAYS, "sat", "sun")
OVERRIDE = Closure(ClosureKind.OVERRIDE)
EXCLUDED = Closure(ClosureKind.EXCLUDED)
HOLIDAY = Closure(ClosureKind.HOLIDAY)
GOOD_FRIDAY = Closure(ClosureKind.HOLIDAY, "Good Friday")


def calendar(*windows, zone="Europe/London", days=WEEKDAYS, **options):
    return BusinessCalendar(zone, dict.fromkeys(days, windows), **options)


def at(text, zone=UTC):
    return dt.datetime.fromisoformat(text).replace(tzinfo=zone)


def london(text):
    return at(text, ZoneInfo("Europe/London"))


def told(asked, start, end):
    """
    Return the pieces between two texts: the start of each as text, and its closure.
    """
    periods = asked.periods(at(start), at(end))
    return [(f"{period.start:%d %H:%M}", period.closure) for period in periods]


EASTER = {date(2024, 3, 29): "Good Friday", date(2024, 4, 1): "Easter Monday"}
OFFICE = calendar(("09:00", "17:00"), holidays=EASTER)
PLAIN = calendar(("09:00", "17:00"))


class TestNamedHolidays:
    def test_they_are_looked_up_by_day(self):
        named = calendar(
            ("09:00", "17:00"),
            holidays={"--01-01": "New Year's Day", date(2026, 12, 25): "Christmas Day"},
        )

        assert [*named.holidays] == [date(2026, 12, 25), "--01-01"]
        assert named.holidays["--01-01"] == "New Year's Day"
        assert date(2026, 12, 25) in named.holidays
        assert len(named.holidays) == 2

    def test_without_a_name_there_is_none(self):
        assert dict(calendar(("09:00", "17:00"), holidays=["--12-25"]).holidays) == {
            "--12-25": None
        }

    def test_names_are_part_of_the_value(self):
        unnamed = attrs.evolve(OFFICE, holidays=[*EASTER])

        assert unnamed != OFFICE
        assert attrs.evolve(unnamed, holidays=EASTER) == OFFICE
        assert unnamed == attrs.evolve(OFFICE, holidays=dict.fromkeys(EASTER))

    def test_they_close_like_any_holiday(self):
        unnamed = attrs.evolve(OFFICE, holidays=[*EASTER])
        a, b = at("2024-03-01"), at("2024-05-01")

        assert [*OFFICE.spans(a, b)] == [*unnamed.spans(a, b)]

    @pytest.mark.parametrize(
        "holidays", [EASTER, {**EASTER, "--12-25": None}, {"--12-25": None}, [*EASTER]]
    )
    def test_it_pastes_back(self, holidays):
        named = calendar(("09:00", "17:00"), holidays=holidays)
        names = {"BusinessCalendar": BusinessCalendar, "datetime": dt}

        assert eval(repr(named), names) == named
        assert pickle.loads(pickle.dumps(named)) == copy.deepcopy(named) == named

    def test_it_shows_names_where_there_are_any(self):
        assert "holidays=['--12-25'])" in repr(attrs.evolve(OFFICE, holidays={"--12-25": None}))
        assert "holidays={'--12-25': 'Christmas'})" in repr(
            attrs.evolve(OFFICE, holidays={"--12-25": "Christmas"})
        )

    @pytest.mark.parametrize("name", [3, b"Christmas", date(2026, 12, 25)])
    def test_a_name_is_text(self, name):
        with pytest.raises(TypeError, match="the name of --12-25 must be a str"):
            attrs.evolve(OFFICE, holidays={"--12-25": name})

    def test_a_blank_name_is_refused(self):
        with pytest.raises(ValueError, match="the name of --12-25 must not be blank"):
            attrs.evolve(OFFICE, holidays={"--12-25": " "})

    @pytest.mark.parametrize("day", ["12-25", "--02-30", date(1899, 12, 25)])
    def test_a_day_that_is_none_is_refused(self, day):
        with pytest.raises(CalendarError):
            attrs.evolve(OFFICE, holidays={day: "Christmas"})


class TestPeriods:
    def test_they_are_contiguous_and_say_why(self):
        assert told(OFFICE, "2024-03-28T15:00", "2024-03-30T15:00") == [
            ("28 15:00", None),
            ("28 17:00", OUTSIDE_HOURS),
            ("29 09:00", GOOD_FRIDAY),
            ("29 17:00", OUTSIDE_HOURS),
        ]

    def test_each_is_a_value(self):
        (first, second) = OFFICE.periods(at("2024-03-28T16:00"), at("2024-03-28T18:00"))

        assert first == Period(utc(at("2024-03-28T16:00")), utc(at("2024-03-28T17:00")), None)
        assert (first.is_open, second.is_open) == (True, False)
        assert pickle.loads(pickle.dumps(second)) == copy.copy(second) == second
        assert len({first, second, copy.deepcopy(first)}) == 2

    def test_open_ones_are_the_spans(self):
        a, b = at("2024-03-20T12:00"), at("2024-04-20T12:00")

        opened = [Span(it.start, it.end) for it in OFFICE.periods(a, b) if it.is_open]

        assert opened == [*OFFICE.spans(a, b)]

    def test_there_are_none_in_no_time(self):
        assert OFFICE.periods(at("2024-03-28"), at("2024-03-28")) == ()

    def test_backwards_is_refused(self):
        for question in (OFFICE.periods, OFFICE.explain):
            with pytest.raises(ValueError, match="must not come before"):
                question(at("2024-03-29"), at("2024-03-28"))

    def test_naive_instants_are_refused(self):
        for question in (OFFICE.periods, OFFICE.explain):
            with pytest.raises(ValueError, match="b must be an aware"):
                question(at("2024-03-29"), dt.datetime(2024, 3, 30))

    def test_more_than_the_calendar_knows_is_refused(self):
        for question in (OFFICE.periods, OFFICE.explain):
            with pytest.raises(CalendarError):
                question(at("2199-12-01"), at("2200-02-01"))

    def test_a_holiday_counts_where_the_usual_week_is_open(self):
        weekend = attrs.evolve(PLAIN, holidays=[date(2024, 3, 30)])

        assert told(weekend, "2024-03-30", "2024-03-31") == [("30 00:00", OUTSIDE_HOURS)]

    def test_a_holiday_by_its_annual_name(self):
        boxed = attrs.evolve(
            PLAIN, holidays={"--12-25": "Christmas Day", "--12-26": None, date(2025, 12, 25): None}
        )

        for year in (2024, 2025):
            assert told(boxed, f"{year}-12-25T10:00", f"{year}-12-26T10:00") == [
                ("25 10:00", Closure(ClosureKind.HOLIDAY, "Christmas Day")),
                ("25 17:00", OUTSIDE_HOURS),
                ("26 09:00", HOLIDAY),
            ]

    def test_a_dated_name_comes_before_an_annual_one(self):
        holidays = {"--12-25": "Christmas Day", date(2024, 12, 25): "Jubilee"}

        (period,) = attrs.evolve(PLAIN, holidays=holidays).periods(
            at("2024-12-25T10:00"), at("2024-12-25T11:00")
        )

        assert period.closure == Closure(ClosureKind.HOLIDAY, "Jubilee")

    def test_an_override_says_what_it_takes(self):
        half = attrs.evolve(PLAIN, overrides={date(2024, 3, 28): [("08:00", "12:00")]})

        assert told(half, "2024-03-28", "2024-03-29") == [
            ("28 00:00", OUTSIDE_HOURS),
            ("28 08:00", None),
            ("28 12:00", OVERRIDE),
            ("28 17:00", OUTSIDE_HOURS),
        ]

    def test_an_override_of_a_holiday_has_its_name(self):
        half = attrs.evolve(
            PLAIN,
            holidays={date(2024, 12, 24): "Christmas Eve", "--12-31": "New Year's Eve"},
            overrides={date(2024, 12, 24): [("09:00", "12:00")], date(2024, 12, 31): []},
        )

        assert told(half, "2024-12-24T12:00", "2024-12-24T17:00") == [
            ("24 12:00", Closure(ClosureKind.OVERRIDE, "Christmas Eve"))
        ]
        assert told(half, "2024-12-31T12:00", "2024-12-31T17:00") == [
            ("31 12:00", Closure(ClosureKind.OVERRIDE, "New Year's Eve"))
        ]

    def test_the_night_of_a_holiday_is_the_one_that_would_begin_on_it(self):
        nights = calendar(("22:00", "06:00"), zone="UTC", days=EVERY_DAY, holidays=EASTER)

        assert told(nights, "2024-03-29", "2024-03-30T12:00") == [
            ("29 00:00", None),
            ("29 06:00", OUTSIDE_HOURS),
            ("29 22:00", GOOD_FRIDAY),
            ("30 06:00", OUTSIDE_HOURS),
        ]

    def test_where_two_days_overlap_the_holiday_is_told(self):
        both = calendar(
            ("22:00", "06:00"),
            zone="UTC",
            days=EVERY_DAY,
            holidays=[date(2024, 3, 29)],
            overrides={
                date(2024, 3, 28): [("20:00", "21:00")],
                date(2024, 3, 30): [("05:00", "07:00")],
            },
        )

        assert told(both, "2024-03-28T21:00", "2024-03-30T12:00") == [
            ("28 21:00", OUTSIDE_HOURS),
            ("28 22:00", OVERRIDE),
            ("29 06:00", OUTSIDE_HOURS),
            ("29 22:00", HOLIDAY),
            ("30 05:00", None),
            ("30 07:00", OUTSIDE_HOURS),
        ]

    def test_dates_beyond_the_years_of_holidays_are_outside_hours(self):
        single = BusinessCalendar(
            "UTC",
            dict.fromkeys(EVERY_DAY, (("09:00", "17:00"),)),
            holidays=[f"--{date(2000, 1, 1) + timedelta(days=n):%m-%d}" for n in range(366)],
            overrides={date(2024, 3, 28): [("09:00", "12:00")]},
        )

        assert told(single, "1899-12-31", "1900-01-01T10:00") == [
            ("31 00:00", OUTSIDE_HOURS),
            ("01 09:00", HOLIDAY),
        ]
        assert told(single, "2199-12-31T16:00", "2200-01-02") == [
            ("31 16:00", HOLIDAY),
            ("31 17:00", OUTSIDE_HOURS),
        ]


class TestCombinations:
    def test_a_union_is_closed_for_the_reasons_of_its_parts(self):
        early = calendar(("07:00", "15:00"))

        assert told(OFFICE | early, "2024-03-29", "2024-03-30") == [
            ("29 00:00", OUTSIDE_HOURS),
            ("29 07:00", None),
            ("29 15:00", GOOD_FRIDAY),
            ("29 17:00", OUTSIDE_HOURS),
        ]

    def test_of_several_names_it_is_that_of_the_first_part(self):
        german = attrs.evolve(PLAIN, holidays={date(2024, 3, 29): "Karfreitag"})
        unnamed = attrs.evolve(PLAIN, holidays=[date(2024, 3, 29)])

        for parts, name in [
            (OFFICE | german, "Good Friday"),
            (german | OFFICE, "Karfreitag"),
            (unnamed | german, "Karfreitag"),
            (german & OFFICE, "Karfreitag"),
        ]:
            (period,) = parts.periods(at("2024-03-29T10:00"), at("2024-03-29T11:00"))
            assert period.closure == Closure(ClosureKind.HOLIDAY, name)

    def test_a_holiday_comes_before_an_override_and_that_before_what_is_taken_out(self):
        day = (at("2024-03-29T10:00"), at("2024-03-29T11:00"))
        override = attrs.evolve(PLAIN, overrides={date(2024, 3, 29): []})
        excluded = PLAIN - Periods([day])

        for union, closure in [
            (excluded | override | OFFICE, GOOD_FRIDAY),
            (excluded | override, OVERRIDE),
            (calendar(("07:00", "08:00")) | excluded, EXCLUDED),
        ]:
            (period,) = union.periods(*day)
            assert period.closure == closure

    def test_what_one_part_of_an_intersection_is_never_open_for_is_outside_hours(self):
        mornings = calendar(("09:00", "12:00"))

        assert told(OFFICE & mornings, "2024-03-28T11:00", "2024-03-29T17:00") == [
            ("28 11:00", None),
            ("28 12:00", OUTSIDE_HOURS),
            ("29 09:00", GOOD_FRIDAY),
            ("29 12:00", OUTSIDE_HOURS),
        ]

    def test_an_intersection_hides_the_override_that_is_open(self):
        half = attrs.evolve(PLAIN, overrides={date(2024, 3, 28): [("09:00", "12:00")]})
        late = calendar(("11:00", "19:00"))

        assert told(half & late, "2024-03-28T09:00", "2024-03-28T18:00") == [
            ("28 09:00", OUTSIDE_HOURS),
            ("28 11:00", None),
            ("28 12:00", OVERRIDE),
            ("28 17:00", OUTSIDE_HOURS),
        ]

    def test_only_what_was_open_is_taken_out(self):
        night = Periods([(at("2024-03-28T16:00"), at("2024-03-29T10:00"))])

        assert told(OFFICE - night, "2024-03-28T15:00", "2024-03-29T18:00") == [
            ("28 15:00", None),
            ("28 16:00", EXCLUDED),
            ("28 17:00", OUTSIDE_HOURS),
            ("29 09:00", GOOD_FRIDAY),
            ("29 17:00", OUTSIDE_HOURS),
        ]

    def test_outside_of_its_bounds_a_version_is_taken_out(self):
        version = OFFICE.during(at("2024-03-28T12:00"), at("2024-04-02T12:00"))

        assert told(version, "2024-03-28T08:00", "2024-03-28T13:00") == [
            ("28 08:00", OUTSIDE_HOURS),
            ("28 09:00", EXCLUDED),
            ("28 12:00", None),
        ]
        assert told(version, "2024-03-29T08:00", "2024-03-29T13:00") == [
            ("29 08:00", OUTSIDE_HOURS),
            ("29 09:00", GOOD_FRIDAY),
        ]
        assert told(version, "2024-04-02T10:00", "2024-04-03T10:00") == [
            ("02 10:00", None),
            ("02 12:00", EXCLUDED),
            ("02 16:00", OUTSIDE_HOURS),
            ("03 08:00", EXCLUDED),
        ]

    def test_beyond_what_the_calendar_knows_nothing_is_taken_out(self):
        known = ALWAYS_OPEN.valid(at("2024-01-01"), at("2025-01-01"))
        month = known.during(at("2024-02-01"), at("2024-03-01"))

        assert told(month, "2023-12-31", "2025-01-02") == [
            ("31 00:00", OUTSIDE_HOURS),
            ("01 00:00", EXCLUDED),
            ("01 00:00", None),
            ("01 00:00", EXCLUDED),
            ("01 00:00", OUTSIDE_HOURS),
        ]
        assert told(month, "2026-01-01", "2026-01-02") == [("01 00:00", OUTSIDE_HOURS)]

    def test_bounds_and_zones_change_no_reason(self):
        a, b = at("2024-03-20"), at("2024-04-20")

        assert OFFICE.valid(a, b).periods(a, b) == OFFICE.periods(a, b)
        assert OFFICE.in_zone("UTC").periods(a, b) == OFFICE.periods(a, b)

    def test_dated_spans_are_closed_outside_hours(self):
        dated = Periods([(at("2024-03-28T16:00"), at("2024-03-28T17:00"))])

        assert told(dated, "2024-03-28T15:00", "2024-03-28T17:00") == [
            ("28 15:00", OUTSIDE_HOURS),
            ("28 16:00", None),
        ]


class TestLabelled:
    def test_it_is_the_same_in_integers(self):
        a, b = at("2024-03-28T15:00"), at("2024-04-02T15:00")

        labelled = [*OFFICE.labelled(microseconds(a), microseconds(b))]

        assert labelled == [
            (microseconds(it.start), microseconds(it.end), it.closure)
            for it in OFFICE.periods(a, b)
        ]


class TestClosure:
    @pytest.mark.parametrize(
        ("closure", "text"),
        [
            (GOOD_FRIDAY, "holiday Good Friday"),
            (HOLIDAY, "holiday"),
            (OVERRIDE, "special hours"),
            (Closure(ClosureKind.OVERRIDE, "Christmas Eve"), "special hours Christmas Eve"),
            (EXCLUDED, "taken out"),
            (OUTSIDE_HOURS, "outside hours"),
        ],
    )
    def test_it_reads_as_words(self, closure, text):
        assert str(closure) == f"{closure}" == text
        assert f"{closure:>40}" == text.rjust(40)

    def test_it_is_a_value(self):
        assert pickle.loads(pickle.dumps(GOOD_FRIDAY)) == copy.copy(GOOD_FRIDAY) == GOOD_FRIDAY
        assert len({GOOD_FRIDAY, HOLIDAY, OVERRIDE, EXCLUDED, OUTSIDE_HOURS, HOLIDAY}) == 5


class TestExplain:
    def test_it_names_the_holidays_that_moved_a_deadline(self):
        start = london("2024-03-28T15:00")
        due = OFFICE.add(start, timedelta(hours=8))

        assert OFFICE.explain(start, due) == (
            "Open from Thu 2024-03-28 15:00 GMT to Thu 2024-03-28 17:00 GMT: 2 h.",
            (
                "Closed from Thu 2024-03-28 17:00 GMT to Tue 2024-04-02 09:00 BST:"
                " holiday Good Friday on Fri 2024-03-29 (8 h),"
                " holiday Easter Monday on Mon 2024-04-01 (8 h), else outside hours."
            ),
            "Open from Tue 2024-04-02 09:00 BST to Tue 2024-04-02 15:00 BST: 6 h.",
            "Working time in all, by the clocks of Europe/London: 8 h.",
        )

    def test_it_says_what_an_override_and_a_break_cost(self):
        half = calendar(
            ("09:00", "12:00"),
            ("13:00", "17:30"),
            overrides={date(2024, 3, 28): [("09:00", "10:30")]},
        )

        assert half.explain(london("2024-03-28T09:00"), london("2024-03-28T17:30")) == (
            "Open from Thu 2024-03-28 09:00 GMT to Thu 2024-03-28 10:30 GMT: 1 h 30 min.",
            (
                "Closed from Thu 2024-03-28 10:30 GMT to Thu 2024-03-28 17:30 GMT:"
                " special hours on Thu 2024-03-28 (6 h), else outside hours."
            ),
            "Working time in all, by the clocks of Europe/London: 1 h 30 min.",
        )

    def test_combined_zones_are_told_in_utc(self):
        always = ALWAYS_OPEN - OFFICE

        assert always.explain(at("2024-04-02T15:00"), at("2024-04-02T17:00:30")) == (
            (
                "Closed from Tue 2024-04-02 15:00 UTC to Tue 2024-04-02 16:00 UTC:"
                " taken out on Tue 2024-04-02 (1 h)."
            ),
            "Open from Tue 2024-04-02 16:00 UTC to Tue 2024-04-02 17:00:30 UTC: 1 h 30 s.",
            "Working time in all, by the clocks of UTC: 1 h 30 s.",
        )
        assert (
            always.in_zone("Europe/London").explain(at("2024-04-02T16:00"), at("2024-04-02T17:00"))[
                0
            ]
            == "Open from Tue 2024-04-02 17:00 BST to Tue 2024-04-02 18:00 BST: 1 h."
        )

    def test_an_hour_that_comes_twice_is_told_apart(self):
        around = calendar(("00:00", "24:00"), days=EVERY_DAY)

        (opened, _) = around.explain(at("2024-10-27T00:30"), at("2024-10-27T01:30"))

        assert opened == "Open from Sun 2024-10-27 01:30 BST to Sun 2024-10-27 01:30 GMT: 1 h."

    def test_of_no_time_only_the_sum_is_told(self):
        now = london("2024-03-28T12:00")

        assert OFFICE.explain(now, now) == (
            "Working time in all, by the clocks of Europe/London: 0 h.",
        )

    def test_the_end_of_time_is_told_in_utc(self):
        around = calendar(("00:00", "24:00"), zone="Asia/Tokyo", days=EVERY_DAY)

        (opened, _) = around.explain(at("0001-01-01"), at("9999-12-31T23:59:59.999"))

        assert opened.startswith(
            "Open from Mon 0001-01-01 00:00 UTC to Fri 9999-12-31 23:59:59.999000 UTC: "
        )

    @pytest.mark.parametrize(
        ("amount", "text"),
        [
            (timedelta(), "0 h"),
            (timedelta(hours=100), "100 h"),
            (timedelta(minutes=10), "10 min"),
            (timedelta(hours=1, seconds=10), "1 h 10 s"),
            (timedelta(microseconds=1), "0.000001 s"),
            (timedelta(hours=2, minutes=3, seconds=4.5), "2 h 3 min 4.5 s"),
        ],
    )
    def test_amounts_are_told_in_hours_minutes_and_seconds(self, amount, text):
        assert amount_text(amount // timedelta(microseconds=1)) == text
