"""
Open vocabularies: named values that a caller may add to.
"""

from __future__ import annotations

import re

from typing import Self

import attrs

from itil_ops.kernel.checks import check_type
from itil_ops.kernel.readable import Readable


_LOWER_SNAKE = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")


@attrs.frozen(repr=False, cache_hash=True)
class Term(Readable):
    """
    A word of an open vocabulary.

    A vocabulary is a subclass that annotates its usual words as class variables, in capitals; each
    becomes a constant whose value is its own name in lower case. A caller's own word is made by
    calling the class. Words of different vocabularies are never equal.

    >>> from typing import ClassVar
    >>> class Color(Term):
    ...     RED: ClassVar["Color"]
    >>> Color.RED, Color("deep_blue"), Color("red") == Color.RED
    (Color.RED, Color('deep_blue'), True)

    Attributes:
        value: The word as it is stored: lower case, digits and single underscores.

    Raises:
        TypeError: *value* is no text.

        ValueError: It is not written in lower_snake case.
    """

    value: str

    def __init_subclass__(cls) -> None:
        for name in cls.__annotations__:
            if name.isupper():
                setattr(cls, name, cls(name.lower()))

    def __attrs_post_init__(self) -> None:
        check_type(self.value, str, type(self).__name__)
        if _LOWER_SNAKE.fullmatch(self.value) is None:
            raise ValueError(
                f"{type(self).__name__} must be written in lower_snake case, not {self.value!r}"
            )

    def __str__(self) -> str:
        return self.value

    def __repr__(self) -> str:
        kind, name = type(self), self.value.upper()
        if getattr(kind, name, None) == self:
            return f"{kind.__name__}.{name}"
        return f"{kind.__name__}({self.value!r})"

    @classmethod
    def constants(cls) -> tuple[Self, ...]:
        """
        Return the usual words, in the order of their declaration.
        """
        return tuple(getattr(cls, name) for name in cls.__annotations__ if name.isupper())
