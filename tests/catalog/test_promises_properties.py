"""
The ways through tasks that are looked at, against a schedule that looks at all of them.
"""

from __future__ import annotations

from datetime import timedelta
from functools import reduce

import pytest

from hypothesis import given
from hypothesis import strategies as st

from clock_doubles import NIGHTS, OFFICE, hours, t
from examples_of_runs import tried
from itil_ops.catalog import Work, schedule
from itil_ops.catalog.promises import _ways
from itil_ops.kernel.instant import microseconds
from itil_ops.sla import ALWAYS_OPEN, BusinessDays, NextOpening, Stage, Target, TargetKind


pytestmark = pytest.mark.no_cover

DURATIONS = (timedelta(), hours(1), hours(2), hours(7), hours(8), BusinessDays(1), NextOpening())


@st.composite
def works(draw):
    names = "abcdefg"[: draw(st.integers(1, 7))]
    return [
        Work(
            name=name,
            depends_on=[other for other in names[:place] if draw(st.booleans())],
            duration=draw(st.sampled_from(DURATIONS)),
            calendar=draw(st.sampled_from([OFFICE, NIGHTS])),
        )
        for place, name in enumerate(names)
    ]


def stage(one):
    return Stage(one.name, Target(TargetKind.FULFILLMENT, one.duration, calendar=one.calendar))


@tried(120)
@given(works(), st.lists(st.integers(0, 14 * 24 * 60), min_size=1, max_size=5))
def test_the_way_that_takes_longest_is_always_among_them(work, minutes):
    graph = {one.name: one.depends_on for one in work}
    ways = _ways(graph, {one.name: (stage(one),) for one in work})

    for start in (t("fri 00:00") + timedelta(minutes=minute) for minute in minutes):
        ends = [reduce(lambda at, one: one.end(at), way, microseconds(start)) for way in ways]
        assert max(ends) == microseconds(schedule(work, start).ends_at)


def test_of_many_ways_in_the_same_hours_one_is_left():
    layers = [[f"{name}{layer}" for name in "abc"] for layer in range(9)]
    graph = {
        name: tuple(before)
        for before, layer in zip([[], *layers], layers, strict=False)
        for name in layer
    }
    work = [
        Work(name=name, duration=hours("abc".index(name[0]) + 1), calendar=ALWAYS_OPEN)
        for name in graph
    ]

    (way,) = _ways(graph, {one.name: (stage(one),) for one in work})

    assert [one.name for one in way] == [f"c{layer}" for layer in range(9)]
