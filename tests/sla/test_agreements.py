"""
Several agreements: which one a record is under, and why no other.
"""

from __future__ import annotations

import copy
import pickle

from datetime import timedelta

import pytest

from clock_doubles import DESK, LI, OFFICE, hours, logged, minutes, t
from itil_ops.errors import AgreementError
from itil_ops.kernel.identity import ConfigurationItemId
from itil_ops.sla.agreements.agreement import (
    OperationalLevelAgreement,
    ServiceLevelAgreement,
    UnderpinningContract,
)
from itil_ops.sla.agreements.choice import Agreements
from itil_ops.sla.agreements.maintenance import MaintenanceWindow
from itil_ops.sla.promises.target import Target, TargetKind


EIGHT_HOURS = [Target(TargetKind.RESOLUTION, hours(8), calendar=OFFICE)]


def sla(name, **scope):
    return ServiceLevelAgreement(name, targets=EIGHT_HOURS, **scope)


def ola(name, group, **scope):
    return OperationalLevelAgreement(name, targets=EIGHT_HOURS, provider=group, **scope)


CORPORATE = sla("corporate")
CUSTOMER = sla("acme", customer="acme")
SERVICE = sla("email", services=["email", "chat"])
BOTH = sla("acme email", services=["email"], customer="acme")
ALL = Agreements([SERVICE, CORPORATE, BOTH, CUSTOMER])

INCIDENT = logged(t("mon 09:00"))
CLONES = [copy.copy, copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))]
ACME = logged(t("mon 09:00"), customer="acme")


def other_service(incident, service):
    return type(incident).log(
        incident.id,
        title="Payroll is slow",
        service=service,
        configuration_items=[ConfigurationItemId("mx1")],
        customer=incident.customer,
        by=DESK,
        at=t("mon 09:00"),
    )


class TestTheMostSpecificWins:
    @pytest.mark.parametrize(
        ("incident", "chosen"),
        [
            (ACME, BOTH),
            (INCIDENT, SERVICE),
            (other_service(ACME, "payroll"), CUSTOMER),
            (other_service(INCIDENT, "payroll"), CORPORATE),
            (other_service(INCIDENT, "chat"), SERVICE),
        ],
    )
    def test_service_and_customer_before_service_before_customer_before_all(self, incident, chosen):
        assert ALL.choose(incident).agreement is chosen

    def test_of_equals_the_one_that_holds_since_later(self):
        old, new = sla("2023"), sla("2024", valid_from=t("mon 08:00"))

        assert Agreements([new, old]).choose(INCIDENT).agreement is new
        assert Agreements([old, new]).choose(logged(t("sun 09:00"))).agreement is old

    def test_one_that_no_longer_holds_is_not_chosen(self):
        old = sla("old", services=["email"], valid_until=t("mon 09:00"))

        assert Agreements([old, CORPORATE]).choose(INCIDENT).agreement is CORPORATE
        assert Agreements([old, CORPORATE]).choose(logged(t("mon 08:59"))).agreement is old

    def test_without_any_there_is_no_clock(self):
        choice = Agreements([CUSTOMER]).choose(INCIDENT)

        assert choice.agreement is None
        assert Agreements([CUSTOMER]).clocks(INCIDENT) == {}
        assert choice.explain() == (
            "No agreement applies.",
            "Not acme: the record names no customer.",
        )


class TestTheChoiceIsExplained:
    def test_what_was_chosen_comes_first_and_each_other_says_why_not(self):
        assert ALL.choose(ACME).explain() == (
            "acme email applies, which is for the service and the customer.",
            "Not email: acme email is more specific: for the service and the customer.",
            "Not acme: acme email is more specific: for the service and the customer.",
            "Not corporate: acme email is more specific: for the service and the customer.",
        )

    def test_every_reason_is_named(self):
        late = sla("late", services=["chat"], customer="acme", valid_from=t("tue 09:00"))
        (candidate,) = Agreements([late]).choose(INCIDENT).candidates

        assert candidate.agreement is late
        assert candidate.reasons == (
            "it is not for service email",
            "the record names no customer",
            "it does not hold at 2024-03-04 09:00:00+00:00",
        )

    def test_a_later_start_is_a_reason(self):
        old, new = sla("2023"), sla("2024", valid_from=t("mon 08:00"))

        assert Agreements([old, new]).choose(INCIDENT).explain() == (
            "2024 applies, which is for all services and customers.",
            "Not 2023: 2024 holds since later.",
        )

    def test_a_service_nobody_knows_is_not_named(self):
        incident = other_service(INCIDENT, None)

        assert SERVICE.why_not(incident) == ("the record names no service",)
        assert SERVICE.clocks(incident) == ()


class TestUnderpinning:
    GROUP = ola("messaging", "messaging")
    GROUP_EMAIL = ola("messaging for email", "messaging", services=["email"])
    NETWORK = ola("network", "network")
    CONTRACT = UnderpinningContract("line", targets=EIGHT_HOURS, provider="Telco")

    def test_of_each_providers_the_most_specific_measures(self):
        found = Agreements([self.GROUP, self.GROUP_EMAIL, self.NETWORK, self.CONTRACT])

        assert found.underpinning(INCIDENT) == (self.GROUP_EMAIL, self.NETWORK, self.CONTRACT)
        assert found.underpinning(other_service(INCIDENT, "chat")) == (
            self.GROUP,
            self.NETWORK,
            self.CONTRACT,
        )

    def test_clocks_are_told_by_agreement(self):
        told = INCIDENT.assign(group="messaging", by=DESK, at=t("mon 10:00"))
        told = told.assign(group="network", assignee="li", by=DESK, at=t("mon 12:00"))
        found = Agreements([self.NETWORK, CORPORATE, self.GROUP, self.CONTRACT]).clocks(told)

        assert list(found) == [CORPORATE, self.NETWORK, self.GROUP, self.CONTRACT]
        assert [len(clocks) for clocks in found.values()] == [1, 1, 1, 0]
        assert found[self.GROUP][0].elapsed(t("mon 15:00")) == hours(2)
        assert found[self.NETWORK][0].elapsed(t("mon 15:00")) == hours(3)
        assert found[CORPORATE][0].elapsed(t("mon 15:00")) == hours(6)

    def test_one_that_no_longer_holds_hides_no_other(self):
        old = ola("old", "messaging", services=["email"], valid_until=t("mon 09:30"))
        new = ola("new", "messaging", valid_from=t("mon 09:30"))
        told = INCIDENT.assign(group="messaging", by=DESK, at=t("mon 10:00"))
        found = Agreements([old, new]).clocks(told)

        assert [len(clocks) for clocks in found.values()] == [0, 1]

    def test_versions_of_an_ola_follow_each_other(self):
        old = ola("old", "messaging", valid_until=t("tue 09:00"))
        new = ola("new", "messaging", valid_from=t("tue 09:00"))
        told = INCIDENT.assign(group="messaging", by=DESK, at=t("mon 10:00"))
        told = told.assign(group="network", by=DESK, at=t("mon 11:00"))
        told = told.assign(group="messaging", by=DESK, at=t("tue 10:00"))
        found = Agreements([old, new]).clocks(told)

        assert [clock.started_at for clock in found[old]] == [t("mon 10:00")]
        assert [clock.started_at for clock in found[new]] == [t("tue 10:00")]


class TestRefusals:
    @pytest.mark.parametrize(
        "pair",
        [
            (sla("a"), sla("b")),
            (sla("a", customer="acme"), sla("b", customer="acme")),
            (sla("a", services=["email", "chat"]), sla("b", services=["chat"])),
            (sla("a", valid_until=t("tue 09:00")), sla("b")),
            (sla("a", valid_from=t("mon 09:00")), sla("b", valid_from=t("mon 09:00"))),
            (ola("a", "messaging"), ola("b", "messaging", valid_from=t("mon 09:00"))),
        ],
    )
    def test_two_for_the_same_at_one_specificity(self, pair):
        with pytest.raises(AgreementError, match="agreements 'a' and 'b' are for the same records"):
            Agreements(pair)

    @pytest.mark.parametrize(
        "pair",
        [
            (sla("a", customer="acme"), sla("b", customer="umbrella")),
            (sla("a", services=["email"]), sla("b", services=["chat"])),
            (sla("a", valid_until=t("tue 09:00")), sla("b", valid_from=t("tue 09:00"))),
            (ola("a", "messaging"), ola("b", "network")),
            (sla("a"), ola("b", "network")),
        ],
    )
    def test_two_that_cannot_meet_are_fine(self, pair):
        assert tuple(Agreements(pair)) == pair
        assert len(Agreements(pair)) == 2

    def test_what_is_no_agreement(self):
        with pytest.raises(TypeError, match="each of agreements must be an Agreement"):
            Agreements(["gold"])

    def test_what_is_no_record(self):
        with pytest.raises(TypeError, match="record must be a Record"):
            ALL.choose("INC-1")
        with pytest.raises(TypeError, match="record must be a Record"):
            ALL.underpinning("INC-1")


class TestMaintenance:
    WINDOW = MaintenanceWindow(t("mon 10:00"), t("mon 12:00"), services=["email"])
    STANDSTILL = MaintenanceWindow(
        t("mon 10:00"), t("mon 12:00"), services=["email"], pauses_clocks=True
    )

    def test_a_window_leaves_clocks_alone(self):
        (clock,) = sla("gold", maintenance=[self.WINDOW]).clocks(INCIDENT)

        assert clock.elapsed(t("mon 13:00")) == hours(4)

    def test_one_that_pauses_clocks_is_no_support_time_of_its_services(self):
        gold = sla("gold", maintenance=[self.STANDSTILL])
        (clock,) = gold.clocks(INCIDENT)
        (other,) = gold.clocks(other_service(INCIDENT, "payroll"))

        assert clock.elapsed(t("mon 13:00")) == hours(2)
        assert clock.due_at == t("tue 11:00")
        assert other.elapsed(t("mon 13:00")) == hours(4)
        assert gold.clocks(INCIDENT) == (clock,)

    def test_windows_out_of_order_are_refused(self):
        later = MaintenanceWindow(t("tue 10:00"), t("tue 12:00"))

        with pytest.raises(AgreementError, match="sort them by start"):
            sla("gold", maintenance=[later, self.WINDOW])

    def test_windows_that_overlap_are_refused(self):
        with pytest.raises(AgreementError, match="overlap"):
            sla("gold", maintenance=[self.WINDOW, self.WINDOW])


class TestValue:
    @pytest.mark.parametrize("clone", CLONES)
    def test_agreements_are_values(self, clone):
        ALL.clocks(INCIDENT)
        twin = clone(ALL)

        assert twin == ALL
        assert hash(twin) == hash(ALL)
        assert twin.choose(ACME) == ALL.choose(ACME)

    def test_support_hours_are_those_of_targets_that_name_none(self):
        gold = ServiceLevelAgreement(
            "gold",
            targets=[
                Target(TargetKind.RESPONSE, minutes(30)),
                Target(TargetKind.RESOLUTION, hours(8), calendar=OFFICE),
            ],
            support_hours=OFFICE,
        )
        response, resolution = gold.clocks(logged(t("sat 09:00")).start(by=LI, at=t("mon 09:20")))

        assert response.elapsed(t("mon 10:00")) == timedelta(minutes=20)
        assert resolution.due_at == t("mon 17:00")
