"""
Behavior of clocks that the tests of other systems pin, row by row of the features' section 7.

Rows 14, 15, 26, 39 and 40 are about other things than clocks.
"""

from __future__ import annotations

from datetime import date, timedelta

import attrs
import pytest

from clock_doubles import DESK, LI, OFFICE, WEEKDAYS, hours, logged, minutes, resolution, t
from itil_ops.errors import CalendarError, RefusedError
from itil_ops.incident.lifecycle import INCIDENT_LIFECYCLE
from itil_ops.incident.record import Incident
from itil_ops.incident.vocabulary import CancellationReason, ResolutionCode
from itil_ops.kernel.identity import IncidentId
from itil_ops.kernel.priority import Priority
from itil_ops.kernel.table import Phase, State, Transition
from itil_ops.kernel.vocabulary import Direction, PendingReason, Visibility
from itil_ops.sla.agreements.agreement import OperationalLevelAgreement, ServiceLevelAgreement
from itil_ops.sla.clocks.clock import ClockOutcome, SlaClock
from itil_ops.sla.clocks.draft import ClockState
from itil_ops.sla.hours.calendar import BusinessCalendar
from itil_ops.sla.promises.condition import Where
from itil_ops.sla.promises.policy import ClockPolicy, OutsideHours, Reopen, Retarget, ZeroTarget
from itil_ops.sla.promises.target import Target, TargetKind
from itil_ops.sla.promises.threshold import Threshold


ZERO = timedelta(0)
CALLER, SUPPLIER = PendingReason.AWAITING_CALLER, PendingReason.AWAITING_SUPPLIER
RESPONSE, NEXT_RESPONSE = TargetKind.RESPONSE, TargetKind.NEXT_RESPONSE
UPDATE, RESOLUTION = TargetKind.UPDATE, TargetKind.RESOLUTION

MONDAY = logged(t("mon 09:00"))
STARTED = MONDAY.start(by=LI, at=t("mon 09:00"))


def target(kind, length, **options):
    return Target(kind, hours(length), **{"calendar": OFFICE, **options})


def agreed(*targets, **options):
    return ServiceLevelAgreement("gold", targets=targets, **options)


def due(agreement, incident):
    """
    Return by kind when the clocks that have not ended are due.
    """
    live = {ClockState.RUNNING, ClockState.PAUSED}
    clocks = agreement.clocks(incident)
    return {str(clock.target.kind): clock.due_at for clock in clocks if clock.state in live}


def asked(incident, at):
    return incident.communicate("Any news?", direction=Direction.INBOUND, by=DESK, at=t(at))


def told(incident, at, **options):
    return incident.communicate("We are on it.", by=LI, at=t(at), **options)


def held(incident, at, reason=CALLER):
    return incident.hold(reason, by=LI, at=t(at))


def resumed(incident, at):
    return incident.resume(by=LI, at=t(at))


def resolved(incident, at):
    return incident.resolve(ResolutionCode.FIXED, by=LI, at=t(at))


def reopened(incident, at):
    return incident.reopen("It is back.", by=DESK, at=t(at))


def raised(incident, at, priority=Priority.CRITICAL, reason="said so"):
    return incident.prioritize(override=priority, reason=reason, by=DESK, at=t(at))


def merged(incident, at):
    return incident.cancel(
        CancellationReason.DUPLICATE, duplicate_of=IncidentId("INC-2"), by=DESK, at=t(at)
    )


class TestZammad:
    def test_row_1_a_target_set_to_zero_clears_its_deadline_and_no_other(self):
        off = ClockPolicy(zero_target=ZeroTarget.NO_CLOCK)
        agreement = agreed(target(RESPONSE, 0, policy=off), target(RESOLUTION, 8))

        assert due(agreement, MONDAY) == {"resolution": t("mon 17:00")}

    def test_row_1_a_target_taken_out_does_as_well(self):
        assert due(agreed(target(RESOLUTION, 8)), MONDAY) == {"resolution": t("mon 17:00")}

    def test_row_2_a_note_after_the_first_response_brings_no_deadline_back(self):
        agreement = agreed(target(RESPONSE, 1))
        answered = told(MONDAY, "mon 09:30")
        noted = told(answered, "mon 12:00", visibility=Visibility.INTERNAL)

        assert due(agreement, noted) == {}
        assert agreement.clocks(noted) == agreement.clocks(answered)

    def test_row_3_three_messages_in_a_row_are_due_from_the_first(self):
        waits = asked(asked(asked(MONDAY, "mon 10:00"), "mon 10:10"), "mon 10:20")

        assert due(agreed(target(NEXT_RESPONSE, 1)), waits) == {"next_response": t("mon 11:00")}

    def test_row_4_an_answer_clears_it_until_the_next_message(self):
        agreement = agreed(target(NEXT_RESPONSE, 1))
        answered = told(asked(MONDAY, "mon 10:00"), "mon 10:30")

        assert due(agreement, answered) == {}
        assert due(agreement, asked(answered, "mon 12:00")) == {"next_response": t("mon 13:00")}

    def test_row_5_of_two_exchanges_the_worst_is_kept(self):
        talk = told(asked(MONDAY, "mon 10:00"), "mon 10:10")
        talk = told(asked(talk, "mon 11:00"), "mon 11:05")
        clocks = agreed(target(NEXT_RESPONSE, 1)).clocks(talk)

        assert max(clock.elapsed(t("tue 09:00")) for clock in clocks) == minutes(10)

    def test_row_6_an_edited_calendar_an_edited_and_a_deleted_sla(self):
        late = BusinessCalendar("Europe/London", dict.fromkeys(WEEKDAYS, (("12:00", "20:00"),)))

        assert due(agreed(target(RESOLUTION, 4)), MONDAY) == {"resolution": t("mon 13:00")}
        assert due(agreed(target(RESOLUTION, 4, calendar=late)), MONDAY) == {
            "resolution": t("mon 16:00")
        }
        assert due(agreed(target(RESOLUTION, 2)), MONDAY) == {"resolution": t("mon 11:00")}
        assert due(agreed(target(RESOLUTION, 2), valid_until=t("mon 09:00")), MONDAY) == {}

    @pytest.mark.parametrize("end", [resolved, merged])
    def test_row_7_closed_or_merged_nothing_escalates(self, end):
        thresholds = [Threshold(percent=50), Threshold(percent=100)]
        (clock,) = agreed(target(RESOLUTION, 8, thresholds=thresholds)).clocks(
            end(STARTED, "mon 10:00")
        )

        assert clock.next_wakeup(t("mon 10:00")) is None
        assert clock.told(t("thu 12:00")) == ()

    def test_row_8_a_holiday_that_was_removed_is_ignored(self):
        closed = attrs.evolve(OFFICE, holidays=[date(2024, 3, 5)])
        again = attrs.evolve(closed, holidays=[])

        assert due(agreed(target(RESOLUTION, 12, calendar=closed)), MONDAY) == {
            "resolution": t("wed 13:00")
        }
        assert due(agreed(target(RESOLUTION, 12, calendar=again)), MONDAY) == {
            "resolution": t("tue 13:00")
        }

    def test_row_9_a_start_in_the_future_is_what_the_deadline_counts_from(self):
        clock = SlaClock.start(resolution(hours(1)), at=t("thu 11:00"))

        assert clock.due_at == t("thu 12:00")
        assert clock.elapsed(t("mon 12:00")) == ZERO


class TestGlpi:
    def test_row_10_of_what_is_owned_already_no_level_is_told(self):
        thresholds = [Threshold(before=hours(1))]
        agreement = OperationalLevelAgreement(
            "bronze", provider="network", targets=[target(RESPONSE, 4, thresholds=thresholds)]
        )
        queued = MONDAY.assign(group="network", by=DESK, at=t("mon 09:00"))
        owned = queued.start(by=LI, at=t("mon 10:00"))
        (waits,), (done,) = agreement.clocks(queued), agreement.clocks(owned)

        assert [str(one.threshold) for one in waits.told(t("mon 12:00"))] == ["1:00:00 before"]
        assert done.told(t("thu 12:00")) == ()
        assert done.next_wakeup(t("mon 10:00")) is None

    def test_row_11_with_another_sla_its_levels_take_the_place_of_the_old_ones(self):
        old = agreed(target(RESOLUTION, 8, thresholds=[Threshold(percent=50)]))
        new = agreed(target(RESOLUTION, 4, thresholds=[Threshold(percent=75)]))
        (before,), (after,) = old.clocks(STARTED), new.clocks(STARTED)

        assert before.next_wakeup(t("mon 09:30")) == t("mon 13:00")
        assert after.next_wakeup(t("mon 09:30")) == t("mon 12:00")

    def test_row_11_so_do_those_of_another_target_of_one_sla(self):
        agreement = agreed(
            target(
                RESOLUTION,
                4,
                priorities=[Priority.CRITICAL],
                thresholds=[Threshold(percent=75)],
            ),
            target(RESOLUTION, 8, thresholds=[Threshold(percent=50)]),
        )
        (clock,) = agreement.clocks(raised(STARTED, "mon 09:30"))

        assert clock.next_wakeup(t("mon 09:30")) == t("mon 12:00")
        assert [str(one.threshold) for one in clock.told(t("mon 13:00"))] == ["75 %"]

    def test_row_12_the_ola_runs_from_the_assignment_and_the_sla_from_the_opening(self):
        ola = OperationalLevelAgreement(
            "bronze", provider="network", targets=[target(RESOLUTION, 4)]
        )
        there = MONDAY.assign(group="network", by=DESK, at=t("mon 10:00"))

        assert due(ola, there) == {"resolution": t("mon 14:00")}
        assert due(agreed(target(RESOLUTION, 4)), there) == {"resolution": t("mon 13:00")}

    @pytest.mark.parametrize(
        ("holidays", "due_at"),
        [
            ([date(2024, 3, 5)], "wed 13:00"),
            (["--03-05"], "wed 13:00"),
            ([date(2024, 3, 5), date(2024, 3, 6)], "thu 13:00"),
            (["--03-05", date(2024, 3, 6)], "thu 13:00"),
        ],
    )
    def test_row_13_a_holiday_single_perpetual_or_of_several_days_is_not_counted(
        self, holidays, due_at
    ):
        calendar = attrs.evolve(OFFICE, holidays=holidays)

        assert due(agreed(target(RESOLUTION, 12, calendar=calendar)), MONDAY) == {
            "resolution": t(due_at)
        }

    def test_row_13_a_perpetual_one_comes_back_by_month_and_day(self):
        calendar = attrs.evolve(OFFICE, holidays=["--03-05"])

        assert not calendar.is_open(t("tue 12:00").replace(year=2026, month=3, day=5))
        assert calendar.is_open(t("tue 12:00").replace(year=2026, month=3, day=4))


class TestZnuny:
    def test_row_16_an_internal_article_is_no_first_response(self):
        noted = told(MONDAY, "mon 09:10", visibility=Visibility.INTERNAL)

        assert due(agreed(target(RESPONSE, 1)), noted) == {"response": t("mon 10:00")}

    def test_row_17_closed_once_the_solution_never_escalates_again(self):
        never = ClockPolicy(reopen=Reopen.NEVER)
        again = reopened(resolved(STARTED, "mon 10:00"), "mon 12:00")
        (clock,) = agreed(target(RESOLUTION, 4, policy=never)).clocks(again)

        assert clock.outcome is ClockOutcome.MET
        assert clock.next_wakeup(t("mon 12:00")) is None
        assert not clock.is_breached(t("thu 12:00"))

    def test_row_18_merged_all_of_its_clocks_end(self):
        kinds = (RESPONSE, NEXT_RESPONSE, UPDATE, RESOLUTION)
        clocks = agreed(*(target(kind, 4) for kind in kinds)).clocks(
            merged(asked(MONDAY, "mon 09:30"), "mon 10:00")
        )

        assert [clock.outcome for clock in clocks] == [ClockOutcome.CANCELLED] * 4
        assert {clock.due_at for clock in clocks} == {None}


class TestErpNext:
    def test_row_19_without_a_target_of_its_own_it_has_the_general_one(self):
        agreement = agreed(
            target(RESOLUTION, 1, priorities=[Priority.CRITICAL]), target(RESOLUTION, 8)
        )

        assert due(agreement, MONDAY) == {"resolution": t("mon 17:00")}

    def test_row_19_and_without_that_no_deadlines(self):
        agreement = agreed(target(RESOLUTION, 1, priorities=[Priority.CRITICAL]))

        assert due(agreement, MONDAY) == {}

    def test_row_20_a_reset_takes_a_reason_and_restarts_from_now(self):
        anew = ClockPolicy(retarget=Retarget.RESTART)
        agreement = agreed(
            target(RESOLUTION, 8, priorities=[Priority.LOW], policy=anew), target(RESOLUTION, 4)
        )
        reset = raised(STARTED, "mon 12:00", Priority.LOW, "a new fault, as agreed with Lyon")

        with pytest.raises(RefusedError):
            raised(STARTED, "mon 12:00", Priority.LOW, None)
        assert due(agreement, reset) == {"resolution": t("tue 12:00")}
        assert reset.journal[-1].note == "a new fault, as agreed with Lyon"

    def test_row_20_so_does_a_deadline_that_a_person_fixes(self):
        clock = SlaClock.start(resolution(hours(8)), at=t("mon 09:00"))

        with pytest.raises(ValueError, match="reason"):
            clock.fix(t("tue 12:00"), reason=" ", at=t("mon 10:00"))

    def test_row_21_a_response_given_before_a_hold_is_moved_by_it_no_more(self):
        agreement = agreed(target(RESPONSE, 1, pause_on=[CALLER]))
        answered = told(MONDAY, "mon 09:30")
        waited = resumed(held(answered, "mon 10:00"), "mon 12:00")

        assert agreement.clocks(waited) == agreement.clocks(answered)


# ---- Statuses of the caller's own, by category ----------------------------------------------

ON_THE_TRAIN = State("on_the_train", Phase.WAITING)
PATCHED = State("patched", Phase.DONE)


class Ticket(Incident):
    __slots__ = ()

    lifecycle = INCIDENT_LIFECYCLE.extend(
        name="ticket",
        states=[ON_THE_TRAIN, PATCHED],
        transitions=[
            Transition("board", Phase.ACTIVE, ON_THE_TRAIN),
            Transition("patch", (Phase.ACTIVE, Phase.WAITING), PATCHED),
        ],
    )

    def board(self, *, by, at):
        return self._step("board", {"pending_reason": CALLER}, by=by, at=at)

    def patch(self, *, by, at):
        return self._step("patch", by=by, at=at)


class TestFrappeHelpdesk:
    AGREED = agreed(target(RESOLUTION, 8))

    def test_row_22_closing_does_not_change_the_resolution_time(self):
        there = resolved(STARTED, "mon 12:00")
        closed = there.close(by=DESK, at=t("tue 12:00"))

        assert self.AGREED.clocks(closed) == self.AGREED.clocks(there)

    def test_row_23_reopened_the_resolved_interval_does_not_count(self):
        again = reopened(resolved(STARTED, "mon 10:00"), "mon 16:00")

        assert due(self.AGREED, again) == {"resolution": t("tue 15:00")}

    def test_row_23_nor_is_it_lost_where_it_is_held_at_once(self):
        again = held(reopened(resolved(STARTED, "mon 10:00"), "mon 12:00"), "mon 12:00")

        assert due(self.AGREED, resumed(again, "mon 16:00")) == {"resolution": t("tue 15:00")}

    def test_row_24_an_own_status_behaves_as_its_category(self):
        mine = logged(t("mon 09:00"), Ticket).start(by=LI, at=t("mon 09:00"))
        boarded = resumed(mine.board(by=LI, at=t("mon 10:00")), "mon 12:00")
        usual = resumed(held(STARTED, "mon 10:00"), "mon 12:00")

        assert self.AGREED.clocks(boarded) == self.AGREED.clocks(usual)
        assert self.AGREED.clocks(boarded.patch(by=LI, at=t("mon 14:00"))) == self.AGREED.clocks(
            resolved(usual, "mon 14:00")
        )

    def test_row_25_a_late_response_and_a_resolution_in_time_are_two_verdicts(self):
        agreement = agreed(target(RESPONSE, 1), target(RESOLUTION, 8))
        clocks = agreement.clocks(resolved(told(MONDAY, "mon 11:00"), "mon 12:00"))

        assert {str(clock.target.kind): str(clock.outcome) for clock in clocks} == {
            "response": "breached",
            "resolution": "met",
        }


def is_asked_by_another(fact):
    caller = fact.fields.get("caller")
    return caller is not None and caller != fact.fields.get("owner")


class TestRequestTracker:
    LOOP = agreed(target(UPDATE, 4), target(NEXT_RESPONSE, 2))

    @pytest.mark.parametrize(
        ("fields", "is_due"),
        [
            ({"caller": "ada", "owner": "li"}, True),
            ({"caller": "li", "owner": "li"}, False),
            ({"owner": "li"}, False),
        ],
    )
    def test_row_27_without_a_requestor_apart_from_the_owner_no_response_is_due(
        self, fields, is_due
    ):
        agreement = agreed(target(RESPONSE, 2, when=is_asked_by_another))

        assert bool(due(agreement, logged(t("mon 09:00"), **fields))) is is_due

    def test_row_27_nor_where_nobody_of_the_users_side_has_written(self):
        assert due(agreed(target(NEXT_RESPONSE, 2)), MONDAY) == {}

    def test_row_28_a_reply_to_the_requestor_unsets_the_response(self):
        agreement = agreed(target(NEXT_RESPONSE, 2))

        assert due(agreement, told(asked(MONDAY, "mon 10:00"), "mon 11:00")) == {}

    def test_row_29_two_messages_of_the_requestor_are_due_from_the_first(self):
        waits = asked(asked(MONDAY, "mon 10:00"), "mon 11:00")

        assert due(agreed(target(NEXT_RESPONSE, 2)), waits) == {"next_response": t("mon 12:00")}

    def test_row_30_keep_in_the_loop(self):
        once = told(MONDAY, "mon 10:00")
        twice = told(once, "mon 11:00")
        waits = asked(twice, "mon 12:00")

        assert due(self.LOOP, once) == {"update": t("mon 14:00")}
        assert due(self.LOOP, twice) == {"update": t("mon 15:00")}
        assert min(due(self.LOOP, waits).values()) == t("mon 14:00")
        assert due(self.LOOP, waits)["next_response"] == t("mon 14:00")

    @pytest.mark.parametrize("reply", [asked, told])
    def test_row_31_replies_do_not_move_the_resolution(self, reply):
        agreement = agreed(target(RESOLUTION, 8))

        assert due(agreement, reply(STARTED, "mon 12:00")) == {"resolution": t("mon 17:00")}

    def test_row_32_stalled_the_loop_waits_and_a_response_is_still_due(self):
        agreement = agreed(target(UPDATE, 4, pause_on=[Phase.WAITING]), target(NEXT_RESPONSE, 2))
        stalled = held(asked(STARTED, "mon 10:00"), "mon 11:00", SUPPLIER)

        assert due(agreement, stalled) == {"update": None, "next_response": t("mon 12:00")}

    def test_row_33_back_from_stalled_without_a_pause_the_deadline_is_the_old_one(self):
        agreement = agreed(target(RESOLUTION, 8, pause_on=[]))
        back = resumed(held(STARTED, "mon 10:00"), "mon 12:00")

        assert due(agreement, back) == due(agreement, STARTED) == {"resolution": t("mon 17:00")}

    @pytest.mark.parametrize("day", [7, "7", "sunday", "Sun"])
    def test_row_34_a_weekday_that_is_none_is_refused(self, day):
        with pytest.raises((CalendarError, TypeError)):
            BusinessCalendar("UTC", {day: [("09:00", "17:00")]})

    def test_row_35_started_at_once_it_counts_from_its_creation_even_outside_hours(self):
        at_once = ClockPolicy(outside_hours=OutsideHours.AT_ONCE)
        agreement = agreed(target(RESOLUTION, 8, policy=at_once))
        (clock,) = agreement.clocks(logged(t("sat 12:00")))

        assert clock.counts_from == clock.started_at == t("sat 12:00")


class TestDjangoHelpdesk:
    def test_row_36_time_in_an_excluded_status_is_not_counted(self):
        agreement = agreed(target(RESOLUTION, 8, pause_on=[Phase.WAITING]))
        back = resumed(held(STARTED, "mon 10:00", SUPPLIER), "mon 12:00")

        assert due(agreement, back) == {"resolution": t("tue 11:00")}

    def test_row_36_nor_is_time_in_an_excluded_queue(self):
        agreement = agreed(target(RESOLUTION, 8, pause_on=[Where(group=["parking", "lab"])]))
        parked = STARTED.assign(group="parking", by=DESK, at=t("mon 10:00"))
        back = parked.assign(group="network", by=DESK, at=t("mon 12:00"))

        assert due(agreement, parked) == {"resolution": None}
        assert due(agreement, back) == {"resolution": t("tue 11:00")}


class TestITop:
    def test_row_37_a_goal_recomputed_in_the_past_tells_nothing_again(self):
        thresholds = [Threshold(percent=75), Threshold(percent=100)]
        agreement = agreed(
            target(RESOLUTION, 1, priorities=[Priority.CRITICAL], thresholds=thresholds),
            target(RESOLUTION, 2, thresholds=thresholds),
        )
        (before,) = agreement.clocks(STARTED)
        (after,) = agreement.clocks(raised(STARTED, "mon 15:00"))

        assert before.breached_at == after.breached_at == t("mon 11:00")
        assert after.told(t("thu 12:00")) == before.told(t("thu 12:00"))
        assert after.told(t("thu 12:00"), after=t("mon 12:00")) == ()

    def test_row_38_with_the_goal_removed_deadlines_are_null_and_the_time_is_kept(self):
        agreement = agreed(target(RESOLUTION, 8, priorities=[Priority.MEDIUM]))
        (clock,) = agreement.clocks(raised(STARTED, "mon 12:00", Priority.LOW))

        assert clock.due_at is None
        assert clock.breached_at is None
        assert clock.next_wakeup(t("mon 12:00")) is None
        assert clock.elapsed(t("thu 12:00")) == hours(3)
