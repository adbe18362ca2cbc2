"""
Which of several targets goes first: the most specific.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from itil_ops.kernel.vocabulary import CategoryPath
from itil_ops.sla.promises.condition import ANY_VALUE, Condition, Where


if TYPE_CHECKING:
    from collections.abc import Iterable

    from itil_ops.sla.promises.target import Target


def by_specificity(targets: Iterable[Target]) -> tuple[Target, ...]:
    """
    Return *targets*, those with more conditions first; equals stay in their order.

    Of two with as many, the one that names deeper categories goes first.
    """
    return tuple(sorted(targets, key=_specificity, reverse=True))


def _specificity(target: Target) -> tuple[int, int]:
    wanted = _wanted(target)
    depth = sum(
        max(len(one.levels) for one in values if isinstance(one, CategoryPath))
        for values in wanted.values()
        if any(isinstance(one, CategoryPath) for one in values)
    )
    return len(wanted) + len(_opaque(target)), depth


def are_ambiguous(one: Target, other: Target) -> bool:
    """
    Whether two targets of a kind are plainly for the same records, and neither goes first.
    """
    mine, theirs = _wanted(one), _wanted(other)
    return (
        one.kind == other.kind
        and mine.keys() == theirs.keys()
        and _opaque(one) == _opaque(other)
        and _specificity(one) == _specificity(other)
        and all(_meet(mine[name], theirs[name]) for name in mine)
    )


def shared(one: Target, other: Target) -> str:
    """
    Return in words what two ambiguous targets are both for.
    """
    mine, theirs = _wanted(one), _wanted(other)
    both = [f"{name} {_told(mine[name] & theirs[name] or mine[name])}" for name in mine]
    return f"{one.kind} for {' and '.join(both) or 'any record'}"


def _wanted(target: Target) -> dict[str, frozenset[object]]:
    """
    Return for each field the values that all conditions leave.
    """
    wanted: dict[str, frozenset[object]] = {}
    for condition in target.conditions:
        if isinstance(condition, Where):
            for name, values in condition.criteria:
                wanted[name] = wanted.get(name, values) & values
    return wanted


def _opaque(target: Target) -> frozenset[Condition]:
    return frozenset(one for one in target.conditions if not isinstance(one, Where))


def _meet(mine: frozenset[object], theirs: frozenset[object]) -> bool:
    return ANY_VALUE in mine | theirs or not mine.isdisjoint(theirs)


def _told(values: frozenset[object]) -> str:
    return ", ".join(sorted(map(str, values)))
