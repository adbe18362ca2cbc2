"""
The staff directory: who is whose manager, deputy or owner.
"""

from __future__ import annotations

import pytest

from itil_ops.catalog import ApproverRole
from itil_ops.request.directory import NOBODY_KNOWN, StaffDirectory
from itil_ops.request.policies import RequestPolicies
from request.making import BOARD, STAFF, day, eur, item_of, model, submitted


BOSS, PAYER, OWNER = (
    ApproverRole.LINE_MANAGER,
    ApproverRole.BUDGET_CENTER,
    ApproverRole.SERVICE_OWNER,
)


class TestApprovers:
    @pytest.mark.parametrize(
        ("role", "fields", "people"),
        [
            (BOSS, {}, ("mia",)),
            (BOSS, {"requested_for": "mia"}, ("bo",)),
            (BOSS, {"requested_for": "zoe"}, ()),
            (PAYER, {"budget_center": "travel"}, ("bo",)),
            (PAYER, {"budget_center": "other"}, ()),
            (PAYER, {}, ()),
            (BOARD, {}, ("b1", "b2", "b3")),
            (ApproverRole("lawyer"), {}, ()),
        ],
    )
    def test_a_role_is_another_person_for_each_request(self, role, fields, people):
        assert STAFF.approvers(role, submitted(**fields)) == people

    def test_each_service_has_its_owner_asked_once(self):
        staff = StaffDirectory(service_owners={"mail": "pat", "web": "pat", "disk": "lou"})
        items = [item_of(model(), name=name, service=name) for name in ("web", "disk", "none")]

        assert staff.approvers(OWNER, submitted(*items, service="mail")) == ("pat", "lou")


class TestPeople:
    def test_what_is_known_of_a_person(self):
        staff = StaffDirectory(
            managers={"ana": "mia"},
            deputies={"ana": ["tom", "kim"]},
            limits={"mia": eur(5)},
            person_units={"ana": ["sales"]},
            person_roles={"ana": ["buyer"]},
        )

        assert staff.manager("ana") == "mia"
        assert staff.deputies("ana", day(2)) == ("tom", "kim")
        assert staff.limit("mia") == eur(5)
        assert (staff.units("ana"), staff.roles("ana")) == (("sales",), ("buyer",))

    def test_of_others_nothing_is_known(self):
        assert NOBODY_KNOWN.manager("ana") is NOBODY_KNOWN.limit("ana") is None
        assert NOBODY_KNOWN.deputies("ana", day(2)) == ()
        assert NOBODY_KNOWN.units("ana") == NOBODY_KNOWN.roles("ana") == ()

    @pytest.mark.parametrize(
        ("told", "error", "text"),
        [
            ({"managers": ["ana"]}, TypeError, "goes by name"),
            ({"managers": {"ana": 1}}, TypeError, "that of ana"),
            ({"managers": {"": "mia"}}, ValueError, "a name"),
            ({"deputies": {"ana": "tom"}}, TypeError, "that of ana"),
            ({"limits": {"mia": 5}}, TypeError, "that of mia"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, told, error, text):
        with pytest.raises(error, match=text):
            StaffDirectory(**told)

    def test_a_directory_answers_every_question(self):
        with pytest.raises(TypeError, match="directory must be a Directory"):
            RequestPolicies(directory=object())
