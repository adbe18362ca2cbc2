"""
What lives a lifecycle: a record, or a part inside one; and the fast copy that moves it on.
"""

from __future__ import annotations

import inspect
import operator

from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

import attrs

from itil_ops.errors import (
    GuardRefusedError,
    IllegalTransitionError,
    NotPermittedError,
    Reason,
    RefusedError,
    UnknownActionError,
)
from itil_ops.kernel.actor import ProcessRole
from itil_ops.kernel.checks import did_you_mean, nearest_of
from itil_ops.kernel.identity import PartId, RecordId
from itil_ops.kernel.lifecycle import Lifecycle
from itil_ops.kernel.table import Row, State


if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from itil_ops.kernel.guard import AnyContext


S = TypeVar("S", bound="Stateful")


@attrs.frozen(kw_only=True)
class Stateful:
    """
    A frozen value with a state; its steps are those of its class's lifecycle.

    Attributes:
        id: What it is known by.

        state: Where it stands.

        returns_to: Name of the state that a return leads back to, while there is one.
    """

    lifecycle: ClassVar[Lifecycle]

    id: RecordId
    state: State
    returns_to: str | None = None

    def __reduce__(self) -> tuple[object, ...]:
        # attrs' own way is inherited by subclasses with other slots, and would lose their fields.
        return _rebuilt, (type(self), _plan(type(self)).read(self))


@attrs.frozen(kw_only=True)
class Part(Stateful):
    """
    Something inside a record that lives a life of its own: an approval, a task.

    Its steps are entries of the record's one journal.
    """

    id: PartId


class _Plan:
    """
    How to copy one class: its slots are read and written past the frozen `__setattr__`.

    `attrs.evolve` goes through `__init__` and costs eight times as much.
    """

    __slots__ = ("copy", "growing", "journaled", "read", "told", "write")

    def __init__(self, kind: type[Stateful]) -> None:
        names = tuple(field.name for field in attrs.fields(kind))
        self.read = _reader(names)
        self.write = {name: _writer(kind, name) for name in names}
        self.copy = _compiled_copy(kind, self.write)
        journaled = tuple(
            field.name
            for field in attrs.fields(kind)
            if field.metadata.get("journaled", True) and field.name != "state"
        )
        self.journaled = frozenset(journaled)
        self.told = _reader(journaled)
        self.growing = frozenset(
            field.name for field in attrs.fields(kind) if field.metadata.get("growing", False)
        )


def _reader(names: tuple[str, ...]) -> Callable[[object], dict[str, object]]:
    values: Callable[[object], tuple[object, ...]] = operator.attrgetter(*names)
    return lambda subject: dict(zip(names, values(subject), strict=True))


def _writer(kind: type[Stateful], name: str) -> Callable[[Any, object], None]:
    slot = inspect.getattr_static(kind, name, None)
    if inspect.ismemberdescriptor(slot):
        return slot.__set__
    return lambda target, value: object.__setattr__(target, name, value)


def _compiled_copy(
    kind: type[Stateful], write: Mapping[str, Callable[..., None]]
) -> Callable[[S], S]:
    """
    Compile the copy of a class, a statement for each field, as attrs compiles its methods.

    A loop costs twice as much, and the copy is the dearest part of a step.
    """
    statements = [f"    write_{name}(new, old.{name})" for name in write]
    source = "\n".join(["def copy(old):", "    new = create(kind)", *statements, "    return new"])
    scope: dict[str, Any] = {f"write_{name}": writer for name, writer in write.items()}
    scope |= {"create": object.__new__, "kind": kind}
    exec(source, scope)  # noqa: S102 -- nothing but names of fields is in it
    return cast("Callable[[S], S]", scope["copy"])


_plans: dict[type[Any], _Plan] = {}


def _plan(kind: type[Any]) -> _Plan:
    plan = _plans.get(kind)
    if plan is None:
        plan = _plans[kind] = _Plan(kind)
    return plan


def journaled_fields(kind: type[Stateful]) -> frozenset[str]:
    """
    Return the names of the fields that a journal tells: all but the state and those derived.
    """
    return _plan(kind).journaled


def growing_fields(kind: type[Stateful]) -> frozenset[str]:
    """
    Return the names of the fields that only grow: an entry tells what came on, not all there is.
    """
    return _plan(kind).growing


def newly_told(before: Stateful, changes: dict[str, object]) -> dict[str, object]:
    """
    Return *changes* as an entry tells them: of a field that only grows, what came on to *before*.

    Raises:
        ValueError: Something of such a field is gone.
    """
    for name in growing_fields(type(before)) & changes.keys():
        had, has = getattr(before, name), cast("tuple[object, ...]", changes[name])
        if has[: len(had)] != had:
            raise ValueError(f"{name} of {described(before)} only grows")
        changes[name] = has[len(had) :]
    return changes


def copied(subject: S, changes: Mapping[str, object]) -> S:
    """
    Return a copy of *subject* with other values in some fields.
    """
    plan = _plan(type(subject))
    fresh: S = plan.copy(subject)
    for name, value in changes.items():
        plan.write[name](fresh, value)
    return fresh


def set_fields(fresh: S, values: Mapping[str, object]) -> None:
    """
    Finish a *fresh* copy that nobody else holds yet.
    """
    write = _plan(type(fresh)).write
    for name, value in values.items():
        write[name](fresh, value)


def differing(subject: Stateful, changes: Mapping[str, object]) -> dict[str, object]:
    """
    Return those *changes* that would change *subject*.

    Raises:
        TypeError: A name is none of its fields that a journal tells.
    """
    known = _plan(type(subject)).journaled
    found = {}
    for name, value in changes.items():
        if name not in known or name == "id":
            raise TypeError(f"{type(subject).__name__} has no field {name!r} to change")
        if getattr(subject, name) != value:
            found[name] = value
    return found


@attrs.define
class Advance:
    """
    What became of a step.

    Attributes:
        subject: The next record or part; where there are *reasons*, what it would have been.

        from_state: Name of the state that is left; `None` where it begins.

        row: The row of the lifecycle that was found to be the one.

        changes: What the step changes.

        reasons: Everything against it: that the actor may not, then what the row's guards say.

        needed: The roles of which the actor would need one; `None` where the actor may.
    """

    subject: Any
    from_state: str | None
    row: Row
    changes: dict[str, object]
    reasons: tuple[Reason, ...]
    needed: frozenset[ProcessRole] | None


def advance(subject: Stateful, changes: Mapping[str, object], context: AnyContext) -> Advance:
    """
    Try a step on *subject*.

    Raises:
        UnknownActionError: There is no such action at all.

        IllegalTransitionError: There is no such step from here.
    """
    changed = differing(subject, changes)
    return _advance(copied(subject, changed), subject.state.name, changed, context)


def begin(kind: type[Stateful], fields: Mapping[str, Any], context: AnyContext) -> Advance:
    """
    Try the step with which a record or part of *kind* begins; its entry holds every field.

    Raises:
        TypeError: A field is unknown or missing.

        UnknownActionError: There is no such action at all.

        IllegalTransitionError: Nothing begins with it.
    """
    lifecycle = kind.lifecycle
    opening = lifecycle.rows(None, context.action)
    fresh = kind(state=lifecycle.state(opening[0].to) if opening else lifecycle.states[0], **fields)
    return _advance(fresh, None, _plan(kind).told(fresh), context)


def _rebuilt(kind: type[S], fields: Mapping[str, object]) -> S:
    fresh = object.__new__(kind)
    set_fields(fresh, fields)
    return fresh


def _advance(
    proposed: Stateful, state: str | None, changes: dict[str, object], context: AnyContext
) -> Advance:
    lifecycle, action = proposed.lifecycle, context.action
    needed = context.policies.authorization.missing_roles(proposed, context)
    cursor = lifecycle.fire(state, action, proposed, context)
    if cursor.row is None:
        raise not_possible(proposed, state, action) or _illegal(proposed, state, action)
    if cursor.row.to != state:
        _arrive(proposed, state, cursor.row.to, changes)
    reasons = (
        cursor.reasons if needed is None else (_not_permitted(context, needed), *cursor.reasons)
    )
    return Advance(proposed, state, cursor.row, changes, reasons, needed)


def _arrive(proposed: Stateful, state: str | None, to: str, changes: dict[str, object]) -> None:
    arrival: dict[str, object] = {"state": proposed.lifecycle.state(to)}
    if state is not None:
        returns_to = proposed.lifecycle.remembered(state, to, proposed.returns_to)
        if returns_to != proposed.returns_to:
            arrival["returns_to"] = changes["returns_to"] = returns_to
    set_fields(proposed, arrival)


def _not_permitted(context: AnyContext, needed: frozenset[ProcessRole]) -> Reason:
    roles = ", ".join(sorted(map(str, needed))) or "a role that nobody has"
    return Reason("permission", f"{context.by} may not {context.action}, it takes {roles}")


def refusal(
    first: Advance, verb: str, refused: Sequence[tuple[AnyContext, Advance]]
) -> RefusedError:
    """
    Return the error that tells every reason against the steps *refused* of those after the *first*.

    What a rule has against several steps in the same words is told once, as it came first.
    """
    name, state = described(first.subject), first.from_state
    found = [reason for _, advance in refused for reason in advance.reasons]
    reasons = tuple(sorted(dict.fromkeys(found), key=lambda reason: reason.rule != "permission"))
    for context, advance in refused:
        if advance.needed is not None:
            needed = tuple(sorted(map(str, advance.needed)))
            return NotPermittedError(name, verb, state, reasons, context.by.name, needed)
    return GuardRefusedError(name, verb, state, reasons)


def not_possible(
    subject: Stateful, state: str | None, action: str
) -> IllegalTransitionError | UnknownActionError | None:
    """
    Return the error that says that *action* is unknown or not possible in *state*, if it is so.
    """
    lifecycle = subject.lifecycle
    if lifecycle.steps(state, action):
        return None
    if action in lifecycle.actions:
        return _illegal(subject, state, action)
    return unknown(subject, state, action)


def unknown(subject: Stateful, state: str | None, action: str) -> UnknownActionError:
    """
    Return the error that says that nobody can ask for *action*, and names the one most like it.
    """
    lifecycle, of_parts = subject.lifecycle, _lifecycles_of_parts(type(subject))
    follows = any(action in one.consequences for one in (lifecycle, *of_parts))
    known = (*lifecycle.verbs, *verbs_of_parts(type(subject)))
    nearest = nearest_of(action, known)
    what = "it only follows from other steps" if follows else "no such action"
    advice = did_you_mean(action, known, f"known: {', '.join(known)}")
    reason = Reason("transition", f"{what}; {advice}")
    return UnknownActionError(described(subject), action, state, (reason,), lifecycle.name, nearest)


def _lifecycles_of_parts(kind: type[Stateful]) -> tuple[Lifecycle, ...]:
    parts: Mapping[object, type[Stateful]] = getattr(kind, "part_types", {})
    return tuple(part.lifecycle for part in parts.values())


def verbs_of_parts(kind: type[Stateful]) -> tuple[str, ...]:
    """
    Return the verbs of *kind* by which its parts take their steps.
    """
    actions = (action for one in _lifecycles_of_parts(kind) for action in one.actions)
    return tuple(dict.fromkeys(name for name in actions if callable(getattr(kind, name, None))))


def _illegal(subject: Stateful, state: str | None, action: str) -> IllegalTransitionError:
    lifecycle = subject.lifecycle
    possible = tuple(name for name in lifecycle.offered(state) if name != action)
    reason = lifecycle.no_such_step(state, action)
    return IllegalTransitionError(
        described(subject), action, state, (reason,), lifecycle.name, possible
    )


def described(subject: Stateful) -> str:
    """
    Return what messages call *subject*.
    """
    return f"{subject.lifecycle.name} {subject.id}"
