"""
What an entry says, and a mapping that nobody can change.
"""

from __future__ import annotations

import copy
import pickle

import attrs
import pytest

from itil_ops.kernel.identity import ChangeId
from itil_ops.kernel.journal import NO_CHANGES, Changes, Entry
from itil_ops.kernel.vocabulary import PendingReason
from kernel_doubles import ANA, LI, P1, S1, T0, posted, t


def test_changes_are_a_mapping():
    changes = Changes({"group": "messaging", "assignee": None})

    assert dict(changes) == {"group": "messaging", "assignee": None}
    assert (len(changes), list(changes)) == (2, ["group", "assignee"])
    assert changes["group"] == "messaging"
    assert changes.get("owner", "nobody") == "nobody"
    assert "assignee" in changes
    assert "owner" not in changes


def test_what_did_not_change_is_no_key():
    with pytest.raises(KeyError, match="owner"):
        Changes({"group": "messaging"})["owner"]


def test_changes_are_equal_whatever_their_order():
    one, other = Changes({"a": 1, "b": 2}), Changes({"b": 2, "a": 1})

    assert one == other == {"a": 1, "b": 2}
    assert hash(one) == hash(other)
    assert one != Changes({"a": 1})
    assert one != Changes({"a": 1, "b": 3})


def test_changes_show_what_they_hold():
    assert repr(Changes({"a": (1, 2)})) == "Changes({'a': (1, 2)})"


def test_changes_cannot_be_changed():
    changes = Changes({"a": 1})

    with pytest.raises(TypeError):
        changes["a"] = 2
    with pytest.raises(TypeError):
        del changes["a"]
    with pytest.raises(AttributeError):
        changes.b = 2


def test_changes_are_a_copy_of_what_they_were_made_from():
    fields = {"a": 1}
    changes = Changes(fields)

    fields["a"] = 2

    assert changes == {"a": 1}


@pytest.mark.parametrize("value", [[], {}, {1}, ([],)])
def test_a_value_that_may_change_is_refused(value):
    with pytest.raises(TypeError, match="unhashable"):
        Changes({"a": value})


@pytest.mark.parametrize(
    "through", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))]
)
def test_changes_and_entries_survive_copy_and_pickle(through):
    for value in (NO_CHANGES, Changes({"a": 1, "b": T0}), posted().journal[0]):
        assert through(value) == value
        assert hash(through(value)) == hash(value)


def test_journals_share_the_names_of_their_fields():
    one, other = posted().journal[0].changes, posted(title="Shoes").journal[0].changes

    assert one._names is other._names


def test_an_entry_reads_as_a_sentence():
    parcel = posted().scan("Beep.", by=ANA, at=t(1)).frank(S1, 85, by=LI, at=t(2))

    assert [str(entry) for entry in parcel.journal] == [
        "1. 2026-03-02 09:00 post by li",
        "2. 2026-03-02 09:01 scan by ana: Beep.",
        "3. 2026-03-02 09:02 frank by li",
        "4. 2026-03-02 09:02 affix S-1 by li",
    ]


def test_a_summary_tells_what_was_changed_as_well():
    parcel = posted().dispatch("Lyon", by=LI, at=t(1), note="By van.")
    parcel = parcel.frank(S1, 85, by=LI, at=t(2)).scan("Beep.", by=ANA, at=t(3))

    assert [entry.summary for entry in parcel.journal[1:]] == [
        "2. 2026-03-02 09:01 dispatch by li (route Lyon): By van.",
        "3. 2026-03-02 09:02 frank by li",
        "4. 2026-03-02 09:02 affix S-1 by li (cents 85)",
        "5. 2026-03-02 09:03 scan by ana: Beep.",
    ]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"group": "messaging", "assignee": None}, " (group messaging)"),
        ({"pending_until": t(90)}, " (pending_until 2026-03-02 10:30)"),
        ({"delivered": Changes({"laptop": 1, "bag": 2})}, " (delivered laptop 1 bag 2)"),
        ({"pending_reason": PendingReason("customs")}, " (pending_reason customs)"),
        ({"change": ChangeId("CHG-1")}, " (change CHG-1)"),
        ({"note": "Beep.", "responded_at": t(1), "so_at": t(0)}, ""),
        ({"id": S1, "returns_to": "moving", "insured": False, "stamps": ()}, ""),
        ({"grams": 900, "cents": 0, "insured": True}, " (grams 900, cents 0, insured True)"),
        (
            {"links": (ChangeId("CHG-1"),), "title": "x" * 41, "owner": "x" * 40},
            f" (owner {'x' * 40})",
        ),
        (dict.fromkeys("abcd", "x"), " (a x, b x, c x, d x)"),
        (dict.fromkeys("abcde", "x"), " (a x, b x, c x, d x, ...)"),
    ],
)
def test_a_summary_tells_what_is_short_and_not_told_anyway(changes, told):
    entry = Entry(
        record=P1,
        number=3,
        at=t(1),
        effective_at=t(0),
        by=LI,
        action="scan",
        from_state="moving",
        to_state="moving",
        lifecycle_version=1,
        changes=Changes(changes),
        note="Beep.",
    )

    assert entry.summary == f"3. 2026-03-02 09:01 scan by li{told}: Beep."
    assert str(entry) == "3. 2026-03-02 09:01 scan by li: Beep."


def test_entries_are_values():
    entry = posted().journal[0]

    assert entry == posted().journal[0]
    assert hash(entry) == hash(posted().journal[0])
    assert entry != attrs.evolve(entry, note="Forged.")
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        entry.note = "Forged."


def test_an_entry_without_changes_says_nothing_more():
    entry = Entry(
        record=P1,
        number=1,
        at=T0,
        effective_at=T0,
        by=LI,
        action="post",
        from_state=None,
        to_state="received",
        lifecycle_version=1,
    )

    assert (entry.changes, entry.decided) == (NO_CHANGES, NO_CHANGES)
    assert (entry.note, entry.cause, entry.part) == (None, None, None)
