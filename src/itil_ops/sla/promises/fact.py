"""
What clocks read of a record's history.

Phases, fields and contacts, never a state's name: what a caller adds to a lifecycle is measured
like what was there.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

import attrs

from pendulum import DateTime

from itil_ops.kernel.table import Phase
from itil_ops.kernel.vocabulary import Contact, PendingReason


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from itil_ops.kernel.history import Moment
    from itil_ops.kernel.priority import Priority


#: The phases in which there is nothing left to do.
OVER = frozenset({Phase.DONE, Phase.ENDED})

_ALWAYS_READ = frozenset({"pending_reason", "priority"})
_NOTHING_AROUND: Mapping[str, object] = MappingProxyType({})


@attrs.frozen
class Fact:
    """
    What is so from an instant on.

    Attributes:
        at: Since when.

        phase: The phase of the record's state.

        fields: Every field of the record.

        has_responded: Whether the first qualified action was taken.

        awaits_reply: Whether a message of the user's side has not been answered: neither by a
            person's public message nor by a result.

        contact: The message that this very fact tells of, if it does.
    """

    at: DateTime
    phase: Phase
    fields: Mapping[str, object] = attrs.field(repr=False, hash=False)
    has_responded: bool = False
    awaits_reply: bool = False
    contact: Contact | None = None

    @property
    def pending_reason(self) -> PendingReason | None:
        """
        Why work waits, while it does.
        """
        return cast("PendingReason | None", self.fields.get("pending_reason"))

    @property
    def priority(self) -> Priority | None:
        """
        The order of work.
        """
        return cast("Priority | None", self.fields.get("priority"))

    @property
    def informs_user(self) -> bool:
        """
        Whether this very fact is a message of a person of the provider to the user.
        """
        return _informs(self.contact)

    @property
    def is_over(self) -> bool:
        """
        Whether there is nothing left to do.
        """
        return self.phase in OVER


def facts(
    history: Iterable[Moment],
    reads: frozenset[str] | None = None,
    around: Mapping[str, object] = _NOTHING_AROUND,
) -> tuple[Fact, ...]:
    """
    Return what clocks read, wherever it differs from before.

    Args:
        history: The record's history.

        reads: Names of the fields whose change is a fact, besides the pending reason and the
            priority; every entry is one unless given.

        around: Fields that a part reads of the record around it, where it has none of its own.
    """
    return tuple(_facts(history, None if reads is None else reads | _ALWAYS_READ, around))


def _facts(
    history: Iterable[Moment], reads: frozenset[str] | None, fields: Mapping[str, object]
) -> Iterator[Fact]:
    phase: Phase | None = None
    responded = awaits = False
    for moment in history:
        changes = moment.entry.changes
        differs = reads is None or phase is not moment.phase or not reads.isdisjoint(changes)
        if changes:
            fields = changes.over(fields)
        if phase is not moment.phase:
            awaits = awaits and (phase in OVER or moment.phase not in OVER)
            phase = moment.phase
        if not responded and fields.get("responded_at") is not None:
            responded = differs = True
        contact = None
        if "last_contact" in changes:
            contact = cast("Contact | None", fields["last_contact"])
            before, awaits = awaits, _awaits(contact, awaits=awaits)
            differs = differs or awaits != before or _informs(contact)
        if differs:
            yield Fact(moment.at, phase, fields, responded, awaits, contact)


def _awaits(contact: Contact | None, *, awaits: bool) -> bool:
    if _informs(contact):
        return False
    return awaits or (contact is not None and contact.is_from_user)


def _informs(contact: Contact | None) -> bool:
    return contact is not None and contact.informs_user
