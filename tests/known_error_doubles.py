"""
Known errors to try things on, and what must hold of each of them.
"""

from __future__ import annotations

import functools

from datetime import UTC, datetime, timedelta

import pytest

from itil_ops.kernel.actor import Actor
from itil_ops.kernel.annotated import Annotated
from itil_ops.kernel.identity import (
    ChangeId,
    ConfigurationItemId,
    IncidentId,
    KnownErrorId,
    ProblemId,
)
from itil_ops.kernel.record import Record
from itil_ops.kernel.vocabulary import CategoryPath, LinkKind
from itil_ops.problem.known_error.policies import KnownErrorPolicies
from itil_ops.problem.known_error.record import KnownError
from itil_ops.problem.known_error.upkeep import Upkeep
from itil_ops.problem.known_error.vocabulary import RetirementReason
from record_doubles import (
    is_true_to_its_journal,
    look_at_every,
    parameters_of,
    verbs_of,
)


#: A Monday morning.
MORNING = datetime(2026, 3, 2, 9, tzinfo=UTC)

LI = Actor("li")
ADA = Actor("ada")

KE = KnownErrorId("KE-1")
OTHER = KnownErrorId("KE-2")
PRB = ProblemId("PRB-1")
INC = IncidentId("INC-1")
RFC = ChangeId("RFC-1")
GATEWAY = ConfigurationItemId("gateway-3")

MAIL = CategoryPath("software/mail")

STATES = ("draft", "published", "resolved", "retired")

#: What each verb takes besides `by` and `at`, so that it passes from wherever it may be done.
GOOD = {
    "draft": {
        "id": KE,
        "title": "The mail queue stalls",
        "symptoms": "Mail is sent, but does not arrive.",
        "workaround": "Restart the queue.",
    },
    "publish": {},
    "revise": {"root_cause": "A lock is never released."},
    "revise_workaround": {"text": "Drain the queue, then restart it."},
    "rule_out_workaround": {"reason": "The queue loses mail when it is restarted."},
    "record_use": {"incident": INC},
    "validate": {},
    "audit": {"correct": True},
    "resolve": {"fixed_in": ["5.2"]},
    "retire": {"reason": RetirementReason.OBSOLETE},
    "republish": {"reason": "The fix failed."},
    "comment": {"text": "Seen in Lyon as well."},
    "link": {"kind": LinkKind.ADDRESSED_BY, "target": RFC},
    "unlink": {"target": PRB},
}


def minute(count):
    return MORNING + timedelta(minutes=count)


def drafted(**fields):
    stated = {**GOOD["draft"], "by": LI, "at": MORNING, **fields}
    return KnownError.draft(stated.pop("id"), **stated)


def after(known_error, action, **arguments):
    """
    Return the known error after a verb that is told what it needs, a minute later unless said.
    """
    at = known_error.journal[-1].at + timedelta(minutes=1)
    return getattr(known_error, action)(**{**GOOD[action], "by": LI, "at": at, **arguments})


def through(known_error, *actions):
    for action in actions:
        known_error = after(known_error, action)
    return known_error


#: The ways to each state; a life may end from all three before.
WAYS = {
    "draft": (),
    "published": ("publish",),
    "resolved": ("publish", "resolve"),
    "retired": ("publish", "retire"),
    "retired from draft": ("retire",),
    "retired from resolved": ("publish", "resolve", "retire"),
}


def standing(place, *before, **fields):
    """
    Return a known error in a state of `WAYS`, with something done to it while it was a draft.
    """
    return through(drafted(**fields), *before, *WAYS[place])


@functools.cache
def ready(place, action):
    """
    Return a known error on which *action* passes if the lifecycle lets it.
    """
    known_error = drafted()
    if action == "unlink":
        known_error = after(known_error, "link", kind=LinkKind.RELATED, target=PRB)
    return through(known_error, *WAYS[place])


def verbs():
    """
    Return the names of the public methods that the known error's own classes define.
    """
    return verbs_of(KnownError, Upkeep, Annotated)


def parameters(action):
    """
    Return the names of all arguments of a verb.
    """
    return parameters_of(KnownError, action)


def only(*guards):
    return KnownErrorPolicies(completeness=guards)


# ---- What holds of every known error ------------------------------------------------------------


def is_true(known_error):
    """
    Assert what holds of every known error, and return it.
    """
    is_true_to_its_journal(known_error)
    journal, kind = known_error.journal, type(known_error)
    assert known_error.state is kind.lifecycle.state(journal[-1].to_state)
    assert known_error.symptoms or known_error.symptom_keys
    assert known_error.is_searchable == (known_error.state.name in {"published", "resolved"})
    assert known_error.usage_count == len(known_error.uses) == len(set(known_error.used_for))
    assert known_error.last_use is None or known_error.last_use in known_error.uses
    assert known_error.last_used_at == max((use.at for use in known_error.uses), default=None)
    assert known_error.service == next(iter(known_error.services), None)
    assert (known_error.retirement_reason is None) == (known_error.state.name != "retired")
    assert known_error.workaround is None or known_error.no_workaround_reason is None
    versions = [one.version for one in known_error.workarounds]
    assert versions == list(range(1, len(versions) + 1))
    return known_error


@pytest.fixture
def every_step_is_true(monkeypatch):
    """
    Look at every known error that is made in a test, and at the one it was made from.
    """
    look_at_every(Record, is_true, monkeypatch)
