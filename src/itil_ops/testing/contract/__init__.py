"""
The tests that prove a store, clause by clause.
"""

from __future__ import annotations

from itil_ops.testing.contract.concurrency import ConcurrencyContract
from itil_ops.testing.contract.due_work import DueWorkContract
from itil_ops.testing.contract.durability import DurabilityContract
from itil_ops.testing.contract.entangled import EntangledContract
from itil_ops.testing.contract.feeding import FeedingContract
from itil_ops.testing.contract.finer import FinerContract
from itil_ops.testing.contract.identity import IdentityContract
from itil_ops.testing.contract.kinds import KindsContract
from itil_ops.testing.contract.linking import LinkingContract
from itil_ops.testing.contract.modelled import ModelledContract
from itil_ops.testing.contract.overlapping import OverlappingContract
from itil_ops.testing.contract.paging import PagingContract
from itil_ops.testing.contract.planning import PlanningContract
from itil_ops.testing.contract.queries import QueriesContract
from itil_ops.testing.contract.refusing import RefusingContract
from itil_ops.testing.contract.requesting import RequestsContract
from itil_ops.testing.contract.rules import Capability, clause, deviation
from itil_ops.testing.contract.uniqueness import UniquenessContract
from itil_ops.testing.contract.units import UnitsContract
from itil_ops.testing.contract.versions import VersionsContract


class StoreContract(
    IdentityContract,
    VersionsContract,
    UniquenessContract,
    UnitsContract,
    RefusingContract,
    QueriesContract,
    PagingContract,
    LinkingContract,
    KindsContract,
    RequestsContract,
    FinerContract,
    FeedingContract,
    DueWorkContract,
    PlanningContract,
    OverlappingContract,
    EntangledContract,
    ConcurrencyContract,
    DurabilityContract,
    ModelledContract,
):
    """
    All that a store promises, as tests.
    """


__all__ = ["Capability", "StoreContract", "clause", "deviation"]
