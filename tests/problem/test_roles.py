"""
Who may do what with problems under strict policies, cell by cell of the domain's table.
"""

from __future__ import annotations

import pytest

from itil_ops import Actor, NotPermittedError, ProcessRole
from itil_ops.problem.policies import STRICT_PROBLEM_ROLES, ProblemPolicies
from itil_ops.problem.record import Problem
from problem_doubles import ALARM, GOOD, INC, after, good, logged, minute, ready, standing
from record_doubles import nothing_changes, rules_of


#: Roles alone: what records must say is another matter.
ROLES = ProblemPolicies.strict(completeness=())

ACTIONS = (*GOOD, "take_over")
ANALYST = {"log", "investigate"}
#: Beyond the domain's cell: who analyzes waits, resolves and notes what is found.
NOTING = {
    "hold",
    "resume",
    "resolve",
    "diagnose",
    "record_root_cause",
    "record_workaround",
    "rule_out_workaround",
    "record_change",
    "record_recurrence",
    "revise",
    "comment",
}
WHERE = {
    "assess": "new",
    "investigate": "assessed",
    "resume": "pending",
    "fix_failed": "fix_in_progress",
    "defer": "known_error",
    "take_up": "known_error",
    "close": "resolved",
    "reanalyze": "resolved",
    "record_recurrence": "resolved",
    "renew_risk_acceptance": "closed at a risk",
    "communicate_fix": "resolved",
}

#: The problem column: what each role may do with any problem.
COLUMN = {
    ProcessRole.USER: set(),
    ProcessRole.SERVICE_DESK: {"log"},
    ProcessRole.SECOND_LINE_ANALYST: ANALYST | NOTING,
    ProcessRole.THIRD_LINE_ANALYST: ANALYST | NOTING,
    ProcessRole.INCIDENT_MANAGER: {"log"},
    ProcessRole.MAJOR_INCIDENT_MANAGER: set(),
    ProcessRole.PROBLEM_MANAGER: set(ACTIONS),
    ProcessRole.REQUEST_MANAGER: set(),
    ProcessRole.ACCESS_MANAGER: set(),
    ProcessRole.APPROVER: {"accept_risk", "renew_risk_acceptance"},
    ProcessRole.EVENT_MANAGER: set(),
    ProcessRole.OPERATOR: set(),
    ProcessRole.SYSTEM: {
        "log",
        "investigate",
        "link",
        "hold",
        "resume",
        "fix_failed",
        "record_change",
        "record_recurrence",
        "communicate_workaround",
        "communicate_fix",
        "comment",
    },
}


def place_of(action):
    return WHERE.get(action, "under_investigation")


def attempt(action, by, **told):
    """
    Return what the verb makes of a problem on which it would pass but for the role.
    """
    if action == "log":
        return logged(by=by, policies=ROLES, **told)
    problem = ready(place_of(action), action)
    return after(problem, action, by=by, policies=ROLES, **told)


def kim(*roles):
    return Actor("kim", roles=roles)


def holders(action):
    return {str(role) for role, actions in COLUMN.items() if action in actions}


def test_the_table_speaks_of_every_role():
    assert set(COLUMN) == set(ProcessRole.constants())


@pytest.mark.parametrize("role", COLUMN, ids=str)
@pytest.mark.parametrize("action", ACTIONS)
def test_a_role_may_do_what_its_cell_names_and_nothing_else(role, action):
    if action in COLUMN[role]:
        assert attempt(action, kim(role)).journal[-1].by == kim(role)
        return
    with pytest.raises(NotPermittedError) as refusal:
        attempt(action, kim(role))
    assert refusal.value.actor == "kim"
    assert rules_of(refusal)[0] == "permission"
    assert set(refusal.value.needed) == holders(action)


@pytest.mark.parametrize("action", ACTIONS)
def test_without_a_role_nobody_may_do_anything(action):
    with pytest.raises(NotPermittedError):
        attempt(action, kim())


@pytest.mark.parametrize("action", ACTIONS)
def test_everyone_may_do_everything_by_default(action):
    done = (
        logged(by=kim())
        if action == "log"
        else after(ready(place_of(action), action), action, by=kim())
    )
    assert done.journal[-1].by == kim()


@pytest.mark.parametrize("role", [ProcessRole.EVENT_MANAGER, ProcessRole.OPERATOR], ids=str)
def test_who_watches_events_logs_what_stems_from_one(role):
    assert attempt("log", kim(role), raised_from=[INC, ALARM]).raised_from == (INC, ALARM)
    with pytest.raises(NotPermittedError):
        attempt("log", kim(role), raised_from=[INC])


def test_an_analyst_does_not_assess_by_investigating_in_one_step():
    analyst = kim(ProcessRole.THIRD_LINE_ANALYST)
    new = logged()
    with nothing_changes(new), pytest.raises(NotPermittedError) as refusal:
        after(new, "investigate", by=analyst, policies=ROLES)
    assert refusal.value.needed == ("problem_manager",)
    assert after(standing("assessed"), "investigate", by=analyst, policies=ROLES).group


def test_an_analyst_does_not_close_by_resolving_in_one_step():
    analyst = kim(ProcessRole.SECOND_LINE_ANALYST)
    with pytest.raises(NotPermittedError) as refusal:
        after(standing("known_error"), "close", by=analyst, policies=ROLES, waiver="It is gone.")
    assert refusal.value.action == "close"


def test_the_business_accepts_its_own_risk_as_an_approver():
    approver = kim(ProcessRole.APPROVER)
    strict = ProblemPolicies.strict()
    accepted = after(
        standing("known_error"), "accept_risk", approver="kim", by=approver, policies=strict
    )
    assert accepted.risk_acceptance.approver == "kim"

    manager = kim(ProcessRole.PROBLEM_MANAGER)
    reasons = standing("known_error").why_not(
        "accept_risk",
        **{**good("accept_risk"), "approver": "kim"},
        by=manager,
        at=minute(60),
        policies=strict,
    )
    assert [reason.rule for reason in reasons] == ["the_business_approves"]
    assert reasons[0].text == "kim is no approver"


def test_a_refusal_of_role_and_rules_names_both_and_is_about_permission():
    with pytest.raises(NotPermittedError) as refusal:
        after(logged(), "assess", by=kim(), policies=ProblemPolicies.strict())
    assert rules_of(refusal) == ["permission", "it_is_categorized", "it_is_prioritized"]


def test_the_strict_table_is_the_one_that_strict_policies_hold():
    assert ProblemPolicies.strict().authorization == STRICT_PROBLEM_ROLES
    assert Problem.policies == ProblemPolicies()
