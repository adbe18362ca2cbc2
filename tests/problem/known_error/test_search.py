"""
Search of known errors: what can be asked, what is found first, and why.
"""

from __future__ import annotations

import pickle

from datetime import UTC, datetime

import pytest

from itil_ops.incident.record import Incident
from itil_ops.kernel.actor import Actor
from itil_ops.kernel.identity import ConfigurationItemId, IncidentId, KnownErrorId
from itil_ops.kernel.vocabulary import CategoryPath
from itil_ops.problem.known_error.index import KnownErrorIndex
from itil_ops.problem.known_error.keys import SymptomKeys
from itil_ops.problem.known_error.search import (
    GroundKind,
    KnownErrorMatch,
    MatchGround,
    SymptomQuery,
)
from itil_ops.problem.known_error.terms import folded, words_in
from itil_ops.problem.known_error.weights import MatchWeights
from kernel_doubles import Parcel, ParcelId
from search_doubles import Told, told


T0 = datetime(2026, 3, 2, 9, tzinfo=UTC)
LI = Actor("li")
SERVER = ConfigurationItemId("srv-1")
MAIL = CategoryPath("software/mail")


def found(index, *, limit=10, **asked):
    """
    Return the ids of what is found, the best first.
    """
    return [match.known_error.value for match in index.search(SymptomQuery(**asked), limit=limit)]


def only_match(known_error, **asked):
    [match] = KnownErrorIndex([known_error]).search(SymptomQuery(**asked))
    return match


class TestQuery:
    @pytest.mark.parametrize("text", [None, "", " \n", "?! ... -- _", "\N{COMBINING ACUTE ACCENT}"])
    def test_an_empty_search_is_refused(self, text):
        with pytest.raises(ValueError, match="an empty search finds nothing: give a text"):
            SymptomQuery(text=text)

    @pytest.mark.parametrize(
        "asked",
        [
            {"text": "mail"},
            {"text": "邮件"},
            {"symptom_keys": ["E-1"]},
            {"service": "email"},
            {"configuration_items": [SERVER]},
            {"category": MAIL},
            {"version": "8.1"},
        ],
    )
    def test_any_one_thing_can_be_asked_for(self, asked):
        assert SymptomQuery(**asked) == SymptomQuery(**{"text": None, **asked})

    def test_a_text_without_words_is_no_matter_where_something_else_is_asked(self):
        assert SymptomQuery(text="?", service="email").service == "email"

    @pytest.mark.parametrize(
        ("asked", "complaint"),
        [
            ({"text": 7}, "text must be a str or None"),
            ({"symptom_keys": "E-1"}, "symptom_keys must be several names"),
            ({"symptom_keys": [1]}, "each of symptom_keys must be a str"),
            ({"service": 1}, "service must be a str"),
            ({"configuration_items": ["srv-1"]}, "must be a ConfigurationItemId"),
            ({"category": "software"}, "category must be a CategoryPath or None"),
            ({"version": 8.1}, "version must be a str"),
        ],
    )
    def test_what_is_of_another_type_is_refused(self, asked, complaint):
        with pytest.raises(TypeError, match=complaint):
            SymptomQuery(**{"text": "mail", **asked})

    @pytest.mark.parametrize("asked", [{"service": " "}, {"symptom_keys": [""]}, {"version": ""}])
    def test_what_is_blank_is_refused(self, asked):
        with pytest.raises(ValueError, match="must not be blank"):
            SymptomQuery(text="mail", **asked)


class TestQueryOfARecord:
    def test_it_asks_for_all_that_an_incident_tells(self):
        incident = Incident.log(
            IncidentId("INC-1"),
            title="No mail",
            description="Since nine.",
            symptom="451-4.7.0",
            service="email",
            configuration_items=[SERVER],
            category=MAIL,
            by=LI,
            at=T0,
        )

        asked = SymptomQuery.of(incident, finding="The queue is stuck.", version="8.1")

        assert asked == SymptomQuery(
            text="No mail\nSince nine.\n451-4.7.0\nThe queue is stuck.",
            symptom_keys=["451-4.7.0"],
            service="email",
            configuration_items=[SERVER],
            category=MAIL,
            version="8.1",
        )

    def test_it_asks_for_the_title_of_a_record_that_tells_nothing_else(self):
        parcel = Parcel.post(ParcelId("P-1"), title="Torn", grams=1, by=LI, at=T0)

        assert SymptomQuery.of(parcel) == SymptomQuery(text="Torn")

    def test_what_is_no_record_is_refused(self):
        with pytest.raises(TypeError, match="record must be a Record"):
            SymptomQuery.of("INC-1")

    def test_a_finding_that_is_no_text_is_refused(self):
        parcel = Parcel.post(ParcelId("P-1"), title="Torn", grams=1, by=LI, at=T0)

        with pytest.raises(TypeError, match="finding must be a str"):
            SymptomQuery.of(parcel, finding=1)


class TestMatch:
    def test_its_score_is_the_exact_sum_of_its_grounds(self):
        grounds = [MatchGround(GroundKind.TERM, f"w{n}", 0.1) for n in range(10)]

        assert KnownErrorMatch(known_error=KnownErrorId("KE-1"), grounds=grounds).score == 1.0

    def test_its_grounds_come_by_weight_kind_and_name(self):
        grounds = [
            MatchGround(GroundKind.TERM, "b", 1),
            MatchGround(GroundKind.TERM, "a", 1),
            MatchGround(GroundKind.SERVICE, "email", 1),
            MatchGround(GroundKind.SYMPTOM_KEY, "E-1", 2),
        ]

        match = KnownErrorMatch(known_error=KnownErrorId("KE-1"), grounds=grounds)

        assert [ground.what for ground in match.grounds] == ["E-1", "email", "a", "b"]

    @pytest.mark.parametrize(
        ("grounds", "told"),
        [
            ([("service", "email", 2)], "KE-1 scores 2: it has the service 'email' (2)."),
            (
                [("symptom_key", "E-1", 1000), ("term", "mail", 4.56)],
                "KE-1 scores 1005: it has the symptom key 'E-1' (1000) and the term 'mail' (4.56).",
            ),
            (
                [("term", "mail", 0.25), ("configuration_item", "srv-1", 5), ("category", "a", 1)],
                (
                    "KE-1 scores 6.25: it has the configuration item 'srv-1' (5),"
                    " the category 'a' (1) and the term 'mail' (0.25)."
                ),
            ),
        ],
    )
    def test_it_explains_itself_in_a_sentence(self, grounds, told):
        values = [MatchGround(GroundKind(kind), what, weight) for kind, what, weight in grounds]

        assert KnownErrorMatch(known_error=KnownErrorId("KE-1"), grounds=values).explain() == told

    @pytest.mark.parametrize(
        ("fixed_in", "told"),
        [
            ([], "(1)."),
            (["8.2"], "(1). It is fixed in '8.2'."),
            (["8.2", "8.3", "9"], "(1). It is fixed in '8.2', '8.3' and '9'."),
        ],
    )
    def test_it_says_where_it_is_fixed(self, fixed_in, told):
        ground = MatchGround(GroundKind.TERM, "mail", 1)

        match = KnownErrorMatch(
            known_error=KnownErrorId("KE-1"), grounds=[ground], fixed_in=fixed_in
        )

        assert match.explain() == f"KE-1 scores 1: it has the term 'mail' {told}"

    def test_versions_that_are_one_text_are_refused(self):
        ground = MatchGround(GroundKind.TERM, "mail", 1)

        with pytest.raises(TypeError, match="fixed_in must be several names"):
            KnownErrorMatch(known_error=KnownErrorId("KE-1"), grounds=[ground], fixed_in="8.2")

    def test_one_without_a_ground_is_refused(self):
        with pytest.raises(ValueError, match="the match of KE-1 must have a ground"):
            KnownErrorMatch(known_error=KnownErrorId("KE-1"), grounds=[])

    @pytest.mark.parametrize(
        ("known_error", "grounds", "complaint"),
        [
            ("KE-1", [MatchGround(GroundKind.TERM, "mail", 1)], "must be a KnownErrorId"),
            (KnownErrorId("KE-1"), ["mail"], "each of grounds must be a MatchGround"),
        ],
    )
    def test_one_of_other_things_is_refused(self, known_error, grounds, complaint):
        with pytest.raises(TypeError, match=complaint):
            KnownErrorMatch(known_error=known_error, grounds=grounds)

    @pytest.mark.parametrize(
        ("facts", "complaint"),
        [
            (("term", "mail", 1), "kind must be a GroundKind"),
            ((GroundKind.TERM, 1, 1), "what must be a str"),
            ((GroundKind.TERM, "mail", "1"), "weight must be a number"),
            ((GroundKind.TERM, "mail", True), "weight must be a number"),
        ],
    )
    def test_a_ground_of_other_things_is_refused(self, facts, complaint):
        with pytest.raises(TypeError, match=complaint):
            MatchGround(*facts)

    @pytest.mark.parametrize("weight", [-1, float("nan"), float("inf"), 10**400])
    def test_a_ground_that_cannot_weigh_is_refused(self, weight):
        with pytest.raises(ValueError, match="weight must be from 0 to"):
            MatchGround(GroundKind.TERM, "mail", weight)

    def test_it_pickles(self):
        match = only_match(told("KE-1", "No mail."), text="mail")

        assert pickle.loads(pickle.dumps(match)) == match


class TestWeights:
    @pytest.mark.parametrize("name", ["symptom_key", "k1", "title", "most_words"])
    @pytest.mark.parametrize("value", ["1", None, True])
    def test_what_is_no_number_is_refused(self, name, value):
        with pytest.raises(TypeError, match=f"{name} must be a number"):
            MatchWeights(**{name: value})

    def test_a_part_of_a_word_is_refused(self):
        with pytest.raises(TypeError, match="most_words must be an int"):
            MatchWeights(most_words=1.5)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("service", -1),
            ("text", float("nan")),
            ("category", float("inf")),
            ("b", 1.1),
            ("most_words", 0),
            ("typical_length", 0),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, name, value):
        with pytest.raises(ValueError, match=f"{name} must be"):
            MatchWeights(**{name: value})

    def test_a_word_tells_as_bm25_has_it(self):
        assert MatchWeights().strength(1, 40) == pytest.approx(1 / 2.2)
        assert MatchWeights().strength(3, 80) == pytest.approx(3 / (3 + 1.2 * 1.75))
        assert MatchWeights(k1=0).strength(1, 80) == 1
        assert MatchWeights(b=0).strength(1, 80) == MatchWeights().strength(1, 40)


class TestWords:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("", []),
            ("No MAIL, no fun!", ["no", "mail", "no", "fun"]),
            ("ORA-00600", ["ora", "00600", "ora-00600"]),
            ("0x80070005.", ["0x80070005"]),
            ("MSG_FOO li@host", ["msg", "foo", "msg_foo", "li", "host", "li@host"]),
            ("a--b", ["a", "b"]),
            ("don't", ["don", "t"]),
            ("École ÉCOLE École ecole", ["ecole"] * 4),
            ("STRASSE Straße", ["strasse"] * 2),
            (
                "\N{FULLWIDTH LATIN CAPITAL LETTER M}ail \N{LATIN SMALL LIGATURE FI}le",
                ["mail", "file"],
            ),
            ("Почта не работает", ["почта", "не", "работает"]),
            ("ガス 서버 邮件", ["ガス", "서버", "邮件"]),
            ("हिन्दी", ["हनद"]),
            ("הַמַּחְשֵׁב", ["המחשב"]),
        ],
    )
    def test_words_are_found_whatever_their_case_accents_and_script(self, text, words):
        assert [*words_in(text)] == words

    @pytest.mark.parametrize("text", ["℡ Ⅷ ㎏", "ΣΊΣΥΦΟΣ", "İstanbul", "ǅungla", "K Å"])
    def test_what_is_folded_stays_so(self, text):
        once = folded(text)

        assert folded(once) == once == folded(text.lower())


class TestGrounds:
    @pytest.mark.parametrize(
        ("key", "asked"),
        [
            ("ORA-00600", "ORA-00600"),
            ("ORA-00600", "ora-00600"),
            ("Échec 12", "echec  12"),
            ("?!", "?!"),
        ],
    )
    def test_a_symptom_key_matches_as_a_whole_case_and_accents_aside(self, key, asked):
        one = told("KE-1", title="Crash", symptom_keys=(key,))

        assert only_match(one, symptom_keys=[asked]).grounds == (
            MatchGround(GroundKind.SYMPTOM_KEY, key, 1000.0),
        )

    @pytest.mark.parametrize("asked", ["ORA 00600", "ORA", "ORA-00600 again", "?!"])
    def test_a_symptom_key_that_is_asked_for_is_no_text(self, asked):
        one = told("KE-1", title="Crash", symptom_keys=("ORA-00600",))

        assert found(KnownErrorIndex([one]), symptom_keys=[asked]) == []

    def test_symptom_keys_differ_by_their_signs_too(self):
        index = KnownErrorIndex(
            [told("KE-1", symptom_keys=("C++",)), told("KE-2", symptom_keys=("C#",))]
        )

        assert found(index, symptom_keys=["c#"]) == ["KE-2"]

    @pytest.mark.parametrize(
        ("key", "text"),
        [
            ("451 4.7.0", "Error 451 4.7.0 deferred"),
            ("451 4.7.0", "error:451\n4.7.0."),
            ("451 4.7.0", "451 4.7.0"),
            ("ORA-00600", "we see ora-00600: again"),
            ("ORA-00600", "(ORA-00600:internal)"),
            ("0x80070005", "HRESULT:0X80070005"),
            ("java.lang.OutOfMemoryError: Java heap", "java.lang.OutOfMemoryError:Java heap space"),
            ("404", "/shop/404"),
            ("exit code -1", "Exit code -1!"),
            ("C++", "no C++ here"),
            ("école fermée", "ECOLE FERMEE"),
        ],
    )
    def test_a_symptom_key_is_found_in_a_text_in_whole_words(self, key, text):
        match = only_match(told("KE-1", symptom_keys=(key,)), text=text)

        assert match.grounds[0] == MatchGround(GroundKind.SYMPTOM_KEY, key, 1000.0)

    @pytest.mark.parametrize(
        ("key", "text"),
        [
            ("451 4.7.0", "451 is 4.7.0"),
            ("451 4.7.0", "451 4.7.0.1"),
            ("4.7", "version 4.7.1"),
            ("ORA-00600", "XORA-00600 or ORA-006001"),
            ("exit code -1", "exit code 1"),
            ("C++", "C# and C"),
            ("?!", "what?!"),
        ],
    )
    def test_a_symptom_key_is_not_found_in_a_text_that_says_something_else(self, key, text):
        one = told("KE-1", services=("email",), symptom_keys=(key,))

        match = only_match(one, text=text, service="email")

        assert GroundKind.SYMPTOM_KEY not in {ground.kind for ground in match.grounds}

    def test_a_symptom_key_counts_once_however_it_is_spelled_and_asked_for(self):
        one = told("KE-1", symptom_keys=("E-1", "e-1"))

        match = only_match(one, text="E-1, e-1", symptom_keys=["E-1", "e-1"])

        assert [ground.what for ground in match.grounds if ground.weight > 100] == ["E-1"]

    def test_each_known_error_has_its_own_spelling_of_a_symptom_key(self):
        ones = [told("KE-1", symptom_keys=("E-1",)), told("KE-2", symptom_keys=("e-1",))]

        for asked in ({"text": "e-1"}, {"symptom_keys": ["e-1"]}):
            matches = KnownErrorIndex(ones).search(SymptomQuery(**asked))
            assert [match.grounds[0].what for match in matches] == ["E-1", "e-1"]

    def test_an_incident_is_found_by_the_symptom_key_in_what_it_tells(self):
        incident = Incident.log(
            IncidentId("INC-1"),
            title="Late",
            symptom="Error 451 4.7.0 deferred",
            service="email",
            by=LI,
            at=T0,
        )
        index = KnownErrorIndex([told("KE-1", symptom_keys=("451 4.7.0",)), told("KE-2", "Late.")])

        [first, *_] = index.search(SymptomQuery.of(incident))

        assert first.explain().startswith("KE-1 scores 1003: it has the symptom key '451 4.7.0' (1")

    def test_configuration_items_count_each(self):
        other = ConfigurationItemId("srv-2")
        one = told("KE-1", configuration_items=(SERVER, other))

        match = only_match(one, configuration_items=[other, SERVER, other])

        assert match.grounds == (
            MatchGround(GroundKind.CONFIGURATION_ITEM, "srv-1", 5.0),
            MatchGround(GroundKind.CONFIGURATION_ITEM, "srv-2", 5.0),
        )

    def test_any_of_its_services_counts(self):
        match = only_match(told("KE-1", services=("web", "email")), service="email")

        assert match.grounds == (MatchGround(GroundKind.SERVICE, "email", 2.0),)

    @pytest.mark.parametrize(
        ("category", "score"),
        [
            ("software/mail/outlook", 1),
            ("software/mail", 2 / 3),
            ("software", 1 / 3),
            ("software/mail/outlook/2016", 1),
            ("software/office/outlook", 1 / 3),
        ],
    )
    def test_a_category_counts_by_the_levels_that_are_the_same(self, category, score):
        one = told("KE-1", category=CategoryPath(category))

        match = only_match(one, category=CategoryPath("software/mail/outlook"))

        assert match.score == pytest.approx(score)

    def test_levels_that_only_begin_alike_are_not_the_same(self):
        index = KnownErrorIndex([told("KE-1", category=CategoryPath("soft"))])

        assert found(index, category=CategoryPath("software")) == []

    def test_a_word_counts_once_however_often_it_is_asked_for(self):
        one = told("KE-1", "No mail.")

        assert only_match(one, text="Mail mail MAIL") == only_match(one, text="mail")

    def test_words_that_nobody_wrote_count_nothing(self):
        one = told("KE-1", "No mail.")

        assert only_match(one, text="mail zzz qqq") == only_match(one, text="mail")

    @pytest.mark.parametrize(
        ("weight", "asked"),
        [
            ("symptom_key", {"symptom_keys": ["E-1"]}),
            ("text", {"text": "mail"}),
            ("configuration_item", {"configuration_items": [SERVER]}),
            ("service", {"service": "email"}),
            ("category", {"category": MAIL}),
            ("version", {"version": "8.1"}),
        ],
    )
    def test_what_counts_nothing_is_no_ground(self, weight, asked):
        one = told(
            "KE-1",
            "No mail.",
            symptom_keys=("E-1",),
            services=("email",),
            configuration_items=(SERVER,),
            category=MAIL,
            versions=("8.1",),
        )

        assert found(KnownErrorIndex([one]), **asked) == ["KE-1"]
        assert found(KnownErrorIndex([one], weights=MatchWeights(**{weight: 0})), **asked) == []

    @pytest.mark.parametrize("field", ["title", "symptoms", "keywords"])
    def test_a_field_that_counts_nothing_is_not_searched(self, field):
        value = ("mail",) if field == "keywords" else "mail"
        index = KnownErrorIndex(
            [told("KE-1", **{field: value})], weights=MatchWeights(**{field: 0})
        )

        assert found(index, text="mail") == []


class TestVersions:
    def test_that_one_has_the_asker_s_version_speaks_for_it(self):
        match = only_match(told("KE-1", versions=("8.0", "8.1")), version="8.1")

        assert match.grounds == (MatchGround(GroundKind.VERSION, "8.1", 2.0),)

    @pytest.mark.parametrize("version", ["8", "8.1.0", "8.10", "V8.1"])
    def test_versions_are_compared_to_the_letter(self, version):
        one = told("KE-1", "No mail.", versions=("8.1", "v8.1"), fixed_in=("8.1",))

        match = only_match(one, text="mail", version=version)

        assert [ground.kind for ground in match.grounds] == [GroundKind.TERM]

    def test_what_is_fixed_in_the_asker_s_version_is_not_found(self):
        index = KnownErrorIndex(
            [
                told("KE-1", "No mail.", symptom_keys=("E-1",), fixed_in=("8.2", "8.3")),
                told("KE-2", "No mail.", versions=("8.2",), fixed_in=("8.3",)),
                told("KE-3", "No mail."),
            ]
        )

        for asked in ({"text": "mail e-1"}, {"symptom_keys": ["E-1"], "text": "mail"}):
            assert found(index, **asked, limit=3) == ["KE-1", "KE-2", "KE-3"]
            assert found(index, **asked, version="8.1") == ["KE-1", "KE-2", "KE-3"]
            assert found(index, **asked, version="8.2") == ["KE-2", "KE-3"]
            assert found(index, **asked, version="8.3") == ["KE-3"]

    def test_so_it_is_where_it_has_the_version_besides(self):
        index = KnownErrorIndex([told("KE-1", versions=("8.1",), fixed_in=("8.1",))])

        assert found(index, version="8.1") == []

    def test_a_match_tells_where_it_is_fixed(self):
        one = told("KE-1", "No mail.", fixed_in=("8.2", "8.2", "8.3"))

        match = only_match(one, text="mail", version="8.1")

        assert match.fixed_in == ("8.2", "8.3")
        assert match.explain().endswith("It is fixed in '8.2' and '8.3'.")

    def test_what_is_published_again_is_found_again(self):
        index = KnownErrorIndex([told("KE-1", "No mail.", fixed_in=("8.2",))])
        assert found(index, text="mail", version="8.2") == []

        index.put(told("KE-1", "No mail."))

        assert found(index, text="mail", version="8.2") == ["KE-1"]
        assert not index._fixed
        assert not index._fixes


class TestRanking:
    def test_a_symptom_key_goes_before_any_text(self):
        text = " ".join(f"word{n}" for n in range(100))
        talks = [told(f"KE-{n}", text, title=text, keywords=(text,)) for n in range(3)]
        index = KnownErrorIndex([*talks, told("KE-9", symptom_keys=("E-1",))])

        assert found(index, text=text, symptom_keys=["E-1"], limit=2) == ["KE-9", "KE-0"]

    def test_a_rare_word_goes_before_a_common_one(self):
        common = [told(f"KE-{n}", "mail mail") for n in range(5)]
        index = KnownErrorIndex([*common, told("KE-9", "queue")])

        assert found(index, text="mail queue", limit=1) == ["KE-9"]

    @pytest.mark.parametrize(
        ("better", "worse"),
        [
            ({"symptoms": "mail mail down"}, {"symptoms": "mail down down"}),
            ({"symptoms": "mail"}, {"symptoms": "mail is down and nobody knows why"}),
            ({"title": "mail", "symptoms": "down"}, {"title": "down", "symptoms": "mail"}),
            (
                {"title": "down", "keywords": ("mail",)},
                {"title": "mail", "keywords": ("down",)},
            ),
        ],
        ids=["more often", "in fewer words", "in the title", "as a keyword"],
    )
    def test_a_word_counts_more(self, better, worse):
        index = KnownErrorIndex([told("KE-1", **worse), told("KE-2", **better)])

        assert found(index, text="mail") == ["KE-2", "KE-1"]

    def test_the_same_service_and_category_go_first_among_the_same_words(self):
        index = KnownErrorIndex(
            [
                told("KE-1", "no mail"),
                told("KE-2", "no mail", services=("email",)),
                told("KE-3", "no mail", services=("email",), category=MAIL),
            ]
        )

        query = {"text": "mail", "service": "email", "category": MAIL}
        assert found(index, **query) == ["KE-3", "KE-2", "KE-1"]

    def test_of_equal_ones_the_id_decides(self):
        index = KnownErrorIndex([told(f"KE-{n}", "no mail") for n in (3, 1, 20, 2)])

        assert found(index, text="mail", limit=3) == ["KE-1", "KE-2", "KE-20"]

    def test_only_the_rarest_words_of_a_long_text_count(self):
        index = KnownErrorIndex(
            [told("KE-1", "no mail"), told("KE-2", "no fun"), told("KE-3", "mail")],
            weights=MatchWeights(most_words=1),
        )

        assert found(index, text="no fun, no mail") == ["KE-2"]

    def test_of_words_that_are_as_rare_those_count_that_come_first_in_order(self):
        index = KnownErrorIndex(
            [told("KE-1", "mail"), told("KE-2", "fun")], weights=MatchWeights(most_words=1)
        )

        assert found(index, text="mail fun") == found(index, text="fun mail") == ["KE-2"]

    def test_the_commonest_words_are_only_asked_for_those_whom_others_brought(self):
        class Unread(dict):
            def __iter__(self):
                raise AssertionError("all of them were looked at")

        known_errors = [told(f"KE-{n:03}", "the mail is down at the office") for n in range(200)]
        known_errors += [
            told(f"KE-{n}", "the router is down at the office") for n in range(300, 320)
        ]
        index = KnownErrorIndex(known_errors)
        expected = found(index, text="the router is at the office")
        for word in ("the", "is", "at", "office"):
            common = index._postings[GroundKind.TERM][word]
            common.strengths = Unread(common.strengths)

        assert found(index, text="the router is at the office") == expected
        assert expected == [f"KE-{n}" for n in range(300, 310)]

    def test_of_many_who_tell_as_strongly_all_are_found(self):
        index = KnownErrorIndex(told(f"KE-{n}", services=("email",)) for n in range(100, 300))
        for n in range(100, 290):
            index.remove(KnownErrorId(f"KE-{n}"))

        assert found(index, service="email") == [f"KE-{n}" for n in range(290, 300)]

        for n in range(290, 300):
            index.remove(KnownErrorId(f"KE-{n}"))
        assert found(index, service="email") == []


class TestIndex:
    def test_an_empty_one_finds_nothing(self):
        assert found(KnownErrorIndex(), text="mail", service="email") == []

    def test_it_tells_what_is_in_it(self):
        index = KnownErrorIndex([told("KE-1"), told("KE-2")])

        assert len(index) == 2
        assert KnownErrorId("KE-1") in index
        assert KnownErrorId("KE-3") not in index
        assert "KE-1" not in index
        assert repr(index) == "<KnownErrorIndex of 2 known errors>"

    def test_what_is_put_again_takes_the_place_of_what_was(self):
        index = KnownErrorIndex([told("KE-1", "no mail")])

        index.put(told("KE-1", "no web"))

        assert len(index) == 1
        assert found(index, text="mail") == []
        assert found(index, text="web") == ["KE-1"]

    def test_to_put_one_looks_at_no_other(self):
        class Unread(dict):
            def __iter__(self):
                raise AssertionError("all of them were looked at")

            keys = values = items = __iter__

        index = KnownErrorIndex([told("KE-1", "no mail", symptom_keys=("E-1",))])
        for kind, known in index._postings.items():
            index._postings[kind] = Unread(known)

        for _ in range(2):
            index.put(told("KE-2", "no mail", symptom_keys=("E-1", "E-2")))

        assert found(index, text="E-2", limit=1) == ["KE-2"]

    def test_what_is_older_than_what_was_put_changes_nothing(self):
        index = KnownErrorIndex([told("KE-1", "no web", version=3)])

        index.put(told("KE-1", "no mail", version=2))
        index.put(told("KE-1", is_searchable=False, version=1))

        assert found(index, text="no mail web") == found(index, text="web") == ["KE-1"]

    def test_what_was_retired_is_not_brought_back_by_what_it_was_before(self):
        index = KnownErrorIndex([told("KE-1", "no mail", version=2)])
        index.put(told("KE-1", "no mail", version=3, is_searchable=False))

        index.put(told("KE-1", "no mail", version=2))
        assert KnownErrorId("KE-1") not in index

        index.put(told("KE-1", "no mail", version=4))
        assert KnownErrorId("KE-1") in index

    def test_so_it_is_after_a_way_through_pickle(self):
        index = KnownErrorIndex([told("KE-1", version=3, is_searchable=False)])
        index = pickle.loads(pickle.dumps(index))

        index.put(told("KE-1", version=2))

        assert len(index) == 0

    def test_what_comes_twice_is_no_matter(self):
        index = KnownErrorIndex([told("KE-1", "no mail", version=2)] * 2)

        assert found(index, text="mail") == ["KE-1"]

    def test_what_was_removed_can_be_put_however_old_it_is(self):
        index = KnownErrorIndex([told("KE-1", "no mail", version=3)])

        index.remove(KnownErrorId("KE-1"))
        index.put(told("KE-1", "no web", version=1))

        assert found(index, text="web") == ["KE-1"]

    def test_one_that_says_nothing_of_its_version_is_always_taken_in(self):
        index = KnownErrorIndex([told("KE-1", "no mail", version=3)])

        index.put(told("KE-1", "no web"))

        assert found(index, text="web") == ["KE-1"]

    def test_a_version_that_counts_nothing_is_refused(self):
        with pytest.raises(TypeError, match="its version must be an int or None"):
            KnownErrorIndex().put(told("KE-1", version="8.1"))

    def test_what_is_not_searchable_is_not_taken_in(self):
        assert len(KnownErrorIndex([told("KE-1", is_searchable=False)])) == 0

    def test_what_is_not_searchable_any_more_goes(self):
        index = KnownErrorIndex([told("KE-1", "no mail")])

        index.put(told("KE-1", "no mail", is_searchable=False))

        assert KnownErrorId("KE-1") not in index
        assert found(index, text="mail") == []

    def test_what_is_removed_is_found_no_more_and_leaves_nothing(self):
        keys = ("E-1", "e-2", "?")
        facts = {"category": MAIL, "fixed_in": ("8.2",), "version": 2}
        one = told("KE-1", "no mail", services=("email",), symptom_keys=keys, **facts)
        index = KnownErrorIndex([one, told("KE-2", symptom_keys=("e-1", "E-3"))])

        index.remove(KnownErrorId("KE-1"))
        assert found(index, text="E-1") == ["KE-2"]
        index.remove(KnownErrorId("KE-2"))
        index.remove(KnownErrorId("KE-1"))

        assert len(index) == 0
        assert not any(index._postings.values())
        assert not index._held
        assert not index._ids
        assert not index._newest
        assert index._keys == SymptomKeys(words_in)

    def test_what_is_found_is_the_id_that_was_put(self):
        class TheirId(KnownErrorId):
            __slots__ = ()

        index = KnownErrorIndex([Told(id=TheirId("KE-3"), symptoms="queue")])

        [match] = index.search(SymptomQuery(text="queue"))

        assert type(match.known_error) is TheirId

    @pytest.mark.parametrize("known_error", ["KE-1", None, KnownErrorId("KE-1")])
    def test_what_has_no_id_of_a_known_error_is_refused(self, known_error):
        with pytest.raises(TypeError, match="a known error's id must be a KnownErrorId"):
            KnownErrorIndex().put(known_error)

    def test_what_has_the_id_of_something_else_is_not_removed(self):
        with pytest.raises(TypeError, match="id must be a KnownErrorId"):
            KnownErrorIndex().remove("KE-1")

    def test_one_that_cannot_be_read_leaves_what_was(self):
        def picky(text):
            if "web" in text:
                raise RuntimeError("no web")
            return text.split()

        index = KnownErrorIndex([told("KE-1", "no mail")], tokenize=picky)

        with pytest.raises(RuntimeError, match="no web"):
            index.put(told("KE-1", "no web"))

        assert found(index, text="mail") == ["KE-1"]

    def test_a_callers_words_are_searched_by_a_callers_words(self):
        def letters(text):
            return ["", *text.replace(" ", "")]

        index = KnownErrorIndex([told("KE-1", "邮件服务器")], tokenize=letters)

        match = index.search(SymptomQuery(text="邮件"))[0]

        assert {ground.what for ground in match.grounds} == {"邮", "件"}

    def test_a_symptom_key_is_found_by_a_callers_words(self):
        index = KnownErrorIndex([told("KE-1", symptom_keys=("错误12",))], tokenize=list)

        match = index.search(SymptomQuery(text="邮件错误12了"))[0]

        assert match.grounds[0].what == "错误12"

    @pytest.mark.parametrize(
        ("arguments", "complaint"),
        [
            ({"tokenize": "words"}, "tokenize must be callable, not 'words'"),
            ({"weights": {}}, "weights must be a MatchWeights"),
        ],
    )
    def test_one_of_other_things_is_refused(self, arguments, complaint):
        with pytest.raises(TypeError, match=complaint):
            KnownErrorIndex(**arguments)

    @pytest.mark.parametrize("query", ["mail", None])
    def test_what_is_no_query_is_refused(self, query):
        with pytest.raises(TypeError, match="query must be a SymptomQuery"):
            KnownErrorIndex().search(query)

    @pytest.mark.parametrize("limit", [0, -1])
    def test_less_than_one_is_refused(self, limit):
        with pytest.raises(ValueError, match="limit must be 1 or more"):
            KnownErrorIndex().search(SymptomQuery(text="mail"), limit=limit)

    @pytest.mark.parametrize("limit", [1.5, "1", None, True])
    def test_a_limit_that_is_no_whole_number_is_refused(self, limit):
        with pytest.raises(TypeError, match="limit must be an int"):
            KnownErrorIndex().search(SymptomQuery(text="mail"), limit=limit)
