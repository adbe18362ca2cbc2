"""
A record's history by the time at which things were so, and what is derived from it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import attrs

from pendulum import DateTime

from itil_ops.kernel.instant import microseconds
from itil_ops.kernel.journal import Entry
from itil_ops.kernel.table import Phase, State
from itil_ops.kernel.vocabulary import PendingReason


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from itil_ops.kernel.identity import PartId
    from itil_ops.kernel.journal import Journal
    from itil_ops.kernel.lifecycle import Lifecycle


@attrs.frozen
class Moment:
    """
    One entry of a record or of a part, seen from the time at which it was so.

    Attributes:
        at: When it was so.

        state: The state that holds from then on.

        entry: What was done; its `changes` are the fields that differ from then on.
    """

    at: DateTime
    state: State
    entry: Entry

    @property
    def phase(self) -> Phase:
        """
        The phase that holds from then on.
        """
        return self.state.phase


def given_in(journal: Journal, field: str) -> Entry | None:
    """
    Return the record's own entry since which *field* has a value; `None` while it has none.
    """
    told = None
    for entry in journal:
        if field in entry.changes and entry.part is None:
            value = entry.changes[field]
            told = None if value is None else told or entry
    return told


def reached_last(journal: Journal, lifecycle: Lifecycle, phase: Phase) -> Entry | None:
    """
    Return the record's own entry that last led to *phase* from another one, if one ever did.
    """
    there = {state.name for state in lifecycle.states if state.phase is phase}
    for entry in reversed(journal):
        if entry.part is None and entry.to_state in there and entry.from_state not in there:
            return entry
    return None


def moves(journal: Journal, part: PartId | None = None) -> Iterator[Entry]:
    """
    Yield, the last one first, the entries by which the record or a *part* came into its states.
    """
    own = (entry for entry in reversed(journal) if entry.part == part)
    return (entry for entry in own if entry.from_state != entry.to_state)


def moved_at(journal: Journal) -> dict[PartId | None, DateTime]:
    """
    Return since when each part, and the record itself (`None`), is in the state that it is in.
    """
    return {
        entry.part: entry.effective_at for entry in journal if entry.from_state != entry.to_state
    }


def moments(
    journal: Journal, lifecycle: Lifecycle, part: PartId | None = None
) -> tuple[Moment, ...]:
    """
    Return the record's own entries, or those of a *part*, in the order of when they were so.

    An internal entry that is told late stands where it was so, in the state of that time.

    Args:
        journal: The record's journal.

        lifecycle: The lifecycle of whose entries they are.

        part: The part's id; the record itself unless given.
    """
    own = [entry for entry in journal if entry.part == part]
    own.sort(key=lambda entry: entry.effective_at)  # stable: equal instants keep their order
    return tuple(_placed(own, lifecycle))


def _placed(entries: Iterable[Entry], lifecycle: Lifecycle) -> Iterator[Moment]:
    here = None
    for entry in entries:
        if here is None or entry.from_state != entry.to_state:
            here = lifecycle.state(entry.to_state)
        yield Moment(entry.effective_at, here, entry)


@attrs.frozen
class HoldSpell:
    """
    A time for which work waited for one reason.

    Attributes:
        reason: Why.

        start: Since when.

        end: Until when; `None` while it lasts.
    """

    reason: PendingReason | None
    start: DateTime
    end: DateTime | None

    @property
    def duration(self) -> timedelta | None:
        """
        The wall time it took; `None` while it lasts.
        """
        if self.end is None:
            return None
        return timedelta(microseconds=microseconds(self.end) - microseconds(self.start))


def hold_spells(history: Iterable[Moment]) -> tuple[HoldSpell, ...]:
    """
    Return every hold with its reason, in order; another reason begins another spell.
    """
    spells: list[HoldSpell] = []
    reason: PendingReason | None = None
    for moment in history:
        was, reason = reason, _reason(moment, reason)
        waits = moment.phase is Phase.WAITING
        lasting = bool(spells) and spells[-1].end is None
        if lasting and (not waits or was != reason):
            spells[-1] = attrs.evolve(spells[-1], end=moment.at)
            lasting = False
        if waits and not lasting:
            spells.append(HoldSpell(reason, moment.at, None))
    return tuple(spells)


def _reason(moment: Moment, reason: PendingReason | None) -> PendingReason | None:
    changed = moment.entry.changes.get("pending_reason", reason)
    return changed if isinstance(changed, PendingReason) else None


def time_in_states(history: Iterable[Moment], until: DateTime) -> dict[str, timedelta]:
    """
    Return the wall time spent in each state that was visited up to *until*.
    """
    seen = [moment for moment in history if moment.at <= until]
    ends = [*(moment.at for moment in seen[1:]), *([until] if seen else [])]
    spent: dict[str, int] = {}
    for moment, end in zip(seen, ends, strict=True):
        amount = microseconds(end) - microseconds(moment.at)
        spent[moment.state.name] = spent.get(moment.state.name, 0) + amount
    return {name: timedelta(microseconds=amount) for name, amount in spent.items()}
