"""
Where the parts of a record stand, and when they last moved, while a verb takes its steps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pendulum import DateTime

    from itil_ops.kernel.identity import PartId
    from itil_ops.kernel.journal import Entry, Journal
    from itil_ops.kernel.stateful import Part


_FEW: Final = 8
"""
Up to so many steps a search for each costs less than to know where all parts stand.
"""


def place_of(parts: Iterable[Part], part_id: PartId | None) -> int | None:
    """
    Return where among *parts* the one known by *part_id* stands; `None` for none.
    """
    if part_id is None:
        return None
    kind, value = type(part_id), part_id.value
    for place, part in enumerate(parts):
        # As equality of ids has it, and several times as fast.
        if part.id.value == value and type(part.id) is kind:
            return place
    return None


class Course:
    """
    Finds where parts stand, and when they last moved, anew for each step.
    """

    __slots__ = ("_placing",)

    def __init__(self, placing: frozenset[str]) -> None:
        self._placing = placing

    def place_of(self, parts: Sequence[Part], part: PartId | None) -> int | None:
        """
        Return where among *parts* one stands; `None` for none.
        """
        return place_of(parts, part)

    def last_move(self, journal: Journal, part: PartId | None) -> DateTime:
        """
        Return when the last step was so that changed the state, or a field that places the record.
        """
        own = (entry for entry in reversed(journal) if entry.part == part)
        last = next(self._moves(own), journal[0])
        return last.effective_at

    def follow(self, parts: Sequence[Part], entry: Entry) -> None:
        """
        Take note of a step, after which these are the *parts*.
        """

    def _moves(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        return (
            entry
            for entry in entries
            if entry.from_state != entry.to_state or not self._placing.isdisjoint(entry.changes)
        )


class _LongCourse(Course):
    """
    Knows that of all parts from the beginning: a search for each of many steps would cost more.
    """

    __slots__ = ("_moved", "_places")

    def __init__(self, placing: frozenset[str], parts: Sequence[Part], journal: Journal) -> None:
        super().__init__(placing)
        self._places: dict[PartId, int] = {part.id: place for place, part in enumerate(parts)}
        self._moved = {entry.part: entry.effective_at for entry in self._moves(journal)}

    def place_of(self, _: Sequence[Part], part: PartId | None) -> int | None:
        return None if part is None else self._places.get(part)

    def last_move(self, journal: Journal, part: PartId | None) -> DateTime:
        return self._moved.get(part, journal[0].effective_at)

    def follow(self, parts: Sequence[Part], entry: Entry) -> None:
        if entry.part is not None:
            self._places.setdefault(entry.part, len(parts) - 1)
        self._moved |= {move.part: move.effective_at for move in self._moves([entry])}


def course_of(
    placing: frozenset[str], parts: Sequence[Part], journal: Journal, steps: int
) -> Course:
    """
    Return a course for so many *steps* of a record with these *parts* and this *journal*.

    Args:
        placing: Names of the fields that place the record, beside its state.

        parts: Its parts.

        journal: Its journal.

        steps: How many steps the verb takes.
    """
    return Course(placing) if steps <= _FEW else _LongCourse(placing, parts, journal)
