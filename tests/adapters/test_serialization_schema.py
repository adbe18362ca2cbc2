"""
The JSON Schema says what is written: neither more nor less.
"""

from __future__ import annotations

import copy

import pytest

from hypothesis import given
from hypothesis import strategies as st

from incident_doubles import standing
from itil_ops import Actor, Incident, PendingReason, ServiceLevelAgreement, Slice, Target
from itil_ops.adapters.serialization import Codec, Upcaster
from itil_ops.testing import strategies
from serialization_doubles import Address, Color, Site, Supplier, VendorIncident, is_valid, tried


CODEC = Codec()
ALL = CODEC.json_schema()
INCIDENT = CODEC.json_schema(Incident)


def places(data, path=()):
    """
    Yield the way to each object and each value in plain structures.
    """
    yield path, data
    if isinstance(data, dict):
        for name, one in data.items():
            yield from places(one, (*path, name))
    if isinstance(data, list):
        for place, one in enumerate(data):
            yield from places(one, (*path, place))


def at(data, path):
    for step in path:
        data = data[step]
    return data


def is_open(path):
    """
    Whether keys may be missing or added there: changed fields, or names of a policy's.
    """
    return path[-1:] in {("changes",), ("decided",)}


class TestWhatIsWritten:
    @tried(25)
    @given(strategies.values())
    def test_it_is_of_the_schema_of_its_kind(self, value):
        told = CODEC.dump(value)

        assert is_valid(CODEC.json_schema(type(value)), told)

    @tried(12)
    @given(strategies.incidents(steps=2), st.data())
    def test_with_a_key_more_or_less_it_is_not(self, incident, data):
        told = CODEC.dump(incident)
        found = [path for path, one in places(told) if isinstance(one, dict)]
        path = data.draw(st.sampled_from([one for one in found if not is_open(one)]))
        more, less = copy.deepcopy(told), copy.deepcopy(told)
        at(more, path)["more"] = None
        del at(less, path)[data.draw(st.sampled_from(sorted(at(less, path))))]

        assert is_valid(INCIDENT, told)
        assert not is_valid(INCIDENT, more)
        assert not is_valid(INCIDENT, less)

    @tried(12)
    @given(strategies.incidents(steps=2), st.data())
    def test_with_a_value_of_another_type_it_is_not(self, incident, data):
        told = CODEC.dump(incident)
        found = [path for path, _ in places(told) if path and path[-2:-1] != ("decided",)]
        path = data.draw(st.sampled_from(found))
        at(told, path[:-1])[path[-1]] = 0.5

        assert not is_valid(INCIDENT, told)


class TestSchemas:
    def test_all_kinds_together_are_those_of_each(self):
        told = CODEC.dump(standing("closed", "escalate"))

        assert is_valid(ALL, told)
        assert is_valid(INCIDENT, told)
        assert not is_valid(CODEC.json_schema(Actor), told)

    def test_the_dialect_is_named_and_every_reference_is_there(self):
        assert ALL["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        for schema in (ALL, INCIDENT, CODEC.json_schema(ServiceLevelAgreement)):
            targets = {one for path, one in places(schema) if path and path[-1] == "$ref"}
            assert targets <= {f"#/$defs/{name}" for name in schema["$defs"]}

    def test_what_is_not_needed_is_left_out(self):
        assert CODEC.json_schema(PendingReason)["$defs"].keys() == {
            "pending_reason",
            "pending_reason.envelope",
        }

    def test_a_callers_own_is_described_too(self):
        codec = Codec(
            records=[VendorIncident],
            values=[Supplier, Color, Address, Site],
            upcasters=[Upcaster("address", 1, dict)],
        )
        whole = codec.json_schema(VendorIncident)

        assert {"vendor_incident", "visit", "visit_id", "supplier"} <= whole["$defs"].keys()
        address = codec.json_schema(Site)["$defs"]["site"]["properties"]["address"]
        assert address == {"$ref": "#/$defs/address.envelope"}

    def test_parts_are_those_that_are_registered(self):
        parts = INCIDENT["$defs"]["incident"]["properties"]["parts"]

        kinds = ("major_problem_review", "approval", "fulfillment_task")
        items = [{"$ref": f"#/$defs/{kind}.envelope"} for kind in kinds]
        assert parts == {"type": "array", "items": {"anyOf": items}}

    def test_what_is_not_registered_has_none(self):
        with pytest.raises(ValueError, match="Site is not registered"):
            CODEC.json_schema(Site)

    def test_enumerations_and_functions_are_listed(self):
        told = CODEC.json_schema(Target)["$defs"]

        assert told["phase"]["enum"][:2] == ["active", "waiting"]
        assert "always" in told["function"]["enum"]
        assert is_valid(CODEC.json_schema(Slice), CODEC.dump(Slice((1, None, 0.5, "a"), None)))
