"""
Calendars combined: union, intersection, difference, versions, validity, dated spans, days.
"""

from __future__ import annotations

import concurrent.futures
import copy
import datetime as dt
import pickle

from datetime import UTC, date, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import attrs
import pendulum
import pytest

from itil_ops.errors import CalendarError
from itil_ops.sla.hours.algebra import gaps, intersected, topmost
from itil_ops.sla.hours.calendar import ALWAYS_OPEN, BusinessCalendar, Periods
from itil_ops.sla.hours.duration import BusinessDays, NextOpening, end_of
from itil_ops.sla.hours.opening_hours import Span
from itil_ops.sla.hours.timeline import Timeline
from itil_ops.sla.hours.working_time import WorkingTime, check_calendar


WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
EVERY_DAY = (*WEEKDAYS, "sat", "sun")
NAMES = {"BusinessCalendar": BusinessCalendar, "Periods": Periods, "datetime": dt}


def office(zone, *windows, days=WEEKDAYS, **options):
    return BusinessCalendar(zone, dict.fromkeys(days, windows), **options)


def utc(text):
    return dt.datetime.fromisoformat(text).replace(tzinfo=UTC)


def hours(count):
    return timedelta(hours=count)


def opened(calendar, start, end):
    """
    Return the spans between two texts, as pairs of texts.
    """
    return [
        (f"{span.start:%d %H:%M}", f"{span.end:%d %H:%M}")
        for span in calendar.spans(utc(start), utc(end))
    ]


LONDON = office("Europe/London", ("09:00", "17:00"), holidays=["--12-25"])
TOKYO = office("Asia/Tokyo", ("09:00", "17:00"))
NEW_YORK = office("America/New_York", ("09:00", "17:00"))
NIGHTS = office("Europe/London", ("22:00", "06:00"))
MORNINGS = office("Europe/London", ("09:00", "12:00"))
SUN = LONDON | TOKYO | NEW_YORK
MAINTENANCE = Periods([(utc("2024-03-05T08:00"), utc("2024-03-05T10:00"))])
CHANGE = utc("2024-03-05T12:00")
VERSIONS = LONDON.during(None, CHANGE) | MORNINGS.during(CHANGE, None)
KNOWN = LONDON.valid(utc("2024-01-01"), utc("2025-01-01"))
EXPRESSIONS = [
    SUN,
    LONDON & TOKYO.in_zone("Asia/Tokyo") | NEW_YORK,
    LONDON - MORNINGS,
    (LONDON | TOKYO) - MAINTENANCE - (MORNINGS & LONDON | NIGHTS),
    (LONDON | NIGHTS) & (MORNINGS | NIGHTS),
    ALWAYS_OPEN - LONDON,
    VERSIONS,
    VERSIONS.in_zone("Europe/London").valid(since=utc("2020-01-01")),
    (LONDON - MORNINGS).during(None, CHANGE),
    KNOWN,
    KNOWN | NIGHTS,
    MAINTENANCE,
    MAINTENANCE.in_zone("UTC"),
]


class TestSpans:
    @pytest.mark.parametrize(
        ("one", "other", "both"),
        [
            ([], [(0, 9)], []),
            ([(0, 9)], [], []),
            ([(0, 4)], [(4, 9)], []),
            ([(0, 9)], [(2, 4), (4, 5), (8, 12)], [(2, 4), (4, 5), (8, 9)]),
            ([(0, 3), (5, 8)], [(2, 6), (7, 8)], [(2, 3), (5, 6), (7, 8)]),
        ],
    )
    def test_what_lies_in_both(self, one, other, both):
        assert [*intersected(one, other)] == both
        assert [*intersected(other, one)] == both

    def test_where_one_is_empty_the_other_is_not_asked(self):
        def never():
            raise AssertionError
            yield

        assert [*intersected([], never())] == []

    @pytest.mark.parametrize(
        ("spans", "left"),
        [
            ([], [(0, 9)]),
            ([(0, 9)], []),
            ([(0, 2), (4, 5)], [(2, 4), (5, 9)]),
            ([(2, 4), (5, 9)], [(0, 2), (4, 5)]),
        ],
    )
    def test_what_is_left_out(self, spans, left):
        assert [*gaps(spans, 0, 9)] == left

    def test_nothing_is_left_out_of_nothing(self):
        assert [*gaps([], 5, 5)] == []

    def test_the_first_layer_is_seen(self):
        layers = [(4, 6, "a"), (5, 8, "b"), (8, 9, "b"), (3, 3, "c"), (0, 10, "d")]

        assert [*topmost(layers)] == [(0, 4, "d"), (4, 6, "a"), (6, 9, "b"), (9, 10, "d")]

    def test_without_layers_there_is_nothing_to_see(self):
        assert [*topmost([])] == []
        assert [*topmost([(3, 3, "a")])] == []


class TestUnion:
    def test_it_follows_the_sun(self):
        assert opened(SUN, "2024-03-05", "2024-03-06") == [
            ("05 00:00", "05 08:00"),
            ("05 09:00", "05 22:00"),
        ]

    def test_a_deadline_runs_through_all_of_them(self):
        assert SUN.add(utc("2024-03-08T21:00"), hours(2)) == utc("2024-03-11T01:00")
        assert SUN.subtract(utc("2024-03-11T01:00"), hours(2)) == utc("2024-03-08T21:00")
        assert SUN.between(utc("2024-03-04"), utc("2024-03-09")) == hours(5 * 21)

    def test_each_part_keeps_its_own_clock(self):
        # London is an hour ahead of UTC, New York has been on summer time for three weeks.
        assert opened(LONDON | NEW_YORK, "2024-04-02", "2024-04-03") == [("02 08:00", "02 21:00")]

    def test_its_edges_are_those_of_the_whole(self):
        at = utc("2024-03-05T16:00")

        assert SUN.is_open(at)
        assert SUN.next_open(at) == at
        assert SUN.next_close(at) == utc("2024-03-05T22:00")
        assert SUN.previous_open(at) == utc("2024-03-05T09:00")
        assert SUN.previous_close(at) == utc("2024-03-05T08:00")


class TestIntersection:
    def test_it_is_open_where_all_of_them_are(self):
        assert opened(LONDON & NEW_YORK, "2024-03-05", "2024-03-07") == [
            ("05 14:00", "05 17:00"),
            ("06 14:00", "06 17:00"),
        ]

    def test_a_rare_overlap_is_found_far_off(self):
        extra = Periods([(utc("1951-06-01T08:00"), utc("1951-06-01T12:00"))])

        assert (LONDON & extra).next_open(utc("1920-01-01")) == utc("1951-06-01T08:00")


class TestDifference:
    def test_it_is_open_where_the_first_is_and_the_second_is_not(self):
        assert opened(LONDON - MAINTENANCE, "2024-03-05", "2024-03-06") == [
            ("05 10:00", "05 17:00")
        ]

    def test_a_hole_splits_a_span(self):
        hole = Periods([(utc("2024-03-05T12:00"), utc("2024-03-05T13:00"))])

        assert opened(LONDON - hole, "2024-03-05", "2024-03-06") == [
            ("05 09:00", "05 12:00"),
            ("05 13:00", "05 17:00"),
        ]

    def test_what_is_taken_from_always_open_is_out_of_hours(self):
        out_of_hours = ALWAYS_OPEN - LONDON

        assert out_of_hours.add(utc("2024-03-08T16:00"), hours(1)) == utc("2024-03-08T18:00")
        assert out_of_hours.is_open(utc("2024-12-25T12:00"))

    def test_a_single_span_taken_from_always_open_leaves_the_rest_of_all_time(self):
        rest = ALWAYS_OPEN - MAINTENANCE

        assert rest.between(utc("0001-01-01"), utc("9999-12-31")) == timedelta(3652058) - hours(2)
        with pytest.raises(CalendarError, match="no closing after"):
            rest.next_close(utc("2024-03-05T10:00"))


class TestAllTime:
    def test_always_open_with_anything_never_closes(self):
        always = ALWAYS_OPEN | LONDON

        assert always.between(utc("2024-01-01"), utc("2025-01-01")) == timedelta(days=366)
        with pytest.raises(CalendarError, match="no closing after"):
            always.next_close(utc("2024-03-05"))

    def test_calendars_of_all_time_are_clipped_to_the_years_of_others(self):
        dated = BusinessCalendar(
            "UTC",
            dict.fromkeys(EVERY_DAY, (("00:00", "24:00"),)),
            holidays=[date(1900, 1, 1), date(2023, 12, 31), date(2024, 1, 3), date(2199, 12, 31)],
        )
        single = BusinessCalendar("UTC", {}, overrides={date(2024, 1, 1): [("09:00", "17:00")]})
        nights = office("UTC", ("22:00", "06:00"), days=EVERY_DAY)

        both = dated & nights

        assert opened(both, "2023-12-30", "2024-01-05") == [
            ("30 00:00", "30 06:00"),
            ("30 22:00", "31 00:00"),
            ("01 00:00", "01 06:00"),
            ("01 22:00", "02 06:00"),
            ("02 22:00", "03 00:00"),
            ("04 00:00", "04 06:00"),
            ("04 22:00", "05 00:00"),
        ]
        assert (single | nights).between(utc("1900-01-02"), utc("2199-12-01")) == hours(8) * (
            (date(2199, 12, 1) - date(1900, 1, 2)).days + 1
        )

    def test_more_than_all_parts_know_is_refused(self):
        message = "outside of 1900-01-01T00:00:00.00:00 to 2200-01-01T00:00:00.00:00, which is all"

        with pytest.raises(CalendarError, match=message):
            (ALWAYS_OPEN - LONDON).is_open(utc("1899-12-31"))


class TestEmpty:
    @pytest.mark.parametrize(
        "combine",
        [
            lambda: LONDON - LONDON,
            lambda: MORNINGS - LONDON.during(None, None) - NIGHTS | MORNINGS - ALWAYS_OPEN,
            lambda: NIGHTS & LONDON,
            lambda: LONDON & Periods([(utc("2024-03-09"), utc("2024-03-10"))]),
            lambda: MAINTENANCE - ALWAYS_OPEN,
            lambda: LONDON.during(utc("2024-03-09"), utc("2024-03-11")),
            lambda: LONDON.valid(utc("2024-03-09"), utc("2024-03-11")),
            lambda: MAINTENANCE.during(None, utc("2024-03-05")),
        ],
    )
    def test_algebra_that_leaves_no_working_time_is_refused(self, combine):
        with pytest.raises(CalendarError, match="never open: "):
            combine()

    def test_calendars_that_know_no_time_in_common_are_refused(self):
        early, late = LONDON.valid(until=CHANGE), LONDON.valid(since=CHANGE)

        with pytest.raises(CalendarError, match="know no time in common: "):
            _ = early | late
        with pytest.raises(CalendarError, match="know no time in common: "):
            LONDON.valid(since=utc("2300-01-01"))

    @pytest.mark.parametrize("other", [None, 3, "UTC", [LONDON], MAINTENANCE.dated])
    def test_what_is_no_calendar_cannot_be_combined(self, other):
        with pytest.raises(TypeError, match="unsupported operand"):
            _ = LONDON | other
        with pytest.raises(TypeError, match="unsupported operand"):
            _ = SUN & other
        with pytest.raises(TypeError, match="unsupported operand"):
            _ = other - MAINTENANCE


class TestCheck:
    @pytest.mark.parametrize("calendar", EXPRESSIONS)
    def test_whatever_calendars_come_to_is_a_calendar(self, calendar):
        assert check_calendar(calendar, "calendar") is calendar

    @pytest.mark.parametrize("value", [None, "Europe/London", MAINTENANCE.dated, WorkingTime])
    def test_anything_else_is_none(self, value):
        with pytest.raises(TypeError, match="hours must be a calendar, not"):
            check_calendar(value, "hours")


class TestValue:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            (LONDON | TOKYO, TOKYO | LONDON),
            (LONDON & NEW_YORK, NEW_YORK & LONDON),
            ((LONDON | TOKYO) | NEW_YORK, LONDON | (TOKYO | NEW_YORK)),
            ((LONDON | TOKYO) | (TOKYO | NEW_YORK), SUN),
            (LONDON | LONDON, LONDON),
            (LONDON & LONDON, LONDON),
            (SUN | TOKYO, SUN),
            (LONDON - (TOKYO | NIGHTS), LONDON - (NIGHTS | TOKYO)),
            (
                LONDON.during(None, CHANGE),
                LONDON.during(None, CHANGE.astimezone(ZoneInfo("Asia/Tokyo"))),
            ),
            (LONDON.during(None, None), LONDON),
            (LONDON.valid(), LONDON),
        ],
    )
    def test_the_same_hours_written_otherwise_are_equal(self, one, other):
        assert one == other
        assert hash(one) == hash(other)

    def test_different_ones_are_not(self):
        different = [
            *EXPRESSIONS,
            LONDON,
            LONDON | NIGHTS,
            LONDON & (LONDON | NIGHTS),
            NIGHTS - LONDON,
        ]

        assert all(one != other for one, other in pairwise(different))
        assert len(set(different)) == len(different)

    @pytest.mark.parametrize("calendar", EXPRESSIONS)
    def test_it_can_be_copied_pickled_and_pasted(self, calendar):
        calendar.is_open(utc("2024-03-05T11:00"))
        again = [
            copy.copy(calendar),
            copy.deepcopy(calendar),
            pickle.loads(pickle.dumps(calendar)),
            eval(repr(calendar), dict(NAMES)),
            attrs.evolve(calendar),
        ]

        assert again == [calendar] * 5
        assert {hash(other) for other in again} == {hash(calendar)}
        a, b = utc("2024-03-01"), utc("2024-03-12")
        assert {other.between(a, b) for other in again} == {calendar.between(a, b)}
        assert all(isinstance(other, WorkingTime) for other in again)

    def test_it_shows_what_it_was_made_of(self):
        a = BusinessCalendar("UTC", {"mon": [("09:00", "17:00")]})
        b = BusinessCalendar("UTC", {"tue": [("09:00", "17:00")]})

        assert repr((a | b) - b) == f"({a!r} | {b!r}) - {b!r}"
        assert repr(a | (a | b) & b) == f"{a!r} | (({a!r} | {b!r}) & {b!r})"
        assert repr((a | b).in_zone("UTC")) == f"({a!r} | {b!r}).in_zone('UTC')"
        assert repr(a.during(None, CHANGE).valid(until=CHANGE)) == (
            f"{a!r}"
            ".during(None, datetime.datetime(2024, 3, 5, 12, 0, tzinfo=datetime.timezone.utc))"
            ".valid(until=datetime.datetime(2024, 3, 5, 12, 0, tzinfo=datetime.timezone.utc))"
        )

    def test_it_cannot_be_changed(self):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            SUN.calendars = ()

    def test_what_has_been_compiled_is_not_pickled(self):
        fresh, used = copy.deepcopy(SUN), copy.deepcopy(SUN)
        used.between(utc("2000-01-01"), utc("2030-01-01"))

        assert len(pickle.dumps(used)) == len(pickle.dumps(fresh))

    def test_nothing_is_compiled_for_the_parts(self, monkeypatch):
        asked, compiled = set(), Timeline.compiled
        both = copy.deepcopy(LONDON) | copy.deepcopy(TOKYO)
        monkeypatch.setattr(
            Timeline, "compiled", lambda line, a, b: asked.add(line) or compiled(line, a, b)
        )

        both.between(utc("2024-01-01"), utc("2030-01-01"))

        assert asked == {both.timeline}

    def test_threads_may_share_it(self):
        calendar = copy.deepcopy(SUN - MAINTENANCE)
        years = [(utc(f"{year}-01-01"), utc(f"{year + 1}-01-01")) for year in range(2010, 2020)]

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            worked = list(pool.map(lambda year: calendar.between(*year), years))

        alone = SUN - MAINTENANCE
        assert worked == [alone.between(*year) for year in years]


class TestVersions:
    def test_each_holds_in_its_time(self):
        assert opened(VERSIONS, "2024-03-04", "2024-03-07") == [
            ("04 09:00", "04 17:00"),
            ("05 09:00", "05 12:00"),
            ("06 09:00", "06 12:00"),
        ]

    def test_bounds_are_half_open(self):
        noon = LONDON.during(utc("2024-03-05T11:00"), utc("2024-03-05T12:00"))

        assert opened(noon, "2024-01-01", "2025-01-01") == [("05 11:00", "05 12:00")]
        assert noon.is_open(utc("2024-03-05T11:00"))
        assert not noon.is_open(utc("2024-03-05T12:00"))

    def test_outside_of_its_bounds_it_is_known_to_be_closed(self):
        year = KNOWN.during(utc("2024-01-01"), utc("2025-01-01"))

        assert not year.is_open(utc("1066-10-14"))
        assert not year.is_open(utc("9999-10-14"))
        assert year.next_open(utc("1066-10-14")) == utc("2024-01-01T09:00")
        with pytest.raises(CalendarError, match="no opening after"):
            year.next_open(utc("2025-01-01"))

    def test_where_a_bound_asks_for_more_than_is_known_it_does_not_help(self):
        wider = KNOWN.during(utc("2023-06-01"), utc("2025-06-01"))

        with pytest.raises(CalendarError, match="all the calendar knows"):
            wider.is_open(utc("2023-12-31"))
        with pytest.raises(CalendarError, match="all the calendar knows"):
            wider.is_open(utc("2025-01-01"))
        assert wider.is_open(utc("2024-12-31T16:59"))

    def test_years_of_holidays_follow_each_other(self):
        t = utc("2025-01-01")
        two = KNOWN.during(None, t) | MORNINGS.valid(since=t, until=utc("2026-01-01")).during(
            t, None
        )

        assert two.between(utc("2024-12-31"), utc("2025-01-02")) == hours(8 + 3)
        with pytest.raises(CalendarError, match=r"2024-01-01T00:00:00.00:00 to 2026-01-01"):
            two.is_open(utc("2026-01-01"))

    @pytest.mark.parametrize("bounds", ["during", "valid"])
    def test_bounds_out_of_order_are_refused(self, bounds):
        for end in (CHANGE, CHANGE - hours(1)):
            with pytest.raises(CalendarError, match=r"must come after (start|since) 2024-03-05T12"):
                getattr(LONDON, bounds)(CHANGE, end)

    @pytest.mark.parametrize("bounds", ["during", "valid"])
    def test_naive_bounds_are_refused(self, bounds):
        naive = dt.datetime(2024, 3, 5, 12)

        for pair in [(naive, None), (None, naive)]:
            with pytest.raises(ValueError, match=r"(start|end|since|until) must be an aware"):
                getattr(LONDON, bounds)(*pair)

    @pytest.mark.parametrize("bounds", ["during", "valid"])
    @pytest.mark.parametrize("bound", [date(2024, 3, 5), "2024-03-05", 2024])
    def test_bounds_must_be_instants(self, bounds, bound):
        with pytest.raises(TypeError, match="must be an aware datetime"):
            getattr(LONDON, bounds)(bound, None)


class TestValidity:
    def test_inside_of_its_bounds_it_answers_like_the_calendar(self):
        a, b = utc("2024-01-01"), utc("2025-01-01")

        assert KNOWN.between(a, b) == LONDON.between(a, b)
        assert KNOWN.add(a, hours(100)) == LONDON.add(a, hours(100))

    @pytest.mark.parametrize(
        "question",
        [
            lambda known, at: known.is_open(at),
            lambda known, at: known.between(at, utc("2024-06-01")),
            lambda known, at: known.add(at, hours(1)),
            lambda known, at: known.next_open(at),
            lambda known, at: known.previous_close(at),
            lambda known, at: list(known.spans(min(at, CHANGE), max(at + hours(1), CHANGE))),
            lambda known, at: known.periods(min(at, CHANGE), max(at + hours(1), CHANGE)),
        ],
    )
    @pytest.mark.parametrize("at", ["2023-12-31T23:59:59", "2025-01-01T00:00:01"])
    def test_a_question_about_more_is_refused_with_the_bounds(self, question, at):
        bounds = r"2024-01-01T00:00:00\+00:00 to 2025-01-01T00:00:00\+00:00"

        with pytest.raises(CalendarError, match=bounds):
            question(KNOWN, utc(at))

    def test_an_answer_beyond_is_refused(self):
        for question in [
            lambda: KNOWN.add(utc("2024-12-31T16:00"), hours(2)),
            lambda: KNOWN.subtract(utc("2024-01-01T10:00"), hours(2)),
            lambda: KNOWN.next_open(utc("2024-12-31T17:00")),
            lambda: KNOWN.next_close(utc("2024-12-31T17:00")),
            lambda: KNOWN.previous_close(utc("2024-01-01T10:00")),
        ]:
            with pytest.raises(CalendarError, match="as far as the calendar goes"):
                question()

    def test_a_closing_that_is_only_the_bound_is_none(self):
        morning = ALWAYS_OPEN.valid(until=CHANGE)

        with pytest.raises(CalendarError, match="no closing after"):
            morning.next_close(CHANGE - hours(1))

    def test_a_combination_knows_what_all_of_its_parts_know(self):
        for calendar in [KNOWN | TOKYO, MORNINGS & KNOWN, TOKYO - KNOWN, KNOWN.in_zone("UTC")]:
            with pytest.raises(CalendarError, match="to 2025-01-01T00:00:00"):
                calendar.is_open(utc("2025-06-01"))
            calendar.is_open(utc("2024-06-01"))

    def test_its_business_days_may_run_out(self):
        once = BusinessCalendar("UTC", {}, overrides={date(2024, 3, 6): [("09:00", "12:00")]})
        known = once.valid(utc("2024-03-01"), utc("2025-01-01"))

        assert known.close_of_business(CHANGE, BusinessDays(1)) == utc("2024-03-06T12:00")
        with pytest.raises(CalendarError, match="no 2 business days lie ahead"):
            known.close_of_business(CHANGE, BusinessDays(2))

    def test_one_bound_is_enough(self):
        assert LONDON.valid(since=CHANGE).is_open(utc("2100-03-05T12:00"))
        assert LONDON.valid(until=CHANGE).is_open(utc("1910-03-07T12:00"))
        with pytest.raises(CalendarError):
            LONDON.valid(since=CHANGE).is_open(CHANGE - hours(1))
        with pytest.raises(CalendarError):
            LONDON.valid(until=CHANGE).is_open(CHANGE)

    def test_its_business_days_are_those_of_the_calendar(self):
        nights = NIGHTS.valid(utc("2024-03-04"), utc("2024-03-09"))

        assert nights.zone == "Europe/London"
        assert nights.close_of_business(utc("2024-03-05T12:00"), BusinessDays(2)) == utc(
            "2024-03-08T06:00"
        )
        with pytest.raises(CalendarError, match="2024-03-09"):
            nights.close_of_business(utc("2024-03-05T12:00"), BusinessDays(3))
        with pytest.raises(CalendarError, match="2024-03-04"):
            nights.close_of_business(utc("2024-03-01T12:00"), BusinessDays(1))


class TestDays:
    def test_the_zone_is_the_one_that_all_parts_share(self):
        assert LONDON.zone == (LONDON | NIGHTS).zone == (LONDON - MAINTENANCE).zone == VERSIONS.zone
        assert SUN.zone is None
        assert MAINTENANCE.zone is None
        assert SUN.in_zone("Asia/Tokyo").zone == "Asia/Tokyo"
        assert SUN.in_zone(ZoneInfo("Asia/Tokyo")) == SUN.in_zone("Asia/Tokyo")
        assert (SUN.in_zone("Europe/London") | LONDON).zone == "Europe/London"

    @pytest.mark.parametrize("calendar", [SUN, MAINTENANCE, ALWAYS_OPEN - LONDON])
    def test_business_days_without_a_zone_are_refused(self, calendar):
        with pytest.raises(CalendarError, match=r"business days need one zone.*in_zone\(\)"):
            calendar.close_of_business(CHANGE, BusinessDays(1))
        with pytest.raises(CalendarError, match="need one zone"):
            end_of(BusinessDays(1), CHANGE, calendar)

    @pytest.mark.parametrize(
        "calendar",
        [
            NIGHTS - Periods([(utc("2030-01-01"), utc("2030-01-02"))]),
            NIGHTS.during(None, utc("2030-01-01")),
            NIGHTS.valid(None, utc("2030-01-01")),
        ],
        ids=["less", "during", "valid"],
    )
    def test_what_is_cut_far_away_leaves_nights_whole(self, calendar):
        start, day = utc("2024-06-03T23:00"), BusinessDays(1)

        assert calendar.close_of_business(start, day) == NIGHTS.close_of_business(start, day)

    def test_what_ends_has_so_many_business_days_and_no_more(self):
        ended = LONDON.during(None, utc("2030-01-01"))

        with pytest.raises(CalendarError, match="no 5 business days lie ahead"):
            ended.close_of_business(utc("2029-12-27T12:00"), BusinessDays(5))

    def test_a_day_of_which_nothing_is_left_is_no_business_day(self):
        tuesday = Periods([(utc("2024-06-04"), utc("2024-06-05"))])
        monday = utc("2024-06-03T12:00")

        assert (LONDON - tuesday).close_of_business(monday, BusinessDays(1)) == (
            LONDON.close_of_business(monday, BusinessDays(2))
        )

    def test_other_questions_need_no_zone(self):
        assert end_of(NextOpening(), CHANGE, SUN) == utc("2024-03-06T00:00")

    @pytest.mark.parametrize("zone", ["Europe/Londres", ""])
    def test_an_unknown_zone_is_refused(self, zone):
        with pytest.raises(CalendarError, match="no zone"):
            SUN.in_zone(zone)

    def test_a_business_day_is_a_date_with_any_working_time(self):
        sun = SUN.in_zone("Europe/London")

        # Friday closes with New York; Sunday is not one, though Tokyo opens at its midnight.
        assert sun.close_of_business(utc("2024-03-07T12:00"), BusinessDays(1)) == utc(
            "2024-03-08T22:00"
        )
        assert sun.close_of_business(utc("2024-03-08T12:00"), BusinessDays(1)) == utc(
            "2024-03-11T21:00"
        )

    def test_a_night_is_cut_at_midnight(self):
        nights = NIGHTS.in_zone("Europe/London")

        days = [
            nights.close_of_business(utc("2024-03-07T12:00"), BusinessDays(n)) for n in (1, 2, 3)
        ]

        # Saturday has Friday's tail, and Monday no longer than until midnight.
        assert days == [utc("2024-03-09"), utc("2024-03-09T06:00"), utc("2024-03-12")]

    def test_a_combination_of_one_zone_has_its_days(self):
        both = LONDON - MAINTENANCE

        assert both.close_of_business(utc("2024-12-24T12:00"), BusinessDays(1)) == utc(
            "2024-12-26T17:00"
        )

    @pytest.mark.parametrize(
        ("zone", "start", "close"),
        [
            # Samoa skipped 30 December; the clocks of St John's once went back over midnight.
            ("Pacific/Apia", "2011-12-30T09:00", "2011-12-31T10:00"),
            ("America/St_Johns", "2010-11-05T12:00", "2010-11-07T03:30"),
            ("America/St_Johns", "2010-11-06T12:00", "2010-11-08T03:30"),
        ],
    )
    def test_days_are_those_that_the_clocks_show(self, zone, start, close):
        around = (ALWAYS_OPEN - MAINTENANCE).in_zone(zone)

        assert around.close_of_business(utc(start), BusinessDays(1)) == utc(close)
        assert around.close_of_business(utc(start), BusinessDays(1)) == office(
            zone, ("00:00", "24:00"), days=EVERY_DAY
        ).close_of_business(utc(start), BusinessDays(1))

    def test_a_date_that_comes_twice_is_counted_once(self):
        zone = "America/St_Johns"
        # 02:35Z is 00:05 on the 7th; at 00:01 the clocks went back to 23:01 on the 6th.
        dated = Periods([(utc("2010-11-07T02:40"), utc("2010-11-07T02:50"))]).in_zone(zone)

        assert dated.close_of_business(utc("2010-11-07T02:35"), BusinessDays(1)) == utc(
            "2010-11-07T02:50"
        )

    @pytest.mark.parametrize("start", ["2199-12-31T10:00", "2500-01-01T10:00", "1500-01-01T10:00"])
    def test_running_off_the_years_is_refused(self, start):
        around = (ALWAYS_OPEN - MAINTENANCE).in_zone("UTC")

        with pytest.raises(CalendarError, match="in the years 1900 to 2199"):
            around.close_of_business(utc(start), BusinessDays(1))

    def test_running_off_the_days_is_refused(self):
        dated = MAINTENANCE.in_zone("UTC")

        assert dated.close_of_business(utc("2024-01-01"), BusinessDays(1)) == utc(
            "2024-03-05T10:00"
        )
        with pytest.raises(CalendarError, match="no opening after"):
            dated.close_of_business(utc("2024-01-01"), BusinessDays(2))


class TestPeriods:
    def test_it_is_open_in_its_spans_alone(self):
        two = Periods(
            [
                (utc("2024-03-05T08:00"), utc("2024-03-05T09:00")),
                (utc("2024-03-05T09:00"), utc("2024-03-05T10:00")),
                (utc("2024-03-07T22:00"), utc("2024-03-08T02:00")),
            ]
        )

        assert opened(two, "2000-01-01", "2050-01-01") == [
            ("05 08:00", "05 10:00"),
            ("07 22:00", "08 02:00"),
        ]
        assert two.between(utc("0001-01-01"), utc("9999-01-01")) == hours(6)

    def test_instants_of_any_kind_and_spans_go_in(self):
        pairs = [
            (pendulum.datetime(2024, 3, 5, 8), pendulum.datetime(2024, 3, 5, 10)),
            [
                utc("2024-03-05T08:00"),
                utc("2024-03-05T11:00").replace(tzinfo=dt.timezone(hours(1))),
            ],
            Span(pendulum.datetime(2024, 3, 5, 8), pendulum.datetime(2024, 3, 5, 10)),
        ]

        assert {Periods([pair]) for pair in pairs} == {MAINTENANCE}
        assert Periods(iter(pairs[:1])) == MAINTENANCE
        assert MAINTENANCE.dated == (pairs[2],)

    def test_it_pastes_back(self):
        assert repr(MAINTENANCE) == (
            "Periods([(datetime.datetime(2024, 3, 5, 8, 0, tzinfo=datetime.timezone.utc),"
            " datetime.datetime(2024, 3, 5, 10, 0, tzinfo=datetime.timezone.utc))])"
        )

    def test_extra_hours_join_a_calendar(self):
        extra = LONDON | Periods([(utc("2024-03-09T10:00"), utc("2024-03-09T12:00"))])

        assert extra.add(utc("2024-03-08T16:00"), hours(2)) == utc("2024-03-09T11:00")

    def test_none_at_all_are_refused(self):
        with pytest.raises(CalendarError, match="never open"):
            Periods([])

    @pytest.mark.parametrize(
        ("spans", "message"),
        [
            (
                [("05T08:00", "05T10:00"), ("05T09:59", "05T11:00")],
                "2024-03-05T09:59:00.* to 2024-03-05T11:00.* overlaps .*T08:00:00.* to .*T10:00:00",
            ),
            ([("05T08:00", "05T10:00"), ("05T08:00", "05T10:00")], "overlaps"),
            (
                [("05T08:00", "05T10:00"), ("04T08:00", "04T10:00")],
                "the span from 2024-03-04.* must stand before the span from 2024-03-05",
            ),
            ([("05T08:00", "05T08:00")], "from 2024-03-05T08:00.* does not end after it begins"),
            ([("05T08:00", "05T07:00")], "does not end after it begins"),
        ],
    )
    def test_unsorted_overlapping_or_empty_ones_are_refused(self, spans, message):
        with pytest.raises(CalendarError, match=message):
            Periods([(utc(f"2024-03-{a}"), utc(f"2024-03-{b}")) for a, b in spans])

    @pytest.mark.parametrize(
        "spans", [None, 3, "spans", [None], [("2024-03-05", "2024-03-06")], [(CHANGE,)], [CHANGE]]
    )
    def test_what_is_no_pairs_of_instants(self, spans):
        with pytest.raises(TypeError):
            Periods(spans)

    def test_naive_instants_are_refused(self):
        with pytest.raises(ValueError, match="the start of a span must be an aware"):
            Periods([(dt.datetime(2024, 3, 5), CHANGE)])
