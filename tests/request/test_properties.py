"""
Random models and random orders: nothing is fulfilled unauthorized, nothing is left open or lost.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from hypothesis import given
from hypothesis import strategies as st

from examples_of_runs import tried
from itil_ops import Actor, PendingReason, RefusedError
from itil_ops.catalog import (
    AllOf,
    AnyOf,
    ApprovalKind,
    ApprovalVerdict,
    Approver,
    ApproverRole,
    AtLeast,
    InOrder,
    Percentage,
    TaskTemplate,
    Vetoed,
    Vote,
)
from itil_ops.kernel.table import Phase
from itil_ops.request.lifecycle import REQUEST_LIFECYCLE
from itil_ops.request.vocabulary import RequestCancellationReason, RequestOutcome
from itil_ops.sla.hours.duration import BusinessDays
from record_doubles import is_true_to_its_journal
from request.making import (
    BOARD,
    DESK,
    LI,
    MORNING,
    STAFF,
    after,
    day,
    eur,
    item_of,
    model,
    submitted,
    under_way,
)


#: Traced, these many examples would cost several times as much; other tests cover the lines.
pytestmark = pytest.mark.no_cover

PEOPLE = ("ana", "tom", "mia", "kim", "bo", "cleo", "b1", "b2", "zoe")
_WAITS = (PendingReason.AWAITING_CALLER, PendingReason.AWAITING_APPROVAL, PendingReason.SCHEDULED)
SAYINGS = (
    "approve",
    "decline",
    "delegate",
    "reassign_approval",
    "expire_approval",
    "suspend",
    "resume",
)


@pytest.fixture(autouse=True)
def every_request_is_true():
    """
    Leave it to the properties to look at each request, once.
    """


# ---- What is drawn ------------------------------------------------------------------------------


@st.composite
def approvers(draw):
    expires = draw(st.none() | st.just(BusinessDays(1)))
    return Approver(
        draw(st.sampled_from([*PEOPLE, BOARD, ApproverRole.LINE_MANAGER])),
        kind=draw(st.sampled_from([ApprovalKind.FINANCIAL, ApprovalKind.TECHNICAL])),
        above=draw(st.none() | st.just(eur(100))),
        expires_after=expires,
        fallback=draw(st.none() | st.sampled_from(["cleo", "kim", BOARD])) if expires else None,
    )


several = st.lists(approvers(), min_size=1, max_size=4)


def over(children):
    of = st.lists(children, min_size=1, max_size=3)
    return st.one_of(
        st.builds(AllOf, of),
        st.builds(AnyOf, of),
        st.builds(InOrder, of),
        st.builds(AtLeast, of, count=st.integers(1, 2)),
        st.builds(Percentage, of, percent=st.integers(1, 100)),
        st.builds(Vote, several, quorum=st.integers(1, 2)),
        st.builds(Vetoed, children, by=several),
    )


rules = st.recursive(approvers(), over, max_leaves=5).filter(lambda rule: not any(rule.defects()))


@st.composite
def graphs(draw):
    """
    Return tasks that each depend on some before them, in any order.
    """
    tasks: list[TaskTemplate] = []
    for number in range(draw(st.integers(0, 5))):
        known = [one.name for one in tasks]
        before = draw(st.lists(st.sampled_from(known), unique=True)) if known else []
        mandatory = draw(st.booleans())
        tasks.append(TaskTemplate(f"t{number}", depends_on=before, mandatory=mandatory))
    return draw(st.permutations(tasks))


def done(request, verb, *args, **told):
    """
    Return the request after a verb, or as it was where it is refused.
    """
    try:
        following = after(request, verb, *args, **told)
    except RefusedError:
        return request
    is_true_to_its_journal(following)
    return following


# ---- Authorization ------------------------------------------------------------------------------


def under_draw(draw, *tasks):
    """
    Return a request by a random rule, as far as somebody can be asked.
    """
    found = model(*tasks, approval=draw(rules), price=eur(draw(st.sampled_from([5, 500]))))
    fields = {"requested_for": draw(st.none() | st.sampled_from(PEOPLE))}
    request = submitted(item_of(found, price=found.price), **fields)
    return done(request, "request_authorization", by=DESK)


def said(draw, request):
    """
    Return the request after something was said by somebody, wise or not.
    """
    verb = draw(st.sampled_from(SAYINGS))
    asked = [name for one in request.open_approvals for name in one.deciders]
    told = {"by": Actor(draw(st.sampled_from([*PEOPLE, *asked, *asked])))}
    if verb == "expire_approval" and request.open_approvals:
        one = draw(st.sampled_from(request.open_approvals))
        later = max(request.journal[-1].at, one.expires_at or day(31))
        return done(request, verb, one.id, by=LI, at=later)
    if verb in {"decline", "reassign_approval"}:
        told["reason"] = "No."
    if verb in {"delegate", "reassign_approval"}:
        told["to"] = draw(st.sampled_from([*PEOPLE, told["by"].name]))
    if verb == "suspend":
        return done(request, verb, draw(st.sampled_from(_WAITS)), **told)
    if verb in {"approve", "decline", "delegate", "reassign_approval"} and request.approvals:
        unnamed = () if verb == "reassign_approval" else (None,)
        told["approval"] = draw(st.sampled_from([*unnamed, *(one.id for one in request.approvals)]))
    is_said = verb != "expire_approval" and (verb != "reassign_approval" or request.approvals)
    return done(request, verb, **told) if is_said else request


def may_decide(request):
    """
    Return who may decide each approval by its journal alone, and assert that nobody else did.
    """
    deciders = {}
    for entry in request.journal:
        part, by = entry.part, entry.by.name
        if entry.action in {"approve", "decline", "delegate"}:
            approver, delegate = deciders[part]
            assert by in {approver, delegate, *STAFF.deputies(approver, entry.at)}
        if entry.action in {"delegate", "reassign_approval"}:
            assert by not in {entry.changes.get("delegate"), entry.changes.get("approver")}
        if entry.action in {"request_approval", "delegate", "reassign_approval"}:
            before = deciders.get(part, (None, None))
            told = (entry.changes.get(name, old) for name, old in zip(NAMES, before, strict=True))
            deciders[part] = tuple(told)
    return deciders


NAMES = ("approver", "delegate")


@tried(60)
@given(st.data())
def test_random_decisions_never_fulfill_what_is_not_authorized(data):
    request = under_draw(data.draw, "order")
    interested = request.interested(STAFF, MORNING)

    for _ in range(data.draw(st.integers(0, 12))):
        request = said(data.draw, request)
        begun = done(request, "start_fulfillment")
        assert begun.is_authorized or begun == request
    assert all(one.decided_by not in interested for one in request.approvals)
    known = may_decide(request)
    assert all(known[one.id] == (one.approver, one.delegate) for one in request.approvals)
    if request.is_authorized:
        assert request.approval_rule is None or request.verdict is ApprovalVerdict.APPROVED
    if request.state.name == "rejected":
        assert request.verdict is ApprovalVerdict.REJECTED
        assert request.outcome is RequestOutcome.REJECTED


@tried(60)
@given(st.data())
def test_whoever_is_asked_can_always_bring_it_to_an_end(data):
    request = under_draw(data.draw)

    for _ in range(data.draw(st.integers(0, 4))):
        request = said(data.draw, request)
    if request.state.name == "suspended":
        request = done(request, "resume")
    steps = 0
    while request.open_approvals:
        request = answered(request, data.draw(st.sampled_from(request.open_approvals)))
        steps += 1
    assert request.state.name in {"authorized", "rejected", "in_review"}
    # Each seat has one answer; who let the time pass is replaced once.
    assert steps <= (2 * len(request.approval_rule.seats) if request.approval_rule else 0)


def answered(request, approval):
    """
    Return the request after its approver agreed, or once it was too late for that.
    """
    now = request.journal[-1].at + timedelta(minutes=1)
    if approval.expires_at is not None and approval.expires_at <= now:
        return after(request, "expire_approval", approval.id, at=now)
    return after(request, "approve", approval.id, by=Actor(approval.approver), at=now)


@tried(60)
@given(st.data())
def test_what_ends_leaves_no_approval_open(data):
    request = under_draw(data.draw)
    for _ in range(data.draw(st.integers(0, 4))):
        request = said(data.draw, request)

    ended = done(request, "cancel", RequestCancellationReason.WITHDRAWN)
    assert not ended.is_open
    assert not ended.open_approvals


# ---- Tasks --------------------------------------------------------------------------------------

ON_TASKS = ("start_task", "complete_task", "fail_task", "retry_task", "redo_task")
ENDING = ("skip_task", "cancel_task")


@tried(60)
@given(st.data())
def test_random_orders_of_tasks_lose_none(data):
    request = under_way(*data.draw(graphs()))
    laid_out = [one.id for one in request.tasks]

    for _ in range(data.draw(st.integers(0, 12)) if laid_out else 0):
        verb = data.draw(st.sampled_from([*ON_TASKS, *ENDING]))
        args = [data.draw(st.sampled_from(laid_out))]
        if verb in {"fail_task", "redo_task", *ENDING}:
            args.append("So it is.")
        request = done(request, verb, *args)
        assert [one.id for one in request.tasks] == laid_out
        begun_in_turn(request)
    over = done(request, "complete", note="As far as it went.")
    mandatory = {one.id for one in request.open_tasks if one.mandatory}
    assert (over.state.name == "completed") == (not mandatory)
    ended = done(over, "cancel", RequestCancellationReason.WITHDRAWN)
    assert not ended.is_open
    assert not ended.open_tasks


def begun_in_turn(request):
    """
    Assert that each task was begun when all that it depends on was done or skipped.
    """
    passed = set()
    for entry in request.journal:
        if entry.action in {"start_task", "complete_task"}:
            own = next(one for one in request.tasks if one.id == entry.part)
            assert passed.issuperset(own.depends_on)
        if entry.part is not None:
            (passed.add if entry.to_state in {"done", "skipped"} else passed.discard)(entry.part)


@tried(60)
@given(st.data())
def test_whoever_does_what_is_ready_comes_to_the_end(data):
    request = under_way(*data.draw(graphs()))

    while request.open_tasks:
        ready = [one.id for one in request.open_tasks if one.state.phase is Phase.ACTIVE]
        request = after(request, "complete_task", data.draw(st.sampled_from(ready)))
    assert after(request, "complete").outcome is RequestOutcome.SUCCESSFUL


# ---- Money --------------------------------------------------------------------------------------


@st.composite
def priced(draw, number):
    """
    Return an item that may have a price, and a task.
    """
    tasks = ["order"] if draw(st.booleans()) else []
    price = draw(st.sampled_from([None, eur(0), eur(5), eur(70)]))
    count = draw(st.integers(1, 3))
    return item_of(model(*tasks), name=f"i{number}", price=price, quantity=count)


@tried(100)
@given(st.data())
def test_no_more_is_charged_than_was_agreed_to_unless_a_note_says_why(data):
    draw = data.draw
    items = [draw(priced(number)) for number in range(draw(st.integers(1, 3)))]
    estimate = draw(st.sampled_from([None, eur(1), eur(60), eur(500)]))
    request = after(submitted(*items, estimate=estimate), "start_fulfillment")
    agreed = request.cost

    for one in request.tasks:
        verb = draw(st.sampled_from(["complete_task", "fail_task", "skip_task"]))
        request = after(request, verb, one.id, *(["No."] if verb != "complete_task" else []))
    for item in draw(st.lists(st.sampled_from(items), max_size=4)):
        request = done(request, "deliver", item.name)
    for _ in range(draw(st.integers(1, 2))):
        cost = draw(st.sampled_from([None, eur(0), eur(60), eur(9000)]))
        over = done(
            request, "complete", actual_cost=cost, note=draw(st.sampled_from([None, "So."]))
        )
        closed = done(over, "close")
        if closed.charge is not None and agreed is not None and closed.charge.amount > agreed:
            assert closed.last_entry("complete").note
        request = done(closed, "reopen", "No.")
    assert request.cost == agreed


# ---- The table ----------------------------------------------------------------------------------


def reached(table, start, without=()):
    """
    Return the states that any way from *start* leads to, if it passes none of those left out.

    What is suspended returns to where it was, so that is looked at too.
    """
    found, left = set(), [(start, None)]
    while left:
        place = left.pop()
        state, returns_to = place
        if place in found or state in without:
            continue
        found.add(place)
        for action in table.actions:
            left += [
                (row.to, table.remembered(state, row.to, returns_to))
                for row in table.rows(state, action)
                if not row.is_return or row.to == returns_to
            ]
    return {state for state, _ in found}


FULFILLED = {"in_progress", "completed", "closed"}


def test_every_way_to_fulfillment_leads_through_the_authorization():
    everywhere = {state.name for state in REQUEST_LIFECYCLE.states}

    assert reached(REQUEST_LIFECYCLE, "draft") == everywhere
    around = reached(REQUEST_LIFECYCLE, "draft", without={"authorized"})
    assert around == everywhere - FULFILLED - {"authorized"}


def test_nothing_but_an_authorization_authorizes():
    into = {
        (state.name, action)
        for state in REQUEST_LIFECYCLE.states
        for action in REQUEST_LIFECYCLE.actions
        for row in REQUEST_LIFECYCLE.rows(state.name, action)
        if row.to == "authorized" != state.name and not row.is_return
    }

    assert into == {("in_review", "authorize"), ("waiting_authorization", "authorize")}


def test_every_part_that_ends_stays_ended_or_is_taken_up_by_name():
    for kind in submitted().part_types.values():
        table = kind.lifecycle
        again = {
            action
            for state in table.states
            if state.final
            for action in table.actions
            for row in table.rows(state.name, action)
            if not table.state(row.to).final
        }
        assert again == ({"retry_task", "redo_task"} if "task" in table.name else set())
