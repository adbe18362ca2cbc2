"""
What can be asked for.
"""

from __future__ import annotations

import attrs

from itil_ops.kernel.checks import check_optional_text, check_text


@attrs.frozen
class CatalogItem:
    """
    A line of the catalog: something that users may ask for.

    Attributes:
        name: What it is known by.

        model: Name of the request model by which it is fulfilled.

        service: Name of the service that it belongs to, if it does.

        title: What users read; the name unless given.

        description: What it is, at length.

    Raises:
        TypeError: An attribute is no text.

        ValueError: A text is blank.
    """

    name: str
    model: str = attrs.field(kw_only=True)
    service: str | None = attrs.field(default=None, kw_only=True)
    title: str | None = attrs.field(default=None, kw_only=True)
    description: str | None = attrs.field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        check_text(self.name, "a catalog item's name")
        check_text(self.model, "model")
        for name in ("service", "title", "description"):
            check_optional_text(getattr(self, name), name)
