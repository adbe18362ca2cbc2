"""
Bad arguments are refused before anything changes, whatever they are and wherever they stand.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import re

import pytest

from itil_ops.errors import OutOfOrderError
from itil_ops.kernel.identity import IncidentId, KnownErrorId, ProblemId
from itil_ops.kernel.policies import Policies
from itil_ops.problem.known_error.record import KnownError
from itil_ops.problem.known_error.vocabulary import RetirementReason, Workaround
from known_error_doubles import GOOD, LI, OTHER, after, drafted, minute, parameters, ready, standing
from record_doubles import nothing_changes


pytestmark = pytest.mark.usefixtures("every_step_is_true")

VERBS = [action for action in GOOD if action != "draft"]

#: Where each verb is tried.
PLACES = dict.fromkeys(VERBS, "published") | {"publish": "draft", "republish": "retired"}

TEXTS = {
    "title",
    "number",
    "description",
    "symptoms",
    "customer",
    "root_cause",
    "workaround",
    "no_workaround_reason",
    "permanent_fix",
    "owner",
    "note",
    "text",
    "reason",
}
SEVERAL = {
    "keywords",
    "symptom_keys",
    "services",
    "configuration_items",
    "versions",
    "fixed_in",
}
INSTANTS = {"at", "effective_at", "validate_by"}

SOMETHING = object()

ALL_ARGUMENTS = [(action, name) for action in VERBS for name in parameters(action) if name != "cls"]
STATED = [name for name in parameters("draft") if name != "cls"]


def is_text(action, name):
    return name in TEXTS and (action, name) != ("retire", "reason")


def refused(known_error, action, errors, **told):
    """
    Assert that a verb is refused for a bad argument, and `why_not` says the same; return that.
    """
    with nothing_changes(known_error), pytest.raises(errors) as refusal:
        after(known_error, action, **told)
    asking = {**GOOD[action], "by": LI, "at": known_error.journal[-1].at, **told}
    with nothing_changes(known_error), pytest.raises(errors):
        known_error.why_not(action, **asking)
    return str(refusal.value)


@pytest.mark.parametrize(("action", "name"), ALL_ARGUMENTS)
def test_an_argument_of_the_wrong_type_is_a_type_error(action, name):
    wrongs = [SOMETHING, [SOMETHING], 5.5, 0.0, 0]
    wrongs += [] if name in SEVERAL else [b"", {}]
    for wrong in wrongs:
        said = refused(ready(PLACES[action], action), action, TypeError, **{name: wrong})
        assert re.search(rf"\b{name}\b", said)


@pytest.mark.parametrize("name", STATED)
def test_draft_takes_nothing_of_the_wrong_type(name):
    for wrong in (SOMETHING, [SOMETHING], 5.5, 0.0, b"x"):
        with pytest.raises(TypeError):
            drafted(**{name: wrong})


@pytest.mark.parametrize("name", sorted(SEVERAL - {"fixed_in"}))
def test_a_single_text_is_not_several(name):
    with pytest.raises(TypeError, match=name):
        drafted(**{name: "email"})
    refused(drafted(), "revise", TypeError, **{name: "email"})


@pytest.mark.parametrize(("action", "name"), [each for each in ALL_ARGUMENTS if is_text(*each)])
def test_a_blank_text_is_a_value_error(action, name):
    for blank in ("", " ", "\n", "a\0b", "\ud800"):
        refused(ready(PLACES[action], action), action, ValueError, **{name: blank})


@pytest.mark.parametrize("name", [name for name in STATED if is_text("draft", name)])
def test_draft_takes_no_blank_text(name):
    for blank in ("", " ", "\t", "a\0b", "\ud800"):
        with pytest.raises(ValueError):
            drafted(**{name: blank})


@pytest.mark.parametrize("name", ["keywords", "symptom_keys", "services", "versions"])
def test_nor_are_there_blank_names(name):
    with pytest.raises(ValueError):
        drafted(**{name: ["email", " "]})


def test_every_text_and_instant_is_an_argument_of_some_verb():
    known = {name for action in GOOD for name in parameters(action)}
    assert known > TEXTS | SEVERAL | INSTANTS


def test_a_workaround_that_is_given_and_ruled_out_makes_no_sense():
    with pytest.raises(ValueError, match="contradict each other"):
        drafted(no_workaround_reason="None helps.")


def test_no_workaround_is_taken_over_before_it_was_recorded():
    later = Workaround(version=4, text="Restart it.", at=minute(60), by="li")
    with pytest.raises(ValueError, match="workaround is of 2026"):
        drafted(workaround=later)


def test_what_is_no_duplicate_duplicates_nothing():
    told = {"reason": RetirementReason.OBSOLETE, "duplicate_of": OTHER}
    refused(standing("published"), "retire", ValueError, **told)


@pytest.mark.parametrize(
    ("action", "told"),
    [
        ("record_use", {"incident": "INC-1"}),
        ("record_use", {"incident": ProblemId("INC-1")}),
        ("record_use", {"solved": "yes"}),
        ("record_use", {"solved": 1}),
        ("audit", {"correct": 1}),
        ("retire", {"reason": "obsolete"}),
        ("retire", {"duplicate_of": IncidentId("KE-2")}),
        ("validate", {"validate_by": dt.date(2027, 1, 1)}),
        ("validate", {"policies": Policies()}),
        ("comment", {"by": "li"}),
        ("comment", {"by": None}),
        ("comment", {"at": None}),
    ],
    ids=str,
)
def test_what_looks_alike_is_not_the_same(action, told):
    refused(ready(PLACES[action], action), action, TypeError, **told)


@pytest.mark.parametrize(
    "told",
    [
        {"id": ProblemId("KE-1")},
        {"id": "KE-1"},
        {"source": "supplier"},
        {"source": None},
        {"problem": KnownErrorId("PRB-1")},
        {"category": "software/mail"},
        {"configuration_items": ["gateway-3"]},
        {"policies": Policies()},
        {"by": None},
    ],
    ids=str,
)
def test_nor_is_it_to_draft(told):
    with pytest.raises(TypeError):
        drafted(**told)


@pytest.mark.parametrize("action", VERBS)
def test_an_argument_that_no_verb_has_is_a_type_error(action):
    refused(ready(PLACES[action], action), action, TypeError, colour="red")


def test_draft_takes_no_field_that_a_person_does_not_state():
    fields = {
        "colour": "red",
        "state": "published",
        "journal": (),
        "links": (),
        "service": "email",
        "usage_count": 7,
        "last_use": None,
        "last_audit": None,
        "fixed_in": ("5.2",),
        "retirement_reason": RetirementReason.OBSOLETE,
        "validate_by": minute(90),
    }
    taken = []
    for name, value in fields.items():
        with contextlib.suppress(TypeError):
            taken.append((name, drafted(**{name: value}).version))
    assert taken == []


def test_draft_does_not_do_without_an_id_a_title_an_actor_and_an_instant():
    told = {"title": "Slow", "symptoms": "It is slow.", "by": LI, "at": minute(0)}
    for name in ("title", "by", "at"):
        with pytest.raises(TypeError):
            KnownError.draft(OTHER, **{n: v for n, v in told.items() if n != name})
    with pytest.raises(TypeError):
        KnownError.draft(**told)


@pytest.mark.parametrize(
    ("action", "name"),
    [
        (action, name)
        for action in VERBS
        for name in ("by", "at", *GOOD[action])
        if (action, name) not in {("revise", "root_cause"), ("resolve", "fixed_in")}
    ],
)
def test_a_verb_without_what_it_needs_is_a_type_error_and_why_not_speaks(action, name):
    known_error = ready(PLACES[action], action)
    told = {**GOOD[action], "by": LI, "at": known_error.journal[-1].at}
    del told[name]

    with nothing_changes(known_error), pytest.raises(TypeError):
        getattr(known_error, action)(**told)
    if name not in {"by", "at"}:
        assert known_error.why_not(action, **told)


@pytest.mark.parametrize(
    ("action", "name"), [each for each in ALL_ARGUMENTS if each[1] in INSTANTS]
)
def test_a_naive_instant_is_a_value_error(action, name):
    naive = dt.datetime(2026, 3, 2, 10)
    refused(ready(PLACES[action], action), action, ValueError, **{name: naive})


def test_draft_takes_no_naive_instant():
    with pytest.raises(ValueError, match="at must be an aware datetime"):
        drafted(at=dt.datetime(2026, 3, 2, 9))


@pytest.mark.parametrize("action", VERBS)
def test_an_instant_before_the_last_entry_is_out_of_order(action):
    known_error = ready(PLACES[action], action)
    last = known_error.journal[-1].at
    early = last - dt.timedelta(microseconds=1)

    with nothing_changes(known_error), pytest.raises(OutOfOrderError):
        after(known_error, action, at=early)
    reasons = known_error.why_not(action, **GOOD[action], by=LI, at=early)
    assert [reason.rule for reason in reasons] == ["order"]


def test_a_fix_was_not_deployed_before_the_error_was_published():
    published = after(drafted(), "publish", at=minute(10))
    with pytest.raises(OutOfOrderError):
        after(published, "resolve", at=minute(20), effective_at=minute(9))


@pytest.mark.parametrize("wrong", ["tomorrow", 5, dt.date(2027, 1, 1)], ids=repr)
def test_whether_a_validation_is_due_takes_an_instant(wrong):
    for known_error in (drafted(), after(drafted(), "publish", validate_by=minute(90))):
        with pytest.raises(TypeError):
            known_error.is_validation_due(wrong)
        with pytest.raises(ValueError):
            known_error.is_validation_due(dt.datetime(2026, 3, 2, 9))
