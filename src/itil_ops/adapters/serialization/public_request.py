"""
What every codec knows of service requests: a line for each class.
"""

from __future__ import annotations

from itil_ops.request.directory import StaffDirectory
from itil_ops.request.items import RequestedItem
from itil_ops.request.monitor import Awaited, AwaitedKind, RequestProgress
from itil_ops.request.policies import (
    ChangeOfConfigurationItems,
    FixedPriceElseActual,
    ModelApproval,
    ModelEntitlement,
    ModelStandardChange,
)
from itil_ops.request.vocabulary import (
    Charge,
    RequestCancellationReason,
    RequestOutcome,
    RequestStage,
)


REQUEST_VALUES: tuple[type, ...] = (
    Awaited,
    AwaitedKind,
    ChangeOfConfigurationItems,
    Charge,
    FixedPriceElseActual,
    ModelApproval,
    ModelEntitlement,
    ModelStandardChange,
    RequestCancellationReason,
    RequestOutcome,
    RequestProgress,
    RequestStage,
    RequestedItem,
    StaffDirectory,
)
"""
The classes of values.
"""
