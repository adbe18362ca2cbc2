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
from itertools import accumulate, chain
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

    At an instant with an odd number of edges up to it there is working time. Totals count from
    wherever the first stretch of a timeline began, and are negative before it, so that none changes
    when more is compiled at either end.

    Attributes:
        start: The first microsecond compiled.

        end: The first one no longer compiled.

        edges: Openings and closings in turn, ascending.

        totals: The working time up to each opening edge, and last that of the whole stretch.

        bases: For each number of edges up to an instant, the working time up to it; where the
            number is odd, less the instant itself.
    """

    start: int
    end: int
    edges: tuple[int, ...]
    totals: tuple[int, ...]
    bases: tuple[int, ...]

    @classmethod
    def of(cls, start: int, end: int, spans: Iterable[Pair], before: int = 0) -> Stretch:
        """
        Compile *spans*, which are in order, apart from each other and within `[start, end)`.

        The working time *before* them counts into the totals.
        """
        pairs = tuple(spans)
        totals = tuple(accumulate((closes - opens for opens, closes in pairs), initial=before))
        bases = ((total, total - opens) for total, (opens, _) in zip(totals, pairs, strict=False))
        return cls(
            start,
            end,
            tuple(chain.from_iterable(pairs)),
            totals,
            (*chain.from_iterable(bases), totals[-1]),
        )

    def then(self, later: Stretch) -> Stretch:
        """
        Return this stretch and the one that follows it, and counts on from it, as one.
        """
        seam = 1 if self.edges and self.edges[-1:] == later.edges[:1] else 0
        return Stretch(
            self.start,
            later.end,
            self.edges[: len(self.edges) - seam] + later.edges[seam:],
            self.totals[:-1] + later.totals[seam:],
            self.bases[:-1] + later.bases[2 * seam :],
        )

    def worked(self, at: int) -> int:
        """
        Return the working time up to *at*.
        """
        i = bisect_right(self.edges, at)
        return self.bases[i] + at if i & 1 else self.bases[i]

    def between(self, start: int, end: int) -> int:
        """
        Return the working time from *start* to *end*.
        """
        edges, bases = self.edges, self.bases
        i, j = bisect_right(edges, start), bisect_right(edges, end)
        return (bases[j] + end if j & 1 else bases[j]) - (bases[i] + start if i & 1 else bases[i])

    def is_open(self, at: int) -> bool:
        """
        Return whether *at* lies in working time.
        """
        return bisect_right(self.edges, at) & 1 == 1

    def add(self, at: int, amount: int) -> int | None:
        """
        Return the earliest instant with *amount*, which is positive, worked since *at*.
        """
        total = self.worked(at) + amount
        i = bisect_left(self.totals, total)
        return total - self.bases[2 * i - 1] if i < len(self.totals) else None

    def subtract(self, at: int, amount: int) -> int | None:
        """
        Return the latest instant with *amount*, which is positive, worked until *at*.
        """
        total = self.worked(at) - amount
        i = bisect_right(self.totals, total)
        return total - self.bases[2 * i - 1] if i else None

    def next_open(self, at: int) -> int | None:
        """
        Return *at* when open, else the first opening after it.
        """
        i = bisect_right(self.edges, at)
        if i & 1:
            return at
        return self.edges[i] if i < len(self.edges) else None

    def next_close(self, at: int) -> int | None:
        """
        Return the first closing after *at*.
        """
        i = bisect_right(self.edges, at) | 1
        return self.edges[i] if i < len(self.edges) and self.edges[i] < self.end else None

    def previous_open(self, at: int) -> int | None:
        """
        Return the last opening at or before *at*.
        """
        i = (bisect_right(self.edges, at) - 1) & -2
        return self.edges[i] if i >= 0 and self.edges[i] > self.start else None

    def previous_close(self, at: int) -> int | None:
        """
        Return the last closing at or before *at*.
        """
        i = bisect_right(self.edges, at) & -2
        return self.edges[i - 1] if i else None

    def spans(self, start: int, end: int) -> Iterator[Pair]:
        """
        Yield the spans of working time in `[start, end)`, in order.
        """
        first = bisect_right(self.edges, start) & -2
        inside = iter(self.edges[first : bisect_left(self.edges, end) + 1])
        return clipped(zip(inside, inside, strict=False), start, end)


#: What a timeline has compiled before the first question: nothing lies within.
_NOTHING = Stretch.of(1, 0, ())


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

        derived: Whatever else somebody has made of a stretch, to be replaced as it is.
    """

    source: Source
    start: int = HORIZON_START
    end: int = HORIZON_END
    step: int = YEAR
    derived: object = attrs.field(default=None, init=False, repr=False)
    _known: Stretch = attrs.field(default=_NOTHING, init=False, repr=False)

    def compiled(self, start: int, end: int) -> Stretch:
        """
        Return a stretch that holds all of `[start, end)`.

        Raises:
            CalendarError: The calendar does not reach that far.
        """
        known = self._known
        if known.start <= start and end <= known.end:
            return known
        return self._grown(start, end)

    def between(self, start: int, end: int) -> int:
        """
        Return the working time from *start* to *end*, negative when *end* comes first.
        """
        if end < start:
            return -self.between(end, start)
        return self.compiled(start, end).between(start, end)

    def add(self, start: int, amount: int) -> int:
        """
        Return the earliest instant with *amount* worked since *start*; of zero, `next_open`.
        """
        if amount == 0:
            return self.next_open(start)
        found = self.compiled(start, start + 1).add(start, amount)
        if found is None:
            return self._later("not so much working time", Stretch.add, start, amount)
        return found

    def subtract(self, end: int, amount: int) -> int:
        """
        Return the latest instant with *amount* worked until *end*; of zero, *end*.
        """
        if amount == 0:
            return end
        found = self.compiled(end, end + 1).subtract(end, amount)
        if found is None:
            return self._earlier("not so much working time", Stretch.subtract, end, amount)
        return found

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
        return self.compiled(start, end).spans(start, end)

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
        known = self._known
        if known is _NOTHING:
            known = Stretch.of(start, start, ())
        # By a quarter at least, or a century that is asked for year by year is copied as often.
        ahead = (known.end - known.start) // 4 // self.step * self.step
        if start < known.start:
            known = self._preceded(known, max(min(start, known.start - ahead), self.start))
        if known.end < end:
            known = self._followed(known, min(max(end, known.end + ahead), self.end))
        self._known = known
        return known

    def _preceded(self, known: Stretch, start: int) -> Stretch:
        spans = tuple(self.source(start, known.start))
        worked = sum(closes - opens for opens, closes in spans)
        return Stretch.of(start, known.start, spans, known.totals[0] - worked).then(known)

    def _followed(self, known: Stretch, end: int) -> Stretch:
        spans = self.source(known.end, end)
        return known.then(Stretch.of(known.end, end, spans, known.totals[-1]))


def _nothing(what: str, side: str, at: int, border: int) -> CalendarError:
    return CalendarError(
        f"{what} {side} {from_microseconds(at).isoformat()}"
        f" as far as the calendar goes, which is the year {_year(border)}"
    )


def _year(at: int) -> int:
    return from_microseconds(at).year
