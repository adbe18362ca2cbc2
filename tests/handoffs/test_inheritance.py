"""
What clocks, timers, news, reports and stores see of records that were merged or split.
"""

from __future__ import annotations

import pytest

from clock_doubles import DESK, LI, MICROSECOND, OFFICE, hours, resolution, t
from incident_doubles import is_true
from itil_ops import (
    CategoryPath,
    Impact,
    Incident,
    IncidentId,
    Inheritance,
    LinkKind,
    PendingReason,
    ResolutionCode,
    Urgency,
)
from itil_ops.handoffs import follow_parent, merge, merged_history, split
from itil_ops.repositories import IncidentQuery, MemoryStore
from itil_ops.sla.agreements.agreement import ServiceLevelAgreement
from itil_ops.sla.agreements.news import news
from itil_ops.sla.clocks.clock import ClockOutcome
from itil_ops.sla.clocks.draft import ClockState
from itil_ops.sla.clocks.promise import Pause
from itil_ops.sla.promises.measure import TargetKind
from itil_ops.sla.promises.target import Target
from itil_ops.sla.promises.threshold import ITIL_ESCALATION
from itil_ops.sla.reports.attainment import AttainmentRules, Standing, attainment
from itil_ops.sla.reports.compliance import CompliancePeriod
from itil_ops.timers import TimerKind, due, next_wakeup, planner


COPY, RESTART, NONE = Inheritance.COPY, Inheritance.RESTART, Inheritance.NONE
CALLER = PendingReason.AWAITING_CALLER
GOLD = ServiceLevelAgreement("gold", targets=[resolution(hours(8), thresholds=ITIL_ESCALATION)])
WEEK = CompliancePeriod(t("mon 00:00"), t("thu 00:00"))
S, T, P = IncidentId("INC-1"), IncidentId("INC-2"), IncidentId("INC-3")


def logged(id, at, **fields):
    told = {"impact": Impact.MEDIUM, "urgency": Urgency.MEDIUM, **fields}
    return Incident.log(id, title="Mail is down", service="email", by=DESK, at=t(at), **told)


SOURCE = logged(S, "mon 09:00")
HELD = SOURCE.start(by=LI, at=t("mon 09:00")).hold(CALLER, by=LI, at=t("mon 10:00"))
WAITED = HELD.resume(by=LI, at=t("mon 10:30"))
TARGET = logged(T, "mon 11:00")


def merged(source=SOURCE, target=TARGET, inheritance=COPY, at="mon 12:00"):
    return merge(source, target, children=(), inheritance=inheritance, by=LI, at=t(at))


def parted(record=SOURCE, inheritance=COPY, at="mon 12:00", **stated):
    return split(
        record, P, title="The gateway", inheritance=inheritance, by=LI, at=t(at), **stated
    ).part


def clock_of(record, agreement=GOLD):
    (clock,) = agreement.clocks(record)
    return clock


class TestTheTarget:
    @pytest.mark.parametrize(
        ("inheritance", "start", "at"),
        [(COPY, "mon 09:00", "mon 17:00"), (RESTART, "mon 11:00", "tue 11:00")],
    )
    def test_its_clock_goes_on_from_the_sources_or_stays(self, inheritance, start, at):
        clock = clock_of(merged(inheritance=inheritance).target)

        assert clock.started_at == t(start)
        assert clock.due_at == t(at)

    def test_restart_leaves_it_alone(self):
        assert clock_of(merged(inheritance=RESTART).target) == clock_of(TARGET)

    def test_or_it_has_none(self):
        target = merged(inheritance=NONE).target

        assert GOLD.clocks(target) == ()
        assert due(target, [GOLD], None, t("thu 12:00")) == ()
        assert next_wakeup(target, [GOLD], t("mon 12:00")) is None

    def test_a_younger_source_moves_nothing(self):
        younger = merged(TARGET, SOURCE)

        assert clock_of(younger.target) == clock_of(SOURCE)

    def test_holds_of_the_source_are_pauses(self):
        clock = clock_of(merged(WAITED).target)

        assert clock.pauses == (Pause(t("mon 10:00"), t("mon 10:30"), CALLER),)
        assert clock.due_at == t("tue 09:30")
        assert len(WAITED.hold_spells()) == 1

    def test_its_own_holds_are_its_own(self):
        held = TARGET.hold(CALLER, by=LI, at=t("mon 11:30")).resume(by=LI, at=t("mon 11:45"))
        clock = clock_of(merged(WAITED, held).target)

        assert [pause.start for pause in clock.pauses] == [t("mon 10:00"), t("mon 11:30")]

    def test_of_several_the_oldest_counts(self):
        one = merged().target
        both = merge(
            logged(P, "mon 10:00"), one, children=(), inheritance=COPY, by=LI, at=t("mon 13:00")
        )

        assert clock_of(both.target).started_at == t("mon 09:00")

    def test_a_part_that_comes_back_moves_nothing(self):
        parts = split(SOURCE, T, title="Half", by=LI, at=t("mon 10:00"))
        back = merge(
            parts.part, parts.record, children=(), inheritance=COPY, by=LI, at=t("mon 13:00")
        ).target

        assert [share.origin for share in back.inherited] == [T]
        assert clock_of(back) == clock_of(SOURCE)

    def test_a_response_given_there_is_given(self):
        response = Target(TargetKind.RESPONSE, hours(1), calendar=OFFICE)
        agreement = ServiceLevelAgreement("silver", targets=[response])

        assert clock_of(merged(HELD).target, agreement).stopped_at == t("mon 09:00")


class TestTheSource:
    def test_zammad_904_it_escalates_no_more(self):
        source = merged().source
        clock = clock_of(source)

        assert clock.outcome is ClockOutcome.CANCELLED
        assert clock.cancelled_at == t("mon 12:00")
        assert clock.due_at is None
        assert due(source, [GOLD], t("mon 12:00"), t("thu 12:00")) == ()
        assert next_wakeup(source, [GOLD], t("mon 12:00")) is None
        assert planner([GOLD])(source, t("mon 12:00")) == {}

    def test_libredesk_70_nothing_is_told_of_it_later(self):
        assert news(GOLD, merged().source, t("mon 12:00"), t("thu 12:00")) == ()

    def test_a_breach_before_is_not_undone(self):
        source = merged(at="wed 10:00").source

        assert clock_of(source).is_breached(t("wed 10:00"))

    def test_it_is_not_in_the_rates(self):
        report = attainment([(merged().source, GOLD.clocks(merged().source))], WEEK)

        assert report.attainment is None
        assert report.count(Standing.CANCELLED) == 1


class TestThePart:
    @pytest.mark.parametrize(
        ("inheritance", "start", "at"),
        [(COPY, "mon 09:00", "mon 17:00"), (RESTART, "mon 12:00", "tue 12:00")],
    )
    def test_erpnext_18112_its_clock_goes_on_or_begins_anew(self, inheritance, start, at):
        clock = clock_of(parted(inheritance=inheritance))

        assert clock.started_at == t(start)
        assert clock.due_at == t(at)

    def test_or_it_has_none(self):
        assert GOLD.clocks(parted(inheritance=NONE)) == ()

    def test_pauses_come_along(self):
        assert clock_of(parted(WAITED)).due_at == t("mon 17:00").replace(day=5, hour=9, minute=30)

    def test_a_pause_that_lasts_ends_with_the_part(self):
        clock = clock_of(parted(HELD))

        assert clock.pauses == (Pause(t("mon 10:00"), t("mon 12:00"), CALLER),)

    def test_the_original_goes_its_own_way(self):
        result = split(SOURCE, P, title="The gateway", by=LI, at=t("mon 12:00"))
        solved = result.record.resolve(ResolutionCode.FIXED, by=LI, at=t("mon 13:00"))

        assert clock_of(solved).outcome is ClockOutcome.MET
        assert clock_of(result.part).outcome is None
        assert clock_of(result.part).state is ClockState.RUNNING

    def test_it_is_another_one_where_it_is_for_another_service(self):
        mail = ServiceLevelAgreement("mail", targets=[resolution(hours(8))], services=["email"])

        assert mail.clocks(parted(service="gateway")) == ()
        assert mail.clocks(parted(category=CategoryPath("network")))


class TestTimers:
    def test_due_moves_with_the_clock(self):
        target = merged().target
        breach = t("tue 09:00") + MICROSECOND

        assert next_wakeup(TARGET, [GOLD], t("mon 12:00")) == t("mon 15:00")
        assert next_wakeup(target, [GOLD], t("mon 12:00")) == t("mon 13:00")
        assert planner([GOLD])(target, t("mon 12:00")) == {
            "threshold": t("mon 13:00"),
            "breach": breach,
        }
        assert [timer.kind for timer in due(target, [GOLD], t("mon 16:58"), breach)] == [
            TimerKind.THRESHOLD,
            TimerKind.BREACH,
        ]

    def test_what_was_passed_there_already_is_told_here(self):
        target = merged(at="mon 14:00").target
        alone, found = (
            due(one, [GOLD], t("mon 13:30"), t("mon 14:00")) for one in (TARGET, target)
        )

        assert alone == ()
        assert [timer.at for timer in found] == [t("mon 13:00")]

    def test_news_of_the_target_are_its_own(self):
        told = news(GOLD, merged().target, t("mon 12:00"), t("mon 14:00"))

        assert [one.told.at for one in told] == [t("mon 13:00")]
        assert {one.agreement for one in told} == {"gold"}

    def test_a_part_wakes_when_the_original_would_have(self):
        assert next_wakeup(parted(), [GOLD], t("mon 12:00")) == next_wakeup(
            SOURCE, [GOLD], t("mon 12:00")
        )


class TestReports:
    @pytest.mark.parametrize(
        ("inheritance", "met", "breached"), [(COPY, 0, 1), (RESTART, 1, 0), (NONE, 0, 0)]
    )
    def test_attainment_counts_what_the_target_is_held_to(self, inheritance, met, breached):
        result = merged(inheritance=inheritance)
        solved = result.target.resolve(ResolutionCode.FIXED, by=LI, at=t("tue 10:00"))
        records = (result.source, solved)
        report = attainment([(one, GOLD.clocks(one)) for one in records], WEEK)

        assert (report.met, report.breached) == (met, breached)

    def test_a_split_counts_both(self):
        result = split(SOURCE, P, title="The gateway", by=LI, at=t("mon 12:00"))
        records = [
            one.resolve(ResolutionCode.FIXED, by=LI, at=t("tue 10:00")) for one in result.changed
        ]
        report = attainment([(one, GOLD.clocks(one)) for one in records], WEEK, AttainmentRules())

        assert (report.met, report.breached) == (0, 2)


class TestStores:
    def test_a_merge_is_kept(self):
        store = MemoryStore(due=planner([GOLD]))
        with store.unit() as unit:
            source, target = unit.incidents.add(WAITED), unit.incidents.add(TARGET)
            unit.commit()
        result = merge(source, target, children=(), inheritance=COPY, by=LI, at=t("mon 12:00"))
        with store.unit() as unit:
            for record in result.changed:
                unit.incidents.save(record)
            unit.commit()
        with store.unit() as unit:
            kept = unit.incidents.get(T)
            duplicates = unit.incidents.find(IncidentQuery(linked_to=[T])).items

        assert kept == result.target
        assert clock_of(kept).due_at == t("tue 09:30")
        assert [one.id for one in duplicates] == [S]
        assert duplicates[0].original == T

    def test_a_split_is_kept(self):
        store = MemoryStore(due=planner([GOLD]))
        with store.unit() as unit:
            whole = unit.incidents.add(SOURCE)
            unit.commit()
        result = split(whole, P, title="The gateway", by=LI, at=t("mon 12:00"))
        with store.unit() as unit:
            unit.incidents.save(result.record)
            unit.incidents.add(result.part)
            unit.commit()
        with store.unit() as unit:
            parts = unit.incidents.find(IncidentQuery(linked_to=[S])).items

        assert [(one.id, one.links[0].kind) for one in parts] == [(P, LinkKind.SPLIT_FROM)]

    def test_a_replay_knows_all_of_it(self):
        for record in (*merged(WAITED).changed, parted(WAITED)):
            is_true(record)
            again = Incident.replay(record.journal)

            assert again.inherited == record.inherited
            assert GOLD.clocks(again) == GOLD.clocks(record)
            assert merged_history(again) == merged_history(record)

    def test_before_the_merge_it_was_not_known(self):
        target = merged().target

        assert clock_of(target.as_known_at(t("mon 11:59"))).started_at == t("mon 11:00")


def test_clocks_of_children_end_with_their_parents():
    child = TARGET.join(S, ancestors=(), generations_below=0, by=LI, at=t("mon 11:30"))
    parent = SOURCE.resolve(ResolutionCode.FIXED, note="Fixed.", by=LI, at=t("mon 14:00"))
    (solved,) = follow_parent(parent, [child], by=LI, at=t("mon 14:30")).changed

    assert clock_of(solved).outcome is ClockOutcome.MET
    assert clock_of(solved).stopped_at == t("mon 14:30")


def test_a_copied_start_is_copied_on():
    gold = ServiceLevelAgreement("gold", targets=[resolution(hours(8))])
    first, second, third = (
        Incident.log(IncidentId(name), title="x", service="email", by=DESK, at=t(at))
        for name, at in (("A", "mon 09:00"), ("B", "mon 10:00"), ("C", "mon 11:00"))
    )
    copied = {"inheritance": Inheritance.COPY, "by": DESK}
    merged = merge(first, second, children=(), at=t("mon 12:00"), **copied).target
    again = merge(merged, third, children=(), at=t("mon 13:00"), **copied).target

    assert [gold.clocks(one)[0].started_at for one in (merged, again)] == [t("mon 09:00")] * 2
