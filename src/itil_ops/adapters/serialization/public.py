"""
What every codec knows: the records and values of all rooms, a line for each class.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from itil_ops.adapters.serialization.public_catalog import CATALOG_VALUES
from itil_ops.adapters.serialization.public_problem import PROBLEM_VALUES
from itil_ops.adapters.serialization.public_request import REQUEST_VALUES
from itil_ops.adapters.serialization.public_sla import SLA_VALUES
from itil_ops.errors import Reason
from itil_ops.incident.figures import ExpandedLifecycle, Resolution
from itil_ops.incident.model import IncidentModel, ModelStep
from itil_ops.incident.policies import HighestPriorityOrSecurity, NoMajorByItself
from itil_ops.incident.record import Incident
from itil_ops.incident.vocabulary import (
    CancellationReason,
    MajorIncident,
    MatchedKnownError,
    ResolutionCode,
    ResolutionKind,
)
from itil_ops.kernel.actor import Actor, ActorKind, ProcessRole
from itil_ops.kernel.history import HoldSpell, Moment
from itil_ops.kernel.identity import (
    AccessRequestId,
    ChangeId,
    ConfigurationItemId,
    EventId,
    IncidentId,
    KnownErrorId,
    PartId,
    ProblemId,
    RecordId,
    ServiceRequestId,
)
from itil_ops.kernel.journal import Inherited
from itil_ops.kernel.policies import FixedOwner, Permit, RoleTable
from itil_ops.kernel.priority import (
    Impact,
    MatrixPriority,
    Priority,
    PriorityDecision,
    PriorityMatrix,
    PriorityOverride,
    Urgency,
)
from itil_ops.kernel.table import Composite, Phase, Place, State
from itil_ops.kernel.vocabulary import (
    ActionType,
    CategoryPath,
    ClosureReason,
    Contact,
    ContactChannel,
    Criticality,
    Direction,
    Escalation,
    EscalationKind,
    Link,
    LinkKind,
    PendingReason,
    SupportLine,
    Visibility,
)
from itil_ops.problem.known_error.record import KnownError
from itil_ops.problem.record import Problem
from itil_ops.repositories.ports import Lease, Published, Slice
from itil_ops.repositories.query import (
    IncidentQuery,
    KnownErrorQuery,
    ProblemQuery,
    QueryOrder,
    RecordQuery,
    ServiceRequestQuery,
)
from itil_ops.request.record import ServiceRequest
from itil_ops.sla.promises.closure import ReopenWindow, TwoStepClosure
from itil_ops.timers import Timer, TimerKind


if TYPE_CHECKING:
    from itil_ops.adapters.serialization.records import RecordType


RECORDS: tuple[RecordType, ...] = (Incident, Problem, KnownError, ServiceRequest)
"""
The classes of records; a room to come adds its line.
"""

VALUES: tuple[type, ...] = (
    AccessRequestId,
    ActionType,
    Actor,
    ActorKind,
    CancellationReason,
    CategoryPath,
    ChangeId,
    ClosureReason,
    Composite,
    ConfigurationItemId,
    Contact,
    ContactChannel,
    Criticality,
    Direction,
    Escalation,
    EscalationKind,
    EventId,
    ExpandedLifecycle,
    FixedOwner,
    HighestPriorityOrSecurity,
    HoldSpell,
    Impact,
    IncidentId,
    IncidentModel,
    IncidentQuery,
    Inherited,
    KnownErrorId,
    KnownErrorQuery,
    Lease,
    Link,
    LinkKind,
    MajorIncident,
    MatchedKnownError,
    MatrixPriority,
    ModelStep,
    Moment,
    NoMajorByItself,
    PartId,
    PendingReason,
    Permit,
    Phase,
    Place,
    Priority,
    PriorityDecision,
    PriorityMatrix,
    PriorityOverride,
    ProblemId,
    ProblemQuery,
    ProcessRole,
    Published,
    QueryOrder,
    Reason,
    RecordId,
    RecordQuery,
    ReopenWindow,
    Resolution,
    ResolutionCode,
    ResolutionKind,
    RoleTable,
    ServiceRequestId,
    ServiceRequestQuery,
    Slice,
    State,
    SupportLine,
    Timer,
    TimerKind,
    TwoStepClosure,
    Urgency,
    Visibility,
    *CATALOG_VALUES,
    *PROBLEM_VALUES,
    *REQUEST_VALUES,
    *SLA_VALUES,
)
"""
The classes of values.
"""
