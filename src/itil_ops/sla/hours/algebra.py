"""
The algebra of spans: what several sets of them come to, in whole microseconds.

Spans are half-open, in order and apart from each other, unless it says otherwise.
"""

from __future__ import annotations

import datetime as dt

from itertools import groupby, pairwise
from operator import itemgetter
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import attrs

from itil_ops.errors import CalendarError
from itil_ops.kernel.instant import from_microseconds, microseconds
from itil_ops.sla.hours.timeline import Pair, Stretch, Timeline


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pendulum import DateTime


Label = TypeVar("Label")
Layer: TypeAlias = tuple[int, int, Label]

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

# Where a search for the first opening begins: most calendars are of about this time.
_LIKELY = microseconds(dt.datetime(2025, 1, 1, tzinfo=dt.UTC))


def intersected(one: Iterable[Pair], other: Iterable[Pair]) -> Iterator[Pair]:
    """
    Yield what lies in both. Of *other* nothing is asked where *one* is empty.

    >>> list(intersected([(1, 4), (6, 9)], [(2, 7), (8, 12)]))
    [(2, 4), (6, 7), (8, 9)]
    """
    ones = [*one]
    others = [*other] if ones else []
    i = j = 0
    while i < len(ones) and j < len(others):
        start, end = max(ones[i][0], others[j][0]), min(ones[i][1], others[j][1])
        if start < end:
            yield start, end
        if ones[i][1] == end:
            i += 1
        else:
            j += 1


def gaps(spans: Iterable[Pair], start: int, end: int) -> Iterator[Pair]:
    """
    Yield what of `[start, end)` *spans* within it leave out.

    >>> list(gaps([(2, 4), (7, 9)], 2, 10))
    [(4, 7), (9, 10)]
    """
    for opens, closes in spans:
        if start < opens:
            yield start, opens
        start = closes
    if start < end:
        yield start, end


def topmost(layers: Sequence[Layer[Label]]) -> Iterator[Layer[Label]]:
    """
    Yield the label of the first of *layers* at each time, equal neighbors as one.

    The layers may lie in any order and overlap; together they must leave no gap.

    >>> list(topmost([(3, 5, "open"), (4, 7, "holiday"), (0, 9, "closed")]))
    [(0, 3, 'closed'), (3, 5, 'open'), (5, 7, 'holiday'), (7, 9, 'closed')]
    """
    for label, run in groupby(_pieces(layers), key=itemgetter(2)):
        pieces = [*run]
        yield pieces[0][0], pieces[-1][1], label


def _pieces(layers: Sequence[Layer[Label]]) -> Iterator[Layer[Label]]:
    edges = sorted((at, i) for i, (start, end, _) in enumerate(layers) for at in (start, end))
    present: set[int] = set()
    for (at, i), (ahead, _) in pairwise(edges):
        present ^= {i}
        if at < ahead:
            yield at, ahead, layers[min(present)][2]


def ever_opens(timeline: Timeline) -> bool:
    """
    Return whether there is any working time at all.

    It looks step by step from about now outwards, and keeps nothing of what it saw: that is quick
    unless there is none, or only far off.
    """
    steps = range(timeline.start, timeline.end, timeline.step)
    likely = (_LIKELY - timeline.start) // timeline.step
    for n in sorted(range(len(steps)), key=lambda n: abs(n - likely)):
        found = timeline.source(steps[n], min(steps[n] + timeline.step, timeline.end))
        if next(iter(found), None) is not None:
            return True
    return False


@attrs.define(eq=False)
class BoundedTimeline(Timeline):
    """
    A timeline that names its bounds, which need be no borders of years, where it is asked for more.
    """

    def compiled(self, start: int, end: int) -> Stretch:
        """
        Return a stretch that holds all of `[start, end)`.

        Raises:
            CalendarError: The calendar does not reach that far.
        """
        if start < self.start or end > self.end:
            first, last = from_microseconds(self.start), from_microseconds(self.end)
            raise CalendarError(
                f"an instant outside of {first.isoformat()} to {last.isoformat()},"
                " which is all the calendar knows"
            )
        return Timeline.compiled(self, start, end)


def bounded(start: DateTime | None, end: DateTime | None, first: int, last: int) -> Pair:
    """
    Return *start* and *end* in integers, in place of `None` *first* and *last*.
    """
    return (
        first if start is None else microseconds(start),
        last if end is None else microseconds(end),
    )


def check_order(name: str, at: DateTime | None, later: str, then: DateTime | None) -> None:
    """
    Make sure that *then* comes after *at*, if there are both.

    Raises:
        CalendarError: It does not.
    """
    if at is not None and then is not None and then <= at:
        raise CalendarError(f"{later} {then.isoformat()} must come after {name} {at.isoformat()}")


def pasted(at: DateTime | None) -> str:
    """
    Return how *at* is written with the standard library alone.
    """
    return repr(at and _EPOCH + dt.timedelta(0, 0, microseconds(at)))
