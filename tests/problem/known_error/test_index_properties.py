"""
The index against a search that looks at every known error, and what its answers do not hang on.
"""

from __future__ import annotations

import pickle
import random

import attrs
import pytest

from hypothesis import given
from hypothesis import strategies as st

from examples_of_runs import tried
from itil_ops.kernel.identity import ConfigurationItemId, KnownErrorId
from itil_ops.kernel.vocabulary import CategoryPath
from itil_ops.problem.known_error import postings
from itil_ops.problem.known_error.index import KnownErrorIndex
from itil_ops.problem.known_error.search import SymptomQuery
from itil_ops.problem.known_error.weights import MatchWeights
from search_doubles import NaiveSearch, Told


SETTINGS = tried(80)

PLAIN = st.sampled_from(["mail", "queue", "mail", "is", "is", "is", "E-1", "stuck", "Queue", "É"])
WORDS = PLAIN | st.sampled_from(["no:e-1", "E-1-2", "-1", "1", "451 4.7.0.", "stuck"])
TEXTS = st.lists(WORDS, max_size=12).map(" ".join)
KEYS = st.lists(
    st.sampled_from(["E-1", "E-2", "e-1", "mail", "is  MAIL", "is mail", "-1", "451 4.7.0", "?!"]),
    max_size=3,
)
SERVICES = st.sampled_from(["email", "web", "files"])
ITEMS = st.lists(st.sampled_from("abc").map(ConfigurationItemId), max_size=3)
CATEGORIES = st.none() | st.sampled_from(["soft", "soft/mail", "soft/mail/out", "hard/mail"]).map(
    CategoryPath
)
VERSIONS = st.sampled_from(["8.1", "8.2", "8.3"])
IDS = st.integers(1, 25).map(lambda n: KnownErrorId(f"KE-{n}"))

KNOWN_ERRORS = st.builds(
    Told,
    id=IDS,
    title=TEXTS,
    symptoms=st.none() | TEXTS,
    keywords=st.lists(WORDS, max_size=2).map(tuple),
    symptom_keys=KEYS.map(tuple),
    services=st.lists(SERVICES, max_size=2).map(tuple),
    configuration_items=ITEMS.map(tuple),
    category=CATEGORIES,
    versions=st.lists(VERSIONS, max_size=2).map(tuple),
    fixed_in=st.lists(VERSIONS, max_size=2).map(tuple),
    is_searchable=st.sampled_from([True, True, True, False]),
)
MANY = st.lists(KNOWN_ERRORS, max_size=40, unique_by=lambda one: one.id)
LIMITS = st.sampled_from([1, 2, 3, 10, 100])

NUMBERS = st.sampled_from([0, 0.01, 1, 1, 7.5, 1e9])
WEIGHTS = st.just(MatchWeights()) | st.builds(
    MatchWeights,
    symptom_key=NUMBERS,
    text=NUMBERS,
    configuration_item=NUMBERS,
    service=NUMBERS,
    category=NUMBERS,
    version=NUMBERS,
    most_words=st.sampled_from([1, 2, 32]),
    keywords=NUMBERS,
    title=NUMBERS,
    symptoms=NUMBERS,
    k1=NUMBERS,
    b=st.sampled_from([0, 0.5, 1]),
    typical_length=st.sampled_from([0.5, 5, 100]),
)


@st.composite
def queries(draw):
    text = draw(TEXTS)
    return SymptomQuery(
        text=text,
        symptom_keys=draw(KEYS),
        service=draw(st.none() | SERVICES) if text else draw(SERVICES),
        configuration_items=draw(ITEMS),
        category=draw(CATEGORIES),
        version=draw(st.none() | VERSIONS),
    )


@pytest.fixture
def few_are_many():
    """
    Make the index treat few known errors as it treats many.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postings, "_FEW", 2)
        yield


class TestAgainstALookAtAll:
    @SETTINGS
    @given(MANY, queries(), LIMITS)
    def test_the_same_is_found_for_the_same_reasons(self, known_errors, query, limit):
        expected = NaiveSearch(known_errors).search(query, limit=limit)

        assert KnownErrorIndex(known_errors).search(query, limit=limit) == expected

    @SETTINGS
    @given(MANY, queries(), LIMITS, WEIGHTS)
    def test_it_is_whatever_counts_how_much(self, known_errors, query, limit, weights):
        expected = NaiveSearch(known_errors, weights).search(query, limit=limit)

        found = KnownErrorIndex(known_errors, weights=weights).search(query, limit=limit)

        assert found == expected

    @pytest.mark.usefixtures("few_are_many")
    @SETTINGS
    @given(MANY, queries(), LIMITS, WEIGHTS)
    def test_it_is_where_many_have_the_same(self, known_errors, query, limit, weights):
        expected = NaiveSearch(known_errors, weights).search(query, limit=limit)

        found = KnownErrorIndex(known_errors, weights=weights).search(query, limit=limit)

        assert found == expected

    @pytest.mark.parametrize("limit", [1, 10, 400])
    def test_it_is_where_all_have_the_same_service_and_category(self, limit):
        chance = random.Random(3)
        known_errors = [
            Told(
                id=KnownErrorId(f"KE-{n}"),
                symptoms=chance.choice(["queue", "late", None]),
                services=("email",),
                category=CategoryPath("soft/mail"),
                versions=(chance.choice(["8.1", "8.2"]),),
                fixed_in=("8.3",) if chance.random() < 0.1 else (),
            )
            for n in range(300)
        ]
        index, naive = KnownErrorIndex(known_errors), NaiveSearch(known_errors)

        for text in (None, "queue", "late queue"):
            for version in (None, "8.1", "8.3"):
                query = SymptomQuery(
                    text=text, service="email", category=CategoryPath("soft/mail"), version=version
                )
                assert index.search(query, limit=limit) == naive.search(query, limit=limit)

    def test_it_is_where_they_have_many_things_in_common(self):
        chance = random.Random(4)
        items = [ConfigurationItemId(f"srv-{n}") for n in range(9)]
        known_errors = [
            Told(id=KnownErrorId(f"KE-{n}"), configuration_items=chance.sample(items, 4))
            for n in range(300)
        ]
        index, naive = KnownErrorIndex(known_errors), NaiveSearch(known_errors)

        for count in (1, 2, 5, 9):
            query = SymptomQuery(configuration_items=items[:count])
            assert index.search(query) == naive.search(query)
            assert index.search(query, limit=300) == naive.search(query, limit=300)

    def test_it_is_where_what_counts_is_next_to_nothing(self):
        known_errors = [Told(id=KnownErrorId(f"KE-{n}"), title="mail") for n in range(100)]
        known_errors += [Told(id=KnownErrorId("KE-200"), title="queue")]
        query = SymptomQuery(text="mail queue")

        for weight in (5e-324, 1e-310, 1e-300, 1e99):
            weights = MatchWeights(text=weight)
            expected = NaiveSearch(known_errors, weights).search(query)
            assert KnownErrorIndex(known_errors, weights=weights).search(query) == expected

    def test_it_is_among_a_thousand_with_common_and_rare_words(self):
        chance = random.Random(5)
        vocabulary = [f"w{n}" for n in range(1, 600)]
        shares = [1 / n for n in range(1, 600)]

        def text(length):
            return " ".join(chance.choices(vocabulary, shares, k=length))

        known_errors = [
            Told(
                id=KnownErrorId(f"KE-{n}"),
                title=text(5),
                symptoms=text(chance.randrange(80)),
                keywords=(text(1),),
                services=(chance.choice(["email", "web"]),),
            )
            for n in range(1_000)
        ]
        # Put again and taken away, what is kept of common words has grown and shrunk.
        index, naive = KnownErrorIndex(known_errors * 2), NaiveSearch(known_errors[200:])
        for one in known_errors[:200]:
            index.remove(one.id)

        for length in (1, 2, 5, 8, 12, 60) * 5:
            service = chance.choice([None, "email"])
            query = SymptomQuery(text=text(length), service=service)

            assert index.search(query) == naive.search(query)


class TestWhatDoesNotMatter:
    @SETTINGS
    @given(st.data(), MANY, queries(), LIMITS)
    def test_the_order_in_which_they_came(self, data, known_errors, query, limit):
        shuffled = data.draw(st.permutations(known_errors))

        found = KnownErrorIndex(known_errors).search(query, limit=limit)

        assert KnownErrorIndex(shuffled).search(query, limit=limit) == found

    @SETTINGS
    @given(MANY, st.lists(KNOWN_ERRORS | IDS, max_size=30), queries(), LIMITS)
    def test_what_was_there_before(self, known_errors, changes, query, limit):
        index = KnownErrorIndex(known_errors)
        left = {one.id: one for one in known_errors if one.is_searchable}
        for change in changes:
            if isinstance(change, KnownErrorId):
                index.remove(change)
                left.pop(change, None)
                continue
            index.put(change)
            left.pop(change.id, None)
            if change.is_searchable:
                left[change.id] = change

        assert len(index) == len(left)
        assert all(id in index for id in left)
        expected = KnownErrorIndex(left.values())
        assert index.search(query, limit=limit) == expected.search(query, limit=limit)
        assert kept(index) == kept(expected)

    @pytest.mark.usefixtures("few_are_many")
    @SETTINGS
    @given(MANY, st.lists(IDS, max_size=20), MANY, queries(), LIMITS)
    def test_what_went_out_and_made_room(self, before, gone, after, query, limit):
        index = KnownErrorIndex(before)
        for id in gone:
            index.remove(id)
        for one in after:
            index.put(one)
        left = {one.id: one for one in before if one.id not in gone}
        left |= {one.id: one for one in after}

        assert index.search(query, limit=limit) == NaiveSearch(left.values()).search(
            query, limit=limit
        )

    @SETTINGS
    @given(st.data(), st.lists(KNOWN_ERRORS, min_size=1, max_size=8), queries())
    def test_in_what_order_the_versions_of_one_come(self, data, states, query):
        life = [
            attrs.evolve(one, id=KnownErrorId("KE-1"), version=number)
            for number, one in enumerate(states, 1)
        ]
        told = [*data.draw(st.permutations(life)), *data.draw(st.lists(st.sampled_from(life)))]

        index = KnownErrorIndex(told)

        assert index.search(query) == NaiveSearch(life[-1:]).search(query)

    @SETTINGS
    @given(MANY, queries(), LIMITS)
    def test_a_way_through_pickle(self, known_errors, query, limit):
        index = KnownErrorIndex(known_errors)

        other = pickle.loads(pickle.dumps(index))

        assert other.search(query, limit=limit) == index.search(query, limit=limit)

    @SETTINGS
    @given(MANY, queries(), LIMITS)
    def test_how_many_are_wanted(self, known_errors, query, limit):
        index = KnownErrorIndex(known_errors)

        everything = index.search(query, limit=100)

        assert index.search(query, limit=limit) == everything[:limit]


def kept(index):
    """
    Return what the index keeps of each thing, whatever numbers it has for the known errors.
    """
    return {
        (kind, what): sorted(found.strengths.values())
        for kind, everything in index._postings.items()
        for what, found in everything.items()
    }
