"""
From values and records to text and back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast, overload

from itil_ops.adapters.serialization.building import build
from itil_ops.adapters.serialization.kinds import Envelope
from itil_ops.adapters.serialization.refusals import reading_error, writing_error
from itil_ops.adapters.serialization.text import STANDARD, JsonText, check_text, check_texts
from itil_ops.errors import SerializationError
from itil_ops.kernel.checks import check_type
from itil_ops.kernel.journal import Entry
from itil_ops.kernel.stateful import copied


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from itil_ops.adapters.serialization.forms import Form, Json
    from itil_ops.adapters.serialization.kinds import Upcaster
    from itil_ops.adapters.serialization.records import RecordType
    from itil_ops.kernel.journal import Journal
    from itil_ops.kernel.journaled import Journaled


T = TypeVar("T")


class Codec:
    """
    Writes values and records as text, and reads them back: equal, and of the same types.

    What is written is JSON of an envelope, `{"kind", "schema", "data"}`. Equal values are written
    alike, but for numbers, which stay as they are (75 and 75.0, 1.5 and 1.50), and calendars that
    several make up, which keep their order. A codec never changes once it is made, so threads may
    share it.

    >>> from itil_ops import CategoryPath
    >>> codec = Codec()
    >>> codec.dumps(CategoryPath("software/mail"))
    '{"kind":"category_path","schema":1,"data":{"path":"software/mail"}}'
    >>> codec.loads('{"kind":"category_path","schema":1,"data":{"path":7}}')
    Traceback (most recent call last):
    ...
    itil_ops.errors.SerializationError: data.path: a text belongs here, not 7

    Args:
        records: Classes of records of the caller's own; their types of ids and parts come along.

        values: Other classes of the caller's own: attrs classes, terms, ids, enumerations.

        functions: Conditions of the caller's own, written by their names.

        upcasters: What lifts data of older schemas.

        text: How plain structures become text.

    Raises:
        TypeError: A class cannot be written, or a field of it.

        ValueError: Two classes or functions have one name, or upcasters do not follow on each
            other.
    """

    __slots__ = ("_entry", "_kinds", "_snapshot", "_text", "_value")

    def __init__(
        self,
        *,
        records: Iterable[RecordType] = (),
        values: Iterable[type] = (),
        functions: Iterable[Callable[..., object]] = (),
        upcasters: Iterable[Upcaster] = (),
        text: JsonText = STANDARD,
    ) -> None:
        known = build(records, values, functions, upcasters)
        self._text = check_type(text, JsonText, "text")
        self._kinds = known.kinds
        self._value = Envelope(known.kinds)
        self._entry = Envelope(known.kinds, _is_entry, "an entry")
        self._snapshot = Envelope(known.snapshots, called="a record")

    # ---- Values and whole records -----------------------------------------------------------

    def dumps(self, value: object) -> str:
        """
        Return *value*, a record with its journal included, as text.

        Raises:
            SerializationError: Its class is not registered, or something in it cannot be written.
        """
        return self._written(self._value, value)

    @overload
    def loads(self, text: str) -> Any: ...

    @overload
    def loads(self, text: str, expected: type[T]) -> T: ...

    def loads(self, text: str, expected: type[Any] = object) -> Any:
        """
        Return the value that *text* tells of.

        Args:
            text: What was written.

            expected: What it must be of.

        Raises:
            TypeError: *text* is no text.

            SerializationError: It is damaged, of an unknown kind or a newer schema, or not of what
                is expected.
        """
        return _checked(self._read(self._value, text), expected)

    def dump(self, value: object) -> dict[str, Any]:
        """
        Return *value* as dicts, lists, texts, numbers, flags and None, see `dumps`.
        """
        data: dict[str, Any] = _dumped(self._value, value)
        check_texts(data)
        return data

    @overload
    def load(self, data: Mapping[str, Any]) -> Any: ...

    @overload
    def load(self, data: Mapping[str, Any], expected: type[T]) -> T: ...

    def load(self, data: Mapping[str, Any], expected: type[Any] = object) -> Any:
        """
        Return the value that plain structures tell of, see `loads`.
        """
        check_texts(data)
        return _checked(_loaded(self._value, data), expected)

    def json_schema(self, kind: type | None = None) -> dict[str, Any]:
        """
        Return the JSON Schema (draft 2020-12) of what is written now of *kind*, or of all kinds.

        It is made from what reads and writes. Data of older schemas are none of it.

        Raises:
            ValueError: The class is not registered.
        """
        return self._kinds.json_schema(kind)

    # ---- For stores that keep entries on their own ------------------------------------------

    def dumps_snapshot(self, record: Journaled) -> str:
        """
        Return *record* without its journal as text.

        Raises:
            SerializationError: See `dumps`.
        """
        return self._written(self._snapshot, record)

    def loads_snapshot(self, text: str, journal: Journal) -> Any:
        """
        Return the record that *text* tells of, with *journal*, which is taken as it is.

        Raises:
            TypeError: *text* is no text, or *journal* no tuple.

            SerializationError: See `loads`.
        """
        check_type(journal, tuple, "journal")
        return copied(self._read(self._snapshot, text), {"journal": journal})

    def dumps_entry(self, entry: Entry) -> str:
        """
        Return *entry* as text.

        Raises:
            SerializationError: See `dumps`.
        """
        return self._written(self._entry, entry)

    def loads_entry(self, text: str) -> Entry:
        """
        Return the entry that *text* tells of.

        Raises:
            TypeError: *text* is no text.

            SerializationError: See `loads`.
        """
        return cast("Entry", self._read(self._entry, text))

    # ---- Between text and plain structures --------------------------------------------------

    def _written(self, form: Form, value: object) -> str:
        data = _dumped(form, value)
        try:
            text = self._text.dumps(data)
        except ValueError as error:
            raise SerializationError("", f"it cannot be written as text: {error}") from error
        check_text(text, data, escapes="\\u0000")
        return text

    def _read(self, form: Form, text: str) -> Any:
        try:
            data = self._text.loads(check_type(text, str, "text"))
        except (ValueError, RecursionError) as error:
            raise SerializationError("", f"it is no JSON: {error}") from error
        check_text(text, data, escapes="\\u")
        return _loaded(form, data)


def _is_entry(cls: type) -> bool:
    return cls is Entry


def _dumped(form: Form, value: object) -> Json:
    try:
        return form.dump(value)
    except Exception as found:  # noqa: BLE001 -- whatever a value of other types than it says raises
        error = writing_error(form, value, found)
        raise error from error.__cause__


def _loaded(form: Form, data: Json) -> Any:
    try:
        return form.load(data)
    except Exception as found:  # noqa: BLE001 -- whatever a class's own checks raise
        error = reading_error(form, data, found)
        raise error from error.__cause__


def _checked(value: Any, expected: type) -> Any:
    if isinstance(value, expected):
        return value
    why = f"a {expected.__name__} belongs here, not a {type(value).__name__}"
    raise SerializationError("kind", why)
