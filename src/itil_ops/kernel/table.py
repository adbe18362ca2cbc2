"""
The words in which a lifecycle is declared: states, phases and rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum, StrEnum
from typing import Any, Final, Literal, TypeAlias

import attrs

from itil_ops.kernel.checks import check_type
from itil_ops.kernel.guard import AnyContext, AnyGuard, Guard
from itil_ops.kernel.readable import Readable


class Phase(StrEnum):
    """
    What a state means to clocks, queues and reports, which never read a state's name.
    """

    ACTIVE = "active"
    """Somebody has to work on it."""

    WAITING = "waiting"
    """It is on hold, for a reason."""

    DONE = "done"
    """The result is there, to be confirmed."""

    ENDED = "ended"
    """It is over, with a result."""

    DROPPED = "dropped"
    """It is over without a result: clocks cancel, rates leave it out."""


@attrs.frozen
class State(Readable):
    """
    A position in a lifecycle. States are open, a caller may add to them.

    Attributes:
        name: In lower_snake case.

        phase: What the state means to clocks, queues and reports.

        final: Whether the record's life may end here. A final state may still be reopened.

        meaning: What is true of the world while in it.
    """

    name: str
    phase: Phase
    final: bool = attrs.field(default=False, kw_only=True)
    meaning: str = attrs.field(default="", kw_only=True, repr=False)

    def __attrs_post_init__(self) -> None:
        check_type(self.name, str, "a state's name")
        check_type(self.phase, Phase, "phase")
        check_type(self.final, bool, "final")
        check_type(self.meaning, str, "meaning")

    def __str__(self) -> str:
        return self.name


class Place(Enum):
    """
    Where a row may begin or lead to, besides a state.
    """

    START = "start"
    RETURN = "return"
    STAY = "stay"

    def __repr__(self) -> str:
        return self.name


START: Final = Place.START
"""As a source: where a record begins."""

RETURN: Final = Place.RETURN
"""As a destination: the state that was left for this one, added ones included."""

STAY: Final = Place.STAY
"""As a destination: the action is internal, the state does not change."""

Source: TypeAlias = State | Phase | Literal[Place.START]
Destination: TypeAlias = State | Literal[Place.RETURN, Place.STAY]
Condition: TypeAlias = Callable[[Any, AnyContext], bool]


def _sources(source: Source | Iterable[Source]) -> tuple[Source, ...]:
    return (source,) if isinstance(source, State | str | Enum) else tuple(source)


@attrs.frozen
class Transition:
    """
    A row of a lifecycle's table.

    Attributes:
        action: What is done: the name of the record's verb.

        sources: Where it may be done. A phase stands for every state in it, those that a caller
            adds later included.

        to: Where it leads.

        guards: Rules that refuse aloud.

        when: Tells apart rows of one action and source, silently: the first row whose condition
            holds is the row, and its guards never fall through to the next. Called with the
            proposed record and the context.
    """

    action: str
    sources: tuple[Source, ...] = attrs.field(converter=_sources)
    to: Destination
    guards: tuple[AnyGuard, ...] = attrs.field(default=(), converter=tuple[AnyGuard, ...])
    when: Condition | None = attrs.field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        check_type(self.action, str, "an action")
        for source in self.sources:
            if not isinstance(source, State | Phase) and source is not START:
                raise TypeError(
                    f"a source of {self.action!r} must be a State, a Phase or START, not {source!r}"
                )
        if not isinstance(self.to, State) and self.to not in {RETURN, STAY}:
            raise TypeError(
                f"{self.action!r} must lead to a State, RETURN or STAY, not {self.to!r}"
            )
        for guard in self.guards:
            check_type(guard, Guard, f"each of the guards of {self.action!r}")
        if self.when is not None and not callable(self.when):
            raise TypeError(f"when of {self.action!r} must be callable, not {self.when!r}")


@attrs.frozen
class Composite:
    """
    An action that, where it has no row of its own, is done by several steps in one.

    Attributes:
        action: What is done; it has rows elsewhere.

        steps: The actions it is made of, in order.

        sources: The states in which it is meant; wherever its first step is possible, unless given.
    """

    action: str
    steps: tuple[str, ...] = attrs.field(converter=tuple[str, ...])
    sources: tuple[State, ...] = attrs.field(default=(), converter=tuple[State, ...], kw_only=True)

    def __attrs_post_init__(self) -> None:
        check_type(self.action, str, "an action")
        for step in self.steps:
            check_type(step, str, f"each of the steps of {self.action!r}")
        for source in self.sources:
            check_type(source, State, f"each of the sources of {self.action!r}")

    def is_meant(self, state: str | None) -> bool:
        """
        Whether it is meant in the state of that name (`None`: where the record begins).
        """
        return not self.sources or any(source.name == state for source in self.sources)


@attrs.frozen
class Row:
    """
    A transition, seen from one state: what the engine and the index are built from.

    Attributes:
        action: What is done.

        source: Name of the state it is done in; `None` where the record begins.

        to: Name of the state it leads to.

        transition: The declared row it stems from.
    """

    action: str
    source: str | None
    to: str
    transition: Transition = attrs.field(repr=False)

    @property
    def is_internal(self) -> bool:
        """
        Whether the action leaves the state alone.
        """
        return self.transition.to is STAY

    @property
    def is_return(self) -> bool:
        """
        Whether the row stands for one of the states that a return may lead to.
        """
        return self.transition.to is RETURN


def expand(states: tuple[State, ...], transitions: tuple[Transition, ...]) -> tuple[Row, ...]:
    """
    Return the rows as seen from each state, in the order in which they are tried.

    A return becomes one row for each state that may have been left.
    """
    left_for = _left_for(states, transitions)
    return tuple(
        Row(transition.action, source, to, transition)
        for transition in transitions
        for source in _source_names(states, transition)
        for to in _destination_names(transition, source, left_for)
    )


def _source_names(states: tuple[State, ...], transition: Transition) -> tuple[str | None, ...]:
    names: dict[str | None, None] = {}
    for source in transition.sources:
        if source is START:
            names[None] = None
        elif isinstance(source, Phase):
            names.update({state.name: None for state in states if state.phase is source})
        else:
            names[source.name] = None
    return tuple(names)


def _destination_names(
    transition: Transition, source: str | None, left_for: dict[str, tuple[str, ...]]
) -> tuple[str, ...]:
    if isinstance(transition.to, State):
        return (transition.to.name,)
    if source is None:
        return ()
    return (source,) if transition.to is STAY else left_for.get(source, ())


def returning_states(
    states: tuple[State, ...], transitions: tuple[Transition, ...]
) -> frozenset[str]:
    """
    Return the names of the states from which a row leads back to the state that was left.
    """
    return frozenset(
        name
        for transition in transitions
        if transition.to is RETURN
        for name in _source_names(states, transition)
        if name is not None
    )


def _left_for(
    states: tuple[State, ...], transitions: tuple[Transition, ...]
) -> dict[str, tuple[str, ...]]:
    """
    For each returning state, the states that may have been left for it.

    Moving on from one returning state to another keeps the memory of the state left first.
    """
    returning = returning_states(states, transitions)
    entries = [
        (source, transition.to.name)
        for transition in transitions
        if isinstance(transition.to, State) and transition.to.name in returning
        for source in _source_names(states, transition)
        if source is not None
    ]
    left: dict[str, set[str]] = {name: set() for name in returning}
    for _ in returning:
        for source, to in entries:
            left[to] |= left[source] if source in returning else {source}
    order = [state.name for state in states]
    return {name: tuple(s for s in order if s in sources) for name, sources in left.items()}
