"""
When a request is expected to be done, worked out by hand under the hours of two groups.

The workplace works from 9 to 17, the depot from 6 to 14, both on weekdays; Monday is the 2nd.
"""

from __future__ import annotations

import pytest

from itil_ops.catalog import Approver, TaskTemplate
from itil_ops.kernel.identity import ServiceRequestId
from itil_ops.kernel.vocabulary import PendingReason
from itil_ops.request.forecast import expected_end, forecast_request
from itil_ops.sla.hours.calendar import BusinessCalendar
from itil_ops.sla.hours.duration import BusinessDays
from request.making import (
    OFFICE,
    WEEKDAYS,
    after,
    day,
    drafted,
    hours,
    item_of,
    model,
    submitted,
    task,
    under_way,
    waiting,
)


WAITS = PendingReason.AWAITING_CALLER
EARLY = BusinessCalendar("UTC", dict.fromkeys(WEEKDAYS, (("06:00", "14:00"),)))
HOURS = {"workplace": OFFICE, "depot": EARLY}

ORDER = TaskTemplate("order", duration=hours(4))
SHIP = TaskTemplate("ship", group="depot", duration=hours(6), depends_on=["order"])
ACCOUNT = TaskTemplate("account", duration=hours(3))
INSTALL = TaskTemplate("install", duration=hours(2), depends_on=["ship", "account"])
TASKS = (INSTALL, SHIP, ORDER, ACCOUNT)


def begun(*tasks, at=None):
    return under_way(*tasks, at=day(2, "15:00") if at is None else at)


def plan(request, at=None):
    """
    Return from when to when each task is done, and which are critical.
    """
    found = forecast_request(request, at=day(2, "15:00") if at is None else at, hours=HOURS)
    return found, {
        one.name.removeprefix("thing/"): (one.starts_at, one.ends_at) for one in found.work
    }


class TestPlan:
    @pytest.mark.parametrize(
        "make",
        [
            begun,
            lambda *tasks: drafted(model(*tasks), at=day(2, "15:00")),
            lambda *tasks: submitted(model(*tasks), at=day(2, "15:00")),
            lambda *tasks: waiting(Approver("mia"), *tasks, at=day(2, "15:00")),
            lambda *tasks: after(
                submitted(model(*tasks), at=day(2, "15:00")), "authorize", at=day(2, "15:00")
            ),
        ],
    )
    def test_each_begins_when_what_it_depends_on_is_over_in_its_groups_hours(self, make):
        found, times = plan(make(*TASKS))

        # Two hours of Monday, and two of Tuesday.
        assert times["order"] == (day(2, "15:00"), day(3, "11:00"))
        # The depot leaves at 14: three hours of Tuesday, and three of Wednesday.
        assert times["ship"] == (day(3, "11:00"), day(4, "09:00"))
        # Two hours of Monday, and one of Tuesday.
        assert times["account"] == (day(2, "15:00"), day(3, "10:00"))
        assert times["install"] == (day(4, "09:00"), day(4, "11:00"))
        assert found.ends_at == day(4, "11:00")

    def test_the_critical_path_is_what_must_not_be_late(self):
        found, _ = plan(begun(*TASKS))

        assert found.critical_path == ("thing/order", "thing/ship", "thing/install")
        # From Tuesday 10 to Wednesday 9 there are seven hours of the workplace.
        assert found["thing/account"].slack == hours(7)
        assert found["thing/account"].latest_end == day(4, "09:00")

    def test_what_was_done_early_brings_all_forward(self):
        request = after(begun(*TASKS), "complete_task", task("order"), at=day(2, "16:00"))
        found, times = plan(request, at=day(2, "16:00"))

        # The depot has closed at 14, and begins on Tuesday at 6.
        assert times["ship"][1] == day(3, "12:00")
        assert found.ends_at == day(3, "14:00")
        assert times["order"] == (day(2, "16:00"), day(2, "16:00"))
        assert "thing/order" not in found.critical_path

    def test_what_has_begun_is_seen_from_its_beginning(self):
        request = after(begun(*TASKS), "start_task", task("order"), at=day(2, "15:00"))
        _, times = plan(request, at=day(3, "10:00"))

        assert times["order"] == (day(2, "15:00"), day(3, "11:00"))

    def test_what_takes_longer_is_over_now_at_the_earliest(self):
        request = after(begun(*TASKS), "start_task", task("order"), at=day(2, "15:00"))
        found, times = plan(request, at=day(3, "13:00"))

        assert times["order"] == (day(2, "15:00"), day(3, "13:00"))
        # One hour of Tuesday, and five of Wednesday.
        assert times["ship"][1] == day(4, "11:00")
        assert found.ends_at == day(4, "13:00")

    def test_handed_to_another_group_it_is_done_in_that_groups_hours(self):
        request = after(
            begun(TaskTemplate("order", duration=hours(4))),
            "assign_task",
            task("order"),
            group="depot",
            at=day(2, "15:00"),
        )

        assert plan(request)[0].ends_at == day(3, "10:00")

    @pytest.mark.parametrize("verb", ["skip_task", "cancel_task", "fail_task"])
    def test_what_is_over_takes_no_more_time(self, verb):
        request = after(begun(ORDER), verb, task("order"), "No.", at=day(2, "15:30"))

        assert plan(request, at=day(2, "16:00"))[0].ends_at == day(2, "15:30")

    def test_what_is_to_be_tried_again_takes_its_time_then(self):
        template = TaskTemplate(
            "order", duration=hours(2), automated=True, attempts=2, retry_after=hours(24)
        )
        request = after(begun(template), "fail_task", task("order"), "No.", at=day(2, "15:30"))

        _, times = plan(request)
        assert times["order"] == (day(3, "15:30"), day(4, "09:30"))

    def test_unknown_groups_work_around_the_clock_and_unknown_lengths_take_no_time(self):
        request = begun(
            TaskTemplate("order", group="other", duration=hours(20)), TaskTemplate("look")
        )
        _, times = plan(request)

        assert times["order"] == (day(2, "15:00"), day(3, "11:00"))
        assert times["look"] == (day(2, "15:00"), day(2, "15:00"))

    def test_business_days_end_with_the_groups_day(self):
        request = begun(TaskTemplate("order", group="depot", duration=BusinessDays(2)))

        assert plan(request)[0].ends_at == day(4, "14:00")

    def test_items_are_worked_on_side_by_side(self):
        items = [item_of(model(ORDER), name="a"), item_of(model(ORDER, ACCOUNT), name="b")]
        found = forecast_request(drafted(*items), at=day(2), hours=HOURS)

        assert {one.name for one in found.work} == {"a/order", "b/order", "b/account"}
        assert found.ends_at == day(2, "13:00")

    def test_without_tasks_it_is_done_at_once(self):
        assert forecast_request(begun(), at=day(3)).ends_at == day(3)

    def test_it_is_seen_from_an_instant(self):
        with pytest.raises(ValueError, match="naive"):
            forecast_request(begun(), at=day(3).replace(tzinfo=None))
        assert begun().id == ServiceRequestId("REQ-1")


class TestSuspended:
    """
    It begins on Monday at 9, and waits from 10 on.
    """

    def suspended(self, *tasks, begin=False, until=None):
        request = begun(*tasks, at=day(2))
        if begin:
            request = after(request, "start_task", task("order"), at=day(2))
        return after(request, "suspend", WAITS, until=until, at=day(2, "10:00"))

    @pytest.mark.parametrize(
        ("until", "at", "times"),
        [
            (day(4, "10:00"), day(3), (day(4, "10:00"), day(4, "14:00"))),
            (None, day(3), (day(3), day(3, "13:00"))),
            # Nobody has resumed it, though it is time.
            (day(3), day(4), (day(4), day(4, "13:00"))),
        ],
    )
    def test_what_has_not_begun_begins_when_it_goes_on(self, until, at, times):
        _, found = plan(self.suspended(ORDER, until=until), at=at)

        assert found["order"] == times

    @pytest.mark.parametrize(
        ("until", "at", "end"),
        [
            # One hour of four is done.
            (day(4, "10:00"), day(3), day(4, "13:00")),
            (None, day(3), day(3, "12:00")),
        ],
    )
    def test_on_what_has_begun_nobody_works_meanwhile(self, until, at, end):
        _, found = plan(self.suspended(ORDER, begin=True, until=until), at=at)

        assert found["order"] == (day(2), end)

    def test_nor_did_anybody_while_it_was(self):
        request = after(self.suspended(ORDER, begin=True), "resume", at=day(2, "15:00"))
        _, found = plan(request, at=day(2, "16:00"))

        # One hour before, two of Monday after, and one of Tuesday.
        assert found["order"] == (day(2), day(3, "10:00"))

    @pytest.mark.parametrize(
        ("until", "begin"), [(day(4), day(4)), (day(2, "11:00"), day(2, "12:00"))]
    )
    def test_what_is_to_be_tried_again_is_once_it_goes_on(self, until, begin):
        template = TaskTemplate(
            "order", duration=hours(2), automated=True, attempts=2, retry_after=hours(3)
        )
        failed = after(begun(template, at=day(2)), "fail_task", task("order"), "No.", at=day(2))
        request = after(failed, "suspend", WAITS, until=until, at=day(2, "10:00"))

        _, found = plan(request, at=day(2, "10:30"))
        assert found["order"] == (begin, begin + hours(2))


class TestExpectedEnd:
    ENGRAVE = TaskTemplate("engrave", duration=hours(40), mandatory=False)

    @pytest.mark.parametrize("make", [drafted, submitted, None])
    def test_what_is_optional_is_not_waited_for_but_planned(self, make):
        request = begun(ORDER, self.ENGRAVE, at=day(2))
        if make:
            request = make(model(ORDER, self.ENGRAVE), at=day(2))
        found, times = plan(request, at=day(2))

        assert expected_end(request, found, day(2)) == day(2, "13:00")
        assert times["engrave"][1] == found.ends_at == day(6, "17:00")

    def test_but_what_something_mandatory_waits_for_is(self):
        last = TaskTemplate("wrap", duration=hours(1), depends_on=["engrave"])
        request = begun(self.ENGRAVE, last, at=day(2))
        found, _ = plan(request, at=day(2))

        assert expected_end(request, found, day(2)) == day(9, "10:00")

    @pytest.mark.parametrize("tasks", [[], [ENGRAVE]])
    def test_without_mandatory_tasks_it_is_over_as_soon_as_it_goes_on(self, tasks):
        request = begun(*tasks, at=day(2))
        waits = after(request, "suspend", WAITS, until=day(5), at=day(2, "10:00"))

        assert expected_end(request, plan(request, at=day(3))[0], day(3)) == day(3)
        assert expected_end(waits, plan(waits, at=day(3))[0], day(3)) == day(5)

    def test_it_never_lies_in_the_past(self):
        request = after(begun(ORDER, at=day(2)), "complete_task", task("order"), at=day(2))
        found, _ = plan(request, at=day(3))

        assert found.ends_at == day(2)
        assert expected_end(request, found, day(3)) == day(3)
