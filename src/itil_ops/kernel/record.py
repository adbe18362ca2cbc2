"""
What all records share, whatever their room.
"""

from __future__ import annotations

import functools
import inspect

from typing import TYPE_CHECKING

import attrs

from pendulum import DateTime

from itil_ops.errors import OutOfOrderError, Reason, RefusedError, UnknownActionError
from itil_ops.kernel.checks import check_optional
from itil_ops.kernel.history import HoldSpell, Moment, hold_spells, moments, time_in_states
from itil_ops.kernel.identity import PartId, RecordId
from itil_ops.kernel.instant import utc
from itil_ops.kernel.journal import Inherited
from itil_ops.kernel.journaled import Journaled
from itil_ops.kernel.priority import Impact, Priority, PriorityOverride, Urgency
from itil_ops.kernel.stateful import (
    differing,
    not_possible,
    set_fields,
    unknown,
    verbs_of_parts,
)
from itil_ops.kernel.table import Phase
from itil_ops.kernel.vocabulary import CategoryPath, Contact, Link, LinkKind, PendingReason


if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from itil_ops.kernel.actor import Actor
    from itil_ops.kernel.vocabulary import Inheritance


_LEFT_HOLD = {"pending_reason": None, "pending_until": None, "awaited": None}


@attrs.frozen(kw_only=True)
class Record(Journaled):
    """
    A frozen snapshot of a record's life; every verb returns the next one.

    Two records are equal if all they hold is equal, journal included; what a record is known by is
    its `id`. A subclass names its `lifecycle` and `policies`, may add fields and verbs, and has a
    method for each action of its lifecycle.

    Attributes:
        number: The human number, unique like the id; `None` where there is none.

        title: What it is about, in a line.

        description: What it is about, at length.

        service: The service it concerns.

        customer: Who agreed on the service levels.

        category: Where it stands in the classification.

        impact: The effect on the business.

        urgency: How soon it has to be solved.

        priority: The order of work.

        priority_override: The priority a person set against the matrix, with reason and actor.

        pending_reason: Why work waits, while it does.

        pending_until: When to go on, if somebody said.

        awaited: What work waits for: a record's id, or the name of a supplier.

        group: The group that works on it.

        assignee: The person who works on it.

        owner: Who is accountable for it; not the same as the assignee.

        responded_at: When the first qualified action was taken.

        last_contact: The message that was told last between provider and user.

        links: References to other records.

        inherited: What it took over from records that were merged into it, or that it was split
            from.
    """

    _placing = frozenset(_LEFT_HOLD)

    number: str | None = None
    title: str
    description: str | None = None
    service: str | None = None
    customer: str | None = None
    category: CategoryPath | None = None
    impact: Impact | None = None
    urgency: Urgency | None = None
    priority: Priority | None = None
    priority_override: PriorityOverride | None = None
    pending_reason: PendingReason | None = None
    pending_until: DateTime | None = None
    awaited: RecordId | str | None = None
    group: str | None = None
    assignee: str | None = None
    owner: str | None = None
    responded_at: DateTime | None = None
    last_contact: Contact | None = None
    links: tuple[Link, ...] = ()
    inherited: tuple[Inherited, ...] = attrs.field(default=(), metadata={"growing": True})

    def __repr__(self) -> str:
        kind = type(self).__name__
        return f"<{kind} {self.id} {self.state} v{self.version}: {self.title}>"

    @property
    def is_open(self) -> bool:
        """
        Whether there is still work to do: it is neither done nor over.
        """
        return self.state.phase in {Phase.ACTIVE, Phase.WAITING}

    @property
    def promised_from(self) -> DateTime:
        """
        By which instant a service level agreement binds: when it was logged, unless a room says so.
        """
        return self.logged_at

    @property
    def parent(self) -> RecordId | None:
        """
        Id of the record that it is a child of, if it is.
        """
        return next(iter(self._targets(LinkKind.CHILD_OF)), None)

    @property
    def original(self) -> RecordId | None:
        """
        Id of the record that it duplicates, if it does.
        """
        return next(iter(self._targets(LinkKind.DUPLICATE_OF)), None)

    @property
    def references(self) -> frozenset[RecordId]:
        """
        Ids of the records that it points to: by links of any kind, and by what it waits for.
        """
        awaited = (self.awaited,) if isinstance(self.awaited, RecordId) else ()
        return frozenset((*awaited, *(link.target for link in self.links)))

    def _targets(self, kind: LinkKind) -> tuple[RecordId, ...]:
        return tuple(link.target for link in self.links if link.kind == kind)

    @property
    def allowed(self) -> tuple[str, ...]:
        """
        The actions that are possible from here, guards aside.
        """
        return self.lifecycle.offered(self.state.name)

    def why_not(
        self, action: str, *, by: Actor, at: datetime, **arguments: object
    ) -> tuple[Reason, ...]:
        """
        Return every reason against a verb; none if and only if it would pass.

        The verbs of its parts are asked for like its own.

        Args:
            action: The verb's name.

            by: Who would do it.

            at: When.

            arguments: The verb's other arguments. One that is missing is `None` to the guards,
                which speak.

        Raises:
            UnknownActionError: Neither its lifecycle nor that of a part has such an action, or it
                only follows from other steps.

            TypeError: The verb has no such argument, or it is of the wrong type.

            ValueError: An argument makes no sense.
        """
        if action in self.lifecycle.consequences:
            raise unknown(self, self.state.name, action)
        impossible = not_possible(self, self.state.name, action)
        if isinstance(impossible, UnknownActionError):
            if action not in verbs_of_parts(type(self)):
                raise impossible
        elif impossible is not None:
            return impossible.reasons
        missing = dict.fromkeys(_required_arguments(getattr(type(self), action)) - arguments.keys())
        try:
            getattr(self, action)(**missing, **arguments, by=by, at=at)
        except RefusedError as refusal:
            return refusal.reasons
        except OutOfOrderError as refusal:
            return (Reason("order", str(refusal)),)
        return ()

    def history(self, part: PartId | None = None) -> tuple[Moment, ...]:
        """
        Return the record's own entries in the order of when they were so, with state and phase.

        Those of its parts are not among them: approvals and tasks have histories of their own.

        Args:
            part: Id of the part whose history is asked for, with its own states and phases; that
                of the record itself unless given.

        Raises:
            TypeError: *part* is no id of a part.

            ValueError: It has no such part.
        """
        named = check_optional(part, PartId, "part")
        lived = self if named is None else self.part(named)
        return moments(self.journal, lived.lifecycle, named)

    def hold_spells(self) -> tuple[HoldSpell, ...]:
        """
        Return every hold with its reason, in order.
        """
        return hold_spells(self.history())

    def time_in_states(self, at: datetime) -> dict[str, timedelta]:
        """
        Return the wall time spent in each state up to *at*, by the state's name.
        """
        return time_in_states(self.history(), utc(at))

    def _settle(self, changes: dict[str, object]) -> None:
        # Once work does not wait, there is no reason why it should.
        if self.pending_reason is not None and self.state.phase is not Phase.WAITING:
            left = differing(self, _LEFT_HOLD)
            changes.update(left)
            set_fields(self, left)


def hold_of(record: Record) -> tuple[object, ...]:
    """
    Return why *record* waits, until when and for what.
    """
    return record.pending_reason, record.pending_until, record.awaited


def inherited_from(origin: Record, inheritance: Inheritance) -> Inherited:
    """
    Return what another record takes over from *origin* as it stands.
    """
    return Inherited(origin=origin.id, inheritance=inheritance, journal=origin.journal)


@functools.cache
def _required_arguments(verb: Callable[..., object]) -> frozenset[str]:
    parameters = inspect.signature(verb).parameters.values()
    return frozenset(
        parameter.name
        for parameter in parameters
        if parameter.default is parameter.empty
        and parameter.kind not in {parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL}
    ) - {"self", "by", "at"}
