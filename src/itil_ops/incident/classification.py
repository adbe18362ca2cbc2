"""
Verbs that say what an incident is and how pressing: category, priority, escalation, major.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from itil_ops.incident.facts import IncidentFacts
from itil_ops.incident.fields import INCIDENT_FIELDS
from itil_ops.incident.vocabulary import Escalation, EscalationKind, MajorIncident, SupportLine
from itil_ops.kernel.actor import Actor
from itil_ops.kernel.checks import (
    check_names,
    check_optional,
    check_optional_text,
    check_type,
    checked,
)
from itil_ops.kernel.instant import utc
from itil_ops.kernel.journaled import Step
from itil_ops.kernel.priority import Impact, Priority, PriorityOverride, Urgency


if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from itil_ops.incident.policies import IncidentPolicies
    from itil_ops.kernel.vocabulary import CategoryPath


class Classification(IncidentFacts):
    """
    The verbs that classify an incident.
    """

    __slots__ = ()

    def categorize(
        self,
        category: CategoryPath,
        *,
        by: Actor,
        at: datetime,
        note: str | None = None,
        policies: IncidentPolicies | None = None,
    ) -> Self:
        """
        Put it into the classification.
        """
        changes = checked(INCIDENT_FIELDS, category=category)
        return self._step("categorize", changes, by=by, at=at, note=note, policies=policies)

    def prioritize(
        self,
        *,
        impact: Impact | None = None,
        urgency: Urgency | None = None,
        override: Priority | None = None,
        reason: str | None = None,
        release_override: bool = False,
        by: Actor,
        at: datetime,
        policies: IncidentPolicies | None = None,
    ) -> Self:
        """
        State impact and urgency anew, or set a priority against the matrix.

        Args:
            impact: The effect on the business; as it was unless given.

            urgency: How soon it has to be solved; as it was unless given.

            override: The priority that shall hold against the matrix, until it is released.

            reason: Why; an override takes one.

            release_override: Whether the matrix shall decide again.

            by: Who acts.

            at: When that is recorded.

            policies: The policies for this call; those of the class unless given.
        """
        kept = self.priority_override
        if check_type(release_override, bool, "release_override"):
            kept = None
        check_optional(override, Priority, "override")
        why = check_optional_text(reason, "reason")
        if override is not None:
            if release_override:
                raise ValueError("override and release_override contradict each other")
            kept = PriorityOverride(override, why or "", check_type(by, Actor, "by").name)
        changes, decided = self._reprioritized(
            policies,
            impact=self.impact if impact is None else impact,
            urgency=self.urgency if urgency is None else urgency,
            priority_override=kept,
        )
        return self._step(
            "prioritize", changes, by=by, at=at, note=reason, decided=decided, policies=policies
        )

    def escalate(
        self,
        kind: EscalationKind,
        reason: str,
        *,
        group: str | None = None,
        line: SupportLine | None = None,
        level: int | None = None,
        informed: Iterable[str] = (),
        by: Actor,
        at: datetime,
        policies: IncidentPolicies | None = None,
    ) -> Self:
        """
        Call for more expertise or more authority; ownership and state stay where they are.

        Args:
            kind: Functional, to more expertise, or hierarchic, to more authority.

            reason: Why.

            group: Functional: the group that takes it into its queue; the same unless given.

            line: Functional: the support line; the following one unless given.

            level: Hierarchic: how far up, 1 being the group's lead, and 1 unless given.

            informed: Hierarchic: names of those who were told.

            by: Who acts.

            at: When that is recorded.

            policies: The policies for this call; those of the class unless given.
        """
        why = check_optional_text(reason, "reason")
        called = self._called(kind, at, group=group, line=line, level=level, informed=informed)
        return self._step("escalate", called, by=by, at=at, note=why, policies=policies)

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
        return self._step(
            "demote_major", {"major": None}, by=by, at=at, note=reason, policies=policies
        )

    def _called(
        self,
        kind: EscalationKind,
        at: datetime,
        *,
        group: str | None = None,
        line: SupportLine | None = None,
        level: int | None = None,
        informed: Iterable[str] = (),
    ) -> dict[str, object]:
        """
        Return what an escalation changes; without a kind, nothing that a guard lets pass.
        """
        check_optional_text(group, "group")
        check_optional(line, SupportLine, "line")
        told = check_names(informed, "informed")
        height = _level(level)
        if check_optional(kind, EscalationKind, "kind") is None:
            return {"escalation": None}
        if kind is EscalationKind.HIERARCHIC:
            if group is not None or line is not None:
                raise ValueError("group and line belong to a functional escalation")
            return {"escalation": Escalation(kind=kind, at=utc(at), level=height, informed=told)}
        if level is not None or told:
            raise ValueError("level and informed belong to a hierarchic escalation")
        if line is None:
            line = self.support_line if group else self.support_line.following
        moved = {} if group in {None, self.group} else {"group": group, "assignee": None}
        sideways = Escalation(kind=kind, at=utc(at), group=group, line=line)
        return {"escalation": sideways, "support_line": line, **moved}


def _level(level: int | None) -> int:
    if level is None:
        return 1
    if isinstance(level, bool) or check_type(level, int, "level") < 1:
        raise ValueError(f"level must be 1 or more, not {level!r}")
    return level
