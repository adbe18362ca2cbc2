"""
Policies decide, the entry keeps what they decided, and swapping them rewrites nothing.
"""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from incident_doubles import (
    ADA,
    DESK,
    GOOD,
    LI,
    MAIL,
    MONITORING,
    MORNING,
    after,
    logged,
    minute,
    standing,
    through,
)
from itil_ops import (
    FIVE_BY_FIVE_MATRIX,
    BusinessCalendar,
    BusinessDays,
    ClosureReason,
    Criticality,
    Direction,
    FixedOwner,
    GuardRefusedError,
    Impact,
    Incident,
    IncidentId,
    IncidentPolicies,
    MatrixPriority,
    PendingReason,
    Priority,
    PriorityDecision,
    PriorityOverride,
    ReopenWindow,
    ResolutionCode,
    TwoStepClosure,
    Urgency,
    Visibility,
)
from record_doubles import nothing_changes, rules_of


HIGH = {"impact": Impact.HIGH, "urgency": Urgency.HIGH}
OFFICE = BusinessCalendar(
    "Europe/London", dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), (("09:00", "17:00"),))
)
A_MONTH = IncidentPolicies(reopen=ReopenWindow(window=timedelta(days=31), name="a month"))


def days(count):
    return MORNING + timedelta(days=count)


@attrs.frozen
class EverythingIsUrgent:
    """
    A priority policy of a caller's own.
    """

    def decide(self, impact, urgency, *, vip, criticality):
        return PriorityDecision(Priority.CRITICAL, "everything is urgent")


@attrs.frozen
class OwnerByService:
    """
    An ownership policy of a caller's own.
    """

    name: str = "owner by service"

    def owner(self, *, service, category):
        return f"{service} owner of {category}"


@attrs.frozen
class NeverAgain:
    """
    A reopening policy of a caller's own: what is closed stays closed.
    """

    name: str = "never again"

    def reopen_until(self, incident, closed_at):
        return None

    def why_not(self, incident):
        return None if incident.state.name == "closed" else "it is done"


@attrs.frozen
class NoAutomation:
    """
    An automatic resolution policy of a caller's own.
    """

    def why_not(self, incident):
        return f"{incident.title} takes a person"


@attrs.frozen
class AllAreMajor:
    """
    A major incident policy of a caller's own.
    """

    def is_candidate(self, incident):
        return True


@attrs.frozen
class ClosesAnything:
    """
    A closure policy of a caller's own, which forgets about VIPs and major incidents.
    """

    name: str = "closes anything"
    confirmed_by_another: bool = False

    def auto_close_at(self, incident, resolved_at):
        return resolved_at


class Swift(Incident):
    """
    A caller's own incident, with policies of its own.
    """

    __slots__ = ()

    policies = IncidentPolicies(
        priority=EverythingIsUrgent(), ownership=FixedOwner("swift desk", "the swift one")
    )


# ---- Priority -----------------------------------------------------------------------------------


def test_the_matrix_decides_on_the_priority_and_the_entry_keeps_that():
    incident = logged(**HIGH)
    assert incident.priority == Priority.CRITICAL
    assert incident.journal[0].changes["priority"] == Priority.CRITICAL
    assert incident.journal[0].decided["priority"] == "itil_3x3"


@pytest.mark.parametrize("known", [{}, {"impact": Impact.LOW}, {"urgency": Urgency.LOW}])
def test_without_impact_or_urgency_there_is_no_priority_and_no_decision(known):
    incident = logged(**known)
    assert incident.priority is None
    assert "priority" not in incident.journal[0].decided


@pytest.mark.parametrize(
    ("row", "urgency"),
    [("123", Urgency.HIGH), ("234", Urgency.MEDIUM), ("345", Urgency.LOW)],
)
def test_the_default_matrix_is_that_of_the_domain(row, urgency):
    levels = (Impact.HIGH, Impact.MEDIUM, Impact.LOW)
    assert [str(logged(impact=i, urgency=urgency).priority.rank) for i in levels] == list(row)


def test_stating_impact_or_urgency_anew_decides_anew():
    incident = after(logged(**HIGH), "prioritize", impact=Impact.LOW, urgency=None)
    assert (incident.impact, incident.urgency) == (Impact.LOW, Urgency.HIGH)
    assert incident.priority == Priority.MEDIUM
    assert incident.journal[-1].changes == {"impact": Impact.LOW, "priority": Priority.MEDIUM}

    incident = after(incident, "prioritize", impact=None, urgency=Urgency.LOW)
    assert incident.priority == Priority.PLANNING


def test_a_critical_service_raises_the_impact_and_a_vip_the_urgency():
    low = {"impact": Impact.LOW, "urgency": Urgency.LOW}
    assert logged(**low).priority == Priority.PLANNING
    assert logged(**low, criticality=Criticality.CRITICAL).priority == Priority.LOW
    assert logged(**low, criticality=Criticality.HIGH).priority == Priority.PLANNING
    assert logged(**low, vip=True).priority == Priority.LOW

    both = logged(**low, vip=True, criticality=Criticality.CRITICAL)
    assert both.priority == Priority.MEDIUM
    assert both.journal[0].decided["priority"] == "itil_3x3, critical service, vip"
    assert (both.impact, both.urgency) == (Impact.LOW, Urgency.LOW)


def test_what_cannot_be_raised_stays_where_it_is():
    top = logged(**HIGH, vip=True, criticality=Criticality.CRITICAL)
    assert top.priority == Priority.CRITICAL


def test_vip_and_criticality_still_count_when_it_is_prioritized_later():
    incident = after(logged(vip=True), "prioritize", impact=Impact.LOW, urgency=Urgency.LOW)
    assert incident.priority == Priority.LOW


def test_another_matrix_knows_other_levels():
    fine = IncidentPolicies(priority=MatrixPriority(matrix=FIVE_BY_FIVE_MATRIX))
    levels = {"impact": Impact.VERY_HIGH, "urgency": Urgency.VERY_LOW}
    incident = logged(**levels, policies=fine)
    assert incident.priority == Priority.MEDIUM
    assert incident.journal[0].decided["priority"] == "five_by_five"

    with pytest.raises(ValueError, match="has no cell"):
        logged(**levels)


def test_swapping_the_priority_policy_changes_priorities_and_nothing_else():
    urgent = IncidentPolicies(priority=EverythingIsUrgent())
    usual = logged(impact=Impact.LOW, urgency=Urgency.LOW)
    swapped = logged(impact=Impact.LOW, urgency=Urgency.LOW, policies=urgent)
    differing = {
        name
        for name, value in usual.journal[0].changes.items()
        if swapped.journal[0].changes[name] != value
    }
    assert differing == {"priority"}
    assert swapped.journal[0].decided["priority"] == "everything is urgent"


# ---- Override -----------------------------------------------------------------------------------


def overridden(incident=None, **told):
    return after(
        incident or logged(**HIGH),
        "prioritize",
        impact=None,
        urgency=None,
        override=Priority.LOW,
        reason="Only the archive.",
        **told,
    )


def test_an_override_holds_against_the_matrix_with_reason_and_actor():
    incident = overridden(by=ADA)
    assert incident.priority == Priority.LOW
    assert incident.priority_override == PriorityOverride(Priority.LOW, "Only the archive.", "ada")
    assert incident.journal[-1].decided == {"priority": "override"}
    assert incident.journal[-1].by == ADA


def test_an_override_is_kept_through_impact_urgency_and_a_workaround():
    incident = after(overridden(), "prioritize", impact=Impact.LOW, urgency=None)
    incident = after(incident, "prioritize", impact=None, urgency=Urgency.LOW)
    incident = through(incident, "assign", "start")
    incident = after(incident, "apply_workaround", impact=Impact.HIGH)
    assert (incident.impact, incident.urgency) == (Impact.HIGH, Urgency.LOW)
    assert incident.priority == Priority.LOW
    assert [e.decided.get("priority") for e in incident.journal if "priority" in e.decided] == [
        "itil_3x3",
        "override",
        "override",
        "override",
        "override",
    ]


def test_an_override_can_take_the_place_of_another():
    incident = after(
        overridden(), "prioritize", override=Priority.HIGH, reason="The archive matters.", by=DESK
    )
    assert incident.priority_override.by == "desk"
    assert incident.priority == Priority.HIGH


def test_a_released_override_lets_the_matrix_decide_again():
    incident = after(overridden(), "prioritize", impact=None, urgency=None, release_override=True)
    assert incident.priority == Priority.CRITICAL
    assert incident.priority_override is None
    assert incident.journal[-1].decided == {"priority": "itil_3x3"}


def test_an_override_needs_no_matrix_to_hold():
    incident = overridden(logged())
    assert incident.priority == Priority.LOW
    assert (
        after(incident, "prioritize", impact=None, urgency=None, release_override=True).priority
        is None
    )


# ---- Ownership ----------------------------------------------------------------------------------


def test_the_service_desk_is_accountable_unless_somebody_else_is_named():
    assert logged().owner == "service_desk"
    assert logged().journal[0].decided["owner"] == "fixed_owner"
    named = logged(owner="mail team lead")
    assert named.owner == "mail team lead"
    assert "owner" not in named.journal[0].decided


def test_the_ownership_policy_sees_service_and_category():
    incident = logged(category=MAIL, policies=IncidentPolicies(ownership=OwnerByService()))
    assert incident.owner == "email owner of software/mail"
    assert incident.journal[0].decided["owner"] == "owner by service"


def test_ownership_never_moves():
    incident = through(logged(), "assign", "escalate", "start", "declare_major", "hold", "resume")
    incident = after(incident, "escalate", group="network")
    assert incident.owner == "service_desk"
    assert incident.assignee is None


# ---- Reopen window ------------------------------------------------------------------------------


def test_a_closed_incident_can_be_reopened_for_one_business_day():
    closed = standing("closed")
    assert closed.journal[-1].changes["reopen_until"] == days(2).replace(hour=0)
    assert closed.journal[-1].decided == {"reopen_until": "reopen_window"}

    last = closed.reopen_until - timedelta(microseconds=1)
    assert after(closed, "reopen", at=last).state.name == "in_progress"
    with pytest.raises(GuardRefusedError) as refusal:
        after(closed, "reopen", at=closed.reopen_until)
    assert rules_of(refusal) == ["the_reopen_window_is_open"]
    assert "link it" in str(refusal.value)


def test_a_resolved_incident_can_be_reopened_at_any_time():
    assert after(standing("resolved"), "reopen", at=days(4000)).state.name == "in_progress"


def test_thirty_one_days_allow_what_one_business_day_refuses():
    resolved = standing("resolved")
    closed = after(resolved, "close", policies=A_MONTH)
    assert closed.journal[-1].decided == {"reopen_until": "a month"}
    assert after(closed, "reopen", at=days(30)).reopen_count == 1
    assert closed.why_not("reopen", reason="Again.", by=DESK, at=days(32))


def test_the_window_set_when_it_was_closed_counts_not_the_one_of_today():
    resolved = standing("resolved")
    a_day, a_month = after(resolved, "close"), after(resolved, "close", policies=A_MONTH)
    later = {"reason": "Again.", "by": DESK, "at": days(20)}

    assert not a_month.why_not("reopen", **later)
    assert not a_month.why_not("reopen", **later, policies=IncidentPolicies())
    assert a_day.why_not("reopen", **later, policies=A_MONTH)


def test_reopening_and_closing_again_sets_a_window_anew():
    again = after(after(standing("closed"), "reopen"), "resolve")
    assert (again.reopen_until, again.closure_reason) == (None, None)
    assert after(again, "close", at=days(9)).reopen_until == days(11).replace(hour=0)


def test_a_window_runs_in_a_calendar():
    policies = IncidentPolicies(reopen=ReopenWindow(calendar=OFFICE))
    friday = days(4)
    closed = after(standing("resolved"), "close", at=friday, policies=policies)
    assert closed.reopen_until == days(7).replace(hour=17)


def test_a_window_of_nothing_is_never_open():
    policies = IncidentPolicies(reopen=ReopenWindow(window=timedelta(0)))
    closed = after(standing("resolved"), "close", policies=policies)
    assert closed.why_not("reopen", reason="Again.", by=DESK, at=closed.journal[-1].at)


def test_a_policy_may_close_for_good():
    policies = IncidentPolicies(reopen=NeverAgain())
    closed = after(standing("resolved"), "close", policies=policies)
    reasons = closed.why_not("reopen", reason="Again.", by=DESK, at=minute(9))
    assert [reason.text for reason in reasons] == [
        "the time to reopen it ended at once; log a new incident and link it"
    ]


def test_a_policy_may_speak_against_reopening_what_is_resolved():
    reasons = standing("resolved").why_not(
        "reopen",
        reason="Again.",
        by=DESK,
        at=minute(9),
        policies=IncidentPolicies(reopen=NeverAgain()),
    )
    assert [str(reason) for reason in reasons] == ["it is done"]


@pytest.mark.parametrize("most", [0, 1, 3])
def test_reopenings_can_be_limited(most):
    policies = IncidentPolicies(reopen=ReopenWindow(at_most=most))
    incident = standing("resolved")
    for _ in range(most):
        incident = after(after(incident, "reopen", policies=policies), "resolve")
    with nothing_changes(incident), pytest.raises(GuardRefusedError) as refusal:
        after(incident, "reopen", policies=policies)
    assert rules_of(refusal) == ["another_reopening_is_allowed"]
    closed = after(incident, "close")
    assert closed.why_not("reopen", reason="Again.", by=DESK, at=minute(90), policies=policies)
    assert not closed.why_not("reopen", reason="Again.", by=DESK, at=minute(90))


# ---- Automatic closure --------------------------------------------------------------------------


def auto_closed(incident, at, **told):
    return after(incident, "close", by=MONITORING, reason=ClosureReason.AUTO_CLOSED, at=at, **told)


def test_it_closes_by_itself_after_two_business_days_and_not_before():
    resolved = standing("resolved")
    due = resolved.auto_close_at
    assert due == days(3).replace(hour=0)
    assert resolved.journal[-1].decided == {"auto_close_at": "two_step_closure"}

    assert auto_closed(resolved, due).closure_reason is ClosureReason.AUTO_CLOSED
    with pytest.raises(GuardRefusedError) as refusal:
        auto_closed(resolved, due - timedelta(microseconds=1))
    assert rules_of(refusal) == ["an_automatic_closure_is_due"]


def test_the_time_to_object_runs_from_when_it_was_resolved_not_when_that_was_told():
    late = after(standing("in_progress"), "resolve", effective_at=minute(5), at=days(1))
    assert late.auto_close_at == days(3).replace(hour=0)


@pytest.mark.parametrize("vip", [True, False])
def test_what_is_major_or_a_vips_never_closes_by_itself(vip):
    before = () if vip else ("declare_major",)
    for policies in (None, IncidentPolicies(closure=ClosesAnything())):
        ongoing = standing("in_progress", *before, vip=vip)
        resolved = after(ongoing, "resolve", policies=policies)
        if policies is None:
            assert resolved.auto_close_at is None
        with pytest.raises(GuardRefusedError) as refusal:
            auto_closed(resolved, days(400))
        assert rules_of(refusal) == ["an_automatic_closure_is_due"]
        assert "never" in str(refusal.value)
        assert after(resolved, "close").state.name == "closed"


def test_a_demoted_incident_closes_by_itself_again():
    demoted = through(standing("in_progress", "declare_major"), "demote_major", "resolve")
    assert auto_closed(demoted, days(3)).state.name == "closed"


def test_the_due_time_set_when_it_was_resolved_counts_not_the_one_of_today():
    slow = IncidentPolicies(closure=TwoStepClosure(after=timedelta(days=10), name="slow"))
    resolved = after(standing("in_progress"), "resolve", policies=slow)
    assert resolved.journal[-1].decided == {"auto_close_at": "slow"}
    with pytest.raises(GuardRefusedError):
        auto_closed(resolved, days(5), policies=IncidentPolicies())
    assert auto_closed(resolved, days(11), policies=IncidentPolicies()).state.name == "closed"

    quick = standing("resolved")
    assert auto_closed(quick, days(3), policies=slow).state.name == "closed"


def test_the_time_to_object_runs_in_a_calendar():
    closure = TwoStepClosure(after=BusinessDays(2), calendar=OFFICE)
    friday = days(4)
    resolved = after(
        standing("in_progress"), "resolve", at=friday, policies=IncidentPolicies(closure=closure)
    )
    assert resolved.auto_close_at == days(8).replace(hour=17)


def test_it_does_not_close_by_itself_in_one_step():
    reasons = standing("in_progress").why_not(
        "close",
        resolution=ResolutionCode.FIXED,
        reason=ClosureReason.AUTO_CLOSED,
        by=MONITORING,
        at=minute(9),
    )
    assert [reason.rule for reason in reasons] == ["an_automatic_closure_is_due"]


# ---- Major, automatic resolution, replies -------------------------------------------------------


def test_priority_one_and_security_make_candidates_for_a_major_incident():
    assert logged(**HIGH).is_major_candidate
    assert logged(security=True).is_major_candidate
    assert not logged(impact=Impact.HIGH, urgency=Urgency.MEDIUM).is_major_candidate
    assert not logged().is_major_candidate
    assert logged(**HIGH).major is None


def test_the_class_says_what_a_candidate_is():
    class Grave(Incident):
        __slots__ = ()
        policies = IncidentPolicies(major=AllAreMajor())

    assert Grave.replay(logged().journal).is_major_candidate


def test_automatic_resolution_is_the_policies_to_refuse():
    reasons = standing("new").why_not(
        "auto_resolve",
        **GOOD["auto_resolve"],
        by=MONITORING,
        at=minute(9),
        policies=IncidentPolicies(auto_resolution=NoAutomation()),
    )
    assert [str(reason) for reason in reasons] == ["Mail is down in Lyon takes a person"]


def awaiting_caller():
    return after(standing("in_progress"), "hold", reason=PendingReason.AWAITING_CALLER)


@pytest.mark.parametrize("visibility", Visibility)
def test_a_reply_takes_up_work_that_waits_for_the_caller(visibility):
    waiting = awaiting_caller()
    answered = after(
        waiting,
        "communicate",
        direction=Direction.INBOUND,
        visibility=visibility,
        at=minute(30),
        effective_at=minute(20),
    )
    told, resumed = answered.journal[-2:]

    assert (told.action, resumed.action) == ("communicate", "resume")
    assert resumed.cause == told.number
    assert told.at == resumed.at == minute(30)
    assert told.effective_at == resumed.effective_at == minute(20)
    assert (told.note, resumed.note) == ("We are on it.", None)
    assert answered.state.name == "in_progress"
    assert answered.last_contact.at == minute(20)


def test_a_reply_takes_up_nothing_where_the_policy_is_off():
    off = IncidentPolicies(resume_on_reply=False)
    answered = after(awaiting_caller(), "communicate", direction=Direction.INBOUND, policies=off)
    assert answered.state.name == "pending"
    assert answered.version == awaiting_caller().version + 1


@pytest.mark.parametrize(
    "contact",
    [
        {"direction": Direction.OUTBOUND},
        {"direction": Direction.INBOUND, "automatic": True},
        {"direction": Direction.OUTBOUND, "automatic": True},
    ],
)
def test_neither_the_providers_words_nor_an_automatic_reply_take_up_work(contact):
    assert after(awaiting_caller(), "communicate", **contact).state.name == "pending"


def test_a_reply_takes_up_nothing_that_waits_for_somebody_else():
    told = after(standing("pending"), "communicate", direction=Direction.INBOUND)
    assert told.state.name == "pending"


@pytest.mark.parametrize("place", ["new", "in_progress", "resolved", "closed", "cancelled"])
def test_a_reply_where_nothing_waits_is_kept(place):
    told = after(standing(place), "communicate", direction=Direction.INBOUND)
    assert told.state.name == place
    assert told.last_contact.is_from_user


# ---- Whose policies -----------------------------------------------------------------------------


def test_a_subclass_has_policies_of_its_own():
    incident = Swift.log(
        IncidentId("S-1"),
        title="Slow",
        service="email",
        impact=Impact.LOW,
        urgency=Urgency.LOW,
        by=DESK,
        at=MORNING,
    )
    assert incident.priority == Priority.CRITICAL
    assert (incident.owner, incident.journal[0].decided["owner"]) == (
        "swift desk",
        "the swift one",
    )
    assert type(after(incident, "start")) is Swift
    assert Incident.policies.ownership == FixedOwner()


def test_policies_of_one_call_go_before_those_of_the_class():
    incident = Swift.replay(logged(impact=Impact.LOW, urgency=Urgency.LOW).journal)
    usual = after(incident, "prioritize", impact=None, urgency=None, policies=IncidentPolicies())
    assert usual.priority == Priority.PLANNING
    assert after(usual, "prioritize", impact=None, urgency=None).priority == Priority.CRITICAL


def test_policies_of_one_call_hold_for_that_call_only():
    strict = IncidentPolicies.strict()
    incident = standing("in_progress")
    assert incident.why_not(
        "resolve", code=ResolutionCode.FIXED, by=LI, at=minute(9), policies=strict
    )
    assert not incident.why_not("resolve", code=ResolutionCode.FIXED, by=LI, at=minute(9))


def test_replay_asks_no_policy_again():
    lenient = through(logged(impact=Impact.LOW, urgency=Urgency.LOW), "assign", "close")

    class Strict(Incident):
        __slots__ = ()
        policies = IncidentPolicies.strict(
            priority=EverythingIsUrgent(), ownership=OwnerByService()
        )

    told = Strict.replay(lenient.journal)
    assert (told.priority, told.owner) == (Priority.PLANNING, "service_desk")
    assert told.journal == lenient.journal
    assert told.reopen_until == lenient.reopen_until


def test_strict_policies_can_be_bent():
    bent = IncidentPolicies.strict(completeness=(), reopen=A_MONTH.reopen)
    assert bent.completeness == frozenset()
    assert bent.reopen.name == "a month"
    assert bent.authorization == IncidentPolicies.strict().authorization


@pytest.mark.parametrize(
    "make",
    [
        lambda: IncidentPolicies(closure=5),
        lambda: IncidentPolicies(reopen=timedelta(days=1)),
        lambda: IncidentPolicies(closure=TwoStepClosure),
        lambda: IncidentPolicies(priority=FIVE_BY_FIVE_MATRIX),
        lambda: IncidentPolicies(resume_on_reply="no"),
        lambda: ReopenWindow(at_most="3"),
        lambda: ReopenWindow(calendar="always"),
        lambda: TwoStepClosure(calendar=3),
        lambda: TwoStepClosure(confirmed_by_another="yes"),
        lambda: FixedOwner(None),
        lambda: MatrixPriority(matrix=None),
    ],
)
def test_what_a_policy_is_told_is_of_its_type(make):
    with pytest.raises(TypeError):
        make()


def test_a_limit_of_reopenings_is_not_negative():
    with pytest.raises(ValueError, match="at_most must not be negative"):
        ReopenWindow(at_most=-1)


def test_a_matrix_is_not_left_however_far_a_level_is_lowered():
    lowered = MatrixPriority(vip_raises_urgency=-5)
    told = {"vip": True, "criticality": None}
    assert lowered.decide(Impact.HIGH, Urgency.HIGH, **told).priority == Priority.MEDIUM
