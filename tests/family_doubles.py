"""
Families of incidents to try things on.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from itil_ops import (
    Actor,
    ChangeId,
    Incident,
    IncidentId,
    IncidentPolicies,
    Link,
    LinkKind,
    PendingReason,
    ProblemId,
    ResolutionCode,
)
from itil_ops.problem.record import Problem


#: A Monday morning.
MORNING = datetime(2026, 3, 2, 9, tzinfo=UTC)

DESK, LI, ADA = Actor("desk"), Actor("li"), Actor("ada")
ROBOT = Actor.system("cascade")

PARENT, CHILD, OTHER = IncidentId("INC-1"), IncidentId("INC-2"), IncidentId("INC-3")
PROBLEM, CHANGE = ProblemId("PRB-1"), ChangeId("CHG-1")


def minute(count):
    return MORNING + timedelta(minutes=count)


def incident(id=PARENT, at=0, kind=Incident, **fields):
    """
    Return an incident, logged so many minutes after nine.
    """
    known = id if isinstance(id, IncidentId) else IncidentId(id)
    told = {"title": "Mail is down", "service": "email", **fields}
    return kind.log(known, **told, by=DESK, at=minute(at))


def problem(id=PROBLEM, at=0, **fields):
    known = id if isinstance(id, ProblemId) else ProblemId(id)
    told = {"title": "Mail fails", "service": "email", "evidence": "Two outages.", **fields}
    return Problem.log(known, **told, by=DESK, at=minute(at))


def joined(child, parent=PARENT, at=1, by=DESK, **options):
    return child.join(parent, ancestors=(), generations_below=0, by=by, at=minute(at), **options)


def child(id=CHILD, at=0, **fields):
    """
    Return a child of the parent, a minute after it was logged.
    """
    return joined(incident(id, at, **fields), at=at + 1)


def resolved(record, at, note="Restarted the queue.", by=LI):
    return record.resolve(ResolutionCode.FIXED, note=note, by=by, at=minute(at))


def closed(record, at):
    return resolved(record, at).close(by=DESK, at=minute(at))


def awaiting_change(record, at, **options):
    told = {"reason": PendingReason.AWAITING_CHANGE, "awaited": CHANGE, **options}
    return record.hold(**told, by=LI, at=minute(at))


class Damaged(Incident):
    """
    An incident whose links may say anything, as those that come from elsewhere.
    """

    __slots__ = ()

    def pointing(self, *links, at=0):
        return self._step("comment", {"links": links}, by=DESK, at=minute(at), note="Imported.")


def pointing(id, *targets, kind=LinkKind.CHILD_OF):
    links = [Link(kind, IncidentId(target)) for target in targets]
    return incident(id, kind=Damaged).pointing(*links)


DEEP = IncidentPolicies(family_levels=9)


def rules_of(found):
    """
    Return the names of the rules of an error that pytest caught, or of a step.
    """
    reasons = found.value.reasons if isinstance(found, pytest.ExceptionInfo) else found.reasons
    return [reason.rule for reason in reasons]
