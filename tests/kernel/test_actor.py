"""
Who acts, and in which roles.
"""

from __future__ import annotations

import copy
import pickle

import pytest

from itil_ops.kernel.actor import Actor, ActorKind, ProcessRole


def test_an_actor_is_a_person_unless_told():
    assert (Actor("li").kind, Actor("li").roles) == (ActorKind.PERSON, frozenset())


def test_a_system_holds_the_role_of_a_system():
    monitoring = Actor.system("monitoring")

    assert (monitoring.kind, monitoring.roles) == (ActorKind.SYSTEM, {ProcessRole.SYSTEM})


def test_a_group_acts_as_one():
    assert Actor.group("board").roles == frozenset()
    assert Actor.group("board", roles=[ProcessRole.APPROVER]) == Actor(
        "board", kind=ActorKind.GROUP, roles={ProcessRole.APPROVER}
    )


def test_an_actor_holds_roles():
    li = Actor("li", roles=[ProcessRole.USER, ProcessRole("auditor")])

    assert li.holds(ProcessRole.USER)
    assert li.holds(ProcessRole("auditor"))
    assert not li.holds(ProcessRole.SYSTEM)


@pytest.mark.parametrize(
    ("actor", "shown"),
    [
        (Actor("li"), "Actor('li')"),
        (Actor.group("board"), "Actor('board', kind=group)"),
        (
            Actor.system("cron"),
            "Actor('cron', kind=system, roles=[ProcessRole.SYSTEM])",
        ),
        (
            Actor("li", roles=[ProcessRole.USER, ProcessRole.APPROVER]),
            "Actor('li', roles=[ProcessRole.APPROVER, ProcessRole.USER])",
        ),
    ],
)
def test_an_actor_shows_name_kind_and_roles(actor, shown):
    assert repr(actor) == shown
    assert str(actor) == actor.name


@pytest.mark.parametrize(
    "through", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_an_actor_is_a_value(through):
    li = Actor("li", roles=[ProcessRole.USER])

    assert through(li) == li
    assert hash(through(li)) == hash(li)
    assert li != Actor("li")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"name": 5}, "an actor's name must be a str, not 5"),
        ({"name": None}, "an actor's name must be a str, not None"),
        (
            {"kind": "person"},
            "kind must be an ActorKind, not 'person'; known: PERSON, GROUP, SYSTEM",
        ),
        ({"roles": ["user"]}, "each of roles must be a ProcessRole, not 'user'"),
        ({"roles": "user"}, "roles must be several, each a ProcessRole, not 'user'"),
        ({"roles": 5}, "roles must be several, each a ProcessRole, not 5"),
    ],
)
def test_what_an_actor_is_told_is_of_its_type(arguments, words):
    with pytest.raises(TypeError) as caught:
        Actor(**{"name": "li", **arguments})

    assert str(caught.value) == words


@pytest.mark.parametrize("name", ["", "  ", "a\0b", "\ud800"])
def test_an_actor_has_a_name_that_every_store_keeps(name):
    with pytest.raises(ValueError, match="an actor's name"):
        Actor(name)
