"""
The service request: how its life begins and ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from itil_ops.catalog.catalog import ServiceCatalog
from itil_ops.kernel.checks import (
    check_goes_with,
    check_optional,
    check_optional_text,
    checked,
    given,
)
from itil_ops.kernel.fields import check_added
from itil_ops.kernel.handled import decided_priority
from itil_ops.kernel.identity import ConfigurationItemId, RecordId, ServiceRequestId
from itil_ops.kernel.instant import effective, utc
from itil_ops.kernel.journaled import Step
from itil_ops.kernel.policies import in_force
from itil_ops.kernel.vocabulary import (
    CategoryPath,
    ClosureReason,
    ContactChannel,
    Criticality,
    LinkKind,
)
from itil_ops.request.fields import REQUEST_ARGUMENTS, REQUEST_FIELDS
from itil_ops.request.items import RequestedItem, check_currency
from itil_ops.request.lifecycle import REQUEST_LIFECYCLE
from itil_ops.request.presets import presets, unstated
from itil_ops.request.suspension import Suspended
from itil_ops.request.vocabulary import Charge, RequestCancellationReason


if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from pendulum import DateTime

    from itil_ops.catalog.model import RequestType
    from itil_ops.catalog.money import Money
    from itil_ops.kernel.actor import Actor
    from itil_ops.kernel.priority import Impact, Urgency
    from itil_ops.request.policies import RequestPolicies


_UNFINISHED: Mapping[str, object] = {
    "auto_close_at": None,
    "reopen_until": None,
    "closure_reason": None,
    "closure_category": None,
    "confirmed_conditions": (),
    "charge": None,
    "satisfaction": None,
}


class ServiceRequest(Suspended):
    """
    A user's request for something that is agreed as a normal part of the service (ITIL).

    It is drafted and submitted, reviewed, authorized, fulfilled task by task, completed when what
    was asked for is there, and closed when the user agrees or does not object. Nothing is fulfilled
    that was not authorized: by its model beforehand, by those who have to agree, or by somebody
    without an interest in it. It keeps the version of each model that it was submitted under.

    Every verb returns the next request and leaves this one as it is. It takes `by`, who acts, and
    `at`, when that is recorded; most take a `note`, and all take `policies` for one call. A refusal
    raises a `RefusedError` that names every reason, and an *at* before the last entry an
    `OutOfOrderError`; in both cases nothing has changed.
    """

    __slots__ = ()

    lifecycle = REQUEST_LIFECYCLE

    @classmethod
    def draft(
        cls,
        id: ServiceRequestId,
        *,
        title: str,
        by: Actor,
        at: datetime,
        number: str | None = None,
        description: str | None = None,
        requester: str | None = None,
        requested_for: str | None = None,
        items: Iterable[RequestedItem] = (),
        estimate: Money | None = None,
        budget_center: str | None = None,
        request_type: RequestType | None = None,
        service: str | None = None,
        customer: str | None = None,
        category: CategoryPath | None = None,
        impact: Impact | None = None,
        urgency: Urgency | None = None,
        channel: ContactChannel | None = None,
        environment: str | None = None,
        configuration_items: Iterable[ConfigurationItemId] = (),
        vip: bool = False,
        criticality: Criticality | None = None,
        reported_at: datetime | None = None,
        owner: str | None = None,
        note: str | None = None,
        policies: RequestPolicies | None = None,
        **added: object,
    ) -> Self:
        """
        Begin a service request; it is promised nothing until it is submitted.

        The arguments are the attributes that a person states, those *added* by a subclass included.
        The model of the first item fills in type, service, category, impact and urgency where they
        are not given, and the catalog of the policies the criticality of the service; priority and
        owner are the policies' to decide.

        Raises:
            RefusedError: It is not permitted, or rules stand in the way.

            TypeError: A field is unknown or of the wrong type.

            ValueError: An instant is naive, a text blank, two items have one name, or prices are of
                several currencies.
        """
        check_added(added, "draft", cls, ServiceRequest)
        stated: dict[str, Any] = checked(
            REQUEST_FIELDS,
            id=id,
            title=title,
            number=number,
            description=description,
            requester=requester,
            requested_for=requested_for,
            items=items,
            estimate=estimate,
            budget_center=budget_center,
            service=service,
            customer=customer,
            category=category,
            impact=impact,
            urgency=urgency,
            channel=channel,
            environment=environment,
            configuration_items=configuration_items,
            vip=vip,
            criticality=criticality,
            reported_at=reported_at,
            owner=owner,
            **given(request_type=request_type),
            **added,
        )
        ruling = in_force(policies, cls.policies)
        stated |= unstated(stated, ruling)
        check_currency(stated["items"], estimate=stated["estimate"])
        stated["priority"], decided = decided_priority(ruling, stated)
        if owner is None:
            stated["owner"] = ruling.ownership.owner(service=service, category=category)
            decided["owner"] = ruling.ownership.name
        return cls._begin(
            "draft", by=by, at=at, fields=stated, note=note, decided=decided, policies=ruling
        )

    def revise(
        self,
        *,
        title: str | None = None,
        description: str | None = None,
        requester: str | None = None,
        requested_for: str | None = None,
        items: Iterable[RequestedItem] | None = None,
        estimate: Money | None = None,
        budget_center: str | None = None,
        service: str | None = None,
        customer: str | None = None,
        channel: ContactChannel | None = None,
        environment: str | None = None,
        configuration_items: Iterable[ConfigurationItemId] | None = None,
        by: Actor,
        at: datetime,
        note: str | None = None,
        policies: RequestPolicies | None = None,
    ) -> Self:
        """
        Say anew what is asked for, until somebody is asked to agree to it.

        What is not given stays as it was. What the model of the first item filled in, that of
        another first item fills in anew.

        Raises:
            ValueError: A text is blank, two items have one name, or amounts are of several
                currencies.
        """
        stated = given(
            title=title,
            description=description,
            requester=requester,
            requested_for=requested_for,
            items=items,
            estimate=estimate,
            budget_center=budget_center,
            service=service,
            customer=customer,
            channel=channel,
            environment=environment,
            configuration_items=configuration_items,
        )
        changes: dict[str, Any] = checked(REQUEST_FIELDS, **stated)
        estimate = changes.get("estimate", self.estimate)
        check_currency(changes.get("items", self.items), estimate=estimate)
        filled, decided = self._refilled(changes.get("items", self.items), policies)
        return self._step(
            "revise",
            {**filled, **changes},
            by=by,
            at=at,
            note=note,
            decided=decided,
            policies=policies,
        )

    def submit(
        self,
        *,
        catalog: ServiceCatalog | None = None,
        by: Actor,
        at: datetime,
        note: str | None = None,
        effective_at: datetime | None = None,
        policies: RequestPolicies | None = None,
    ) -> Self:
        """
        Ask for it: from now on clocks run, and it keeps the models that it has.

        Args:
            catalog: The catalog whose newest models it is submitted under; unless given, those it
                was drafted under.

            by: Who acts.

            at: When that is recorded.

            note: What the actor wrote.

            effective_at: When it was so; when it is recorded unless given.

            policies: The policies for this call; those of the class unless given.

        Raises:
            CatalogError: An item is in the catalog no more, or its model cannot work.

            ValueError: The catalog's prices are of several currencies, or of another than the
                estimate.
        """
        known = check_optional(catalog, ServiceCatalog, "catalog")
        items = self.items
        if known is not None:
            items = tuple(item.under(known) for item in items)
            check_currency(items, estimate=self.estimate)
        filled, decided = self._refilled(items, policies)
        return self._step(
            "submit",
            {**filled, "items": items, "submitted_at": effective(at, effective_at)},
            by=by,
            at=at,
            note=note,
            effective_at=effective_at,
            decided=decided,
            policies=policies,
        )

    def _refilled(
        self, items: tuple[RequestedItem, ...], policies: RequestPolicies | None
    ) -> tuple[dict[str, object], dict[str, str]]:
        """
        Return what *items* fill in anew of that which those before had filled in.
        """
        before, after = presets(self.items), presets(items)
        filled = {
            name: preset
            for name, preset in after.items()
            if preset != before[name] and getattr(self, name) in {None, before[name]}
        }
        return self._reprioritized(policies, **filled) if filled else ({}, {})

    # ---- End --------------------------------------------------------------------------------

    def close(
        self,
        *,
        reason: ClosureReason = ClosureReason.CALLER_CONFIRMED,
        category: CategoryPath | None = None,
        confirmed_conditions: Iterable[str] = (),
        satisfaction: int | None = None,
        note: str | None = None,
        by: Actor,
        at: datetime,
        policies: RequestPolicies | None = None,
    ) -> Self:
        """
        Close it, and record what is charged for it.

        Args:
            reason: On whose word.

            category: Its category in hindsight; the one it has unless given.

            confirmed_conditions: Which closure conditions of its models are met.

            satisfaction: How satisfied the user is, from 1 to 5.

            note: Why it is closed.

            by: Who acts.

            at: When that is recorded.

            policies: The policies for this call; those of the class unless given.
        """
        ruling, now = in_force(policies, self.policies), utc(at)
        changes = checked(
            REQUEST_FIELDS,
            REQUEST_ARGUMENTS,
            closure_reason=reason,
            closure_category=self.category if category is None else category,
            confirmed_conditions=confirmed_conditions,
            satisfaction=satisfaction,
            reopen_until=ruling.reopen.reopen_until(self, now),
            charge=self._charged(ruling, now),
        )
        decided = {"reopen_until": ruling.reopen.name, "charge": ruling.charging.name}
        return self._step(
            "close", changes, by=by, at=at, note=note, decided=decided, policies=ruling
        )

    def reopen(
        self, reason: str, *, by: Actor, at: datetime, policies: RequestPolicies | None = None
    ) -> Self:
        """
        Take it up again because the user disagrees.

        Once closed that is possible inside the window that was set when it was closed.
        """
        why = check_optional_text(reason, "reason")
        return self._step("reopen", _UNFINISHED, by=by, at=at, note=why, policies=policies)

    def cancel(
        self,
        reason: RequestCancellationReason,
        *,
        duplicate_of: ServiceRequestId | None = None,
        converted_to: RecordId | None = None,
        undo_plan: str | None = None,
        by: Actor,
        at: datetime,
        note: str | None = None,
        policies: RequestPolicies | None = None,
    ) -> Self:
        """
        Call it off: approvals and tasks that are open end with it.

        Args:
            reason: Why.

            duplicate_of: The request that it repeats.

            converted_to: What it became, an incident or a change for instance.

            undo_plan: How what was done is undone.

            by: Who acts.

            at: When that is recorded.

            note: What the actor wrote.

            policies: The policies for this call; those of the class unless given.

        Raises:
            ValueError: A duplicate or what it became is named, but that is not the reason.
        """
        check_optional(duplicate_of, ServiceRequestId, "duplicate_of")
        check_optional(converted_to, RecordId, "converted_to")
        changes = checked(
            REQUEST_FIELDS,
            REQUEST_ARGUMENTS,
            cancellation_reason=reason,
            **given(undo_plan=undo_plan),
        )
        check_goes_with(duplicate_of, "duplicate_of", reason, RequestCancellationReason.DUPLICATE)
        check_goes_with(converted_to, "converted_to", reason, RequestCancellationReason.CONVERTED)
        changes["links"] = self._linked(
            (LinkKind.DUPLICATE_OF, duplicate_of), (LinkKind.CONVERTED_TO, converted_to)
        )
        steps = [Step("cancel", changes, note=note), *self._withdrawn(), *self._called_off()]
        return self._take(*steps, by=by, at=at, policies=policies)

    def _charged(self, ruling: RequestPolicies, at: DateTime) -> Charge | None:
        amount = ruling.charging.amount(self)
        if amount is None:
            return None
        return Charge(amount=amount, budget_center=self.budget_center, charged_at=at)
