"""
Cursors: what is written is read again, and nothing else is.
"""

from __future__ import annotations

import string

import pytest

from hypothesis import given
from hypothesis import strategies as st

from examples_of_runs import tried
from itil_ops.repositories import check_limit, read_cursor, write_cursor


TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
KEYS = st.lists(st.integers(-(2**63), 2**63 - 1) | TEXTS)
NEAR_TEXTS = st.sampled_from(["", "7", ",", '"'])
NEAR_KEYS = st.lists(NEAR_TEXTS | st.just(7), max_size=2)
CURSOR = write_cursor("inc", 7, "a\N{SNOWMAN}")
SHAPE = (int, str)


class TestCursors:
    @tried(200)
    @given(TEXTS, KEYS)
    def test_what_was_written_is_read(self, scope, key):
        cursor = write_cursor(scope, *key)

        assert read_cursor(cursor, scope, tuple(map(type, key))) == tuple(key)
        assert cursor.isascii()
        assert not set(cursor) & set("/?&+ ")

    @tried(200)
    @given(NEAR_TEXTS, NEAR_TEXTS, NEAR_KEYS, NEAR_KEYS)
    def test_different_places_have_different_cursors(self, scope, other, key, another):
        same = (scope, key) == (other, another)

        assert (write_cursor(scope, *key) == write_cursor(other, *another)) is same

    def test_one_character_changed_anywhere_is_noticed(self):
        accepted = []
        for place, written in enumerate(CURSOR):
            for other in {*string.printable, "\N{SNOWMAN}", ""} - {written}:
                changed = f"{CURSOR[:place]}{other}{CURSOR[place + 1 :]}"
                try:
                    read_cursor(changed, "inc", SHAPE)
                except ValueError:
                    continue
                accepted.append(changed)

        assert accepted == []

    @pytest.mark.parametrize("cut", range(len(CURSOR)))
    def test_what_was_cut_or_added_to_is_noticed(self, cut):
        for changed in (CURSOR[:cut], CURSOR[cut + 1 :], CURSOR + CURSOR[cut:]):
            with pytest.raises(ValueError, match="after must be a cursor of this query, not '"):
                read_cursor(changed, "inc", SHAPE)

    def test_one_of_another_list_is_refused(self):
        for scope, kind in (("inc ", "query"), ("", "query"), ("journal 1", "feed")):
            with pytest.raises(ValueError, match=f"after must be a cursor of this {kind}, not "):
                read_cursor(CURSOR, scope, SHAPE)

    @pytest.mark.parametrize("shape", [(), (int,), (str, int), (int, int), (int, str, str)])
    def test_one_of_another_shape_is_refused(self, shape):
        with pytest.raises(ValueError, match="after must be a cursor of this query"):
            read_cursor(CURSOR, "inc", shape)

    @pytest.mark.parametrize("key", [(True,), (1.0,), (None,), ([1],)])
    def test_what_is_like_a_whole_number_is_none(self, key):
        with pytest.raises(ValueError, match="after must be a cursor of this query"):
            read_cursor(write_cursor("inc", *key), "inc", (int,))

    @pytest.mark.parametrize("cursor", [0, 7.0, b"MQ==", ["inc"], object()])
    def test_what_is_no_text_is_refused(self, cursor):
        with pytest.raises(TypeError, match="after must be a str, not "):
            read_cursor(cursor, "inc", SHAPE)


class TestLimit:
    @pytest.mark.parametrize("limit", [1, 50, 10**30])
    def test_what_lets_something_through_is_one(self, limit):
        assert check_limit(limit) == limit

    @pytest.mark.parametrize("limit", [0, -1, -(10**30)])
    def test_what_lets_nothing_through_is_refused(self, limit):
        with pytest.raises(ValueError, match=f"limit must be 1 or more, not {limit}"):
            check_limit(limit)

    @pytest.mark.parametrize("limit", [None, "1", 1.0, True, False])
    def test_what_is_no_number_is_refused(self, limit):
        with pytest.raises(TypeError, match=f"limit must be an int, not {limit!r}"):
            check_limit(limit)


@pytest.mark.parametrize("key", [2**63, -(2**63) - 1, "\ud800"])
def test_what_no_store_can_have_written_is_refused(key):
    with pytest.raises(ValueError, match="after must be a cursor of this query"):
        read_cursor(write_cursor("scope", key), "scope", (type(key),))
