"""
Words of a text, as they are compared: whatever their case, accents and way of being encoded.
"""

from __future__ import annotations

import re

from typing import TYPE_CHECKING
from unicodedata import category, normalize


if TYPE_CHECKING:
    from collections.abc import Iterator


_PART = r"[^\W_]+"
_PARTS = re.compile(_PART)
_WHOLE = re.compile(rf"{_PART}(?:[-_.:/@\\]{_PART})*")
_ACCENTS = re.compile("[\N{COMBINING GRAVE ACCENT}-\N{COMBINING LATIN SMALL LETTER X}]")


def words_in(text: str) -> Iterator[str]:
    """
    Yield the words of *text*, in order; what is written together comes in its parts and as a whole.

    No word is left out for being common, and none is cut to a stem: what a word tells is counted,
    and endings differ from language to language. A script that sets no blanks takes a function of
    the caller's instead.

    >>> list(words_in("Échec: ORA-00600 again"))
    ['echec', 'ora', '00600', 'ora-00600', 'again']
    """
    for whole in _WHOLE.findall(folded(text)):
        parts = _PARTS.findall(whole)
        yield from parts
        if len(parts) > 1:
            yield whole


def folded(text: str) -> str:
    """
    Return *text* without case and accents.

    >>> folded("Straße, ﬁle, Ångström")
    'strasse, file, angstrom'
    """
    if text.isascii():
        return text.lower()
    for _ in range(2):  # letters that come to light in the first round may have a case again
        text = normalize("NFKD", text.casefold())
    composed = normalize("NFC", _ACCENTS.sub("", text))
    # Signs beside and above letters, as in Hindi or Hebrew, would tear a word apart.
    return "".join(letter for letter in composed if category(letter)[0] != "M")
