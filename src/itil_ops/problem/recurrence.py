"""
Recurrence: which incidents come again and again, and so are worth a problem.
"""

from __future__ import annotations

import heapq

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeAlias, TypeVar, overload

import attrs

from pendulum import DateTime

from itil_ops.kernel.checks import check_shape, check_type, did_you_mean
from itil_ops.kernel.identity import ProblemId, RecordId
from itil_ops.kernel.instant import DAY, from_microseconds, length, microseconds
from itil_ops.kernel.record import Record
from itil_ops.kernel.table import Phase
from itil_ops.problem.series import Place, Seen, Series, problem_with
from itil_ops.problem.similarity import (
    DEFAULT_SIMILARITY_KEYS,
    Likeness,
    SimilarityKey,
    SimilarityKeyLike,
    check_keys,
    found_by,
)
from itil_ops.sla.hours.wording import amount_text


if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


R = TypeVar("R", bound=Record)
R_contra = TypeVar("R_contra", bound=Record, contravariant=True)


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


class RecurrencePolicy(Protocol[R_contra]):
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

    def is_enough_alone(self, incident: R_contra, /) -> bool:
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

#: What is worth a problem alone is so even if it is similar to nothing.
_ITSELF: Final = SimilarityKey("id")


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
    """To link them to the problem that is in hand for such incidents."""


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

        problem: The problem that is in hand for such incidents: as somebody said, or because the
            latest one is with it. `None` where one is to be raised.
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
        return f"{self._what()} ({' to '.join(days)}): {named}.{self._because()}"

    def _what(self) -> str:
        if len(self.incidents) > 1:
            within = _window_text(self.window)
            return f"{len(self.incidents)} incidents of {self.likeness} within {within}"
        kind = "major incident" if self.reason is RecurrenceReason.MAJOR else "incident"
        if self.likeness.key == _ITSELF.name:
            return f"1 {kind} that is similar to no other"
        return f"1 {kind} of {self.likeness}"

    def _because(self) -> str:
        is_one_of_many = self.reason is RecurrenceReason.MAJOR and len(self.incidents) > 1
        return " At least one is major." if is_one_of_many else ""

    def explain(self) -> str:
        """
        Return what was found, and what to do about it, in sentences.
        """
        if self.problem is None:
            return f"{self.finding} Raise a problem."
        return f"{self.finding} Link to {self.problem}, which is in hand for such incidents."


def _window_text(window: timedelta) -> str:
    days, rest = divmod(length(window), DAY)
    return amount_text(length(window)) if rest else f"{days} day{'s' if days > 1 else ''}"


# ---- The detector ---------------------------------------------------------------------------

#: How many windows are kept: an incident late by one is judged by the window before it, and by
#: whether the one before it in there recurred.
_KEPT: Final = 3

#: Before any instant.
_LONG_AGO: Final = -(10**20)

_ASKED_OF_A_POLICY = ("window", "is_enough", "is_enough_alone")


#: Which of its instants an incident counts at.
InstantOf: TypeAlias = Callable[[R], datetime]


def logged_at(record: Record) -> datetime:
    """
    Return when *record* was logged.
    """
    return record.logged_at


_DEFAULT_POLICY: Final = SimilarInWindow()


@attrs.define(eq=False, init=False)
class RecurrenceDetector(Generic[R_contra]):
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
    was dropped (cancelled, say) counts nowhere.

    What is with a problem is looked after, whoever linked it: it is investigated with it, caused or
    resolved by it, or waits for it. It counts towards no proposal; where enough others are similar
    to it, they are to be linked to its problem. The last link tells which that is; of several such
    incidents, the latest. What lost its problem counts like any other.

    To go on after a restart, feed it the incidents of the last three windows, and say again which
    problems are in hand.

    Args:
        keys: What makes incidents similar.

        policy: When they are worth a problem.

        instant: Which of its instants an incident counts at; when it was logged unless given.

    Raises:
        TypeError: An argument is of another type.

        ValueError: There is no key, two keys have one name, or the policy's window is not positive.
    """

    keys: tuple[SimilarityKeyLike[R_contra], ...] = attrs.field(on_setattr=attrs.setters.frozen)
    policy: RecurrencePolicy[R_contra] = attrs.field(on_setattr=attrs.setters.frozen)
    instant: InstantOf[R_contra] = attrs.field(repr=False, on_setattr=attrs.setters.frozen)
    _span: int = attrs.field(init=False, repr=False)
    _latest: int = attrs.field(init=False, repr=False, default=_LONG_AGO)
    _known: int = attrs.field(init=False, repr=False, default=0)
    _seen: dict[RecordId, Seen] = attrs.field(init=False, repr=False, factory=dict)
    _aging: list[tuple[int, int, RecordId]] = attrs.field(init=False, repr=False, factory=list)
    _series: dict[Likeness, Series] = attrs.field(init=False, repr=False, factory=dict)
    _in_hand: dict[Likeness, ProblemId] = attrs.field(init=False, repr=False, factory=dict)
    _released: dict[Likeness | ProblemId, int] = attrs.field(init=False, repr=False, factory=dict)

    @overload
    def __init__(self: RecurrenceDetector[Record]) -> None: ...

    @overload
    def __init__(
        self,
        keys: Iterable[SimilarityKeyLike[R_contra]] = DEFAULT_SIMILARITY_KEYS,
        policy: RecurrencePolicy[R_contra] = _DEFAULT_POLICY,
        *,
        instant: InstantOf[R_contra] = logged_at,
    ) -> None: ...

    def __init__(
        self,
        keys: Iterable[SimilarityKeyLike[R_contra]] = DEFAULT_SIMILARITY_KEYS,
        policy: RecurrencePolicy[R_contra] = _DEFAULT_POLICY,
        *,
        instant: InstantOf[R_contra] = logged_at,
    ) -> None:
        check_shape(policy, _ASKED_OF_A_POLICY, "policy must be a SimilarInWindow")
        span = length(check_window(policy.window))
        if not callable(instant):
            raise TypeError(f"instant must be a function of an incident, not {instant!r}")
        self.__attrs_init__(check_keys(keys), policy, instant)
        self._span = span

    # ---- What is told to it -----------------------------------------------------------------

    def observe(self, incident: R_contra) -> tuple[RecurrenceProposal, ...]:
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
        if seen.problem is not None:
            self._take(seen, seen.problem)
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
        names = self._names
        if check_type(likeness, Likeness, "likeness").key not in names:
            advice = did_you_mean(likeness.key, names, f"there are {names}")
            raise ValueError(f"no key {likeness.key!r} to be similar by; {advice}")
        self._in_hand[likeness] = problem

    def release(self, problem: ProblemId) -> None:
        """
        Take note that a problem is in hand for nothing any more, being closed or cancelled.

        Where it was assigned, the incidents up to now were its own, and those that come later are
        counted anew. That similar ones up to now are with it is no reason to link others to it. To
        release goes through all that is kept.

        Raises:
            TypeError: *problem* is no id of one.
        """
        check_type(problem, ProblemId, "problem")
        over = [alike for alike, named in self._in_hand.items() if named == problem]
        for likeness in over:
            del self._in_hand[likeness]
            if likeness in self._series:
                self._series[likeness].places.clear()
        for likeness in list(self._series):
            self._series[likeness].release(problem)
            self._tidy(likeness)
        # What was released before all that is kept has no say any more.
        kept = {known: at for known, at in self._released.items() if at > self._oldest}
        self._released = kept | dict.fromkeys([problem, *over], self._latest)

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

        It is what is left to do: what was done leaves it once its incidents were observed again,
        for they are with a problem then. Keys come in their order, and what is alike under one in
        the order of its values. To ask goes through all that is kept.
        """
        names = self._names
        alike = sorted(self._series, key=lambda it: (names.index(it.key), it.values))
        found = (self._standing(likeness) for likeness in alike)
        return tuple(proposal for proposal in found if proposal is not None)

    @property
    def _names(self) -> list[str]:
        return [key.name for key in (*self.keys, _ITSELF)]

    def _standing(self, likeness: Likeness) -> RecurrenceProposal | None:
        places = self._series[likeness].after(self._latest - self._span)
        is_one_enough = any(place.is_enough_alone for place in places)
        is_enough = is_one_enough or self.policy.is_enough(len(places))
        if not places or not (is_enough or likeness in self._in_hand):
            return None
        return self._proposal(likeness, places, is_one_enough=is_one_enough)

    # ---- How it goes on ---------------------------------------------------------------------

    @property
    def _oldest(self) -> int:
        """
        The instant up to which all is forgotten.
        """
        return self._latest - _KEPT * self._span

    def _read(self, incident: R_contra, before: Seen | None) -> Seen:
        at = microseconds(self.instant(incident), "the instant of an incident")
        is_left_out = incident.state.phase is Phase.DROPPED or at <= self._oldest
        is_enough = not is_left_out and self.policy.is_enough_alone(incident)
        alike = () if is_left_out else found_by(self.keys, incident)
        if is_enough and not alike:
            alike = found_by((_ITSELF,), incident)
        number = self._known if before is None else before.place.number
        place = Place(at, str(incident.id), number, incident.id, is_enough)
        return Seen(incident.version, place, alike, problem_with(incident))

    def _forget(self) -> None:
        while self._aging and self._aging[0][0] <= self._oldest:
            at, _, known = heapq.heappop(self._aging)
            seen = self._seen.get(known)
            if seen is not None and seen.place.at == at:
                del self._seen[known]
                for likeness in seen.likenesses:
                    self._leave(likeness, seen.place)

    def _keep(self, seen: Seen, before: Seen | None) -> None:
        place = seen.place
        self._seen[place.id] = seen
        self._known += before is None
        if before is None or before.place.at != place.at:
            heapq.heappush(self._aging, (place.at, place.number, place.id))
        if before is not None:
            counts_on = set(before.counts_in).intersection(seen.counts_in)
            for likeness in before.likenesses:
                if likeness not in counts_on:
                    self._leave(likeness, before.place)

    def _leave(self, likeness: Likeness, place: Place) -> None:
        if likeness in self._series:
            self._series[likeness].remove(place)
            self._tidy(likeness)

    def _tidy(self, likeness: Likeness) -> None:
        if self._series[likeness].is_empty:
            del self._series[likeness]

    def _take(self, seen: Seen, problem: ProblemId) -> None:
        """
        Take in an incident that is with a problem.
        """
        if seen.place.at > self._released.get(problem, _LONG_AGO):
            for likeness in seen.likenesses:
                self._of(likeness).add_case(seen.place, problem)

    def _of(self, likeness: Likeness) -> Series:
        if likeness not in self._series:
            self._series[likeness] = Series(likeness, self.policy.is_enough, self._span)
        return self._series[likeness]

    def _proposed(self, seen: Seen, before: Seen | None) -> Iterator[RecurrenceProposal]:
        for likeness in seen.counts_in:
            place = before.place if before is not None and likeness in before.counts_in else None
            if place != seen.place and seen.place.at > self._released.get(likeness, _LONG_AGO):
                had_part = self._count(likeness, seen.place, place)
                if seen.place.at > self._latest - self._span:
                    yield from self._judged(likeness, seen.place, place, had_part=had_part)

    def _count(self, likeness: Likeness, place: Place, before: Place | None) -> bool:
        """
        Count an incident where it stands now, and return whether it had a part in a recurrence.
        """
        series = self._of(likeness)
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
        series = self._series[likeness]
        return RecurrenceProposal(
            likeness=series.likeness,
            incidents=tuple(place.id for place in places),
            first_at=from_microseconds(places[0].at),
            last_at=from_microseconds(places[-1].at),
            window=self.policy.window,
            reason=RecurrenceReason.MAJOR if is_one_enough else RecurrenceReason.RECURRING,
            problem=self._in_hand.get(likeness, series.problem),
        )
