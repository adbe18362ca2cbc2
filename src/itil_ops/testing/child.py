"""
What the children do that the kit starts: jobs over the same data, in processes of their own.

A child reads orders from its standard input, each in a line, and answers in lines too.
"""

from __future__ import annotations

import json
import sys

from contextlib import closing
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, TypeAlias, cast

from itil_ops.errors import DuplicateError
from itil_ops.kernel.identity import IncidentId
from itil_ops.testing.builders import logged, minutes, planned, stepped
from itil_ops.testing.doing import claim, insist, insist_on, retrying


if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from itil_ops.incident.record import Incident
    from itil_ops.repositories.ports import Store, UnitOfWork


ANSWER = "> "
"""
What every answer begins with; all else that a child prints is noise, told when it fails.
"""

Say: TypeAlias = "Callable[[str], object]"


def opened(factory: str, arguments: Iterable[str]) -> Store:
    """
    Return the store that *factory*, written `module:callable`, opens with *arguments*.
    """
    module, _, name = factory.partition(":")
    return cast("Store", getattr(import_module(module), name)(*arguments))


# ---- Jobs -----------------------------------------------------------------------------------


def step(store: Store, name: str, rounds: int, say: Say) -> None:
    """
    Step one record, and say each step that was committed.
    """
    for turn in range(rounds):
        note = f"{name}.{turn}"
        insist(store, partial(_step, id="INC-1", note=note))
        say(note)


def take_numbers(store: Store, name: str, rounds: int, say: Say) -> None:
    """
    Add records with numbers that others want too, and say each that was had.
    """
    for turn in range(rounds):
        record = logged(f"{name}-{turn}", number=str(turn))
        try:
            retrying(store, partial(_add, record=record))
        except DuplicateError:
            continue
        say(record.id.value)


def claim_all(store: Store, name: str, _rounds: int, say: Say) -> None:
    """
    Claim in small parts until nothing is left, and say what was claimed.
    """
    while leases := insist_on(lambda: claim(store, minutes(6), limit=2, worker=name)):
        for lease in leases:
            say(lease.record.value)


def write_together(store: Store, name: str, rounds: int, say: Say) -> None:
    """
    Write three records in each unit, plans included, and say each unit that was committed.
    """
    for turn in range(rounds):
        note = f"{name}.{turn}"
        insist(store, partial(_write_three, note=note))
        say(note)


JOBS: Mapping[str, Callable[[Store, str, int, Say], None]] = {
    job.__name__: job for job in (step, take_numbers, claim_all, write_together)
}


def _step(unit: UnitOfWork, id: str, note: str) -> None:
    unit.incidents.save(stepped(unit.incidents.get(IncidentId(id)), text=note))


def _add(unit: UnitOfWork, record: Incident) -> None:
    unit.incidents.add(record)


def _write_three(unit: UnitOfWork, note: str) -> None:
    _step(unit, "INC-1", note)
    unit.incidents.add(planned(logged(f"of {note}"), "look", minutes(5)))
    _step(unit, "INC-2", note)


# ---- Orders ---------------------------------------------------------------------------------


def serve(orders: Iterable[str], say: Say) -> None:
    """
    Do what *orders* say, one after another, and *say* what comes of it.

    Each comes in two lines: what to do, which is answered once the store is open, and when to go.
    """
    lines = iter(orders)
    for line in lines:
        order = json.loads(line)
        with closing(opened(order["factory"], order["arguments"])) as store:
            say("ready")
            next(lines)
            JOBS[order["job"]](
                store, order["name"], order["rounds"], lambda text: say(f"did {text}")
            )
        say("over")


def main() -> None:
    """
    Serve whoever started this process.
    """
    serve(sys.stdin, lambda text: print(f"{ANSWER}{text}", flush=True))  # noqa: T201 - the pipe
