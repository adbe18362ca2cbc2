"""
A short soak of both databases, and that a soak notices what it is there to notice.

The long one is run by hand: `python tests/soak.py --store postgresql`.
"""

from __future__ import annotations

import random
import sqlite3

from collections import Counter

import pytest

from itil_ops import Actor, Incident, IncidentId
from itil_ops.adapters.sql import FeedOrder
from soak import DESK, DONE, START, TRIED, Plan, check_feed, check_steps, soak, stepped


@pytest.mark.parametrize(
    ("url", "feed"),
    [
        ("sqlite_url", FeedOrder.COMMIT),
        ("postgresql_url", FeedOrder.COMMIT),
        ("postgresql_url", FeedOrder.TRANSACTION),
    ],
)
def test_no_step_is_lost_or_doubled_and_the_feed_tells_each(url, feed, request, tmp_path):
    plan = Plan(
        url=request.getfixturevalue(url),
        folder=tmp_path,
        steps=300,
        incidents=12,
        writers=3,
        kills=1,
        seconds=60,
        feed=feed,
    )

    figures = soak(plan)

    assert figures["steps"] in {300, 301, 302}
    assert figures["entries in the feed"] == figures["steps"] + 12
    assert (figures["writers killed"], figures["readers killed"]) == (1, 1)


class TestSteps:
    SAID = ((TRIED, "a", "b"), (DONE, "a", "b"), (TRIED, "c", "d"))

    @pytest.mark.parametrize("marks", ["ab", "abcd"])
    def test_what_was_in_flight_may_be_there_or_not(self, marks):
        check_steps(self.SAID, Counter(marks))

    @pytest.mark.parametrize(
        ("marks", "complaint"),
        [
            ("a", "lost or doubled"),
            ("aab", "lost or doubled"),
            ("abc", "in part"),
            ("abccd", "in part"),
            ("abccdd", "doubled"),
            ("abe", "nobody tried"),
        ],
    )
    def test_what_is_wrong_is_noticed(self, marks, complaint):
        with pytest.raises(AssertionError, match=complaint):
            check_steps(self.SAID, Counter(marks))


class TestFeed:
    @pytest.fixture
    def incident(self):
        incident = Incident.log(
            IncidentId("INC-1"), title="Mail is down", service="email", by=DESK, at=START
        )
        for mark in "abc":
            incident = stepped(incident, mark, Actor("w"), random.Random(1))
        return incident

    def told(self, incident, places, folder):
        entries = [incident.journal[place] for place in places]
        with sqlite3.connect(folder / "feed.db") as kept:
            kept.execute("CREATE TABLE seen (record, number, mark)")
            rows = [(str(one.record), one.number, one.note) for one in entries]
            kept.executemany("INSERT INTO seen VALUES (?, ?, ?)", rows)
        kept.close()
        return check_feed([incident], Plan(url="", folder=folder))

    def test_each_entry_is_told_once_and_in_order(self, incident, tmp_path):
        assert self.told(incident, [0, 1, 2, 3], tmp_path) == 4

    @pytest.mark.parametrize("places", [[0, 1, 2], [0, 1, 2, 2, 3], [0, 2, 1, 3], []])
    def test_what_is_wrong_is_noticed(self, incident, tmp_path, places):
        with pytest.raises(AssertionError, match=r"something else|out of order"):
            self.told(incident, places, tmp_path)
