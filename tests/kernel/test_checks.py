"""
Checks of arguments, and of the fields that all records share.
"""

from __future__ import annotations

import datetime as dt

import attrs
import pytest

from itil_ops.kernel.checks import (
    check_count,
    check_names,
    check_optional,
    check_optional_text,
    check_text,
    check_type,
    checked,
    optional,
    optional_several,
    tuple_of,
)
from itil_ops.kernel.fields import RECORD_FIELDS
from itil_ops.kernel.identity import ChangeId
from itil_ops.kernel.instant import utc
from itil_ops.kernel.priority import Impact, Urgency
from itil_ops.kernel.record import Record
from itil_ops.kernel.vocabulary import CategoryPath, Direction, PendingReason
from kernel_doubles import T0


def test_what_is_of_the_type_passes():
    assert check_type(5, int, "level") == 5
    assert check_optional(5, int, "level") == 5
    assert check_optional(None, int, "level") is None


@pytest.mark.parametrize(
    ("expected", "words"),
    [
        (int, "level must be an int, not 'high'"),
        (dict, "level must be a dict, not 'high'"),
        (Impact, "level must be an Impact, not 'high'"),
    ],
)
def test_another_type_is_named(expected, words):
    with pytest.raises(TypeError) as caught:
        check_type("high", expected, "level")
    assert str(caught.value) == words
    with pytest.raises(TypeError) as caught:
        check_optional("high", expected, "level")
    assert str(caught.value) == words.replace(",", " or None,")


def test_what_is_not_of_a_closed_vocabulary_is_told_all_of_it():
    with pytest.raises(TypeError) as caught:
        check_type("inbound", Direction, "direction")
    assert str(caught.value) == (
        "direction must be a Direction, not 'inbound'; known: OUTBOUND, INBOUND"
    )
    with pytest.raises(TypeError, match=r"or None, not 5; known: OUTBOUND, INBOUND$"):
        check_optional(5, Direction, "direction")


@pytest.mark.parametrize("text", ["a", " a ", "Ä", "日本", "\U0001f600", "a\nb", "\u200b"])
def test_text_that_says_something_passes(text):
    assert check_text(text, "title") == text
    assert check_optional_text(text, "title") == text


@pytest.mark.parametrize("text", ["", " ", "\t\n", "\u3000"])
def test_blank_text_is_refused(text):
    for check in (check_text, check_optional_text):
        with pytest.raises(ValueError) as caught:
            check(text, "title")
        assert str(caught.value) == "title must not be blank"


@pytest.mark.parametrize("text", ["a\0", "\ud800", "a\udfff"])
def test_text_that_no_store_keeps_is_refused(text):
    with pytest.raises(ValueError) as caught:
        check_text(text, "title")

    assert str(caught.value) == (
        f"title holds a NUL or a lone surrogate, which no store keeps: {text!r}"
    )


@pytest.mark.parametrize("value", [5, b"a", ["a"]])
def test_what_is_no_text_is_refused(value):
    for check in (check_text, check_optional_text):
        with pytest.raises(TypeError, match="title must be a str"):
            check(value, "title")


def test_no_text_is_optional():
    assert check_optional_text(None, "title") is None
    with pytest.raises(TypeError):
        check_text(None, "title")


def test_a_check_may_be_made_for_a_field():
    assert optional(int)(None, "level") is None
    assert tuple_of(int)(iter([1, 2]), "levels") == (1, 2)
    with pytest.raises(TypeError, match="level must be an int or None, not '1'"):
        optional(int)("1", "level")
    with pytest.raises(TypeError, match="each of levels must be an int, not '2'"):
        tuple_of(int)([1, "2"], "levels")


@pytest.mark.parametrize("values", [None, 5])
def test_what_is_not_several_is_named(values):
    with pytest.raises(TypeError, match="levels"):
        tuple_of(int)(values, "levels")


def test_names_are_several_texts():
    assert check_names(["ana", "li"], "informed") == ("ana", "li")
    assert check_names((), "informed") == ()
    assert check_names({"ana"}, "informed") == ("ana",)


@pytest.mark.parametrize("names", ["ana", None, 5])
def test_one_name_is_not_several(names):
    with pytest.raises(TypeError) as caught:
        check_names(names, "informed")

    assert str(caught.value) == f"informed must be several names, not {names!r}"


@pytest.mark.parametrize(
    ("names", "error"), [([5], TypeError), ([None], TypeError), ([""], ValueError)]
)
def test_each_name_is_text_that_says_something(names, error):
    with pytest.raises(error, match="each of informed"):
        check_names(names, "informed")


def test_a_field_is_called_as_the_argument_is():
    checks = {"pending_reason": optional(PendingReason), "title": check_text}
    called = {"pending_reason": "reason"}
    reason = PendingReason.AWAITING_CALLER

    assert checked(checks, called, pending_reason=reason) == {"pending_reason": reason}
    with pytest.raises(TypeError, match=r"^reason must be a PendingReason or None, not 5$"):
        checked(checks, called, pending_reason=5)
    with pytest.raises(ValueError, match=r"^title must not be blank$"):
        checked(checks, called, pending_reason=reason, title="")


def test_fields_are_checked_and_the_others_pass():
    assert checked({"level": check_type_of_int}, level=5, other=[]) == {"level": 5, "other": []}
    with pytest.raises(TypeError, match="level must be an int"):
        checked({"level": check_type_of_int}, level="5")


def check_type_of_int(value, name):
    return check_type(value, int, name)


# ---- The fields of records ----------------------------------------------------------------------

GOOD = {
    "assignee": ["li"],
    "awaited": ["Acme", ChangeId("C-1")],
    "category": [CategoryPath("software")],
    "customer": ["Acme"],
    "description": ["Long."],
    "group": ["messaging"],
    "impact": [Impact.HIGH],
    "number": ["INC0001"],
    "owner": ["ana"],
    "pending_reason": [PendingReason.SCHEDULED],
    "pending_until": [T0],
    "service": ["email"],
    "title": ["Mail is down"],
    "urgency": [Urgency.LOW],
}


@pytest.mark.parametrize("name", sorted(RECORD_FIELDS))
def test_a_field_takes_what_is_of_its_kind(name):
    for value in GOOD[name]:
        assert checked(RECORD_FIELDS, **{name: value}) == {name: value}


@pytest.mark.parametrize("name", sorted(set(RECORD_FIELDS) - {"title"}))
def test_a_field_may_be_left_out(name):
    assert checked(RECORD_FIELDS, **{name: None}) == {name: None}


@pytest.mark.parametrize("name", sorted(RECORD_FIELDS))
@pytest.mark.parametrize("wrong", [5, b"x", ["x"], object()])
def test_a_field_refuses_another_kind_by_name(name, wrong):
    with pytest.raises(TypeError, match=name):
        checked(RECORD_FIELDS, **{name: wrong})


@pytest.mark.parametrize("name", ["title", "service", "awaited", "group"])
def test_a_field_of_text_is_not_blank(name):
    with pytest.raises(ValueError, match=f"{name} must not be blank"):
        checked(RECORD_FIELDS, **{name: " "})


def test_a_title_is_not_left_out():
    with pytest.raises(TypeError, match="title must be a str, not None"):
        checked(RECORD_FIELDS, title=None)


def test_an_instant_among_the_fields_is_kept_in_utc():
    local = T0.astimezone(dt.timezone(dt.timedelta(hours=2)))

    (at,) = checked(RECORD_FIELDS, pending_until=local).values()

    assert (at, at.tzinfo) == (T0, utc(T0).tzinfo)
    with pytest.raises(ValueError, match="pending_until must be an aware datetime"):
        checked(RECORD_FIELDS, pending_until=dt.datetime(2026, 1, 1))


def test_every_checked_field_is_one():
    assert set(RECORD_FIELDS) <= {field.name for field in attrs.fields(Record)}


def test_what_is_long_is_cut_in_a_message_and_its_type_is_named():
    with pytest.raises(
        TypeError, match=r"^name must be a str, not the list \[0, 1, 2.{90,130}\.\.\.$"
    ):
        check_type(list(range(1000)), str, "name")


def test_a_count_may_be_missing_and_is_not_too_small():
    assert [check_count(value, "level") for value in (None, 0, 7)] == [None, 0, 7]
    assert check_count(1, "level", least=1) == 1
    with pytest.raises(ValueError, match="level must be 1 or more, not 0"):
        check_count(0, "level", least=1)


@pytest.mark.parametrize(("value", "error"), [(True, ValueError), (1.0, TypeError)], ids=str)
def test_a_count_is_a_whole_number(value, error):
    with pytest.raises(error):
        check_count(value, "level")


def test_several_may_be_missing():
    assert optional_several(None, str, "names") is None
    assert optional_several(iter(["li"]), str, "names") == ("li",)
    with pytest.raises(TypeError, match="names must be several"):
        optional_several("li", str, "names")
