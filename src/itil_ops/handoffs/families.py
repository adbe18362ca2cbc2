"""
Families of records of one kind: parents and children, duplicates, relatives.

A link is stored once, at the record it is read of: the child names its parent, the duplicate its
original. What stands below a record is found among other records, which are handed in.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import attrs

from itil_ops.errors import HandoffError, Reason
from itil_ops.handoffs.cascade import check_not_before
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


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from itil_ops.kernel.actor import Actor


R = TypeVar("R", bound=Record)
H = TypeVar("H", bound=Handled)

OVER = frozenset({Phase.ENDED, Phase.DROPPED})
"""
The phases of what is over, with a result or without.
"""

_ACYCLIC = (LinkKind.CHILD_OF, LinkKind.DUPLICATE_OF)
_AT_MOST_ONE = {LinkKind.CHILD_OF: "parent", LinkKind.DUPLICATE_OF: "original"}


# ---- The graph -------------------------------------------------------------------------------


def _latest(records: Iterable[R]) -> tuple[R, ...]:
    latest: dict[RecordId, R] = {}
    for record in cast("tuple[R, ...]", several(records, Record, "records")):
        known = latest.get(record.id)
        if known is None or known.version < record.version:
            latest[record.id] = record
    kinds = sorted({type(known).__name__ for known in latest})
    if len(kinds) > 1:
        raise ValueError(f"a family has records of one kind, not ids of {', '.join(kinds)}")
    return tuple(latest.values())


@attrs.frozen
class Family(Generic[R]):
    """
    What the links of several records of one kind say: a view, nothing in it changes.

    A record that a link leads to need not be among them; then all that is known of it is its id.

    Attributes:
        records: The records; of two snapshots of one the later counts.

    Raises:
        TypeError: One of them is no record.

        ValueError: They are of several kinds.
    """

    records: tuple[R, ...] = attrs.field(converter=_latest)

    def parent_of(self, record: RecordId) -> RecordId | None:
        """
        Return the id of the parent, if there is one.
        """
        return self._first(record, LinkKind.CHILD_OF)

    def children_of(self, record: RecordId) -> tuple[R, ...]:
        """
        Return the children, in the order of the records.
        """
        return self._linking.get((LinkKind.CHILD_OF, record), ())

    def ancestors_of(self, record: RecordId) -> tuple[RecordId, ...]:
        """
        Return the ids of all that stand above, the nearest first.
        """
        return tuple(self._chain(record, LinkKind.CHILD_OF))

    def generations_below(self, record: RecordId) -> int:
        """
        Return how many generations stand below; 0 if none does.
        """
        count, seen, row = 0, {record}, [record]
        while row := self._below(row, seen):
            count += 1
        return count

    def original_of(self, record: RecordId) -> RecordId | None:
        """
        Return the id of what it duplicates in the end, if it does: an original may be one too.
        """
        return next(reversed([*self._chain(record, LinkKind.DUPLICATE_OF)]), None)

    def duplicates_of(self, record: RecordId) -> tuple[R, ...]:
        """
        Return the records that name it as their original, in the order of the records.
        """
        return self._linking.get((LinkKind.DUPLICATE_OF, record), ())

    def related_to(self, record: RecordId) -> tuple[RecordId, ...]:
        """
        Return the ids of all related records, whichever of both says so.
        """
        said = self._targets(record, LinkKind.RELATED)
        told = (other.id for other in self._linking.get((LinkKind.RELATED, record), ()))
        return tuple(dict.fromkeys((*said, *told)))

    def cycles(self) -> tuple[tuple[RecordId, ...], ...]:
        """
        Return the cycles of parents, and those of duplicates, that are stored all the same.

        Verbs and handoffs build none; records that come from elsewhere may. Each is told once,
        from its least id on; a record that leads to itself is a cycle of one.
        """
        return tuple(cycle for kind in _ACYCLIC for cycle in self._cycles(kind))

    @property
    def defects(self) -> tuple[str, ...]:
        """
        What the stored links must not say, in words; none as a rule.
        """
        return (*self._rivals(), *map(_described_cycle, self.cycles()))

    # ---- How it is read ---------------------------------------------------------------------

    @cached_property
    def _by_id(self) -> Mapping[RecordId, R]:
        return {record.id: record for record in self.records}

    @cached_property
    def _linking(self) -> Mapping[tuple[LinkKind, RecordId], tuple[R, ...]]:
        found: defaultdict[tuple[LinkKind, RecordId], dict[RecordId, R]] = defaultdict(dict)
        for record in self.records:
            for link in record.links:
                found[link.kind, link.target][record.id] = record
        return {place: tuple(records.values()) for place, records in found.items()}

    def _targets(self, record: RecordId, kind: LinkKind) -> tuple[RecordId, ...]:
        known = self._by_id.get(record)
        links = () if known is None else known.links
        return tuple(link.target for link in links if link.kind == kind)

    def _first(self, record: RecordId, kind: LinkKind) -> RecordId | None:
        return next(iter(self._targets(record, kind)), None)

    def _chain(self, record: RecordId, kind: LinkKind) -> Iterator[RecordId]:
        seen = {record}
        here = self._first(record, kind)
        while here is not None and here not in seen:
            yield here
            seen.add(here)
            here = self._first(here, kind)

    def _below(self, row: Iterable[RecordId], seen: set[RecordId]) -> list[RecordId]:
        found = [child.id for above in row for child in self.children_of(above)]
        new = [child for child in dict.fromkeys(found) if child not in seen]
        seen.update(new)
        return new

    def _rivals(self) -> Iterator[str]:
        for record in self.records:
            for kind, word in _AT_MOST_ONE.items():
                named = self._targets(record.id, kind)
                if len(named) > 1:
                    yield f"{record.id} has more than one {word}: {', '.join(map(str, named))}"

    def _cycles(self, kind: LinkKind) -> Iterator[tuple[RecordId, ...]]:
        onward = {one.id: self._targets(one.id, kind) for one in self.records}
        found: set[RecordId] = set()
        for start in sorted(_leading_on(onward), key=str):
            cycle = None if start in found else _way_back(start, onward)
            if cycle is not None:
                found.update(cycle)
                least = cycle.index(min(cycle, key=str))
                yield cycle[least:] + cycle[:least]


def _described_cycle(cycle: Sequence[RecordId]) -> str:
    return f"links lead round: {' -> '.join(map(str, (*cycle, cycle[0])))}"


def _leading_on(onward: Mapping[RecordId, tuple[RecordId, ...]]) -> set[RecordId]:
    """
    Return those from which links lead on without end: what leads nowhere is peeled off, in turns.
    """
    sources: defaultdict[RecordId, list[RecordId]] = defaultdict(list)
    degrees = {}
    for source, targets in onward.items():
        known = [target for target in targets if target in onward]
        degrees[source] = len(known)
        for target in known:
            sources[target].append(source)
    done = [source for source, degree in degrees.items() if not degree]
    while done:
        gone = done.pop()
        del degrees[gone]
        for source in sources[gone]:
            degrees[source] -= 1
            if not degrees[source]:
                done.append(source)
    return set(degrees)


def _way_back(
    start: RecordId, onward: Mapping[RecordId, tuple[RecordId, ...]]
) -> tuple[RecordId, ...] | None:
    """
    Return the shortest way from *start* to itself; `None` if there is none.
    """
    ways: dict[RecordId, tuple[RecordId, ...]] = {start: (start,)}
    row = [start]
    while row:
        here = row.pop(0)
        for target in onward.get(here, ()):
            if target == start:
                return ways[here]
            if target not in ways:
                ways[target] = (*ways[here], target)
                row.append(target)
    return None


# ---- What is refused, whatever is brought together -------------------------------------------


def forbid(record: Record, tried: str, reasons: Iterable[Reason | None]) -> None:
    """
    Refuse what was *tried* on *record* if there are any reasons against it.

    Raises:
        HandoffError: There are; every one is named.
    """
    found = tuple(reason for reason in reasons if reason is not None)
    if found:
        raise HandoffError(described(record), tried, found)


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


def not_over(record: Record) -> Reason | None:
    """
    Return the reason that a record is over, if it is.
    """
    if record.state.phase not in OVER:
        return None
    return Reason("not_over", f"{described(record)} is {record.state}")


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
    have it.

    Args:
        child: The record that gets a parent.

        parent: The parent.

        family: Every record that may stand above the parent or below the child; those two may be
            among them. Empty if there are no others.

        by: Who acts.

        at: When that is recorded.

        note: What the actor wrote.

        policies: The policies for this call; those of the child's class unless given.

    Raises:
        HandoffError: The parent is of another kind, the child itself, over, or stands below the
            child; or the family would have too many levels.

        OutOfOrderError: *at* lies before the last entry of one of them.

        RefusedError: The child refuses, for instance because it has a parent.

        TypeError: An argument is of another type.
    """
    check_type(child, Handled, "child")
    check_type(parent, Handled, "parent")
    tried = f"become a child of {described(parent)}"
    forbid(child, tried, [of_one_kind(child, parent), two_records(child, parent), not_over(parent)])
    check_not_before(parent, at)
    graph = _family(family, child, parent)
    ancestors, below = graph.ancestors_of(parent.id), graph.generations_below(child.id)
    ruling = in_force(policies, child.policies)
    few = _few_levels(len(ancestors) + 1 + below, ruling.family_levels)
    forbid(child, tried, [_no_cycle(child, parent, graph), few])
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
            return Reason("no_cycle", f"above {parent.id}, {_described_cycle(cycle)}")
    return None


def _few_levels(levels: int, allowed: int) -> Reason | None:
    if levels <= allowed:
        return None
    text = f"the family would have {levels} levels below its head, and {allowed} at most may be"
    return Reason("few_levels", text)


# ---- Duplicates, relatives, changes ----------------------------------------------------------

_DUPLICATE: Mapping[type[Record], tuple[str, object]] = {
    Incident: ("cancel", CancellationReason.DUPLICATE),
    Problem: ("cancel", ProblemResolutionCode.DUPLICATE),
    KnownError: ("retire", RetirementReason.DUPLICATE),
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

    An incident or a problem is cancelled, a known error is retired. It names what goes on, never
    another duplicate, so that no cycle comes of it: our default. What the duplicate leaves stays
    with it; `merge` hands it over as well.

    Args:
        record: The duplicate: an incident, a problem or a known error.

        original: What it duplicates; no duplicate itself.

        family: Other records, by which the end of a row of duplicates is found.

        by: Who acts.

        at: When that is recorded.

        note: What the actor wrote.

        policies: The policies for this call; those of the record's class unless given.

    Raises:
        HandoffError: The original is of another kind, the record itself, or a duplicate; then the
            one that it duplicates is named.

        OutOfOrderError: *at* lies before the last entry of one of them.

        RefusedError: The record refuses, for instance because it is over.

        TypeError: An argument is of another type, or the record's room knows no duplicates.
    """
    check_type(record, Record, "record")
    check_type(original, Record, "original")
    tried = f"mark as a duplicate of {described(original)}"
    forbid(record, tried, [of_one_kind(record, original), two_records(record, original)])
    check_not_before(original, at)
    graph = _family(family, record, original)
    forbid(record, tried, [no_duplicate(original, graph, record)])
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
        HandoffError: The other one is of another kind, the record itself, or says so already.

        OutOfOrderError: *at* lies before the last entry of one of them.

        RefusedError: The record refuses, for instance because it says so already.

        TypeError: An argument is of another type.
    """
    check_type(record, Handled, "record")
    check_type(other, Record, "other")
    forbid(
        record,
        f"relate to {described(other)}",
        [of_one_kind(record, other), two_records(record, other), _said_once(record, other)],
    )
    check_not_before(other, at)
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
        RefusedError: The record refuses, for instance because it says so already.

        TypeError: An argument is of another type.
    """
    check_type(record, Handled, "record")
    check_type(change, ChangeId, "change")
    return record.link(
        LinkKind.CAUSED_BY_CHANGE, change, by=by, at=at, note=note, policies=policies
    )
