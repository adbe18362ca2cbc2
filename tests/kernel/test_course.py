"""
A course of many steps knows what a course of few would find.
"""

from __future__ import annotations

import pytest

from itil_ops import ApprovalId, ServiceRequest, TaskId
from itil_ops.kernel.course import course_of
from request_doubles import BAG, INSTALL, ORDER, after, minute, standing, through


FEW, MANY = 2, 200
STRANGER = TaskId("laptop/polish")
PLACING = ServiceRequest._placing


def lived():
    """
    Return a request whose approvals and tasks took steps of all sorts, some of them told late.
    """
    request = through(
        standing("in_progress"),
        ("assign_task", {"task": INSTALL}),
        "deliver",
        "suspend",
        "resume",
        ("skip_task", {"task": BAG}),
    )
    late = {"task": ORDER, "at": minute(90), "effective_at": minute(60)}
    return after(request, "complete_task", **late)


def courses(record):
    return [course_of(PLACING, record.parts, record.journal, steps) for steps in (FEW, MANY)]


@pytest.mark.parametrize("part", [None, ApprovalId("1"), ORDER, INSTALL, BAG, STRANGER], ids=str)
def test_both_tell_where_a_part_stands_and_when_it_moved(part):
    record = lived()
    for number in range(1, len(record.journal) + 1):
        known = ServiceRequest.replay(record.journal[:number])
        few, many = courses(known)
        assert few.place_of(known.parts, part) == many.place_of(known.parts, part)
        assert few.last_move(known.journal, part) == many.last_move(known.journal, part)


@pytest.mark.parametrize("part", [None, ApprovalId("1"), ORDER, INSTALL, BAG, STRANGER], ids=str)
def test_and_both_keep_up_with_steps_that_follow(part):
    record = lived()
    begun = ServiceRequest.replay(record.journal[:1])
    few, many = courses(begun)
    for number in range(2, len(record.journal) + 1):
        known = ServiceRequest.replay(record.journal[:number])
        for course in (few, many):
            course.follow(known.parts, known.journal[-1])
        assert few.place_of(known.parts, part) == many.place_of(known.parts, part)
        assert few.last_move(known.journal, part) == many.last_move(known.journal, part)
