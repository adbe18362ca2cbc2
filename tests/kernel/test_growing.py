"""
Fields that only grow: an entry tells what came on, and a replay puts it together.
"""

from __future__ import annotations

from typing import ClassVar

import attrs
import pytest

from itil_ops.errors import JournalError
from itil_ops.kernel.journal import Changes
from kernel_doubles import LI, P1, S1, T0, Parcel, Stamp, StampId, t


@attrs.frozen(kw_only=True)
class Postmarked(Stamp):
    marks: tuple[str, ...] = attrs.field(default=(), metadata={"growing": True})


@attrs.frozen(kw_only=True)
class Tracked(Parcel):
    part_types: ClassVar = {StampId: Postmarked}

    places: tuple[str, ...] = attrs.field(default=(), metadata={"growing": True})

    def seen_at(self, *places, at):
        changes = {"places": (*self.places, *places)}
        return self._step("scan", changes, by=LI, at=at, note="Seen.")

    def postmark(self, *marks, at):
        held = () if not self.parts else self.part(S1).marks
        action = "value" if self.parts else "affix"
        changes = {"cents": 85 + len(held), "marks": (*held, *marks)}
        return self._step(action, changes, part=S1, by=LI, at=at)


@pytest.fixture
def tracked():
    parcel = Tracked.post(P1, title="Books", grams=900, places=("Lyon",), by=LI, at=T0)
    for minute, places in enumerate((["Paris"], ["Calais", "Dover"]), 1):
        parcel = parcel.seen_at(*places, at=t(minute))
    return parcel.postmark("FR", at=t(3)).postmark("GB", "IE", at=t(4))


def test_an_entry_tells_what_came_on(tracked):
    told = [entry.changes["places"] for entry in tracked.journal[:3]]

    assert told == [("Lyon",), ("Paris",), ("Calais", "Dover")]
    assert tracked.places == ("Lyon", "Paris", "Calais", "Dover")


def test_so_does_that_of_a_part(tracked):
    told = [entry.changes["marks"] for entry in tracked.journal[3:]]

    assert told == [("FR",), ("GB", "IE")]
    assert tracked.part(S1).marks == ("FR", "GB", "IE")


def test_a_replay_puts_it_together(tracked):
    assert Tracked.replay(tracked.journal) == tracked
    assert tracked.as_known_at(t(1)).places == ("Lyon", "Paris")
    assert tracked.as_of(t(3)).part(S1).marks == ("FR",)


def test_nothing_of_it_is_ever_gone(tracked):
    with pytest.raises(ValueError, match=r"places of .* only grows"):
        tracked._step("scan", {"places": ("Paris",)}, by=LI, at=t(5))


@pytest.mark.parametrize("written", [None, 5, "Paris"])
def test_what_came_on_is_a_tuple(tracked, written):
    entries = list(tracked.journal)
    entries[1] = attrs.evolve(entries[1], changes=Changes({"places": written}))

    with pytest.raises(JournalError) as caught:
        Tracked.replay(entries)
    assert (caught.value.number, caught.value.why) == (2, "places takes what came on, as a tuple")
