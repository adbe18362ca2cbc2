"""
The incidents of one likeness in order of time, and where they recur.
"""

from __future__ import annotations

import itertools

from bisect import bisect_left
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import attrs


if TYPE_CHECKING:
    from itil_ops.kernel.identity import RecordId


class Place(NamedTuple):
    """
    Where an incident stands in time: by instant, then by id.

    Attributes:
        at: Its instant in microseconds.

        text: Its id as text.

        number: A number of its own, so that ids themselves are never compared.

        id: Its id.

        is_enough_alone: Whether it is worth a problem alone.
    """

    at: int
    text: str
    number: int
    id: RecordId
    is_enough_alone: bool


@attrs.define
class Series:
    """
    Similar incidents in order of time, each the end of a window.

    One that ends a window of enough *recurs*; those that recur side by side are one recurrence.

    Attributes:
        is_enough: Whether so many within a window are.

        span: The length of a window in microseconds.

        places: The incidents.
    """

    is_enough: Callable[[int], bool]
    span: int
    places: list[Place] = attrs.field(factory=list)

    def up_to(self, i: int) -> list[Place]:
        """
        Return the window that ends with the incident at index *i*.
        """
        return self.places[self._first(i) : i + 1]

    def after(self, at: int) -> list[Place]:
        """
        Return the incidents after an instant.
        """
        return self.places[bisect_left(self.places, (at + 1,)) :]

    def find(self, place: Place) -> int:
        """
        Return the index at which an incident stands, or would.
        """
        return bisect_left(self.places, place)

    def add(self, place: Place) -> None:
        """
        Add an incident.
        """
        self.places.insert(self.find(place), place)

    def begun_by(self, place: Place) -> list[int]:
        """
        Return the indices at which an incident begins a recurrence that was none without it.

        It must lie within a window of the last one, and so in the windows of all after it.
        """
        i = self.find(place)

        def recurred(j: int) -> bool:
            return j != i and self._recurs(j, without=1 if j > i else 0)

        runs = itertools.groupby(range(max(i - 1, 0), len(self.places)), self._recurs)
        found = [list(run) for recurs, run in runs if recurs]
        return [run[0] for run in found if not any(map(recurred, run))]

    def has_part(self, place: Place) -> bool:
        """
        Whether a window that an incident lies in is one of enough.
        """
        end = bisect_left(self.places, (place.at + self.span,))
        return any(map(self._recurs, range(self.find(place), end)))

    def remove(self, place: Place) -> None:
        """
        Remove an incident, if it is there.
        """
        i = self.find(place)
        if self.places[i : i + 1] == [place]:
            del self.places[i]

    def _first(self, i: int) -> int:
        return bisect_left(self.places, (self.places[i].at - self.span + 1,))

    def _recurs(self, i: int, without: int = 0) -> bool:
        return self.is_enough(i - self._first(i) + 1 - without)
