"""
The incidents of one likeness in order of time, and where they recur.
"""

from __future__ import annotations

import itertools

from bisect import bisect_left
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

import attrs

from itil_ops.kernel.identity import ProblemId
from itil_ops.kernel.vocabulary import LinkKind
from itil_ops.problem.similarity import Likeness


if TYPE_CHECKING:
    from itil_ops.kernel.identity import RecordId
    from itil_ops.kernel.record import Record


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


class Seen(NamedTuple):
    """
    What is known of an incident.

    Attributes:
        version: Its version.

        place: Where it stands.

        likenesses: What it is similar to others by.

        problem: The problem that it is with, if it is with one.
    """

    version: int
    place: Place
    likenesses: tuple[Likeness, ...]
    problem: ProblemId | None

    @property
    def counts_in(self) -> tuple[Likeness, ...]:
        """
        The likenesses in which it counts: none if it is with a problem.
        """
        return self.likenesses if self.problem is None else ()


CASE_LINKS: Final = (LinkKind.INVESTIGATED_BY, LinkKind.CAUSED_BY)
"""
The kinds of links by which an incident says that it is a case of a problem.
"""

PROBLEM_LINKS: Final = (*CASE_LINKS, LinkKind.RESOLVED_BY)
"""
Those by which it says that it is with one: a case of it, or resolved with it.
"""


def problem_with(record: Record) -> ProblemId | None:
    """
    Return the problem that *record* was linked to last, or else waits for, if there is one.
    """
    linked = (link.target for link in reversed(record.links) if link.kind in PROBLEM_LINKS)
    named = (*linked, record.awaited)
    return next((one for one in named if isinstance(one, ProblemId)), None)


class Case(NamedTuple):
    """
    An incident that is with a problem.

    Attributes:
        place: Where it stands.

        problem: The problem.
    """

    place: Place
    problem: ProblemId


@attrs.define
class Series:
    """
    Similar incidents in order of time, each the end of a window.

    One that ends a window of enough *recurs*; those that recur side by side are one recurrence.
    Those that are with a problem stand apart, and count nowhere.

    Attributes:
        likeness: What they have in common, as the first of them has it.

        is_enough: Whether so many within a window are.

        span: The length of a window in microseconds.

        places: The incidents without a problem.

        cases: Those with one.
    """

    likeness: Likeness
    is_enough: Callable[[int], bool]
    span: int
    places: list[Place] = attrs.field(factory=list)
    cases: list[Case] = attrs.field(factory=list)

    @property
    def problem(self) -> ProblemId | None:
        """
        The problem that the latest of those with one is with.
        """
        return self.cases[-1].problem if self.cases else None

    @property
    def is_empty(self) -> bool:
        """
        Whether there is no incident at all.
        """
        return not (self.places or self.cases)

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

    def add_case(self, place: Place, problem: ProblemId) -> None:
        """
        Add an incident that is with a problem.
        """
        self.cases.insert(bisect_left(self.cases, (place,)), Case(place, problem))

    def release(self, problem: ProblemId) -> None:
        """
        Remove the incidents that are with a problem.
        """
        self.cases = [case for case in self.cases if case.problem != problem]

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
        Remove an incident, if it is there, with a problem or without.
        """
        i = self.find(place)
        if self.places[i : i + 1] == [place]:
            del self.places[i]
        i = bisect_left(self.cases, (place,))
        if self.cases[i : i + 1] and self.cases[i].place == place:
            del self.cases[i]

    def _first(self, i: int) -> int:
        return bisect_left(self.places, (self.places[i].at - self.span + 1,))

    def _recurs(self, i: int, without: int = 0) -> bool:
        return self.is_enough(i - self._first(i) + 1 - without)
