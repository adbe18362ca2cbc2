"""
A million instants at once: what a calendar answers, asked of numpy arrays in one call.

The answers are those of the calendar's own methods, to the microsecond, and so are the refusals:
the first element that a method would refuse is named, and nothing is answered. Arguments broadcast
as numpy's do, and the answer is an array of the shape they come to.

Instants are `datetime64` in days to microseconds, which numpy defines to be in UTC, or in
nanoseconds that come to whole microseconds; or sequences of aware datetimes, which are converted
one by one. What pandas holds is taken as `numpy.asarray` gives it: a series or an index with a zone
as aware timestamps, one without as UTC. Amounts are `timedelta64`, or sequences of timedeltas.
"""

from __future__ import annotations

from functools import cached_property, partial
from typing import TYPE_CHECKING, TypeAlias

from itil_ops.errors import CalendarError
from itil_ops.sla.hours.column import (
    Integers,
    Lengths,
    Moments,
    label,
    numpy,
    read_amounts,
    read_instants,
)


if TYPE_CHECKING:
    from collections.abc import Callable

    from itil_ops.sla.hours.column import Amounts, Booleans, Instants
    from itil_ops.sla.hours.timeline import Stretch, Timeline

    Question: TypeAlias = Callable[[Timeline, "Rows"], Integers]


#: How many elements are worked on at once, so that what they need stays in the processor's cache.
CHUNK = 2**15

#: The longest table of buckets; one takes 4 bytes a bucket, so 8 MiB at most.
MOST_BUCKETS = 2**21

_LAST = 2**63 - 1


def between_many(
    timeline: Timeline,
    starts: Instants,
    ends: Instants,
) -> Lengths:
    """
    Return the working time from each of *starts* to each of *ends*, negative when an end is first.

    Raises:
        TypeError: What is given are no instants.

        ValueError: One is naive, NaT, finer than a microsecond, or outside the years 1 to 9999.

        CalendarError: The calendar does not reach as far.

        MissingExtraError: numpy is not installed.
    """
    rows = Rows(read_instants(starts, "starts"), read_instants(ends, "ends"))
    return rows.asked_of(timeline, ask_between).view("m8[us]")


def add_many(
    timeline: Timeline,
    starts: Instants,
    amounts: Amounts,
) -> Moments:
    """
    Return the earliest instant with each of *amounts* of working time since each of *starts*.

    Raises:
        TypeError: What is given are no instants, or no amounts.

        ValueError: An instant is naive, NaT, finer than a microsecond, or outside the years 1 to
            9999; an amount is negative, NaT, finer than a microsecond, or of months.

        CalendarError: There is not so much working time as far as the calendar goes.

        MissingExtraError: numpy is not installed.
    """
    rows = Rows(read_instants(starts, "starts"), read_amounts(amounts, "amounts"))
    return rows.asked_of(timeline, ask_add).view("M8[us]")


def subtract_many(
    timeline: Timeline,
    ends: Instants,
    amounts: Amounts,
) -> Moments:
    """
    Return the latest instant with each of *amounts* of working time until each of *ends*.

    Raises:
        TypeError: What is given are no instants, or no amounts.

        ValueError: An instant is naive, NaT, finer than a microsecond, or outside the years 1 to
            9999; an amount is negative, NaT, finer than a microsecond, or of months.

        CalendarError: There is not so much working time as far back as the calendar goes.

        MissingExtraError: numpy is not installed.
    """
    rows = Rows(read_instants(ends, "ends"), read_amounts(amounts, "amounts"))
    return rows.asked_of(timeline, _subtract).view("M8[us]")


def is_open_many(timeline: Timeline, instants: Instants) -> Booleans:
    """
    Return whether each of *instants* lies in working time; a closing time no longer does.

    Raises:
        TypeError: What is given are no instants.

        ValueError: One is naive, NaT, finer than a microsecond, or outside the years 1 to 9999.

        CalendarError: The calendar does not reach as far.

        MissingExtraError: numpy is not installed.
    """
    rows = Rows(read_instants(instants, "instants"))
    return rows.asked_of(timeline, _is_open).astype(bool)


# ---- Questions, asked of a timeline -----------------------------------------------------------


class Rows:
    """
    Columns of whole microseconds, broadcast together and laid flat.
    """

    def __init__(
        self,
        *columns: Integers,
        places: Integers | None = None,
        whole: tuple[int, ...] | None = None,
    ) -> None:
        np = numpy()
        self.shape = np.broadcast_shapes(*(column.shape for column in columns))
        self.columns: list[Integers] = [
            np.broadcast_to(column, self.shape).reshape(-1) for column in columns
        ]
        self.size = self.columns[0].size
        # Where the rows stand in the whole that was given, and its shape.
        self.places: Integers = np.arange(self.size) if places is None else places
        self.whole = self.shape if whole is None else whole

    def asked_of(self, timeline: Timeline, question: Question) -> Integers:
        """
        Return what *question* finds, in the shape of the columns.
        """
        found = question(timeline, self) if self.size else self.columns[0]
        return found.reshape(self.shape)

    def answer(self, ask: Callable[..., Integers]) -> Integers:
        """
        Return what *ask* makes of all rows, a chunk at a time.
        """
        found: Integers = numpy().empty(self.size, "i8")
        for start in range(0, self.size, CHUNK):
            rows = slice(start, start + CHUNK)
            found[rows] = ask(*(column[rows] for column in self.columns))
        return found

    def only(self, which: Booleans | slice) -> Rows:
        """
        Return some of the rows, which keep their places.
        """
        columns = (column[which] for column in self.columns)
        return Rows(*columns, places=self.places[which], whole=self.whole)

    def until(self, end: int) -> Rows:
        """
        Return the rows with *end* in place of their second column.
        """
        return Rows(self.columns[0], numpy().array(end), places=self.places, whole=self.whole)

    def refuse(self, bad: Booleans, ask: Callable[..., object]) -> None:
        """
        Raise what the first of the *bad* rows raises when it is asked about alone.
        """
        row = int(bad.argmax())
        try:
            ask(*(int(column[row]) for column in self.columns))
        except CalendarError as error:
            position = numpy().unravel_index(self.places[row], self.whole)
            raise CalendarError(f"{label('element', position)}: {error}") from None


def ask_between(timeline: Timeline, rows: Rows) -> Integers:
    """
    Return the working time between the two columns.
    """
    starts, ends = rows.columns
    low = min(int(starts.min()), int(ends.min()))
    high = max(int(starts.max()), int(ends.max()))
    if low < timeline.start or timeline.end < high:
        bad = (starts < timeline.start) | (ends < timeline.start)
        rows.refuse(bad | (starts > timeline.end) | (ends > timeline.end), timeline.between)
    return rows.answer(_index(timeline, low, high).between)


def _is_open(timeline: Timeline, rows: Rows) -> Integers:
    (instants,) = rows.columns
    _check_inside(timeline, rows, _is_open, timeline.is_open)
    index = _index(timeline, int(instants.min()), int(instants.max()) + 1)
    return rows.answer(index.is_open)


def ask_add(timeline: Timeline, rows: Rows) -> Integers:
    """
    Return the first column with the amounts of the second added.
    """
    index, reached = _later(timeline, rows, _Index.all_but_last, timeline.add)
    return Rows(reached, rows.columns[1]).answer(index.earliest)


def ask_pass(timeline: Timeline, rows: Rows) -> Integers:
    """
    Return where more than the amounts of the second column have been worked since the first.
    """

    def ask(at: int, amount: int) -> int:
        return timeline.next_open(timeline.add(at, amount))

    index, reached = _later(timeline, rows, _Index.all_of, ask)
    return Rows(reached).answer(index.latest)


def _subtract(timeline: Timeline, rows: Rows) -> Integers:
    found, amounts = rows.columns[0].copy(), rows.columns[1]
    some = amounts > 0
    if some.any():
        index, reached = _earlier(timeline, rows.only(some))
        found[some] = Rows(reached).answer(index.latest)
    return found


def _later(
    timeline: Timeline,
    rows: Rows,
    reach: Callable[[_Index, Integers, Integers], Integers],
    ask: Callable[[int, int], int],
) -> tuple[_Index, Integers]:
    """
    Return what totals the rows reach, and an index that goes as far.
    """
    starts = rows.columns[0]
    _check_inside(timeline, rows, partial(_later, reach=reach, ask=ask), ask)
    low, high = int(starts.min()), int(starts.max()) + 1
    while True:
        index = _index(timeline, low, high)
        reached = rows.answer(partial(reach, index))
        if reached.max() < index.last:
            return index, reached
        if index.end == timeline.end:
            rows.refuse(reached >= index.last, ask)
        high = min(2 * index.end - index.start, timeline.end)


def _earlier(timeline: Timeline, rows: Rows) -> tuple[_Index, Integers]:
    """
    Return what totals the rows reach back to, and an index that goes as far.
    """
    ends = rows.columns[0]
    _check_inside(timeline, rows, _earlier, timeline.subtract)
    low, high = int(ends.min()), int(ends.max()) + 1
    while True:
        index = _index(timeline, low, high)
        reached = rows.answer(index.all_before)
        if reached.min() >= index.first:
            return index, reached
        if index.start == timeline.start:
            rows.refuse(reached < index.first, timeline.subtract)
        low = max(2 * index.start - index.end, timeline.start)


def _check_inside(
    timeline: Timeline,
    rows: Rows,
    question: Callable[[Timeline, Rows], object],
    ask: Callable[..., object],
) -> None:
    bad = (rows.columns[0] < timeline.start) | (rows.columns[0] >= timeline.end)
    if bad.any():
        before = rows.only(slice(int(bad.argmax())))
        if before.size:
            question(timeline, before)  # one of them may be refused for another reason
        rows.refuse(bad, ask)


# ---- What is looked up ------------------------------------------------------------------------


class _Index:
    """
    A stretch of working time as arrays, in which each instant and each total finds its span.
    """

    def __init__(self, stretch: Stretch) -> None:
        np = numpy()
        self.stretch = stretch
        self.start, self.end = stretch.start, stretch.end
        self.first, self.last = stretch.totals[0], stretch.totals[-1]
        # In front stands a span without length, for what comes before the first opening.
        opens = np.array((stretch.start, *stretch.edges[::2]), "i8")
        self._closes: Integers = np.array((stretch.start, *stretch.edges[1::2]), "i8")
        self._totals: Integers = np.array((self.first, *stretch.totals[:-1]), "i8")
        self._bases: Integers = self._totals - opens
        self._by_instant = _Finder(opens, self.end)

    @cached_property
    def _by_total(self) -> _Finder:
        return _Finder(self._totals, self.last)

    def worked(self, at: Integers) -> Integers:
        """
        Return the total at each instant.
        """
        span = self._by_instant.find(at)
        found: Integers = numpy().minimum(at, self._closes[span])
        found += self._bases[span]
        return found

    def between(self, starts: Integers, ends: Integers) -> Integers:
        return self.worked(ends) - self.worked(starts)

    def is_open(self, at: Integers) -> Integers:
        return (at < self._closes[self._by_instant.find(at)]).astype("i8")

    def all_of(self, starts: Integers, amounts: Integers) -> Integers:
        return self.worked(starts) + amounts

    def all_but_last(self, starts: Integers, amounts: Integers) -> Integers:
        """
        Return the totals before the last microsecond of each amount.
        """
        return self.all_of(starts, amounts) - (amounts > 0)

    def all_before(self, ends: Integers, amounts: Integers) -> Integers:
        return self.worked(ends) - amounts

    def latest(self, reached: Integers) -> Integers:
        """
        Return the latest instant with each total.
        """
        found: Integers = reached - self._bases[self._by_total.find(reached)]
        return found

    def earliest(self, reached: Integers, amounts: Integers) -> Integers:
        """
        Return the end of each amount, given the totals before its last microsecond.
        """
        return self.latest(reached) + (amounts > 0)


class _Finder:
    """
    The numbers of the last keys at or before given values.

    Time is cut into buckets, as wide as a power of two allows that is no more than the least
    distance between two keys. So the bucket of a value leaves two keys to choose from, which is one
    comparison in place of a binary search. The first key is a floor that no value lies below.
    """

    def __init__(self, keys: Integers, end: int) -> None:
        np = numpy()
        self._floor = int(keys[0])
        self._following: Integers = np.append(keys[1:], _LAST)
        apart = np.diff(keys[1:]).min(initial=max(end - self._floor, 1))
        self._shift = int(apart).bit_length() - 1
        self._table: Integers | None = None
        count = ((end - self._floor) >> self._shift) + 1
        if count <= MOST_BUCKETS:
            buckets = self._floor + (np.arange(count, dtype="i8") << self._shift)
            self._table = self._following.searchsorted(buckets, "right").astype("i4")

    def find(self, values: Integers) -> Integers:
        if self._table is None:
            return self._following.searchsorted(values, "right")
        found: Integers = self._table[(values - self._floor) >> self._shift]
        return found + (self._following[found] <= values)


def _index(timeline: Timeline, start: int, end: int) -> _Index:
    """
    Return an index of at least `[start, end)`, which is kept with its timeline.
    """
    stretch = timeline.compiled(start, end)
    index = timeline.derived
    if not isinstance(index, _Index) or index.stretch is not stretch:
        timeline.derived = index = _Index(stretch)
    return index
