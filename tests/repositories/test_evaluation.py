"""
What tells the list of one query from that of another, in every process the same.
"""

from __future__ import annotations

import datetime as dt
import itertools
import os
import subprocess
import sys

from enum import StrEnum
from zoneinfo import ZoneInfo

import attrs
import pendulum
import pytest

from itil_ops import (
    Impact,
    IncidentId,
    Link,
    LinkKind,
    Phase,
    Priority,
    ProblemId,
    Urgency,
)
from itil_ops.repositories import (
    KINDS,
    IncidentQuery,
    QueryOrder,
    RecordQuery,
    ServiceRequestQuery,
)
from itil_ops.repositories.evaluation import (
    KEYS,
    NO_RANK,
    READS,
    SHAPES,
    SOUGHT,
    matching,
    rank,
    scope,
    sought_of,
)
from itil_ops.testing.requested import asked, drafted, under_way
from repositories.making import DESK, T0, DeskIncident, logged, minutes


class Team(StrEnum):
    MESSAGING = "messaging"


#: Queries of which no two are equal.
DIFFERENT = (
    RecordQuery(),
    IncidentQuery(),
    *(IncidentQuery(order=order) for order in (QueryOrder.LOGGED_AT, QueryOrder.PRIORITY)),
    *(IncidentQuery(**{name: []}) for name in READS),
    *(IncidentQuery(**{name: [None]}) for name in READS if name not in {"states", "phases"}),
    *(IncidentQuery(**{name: ["a"]}) for name in READS if name not in {"phases", "priorities"}),
    IncidentQuery(groups=["None"]),
    IncidentQuery(groups=["a", "b"]),
    IncidentQuery(groups=["a', 'b"]),
    IncidentQuery(groups=["a\nb"]),
    IncidentQuery(phases=[Phase.ACTIVE]),
    IncidentQuery(phases=[Phase.ACTIVE, Phase.WAITING]),
    IncidentQuery(priorities=[Priority.HIGH]),
    IncidentQuery(priorities=[Priority(2, "another second")]),
    IncidentQuery(linked_to=[]),
    IncidentQuery(linked_to=[IncidentId("a")]),
    IncidentQuery(linked_to=[ProblemId("a")]),
    IncidentQuery(linked_to=[ProblemId("a"), IncidentId("a")]),
    IncidentQuery(linked_to=[ProblemId("a'), IncidentId('a")]),
    IncidentQuery(logged_from=T0),
    IncidentQuery(logged_until=T0),
    IncidentQuery(logged_from=T0 + dt.timedelta(microseconds=1)),
    ServiceRequestQuery(),
    ServiceRequestQuery(requesters=[None]),
    *(ServiceRequestQuery(**{name: values}) for name in SOUGHT for values in ([], ["a"], ["b"])),
)

#: Pairs of equal ones.
EQUAL = (
    (IncidentQuery(groups=["a", "b", "c"]), IncidentQuery(groups=iter(["c", "b", "a", "a"]))),
    (IncidentQuery(groups=[Team.MESSAGING]), IncidentQuery(groups=["messaging"])),
    (
        IncidentQuery(linked_to=[ProblemId("messaging"), IncidentId("a")]),
        IncidentQuery(linked_to=iter([IncidentId("a"), ProblemId(Team.MESSAGING)])),
    ),
    (
        IncidentQuery(logged_from=T0),
        IncidentQuery(logged_from=T0.astimezone(ZoneInfo("Europe/Paris"))),
    ),
    (
        IncidentQuery(logged_until=pendulum.datetime(2026, 3, 2, 9)),
        IncidentQuery(logged_until=T0),
    ),
    (IncidentQuery(priorities=[Priority.HIGH]), IncidentQuery(priorities=[Priority(2, "high")])),
)

IN_ANOTHER_PROCESS = """
from repositories import test_evaluation as here
print(*map(here.scope, here.DIFFERENT))
"""


class TestScope:
    def test_different_queries_have_different_ones(self):
        for one, other in itertools.combinations(DIFFERENT, 2):
            assert one != other
            assert scope(one) != scope(other)

    def test_every_field_counts(self):
        told = {
            field.name
            for query in DIFFERENT
            for field in attrs.fields(type(query))
            if getattr(query, field.name) != getattr(type(query)(), field.name)
        }

        assert told == {field.name for kind in KINDS for field in attrs.fields(kind.query)}

    @pytest.mark.parametrize(("one", "other"), EQUAL)
    def test_equal_queries_have_the_same(self, one, other):
        assert one == other
        assert scope(one) == scope(other)

    @pytest.mark.parametrize("seed", ["1", "2"])
    def test_another_process_comes_to_the_same(self, seed):
        run = subprocess.run(
            [sys.executable, "-c", IN_ANOTHER_PROCESS],
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        )

        assert run.stdout.split() == [*map(scope, DIFFERENT)]


class TestKeys:
    CRITICAL = logged(at=minutes(1), impact=Impact.HIGH, urgency=Urgency.HIGH)

    def test_what_has_no_priority_comes_after_all_that_has(self):
        assert rank(self.CRITICAL) == 1
        assert rank(logged()) == NO_RANK
        far = self.CRITICAL.prioritize(
            override=Priority(10**6, "some day"), reason="So.", by=DESK, at=minutes(1)
        )
        assert rank(far) < NO_RANK

    @pytest.mark.parametrize("order", QueryOrder)
    @pytest.mark.parametrize("record", [logged(), CRITICAL])
    def test_keys_end_with_the_id_and_have_the_shape_that_is_told(self, order, record):
        key = KEYS[order](record)

        assert tuple(map(type, key)) == SHAPES[order]
        assert key[-1] == "INC-1"


class TestMatching:
    def test_a_query_that_asks_for_nothing_lets_everything_pass(self):
        assert matching(RecordQuery())(logged())

    def test_time_is_asked_for_from_an_instant_up_to_before_another(self):
        passes = matching(RecordQuery(logged_from=minutes(1), logged_until=minutes(3)))

        assert [passes(logged(at=minutes(count))) for count in range(5)] == [
            False,
            True,
            True,
            False,
            False,
        ]

    def test_what_points_to_any_of_the_ids_passes(self):
        links = tuple(Link(LinkKind(kind), ProblemId(id)) for kind, id in (("a", "1"), ("b", "2")))
        linked = logged(kind=DeskIncident).change(links=links)

        def passes(record, *ids):
            return matching(RecordQuery(linked_to=ids))(record)

        assert linked.references == {ProblemId("1"), ProblemId("2")}
        assert passes(linked, ProblemId("2"))
        assert passes(linked, ProblemId("3"), ProblemId("1"))
        assert not passes(linked, IncidentId("1"), ProblemId("3"))
        assert not passes(linked)
        assert not passes(logged(), ProblemId("1"))

    @pytest.mark.parametrize(
        ("field", "names", "found"),
        [
            ("requesters", ["ana"], ["drafted", "asked", "under way"]),
            ("requesters", ["tom", "eve"], []),
            ("requesters", [None], ["nobody's"]),
            ("beneficiaries", ["ana"], ["drafted", "under way"]),
            ("beneficiaries", ["tom"], ["asked"]),
            ("beneficiaries", [None], ["nobody's"]),
            ("approvers", ["eve"], ["asked"]),
            ("approvers", ["zoe", "kim"], ["asked"]),
            ("approvers", ["ana", "tom"], []),
            ("task_groups", ["buying"], ["under way"]),
            ("task_groups", ["workplace", "desk"], ["under way"]),
            ("task_groups", [], []),
        ],
    )
    def test_a_request_passes_by_any_of_the_names_that_it_is_sought_by(self, field, names, found):
        requests = (
            drafted("drafted"),
            asked("asked", requested_for="tom"),
            under_way("under way"),
            drafted("nobody's", requester=None),
        )
        passes = matching(ServiceRequestQuery(**{field: names}))

        assert [one.id.value for one in requests if passes(one)] == found

    def test_names_are_asked_for_in_requests_alone(self):
        for kind in KINDS:
            known = sought_of(kind.query)
            assert known == sought_of(kind.query())
            assert known == (SOUGHT if kind.query is ServiceRequestQuery else {})
