"""
The floors of the house, as a contract that runs, and that can fail.
"""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys

from importlib.metadata import packages_distributions, requires
from pathlib import Path
from types import ModuleType

import pytest

import itil_ops


ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "itil_ops"
MODULES = sorted(PACKAGE.rglob("*.py"))
ROOMS = [module for module in MODULES if module.stem != "__init__"]  # the others are lists of names
FLOORS = "imports go down the floors only"
ENGINE = "transitions is imported by kernel.lifecycle alone"


def name_of(module):
    return str(module.relative_to(PACKAGE))


def python(*arguments, cwd, **environment):
    """
    Run another interpreter, and return how it ended.
    """
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def lint_imports(root):
    """
    Hold the contracts of *root*'s package file against *root*'s package; return what is broken.
    """
    found = python(
        "-c",
        "from importlinter.cli import lint_imports_command as main; main(['--no-cache'])",
        cwd=root,
        PYTHONPATH=str(root / "src"),
        COLUMNS="200",
    )
    if found.returncode:
        return found.stdout + found.stderr
    assert ", 0 broken" in found.stdout
    return ""


@pytest.fixture
def house(tmp_path):
    """
    A copy of the house in which to build what is not allowed.
    """
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(
        PACKAGE, tmp_path / "src" / "itil_ops", ignore=shutil.ignore_patterns("__pycache__")
    )
    return tmp_path


@pytest.fixture
def plant(house):
    """
    A way to add a line to a module of the copy, which is made where there is none.
    """

    def add(module, line):
        path = house / "src" / "itil_ops" / module
        path.parent.mkdir(exist_ok=True)
        with path.open("a", encoding="utf-8") as file:
            file.write(f"\n{line}\n")

    return add


class TestFloors:
    def test_the_contracts_hold(self):
        assert lint_imports(ROOT) == ""

    def test_a_copy_holds_them_too(self, house):
        assert lint_imports(house) == ""

    def test_an_import_upwards_is_refused(self, house, plant):
        plant("kernel/actor.py", "from itil_ops.incident.vocabulary import ResolutionKind")

        broken = lint_imports(house)

        assert re.search(rf"{FLOORS}.* BROKEN", broken)
        assert "itil_ops.kernel.actor -> itil_ops.incident.vocabulary" in broken

    def test_an_import_upwards_inside_a_function_or_for_types_is_refused(self, house, plant):
        plant("errors.py", "def peek():\n    import itil_ops.sla.clocks.clock")
        plant("sla/span.py", "if __debug__ is None:\n    from itil_ops import diagrams")

        broken = lint_imports(house)

        assert "itil_ops.errors -> itil_ops.sla.clocks.clock" in broken
        assert "itil_ops.sla.span -> itil_ops.diagrams" in broken

    @pytest.mark.parametrize("room", ["access", "event"])
    def test_a_room_to_come_has_its_floor(self, house, plant, room):
        plant(f"{room}/__init__.py", "import itil_ops.kernel.record")

        assert lint_imports(house) == ""

    @pytest.mark.parametrize(
        ("module", "line", "found"),
        [
            (
                "incident/fields.py",
                "from itil_ops.problem import cause",
                "itil_ops.incident.fields -> itil_ops.problem",
            ),
            (
                "problem/__init__.py",
                "from itil_ops.incident.record import Incident",
                "itil_ops.problem -> itil_ops.incident.record",
            ),
        ],
        ids=["from here", "from there"],
    )
    def test_an_import_from_room_to_room_is_refused(self, house, plant, module, line, found):
        plant("problem/__init__.py", "cause = None")
        plant(module, line)

        broken = lint_imports(house)

        assert re.search(rf"{FLOORS}.* BROKEN", broken)
        assert found in broken

    @pytest.mark.parametrize("module", ["attic.py", "attic/__init__.py"])
    def test_what_has_no_floor_is_refused(self, house, plant, module):
        plant(module, "")

        broken = lint_imports(house)

        assert re.search(rf"{FLOORS}.* BROKEN", broken)
        assert "attic" in broken

    @pytest.mark.parametrize("module", ["kernel/table.py", "incident/lifecycle.py", "diagrams.py"])
    def test_the_engine_is_refused_to_other_modules(self, house, plant, module):
        plant(module, "import transitions")

        broken = lint_imports(house)

        assert f"{ENGINE} BROKEN" in broken
        assert f"itil_ops.{module[:-3].replace('/', '.')} -> transitions" in broken


CORE = frozenset({"attrs", "pendulum", "transitions"})


def normal(name):
    return name.lower().replace("_", "-")


def required(distribution):
    """
    Names of the distributions that one needs without extras.
    """
    lines = [line for line in requires(distribution) or () if "extra ==" not in line]
    return {normal(re.split(r"[^\w.-]", line)[0]) for line in lines}


def required_in_turn(distribution):
    names = required(distribution)
    return names.union(*map(required_in_turn, names))


@pytest.fixture(scope="module")
def loaded():
    """
    Names of the modules that come with the library.
    """
    found = python(
        "-c",
        "import json, sys; before = set(sys.modules); import itil_ops;"
        "print(json.dumps(sorted(set(sys.modules) - before)))",
        cwd=ROOT,
    )
    return json.loads(found.stdout)


class TestDependencies:
    def test_the_core_needs_three_distributions(self):
        assert required("itil_ops") == CORE

    def test_no_other_distribution_is_loaded(self, loaded):
        owners = packages_distributions()
        used = {
            normal(name) for module in loaded for name in owners.get(module.partition(".")[0], ())
        }

        assert used >= CORE
        assert used - {"itil-ops"} <= required_in_turn("itil_ops")

    def test_the_engine_comes_without_its_extensions(self, loaded):
        assert "transitions.core" in loaded
        assert not [name for name in loaded if name.startswith("transitions.extensions")]


class TestFrontDoor:
    def test_the_list_is_sorted(self):
        """
        Constants first, classes next, functions last.
        """

        def rank(name):
            return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)

        assert sorted(set(itil_ops.__all__), key=rank) == list(itil_ops.__all__)

    def test_what_is_listed_can_be_imported_and_the_other_way_round(self):
        importable = {
            name
            for name, value in vars(itil_ops).items()
            if not name.startswith("_") and not isinstance(value, ModuleType)
        }

        assert importable == set(itil_ops.__all__)

    def test_there_is_no_code_behind_it(self):
        body = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8")).body

        assert {type(node) for node in body[1:-1]} == {ast.ImportFrom}
        assert isinstance(body[-1], ast.Assign)


def is_text(node):
    """
    Whether a statement is nothing but a text: a docstring, of whatever.
    """
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def lines_of_code(source):
    """
    How many lines are neither blank nor part of a docstring.
    """
    told = {
        line
        for node in ast.walk(ast.parse(source))
        if is_text(node)
        for line in range(node.lineno, node.end_lineno + 1)
    }
    lines = enumerate(source.splitlines(), start=1)
    return sum(1 for number, line in lines if line.strip() and number not in told)


def undocumented(tree, owner=""):
    """
    Names of the public classes, functions and methods in *tree* that have no docstring.
    """
    for node in tree.body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        is_variant = any("overload" in ast.unparse(it) for it in node.decorator_list)
        if node.name.startswith("_") or is_variant:
            continue
        if not ast.get_docstring(node):
            yield f"{owner}{node.name}"
        if isinstance(node, ast.ClassDef):
            yield from undocumented(node, f"{owner}{node.name}.")


class TestRepository:
    def test_nothing_but_the_project_lies_at_the_top(self):
        made = {"build", "dist"}
        found = {one.name for one in ROOT.iterdir() if not one.name.startswith(".")} - made
        expected = {"src", "tests", "docs", "pyproject.toml", "README.md", "CHANGELOG.md"}
        assert found == {*expected, "LICENSE"}


class TestModules:
    @pytest.mark.parametrize("module", ROOMS, ids=name_of)
    def test_a_module_is_short(self, module):
        assert lines_of_code(module.read_text(encoding="utf-8")) <= 300

    @pytest.mark.parametrize("module", MODULES, ids=name_of)
    def test_every_public_name_has_a_docstring(self, module):
        tree = ast.parse(module.read_text(encoding="utf-8"))

        assert ast.get_docstring(tree)
        assert list(undocumented(tree)) == []

    def test_docstrings_and_blank_lines_are_no_code(self):
        source = '"""\nA\nmodule.\n"""\n\nX = 1\n"""A constant."""\n\n# a remark\nY = """\n\n"""\n'

        assert lines_of_code(source) == 4

    def test_a_public_name_without_a_docstring_is_found(self):
        source = (
            "class Open:\n"
            "    def verb(self): ...\n"
            "    @typing.overload\n"
            "    def variant(self): ...\n"
            "    def _helper(self): ...\n"
            "class _Closed: ...\n"
            "def told():\n"
            "    '''Told.'''\n"
            "async def untold(): ...\n"
        )

        assert list(undocumented(ast.parse(source))) == ["Open", "Open.verb", "untold"]
