"""
Tests that every room has alike: each room writes its tables down, and these go through them.

A test that names a table with `over` is one test for each of its rows.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import functools
import re

from collections.abc import Callable
from types import MappingProxyType
from typing import TYPE_CHECKING

import attrs
import pytest

from itil_ops import (
    GuardRefusedError,
    IllegalTransitionError,
    OutOfOrderError,
    UnknownActionError,
)
from record_doubles import nothing_changes, parameters_of, rules_of


if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def over(table, *names):
    """
    Say that a test is one for each row of *table*, told as the arguments *names*.
    """

    def marked(test):
        test.over = table, names
        return test

    return marked


class OfRoom:
    """
    Tests of a room, which a subclass names with its tables.
    """

    def pytest_generate_tests(self, metafunc):
        table, names = getattr(metafunc.function, "over", (None, ()))
        if table is not None:
            rows = getattr(self, table)
            metafunc.parametrize(",".join(names), list(rows() if callable(rows) else rows))


@attrs.frozen(kw_only=True)
class Room:
    """
    How the records of a room are made and worked on in tests.

    Attributes:
        kind: The class of its records.

        begin: The verb with which one begins.

        begun: Makes one.

        good: What each verb takes besides `by` and `at`, so that it passes.

        told: Given a record, a verb and what shall differ, all that the verb is told, at the
            instant of the last entry.

        standing: Given a place, a record that stands there.

        ready: Given a place and a verb, a record there on which it passes if the lifecycle lets it.

        verbs: The names of all verbs.

        verbs_of_parts: The verbs that are no steps of the record but of a part.
    """

    kind: type
    begin: str
    begun: Callable
    good: Callable
    told: Callable
    standing: Callable
    ready: Callable
    verbs: frozenset = attrs.field(converter=frozenset)
    verbs_of_parts: frozenset = attrs.field(default=(), converter=frozenset)

    @property
    def lifecycle(self):
        return self.kind.lifecycle

    def parameters(self, action):
        return [name for name in parameters_of(self.kind, action) if name != "cls"]

    def done(self, record, action, **differing):
        """
        Return the record after a verb.
        """
        return getattr(record, action)(**self.told(record, action, **differing))


def here(*states):
    """
    Return the row of a step that leaves these states alone.
    """
    return {state: state for state in states}


def state_of(place):
    return place.partition(" ")[0]


# ---- Every state times every action -------------------------------------------------------------


class EveryStateTimesEveryAction(OfRoom):
    """
    A lifecycle against a table written down from the domain text.

    Attributes:
        table: Where each action may be done, and where it leads: a state, or "the one left".

        ways: The places to try it from: names of states, with more words where there are several.

        states: The states in order.

        phases: The phase of each state.

        final: The states in which a life may end.

        left: For a place that waits, the state that it waits away from.

        leads: Where a pair of place and action leads that the table cannot tell.

        hold: The verb with which work is left to wait.

        misspelled: A place, what is no verb, and the verb it is nearest to.
    """

    room: Room
    table: Mapping
    ways: Iterable
    states: Iterable
    phases: Mapping
    final: Iterable
    left: Mapping
    leads: Mapping = MappingProxyType({})
    elsewhere: Mapping = MappingProxyType({})
    hold = "hold"
    misspelled: Iterable

    def expected(self, place, action):
        if (place, action) in self.leads:
            return self.leads[place, action]
        to = self.table[action].get(state_of(place))
        return self.left[place] if to == "the one left" else to

    def allowed_in(self, place):
        return {action for action, rows in self.table.items() if state_of(place) in rows}

    def pairs(self):
        return [
            (place, action)
            for place in self.ways
            for action in self.table
            if (place, action) not in self.elsewhere
        ]

    def legal(self):
        return [pair for pair in self.pairs() if self.expected(*pair)]

    def illegal(self):
        return [pair for pair in self.pairs() if not self.expected(*pair)]

    def attempt(self, record, action):
        told = self.room.told(record, action)
        if action == self.room.begin:
            return record._step(action, by=told["by"], at=told["at"])
        return getattr(record, action)(**told)

    def test_the_states_are_those_of_the_domain_in_its_order_and_phases(self):
        states = self.room.lifecycle.states
        assert {state.name: state.phase for state in states} == self.phases
        assert tuple(state.name for state in states) == self.states

    def test_a_life_ends_where_the_domain_says(self):
        states = self.room.lifecycle.states
        assert {state.name for state in states if state.final} == set(self.final)

    def test_every_state_says_what_is_true_of_the_world(self):
        assert all(state.meaning.endswith(".") for state in self.room.lifecycle.states)

    def test_the_verbs_of_the_class_are_the_actions_of_the_lifecycle(self):
        own = self.room.verbs - self.room.verbs_of_parts
        assert own == set(self.room.lifecycle.actions) == set(self.table)
        assert self.room.verbs_of_parts <= self.room.verbs

    def test_the_steps_that_leave_the_state_alone_are_known(self):
        alone = {a for a, rows in self.table.items() if rows and rows == here(*rows)}
        assert self.room.lifecycle.internal_actions == alone

    def test_nothing_begins_with_another_verb(self):
        lifecycle = self.room.lifecycle
        begins = [action for action in lifecycle.actions if lifecycle.rows(None, action)]
        assert begins == [self.room.begin]

    def test_parameters_of_every_verb_are_known_to_these_tests(self):
        for verb in self.room.verbs:
            assert set(self.room.good(verb)) <= set(self.room.parameters(verb)), verb

    @over("ways", "place")
    def test_what_is_allowed_from_a_state_is_what_the_domain_allows(self, place):
        assert set(self.room.standing(place).allowed) == self.allowed_in(place)

    @over("legal", "place", "action")
    def test_a_step_of_the_table_leads_where_the_table_says(self, place, action):
        before = self.room.ready(place, action)
        next_one = self.room.done(before, action)
        entries = next_one.journal[before.version :]
        own = [entry for entry in entries if entry.part is None]

        assert next_one.state.name == self.expected(place, action)
        assert next_one.journal[: before.version] == before.journal
        assert own[0].from_state == state_of(place)
        assert own[-1].action == action
        assert {entry.by for entry in entries} == {self.room.told(before, action)["by"]}

    @over("illegal", "place", "action")
    def test_any_other_step_is_refused_and_names_what_is_allowed(self, place, action):
        record = self.room.ready(place, action)

        with nothing_changes(record), pytest.raises(IllegalTransitionError) as refusal:
            self.attempt(record, action)

        assert refusal.value.action == action
        assert refusal.value.state == state_of(place)
        assert refusal.value.lifecycle == self.room.lifecycle.name
        assert set(refusal.value.allowed) == self.allowed_in(place)
        assert rules_of(refusal) == ["transition"]
        assert all(name in str(refusal.value) for name in self.allowed_in(place))

    @over("pairs", "place", "action")
    def test_why_not_says_beforehand_what_the_verb_will_do(self, place, action):
        record = self.room.ready(place, action)
        reasons = record.why_not(action, **self.room.told(record, action))
        expected = [] if self.expected(place, action) else ["transition"]
        assert [reason.rule for reason in reasons] == expected

    @over("left", "place")
    def test_a_hold_returns_to_what_was_left_however_often_its_reason_changes(self, place):
        record = self.room.ready(place, self.hold)
        for day in range(1, 4):
            until = record.journal[-1].at + dt.timedelta(days=day)
            record = self.room.done(record, self.hold, until=until)
        assert self.room.done(record, "resume").state.name == self.left[place]

    @over("misspelled", "place", "word", "nearest")
    def test_an_unknown_action_is_refused_and_the_nearest_one_named(self, place, word, nearest):
        record = self.room.standing(place)
        told = {"by": record.journal[0].by, "at": record.journal[-1].at}
        for ask in (record.why_not, record._step):
            with nothing_changes(record), pytest.raises(UnknownActionError) as refusal:
                ask(word, **told)
            assert refusal.value.nearest == nearest == self.room.lifecycle.nearest(word)
            assert f"did you mean {nearest!r}?" in str(refusal.value)

    def test_an_action_like_no_other_is_told_all_that_are_known(self):
        record = self.room.begun()
        with pytest.raises(UnknownActionError) as refusal:
            record.why_not("xyzzy", by=record.journal[0].by, at=record.journal[-1].at)
        assert refusal.value.nearest is None
        assert all(action in str(refusal.value) for action in self.table)


class EveryStateTimesEveryActionAndRules(EveryStateTimesEveryAction):
    """
    A lifecycle some of whose steps a rule refuses, wherever they are tried from a place.

    Attributes:
        elsewhere: The pairs of place and action that the table allows and rules refuse, each with
            the names of the rules.
    """

    def ruled_out(self):
        return [(*pair, rules) for pair, rules in self.elsewhere.items()]

    @over("ruled_out", "place", "action", "rules")
    def test_what_the_table_allows_and_rules_refuse_is_refused_by_those_rules(
        self, place, action, rules
    ):
        record = self.room.ready(place, action)
        assert action in record.allowed
        with nothing_changes(record), pytest.raises(GuardRefusedError) as refusal:
            self.room.done(record, action)
        assert rules_of(refusal) == rules.split()


# ---- Every rule ---------------------------------------------------------------------------------


def rule_of(case):
    return case.partition(":")[0]


class EveryRule(OfRoom):
    """
    Every rule refuses alone and by name, and lets pass what satisfies it.

    A case is named after its rule, with more words after a colon. It is what the rule refuses, and
    what it lets pass; both take `policies`.

    Attributes:
        lifecycles: Where the rules stand: the lifecycle of the record, and of its parts.

        integrity: What is refused always.

        completeness: What is refused only where the policies name the rule.

        named_by_the_domain: The rules that the room calls so.

        asking_for: Given a guard, policies that name it.

        words: A refused attempt, and what the message says.
    """

    lifecycles: Iterable
    integrity: Mapping
    completeness: Mapping
    named_by_the_domain: Iterable
    asking_for: Callable
    words: Iterable

    @property
    def guards(self):
        rows = [row for lifecycle in self.lifecycles for row in lifecycle.transitions]
        return {guard.name: guard for row in rows for guard in row.guards}

    def policies_for(self, case):
        return self.asking_for(self.guards[rule_of(case)])

    def test_every_guard_of_the_lifecycle_is_tried_here(self):
        assert set(self.guards) == {rule_of(case) for case in (*self.integrity, *self.completeness)}

    def test_completeness_guards_are_those_that_the_domain_calls_so(self):
        named = {guard.name for guard in self.named_by_the_domain}
        assert named == {rule_of(case) for case in self.completeness}
        assert all(guard.is_completeness for guard in self.named_by_the_domain)

    @over("integrity", "case")
    def test_an_integrity_rule_refuses_alone_and_by_name(self, case):
        refused, _ = self.integrity[case]
        with pytest.raises(GuardRefusedError) as refusal:
            refused(policies=None)
        assert rules_of(refusal) == [rule_of(case)]
        assert refusal.value.reasons[0].text in str(refusal.value)

    @over("integrity", "case")
    def test_an_integrity_rule_lets_pass_what_satisfies_it(self, case):
        _, satisfied = self.integrity[case]
        assert satisfied(policies=None).version

    @over("completeness", "case")
    def test_a_completeness_rule_is_silent_by_default(self, case):
        refused, _ = self.completeness[case]
        assert refused(policies=None).version

    @over("completeness", "case")
    def test_a_completeness_rule_refuses_alone_and_by_name_where_it_is_asked_for(self, case):
        refused, _ = self.completeness[case]
        with pytest.raises(GuardRefusedError) as refusal:
            refused(policies=self.policies_for(case))
        assert rules_of(refusal) == [rule_of(case)]

    @over("completeness", "case")
    def test_a_completeness_rule_lets_pass_what_satisfies_it(self, case):
        _, satisfied = self.completeness[case]
        assert satisfied(policies=self.policies_for(case)).version

    @over("words", "refused", "words")
    def test_a_refusal_says_what_is_in_the_way_and_what_to_do(self, refused, words):
        with pytest.raises(GuardRefusedError) as refusal:
            refused()
        assert words in str(refusal.value)


# ---- Every argument -----------------------------------------------------------------------------

SOMETHING = object()

WRONG = (SOMETHING, [SOMETHING], 5.5)
EMPTY = (0.0, b"", {}, 0)
BLANK = ("", " ", "\n", "\t", "a\0b", "\ud800")


def is_one_of(names, action, name):
    return name in names or f"{name} of {action}" in names


def refused(room, record, action, errors, **told):
    """
    Assert that a verb is refused for a bad argument, and `why_not` says the same; return that.
    """
    asking = room.told(record, action, **told)
    with nothing_changes(record):
        for ask in (getattr(record, action), functools.partial(record.why_not, action)):
            with pytest.raises(errors) as refusal:
                ask(**asking)
    return str(refusal.value)


def refused_by_name(room, record, action, errors, **told):
    """
    Assert that a verb is refused for a bad argument, and that the error names the argument.
    """
    (name,) = told
    assert re.search(rf"\b{name}\b", refused(room, record, action, errors, **told))


class EveryArgument(OfRoom):
    """
    Bad arguments are refused before anything changes, whatever they are and wherever they stand.

    Names that mean one thing in one verb and something else in another are told with the verb, as
    "reason of reopen".

    Attributes:
        places: For each verb but the first the places in which it is tried.

        texts: Arguments that are texts.

        instants: Arguments that are instants.

        numbers: Arguments that are whole numbers.

        several: Arguments that may be empty.

        alike: A place, a verb, and arguments one of which looks like what it should be.

        foreign: Arguments that some verbs have, with a value that those would take.

        never_stated: What a record cannot begin with, though it has it later.

        spared: For a verb what it does without, though these tests tell it.
    """

    room: Room
    places: Mapping
    texts: Iterable
    instants: Iterable
    numbers: Iterable
    several: Iterable
    alike: Iterable
    foreign: Mapping
    never_stated: Mapping
    spared: Mapping

    def tried(self):
        return [(action, place) for action, places in self.places.items() for place in places]

    def arguments(self):
        return [
            (action, place, name)
            for action, place in self.tried()
            for name in self.room.parameters(action)
        ]

    def texts_told(self):
        return [each for each in self.arguments() if is_one_of(self.texts, each[0], each[2])]

    def instants_told(self):
        return [each for each in self.arguments() if each[2] in self.instants]

    def effective(self):
        return [verb for verb in self.places if "effective_at" in self.room.parameters(verb)]

    def stated(self):
        return self.room.parameters(self.room.begin)

    def texts_stated(self):
        return [name for name in self.stated() if is_one_of(self.texts, self.room.begin, name)]

    def instants_stated(self):
        return [name for name in self.stated() if name in self.instants]

    def needed(self):
        return [
            (action, name)
            for action in self.places
            for name in ("by", "at", *self.room.good(action))
            if name not in self.spared.get(action, ())
        ]

    def looking_alike(self):
        return [
            pytest.param(place, action, told, id="-".join((action, *told)))
            for place, action, told in self.alike
        ]

    def ready(self, action):
        return self.room.ready(self.places[action][0], action)

    def passes(self, record, action, **told):
        """
        Whether a verb lets pass what it should not take, or speaks of it as of something else.
        """
        try:
            self.room.done(record, action, **told)
        except TypeError:
            return False
        except Exception:
            return True
        return True

    def test_every_verb_is_tried_here(self):
        assert {*self.places, self.room.begin} == self.room.verbs

    def test_every_argument_of_every_verb_is_a_text_an_instant_or_a_value_of_a_type(self):
        known = {name for verb in self.room.verbs for name in self.room.parameters(verb)}
        usual = {"at", "until", "planned_for"} & known
        assert {name for name in known if name.endswith("_at")} | usual == set(self.instants)
        named = {*self.texts, *self.numbers, *self.several}
        assert {each.partition(" ")[0] for each in named} < known

    # ---- The wrong type ---------------------------------------------------------------------

    @over("arguments", "action", "place", "name")
    def test_an_argument_of_the_wrong_type_is_a_type_error(self, action, place, name):
        for wrong in WRONG:
            record = self.room.ready(place, action)
            refused_by_name(self.room, record, action, TypeError, **{name: wrong})

    @over("tried", "action", "place")
    def test_nor_is_a_wrong_type_taken_for_nothing_at_all(self, action, place):
        record = self.room.ready(place, action)
        passed = [
            (name, wrong)
            for name in self.room.parameters(action)
            for wrong in EMPTY
            if not (is_one_of(self.numbers, action, name) and type(wrong) is int)
            if not (is_one_of(self.several, action, name) and wrong in (b"", {}))
            if self.passes(record, action, **{name: wrong})
        ]
        assert passed == []

    @over("texts_told", "action", "place", "name")
    def test_a_blank_text_is_a_value_error(self, action, place, name):
        for blank in BLANK:
            record = self.room.ready(place, action)
            refused_by_name(self.room, record, action, ValueError, **{name: blank})

    @over("stated", "name")
    def test_none_begins_with_anything_of_the_wrong_type(self, name):
        for wrong in (*WRONG, 0.0, b"x"):
            with pytest.raises(TypeError, match=rf"\b{name}\b"):
                self.room.begun(**{name: wrong})

    @over("texts_stated", "name")
    def test_none_begins_with_a_blank_text(self, name):
        for blank in BLANK:
            with pytest.raises(ValueError, match=rf"\b{name}\b"):
                self.room.begun(**{name: blank})

    @over("looking_alike", "place", "action", "told")
    def test_what_looks_alike_is_not_the_same(self, place, action, told):
        refused(self.room, self.room.ready(place, action), action, TypeError, **told)

    # ---- Unknown arguments, and missing ones ------------------------------------------------

    @over("tried", "action", "place")
    def test_an_argument_that_no_verb_has_is_a_type_error(self, action, place):
        refused(self.room, self.room.ready(place, action), action, TypeError, colour="red")

    @over("foreign", "name")
    def test_an_argument_that_only_others_have_is_a_type_error(self, name):
        passed = [
            action
            for action in self.places
            if name not in self.room.parameters(action)
            if self.passes(self.ready(action), action, **{name: self.foreign[name]})
        ]
        assert passed == []

    def test_none_begins_with_a_field_that_a_person_does_not_state(self):
        taken = []
        for name, value in self.never_stated.items():
            with contextlib.suppress(TypeError):
                taken.append((name, self.room.begun(**{name: value}).version))
        assert taken == []

    @over("needed", "action", "name")
    def test_a_verb_without_what_it_needs_is_a_type_error_and_why_not_speaks(self, action, name):
        record = self.ready(action)
        told = self.room.told(record, action)
        del told[name]

        with nothing_changes(record), pytest.raises(TypeError):
            getattr(record, action)(**told)
        if name not in {"by", "at"}:
            assert record.why_not(action, **told)

    def test_none_begins_without_an_id_a_title_an_actor_and_an_instant(self):
        begin = getattr(self.room.kind, self.room.begin)
        first = self.room.begun()
        told = {
            **self.room.good(self.room.begin),
            "by": first.journal[0].by,
            "at": first.logged_at,
        }
        assert begin(**told) == first
        for name in ("id", "title", "by", "at"):
            with pytest.raises(TypeError):
                begin(**{n: value for n, value in told.items() if n != name})
            with pytest.raises(TypeError):
                begin(**{**told, name: None})

    # ---- Instants ---------------------------------------------------------------------------

    @over("instants_told", "action", "place", "name")
    def test_a_naive_instant_is_a_value_error(self, action, place, name):
        naive = dt.datetime(2026, 3, 2, 10)
        record = self.room.ready(place, action)
        refused_by_name(self.room, record, action, ValueError, **{name: naive})

    @over("instants_stated", "name")
    def test_none_begins_with_a_naive_instant(self, name):
        with pytest.raises(ValueError, match=f"{name} must be an aware datetime"):
            self.room.begun(**{name: dt.datetime(2026, 3, 2, 9)})

    @over("places", "action")
    def test_an_instant_before_the_last_entry_is_out_of_order(self, action):
        record = self.ready(action)
        last = record.journal[-1].at
        told = self.room.told(record, action, at=last - dt.timedelta(microseconds=1))

        with nothing_changes(record), pytest.raises(OutOfOrderError) as refusal:
            getattr(record, action)(**told)
        facts = refusal.value.name, refusal.value.given, refusal.value.last
        assert facts == ("at", told["at"], last)
        assert isinstance(refusal.value, ValueError)
        assert [reason.rule for reason in record.why_not(action, **told)] == ["order"]

    @over("places", "action")
    def test_the_instant_of_the_last_entry_is_in_order(self, action):
        record = self.ready(action)
        assert self.room.done(record, action).version > record.version

    @over("effective", "action")
    def test_nothing_is_so_after_it_is_recorded(self, action):
        record = self.ready(action)
        later = record.journal[-1].at + dt.timedelta(minutes=1)
        refused(self.room, record, action, ValueError, effective_at=later)
