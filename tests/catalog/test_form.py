"""
Forms: what may be answered, what may be asked.
"""

from __future__ import annotations

import datetime as dt

from datetime import UTC, timedelta, timezone
from decimal import Decimal
from enum import StrEnum

import pendulum
import pytest

from itil_ops.catalog import AskedWhen, FieldKind, Form, FormField
from itil_ops.kernel.identity import ConfigurationItemId


DAY = dt.date(2026, 3, 2)
NOON = dt.datetime(2026, 3, 2, 12, tzinfo=UTC)
CI = ConfigurationItemId("CI-1")
COLORS = {"choices": ["red", "green", "blue"]}
AMONG = "must be among red, green, blue, not"


class Size(StrEnum):
    LARGE = "large"


def field(kind=FieldKind.TEXT, **options):
    return FormField("it", kind, **options)


def wrong(field, value):
    reason = field.why_not(value)
    return None if reason is None else (reason.rule, reason.text)


class TestKinds:
    @pytest.mark.parametrize(
        ("kind", "options", "value"),
        [
            (FieldKind.TEXT, {}, "x"),
            (FieldKind.TEXT, {"least": 2, "most": 2}, "xy"),
            (FieldKind.TEXT, {"pattern": "[a-z]+"}, "xyz"),
            (FieldKind.WHOLE_NUMBER, {}, -7),
            (FieldKind.WHOLE_NUMBER, {"least": 7, "most": 7}, 7),
            (FieldKind.NUMBER, {}, 7),
            (FieldKind.NUMBER, {"least": Decimal("1.5"), "most": 2}, Decimal("1.5")),
            (FieldKind.NUMBER, {"least": Decimal("1.5"), "most": 2}, 2),
            (FieldKind.FLAG, {}, False),
            (FieldKind.DATE, {"least": DAY, "most": DAY}, DAY),
            (FieldKind.DATE, {}, pendulum.date(2026, 3, 2)),
            (FieldKind.INSTANT, {"least": NOON, "most": NOON}, NOON),
            (FieldKind.INSTANT, {}, pendulum.datetime(2026, 3, 2)),
            (FieldKind.CHOICE, COLORS, "red"),
            (FieldKind.CHOICES, COLORS, ("blue", "red")),
            (FieldKind.CHOICES, COLORS, ()),
            (FieldKind.CHOICES, {**COLORS, "least": 1, "most": 1}, ("red",)),
            (FieldKind.PERSON, {}, "ana"),
            (FieldKind.PERSON, {"pattern": "a.*"}, "ana"),
            (FieldKind.CONFIGURATION_ITEM, {}, CI),
        ],
    )
    def test_a_right_answer_will_do(self, kind, options, value):
        assert wrong(field(kind, **options), value) is None

    @pytest.mark.parametrize(
        ("kind", "value", "wanted"),
        [
            (FieldKind.TEXT, "", "a text that is not blank"),
            (FieldKind.TEXT, "a\0", "a text that is not blank"),
            (FieldKind.TEXT, 7, "a text that is not blank"),
            (FieldKind.WHOLE_NUMBER, True, "a whole number"),
            (FieldKind.WHOLE_NUMBER, Decimal(7), "a whole number"),
            (FieldKind.WHOLE_NUMBER, "7", "a whole number"),
            (FieldKind.NUMBER, 7.5, "a whole number or a finite Decimal"),
            (FieldKind.NUMBER, False, "a whole number or a finite Decimal"),
            (FieldKind.NUMBER, Decimal("NaN"), "a whole number or a finite Decimal"),
            (FieldKind.FLAG, 1, "true or false"),
            (FieldKind.DATE, NOON, "a date"),
            (FieldKind.DATE, "2026-03-02", "a date"),
            (FieldKind.INSTANT, NOON.replace(tzinfo=None), "an aware datetime"),
            (FieldKind.INSTANT, DAY, "an aware datetime"),
            (FieldKind.CHOICE, ("red",), "a text that is not blank"),
            (FieldKind.CHOICES, "red", "several texts"),
            (FieldKind.CHOICES, ("red", 7), "several texts"),
            (FieldKind.CHOICES, ["red"], "several texts"),
            (FieldKind.PERSON, " ", "the name of a person"),
            (FieldKind.CONFIGURATION_ITEM, "CI-1", "the id of a configuration item"),
        ],
    )
    def test_an_answer_of_another_type_is_told(self, kind, value, wanted):
        options = COLORS if kind in {FieldKind.CHOICE, FieldKind.CHOICES} else {}

        assert wrong(field(kind, **options), value) == (
            "wrong_type",
            f"'it' must be {wanted}, not {value!r}",
        )

    @pytest.mark.parametrize(
        ("kind", "options", "value", "expected"),
        [
            (FieldKind.TEXT, {"least": 3}, "xy", "'it' must be at least 3 long, not 'xy'"),
            (FieldKind.TEXT, {"most": 1}, "xy", "'it' must be at most 1 long, not 'xy'"),
            (FieldKind.WHOLE_NUMBER, {"least": 3}, 2, "'it' must be at least 3, not 2"),
            (FieldKind.WHOLE_NUMBER, {"most": 3}, 4, "'it' must be at most 3, not 4"),
            (
                FieldKind.NUMBER,
                {"most": Decimal("3.5")},
                Decimal("3.51"),
                "'it' must be at most 3.5, not Decimal('3.51')",
            ),
            (FieldKind.DATE, {"least": DAY}, DAY - timedelta(1), None),
            (FieldKind.INSTANT, {"most": NOON}, NOON + timedelta(0, 1), None),
            (
                FieldKind.CHOICES,
                {**COLORS, "least": 1},
                (),
                "'it' must be at least 1 in number, not ()",
            ),
            (FieldKind.CHOICES, {**COLORS, "most": 1}, ("red", "blue"), None),
        ],
    )
    def test_what_is_out_of_bounds_is_told(self, kind, options, value, expected):
        rule, text = wrong(field(kind, **options), value)

        assert rule == "out_of_bounds"
        assert expected in {None, text}

    @pytest.mark.parametrize(
        ("kind", "value", "rule"),
        [
            (FieldKind.CHOICE, "pink", "not_a_choice"),
            (FieldKind.CHOICES, ("red", "pink"), "not_a_choice"),
            (FieldKind.CHOICES, ("red", "red"), "chosen_twice"),
        ],
    )
    def test_what_is_no_choice_is_told(self, kind, value, rule):
        assert wrong(field(kind, **COLORS), value)[0] == rule

    def test_a_text_has_to_match_as_a_whole(self):
        assert wrong(field(pattern="[a-z]+"), "xy7") == (
            "no_match",
            "'it' must match [a-z]+, not 'xy7'",
        )


class TestFields:
    def test_what_is_kept_as_a_default_does_not_change(self):
        berlin = timezone(timedelta(hours=1))
        many = field(FieldKind.CHOICES, default=["red"], **COLORS)
        at = field(FieldKind.INSTANT, default=NOON.astimezone(berlin), least=NOON)

        assert many.default == ("red",)
        assert at.default == NOON
        assert at.default.tzinfo == at.least.tzinfo == pendulum.UTC

    def test_choices_are_named_once(self):
        assert field(FieldKind.CHOICE, choices=["red", "blue", "red"]).choices == ("red", "blue")

    @pytest.mark.parametrize(
        ("make", "error", "words"),
        [
            (lambda: FormField(""), ValueError, "a field's name must not be blank"),
            (lambda: FormField("it", "text"), TypeError, "kind must be a FieldKind"),
            (lambda: field(label=""), ValueError, "label must not be blank"),
            (lambda: field(required=1), TypeError, "required must be a bool"),
            (lambda: field(when="kind"), TypeError, "when must be an AskedWhen or None"),
            (lambda: field(FieldKind.CHOICE), ValueError, "field 'it': a choice needs `choices`"),
            (lambda: field(FieldKind.CHOICES), ValueError, "field 'it': choices need `choices`"),
            (
                lambda: field(choices=["a"]),
                ValueError,
                "field 'it': choices go with choice or choices; it is a text",
            ),
            (lambda: field(FieldKind.CHOICE, choices="ab"), TypeError, "choices must be several"),
            (lambda: field(pattern="("), ValueError, "field 'it': '(' is no pattern: missing )"),
            (lambda: field(pattern=7), TypeError, "pattern must be a str"),
            (
                lambda: field(FieldKind.DATE, pattern="x"),
                ValueError,
                "field 'it': a pattern is for a text, not for a date",
            ),
            (lambda: field(FieldKind.FLAG, least=1), ValueError, "least does not go with a flag"),
            (lambda: field(FieldKind.PERSON, most=1), ValueError, "most does not go with a person"),
            (
                lambda: field(FieldKind.CHOICE, choices=["a"], most=1),
                ValueError,
                "most does not go with a choice",
            ),
            (
                lambda: field(FieldKind.CONFIGURATION_ITEM, least=1),
                ValueError,
                "least does not go with a configuration_item",
            ),
            (lambda: field(least=-1), ValueError, "least must be how long"),
            (lambda: field(most=True), ValueError, "most must be how long"),
            (lambda: field(most=Decimal(5)), ValueError, "not Decimal('5')"),
            (
                lambda: field(FieldKind.CHOICES, most=1.5, choices=["a"]),
                ValueError,
                "most must be how many",
            ),
            (
                lambda: field(FieldKind.WHOLE_NUMBER, most=Decimal(5)),
                ValueError,
                "most must be a whole number, not Decimal('5')",
            ),
            (
                lambda: field(FieldKind.NUMBER, least=Decimal("NaN")),
                ValueError,
                "least must be a whole number or a finite Decimal",
            ),
            (lambda: field(FieldKind.NUMBER, least=1.5), ValueError, "not 1.5"),
            (lambda: field(FieldKind.DATE, least=NOON), ValueError, "least must be a date"),
            (lambda: field(FieldKind.DATE, least=5), ValueError, "least must be a date, not 5"),
            (
                lambda: field(FieldKind.INSTANT, most=NOON.replace(tzinfo=None)),
                ValueError,
                "most must be an aware datetime",
            ),
            (lambda: field(FieldKind.INSTANT, most=DAY), ValueError, "most must be an aware"),
            (
                lambda: field(FieldKind.WHOLE_NUMBER, least=3, most=2),
                ValueError,
                "field 'it': nothing is at least 3 and at most 2",
            ),
            (
                lambda: field(default=7),
                ValueError,
                "field 'it': its default: 'it' must be a text that is not blank, not 7",
            ),
            (
                lambda: field(FieldKind.WHOLE_NUMBER, default=7, most=5),
                ValueError,
                "its default: 'it' must be at most 5",
            ),
            (
                lambda: field(FieldKind.INSTANT, default=NOON.replace(tzinfo=None)),
                ValueError,
                "its default: 'it' must be an aware datetime",
            ),
            (lambda: AskedWhen("", ["a"]), ValueError, "field must not be blank"),
            (lambda: AskedWhen("it", "abc"), TypeError, "values must be several"),
            (lambda: AskedWhen("it", []), ValueError, "values must name at least one"),
            (
                lambda: AskedWhen("it", [{}]),
                TypeError,
                "each of values must be one value or several",
            ),
            (lambda: Form(["it"]), TypeError, "each of fields must be a FormField, not 'it'"),
        ],
    )
    def test_bad_fields_are_refused(self, make, error, words):
        with pytest.raises(error) as caught:
            make()

        assert words in str(caught.value)


LAPTOP = Form(
    [
        FormField("model", FieldKind.CHOICE, choices=["light", "strong"], required=True),
        FormField("memory", FieldKind.WHOLE_NUMBER, least=8, default=16),
        FormField("dock", FieldKind.FLAG, when=AskedWhen("model", ["strong"]), default=True),
        FormField("ports", FieldKind.CHOICES, choices=["usb", "video"], required=True),
        FormField("screen", required=True, when=AskedWhen("ports", ["video"])),
        FormField("from", FieldKind.INSTANT),
    ]
)


def reasons(values):
    return [(one.rule, one.text) for one in LAPTOP.why_not(values)]


class TestForms:
    def test_answers_are_kept_with_the_defaults_of_what_is_asked(self):
        kept = LAPTOP.filled({"model": "light", "ports": ["usb"], "from": None})

        assert kept == {"model": "light", "ports": ("usb",), "memory": 16}
        assert hash(kept) == hash(LAPTOP.filled({"model": "light", "ports": ["usb"]}))
        assert reasons(kept) == []

    def test_a_default_waits_for_its_question(self):
        kept = LAPTOP.filled({"model": "strong", "ports": ["usb"], "memory": 8})

        assert (kept["dock"], kept["memory"]) == (True, 8)

    def test_nothing_stays_nothing(self):
        assert Form().filled({}) == {}
        assert Form().why_not({}) == ()

    def test_values_are_kept_in_one_way(self):
        at = NOON.astimezone(timezone(timedelta(hours=9)))
        kept = Form().filled(
            {"at": at, "some": {"b", "a"}, "frozen": frozenset("a"), "size": Size.LARGE}
        )

        assert kept == {"at": NOON, "some": ("a", "b"), "frozen": ("a",), "size": "large"}
        assert kept["at"].tzinfo is pendulum.UTC
        assert type(kept["size"]) is str

    def test_a_date_is_kept_as_a_date_alone(self):
        assert type(Form().filled({"on": pendulum.date(2026, 3, 2)})["on"]) is dt.date
        assert Form().filled({"at": NOON.replace(tzinfo=None)})["at"] == NOON.replace(tzinfo=None)

    def test_what_can_change_is_refused(self):
        with pytest.raises(
            TypeError, match="a form: the answer to 'it' must be one value or several"
        ):
            Form().filled({"it": {"a": 1}})

    @pytest.mark.parametrize(
        ("values", "text"),
        [
            (["memory"], "a form takes answers by the names of their fields, not ['memory']"),
            ("memory=16", "a form takes answers by the names of their fields, not 'memory=16'"),
            (None, "a form takes answers by the names of their fields, not None"),
            ({1: 16}, "a form: the name of a field must be a str, not 1"),
            ({"ports": [["usb"]]}, "a form: the answer to 'ports' must be one value or several"),
            ({"from": {"on": 1}}, "nothing that can change: {'on': 1}"),
        ],
    )
    @pytest.mark.parametrize("of", ["filled", "read", "why_not"])
    def test_what_can_be_no_answers_is_told_with_the_field(self, of, values, text):
        with pytest.raises(TypeError) as caught:
            getattr(LAPTOP, of)(values)

        assert text in str(caught.value)

    def test_several_answers_may_come_as_a_list(self):
        assert reasons({"model": "light", "ports": ["usb"]}) == []

    def test_all_that_is_wrong_is_told_at_once_in_order(self):
        wrongs = reasons(
            {"modell": "light", "memory": 4, "dock": True, "ports": ("video",), "from": DAY}
        )

        assert wrongs == [
            ("unknown_field", "there is no field 'modell'; did you mean 'model'?"),
            ("not_asked", "'dock' is not asked for with these answers"),
            ("missing_field", "'model' is missing"),
            ("out_of_bounds", "'memory' must be at least 8, not 4"),
            ("missing_field", "'screen' is missing"),
            ("wrong_type", f"'from' must be an aware datetime, not {DAY!r}"),
        ]

    def test_an_unknown_field_is_told_with_what_there_is(self):
        (reason,) = Form([FormField("size")]).why_not({"xyz": 1})

        assert reason.text == "there is no field 'xyz'; fields: size"
        assert Form().why_not({"xyz": 1})[0].text == "there is no field 'xyz'; fields: none"

    def test_to_choose_nothing_is_no_answer_to_a_required_question(self):
        assert ("missing_field", "'ports' is missing") in reasons({"model": "light", "ports": ()})

    def test_a_form_that_can_be_asked_has_no_defects(self):
        assert [*LAPTOP.defects()] == []

    def test_all_defects_of_a_form_are_told_at_once(self):
        form = Form(
            [
                FormField("early", when=AskedWhen("late", ["x"])),
                FormField("color", FieldKind.CHOICE, **COLORS),
                FormField("late", when=AskedWhen("color", ["red", "pink"])),
                FormField("late", FieldKind.CHOICES, least=2, **COLORS),
                FormField("many", FieldKind.CHOICES, least=2, **COLORS),
                FormField("flag", FieldKind.FLAG, when=AskedWhen("many", ["red", "grey"])),
                FormField("last", when=AskedWhen("flag", [1])),
            ]
        )

        never = "depends on an answer never given"
        assert [(one.rule, one.text) for one in form.defects()] == [
            ("unknown_reference", "field 'early' depends on 'late', none before it"),
            ("not_a_choice", f"field 'late' {never}: 'color' {AMONG} 'pink'"),
            ("duplicate_name", "field 'late' is named twice"),
            ("not_a_choice", f"field 'flag' {never}: 'many' {AMONG} 'grey'"),
            ("wrong_type", f"field 'last' {never}: 'flag' must be true or false, not 1"),
        ]


class TestReading:
    @pytest.mark.parametrize(
        ("kind", "text", "answer"),
        [
            (FieldKind.TEXT, " as it is ", " as it is "),
            (FieldKind.WHOLE_NUMBER, "16", 16),
            (FieldKind.WHOLE_NUMBER, " -7 ", -7),
            (FieldKind.NUMBER, "16", 16),
            (FieldKind.NUMBER, "-1.50", Decimal("-1.50")),
            (FieldKind.FLAG, "true", True),
            (FieldKind.FLAG, "On", True),
            (FieldKind.FLAG, "no", False),
            (FieldKind.FLAG, "0", False),
            (FieldKind.DATE, "2026-03-02", DAY),
            (FieldKind.INSTANT, "2026-03-02T12:00:00Z", NOON),
            (FieldKind.INSTANT, "2026-03-02T13:00+01:00", NOON),
            (FieldKind.CHOICE, "red", "red"),
            (FieldKind.CHOICE, " red ", "red"),
            (FieldKind.CHOICES, "red", ("red",)),
            (FieldKind.CHOICES, ["red", "", " "], ("red",)),
            (FieldKind.CHOICES, ["red", "blue"], ("red", "blue")),
            (FieldKind.PERSON, "ana", "ana"),
            (FieldKind.CONFIGURATION_ITEM, "CI-1", CI),
            # What is no text is read already.
            (FieldKind.WHOLE_NUMBER, 16, 16),
            (FieldKind.FLAG, False, False),
            (FieldKind.DATE, DAY, DAY),
        ],
    )
    def test_a_text_becomes_an_answer_that_will_do(self, kind, text, answer):
        options = COLORS if kind in {FieldKind.CHOICE, FieldKind.CHOICES} else {}
        form = Form([field(kind, required=True, **options)])
        read = form.read({"it": text})

        assert read == {"it": answer}
        assert type(read["it"]) in {type(answer), pendulum.DateTime}
        assert form.why_not(read) == ()

    @pytest.mark.parametrize(
        ("kind", "text"),
        [
            *((FieldKind.WHOLE_NUMBER, text) for text in ("much", "1.0", "1e3", "1_000", "\u0663")),
            (FieldKind.WHOLE_NUMBER, "9" * 5000),
            *((FieldKind.NUMBER, text) for text in ("1,5", "NaN", "1e3", ".5", "1.")),
            (FieldKind.FLAG, "maybe"),
            *((FieldKind.DATE, text) for text in ("02.03.2026", "2026-02-30", "tomorrow")),
            *((FieldKind.INSTANT, text) for text in ("2026-03-02T12:00", "noon")),
        ],
    )
    def test_what_cannot_be_read_stays_a_text_and_is_told_with_its_field(self, kind, text):
        form = Form([field(kind)])
        (reason,) = form.why_not(form.read({"it": text}))

        assert form.read({"it": text}) == {"it": text}
        assert reason.rule == "wrong_type"
        assert reason.text.startswith("'it' must be ")

    @pytest.mark.parametrize("blank", ["", "  ", None, [], ["", " "]])
    def test_what_is_blank_is_no_answer(self, blank):
        form = Form([field(required=True)])

        assert form.read({"it": blank}) == {}
        assert [one.text for one in form.why_not(form.read({"it": blank}))] == ["'it' is missing"]

    def test_what_has_no_question_is_told_as_it_is(self):
        (reason,) = Form([field()]).why_not(Form([field()]).read({"size": "16"}))

        assert reason.text == "there is no field 'size'; fields: it"
