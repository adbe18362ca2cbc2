"""
Zones: their names, and what the clocks on their walls show.
"""

from __future__ import annotations

import datetime as dt

from bisect import bisect_left, bisect_right
from difflib import get_close_matches
from itertools import pairwise
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo, available_timezones

import attrs

from itil_ops.errors import CalendarError
from itil_ops.kernel.checks import check_type
from itil_ops.kernel.instant import DAY, SECOND
from itil_ops.sla.hours.timeline import TIME_END, TIME_START


if TYPE_CHECKING:
    from collections.abc import Iterator


_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_DAY = DAY // SECOND

# In no zone have two changes ever been less than 3.9 days apart (Africa/Freetown, 1939). So looking
# every second day misses none.
_STEP = 2 * _DAY


def zone_key(written: str | ZoneInfo) -> str:
    """
    Return the key of the zone that is meant by *written*.

    Raises:
        TypeError: It is neither a `str` nor a `ZoneInfo`.

        CalendarError: There is no such zone, or it has no key.

    >>> zone_key("Europe/Londres")
    Traceback (most recent call last):
    ...
    itil_ops.errors.CalendarError: no zone 'Europe/Londres'; nearest: 'Europe/London'...
    """
    key = written.key if isinstance(written, ZoneInfo) else check_type(written, str, "zone")
    if key is None:
        raise CalendarError(f"{written!r} has no key, and a calendar knows its zone by that")
    try:
        return ZoneInfo(key).key
    except (KeyError, ValueError, OSError):
        raise CalendarError(f"no zone {key!r}{_nearest(key)}") from None


def offset_at(zone: ZoneInfo, at: int) -> int:
    """
    Return what *zone* adds to UTC at *at*, in microseconds.
    """
    return _offset(zone, at // SECOND) * SECOND


@attrs.frozen(eq=False)
class WallClock:
    """
    The wall clock of a zone over a stretch of time.

    Wall time is written as an instant is, in microseconds from 1970-01-01T00:00, but of the
    wall's own. Between two changes of the clock the two differ by a fixed offset.
    """

    _borders: tuple[int, ...]  # the beginning of time, the changes, the end of time
    _offsets: tuple[int, ...]  # what holds between each border and the next
    _before: tuple[int, ...]  # what the wall showed when a change came
    _after: tuple[int, ...]  # what it showed from then on

    @classmethod
    def of(cls, zone: ZoneInfo, start: int, end: int) -> WallClock:
        """
        Look up the changes of *zone* from *start* to *end*.
        """
        found = tuple(_changes(zone, start // SECOND, end // SECOND))
        changes = tuple(at for at, _ in found)
        offsets = (offset_at(zone, start), *(offset for _, offset in found))
        return cls(
            (TIME_START, *changes, TIME_END),
            offsets,
            tuple(map(int.__add__, changes, offsets)),
            tuple(map(int.__add__, changes, offsets[1:])),
        )

    def opening(self, wall: int) -> int:
        """
        Return the first instant at which the clock shows *wall* or more.

        Of a time that occurs twice that is the first, of one that is skipped the end of the gap.
        """
        i = bisect_right(self._before, wall)
        return max(self._borders[i], wall - self._offsets[i])

    def closing(self, wall: int) -> int:
        """
        Return the instant after which the clock shows more than *wall* for good.

        Of a time that occurs twice that is the second, of one that is skipped the end of the gap.
        """
        i = bisect_right(self._after, wall)
        return min(self._borders[i + 1], wall - self._offsets[i])


def _changes(zone: ZoneInfo, start: int, end: int) -> Iterator[tuple[int, int]]:
    """
    Yield the instant of each change and the offset that it brings.
    """
    looks = ((at, _offset(zone, at)) for at in range(start, end + _STEP, _STEP))
    for (at, before), (ahead, after) in pairwise(looks):
        if before != after:
            yield _first(zone, after, range(at, ahead)) * SECOND, after * SECOND


def _first(zone: ZoneInfo, offset: int, seconds: range) -> int:
    return seconds.start + bisect_left(seconds, x=True, key=lambda at: _offset(zone, at) == offset)


def _offset(zone: ZoneInfo, at: int) -> int:
    # Not `fromtimestamp`, which on some systems refuses what comes before 1970.
    there = (_EPOCH + dt.timedelta(0, at)).astimezone(zone)
    offset = cast("dt.timedelta", zone.utcoffset(there))
    return offset.days * _DAY + offset.seconds


def _nearest(key: str) -> str:
    nearest = get_close_matches(key, available_timezones())
    return "; nearest: " + ", ".join(map(repr, nearest)) if nearest else ""
