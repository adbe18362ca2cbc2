"""
Optional packages, imported where they are used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from itil_ops.errors import MissingExtraError


if TYPE_CHECKING:
    from types import ModuleType


def imported(package: str, extra: str) -> ModuleType:
    """
    Return the module *package*, which the extra *extra* brings.

    Raises:
        MissingExtraError: It is not installed.
    """
    try:
        return import_module(package)
    except ModuleNotFoundError:
        raise MissingExtraError(package, extra) from None
