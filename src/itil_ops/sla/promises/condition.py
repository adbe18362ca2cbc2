"""
Conditions on a record: which target holds, what pauses it, when a caller's own clock runs.

A condition is any callable that can be imported, so that agreements pickle.
"""

from __future__ import annotations

import pickle

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import Final, TypeAlias, cast

import attrs

from itil_ops.errors import AgreementError
from itil_ops.kernel.checks import check_text
from itil_ops.kernel.vocabulary import CategoryPath
from itil_ops.sla.promises.fact import Fact


Condition: TypeAlias = Callable[[Fact], bool]
"""
What tells of a fact of a record's history whether something holds.
"""


class _Wildcard(Enum):
    ANY_VALUE = "any_value"

    def __repr__(self) -> str:
        return self.name

    __str__ = __repr__


#: In `Where`: whatever the field holds, if it holds anything. `None` and `False` are nothing.
ANY_VALUE: Final = _Wildcard.ANY_VALUE


@attrs.frozen(init=False, repr=False)
class Where:
    """
    The condition that fields of a record have certain values.

    Args:
        fields: For each field the value wanted, or several of which any one will do. A
            `CategoryPath` wants that category or one below it; `ANY_VALUE` wants a value at all.

    Raises:
        AgreementError: There is no field, or no value for one.

        TypeError: A value has no hash.

    >>> from itil_ops.kernel.priority import Priority
    >>> Where(category=CategoryPath("software"), priority=[Priority.CRITICAL, Priority.HIGH])
    Where(category=CategoryPath(path='software'), priority=[Priority.CRITICAL, Priority.HIGH])
    """

    criteria: tuple[tuple[str, frozenset[object]], ...]

    def __init__(self, **fields: object) -> None:
        if not fields:
            raise AgreementError("a condition must name a field; leave it out for any record")
        criteria = ((name, _wanted(name, value)) for name, value in sorted(fields.items()))
        self.__attrs_init__(tuple(criteria))

    def __repr__(self) -> str:
        return f"Where({', '.join(f'{name}={_told(wanted)}' for name, wanted in self.criteria)})"

    def __call__(self, fact: Fact) -> bool:
        """
        Whether every field has a value that is wanted.
        """
        return all(_is_wanted(fact.fields.get(name), wanted) for name, wanted in self.criteria)

    @property
    def reads(self) -> frozenset[str]:
        """
        Names of the fields it looks at.
        """
        return frozenset(name for name, _ in self.criteria)


def _wanted(name: str, value: object) -> frozenset[object]:
    several = isinstance(value, Iterable) and not isinstance(value, str | Mapping)
    found = frozenset(cast("Iterable[object]", value)) if several else frozenset((value,))
    if not found:
        raise AgreementError(f"a condition on {name} wants no value at all, which none can have")
    return found


def _told(wanted: frozenset[object]) -> str:
    told = sorted(map(repr, wanted))
    return told[0] if len(told) == 1 else f"[{', '.join(told)}]"


def _is_wanted(value: object, wanted: frozenset[object]) -> bool:
    if value in wanted:
        return True
    if ANY_VALUE in wanted:
        return value is not None and value is not False
    if isinstance(value, CategoryPath):
        return any(isinstance(one, CategoryPath) and is_below(value, one) for one in wanted)
    return False


def is_below(category: CategoryPath, other: CategoryPath) -> bool:
    """
    Whether *category* is *other* or lies below it.
    """
    return category.levels[: len(other.levels)] == other.levels


def check_condition(value: object, name: str) -> Condition:
    """
    Return *value* if it is a callable that can be imported.

    Raises:
        TypeError: It cannot be called.

        AgreementError: It does not pickle: a lambda, or a function within another.
    """
    if not callable(value) or isinstance(value, type):
        raise TypeError(f"{name} must be a condition, which takes a fact, not {value!r}")
    try:
        pickle.dumps(value)
    except (pickle.PicklingError, AttributeError, TypeError):
        raise AgreementError(
            f"{name} must be a function of a module or a value, so that agreements pickle,"
            f" not {value!r}"
        ) from None
    return cast("Condition", value)


_READS = "reads"


def reading(*fields: str) -> Callable[[Condition], Condition]:
    """
    Return a decorator that says which fields a condition of a caller's own looks at.

    A condition that says so is asked only when one of them has changed, or what every fact tells.
    """

    def marked(condition: Condition) -> Condition:
        setattr(condition, _READS, frozenset(map(check_field, fields)))
        return condition

    return marked


def reads_of(condition: Condition) -> frozenset[str] | None:
    """
    Return the names of the fields that *condition* looks at; `None` where nobody knows.
    """
    reads = getattr(condition, _READS, None)
    return reads if isinstance(reads, frozenset) else None


def check_field(name: object) -> str:
    """
    Return *name* if a field can be called so.

    Raises:
        TypeError: It is no text.

        ValueError: It is blank.

        AgreementError: It is no name.
    """
    text = check_text(name, "a field's name")
    if not text.isidentifier():
        raise AgreementError(f"no field can be called {text!r}")
    return text
