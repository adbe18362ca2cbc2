"""
What a million answers cost: beside `workclock`, whose core is written in Rust.

    python -m pytest tests/benchmarks/test_batch_speed.py --benchmark-only -s

Times are told as ratios of one run, memory as tracemalloc sees it; none is asserted.
"""

from __future__ import annotations

import sys
import time
import tracemalloc

from datetime import UTC, date, datetime, timedelta
from datetime import time as clock

import attrs
import numpy as np
import pytest

from itil_ops.sla.clocks.open_clocks import OpenClocks
from itil_ops.sla.hours.calendar import BusinessCalendar


workclock = pytest.importorskip("workclock")

HOLIDAYS = [date(year, *day) for year in range(2024, 2038) for day in ((1, 1), (12, 25), (12, 26))]
OURS = BusinessCalendar(
    "Europe/London",
    dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), (("09:00", "12:00"), ("13:00", "17:00"))),
    holidays=HOLIDAYS,
)
THEIRS = workclock.Schedule(
    [
        workclock.WorkDay(clock(9), clock(12)),
        workclock.WorkDay(clock(13), clock(17)),
        workclock.Holidays(HOLIDAYS),
    ],
    time_zone="Europe/London",
)

MANY = 1_000_000
RANDOM = np.random.default_rng(3)


def moments(days, first="2026-01-01"):
    return np.datetime64(first, "us") + seconds(days * 86_400)


def seconds(most):
    return RANDOM.integers(1, most, MANY).astype("m8[s]").astype("m8[us]")


YEAR, DECADE = moments(365), moments(3650)
DAY_LATER, MONTH_LATER = YEAR + seconds(86_400), DECADE + seconds(30 * 86_400)
AMOUNTS = seconds(40 * 3600)

#: A million of ours, a million of theirs, and the ratio that is aimed at.
QUESTIONS = {
    "between over up to a day, in a year": (
        lambda: OURS.between_many(YEAR, DAY_LATER),
        lambda: THEIRS.between_many(YEAR, DAY_LATER),
        0.02,
    ),
    "between over up to 30 days, in 10 years": (
        lambda: OURS.between_many(DECADE, MONTH_LATER),
        lambda: THEIRS.between_many(DECADE, MONTH_LATER),
        0.02,
    ),
    "add of up to 40 hours, in 10 years": (
        lambda: OURS.add_many(DECADE, AMOUNTS),
        lambda: THEIRS.add_many(DECADE, AMOUNTS),
        0.05,
    ),
    "subtract of up to 40 hours, in 10 years": (
        lambda: OURS.subtract_many(DECADE, AMOUNTS),
        lambda: THEIRS.sub_many(DECADE, AMOUNTS),
        0.05,
    ),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_million(question, benchmark, capsys):
    ours, theirs, aim = QUESTIONS[question]
    ours()
    theirs_took, expected = _timed(theirs)
    took, found = min((_timed(ours) for _ in range(7)), key=lambda timed: timed[0])
    assert (found == expected).all()
    ratio = benchmark.extra_info["ratio"] = took / theirs_took
    with capsys.disabled():
        sys.stdout.write(f"\n{question}: {took * 1e3:.0f} ms, {ratio:.4f} of theirs (aim {aim})")

    benchmark(ours)


def test_is_open_a_million_times(benchmark):
    benchmark(OURS.is_open_many, DECADE)


# ---- A sweep over a million open clocks ---------------------------------------------------------

NOW = datetime(2026, 2, 2, 10, tzinfo=UTC)
OFFICES = [attrs.evolve(OURS) for _ in range(100)]
SWEEPS = {
    "which breach within the hour": lambda it: it.breaching(NOW, NOW + timedelta(hours=1)),
    "when each is due": OpenClocks.due,
    "when each breaches": OpenClocks.breached_at,
    "what each has left": lambda it: it.left_at(NOW),
}


@pytest.fixture(scope="module")
def clocks():
    index = RANDOM.integers(0, len(OFFICES), MANY)
    return OpenClocks(OFFICES, index, moments(30), AMOUNTS)


@pytest.mark.parametrize("sweep", SWEEPS)
def test_sweep(sweep, clocks, benchmark, capsys):
    ask = SWEEPS[sweep]
    ask(clocks)
    took = min(_timed(lambda: ask(clocks))[0] for _ in range(5))
    tracemalloc.start()
    ask(clocks)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    held = sum(it.nbytes for it in (clocks.calendar_index, clocks.counting_since, clocks.left))
    with capsys.disabled():
        sys.stdout.write(
            f"\n{sweep}: {took:.3f} s for a million clocks (aim 1);"
            f" {held / 2**20:.0f} MiB for them, {peak / 2**20:.0f} MiB more meanwhile"
        )

    benchmark(ask, clocks)


def _timed(question):
    began = time.perf_counter()
    found = question()
    return time.perf_counter() - began, found
