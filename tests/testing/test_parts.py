"""
What the kit is made of: races, children, sameness, the model, random games, the bridge.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import random
import runpy
import sys
import threading
import warnings

import attrs
import pytest

from hypothesis import given, settings
from hypothesis import strategies as st
from pendulum import DateTime, timezone

from itil_ops import (
    Actor,
    DuplicateError,
    IncidentId,
    Phase,
    Priority,
    ProcessRole,
    StaleRecordError,
    TransientStoreError,
)
from itil_ops.kernel.instant import utc
from itil_ops.kernel.journal import Changes
from itil_ops.repositories import MemoryStore
from itil_ops.testing import DisagreementError, differential, due_planner, retrying
from itil_ops.testing.bridge import bridge
from itil_ops.testing.builders import START, logged, minutes, planned, stepped
from itil_ops.testing.child import JOBS, main, serve
from itil_ops.testing.contract.crew import Crew, Member
from itil_ops.testing.contract.racing import Aside, Rival, race
from itil_ops.testing.contract.rules import clause
from itil_ops.testing.doing import add, feed, find, get, ids, insist, insist_on, save, seen
from itil_ops.testing.model import ModelPlayer
from itil_ops.testing.playing import Game, StorePlayer
from itil_ops.testing.sameness import assert_same, differences
from testing.stores import open_file
from testing.stores_async import open_async
from testing.stores_late import LateStore


@pytest.fixture
def store():
    return MemoryStore(due=due_planner)


def busy(*_):
    raise TransientStoreError("somebody is at it")


class TestRetrying:
    def test_a_busy_store_is_asked_anew(self, store):
        tries = []

        def work(unit):
            tries.append(unit.incidents.add(logged()))
            if len(tries) < 3:
                busy()
            return "done"

        assert retrying(store, work) == "done"
        assert len(tries) == 3
        assert ids(find(store)) == ["INC-1"]

    def test_at_last_it_is_told_that_the_store_is_busy(self, store):
        with pytest.raises(TransientStoreError):
            retrying(store, busy, tries=2)
        with pytest.raises(TransientStoreError):
            insist_on(busy, tries=1)

    def test_who_insists_decides_again(self, store):
        loaded = add(store, logged())[0]
        save(store, stepped(loaded))
        records = iter([loaded, get(store)])

        insist(store, lambda unit: unit.incidents.save(stepped(next(records))))
        assert get(store).version == 3
        with pytest.raises(StaleRecordError):
            insist(store, lambda unit: unit.incidents.save(stepped(loaded)), tries=2)


class TestRace:
    def test_it_returns_what_each_returned(self):
        assert race([lambda: 1, lambda: 2], 10) == [1, 2]

    def test_what_fails_in_a_thread_fails_here(self):
        with pytest.raises(ZeroDivisionError):
            race([lambda: 1, lambda: 1 / 0], 10)

    def test_who_does_not_come_back_is_not_waited_for_forever(self):
        stop = threading.Event()
        with pytest.raises(TimeoutError, match="has not come back"):
            race([stop.wait], 0.01)
        stop.set()

    def test_what_is_done_aside_may_take_its_time(self):
        stop = threading.Event()
        aside = Aside(stop.wait)
        aside.begin(0.01)
        stop.set()

        aside.end(10)

    def test_a_rival_may_only_lose_in_known_ways(self, store):
        rival = Rival(store, lambda _unit: 1 / 0, 10)
        rival.write(10)

        with pytest.raises(ZeroDivisionError):
            rival.outcome()

    def test_a_rival_that_hangs_is_told(self, store):
        stop = threading.Event()
        rival = Rival(store, lambda _unit: stop.wait(), 0.01)
        rival.write(0.01)

        with pytest.raises(TimeoutError, match="has not come back"):
            rival.outcome()
        stop.set()
        rival.thread.join()


class TestClause:
    def test_a_failure_is_told_with_it(self):
        @clause("C4")
        def test_it():
            """
            One is one.
            """
            raise ValueError("one is two")

        with pytest.raises(ValueError, match="one is two") as caught:
            test_it()
        assert caught.value.__notes__ == ["expected by C4 (versions): One is one."]


class TestChild:
    @pytest.fixture
    def data(self, tmp_path):
        path = tmp_path / "desk.pickle"
        add(open_file(path), logged("INC-1"), planned(logged("INC-2"), "look", minutes(5)))
        return path

    def order(self, path, job, rounds=2):
        order = {"factory": "testing.stores:open_file", "arguments": [str(path)], "job": job}
        return [json.dumps({**order, "name": "p0", "rounds": rounds}), "go"]

    @pytest.mark.parametrize(
        ("job", "did"),
        [
            ("step", ["p0.0", "p0.1"]),
            ("take_numbers", ["p0-0", "p0-1"]),
            ("claim_all", ["INC-2"]),
            ("write_together", ["p0.0", "p0.1"]),
        ],
    )
    def test_it_says_what_it_did(self, data, job, did):
        said = []
        serve(self.order(data, job), said.append)

        assert said == ["ready", *(f"did {it}" for it in did), "over"]
        assert job in JOBS

    def test_a_number_that_is_taken_is_not_said(self, data):
        add(open_file(data), logged("INC-3", number="0"))
        said = []
        serve(self.order(data, "take_numbers"), said.append)

        assert said == ["ready", "did p0-1", "over"]

    def test_it_is_ordered_through_its_input(self, data, monkeypatch, capsys):
        orders = "\n".join(self.order(data, "step", 1))
        monkeypatch.setattr(sys, "stdin", io.StringIO(orders))
        main()

        assert capsys.readouterr().out.split("\n") == ["> ready", "> did p0.0", "> over", ""]


class TestCrew:
    def test_what_a_child_failed_with_is_told(self):
        crew = Crew(30)
        (member,) = crew.muster(1)
        assert crew.muster(1) == [member]
        member.order("nowhere:to_be_found", (), job="step", name="p0", rounds=1)

        with pytest.raises(RuntimeError, match="No module named 'nowhere'"):
            member.go()
        crew.disband()
        assert not member.is_alive

    def test_a_child_that_does_not_end_is_ended(self, tmp_path):
        path = tmp_path / "desk.pickle"
        add(open_file(path), logged("INC-1"))
        member = Member(30)
        member.order("testing.stores:open_file", (str(path),), job="step", name="p", rounds=10**6)
        member.go()
        next(member.did())
        member.patience = 0.01
        member.leave()

        assert not member.is_alive


class TestSameness:
    @pytest.mark.parametrize(
        ("expected", "found", "told"),
        [
            (1, 1, []),
            (1, True, ["it is the bool True, not 1"]),
            (Phase.ACTIVE, "active", ["it is the str 'active', not <Phase.ACTIVE: 'active'>"]),
            ((1, 2), (1, 2, 3), ["it is (1, 2, 3), not (1, 2)"]),
            ((1, "a"), (1, "b"), ["it[1] is 'b', not 'a'"]),
            (Priority(1, "a"), Priority(1, "b"), ["it.name is 'b', not 'a'"]),
            pytest.param(frozenset("ab"), frozenset("ba"), [], id="sets"),
            (Changes({"a": 1}), Changes({"a": 2}), ["it['a'] is 2, not 1"]),
        ],
        ids=str,
    )
    def test_differences_are_told_with_their_place(self, expected, found, told):
        assert list(differences(expected, found)) == told

    def test_a_name_that_is_missing_is_told(self):
        (told,) = differences(Changes({"a": 1}), Changes({"b": 1}))

        assert told == "names of it[0] is 'b', not 'a'"

    def test_sets_differ_by_what_is_in_them(self):
        one = Actor("li", roles=[ProcessRole.USER])

        with pytest.raises(AssertionError, match="is 'operator', not 'user'"):
            assert_same(one, attrs.evolve(one, roles=[ProcessRole.OPERATOR]))

    @pytest.mark.parametrize(
        "found",
        [
            utc(minutes(1)),
            DateTime(2026, 3, 2, 10, tzinfo=timezone("Europe/Paris")),
        ],
        ids=str,
    )
    def test_an_instant_comes_back_in_utc(self, found):
        assert list(differences(utc(START), found)) == [f"it is {found!r}, not {utc(START)!r}"]

    def test_an_instant_comes_back_as_it_was_made(self):
        assert list(differences(utc(START), utc(START))) == []
        assert len(list(differences(utc(START), START))) == 1


class Forgetful(MemoryStore):
    """
    Its feed tells nothing.
    """

    def __init__(self):
        super().__init__(due=due_planner)
        self.journal._committed = MemoryStore()._committed


class TestGames:
    @pytest.mark.parametrize("seed", range(30))
    def test_the_store_in_memory_plays_like_the_model(self, store, seed):
        Game(random.Random(seed), StorePlayer(store), ModelPlayer(), "game").play(80)

    def test_stores_that_agree_play_one_history(self, store, tmp_path):
        for seed in range(5):
            differential(store, open_file(tmp_path / "desk.pickle"), seed=seed, steps=60)
        assert find(store)

    def test_what_is_said_late_agrees(self, store, tmp_path):
        late = LateStore(tmp_path / "desk.pickle", due=due_planner)

        for seed in range(5):
            differential(store, late, seed=seed, steps=60)
            differential(late, store, seed=seed + 5, steps=60)

    def test_two_may_say_it_late(self, tmp_path):
        one, other = (LateStore(tmp_path / name, due=due_planner) for name in "ab")

        for seed in range(5):
            differential(one, other, seed=seed, steps=60)

    def test_another_value_is_a_disagreement(self, store):
        with pytest.raises(DisagreementError, match=r"tail is .*\nafter:\nbegin\(\)"):
            differential(store, Forgetful(), seed=1, steps=60)

    def test_another_error_is_a_disagreement(self, store):
        with pytest.raises(DisagreementError, match="one came to None, the other to UnitClosed"):
            Game(random.Random(1), StorePlayer(store), _Closed(), "game").play(60)

    def test_what_is_never_refused_is_a_disagreement(self, store):
        def play_on():
            for seed in range(20):
                game = Game(random.Random(seed), StorePlayer(store), _Lenient(), f"game {seed}")
                game.play(60)

        with pytest.raises(DisagreementError, match="at once, the other None at commit"):
            play_on()

    def test_what_is_due_can_be_claimed(self, store, monkeypatch):
        add(store, planned(logged(), "look", minutes(5)))
        monkeypatch.setattr(store.due, "claim", lambda *_: ())

        with pytest.raises(DisagreementError, match="there is nothing to claim"):
            StorePlayer(store)

    def test_what_was_there_takes_no_part(self, store):
        add(store, planned(logged(), "look", minutes(5)))
        player = StorePlayer(store)

        assert player.tail(5) == []
        assert player.next_due() is None
        assert len(feed(store)) == 2


class _Closed(ModelPlayer):
    def begin(self):
        with MemoryStore().unit() as unit:
            unit.commit()
            unit.commit()


class _Lenient(ModelPlayer):
    """
    It takes whatever it is given, and never says that it should not.
    """

    def add(self, record):
        try:
            return super().add(record)
        except DuplicateError:
            return record


class TestModel:
    def test_a_number_is_given_once(self):
        model = ModelPlayer()
        model.add(logged("INC-1", number="7"))

        with pytest.raises(DuplicateError):
            model.add(logged("INC-2", number="7"))

    def test_a_lease_is_completed_once(self):
        model = ModelPlayer()
        model.add(planned(logged(), "look", minutes(5), minutes(20)))
        model.claim(minutes(6), 5)

        assert model.complete(0, minutes(6))
        assert not model.complete(0, minutes(6))
        assert model.next_due() == minutes(20)


class TestBridge:
    def test_what_cannot_be_opened_leaves_no_loop(self):
        async def fail():
            raise OSError("no database")

        with pytest.raises(OSError, match="no database"):
            bridge(fail)
        assert "run_forever" not in {thread.name for thread in threading.enumerate()}

    def test_what_is_no_call_is_given_as_it_is(self):
        store = bridge(open_async)
        with store.unit(read_only=True) as unit:
            assert unit.read_only is True
        store.close()


class TestPlanner:
    @settings(max_examples=50)
    @given(st.lists(st.integers(1, 99), max_size=4), st.integers(0, 99))
    def test_it_says_the_first_instant_after(self, planned_minutes, after):
        record = planned(logged(), "look", *map(minutes, planned_minutes))
        later = [minutes(count) for count in planned_minutes if count > after]

        assert due_planner(record, minutes(after)).get("look") == min(later, default=None)

    def test_a_naive_instant_is_said_as_it_was_told(self):
        naive = dt.datetime(2026, 3, 2)

        assert due_planner(planned(logged(), "look", naive)) == {"look": naive}


def test_the_command_line_ends_with_the_code_of_pytest(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "argv", ["itil_ops.testing", str(tmp_path), "-q"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(SystemExit) as caught:
            runpy.run_module("itil_ops.testing", run_name="__main__")

    assert caught.value.code == pytest.ExitCode.NO_TESTS_COLLECTED


def test_a_list_that_leads_back_is_told(store, monkeypatch):
    add(store, *(logged(f"INC-{place}") for place in range(5)))
    part = store.journal.read(limit=2)
    monkeypatch.setattr(store.journal, "read", lambda **_: part)

    with pytest.raises(AssertionError, match="its cursor leads back there"):
        feed(store)


def test_what_is_seen_is_what_was_committed(store):
    add(store, logged())

    assert seen(store, lambda unit: unit.incidents.get(IncidentId("INC-1"))).version == 1
