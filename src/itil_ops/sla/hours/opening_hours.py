"""
What can be asked of opening hours: how much time lies between two instants, and where it ends.

Working time is real elapsed time inside opening hours. Spans are half-open, `[start, end)`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import attrs

from pendulum import DateTime

from itil_ops.kernel.instant import MICROSECOND, from_microseconds, length, microseconds
from itil_ops.sla.hours import batch


if TYPE_CHECKING:
    import datetime as dt

    from collections.abc import Iterator

    from itil_ops.sla.hours.column import Amounts, Booleans, Instants, Lengths, Moments
    from itil_ops.sla.hours.timeline import Pair, Timeline


@attrs.frozen
class Span:
    """
    A span of working time, from *start* until just before *end*.
    """

    start: DateTime
    end: DateTime


class OpeningHours(ABC):
    """
    Hours of which there is a timeline.
    """

    __slots__ = ()

    @property
    @abstractmethod
    def timeline(self) -> Timeline:
        """
        The same working time in integers, compiled as it is asked for.
        """

    def add(self, start: dt.datetime, amount: dt.timedelta) -> DateTime:
        """
        Return the earliest instant with *amount* of working time since *start*.

        That is a closing time where the amount runs out with it. Of zero it is *start* when open,
        else the next opening.

        Raises:
            TypeError: *start* is no datetime, or *amount* no timedelta.

            ValueError: *start* is naive, or *amount* negative or of months.

            CalendarError: There is not so much working time as far as the calendar goes.
        """
        worth = _worth(amount, "subtract")
        return from_microseconds(self.timeline.add(microseconds(start, "start"), worth))

    def subtract(self, end: dt.datetime, amount: dt.timedelta) -> DateTime:
        """
        Return the latest instant with *amount* of working time until *end*.

        That is an opening time where the amount runs out with it. Of zero it is *end* itself.

        Raises:
            TypeError: *end* is no datetime, or *amount* no timedelta.

            ValueError: *end* is naive, or *amount* negative or of months.

            CalendarError: There is not so much working time as far back as the calendar goes.
        """
        worth = _worth(amount, "add")
        return from_microseconds(self.timeline.subtract(microseconds(end, "end"), worth))

    def between(self, a: dt.datetime, b: dt.datetime) -> dt.timedelta:
        """
        Return the working time from *a* to *b*, negative when *b* comes first.
        """
        return self.timeline.between(microseconds(a, "a"), microseconds(b, "b")) * MICROSECOND

    def is_open(self, at: dt.datetime) -> bool:
        """
        Return whether *at* lies in working time; a closing time no longer does.
        """
        return self.timeline.is_open(microseconds(at))

    def next_open(self, at: dt.datetime) -> DateTime:
        """
        Return *at* itself when open, else the first opening after it.

        Raises:
            CalendarError: There is none.
        """
        return from_microseconds(self.timeline.next_open(microseconds(at)))

    def next_close(self, at: dt.datetime) -> DateTime:
        """
        Return the first closing after *at*.

        Raises:
            CalendarError: There is none.
        """
        return from_microseconds(self.timeline.next_close(microseconds(at)))

    def previous_open(self, at: dt.datetime) -> DateTime:
        """
        Return the last opening at or before *at*.

        Raises:
            CalendarError: There is none.
        """
        return from_microseconds(self.timeline.previous_open(microseconds(at)))

    def previous_close(self, at: dt.datetime) -> DateTime:
        """
        Return the last closing at or before *at*.

        Raises:
            CalendarError: There is none.
        """
        return from_microseconds(self.timeline.previous_close(microseconds(at)))

    def spans(self, a: dt.datetime, b: dt.datetime) -> Iterator[Span]:
        """
        Return the spans of working time in `[a, b)`, in order.

        Raises:
            ValueError: *b* comes before *a*.
        """
        return (
            Span(from_microseconds(opens), from_microseconds(closes))
            for opens, closes in self.timeline.spans(*ordered(a, b))
        )

    # ---- Many at once ---------------------------------------------------------------------

    def between_many(self, starts: Instants, ends: Instants) -> Lengths:
        """
        Return the working time from each of *starts* to each of *ends* as a numpy array.

        Raises:
            TypeError: What is given are no instants.

            ValueError: One is naive, NaT, finer than a microsecond, or outside the years 1 to 9999.

            CalendarError: The calendar does not reach as far.

            MissingExtraError: numpy is not installed.
        """
        return batch.between_many(self.timeline, starts, ends)

    def add_many(self, starts: Instants, amounts: Amounts) -> Moments:
        """
        Return the earliest instant with each of *amounts* of working time since each of *starts*.

        Raises as `between_many`, and:

        Raises:
            ValueError: An amount is negative, NaT, finer than a microsecond, or of months.
        """
        return batch.add_many(self.timeline, starts, amounts)

    def subtract_many(self, ends: Instants, amounts: Amounts) -> Moments:
        """
        Return the latest instant with each of *amounts* of working time until each of *ends*.

        Raises as `between_many`, and:

        Raises:
            ValueError: An amount is negative, NaT, finer than a microsecond, or of months.
        """
        return batch.subtract_many(self.timeline, ends, amounts)

    def is_open_many(self, instants: Instants) -> Booleans:
        """
        Return whether each of *instants* lies in working time, as a numpy array.

        Raises as `between_many`.
        """
        return batch.is_open_many(self.timeline, instants)


def ordered(a: dt.datetime, b: dt.datetime) -> Pair:
    """
    Return *a* and *b* in microseconds.

    Raises:
        ValueError: *b* comes before *a*.
    """
    start, end = microseconds(a, "a"), microseconds(b, "b")
    if end < start:
        raise ValueError(f"b {b.isoformat()} must not come before a {a.isoformat()}")
    return start, end


def _worth(amount: dt.timedelta, opposite: str) -> int:
    found = length(amount)
    if found < 0:
        raise ValueError(f"amount must not be negative, for that there is {opposite}: {amount!r}")
    return found
