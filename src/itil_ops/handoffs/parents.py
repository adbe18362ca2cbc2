"""
What children do when their parent moves: rules as data, and the planner that keeps to them.

ServiceNow's rules are the default. They lead from the parent to the children, never back. Each move
of the parent is followed once: what people did with a child since stands. No child goes back to an
earlier phase, but for those that were resolved with the parent and are reopened with it.

A child that is left alone has a reason, whose rule is one of these: `its_child` (it is not), `over`
(closed or cancelled), `rules` (they leave children alone here), `already_so`, `own_hold` (it waits
for something else), `own_way` (people moved it on since), `never_backwards`, `nobody_is_there` (it
would be reopened, and nobody has it); or the rule by which the child itself refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

import attrs

from itil_ops.errors import Reason
from itil_ops.handoffs.cascade import (
    ALREADY_SO,
    Cascade,
    CascadeStep,
    Wanted,
    check_not_before,
    follow,
    last_back,
    last_into,
    last_move,
    planned,
    was_done_since,
)
from itil_ops.handoffs.families import OVER
from itil_ops.incident.record import Incident
from itil_ops.incident.vocabulary import ResolutionCode
from itil_ops.kernel.actor import ProcessRole
from itil_ops.kernel.checks import check_type, several
from itil_ops.kernel.handled import Handled
from itil_ops.kernel.record import hold_of
from itil_ops.kernel.stateful import described
from itil_ops.kernel.table import Phase
from itil_ops.kernel.vocabulary import (
    ClosureReason,
    Contact,
    Direction,
    Link,
    LinkKind,
    PendingReason,
    Visibility,
)


if TYPE_CHECKING:
    from datetime import datetime

    from pendulum import DateTime

    from itil_ops.kernel.actor import Actor
    from itil_ops.kernel.identity import RecordId
    from itil_ops.kernel.journal import Entry
    from itil_ops.kernel.policies import HandlingPolicies


H = TypeVar("H", bound=Handled)


def _holds(values: Iterable[PendingReason]) -> frozenset[PendingReason]:
    return frozenset(several(values, PendingReason, "holds"))


_SHARED_HOLDS = frozenset(
    {
        PendingReason.AWAITING_CHANGE,
        PendingReason.AWAITING_PROBLEM,
        PendingReason.AWAITING_SUPPLIER,
    }
)


@attrs.frozen(kw_only=True)
class CascadeRules:
    """
    What children do when their parent moves.

    Nothing follows from a cancelled parent: its children may be real all the same.

    Attributes:
        link: The kind of link by which a record is a child: each kind may have rules of its own.

        work: Whether children are worked on when the parent is.

        holds: The reasons for which children wait when the parent does; for all others the parent
            waits alone.

        resolution: Whether children are resolved when the parent is.

        reopening: Whether those that were are reopened when staff reopen the parent. What the
            parent's caller does concerns the parent alone. One that nobody has goes back into the
            queue of its group, or of the parent's group where it has none; where there is neither,
            it stays resolved, and the step says so.

        closure: Whether resolved children are closed when the parent is; else each is closed by its
            caller, or by itself.

        messages: Whether the users of children are told what the parent's user is told.
    """

    link: LinkKind = LinkKind.CHILD_OF
    work: bool = True
    holds: frozenset[PendingReason] = attrs.field(default=_SHARED_HOLDS, converter=_holds)
    resolution: bool = True
    reopening: bool = True
    closure: bool = False
    messages: bool = True

    def __attrs_post_init__(self) -> None:
        check_type(self.link, LinkKind, "link")
        for name in ("work", "resolution", "reopening", "closure", "messages"):
            check_type(getattr(self, name), bool, name)


SERVICENOW_RULES = CascadeRules()
"""
The documented rules of ServiceNow: work, holds for a change, a problem or a supplier, resolutions,
reopenings by staff and messages to the user go from parent to child; closures and cancellations do
not, and nothing goes from child to parent.
"""


def follow_parent(
    parent: Handled,
    children: Iterable[H],
    *,
    by: Actor,
    at: datetime,
    rules: CascadeRules = SERVICENOW_RULES,
    policies: HandlingPolicies | None = None,
) -> Cascade[H]:
    """
    Plan what *children* do because of where *parent* stands.

    Holds that children have because of the parent are known by their note, see `held_with`.
    Problems follow in work and in holds; each is resolved for its own reasons.

    Args:
        parent: The parent; it stays as it is.

        children: Its children; what is no child of it is skipped.

        by: Who acts: should be a system, see `Actor.system`. A person who runs it becomes the
            assignee of a child that has none, when work begins on it. A system begins no work that
            nobody is there to do, and the step says so; what it reopens it gives to a group, see
            `CascadeRules.reopening`. Work that begins counts as a response, a resolution does not:
            nobody answered.

        at: When that is recorded.

        rules: What children do.

        policies: The policies for these calls; those of each child's class unless given.

    Raises:
        OutOfOrderError: *at* lies before the last entry of the parent.

        TypeError: An argument is of another type.

        ValueError: A child is given twice, or *at* is naive.
    """
    check_type(parent, Handled, "parent")
    check_type(rules, CascadeRules, "rules")
    check_not_before(parent, at)

    def choose(child: H) -> Sequence[Wanted] | Reason:
        wanted = _choice(parent, child, rules)
        if isinstance(wanted, Reason) or wanted[-1].verb != "reopen":
            return wanted
        return _in_hands(parent, child, wanted, partial(planned, by=by, at=at, policies=policies))

    return follow(
        cast("tuple[H, ...]", several(children, Handled, "children")),
        choose,
        by=by,
        at=at,
        policies=policies,
    )


def held_with(parent: RecordId) -> str:
    """
    Return the note of a hold that a child has because of its parent; that is how it is known.

    >>> from itil_ops import IncidentId
    >>> held_with(IncidentId("INC-1"))
    'on hold with INC-1, its parent'
    """
    return f"on hold with {parent}, its parent"


# ---- One child -------------------------------------------------------------------------------


def _choice(parent: Handled, child: Handled, rules: CascadeRules) -> Sequence[Wanted] | Reason:
    link = Link(rules.link, parent.id)
    if link not in child.links:
        return Reason("its_child", f"it is no child of {parent.id}")
    if child.state.phase in OVER:
        rule = ALREADY_SO if _is_closed_with(parent, child) else "over"
        return Reason(rule, f"it is {child.state}, and stays so")
    messages = tuple(_messages(parent, child, link)) if rules.messages else ()
    move = _move(parent, child, rules)
    if isinstance(move, Reason):
        return messages or move
    return (*messages, move)


def _move(parent: Handled, child: Handled, rules: CascadeRules) -> Wanted | Reason:
    if parent.is_open and child.state.phase is Phase.DONE:
        return _as_it_is_reopened(parent, child, rules)
    return _MOVES[parent.state.phase](parent, child, rules)


def _messages(parent: Handled, child: Handled, link: Link) -> Iterator[Wanted]:
    """
    Yield what the child's user was not told yet, of all that was said since it is a child.

    Words are what a message is known by: said twice to the one, they are said twice to the other.
    """
    if "communicate" not in child.lifecycle.actions:
        return
    since = _linked_since(child, link)
    heard = Counter(entry.note for entry, _ in _told_users(child, since))
    for entry, contact in _told_users(parent, since):
        if heard[entry.note]:
            heard[entry.note] -= 1
            continue
        told = {"message": entry.note, "direction": Direction.OUTBOUND}
        yield Wanted("communicate", {**told, "automatic": contact.automatic})


def _linked_since(child: Handled, link: Link) -> DateTime:
    since, is_known = child.logged_at, False
    for entry in child.journal:
        links = entry.changes.get("links")
        if isinstance(links, tuple):
            if link in links and not is_known:
                since = entry.at
            is_known = link in links
    return since


def _told_users(record: Handled, since: DateTime) -> Iterator[tuple[Entry, Contact]]:
    contact = None
    for entry in record.journal:
        # An entry is silent on what stays the same.
        contact = entry.changes.get("last_contact", contact)
        if entry.action != "communicate" or entry.at < since or not isinstance(contact, Contact):
            continue
        if (contact.direction, contact.visibility) == (Direction.OUTBOUND, Visibility.PUBLIC):
            yield entry, contact


# ---- The parent is worked on -----------------------------------------------------------------


def _as_it_works(parent: Handled, child: Handled, rules: CascadeRules) -> Wanted | Reason:
    if _is_held_with(parent, child):
        return Wanted("resume")
    if _is_worked_on(child):
        return Reason(ALREADY_SO, "it is worked on")
    if not rules.work:
        return _untouched("a parent's work concerns the parent alone")
    if child.state.phase is Phase.WAITING:
        return _as_the_wait_ends(parent, child)
    return _as_work_begins(parent, child)


def _as_work_begins(parent: Handled, child: Handled) -> Wanted | Reason:
    if not _is_worked_on(parent):
        return _untouched(f"nobody works on {parent.id}")
    begin, move = _beginning(child), last_move(parent)
    if was_done_since(_given_back(parent, child), move):
        return Reason(ALREADY_SO, f"it was reopened with {parent.id}, and is in a queue")
    if any(was_done_since(one, move) for one in (child.last_entry(begin), last_back(child))):
        return Reason("own_way", f"it was begun after {parent.id}, and handed on since")
    return Wanted(begin)


def _as_the_wait_ends(parent: Handled, child: Handled) -> Wanted | Reason:
    if not _awaits(parent, child):
        return _own_hold(child)
    if _is_worked_on(parent) and was_done_since(last_move(parent), child.last_entry("hold")):
        return Wanted("resume")
    return Reason("own_hold", f"it waits for {parent.id}, which did not take up work since")


def _is_worked_on(record: Handled) -> bool:
    """
    Whether work has begun and goes on: there is nothing to start, whatever the state is called.
    """
    return record.state.phase is Phase.ACTIVE and _beginning(record) not in record.allowed


def _beginning(record: Handled) -> str:
    """
    Return the verb with which its room begins work.
    """
    return "start" if "start" in record.lifecycle.actions else "investigate"


# ---- The parent waits ------------------------------------------------------------------------


def _as_it_waits(parent: Handled, child: Handled, rules: CascadeRules) -> Wanted | Reason:
    if parent.pending_reason not in rules.holds:
        return _untouched(f"{parent.id} waits alone, for {parent.pending_reason}")
    if child.state.phase is Phase.WAITING:
        if hold_of(child) == hold_of(parent):
            return Reason(ALREADY_SO, f"it waits already, for {child.pending_reason}")
        if not _is_held_with(parent, child):
            return _own_hold(child)
    elif _is_held_since(parent, child):
        return Reason("own_way", f"it was on hold with {parent.id}, and taken up again since")
    return Wanted(
        "hold",
        {
            "reason": parent.pending_reason,
            "until": parent.pending_until,
            "awaited": parent.awaited,
            "note": held_with(parent.id),
        },
    )


def _awaits(parent: Handled, child: Handled) -> bool:
    return child.pending_reason == PendingReason.AWAITING_PARENT and child.awaited == parent.id


def _hold_with(parent: Handled, child: Handled) -> Entry | None:
    hold = child.last_entry("hold")
    return None if hold is None or hold.note != held_with(parent.id) else hold


def _is_held_with(parent: Handled, child: Handled) -> bool:
    return child.state.phase is Phase.WAITING and _hold_with(parent, child) is not None


def _is_held_since(parent: Handled, child: Handled) -> bool:
    return was_done_since(_hold_with(parent, child), parent.last_entry("hold"))


def _own_hold(child: Handled) -> Reason:
    return Reason("own_hold", f"it waits for a reason of its own, {child.pending_reason}")


# ---- The parent is resolved, closed, cancelled -----------------------------------------------


def _as_it_is_resolved(parent: Handled, child: Handled, rules: CascadeRules) -> Wanted | Reason:
    if child.state.phase is Phase.DONE:
        return Reason(ALREADY_SO, f"it is {child.state} already")
    if not rules.resolution:
        return _untouched("a parent's resolution concerns the parent alone")
    if "auto_resolve" not in child.lifecycle.actions:
        return _untouched(f"{described(child)} is resolved for reasons of its own")
    solved = last_into(parent, Phase.DONE)
    if was_done_since(last_back(child), solved):
        return Reason("own_way", f"it was reopened after {parent.id} was resolved")
    told = {"code": ResolutionCode.RESOLVED_BY_PARENT, "cause": parent.id}
    return Wanted("auto_resolve", {**told, "note": None if solved is None else solved.note})


def _as_it_is_closed(parent: Handled, child: Handled, rules: CascadeRules) -> Wanted | Reason:
    if child.state.phase is not Phase.DONE:
        return _as_it_is_resolved(parent, child, rules)
    if not rules.closure or not isinstance(child, Incident):
        return _untouched("it is closed by its caller, or by itself")
    told = {"reason": ClosureReason.ADMINISTRATIVE, "note": _closed_with(parent.id)}
    return Wanted("close", told)


def _closed_with(parent: RecordId) -> str:
    return f"closed with {parent}, its parent"


def _is_closed_with(parent: Handled, child: Handled) -> bool:
    close = last_move(child)
    return close is not None and close.note == _closed_with(parent.id)


def _as_it_is_cancelled(parent: Handled, _child: Handled, _rules: CascadeRules) -> Reason:
    return _untouched(f"{parent.id} is {parent.state}, which says nothing of its children")


def _untouched(text: str) -> Reason:
    return Reason("rules", text)


# ---- The parent is reopened ------------------------------------------------------------------


def _as_it_is_reopened(parent: Handled, child: Handled, rules: CascadeRules) -> Wanted | Reason:
    back = last_back(parent)
    if back is None or not _was_resolved_by(parent, child, back):
        return Reason("never_backwards", f"it is {child.state}, and not with {parent.id}")
    if not rules.reopening or _is_by_user(back, parent):
        return _untouched(f"who reopened {parent.id} spoke for it alone")
    why = "" if back.note is None else f": {back.note}"
    return Wanted("reopen", {"reason": f"{parent.id}, its parent, was reopened{why}"})


def _in_hands(
    parent: Handled,
    child: Handled,
    wanted: Sequence[Wanted],
    tried: Callable[..., CascadeStep[Any]],
) -> Sequence[Wanted] | Reason:
    """
    Return what is *wanted* and who gets the child: work in progress is in somebody's hands.
    """
    after = tried(child, "reopen", **wanted[-1].arguments).after
    if after is None or after.assignee:
        return wanted
    group = after.group or parent.group
    why = f"neither it nor {parent.id} has a group"
    if group is not None:
        given = Wanted("assign", {"group": group, "note": _reopened_with(parent.id)})
        refused = tried(after, "assign", **given.arguments).reasons
        if not refused:
            return (*wanted, given)
        why = f"{group} does not get it: {'; '.join(map(str, refused))}"
    text = f"nobody has it, and {why}: reopen and assign it"
    return wanted[:-1] or Reason("nobody_is_there", text)


def _reopened_with(parent: RecordId) -> str:
    return f"reopened with {parent}, its parent; nobody had it"


def _given_back(parent: Handled, child: Handled) -> Entry | None:
    back = child.last_entry("assign")
    return None if back is None or back.note != _reopened_with(parent.id) else back


def _was_resolved_by(parent: Handled, child: Handled, back: Entry) -> bool:
    code = getattr(child, "resolution_code", None)
    return (
        code == ResolutionCode.RESOLVED_BY_PARENT
        and Link(LinkKind.RESOLVED_BY, parent.id) in child.links
        and was_done_since(back, last_into(child, Phase.DONE))
    )


def _is_by_user(entry: Entry, record: Handled) -> bool:
    users = {getattr(record, "caller", None), getattr(record, "affected_user", None)}
    return entry.by.name in users or entry.by.roles == {ProcessRole.USER}


_Move: TypeAlias = Callable[[Handled, Handled, CascadeRules], Wanted | Reason]

_MOVES: Mapping[Phase, _Move] = {
    Phase.ACTIVE: _as_it_works,
    Phase.WAITING: _as_it_waits,
    Phase.DONE: _as_it_is_resolved,
    Phase.ENDED: _as_it_is_closed,
    Phase.DROPPED: _as_it_is_cancelled,
}
"""
What a child that is not over does, by the phase that its parent is in.
"""
