"""
Forms of classes: read and written by functions that cattrs compiles, one for each class.
"""

from __future__ import annotations

import types

from typing import TYPE_CHECKING, Any

import attrs

from itil_ops.adapters.serialization.forms import TEXT, Form, Inside, Json, JsonSchema, keyed
from itil_ops.adapters.serialization.kinds import check_keys, closed
from itil_ops.adapters.serialization.refusals import RefusedValueError, refuse
from itil_ops.kernel.checks import did_you_mean
from itil_ops.kernel.extras import imported
from itil_ops.kernel.table import State


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from enum import Enum

    from itil_ops.kernel.identity import RecordId
    from itil_ops.kernel.lifecycle import Lifecycle
    from itil_ops.kernel.term import Term


cattrs = imported("cattrs", "serialization")


def _is_form(annotation: object) -> bool:
    return isinstance(annotation, Form)


def _writer(form: Form) -> Callable[[Any], Json]:
    return form.dump


def _reader(form: Form) -> Callable[[Json, object], Any]:
    return form.load


def _converter() -> Any:
    """
    Return a converter to which a form is a type: the hooks of each are its own.
    """
    converter = cattrs.Converter(detailed_validation=False)
    converter.register_unstructure_hook_factory(_is_form, _writer)
    converter.register_structure_hook_factory(_is_form, _reader)
    return converter


class Fields(Form):
    """
    An attrs class, by the names its constructor takes.
    """

    __slots__ = ("_cls", "_names", "_read", "_write", "forms")

    def __init__(self, cls: type, forms: Mapping[str, Form]) -> None:
        told = [one for one in attrs.fields(cls) if one.name in forms]
        self._cls = cls
        self.forms = {one.alias: (one.name, forms[one.name]) for one in told}
        self._names = frozenset(self.forms)
        typed = [one.evolve(type=forms[one.name]) for one in told]
        given = (typed, cls, _converter())
        shared = {"_cattrs_use_alias": True, "typevar_map": _typevars(cls)}
        self._write = cattrs.gen.make_dict_unstructure_fn_from_attrs(*given, **shared)
        self._read = cattrs.gen.make_dict_structure_fn_from_attrs(*given, **shared)

    def dump(self, value: Any) -> Json:
        """
        Return a dict of all fields.
        """
        return self._write(value)

    def load(self, data: Json, _: object = None) -> Any:
        """
        Return what the class makes of the fields.
        """
        self.check(data)
        return self._read(data, self._cls)

    def check(self, data: Json) -> None:
        """
        Refuse *data* that are not a dict of exactly the fields.
        """
        if type(data) is not dict or data.keys() != self._names:
            check_keys(keyed(data), self._names)

    def schema(self) -> JsonSchema:
        """
        Return an object with all fields.
        """
        return closed({key: form.schema() for key, (_, form) in self.forms.items()})

    def parts(self, data: Json) -> Iterator[Inside]:
        """
        Yield each field by its key.
        """
        if type(data) is not dict or data.keys() != self._names:
            return iter(())
        return ((key, form, data[key]) for key, (_, form) in self.forms.items())

    def members(self, value: Any) -> Iterator[Inside]:
        """
        Yield each field by its key.
        """
        return ((key, form, getattr(value, name)) for key, (name, form) in self.forms.items())


def _typevars(cls: type) -> dict[str, type]:
    return {one.__name__: object for one in getattr(cls, "__parameters__", ())}


class Worded(Form):
    """
    A class of a single text: a term or an id.
    """

    __slots__ = ("_cls", "_usual")

    def __init__(self, cls: type[Term | RecordId], usual: Iterable[Any] = ()) -> None:
        self._cls: Callable[[str], Any] = cls
        self._usual = {one.value: one for one in usual}

    def dump(self, value: Any) -> Json:
        """
        Return its text.
        """
        return value.value if type(value) is self._cls else refuse(_article(self._cls), value)

    def load(self, data: Json, _: object = None) -> Any:
        """
        Return what the class makes of the text.
        """
        if type(data) is not str:
            refuse(f"the text of {_article(self._cls)}", data)
        return self._usual.get(data) or self._cls(data)

    def schema(self) -> JsonSchema:
        """
        Return a text.
        """
        return {"type": "string"}


def _article(cls: Any) -> str:
    return f"{'an' if cls.__name__[0] in 'AEIOU' else 'a'} {cls.__name__}"


class OneOf(Form):
    """
    A member of an enumeration, by its value.
    """

    __slots__ = ("_cls", "_members")

    def __init__(self, cls: type[Enum]) -> None:
        self._cls = cls
        self._members = {one.value: one for one in cls}

    def dump(self, value: Any) -> Json:
        """
        Return its value.
        """
        return value.value if type(value) is self._cls else refuse(_article(self._cls), value)

    def load(self, data: Json, _: object = None) -> Any:
        """
        Return the member.
        """
        return named(data, self._members, f"no {self._cls.__name__}")

    def schema(self) -> JsonSchema:
        """
        Return the texts there are.
        """
        return {"enum": [*self._members]}


class StateByName(Form):
    """
    A state of one lifecycle, by its name.
    """

    __slots__ = ("_lifecycle", "_states")

    def __init__(self, lifecycle: Lifecycle) -> None:
        self._lifecycle = lifecycle.name
        self._states = {state.name: state for state in lifecycle.states}

    def dump(self, value: Any) -> Json:
        """
        Return its name.
        """
        if type(value) is not State or self._states.get(value.name) != value:
            refuse(f"a state of {self._lifecycle}", value)
        return value.name

    def load(self, data: Json, _: object = None) -> Any:
        """
        Return the state.
        """
        return named(data, self._states, f"{self._lifecycle} has no state")

    def schema(self) -> JsonSchema:
        """
        Return the names there are.
        """
        return {"enum": [*self._states]}


class Functions(Form):
    """
    A function that is known by name: code is never written.
    """

    __slots__ = ("_by_name",)

    def __init__(self, functions: Iterable[Callable[..., object]]) -> None:
        self._by_name: dict[str, Callable[..., object]] = {}
        for one in functions:
            if not isinstance(one, types.FunctionType):
                raise TypeError(f"each of functions must be a function, not {one!r}")
            if self._by_name.setdefault(one.__name__, one) is not one:
                raise ValueError(f"two functions are called {one.__name__!r}")

    def dump(self, value: Any) -> Json:
        """
        Return its name.
        """
        name: str = value.__name__
        if self._by_name.get(name) is not value:
            raise RefusedValueError(
                f"the function {name} is not registered: Codec(functions=[{name}])"
            )
        return name

    def load(self, data: Json, _: object = None) -> Any:
        """
        Return the function.
        """
        return named(data, self._by_name, "no function is registered as")

    def schema(self) -> JsonSchema:
        """
        Return the names there are.
        """
        return {"enum": [*self._by_name]}


def named(data: Json, known: Mapping[Any, Any], none: str) -> Any:
    """
    Return what is *known* by the text *data*.

    Raises:
        RefusedValueError: *data* is no text, or nothing is known by it.
    """
    found = known.get(TEXT.load(data))
    if found is None:
        advice = did_you_mean(data, known, "there is nothing like it")
        raise RefusedValueError(f"{none} {data!r}; {advice}")
    return found
