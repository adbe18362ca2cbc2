"""
What models and the catalog say of a service request where nobody else does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from itil_ops.catalog.model import RequestType


if TYPE_CHECKING:
    from collections.abc import Mapping

    from itil_ops.request.items import RequestedItem
    from itil_ops.request.policies import RequestPolicies


def presets(items: tuple[RequestedItem, ...]) -> dict[str, object]:
    """
    Return what the model of the first of *items* says of the fields that it fills in.
    """
    first = items[0] if items else None
    model = None if first is None else first.model
    return {
        "request_type": RequestType.SERVICE_ACTION if model is None else model.type,
        "service": None if first is None else first.service,
        "category": None if model is None else model.category,
        "impact": None if model is None else model.impact,
        "urgency": None if model is None else model.urgency,
    }


def unstated(stated: Mapping[str, Any], ruling: RequestPolicies) -> dict[str, object]:
    """
    Return what models and catalog say of that in which nothing is *stated*.
    """
    said = presets(stated["items"])
    service = stated["service"] or said["service"]
    known = () if ruling.catalog is None else ruling.catalog.services
    said["criticality"] = next((one.criticality for one in known if one.name == service), None)
    return {name: value for name, value in said.items() if stated.get(name) is None}
