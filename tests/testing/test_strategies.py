"""
What the strategies of this package come to: that they reach what tests hope they do.
"""

from __future__ import annotations

from random import Random

import pytest

from hypothesis import HealthCheck, Phase, find, settings

from itil_ops import Approval, FulfillmentTask, ServiceRequest
from itil_ops.testing import strategies
from itil_ops.testing.requested import asked, under_way
from itil_ops.testing.strategies import requests
from itil_ops.testing.strategies.catalog import forms
from itil_ops.testing.strategies.requests import service_requests


#: The first that will do is good enough, and always the same.
SEARCH = settings(
    max_examples=3_000,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def first(strategy, will_do):
    return find(strategy, will_do, settings=SEARCH, random=Random(1))


def has_done(action):
    return lambda request: any(entry.action == action for entry in request.journal)


def has_part(kind):
    return lambda request: any(isinstance(part, kind) for part in request.parts)


class TestServiceRequests:
    @pytest.mark.parametrize("action", ["complete_task", "complete"])
    def test_they_come_to_each_verb(self, action):
        request = first(service_requests(), has_done(action))

        assert ServiceRequest.replay(request.journal) == request

    @pytest.mark.parametrize("kind", [Approval, FulfillmentTask])
    def test_they_have_parts_of_all_sorts(self, kind):
        assert first(service_requests(), has_part(kind)).version > 1

    @pytest.mark.parametrize(
        ("make", "action"),
        [
            (asked, "delegate"),
            (asked, "decline"),
            (under_way, "deliver"),
            (under_way, "fail_task"),
            (under_way, "suspend"),
        ],
    )
    def test_each_verb_may_be_the_next(self, make, action):
        request = make()
        name, told = first(requests._steps(request), lambda step: step[0] == action)

        assert callable(getattr(request, name))
        assert isinstance(told, dict)


class TestCatalogs:
    def test_a_question_may_hang_on_another_one(self):
        form = first(forms(), lambda form: any(field.when for field in form.fields))

        assert list(form.defects()) == []

    def test_models_have_no_defects_and_forms_are_answered(self):
        item = first(strategies.requested_items(), lambda item: len(item.model.tasks) > 1)

        assert item.model.defects() == ()
        assert item.why_not() == ()
