"""
The staff directory: who is whose manager, deputy or owner.
"""

from __future__ import annotations

import pytest

from itil_ops.catalog import Approver, ApproverRole, Service, ServiceCatalog
from itil_ops.kernel.instant import utc
from itil_ops.kernel.vocabulary import Criticality
from itil_ops.request.directory import NOBODY_KNOWN, StaffDirectory
from itil_ops.request.policies import RequestPolicies
from itil_ops.request.seating import seated
from request.making import BOARD, STAFF, day, drafted, eur, item_of, model, submitted


BOSS, PAYER, OWNER = (
    ApproverRole.LINE_MANAGER,
    ApproverRole.BUDGET_CENTER,
    ApproverRole.SERVICE_OWNER,
)


HIGH, LOW = Criticality("high"), Criticality("low")
HOSTING = ServiceCatalog(
    services=[Service("hosting", owner="hugo", criticality=HIGH), Service("attic")]
)


def owners(item, policies, **fields):
    """
    Return who is asked for an item under such policies.
    """
    found = seated(submitted(item, **fields), policies, utc(day(2)))
    assert found.missing == ()
    return [seat.person for seat in found.rule.seats]


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

    def test_for_an_item_the_owner_of_its_service_alone(self):
        staff = StaffDirectory(service_owners={"mail": "pat", "disk": "lou"})
        items = [item_of(model(), name=name, service=name) for name in ("mail", "disk")]
        request = submitted(*items)

        assert staff.approvers(OWNER, request, request.item("disk")) == ("lou",)
        assert staff.approvers(OWNER, submitted(), submitted().items[0]) == ()
        of_request = submitted(service="mail")
        assert staff.approvers(OWNER, of_request, of_request.items[0]) == ("pat",)

    def test_the_catalog_knows_who_owns_a_service_where_the_directory_does_not(self):
        policies = RequestPolicies(catalog=HOSTING)
        owned = model(approval=Approver(OWNER))

        assert owners(item_of(owned, service="hosting"), policies) == ["hugo"]
        assert owners(item_of(owned), policies, service="hosting") == ["hugo"]
        staff = StaffDirectory(service_owners={"hosting": "pat"})
        both = RequestPolicies(catalog=HOSTING, directory=staff)
        assert owners(item_of(owned, service="hosting"), both) == ["pat"]

    @pytest.mark.parametrize(
        ("service", "policies"),
        [
            ("attic", RequestPolicies(catalog=HOSTING)),
            ("shed", RequestPolicies(catalog=HOSTING)),
            ("hosting", RequestPolicies()),
        ],
    )
    def test_a_service_that_nobody_owns_is_named(self, service, policies):
        item = item_of(model(approval=Approver(OWNER)), service=service)
        found = seated(submitted(item), policies, utc(day(2)))

        text = f"nobody can be asked as service_owner of {service}: the directory knows none"
        assert found.missing == (text,)

    def test_the_catalog_tells_how_much_depends_on_a_service(self):
        policies = RequestPolicies(catalog=HOSTING)
        item = item_of(model(), service="hosting")

        assert drafted(item, policies=policies).criticality is HIGH
        assert drafted(service="hosting", policies=policies).criticality is HIGH
        assert drafted(item, policies=policies, criticality=LOW).criticality is LOW
        assert drafted(item).criticality is None


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
        assert staff.limit("ana") is None
        assert (staff.units("ana"), staff.roles("ana")) == (("sales",), ("buyer",))

    def test_all_others_have_the_usual_limit(self):
        staff = StaffDirectory(limits={"mia": eur(5)}, usual_limit=eur(0))

        assert (staff.limit("mia"), staff.limit("zoe")) == (eur(5), eur(0))

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
            ({"usual_limit": 5}, TypeError, "usual_limit"),
            ({"usual_limit": eur(-1)}, ValueError, "usual_limit must not be negative"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, told, error, text):
        with pytest.raises(error, match=text):
            StaffDirectory(**told)

    def test_a_directory_answers_every_question(self):
        with pytest.raises(TypeError, match="directory must be a Directory"):
            RequestPolicies(directory=object())
