"""
The policies of the incident room: small protocols, each with a default that is good practice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, Self

import attrs

from itil_ops.incident.rules import COMPLETENESS
from itil_ops.incident.vocabulary import CancellationReason, ClosureReason
from itil_ops.kernel.actor import ProcessRole
from itil_ops.kernel.checks import check_type
from itil_ops.kernel.policies import HandlingPolicies, Permit, RoleTable, check_policies
from itil_ops.sla.hours.calendar import ALWAYS_OPEN
from itil_ops.sla.hours.duration import BusinessDays, Duration, check_duration, end_of
from itil_ops.sla.hours.working_time import WorkingTime, check_calendar


if TYPE_CHECKING:
    from pendulum import DateTime

    from itil_ops.incident.facts import IncidentFacts
    from itil_ops.kernel.guard import AnyContext


def _duration(value: Duration) -> Duration:
    return check_duration(value, "the time")


class ClosurePolicy(Protocol):
    """
    When an incident closes by itself, and on whose word otherwise.
    """

    @property
    def name(self) -> str:
        """
        Name of the policy; the journal keeps it beside what was decided.
        """
        ...

    @property
    def confirmed_by_another(self) -> bool:
        """
        Whether who resolved may not record the caller's confirmation.
        """
        ...

    def auto_close_at(self, incident: IncidentFacts, resolved_at: DateTime) -> DateTime | None:
        """
        Return from when on a resolved incident may close by itself; `None` for never.
        """
        ...


@attrs.frozen(kw_only=True)
class TwoStepClosure:
    """
    Resolved first, closed when the caller confirms or does not object in time.

    Two business days are ITIL's example; a major incident or a VIP's never closes by itself.

    Attributes:
        after: The time to object.

        calendar: The calendar that time runs in.

        confirmed_by_another: Whether who resolved may not record the caller's confirmation.

        name: Name of the policy.
    """

    after: Duration = attrs.field(default=BusinessDays(2), converter=_duration)
    calendar: WorkingTime = attrs.field(default=ALWAYS_OPEN, repr=False)
    confirmed_by_another: bool = False
    name: str = "two_step_closure"

    def __attrs_post_init__(self) -> None:
        check_calendar(self.calendar, "calendar")
        check_type(self.confirmed_by_another, bool, "confirmed_by_another")

    def auto_close_at(self, incident: IncidentFacts, resolved_at: DateTime) -> DateTime | None:
        """
        Return when the time to object is over, see `ClosurePolicy.auto_close_at`.
        """
        if incident.major or incident.vip:
            return None
        return end_of(self.after, resolved_at, self.calendar)


class ReopenPolicy(Protocol):
    """
    Whether an incident may be taken up again.
    """

    @property
    def name(self) -> str:
        """
        Name of the policy; the journal keeps it beside what was decided.
        """
        ...

    def reopen_until(self, incident: IncidentFacts, closed_at: DateTime) -> DateTime | None:
        """
        Return the end of the time in which a closed incident may be reopened; `None` for never.
        """
        ...

    def why_not(self, incident: IncidentFacts) -> str | None:
        """
        Return what speaks against reopening a resolved or closed incident, the window aside.
        """
        ...


@attrs.frozen(kw_only=True)
class ReopenWindow:
    """
    A resolved incident may always be reopened, a closed one for a while.

    One business day is ITIL's example; beyond it a new incident is logged and linked.

    Attributes:
        window: How long after its closure.

        calendar: The calendar that time runs in.

        at_most: How often an incident may be reopened; `None` for any number.

        name: Name of the policy.
    """

    window: Duration = attrs.field(default=BusinessDays(1), converter=_duration)
    calendar: WorkingTime = attrs.field(default=ALWAYS_OPEN, repr=False)
    at_most: int | None = None
    name: str = "reopen_window"

    def __attrs_post_init__(self) -> None:
        check_calendar(self.calendar, "calendar")
        if self.at_most is not None and check_type(self.at_most, int, "at_most") < 0:
            raise ValueError(f"at_most must not be negative, not {self.at_most}")

    def reopen_until(self, _incident: IncidentFacts, closed_at: DateTime) -> DateTime | None:
        """
        Return the end of the window, see `ReopenPolicy.reopen_until`.
        """
        return end_of(self.window, closed_at, self.calendar)

    def why_not(self, incident: IncidentFacts) -> str | None:
        """
        Count the reopenings, see `ReopenPolicy.why_not`.
        """
        if self.at_most is None or incident.reopen_count < self.at_most:
            return None
        return f"it was reopened {incident.reopen_count} times; log a new incident and link it"


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
class IncidentPolicies(HandlingPolicies):
    """
    The policies of the incident room, besides those of `HandlingPolicies`.

    Attributes:
        closure: When it closes by itself, and on whose word otherwise.

        reopen: Whether it may be taken up again.

        major: Whether it may be a major one.

        auto_resolution: Whether it may be resolved without a person.

        groups: Who belongs to which group.

        resume_on_reply: Whether a caller's reply takes up work that waits for the caller.
    """

    closure: ClosurePolicy = TwoStepClosure()
    reopen: ReopenPolicy = ReopenWindow()
    major: MajorIncidentPolicy = HighestPriorityOrSecurity()
    auto_resolution: AutoResolutionPolicy = NoMajorByItself()
    groups: GroupDirectory = AnyoneBelongs()
    resume_on_reply: bool = True

    def __attrs_post_init__(self) -> None:
        HandlingPolicies.__attrs_post_init__(self)
        check_type(self.resume_on_reply, bool, "resume_on_reply")
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
