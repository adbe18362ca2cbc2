"""
What it means that a value comes back: equal all the way down, and of the same types.
"""

from __future__ import annotations

import enum

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import attrs

from pendulum import DateTime


def differences(expected: Any, found: Any, where: str = "it") -> Iterator[str]:
    """
    Yield where *found* differs from *expected* in value or type; nothing if it is the same.
    """
    if type(found) is not type(expected):
        yield f"{where} is the {type(found).__name__} {found!r:.80}, not {expected!r:.80}"
    elif isinstance(expected, datetime):
        yield from _instant_differences(expected, found, where)
    elif attrs.has(type(expected)):
        for field in attrs.fields(type(expected)):
            of = field.name
            yield from differences(getattr(expected, of), getattr(found, of), f"{where}.{of}")
    elif isinstance(expected, Mapping):
        yield from _mapping_differences(expected, found, where)
    elif isinstance(expected, tuple) and len(expected) == len(found):
        for place, (one, other) in enumerate(zip(expected, found, strict=True)):
            yield from differences(one, other, f"{where}[{place}]")
    elif isinstance(expected, frozenset):
        yield from differences(_in_order(expected), _in_order(found), where)
    elif found is not expected if isinstance(expected, enum.Enum) else found != expected:
        yield f"{where} is {found!r:.80}, not {expected!r:.80}"


def _instant_differences(expected: datetime, found: datetime, where: str) -> Iterator[str]:
    is_utc = isinstance(found, DateTime) and found.timezone_name == "UTC"
    if found != expected or not is_utc:
        yield f"{where} is {found!r}, not {expected!r}"


def _mapping_differences(
    expected: Mapping[Any, Any], found: Mapping[Any, Any], where: str
) -> Iterator[str]:
    yield from differences(tuple(sorted(expected)), tuple(sorted(found)), f"names of {where}")
    for name in expected:
        if name in found:
            yield from differences(expected[name], found[name], f"{where}[{name!r}]")


def _in_order(values: frozenset[Any]) -> tuple[Any, ...]:
    return tuple(sorted(values, key=repr))


def assert_same(expected: object, found: object) -> None:
    """
    Refuse *found* unless it is *expected* in all values and types.
    """
    __tracebackhide__ = True
    told = list(differences(expected, found))
    assert not told, "; ".join(told)
