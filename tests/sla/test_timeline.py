"""
Timelines: integers in, integers out, compiled piece by piece.
"""

from __future__ import annotations

import threading

import attrs
import pytest

from itil_ops.errors import CalendarError
from itil_ops.sla.hours.timeline import Stretch, Timeline, clipped, merged


#: Open for three in every ten, from 100 to 1000; and one span across two borders of a step.
SPANS = [*((at, at + 3) for at in range(100, 500, 10)), (545, 655), (700, 705)]


class Recorder:
    """
    A source that remembers what it was asked for.
    """

    def __init__(self, spans):
        self.spans = spans
        self.asked = []

    def __call__(self, start, end):
        self.asked.append((start, end))
        return clipped(self.spans, start, end)


@pytest.fixture
def source():
    return Recorder(SPANS)


@pytest.fixture
def timeline(source):
    return Timeline(source, 0, 1000, 50)


class TestSpans:
    def test_the_union_is_in_order_and_apart(self):
        assert list(merged([(5, 9), (0, 1), (1, 2), (6, 7), (8, 12), (20, 21)])) == [
            (0, 2),
            (5, 12),
            (20, 21),
        ]

    def test_the_union_of_nothing_is_nothing(self):
        assert list(merged([])) == []

    def test_clipping_leaves_no_span_without_length(self):
        assert list(clipped([(0, 2), (2, 4), (4, 6)], 2, 4)) == [(2, 4)]
        assert list(clipped([(0, 9)], 4, 4)) == []


class TestStretch:
    def test_totals_run_on_from_edge_to_edge(self):
        stretch = Stretch.of(0, 100, [(10, 20), (30, 35)])

        assert stretch.totals == (0, 10, 15)

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            ([(10, 20)], [(60, 70)]),
            ([(10, 50)], [(60, 70)]),
            ([(10, 50)], [(50, 70), (80, 100)]),
            ([], [(50, 70)]),
            ([(10, 50)], []),
            ([], []),
        ],
    )
    def test_two_that_follow_each_other_are_one(self, first, second):
        early = Stretch.of(0, 50, first)
        joined = early.then(Stretch.of(50, 100, second, early.totals[-1]))
        whole = Stretch.of(0, 100, merged(first + second))

        assert attrs.astuple(joined) == attrs.astuple(whole)


class TestGrowth:
    def test_nothing_is_compiled_before_a_question(self, timeline, source):
        assert source.asked == []

    def test_a_question_compiles_the_steps_it_needs(self, timeline, source):
        timeline.between(210, 260)

        assert source.asked == [(200, 300)]

    def test_what_is_compiled_is_not_compiled_again(self, timeline, source):
        timeline.between(210, 260)
        timeline.between(260, 210)
        timeline.is_open(299)

        assert source.asked == [(200, 300)]

    def test_it_grows_at_both_ends(self, timeline, source):
        timeline.between(210, 260)
        timeline.between(120, 420)

        assert source.asked == [(200, 300), (100, 200), (300, 450)]
        assert timeline.between(0, 1000) == 40 * 3 + 110 + 5

    def test_it_grows_by_a_quarter_at_least(self, timeline, source):
        timeline.between(200, 600)
        timeline.is_open(600)
        timeline.is_open(199)

        assert source.asked == [(200, 600), (600, 700), (100, 200)]

    def test_it_does_not_grow_beyond_its_ends(self, timeline, source):
        timeline.between(50, 950)
        timeline.is_open(950)
        timeline.is_open(49)

        assert source.asked == [(50, 950), (950, 1000), (0, 50)]

    def test_totals_stay_as_they_are(self, timeline):
        early = timeline.compiled(300, 400)
        whole = timeline.compiled(0, 1000)

        assert whole.worked(350) == early.worked(350)
        assert whole.totals[0] == -60

    def test_a_century_year_by_year_is_not_copied_as_often(self, source):
        timeline = Timeline(source, 0, 1000, 5)
        for at in range(995, -1, -5):
            timeline.is_open(at)

        assert len(source.asked) < 30
        assert timeline.between(0, 1000) == 235

    def test_a_search_looks_twice_as_far_each_time(self, timeline, source):
        assert timeline.next_open(710 - 200) == 545
        with pytest.raises(CalendarError):
            timeline.next_open(710)

        assert source.asked == [(500, 550), (550, 750), (750, 1000)]

    def test_a_span_across_borders_is_found_whole(self, source):
        forwards, backwards = (Timeline(source, 0, 1000, 50) for _ in range(2))

        assert forwards.next_close(545) == 655
        assert backwards.previous_open(654) == 545

    def test_a_step_that_does_not_fit_ends_with_the_timeline(self, source):
        timeline = Timeline(source, 0, 707, 50)

        assert timeline.next_close(704) == 705
        with pytest.raises(CalendarError):
            timeline.next_open(706)
        assert source.asked == [(700, 707)]

    def test_a_closing_that_is_the_end_of_the_timeline_is_none(self, source):
        timeline = Timeline(source, 0, 705, 50)

        assert timeline.add(700, 5) == 705
        with pytest.raises(CalendarError, match="no closing after"):
            timeline.next_close(700)

    def test_an_opening_that_is_the_start_of_the_timeline_is_none(self, source):
        timeline = Timeline(source, 700, 1000, 50)

        assert timeline.subtract(705, 5) == 700
        with pytest.raises(CalendarError, match="no opening before"):
            timeline.previous_open(705)

    @pytest.mark.parametrize("at", [-1, 1000])
    def test_what_lies_outside_is_refused_and_nothing_compiled(self, timeline, source, at):
        with pytest.raises(CalendarError):
            timeline.is_open(at)

        assert source.asked == []

    def test_the_end_itself_may_end_a_question(self, timeline):
        assert timeline.between(0, 1000) == 235
        assert list(timeline.spans(702, 1000)) == [(702, 705)]

    def test_nothing_is_worked_in_no_time(self, timeline):
        assert timeline.between(200, 200) == 0


class TestEveryInstant:
    """
    All answers for all instants, compared with a row of ticks.
    """

    @pytest.mark.parametrize("step", [1, 7, 50, 1000])
    def test_answers_are_those_of_the_ticks(self, source, step):
        ticks = {tick for opens, closes in SPANS for tick in range(opens, closes)}
        opens, closes = ([edge[side] for edge in SPANS] for side in (0, 1))

        for at in range(110, 650, 3):
            timeline = Timeline(source, 0, 1000, step)
            assert timeline.is_open(at) == (at in ticks)
            assert timeline.next_open(at) == min(tick for tick in ticks if tick >= at)
            assert timeline.next_close(at) == min(edge for edge in closes if edge > at)
            assert timeline.previous_open(at) == max(edge for edge in opens if edge <= at)
            assert timeline.previous_close(at) == max(edge for edge in closes if edge <= at)
            ahead = sorted(tick for tick in ticks if tick >= at)
            behind = sorted(tick for tick in ticks if tick < at)
            assert timeline.add(at, 5) == ahead[4] + 1
            assert timeline.subtract(at, 3) == behind[-3]
            assert timeline.between(at, 660) == len([tick for tick in ahead if tick < 660])


class TestThreads:
    def test_threads_that_compile_at_once_agree(self):
        spans = [(at, at + 3) for at in range(0, 100_000, 10)]
        timeline = Timeline(lambda start, end: clipped(spans, start, end), 0, 100_000, 1_000)
        ready = threading.Barrier(8)
        answers = [[] for _ in range(8)]

        def ask(number):
            ready.wait()
            for at in range(number * 500, 100_000, 9_970):
                answers[number].append(timeline.between(at, at + 100) == 30)
                answers[number].append(timeline.add(at, 3) == at + (3 if at % 10 == 0 else 0))

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert all(map(all, answers))
        assert all(answers)
