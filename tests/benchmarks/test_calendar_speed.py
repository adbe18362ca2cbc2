"""
What a calendar costs: beside `workclock`, whose core is written in Rust, and beside a bare floor.

    python -m pytest tests/benchmarks/test_calendar_speed.py --benchmark-only

Times are measured in turns and told as ratios; none is asserted.
"""

from __future__ import annotations

import sys
import timeit

from bisect import bisect_left, bisect_right
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate
from statistics import median
from zoneinfo import ZoneInfo

import attrs
import pendulum
import pytest

from pendulum import DateTime

from itil_ops.kernel.instant import microseconds
from itil_ops.sla.hours.calendar import BusinessCalendar


businesstimedelta = pytest.importorskip("businesstimedelta")
pd = pytest.importorskip("pandas")
workclock = pytest.importorskip("workclock")

HOLIDAYS = [date(year, *day) for year in range(2024, 2038) for day in ((1, 1), (12, 25), (12, 26))]
LONDON = ZoneInfo("Europe/London")
OURS = BusinessCalendar(
    "Europe/London",
    dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), (("09:00", "12:00"), ("13:00", "17:00"))),
    holidays=HOLIDAYS,
)
THEIRS = workclock.Schedule(
    [
        workclock.WorkDay(time(9), time(12)),
        workclock.WorkDay(time(13), time(17)),
        workclock.Holidays(HOLIDAYS),
    ],
    time_zone="Europe/London",
)

START = datetime(2026, 3, 2, 10, 30, tzinfo=LONDON)
ENDS = {
    "1 day": START + timedelta(days=1),
    "30 days": START + timedelta(days=30),
    "1 year": START + timedelta(days=365),
    "10 years": START + timedelta(days=3652),
}
AMOUNTS = {f"{count} h": timedelta(hours=count) for count in (4, 40, 400)}
OURS.between(START, ENDS["10 years"])

# ---- The floor: what no answer in Python can do without ------------------------------------

EPOCH, MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
SPANS = [
    (microseconds(span.start), microseconds(span.end))
    for span in OURS.spans(START - timedelta(days=99), ENDS["10 years"] + timedelta(days=99))
]
OPENS, CLOSES = ([span[side] for span in SPANS] for side in (0, 1))
TOTALS = [*accumulate((closes - opens for opens, closes in SPANS), initial=0)]


def worked(at):
    i = bisect_right(OPENS, at) - 1
    return TOTALS[i] + min(at, CLOSES[i]) - OPENS[i]


def floor_between(a, b):
    return timedelta(0, 0, worked(microseconds(b)) - worked(microseconds(a)))


def floor_add(start, amount):
    total = worked(microseconds(start)) + amount // MICROSECOND
    i = bisect_left(TOTALS, total) - 1
    at = EPOCH + timedelta(microseconds=OPENS[i] + total - TOTALS[i])
    return DateTime(
        at.year, at.month, at.day, at.hour, at.minute, at.second, at.microsecond, pendulum.UTC
    )


# ---- Slower peers -----------------------------------------------------------------------------

SHIFTS = [
    businesstimedelta.WorkDayRule(time(opens), time(closes), working_days=[0, 1, 2, 3, 4])
    for opens, closes in ((9, 12), (13, 17))
]
RULES = businesstimedelta.Rules(SHIFTS)
HOURS = pd.offsets.CustomBusinessHour(
    start=["09:00", "13:00"], end=["12:00", "17:00"], holidays=HOLIDAYS
)


def between(end):
    return lambda: OURS.between(START, ENDS[end])


def add(amount):
    return lambda: OURS.add(START, AMOUNTS[amount])


def theirs_between(end):
    return lambda: THEIRS.between(START, ENDS[end])


def theirs_add(amount):
    return lambda: THEIRS.add(START, AMOUNTS[amount])


#: What is measured, what it is measured against, the ratio aimed at, and how often it is asked.
QUESTIONS = {
    **{
        f"between over {end} / workclock": (between(end), theirs_between(end), aim, 500)
        for end, aim in {"1 day": 0.6, "30 days": 0.45, "1 year": 0.08, "10 years": 0.02}.items()
    },
    **{
        f"add of {amount} / workclock": (add(amount), theirs_add(amount), aim, 500)
        for amount, aim in {"4 h": 0.45, "40 h": 0.35, "400 h": 0.22}.items()
    },
    "between over 10 years / over 1 day": (between("10 years"), between("1 day"), 1.5, 1_000),
    "between over 1 day / the floor": (
        between("1 day"),
        lambda: floor_between(START, ENDS["1 day"]),
        1.5,
        1_000,
    ),
    "add of 40 h / the floor": (
        add("40 h"),
        lambda: floor_add(START, AMOUNTS["40 h"]),
        1.5,
        1_000,
    ),
    **{
        f"between over {end} / businesstimedelta": (
            between(end),
            lambda end=end: RULES.difference(START, ENDS[end]),
            None,
            1,
        )
        for end in ("1 day", "30 days")
    },
    "add of 40 h / pandas CustomBusinessHour": (
        add("40 h"),
        lambda: pd.Timestamp(START) + 40 * HOURS,
        None,
        5,
    ),
}


def test_answers_are_those_of_workclock():
    for hours in range(0, 10 * 365 * 24, 997):
        at = START + timedelta(hours=hours)
        amount = timedelta(minutes=hours % 5_000 + 1)

        assert OURS.between(START, at) == THEIRS.between(START, at)
        assert OURS.add(at, amount) == THEIRS.add(at, amount).astimezone(UTC)
        assert OURS.subtract(at, amount) == THEIRS.sub(at, amount).astimezone(UTC)


@pytest.mark.parametrize("question", QUESTIONS)
def test_ratio(question, benchmark, capsys):
    ours, theirs, aim, number = QUESTIONS[question]
    ratio = median(_time(ours, number) / _time(theirs, number) for _ in range(25))
    benchmark.extra_info["ratio"] = ratio
    with capsys.disabled():
        sys.stdout.write(f"\n{question}: {ratio:.4f} (aim {aim})")

    benchmark(ours)


def test_the_floor_answers_alike():
    for end in ENDS.values():
        assert floor_between(START, end) == OURS.between(START, end)
    for amount in AMOUNTS.values():
        assert floor_add(START, amount) == OURS.add(START, amount)


def test_compiling_a_century_year_by_year(benchmark):
    def ask(calendar):
        for year in range(1950, 2050):
            calendar.is_open(START.replace(year=year))

    benchmark.pedantic(ask, setup=lambda: ((attrs.evolve(OURS),), {}), rounds=5)


def test_compiling_a_year(benchmark):
    benchmark.pedantic(
        lambda calendar: calendar.is_open(START),
        setup=lambda: ((attrs.evolve(OURS),), {}),
        rounds=50,
    )


def _time(question, number):
    return timeit.timeit(question, number=number)
