"""
Business calendars against a naive one that looks at the clock minute by minute.

The naive one knows nothing of offsets, gaps and folds: it asks the zone what its clocks show at
each minute of a frame of days, and calls a minute open that lies after a clock has first shown the
opening time and before it shows the closing time for the last time.

Combined calendars are held against what the sets of minutes of their parts come to, and their
closures against those of the parts, minute by minute.
"""

from __future__ import annotations

import copy
import datetime as dt
import functools
import pickle

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import attrs
import pytest

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from examples_of_runs import tried
from itil_ops.errors import CalendarError
from itil_ops.kernel.instant import microseconds
from itil_ops.sla.hours.calendar import BusinessCalendar, Periods
from itil_ops.sla.hours.closures import ClosureKind
from itil_ops.sla.hours.duration import BusinessDays, DayMark
from itil_ops.sla.hours.written import DAYS


#: Traced, these many examples would cost several times as much; other tests cover the lines.
pytestmark = pytest.mark.no_cover


MINUTE = timedelta(minutes=1)
DAY = 24 * 60
FRAME_DAYS = 10

#: A zone, and a day in the middle of a frame; mostly one on which its clocks change.
FRAMES = [
    ("UTC", date(2024, 2, 28)),
    ("Europe/London", date(2024, 3, 31)),
    ("Europe/London", date(2024, 10, 27)),
    ("Europe/Dublin", date(2023, 10, 29)),
    ("America/Sao_Paulo", date(2018, 11, 4)),
    ("America/Sao_Paulo", date(2018, 2, 18)),
    ("America/St_Johns", date(2010, 11, 7)),
    ("Australia/Lord_Howe", date(2024, 4, 7)),
    ("Australia/Lord_Howe", date(2024, 10, 6)),
    ("Africa/Casablanca", date(2024, 3, 10)),
    ("Africa/Casablanca", date(2024, 4, 14)),
    ("Antarctica/Troll", date(2024, 3, 31)),
    ("Antarctica/Troll", date(2024, 10, 27)),
    ("Asia/Tehran", date(2022, 3, 22)),
    ("Asia/Tehran", date(2021, 9, 21)),
    ("Pacific/Apia", date(2011, 12, 30)),
    ("Pacific/Kwajalein", date(1993, 8, 21)),
    ("Pacific/Kwajalein", date(1969, 9, 30)),
]

ANY_FRAME = st.sampled_from(FRAMES)


@functools.cache
def wall_minutes(zone, start):
    """
    What the clocks show, in minutes from the midnight that the frame begins with.
    """
    zero = datetime(start.year, start.month, start.day)
    instants = (zero.replace(tzinfo=UTC) + n * MINUTE for n in range(FRAME_DAYS * DAY))
    shown = (at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for at in instants)
    return [(wall - zero) // MINUTE for wall in shown]


@attrs.frozen
class NaiveCalendar:
    """
    Opening hours as a set of minutes.

    Attributes:
        zone: Whose clocks are asked.

        start: The first day of the frame.

        hours: The windows of each day.

        usual: For a kind of closure, the usual windows of the days that it is about.
    """

    zone: str
    start: date
    hours: dict[date, list[tuple[int, int]]]
    usual: dict[ClosureKind, dict[date, list[tuple[int, int]]]] = attrs.field(factory=dict)

    @functools.cached_property
    def minutes(self):
        walls = wall_minutes(self.zone, self.start)
        found = set()
        for n in range(FRAME_DAYS):
            near = range(max(0, (n - 2) * DAY), min(len(walls), (n + 4) * DAY))
            for opening, closing in self.hours.get(self.start + timedelta(days=n), ()):
                opens = (at for at in near if walls[at] >= n * DAY + opening)
                closes = (at for at in reversed(near) if walls[at] < n * DAY + closing)
                again = (at for at in reversed(near) if walls[at] == n * DAY + closing)
                last = max(next(closes, -1) + 1, next(again, 0))
                found |= set(range(next(opens, len(walls)), last))
        return found

    @functools.cached_property
    def kinds(self):
        """
        Why each minute of the frame is closed; `None` for open.
        """
        kinds = dict.fromkeys(range(FIRST, LAST), ClosureKind.OUTSIDE_HOURS)
        for kind in (ClosureKind.OVERRIDE, ClosureKind.HOLIDAY):
            usual = NaiveCalendar(self.zone, self.start, self.usual.get(kind, {}))
            kinds |= dict.fromkeys(usual.minutes, kind)
        kinds |= dict.fromkeys(self.minutes)
        return [kinds[at] for at in range(FIRST, LAST)]

    def opens(self):
        return [at for at in sorted(self.minutes) if at - 1 not in self.minutes]

    def closes(self):
        return [at + 1 for at in sorted(self.minutes) if at + 1 not in self.minutes]


@st.composite
def windows(draw):
    """
    Windows of a day in minutes that do not overlap; the last may cross midnight.
    """
    edges = sorted(draw(st.lists(st.integers(0, 48), unique=True, max_size=5)))
    pairs = [(30 * a, 30 * b) for a, b in zip(edges[::2], edges[1::2], strict=False)]
    if len(edges) % 2 and 0 < edges[-1] < 48:
        closing = draw(st.integers(1, edges[-1]).map(lambda n: n - 1 or 1))
        if closing < edges[-1]:
            pairs.append((30 * edges[-1], DAY + 30 * closing))
    return pairs


WHOLE_DAY = ((0, DAY),)
HALVES = ((360, 1080), (1080, 1800))
WEEKS = st.one_of(
    st.fixed_dictionaries({day: windows() for day in DAYS}),
    st.dictionaries(st.sampled_from(DAYS), windows()),
    st.just(dict.fromkeys(DAYS, WHOLE_DAY)),
    st.just(dict.fromkeys(DAYS, HALVES)),
)


def written(pairs):
    return [tuple(map(clock, pair)) for pair in pairs]


def clock(minute):
    return "24:00" if minute == DAY else f"{minute // 60 % 24:02}:{minute % 60:02}"


@st.composite
def calendars(draw, frames=ANY_FRAME):
    """
    A calendar, its naive twin, and the first instant of their frame.
    """
    zone, middle = draw(frames)
    start = middle - timedelta(days=FRAME_DAYS // 2)
    days = [start + timedelta(days=n) for n in range(FRAME_DAYS)]
    week = draw(WEEKS)
    dated = draw(st.sets(st.sampled_from(days), max_size=3))
    annual = draw(st.sets(st.sampled_from(days), max_size=2))
    special = draw(st.dictionaries(st.sampled_from(days), windows(), max_size=3))
    names = st.sampled_from([None, "Founders' Day", "Regatta"])
    usual = {day: week.get(DAYS[day.weekday()], []) for day in days}
    hours = usual | dict.fromkeys(dated | annual, ()) | special
    replaced = {
        ClosureKind.HOLIDAY: {day: usual[day] for day in (dated | annual) - special.keys()},
        ClosureKind.OVERRIDE: {day: usual[day] for day in special},
    }
    try:
        calendar = BusinessCalendar(
            zone,
            {day: written(pairs) for day, pairs in week.items()},
            holidays={day: draw(names) for day in (*dated, *(f"--{day:%m-%d}" for day in annual))},
            overrides={day: written(pairs) for day, pairs in special.items()},
        )
    except CalendarError:
        assert not NaiveCalendar(zone, start, hours).minutes
        assume(False)
    zero = datetime(start.year, start.month, start.day, tzinfo=UTC)
    return calendar, NaiveCalendar(zone, start, hours, replaced), zero


#: Minutes of the frame that no day outside of it can reach.
FIRST, LAST = 3 * DAY, 8 * DAY
INSTANTS = st.integers(FIRST, LAST - 1)
AMOUNTS = st.one_of(st.just(0), st.integers(1, 3 * DAY))
SETTINGS = tried(35)


def answer(question, zero, *arguments):
    """
    The minute of the frame that answers; `None` when it lies beyond, or nowhere.
    """
    try:
        minute = (microseconds(question(*arguments)) - microseconds(zero)) / 60_000_000
    except CalendarError:
        return None
    return minute if FIRST <= minute < LAST else None


def within(minutes):
    return [minute for minute in minutes if FIRST <= minute < LAST]


class TestAgainstTheNaiveCalendar:
    @SETTINGS
    @given(calendars(), st.lists(INSTANTS, min_size=10, max_size=30))
    def test_is_open(self, case, instants):
        calendar, naive, zero = case

        for at in instants:
            assert calendar.is_open(zero + at * MINUTE) == (at in naive.minutes)

    @SETTINGS
    @given(calendars(), st.lists(INSTANTS, min_size=3, max_size=8))
    def test_edges(self, case, instants):
        calendar, naive, zero = case
        opens, closes = within(naive.opens()), within(naive.closes())

        for at in instants:
            instant = zero + at * MINUTE
            ahead = [at] if at in naive.minutes else [edge for edge in opens if edge > at]
            assert answer(calendar.next_open, zero, instant) == min(ahead, default=None)
            for question, edges in [
                (calendar.next_close, [-edge for edge in closes if edge > at]),
                (calendar.previous_open, [edge for edge in opens if edge <= at]),
                (calendar.previous_close, [edge for edge in closes if edge <= at]),
            ]:
                nearest = max(edges, default=None)
                expected = nearest and abs(nearest)
                assert answer(question, zero, instant) == expected

    @SETTINGS
    @given(calendars(), INSTANTS, AMOUNTS)
    def test_add(self, case, at, amount):
        calendar, naive, zero = case
        ahead = within(sorted(minute for minute in naive.minutes if minute >= at))
        ends = [minute + 1 for minute in ahead] if amount else ahead

        expected = ends[max(amount, 1) - 1] if len(ends) >= max(amount, 1) else None

        assert answer(calendar.add, zero, zero + at * MINUTE, amount * MINUTE) == (
            expected if expected != LAST else None
        )

    @SETTINGS
    @given(calendars(), INSTANTS, AMOUNTS)
    def test_subtract(self, case, at, amount):
        calendar, naive, zero = case
        behind = within(sorted((m for m in naive.minutes if m < at), reverse=True))

        starts = [at, *behind]
        expected = starts[amount] if len(starts) > amount else None

        assert answer(calendar.subtract, zero, zero + at * MINUTE, amount * MINUTE) == expected

    @SETTINGS
    @given(calendars(), INSTANTS, INSTANTS)
    def test_between_and_spans(self, case, a, b):
        calendar, naive, zero = case
        start, end = zero + min(a, b) * MINUTE, zero + max(a, b) * MINUTE

        worked = len([minute for minute in naive.minutes if min(a, b) <= minute < max(a, b)])
        spans = list(calendar.spans(start, end))

        assert calendar.between(start, end) == worked * MINUTE
        assert calendar.between(end, start) == -worked * MINUTE
        assert sum((span.end - span.start for span in spans), timedelta()) == worked * MINUTE
        assert all(one.end < other.start for one, other in pairwise(spans))
        assert all(calendar.next_close(span.start) >= span.end for span in spans[:-1])


#: Any microsecond of six years.
MOMENTS = st.integers(0, 6 * 365 * DAY * 60_000_000).map(
    lambda n: datetime(2008, 1, 1, tzinfo=UTC) + timedelta(microseconds=n)
)
LENGTHS = st.integers(0, 400 * 60 * 60_000_000).map(lambda n: timedelta(microseconds=n))


class TestLaws:
    @SETTINGS
    @given(calendars(), MOMENTS, LENGTHS)
    def test_what_is_added_has_been_worked(self, case, at, amount):
        calendar, _, _ = case
        try:
            due = calendar.add(at, amount)
        except CalendarError:
            assume(False)

        assert calendar.between(at, due) == amount
        if amount:
            assert calendar.between(at, due - timedelta(microseconds=1)) < amount

    @SETTINGS
    @given(calendars(), MOMENTS, LENGTHS)
    def test_what_is_subtracted_has_been_worked(self, case, at, amount):
        calendar, _, _ = case
        try:
            start = calendar.subtract(at, amount)
        except CalendarError:
            assume(False)

        assert calendar.between(start, at) == amount
        if amount:
            assert calendar.between(start + timedelta(microseconds=1), at) < amount

    @SETTINGS
    @given(calendars(), MOMENTS, MOMENTS, MOMENTS)
    def test_working_time_is_additive(self, case, a, b, c):
        calendar, _, _ = case

        assert calendar.between(a, c) == calendar.between(a, b) + calendar.between(b, c)
        assert calendar.between(a, b) == -calendar.between(b, a)

    @SETTINGS
    @given(calendars(), MOMENTS, LENGTHS, LENGTHS)
    def test_two_amounts_are_added_as_one(self, case, at, first, second):
        calendar, _, _ = case
        try:
            due = calendar.add(at, first + second)
        except CalendarError:
            assume(False)

        assert calendar.add(calendar.add(at, first), second) == due or not second

    @SETTINGS
    @given(calendars(), st.permutations([2008, 2011, 2013, 2018, 2024]))
    def test_the_order_of_questions_does_not_matter(self, case, years):
        calendar, _, _ = case
        fresh = attrs.evolve(calendar)
        moments = [datetime(year, 1, 1, tzinfo=UTC) for year in sorted(years)]
        whole = fresh.between(moments[0], moments[-1])

        for year in years:
            calendar.is_open(datetime(year, 6, 1, tzinfo=UTC))

        assert calendar.between(moments[0], moments[-1]) == whole


# ---- Combinations ---------------------------------------------------------------------------

ZONES = sorted({zone for zone, _ in FRAMES})
KINDS = [*ClosureKind]
COMBINED = tried(14)
NAMES = {"BusinessCalendar": BusinessCalendar, "Periods": Periods, "datetime": dt}


def union(kinds, others):
    return [
        None if None in (a, b) else min(a, b, key=KINDS.index)
        for a, b in zip(kinds, others, strict=True)
    ]


def intersection(kinds, others):
    return [_of_both(a, b) for a, b in zip(kinds, others, strict=True)]


def _of_both(a, b):
    closed = {kind for kind in (a, b) if kind is not None}
    if ClosureKind.OUTSIDE_HOURS in closed:
        return ClosureKind.OUTSIDE_HOURS
    return min(closed, key=KINDS.index, default=None)


def difference(kinds, others):
    return [
        ClosureKind.EXCLUDED if a is None and b is None else a
        for a, b in zip(kinds, others, strict=True)
    ]


OPERATIONS = [
    (lambda one, other: one | other, union),
    (lambda one, other: one & other, intersection),
    (lambda one, other: one - other, difference),
]


@st.composite
def spans_of_time(draw, zero):
    """
    Dated spans of time, and why each minute is closed.
    """
    edges = sorted(draw(st.lists(INSTANTS, unique=True, min_size=2, max_size=6)))
    pairs = [*zip(edges[::2], edges[1::2], strict=False)]
    minutes = {minute for pair in pairs for minute in range(*pair)}
    dated = Periods([(zero + a * MINUTE, zero + b * MINUTE) for a, b in pairs])
    kinds = [None if at in minutes else ClosureKind.OUTSIDE_HOURS for at in range(FIRST, LAST)]
    return dated, kinds


@st.composite
def expressions(draw):
    """
    Nested combinations of calendars, why each minute is closed, and the beginning of the frame.
    """
    _, middle = draw(st.sampled_from(FRAMES))
    start = middle - timedelta(days=FRAME_DAYS // 2)
    zero = datetime(start.year, start.month, start.day, tzinfo=UTC)
    frames = st.tuples(st.sampled_from(ZONES), st.just(middle))
    leaves = [
        (calendar, naive.kinds)
        for calendar, naive, _ in draw(st.lists(calendars(frames), min_size=2, max_size=3))
    ]
    leaves.append(draw(spans_of_time(zero)))
    known = list(leaves)
    for _ in range(draw(st.integers(1, 4))):
        combine, expected = draw(st.sampled_from(OPERATIONS))
        (one, kinds), (other, others) = draw(st.sampled_from(known)), draw(st.sampled_from(known))
        found = expected(kinds, others)
        if None in found:
            known.append((combine(one, other), found))
    assume(len(known) > len(leaves))
    return *known[-1], zero


def kinds_of(calendar, zero):
    """
    Return why *calendar* is closed at each minute of the frame that nothing outside can reach.
    """
    minute, start = 60_000_000, microseconds(zero)
    found = []
    for begins, ends, closure in calendar.labelled(start + FIRST * minute, start + LAST * minute):
        assert (begins - start) % minute == (ends - start) % minute == 0
        found += [closure and closure.kind] * ((ends - begins) // minute)
    return found


class TestClosures:
    @SETTINGS
    @given(calendars())
    def test_of_a_calendar(self, case):
        calendar, naive, zero = case

        assert kinds_of(calendar, zero) == naive.kinds

    @COMBINED
    @given(expressions())
    def test_of_combinations(self, case):
        calendar, kinds, zero = case

        assert kinds_of(calendar, zero) == kinds

    @COMBINED
    @given(expressions(), MOMENTS, MOMENTS)
    def test_they_cover_all_time_exactly(self, case, a, b):
        calendar, _, _ = case
        start, end = sorted(map(microseconds, (a, b)))
        end = min(end, start + 40 * DAY * 60_000_000)

        pieces = [*calendar.labelled(start, end)]

        assert sum(ends - begins for begins, ends, _ in pieces) == end - start
        assert all(begins < ends for begins, ends, _ in pieces)
        assert all(one[1] == other[0] for one, other in pairwise(pieces))
        assert all(one[2] != other[2] for one, other in pairwise(pieces))
        assert [(begins, ends) for begins, ends, closure in pieces if closure is None] == [
            *calendar.timeline.spans(start, end)
        ]


class TestAlgebra:
    @COMBINED
    @given(expressions(), INSTANTS, INSTANTS)
    def test_its_hours_are_those_of_its_sets(self, case, a, b):
        calendar, kinds, zero = case
        worked = kinds[min(a, b) - FIRST : max(a, b) - FIRST].count(None) * MINUTE

        assert calendar.is_open(zero + a * MINUTE) == (kinds[a - FIRST] is None)
        assert calendar.between(zero + a * MINUTE, zero + b * MINUTE) == (
            worked if a <= b else -worked
        )

    @COMBINED
    @given(expressions(), INSTANTS, INSTANTS)
    def test_during_is_open_within_its_bounds(self, case, a, b):
        calendar, kinds, zero = case
        first, last = min(a, b) - FIRST, max(a, b) - FIRST
        assume(None in kinds[first:last])

        clipped = calendar.during(zero + min(a, b) * MINUTE, zero + max(a, b) * MINUTE)

        outside = [
            ClosureKind.EXCLUDED if kind is None else ClosureKind.OUTSIDE_HOURS for kind in kinds
        ]
        assert kinds_of(clipped, zero) == [
            *outside[:first],
            *kinds[first:last],
            *outside[last:],
        ]

    @COMBINED
    @given(expressions(), MOMENTS, LENGTHS)
    def test_what_is_added_has_been_worked(self, case, at, amount):
        calendar, _, _ = case
        try:
            due = calendar.add(at, amount)
        except CalendarError:
            assume(False)

        assert calendar.between(at, due) == amount

    @COMBINED
    @given(expressions(), MOMENTS, st.lists(st.integers(-2, 2), max_size=5))
    def test_is_open_never_disagrees_with_between(self, case, at, ticks):
        calendar, _, zero = case
        tick = timedelta(microseconds=1)
        edges = [
            edge
            for span in calendar.spans(zero + FIRST * MINUTE, zero + LAST * MINUTE)
            for edge in (span.start, span.end)
        ]

        for instant in [at, *(edge + n * tick for edge in edges for n in ticks)]:
            assert calendar.is_open(instant) == (calendar.between(instant, instant + tick) == tick)

    @settings(COMBINED, max_examples=10)
    @given(expressions(), expressions())
    def test_order_and_grouping_of_unions_do_not_matter(self, case, other_case):
        (one, _, _), (other, _, _) = case, other_case

        assert one | other == other | one
        assert hash(one | other) == hash(other | one)
        assert (one | other) | one == one | (other | one) == one | other
        assert one | one == one & one == one

    @COMBINED
    @given(expressions())
    def test_it_can_be_copied_pickled_and_pasted(self, case):
        calendar, kinds, zero = case

        for again in (
            copy.deepcopy(calendar),
            pickle.loads(pickle.dumps(calendar)),
            eval(repr(calendar), dict(NAMES)),
        ):
            assert again == calendar
            assert hash(again) == hash(calendar)
            assert kinds_of(again, zero) == kinds

    @SETTINGS
    @given(calendars(), MOMENTS, st.integers(1, 5))
    def test_days_of_a_calendar_are_those_of_its_windows(self, case, at, count):
        calendar, _, _ = case
        try:
            opening = calendar.end_of_days(at, BusinessDays(count, by=DayMark.OPENING))
            close = calendar.end_of_days(at, BusinessDays(count))
        except CalendarError:
            assume(False)

        assert at < opening < close
        assert calendar.is_open(opening)
        assert not calendar.between(at, close) < calendar.between(at, opening)

    @COMBINED
    @given(expressions(), st.sampled_from(ZONES), INSTANTS)
    def test_a_business_day_is_the_next_date_with_any_working_time(self, case, zone, at):
        calendar, _, zero = case
        dated, start = calendar.in_zone(zone), zero + at * MINUTE
        try:
            opening = dated.end_of_days(start, BusinessDays(1, by=DayMark.OPENING))
            close = dated.end_of_days(start, BusinessDays(1))
        except CalendarError:
            assume(False)

        assert calendar.is_open(opening)
        assert calendar.is_open(close - timedelta(microseconds=1))
        first, last = (it.astimezone(ZoneInfo(zone)).date() for it in (opening, close - MINUTE))
        assert start.astimezone(ZoneInfo(zone)).date() <= first <= last
        assert last - first <= timedelta(days=1)
