"""
What the tests of all rooms ask of a record: how its verbs look, and what holds of each step.
"""

from __future__ import annotations

import contextlib
import inspect
import pickle

from itil_ops import ItilOpsError, RefusedError


def verbs_of(*kinds):
    """
    Return the names of the public methods that *kinds* define themselves.
    """
    return {
        name
        for kind in kinds
        for name, member in vars(kind).items()
        if not name.startswith("_")
        and (inspect.isfunction(member) or isinstance(member, classmethod))
    }


def parameters_of(kind, action):
    """
    Return the names of all arguments of a verb.
    """
    told = inspect.signature(getattr(kind, action)).parameters.values()
    named = (parameter.name for parameter in told if parameter.kind is not parameter.VAR_KEYWORD)
    return [name for name in named if name != "self"]


def rules_of(refusal):
    return [reason.rule for reason in refusal.value.reasons]


@contextlib.contextmanager
def nothing_changes(record):
    before = pickle.dumps(record)
    try:
        yield
    finally:
        assert record == pickle.loads(before)


def is_true_to_its_journal(record):
    """
    Assert what holds of every record of whichever room.
    """
    journal, kind = record.journal, type(record)
    assert kind.replay(journal) == record
    assert record.as_known_at(journal[-1].at) == record
    assert record.version == len(journal) == journal[-1].number
    assert record.state is kind.lifecycle.state(record.state.name)
    names_what_each_step_follows_from(journal)


def names_what_each_step_follows_from(journal):
    """
    Assert of each step that follows from another: from the record's own last, or the verb's first.
    """
    for entry in journal:
        if entry.cause is None:
            continue
        cause, others = journal[entry.cause - 1], journal[entry.cause : entry.number - 1]
        assert cause.number < entry.number
        assert cause.part is None or cause.cause is None
        assert all(one.part is not None and one.cause == cause.number for one in others)


def look_at_every(kind, is_true, monkeypatch):
    """
    Look at every record of *kind* that is made in a test, and at the one it was made from.
    """
    begin, take = kind._begin.__func__, kind._take

    def begun(cls, *args, **told):
        return is_true(begin(cls, *args, **told))

    def taken(self, *steps, **told):
        with nothing_changes(self):
            return is_true(take(self, *steps, **told))

    monkeypatch.setattr(kind, "_begin", classmethod(begun))
    monkeypatch.setattr(kind, "_take", taken)


# ---- Walks --------------------------------------------------------------------------------------


def outcome(verb, *args, **arguments):
    """
    Return what a verb gives back, or the error it raises; any other error is ours to mend.
    """
    try:
        return verb(*args, **arguments)
    except (ItilOpsError, ValueError, TypeError) as error:
        return error


def tried(record, action, arguments):
    """
    Return what a verb makes of a record, `None` where it refuses, and hear the same of `why_not`.
    """
    with nothing_changes(record):
        expected = outcome(record.why_not, action, **arguments)
        result = outcome(getattr(record, action), **arguments)
    if not isinstance(result, Exception):
        assert isinstance(result, type(record))
        assert expected == ()
        assert result.journal[: record.version] == record.journal
        return result
    if isinstance(result, RefusedError):
        assert expected == result.reasons
    elif isinstance(expected, tuple):
        assert [reason.rule for reason in expected] in (["order"], ["transition"])
    else:
        assert type(expected) is type(result)
    return None
