"""
What was agreed: targets by kind and priority, for as long as the agreement is valid.
"""

from __future__ import annotations

import functools

from collections import Counter
from typing import TYPE_CHECKING

import attrs

from pendulum import DateTime

from itil_ops.errors import AgreementError
from itil_ops.kernel.checks import check_text, check_type, several
from itil_ops.kernel.instant import optional_utc, utc
from itil_ops.kernel.record import Record
from itil_ops.sla.fold import facts, fold
from itil_ops.sla.target import Target, TargetKind


if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from itil_ops.kernel.priority import Priority
    from itil_ops.sla.clock import SlaClock


_FOLDED = frozenset({TargetKind.RESPONSE, TargetKind.UPDATE, TargetKind.RESOLUTION})


def _targets(values: Iterable[Target]) -> tuple[Target, ...]:
    return several(values, Target, "targets")


def _border(at: datetime | None) -> DateTime | None:
    return optional_utc(at, "a border of validity")


@attrs.frozen
class ServiceLevelAgreement:
    """
    An agreement with a customer.

    A target that names the priority goes before one for any. Where there is no target there is no
    clock: never a target of zero, and never a silent pass.

    Attributes:
        name: What it is called.

        targets: The targets, by kind and priority.

        valid_from: The first instant at which records begin under it; always unless given.

        valid_until: The first instant at which they no longer do; never unless given.

    Raises:
        TypeError: An attribute is of another type.

        AgreementError: There is no target, two are for the same, or one of a kind that no record
            can be measured by, or the agreement ends before it begins.
    """

    name: str
    targets: tuple[Target, ...] = attrs.field(converter=_targets, kw_only=True)
    valid_from: DateTime | None = attrs.field(default=None, kw_only=True, converter=_border)
    valid_until: DateTime | None = attrs.field(default=None, kw_only=True, converter=_border)

    def __attrs_post_init__(self) -> None:
        check_text(self.name, "an agreement's name")
        if not self.targets:
            raise AgreementError(f"agreement {self.name!r} has no targets")
        if self.valid_from and self.valid_until and self.valid_until <= self.valid_from:
            raise AgreementError(
                f"agreement {self.name!r} ends at {self.valid_until}, before it begins"
                f" at {self.valid_from}"
            )
        unknown = [target.kind for target in self.targets if target.kind not in _FOLDED]
        if unknown:
            raise AgreementError(
                f"agreement {self.name!r} has targets of kinds that no record starts: {unknown}"
            )
        self._check_unambiguous()

    def _check_unambiguous(self) -> None:
        promised = Counter(
            (target.kind, priority)
            for target in self.targets
            for priority in (target.priorities or {None})
        )
        twice = [f"{kind} for {p or 'any priority'}" for (kind, p), n in promised.items() if n > 1]
        if twice:
            raise AgreementError(f"agreement {self.name!r} promises twice: {', '.join(twice)}")

    def is_valid(self, at: datetime) -> bool:
        """
        Whether a record that begins at *at* is under this agreement.
        """
        instant = utc(at)
        return (self.valid_from is None or self.valid_from <= instant) and (
            self.valid_until is None or instant < self.valid_until
        )

    def target(self, kind: TargetKind, priority: Priority | None) -> Target | None:
        """
        Return the target of *kind* for *priority*; `None` where none was agreed.
        """
        general = None
        for target in self.targets:
            if target.kind == kind:
                if target.priorities is None:
                    general = target
                elif priority in target.priorities:
                    return target
        return general

    def clocks(self, record: Record) -> tuple[SlaClock, ...]:
        """
        Return the clocks of *record*, kind by kind in the order of the targets, cycle by cycle.

        An update clock has a cycle for each message to the user. Nothing about clocks is stored in
        a record: they are computed from its journal, so that another agreement or a late entry is
        the same computation again.

        Raises:
            TypeError: *record* is no record.
        """
        check_type(record, Record, "record")
        if not self.is_valid(record.logged_at):
            return ()
        story = tuple(facts(record.history()))
        kinds = dict.fromkeys(target.kind for target in self.targets)
        return tuple(
            clock
            for kind in kinds
            for clock in fold(kind, story, functools.partial(self.target, kind))
        )
