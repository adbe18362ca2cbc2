"""
Strategies for Hypothesis: all that this library keeps, drawn at random.

`of` gives values of one class, a caller's own included, and `values` those of all. The texts are of
the kind that stores lose: beyond 16 bits, combining, from right to left, with quotes and newlines.
Incidents have walked through their verbs, whatever came of it.

>>> from itil_ops.testing import strategies
>>> incidents = strategies.incidents(steps=3)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from itil_ops.kernel.extras import imported


imported("hypothesis", "testing")

from hypothesis import strategies as _st  # noqa: E402 - not before the extra is there

from itil_ops.repositories.query import IncidentQuery, RecordQuery  # noqa: E402
from itil_ops.testing.strategies.built import built, ids, is_ours, known, of, tell  # noqa: E402
from itil_ops.testing.strategies.catalog import (  # noqa: E402
    approval_rules,
    approvers,
    form_fields,
    forms,
    money,
    request_models,
    service_catalogs,
)
from itil_ops.testing.strategies.findings import (  # noqa: E402
    likenesses,
    matches,
    similarity_keys,
    symptom_queries,
)
from itil_ops.testing.strategies.hours import (  # noqa: E402
    business_calendars,
    calendars,
    durations,
    periods,
)
from itil_ops.testing.strategies.incidents import (  # noqa: E402
    actors,
    categories,
    changes,
    entries,
    incidents,
    models,
    priorities,
)
from itil_ops.testing.strategies.plain import amounts, decimals, instants, texts, words  # noqa: E402
from itil_ops.testing.strategies.problems import known_errors, problems  # noqa: E402
from itil_ops.testing.strategies.promises import agreements, conditions, targets  # noqa: E402
from itil_ops.testing.strategies.reports import service_credits  # noqa: E402
from itil_ops.testing.strategies.requests import (  # noqa: E402
    requested_items,
    service_requests,
    staff_directories,
)


if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


__all__ = [
    "actors",
    "agreements",
    "amounts",
    "approval_rules",
    "approvers",
    "built",
    "business_calendars",
    "calendars",
    "categories",
    "changes",
    "conditions",
    "decimals",
    "durations",
    "entries",
    "form_fields",
    "forms",
    "ids",
    "incidents",
    "instants",
    "known_errors",
    "likenesses",
    "matches",
    "models",
    "money",
    "of",
    "periods",
    "priorities",
    "problems",
    "queries",
    "request_models",
    "requested_items",
    "service_catalogs",
    "service_credits",
    "service_requests",
    "similarity_keys",
    "staff_directories",
    "symptom_queries",
    "targets",
    "tell",
    "texts",
    "values",
    "words",
]


def queries(cls: type[RecordQuery] = IncidentQuery) -> SearchStrategy[Any]:
    """
    Return queries of *cls*.
    """
    return built(cls)


def values() -> SearchStrategy[Any]:
    """
    Return values of many classes, whole incidents, agreements and calendars among them.
    """
    return _st.one_of(*(of(cls) for cls in known() if is_ours(cls)), actors(), ids(), queries())
