"""
Any life at all: random verbs with random arguments, good and bad, keep every promise.
"""

from __future__ import annotations

import random

from collections import Counter
from datetime import timedelta
from itertools import pairwise

import pytest

import dice

from itil_ops.kernel.actor import Actor, ProcessRole
from itil_ops.kernel.identity import IncidentId, ProblemId
from itil_ops.kernel.vocabulary import LinkKind
from itil_ops.problem.known_error.lifecycle import KNOWN_ERROR_LIFECYCLE
from itil_ops.problem.known_error.policies import KnownErrorPolicies
from itil_ops.problem.known_error.vocabulary import RetirementReason
from known_error_doubles import (
    ADA,
    KE,
    LI,
    OTHER,
    PRB,
    RFC,
    STATES,
    WAYS,
    after,
    is_true,
    minute,
    standing,
)
from record_doubles import tried


#: Traced, these many examples would cost several times as much; other tests cover the lines.
pytestmark = pytest.mark.no_cover


VERBS = [action for action in KNOWN_ERROR_LIFECYCLE.actions if action != "draft"]
WRONG = object()
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
MANAGER = Actor("mo", roles=[ProcessRole.PROBLEM_MANAGER])

words = dice.sampled_from(["One.", "Two.", "Three.", None, WRONG])
instants = dice.integers(0, 9000).map(minute)
verdicts = dice.sampled_from([True, False, None])
# One more often than others, so that what is told of it may be told later.
FIRST = IncidentId("INC-1")
incidents = dice.sampled_from([FIRST, FIRST, FIRST, IncidentId("INC-2"), ProblemId("P"), None])
reasons = dice.sampled_from([*RetirementReason, None])
kinds = dice.sampled_from(
    [LinkKind.RELATED, LinkKind.ADDRESSED_BY, LinkKind.CHILD_OF, LinkKind.DUPLICATE_OF, None]
)
records = dice.sampled_from([RFC, OTHER, PRB, KE, None])
names = dice.lists(dice.sampled_from(["E-451", "E-452"]), max_size=2)
policies = dice.sampled_from([*8 * [None], KnownErrorPolicies.strict(), WRONG])


def some(**strategies):
    return dice.fixed_dictionaries({}, optional=strategies)


def told(**needed):
    return dice.fixed_dictionaries(needed)


#: For each verb, what it cannot do without, and what it may be told besides.
ARGUMENTS = {
    "publish": (told(), some(validate_by=instants, note=words)),
    "revise": (told(services=names), some(root_cause=words, symptom_keys=names, title=words)),
    "revise_workaround": (told(text=words), some(note=words)),
    "rule_out_workaround": (told(reason=words), some(note=words)),
    "record_use": (told(incident=incidents), some(solved=verdicts)),
    "validate": (told(), some(validate_by=instants)),
    "audit": (told(correct=verdicts), some(note=words)),
    "resolve": (told(), some(fixed_in=names, effective_at=instants, note=words)),
    "retire": (told(reason=reasons), some(duplicate_of=records, note=words)),
    "republish": (told(reason=words), some(validate_by=instants)),
    "comment": (told(text=words), some()),
    "link": (told(kind=kinds, target=records), some(note=words)),
    "unlink": (told(target=records), some(kind=kinds)),
}


def drawn_call(rng, known_error):
    """
    Draw a verb, mostly one that is possible, and what it is told; uses rather often.
    """
    possible = known_error.allowed
    uses = [name for name in possible if name == "record_use"] or possible
    action = rng.choice(rng.choice([possible, possible, VERBS, VERBS, uses]))
    needed, besides = ARGUMENTS[action]
    last = known_error.journal[-1].at
    common = {
        "by": rng.choice([LI, ADA, MANAGER]),
        "at": rng.choice([last - MINUTE, last, last + MINUTE, last + HOUR, last + HOUR]),
        "policies": policies.draw(rng),
    }
    return action, {**needed.draw(rng), **besides.draw(rng), **common}


def keeps_its_promises(known_error):
    is_true(known_error)
    journal = known_error.journal
    assert all(a.at <= b.at for a, b in pairwise(journal))
    assert all(a.to_state == b.from_state for a, b in pairwise(journal))
    assert known_error.is_searchable <= (known_error.published_at is not None)
    assert (known_error.resolved_at is not None) >= (known_error.state.name == "resolved")
    is_duplicate = known_error.retirement_reason is RetirementReason.DUPLICATE
    assert (known_error.original is not None) == is_duplicate
    assert known_error.parent is None
    assert len(known_error.audits) == sum(entry.action == "audit" for entry in journal)
    if known_error.is_searchable:
        assert known_error.workaround or known_error.no_workaround_reason


def test_whatever_is_tried_the_promises_are_kept():
    visits, taken, refused = Counter(), Counter(), Counter()
    for seed in range(120):
        rng = random.Random(seed)
        place = rng.choice(["draft", "draft", *WAYS])
        known_error = standing(place, "link")
        if "record_use" in known_error.allowed:
            known_error = after(known_error, "record_use")
        for _ in range(20):
            action, arguments = drawn_call(rng, known_error)
            result = tried(known_error, action, arguments)
            if result is None:
                refused[action] += 1
                continue
            assert result.version == known_error.version + 1
            assert result.journal[:-1] == known_error.journal
            keeps_its_promises(result)
            taken[action] += 1
            is_told_later = action == "record_use" and result.used_for == known_error.used_for
            taken["told later"] += is_told_later
            visits[result.state.name] += 1
            known_error = result

    assert all(visits[state] >= 20 for state in STATES), visits
    assert all(taken[action] >= 5 for action in [*VERBS, "told later"]), taken
    assert all(refused[action] >= 5 for action in VERBS), refused
