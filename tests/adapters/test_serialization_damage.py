"""
Damaged text is refused, or read as something of the same type; nothing else ever comes of it.
"""

from __future__ import annotations

import json

import pytest

from hypothesis import given
from hypothesis import strategies as st

from incident_doubles import standing
from itil_ops import Incident, SerializationError, Slice
from itil_ops.adapters.serialization import Codec, Upcaster
from itil_ops.testing import strategies
from serialization_doubles import Address, Site, from_one_line, tried, with_a_country


CODEC = Codec(
    values=[Address, Site],
    upcasters=[Upcaster("address", 1, from_one_line), Upcaster("address", 2, with_a_country)],
)
TEXT = CODEC.dumps(standing("closed", "escalate", "communicate"))


def read(text):
    """
    Return what is read, or the refusal; any other error is ours to mend.
    """
    try:
        return CODEC.loads(text)
    except SerializationError as error:
        return error


scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3), st.just("a\0")
)
junk = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["kind", "schema", "data", "x"]), inner, max_size=3)
    ),
    max_leaves=4,
)


def slots(data):
    """
    Yield each container in plain structures with each of its keys or positions.
    """
    inside = data.items() if isinstance(data, dict) else enumerate(data)
    for place, one in inside:
        yield data, place
        if isinstance(one, dict | list):
            yield from slots(one)


class TestDamage:
    @tried(60)
    @given(strategies.values(), st.data())
    def test_any_value_in_any_place(self, value, data):
        told = CODEC.dump(value)
        holder, place = data.draw(st.sampled_from([*slots(told)]))
        holder[place] = data.draw(junk)

        found = read(json.dumps(told))

        if not isinstance(found, SerializationError):
            assert type(found) is type(value)
            assert CODEC.loads(CODEC.dumps(found)) == found

    @tried(60)
    @given(st.integers(0, len(TEXT)), st.integers(0, 40), st.text(max_size=4))
    def test_any_cut_and_any_insertion(self, start, length, inserted):
        found = read(TEXT[:start] + inserted + TEXT[start + length :])

        assert isinstance(found, SerializationError | Incident)

    @pytest.mark.parametrize("length", [0, 1, 50, len(TEXT) // 2, len(TEXT) - 1])
    def test_truncated(self, length):
        assert "it is no JSON" in read(TEXT[:length]).why

    @pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 5000])
    def test_numbers_that_are_none(self, number):
        found = read(f'{{"kind":"slice","schema":1,"data":{{"items":[{number}],"next":null}}}}')

        assert isinstance(found, SerializationError)

    def test_a_key_twice(self):
        text = TEXT.replace('"vip":false', '"vip":false,"vip":true', 1)

        assert "the key 'vip' stands twice" in read(text).why

    @pytest.mark.parametrize("count", [600, 20_000])
    @pytest.mark.parametrize(
        ("opening", "closing"),
        [
            ("[", "]"),
            ('{"kind":"tuple","schema":1,"data":[', "]}"),
            ('{"kind":"in_zone","schema":1,"data":{"zone":"UTC","calendar":', "}}"),
            ('{"x":', "}"),
        ],
    )
    def test_nested_deeply(self, opening, closing, count):
        found = read(opening * count + "null" + closing * count)

        assert isinstance(found, SerializationError)

    def test_plain_structures_nested_deeply(self):
        data, value = [], ()
        for _ in range(30_000):
            data, value = [data], (value,)

        for call, subject in (
            (CODEC.load, {"kind": "tuple", "schema": 1, "data": data}),
            (CODEC.dump, Slice((value,), None)),
            (CODEC.dumps, Slice((value,), None)),
        ):
            with pytest.raises(SerializationError, match="nested too deeply"):
                call(subject)

    @pytest.mark.parametrize(
        "old", ['{"line":7}', '{"street":"a"}', "null", "[]", '{"line":"a","town":"b"}']
    )
    def test_old_data_that_cannot_be_lifted(self, old):
        for schema in (1, 2, 3):
            found = read(f'{{"kind":"address","schema":{schema},"data":{old}}}')
            assert isinstance(found, SerializationError | Address)
