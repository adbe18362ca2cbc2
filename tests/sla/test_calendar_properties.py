"""
Business calendars against a naive one that looks at the clock minute by minute.

The naive one knows nothing of offsets, gaps and folds: it asks the zone what its clocks show at
each minute of a frame of days, and calls a minute open that lies after a clock has first shown the
opening time and before it shows the closing time for the last time.
"""

from __future__ import annotations

import functools

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import attrs

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from itil_ops.errors import CalendarError
from itil_ops.kernel.instant import microseconds
from itil_ops.sla.calendar import BusinessCalendar
from itil_ops.sla.hours import DAYS


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
    """

    zone: str
    start: date
    hours: dict[date, list[tuple[int, int]]]

    @functools.cached_property
    def minutes(self):
        walls = wall_minutes(self.zone, self.start)
        found = set()
        for n in range(FRAME_DAYS):
            near = range(max(0, (n - 2) * DAY), min(len(walls), (n + 4) * DAY))
            for opening, closing in self.hours[self.start + timedelta(days=n)]:
                opens = (at for at in near if walls[at] >= n * DAY + opening)
                closes = (at for at in reversed(near) if walls[at] < n * DAY + closing)
                again = (at for at in reversed(near) if walls[at] == n * DAY + closing)
                last = max(next(closes, -1) + 1, next(again, 0))
                found |= set(range(next(opens, len(walls)), last))
        return found

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
def calendars(draw):
    """
    A calendar, its naive twin, and the first instant of their frame.
    """
    zone, middle = draw(st.sampled_from(FRAMES))
    start = middle - timedelta(days=FRAME_DAYS // 2)
    days = [start + timedelta(days=n) for n in range(FRAME_DAYS)]
    week = draw(WEEKS)
    dated = draw(st.sets(st.sampled_from(days), max_size=3))
    annual = draw(st.sets(st.sampled_from(days), max_size=2))
    special = draw(st.dictionaries(st.sampled_from(days), windows(), max_size=3))
    hours = {day: week.get(DAYS[day.weekday()], []) for day in days}
    hours |= dict.fromkeys(dated | annual, ()) | special
    try:
        calendar = BusinessCalendar(
            zone,
            {day: written(pairs) for day, pairs in week.items()},
            holidays=[*dated, *(f"--{day:%m-%d}" for day in annual)],
            overrides={day: written(pairs) for day, pairs in special.items()},
        )
    except CalendarError:
        assert not NaiveCalendar(zone, start, hours).minutes
        assume(False)
    zero = datetime(start.year, start.month, start.day, tzinfo=UTC)
    return calendar, NaiveCalendar(zone, start, hours), zero


#: Minutes of the frame that no day outside of it can reach.
FIRST, LAST = 3 * DAY, 8 * DAY
INSTANTS = st.integers(FIRST, LAST - 1)
AMOUNTS = st.one_of(st.just(0), st.integers(1, 3 * DAY))
SETTINGS = settings(max_examples=80, deadline=None)


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
