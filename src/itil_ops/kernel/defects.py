"""
What can be wrong with a lifecycle's table; every defect is found, not only the first.
"""

from __future__ import annotations

import re

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import attrs

from itil_ops.kernel.table import RETURN, START, Composite, Phase, Row, State, Transition, expand


if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator


_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_OVER = frozenset({Phase.ENDED, Phase.DROPPED})


def defects(
    states: tuple[State, ...],
    transitions: tuple[Transition, ...],
    composites: tuple[Composite, ...],
    consequences: Collection[str] = (),
) -> tuple[str, ...]:
    """
    Return every defect of a table, each as a sentence.
    """
    rows = expand(states, transitions)
    table = _Table(states, transitions, composites, frozenset(consequences), rows)
    return tuple(defect for check in _CHECKS for defect in check(table))


@attrs.frozen
class _Table:
    states: tuple[State, ...]
    transitions: tuple[Transition, ...]
    composites: tuple[Composite, ...]
    consequences: frozenset[str]
    rows: tuple[Row, ...]

    def moves(self) -> set[tuple[str | None, str]]:
        return {(row.source, row.to) for row in self.rows if row.source != row.to}

    def where(self, action: str) -> set[str | None]:
        return {row.source for row in self.rows if row.action == action}


def _names(table: _Table) -> Iterator[str]:
    words = [state.name for state in table.states] + [row.action for row in table.transitions]
    for word in dict.fromkeys(words):
        if _NAME.fullmatch(word) is None:
            yield f"{word!r} is not written in lower_snake case"
    for name, count in Counter(state.name for state in table.states).items():
        if count > 1:
            yield f"state {name!r} is declared {count} times"


def _unknown_states(table: _Table) -> Iterator[str]:
    for row in table.transitions:
        for place in (*row.sources, row.to):
            if isinstance(place, State) and place not in table.states:
                yield f"{row.action!r} names the state {place.name!r}, which is not declared so"
            if isinstance(place, Phase) and all(s.phase is not place for s in table.states):
                yield f"{row.action!r} can never fire from phase {place}: it has no state"


def _sourceless(table: _Table) -> Iterator[str]:
    for row in table.transitions:
        if not row.sources:
            yield f"{row.action!r} can never fire: it has no source"


def _beginnings(table: _Table) -> Iterator[str]:
    openings = [row for row in table.transitions if START in row.sources]
    if not openings:
        yield "no row begins at START"
    for row in openings:
        if not isinstance(row.to, State):
            yield f"{row.action!r} begins at START but leads to no state"


def _dead_rows(table: _Table) -> Iterator[str]:
    settled: set[tuple[str, str | None]] = set()
    for transition in table.transitions:
        mine = {row.source for row in expand(table.states, (transition,))} | {
            row.source for row in table.rows if row.transition is transition
        }
        for source in sorted(mine, key=str):
            if (transition.action, source) in settled:
                yield (
                    f"a row of {transition.action!r} from {source!r} can never fire:"
                    " an earlier one without a condition takes it"
                )
        if transition.when is None:
            settled |= {(transition.action, source) for source in mine}


def _returns(table: _Table) -> Iterator[str]:
    for transition in table.transitions:
        if transition.to is RETURN and all(r.transition is not transition for r in table.rows):
            yield f"{transition.action!r} returns, but nothing leads to where it returns from"


def _reachability(table: _Table) -> Iterator[str]:
    moves = table.moves()
    # A return leads only to where the record has been, so it reaches nothing new.
    reached = _closure({None}, {(r.source, r.to) for r in table.rows if not r.is_return})
    ends = {state.name for state in table.states if state.final}
    can_end = _closure(ends, {(to, source) for source, to in moves})
    left = {source for source, _ in moves}
    for state in table.states:
        if state.name not in reached:
            yield f"state {state.name!r} can never be reached"
        if state.final:
            continue
        if state.name not in left:
            yield f"state {state.name!r} is a dead end and not final"
        elif state.name not in can_end:
            yield f"state {state.name!r} can never end"


def _closure(
    seeds: Iterable[str | None], moves: Iterable[tuple[str | None, str | None]]
) -> set[str | None]:
    following = defaultdict(set)
    for source, to in moves:
        following[source].add(to)
    found, frontier = set(seeds), list(seeds)
    while frontier:
        fresh = following[frontier.pop()] - found
        found |= fresh
        frontier.extend(fresh)
    return found


def _finals(table: _Table) -> Iterator[str]:
    for state in table.states:
        if state.final and state.phase not in _OVER:
            yield f"state {state.name!r} is final, but in phase {state.phase}"


def _guards(table: _Table) -> Iterator[str]:
    known: dict[str, object] = {}
    for row in table.transitions:
        for guard in row.guards:
            if known.setdefault(guard.name, guard) is not guard:
                yield f"guard {guard.name!r} of {row.action!r} is another one of that name"


def _composites(table: _Table) -> Iterator[str]:
    actions = {row.action for row in table.transitions}
    for composite in table.composites:
        name = composite.action
        unknown = [step for step in (name, *composite.steps) if step not in actions]
        for step in dict.fromkeys(unknown):
            yield f"composite {name!r} names the action {step!r}, which has no row"
        for source in composite.sources:
            if source not in table.states:
                yield f"composite {name!r} names the state {source.name!r}, which is not declared"
        if not composite.steps:
            yield f"composite {name!r} has no steps"
        elif not unknown and not _ends(table, composite):
            yield f"composite {name!r} can never be taken to its end"


def _ends(table: _Table, composite: Composite) -> set[str | None]:
    """
    Return the states that a composite may lead to from where its action has no row.
    """
    begun = table.where(composite.steps[0]) - table.where(composite.action)
    states = {state for state in begun if composite.is_meant(state)}
    for step in composite.steps:
        states = {row.to for row in table.rows if row.action == step and row.source in states}
    return states


def _consequences(table: _Table) -> Iterator[str]:
    actions = {row.action for row in table.transitions}
    for name in sorted(table.consequences - actions):
        yield f"consequence {name!r} has no row"


_CHECKS = (
    _names,
    _unknown_states,
    _sourceless,
    _beginnings,
    _dead_rows,
    _returns,
    _reachability,
    _finals,
    _guards,
    _composites,
    _consequences,
)
