"""
National holidays, from the package `holidays` (extra `holidays`).

That package knows them as a country's law gives them. What it would pass over in silence is refused
here: a language or a year that it does not know, for too few holidays are deadlines too early.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Protocol, cast

from itil_ops.adapters.years import read_years
from itil_ops.errors import CalendarError
from itil_ops.kernel.checks import check_optional, check_type, several
from itil_ops.kernel.extras import imported
from itil_ops.sla.hours.timeline import FIRST_YEAR, LAST_YEAR


if TYPE_CHECKING:
    import datetime as dt

    from collections.abc import Collection, Iterable, Mapping


#: Codes of a message, which is enough for the parts of any country but not for countries.
_SHOWN = 60


class _Package(Protocol):
    """
    What is used of the package, all of it there since its version 0.60.
    """

    def list_supported_countries(self) -> Mapping[str, Collection[str]]: ...

    def country_holidays(self, country: str, **options: object) -> _Holidays: ...


class _Holidays(Protocol):
    default_language: str | None
    supported_languages: Collection[str]
    supported_categories: Collection[str]

    def items(self) -> Iterable[tuple[dt.date, str]]: ...


def national_holidays(
    country: str,
    years: int | Iterable[int],
    *,
    subdivision: str | None = None,
    observed: bool = True,
    language: str | None = None,
    categories: Iterable[str] | None = None,
) -> dict[dt.date, str]:
    """
    Return the name of each holiday of a country, ready to be the holidays of a calendar.

    Several on one day are joined by a semicolon.

    Args:
        country: Its ISO 3166 code, like `"GB"`.

        years: Those that are wanted: one, a range, or several.

        subdivision: Code of a part of the country, like `"SCT"`; without one, the holidays that
            all parts share.

        observed: Whether the days count, too, on which a holiday is made up for that falls on a
            weekend.

        language: Language of the names, like `"en_US"`; the country's own by default, whatever
            the locale of the process.

        categories: Which sorts count, like `"public"` and `"bank"`; public ones by default.

    Raises:
        MissingExtraError: The package is not installed.

        TypeError: An argument is of another type than it should be.

        ValueError: There are no years.

        CalendarError: A country, subdivision, language, category or year is not known.

    >>> from datetime import date
    >>> national_holidays("GB", 2027, subdivision="SCT")[date(2027, 12, 27)]
    'Christmas Day (observed)'
    >>> national_holidays("GB", 2027, subdivision="SCO")
    Traceback (most recent call last):
    ...
    itil_ops.errors.CalendarError: no subdivision 'SCO' of 'GB' is known; nearest: 'SCT'
    """
    package = cast("_Package", imported("holidays", "holidays"))
    wanted = read_years(years)
    known = _known_parts(package, country, check_optional(subdivision, str, "subdivision"))
    _check_years(wanted, known, country)
    kinds = None if categories is None else several(categories, str, "categories")
    for kind in kinds or ():
        _check_known(kind, known.supported_categories, f"category {kind!r} of {country!r}")
    tongue = check_optional(language, str, "language") or known.default_language
    if language is not None:
        _check_known(language, known.supported_languages, f"language {language!r} of {country!r}")
    found = package.country_holidays(
        country,
        subdiv=subdivision,
        years=wanted,
        expand=False,
        observed=check_type(observed, bool, "observed"),
        language=tongue,
        categories=kinds,
    )
    return dict(sorted(found.items()))


def _known_parts(package: _Package, country: str, subdivision: str | None) -> _Holidays:
    countries = package.list_supported_countries()
    check_type(country, str, "country")
    _check_known(country, countries, f"country {country!r}")
    if subdivision is not None:
        _check_known(subdivision, countries[country], f"subdivision {subdivision!r} of {country!r}")
    return package.country_holidays(country)


def _check_known(code: str, known: Collection[str], subject: str) -> None:
    if code in known:
        return
    folded = {name.casefold(): name for name in known}
    nearest = [folded[name] for name in get_close_matches(code.casefold(), folded)]
    shown = nearest or sorted(known)[:_SHOWN]
    advice = "nearest: " if nearest else "there are " if len(known) <= _SHOWN else "one is like "
    raise CalendarError(f"no {subject} is known; {advice}{', '.join(map(repr, shown)) or 'none'}")


def _check_years(years: tuple[int, ...], known: _Holidays, country: str) -> None:
    # Older versions of the package do not say which years they know.
    first: int = getattr(known, "start_year", FIRST_YEAR)
    last: int = getattr(known, "end_year", LAST_YEAR)
    for year in years:
        if not first <= year <= last:
            raise CalendarError(
                f"the holidays of {country!r} are known from {first} to {last}, not for {year}"
            )
