"""
Types of columns: the same to Python whatever the database and its settings.
"""

from __future__ import annotations

import datetime as dt

import pendulum
import pytest

from sqlalchemy import Column, MetaData, Table, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import StatementError

from adapters.sql.making import execute
from itil_ops.adapters.sql.columns import CodePoints, Utc
from itil_ops.adapters.sql.tables import MOST_ROWS
from itil_ops.kernel.instant import utc
from itil_ops.repositories import IncidentQuery, QueryOrder
from repositories.making import MICROSECOND, T0, Alone, get, held, logged, next_of_each, stepped
from stores import postgresql_schema


INSTANTS = {
    "the first": dt.datetime.min.replace(tzinfo=dt.UTC),
    "the last": dt.datetime.max.replace(tzinfo=dt.UTC),
    "a microsecond": T0 + MICROSECOND,
    "before 1970": dt.datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=dt.UTC),
    "of another zone": dt.datetime(2026, 7, 1, 12, tzinfo=dt.timezone(dt.timedelta(hours=5.75))),
    "of a repeated hour": pendulum.datetime(2026, 10, 25, 2, 30, tz="Europe/Paris"),
}
DRIVEN = Table("driven", MetaData(), Column("at", Utc), Column("name", CodePoints))

#: In the order of code points, in which no language has them.
NAMES = ["A", "Z", "a", "a b", "ab", "b", "É", "é", "\uffee", "\U0001f600"]


class TestInstants:
    @pytest.mark.parametrize("at", INSTANTS.values(), ids=list(INSTANTS))
    def test_they_come_back_to_the_microsecond(self, store, at):
        kept = Alone(store).add(logged(at=at))
        query = IncidentQuery(logged_from=at, logged_until=None, order=QueryOrder.LOGGED_AT)

        assert Alone(store).find(query).items == (kept,)
        assert get(store).logged_at == utc(at)
        assert Alone(store).count(IncidentQuery(logged_until=at)) == 0

    def test_columns_and_pages_have_them_to_the_microsecond_too(self, store):
        last = dt.datetime.max.replace(tzinfo=dt.UTC)
        for back in range(4):
            Alone(store).add(logged(f"INC-{back}", at=last - back * MICROSECOND))
        query, after, seen = IncidentQuery(order=QueryOrder.LOGGED_AT), None, []
        for _ in range(4):
            page = Alone(store).find(query, after=after, limit=1)
            seen += [record.id.value for record in page.items]
            after = page.next

        assert seen == ["INC-3", "INC-2", "INC-1", "INC-0"]
        until = IncidentQuery(logged_until=last - MICROSECOND)
        assert [record.id.value for record in Alone(store).find(until).items] == ["INC-2", "INC-3"]

    @pytest.mark.parametrize(
        "dialect", [sqlite.dialect(), postgresql.dialect()], ids=["SQLite", "PostgreSQL"]
    )
    def test_a_naive_one_is_refused(self, dialect):
        with pytest.raises(ValueError, match="must be an aware datetime, not the naive"):
            Utc().process_bind_param(dt.datetime(2026, 3, 2), dialect)

    def test_a_naive_one_never_reaches_the_database(self, store):
        with (
            store._opened.engine.connect() as connection,
            pytest.raises(StatementError, match="must be an aware datetime, not the naive"),
        ):
            connection.execute(select(DRIVEN).where(DRIVEN.c.at == dt.datetime(2026, 3, 2)))

    def test_none_stays_none(self, store):
        with store._opened.engine.connect() as connection:
            DRIVEN.create(connection)
            connection.execute(insert(DRIVEN).values(at=None))
            assert connection.execute(select(DRIVEN.c.at)).scalar_one() is None

    def test_what_comes_out_is_a_pendulum_instant_in_utc(self, store):
        with store._opened.engine.connect() as connection:
            DRIVEN.create(connection)
            connection.execute(insert(DRIVEN).values(at=INSTANTS["of another zone"]))
            found = connection.execute(select(DRIVEN.c.at)).scalar_one()

        assert type(found) is pendulum.DateTime
        assert (found.isoformat(), found.tzinfo) == ("2026-07-01T06:15:00+00:00", pendulum.UTC)

    @pytest.mark.parametrize("zone", ["Asia/Kathmandu", "America/New_York"])
    @pytest.mark.parametrize("at", [INSTANTS["the first"], T0, INSTANTS["the last"]], ids=str)
    def test_the_zone_of_a_session_does_not_matter(self, opened, postgresql_url, zone, at):
        store = opened(f"{postgresql_url}%20-ctimezone%3D{zone.replace('/', '%2F')}")
        kept = Alone(store).add(logged(at=at))

        assert held(store) == (kept,)
        (((text,),)) = execute(
            postgresql_url, "SELECT extract(epoch FROM logged_at)::text FROM itil_records"
        )
        assert dt.timedelta(seconds=float(text)) == pytest.approx(
            at - dt.datetime(1970, 1, 1, tzinfo=dt.UTC), abs=dt.timedelta(milliseconds=1)
        )


class TestText:
    def test_it_goes_by_code_point(self, store):
        for name in reversed(NAMES):
            Alone(store).add(logged(name))

        assert [record.id.value for record in held(store)] == NAMES
        seen, after = [], None
        for _ in NAMES:
            page = Alone(store).find(IncidentQuery(), after=after, limit=1)
            seen += [record.id.value for record in page.items]
            after = page.next
        assert seen == NAMES

    def test_it_does_so_whatever_the_language_of_the_database(self, opened, postgresql_url):
        opened(postgresql_url).close()
        found = execute(
            postgresql_url,
            """
            SELECT collname, string_agg(attname, ' ' ORDER BY attname)
            FROM pg_attribute JOIN pg_collation ON pg_collation.oid = attcollation
            WHERE attrelid IN ('itil_records'::regclass, 'itil_entries'::regclass,
                'itil_links'::regclass, 'itil_due'::regclass) AND attnum > 0
            GROUP BY collname
            """,
        )

        # What is only kept, and never compared, has that of the database.
        assert dict(found).pop("default").split() == ["body", "payload", "token", "worker"]
        assert dict(found).keys() == {"C", "default"}

    def test_case_makes_a_difference(self, store):
        for id in ("a", "A"):
            Alone(store).add(logged(id, number=id, customer=id))

        found = Alone(store).find(IncidentQuery(customers=["a"])).items
        assert [record.id.value for record in found] == ["a"]


class TestLimits:
    @pytest.mark.parametrize("limit", [MOST_ROWS, 2**63, 10**30])
    def test_more_than_any_number_of_a_database_is_all(self, opened, url, limit):
        store = opened(url, due=next_of_each)
        for at in range(3):
            Alone(store).add(logged(f"INC-{at}", title="ring 5"))

        assert len(Alone(store).find(IncidentQuery(), limit=limit).items) == 3
        assert len(store.journal.read(limit=limit).items) == 3
        at = T0 + dt.timedelta(minutes=6)
        assert len(store.due.claim(at, dt.timedelta(1), limit, "li")) == 3


def test_two_stores_in_one_database_do_not_see_each_other(opened, postgresql):
    with postgresql_schema(postgresql) as one, postgresql_schema(postgresql) as other:
        stores = [opened(url) for url in (one, other)]
        for store in stores:
            Alone(store).save(stepped(Alone(store).add(logged())))
        assert [len(store.journal.read().items) for store in stores] == [2, 2]
        for store in stores:
            store.close()
