"""
Threads that race, and units that overlap.
"""

from __future__ import annotations

import sys
import threading

from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

import attrs

from itil_ops.errors import DuplicateError, StaleRecordError, TransientStoreError


if TYPE_CHECKING:
    from collections.abc import Iterator

    from itil_ops.repositories.ports import Store, UnitOfWork


T = TypeVar("T")

Work: TypeAlias = "Callable[[UnitOfWork], object]"

LOSING = (StaleRecordError, DuplicateError, TransientStoreError)
"""
What who comes second may be told.
"""


@contextmanager
def restless() -> Iterator[None]:
    """
    Let threads take turns as often as they can.
    """
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)


@attrs.define(eq=False)
class _Runner(Generic[T]):
    """
    A thread, and what became of its work.
    """

    work: Callable[[], T]
    start: threading.Barrier
    results: list[T] = attrs.field(factory=list)
    error: BaseException | None = None
    thread: threading.Thread = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        # One that hangs shall not keep the process from ending.
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def result(self, patience: float) -> T:
        if self.error is not None:
            raise self.error
        if not self.results:
            raise TimeoutError(f"a thread has not come back within {patience} seconds")
        return self.results[0]

    def _run(self) -> None:
        try:
            self.start.wait()
            self.results.append(self.work())
        except BaseException as error:  # noqa: BLE001 - told by who waits for this thread
            self.error = error


def race(works: list[Callable[[], T]], patience: float) -> list[T]:
    """
    Do all *works* at once, each in a thread, and return what each returned.

    Args:
        works: What to do.

        patience: How many seconds to wait for the last at most.

    Raises:
        BaseException: What the first of them raised that failed.

        TimeoutError: One has not come back.
    """
    start = threading.Barrier(len(works))
    with restless():
        runners = [_Runner(work, start) for work in works]
        for runner in runners:
            runner.thread.join(patience)
    return [runner.result(patience) for runner in runners]


class Rival:
    """
    A unit in a thread of its own, which writes at once and commits when it is let.

    Args:
        store: The store.

        work: What it writes.

        patience: For how many seconds anybody waits at most.
    """

    def __init__(self, store: Store, work: Work, patience: float) -> None:
        self.store = store
        self.work = work
        self.patience = patience
        self.error: BaseException | None = None
        self.wrote, self.may_commit, self.over = (threading.Event() for _ in range(3))
        self.thread = threading.Thread(target=self._run, daemon=True)

    def write(self, settle: float) -> None:
        """
        Let it write; go on after *settle* seconds if it is made to wait.
        """
        self.thread.start()
        self.wrote.wait(settle)

    def commit(self, settle: float) -> None:
        """
        Let it commit; go on after *settle* seconds if it is made to wait.
        """
        self.may_commit.set()
        if self.wrote.is_set():
            self.over.wait(settle)

    def outcome(self) -> BaseException | None:
        """
        Wait for its end, and return with what it lost; `None` if it won.

        Raises:
            BaseException: It failed with something else.

            TimeoutError: It has not come back.
        """
        self.may_commit.set()
        if not self.over.wait(self.patience):
            raise TimeoutError(f"a unit has not come back within {self.patience} seconds")
        if self.error is not None and not isinstance(self.error, LOSING):
            raise self.error
        return self.error

    def _run(self) -> None:
        try:
            with self.store.unit() as unit:
                self.work(unit)
                self.wrote.set()
                self.may_commit.wait(self.patience)
                unit.commit()
        except BaseException as error:  # noqa: BLE001 - told by who waits for this thread
            self.error = error
        self.wrote.set()
        self.over.set()


def attempt(store: Store, work: Work, between: Callable[[], object]) -> BaseException | None:
    """
    Do *work* in a unit, then what comes *between*, then commit; return with what it lost.
    """
    try:
        with store.unit() as unit:
            work(unit)
            between()
            unit.commit()
    except LOSING as error:
        return error
    return None


class Aside:
    """
    Something done in another thread, which may have to wait.

    Args:
        work: What to do.
    """

    def __init__(self, work: Callable[[], object]) -> None:
        self.runner = _Runner(work, threading.Barrier(2))

    def begin(self, settle: float) -> None:
        """
        Begin; go on after *settle* seconds if it is made to wait.
        """
        self.runner.start.wait()
        self.runner.thread.join(settle)

    def end(self, patience: float) -> None:
        """
        Wait *patience* seconds at most for its end.

        Raises:
            BaseException: It failed.

            TimeoutError: It has not come back.
        """
        self.runner.thread.join(patience)
        self.runner.result(patience)
