"""
Verbs that call for more: expertise, authority, a major incident's team.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from itil_ops.incident.facts import IncidentFacts
from itil_ops.incident.vocabulary import Escalation, EscalationKind, MajorIncident, SupportLine
from itil_ops.kernel.checks import (
    check_count,
    check_names,
    check_optional,
    check_optional_text,
)
from itil_ops.kernel.instant import utc
from itil_ops.kernel.journaled import Step


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
        height = check_count(level, "level", least=1) or 1
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
