"""
What is derived from an incident's journal, and never stored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from pendulum import DateTime

from itil_ops.incident.vocabulary import ResolutionCode, ResolutionKind
from itil_ops.kernel.actor import Actor
from itil_ops.kernel.history import given_in
from itil_ops.kernel.instant import between
from itil_ops.kernel.vocabulary import Escalation, EscalationKind


if TYPE_CHECKING:
    from datetime import timedelta

    from itil_ops.kernel.journal import Entry, Journal


@attrs.frozen(kw_only=True)
class Resolution:
    """
    The action that repaired or circumvented an incident.

    Attributes:
        code: How it was resolved.

        kind: What that did to the fault.

        note: What was done, in words.

        by: Who resolved it.

        at: When it was resolved.
    """

    code: ResolutionCode
    kind: ResolutionKind
    note: str | None
    by: Actor
    at: DateTime


@attrs.frozen(kw_only=True)
class ExpandedLifecycle:
    """
    The stamps of ITIL's expanded incident lifecycle; `None` where nobody knows.

    Attributes:
        occurred_at: The service failed.

        detected_at: Somebody noticed.

        diagnosed_at: The fault was understood.

        repaired_at: The component was fixed.

        recovered_at: The component was back in production.

        restored_at: Users could work again.
    """

    occurred_at: DateTime | None = None
    detected_at: DateTime | None = None
    diagnosed_at: DateTime | None = None
    repaired_at: DateTime | None = None
    recovered_at: DateTime | None = None
    restored_at: DateTime | None = None

    def known(self) -> list[tuple[str, DateTime]]:
        """
        Return the stamps that are known, by name, in the order in which they come to be.
        """
        return [(name, at) for name in _STAMPS if (at := getattr(self, name)) is not None]

    @property
    def detection(self) -> timedelta | None:
        """
        From failure to notice.
        """
        return between(self.occurred_at, self.detected_at)

    @property
    def diagnosis(self) -> timedelta | None:
        """
        From notice to understanding.
        """
        return between(self.detected_at, self.diagnosed_at)

    @property
    def repair(self) -> timedelta | None:
        """
        From understanding to the fixed component.
        """
        return between(self.diagnosed_at, self.repaired_at)

    @property
    def recovery(self) -> timedelta | None:
        """
        From the fixed component to production.
        """
        return between(self.repaired_at, self.recovered_at)

    @property
    def restoration(self) -> timedelta | None:
        """
        From production to working users.
        """
        return between(self.recovered_at, self.restored_at)


_STAMPS = tuple(field.name for field in attrs.fields(ExpandedLifecycle))


def resolution(
    code: ResolutionCode | None, kind: ResolutionKind | None, journal: Journal
) -> Resolution | None:
    """
    Return how an incident with this *code* and *kind* was resolved, while it is.
    """
    told = given_in(journal, "resolution_code")
    if told is None or code is None or kind is None:
        return None
    return Resolution(code=code, kind=kind, note=told.note, by=told.by, at=told.effective_at)


def reassignments(journal: Journal) -> int:
    """
    Return how often the incident changed hands after it was first assigned.

    That is from one group to another, or from one person to another.
    """
    group = person = None
    moves = 0
    for entry in journal:
        to_group = entry.changes.get("group", group)
        to_person = entry.changes.get("assignee")
        moves += _differ(group, to_group) or _differ(person, to_person)
        group, person = to_group or group, to_person or person
    return moves


def _differ(before: object, after: object) -> bool:
    return before is not None and after is not None and before != after


def is_solved_by_first_line(journal: Journal, desk: str | None) -> bool:
    """
    Whether a person resolved it, without another group than the *desk* and without a call for more.
    """
    told = given_in(journal, "resolution_code")
    if told is None or told.action == "auto_resolve":
        return False
    return not any(
        entry.changes.get("group", desk) not in {None, desk} or _is_functional(entry)
        for entry in journal
    )


def _is_functional(entry: Entry) -> bool:
    escalation = entry.changes.get("escalation")
    return isinstance(escalation, Escalation) and escalation.kind is EscalationKind.FUNCTIONAL
