"""
The one place that takes a step, and what a record is as a value.
"""

from __future__ import annotations

import copy
import itertools
import pickle

import attrs
import pytest

from itil_ops.errors import (
    GuardRefusedError,
    IllegalTransitionError,
    NotPermittedError,
    OutOfOrderError,
    Reason,
    RefusedError,
    UnknownActionError,
)
from itil_ops.kernel.actor import Actor, ProcessRole
from itil_ops.kernel.journal import NO_CHANGES, Changes
from itil_ops.kernel.journaled import Step, stored
from itil_ops.kernel.policies import Policies
from itil_ops.kernel.vocabulary import PendingReason
from kernel_doubles import (
    ANA,
    ARGUMENTS,
    ARRIVED,
    AT_CUSTOMS,
    HELD,
    LI,
    MOVING,
    OPERATORS,
    P1,
    PARCEL_LIFECYCLE,
    RECEIVED,
    S1,
    SORTED,
    STRICT,
    T0,
    WEATHER,
    Parcel,
    ParcelId,
    ParcelPolicies,
    parcel_in,
    posted,
    t,
    take,
)


ROLES = ParcelPolicies(authorization=OPERATORS)


# ---- A step -------------------------------------------------------------------------------------


def test_the_first_entry_holds_every_field():
    parcel = posted(note="Handle with care.", express=True)

    (entry,) = parcel.journal

    fields = {field.name for field in attrs.fields(Parcel)}
    assert set(entry.changes) == fields - {"state", "parts", "journal", "stored_version"}
    assert (entry.record, entry.number, entry.action, entry.note) == (
        P1,
        1,
        "post",
        "Handle with care.",
    )
    assert (entry.from_state, entry.to_state, entry.lifecycle_version) == (None, "sorted", 1)
    assert (entry.by, entry.at, entry.effective_at) == (LI, T0, T0)
    assert (entry.cause, entry.part, entry.decided) == (None, None, NO_CHANGES)


def test_a_step_appends_one_entry_with_what_differs():
    parcel = posted(route="Lyon")

    moved = parcel.dispatch("Lyon", by=ANA, at=t(1))
    held = moved.hold(WEATHER, by=ANA, at=t(2))

    assert moved.journal[:1] == parcel.journal
    assert [entry.number for entry in held.journal] == [1, 2, 3]
    assert held.version == len(held.journal) == 3
    assert moved.journal[-1].changes == NO_CHANGES
    assert held.journal[-1].changes == {"pending_reason": WEATHER, "returns_to": "moving"}


def test_a_step_leaves_the_record_as_it_was():
    parcel = posted()

    parcel.dispatch("Lyon", by=LI, at=t(1))

    assert parcel == posted()


def test_an_entry_tells_what_a_policy_decided():
    parcel = posted(decided={"route": "nearest"})

    sorted_ = parcel._step("sort", by=LI, at=t(1), decided={"route": "fastest"})

    assert parcel.journal[0].decided == {"route": "nearest"}
    assert sorted_.journal[1].decided == {"route": "fastest"}


def test_the_first_row_whose_condition_holds_begins_the_record():
    assert posted().state == RECEIVED
    assert posted(express=True).state == SORTED
    assert posted(express=True, grams=30_000).state == SORTED


def test_leaving_a_hold_forgets_why_work_waited():
    held = posted().hold(WEATHER, until=t(60), by=LI, at=t(1))

    resumed = held.resume(by=LI, at=t(2))

    assert (held.pending_reason, held.pending_until) == (WEATHER, t(60))
    assert (resumed.pending_reason, resumed.pending_until, resumed.awaited) == (None, None, None)
    assert resumed.journal[-1].changes == {
        "returns_to": None,
        "pending_reason": None,
        "pending_until": None,
    }


def test_one_hold_after_another_keeps_its_own_reason():
    moved_on = posted().hold(WEATHER, by=LI, at=t(1)).declare(by=LI, at=t(2))

    assert (moved_on.state, moved_on.pending_reason) == (AT_CUSTOMS, PendingReason("customs"))


# ---- The state to return to ---------------------------------------------------------------------


@pytest.mark.parametrize("state", [RECEIVED, SORTED, MOVING])
def test_resuming_returns_to_the_state_that_was_left(state):
    parcel = parcel_in(state)

    resumed = parcel.hold(WEATHER, by=LI, at=t(1)).resume(by=LI, at=t(2))

    assert resumed.state == state
    assert resumed.returns_to is None


@pytest.mark.parametrize("state", [RECEIVED, SORTED, MOVING])
@pytest.mark.parametrize(
    "waits",
    [
        ("hold", "declare"),
        ("declare", "hold"),
        ("hold", "declare", "hold"),
        ("hold", "hold"),
        ("hold", "scan"),
        ("hold", "hold", "scan", "declare", "declare"),
    ],
)
def test_the_state_that_was_left_is_kept_between_waits_and_through_loops(state, waits):
    parcel = parcel_in(state)

    for action in waits:
        parcel = take(parcel, action, by=LI, at=t(1))
        assert parcel.returns_to == state.name
    resumed = parcel.resume(by=LI, at=t(2))

    assert resumed.state == state
    assert Parcel.replay(resumed.journal) == resumed


def test_each_hold_returns_to_where_it_began():
    parcel = posted().hold(WEATHER, by=LI, at=t(1)).resume(by=LI, at=t(1))
    parcel = parcel.sort(by=LI, at=t(2)).hold(WEATHER, by=LI, at=t(3)).resume(by=LI, at=t(4))

    assert parcel.state == SORTED


# ---- Refusals -----------------------------------------------------------------------------------


def test_a_guard_refuses_with_its_name_and_its_words():
    parcel = posted()

    with pytest.raises(GuardRefusedError) as caught:
        parcel.hold(None, by=LI, at=t(1))

    refused = caught.value
    assert str(refused) == (
        "parcel P-1: 'hold' refused in state 'received': there is no reason to wait"
    )
    assert (refused.subject, refused.action, refused.state) == ("parcel P-1", "hold", "received")
    assert refused.reasons == (Reason("a_reason_is_given", "there is no reason to wait"),)
    assert parcel == posted()


def test_a_beginning_may_be_refused_for_several_reasons():
    @attrs.frozen(kw_only=True)
    class Careful(Parcel):
        lifecycle = PARCEL_LIFECYCLE.extend(
            replace=[
                attrs.evolve(
                    PARCEL_LIFECYCLE.rows(None, "post")[1].transition,
                    guards=(
                        *PARCEL_LIFECYCLE.rows(None, "post")[1].transition.guards,
                        *PARCEL_LIFECYCLE.rows("received", "dispatch")[0].transition.guards,
                    ),
                )
            ]
        )

    with pytest.raises(GuardRefusedError) as caught:
        Careful.post(P1, title="Piano", grams=90_000, by=LI, at=T0, policies=STRICT)

    assert str(caught.value) == (
        "parcel P-1: 'post' refused: 90000 g is more than 20000 g;"
        " there is no route; it is not insured"
    )
    assert caught.value.state is None


def test_a_completeness_guard_speaks_under_policies_that_ask_for_it():
    parcel = posted()

    assert parcel.dispatch("Lyon", by=LI, at=t(1)).state == MOVING
    with pytest.raises(GuardRefusedError) as caught:
        parcel.dispatch(None, by=LI, at=t(1), policies=STRICT)
    assert [reason.rule for reason in caught.value.reasons] == ["a_route_is_given", "it_is_insured"]


def test_policies_hold_for_one_call():
    strict = ParcelPolicies(most_grams=500)

    with pytest.raises(GuardRefusedError, match="900 g is more than 500 g"):
        posted(policies=strict)
    assert posted().state == RECEIVED


def test_a_class_names_its_policies():
    @attrs.frozen(kw_only=True)
    class Insured(Parcel):
        policies = STRICT

    parcel = Insured.post(P1, title="Books", grams=900, by=LI, at=T0)

    with pytest.raises(GuardRefusedError, match="it is not insured"):
        parcel.dispatch("Lyon", by=LI, at=t(1))
    assert parcel.dispatch("Lyon", by=LI, at=t(1), policies=ParcelPolicies()).state == MOVING


def test_no_such_step_names_what_is_possible():
    with pytest.raises(IllegalTransitionError) as caught:
        posted().arrive(by=LI, at=t(1))

    refused = caught.value
    assert str(refused) == (
        "parcel P-1: 'arrive' refused in state 'received': no such step from here, but"
        " from moving; possible: sort, dispatch, weigh, hold, declare, lose, scan, frank"
    )
    assert (refused.lifecycle, refused.allowed) == ("parcel", posted().allowed)


def test_no_such_step_where_no_condition_holds_does_not_name_the_action_itself():
    delivered = parcel_in(ARRIVED).deliver("Eve", by=LI, at=t(1))

    with pytest.raises(IllegalTransitionError) as caught:
        delivered.send_back(by=LI, at=t(2))

    assert "send_back" in delivered.allowed
    assert caught.value.allowed == ("scan",)
    assert delivered.why_not("send_back", by=LI, at=t(2)) == caught.value.reasons


def test_an_unknown_action_names_the_nearest():
    with pytest.raises(UnknownActionError) as caught:
        posted().why_not("srot", by=LI, at=t(1))

    refused = caught.value
    assert str(refused) == (
        "parcel P-1: 'srot' refused in state 'received': no such action; did you mean 'sort'?"
    )
    assert (refused.lifecycle, refused.nearest) == ("parcel", "sort")


def test_an_unknown_action_may_be_meant_for_a_part():
    for asked, nearest in (("pres", "press"), ("pell", "peel")):
        with pytest.raises(UnknownActionError, match=f"did you mean {nearest!r}") as caught:
            posted().why_not(asked, by=LI, at=t(1))
        assert caught.value.nearest == nearest


def test_an_unknown_action_unlike_any_names_them_all():
    with pytest.raises(UnknownActionError) as caught:
        posted()._step("xyzzy", by=LI, at=t(1))

    assert caught.value.nearest is None
    of_parts = "soak, dry, value, press, peel"
    known = f"{', '.join(PARCEL_LIFECYCLE.actions)}, {of_parts}"
    assert str(caught.value).endswith(f"known: {known}")


def test_nothing_begins_with_a_step_that_begins_nothing():
    fields = {"id": P1, "title": "Books"}

    with pytest.raises(IllegalTransitionError) as caught:
        Parcel._begin("sort", by=LI, at=T0, fields=fields)
    assert str(caught.value) == (
        "parcel P-1: 'sort' refused: no such step from here, but from received; possible: post"
    )
    with pytest.raises(UnknownActionError):
        Parcel._begin("snort", by=LI, at=T0, fields=fields)


def test_who_may_not_is_told_the_needed_roles():
    parcel = posted()

    with pytest.raises(NotPermittedError) as caught:
        parcel.sort(by=LI, at=t(1), policies=ROLES)

    refused = caught.value
    assert str(refused) == (
        "parcel P-1: 'sort' refused in state 'received': li may not sort, it takes operator, system"
    )
    assert (refused.actor, refused.needed) == ("li", ("operator", "system"))
    assert [reason.rule for reason in refused.reasons] == ["permission"]
    assert parcel.sort(by=ANA, at=t(1), policies=ROLES).state == SORTED
    assert parcel.sort(by=Actor.system("belt"), at=t(1), policies=ROLES).state == SORTED


def test_who_may_not_begin_is_told_so():
    with pytest.raises(NotPermittedError) as caught:
        posted(grams=None, policies=ROLES)

    assert caught.value.state is None
    assert [reason.rule for reason in caught.value.reasons] == [
        "permission",
        "the_weight_is_known",
    ]


def test_no_such_step_goes_before_not_permitted():
    with pytest.raises(IllegalTransitionError):
        posted().arrive(by=LI, at=t(1), policies=ROLES)


def test_no_row_whose_condition_holds_goes_before_not_permitted():
    delivered = parcel_in(ARRIVED).deliver("Eve", by=LI, at=t(1))

    with pytest.raises(IllegalTransitionError):
        delivered.send_back(by=LI, at=t(2), policies=ROLES)


def test_not_permitted_goes_before_guards_and_tells_them_too():
    with pytest.raises(NotPermittedError) as caught:
        posted().hold(None, by=LI, at=t(1), policies=ROLES)

    assert str(caught.value) == (
        "parcel P-1: 'hold' refused in state 'received':"
        " li may not hold, it takes operator, system; there is no reason to wait"
    )
    assert [reason.rule for reason in caught.value.reasons] == ["permission", "a_reason_is_given"]


def test_a_step_that_no_role_may_take_says_so():
    nobody = attrs.evolve(ROLES, authorization=attrs.evolve(OPERATORS, permits=()))

    with pytest.raises(NotPermittedError) as caught:
        posted().sort(by=ANA, at=t(1), policies=nobody)

    assert caught.value.needed == ()
    assert "it takes a role that nobody has" in str(caught.value)


# ---- Several steps in one -----------------------------------------------------------------------


def test_each_step_of_several_names_the_one_it_follows_from():
    delivered = parcel_in(MOVING).deliver("neighbour", by=LI, at=t(1), note="At the door.")

    first, second = delivered.journal[-2:]
    assert [(e.action, e.from_state, e.to_state) for e in (first, second)] == [
        ("arrive", "moving", "arrived"),
        ("deliver", "arrived", "delivered"),
    ]
    assert (first.cause, second.cause) == (None, first.number)
    assert first.at == second.at
    assert Parcel.replay(delivered.journal) == delivered


def test_a_composite_takes_its_one_row_where_there_is_one():
    delivered = parcel_in(ARRIVED).deliver("neighbour", by=LI, at=t(1))

    assert [entry.action for entry in delivered.journal[3:]] == ["deliver"]
    assert delivered.journal[-1].cause is None


def test_three_steps_follow_from_each_other():
    parcel = posted()._take(
        Step("sort"), Step("dispatch", {"route": "Lyon"}), Step("arrive"), by=LI, at=t(1)
    )

    assert [entry.cause for entry in parcel.journal] == [None, None, 2, 3]


def test_all_steps_are_taken_or_none_and_all_reasons_told():
    parcel = posted()
    steps = Step("dispatch"), Step("hold")

    with pytest.raises(GuardRefusedError) as caught:
        parcel._take(*steps, by=LI, at=t(1), policies=STRICT)

    assert str(caught.value) == (
        "parcel P-1: 'dispatch' refused in state 'received':"
        " there is no route; it is not insured; there is no reason to wait"
    )
    assert parcel == posted()


def test_a_refusal_calls_several_steps_by_their_verb():
    with pytest.raises(GuardRefusedError, match="'set_aside' refused"):
        posted()._take(Step("sort"), Step("hold"), by=LI, at=t(1), verb="set_aside")


def test_a_later_step_that_is_refused_takes_the_earlier_ones_back():
    parcel = parcel_in(MOVING)

    with pytest.raises(GuardRefusedError) as caught:
        parcel.deliver(None, by=LI, at=t(1))

    assert (caught.value.action, caught.value.state) == ("deliver", "moving")
    assert parcel == parcel_in(MOVING)


def test_not_permitted_for_any_step_is_not_permitted():
    with pytest.raises(NotPermittedError) as caught:
        parcel_in(MOVING).deliver(None, by=LI, at=t(1), policies=ROLES)

    assert [reason.rule for reason in caught.value.reasons] == [
        "permission",
        "permission",
        "somebody_signs",
    ]


def test_guards_of_a_later_step_see_what_the_earlier_ones_changed():
    parcel = posted()._take(Step("sort", {"route": "Lyon"}), Step("dispatch"), by=LI, at=t(1))

    assert parcel.state == MOVING


# ---- Asking -------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", PARCEL_LIFECYCLE.states, ids=str)
@pytest.mark.parametrize("action", [a for a in PARCEL_LIFECYCLE.actions if a != "post"])
def test_why_not_is_empty_if_and_only_if_the_verb_would_pass(state, action):
    parcel = parcel_in(state)
    missing = {name: None for name in ARGUMENTS.get(action, {}) if name != "stamp"}
    for by, policies, minute, odd in itertools.product(
        [LI, ANA], [ParcelPolicies(), STRICT, ROLES], [-1, 1], [{}, missing]
    ):
        told = {**ARGUMENTS.get(action, {}), **odd, "by": by, "at": t(minute), "policies": policies}

        try:
            getattr(parcel, action)(**told)
        except OutOfOrderError as error:
            expected = (Reason("order", str(error)),)
        except RefusedError as error:
            expected = error.reasons
        else:
            expected = ()
        reasons = parcel.why_not(action, **told)

        assert bool(reasons) == bool(expected)
        assert minute < 0 or reasons == expected


def test_what_is_missing_is_none_to_the_guards_which_speak():
    parcel = posted()

    assert parcel.why_not("hold", by=LI, at=t(1)) == (
        Reason("a_reason_is_given", "there is no reason to wait"),
    )
    assert parcel.why_not("dispatch", by=LI, at=t(1), policies=STRICT) == (
        Reason("a_route_is_given", "there is no route"),
        Reason("it_is_insured", "it is not insured"),
    )
    assert parcel_in(MOVING).why_not("deliver", by=LI, at=t(1)) == (
        Reason("somebody_signs", "nobody signs"),
    )
    with pytest.raises(TypeError):
        parcel.hold(by=LI, at=t(1))


def test_a_verb_with_any_number_of_arguments_can_be_asked_about():
    class Tagged(Parcel):
        lifecycle = PARCEL_LIFECYCLE

        def scan(self, *tags, by, at):
            return self._step("scan", note=" ".join(tags) or None, by=by, at=at)

    parcel = Tagged.post(P1, title="Books", grams=900, by=LI, at=T0)

    assert parcel.scan("a", "b", by=LI, at=t(1)).journal[-1].note == "a b"
    assert parcel.why_not("scan", by=LI, at=t(1)) == (
        Reason("something_is_said", "there is no text"),
    )


def test_what_comes_too_early_is_told_as_a_reason():
    (reason,) = posted().why_not("sort", by=LI, at=t(-1))

    assert reason == Reason(
        "order",
        "parcel P-1: at 2026-03-02T08:59:00+00:00 lies before 2026-03-02T09:00:00+00:00",
    )


@pytest.mark.parametrize(
    ("told", "error"),
    [
        ({"by": "li", "at": t(1)}, TypeError),
        ({"by": LI, "at": "now"}, TypeError),
        ({"by": LI, "at": t(1).replace(tzinfo=None)}, ValueError),
        ({"by": LI, "at": t(1), "nonsense": 1}, TypeError),
    ],
)
def test_asking_with_bad_arguments_is_an_error(told, error):
    with pytest.raises(error):
        posted().why_not("sort", **told)


# ---- Bad arguments ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"by": "li"}, "by must be an Actor, not 'li'"),
        ({"by": None}, "by must be an Actor, not None"),
        ({"at": None}, "at must be an aware datetime, not None"),
        ({"at": "2026-03-02"}, "at must be an aware datetime, not '2026-03-02'"),
        ({"at": T0.date()}, "at must be an aware datetime, not datetime.date(2026, 3, 2)"),
        ({"effective_at": 5}, "effective_at must be an aware datetime, not 5"),
        ({"note": 5}, "note must be a str, not 5"),
        ({"policies": "strict"}, "policies must be a ParcelPolicies, not 'strict'"),
        ({"policies": Policies()}, "policies must be a ParcelPolicies, not Policies("),
    ],
)
def test_a_wrong_type_is_refused_and_nothing_changes(told, words):
    parcel = posted()

    with pytest.raises(TypeError) as caught:
        parcel._step("sort", **{"by": LI, "at": t(1), **told})

    assert str(caught.value).startswith(words)
    assert parcel == posted()


@pytest.mark.parametrize(
    "told",
    [
        {"at": t(1).replace(tzinfo=None)},
        {"effective_at": t(1).replace(tzinfo=None)},
        {"note": " "},
        {"note": "a\0b"},
        {"note": "\ud800"},
    ],
)
def test_a_value_that_makes_no_sense_is_refused_and_nothing_changes(told):
    parcel = posted()

    with pytest.raises(ValueError):
        parcel._step("sort", **{"by": LI, "at": t(1), **told})
    assert parcel == posted()


@pytest.mark.parametrize(
    "told",
    [{"by": "li"}, {"at": "now"}, {"note": 5}, {"policies": Policies()}, {"nonsense": 5}],
)
def test_a_wrong_type_begins_nothing(told):
    with pytest.raises(TypeError):
        posted(**told)


def test_a_missing_field_begins_nothing():
    with pytest.raises(TypeError, match="title"):
        Parcel._begin("post", by=LI, at=T0, fields={"id": P1})


@pytest.mark.parametrize(
    "changes",
    [{"nonsense": 1}, {"state": MOVING}, {"journal": ()}, {"parts": ()}, {"id": ParcelId("P-2")}],
)
def test_a_step_changes_known_fields_only(changes):
    parcel = posted()
    (name,) = changes

    with pytest.raises(TypeError) as caught:
        parcel._step("sort", changes, by=LI, at=t(1))

    assert str(caught.value) == f"Parcel has no field {name!r} to change"


def test_a_value_that_cannot_be_hashed_is_refused():
    with pytest.raises(TypeError, match="unhashable"):
        posted()._step("sort", {"route": ["Lyon"]}, by=LI, at=t(1))


def test_a_beginning_passes_over_nothing_that_it_is_told():
    begun = {"fields": {"id": P1, "title": "Books", "grams": 900}}

    with pytest.raises((TypeError, ValueError)):
        Parcel._begin("post", by=LI, at=T0, effective_at=t(1), **begun)
    with pytest.raises((TypeError, ValueError)):
        Parcel._begin("post", by=LI, at=T0, part=S1, **begun)


def test_a_record_without_verbs_for_its_actions_is_refused():
    with pytest.raises(TypeError) as caught:
        attrs.make_class(
            "Mute",
            [],
            bases=(Parcel,),
            class_body={
                "lifecycle": PARCEL_LIFECYCLE.extend(
                    transitions=[attrs.evolve(PARCEL_LIFECYCLE.transitions[-1], action="tie_up")]
                )
            },
        )

    assert str(caught.value) == "Mute has no verbs for its lifecycle's actions ['tie_up']"


# ---- Questions ----------------------------------------------------------------------------------


def test_a_record_is_open_while_there_is_work_to_do():
    assert [state.name for state in PARCEL_LIFECYCLE.states if parcel_in(state).is_open] == [
        "received",
        "sorted",
        "moving",
        "held",
        "at_customs",
    ]


def test_a_record_knows_when_it_began():
    assert posted().sort(by=LI, at=t(1)).logged_at == T0


def test_an_entry_is_found_by_its_action():
    parcel = posted().scan("One.", by=LI, at=t(1)).scan("Two.", by=LI, at=t(2))
    parcel = parcel.frank(S1, 85, by=LI, at=t(3))

    assert parcel.first_entry("scan").note == "One."
    assert parcel.last_entry("scan").note == "Two."
    assert parcel.first_entry("sort") is parcel.last_entry("sort") is None
    assert parcel.first_entry("affix") is parcel.last_entry("affix") is None


# ---- As a value ---------------------------------------------------------------------------------


@pytest.fixture(params=PARCEL_LIFECYCLE.states, ids=str)
def parcel(request):
    return parcel_in(request.param)


@pytest.mark.parametrize(
    "through",
    [
        copy.copy,
        copy.deepcopy,
        *(
            lambda x, protocol=protocol: pickle.loads(pickle.dumps(x, protocol))
            for protocol in range(pickle.HIGHEST_PROTOCOL + 1)
        ),
    ],
)
def test_a_record_survives_copy_and_pickle(parcel, through):
    other = through(parcel)

    assert other == parcel
    assert hash(other) == hash(parcel)
    assert (other.journal, other.state, other.parts) == (parcel.journal, parcel.state, parcel.parts)
    assert other.scan("Beep.", by=LI, at=t(1)) == parcel.scan("Beep.", by=LI, at=t(1))


def test_a_record_shows_what_it_is():
    assert repr(parcel_in(HELD)) == "<Parcel P-1 held v2: Books>"


def test_records_are_equal_if_all_they_hold_is_equal():
    assert posted() == posted()
    assert posted() != posted(by=ANA)
    assert posted() != posted(at=t(1))
    assert posted() != "P-1"


def test_hash_is_that_of_type_id_and_version():
    parcel = posted()

    assert hash(parcel) == hash((Parcel, P1, 1))
    assert hash(parcel) == hash(posted(title="Shoes"))
    assert len({parcel, posted(), parcel.sort(by=LI, at=t(1))}) == 2


def test_the_stored_version_is_no_part_of_equality():
    parcel = posted()

    kept = stored(parcel, 1)

    assert (parcel.stored_version, kept.stored_version) == (0, 1)
    assert kept == parcel
    assert kept.sort(by=LI, at=t(1)).stored_version == 1


def test_a_record_cannot_be_changed():
    parcel = posted()

    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        parcel.title = "Shoes"
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        parcel.journal[0].note = "Forged."
    with pytest.raises(TypeError):
        parcel.journal[0].changes["title"] = "Shoes"


def test_actors_are_kept_as_they_were():
    parcel = posted(by=Actor("li", roles=[ProcessRole.USER]))

    assert parcel.sort(by=LI, at=t(1)).journal[0].by.holds(ProcessRole.USER)


def test_an_entry_keeps_changes_that_nobody_else_holds():
    changes = {"route": "Lyon"}
    parcel = posted()._step("sort", changes, by=LI, at=t(1))

    changes["route"] = "Paris"

    assert parcel.journal[-1].changes == Changes({"route": "Lyon"})
    assert parcel.route == "Lyon"
