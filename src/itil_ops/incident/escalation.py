"""
Verbs with which an incident becomes a major one, and ceases to be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from itil_ops.incident.facts import IncidentFacts
from itil_ops.incident.vocabulary import MajorIncident
from itil_ops.kernel.checks import check_names, check_optional_text
from itil_ops.kernel.instant import utc
from itil_ops.kernel.journaled import Step
from itil_ops.kernel.vocabulary import EscalationKind


if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from itil_ops.incident.policies import IncidentPolicies
    from itil_ops.kernel.actor import Actor


class Escalated(IncidentFacts):
    """
    The verbs with which an incident is escalated.
    """

    __slots__ = ()

    def declare_major(
        self,
        reason: str,
        *,
        manager: str | None = None,
        team: Iterable[str] = (),
        informed: Iterable[str] = (),
        by: Actor,
        at: datetime,
        policies: IncidentPolicies | None = None,
    ) -> Self:
        """
        Declare it a major incident: it gets a team, and never closes by itself.

        Args:
            reason: Why.

            manager: Who leads the team.

            team: Names of the others.

            informed: Names of those in authority who were told; with any, the journal shows the
                hierarchic escalation as a step that follows.

            by: Who acts.

            at: When that is recorded.

            policies: The policies for this call; those of the class unless given.
        """
        major = MajorIncident(
            reason=check_optional_text(reason, "reason") or "",
            declared_at=utc(at),
            manager=check_optional_text(manager, "manager"),
            team=check_names(team, "team"),
        )
        steps = [Step("declare_major", {"major": major}, note=reason)]
        told = check_names(informed, "informed")
        if told:
            called = self._called(EscalationKind.HIERARCHIC, at, informed=told)
            steps.append(Step("escalate", called, note=reason))
        return self._take(*steps, by=by, at=at, policies=policies)

    def demote_major(
        self, reason: str, *, by: Actor, at: datetime, policies: IncidentPolicies | None = None
    ) -> Self:
        """
        Take the declaration back; the journal keeps it.
        """
        why = check_optional_text(reason, "reason")
        return self._step(
            "demote_major", {"major": None}, by=by, at=at, note=why, policies=policies
        )
