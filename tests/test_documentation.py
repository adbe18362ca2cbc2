"""
Every Python block of the front pages and of every page under `docs/` runs, and shows what it says.

A block fenced as `python` is executed; one that begins with a prompt is compared, line by line. The
blocks of a page share one namespace and run in order.
"""

from __future__ import annotations

import doctest
import re
import shlex
import sys

from pathlib import Path
from types import ModuleType

import pytest

from sybil import Sybil
from sybil.example import SybilFailure
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser


ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
FRONT_PAGES = (README, ROOT / "CHANGELOG.md", ROOT / ".github" / "CONTRIBUTING.md")
PAGES = (*FRONT_PAGES, *sorted((ROOT / "docs").rglob("*.md")))

SYBIL = Sybil([PythonCodeBlockParser(doctest_optionflags=doctest.ELLIPSIS)])
BLOCKS = Sybil([CodeBlockParser("python")])

#: A fence that speaks of Python, or a prompt.
PYTHON = re.compile(r"^[ \t>]*(?:(?:```|~~~)`*[ \t]*(?:py|\{.*py)|>>>[ ])", re.MULTILINE)


def name_of(page):
    return page.relative_to(ROOT).as_posix()


def drive(page, monkeypatch):
    """
    Run the examples of a page in order, as one module.
    """
    module = ModuleType("page")
    monkeypatch.setitem(sys.modules, "page", module)
    document = SYBIL.parse(page)
    document.namespace = module.__dict__
    for example in document.examples():
        example.evaluate()


def left_out(page):
    """
    Numbers of the lines that look like Python but stand in no block that is driven.
    """
    document = BLOCKS.parse(page)
    driven = [(region.start, region.end) for _, region in document.regions]
    return [
        document.text.count("\n", 0, found.start()) + 1
        for found in PYTHON.finditer(document.text)
        if not any(start <= found.start() < end for start, end in driven)
    ]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
class TestPages:
    def test_the_examples_of_a_page_run(self, page, monkeypatch):
        drive(page, monkeypatch)

    def test_no_example_is_left_out(self, page):
        assert left_out(page) == []

    def test_links_lead_to_a_file(self, page):
        links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))

        assert [link for link in links if not (page.parent / link).exists()] == []


class TestReadme:
    def test_it_names_one_command_that_runs_the_tests(self):
        text = README.read_text(encoding="utf-8")
        commands = re.findall(r"^python -m pip install .*$", text, re.MULTILINE)

        tests = [command for command in commands if "pytest" in shlex.split(command)]
        assert len(tests) == 1
        assert len(commands) == 2


class TestDriver:
    """
    The driver of the pages is held to what it promises.
    """

    @pytest.fixture
    def page(self, tmp_path):
        def write(*lines):
            path = tmp_path / "page.md"
            path.write_text("\n".join(lines), encoding="utf-8")
            return path

        return write

    def test_blocks_of_a_page_share_a_namespace(self, page, monkeypatch):
        text = page("```python", "x = 1", "```", "and", "```python", ">>> x + 1", "2", "```")

        drive(text, monkeypatch)

    def test_pages_do_not_share_one(self, page, monkeypatch):
        drive(page("```python", "x = 1", "```"), monkeypatch)

        with pytest.raises(NameError):
            drive(page("```python", "x", "```"), monkeypatch)

    def test_what_a_page_declares_belongs_to_a_module(self, page, monkeypatch):
        lines = ("import pickle", "class A: ...", "assert pickle.loads(pickle.dumps(A)) is A")

        drive(page("```python", *lines, "```"), monkeypatch)

    def test_a_wrong_value_fails_with_file_and_line(self, page, monkeypatch):
        path = page("# Sums", "", "```python", ">>> 1 + 1", "2", ">>> 1 + 1", "3", "```")

        with pytest.raises(SybilFailure, match=r"page\.md, line 6[^\0]*Expected:\n +3\nGot:\n +2"):
            drive(path, monkeypatch)

    def test_an_unexpected_error_fails(self, page, monkeypatch):
        with pytest.raises(SybilFailure, match=r"page\.md, line 2[^\0]*ZeroDivisionError"):
            drive(page("```python", ">>> 1 / 0", "1", "```"), monkeypatch)

    def test_a_plain_block_fails_with_file_and_line(self, page, monkeypatch):
        path = page("# Sums", "", "```python", "x = 1", "assert x == 2", "```")

        with pytest.raises(AssertionError) as caught:
            drive(path, monkeypatch)

        last = caught.traceback[-1]
        assert (last.path, last.lineno + 1) == (path, 5)

    def test_an_output_without_a_prompt_is_no_python(self, page, monkeypatch):
        with pytest.raises(SyntaxError):
            drive(page("```python", "x = 1", ">>> x", "1", "```"), monkeypatch)

    @pytest.mark.parametrize(
        "fence", ["```py", "```pycon", "```python3", '```python title="a"', "``` python", "~~~py"]
    )
    def test_a_block_under_another_name_is_noticed(self, page, fence):
        assert left_out(page("# Sums", fence, "1 + 1", fence[:3])) == [2]

    @pytest.mark.parametrize("lines", [(">>> 1",), ("```", ">>> 1", "```"), ("> >>> 1",)])
    def test_a_prompt_outside_a_block_is_noticed(self, page, lines):
        assert len(left_out(page(*lines))) == 1

    def test_other_languages_are_left_alone(self, page):
        assert left_out(page("```console", "python", "```", "```python", ">>> 1", "1", "```")) == []
