"""
Ways around authorization that somebody might try, each told as a story and each refused.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from itil_ops import (
    REQUEST_LIFECYCLE,
    Actor,
    BusinessDays,
    ChangeId,
    GuardRefusedError,
    NotPermittedError,
    OutOfOrderError,
    ProcessRole,
    RequestCancellationReason,
    RequestPolicies,
    ServiceRequest,
    StaffDirectory,
    TaskId,
)
from itil_ops.catalog import (
    ApprovalKind,
    Approver,
    ApproverRole,
    CatalogItem,
    RequestModel,
    Service,
    ServiceCatalog,
    StandardChange,
    TaskTemplate,
    Vetoed,
)
from itil_ops.kernel.table import Transition
from itil_ops.kernel.vocabulary import ChangeStatus
from record_doubles import nothing_changes, rules_of
from request_doubles import (
    ANA,
    BO,
    CHAIR,
    DESK,
    FIRST,
    INSTALL,
    KIM,
    MIA,
    ORDER,
    ROBOT,
    SECOND,
    after,
    drafted,
    eur,
    item,
    minute,
    standing,
    through,
)


ZOE = Actor("zoe")
SAM = Actor("sam")

BY_THE_MANAGER = RequestModel(
    name="laptop", group="depot", approval=Approver(ApproverRole.LINE_MANAGER)
)
BY_THE_OWNER = RequestModel(
    name="badge", group="depot", approval=Approver(ApproverRole.SERVICE_OWNER)
)
TWO_DAYS = RequestModel(
    name="laptop", group="depot", approval=Approver("mia", expires_after=BusinessDays(2))
)
#: The time that Mia has, once she was asked on that Monday morning.
TIME_IS_OVER = datetime(2026, 3, 5, tzinfo=UTC)

BADGE = RequestModel(name="badge", group="depot", standard_change=StandardChange("add-a-badge"))
LAPTOP = RequestModel(name="laptop", group="depot", standard_change=StandardChange("add-a-laptop"))


def staff(**known):
    return RequestPolicies(directory=StaffDirectory(**known))


def holding(name, *roles):
    return Actor(name, roles=roles)


def refused_by(request, action, **told):
    """
    Return the rules that refuse an attempt, which changes nothing.
    """
    with nothing_changes(request), pytest.raises(GuardRefusedError) as refusal:
        after(request, action, **told)
    return rules_of(refusal)


def not_permitted(request, action, **told):
    """
    Return the roles of which an attempt takes one.
    """
    with nothing_changes(request), pytest.raises(NotPermittedError) as refusal:
        after(request, action, **told)
    return refusal.value.needed


def asked_for(model, policies=None, **fields):
    """
    Return a request for a model that waits for who has to agree.
    """
    submitted = after(drafted(items=[item(model)], **fields), "submit")
    return after(submitted, "request_authorization", policies=policies)


# ---- To agree to what is one's own --------------------------------------------------------------


class TestOwnInterest:
    def test_who_asked_for_it_is_not_rid_of_that_by_naming_another_requester(self):
        wish = drafted(items=[], description="A new car.", requester="ana")
        moved = through(wish, "submit", ("revise", {"requester": "zoe", "by": ANA}))

        assert moved.requester == "zoe"
        assert refused_by(moved, "authorize", by=ANA) == ["nobody_authorizes_their_own"]
        assert after(moved, "authorize", by=DESK).is_authorized

    def test_who_was_to_get_it_is_not_asked_to_agree_to_it(self):
        knows = staff(managers={"ana": "mia", "mia": "bo"})
        hers = through(drafted(items=[item(BY_THE_MANAGER)], requested_for="mia"), "submit")
        moved = after(hers, "revise", requested_for="ana", by=MIA)
        waiting = after(moved, "request_authorization", policies=knows)

        assert [(one.approver, one.in_place_of) for one in waiting.approvals] == [("bo", "mia")]
        assert refused_by(waiting, "approve", by=MIA, policies=knows) == [
            "somebody_who_was_asked_decides",
            "nobody_approves_their_own",
        ]

    def test_nor_does_a_deputy_of_who_first_asked(self):
        knows = staff(deputies={"ana": ["kim"], "mia": ["kim"]})
        moved = through(drafted(items=[item(TWO_DAYS)]), "submit", ("revise", {"requester": "zoe"}))
        waiting = after(moved, "request_authorization", policies=knows)

        rules = refused_by(waiting, "approve", by=KIM, policies=knows)
        assert rules == ["nobody_approves_their_own"]

    def test_a_requester_who_acts_for_the_manager_does_not_pick_who_approves(self):
        knows = staff(managers={"ana": "mia"}, deputies={"mia": ["ana"]})
        waiting = asked_for(BY_THE_MANAGER, knows)

        told = {"to": "zoe", "policies": knows}
        assert refused_by(waiting, "delegate", by=ANA, **told) == ["nobody_approves_their_own"]
        assert refused_by(waiting, "delegate", by=ANA, approval=None, **told) == [
            "nobody_approves_their_own"
        ]
        assert after(waiting, "delegate", by=MIA, **told).approvals[0].delegate == "zoe"

    def test_who_spoke_in_one_seat_is_no_delegate_in_another(self):
        knows = staff(deputies={"mia": ["kim"]})
        spoken = after(standing("waiting_authorization"), "approve", by=KIM, policies=knows)

        rules = refused_by(spoken, "delegate", approval=SECOND, to="kim", by=BO)
        assert rules == ["the_delegate_may_approve"]


# ---- To play for time, or against it ------------------------------------------------------------


class TestTime:
    #: Mia agrees, and Sam may object.
    VETOED = RequestModel(
        name="laptop",
        group="depot",
        approval=Vetoed(
            Approver("mia"),
            by=[
                Approver("sam", kind=ApprovalKind.COMPLIANCE, expires_after=timedelta(hours=48)),
                Approver("kim", kind=ApprovalKind.TECHNICAL),
            ],
        ),
    )

    def vetoing(self):
        """
        Return a request to which Mia agreed, and to which nobody objected yet.
        """
        agreed = after(asked_for(self.VETOED), "approve", by=MIA)
        assert agreed.state.name == "waiting_authorization"
        return agreed, {one.approver: one.id for one in agreed.open_approvals}

    def test_a_veto_is_not_silenced_by_less_time_to_speak(self):
        agreed, asked = self.vetoing()
        soon = {"at": minute(60), "until": minute(61), "by": ANA}

        rules = refused_by(agreed, "extend_approval", approval=asked["sam"], **soon)
        assert rules == ["the_extension_gives_more_time"]
        early = {"at": minute(61), "by": ANA}
        assert refused_by(agreed, "expire_approval", approval=asked["sam"], **early) == [
            "its_time_is_over"
        ]
        vetoed = after(agreed, "decline", approval=asked["sam"], by=SAM)
        assert vetoed.state.name == "rejected"

    def test_nor_by_a_time_where_there_was_none(self):
        agreed, asked = self.vetoing()
        analyst = holding("li", ProcessRole.SECOND_LINE_ANALYST)
        soon = {"at": minute(60), "until": minute(61), "by": analyst}

        rules = refused_by(
            agreed,
            "extend_approval",
            approval=asked["kim"],
            policies=RequestPolicies.strict(),
            **soon,
        )
        assert rules == ["the_extension_gives_more_time"]

    @pytest.mark.parametrize("action", ["approve", "decline", "delegate"])
    def test_what_was_not_decided_in_time_is_decided_no_more(self, action):
        waiting = asked_for(TWO_DAYS)
        assert waiting.part(FIRST).expires_at == TIME_IS_OVER

        rules = refused_by(waiting, action, at=TIME_IS_OVER)
        assert rules == ["it_is_decided_in_time"]
        assert after(waiting, action, at=TIME_IS_OVER - timedelta(minutes=1)).version

    def test_whether_it_is_late_does_not_depend_on_when_somebody_looks(self):
        waiting = asked_for(TWO_DAYS)
        late = TIME_IS_OVER + timedelta(days=3)
        expired = after(waiting, "expire_approval", at=late, by=ROBOT)

        assert expired.state.name == "rejected"
        assert refused_by(waiting, "approve", at=late, by=MIA) == ["it_is_decided_in_time"]

    def test_somebody_may_give_it_more_time_and_then_it_is_decided(self):
        waiting = asked_for(TWO_DAYS)
        late = TIME_IS_OVER + timedelta(days=1)
        longer = after(waiting, "extend_approval", at=late, until=late + timedelta(days=1))
        assert after(longer, "approve", by=MIA).is_authorized

    @pytest.mark.parametrize("action", ["start_fulfillment", "complete"])
    @pytest.mark.parametrize("way", [("submit",), ("submit", "authorize")], ids=["now", "before"])
    def test_what_a_person_authorizes_was_not_begun_before_that(self, way, action):
        wish = through(drafted(items=[], description="A new car."), *way)
        told = {"at": minute(99), "effective_at": minute(1)}
        with nothing_changes(wish), pytest.raises(OutOfOrderError) as refusal:
            after(wish, action, **told)
        assert refusal.value.last == (wish.authorized_at or minute(99))

    @pytest.mark.parametrize("action", ["complete", "suspend", "deliver"])
    def test_what_came_late_is_not_told_as_if_it_had_come_in_time(self, action):
        two = RequestModel(name="laptop", group="depot")
        begun = through(drafted(items=[item(two, quantity=2)]), "submit", "start_fulfillment")
        late = after(begun, "deliver", at=minute(200))
        told = {"at": minute(300), "effective_at": minute(50)}
        with nothing_changes(late), pytest.raises(OutOfOrderError) as refusal:
            after(late, action, **told)
        assert refusal.value.last == minute(200)

    def test_who_authorizes_by_beginning_does_so_as_it_is_recorded(self):
        wish = through(drafted(items=[], description="A new car."), "submit")
        begun = after(wish, "start_fulfillment", at=minute(99))
        authorized = begun.last_entry("authorize")
        assert begun.authorized_at == authorized.effective_at == authorized.at == minute(99)
        assert authorized.decided == {"authorized_at": "model_approval"}

    def test_what_its_model_authorizes_beforehand_may_be_told_late(self):
        submitted = standing("in_review preauthorized")
        begun = after(submitted, "start_fulfillment", at=minute(99), effective_at=minute(9))
        assert begun.authorized_at == begun.started_at == minute(9)
        assert begun.journal[-1].at == minute(99)


# ---- To act with a role in what is no matter of that role ---------------------------------------


class TestRoles:
    STRICT = RequestPolicies.strict(completeness=())
    MALLORY = holding("mallory", ProcessRole.USER)

    @pytest.mark.parametrize("place", ["draft", "in_review"])
    @pytest.mark.parametrize("name", ["requester", "requested_for"])
    def test_a_user_does_not_make_the_request_of_another_their_own(self, place, name):
        anas = standing(place)
        told = {name: "mallory", "title": "Mine", "by": self.MALLORY, "policies": self.STRICT}
        needed = not_permitted(anas, "revise", **told)
        assert set(needed) == {"service_desk", "request_manager"}

    def test_and_so_does_not_withdraw_it_either(self):
        told = {"reason": RequestCancellationReason.WITHDRAWN, "by": self.MALLORY}
        assert not_permitted(standing("in_review"), "cancel", **told, policies=self.STRICT)

    def test_who_gave_it_away_has_it_no_more(self):
        ana = holding("ana", ProcessRole.USER)
        given = after(
            standing("in_review"), "revise", requester="zoe", by=ana, policies=self.STRICT
        )
        assert given.requester == "zoe"
        assert not_permitted(given, "revise", title="Mine", by=ana, policies=self.STRICT)

    @pytest.mark.parametrize("place", ["in_review", "in_review preauthorized"])
    @pytest.mark.parametrize("action", ["authorize", "reject"])
    def test_an_approver_whom_nobody_asked_decides_nothing(self, place, action):
        zoe = holding("zoe", ProcessRole.APPROVER)
        assert not_permitted(standing(place), action, by=zoe, policies=self.STRICT)

    @pytest.mark.parametrize("action", ["authorize", "reject"])
    def test_nor_while_others_are_asked(self, action):
        zoe = holding("zoe", ProcessRole.APPROVER)
        waiting = standing("waiting_authorization")
        assert not_permitted(waiting, action, by=zoe, policies=self.STRICT)

    def test_who_agreed_does_not_overrule_who_is_asked_besides(self):
        mia = holding("mia", ProcessRole.APPROVER)
        agreed = after(standing("waiting_authorization"), "approve", by=mia, policies=self.STRICT)
        told = {"by": mia, "at": agreed.journal[-1].at, "policies": self.STRICT}
        assert not_permitted(agreed, "reject", **told)

    def test_an_approver_decides_with_the_answer(self):
        mia, bo = (holding(name, ProcessRole.APPROVER) for name in ("mia", "bo"))
        waiting = standing("waiting_authorization")
        refused = after(waiting, "decline", by=mia, policies=self.STRICT)
        agreed = through(
            waiting,
            ("approve", {"by": mia, "policies": self.STRICT}),
            ("approve", {"approval": SECOND, "by": bo, "policies": self.STRICT}),
        )
        assert (refused.state.name, agreed.state.name) == ("rejected", "authorized")


# ---- To ask somebody else -----------------------------------------------------------------------


FAST = REQUEST_LIFECYCLE.extend(
    transitions=[
        Transition(
            "hurry", REQUEST_LIFECYCLE.state("in_review"), REQUEST_LIFECYCLE.state("in_progress")
        )
    ]
)


class HurriedRequest(ServiceRequest):
    """
    A request with a row of its own around the authorization.
    """

    __slots__ = ()

    lifecycle = FAST

    def hurry(self, **told):
        """
        Begin at once.
        """
        return self._step("hurry", **told)


class TestOwnRows:
    @pytest.mark.parametrize(
        ("action", "rules"),
        [
            ("deliver", ["it_is_authorized"]),
            ("complete", ["it_is_authorized"]),
            ("register_change", ["it_is_authorized"]),
        ],
    )
    def test_a_row_around_authorization_leads_to_nothing(self, action, rules):
        draft = drafted(HurriedRequest, items=[item(BY_THE_MANAGER)])
        hurried = after(draft, "submit").hurry(by=KIM, at=minute(5))
        told = {"item": "laptop"} if action == "deliver" else {}

        assert refused_by(hurried, action, **told) == rules


class TestModels:
    def test_no_model_authorizes_beforehand_what_its_price_does_not_cover(self):
        priced = attrs.evolve(CHAIR, price=eur(1))
        for dear in (
            {"items": [item(priced)], "estimate": eur(100_000)},
            {"items": [item(priced, price=eur(2))]},
            {"items": [item(CHAIR, price=eur(2))]},
            {"items": [item(CHAIR)], "estimate": eur(1)},
        ):
            request = after(drafted(**dear), "submit")
            assert not request.is_preauthorized
            refused = refused_by(request, "start_fulfillment", by=ANA)
            assert refused == ["nobody_authorizes_their_own"]
        for fair in (
            {"items": [item(priced, quantity=3)], "estimate": eur(3)},
            {"items": [item(priced)]},
            {"items": [item(CHAIR)]},
        ):
            request = after(drafted(**fair), "submit")
            assert after(request, "start_fulfillment", by=ANA).is_authorized


class TestServiceOwner:
    OWNERS = staff(service_owners={"toys": "friend", "payroll": "pat"})

    def test_the_owner_of_another_service_does_not_authorize(self):
        badge = item(BY_THE_OWNER, service="payroll")
        submitted = after(drafted(items=[badge], service="toys"), "submit")
        waiting = after(submitted, "request_authorization", policies=self.OWNERS)

        assert [one.approver for one in waiting.approvals] == ["pat"]
        told = {"by": Actor("friend"), "policies": self.OWNERS}
        assert refused_by(waiting, "approve", **told) == ["somebody_who_was_asked_decides"]

    def test_each_owner_is_asked_for_the_own_item(self):
        items = [
            item(BY_THE_OWNER, name=service, service=service) for service in ("toys", "payroll")
        ]
        submitted = after(drafted(items=items), "submit")
        waiting = after(submitted, "request_authorization", policies=self.OWNERS)
        assert [one.approver for one in waiting.open_approvals] == ["friend"]

        told = {"policies": self.OWNERS}
        half = after(waiting, "approve", by=Actor("friend"), **told)
        assert half.state.name == "waiting_authorization"
        assert after(half, "approve", approval=SECOND, by=Actor("pat"), **told).is_authorized

    def test_whom_the_catalog_names_is_asked_where_the_directory_knows_nobody(self):
        catalog = ServiceCatalog(
            services=[Service("payroll", owner="pat")],
            items=[CatalogItem("badge", model="badge", service="payroll")],
            models=[BY_THE_OWNER],
        )
        badge = item(BY_THE_OWNER, service="payroll")
        waiting = asked_of(badge, RequestPolicies(catalog=catalog))
        assert [one.approver for one in waiting.approvals] == ["pat"]


def asked_of(wanted, policies):
    return after(
        after(drafted(items=[wanted]), "submit"), "request_authorization", policies=policies
    )


# ---- To go on without the change ----------------------------------------------------------------


class TestStandardChange:
    def changed(self, *statuses):
        """
        Return an authorized request whose standard change came to each status in turn.
        """
        told = [("record_change", {"status": status}) for status in statuses]
        return through(
            drafted(items=[item(LAPTOP)]), "submit", "authorize", "register_change", *told
        )

    @pytest.mark.parametrize("status", [ChangeStatus.REJECTED, ChangeStatus.FAILED])
    def test_a_change_that_came_to_nothing_is_none_to_begin_with(self, status):
        rejected = self.changed(status)
        rules = ["the_standard_change_is_registered"]

        assert refused_by(rejected, "start_fulfillment") == rules
        assert refused_by(rejected, "complete", note="Done.") == rules
        another = after(rejected, "register_change", change=ChangeId("CHG-2"))
        assert after(another, "start_fulfillment").state.name == "in_progress"

    def test_a_change_that_failed_on_the_way_is_told_of_at_the_end(self):
        begun = through(
            self.changed(ChangeStatus.APPROVED),
            "start_fulfillment",
            ("record_change", {"status": ChangeStatus.FAILED}),
        )
        assert refused_by(begun, "complete") == ["what_is_missing_is_explained"]
        assert after(begun, "complete", note="By hand, as agreed.").state.name == "completed"

    def test_one_change_does_not_stand_for_several(self):
        draft = drafted(items=[item(LAPTOP), item(BADGE)])
        rules = ["it_takes_one_standard_change_at_most"]

        assert refused_by(draft, "submit") == rules
        one = after(drafted(items=[item(LAPTOP)]), "submit")
        assert refused_by(one, "revise", items=draft.items) == rules

    def test_a_change_is_not_registered_while_somebody_has_to_agree(self):
        held = after(standing("waiting_authorization"), "suspend")
        assert refused_by(held, "register_change") == ["it_is_authorized"]


# ---- To work on what rests on nothing -----------------------------------------------------------


class TestWork:
    @pytest.mark.parametrize("started", [False, True], ids=["ready", "started"])
    def test_nobody_goes_on_with_what_rests_on_work_that_is_done_once_more(self, started):
        begun = through(standing("in_progress"), "complete_task")
        if started:
            begun = after(begun, "start_task", task=INSTALL)
        redone = after(begun, "redo_task", task=ORDER)

        assert redone.part(INSTALL).state.name == "waiting"
        for action in ("start_task", "complete_task"):
            assert refused_by(redone, action, task=INSTALL) == ["what_it_depends_on_is_over"]
        done = through(redone, "complete_task", ("complete_task", {"task": INSTALL}))
        assert after(done, "complete").outcome == "successful"

    def test_what_was_done_already_stays_done(self):
        done = through(
            standing("in_progress"), "complete_task", ("complete_task", {"task": INSTALL})
        )
        redone = after(done, "redo_task", task=ORDER)
        assert redone.part(INSTALL).state.name == "done"
        assert refused_by(redone, "complete") == ["mandatory_tasks_are_over"]

    AUTOMATED = RequestModel(
        name="laptop",
        group="depot",
        tasks=[TaskTemplate("order", automated=True, attempts=2), TaskTemplate("note")],
    )

    def given_up(self):
        """
        Return a request whose robot failed as often as it may.
        """
        begun = through(drafted(items=[item(self.AUTOMATED)]), "submit", "start_fulfillment")
        failing = ("fail_task", {"by": ROBOT})
        return through(begun, failing, ("retry_task", {"by": ROBOT}), failing)

    def test_a_robot_that_failed_does_not_try_for_ever(self):
        stuck = self.given_up()
        assert stuck.part(ORDER).retry_at is None
        assert refused_by(stuck, "retry_task", by=ROBOT) == ["another_attempt_is_left"]

    @pytest.mark.parametrize("again", [(), ("retry_task",)], ids=["at once", "tried again"])
    def test_a_person_does_by_hand_what_the_robot_could_not(self, again):
        by_hand = through(self.given_up(), *again, "complete_task")
        assert by_hand.part(ORDER).state.name == "done"
        note = TaskId("laptop/note")
        assert after(after(by_hand, "complete_task", task=note), "complete").outcome == "successful"

    def test_while_a_robot_is_to_try_again_nothing_is_complete(self):
        begun = through(drafted(items=[item(self.AUTOMATED)]), "submit", "start_fulfillment")
        failed = through(
            begun,
            ("fail_task", {"by": ROBOT}),
            ("complete_task", {"task": TaskId("laptop/note")}),
        )
        assert failed.part(ORDER).retry_at is not None
        rules = refused_by(failed, "complete", note="It will work.")
        assert rules == ["mandatory_tasks_are_over"]
