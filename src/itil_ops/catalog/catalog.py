"""
The catalog: services, what can be asked for, and the models by which that is fulfilled.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, TypeVar

import attrs

from itil_ops.catalog.item import CatalogItem
from itil_ops.catalog.model import RequestModel
from itil_ops.catalog.promises import promise_defects
from itil_ops.catalog.service import Service, ServiceGroup
from itil_ops.catalog.task import graph_defects
from itil_ops.errors import CalendarError, CatalogError, Reason
from itil_ops.kernel.checks import check_names, check_text, check_type, did_you_mean, several
from itil_ops.kernel.instant import utc
from itil_ops.sla.agreements.agreement import Agreement, AgreementKind


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from pendulum import DateTime


N = TypeVar("N", Service, ServiceGroup, CatalogItem, Agreement)


def _services(values: Iterable[Service]) -> tuple[Service, ...]:
    return several(values, Service, "services")


def _groups(values: Iterable[ServiceGroup]) -> tuple[ServiceGroup, ...]:
    return several(values, ServiceGroup, "service_groups")


def _items(values: Iterable[CatalogItem]) -> tuple[CatalogItem, ...]:
    return several(values, CatalogItem, "items")


def _models(values: Iterable[RequestModel]) -> tuple[RequestModel, ...]:
    return several(values, RequestModel, "models")


def _agreements(values: Iterable[Agreement]) -> tuple[Agreement, ...]:
    return several(values, Agreement, "agreements")


@attrs.frozen(kw_only=True)
class ServiceCatalog:
    """
    All that can be asked for.

    It is a value: to replace a model makes another catalog, and requests under way keep the model
    that they were submitted under. Nothing is refused as it is put together; `check` tells every
    defect at once.

    Attributes:
        name: What it is called.

        services: The services.

        service_groups: Services that are granted together.

        items: What users may ask for.

        models: The request models, of any version.

        agreements: The agreements of services, and the OLAs and contracts of the groups that
            fulfill requests.

    Raises:
        TypeError: An attribute is of another type.
    """

    name: str = "catalog"
    services: tuple[Service, ...] = attrs.field(default=(), converter=_services)
    service_groups: tuple[ServiceGroup, ...] = attrs.field(default=(), converter=_groups)
    items: tuple[CatalogItem, ...] = attrs.field(default=(), converter=_items)
    models: tuple[RequestModel, ...] = attrs.field(default=(), converter=_models)
    agreements: tuple[Agreement, ...] = attrs.field(default=(), converter=_agreements)

    def __attrs_post_init__(self) -> None:
        check_text(self.name, "a catalog's name")

    # ---- Look up --------------------------------------------------------------------------------

    def service(self, name: str) -> Service:
        """
        Return the service called *name*.

        Raises:
            CatalogError: There is none.
        """
        return self._called(name, self.services, "service")

    def item(self, name: str) -> CatalogItem:
        """
        Return the item called *name*.

        Raises:
            CatalogError: There is none.
        """
        return self._called(name, self.items, "catalog item")

    def model(self, name: str, version: int | None = None) -> RequestModel:
        """
        Return the request model called *name*, of that *version* or else the newest.

        Raises:
            CatalogError: There is none.
        """
        editions = {model.version: model for model in self.models if model.name == name}
        if not editions:
            raise self._nothing("request model", name, {model.name for model in self.models})
        found = editions.get(max(editions) if version is None else version)
        if found is None:
            known = ", ".join(map(str, sorted(editions)))
            text = f"request model {name!r} has no version {version}; versions: {known}"
            raise CatalogError(self._subject, (Reason("unknown_reference", text),))
        return found

    def _called(self, name: str, things: Iterable[N], word: str) -> N:
        known = {thing.name: thing for thing in things}
        if name not in known:
            raise self._nothing(word, name, known)
        return known[name]

    def _nothing(self, word: str, name: str, known: Iterable[str]) -> CatalogError:
        reason = Reason("unknown_reference", _missing(word, name, known))
        return CatalogError(self._subject, (reason,))

    @property
    def _subject(self) -> str:
        return f"catalog {self.name!r}"

    # ---- Change ---------------------------------------------------------------------------------

    def with_model(self, model: RequestModel) -> ServiceCatalog:
        """
        Return another catalog that has *model* too; one that has it already stays as it is.

        Raises:
            CatalogError: There is another one of that name and version.
        """
        check_type(model, RequestModel, "model")
        if model in self.models:
            return self
        taken = [one.version for one in self.models if one.name == model.name]
        if model.version in taken:
            text = (
                f"request model {model} is there already, and is another one: requests may run by"
                f" it; give yours another version, for instance {max(taken) + 1}"
            )
            raise CatalogError(self._subject, (Reason("duplicate_name", text),))
        return attrs.evolve(self, models=(*self.models, model))

    # ---- Check ----------------------------------------------------------------------------------

    def defects(
        self, *, since: datetime, groups: Iterable[str] | None = None
    ) -> tuple[Reason, ...]:
        """
        Return all that is wrong with the catalog.

        That is what its parts are called and refer to, what is wrong with its models by themselves,
        and time promised that is less than the underpinning agreements take, whenever a request is
        submitted in the year from *since* on. Of an item whose service or model is not there, or
        whose model has tasks that cannot be put in order, nothing is said of time.

        Args:
            since: The first instant at which a request may be submitted.

            groups: Names of all groups that there are, suppliers that do tasks included; unless
                given, whatever groups are named are taken to be there.

        Raises:
            TypeError: *since* is no datetime, or *groups* are not several texts.

            ValueError: *since* is naive, or a name blank.
        """
        start = utc(since, "since")
        known = None if groups is None else {*check_names(groups, "groups")}
        return (
            *self._twice(),
            *self._unknown(),
            *(() if known is None else self._unknown_groups(known)),
            *self._ill_formed(),
            *self._late(start),
        )

    def check(self, *, since: datetime, groups: Iterable[str] | None = None) -> None:
        """
        Make sure that the catalog can work, see `defects`.

        Raises:
            CatalogError: It cannot; every defect is named.
        """
        found = self.defects(since=since, groups=groups)
        if found:
            raise CatalogError(self._subject, found)

    def _twice(self) -> Iterator[Reason]:
        named = {
            "service": [one.name for one in self.services],
            "service group": [one.name for one in self.service_groups],
            "catalog item": [one.name for one in self.items],
            "request model": [str(one) for one in self.models],
            "agreement": [one.name for one in self.agreements],
        }
        for word, names in named.items():
            for name, count in Counter(names).items():
                if count > 1:
                    yield Reason("duplicate_name", f"{word} {name!r} is there {count} times")

    def _unknown(self) -> Iterator[Reason]:
        services = {one.name for one in self.services}
        models = {one.name for one in self.models}
        agreements = {one.name for one in self.agreements}
        for group in self.service_groups:
            for name in group.services:
                yield from _reference(f"service group {group.name!r}", "service", name, services)
        for item in self.items:
            subject = f"catalog item {item.name!r}"
            yield from _reference(subject, "request model", item.model, models)
            yield from _reference(subject, "service", item.service, services)
        for service in self.services:
            subject = f"service {service.name!r}"
            yield from _reference(subject, "agreement", service.agreement, agreements)
            yield from self._ill_agreed(service)

    def _unknown_groups(self, known: set[str]) -> Iterator[Reason]:
        for service in self.services:
            yield from _reference(f"service {service.name!r}", "group", service.group, known)
        for model in self.models:
            subject = f"request model {model}"
            yield from _reference(subject, "group", model.group, known)
            for task in model.tasks:
                yield from _reference(f"{subject}: task {task.name!r}", "group", task.group, known)
        for agreement in self.agreements:
            # What a contract is with is no group, unless it does tasks.
            if agreement.kind is AgreementKind.OLA:
                subject = f"agreement {agreement.name!r}"
                yield from _reference(subject, "group", agreement.provider, known)

    def _ill_agreed(self, service: Service) -> Iterator[Reason]:
        agreement = self._agreement_of(service)
        if agreement is None:
            return
        subject = f"service {service.name!r}: its agreement {agreement.name!r}"
        if agreement.kind is not AgreementKind.SLA:
            yield Reason("wrong_agreement", f"{subject} is none with a customer: {agreement.kind}")
        elif agreement.services is not None and service.name not in agreement.services:
            yield Reason("wrong_agreement", f"{subject} is not for it")

    def _ill_formed(self) -> Iterator[Reason]:
        for model in self.models:
            for defect in model.defects():
                yield Reason(defect.rule, f"request model {model}: {defect.text}")

    def _late(self, since: DateTime) -> Iterator[Reason]:
        for item in self.items:
            for defect in self._late_item(item, since):
                yield Reason(defect.rule, f"catalog item {item.name!r}: {defect.text}")

    def _late_item(self, item: CatalogItem, since: DateTime) -> Iterator[Reason]:
        try:
            model = self.model(item.model)
            service = None if item.service is None else self.service(item.service)
        except CatalogError:
            return
        if any(graph_defects(model.tasks)):
            return
        agreement = None if service is None else self._agreement_of(service)
        try:
            yield from promise_defects(model, service, agreement, self.agreements, since=since)
        except CalendarError as error:
            yield Reason("unknown_hours", f"nobody can say whether it is kept: {error}")

    def _agreement_of(self, service: Service) -> Agreement | None:
        return next((one for one in self.agreements if one.name == service.agreement), None)


def _reference(subject: str, word: str, name: str | None, known: set[str]) -> Iterator[Reason]:
    if name is not None and name not in known:
        text = f"{subject} names what is not there: {_missing(word, name, known)}"
        yield Reason("unknown_reference", text)


def _missing(word: str, name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    advice = did_you_mean(name, names, f"known: {', '.join(names) or 'none'}")
    return f"there is no {word} {name!r}; {advice}"
