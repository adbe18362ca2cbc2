"""
What a verb costs: beside a bare step of python-statemachine and of transitions.

    python -m pytest tests/benchmarks/test_verb_speed.py --benchmark-only -s

A verb here is all of it: arguments, rules, the copy of the record, its entry in the journal. Theirs
is one step of a machine with two states and nothing else. Times are measured in turns and told as
ratios; none is asserted.
"""

from __future__ import annotations

import sys
import timeit

from datetime import timedelta
from statistics import median

import pytest
import transitions

from benchmarks.worked import CALLER, ENTRIES, LI, START, in_progress
from itil_ops.incident.record import Incident
from itil_ops.incident.vocabulary import ResolutionCode
from itil_ops.sla.agreements.agreement import ServiceLevelAgreement
from itil_ops.sla.hours.calendar import BusinessCalendar
from itil_ops.sla.promises.target import Target, TargetKind


statemachine = pytest.importorskip("statemachine")


WORKED = in_progress()
HELD = WORKED.hold(CALLER, by=LI, at=START + timedelta(days=1))
LATER = START + timedelta(days=2)


def hold_and_resume():
    WORKED.hold(CALLER, by=LI, at=LATER).resume(by=LI, at=LATER)


VERBS = {
    "hold": (lambda: WORKED.hold(CALLER, by=LI, at=LATER), 1),
    "resume": (lambda: HELD.resume(by=LI, at=LATER), 1),
    "hold and resume in turn": (hold_and_resume, 2),
    "comment": (lambda: WORKED.comment("Looks bad.", by=LI, at=LATER), 1),
    "resolve": (lambda: WORKED.resolve(ResolutionCode.FIXED, by=LI, at=LATER), 1),
}


class Switch(statemachine.StateMachine):
    """
    The smallest machine of python-statemachine.
    """

    off = statemachine.State(initial=True)
    on = statemachine.State()
    flip = off.to(on) | on.to(off)


class Light:
    """
    The smallest model of transitions.
    """


SWITCH, LIGHT = Switch(), Light()
transitions.Machine(
    LIGHT,
    states=["off", "on"],
    initial="off",
    transitions=[["flip", "off", "on"], ["flip", "on", "off"]],
    auto_transitions=False,
)

#: A bare step, and the ratio that is aimed at.
THEIRS = {
    "python-statemachine's send": (lambda: SWITCH.send("flip"), 0.4),
    "transitions' trigger": (LIGHT.flip, 4),
}


def test_the_incident_has_twenty_entries():
    assert WORKED.version == ENTRIES


@pytest.mark.parametrize("verb", VERBS)
def test_verb(verb, benchmark, capsys):
    ours, steps = VERBS[verb]
    rounds = [
        [_time(ours) / steps, *(_time(theirs) for theirs, _ in THEIRS.values())] for _ in range(25)
    ]
    cost = median(ours for ours, *_ in rounds)
    told = [f"\n{verb}: {cost * 1e6:.1f} us"]
    for n, (name, (_, aim)) in enumerate(THEIRS.items(), 1):
        ratio = median(row[0] / row[n] for row in rounds)
        benchmark.extra_info[name] = ratio
        told.append(f"{ratio:.2f} of {name} (aim {aim})")
    with capsys.disabled():
        sys.stdout.write(", ".join(told))

    benchmark(ours)


# ---- What is computed from twenty entries ---------------------------------------------------

OFFICE = BusinessCalendar(
    "Europe/London",
    dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), (("09:00", "12:00"), ("13:00", "17:00"))),
)
GOLD = ServiceLevelAgreement(
    "gold",
    targets=[
        Target(kind, timedelta(hours=8), calendar=OFFICE)
        for kind in (TargetKind.RESPONSE, TargetKind.RESOLUTION, TargetKind.UPDATE)
    ],
)
QUESTIONS = {
    "fold of 20 entries under three targets": lambda: GOLD.clocks(WORKED),
    "fold of 20 entries under three targets, with what is due": lambda: [
        clock.due_at for clock in GOLD.clocks(WORKED)
    ],
    "replay of 20 entries": lambda: Incident.replay(WORKED.journal),
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_question(question, benchmark, capsys):
    cost = median(_time(QUESTIONS[question]) for _ in range(15))
    benchmark.extra_info["microseconds"] = cost * 1e6
    with capsys.disabled():
        sys.stdout.write(f"\n{question}: {cost * 1e6:.0f} us")

    benchmark(QUESTIONS[question])


def _time(step, number=400):
    return timeit.timeit(step, number=number) / number
