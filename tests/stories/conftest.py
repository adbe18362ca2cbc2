"""
Every incident that these tests make is checked on the way.
"""

from __future__ import annotations

from incident_doubles import every_step_is_true


__all__ = ["every_step_is_true"]
