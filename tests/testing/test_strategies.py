"""
What is drawn at random is of all sorts.
"""

from __future__ import annotations

from collections import Counter

import pytest

from hypothesis import HealthCheck, given, seed, settings

from itil_ops import ServiceRequest
from itil_ops.testing import strategies
from itil_ops.testing.strategies.requests import service_requests


#: Traced, these many examples would cost several times as much; other tests cover the lines.
pytestmark = pytest.mark.no_cover


class TestServiceRequests:
    def test_they_come_far_and_have_parts_of_all_sorts(self):
        found = Counter()

        @seed(4)
        @settings(
            max_examples=50, database=None, deadline=None, suppress_health_check=list(HealthCheck)
        )
        @given(service_requests(steps=12))
        def look(request):
            found.update([request.state.name])
            found.update({entry.action for entry in request.journal})
            found.update({type(part).__name__ for part in request.parts})
            assert ServiceRequest.replay(request.journal) == request

        look()
        assert found.keys() >= {"draft", "in_review", "submit", "start_fulfillment"}
        assert found.keys() >= {"Approval", "FulfillmentTask"}

    def test_their_models_have_no_defects(self):
        @settings(
            max_examples=20, database=None, deadline=None, suppress_health_check=list(HealthCheck)
        )
        @given(strategies.requested_items())
        def look(item):
            assert item.model.defects() == ()
            assert item.why_not() == ()

        look()
