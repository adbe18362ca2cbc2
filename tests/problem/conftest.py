"""
Every problem that these tests make is checked on the way.
"""

from __future__ import annotations

from problem_doubles import every_problem_is_true


__all__ = ["every_problem_is_true"]
