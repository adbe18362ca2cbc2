"""
Incidents to try things on, and what must hold of each of them.
"""

from __future__ import annotations

import functools

from datetime import UTC, datetime, timedelta

import pytest

from itil_ops import (
    Actor,
    CancellationReason,
    CategoryPath,
    EscalationKind,
    EventId,
    Impact,
    Incident,
    IncidentId,
    IncidentModel,
    IncidentPolicies,
    KnownErrorId,
    LinkKind,
    ModelStep,
    PendingReason,
    Phase,
    ProblemId,
    Record,
    ResolutionCode,
    Urgency,
)
from itil_ops.incident.escalation import Escalated
from itil_ops.incident.work import Work
from itil_ops.kernel.annotated import Annotated
from itil_ops.kernel.handled import Handled
from itil_ops.kernel.held import Held
from itil_ops.kernel.user_facing import UserFacing
from record_doubles import is_true_to_its_journal, look_at_every, parameters_of, verbs_of


#: A Monday morning.
MORNING = datetime(2026, 3, 2, 9, tzinfo=UTC)

DESK = Actor("desk")
LI = Actor("li")
ADA = Actor("ada")
MONITORING = Actor.system("monitoring")

INC = IncidentId("INC-1")
OTHER = IncidentId("INC-2")
CLEARING = EventId("EVT-7")

MAIL = CategoryPath("software/mail")
CHECKLIST = IncidentModel(name="checklist", steps=[ModelStep("look"), ModelStep("ask")])

STATES = ("new", "assigned", "in_progress", "pending", "resolved", "closed", "cancelled")

PRB_9 = ProblemId("PRB-9")

#: What is merged into another one.
LEFT_BEHIND = Incident.log(
    IncidentId("INC-3"), title="No mail in Lyon either", service="email", by=DESK, at=MORNING
)

#: What each verb takes besides `by` and `at`, so that it passes from wherever it may be done.
GOOD = {
    "log": {"id": INC, "title": "Mail is down in Lyon", "service": "email"},
    "assign": {"group": "messaging", "assignee": "li"},
    "start": {},
    "hold": {"reason": PendingReason.AWAITING_SUPPLIER, "awaited": "carrier"},
    "resume": {},
    "resolve": {"code": ResolutionCode.FIXED, "note": "Restarted the queue."},
    "auto_resolve": {"code": ResolutionCode.AUTO_RECOVERED, "cause": CLEARING},
    "reopen": {"reason": "It is back."},
    "close": {"resolution": ResolutionCode.FIXED},
    "cancel": {"reason": CancellationReason.RAISED_IN_ERROR},
    "categorize": {"category": MAIL},
    "prioritize": {"impact": Impact.MEDIUM, "urgency": Urgency.LOW},
    "escalate": {"kind": EscalationKind.FUNCTIONAL, "reason": "It takes an expert."},
    "diagnose": {"finding": "The queue is stuck."},
    "complete_step": {"name": "look"},
    "apply_workaround": {"workaround": "Use the web client."},
    "mark_restored": {},
    "declare_major": {"reason": "A whole site is cut off."},
    "demote_major": {"reason": "One floor only."},
    "communicate": {"message": "We are on it."},
    "comment": {"text": "Third time this week."},
    "link": {"kind": LinkKind.CAUSED_BY, "target": ProblemId("PRB-1")},
    "unlink": {"target": PRB_9},
    "join": {"parent": OTHER, "ancestors": (), "generations_below": 0},
    "take_over": {"origin": LEFT_BEHIND},
    "match_known_error": {"known_error": KnownErrorId("KE-1"), "workaround": "Use the web client."},
}


def minute(count):
    return MORNING + timedelta(minutes=count)


def logged(**fields):
    stated = {**GOOD["log"], "by": DESK, "at": MORNING, **fields}
    return Incident.log(stated.pop("id"), **stated)


def after(incident, action, **arguments):
    """
    Return the incident after a verb that is told what it needs, a minute later unless said.
    """
    at = incident.journal[-1].at + timedelta(minutes=1)
    told = {**GOOD[action], "by": LI, "at": at}
    if action == "close" and incident.resolution_code:
        del told["resolution"]
    return getattr(incident, action)(**{**told, **arguments})


def through(incident, *actions):
    for action in actions:
        incident = after(incident, action)
    return incident


#: The ways to each state; one may wait after three.
WAYS = {
    "new": (),
    "assigned": ("assign",),
    "in_progress": ("assign", "start"),
    "pending": ("assign", "start", "hold"),
    "pending from new": ("hold",),
    "pending from assigned": ("assign", "hold"),
    "resolved": ("assign", "start", "resolve"),
    "closed": ("assign", "start", "resolve", "close"),
    "cancelled": ("cancel",),
}

#: What some verbs need to have happened, besides the state.
NEEDED_BEFORE = {"demote_major": ("declare_major",)}

#: What some verbs need to be linked.
LINKED_BEFORE = {"unlink": {"kind": LinkKind.RELATED, "target": PRB_9}}


def standing(place, *before, **fields):
    """
    Return an incident in a state of `WAYS`, with something done to it while it was new.
    """
    return through(logged(**fields), *before, *WAYS[place])


@functools.cache
def ready(place, action):
    """
    Return an incident on which *action* passes if the lifecycle lets it.
    """
    incident = standing(place, *NEEDED_BEFORE.get(action, ()), model=CHECKLIST)
    if action in LINKED_BEFORE:
        incident = after(incident, "link", **LINKED_BEFORE[action])
    if action == "hold" and incident.pending_reason:
        return after(incident, "hold", reason=PendingReason.AWAITING_EVIDENCE)
    return incident


def verbs():
    """
    Return the names of the public methods that the incident's own classes define.
    """
    return verbs_of(Incident, Work, Escalated, UserFacing, Held, Handled, Annotated)


def parameters(action):
    """
    Return the names of all arguments of a verb.
    """
    return parameters_of(Incident, action)


def only(*guards):
    return IncidentPolicies(completeness=guards)


# ---- What holds of every incident ---------------------------------------------------------------


def is_true(incident):
    """
    Assert what holds of every incident, and return it.
    """
    is_true_to_its_journal(incident)
    assert incident.state.name == incident.journal[-1].to_state
    assert (incident.pending_reason is not None) == (incident.state.phase is Phase.WAITING)
    assert (incident.resolution is not None) == (incident.state.name in {"resolved", "closed"})
    return incident


@pytest.fixture(autouse=True)
def every_step_is_true(monkeypatch):
    """
    Look at every incident that is made in a test, and at the one it was made from.
    """
    look_at_every(Record, is_true, monkeypatch)
