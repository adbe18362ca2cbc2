"""
National holidays come with their names, for the years that are asked for, or not at all.
"""

from __future__ import annotations

import sys

from datetime import UTC, date, datetime

import pytest

from itil_ops.adapters.holidays import national_holidays
from itil_ops.errors import CalendarError, MissingExtraError
from itil_ops.sla.hours.calendar import BusinessCalendar


CHRISTMAS = date(2027, 12, 25)  # a Saturday
MADE_UP_FOR = date(2027, 12, 27)
NEW_YEAR = date(2026, 1, 1)


class TestHolidays:
    def test_a_country_has_its_holidays(self):
        found = national_holidays("GB", 2027)

        assert (found[CHRISTMAS], found[date(2027, 3, 26)]) == ("Christmas Day", "Good Friday")

    def test_observed_days_count(self):
        assert national_holidays("GB", 2027)[MADE_UP_FOR] == "Christmas Day (observed)"

    def test_observed_days_can_be_left_out(self):
        assert MADE_UP_FOR not in national_holidays("GB", 2027, observed=False)

    def test_a_subdivision_has_its_own(self):
        second = date(2026, 1, 2)

        assert second not in national_holidays("GB", 2026)
        assert second in national_holidays("GB", 2026, subdivision="SCT")

    def test_a_category_can_be_added(self):
        epiphany = date(2026, 1, 6)
        found = national_holidays("DE", 2026, subdivision="BY", categories=["public", "catholic"])

        assert found[date(2026, 8, 15)] == "Mariä Himmelfahrt"
        assert epiphany in found

    def test_several_on_one_day_are_told_together(self):
        found = national_holidays("AZ", 2026, language="en_US")

        assert found[date(2026, 5, 28)] == "Eid al-Adha; Independence Day"

    def test_a_code_of_three_letters_is_a_code(self):
        assert national_holidays("GBR", 2026) == national_holidays("GB", 2026)

    def test_they_come_in_order(self):
        found = [*national_holidays("US", [2027, 2026, 2021])]

        assert found == sorted(found)

    def test_a_calendar_takes_them(self):
        office = BusinessCalendar(
            "Europe/London",
            {"fri": [("09:00", "17:00")]},
            holidays=national_holidays("GB", 2026),
        )

        assert not office.is_open(datetime(2026, 4, 3, 12, tzinfo=UTC))  # Good Friday
        assert office.is_open(datetime(2026, 4, 10, 12, tzinfo=UTC))


class TestLanguage:
    @pytest.mark.parametrize("locale", ["C", "en_US.UTF-8", "uk"])
    def test_the_names_are_the_countrys_own_whatever_the_locale(self, monkeypatch, locale):
        monkeypatch.setenv("LANGUAGE", locale)

        assert national_holidays("DE", 2026)[NEW_YEAR] == "Neujahr"

    def test_another_can_be_asked_for(self):
        assert national_holidays("DE", 2026, language="en_US")[NEW_YEAR] == "New Year's Day"

    def test_a_country_without_translations_has_names(self):
        assert national_holidays("BB", 2026)[NEW_YEAR] == "New Year's Day"


class TestYears:
    @pytest.mark.parametrize(
        ("years", "expected"),
        [(2026, {2026}), (range(2026, 2028), {2026, 2027}), ({2028, 2026}, {2026, 2028})],
        ids=repr,
    )
    def test_those_asked_for_and_no_others(self, years, expected):
        assert {day.year for day in national_holidays("US", years)} == expected

    @pytest.mark.parametrize("years", [[], (), range(2026, 2026)], ids=repr)
    def test_none_are_refused(self, years):
        with pytest.raises(ValueError, match="at least one"):
            national_holidays("GB", years)

    @pytest.mark.parametrize("years", ["2026", None, 2026.0, True, ["2026"], [True]], ids=repr)
    def test_what_is_no_year_is_refused(self, years):
        with pytest.raises(TypeError, match="years must be an int, not"):
            national_holidays("GB", years)

    @pytest.mark.parametrize("year", [1899, 2200])
    def test_those_that_no_calendar_knows_are_refused(self, year):
        with pytest.raises(CalendarError, match=f"{year} of years is not in the years 1900 to"):
            national_holidays("GB", [2026, year])

    @pytest.mark.parametrize("year", [1990, 2150])
    def test_those_that_the_package_does_not_know_are_refused(self, year):
        with pytest.raises(CalendarError, match=f"known from 1991 to 2100, not for {year}"):
            national_holidays("DE", [2026, year])


class TestUnknown:
    @pytest.mark.parametrize(
        ("country", "advice"),
        [
            ("gb", "nearest: 'GB'"),
            ("GBX", "nearest: 'GB'"),
            ("United Kingdom", "one is like 'ABW', 'AD'"),
            ("ECB", "no country 'ECB' is known"),
            ("HolidayBase", "no country 'HolidayBase' is known"),
            ("", "no country '' is known"),
            ("G\0B", "no country"),
        ],
    )
    def test_a_country_is_refused_with_advice(self, country, advice):
        with pytest.raises(CalendarError, match=advice):
            national_holidays(country, 2026)

    @pytest.mark.parametrize(
        ("country", "subdivision", "advice"),
        [
            ("GB", "sct", "nearest: 'SCT'"),
            ("GB", "12345", "there are 'ENG', 'NIR', 'SCT', 'WLS'"),
            ("BB", "X", "there are none"),
        ],
    )
    def test_a_subdivision_is_refused_with_advice(self, country, subdivision, advice):
        with pytest.raises(CalendarError, match=f"no subdivision .*{advice}"):
            national_holidays(country, 2026, subdivision=subdivision)

    def test_a_language_is_refused_with_advice(self):
        with pytest.raises(CalendarError, match=r"no language 'en_UK' of 'GB' .*'en_GB'"):
            national_holidays("GB", 2026, language="en_UK")

    def test_a_category_is_refused_with_advice(self):
        with pytest.raises(CalendarError, match=r"no category 'bank' of 'GB' .*'public'"):
            national_holidays("GB", 2026, categories=["public", "bank"])

    @pytest.mark.parametrize(
        "wrong",
        [
            {"country": 44},
            {"subdivision": 1},
            {"observed": "yes"},
            {"language": 1},
            {"categories": "public"},
            {"categories": [1]},
        ],
        ids=repr,
    )
    def test_an_argument_of_another_type_is_refused(self, wrong):
        with pytest.raises(TypeError, match=r"must be|several"):
            national_holidays(**{"country": "GB", "years": 2026} | wrong)


def test_a_missing_package_says_which_extra_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "holidays", None)

    with pytest.raises(MissingExtraError, match=r"itil_ops\[holidays\]"):
        national_holidays("GB", 2026)
