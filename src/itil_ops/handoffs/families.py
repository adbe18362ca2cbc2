"""
Bringing records of one kind together: parents and children, duplicates, relatives.

What stands above and below is found among other records, which are handed in. What must not be is
a `HandoffError` that names the reasons, those of the record that takes the step as well.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from itil_ops.errors import (
    HandoffError,
    IllegalTransitionError,
    NotPermittedError,
    Reason,
    RefusedError,
)
from itil_ops.handoffs.cascade import check_not_before
from itil_ops.handoffs.family import Family, described_cycle
from itil_ops.incident.record import Incident
from itil_ops.incident.vocabulary import CancellationReason
from itil_ops.kernel.checks import check_type, several
from itil_ops.kernel.handled import Handled
from itil_ops.kernel.identity import ChangeId, RecordId
from itil_ops.kernel.policies import HandlingPolicies, Policies, in_force
from itil_ops.kernel.record import Record
from itil_ops.kernel.stateful import described
from itil_ops.kernel.table import Phase
from itil_ops.kernel.vocabulary import Link, LinkKind
from itil_ops.problem.known_error.record import KnownError
from itil_ops.problem.known_error.vocabulary import RetirementReason
from itil_ops.problem.record import Problem
from itil_ops.problem.vocabulary import ProblemResolutionCode
from itil_ops.request.record import ServiceRequest
from itil_ops.request.vocabulary import RequestCancellationReason


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from itil_ops.kernel.actor import Actor


R = TypeVar("R", bound=Record)
H = TypeVar("H", bound=Handled)

OVER = frozenset({Phase.ENDED, Phase.DROPPED})
"""
The phases of what is over, with a result or without.
"""


# ---- What is refused, whatever is brought together -------------------------------------------


def forbid(record: Record, tried: str, reasons: Iterable[Reason | None]) -> None:
    """
    Refuse what was *tried* on *record* if there are any reasons against it.

    Raises:
        HandoffError: There are; every one is named.
    """
    found = dict.fromkeys(reason for reason in reasons if reason is not None)
    if found:
        raise HandoffError(described(record), tried, tuple(found))


@contextmanager
def handing_off(record: Record, tried: str) -> Iterator[None]:
    """
    Tell what the records refuse in it as reasons against what was *tried* on *record*.

    Who may do what stays an error of its own, as it is wherever something is done.

    Raises:
        HandoffError: One of them refused.
    """
    try:
        yield
    except NotPermittedError:
        raise
    except RefusedError as refusal:
        reasons = refusal.reasons
        if isinstance(refusal, IllegalTransitionError):
            reasons = tuple(Reason(one.rule, f"{refusal.action!r}: {one}") for one in reasons)
        if refusal.subject != described(record):
            reasons = tuple(Reason(one.rule, f"{refusal.subject}: {one}") for one in reasons)
        raise HandoffError(described(record), tried, reasons) from refusal


def of_one_kind(one: Record, other: Record) -> Reason | None:
    """
    Return the reason that two records are of different kinds, if they are.
    """
    if type(one.id) is type(other.id):
        return None
    return Reason("of_one_kind", f"{described(other)} is of another kind")


def two_records(one: Record, other: Record) -> Reason | None:
    """
    Return the reason that two records are the same, if they are.
    """
    return Reason("two_records", "it is the same record") if one.id == other.id else None


def not_over(record: Record, instead: str = "'relate' the two") -> Reason | None:
    """
    Return the reason that a record is over, if it is, and what is possible *instead*.
    """
    if record.state.phase not in OVER:
        return None
    back = "".join(f"{verb!r} it first, or " for verb in _WAYS_BACK if verb in record.allowed)
    return Reason("not_over", f"{described(record)} is {record.state}: {back}{instead}")


_WAYS_BACK = ("reopen", "reanalyze")
"""
The verbs with which rooms take up again what is over.
"""


def no_duplicate(original: Record, family: Family[Any], of: Record) -> Reason | None:
    """
    Return the reason that *original* duplicates another one, if it does, which then is named.

    Args:
        original: What is to be the original.

        family: Records by which the end of a row of duplicates is found.

        of: What is to be its duplicate, and must not be what it duplicates itself.
    """
    if original.original is None:
        return None
    end = family.original_of(original.id)
    if end == of.id:
        return Reason("no_cycle", f"{described(original)} duplicates it: that would be a cycle")
    return Reason("no_duplicate", f"{described(original)} is a duplicate itself: name {end}")


def _family(others: Iterable[Record], *records: Record) -> Family[Record]:
    return Family((*several(others, Record, "family"), *records))


# ---- Parents and children --------------------------------------------------------------------


def adopt(
    child: H,
    parent: Handled,
    *,
    family: Iterable[Record],
    by: Actor,
    at: datetime,
    note: str | None = None,
    policies: HandlingPolicies | None = None,
) -> H:
    """
    Return *child* once it is a child of *parent*; the parent stays as it is.

    Families have no cycles, and one level unless the policies allow more, as established systems
    have it. Both take all that stands above the parent and below the child. A record that is
    missing above is missed, for the child names it; what is missing below cannot be seen.
    `gather_family` gathers both.

    What was read is a moment old: of two who at once make each other's record the parent, both
    pass, for neither changes what the other one saves. Where that may be, let one at a time bring
    families together; `Family.defects` names what went wrong all the same.

    Args:
        child: The record that gets a parent.

        parent: The parent.

        family: Every record that stands above the parent or below the child, and any other.

        by: Who acts.

        at: When that is recorded.

        note: What the actor wrote.

        policies: The policies for this call; those of the child's class unless given.

    Raises:
        HandoffError: The parent is of another kind, the child itself, or stands below the child;
            one of them is over; the family would have too many levels, or is not whole; or the
            child refuses, for instance because it has a parent.

        NotPermittedError: The actor may not.

        OutOfOrderError: *at* lies before the last entry of one of them.

        TypeError: An argument is of another type.
    """
    check_type(child, Handled, "child")
    check_type(parent, Handled, "parent")
    tried = f"become a child of {described(parent)}"
    alike = of_one_kind(child, parent), two_records(child, parent)
    forbid(child, tried, [*alike, not_over(child), not_over(parent)])
    check_not_before(parent, at)
    graph = _family(family, child, parent)
    ancestors, below = graph.ancestors_of(parent.id), graph.generations_below(child.id)
    ruling = in_force(policies, child.policies)
    few = _few_levels(len(ancestors) + 1 + below, ruling.family_levels)
    forbid(child, tried, [_no_cycle(child, parent, graph), few or _whole_above(parent, graph)])
    with handing_off(child, tried):
        return child.join(
            parent.id,
            ancestors=ancestors,
            generations_below=below,
            by=by,
            at=at,
            note=note,
            policies=policies,
        )


def _no_cycle(child: Record, parent: Record, family: Family[Any]) -> Reason | None:
    above = {parent.id, *family.ancestors_of(parent.id)}
    if child.id in above:
        return Reason("no_cycle", f"{parent.id} stands below it: that would be a cycle")
    for cycle in family.cycles():
        if not above.isdisjoint(cycle):
            return Reason("no_cycle", f"above {parent.id}, {described_cycle(cycle)}")
    return None


def _few_levels(levels: int, allowed: int) -> Reason | None:
    if levels <= allowed:
        return None
    text = f"the family would have {levels} levels below its head, and {allowed} at most may be"
    return Reason("few_levels", text)


def _whole_above(parent: Record, family: Family[Any]) -> Reason | None:
    known = {record.id for record in family}
    missing = [one for one in family.ancestors_of(parent.id) if one not in known]
    if not missing:
        return None
    text = f"{missing[0]} stands above {parent.id} and was not handed in: add it to the family"
    return Reason("whole_family", text)


# ---- Duplicates, relatives, changes ----------------------------------------------------------

_DUPLICATE: Mapping[type[Record], tuple[str, object]] = {
    Incident: ("cancel", CancellationReason.DUPLICATE),
    Problem: ("cancel", ProblemResolutionCode.DUPLICATE),
    KnownError: ("retire", RetirementReason.DUPLICATE),
    ServiceRequest: ("cancel", RequestCancellationReason.DUPLICATE),
}
"""
The verb with which a duplicate ends in each room, and what the room calls that.
"""


def mark_duplicate(
    record: R,
    original: Record,
    *,
    family: Iterable[Record] = (),
    by: Actor,
    at: datetime,
    note: str | None = None,
    policies: Policies | None = None,
) -> R:
    """
    Return *record*, which ends as a duplicate of *original*; that one stays as it is.

    A known error is retired, everything else cancelled. It names what goes on, never
    another duplicate, so that no cycle comes of it: our default. What the duplicate leaves stays
    with it; `merge` hands it over as well.

    Args:
        record: The duplicate: an incident, a problem, a known error or a service request.

        original: What it duplicates; no duplicate itself.

        family: Other records, by which the end of a row of duplicates is found.

        by: Who acts.

        at: When that is recorded.

        note: What the actor wrote.

        policies: The policies for this call; those of the record's class unless given.

    Raises:
        HandoffError: The original is of another kind, the record itself, or a duplicate; then the
            one that it duplicates is named. Or the record refuses, for instance because it is over.

        NotPermittedError: The actor may not.

        OutOfOrderError: *at* lies before the last entry of one of them.

        TypeError: An argument is of another type, or the record's room knows no duplicates.
    """
    check_type(record, Record, "record")
    check_type(original, Record, "original")
    tried = f"mark as a duplicate of {described(original)}"
    forbid(record, tried, [of_one_kind(record, original), two_records(record, original)])
    check_not_before(original, at)
    graph = _family(family, record, original)
    forbid(record, tried, [no_duplicate(original, graph, record)])
    with handing_off(record, tried):
        return duplicated(record, original.id, by=by, at=at, note=note, policies=policies)


def duplicated(
    record: R,
    original: RecordId,
    *,
    by: Actor,
    at: datetime,
    note: str | None,
    policies: Policies | None,
) -> R:
    """
    Return *record*, which ends in the words of its room as a duplicate of *original*.

    Raises:
        RefusedError: The record refuses.

        TypeError: Its room knows no duplicates.
    """
    for kind, (verb, word) in _DUPLICATE.items():
        if isinstance(record, kind):
            after: R = getattr(record, verb)(
                word, duplicate_of=original, by=by, at=at, note=note, policies=policies
            )
            return after
    raise TypeError(f"{type(record).__name__} knows no duplicates: it is none of ours")


def relate(
    record: H,
    other: Record,
    *,
    by: Actor,
    at: datetime,
    note: str | None = None,
    policies: HandlingPolicies | None = None,
) -> H:
    """
    Return *record*, related to *other*; it is said once, and read from both ends.

    Args:
        record: The record that keeps the link.

        other: The other one, which stays as it is.

        by: Who acts.

        at: When that is recorded.

        note: What the actor wrote.

        policies: The policies for this call; those of the record's class unless given.

    Raises:
        HandoffError: The other one is of another kind, or the record itself; or one of them says so
            already.

        NotPermittedError: The actor may not.

        OutOfOrderError: *at* lies before the last entry of one of them.

        TypeError: An argument is of another type.
    """
    check_type(record, Handled, "record")
    check_type(other, Record, "other")
    tried = f"relate to {described(other)}"
    alike = of_one_kind(record, other), two_records(record, other)
    forbid(record, tried, [*alike, _said_once(record, other)])
    check_not_before(other, at)
    with handing_off(record, tried):
        return record.link(LinkKind.RELATED, other.id, by=by, at=at, note=note, policies=policies)


def _said_once(record: Record, other: Record) -> Reason | None:
    if Link(LinkKind.RELATED, record.id) not in other.links:
        return None
    return Reason("said_once", f"{described(other)} says so already")


def caused_by_change(
    record: H,
    change: ChangeId,
    *,
    by: Actor,
    at: datetime,
    note: str | None = None,
    policies: HandlingPolicies | None = None,
) -> H:
    """
    Return *record*, which a change brought about.

    The change lives in a tool of the caller's, and is known here by its id alone.

    Args:
        record: The incident or problem.

        change: The change.

        by: Who acts.

        at: When that is recorded.

        note: What the actor wrote.

        policies: The policies for this call; those of the record's class unless given.

    Raises:
        HandoffError: The record refuses, for instance because it says so already.

        NotPermittedError: The actor may not.

        TypeError: An argument is of another type.
    """
    check_type(record, Handled, "record")
    check_type(change, ChangeId, "change")
    with handing_off(record, f"say that {change} caused it"):
        return record.link(
            LinkKind.CAUSED_BY_CHANGE, change, by=by, at=at, note=note, policies=policies
        )
