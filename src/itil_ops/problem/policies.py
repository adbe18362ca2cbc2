"""
The policies of the problem room: small protocols, each with a default that is good practice.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol, Self

import attrs

from itil_ops.kernel.actor import ProcessRole
from itil_ops.kernel.checks import check_text
from itil_ops.kernel.identity import EventId
from itil_ops.kernel.policies import (
    FixedOwner,
    HandlingPolicies,
    OwnershipPolicy,
    Permit,
    RoleTable,
    check_policies,
)
from itil_ops.problem.rules import PROBLEM_COMPLETENESS
from itil_ops.problem.severity import ProblemSeverityPolicy, WeightedSeverity
from itil_ops.sla.hours.calendar import ALWAYS_OPEN
from itil_ops.sla.hours.duration import Duration, check_duration, end_of
from itil_ops.sla.hours.working_time import WorkingTime, check_calendar


if TYPE_CHECKING:
    from pendulum import DateTime

    from itil_ops.kernel.guard import AnyContext
    from itil_ops.problem.facts import ProblemFacts


# ---- Known errors -----------------------------------------------------------------------------


class KnownErrorPolicy(Protocol):
    """
    Whether a problem may be declared a known error.
    """

    def why_not(self, problem: ProblemFacts) -> str | None:
        """
        Return what speaks against it.
        """
        ...


@attrs.frozen
class CauseAndWorkaround:
    """
    A known error has a root cause and a workaround, as the glossary of the ITIL book has it.
    """

    def why_not(self, problem: ProblemFacts) -> str | None:
        """
        Ask for both, see `KnownErrorPolicy.why_not`.
        """
        missing = [words for words, there in _understood(problem).items() if not there]
        return f"there is no {' and no '.join(missing)}" if missing else None


@attrs.frozen
class WorkaroundOnly:
    """
    A known error has a workaround, whether the cause is known or not.

    The ITIL book raises one before the diagnosis is complete where a workaround is found.
    """

    def why_not(self, problem: ProblemFacts) -> str | None:
        """
        Ask for a workaround, see `KnownErrorPolicy.why_not`.
        """
        return None if problem.workaround else "there is no workaround"


@attrs.frozen
class CauseOnly:
    """
    A known error is analyzed but not resolved, as ITIL 4 has it: a root cause is enough.
    """

    def why_not(self, problem: ProblemFacts) -> str | None:
        """
        Ask for a root cause, see `KnownErrorPolicy.why_not`.
        """
        return None if problem.root_cause else "there is no root cause"


def _understood(problem: ProblemFacts) -> dict[str, object]:
    return {"root cause": problem.root_cause, "workaround": problem.workaround}


# ---- Observation ------------------------------------------------------------------------------


class ObservationPolicy(Protocol):
    """
    How long a resolved problem is observed before it is closed.
    """

    @property
    def name(self) -> str:
        """
        Name of the policy; the journal keeps it beside what was decided.
        """
        ...

    def observed_until(self, problem: ProblemFacts, since: DateTime) -> DateTime | None:
        """
        Return when it is over, begun with the resolution or a recurrence; `None` for at once.
        """
        ...


@attrs.frozen(kw_only=True)
class NoObservation:
    """
    A resolved problem may be closed at once: the default, as ITIL names no time.

    Attributes:
        name: Name of the policy.
    """

    name: str = "no_observation"

    def observed_until(self, _problem: ProblemFacts, _since: DateTime) -> None:
        """
        Observe nothing, see `ObservationPolicy.observed_until`.
        """
        return


def _duration(value: Duration) -> Duration:
    return check_duration(value, "the time")


@attrs.frozen
class Observation:
    """
    A resolved problem is closed if it does not come back for a while.

    Attributes:
        time: How long it is observed; thirty days unless given, our default.

        calendar: The calendar that time runs in.

        name: Name of the policy.
    """

    time: Duration = attrs.field(default=timedelta(days=30), converter=_duration)
    calendar: WorkingTime = attrs.field(default=ALWAYS_OPEN, repr=False, kw_only=True)
    name: str = attrs.field(default="observation", kw_only=True)

    def __attrs_post_init__(self) -> None:
        check_calendar(self.calendar, "calendar")
        check_text(self.name, "name")

    def observed_until(self, _problem: ProblemFacts, since: DateTime) -> DateTime | None:
        """
        Return when that time is over, see `ObservationPolicy.observed_until`.
        """
        return end_of(self.time, since, self.calendar)


# ---- Roles ------------------------------------------------------------------------------------


def is_raised_from_event(problem: ProblemFacts, _: AnyContext) -> bool:
    """
    Whether an event led to the problem.
    """
    return any(isinstance(target, EventId) for target in problem.raised_from)


_ANALYSTS = (ProcessRole.SECOND_LINE_ANALYST, ProcessRole.THIRD_LINE_ANALYST)
_WATCHERS = (ProcessRole.EVENT_MANAGER, ProcessRole.OPERATOR)

STRICT_PROBLEM_ROLES = RoleTable(
    [
        Permit([ProcessRole.PROBLEM_MANAGER], None),
        Permit([ProcessRole.SERVICE_DESK, ProcessRole.INCIDENT_MANAGER], ["log"]),
        Permit(_ANALYSTS, ["log", "investigate", "hold", "resume", "resolve"]),
        Permit(_ANALYSTS, ["diagnose", "record_root_cause", "record_workaround"]),
        Permit(_ANALYSTS, ["rule_out_workaround", "record_change", "record_recurrence"]),
        Permit(_ANALYSTS, ["revise", "comment"]),
        Permit([ProcessRole.APPROVER], ["accept_risk", "renew_risk_acceptance"]),
        Permit(_WATCHERS, ["log"], where=is_raised_from_event),
        Permit([ProcessRole.SYSTEM], ["log", "investigate", "link", "hold", "resume"]),
        Permit([ProcessRole.SYSTEM], ["fix_failed", "record_change", "record_recurrence"]),
        Permit([ProcessRole.SYSTEM], ["communicate_workaround"]),
        Permit([ProcessRole.SYSTEM], ["communicate_fix", "comment"]),
    ]
)
"""
Who may do what with problems, after ITIL's roles: a problem belongs to the problem manager. Our
defaults where ITIL is silent: analysts wait, resolve and note what they find, a system proposes a
problem by logging it, and records what other tools tell it.
"""


_QUESTIONS = {"known_error": "why_not", "observation": "observed_until", "severity": "level"}


@attrs.frozen(kw_only=True)
class ProblemPolicies(HandlingPolicies):
    """
    The policies of the problem room, besides those of `HandlingPolicies`.

    Attributes:
        ownership: Who is accountable for it: the problem manager unless given, as ITIL has it.

        known_error: Whether it may be declared a known error.

        observation: How long it is observed before it is closed.

        severity: How serious it is by the answers.
    """

    ownership: OwnershipPolicy = FixedOwner("problem_manager")
    known_error: KnownErrorPolicy = CauseAndWorkaround()
    observation: ObservationPolicy = NoObservation()
    severity: ProblemSeverityPolicy = WeightedSeverity()

    def __attrs_post_init__(self) -> None:
        HandlingPolicies.__attrs_post_init__(self)
        check_policies(self, _QUESTIONS)

    @classmethod
    def strict(cls, **others: Any) -> Self:
        """
        Return policies under which roles count, records are complete and what is solved observed.

        Args:
            others: Policies that shall differ from the strict ones, by attribute.
        """
        return cls(
            **{
                "authorization": STRICT_PROBLEM_ROLES,
                "completeness": PROBLEM_COMPLETENESS,
                "observation": Observation(),
                **others,
            }
        )
