"""
What a calendar costs: beside `workclock`, whose core is written in Rust, and whatever the span.

    python -m pytest tests/benchmarks/test_calendar_speed.py --benchmark-only

Times are measured in turns and told as ratios; none is asserted.
"""

from __future__ import annotations

import sys
import timeit

from datetime import UTC, date, datetime, time, timedelta
from statistics import median
from zoneinfo import ZoneInfo

import attrs
import pytest

from itil_ops.sla.calendar import BusinessCalendar


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
NEXT_DAY = START + timedelta(days=1)
TEN_YEARS = START + timedelta(days=3652)
FORTY_HOURS = timedelta(hours=40)

#: What is measured, what it is measured against, and the ratio that is aimed at.
QUESTIONS = {
    "between over a day / workclock": (
        lambda: OURS.between(START, NEXT_DAY),
        lambda: THEIRS.between(START, NEXT_DAY),
        0.6,
    ),
    "between over 10 years / workclock": (
        lambda: OURS.between(START, TEN_YEARS),
        lambda: THEIRS.between(START, TEN_YEARS),
        0.1,
    ),
    "between over 10 years / over a day": (
        lambda: OURS.between(START, TEN_YEARS),
        lambda: OURS.between(START, NEXT_DAY),
        1.5,
    ),
    "add of 40 hours / workclock": (
        lambda: OURS.add(START, FORTY_HOURS),
        lambda: THEIRS.add(START, FORTY_HOURS),
        0.4,
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
    ours, theirs, aim = QUESTIONS[question]
    ratio = median(_time(ours) / _time(theirs) for _ in range(25))
    benchmark.extra_info["ratio"] = ratio
    with capsys.disabled():
        sys.stdout.write(f"\n{question}: {ratio:.2f} (aim {aim})")

    benchmark(ours)


def test_compiling_a_year(benchmark):
    benchmark.pedantic(
        lambda calendar: calendar.is_open(START),
        setup=lambda: ((attrs.evolve(OURS),), {}),
        rounds=50,
    )


def _time(question):
    return timeit.timeit(question, number=1_000)
