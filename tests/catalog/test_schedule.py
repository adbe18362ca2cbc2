"""
When work that depends on other work is done.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from clock_doubles import MICROSECOND, NIGHTS, OFFICE, hours, t
from itil_ops.catalog import Work, schedule
from itil_ops.errors import CalendarError
from itil_ops.sla import ALWAYS_OPEN, BusinessDays, NextOpening


NONE = timedelta()


def work(name, length=1, before=(), **options):
    duration = length if not isinstance(length, int) else hours(length)
    return Work(name=name, duration=duration, depends_on=[*before], **options)


def row(plan, name):
    one = plan[name]
    return one.starts_at, one.ends_at, one.latest_end, one.slack, one.is_critical


class TestSchedules:
    def test_nothing_to_do_is_done_at_once(self):
        plan = schedule([], t("mon 09:00"))

        assert (plan.ends_at, plan.work, plan.critical_path) == (t("mon 09:00"), (), ())

    def test_each_begins_when_all_that_it_waits_for_is_over(self):
        plan = schedule(
            [
                work("install", 1, ["order", "account"]),
                work("order", 4),
                work("account", 1),
                work("mail", 2, ["account"]),
            ],
            t("mon 09:00"),
        )

        at = t("mon 09:00")
        assert plan.ends_at == t("mon 14:00")
        assert plan.critical_path == ("order", "install")
        assert row(plan, "order") == (at, t("mon 13:00"), t("mon 13:00"), NONE, True)
        assert row(plan, "account") == (at, t("mon 10:00"), t("mon 12:00"), hours(2), False)
        assert row(plan, "mail") == (
            t("mon 10:00"), t("mon 12:00"), t("mon 14:00"), hours(2), False,
        )  # fmt: skip

    def test_work_is_told_in_an_order_in_which_it_can_be_done(self):
        plan = schedule([work("c", 1, "ab"), work("b", 1, "a"), work("a")], t("mon 09:00"))

        assert [one.name for one in plan.work] == ["a", "b", "c"]

    def test_each_is_done_in_its_own_hours(self):
        # Office 09-17 until Friday, nights 22-06: the order ends on Friday at 15:00, the change
        # runs in the night from 22:00 to 01:00, the check waits for Monday.
        plan = schedule(
            [
                work("order", 6, calendar=OFFICE),
                work("change", 3, ["order"], calendar=NIGHTS),
                work("check", 2, ["change"], calendar=OFFICE),
                work("letter", 4, calendar=OFFICE),
            ],
            t("fri 09:00"),
        )

        assert row(plan, "order")[1] == t("fri 15:00")
        assert row(plan, "change")[1] == t("sat 01:00")
        assert row(plan, "check")[:2] == (t("sat 01:00"), t("mon 11:00"))
        # The check has to begin on Monday at 09:00. Until then there are 5 hours of the night from
        # 01:00, all of the next one, 8, and all of Sunday's, 8: 21 hours by which the change may be
        # late. It has to begin at Monday 03:00, and until then the office has 2 hours left.
        assert row(plan, "change")[2:] == (t("mon 09:00"), hours(21), False)
        assert row(plan, "order")[2:] == (t("mon 03:00"), hours(2), False)
        assert row(plan, "letter")[2:] == (t("mon 11:00"), hours(6), False)
        assert plan.critical_path == ("check",)

    def test_work_is_critical_when_its_next_working_microsecond_is_too_late(self):
        # The order ends as the office closes; that the change could wait until 22:00 is no help.
        plan = schedule(
            [
                work("order", 8, calendar=OFFICE),
                work("change", 3, ["order"], calendar=NIGHTS),
            ],
            t("mon 09:00"),
        )

        assert row(plan, "order")[1:] == (t("mon 17:00"), t("mon 22:00"), NONE, True)

    @pytest.mark.parametrize(
        ("duration", "end"),
        [
            (BusinessDays(2), "wed 17:00"),
            (NextOpening(), "tue 09:00"),
            (NONE, "mon 12:00"),
        ],
        ids=str,
    )
    def test_any_duration_will_do(self, duration, end):
        plan = schedule(
            [work("wait", duration, calendar=OFFICE), work("next", 1, ["wait"])], t("mon 12:00")
        )

        assert plan["wait"].ends_at == plan["next"].starts_at == t(end)
        assert plan.critical_path == ("wait", "next")

    def test_what_takes_no_time_waits_for_the_office_to_open(self):
        # A signature takes no time, but somebody has to be there: until Monday at 17:00 the order
        # may be late, and a microsecond later it is signed on Tuesday.
        plan = schedule(
            [
                work("order", 1),
                work("sign", NONE, ["order"], calendar=OFFICE),
                work("print", 24),
            ],
            t("mon 00:00"),
        )

        assert plan["sign"].ends_at == t("mon 09:00")
        assert plan["sign"].latest_end == t("tue 00:00")
        assert plan["order"].latest_end == t("mon 17:00") - MICROSECOND

    def test_slack_is_not_negative_where_a_day_ends_before_the_office_opens(self):
        plan = schedule(
            [
                work("ask", 1),
                work("wait", BusinessDays(1, by="06:00"), ["ask"], calendar=OFFICE),
            ],
            t("mon 18:00"),
        )

        assert plan.ends_at == t("tue 06:00")
        assert plan["ask"].slack == NONE

    def test_in_business_days_slack_may_be_more_than_is_told(self):
        # The answer is due as Wednesday closes, if the question is put at any time of Monday.
        plan = schedule(
            [
                work("ask", 1, calendar=OFFICE),
                work("wait", BusinessDays(2), ["ask"], calendar=OFFICE),
            ],
            t("mon 09:00"),
        )
        later = schedule(
            [
                work("ask", 8, calendar=OFFICE),
                work("wait", BusinessDays(2), ["ask"], calendar=OFFICE),
            ],
            t("mon 09:00"),
        )

        assert plan["ask"].slack == NONE
        assert later.ends_at == plan.ends_at == t("wed 17:00")

    def test_nothing_is_known_of_work_that_is_not_there(self):
        with pytest.raises(KeyError, match="order"):
            schedule([work("a")], t("mon 09:00"))["order"]


class TestWorkUnderWay:
    def test_what_has_begun_goes_on_from_where_it_began(self):
        plan = schedule(
            [work("order", 4, begun_at=t("mon 09:00")), work("install", 1, ["order"])],
            t("mon 10:00"),
        )

        assert row(plan, "order")[:2] == (t("mon 09:00"), t("mon 13:00"))
        assert plan.ends_at == t("mon 14:00")
        assert plan.critical_path == ("order", "install")

    def test_what_is_overdue_is_expected_to_be_over_at_any_moment(self):
        plan = schedule(
            [work("order", 1, begun_at=t("mon 09:00")), work("install", 1, ["order"])],
            t("mon 12:00"),
        )

        assert row(plan, "order")[1] == row(plan, "install")[0] == t("mon 12:00")
        assert plan.critical_path == ("order", "install")

    def test_what_is_over_is_not_critical_and_pushes_nothing(self):
        plan = schedule(
            [
                work("order", 4, begun_at=t("mon 09:00"), ended_at=t("mon 10:00")),
                work("install", 1, ["order"]),
            ],
            t("mon 11:00"),
        )

        assert row(plan, "order")[:2] == (t("mon 09:00"), t("mon 10:00"))
        assert row(plan, "install")[:2] == (t("mon 11:00"), t("mon 12:00"))
        assert plan.critical_path == ("install",)

    def test_what_was_skipped_began_and_ended_at_once(self):
        plan = schedule([work("order", 4, ended_at=t("mon 10:00"))], t("mon 11:00"))

        assert row(plan, "order")[:2] == (t("mon 10:00"), t("mon 10:00"))
        assert plan.ends_at == t("mon 10:00")

    def test_what_began_before_its_turn_waits_for_nothing(self):
        plan = schedule(
            [work("order", 2), work("install", 4, ["order"], begun_at=t("mon 09:00"))],
            t("mon 09:00"),
        )

        assert plan.ends_at == t("mon 13:00")
        assert row(plan, "order")[2:] == (t("mon 13:00"), hours(2), False)

    def test_what_is_over_later_than_all_else_is_the_end(self):
        done = work("order", 1, begun_at=t("mon 09:00"), ended_at=t("mon 16:00"))
        plan = schedule([done, work("letter", 1)], t("mon 10:00"))

        assert plan.ends_at == t("mon 16:00")
        assert plan["letter"].slack == hours(5)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: work(""), ValueError, "a name of work must not be blank"),
        (lambda: work("a", "1h"), TypeError, "duration must be a timedelta"),
        (lambda: work("a", -hours(1)), ValueError, "duration must not be negative"),
        (lambda: work("a", 1, "b", calendar="office"), TypeError, "calendar must be a calendar"),
        (lambda: Work(name="a", depends_on=None), TypeError, "depends_on must be several names"),
        (lambda: work("a", begun_at="now"), TypeError, "begun_at"),
        (
            lambda: work("a", ended_at=t("mon 09:00").replace(tzinfo=None)),
            ValueError,
            "ended_at",
        ),
        (
            lambda: work("a", begun_at=t("mon 10:00"), ended_at=t("mon 09:00")),
            ValueError,
            "work 'a': ended_at 2024-03-04T09:00:00+00:00 must not come before begun_at",
        ),
        (lambda: schedule(["a"], t("mon 09:00")), TypeError, "each of work must be a Work"),
        (lambda: schedule([], t("mon 09:00").replace(tzinfo=None)), ValueError, "naive"),
        (
            lambda: schedule([work("a"), work("b"), work("a")], t("mon 09:00")),
            ValueError,
            "work is named twice: a",
        ),
        (
            lambda: schedule([work("a", 1, "cb")], t("mon 09:00")),
            ValueError,
            "work depends on what is not there: b, c",
        ),
        (
            lambda: schedule([work("a", 1, "b"), work("b", 1, "a")], t("mon 09:00")),
            ValueError,
            "work waits for itself: a after b after a",
        ),
        (
            lambda: schedule(
                [work("a", calendar=OFFICE.valid(until=t("mon 09:30")))], t("mon 09:00")
            ),
            CalendarError,
            "",
        ),
    ],
)
def test_bad_work_is_refused(make, error, words):
    with pytest.raises(error) as caught:
        make()

    assert words in str(caught.value)


def test_work_takes_no_time_around_the_clock_unless_told():
    one = Work(name="a")

    assert (one.duration, one.calendar, one.depends_on) == (NONE, ALWAYS_OPEN, ())
