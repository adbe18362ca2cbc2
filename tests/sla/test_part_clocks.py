"""
The clocks of what lives a life of its own inside a record, and of what is drafted first.
"""

from __future__ import annotations

from typing import ClassVar

import attrs
import pytest

from clock_doubles import DESK, LI, OFFICE, hours, t
from itil_ops.errors import AgreementError
from itil_ops.kernel.priority import Impact, Priority, Urgency
from itil_ops.kernel.stateful import Part
from itil_ops.kernel.vocabulary import CategoryPath, Direction, PendingReason
from itil_ops.sla.agreements.agreement import (
    OperationalLevelAgreement,
    ServiceLevelAgreement,
    UnderpinningContract,
)
from itil_ops.sla.clocks.clock import ClockOutcome
from itil_ops.sla.clocks.draft import ClockState
from itil_ops.sla.clocks.promise import ManualDeadline
from itil_ops.sla.promises.condition import Where, reading
from itil_ops.sla.promises.measure import Measure, TargetKind, always, is_measured, is_over
from itil_ops.sla.promises.target import StartField, StopAt, Target
from order_doubles import ERRAND, ERRAND_LIFECYCLE, OTHER_ERRAND, ErrandId, Order


CALLER, SUPPLIER = PendingReason.AWAITING_CALLER, PendingReason.AWAITING_SUPPLIER
MET, BREACHED, CANCELLED = ClockOutcome.MET, ClockOutcome.BREACHED, ClockOutcome.CANCELLED
FULFILLMENT, RESPONSE, UPDATE = TargetKind.FULFILLMENT, TargetKind.RESPONSE, TargetKind.UPDATE


def target(kind=FULFILLMENT, length=8, **options):
    return Target(kind, hours(length), calendar=OFFICE, **options)


def sla(*targets, **options):
    return ServiceLevelAgreement("gold", targets=targets or (target(),), **options)


def ola(*targets, **options):
    return OperationalLevelAgreement(
        "bronze", provider="network", targets=targets or (target(),), **options
    )


def drafted(**fields):
    return Order.draft(by=DESK, at=t("mon 09:00"), **fields)


def submitted(**fields):
    return drafted(**fields).submit(by=DESK, at=t("mon 11:00"))


def planned(group="network", **fields):
    return submitted(**fields).plan(ERRAND, group=group, by=DESK, at=t("mon 11:00"))


def step(order, action, at, *arguments, **told):
    return getattr(order, action)(ERRAND, *arguments, by=LI, at=t(at), **told)


def ready(group="network", **fields):
    return step(planned(group, **fields), "release", "mon 12:00")


def doing(group="network", **fields):
    return step(ready(group, **fields), "begin", "mon 13:00")


def spans(clocks):
    return [(clock.started_at, clock.stopped_at, clock.outcome) for clock in clocks]


def span(start, stop=None, outcome=None):
    return t(start), stop and t(stop), outcome


@reading("title")
def has_no_title(fact):
    return fact.fields["title"] is None


class TestDrafts:
    @pytest.mark.parametrize("kind", [RESPONSE, FULFILLMENT, UPDATE, TargetKind.ESCALATION])
    def test_what_is_not_submitted_is_promised_nothing(self, kind):
        assert sla(target(kind)).clocks(drafted()) == ()

    @pytest.mark.parametrize("kind", [RESPONSE, FULFILLMENT, UPDATE, TargetKind.ESCALATION])
    def test_clocks_begin_with_the_submission(self, kind):
        (clock,) = sla(target(kind)).clocks(submitted())

        assert clock.started_at == t("mon 11:00")

    def test_what_is_told_about_a_draft_begins_no_wait_for_an_update(self):
        told = drafted().communicate("Which desk?", by=LI, at=t("mon 10:00"))
        (clock,) = sla(target(UPDATE)).clocks(told.submit(by=DESK, at=t("mon 11:00")))

        assert clock.started_at == t("mon 11:00")

    def test_a_target_may_count_from_a_field_all_the_same(self):
        counted = target(start_at=StartField("submitted_at"))

        assert spans(sla(counted).clocks(submitted())) == [span("mon 11:00")]

    def test_the_result_stops_the_clock(self):
        done = submitted().deliver(by=LI, at=t("mon 15:00"))

        assert spans(sla().clocks(done)) == [span("mon 11:00", "mon 15:00", MET)]

    def test_a_clock_may_run_until_the_result_is_confirmed(self):
        until_closed = sla(target(stop_at=StopAt.CLOSED))
        (clock,) = until_closed.clocks(submitted().deliver(by=LI, at=t("mon 15:00")))

        assert clock.state is ClockState.RUNNING

    def test_an_agreement_binds_by_the_submission(self):
        assert sla(valid_from=t("mon 10:00")).why_not(submitted()) == ()
        assert sla(valid_until=t("mon 10:00")).why_not(submitted()) == (
            f"it does not hold at {submitted().submitted_at}",
        )


class TestBeginning:
    def test_what_waits_for_others_is_promised_nothing_yet(self):
        assert sla().part_clocks(planned(), ERRAND) == ()

    def test_a_clock_begins_as_soon_as_it_can_be_done(self):
        (clock,) = sla().part_clocks(ready(), ERRAND)

        assert clock.started_at == t("mon 12:00")
        assert clock.due_at == t("tue 12:00")

    def test_what_was_told_while_it_waited_is_known(self):
        handed = step(planned("desk"), "hand_on", "mon 11:30", "network")

        assert spans(ola().part_clocks(handed, ERRAND)) == []
        assert spans(ola().part_clocks(step(handed, "release", "mon 12:00"), ERRAND)) == [
            span("mon 12:00")
        ]

    def test_each_part_has_its_own(self):
        both = ready().plan(OTHER_ERRAND, by=DESK, at=t("mon 12:00"))

        assert len(sla().part_clocks(both, ERRAND)) == 1
        assert sla().part_clocks(both, OTHER_ERRAND) == ()

    def test_the_record_has_its_own(self):
        assert spans(sla().clocks(ready())) == [span("mon 11:00")]


class TestCourse:
    def test_the_result_stops_it(self):
        done = step(doing(), "finish", "mon 14:00")

        assert spans(sla().part_clocks(done, ERRAND)) == [span("mon 12:00", "mon 14:00", MET)]

    def test_it_is_late_as_any_clock(self):
        done = step(doing(), "finish", "wed 14:00")

        assert spans(sla().part_clocks(done, ERRAND)) == [span("mon 12:00", "wed 14:00", BREACHED)]

    @pytest.mark.parametrize(("reason", "is_paused"), [(CALLER, True), (SUPPLIER, False)])
    def test_its_own_pending_reason_pauses_it(self, reason, is_paused):
        (clock,) = sla().part_clocks(step(doing(), "pause", "mon 14:00", reason), ERRAND)

        assert (clock.state is ClockState.PAUSED) is is_paused

    def test_it_goes_on_after_a_pause(self):
        paused = step(doing(), "pause", "mon 14:00", CALLER)
        (clock,) = sla().part_clocks(step(paused, "go_on", "mon 16:00"), ERRAND)

        assert clock.due_at == t("tue 14:00")

    @pytest.mark.parametrize(("reason", "is_paused"), [(CALLER, True), (SUPPLIER, False)])
    def test_it_waits_with_its_record(self, reason, is_paused):
        order = doing().park(reason, by=LI, at=t("mon 14:00"))
        (clock,) = sla().part_clocks(order, ERRAND)

        assert (clock.state is ClockState.PAUSED) is is_paused

    def test_what_is_over_waits_for_nothing(self):
        order = step(doing(), "finish", "mon 14:00").park(CALLER, by=LI, at=t("mon 15:00"))

        assert spans(sla().part_clocks(order, ERRAND)) == [span("mon 12:00", "mon 14:00", MET)]

    def test_what_is_planned_while_its_record_waits_waits_too(self):
        order = step(planned().park(CALLER, by=LI, at=t("mon 11:30")), "release", "mon 12:00")
        (clock,) = sla().part_clocks(order, ERRAND)

        assert clock.state is ClockState.PAUSED
        assert clock.started_at == t("mon 12:00")

    def test_what_is_dropped_cancels_it(self):
        failed = step(doing(), "fail", "mon 14:00")

        assert spans(sla().part_clocks(failed, ERRAND)) == [span("mon 12:00", None, CANCELLED)]

    def test_what_is_told_after_that_changes_nothing(self):
        failed = step(doing(), "fail", "mon 14:00")
        told = step(failed, "hand_on", "mon 14:30", "desk")

        assert sla().part_clocks(told, ERRAND) == sla().part_clocks(failed, ERRAND)

    def test_a_way_back_begins_another_cycle(self):
        failed = step(doing(), "fail", "mon 14:00")
        clocks = sla().part_clocks(step(failed, "retry", "mon 15:00"), ERRAND)

        assert [clock.cycle for clock in clocks] == [1, 2]
        assert spans(clocks) == [span("mon 12:00", None, CANCELLED), span("mon 15:00")]

    def test_what_waits_for_others_once_more_is_promised_once_it_can_be_done(self):
        again = step(step(doing(), "fail", "mon 14:00"), "replan", "mon 15:00")

        assert len(sla().part_clocks(again, ERRAND)) == 1
        assert spans(sla().part_clocks(step(again, "release", "mon 16:00"), ERRAND)) == [
            span("mon 12:00", None, CANCELLED),
            span("mon 16:00"),
        ]

    def test_a_person_may_fix_when_it_is_due(self):
        fixed = {FULFILLMENT: ManualDeadline(t("wed 12:00"), "Agreed.", t("mon 12:30"))}
        (clock,) = sla().part_clocks(ready(), ERRAND, deadlines=fixed)

        assert clock.due_at == t("wed 12:00")


class TestFields:
    def test_the_fields_of_the_record_hold_for_its_parts(self):
        urgent = sla(target(length=2, when=Where(category=CategoryPath("hardware"))), target())
        (clock,) = urgent.part_clocks(ready(category=CategoryPath("hardware/desk")), ERRAND)

        assert clock.due_at == t("mon 14:00")

    def test_the_priority_is_that_of_the_record(self):
        told = {"impact": Impact.HIGH, "urgency": Urgency.HIGH, "priority": Priority.CRITICAL}
        pressing = sla(target(length=1, priorities=[Priority.CRITICAL]))

        assert len(pressing.part_clocks(ready(**told), ERRAND)) == 1
        assert pressing.part_clocks(ready(), ERRAND) == ()

    def test_a_field_that_the_part_has_too_is_the_parts(self):
        untitled = sla(target(when=has_no_title))

        assert len(untitled.part_clocks(ready(), ERRAND)) == 1
        assert untitled.clocks(ready()) == ()

    def test_nobody_answered_for_the_part_who_answered_for_the_record(self):
        answered = ready().communicate("We are on it.", by=LI, at=t("mon 12:30"))
        (clock,) = sla(target(RESPONSE)).part_clocks(answered, ERRAND)

        assert clock.state is ClockState.RUNNING

    def test_a_message_to_the_record_awaits_no_answer_of_the_part(self):
        asked = ready().communicate(
            "Any news?", direction=Direction.INBOUND, by=DESK, at=t("mon 12:30")
        )

        assert sla(target(TargetKind.NEXT_RESPONSE)).part_clocks(asked, ERRAND) == ()


class TestUnderpinning:
    def test_it_binds_while_the_part_is_with_its_provider(self):
        handed = step(doing("network"), "hand_on", "mon 15:00", "desk")

        assert spans(ola().part_clocks(handed, ERRAND)) == [span("mon 12:00", "mon 15:00", MET)]

    def test_it_begins_where_the_part_comes_to_its_provider(self):
        handed = step(doing("desk"), "hand_on", "mon 15:00", "network")

        assert spans(ola().part_clocks(handed, ERRAND)) == [span("mon 15:00")]

    def test_the_group_of_the_record_is_not_the_parts(self):
        order = submitted(group="network").plan(ERRAND, by=DESK, at=t("mon 11:00"))

        assert ola().part_clocks(step(order, "release", "mon 12:00"), ERRAND) == ()

    def test_it_holds_by_when_the_part_came(self):
        assert ola(valid_from=t("mon 12:30")).part_clocks(ready(), ERRAND) == ()

    def test_a_contract_does_not_bind_by_what_the_record_waits_for(self):
        contract = UnderpinningContract("lines", provider="acme", targets=(target(),))
        order = doing("desk", awaited="acme")

        assert contract.part_clocks(step(order, "pause", "mon 14:00", SUPPLIER), ERRAND) == ()


class TestInPlaceOfTheRecord:
    """
    An OLA or a contract measures what groups are handed of a record, and not the record as well.
    """

    def handed_out(self, group, **fields):
        order = submitted(group=group, **fields)
        order = order.plan(ERRAND, group=group, by=DESK, at=t("mon 11:00"))
        return step(order, "release", "mon 12:00")

    @pytest.mark.parametrize("kind", [FULFILLMENT, RESPONSE])
    @pytest.mark.parametrize("agreement", [OperationalLevelAgreement, UnderpinningContract])
    def test_a_record_with_errands_is_not_measured(self, agreement, kind):
        measured = agreement("bronze", provider="network", targets=[target(kind)])
        order = self.handed_out("network")

        assert measured.clocks(order) == ()
        assert spans(measured.part_clocks(order, ERRAND)) == [span("mon 12:00")]

    def test_a_group_that_was_handed_none_of_them_is_measured_by_the_record(self):
        order = submitted(group="desk").plan(ERRAND, group="network", by=DESK, at=t("mon 11:00"))
        desk = OperationalLevelAgreement("desk", provider="desk", targets=(target(),))

        assert spans(desk.clocks(order)) == [span("mon 11:00")]
        assert ola().clocks(order) == ()

    def test_one_without_is(self):
        assert spans(ola().clocks(submitted(group="network"))) == [span("mon 11:00")]

    def test_parts_that_nobody_is_handed_make_no_difference(self):
        @attrs.frozen(kw_only=True)
        class Vote(Part):
            lifecycle = ERRAND_LIFECYCLE
            id: ErrandId

        class Ballot(Order):
            __slots__ = ()
            part_types: ClassVar = {ErrandId: Vote}

        ballot = Ballot.draft(group="network", by=DESK, at=t("mon 09:00"))
        ballot = ballot.submit(by=DESK, at=t("mon 11:00"))
        ballot = ballot._step("plan", part=ERRAND, by=DESK, at=t("mon 11:00"))

        assert len(ballot.parts) == 1
        assert spans(ola().clocks(ballot)) == [span("mon 11:00")]

    def test_its_parts_make_no_difference_to_the_customer(self):
        assert sla().clocks(ready()) == sla().clocks(submitted())

    def test_a_contract_measures_how_long_it_waits_for_the_supplier(self):
        contract = UnderpinningContract("lines", provider="acme", targets=(target(),))
        order = self.handed_out("acme", awaited="acme").park(SUPPLIER, by=LI, at=t("mon 14:00"))

        assert spans(contract.clocks(order)) == [span("mon 14:00")]


class TestAsking:
    def test_an_agreement_that_is_not_for_the_record_is_not_for_its_parts(self):
        assert sla(services=["email"]).part_clocks(ready(), ERRAND) == ()

    @pytest.mark.parametrize(
        ("kind", "is_so"),
        [
            (FULFILLMENT, True),
            (RESPONSE, True),
            (TargetKind("own"), True),
            (TargetKind.RESOLUTION, False),
            (TargetKind.ACCESS_PROVISION, False),
            (TargetKind.PROBLEM_RESOLUTION, False),
        ],
        ids=str,
    )
    def test_a_part_is_fulfilled(self, kind, is_so):
        assert is_measured(ERRAND, kind) is is_so

    def test_kinds_that_are_not_measured_have_no_clock(self):
        assert sla(target(TargetKind.RESOLUTION)).part_clocks(ready(), ERRAND) == ()

    def test_a_kind_of_the_callers_own_is_measured(self):
        own = target(TargetKind("own"), measure=Measure(always, is_over))

        assert spans(sla(own).part_clocks(ready(), ERRAND)) == [span("mon 12:00")]

    @pytest.mark.parametrize(
        ("arguments", "error", "said"),
        [
            (("R-1", ERRAND), TypeError, "record must be a Record"),
            ((ready(), "E-1"), TypeError, "part_id must be a PartId"),
            ((ready(), ErrandId("E-9")), ValueError, "has no part"),
        ],
        ids=["record", "id", "unknown"],
    )
    def test_bad_arguments_are_refused(self, arguments, error, said):
        with pytest.raises(error, match=said):
            sla().part_clocks(*arguments)

    def test_deadlines_that_are_none_are_refused(self):
        with pytest.raises(TypeError, match="deadlines must be a mapping"):
            sla().part_clocks(ready(), ERRAND, deadlines="tomorrow")

    def test_a_clock_cannot_start_at_what_is_no_instant(self):
        counted = sla(target(start_at=StartField("description")))

        with pytest.raises(AgreementError, match="no clock can start at description"):
            counted.part_clocks(ready(description="Of oak."), ERRAND)
