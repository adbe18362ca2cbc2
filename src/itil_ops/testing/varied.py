"""
Incidents and queries drawn by chance, so close to each other that every filter and tie counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from itil_ops.incident.vocabulary import CancellationReason, ResolutionCode
from itil_ops.kernel.identity import (
    ChangeId,
    ConfigurationItemId,
    IncidentId,
    KnownErrorId,
    ProblemId,
)
from itil_ops.kernel.priority import Impact, Priority, Urgency
from itil_ops.kernel.table import Phase
from itil_ops.kernel.vocabulary import PendingReason
from itil_ops.repositories.query import IncidentQuery, QueryOrder
from itil_ops.testing.builders import DESK, START, linked, logged, microseconds_after


if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from itil_ops.incident.record import Incident


TEXTS = ("mail", "Mail", "mail ", "ma%", "e\u0301", "\u00e9", "\ue000", "\U0001f600")
"""
Texts that something or other takes for the same.
"""

INSTANTS = tuple(microseconds_after(START, count) for count in (-1, 0, 1, 2, 999_999, 1_000_000))
"""
Instants a microsecond apart, on both sides of a second.
"""

TARGETS = (
    IncidentId("A"),
    IncidentId("a"),
    ProblemId("A"),
    ProblemId("A "),
    KnownErrorId("A"),
    ChangeId("A"),
    ConfigurationItemId("a"),
)
"""
Ids of records, of which some are in no store, that something or other takes for the same.
"""

_LATER = microseconds_after(START, 2_000_000)


def _assigned(incident: Incident, random: Random) -> Incident:
    group, assignee = random.choice(
        [("mail", "li"), ("Mail", None), (None, "mail"), ("mail", "Li")]
    )
    return incident.assign(group=group, assignee=assignee, by=DESK, at=_LATER)


def _held(incident: Incident, _random: Random) -> Incident:
    return incident.hold(PendingReason.AWAITING_CALLER, by=DESK, at=_LATER)


def _started(incident: Incident, random: Random) -> Incident:
    return _assigned(incident, random).start(by=DESK, at=_LATER)


def _resolved(incident: Incident, random: Random) -> Incident:
    return _started(incident, random).resolve(
        ResolutionCode.FIXED, evidence="It works.", note="Done.", by=DESK, at=_LATER
    )


def _cancelled(incident: Incident, _random: Random) -> Incident:
    return incident.cancel(CancellationReason.WITHDRAWN, by=DESK, at=_LATER)


def _overridden(incident: Incident, random: Random) -> Incident:
    override = random.choice([Priority(1, "critical"), Priority(1, "first"), Priority(9, "last")])
    return incident.prioritize(override=override, reason="Because.", by=DESK, at=_LATER)


def _linked(incident: Incident, random: Random) -> Incident:
    return linked(incident, *random.sample(TARGETS, random.randint(0, 3)))


LIVES: tuple[Callable[[Incident, Random], Incident], ...] = (
    lambda incident, _random: incident,
    _assigned,
    _held,
    _started,
    _resolved,
    _cancelled,
    _overridden,
    _linked,
)
"""
What may become of an incident.
"""


def varied(random: Random, id: str, **fields: Any) -> Incident:
    """
    Return an incident of which *random* decides what it is and what became of it.
    """
    pressing = random.choice([None, Impact.LOW, Impact.MEDIUM, Impact.HIGH])
    drawn: dict[str, Any] = {
        "service": random.choice(TEXTS),
        "customer": random.choice([None, *TEXTS]),
        "owner": random.choice([None, *TEXTS]),
        "impact": pressing,
        "urgency": None if pressing is None else random.choice([Urgency.LOW, Urgency.HIGH]),
        "number": random.choice([None, f"N {id}"]),
        "at": random.choice(INSTANTS),
    }
    begun = logged(id, **{**drawn, **fields})
    return random.choice(LIVES)(random.choice([begun, _linked(begun, random)]), random)


def odd_ids(count: int) -> list[str]:
    """
    Return *count* ids whose order by code point is unlike every other order.

    >>> odd_ids(3)
    ['A', 'a', 'B']
    """
    signs = ["A", "a", "B", "b", "Z", "z", "_", "-", "~", "\u00e4", "a\u0301", "\u00e1", "\u0130"]
    signs += ["\ue000", "\uffee", "\U0001f600", "\U0010fffd", "10", "9", "1", "A ", "A-1", "A1"]
    return [
        (signs * (1 + count // len(signs)))[place] + "'" * (place // len(signs))
        for place in range(count)
    ]


def _some(values: list[Any]) -> st.SearchStrategy[frozenset[Any] | None]:
    return st.none() | st.frozensets(st.sampled_from(values), max_size=3)


def queries(numbers: list[str | None]) -> st.SearchStrategy[IncidentQuery]:
    """
    Return the strategy of queries about `varied` incidents, of which each asks for a few things.

    Args:
        numbers: The human numbers to ask for.
    """
    fields: dict[str, st.SearchStrategy[Any]] = {
        "numbers": _some(numbers),
        "states": _some(
            ["new", "assigned", "pending", "in_progress", "resolved", "cancelled", "New"]
        ),
        "phases": _some(list(Phase)),
        "priorities": _some([None, *_PRIORITIES]),
        "services": _some([None, *TEXTS]),
        "customers": _some([None, *TEXTS]),
        "groups": _some([None, "mail", "Mail", "nobody"]),
        "assignees": _some([None, "li", "Li", "mail"]),
        "owners": _some([None, *TEXTS]),
        "linked_to": _some([*TARGETS]),
        "logged_from": st.none() | st.sampled_from(INSTANTS),
        "logged_until": st.none() | st.sampled_from(INSTANTS),
    }
    return st.builds(
        lambda names, drawn, order: IncidentQuery(
            **{name: drawn[name] for name in names}, order=order
        ),
        st.sets(st.sampled_from(sorted(fields)), max_size=3),
        st.fixed_dictionaries(fields),
        st.sampled_from(QueryOrder),
    )


_PRIORITIES = [
    Priority.CRITICAL,
    Priority.HIGH,
    Priority.MEDIUM,
    Priority.LOW,
    Priority.PLANNING,
    Priority(1, "first"),
    Priority(9, "last"),
    Priority(9, "critical"),
]
