"""
What a service request asks for: items, each by its model.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import attrs

from itil_ops.catalog.catalog import ServiceCatalog
from itil_ops.catalog.field_kind import answers_of
from itil_ops.catalog.model import RequestModel
from itil_ops.catalog.money import Money, check_price, total
from itil_ops.kernel.checks import (
    check_count,
    check_optional_text,
    check_text,
    check_type,
    several,
)
from itil_ops.kernel.journal import NO_CHANGES, Changes
from itil_ops.sla.hours.working_time import WorkingTime, check_calendar


if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from itil_ops.errors import Reason


def _form(values: Mapping[str, object]) -> Changes:
    return values if isinstance(values, Changes) else Changes(answers_of(values, "form"))


def _answers(values: object, name: object) -> dict[str, object]:
    return answers_of(values, f"the form of item {name!r}")


def _price(value: Money | None) -> Money | None:
    return check_price(value, "price")


def _model_price(item: RequestedItem) -> Money | None:
    return check_type(item.model, RequestModel, "model").price


@attrs.frozen(kw_only=True)
class RequestedItem:
    """
    An item of a service request; it keeps the version of the model that it is fulfilled by.

    Attributes:
        name: What it is known by in its request; what the catalog calls it, unless given.

        model: How it is fulfilled.

        form: The answers to the questions of the model's form.

        quantity: How many are asked for.

        catalog_item: What the catalog calls it, if it comes from one.

        service: The service that it belongs to, if it does.

        support_hours: When staff act on that service; the hours of the model's targets that name
            none.

        price: What is charged for one; the price of the model unless given. `None` where nobody
            knows. Approvals heed the price of the model where that is more, so that no price that
            somebody states spares anybody's agreement.

    Raises:
        TypeError: An attribute is of another type.

        ValueError: A text is blank, the name has a slash, the quantity is less than 1, or the price
            negative or in another currency than that of the model.

        CatalogError: The model cannot work.
    """

    name: str
    model: RequestModel
    form: Changes = attrs.field(default=NO_CHANGES, converter=_form)
    quantity: int = 1
    catalog_item: str | None = None
    service: str | None = None
    support_hours: WorkingTime | None = attrs.field(default=None, repr=False)
    price: Money | None = attrs.field(
        default=attrs.Factory(_model_price, takes_self=True), converter=_price
    )

    def __attrs_pre_init__(self, **told: object) -> None:
        # What converts the form does not know of which item it is.
        _answers(told["form"], told["name"])

    def __attrs_post_init__(self) -> None:
        if "/" in check_text(self.name, "an item's name"):
            raise ValueError(
                f"an item's name has no slash, for those of its tasks do: {self.name!r}"
            )
        check_type(self.model, RequestModel, "model").check()
        check_count(check_type(self.quantity, int, "quantity"), "quantity", least=1)
        check_optional_text(self.catalog_item, "catalog_item")
        check_optional_text(self.service, "service")
        if self.support_hours is not None:
            check_calendar(self.support_hours, "support_hours")
        _check_one_currency({"price": self.price, f"that of model {self.model}": self.model.price})

    @classmethod
    def of(
        cls,
        catalog: ServiceCatalog,
        catalog_item: str,
        form: Mapping[str, object] = NO_CHANGES,
        *,
        quantity: int = 1,
        name: str | None = None,
    ) -> Self:
        """
        Return an item of *catalog*, by the newest version of its model.

        Args:
            catalog: The catalog.

            catalog_item: What the catalog calls it.

            form: The answers to the questions of the model's form; its defaults are filled in.
                Texts that somebody typed are read by `itil_ops.catalog.Form.read` before.

            quantity: How many are asked for.

            name: What it is known by in the request; *catalog_item* unless given.

        Raises:
            CatalogError: There is no such item, or its model cannot work.

            TypeError: The answers do not go by names of fields, or one can change.

            ValueError: The quantity is less than 1.
        """
        entry = check_type(catalog, ServiceCatalog, "catalog").item(catalog_item)
        model = catalog.model(entry.model)
        own = entry.name if name is None else name
        return cls(
            name=own,
            model=model,
            form=model.form.filled(_answers(form, own)),
            quantity=quantity,
            catalog_item=entry.name,
            service=entry.service,
            support_hours=_support_hours(catalog, entry.service),
            price=model.price,
        )

    def under(self, catalog: ServiceCatalog) -> Self:
        """
        Return the item by the newest version of its model in *catalog*, and at its price.

        What comes from no catalog stays as it is.
        """
        if self.catalog_item is None:
            return self
        return type(self).of(
            catalog, self.catalog_item, self.form, quantity=self.quantity, name=self.name
        )

    @property
    def cost(self) -> Money | None:
        """
        What all of them cost, if anybody knows: by the price of the model, where that is more.
        """
        return None if self.price is None else self.least_cost

    @property
    def least_cost(self) -> Money | None:
        """
        What all of them cost at least, by its price or that of the model; `None` without any.
        """
        found = max((one for one in (self.price, self.model.price) if one), default=None)
        return None if found is None else found * self.quantity

    def why_not(self) -> tuple[Reason, ...]:
        """
        Return all that speaks against the answers to its form.
        """
        return self.model.form.why_not(self.form)


def _support_hours(catalog: ServiceCatalog, service: str | None) -> WorkingTime | None:
    return next((one.support_hours for one in catalog.services if one.name == service), None)


def check_items(values: Iterable[RequestedItem], name: str = "items") -> tuple[RequestedItem, ...]:
    """
    Return a tuple of *values* if they go together.

    Raises:
        TypeError: One of them is no `RequestedItem`.

        ValueError: Two have one name, or prices are of several currencies.
    """
    items = several(values, RequestedItem, name)
    names = [item.name for item in items]
    twice = sorted({one for one in names if names.count(one) > 1})
    if twice:
        advice = "name each yourself, as `RequestedItem.of(..., name=...)` does"
        raise ValueError(f"{name} are named twice: {', '.join(twice)}; {advice}")
    check_currency(items)
    return items


def cost_of(items: Iterable[RequestedItem]) -> Money | None:
    """
    Return what *items* cost together; `None` where there are none, or nobody knows of one.

    Raises:
        ValueError: Prices are of several currencies.
    """
    several = tuple(items)
    return None if any(item.cost is None for item in several) else known_cost_of(several)


def known_cost_of(items: Iterable[RequestedItem]) -> Money | None:
    """
    Return what those of *items* cost together that have a price, or whose model has; else `None`.

    Raises:
        ValueError: Prices are of several currencies.
    """
    return total(filter(None, (item.least_cost for item in items)))


def cost_by_models(items: Iterable[RequestedItem]) -> Money | None:
    """
    Return what *items* cost together by their models; `None` where one of these has no price.

    Raises:
        ValueError: Prices are of several currencies.
    """
    several = tuple(items)
    priced = [one.model.price * one.quantity for one in several if one.model.price is not None]
    return total(priced) if len(priced) == len(several) else None


def check_currency(items: Iterable[RequestedItem], **amounts: Money | None) -> None:
    """
    Make sure that *amounts* and the prices of *items* go together.

    Raises:
        ValueError: They are of several currencies; each is named with what it is of.
    """
    prices = {f"item {item.name!r}": item.price or item.model.price for item in items}
    _check_one_currency({**prices, **amounts})


def _check_one_currency(amounts: Mapping[str, Money | None]) -> None:
    known = {name: amount for name, amount in amounts.items() if amount is not None}
    if len({amount.currency for amount in known.values()}) > 1:
        told = ", ".join(f"{name} {amount}" for name, amount in known.items())
        raise ValueError(f"amounts are in several currencies: {told}")
