"""
What can be asked for, and how it is fulfilled: services, items, request models, approval, money.
"""

from itil_ops.catalog.approval import (
    AllOf,
    AnyOf,
    ApprovalKind,
    ApprovalRule,
    ApprovalVerdict,
    Approver,
    ApproverRole,
    AtLeast,
    InOrder,
    Percentage,
    Places,
    Say,
    Says,
    Seat,
    Seating,
    VacantSeat,
)
from itil_ops.catalog.catalog import ServiceCatalog
from itil_ops.catalog.field_kind import Bound, FieldKind
from itil_ops.catalog.form import AskedWhen, Form, FormField
from itil_ops.catalog.item import CatalogItem
from itil_ops.catalog.model import EVERYBODY, Entitlement, RequestModel, RequestType, StandardChange
from itil_ops.catalog.money import Money, total
from itil_ops.catalog.schedule import PlannedWork, Schedule, Work, schedule
from itil_ops.catalog.service import Service, ServiceGroup
from itil_ops.catalog.task import TaskTemplate
from itil_ops.catalog.voting import Vetoed, Vote


__all__ = [
    "EVERYBODY",
    "AllOf",
    "AnyOf",
    "ApprovalKind",
    "ApprovalRule",
    "ApprovalVerdict",
    "Approver",
    "ApproverRole",
    "AskedWhen",
    "AtLeast",
    "Bound",
    "CatalogItem",
    "Entitlement",
    "FieldKind",
    "Form",
    "FormField",
    "InOrder",
    "Money",
    "Percentage",
    "Places",
    "PlannedWork",
    "RequestModel",
    "RequestType",
    "Say",
    "Says",
    "Schedule",
    "Seat",
    "Seating",
    "Service",
    "ServiceCatalog",
    "ServiceGroup",
    "StandardChange",
    "TaskTemplate",
    "VacantSeat",
    "Vetoed",
    "Vote",
    "Work",
    "schedule",
    "total",
]
