"""
A caller's own record: a field, a verb, a wider lifecycle, and no line of ours changed.
"""

from __future__ import annotations

import copy
import pickle

from functools import cached_property

import attrs
import pytest

from itil_ops import (
    Incident,
    IncidentPolicies,
    KnownError,
    Problem,
    RequestPolicies,
    ServiceRequest,
)
from itil_ops.errors import GuardRefusedError, IllegalTransitionError, UnknownActionError
from itil_ops.incident.lifecycle import INCIDENT_LIFECYCLE
from itil_ops.kernel.guard import integrity
from itil_ops.kernel.identity import IncidentId
from itil_ops.kernel.journaled import Step
from itil_ops.kernel.policies import Policies
from itil_ops.kernel.table import STAY, Phase, State, Transition
from itil_ops.kernel.vocabulary import PendingReason
from kernel_doubles import LI, P1, PARCEL_LIFECYCLE, T0, Parcel, t, take


LOCKER = State("in_locker", Phase.WAITING)


@integrity
def a_code_is_given(parcel, step):
    return None if parcel.code else "there is no code"


WIDER = PARCEL_LIFECYCLE.extend(
    states=[LOCKER],
    transitions=[
        Transition("lock_in", (Phase.ACTIVE, Phase.DONE), LOCKER, [a_code_is_given]),
        Transition("knock", LOCKER, STAY),
    ],
)


class LockerVerbs:
    __slots__ = ()

    def lock_in(self, code, **told):
        return self._step("lock_in", {"code": code}, **told)

    def knock(self, **told):
        return self._step("knock", {"knocks": self.knocks + 1}, **told)


@attrs.frozen(kw_only=True)
class Slotted(LockerVerbs, Parcel):
    lifecycle = WIDER

    code: str | None = None
    knocks: int = 0


@attrs.frozen(kw_only=True, slots=False)
class WithDict(LockerVerbs, Parcel):
    lifecycle = WIDER

    code: str | None = None
    knocks: int = 0


@attrs.frozen(kw_only=True, slots=False)
class WithDictOverSlots(Slotted):
    colour: str = "brown"


@attrs.frozen(kw_only=True)
class SlottedOverDict(WithDict):
    colour: str = "brown"


class Plain(Slotted):
    pass


@attrs.frozen(kw_only=True)
class Jiggled(Parcel):
    lifecycle = PARCEL_LIFECYCLE.extend(
        transitions=[Transition("jiggle", Phase.ACTIVE, STAY)], consequences=["jiggle"]
    )

    def sort(self, **told):
        return self._take(Step("sort"), Step("jiggle"), **told)


class PlainSlotted(Slotted):
    __slots__ = ()


@attrs.frozen(kw_only=True)
class Mandatory(Slotted):
    shelf: int

    @cached_property
    def label(self):
        return f"{self.id}/{self.shelf}"


KINDS = pytest.mark.parametrize(
    "kind", [Slotted, WithDict, WithDictOverSlots, SlottedOverDict, Plain, PlainSlotted]
)


def begun(kind, **fields):
    return kind.post(P1, title="Books", grams=900, by=LI, at=T0, **fields)


def lived(kind):
    parcel = begun(kind).sort(by=LI, at=t(1)).lock_in("1234", by=LI, at=t(2))
    return parcel.knock(by=LI, at=t(3)).scan("Beep.", by=LI, at=t(4))


@KINDS
def test_a_subclass_has_its_field_its_verb_and_its_state(kind):
    parcel = lived(kind)

    assert type(parcel) is kind
    assert (parcel.state, parcel.code, parcel.knocks, parcel.version) == (LOCKER, "1234", 1, 5)
    assert parcel.journal[2].changes == {"code": "1234", "returns_to": "sorted"}
    assert {"lock_in", "knock"}.isdisjoint(begun(Parcel).allowed)


@KINDS
def test_a_subclass_refuses_by_its_own_rule(kind):
    parcel = begun(kind)

    with pytest.raises(GuardRefusedError, match="there is no code"):
        parcel.lock_in(None, by=LI, at=t(1))
    with pytest.raises(IllegalTransitionError):
        parcel.knock(by=LI, at=t(1))
    assert [reason.rule for reason in parcel.why_not("lock_in", by=LI, at=t(1))] == [
        "a_code_is_given"
    ]


@KINDS
def test_what_was_there_works_on_what_was_added(kind):
    locked = lived(kind)

    assert locked.resume(by=LI, at=t(5)).state.name == "sorted"
    assert locked.lose("Nobody knows.", by=LI, at=t(5)).state.name == "lost"
    assert locked.allowed == ("hold", "declare", "resume", "lose", "scan", "frank", "knock")


@KINDS
def test_a_subclass_survives_replay(kind):
    parcel = lived(kind)

    assert kind.replay(parcel.journal) == parcel
    assert kind.replay(parcel.journal).code == "1234"
    assert parcel.as_of(t(2)).code == "1234"
    assert parcel.as_of(t(1)).code is None


@KINDS
@pytest.mark.parametrize(
    "through", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_a_subclass_survives_copy_and_pickle(kind, through):
    parcel = lived(kind)

    other = through(parcel)

    assert (type(other), other) == (kind, parcel)
    assert (other.code, other.knocks) == ("1234", 1)
    assert other.resume(by=LI, at=t(5)) == parcel.resume(by=LI, at=t(5))


@KINDS
def test_a_subclass_keeps_hash_equality_and_repr(kind):
    parcel = lived(kind)

    assert hash(parcel) == hash((kind, P1, 5))
    assert parcel == lived(kind)
    assert parcel != begun(kind)
    assert repr(parcel) == f"<{kind.__name__} P-1 in_locker v5: Books>"


def test_records_of_different_classes_are_never_equal():
    assert lived(Slotted) != lived(Plain)
    assert hash(lived(Slotted)) != hash(lived(Plain))


def test_a_subclass_may_ask_for_a_field():
    parcel = begun(Mandatory, shelf=7)

    assert (parcel.shelf, parcel.label) == (7, "P-1/7")
    assert parcel.sort(by=LI, at=t(1)).label == "P-1/7"
    assert Mandatory.replay(parcel.journal) == parcel
    with pytest.raises(TypeError, match="shelf"):
        begun(Mandatory)


def test_a_subclass_may_speak_for_itself():
    @attrs.frozen(kw_only=True)
    class Loud(Parcel):
        def __repr__(self):
            return "PARCEL!"

        def __hash__(self):
            return 7

    parcel = begun(Loud)

    assert (repr(parcel), hash(parcel)) == ("PARCEL!", 7)


def test_a_journal_without_the_added_field_gives_its_default():
    journal = begun(Parcel).sort(by=LI, at=t(1)).journal

    parcel = Slotted.replay(journal)

    assert (parcel.code, parcel.knocks, parcel.state.name) == (None, 0, "sorted")


# ---- An incident, as a caller would widen it ----------------------------------------------------


VENDOR = State("awaiting_vendor", Phase.WAITING, meaning="The vendor has it.")


@attrs.frozen(kw_only=True)
class VendorIncident(Incident):
    lifecycle = INCIDENT_LIFECYCLE.extend(
        states=[VENDOR],
        transitions=[Transition("hand_to_vendor", (Phase.ACTIVE, Phase.WAITING), VENDOR)],
    )

    vendor: str | None = None

    def hand_to_vendor(self, vendor, *, by, at):
        changes = {"vendor": vendor, "pending_reason": PendingReason.AWAITING_SUPPLIER}
        return self._step("hand_to_vendor", changes, by=by, at=at)


def test_an_incident_can_wait_for_a_vendor_in_a_state_of_its_own():
    incident = VendorIncident.log(
        IncidentId("INC-1"), title="Mail is down", service="email", by=LI, at=T0
    )
    waiting = incident.start(by=LI, at=t(1)).hand_to_vendor("Acme", by=LI, at=t(2))
    resumed = waiting.comment("They work on it.", by=LI, at=t(3)).resume(by=LI, at=t(4))

    assert (waiting.state, waiting.vendor) == (VENDOR, "Acme")
    assert (resumed.state.name, resumed.pending_reason) == ("in_progress", None)
    assert VendorIncident.replay(resumed.journal) == resumed
    assert pickle.loads(pickle.dumps(resumed)) == resumed
    assert take(waiting, "resume", by=LI, at=t(5)).state.name == "in_progress"


# ---- What no verb takes -------------------------------------------------------------------------


def test_what_only_follows_from_other_steps_needs_no_verb_and_is_not_offered():
    parcel = Jiggled.post(P1, title="Books", grams=900, by=LI, at=T0)

    jiggled = parcel.sort(by=LI, at=t(1))

    assert [entry.action for entry in jiggled.journal] == ["post", "sort", "jiggle"]
    assert Jiggled.replay(jiggled.journal) == jiggled
    assert "jiggle" in jiggled.lifecycle.allowed("sorted")
    assert "jiggle" not in jiggled.allowed
    with pytest.raises(IllegalTransitionError) as refusal:
        jiggled.arrive(by=LI, at=t(2))
    assert "jiggle" not in refusal.value.allowed
    assert "jiggle" not in str(refusal.value)


@pytest.mark.parametrize("asked", ["jiggle", "jixel"])
def test_what_only_follows_from_other_steps_cannot_be_asked_for(asked):
    parcel = Jiggled.post(P1, title="Books", grams=900, by=LI, at=T0)

    with pytest.raises(UnknownActionError) as refusal:
        parcel.why_not(asked, by=LI, at=t(1))

    assert refusal.value.nearest is None
    what = {"jiggle": "it only follows from other steps", "jixel": "no such action"}[asked]
    known = ", ".join(name for name in Jiggled.lifecycle.actions if name != "jiggle")
    assert f": {what}; known: {known}, soak, dry" in str(refusal.value)


def test_a_class_has_a_verb_for_whatever_else_its_lifecycle_says():
    with pytest.raises(TypeError, match=r"no verbs for its lifecycle's actions \['flatten'\]"):

        class Flat(Parcel):
            lifecycle = Jiggled.lifecycle.extend(
                transitions=[Transition("flatten", Phase.ACTIVE, STAY)]
            )


@pytest.mark.parametrize("kind", [Incident, Problem, KnownError, ServiceRequest])
def test_exactly_what_a_record_has_no_verb_for_is_said_to_follow_from_other_steps(kind):
    for lifecycle in (kind.lifecycle, *(part.lifecycle for part in kind.part_types.values())):
        without = {name for name in lifecycle.actions if not callable(getattr(kind, name, None))}
        assert lifecycle.consequences == without


# ---- Policies of a class ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policies", "words"),
    [
        (IncidentPolicies(), "must be a RequestPolicies, not the IncidentPolicies"),
        (Policies(), "must be a RequestPolicies, not Policies"),
        (RequestPolicies, "must be a RequestPolicies, not <class"),
        (None, "must be a RequestPolicies, not None"),
    ],
)
def test_a_class_has_policies_of_its_own_room(policies, words):
    with pytest.raises(TypeError, match=f"policies of Astray {words}"):
        type("Astray", (ServiceRequest,), {"policies": policies})


def test_a_class_may_have_wider_policies_and_those_below_it_keep_to_them():
    @attrs.frozen(kw_only=True)
    class ShopPolicies(RequestPolicies):
        discount: int = 0

    class ShopRequest(ServiceRequest):
        policies = ShopPolicies(discount=5)

    class LateRequest(ShopRequest):
        policies = ShopPolicies()

    assert LateRequest.policies.discount == 0
    with pytest.raises(TypeError, match="policies of Narrow must be a ShopPolicies"):
        type("Narrow", (LateRequest,), {"policies": RequestPolicies()})
