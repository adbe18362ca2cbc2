"""
Every state times every action, against tables written down from the domain text.

The states of the request first, then those of its approvals and tasks, then what becomes of their
verbs wherever the request stands.
"""

from __future__ import annotations

import functools

from datetime import timedelta

import pytest

from itil_ops import (
    APPROVAL_LIFECYCLE,
    REQUEST_LIFECYCLE,
    TASK_LIFECYCLE,
    ApprovalId,
    BusinessDays,
    GuardRefusedError,
    IllegalTransitionError,
    Phase,
    TaskId,
    UnknownActionError,
)
from itil_ops.catalog import AllOf, AnyOf, Approver, AtLeast, RequestModel, TaskTemplate
from itil_ops.kernel.journaled import Step
from record_doubles import nothing_changes, rules_of
from request_doubles import (
    APPROVED,
    FIRST,
    FOLLOWING,
    GOOD_OF_APPROVALS,
    GOOD_OF_PARTS,
    GOOD_OF_TASKS,
    INSTALL,
    LI,
    ORDER,
    STARTED,
    STATES,
    WAYS,
    after,
    drafted,
    item,
    minute,
    ready,
    standing,
    through,
    told_to,
)
from room_tables import EveryStateTimesEveryActionAndRules, here, state_of
from rooms import REQUESTS


OPEN = ("draft", "in_review", "waiting_authorization", "authorized", "in_progress", "suspended")
NOT_ENDED = (*OPEN, "completed")
BEFORE_WORK = ("in_review", "authorized")
UNDER_WAY = ("authorized", "in_progress", "suspended")

#: Where each action may be done, and where it leads: a state, the state itself, or the one left.
TABLE = {
    "draft": {},
    "revise": here("draft", "in_review"),
    "submit": {"draft": "in_review"},
    "request_authorization": {"in_review": "waiting_authorization"},
    "authorize": dict.fromkeys(("in_review", "waiting_authorization"), "authorized"),
    "reject": dict.fromkeys(("in_review", "waiting_authorization"), "rejected"),
    "return_to_review": {"waiting_authorization": "in_review"},
    "start_fulfillment": dict.fromkeys(BEFORE_WORK, "in_progress"),
    "suspend": dict.fromkeys(OPEN[1:], "suspended"),
    "resume": {"suspended": "the one left"},
    "complete": dict.fromkeys((*BEFORE_WORK, "in_progress"), "completed"),
    "close": {"completed": "closed"},
    "reopen": dict.fromkeys(("completed", "closed"), "in_progress"),
    "cancel": dict.fromkeys(OPEN, "cancelled"),
    "deliver": here("in_progress"),
    "withdraw_delivery": here("in_progress"),
    "register_change": here(*UNDER_WAY),
    "record_change": here(*UNDER_WAY, "completed"),
    "assign": here(*OPEN),
    "categorize": here(*NOT_ENDED),
    "prioritize": here(*OPEN),
    "escalate": here(*OPEN),
    "communicate": here(*STATES),
    "comment": here(*STATES),
    "link": here(*STATES),
    "unlink": here(*NOT_ENDED),
    "join": here(*OPEN),
    "take_over": here(*OPEN),
}

PHASES = {
    **dict.fromkeys(("draft", "in_review", "authorized", "in_progress"), Phase.ACTIVE),
    **dict.fromkeys(("waiting_authorization", "suspended"), Phase.WAITING),
    "completed": Phase.DONE,
    "closed": Phase.ENDED,
    **dict.fromkeys(("rejected", "cancelled"), Phase.DROPPED),
}

LEFT = {
    "suspended": "in_progress",
    "suspended from in_review": "in_review",
    "suspended from waiting_authorization": "waiting_authorization",
    "suspended from authorized": "authorized",
}

#: What rules refuse where the table would allow it: what somebody has to agree to is authorized by
#: the last approval, and what takes work is not completed in one step.
ELSEWHERE = {
    ("in_review", "authorize"): "nobody_has_to_agree",
    ("in_review", "start_fulfillment"): "nobody_has_to_agree",
    ("in_review", "complete"): "nobody_has_to_agree mandatory_tasks_are_over",
    ("in_review preauthorized", "request_authorization"): "somebody_has_to_agree",
    ("waiting_authorization", "authorize"): "every_approval_that_counts_is_given",
    ("suspended from in_review", "register_change"): "it_is_authorized",
    ("suspended from in_review", "record_change"): "it_is_authorized a_change_is_named",
    ("suspended from waiting_authorization", "register_change"): "it_is_authorized",
    ("suspended from waiting_authorization", "record_change"): (
        "it_is_authorized a_change_is_named"
    ),
    ("authorized", "complete"): "mandatory_tasks_are_over",
}


class TestLifecycle(EveryStateTimesEveryActionAndRules):
    room = REQUESTS
    table = TABLE
    ways = WAYS
    states = STATES
    phases = PHASES
    final = ("closed", "rejected", "cancelled")
    left = LEFT
    elsewhere = ELSEWHERE
    hold = "suspend"
    misspelled = (
        ("in_progress", "suspnd", "suspend"),
        ("completed", "re_open", "reopen"),
        ("in_review", "authorise", "authorize"),
    )


# ---- Several steps in one breath, legal and visible ---------------------------------------------


class TestSeveralStepsInOne:
    def test_starting_what_nobody_has_to_agree_to_shows_both_steps(self):
        before = standing("in_review preauthorized")
        begun = after(before, "start_fulfillment", note="He waits at the desk.")
        authorizing, starting, adding = begun.journal[before.version :]

        assert (authorizing.action, authorizing.to_state) == ("authorize", "authorized")
        assert (starting.action, starting.from_state) == ("start_fulfillment", "authorized")
        assert (authorizing.cause, starting.cause) == (None, authorizing.number)
        assert adding.part == TaskId("chair/clean")
        assert authorizing.at == starting.at == begun.authorized_at
        assert starting.note == "He waits at the desk."

    @pytest.mark.parametrize("place", ["in_review preauthorized", "authorized beforehand"])
    def test_completing_in_one_step_shows_every_step_at_one_instant(self, place):
        before = standing(place)
        done = after(before, "complete", note="He took it with him.")
        own = [entry for entry in done.journal[before.version :] if entry.part is None]

        expected = ["authorize", "start_fulfillment", "complete"][-len(own) :]
        assert [entry.action for entry in own] == expected
        assert len(own) == (3 if place.startswith("in_review") else 2)
        assert {entry.at for entry in own} == {done.completed_at}
        assert [entry.note for entry in own][-1] == "He took it with him."
        assert all(entry.cause for entry in done.journal[before.version + 1 :])
        assert [task.state.name for task in done.tasks] == ["skipped"]

    def test_what_an_approval_decides_follows_from_it(self):
        waiting = standing("waiting_authorization")
        first = after(waiting, "approve")
        last = after(first, "approve", approval=ApprovalId("2"))
        own, follows = last.journal[first.version :]

        assert (own.action, own.part, own.cause) == ("approve", ApprovalId("2"), None)
        assert (follows.action, follows.part) == ("authorize", None)
        assert follows.cause == own.number
        assert follows.by == own.by
        assert [entry.action for entry in first.journal[waiting.version :]] == ["approve"]

    def test_a_suspension_within_a_suspension_returns_to_what_was_left_first(self):
        request = through(standing("suspended"), "resume", "suspend")
        assert after(request, "resume").state.name == "in_progress"
        assert after(standing("suspended"), "cancel").returns_to is None


# ---- Approvals ----------------------------------------------------------------------------------

#: Two stages at once, in which approvals of every state stand beside each other.
BOARD = RequestModel(
    name="laptop",
    group="workplace",
    approval=AllOf(
        [
            AnyOf([Approver("a"), Approver("b")]),
            AtLeast(
                [
                    Approver("c"),
                    Approver("d", expires_after=BusinessDays(1)),
                    Approver("e", expires_after=timedelta(minutes=9999)),
                ],
                count=1,
            ),
        ]
    ),
)

APPROVALS = {
    "approved": FIRST,
    "withdrawn": ApprovalId("2"),
    "rejected": ApprovalId("3"),
    "expired": ApprovalId("4"),
    "requested": ApprovalId("5"),
}

APPROVAL_TABLE = {
    "request_approval": {},
    "approve": {"requested": "approved"},
    "decline": {"requested": "rejected"},
    "delegate": here("requested"),
    "reassign_approval": here("requested"),
    "extend_approval": here("requested"),
    "expire_approval": {"requested": "expired"},
    "withdraw_approval": {"requested": "withdrawn"},
}

APPROVAL_PHASES = {
    "requested": Phase.ACTIVE,
    "approved": Phase.ENDED,
    "rejected": Phase.ENDED,
    "expired": Phase.DROPPED,
    "withdrawn": Phase.DROPPED,
}


@functools.cache
def boarded():
    """
    Return a request that waits for authorization, with an approval in each state.
    """
    return through(
        drafted(items=[item(BOARD)]),
        "submit",
        "request_authorization",
        ("approve", {"approval": FIRST}),
        ("decline", {"approval": ApprovalId("3")}),
        ("expire_approval", {"approval": ApprovalId("4"), "at": minute(9999)}),
        ("extend_approval", {"approval": ApprovalId("5"), "until": minute(10_002)}),
    )


def part_step(request, action, part, **differing):
    """
    Return the request after a step of a part, by its verb if there is one.
    """
    if action in FOLLOWING:
        return request._take(
            Step(action, note="It follows.", part=part), by=LI, at=request.journal[-1].at
        )
    name = "task" if action in GOOD_OF_TASKS else "approval"
    return getattr(request, action)(**told_to(request, action, **{name: part, **differing}))


def cells(table, states):
    return [(state, action) for state in states for action in table]


class TestApprovals:
    def test_the_states_are_those_of_the_domain_and_their_phases(self):
        states = APPROVAL_LIFECYCLE.states
        assert [(state.name, state.phase) for state in states] == list(APPROVAL_PHASES.items())
        assert {state.name for state in states if state.final} == set(APPROVALS) - {"requested"}
        assert all(state.meaning.endswith(".") for state in states)
        assert set(APPROVAL_LIFECYCLE.actions) == set(APPROVAL_TABLE)

    def test_there_is_one_in_every_state_while_the_request_waits(self):
        found = {one.state.name: one.id for one in boarded().approvals}
        assert found == APPROVALS
        assert boarded().state.name == "waiting_authorization"

    @pytest.mark.parametrize(("state", "action"), cells(APPROVAL_TABLE, APPROVALS))
    def test_an_action_leads_where_the_table_says_or_is_refused(self, state, action):
        request, part = boarded(), APPROVALS[state]
        late = {"at": minute(10_002)} if action == "expire_approval" else {}
        if action == "extend_approval":
            late = {"until": minute(20_000)}
        to = APPROVAL_TABLE[action].get(state)
        if to is not None:
            moved = part_step(request, action, part, **late)
            assert moved.part(part).state.name == to
            assert moved.journal[request.version].from_state == state
            return
        with nothing_changes(request), pytest.raises(IllegalTransitionError) as refusal:
            part_step(request, action, part, **late)
        assert refusal.value.lifecycle == "approval"
        assert (refusal.value.action, refusal.value.state) == (action, state)
        possible = {verb for verb, rows in APPROVAL_TABLE.items() if state in rows}
        assert set(refusal.value.allowed) == possible - {action} - FOLLOWING
        assert f"approval {part}" in str(refusal.value)

    def test_nothing_begins_with_another_step_than_being_asked(self):
        begins = [a for a in APPROVAL_LIFECYCLE.actions if APPROVAL_LIFECYCLE.rows(None, a)]
        assert begins == ["request_approval"]


# ---- Tasks --------------------------------------------------------------------------------------

#: A task for each state, and one that waits for what is over.
WORK = RequestModel(
    name="laptop",
    group="workplace",
    tasks=[
        TaskTemplate("waiting", depends_on=["ready"]),
        *(TaskTemplate(name) for name in ("ready", "in_progress", "done")),
        *(TaskTemplate(name) for name in ("skipped", "failed", "cancelled")),
        TaskTemplate("released", depends_on=["done"]),
    ],
)

TASKS = {
    name: TaskId(f"laptop/{name}")
    for name in ("waiting", "ready", "in_progress", "done", "skipped", "failed", "cancelled")
}
RELEASED = TaskId("laptop/released")

TO_DO = ("waiting", "ready", "in_progress")
TASK_TABLE = {
    "add_task": {},
    "unready_task": dict.fromkeys(("ready", "in_progress"), "waiting"),
    "ready_task": {"waiting": "ready"},
    "assign_task": here(*TO_DO),
    "start_task": dict.fromkeys(("waiting", "ready"), "in_progress"),
    "complete_task": dict.fromkeys((*TO_DO, "failed"), "done"),
    "fail_task": dict.fromkeys(("ready", "in_progress"), "failed"),
    "retry_task": {"failed": "ready"},
    "redo_task": dict.fromkeys(("done", "skipped", "cancelled"), "ready"),
    "skip_task": dict.fromkeys((*TO_DO, "failed"), "skipped"),
    "cancel_task": dict.fromkeys((*TO_DO, "failed"), "cancelled"),
}

#: What waits for another task is not begun, whatever the table allows.
HELD_BACK = {"ready_task", "start_task", "complete_task"}

TASK_PHASES = {
    "waiting": Phase.WAITING,
    "ready": Phase.ACTIVE,
    "in_progress": Phase.ACTIVE,
    "done": Phase.ENDED,
    "skipped": Phase.DROPPED,
    "failed": Phase.DROPPED,
    "cancelled": Phase.DROPPED,
}


@functools.cache
def working():
    """
    Return a request with a task in each state, and one that may begin though nobody said so.
    """
    begun = through(
        drafted(items=[item(WORK)]),
        "submit",
        "start_fulfillment",
        ("start_task", {"task": TASKS["in_progress"]}),
        ("skip_task", {"task": TASKS["skipped"]}),
        ("fail_task", {"task": TASKS["failed"]}),
        ("cancel_task", {"task": TASKS["cancelled"]}),
    )
    return begun._step("complete_task", part=TASKS["done"], by=LI, at=begun.journal[-1].at)


class TestTasks:
    def test_the_states_are_those_of_the_domain_and_their_phases(self):
        states = TASK_LIFECYCLE.states
        assert [(state.name, state.phase) for state in states] == list(TASK_PHASES.items())
        assert {state.name for state in states if state.final} == set(TASKS) - set(TO_DO)
        assert all(state.meaning.endswith(".") for state in states)
        assert set(TASK_LIFECYCLE.actions) == set(TASK_TABLE)

    def test_there_is_one_in_every_state(self):
        found = {task.id: task.state.name for task in working().tasks}
        assert found == {part: state for state, part in TASKS.items()} | {RELEASED: "waiting"}

    @pytest.mark.parametrize(("state", "action"), cells(TASK_TABLE, TASKS))
    def test_an_action_leads_where_the_table_says_or_is_refused(self, state, action):
        is_held_back = state == "waiting" and action in HELD_BACK
        request, part = working(), RELEASED if is_held_back else TASKS[state]
        to = TASK_TABLE[action].get(state)
        if to is not None:
            moved = part_step(request, action, part)
            assert moved.part(part).state.name == to
            assert moved.journal[request.version].from_state == state
            return
        with (
            nothing_changes(request),
            pytest.raises(
                GuardRefusedError if action == "add_task" else IllegalTransitionError
            ) as refusal,
        ):
            part_step(request, action, part)
        if action == "add_task":
            assert rules_of(refusal) == ["the_task_is_new"]
            return
        assert refusal.value.lifecycle == "fulfillment task"
        assert (refusal.value.action, refusal.value.state) == (action, state)
        possible = {verb for verb, rows in TASK_TABLE.items() if state in rows}
        assert set(refusal.value.allowed) == possible - {action} - FOLLOWING

    @pytest.mark.parametrize("action", sorted(HELD_BACK))
    def test_what_waits_for_another_is_held_back_by_a_rule(self, action):
        request = working()
        with nothing_changes(request), pytest.raises(GuardRefusedError) as refusal:
            part_step(request, action, TASKS["waiting"])
        assert rules_of(refusal) == ["what_it_depends_on_is_over"]
        assert "it waits for laptop/ready" in str(refusal.value)

    def test_nothing_begins_with_another_step_than_being_added(self):
        begins = [a for a in TASK_LIFECYCLE.actions if TASK_LIFECYCLE.rows(None, a)]
        assert begins == ["add_task"]

    @pytest.mark.parametrize(("depends_on", "state"), [((), "ready"), (("ready",), "waiting")])
    def test_an_added_task_waits_for_what_it_depends_on(self, depends_on, state):
        others = [TASKS[name] for name in depends_on]
        added = after(working(), "add_task", depends_on=others)
        assert added.tasks[-1].state.name == state

    @pytest.mark.parametrize("action", ["complete_task", "skip_task"])
    def test_what_waited_for_nothing_else_is_ready_by_a_step_that_follows(self, action):
        before = working()
        passed = after(before, action, task=TASKS["ready"])
        own, follows = passed.journal[before.version :]
        assert (follows.action, follows.part) == ("ready_task", TASKS["waiting"])
        assert follows.cause == own.number

    @pytest.mark.parametrize("started", [(), (("start_task", {"task": INSTALL}),)])
    def test_what_waits_once_more_does_so_by_a_step_that_follows(self, started):
        before = through(standing("in_progress"), "complete_task", *started)
        redone = after(before, "redo_task")
        own, follows = redone.journal[before.version :]
        assert (own.action, own.part) == ("redo_task", ORDER)
        assert (follows.action, follows.part) == ("unready_task", INSTALL)
        assert follows.cause == own.number
        assert redone.part(INSTALL).state.name == "waiting"
        assert after(redone, "complete_task").part(INSTALL).state.name == "ready"

    @pytest.mark.parametrize("action", ["retry_task", "redo_task"])
    def test_what_is_tried_again_waits_if_what_it_depends_on_is_open_once_more(self, action):
        request = through(standing("in_progress"), "complete_task")
        over = "fail_task" if action == "retry_task" else "complete_task"
        request = through(request, (over, {"task": INSTALL}), "redo_task")
        again = after(request, action, task=INSTALL)
        assert again.part(INSTALL).state.name == "waiting"


# ---- Verbs of parts, wherever the request stands ------------------------------------------------

#: What has to happen to a task before some verbs.
WORK_BEFORE = {"retry_task": ("fail_task",), "redo_task": ("complete_task",)}


def life(*work):
    """
    Return the ways to each state of a request whose first task went through *work*.
    """
    begun = (*STARTED, *work)
    rest = (("skip_task", {"task": INSTALL}), ("complete", {"note": "There is no more."}))
    completed = (*begun, *(() if work else ("complete_task",)), *rest)
    asked = ("submit", "request_authorization")
    return {
        "draft": (),
        "in_review": ("submit",),
        "waiting_authorization": asked,
        "suspended from waiting_authorization": (*asked, "suspend"),
        "authorized": APPROVED,
        "in_progress": begun,
        "suspended": (*begun, "suspend"),
        "completed": completed,
        "closed": (*completed, "close"),
        "rejected": (*asked, "reject"),
        "cancelled": (*begun, "cancel"),
    }


PLACES = tuple(life())

BEFORE_IT_WAS_ASKED = ("draft", "in_review")
AFTER_THE_ANSWER = PLACES[4:]
NOBODY_WAS_ASKED = dict.fromkeys(BEFORE_IT_WAS_ASKED, "the_approval_is_one_of_its_own")
FROZEN = {"suspended from waiting_authorization": "the_request_waits_for_it"}
DECIDED = dict.fromkeys(AFTER_THE_ANSWER, "transition")
NO_TASK_YET = dict.fromkeys(PLACES[:5], "the_task_is_one_of_its_own")
NO_TASK_AT_ALL = {**NO_TASK_YET, "rejected": "the_task_is_one_of_its_own"}
NO_WORK = "fulfillment_is_under_way"
OVER = ("completed", "closed", "cancelled")

#: For verbs of parts the places in which they are refused, and the rule that does.
ROWS = {
    ("approve", "decline", "delegate", "reassign_approval"): {
        **NOBODY_WAS_ASKED,
        **FROZEN,
        **DECIDED,
    },
    ("expire_approval",): {**NOBODY_WAS_ASKED, **FROZEN, **DECIDED},
    ("extend_approval",): {**NOBODY_WAS_ASKED, **DECIDED},
    ("add_task",): dict.fromkeys([p for p in PLACES if p != "in_progress"], NO_WORK),
    ("assign_task", "start_task", "complete_task", "fail_task"): {
        **NO_TASK_AT_ALL,
        "suspended": NO_WORK,
        **dict.fromkeys(OVER, "transition"),
    },
    ("skip_task", "cancel_task"): {**NO_TASK_AT_ALL, **dict.fromkeys(OVER, "transition")},
    ("retry_task", "redo_task"): {
        **NO_TASK_AT_ALL,
        **dict.fromkeys(("suspended", *OVER), NO_WORK),
    },
}
REFUSED = {verb: row for verbs, row in ROWS.items() for verb in verbs}


def come_to(place, action):
    """
    Return a request of a place, with a task on which *action* passes if the request lets it.
    """
    request = lived(place, WORK_BEFORE.get(action, ()))
    late = (("comment", {"at": minute(9999)}),) if action == "expire_approval" else ()
    return through(request, *late)


@functools.cache
def lived(place, work):
    return through(drafted(items=[item()]), *life(*work)[place])


class TestVerbsOfParts:
    def test_every_verb_of_a_part_is_a_step_of_its_lifecycle_and_none_is_left_out(self):
        steps = {*APPROVAL_LIFECYCLE.actions, *TASK_LIFECYCLE.actions}
        assert steps - FOLLOWING == set(GOOD_OF_PARTS) == set(REFUSED)
        assert APPROVAL_LIFECYCLE.consequences | TASK_LIFECYCLE.consequences == FOLLOWING
        assert not steps & set(REQUEST_LIFECYCLE.actions)
        assert {state_of(place) for place in PLACES} == set(STATES)

    @pytest.mark.parametrize(
        ("word", "nearest"), [("aprove", "approve"), ("compete_task", "complete_task")]
    )
    def test_a_misspelled_one_is_refused_and_the_nearest_one_named(self, word, nearest):
        request = standing("waiting_authorization")
        with nothing_changes(request), pytest.raises(UnknownActionError) as refusal:
            request.why_not(word, by=LI, at=request.journal[-1].at)
        assert refusal.value.nearest == nearest
        assert f"did you mean {nearest!r}?" in str(refusal.value)

    @pytest.mark.parametrize("action", sorted(FOLLOWING))
    def test_a_step_that_only_follows_is_no_verb_that_is_suggested(self, action):
        request = standing("in_progress")
        with pytest.raises(UnknownActionError) as refusal:
            request.why_not(action, by=LI, at=request.journal[-1].at)
        assert refusal.value.nearest != action
        assert "it only follows from other steps" in str(refusal.value)

    def test_a_refusal_offers_no_step_that_only_follows(self):
        request = standing("in_progress")
        (reason,) = request.why_not("retry_task", **told_to(request, "retry_task"))
        offered = "assign_task, start_task, complete_task, fail_task, skip_task, cancel_task"
        assert reason.text == f"no such step from here, but from failed; possible: {offered}"

    def test_what_is_over_says_what_it_is(self):
        request = after(standing("waiting_authorization"), "approve")
        told = told_to(request, "approve", approval=ApprovalId("1"))
        (reason,) = request.why_not("approve", **told)
        over = "it is approved, and nothing more is possible"
        assert reason.text == f"no such step from here, but from requested; {over}"

    @pytest.mark.parametrize(("place", "action"), [(p, a) for p in PLACES for a in GOOD_OF_PARTS])
    def test_wherever_the_request_stands_a_step_passes_or_is_refused_by_name(self, place, action):
        request, rule = come_to(place, action), REFUSED[action].get(place)
        told = told_to(request, action)
        reasons = request.why_not(action, **told)
        if rule is None:
            assert reasons == ()
            assert getattr(request, action)(**told).version > request.version
            return
        with (
            nothing_changes(request),
            pytest.raises(
                IllegalTransitionError if rule == "transition" else GuardRefusedError
            ) as refusal,
        ):
            getattr(request, action)(**told)
        assert rules_of(refusal) == [rule] == [reason.rule for reason in reasons]

    @pytest.mark.parametrize("place", [p for p in PLACES if p not in FROZEN])
    @pytest.mark.parametrize("action", ["approve", "decline", "delegate"])
    def test_with_no_approval_named_it_is_the_first_that_the_actor_may_decide(self, place, action):
        request = come_to(place, action)
        told = told_to(request, action)
        del told["approval"]
        if place == "waiting_authorization":
            assert getattr(request, action)(**told).journal[request.version].part == FIRST
            return
        with pytest.raises(GuardRefusedError) as refusal:
            getattr(request, action)(**told)
        assert rules_of(refusal) == ["somebody_who_was_asked_decides"]
        assert "no open approval is mia's; asked: nobody" in str(refusal.value)

    @pytest.mark.parametrize("action", GOOD_OF_APPROVALS)
    def test_an_approval_that_there_is_not_is_refused_and_those_there_are_named(self, action):
        request = ready("waiting_authorization", action)
        with nothing_changes(request), pytest.raises(GuardRefusedError) as refusal:
            after(request, action, approval=ApprovalId("9"))
        assert rules_of(refusal) == ["the_approval_is_one_of_its_own"]
        assert "it has no approval 9; its approvals: 1, 2" in str(refusal.value)

    @pytest.mark.parametrize("action", [verb for verb in GOOD_OF_TASKS if verb != "add_task"])
    def test_a_task_that_there_is_not_is_refused_and_those_there_are_named(self, action):
        request = standing("in_progress")
        with nothing_changes(request), pytest.raises(GuardRefusedError) as refusal:
            after(request, action, task=TaskId("paint"))
        assert rules_of(refusal) == ["the_task_is_one_of_its_own"]
        named = "laptop/order, laptop/install, laptop/bag"
        assert f"it has no task paint; its tasks: {named}" in str(refusal.value)

    def test_a_task_is_added_once(self):
        with pytest.raises(GuardRefusedError) as refusal:
            after(standing("in_progress"), "add_task", task=ORDER)
        assert rules_of(refusal) == ["the_task_is_new"]
        assert "it has a task laptop/order already" in str(refusal.value)

    @pytest.mark.parametrize(
        ("action", "state"),
        [("skip_task", "skipped"), ("cancel_task", "cancelled"), ("complete_task", "done")],
    )
    @pytest.mark.parametrize("place", ["completed", "closed"])
    def test_what_failed_stays_failed_once_the_request_is_over(self, place, action, state):
        request = come_to(place, "retry_task")
        assert request.outcome == "with_issues"
        with nothing_changes(request), pytest.raises(GuardRefusedError) as refusal:
            after(request, action)
        assert rules_of(refusal) == [NO_WORK]
        assert after(after(request, "reopen"), action).task(ORDER).state.name == state
