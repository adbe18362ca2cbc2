"""
What clocks read of a part inside a record: a task, an approval.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from itil_ops.kernel.history import moments
from itil_ops.kernel.stateful import journaled_fields
from itil_ops.kernel.table import Phase
from itil_ops.sla.promises.fact import Fact, facts


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from itil_ops.kernel.identity import PartId
    from itil_ops.kernel.record import Record


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


def story_of_part(
    record: Record, part_id: PartId, reads: frozenset[str] | None
) -> tuple[Fact, ...]:
    """
    Return the facts of a part of *record* that matter to its clocks.

    What waits for others from its beginning has none until it can be done. The fields are the
    part's own, over those of the record as they are now.

    Args:
        record: The record around it.

        part_id: Id of the part.

        reads: Names of the fields whose change is a fact; every entry is one if `None`.

    Raises:
        ValueError: The record has no such part.
    """
    history = moments(record.journal, record.part(part_id).lifecycle, part_id)
    return tuple(_since_ready(facts(history, reads, _around(record))))


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
