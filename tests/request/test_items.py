"""
Requested items: what they are made of, and which go together.
"""

from __future__ import annotations

from decimal import Decimal

import attrs
import pytest

from itil_ops.catalog import (
    AllOf,
    ApprovalKind,
    Approver,
    CatalogItem,
    FieldKind,
    Form,
    FormField,
    Money,
    RequestModel,
    ServiceCatalog,
    TaskTemplate,
)
from itil_ops.errors import CatalogError
from itil_ops.kernel.instant import utc
from itil_ops.kernel.journal import Changes
from itil_ops.request.items import (
    RequestedItem,
    check_currency,
    check_items,
    cost_of,
    known_cost_of,
)
from itil_ops.request.policies import RequestPolicies
from itil_ops.request.seating import seated
from request.making import (
    ANA,
    after,
    catalog_of,
    day,
    drafted,
    eur,
    item_of,
    model,
    submitted,
)


FINANCIAL = ApprovalKind.FINANCIAL
FORM = Form([FormField("memory", FieldKind.WHOLE_NUMBER, default=16), FormField("color")])


class TestOne:
    def test_of_a_catalog_it_has_the_newest_model_its_price_and_defaults(self):
        old, new = model(version=1), model(version=2, form=FORM, price=eur(5))
        item = RequestedItem.of(catalog_of(old, new), "thing", {"color": "red"}, quantity=2)

        assert (item.name, item.catalog_item, item.model) == ("thing", "thing", new)
        assert item.form == {"memory": 16, "color": "red"}
        assert (item.price, item.cost) == (eur(5), eur(10))

    def test_it_may_have_a_name_of_its_own_and_a_service(self):
        catalog = ServiceCatalog(
            items=[CatalogItem("thing", model="thing", service="workplace")], models=[model()]
        )
        item = RequestedItem.of(catalog, "thing", name="mine")

        assert (item.name, item.catalog_item, item.service) == ("mine", "thing", "workplace")

    def test_under_a_newer_catalog_it_keeps_what_is_its_own(self):
        old, new = model(price=eur(5)), model(version=2, price=eur(6), form=FORM)
        item = RequestedItem.of(catalog_of(old), "thing", quantity=2, name="mine")
        newer = item.under(catalog_of(old, new))

        assert (newer.name, newer.quantity, newer.model) == ("mine", 2, new)
        assert (newer.price, newer.form) == (eur(6), {"memory": 16})

    def test_what_is_in_no_catalog_stays_as_it_is(self):
        item = item_of(model())

        assert item.under(catalog_of(model(version=2))) is item

    def test_its_form_speaks_for_itself(self):
        item = item_of(model(form=FORM), form={"memory": "much", "weight": 3})

        assert len(item.why_not()) == 2
        assert item_of(model(form=FORM), form={"memory": 8}).why_not() == ()

    def test_answers_are_kept_as_they_were_given(self):
        answers = {"memory": 8}
        item = item_of(model(form=FORM), form=answers)
        answers["memory"] = 16

        assert item.form == Changes({"memory": 8})

    @pytest.mark.parametrize(
        ("answers", "text"),
        [
            (["memory"], "the form of item 'mine' takes answers by the names of their fields"),
            ("memory", "the form of item 'mine' takes answers by the names of their fields"),
            ({1: 8}, "the form of item 'mine': the name of a field must be a str, not 1"),
            ({"memory": {"a": 8}}, "item 'mine': the answer to 'memory' must be one value"),
            ({"memory": [[8]]}, "item 'mine': the answer to 'memory' must be one value"),
        ],
    )
    def test_what_can_be_no_answers_is_told_with_item_and_field(self, answers, text):
        catalog = catalog_of(model(form=FORM))
        for make in (
            lambda: RequestedItem.of(catalog, "thing", answers, name="mine"),
            lambda: RequestedItem(name="mine", model=model(form=FORM), form=answers),
        ):
            with pytest.raises(TypeError) as caught:
                make()
            assert text in str(caught.value)

    def test_answers_as_json_has_them_are_kept_as_values_that_do_not_change(self):
        item = item_of(model(form=FORM), form={"color": ["red"], "memory": None})

        assert item.form == Changes({"color": ("red",)})

    def test_it_has_the_price_of_its_model_unless_it_has_its_own(self):
        priced = model(price=eur(5000))

        assert RequestedItem(name="thing", model=priced, quantity=2).cost == eur(10_000)
        assert RequestedItem(name="thing", model=priced, price=eur(6000)).cost == eur(6000)
        assert RequestedItem(name="thing", model=model(), price=eur(3)).cost == eur(3)

    def test_a_price_below_that_of_its_model_costs_no_less(self):
        priced = model(price=eur(5000))
        cheap = RequestedItem(name="thing", model=priced, price=eur(0), quantity=2)

        assert (cheap.price, cheap.cost) == (eur(0), eur(10_000))
        assert RequestedItem(name="thing", model=model(price=eur(0)), price=eur(3)).cost == eur(3)

    @pytest.mark.parametrize(
        ("price", "estimate"), [(eur(0), None), (eur(0), eur(1)), (None, None), (None, eur(1))]
    )
    def test_no_price_that_somebody_states_spares_an_approval(self, price, estimate):
        approval = AllOf([Approver("mia"), Approver("bo", kind=FINANCIAL, above=eur(100))])
        item = item_of(model(approval=approval, price=eur(900)), price=price)
        found = seated(submitted(item, estimate=estimate), RequestPolicies(), utc(day(2)))

        assert [one.person for one in found.rule.seats] == ["mia", "bo"]

    def test_submitted_under_a_catalog_it_has_the_price_of_the_model(self):
        catalog = catalog_of(model(price=eur(900)))
        cheap = attrs.evolve(RequestedItem.of(catalog, "thing"), price=eur(0))
        request = after(drafted(cheap), "submit", by=ANA, catalog=catalog)

        assert (request.items[0].price, request.cost) == (eur(900), eur(900))

    def test_what_nobody_knows_the_price_of_costs_at_least_that_of_its_model(self):
        unknown = RequestedItem(name="thing", model=model(price=eur(5000)), price=None, quantity=2)

        assert (unknown.cost, unknown.least_cost) == (None, eur(10_000))
        assert (cost_of([unknown]), known_cost_of([unknown])) == (None, eur(10_000))

    def test_its_price_is_in_the_currency_of_its_model(self):
        with pytest.raises(ValueError, match="price 1 USD, that of model thing v1 5 EUR"):
            RequestedItem(name="thing", model=model(price=eur(5)), price=Money(Decimal(1), "USD"))

    def test_what_has_no_price_has_no_cost(self):
        assert item_of(model()).cost is None

    @pytest.mark.parametrize(
        ("told", "error", "text"),
        [
            ({"name": " "}, ValueError, "name"),
            ({"name": "thing/order"}, ValueError, "an item's name has no slash"),
            ({"quantity": 0}, ValueError, "quantity must be 1 or more"),
            ({"quantity": -1}, ValueError, "quantity"),
            ({"quantity": None}, TypeError, "quantity"),
            ({"quantity": 1.5}, TypeError, "quantity"),
            ({"price": eur(-1)}, ValueError, "price must not be negative"),
            ({"price": 5}, TypeError, "price"),
            ({"model": "thing"}, TypeError, "model"),
            ({"catalog_item": ""}, ValueError, "catalog_item"),
            ({"service": 1}, TypeError, "service"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, told, error, text):
        with pytest.raises(error, match=text):
            RequestedItem(**{"name": "thing", "model": model(), **told})

    @pytest.mark.parametrize(
        ("broken", "text"),
        [
            (RequestModel(name="thing"), "there is no group to fulfill it"),
            (
                model(TaskTemplate("a", depends_on=["b"]), TaskTemplate("b", depends_on=["a"])),
                "tasks wait for each other",
            ),
        ],
    )
    def test_a_model_that_cannot_work_is_refused(self, broken, text):
        with pytest.raises(CatalogError, match=text):
            RequestedItem(name="thing", model=broken)

    @pytest.mark.parametrize(
        ("catalog", "name", "error"),
        [(catalog_of(model()), "thin", CatalogError), (None, "thing", TypeError)],
    )
    def test_it_is_in_the_catalog(self, catalog, name, error):
        with pytest.raises(error):
            RequestedItem.of(catalog, name)


class TestSeveral:
    def test_each_has_a_name_of_its_own(self):
        with pytest.raises(
            ValueError, match=r"items are named twice: thing; name each .*name=\.\.\."
        ):
            check_items([item_of(model()), item_of(model())])

    def test_all_are_items(self):
        with pytest.raises(TypeError):
            check_items([model()])

    def test_they_cost_what_each_costs(self):
        dear = item_of(model(), price=eur(5), quantity=3)
        free = item_of(model(), name="free", price=eur(0))

        assert cost_of(check_items([dear, free])) == eur(15)
        assert cost_of([free]) == eur(0)
        assert cost_of([]) is None

    def test_what_one_of_them_costs_is_not_known_of_all_of_them(self):
        unknown = item_of(model(), name="unknown")

        assert cost_of([item_of(model(), price=eur(5)), unknown]) is None

    def test_their_prices_are_in_one_currency(self):
        dollars = Money(eur(1).amount, "USD")
        items = [item_of(model(), price=eur(5)), item_of(model(), name="b", price=dollars)]

        with pytest.raises(ValueError, match=r"currencies: item 'thing' 5 EUR, item 'b' 1 USD$"):
            check_items(items)

    def test_which_amounts_do_not_go_together_is_told(self):
        items = [item_of(model(), price=eur(5)), item_of(model(), name="free")]
        dollar = Money(Decimal(1), "USD")

        with pytest.raises(ValueError, match=r"currencies: item 'thing' 5 EUR, estimate 1 USD$"):
            check_currency(items, estimate=dollar, actual_cost=None)
        check_currency(items[1:], estimate=dollar, actual_cost=dollar)

    def test_a_price_that_its_model_alone_has_goes_together_with_the_others(self):
        unknown = item_of(model(price=Money(Decimal(1), "USD")), name="unknown", price=None)

        with pytest.raises(ValueError, match="item 'thing' 5 EUR, item 'unknown' 1 USD"):
            check_items([item_of(model(), price=eur(5)), unknown])
