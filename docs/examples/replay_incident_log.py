"""
Run a public incident log through the verbs, and tell what the journals say of it.

    python replay_incident_log.py bpi2013_incidents.csv.gz

The log is that of the BPI Challenge 2013: Volvo IT's incidents, a row for each change of status,
with the columns `case_id, seq, status, sub_status, timestamp_utc`. It was not made for this
library, so every row asks: is there a verb for it, and do the rules let it pass? The table
`HANDLERS` answers. The progress bar needs rich, which `pip install itil_ops[examples]` brings.
"""

from __future__ import annotations

import csv
import gzip
import sys

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
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
    BusinessCalendar,
    CancellationReason,
    ClockOutcome,
    ClosureReason,
    Entry,
    Incident,
    IncidentId,
    IncidentPolicies,
    PendingReason,
    RefusedError,
    ReopenWindow,
    ResolutionCode,
    ServiceLevelAgreement,
    Target,
    TargetKind,
)


# ---- What the log leaves open -------------------------------------------------------------------

SOMEBODY = Actor("somebody")
POLICIES = IncidentPolicies(reopen=ReopenWindow(window=timedelta(days=31)))

WORKDAYS = ("mon", "tue", "wed", "thu", "fri")
OFFICE = BusinessCalendar("Europe/Stockholm", {day: [("08:00", "17:00")] for day in WORKDAYS})
AGREEMENT = ServiceLevelAgreement(
    "sample",
    targets=[
        Target(TargetKind.RESPONSE, timedelta(hours=1), calendar=OFFICE),
        Target(TargetKind.RESOLUTION, timedelta(hours=40), calendar=OFFICE),
    ],
)

# ---- From a row to verbs ------------------------------------------------------------------------

DONE = ("resolved", "closed")

Step: TypeAlias = Mapping[str, Any]
"""What every verb is told: `by`, `at` and `policies`."""

Handler: TypeAlias = Callable[[Incident, Step], Incident]


def assign_to(**whom: str) -> Handler:
    """
    Put it into a group's queue, or into the hands of somebody who does not work on it yet.
    """
    return lambda incident, step: open_again(incident, step).assign(**whom, **step)


def work(incident: Incident, step: Step) -> Incident:
    """
    Work on it; a hold leads back to the state it was in before, which may be the queue.
    """
    incident = open_again(incident, step)
    if incident.state.name == "pending":
        incident = incident.resume(**step)
    return incident if incident.state.name == "in_progress" else incident.start(**step)


def wait_for(reason: PendingReason) -> Handler:
    """
    Let work wait for *reason*, whether or not it waits for another one.
    """
    return lambda incident, step: open_again(incident, step).hold(reason, **step)


def resolve(incident: Incident, step: Step) -> Incident:
    """
    Solve it, from wherever it is.
    """
    if incident.state.name in DONE:
        return incident.comment("Resolved, once more.", **step)
    return incident.resolve(ResolutionCode.FIXED, **step)


def close_on(word: ClosureReason) -> Handler:
    """
    Close it on somebody's *word*; what is not resolved is resolved and closed in one step.
    """

    def close(incident: Incident, step: Step) -> Incident:
        if incident.state.name == "closed":
            return incident.comment("Closed, once more.", **step)
        if incident.state.name == "resolved":
            return incident.close(reason=word, **step)
        return incident.close(reason=word, resolution=ResolutionCode.FIXED, **step)

    return close


def cancel(incident: Incident, step: Step) -> Incident:
    """
    Drop it: it was no incident.
    """
    return incident.cancel(CancellationReason.NOT_AN_INCIDENT, **step)


def open_again(incident: Incident, step: Step) -> Incident:
    """
    Reopen it if it was done, for its row says that it is not.
    """
    done = incident.state.name in DONE
    return incident.reopen("Work goes on.", **step) if done else incident


HANDLERS: Mapping[tuple[str, str], Handler] = {
    ("Queued", "Awaiting Assignment"): assign_to(group="support"),
    ("Accepted", "Assigned"): assign_to(assignee=SOMEBODY.name),
    ("Accepted", "In Progress"): work,
    ("Accepted", "Wait"): wait_for(PendingReason.UNSPECIFIED),
    ("Accepted", "Wait - User"): wait_for(PendingReason.AWAITING_CALLER),
    ("Accepted", "Wait - Customer"): wait_for(PendingReason.AWAITING_CUSTOMER),
    ("Accepted", "Wait - Vendor"): wait_for(PendingReason.AWAITING_SUPPLIER),
    ("Accepted", "Wait - Implementation"): wait_for(PendingReason.AWAITING_CHANGE),
    ("Completed", "Resolved"): resolve,
    ("Completed", "Closed"): close_on(ClosureReason.ADMINISTRATIVE),
    ("Completed", "In Call"): close_on(ClosureReason.CALLER_CONFIRMED),
    ("Completed", "Cancelled"): cancel,
}

# ---- From the log to incidents ------------------------------------------------------------------

Rows: TypeAlias = list[dict[str, str]]


def read(path: Path) -> dict[str, Rows]:
    """
    Return the log's rows by case, in the order of `seq`: instants repeat, numbers do not.
    """
    opened = gzip.open if path.suffix == ".gz" else open
    cases: dict[str, Rows] = defaultdict(list)
    with opened(path, "rt", encoding="utf-8", newline="") as file:
        for row in sorted(csv.DictReader(file), key=lambda row: int(row["seq"])):
            cases[row["case_id"]].append(row)
    return cases


def replay_case(case: str, rows: Rows, policies: IncidentPolicies) -> Incident:
    """
    Return the incident that *rows* tell of; one that says the same as the last one is a comment.

    Raises:
        RefusedError: There is no such step, or rules stand in the way.

        ValueError: A status is a data error, or an instant lies before the last one.
    """
    incident = Incident.log(
        IncidentId(case), title=case, service="volvo_it", **step_of(rows[0], policies)
    )
    last = None
    for row in rows:
        status, step = (row["status"], row["sub_status"]), step_of(row, policies)
        if status == last:
            incident = incident.comment("The same once more.", **step)
        elif status in HANDLERS:
            incident = HANDLERS[status](incident, step)
        else:
            raise ValueError(f"data error: {'/'.join(status)}")
        last = status
    return incident


def step_of(row: Mapping[str, str], policies: IncidentPolicies) -> Step:
    """
    Return what the verbs of a *row* are told.
    """
    at = datetime.fromisoformat(row["timestamp_utc"])
    return {"by": SOMEBODY, "at": at, "policies": policies}


@attrs.frozen
class Report:
    """
    The incidents of the cases that were replayed whole, and by case why the others were not.
    """

    incidents: Sequence[Incident]
    refused: Mapping[str, str]


def replay(
    path: Path, *, policies: IncidentPolicies = POLICIES, watched: Callable[..., Any] = iter
) -> Report:
    """
    Return what became of the log at *path*, whose cases are *watched* as they go by.
    """
    incidents, refused = [], {}
    for case, rows in watched(read(path).items()):
        try:
            incidents.append(replay_case(case, rows, policies))
        except RefusedError as error:
            rules = ", ".join(reason.rule for reason in error.reasons)
            refused[case] = f"{error.action} in state {error.state}: {rules}"
        except ValueError as error:
            refused[case] = str(error)
    return Report(incidents, refused)


# ---- From incidents to figures ------------------------------------------------------------------

Figures: TypeAlias = dict[str, float | None]


def figures(report: Report) -> Figures:
    """
    Return what the journals say, by title, in the order in which it is told.
    """
    incidents = report.incidents
    reopened = steps(incidents, "reopen", *DONE)
    changed = steps(incidents, "hold", "pending")
    return {
        "cases replayed whole": len(incidents),
        **Counter(f"cases refused, {why}" for why in report.refused.values()),
        "cases equal to their replay": sum(Incident.replay(i.journal) == i for i in incidents),
        "cases open at the end": sum(incident.is_open for incident in incidents),
        "cases reopened": len({entry.record for entry in reopened}),
        **Counter(f"times reopened from {entry.from_state}" for entry in reopened),
        "rows that complete once more": len(steps(incidents, "comment", *DONE)),
        "cases held": sum(bool(incident.hold_spells()) for incident in incidents),
        "cases whose hold changed its reason": len({entry.record for entry in changed}),
        "times a hold changed its reason": len(changed),
        **hours_held(incidents),
        **hours_to("resolve", incidents),
        **hours_to("close", incidents),
        **attainment(TargetKind.RESPONSE, incidents),
        **attainment(TargetKind.RESOLUTION, incidents),
    }


def steps(incidents: Sequence[Incident], action: str, *states: str) -> list[Entry]:
    """
    Return the journals' entries on an *action* that was taken in one of *states*.
    """
    entries = chain.from_iterable(incident.journal for incident in incidents)
    return [entry for entry in entries if entry.action == action and entry.from_state in states]


def hours_held(incidents: Sequence[Incident]) -> Mapping[str, float]:
    """
    Return the hours on hold by reason; where the hold lasts, up to the end of the log.
    """
    ends = [incident.journal[-1].at for incident in incidents]
    held: defaultdict[str, float] = defaultdict(float)
    for spell in chain.from_iterable(incident.hold_spells() for incident in incidents):
        held[f"hours held, {spell.reason}"] += hours_between(spell.start, spell.end or max(ends))
    return held


def hours_to(action: str, incidents: Sequence[Incident]) -> Figures:
    """
    Return the median and the 90th percentile of the hours from the log to the first *action*.
    """
    firsts = [next((e.at for e in i.journal if e.action == action), None) for i in incidents]
    logged = [incident.logged_at for incident in incidents]
    hours = sorted(hours_between(a, b) for a, b in zip(logged, firsts, strict=True) if b)
    return {
        f"hours to {action}, {name}": hours[int(share * len(hours))] if hours else None
        for name, share in (("median", 0.5), ("p90", 0.9))
    }


def hours_between(start: datetime, end: datetime) -> float:
    """
    Return the hours on the wall from *start* to *end*.
    """
    return (end - start).total_seconds() / 3600


def attainment(kind: TargetKind, incidents: Sequence[Incident]) -> Figures:
    """
    Return how the clocks of *kind* ended under the sample agreement; of none there is no share.
    """
    clocks = chain.from_iterable(AGREEMENT.clocks(incident) for incident in incidents)
    ends = Counter(clock.outcome for clock in clocks if clock.target.kind == kind)
    judged = ends[ClockOutcome.MET] + ends[ClockOutcome.BREACHED]
    return {
        **{f"{kind} {end or 'still running'}": ends[end] for end in (*ClockOutcome, None)},
        f"{kind} attained, %": 100 * ends[ClockOutcome.MET] / judged if judged else None,
    }


def main(arguments: Sequence[str]) -> None:
    """
    Replay the log that the *arguments* name, and print the figures.
    """
    if len(arguments) != 1:
        sys.exit("usage: replay_incident_log.py PATH")
    console = Console(stderr=True)
    watched = partial(track, console=console, disable=not console.is_terminal)
    for title, value in figures(replay(Path(arguments[0]), watched=watched)).items():
        shown = "none" if value is None else f"{round(value, 1):,}"
        print(f"{title:<50}{shown:>10}")


if __name__ == "__main__":
    main(sys.argv[1:])
