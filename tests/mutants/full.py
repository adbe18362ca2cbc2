"""
Every defect before the whole kit: `PYTHONPATH=tests python -m mutants.full [STORE ...]`.

For each it prints by which tests it was noticed, the first few, and whether one of them is of the
clauses that it names. What is said to be harmless must be noticed by none.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time

from mutants.defects import DEFECTS, HARMLESS
from mutants.trials import SOUND, WITNESSES, all_tried, is_of_its_clauses, prepared
from stores import postgresql_server


FEW = 3


def report(store, crew, witnesses):
    """
    Return the names of what went otherwise than expected.
    """
    harmless = [one.mutant for one in HARMLESS[store]]
    wrong, began = [], time.monotonic()
    mutants = (*DEFECTS[store], *harmless)
    trials = all_tried(
        store, mutants, crew, asks=lambda *_: True, most=FEW, first=witnesses.setdefault(store, {})
    )
    for its, found in trials:
        expected = its not in harmless and its is not SOUND
        at_home = [case.name for case, _ in found if is_of_its_clauses(its, case)]
        witnesses[store][its.name] = next(iter(at_home), None)
        verdict = "noticed" if found else "not noticed"
        if bool(found) != expected:
            wrong.append(f"{store}: {its.name}")
            verdict += ", against expectation"
        elif expected and not at_home:
            verdict += ", by other clauses"
        took, began = time.monotonic() - began, time.monotonic()
        print(f"{store:<10} {' '.join(its.clauses):<10} {its.name} -- {verdict} ({took:.1f} s)")  # noqa: T201
        for case, why in found:
            print(f"{'':<22} {case.name} ({', '.join(case.clauses)}): {why.splitlines()[0]:.80}")  # noqa: T201
        sys.stdout.flush()
    return wrong


def _remember(witnesses):
    known = json.loads(WITNESSES.read_text(encoding="utf-8")) | witnesses
    text = json.dumps(known, indent=1, sort_keys=True, ensure_ascii=False)
    WITNESSES.write_text(f"{text}\n", encoding="utf-8")


def main(stores):
    """
    Try all *stores*, and return how many of their mutants went otherwise than expected.
    """
    with contextlib.ExitStack() as stack:
        server = None
        if "postgresql" in stores:
            server = stack.enter_context(postgresql_server()).get_uri()
        crew = stack.enter_context(prepared(server))
        witnesses = json.loads(WITNESSES.read_text(encoding="utf-8"))
        wrong = [name for store in stores for name in report(store, crew, witnesses)]
        _remember({store: witnesses[store] for store in stores})
    print("against expectation:", ", ".join(wrong) or "none")  # noqa: T201
    return len(wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or list(DEFECTS)))
