"""
The words of known errors are those of the domain, written as they are stored.
"""

from __future__ import annotations

import pytest

from itil_ops.problem.known_error.facts import KnownErrorFacts
from itil_ops.problem.known_error.fields import KNOWN_ERROR_FIELDS
from itil_ops.problem.known_error.search import Searchable
from itil_ops.problem.known_error.vocabulary import KnownErrorSource, RetirementReason
from known_error_doubles import standing


@pytest.mark.parametrize(
    ("vocabulary", "values"),
    [
        (KnownErrorSource, {"problem", "development", "supplier"}),
        (RetirementReason, {"obsolete", "raised_in_error", "not_reproducible", "duplicate"}),
    ],
)
def test_its_values_are_those_of_the_domain(vocabulary, values):
    assert {str(member) for member in vocabulary} == values


def test_what_is_checked_is_a_field():
    fields = {field.name for field in KnownErrorFacts.__attrs_attrs__}
    assert set(KNOWN_ERROR_FIELDS) <= fields


def test_a_search_finds_on_it_all_that_it_reads():
    known_error = standing("published", services=["email"], keywords=["mail"])
    wanted = [name for name in vars(Searchable) if not name.startswith("_")]
    assert "is_searchable" in wanted
    assert all(hasattr(known_error, name) for name in wanted)
