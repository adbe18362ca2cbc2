"""
From a record's history to its clocks: what clocks read, and what a caller adds to a lifecycle.
"""

from __future__ import annotations

import pytest

from clock_doubles import DESK, LI, OFFICE, hours, logged, t
from itil_ops.incident.lifecycle import IN_PROGRESS, INCIDENT_LIFECYCLE
from itil_ops.incident.record import Incident
from itil_ops.incident.vocabulary import CancellationReason, ResolutionCode
from itil_ops.kernel.instant import utc
from itil_ops.kernel.priority import Priority
from itil_ops.kernel.table import Phase, State, Transition
from itil_ops.kernel.vocabulary import PendingReason, Visibility
from itil_ops.sla.agreements.agreement import ServiceLevelAgreement
from itil_ops.sla.clocks.clock import ClockOutcome, ClockState, Pause
from itil_ops.sla.clocks.fold import fold
from itil_ops.sla.promises.fact import Fact, facts
from itil_ops.sla.promises.measure import MEASURES
from itil_ops.sla.promises.target import Target, TargetKind


RESPONSE, RESOLUTION, UPDATE = TargetKind.RESPONSE, TargetKind.RESOLUTION, TargetKind.UPDATE
CALLER = PendingReason.AWAITING_CALLER
PARTS = PendingReason("awaiting_parts")


class TestFacts:
    def test_the_log_is_the_first(self):
        (fact,) = facts(logged(t("mon 09:00")).history())

        assert (fact.at, fact.phase) == (t("mon 09:00"), Phase.ACTIVE)
        assert (fact.pending_reason, fact.priority) == (None, Priority.MEDIUM)
        assert (fact.has_responded, fact.awaits_reply, fact.informs_user) == (False, False, False)
        assert fact.fields["service"] == "email"

    def test_what_moves_no_clock_is_left_out(self):
        told = logged(t("mon 09:00")).assign(group="messaging", by=DESK, at=t("mon 09:10"))
        told = told.comment("Hm.", by=LI, at=t("mon 09:20"))
        told = told.diagnose("The queue is full.", by=LI, at=t("mon 09:30"))
        told = told.communicate("Hm.", visibility=Visibility.INTERNAL, by=LI, at=t("mon 09:40"))

        assert len(facts(told.history(), frozenset())) == 1

    def test_where_nobody_knows_what_is_read_each_entry_is_one(self):
        told = logged(t("mon 09:00")).comment("Hm.", by=LI, at=t("mon 09:20"))

        assert len(facts(told.history())) == 2
        assert len(facts(told.history(), frozenset({"group"}))) == 1

    def test_each_visible_message_is_one_though_nothing_else_differs(self):
        told = logged(t("mon 09:00")).communicate("On it.", by=LI, at=t("mon 10:00"))
        told = told.communicate("Still on it.", by=LI, at=t("mon 11:00"))
        told = told.comment("Hm.", by=LI, at=t("mon 12:00"))

        assert [
            (fact.at, fact.has_responded, fact.informs_user)
            for fact in facts(told.history(), frozenset())
        ] == [
            (t("mon 09:00"), False, False),
            (t("mon 10:00"), True, True),
            (t("mon 11:00"), True, True),
        ]

    def test_a_reason_lasts_as_long_as_the_hold(self):
        told = logged(t("mon 09:00")).hold(CALLER, by=LI, at=t("mon 10:00"))
        told = told.prioritize(override=Priority.LOW, reason="it is", by=LI, at=t("mon 11:00"))
        told = told.resume(by=LI, at=t("mon 12:00"))

        assert [
            (fact.phase, fact.pending_reason, fact.priority)
            for fact in facts(told.history(), frozenset())
        ] == [
            (Phase.ACTIVE, None, Priority.MEDIUM),
            (Phase.WAITING, CALLER, Priority.MEDIUM),
            (Phase.WAITING, CALLER, Priority.LOW),
            (Phase.ACTIVE, None, Priority.LOW),
        ]

    def test_no_history_tells_nothing(self):
        assert facts(()) == ()


# ---- A caller's own lifecycle ---------------------------------------------------------------

AWAITING_PARTS = State("awaiting_parts", Phase.WAITING)
MITIGATED = State("mitigated", Phase.DONE)
OWN_LIFECYCLE = INCIDENT_LIFECYCLE.extend(
    name="workshop incident",
    states=[AWAITING_PARTS, MITIGATED],
    transitions=[
        Transition("order_parts", Phase.ACTIVE, AWAITING_PARTS),
        Transition("mitigate", (Phase.ACTIVE, Phase.WAITING), MITIGATED),
        Transition("revive", Phase.DROPPED, IN_PROGRESS),
    ],
)


class WorkshopIncident(Incident):
    __slots__ = ()

    lifecycle = OWN_LIFECYCLE

    def order_parts(self, reason=PARTS, *, by, at, **told):
        return self._step("order_parts", {"pending_reason": reason}, by=by, at=at, **told)

    def mitigate(self, *, by, at):
        return self._step("mitigate", by=by, at=at)

    def revive(self, *, by, at):
        return self._step("revive", by=by, at=at)


def target(kind, length=8, **options):
    return Target(kind, hours(length), calendar=OFFICE, **options)


def the_clock(incident, **options):
    agreement = ServiceLevelAgreement("gold", targets=[target(RESOLUTION, **options)])
    (clock,) = agreement.clocks(incident)
    return clock


WORKSHOP = logged(t("mon 09:00"), WorkshopIncident).start(by=LI, at=t("mon 09:00"))


class TestOwnStates:
    def test_a_state_of_waiting_pauses_for_a_reason_of_the_pause_set(self):
        ordered = WORKSHOP.order_parts(by=LI, at=t("mon 10:00"))
        clock = the_clock(ordered, pause_on=[PARTS])

        assert ordered.state is AWAITING_PARTS
        assert clock.pauses == (Pause(t("mon 10:00"), None, PARTS),)
        assert clock.due_at is None

    def test_it_is_resumed_like_any_other(self):
        resumed = WORKSHOP.order_parts(by=LI, at=t("mon 10:00")).resume(by=LI, at=t("mon 12:00"))

        assert resumed.state is IN_PROGRESS
        assert the_clock(resumed, pause_on=[PARTS]).due_at == t("tue 11:00")

    def test_it_pauses_nothing_for_a_reason_outside_the_pause_set(self):
        ordered = WORKSHOP.order_parts(by=LI, at=t("mon 10:00"))

        assert the_clock(ordered).state is ClockState.RUNNING

    @pytest.mark.parametrize("reason", [CALLER, PendingReason.UNSPECIFIED])
    def test_it_may_wait_for_a_usual_reason(self, reason):
        ordered = WORKSHOP.order_parts(reason, by=LI, at=t("mon 10:00"))
        pauses = the_clock(ordered).state is ClockState.PAUSED

        assert pauses is (reason == CALLER)

    def test_waiting_without_a_reason_pauses_nothing(self):
        ordered = WORKSHOP.order_parts(None, by=LI, at=t("mon 10:00"))

        assert the_clock(ordered, pause_on=PendingReason.constants()).state is ClockState.RUNNING

    def test_from_one_waiting_state_to_another_the_pause_goes_on(self):
        told = WORKSHOP.order_parts(by=LI, at=t("mon 10:00"))
        told = told.hold(PARTS, until=t("tue 09:00"), by=LI, at=t("mon 11:00"))

        assert the_clock(told, pause_on=[PARTS]).pauses == (Pause(t("mon 10:00"), None, PARTS),)

    def test_told_late_it_pauses_when_it_began(self):
        told = WORKSHOP.comment("Hm.", by=LI, at=t("mon 11:00"))
        told = told.order_parts(by=LI, at=t("mon 12:00"), effective_at=t("mon 10:00"))

        assert the_clock(told, pause_on=[PARTS]).elapsed(t("mon 16:00")) == hours(1)

    def test_a_state_with_a_result_stops(self):
        mitigated = WORKSHOP.mitigate(by=LI, at=t("mon 10:00"))

        assert the_clock(mitigated).outcome is ClockOutcome.MET
        assert the_clock(mitigated).stopped_at == t("mon 10:00")

    def test_closed_and_reopened_from_there_the_gap_is_excluded(self):
        told = WORKSHOP.mitigate(by=LI, at=t("mon 10:00")).close(by=DESK, at=t("mon 11:00"))
        told = told.reopen("It is back.", by=DESK, at=t("mon 12:00"))

        assert the_clock(told).elapsed(t("mon 13:00")) == hours(2)

    def test_the_original_lifecycle_knows_none_of_it(self):
        assert not {"order_parts", "mitigate", "revive"} & {*INCIDENT_LIFECYCLE.actions}


class TestRevival:
    CANCELLED = WORKSHOP.cancel(CancellationReason.RAISED_IN_ERROR, by=DESK, at=t("mon 10:00"))
    ALL = ServiceLevelAgreement("gold", targets=[target(RESOLUTION), target(UPDATE, 2)])

    def test_what_was_cancelled_and_is_back_begins_another_cycle(self):
        back = self.CANCELLED.revive(by=DESK, at=t("mon 12:00"))
        told = [(c.target.kind, c.cycle, c.started_at, c.outcome) for c in self.ALL.clocks(back)]

        assert told == [
            (RESOLUTION, 1, t("mon 09:00"), ClockOutcome.CANCELLED),
            (RESOLUTION, 2, t("mon 12:00"), None),
            (UPDATE, 1, t("mon 09:00"), ClockOutcome.CANCELLED),
            (UPDATE, 2, t("mon 12:00"), None),
        ]

    def test_it_begins_when_it_is_back_whatever_was_said_meanwhile(self):
        told = self.CANCELLED.communicate("It was a drill.", by=LI, at=t("mon 11:00"))
        back = told.revive(by=DESK, at=t("mon 12:00"))

        assert self.ALL.clocks(back) == self.ALL.clocks(
            self.CANCELLED.revive(by=DESK, at=t("mon 12:00"))
        )


# ---- Facts by hand --------------------------------------------------------------------------


def fact(at, phase=Phase.ACTIVE, pending_reason=None, priority=Priority.MEDIUM):
    return Fact(utc(t(at)), phase, {"pending_reason": pending_reason, "priority": priority})


def always(length=8):
    return lambda kind: lambda _fact: target(kind, length)


def by_priority(**chosen):
    return lambda fact: chosen.get(fact.priority.name)


class TestFold:
    def test_no_facts_make_no_clock(self):
        assert fold(MEASURES[RESOLUTION], [], always()(RESOLUTION)) == ()

    def test_a_life_that_begins_with_its_result_has_a_clock_that_stands_still(self):
        (clock,) = fold(MEASURES[RESOLUTION], [fact("mon 09:00", Phase.DONE)], always()(RESOLUTION))

        assert clock.outcome is ClockOutcome.MET
        assert clock.elapsed(t("tue 09:00")) == hours(0)

    def test_a_life_that_begins_on_hold_begins_paused(self):
        waiting = fact("mon 09:00", Phase.WAITING, pending_reason=CALLER)
        (clock,) = fold(MEASURES[RESOLUTION], [waiting], always()(RESOLUTION))

        assert clock.pauses == (Pause(t("mon 09:00"), None, CALLER),)

    def test_reopened_straight_into_a_hold_it_is_paused_and_the_gap_excluded(self):
        story = [
            fact("mon 09:00"),
            fact("mon 10:00", Phase.DONE),
            fact("mon 12:00", Phase.WAITING, pending_reason=CALLER),
            fact("mon 13:00"),
        ]
        (clock,) = fold(MEASURES[RESOLUTION], story, always()(RESOLUTION))

        assert clock.pauses == (
            Pause(t("mon 10:00"), t("mon 12:00"), None, is_gap=True),
            Pause(t("mon 12:00"), t("mon 13:00"), CALLER),
        )
        assert clock.elapsed(t("mon 14:00")) == hours(2)

    def test_an_update_reopened_straight_into_a_hold_begins_paused(self):
        story = [
            fact("mon 09:00"),
            fact("mon 10:00", Phase.ENDED),
            fact("mon 12:00", Phase.WAITING, pending_reason=CALLER),
        ]
        _, second = fold(MEASURES[UPDATE], story, always(2)(UPDATE))

        assert second.cycle == 2
        assert second.state is ClockState.PAUSED

    def test_dropped_after_its_result_it_keeps_its_verdict(self):
        story = [fact("mon 09:00"), fact("mon 10:00", Phase.DONE), fact("mon 11:00", Phase.DROPPED)]
        (clock,) = fold(MEASURES[RESOLUTION], story, always()(RESOLUTION))

        assert clock.outcome is ClockOutcome.MET

    def test_reopened_under_another_target_both_are_kept(self):
        story = [
            fact("mon 09:00"),
            fact("mon 10:00", Phase.DONE),
            fact("mon 11:00", Phase.DONE, priority=Priority.HIGH),
            fact("mon 12:00", priority=Priority.HIGH),
        ]
        chosen = by_priority(medium=target(RESOLUTION, 8), high=target(RESOLUTION, 2))
        (clock,) = fold(MEASURES[RESOLUTION], story, chosen)

        assert [promise.since for promise in clock.promises] == [t("mon 09:00"), t("mon 12:00")]
        assert clock.due_at == t("mon 13:00")

    def test_without_a_target_what_is_dropped_leaves_nothing(self):
        story = [fact("mon 09:00"), fact("mon 10:00", Phase.DROPPED)]

        assert fold(MEASURES[RESOLUTION], story, lambda _: None) == ()

    def test_dropped_and_without_a_target_at_once_it_is_cancelled_once(self):
        story = [fact("mon 09:00"), fact("mon 10:00", Phase.DROPPED, priority=Priority.LOW)]
        chosen = by_priority(medium=target(RESOLUTION))
        (clock,) = fold(MEASURES[RESOLUTION], story, chosen)

        assert clock.cancelled_at == t("mon 10:00")

    def test_a_target_that_appears_once_the_result_is_there_is_not_met_by_it(self):
        story = [
            fact("mon 09:00"),
            fact("mon 16:00", Phase.DONE),
            fact("tue 09:00", Phase.DONE, priority=Priority.HIGH),
        ]
        clocks = fold(MEASURES[RESOLUTION], story, by_priority(high=target(RESOLUTION, 2)))

        assert ClockOutcome.MET not in {clock.outcome for clock in clocks}

    def test_facts_at_one_instant_keep_their_order(self):
        story = [
            fact("mon 09:00"),
            fact("mon 10:00", Phase.WAITING, pending_reason=CALLER),
            fact("mon 10:00"),
            fact("mon 10:00", Phase.DONE),
        ]
        (clock,) = fold(MEASURES[RESOLUTION], story, always()(RESOLUTION))

        assert clock.stopped_at == t("mon 10:00")
        assert clock.elapsed(t("mon 12:00")) == hours(1)


def test_a_resolved_workshop_incident_is_measured_like_any_other():
    told = WORKSHOP.order_parts(by=LI, at=t("mon 10:00"))
    told = told.resolve(ResolutionCode.FIXED, by=LI, at=t("tue 12:00"))

    assert the_clock(told, pause_on=[PARTS]).elapsed(t("tue 12:00")) == hours(1)
    assert the_clock(told).outcome is ClockOutcome.BREACHED
