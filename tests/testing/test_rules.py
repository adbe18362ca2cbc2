"""
The rules of the kit: what a store's class may say, and what the report tells of it.
"""

from __future__ import annotations

import subprocess
import sys
import warnings

import pytest

from itil_ops import MissingExtraError
from itil_ops.kernel.extras import imported
from itil_ops.repositories import MemoryStore, ports
from itil_ops.testing import Capability, StoreContract, deviation
from itil_ops.testing.__main__ import main
from itil_ops.testing.contract.kinds import BESIDE
from itil_ops.testing.contract.rules import CLAUSES, Contract, promise_of
from itil_ops.testing.report import ClauseReport


KIT = [name for name in dir(StoreContract) if name.startswith("test_")]

HEAD = """
import pytest
from itil_ops.repositories import MemoryStore
from itil_ops.testing import Capability, StoreContract, deviation, due_planner

class Stores(StoreContract):
    capabilities = {Capability.FEED, Capability.DUE_WORK, Capability.SNAPSHOTS}

    @pytest.fixture
    def store(self):
        yield MemoryStore(due=due_planner)
"""

GOOD = f"""{HEAD}
class TestUsual(Stores):
    pass

class TestPoor(Stores):
    capabilities = ()

class TestDeviating(Stores):
    deviations = [
        deviation("test_to_look_twice_is_harmless", reason="One look."),
        deviation("test_a_naive_plan_is_refused", reason="No planner."),
    ]

    def test_a_naive_plan_is_refused(self, store):
        assert store.due.next_due() is None

    def test_to_look_twice_is_a_waste(self, store):
        assert store.due.next_due() is None

    @pytest.fixture
    def store(self, request):
        name = request.function.__name__
        yield MemoryStore(due=None if name == "test_to_look_twice_is_harmless" else due_planner)
"""

BAD = f"""{HEAD}
class TestNoPlanner(Stores):
    @pytest.fixture
    def store(self):
        yield MemoryStore()

class TestBetterThanItSays(Stores):
    deviations = [deviation("test_a_naive_plan_is_refused", reason="No planner.")]

class TestBroken(Stores):
    @pytest.fixture
    def store(self):
        raise ValueError("no database")
"""


def run(tmp_path, text, *options):
    file = tmp_path / "test_store.py"
    file.write_text(text, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-m", "itil_ops.testing", str(file), "-q", *options],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    return run(tmp_path_factory.mktemp("good"), GOOD, "--clause", "C14", "--clause", "C10")


@pytest.fixture(scope="module")
def bad(tmp_path_factory):
    return run(tmp_path_factory.mktemp("bad"), BAD, "--clause", "C14", "--clause", "C10")


class TestClauses:
    def test_they_are_those_of_the_ports(self):
        lines = [line.removeprefix("- ") for line in ports.__doc__.splitlines() if "- C" in line]

        assert [line.split(":")[0].split(maxsplit=1) for line in lines] == [
            list(clause) for clause in CLAUSES.items()
        ]

    def test_every_test_of_the_kit_is_a_test_of_some(self):
        promises = [promise_of(StoreContract, name) for name in KIT]

        assert set().union(*(promise.clauses for promise in promises)) == set(CLAUSES)

    def test_every_capability_is_needed_by_some_test(self):
        promises = [promise_of(StoreContract, name) for name in KIT]
        needed = set().union(*(promise.needs for promise in promises))

        assert needed | {kind.needs for kind in BESIDE} == set(Capability)

    def test_a_kind_of_records_is_needed_by_its_cases_alone(self):
        promise = promise_of(StoreContract, "test_due_work_is_of_all_kinds")

        assert promise.needed({}) == {Capability.DUE_WORK}
        for kind in BESIDE:
            assert promise.needed({"kind": kind, "limit": 3}) == {Capability.DUE_WORK, kind.needs}


class TestRules:
    def test_a_test_of_the_kit_cannot_be_replaced(self):
        with pytest.raises(TypeError, match="replaces 'test_a_stale_record_is_refused'"):
            type("TestIt", (StoreContract,), {"test_a_stale_record_is_refused": lambda self: None})

    def test_a_test_of_the_kit_cannot_be_left_out(self):
        with pytest.raises(TypeError, match="replaces 'test_a_stale_record_is_refused'"):
            type("TestIt", (StoreContract,), {"test_a_stale_record_is_refused": None})

    def test_a_test_may_be_replaced_if_it_is_said_why(self):
        known = [deviation("test_a_stale_record_is_refused", reason="It is merged.")]
        kind = type(
            "TestIt",
            (StoreContract,),
            {"deviations": known, "test_a_stale_record_is_refused": lambda self: None},
        )

        assert promise_of(kind, "test_a_stale_record_is_refused").clauses == ("C4",)

    def test_tests_of_ones_own_are_welcome(self):
        kind = type("TestIt", (StoreContract,), {"test_the_weather": lambda self: None})

        assert promise_of(kind, "test_the_weather") is None

    def test_a_deviation_names_a_test_of_the_kit(self):
        known = [deviation("test_a_stale_record_is_refusd", reason="It is merged.")]

        with pytest.raises(TypeError, match="did you mean 'test_a_stale_record_is_refused'"):
            type("TestIt", (StoreContract,), {"deviations": known})

    def test_a_capability_is_one_of_those_known(self):
        with pytest.raises(TypeError, match="holds 'speed', which is none of"):
            type("TestIt", (StoreContract,), {"capabilities": {"speed"}})

    @pytest.mark.parametrize("capability", [Capability.DURABLE, Capability.MULTIPROCESS])
    def test_what_outlives_a_process_says_how_to_open_it(self, capability):
        with pytest.raises(TypeError, match=f"declares {capability}, which takes a process_fact"):
            type("TestIt", (StoreContract,), {"capabilities": {capability}})

    def test_by_default_there_is_nothing_to_say_to_a_factory(self):
        assert StoreContract().process_arguments(MemoryStore()) == ()

    def test_a_store_without_the_extra_is_told_which_one(self):
        with pytest.raises(MissingExtraError, match=r"itil_ops\[testing\]"):
            imported("hypothesis_that_is_not_there", "testing")


class TestReport:
    def test_it_tells_what_became_of_each_clause(self, good):
        assert good.returncode == 0, good.stdout
        assert "C4  versions     no test was run" in good.stdout
        assert "C11 text         no test was run" in good.stdout

    def test_what_is_not_declared_is_skipped_and_listed(self, good):
        skipped = "skipped: TestPoor::test_to_look_twice_is_harmless (C14 (hints), C13 (due work):"

        assert f"{skipped} the store does not declare due_work)" in good.stdout
        assert "skipped: TestUsual::test_what_is_due_is_seen_to_once" in good.stdout

    def test_a_deviation_is_expected_to_fail_and_listed(self, good):
        test = "TestDeviating::test_to_look_twice_is_harmless"

        assert f"deviates: {test} (One look.)" in good.stdout

    def test_a_test_that_was_replaced_deviates(self, good):
        assert "deviates: TestDeviating::test_a_naive_plan_is_refused" in good.stdout

    def test_a_deviation_that_passes_is_a_failure(self, bad):
        assert bad.returncode == pytest.ExitCode.TESTS_FAILED
        assert "failed: TestBetterThanItSays::test_a_naive_plan_is_refused" in bad.stdout
        assert "[XPASS(strict)] No planner." in bad.stdout

    def test_a_failure_tells_its_clause_and_what_was_expected(self, bad):
        assert "expected by C14 (hints), C13 (due work): Who lost the lease after" in bad.stdout
        assert "failed: TestNoPlanner::test_to_look_twice_is_harmless" in bad.stdout

    def test_a_failure_shows_the_values(self, bad):
        assert "where None = next_due()" in bad.stdout

    def test_an_error_of_the_fixture_is_a_failure(self, bad):
        assert "failed: TestBroken::test_to_look_twice_is_harmless" in bad.stdout

    def test_an_unknown_clause_is_refused(self, tmp_path):
        told = run(tmp_path, GOOD, "--clause", "C15")

        assert told.returncode == pytest.ExitCode.USAGE_ERROR
        assert "invalid choice: 'C15'" in told.stderr

    def test_the_exit_code_is_that_of_pytest(self, tmp_path):
        assert main([str(tmp_path), "-q"]) == pytest.ExitCode.NO_TESTS_COLLECTED

    @pytest.mark.parametrize(("text", "code"), [(GOOD, 0), (BAD, 1)], ids=["good", "bad"])
    def test_it_is_a_plugin(self, tmp_path, capsys, text, code):
        file = tmp_path / f"test_plugin_{code}.py"
        file.write_text(text, encoding="utf-8")
        options = ["-q", "-p", "itil_ops.testing.report", "-p", "no:cacheprovider"]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            told = pytest.main([str(file), f"--rootdir={tmp_path}", *options, "--clause", "C14"])

        assert told == code
        assert "C14 hints " in capsys.readouterr().out


REPLACED = [("clauses", ("C4",)), ("replaced", True)]


class TestReportOfEachOutcome:
    @pytest.mark.parametrize(
        ("outcome", "when", "facts", "told"),
        [
            ("passed", "call", {}, "1 passed"),
            ("passed", "call", {"user_properties": REPLACED}, "1 deviates"),
            ("passed", "setup", {}, "no test was run"),
            ("failed", "call", {}, "1 failed"),
            ("failed", "teardown", {}, "1 failed"),
            ("skipped", "setup", {"longrepr": ("", 1, "Skipped: why")}, "1 skipped"),
            ("skipped", "call", {"wasxfail": "why"}, "1 deviates"),
        ],
    )
    def test_it_is_counted_under_its_clauses(self, outcome, when, facts, told):
        plugin = ClauseReport()
        report = pytest.TestReport(
            "test_it.py::TestIt::test_it",
            ("test_it.py", 1, "test_it"),
            {},
            outcome,
            None,
            when,
            user_properties=[("clauses", ("C4",)), ("replaced", False)],
        )
        vars(report).update(facts)
        plugin.pytest_runtest_logreport(report)

        assert f"C4  versions     {told}" in plugin.lines()


def test_the_base_of_all_tests_has_none_of_its_own():
    assert not [name for name in dir(Contract) if name.startswith("test")]
    assert not StoreContract.__name__.startswith("Test")
