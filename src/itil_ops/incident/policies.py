"""
The policies of the incident room: small protocols, each with a default that is good practice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, Self

import attrs

from itil_ops.incident.rules import COMPLETENESS
from itil_ops.incident.vocabulary import CancellationReason
from itil_ops.kernel.actor import ProcessRole
from itil_ops.kernel.policies import Permit, RoleTable, UserFacingPolicies, check_policies
from itil_ops.kernel.vocabulary import ClosureReason
from itil_ops.sla.promises.closure import ClosurePolicy, ReopenPolicy, ReopenWindow, TwoStepClosure


if TYPE_CHECKING:
    from itil_ops.incident.facts import IncidentFacts
    from itil_ops.kernel.guard import AnyContext


class MajorIncidentPolicy(Protocol):
    """
    Whether an incident may be a major one. A person declares it.
    """

    def is_candidate(self, incident: IncidentFacts) -> bool:
        """
        Whether somebody should consider declaring it.
        """
        ...


@attrs.frozen
class HighestPriorityOrSecurity:
    """
    Candidates are incidents of priority 1 and security incidents: our default.
    """

    def is_candidate(self, incident: IncidentFacts) -> bool:
        """
        Look at priority and security, see `MajorIncidentPolicy.is_candidate`.
        """
        return incident.security or (incident.priority is not None and incident.priority.rank == 1)


class AutoResolutionPolicy(Protocol):
    """
    Whether an incident may be resolved without a person.
    """

    def why_not(self, incident: IncidentFacts) -> str | None:
        """
        Return what speaks against it.
        """
        ...


@attrs.frozen
class NoMajorByItself:
    """
    Everything but a major incident may be resolved by an event, a parent or a problem.
    """

    def why_not(self, incident: IncidentFacts) -> str | None:
        """
        Keep major incidents for people, see `AutoResolutionPolicy.why_not`.
        """
        return "a major incident is resolved by a person" if incident.major else None


class GroupDirectory(Protocol):
    """
    Who belongs to which group.
    """

    def is_member(self, person: str, group: str) -> bool:
        """
        Whether *person* belongs to *group*.
        """
        ...


@attrs.frozen
class AnyoneBelongs:
    """
    Nobody knows the groups, so everybody belongs to each: the default.
    """

    def is_member(self, _person: str, _group: str) -> bool:
        """
        Let everyone belong, see `GroupDirectory.is_member`.
        """
        return True


def is_own(incident: Any, step: AnyContext) -> bool:
    """
    Whether the actor is the incident's caller.
    """
    return bool(incident.caller == step.by.name)


def is_own_confirmation(incident: Any, step: AnyContext) -> bool:
    """
    Whether the actor is the incident's caller and confirms that it is solved.
    """
    confirms = incident.closure_reason is ClosureReason.CALLER_CONFIRMED
    return confirms and is_own(incident, step)


def is_converted(incident: Any, _: AnyContext) -> bool:
    """
    Whether the incident becomes something else.
    """
    return bool(incident.cancellation_reason is CancellationReason.CONVERTED)


def is_security_incident(incident: Any, _: AnyContext) -> bool:
    """
    Whether it is a security incident.
    """
    return bool(incident.security)


def stems_from_event(incident: Any, _: AnyContext) -> bool:
    """
    Whether the incident has a source event.
    """
    return incident.source_event is not None


def closes_by_itself(incident: Any, _: AnyContext) -> bool:
    """
    Whether the incident is closed because nobody objected, or because its parent was.
    """
    if incident.closure_reason is ClosureReason.ADMINISTRATIVE:
        return incident.parent is not None
    return bool(incident.closure_reason is ClosureReason.AUTO_CLOSED)


_ANALYSTS = (ProcessRole.SECOND_LINE_ANALYST, ProcessRole.THIRD_LINE_ANALYST)

STRICT_ROLES = RoleTable(
    [
        Permit([ProcessRole.USER], ["log", "reopen", "communicate", "resume"], where=is_own),
        Permit([ProcessRole.USER], ["close"], where=is_own_confirmation),
        Permit([ProcessRole.SERVICE_DESK], None, besides=["declare_major"]),
        Permit(_ANALYSTS, ["start", "hold", "resume", "resolve", "escalate"]),
        Permit(_ANALYSTS, ["diagnose", "match_known_error", "complete_step"]),
        Permit(_ANALYSTS, ["apply_workaround", "mark_restored"]),
        Permit(_ANALYSTS, ["communicate", "comment"]),
        Permit([ProcessRole.INCIDENT_MANAGER, ProcessRole.MAJOR_INCIDENT_MANAGER], None),
        Permit([ProcessRole.PROBLEM_MANAGER], ["link", "unlink"]),
        Permit([ProcessRole.REQUEST_MANAGER], ["cancel"], where=is_converted),
        Permit([ProcessRole.ACCESS_MANAGER], ["log"], where=is_security_incident),
        Permit([ProcessRole.EVENT_MANAGER, ProcessRole.OPERATOR], ["log"], where=stems_from_event),
        Permit([ProcessRole.SYSTEM], ["assign", "start", "escalate", "hold", "resume"]),
        Permit([ProcessRole.SYSTEM], ["auto_resolve", "reopen"]),
        Permit([ProcessRole.SYSTEM], ["link", "unlink", "match_known_error"]),
        Permit([ProcessRole.SYSTEM], ["apply_workaround", "communicate", "comment"]),
        Permit([ProcessRole.SYSTEM], ["log"], where=stems_from_event),
        Permit([ProcessRole.SYSTEM], ["close"], where=closes_by_itself),
    ]
)
"""
Who may do what with incidents, after ITIL's roles. Closing is the service desk's, the caller's own
confirmation and the automatic closure aside. Our defaults where ITIL is silent: analysts note and
tell what they do, a caller's reply may be recorded by the caller or by a system, and takes up work;
a system passes on what a parent or a problem tells.
"""


_QUESTIONS = {
    "closure": "auto_close_at",
    "reopen": "reopen_until",
    "major": "is_candidate",
    "auto_resolution": "why_not",
    "groups": "is_member",
}


@attrs.frozen(kw_only=True)
class IncidentPolicies(UserFacingPolicies):
    """
    The policies of the incident room, besides those of `UserFacingPolicies`.

    Attributes:
        closure: When it closes by itself, and on whose word otherwise.

        reopen: Whether it may be taken up again.

        major: Whether it may be a major one.

        auto_resolution: Whether it may be resolved without a person.

        groups: Who belongs to which group.
    """

    closure: ClosurePolicy = TwoStepClosure()
    reopen: ReopenPolicy = ReopenWindow()
    major: MajorIncidentPolicy = HighestPriorityOrSecurity()
    auto_resolution: AutoResolutionPolicy = NoMajorByItself()
    groups: GroupDirectory = AnyoneBelongs()

    def __attrs_post_init__(self) -> None:
        UserFacingPolicies.__attrs_post_init__(self)
        check_policies(self, _QUESTIONS)

    @classmethod
    def strict(cls, **others: Any) -> Self:
        """
        Return policies under which roles count and records are complete.

        Args:
            others: Policies that shall differ from the strict ones, by attribute.
        """
        return cls(
            **{
                "authorization": STRICT_ROLES,
                "completeness": COMPLETENESS,
                "closure": TwoStepClosure(confirmed_by_another=True),
                **others,
            }
        )
