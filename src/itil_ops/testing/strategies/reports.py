"""
What is asked for in reports, what is promised over a period, and what it costs.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from itil_ops.sla.reports.attainment import AttainmentRules, Exclusion
from itil_ops.sla.reports.availability import Availability, Outage, ReliabilityTarget
from itil_ops.sla.reports.compliance import CompliancePeriod, CompliancePeriods
from itil_ops.sla.reports.credits import CreditTier, EarnBack, ServiceCredits
from itil_ops.testing.strategies import plain
from itil_ops.testing.strategies.built import built, tell


if TYPE_CHECKING:
    from datetime import timedelta


_DIMENSIONS = ("kind", "service", "customer", "priority", "group")


def exclusions() -> st.SearchStrategy[Exclusion]:
    """
    Return what an agreement leaves out of a rate.
    """
    return built(Exclusion, dimension=st.sampled_from(_DIMENSIONS))


def attainment_rules() -> st.SearchStrategy[AttainmentRules]:
    """
    Return how a report counts.
    """
    dimensions = st.lists(st.sampled_from(_DIMENSIONS), unique=True)
    return built(AttainmentRules, dimensions=dimensions)


@st.composite
def outages(draw: st.DrawFn) -> Outage:
    """
    Return outages, some of which last.
    """
    start, end = draw(plain.ascending(2))
    ends = st.sampled_from([None, end])
    return draw(built(Outage, start=st.just(start), end=ends, weight=st.floats(0, 1)))


def availabilities() -> st.SearchStrategy[Availability]:
    """
    Return what services were worth over a period.
    """
    return st.builds(_availability, plain.amounts(), plain.amounts(), st.none() | st.floats(0, 1e9))


def _availability(down: timedelta, up: timedelta, lost: float | None) -> Availability:
    return Availability(
        agreed_service_time=down + up, downtime=down, breaks=3, user_minutes_lost=lost
    )


def compliance_periods() -> st.SearchStrategy[CompliancePeriod]:
    """
    Return periods over which promises are judged.
    """
    return plain.ascending(2).map(lambda borders: CompliancePeriod(*borders))


def many_compliance_periods() -> st.SearchStrategy[CompliancePeriods]:
    """
    Return periods that follow on each other.
    """
    return st.integers(2, 4).flatmap(plain.ascending).map(CompliancePeriods)


_LEVELS = st.decimals(1, 100, places=2)
_SHARES = st.decimals(0, 1, places=4)


def credit_tiers() -> st.SearchStrategy[CreditTier]:
    """
    Return tiers of service credits.
    """
    return built(CreditTier, below=_LEVELS, credit=_SHARES)


@st.composite
def service_credits(draw: st.DrawFn) -> ServiceCredits:
    """
    Return credits by tier.
    """
    tiers = [CreditTier(99 - n, Decimal(n) / 20) for n in range(1, draw(st.integers(2, 4)))]
    unit = st.sampled_from([Decimal("0.01"), Decimal("1.0"), Decimal("5E+1")])
    return draw(built(ServiceCredits, tiers=st.just(tiers), unit=unit))


tell(Exclusion, exclusions)
tell(AttainmentRules, attainment_rules)
tell(Outage, outages)
tell(Availability, availabilities)
tell(ReliabilityTarget, lambda: built(ReliabilityTarget, availability_percent=st.floats(0, 100)))
tell(CompliancePeriod, compliance_periods)
tell(CompliancePeriods, many_compliance_periods)
tell(CreditTier, credit_tiers)
tell(EarnBack, lambda: built(EarnBack, percent=_LEVELS, periods=st.integers(1, 9)))
tell(ServiceCredits, service_credits)
