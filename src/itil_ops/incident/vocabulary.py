"""
Words of the incident room.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

import attrs

from pendulum import DateTime

from itil_ops.kernel.identity import KnownErrorId
from itil_ops.kernel.term import Term
from itil_ops.kernel.vocabulary import ActionType


class ResolutionKind(StrEnum):
    """
    What a resolution did to the fault.
    """

    PERMANENT = "permanent"
    """The fault is gone."""

    WORKAROUND = "workaround"
    """The fault is still there, but users can work."""

    NO_ACTION = "no_action"
    """It went by itself, or could not be reproduced."""


class ResolutionCode(Term):
    """
    How an incident was resolved.
    """

    __slots__ = ()

    FIXED: ClassVar[ResolutionCode]
    FIXED_BY_CHANGE: ClassVar[ResolutionCode]
    WORKAROUND_APPLIED: ClassVar[ResolutionCode]
    KNOWN_ERROR_WORKAROUND: ClassVar[ResolutionCode]
    AUTO_RECOVERED: ClassVar[ResolutionCode]
    RESOLVED_BY_PARENT: ClassVar[ResolutionCode]
    RESOLVED_BY_PROBLEM: ClassVar[ResolutionCode]
    USER_GUIDANCE: ClassVar[ResolutionCode]
    NOT_REPRODUCIBLE: ClassVar[ResolutionCode]

    @property
    def usual_kind(self) -> ResolutionKind:
        """
        What the resolution did to the fault, where nobody says otherwise.
        """
        return _USUAL_KINDS.get(self, ResolutionKind.PERMANENT)


_USUAL_KINDS = {
    ResolutionCode.WORKAROUND_APPLIED: ResolutionKind.WORKAROUND,
    ResolutionCode.KNOWN_ERROR_WORKAROUND: ResolutionKind.WORKAROUND,
    ResolutionCode.AUTO_RECOVERED: ResolutionKind.NO_ACTION,
    ResolutionCode.NOT_REPRODUCIBLE: ResolutionKind.NO_ACTION,
}


ACTION_TYPES = {
    "assign": ActionType.ROUTING,
    "start": ActionType.ROUTING,
    "hold": ActionType.ROUTING,
    "resume": ActionType.ROUTING,
    "reopen": ActionType.ROUTING,
    "diagnose": ActionType.DIAGNOSIS,
    "complete_step": ActionType.DIAGNOSIS,
    "match_known_error": ActionType.DIAGNOSIS,
    "apply_workaround": ActionType.WORKAROUND,
    "mark_restored": ActionType.RECOVERY,
    "resolve": ActionType.RESOLUTION,
    "auto_resolve": ActionType.RESOLUTION,
    "close": ActionType.CLOSURE,
    "cancel": ActionType.CLOSURE,
    "escalate": ActionType.ESCALATION,
    "declare_major": ActionType.ESCALATION,
    "demote_major": ActionType.ESCALATION,
    "communicate": ActionType.COMMUNICATION,
    "comment": ActionType.COMMUNICATION,
}
"""
What sort of activity each action is; all others, and those a caller adds, change data.
"""


def action_type(action: str) -> ActionType:
    """
    Return what sort of activity *action* is.

    >>> action_type("diagnose")
    <ActionType.DIAGNOSIS: 'diagnosis'>
    """
    return ACTION_TYPES.get(action, ActionType.CHANGE_OF_DATA)


class CancellationReason(StrEnum):
    """
    Why an incident is over without a result.
    """

    DUPLICATE = "duplicate"
    NOT_AN_INCIDENT = "not_an_incident"
    RAISED_IN_ERROR = "raised_in_error"
    CONVERTED = "converted"
    WITHDRAWN = "withdrawn"


@attrs.frozen(kw_only=True)
class MajorIncident:
    """
    What makes an incident a major one: it has its own team and a stricter procedure.

    Attributes:
        reason: Why it was declared.

        manager: Who leads the team.

        team: Names of the others.

        declared_at: Since when.

        review_at: When the review is planned for, once it is.
    """

    reason: str
    declared_at: DateTime
    manager: str | None = None
    team: tuple[str, ...] = ()
    review_at: DateTime | None = None


@attrs.frozen(kw_only=True)
class MatchedKnownError:
    """
    The known error that an incident is a case of.

    Attributes:
        known_error: Its id.

        workaround_version: Which version of its workaround was at hand; `None` if there was none.
    """

    known_error: KnownErrorId
    workaround_version: int | None = None
