"""
What every calendar answers: how much working time lies between two instants, and where it ends.

Working time is real elapsed time inside opening hours. Spans are half-open, `[start, end)`.

Calendars of any zones combine as sets of time do: `|` is open where any of them is (follow the
sun), `&` where all of them are, `-` where the first is and the second is not. What they come to is
a calendar like any other, to be combined further.
"""

from __future__ import annotations

from abc import abstractmethod
from functools import cached_property, partial, reduce
from itertools import chain
from typing import TYPE_CHECKING, ClassVar

import attrs

from pendulum import DateTime

from itil_ops.errors import CalendarError
from itil_ops.kernel.checks import check_type, shown
from itil_ops.kernel.instant import from_microseconds, microseconds, optional_utc
from itil_ops.sla.hours.algebra import (
    BoundedTimeline,
    Layer,
    bounded,
    check_order,
    ever_opens,
    gaps,
    intersected,
    pasted,
    topmost,
)
from itil_ops.sla.hours.closures import (
    OUTSIDE_HOURS,
    Closure,
    Labelled,
    Period,
    excluded,
    explained,
    special,
)
from itil_ops.sla.hours.duration import BusinessDays, DayMark
from itil_ops.sla.hours.layout import Workday, Workdays
from itil_ops.sla.hours.opening_hours import OpeningHours, ordered
from itil_ops.sla.hours.timeline import TIME_END, TIME_START, Pair, Timeline, clipped, merged
from itil_ops.sla.hours.zone import zone_key


if TYPE_CHECKING:
    import datetime as dt

    from collections.abc import Iterable, Iterator


class WorkingTime(OpeningHours):
    """
    Opening hours as one can ask them: a calendar, or what several come to.
    """

    __slots__ = ()

    @property
    @abstractmethod
    def zones(self) -> frozenset[str]:
        """
        Keys of the zones whose days it is made of; none for dated spans of time.
        """

    @abstractmethod
    def why_closed(self, start: int, end: int) -> Iterable[Layer[Closure]]:
        """
        Return why time in `[start, end)` is closed, where there is more to say than outside hours.

        In whole UTC microseconds. Reasons may overlap each other, and what is open.
        """

    @property
    def zone(self) -> str | None:
        """
        Key of the one zone that all of it has in common, if there is one.
        """
        return next(iter(self.zones)) if len(self.zones) == 1 else None

    @property
    def workdays(self) -> Workdays:
        """
        The business days, in integers: for combined hours the dates with any working time.

        Raises:
            CalendarError: There is no zone whose days could be meant.
        """
        return _dates_of(self)

    def __or__(self, other: WorkingTime) -> WorkingTime:
        return _combined(Union, self, other)

    def __and__(self, other: WorkingTime) -> WorkingTime:
        return _combined(Intersection, self, other)

    def __sub__(self, other: WorkingTime) -> WorkingTime:
        return _combined(Difference, self, other)

    def during(self, start: dt.datetime | None, end: dt.datetime | None) -> WorkingTime:
        """
        Return the same hours within `[start, end)`, closed before and after.

        So versions make one calendar: `old.during(None, t) | new.during(t, None)`. Either may be
        `None`, for no bound. It is known to be closed where the bounds are all that is asked for.

        Raises:
            TypeError: A bound is no datetime.

            ValueError: A bound is naive.

            CalendarError: *end* does not come after *start*, or nothing is left.
        """
        return self if start is None and end is None else Clipped(self, start, end)

    def valid(
        self, since: dt.datetime | None = None, until: dt.datetime | None = None
    ) -> WorkingTime:
        """
        Return the same hours, known for `[since, until)` only: what needs more raises.

        So a calendar that has the holidays of some years does not answer for others.

        Raises:
            TypeError: A bound is no datetime.

            ValueError: A bound is naive.

            CalendarError: *until* does not come after *since*, or nothing is left.
        """
        return self if since is None and until is None else Bounded(self, since, until)

    def in_zone(self, zone: str) -> WorkingTime:
        """
        Return the same hours with business days of their own: the dates of *zone*.

        A date is a business day when there is any working time from its midnight to the next, and
        closes with the last of it, at midnight at the latest.

        Raises:
            TypeError: *zone* is neither a `str` nor a `ZoneInfo`.

            CalendarError: There is no such zone.
        """
        return InZone(self, zone)

    def close_of_business(self, start: dt.datetime, days: BusinessDays) -> DateTime:
        """
        Return when the last of *days* closes, counted from the day after that of *start*.

        Raises:
            TypeError: *days* are no business days.

            ValueError: They do not end at close of business; for that there is `end_of_days`.

            CalendarError: There are not so many, or no zone whose days could be meant.
        """
        if check_type(days, BusinessDays, "days").by is not DayMark.CLOSE:
            raise ValueError(f"days must end at close of business, else ask end_of_days: {days!r}")
        return self.end_of_days(start, days)

    def end_of_days(self, start: dt.datetime, days: BusinessDays) -> DateTime:
        """
        Return when *days* are over, counted from the day after that of *start*.

        Raises:
            TypeError: *days* are no business days.

            CalendarError: There are not so many, or no zone whose days could be meant.
        """
        check_type(days, BusinessDays, "days")
        return from_microseconds(days.end(microseconds(start, "start"), self.workdays))

    def labelled(self, start: int, end: int) -> Iterator[Labelled]:
        """
        Return the pieces of `[start, end)`, open or closed for one reason, in order without gaps.

        In whole UTC microseconds; where it is open the closure is `None`. Of several reasons at
        once holidays come before overrides, those before what was taken out, and that before
        outside hours; of several names it is that of the first part. What all calendars of an
        intersection must be open for is outside hours where it is so for one of them.

        Raises:
            CalendarError: The calendar does not reach that far.
        """
        spans = self.timeline.spans(start, end)
        reasons = sorted(self.why_closed(start, end), key=lambda layer: layer[2].rank)
        return topmost([*((*span, None) for span in spans), *reasons, (start, end, OUTSIDE_HOURS)])

    def periods(self, a: dt.datetime, b: dt.datetime) -> tuple[Period, ...]:
        """
        Return the pieces of `[a, b)`, open or closed for one reason, in order without gaps.

        Raises:
            ValueError: *b* comes before *a*.

            CalendarError: The calendar does not reach that far.
        """
        return tuple(
            Period(from_microseconds(start), from_microseconds(end), closure)
            for start, end, closure in self.labelled(*ordered(a, b))
        )

    def explain(self, a: dt.datetime, b: dt.datetime) -> tuple[str, ...]:
        """
        Return what happened from *a* to *b*, in sentences for a person to read.

        One for each stretch that is open, one for each that is closed: which holidays, overrides
        and exclusions lie in it, and how much working time each of them cost. The last one sums up.

        Raises:
            ValueError: *b* comes before *a*.

            CalendarError: The calendar does not reach that far.
        """
        return tuple(explained(self.labelled(*ordered(a, b)), self.zone))


def _combined(
    kind: type[Several | Difference], calendar: WorkingTime, other: object
) -> WorkingTime:
    return kind.of(calendar, other) if isinstance(other, WorkingTime) else NotImplemented


def _dates_of(calendar: WorkingTime) -> Workdays:
    if calendar.zone is None:
        several = f"there are several, {', '.join(sorted(calendar.zones))}"
        raise CalendarError(
            f"business days need one zone, and {several if calendar.zones else 'there is none'};"
            " say with in_zone() whose days are meant"
        )
    return Workdays.of(calendar.timeline, calendar.zone)


def _days_left(calendar: WorkingTime, timeline: Timeline) -> Workdays:
    """
    Return the business days of *calendar* on which *timeline* has any working time left.
    """
    days = calendar.workdays
    return Workdays(days.zone, partial(_with_hours, days, timeline))


def _with_hours(days: Workdays, timeline: Timeline, first: int) -> Iterator[Workday]:
    for day in days.since(first):
        spans = [*timeline.spans(day.opens, day.closes)]
        if spans:
            yield Workday(day.number, spans[0][0], spans[-1][1])


def _reasons(calendar: WorkingTime, start: int, end: int) -> Iterator[Layer[Closure]]:
    return special(calendar.labelled(start, end) if start < end else ())


def _start(at: dt.datetime | None) -> DateTime | None:
    return optional_utc(at, "start")


def _end(at: dt.datetime | None) -> DateTime | None:
    return optional_utc(at, "end")


def _since(at: dt.datetime | None) -> DateTime | None:
    return optional_utc(at, "since")


def _until(at: dt.datetime | None) -> DateTime | None:
    return optional_utc(at, "until")


def _operand(calendar: WorkingTime) -> str:
    return f"({calendar!r})" if isinstance(calendar, Several | Difference) else repr(calendar)


@attrs.frozen(repr=False)
class Combination(WorkingTime):
    """
    What other calendars come to. It knows what all of them know.
    """

    def __attrs_post_init__(self) -> None:
        if not ever_opens(self.timeline):
            raise CalendarError(f"a calendar that is never open: {self!r}")

    @property
    @abstractmethod
    def calendars(self) -> tuple[WorkingTime, ...]:
        """
        The calendars it is made of.
        """

    @abstractmethod
    def source(self, start: int, end: int) -> Iterable[Pair]:
        """
        Return the spans of working time in `[start, end)`, worked out anew.
        """

    @property
    def bounds(self) -> Pair:
        """
        The first microsecond it knows, and the first it no longer knows.
        """
        lines = [calendar.timeline for calendar in self.calendars]
        return max(line.start for line in lines), min(line.end for line in lines)

    @property
    def zones(self) -> frozenset[str]:
        """
        Keys of the zones whose days it is made of.
        """
        return frozenset(chain.from_iterable(calendar.zones for calendar in self.calendars))

    @cached_property
    def timeline(self) -> Timeline:
        """
        The same working time in integers, compiled as it is asked for.

        Raises:
            CalendarError: There is no time that all its calendars know.
        """
        start, end = self.bounds
        if start >= end:
            raise CalendarError(f"calendars that know no time in common: {self!r}")
        step = min(calendar.timeline.step for calendar in self.calendars)
        return BoundedTimeline(self.source, start, end, step)

    @cached_property
    def workdays(self) -> Workdays:
        """
        The business days, in integers: the dates with any working time.
        """
        return _dates_of(self)

    def why_closed(self, start: int, end: int) -> Iterable[Layer[Closure]]:
        """
        Return why time in `[start, end)` is closed in one of the calendars.
        """
        return chain.from_iterable(_reasons(it, start, end) for it in self.calendars)


@attrs.frozen(repr=False, cache_hash=True)
class Several(Combination):
    """
    Calendars of which the order does not matter.

    Attributes:
        calendars: The calendars, each once, in the order written.
    """

    symbol: ClassVar[str]
    calendars: tuple[WorkingTime, ...] = attrs.field(eq=frozenset)

    @classmethod
    def of(cls, *operands: WorkingTime) -> WorkingTime:
        """
        Return what *operands* come to, those of the same kind taken apart.
        """
        parts = dict.fromkeys(chain.from_iterable(map(cls._parts, operands)))
        return cls((*parts,)) if len(parts) > 1 else operands[0]

    @classmethod
    def _parts(cls, operand: WorkingTime) -> tuple[WorkingTime, ...]:
        return operand.calendars if isinstance(operand, cls) else (operand,)

    def __repr__(self) -> str:
        return f" {self.symbol} ".join(map(_operand, self.calendars))


class Union(Several):
    """
    Open where any of the calendars is.
    """

    __slots__ = ()
    symbol = "|"

    def source(self, start: int, end: int) -> Iterable[Pair]:
        """
        Return the spans of working time in `[start, end)`, worked out anew.
        """
        return merged(chain.from_iterable(it.timeline.source(start, end) for it in self.calendars))


class Intersection(Several):
    """
    Open where all of the calendars are.
    """

    __slots__ = ()
    symbol = "&"

    def source(self, start: int, end: int) -> Iterable[Pair]:
        """
        Return the spans of working time in `[start, end)`, worked out anew.
        """
        # Dated ones go first: where they have nothing, nobody needs to lay out a week.
        lines = sorted((it.timeline for it in self.calendars), key=lambda line: -line.step)
        return reduce(intersected, (line.source(start, end) for line in lines))

    def why_closed(self, start: int, end: int) -> Iterable[Layer[Closure]]:
        """
        Return why time in `[start, end)` is closed that is outside the hours of none of them.
        """
        pieces = chain.from_iterable(it.labelled(start, end) for it in self.calendars)
        closed = ((a, b, it) for a, b, it in pieces if it is not None)
        ranked = sorted(closed, key=lambda it: (it[2] != OUTSIDE_HOURS, it[2].rank))
        return special(topmost([*ranked, (start, end, None)]))


@attrs.frozen(repr=False, cache_hash=True)
class Difference(Combination):
    """
    Open where one calendar is and another is not.

    Attributes:
        whole: The calendar that is taken from.

        without: What is taken.
    """

    whole: WorkingTime
    without: WorkingTime

    @classmethod
    def of(cls, whole: WorkingTime, without: WorkingTime) -> WorkingTime:
        """
        Return what is left of *whole*.
        """
        return cls(whole, without)

    @property
    def calendars(self) -> tuple[WorkingTime, ...]:
        """
        The calendars it is made of.
        """
        return self.whole, self.without

    @cached_property
    def workdays(self) -> Workdays:
        """
        The business days of the whole on which something is left.
        """
        return _dates_of(self) if self.zone is None else _days_left(self.whole, self.timeline)

    def source(self, start: int, end: int) -> Iterable[Pair]:
        """
        Return the spans of working time in `[start, end)`, worked out anew.
        """
        taken = self.without.timeline.source(start, end)
        return intersected(self.whole.timeline.source(start, end), gaps(taken, start, end))

    def why_closed(self, start: int, end: int) -> Iterable[Layer[Closure]]:
        """
        Return why the whole is closed, and what was taken out of it.
        """
        taken = self.without.timeline.spans(start, end)
        yield from _reasons(self.whole, start, end)
        yield from excluded(intersected(self.whole.timeline.spans(start, end), taken))

    def __repr__(self) -> str:
        return f"{_operand(self.whole)} - {_operand(self.without)}"


@attrs.frozen(repr=False, cache_hash=True)
class Derived(Combination):
    """
    One calendar, seen in another way.

    Attributes:
        calendar: The calendar.
    """

    calendar: WorkingTime

    @property
    def calendars(self) -> tuple[WorkingTime, ...]:
        """
        The calendars it is made of.
        """
        return (self.calendar,)

    def source(self, start: int, end: int) -> Iterable[Pair]:
        """
        Return the spans of working time in `[start, end)`, worked out anew.
        """
        return self.calendar.timeline.source(start, end)


@attrs.frozen(repr=False, cache_hash=True)
class Clipped(Derived):
    """
    A calendar that is closed outside of `[start, end)`.

    Attributes:
        start: The first instant at which it holds; `None` for ever before.

        end: The first one at which it no longer holds; `None` for ever after.
    """

    start: DateTime | None = attrs.field(converter=_start)
    end: DateTime | None = attrs.field(converter=_end)

    def __attrs_post_init__(self) -> None:
        check_order("start", self.start, "end", self.end)
        Combination.__attrs_post_init__(self)

    @property
    def bounds(self) -> Pair:
        """
        The first microsecond it knows, and the first it no longer knows.
        """
        known = self.calendar.timeline
        start, end = bounded(self.start, self.end, known.start, known.end)
        return (
            TIME_START if self.start and known.start <= start else known.start,
            TIME_END if self.end and end <= known.end else known.end,
        )

    def source(self, start: int, end: int) -> Iterable[Pair]:
        """
        Return the spans of working time in `[start, end)`, worked out anew.
        """
        first, last = bounded(self.start, self.end, start, end)
        start, end = max(start, first), min(end, last)
        return self.calendar.timeline.source(start, end) if start < end else ()

    @cached_property
    def workdays(self) -> Workdays:
        """
        The business days of the calendar on which something is left.
        """
        return _days_left(self.calendar, self.timeline)

    def why_closed(self, start: int, end: int) -> Iterable[Layer[Closure]]:
        """
        Return why the calendar is closed while it holds, and when it is open while it does not.
        """
        known = self.calendar.timeline
        first, last = bounded(self.start, self.end, start, end)
        yield from _reasons(self.calendar, max(start, first), min(end, last))
        begins, ends = max(start, known.start), min(end, known.end)
        spans = [*known.spans(begins, ends)] if begins < ends else []
        yield from excluded(chain(clipped(spans, start, first), clipped(spans, last, end)))

    def __repr__(self) -> str:
        bounds = f"{pasted(self.start)}, {pasted(self.end)}"
        return f"{_operand(self.calendar)}.during({bounds})"


@attrs.frozen(repr=False, cache_hash=True)
class Bounded(Derived):
    """
    A calendar that is known for `[since, until)` only.

    Attributes:
        since: The first instant it answers for; `None` for as early as the calendar goes.

        until: The first one that it no longer answers for; `None` for as late as it goes.
    """

    since: DateTime | None = attrs.field(converter=_since)
    until: DateTime | None = attrs.field(converter=_until)

    def __attrs_post_init__(self) -> None:
        check_order("since", self.since, "until", self.until)
        Combination.__attrs_post_init__(self)

    @property
    def bounds(self) -> Pair:
        """
        The first microsecond it knows, and the first it no longer knows.
        """
        known = self.calendar.timeline
        since, until = bounded(self.since, self.until, known.start, known.end)
        return max(since, known.start), min(until, known.end)

    @cached_property
    def workdays(self) -> Workdays:
        """
        The business days of the calendar, as far as they are known.
        """
        return Workdays(self.calendar.workdays.zone, self._known_days)

    def _known_days(self, first: int) -> Iterator[Workday]:
        workdays = self.calendar.workdays
        for day in workdays.since(first):
            self.timeline.compiled(workdays.instant(first, 0), day.closes)
            yield day

    def __repr__(self) -> str:
        bounds = {"since": self.since, "until": self.until}
        given = ", ".join(f"{name}={pasted(at)}" for name, at in bounds.items() if at)
        return f"{_operand(self.calendar)}.valid({given})"


@attrs.frozen(repr=False, cache_hash=True)
class InZone(Derived):
    """
    A calendar whose business days are the dates of a zone.

    Attributes:
        zone: Key of the zone.
    """

    zone: str = attrs.field(converter=zone_key)

    @property
    def zones(self) -> frozenset[str]:
        """
        Key of the zone, whatever those of the calendar.
        """
        return frozenset({self.zone})

    @cached_property
    def timeline(self) -> Timeline:
        """
        That of the calendar itself.
        """
        return self.calendar.timeline

    def __repr__(self) -> str:
        return f"{_operand(self.calendar)}.in_zone({self.zone!r})"


def check_calendar(value: object, name: str) -> WorkingTime:
    """
    Return *value* if it is a calendar, or what several come to.

    Raises:
        TypeError: It is something else.
    """
    if isinstance(value, WorkingTime):
        return value
    raise TypeError(f"{name} must be a calendar, not {shown(value)}")
