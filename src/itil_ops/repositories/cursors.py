"""
Cursors: places in a list, written so that one of another list is noticed.
"""

from __future__ import annotations

import base64
import hashlib
import json

from typing import TYPE_CHECKING, Any

from itil_ops.kernel.checks import check_type, is_encodable


if TYPE_CHECKING:
    from itil_ops.repositories.ports import Cursor


def write_cursor(scope: str, *key: int | str) -> Cursor:
    """
    Return the cursor of the place *key* in the list that *scope* names.
    """
    body = json.dumps([scope, *key], separators=(",", ":"))
    return base64.urlsafe_b64encode(f"{_sum(body)}{body}".encode()).decode()


def read_cursor(cursor: object, scope: str, shape: tuple[type, ...]) -> tuple[Any, ...]:
    """
    Return the key that `write_cursor` wrote.

    Args:
        cursor: The cursor.

        scope: The list that it must be of.

        shape: The types of the key.

    Raises:
        TypeError: *cursor* is no text.

        ValueError: It is no cursor of that list, or not as it was written.
    """
    text = check_type(cursor, str, "after")
    key = _decoded(text)[1:]
    # One place has one cursor: whatever else decodes to it was not written here.
    fits = tuple(map(type, key)) == shape and all(map(_fits, key))
    if not fits or write_cursor(scope, *key) != text:
        raise ValueError(f"after must be a cursor of this {_list_of(scope)}, not {text!r}")
    return tuple(key)


def _fits(value: int | str) -> bool:
    """
    Return whether a store can have written *value*: 64 bits at most, text that can be encoded.
    """
    return is_encodable(value) if isinstance(value, str) else -(2**63) <= value < 2**63


_SUM_LENGTH = 12


def _sum(body: str) -> str:
    return hashlib.blake2b(body.encode(), digest_size=_SUM_LENGTH // 2).hexdigest()


def _decoded(text: str) -> list[Any]:
    try:
        whole = base64.b64decode(text, altchars=b"-_", validate=True).decode()
        stated, body = whole[:_SUM_LENGTH], whole[_SUM_LENGTH:]
        return list(json.loads(body)) if stated == _sum(body) else [None]
    except ValueError:
        return [None]


def _list_of(scope: str) -> str:
    return "feed" if scope.startswith("journal") else "query"
