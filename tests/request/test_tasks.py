"""
Fulfillment tasks: a graph that is worked off, what fails and is tried again, and their clocks.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from itil_ops import (
    Actor,
    GuardRefusedError,
    IllegalTransitionError,
    OperationalLevelAgreement,
    PendingReason,
    Target,
    TargetKind,
)
from itil_ops.catalog import TaskTemplate
from itil_ops.kernel.table import Phase
from itil_ops.request.task import TaskId
from itil_ops.request.vocabulary import RequestOutcome
from itil_ops.sla.hours.duration import BusinessDays
from record_doubles import rules_of
from request.making import (
    ANA,
    DESK,
    ENGINE,
    LI,
    OFFICE,
    after,
    day,
    hours,
    item_of,
    model,
    states,
    submitted,
    task,
    told,
    under_way,
)


ORDER, SHIP, BOOK = task("order"), task("ship"), task("book")

#: To ship takes two others.
GRAPH = (
    TaskTemplate("ship", depends_on=["order", "book"], group="depot"),
    TaskTemplate("order"),
    TaskTemplate("book", mandatory=False),
)
RETRIED = TaskTemplate("book", automated=True, attempts=3, retry_after=timedelta(minutes=5))


def found(request, task_id):
    return next(one for one in request.tasks if one.id == task_id)


class TestLayout:
    def test_each_task_comes_after_those_it_depends_on(self):
        request = under_way(*GRAPH)

        assert [one.name for one in request.tasks] == ["order", "book", "ship"]
        assert states(request) == {"order": "ready", "book": "ready", "ship": "waiting"}
        assert found(request, SHIP).depends_on == (ORDER, BOOK)

    def test_each_has_a_group_its_own_the_models_or_the_requests(self):
        free = item_of(model(TaskTemplate("own", group="depot"), group=None))
        mixed = item_of(model("models"), name="mixed")
        request = after(submitted(free, mixed), "start_fulfillment", group="all")

        assert [one.group for one in request.tasks] == ["depot", "workplace"]

    def test_what_the_template_says_is_what_the_task_is(self):
        one = found(under_way(RETRIED, TaskTemplate("order", description="In the shop.")), BOOK)

        assert (one.automated, one.attempts, one.retry_after) == (True, 3, timedelta(minutes=5))
        assert (one.item, one.mandatory, one.failures) == ("thing", True, 0)

    def test_two_items_have_tasks_of_their_own(self):
        items = [item_of(model("order"), name=name) for name in ("left", "right")]
        request = under_way(*items)

        assert [str(one.id) for one in request.tasks] == ["left/order", "right/order"]


class TestReadiness:
    def test_a_task_is_ready_once_all_it_depends_on_is_done_or_skipped(self):
        request = after(under_way(*GRAPH), "complete_task", ORDER)
        assert states(request)["ship"] == "waiting"

        for verb, args in (("complete_task", [BOOK]), ("skip_task", [BOOK, "None needed."])):
            ready = after(request, verb, *args)
            assert states(ready)["ship"] == "ready"
            assert told(ready, since=request.version) == [
                (verb, "thing/book", None),
                ("ready_task", "thing/ship", request.version + 1),
            ]

    def test_tasks_become_ready_because_of_the_one_they_waited_for(self):
        waits = [TaskTemplate(name, depends_on=["order"]) for name in ("ship", "bill")]
        request = under_way("order", *waits)
        ready = after(request, "complete_task", ORDER)
        over = request.version + 1

        assert told(ready, since=request.version) == [
            ("complete_task", "thing/order", None),
            ("ready_task", "thing/ship", over),
            ("ready_task", "thing/bill", over),
        ]

    @pytest.mark.parametrize("verb", ["start_task", "complete_task"])
    def test_nothing_begins_before(self, verb):
        request = after(under_way(*GRAPH), "complete_task", BOOK)

        with pytest.raises(GuardRefusedError, match=r"it waits for thing/order$") as refusal:
            getattr(request, verb)(SHIP, by=LI, at=day(3))
        assert rules_of(refusal) == ["what_it_depends_on_is_over"]

    @pytest.mark.parametrize(
        ("verb", "reason"), [("cancel_task", "Sold out."), ("fail_task", "It broke.")]
    )
    def test_what_depends_on_what_was_called_off_or_failed_waits(self, verb, reason):
        request = after(under_way(*GRAPH), "complete_task", BOOK)
        request = after(request, verb, ORDER, reason)

        assert states(request)["ship"] == "waiting"
        skipped = after(request, "skip_task", SHIP, "Nothing to ship.")
        assert after(skipped, "complete", note="Sold out.").outcome is RequestOutcome.WITH_ISSUES

    def test_recorded_late_it_is_ready_since_all_was_over(self):
        request = after(under_way(*GRAPH), "complete_task", ORDER, at=day(3, "11:00"))
        late = after(
            request,
            "complete_task",
            BOOK,
            at=day(3, "12:00"),
            effective_at=day(3, "10:00"),
        )

        assert late.part_since(BOOK) == day(3, "10:00")
        assert late.part_since(SHIP) == day(3, "11:00")
        early = after(under_way(*GRAPH[1:]), "add_task", task("pack"), "pack", depends_on=[BOOK])
        done = after(early, "complete_task", BOOK, effective_at=early.journal[2].at)
        assert done.part_since(task("pack")) == early.part_since(task("pack"))

    def test_a_chain_becomes_ready_link_by_link(self):
        chain = [TaskTemplate("a"), *(TaskTemplate(b, depends_on=[a]) for a, b in ("ab", "bc"))]
        request = after(under_way(*chain), "skip_task", task("a"), "There is one.")

        assert states(request) == {"a": "skipped", "b": "ready", "c": "waiting"}


class TestWork:
    def test_whoever_starts_a_task_has_it_unless_somebody_has(self):
        request = under_way("order")

        assert found(after(request, "start_task", ORDER, by=LI), ORDER).assignee == "li"
        theirs = after(request, "assign_task", ORDER, assignee="kim")
        assert found(after(theirs, "start_task", ORDER, by=LI), ORDER).assignee == "kim"
        assert found(after(request, "start_task", ORDER, by=ENGINE), ORDER).assignee is None

    @pytest.mark.parametrize(
        ("told", "group", "assignee"),
        [
            ({"assignee": "kim"}, "workplace", "kim"),
            ({"group": "depot"}, "depot", None),
            ({"group": "depot", "assignee": "kim"}, "depot", "kim"),
        ],
    )
    def test_a_task_is_handed_on(self, told, group, assignee):
        taken = after(under_way("order"), "start_task", ORDER)
        one = found(after(taken, "assign_task", ORDER, **told), ORDER)

        assert (one.group, one.assignee, one.state.name) == (group, assignee, "in_progress")

    def test_somebody_is_named(self):
        with pytest.raises(GuardRefusedError, match="neither a group nor an assignee"):
            under_way("order").assign_task(ORDER, by=LI, at=day(3))

    def test_what_came_of_it_is_kept(self):
        request = after(under_way(RETRIED), "complete_task", BOOK, result="201", by=ENGINE)

        assert found(request, BOOK).result == "201"
        assert request.open_tasks == ()

    def test_it_was_so_when_it_was(self):
        request = after(
            under_way("order"),
            "start_task",
            ORDER,
            at=day(3, "12:00"),
            effective_at=day(3, "10:00"),
        )
        failed = after(request, "fail_task", ORDER, "No.", effective_at=day(3, "11:00"))

        assert states(failed.as_of(day(3, "10:30"))) == {"order": "in_progress"}
        assert states(failed.as_of(day(3, "11:00"))) == {"order": "failed"}

    @pytest.mark.parametrize("verb", ["start_task", "complete_task"])
    def test_before_fulfillment_began_there_is_nothing_to_do(self, verb):
        for request in (submitted(), after(submitted(), "authorize")):
            with pytest.raises(GuardRefusedError, match="it has no task thing/order; its tasks: n"):
                getattr(request, verb)(ORDER, by=LI, at=day(3))

    def test_its_tasks_are_named_where_another_is_meant(self):
        with pytest.raises(GuardRefusedError, match=r"its tasks: thing/order$"):
            under_way("order").complete_task(SHIP, by=LI, at=day(3))

    def test_what_is_done_is_not_done_again(self):
        request = after(under_way("order"), "complete_task", ORDER)

        with pytest.raises(IllegalTransitionError):
            request.complete_task(ORDER, by=LI, at=day(3))

    def test_the_request_is_not_completed_before_its_tasks_were(self):
        request = after(under_way("order"), "complete_task", ORDER, at=day(4))

        with pytest.raises(GuardRefusedError, match=r"tasks moved after .*: thing/order$") as no:
            request.complete(by=LI, at=day(4), effective_at=day(2, "10:00"))
        assert rules_of(no) == ["no_task_moved_since"]
        done = after(request, "complete", at=day(4, "12:00"), effective_at=day(4))
        assert done.completed_at == day(4)

    def test_nor_was_it_suspended_then(self):
        request = after(under_way("order"), "complete_task", ORDER, at=day(4))
        waits = PendingReason.AWAITING_CALLER

        with pytest.raises(GuardRefusedError, match="tasks moved after"):
            request.suspend(waits, by=LI, at=day(4), effective_at=day(2, "10:00"))
        assert after(request, "suspend", waits, effective_at=day(4)).state.name == "suspended"

    def test_once_the_request_is_completed_nobody_works_on_it(self):
        request = after(after(under_way("order"), "complete_task", ORDER), "complete")

        with pytest.raises(GuardRefusedError, match="its request is completed: nobody works"):
            request.redo_task(ORDER, "Once more.", by=LI, at=day(3))


class TestFailure:
    def test_an_automated_task_is_tried_again_after_a_pause(self):
        failed = after(under_way(RETRIED), "fail_task", BOOK, "503", at=day(3), by=ENGINE)
        one = found(failed, BOOK)

        assert (one.state.name, one.failures, one.result) == ("failed", 1, "503")
        assert one.retry_at == day(3, "09:05")
        again = found(after(failed, "retry_task", BOOK, by=ENGINE), BOOK)
        assert (again.state.name, again.failures) == ("ready", 1)
        assert (again.retry_at, again.result) == (None, None)

    def test_as_often_as_its_model_says(self):
        request = under_way(RETRIED)
        for _ in range(2):
            request = after(after(request, "fail_task", BOOK, "503"), "retry_task", BOOK)
        request = after(request, "fail_task", BOOK, "503")

        assert found(request, BOOK).retry_at is None
        with pytest.raises(GuardRefusedError, match="it failed 3 times of 3: a person has to see"):
            request.retry_task(BOOK, by=ENGINE, at=day(9))

    def test_without_a_pause_it_is_tried_again_at_once(self):
        request = under_way(TaskTemplate("book", automated=True, attempts=2))
        failed = after(request, "fail_task", BOOK, "503", at=day(3), effective_at=day(2, "12:00"))

        assert found(failed, BOOK).retry_at == day(2, "12:00")

    def test_what_a_system_could_not_do_somebody_does_by_hand(self):
        request = after(under_way(RETRIED), "fail_task", BOOK, "503", by=ENGINE)
        one = found(after(request, "complete_task", BOOK, result="Booked.", by=LI), BOOK)

        assert (one.state.name, one.failures, one.retry_at) == ("done", 1, None)
        assert one.result == "Booked."

    def test_what_is_tried_again_by_itself_is_not_over(self):
        failed = after(under_way(RETRIED), "fail_task", BOOK, "503", by=ENGINE)

        with pytest.raises(GuardRefusedError, match="tasks are not over: thing/book"):
            failed.complete(note="So.", by=LI, at=day(3))

    def test_what_waits_for_what_failed_is_told_so(self):
        request = after(under_way(*GRAPH), "fail_task", ORDER, "Closed.")

        with pytest.raises(GuardRefusedError, match="waits for thing/order, which is failed"):
            request.start_task(SHIP, by=LI, at=day(3))
        with pytest.raises(GuardRefusedError, match=r"thing/ship; thing/order is failed$"):
            request.complete(note="So.", by=LI, at=day(3))

    def test_what_people_do_is_tried_as_often_as_they_like(self):
        request = under_way("order")
        for _ in range(3):
            request = after(after(request, "fail_task", ORDER, "Closed."), "retry_task", ORDER)

        assert found(request, ORDER).failures == 3
        assert found(request, ORDER).retry_at is None

    @pytest.mark.parametrize(
        ("verb", "state"), [("skip_task", "skipped"), ("cancel_task", "cancelled")]
    )
    def test_what_failed_is_given_up(self, verb, state):
        failed = after(under_way(RETRIED), "fail_task", BOOK, "503")
        over = found(after(failed, verb, BOOK, "By hand."), BOOK)

        assert (over.state.name, over.retry_at) == (state, None)

    @pytest.mark.parametrize("verb", ["fail_task", "skip_task", "cancel_task"])
    def test_each_takes_a_reason(self, verb):
        with pytest.raises(GuardRefusedError, match="there is no reason"):
            getattr(under_way("order"), verb)(ORDER, None, by=LI, at=day(3))


class TestRedo:
    @pytest.mark.parametrize("verb", ["complete_task", "skip_task", "cancel_task"])
    def test_what_was_over_is_done_once_more(self, verb):
        args = [ORDER] if verb == "complete_task" else [ORDER, "Not here."]
        request = after(under_way("order"), verb, *args)
        again = found(after(request, "redo_task", ORDER, "It is the wrong one."), ORDER)

        assert (again.state.name, again.failures, again.result) == ("ready", 0, None)

    @pytest.mark.parametrize(
        ("spoil", "again"),
        [("cancel_task", "redo_task"), ("skip_task", "redo_task")],
    )
    def test_it_waits_for_what_is_not_over(self, spoil, again):
        request = after(under_way(*GRAPH), spoil, SHIP, "Not here.")
        waits = after(request, again, SHIP, "It is.")

        assert states(waits)["ship"] == "waiting"
        done = after(after(waits, "complete_task", ORDER), "complete_task", BOOK)
        assert states(done)["ship"] == "ready"

    @pytest.mark.parametrize("begun", [(), ("start_task",)])
    def test_what_depends_on_it_and_is_not_over_waits_again(self, begun):
        request = after(after(under_way(*GRAPH), "complete_task", ORDER), "complete_task", BOOK)
        for verb in begun:
            request = after(request, verb, SHIP)
        again = after(request, "redo_task", ORDER, "It is the wrong one.")

        assert states(again) == {"order": "ready", "book": "done", "ship": "waiting"}
        assert told(again, since=request.version) == [
            ("redo_task", "thing/order", None),
            ("unready_task", "thing/ship", request.version + 1),
        ]
        assert states(after(again, "complete_task", ORDER))["ship"] == "ready"

    def test_what_depended_on_it_and_is_over_stays_so(self):
        request = under_way(*GRAPH)
        for one in (ORDER, BOOK, SHIP):
            request = after(request, "complete_task", one)

        assert states(after(request, "redo_task", ORDER, "Anew."))["ship"] == "done"

    def test_what_failed_waits_for_what_is_done_once_more(self):
        request = after(after(under_way(*GRAPH), "complete_task", ORDER), "complete_task", BOOK)
        request = after(after(request, "fail_task", SHIP, "Lost."), "redo_task", ORDER, "Anew.")

        assert states(after(request, "retry_task", SHIP))["ship"] == "waiting"


class TestAdd:
    def test_a_task_that_no_model_knows_of_is_added(self):
        request = after(
            under_way("order"),
            "add_task",
            TaskId("engrave"),
            "Engrave it",
            item="thing",
            depends_on=[ORDER],
            duration=BusinessDays(1),
            description="Her name.",
            mandatory=False,
        )
        one = found(request, TaskId("engrave"))

        assert (one.state.name, one.group, one.item) == ("waiting", "workplace", "thing")
        assert (one.duration, one.description) == (BusinessDays(1), "Her name.")
        ready = after(request, "complete_task", ORDER)
        assert found(ready, TaskId("engrave")).state.phase is Phase.ACTIVE

    def test_an_automated_one_is_tried_as_often_as_is_said(self):
        tries = {"automated": True, "attempts": 2, "retry_after": hours(1)}
        request = after(under_way(), "add_task", TaskId("x"), "X", **tries)
        failed = after(request, "fail_task", TaskId("x"), "It broke.", by=ENGINE)

        assert found(failed, TaskId("x")).retry_at == failed.journal[-1].at + hours(1)
        again = after(failed, "retry_task", TaskId("x"), by=ENGINE)
        over = after(again, "fail_task", TaskId("x"), "Again.", by=ENGINE)
        assert found(over, TaskId("x")).retry_at is None

    @pytest.mark.parametrize(
        ("tries", "words"),
        [
            ({"attempts": 2}, "attempts are for what is automated"),
            ({"attempts": 0}, "attempts must be 1 or more"),
            ({"automated": True, "retry_after": hours(1)}, "for more than one attempt"),
        ],
    )
    def test_tries_go_with_the_rest_as_in_a_model(self, tries, words):
        with pytest.raises(ValueError, match=words):
            under_way().add_task(TaskId("x"), "X", **tries, by=LI, at=day(3))

    def test_what_it_depends_on_is_told_once(self):
        request = under_way("order")
        request = after(request, "add_task", TaskId("x"), "X", depends_on=[ORDER, ORDER])

        assert found(request, TaskId("x")).depends_on == (ORDER,)

    def test_it_is_the_requests_groups_unless_said(self):
        request = after(under_way(), "add_task", TaskId("x"), "X", assignee="kim")
        request = after(request, "add_task", TaskId("y"), "Y", group="depot")

        assert [(one.group, one.assignee) for one in request.tasks] == [
            (None, "kim"),
            ("depot", None),
        ]

    @pytest.mark.parametrize(
        ("told", "rule"),
        [
            ({"task": ORDER}, "the_task_is_new"),
            ({"depends_on": [SHIP]}, "what_it_depends_on_is_there"),
            ({"depends_on": [TaskId("x")]}, "what_it_depends_on_is_there"),
            ({"item": "nothing"}, "its_item_was_asked_for"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, told, rule):
        arguments = {"task": TaskId("x"), "name": "X", "by": LI, "at": day(3), **told}

        with pytest.raises(GuardRefusedError) as refusal:
            under_way("order").add_task(**arguments)
        assert rules_of(refusal) == [rule]

    def test_somebody_does_it(self):
        free = after(submitted(description="Any."), "revise", items=[])
        request = after(free, "start_fulfillment", assignee="li")

        with pytest.raises(GuardRefusedError, match="there is no group to do it"):
            request.add_task(TaskId("x"), "X", by=LI, at=day(3))
        with pytest.raises(GuardRefusedError, match="its items: none"):
            request.add_task(TaskId("x"), "X", item="thing", group="a", by=LI, at=day(3))

    def test_not_before_fulfillment_began(self):
        for request in (submitted(), after(submitted(), "authorize")):
            with pytest.raises(GuardRefusedError, match="nobody works on its tasks"):
                request.add_task(TaskId("x"), "X", group="a", by=LI, at=day(3))


class TestClocks:
    """
    The OLA of the depot promises four office hours for each task; Monday is the 2nd.
    """

    OLA = OperationalLevelAgreement(
        "depot",
        provider="depot",
        support_hours=OFFICE,
        targets=[Target(TargetKind.FULFILLMENT, hours(4))],
    )

    def begun(self, *tasks):
        return under_way(*tasks, at=day(2, "15:00"))

    def test_a_task_has_its_own_clock_in_the_hours_of_its_group(self):
        request = self.begun(TaskTemplate("order", group="depot"))
        (clock,) = self.OLA.part_clocks(request, ORDER)

        # Two hours are left of Monday, and two are Tuesday's.
        assert clock.due_at == day(3, "11:00")
        assert clock.elapsed(day(3, "10:00")) == hours(3)
        done = after(request, "complete_task", ORDER, at=day(3, "10:30"))
        (clock,) = self.OLA.part_clocks(done, ORDER)
        assert clock.outcome == "met"
        assert clock.elapsed(day(9)) == timedelta(hours=3, minutes=30)

    def test_what_waits_for_others_is_promised_from_when_it_can_be_done(self):
        request = self.begun(*GRAPH)
        assert self.OLA.part_clocks(request, SHIP) == ()

        request = after(request, "complete_task", ORDER, at=day(3, "12:00"))
        request = after(request, "complete_task", BOOK, at=day(3, "14:00"))
        (clock,) = self.OLA.part_clocks(request, SHIP)
        # Three hours of Tuesday, and one of Wednesday.
        assert clock.due_at == day(4, "10:00")

    def test_another_groups_task_has_no_clock_until_it_is_handed_over(self):
        request = self.begun("order")
        assert self.OLA.part_clocks(request, ORDER) == ()

        moved = after(request, "assign_task", ORDER, group="depot", at=day(3, "09:00"))
        (clock,) = self.OLA.part_clocks(moved, ORDER)
        assert clock.due_at == day(3, "13:00")

    def test_a_task_that_fails_or_is_called_off_has_no_clock_that_runs(self):
        request = self.begun(TaskTemplate("order", group="depot"))
        for verb in ("fail_task", "cancel_task"):
            over = after(request, verb, ORDER, "No.", at=day(3, "10:00"))
            (clock,) = self.OLA.part_clocks(over, ORDER)
            assert clock.ended_at == day(3, "10:00")

    def test_its_clock_waits_while_its_request_does(self):
        request = self.begun(TaskTemplate("order", group="depot"))
        waits = after(request, "suspend", PendingReason.AWAITING_CALLER, at=day(2, "16:00"))

        (clock,) = self.OLA.part_clocks(waits, ORDER)
        assert clock.elapsed(day(3, "10:00")) == hours(1)
        goes_on = after(waits, "resume", at=day(3, "09:00"))
        (clock,) = self.OLA.part_clocks(goes_on, ORDER)
        assert clock.elapsed(day(3, "10:00")) == hours(2)
        assert clock.due_at == day(3, "12:00")


class TestStaff:
    @pytest.mark.parametrize("who", [ANA, DESK, Actor.group("depot")])
    def test_by_default_anybody_works_on_tasks(self, who):
        assert not under_way("order").why_not("complete_task", task=ORDER, by=who, at=day(3))
