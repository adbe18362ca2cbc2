"""
Request models, and who may have what they give.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from itil_ops.catalog import (
    EVERYBODY,
    AllOf,
    Approver,
    AskedWhen,
    AtLeast,
    CatalogItem,
    Entitlement,
    Form,
    FormField,
    Money,
    RequestModel,
    RequestType,
    Service,
    ServiceGroup,
    StandardChange,
    TaskTemplate,
)
from itil_ops.errors import CatalogError
from itil_ops.sla import ALWAYS_OPEN, Target, TargetKind


def hours(count):
    return Target(TargetKind.FULFILLMENT, timedelta(hours=count))


class TestEntitlement:
    @pytest.mark.parametrize(
        ("entitlement", "who", "expected"),
        [
            (EVERYBODY, {"person": None}, ()),
            (Entitlement(persons=["ana", "bo"]), {"person": "bo"}, ()),
            (Entitlement(persons=["ana"]), {"person": "bo"}, ("it is not for person 'bo'",)),
            (Entitlement(persons=[]), {"person": "bo"}, ("it is not for person 'bo'",)),
            (
                Entitlement(persons=["ana"]),
                {"person": None},
                ("nobody knows of a person that it is for",),
            ),
            (
                Entitlement(customers=["acme"]),
                {"person": "bo"},
                ("nobody knows of a customer that it is for",),
            ),
            (Entitlement(units=["sales"]), {"person": "bo", "units": ["it", "sales"]}, ()),
            (
                Entitlement(units=["sales"], roles=["boss"]),
                {"person": "bo", "units": ["law", "it", "law"], "roles": iter(["clerk"])},
                ("it is not for unit 'it', 'law'", "it is not for role 'clerk'"),
            ),
        ],
    )
    def test_all_that_is_given_must_hold(self, entitlement, who, expected):
        assert entitlement.why_not(**who) == expected

    @pytest.mark.parametrize("name", ["persons", "customers", "units", "roles"])
    def test_who_may_is_named(self, name):
        with pytest.raises(TypeError, match=f"^{name} must be several names, not 'ana'"):
            Entitlement(**{name: "ana"})
        with pytest.raises(ValueError, match=f"^each of {name} must not be blank"):
            Entitlement(**{name: [""]})

    def test_what_somebody_has_is_named(self):
        with pytest.raises(TypeError, match="units must be several names, not 'sales'"):
            EVERYBODY.why_not(person="ana", units="sales")


def told(model):
    return [(one.rule, one.text) for one in model.defects()]


class TestModels:
    def test_a_model_knows_who_does_a_task(self):
        model = RequestModel(name="laptop", group="desk")

        assert model.group_of(TaskTemplate("order", group="buyers")) == "buyers"
        assert model.group_of(TaskTemplate("order")) == "desk"

    def test_a_model_without_approval_is_authorized_beforehand(self):
        assert RequestModel(name="laptop").is_preauthorized
        assert not RequestModel(name="laptop", approval=Approver("ana")).is_preauthorized

    def test_the_time_of_fulfillment_is_among_the_targets(self):
        response = Target(TargetKind.RESPONSE, timedelta(hours=1))

        assert RequestModel(name="laptop", targets=[response, hours(5)]).fulfillment == hours(5)
        assert RequestModel(name="laptop", targets=[response]).fulfillment is None

    @pytest.mark.parametrize(
        "model",
        [
            RequestModel(name="laptop", group="desk"),
            RequestModel(name="laptop", tasks=[TaskTemplate("order", group="buyers")]),
        ],
    )
    def test_a_model_that_can_work_passes(self, model):
        model.check()

        assert model.defects() == ()

    def test_every_defect_is_told_at_once_in_order(self):
        model = RequestModel(
            name="laptop",
            version=2,
            form=Form([FormField("size", when=AskedWhen("kind", ["x"])), FormField("size")]),
            approval=AllOf(
                [
                    AtLeast([Approver("ana")], count=2),
                    Approver("bo", above=Money(Decimal(5), "USD")),
                ]
            ),
            tasks=[TaskTemplate("a", depends_on=["b", "c"]), TaskTemplate("b", depends_on=["a"])],
            targets=[hours(5), hours(6)],
            price=Money(Decimal(5), "EUR"),
        )
        expected = [
            ("unknown_reference", "field 'size' depends on 'kind', none before it"),
            ("duplicate_name", "field 'size' is named twice"),
            ("unknown_reference", "task 'a' depends on 'c', which is no task"),
            ("cyclic_tasks", "tasks wait for each other: a after b after a"),
            ("unreachable_approval", "2 have to approve, 1 can"),
            ("mixed_currency", "amounts are in several currencies: EUR, USD"),
            (
                "ambiguous_targets",
                (
                    "its targets make no agreement: agreement 'laptop' promises twice: fulfillment"
                    " for any record"
                ),
            ),
            (
                "no_group",
                "there is no group to fulfill it: name that of the model, or one for each task",
            ),
        ]

        assert told(model) == expected
        with pytest.raises(CatalogError) as caught:
            model.check()
        assert caught.value.subject == "request model laptop v2"
        assert caught.value.defects == model.defects()
        assert str(caught.value).endswith("; ".join(text for _, text in expected))

    def test_one_task_without_a_group_is_enough_to_be_stuck(self):
        tasks = [TaskTemplate("order", group="buyers"), TaskTemplate("install")]

        assert [rule for rule, _ in told(RequestModel(name="laptop", tasks=tasks))] == ["no_group"]


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"name": " "}, ValueError, "a model's name must not be blank"),
        ({"version": 0}, ValueError, "version must be 1 or more"),
        ({"version": "2"}, TypeError, "version must be an int"),
        ({"type": "access"}, TypeError, "type must be a RequestType"),
        ({"category": "hardware"}, TypeError, "category must be a CategoryPath or None"),
        ({"impact": 1}, TypeError, "impact must be an Impact or None"),
        ({"urgency": 1}, TypeError, "urgency must be an Urgency or None"),
        ({"form": []}, TypeError, "form must be a Form"),
        ({"entitlement": None}, TypeError, "entitlement must be an Entitlement"),
        ({"approval": "ana"}, TypeError, "approval must be a rule of approval or None, not 'ana'"),
        ({"group": ""}, ValueError, "group must not be blank"),
        ({"tasks": ["order"]}, TypeError, "each of tasks must be a TaskTemplate"),
        ({"targets": [5]}, TypeError, "each of targets must be a Target"),
        ({"standard_change": "T-1"}, TypeError, "standard_change must be a StandardChange or None"),
        ({"price": Decimal(5)}, TypeError, "price must be a Money or None"),
        ({"price": Money(Decimal(-5), "EUR")}, ValueError, "price must not be negative: -5 EUR"),
        ({"closure_conditions": "seen"}, TypeError, "closure_conditions must be several names"),
    ],
)
def test_bad_models_are_refused(options, error, words):
    with pytest.raises(error) as caught:
        RequestModel(**{"name": "laptop", **options})

    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: StandardChange(""), ValueError, "template must not be blank"),
        (lambda: StandardChange("T", title=" "), ValueError, "title must not be blank"),
        (lambda: CatalogItem("", model="m"), ValueError, "a catalog item's name must not be blank"),
        (lambda: CatalogItem("a", model=None), TypeError, "model must be a str"),
        (lambda: CatalogItem("a", model="m", service=7), TypeError, "service must be a str"),
        (lambda: CatalogItem("a", model="m", title=""), ValueError, "title must not be blank"),
        (lambda: CatalogItem("a", model="m", description=7), TypeError, "description must be"),
        (lambda: Service(""), ValueError, "a service's name must not be blank"),
        (lambda: Service("a", environments="test"), TypeError, "environments must be several"),
        (lambda: Service("a", criticality="high"), TypeError, "criticality must be a Criticality"),
        (lambda: Service("a", service_hours="9-17"), TypeError, "service_hours must be a calendar"),
        (lambda: Service("a", support_hours=5), TypeError, "support_hours must be a calendar"),
        (lambda: Service("a", agreement=""), ValueError, "agreement must not be blank"),
        (lambda: Service("a", owner=7), TypeError, "owner must be a str"),
        (lambda: Service("a", group=" "), ValueError, "group must not be blank"),
        (lambda: ServiceGroup("", ["a"]), ValueError, "a service group's name must not be blank"),
        (lambda: ServiceGroup("a", "b"), TypeError, "services must be several names"),
    ],
)
def test_bad_lines_of_the_catalog_are_refused(make, error, words):
    with pytest.raises(error) as caught:
        make()

    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("service", "environment", "expected"),
    [
        (Service("mail"), "test", True),
        (Service("mail", environments=["production"]), None, True),
        (Service("mail", environments=["production"]), "production", True),
        (Service("mail", environments=["production"]), "test", False),
    ],
)
def test_a_service_is_supported_where_it_was_said(service, environment, expected):
    assert service.supports(environment) is expected


def test_a_service_has_hours():
    assert Service("mail", support_hours=ALWAYS_OPEN).support_hours is ALWAYS_OPEN


def test_a_model_is_told_by_name_and_version():
    assert str(RequestModel(name="laptop", version=3, type=RequestType.ACCESS)) == "laptop v3"
