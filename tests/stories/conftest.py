"""
Every record that these tests make is checked on the way.
"""

from __future__ import annotations

import pytest

import incident_doubles
import known_error_doubles
import problem_doubles

from incident_doubles import every_step_is_true
from itil_ops import Incident, KnownError, Problem
from record_doubles import nothing_changes


__all__ = ["every_record_is_true", "every_step_is_true"]

CHECKS = {
    Incident: incident_doubles.is_true,
    Problem: problem_doubles.is_true,
    KnownError: known_error_doubles.is_true,
}


def watch(patch, kind, is_true):
    begin, take = kind._begin.__func__, kind._take

    def begun(cls, *args, **told):
        return is_true(begin(cls, *args, **told))

    def taken(self, *steps, **told):
        with nothing_changes(self):
            return is_true(take(self, *steps, **told))

    patch.setattr(kind, "_begin", classmethod(begun))
    patch.setattr(kind, "_take", taken)


@pytest.fixture(scope="module")
def every_record_is_true():
    """
    Look at every record of a story that is lived once for a module, whatever its kind.
    """
    with pytest.MonkeyPatch.context() as patch:
        for kind, is_true in CHECKS.items():
            watch(patch, kind, is_true)
        yield
