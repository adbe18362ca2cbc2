"""
Tasks of a model, and what is wrong with them as a graph.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from itil_ops.catalog import TaskTemplate
from itil_ops.catalog.task import cycle_in, graph_defects
from itil_ops.sla import BusinessDays


HOUR = timedelta(hours=1)


def tasks(**depends_on):
    return [TaskTemplate(name, depends_on=[*before]) for name, before in depends_on.items()]


def told(graph):
    return [(one.rule, one.text) for one in graph_defects(graph)]


class TestGraphs:
    @pytest.mark.parametrize(
        "graph", [[], tasks(a=[]), tasks(b=["a"], a=[]), tasks(d="bc", b="a", c="a", a=[])]
    )
    def test_what_can_be_put_in_order_has_no_defects(self, graph):
        graph = [*graph]

        assert told(graph) == []

    def test_a_task_waits_for_another_once(self):
        assert TaskTemplate("a", depends_on=["b", "c", "b"]).depends_on == ("b", "c")

    @pytest.mark.parametrize(
        ("graph", "cycles"),
        [
            (tasks(a=["a"]), ["a after a"]),
            (tasks(a=["b"], b=["a"]), ["a after b after a"]),
            (tasks(a=["b"], b=["c"], c=["a"], d=["a"]), ["a after b after c after a"]),
            (tasks(a=["b"], b=["a"], c=["d"], d=["c"]), ["a after b after a", "c after d after c"]),
            (tasks(a=["b"], b=["a"], c=["c", "a"]), ["a after b after a", "c after c"]),
        ],
    )
    def test_every_cycle_is_told(self, graph, cycles):
        texts = [f"tasks wait for each other: {cycle}" for cycle in cycles]

        assert told(graph) == [("cyclic_tasks", text) for text in texts]

    def test_all_that_is_wrong_is_told_at_once_in_order(self):
        graph = [*tasks(a=["b", "x"], b=["a"], c=["y"]), *tasks(c=[], a=[]), *tasks(a=["b"])]

        assert told(graph) == [
            ("duplicate_name", "task 'a' is named twice"),
            ("duplicate_name", "task 'c' is named twice"),
            ("unknown_reference", "task 'a' depends on 'x', which is no task"),
            ("unknown_reference", "task 'c' depends on 'y', which is no task"),
            ("cyclic_tasks", "tasks wait for each other: a after b after a"),
        ]

    def test_where_there_is_no_cycle_there_is_none(self):
        assert cycle_in({"a": ("b",), "b": ()}) == ()


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: TaskTemplate(""), ValueError, "a task's name must not be blank"),
        (lambda: TaskTemplate("a", group=" "), ValueError, "group must not be blank"),
        (lambda: TaskTemplate("a", description=7), TypeError, "description must be a str"),
        (lambda: TaskTemplate("a", depends_on="b"), TypeError, "depends_on must be several names"),
        (lambda: TaskTemplate("a", mandatory=1), TypeError, "mandatory must be a bool"),
        (lambda: TaskTemplate("a", automated="no"), TypeError, "automated must be a bool"),
        (lambda: TaskTemplate("a", duration=5), TypeError, "duration must be a timedelta"),
        (lambda: TaskTemplate("a", duration=-HOUR), ValueError, "duration must not be negative"),
        (
            lambda: TaskTemplate("a", attempts=0, automated=True),
            ValueError,
            "attempts must be 1 or more",
        ),
        (lambda: TaskTemplate("a", attempts=2), ValueError, "attempts are for what is automated"),
        (
            lambda: TaskTemplate("a", automated=True, retry_after=HOUR),
            ValueError,
            "task 'a': retry_after is for more than one attempt",
        ),
        (
            lambda: TaskTemplate("a", automated=True, attempts=2, retry_after="1h"),
            TypeError,
            "retry_after must be a timedelta",
        ),
    ],
)
def test_bad_tasks_are_refused(make, error, words):
    with pytest.raises(error) as caught:
        make()

    assert words in str(caught.value)


def test_what_is_automated_may_be_tried_again():
    task = TaskTemplate("a", automated=True, attempts=3, retry_after=BusinessDays(1))

    assert (task.attempts, task.retry_after) == (3, BusinessDays(1))
