"""
A lifecycle as a picture and as a page of reference, both drawn from its table.

Nothing is rendered here: a picture is text, which a documentation page, a repository browser or
Graphviz turns into lines and boxes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from itil_ops.kernel.table import RETURN, STAY, Row, State, Transition, expand


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from itil_ops.kernel.guard import AnyGuard
    from itil_ops.kernel.lifecycle import Lifecycle


# ---- Pictures ---------------------------------------------------------------------------------


def mermaid(lifecycle: Lifecycle) -> str:
    """
    Return a Mermaid state diagram.

    Each arrow names the actions that lead from one state to another, those done in several steps
    with the steps in brackets. Actions that leave the state alone are not drawn; see `reference`.

    >>> from itil_ops import START, Lifecycle, Phase, State, Transition
    >>> new, done = State("new", Phase.ACTIVE), State("done", Phase.ENDED, final=True)
    >>> rows = [Transition("log", START, new), Transition("finish", new, done)]
    >>> print(mermaid(Lifecycle("errand", [new, done], rows)))
    stateDiagram-v2
        state "new" as new
        state "done" as done
        [*] --> new: log
        new --> done: finish
        done --> [*]
    <BLANKLINE>
    """
    states = [(_mermaid_id(state.name), state) for state in lifecycle.states]
    return _text(
        "stateDiagram-v2",
        *(f'    state "{state.name}" as {name}' for name, state in states),
        *map(_mermaid_arrow, _arrows(lifecycle)),
        *(f"    {name} --> [*]" for name, state in states if state.final),
    )


def dot(lifecycle: Lifecycle) -> str:
    """
    Return a Graphviz diagram.

    A state with a double border is final; a dashed arrow stands for an action that is done in
    several steps. Actions that leave the state alone are not drawn; see `reference`.
    """
    return _text(
        f"digraph {_quoted(lifecycle.name)} {{",
        "    node [shape=box, style=rounded];",
        f'    {_quoted(_OUTSIDE)} [shape=point, label=""];',
        *map(_dot_state, lifecycle.states),
        *(line for arrow in _arrows(lifecycle) for line in _dot_arrows(arrow)),
        "}",
    )


_OUTSIDE = "[*]"

# A name that begins with a word of Mermaid's own gets an underscore, which no state's name begins
# with; the box shows the name as it is.
_MERMAID_WORDS = (
    *("accdescr", "acctitle", "class", "click", "default", "direction", "end"),
    *("hide", "href", "note", "root", "scale", "state", "style"),
)


def _mermaid_id(name: str | None) -> str:
    if name is None:
        return _OUTSIDE
    return f"_{name}" if name.startswith(_MERMAID_WORDS) else name


def _mermaid_arrow(arrow: _Arrow) -> str:
    labels = ", ".join((*arrow.actions, *arrow.composites))
    return f"    {_mermaid_id(arrow.source)} --> {_mermaid_id(arrow.to)}: {labels}"


def _dot_state(state: State) -> str:
    return f"    {_quoted(state.name)}{' [peripheries=2]' if state.final else ''};"


def _dot_arrows(arrow: _Arrow) -> Iterator[str]:
    ends = f"{_quoted(arrow.source or _OUTSIDE)} -> {_quoted(arrow.to)}"
    for labels, style in ((arrow.actions, "solid"), (arrow.composites, "dashed")):
        if labels:
            yield f"    {ends} [label={_quoted(', '.join(labels))}, style={style}];"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _text(*lines: str) -> str:
    return "\n".join(lines) + "\n"


@attrs.frozen
class _Arrow:
    source: str | None
    to: str
    actions: tuple[str, ...]
    composites: tuple[str, ...]


def _arrows(lifecycle: Lifecycle) -> Iterator[_Arrow]:
    names = [state.name for state in lifecycle.states]
    for source in (None, *names):
        moves = _moves(lifecycle, source)
        leaps = _leaps(lifecycle, source)
        for to in names:
            if to in moves or to in leaps:
                yield _Arrow(source, to, tuple(moves.get(to, ())), tuple(leaps.get(to, ())))


def _moves(lifecycle: Lifecycle, source: str | None) -> dict[str, dict[str, None]]:
    """
    For each state that one step leads to, the actions that do.
    """
    found: dict[str, dict[str, None]] = {}
    for action in lifecycle.actions:
        for row in lifecycle.rows(source, action):
            if not row.is_internal:
                found.setdefault(row.to, {})[action] = None
    return found


def _leaps(lifecycle: Lifecycle, source: str | None) -> dict[str, dict[str, None]]:
    """
    For each state that several steps in one lead to, the composites that do.
    """
    found: dict[str, dict[str, None]] = {}
    for composite in lifecycle.composites:
        is_taken = lifecycle.steps(source, composite.action) == composite.steps
        if not is_taken or set(composite.steps) <= lifecycle.internal_actions:
            continue
        for to in _reached(lifecycle, source, composite.steps):
            label = f"{composite.action} ({', '.join(composite.steps)})"
            found.setdefault(to, {})[label] = None
    return found


def _reached(lifecycle: Lifecycle, source: str | None, steps: tuple[str, ...]) -> set[str]:
    first, *others = steps
    here = {row.to for row in lifecycle.rows(source, first)}
    for action in others:
        here = {row.to for state in here for row in lifecycle.rows(state, action)}
    return here


# ---- Reference --------------------------------------------------------------------------------


def reference(lifecycle: Lifecycle) -> str:
    """
    Return a section of a reference page, in Markdown: states, actions, rules and a picture.
    """
    parts = [
        f"## {lifecycle.name.capitalize()}",
        f"Version {lifecycle.version} of the table.",
        "### States",
        _table(("State", "Phase", "Final", "Meaning"), map(_state_cells, lifecycle.states)),
        "### Actions",
        _table(("Action", "From", "To", "Rules"), _action_rows(lifecycle)),
    ]
    if lifecycle.composites:
        parts += [
            "### Several steps in one",
            _table(("Action", "Steps", "From"), _composite_rows(lifecycle)),
        ]
    guards = _guards(lifecycle)
    if guards:
        parts += [
            "### Rules",
            _table(("Rule", "Holds", "Meaning"), map(_guard_cells, guards)),
        ]
    parts += ["### Diagram", f"```mermaid\n{mermaid(lifecycle)}```"]
    return "\n\n".join(parts) + "\n"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    cells = (tuple(cell.replace("|", "\\|") for cell in row) for row in rows)
    rule = ("---",) * len(head)
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *cells))


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _state_cells(state: State) -> tuple[str, ...]:
    return f"`{state.name}`", state.phase, "yes" if state.final else "", state.meaning


def _action_rows(lifecycle: Lifecycle) -> Iterator[tuple[str, ...]]:
    rows = expand(lifecycle.states, lifecycle.transitions)
    for transition in lifecycle.transitions:
        mine = [row for row in rows if row.transition is transition]
        yield (
            f"`{transition.action}`{_taken(lifecycle, transition.action)}",
            _from(lifecycle, (row.source for row in mine)),
            _to(transition, mine),
            _rules(transition),
        )


def _taken(lifecycle: Lifecycle, action: str) -> str:
    return " (only as a consequence)" if action in lifecycle.consequences else ""


def _from(lifecycle: Lifecycle, sources: Iterable[str | None]) -> str:
    met = set(sources)
    named = [state.name for state in lifecycle.states if state.name in met]
    words = "any state" if len(named) == len(lifecycle.states) else _code(named)
    return ", ".join(filter(None, ("the start" if None in met else "", words)))


def _to(transition: Transition, rows: Iterable[Row]) -> str:
    if transition.to is STAY:
        return "stays (internal)"
    names = _code(dict.fromkeys(row.to for row in rows))
    return f"the state that was left: {names}" if transition.to is RETURN else names


def _rules(transition: Transition) -> str:
    words = [f"`{guard.name}`{_strictness(guard)}" for guard in transition.guards]
    if transition.when is not None:
        words.insert(0, f"only where `{getattr(transition.when, '__name__', 'its condition')}`")
    return ", ".join(words)


def _strictness(guard: AnyGuard) -> str:
    return " (strict)" if guard.is_completeness else ""


def _composite_rows(lifecycle: Lifecycle) -> Iterator[tuple[str, ...]]:
    for composite in lifecycle.composites:
        sources = (
            name
            for name in (None, *(state.name for state in lifecycle.states))
            if lifecycle.steps(name, composite.action) == composite.steps
        )
        yield f"`{composite.action}`", _code(composite.steps), _from(lifecycle, sources)


def _guards(lifecycle: Lifecycle) -> tuple[AnyGuard, ...]:
    return tuple(dict.fromkeys(g for row in lifecycle.transitions for g in row.guards))


def _guard_cells(guard: AnyGuard) -> tuple[str, ...]:
    kind = "where the policies ask (strict)" if guard.is_completeness else "always"
    return f"`{guard.name}`", kind, guard.meaning
