"""
Who may do what with known errors under strict policies, role by role.
"""

from __future__ import annotations

import pytest

from itil_ops.errors import NotPermittedError
from itil_ops.kernel.actor import Actor, ProcessRole
from itil_ops.problem.known_error.policies import STRICT_KNOWN_ERROR_ROLES, KnownErrorPolicies
from itil_ops.problem.known_error.record import KnownError
from known_error_doubles import GOOD, after, drafted, ready
from record_doubles import nothing_changes, rules_of


pytestmark = pytest.mark.usefixtures("every_step_is_true")

#: Roles alone: what known errors must say is another matter.
ROLES = KnownErrorPolicies.strict(completeness=())

ALL = set(GOOD)
WRITING = {"draft", "revise", "revise_workaround", "rule_out_workaround", "link"}
USING = {"record_use", "comment"}
WHERE = {"publish": "draft", "republish": "retired"}

#: What each role may do; the problem manager owns the database.
COLUMN = {role: set() for role in ProcessRole.constants()} | {
    ProcessRole.PROBLEM_MANAGER: ALL,
    ProcessRole.SECOND_LINE_ANALYST: WRITING | USING,
    ProcessRole.THIRD_LINE_ANALYST: WRITING | USING,
    ProcessRole.SERVICE_DESK: USING,
    ProcessRole.INCIDENT_MANAGER: USING,
    ProcessRole.MAJOR_INCIDENT_MANAGER: USING,
    ProcessRole.SYSTEM: USING | {"resolve", "republish"},
}


def kim(*roles):
    return Actor("kim", roles=roles)


def attempt(action, by, policies=ROLES):
    """
    Return what the verb makes of a known error on which it would pass but for the role.
    """
    if action == "draft":
        return drafted(by=by, policies=policies)
    known_error = ready(WHERE.get(action, "published"), action)
    return after(known_error, action, by=by, policies=policies)


@pytest.mark.parametrize("role", COLUMN, ids=str)
@pytest.mark.parametrize("action", GOOD)
def test_a_role_may_do_what_its_cell_names_and_nothing_else(role, action):
    if action in COLUMN[role]:
        assert attempt(action, kim(role)).journal[-1].by == kim(role)
        return
    with pytest.raises(NotPermittedError) as refusal:
        attempt(action, kim(role))
    assert rules_of(refusal) == ["permission"]
    holders = {str(role) for role, actions in COLUMN.items() if action in actions}
    assert set(refusal.value.needed) == holders


@pytest.mark.parametrize("action", GOOD)
def test_without_a_role_nobody_may_do_anything(action):
    with pytest.raises(NotPermittedError):
        attempt(action, kim())


@pytest.mark.parametrize("action", GOOD)
def test_everyone_may_do_everything_by_default(action):
    assert attempt(action, kim(), policies=None).journal[-1].by == kim()


def test_a_refusal_of_role_and_rules_names_both():
    draft = drafted()
    with nothing_changes(draft), pytest.raises(NotPermittedError) as refusal:
        after(draft, "publish", by=kim(), policies=KnownErrorPolicies.strict())
    assert rules_of(refusal) == [
        "permission",
        "it_is_categorized",
        "what_it_affects_is_named",
        "the_root_cause_is_known",
    ]


def test_the_strict_table_is_the_one_that_strict_policies_hold():
    assert KnownErrorPolicies.strict().authorization == STRICT_KNOWN_ERROR_ROLES
    assert KnownError.policies == KnownErrorPolicies()
