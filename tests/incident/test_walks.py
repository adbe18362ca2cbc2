"""
Any life at all: random verbs with random arguments, good and bad, keep every promise.
"""

from __future__ import annotations

import random

from collections import Counter
from datetime import timedelta
from itertools import pairwise, product

import pytest

import dice

from incident_doubles import (
    ADA,
    CLEARING,
    DESK,
    GOOD,
    LEFT_BEHIND,
    LI,
    MAIL,
    MONITORING,
    OTHER,
    STATES,
    WAYS,
    is_true,
    logged,
    minute,
    ready,
)
from itil_ops import (
    INCIDENT_LIFECYCLE,
    Actor,
    CancellationReason,
    ChangeId,
    ClosureReason,
    ContactChannel,
    Direction,
    EscalationKind,
    Impact,
    Incident,
    IncidentId,
    IncidentModel,
    IncidentPolicies,
    Inheritance,
    KnownErrorId,
    Link,
    LinkKind,
    ModelStep,
    PendingReason,
    Phase,
    Priority,
    ProblemId,
    ProcessRole,
    RefusedError,
    ReopenWindow,
    ResolutionCode,
    ResolutionKind,
    ServiceRequestId,
    SupportLine,
    TwoStepClosure,
    Urgency,
    Visibility,
)
from record_doubles import outcome, tried


#: Traced, these many examples would cost several times as much; other tests cover the lines.
pytestmark = pytest.mark.no_cover

RELATED = Link(LinkKind.RELATED, ProblemId("PRB-1"))
VERBS = [action for action in INCIDENT_LIFECYCLE.actions if action != "log"]
WRONG = object()

MODEL = IncidentModel(
    name="model",
    steps=[ModelStep("look"), ModelStep("ask", after=["look"], mandatory=True)],
)
MANAGER = Actor("mo", roles=[ProcessRole.INCIDENT_MANAGER])
LENIENT = IncidentPolicies(reopen=ReopenWindow(window=timedelta(days=31)))
PICKY = IncidentPolicies(
    reopen=ReopenWindow(at_most=1),
    closure=TwoStepClosure(after=timedelta(hours=1), confirmed_by_another=True),
    resume_on_reply=False,
)

words = dice.sampled_from(["One.", "Two.", None])
instants = dice.integers(-60, 4000).map(minute)
groups = dice.sampled_from(["messaging", "network", None])
people = dice.sampled_from(["li", "ada", None])
records = dice.sampled_from([OTHER, CLEARING, ProblemId("P"), ServiceRequestId("R"), None])
impacts = dice.sampled_from([Impact.HIGH, Impact.LOW, Impact.VERY_LOW, None])
urgencies = dice.sampled_from([Urgency.HIGH, Urgency.MEDIUM, None])
codes = dice.sampled_from([*ResolutionCode.constants()[:6], None])
kinds = dice.sampled_from([*ResolutionKind, None])
several = dice.lists(dice.sampled_from(["li", "ada", "cio"]), max_size=2)


def some(**strategies):
    return dice.fixed_dictionaries({}, optional=strategies)


def told(**needed):
    return dice.fixed_dictionaries(needed)


#: For each verb, what it cannot do without, and what it may be told besides.
ARGUMENTS = {
    "assign": (told(), some(group=groups, assignee=people, note=words)),
    "start": (told(), some(effective_at=instants, note=words)),
    "hold": (
        told(reason=dice.sampled_from([*PendingReason.constants()[:4], None])),
        some(
            until=instants,
            awaited=dice.sampled_from([ChangeId("C"), "carrier"]),
            effective_at=instants,
        ),
    ),
    "resume": (told(), some(effective_at=instants, note=words)),
    "resolve": (
        told(code=codes),
        some(kind=kinds, restored_at=instants, evidence=words, note=words, effective_at=instants),
    ),
    "auto_resolve": (told(code=codes, cause=records), some(note=words, effective_at=instants)),
    "reopen": (told(reason=words), some()),
    "close": (
        told(resolution=codes),
        some(
            reason=dice.sampled_from(ClosureReason),
            kind=kinds,
            category=dice.just(MAIL),
            likely_to_recur=dice.booleans(),
            no_problem_reason=words,
            review_at=instants,
            note=words,
        ),
    ),
    "cancel": (
        told(reason=dice.sampled_from([*CancellationReason, None])),
        some(duplicate_of=dice.just(OTHER), note=words),
    ),
    "categorize": (told(category=dice.sampled_from([MAIL, None])), some(note=words)),
    "prioritize": (
        told(),
        some(
            impact=impacts,
            urgency=urgencies,
            override=dice.sampled_from([Priority.LOW, Priority.HIGH]),
            reason=words,
            release_override=dice.booleans(),
        ),
    ),
    "escalate": (
        told(kind=dice.sampled_from([*EscalationKind, None]), reason=words),
        some(
            group=groups,
            line=dice.sampled_from(SupportLine),
            level=dice.integers(1, 3),
            informed=several,
        ),
    ),
    "diagnose": (told(finding=words), some(effective_at=instants)),
    "complete_step": (
        told(name=dice.sampled_from(["look", "ask", "jump", None])),
        some(note=words),
    ),
    "apply_workaround": (
        told(workaround=words),
        some(impact=impacts, effective_at=instants, note=words),
    ),
    "mark_restored": (
        told(),
        some(repaired_at=instants, recovered_at=instants, evidence=words, effective_at=instants),
    ),
    "declare_major": (told(reason=words), some(manager=people, team=several, informed=several)),
    "demote_major": (told(reason=words), some()),
    "communicate": (
        told(message=words),
        some(
            direction=dice.sampled_from(Direction),
            visibility=dice.sampled_from(Visibility),
            channel=dice.sampled_from([ContactChannel.CHAT, None]),
            automatic=dice.booleans(),
            effective_at=instants,
        ),
    ),
    "comment": (told(text=words), some()),
    "link": (told(kind=dice.sampled_from([*LinkKind.constants(), None]), target=records), some()),
    "unlink": (told(target=records), some(kind=dice.sampled_from(LinkKind.constants()))),
    "join": (
        told(
            parent=dice.sampled_from([OTHER, None]),
            ancestors=dice.sampled_from([(), [IncidentId("INC-4")], None]),
            generations_below=dice.sampled_from([0, 1, None]),
        ),
        some(note=words),
    ),
    "take_over": (
        told(origin=dice.sampled_from([LEFT_BEHIND, logged(id=OTHER), None])),
        some(inheritance=dice.sampled_from(Inheritance), links=dice.just([RELATED])),
    ),
    "match_known_error": (
        told(known_error=dice.sampled_from([KnownErrorId("KE-1"), KnownErrorId("KE-2"), None])),
        some(workaround=words, workaround_version=dice.integers(1, 2), note=words),
    ),
}

actors = dice.sampled_from([DESK, LI, ADA, MANAGER, MONITORING, Actor.group("messaging")])
policies = dice.sampled_from([None, None, None, LENIENT, LENIENT, PICKY, IncidentPolicies.strict()])
minutes = dice.sampled_from([0, 0, 1, 5, 60, 1500, 3000])


def drawn_call(rng, incident):
    """
    Draw a verb, mostly one that is possible, and what it is told.
    """

    def drawn(one):
        return one.draw(rng)

    possible = incident.allowed
    moving = [name for name in possible if name not in INCIDENT_LIFECYCLE.internal_actions]
    action = drawn(dice.sampled_from(drawn(dice.sampled_from([moving or VERBS, possible, VERBS]))))
    if incident.major and drawn(dice.integers(0, 3)) == 0:
        action = "demote_major"  # few incidents are major, and fewer stay so for long
    needed, optional = ARGUMENTS[action]
    if drawn(dice.booleans()):
        arguments = {**GOOD[action], "by": drawn(actors)}
    else:
        arguments = {**drawn(needed), **drawn(optional), "by": drawn(actors)}
    if action == "unlink" and incident.links:
        arguments["target"] = drawn(dice.sampled_from(incident.links)).target
    arguments["at"] = incident.journal[-1].at + timedelta(minutes=drawn(minutes))
    if drawn(dice.integers(0, 20)) == 0:
        arguments["at"] = incident.journal[-1].at - timedelta(seconds=1)
    if drawn(dice.integers(0, 20)) == 0:
        arguments[drawn(dice.sampled_from(sorted(arguments)))] = WRONG
    ruling = drawn(policies)
    if ruling is not None:
        arguments["policies"] = ruling
    return action, arguments


def keeps_its_promises(incident):
    is_true(incident)
    journal = incident.journal
    assert all(a.at <= b.at for a, b in pairwise(journal))
    assert all(a.to_state == b.from_state for a, b in pairwise(journal))
    assert all(entry.effective_at <= entry.at for entry in journal)
    moves = [entry for entry in journal if entry.from_state != entry.to_state]
    assert all(a.effective_at <= b.effective_at for a, b in pairwise(moves))
    assert all(entry.cause in {None, entry.number - 1} for entry in journal)

    spells = incident.hold_spells()
    assert all(spell.end is not None for spell in spells[:-1])
    assert any(spell.end is None for spell in spells) == (incident.state.phase is Phase.WAITING)
    now = journal[-1].at
    assert sum(incident.time_in_states(now).values(), timedelta()) == now - incident.logged_at
    assert (incident.reopen_until is not None) <= (incident.state.phase is Phase.ENDED)
    assert len(set(incident.links)) == len(incident.links)
    assert incident.owner == "service_desk"


def test_whatever_is_tried_the_promises_are_kept():
    visits, taken, refused = Counter(), Counter(), Counter()

    for seed in range(100):
        rng = random.Random(seed)
        model = rng.choice([None, MODEL])
        incident = logged(model=model, impact=Impact.HIGH, urgency=Urgency.HIGH)
        for _ in range(25):
            action, arguments = drawn_call(rng, incident)
            result = tried(incident, action, arguments)
            if result is None:
                refused[action] += 1
                continue
            assert result.version in {incident.version + 1, incident.version + 2}
            keeps_its_promises(result)
            taken[action] += 1
            visits[result.state.name] += 1
            incident = result

    assert all(visits[state] >= 25 for state in STATES), visits
    assert all(taken[action] for action in VERBS), taken
    assert all(refused[action] for action in VERBS), refused


# ---- why_not and the verb, systematically -------------------------------------------------------

#: For each verb, arguments that pass, and others that rules, types or times refuse.
TRIED = {
    "assign": [{"group": None, "assignee": None}, {"assignee": "ada"}],
    "start": [{"effective_at": minute(-1)}],
    "hold": [{"reason": None}, {"until": minute(-1)}, {"reason": PendingReason.AWAITING_CALLER}],
    "resume": [{"effective_at": minute(99)}],
    "resolve": [{"code": None}, {"restored_at": minute(99)}, {"note": None}],
    "auto_resolve": [{"cause": None}, {"code": None, "cause": None}],
    "reopen": [{"reason": None}, {"at": minute(9999)}],
    "close": [{"resolution": None}, {"reason": ClosureReason.AUTO_CLOSED}, {"by": DESK}],
    "cancel": [{"reason": None}, {"reason": CancellationReason.CONVERTED}],
    "categorize": [{"category": None}],
    "prioritize": [{"override": Priority.HIGH}, {"impact": None}, {"impact": Impact.VERY_LOW}],
    "escalate": [{"kind": None, "reason": None}, {"kind": EscalationKind.HIERARCHIC}],
    "diagnose": [{"finding": None}],
    "complete_step": [{"name": None}, {"name": "jump"}, {"name": "ask"}],
    "apply_workaround": [{"workaround": None}, {"impact": Impact.LOW}],
    "mark_restored": [{"repaired_at": minute(99)}, {"evidence": "Mail flows."}],
    "declare_major": [{"reason": None}, {"informed": ["cio"]}],
    "demote_major": [{"reason": None}],
    "communicate": [{"message": None}, {"direction": Direction.INBOUND}, {"automatic": True}],
    "comment": [{"text": None}, {"text": WRONG}],
    "link": [{"kind": None}, {"target": logged().id}],
    "unlink": [{"target": OTHER}, {"kind": LinkKind.CAUSED_BY}, {"target": None}],
    "join": [{"parent": None}, {"ancestors": None}, {"generations_below": 1}],
    "take_over": [{"origin": None}, {"origin": logged()}, {"links": [RELATED]}],
    "match_known_error": [{"known_error": None}, {"workaround": WRONG}],
}


@pytest.mark.parametrize(("place", "action"), list(product(WAYS, VERBS)))
def test_why_not_is_empty_if_and_only_if_the_verb_passes(place, action):
    incident = ready(place, action)
    for ruling in (None, PICKY, IncidentPolicies.strict()):
        for difference in [{}, *TRIED[action]]:
            arguments = {"by": LI, "at": minute(20), "policies": ruling}
            arguments |= {**GOOD[action], **difference}
            expected = outcome(incident.why_not, action, **arguments)
            result = outcome(getattr(incident, action), **arguments)
            if isinstance(result, RefusedError):
                assert expected == result.reasons != ()
            elif isinstance(result, Incident):
                assert expected == ()
            else:
                assert expected != ()
