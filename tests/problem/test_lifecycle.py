"""
Every state times every action, against a table written down from the domain text.
"""

from __future__ import annotations

import pytest

from itil_ops import LinkKind, Phase, State
from itil_ops.kernel.table import RETURN, Transition
from itil_ops.problem.lifecycle import PROBLEM_LIFECYCLE
from itil_ops.problem.record import Problem
from itil_ops.problem.vocabulary import ProblemResolutionCode
from problem_doubles import (
    KNOWN as KNOWN_ERROR,
)
from problem_doubles import (
    LI,
    STATES,
    WAYS,
    after,
    logged,
    minute,
    ready,
    standing,
    through,
)
from room_tables import EveryStateTimesEveryActionAndRules, here, state_of
from rooms import PROBLEMS


WORKED = ("under_investigation", "known_error", "fix_in_progress")
ACTIVE = ("new", "assessed", *WORKED)
OPEN = (*ACTIVE, "pending")
KNOWN = (*OPEN, "resolved")
MEANT = (*KNOWN, "closed")


#: Where each action may be done, and where it leads: a state, the state itself, or the one left.
TABLE = {
    "log": {},
    "assess": {"new": "assessed"},
    "investigate": dict.fromkeys(("new", "assessed"), "under_investigation"),
    "hold": dict.fromkeys(("assessed", *WORKED, "pending"), "pending"),
    "resume": {"pending": "the one left"},
    "declare_known_error": {"under_investigation": "known_error"},
    "start_fix": dict.fromkeys(("under_investigation", "known_error"), "fix_in_progress"),
    "fix_failed": {"fix_in_progress": "known_error"},
    "resolve": dict.fromkeys((*WORKED, "pending"), "resolved"),
    "accept_risk": dict.fromkeys(WORKED, "closed"),
    "close": dict.fromkeys((*WORKED, "pending", "resolved"), "closed"),
    "reanalyze": dict.fromkeys(("resolved", "closed"), "under_investigation"),
    "cancel": dict.fromkeys(OPEN, "cancelled"),
    "revise": here(*KNOWN),
    "assign": here(*OPEN),
    "categorize": here(*KNOWN),
    "prioritize": here(*OPEN),
    "rate_severity": here(*OPEN),
    "diagnose": here(*OPEN),
    "record_root_cause": here(*KNOWN),
    "record_workaround": here(*MEANT),
    "rule_out_workaround": here(*MEANT),
    "record_change": here(*KNOWN),
    "defer": here("known_error"),
    "take_up": here("known_error", "pending"),
    "record_recurrence": here("resolved"),
    "renew_risk_acceptance": here("closed"),
    "communicate_workaround": here(*MEANT),
    "communicate_fix": here("resolved", "closed"),
    "declare_major": here(*OPEN),
    "demote_major": here(*OPEN),
    "plan_review": here(*MEANT),
    "hold_review": here(*MEANT),
    "complete_review": here(*MEANT),
    "complete_action": here(*MEANT),
    "comment": here(*STATES),
    "link": here(*STATES),
    "unlink": here(*KNOWN),
    "join": here(*OPEN),
    "take_over": here(*OPEN),
}

PHASES = {
    **dict.fromkeys(ACTIVE, Phase.ACTIVE),
    "pending": Phase.WAITING,
    "resolved": Phase.DONE,
    "closed": Phase.ENDED,
    "cancelled": Phase.DROPPED,
}

LEFT = {
    "pending": "under_investigation",
    "pending from assessed": "assessed",
    "pending from known_error": "known_error",
    "pending from fix_in_progress": "fix_in_progress",
}

#: Where the table cannot tell.
LEADS = {("fix_in_progress undeclared", "fix_failed"): "under_investigation"}

#: What rules refuse where the table would allow it.
ELSEWHERE = {
    ("closed", "renew_risk_acceptance"): "the_risk_was_accepted",
    ("closed", "record_workaround"): "the_risk_was_accepted",
    ("closed", "rule_out_workaround"): "the_risk_was_accepted",
    ("closed at a risk", "communicate_fix"): "there_is_a_fix_to_tell",
    ("pending", "take_up"): "it_is_deferred",
    ("pending from assessed", "take_up"): "it_is_deferred",
    ("pending from fix_in_progress", "take_up"): "it_is_deferred",
}


class TestLifecycle(EveryStateTimesEveryActionAndRules):
    room = PROBLEMS
    table = TABLE
    ways = WAYS
    states = STATES
    phases = PHASES
    final = ("closed", "cancelled")
    left = LEFT
    leads = LEADS
    elsewhere = ELSEWHERE
    misspelled = (("known_error", "start_fixing", "start_fix"),)


# ---- Steps in one, legal and visible ------------------------------------------------------------


def test_investigating_what_is_new_shows_as_two_steps():
    begun = after(logged(), "investigate", possible_duplicates=[], note="It is urgent.")
    assessing, looking = begun.journal[1:]

    assert (assessing.action, assessing.to_state) == ("assess", "assessed")
    assert (looking.action, looking.to_state) == ("investigate", "under_investigation")
    assert (assessing.cause, looking.cause) == (None, assessing.number)
    assert assessing.note == looking.note == "It is urgent."
    assert begun.possible_duplicates == ()


@pytest.mark.parametrize("place", [*WORKED, *LEFT])
def test_closing_in_one_step_shows_as_two_at_one_instant(place):
    before = standing(place)
    closed = after(before, "close", note="Replaced the queue.")
    resolving, closing = closed.journal[before.version :]

    assert (resolving.action, resolving.from_state) == ("resolve", state_of(place))
    assert (closing.action, closing.from_state) == ("close", "resolved")
    assert (resolving.cause, closing.cause) == (None, resolving.number)
    assert resolving.at == closing.at
    assert closed.resolution.note == "Replaced the queue."


def test_closing_in_one_step_takes_a_code():
    reasons = standing("known_error").why_not(
        "close", open_incidents=[], live_known_errors=[], by=LI, at=minute(90)
    )
    assert [reason.rule for reason in reasons] == ["the_code_resolves"]


def test_closing_may_correct_how_it_was_resolved():
    closed = after(standing("resolved"), "close", code=ProblemResolutionCode.NO_RECURRENCE)
    assert closed.resolution.code is ProblemResolutionCode.NO_RECURRENCE


# ---- A failed fix, and a state of a caller's own -----------------------------------------------


def test_a_failed_fix_leads_to_the_analysis_once_it_was_analyzed_anew():
    again = through(standing("resolved"), "reanalyze", "start_fix", "fix_failed")
    assert again.state.name == "under_investigation"


def test_a_failed_fix_leads_to_the_analysis_where_a_known_error_is_only_named():
    drafted = after(
        standing("under_investigation"), "link", kind=LinkKind.HAS_KNOWN_ERROR, target=KNOWN_ERROR
    )
    failed = through(drafted, "start_fix", "fix_failed")
    assert (failed.state.name, failed.known_error_at) == ("under_investigation", None)
    assert after(failed, "declare_known_error", known_error=None).known_errors == (KNOWN_ERROR,)


VENDOR = State("with_vendor", Phase.ACTIVE, meaning="The vendor looks for it.")


class Outsourced(Problem):
    """
    A problem with a state of the caller's own.
    """

    lifecycle = PROBLEM_LIFECYCLE.extend(
        states=[VENDOR],
        transitions=[
            Transition("hand_out", Phase.ACTIVE, VENDOR),
            Transition("take_back", VENDOR, PROBLEM_LIFECYCLE.state("under_investigation")),
        ],
    )

    def hand_out(self, **told):
        """
        Hand it to the vendor.
        """
        return self._step("hand_out", **told)

    def take_back(self, **told):
        """
        Take it back from the vendor.
        """
        return self._step("take_back", **told)


@pytest.mark.parametrize(
    "action",
    [action for action, rows in TABLE.items() if set(ACTIVE) <= set(rows) and action != "cancel"],
)
def test_what_is_possible_in_all_states_of_work_is_possible_in_a_callers_own(action):
    problem = Outsourced.replay(ready("under_investigation", action).journal)
    outside = problem.hand_out(by=LI, at=minute(60))
    assert after(outside, action).state is VENDOR


def test_a_callers_own_state_ends_where_it_is_led():
    problem = Outsourced.replay(standing("under_investigation").journal)
    outside = problem.hand_out(by=LI, at=minute(60))
    assert set(outside.allowed) < set(problem.allowed) | {"take_back"}
    assert outside.take_back(by=LI, at=minute(61)).state.name == "under_investigation"
    assert RETURN not in {row.to for row in PROBLEM_LIFECYCLE.transitions if row.action == "hold"}
