"""
What the links of records of one kind say of their family, and how it is gathered from a store.

A link is stored once, at the record it is read of: the child names its parent, the duplicate its
original. So what stands above a record is known by the records there; what stands below has to be
looked up.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Generic, TypeVar, cast

import attrs

from itil_ops.errors import HandoffError, Reason
from itil_ops.kernel.checks import check_count, check_optional, check_type, several
from itil_ops.kernel.record import Record
from itil_ops.kernel.stateful import described
from itil_ops.kernel.vocabulary import Link, LinkKind


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from itil_ops.kernel.identity import RecordId


R = TypeVar("R", bound=Record)

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

    def __iter__(self) -> Iterator[R]:
        return iter(self.records)

    def __len__(self) -> int:
        return len(self.records)

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
        return (*self._rivals(), *map(described_cycle, self.cycles()))

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


def described_cycle(cycle: Sequence[RecordId]) -> str:
    """
    Return what messages say of a cycle.
    """
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


# ---- From a store ----------------------------------------------------------------------------


def gather_family(
    record: R,
    *,
    under: R | None = None,
    get: Callable[[RecordId], R | None],
    children_of: Callable[[Sequence[RecordId]], Iterable[R]],
    at_most: int = 500,
) -> Family[R]:
    """
    Gather all that stands below a record, and above it or what it comes under.

    That is what `adopt` and `merge` take as `family`, from whatever store. Links that lead round
    are followed once; `Family.defects` tells of them.

    >>> from datetime import datetime, timezone
    >>> from itil_ops import Actor, Incident, IncidentId
    >>> from itil_ops.handoffs import adopt
    >>> now = {"by": Actor("desk"), "at": datetime(2026, 3, 2, 9, tzinfo=timezone.utc)}
    >>> one, two, three = (
    ...     Incident.log(IncidentId(f"INC-{number}"), title="No mail", service="email", **now)
    ...     for number in (1, 2, 3)
    ... )
    >>> kept = {one.id: one, two.id: adopt(two, one, family=[], **now), three.id: three}
    >>> def children_of(ids):
    ...     return [record for record in kept.values() if record.parent in ids]
    >>> family = gather_family(one, under=three, get=kept.get, children_of=children_of)
    >>> [str(record.id) for record in family]
    ['INC-3', 'INC-1', 'INC-2']

    Args:
        record: The record below which is gathered: of two that are brought together the child, or
            the one that is merged.

        under: The record above which is gathered, the parent or the target; *record* unless given.

        get: Returns the record of an id, or `None` where the store has none; an error of its own
            comes through.

        children_of: Returns all records that name one of these ids as their parent; others are
            passed over. It is asked once for each generation. A page that may be cut short has a
            limit above *at_most*, so that it does not go unnoticed.

        at_most: How many records the two may return in all.

    Raises:
        HandoffError: They return more.

        TypeError: An argument is of another type, or they return what is no record.

        ValueError: *at_most* is less than 1, or they return a record of another kind.
    """
    check_type(record, Record, "record")
    check_optional(under, Record, "under")
    for name, call in (("get", get), ("children_of", children_of)):
        if not callable(call):
            raise TypeError(f"{name} must be callable, not {call!r}")
    limit = check_count(at_most, "at_most", least=1)
    if limit is None:
        raise TypeError("at_most must be a whole number, not None")
    gathering = _Gathering(record, limit)
    above = gathering.above(record if under is None else under, get)
    below = gathering.below(record, children_of)
    return Family((*above, *below))


@attrs.define
class _Gathering(Generic[R]):
    """
    A family as it is gathered, and how many records may yet be returned.
    """

    record: R
    at_most: int
    count: int = 0

    def above(self, top: R, get: Callable[[RecordId], R | None]) -> Iterator[R]:
        """
        Yield *top* and all that stands above it, as far as it can be got.
        """
        seen = {top.id}
        row: tuple[R, ...] = (top,)
        while row:
            yield from row
            named = dict.fromkeys(link.target for one in row for link in _to_parents(one))
            new = [id for id in named if id not in seen]
            seen.update(new)
            row = self._counted(one for one in map(get, new) if one is not None)

    def below(
        self, top: R, children_of: Callable[[Sequence[RecordId]], Iterable[R]]
    ) -> Iterator[R]:
        """
        Yield *top* and all that stands below it.
        """
        seen = {top.id}
        row: tuple[R, ...] = (top,)
        while row:
            yield from row
            ids = tuple(one.id for one in row)
            found, named = self._counted(children_of(ids)), frozenset(ids)
            children = {one.id: one for one in found if _is_child_of(one, named)}
            row = tuple(one for one in children.values() if one.id not in seen)
            seen.update(children)

    def _counted(self, records: Iterable[R]) -> tuple[R, ...]:
        # One more than may be shows that there are more, however many.
        left = self.at_most - self.count
        found = several(islice(records, left + 1), Record, "what is gathered")
        self.count += len(found)
        if self.count > self.at_most:
            text = f"more than {self.at_most} records came: raise at_most, if they are its family"
            subject = described(self.record)
            raise HandoffError(subject, "gather its family", (Reason("few_enough", text),))
        return cast("tuple[R, ...]", found)


def _to_parents(record: Record) -> Iterator[Link]:
    return (link for link in record.links if link.kind == LinkKind.CHILD_OF)


def _is_child_of(record: Record, ids: frozenset[RecordId]) -> bool:
    return any(link.target in ids for link in _to_parents(record))
