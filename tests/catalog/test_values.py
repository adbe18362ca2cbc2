"""
What all values of the catalog have in common.
"""

from __future__ import annotations

import copy
import datetime as dt
import pickle

from datetime import timedelta
from decimal import Decimal
from enum import Enum

import attrs
import pytest

from clock_doubles import OFFICE, t
from itil_ops import catalog
from itil_ops.adapters.serialization import Codec
from itil_ops.catalog import (
    AllOf,
    AnyOf,
    ApprovalKind,
    Approver,
    ApproverRole,
    AskedWhen,
    AtLeast,
    CatalogItem,
    Entitlement,
    FieldKind,
    Form,
    FormField,
    InOrder,
    Money,
    Percentage,
    RequestModel,
    RequestType,
    Say,
    Seat,
    Service,
    ServiceCatalog,
    ServiceGroup,
    StandardChange,
    TaskTemplate,
    VacantSeat,
    Vetoed,
    Vote,
    Work,
    schedule,
)
from itil_ops.kernel.identity import ConfigurationItemId
from itil_ops.kernel.priority import Impact, Urgency
from itil_ops.kernel.vocabulary import CategoryPath, Criticality
from itil_ops.sla import (
    BusinessDays,
    NextOpening,
    OperationalLevelAgreement,
    ServiceLevelAgreement,
    Target,
    TargetKind,
)


HOUR = timedelta(hours=1)
MANAGER = ApproverRole.LINE_MANAGER
LIMIT = Money(Decimal("10.50"), "EUR")

RULE = InOrder(
    [
        Approver(MANAGER, expires_after=BusinessDays(2), fallback=ApproverRole("deputy")),
        Vetoed(
            AtLeast([Approver("ana", above=LIMIT), AnyOf([AllOf([Approver("bo")])])], count=1),
            by=[Approver("cy", kind=ApprovalKind.COMPLIANCE)],
        ),
        Percentage([Approver("di"), Approver("ed")], percent=50),
        Vote([Approver("fay"), Approver("gil")], quorum=2, percent=60),
    ]
)
SEATED = AllOf(
    [
        Seat(1, "ana", Approver(MANAGER), in_place_of="bo"),
        VacantSeat(Approver("cy"), why="nobody can be asked as cy", person="cy"),
    ]
)
ASKED_OF_OTHERS = {catalog.ApprovalRule, catalog.Seating}

FORM = Form(
    [
        FormField("size", FieldKind.CHOICE, choices=["s", "l"], default="s", label="Size"),
        FormField(
            "weight", FieldKind.NUMBER, least=1, most=Decimal("2.5"), default=Decimal("1.50")
        ),
        FormField("count", FieldKind.WHOLE_NUMBER, least=1, required=True),
        FormField("on", FieldKind.DATE, least=dt.date(2026, 1, 1), default=dt.date(2026, 2, 1)),
        FormField("at", FieldKind.INSTANT, least=t("fri 09:00"), default=t("mon 09:00")),
        FormField("with", FieldKind.CHOICES, choices=["s", "l"], default=("s",)),
        FormField("item", FieldKind.CONFIGURATION_ITEM, default=ConfigurationItemId("CI-1")),
        FormField("code", pattern="[a-z]+", least=1, most=3, when=AskedWhen("size", ["l"])),
        FormField("flag", FieldKind.FLAG, default=False),
    ]
)

MODEL = RequestModel(
    name="laptop",
    version=2,
    type=RequestType.STANDARD_CHANGE,
    category=CategoryPath("hardware/laptop"),
    impact=Impact.LOW,
    urgency=Urgency.LOW,
    form=FORM,
    entitlement=Entitlement(persons=["ana"], customers=["acme"], units=[], roles=["clerk"]),
    approval=RULE,
    group="desk",
    tasks=[
        TaskTemplate("order", group="buyers", duration=2 * HOUR, description="Order it."),
        TaskTemplate(
            "install",
            depends_on=["order"],
            mandatory=False,
            automated=True,
            duration=NextOpening(),
            attempts=3,
            retry_after=HOUR,
        ),
    ],
    targets=[Target(TargetKind.FULFILLMENT, BusinessDays(3), calendar=OFFICE)],
    standard_change=StandardChange("STD-7", title="Install a laptop"),
    price=Money(Decimal("999.90"), "EUR"),
    closure_conditions=["signed"],
)

CATALOG = ServiceCatalog(
    name="shop",
    services=[
        Service(
            "desk",
            environments=["production"],
            criticality=Criticality.HIGH,
            service_hours=OFFICE,
            support_hours=OFFICE,
            agreement="gold",
            owner="ana",
            group="desk",
        )
    ],
    service_groups=[ServiceGroup("office", ["desk"])],
    items=[CatalogItem("laptop", model="laptop", service="desk", title="Laptop", description="L")],
    models=[MODEL],
    agreements=[
        ServiceLevelAgreement("gold", targets=[Target(TargetKind.FULFILLMENT, 90 * HOUR)]),
        OperationalLevelAgreement(
            "buyers", provider="buyers", targets=[Target(TargetKind.FULFILLMENT, 2 * HOUR)]
        ),
    ],
)

WORK = Work(name="order", duration=HOUR, calendar=OFFICE, begun_at=t("mon 09:00"))
PLAN = schedule([WORK, Work(name="install", depends_on=["order"])], t("mon 09:30"))


def fields(value):
    return [one.name for one in attrs.fields(type(value))] if attrs.has(type(value)) else []


def values(thing):
    """
    Yield *thing* and every value of the catalog in it.
    """
    if isinstance(thing, tuple | frozenset):
        for one in thing:
            yield from values(one)
    elif type(thing).__module__.startswith("itil_ops.catalog"):
        yield thing
        for name in fields(thing):
            yield from values(getattr(thing, name))


VALUES = [*values((CATALOG, SEATED, WORK, PLAN, Say.APPROVED, catalog.ApprovalVerdict.OPEN))]
CLASSES = sorted({type(one) for one in VALUES}, key=lambda cls: cls.__name__)
ONE_OF_EACH = [next(one for one in VALUES if type(one) is cls) for cls in CLASSES]


def name_of(value):
    return type(value).__name__


def test_every_public_class_is_among_them():
    public = {getattr(catalog, name) for name in catalog.__all__}
    made = {one for one in public if isinstance(one, type)}

    assert made - ASKED_OF_OTHERS == {*CLASSES}


@pytest.mark.parametrize("value", ONE_OF_EACH, ids=name_of)
class TestValues:
    def test_a_copy_is_equal_and_reads_alike(self, value):
        for again in (pickle.loads(pickle.dumps(value)), copy.deepcopy(value), copy.copy(value)):
            assert again == value
            assert hash(again) == hash(value)
            assert repr(again) == repr(value)

    def test_it_does_not_change(self, value):
        for name in fields(value):
            with pytest.raises(attrs.exceptions.FrozenInstanceError):
                setattr(value, name, None)
        assert fields(value) or isinstance(value, Enum)


def test_what_is_written_is_read_again():
    # The verdict of an approval is never stored: it follows from what was said.
    codec = Codec(values=[cls for cls in CLASSES if cls is not catalog.ApprovalVerdict])

    for value in (CATALOG, MODEL, RULE, SEATED, WORK, PLAN, Say.LAPSED):
        again = codec.loads(codec.dumps(value))

        assert again == value
        assert repr(again) == repr(value)


def test_the_catalog_that_is_written_can_work():
    assert CATALOG.defects(since=t("fri 00:00")) == ()


def test_what_the_door_lists_is_there():
    assert all(hasattr(catalog, name) for name in catalog.__all__)
