"""
What an incident costs the detector of recurrence, with few behind it and with a hundred times more.

    python -m pytest tests/benchmarks/test_recurrence_speed.py --benchmark-only -s

Incidents come at a steady rate, every third with a problem; those behind it were observed in the
same run. The detector keeps three windows: few of the small window are all that it ever keeps, few
of the large one but a ninetieth. Times are told with their ratio; none is asserted.
"""

from __future__ import annotations

import itertools
import sys
import time

from datetime import UTC, datetime, timedelta
from statistics import median

import pytest

from itil_ops.incident.record import Incident
from itil_ops.kernel.actor import Actor
from itil_ops.kernel.identity import ConfigurationItemId, IncidentId, ProblemId
from itil_ops.kernel.vocabulary import CategoryPath, LinkKind
from itil_ops.problem.recurrence import RecurrenceDetector, SimilarInWindow


START = datetime(2026, 3, 2, 9, tzinfo=UTC)
LI = Actor("li")
FEW, MANY, BATCH = 1_000, 100_000, 1_000

#: The incidents a day, the window, and the services they are of.
RATES = {
    "100 a day, window of a day": (100, timedelta(days=1), 5),
    "1,000 a day, window of 30 days": (1_000, timedelta(days=30), 50),
}


def stream(a_day, services):
    """
    Yield incidents without end: of some services, each of four categories and ten items.
    """
    for n in itertools.count():
        at = START + n * timedelta(days=1) / a_day
        incident = Incident.log(
            IncidentId(f"INC-{n:07}"),
            title="Mail is down in Lyon",
            service=f"service-{n % services}",
            category=CategoryPath(f"software/{n % 4}"),
            configuration_items=[ConfigurationItemId(f"ci-{n % services}-{n % 10}")],
            by=LI,
            at=at,
        )
        problem = ProblemId(f"PRB-{n % services}")
        yield incident if n % 3 else incident.link(LinkKind.CAUSED_BY, problem, by=LI, at=at)


def cost(detector, incidents):
    """
    Return the seconds that each of a batch of incidents took: a median of ten parts.
    """
    found = []
    for _ in range(10):
        part = list(itertools.islice(incidents, BATCH // 10))
        before = time.perf_counter()
        for incident in part:
            detector.observe(incident)
        found.append((time.perf_counter() - before) / len(part))
    return median(found)


def behind(detector, incidents, count):
    """
    Observe so many incidents.
    """
    for incident in itertools.islice(incidents, count):
        detector.observe(incident)


@pytest.mark.parametrize("rate", RATES)
def test_observe(rate, benchmark, capsys):
    a_day, window, services = RATES[rate]
    detector = RecurrenceDetector(policy=SimilarInWindow(window=window))
    incidents = stream(a_day, services)

    behind(detector, incidents, FEW)
    few = cost(detector, incidents)
    behind(detector, incidents, MANY - FEW - BATCH)
    many = cost(detector, incidents)

    benchmark.extra_info |= {"few": few, "many": many, "ratio": many / few}
    with capsys.disabled():
        sys.stdout.write(
            f"\n{rate}: {few * 1e6:.1f} us with {FEW:,} behind, {many * 1e6:.1f} us with {MANY:,}"
            f" behind ({many / few:.2f} times)"
        )

    benchmark.pedantic(detector.observe, setup=lambda: ((next(incidents),), {}), rounds=BATCH)
