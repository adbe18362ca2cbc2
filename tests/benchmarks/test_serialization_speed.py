"""
What it costs to write an incident with twenty entries as text and to read it back.

    python -m pytest tests/benchmarks/test_serialization_speed.py --benchmark-only -s

Beside it stands a plain converter of `cattrs.preconf.json` for the same classes, with no more than
the hooks without which it would not work at all: it checks nothing, coerces, and knows no kinds or
schemas. Times are measured in turns and told as ratios; none is asserted.
"""

from __future__ import annotations

import sys
import timeit

from datetime import datetime
from statistics import median
from typing import get_type_hints

import attrs
import pytest

from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override
from cattrs.preconf.json import make_converter
from pendulum import DateTime

from benchmarks.worked import ENTRIES, in_progress
from itil_ops.adapters.serialization import Codec
from itil_ops.incident.record import Incident
from itil_ops.kernel.identity import IncidentId, RecordId
from itil_ops.kernel.instant import utc
from itil_ops.kernel.journal import Changes
from itil_ops.kernel.stateful import Part
from itil_ops.kernel.table import State
from itil_ops.kernel.term import Term


INCIDENT = in_progress()


# ---- The peer -----------------------------------------------------------------------------------


def is_text_class(cls):
    return isinstance(cls, type) and issubclass(cls, Term | RecordId)


def peer():
    """
    Return a converter that can write incidents and read them.
    """
    converter = make_converter()
    converter.register_unstructure_hook(DateTime, DateTime.isoformat)
    converter.register_structure_hook(DateTime, lambda text, _: utc(datetime.fromisoformat(text)))
    converter.register_unstructure_hook_func(is_text_class, lambda value: value.value)
    converter.register_structure_hook_func(is_text_class, lambda text, cls: cls(text))
    converter.register_structure_hook(RecordId | str | None, lambda text, _: text)
    converter.register_unstructure_hook(State, lambda state: state.name)
    converter.register_structure_hook(State, lambda name, _: Incident.lifecycle.state(name))
    converter.register_structure_hook(Part, lambda part, _: part)

    hints = get_type_hints(Incident)

    def write_changes(changes):
        return {name: converter.unstructure(changes[name], hints[name]) for name in changes}

    def read_changes(data, _):
        return Changes({name: converter.structure(data[name], hints[name]) for name in data})

    converter.register_unstructure_hook(Changes, write_changes)
    converter.register_structure_hook(Changes, read_changes)
    hooks = {"decided": override(unstruct_hook=dict, struct_hook=lambda data, _: Changes(data))}
    entry = get_type_hints(Incident)["journal"].__args__[0]
    record = override(struct_hook=lambda text, _: IncidentId(text))
    hooks = {**hooks, "record": record}
    for cls, told in ((entry, hooks), (Incident, {"stored_version": override(omit=True)})):
        attrs.resolve_types(cls)
        converter.register_unstructure_hook(cls, make_dict_unstructure_fn(cls, converter, **told))
        converter.register_structure_hook(cls, make_dict_structure_fn(cls, converter, **told))
    return converter


CODEC, PEER = Codec(), peer()


def ours():
    return CODEC.loads(CODEC.dumps(INCIDENT))


def theirs():
    return PEER.loads(PEER.dumps(INCIDENT), Incident)


OUR_TEXT, THEIR_TEXT = CODEC.dumps(INCIDENT), PEER.dumps(INCIDENT)

#: What is measured of each, and the ratio that is aimed at.
WAYS = {
    "both ways": (ours, theirs, 1.5),
    "writing": (lambda: CODEC.dumps(INCIDENT), lambda: PEER.dumps(INCIDENT), 1.5),
    "reading": (lambda: CODEC.loads(OUR_TEXT), lambda: PEER.loads(THEIR_TEXT, Incident), 1.5),
}


def test_both_bring_back_the_incident_with_twenty_entries():
    assert ours() == theirs() == INCIDENT
    assert INCIDENT.version == ENTRIES


@pytest.mark.parametrize("way", WAYS)
def test_serialization(way, benchmark, capsys):
    mine, peers, aim = WAYS[way]
    rounds = [(_time(mine), _time(peers)) for _ in range(25)]
    cost = median(own for own, _ in rounds)
    ratio = median(own / other for own, other in rounds)
    benchmark.extra_info["ratio to cattrs and json by themselves"] = ratio
    told = f"\n{way}: {cost * 1e6:.0f} us, {ratio:.2f} of cattrs and json by themselves (aim {aim})"
    with capsys.disabled():
        sys.stdout.write(told)

    benchmark(mine)


def _time(step, number=40):
    return timeit.timeit(step, number=number) / number
