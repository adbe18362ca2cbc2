"""
Working time as integers: sorted edges, running totals, and binary searches over them.

A `Timeline` is what a calendar comes to once zone, week and holidays are worked out: half-open
spans of whole UTC microseconds. It compiles them on demand, a year at a time. Whatever has been
compiled is one immutable `Stretch`; a longer one replaces it in a single assignment, so threads
need no lock, and the worst that can happen is that two of them compile the same year.
"""

from __future__ import annotations

import datetime as dt

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate
from typing import TypeAlias

import attrs

from itil_ops.errors import CalendarError
from itil_ops.kernel.instant import SECOND, from_microseconds, microseconds


Pair: TypeAlias = tuple[int, int]
Source: TypeAlias = Callable[[int, int], Iterable[Pair]]

#: The years that calendars are laid out for, in UTC.
FIRST_YEAR, LAST_YEAR = 1900, 2199
HORIZON_START = microseconds(dt.datetime(FIRST_YEAR, 1, 1, tzinfo=dt.UTC))
HORIZON_END = microseconds(dt.datetime(LAST_YEAR + 1, 1, 1, tzinfo=dt.UTC))

#: All that a datetime can say, for calendars that are known for good.
TIME_START = microseconds(dt.datetime.min.replace(tzinfo=dt.UTC))
TIME_END = microseconds(dt.datetime.max.replace(tzinfo=dt.UTC))

#: A mean Gregorian year.
YEAR = 31_556_952 * SECOND


def merged(spans: Iterable[Pair]) -> Iterator[Pair]:
    """
    Yield the union of *spans* in order, touching ones as one.

    >>> list(merged([(5, 9), (1, 2), (2, 3), (6, 7)]))
    [(1, 3), (5, 9)]
    """
    ordered = iter(sorted(spans))
    start, end = next(ordered, (0, 0))
    for opens, closes in ordered:
        if opens > end:
            yield start, end
            start = opens
        end = max(end, closes)
    if start < end:
        yield start, end


def clipped(spans: Iterable[Pair], start: int, end: int) -> Iterator[Pair]:
    """
    Yield what of *spans* lies in `[start, end)`.

    >>> list(clipped([(1, 3), (5, 9)], 2, 5))
    [(2, 3)]
    """
    for opens, closes in spans:
        if opens < end and closes > start and start < end:
            yield max(opens, start), min(closes, end)


@attrs.frozen(eq=False)
class Stretch:
    """
    The compiled working time of `[start, end)`.

    A first opening at *start* or a last closing at *end* may be nothing but the border of what
    was compiled. So a question returns `None` where a longer stretch is needed to answer it.

    Attributes:
        start: The first microsecond compiled.

        end: The first one no longer compiled.

        opens: The opening edges, ascending.

        closes: The closing edge to each opening edge.

        totals: The working time before each opening edge, and last that of the whole stretch.
    """

    start: int
    end: int
    opens: tuple[int, ...]
    closes: tuple[int, ...]
    totals: tuple[int, ...]

    @classmethod
    def of(cls, start: int, end: int, spans: Iterable[Pair]) -> Stretch:
        """
        Compile *spans*, which are in order, apart from each other and within `[start, end)`.
        """
        pairs = tuple(spans)
        return cls(
            start,
            end,
            tuple(opens for opens, _ in pairs),
            tuple(closes for _, closes in pairs),
            tuple(accumulate((closes - opens for opens, closes in pairs), initial=0)),
        )

    def then(self, later: Stretch) -> Stretch:
        """
        Return this stretch and the one that follows it as one.
        """
        seam = 1 if self.closes and later.opens and self.closes[-1] == later.opens[0] else 0
        before = self.totals[-1]
        return Stretch(
            self.start,
            later.end,
            self.opens + later.opens[seam:],
            self.closes[: len(self.closes) - seam] + later.closes,
            self.totals[:-1] + tuple(before + total for total in later.totals[seam:]),
        )

    def worked(self, at: int) -> int:
        """
        Return the working time in `[start, at)`.
        """
        i = bisect_right(self.opens, at)
        if i and at < self.closes[i - 1]:
            return self.totals[i - 1] + at - self.opens[i - 1]
        return self.totals[i]

    def is_open(self, at: int) -> bool:
        """
        Return whether *at* lies in working time.
        """
        i = bisect_right(self.opens, at)
        return i > 0 and at < self.closes[i - 1]

    def add(self, at: int, amount: int) -> int | None:
        """
        Return the earliest instant with *amount*, which is positive, worked since *at*.
        """
        total = self.worked(at) + amount
        if total > self.totals[-1]:
            return None
        i = bisect_left(self.totals, total) - 1
        return self.opens[i] + total - self.totals[i]

    def subtract(self, at: int, amount: int) -> int | None:
        """
        Return the latest instant with *amount*, which is positive, worked until *at*.
        """
        total = self.worked(at) - amount
        if total < 0:
            return None
        i = bisect_right(self.totals, total) - 1
        return self.opens[i] + total - self.totals[i]

    def next_open(self, at: int) -> int | None:
        """
        Return *at* when open, else the first opening after it.
        """
        if self.is_open(at):
            return at
        i = bisect_right(self.opens, at)
        return self.opens[i] if i < len(self.opens) else None

    def next_close(self, at: int) -> int | None:
        """
        Return the first closing after *at*.
        """
        i = bisect_right(self.closes, at)
        return self.closes[i] if i < len(self.closes) and self.closes[i] < self.end else None

    def previous_open(self, at: int) -> int | None:
        """
        Return the last opening at or before *at*.
        """
        i = bisect_right(self.opens, at)
        return self.opens[i - 1] if i and self.opens[i - 1] > self.start else None

    def previous_close(self, at: int) -> int | None:
        """
        Return the last closing at or before *at*.
        """
        i = bisect_right(self.closes, at)
        return self.closes[i - 1] if i else None


@attrs.define(eq=False)
class Timeline:
    """
    The working time of a calendar, every question and answer in whole UTC microseconds.

    Attributes:
        source: Returns the spans of working time within two instants: in order, apart from each
            other and clipped.

        start: The first microsecond that *source* knows.

        end: The first one that it no longer knows.

        step: How much is compiled at a time.
    """

    source: Source
    start: int = HORIZON_START
    end: int = HORIZON_END
    step: int = YEAR
    _known: Stretch | None = attrs.field(default=None, init=False, repr=False)

    def compiled(self, start: int, end: int) -> Stretch:
        """
        Return a stretch that holds all of `[start, end)`.

        Raises:
            CalendarError: The calendar does not reach that far.
        """
        known = self._known
        if known is not None and known.start <= start and end <= known.end:
            return known
        return self._grown(start, end)

    def between(self, start: int, end: int) -> int:
        """
        Return the working time from *start* to *end*, negative when *end* comes first.
        """
        stretch = self.compiled(start, end) if start <= end else self.compiled(end, start)
        return stretch.worked(end) - stretch.worked(start)

    def add(self, start: int, amount: int) -> int:
        """
        Return the earliest instant with *amount* worked since *start*; of zero, `next_open`.
        """
        if amount == 0:
            return self.next_open(start)
        return self._later("not so much working time", Stretch.add, start, amount)

    def subtract(self, end: int, amount: int) -> int:
        """
        Return the latest instant with *amount* worked until *end*; of zero, *end*.
        """
        if amount == 0:
            return end
        return self._earlier("not so much working time", Stretch.subtract, end, amount)

    def is_open(self, at: int) -> bool:
        """
        Return whether *at* lies in working time.
        """
        return self.compiled(at, at + 1).is_open(at)

    def next_open(self, at: int) -> int:
        """
        Return *at* when open, else the first opening after it.
        """
        return self._later("no opening", Stretch.next_open, at)

    def next_close(self, at: int) -> int:
        """
        Return the first closing after *at*.
        """
        return self._later("no closing", Stretch.next_close, at)

    def previous_open(self, at: int) -> int:
        """
        Return the last opening at or before *at*.
        """
        return self._earlier("no opening", Stretch.previous_open, at)

    def previous_close(self, at: int) -> int:
        """
        Return the last closing at or before *at*.
        """
        return self._earlier("no closing", Stretch.previous_close, at)

    def spans(self, start: int, end: int) -> Iterator[Pair]:
        """
        Return the spans of working time in `[start, end)`, in order.
        """
        stretch = self.compiled(start, end)
        first = bisect_right(stretch.closes, start)
        last = bisect_left(stretch.opens, end)
        inside = zip(stretch.opens[first:last], stretch.closes[first:last], strict=True)
        return clipped(inside, start, end)

    def _later(self, what: str, find: Callable[..., int | None], at: int, *amount: int) -> int:
        stretch = self.compiled(at, at + 1)
        while (found := find(stretch, at, *amount)) is None:
            if stretch.end == self.end:
                raise _nothing(what, "after", at, self.end - 1)
            length = stretch.end - stretch.start
            stretch = self.compiled(at, min(stretch.end + length, self.end))
        return found

    def _earlier(self, what: str, find: Callable[..., int | None], at: int, *amount: int) -> int:
        stretch = self.compiled(at, at + 1)
        while (found := find(stretch, at, *amount)) is None:
            if stretch.start == self.start:
                raise _nothing(what, "before", at, self.start)
            length = stretch.end - stretch.start
            stretch = self.compiled(max(stretch.start - length, self.start), at + 1)
        return found

    def _grown(self, start: int, end: int) -> Stretch:
        if start < self.start or end > self.end:
            raise CalendarError(
                "an instant outside the years"
                f" {_year(self.start)} to {_year(self.end - 1)}, which is all the calendar knows"
            )
        start -= (start - self.start) % self.step
        end = min(end + (self.start - end) % self.step, self.end)
        known = self._known or Stretch.of(start, start, ())
        if start < known.start:
            known = self._compile(start, known.start).then(known)
        if known.end < end:
            known = known.then(self._compile(known.end, end))
        self._known = known
        return known

    def _compile(self, start: int, end: int) -> Stretch:
        return Stretch.of(start, end, self.source(start, end))


def _nothing(what: str, side: str, at: int, border: int) -> CalendarError:
    return CalendarError(
        f"{what} {side} {from_microseconds(at).isoformat()}"
        f" as far as the calendar goes, which is the year {_year(border)}"
    )


def _year(at: int) -> int:
    return from_microseconds(at).year
