"""
What clocks read of a part inside a record: a task, an approval.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

import attrs

from itil_ops.kernel.history import HoldSpell, moments
from itil_ops.kernel.stateful import journaled_fields
from itil_ops.kernel.table import Phase
from itil_ops.sla.promises.fact import Fact, facts


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pendulum import DateTime

    from itil_ops.kernel.identity import PartId
    from itil_ops.kernel.record import Record
    from itil_ops.kernel.stateful import Part


_OF_ITS_OWN = frozenset(
    {
        "assignee",
        "awaited",
        "group",
        "last_contact",
        "pending_reason",
        "pending_until",
        "responded_at",
    }
)
"""
What a part has by itself or not at all: who works on it, what it waits for, whether one answered.
"""


def handed_out(record: Record) -> tuple[Part, ...]:
    """
    Return the parts of *record* that groups of their own do: those whose class has such a field.
    """
    return tuple(part for part in record.parts if "group" in attrs.fields_dict(type(part)))


def was_handed_a_part(record: Record, group: str | None) -> bool:
    """
    Whether a part of *record* was ever in the hands of *group*.
    """
    told = (entry.changes for entry in record.journal if entry.part is not None)
    return any(changes.get("group") == group for changes in told)


def story_of_part(
    record: Record, part_id: PartId, reads: frozenset[str] | None
) -> tuple[Fact, ...]:
    """
    Return the facts of a part of *record* that matter to its clocks.

    What waits for others from its beginning has none until it can be done. While the record waits,
    so does the part, for the same reason: nobody works on it. The fields are the part's own, over
    those of the record as they are now.

    Args:
        record: The record around it.

        part_id: Id of the part.

        reads: Names of the fields whose change is a fact; every entry is one if `None`.

    Raises:
        ValueError: The record has no such part.
    """
    history = moments(record.journal, record.part(part_id).lifecycle, part_id)
    own = _since_ready(facts(history, reads, _around(record)))
    return tuple(_waiting_with(record.hold_spells(), own))


def _around(record: Record) -> dict[str, object]:
    shared = journaled_fields(type(record)) - _OF_ITS_OWN
    return {name: getattr(record, name) for name in shared}


def _since_ready(story: Iterable[Fact]) -> Iterator[Fact]:
    """
    Yield the facts of a part less those before it could be done, for the first time or once more.
    """
    is_ready = False
    for fact in story:
        if is_ready or fact.phase is not Phase.WAITING:
            yield fact
            is_ready = fact.phase is not Phase.DROPPED


def _waiting_with(spells: Iterable[HoldSpell], story: Iterable[Fact]) -> Iterator[Fact]:
    """
    Yield the facts of a part, and those by which it waits with its record.
    """
    turns = [turn for spell in spells for turn in _turns(spell)]
    told: list[tuple[DateTime, Fact | HoldSpell | None]] = [*turns]
    told += [(fact.at, fact) for fact in story]
    own, wait = None, None
    for at, one in sorted(told, key=itemgetter(0)):  # stable: equal instants keep their order
        if isinstance(one, Fact):
            own = one
            yield _as_it_waits(own, wait, at)
        else:
            wait = one
            if own is not None and own.phase is Phase.ACTIVE:
                yield _as_it_waits(own, wait, at)


def _turns(spell: HoldSpell) -> Iterator[tuple[DateTime, HoldSpell | None]]:
    yield spell.start, spell
    if spell.end is not None:
        yield spell.end, None


def _as_it_waits(own: Fact, wait: HoldSpell | None, at: DateTime) -> Fact:
    if wait is None or own.phase is not Phase.ACTIVE:
        return attrs.evolve(own, at=at)
    fields = {**own.fields, "pending_reason": wait.reason}
    return attrs.evolve(own, at=at, phase=Phase.WAITING, fields=fields)
