"""
Kinds: what a class is called in what is written, and at which schema it stands.

What stands where any of several classes may stand is in an envelope, `{"kind", "schema", "data"}`.
Where a class is annotated, a value of exactly that class is written bare: that means schema 1. What
is of a later schema, or of a subclass, is in an envelope there too.
"""

from __future__ import annotations

import copy
import re

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

import attrs

from itil_ops.adapters.serialization.forms import LEAVES, Form, Inside, Json, JsonSchema, keyed
from itil_ops.adapters.serialization.refusals import RefusedValueError, refuse
from itil_ops.kernel.checks import check_text, check_type, did_you_mean


#: Makes of the data of one schema those of the next.
Lift: TypeAlias = Callable[[Any], Any]

ENVELOPE = ("kind", "schema", "data")
_KEYS = frozenset(ENVELOPE)

_WORD = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def kind_name(cls: type) -> str:
    """
    Return what the kind of *cls* is called.

    >>> class SLAClock: ...
    >>> kind_name(SLAClock)
    'sla_clock'
    """
    return _WORD.sub("_", cls.__name__).lower().strip("_")


@attrs.frozen
class Upcaster:
    """
    One step from the data of an older schema to those of the next.

    A record's is given the record without its journal, whose entries are of a kind of their own.

    Attributes:
        kind: Name of the kind.

        schema: The schema that it begins from.

        lift: Returns the data of the next schema; what it is given is its own to change.

    Raises:
        TypeError: An attribute is of another type.

        ValueError: The name is blank, or there is no such schema.
    """

    kind: str
    schema: int
    lift: Lift

    def __attrs_post_init__(self) -> None:
        check_text(self.kind, "kind")
        if check_type(self.schema, int, "schema") < 1:
            raise ValueError(f"schema must be 1 or more, not {self.schema}")
        if not callable(self.lift):
            raise TypeError(f"lift must be callable, not {self.lift!r}")


@attrs.define(eq=False)
class Kind:
    """
    A class by its name, with the form of its values.

    Attributes:
        cls: The class.

        name: What it is called.

        shape: How its values are written, without an envelope.

        lifts: The steps from schema 1 on.
    """

    cls: type
    name: str
    shape: Form
    lifts: tuple[Lift, ...] = ()

    @property
    def schema(self) -> int:
        """
        The schema that is written.
        """
        return 1 + len(self.lifts)

    def lifted(self, data: Json, schema: int) -> Json:
        """
        Return *data* of *schema* at the schema that is written.
        """
        if schema == self.schema:
            return data
        data = copy.deepcopy(data)
        journal = data.pop(_APART) if isinstance(data, dict) and _APART in data else None
        for lift in self.lifts[schema - 1 :]:
            data = lift(data)
        return data if journal is None else {**data, _APART: journal}

    def packed(self, data: Json) -> Json:
        """
        Return *data* in its envelope.
        """
        return {"kind": self.name, "schema": self.schema, "data": data}

    @property
    def enveloped(self) -> str:
        """
        What the JSON Schema of its envelope is called.
        """
        return f"{self.name}.envelope"

    def schemas(self) -> Iterator[tuple[str, JsonSchema]]:
        """
        Yield the JSON Schemas of its data and of its envelope, each with its name.
        """
        told = {"kind": {"const": self.name}, "schema": {"const": self.schema}}
        yield self.name, self.shape.schema()
        yield self.enveloped, closed({**told, "data": reference(self.name)})


#: What of a record is no part of its own schema.
_APART = "journal"


def closed(properties: JsonSchema, *, needed: bool = True) -> JsonSchema:
    """
    Return the JSON Schema of an object that has *properties* and nothing else.
    """
    return {
        "type": "object",
        "properties": properties,
        "required": [*properties] if needed else [],
        "additionalProperties": False,
    }


_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_DEFINED = "#/$defs/"


def reference(name: str) -> JsonSchema:
    """
    Return the JSON Schema that stands for the one called *name*.
    """
    return {"$ref": _DEFINED + name}


def any_of(schemas: list[JsonSchema]) -> JsonSchema:
    """
    Return the JSON Schema of what is of one of *schemas*, of which there is one at least.
    """
    return {"anyOf": schemas} if len(schemas) > 1 else schemas[0]


def referenced(schema: Json) -> Iterator[str]:
    """
    Yield the names that *schema* refers to.
    """
    if isinstance(schema, dict):
        target = schema.get("$ref")
        if isinstance(target, str):
            yield target.removeprefix(_DEFINED)
        schema = [*schema.values()]
    for inner in schema if isinstance(schema, list) else ():
        yield from referenced(inner)


class Kinds:
    """
    All kinds that are known, by class and by name.
    """

    __slots__ = ("by_class", "by_name")

    def __init__(self) -> None:
        self.by_class: dict[type, Kind] = {}
        self.by_name: dict[str, Kind] = {}

    def add(self, cls: type, shape: Form, name: str | None = None) -> None:
        """
        Make *cls* known.

        Raises:
            ValueError: Another class has its name.
        """
        kind = Kind(cls, name or kind_name(cls), shape)
        taken = self.by_name.setdefault(kind.name, kind).cls
        if taken is not cls:
            raise ValueError(
                f"kind {kind.name!r} is taken by {taken.__module__}.{taken.__qualname__};"
                f" give {cls.__module__}.{cls.__qualname__} another name"
            )
        self.by_class.setdefault(cls, kind)

    def lift(self, upcasters: Iterable[Upcaster]) -> None:
        """
        Take over *upcasters*.

        Raises:
            ValueError: One is of an unknown kind, or they leave out a schema, or have one twice.
        """
        steps: dict[str, dict[int, Lift]] = {}
        for one in upcasters:
            check_type(one, Upcaster, "each of upcasters")
            if steps.setdefault(one.kind, {}).setdefault(one.schema, one.lift) is not one.lift:
                raise ValueError(f"kind {one.kind!r} has two upcasters from schema {one.schema}")
        for name, found in steps.items():
            if name not in self.by_name:
                raise ValueError(f"an upcaster of {self._unknown(name)}")
            if sorted(found) != [*range(1, len(found) + 1)]:
                raise ValueError(
                    f"kind {name!r} has upcasters from schemas {sorted(found)};"
                    " there must be one from each, 1 first"
                )
            self.by_name[name].lifts = tuple(found[schema] for schema in sorted(found))

    def json_schema(self, cls: type | None = None) -> JsonSchema:
        """
        Return the JSON Schema of the envelopes of one class, or of all.

        Raises:
            ValueError: *cls* is not registered.
        """
        told = dict(pair for kind in self.by_name.values() for pair in kind.schemas())
        if cls is None:
            top = Envelope(self).schema()
        elif cls in self.by_class:
            top = reference(self.by_class[cls].enveloped)
        else:
            raise ValueError(f"{cls.__qualname__} is not registered")
        needed, found = {*referenced(top)}, dict[str, JsonSchema]()
        while needed:
            name = needed.pop()
            found[name] = told[name]
            needed |= {*referenced(told[name])} - found.keys()
        return {"$schema": _DIALECT, **top, "$defs": dict(sorted(found.items()))}

    def of(self, value: object) -> Kind:
        """
        Return the kind of *value*.

        Raises:
            RefusedValueError: Its class is not known.
        """
        kind = self.by_class.get(type(value))
        if kind is None:
            name = type(value).__qualname__
            raise RefusedValueError(
                f"{name} is not registered: Codec(records=[{name}]) if it is a record,"
                f" values=[{name}] if not"
            )
        return kind

    def named(self, name: object) -> Kind:
        """
        Return the kind called *name*.

        Raises:
            RefusedValueError: There is none.
        """
        kind = self.by_name.get(name) if type(name) is str else refuse("the name of a kind", name)
        if kind is None:
            raise RefusedValueError(self._unknown(str(name)))
        return kind

    def below(self, cls: type) -> list[Kind]:
        """
        Return the kinds of the proper subclasses of *cls*.
        """
        return [it for it in self.by_name.values() if it.cls is not cls and issubclass(it.cls, cls)]

    def _unknown(self, name: str) -> str:
        return f"unknown kind {name!r}; {did_you_mean(name, self.by_name, 'it is not registered')}"


def _everything(_: type) -> bool:
    return True


class Envelope(Form):
    """
    A value of any kind that is admitted, with its kind and schema.
    """

    __slots__ = ("_admits", "_called", "_kinds")

    def __init__(
        self,
        kinds: Kinds,
        admits: Callable[[type], bool] = _everything,
        called: str = "a value",
    ) -> None:
        self._kinds = kinds
        self._admits = admits
        self._called = called

    def dump(self, value: Any) -> Json:
        """
        Return *value* in an envelope.
        """
        kind = self._kinds.of(value)
        return kind.packed(kind.shape.dump(self._admitted(kind.cls, value)))

    def load(self, data: Json, _: object = None) -> Any:
        """
        Return what is in the envelope.
        """
        kind = self._opened(data)
        return kind.shape.load(kind.lifted(data["data"], data["schema"]))

    def schema(self) -> JsonSchema:
        """
        Return all that is admitted.
        """
        return any_of(self._admitted_schemas())

    def _admitted_schemas(self) -> list[JsonSchema]:
        kinds = self._kinds.by_name.values()
        return [reference(kind.enveloped) for kind in kinds if self._admits(kind.cls)]

    def parts(self, data: Json) -> Iterator[Inside]:
        """
        Yield the data.
        """
        kind = self._opened(data)
        yield "data", kind.shape, kind.lifted(data["data"], data["schema"])

    def members(self, value: Any) -> Iterator[Inside]:
        """
        Yield what the value holds: nobody who has it sees an envelope.
        """
        kind = self._kinds.by_class.get(type(value))
        return iter(()) if kind is None else kind.shape.members(value)

    def _opened(self, data: Json) -> Kind:
        """
        Return the kind of an envelope that can be read.
        """
        if type(data) is not dict or data.keys() != _KEYS:
            check_keys(keyed(data), _KEYS)
        try:
            kind = self._kinds.named(data["kind"])
            self._admitted(kind.cls, data["kind"])
        except RefusedValueError as error:
            raise RefusedValueError(error.why, "kind") from None
        schema = data["schema"]
        if type(schema) is not int or schema < 1:
            raise RefusedValueError(f"a schema is a whole number from 1, not {schema!r}", "schema")
        if schema > kind.schema:
            raise RefusedValueError(
                f"{kind.name} is of schema {schema}, and known up to {kind.schema}:"
                " it was written by a newer version",
                "schema",
            )
        return kind

    def _admitted(self, cls: type, shown: Any) -> Any:
        return shown if self._admits(cls) else refuse(self._called, shown)


class Anything(Envelope):
    """
    A value of any kind that is admitted; what JSON has itself is written bare.
    """

    __slots__ = ()

    def dump(self, value: Any) -> Json:
        """
        Return *value* bare, or in an envelope.
        """
        if type(value) in _BARE:
            return LEAVES[type(value)].dump(self._admitted(type(value), value))
        return Envelope.dump(self, value)

    def load(self, data: Json, _: object = None) -> Any:
        """
        Return what is written.
        """
        if type(data) in _BARE:
            return LEAVES[type(data)].load(self._admitted(type(data), data))
        return Envelope.load(self, data)

    def schema(self) -> JsonSchema:
        """
        Return all that is admitted.
        """
        bare = [LEAVES[cls].schema() for cls in _BARE if self._admits(cls)]
        return any_of([*bare, *self._admitted_schemas()])

    def parts(self, data: Json) -> Iterator[Inside]:
        """
        Yield the data of an envelope.
        """
        return iter(()) if type(data) in _BARE else Envelope.parts(self, data)


_BARE = (str, bool, int, float, type(None))


class Nested(Form):
    """
    A value where its class is annotated: bare, or in an envelope if it is of a subclass.
    """

    __slots__ = ("_cls", "_envelope", "_kinds", "kind")

    def __init__(self, kinds: Kinds, cls: type) -> None:
        self._kinds = kinds
        self._cls = cls
        self._envelope = Envelope(kinds, lambda one: issubclass(one, cls), f"a {cls.__name__}")
        self.kind = kinds.by_class.get(cls)

    def dump(self, value: Any) -> Json:
        """
        Return *value* bare, or in an envelope.
        """
        kind = self.kind
        if kind is not None and type(value) is self._cls and not kind.lifts:
            return kind.shape.dump(value)
        if not isinstance(value, self._cls):
            refuse(f"a {self._cls.__name__}", value)
        return self._envelope.dump(value)

    def load(self, data: Json, _: object = None) -> Any:
        """
        Return what is written, bare or not.
        """
        kind = self.kind
        if kind is None or (type(data) is dict and data.keys() == _KEYS):
            return self._envelope.load(data)
        if kind.lifts:
            data = kind.lifted(data, 1)
        return kind.shape.load(data)

    def schema(self) -> JsonSchema:
        """
        Return the data of the class, or the envelopes of what is below it.
        """
        below = [reference(kind.enveloped) for kind in self._kinds.below(self._cls)]
        if self.kind is None:
            return any_of(below)
        own = self.kind.enveloped if self.kind.lifts else self.kind.name
        return any_of([reference(own), *below])

    def parts(self, data: Json) -> Iterator[Inside]:
        """
        Yield what is in it.
        """
        if self.kind is None or (type(data) is dict and data.keys() == _KEYS):
            return self._envelope.parts(data)
        return self.kind.shape.parts(self.kind.lifted(data, 1))

    def members(self, value: Any) -> Iterator[Inside]:
        """
        Yield what is in it.
        """
        return self._envelope.members(value) if isinstance(value, self._cls) else iter(())


def check_keys(data: Mapping[str, Any], names: frozenset[str]) -> None:
    """
    Refuse *data* whose keys are not *names*.

    Raises:
        RefusedValueError: Keys are missing or left over; the first of them is named as the place.
    """
    missing = sorted(names - data.keys())
    if missing:
        raise RefusedValueError(f"missing: {', '.join(map(repr, missing))}", missing[0])
    extra = sorted(key for key in data if key not in names)
    if extra:
        advice = did_you_mean(extra[0], names - data.keys() or names, "leave it out")
        raise RefusedValueError(f"unknown key {extra[0]!r}; {advice}", extra[0])
