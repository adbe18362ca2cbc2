"""
A lifecycle: a table one can read, on an engine that fires it.

The table is declared in the words of `itil_ops.kernel.table`. From it stem, once, the engine (one
`transitions.Machine` without models, shared by all records and threads) and a read-only index that
answers questions without the engine. This is the only module that knows the engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import attrs
import transitions as _t

from itil_ops.errors import IllFormedLifecycleError, Reason
from itil_ops.kernel.checks import check_text, check_type, nearest_of, several
from itil_ops.kernel.defects import defects
from itil_ops.kernel.guard import AnyContext
from itil_ops.kernel.table import (
    Composite,
    Row,
    State,
    Transition,
    expand,
    returning_states,
)


if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


# Neither can be the name of a state or an action.
_ENGINE_START = "[start]"
_MOVED_ATTRIBUTE = "_state"


@attrs.define
class Cursor:
    """
    What a step is fired on, and thrown away after: a record is never bound to the engine.

    Attributes:
        record: The record (or part) as it would be after the step.

        context: The step that is being tried.

        row: The row that was found to be the one, refused or not.

        reasons: What its guards have against it.
    """

    _state: str
    record: Any
    context: AnyContext
    row: Row | None = None
    reasons: tuple[Reason, ...] = ()

    @property
    def state(self) -> str:
        """
        Name of the state; the engine moves it.
        """
        return self._state


class _Gate:
    """
    The engine's condition of one row: silent about `when`, loud about guards.
    """

    __slots__ = ("_guards", "_returns_to", "_row", "_when")

    def __init__(self, row: Row) -> None:
        self._row = row
        self._returns_to = row.to if row.is_return else None
        self._when = row.transition.when
        self._guards = row.transition.guards

    def __call__(self, event: _t.EventData) -> bool:
        cursor = cast("Cursor", event.model)
        if cursor.row is not None or not self._is_the_row(cursor):
            return False
        cursor.row = self._row
        cursor.reasons = self._reasons(cursor)
        return not cursor.reasons

    def _is_the_row(self, cursor: Cursor) -> bool:
        if self._returns_to is not None and cursor.record.returns_to != self._returns_to:
            return False
        return self._when is None or bool(self._when(cursor.record, cursor.context))

    def _reasons(self, cursor: Cursor) -> tuple[Reason, ...]:
        record, context = cursor.record, cursor.context
        asked = context.policies.completeness
        reasons = []
        for guard in self._guards:
            if guard.is_completeness and guard not in asked:
                continue
            against = guard.why_not(record, context)
            if against is None:
                continue
            texts = (against,) if isinstance(against, str) else against
            reasons += [Reason(guard.name, text) for text in texts]
        return tuple(reasons)


def _actions(names: Iterable[str]) -> frozenset[str]:
    return frozenset(several(names, str, "consequences"))


@attrs.frozen(repr=False)
class Lifecycle:
    """
    The states of a record and the steps between them.

    Attributes:
        name: What lives so, for messages: `incident`.

        states: The states, in the order in which they are told.

        transitions: The rows, in the order in which they are tried.

        composites: Actions that are done by several steps in one.

        version: Entries name it, so that a journal is judged by the table it was written under.

        consequences: Actions that no verb takes: they only follow from other steps. No refusal
            offers them.

        actions: All actions, in the order of the table.

        internal_actions: Those that never change the state.

    Raises:
        IllFormedLifecycleError: The table cannot work; every defect is named.

        TypeError: A state is no `State`, or a row no `Transition`.
    """

    name: str
    states: tuple[State, ...] = attrs.field(converter=tuple[State, ...])
    transitions: tuple[Transition, ...] = attrs.field(converter=tuple[Transition, ...])
    composites: tuple[Composite, ...] = attrs.field(default=(), converter=tuple[Composite, ...])
    version: int = attrs.field(default=1, kw_only=True)
    consequences: frozenset[str] = attrs.field(default=(), converter=_actions, kw_only=True)
    _rows: dict[tuple[str | None, str], tuple[Row, ...]] = attrs.field(init=False, eq=False)
    _by_name: dict[str, State] = attrs.field(init=False, eq=False)
    _events: dict[str, _t.Event] = attrs.field(init=False, eq=False)
    _returning: frozenset[str] = attrs.field(init=False, eq=False)
    actions: tuple[str, ...] = attrs.field(init=False, eq=False)
    internal_actions: frozenset[str] = attrs.field(init=False, eq=False)

    def __attrs_post_init__(self) -> None:
        check_text(self.name, "a lifecycle's name")
        check_type(self.version, int, "version")
        for composite in self.composites:
            check_type(composite, Composite, "each of composites")
        for state in self.states:
            check_type(state, State, "each of states")
        for transition in self.transitions:
            check_type(transition, Transition, "each of transitions")
        found = defects(self.states, self.transitions, self.composites, self.consequences)
        if found:
            raise IllFormedLifecycleError(self.name, found)
        rows = expand(self.states, self.transitions)
        moving = {row.action for row in rows if not row.is_internal}
        self._build(
            _rows=_grouped(rows),
            _by_name={state.name: state for state in self.states},
            _events=_engine(self.states, rows).events,
            _returning=returning_states(self.states, self.transitions),
            actions=tuple(dict.fromkeys(row.action for row in rows)),
            internal_actions=frozenset(row.action for row in rows) - moving,
        )

    def _build(self, **derived: object) -> None:
        for name, value in derived.items():
            object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        return f"<Lifecycle {self.name} v{self.version}: {len(self.states)} states>"

    def __reduce__(self) -> tuple[object, ...]:
        named = {"version": self.version, "consequences": self.consequences}
        return _restored, (self.name, self.states, self.transitions, self.composites, named)

    # ---- Questions, answered by the index ---------------------------------------------------

    def state(self, name: str) -> State:
        """
        Return the state called *name*.

        Raises:
            ValueError: There is none.
        """
        try:
            return self._by_name[name]
        except KeyError:
            raise ValueError(
                f"{self.name} has no state {name!r}; its states are {list(self._by_name)}"
            ) from None

    def rows(self, state: str | None, action: str) -> tuple[Row, ...]:
        """
        Return what *action* may do in *state* (`None`: where the record begins).
        """
        return self._rows.get((state, action), ())

    def allowed(self, state: str | None) -> tuple[str, ...]:
        """
        Return the actions that are possible from *state*, guards aside, composites included.
        """
        return tuple(action for action in self.actions if self.steps(state, action))

    @property
    def verbs(self) -> tuple[str, ...]:
        """
        The actions that can be asked for at all: all but consequences, in the order of the table.
        """
        return tuple(name for name in self.actions if name not in self.consequences)

    def offered(self, state: str | None) -> tuple[str, ...]:
        """
        Return the actions that can be asked for in *state*: those allowed but for consequences.
        """
        return tuple(name for name in self.verbs if self.steps(state, name))

    @property
    def opening(self) -> str:
        """
        The action with which a life begins; the first one in the table, where there are several.
        """
        return self.allowed(None)[0]

    def steps(self, state: str | None, action: str) -> tuple[str, ...]:
        """
        Return the steps by which *action* is done in *state*: itself, its composite's, or none.
        """
        if (state, action) in self._rows:
            return (action,)
        for composite in self.composites:
            is_possible = composite.action == action and (state, composite.steps[0]) in self._rows
            if is_possible and composite.is_meant(state):
                return composite.steps
        return ()

    def path(self, from_state: str, to_state: str) -> tuple[str, ...] | None:
        """
        Return the shortest way from one state to another, as actions; `None` where there is none.

        Guards are left aside, and a return is taken to lead wherever it may.

        Raises:
            ValueError: There is no such state.
        """
        start, goal = self.state(from_state).name, self.state(to_state).name
        ways: dict[str, tuple[str, ...]] = {start: ()}
        frontier = [start]
        for here in frontier:
            for (source, action), rows in self._rows.items():
                for row in rows:
                    if source == here and row.to not in ways:
                        ways[row.to] = (*ways[here], action)
                        frontier.append(row.to)
        return ways.get(goal)

    def nearest(self, action: str) -> str | None:
        """
        Return the known action most like *action*, if any is; none that is but a consequence.
        """
        return nearest_of(action, self.verbs)

    def remembered(self, from_state: str, to_state: str, returns_to: str | None) -> str | None:
        """
        Return the state to return to after a step, given the one before it.

        It is remembered on entering a state that can return, kept between such states, and
        forgotten on leaving them.
        """
        if to_state not in self._returning:
            return None
        return returns_to if from_state in self._returning else from_state

    # ---- Steps, fired by the engine ---------------------------------------------------------

    def fire(self, state: str | None, action: str, record: object, context: AnyContext) -> Cursor:
        """
        Try a step, and return the cursor that tells how it went; without a row there is none.
        """
        cursor = Cursor(_ENGINE_START if state is None else state, record, context)
        if (state, action) in self._rows:
            self._events[action].trigger(cursor)
        return cursor

    def why_not(
        self, state: str | None, action: str, record: object, context: AnyContext
    ) -> tuple[Reason, ...]:
        """
        Return every reason against taking *action* in *state*; none if the step would be taken.
        """
        cursor = self.fire(state, action, record, context)
        return (self.no_such_step(state, action),) if cursor.row is None else cursor.reasons

    def no_such_step(self, state: str | None, action: str) -> Reason:
        """
        Return the reason that says where *action* is possible, and what is in *state* instead.
        """
        others = ", ".join(name for name in self.offered(state) if name != action)
        names = (one.name for one in self.states if one.name != state)
        places = ", ".join(name for name in names if self.steps(name, action))
        where = f", but from {places}" if places else ""
        instead = f"possible: {others or 'nothing'}"
        if state is not None and not others and self.state(state).final:
            instead = f"it is {state}, and nothing more is possible"
        return Reason("transition", f"no such step from here{where}; {instead}")

    # ---- Another lifecycle ------------------------------------------------------------------

    def extend(
        self,
        *,
        name: str | None = None,
        states: Iterable[State] = (),
        transitions: Iterable[Transition] = (),
        replace: Iterable[Transition] = (),
        composites: Iterable[Composite] = (),
        version: int | None = None,
        consequences: Iterable[str] = (),
    ) -> Lifecycle:
        """
        Return another lifecycle; this one stays as it is.

        Args:
            name: What lives so; the same unless given.

            states: States to add. Rows whose source is a phase reach them.

            transitions: Rows to add, tried after those that are there.

            replace: Rows that take the place of all rows of the same action.

            composites: Composites to add.

            version: The version that entries will name; the same unless given.

            consequences: Actions to add to those that only follow from other steps.

        Raises:
            IllFormedLifecycleError: The resulting table cannot work, or nothing is replaced.
        """
        replace = several(replace, Transition, "replace")
        replaced = {row.action for row in replace}
        missing = sorted(replaced - set(self.actions))
        if missing:
            raise IllFormedLifecycleError(
                self.name, tuple(f"there is no {action!r} to replace" for action in missing)
            )
        kept = tuple(row for row in self.transitions if row.action not in replaced)
        return Lifecycle(
            self.name if name is None else name,
            (*self.states, *states),
            (*kept, *replace, *transitions),
            (*self.composites, *composites),
            version=self.version if version is None else version,
            consequences=self.consequences | _actions(consequences),
        )


def _restored(
    name: str,
    states: tuple[State, ...],
    rows: tuple[Transition, ...],
    composites: tuple[Composite, ...],
    named: Mapping[str, Any],
) -> Lifecycle:
    return Lifecycle(name, states, rows, composites, **named)


def _grouped(rows: Iterable[Row]) -> dict[tuple[str | None, str], tuple[Row, ...]]:
    grouped: dict[tuple[str | None, str], tuple[Row, ...]] = {}
    for row in rows:
        key = (row.source, row.action)
        grouped[key] = (*grouped.get(key, ()), row)
    return grouped


def _engine(states: Iterable[State], rows: Iterable[Row]) -> _t.Machine:
    machine = _t.Machine(
        model=None,
        states=[_ENGINE_START, *(state.name for state in states)],
        initial=None,
        auto_transitions=False,
        send_event=True,
        model_attribute=_MOVED_ATTRIBUTE,
    )
    for row in rows:
        machine.add_transition(
            row.action,
            _ENGINE_START if row.source is None else row.source,
            None if row.is_internal else row.to,
            conditions=[_Gate(row)],
        )
    return machine
