"""
The repository of one's own that the how-to page shows keeps every clause.
"""

from __future__ import annotations

import re

from pathlib import Path

import pytest

from itil_ops.testing import StoreContract


#: Traced, these many examples would cost several times as much; other tests cover the lines.
pytestmark = pytest.mark.no_cover


PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "bring-your-own-repository.md"


def shown():
    """
    Return what the page's plain Python blocks declare.
    """
    blocks = re.findall(r"```python\n((?!>>>).*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    declared = {}
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), declared)
    return declared


SHOWN = shown()


class TestTheRepositoryOfThePage(StoreContract):
    capabilities = SHOWN["TestMappingStore"].capabilities
    examples = 5
    rounds = 3

    @pytest.fixture
    def store(self):
        store = SHOWN["MappingStore"]({})
        yield store
        store.close()


def test_it_is_short():
    first = PAGE.read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]

    assert len([line for line in first.splitlines() if line.strip()]) <= 80
