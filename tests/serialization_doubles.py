"""
A caller's own records and values, and a small reader of JSON Schema.
"""

from __future__ import annotations

import enum

from datetime import timedelta
from typing import ClassVar

import attrs

from hypothesis import HealthCheck, settings
from pendulum import DateTime

from examples_of_runs import tried as usually_tried
from itil_ops import (
    INCIDENT_LIFECYCLE,
    START,
    STAY,
    Actor,
    Incident,
    Lifecycle,
    Part,
    PartId,
    Phase,
    Priority,
    RecordId,
    State,
    Transition,
)
from itil_ops.kernel.term import Term


def tried(examples):
    """
    Return settings for so many *examples* of values that take their time to make.
    """
    return settings(usually_tried(examples), suppress_health_check=list(HealthCheck))


class Supplier(Term):
    """
    Who supplies.
    """

    __slots__ = ()

    CARRIER: ClassVar[Supplier]


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class VisitId(PartId):
    __slots__ = ()


PLANNED = State("planned", Phase.ACTIVE)
MADE = State("made", Phase.ENDED, final=True)
VISITS = Lifecycle(
    "visit",
    (PLANNED, MADE),
    (
        Transition("plan_visit", START, PLANNED),
        Transition("make_visit", PLANNED, MADE),
        Transition("note_visit", PLANNED, STAY),
    ),
    version=3,
)


@attrs.frozen(kw_only=True)
class Visit(Part):
    """
    A visit of the supplier's.
    """

    lifecycle = VISITS

    by_whom: str
    at: DateTime | None = None


@attrs.frozen(kw_only=True)
class VendorIncident(Incident):
    """
    An incident that a supplier works on.
    """

    part_types = {VisitId: Visit}  # noqa: RUF012 -- as records have it

    supplier: Supplier | None = None
    vendor_reference: str | None = None
    color: Color = Color.RED
    notices: tuple[timedelta, ...] = ()

    def plan_visit(self, visit, by_whom, *, by, at):
        return self._step("plan_visit", {"by_whom": by_whom}, by=by, at=at, part=visit)

    def make_visit(self, visit, when, *, by, at):
        return self._step("make_visit", {"at": when}, by=by, at=at, part=visit)

    def send(self, reference, *, by, at):
        return self._step("comment", {"vendor_reference": reference}, by=by, at=at, note="Sent.")


assert INCIDENT_LIFECYCLE is VendorIncident.lifecycle


@attrs.frozen
class Address:
    """
    Where somebody is: in its third schema. The first had one line, the second no country.
    """

    street: str
    town: str
    country: str


@attrs.frozen(kw_only=True)
class Site:
    """
    A site of the caller's.
    """

    address: Address
    priority: Priority
    owner: Actor | None = None
    known_as: RecordId | None = None


def from_one_line(data):
    street, _, town = data.pop("line").partition(", ")
    return {**data, "street": street, "town": town}


def with_a_country(data):
    data["country"] = "FR"
    return data


# ---- JSON Schema, as far as it is used -----------------------------------------------------------

_TYPES = {
    "string": str,
    "integer": int,
    "boolean": bool,
    "object": dict,
    "array": list,
    "null": type(None),
}


def is_valid(schema, data, top=None):
    """
    Whether *data* are of *schema*, of which *top* holds the definitions.
    """
    top = schema if top is None else top
    return all(_CHECKS[name](told, data, schema, top) for name, told in schema.items())


def _is_type(told, data, *_):
    if told == "number":
        return type(data) in {int, float}
    return type(data) is _TYPES[told]


def _items(told, data, schema, top):
    rest = data[len(schema.get("prefixItems", ())) :]
    return not rest if told is False else all(is_valid(told, one, top) for one in rest)


def _properties(told, data, _, top):
    return all(is_valid(told[name], data[name], top) for name in told if name in data)


def _additional(told, data, schema, top):
    rest = [data[name] for name in data if name not in schema.get("properties", ())]
    return not rest if told is False else all(is_valid(told, one, top) for one in rest)


def _for(kind, check):
    """
    Return the check that only looks at data of a kind, as JSON Schema has it.
    """
    return lambda told, data, *rest: not isinstance(data, kind) or check(told, data, *rest)


def _nothing_said(*_):
    return True


_CHECKS = {
    "$schema": _nothing_said,
    "$defs": _nothing_said,
    "description": _nothing_said,
    "format": _nothing_said,
    "$ref": lambda told, data, _, top: is_valid(top["$defs"][told.split("/")[-1]], data, top),
    "anyOf": lambda told, data, _, top: any(is_valid(one, data, top) for one in told),
    "not": lambda told, data, _, top: not is_valid(told, data, top),
    "type": _is_type,
    "const": lambda told, data, *_: type(data) is type(told) and data == told,
    "enum": lambda told, data, *_: data in told,
    "properties": _for(dict, _properties),
    "required": _for(dict, lambda told, data, *_: data.keys() >= {*told}),
    "additionalProperties": _for(dict, _additional),
    "items": _for(list, _items),
    "prefixItems": _for(
        list,
        lambda told, data, _, top: all(map(lambda a, b: is_valid(a, b, top), told, data)),
    ),
    "minItems": _for(list, lambda told, data, *_: len(data) >= told),
    "maxItems": _for(list, lambda told, data, *_: len(data) <= told),
    "uniqueItems": _for(list, lambda _, data, *__: len({*map(repr, data)}) == len(data)),
}
