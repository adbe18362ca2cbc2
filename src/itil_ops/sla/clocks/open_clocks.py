"""
Many running clocks at once, in columns: which of them breach within the hour?
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

import attrs

from itil_ops.kernel.checks import check_type
from itil_ops.kernel.instant import utc
from itil_ops.sla.clocks.clock import SlaClock
from itil_ops.sla.clocks.draft import ClockState
from itil_ops.sla.hours.batch import Rows, ask_add, ask_between, ask_pass
from itil_ops.sla.hours.column import (
    Integers,
    Lengths,
    Moments,
    check_none,
    numpy,
    read_amounts,
    read_instant,
    read_instants,
)
from itil_ops.sla.hours.working_time import WorkingTime, check_calendar


if TYPE_CHECKING:
    import datetime as dt

    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from itil_ops.sla.hours.batch import Question
    from itil_ops.sla.hours.column import Amounts, Booleans, Instants
    from itil_ops.sla.hours.timeline import Timeline


def _check_running(clock: SlaClock, place: int) -> None:
    state = check_type(clock, SlaClock, f"clocks[{place}]").state
    if state is not ClockState.RUNNING:
        raise ValueError(f"clocks[{place}] must be running, not {state}")
    if clock.promises[-1].deadline is not None:
        raise ValueError(f"clocks[{place}] must not have a due time that a person fixed")


def _read_calendars(calendars: Iterable[WorkingTime]) -> tuple[WorkingTime, ...]:
    return tuple(check_calendar(calendar, "each of calendars") for calendar in calendars)


def _read_index(values: Integers | Sequence[int]) -> Integers:
    found: Integers = numpy().asarray(values)
    if found.size and found.dtype.kind not in "iu":
        raise TypeError(f"calendar_index must be integers, not {found.dtype}")
    return _fixed(found.astype("i8"))


def _read_since(values: Instants) -> Moments:
    return _fixed(read_instants(values, "counting_since").astype("M8[us]"))


def _read_left(values: Amounts) -> Lengths:
    return _fixed(read_amounts(values, "left").astype("m8[us]"))


def _fixed(column: NDArray[Any]) -> NDArray[Any]:
    column.setflags(write=False)
    return column


@attrs.frozen(eq=False, repr=False)
class OpenClocks:
    """
    Many running clocks at once, in columns: which of them breach within the hour?

    Each takes 24 bytes. An answer takes what it holds, and a few columns more while it is found.

    Attributes:
        calendars: The calendars that they count in.

        calendar_index: Which of those each counts in, from 0.

        counting_since: Since when each counts without a pause.

        left: The working time that each had left then. Of zero, it is used up at once.

    >>> from datetime import UTC, datetime, timedelta
    >>> from itil_ops.sla.hours.calendar import ALWAYS_OPEN
    >>> noon, hour = datetime(2026, 3, 2, 12, tzinfo=UTC), timedelta(hours=1)
    >>> clocks = OpenClocks([ALWAYS_OPEN], [0, 0], [noon, noon], [hour, 8 * hour])
    >>> clocks.breaching(noon, noon + 2 * hour).tolist()
    [True, False]
    """

    calendars: tuple[WorkingTime, ...] = attrs.field(converter=_read_calendars)
    calendar_index: Integers = attrs.field(converter=_read_index)
    counting_since: Moments = attrs.field(converter=_read_since)
    left: Lengths = attrs.field(converter=_read_left)

    def __attrs_post_init__(self) -> None:
        shapes = [self.calendar_index.shape, self.counting_since.shape, self.left.shape]
        if len(shapes[0]) != 1 or len({*shapes}) != 1:
            shown = ", ".join(map(str, shapes))
            raise ValueError(f"the columns of clocks must be rows of one length, not {shown}")
        count = len(self.calendars)
        bad = (self.calendar_index < 0) | (self.calendar_index >= count)
        check_none(bad, self.calendar_index, "calendar_index", f"be one of {count} calendars")

    @classmethod
    def of(cls, clocks: Iterable[SlaClock], at: dt.datetime) -> Self:
        """
        Return what *clocks*, which all run, have left at *at*, each in its own calendar.

        One that has missed its target already has had nothing left since then.

        Raises:
            TypeError: One of them is no clock.

            ValueError: One of them does not run, or has a due time that a person fixed.
        """
        now, since, index, left = utc(at), [], [], []
        calendars: dict[WorkingTime, int] = {}
        for place, clock in enumerate(clocks):
            _check_running(clock, place)
            index.append(calendars.setdefault(clock.target.calendar, len(calendars)))
            missed = clock.breached_at if clock.is_breached(now) else None
            since.append(missed or max(now, clock.started_at))
            left.append(timedelta() if missed else clock.remaining(now))
        return cls(calendars, index, since, left)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, OpenClocks):
            return NotImplemented
        return self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __len__(self) -> int:
        return len(self.left)

    def __repr__(self) -> str:
        return f"<{len(self)} OpenClocks in {len(self.calendars)} calendars>"

    def due(self) -> Moments:
        """
        Return when each is used up: the earliest such instant, which may be a closing time.

        Raises:
            CalendarError: There is not so much working time as far as a calendar goes.
        """
        return self._asked(ask_add).view("M8[us]")

    def breached_at(self) -> Moments:
        """
        Return when each passes its target: when it is due, or at the opening after that.

        Exactly then nothing more than the target has elapsed; it is told one microsecond later.

        Raises:
            CalendarError: There is not so much working time as far as a calendar goes.
        """
        return self._asked(ask_pass).view("M8[us]")

    def breaching(self, a: dt.datetime, b: dt.datetime) -> Booleans:
        """
        Return which of them pass their targets in `[a, b)`, as `breached_at` has it.

        Raises:
            ValueError: *b* comes before *a*.

            CalendarError: A calendar does not reach as far.
        """
        start, end = read_instant(a, "a"), read_instant(b, "b")
        if end < start:
            raise ValueError(f"b {b} must not come before a {a}")

        def passes(timeline: Timeline, rows: Rows) -> Integers:
            left, spent = rows.columns[1], ask_between(timeline, rows.until(start))
            ahead = timeline.between(start, end)
            found: Integers = ((spent <= left) & (left < spent + ahead)).astype("i8")
            return found

        return self._asked(passes).astype(bool)

    def left_at(self, at: dt.datetime) -> Lengths:
        """
        Return the working time that each has left at *at*, negative once it is used up.

        Of one that counts only from later on it is what it has then.

        Raises:
            CalendarError: A calendar does not reach as far.
        """
        instant = read_instant(at, "at")

        def remains(timeline: Timeline, rows: Rows) -> Integers:
            left: Integers = rows.columns[1] - ask_between(timeline, rows.until(instant)).clip(
                min=0
            )
            return left

        return self._asked(remains).view("m8[us]")

    @property
    def _value(self) -> tuple[object, ...]:
        columns = (self.calendar_index, self.counting_since, self.left)
        return (self.calendars, *(column.tobytes() for column in columns))

    def _asked(self, question: Question) -> Integers:
        """
        Ask about the clocks of each calendar together.
        """
        found: Integers = numpy().empty(len(self), "i8")
        since, left = self.counting_since.view("i8"), self.left.view("i8")
        for calendar, where in zip(self.calendars, self._by_calendar(), strict=True):
            rows = Rows(since[where], left[where], places=where, whole=since.shape)
            found[where] = rows.asked_of(calendar.timeline, question)
        return found

    def _by_calendar(self) -> list[Integers]:
        np, count = numpy(), len(self.calendars)
        # Two bytes are sorted ten times as fast as eight.
        narrow = self.calendar_index.astype("u2" if count <= 2**16 else "i8")
        ends = np.bincount(self.calendar_index, minlength=count).cumsum()
        found: list[Integers] = np.split(narrow.argsort(kind="stable"), ends)
        return found[:count]
