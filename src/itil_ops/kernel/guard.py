"""
Rules that may stand in the way of a step, and what they are told about it.
"""

from __future__ import annotations

import importlib
import pickle

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Generic, Self, TypeAlias, TypeVar

import attrs

from pendulum import DateTime

from itil_ops.kernel.actor import Actor


NOTHING_TOLD: Mapping[str, Any] = MappingProxyType({})
"""
What a verb was told of other records, where it was told nothing.
"""

R = TypeVar("R")
P_co = TypeVar("P_co", covariant=True)
R_co = TypeVar("R_co", covariant=True)


@attrs.frozen
class Context(Generic[R_co, P_co]):
    """
    The step that is being tried.

    Attributes:
        action: Name of the action.

        by: Who tries.

        at: When it is recorded.

        effective_at: When it is so.

        note: What the actor wrote.

        policies: The policies that hold for this step.

        before: The record before the step; `None` where the record begins with it. For a step of a
            part it is the record around the part.

        told: What the verb was told of other records, by name. It is no part of the journal.
    """

    action: str
    by: Actor
    at: DateTime
    effective_at: DateTime
    note: str | None
    policies: P_co
    before: R_co | None
    told: Mapping[str, Any] = NOTHING_TOLD


#: What a rule has against a step: a text, several, or nothing.
Against: TypeAlias = str | tuple[str, ...] | None

Rule: TypeAlias = Callable[[R, Context[R, P_co]], Against]


@attrs.frozen(eq=False)
class Guard(Generic[R, P_co]):
    """
    A rule that says aloud why a step is refused.

    Guards are made from functions named as the sentence they hold to, by `integrity` and
    `completeness`.

    Attributes:
        name: Name of the rule.

        why_not: Given the record as it would be and the context, the reason against the step, or
            several; `None` or none of them where there is none.

        meaning: What the rule asks for, in a sentence.

        is_completeness: Whether the rule holds only where the policies ask for it.
    """

    name: str
    why_not: Callable[[R, Context[R, P_co]], Against]
    meaning: str
    is_completeness: bool

    def __repr__(self) -> str:
        return f"<Guard {self.name}>"

    def __reduce__(self) -> tuple[object, ...]:
        where = (self.why_not.__module__, self.why_not.__qualname__)
        if _found_at(*where) is not self:
            raise pickle.PicklingError(f"guard {self.name} is not found as {'.'.join(where)}")
        return _found_at, where

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _: object) -> Self:
        return self


def integrity(check: Rule[R, P_co]) -> Guard[R, P_co]:
    """
    Make a guard that always holds from a function.
    """
    return _guard(check, is_completeness=False)


def completeness(check: Rule[R, P_co]) -> Guard[R, P_co]:
    """
    Make a guard from a function that holds where the policies' `completeness` names it.
    """
    return _guard(check, is_completeness=True)


AnyGuard: TypeAlias = Guard[Any, Any]
AnyContext: TypeAlias = Context[Any, Any]


def _guard(check: Rule[R, P_co], *, is_completeness: bool) -> Guard[R, P_co]:
    meaning = " ".join((check.__doc__ or "").split())
    return Guard(check.__name__, check, meaning, is_completeness)


def _found_at(module: str, name: str) -> object:
    return getattr(importlib.import_module(module), name, None)
