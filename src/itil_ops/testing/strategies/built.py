"""
Values by their classes: from the annotations of the fields, where nothing more is said of a class.
"""

from __future__ import annotations

import collections.abc
import datetime as dt
import types
import typing

from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar, cast

import attrs

from hypothesis import strategies as st
from pendulum import DateTime

from itil_ops.kernel.identity import (
    AccessRequestId,
    ChangeId,
    EventId,
    IncidentId,
    ProblemId,
    RecordId,
    ServiceRequestId,
)
from itil_ops.kernel.term import Term
from itil_ops.testing.strategies import plain


if TYPE_CHECKING:
    from collections.abc import Callable


T = TypeVar("T")

#: What is said of a class: a strategy for its values, made when it is asked for.
_known: dict[Any, Callable[[], st.SearchStrategy[Any]]] = {
    str: plain.texts,
    int: lambda: st.integers(0, 10**6),
    bool: st.booleans,
    float: lambda: st.floats(0, 100) | st.integers(0, 100),
    type(None): st.none,
    object: plain.hashables,
    collections.abc.Hashable: plain.hashables,
    DateTime: plain.instants,
    dt.timedelta: plain.amounts,
    dt.date: plain.dates,
    dt.time: st.times,
    Decimal: plain.decimals,
}

_IDS = (IncidentId, ProblemId, EventId, ChangeId, ServiceRequestId, AccessRequestId, RecordId)


def tell(cls: Any, strategy: Callable[[], st.SearchStrategy[Any]]) -> None:
    """
    Say how values of *cls* are made where its fields alone do not tell.
    """
    _known[cls] = strategy


def known() -> tuple[Any, ...]:
    """
    Return the classes of which something is said.
    """
    return tuple(_known)


def is_ours(cls: Any) -> bool:
    """
    Whether *cls* is a class of this library.
    """
    return isinstance(cls, type) and cls.__module__.startswith("itil_ops.")


def of(annotation: Any) -> st.SearchStrategy[Any]:
    """
    Return values of a class, or of what the annotation of a field admits.

    Args:
        annotation: A class of this library or a caller's own: an attrs class, a term, an id, an
            enumeration. Or an annotation made of such.

    Raises:
        TypeError: Nothing is known of it.
    """
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    maker = _known.get(annotation) or _known.get(origin)
    if maker is not None:
        return st.deferred(lambda: maker())  # noqa: PLW0108 -- a partial is no function to it
    if origin in {typing.Union, types.UnionType}:
        return st.one_of(*map(of, arguments))
    if origin is tuple:
        return _tuples(arguments)
    if origin is frozenset:
        return st.frozensets(of(arguments[0]), max_size=3)
    if isinstance(annotation, typing.TypeVar):
        return plain.hashables()
    return _of_class(origin or annotation)


def _tuples(arguments: tuple[Any, ...]) -> st.SearchStrategy[tuple[Any, ...]]:
    if arguments[1] is Ellipsis:
        return st.lists(of(arguments[0]), max_size=3).map(tuple)
    return st.tuples(*map(of, arguments))


def _of_class(cls: Any) -> st.SearchStrategy[Any]:
    if not isinstance(cls, type):
        raise TypeError(f"nothing is known of {cls!r}")
    if cls is RecordId:
        return ids()
    if issubclass(cls, RecordId):
        return plain.texts().map(cls)
    if issubclass(cls, Term):
        return plain.words(cls)
    if issubclass(cls, Enum):
        return st.sampled_from(cls)
    if not attrs.has(cls):
        raise TypeError(f"nothing is known of {cls.__qualname__}")
    return built(cls)


def built(cls: type[T], **told: st.SearchStrategy[Any]) -> st.SearchStrategy[T]:
    """
    Return values of an attrs class: each field of its annotation, but for what is *told*.
    """
    hints = typing.get_type_hints(cls)
    fields = {
        field.alias: told[field.name] if field.name in told else of(hints[field.name])
        for field in attrs.fields(cast("Any", cls))
        if field.init
    }
    return st.builds(cls, **fields)


def ids() -> st.SearchStrategy[RecordId]:
    """
    Return ids of all kinds of records.
    """
    return st.sampled_from(_IDS).flatmap(lambda cls: plain.texts().map(cls))
