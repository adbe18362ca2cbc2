"""
Both databases, and what opens stores in them.
"""

from __future__ import annotations

import contextlib

import pytest

from itil_ops.adapters.serialization import Codec
from itil_ops.adapters.sql import open_store
from repositories.making import next_of_each


DATABASES = {"SQLite": "sqlite_url", "PostgreSQL": "postgresql_url"}


@pytest.fixture(params=DATABASES.values(), ids=list(DATABASES))
def url(request):
    return request.getfixturevalue(request.param)


CODEC = Codec()  # it takes longer to make one than most tests take


@pytest.fixture
def opened():
    """
    Open stores, which are closed at the end.
    """
    with contextlib.ExitStack() as stack:

        def opens(at, **options):
            store = open_store(at, **{"codec": CODEC} | options)
            stack.callback(store.close)
            return store

        yield opens


@pytest.fixture
def store(opened, url):
    return opened(url)


@pytest.fixture
def planning(opened, url):
    return opened(url, due=next_of_each)
