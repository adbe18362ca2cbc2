"""
What can be refused or missing: one tree, with the facts as attributes.

```
ItilOpsError
├── RefusedError                    the record stays as it was
│   ├── IllegalTransitionError      no such step from this state
│   ├── UnknownActionError          no such action at all
│   ├── GuardRefusedError           the step exists, rules stand in the way
│   └── NotPermittedError           the actor may not
├── HandoffError                    records that cannot be brought together so
├── OutOfOrderError (ValueError)    an instant before the last entry
├── IllFormedLifecycleError         a table that cannot work
├── JournalError                    a journal that cannot be replayed
├── CalendarError (ValueError)      opening hours that make no sense, or run off the end of time
├── ClockError                      a clock asked for what its state does not allow
├── AgreementError (ValueError)     targets that contradict each other
├── CatalogError (ValueError)       a catalog or a request model that cannot work
├── SerializationError (ValueError) what cannot be written or read, and where in it
├── MissingExtraError (ImportError) an optional package that is not installed
└── RepositoryError
    ├── NotFoundError (LookupError)
    ├── DuplicateError              an id or a human number is taken
    ├── StaleRecordError            somebody else saved first
    ├── TransientStoreError         busy or gone: take the whole unit again
    ├── UnitClosedError             a unit of work is over, or does not take that
    └── UnsupportedQueryError       a store does not serve a part of a query
```

A bad argument is a plain `ValueError` or `TypeError`, raised before anything changes.
"""

from __future__ import annotations

from datetime import datetime

import attrs


@attrs.frozen
class Reason:
    """
    Why a step is refused.

    Attributes:
        rule: Name of the rule that speaks: a guard's name, or `transition`,
            `permission`, `order`.

        text: What is missing or wrong, for a person to read.
    """

    rule: str
    text: str

    def __str__(self) -> str:
        return self.text


class ItilOpsError(Exception):
    """
    The root of all errors of this library.
    """


@attrs.define(slots=False, eq=False)
class RefusedError(ItilOpsError):
    """
    A step has been refused; the record stays as it was.

    Attributes:
        subject: What the step was tried on, for instance `incident INC-1`.

        action: The action that was tried.

        state: Name of the state it was tried from; `None` before the first entry.

        reasons: Every reason against the step, each with its rule's name.
    """

    subject: str
    action: str
    state: str | None
    reasons: tuple[Reason, ...]

    def __str__(self) -> str:
        why = "; ".join(reason.text for reason in self.reasons)
        where = "" if self.state is None else f" in state {self.state!r}"
        return f"{self.subject}: {self.action!r} refused{where}: {why}"


@attrs.define(slots=False, eq=False)
class IllegalTransitionError(RefusedError):
    """
    The lifecycle has no such step from this state.

    Attributes:
        lifecycle: Name of the lifecycle.

        allowed: Actions that are possible from the state.
    """

    lifecycle: str
    allowed: tuple[str, ...]


@attrs.define(slots=False, eq=False)
class UnknownActionError(RefusedError):
    """
    The lifecycle has no such action at all.

    Attributes:
        lifecycle: Name of the lifecycle.

        nearest: The known action most like it, if any is.
    """

    lifecycle: str
    nearest: str | None


@attrs.define(slots=False, eq=False)
class GuardRefusedError(RefusedError):
    """
    The step exists, but rules stand in the way.
    """


@attrs.define(slots=False, eq=False)
class NotPermittedError(RefusedError):
    """
    The actor may not take the step.

    Attributes:
        actor: Name of the actor.

        needed: Names of the roles of which any one would do.
    """

    actor: str
    needed: tuple[str, ...]


@attrs.define(slots=False, eq=False)
class HandoffError(ItilOpsError):
    """
    Records cannot be brought together so: by a cycle, across kinds, with what is over.

    Attributes:
        subject: The record that it was tried on, for instance `incident INC-1`.

        tried: What was tried, with the other record, for instance `merge into incident INC-2`.

        reasons: Every reason against it, each with its rule's name.
    """

    subject: str
    tried: str
    reasons: tuple[Reason, ...]

    def __str__(self) -> str:
        why = "; ".join(reason.text for reason in self.reasons)
        return f"{self.subject}: {self.tried!r} refused: {why}"


@attrs.define(slots=False, eq=False)
class OutOfOrderError(ItilOpsError, ValueError):
    """
    An instant lies before the last one recorded.

    Attributes:
        subject: What the instant was meant for.

        name: Name of the argument.

        given: The instant given.

        last: The instant it must not precede.
    """

    subject: str
    name: str
    given: datetime
    last: datetime

    def __str__(self) -> str:
        return (
            f"{self.subject}: {self.name} {self.given.isoformat()}"
            f" lies before {self.last.isoformat()}"
        )


@attrs.define(slots=False, eq=False)
class IllFormedLifecycleError(ItilOpsError):
    """
    A lifecycle's table cannot work.

    Attributes:
        lifecycle: Name of the lifecycle.

        defects: Every defect found.
    """

    lifecycle: str
    defects: tuple[str, ...]

    def __str__(self) -> str:
        return f"lifecycle {self.lifecycle!r} is ill-formed: " + "; ".join(self.defects)


@attrs.define(slots=False, eq=False)
class JournalError(ItilOpsError):
    """
    A journal cannot be replayed.

    Attributes:
        number: Number of the entry that is in the way; 0 for an empty journal.

        why: What is wrong with it.
    """

    number: int
    why: str

    def __str__(self) -> str:
        return f"entry {self.number}: {self.why}"


class CalendarError(ItilOpsError, ValueError):
    """
    Opening hours make no sense, or a question runs off the end of what they say.
    """


class ClockError(ItilOpsError):
    """
    A clock has been asked for what its state does not allow.
    """


class AgreementError(ItilOpsError, ValueError):
    """
    The targets of an agreement contradict each other.
    """


@attrs.define(slots=False, eq=False)
class CatalogError(ItilOpsError, ValueError):
    """
    A catalog, or a part of it, cannot work, or lacks what was asked of it.

    Attributes:
        subject: What it is, for instance `request model laptop v2`.

        defects: Every defect found, each with its kind's name.
    """

    subject: str
    defects: tuple[Reason, ...]

    def __str__(self) -> str:
        return f"{self.subject}: " + "; ".join(defect.text for defect in self.defects)


@attrs.define(slots=False, eq=False)
class SerializationError(ItilOpsError, ValueError):
    """
    Something cannot be written, or what was written cannot be read.

    Attributes:
        path: Where in it: names of keys and positions between dots, from the outside in.

        why: What is wrong there.

        record: The id, as text, of the record whose stored form it is; `None` where a store has
            no part in it.

        rest: Where a page of records was asked for, the `Slice` of those that can be read, with
            the cursor of the next page: nothing else is lost.
    """

    path: str
    why: str
    record: str | None = None
    rest: object = None

    def __str__(self) -> str:
        of = "" if self.record is None else f"record {self.record!r}: "
        return f"{of}{self.path or 'the whole'}: {self.why}"


@attrs.define(slots=False, eq=False)
class MissingExtraError(ItilOpsError, ImportError):
    """
    An optional package is needed that is not installed.

    Attributes:
        package: The package that could not be imported.

        extra: The extra of itil_ops that brings it.
    """

    package: str
    extra: str

    def __str__(self) -> str:
        return (
            f"this needs {self.package!r}, which is not installed:"
            f' python -m pip install "itil_ops[{self.extra}]"'
        )


class RepositoryError(ItilOpsError):
    """
    A repository cannot do what it was asked for.
    """


@attrs.define(slots=False, eq=False)
class NotFoundError(RepositoryError, LookupError):
    """
    No record has the given id.

    Attributes:
        id: The id that was asked for, as text.
    """

    id: str

    def __str__(self) -> str:
        return f"no record with id {self.id!r}"


@attrs.define(slots=False, eq=False)
class DuplicateError(RepositoryError):
    """
    An id or a human number is taken.

    Attributes:
        name: `id` or `number`.

        value: The value that is taken.
    """

    name: str
    value: str

    def __str__(self) -> str:
        return f"{self.name} {self.value!r} is taken"


@attrs.define(slots=False, eq=False)
class StaleRecordError(RepositoryError):
    """
    The stored record is not the one that this one was made from: reload, decide again.

    Attributes:
        id: The record's id, as text.

        expected: The stored version that the record was made from; `None` where the record is
            detached (a view or a replay) and was never read from a store.

        found: The version that is stored now.
    """

    id: str
    expected: int | None
    found: int

    def __str__(self) -> str:
        if self.expected is None:
            return (
                f"{self.id!r} is detached from its store (stored version {self.found}): get it anew"
            )
        if self.expected == 0:
            return (
                f"{self.id!r} was never read from the store, which holds version {self.found}:"
                " go on from what add, save or get returned"
            )
        found = "another one" if self.expected == self.found else str(self.found)
        return (
            f"{self.id!r} was made from version {self.expected}, but the store holds {found}:"
            " get it anew, or go on from what save returned"
        )


@attrs.define(slots=False, eq=False)
class TransientStoreError(RepositoryError):
    """
    The store was busy, or could not be reached: nothing was written, take the whole unit again.

    What the driver said is the `__cause__`. If the connection was lost in the very commit, nobody
    can know whether it took place; the next try then finds it done, and says so.

    Attributes:
        why: What was in the way.
    """

    why: str

    def __str__(self) -> str:
        return f"nothing was written, take the whole unit again: {self.why}"


@attrs.define(slots=False, eq=False)
class UnitClosedError(RepositoryError):
    """
    A unit of work, or its store, does not take the call any more, or never did.

    Attributes:
        call: What was called.

        why: What the unit is: committed, left, failed, read-only, not entered.
    """

    call: str
    why: str

    def __str__(self) -> str:
        return f"{self.call} refused: {self.why}"


@attrs.define(slots=False, eq=False)
class UnsupportedQueryError(RepositoryError):
    """
    A store does not serve a part of a query, and says so rather than leave it out.

    Attributes:
        field: Name of the field of the query.

        why: What the store cannot do.
    """

    field: str
    why: str

    def __str__(self) -> str:
        return f"this store does not serve {self.field!r}: {self.why}"
