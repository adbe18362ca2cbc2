"""
What a planner says of a record, as stores ask it.
"""

from __future__ import annotations

import inspect

from collections.abc import Mapping
from typing import TYPE_CHECKING

import attrs

from itil_ops.kernel.checks import check_text, shown
from itil_ops.kernel.instant import just_before, utc
from itil_ops.repositories.ports import DuePlanner


if TYPE_CHECKING:
    from pendulum import DateTime

    from itil_ops.kernel.record import Record


def _planner(planner: DuePlanner | None) -> DuePlanner | None:
    if planner is not None and not callable(planner):
        raise TypeError(f"due must be a planner, from a record to instants, not {planner!r}")
    return planner


@attrs.frozen
class Planning:
    """
    A store's planner, or none.

    One that takes `after`, the last look, is asked for what the new entries bring and what comes
    after them, and for what was due before and has not been looked at; one that takes `version` as
    well is told which one was looked at. Of any other, what it says of the record now is all.

    Attributes:
        planner: The planner with which the store was opened.
    """

    planner: DuePlanner | None = attrs.field(converter=_planner)
    _takes: frozenset[str] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_takes", _taken(self.planner))

    def plan(
        self,
        record: Record,
        waiting: Mapping[str, DateTime],
        looked: Mapping[str, DateTime],
        *,
        behind: int = 0,
    ) -> dict[str, DateTime]:
        """
        Return the next instant for each kind of what falls due in *record*.

        Args:
            record: The record, as it is stored.

            waiting: What is planned and was not looked at yet, by kind.

            looked: Up to when it was looked at in the same unit, by kind.

            behind: The version that was stored before; 0 if none was.

        Raises:
            TypeError: The planner says something else.

            ValueError: It names a naive instant or a blank kind.
        """
        planned = self._since(record, behind)
        last = record.journal[-1].at
        for kind, at in waiting.items():
            if at <= last and "after" in self._takes:
                _put(planned, kind, self._said(record, after=just_before(at)).get(kind))
        for kind, now in looked.items():
            # What an earlier save of the same unit brought to light after the look stays.
            brought = [at for at in (waiting.get(kind),) if at is not None and at <= now]
            found = [at for at in (self._following(record, kind, now, behind),) if at is not None]
            _put(planned, kind, min(brought + found, default=None))
        return planned

    def after(self, record: Record, kind: str, now: DateTime) -> DateTime | None:
        """
        Return when *record* is to be looked at next for *kind*, later than *now*.

        Raises:
            TypeError: The planner says something else.

            ValueError: It names a naive instant or a blank kind.
        """
        said = self._said(record, after=now) if "after" in self._takes else self._said(record)
        found = said.get(kind)
        return found if found is not None and found > now else None

    def _following(self, record: Record, kind: str, now: DateTime, behind: int) -> DateTime | None:
        """
        Return the next instant after a look at the version *behind*, brought by later entries too.
        """
        if "version" not in self._takes:
            return self.after(record, kind, now)
        return self._said(record, after=now, version=behind).get(kind)

    def _since(self, record: Record, behind: int) -> dict[str, DateTime]:
        planned = self._said(record)
        new = record.journal[behind:]
        if "after" in self._takes and behind and new and new[0].at < new[-1].at:
            # What is to be done is due until it is done; only what is to be told goes by a look.
            for kind, at in self._said(record, after=just_before(new[0].at)).items():
                planned[kind] = min(at, planned.get(kind, at))
        return planned

    def _said(self, record: Record, **look: object) -> dict[str, DateTime]:
        if self.planner is None:
            return {}
        said = self.planner(record, **look)
        if not isinstance(said, Mapping):
            raise TypeError(f"a planner must say an instant for each kind, not {shown(said)}")
        return {check_text(kind, "a kind of due work"): utc(at, kind) for kind, at in said.items()}


def _taken(planner: DuePlanner | None) -> frozenset[str]:
    """
    Return by which names a planner takes when, and at which version, it was last looked.
    """
    if planner is None:
        return frozenset()
    try:
        parameters = inspect.signature(planner).parameters.values()
    except ValueError:  # a built-in tells nothing of itself
        return frozenset()
    named = {one.name for one in parameters if one.kind is not one.POSITIONAL_ONLY}
    return frozenset(named & {"after", "version"})


def _put(planned: dict[str, DateTime], kind: str, at: DateTime | None) -> None:
    if at is None:
        planned.pop(kind, None)
    else:
        planned[kind] = at
