"""
When work that depends on other work is done: the critical path, under the hours of all involved.
"""

from __future__ import annotations

from datetime import timedelta
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING

import attrs

from pendulum import DateTime

from itil_ops.catalog.task import cycle_in
from itil_ops.kernel.checks import check_distinct_names, check_text, several
from itil_ops.kernel.instant import optional_utc, utc
from itil_ops.sla.hours.calendar import ALWAYS_OPEN
from itil_ops.sla.hours.duration import Duration, check_duration, end_of
from itil_ops.sla.hours.working_time import WorkingTime, check_calendar


if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime


_MICROSECOND = timedelta(microseconds=1)


def _depends_on(values: Iterable[str]) -> tuple[str, ...]:
    return check_distinct_names(values, "depends_on")


def _begun_at(value: datetime | None) -> DateTime | None:
    return optional_utc(value, "begun_at")


def _ended_at(value: datetime | None) -> DateTime | None:
    return optional_utc(value, "ended_at")


@attrs.frozen(kw_only=True)
class Work:
    """
    Something that takes time, and may have to wait for other work.

    Attributes:
        name: What it is known by.

        depends_on: Names of what has to be over before.

        duration: How long it takes.

        calendar: The hours in which it is done.

        begun_at: When it was begun, once it was.

        ended_at: When it was over, once it was.

    Raises:
        TypeError: An attribute is of another type.

        ValueError: A name is blank, a duration negative, an instant naive, or the end before the
            beginning.
    """

    name: str
    depends_on: tuple[str, ...] = attrs.field(default=(), converter=_depends_on)
    duration: Duration = timedelta()
    calendar: WorkingTime = attrs.field(default=ALWAYS_OPEN, repr=False)
    begun_at: DateTime | None = attrs.field(default=None, converter=_begun_at)
    ended_at: DateTime | None = attrs.field(default=None, converter=_ended_at)

    def __attrs_post_init__(self) -> None:
        check_text(self.name, "a name of work")
        check_duration(self.duration, "duration")
        check_calendar(self.calendar, "calendar")
        if self.begun_at and self.ended_at and self.ended_at < self.begun_at:
            raise ValueError(
                f"work {self.name!r}: ended_at {self.ended_at.isoformat()} must not come before"
                f" begun_at {self.begun_at.isoformat()}"
            )

    def start(self, earliest: DateTime) -> DateTime:
        """
        Return when it begins, or began, if it can begin at *earliest*.
        """
        begun = self.begun_at or self.ended_at
        return earliest if begun is None else begun

    def end(self, earliest: DateTime, at: DateTime) -> DateTime:
        """
        Return when it is over, if it can begin at *earliest*; seen from *at*, not before that.
        """
        if self.ended_at is not None:
            return self.ended_at
        return max(at, end_of(self.duration, self.start(earliest), self.calendar))


@attrs.frozen(kw_only=True)
class PlannedWork:
    """
    When something is expected to be done.

    Attributes:
        name: What.

        starts_at: When it begins, or began.

        ends_at: When it is over, or was.

        latest_end: When it has to be over at the latest, for the whole to be done as soon as
            possible.

        slack: The working time, in its own hours, by which it may be late. It is exact unless the
            work, or some that waits for it, takes business days or lasts until an opening: then it
            may well be more.

        is_critical: Whether the whole is late if it is late. What is over is not critical.
    """

    name: str
    starts_at: DateTime
    ends_at: DateTime
    latest_end: DateTime
    slack: timedelta
    is_critical: bool


@attrs.frozen(kw_only=True)
class Schedule:
    """
    When a whole of work is expected to be done.

    Attributes:
        work: Each piece, in an order in which it can be done.

        ends_at: When all of it is over.
    """

    work: tuple[PlannedWork, ...]
    ends_at: DateTime

    @property
    def critical_path(self) -> tuple[str, ...]:
        """
        Names of the work that makes the whole late if it is late, in order.
        """
        return tuple(one.name for one in self.work if one.is_critical)

    def __getitem__(self, name: str) -> PlannedWork:
        """
        Return when the work called *name* is expected to be done.

        Raises:
            KeyError: There is none.
        """
        for one in self.work:
            if one.name == name:
                return one
        raise KeyError(name)


def schedule(work: Iterable[Work], at: datetime) -> Schedule:
    """
    Return when *work* is done as seen from *at*, if everybody begins as soon as possible.

    >>> import pendulum
    >>> t0 = pendulum.datetime(2026, 3, 2, 9)
    >>> hour = timedelta(hours=1)
    >>> plan = schedule(
    ...     [
    ...         Work(name="order", duration=4 * hour),
    ...         Work(name="account", duration=hour),
    ...         Work(name="install", duration=hour, depends_on=["order", "account"]),
    ...     ],
    ...     t0,
    ... )
    >>> plan.ends_at.isoformat(), plan.critical_path, plan["account"].slack
    ('2026-03-02T14:00:00+00:00', ('order', 'install'), datetime.timedelta(seconds=10800))

    Args:
        work: What is to be done; what it depends on is among it.

        at: From when on what has not begun can begin.

    Raises:
        TypeError: An argument is of another type.

        ValueError: Work waits for itself, or for what is not there, or is named twice; or *at* is
            naive.

        CalendarError: A calendar does not reach that far.
    """
    now = utc(at)
    given = several(work, Work, "work")
    pieces = {one.name: one for one in given}
    if len(pieces) < len(given):
        raise ValueError(f"work is named twice: {', '.join(one.name for one in given)}")
    order = _in_order(pieces)
    starts: dict[str, DateTime] = {}
    ends: dict[str, DateTime] = {}
    for name in order:
        piece = pieces[name]
        earliest = max([now, *(ends[other] for other in piece.depends_on)])
        starts[name] = piece.start(earliest)
        ends[name] = piece.end(earliest, now)
    latest = _latest([pieces[name] for name in order], starts, ends)
    return Schedule(
        work=tuple(
            _planned(pieces[name], starts[name], ends[name], latest[name]) for name in order
        ),
        ends_at=max(ends.values(), default=now),
    )


def _in_order(pieces: Mapping[str, Work]) -> tuple[str, ...]:
    graph = {name: one.depends_on for name, one in pieces.items()}
    unknown = {name for names in graph.values() for name in names} - graph.keys()
    if unknown:
        raise ValueError(f"work depends on what is not there: {', '.join(sorted(unknown))}")
    cycle = cycle_in(graph)
    if cycle:
        raise ValueError(f"work waits for itself: {' after '.join(cycle)}")
    return tuple(TopologicalSorter(graph).static_order())


def _latest(
    work: Sequence[Work], starts: Mapping[str, DateTime], ends: Mapping[str, DateTime]
) -> dict[str, DateTime]:
    """
    Return by when each of *work*, which is in order, has to be over so that nothing ends later.
    """
    found = dict.fromkeys(ends, max(ends.values())) if ends else {}
    for piece in reversed(work):
        # What has begun waits for nothing any more.
        if piece.begun_at is None and piece.ended_at is None:
            start = starts[piece.name]
            takes = piece.calendar.between(start, ends[piece.name])
            begin = max(start, _latest_begin(takes, found[piece.name], piece.calendar))
            found |= {other: min(found[other], begin) for other in piece.depends_on}
    return found


def _latest_begin(takes: timedelta, end: DateTime, calendar: WorkingTime) -> DateTime:
    if takes or calendar.is_open(end):
        return calendar.subtract(end, takes)
    # What takes no time is over at the first working instant: one just before the closing will do.
    return calendar.previous_close(end) - _MICROSECOND


def _planned(piece: Work, start: DateTime, end: DateTime, latest: DateTime) -> PlannedWork:
    slack = piece.calendar.between(end, latest)
    is_over = piece.ended_at is not None
    return PlannedWork(
        name=piece.name,
        starts_at=start,
        ends_at=end,
        latest_end=latest,
        slack=slack,
        is_critical=not is_over and slack <= timedelta(),
    )
