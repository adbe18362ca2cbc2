"""
The replay of a public problem log: the whole log where it is at hand, and a tiny one everywhere.
"""

from __future__ import annotations

import csv
import gzip
import os

from datetime import datetime
from itertools import pairwise
from pathlib import Path
from statistics import median

import pytest

from replay_problem_log import days, figures, main, read, replay

from itil_ops import PendingReason


#: Traced, these many examples would cost several times as much; other tests cover the lines.
pytestmark = pytest.mark.no_cover


# ---- The whole log ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def log():
    folder = os.environ.get("ITIL_OPS_DATA")
    if not folder:
        pytest.skip("ITIL_OPS_DATA names no folder with bpi2013_closed_problems.csv.gz")
    return Path(folder) / "bpi2013_closed_problems.csv.gz"


@pytest.fixture(scope="module")
def report(log):
    return replay(log)


@pytest.fixture(scope="module")
def told(report):
    return figures(report)


@pytest.fixture(scope="module")
def cases(log):
    return {
        case: [(row["sub_status"], datetime.fromisoformat(row["timestamp"])) for row in rows]
        for case, rows in read(log).items()
    }


def _days_to_close(moments):
    closed = next(at for status, at in moments if status == "Closed")
    return _days(moments[0][1], closed)


def _days_held(moments):
    """
    Spells by the rows alone: a hold begins with a Wait after something else, and ends likewise.
    """
    held, since = [], None
    for status, at in moments:
        if status == "Wait":
            since = since or at
        elif since:
            held.append(_days(since, at))
            since = None
    return held


def _times_taken_up(moments, *over):
    steps = pairwise(status for status, _ in moments)
    return sum(before in over and after not in over for before, after in steps)


def _days(start, end):
    return (end - start).total_seconds() / 86_400


def test_thirteen_cases_are_refused_and_all_others_are_whole(report, cases):
    assert len(cases) == 1487
    assert len(report.problems) == 1474
    assert len(report.refused) == 13


def test_a_case_is_refused_for_a_leaked_code_or_for_what_comes_after_a_cancellation(report, cases):
    leaked = {case for case, rows in cases.items() if "Unmatched" in dict(rows)}
    dropped = {case for case, rows in cases.items() if "Cancelled" in dict(rows)}

    assert (len(leaked), len(dropped)) == (10, 3)
    assert report.refused == {
        **dict.fromkeys(leaked, "data error: Unmatched/Unmatched"),
        **dict.fromkeys(dropped, "reanalyze in state cancelled: transition"),
    }


def test_what_was_counted_in_the_log_is_counted_in_its_rows(cases):
    held = [spell for moments in cases.values() for spell in _days_held(moments)]
    closed = days("to close", map(_days_to_close, cases.values()))
    over = ("Closed", "Cancelled")

    assert sum("Wait" in dict(moments) for moments in cases.values()) == 410
    assert sum(_times_taken_up(moments, *over) > 0 for moments in cases.values()) == 61
    assert round(median(held)) == 36
    assert round(closed["days to close, median"]) == 80
    assert round(closed["days to close, p99"]) == 923


def test_the_journals_of_the_whole_cases_tell_the_same_as_their_rows(report, cases):
    for problem in report.problems:
        moments = cases[problem.id.value]
        held = [_days(spell.start, spell.end) for spell in problem.hold_spells()]
        closed = _days(problem.logged_at, problem.first_entry("close").at)

        assert held == pytest.approx(_days_held(moments))
        assert closed == pytest.approx(_days_to_close(moments))
        assert problem.reanalyzed_count == _times_taken_up(moments, "Closed")
        assert problem.closed_at == moments[-1][1]


def test_the_journals_tell_what_was_counted_in_the_log(told):
    expected = {
        "cases replayed whole": 1474,
        "cases refused, data error: Unmatched/Unmatched": 10,
        "cases refused, reanalyze in state cancelled: transition": 3,
        "cases equal to their replay": 1474,
        "cases open at the end": 0,
        "cases reanalyzed": 61 - 3,
        "times reanalyzed": 78,
        "rows that say the same once more": 474,
        "cases held": 410 - 4,
        "hold spells": 500,
        "times closed": 1474 + 78,
        "problem_resolution met": 783,
        "problem_resolution breached": 691,
        "problem_resolution cancelled": 0,
        "problem_resolution still running": 0,
    }

    assert expected.items() <= told.items()


def test_the_times_and_the_shares_are_those_of_the_log(told):
    expected = {
        "days held, median": 35.93,
        "days held, p90": 265.83,
        "days held, p99": 680.03,
        "days to close, median": 79.77,
        "days to close, p90": 503.40,
        "days to close, p99": 885.84,
        "closed straight from work, %": 83.25,
        "closed straight from a hold, %": 16.75,
        "problem_resolution attained, %": 53.12,
    }

    assert {title: told[title] for title in expected} == pytest.approx(expected, abs=0.01)


# ---- A tiny log -------------------------------------------------------------------------------

COLUMNS = ("case_id", "seq", "status", "sub_status", "timestamp", "resource", "org_group")
CASES = {
    "whole": [
        ("Queued", "Awaiting Assignment", "2012-03-01T08:00+02:00", "ann", "north"),
        ("Queued", "Awaiting Assignment", "2012-03-01T08:00+02:00", "ann", "north"),
        ("Accepted", "In Progress", "2012-03-02T08:00+02:00", "bob", "north"),
        ("Accepted", "In Progress", "2012-03-02T09:00+02:00", "bob", "north"),
        ("Queued", "Awaiting Assignment", "2012-03-02T10:00+02:00", "bob", "south"),
        ("Accepted", "Assigned", "2012-03-02T11:00+02:00", "cat", "south"),
        ("Accepted", "In Progress", "2012-03-03T08:00+02:00", "dan", "south"),
        ("Accepted", "Wait", "2012-03-04T08:00+02:00", "dan", "south"),
        ("Accepted", "Wait", "2012-03-05T08:00+02:00", "dan", "south"),
        ("Queued", "Awaiting Assignment", "2012-03-06T08:00+02:00", "dan", "north"),
        ("Accepted", "Wait", "2012-03-07T08:00+02:00", "eve", "north"),
        ("Accepted", "Assigned", "2012-03-11T08:00+02:00", "eve", "north"),
        ("Accepted", "Wait", "2012-03-12T08:00+02:00", "eve", "north"),
        ("Accepted", "In Progress", "2012-03-20T08:00+02:00", "eve", "north"),
        ("Completed", "Closed", "2012-03-31T09:00+03:00", "eve", "north"),
        ("Completed", "Closed", "2012-03-31T09:00+03:00", "eve", "north"),
        ("Accepted", "In Progress", "2012-04-01T08:00+03:00", "eve", "north"),
        ("Completed", "Closed", "2012-04-02T08:00+03:00", "eve", "north"),
        ("Accepted", "Wait", "2012-04-03T08:00+03:00", "eve", "north"),
        ("Completed", "Closed", "2012-08-03T08:00+03:00", "eve", "north"),
    ],
    "at_once": [("Completed", "Closed", "2012-03-01T08:00+02:00", "ann", "north")],
    "unseen": [
        ("Accepted", "Assigned", "2012-03-01T08:00+02:00", "ann", "north"),
        ("Completed", "Closed", "2012-03-02T20:00+02:00", "ann", "north"),
    ],
    "cancelled": [
        ("Accepted", "In Progress", "2012-03-01T08:00+02:00", "ann", "north"),
        ("Completed", "Cancelled", "2012-03-02T08:00+02:00", "ann", "north"),
    ],
    "waiting": [
        ("Accepted", "Wait", "2012-03-01T08:00+02:00", "ann", "north"),
        ("Accepted", "In Progress", "2012-03-11T08:00+02:00", "ann", "north"),
        ("Accepted", "Wait", "2012-03-12T08:00+02:00", "ann", "north"),
    ],
    "put_back": [
        ("Accepted", "Wait", "2012-03-01T08:00+02:00", "ann", "north"),
        ("Queued", "Awaiting Assignment", "2012-03-04T08:00+02:00", "ann", "north"),
        ("Completed", "Closed", "2012-03-05T08:00+02:00", "bob", "north"),
    ],
    "leaked": [
        ("Accepted", "In Progress", "2012-03-01T08:00+02:00", "ann", "north"),
        ("Unmatched", "Unmatched", "2012-03-01T09:00+02:00", "ann", "north"),
    ],
    "over": [
        ("Completed", "Cancelled", "2012-03-01T08:00+02:00", "ann", "north"),
        ("Accepted", "In Progress", "2012-03-01T09:00+02:00", "ann", "north"),
    ],
    "backwards": [
        ("Accepted", "In Progress", "2012-03-01T08:00+02:00", "ann", "north"),
        ("Completed", "Closed", "2012-03-01T08:00+03:00", "ann", "north"),
    ],
}


def _written(path, cases, opener=open):
    numbered = [
        (case, number, *row) for case, rows in cases.items() for number, row in enumerate(rows, 1)
    ]
    with opener(path, "wt", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *reversed(numbered)])
    return path


@pytest.fixture
def tiny(tmp_path):
    return _written(tmp_path / "tiny.csv", CASES)


def _replayed(path, case):
    return next(problem for problem in replay(path).problems if problem.id.value == case)


def test_what_is_refused_is_reported_by_its_reason(tiny):
    refused = replay(tiny).refused

    assert refused == {
        "leaked": "data error: Unmatched/Unmatched",
        "over": "reanalyze in state cancelled: transition",
        "backwards": "problem backwards: at 2012-03-01T05:00:00+00:00"
        " lies before 2012-03-01T06:00:00+00:00",
    }


def test_every_kind_of_row_has_its_verb(tiny):
    journal = _replayed(tiny, "whole").journal

    assert [entry.action for entry in journal] == [
        "log",
        "assign",
        "comment",
        "assess",
        "investigate",
        "comment",
        "assign",
        "assign",
        "assign",
        "hold",
        "comment",
        "resume",
        "assign",
        "hold",
        "resume",
        "assign",
        "hold",
        "resume",
        "assign",
        "resolve",
        "close",
        "comment",
        "reanalyze",
        "assign",
        "resolve",
        "close",
        "reanalyze",
        "hold",
        "resolve",
        "close",
    ]


@pytest.mark.parametrize(
    ("case", "actions"),
    [
        ("at_once", ["log", "assess", "investigate", "resolve", "close"]),
        ("unseen", ["log", "assign", "assess", "investigate", "resolve", "close"]),
        ("cancelled", ["log", "assess", "investigate", "cancel"]),
        ("waiting", ["log", "assess", "hold", "resume", "investigate", "hold"]),
        (
            "put_back",
            ["log", "assess", "hold", "resume", "assign", "investigate", "resolve", "close"],
        ),
    ],
)
def test_what_the_log_skips_shows_as_a_step(tiny, case, actions):
    assert [entry.action for entry in _replayed(tiny, case).journal] == actions


def test_a_row_says_who_acts_and_who_has_it(tiny):
    journal = _replayed(tiny, "whole").journal
    assigned = [entry for entry in journal if entry.action in {"assign", "investigate"}]

    assert [entry.by.name for entry in assigned][:5] == ["ann", "bob", "bob", "cat", "dan"]
    assert [entry.changes.get("group") for entry in assigned][:3] == ["north", None, "south"]
    assert [entry.changes["assignee"] for entry in assigned[1:5]] == ["bob", None, "cat", "dan"]


def test_what_the_log_does_not_tell_is_said_so(tiny):
    problem = _replayed(tiny, "put_back")

    assert (problem.origin, problem.resolution_code) == ("proactive", "no_recurrence")
    assert problem.evidence == "It stands in the problem log, which names no incident."
    assert problem.root_cause_unknown_reason == "The log tells of no cause."
    assert [spell.reason for spell in problem.hold_spells()] == [PendingReason.UNSPECIFIED]


def test_the_figures_of_the_tiny_log(tiny):
    told = figures(replay(tiny))

    assert told == {
        "cases replayed whole": 6,
        "cases refused, data error: Unmatched/Unmatched": 1,
        "cases refused, reanalyze in state cancelled: transition": 1,
        "cases refused, problem backwards: at 2012-03-01T05:00:00+00:00"
        " lies before 2012-03-01T06:00:00+00:00": 1,
        "cases equal to their replay": 6,
        "cases open at the end": 1,
        "cases reanalyzed": 1,
        "times reanalyzed": 2,
        "rows that say the same once more": 4,
        "cases held": 3,
        "hold spells": 7,
        "days held, median": 8.0,
        "days held, p90": 122.0,
        "days held, p99": 122.0,
        "days to close, median": 4.0,
        "days to close, p90": 30.0,
        "days to close, p99": 30.0,
        "times closed": 6,
        "closed straight from work, %": 100 * 5 / 6,
        "closed straight from a hold, %": 100 * 1 / 6,
        "problem_resolution met": 3,
        "problem_resolution breached": 1,
        "problem_resolution cancelled": 1,
        "problem_resolution still running": 1,
        "problem_resolution attained, %": 75.0,
    }


def test_of_nothing_closed_there_is_no_time_and_no_share(tmp_path):
    cases = {name: CASES[name] for name in ("cancelled", "leaked")}

    told = figures(replay(_written(tmp_path / "none.csv", cases)))

    assert told["cases replayed whole"] == 1
    assert told["days to close, median"] is None
    assert told["closed straight from work, %"] is None
    assert told["problem_resolution attained, %"] is None


def test_a_log_of_which_nothing_is_whole_has_figures(tmp_path):
    told = figures(replay(_written(tmp_path / "leaked.csv", {"leaked": CASES["leaked"]})))

    assert told["cases replayed whole"] == 0


def test_the_report_is_printed_and_the_bar_is_quiet_in_a_pipe(tmp_path, capsys):
    cases = {name: CASES[name] for name in ("cancelled", "leaked")}

    main([str(_written(tmp_path / "log.csv.gz", cases, gzip.open))])

    out, err = capsys.readouterr()
    lines = [line.split() for line in out.splitlines()]
    assert ["cases", "replayed", "whole", "1"] in lines
    assert ["problem_resolution", "attained,", "%", "none"] in lines
    assert err == ""


def test_without_one_path_the_usage_is_told():
    with pytest.raises(SystemExit, match=r"usage: replay_problem_log\.py PATH"):
        main([])
