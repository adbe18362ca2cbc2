"""
What records share that users wait for, whatever their room: an order of nobody in particular.
"""

from __future__ import annotations

import datetime as dt

import pytest

from itil_ops.errors import GuardRefusedError, UnknownActionError
from itil_ops.kernel import closing
from itil_ops.kernel.history import moments, reached_last
from itil_ops.kernel.policies import UserFacingPolicies
from itil_ops.kernel.table import Phase
from itil_ops.kernel.vocabulary import (
    ClosureReason,
    Direction,
    EscalationKind,
    PendingReason,
    SupportLine,
)
from itil_ops.sla.promises.closure import ReopenWindow, TwoStepClosure
from kernel_doubles import ANA, LI, T0, t
from order_doubles import (
    ERRAND,
    ERRAND_LIFECYCLE,
    ORDER_LIFECYCLE,
    ErrandId,
    Order,
    OrderPolicies,
)


CALLER = PendingReason.AWAITING_CALLER
CONFIRMED, AUTO, ADMINISTRATIVE = ClosureReason
BY_ANOTHER = OrderPolicies(closure=TwoStepClosure(confirmed_by_another=True))
DAY = 24 * 60


def under_way(**fields):
    return Order.draft(by=LI, at=T0, **fields).submit(by=LI, at=T0)


def delivered(at=0, order=None):
    return (order or under_way()).deliver(by=LI, at=t(at))


def reply(order, at=2, **told):
    return order.communicate("Blue.", direction=Direction.INBOUND, by=ANA, at=t(at), **told)


def refused(act):
    with pytest.raises(GuardRefusedError) as caught:
        act()
    return [(reason.rule, reason.text) for reason in caught.value.reasons]


class TestMessages:
    def test_nobody_speaks_for_the_user_unless_a_room_says_who(self):
        assert under_way().user is None
        told = under_way().communicate("Blue?", by=ANA, at=t(1))
        assert told.last_contact.direction is Direction.OUTBOUND

    def test_a_reply_takes_up_what_waits_for_the_caller(self):
        assert reply(under_way().park(CALLER, by=LI, at=t(1))).state.name == "under_way"

    def test_a_reply_takes_up_nothing_that_waits_for_something_else(self):
        parked = under_way().park(PendingReason.AWAITING_APPROVAL, by=LI, at=t(1))

        assert reply(parked).state.name == "parked"

    def test_a_reply_takes_up_nothing_where_that_is_not_possible(self):
        assert reply(under_way().get_stuck(CALLER, by=LI, at=t(1))).state.name == "stuck"

    def test_policies_may_leave_it_waiting(self):
        patient = OrderPolicies(resume_on_reply=False)

        replied = reply(under_way().park(CALLER, by=LI, at=t(1)), policies=patient)

        assert replied.state.name == "parked"

    def test_whether_a_reply_does_is_a_yes_or_no(self):
        with pytest.raises(TypeError, match="resume_on_reply"):
            UserFacingPolicies(resume_on_reply="yes")


class TestEscalation:
    def test_it_climbs_from_line_to_line(self):
        called = under_way().escalate(EscalationKind.FUNCTIONAL, "Hard.", by=LI, at=t(1))

        assert called.support_line is SupportLine.SECOND

    def test_it_leads_somewhere(self):
        def act():
            under_way().escalate(
                EscalationKind.FUNCTIONAL, "Hard.", line=SupportLine.FIRST, by=LI, at=t(1)
            )

        assert [rule for rule, _ in refused(act)] == ["the_escalation_leads_somewhere"]


class TestClosure:
    def test_it_closes_by_itself_unless_a_room_says_otherwise(self):
        assert under_way().closes_by_itself
        assert delivered().auto_close_at == dt.datetime(2026, 3, 5, tzinfo=dt.UTC)

    def test_not_before_the_time_to_object_is_over(self):
        done = delivered()

        assert refused(lambda: done.close(AUTO, by=LI, at=t(1))) == [
            (
                "an_automatic_closure_is_due",
                f"it is not closed automatically before {done.auto_close_at}",
            )
        ]
        closed = done.close(AUTO, by=LI, at=done.auto_close_at)
        assert (closed.state.name, closed.closed_at) == ("closed", done.auto_close_at)

    def test_what_says_so_never_does(self):
        class Kept(Order):
            lifecycle = ORDER_LIFECYCLE

            @property
            def closes_by_itself(self):
                return False

        done = Kept.draft(by=LI, at=T0).submit(by=LI, at=T0).deliver(by=LI, at=T0)

        assert done.auto_close_at is None
        assert refused(lambda: done.close(AUTO, by=LI, at=t(9 * DAY))) == [
            ("an_automatic_closure_is_due", "it is never closed automatically")
        ]

    def test_another_person_confirms_where_the_policies_ask_for_it(self):
        def confirmed(by, at=1, order=None):
            return (order or delivered()).close(CONFIRMED, by=by, at=t(at), policies=BY_ANOTHER)

        assert refused(lambda: confirmed(LI)) == [
            (
                "another_person_confirms",
                "li delivered it and cannot record the caller's confirmation",
            )
        ]
        assert confirmed(ANA).is_open is False
        assert confirmed(LI, at=0).is_open is False
        assert confirmed(LI, order=under_way()).is_open is False

    def test_what_was_done_anew_is_confirmed_anew(self):
        again = delivered().reopen(by=ANA, at=t(1)).deliver(by=ANA, at=t(2))

        def confirmed(by):
            return again.close(CONFIRMED, by=by, at=t(3), policies=BY_ANOTHER)

        assert confirmed(LI).is_open is False
        assert [rule for rule, _ in refused(lambda: confirmed(ANA))] == ["another_person_confirms"]

    def test_closing_may_take_a_category_and_a_note(self):
        asked = OrderPolicies(
            completeness=[
                closing.the_closure_is_categorized,
                closing.an_administrative_closure_is_explained,
            ]
        )

        assert refused(
            lambda: delivered().close(ADMINISTRATIVE, by=LI, at=t(1), policies=asked)
        ) == [
            ("the_closure_is_categorized", "there is no closure category"),
            ("an_administrative_closure_is_explained", "an administrative closure takes a note"),
        ]


class TestReopening:
    def test_it_is_counted(self):
        again = delivered().reopen(by=ANA, at=t(1))

        assert (again.reopen_count, again.reopened_at) == (1, t(1))
        assert (under_way().reopen_count, under_way().reopened_at) == (0, None)

    def test_there_is_a_time_for_it(self):
        closed = delivered().close(CONFIRMED, by=ANA, at=t(1))

        assert closed.reopen(by=ANA, at=t(2)).closed_at is None
        ended = closed.reopen_until
        assert refused(lambda: closed.reopen(by=ANA, at=ended)) == [
            (
                "the_reopen_window_is_open",
                f"the time to reopen it ended at {ended}; draft a new order and link it",
            )
        ]

    def test_policies_may_allow_a_number_of_times(self):
        once = OrderPolicies(reopen=ReopenWindow(at_most=1))
        again = delivered().reopen(by=ANA, at=t(1), policies=once).deliver(by=LI, at=t(2))

        assert refused(lambda: again.reopen(by=ANA, at=t(3), policies=once)) == [
            (
                "another_reopening_is_allowed",
                "it was reopened 1 times; draft a new order and link it",
            )
        ]


class TestHistory:
    def test_a_part_has_one_of_its_own(self):
        order = under_way().plan(ERRAND, by=LI, at=t(1)).release(ERRAND, by=LI, at=t(2))

        told = moments(order.journal, ERRAND_LIFECYCLE, ERRAND)

        assert [(moment.at, moment.state.name) for moment in told] == [
            (t(1), "waiting"),
            (t(2), "ready"),
        ]
        assert [moment.state.name for moment in order.history()] == ["draft", "under_way"]
        assert moments(order.journal, ERRAND_LIFECYCLE, ErrandId("E-9")) == ()

    def test_the_entry_that_last_led_to_a_phase_is_known(self):
        order = under_way().plan(ERRAND, by=LI, at=t(1))
        done = delivered(2, delivered(1, order).reopen(by=ANA, at=t(1)))
        told = done.communicate("It is there.", by=LI, at=t(3))

        assert reached_last(told.journal, ORDER_LIFECYCLE, Phase.DONE).at == t(2)
        assert reached_last(told.journal, ORDER_LIFECYCLE, Phase.ACTIVE).action == "reopen"
        assert reached_last(told.journal, ORDER_LIFECYCLE, Phase.WAITING) is None


class TestWhyNot:
    ORDER = under_way().plan(ERRAND, by=LI, at=t(1)).release(ERRAND, by=LI, at=t(1))

    def test_a_verb_of_a_part_that_would_pass_has_nothing_against_it(self):
        assert self.ORDER.why_not("begin", errand=ERRAND, by=LI, at=t(2)) == ()

    def test_the_guards_of_the_part_speak(self):
        (reason,) = self.ORDER.why_not("begin", errand=ERRAND, note=None, by=LI, at=t(2))

        assert reason.rule == "something_is_said"

    def test_what_is_not_possible_is_told(self):
        (reason,) = self.ORDER.why_not("finish", errand=ERRAND, by=LI, at=t(2))

        assert reason.rule == "transition"

    def test_what_comes_too_early_is_told(self):
        (reason,) = self.ORDER.why_not("begin", errand=ERRAND, by=LI, at=t(0))

        assert reason.rule == "order"

    def test_a_part_that_there_is_not_can_do_nothing(self):
        (reason,) = self.ORDER.why_not("finish", errand=ErrandId("E-9"), by=LI, at=t(2))

        assert reason.rule == "transition"

    @pytest.mark.parametrize("action", ["finnish", "write_off"])
    def test_what_is_no_verb_is_unknown(self, action):
        with pytest.raises(UnknownActionError):
            self.ORDER.why_not(action, by=LI, at=t(2))

    def test_what_the_record_may_do_is_its_own(self):
        assert "begin" not in self.ORDER.allowed
