"""
Any life at all: random verbs with random arguments, good and bad, keep every promise.
"""

from __future__ import annotations

import random

from collections import Counter
from datetime import timedelta
from itertools import pairwise

import pytest

import request_doubles

from itil_ops import (
    Actor,
    CategoryPath,
    ChangeId,
    ConfigurationItemId,
    EscalationKind,
    Impact,
    IncidentId,
    LinkKind,
    PendingReason,
    Priority,
    ProblemId,
    ProcessRole,
    Urgency,
)
from itil_ops.catalog import (
    AllOf,
    AnyOf,
    ApprovalKind,
    Approver,
    ApproverRole,
    AtLeast,
    InOrder,
    RequestModel,
    StandardChange,
    TaskTemplate,
    Vetoed,
    Vote,
)
from itil_ops.kernel.identity import AccessRequestId, ServiceRequestId
from itil_ops.kernel.vocabulary import ChangeStatus, ClosureReason, Direction
from itil_ops.request.approval import ApprovalId
from itil_ops.request.monitor import monitor_request
from itil_ops.request.policies import RequestPolicies
from itil_ops.request.vocabulary import RequestCancellationReason
from itil_ops.sla.hours.duration import BusinessDays
from record_doubles import tried
from request.making import (
    ANA,
    BO,
    BOARD,
    CLEO,
    DESK,
    ENGINE,
    KIM,
    LI,
    MIA,
    MORNING,
    OFFICE,
    STAFF,
    TOM,
    after,
    catalog_of,
    drafted,
    eur,
    is_true,
    item_of,
    model,
    task,
)


#: Traced, these many examples would cost several times as much; other tests cover the lines.
pytestmark = pytest.mark.no_cover

WRONG = object()
LATE = MORNING + timedelta(days=900)
OTHER = ServiceRequestId("REQ-2")
BOSS, PAYER = ApproverRole.LINE_MANAGER, ApproverRole.BUDGET_CENTER

TASKS = (
    TaskTemplate("order", duration=timedelta(hours=4)),
    TaskTemplate("install", depends_on=["order"]),
    TaskTemplate("account", automated=True, attempts=2, retry_after=timedelta(minutes=5)),
    TaskTemplate("bag", mandatory=False, depends_on=["install", "account"]),
)
RULES = (
    *(None,) * 5,
    Approver(BOSS, expires_after=BusinessDays(1), fallback="cleo"),
    InOrder([Approver(BOSS, expires_after=BusinessDays(2)), Approver(PAYER)]),
    AllOf([Approver("mia"), AnyOf([Approver("bo"), Approver("cleo")])]),
    Vetoed(AtLeast([Approver(BOARD)], count=2), by=[Approver("mia")]),
    Vote([Approver(BOARD), Approver("ana")], quorum=2),
)
MODELS = tuple(
    model(*tasks, approval=rule, price=eur(500), **told)
    for rule in RULES
    for tasks, told in (((), {"closure_conditions": ["It runs."]}), (TASKS, {}))
)
MODELS += (model(*TASKS, standard_change=StandardChange("install")),)

ACTORS = [ANA, DESK, LI, MIA, BO, CLEO, KIM, TOM, ENGINE, *map(Actor, ("b1", "b2", "b3"))]
ACTORS += [Actor("rhea", roles=[ProcessRole.REQUEST_MANAGER]), Actor.group("workplace")]
RULINGS = [None] * 6 + [RequestPolicies(), RequestPolicies.strict(directory=STAFF)]
MINUTES = [0, 0, 1, 5, 60, 1500, 45_000]

#: For each verb, what may be told it; the first value of each passes as a rule.
TOLD = {
    "revise": {"title": ["Another", None], "items": [None, [item_of(MODELS[1])], []]},
    "submit": {"catalog": [None, catalog_of(model("order", version=9, name="thing"))]},
    "request_authorization": {"note": [None, "Please."]},
    "authorize": {"note": [None, "Fine."]},
    "reject": {"reason": ["No.", None]},
    "return_to_review": {"reason": ["Once more.", None]},
    "approve": {"approval": [None, ApprovalId("1"), ApprovalId("2"), ApprovalId("1.2")]},
    "decline": {"reason": ["No.", "No.", None], "approval": [None, ApprovalId("1")]},
    "delegate": {"to": ["zoe", "cleo", "ana", "mia", None], "approval": [None, ApprovalId("1")]},
    "reassign_approval": {
        "approval": [ApprovalId("1"), ApprovalId("2")],
        "to": ["zoe", "cleo", "ana", "mia", None],
        "reason": ["On leave.", None],
    },
    "extend_approval": {"approval": [ApprovalId("1")], "until": [LATE, None, MORNING]},
    "expire_approval": {"approval": [ApprovalId("1"), ApprovalId("2"), ApprovalId("1.2")]},
    "start_fulfillment": {"group": [None, "network"], "assignee": [None, "li"]},
    "suspend": {
        "reason": [PendingReason.AWAITING_CALLER, PendingReason.AWAITING_APPROVAL, None],
        "until": [None, LATE, MORNING],
        "awaited": [None, "carrier"],
    },
    "resume": {"note": [None, "Go on."]},
    "complete": {
        "note": ["Done.", None],
        "actual_cost": [None, eur(30)],
        "open_access_requests": [None, [], [AccessRequestId("ACC-1")]],
    },
    "deliver": {"item": ["thing", "thing", None, "other"], "quantity": [1, 1, 2, 0]},
    "withdraw_delivery": {
        "item": ["thing", "thing", None, "other"],
        "quantity": [1, 2, 0],
        "reason": ["It broke.", None],
    },
    "register_change": {"change": [ChangeId("CHG-1"), None], "status": [None, *ChangeStatus]},
    "record_change": {"status": [*ChangeStatus]},
    "add_task": {
        "task": [task("extra"), task("more"), task("order")],
        "name": ["extra", None],
        "item": [None, "thing", "nothing"],
        "depends_on": [(), [task("order")], [task("extra")], [task("nothing")]],
        "mandatory": [True, False],
    },
    "assign_task": {"assignee": ["li", None], "group": [None, "network"]},
    "start_task": {},
    "complete_task": {"result": [None, "Well."]},
    "fail_task": {"error": ["It broke.", None]},
    "retry_task": {},
    "redo_task": {"reason": ["Once more.", None]},
    "skip_task": {"reason": ["Not here.", None]},
    "cancel_task": {"reason": ["Called off.", None]},
    "close": {
        "reason": [*ClosureReason],
        "confirmed_conditions": [["It runs."], (), ["Nothing."]],
        "satisfaction": [None, 5, 9],
        "note": [None, "So it is."],
    },
    "reopen": {"reason": ["It is gone.", None]},
    "cancel": {
        "reason": [RequestCancellationReason.WITHDRAWN, *RequestCancellationReason, None],
        "duplicate_of": [None, None, OTHER],
        "converted_to": [None, None, IncidentId("INC-1")],
    },
    "assign": {"group": ["workplace", "network", None], "note": [None, "Theirs."]},
    "categorize": {"category": [CategoryPath("hardware"), None]},
    "prioritize": {
        "impact": [Impact.LOW, None],
        "urgency": [Urgency.HIGH, None],
        "override": [None, Priority.HIGH],
        "reason": ["It is late.", None],
    },
    "escalate": {"kind": [*EscalationKind, None], "reason": ["It is late.", None]},
    "communicate": {"message": ["Hello.", None], "direction": [None, *Direction]},
    "comment": {"text": ["Third time.", None]},
    "link": {
        "kind": [LinkKind.RELATED, LinkKind.SPAWNED, LinkKind.DUPLICATE_OF],
        "target": [ProblemId("PRB-1"), AccessRequestId("ACC-1")],
    },
    "unlink": {"kind": [LinkKind.RELATED, None], "target": [ProblemId("PRB-1"), OTHER]},
    "join": {
        "parent": [OTHER, None],
        "ancestors": [(), [ServiceRequestId("REQ-1")]],
        "generations_below": [0, 1],
    },
    "take_over": {"origin": [drafted(id=OTHER), None]},
}
TASK_VERBS = [name for name in TOLD if name.endswith("_task") and name != "add_task"]
SAYS = ["approve", "decline", "delegate", "reassign_approval", "extend_approval", "expire_approval"]
BACK_DATED = [
    "submit",
    "start_fulfillment",
    "suspend",
    "resume",
    "complete",
    "deliver",
    "withdraw_delivery",
    "start_task",
    "complete_task",
    "fail_task",
]


def begun(dice):
    first = dice.choice(MODELS)
    fields = {
        "requested_for": dice.choice([None, "mia", "zoe"]),
        "budget_center": dice.choice([None, "travel"]),
        "vip": dice.random() < 1 / 8,
        "configuration_items": dice.choice([[], [ConfigurationItemId("pc1")]]),
    }
    items = [item_of(first, quantity=dice.choice([1, 2]), price=first.price)]
    if dice.random() < 1 / 3:
        items.append(item_of(model(*TASKS[:1], price=eur(5)), name="more"))
    request = drafted(*items, **fields)
    for verb, person in _FORWARD[: dice.randrange(len(_FORWARD) + 3)]:
        if not request.why_not(verb, by=person, at=MORNING):
            request = after(request, verb, by=person, at=MORNING)
    return request


#: What is done before a walk begins, as far as it may be.
_FORWARD = (
    ("submit", ANA),
    ("request_authorization", DESK),
    ("authorize", DESK),
    ("start_fulfillment", LI),
    ("complete", LI),
    ("close", ANA),
)

RARE = ("cancel", "reject")


def likely_verbs(request):
    """
    Return the verbs that may pass where the request is, those of its parts among them.
    """
    moving = [name for name in request.allowed if name not in request.lifecycle.internal_actions]
    if request.open_approvals:
        return [*SAYS, "approve", "approve", *moving]
    if request.open_tasks:
        return [
            *TASK_VERBS,
            "fail_task",
            "retry_task",
            "complete_task",
            "add_task",
            "deliver",
            "withdraw_delivery",
            *moving,
        ]
    return [name for name in moving if name not in RARE] or list(request.allowed)


def seldom_verbs(request):
    """
    Return the verbs that may pass where the request is, and seldom can where it is not.
    """
    there = {one.state.name for one in request.tasks} if request.open_tasks else set()
    of_tasks = [verb for verb in ("retry_task", "redo_task") if there & FROM[verb]]
    seldom = ["revise", "record_change" if request.change else "register_change"]
    seldom += ["unlink", "unlink"] if request.links else []
    return [*of_tasks, *(verb for verb in seldom if verb in request.allowed)]


def likely_actor(dice, request, action):
    asked = [name for one in request.open_approvals for name in one.deciders]
    if action in SAYS and asked and dice.random() < 3 / 4:
        return Actor(dice.choice(asked))
    return dice.choice(ACTORS)


FROM = {
    "retry_task": {"failed"},
    "redo_task": {"done", "skipped", "cancelled"},
    "fail_task": {"ready", "in_progress"},
}


def drawn_task(dice, request, action):
    """
    Draw a task, mostly one that stands where the verb may pass.
    """
    fitting = [one.id for one in request.tasks if one.state.name in FROM.get(action, {"ready"})]
    known = [one.id for one in request.tasks] or [task("nothing")]
    return dice.choice(fitting if fitting and dice.randrange(3) else [*known, task("nothing")])


def drawn_call(dice, request):
    """
    Draw a verb, mostly one that is possible, and what it is told.
    """
    drawn_from = [likely_verbs(request)] * 4 + [request.allowed, list(TOLD)]
    drawn_from += [names for names in [seldom_verbs(request)] if names]
    action = dice.choice(dice.choice(drawn_from))
    if action in RARE and dice.randrange(4):
        action = dice.choice(likely_verbs(request))
    told = {"by": likely_actor(dice, request, action)}
    for name, values in TOLD[action].items():
        told[name] = values[0] if dice.random() < 2 / 3 else dice.choice(values)
    if action == "expire_approval" and request.open_approvals and dice.randrange(4):
        told["approval"] = request.open_approvals[0].id
    if action in TASK_VERBS:
        told["task"] = drawn_task(dice, request, action)
    if action == "unlink" and request.links and dice.randrange(3):
        told |= {"kind": request.links[0].kind, "target": request.links[0].target}
    last = request.journal[-1].at
    told["at"] = last + timedelta(minutes=dice.choice(MINUTES))
    if action == "expire_approval" and dice.randrange(3):
        told["at"] = last + timedelta(days=9)
    if action in BACK_DATED and dice.randrange(4) == 0:
        told["effective_at"] = last - timedelta(minutes=dice.choice([0, 0, 1, 5]))
    if dice.randrange(30) == 0:
        told["at"] = last - timedelta(seconds=1)
    if dice.randrange(30) == 0:
        told[dice.choice(sorted(told))] = WRONG
    ruling = dice.choice(RULINGS)
    return action, told if ruling is None else {**told, "policies": ruling}


@pytest.fixture(autouse=True)
def every_request_is_true():
    """
    Leave it to the walks to look at each request, once.
    """


def keeps_its_promises(request):
    request_doubles.is_true(is_true(request))
    own = [entry for entry in request.journal if entry.part is None]
    moves = [entry for entry in own if entry.from_state != entry.to_state]
    assert all(a.to_state == b.from_state for a, b in pairwise(own))
    assert all(a.effective_at <= b.effective_at for a, b in pairwise(moves))
    assert all(entry.effective_at <= entry.at for entry in request.journal)
    for part in request.parts:
        lived = [entry for entry in request.journal if entry.part == part.id]
        assert lived[0].from_state is None
        assert lived[-1].to_state == part.state.name
        assert all(a.to_state == b.from_state for a, b in pairwise(lived))
        moved = [entry for entry in lived if entry.from_state != entry.to_state]
        assert all(a.effective_at <= b.effective_at for a, b in pairwise(moved))
    for one in request.tasks:
        passed = {other.id for other in request.tasks if other.is_passed}
        if one.state.name == "waiting":
            assert not passed.issuperset(one.depends_on)
    for name, count in request.delivered.items():
        assert 0 <= count <= request.item(name).quantity

    now = request.journal[-1].at
    assert sum(request.time_in_states(now).values(), timedelta()) == now - request.logged_at
    assert (request.outcome is None) == request.is_open
    assert (request.charge is None) or request.closure_reason
    progress = monitor_request(request, at=now, hours={"workplace": OFFICE})
    assert bool(progress.awaited) == request.is_open or request.completed_at


STATES = (
    "draft",
    "in_review",
    "waiting_authorization",
    "authorized",
    "in_progress",
    "suspended",
    "completed",
    "closed",
    "rejected",
    "cancelled",
)


def test_whatever_is_tried_the_promises_are_kept():
    visits, taken, refused, said = Counter(), Counter(), Counter(), Counter()
    for seed in range(130):
        dice = random.Random(seed)
        request = begun(dice)
        visits[request.state.name] += 1
        for _ in range(20):
            if request.state.name in {"rejected", "cancelled"} and dice.randrange(3) == 0:
                break
            action, arguments = drawn_call(dice, request)
            result = tried(request, action, arguments)
            if result is None:
                refused[action] += 1
                continue
            keeps_its_promises(result)
            taken[action] += 1
            visits[result.state.name] += 1
            fresh = set(result.approvals).difference(request.approvals)
            said.update(one.state.name for one in fresh)
            request = result

    assert all(visits[state] for state in STATES), visits
    assert sum(taken.values()) > 800
    assert set(said) == {"requested", "approved", "rejected", "expired", "withdrawn"}
    assert set(taken) == set(TOLD)
    assert set(refused) == set(TOLD)


def test_every_verb_is_tried():
    kinds = (drafted(), *(part for part in drafted().part_types.values()))
    actions = {name for kind in kinds for name in kind.lifecycle.actions}

    follow = {"draft", "request_approval", "withdraw_approval", "ready_task", "unready_task"}
    assert actions - follow == set(TOLD)
    assert all(isinstance(one, RequestModel) and not one.defects() for one in MODELS)


def test_every_kind_of_approval_is_walked():
    kinds = {leaf.kind for rule in RULES if rule for leaf in rule.leaves}

    assert {ApprovalKind.FINANCIAL, ApprovalKind.LINE_MANAGER} <= kinds
