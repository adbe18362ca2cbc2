"""
Proof for stores: the kit that runs all that a store promises over one of yours.
"""

from itil_ops.kernel.extras import imported


imported("hypothesis", "testing")
# Users of the kit shall see the values where a test fails, as in tests of their own.
imported("pytest", "testing").register_assert_rewrite("itil_ops.testing.contract")

# Not before it is known that the extra is there, and that asserts are rewritten.
from itil_ops.testing.builders import OwnIncident, due_planner  # noqa: E402
from itil_ops.testing.contract import Capability, StoreContract, deviation  # noqa: E402
from itil_ops.testing.doing import retrying  # noqa: E402
from itil_ops.testing.playing import DisagreementError, differential  # noqa: E402


__all__ = [
    "Capability",
    "DisagreementError",
    "OwnIncident",
    "StoreContract",
    "deviation",
    "differential",
    "due_planner",
    "retrying",
]
