"""
Parts of lists in which something may not be readable.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from itil_ops.errors import SerializationError
from itil_ops.repositories.ports import Slice


if TYPE_CHECKING:
    from collections.abc import Iterable

    from itil_ops.repositories.ports import Cursor


T = TypeVar("T")


def page(read: Iterable[T | SerializationError], following: Cursor | None) -> Slice[T]:
    """
    Return the part of a list that was *read*, and where it goes on.

    Raises:
        SerializationError: The first of those in it, with all that could be read as its `rest`.
    """
    found = tuple(read)
    readable = Slice(
        tuple(one for one in found if not isinstance(one, SerializationError)), following
    )
    for one in found:
        if isinstance(one, SerializationError):
            raise SerializationError(one.path, one.why, one.record, readable) from one
    return readable
