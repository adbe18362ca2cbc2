"""
Forms of journals: what an entry changes is written as the fields of its record are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from itil_ops.adapters.serialization.forms import ByName, Form, Inside, Json, JsonSchema, keyed
from itil_ops.adapters.serialization.kinds import any_of, closed
from itil_ops.adapters.serialization.refusals import RefusedValueError, refuse
from itil_ops.adapters.serialization.shapes import Fields
from itil_ops.kernel.checks import did_you_mean
from itil_ops.kernel.journal import NO_CHANGES, Changes, Entry


if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from itil_ops.kernel.identity import PartId, RecordId


class AnyChanges(ByName):
    """
    Changes of which nobody knows whose fields they are.
    """

    __slots__ = ()

    def dump(self, value: Any) -> Json:
        """
        Return a dict.
        """
        return ByName.dump(self, _changes(value))

    def load(self, data: Json, _: object = None) -> Any:
        """
        Return changes.
        """
        return Changes(ByName.load(self, data)) if data != {} else NO_CHANGES


class ChangedFields(Form):
    """
    Changes of the fields of one class of records or parts.
    """

    __slots__ = ("_called", "forms")

    def __init__(self, called: str, forms: Mapping[str, Form]) -> None:
        self._called = called
        self.forms = dict(forms)

    def dump(self, value: Any) -> Json:
        """
        Return a dict, in the order of the names.
        """
        if not _changes(value):
            return {}
        return {name: self._form(name).dump(value[name]) for name in sorted(value)}

    def load(self, data: Json, _: object = None) -> Any:
        """
        Return changes.
        """
        if data == {}:
            return NO_CHANGES
        return Changes({name: self._form(name).load(one) for name, one in keyed(data).items()})

    def schema(self) -> JsonSchema:
        """
        Return an object of any of the fields.
        """
        return closed({name: form.schema() for name, form in self.forms.items()}, needed=False)

    def parts(self, data: Json) -> Iterator[Inside]:
        """
        Yield each by its name.
        """
        known = data.items() if type(data) is dict else ()
        return ((name, self.forms[name], one) for name, one in known if name in self.forms)

    def members(self, value: Any) -> Iterator[Inside]:
        """
        Yield each by its name.
        """
        return self.parts(dict(value) if isinstance(value, Changes) else None)

    def _form(self, name: str) -> Form:
        form = self.forms.get(name)
        if form is None:
            advice = did_you_mean(name, self.forms, "is the class that has it registered?")
            raise RefusedValueError(f"{self._called} has no field {name!r}; {advice}", name)
        return form


def _changes(value: Any) -> Changes:
    return value if type(value) is Changes else refuse("a Changes", value)


class _Untouched(Form):
    """
    What the form around it writes and reads itself.
    """

    __slots__ = ()

    def dump(self, value: Any) -> Json:
        return value

    def load(self, data: Json, _: object = None) -> Any:
        return data

    def schema(self) -> JsonSchema:
        return {}


UNTOUCHED = _Untouched()

#: Of whose fields the changes of an entry are.
Owner: TypeAlias = "tuple[type[RecordId], type[PartId] | None]"


class EntryForm(Form):
    """
    An entry: its changes are the fields of the class that its record's id is of.
    """

    __slots__ = ("_fields", "_inner", "_owners", "_part", "_record")

    def __init__(self, forms: Mapping[str, Form], owners: Mapping[Owner, ChangedFields]) -> None:
        self._record = forms["record"]
        self._part = forms["part"]
        self._owners = owners
        self._inner = dict(forms)
        apart = dict.fromkeys(("record", "part", "changes"), UNTOUCHED)
        self._fields = Fields(Entry, {**forms, **apart})

    def dump(self, value: Any) -> Json:
        """
        Return a dict of all fields.
        """
        data = self._fields.dump(value)
        data["changes"] = self._owner(value.record, value.part).dump(value.changes)
        data["record"] = self._record.dump(value.record)
        data["part"] = self._part.dump(value.part)
        return data

    def load(self, data: Json, _: object = None) -> Any:
        """
        Return the entry.
        """
        self._fields.check(data)
        record, part = self._record.load(data["record"]), self._part.load(data["part"])
        changes = self._owner(record, part).load(data["changes"])
        return self._fields.load({**data, "record": record, "part": part, "changes": changes})

    def schema(self) -> JsonSchema:
        """
        Return an object with all fields; the changes are those of any class.
        """
        told = self._fields.schema()["properties"]
        ids = {"record": self._record.schema(), "part": self._part.schema()}
        changes = any_of([owner.schema() for owner in self._owners.values()])
        return closed({**told, **ids, "changes": changes})

    def parts(self, data: Json) -> Iterator[Inside]:
        """
        Yield each field by its name; the changes last, if it can be known whose they are.
        """
        found = {name: part for name, _, part in self._fields.parts(data)}
        for name in [one for one in found if one != "changes"]:
            yield name, self._inner[name], found[name]
        owner = self._owner(self._record.load(found["record"]), self._part.load(found["part"]))
        yield "changes", owner, found["changes"]

    def members(self, value: Any) -> Iterator[Inside]:
        """
        Yield each field by its name.
        """
        for name, _, part in self._fields.members(value):
            if name != "changes":
                yield name, self._inner[name], part
        owner = self._owners.get(_owner(value.record, value.part))
        if owner is not None:
            yield "changes", owner, value.changes

    def _owner(self, record: RecordId, part: PartId | None) -> ChangedFields:
        owner = self._owners.get(_owner(record, part))
        if owner is None:
            whose = repr(record) if part is None else f"{part!r} in {record!r}"
            raise RefusedValueError(
                f"no class of records is registered for {whose}: Codec(records=[...])",
                "record" if part is None else "part",
            )
        return owner


def _owner(record: object, part: object) -> Any:
    return type(record), None if part is None else type(part)
