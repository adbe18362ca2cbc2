"""
Every known error that the tests of its verbs make is checked on the way, where they ask for it.
"""

from __future__ import annotations

from known_error_doubles import every_step_is_true


__all__ = ["every_step_is_true"]
