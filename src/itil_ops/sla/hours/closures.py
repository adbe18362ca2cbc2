"""
Why a calendar is closed: outside hours, for a holiday, by an override, taken out.
"""

from __future__ import annotations

import datetime as dt

from enum import StrEnum
from itertools import groupby
from typing import TYPE_CHECKING, TypeAlias

import attrs

from pendulum import DateTime

from itil_ops.kernel.instant import from_microseconds
from itil_ops.kernel.readable import Readable
from itil_ops.sla.hours.wording import amount_text, date_text, instant_text, wall_of


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from itil_ops.sla.hours.algebra import Layer
    from itil_ops.sla.hours.timeline import Pair


_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class ClosureKind(StrEnum):
    """
    What sort of reason there is for being closed; of several at once the first one here counts.
    """

    HOLIDAY = "holiday"
    """A holiday, where the usual week would have been open."""

    OVERRIDE = "override"
    """The hours of the day were replaced, and the usual ones would have been open."""

    EXCLUDED = "excluded"
    """Taken out of a calendar that is open: by another one, or by the end of a version."""

    OUTSIDE_HOURS = "outside_hours"
    """Nothing special: no opening hours."""


_KINDS = (*ClosureKind,)
_WORDS = {
    ClosureKind.HOLIDAY: "holiday",
    ClosureKind.OVERRIDE: "special hours",
    ClosureKind.EXCLUDED: "taken out",
    ClosureKind.OUTSIDE_HOURS: "outside hours",
}


@attrs.frozen
class Closure(Readable):
    """
    Why there is no working time.

    >>> print(Closure(ClosureKind.HOLIDAY, "Good Friday"))
    holiday Good Friday

    Attributes:
        kind: What sort of reason.

        name: Name of the holiday, where it has one.
    """

    kind: ClosureKind
    name: str | None = None

    def __str__(self) -> str:
        return " ".join(filter(None, (_WORDS[self.kind], self.name)))

    @property
    def rank(self) -> tuple[int, bool]:
        """
        How it sorts among several at once: by kind, and named ones first.
        """
        return _KINDS.index(self.kind), self.name is None


OUTSIDE_HOURS = Closure(ClosureKind.OUTSIDE_HOURS)

#: Start, end, and why it is closed; `None` for open.
Labelled: TypeAlias = tuple[int, int, Closure | None]


@attrs.frozen
class Period:
    """
    A piece of time, from *start* until just before *end*, that is open or closed for one reason.

    Attributes:
        start: When it begins.

        end: The first instant at which it is over.

        closure: Why it is closed; `None` where it is open.
    """

    start: DateTime
    end: DateTime
    closure: Closure | None

    @property
    def is_open(self) -> bool:
        """
        Whether it is working time.
        """
        return self.closure is None


def special(labelled: Iterable[Labelled]) -> Iterator[Layer[Closure]]:
    """
    Return what of *labelled* is closed for a reason of its own, not just outside hours.
    """
    return ((a, b, it) for a, b, it in labelled if it is not None and it != OUTSIDE_HOURS)


def excluded(spans: Iterable[Pair]) -> Iterator[Layer[Closure]]:
    """
    Return *spans* as taken out.
    """
    return ((*span, Closure(ClosureKind.EXCLUDED)) for span in spans)


def explained(labelled: Iterable[Labelled], zone: str | None) -> Iterator[str]:
    """
    Yield a sentence for each open and each closed stretch of time, and one that sums up.

    Args:
        labelled: The pieces of time, in order and without gaps.

        zone: Whose clocks to tell the time by; UTC unless given, and outside of the years that
            calendars are laid out for.
    """
    place = zone or "UTC"
    worked = 0
    for is_open, run in groupby(labelled, key=lambda piece: piece[2] is None):
        pieces = [*run]
        start, end = pieces[0][0], pieces[-1][1]
        worked += end - start if is_open else 0
        word = "Open" if is_open else "Closed"
        why = amount_text(end - start) if is_open else _why(pieces, place)
        yield f"{word} from {_told(start, place)} to {_told(end, place)}: {why}."
    yield f"Working time in all, by the clocks of {place}: {amount_text(worked)}."


def _why(pieces: Sequence[Labelled], zone: str) -> str:
    costs: dict[str, int] = {}
    for start, end, closure in pieces:
        if closure != OUTSIDE_HOURS:
            text = f"{closure} on {date_text(wall_of(from_microseconds(start), zone).date())}"
            costs[text] = costs.get(text, 0) + end - start
    told = [f"{text} ({amount_text(cost)})" for text, cost in costs.items()]
    if any(closure == OUTSIDE_HOURS for _, _, closure in pieces):
        told.append(f"else {OUTSIDE_HOURS}" if told else str(OUTSIDE_HOURS))
    return ", ".join(told)


def _told(at: int, zone: str) -> str:
    return instant_text(from_microseconds(at), zone)
