"""
Cascades: what many records do because of one, planned and shown before it is done.

A cascade is a list of steps, each with its outcome: applied, with the record that came of it, or
skipped, with the reasons. Nothing is written: who agrees saves `Cascade.changed`.

A planner is a function that looks at one record and says which verbs it wants of it, or why it is
left alone. `follow` tries the verbs and asks again, until the record is left alone. So a cascade
that is planned once more on its own result has nothing to do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar, cast

import attrs

from itil_ops.errors import OutOfOrderError, Reason, RefusedError
from itil_ops.kernel.actor import Actor
from itil_ops.kernel.checks import check_text, check_type, several
from itil_ops.kernel.history import moves
from itil_ops.kernel.instant import utc
from itil_ops.kernel.journal import NO_CHANGES, Changes
from itil_ops.kernel.policies import Policies
from itil_ops.kernel.record import Record
from itil_ops.kernel.stateful import described, not_possible
from itil_ops.kernel.table import Phase


if TYPE_CHECKING:
    from pendulum import DateTime

    from itil_ops.kernel.identity import RecordId
    from itil_ops.kernel.journal import Entry


R = TypeVar("R", bound=Record)

ALREADY_SO = "already_so"
"""
Rule of the reason that a record is as the planner wants it: a step that it follows is told alone.
"""


class CascadeOutcome(StrEnum):
    """
    What becomes of a step.
    """

    APPLIED = "applied"
    SKIPPED = "skipped"


def _arguments(values: Mapping[str, object]) -> Changes:
    return values if isinstance(values, Changes) else Changes(values)


@attrs.frozen
class Wanted:
    """
    A verb that a planner wants of a record.

    >>> Wanted("comment", {"text": "The fix is out."})
    Wanted(verb='comment', arguments=Changes({'text': 'The fix is out.'}))

    Attributes:
        verb: Name of the verb.

        arguments: Its arguments, besides who acts and when.
    """

    verb: str
    arguments: Changes = attrs.field(default=NO_CHANGES, converter=_arguments)

    def __attrs_post_init__(self) -> None:
        check_text(self.verb, "verb")


@attrs.frozen(kw_only=True)
class CascadeStep(Generic[R]):
    """
    What a cascade does to a record, or why it does nothing.

    Attributes:
        record: The record before the step.

        verb: Name of the verb; `None` where none was wanted.

        arguments: Its arguments, besides who acts and when.

        after: The record after the verb; `None` where it was skipped.

        outcome: Applied or skipped.

        reasons: Why it was skipped.
    """

    record: R
    verb: str | None = None
    arguments: Changes = NO_CHANGES
    after: R | None = None
    outcome: CascadeOutcome
    reasons: tuple[Reason, ...] = ()

    def __str__(self) -> str:
        return "  ".join(self.cells)

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """
        What a table shows of it: record, verb, outcome, and what comes of it.
        """
        return str(self.record.id), self.verb or "-", self.outcome.value, self._came_of_it()

    def _came_of_it(self) -> str:
        if self.after is None:
            return "; ".join(map(str, self.reasons))
        before, after = self.record.state.name, self.after.state.name
        return after if before == after else f"{before} -> {after}"


_HEADINGS = ("record", "verb", "outcome", "what comes of it")


def _steps(values: Iterable[CascadeStep[R]]) -> tuple[CascadeStep[R], ...]:
    return several(values, CascadeStep, "steps")


@attrs.frozen
class Cascade(Generic[R]):
    """
    A plan for many records, to be looked at and then saved, or not.

    Printed, it is a table.

    Attributes:
        steps: The steps, record by record.
    """

    steps: tuple[CascadeStep[R], ...] = attrs.field(converter=_steps)

    def __iter__(self) -> Iterator[CascadeStep[R]]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)

    @property
    def applied(self) -> tuple[CascadeStep[R], ...]:
        """
        The steps that change a record.
        """
        return self._with(CascadeOutcome.APPLIED)

    @property
    def skipped(self) -> tuple[CascadeStep[R], ...]:
        """
        The steps that change nothing, each with its reasons.
        """
        return self._with(CascadeOutcome.SKIPPED)

    @property
    def changed(self) -> tuple[R, ...]:
        """
        The records to save, each once, after all its steps.
        """
        last: dict[RecordId, R] = {}
        for step in self.steps:
            if step.after is not None:
                last[step.record.id] = step.after
        return tuple(last.values())

    def _with(self, outcome: CascadeOutcome) -> tuple[CascadeStep[R], ...]:
        return tuple(step for step in self.steps if step.outcome is outcome)

    def __str__(self) -> str:
        rows = [_HEADINGS, *(step.cells for step in self.steps)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return "\n".join(_line(row, widths) for row in rows)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=True))
    return "  ".join(padded).rstrip()


# ---- The engine ------------------------------------------------------------------------------

#: Says which verbs are wanted of a record, in order, or why it is left alone.
Choose: TypeAlias = Callable[[R], Sequence[Wanted] | Reason]


def planned(
    record: R,
    verb: str,
    *,
    by: Actor,
    at: datetime,
    policies: Policies | None = None,
    **arguments: object,
) -> CascadeStep[R]:
    """
    Try a verb on a record; a refusal becomes the reasons of a step that is skipped.

    Args:
        record: The record.

        verb: Name of the verb; one that the record's room has not got is skipped too.

        by: Who acts: should be a system where a cascade is planned, see `Actor.system`: what a
            person does may make them its assignee.

        at: When that is recorded.

        policies: The policies for this call; those of the record's class unless given.

        arguments: The verb's arguments.

    Raises:
        TypeError: The verb has no such argument, or it is of the wrong type.

        ValueError: An argument makes no sense.
    """
    check_type(record, Record, "record")
    wanted = Wanted(verb, arguments)
    if not callable(getattr(record, verb, None)):
        impossible = not_possible(record, record.state.name, verb)
        return _skipped(record, () if impossible is None else impossible.reasons, wanted)
    given = {} if policies is None else {"policies": policies}
    try:
        after: R = getattr(record, verb)(**arguments, **given, by=by, at=at)
    except RefusedError as refusal:
        return _skipped(record, refusal.reasons, wanted)
    except OutOfOrderError as refusal:
        return _skipped(record, (Reason("order", str(refusal)),), wanted)
    return CascadeStep(
        record=record,
        verb=verb,
        arguments=wanted.arguments,
        after=after,
        outcome=CascadeOutcome.APPLIED,
    )


def follow(
    records: Iterable[R],
    choose: Choose[R],
    *,
    by: Actor,
    at: datetime,
    policies: Policies | None = None,
) -> Cascade[R]:
    """
    Plan for each record the verbs that *choose* wants of it.

    *choose* is asked again about the record that came of them, until it gives a reason to leave it
    alone, or says the same a second time. A verb that was refused is not tried again, the others
    are. A planner that knows by the record what has been done already makes a cascade idempotent.

    >>> import pendulum
    >>> from itil_ops import Actor, Incident, IncidentId
    >>> at, desk = pendulum.datetime(2026, 3, 2, 9), Actor("desk")
    >>> one = Incident.log(
    ...     IncidentId("INC-1"), title="No mail", service="email", by=desk, at=at
    ... )
    >>> other = one.start(by=desk, at=at)
    >>> def taken(incident):
    ...     if incident.assignee:
    ...         return Reason(ALREADY_SO, "somebody has it")
    ...     return [Wanted("start")]
    >>> print(follow([one], taken, by=desk, at=at))
    record  verb   outcome  what comes of it
    INC-1   start  applied  new -> in_progress
    >>> print(follow([other], taken, by=desk, at=at))
    record  verb  outcome  what comes of it
    INC-1   -     skipped  somebody has it

    Args:
        records: The records, each once.

        choose: Given a record, returns the verbs that are wanted of it, in order, or the reason why
            it is left alone.

        by: Who acts: should be a system, see `planned`.

        at: When that is recorded.

        policies: The policies for these calls; those of each record's class unless given.

    Raises:
        TypeError: An argument is of another type.

        ValueError: A record is given twice, or *at* is naive.
    """
    each = cast("tuple[R, ...]", several(records, Record, "records"))
    check_each_once(each)
    check_type(by, Actor, "by")
    if not callable(choose):
        raise TypeError(f"choose must be callable, not {choose!r}")
    trial = _Trial(choose, by, utc(at), policies)
    return Cascade(step for record in each for step in trial.steps(record))


def check_each_once(records: Iterable[Record]) -> None:
    """
    Make sure that no record is given twice.

    Raises:
        ValueError: One is.
    """
    seen: set[RecordId] = set()
    for record in records:
        if record.id in seen:
            raise ValueError(f"{record.id} is given twice: each record is taken once")
        seen.add(record.id)


def check_not_before(source: Record, at: datetime) -> DateTime:
    """
    Return *at* in UTC, once it is sure that what is read of *source* was so by then.

    Raises:
        OutOfOrderError: It lies before the last entry of *source*.

        TypeError: It is no instant.

        ValueError: It is naive.
    """
    instant, last = utc(at), source.journal[-1].at
    if instant < last:
        raise OutOfOrderError(described(source), "at", instant, last)
    return instant


def was_done_since(entry: Entry | None, other: Entry | None) -> bool:
    """
    Whether *entry* was recorded when *other* was, or later: of what is equal nobody knows.
    """
    return entry is not None and other is not None and entry.at >= other.at


@attrs.frozen
class _Trial(Generic[R]):
    """
    How one record after the other is tried.
    """

    choose: Choose[R]
    by: Actor
    at: datetime
    policies: Policies | None

    def steps(self, record: R) -> Iterator[CascadeStep[R]]:
        answers: list[tuple[Wanted, ...]] = []
        refused: list[Wanted] = []
        here, has_steps = record, False
        while True:
            answer = self._answer(here)
            if isinstance(answer, Reason):
                if not has_steps or answer.rule != ALREADY_SO:
                    yield _skipped(here, (answer,))
                return
            if answer in answers:
                return
            answers.append(answer)
            for wanted in answer:
                if wanted in refused:
                    continue
                step = self._tried(here, wanted)
                has_steps = True
                yield step
                if step.after is None:
                    refused.append(wanted)
                else:
                    here = step.after

    def _answer(self, record: R) -> tuple[Wanted, ...] | Reason:
        answer = self.choose(record)
        if isinstance(answer, Reason):
            return answer
        wanted = several(answer, Wanted, "what is wanted")
        return wanted or Reason(ALREADY_SO, "nothing is wanted of it")

    def _tried(self, record: R, wanted: Wanted) -> CascadeStep[R]:
        return planned(
            record,
            wanted.verb,
            by=self.by,
            at=self.at,
            policies=self.policies,
            **wanted.arguments,
        )


def _skipped(
    record: R, reasons: tuple[Reason, ...], wanted: Wanted | None = None
) -> CascadeStep[R]:
    return CascadeStep(
        record=record,
        verb=None if wanted is None else wanted.verb,
        arguments=NO_CHANGES if wanted is None else wanted.arguments,
        outcome=CascadeOutcome.SKIPPED,
        reasons=reasons,
    )


# ---- What journals tell ----------------------------------------------------------------------


def last_move(record: Record) -> Entry | None:
    """
    Return the entry by which the record last came into another state, its parts aside.
    """
    return next(moves(record.journal), None)


def last_into(record: Record, phase: Phase) -> Entry | None:
    """
    Return the entry by which the record last came into a phase, from another state.
    """
    found = (
        one for one in moves(record.journal) if record.lifecycle.state(one.to_state).phase is phase
    )
    return next(found, None)


def last_back(record: Record) -> Entry | None:
    """
    Return the entry by which the record was last taken up again after it was done or over.
    """
    for entry in moves(record.journal):
        phases = [_phase(record, entry.from_state), _phase(record, entry.to_state)]
        if phases[0] in _BEHIND and phases[1] not in _BEHIND:
            return entry
    return None


_BEHIND = frozenset({Phase.DONE, Phase.ENDED, Phase.DROPPED})


def _phase(record: Record, state: str | None) -> Phase | None:
    return None if state is None else record.lifecycle.state(state).phase
