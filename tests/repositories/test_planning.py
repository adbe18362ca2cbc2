"""
What stores ask a planner, and what they make of it.
"""

from __future__ import annotations

import datetime as dt

import pytest

from itil_ops.repositories import MemoryStore, Planning
from repositories.making import (
    Alone,
    DeskIncident,
    content,
    first_of_each,
    logged,
    minutes,
    next_of_each,
    stepped,
)


def titled(title, at=0):
    """
    Return an incident of which the last entry was made at minute *at*.
    """
    return stepped(logged(title=title, kind=DeskIncident), at=minutes(at))


BY_BOTH = pytest.mark.parametrize("planner", [first_of_each, next_of_each])


class TestPlan:
    def test_without_a_planner_nothing_falls_due(self):
        planning = Planning(None)

        assert planning.plan(titled("ring 5"), {"ring": minutes(5)}, {}) == {}
        assert planning.after(titled("ring 5"), "ring", minutes(0)) is None

    @BY_BOTH
    def test_what_the_planner_says_is_planned(self, planner):
        planned = Planning(planner).plan(titled("ring 5 7, look 9"), {}, {})

        assert planned == {"ring": minutes(5), "look": minutes(9)}
        assert planned["ring"].timezone_name == "UTC"

    #: The title, what was waiting, the last entry's minute, and what is planned then.
    WAITING = (
        # overdue, and nobody has looked yet
        ("ring 5 7", {"ring": 5}, 6, {"ring": 5}),
        ("ring 5 7", {"ring": 5}, 9, {"ring": 5}),
        ("ring 5, look 8", {"ring": 5}, 6, {"ring": 5, "look": 8}),
        # due with the entry
        ("ring 5 7", {"ring": 5}, 5, {"ring": 5}),
        # not due yet
        ("ring 7", {"ring": 5}, 4, {"ring": 7}),
        ("look 7", {"ring": 5}, 4, {"look": 7}),
        # overdue, but the entry has changed what falls due
        ("ring 7", {"ring": 5}, 6, {"ring": 7}),
        ("ring 4 7", {"ring": 5}, 6, {"ring": 7}),
        ("look 7", {"ring": 5}, 6, {"look": 7}),
        ("ring 4", {"ring": 5}, 6, {}),
        # nothing was waiting: it was looked at
        ("ring 5 7", {}, 6, {"ring": 7}),
        ("ring 5", {}, 6, {}),
    )

    @pytest.mark.parametrize(("title", "waiting", "at", "expected"), WAITING)
    def test_what_is_overdue_waits_until_somebody_looks(self, title, waiting, at, expected):
        waiting = {kind: minutes(count) for kind, count in waiting.items()}
        planned = Planning(next_of_each).plan(titled(title, at), waiting, {})

        assert planned == {kind: minutes(count) for kind, count in expected.items()}

    def test_of_several_new_entries_the_first_may_bring_it_and_the_last_come_after_it(self):
        planning = Planning(next_of_each)
        before = titled("look 9", at=2)
        record = stepped(before.change(at=minutes(4), title="ring 4 5 7, look 9"), at=minutes(6))
        expected = {"ring": minutes(4), "look": minutes(9)}

        assert planning.plan(record, {"look": minutes(9)}, {}, behind=before.version) == expected
        assert planning.plan(record, {}, {}, behind=0)["ring"] == minutes(7)
        assert planning.plan(record, {}, {}, behind=record.version)["ring"] == minutes(7)

    #: The title, up to which minute it was looked at, and what is planned then for ringing.
    LOOKED = (
        ("ring 5 7", 5, 7),
        ("ring 5 7", 6, 7),
        ("ring 5 7", 7, None),
        ("ring 5 7", 4, 5),
        ("look 5", 5, None),
    )

    @pytest.mark.parametrize(("title", "until", "expected"), LOOKED)
    def test_what_was_looked_at_is_planned_anew(self, title, until, expected):
        planning, record = Planning(next_of_each), titled(title, 3)
        expected = None if expected is None else minutes(expected)

        assert planning.after(record, "ring", minutes(until)) == expected
        assert planning.plan(record, {}, {"ring": minutes(until)}).get("ring") == expected

    def test_what_was_brought_to_light_after_the_look_stays(self):
        planned = Planning(next_of_each).plan(
            titled("ring 5 7", 3), {"ring": minutes(4)}, {"ring": minutes(6)}
        )

        assert planned == {"ring": minutes(4)}

    def test_only_the_kind_that_was_looked_at_is(self):
        planned = Planning(next_of_each).plan(
            titled("ring 5, look 5", 6), {"look": minutes(5)}, {"ring": minutes(6)}
        )

        assert planned == {"look": minutes(5)}


class TestLookingBack:
    """
    What a planner is asked depends on its signature.
    """

    class Asked:
        def __init__(self):
            self.calls = []

        def twice(self, record, after=None):
            self.calls.append(after)
            return {}

        def by_keyword(self, record, *, after=None):
            self.calls.append(after)
            return {}

        def once(self, record):
            self.calls.append("nothing")
            return {}

        def anything(self, record, **options):
            self.calls.append(options or "nothing")
            return {}

        def by_place(self, record, after=None, /):
            self.calls.append(after or "nothing")
            return {}

    @pytest.mark.parametrize("name", ["twice", "by_keyword"])
    def test_one_that_takes_after_is_asked_from_before_what_waits(self, name):
        asked = self.Asked()
        Planning(getattr(asked, name)).plan(titled("x", 6), {"ring": minutes(5)}, {})

        assert asked.calls == [None, minutes(5) - dt.timedelta(microseconds=1)]

    @pytest.mark.parametrize("name", ["once", "anything", "by_place"])
    def test_one_that_does_not_take_it_by_name_is_asked_once(self, name):
        asked = self.Asked()
        planning = Planning(getattr(asked, name))
        planning.plan(titled("x", 6), {"ring": minutes(5)}, {})
        planning.after(titled("x"), "ring", minutes(5))

        assert asked.calls == ["nothing", "nothing"]

    def test_by_one_that_does_not_what_lies_behind_a_look_is_done_with(self):
        planning = Planning(first_of_each)

        assert planning.after(titled("ring 5 7"), "ring", minutes(5)) is None
        assert planning.after(titled("ring 5 7"), "ring", minutes(4)) == minutes(5)

    def test_a_built_in_that_tells_nothing_of_itself_is_asked_once(self):
        # It has no signature, and of a record it makes no mapping.
        with pytest.raises(TypeError):
            Planning(dict).plan(titled("x"), {}, {})


class TestBadPlanners:
    @pytest.mark.parametrize("planner", ["ring", 5, {"ring": minutes(5)}])
    def test_what_cannot_be_called_is_refused_when_the_store_is_opened(self, planner):
        with pytest.raises(TypeError, match="due must be a planner, from a record to instants"):
            MemoryStore(due=planner)

    #: What a planner may not say.
    SAID = (
        ({"ring": dt.datetime(2026, 3, 2)}, ValueError, "ring must be an aware datetime"),
        ({"ring": dt.date(2026, 3, 2)}, TypeError, "ring must be an aware datetime"),
        ({"ring": None}, TypeError, "ring must be an aware datetime"),
        ({" ": minutes(5)}, ValueError, "a kind of due work must not be blank"),
        ({"a\0b": minutes(5)}, ValueError, "a kind of due work holds a NUL"),
        ({5: minutes(5)}, TypeError, "a kind of due work must be a str"),
        (None, TypeError, "a planner must say an instant for each kind, not None"),
        ([("ring", minutes(5))], TypeError, "a planner must say an instant for each kind, not "),
    )

    @pytest.mark.parametrize(("said", "error", "message"), SAID)
    def test_a_planner_that_says_something_else_is_refused_before_a_write(
        self, said, error, message
    ):
        store = MemoryStore(due=lambda record: {} if record.version == 1 else said)
        kept = Alone(store).add(logged())
        before = content(store)

        with store.unit() as unit:
            with pytest.raises(error, match=message):
                unit.incidents.save(stepped(kept))
            with pytest.raises(error, match=message):
                unit.incidents.add(stepped(logged("INC-2")))
            unit.commit()
        assert content(store) == before

    def test_its_own_error_passes_through(self):
        with pytest.raises(ZeroDivisionError):
            Alone(MemoryStore(due=lambda record: 1 / 0)).add(logged())


def test_a_planner_that_takes_the_version_is_told_which_was_looked_at():
    asked = []

    def planner(record, after=None, version=None):
        asked.append((after, version))
        return {} if version is None else {"ring": minutes(2)}

    grown = stepped(titled("x"), 2)
    planned = Planning(planner).plan(grown, {}, {"ring": minutes(6)}, behind=1)

    assert planned == {"ring": minutes(2)}
    assert asked == [(None, None), (minutes(6), 1)]
