"""
Every state times every action, against a table written down from the domain text.
"""

from __future__ import annotations

import pytest

from itil_ops import IllegalTransitionError, LinkKind, Phase, State, UnknownActionError
from itil_ops.kernel.table import RETURN, Transition
from itil_ops.problem.lifecycle import PROBLEM_LIFECYCLE
from itil_ops.problem.record import Problem
from itil_ops.problem.vocabulary import ProblemResolutionCode
from problem_doubles import (
    GOOD,
    LI,
    STATES,
    WAYS,
    after,
    good,
    logged,
    minute,
    parameters,
    ready,
    standing,
    through,
    verbs,
)
from problem_doubles import (
    KNOWN as KNOWN_ERROR,
)
from record_doubles import nothing_changes


WORKED = ("under_investigation", "known_error", "fix_in_progress")
ACTIVE = ("new", "assessed", *WORKED)
OPEN = (*ACTIVE, "pending")
KNOWN = (*OPEN, "resolved")
MEANT = (*KNOWN, "closed")


def here(*states):
    return {state: state for state in states}


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

#: What a rule refuses where the table would allow it; the rules have tests of their own.
ELSEWHERE = {
    ("closed", "renew_risk_acceptance"),
    ("closed", "record_workaround"),
    ("closed", "rule_out_workaround"),
    ("closed at a risk", "communicate_fix"),
    ("pending", "take_up"),
    ("pending from assessed", "take_up"),
    ("pending from fix_in_progress", "take_up"),
}


def state_of(place):
    return place.partition(" ")[0]


def expected(place, action):
    if (place, action) == ("fix_in_progress undeclared", "fix_failed"):
        return "under_investigation"
    to = TABLE[action].get(state_of(place))
    return LEFT[place] if to == "the one left" else to


def allowed_in(place):
    return {action for action, rows in TABLE.items() if state_of(place) in rows}


PAIRS = [(place, action) for place in WAYS for action in TABLE if (place, action) not in ELSEWHERE]
LEGAL = [pair for pair in PAIRS if expected(*pair)]
ILLEGAL = [pair for pair in PAIRS if not expected(*pair)]


def test_the_states_are_those_of_the_domain_in_its_order_and_phases():
    assert {state.name: state.phase for state in PROBLEM_LIFECYCLE.states} == PHASES
    assert tuple(state.name for state in PROBLEM_LIFECYCLE.states) == STATES


def test_a_life_ends_closed_or_cancelled():
    assert {s.name for s in PROBLEM_LIFECYCLE.states if s.final} == {"closed", "cancelled"}


def test_every_state_says_what_is_true_of_the_world():
    assert all(state.meaning.endswith(".") for state in PROBLEM_LIFECYCLE.states)


def test_the_verbs_of_the_class_are_the_actions_of_the_lifecycle():
    assert verbs() == set(PROBLEM_LIFECYCLE.actions) == set(TABLE)


def test_the_steps_that_leave_the_state_alone_are_known():
    internal = {a for a, rows in TABLE.items() if rows and all(s == to for s, to in rows.items())}
    assert PROBLEM_LIFECYCLE.internal_actions == internal


@pytest.mark.parametrize("place", WAYS)
def test_what_is_allowed_from_a_state_is_what_the_domain_allows(place):
    assert set(standing(place).allowed) == allowed_in(place)


@pytest.mark.parametrize(("place", "action"), LEGAL)
def test_a_step_of_the_table_leads_where_the_table_says(place, action):
    before = ready(place, action)
    next_one = after(before, action)
    own = [entry for entry in next_one.journal[before.version :] if entry.part is None]

    assert next_one.state.name == expected(place, action)
    assert next_one.journal[: before.version] == before.journal
    assert own[0].from_state == state_of(place)
    assert own[-1].action == action
    assert all(entry.by == LI for entry in next_one.journal[before.version :])


@pytest.mark.parametrize(("place", "action"), ILLEGAL)
def test_any_other_step_is_refused_and_names_what_is_allowed(place, action):
    problem = ready(place, action)

    with nothing_changes(problem), pytest.raises(IllegalTransitionError) as refusal:
        after(problem, action) if action != "log" else problem._step(
            "log", by=LI, at=problem.journal[-1].at
        )

    assert refusal.value.action == action
    assert refusal.value.state == state_of(place)
    assert refusal.value.lifecycle == "problem"
    assert set(refusal.value.allowed) == allowed_in(place)
    assert [reason.rule for reason in refusal.value.reasons] == ["transition"]


@pytest.mark.parametrize(("place", "action"), PAIRS)
def test_why_not_says_beforehand_what_the_verb_will_do(place, action):
    problem = ready(place, action)
    told = {"by": LI, "at": problem.journal[-1].at, **good(action)}

    assert [reason.rule for reason in problem.why_not(action, **told)] == (
        [] if expected(place, action) else ["transition"]
    )


@pytest.mark.parametrize("place", LEFT)
def test_a_hold_returns_to_what_was_left_however_often_its_reason_changes(place):
    problem = ready(place, "hold")
    for _ in range(3):
        problem = after(problem, "hold", until=minute(5000 + problem.version))
    assert after(problem, "resume").state.name == LEFT[place]


def test_nothing_begins_with_another_verb_than_log():
    begins = [a for a in PROBLEM_LIFECYCLE.actions if PROBLEM_LIFECYCLE.rows(None, a)]
    assert begins == ["log"]


def test_an_unknown_action_is_refused_and_the_nearest_one_named():
    with pytest.raises(UnknownActionError) as refusal:
        standing("known_error").why_not("start_fixing", by=LI, at=minute(90))
    assert refusal.value.nearest == "start_fix"


def test_parameters_of_every_verb_are_known_to_these_tests():
    assert all(set(good(action)) <= set(parameters(action)) for action in TABLE)
    assert {*GOOD, "take_over"} == set(TABLE)


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
