"""
Write `lifecycles.md` beside this file anew, from the tables.

    python docs/reference/generate.py
"""

from __future__ import annotations

from pathlib import Path

from itil_ops import (
    INCIDENT_LIFECYCLE,
    KNOWN_ERROR_LIFECYCLE,
    PROBLEM_LIFECYCLE,
    REVIEW_LIFECYCLE,
    Lifecycle,
)
from itil_ops.diagrams import reference


LIFECYCLES: tuple[Lifecycle, ...] = (
    INCIDENT_LIFECYCLE,
    PROBLEM_LIFECYCLE,
    REVIEW_LIFECYCLE,
    KNOWN_ERROR_LIFECYCLE,
)

HEAD = """\
# Lifecycles

This page is generated from the tables: change a table, then run
`python docs/reference/generate.py`.

An action is possible in the states it leads from, and is taken where no rule speaks against it.
Rules marked (strict) are off unless the policies ask for them. An internal action leaves the state
alone, and is not drawn.
"""


def page() -> str:
    """
    Return the page as it should be.
    """
    return "\n".join((HEAD, *map(reference, LIFECYCLES)))


if __name__ == "__main__":
    Path(__file__).with_name("lifecycles.md").write_text(page(), encoding="utf-8", newline="\n")
