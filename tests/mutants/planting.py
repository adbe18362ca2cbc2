"""
Defects, and copies of the package's modules in which they are planted; nobody else sees those.
"""

from __future__ import annotations

import builtins
import functools
import importlib
import importlib.util

from pathlib import Path
from types import ModuleType, SimpleNamespace

import attrs


ROOMS = ("itil_ops.repositories", "itil_ops.adapters.sql")

SHARED = frozenset({"itil_ops.repositories.ports", "itil_ops.repositories.query"})
"""
What the kit itself asks and takes: there is one of each.
"""

SERIALIZATION = "itil_ops.adapters.serialization"
"""
Copied only where something is planted in it: to make a codec takes longer than most tests.
"""


class StaleMutantError(Exception):
    """
    What a mutant replaces is not in the source any more, or more than once.
    """


@attrs.frozen
class Edit:
    """
    A piece of a module's source, and what stands there instead.

    Attributes:
        module: The module, without the package.

        old: The piece, which stands there exactly once.

        new: What comes in its place.
    """

    module: str
    old: str
    new: str

    @property
    def name(self):
        return f"itil_ops.{self.module}"


@attrs.frozen
class Mutant:
    """
    A defect.

    Attributes:
        name: What is wrong.

        clauses: The clauses that it breaks, of which one test at least must notice.

        edits: How it is planted.

        feed: The order of the feed, where there is a choice.
    """

    name: str
    clauses: tuple[str, ...]
    edits: tuple[Edit, ...]
    feed: str = "transaction"


@attrs.frozen
class Harmless:
    """
    A change that no test can notice, or that breaks no promise.

    Attributes:
        mutant: The change; it names the clauses that it seems to break.

        why: Why it does not.
    """

    mutant: Mutant
    why: str


def mutant(name, clauses, *edits, feed="transaction"):
    """
    Return a mutant from plain values: clauses in a text, edits as triples.
    """
    return Mutant(name, tuple(clauses.split()), tuple(Edit(*edit) for edit in edits), feed)


class Planted:
    """
    The modules of stores, copied as they are asked for, with the defects of a mutant in them.

    Each copy imports other copies where there are any, and the real modules elsewhere.

    Args:
        its: The mutant.
    """

    def __init__(self, its):
        self.mutant = its
        self._rooms = ROOMS
        if any(_is_in(SERIALIZATION, edit.name) for edit in its.edits):
            self._rooms = (*ROOMS, SERIALIZATION)
        self._copies = {}
        for edit in its.edits:
            if not self._is_copied(edit.name):
                raise StaleMutantError(f"{its.name!r}: {edit.name} is never copied")
            _planted_source(edit.name, its)

    def module(self, name):
        """
        Return the copy of the module called *name*, or itself where it is not copied.
        """
        if not self._is_copied(name):
            return importlib.import_module(name)
        if name not in self._copies:
            self._copies[name] = copy = ModuleType(name)
            # Also what imports while it runs, and what is run in it later, imports copies.
            vars(copy)["__builtins__"] = {**vars(builtins), "__import__": self._import}
            exec(_code(name, self.mutant), vars(copy))
        return self._copies[name]

    def _is_copied(self, name):
        return name not in SHARED and any(_is_in(room, name) for room in self._rooms)

    def _import(self, name, its_globals=None, its_locals=None, names=(), level=0):
        if not names or not self._is_copied(name):
            return __import__(name, its_globals, its_locals, names, level)
        return SimpleNamespace(**{part: self._part(name, part) for part in names})

    def _part(self, name, part):
        within = f"{name}.{part}"
        if _is_module(within):  # also of a package that is still being copied
            return self.module(within)
        return getattr(self.module(name), part)


def _is_in(room, name):
    return name == room or name.startswith(f"{room}.")


@functools.cache
def _is_module(name):
    package, _, part = name.rpartition(".")
    path = _source(package)[0]
    return path.stem == "__init__" and (path.parent / f"{part}.py").exists()


@functools.cache
def _source(name):
    path = Path(importlib.util.find_spec(name).origin)
    return path, path.read_text(encoding="utf-8")


def _planted_source(name, its):
    source = _source(name)[1]
    for edit in its.edits:
        if edit.name == name:
            if (count := source.count(edit.old)) != 1:
                raise StaleMutantError(
                    f"{its.name!r}: in {name} this stands {count} times, not once:\n{edit.old}"
                )
            source = source.replace(edit.old, edit.new)
    return source


@functools.lru_cache(maxsize=200)
def _compiled(path, source):
    return compile(source, path, "exec")


def _code(name, its):
    return _compiled(str(_source(name)[0]), _planted_source(name, its))
