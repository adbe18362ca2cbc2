"""
The tests of the kit over a store with a defect, one after another, until enough of them notice.
"""

from __future__ import annotations

import contextlib
import inspect
import itertools
import json
import signal
import sys

from functools import partial
from pathlib import Path
from typing import Any

import attrs

from hypothesis import HealthCheck, Phase, settings

from itil_ops.testing import StoreContract
from itil_ops.testing.contract.crew import Crew
from itil_ops.testing.contract.rules import promise_of
from mutants.defects import DEFECTS, HARMLESS
from mutants.grounds import GROUNDS, Postgresql, open_sql
from mutants.planting import Planted, StaleMutantError, mutant


SOUND = mutant("nothing", "")
"""
The store as it is.
"""

PATIENCE = 10.0
LONGEST = 15
LENGTH = 200

WITNESSES = Path(__file__).with_name("witnesses.json")
"""
Which test of its clauses has noticed each mutant when `mutants.full` looked last. That one is asked
first, which saves time; if it notices no more, all others are.
"""

BROKEN = (NameError, ImportError, SyntaxError)
"""
What says that a mutant is ill made: no store fails like this.
"""


# ---- Tests of the kit -----------------------------------------------------------------------


@attrs.frozen
class Case:
    """
    A test of the kit with its parameters.
    """

    name: str
    test: str
    clauses: tuple[str, ...]
    needs: frozenset[Any]
    arguments: dict[str, Any]
    fixtures: tuple[str, ...]


def cases():
    """
    Yield all tests of the kit, in the order in which they stand there.
    """
    for base in StoreContract.__mro__:
        for name in vars(base):
            if name.startswith("test_"):
                yield from _cases_of(name)


def _cases_of(name):
    test, promise = getattr(StoreContract, name), promise_of(StoreContract, name)
    choices = [_choices(mark) for mark in getattr(test, "pytestmark", ())]
    for chosen in itertools.product(*choices):
        arguments = {key: value for choice in chosen for key, value in choice[1].items()}
        fixtures = set(inspect.signature(test).parameters) - {"self", *arguments}
        if not fixtures <= {"store", "crew"}:
            raise LookupError(f"{name} takes {fixtures}, which is not known here")
        where = f"[{'-'.join(str(place) for place, _ in chosen)}]" if chosen else ""
        needs = promise.needed(arguments)
        yield Case(f"{name}{where}", name, promise.clauses, needs, arguments, tuple(fixtures))


def _choices(mark):
    if mark.name != "parametrize":
        raise LookupError(f"a mark called {mark.name!r} is not known here")
    names, values = mark.args
    single = isinstance(names, str)
    return [
        (place, {names: value} if single else dict(zip(names, value, strict=True)))
        for place, value in enumerate(values)
    ]


# ---- One after another ----------------------------------------------------------------------


class _HangsError(BaseException):
    """
    A test does not end.
    """


@contextlib.contextmanager
def _limited(seconds):
    def stop(*_):
        raise _HangsError(f"it has not ended within {seconds} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


class Trial(StoreContract):
    """
    A store with a defect before the kit.

    Args:
        store: The kind of store.

        its: The mutant.

        crew: The processes that the kit may start.
    """

    capabilities = frozenset()
    process_factory = "mutants.trials:open_planted"
    patience = PATIENCE
    settle = 0.1
    __test__ = False

    def __init__(self, store, its, crew):
        self.ground = GROUNDS[store](its)
        self.crew_at_hand = crew

    def process_arguments(self, store):
        return self.ground.arguments()

    def takes(self, case):
        return case.needs <= self.ground.capabilities

    def can(self, capability):
        return capability in self.ground.capabilities

    def why_not(self, case):
        """
        Return with what the test fails; `None` if it passes.
        """
        with self.ground.store() as store:
            fixtures = {"store": store, "crew": self.crew_at_hand}
            chosen = {name: fixtures[name] for name in case.fixtures}
            try:
                with _limited(LONGEST):
                    getattr(self, case.test)(**chosen, **case.arguments)
            except BaseException as error:
                if type(error) in BROKEN:
                    raise
                return f"{type(error).__name__}: {error}"[:LENGTH]
        return None


def caught(trial, asked, most):
    """
    Yield the tests of *asked* that notice, with what they say, up to *most* different ones.
    """
    found = set()
    for case in asked:
        if trial.takes(case) and case.test not in found:
            why = trial.why_not(case)
            if why is not None:
                yield case, why
                found.add(case.test)
            if len(found) == most:
                return


def all_tried(store, mutants, crew, *, asks, most, first):
    """
    Yield each of *mutants* with what was caught, and then `SOUND` over all that noticed.

    Args:
        store: The kind of store.

        mutants: The mutants.

        crew: The processes that the kit may start.

        asks: Whether a mutant meets a test.

        most: How many tests to wait for.

        first: The test to begin with, by mutant.
    """
    everything = list(cases())
    noticed = {}
    for its in mutants:
        try:
            Planted(its)
        except StaleMutantError as error:
            sys.stderr.write(f"{error}\n")  # the others are tried all the same
            continue
        trial = Trial(store, its, crew)
        try:
            asked = [one for one in everything if asks(its, one)]
            asked.sort(key=partial(_rank, its, first.get(its.name)))
            found = list(caught(trial, asked, most))
        finally:
            trial.ground.leave()
        noticed |= {case.name: case for case, _ in found}
        yield its, found
    trial = Trial(store, SOUND, crew)
    try:
        yield SOUND, list(caught(trial, noticed.values(), len(noticed) + 1))
    finally:
        trial.ground.leave()


def _rank(its, witness, case):
    return case.name != witness, not is_of_its_clauses(its, case)


def is_of_its_clauses(its, case):
    """
    Whether *case* is a test of a clause that the mutant breaks.
    """
    return not set(its.clauses).isdisjoint(case.clauses)


def open_planted(name, url):
    """
    Open a store with a defect in another process.
    """
    store = "sqlite" if url.startswith("sqlite") else "postgresql"
    harmless = [one.mutant for one in HARMLESS[store]]
    known = {its.name: its for its in (SOUND, *DEFECTS[store], *harmless)}
    return open_sql(Planted(known[name]), url)


@contextlib.contextmanager
def prepared(server=None):
    """
    Make ready for trials, and yield the processes that the kit may start.
    """
    settings.register_profile(
        "trials",
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],  # that it fails is enough
        suppress_health_check=list(HealthCheck),
    )
    settings.load_profile("trials")
    Postgresql.server = server or ""
    crew = Crew(PATIENCE)
    try:
        yield crew
    finally:
        crew.disband()


def main(stores, server=None):
    """
    Have each mutant meet the tests of its clauses, and print what came of it, one in a line.
    """
    known = json.loads(WITNESSES.read_text(encoding="utf-8"))
    with prepared(server) as crew:
        for store in stores.split():
            for its, found in all_tried(
                store, DEFECTS[store], crew, asks=is_of_its_clauses, most=1, first=known[store]
            ):
                told = {case.name: why for case, why in found}
                print(json.dumps([its.name, told]), flush=True)  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
