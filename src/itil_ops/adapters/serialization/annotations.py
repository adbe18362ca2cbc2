"""
From the annotation of a field to its form.
"""

from __future__ import annotations

import collections.abc
import types
import typing

from enum import Enum
from typing import TYPE_CHECKING, Any

import attrs

from itil_ops.adapters.serialization.forms import (
    LEAVES,
    ByName,
    Form,
    Items,
    Members,
    Optional,
    Row,
)
from itil_ops.adapters.serialization.journals import AnyChanges
from itil_ops.adapters.serialization.kinds import ENVELOPE, Anything, Kinds, Nested
from itil_ops.adapters.serialization.shapes import Fields, OneOf, Worded
from itil_ops.kernel.identity import RecordId
from itil_ops.kernel.journal import Changes
from itil_ops.kernel.term import Term


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


_UNIONS = (typing.Union, types.UnionType)


class Forms:
    """
    The forms of annotations, each made once; classes may become known until the last is asked for.
    """

    __slots__ = ("_made", "anything", "kinds")

    def __init__(self, kinds: Kinds) -> None:
        self.kinds = kinds
        self.anything = Anything(kinds)
        self._made: dict[Any, Form] = {Changes: AnyChanges(self.anything), **LEAVES}

    def know(self, annotation: Any, form: Form) -> None:
        """
        Take *form* for *annotation*.
        """
        self._made[annotation] = form

    def shape(self, cls: type) -> Form:
        """
        Return the form of *cls* itself: a term, an id, an enumeration or an attrs class.

        Raises:
            TypeError: It is none of them, or nothing can be written of a field.

            ValueError: Its fields are those of an envelope.
        """
        if issubclass(cls, Term):
            return Worded(cls, cls.constants())
        if issubclass(cls, RecordId):
            return Worded(cls)
        if issubclass(cls, Enum):
            return OneOf(cls)
        if not attrs.has(cls):
            raise TypeError(f"{cls.__qualname__} is no attrs class, term, id or enumeration")
        fields = self.of_fields(cls)
        if fields.keys() == {*ENVELOPE}:
            raise ValueError(
                f"{cls.__qualname__} has the very fields {sorted(fields)} that this keeps for"
                " envelopes; give one another name"
            )
        return Fields(cls, fields)

    def of_fields(self, cls: type) -> dict[str, Form]:
        """
        Return the form of each field of an attrs class that its constructor takes.

        Raises:
            TypeError: A field's annotation cannot be resolved, or nothing can be written of it.
        """
        hints = _hints(cls)
        return {
            one.name: self._of_field(cls, one.name, hints[one.name])
            for one in attrs.fields(cls)
            if one.init
        }

    def _of_field(self, cls: type, name: str, annotation: Any) -> Form:
        try:
            return self.of(annotation)
        except TypeError as error:
            raise TypeError(f"field {name!r} of {cls.__qualname__}: {error}") from None

    def of(self, annotation: Any) -> Form:
        """
        Return the form of *annotation*.

        Raises:
            TypeError: There is none.
        """
        form = self._made.get(annotation)
        if form is None:
            form = self._made[annotation] = self._new(annotation)
        return form

    def _new(self, annotation: Any) -> Form:
        origin = typing.get_origin(annotation) or annotation
        if origin in _UNIONS:
            return self._union(typing.get_args(annotation))
        maker = _GENERIC.get(origin)
        if maker is not None:
            return maker(self, typing.get_args(annotation))
        if isinstance(origin, typing.TypeVar) or origin in _OPEN:
            return self.anything
        return self._nested(origin)

    def _nested(self, cls: Any) -> Form:
        if isinstance(cls, type) and (cls in self.kinds.by_class or self.kinds.below(cls)):
            return Nested(self.kinds, cls)
        name = getattr(cls, "__qualname__", repr(cls))
        raise TypeError(
            f"nothing is known of {name}; if it is yours, register it with values=[...]"
        )

    def _union(self, members: tuple[Any, ...]) -> Form:
        rest = tuple(one for one in members if one is not type(None))
        if len(rest) == 1:
            inner = self.of(rest[0])
            return inner if inner is self.anything else Optional(inner)
        for one in rest:
            self.of(one)  # refused where nothing can be written of it
        admitted = tuple(map(_class_of, rest))
        called = " or ".join(_called(one) for one in rest)
        choice = Anything(self.kinds, lambda cls: _is_one_of(cls, admitted), called)
        return Optional(choice) if len(rest) < len(members) else choice

    def _tuple(self, arguments: tuple[Any, ...]) -> Form:
        if len(arguments) == _VARIADIC and arguments[1] is Ellipsis:
            return Items(self.of(arguments[0]))
        return Row(tuple(map(self.of, arguments)))

    def _set(self, arguments: tuple[Any, ...]) -> Form:
        return Members(self.of(arguments[0]))

    def _mapping(self, arguments: tuple[Any, ...]) -> Form:
        if arguments[0] is not str:
            raise TypeError("a mapping must have texts for keys")
        return ByName(self.of(arguments[1]))

    def _callable(self, _: tuple[Any, ...]) -> Form:
        return Anything(self.kinds, _is_called, "a condition, or a function that is registered")


_VARIADIC = 2

_GENERIC: dict[Any, Callable[[Forms, tuple[Any, ...]], Form]] = {
    tuple: Forms._tuple,  # noqa: SLF001 -- a table of its own methods
    frozenset: Forms._set,  # noqa: SLF001
    collections.abc.Mapping: Forms._mapping,  # noqa: SLF001
    collections.abc.Callable: Forms._callable,  # noqa: SLF001
}

_OPEN = (object, Any, collections.abc.Hashable)


def _hints(cls: type) -> dict[str, Any]:
    try:
        return typing.get_type_hints(cls)
    except NameError as error:
        raise TypeError(
            f"the annotations of {cls.__qualname__} cannot be resolved: {error};"
            " import it at run time, in the module of the class"
        ) from None


def _class_of(annotation: Any) -> Any:
    return typing.get_origin(annotation) or annotation


def _called(annotation: Any) -> str:
    cls = _class_of(annotation)
    return "a function" if cls is collections.abc.Callable else f"a {cls.__name__}"


def _is_one_of(cls: type, admitted: Iterable[Any]) -> bool:
    return any(
        _is_called(cls) if one is collections.abc.Callable else issubclass(cls, one)
        for one in admitted
    )


def _is_called(cls: type) -> bool:
    return any("__call__" in vars(one) for one in cls.__mro__)
