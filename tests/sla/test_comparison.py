"""
What if: the same records under another agreement, and the move to it.
"""

from __future__ import annotations

import pickle

from datetime import timedelta

import attrs
import pytest

from hypothesis import given
from hypothesis import strategies as st

from clock_doubles import DESK, LI, OFFICE, hours, logged, minutes, resolution, t
from examples_of_runs import tried
from itil_ops.incident.vocabulary import CancellationReason, ResolutionCode
from itil_ops.kernel.identity import IncidentId
from itil_ops.kernel.vocabulary import PendingReason
from itil_ops.sla.agreements.agreement import OperationalLevelAgreement, ServiceLevelAgreement
from itil_ops.sla.agreements.choice import Agreements
from itil_ops.sla.clocks.clock import ClockOutcome
from itil_ops.sla.clocks.promise import ManualDeadline
from itil_ops.sla.hours.calendar import ALWAYS_OPEN
from itil_ops.sla.promises.target import Target, TargetKind
from itil_ops.sla.reports.attainment import Standing
from itil_ops.sla.reports.comparison import Comparison, MigrationMode, compare, migrate


RESPONSE, RESOLUTION = TargetKind.RESPONSE, TargetKind.RESOLUTION
GOLD = ServiceLevelAgreement("gold", targets=[resolution(hours(4))])
SILVER = ServiceLevelAgreement("silver", targets=[resolution(hours(8))])
BOTH = ServiceLevelAgreement(
    "both", targets=[Target(RESPONSE, minutes(30), calendar=OFFICE), resolution(hours(4))]
)

RUNNING = logged(t("mon 09:00")).start(by=LI, at=t("mon 09:10"))
HELD = RUNNING.hold(PendingReason.AWAITING_CALLER, by=LI, at=t("mon 10:00"))
SLOW = attrs.evolve(RUNNING, id=IncidentId("INC-2")).resolve(
    ResolutionCode.FIXED, by=LI, at=t("mon 15:00")
)


class TestComparison:
    def test_both_results_stand_side_by_side(self):
        comparison = compare([RUNNING, SLOW], GOLD, SILVER, at=t("mon 15:00"))

        assert comparison.before == {Standing.RUNNING_BREACHED: 1, Standing.BREACHED: 1}
        assert comparison.after == {Standing.RUNNING: 1, Standing.MET: 1}
        assert [row.due_moved for row in comparison.rows] == [hours(4), hours(4)]
        assert comparison.explain() == (
            (
                "INC-1 resolution, cycle 1: running_breached -> running,"
                " due 2024-03-04 13:00:00+00:00 -> 2024-03-04 17:00:00+00:00"
            ),
            (
                "INC-2 resolution, cycle 1: breached -> met,"
                " due 2024-03-04 13:00:00+00:00 -> 2024-03-04 17:00:00+00:00"
            ),
        )

    def test_what_does_not_differ_is_not_a_change(self):
        comparison = compare([RUNNING, SLOW], GOLD, BOTH, at=t("mon 10:00"))

        assert [(row.record.value, row.kind) for row in comparison.changed] == [
            ("INC-1", RESPONSE),
            ("INC-2", RESPONSE),
        ]
        assert comparison.explain()[0] == (
            "INC-1 response, cycle 1: no_target -> met, due None -> 2024-03-04 09:30:00+00:00"
        )

    def test_a_clock_of_only_one_of_them_has_no_move(self):
        (response, _) = compare([RUNNING], BOTH, GOLD, at=t("mon 10:00")).rows

        assert response.standings == (Standing.MET, Standing.NO_TARGET)
        assert response.due_moved is None
        assert response.differs

    def test_one_on_hold_is_compared_as_if_it_were_resumed(self):
        (row,) = compare([HELD], GOLD, SILVER, at=t("mon 12:00")).rows

        assert row.standings == (Standing.RUNNING, Standing.RUNNING)
        assert row.before.due_if_resumed(t("mon 12:00")) == t("mon 15:00")
        assert row.due_moved == t("tue 11:00") - t("mon 15:00")

    def test_one_cancelled_after_its_breach_is_told_apart(self):
        gone = RUNNING.cancel(CancellationReason.WITHDRAWN, by=DESK, at=t("mon 15:00"))
        (row,) = compare([gone], GOLD, SILVER, at=t("mon 16:00")).rows

        assert row.standings == (Standing.CANCELLED_AFTER_BREACH, Standing.CANCELLED)

    def test_a_cancelled_one_has_no_due_time(self):
        gone = RUNNING.cancel(CancellationReason.WITHDRAWN, by=DESK, at=t("mon 10:00"))
        (row,) = compare([gone], GOLD, SILVER, at=t("mon 12:00")).rows

        assert row.standings == (Standing.CANCELLED, Standing.CANCELLED)
        assert row.due_moved is None
        assert not row.differs

    @tried(60)
    @given(st.integers(0, 60), st.integers(0, 60))
    def test_under_the_same_agreement_nothing_differs(self, length, wait):
        agreement = ServiceLevelAgreement("any", targets=[resolution(minutes(10 * length))])
        at = t("mon 10:00") + minutes(10 * wait)

        assert compare([RUNNING, HELD, SLOW], agreement, agreement, at=at).changed == ()

    def test_of_several_agreements_the_one_that_a_record_is_under_counts(self):
        acme = attrs.evolve(GOLD, name="acme", customer="acme")
        both = Agreements([SILVER, acme])

        assert compare([RUNNING], both, SILVER, at=t("mon 15:00")).changed == ()
        assert compare([RUNNING], Agreements([acme]), acme, at=t("mon 15:00")).rows == ()

    def test_a_comparison_is_a_value(self):
        comparison = compare([RUNNING, SLOW], GOLD, SILVER, at=t("mon 15:00"))

        assert pickle.loads(pickle.dumps(comparison)) == comparison
        assert compare([], GOLD, SILVER, at=t("mon 15:00")) == Comparison(t("mon 15:00"), ())

    @pytest.mark.parametrize(("current", "proposed"), [("gold", SILVER), (GOLD, None)])
    def test_only_agreements_are_compared(self, current, proposed):
        with pytest.raises(TypeError, match="must be an Agreement"):
            compare([RUNNING], current, proposed, at=t("mon 15:00"))


class TestMigration:
    def test_from_then_on_what_happened_before_stays_judged_by_the_old_one(self):
        migration = migrate(
            SLOW.reopen("Again.", by=LI, at=t("mon 15:30")), GOLD, SILVER, at=t("mon 16:00")
        )
        (clock,) = migration.clocks

        assert [promise.target.duration for promise in clock.promises] == [hours(4), hours(8)]
        assert clock.promises[1].since == t("mon 16:00")
        assert clock.breached_at == t("mon 13:00")
        assert clock.due_at == t("tue 09:30")

    def test_kinds_that_such_a_record_has_not_are_left_out(self):
        own = attrs.evolve(GOLD, targets=[*GOLD.targets, Target(TargetKind.FULFILLMENT, hours(1))])

        assert migrate(RUNNING, own, own, at=t("mon 12:00")).clocks == GOLD.clocks(RUNNING)

    def test_from_the_start_all_is_computed_again(self):
        migration = migrate(
            RUNNING, GOLD, SILVER, at=t("mon 16:00"), mode=MigrationMode.FROM_THE_START
        )

        assert migration.clocks == SILVER.clocks(RUNNING)
        assert migration.clocks[0].breached_at == t("tue 09:00")

    def test_the_difference_is_reported_before_it_applies(self):
        migration = migrate(RUNNING, GOLD, SILVER, at=t("mon 12:00"))

        assert migration.comparison.explain() == (
            (
                "INC-1 resolution, cycle 1: running -> running,"
                " due 2024-03-04 13:00:00+00:00 -> 2024-03-04 17:00:00+00:00"
            ),
        )
        assert GOLD.clocks(RUNNING)[0].due_at == t("mon 13:00")

    def test_an_edited_calendar_counts_from_then_on(self):
        around_the_clock = attrs.evolve(GOLD, targets=[resolution(hours(12), ALWAYS_OPEN)])
        (clock,) = migrate(RUNNING, GOLD, around_the_clock, at=t("mon 11:00")).clocks

        assert clock.elapsed(t("tue 00:00")) == hours(2 + 13)
        assert clock.due_at == t("mon 21:00")

    def test_a_kind_that_is_new_counts_from_the_log_and_one_that_is_gone_is_cancelled(self):
        waiting = logged(t("mon 09:00"))
        there = migrate(waiting, GOLD, BOTH, at=t("mon 10:00"))
        back = migrate(waiting, BOTH, GOLD, at=t("mon 10:00"))

        assert [clock.target.kind for clock in there.clocks] == [RESOLUTION, RESPONSE]
        assert there.clocks[1].breached_at == t("mon 10:00")
        assert back.clocks[0].cancelled_because == "no target applies"
        assert back.clocks[0].cancelled_at == t("mon 10:00")

    def test_before_anything_was_known_it_is_the_new_one_alone(self):
        assert migrate(RUNNING, GOLD, SILVER, at=t("fri 09:00")).clocks == SILVER.clocks(RUNNING)

    def test_a_due_time_that_a_person_fixed_stays(self):
        fixed = {RESOLUTION: ManualDeadline(t("mon 11:00"), "promised", t("mon 09:30"))}
        migration = migrate(RUNNING, GOLD, SILVER, at=t("mon 10:00"), deadlines=fixed)

        assert migration.clocks[0].due_at == t("mon 11:00")
        assert migration.comparison.rows[0].due_moved == timedelta(0)

    def test_what_it_was_never_under_promised_nothing(self):
        other = attrs.evolve(GOLD, services=["payroll"])
        (clock,) = migrate(SLOW, other, SILVER, at=t("mon 14:00")).clocks

        assert clock.outcome is ClockOutcome.MET
        assert [promise.since for promise in clock.promises] == [t("mon 14:00")]

    def test_a_message_before_the_move_is_not_told_twice(self):
        updates = attrs.evolve(GOLD, targets=[Target(TargetKind.UPDATE, hours(4), calendar=OFFICE)])
        told = RUNNING.communicate("On it.", by=LI, at=t("mon 10:00"))

        assert migrate(told, updates, updates, at=t("mon 12:00")).clocks == updates.clocks(told)

    def test_a_later_step_goes_on_under_the_new_one(self):
        held = RUNNING.hold(PendingReason.AWAITING_CALLER, by=LI, at=t("mon 14:00"))
        (clock,) = migrate(held, GOLD, SILVER, at=t("mon 12:00")).clocks

        assert clock.elapsed(t("mon 16:00")) == hours(5)
        assert clock.breached_at is None

    @tried(60)
    @given(st.integers(-10, 300))
    def test_to_the_same_agreement_nothing_moves(self, wait):
        at = t("mon 09:00") + timedelta(minutes=10 * wait)
        again = SLOW.reopen("Again.", by=LI, at=t("mon 15:30"))

        migration = migrate(again, BOTH, BOTH, at=at)

        assert migration.clocks == BOTH.clocks(again)
        assert migration.comparison.changed == ()

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"record": "INC-1"}, "record must be a Record"),
            ({"old": "gold"}, "old must be a ServiceLevelAgreement"),
            (
                {
                    "new": OperationalLevelAgreement(
                        "ola", targets=[resolution(hours(1))], provider="messaging"
                    )
                },
                "new must be a ServiceLevelAgreement",
            ),
            ({"mode": "from_then_on"}, "mode must be a MigrationMode"),
        ],
    )
    def test_arguments_of_another_type_are_refused(self, arguments, message):
        usual = {"record": RUNNING, "old": GOLD, "new": SILVER} | arguments
        with pytest.raises(TypeError, match=message):
            migrate(
                *[usual.pop(name) for name in ("record", "old", "new")], at=t("mon 12:00"), **usual
            )
