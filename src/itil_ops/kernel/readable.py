"""
Values that are written in a text as their `str`.
"""

from __future__ import annotations


class Readable:
    """
    What an f-string shows by its `str`, width and padding included.
    """

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)
