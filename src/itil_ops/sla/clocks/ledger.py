"""
The ledger of a clock: what became of every microsecond of its time, and whom it is down to.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import chain, groupby, pairwise
from operator import itemgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, Self, TypeAlias, cast

import attrs

from pendulum import DateTime

from itil_ops.kernel.checks import check_optional, check_type, several
from itil_ops.kernel.instant import from_microseconds, microseconds
from itil_ops.kernel.record import Record
from itil_ops.kernel.table import Phase
from itil_ops.kernel.vocabulary import PendingReason
from itil_ops.sla.clocks.pieces import Piece, pieces
from itil_ops.sla.promises.fact import OVER, Fact, facts


if TYPE_CHECKING:
    from itil_ops.sla.clocks.clock import SlaClock
    from itil_ops.sla.hours.algebra import Layer


class SegmentKind(StrEnum):
    """
    What became of a time. Closed time costs nothing, whatever else was so.
    """

    COUNTED = "counted"
    """It counted, or was forgiven since."""

    PAUSED = "paused"
    """It would have counted, but for a pause."""

    OUTSIDE_HOURS = "outside_hours"
    """There were no opening hours."""

    HOLIDAY = "holiday"
    """A holiday fell on the usual hours."""

    OVERRIDE = "override"
    """The usual hours of the day were replaced."""

    EXCLUDED = "excluded"
    """It was taken out of hours that are open."""

    RESOLVED = "resolved"
    """The clock was stopped, reopened later or not."""

    CANCELLED = "cancelled"
    """The clock was cancelled."""


class Party(StrEnum):
    """
    Whom a time is down to, for reports: to the customer the provider answers for its suppliers too.
    """

    PROVIDER = "provider"
    CUSTOMER = "customer"
    SUPPLIER = "supplier"

    NOBODY = "nobody"
    """There was nothing left to do."""


#: Whom a wait is down to; any reason that is not in here is the provider's.
PARTIES: Mapping[PendingReason, Party] = MappingProxyType(
    {
        PendingReason.AWAITING_CALLER: Party.CUSTOMER,
        PendingReason.AWAITING_CUSTOMER: Party.CUSTOMER,
        PendingReason.AWAITING_SUPPLIER: Party.SUPPLIER,
    }
)

#: What a ledger can be summed up by.
DIMENSIONS = ("kind", "reason", "holiday", "party", "group", "assignee", "line")

Value: TypeAlias = SegmentKind | PendingReason | Party | str | None


@attrs.frozen
class Segment:
    """
    A time of which all is told alike, from *start* until just before *end*.

    Attributes:
        start: When it begins.

        end: The first instant at which it is over.

        kind: What became of it.

        reason: Why work waited, open hours or not: what the pause says, else what the record says,
            whose wait need not pause this clock. `None` where it did not wait, or nobody knows.

        holiday: Name of the holiday, where it is one with a name.

        party: Whom it is down to; `None` without a record.

        group: The group that the record was with.

        assignee: The person that it was with.

        line: The support line that it was with.
    """

    start: DateTime
    end: DateTime
    kind: SegmentKind
    reason: PendingReason | None = None
    holiday: str | None = None
    party: Party | None = None
    group: str | None = None
    assignee: str | None = None
    line: str | None = None

    @property
    def duration(self) -> timedelta:
        """
        How long it is, by a clock on the wall.
        """
        return timedelta(0, 0, microseconds(self.end) - microseconds(self.start))


def _segments(values: Iterable[Segment]) -> tuple[Segment, ...]:
    return several(values, Segment, "segments")


@attrs.frozen
class Ledger:
    """
    All the time since a clock was started, in segments without gap or overlap.

    It goes on after the end of the clock, so that it always adds up to the time on the wall.
    Working time is what counted and what was paused: each promise is measured in its own hours.

    >>> import pendulum
    >>> from itil_ops.sla import SlaClock, Target, TargetKind
    >>> t0 = pendulum.datetime(2026, 3, 2, 9)
    >>> clock = SlaClock.start(Target(TargetKind.RESOLUTION, timedelta(hours=4)), at=t0)
    >>> clock = clock.pause(at=t0.add(hours=1)).resume(at=t0.add(hours=3))
    >>> for segment in Ledger.of(clock, t0.add(hours=5)):
    ...     print(segment.kind, segment.duration)
    counted 1:00:00
    paused 2:00:00
    counted 2:00:00

    Attributes:
        segments: The segments, in order.

    Raises:
        TypeError: One of them is no segment.

        ValueError: One does not begin where the one before it ends.
    """

    segments: tuple[Segment, ...] = attrs.field(converter=_segments)

    def __attrs_post_init__(self) -> None:
        for before, after in pairwise(self.segments):
            if after.start != before.end:
                raise ValueError(
                    f"a segment from {after.start} must begin where the one before it ends,"
                    f" at {before.end}"
                )

    @classmethod
    def of(
        cls,
        clock: SlaClock,
        at: datetime,
        record: Record | None = None,
        *,
        parties: Mapping[PendingReason, Party] = PARTIES,
    ) -> Self:
        """
        Return the ledger of *clock* up to *at*, by the facts up to then; empty before the start.

        Time that was forgiven with a new target has counted all the same: only what is held
        against the target differs. An end, a pause or a target after *at* does not show.

        Args:
            clock: The clock.

            at: The first instant that is left out.

            record: The record that it is a clock of: tells whom each time is down to.

            parties: Whom a wait is down to; any reason that is not in it is the provider's.

        Raises:
            TypeError: An argument is of another type.

            ValueError: *at* is naive.

            CalendarError: A calendar does not reach that far.
        """
        until = microseconds(at)
        check_optional(record, Record, "record")
        _check_parties(parties)
        return cls(_joined(_labelled(_fates(clock, until), record, parties)))

    def __iter__(self) -> Iterator[Segment]:
        return iter(self.segments)

    def __len__(self) -> int:
        return len(self.segments)

    @property
    def wall_time(self) -> timedelta:
        """
        All of it, by a clock on the wall; unlike that of a clock it does not cease with its end.
        """
        return sum((segment.duration for segment in self.segments), timedelta())

    @property
    def counted(self) -> timedelta:
        """
        The working time that counted, forgiven or not.
        """
        return self.total(SegmentKind.COUNTED)

    @property
    def paused(self) -> timedelta:
        """
        The working time that would have counted, but for pauses.
        """
        return self.total(SegmentKind.PAUSED)

    def total(self, kind: SegmentKind) -> timedelta:
        """
        Return all the time of *kind*.

        Raises:
            TypeError: *kind* is no kind of segment.
        """
        return self.by("kind").get(check_type(kind, SegmentKind, "kind"), timedelta())

    def by(self, dimension: str, kind: SegmentKind | None = None) -> dict[Value, timedelta]:
        """
        Return the time by what it has in common; together they are all of it.

        Args:
            dimension: One of `DIMENSIONS`. Time of which it says nothing stands under `None`.

            kind: The kind of time to sum up; any unless given.

        Raises:
            TypeError: *kind* is no kind of segment.

            ValueError: There is no such dimension.
        """
        if dimension not in DIMENSIONS:
            raise ValueError(
                f"a ledger has no dimension {dimension!r}: choose one of {', '.join(DIMENSIONS)}"
            )
        check_optional(kind, SegmentKind, "kind")
        sums: dict[Value, timedelta] = {}
        for segment in self.segments:
            if kind in {None, segment.kind}:
                value = getattr(segment, dimension)
                sums[value] = sums.get(value, timedelta()) + segment.duration
        return sums


def _check_parties(parties: Mapping[PendingReason, Party]) -> None:
    if not isinstance(parties, Mapping):
        raise TypeError(f"parties must be a mapping of reasons to parties, not {parties!r}")
    for reason, party in parties.items():
        check_type(reason, PendingReason, "each reason of parties")
        check_type(party, Party, f"the party of {reason}")


# ---- What the clock says --------------------------------------------------------------------

#: What became of a time, why work waited in it, and the name of a holiday.
_Fate: TypeAlias = tuple[SegmentKind, PendingReason | None, str | None]


def _fates(clock: SlaClock, until: int) -> Iterator[Layer[_Fate]]:
    yield from chain.from_iterable(map(_of_piece, pieces(clock, until)))
    if clock.ended_at is not None:
        kind = SegmentKind.RESOLVED if clock.cancelled_at is None else SegmentKind.CANCELLED
        yield microseconds(clock.ended_at), until, (kind, None, None)


def _of_piece(piece: Piece) -> Iterator[Layer[_Fate]]:
    pause = piece.pause
    if pause is not None and pause.is_gap:
        yield piece.start, piece.end, (SegmentKind.RESOLVED, None, None)
        return
    open_kind = SegmentKind.COUNTED if pause is None else SegmentKind.PAUSED
    reason = None if pause is None else pause.reason
    for start, end, closure in piece.promise.target.calendar.labelled(piece.start, piece.end):
        if closure is None:
            yield start, end, (open_kind, reason, None)
        else:
            yield start, end, (SegmentKind(closure.kind), reason, closure.name)


# ---- What the record says -------------------------------------------------------------------

_READS = frozenset({"group", "assignee", "support_line"})
_NOTHING_LEFT = OVER | {Phase.DROPPED}


@attrs.frozen
class _View:
    """
    What a record says of a time.
    """

    reason: PendingReason | None = None
    party: Party | None = None
    group: str | None = None
    assignee: str | None = None
    line: str | None = None


def _view(fact: Fact, parties: Mapping[PendingReason, Party]) -> _View:
    reason = fact.pending_reason if fact.phase is Phase.WAITING else None
    party = Party.PROVIDER if reason is None else parties.get(reason, Party.PROVIDER)
    line = fact.fields.get("support_line")
    return _View(
        reason,
        Party.NOBODY if fact.phase in _NOTHING_LEFT else party,
        cast("str | None", fact.fields.get("group")),
        cast("str | None", fact.fields.get("assignee")),
        None if line is None else str(line),
    )


# ---- Both -----------------------------------------------------------------------------------

#: The attributes of a segment but for its borders, in their order.
_Label: TypeAlias = tuple[
    SegmentKind, PendingReason | None, str | None, Party | None, str | None, str | None, str | None
]


def _labelled(
    fates: Iterable[Layer[_Fate]], record: Record | None, parties: Mapping[PendingReason, Party]
) -> Iterator[Layer[_Label]]:
    """
    Yield what is to be told of each time, cut wherever the record changes.
    """
    story = () if record is None else facts(record.history(), _READS)
    before = _View() if record is None else _View(party=Party.PROVIDER)
    views = [before, *(_view(fact, parties) for fact in story)]
    changes = [microseconds(fact.at) for fact in story]
    for start, end, fate in fates:
        first = bisect_right(changes, start)
        edges = [start, *changes[first : bisect_left(changes, end)], end]
        for view, (begins, ends) in zip(views[first:], pairwise(edges), strict=False):
            yield begins, ends, _label(fate, view)


def _label(fate: _Fate, view: _View) -> _Label:
    kind, reason, holiday = fate
    return kind, reason or view.reason, holiday, view.party, view.group, view.assignee, view.line


def _joined(labelled: Iterable[Layer[_Label]]) -> Iterator[Segment]:
    """
    Yield a segment for each time that is told alike.
    """
    lasting = (layer for layer in labelled if layer[0] < layer[1])
    for label, alike in groupby(lasting, key=itemgetter(2)):
        run = [*alike]
        yield Segment(from_microseconds(run[0][0]), from_microseconds(run[-1][1]), *label)
