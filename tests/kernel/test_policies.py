"""
Guards as values, who may act, and how much a record must say.
"""

from __future__ import annotations

import copy
import importlib
import pickle
import sys

import pytest

from itil_ops import (
    STRICT_KNOWN_ERROR_ROLES,
    STRICT_PROBLEM_ROLES,
    STRICT_REQUEST_ROLES,
    STRICT_ROLES,
    Incident,
    KnownError,
    Problem,
    ServiceRequest,
)
from itil_ops.kernel.actor import Actor, ProcessRole
from itil_ops.kernel.guard import Guard, completeness, integrity
from itil_ops.kernel.policies import (
    EVERYONE,
    FixedOwner,
    HandlingPolicies,
    Permit,
    Policies,
    RoleTable,
)
from kernel_doubles import (
    ANA,
    LI,
    STRICT,
    Parcel,
    Subject,
    context,
    it_is_insured,
    posted,
    the_weight_is_known,
)


# ---- Guards -------------------------------------------------------------------------------------


def test_a_guard_is_named_after_its_function():
    assert the_weight_is_known.name == "the_weight_is_known"
    assert the_weight_is_known.meaning == "A parcel has a weight."
    assert it_is_insured.meaning == ""


def test_a_guard_holds_always_or_where_it_is_asked_for():
    assert not the_weight_is_known.is_completeness
    assert it_is_insured.is_completeness


def test_a_guard_is_what_it_is():
    def check(subject, step):
        return None

    assert integrity(check) != integrity(check)
    assert completeness(check).why_not is check
    assert the_weight_is_known == the_weight_is_known


@pytest.mark.parametrize(
    "through", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_a_guard_stays_the_same_through_copy_and_pickle(through):
    assert through(the_weight_is_known) is the_weight_is_known
    assert through(STRICT) == STRICT
    assert through(STRICT).completeness == {it_is_insured}


def test_a_guard_is_unpickled_where_its_module_is_not_imported_yet(tmp_path, monkeypatch):
    (tmp_path / "rules_of_mine.py").write_text(
        "from itil_ops import integrity\n\n\n"
        "@integrity\ndef it_rains(subject, step):\n    return None\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    kept = pickle.dumps(importlib.import_module("rules_of_mine").it_rains)
    monkeypatch.delitem(sys.modules, "rules_of_mine")

    guard = pickle.loads(kept)

    assert (type(guard), guard.name) == (Guard, "it_rains")


def test_a_guard_that_cannot_be_found_again_is_not_pickled():
    @integrity
    def it_rains(subject, step):
        return None

    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(it_rains)
    assert copy.deepcopy(it_rains) is it_rains


# ---- Who may act --------------------------------------------------------------------------------


def test_everyone_may_do_everything_unless_told():
    assert Policies().authorization is EVERYONE
    assert EVERYONE.missing_roles(Subject(), context("go")) is None


def permitted(permits, actor, action="sort", subject=None):
    step = context(action)
    table = RoleTable(permits)
    return table.missing_roles(
        subject or Subject(),
        type(step)(
            step.action, actor, step.at, step.effective_at, step.note, step.policies, step.before
        ),
    )


@pytest.mark.parametrize(
    ("permit", "action", "named"),
    [
        (Permit([ProcessRole.USER], ["sort"]), "sort", True),
        (Permit([ProcessRole.USER], ["sort"]), "weigh", False),
        (Permit([ProcessRole.USER], None), "weigh", True),
        (Permit([ProcessRole.USER], None, besides=["weigh"]), "weigh", False),
        (Permit([ProcessRole.USER], ["sort", "weigh"], besides=["weigh"]), "weigh", False),
        (Permit([ProcessRole.USER], [], besides=[]), "sort", False),
        (Permit([ProcessRole.USER], None, where=lambda subject, step: subject.fact), "sort", False),
        (Permit([ProcessRole.USER], None, where=lambda subject, step: step.action), "sort", True),
    ],
)
def test_a_line_speaks_of_its_actions_where_it_applies(permit, action, named):
    assert bool(permit.covers(Subject(), context(action))) == named


def test_a_condition_of_a_line_is_not_asked_about_other_actions():
    def fail(subject, step):
        raise AssertionError

    assert not Permit([ProcessRole.USER], ["weigh"], where=fail).covers(Subject(), context("sort"))


def test_any_one_of_the_roles_is_enough():
    permits = [Permit([ProcessRole.OPERATOR, ProcessRole.SYSTEM], ["sort"])]

    assert permitted(permits, ANA) is None
    assert permitted(permits, Actor.system("belt")) is None
    assert permitted(permits, LI) == {ProcessRole.OPERATOR, ProcessRole.SYSTEM}


def test_the_lines_of_an_action_add_up():
    permits = [
        Permit([ProcessRole.SYSTEM], None),
        Permit([ProcessRole.OPERATOR], ["sort"]),
        Permit([ProcessRole.USER], ["weigh"]),
    ]

    assert permitted(permits, LI) == {ProcessRole.SYSTEM, ProcessRole.OPERATOR}
    assert permitted(permits, ANA) is None
    assert permitted(permits, ANA, "weigh") == {ProcessRole.SYSTEM, ProcessRole.USER}


def test_what_no_line_permits_is_not_permitted():
    assert permitted([], ANA) == frozenset()
    assert permitted([Permit([ProcessRole.OPERATOR], ["weigh"])], ANA) == frozenset()


def test_a_role_table_is_a_value():
    one = RoleTable([Permit([ProcessRole.OPERATOR], ["sort"])])
    other = RoleTable((Permit({ProcessRole.OPERATOR}, ("sort",)),))

    assert one == other
    assert hash(one) == hash(other)


def test_a_role_table_sees_the_record_as_it_would_be():
    seen = []
    table = RoleTable(
        [Permit([ProcessRole.OPERATOR], None, where=lambda p, step: seen.append((p, step)) or True)]
    )

    moved = posted()._step(
        "sort",
        {"route": "Lyon"},
        by=ANA,
        at=posted().logged_at,
        policies=type(STRICT)(authorization=table),
    )

    ((proposed, step),) = seen
    assert (proposed.route, step.action, step.by) == ("Lyon", "sort", ANA)
    assert step.before == posted()
    assert moved.route == "Lyon"


@pytest.mark.parametrize(
    "make",
    [
        lambda: Permit("user", None),
        lambda: Permit(["user"], None),
        lambda: Permit([ProcessRole.USER], "sort"),
        lambda: Permit([ProcessRole.USER], [5]),
        lambda: Permit([ProcessRole.USER], None, besides="sort"),
        lambda: RoleTable(["permit"]),
        lambda: Policies(completeness=["it_is_insured"]),
        lambda: Policies(completeness=5),
        lambda: Policies(authorization="everyone"),
    ],
    ids=[
        "roles a text",
        "a role a text",
        "actions a text",
        "an action a number",
        "besides a text",
        "a line a text",
        "a guard a text",
        "guards a number",
        "authorization a text",
    ],
)
def test_what_a_policy_is_told_is_of_its_type(make):
    with pytest.raises(TypeError):
        make()


# ---- How much a record must say -----------------------------------------------------------------


def test_policies_are_values():
    assert Policies() == Policies(completeness=())
    assert hash(Policies(completeness=[it_is_insured])) == hash(
        Policies(completeness=(it_is_insured,))
    )
    assert Policies(completeness=[it_is_insured]) != Policies()


def test_a_context_is_a_value():
    assert context("sort") == context("sort")
    assert context("sort") != context("weigh")


# ---- Handled records ----------------------------------------------------------------------------


def test_a_handled_record_s_policies_are_checked():
    assert HandlingPolicies().family_levels == 1
    assert HandlingPolicies(family_levels=0).ownership == FixedOwner()
    for wrong in ({"priority": 3}, {"ownership": FixedOwner}, {"family_levels": "one"}):
        with pytest.raises(TypeError):
            HandlingPolicies(**wrong)
    with pytest.raises(ValueError, match="family_levels must be 0 or more"):
        HandlingPolicies(family_levels=-1)


def test_a_fixed_owner_has_a_name():
    assert FixedOwner("problem_manager").owner(service="email") == "problem_manager"
    with pytest.raises(ValueError, match="owner_name must not be blank"):
        FixedOwner(" ")


@pytest.mark.parametrize(
    ("table", "kind"),
    [
        (STRICT_ROLES, Incident),
        (STRICT_PROBLEM_ROLES, Problem),
        (STRICT_KNOWN_ERROR_ROLES, KnownError),
        (STRICT_REQUEST_ROLES, ServiceRequest),
    ],
)
def test_our_own_tables_name_nothing_that_their_records_cannot_do(table, kind):
    assert table.unknown_to(kind) == ()


def test_a_table_tells_what_a_class_does_not_know():
    user = [ProcessRole.USER]
    table = RoleTable(
        [
            Permit(user, ["post", "srot", "affix"]),
            Permit(user, None, besides=["soak", "weihg"]),
            Permit(user, None),
        ]
    )

    assert table.unknown_to(Parcel) == ("srot", "weihg")
    assert RoleTable([]).unknown_to(Parcel) == ()
