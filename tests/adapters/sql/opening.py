"""
How stores are opened for the kit, here and in the processes that it starts.
"""

from __future__ import annotations

import functools

from itil_ops.adapters.serialization import Codec
from itil_ops.adapters.sql import FeedOrder, open_store
from itil_ops.testing import due_planner
from itil_ops.testing.builders import OwnIncident


@functools.cache
def codec():
    return Codec(records=[OwnIncident])


def for_the_kit(url, feed):
    return open_store(url, due=due_planner, codec=codec(), feed=FeedOrder(feed))
