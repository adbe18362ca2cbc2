"""
What the models of a request promise: which of them, for which requests, in which hours.

The office is open from 9 to 17 on weekdays; Monday is the 2nd.
"""

from __future__ import annotations

import pytest

from itil_ops import (
    BusinessDays,
    OperationalLevelAgreement,
    Priority,
    RequestedItem,
    ServiceLevelAgreement,
    Target,
    TargetKind,
)
from itil_ops.catalog import CatalogItem, Service, ServiceCatalog
from itil_ops.kernel.priority import Impact, Urgency
from itil_ops.kernel.vocabulary import CategoryPath
from itil_ops.request.promises import (
    agreement_of_models,
    fact_of,
    fulfillment_clock,
    promised_fulfillment,
    with_models,
)
from itil_ops.sla import ALWAYS_OPEN, Where
from request.making import OFFICE, after, day, drafted, hours, item_of, model, submitted, under_way


FULFILLMENT, RESPONSE = TargetKind.FULFILLMENT, TargetKind.RESPONSE
URGENT = {"impact": Impact.HIGH, "urgency": Urgency.HIGH}


def target(length=8, kind=FULFILLMENT, **told):
    return Target(kind, length if isinstance(length, BusinessDays) else hours(length), **told)


def item(*targets, name="thing", support_hours=OFFICE):
    return item_of(model(targets=targets), name=name, support_hours=support_hours)


def sla(*targets, **told):
    return ServiceLevelAgreement("gold", targets=targets or [target()], **told)


def ola(*targets):
    return OperationalLevelAgreement("ola", provider="workplace", targets=targets or [target()])


def dues(request):
    """
    Return when what the models promise is due, by kind.
    """
    clocks = agreement_of_models(request).clocks(request)
    return {str(clock.target.kind): clock.due_at for clock in clocks}


class TestTargets:
    @pytest.mark.parametrize("make", [under_way, lambda: submitted(item(), item(name="other"))])
    def test_where_models_promise_nothing_there_is_no_agreement(self, make):
        assert agreement_of_models(make()) is None
        assert promised_fulfillment(make()) is None

    def test_all_that_the_model_promises_is_measured(self):
        request = submitted(item(target(8), target(2, RESPONSE), target(4, TargetKind.UPDATE)))

        assert dues(request) == {
            "fulfillment": day(2, "17:00"),
            "response": day(2, "11:00"),
            "update": day(2, "13:00"),
        }

    def test_the_target_that_is_for_the_request_applies(self):
        asked = item(target(16), target(4, priorities=[Priority.CRITICAL]))
        request = submitted(asked)

        assert promised_fulfillment(request).duration == hours(16)
        assert dues(request) == {"fulfillment": day(3, "17:00")}
        urgent = after(request, "prioritize", **URGENT, at=day(2))
        assert urgent.priority is Priority.CRITICAL
        assert promised_fulfillment(urgent).duration == hours(4)
        assert dues(urgent) == {"fulfillment": day(2, "13:00")}

    def test_its_conditions_are_looked_at(self):
        asked = item(target(4, when=Where(category=CategoryPath("hardware"))))

        assert promised_fulfillment(submitted(asked)) is None
        category = CategoryPath("hardware/desk")
        assert promised_fulfillment(submitted(asked, category=category)).duration == hours(4)

    def test_a_draft_has_promises_and_no_clocks(self):
        request = drafted(item(target(8)))

        assert promised_fulfillment(request).duration == hours(8)
        assert dues(request) == {}


class TestHours:
    def test_they_are_those_of_the_service_unless_the_target_has_its_own(self):
        request = submitted(item(target(10), target(10, RESPONSE, calendar=ALWAYS_OPEN)))

        assert dues(request) == {"fulfillment": day(3, "11:00"), "response": day(2, "19:00")}
        assert promised_fulfillment(request).calendar == OFFICE

    def test_without_any_it_is_around_the_clock(self):
        assert dues(submitted(item(target(10), support_hours=None))) == {
            "fulfillment": day(2, "19:00")
        }

    @pytest.mark.parametrize(
        ("service", "found"), [("desks", OFFICE), ("mail", None), (None, None), ("gone", None)]
    )
    def test_the_catalog_tells_them(self, service, found):
        catalog = ServiceCatalog(
            services=[Service("desks", support_hours=OFFICE), Service("mail")],
            items=[CatalogItem("desk", model="thing", service=service)],
            models=[model(targets=[target(10)])],
        )
        asked = RequestedItem.of(catalog, "desk")

        assert asked.support_hours == asked.under(catalog).support_hours == found
        due = day(2, "19:00") if found is None else day(3, "11:00")
        assert dues(submitted(asked)) == {"fulfillment": due}

    def test_a_catalog_that_changes_them_changes_what_is_under_it(self):
        items = [CatalogItem("desk", model="thing", service="desks")]
        old, new = (
            ServiceCatalog(services=[service], items=items, models=[model()])
            for service in (Service("desks"), Service("desks", support_hours=OFFICE))
        )

        assert RequestedItem.of(old, "desk").under(new).support_hours == OFFICE

    def test_they_are_a_calendar(self):
        with pytest.raises(TypeError, match="support_hours must be a calendar, not '9 to 5'"):
            item(support_hours="9 to 5")


class TestSeveralItems:
    @pytest.mark.parametrize("turn", [1, -1])
    @pytest.mark.parametrize(
        ("short", "long"),
        [
            (item(target(4)), item(target(BusinessDays(2)), name="long")),
            # Ten hours in the office end later than twelve around the clock.
            (item(target(12), support_hours=None), item(target(10), name="long")),
            (item(), item(target(4), name="long")),
            (item(target(40, RESPONSE)), item(target(1), name="long")),
            # What is for others only promises nothing here.
            (item(target(40, priorities=[Priority.CRITICAL])), item(target(1), name="long")),
        ],
        ids=["days", "hours", "nothing", "another kind", "for others"],
    )
    def test_the_one_that_is_due_last_governs(self, short, long, turn):
        request = submitted(*[short, long][::turn])

        assert agreement_of_models(request).targets == long.model.targets
        assert promised_fulfillment(request).duration == long.model.targets[0].duration

    def test_which_that_is_is_counted_from_the_submission(self):
        # From Friday on a day in the office takes longer than two around the clock.
        around = item(target(48), support_hours=None)
        office = item(target(16), name="office")

        assert promised_fulfillment(submitted(around, office)).duration == hours(48)
        weekend = submitted(around, office, at=day(6))
        assert promised_fulfillment(weekend).duration == hours(16)

    def test_it_brings_all_its_targets_and_the_others_none(self):
        long = item(target(16), target(3, RESPONSE), name="long")
        request = submitted(item(target(4), target(1, RESPONSE)), long)

        assert dues(request) == {"fulfillment": day(3, "17:00"), "response": day(2, "12:00")}

    def test_of_equals_it_is_the_first(self):
        items = [item(target(8), target(one, RESPONSE), name=str(one)) for one in (2, 1)]

        assert dues(submitted(*items))["response"] == day(2, "11:00")
        replies = [item(target(one, RESPONSE), name=str(one)) for one in (2, 1)]
        assert dues(submitted(*replies)) == {"response": day(2, "11:00")}


class TestAmongAgreements:
    @pytest.mark.parametrize(
        "others",
        [
            [],
            [sla(target(1, RESPONSE))],
            [sla(target(priorities=[Priority.CRITICAL]))],
            [sla(customer="acme")],
            [sla(valid_until=day(2))],
            [ola()],
        ],
        ids=["none", "another kind", "another priority", "others", "past", "of a group"],
    )
    def test_they_count_where_no_sla_promises_the_fulfillment(self, others):
        request = after(submitted(item(target(8))), "assign", group="workplace")
        own = agreement_of_models(request)

        assert with_models(request, others) == (*others, own)
        assert fulfillment_clock(request, [*others, own]).due_at == day(2, "17:00")
        assert fulfillment_clock(request, others) is None

    def test_where_one_does_they_count_for_nothing(self):
        request = submitted(item(target(8), target(1, RESPONSE)))

        assert with_models(request, [ola(), sla()]) == (ola(), sla())

    def test_where_they_promise_nothing_the_agreements_stay_as_they_are(self):
        assert with_models(submitted(), iter([ola()])) == (ola(),)

    def test_of_several_slas_the_first_that_promises_it_counts(self):
        request = submitted()
        agreements = [sla(target(1, RESPONSE)), sla(target(4)), sla(target(2))]

        assert fulfillment_clock(request, agreements).due_at == day(2, "13:00")


class TestFacts:
    def test_they_are_the_requests_own_but_those_that_are_told(self):
        fact = fact_of(submitted(title="A chair"), day(3), group="depot")

        assert (fact.at, fact.fields["title"], fact.fields["group"]) == (
            day(3),
            "A chair",
            "depot",
        )
