"""
Who may do what with incidents under strict policies, cell by cell of the domain's table.
"""

from __future__ import annotations

import pytest

from incident_doubles import CLEARING, DESK, GOOD, LI, after, logged, minute, ready, standing
from itil_ops import (
    Actor,
    CancellationReason,
    ClosureReason,
    Direction,
    Incident,
    IncidentPolicies,
    NotPermittedError,
    PendingReason,
    ProcessRole,
    ResolutionCode,
    ServiceRequestId,
    TwoStepClosure,
)
from itil_ops.incident.policies import STRICT_ROLES
from record_doubles import nothing_changes, rules_of


#: Roles alone: what records must say is another matter.
ROLES = IncidentPolicies.strict(completeness=())

ALL = frozenset(GOOD)
ANALYST = {"start", "hold", "resume", "resolve", "escalate"}
#: Beyond the domain's cell: analysts also note and tell what they do.
NOTING = {
    "diagnose",
    "match_known_error",
    "complete_step",
    "apply_workaround",
    "mark_restored",
    "communicate",
    "comment",
}
WHERE = {
    "start": "assigned",
    "resume": "pending",
    "reopen": "resolved",
    "close": "resolved",
    "apply_workaround": "in_progress",
}

#: The incident column: what each role may do with any incident.
COLUMN = {
    ProcessRole.USER: set(),
    ProcessRole.SERVICE_DESK: ALL - {"declare_major"},
    ProcessRole.SECOND_LINE_ANALYST: ANALYST | NOTING,
    ProcessRole.THIRD_LINE_ANALYST: ANALYST | NOTING,
    ProcessRole.INCIDENT_MANAGER: ALL,
    ProcessRole.MAJOR_INCIDENT_MANAGER: ALL,
    ProcessRole.PROBLEM_MANAGER: {"link", "unlink"},
    ProcessRole.REQUEST_MANAGER: set(),
    ProcessRole.ACCESS_MANAGER: set(),
    ProcessRole.APPROVER: set(),
    ProcessRole.EVENT_MANAGER: set(),
    ProcessRole.OPERATOR: set(),
    ProcessRole.SYSTEM: {
        "assign",
        "start",
        "auto_resolve",
        "reopen",
        "escalate",
        "hold",
        "resume",
        "link",
        "unlink",
        "match_known_error",
        "apply_workaround",
        "communicate",
        "comment",
    },
}


def attempt(action, by, **told):
    """
    Return what the verb makes of an incident on which it would pass but for the role.
    """
    if action == "log":
        return logged(by=by, policies=ROLES, **told)
    incident = ready(WHERE.get(action, "new"), action)
    return after(incident, action, by=by, policies=ROLES, **told)


def kim(*roles):
    return Actor("kim", roles=roles)


def holders(action):
    return {str(role) for role, actions in COLUMN.items() if action in actions}


def test_the_table_speaks_of_every_role():
    assert set(COLUMN) == set(ProcessRole.constants())


@pytest.mark.parametrize("role", COLUMN, ids=str)
@pytest.mark.parametrize("action", GOOD)
def test_a_role_may_do_what_its_cell_names_and_nothing_else(role, action):
    if action in COLUMN[role]:
        assert attempt(action, kim(role)).journal[-1].by == kim(role)
        return
    with pytest.raises(NotPermittedError) as refusal:
        attempt(action, kim(role))
    assert refusal.value.actor == "kim"
    assert rules_of(refusal) == ["permission"]
    assert set(refusal.value.needed) == holders(action)
    assert all(name in str(refusal.value) for name in holders(action))


@pytest.mark.parametrize("action", GOOD)
def test_without_a_role_nobody_may_do_anything(action):
    with pytest.raises(NotPermittedError):
        attempt(action, kim())


@pytest.mark.parametrize("action", GOOD)
def test_everyone_may_do_everything_by_default(action):
    incident = None if action == "log" else ready(WHERE.get(action, "new"), action)
    done = logged(by=kim()) if incident is None else after(incident, action, by=kim())
    assert done.journal[-1].by == kim()


def test_one_of_several_roles_is_enough():
    roles = kim(ProcessRole.APPROVER, ProcessRole.PROBLEM_MANAGER)
    assert attempt("link", roles).links


# ---- Cells that hold for some records only ------------------------------------------------------


def test_a_user_reports_for_themselves_alone():
    user = kim(ProcessRole.USER)
    assert logged(by=user, caller="kim", policies=ROLES).caller == "kim"
    for caller in (None, "somebody"):
        with pytest.raises(NotPermittedError):
            logged(by=user, caller=caller, policies=ROLES)


def test_a_user_confirms_their_own_incident_alone():
    user = kim(ProcessRole.USER)
    closed = after(standing("resolved", caller="kim"), "close", by=user, policies=ROLES)
    assert closed.closure_reason is ClosureReason.CALLER_CONFIRMED
    with pytest.raises(NotPermittedError):
        after(standing("resolved", caller="lee"), "close", by=user, policies=ROLES)


@pytest.mark.parametrize("reason", [ClosureReason.ADMINISTRATIVE, ClosureReason.AUTO_CLOSED])
def test_a_user_closes_for_no_other_reason_than_their_confirmation(reason):
    resolved = standing("resolved", caller="kim")
    with pytest.raises(NotPermittedError):
        after(
            resolved,
            "close",
            by=kim(ProcessRole.USER),
            reason=reason,
            at=minute(9000),
            policies=ROLES,
        )


def test_a_user_does_not_resolve_by_closing_in_one_step():
    incident = standing("in_progress", caller="kim")
    with nothing_changes(incident), pytest.raises(NotPermittedError) as refusal:
        after(incident, "close", by=kim(ProcessRole.USER), policies=ROLES)
    assert refusal.value.action == "close"
    assert "second_line_analyst" in refusal.value.needed


def test_a_user_reopens_their_own_incident_alone():
    user = kim(ProcessRole.USER)
    for place in ("resolved", "closed"):
        again = after(standing(place, caller="kim"), "reopen", by=user, policies=ROLES)
        assert again.reopen_count == 1
        with pytest.raises(NotPermittedError):
            after(standing(place, caller="lee"), "reopen", by=user, policies=ROLES)


def test_a_user_answers_on_their_own_incident_alone_and_work_goes_on():
    user, reply = kim(ProcessRole.USER), {"direction": Direction.INBOUND, "policies": ROLES}
    for caller in ("kim", "lee"):
        waits = after(
            standing("in_progress", caller=caller), "hold", reason=PendingReason.AWAITING_CALLER
        )
        if caller == "kim":
            assert after(waits, "communicate", by=user, **reply).state.name == "in_progress"
            continue
        with pytest.raises(NotPermittedError) as refusal:
            after(waits, "communicate", by=user, **reply)
        assert refusal.value.action == "communicate"


def test_what_is_solved_in_the_call_is_confirmed_in_the_call():
    li = Actor("li", roles=[ProcessRole.SERVICE_DESK])
    closed = after(standing("in_progress"), "close", by=li, policies=ROLES)
    assert closed.closure_reason is ClosureReason.CALLER_CONFIRMED


def test_a_request_manager_cancels_what_becomes_a_request():
    manager = kim(ProcessRole.REQUEST_MANAGER)
    cancelled = attempt(
        "cancel",
        manager,
        reason=CancellationReason.CONVERTED,
        converted_to=ServiceRequestId("REQ-1"),
    )
    assert cancelled.cancellation_reason is CancellationReason.CONVERTED
    with pytest.raises(NotPermittedError):
        attempt("cancel", manager, reason=CancellationReason.WITHDRAWN)


def test_an_access_manager_logs_security_incidents():
    manager = kim(ProcessRole.ACCESS_MANAGER)
    assert attempt("log", manager, security=True).security
    with pytest.raises(NotPermittedError):
        attempt("log", manager)


@pytest.mark.parametrize(
    "role", [ProcessRole.EVENT_MANAGER, ProcessRole.OPERATOR, ProcessRole.SYSTEM], ids=str
)
def test_who_watches_events_logs_what_stems_from_one(role):
    assert attempt("log", kim(role), source_event=CLEARING).source_event == CLEARING
    with pytest.raises(NotPermittedError):
        attempt("log", kim(role))


def test_a_system_closes_what_nobody_objected_to():
    resolved = standing("resolved")
    system = Actor.system("night job")
    closed = after(
        resolved,
        "close",
        by=system,
        reason=ClosureReason.AUTO_CLOSED,
        at=resolved.auto_close_at,
        policies=ROLES,
    )
    assert closed.closure_reason is ClosureReason.AUTO_CLOSED
    with pytest.raises(NotPermittedError):
        after(resolved, "close", by=system, policies=ROLES)


def test_a_declaration_that_informs_takes_the_permission_to_escalate_too():
    told = {"informed": ["director"], "policies": ROLES}
    manager = kim(ProcessRole.INCIDENT_MANAGER)
    assert after(standing("new"), "declare_major", by=manager, **told).escalation.informed
    with pytest.raises(NotPermittedError):
        after(standing("new"), "declare_major", by=kim(ProcessRole.SERVICE_DESK), **told)


# ---- Separation ---------------------------------------------------------------------------------


def test_who_resolved_does_not_record_the_confirmation_under_strict_policies():
    li = Actor("li", roles=[ProcessRole.SERVICE_DESK])
    resolved = after(standing("in_progress"), "resolve", by=li)
    reasons = resolved.why_not("close", by=li, at=minute(90), policies=ROLES)
    assert [reason.rule for reason in reasons] == ["another_person_confirms"]
    assert "li resolved it" in reasons[0].text

    other = kim(ProcessRole.SERVICE_DESK)
    assert not resolved.why_not("close", by=other, at=minute(90), policies=ROLES)


def test_who_resolved_may_close_on_another_word_than_the_callers():
    li = Actor("li", roles=[ProcessRole.SERVICE_DESK])
    resolved = after(standing("in_progress"), "resolve", by=li)
    closed = after(resolved, "close", by=li, reason=ClosureReason.ADMINISTRATIVE, policies=ROLES)
    assert closed.closure_reason is ClosureReason.ADMINISTRATIVE


def test_it_is_the_last_resolution_that_counts():
    again = after(after(standing("resolved"), "reopen"), "resolve", by=DESK)
    policies = IncidentPolicies(closure=TwoStepClosure(confirmed_by_another=True))
    assert again.why_not("close", by=DESK, at=minute(90), policies=policies)
    assert not again.why_not("close", by=LI, at=minute(90), policies=policies)


def test_who_resolves_may_confirm_by_default():
    assert after(standing("resolved"), "close", by=LI).resolution.by == LI


def test_a_refusal_of_role_and_rules_names_both_and_is_about_permission():
    incident = standing("assigned")
    with pytest.raises(NotPermittedError) as refusal:
        incident.resolve(
            ResolutionCode.FIXED, by=kim(), at=minute(9), policies=IncidentPolicies.strict()
        )
    assert rules_of(refusal) == [
        "permission",
        "the_resolution_is_described",
        "the_restoration_is_evident",
    ]


def test_a_reason_of_no_transition_comes_before_one_of_permission():
    reasons = standing("closed").why_not("start", by=kim(), at=minute(90), policies=ROLES)
    assert [reason.rule for reason in reasons] == ["transition"]


def test_the_strict_table_is_the_one_that_strict_policies_hold():
    strict = IncidentPolicies.strict()
    assert strict.authorization == STRICT_ROLES
    assert strict.closure.confirmed_by_another
    assert Incident.policies == IncidentPolicies()
    assert IncidentPolicies.strict(resume_on_reply=False).authorization == STRICT_ROLES
