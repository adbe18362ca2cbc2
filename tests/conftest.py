"""
Databases that are there for a test, and two sizes of run.

Besides the ordinary size there is `pytest --hypothesis-profile=long`.

It tries each property of clocks and calendars on 2,500 examples: 20,000 and more against
the oracle that looks at a calendar minute by minute.
"""

from __future__ import annotations

import pytest

from hypothesis import HealthCheck, settings

from stores import postgresql_schema, postgresql_server


settings.register_profile(
    "long",
    max_examples=2_500,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.fixture(scope="session")
def postgresql():
    with postgresql_server() as server:
        yield server


@pytest.fixture
def postgresql_url(postgresql):
    with postgresql_schema(postgresql) as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path):
    return f"sqlite:///{tmp_path / 'desk.db'}"
