from __future__ import annotations

import copy
import pickle

import attrs
import pytest

from itil_ops.errors import IllFormedLifecycleError, Reason
from itil_ops.incident.lifecycle import INCIDENT_LIFECYCLE
from itil_ops.kernel.guard import integrity
from itil_ops.kernel.lifecycle import Lifecycle
from itil_ops.kernel.table import RETURN, START, STAY, Composite, Phase, State, Transition
from kernel_doubles import (
    BEGIN,
    END,
    FINISH,
    MOVING,
    PARCEL_LIFECYCLE,
    A,
    B,
    C,
    Subject,
    V,
    W,
    context,
    table,
)


VENDOR = State("vendor", Phase.WAITING, meaning="The vendor has it.")
BY_VENDOR = Transition("hand_over", Phase.ACTIVE, VENDOR)


@integrity
def it_rains(subject, step):
    """
    Speak.

    Unless it rains.
    """
    return None if subject.fact else "the sun shines"


def never(subject, step):
    return False


# ---- Questions ----------------------------------------------------------------------------------


def test_allowed_names_actions_in_the_order_of_the_table_guards_aside():
    assert PARCEL_LIFECYCLE.allowed("held") == (
        "hold",
        "declare",
        "resume",
        "lose",
        "scan",
        "frank",
    )


def test_allowed_names_what_begins_a_record():
    assert PARCEL_LIFECYCLE.allowed(None) == ("post",)


def test_the_opening_is_the_first_action_that_begins_a_record():
    tiny = Lifecycle("tiny", (A, END), (FINISH, BEGIN, Transition("found", START, A)))

    assert PARCEL_LIFECYCLE.opening == "post"
    assert tiny.opening == "begin"


def test_allowed_names_composites_where_their_first_step_is_possible():
    assert "deliver" in PARCEL_LIFECYCLE.allowed("moving")
    assert "deliver" in PARCEL_LIFECYCLE.allowed("arrived")
    assert "deliver" not in PARCEL_LIFECYCLE.allowed("received")


def test_a_row_of_its_own_goes_before_the_composite():
    assert PARCEL_LIFECYCLE.steps("arrived", "deliver") == ("deliver",)
    assert PARCEL_LIFECYCLE.steps("moving", "deliver") == ("arrive", "deliver")
    assert PARCEL_LIFECYCLE.steps("received", "deliver") == ()
    assert PARCEL_LIFECYCLE.steps("received", "arrive") == ()


def test_the_first_composite_that_may_begin_is_the_one():
    tiny = table(
        Transition("go", A, B),
        Transition("leap", A, C),
        Transition("turn", B, A),
        Transition("twist", C, A),
        states=(B, C),
        composites=(
            Composite("finish", ("turn", "finish")),
            Composite("finish", ("twist", "finish")),
        ),
    )

    assert tiny.steps("b", "finish") == ("turn", "finish")
    assert tiny.steps("c", "finish") == ("twist", "finish")
    assert tiny.steps("end", "finish") == ()


def test_a_state_is_found_by_its_name():
    assert PARCEL_LIFECYCLE.state("moving") is MOVING


def test_an_unknown_state_is_named_beside_those_that_there_are():
    with pytest.raises(ValueError) as caught:
        table().state("nowhere")

    assert str(caught.value) == "tiny has no state 'nowhere'; its states are ['a', 'end']"


def test_rows_say_what_an_action_may_do():
    stay, *others = PARCEL_LIFECYCLE.rows("received", "scan")

    assert (stay.source, stay.to, stay.is_internal, others) == ("received", "received", True, [])
    assert PARCEL_LIFECYCLE.rows("received", "arrive") == ()
    assert [row.to for row in PARCEL_LIFECYCLE.rows(None, "post")] == ["sorted", "received"]


def test_an_action_is_internal_if_it_never_moves():
    assert PARCEL_LIFECYCLE.internal_actions == {"scan", "frank"}


def test_actions_stand_in_the_order_of_the_table():
    assert PARCEL_LIFECYCLE.actions == tuple(
        dict.fromkeys(row.action for row in PARCEL_LIFECYCLE.transitions)
    )


@pytest.mark.parametrize(
    ("start", "goal", "way"),
    [
        ("received", "received", ()),
        ("received", "delivered", ("dispatch", "arrive", "deliver")),
        ("held", "moving", ("resume",)),
        ("lost", "received", None),
        ("arrived", "at_customs", ("send_back", "declare")),
    ],
)
def test_a_path_is_the_shortest_way(start, goal, way):
    assert PARCEL_LIFECYCLE.path(start, goal) == way


@pytest.mark.parametrize("ends", [("nowhere", "moving"), ("moving", "nowhere")])
def test_there_is_no_path_between_states_that_are_not(ends):
    with pytest.raises(ValueError, match="no state 'nowhere'"):
        PARCEL_LIFECYCLE.path(*ends)


def test_every_path_can_be_followed():
    for lifecycle in (PARCEL_LIFECYCLE, INCIDENT_LIFECYCLE):
        names = [state.name for state in lifecycle.states]
        for start in names:
            for goal in names:
                reached = {start}
                for action in lifecycle.path(start, goal) or ():
                    reached = {row.to for here in reached for row in lifecycle.rows(here, action)}
                assert lifecycle.path(start, goal) is None or goal in reached


def test_the_nearest_action_is_the_one_most_alike():
    assert PARCEL_LIFECYCLE.nearest("delivr") == "deliver"
    assert PARCEL_LIFECYCLE.nearest("xyzzy") is None


# ---- Asking what speaks against a step ----------------------------------------------------------


def test_why_not_names_every_guard_and_no_more():
    @integrity
    def somebody_is_home(subject, step):
        return "nobody is home"

    tiny = table(Transition("go", A, STAY, (it_rains, somebody_is_home)))

    assert tiny.why_not("a", "go", Subject(), context("go")) == (
        Reason("it_rains", "the sun shines"),
        Reason("somebody_is_home", "nobody is home"),
    )
    assert tiny.why_not("a", "go", Subject(fact=1), context("go")) == (
        Reason("somebody_is_home", "nobody is home"),
    )
    assert tiny.why_not("a", "finish", Subject(), context("finish")) == ()


@pytest.mark.parametrize(
    ("texts", "reasons"),
    [
        ((), ()),
        (("it is dark",), (Reason("it_is_day", "it is dark"),)),
        (
            ("it is dark", "it is late"),
            (Reason("it_is_day", "it is dark"), Reason("it_is_day", "it is late")),
        ),
    ],
)
def test_a_guard_may_say_several_things_each_a_reason(texts, reasons):
    @integrity
    def it_is_day(subject, step):
        return texts

    tiny = table(Transition("go", A, STAY, (it_is_day, it_rains)))

    assert tiny.why_not("a", "go", Subject(), context("go")) == (
        *reasons,
        Reason("it_rains", "the sun shines"),
    )


@pytest.mark.parametrize("action", ["go", "nonsense"])
def test_why_not_says_what_is_possible_instead(action):
    assert table().why_not("a", action, Subject(), context(action)) == (
        Reason("transition", "no such step from here; possible: finish"),
    )
    assert table().why_not("end", action, Subject(), context(action)) == (
        Reason("transition", "no such step from here; it is end, and nothing more is possible"),
    )


def test_a_state_that_is_not_final_has_other_words_where_nothing_else_is_possible():
    tiny = Lifecycle("tiny", (A, END), (BEGIN, Transition("finish", A, END, when=never)))

    assert tiny.why_not("a", "finish", Subject(), context("finish")) == (
        Reason("transition", "no such step from here; possible: nothing"),
    )
    assert tiny.why_not(None, "begin", Subject(), context("begin")) == ()
    assert tiny.why_not("end", "finish", Subject(), context("finish")) == (
        Reason(
            "transition",
            "no such step from here, but from a; it is end, and nothing more is possible",
        ),
    )


# ---- What only follows from other steps ---------------------------------------------------------


def following(**told):
    """
    Return a lifecycle of which `turn` and `twist` only follow from other steps.
    """
    rows = [Transition("turn", A, B), Transition("twist", B, A), Transition("walk", A, STAY)]
    return Lifecycle(
        "tiny", (A, B, END), (BEGIN, FINISH, *rows), consequences=["turn", "twist"], **told
    )


def test_a_consequence_is_allowed_by_the_table_and_never_offered():
    tiny = following()

    assert tiny.allowed("a") == ("finish", "turn", "walk")
    assert tiny.offered("a") == ("finish", "walk")
    assert (tiny.allowed("b"), tiny.offered("b")) == (("twist",), ())
    assert tiny.offered(None) == tiny.allowed(None) == ("begin",)


def test_a_consequence_is_named_by_no_refusal_and_no_suggestion():
    tiny = following()

    assert tiny.why_not("a", "nonsense", Subject(), context("nonsense")) == (
        Reason("transition", "no such step from here; possible: finish, walk"),
    )
    assert tiny.why_not("a", "turn", Subject(), context("turn")) == ()
    assert tiny.nearest("twits") is None
    assert tiny.nearest("tur") is None
    assert tiny.nearest("wal") == "walk"


def test_an_extension_adds_to_the_consequences_there_are():
    extended = following().extend(
        transitions=[Transition("fall", A, STAY)], consequences=["fall", "turn"]
    )

    assert extended.consequences == {"turn", "twist", "fall"}
    assert following().extend().consequences == {"turn", "twist"}
    assert following() != table(*following().transitions[2:], states=[B])
    with pytest.raises(IllFormedLifecycleError, match="consequence 'fly' has no row"):
        following().extend(consequences=["fly"])
    with pytest.raises(TypeError, match="consequences must be several, each a str, not 'fly'"):
        following().extend(consequences="fly")


@pytest.mark.parametrize(
    "through", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_consequences_survive_copy_and_pickle(through):
    tiny = following(version=3)

    assert through(tiny) == tiny
    assert through(tiny).consequences == {"turn", "twist"}
    assert through(tiny).version == 3


def test_why_not_says_so_where_no_condition_holds():
    tiny = table(Transition("go", A, STAY, when=lambda subject, step: subject.fact))

    (reason,) = tiny.why_not("a", "go", Subject(), context("go"))

    assert reason == Reason("transition", "no such step from here; possible: finish")
    assert tiny.why_not("a", "go", Subject(fact=1), context("go")) == ()


def test_a_guard_knows_its_name_and_its_meaning():
    assert (it_rains.name, it_rains.meaning, it_rains.is_completeness) == (
        "it_rains",
        "Speak. Unless it rains.",
        False,
    )
    assert repr(it_rains) == "<Guard it_rains>"


# ---- Another lifecycle --------------------------------------------------------------------------


def test_extending_leaves_the_original_as_it_is():
    before = (PARCEL_LIFECYCLE.states, PARCEL_LIFECYCLE.transitions, PARCEL_LIFECYCLE.actions)

    extended = PARCEL_LIFECYCLE.extend(states=[VENDOR], transitions=[BY_VENDOR])

    assert before == (
        PARCEL_LIFECYCLE.states,
        PARCEL_LIFECYCLE.transitions,
        PARCEL_LIFECYCLE.actions,
    )
    assert extended.actions == (*PARCEL_LIFECYCLE.actions, "hand_over")
    assert extended != PARCEL_LIFECYCLE
    assert "hand_over" not in PARCEL_LIFECYCLE.allowed("moving")


def test_rows_from_a_phase_reach_added_states():
    extended = PARCEL_LIFECYCLE.extend(states=[VENDOR], transitions=[BY_VENDOR])

    assert extended.allowed("vendor") == ("hold", "declare", "resume", "lose", "scan", "frank")


def test_a_return_leads_back_to_added_states():
    fitting = State("fitting", Phase.ACTIVE)
    extended = PARCEL_LIFECYCLE.extend(
        states=[fitting], transitions=[Transition("fit", MOVING, fitting)]
    )

    assert {row.to for row in extended.rows("held", "resume")} == {
        "received",
        "sorted",
        "moving",
        "fitting",
    }
    assert extended.path("held", "fitting") == ("resume",)


def test_a_return_leads_back_from_added_states():
    extended = PARCEL_LIFECYCLE.extend(states=[VENDOR], transitions=[BY_VENDOR])

    assert {row.to for row in extended.rows("vendor", "resume")} == {"received", "sorted", "moving"}


def test_replacing_takes_all_rows_of_an_action():
    replacement = Transition("post", START, MOVING)

    extended = PARCEL_LIFECYCLE.extend(replace=[replacement])

    assert [row.transition for row in extended.rows(None, "post")] == [replacement]
    assert set(extended.actions) == set(PARCEL_LIFECYCLE.actions)


def test_cannot_replace_what_is_not_there():
    with pytest.raises(IllFormedLifecycleError) as caught:
        table().extend(replace=[Transition("go", A, B), Transition("come", B, A)])

    assert caught.value.defects == ("there is no 'come' to replace", "there is no 'go' to replace")


def test_cannot_extend_into_a_table_that_cannot_work():
    with pytest.raises(IllFormedLifecycleError) as caught:
        table().extend(name="wider", states=[B])

    assert caught.value.lifecycle == "wider"
    assert caught.value.defects == (
        "state 'b' can never be reached",
        "state 'b' is a dead end and not final",
    )


def test_extending_may_give_another_name_version_and_composites():
    tiny = table(Transition("move", A, B), Transition("finish", B, END), states=[B])

    extended = tiny.extend(
        name="wider",
        version=2,
        states=[C],
        transitions=[Transition("turn", A, C), Transition("move", C, B)],
        composites=[Composite("turn", ("move",))],
    )

    assert (tiny.name, tiny.version, tiny.composites) == ("tiny", 1, ())
    assert (extended.name, extended.version) == ("wider", 2)
    assert extended.steps("c", "turn") == ("move",)


def test_a_composite_may_be_meant_in_some_states_alone():
    ways = [Transition("turn", A, B), Transition("twist", A, C), Transition("come", [B, C], A)]
    leap = Composite("finish", ("come", "finish"), sources=[C])
    tiny = table(*ways, states=[B, C], composites=[leap])

    assert tiny.steps("c", "finish") == ("come", "finish")
    assert tiny.steps("b", "finish") == ()
    assert "finish" not in tiny.allowed("b")
    with pytest.raises(TypeError, match="each of the sources of 'finish' must be a State"):
        Composite("finish", ("come", "finish"), sources=["c"])


def test_extending_by_nothing_gives_an_equal_lifecycle():
    assert PARCEL_LIFECYCLE.extend() == PARCEL_LIFECYCLE
    assert hash(PARCEL_LIFECYCLE.extend()) == hash(PARCEL_LIFECYCLE)


# ---- The state to return to ---------------------------------------------------------------------


def test_the_state_left_is_remembered_kept_and_forgotten():
    tiny = table(
        Transition("hold", Phase.ACTIVE, W),
        Transition("defer", (Phase.ACTIVE, Phase.WAITING), V),
        Transition("resume", Phase.WAITING, RETURN),
        states=(W, V),
    )

    assert tiny.remembered("a", "w", None) == "a"
    assert tiny.remembered("w", "v", "a") == "a"
    assert tiny.remembered("w", "a", "a") is None
    assert tiny.remembered("a", "end", None) is None


def test_each_returning_state_leads_back_to_what_may_have_been_left_for_it_alone():
    tiny = Lifecycle(
        "tiny",
        (A, B, W, V, END),
        (
            BEGIN,
            Transition("move", A, B),
            Transition("finish", B, END),
            Transition("hold", A, W),
            Transition("defer", B, V),
            Transition("pass_on", V, W),
            Transition("resume", Phase.WAITING, RETURN),
        ),
    )

    assert [row.to for row in tiny.rows("w", "resume")] == ["a", "b"]
    assert [row.to for row in tiny.rows("v", "resume")] == ["b"]


# ---- As a value ---------------------------------------------------------------------------------


def test_a_lifecycle_shows_its_name_version_and_size():
    assert repr(PARCEL_LIFECYCLE) == "<Lifecycle parcel v1: 8 states>"


@pytest.mark.parametrize(
    "through", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_a_lifecycle_survives_copy_and_pickle(through):
    other = through(PARCEL_LIFECYCLE)

    assert other == PARCEL_LIFECYCLE
    assert hash(other) == hash(PARCEL_LIFECYCLE)
    assert other.why_not("received", "scan", Subject(), context("scan")) == (
        Reason("something_is_said", "there is no text"),
    )


def test_a_lifecycle_cannot_be_changed():
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        PARCEL_LIFECYCLE.name = "letter"


def test_lists_serve_wherever_a_table_takes_several():
    tiny = Lifecycle("tiny", [A, END], [BEGIN, FINISH], [])

    assert tiny == table()
    assert hash(tiny) == hash(table())


def test_a_final_state_may_be_left_again():
    tiny = table(Transition("reopen", END, A))

    assert tiny.allowed("end") == ("reopen",)


def test_states_and_places_are_readable():
    assert (str(MOVING), repr(MOVING)) == (
        "moving",
        "State(name='moving', phase=<Phase.ACTIVE: 'active'>, final=False)",
    )
    assert [repr(place) for place in (START, RETURN, STAY)] == ["START", "RETURN", "STAY"]
    assert [phase.value for phase in Phase] == ["active", "waiting", "done", "ended", "dropped"]
