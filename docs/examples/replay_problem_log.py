"""
Run a public problem log through the verbs, and tell what the journals say of it.

    python replay_problem_log.py bpi2013_closed_problems.csv.gz

The log is that of the BPI Challenge 2013: Volvo IT's closed problems, a row for each change of
status, with the columns `case_id, seq, status, sub_status, timestamp, resource, org_group`. It was
not made for this library, so every row asks: is there a verb for it, and do the rules let it pass?
The table `HANDLERS` answers. The progress bar needs rich, which `pip install itil_ops[examples]`
brings.
"""

from __future__ import annotations

import csv
import gzip
import sys

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, TypeAlias

import attrs

from rich.console import Console
from rich.progress import track

from itil_ops import (
    Actor,
    ClockOutcome,
    Entry,
    PendingReason,
    Problem,
    ProblemId,
    ProblemResolutionCode,
    RefusedError,
    ServiceLevelAgreement,
    Target,
    TargetKind,
)


# ---- What the log leaves open -------------------------------------------------------------------

NO_INCIDENT = "It stands in the problem log, which names no incident."
NO_CAUSE = "The log tells of no cause."

AGREEMENT = ServiceLevelAgreement(
    "sample", targets=[Target(TargetKind.PROBLEM_RESOLUTION, timedelta(days=90))]
)

# ---- From a row to verbs ------------------------------------------------------------------------

Row: TypeAlias = Mapping[str, str]

Handler: TypeAlias = Callable[[Problem, Row], Problem]


def queue(problem: Problem, row: Row) -> Problem:
    """
    Put it into the queue of an organization; a queue ends a hold.
    """
    return taken_up(problem, row).assign(group=row["org_group"], **step_of(row))


def hand_over(problem: Problem, row: Row) -> Problem:
    """
    Put it into the hands of somebody, which is no work yet.
    """
    return taken_up(problem, row).assign(assignee=row["resource"], **step_of(row))


def work(problem: Problem, row: Row) -> Problem:
    """
    Look for its cause; once that has begun, going on with it is another assignment.
    """
    problem = taken_up(problem, row)
    if problem.state.name == "under_investigation":
        return problem.assign(assignee=row["resource"], **step_of(row))
    return problem.investigate(assignee=row["resource"], **step_of(row))


def wait(problem: Problem, row: Row) -> Problem:
    """
    Let work wait; who lets a new one wait has assessed it.
    """
    problem = taken_up(problem, row)
    if problem.state.name == "new":
        problem = problem.assess(**step_of(row))
    return problem.hold(PendingReason.UNSPECIFIED, **step_of(row))


def close(problem: Problem, row: Row) -> Problem:
    """
    Resolve and close it in one step; who closes what nobody looked into yet has done so.
    """
    if problem.state.name in {"new", "assessed"}:
        problem = problem.investigate(assignee=row["resource"], **step_of(row))
    return problem.close(
        code=ProblemResolutionCode.NO_RECURRENCE,
        root_cause_unknown_reason=NO_CAUSE,
        open_incidents=(),
        live_known_errors=(),
        **step_of(row),
    )


def cancel(problem: Problem, row: Row) -> Problem:
    """
    Drop it: it was no problem.
    """
    return problem.cancel(ProblemResolutionCode.NOT_A_PROBLEM, **step_of(row))


def taken_up(problem: Problem, row: Row) -> Problem:
    """
    Analyze it anew if it was over, and end its hold, for its row says that work goes on.
    """
    if problem.state.name == "pending":
        return problem.resume(**step_of(row))
    return problem if problem.is_open else problem.reanalyze("Work goes on.", **step_of(row))


def step_of(row: Row) -> Mapping[str, Any]:
    """
    Return who acts in a *row*, and when.
    """
    return {"by": Actor(row["resource"]), "at": datetime.fromisoformat(row["timestamp"])}


HANDLERS: Mapping[tuple[str, str], Handler] = {
    ("Queued", "Awaiting Assignment"): queue,
    ("Accepted", "Assigned"): hand_over,
    ("Accepted", "In Progress"): work,
    ("Accepted", "Wait"): wait,
    ("Completed", "Closed"): close,
    ("Completed", "Cancelled"): cancel,
}

# ---- From the log to problems -------------------------------------------------------------------

Rows: TypeAlias = list[dict[str, str]]


def read(path: Path) -> dict[str, Rows]:
    """
    Return the log's rows by case, in the order of `seq`: instants may repeat, numbers do not.
    """
    opened = gzip.open if path.suffix == ".gz" else open
    cases: dict[str, Rows] = defaultdict(list)
    with opened(path, "rt", encoding="utf-8", newline="") as file:
        for row in sorted(csv.DictReader(file), key=lambda row: int(row["seq"])):
            cases[row["case_id"]].append(row)
    return cases


def replay_case(case: str, rows: Rows) -> Problem:
    """
    Return the problem that *rows* tell of; one that says the same as the last one is a comment.

    Raises:
        RefusedError: There is no such step, or rules stand in the way.

        ValueError: A status is a data error, or an instant lies before the last one.
    """
    problem = Problem.log(
        ProblemId(case), title=case, service="volvo_it", evidence=NO_INCIDENT, **step_of(rows[0])
    )
    last = None
    for row in rows:
        status = (row["status"], row["sub_status"])
        if status == last:
            problem = problem.comment("The same once more.", **step_of(row))
        elif status in HANDLERS:
            problem = HANDLERS[status](problem, row)
        else:
            raise ValueError(f"data error: {'/'.join(status)}")
        last = status
    return problem


@attrs.frozen
class Report:
    """
    The problems of the cases that were replayed whole, and by case why the others were not.
    """

    problems: Sequence[Problem]
    refused: Mapping[str, str]


def replay(path: Path, *, watched: Callable[..., Any] = iter) -> Report:
    """
    Return what became of the log at *path*, whose cases are *watched* as they go by.
    """
    problems, refused = [], {}
    for case, rows in watched(read(path).items()):
        try:
            problems.append(replay_case(case, rows))
        except RefusedError as error:
            rules = ", ".join(reason.rule for reason in error.reasons)
            refused[case] = f"{error.action} in state {error.state}: {rules}"
        except ValueError as error:
            refused[case] = str(error)
    return Report(problems, refused)


# ---- From problems to figures -------------------------------------------------------------------

Figures: TypeAlias = dict[str, float | None]


def figures(report: Report) -> Figures:
    """
    Return what the journals say, by title, in the order in which it is told.
    """
    problems = report.problems
    reanalyzed = [problem.reanalyzed_count for problem in problems]
    return {
        "cases replayed whole": len(problems),
        **Counter(f"cases refused, {why}" for why in report.refused.values()),
        "cases equal to their replay": sum(Problem.replay(p.journal) == p for p in problems),
        "cases open at the end": sum(problem.is_open for problem in problems),
        "cases reanalyzed": sum(count > 0 for count in reanalyzed),
        "times reanalyzed": sum(reanalyzed),
        "rows that say the same once more": len(steps(problems, "comment")),
        **holds(problems),
        **closures(problems),
        **attainment(problems),
    }


def steps(problems: Iterable[Problem], action: str) -> list[Entry]:
    """
    Return the journals' entries on an *action*.
    """
    entries = chain.from_iterable(problem.journal for problem in problems)
    return [entry for entry in entries if entry.action == action]


def holds(problems: Sequence[Problem]) -> Figures:
    """
    Return how many were held, how often, and for how many days; a hold that lasts has none yet.
    """
    spells = [spell for problem in problems for spell in problem.hold_spells()]
    return {
        "cases held": sum(bool(problem.hold_spells()) for problem in problems),
        "hold spells": len(spells),
        **days("held", (days_between(spell.start, spell.end) for spell in spells if spell.end)),
    }


def closures(problems: Sequence[Problem]) -> Figures:
    """
    Return how long it took until each was first closed, and what was closed straight from where.
    """
    firsts = [(problem.logged_at, problem.first_entry("close")) for problem in problems]
    left = Counter(entry.from_state for entry in steps(problems, "resolve"))
    return {
        **days("to close", (days_between(start, end.at) for start, end in firsts if end)),
        "times closed": left.total(),
        "closed straight from work, %": percent(left["under_investigation"], left.total()),
        "closed straight from a hold, %": percent(left["pending"], left.total()),
    }


def days(title: str, values: Iterable[float]) -> Figures:
    """
    Return the median, the 90th and the 99th percentile of the days; of none there is none.
    """
    ranked = sorted(values)
    return {
        f"days {title}, {name}": ranked[int(share * len(ranked))] if ranked else None
        for name, share in (("median", 0.5), ("p90", 0.9), ("p99", 0.99))
    }


def days_between(start: datetime, end: datetime) -> float:
    """
    Return the days on the wall from *start* to *end*.
    """
    return (end - start).total_seconds() / 86_400


def attainment(problems: Iterable[Problem]) -> Figures:
    """
    Return how the clocks ended under the sample agreement; no hold pauses them.
    """
    kind = TargetKind.PROBLEM_RESOLUTION
    clocks = chain.from_iterable(AGREEMENT.clocks(problem) for problem in problems)
    ends = Counter(clock.outcome for clock in clocks)
    judged = ends[ClockOutcome.MET] + ends[ClockOutcome.BREACHED]
    return {
        **{f"{kind} {end or 'still running'}": ends[end] for end in (*ClockOutcome, None)},
        f"{kind} attained, %": percent(ends[ClockOutcome.MET], judged),
    }


def percent(part: int, whole: int) -> float | None:
    """
    Return how many of a hundred *part* is of *whole*; of none there is no share.
    """
    return 100 * part / whole if whole else None


def main(arguments: Sequence[str]) -> None:
    """
    Replay the log that the *arguments* name, and print the figures.
    """
    if len(arguments) != 1:
        sys.exit("usage: replay_problem_log.py PATH")
    console = Console(stderr=True)
    watched = partial(track, console=console, disable=not console.is_terminal)
    for title, value in figures(replay(Path(arguments[0]), watched=watched)).items():
        shown = "none" if value is None else f"{round(value, 1):,}"
        print(f"{title:<60}{shown:>10}")


if __name__ == "__main__":
    main(sys.argv[1:])
