"""
What became of each clause: a plugin, which `python -m itil_ops.testing` loads.

By itself: `python -m pytest -p itil_ops.testing.report test_my_store.py --clause C4`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from itil_ops.testing.contract.rules import CLAUSES, is_replaced, promise_of


if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest

    from itil_ops.testing.contract.rules import Promise


class ClauseReport:
    """
    A plugin that runs the tests of some clauses, and tells what became of each.

    Args:
        wanted: Names of the clauses whose tests are run; of all clauses if there are none.
    """

    def __init__(self, wanted: Iterable[str] = ()) -> None:
        self.wanted = frozenset(wanted)
        self.counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.notes: defaultdict[str, dict[str, None]] = defaultdict(dict)

    def pytest_collection_modifyitems(
        self, config: pytest.Config, items: list[pytest.Item]
    ) -> None:
        """
        Leave out the tests of other clauses, and have each report carry the clauses of its test.
        """
        left_out = []
        for item in items:
            promise = _promise(item)
            clauses = () if promise is None else promise.clauses
            item.user_properties += [("clauses", clauses), ("replaced", _is_replaced(item))]
            if self.wanted and self.wanted.isdisjoint(clauses):
                left_out.append(item)
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """
        Count what became of a test.
        """
        outcome = _outcome(report)
        if outcome is None:
            return
        if outcome == "passed" and _told(report, "replaced"):
            outcome = "deviates"
        for name in _told(report, "clauses"):
            self.counts[name][outcome] += 1
            if outcome != "passed":
                test = report.nodeid.split("::", 1)[-1]
                self.notes[name][f"{outcome}: {test}{_why(report)}"] = None

    def lines(self) -> list[str]:
        """
        Return the report: a line for each clause, and under it what did not simply pass.
        """
        told = []
        for name, subject in CLAUSES.items():
            counts = self.counts[name]
            found = ", ".join(
                f"{counts[outcome]} {outcome}" for outcome in OUTCOMES if counts[outcome]
            )
            told.append(f"{name:<4}{subject:<12} {found or 'no test was run'}")
            told += [f"      {note}" for note in self.notes[name]]
        return told

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """
        Print the report.
        """
        terminalreporter.section("clauses")
        for line in self.lines():
            terminalreporter.write_line(line)


OUTCOMES = ("passed", "deviates", "skipped", "failed")


def _outcome(report: pytest.TestReport) -> str | None:
    """
    Return what became of a test; `None` where another part of it will tell.
    """
    if report.when == "call" or report.skipped:
        return "deviates" if hasattr(report, "wasxfail") else report.outcome
    return "failed" if report.failed else None


def _told(report: pytest.TestReport, name: str) -> Any:
    return dict(report.user_properties)[name]


def _why(report: pytest.TestReport) -> str:
    if hasattr(report, "wasxfail"):
        return f" ({report.wasxfail})"
    if report.skipped and isinstance(report.longrepr, tuple):
        return f" ({report.longrepr[2].removeprefix('Skipped: ')})"
    return ""


def _promise(item: pytest.Item) -> Promise | None:
    kind = getattr(item, "cls", None)
    return None if kind is None else promise_of(kind, _name(item))


def _is_replaced(item: pytest.Item) -> bool:
    return _promise(item) is not None and is_replaced(getattr(item, "cls"), _name(item))  # noqa: B009


def _name(item: pytest.Item) -> str:
    return getattr(item, "originalname", None) or item.name


def pytest_addoption(parser: pytest.Parser) -> None:
    """
    Let users choose clauses.
    """
    told = f"run the tests of this clause alone, as often as you like: {', '.join(CLAUSES)}"
    parser.addoption(
        "--clause", action="append", default=[], choices=CLAUSES, metavar="NAME", help=told
    )


def pytest_configure(config: pytest.Config) -> None:
    """
    Report.
    """
    config.pluginmanager.register(ClauseReport(config.getoption("clause")), "clauses")
