"""
Operational level agreements and underpinning contracts: clocks of those who help the provider.
"""

from __future__ import annotations

import copy
import pickle

import pytest

from clock_doubles import DESK, LI, OFFICE, hours, logged, minutes, t
from itil_ops.errors import AgreementError
from itil_ops.incident.vocabulary import CancellationReason, ResolutionCode
from itil_ops.kernel.priority import Impact, Urgency
from itil_ops.kernel.vocabulary import EscalationKind, PendingReason
from itil_ops.sla.agreements.agreement import (
    Agreement,
    AgreementKind,
    OperationalLevelAgreement,
    ServiceLevelAgreement,
    UnderpinningContract,
)
from itil_ops.sla.clocks.clock import ClockOutcome
from itil_ops.sla.clocks.draft import ClockState
from itil_ops.sla.clocks.promise import Pause
from itil_ops.sla.promises.condition import Where
from itil_ops.sla.promises.measure import Measure, always, is_over
from itil_ops.sla.promises.policy import ClockPolicy, Reopen
from itil_ops.sla.promises.target import Target, TargetKind


CALLER, SUPPLIER = PendingReason.AWAITING_CALLER, PendingReason.AWAITING_SUPPLIER
MET, BREACHED, CANCELLED = ClockOutcome.MET, ClockOutcome.BREACHED, ClockOutcome.CANCELLED
RESPONSE, RESOLUTION = TargetKind.RESPONSE, TargetKind.RESOLUTION

MONDAY = logged(t("mon 09:00"))


def target(kind, length, **options):
    return Target(kind, hours(length), calendar=OFFICE, **options)


def sla(*targets):
    return ServiceLevelAgreement("gold", targets=targets)


def ola(*targets, provider="network", **options):
    return OperationalLevelAgreement("bronze", provider=provider, targets=targets, **options)


def contract(*targets, provider="acme", **options):
    return UnderpinningContract("lines", provider=provider, targets=targets, **options)


def assigned(incident, at, group="network", assignee=None):
    return incident.assign(group=group, assignee=assignee, by=DESK, at=t(at))


def resolved(incident, at):
    return incident.resolve(ResolutionCode.FIXED, by=LI, at=t(at))


def told(clocks):
    return [(clock.started_at, clock.stopped_at, clock.outcome) for clock in clocks]


def span(start, stop=None, outcome=None):
    return t(start), stop and t(stop), outcome


class TestWithAGroup:
    AGREED = ola(target(RESOLUTION, 4))

    def test_elsewhere_there_is_no_clock(self):
        assert self.AGREED.clocks(MONDAY) == ()
        assert self.AGREED.clocks(assigned(MONDAY, "mon 10:00", "messaging")) == ()

    def test_it_starts_as_the_record_enters_the_group(self):
        (clock,) = self.AGREED.clocks(assigned(MONDAY, "mon 10:00"))

        assert told([clock]) == [span("mon 10:00")]
        assert clock.due_at == t("mon 14:00")

    def test_it_stops_as_the_record_leaves_it(self):
        left = assigned(assigned(MONDAY, "mon 10:00"), "mon 12:00", "messaging")

        assert told(self.AGREED.clocks(left)) == [span("mon 10:00", "mon 12:00", MET)]

    def test_left_too_late_it_is_breached(self):
        left = assigned(assigned(MONDAY, "mon 10:00"), "mon 15:00", "messaging")

        assert told(self.AGREED.clocks(left)) == [span("mon 10:00", "mon 15:00", BREACHED)]

    def test_each_stay_is_a_cycle_with_all_of_its_time(self):
        back = assigned(assigned(MONDAY, "mon 10:00"), "mon 12:00", "messaging")
        back = assigned(back, "mon 14:00")
        first, second = self.AGREED.clocks(back)

        assert (first.cycle, second.cycle) == (1, 2)
        assert second.started_at == t("mon 14:00")
        assert second.due_at == t("tue 10:00")

    def test_another_person_of_the_group_is_the_same_stay(self):
        moved = assigned(assigned(MONDAY, "mon 10:00", assignee="li"), "mon 11:00", assignee="ana")

        assert told(self.AGREED.clocks(moved)) == [span("mon 10:00")]

    def test_called_by_an_escalation_it_is_a_stay_as_well(self):
        called = MONDAY.escalate(
            EscalationKind.FUNCTIONAL, "beyond us", group="network", by=DESK, at=t("mon 10:00")
        )

        assert told(self.AGREED.clocks(called)) == [span("mon 10:00")]

    def test_the_result_stops_it(self):
        assert told(self.AGREED.clocks(resolved(assigned(MONDAY, "mon 10:00"), "mon 11:00"))) == [
            span("mon 10:00", "mon 11:00", MET)
        ]

    def test_dropped_there_it_is_cancelled(self):
        gone = assigned(MONDAY, "mon 10:00").cancel(
            CancellationReason.RAISED_IN_ERROR, by=DESK, at=t("mon 11:00")
        )

        assert [clock.outcome for clock in self.AGREED.clocks(gone)] == [CANCELLED]

    def test_reopened_there_it_goes_on(self):
        again = resolved(assigned(MONDAY, "mon 10:00"), "mon 11:00")
        again = again.reopen("It is back.", by=LI, at=t("mon 13:00"))
        (clock,) = self.AGREED.clocks(again)

        assert again.group == "network"
        assert clock.due_at == t("mon 16:00")

    @pytest.mark.parametrize("reopen", Reopen)
    def test_whatever_a_reopening_does_a_stay_elsewhere_is_none(self, reopen):
        agreement = ola(target(RESOLUTION, 4, policy=ClockPolicy(reopen=reopen)))
        left = assigned(assigned(MONDAY, "mon 10:00"), "mon 12:00", "messaging")
        again = resolved(left, "mon 13:00").reopen("It is back.", by=DESK, at=t("mon 14:00"))

        assert told(agreement.clocks(again)) == [span("mon 10:00", "mon 12:00", MET)]

    def test_it_pauses_as_its_targets_say(self):
        held = assigned(MONDAY, "mon 10:00").hold(CALLER, by=LI, at=t("mon 11:00"))
        (clock,) = self.AGREED.clocks(held)

        assert clock.pauses == (Pause(held.journal[-1].effective_at, None, CALLER),)

    def test_entered_on_hold_it_begins_paused(self):
        held = assigned(MONDAY, "mon 10:00", "messaging").hold(CALLER, by=LI, at=t("mon 11:00"))
        called = held.escalate(
            EscalationKind.FUNCTIONAL, "beyond us", group="network", by=LI, at=t("mon 12:00")
        )
        (clock,) = self.AGREED.clocks(called)

        assert clock.started_at == t("mon 12:00")
        assert clock.state is ClockState.PAUSED

    def test_left_on_hold_the_pause_ends(self):
        held = assigned(MONDAY, "mon 10:00").hold(CALLER, by=LI, at=t("mon 11:00"))
        (clock,) = self.AGREED.clocks(assigned(held, "mon 15:00", "messaging"))

        assert clock.outcome is MET
        assert clock.elapsed(t("mon 16:00")) == hours(1)

    def test_the_sla_runs_through(self):
        moved = assigned(assigned(MONDAY, "mon 10:00"), "mon 12:00", "messaging")
        (clock,) = sla(target(RESOLUTION, 8)).clocks(assigned(moved, "mon 14:00"))

        assert clock.pauses == ()
        assert clock.due_at == t("mon 17:00")

    def test_a_priority_changed_there_is_another_target(self):
        agreement = ola(
            target(RESOLUTION, 1, when=Where(impact=Impact.HIGH)), target(RESOLUTION, 4)
        )
        raised = assigned(MONDAY, "mon 10:00").prioritize(
            impact=Impact.HIGH, urgency=Urgency.HIGH, by=DESK, at=t("mon 10:30")
        )

        assert agreement.clocks(raised)[0].due_at == t("mon 11:00")

    def test_a_target_that_comes_later_counts_from_the_entry_and_not_from_the_log(self):
        agreement = ola(target(RESOLUTION, 4, when=Where(impact=Impact.HIGH)))
        raised = assigned(MONDAY, "mon 10:00").prioritize(
            impact=Impact.HIGH, by=DESK, at=t("mon 11:00")
        )

        assert agreement.clocks(raised)[0].started_at == t("mon 10:00")


def looks_at_the_title(fact):
    return "Lyon" in str(fact.fields.get("title"))


class TestConditions:
    @pytest.mark.parametrize("when", [looks_at_the_title, Where(service="email")])
    def test_whatever_is_asked_of_a_record_its_stays_are_seen(self, when):
        agreement = ola(target(RESOLUTION, 4, when=when))
        left = assigned(assigned(MONDAY, "mon 10:00"), "mon 12:00", "messaging")

        assert told(agreement.clocks(left)) == [span("mon 10:00", "mon 12:00", MET)]

    def test_a_pause_set_may_ask_who_has_taken_it(self):
        agreement = ola(target(RESOLUTION, 4, pause_on=[Where(assignee=None)]))
        taken = assigned(MONDAY, "mon 10:00").start(by=LI, at=t("mon 12:00"))
        (clock,) = agreement.clocks(taken)

        assert clock.due_at == t("mon 16:00")


class TestTimeToOwn:
    AGREED = ola(target(RESPONSE, 1))

    def test_it_runs_in_the_queue_of_the_group(self):
        (clock,) = self.AGREED.clocks(assigned(MONDAY, "mon 10:00"))

        assert clock.state is ClockState.RUNNING
        assert clock.due_at == t("mon 11:00")

    def test_it_stops_when_somebody_takes_it(self):
        taken = assigned(MONDAY, "mon 10:00").start(by=LI, at=t("mon 10:30"))

        assert told(self.AGREED.clocks(taken)) == [span("mon 10:00", "mon 10:30", MET)]

    def test_an_answer_of_somebody_else_does_not_stop_it(self):
        answered = assigned(MONDAY, "mon 10:00").communicate("Hello.", by=DESK, at=t("mon 10:10"))

        assert told(self.AGREED.clocks(answered)) == [span("mon 10:00")]

    def test_the_response_that_the_user_had_before_does_not_stop_it(self):
        answered = MONDAY.communicate("Hello.", by=DESK, at=t("mon 09:10"))

        assert told(self.AGREED.clocks(assigned(answered, "mon 10:00"))) == [span("mon 10:00")]

    def test_handed_to_a_person_it_is_owned_at_once(self):
        assert told(self.AGREED.clocks(assigned(MONDAY, "mon 10:00", assignee="li"))) == [
            span("mon 10:00", "mon 10:00", MET)
        ]

    def test_each_stay_is_to_be_owned_anew(self):
        there = assigned(MONDAY, "mon 10:00").start(by=LI, at=t("mon 10:30"))
        there = assigned(there, "mon 11:00", "messaging")

        assert told(self.AGREED.clocks(assigned(there, "mon 12:00"))) == [
            span("mon 10:00", "mon 10:30", MET),
            span("mon 12:00"),
        ]

    def test_a_result_is_one_way_to_own_it(self):
        (clock,) = self.AGREED.clocks(resolved(assigned(MONDAY, "mon 10:00"), "mon 10:30"))

        assert clock.stopped_at == t("mon 10:30")

    def test_the_sla_measures_the_response_to_the_user(self):
        taken = assigned(MONDAY, "mon 10:00", assignee="li")
        (clock,) = sla(target(RESPONSE, 1)).clocks(taken)

        assert clock.state is ClockState.RUNNING


class TestWithASupplier:
    AGREED = contract(target(RESOLUTION, 4))
    STARTED = MONDAY.start(by=LI, at=t("mon 09:00"))

    def held(self, at="mon 10:00", awaited="acme", reason=SUPPLIER):
        return self.STARTED.hold(reason, awaited=awaited, by=LI, at=t(at))

    def test_it_runs_while_the_record_waits_for_the_supplier_by_name(self):
        (clock,) = self.AGREED.clocks(self.held())

        assert told([clock]) == [span("mon 10:00")]
        assert clock.due_at == t("mon 14:00")

    def test_it_stops_when_the_wait_is_over(self):
        back = self.held().resume(by=LI, at=t("mon 12:00"))

        assert told(self.AGREED.clocks(back)) == [span("mon 10:00", "mon 12:00", MET)]

    def test_another_supplier_has_no_clock(self):
        assert self.AGREED.clocks(self.held(awaited="other")) == ()

    def test_a_wait_that_names_nobody_has_none(self):
        assert self.AGREED.clocks(self.held(awaited=None)) == ()

    def test_on_to_another_supplier_it_stops(self):
        moved = self.held().hold(SUPPLIER, awaited="other", by=LI, at=t("mon 11:00"))
        other = contract(target(RESOLUTION, 4), provider="other")

        assert told(self.AGREED.clocks(moved)) == [span("mon 10:00", "mon 11:00", MET)]
        assert told(other.clocks(moved)) == [span("mon 11:00")]

    def test_each_wait_is_a_cycle(self):
        again = self.held().resume(by=LI, at=t("mon 12:00"))
        again = again.hold(SUPPLIER, awaited="acme", by=LI, at=t("mon 14:00"))

        assert [clock.cycle for clock in self.AGREED.clocks(again)] == [1, 2]
        assert told(self.AGREED.clocks(again))[1] == span("mon 14:00")

    def test_it_runs_while_the_record_is_assigned_to_the_supplier(self):
        there = assigned(MONDAY, "mon 10:00", "acme")
        back = assigned(there, "mon 16:00", "messaging")

        assert told(self.AGREED.clocks(there)) == [span("mon 10:00")]
        assert told(self.AGREED.clocks(back)) == [span("mon 10:00", "mon 16:00", BREACHED)]

    def test_assigned_to_it_and_waiting_for_it_is_one_stay(self):
        there = assigned(MONDAY, "mon 10:00", "acme")
        there = there.hold(SUPPLIER, awaited="acme", by=LI, at=t("mon 11:00"))
        there = there.resume(by=LI, at=t("mon 12:00"))

        assert told(self.AGREED.clocks(there)) == [span("mon 10:00")]

    def test_resolved_out_of_the_wait_it_has_left(self):
        assert told(self.AGREED.clocks(resolved(self.held(), "mon 11:00"))) == [
            span("mon 10:00", "mon 11:00", MET)
        ]

    def test_the_provider_stays_accountable_meanwhile(self):
        (clock,) = sla(target(RESOLUTION, 8)).clocks(self.held())

        assert clock.state is ClockState.RUNNING

    def test_an_ola_does_not_follow_a_wait(self):
        assert ola(target(RESOLUTION, 4), provider="acme").clocks(self.held()) == ()

    def test_a_wait_told_late_counts_from_when_it_began(self):
        late = self.STARTED.hold(
            SUPPLIER, awaited="acme", by=LI, at=t("mon 12:00"), effective_at=t("mon 10:00")
        )

        assert self.AGREED.clocks(late) == self.AGREED.clocks(self.held())

    def test_glpi_24481_waiting_for_somebody_else_pauses_each_agreement_by_its_own_set(self):
        agreement = contract(target(RESOLUTION, 4, pause_on=[CALLER]))
        waits = assigned(MONDAY, "mon 10:00", "acme").hold(CALLER, by=LI, at=t("mon 11:00"))
        (clock,) = agreement.clocks(waits)

        assert clock.state is ClockState.PAUSED
        assert not clock.is_breached(t("thu 09:00"))


class TestGlpi:
    def test_row_12_the_ola_runs_from_the_assignment_and_the_sla_from_the_log(self):
        told = assigned(logged(t("mon 09:00")), "mon 10:00")
        (theirs,) = ola(target(RESOLUTION, 4)).clocks(told)
        (ours,) = sla(target(RESOLUTION, 4)).clocks(told)

        assert (theirs.due_at, ours.due_at) == (t("mon 14:00"), t("mon 13:00"))

    def test_24481_an_ola_is_not_breached_while_work_waits_for_what_it_pauses_on(self):
        waits = assigned(MONDAY, "mon 10:00").hold(CALLER, by=LI, at=t("mon 11:00"))
        (theirs,) = ola(target(RESOLUTION, 4)).clocks(waits)
        (strict,) = ola(target(RESOLUTION, 4, pause_on=[])).clocks(waits)

        assert not theirs.is_breached(t("thu 09:00"))
        assert strict.is_breached(t("thu 09:00"))


class TestValidity:
    @pytest.mark.parametrize(
        ("border", "entered", "is_valid"),
        [
            ({"valid_from": "mon 10:00"}, "mon 09:59", False),
            ({"valid_from": "mon 10:00"}, "mon 10:00", True),
            ({"valid_until": "mon 10:00"}, "mon 09:59", True),
            ({"valid_until": "mon 10:00"}, "mon 10:00", False),
        ],
    )
    def test_the_instant_of_entering_decides(self, border, entered, is_valid):
        borders = {name: t(at) for name, at in border.items()}
        agreement = ola(target(RESOLUTION, 4), **borders)

        assert bool(agreement.clocks(assigned(MONDAY, entered))) is is_valid

    def test_a_stay_begun_under_it_stays_under_it(self):
        agreement = ola(target(RESOLUTION, 4), valid_until=t("mon 11:00"))

        assert told(agreement.clocks(resolved(assigned(MONDAY, "mon 10:00"), "mon 16:00"))) == [
            span("mon 10:00", "mon 16:00", BREACHED)
        ]

    def test_stays_outside_are_left_out(self):
        agreement = ola(target(RESOLUTION, 4), valid_from=t("mon 12:00"))
        back = assigned(assigned(MONDAY, "mon 10:00"), "mon 11:00", "messaging")
        (clock,) = agreement.clocks(assigned(back, "mon 14:00"))

        assert clock.started_at == t("mon 14:00")
        assert clock.cycle == 1

    def test_of_a_contract_likewise(self):
        agreement = contract(target(RESOLUTION, 4), valid_from=t("mon 10:30"))
        held = MONDAY.start(by=LI, at=t("mon 09:00"))

        assert agreement.clocks(held.hold(SUPPLIER, awaited="acme", by=LI, at=t("mon 10:00"))) == ()

    @pytest.mark.parametrize(
        ("options", "is_bound"),
        [
            ({}, True),
            ({"services": ["email"]}, True),
            ({"services": ["web"]}, False),
            ({"customer": "lyon"}, False),
        ],
    )
    def test_it_may_be_for_some_services_and_customers_only(self, options, is_bound):
        agreement = ola(target(RESOLUTION, 4), **options)

        assert bool(agreement.clocks(assigned(MONDAY, "mon 10:00"))) is is_bound


class TestRefusals:
    @pytest.mark.parametrize("kind", [OperationalLevelAgreement, UnderpinningContract])
    def test_without_a_provider(self, kind):
        with pytest.raises(AgreementError, match="'bronze' must name who keeps it: the provider"):
            kind("bronze", targets=[target(RESOLUTION, 4)])

    @pytest.mark.parametrize("kind", [OperationalLevelAgreement, UnderpinningContract])
    @pytest.mark.parametrize(
        ("provider", "error"), [("", ValueError), (" ", ValueError), (1, TypeError)]
    )
    def test_a_provider_without_a_name(self, kind, provider, error):
        with pytest.raises(error, match="provider"):
            kind("bronze", provider=provider, targets=[target(RESOLUTION, 4)])

    def test_an_agreement_of_no_kind_has_no_clocks(self):
        with pytest.raises((NotImplementedError, TypeError)):
            Agreement("any", targets=[target(RESOLUTION, 4)]).clocks(MONDAY)

    def test_an_sla_needs_none(self):
        assert sla(target(RESOLUTION, 4)).provider is None


class TestValue:
    ONE = ola(target(RESPONSE, 1), target(RESOLUTION, 4), support_hours=OFFICE)
    OTHER = contract(target(RESOLUTION, 4), valid_from=t("mon 09:00"))

    @pytest.mark.parametrize("agreement", [ONE, OTHER], ids=["ola", "contract"])
    def test_it_copies_and_pickles(self, agreement):
        agreement.clocks(assigned(MONDAY, "mon 10:00"))

        for same in (
            pickle.loads(pickle.dumps(agreement)),
            copy.copy(agreement),
            copy.deepcopy(agreement),
        ):
            assert same == agreement
            assert hash(same) == hash(agreement)

    def test_what_differs_in_kind_is_not_equal(self):
        told = {"provider": "acme", "targets": [target(RESOLUTION, 4)]}

        assert OperationalLevelAgreement("a", **told) != UnderpinningContract("a", **told)
        assert OperationalLevelAgreement("a", **told) == OperationalLevelAgreement("a", **told)

    def test_each_tells_its_kind(self):
        kinds = [one.kind for one in (sla(target(RESOLUTION, 4)), self.ONE, self.OTHER)]

        assert kinds == list(AgreementKind)


def test_story_f_the_ola_is_met_while_the_sla_is_breached():
    urgent = logged(t("fri 16:50"), impact=Impact.HIGH, urgency=Urgency.MEDIUM)
    there = urgent.assign(group="second line", by=DESK, at=t("mon 09:40"))
    there = there.start(by=LI, at=t("mon 09:50"))
    own = Target(RESPONSE, minutes(15), calendar=OFFICE)
    (theirs,) = ola(own, provider="second line").clocks(there)
    (ours,) = sla(Target(RESPONSE, minutes(30), calendar=OFFICE)).clocks(there)

    assert str(urgent.priority) == "2 high"
    assert (theirs.outcome, ours.outcome) == (MET, BREACHED)
    assert theirs.elapsed(t("tue 09:00")) == minutes(10)
    # The computed crossing over the weekend: ten minutes on Friday, twenty on Monday.
    assert ours.breached_at == t("mon 09:20")


def test_a_response_of_its_own_measure_goes_by_that():
    until_over = Measure(always, is_over)
    target = Target(TargetKind.RESPONSE, hours(1), calendar=OFFICE, measure=until_over)
    agreement = OperationalLevelAgreement("own", provider="network", targets=[target])
    told = logged(t("mon 09:00")).assign(group="network", assignee="li", by=DESK, at=t("mon 10:00"))
    (clock,) = agreement.clocks(told)

    assert clock.stopped_at is None


def test_an_agreement_is_of_one_of_three_kinds():
    with pytest.raises(TypeError, match="an agreement is a ServiceLevelAgreement, an OLA or"):
        Agreement("any", targets=[Target(TargetKind.RESPONSE, hours(1))])
