"""
Other programs at the databases of stores, and what stores say to their own.
"""

from __future__ import annotations

import contextlib
import sqlite3

import psycopg

from sqlalchemy import event
from sqlalchemy.engine import make_url

from itil_ops import StaleRecordError, TransientStoreError


def path_of(url):
    return make_url(url).database


@contextlib.contextmanager
def other_program(url):
    """
    Connect to the database of *url* as another program would, each statement by itself.
    """
    if url.startswith("sqlite"):
        connection = sqlite3.connect(path_of(url), isolation_level=None, timeout=10)
    else:
        connection = psycopg.connect(url, autocommit=True)
    with contextlib.closing(connection):
        yield connection


def execute(url, *statements):
    """
    Execute *statements* as another program, and return what the last of them found, if anything.
    """
    with other_program(url) as connection:
        for statement in statements:
            cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


@contextlib.contextmanager
def just_before(store, statement, do):
    """
    Do something once, right before *store* executes a statement that begins with *statement*.
    """
    rest = [do]

    def watch(connection, cursor, executed, *_):
        if rest and executed.startswith(statement):
            rest.pop()()

    event.listen(store._opened.engine, "before_cursor_execute", watch)
    yield
    event.remove(store._opened.engine, "before_cursor_execute", watch)
    assert not rest


def retried(store, work):
    """
    Return what *work* returns of the incidents of a unit of *store*, tried until it is committed.
    """
    while True:
        try:
            with store.unit() as unit:
                result = work(unit.incidents)
                unit.commit()
        except (TransientStoreError, StaleRecordError):
            continue
        return result
