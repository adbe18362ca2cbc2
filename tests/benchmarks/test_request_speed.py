"""
What a service request costs: ten thousand whole lives beside as many of an incident.

    python -m pytest tests/benchmarks/test_request_speed.py --benchmark-only -s

A request here has three approvals and five tasks, an incident the usual verbs. Both are lived call
by call, in turns. What an incident does in one step, a call of a request often does in several: who
has to agree is asked, each by a step of their own, tasks are laid out, and become ready. So told is
the ratio of the time a step takes, and that of a call; none is asserted. The cost of a verb by the
number of tasks that the request has itself is told too.
"""

from __future__ import annotations

import sys
import time

from datetime import UTC, datetime, timedelta
from statistics import median

import attrs
import pytest

from itil_ops import (
    Actor,
    Impact,
    Incident,
    IncidentId,
    PendingReason,
    RequestCancellationReason,
    RequestedItem,
    ResolutionCode,
    ServiceRequest,
    ServiceRequestId,
    TaskId,
    Urgency,
    monitor_request,
)
from itil_ops.catalog import AllOf, Approver, RequestModel, TaskTemplate


T = datetime(2026, 3, 2, 9, tzinfo=UTC)
LATER = T + timedelta(hours=1)
ANA, DESK, LI = map(Actor, ["ana", "desk", "li"])
APPROVERS = ("mia", "bo", "kim")
LIVES = 10_000


def model(tasks):
    """
    Return a model with three approvals and a chain of so many tasks.
    """
    names = [f"step {n}" for n in range(tasks)]
    return RequestModel(
        name="laptop",
        group="workplace",
        impact=Impact.LOW,
        urgency=Urgency.LOW,
        approval=AllOf([Approver(name) for name in APPROVERS]),
        tasks=[
            TaskTemplate(name, depends_on=names[n - 1 : n] if n else [])
            for n, name in enumerate(names)
        ],
    )


def request_verbs(items):
    """
    Yield the verbs of a request's whole life, each as a function of the request before.
    """
    yield lambda r: r.submit(by=ANA, at=T)
    yield lambda r: r.request_authorization(by=DESK, at=T)
    for approver in map(Actor, APPROVERS):
        yield lambda r, by=approver: r.approve(by=by, at=T)
    yield lambda r: r.start_fulfillment(by=LI, at=T)
    for item in items:
        for task in item.model.tasks:
            id = TaskId(f"{item.name}/{task.name}")
            yield lambda r, id=id: r.start_task(id, by=LI, at=T)
            yield lambda r, id=id: r.complete_task(id, by=LI, at=T)
    yield lambda r: r.complete(by=LI, at=T)
    yield lambda r: r.close(by=ANA, at=T)


def drafted(number, items):
    id = ServiceRequestId(f"REQ-{number}")
    return ServiceRequest.draft(id, title="A laptop", requester="ana", items=items, by=ANA, at=T)


INCIDENT_VERBS = (
    lambda i: i.assign(group="messaging", assignee="li", by=DESK, at=T),
    lambda i: i.start(by=LI, at=T),
    lambda i: i.hold(PendingReason.AWAITING_CALLER, by=LI, at=T),
    lambda i: i.resume(by=LI, at=T),
    lambda i: i.diagnose("The queue is full.", by=LI, at=T),
    lambda i: i.communicate("We are on it.", by=LI, at=T),
    lambda i: i.resolve(ResolutionCode.FIXED, by=LI, at=T),
    lambda i: i.close(by=DESK, at=T),
)


def logged(number):
    return Incident.log(
        IncidentId(f"INC-{number}"),
        title="Mail is down",
        service="email",
        impact=Impact.HIGH,
        urgency=Urgency.HIGH,
        by=DESK,
        at=T,
    )


def lived(record, verbs):
    for verb in verbs:
        record = verb(record)
    return record


def timed(work):
    start = time.perf_counter()
    done = work()
    return time.perf_counter() - start, done


def items_of(tasks):
    return [RequestedItem(name="laptop", model=model(tasks))]


def lives(verbs, records):
    """
    Live each of *records* to its end, and return how many entries that took.
    """
    return sum(lived(record, verbs).version for record in records)


def test_ten_thousand_whole_lives(benchmark, capsys):
    items = items_of(5)
    verbs = tuple(request_verbs(items))
    share = LIVES // 20
    ratios, by_entry = [], []
    for turn in range(20):
        numbers = range(turn * share, (turn + 1) * share)
        spent, entries = timed(lambda n=numbers: lives(verbs, (drafted(i, items) for i in n)))
        others, theirs = timed(lambda n=numbers: lives(INCIDENT_VERBS, map(logged, n)))
        ratios.append(spent / (len(verbs) + 1) / (others / (len(INCIDENT_VERBS) + 1)))
        by_entry.append(spent / entries / (others / theirs))
    with capsys.disabled():
        sys.stdout.write(
            f"\n{LIVES} requests of {len(verbs) + 1} calls, {entries / share:.0f} steps:"
            f" a step takes {median(by_entry):.2f} of an incident's (aim 1.5),"
            f" a call {median(ratios):.2f}"
        )
    benchmark.extra_info["ratio"] = median(ratios)
    assert lived(drafted(0, items), verbs).state.name == "closed"

    benchmark.pedantic(lambda: lived(drafted(0, items), verbs), rounds=20)


FIRST = TaskId("laptop/step 0")

#: Verbs whose cost depends on the tasks of the request, each with where it is tried.
BY_TASKS = {
    "start_fulfillment": ("authorized", lambda r: r.start_fulfillment(by=LI, at=T)),
    "start_task": ("begun", lambda r: r.start_task(FIRST, by=LI, at=T)),
    "complete_task": ("begun", lambda r: r.complete_task(FIRST, by=LI, at=T)),
    "complete_task, all others wait for it, told late": (
        "star",
        lambda r: r.complete_task(FIRST, by=LI, at=LATER, effective_at=T),
    ),
    "complete, all tasks left over": ("optional", lambda r: r.complete(by=LI, at=T)),
    "cancel": (
        "begun",
        lambda r: r.cancel(RequestCancellationReason.WITHDRAWN, by=LI, at=T),
    ),
    "monitor_request": ("begun", lambda r: monitor_request(r, at=T)),
}


def worked_on(place, tasks):
    """
    Return a request with so many tasks, where a verb is tried.
    """
    items = {"star": star, "optional": optional}.get(place, items_of)(tasks)
    verbs = list(request_verbs(items))
    return lived(drafted(1, items), verbs[: 5 if place == "authorized" else 6])


def graph(tasks, **told):
    templates = [TaskTemplate(f"step {n}", **told) for n in range(1, tasks)]
    chosen = attrs.evolve(model(1), tasks=[*model(1).tasks, *templates])
    return [RequestedItem(name="laptop", model=chosen)]


def star(tasks):
    return graph(tasks, depends_on=["step 0"])


def optional(tasks):
    found = graph(tasks, mandatory=False)
    first = attrs.evolve(found[0].model.tasks[0], mandatory=False)
    chosen = attrs.evolve(found[0].model, tasks=[first, *found[0].model.tasks[1:]])
    return [RequestedItem(name="laptop", model=chosen)]


@pytest.mark.parametrize("verb", BY_TASKS)
def test_cost_by_own_tasks(verb, benchmark, capsys):
    place, step = BY_TASKS[verb]
    costs = {}
    for tasks in (5, 50, 500):
        request = worked_on(place, tasks)
        costs[tasks] = median(timed(lambda r=request: step(r))[0] for _ in range(40))
    with capsys.disabled():
        told = ", ".join(f"{n} tasks {cost * 1e6:.0f} us" for n, cost in costs.items())
        sys.stdout.write(f"\n{verb}: {told}")
    benchmark.extra_info.update({str(n): cost for n, cost in costs.items()})

    benchmark(lambda: step(request))
