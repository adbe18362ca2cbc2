"""
Repeats: which incidents follow on similar ones, and which come back after a fix.

Each record must be handed in once. What was dropped (cancelled, say) counts nowhere. Where there is
nothing to divide by, there is no figure: never 0.
"""

from __future__ import annotations

import operator

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

import attrs

from pendulum import DateTime

from itil_ops.kernel.checks import did_you_mean, several
from itil_ops.kernel.identity import RecordId
from itil_ops.kernel.instant import DAY, from_microseconds, length, microseconds
from itil_ops.kernel.record import Record
from itil_ops.problem.recurrence import InstantOf, check_window, logged_at
from itil_ops.problem.similarity import (
    DEFAULT_SIMILARITY_KEYS,
    Likeness,
    SimilarityKeyLike,
    check_key,
    check_keys,
    found_by,
)
from itil_ops.problem.trends import counted, counted_at, share_of


if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime


R = TypeVar("R", bound=Record)


@attrs.frozen
class _Incident:
    """
    What is read of an incident.
    """

    at: int
    id: RecordId
    alike: tuple[Likeness, ...]

    @classmethod
    def of(
        cls, record: R, keys: Iterable[SimilarityKeyLike[R]], instant: InstantOf[R]
    ) -> _Incident:
        return cls(counted_at(record, instant), record.id, found_by(keys, record))

    @property
    def order(self) -> tuple[int, str]:
        return self.at, str(self.id)


# ---- What repeats ---------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class RepeatRow:
    """
    The incidents of one likeness, and which of them repeat.

    Attributes:
        likeness: What they have in common.

        count: How many they are.

        repeats: How many of them followed on one within the window.
    """

    likeness: Likeness
    count: int
    repeats: int


@attrs.frozen(kw_only=True)
class RepeatReport:
    """
    Incidents that followed on a similar one within a window.

    Attributes:
        window: The window.

        rows: A row for each likeness, the one with the most repeats first; then by text.

        repeats: The incidents that repeat, each once, in order of time.

        counted: How many incidents there were.

        unknown: How many of them the key says nothing of; they repeat nothing.
    """

    window: timedelta
    rows: tuple[RepeatRow, ...]
    repeats: tuple[RecordId, ...]
    counted: int
    unknown: int

    @property
    def share(self) -> float | None:
        """
        The part of those with a key that repeat, from 0 to 1; `None` where there are none.
        """
        return share_of(len(self.repeats), self.counted - self.unknown)


def repeats(
    records: Iterable[R],
    key: SimilarityKeyLike[R],
    window: timedelta,
    *,
    instant: InstantOf[R] = logged_at,
) -> RepeatReport:
    """
    Return which incidents followed on a similar one that was seen before in the window.

    An incident exactly a window before another is not within it. Of one instant, the smaller id
    comes before.

    Args:
        records: The incidents, in any order.

        key: What makes them similar.

        window: How close on each other they follow.

        instant: Which of its instants an incident counts at; when it was logged unless given.

    Raises:
        TypeError: Something is of another type.

        ValueError: The window is not positive, or incidents have no field that the key names.
    """
    check_window(window)
    found = [_Incident.of(it, (check_key(key),), instant) for it in counted(records)]
    again = _repeating(sorted(found, key=operator.attrgetter("order")), length(window))
    counts = Counter(likeness for incident in found for likeness in incident.alike)
    repeated = Counter(likeness for _, alike in again for likeness in alike)
    ranked = sorted(counts, key=lambda it: (-repeated[it], it.text, it.values))
    return RepeatReport(
        window=window,
        rows=tuple(RepeatRow(likeness=it, count=counts[it], repeats=repeated[it]) for it in ranked),
        repeats=tuple(incident.id for incident, _ in again),
        counted=len(found),
        unknown=sum(not incident.alike for incident in found),
    )


def _repeating(incidents: Iterable[_Incident], span: int) -> list[tuple[_Incident, list[Likeness]]]:
    last: dict[Likeness, int] = {}
    found = []
    for incident in incidents:
        followed = [it for it in incident.alike if it in last and last[it] > incident.at - span]
        if followed:
            found.append((incident, followed))
        last |= dict.fromkeys(incident.alike, incident.at)
    return found


# ---- What comes back after a fix ------------------------------------------------------------


@attrs.frozen(kw_only=True)
class RecurrenceAfterFix:
    """
    Incidents like those of a problem, before and after it was fixed: what the fix prevented.

    Attributes:
        since: Where the time before begins.

        fixed_at: Where it ends, and the time after begins.

        until: Where that ends.

        before: The incidents before, in order of time.

        after: The incidents after, in order of time: those that came back.
    """

    since: DateTime
    fixed_at: DateTime
    until: DateTime
    before: tuple[RecordId, ...]
    after: tuple[RecordId, ...]

    @property
    def rate_before(self) -> float | None:
        """
        Incidents a day before the fix; `None` where there was no time before.
        """
        return _a_day(self.before, self.since, self.fixed_at)

    @property
    def rate_after(self) -> float | None:
        """
        Incidents a day after the fix; `None` where there was no time after.
        """
        return _a_day(self.after, self.fixed_at, self.until)

    @property
    def prevented_share(self) -> float | None:
        """
        The part of the incidents a day that no longer come: 1 for all, 0 for none, less for more.

        `None` where there were none before, or there was no time after.
        """
        if not self.rate_before or self.rate_after is None:
            return None
        return 1 - self.rate_after / self.rate_before


def _a_day(incidents: tuple[RecordId, ...], start: DateTime, end: DateTime) -> float | None:
    return share_of(len(incidents) * DAY, microseconds(end) - microseconds(start))


def recurrence_after_fix(
    records: Iterable[R],
    likenesses: Iterable[Likeness],
    *,
    fixed_at: datetime,
    since: datetime | None = None,
    until: datetime | None = None,
    keys: Iterable[SimilarityKeyLike[R]] = DEFAULT_SIMILARITY_KEYS,
    instant: InstantOf[R] = logged_at,
) -> RecurrenceAfterFix:
    """
    Return which incidents like those of a problem came before and after it was fixed.

    Args:
        records: The incidents, in any order; those of other kinds help to know the time.

        likenesses: What the problem's incidents have in common, as `likenesses` tells it; any one
            will do.

        fixed_at: When it was resolved, which belongs to the time after.

        since: Where the time before begins; with the earliest of *records* unless given.

        until: Where the time after ends; with the latest of *records*, which counts, unless given.

        keys: The keys of the likenesses.

        instant: Which of its instants an incident counts at; when it was logged unless given.

    Raises:
        TypeError: Something is of another type.

        ValueError: There is no likeness, one is of another key, or the instants do not ascend.
    """
    wanted, keys = _wanted(likenesses, check_keys(keys)), check_keys(keys)
    fixed = microseconds(fixed_at, "fixed_at")
    start = fixed if since is None else microseconds(since, "since")
    end = fixed if until is None else microseconds(until, "until")
    if not start <= fixed <= end:
        raise ValueError(f"since, fixed_at and until must ascend: {since}, {fixed_at}, {until}")
    found = [_Incident.of(record, keys, instant) for record in counted(records)]
    found.sort(key=operator.attrgetter("order"))
    if found and since is None:
        start = min(found[0].at, fixed)
    if found and until is None:
        end = max(found[-1].at, fixed)
    similar = [incident for incident in found if not wanted.isdisjoint(incident.alike)]
    return RecurrenceAfterFix(
        since=from_microseconds(start),
        fixed_at=from_microseconds(fixed),
        until=from_microseconds(end),
        before=tuple(it.id for it in similar if start <= it.at < fixed),
        after=tuple(it.id for it in similar if fixed <= it.at and (until is None or it.at < end)),
    )


def _wanted(
    likenesses: Iterable[Likeness], keys: tuple[SimilarityKeyLike[R], ...]
) -> frozenset[Likeness]:
    found = frozenset(several(likenesses, Likeness, "likenesses"))
    names = [key.name for key in keys]
    for likeness in found:
        if likeness.key not in names:
            advice = did_you_mean(likeness.key, names, f"there are {names}")
            raise ValueError(f"no key {likeness.key!r} to be similar by; {advice}")
    if not found:
        raise ValueError("likenesses must name at least one: like what are incidents to be?")
    return found
