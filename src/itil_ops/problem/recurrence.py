"""
Recurrence: which incidents come again and again, and so are worth a problem.
"""

from __future__ import annotations

import heapq

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeAlias

import attrs

from pendulum import DateTime

from itil_ops.kernel.checks import check_type, did_you_mean
from itil_ops.kernel.identity import ProblemId, RecordId
from itil_ops.kernel.instant import DAY, from_microseconds, length, microseconds
from itil_ops.kernel.record import Record
from itil_ops.kernel.table import Phase
from itil_ops.problem.series import Place, Series
from itil_ops.problem.similarity import (
    DEFAULT_SIMILARITY_KEYS,
    Likeness,
    SimilarityKey,
    SimilarityKeyLike,
    check_keys,
    check_shape,
    found_by,
)
from itil_ops.sla.hours.wording import amount_text


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


# ---- Policy ---------------------------------------------------------------------------------


def check_window(value: object, name: str = "window") -> timedelta:
    """
    Return *value* if it is a time in which incidents can be similar.

    Raises:
        TypeError: It is no timedelta.

        ValueError: It is not positive, or has months or years, which vary.
    """
    window = check_type(value, timedelta, name)
    if length(window, name) <= 0:
        raise ValueError(f"{name} must be longer than nothing, not {window!r}")
    return window


class RecurrencePolicy(Protocol):
    """
    When incidents are worth a problem.
    """

    @property
    def window(self) -> timedelta:
        """
        How close together similar incidents must come.
        """
        ...

    def is_enough(self, similar: int, /) -> bool:
        """
        Whether so many similar incidents within the window are worth a problem.

        If some are, so must more be.
        """
        ...

    def is_enough_alone(self, incident: Record, /) -> bool:
        """
        Whether this one is worth a problem, whatever comes before or after.
        """
        ...


@attrs.frozen(kw_only=True)
class SimilarInWindow:
    """
    So many similar incidents within a window, or a single major one: the default.

    An incident exactly a window before another is not within it.

    Attributes:
        at_least: How many.

        window: How close together.

        any_major: Whether a major incident is enough alone.

    Raises:
        TypeError: An attribute is of another type.

        ValueError: There are fewer than two, or the window is not positive.
    """

    at_least: int = 3
    window: timedelta = timedelta(days=30)
    any_major: bool = True

    def __attrs_post_init__(self) -> None:
        if check_type(self.at_least, int, "at_least") < 2:  # noqa: PLR2004
            raise ValueError(f"at_least must be 2 or more, for one is no series: {self.at_least}")
        check_window(self.window)
        check_type(self.any_major, bool, "any_major")

    def is_enough(self, similar: int, /) -> bool:
        """
        Whether there are that many, see `RecurrencePolicy.is_enough`.
        """
        return similar >= self.at_least

    def is_enough_alone(self, incident: Record, /) -> bool:
        """
        Whether it is major, see `RecurrencePolicy.is_enough_alone`.
        """
        return self.any_major and getattr(incident, "major", None) is not None


# ---- Proposals ------------------------------------------------------------------------------


class RecurrenceReason(StrEnum):
    """
    Why incidents are worth a problem.
    """

    RECURRING = "recurring"
    """There are many of them."""

    MAJOR = "major"
    """One of them is enough alone."""


class ProposalKind(StrEnum):
    """
    What is proposed for incidents.
    """

    RAISE = "raise"
    """To raise a problem."""

    LINK = "link"
    """To link them to the problem that is in hand."""


@attrs.frozen(kw_only=True)
class RecurrenceProposal:
    """
    Similar incidents that are worth a problem.

    Attributes:
        likeness: What they have in common.

        incidents: Their ids, in order of time.

        first_at: The instant of the first.

        last_at: The instant of the last.

        window: How close together they had to come.

        reason: Why they are worth a problem.

        problem: The problem that is in hand for them; `None` where one is to be raised.
    """

    likeness: Likeness
    incidents: tuple[RecordId, ...]
    first_at: DateTime
    last_at: DateTime
    window: timedelta
    reason: RecurrenceReason
    problem: ProblemId | None = None

    @property
    def kind(self) -> ProposalKind:
        """
        What is proposed.
        """
        return ProposalKind.RAISE if self.problem is None else ProposalKind.LINK

    @property
    def finding(self) -> str:
        """
        What was found, in sentences; days are those of UTC.
        """
        days = dict.fromkeys(at.date().isoformat() for at in (self.first_at, self.last_at))
        named = ", ".join(map(str, self.incidents))
        return (
            f"{_counted(len(self.incidents), 'incident')} of {self.likeness}"
            f" within {_window_text(self.window)} ({' to '.join(days)}): {named}."
            f"{self._because()}"
        )

    def _because(self) -> str:
        if self.reason is RecurrenceReason.RECURRING:
            return ""
        return " At least one is major." if len(self.incidents) > 1 else " It is major."

    def explain(self) -> str:
        """
        Return what was found, and what to do about it, in sentences.
        """
        what = "Raise a problem" if self.problem is None else f"Link to {self.problem}"
        return f"{self.finding} {what}."


def _window_text(window: timedelta) -> str:
    days, rest = divmod(length(window), DAY)
    return amount_text(length(window)) if rest else _counted(days, "day")


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' if count > 1 else ''}"


# ---- The detector ---------------------------------------------------------------------------

#: What is worth a problem alone is so even if it is similar to nothing.
_ITSELF: Final = (SimilarityKey("id"),)

#: How many windows are kept: an incident late by one is judged by the window before it, and by
#: whether the one before it in there recurred.
_KEPT: Final = 3

#: Before any instant.
_LONG_AGO: Final = -(10**20)

_ASKED_OF_A_POLICY = ("window", "is_enough", "is_enough_alone")


class _Seen(NamedTuple):
    """
    What is known of an incident.
    """

    version: int
    place: Place
    likenesses: tuple[Likeness, ...]


#: Which of its instants an incident counts at.
InstantOf: TypeAlias = Callable[[Record], datetime]


def logged_at(record: Record) -> datetime:
    """
    Return when *record* was logged.
    """
    return record.logged_at


def _keys(keys: Iterable[SimilarityKeyLike]) -> tuple[SimilarityKeyLike, ...]:
    return check_keys(keys)


@attrs.define(eq=False)
class RecurrenceDetector:
    """
    Finds what recurs in a stream of incidents, one by one.

    What an incident costs depends on how many similar ones lie close to it in time, never on how
    many there have been: three windows up to the latest instant are kept. Time is that of the
    incidents. They should come in order of it, but need not:

    - In order of time, every recurrence is proposed once: by the first incident that ends a window
      of enough, where the similar one before it ended none.
    - Out of order by less than a window, every recurrence is proposed too, by the incident that
      makes it one; two that a late one joins have been proposed both.
    - What is later than that proposes nothing, and counts with those after it while it is kept.
    - What stands in the end is the same in whatever order incidents and their versions come.

    An incident that is seen again replaces what it was; an earlier version changes nothing. What
    was dropped (cancelled, say) counts nowhere. To go on after a restart, feed it the incidents of
    the last three windows, and say again which problems are in hand.

    Attributes:
        keys: What makes incidents similar.

        policy: When they are worth a problem.

        instant: Which of its instants an incident counts at; when it was logged unless given.

    Raises:
        TypeError: An attribute is of another type.

        ValueError: There is no key, two keys have one name, or the policy's window is not positive.
    """

    keys: tuple[SimilarityKeyLike, ...] = attrs.field(
        default=DEFAULT_SIMILARITY_KEYS, converter=_keys, on_setattr=attrs.setters.frozen
    )
    policy: RecurrencePolicy = attrs.field(
        default=SimilarInWindow(), on_setattr=attrs.setters.frozen
    )
    instant: InstantOf = attrs.field(
        default=logged_at, kw_only=True, repr=False, on_setattr=attrs.setters.frozen
    )
    _span: int = attrs.field(init=False, repr=False)
    _latest: int = attrs.field(init=False, repr=False, default=_LONG_AGO)
    _known: int = attrs.field(init=False, repr=False, default=0)
    _seen: dict[RecordId, _Seen] = attrs.field(init=False, repr=False, factory=dict)
    _aging: list[tuple[int, int, RecordId]] = attrs.field(init=False, repr=False, factory=list)
    _series: dict[Likeness, Series] = attrs.field(init=False, repr=False, factory=dict)
    _in_hand: dict[Likeness, ProblemId] = attrs.field(init=False, repr=False, factory=dict)
    _released: dict[Likeness, int] = attrs.field(init=False, repr=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        check_shape(self.policy, _ASKED_OF_A_POLICY, "policy must be a SimilarInWindow")
        self._span = length(check_window(self.policy.window))
        if not callable(self.instant):
            raise TypeError(f"instant must be a function of an incident, not {self.instant!r}")

    # ---- What is told to it -----------------------------------------------------------------

    def observe(self, incident: Record) -> tuple[RecurrenceProposal, ...]:
        """
        Take in an incident, and return what it newly proposes, in the order of the keys.

        Raises:
            TypeError: It is no record, or its instant none.

            ValueError: Such records have no field that a key names.
        """
        check_type(incident, Record, "incident")
        before = self._seen.get(incident.id)
        seen = self._read(incident, before)
        self._latest = max(self._latest, seen.place.at)
        self._forget()
        if before is not None and before.version > seen.version:
            return ()
        self._keep(seen, before)
        return tuple(self._proposed(seen, before))

    def assign(self, likeness: Likeness, problem: ProblemId) -> None:
        """
        Take note that *problem* is in hand for what has a likeness in common.

        What comes is then to be linked to it, each incident as it comes.

        Raises:
            TypeError: An argument is of another type.

            ValueError: There is no such key.
        """
        check_type(problem, ProblemId, "problem")
        names = [key.name for key in (*self.keys, *_ITSELF)]
        if check_type(likeness, Likeness, "likeness").key not in names:
            advice = did_you_mean(likeness.key, names, f"there are {names}")
            raise ValueError(f"no key {likeness.key!r} to be similar by; {advice}")
        self._in_hand[likeness] = problem

    def release(self, likeness: Likeness) -> None:
        """
        Take note that no problem is in hand any more, it being closed or cancelled.

        The incidents up to now were that problem's: those that come later are counted anew.

        Raises:
            TypeError: *likeness* is none.

            ValueError: No problem was in hand.
        """
        if self._in_hand.pop(check_type(likeness, Likeness, "likeness"), None) is None:
            raise ValueError(f"no problem is in hand for {likeness}; assign comes before release")
        self._series.pop(likeness, None)
        self._released[likeness] = self._latest

    # ---- What can be asked ------------------------------------------------------------------

    @property
    def in_hand(self) -> dict[Likeness, ProblemId]:
        """
        The problems that are in hand, by what their incidents have in common.
        """
        return dict(self._in_hand)

    @property
    def standing(self) -> tuple[RecurrenceProposal, ...]:
        """
        What holds at the latest instant, with all incidents of the window that ends there.

        Keys come in their order, and what is alike under one in the order of its values. To ask
        goes through all that is kept.
        """
        names = [key.name for key in (*self.keys, *_ITSELF)]
        alike = sorted(self._series, key=lambda it: (names.index(it.key), it.values))
        found = (self._standing(likeness) for likeness in alike)
        return tuple(proposal for proposal in found if proposal is not None)

    def _standing(self, likeness: Likeness) -> RecurrenceProposal | None:
        places = self._series[likeness].after(self._latest - self._span)
        is_one_enough = any(place.is_enough_alone for place in places)
        is_enough = is_one_enough or self.policy.is_enough(len(places))
        if not places or not (is_enough or likeness in self._in_hand):
            return None
        return self._proposal(likeness, places, is_one_enough=is_one_enough)

    # ---- How it goes on ---------------------------------------------------------------------

    def _read(self, incident: Record, before: _Seen | None) -> _Seen:
        is_dropped = incident.state.phase is Phase.DROPPED
        is_enough = not is_dropped and self.policy.is_enough_alone(incident)
        alike = () if is_dropped else found_by(self.keys, incident)
        if is_enough and not alike:
            alike = found_by(_ITSELF, incident)
        at = microseconds(self.instant(incident), "the instant of an incident")
        number = self._known if before is None else before.place.number
        place = Place(at, str(incident.id), number, incident.id, is_enough)
        return _Seen(incident.version, place, alike)

    def _forget(self) -> None:
        while self._aging and self._aging[0][0] <= self._latest - _KEPT * self._span:
            at, _, known = heapq.heappop(self._aging)
            seen = self._seen.get(known)
            if seen is not None and seen.place.at == at:
                del self._seen[known]
                for likeness in seen.likenesses:
                    self._leave(likeness, seen.place)

    def _keep(self, seen: _Seen, before: _Seen | None) -> None:
        place = seen.place
        self._seen[place.id] = seen
        self._known += before is None
        if before is None or before.place.at != place.at:
            heapq.heappush(self._aging, (place.at, place.number, place.id))
        if before is not None:
            for likeness in before.likenesses:
                if likeness not in seen.likenesses:
                    self._leave(likeness, before.place)

    def _leave(self, likeness: Likeness, place: Place) -> None:
        series = self._series.get(likeness)
        if series is not None:
            series.remove(place)
            if not series.places:
                del self._series[likeness]

    def _proposed(self, seen: _Seen, before: _Seen | None) -> Iterator[RecurrenceProposal]:
        for likeness in seen.likenesses:
            place = before.place if before is not None and likeness in before.likenesses else None
            if place != seen.place and seen.place.at > self._released.get(likeness, _LONG_AGO):
                had_part = self._count(likeness, seen.place, place)
                if seen.place.at > self._latest - self._span:
                    yield from self._judged(likeness, seen.place, place, had_part=had_part)

    def _count(self, likeness: Likeness, place: Place, before: Place | None) -> bool:
        """
        Count an incident where it stands now, and return whether it had a part in a recurrence.
        """
        series = self._series.setdefault(likeness, Series(self.policy.is_enough, self._span))
        had_part = before is not None and series.has_part(before)
        if before is not None:
            series.remove(before)
        series.add(place)
        return had_part

    def _judged(
        self, likeness: Likeness, place: Place, before: Place | None, *, had_part: bool
    ) -> Iterator[RecurrenceProposal]:
        series = self._series[likeness]
        is_one_enough = place.is_enough_alone
        if likeness in self._in_hand:
            if before is None:
                yield self._proposal(likeness, [place], is_one_enough=is_one_enough)
        elif is_one_enough and (before is None or not before.is_enough_alone):
            similar = series.up_to(series.find(place))
            yield self._proposal(likeness, similar, is_one_enough=True)
        elif not had_part:
            for i in series.begun_by(place):
                yield self._proposal(likeness, series.up_to(i), is_one_enough=False)

    def _proposal(
        self, likeness: Likeness, places: Sequence[Place], *, is_one_enough: bool
    ) -> RecurrenceProposal:
        return RecurrenceProposal(
            likeness=likeness,
            incidents=tuple(place.id for place in places),
            first_at=from_microseconds(places[0].at),
            last_at=from_microseconds(places[-1].at),
            window=self.policy.window,
            reason=RecurrenceReason.MAJOR if is_one_enough else RecurrenceReason.RECURRING,
            problem=self._in_hand.get(likeness),
        )
