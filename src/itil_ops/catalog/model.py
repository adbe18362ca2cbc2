"""
Request models: how a kind of request is fulfilled, agreed on beforehand (ITIL).
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import attrs

from itil_ops.catalog.approval import ApprovalRule, Approver
from itil_ops.catalog.form import Form
from itil_ops.catalog.money import Money, check_price
from itil_ops.catalog.task import TaskTemplate, graph_defects
from itil_ops.errors import AgreementError, CatalogError, Reason
from itil_ops.kernel.checks import (
    check_count,
    check_distinct_names,
    check_names,
    check_optional,
    check_optional_text,
    check_text,
    check_type,
    several,
)
from itil_ops.kernel.priority import Impact, Urgency
from itil_ops.kernel.vocabulary import CategoryPath
from itil_ops.sla.agreements.agreement import ServiceLevelAgreement
from itil_ops.sla.promises.measure import TargetKind
from itil_ops.sla.promises.target import Target


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


class RequestType(StrEnum):
    """
    What is asked for.
    """

    SERVICE_ACTION = "service_action"
    STANDARD_CHANGE = "standard_change"
    INFORMATION = "information"
    ACCESS = "access"
    COMPLAINT = "complaint"
    COMMENT = "comment"


@attrs.frozen
class StandardChange:
    """
    A change that is authorized beforehand, because it is routine (ITIL).

    Attributes:
        template: What the tool in which changes live calls it.

        title: What is changed, in a line; the title of the request unless given.

    Raises:
        TypeError: An attribute is no text.

        ValueError: A text is blank.
    """

    template: str
    title: str | None = attrs.field(default=None, kw_only=True)

    def __attrs_post_init__(self) -> None:
        check_text(self.template, "template")
        check_optional_text(self.title, "title")


def _names(values: Iterable[str] | None, name: str) -> frozenset[str] | None:
    return None if values is None else frozenset(check_names(values, name))


def _persons(values: Iterable[str] | None) -> frozenset[str] | None:
    return _names(values, "persons")


def _customers(values: Iterable[str] | None) -> frozenset[str] | None:
    return _names(values, "customers")


def _units(values: Iterable[str] | None) -> frozenset[str] | None:
    return _names(values, "units")


def _roles(values: Iterable[str] | None) -> frozenset[str] | None:
    return _names(values, "roles")


@attrs.frozen(kw_only=True)
class Entitlement:
    """
    Who may have something: all that is given must hold, and whoever is named holds it.

    >>> Entitlement(customers=["acme"]).why_not(person="ana", customer="globex")
    ("it is not for customer 'globex'",)

    Attributes:
        persons: Names of persons; any unless given.

        customers: Customers; any unless given.

        units: Parts of an organization; any unless given.

        roles: Roles in an organization; any unless given.

    Raises:
        TypeError: What is given is not several texts.

        ValueError: A text is blank.
    """

    persons: frozenset[str] | None = attrs.field(default=None, converter=_persons)
    customers: frozenset[str] | None = attrs.field(default=None, converter=_customers)
    units: frozenset[str] | None = attrs.field(default=None, converter=_units)
    roles: frozenset[str] | None = attrs.field(default=None, converter=_roles)

    def why_not(
        self,
        *,
        person: str | None,
        customer: str | None = None,
        units: Iterable[str] = (),
        roles: Iterable[str] = (),
    ) -> tuple[str, ...]:
        """
        Return all that speaks against *person* of *customer*, with these *units* and *roles*.
        """
        asked = (
            ("person", self.persons, _given(person)),
            ("customer", self.customers, _given(customer)),
            ("unit", self.units, check_names(units, "units")),
            ("role", self.roles, check_names(roles, "roles")),
        )
        return tuple(
            _not_for(word, has)
            for word, names, has in asked
            if names is not None and names.isdisjoint(has)
        )


def _given(name: str | None) -> tuple[str, ...]:
    return () if name is None else (name,)


def _not_for(word: str, has: Iterable[str]) -> str:
    shown = ", ".join(map(repr, sorted(set(has))))
    return f"it is not for {word} {shown}" if shown else f"nobody knows of a {word} that it is for"


EVERYBODY = Entitlement()
"""
Everybody may have it.
"""


def _tasks(values: Iterable[TaskTemplate]) -> tuple[TaskTemplate, ...]:
    return several(values, TaskTemplate, "tasks")


def _targets(values: Iterable[Target]) -> tuple[Target, ...]:
    return several(values, Target, "targets")


def _conditions(values: Iterable[str]) -> tuple[str, ...]:
    return check_distinct_names(values, "closure_conditions")


def _price(value: Money | None) -> Money | None:
    return check_price(value, "price")


@attrs.frozen(kw_only=True)
class RequestModel:
    """
    How a kind of request is fulfilled; a request keeps the version it was submitted under.

    Attributes:
        name: What kind of request it is for.

        version: Which edition of it.

        type: What is asked for.

        category: Category of the requests, unless one is given.

        impact: Impact of the requests, unless one is given.

        urgency: Urgency of the requests, unless one is given.

        form: What somebody has to say who asks for it.

        entitlement: Who may have it.

        approval: Who has to agree; `None` where it is authorized beforehand.

        group: The group that fulfills it.

        tasks: What has to be done.

        targets: What is promised of a request by this model alone.

        standard_change: The change that belongs to it, if it touches configuration items.

        price: What one costs: zero where it is free, `None` where nobody knows beforehand.

        closure_conditions: What a person has to confirm before it is closed; with any, it never
            closes by itself.

    Raises:
        TypeError: An attribute is of another type.

        ValueError: A text is blank, the version less than 1, or the price negative.
    """

    name: str
    version: int = 1
    type: RequestType = RequestType.SERVICE_ACTION
    category: CategoryPath | None = None
    impact: Impact | None = None
    urgency: Urgency | None = None
    form: Form = Form()
    entitlement: Entitlement = EVERYBODY
    approval: ApprovalRule | None = None
    group: str | None = None
    tasks: tuple[TaskTemplate, ...] = attrs.field(default=(), converter=_tasks)
    targets: tuple[Target, ...] = attrs.field(default=(), converter=_targets)
    standard_change: StandardChange | None = None
    price: Money | None = attrs.field(default=None, converter=_price)
    closure_conditions: tuple[str, ...] = attrs.field(default=(), converter=_conditions)

    def __attrs_post_init__(self) -> None:
        check_text(self.name, "a model's name")
        check_count(check_type(self.version, int, "version"), "version", least=1)
        check_type(self.type, RequestType, "type")
        check_optional(self.category, CategoryPath, "category")
        check_optional(self.impact, Impact, "impact")
        check_optional(self.urgency, Urgency, "urgency")
        check_type(self.form, Form, "form")
        check_type(self.entitlement, Entitlement, "entitlement")
        if self.approval is not None and not isinstance(self.approval, ApprovalRule):
            raise TypeError(f"approval must be a rule of approval or None, not {self.approval!r}")
        check_optional_text(self.group, "group")
        check_optional(self.standard_change, StandardChange, "standard_change")

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"

    @property
    def is_preauthorized(self) -> bool:
        """
        Whether nobody has to agree.
        """
        return self.approval is None

    def group_of(self, task: TaskTemplate) -> str | None:
        """
        Return the group that does *task*.
        """
        return task.group or self.group

    @property
    def fulfillment(self) -> Target | None:
        """
        The time in which a request is promised to be fulfilled, if it is.
        """
        return next((one for one in self.targets if one.kind == TargetKind.FULFILLMENT), None)

    def defects(self) -> tuple[Reason, ...]:
        """
        Return all that is wrong with the model by itself.

        >>> broken = RequestModel(
        ...     name="laptop", tasks=[TaskTemplate("install", depends_on=["order"])]
        ... )
        >>> [defect.text for defect in broken.defects()]  # doctest: +NORMALIZE_WHITESPACE
        ["task 'install' depends on 'order', which is no task",
         'there is no group to fulfill it: name that of the model, or one for each task']
        """
        return tuple(self._defects())

    def _defects(self) -> Iterator[Reason]:
        yield from self.form.defects()
        yield from graph_defects(self.tasks)
        if self.approval is not None:
            yield from self.approval.defects()
        currencies = {money.currency for money in self._amounts()}
        if len(currencies) > 1:
            text = f"amounts are in several currencies: {', '.join(sorted(currencies))}"
            yield Reason("mixed_currency", text)
        yield from self._ill_promised()
        if self.group is None and not (self.tasks and all(task.group for task in self.tasks)):
            yield Reason(
                "no_group",
                "there is no group to fulfill it: name that of the model, or one for each task",
            )

    def _ill_promised(self) -> Iterator[Reason]:
        try:
            if self.targets:
                ServiceLevelAgreement(self.name, targets=self.targets)
        except AgreementError as error:
            yield Reason("ambiguous_targets", f"its targets make no agreement: {error}")

    def _amounts(self) -> Iterator[Money]:
        approvers = () if self.approval is None else self.approval.leaves
        above = (one.above for one in approvers if isinstance(one, Approver))
        return filter(None, (self.price, *above))

    def check(self) -> None:
        """
        Make sure that the model can work.

        Raises:
            CatalogError: It cannot; every defect is named.
        """
        found = self.defects()
        if found:
            raise CatalogError(f"request model {self}", found)
