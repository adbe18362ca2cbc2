"""
What there is to tell since somebody last looked at a record, corrections and late entries included.

Nothing is remembered but when that was: what had been told then is computed again, from the record
as it was known then.
"""

from __future__ import annotations

from collections import Counter
from enum import StrEnum
from typing import TYPE_CHECKING

import attrs

from pendulum import DateTime

from itil_ops.kernel.checks import check_optional, check_type
from itil_ops.kernel.identity import PartId
from itil_ops.kernel.instant import optional_utc, utc
from itil_ops.kernel.readable import Readable
from itil_ops.kernel.record import Record
from itil_ops.kernel.replay import viewed
from itil_ops.kernel.stateful import described
from itil_ops.sla.agreements.agreement import Agreement, AgreementKind
from itil_ops.sla.agreements.parts import handed_out
from itil_ops.sla.clocks.telling import Told


if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator
    from datetime import datetime

    from itil_ops.sla.clocks.clock import SlaClock
    from itil_ops.sla.clocks.promise import Deadlines


class NewsKind(StrEnum):
    """
    How a piece of news stands to what was known when somebody last looked.
    """

    NEW = "new"
    """It has fallen due since."""

    CONFIRMED = "confirmed"
    """It was so by then, but has come to light only since."""

    RESCINDED = "rescinded"
    """It was told by then, and is not so."""


@attrs.frozen
class News(Readable):
    """
    What is to be told, or taken back.

    Attributes:
        told: What is so, or was thought to be.

        agreement: The name of the agreement.

        kind: Whether it is new, has come to light, or is taken back.

        part: Id of the part of the record that it is about; `None` where it is about the record.
    """

    told: Told
    agreement: str
    kind: NewsKind = NewsKind.NEW
    part: PartId | None = None

    def __str__(self) -> str:
        subject = "" if self.part is None else f"{self.part} "
        suffix = "" if self.kind is NewsKind.NEW else f", {self.kind}"
        return f"{self.agreement}: {subject}{self.told}{suffix}"


def news(
    agreement: Agreement,
    record: Record,
    since: datetime | None,
    until: datetime,
    *,
    version: int | None = None,
    deadlines: Deadlines | None = None,
) -> tuple[News, ...]:
    """
    Return what there is to tell of *record* at *until*, in order of instant.

    Whoever looks again and again, each time since the last, is told each thing once, and of each
    that turns out not to be so that it is rescinded. A breach or threshold that merely moves is no
    news. Of cycles that a late entry renumbers, those stay the same whose instants do. An OLA or a
    contract tells of what in the record is handed to groups, its tasks, in place of the record.

    Args:
        agreement: The agreement.

        record: The record; what was recorded after *until* is left out.

        since: When somebody last looked; `None` if nobody ever did.

        until: The present instant.

        version: The version of the record that was looked at then: worth keeping where an entry may
            be stored later than it says. Unless given, all that was recorded up to *since*.

        deadlines: Due times that a person fixed.

    Raises:
        TypeError: An argument is of another type.

        ValueError: *until* lies before *since*, or there is no such *version*.
    """
    check_type(agreement, Agreement, "agreement")
    looks = Looks.of(record, since, until, version)
    return looks.news(agreement, deadlines)


@attrs.frozen
class Looks:
    """
    What the last look and the present one see of a record.

    Attributes:
        since: When the last one was; `None` if there was none.

        then: What it saw; `None` where there was no record yet.

        until: When the present one is.

        now: What it sees, likewise.
    """

    since: DateTime | None
    then: Record | None
    until: DateTime
    now: Record | None

    @classmethod
    def of(
        cls, record: Record, since: datetime | None, until: datetime, version: int | None = None
    ) -> Looks:
        """
        Return what is seen of *record*, see `news`.
        """
        check_type(record, Record, "record")
        last, present = optional_utc(since, "since"), utc(until, "until")
        number = check_optional(version, int, "version")
        if last is not None and present < last:
            raise ValueError(f"until {present} lies before since {last}, the last look")
        if number is not None and not 0 <= number <= record.version:
            raise ValueError(
                f"{described(record)} has no version {number}, it is at {record.version}"
            )
        then = None if last is None else _seen(record, last, number)
        return cls(last, then, present, known_at(record, present))

    def news(
        self,
        agreement: Agreement,
        deadlines: Deadlines | None = None,
    ) -> tuple[News, ...]:
        """
        Return what there is to tell of the record under *agreement*, see `news`.
        """
        then = _told(agreement, self.then, self.since, deadlines)
        now = _told(agreement, self.now, self.until, deadlines)
        for same in (_by_instant, _by_cycle):
            then, now = _without(then, now, same), _without(now, then, same)
        found = [attrs.evolve(one, kind=NewsKind.RESCINDED) for one in then]
        found += [attrs.evolve(one, kind=self._kind(one.told)) for one in now]
        return tuple(sorted(found, key=lambda one: one.told.at))  # stable: what is taken back first

    def _kind(self, told: Told) -> NewsKind:
        is_new = self.since is None or self.since < told.at
        return NewsKind.NEW if is_new else NewsKind.CONFIRMED


def _told(
    agreement: Agreement,
    record: Record | None,
    at: DateTime | None,
    deadlines: Deadlines | None,
) -> list[News]:
    if record is None or at is None:
        return []
    return [
        News(one, agreement.name, part=part)
        for part, clock in clocks_and_parts(agreement, record, deadlines)
        for one in clock.told(at)
    ]


def clocks_and_parts(
    agreement: Agreement, record: Record, deadlines: Deadlines | None = None
) -> Iterator[tuple[PartId | None, SlaClock]]:
    """
    Yield the clocks of *record* under *agreement*, and of what in it is handed to groups.

    Those of a part come with its id. A customer is promised the whole, so only OLAs and contracts
    measure parts, and then not the record too, see `OperationalLevelAgreement`. What no group is
    handed, an approval for instance, has no such clocks.

    Args:
        agreement: The agreement.

        record: The record.

        deadlines: Due times that a person fixed; for the record, not for its parts.
    """
    yield from ((None, clock) for clock in agreement.clocks(record, deadlines=deadlines))
    if agreement.kind is not AgreementKind.SLA:
        for part in handed_out(record):
            yield from ((part.id, clock) for clock in agreement.part_clocks(record, part.id))


def known_at(record: Record, at: DateTime) -> Record | None:
    """
    Return *record* as it was known at *at*; `None` if it had not begun.
    """
    if record.journal[-1].at <= at:
        return record
    return None if at < record.logged_at else record.as_known_at(at)


def _seen(record: Record, since: DateTime, version: int | None) -> Record | None:
    if version is None:
        return known_at(record, since)
    if version == 0:
        return None
    seen: Record = viewed(type(record), record.part_types, record.journal[:version])
    return seen


def _by_instant(news: News) -> Hashable:
    return news.part, news.told.kind, news.told.threshold, news.told.at


def _by_cycle(news: News) -> Hashable:
    return news.part, news.told.kind, news.told.threshold, news.told.cycle


def _without(
    ones: Iterable[News], others: Iterable[News], same: Callable[[News], Hashable]
) -> list[News]:
    """
    Return *ones* but those that have a match of their own among *others*.
    """
    matches = Counter(map(same, others))
    left = []
    for one in ones:
        if matches[same(one)]:
            matches[same(one)] -= 1
        else:
            left.append(one)
    return left
