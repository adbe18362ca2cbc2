"""
The critical path against an oracle that goes every way, and against trying to be late.
"""

from __future__ import annotations

import attrs
import pytest

from hypothesis import given
from hypothesis import strategies as st

from clock_doubles import MICROSECOND, NIGHTS, OFFICE, hours, t
from examples_of_runs import tried
from itil_ops.catalog import Work, schedule
from itil_ops.sla import ALWAYS_OPEN


pytestmark = pytest.mark.no_cover

AT = t("thu 12:00")


@st.composite
def works(draw):
    """
    Return up to six pieces of work in any order, in the hours of several calendars.
    """
    names = "abcdef"[: draw(st.integers(1, 6))]
    found = []
    for place, name in enumerate(names):
        begun = draw(st.none() | st.integers(0, 30)) if draw(st.booleans()) else None
        over = draw(st.none() | st.integers(0, 10)) if begun is not None else None
        begun_at = None if begun is None else AT - hours(begun)
        found.append(
            Work(
                name=name,
                depends_on=[other for other in names[:place] if draw(st.booleans())],
                duration=hours(1) * draw(st.integers(0, 20)) / 2,
                calendar=draw(st.sampled_from([OFFICE, NIGHTS, ALWAYS_OPEN])),
                begun_at=begun_at,
                ended_at=None if over is None else min(AT, begun_at + hours(over)),
            )
        )
    return draw(st.permutations(found))


def ways(name, pieces):
    """
    Yield every way that leads to *name*, from what waits for nothing.
    """
    if not pieces[name].depends_on:
        yield (name,)
    for other in pieces[name].depends_on:
        yield from ((*way, name) for way in ways(other, pieces))


def end_of_way(way, pieces):
    at = AT
    for piece in map(pieces.get, way):
        if piece.ended_at is not None:
            end = piece.ended_at
        else:
            start = at if piece.begun_at is None else piece.begun_at
            end = max(AT, piece.calendar.add(start, piece.duration))
        at = max(AT, end)
    return end


@tried(100)
@given(works())
def test_each_is_over_when_the_longest_way_to_it_is(work):
    pieces = {one.name: one for one in work}
    plan = schedule(work, AT)

    for name in pieces:
        assert plan[name].ends_at == max(end_of_way(way, pieces) for way in ways(name, pieces))
    assert plan.ends_at == max(one.ends_at for one in plan.work)


def late(work, name, by):
    """
    Return when all is over if the work called *name* takes so much longer.
    """
    longer = [
        attrs.evolve(one, duration=one.duration + by) if one.name == name else one for one in work
    ]
    return schedule(longer, AT).ends_at


@tried(100)
@given(works())
def test_by_its_slack_work_may_be_late_and_not_by_a_microsecond_more(work):
    plan = schedule(work, AT)

    for piece in work:
        row = plan[piece.name]
        is_overdue = piece.begun_at and row.ends_at > piece.calendar.add(
            piece.begun_at, piece.duration
        )
        if piece.ended_at is None and not is_overdue:
            assert late(work, piece.name, row.slack) == plan.ends_at
            assert late(work, piece.name, row.slack + MICROSECOND) > plan.ends_at
            assert row.is_critical is (late(work, piece.name, MICROSECOND) > plan.ends_at)


@tried(100)
@given(works())
def test_rows_fit_together(work):
    plan = schedule(work, AT)

    for piece in work:
        row = plan[piece.name]
        assert row.starts_at <= row.ends_at
        if piece.ended_at is None:
            assert AT <= row.ends_at <= row.latest_end <= plan.ends_at
            assert row.slack == piece.calendar.between(row.ends_at, row.latest_end)
        if piece.begun_at is None:
            assert all(plan[other].ends_at <= row.starts_at for other in piece.depends_on)


@tried(60)
@given(works())
def test_the_order_in_which_work_is_told_changes_nothing(work):
    plan, again = schedule(work, AT), schedule(sorted(work, key=lambda one: one.name), AT)

    assert {one.name: one for one in plan.work} == {one.name: one for one in again.work}


@tried(60)
@given(works())
def test_whoever_is_late_there_is_a_critical_piece_unless_all_is_over(work):
    plan = schedule(work, AT)

    if plan.ends_at > AT:
        assert plan.critical_path
