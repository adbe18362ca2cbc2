"""
Each defect that is planted in a store is noticed by a test of the clauses that it breaks.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

from pathlib import Path

import pytest

from mutants.defects import DEFECTS, HARMLESS
from mutants.planting import Planted, StaleMutantError, mutant


#: Traced, these many examples would cost several times as much; other tests cover the lines.
pytestmark = pytest.mark.no_cover


PLANTED = [(store, its) for store, several in DEFECTS.items() for its in several]

LONGEST = 400


class Trials:
    """
    The trials of some stores, each in a process of its own; two of them at once.
    """

    def __init__(self, folder):
        self.folder = folder
        self.running = {}
        self.found = {}

    def begin(self, store, server=None):
        told, noise = (self.folder / f"{store}.{name}" for name in ("told", "noise"))
        with told.open("wb") as out, noise.open("wb") as err:
            self.running[store] = subprocess.Popen(
                [sys.executable, "-m", "mutants.trials", store, *filter(None, [server])],
                stdout=out,
                stderr=err,
                cwd=Path(__file__).parents[1],
                env={**os.environ, "CI": "true", "PYTHONPATH": os.pathsep.join(sys.path)},
            )

    def of(self, store):
        if store not in self.found:
            code = self.running[store].wait(LONGEST)
            told, noise = (
                (self.folder / f"{store}.{name}").read_text(encoding="utf-8")
                for name in ("told", "noise")
            )
            assert code == 0, f"after {told.splitlines()[-1:]}: {noise[-4_000:]}"
            self.found[store] = dict(map(json.loads, told.splitlines()))
        return self.found[store]

    def end(self):
        for process in self.running.values():
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def trials(tmp_path_factory):
    trials = Trials(tmp_path_factory.mktemp("mutants"))
    for store in ("sqlite", "memory"):
        trials.begin(store)
    yield trials
    trials.end()


@pytest.fixture
def found(request, trials, store):
    if store == "postgresql" and store not in trials.running:
        trials.begin(store, request.getfixturevalue("postgresql").get_uri())
    return trials.of(store)


class TestDefects:
    @pytest.mark.parametrize(
        ("store", "its"), PLANTED, ids=[f"{store}: {its.name}" for store, its in PLANTED]
    )
    def test_a_defect_is_noticed_by_a_test_of_its_clauses(self, found, its):
        Planted(its)  # where what it replaces has changed, that is said
        assert found[its.name], f"no test of {', '.join(its.clauses)} has noticed"

    @pytest.mark.parametrize("store", DEFECTS)
    def test_no_test_that_notices_fails_without_a_defect(self, found):
        assert found["nothing"] == {}

    @pytest.mark.parametrize("store", DEFECTS)
    def test_each_has_a_name_of_its_own(self, store):
        names = [its.name for its in DEFECTS[store]] + [one.mutant.name for one in HARMLESS[store]]

        assert sorted(set(names)) == sorted(names)


class TestPlanting:
    @pytest.mark.parametrize("store", HARMLESS)
    def test_what_is_harmless_can_be_planted_too(self, store):
        for one in HARMLESS[store]:
            assert Planted(one.mutant).mutant is one.mutant
            assert one.why

    @pytest.mark.parametrize("piece", ["there is no such piece", "self"])
    def test_a_piece_that_does_not_stand_there_once_is_told(self, piece):
        its = mutant("stale", "C1", ("repositories.memory", piece, ""))

        with pytest.raises(StaleMutantError, match=r"'stale': in itil_ops\.repositories\.memory"):
            Planted(its)

    def test_a_module_that_is_never_copied_is_told(self):
        with pytest.raises(StaleMutantError, match=r"itil_ops\.kernel\.record is never copied"):
            Planted(mutant("stale", "C1", ("kernel.record", "import", "")))

    def test_nobody_else_sees_what_is_planted(self):
        its = mutant("loud", "C1", ("repositories.cursors", "_SUM_LENGTH = 12", "_SUM_LENGTH = 14"))
        planted = Planted(its)
        copy = planted.module("itil_ops.repositories.memory")

        assert copy.write_cursor.__globals__["_SUM_LENGTH"] == 14
        assert planted.module("itil_ops.repositories.memory") is copy
        assert sys.modules["itil_ops.repositories.memory"] is not copy
        assert sys.modules["itil_ops.repositories.cursors"]._SUM_LENGTH == 12
