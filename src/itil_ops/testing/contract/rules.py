"""
The rules of the kit: what a store may lack, where it may deviate, and what each test is a test of.
"""

from __future__ import annotations

import functools
import inspect

from collections.abc import Callable, Collection, Iterable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

import attrs
import pytest

from itil_ops.kernel.checks import did_you_mean
from itil_ops.repositories.query import RecordQuery


if TYPE_CHECKING:
    from itil_ops.repositories.ports import Repository, Store, UnitOfWork


Test = TypeVar("Test", bound=Callable[..., None])

CLAUSES = {
    "C1": "identity",
    "C2": "round trip",
    "C3": "snapshots",
    "C4": "versions",
    "C5": "idempotence",
    "C6": "uniqueness",
    "C7": "units",
    "C8": "order",
    "C9": "pages",
    "C10": "instants",
    "C11": "text",
    "C12": "feed",
    "C13": "due work",
    "C14": "hints",
}
"""
What the clauses of `itil_ops.repositories.ports` are about.
"""


class Capability(StrEnum):
    """
    What not every store can do; what is not declared is not tested, and the report says so.
    """

    FEED = "feed"
    """It has a feed."""

    DUE_WORK = "due_work"
    """It has due work; the fixture opens it with `due=due_planner`."""

    SNAPSHOTS = "snapshots"
    """A read-only unit sees one moment of it throughout."""

    OWN_CLASSES = "own_classes"
    """It keeps records of a caller's class as such; the fixture makes `OwnIncident` known to it."""

    THREADS = "threads"
    """Several threads may use it at once."""

    PROBLEMS = "problems"
    """It keeps problems beside incidents: its units have `problems`."""

    KNOWN_ERRORS = "known_errors"
    """It keeps known errors beside incidents: its units have `known_errors`."""

    SERVICE_REQUESTS = "service_requests"
    """It keeps service requests beside incidents: its units have `service_requests`."""

    DURABLE = "durable"
    """What was committed is there after the process was killed; it takes a `process_factory`."""

    MULTIPROCESS = "multiprocess"
    """Several processes may use its data at once; it takes a `process_factory`."""


@attrs.frozen
class Deviation:
    """
    A test that a store does not pass, and why.

    Attributes:
        test: Name of the test.

        reason: Why the store cannot, or will not.
    """

    test: str
    reason: str


def deviation(test: str, *, reason: str) -> Deviation:
    """
    Say that a store does not pass *test*, and why; should it pass one day, that is a failure.
    """
    return Deviation(test, reason)


@attrs.frozen
class Beside:
    """
    A kind of records that a store may keep beside incidents, as the argument of a test.

    Attributes:
        name: What a unit calls its repository.

        needs: The capability that it is.

        begun: Makes a record of one entry from the text of its id.

        query: The class of its queries.
    """

    name: str
    needs: Capability
    begun: Callable[..., Any]
    query: type[RecordQuery]

    def of(self, unit: UnitOfWork) -> Repository[Any, Any]:
        """
        Return the records of this kind in *unit*.
        """
        return cast("Repository[Any, Any]", getattr(unit, self.name))


@attrs.frozen
class Promise:
    """
    What a test of the kit is a test of.

    Attributes:
        clauses: Names of the clauses.

        needs: What a store must be able to do for it.
    """

    clauses: tuple[str, ...]
    needs: frozenset[Capability]

    def needed(self, arguments: Mapping[str, object]) -> frozenset[Capability]:
        """
        Return what a store must be able to do for a test with these *arguments*.
        """
        kinds = (one.needs for one in arguments.values() if isinstance(one, Beside))
        return self.needs | frozenset(kinds)

    def __str__(self) -> str:
        return ", ".join(f"{name} ({CLAUSES[name]})" for name in self.clauses)


def clause(*names: str, needs: Iterable[Capability] = ()) -> Callable[[Test], Test]:
    """
    Mark a test with the clauses that it tests, which a failure then tells with its docstring.
    """
    promise = Promise(names, frozenset(needs))

    def marked(test: Test) -> Test:
        expected = f"expected by {promise}: {inspect.cleandoc(test.__doc__ or '')}"

        @functools.wraps(test)
        def told(*args: Any, **kwargs: Any) -> None:
            __tracebackhide__ = True
            try:
                test(*args, **kwargs)
            except BaseException as error:
                error.add_note(expected)
                raise

        vars(told)["promise"] = promise
        return cast("Test", told)

    return marked


def promise_of(kind: type, test: str) -> Promise | None:
    """
    Return what *test* of the class *kind* is a test of; `None` where it is not of the kit.
    """
    found = (getattr(vars(base).get(test), "promise", None) for base in kind.__mro__)
    return next(filter(None, found), None)


class Contract:
    """
    What all tests of the kit share; a store's own class says what it can and where it deviates.

    Attributes:
        capabilities: What the store can do.

        deviations: The tests that it does not pass.

        process_factory: Where processes find what opens the same data: `module:callable`, called
            with what `process_arguments` returns. It opens with `due=due_planner` where the store
            has due work. The module must be importable as this process would.

        threads: How many threads race.

        processes: How many processes race.

        rounds: How often each of them does it.

        kills: How many processes are killed.

        examples: How many random queries are asked, and random histories played.

        steps: How long a random history is.

        patience: For how many seconds at most anybody waits for anybody, before a test fails.

        settle: For how many seconds a unit is given to be in the way of another one; a store may
            let one wait for the other.
    """

    capabilities: ClassVar[Collection[Capability]] = ()
    deviations: ClassVar[Collection[Deviation]] = ()
    process_factory: ClassVar[str | None] = None
    threads: ClassVar[int] = 4
    processes: ClassVar[int] = 3
    rounds: ClassVar[int] = 8
    kills: ClassVar[int] = 3
    examples: ClassVar[int] = 25
    steps: ClassVar[int] = 30
    patience: ClassVar[float] = 60.0
    settle: ClassVar[float] = 0.15

    def __init_subclass__(cls) -> None:
        if cls.__module__.startswith(f"{__package__}."):
            return
        _check_capabilities(cls)
        _check_tests(cls)

    def process_arguments(self, _store: Store) -> tuple[str, ...]:
        """
        Return what `process_factory` is called with to open the data of the store of this test.
        """
        return ()

    def can(self, capability: Capability) -> bool:
        """
        Whether the store declares *capability*.
        """
        return capability in self.capabilities

    @pytest.fixture(autouse=True)
    def _as_declared(self, request: pytest.FixtureRequest) -> None:
        name = request.function.__name__
        promise = promise_of(type(self), name)
        arguments = getattr(request.node, "callspec", None)
        chosen = {} if arguments is None else arguments.params
        needs = frozenset() if promise is None else promise.needed(chosen)
        lacking = sorted(needs - set(self.capabilities))
        if lacking:
            pytest.skip(f"{promise}: the store does not declare {', '.join(lacking)}")
        for known in self.deviations:
            if known.test == name and not is_replaced(type(self), name):
                mark = pytest.mark.xfail(strict=True, reason=known.reason)
                request.applymarker(mark)


def is_replaced(kind: type[Contract], test: str) -> bool:
    """
    Whether the class *kind* has a test of its own in place of the kit's *test*.
    """
    return not hasattr(getattr(kind, test), "promise")


def _check_capabilities(kind: type[Contract]) -> None:
    for capability in kind.capabilities:
        if not isinstance(capability, Capability):
            raise TypeError(
                f"{kind.__name__}.capabilities holds {capability!r}, which is none of"
                f" {[str(known) for known in Capability]}"
            )
    needed = {Capability.DURABLE, Capability.MULTIPROCESS} & set(kind.capabilities)
    if needed and kind.process_factory is None:
        raise TypeError(
            f"{kind.__name__} declares {', '.join(sorted(needed))}, which takes a process_factory:"
            " 'module:callable', what opens the same data in another process"
        )


def _check_tests(kind: type[Contract]) -> None:
    known = {deviation.test for deviation in kind.deviations}
    for name in sorted(known):
        if promise_of(kind, name) is None:
            raise TypeError(
                f"{kind.__name__}.deviations names {name!r}, which is no test of the kit;"
                f" {did_you_mean(name, dir(kind), 'their names begin with test_')}"
            )
    own = [name for name in vars(kind) if promise_of(kind, name) is not None]
    for name in own:
        if name not in known:
            raise TypeError(
                f"{kind.__name__} replaces {name!r}, a test of the kit; say why in deviations:"
                f" deviation({name!r}, reason=...)"
            )
