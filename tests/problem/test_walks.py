"""
Any life at all: random verbs with random arguments, good and bad, keep every promise.
"""

from __future__ import annotations

import random

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise, product

import pytest

from itil_ops import (
    Actor,
    ChangeId,
    ConfigurationItemId,
    Impact,
    IncidentId,
    LinkKind,
    PendingReason,
    Phase,
    Priority,
    ProblemId,
    ProcessRole,
    RefusedError,
    Urgency,
)
from itil_ops.kernel.vocabulary import ChangeStatus
from itil_ops.problem.policies import CauseOnly, Observation, ProblemPolicies, WorkaroundOnly
from itil_ops.problem.record import Problem
from itil_ops.problem.review import ReviewAnswers, ReviewId
from itil_ops.problem.severity import ProblemSeverity
from itil_ops.problem.vocabulary import AnalysisTechnique, ProblemResolutionCode
from problem_doubles import (
    ADA,
    ENGINE,
    GOOD,
    INC,
    KNOWN,
    LI,
    MAIL,
    OTHER,
    PM,
    PRB,
    STATES,
    WAYS,
    good,
    is_true,
    logged,
    minute,
    ready,
)
from record_doubles import outcome, tried


#: Traced, these many examples would cost several times as much; other tests cover the lines.
pytestmark = pytest.mark.no_cover


VERBS = [action for action in (*GOOD, "take_over") if action != "log"]
WRONG = object()
LATE = minute(999_999)

MANAGER = Actor("mo", roles=[ProcessRole.PROBLEM_MANAGER])
CAUSE = ProblemPolicies(known_error=CauseOnly())
PICKY = ProblemPolicies(
    known_error=WorkaroundOnly(), observation=Observation(timedelta(hours=1)), family_levels=2
)

#: For each verb, what to tell it instead of what passes, one at a time or several.
OTHERS = {
    "assess": {
        "possible_duplicates": [None, [OTHER], [PRB]],
        "category": [MAIL, None],
        "impact": [Impact.LOW],
        "urgency": [Urgency.HIGH],
        "severity": [ProblemSeverity(people=3)],
    },
    "investigate": {
        "group": ["network", None],
        "assignee": [None],
        "techniques": [[AnalysisTechnique.FIVE_WHYS]],
        "possible_duplicates": [[PRB], [OTHER]],
        "effective_at": [minute(1), LATE],
    },
    "hold": {
        "reason": [None, PendingReason.AWAITING_CHANGE, PendingReason.SCHEDULED],
        "until": [minute(-1), LATE],
        "effective_at": [minute(1)],
    },
    "resume": {"effective_at": [minute(1), LATE], "note": ["Go on."]},
    "declare_known_error": {"known_error": [None]},
    "start_fix": {
        "change": [None, ChangeId("CHG-2")],
        "no_change_reason": [None, "A setting."],
    },
    "fix_failed": {"reason": [None]},
    "resolve": {
        "code": [None, *ProblemResolutionCode],
        "root_cause_unknown_reason": ["The log was lost."],
        "no_change_reason": ["A setting."],
        "note": [None],
        "effective_at": [minute(1), LATE],
    },
    "accept_risk": {
        "approver": [None, "li"],
        "reason": [None],
        "review_at": [None, minute(1)],
        "expires_at": [minute(2), LATE],
    },
    "close": {
        "open_incidents": [None, [INC]],
        "live_known_errors": [None, [KNOWN]],
        "code": [None, *ProblemResolutionCode],
        "waiver": ["It is gone."],
        "root_cause_unknown_reason": ["The log was lost."],
    },
    "reanalyze": {"reason": [None]},
    "cancel": {"code": [None, *ProblemResolutionCode], "duplicate_of": [None, PRB]},
    "revise": {
        "symptoms": [None],
        "owner": ["ada"],
        "configuration_items": [[], [ConfigurationItemId("mx1")]],
        "affected_services": [["web", "web"]],
        "detected_at": [minute(-9), LATE],
        "target_resolution_at": [minute(-9), LATE],
        "cost": [Decimal(9)],
    },
    "assign": {"group": [None], "assignee": ["li"], "note": ["It is DNS."]},
    "categorize": {"category": [None]},
    "prioritize": {
        "impact": [None, Impact.VERY_LOW],
        "override": [Priority.HIGH],
        "reason": ["Quarter's end."],
        "release_override": [True],
    },
    "rate_severity": {"severity": [None, ProblemSeverity(cost=Decimal(9))]},
    "diagnose": {"finding": [None], "technique": [AnalysisTechnique.PARETO]},
    "record_root_cause": {"text": [None], "category": [None], "effective_at": [minute(0)]},
    "record_workaround": {"text": [None], "effective_at": [minute(0)]},
    "rule_out_workaround": {"reason": [None]},
    "record_change": {"status": [None, *ChangeStatus], "change": [None, ChangeId("CHG-2")]},
    "defer": {"until": [None, minute(0), LATE], "reason": [None]},
    "take_up": {"reason": [None]},
    "record_recurrence": {
        "incident": [None, IncidentId("INC-7"), IncidentId("INC-8")],
        "effective_at": [minute(1)],
    },
    "renew_risk_acceptance": {"approver": [None], "review_at": [minute(0)], "expires_at": [LATE]},
    "communicate_workaround": {"message": [None]},
    "communicate_fix": {"message": [None], "effective_at": [minute(2)]},
    "declare_major": {"reason": [None]},
    "demote_major": {"reason": [None]},
    "plan_review": {"review": [None, ReviewId("REV-2")], "planned_for": [None, LATE]},
    "hold_review": {"review": [None, ReviewId("REV-2")], "attendees": [[]]},
    "complete_review": {
        "review": [None, ReviewId("REV-2")],
        "answers": [None, ReviewAnswers(), ReviewAnswers(done_well="All.")],
    },
    "complete_action": {"review": [None, ReviewId("REV-2")], "number": [None, 2, 3]},
    "comment": {"text": [None]},
    "link": {"kind": [None, *LinkKind.constants()], "target": [None, PRB, INC]},
    "unlink": {"target": [None, OTHER], "kind": [LinkKind.TRIGGERED_BY]},
    "join": {
        "parent": [None, PRB],
        "ancestors": [None, [PRB], [ProblemId("PRB-4")]],
        "generations_below": [None, 1],
    },
    "take_over": {"origin": [None, logged()]},
}

ACTORS = [PM, LI, ADA, MANAGER, ENGINE, Actor.group("messaging")]
RULINGS = [None, None, None, CAUSE, PICKY, ProblemPolicies.strict()]
MINUTES = [0, 0, 1, 5, 60, 1500, 45_000]


def drawn_call(dice, problem):
    """
    Draw a verb, mostly one that is possible, and what it is told.
    """
    possible = problem.allowed
    inside = problem.lifecycle.internal_actions
    moving = [name for name in possible if name not in inside]
    action = dice.choice(dice.choice([moving or VERBS, possible, VERBS]))
    told = {**good(action), "by": dice.choice(ACTORS)}
    if dice.random() < 1 / 2:
        for name in dice.choices(list(OTHERS[action]), k=dice.randrange(3)):
            told[name] = dice.choice(OTHERS[action][name])
    if action in {"accept_risk", "renew_risk_acceptance", "defer"} and dice.random() < 1 / 2:
        late = problem.journal[-1].at + timedelta(days=90)
        told["until" if action == "defer" else "review_at"] = late
    told["at"] = problem.journal[-1].at + timedelta(minutes=dice.choice(MINUTES))
    if dice.randrange(20) == 0:
        told["at"] = problem.journal[-1].at - timedelta(seconds=1)
    if dice.randrange(20) == 0:
        told[dice.choice(sorted(told))] = WRONG
    ruling = dice.choice(RULINGS)
    return action, told if ruling is None else {**told, "policies": ruling}


def keeps_its_promises(problem):
    is_true(problem)
    own = [entry for entry in problem.journal if entry.part is None]
    moves = [entry for entry in own if entry.from_state != entry.to_state]
    assert all(a.to_state == b.from_state for a, b in pairwise(own))
    assert all(a.effective_at <= b.effective_at for a, b in pairwise(moves))
    assert all(entry.effective_at <= entry.at for entry in problem.journal)
    assert all(entry.cause in {None, entry.number - 1} for entry in problem.journal)

    now = problem.journal[-1].at
    assert sum(problem.time_in_states(now).values(), timedelta()) == now - problem.logged_at
    assert len(set(problem.links)) == len(problem.links)
    assert len(set(problem.techniques)) == len(problem.techniques)
    assert len(set(problem.recurrences)) == len(problem.recurrences)
    assert (problem.severity is None) == (problem.severity_level is None)
    assert problem.change_status is None or problem.change is not None
    assert (problem.time_to_known_error or timedelta()) >= timedelta()
    assert (problem.time_to_fix or timedelta()) >= timedelta()
    assert not problem.is_observed(now) or problem.state.phase is Phase.DONE
    if own[-1].action in {"resolve", "close"} and not problem.no_change_reason:
        is_fixed = problem.resolution_code is ProblemResolutionCode.FIX_APPLIED
        assert not (is_fixed and problem.change_status) or problem.change_status.may_bring_a_fix
    assert problem.detected_at is None or problem.detected_at <= problem.logged_at
    assert len(set(problem.affected_services)) == len(problem.affected_services)
    if problem.risk_acceptance is not None:
        assert problem.workaround is not None or problem.no_workaround_reason is not None


def test_whatever_is_tried_the_promises_are_kept():
    visits, taken, refused = Counter(), Counter(), Counter()
    for seed in range(120):
        dice = random.Random(seed)
        problem = ready(dice.choice(list(WAYS)), dice.choice(["comment", "complete_review"]))
        visits[problem.state.name] += 1
        for _ in range(12):
            action, arguments = drawn_call(dice, problem)
            result = tried(problem, action, arguments)
            if result is None:
                refused[action] += 1
                continue
            keeps_its_promises(result)
            taken[action] += 1
            visits[result.state.name] += 1
            problem = result

    assert all(visits[state] for state in STATES), visits
    assert sum(taken.values()) > 200
    assert len(taken) > len(VERBS) * 0.6, set(VERBS) - set(taken)
    assert len(refused) > len(VERBS) * 0.6, set(VERBS) - set(refused)


# ---- why_not and the verb, systematically -------------------------------------------------------


def differences(action):
    """
    Return what to tell a verb instead of what passes, one thing at a time, and the actor twice.
    """
    one = [{name: value} for name, values in OTHERS[action].items() for value in values]
    return [{}, *one, {"by": MANAGER}, {"by": WRONG}]


@pytest.mark.parametrize(("place", "action"), list(product(WAYS, VERBS)))
def test_why_not_is_empty_if_and_only_if_the_verb_passes(place, action):
    problem = ready(place, action)
    for ruling, differing in product((None, ProblemPolicies.strict()), differences(action)):
        arguments = {"by": LI, "at": minute(30), "policies": ruling, **good(action), **differing}
        expected = outcome(problem.why_not, action, **arguments)
        result = outcome(getattr(problem, action), **arguments)
        if isinstance(result, RefusedError):
            assert expected == result.reasons != ()
        else:
            assert (expected == ()) == isinstance(result, Problem)
