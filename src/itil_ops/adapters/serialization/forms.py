"""
How values are written: for each type a form that writes, reads and describes it.

A form writes plain structures: dicts, lists, texts, whole numbers, numbers, flags, None. It reads
nothing but what it writes, to the type, and never coerces.
"""

from __future__ import annotations

import datetime as dt
import json
import math

from abc import ABC, abstractmethod
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, TypeAlias

from pendulum import UTC, DateTime

from itil_ops.adapters.serialization.refusals import RefusedValueError, refuse
from itil_ops.kernel.instant import MICROSECOND, length, utc


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


#: What JSON can say.
Json: TypeAlias = Any

JsonSchema: TypeAlias = dict[str, Any]


class Form(ABC):
    """
    How the values of one type are written.
    """

    __slots__ = ()

    @abstractmethod
    def dump(self, value: Any) -> Json:
        """
        Return *value* as plain structures.

        Raises:
            ValueError: It is none of this form.
        """

    @abstractmethod
    def load(self, data: Json, _: object = None) -> Any:
        """
        Return the value that *data* tells of.

        Raises:
            ValueError: It is not written in this form.
        """

    @abstractmethod
    def schema(self) -> JsonSchema:
        """
        Return the JSON Schema of what is written.
        """

    def parts(self, data: Json) -> Iterator[Inside]:
        """
        Yield what *data* holds, each with its key and form; nothing where it is of another shape.
        """
        del data
        return iter(())

    def members(self, value: Any) -> Iterator[Inside]:
        """
        Yield what *value* holds, each with its key and form.
        """
        del value
        return iter(())


#: A key, and what stands there: its form and itself.
Inside: TypeAlias = tuple[str, Form, Any]


class Plain(Form):
    """
    What JSON has itself: written as it is, if it is of the very type.
    """

    __slots__ = ("_called", "_kind", "_schema")

    def __init__(self, kind: type, called: str, schema: str) -> None:
        self._kind = kind
        self._called = called
        self._schema = schema

    def dump(self, value: Any) -> Json:
        """
        Return *value* itself.
        """
        return value if type(value) is self._kind else refuse(self._called, value)

    def load(self, data: Json, _: object = None) -> Any:
        """
        Return *data* itself.
        """
        return data if type(data) is self._kind else refuse(self._called, data)

    def schema(self) -> JsonSchema:
        """
        Return the type alone.
        """
        return {"type": self._schema}


class Number(Form):
    """
    A finite number: whole or not, it stays what it is.
    """

    __slots__ = ()

    def dump(self, value: Any) -> Json:
        """
        Return *value* itself.
        """
        if type(value) is int or (type(value) is float and math.isfinite(value)):
            return value
        return refuse("a finite number", value)

    def load(self, data: Json, _: object = None) -> Any:
        """
        Return *data* itself.
        """
        return self.dump(data)

    def schema(self) -> JsonSchema:
        """
        Return the type alone.
        """
        return {"type": "number"}


TEXT = Plain(str, "a text", "string")
WHOLE = Plain(int, "a whole number", "integer")
FLAG = Plain(bool, "true or false", "boolean")
NOTHING = Plain(type(None), "null", "null")
NUMBER = Number()


_isoformat, _fromisoformat = dt.datetime.isoformat, dt.datetime.fromisoformat
_plus, _minus = dt.datetime.__add__, dt.datetime.__sub__

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_UTC_EPOCH = DateTime(1970, 1, 1, tzinfo=UTC)
_NAIVE_EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 -- what is written asks no zone


class Instant(Form):
    """
    An instant as ISO 8601 text in UTC, with microseconds where there are some.

    >>> import pendulum
    >>> Instant().dump(pendulum.datetime(2026, 3, 2, 9))
    '2026-03-02T09:00:00+00:00'
    """

    __slots__ = ()

    def dump(self, value: Any) -> Json:
        """
        Return *value* as text; any other zone than UTC is left behind.
        """
        if type(value) is not DateTime or value.tzinfo is not UTC:
            value = utc(value, "an instant")
        # To ask pendulum's zone for its offset, which is none, costs three times all of this.
        return f"{_isoformat(_plus(_NAIVE_EPOCH, _minus(value, _UTC_EPOCH)))}+00:00"

    def load(self, data: Json, _: object = None) -> DateTime:
        """
        Return the instant in UTC.
        """
        found = _fromisoformat(data if type(data) is str else refuse("an instant's text", data))
        if found.tzinfo is None:
            raise RefusedValueError(f"an instant must say its zone, unlike {data!r}")
        return _plus(_UTC_EPOCH, _minus(found, _EPOCH))

    def schema(self) -> JsonSchema:
        """
        Return a text with a format.
        """
        return {"type": "string", "format": "date-time"}


class Amount(Form):
    """
    An amount of time in whole microseconds.
    """

    __slots__ = ()

    def dump(self, value: Any) -> Json:
        """
        Return the microseconds.
        """
        return length(value, "an amount of time")

    def load(self, data: Json, _: object = None) -> dt.timedelta:
        """
        Return the amount.
        """
        return WHOLE.load(data) * MICROSECOND  # type: ignore[no-any-return]

    def schema(self) -> JsonSchema:
        """
        Return a whole number.
        """
        return {"type": "integer", "description": "microseconds"}


class Day(Form):
    """
    A date as ISO 8601 text.
    """

    __slots__ = ()

    def dump(self, value: Any) -> Json:
        """
        Return *value* as text.
        """
        if not isinstance(value, dt.date) or isinstance(value, dt.datetime):
            refuse("a date", value)
        return dt.date.isoformat(value)

    def load(self, data: Json, _: object = None) -> dt.date:
        """
        Return the date.
        """
        found = dt.date.fromisoformat(TEXT.load(data))
        return found if found.isoformat() == data else refuse("a date like 2026-03-02", data)

    def schema(self) -> JsonSchema:
        """
        Return a text with a format.
        """
        return {"type": "string", "format": "date"}


class TimeOfDay(Form):
    """
    A wall time, which has no zone, as ISO 8601 text.
    """

    __slots__ = ()

    def dump(self, value: Any) -> Json:
        """
        Return *value* as text.
        """
        if not isinstance(value, dt.time) or value.tzinfo is not None:
            refuse("a time of day without a zone", value)
        return value.isoformat()

    def load(self, data: Json, _: object = None) -> dt.time:
        """
        Return the time.
        """
        found = dt.time.fromisoformat(TEXT.load(data))
        return found if found.isoformat() == data else refuse("a time like 09:00:00", data)

    def schema(self) -> JsonSchema:
        """
        Return a text.
        """
        return {"type": "string"}


class Exact(Form):
    """
    A decimal number as text, digit by digit.
    """

    __slots__ = ()

    def dump(self, value: Any) -> Json:
        """
        Return *value* as text.
        """
        if type(value) is not Decimal or value.is_nan():
            refuse("a decimal number", value)
        return str(value)

    def load(self, data: Json, _: object = None) -> Decimal:
        """
        Return the number.
        """
        try:
            found = Decimal(TEXT.load(data))
        except InvalidOperation:
            refuse("a decimal number's text", data)
        return found if self.dump(found) == data else refuse("a number like 1.50", data)

    def schema(self) -> JsonSchema:
        """
        Return a text.
        """
        return {"type": "string"}


LEAVES: Mapping[type, Form] = {
    str: TEXT,
    int: WHOLE,
    bool: FLAG,
    float: NUMBER,
    type(None): NOTHING,
    DateTime: Instant(),
    dt.datetime: Instant(),
    dt.timedelta: Amount(),
    dt.date: Day(),
    dt.time: TimeOfDay(),
    Decimal: Exact(),
}
"""
The forms of what is in no class of ours.
"""


class Optional(Form):
    """
    Something, or None.
    """

    __slots__ = ("_inner",)

    def __init__(self, inner: Form) -> None:
        self._inner = inner

    def dump(self, value: Any) -> Json:
        """
        Return it as the form inside does.
        """
        return None if value is None else self._inner.dump(value)

    def load(self, data: Json, _: object = None) -> Any:
        """
        Return it as the form inside does.
        """
        return None if data is None else self._inner.load(data)

    def schema(self) -> JsonSchema:
        """
        Return either.
        """
        return {"anyOf": [{"type": "null"}, self._inner.schema()]}

    def parts(self, data: Json) -> Iterator[Inside]:
        """
        Yield what the form inside does.
        """
        return iter(()) if data is None else self._inner.parts(data)

    def members(self, value: Any) -> Iterator[Inside]:
        """
        Yield what the form inside does.
        """
        return iter(()) if value is None else self._inner.members(value)


class Items(Form):
    """
    Any number of things of one form, in order.
    """

    __slots__ = ("inner",)

    def __init__(self, inner: Form) -> None:
        self.inner = inner

    def dump(self, value: Any) -> Json:
        """
        Return a list.
        """
        dump = self.inner.dump
        return [dump(one) for one in self._checked(value)]

    def load(self, data: Json, _: object = None) -> Any:
        """
        Return a tuple.
        """
        load = self.inner.load
        return tuple([load(one) for one in _listed(data)])

    def schema(self) -> JsonSchema:
        """
        Return a list.
        """
        return {"type": "array", "items": self.inner.schema()}

    def parts(self, data: Json) -> Iterator[Inside]:
        """
        Yield each by its position, from 0.
        """
        return self._numbered(data if type(data) is list else ())

    def members(self, value: Any) -> Iterator[Inside]:
        """
        Yield each by its position, from 0.
        """
        return self._numbered(value if isinstance(value, tuple | frozenset) else ())

    def _numbered(self, several: Iterable[Any]) -> Iterator[Inside]:
        return ((str(place), self.inner, one) for place, one in enumerate(several))

    def _checked(self, value: Any) -> Iterable[Any]:
        return value if type(value) is tuple else refuse("a tuple", value)


class Members(Items):
    """
    A set, written in an order that depends on nothing but what is in it.
    """

    __slots__ = ()

    def dump(self, value: Any) -> Json:
        """
        Return a sorted list.
        """
        return sorted(Items.dump(self, value), key=json.dumps)

    def load(self, data: Json, _: object = None) -> Any:
        """
        Return a frozen set.
        """
        found = frozenset(Items.load(self, data))
        if len(found) != len(data):
            raise RefusedValueError("something stands in it twice")
        return found

    def schema(self) -> JsonSchema:
        """
        Return a list of which all differ.
        """
        return {**Items.schema(self), "uniqueItems": True}

    def _checked(self, value: Any) -> Iterable[Any]:
        return value if type(value) is frozenset else refuse("a frozenset", value)


class Row(Form):
    """
    A fixed number of things, each of a form of its own.
    """

    __slots__ = ("_forms",)

    def __init__(self, forms: tuple[Form, ...]) -> None:
        self._forms = forms

    def dump(self, value: Any) -> Json:
        """
        Return a list.
        """
        self._check(value, tuple)
        return [form.dump(one) for form, one in zip(self._forms, value, strict=True)]

    def load(self, data: Json, _: object = None) -> Any:
        """
        Return a tuple.
        """
        self._check(data, list)
        return tuple([form.load(one) for form, one in zip(self._forms, data, strict=True)])

    def schema(self) -> JsonSchema:
        """
        Return a list of that length.
        """
        prefix = [form.schema() for form in self._forms]
        return {"type": "array", "prefixItems": prefix, "minItems": len(prefix), "items": False}

    def parts(self, data: Json) -> Iterator[Inside]:
        """
        Yield each by its position, from 0.
        """
        several = data if type(data) in {list, tuple} else ()
        pairs = zip(self._forms, several, strict=False)
        return ((str(place), form, one) for place, (form, one) in enumerate(pairs))

    def members(self, value: Any) -> Iterator[Inside]:
        """
        Yield each by its position, from 0.
        """
        return self.parts(value)

    def _check(self, found: Any, kind: type[tuple[Any, ...] | list[Any]]) -> None:
        if type(found) is not kind or len(found) != len(self._forms):
            refuse(f"a {kind.__name__} of {len(self._forms)}", found)


class ByName(Form):
    """
    A mapping of names to things of one form, written in the order of the names.
    """

    __slots__ = ("inner",)

    def __init__(self, inner: Form) -> None:
        self.inner = inner

    def dump(self, value: Any) -> Json:
        """
        Return a dict.
        """
        dump = self.inner.dump
        return {TEXT.dump(name): dump(value[name]) for name in sorted(value)}

    def load(self, data: Json, _: object = None) -> Any:
        """
        Return a dict.
        """
        load = self.inner.load
        return {name: load(one) for name, one in keyed(data).items()}

    def schema(self) -> JsonSchema:
        """
        Return an object of any names.
        """
        return {"type": "object", "additionalProperties": self.inner.schema()}

    def parts(self, data: Json) -> Iterator[Inside]:
        """
        Yield each by its name.
        """
        named = data.items() if hasattr(data, "items") else ()
        return ((str(name), self.inner, one) for name, one in named)

    def members(self, value: Any) -> Iterator[Inside]:
        """
        Yield each by its name.
        """
        return self.parts(value)


def _listed(data: Json) -> list[Any]:
    return data if type(data) is list else refuse("a list", data)


def keyed(data: Json) -> dict[str, Any]:
    """
    Return *data* if it is a dict.

    Raises:
        RefusedValueError: It is none.
    """
    return data if type(data) is dict else refuse("an object with keys", data)
