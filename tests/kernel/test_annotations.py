"""
Annotations can be resolved at run time, for serializers.
"""

from __future__ import annotations

import importlib
import pkgutil

import attrs
import pytest

import itil_ops

from itil_ops.incident.record import Incident
from itil_ops.kernel.journal import Entry
from itil_ops.kernel.record import Record


OURS = ("itil_ops.kernel", "itil_ops.incident", "itil_ops.errors")
KINDS = sorted(
    {
        kind
        for found in pkgutil.walk_packages(itil_ops.__path__, "itil_ops.")
        if found.name.startswith(OURS)
        for kind in vars(importlib.import_module(found.name)).values()
        if isinstance(kind, type) and attrs.has(kind) and kind.__module__.startswith(OURS)
    },
    key=lambda kind: f"{kind.__module__}.{kind.__qualname__}",
)


def test_records_and_entries_are_among_those_asked():
    assert {Incident, Record, Entry} <= set(KINDS)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_field_has_a_type_at_run_time(kind):
    attrs.resolve_types(kind)

    assert not [field.name for field in attrs.fields(kind) if isinstance(field.type, str)]
