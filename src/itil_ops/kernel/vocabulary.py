"""
Words that several rooms and the clock share: pending reasons, contacts, escalations, links.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

import attrs

from pendulum import DateTime

from itil_ops.kernel.checks import check_text
from itil_ops.kernel.identity import RecordId
from itil_ops.kernel.readable import Readable
from itil_ops.kernel.term import Term


class PendingReason(Term):
    """
    Why work waits.

    Only `AWAITING_CALLER` pauses a customer's clock by default: for everything else the provider
    stays accountable, and an OLA or a supplier's contract measures the wait.
    """

    __slots__ = ()

    AWAITING_CALLER: ClassVar[PendingReason]
    AWAITING_CUSTOMER: ClassVar[PendingReason]
    AWAITING_SUPPLIER: ClassVar[PendingReason]
    AWAITING_CHANGE: ClassVar[PendingReason]
    AWAITING_PROBLEM: ClassVar[PendingReason]
    AWAITING_EVIDENCE: ClassVar[PendingReason]
    AWAITING_APPROVAL: ClassVar[PendingReason]
    AWAITING_PARENT: ClassVar[PendingReason]
    SCHEDULED: ClassVar[PendingReason]
    UNSPECIFIED: ClassVar[PendingReason]


class ContactChannel(Term):
    """
    How somebody got in touch.
    """

    __slots__ = ()

    PHONE: ClassVar[ContactChannel]
    EMAIL: ClassVar[ContactChannel]
    PORTAL: ClassVar[ContactChannel]
    CHAT: ClassVar[ContactChannel]
    WALK_IN: ClassVar[ContactChannel]
    MONITORING: ClassVar[ContactChannel]
    STAFF: ClassVar[ContactChannel]
    SUPPLIER: ClassVar[ContactChannel]


class Direction(StrEnum):
    """
    Who spoke: the provider (outbound) or the user's side (inbound).
    """

    OUTBOUND = "outbound"
    INBOUND = "inbound"


class Visibility(StrEnum):
    """
    Who can read it: the user's side as well (public), or the provider alone (internal).
    """

    PUBLIC = "public"
    INTERNAL = "internal"


@attrs.frozen(kw_only=True)
class Contact:
    """
    One message between the provider and the user's side.

    Attributes:
        direction: Who spoke.

        visibility: Who can read it.

        at: When it was sent or received.

        channel: How; `None` where nobody said.

        automatic: Whether no human wrote it. An automatic reply answers nobody.
    """

    direction: Direction
    visibility: Visibility
    at: DateTime
    channel: ContactChannel | None = None
    automatic: bool = False

    @property
    def informs_user(self) -> bool:
        """
        Whether the user's side heard from a human of the provider.
        """
        return (
            self.direction is Direction.OUTBOUND
            and self.visibility is Visibility.PUBLIC
            and not self.automatic
        )

    @property
    def is_from_user(self) -> bool:
        """
        Whether a human of the user's side spoke.
        """
        return self.direction is Direction.INBOUND and not self.automatic


class EscalationKind(StrEnum):
    """
    Functional: to more expertise. Hierarchic: to more authority.
    """

    FUNCTIONAL = "functional"
    HIERARCHIC = "hierarchic"


class SupportLine(StrEnum):
    """
    A level of expertise, in the order in which work climbs.
    """

    FIRST = "first"
    SECOND = "second"
    THIRD = "third"
    SUPPLIER = "supplier"

    @property
    def following(self) -> SupportLine:
        """
        The line after this one; the last stays itself.
        """
        lines = list(SupportLine)
        return lines[min(lines.index(self) + 1, len(lines) - 1)]


@attrs.frozen(kw_only=True)
class Escalation:
    """
    A call for more expertise or more authority. Ownership does not move with it.

    Attributes:
        kind: Functional or hierarchic.

        at: When.

        group: Functional: the group that is called, if one is named.

        line: Functional: the support line that is called.

        level: Hierarchic: how far up, 1 being the group's lead.

        informed: Hierarchic: names of those who were told.
    """

    kind: EscalationKind
    at: DateTime
    group: str | None = None
    line: SupportLine | None = None
    level: int | None = None
    informed: tuple[str, ...] = ()


class ClosureReason(StrEnum):
    """
    On whose word a record is closed.
    """

    CALLER_CONFIRMED = "caller_confirmed"
    AUTO_CLOSED = "auto_closed"
    ADMINISTRATIVE = "administrative"


class ChangeStatus(StrEnum):
    """
    Where a change stands, as the tool says in which changes live.
    """

    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    IMPLEMENTED = "implemented"
    REVIEWED = "reviewed"
    """It is implemented, and the review after that was done."""

    FAILED = "failed"

    @property
    def may_bring_a_fix(self) -> bool:
        """
        Whether the change can still bring the fix, or did.
        """
        return self not in {ChangeStatus.REJECTED, ChangeStatus.FAILED}

    @property
    def words(self) -> str:
        """
        What a message says of a change that stands so.

        >>> f"CHG-1 {ChangeStatus.FAILED.words}, CHG-2 {ChangeStatus.APPROVED.words}"
        'CHG-1 failed, CHG-2 is approved'
        """
        return "failed" if self is ChangeStatus.FAILED else f"is {self}"


class ActionType(StrEnum):
    """
    What sort of activity an entry tells of, whatever the room.
    """

    ROUTING = "routing"
    DIAGNOSIS = "diagnosis"
    WORKAROUND = "workaround"
    RECOVERY = "recovery"
    RESOLUTION = "resolution"
    CLOSURE = "closure"
    ESCALATION = "escalation"
    COMMUNICATION = "communication"
    APPROVAL = "approval"
    CHANGE_OF_DATA = "change_of_data"


class LinkKind(Term):
    """
    What a link says of this record, read from this record to the other one.
    """

    __slots__ = ()

    TRIGGERED_BY: ClassVar[LinkKind]
    CLEARED_BY: ClassVar[LinkKind]
    CAUSED_BY: ClassVar[LinkKind]
    CAUSED_BY_CHANGE: ClassVar[LinkKind]
    INVESTIGATED_BY: ClassVar[LinkKind]
    MATCHED: ClassVar[LinkKind]
    RESOLVED_BY: ClassVar[LinkKind]
    CONVERTED_TO: ClassVar[LinkKind]
    HAS_KNOWN_ERROR: ClassVar[LinkKind]
    ADDRESSED_BY: ClassVar[LinkKind]
    DUPLICATE_OF: ClassVar[LinkKind]
    CHILD_OF: ClassVar[LinkKind]
    SPLIT_FROM: ClassVar[LinkKind]
    SPAWNED: ClassVar[LinkKind]
    RELATED: ClassVar[LinkKind]

    @property
    def inverse(self) -> LinkKind:
        """
        What the same link says of the other record; it is stored once, at the record it is read of.

        >>> LinkKind.CHILD_OF.inverse
        LinkKind('parent_of')

        Raises:
            ValueError: Nobody has said how a kind of the caller's own is read.
        """
        try:
            return _INVERSES[self]
        except KeyError:
            raise ValueError(f"nobody has said how {self!r} is read from the other end") from None


_INVERSES = {
    LinkKind.TRIGGERED_BY: LinkKind("triggered"),
    LinkKind.CLEARED_BY: LinkKind("cleared"),
    LinkKind.CAUSED_BY: LinkKind("caused"),
    LinkKind.CAUSED_BY_CHANGE: LinkKind("caused"),
    LinkKind.INVESTIGATED_BY: LinkKind("investigates"),
    LinkKind.MATCHED: LinkKind("matched_by"),
    LinkKind.RESOLVED_BY: LinkKind("resolved"),
    LinkKind.CONVERTED_TO: LinkKind("converted_from"),
    LinkKind.HAS_KNOWN_ERROR: LinkKind("known_error_of"),
    LinkKind.ADDRESSED_BY: LinkKind("addresses"),
    LinkKind.DUPLICATE_OF: LinkKind("duplicated_by"),
    LinkKind.CHILD_OF: LinkKind("parent_of"),
    LinkKind.SPLIT_FROM: LinkKind("split_into"),
    LinkKind.SPAWNED: LinkKind("spawned_by"),
    LinkKind.RELATED: LinkKind.RELATED,
}


@attrs.frozen
class Link:
    """
    A typed reference to another record.

    Attributes:
        kind: What the link says.

        target: Id of the other record; its kind is in the id.
    """

    kind: LinkKind
    target: RecordId


@attrs.frozen
class CategoryPath(Readable):
    """
    Where something stands in a classification of one to four levels (ITIL's practice).

    >>> CategoryPath("software/mail").levels
    ('software', 'mail')

    Attributes:
        path: The levels, from general to special, between slashes.

    Raises:
        TypeError: *path* is no text.

        ValueError: A level is blank, or there are more than four.
    """

    path: str

    MOST_LEVELS: ClassVar[int] = 4

    def __attrs_post_init__(self) -> None:
        check_text(self.path, "a category")
        if len(self.levels) > self.MOST_LEVELS or not all(map(str.strip, self.levels)):
            raise ValueError(
                f"a category has one to {self.MOST_LEVELS} levels between slashes,"
                f" not {self.path!r}"
            )

    @property
    def levels(self) -> tuple[str, ...]:
        """
        The levels, from general to special.
        """
        return tuple(self.path.split("/"))

    def __str__(self) -> str:
        return self.path


class Inheritance(StrEnum):
    """
    What a record takes over of the clocks of the one it was merged with or split from.
    """

    COPY = "copy"
    """The time before it was logged: start, pauses and targets."""

    RESTART = "restart"
    """Nothing: its clocks begin with it."""

    NONE = "none"
    """It has no clocks."""


class Criticality(StrEnum):
    """
    How much the business depends on a service.
    """

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
