"""
Merging two records into one, and splitting one into two; what becomes of links, clocks, journals.

A record that is merged is cancelled as a duplicate: its clocks end, out of every rate. The target
takes over its links, as a set, and its journal; what becomes of the clocks is declared. A part that
is split off begins with what the original says, and its clocks go on or begin anew.
"""

from __future__ import annotations

import inspect

from itertools import chain
from typing import TYPE_CHECKING, Any, Generic, TypedDict, TypeVar, cast

import attrs

from itil_ops.errors import Reason
from itil_ops.handoffs.cascade import check_each_once
from itil_ops.handoffs.families import (
    adopt,
    duplicated,
    forbid,
    handing_off,
    no_duplicate,
    not_over,
    of_one_kind,
    two_records,
)
from itil_ops.handoffs.family import Family
from itil_ops.kernel.checks import check_type, several
from itil_ops.kernel.handled import Handled
from itil_ops.kernel.identity import RecordId
from itil_ops.kernel.journal import taken_over
from itil_ops.kernel.record import Record
from itil_ops.kernel.stateful import described
from itil_ops.kernel.vocabulary import Inheritance, Link, LinkKind


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from itil_ops.kernel.actor import Actor
    from itil_ops.kernel.journal import Entry, Journal
    from itil_ops.kernel.policies import HandlingPolicies


H = TypeVar("H", bound=Handled)

_ITS_OWN = frozenset({LinkKind.CHILD_OF, LinkKind.DUPLICATE_OF, LinkKind.SPLIT_FROM})
"""
Links that say where a record comes from: they stay with it.
"""


class _Step(TypedDict):
    by: Actor
    at: datetime
    note: str | None
    policies: HandlingPolicies | None


# ---- Merge -----------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Merged(Generic[H]):
    """
    What came of a merge, to be saved together.

    Attributes:
        source: The record that was merged: cancelled, a duplicate of the target.

        target: The record that goes on, with what the source left.

        children: Those of the source that are the target's now.
    """

    source: H
    target: H
    children: tuple[H, ...] = ()

    @property
    def changed(self) -> tuple[H, ...]:
        """
        All records to save.
        """
        return (self.source, self.target, *self.children)


def merge(
    source: H,
    target: H,
    *,
    inheritance: Inheritance = Inheritance.RESTART,
    children: Iterable[H],
    family: Iterable[Record] = (),
    by: Actor,
    at: datetime,
    note: str | None = None,
    policies: HandlingPolicies | None = None,
) -> Merged[H]:
    """
    Merge *source* into *target*, which goes on for both.

    Links become one set and nothing of the source escalates later: in systems that do otherwise
    people lost links, and were called for what was merged.

    Args:
        source: The record that ends: cancelled as a duplicate of the target. Its clocks end with
            it, and escalate no more.

        target: The record that goes on. It takes over the links of the source that it has not got,
            none to itself and none that says where the source came from; and its journal.

        inheritance: What becomes of the source's clocks. `COPY`: those of the target go on from the
            source's, if that began earlier. `RESTART`: they stay as they are. `NONE`: the target
            has none.

        children: The source's children, empty if it has none: the open ones get the target as their
            parent, the others stay where they are.

        family: Other records that count for cycles and levels, see `adopt` and `mark_duplicate`.
            `gather_family` of the source, with `under=target`, gathers them, its children as well.

        by: Who acts.

        at: When that is recorded.

        note: What the actor wrote.

        policies: The policies for these calls; those of the records' class unless given.

    Raises:
        HandoffError: One of them is over, they are of different kinds or the same record, the
            target is a duplicate or stands below the source, or one of *children* is no child; or
            one of the records refuses, for instance because it is resolved.

        NotPermittedError: The actor may not.

        OutOfOrderError: *at* lies before the last entry of one of them.

        TypeError: An argument is of another type.

        ValueError: A child is given twice, the source is a view or a replay, or *at* is naive.
    """
    check_type(source, Handled, "source")
    check_type(target, Handled, "target")
    own = cast("tuple[H, ...]", several(children, Handled, "children"))
    check_each_once(own)
    tried = f"merge into {described(target)}"
    forbid(source, tried, [of_one_kind(source, target), two_records(source, target)])
    known: tuple[Record, ...] = (*several(family, Record, "family"), source, target, *own)
    forbid(source, tried, _against(source, target, own, Family(known)))
    step: _Step = {"by": by, "at": at, "note": note, "policies": policies}
    links = [link for link in source.links if link.kind not in _ITS_OWN]
    with handing_off(source, tried):
        after = duplicated(source, target.id, **step)
        # The journal without the cancellation: what is handed over goes on.
        heir = target.take_over(source, inheritance=inheritance, links=links, **step)
        moved = tuple(_moved((one for one in own if one.is_open), after, heir, known, step))
    return Merged(source=after, target=heir, children=moved)


def _moved(
    children: Iterable[H], source: H, target: H, known: Iterable[Record], step: _Step
) -> Iterator[H]:
    family: tuple[Record, ...] = (*known, source, target)
    for child in children:
        left = child.unlink(source.id, kind=LinkKind.CHILD_OF, **step)
        yield adopt(left, target, family=family, **step)


def _against(
    source: Record, target: Record, children: Iterable[Record], family: Family[Any]
) -> Iterator[Reason | None]:
    yield not_over(source)
    yield not_over(target)
    yield no_duplicate(target, family, source)
    yield _same_states(source, target)
    yield _none_left_behind(source, (*children, target), family)
    if source.id in family.ancestors_of(target.id):
        yield Reason("no_cycle", f"{described(target)} stands below it: unlink that first")
    for child in children:
        if child.parent != source.id:
            yield Reason("its_child", f"{described(child)} is no child of it")


def _same_states(source: Record, target: Record) -> Reason | None:
    known = {state.name for state in target.lifecycle.states}
    journals = chain.from_iterable(_journals(source.journal))
    told = dict.fromkeys(entry.to_state for entry in journals if entry.part is None)
    strange = [state for state in told if state not in known]
    if not strange:
        return None
    text = f"{described(target)} knows no state {', '.join(strange)}, in which it has been"
    return Reason("same_states", text)


def _none_left_behind(
    source: Record, children: Iterable[Record], family: Family[Any]
) -> Reason | None:
    given = {child.id for child in children}
    left = [one for one in family.children_of(source.id) if one.is_open and one.id not in given]
    if not left:
        return None
    named = ", ".join(str(one.id) for one in left)
    return Reason("its_children", f"{named} would be a child of what is over: hand it in")


# ---- Split -----------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Split(Generic[H]):
    """
    What came of a split, to be saved together.

    Attributes:
        record: The original, with a comment that names the part.

        part: The new record, which points to the original.
    """

    record: H
    part: H

    @property
    def changed(self) -> tuple[H, ...]:
        """
        All records to save; the part is new.
        """
        return (self.record, self.part)


_STATED_ANEW = frozenset(
    {
        "id",
        "title",
        "number",
        "owner",
        "model",
        "source_event",
        "target_resolution_at",
        "cost",
        "policies",
    }
)
"""
What a record has of its own, or owes to where it came from: a part begins without.
"""


def split(
    record: H,
    new_id: RecordId,
    *,
    title: str,
    inheritance: Inheritance = Inheritance.COPY,
    by: Actor,
    at: datetime,
    note: str | None = None,
    policies: HandlingPolicies | None = None,
    **stated: object,
) -> Split[H]:
    """
    Split a part off a record that turned out to be two; that of a service request is a draft.

    Args:
        record: The original. It goes on, with a comment that names the part.

        new_id: Id of the part.

        title: What the part is about.

        inheritance: What becomes of the clocks. `COPY`: those of the part go on from the
            original's, so that a split resets nothing. `RESTART`: they begin with the part. `NONE`:
            it has none.

        by: Who acts.

        at: When that is recorded.

        note: What the actor wrote.

        policies: The policies for these calls; those of the record's class unless given.

        stated: What else is stated when the part is logged. All that is not, the original says:
            service, customer, category, impact, urgency, configuration items and the like; but
            neither its number, its owner, its model, its date, its cost nor the event it stems
            from.

    Raises:
        HandoffError: The original is over, or has that id; or one of the records refuses.

        NotPermittedError: The actor may not.

        OutOfOrderError: *at* lies before the last entry of the original.

        TypeError: A field is unknown or of the wrong type.

        ValueError: A value makes no sense, or the original is a view or a replay.
    """
    check_type(record, Handled, "record")
    check_type(new_id, RecordId, "new_id")
    same = Reason("two_records", "it has that id itself") if new_id == record.id else None
    tried = f"split off {new_id}"
    instead = f"{record.lifecycle.opening} the part, and 'relate' the two"
    forbid(record, tried, [not_over(record, instead), same])
    step: _Step = {"by": by, "at": at, "note": note, "policies": policies}
    room: Any = type(record)
    origin = [Link(LinkKind.SPLIT_FROM, record.id)]
    with handing_off(record, tried):
        begin = getattr(room, _opening(room))
        begun: H = begin(new_id, title=title, **{**_carried(record), **stated}, **step)
        part = begun.take_over(record, inheritance=inheritance, links=origin, **step)
        told = f"{described(part)} was split off: {title}"
        rest = record.comment(told, by=by, at=at, policies=policies)
    return Split(record=rest, part=part)


def _carried(record: Handled) -> dict[str, object]:
    """
    Return what can be stated when a record of its class is logged, as the record says it.

    Those are the arguments of the verb that begins it which it can answer, and fields that a
    subclass adds.
    """
    kind = type(record)
    verb = _opening(kind)
    author: Any = next(base for base in kind.__mro__ if verb in vars(base))
    known = {field.name for field in attrs.fields(author)}
    added = [field.name for field in attrs.fields(kind) if field.name not in known]
    names = [*inspect.signature(getattr(author, verb)).parameters, *added]
    return {
        name: getattr(record, name)
        for name in names
        if name not in _STATED_ANEW and hasattr(record, name)
    }


def _opening(kind: type[Handled]) -> str:
    """
    Return the name of the verb that begins a record of *kind*.
    """
    return "log" if hasattr(kind, "log") else "draft"


# ---- History ---------------------------------------------------------------------------------


def merged_history(record: Record) -> tuple[Entry, ...]:
    """
    Return the entries of a record and of those it took over, in the order of their recording.

    Of those it has what had been done there by then; that they were cancelled, or went on, is their
    own history. Each entry is told once, and says itself whose it is. Of what was recorded at one
    instant, what was taken over comes first.

    Raises:
        TypeError: It is no record.
    """
    check_type(record, Record, "record")
    found: dict[tuple[RecordId, int], Entry] = {}
    for journal in _journals(record.journal):
        for entry in journal:
            found.setdefault((entry.record, entry.number), entry)
    return tuple(sorted(found.values(), key=lambda entry: entry.at))  # stable


def _journals(journal: Journal) -> Iterator[Journal]:
    """
    Yield the journals that *journal* took over, and those that they did, then itself.
    """
    for share in taken_over(journal):
        yield from _journals(share.journal)
    yield journal
