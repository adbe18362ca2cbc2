"""
Every service request that these tests make is checked on the way.
"""

from __future__ import annotations

from request_doubles import every_request_is_true


__all__ = ["every_request_is_true"]
