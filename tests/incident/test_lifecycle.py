"""
Every state times every action, against a table written down from the domain text.
"""

from __future__ import annotations

import pytest

from incident_doubles import LI, STATES, WAYS, after, minute, standing
from itil_ops import Phase, ResolutionCode
from room_tables import EveryStateTimesEveryAction, here, state_of
from rooms import INCIDENTS


OPEN = ("new", "assigned", "in_progress", "pending")

#: Where each action may be done, and where it leads: a state, the state itself, or the one left.
TABLE = {
    "log": {},
    "assign": dict.fromkeys(OPEN, "assigned"),
    "start": dict.fromkeys(("new", "assigned"), "in_progress"),
    "hold": dict.fromkeys(OPEN, "pending"),
    "resume": {"pending": "the one left"},
    "resolve": dict.fromkeys(OPEN, "resolved"),
    "auto_resolve": dict.fromkeys(OPEN, "resolved"),
    "reopen": dict.fromkeys(("resolved", "closed"), "in_progress"),
    "close": dict.fromkeys((*OPEN, "resolved"), "closed"),
    "cancel": dict.fromkeys(OPEN, "cancelled"),
    "categorize": here(*OPEN, "resolved"),
    "prioritize": here(*OPEN),
    "escalate": here(*OPEN),
    "diagnose": here(*OPEN),
    "complete_step": here(*OPEN),
    "apply_workaround": here("in_progress", "pending"),
    "mark_restored": here(*OPEN, "resolved"),
    "declare_major": here(*OPEN),
    "demote_major": here(*OPEN),
    "communicate": here(*STATES),
    "comment": here(*STATES),
    "link": here(*STATES),
    "unlink": here(*OPEN, "resolved"),
    "join": here(*OPEN),
    "take_over": here(*OPEN),
    "match_known_error": here(*OPEN),
}

PHASES = {
    "new": Phase.ACTIVE,
    "assigned": Phase.ACTIVE,
    "in_progress": Phase.ACTIVE,
    "pending": Phase.WAITING,
    "resolved": Phase.DONE,
    "closed": Phase.ENDED,
    "cancelled": Phase.DROPPED,
}

LEFT = {"pending": "in_progress", "pending from new": "new", "pending from assigned": "assigned"}


class TestLifecycle(EveryStateTimesEveryAction):
    room = INCIDENTS
    table = TABLE
    ways = WAYS
    states = STATES
    phases = PHASES
    final = ("closed", "cancelled")
    left = LEFT
    misspelled = (
        ("in_progress", "resolv", "resolve"),
        ("in_progress", "re_open", "reopen"),
        ("new", "asign", "assign"),
    )


@pytest.mark.parametrize("place", LEFT)
def test_a_second_hold_returns_to_what_was_left_for_it_not_for_the_first(place):
    incident = after(standing(place), "assign", assignee="ada")
    incident = after(after(incident, "start"), "hold")
    assert after(incident, "resume").state.name == "in_progress"


# ---- Forward skips, legal and visible -----------------------------------------------------------


@pytest.mark.parametrize("place", ["new", "assigned", "in_progress", *LEFT])
def test_closing_in_one_step_shows_as_two_at_one_instant(place):
    before = standing(place)
    closed = after(before, "close", resolution=ResolutionCode.USER_GUIDANCE, note="Told how.")
    resolving, closing = closed.journal[before.version :]

    assert (resolving.action, resolving.from_state, resolving.to_state) == (
        "resolve",
        state_of(place),
        "resolved",
    )
    assert (closing.action, closing.from_state, closing.to_state) == (
        "close",
        "resolved",
        "closed",
    )
    assert closing.cause == resolving.number
    assert resolving.cause is None
    assert closing.at == resolving.at == closing.effective_at == resolving.effective_at
    assert resolving.note == closing.note == "Told how."
    assert closed.resolution.code == ResolutionCode.USER_GUIDANCE


@pytest.mark.parametrize("place", ["new", "assigned", "in_progress", *LEFT])
def test_closing_in_one_step_takes_a_resolution(place):
    incident = standing(place)
    reasons = incident.why_not("close", by=LI, at=minute(90))
    assert [reason.rule for reason in reasons] == ["a_resolution_is_given"]
