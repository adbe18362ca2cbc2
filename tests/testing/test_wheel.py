"""
The kit as users have it: from a wheel, with nothing of this repository on the path.
"""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile

from pathlib import Path

import pytest


ROOT = Path(__file__).parents[2]

STORE = """
import itil_ops
import pytest
from itil_ops.repositories import MemoryStore
from itil_ops.testing import Capability, StoreContract, due_planner

class TestStore(StoreContract):
    capabilities = set(Capability) - {Capability.DURABLE, Capability.MULTIPROCESS}
    examples = 3
    rounds = 2

    @pytest.fixture
    def store(self):
        yield MemoryStore(due=due_planner)

def test_it_is_the_one_that_was_installed():
    assert "site" in itil_ops.__file__
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """
    Build the wheel, and unpack it where it is found first.
    """
    place = tmp_path_factory.mktemp("installed")
    build = "import sys; from hatchling.build import build_wheel; build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, str(place)], cwd=ROOT, check=True)
    (wheel,) = place.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(place / "site")
    return place


def test_the_kit_runs_from_a_wheel(installed):
    file = installed / "test_store.py"
    file.write_text(STORE, encoding="utf-8")
    told = subprocess.run(
        [sys.executable, "-m", "itil_ops.testing", str(file), "-q", "-p", "no:cacheprovider"],
        cwd=installed,
        env={**os.environ, "PYTHONPATH": str(installed / "site")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert told.returncode == 0, told.stdout + told.stderr
    assert "C14 hints " in told.stdout
