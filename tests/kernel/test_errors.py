"""
The tree of errors, what they carry, and that they survive a pickle.
"""

from __future__ import annotations

import copy
import datetime as dt
import pickle

import pytest

from itil_ops import errors
from itil_ops.errors import Reason
from kernel_doubles import T0, t


BASE = {
    "subject": "incident INC-1",
    "action": "close",
    "state": "new",
    "reasons": (Reason("order", "it is too early"), Reason("text", "there is no text")),
}
REFUSED = "incident INC-1: 'close' refused in state 'new': it is too early; there is no text"

#: Each error with its parents, the facts it carries and its message.
TREE = [
    (errors.ItilOpsError, {Exception}, {}, ""),
    (errors.RefusedError, {errors.ItilOpsError}, BASE, REFUSED),
    (
        errors.IllegalTransitionError,
        {errors.RefusedError},
        BASE | {"lifecycle": "incident", "allowed": ("assign", "start")},
        REFUSED,
    ),
    (
        errors.UnknownActionError,
        {errors.RefusedError},
        BASE | {"lifecycle": "incident", "nearest": "close"},
        REFUSED,
    ),
    (errors.GuardRefusedError, {errors.RefusedError}, BASE, REFUSED),
    (
        errors.NotPermittedError,
        {errors.RefusedError},
        BASE | {"actor": "li", "needed": ("service_desk", "user")},
        REFUSED,
    ),
    (
        errors.HandoffError,
        {errors.ItilOpsError},
        {
            "subject": "incident INC-1",
            "tried": "merge into incident INC-2",
            "reasons": (Reason("a_target_is_open", "incident INC-2 is closed"),),
        },
        "incident INC-1: 'merge into incident INC-2' refused: incident INC-2 is closed",
    ),
    (
        errors.OutOfOrderError,
        {errors.ItilOpsError, ValueError},
        {"subject": "incident INC-1", "name": "at", "given": T0, "last": t(1)},
        "incident INC-1: at 2026-03-02T09:00:00+00:00 lies before 2026-03-02T09:01:00+00:00",
    ),
    (
        errors.MissingExtraError,
        {errors.ItilOpsError, ImportError},
        {"package": "numpy", "extra": "numpy"},
        "this needs 'numpy', which is not installed: python -m pip install \"itil_ops[numpy]\"",
    ),
    (
        errors.IllFormedLifecycleError,
        {errors.ItilOpsError},
        {"lifecycle": "incident", "defects": ("no row begins at START", "it rains")},
        "lifecycle 'incident' is ill-formed: no row begins at START; it rains",
    ),
    (
        errors.JournalError,
        {errors.ItilOpsError},
        {"number": 3, "why": "expected entry 2 here"},
        "entry 3: expected entry 2 here",
    ),
    (errors.CalendarError, {errors.ItilOpsError, ValueError}, {}, ""),
    (errors.ClockError, {errors.ItilOpsError}, {}, ""),
    (errors.AgreementError, {errors.ItilOpsError, ValueError}, {}, ""),
    (
        errors.CatalogError,
        {errors.ItilOpsError, ValueError},
        {
            "subject": "request model laptop v1",
            "defects": (Reason("no_group", "there is no group"), Reason("cyclic_tasks", "a cycle")),
        },
        "request model laptop v1: there is no group; a cycle",
    ),
    (
        errors.SerializationError,
        {errors.ItilOpsError, ValueError},
        {"path": "data.title", "why": "is missing", "record": "INC-1"},
        "record 'INC-1': data.title: is missing",
    ),
    (errors.RepositoryError, {errors.ItilOpsError}, {}, ""),
    (
        errors.NotFoundError,
        {errors.RepositoryError, LookupError},
        {"id": "INC-1"},
        "no record with id 'INC-1'",
    ),
    (
        errors.DuplicateError,
        {errors.RepositoryError},
        {"name": "number", "value": "INC0001"},
        "number 'INC0001' is taken",
    ),
    (
        errors.StaleRecordError,
        {errors.RepositoryError},
        {"id": "INC-1", "expected": 3, "found": 4},
        (
            "'INC-1' was made from version 3, but the store holds 4:"
            " get it anew, or go on from what save returned"
        ),
    ),
    (
        errors.TransientStoreError,
        {errors.RepositoryError},
        {"why": "the store is busy"},
        "nothing was written, take the whole unit again: the store is busy",
    ),
    (
        errors.UnitClosedError,
        {errors.RepositoryError},
        {"call": "save", "why": "the unit is read-only"},
        "save refused: the unit is read-only",
    ),
    (
        errors.UnsupportedQueryError,
        {errors.RepositoryError},
        {"field": "customers", "why": "it keeps none"},
        "this store does not serve 'customers': it keeps none",
    ),
]
ERRORS = pytest.mark.parametrize(
    ("kind", "parents", "facts", "message"), TREE, ids=[kind.__name__ for kind, *_ in TREE]
)


def test_every_error_is_in_the_tree():
    told = {
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, Exception)
    }

    assert told == {kind for kind, *_ in TREE}


@ERRORS
def test_an_error_stands_where_the_tree_shows_it(kind, parents, facts, message):
    assert set(kind.__bases__) == parents
    assert f" {kind.__name__}" in errors.__doc__ or kind is errors.ItilOpsError


@ERRORS
def test_an_error_carries_its_facts_and_says_them(kind, parents, facts, message):
    error = kind(**facts)

    assert {name: getattr(error, name) for name in facts} == facts
    assert str(error) == message


@ERRORS
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
def test_an_error_survives_copy_and_pickle(kind, parents, facts, message, through):
    other = through(kind(**facts))

    assert type(other) is kind
    assert {name: getattr(other, name) for name in facts} == facts
    assert str(other) == message


@ERRORS
def test_an_error_shows_what_it_was_made_from(kind, parents, facts, message):
    shown = repr(kind(**facts))

    assert shown.startswith(f"{kind.__name__}(")
    assert all(name in shown for name in facts)


@pytest.mark.parametrize("kind", [kind for kind, _, facts, _ in TREE if not facts])
def test_an_error_without_facts_says_what_it_is_told(kind):
    assert str(kind("the window closes before it opens")) == "the window closes before it opens"


def test_a_refusal_before_the_first_entry_names_no_state():
    refused = errors.RefusedError(**BASE | {"state": None, "action": "log"})

    assert str(refused) == "incident INC-1: 'log' refused: it is too early; there is no text"


def test_a_detached_record_is_told_to_be_fetched_anew():
    stale = errors.StaleRecordError("INC-1", None, 4)

    assert str(stale) == "'INC-1' is detached from its store (stored version 4): get it anew"


def test_a_record_of_the_same_version_and_another_past_is_another_one():
    stale = errors.StaleRecordError("INC-1", 4, 4)

    assert str(stale).startswith("'INC-1' was made from version 4, but the store holds another one")


def test_a_record_that_was_never_read_says_where_to_go_on_from():
    stale = errors.StaleRecordError("INC-1", 0, 1)

    assert str(stale) == (
        "'INC-1' was never read from the store, which holds version 1:"
        " go on from what add, save or get returned"
    )


def test_what_cannot_be_read_need_be_of_no_store_and_may_be_the_whole():
    unread = errors.SerializationError("", "is no object")

    assert (unread.record, str(unread)) == (None, "the whole: is no object")


def test_a_reason_reads_as_its_text():
    reason = Reason("order", "it is too early")

    assert str(reason) == "it is too early"
    assert (reason, hash(reason)) == (Reason("order", "it is too early"), hash(reason))
    assert pickle.loads(pickle.dumps(reason)) == reason


def test_errors_are_told_apart_by_what_they_are_not_by_what_they_hold():
    one, other = (errors.JournalError(1, "gap") for _ in range(2))

    assert one != other
    assert len({one, other}) == 2


def test_an_error_can_be_given_notes_and_a_cause():
    error = errors.JournalError(1, "gap")
    error.add_note("Ask the store.")

    with pytest.raises(errors.JournalError) as caught:
        raise error from ValueError("inner")

    assert caught.value.__notes__ == ["Ask the store."]
    assert isinstance(caught.value.__cause__, ValueError)


def test_an_error_of_order_keeps_instants_of_any_kind():
    local = t(0).astimezone(dt.timezone(dt.timedelta(hours=1)))

    assert "10:00:00+01:00 lies before" in str(errors.OutOfOrderError("x", "at", local, t(1)))
