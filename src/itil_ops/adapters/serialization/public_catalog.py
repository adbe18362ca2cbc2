"""
What every codec knows of what can be asked for: a line for each class.
"""

from __future__ import annotations

from itil_ops.catalog.approval import (
    AllOf,
    AnyOf,
    ApprovalKind,
    ApprovalVerdict,
    Approver,
    ApproverRole,
    AtLeast,
    InOrder,
    Percentage,
    Say,
    Seat,
    VacantSeat,
)
from itil_ops.catalog.catalog import ServiceCatalog
from itil_ops.catalog.field_kind import FieldKind
from itil_ops.catalog.form import AskedWhen, Form, FormField
from itil_ops.catalog.item import CatalogItem
from itil_ops.catalog.model import Entitlement, RequestModel, RequestType, StandardChange
from itil_ops.catalog.money import Money
from itil_ops.catalog.schedule import PlannedWork, Schedule, Work
from itil_ops.catalog.service import Service, ServiceGroup
from itil_ops.catalog.task import TaskTemplate
from itil_ops.catalog.voting import Vetoed, Vote


CATALOG_VALUES: tuple[type, ...] = (
    AllOf,
    AnyOf,
    ApprovalKind,
    ApprovalVerdict,
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
    PlannedWork,
    RequestModel,
    RequestType,
    Say,
    Schedule,
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
)
"""
The classes of values.
"""
