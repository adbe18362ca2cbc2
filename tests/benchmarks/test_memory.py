"""
What an incident weighs, alone and among a hundred thousand in a store in memory.

    python -m pytest tests/benchmarks/test_memory.py --benchmark-only -s

Ids and instants are each incident's own; actors and texts are shared, as they are in a desk's day.
Bytes are those that tracemalloc sees; none is asserted.
"""

from __future__ import annotations

import gc
import sys
import tracemalloc

from datetime import UTC, datetime, timedelta

import pytest

from itil_ops.incident.record import Incident
from itil_ops.incident.vocabulary import ResolutionCode
from itil_ops.kernel.actor import Actor
from itil_ops.kernel.identity import IncidentId
from itil_ops.kernel.priority import Impact, Urgency
from itil_ops.kernel.vocabulary import PendingReason
from itil_ops.repositories.memory import MemoryStore


DESK, LI = Actor("desk"), Actor("li")
START = datetime(2026, 3, 2, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MANY = 100_000


def a_life(n, entries=5):
    """
    Return an incident that was logged, assigned, worked on, resolved and closed.

    With more *entries*, it was put on hold and resumed meanwhile.
    """
    at = START + n * MINUTE
    incident = Incident.log(
        IncidentId(f"INC-{n:06}"),
        title="Mail is down in Lyon",
        service="email",
        impact=Impact.HIGH,
        urgency=Urgency.MEDIUM,
        by=DESK,
        at=at,
    )
    incident = incident.assign(group="messaging", by=DESK, at=at + 5 * MINUTE)
    incident = incident.start(by=LI, at=at + 20 * MINUTE)
    while incident.version < entries - 2:
        later = at + 30 * incident.version * MINUTE
        if incident.pending_reason is None:
            incident = incident.hold(PendingReason.AWAITING_CALLER, by=LI, at=later)
        else:
            incident = incident.resume(by=LI, at=later)
    done = at + 1_000 * MINUTE
    incident = incident.resolve(ResolutionCode.FIXED, note="Restarted it.", by=LI, at=done)
    return incident.close(by=DESK, at=done + 600 * MINUTE)


def bytes_kept(make):
    """
    Return how much memory is allocated while what *make* returns is kept.
    """
    a_life(0)
    gc.collect()
    tracemalloc.start()
    kept = make()
    gc.collect()
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return size, kept


@pytest.mark.parametrize("entries", [5, 20])
def test_an_incident(entries, benchmark, capsys):
    count = 2_000
    size, kept = bytes_kept(lambda: [a_life(n, entries) for n in range(1, count + 1)])
    assert {incident.version for incident in kept} == {entries}
    _tell(benchmark, capsys, f"an incident of {entries} entries", size / count)

    benchmark(a_life, 1, entries)


def test_a_hundred_thousand_in_a_store_in_memory(benchmark, capsys):
    def stored():
        store = MemoryStore()
        with store.unit() as unit:
            for n in range(1, MANY + 1):
                unit.incidents.add(a_life(n))
            unit.commit()
        return store

    size, kept = bytes_kept(stored)
    _tell(benchmark, capsys, f"each of {MANY} incidents of 5 entries, stored", size / MANY)
    with capsys.disabled():
        sys.stdout.write(f", {size / 2**20:.0f} MiB in all")

    with kept.unit(read_only=True) as unit:
        benchmark(unit.incidents.get, IncidentId(f"INC-{MANY // 2:06}"))


def _tell(benchmark, capsys, what, size):
    benchmark.extra_info["bytes"] = size
    with capsys.disabled():
        sys.stdout.write(f"\n{what}: {size:.0f} bytes")
