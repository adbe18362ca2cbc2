"""
What it costs to find a known error among a hundred thousand: beside a scan of all, and SQLite.

    python -m pytest tests/benchmarks/test_search_speed.py --benchmark-only -s

Known errors have thirty words each out of twenty thousand, the n-th of them n times as rare as the
first (Zipf's law); what is asked is drawn by the same law, so that the commonest words, which stand
in nearly all of them, are in nearly every query. Each has a service and a category by the same law,
and another service and the top of the category that all of them have. The scan has the same weights
at hand, made beforehand, and adds them up for each known error; the index finds what it finds. FTS5
of SQLite ranks by BM25 as well, in C, and explains nothing; without a library that has it, it is
left out. Times are of the processor, and told as ratios of medians; none is asserted.
"""

from __future__ import annotations

import contextlib
import gc
import heapq
import itertools
import math
import random
import sqlite3
import sys
import time
import tracemalloc

from statistics import median, quantiles

import pytest

from itil_ops.kernel.identity import KnownErrorId
from itil_ops.kernel.vocabulary import CategoryPath
from itil_ops.problem.known_error.index import KnownErrorIndex
from itil_ops.problem.known_error.search import SymptomQuery
from search_doubles import Told


MANY, WORDS, LENGTH = 100_000, 20_000, 30
VOCABULARY = [f"word{n}" for n in range(1, WORDS + 1)]
LAW = list(itertools.accumulate(1 / n for n in range(1, WORDS + 1)))
SERVICES = [f"service{n}" for n in range(1, 201)]
SERVICE_LAW = LAW[: len(SERVICES)]
CATEGORIES = [CategoryPath(f"it/area{n % 20}/kind{n}") for n in range(1, 201)]
EVERYWHERE = "everywhere"
LIMIT = 10


def drawn(chance, count):
    return chance.choices(VOCABULARY, cum_weights=LAW, k=count)


def a_service(chance):
    return chance.choices(SERVICES, cum_weights=SERVICE_LAW)[0]


def a_category(chance):
    return chance.choices(CATEGORIES, cum_weights=SERVICE_LAW)[0]


def known_errors(count):
    chance = random.Random(7)
    for n in range(1, count + 1):
        words = drawn(chance, LENGTH)
        yield Told(
            id=KnownErrorId(f"KE-{n:06}"),
            title=" ".join(words[:6]),
            symptoms=" ".join(words[8:]),
            keywords=tuple(words[6:8]),
            symptom_keys=(f"E-{chance.randrange(MANY)}",),
            services=(a_service(chance), EVERYWHERE),
            category=a_category(chance),
        )


# ---- What is asked ------------------------------------------------------------------------------


def some_words(chance):
    return SymptomQuery(text=" ".join(drawn(chance, chance.randint(5, 12))))


def some_words_and_the_service(chance):
    text = " ".join(drawn(chance, chance.randint(5, 12)))
    return SymptomQuery(text=text, service=a_service(chance))


def an_incident(chance):
    text = " ".join(drawn(chance, 30))
    return SymptomQuery(text=text, service=a_service(chance), category=a_category(chance))


def an_incident_of_what_all_share(chance):
    text = " ".join(drawn(chance, 30))
    return SymptomQuery(text=text, service=EVERYWHERE, category=CategoryPath("it"))


def a_long_text(chance):
    return SymptomQuery(text=" ".join(drawn(chance, 200)), service=a_service(chance))


def a_key_and_some_words(chance):
    text = " ".join(drawn(chance, chance.randint(5, 12)))
    return SymptomQuery(text=text, symptom_keys=[f"E-{chance.randrange(MANY)}"])


def some_words_with_a_key_among_them(chance):
    words = drawn(chance, chance.randint(5, 12))
    return SymptomQuery(text=" ".join([words[0], f"E-{chance.randrange(MANY)}", *words[1:]]))


def the_commonest_words(chance):
    return SymptomQuery(text=" ".join(chance.sample(VOCABULARY[:30], 8)))


def a_service_alone(chance):
    return SymptomQuery(service=a_service(chance))


def what_all_share(_chance):
    return SymptomQuery(service=EVERYWHERE, category=CategoryPath("it"))


#: What is asked, how often, and whether it is an ordinary search or the worst we know.
ASKED = {
    "5 to 12 words": (some_words, 400),
    "5 to 12 words and the service": (some_words_and_the_service, 400),
    "5 to 12 words and a symptom key": (a_key_and_some_words, 400),
    "5 to 12 words with a symptom key among them": (some_words_with_a_key_among_them, 400),
    "an incident: 30 words, service and category": (an_incident, 400),
    "30 words, service and category of all": (an_incident_of_what_all_share, 400),
    "200 words and the service": (a_long_text, 100),
    "8 of the 30 commonest words (worst)": (the_commonest_words, 50),
    "the service alone (worst)": (a_service_alone, 50),
    "service and category of all, alone (worst)": (what_all_share, 50),
}
SCANS = 9


def queries(asked, count):
    chance = random.Random(11)
    return [asked(chance) for _ in range(count)]


# ---- Others -------------------------------------------------------------------------------------


class Scan:
    """
    A search that adds up the weights for every known error.
    """

    def __init__(self, index, known_errors):
        self.index = index
        self.told = [(one.id, index._strengths(one)) for one in known_errors]

    def search(self, query):
        asked = [
            (one.postings.kind, one.postings.what, one.factor) for one in self.index._asked(query)
        ]
        scores = (
            (
                -math.fsum(factor * has[kind].get(what, 0.0) for kind, what, factor in asked),
                id.value,
            )
            for id, has in self.told
        )
        return [(id, -score) for score, id in heapq.nsmallest(LIMIT, scores) if score]


class FullText:
    """
    The full text search of SQLite.
    """

    def __init__(self, known_errors):
        self.connection = sqlite3.connect(":memory:")
        self.connection.execute(
            "CREATE VIRTUAL TABLE told USING fts5(id UNINDEXED, title, symptoms, keywords)"
        )
        rows = (
            (one.id.value, one.title, one.symptoms, " ".join((*one.keywords, *one.symptom_keys)))
            for one in known_errors
        )
        self.connection.executemany("INSERT INTO told VALUES (?, ?, ?, ?)", rows)

    def search(self, query):
        words = (query.text or "").split()
        return self.connection.execute(
            "SELECT id FROM told WHERE told MATCH ? ORDER BY bm25(told, 0, 2, 1, 3) LIMIT ?",
            (" OR ".join(f'"{word}"' for word in {*words, *query.symptom_keys}), LIMIT),
        ).fetchall()


@pytest.fixture(scope="module")
def grown():
    began = time.process_time()
    index = KnownErrorIndex(known_errors(MANY))
    built = time.process_time() - began
    began = time.process_time()
    count = sum(1 for _ in known_errors(MANY))
    return index, built - (time.process_time() - began), count


@pytest.fixture(scope="module")
def others(grown):
    """
    Other searches, by name; that of SQLite where it has one.
    """
    found = {"a scan": Scan(grown[0], known_errors(MANY))}
    with contextlib.suppress(sqlite3.OperationalError):
        found["FTS5"] = FullText(known_errors(MANY))
    yield found
    if "FTS5" in found:
        found["FTS5"].connection.close()


# ---- Both, side by side -------------------------------------------------------------------------


@pytest.mark.parametrize("name", ASKED)
def test_search(name, grown, others, benchmark, capsys):
    asked, count = ASKED[name]
    some, index = queries(asked, count), grown[0]
    took = [seconds(index.search, query) for query in some]
    ours, slowest = median(took), quantiles(took, n=100)[-1]
    told = [f"\n{name}: median {ours * 1e3:.2f} ms, p99 {slowest * 1e3:.1f} ms"]
    for other, searcher in others.items():
        if other == "FTS5" and not some[0].text:
            continue
        theirs = median(seconds(searcher.search, query) for query in some[:SCANS])
        mine = median(took[:SCANS])
        benchmark.extra_info[other] = mine / theirs
        told.append(f"{theirs * 1e3:.0f} ms by {other} (ratio {mine / theirs:.3f})")
    with capsys.disabled():
        sys.stdout.write(", ".join(told))

    benchmark(index.search, some[0])


def seconds(search, query):
    began = time.process_time()
    search(query)
    return time.process_time() - began


def test_putting_one_again_and_building(grown, benchmark, capsys):
    index, built, count = grown
    one = next(known_errors(1))
    with capsys.disabled():
        sys.stdout.write(f"\nto build an index of {count}: {built:.1f} s")

    benchmark(index.put, one)


def test_weight(benchmark, capsys):
    gc.collect()
    tracemalloc.start()
    given = list(known_errors(MANY))
    before = tracemalloc.get_traced_memory()[0]
    index = KnownErrorIndex(given)
    gc.collect()
    size = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    benchmark.extra_info["bytes"] = size / MANY
    with capsys.disabled():
        sys.stdout.write(f"\nan index of {MANY}: {size / 2**20:.0f} MiB, {size / MANY:.0f} B each")

    benchmark(len, index)


# ---- The scan does the same ---------------------------------------------------------------------


@pytest.mark.parametrize("name", ASKED)
def test_the_scan_finds_the_same(name):
    asked, _ = ASKED[name]
    given = list(known_errors(500))
    index = KnownErrorIndex(given)
    scan = Scan(index, given)
    for query in queries(asked, 5):
        found = [(match.known_error.value, match.score) for match in index.search(query)]

        assert scan.search(query) == found
