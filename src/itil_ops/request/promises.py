"""
What the models of a service request promise, and which promise of its fulfillment counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from itil_ops.kernel.table import Phase
from itil_ops.sla.agreements.agreement import Agreement, AgreementKind, ServiceLevelAgreement
from itil_ops.sla.hours.duration import end_of
from itil_ops.sla.promises.fact import Fact
from itil_ops.sla.promises.measure import TargetKind


if TYPE_CHECKING:
    from collections.abc import Iterable

    from pendulum import DateTime

    from itil_ops.request.facts import RequestFacts
    from itil_ops.request.items import RequestedItem
    from itil_ops.sla.clocks.clock import SlaClock
    from itil_ops.sla.promises.target import Target


def promised_fulfillment(request: RequestFacts) -> Target | None:
    """
    Return the time in which its models promise that *request* is fulfilled, if they do.

    It is the target for a request as it is now, with its hours: its own, or else the support hours
    of the service. Of several items it is that which is due last, counted from the submission.
    """
    agreement = agreement_of_models(request)
    return None if agreement is None else _fulfillment(agreement, request)


def agreement_of_models(request: RequestFacts) -> ServiceLevelAgreement | None:
    """
    Return what the models of *request* promise, as an agreement; `None` where they promise nothing.

    It has all targets of one model, and the support hours of the service for those that name none.
    Of several items that goes before whose fulfillment is due last, counted from the submission; of
    equals, and where no target is for the request, the first.
    """
    promising = (_agreement(item) for item in request.items if item.model.targets)
    return max(promising, key=lambda one: _due(one, request), default=None)


def with_models(request: RequestFacts, agreements: Iterable[Agreement]) -> tuple[Agreement, ...]:
    """
    Return *agreements*, and what its models promise where no SLA among them promises *request*.

    What counts is a clock of its fulfillment: an agreement that has one goes before the models,
    with all that they promise.
    """
    known = tuple(agreements)
    own = agreement_of_models(request)
    if own is None or fulfillment_clock(request, known) is not None:
        return known
    return (*known, own)


def fulfillment_clock(request: RequestFacts, agreements: Iterable[Agreement]) -> SlaClock | None:
    """
    Return the last clock of the fulfillment of *request* by the first SLA that has one.
    """
    for agreement in agreements:
        if agreement.kind is AgreementKind.SLA and TargetKind.FULFILLMENT in agreement.kinds:
            clocks = agreement.clocks(request)
            found = [clock for clock in clocks if clock.target.kind == TargetKind.FULFILLMENT]
            if found:
                return found[-1]
    return None


def fact_of(request: RequestFacts, at: DateTime, **fields: object) -> Fact:
    """
    Return what targets read of *request* as it is now, with *fields* that differ, as of *at*.
    """
    own = {one.name: getattr(request, one.name) for one in attrs.fields(type(request))}
    return Fact(at, Phase.ACTIVE, {**own, **fields})


def _agreement(item: RequestedItem) -> ServiceLevelAgreement:
    return ServiceLevelAgreement(
        "request models", targets=item.model.targets, support_hours=item.support_hours
    )


def _fulfillment(agreement: Agreement, request: RequestFacts) -> Target | None:
    return agreement.target(TargetKind.FULFILLMENT, fact_of(request, request.promised_from))


def _due(agreement: Agreement, request: RequestFacts) -> tuple[bool, DateTime]:
    """
    Return when *agreement* promises the fulfillment; what promises none goes behind all.
    """
    start, target = request.promised_from, _fulfillment(agreement, request)
    if target is None:
        return False, start
    return True, end_of(target.duration, start, target.calendar)
