"""
Clocks of records that were split from others or merged with them.
"""

from __future__ import annotations

import pytest

from clock_doubles import DESK, LI, OFFICE, hours, logged, t
from itil_ops.incident.vocabulary import CancellationReason, ResolutionCode
from itil_ops.kernel.identity import IncidentId
from itil_ops.kernel.priority import Impact, Priority, Urgency
from itil_ops.kernel.vocabulary import Direction, Inheritance, PendingReason
from itil_ops.sla.agreements.agreement import OperationalLevelAgreement, ServiceLevelAgreement
from itil_ops.sla.clocks.clock import ClockOutcome
from itil_ops.sla.clocks.draft import ClockState
from itil_ops.sla.clocks.promise import Pause
from itil_ops.sla.promises.target import Target, TargetKind


COPY, RESTART, NONE = Inheritance.COPY, Inheritance.RESTART, Inheritance.NONE
CALLER = PendingReason.AWAITING_CALLER
RESPONSE, RESOLUTION, UPDATE = TargetKind.RESPONSE, TargetKind.RESOLUTION, TargetKind.UPDATE

MONDAY = logged(t("mon 09:00"))
STARTED = MONDAY.start(by=LI, at=t("mon 09:00"))
WAITED = STARTED.hold(CALLER, by=LI, at=t("mon 10:00")).resume(by=LI, at=t("mon 11:00"))


def target(kind, length=8, **options):
    return Target(kind, hours(length), calendar=OFFICE, **options)


def agreed(*targets):
    return ServiceLevelAgreement("gold", targets=targets)


AGREED = agreed(target(RESOLUTION))


def split(at="mon 12:00", **fields):
    """
    Return a record that begins then.
    """
    return logged(t(at), **fields)


def resolved(incident, at):
    return incident.resolve(ResolutionCode.FIXED, by=LI, at=t(at))


class TestSplit:
    @pytest.mark.parametrize(
        ("inheritance", "start", "elapsed", "due"),
        [(COPY, "mon 09:00", 2, "tue 10:00"), (RESTART, "mon 12:00", 0, "tue 12:00")],
    )
    def test_what_of_the_time_before_counts(self, inheritance, start, elapsed, due):
        (clock,) = AGREED.clocks(split(), origin=WAITED, inheritance=inheritance)

        assert clock.started_at == t(start)
        assert clock.elapsed(t("mon 12:00")) == hours(elapsed)
        assert clock.due_at == t(due)

    def test_or_it_has_no_clocks(self):
        assert AGREED.clocks(split(), origin=WAITED, inheritance=NONE) == ()

    @pytest.mark.parametrize("inheritance", Inheritance)
    def test_without_an_origin_there_is_nothing_to_take_over(self, inheritance):
        assert AGREED.clocks(split(), inheritance=inheritance) == AGREED.clocks(split())

    def test_nothing_said_it_is_copied(self):
        assert AGREED.clocks(split(), origin=WAITED) == AGREED.clocks(
            split(), origin=WAITED, inheritance=COPY
        )

    def test_erpnext_18112_a_split_does_not_reset_the_sla(self):
        (parent,) = AGREED.clocks(WAITED)
        (child,) = AGREED.clocks(split(), origin=WAITED)

        assert child == parent

    def test_pauses_come_along(self):
        (clock,) = AGREED.clocks(split(), origin=WAITED)

        assert clock.pauses == (
            Pause(WAITED.journal[-2].effective_at, WAITED.journal[-1].effective_at, CALLER),
        )

    def test_a_pause_that_lasts_ends_with_the_new_record(self):
        held = STARTED.hold(CALLER, by=LI, at=t("mon 10:00"))
        (clock,) = AGREED.clocks(split(), origin=held)

        assert clock.state is ClockState.RUNNING
        assert clock.elapsed(t("mon 13:00")) == hours(2)

    def test_targets_come_along_until_the_new_record_has_its_own(self):
        agreement = agreed(
            target(RESOLUTION, 4, priorities=[Priority.CRITICAL]), target(RESOLUTION)
        )
        urgent = STARTED.prioritize(
            override=Priority.CRITICAL, reason="so", by=DESK, at=t("mon 10:00")
        )
        (clock,) = agreement.clocks(split(), origin=urgent)

        assert [(one.since, one.target.duration) for one in clock.promises] == [
            (t("mon 09:00"), hours(8)),
            (t("mon 10:00"), hours(4)),
            (t("mon 12:00"), hours(8)),
        ]

    def test_a_breach_comes_along(self):
        agreement = agreed(target(RESOLUTION, 1))
        (clock,) = agreement.clocks(split(), origin=STARTED)

        assert clock.breached_at == t("mon 10:00")

    def test_what_befalls_the_parent_later_is_its_own(self):
        later = resolved(WAITED, "mon 15:00")

        assert AGREED.clocks(split(), origin=later) == AGREED.clocks(split(), origin=WAITED)

    def test_a_response_given_before_is_given(self):
        agreement = agreed(target(RESPONSE, 1))
        (copied,) = agreement.clocks(split(), origin=STARTED)
        (anew,) = agreement.clocks(split(), origin=STARTED, inheritance=RESTART)

        assert copied.stopped_at == t("mon 09:00")
        assert anew.due_at == t("mon 13:00")

    def test_a_response_that_is_missing_is_still_due_from_the_first_log(self):
        (clock,) = agreed(target(RESPONSE, 4)).clocks(split(), origin=MONDAY)

        assert clock.due_at == t("mon 13:00")

    def test_a_question_that_was_not_answered_comes_along(self):
        asked = STARTED.communicate(
            "Hello?", direction=Direction.INBOUND, by=DESK, at=t("mon 11:00")
        )
        (clock,) = agreed(target(TargetKind.NEXT_RESPONSE, 2)).clocks(split(), origin=asked)

        assert clock.due_at == t("mon 13:00")

    def test_a_parent_resolved_before_leaves_a_gap(self):
        there = resolved(STARTED, "mon 10:00")
        (clock,) = AGREED.clocks(split(), origin=there)

        assert clock.elapsed(t("mon 13:00")) == hours(2)
        assert clock.pauses[0].is_gap

    def test_fields_of_the_parent_do_not(self):
        ola = OperationalLevelAgreement("bronze", provider="network", targets=[target(RESOLUTION)])
        there = STARTED.assign(group="network", assignee="li", by=DESK, at=t("mon 10:00"))
        child = split()
        (clock,) = ola.clocks(child, origin=there)

        assert child.group is None
        assert clock.stopped_at == t("mon 12:00")

    def test_nor_does_its_priority(self):
        agreement = agreed(
            target(RESOLUTION, 4, priorities=[Priority.CRITICAL]), target(RESOLUTION, 8)
        )
        urgent = logged(t("mon 09:00"), impact=Impact.HIGH, urgency=Urgency.HIGH)
        child = split(impact=None, urgency=None)
        (clock,) = agreement.clocks(child, origin=urgent)

        assert child.priority is None
        assert clock.target.duration == hours(8)

    def test_the_new_record_goes_its_own_way(self):
        child = resolved(split().start(by=LI, at=t("mon 13:00")), "mon 14:00")
        (clock,) = AGREED.clocks(child, origin=WAITED)

        assert clock.outcome is ClockOutcome.MET
        assert clock.elapsed(t("tue 12:00")) == hours(4)

    def test_cycles_go_on_being_counted(self):
        told = STARTED.communicate("On it.", by=LI, at=t("mon 10:00"))
        child = split().communicate("Both of them.", by=LI, at=t("mon 13:00"))
        clocks = agreed(target(UPDATE, 4)).clocks(child, origin=told)

        assert [(clock.cycle, clock.started_at) for clock in clocks] == [
            (1, t("mon 09:00")),
            (2, t("mon 10:00")),
            (3, t("mon 13:00")),
        ]


class TestMerge:
    def merged(self, source, at="mon 12:00"):
        return source.cancel(
            CancellationReason.DUPLICATE,
            duplicate_of=IncidentId("INC-2"),
            by=DESK,
            at=t(at),
        )

    def test_zammad_904_what_was_merged_never_escalates(self):
        (clock,) = AGREED.clocks(self.merged(STARTED))

        assert clock.outcome is ClockOutcome.CANCELLED
        assert clock.cancelled_at == t("mon 12:00")
        assert clock.cancelled_because
        assert clock.due_at is None
        assert clock.breached_at is None
        assert not clock.is_breached(t("thu 12:00"))

    def test_merged_after_a_breach_both_are_told(self):
        (clock,) = agreed(target(RESOLUTION, 1)).clocks(self.merged(STARTED))

        assert clock.outcome is ClockOutcome.CANCELLED
        assert clock.is_breached(t("mon 12:00"))

    @pytest.mark.parametrize(("inheritance", "due"), [(COPY, "tue 10:00"), (RESTART, "tue 11:00")])
    def test_the_older_of_both_gives_its_start(self, inheritance, due):
        younger = logged(t("mon 11:00"))
        (clock,) = AGREED.clocks(younger, origin=self.merged(WAITED), inheritance=inheritance)

        assert clock.due_at == t(due)

    def test_a_younger_one_gives_nothing(self):
        younger = self.merged(logged(t("mon 11:00")))

        assert AGREED.clocks(WAITED, origin=younger) == AGREED.clocks(WAITED)

    def test_one_that_was_merged_before_the_other_was_logged_is_another_cycle(self):
        first, second = AGREED.clocks(split("mon 14:00"), origin=self.merged(STARTED))

        assert first.outcome is ClockOutcome.CANCELLED
        assert (second.cycle, second.started_at) == (2, t("mon 14:00"))


class TestRefusals:
    @pytest.mark.parametrize("origin", ["INC-1", MONDAY.id, MONDAY.journal])
    def test_an_origin_is_a_record(self, origin):
        with pytest.raises(TypeError, match="origin must be a Record"):
            AGREED.clocks(split(), origin=origin)

    @pytest.mark.parametrize("inheritance", [None, "copy", True])
    def test_an_inheritance_is_one(self, inheritance):
        with pytest.raises(TypeError, match="inheritance must be an Inheritance"):
            AGREED.clocks(split(), origin=MONDAY, inheritance=inheritance)
