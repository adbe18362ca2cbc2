"""
The replay of a public incident log: the whole log where it is at hand, and a tiny one everywhere.
"""

from __future__ import annotations

import csv
import gzip
import os

from pathlib import Path

import pytest

from replay_incident_log import figures, main, replay

from itil_ops import IncidentPolicies, PendingReason


#: Traced, these many examples would cost several times as much; other tests cover the lines.
pytestmark = pytest.mark.no_cover


# ---- The whole log ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def log():
    folder = os.environ.get("ITIL_OPS_DATA")
    if not folder:
        pytest.skip("ITIL_OPS_DATA names no folder with bpi2013_incidents.csv.gz")
    return Path(folder) / "bpi2013_incidents.csv.gz"


@pytest.fixture(scope="module")
def report(log):
    return replay(log)


@pytest.fixture(scope="module")
def told(report):
    return figures(report)


def test_every_case_is_replayed_whole_but_for_five_leaked_codes(report):
    assert len(report.incidents) == 7549
    assert len(report.refused) == 5
    assert set(report.refused.values()) == {"data error: Unmatched/Unmatched"}


def test_the_journals_tell_what_was_counted_in_the_log(told):
    expected = {
        "cases replayed whole": 7549,
        "cases refused, data error: Unmatched/Unmatched": 5,
        "cases equal to their replay": 7549,
        "cases open at the end": 8,
        "cases reopened": 508,
        "times reopened from resolved": 308,
        "times reopened from closed": 265,
        "rows that complete once more": 37,
        "cases held": 3363,
        "cases whose hold changed its reason": 405,
        "times a hold changed its reason": 491,
        "resolution still running": 8,
        "resolution cancelled": 1,
    }

    assert expected.items() <= told.items()


def test_the_times_and_the_attainment_are_those_of_the_log(told):
    assert told["hours to resolve, median"] == pytest.approx(6.07, abs=0.01)
    assert told["hours to resolve, p90"] == pytest.approx(382.58, abs=0.01)
    assert told["resolution met"] + told["resolution breached"] == 7549 - 8 - 1
    assert 0 < told["resolution attained, %"] < 100


def test_every_hold_has_a_reason(report):
    reasons = {spell.reason for incident in report.incidents for spell in incident.hold_spells()}

    assert reasons == {
        PendingReason.AWAITING_CALLER,
        PendingReason.AWAITING_CHANGE,
        PendingReason.AWAITING_CUSTOMER,
        PendingReason.AWAITING_SUPPLIER,
        PendingReason.UNSPECIFIED,
    }


# ---- A tiny log -------------------------------------------------------------------------------

COLUMNS = ("case_id", "seq", "status", "sub_status", "timestamp_utc")
CASES = {
    "whole": [
        ("Queued", "Awaiting Assignment", "2012-03-01T08:00Z"),
        ("Queued", "Awaiting Assignment", "2012-03-01T08:00Z"),
        ("Accepted", "In Progress", "2012-03-01T09:00Z"),
        ("Accepted", "In Progress", "2012-03-01T09:00Z"),
        ("Accepted", "Assigned", "2012-03-01T09:30Z"),
        ("Accepted", "Wait", "2012-03-01T10:00Z"),
        ("Accepted", "Wait - User", "2012-03-01T11:00Z"),
        ("Accepted", "Wait - User", "2012-03-01T11:00Z"),
        ("Accepted", "Wait - Customer", "2012-03-01T12:00Z"),
        ("Accepted", "Wait - Vendor", "2012-03-01T13:00Z"),
        ("Accepted", "Wait - Implementation", "2012-03-01T14:00Z"),
        ("Accepted", "In Progress", "2012-03-01T16:00Z"),
        ("Completed", "Resolved", "2012-03-01T17:00Z"),
        ("Completed", "Resolved", "2012-03-01T17:00Z"),
        ("Queued", "Awaiting Assignment", "2012-03-02T08:00Z"),
        ("Completed", "Resolved", "2012-03-02T09:00Z"),
        ("Completed", "Closed", "2012-03-09T08:00Z"),
        ("Completed", "Resolved", "2012-03-09T08:00Z"),
        ("Completed", "Closed", "2012-03-09T08:00Z"),
        ("Accepted", "In Progress", "2012-03-15T08:00Z"),
        ("Completed", "In Call", "2012-03-15T09:00Z"),
    ],
    "in_call": [("Completed", "In Call", "2012-03-01T08:00Z")],
    "cancelled": [
        ("Accepted", "Assigned", "2012-03-01T08:00Z"),
        ("Completed", "Cancelled", "2012-03-01T08:10Z"),
    ],
    "waiting": [
        ("Accepted", "Wait - Vendor", "2012-03-01T08:00Z"),
        ("Accepted", "In Progress", "2012-03-14T08:00Z"),
        ("Accepted", "Wait - Vendor", "2012-03-15T08:00Z"),
    ],
    "leaked": [
        ("Accepted", "In Progress", "2012-03-01T08:00Z"),
        ("Unmatched", "Unmatched", "2012-03-01T09:00Z"),
    ],
    "late": [
        ("Accepted", "In Progress", "2012-03-01T08:00Z"),
        ("Completed", "In Call", "2012-03-01T09:00Z"),
        ("Accepted", "In Progress", "2012-05-01T08:00Z"),
    ],
    "over": [
        ("Completed", "Cancelled", "2012-03-01T08:00Z"),
        ("Accepted", "In Progress", "2012-03-01T09:00Z"),
    ],
    "backwards": [
        ("Accepted", "In Progress", "2012-03-01T08:00Z"),
        ("Completed", "In Call", "2012-02-01T08:00Z"),
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


def _replayed(path, case, **options):
    return next(i for i in replay(path, **options).incidents if i.id.value == case)


def test_what_is_refused_is_reported_by_its_reason(tiny):
    refused = replay(tiny).refused

    assert refused.pop("backwards").startswith("incident backwards: at 2012-02-01")
    assert refused == {
        "leaked": "data error: Unmatched/Unmatched",
        "late": "reopen in state closed: the_reopen_window_is_open",
        "over": "start in state cancelled: transition",
    }


def test_under_the_default_window_more_is_refused(tiny):
    refused = replay(tiny, policies=IncidentPolicies()).refused

    assert refused["whole"] == "reopen in state closed: the_reopen_window_is_open"


def test_every_kind_of_row_has_its_verb(tiny):
    journal = _replayed(tiny, "whole").journal

    assert [entry.action for entry in journal] == [
        "log",
        "assign",
        "comment",
        "start",
        "comment",
        "assign",
        "hold",
        "hold",
        "comment",
        "hold",
        "hold",
        "hold",
        "resume",
        "start",
        "resolve",
        "comment",
        "reopen",
        "assign",
        "resolve",
        "close",
        "comment",
        "comment",
        "reopen",
        "resolve",
        "close",
    ]


def test_the_figures_of_the_tiny_log(tiny):
    told = figures(replay(tiny))

    assert told == {
        "cases replayed whole": 4,
        "cases refused, data error: Unmatched/Unmatched": 1,
        "cases refused, reopen in state closed: the_reopen_window_is_open": 1,
        "cases refused, start in state cancelled: transition": 1,
        "cases refused, incident backwards: at 2012-02-01T08:00:00+00:00"
        " lies before 2012-03-01T08:00:00+00:00": 1,
        "cases equal to their replay": 4,
        "cases open at the end": 1,
        "cases reopened": 1,
        "times reopened from resolved": 1,
        "times reopened from closed": 1,
        "rows that complete once more": 3,
        "cases held": 2,
        "cases whose hold changed its reason": 1,
        "times a hold changed its reason": 4,
        "hours held, unspecified": 1.0,
        "hours held, awaiting_caller": 1.0,
        "hours held, awaiting_customer": 1.0,
        "hours held, awaiting_supplier": 1.0 + 13 * 24 + 1.0,
        "hours held, awaiting_change": 2.0,
        "hours to resolve, median": 9.0,
        "hours to resolve, p90": 9.0,
        "hours to close, median": 192.0,
        "hours to close, p90": 192.0,
        "response met": 2,
        "response breached": 1,
        "response cancelled": 1,
        "response still running": 0,
        "response attained, %": 100 * 2 / 3,
        "resolution met": 2,
        "resolution breached": 0,
        "resolution cancelled": 1,
        "resolution still running": 1,
        "resolution attained, %": 100.0,
    }


def test_of_no_clock_there_is_no_attainment(tmp_path):
    cases = {name: CASES[name] for name in ("cancelled", "leaked")}

    told = figures(replay(_written(tmp_path / "none.csv", cases)))

    assert told["resolution attained, %"] is None
    assert told["hours to resolve, median"] is None


def test_a_log_of_which_nothing_is_whole_has_figures(tmp_path):
    told = figures(replay(_written(tmp_path / "leaked.csv", {"leaked": CASES["leaked"]})))

    assert told["cases replayed whole"] == 0


def test_the_report_is_printed_and_the_bar_is_quiet_in_a_pipe(tmp_path, capsys):
    cases = {name: CASES[name] for name in ("cancelled", "leaked")}

    main([str(_written(tmp_path / "log.csv.gz", cases, gzip.open))])

    out, err = capsys.readouterr()
    lines = [line.split() for line in out.splitlines()]
    assert ["cases", "replayed", "whole", "1"] in lines
    assert ["resolution", "attained,", "%", "none"] in lines
    assert err == ""
