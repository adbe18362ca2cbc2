"""
The kinds of records that stores keep, and what each takes.
"""

from __future__ import annotations

import pytest

from itil_ops import ChangeId, Incident, IncidentId, KnownErrorId, ProblemId, RecordId
from itil_ops.repositories import (
    INCIDENTS,
    KINDS,
    KNOWN_ERRORS,
    PROBLEMS,
    SERVICE_REQUESTS,
    IncidentQuery,
    KnownErrorQuery,
    ProblemQuery,
    RecordQuery,
    ServiceRequestQuery,
)
from itil_ops.repositories.kinds import kind_named, kind_of
from itil_ops.testing.builders import known_error, problem, service_request
from repositories.making import DESK, T0, DeskIncident, logged


class TestKinds:
    def test_each_is_found_by_its_name_and_by_its_ids(self):
        assert len({kind.name for kind in KINDS}) == len(KINDS)
        for kind in KINDS:
            assert kind_named(kind.name) is kind
            assert kind_of(kind.record.id_type("7")) is kind

    @pytest.mark.parametrize("id", [ChangeId("INC-1"), RecordId("INC-1"), "INC-1", None])
    def test_what_is_an_id_of_no_kind_is_refused(self, id):
        with pytest.raises(TypeError, match="no store keeps records known by "):
            kind_of(id)

    @pytest.mark.parametrize("name", ["incidents", "", "Incident"])
    def test_what_is_the_name_of_no_kind_is_refused(self, name):
        with pytest.raises(ValueError, match=f"no kind of records is called '{name}'; known: inc"):
            kind_named(name)


class TestIncidents:
    def test_its_own_pass(self):
        record, query = logged(), IncidentQuery()

        assert INCIDENTS.check_id(record.id) is record.id
        assert INCIDENTS.check_record(record) is record
        assert INCIDENTS.check_query(query) is query

    def test_a_callers_own_incident_is_one(self):
        assert INCIDENTS.check_record(logged(kind=DeskIncident))

    @pytest.mark.parametrize(
        ("check", "wrong"),
        [
            (INCIDENTS.check_id, ProblemId("INC-1")),
            (INCIDENTS.check_id, "INC-1"),
            (INCIDENTS.check_record, IncidentId("INC-1")),
            (INCIDENTS.check_record, Incident),
            (INCIDENTS.check_query, RecordQuery()),
            (INCIDENTS.check_query, None),
            (INCIDENTS.check_query, ProblemQuery()),
        ],
    )
    def test_others_are_refused(self, check, wrong):
        with pytest.raises(TypeError, match=r"must be an Incident(Id|Query)?, not "):
            check(wrong)

    @pytest.mark.parametrize(
        ("check", "wrong", "expected"),
        [
            (PROBLEMS.check_id, KnownErrorId("7"), "id must be a ProblemId"),
            (PROBLEMS.check_record, known_error("7"), "record must be a Problem"),
            (PROBLEMS.check_query, KnownErrorQuery(), "query must be a ProblemQuery"),
            (KNOWN_ERRORS.check_id, ProblemId("7"), "id must be a KnownErrorId"),
            (KNOWN_ERRORS.check_record, problem("7"), "record must be a KnownError"),
            (KNOWN_ERRORS.check_query, IncidentQuery(), "query must be a KnownErrorQuery"),
            (PROBLEMS.check_query, ServiceRequestQuery(), "query must be a ProblemQuery"),
            (SERVICE_REQUESTS.check_id, IncidentId("7"), "id must be a ServiceRequestId"),
            (SERVICE_REQUESTS.check_record, problem("7"), "record must be a ServiceRequest"),
            (SERVICE_REQUESTS.check_query, ProblemQuery(), "query must be a ServiceRequestQuery"),
            (INCIDENTS.check_record, service_request("7"), "record must be an Incident"),
        ],
    )
    def test_those_of_another_kind_are_refused(self, check, wrong, expected):
        with pytest.raises(TypeError, match=f"^{expected}, not "):
            check(wrong)


class OwnId(IncidentId):
    __slots__ = ()


def test_an_id_of_a_subclass_is_another_id_to_python_and_the_same_to_a_database():
    own = Incident.log(OwnId("INC-1"), title="Mail is down", service="email", by=DESK, at=T0)

    for refused in (lambda: INCIDENTS.check_id(own.id), lambda: INCIDENTS.check_record(own)):
        with pytest.raises(TypeError, match="id must be of IncidentId itself, not of a subclass: "):
            refused()
