"""
Forms of records and parts, and of the entries of their journals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias, cast

from itil_ops.adapters.serialization.journals import ChangedFields, EntryForm, Owner
from itil_ops.adapters.serialization.shapes import Fields, StateByName
from itil_ops.kernel.journal import Entry
from itil_ops.kernel.journaled import Journaled
from itil_ops.kernel.stateful import Part, Stateful, journaled_fields


if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from itil_ops.adapters.serialization.annotations import Forms
    from itil_ops.adapters.serialization.forms import Form


#: A class of records, of any room.
RecordType: TypeAlias = type[Journaled]

_NOT_WRITTEN = "stored_version"
_JOURNAL = "journal"


def check_records(records: Iterable[RecordType]) -> tuple[RecordType, ...]:
    """
    Return *records* if each is a class of records that can be written.

    Raises:
        TypeError: One is no class of records, or has no lifecycle or type of id.
    """
    return tuple(map(_check_record, records))


def _check_record(cls: object) -> RecordType:
    if not isinstance(cls, type) or not issubclass(cls, Journaled):
        raise TypeError(f"each of records must be a class of records, not {cls!r}")
    for name in ("lifecycle", "id_type"):
        if not hasattr(cls, name):
            raise TypeError(f"{cls.__qualname__} has no {name}, so none of it can be written")
    return cls


def classes_of(records: Iterable[RecordType]) -> Iterable[type]:
    """
    Yield the ids of *records*, their parts and the ids of those.
    """
    for cls in records:
        yield cls.id_type
        for part_id, part in cls.part_types.items():
            yield from (part_id, part)


class Records:
    """
    The forms of all that lives a lifecycle.
    """

    __slots__ = ("_forms", "_owners")

    def __init__(self, forms: Forms) -> None:
        self._forms = forms
        self._owners: dict[Owner, ChangedFields] = {}

    def entry(self) -> Form:
        """
        Return the form of an entry of any of them.
        """
        return EntryForm(self._forms.of_fields(Entry), self._owners)

    def record(self, cls: RecordType) -> Form:
        """
        Return the form of a class of records; entries of its kind can be written from then on.

        Raises:
            TypeError: Nothing can be written of a field.

            ValueError: Another class with ids of that type has a field of that name, of another
                type.
        """
        forms = self._stateful(cls)
        del forms[_NOT_WRITTEN]
        self._own((cls.id_type, None), cls, forms)
        for part_id, part in cls.part_types.items():
            self._own((cls.id_type, part_id), part, self._stateful(part))
        return Fields(cls, forms)

    def part(self, cls: type[Part]) -> Form:
        """
        Return the form of a class of parts.
        """
        return Fields(cls, self._stateful(cls))

    def _stateful(self, cls: type[Stateful]) -> dict[str, Form]:
        return {**self._forms.of_fields(cls), "state": StateByName(cls.lifecycle)}

    def _own(self, owner: Owner, cls: type[Stateful], forms: Mapping[str, Form]) -> None:
        known = self._owners.setdefault(owner, ChangedFields(cls.__name__, {})).forms
        for name in sorted(journaled_fields(cls)):
            if known.setdefault(name, forms[name]) is not forms[name]:
                raise ValueError(
                    f"field {name!r} of {cls.__qualname__} is of another type in another class"
                    f" of records with a {owner[0].__name__}: an entry would not tell whose it is"
                )


def unjournaled(cls: RecordType, whole: Form) -> Fields:
    """
    Return the form of records of *cls* without their journal.
    """
    fields = cast("Fields", whole).forms.values()
    return Fields(cls, {name: form for name, form in fields if name != _JOURNAL})
