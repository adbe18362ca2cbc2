"""
The policies of the request room: small protocols, each with a default that is good practice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, Self

import attrs

from itil_ops.catalog.approval import (
    AllOf,
    ApprovalKind,
    ApprovalRule,
    Approver,
    ApproverRole,
    InOrder,
)
from itil_ops.catalog.catalog import ServiceCatalog
from itil_ops.catalog.money import Money, check_price
from itil_ops.kernel.checks import check_optional, check_shape, check_type
from itil_ops.kernel.policies import UserFacingPolicies, check_policies
from itil_ops.request.directory import NOBODY_KNOWN, Directory
from itil_ops.request.outcomes import charged_for
from itil_ops.request.roles import STRICT_REQUEST_ROLES
from itil_ops.request.rules import REQUEST_COMPLETENESS
from itil_ops.sla.hours.calendar import ALWAYS_OPEN
from itil_ops.sla.hours.working_time import WorkingTime, check_calendar
from itil_ops.sla.promises.closure import (
    ClosurePolicy,
    ReopenPolicy,
    ReopenWindow,
    TwoStepClosure,
)


if TYPE_CHECKING:
    from itil_ops.request.facts import RequestFacts
    from itil_ops.request.items import RequestedItem


class ApprovalPolicy(Protocol):
    """
    Who has to agree to a request.
    """

    @property
    def name(self) -> str:
        """
        Name of the policy; the journal keeps it beside what was decided.
        """
        ...

    def rule(self, request: RequestFacts) -> ApprovalRule | None:
        """
        Return the rule of approval; `None` where nobody has to agree.
        """
        ...


def _financial_above(value: Money | None) -> Money | None:
    return check_price(value, "financial_above")


def _at_once(value: bool) -> bool:  # noqa: FBT001 -- a converter takes what the field is given
    return check_type(value, bool, "at_once")


@attrs.frozen(kw_only=True)
class ModelApproval:
    """
    The models of its items say who has to agree, and who answers for the budget to what is dear.

    The rules of several models are asked one after the other unless told otherwise, the budget at
    the end. Financial approval is apart from that of a change, and comes before fulfillment, as
    ITIL has it. Items of which nobody knows what they cost are dear; what has no items is only if
    its estimate is.

    Attributes:
        financial_above: The cost above which who answers for the budget center has to agree; never
            unless given.

        at_once: Whether the rules of several models are asked at the same time.

        name: Name of the policy.

    Raises:
        TypeError: An attribute is of another type.

        ValueError: The cost is negative.
    """

    financial_above: Money | None = attrs.field(default=None, converter=_financial_above)
    at_once: bool = attrs.field(default=False, converter=_at_once)
    name: str = "model_approval"

    def rule(self, request: RequestFacts) -> ApprovalRule | None:
        """
        Return the rules of the models, see `ApprovalPolicy.rule`.
        """
        alike: dict[object, RequestedItem] = {}
        for item in request.items:
            alike.setdefault((item.model.approval, item.service), item)
        asked = (_for_item(item) for item in alike.values())
        rules = tuple(dict.fromkeys(rule for rule in asked if rule is not None))
        stages = _side_by_side(rules) if self.at_once else rules
        if self.financial_above is not None and self._is_dear(request, self.financial_above):
            payer = ApproverRole.BUDGET_CENTER
            budget = Approver(payer, kind=ApprovalKind.FINANCIAL, above=self.financial_above)
            stages = tuple(dict.fromkeys((*stages, budget)))
        return InOrder(stages) if len(stages) > 1 else next(iter(stages), None)

    def _is_dear(self, request: RequestFacts, above: Money) -> bool:
        cost = request.cost
        if cost is None:
            return bool(request.items)
        return cost.currency != above.currency or cost > above


_OF_THE_REQUEST = frozenset({ApproverRole.LINE_MANAGER, ApproverRole.BUDGET_CENTER})
"""
The roles that are the same people whatever item is asked for.
"""


def _side_by_side(rules: tuple[ApprovalRule, ...]) -> tuple[ApprovalRule, ...]:
    """
    Return *rules* as one that asks all of them at once, each with seats of its own.
    """
    if len(rules) < 2:  # noqa: PLR2004 -- one rule stays as it is
        return rules
    # As the one stage of an order an approver is asked as they are as one of several.
    own = (InOrder((rule,)) if isinstance(rule, Approver) else rule for rule in rules)
    return (AllOf(tuple(own)),)


def _for_item(item: RequestedItem) -> ApprovalRule | None:
    """
    Return the rule of the model of *item*, its approvers being asked for that item.
    """
    rule = item.model.approval

    def bound(approver: Approver) -> Approver:
        is_role = isinstance(approver.who, ApproverRole) and approver.who not in _OF_THE_REQUEST
        return attrs.evolve(approver, item=item.name) if is_role else approver

    return None if rule is None else rule.with_approvers(bound)


class EntitlementPolicy(Protocol):
    """
    Who may have what.
    """

    def why_not(
        self, item: RequestedItem, request: RequestFacts, directory: Directory
    ) -> tuple[str, ...]:
        """
        Return all that speaks against an item of a request for who gets it.
        """
        ...


@attrs.frozen
class ModelEntitlement:
    """
    The model of an item says who may have it.
    """

    def why_not(
        self, item: RequestedItem, request: RequestFacts, directory: Directory
    ) -> tuple[str, ...]:
        """
        Ask the model, see `EntitlementPolicy.why_not`.
        """
        person = request.beneficiary
        return item.model.entitlement.why_not(
            person=person,
            customer=request.customer,
            units=() if person is None else directory.units(person),
            roles=() if person is None else directory.roles(person),
        )


class StandardChangePolicy(Protocol):
    """
    Which requests are fulfilled by a change.
    """

    def needs_change(self, request: RequestFacts) -> bool:
        """
        Return whether fulfilling a request takes a change.
        """
        ...


@attrs.frozen
class ModelStandardChange:
    """
    Models alone say what takes a change.
    """

    def needs_change(self, request: RequestFacts) -> bool:
        """
        Look at the models, see `StandardChangePolicy.needs_change`.
        """
        return request.needs_standard_change


@attrs.frozen
class ChangeOfConfigurationItems:
    """
    What touches configuration items takes a change, and that of which a model says so.
    """

    def needs_change(self, request: RequestFacts) -> bool:
        """
        Look at models and configuration items, see `StandardChangePolicy.needs_change`.
        """
        return request.needs_standard_change or bool(request.configuration_items)


class ChargingPolicy(Protocol):
    """
    What is charged for a request.
    """

    @property
    def name(self) -> str:
        """
        Name of the policy; the journal keeps it beside what was decided.
        """
        ...

    def amount(self, request: RequestFacts) -> Money | None:
        """
        Return what is charged on closing; `None` for nothing.
        """
        ...


@attrs.frozen
class FixedPriceElseActual:
    """
    The prices of its items are charged; where they have none, what it has cost.

    Of what came with issues, or not at all, the actual cost is charged alone.
    """

    name: str = "fixed_price_else_actual"

    def amount(self, request: RequestFacts) -> Money | None:
        """
        Return the prices of what was delivered or the actual cost, see `ChargingPolicy.amount`.
        """
        return charged_for(request) or request.actual_cost


_QUESTIONS = {
    "closure": "auto_close_at",
    "reopen": "reopen_until",
    "approval": "rule",
    "entitlement": "why_not",
    "standard_change": "needs_change",
    "charging": "amount",
}

_DIRECTORY = ("approvers", "manager", "deputies", "limit", "units", "roles")


@attrs.frozen(kw_only=True)
class RequestPolicies(UserFacingPolicies):
    """
    The policies of the request room, besides those of `UserFacingPolicies`.

    Attributes:
        closure: When it closes by itself, and on whose word otherwise.

        reopen: Whether it may be taken up again.

        approval: Who has to agree.

        entitlement: Who may have what.

        standard_change: What takes a change. Where a model names a standard change that always
            counts; the rest is for the rule `a_needed_change_is_registered`, on in `strict()`.

        charging: What is charged.

        directory: Who is whose manager, deputy or owner.

        approval_hours: The hours in which the time for an approval runs.

        catalog: The catalog by which services are known, if there is one.
    """

    closure: ClosurePolicy = TwoStepClosure()
    reopen: ReopenPolicy = ReopenWindow()
    approval: ApprovalPolicy = ModelApproval()
    entitlement: EntitlementPolicy = ModelEntitlement()
    standard_change: StandardChangePolicy = ChangeOfConfigurationItems()
    charging: ChargingPolicy = FixedPriceElseActual()
    directory: Directory = NOBODY_KNOWN
    approval_hours: WorkingTime = attrs.field(default=ALWAYS_OPEN, repr=False)
    catalog: ServiceCatalog | None = attrs.field(default=None, repr=False)

    def __attrs_post_init__(self) -> None:
        UserFacingPolicies.__attrs_post_init__(self)
        check_policies(self, _QUESTIONS)
        check_shape(self.directory, _DIRECTORY, "directory must be a Directory")
        check_calendar(self.approval_hours, "approval_hours")
        check_optional(self.catalog, ServiceCatalog, "catalog")

    @classmethod
    def strict(cls, **others: Any) -> Self:
        """
        Return policies under which roles count and records are complete.

        Args:
            others: Policies that shall differ from the strict ones, by attribute.
        """
        return cls(
            **{
                "authorization": STRICT_REQUEST_ROLES,
                "completeness": REQUEST_COMPLETENESS,
                "closure": TwoStepClosure(confirmed_by_another=True),
                **others,
            }
        )
