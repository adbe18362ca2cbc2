"""
The rooms as the tests see them that all rooms have alike.
"""

from __future__ import annotations

import incident_doubles
import problem_doubles
import request_doubles

from itil_ops import Incident, Problem, ServiceRequest
from room_tables import Room


def _told_to_incident(incident, action, **differing):
    told = {**incident_doubles.GOOD[action], "by": incident_doubles.LI}
    if action == "close" and incident.resolution_code:
        del told["resolution"]
    return {"at": incident.journal[-1].at, **told, **differing}


def _told_to_problem(problem, action, **differing):
    told = {**problem_doubles.good(action), "by": problem_doubles.LI}
    if action == "close" and problem.resolution_code:
        del told["code"]
    if action == "start_fix" and "no_change_reason" in differing:
        del told["change"]
    return {"at": problem.journal[-1].at, **told, **differing}


INCIDENTS = Room(
    kind=Incident,
    begin="log",
    begun=incident_doubles.logged,
    good=incident_doubles.GOOD.__getitem__,
    told=_told_to_incident,
    standing=incident_doubles.standing,
    ready=incident_doubles.ready,
    verbs=incident_doubles.verbs(),
)

PROBLEMS = Room(
    kind=Problem,
    begin="log",
    begun=problem_doubles.logged,
    good=problem_doubles.good,
    told=_told_to_problem,
    standing=problem_doubles.standing,
    ready=problem_doubles.ready,
    verbs=problem_doubles.verbs(),
)

REQUESTS = Room(
    kind=ServiceRequest,
    begin="draft",
    begun=request_doubles.drafted,
    good=request_doubles.good,
    told=request_doubles.told_to,
    standing=request_doubles.standing,
    ready=request_doubles.ready,
    verbs=request_doubles.verbs(),
    verbs_of_parts=request_doubles.GOOD_OF_PARTS,
)
