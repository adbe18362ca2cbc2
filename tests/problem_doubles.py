"""
Problems to try things on, and what must hold of each of them.
"""

from __future__ import annotations

import functools

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from itil_ops import (
    Actor,
    CategoryPath,
    ChangeId,
    EventId,
    Impact,
    IncidentId,
    KnownErrorId,
    LinkKind,
    PendingReason,
    Phase,
    ProblemId,
    Urgency,
)
from itil_ops.kernel.annotated import Annotated
from itil_ops.kernel.handled import Handled
from itil_ops.kernel.held import Held
from itil_ops.kernel.vocabulary import ChangeStatus
from itil_ops.problem.analysis import Analyzed
from itil_ops.problem.control import Controlled
from itil_ops.problem.policies import ProblemPolicies
from itil_ops.problem.record import Problem
from itil_ops.problem.review import FollowUpAction, ReviewAnswers, ReviewId
from itil_ops.problem.reviewing import Reviewed
from itil_ops.problem.severity import ProblemSeverity
from itil_ops.problem.vocabulary import ProblemResolutionCode, RootCauseCategory
from record_doubles import is_true_to_its_journal, look_at_every, parameters_of, verbs_of


#: A Monday morning.
MORNING = datetime(2026, 3, 2, 9, tzinfo=UTC)

PM = Actor("pm")
LI = Actor("li")
ADA = Actor("ada")
ENGINE = Actor.system("engine")

PRB = ProblemId("PRB-1")
OTHER = ProblemId("PRB-2")
INC = IncidentId("INC-1")
AGAIN = IncidentId("INC-9")
ALARM = EventId("EVT-7")
CHANGE = ChangeId("CHG-1")
KNOWN = KnownErrorId("KE-1")
REVIEW = ReviewId("REV-1")

MAIL = CategoryPath("software/mail")

ANSWERS = ReviewAnswers(
    done_well="The bridge met at once.",
    done_wrong="Nobody told the users.",
    better_in_future="One voice for all.",
    prevent_recurrence="Watch the queue.",
    third_party_responsibility="The carrier's router dropped packets.",
    follow_up="Two actions.",
)
ACTIONS = (
    FollowUpAction(text="Watch the queue", owner="li", due_at=MORNING + timedelta(days=9)),
    FollowUpAction(text="Train the desk", owner="ada", due_at=MORNING + timedelta(days=20)),
)

STATES = (
    "new",
    "assessed",
    "under_investigation",
    "pending",
    "known_error",
    "fix_in_progress",
    "resolved",
    "closed",
    "cancelled",
)

ACCEPTANCE = {
    "approver": "cfo",
    "reason": "A fix costs more than the harm.",
    "review_at": MORNING + timedelta(days=90),
}

#: What each verb takes besides `by` and `at`, so that it passes from wherever it may be done.
GOOD = {
    "log": {"id": PRB, "title": "The mail queue gets stuck", "raised_from": [INC]},
    "assess": {"possible_duplicates": []},
    "investigate": {"group": "messaging", "assignee": "li"},
    "hold": {"reason": PendingReason.AWAITING_SUPPLIER, "awaited": "carrier"},
    "resume": {},
    "declare_known_error": {"known_error": KNOWN},
    "start_fix": {"change": CHANGE},
    "fix_failed": {"reason": "The change was rolled back."},
    "resolve": {"note": "Replaced the queue."},
    "accept_risk": ACCEPTANCE,
    "close": {
        "open_incidents": [],
        "live_known_errors": [],
        "code": ProblemResolutionCode.FIX_APPLIED,
    },
    "reanalyze": {"reason": "It is back."},
    "cancel": {"code": ProblemResolutionCode.DUPLICATE, "duplicate_of": OTHER},
    "revise": {"symptoms": "Mail arrives hours late."},
    "assign": {"group": "network"},
    "categorize": {"category": MAIL},
    "prioritize": {"impact": Impact.MEDIUM, "urgency": Urgency.LOW},
    "rate_severity": {"severity": ProblemSeverity(cost=Decimal(9_000), people=3)},
    "diagnose": {"finding": "The queue is full of one sender."},
    "record_root_cause": {"text": "No limit per sender", "category": RootCauseCategory.SOFTWARE},
    "record_workaround": {"text": "Purge the sender's messages."},
    "rule_out_workaround": {"reason": "Every way loses mail."},
    "record_change": {"status": ChangeStatus.APPROVED, "change": CHANGE},
    "defer": {"until": MORNING + timedelta(days=60), "reason": "The product is replaced then."},
    "take_up": {"reason": "The product stays."},
    "record_recurrence": {"incident": AGAIN},
    "renew_risk_acceptance": {**ACCEPTANCE, "review_at": MORNING + timedelta(days=180)},
    "communicate_workaround": {"message": "Use the web client."},
    "communicate_fix": {"message": "The queue is replaced."},
    "declare_major": {"reason": "A whole site was cut off."},
    "demote_major": {"reason": "One floor only."},
    "plan_review": {"review": REVIEW, "planned_for": MORNING + timedelta(days=3)},
    "hold_review": {"review": REVIEW, "attendees": ["li", "ada"]},
    "complete_review": {"review": REVIEW, "answers": ANSWERS, "actions": ACTIONS},
    "complete_action": {"review": REVIEW, "number": 1},
    "comment": {"text": "Third time this week."},
    "link": {"kind": LinkKind.RELATED, "target": OTHER},
    "unlink": {"target": INC},
    "join": {"parent": OTHER, "ancestors": [], "generations_below": 0},
}


def minute(count):
    return MORNING + timedelta(minutes=count)


def logged(**fields):
    stated = {**GOOD["log"], "by": PM, "at": MORNING, **fields}
    return Problem.log(stated.pop("id"), **stated)


@functools.cache
def origin():
    """
    Return a problem that others are merged from.
    """
    return logged(id=OTHER, at=MORNING - timedelta(days=1))


def good(action):
    """
    Return what a verb takes so that it passes.
    """
    return {"origin": origin()} if action == "take_over" else GOOD[action]


def after(problem, action, **arguments):
    """
    Return the problem after a verb that is told what it needs, a minute later unless said.
    """
    at = problem.journal[-1].at + timedelta(minutes=1)
    told = {**good(action), "by": LI, "at": at}
    if action == "close" and problem.resolution_code:
        del told["code"]
    return getattr(problem, action)(**{**told, **arguments})


def through(problem, *actions):
    for action in actions:
        problem = after(problem, action)
    return problem


UNDERSTOOD = ("assess", "investigate", "record_root_cause", "record_workaround")
DECLARED = (*UNDERSTOOD, "declare_known_error")

#: The ways to each state; one may wait after four, and close in two ways.
WAYS = {
    "new": (),
    "assessed": ("record_root_cause", "record_workaround", "assess"),
    "under_investigation": UNDERSTOOD,
    "pending": (*UNDERSTOOD, "hold"),
    "pending from assessed": ("record_root_cause", "assess", "hold"),
    "pending from known_error": (*DECLARED, "hold"),
    "pending from fix_in_progress": (*DECLARED, "start_fix", "hold"),
    "known_error": DECLARED,
    "fix_in_progress": (*DECLARED, "start_fix"),
    "fix_in_progress undeclared": (*UNDERSTOOD, "start_fix"),
    "resolved": (*DECLARED, "start_fix", "resolve"),
    "closed": (*DECLARED, "start_fix", "resolve", "close"),
    "closed at a risk": (*DECLARED, "accept_risk"),
    "cancelled": ("cancel",),
}

PLANNED = ("declare_major", "plan_review")
REVIEWED = (*PLANNED, "hold_review", "complete_review")

#: What some verbs need to have happened while the problem was new, besides the state.
NEEDED_BEFORE = {
    "demote_major": PLANNED[:1],
    "plan_review": PLANNED[:1],
    "hold_review": PLANNED,
    "complete_review": (*PLANNED, "hold_review"),
    "complete_action": REVIEWED,
    "communicate_workaround": ("record_workaround",),
}


def standing(place, *before, **fields):
    """
    Return a problem in a state of `WAYS`, with something done to it while it was new.
    """
    return through(logged(**fields), *before, *WAYS[place])


@functools.cache
def ready(place, action):
    """
    Return a problem on which *action* passes if the lifecycle lets it.
    """
    way = WAYS[place]
    if action == "take_up" and "declare_known_error" in way:
        cut = way.index("declare_known_error") + 1
        way = (*way[:cut], "defer", *way[cut:])
    problem = through(logged(), *NEEDED_BEFORE.get(action, ()), *way)
    if action == "hold" and problem.pending_reason:
        return after(problem, "hold", reason=PendingReason.AWAITING_EVIDENCE)
    return problem


def verbs():
    """
    Return the names of the public methods that the problem's own classes define.
    """
    return verbs_of(Problem, Analyzed, Controlled, Reviewed, Held, Handled, Annotated)


def parameters(action):
    """
    Return the names of all arguments of a verb.
    """
    return parameters_of(Problem, action)


def only(*guards, **others):
    return ProblemPolicies(completeness=guards, **others)


# ---- What holds of every problem ----------------------------------------------------------------


def is_true(problem):
    """
    Assert what holds of every problem, and return it.
    """
    is_true_to_its_journal(problem)
    assert (problem.pending_reason is not None) == (problem.state.phase is Phase.WAITING)
    is_over = problem.state.phase in {Phase.DONE, Phase.ENDED}
    assert (problem.resolution_code is not None) == (
        is_over or problem.state.phase is Phase.DROPPED
    )
    accepted = problem.risk_acceptance is not None
    assert (problem.resolution is not None) == (is_over and not accepted)
    assert (problem.closed_at is not None) == (problem.state.phase is Phase.ENDED)
    assert not (problem.workaround and problem.no_workaround_reason)
    assert not (accepted and problem.state.phase is not Phase.ENDED)
    assert problem.deferral is None or (problem.known_error_at and problem.is_open)
    return problem


@pytest.fixture(autouse=True)
def every_problem_is_true(monkeypatch):
    """
    Look at every problem that is made in a test, and at the one it was made from.
    """
    look_at_every(Problem, is_true, monkeypatch)
