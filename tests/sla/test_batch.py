"""
Batches: a million instants are answered as each of them is alone.
"""

from __future__ import annotations

import copy
import pickle
import sys

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import attrs
import numpy as np
import pandas as pd
import pendulum
import pytest

from hypothesis import given
from hypothesis import strategies as st

from clock_doubles import (
    EVERY_DAY,
    LONDON,
    MICROSECOND,
    NIGHTS,
    OFFICE,
    hours,
    minutes,
    resolution,
    t,
)
from examples_of_runs import tried
from itil_ops.errors import CalendarError, MissingExtraError
from itil_ops.sla.clocks.clock import SlaClock
from itil_ops.sla.clocks.open_clocks import OpenClocks
from itil_ops.sla.hours import batch
from itil_ops.sla.hours.calendar import ALWAYS_OPEN, BusinessCalendar
from itil_ops.sla.hours.working_time import WorkingTime


NINE = t("mon 09:00")
NINE64 = np.datetime64("2024-03-04T09:00")
SPLIT = {day: [("09:00", "12:00"), ("13:00", "17:00")] for day in EVERY_DAY[:5]}
CALENDARS = [
    OFFICE,
    NIGHTS,
    ALWAYS_OPEN,
    BusinessCalendar("Europe/London", SPLIT, holidays=[date(2024, 3, 29), "--04-01"]),
    BusinessCalendar("Australia/Lord_Howe", {"sun": [("00:00", "24:00")], "sat": []}),
    BusinessCalendar("Africa/Casablanca", {"sat": [("22:00", "02:30")]}),
    BusinessCalendar("UTC", dict.fromkeys(EVERY_DAY, (("00:00", "24:00"),)), holidays=["--12-25"]),
    # Open on three dates alone, and closed on two alone: known for all time.
    BusinessCalendar(
        "Asia/Kathmandu",
        {},
        overrides={date(2024, month, 4): [("09:00", "17:00")] for month in (3, 4, 12)},
    ),
    BusinessCalendar(
        "America/Sao_Paulo",
        dict.fromkeys(EVERY_DAY, (("00:00", "24:00"),)),
        holidays=[date(2024, 3, 4), date(2018, 11, 4)],
    ),
    # A pause of a second a day, of which no table of buckets is made.
    BusinessCalendar(
        "UTC", dict.fromkeys(EVERY_DAY, (("00:00:00", "00:00:01"), ("00:00:02", "24:00")))
    ),
]

EDGES = [
    edge
    for calendar in CALENDARS[:9]
    for span in calendar.spans(t("fri 00:00"), t("thu 23:00") + 60 * hours(24))
    for edge in (span.start, span.end)
]
NEAR = st.builds(
    lambda edge, off: datetime.fromtimestamp(0, UTC) + (edge - pendulum.from_timestamp(0)) + off,
    st.sampled_from(EDGES),
    st.sampled_from([-MICROSECOND, timedelta(), MICROSECOND, hours(1), -hours(30)]),
)
FAR = st.one_of(
    st.datetimes(datetime(2022, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),
    st.sampled_from([datetime(1890, 1, 1, tzinfo=UTC), datetime(2220, 1, 1, tzinfo=UTC)]),
)
MOMENTS = st.one_of(NEAR, NEAR, NEAR, FAR)
AMOUNTS = st.one_of(
    st.just(timedelta()),
    st.just(MICROSECOND),
    st.integers(0, 400).map(lambda n: n * timedelta(minutes=15)),
    st.integers(0, 400).map(timedelta),
)
SETTINGS = tried(100)


def instants(values):
    """
    Return aware datetimes as numpy writes them.
    """
    return np.array([at.astimezone(UTC).replace(tzinfo=None) for at in values], "M8[us]")


def told(question, *rows):
    """
    Return what *question* answers to each row, or which is the first that it refuses, and why.
    """
    answers = []
    for n, row in enumerate(zip(*rows, strict=True)):
        try:
            answers.append(question(*row))
        except CalendarError as error:
            return f"element[{n}]: {error}"
    return answers


def told_at_once(question, calendar, *columns):
    try:
        return question(calendar, *columns)
    except CalendarError as error:
        return str(error)


def same(many, each, write):
    return many == each if isinstance(each, str) else many.tolist() == write(each).tolist()


ROWS = st.lists(st.tuples(MOMENTS, MOMENTS, AMOUNTS), min_size=1, max_size=8)
SOME = st.sampled_from(CALENDARS)


class TestAsAlone:
    @SETTINGS
    @given(SOME, ROWS)
    def test_between(self, calendar, rows):
        starts, ends, _ = zip(*rows, strict=True)

        many = told_at_once(
            WorkingTime.between_many, attrs.evolve(calendar), instants(starts), instants(ends)
        )

        each = told(calendar.between, starts, ends)
        assert same(many, each, lambda found: np.array(found, "m8[us]"))

    @SETTINGS
    @given(SOME, ROWS)
    def test_is_open(self, calendar, rows):
        moments, _, _ = zip(*rows, strict=True)

        many = told_at_once(attrs.evolve(calendar).is_open_many, instants(moments))

        assert same(many, told(calendar.is_open, moments), np.array)

    @SETTINGS
    @given(SOME, ROWS)
    def test_add(self, calendar, rows):
        starts, _, amounts = zip(*rows, strict=True)

        many = told_at_once(attrs.evolve(calendar).add_many, instants(starts), amounts)

        assert same(many, told(calendar.add, starts, amounts), instants)

    @SETTINGS
    @given(SOME, ROWS)
    def test_subtract(self, calendar, rows):
        ends, _, amounts = zip(*rows, strict=True)

        many = told_at_once(
            WorkingTime.subtract_many, attrs.evolve(calendar), instants(ends), amounts
        )

        assert same(many, told(calendar.subtract, ends, amounts), instants)

    @pytest.mark.parametrize("calendar", CALENDARS)
    def test_many_chunks(self, calendar, monkeypatch):
        monkeypatch.setattr(batch, "CHUNK", 7)
        starts = [t("mon 08:59") + n * timedelta(minutes=17) for n in range(100)]
        ends = starts[::-1]

        assert calendar.between_many(starts, ends).tolist() == told(calendar.between, starts, ends)

    @pytest.mark.parametrize("most", [0, 2**21])
    def test_with_a_table_and_without(self, most, monkeypatch):
        monkeypatch.setattr(batch, "MOST_BUCKETS", most)
        calendar = attrs.evolve(CALENDARS[3])
        starts = [t("mon 08:59") + n * timedelta(minutes=7) for n in range(300)]

        due = calendar.add_many(starts, hours(5))

        assert due.tolist() == instants([calendar.add(at, hours(5)) for at in starts]).tolist()

    @pytest.mark.parametrize("calendar", CALENDARS)
    def test_more_than_there_is(self, calendar):
        at, amounts = [NINE, NINE], [hours(1), timedelta.max]

        assert told_at_once(calendar.add_many, at, amounts) == told(calendar.add, at, amounts)
        assert told_at_once(calendar.subtract_many, at, amounts) == (
            told(calendar.subtract, at, amounts)
        )

    def test_what_is_looked_up_is_kept_until_more_is_compiled(self):
        calendar = attrs.evolve(OFFICE)
        calendar.is_open_many([t("mon 10:00")])
        kept = calendar.timeline.derived
        calendar.is_open_many([t("tue 10:00")])
        assert calendar.timeline.derived is kept

        calendar.is_open_many([t("tue 10:00") + timedelta(days=999)])
        assert calendar.timeline.derived is not kept


class TestShapes:
    def test_one_broadcasts_with_many(self):
        starts = instants([t("mon 09:00"), t("mon 10:00"), t("mon 18:00")])

        assert OFFICE.between_many(starts, t("mon 12:00")).tolist() == [
            hours(3),
            hours(2),
            -hours(5),
        ]
        assert OFFICE.add_many(t("mon 09:00"), [hours(1), hours(2)]).shape == (2,)

    def test_rows_broadcast_with_columns(self):
        days = instants([t("mon 00:00"), t("tue 00:00")]).reshape(2, 1)
        amounts = np.array([[1, 2, 3]], "m8[h]")

        due = OFFICE.add_many(days, amounts)

        assert due.shape == (2, 3)
        assert due[1, 2] == np.datetime64("2024-03-05T12:00")

    def test_one_alone_is_an_array_without_axes(self):
        found = OFFICE.is_open_many(t("mon 09:00"))

        assert (found.shape, found.dtype, bool(found)) == ((), np.bool_, True)

    @pytest.mark.parametrize("none", [[], np.array([]), np.empty((0, 3), "M8[s]")])
    def test_none_is_none(self, none):
        assert OFFICE.between_many(none, none).shape == np.shape(none)
        assert OFFICE.is_open_many(none).shape == np.shape(none)
        assert OFFICE.is_open_many(none).dtype == bool
        assert OFFICE.add_many(none, hours(1)).dtype == "M8[us]"
        assert OFFICE.subtract_many(none, hours(1)).dtype == "M8[us]"

    def test_shapes_that_do_not_fit_are_refused(self):
        with pytest.raises(ValueError, match="shape"):
            OFFICE.between_many([t("mon 09:00")] * 2, [t("mon 09:00")] * 3)

    def test_what_is_refused_is_named_by_its_place(self):
        amounts = np.array([[1, 2], [3, 10**8]], "m8[h]")

        with pytest.raises(CalendarError, match=r"^element\[1, 1\]: not so much working time"):
            OFFICE.add_many(t("mon 09:00"), amounts)
        with pytest.raises(CalendarError, match=r"^element: not so much working time before"):
            OFFICE.subtract_many(t("mon 09:00"), timedelta(days=99_999))

    def test_arguments_are_left_alone(self):
        starts, ends = instants([t("mon 09:00")]), instants([t("mon 10:00")])

        OFFICE.subtract_many(ends, np.zeros(1, "m8[us]"))[0] = starts[0]
        OFFICE.between_many(starts, ends)

        assert ends == instants([t("mon 10:00")])


class TestGiven:
    @pytest.mark.parametrize("unit", ["us", "ms", "s", "m", "h", "ns"])
    def test_units_are_converted(self, unit):
        starts = np.array([NINE64], f"M8[{unit}]")

        assert OFFICE.between_many(starts, [t("mon 10:00")]).tolist() == [hours(1)]

    def test_a_day_is_its_midnight_in_utc(self):
        assert WorkingTime.add_many(
            OFFICE, np.datetime64("2024-03-04"), np.timedelta64(1, "D")
        ) == (np.datetime64("2024-03-06T17:00"))

    @pytest.mark.parametrize(
        "values",
        [
            [NINE, NINE.astimezone(LONDON)],
            (pendulum.instance(NINE), NINE.astimezone(ZoneInfo("Asia/Tokyo"))),
            np.array([NINE, NINE], object),
            [NINE64, NINE],
            np.array([NINE64, NINE64], ">M8[us]"),
            np.array([NINE64] * 4, "M8[us]")[::2],
            pd.Series([NINE, NINE]),
            pd.DatetimeIndex([NINE, NINE]),
            pd.DatetimeIndex([NINE.replace(tzinfo=None)] * 2),
            [pd.Timestamp(NINE), NINE],
        ],
        ids=repr,
    )
    def test_instants_of_many_kinds(self, values):
        found = OFFICE.between_many(values, t("mon 10:00"))

        assert found.tolist() == [hours(1), hours(1)]

    @pytest.mark.parametrize(
        "amounts",
        [
            [hours(1), pendulum.duration(hours=1)],
            np.array([1, 1], "m8[h]"),
            [np.timedelta64(60, "m"), hours(1)],
            pd.Series([hours(1), hours(1)]),
            [pd.Timedelta(hours=1), hours(1)],
            np.array([3_600 * 10**9] * 2, "m8[ns]"),
        ],
        ids=repr,
    )
    def test_amounts_of_many_kinds(self, amounts):
        assert (OFFICE.add_many(NINE, amounts) == np.datetime64("2024-03-04T10:00")).all()

    @pytest.mark.parametrize(
        ("values", "kind", "message"),
        [
            ([NINE, NINE.replace(tzinfo=None)], ValueError, r"starts\[1\] must be an aware"),
            ([[NINE], [datetime(2024, 3, 4)]], ValueError, r"starts\[1, 0\] must be an aware"),
            ([NINE64, datetime(2024, 3, 4)], ValueError, r"starts\[1\] must be an aware"),
            (datetime(2024, 3, 4), ValueError, "starts must be an aware"),
            (["2024-03-04"], TypeError, r"starts\[0\] must be an aware datetime"),
            ([NINE, 5.0], TypeError, r"starts\[1\] must be an aware datetime, not 5.0"),
            ([NINE, None], TypeError, r"starts\[1\] must be an aware datetime"),
            ([NINE, date(2024, 3, 4)], TypeError, r"starts\[1\] must be an aware datetime"),
            ([NINE, np.float64(5)], TypeError, r"starts\[1\] must be datetime64 or aware"),
            (np.array([5.0]), TypeError, "starts must be datetime64 or aware datetimes, not float"),
            (np.array([5]), TypeError, "starts must be datetime64 or aware datetimes, not int64"),
            (np.array(["2024"]), TypeError, "starts must be datetime64 or aware datetimes"),
            (np.array([5], "m8[h]"), TypeError, "starts must be datetime64 or aware datetimes"),
            (np.array([NINE64, "NaT"], "M8[s]"), ValueError, r"starts\[1\] must not be NaT"),
            (np.array(["NaT"], "M8[ns]"), ValueError, r"starts\[0\] must not be NaT"),
            ([NINE, pd.NaT], ValueError, r"starts\[1\] must be an aware .* naive NaT"),
            ([NINE, np.datetime64("NaT", "Y")], TypeError, r"starts\[1\] must be in D"),
            (np.array([0, 1], "M8[ns]"), ValueError, r"starts\[1\] must be whole microseconds"),
            ([pd.Timestamp(1, tz="UTC")], ValueError, r"starts\[0\] must be whole microseconds"),
            (np.array(["10000"], "M8[s]"), ValueError, r"starts\[0\] must lie within the years"),
            (np.array(["-1"], "M8[D]"), ValueError, r"starts\[0\] must lie within the years"),
            (np.array(["2024-03"], "M8[M]"), TypeError, "starts must be in D, h, m, s, ms, us"),
            (np.array([5], "M8[15m]"), TypeError, "starts must be in D, h, m, s, ms, us"),
        ],
        ids=repr,
    )
    def test_what_is_no_instant_is_refused(self, values, kind, message):
        with pytest.raises(kind, match=message):
            OFFICE.between_many(values, NINE)

    @pytest.mark.parametrize(
        ("values", "kind", "message"),
        [
            ([hours(1), -hours(1)], ValueError, r"amounts\[1\] must not be negative"),
            (np.array([1, -1], "m8[h]"), ValueError, r"amounts\[1\] must not be negative"),
            (np.array([1, "NaT"], "m8[h]"), ValueError, r"amounts\[1\] must not be NaT"),
            ([hours(1), pd.NaT], TypeError, r"amounts\[1\] must be a timedelta"),
            (np.array([1], "m8[ns]"), ValueError, r"amounts\[0\] must be whole microseconds"),
            ([pd.Timedelta(1, "ns")], ValueError, r"amounts\[0\] must be whole microseconds"),
            (np.array([1], "m8[M]"), TypeError, "amounts must be in D, h"),
            ([pendulum.duration(months=1)], ValueError, r"amounts\[0\] must not have months"),
            (8, TypeError, "amounts must be a timedelta, not 8"),
            (np.array([1.5]), TypeError, "amounts must be timedelta64 or timedeltas, not float64"),
        ],
        ids=repr,
    )
    @pytest.mark.parametrize("question", [WorkingTime.add_many, WorkingTime.subtract_many])
    def test_what_is_no_amount_is_refused(self, question, values, kind, message):
        with pytest.raises(kind, match=message):
            question(OFFICE, NINE, values)

    @pytest.mark.parametrize(
        "question",
        [
            lambda: OFFICE.is_open_many([NINE]),
            lambda: OpenClocks([OFFICE], [0], [NINE], [hours(1)]),
        ],
    )
    def test_numpy_is_an_extra(self, question, monkeypatch):
        monkeypatch.setitem(sys.modules, "numpy", None)

        with pytest.raises(MissingExtraError, match=r"itil_ops\[numpy\]"):
            question()

    def test_a_refusal_before_another_is_told_first(self):
        early, late = datetime(1700, 1, 1, tzinfo=UTC), datetime(2199, 12, 1, tzinfo=UTC)

        with pytest.raises(CalendarError, match=r"^element\[0\]: not so much"):
            OFFICE.add_many([late, early], timedelta(days=99))
        with pytest.raises(CalendarError, match=r"^element\[0\]: an instant outside"):
            OFFICE.add_many([early, late], timedelta(days=99))


# ---- Open clocks ------------------------------------------------------------------------------

OPEN_CLOCKS = st.lists(
    st.tuples(st.integers(0, 3), NEAR, AMOUNTS.filter(lambda amount: amount < timedelta(9_999))),
    max_size=12,
)


def columns(rows):
    index, since, left = zip(*rows, strict=True) if rows else ((), (), ())
    return OpenClocks(CALENDARS[:4], index, list(since), list(left))


class TestOpenClocks:
    @SETTINGS
    @given(OPEN_CLOCKS, NEAR, st.integers(0, 50))
    def test_answers_are_those_of_each(self, rows, at, length):
        clocks = columns(rows)
        end = at + hours(length)

        due = [CALENDARS[n].add(since, left) for n, since, left in rows]
        breached = [CALENDARS[n].next_open(end) for (n, _, _), end in zip(rows, due, strict=True)]
        remaining = [
            left - max(CALENDARS[n].between(since, at), timedelta()) for n, since, left in rows
        ]

        assert clocks.due().tolist() == instants(due).tolist()
        assert clocks.breached_at().tolist() == instants(breached).tolist()
        assert clocks.breaching(at, end).tolist() == [at <= one < end for one in breached]
        assert clocks.left_at(at).tolist() == np.array(remaining, "m8[us]").tolist()

    def test_a_breach_that_never_comes(self):
        dated = CALENDARS[7]
        clocks = OpenClocks(
            [OFFICE, dated], [0, 1], [NINE, datetime(2024, 12, 4, 9, tzinfo=UTC)], [hours(1)] * 2
        )

        assert clocks.due()[1] == np.datetime64("2024-12-04T10:00")
        with pytest.raises(CalendarError, match=r"^element\[1\]: not so much"):
            OpenClocks([OFFICE, dated], [0, 1], [NINE] * 2, [hours(99)] * 2).due()
        last = dated.previous_close(datetime(2025, 1, 1, tzinfo=UTC))
        used_up = OpenClocks([dated], [0], [last], [timedelta()])
        with pytest.raises(CalendarError, match=r"^element\[0\]: no opening after"):
            used_up.breached_at()
        assert not used_up.breaching(NINE, last + 9 * hours(9_999)).any()

    def test_it_is_a_value(self):
        clocks, other = columns([(0, NINE, hours(1))]), columns([(1, NINE, hours(1))])

        assert clocks == pickle.loads(pickle.dumps(clocks)) == copy.deepcopy(clocks)
        assert hash(clocks) == hash(copy.copy(clocks))
        assert clocks != other
        assert clocks != "clocks"
        assert len(clocks) == 1
        assert repr(clocks) == "<1 OpenClocks in 4 calendars>"
        attrs.resolve_types(OpenClocks)

    def test_it_stays_as_it_was(self):
        since = instants([NINE])
        clocks = OpenClocks([OFFICE], [0], since, [hours(1)])
        since[0] += np.timedelta64(1, "h")

        assert clocks.due()[0] == np.datetime64("2024-03-04T10:00")
        with pytest.raises(ValueError, match="read-only"):
            clocks.left[0] = 0

    @pytest.mark.parametrize(
        ("given", "kind", "message"),
        [
            (([OFFICE], [0, 0], [NINE], [hours(1)]), ValueError, r"one length, not \(2,\), \(1,\)"),
            (([OFFICE], 0, NINE, hours(1)), ValueError, r"one length, not \(\), \(\), \(\)"),
            (
                ([OFFICE], [1], [NINE], [hours(1)]),
                ValueError,
                r"index\[0\] must be one of 1",
            ),
            (([OFFICE], [-1], [NINE], [hours(1)]), ValueError, r"calendar_index\[0\] must be one"),
            (([OFFICE], [0.0], [NINE], [hours(1)]), TypeError, "calendar_index must be integers"),
            ((["x"], [0], [NINE], [hours(1)]), TypeError, "each of calendars must be a calendar"),
            (([OFFICE], [0], [None], [hours(1)]), TypeError, r"counting_since\[0\] must be"),
            (([OFFICE], [0], [NINE], [-hours(1)]), ValueError, r"left\[0\] must not be negative"),
        ],
    )
    def test_what_makes_no_columns_is_refused(self, given, kind, message):
        with pytest.raises(kind, match=message):
            OpenClocks(*given)

    def test_a_window_that_ends_before_it_begins_is_refused(self):
        with pytest.raises(ValueError, match="must not come before a"):
            columns([]).breaching(NINE, NINE - hours(1))

    def test_no_clocks(self):
        assert OpenClocks([], [], [], []).due().tolist() == []
        assert columns([]).breaching(NINE, NINE).tolist() == []


class TestClocksInColumns:
    RUNNING = SlaClock.start(resolution(hours(4)), at=t("mon 09:00"))
    AROUND = SlaClock.start(resolution(hours(4), ALWAYS_OPEN), at=t("mon 06:00"))

    def test_they_have_left_what_the_clocks_have_left(self):
        clocks = [self.RUNNING, self.AROUND, self.RUNNING.pause(at=t("mon 10:00"))]
        clocks[2] = clocks[2].resume(at=t("mon 11:00"))
        columns = OpenClocks.of(clocks, t("mon 11:30"))

        assert columns.calendars == (OFFICE, ALWAYS_OPEN)
        assert columns.left.tolist() == [minutes(90), timedelta(0), minutes(150)]
        assert columns.due()[[0, 2]].tolist() == [
            clock.due_at.naive() for clock in (clocks[0], clocks[2])
        ]
        assert columns.breaching(t("mon 11:30"), t("mon 13:30")).tolist() == [True, False, False]

    def test_one_that_was_missed_long_ago_breached_then_and_does_not_again(self):
        columns = OpenClocks.of([self.AROUND], t("mon 11:30"))

        assert columns.breached_at()[0] == np.datetime64("2024-03-04T10:00")
        assert columns.breaching(t("mon 10:00"), t("mon 11:00")).tolist() == [True]
        assert columns.left_at(t("mon 11:30")).tolist() == [-minutes(90)]

    def test_one_that_starts_later_has_all_of_its_time_then(self):
        columns = OpenClocks.of([self.RUNNING], t("fri 12:00"))

        assert columns.due()[0] == np.datetime64("2024-03-04T13:00")
        assert columns.left_at(t("sat 12:00")).tolist() == [hours(4)]

    def test_of_none_there_are_none(self):
        assert len(OpenClocks.of([], t("mon 09:00"))) == 0

    @pytest.mark.parametrize(
        ("clock", "message"),
        [
            (RUNNING.pause(at=t("mon 10:00")), r"clocks\[1\] must be running, not paused"),
            (RUNNING.stop(at=t("mon 10:00")), r"clocks\[1\] must be running, not stopped"),
            (
                RUNNING.fix(t("mon 10:00"), reason="promised", at=t("mon 09:30")),
                r"clocks\[1\] must not have a due time that a person fixed",
            ),
        ],
    )
    def test_only_running_ones_are_taken(self, clock, message):
        with pytest.raises(ValueError, match=message):
            OpenClocks.of([self.RUNNING, clock], t("mon 12:00"))

    def test_what_is_no_clock_is_refused(self):
        with pytest.raises(TypeError, match=r"clocks\[0\] must be a SlaClock"):
            OpenClocks.of(["INC-1"], t("mon 12:00"))
