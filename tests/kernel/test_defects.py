"""
Every kind of defect by itself, several at once, and wrong types.
"""

from __future__ import annotations

import pytest

from itil_ops.errors import IllFormedLifecycleError
from itil_ops.incident.lifecycle import INCIDENT_LIFECYCLE
from itil_ops.kernel.defects import defects
from itil_ops.kernel.guard import Guard, integrity
from itil_ops.kernel.lifecycle import Lifecycle
from itil_ops.kernel.table import RETURN, START, STAY, Composite, Phase, State, Transition
from kernel_doubles import BEGIN, END, FINISH, PARCEL_LIFECYCLE, STAMP_LIFECYCLE, A, B, C, W, table


def found(*rows, states=(), composites=()):
    return defects((A, END, *states), (BEGIN, FINISH, *rows), tuple(composites))


@integrity
def it_rains(subject, step):
    return None


@pytest.mark.parametrize("lifecycle", [PARCEL_LIFECYCLE, STAMP_LIFECYCLE, INCIDENT_LIFECYCLE])
def test_our_own_tables_have_no_defects(lifecycle):
    told = (lifecycle.states, lifecycle.transitions, lifecycle.composites, lifecycle.consequences)
    assert defects(*told) == ()


def test_a_consequence_is_an_action_of_the_table():
    assert defects((A, END), (BEGIN, FINISH), (), {"finish"}) == ()
    assert defects((A, END), (BEGIN, FINISH), (), ["wilt", "fade"]) == (
        "consequence 'fade' has no row",
        "consequence 'wilt' has no row",
    )


@pytest.mark.parametrize("name", ["Go", "go on", "go-on", "_go", "go_", "go__on", "1go", "", "gö"])
def test_an_action_is_written_in_lower_snake_case(name):
    assert found(Transition(name, A, STAY)) == (f"{name!r} is not written in lower_snake case",)


def test_a_state_is_written_in_lower_snake_case_and_told_once():
    odd = State("Odd", Phase.ACTIVE)

    assert found(Transition("go", A, odd), Transition("finish", odd, END), states=[odd]) == (
        "'Odd' is not written in lower_snake case",
    )


def test_a_state_is_declared_once():
    assert found(states=[A]) == ("state 'a' is declared 2 times",)


def test_a_state_named_twice_with_different_facts_is_declared_twice():
    assert "state 'a' is declared 2 times" in found(states=[State("a", Phase.WAITING)])


@pytest.mark.parametrize("row", [Transition("go", A, B), Transition("go", B, A)])
def test_a_row_names_declared_states_only(row):
    assert found(row) == ("'go' names the state 'b', which is not declared so",)


def test_a_row_means_the_state_as_it_is_declared():
    look_alike = State("a", Phase.WAITING)

    assert found(Transition("go", look_alike, END)) == (
        "'go' names the state 'a', which is not declared so",
    )


def test_a_phase_that_a_row_begins_in_has_a_state():
    assert found(Transition("resume", (A, Phase.WAITING), END)) == (
        "'resume' can never fire from phase waiting: it has no state",
    )


def test_something_begins():
    assert defects((A, END), (FINISH,), ()) == (
        "no row begins at START",
        "state 'a' can never be reached",
        "state 'end' can never be reached",
    )


@pytest.mark.parametrize("place", [STAY, RETURN])
def test_a_beginning_leads_to_a_state(place):
    assert "'open' begins at START but leads to no state" in found(Transition("open", START, place))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Transition("go", A, STAY), Transition("go", A, END)),
        (Transition("go", Phase.ACTIVE, STAY), Transition("go", A, END)),
        (Transition("go", A, END), Transition("go", (Phase.ENDED, Phase.ACTIVE), STAY)),
        (Transition("go", A, STAY), Transition("go", A, STAY, when=lambda *_: True)),
    ],
)
def test_a_row_after_one_without_a_condition_is_dead(first, second):
    assert found(first, second) == (
        "a row of 'go' from 'a' can never fire: an earlier one without a condition takes it",
    )


def test_the_same_row_twice_is_dead_the_second_time():
    row = Transition("go", A, STAY)

    assert found(row, row) == (
        "a row of 'go' from 'a' can never fire: an earlier one without a condition takes it",
    )


def test_a_second_beginning_of_one_action_is_dead():
    assert found(Transition("begin", START, END)) == (
        "a row of 'begin' from None can never fire: an earlier one without a condition takes it",
    )


def test_a_row_after_one_with_a_condition_is_alive():
    assert found(Transition("go", A, END, when=lambda *_: True), Transition("go", A, STAY)) == ()


def test_a_return_has_something_to_return_from():
    assert found(Transition("resume", END, RETURN)) == ()
    assert "'resume' returns, but nothing leads to where it returns from" in found(
        Transition("resume", W, RETURN), states=[W]
    )


def test_a_state_can_be_reached():
    assert found(Transition("finish", B, END), states=[B]) == ("state 'b' can never be reached",)


def test_states_that_only_lead_to_each_other_are_not_reached():
    assert found(
        Transition("go", B, C),
        Transition("go", C, B),
        Transition("finish", (B, C), END),
        states=[B, C],
    ) == ("state 'b' can never be reached", "state 'c' can never be reached")


def test_a_state_that_is_not_final_can_be_left():
    assert found(Transition("go", A, B), states=[B]) == ("state 'b' is a dead end and not final",)


def test_staying_is_no_way_out():
    assert found(
        Transition("go", A, B), Transition("note", B, STAY), Transition("go", B, B), states=[B]
    ) == ("state 'b' is a dead end and not final",)


def test_a_life_can_end():
    assert found(
        Transition("go", A, B), Transition("go", B, C), Transition("back", C, B), states=[B, C]
    ) == ("state 'b' can never end", "state 'c' can never end")


@pytest.mark.parametrize("phase", [Phase.ACTIVE, Phase.WAITING, Phase.DONE])
def test_a_final_state_is_over(phase):
    assert found(
        Transition("go", A, State("f", phase, final=True)), states=[State("f", phase, final=True)]
    ) == (f"state 'f' is final, but in phase {phase}",)


@pytest.mark.parametrize("phase", [Phase.ENDED, Phase.DROPPED])
def test_a_state_that_is_over_may_be_final(phase):
    final = State("f", phase, final=True)

    assert found(Transition("go", A, final), states=[final]) == ()


def test_a_guards_name_means_one_guard():
    namesake = Guard("it_rains", lambda *_: None, "", is_completeness=False)

    assert found(
        Transition("go", A, STAY, [it_rains]), Transition("come", A, STAY, [it_rains, namesake])
    ) == ("guard 'it_rains' of 'come' is another one of that name",)


def test_a_composite_is_made_of_actions():
    assert found(composites=[Composite("finish", ("go", "finish", "come"))]) == (
        "composite 'finish' names the action 'go', which has no row",
        "composite 'finish' names the action 'come', which has no row",
    )


def test_a_composite_that_its_own_row_always_forestalls_is_never_taken():
    assert found(composites=[Composite("finish", ("finish",))]) == (
        "composite 'finish' can never be taken to its end",
    )


def test_a_composite_is_made_of_something():
    assert found(composites=[Composite("finish", ())]) != ()


def test_a_composite_is_meant_in_states_that_there_are():
    assert "composite 'finish' names the state 'b', which is not declared" in found(
        composites=[Composite("finish", ("finish",), sources=[B])]
    )


def test_a_composite_that_is_meant_where_it_never_begins_is_never_taken():
    meant = found(
        Transition("move", A, B),
        Transition("finish", B, END),
        states=[B],
        composites=[Composite("finish", ("move", "finish"), sources=[B])],
    )

    assert meant == ("composite 'finish' can never be taken to its end",)


def test_a_composite_has_rows_elsewhere():
    (defect,) = found(composites=[Composite("conclude", ("finish",))])

    assert "'conclude'" in defect


def test_a_composite_can_be_taken_to_its_end():
    endless = found(
        Transition("move", A, B),
        Transition("finish", B, END),
        Transition("turn", C, A),
        Transition("go", A, C),
        states=[B, C],
        composites=[Composite("move", ("turn", "turn"))],
    )

    assert endless != ()


@pytest.mark.parametrize(
    "words",
    [
        ("go", (), END),
        ("go", A, START),
        ("go", STAY, END),
        ("go", RETURN, END),
    ],
    ids=["from nowhere", "to START", "from STAY", "from RETURN"],
)
def test_a_row_that_can_never_fire_is_refused(words):
    with pytest.raises((IllFormedLifecycleError, TypeError), match="go"):
        table(Transition(*words))


def test_all_defects_are_named_at_once():
    lone, stray = State("Lone", Phase.ACTIVE), State("stray", Phase.DONE, final=True)

    with pytest.raises(IllFormedLifecycleError) as caught:
        Lifecycle(
            "broken",
            (A, A, lone, stray, END),
            (
                Transition("go", A, B),
                Transition("go", A, STAY),
                Transition("resume", W, RETURN),
                Transition("wait", Phase.WAITING, END, [it_rains]),
                Transition("open", START, STAY),
                Transition(
                    "note", A, STAY, [Guard("it_rains", lambda *_: None, "", is_completeness=False)]
                ),
            ),
            (Composite("go", ("walk",)),),
        )

    assert caught.value.lifecycle == "broken"
    assert set(caught.value.defects) == {
        "'Lone' is not written in lower_snake case",
        "state 'a' is declared 2 times",
        "'go' names the state 'b', which is not declared so",
        "'resume' names the state 'w', which is not declared so",
        "'wait' can never fire from phase waiting: it has no state",
        "'open' begins at START but leads to no state",
        "a row of 'go' from 'a' can never fire: an earlier one without a condition takes it",
        "'resume' returns, but nothing leads to where it returns from",
        "state 'a' can never be reached",
        "state 'a' can never end",
        "state 'Lone' can never be reached",
        "state 'Lone' is a dead end and not final",
        "state 'stray' can never be reached",
        "state 'end' can never be reached",
        "state 'stray' is final, but in phase done",
        "guard 'it_rains' of 'note' is another one of that name",
        "composite 'go' names the action 'walk', which has no row",
    }
    assert all(defect in str(caught.value) for defect in caught.value.defects)


def with_state(state):
    return table(Transition("go", A, state), Transition("finish", state, END), states=[state])


# ---- Wrong types --------------------------------------------------------------------------------


def test_a_state_is_a_state():
    with pytest.raises(TypeError) as caught:
        Lifecycle("tiny", (A, "end"), (BEGIN, FINISH))

    assert str(caught.value) == "each of states must be a State, not 'end'"


def test_a_row_is_a_transition():
    with pytest.raises(TypeError) as caught:
        Lifecycle("tiny", (A, END), (BEGIN, FINISH, ["go", "a", "end"]))

    assert str(caught.value) == "each of transitions must be a Transition, not ['go', 'a', 'end']"


@pytest.mark.parametrize(
    "make",
    [
        lambda: with_state(State(5, Phase.ACTIVE)),
        lambda: with_state(State("b", "active")),
        lambda: table(Transition(5, A, END)),
        lambda: table(Transition("go", "a", END)),
        lambda: table(Transition("go", A, "end")),
        lambda: table(Transition("go", A, Phase.ENDED)),
        lambda: table(Transition("go", A, END, ("os.system",))),
        lambda: table(Transition("go", A, END, (lambda subject, step: None,))),
        lambda: table(Transition("go", A, END, when="os.system")),
    ],
    ids=[
        "name of a state",
        "phase of a state",
        "action",
        "source",
        "destination a text",
        "destination a phase",
        "guard a text",
        "guard a bare function",
        "when",
    ],
)
def test_a_word_of_the_table_is_of_its_type(make):
    with pytest.raises(TypeError):
        make()


@pytest.mark.parametrize(
    "arguments",
    [
        {"name": 5},
        {"version": "1"},
        {"composites": ("finish",)},
    ],
    ids=["name", "version", "composites"],
)
def test_what_a_lifecycle_is_told_is_of_its_type(arguments):
    with pytest.raises(TypeError):
        Lifecycle(
            **{"name": "tiny", "states": (A, END), "transitions": (BEGIN, FINISH), **arguments}
        )
