"""
Table, index and machine are one; and the traps of the engine are closed.
"""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import weakref

import pytest

from itil_ops.errors import (
    GuardRefusedError,
    IllegalTransitionError,
    ItilOpsError,
    RefusedError,
    UnknownActionError,
)
from itil_ops.incident.lifecycle import INCIDENT_LIFECYCLE
from itil_ops.kernel.guard import Guard, integrity
from itil_ops.kernel.lifecycle import Lifecycle
from itil_ops.kernel.table import RETURN, START, STAY, Phase, State, Transition
from kernel_doubles import (
    END,
    LI,
    MOVING,
    PARCEL_LIFECYCLE,
    STAMP_LIFECYCLE,
    WEATHER,
    A,
    Parcel,
    ParcelId,
    Subject,
    W,
    context,
    has_moved,
    parcel_in,
    posted,
    t,
    table,
    take,
)


VENDOR = State("awaiting_vendor", Phase.WAITING)
FITTING = State("fitting", Phase.ACTIVE)
EXTENDED = INCIDENT_LIFECYCLE.extend(
    name="wider",
    states=[VENDOR, FITTING],
    transitions=[
        Transition("fit", Phase.ACTIVE, FITTING),
        Transition("await_vendor", (Phase.ACTIVE, Phase.WAITING), VENDOR),
    ],
)
LIFECYCLES = pytest.mark.parametrize(
    "lifecycle",
    [PARCEL_LIFECYCLE, STAMP_LIFECYCLE, INCIDENT_LIFECYCLE, EXTENDED],
    ids=lambda lifecycle: lifecycle.name,
)


# ---- A second reading of the table --------------------------------------------------------------


def is_source(transition, state):
    """
    Say whether a declared row speaks of *state*; `None` is where a record begins.
    """
    places = transition.sources
    if state is None:
        return START in places
    return state in places or state.phase in places


def led_to(transition, state, left):
    """
    Name where a declared row leads from *state*, entered from the state named *left*.
    """
    if transition.to is RETURN:
        return left
    return state.name if transition.to is STAY else transition.to.name


def positions(lifecycle):
    """
    Return every state that can be stood in, with the state that would be returned to.
    """
    returning = [
        state
        for state in lifecycle.states
        if any(row.to is RETURN and is_source(row, state) for row in lifecycle.transitions)
    ]
    by_name = {state.name: state for state in lifecycle.states}
    seen, frontier = {(None, None)}, [(None, None)]
    for here, left in frontier:
        for row in lifecycle.transitions:
            if not is_source(row, here) or (row.to is RETURN and left is None):
                continue
            there = by_name[led_to(row, here, left)]
            if there not in returning or here is None:
                kept = None
            else:
                kept = left if here in returning else here.name
            if (there, kept) not in seen:
                seen.add((there, kept))
                frontier.append((there, kept))
    return seen


def with_chosen_rows(lifecycle):
    """
    Return the lifecycle without guards, whose rows are chosen by their number in the note.
    """

    def chosen(number):
        return lambda _, step: step.note == number

    rows = [
        Transition(row.action, row.sources, row.to, when=chosen(str(number)))
        for number, row in enumerate(lifecycle.transitions)
    ]
    return Lifecycle(lifecycle.name, lifecycle.states, rows, lifecycle.composites)


@LIFECYCLES
def test_engine_follows_the_table_from_every_position(lifecycle):
    engine = with_chosen_rows(lifecycle)
    for state, left in positions(lifecycle):
        here = state and state.name
        for number, row in enumerate(lifecycle.transitions):
            step = context(row.action, note=str(number))
            possible = is_source(row, state) and not (row.to is RETURN and left is None)
            if not engine.rows(here, row.action):
                assert not possible
                continue

            cursor = engine.fire(here, row.action, Subject(left), step)

            assert has_moved(cursor) == possible
            assert not possible or cursor.state == cursor.row.to == led_to(row, state, left)


@LIFECYCLES
def test_index_follows_the_table_in_every_state(lifecycle):
    for state in (None, *lifecycle.states):
        here = state and state.name
        lefts = [left for stood, left in positions(lifecycle) if stood == state]
        for action in lifecycle.actions:
            told = {
                led_to(row, state, left)
                for row in lifecycle.transitions
                for left in lefts
                if row.action == action and is_source(row, state)
            } - {None}

            assert {row.to for row in lifecycle.rows(here, action)} == told
            assert (action in lifecycle.allowed(here)) == bool(lifecycle.steps(here, action))


@LIFECYCLES
def test_machine_holds_the_rows_of_the_index_in_their_order(lifecycle):
    for action in lifecycle.actions:
        event = lifecycle._events[action]
        for state in (None, *lifecycle.states):
            here = state and state.name
            rows = lifecycle.rows(here, action)
            moves = event.transitions.get("[start]" if state is None else here, [])

            assert [move.dest for move in moves] == [
                None if row.is_internal else row.to for row in rows
            ]


@LIFECYCLES
def test_machine_has_the_actions_and_states_of_the_table_and_no_model(lifecycle):
    assert tuple(lifecycle._events) == lifecycle.actions
    (machine,) = {event.machine for event in lifecycle._events.values()}
    assert list(machine.states) == ["[start]", *(state.name for state in lifecycle.states)]
    assert machine.models == []
    assert machine.initial is None


@LIFECYCLES
def test_every_state_is_stood_in(lifecycle):
    stood = {state for state, _ in positions(lifecycle)}

    assert stood == {None, *lifecycle.states}


def test_every_action_in_every_state_is_taken_or_refused_by_its_name():
    for state in PARCEL_LIFECYCLE.states:
        for action in PARCEL_LIFECYCLE.actions:
            parcel = parcel_in(state)
            if action == "post":
                refused = attempt(lambda p=parcel: p._step("post", by=LI, at=t(1)))
            else:
                refused = attempt(lambda p=parcel, a=action: take(p, a, by=LI, at=t(1)))

            assert (refused is None) == (action in parcel.allowed)
            assert refused is None or type(refused) is IllegalTransitionError
            if refused is not None:
                assert (refused.lifecycle, refused.state) == ("parcel", state.name)
                assert (refused.action, refused.allowed) == (action, parcel.allowed)
            assert parcel == parcel_in(state)


def attempt(step):
    try:
        step()
    except RefusedError as refused:
        return refused
    return None


# ---- Guards and conditions ----------------------------------------------------------------------


def speaking(name, text):
    return Guard(name, lambda subject, step: text, "", is_completeness=False)


def test_a_guard_never_falls_through_to_the_next_row():
    tiny = table(
        Transition("go", A, STAY, [speaking("no", "no")], when=lambda subject, step: subject.fact),
        Transition("go", A, STAY),
    )

    refused = tiny.fire("a", "go", Subject(fact=1), context("go"))
    taken = tiny.fire("a", "go", Subject(), context("go"))

    assert (has_moved(refused), refused.row.transition) == (False, tiny.transitions[2])
    assert [reason.rule for reason in refused.reasons] == ["no"]
    assert (has_moved(taken), taken.row.transition) == (True, tiny.transitions[3])


@pytest.mark.parametrize("answer", [True, 1, 2, -1, "yes", [1], 0.5, object()])
def test_any_true_answer_of_a_condition_counts(answer):
    tiny = table(Transition("go", A, STAY, when=lambda subject, step: answer))

    assert has_moved(tiny.fire("a", "go", Subject(), context("go")))


@pytest.mark.parametrize("answer", [False, 0, "", [], None])
def test_any_false_answer_of_a_condition_counts(answer):
    tiny = table(Transition("go", A, STAY, when=lambda subject, step: answer))

    assert tiny.fire("a", "go", Subject(), context("go")).row is None


@pytest.mark.parametrize("text", ["no", ""])
def test_any_text_of_a_guard_refuses(text):
    tiny = table(Transition("go", A, STAY, [speaking("no", text)]))

    assert not has_moved(tiny.fire("a", "go", Subject(), context("go")))


def test_conditions_after_the_row_that_was_found_are_not_asked():
    asked = []
    tiny = table(
        Transition("go", A, STAY, [speaking("no", "no")], when=lambda *_: asked.append(1) or True),
        Transition("go", A, STAY, when=lambda *_: asked.append(2) or True),
    )

    tiny.fire("a", "go", Subject(), context("go"))

    assert asked == [1]


def test_a_completeness_guard_speaks_where_it_is_asked_for():
    dry = Guard("dry", lambda subject, step: "it is wet", "", is_completeness=True)
    tiny = table(Transition("go", A, STAY, [dry]))

    assert has_moved(tiny.fire("a", "go", Subject(), context("go")))
    assert not has_moved(tiny.fire("a", "go", Subject(), context("go", asked=[dry])))


def test_an_integrity_guard_always_speaks():
    tiny = table(Transition("go", A, STAY, [speaking("no", "no")]))

    assert not has_moved(tiny.fire("a", "go", Subject(), context("go")))


def test_internal_actions_run_guards_and_are_journaled_without_moving():
    parcel = parcel_in(MOVING)

    scanned = parcel.scan("Beep.", by=LI, at=t(1))

    assert scanned.state == MOVING
    assert (scanned.journal[-1].from_state, scanned.journal[-1].to_state) == ("moving", "moving")
    with pytest.raises(GuardRefusedError, match="there is no text"):
        parcel.scan(None, by=LI, at=t(1))


def test_one_action_may_move_or_stay_by_what_is_so():
    parcel = parcel_in(MOVING)

    assert parcel.weigh(9_000, by=LI, at=t(1)).state == MOVING
    assert parcel.weigh(12_000, paid=True, by=LI, at=t(1)).state.name == "received"
    with pytest.raises(GuardRefusedError, match="the surcharge is not paid"):
        parcel.weigh(25_000, by=LI, at=t(1))


# ---- Traps --------------------------------------------------------------------------------------


def test_a_failing_guard_leaves_no_trace():
    @integrity
    def it_breaks(subject, step):
        raise ZeroDivisionError

    class Fragile(Parcel):
        lifecycle = PARCEL_LIFECYCLE.extend(
            replace=[Transition("sort", Phase.ACTIVE, STAY, [it_breaks])]
        )

    parcel = Fragile.post(ParcelId("P-2"), title="Books", grams=900, by=LI, at=t(0))

    with pytest.raises(ZeroDivisionError):
        parcel.sort(by=LI, at=t(1))
    assert parcel.scan("Beep.", by=LI, at=t(1)).version == 2


def test_a_guard_may_take_steps_of_other_records():
    taken = []

    @integrity
    def another_one_goes_first(parcel, step):
        taken.append(posted().sort(by=LI, at=t(1)))
        assert taken[-1].why_not("arrive", by=LI, at=t(1))

    class Linked(Parcel):
        lifecycle = PARCEL_LIFECYCLE.extend(
            replace=[Transition("dispatch", Phase.ACTIVE, MOVING, [another_one_goes_first])]
        )

    parcel = Linked.post(ParcelId("P-2"), title="Books", grams=900, by=LI, at=t(0))

    assert parcel.dispatch("Lyon", by=LI, at=t(1)).state == MOVING
    assert [other.state.name for other in taken] == ["sorted"]


def test_a_final_state_may_be_left_again():
    parcel = take(parcel_in(MOVING), "deliver", by=LI, at=t(1))

    assert parcel.send_back(by=LI, at=t(2)).state.name == "sorted"


def test_no_record_is_kept_alive_by_the_engine():
    class Watched(Parcel):
        pass

    parcel = Watched.post(ParcelId("P-2"), title="Books", grams=900, by=LI, at=t(0))
    moved = parcel.sort(by=LI, at=t(1))
    dead = [weakref.ref(parcel), weakref.ref(moved)]
    del parcel, moved
    gc.collect()

    assert [reference() for reference in dead] == [None, None]


def test_equal_records_live_apart():
    one, other = posted(), posted()

    moved = one.sort(by=LI, at=t(1))

    assert one == other
    assert other.state.name == "received"
    assert moved != other
    assert other.sort(by=LI, at=t(1)) == moved


def test_asking_changes_nothing():
    parcel = posted()
    before = posted()

    parcel.why_not("sort", by=LI, at=t(1))
    parcel.why_not("hold", by=LI, at=t(1))
    parcel.why_not("arrive", by=LI, at=t(1))

    assert (parcel, parcel.allowed) == (before, before.allowed)


@pytest.mark.parametrize(("state", "action"), [("received", "arrive"), ("held", "nonsense")])
def test_no_error_of_the_engine_escapes_a_bare_fire(state, action):
    try:
        moved = has_moved(PARCEL_LIFECYCLE.fire(state, action, posted(), context(action)))
    except (ItilOpsError, ValueError):
        moved = False

    assert not moved


def test_no_error_of_the_engine_escapes_a_verb():
    with pytest.raises(IllegalTransitionError):
        posted().arrive(by=LI, at=t(1))
    with pytest.raises(UnknownActionError):
        posted()._step("nonsense", by=LI, at=t(1))


def test_a_return_where_nothing_was_left_is_no_step():
    tiny = table(
        Transition("open", START, W),
        Transition("hold", A, W),
        Transition("resume", W, RETURN),
        states=[W],
    )

    assert tiny.fire("w", "resume", Subject(None), context("resume")).row is None
    assert tiny.fire("w", "resume", Subject("a"), context("resume")).state == "a"


@pytest.mark.parametrize(
    "name",
    ["state", "trigger", "model", "models", "record", "initial", "start", "to", "to_end", "events"],
)
def test_words_of_the_engine_may_name_states_and_actions(name):
    there = State(name, Phase.ACTIVE)
    tiny = table(Transition(name, A, there), Transition("finish", there, END), states=[there])

    assert tiny.fire("a", name, Subject(), context(name)).state == name
    assert tiny.fire(name, "finish", Subject(), context("finish")).state == "end"


def test_importing_the_library_leaves_the_extensions_of_the_engine_alone():
    code = (
        "import sys, itil_ops;"
        "print([m for m in sys.modules if m.startswith(('transitions.ext', 'networkx'))])"
    )

    shown = subprocess.check_output([sys.executable, "-c", code], text=True)

    assert shown.strip() == "[]"


# ---- Threads ------------------------------------------------------------------------------------

THREADS, LIVES = 4, 500
DAY = (
    ("weigh", "received"),
    ("sort", "sorted"),
    ("hold", "held"),
    ("resume", "sorted"),
    ("arrive", None),
    ("dispatch", "moving"),
)


def live(number):
    parcel = Parcel.post(ParcelId(f"P-{number}"), title="Books", grams=900, by=LI, at=t(0))
    wrong = 0
    for minute, (action, reached) in enumerate(DAY):
        try:
            parcel = take(parcel, action, by=LI, at=t(minute))
        except IllegalTransitionError:
            wrong += reached is not None
        else:
            wrong += parcel.state.name != reached
    return wrong + (parcel.version != len(DAY)) + (parcel.pending_reason == WEATHER)


def test_four_threads_on_one_lifecycle_take_no_wrong_step():
    found = []
    ready = threading.Barrier(THREADS)

    def work(first):
        ready.wait()
        try:
            found.extend(live(first + number) for number in range(LIVES))
        except Exception as error:
            found.append(error)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [
            threading.Thread(target=work, args=(number * LIVES,)) for number in range(THREADS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)

    assert THREADS * LIVES * len(DAY) == 12_000
    assert found == [0] * (THREADS * LIVES)
