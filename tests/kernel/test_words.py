"""
Ids, open vocabularies, and the words that rooms share.
"""

from __future__ import annotations

import copy
import pickle

from typing import ClassVar

import attrs
import pytest

from itil_ops.kernel import identity
from itil_ops.kernel.identity import IncidentId, PartId, ProblemId, RecordId
from itil_ops.kernel.priority import Impact, Urgency
from itil_ops.kernel.term import Term
from itil_ops.kernel.vocabulary import (
    CategoryPath,
    Contact,
    ContactChannel,
    Criticality,
    Direction,
    Link,
    LinkKind,
    PendingReason,
    Visibility,
)
from kernel_doubles import T0


IDS = [
    kind
    for kind in vars(identity).values()
    if isinstance(kind, type) and issubclass(kind, RecordId) and kind is not RecordId
]
THROUGH = pytest.mark.parametrize(
    "through", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)


class Colour(Term):
    RED: ClassVar[Colour]
    DEEP_BLUE: ClassVar[Colour]
    shade: ClassVar[int]


class Bare(Term):
    pass


# ---- Ids ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", IDS)
def test_ids_are_equal_within_their_kind_alone(kind):
    assert kind("7") == kind("7")
    assert hash(kind("7")) == hash(kind("7"))
    assert kind("7") != kind("8")
    assert all(kind("7") != other("7") for other in (*IDS, RecordId) if other is not kind)
    assert kind("7") != "7"


@THROUGH
@pytest.mark.parametrize("kind", IDS)
def test_ids_are_frozen_values(kind, through):
    known = kind("7")

    assert (through(known), type(through(known))) == (known, kind)
    assert not hasattr(known, "__dict__")
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        known.value = "8"


def test_an_id_reads_as_its_text():
    assert f"{IncidentId('7'):>3}|{PendingReason.SCHEDULED:<10}|" == "  7|scheduled |"
    assert (str(IncidentId("INC-7")), repr(IncidentId("INC-7"))) == (
        "INC-7",
        "IncidentId(value='INC-7')",
    )


@pytest.mark.parametrize("value", [7, None, b"7", IncidentId("7")])
def test_an_id_is_text(value):
    with pytest.raises(TypeError, match="ProblemId must be a str"):
        ProblemId(value)


@pytest.mark.parametrize("value", ["", " ", "\n", "7\0", "\udfff"])
def test_an_id_is_text_that_every_store_keeps(value):
    with pytest.raises(ValueError, match="PartId"):
        PartId(value)


@pytest.mark.parametrize("value", ["7", "Ä-7", "日本", "a b", "x" * 1000, "'; --"])
def test_an_id_is_opaque(value):
    assert IncidentId(value).value == value


# ---- Open vocabularies --------------------------------------------------------------------------


def test_a_constant_is_its_own_name_in_lower_case():
    assert (Colour.RED.value, str(Colour.DEEP_BLUE)) == ("red", "deep_blue")
    assert Colour("red") == Colour.RED
    assert hash(Colour("red")) == hash(Colour.RED)
    assert type(Colour.RED) is Colour


def test_constants_stand_in_the_order_of_their_declaration():
    assert Colour.constants() == (Colour.RED, Colour.DEEP_BLUE)
    assert Bare.constants() == ()
    assert [level.value for level in Impact.constants()] == [
        "very_high",
        "high",
        "medium",
        "low",
        "very_low",
    ]


def test_a_caller_adds_words_by_calling():
    assert repr(Colour("green")) == "Colour('green')"
    assert repr(Colour.RED) == "Colour.RED"
    assert Colour("green") != Colour.RED


def test_a_word_named_like_something_else_is_no_constant():
    assert repr(Colour("shade")) == "Colour('shade')"
    assert not hasattr(Colour, "shade")


def test_words_of_different_vocabularies_are_never_equal():
    assert Impact.HIGH != Urgency.HIGH
    assert Colour("red") != Bare("red")
    assert Colour("red") != "red"


def test_a_vocabulary_may_be_refined():
    class Shade(Colour):
        PALE: ClassVar[Shade]

    assert Shade.constants() == (Shade.PALE,)
    assert Shade.PALE == Shade("pale") != Colour("pale")


@THROUGH
def test_a_word_is_a_frozen_value(through):
    assert through(PendingReason.AWAITING_CALLER) == PendingReason.AWAITING_CALLER
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        PendingReason.AWAITING_CALLER.value = "x"


@pytest.mark.parametrize("value", ["", "Red", "deep-blue", "deep blue", "_x", "x_", "a__b", "rød"])
def test_a_word_is_written_in_lower_snake_case(value):
    with pytest.raises(ValueError) as caught:
        Colour(value)

    assert str(caught.value) == f"Colour must be written in lower_snake case, not {value!r}"


@pytest.mark.parametrize("value", ["x\n", "x\x85"])
def test_a_word_ends_where_it_ends(value):
    with pytest.raises(ValueError):
        Colour(value)


@pytest.mark.parametrize("value", [None, 5, b"red", Colour.RED])
def test_a_word_is_text(value):
    with pytest.raises(TypeError, match="Colour must be a str"):
        Colour(value)


@pytest.mark.parametrize("vocabulary", [PendingReason, ContactChannel, LinkKind, Impact, Urgency])
def test_every_usual_word_can_be_told_from_its_text(vocabulary):
    constants = vocabulary.constants()

    assert len(set(constants)) == len(constants) > 0
    assert all(vocabulary(constant.value) == constant for constant in constants)
    assert all(repr(constant).startswith(f"{vocabulary.__name__}.") for constant in constants)


# ---- Messages -----------------------------------------------------------------------------------


@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("visibility", Visibility)
@pytest.mark.parametrize("automatic", [True, False])
def test_a_human_informs_the_user_outbound_in_public(direction, visibility, automatic):
    contact = Contact(direction=direction, visibility=visibility, at=T0, automatic=automatic)

    assert contact.informs_user == (
        (direction, visibility, automatic) == (Direction.OUTBOUND, Visibility.PUBLIC, False)
    )
    assert contact.is_from_user == ((direction, automatic) == (Direction.INBOUND, False))


# ---- Links and categories -----------------------------------------------------------------------


def test_every_usual_link_is_read_from_the_other_end_as_well():
    inverses = [kind.inverse for kind in LinkKind.constants()]

    assert len(inverses) == len(LinkKind.constants())
    assert LinkKind.RELATED.inverse == LinkKind.RELATED
    assert all(one.inverse != one for one in LinkKind.constants() if one != LinkKind.RELATED)


def test_nobody_knows_how_a_link_of_the_caller_s_own_is_read_from_the_other_end():
    with pytest.raises(ValueError, match=r"nobody has said how LinkKind\('paid_by'\) is read"):
        _ = LinkKind("paid_by").inverse


def test_a_link_is_a_value():
    assert Link(LinkKind.CAUSED_BY, ProblemId("7")) == Link(LinkKind.CAUSED_BY, ProblemId("7"))
    assert Link(LinkKind.CAUSED_BY, ProblemId("7")) != Link(LinkKind.CAUSED_BY, IncidentId("7"))


@pytest.mark.parametrize(
    ("path", "levels"),
    [
        ("software", ("software",)),
        ("software/mail", ("software", "mail")),
        ("a/b/c/d", ("a", "b", "c", "d")),
        ("Büro und Mehr/Mail", ("Büro und Mehr", "Mail")),
    ],
)
def test_a_category_has_one_to_four_levels(path, levels):
    assert CategoryPath(path).levels == levels
    assert str(CategoryPath(path)) == path


@pytest.mark.parametrize("path", ["a/b/c/d/e", "/", "a/", "/a", "a//b", "a/ /b"])
def test_a_category_with_other_levels_is_refused(path):
    with pytest.raises(ValueError) as caught:
        CategoryPath(path)

    assert str(caught.value) == (f"a category has one to 4 levels between slashes, not {path!r}")


@pytest.mark.parametrize(("path", "error"), [(5, TypeError), (None, TypeError), ("", ValueError)])
def test_a_category_is_text_that_says_something(path, error):
    with pytest.raises(error, match="a category"):
        CategoryPath(path)


@pytest.mark.parametrize("closed", [Direction, Visibility, Criticality])
def test_closed_vocabularies_are_text_too(closed):
    assert all(closed(str(word)) is word for word in closed)
