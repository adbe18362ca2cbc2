"""
The words of the incident room, as the domain lists them.
"""

from __future__ import annotations

import pickle

import pytest

from incident_doubles import standing
from itil_ops import (
    INCIDENT_LIFECYCLE,
    ActionType,
    CancellationReason,
    ClosureReason,
    ContactChannel,
    EscalationKind,
    GuardRefusedError,
    PendingReason,
    ResolutionCode,
    ResolutionKind,
    SupportLine,
    action_type,
)
from itil_ops.incident import rules
from itil_ops.incident.vocabulary import ACTION_TYPES


CLOSED = {
    ResolutionKind: "PERMANENT WORKAROUND NO_ACTION",
    CancellationReason: "DUPLICATE NOT_AN_INCIDENT RAISED_IN_ERROR CONVERTED WITHDRAWN",
    ClosureReason: "CALLER_CONFIRMED AUTO_CLOSED ADMINISTRATIVE",
    EscalationKind: "FUNCTIONAL HIERARCHIC",
    SupportLine: "FIRST SECOND THIRD SUPPLIER",
}

OPEN = {
    ContactChannel: "PHONE EMAIL PORTAL CHAT WALK_IN MONITORING STAFF SUPPLIER",
    PendingReason: (
        "AWAITING_CALLER AWAITING_CUSTOMER AWAITING_SUPPLIER AWAITING_CHANGE AWAITING_PROBLEM"
        " AWAITING_EVIDENCE AWAITING_APPROVAL AWAITING_PARENT SCHEDULED UNSPECIFIED"
    ),
    ResolutionCode: (
        "FIXED FIXED_BY_CHANGE WORKAROUND_APPLIED KNOWN_ERROR_WORKAROUND AUTO_RECOVERED"
        " RESOLVED_BY_PARENT RESOLVED_BY_PROBLEM USER_GUIDANCE NOT_REPRODUCIBLE"
    ),
}


def name_of(vocabulary):
    return vocabulary.__name__


@pytest.mark.parametrize("vocabulary", CLOSED, ids=name_of)
def test_a_closed_vocabulary_has_the_words_of_the_domain_and_no_others(vocabulary):
    names = CLOSED[vocabulary].split()
    assert list(vocabulary.__members__) == names
    assert [word.value for word in vocabulary] == [name.lower() for name in names]
    with pytest.raises(ValueError):
        vocabulary("something_else")


@pytest.mark.parametrize("vocabulary", OPEN, ids=name_of)
def test_an_open_vocabulary_has_the_words_of_the_domain_and_takes_more(vocabulary):
    names = OPEN[vocabulary].split()
    assert [word.value for word in vocabulary.constants()] == [name.lower() for name in names]
    assert [getattr(vocabulary, name) for name in names] == list(vocabulary.constants())
    assert vocabulary("something_else") == vocabulary("something_else")
    assert pickle.loads(pickle.dumps(vocabulary(names[0].lower()))) == vocabulary.constants()[0]
    with pytest.raises(ValueError):
        vocabulary("Something Else")


KINDS = {
    ResolutionCode.FIXED: ResolutionKind.PERMANENT,
    ResolutionCode.FIXED_BY_CHANGE: ResolutionKind.PERMANENT,
    ResolutionCode.WORKAROUND_APPLIED: ResolutionKind.WORKAROUND,
    ResolutionCode.KNOWN_ERROR_WORKAROUND: ResolutionKind.WORKAROUND,
    ResolutionCode.AUTO_RECOVERED: ResolutionKind.NO_ACTION,
    ResolutionCode.RESOLVED_BY_PARENT: ResolutionKind.PERMANENT,
    ResolutionCode.RESOLVED_BY_PROBLEM: ResolutionKind.PERMANENT,
    ResolutionCode.USER_GUIDANCE: ResolutionKind.PERMANENT,
    ResolutionCode.NOT_REPRODUCIBLE: ResolutionKind.NO_ACTION,
    ResolutionCode("patched"): ResolutionKind.PERMANENT,
}


def test_every_code_has_a_usual_kind():
    assert {code: code.usual_kind for code in KINDS} == KINDS
    assert set(ResolutionCode.constants()) < set(KINDS)


def test_a_line_is_followed_by_the_next_and_the_last_by_itself():
    assert [line.following for line in SupportLine] == [
        SupportLine.SECOND,
        SupportLine.THIRD,
        SupportLine.SUPPLIER,
        SupportLine.SUPPLIER,
    ]


def test_words_of_different_vocabularies_are_never_equal():
    assert PendingReason("supplier") != ContactChannel("supplier")


def test_every_rule_is_known_by_a_sentence():
    for guard in rules.COMPLETENESS:
        assert guard.is_completeness
        assert guard.meaning.endswith(".")
        assert guard.name in repr(guard)
        assert pickle.loads(pickle.dumps(guard)) is guard


def test_an_error_keeps_its_facts_through_a_pickle():
    with pytest.raises(GuardRefusedError) as refusal:
        standing("new").assign(by=standing("new").journal[0].by, at=standing("new").logged_at)
    copy = pickle.loads(pickle.dumps(refusal.value))
    assert str(copy) == str(refusal.value)
    assert copy.reasons == refusal.value.reasons


def test_every_action_is_some_sort_of_activity():
    known = {action for action in INCIDENT_LIFECYCLE.actions if action in ACTION_TYPES}
    assert known == set(ACTION_TYPES)
    rest = set(INCIDENT_LIFECYCLE.actions) - known
    assert rest == {
        "log",
        "categorize",
        "prioritize",
        "join",
        "link",
        "take_over",
        "unlink",
    }
    assert {action_type(action) for action in rest} == {ActionType.CHANGE_OF_DATA}
