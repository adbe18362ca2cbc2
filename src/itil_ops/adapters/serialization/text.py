"""
Plain structures as JSON text, canonical in writing and strict in reading.
"""

from __future__ import annotations

import json

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

import attrs

from itil_ops.errors import SerializationError


if TYPE_CHECKING:
    from collections.abc import Iterator

    from itil_ops.adapters.serialization.forms import Json


@attrs.frozen
class JsonText:
    """
    Two functions between plain structures and JSON text.

    Another package's may take the place of the standard library's, as long as they keep the order
    of keys, write no lone surrogates, and refuse what is no JSON by a `ValueError`. Keys that stand
    twice are for them to refuse.

    Attributes:
        dumps: Writes dicts, lists, texts, numbers, flags and None.

        loads: Reads them.
    """

    dumps: Callable[[Any], str]
    loads: Callable[[str], Any]


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice!r} stands twice in one object")
    return found


def _no_number(written: str) -> NoReturn:
    raise ValueError(f"{written} is no number of JSON")


STANDARD = JsonText(
    json.JSONEncoder(
        ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":")
    ).encode,
    json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_number).decode,
)
"""
The standard library's: no blanks, everything readable that can be.
"""


def check_text(text: str, data: Json, *, escapes: str) -> None:
    """
    Make sure that *text*, which tells of *data*, has nothing in it that a store cannot keep.

    Args:
        text: The text.

        data: What it tells of: looked through only where the text gives rise to it.

        escapes: What in the text may stand for such a character.

    Raises:
        SerializationError: There is a NUL or a lone surrogate.
    """
    if escapes in text or not _is_encodable(text):
        check_texts(data)


def check_texts(data: Json) -> None:
    """
    Make sure that every text in *data* can be kept by any store.

    Raises:
        SerializationError: One has a NUL or a lone surrogate; its place is named.
    """
    try:
        for path, text in _texts(data, ()):
            if "\0" in text or not _is_encodable(text):
                why = f"a NUL or a lone surrogate, which no store keeps: {text!r}"
                raise SerializationError(".".join(path), why)
    except RecursionError as error:
        raise SerializationError("", "it is nested too deeply") from error


def _texts(data: Json, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(data, str):
        yield path, data
    elif isinstance(data, dict):
        for name, inner in data.items():
            yield (*path, name), name
            yield from _texts(inner, (*path, name))
    elif isinstance(data, list):
        for place, inner in enumerate(data):
            yield from _texts(inner, (*path, str(place)))


def _is_encodable(text: str) -> bool:
    try:
        text.isascii() or text.encode()
    except UnicodeEncodeError:
        return False
    return True
