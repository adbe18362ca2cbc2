"""
Defects of the stores in databases: those that show on SQLite, and those that only PostgreSQL shows.
"""

# ruff: noqa: E501, ISC004
# Pieces of source stand as they are.

from __future__ import annotations

from mutants.planting import Harmless, mutant


ADMISSION = "repositories.admission"
DUE = "adapters.sql.due"
ENGINE = "adapters.sql.engine"
FAILURES = "adapters.sql.failures"
FEED = "adapters.sql.feed"
COLUMNS = "adapters.sql.columns"
LINKS = "adapters.sql.links"
FORMS = "adapters.serialization.forms"
OPENED = "adapters.sql.opened"
RECORDS = "adapters.sql.records"
ROWS = "adapters.sql.rows"
SHAPES = "adapters.serialization.shapes"
STATEMENTS = "adapters.sql.statements"
STORE = "adapters.sql.store"
TABLES = "adapters.sql.tables"
TEXT = "adapters.serialization.text"
UNIT = "adapters.sql.unit"


ROUND_TRIP = (
    mutant(
        "ids and numbers know no case",
        "C1 C6",
        (
            COLUMNS,
            "CodePoints = Text().with_variant(",
            'CodePoints = Text(collation="NOCASE").with_variant(',
        ),
    ),
    mutant(
        "blanks at the end of ids and numbers are nothing",
        "C1 C6",
        (
            COLUMNS,
            "CodePoints = Text().with_variant(",
            'CodePoints = Text(collation="RTRIM").with_variant(',
        ),
    ),
    mutant(
        "what is not there is None",
        "C1",
        (
            RECORDS,
            "            return self._held(self._kind.check_id(id))",
            "            return self._unit.seen(self._kind, self._kind.check_id(id))",
        ),
    ),
    mutant(
        "instants are cut to the second",
        "C2",
        (
            FORMS,
            "{_isoformat(_plus(_NAIVE_EPOCH, _minus(value, _UTC_EPOCH)))}",
            "{_isoformat(_plus(_NAIVE_EPOCH, _minus(value, _UTC_EPOCH)))[:19]}",
        ),
    ),
    mutant(
        "instants are cut to the millisecond",
        "C2",
        (
            FORMS,
            "{_isoformat(_plus(_NAIVE_EPOCH, _minus(value, _UTC_EPOCH)))}",
            "{_isoformat(_plus(_NAIVE_EPOCH, _minus(value, _UTC_EPOCH)), timespec='milliseconds')}",
        ),
    ),
    mutant(
        "instants come back as those of the standard library",
        "C2",
        (
            FORMS,
            "        return _plus(_UTC_EPOCH, _minus(found, _EPOCH))\n",
            "        return found\n",
        ),
    ),
    mutant(
        "instants are written as the wall shows them, and read as UTC",
        "C2 C10",
        (FORMS, '            value = utc(value, "an instant")\n', "            pass\n"),
        (
            FORMS,
            '        return f"{_isoformat(_plus(_NAIVE_EPOCH, _minus(value, _UTC_EPOCH)))}+00:00"\n',
            "        here = _plus(_NAIVE_EPOCH, _minus(value, _UTC_EPOCH) + dt.timedelta(hours=1))\n"
            '        return f"{_isoformat(here)}+00:00"\n',
        ),
    ),
    mutant(
        "due instants are cut to the millisecond",
        "C2 C13",
        (COLUMNS, "else count\n", "else count // 1000 * 1000\n"),
    ),
    mutant(
        "due instants come back in another zone",
        "C2 C13",
        (
            COLUMNS,
            "            return from_microseconds(value)\n",
            '            return from_microseconds(value).in_timezone("Europe/Paris")\n',
        ),
    ),
    mutant(
        "members of enums come back as their values",
        "C2",
        (
            SHAPES,
            '        return named(data, self._members, f"no {self._cls.__name__}")',
            "        return data",
        ),
    ),
    mutant(
        "an empty tuple comes back as None",
        "C2",
        (
            FORMS,
            "        return tuple([load(one) for one in _listed(data)])\n",
            "        return tuple([load(one) for one in _listed(data)]) or None\n",
        ),
    ),
    mutant(
        "tuples come back as lists",
        "C2",
        (
            FORMS,
            "        return tuple([load(one) for one in _listed(data)])\n",
            "        return [load(one) for one in _listed(data)]\n",
        ),
    ),
    mutant(
        "text is composed",
        "C2 C1",
        (TEXT, "import json\n", "import json\nimport unicodedata\n"),
        (
            TEXT,
            "    ).encode,\n",
            "    ).encode(data)),\n",
        ),
        (
            TEXT,
            "    json.JSONEncoder(\n",
            '    lambda data: unicodedata.normalize("NFC", json.JSONEncoder(\n',
        ),
    ),
    mutant(
        "text is trimmed",
        "C2",
        (
            FORMS,
            'TEXT = Plain(str, "a text", "string")',
            'class Trimmed(Plain):\n    __slots__ = ()\n\n    def dump(self, value):\n        return super().dump(value).strip()\n\n\nTEXT = Trimmed(str, "a text", "string")',
        ),
    ),
    mutant(
        "long text is cut",
        "C2",
        (
            FORMS,
            'TEXT = Plain(str, "a text", "string")',
            'class Cut(Plain):\n    __slots__ = ()\n\n    def dump(self, value):\n        return super().dump(value)[:65_535]\n\n\nTEXT = Cut(str, "a text", "string")',
        ),
    ),
    mutant(
        "lines end as they do on Windows no more",
        "C2",
        (
            FORMS,
            'TEXT = Plain(str, "a text", "string")',
            'class Lines(Plain):\n    __slots__ = ()\n\n    def dump(self, value):\n        return super().dump(value).replace("\\r\\n", "\\n")\n\n\nTEXT = Lines(str, "a text", "string")',
        ),
    ),
    mutant(
        "fields that are empty are left as they were",
        "C2 C8",
        (
            UNIT,
            "        return self._wrote(statement, prepared.row | over)",
            "        told = {name: value for name, value in prepared.row.items() if value is not None}\n"
            "        return self._wrote(statement, told | over)",
        ),
    ),
    mutant(
        "a class of the caller's own is forgotten",
        "C2",
        (
            OPENED,
            "        return record\n\n    def entry(",
            "        return record.replay(journal) if 0 else __import__('itil_ops').Incident.replay(journal)\n\n    def entry(",
        ),
    ),
    mutant(
        "journals with gaps are added",
        "C2",
        (
            RECORDS,
            "        check_journal(self._kind.check_record(record))",
            "        self._kind.check_record(record)",
        ),
    ),
)

VERSIONS = (
    mutant(
        "the last write wins",
        "C4",
        (
            RECORDS,
            "            if not new_entries(held, record):\n",
            "            if not record.journal[held.version :]:\n",
        ),
    ),
    mutant(
        "what is loaded is not stamped",
        "C4",
        (
            UNIT,
            "record = stored(self._opened.read(kind, row, bodies), row.version)",
            "record = self._opened.read(kind, row, bodies)",
        ),
    ),
    mutant(
        "what is kept is not stamped",
        "C4 C3",
        (UNIT, "        kept = stored(record, record.version)\n", "        kept = record\n"),
    ),
    mutant(
        "what is unchanged is planned anew",
        "C5",
        (
            RECORDS,
            "            if not new_entries(held, record):\n                return held\n",
            "            new_entries(held, record)\n",
        ),
    ),
    mutant(
        "what is unchanged is published again",
        "C5 C12",
        (
            RECORDS,
            "            if not new_entries(held, record):\n                return held\n",
            "            if not new_entries(held, record):\n"
            "                whole = self._unit.prepared(self._kind, record, None)\n"
            "                self._unit._entries += whole.entries[-1:]\n"
            "                return held\n",
        ),
        (
            TABLES,
            '    UniqueConstraint("kind", "record", "number", name="itil_entries_number"),\n',
            "",
        ),
    ),
    mutant(
        "numbers are given as often as you like",
        "C6",
        (TABLES, '    UniqueConstraint("kind", "number", name="itil_records_number"),\n', ""),
    ),
    mutant(
        "a number stays with its record for ever",
        "C6",
        (UNIT, "prepared.row | over)", 'prepared.row | over | {"number": held.number})'),
    ),
    mutant(
        "a taken number is told as an id",
        "C6",
        (
            UNIT,
            'DuplicateError("number", str(row["number"]))',
            'DuplicateError("id", str(row["id"]))',
        ),
    ),
    mutant(
        "a taken number passes for a taken id",
        "C6",
        (
            STATEMENTS,
            'on_conflict_do_nothing(index_elements=["kind", "id"])',
            "on_conflict_do_nothing()",
        ),
    ),
    mutant(
        "what is added twice is written over",
        "C6",
        (
            STATEMENTS,
            '    made = made.on_conflict_do_nothing(index_elements=["kind", "id"])\n',
            "    made = made.on_conflict_do_update(\n"
            '        index_elements=["kind", "id"],\n'
            '        set_={"payload": made.excluded.payload, "version": made.excluded.version},\n'
            "    )\n",
        ),
        (
            UNIT,
            "            self.run(self._writing.publish, self._entries)\n",
            "            for one in self._entries:\n"
            "                self.run(\n"
            "                    text(\n"
            '                        "DELETE FROM itil_entries WHERE record = :record AND number = :number"\n'
            "                    ),\n"
            "                    one,\n"
            "                )\n"
            "            self.run(self._writing.publish, self._entries)\n",
        ),
        (
            UNIT,
            "from sqlalchemy import Insert, Update, exc",
            "from sqlalchemy import Insert, Update, exc, text",
        ),
    ),
    mutant(
        "what the database refuses comes out as it is",
        "C6 C7",
        (
            FAILURES,
            '        raise RepositoryError(f"the database refused: {why}") from error\n',
            "        raise\n",
        ),
    ),
    mutant(
        "what the driver refuses comes out as it is",
        "C6 C7",
        (
            FAILURES,
            '        raise RepositoryError(f"the database refused: {why}") from error\n',
            "        raise error.orig from error\n",
        ),
    ),
)

UNITS = (
    mutant(
        "records are committed one by one",
        "C7",
        (
            UNIT,
            "        self._written[record.id] = kept\n",
            "        self._written[record.id] = kept\n"
            "        self.run(self._writing.publish, prepared.entries)\n"
            "        self._entries.clear()\n"
            "        self._connection.commit()\n",
        ),
    ),
    mutant(
        "entries are committed, and then the rest is not",
        "C7",
        (
            UNIT,
            "        self._entries += prepared.entries\n",
            "        self.run(self._writing.publish, prepared.entries)\n"
            "        if record.version == 2:\n"
            "            self._connection.commit()\n",
        ),
    ),
    mutant(
        "records are committed before their entries",
        "C7 C12",
        (
            UNIT,
            "        if self._entries:\n            if self._opened.is_postgresql",
            "        self._connection.commit()\n"
            "        if self._entries:\n            if self._opened.is_postgresql",
        ),
    ),
    mutant(
        "due work is committed before its unit",
        "C7 C13",
        (
            UNIT,
            "        self._entries += prepared.entries\n",
            "        if prepared.planned:\n"
            "            self._connection.commit()\n"
            "        self._entries += prepared.entries\n",
        ),
    ),
    mutant(
        "leaving the block commits",
        "C7",
        (
            OPENED,
            "        connection.close()\n",
            "        connection.commit()\n        connection.close()\n",
        ),
    ),
    mutant(
        "a unit is read statement by statement",
        "C7",
        (
            ENGINE,
            "        return connection.execution_options(itil_ops_read_only=True)",
            '        return connection.execution_options(isolation_level="AUTOCOMMIT")',
        ),
    ),
    mutant(
        "connections are kept by units that fail",
        "C7",
        (
            UNIT,
            "        if self._connection is not None:\n            # Where",
            '        if self._connection is not None and self._closed == "the unit was committed":\n            # Where',
        ),
    ),
    mutant(
        "connections are kept by readers that are left",
        "C7",
        (
            UNIT,
            "        if self._connection is not None:\n            # Where",
            "        if self._connection is not None and not (\n"
            '            self.read_only and __import__("sys").exc_info()[0]\n'
            "        ):\n            # Where",
        ),
    ),
    mutant(
        "what a unit that was left had locked stays so",
        "C7",
        (
            OPENED,
            "            connection.invalidate()\n        connection.close()\n",
            "            connection.invalidate()\n        self.__class__.connection.__dict__.setdefault('kept', []).append(connection)\n",
        ),
    ),
    mutant(
        "a closed store answers",
        "C7",
        (OPENED, "        self.closed = True\n", ""),
    ),
    mutant(
        "a read-only unit writes",
        "C7",
        ("repositories.unit", "if writes and self.read_only:", "if False:"),
    ),
    mutant(
        "a unit goes on after it has failed",
        "C7",
        (
            "repositories.unit",
            '            self._closed = f"the unit has failed with {type(error).__name__}, leave it"\n',
            "            del error\n",
        ),
    ),
)

QUERIES = (
    mutant(
        "an empty set filters nothing",
        "C8",
        (
            ROWS,
            'if field.name == "order" or value is None:',
            'if field.name == "order" or not value:',
        ),
    ),
    mutant(
        "None in a set is left out",
        "C8",
        (
            ROWS,
            "        return or_(named, column.is_(None)) if None in values else named\n\n    return",
            "        return named\n\n    return",
        ),
    ),
    mutant(
        "None in a set of priorities is left out",
        "C8",
        (
            ROWS,
            "    return or_(named, name_of.is_(None)) if None in values else named",
            "    return named",
        ),
    ),
    mutant(
        "priorities are their ranks",
        "C8",
        (
            ROWS,
            "    named = tuple_(rank_of, name_of).in_([(value.rank, value.name) for value in known])",
            "    named = rank_of.in_([value.rank for value in known])",
        ),
    ),
    mutant(
        "the end of a range is in it",
        "C8",
        (ROWS, "RECORDS.c.logged_at < end", "RECORDS.c.logged_at <= end"),
    ),
    mutant(
        "the begin of a range is not in it",
        "C8",
        (ROWS, "RECORDS.c.logged_at >= start", "RECORDS.c.logged_at > start"),
    ),
    mutant(
        "nothing comes first",
        "C8",
        (
            ROWS,
            '"priority_rank": rank(record),',
            '"priority_rank": -1 if priority is None else rank(record),',
        ),
    ),
    mutant(
        "ranks are ordered as text",
        "C8",
        (
            TABLES,
            'Column("priority_rank", BigInteger, nullable=False)',
            'Column("priority_rank", Text, nullable=False)',
        ),
        (ROWS, '"priority_rank": rank(record),', '"priority_rank": str(rank(record)),'),
        (
            ROWS,
            "[(value.rank, value.name) for value in known]",
            "[(str(value.rank), value.name) for value in known]",
        ),
        (
            ROWS,
            "        from_microseconds(int(value)) if column is RECORDS.c.logged_at else value\n",
            "        from_microseconds(int(value)) if column is RECORDS.c.logged_at else str(value)\n",
        ),
        (
            ROWS,
            "    values = (getattr(row, column.name) for column in ORDERS[order])\n",
            "    values = (getattr(row, column.name) for column in ORDERS[order])\n"
            '    values = (int(v) if c.name == "priority_rank" else v for c, v in zip(ORDERS[order], values))\n',
        ),
    ),
    mutant(
        "filters go by what a record was at first",
        "C8",
        (
            UNIT,
            "        return self._wrote(statement, prepared.row | over)",
            '        began = {"group", "assignee", "state", "phase"}\n'
            "        row = {name: value for name, value in prepared.row.items() if name not in began}\n"
            "        return self._wrote(statement, row | over)",
        ),
    ),
    mutant(
        "count counts everything",
        "C8",
        (
            RECORDS,
            "wanted = self._filtered(select(func.count()), self._kind.check_query(query))",
            "wanted = self._filtered(select(func.count()), type(self._kind.check_query(query))())",
        ),
    ),
    mutant(
        "text is compared by pattern",
        "C8",
        (
            ROWS,
            "        named = column.in_(sorted(str(value) for value in values if value is not None))\n",
            "        named = or_(False, *(column.like(str(one)) for one in values if one is not None))\n",
        ),
    ),
    mutant(
        "cursors count what was read",
        "C9",
        (
            RECORDS,
            "            start = bound(query.order, read_cursor(after, name, SHAPES[query.order]))\n",
            "            (start,) = read_cursor(after, name, (int,))\n",
        ),
        (
            RECORDS,
            "            types = [column.type for column in order]\n            wanted = wanted.where(tuple_(*order) > tuple_(*start, types=types))\n",
            "            wanted = wanted.offset(start)\n",
        ),
        (
            RECORDS,
            "write_cursor(name, *key(query.order, rows[count - 1]))",
            "write_cursor(name, count + (start if after else 0))",
        ),
    ),
    mutant(
        "cursors leave the id out",
        "C9",
        (
            RECORDS,
            "            wanted = wanted.where(tuple_(*order) > tuple_(*start, types=types))\n",
            "            most = len(order) - (len(order) > 1)\n"
            "            wanted = wanted.where(\n"
            "                tuple_(*order[:most]) > tuple_(*start[:most], types=types[:most])\n"
            "            )\n",
        ),
    ),
    mutant(
        "a page begins with the last of the page before",
        "C9",
        (
            RECORDS,
            "tuple_(*order) > tuple_(*start, types=types)",
            "tuple_(*order) >= tuple_(*start, types=types)",
        ),
    ),
    mutant(
        "each part of a key is compared by itself",
        "C9",
        (
            RECORDS,
            "            wanted = wanted.where(tuple_(*order) > tuple_(*start, types=types))\n",
            "            types = [one >= its for one, its in zip(order[:-1], start[:-1])]\n"
            "            wanted = wanted.where(*types, order[-1] > start[-1])\n",
        ),
    ),
    mutant(
        "a page holds one more than asked for",
        "C9",
        (RECORDS, "list(self._read(rows[:count]))", "list(self._read(rows))"),
    ),
    mutant(
        "the last full page says that it goes on",
        "C9",
        (RECORDS, "goes_on = len(rows) > count", "goes_on = len(rows) >= count"),
    ),
    mutant(
        "a cursor goes with any query of its order",
        "C9",
        (
            RECORDS,
            "name, count = scope(self._kind.check_query(query)),",
            "name, count = self._kind.check_query(query).order.value,",
        ),
    ),
)

LINKING = (
    mutant(
        "links of the version before are left behind",
        "C8",
        (UNIT, "        if links.gone:\n", "        if False:\n"),
    ),
    mutant(
        "what goes of one record's links goes of all",
        "C8",
        (
            STATEMENTS,
            "_LINKS = (LINKS.c.kind == _KIND, LINKS.c.record == _ID)",
            '_LINKS = (LINKS.c.kind == _KIND, _ID != "")',
        ),
    ),
    mutant(
        "all links go with one",
        "C8",
        (STATEMENTS, 'LINKS.c.target == bindparam("its_target")', 'bindparam("its_target") != ""'),
    ),
    mutant(
        "kinds of targets are not told apart",
        "C8",
        (LINKS, '    return f"{kind} {id}"', '    return f"to {id}"'),
    ),
    mutant(
        "what is waited for is not written",
        "C8",
        (
            LINKS,
            "map(target, record.references)",
            "map(target, (link.target for link in record.links))",
        ),
    ),
    mutant(
        "only the first link is written",
        "C8",
        (
            UNIT,
            "self.run(self._writing.link, links.new)",
            "self.run(self._writing.link, links.new[:1])",
        ),
    ),
    mutant(
        "links are written by saves alone",
        "C8",
        (
            UNIT,
            "        pointed = frozenset() if held is None else targets(kind, held)\n",
            "        pointed = targets(kind, record if held is None else held)\n",
        ),
    ),
    mutant(
        "links are written with what is added alone",
        "C8",
        (
            UNIT,
            "        pointed = frozenset() if held is None else targets(kind, held)\n",
            "        pointed = frozenset() if held is None else targets(kind, record)\n",
        ),
    ),
    mutant(
        "links are committed by themselves",
        "C7",
        (
            UNIT,
            "            self.run(self._writing.link, links.new)\n",
            "            self.run(self._writing.link, links.new)\n"
            "            self._connection.commit()\n",
        ),
    ),
    mutant(
        "links go before the commit",
        "C7",
        (
            UNIT,
            "            self.run(statements.UNLINK, links.gone)\n",
            "            self.run(statements.UNLINK, links.gone)\n"
            "            self._connection.commit()\n",
        ),
    ),
    mutant(
        "links are written at the commit",
        "C7",
        (
            UNIT,
            "        self._relink(prepared.links)\n",
            '        vars(self).setdefault("late", []).append(prepared.links)\n',
        ),
        (
            UNIT,
            "        if self._entries:\n            if self._opened.is_postgresql",
            '        for one in vars(self).get("late", ()):\n'
            "            self._relink(one)\n"
            "        if self._entries:\n            if self._opened.is_postgresql",
        ),
    ),
    mutant(
        "links are written in a transaction of their own",
        "C7",
        (
            UNIT,
            "        try:\n            self._connection.commit()\n",
            '        late = vars(self).pop("late", ())\n'
            "        try:\n"
            "            self._connection.commit()\n"
            "            for one in late:\n"
            "                self._relink(one)\n"
            "            self._connection.commit()\n",
        ),
        (
            UNIT,
            "        self._relink(prepared.links)\n",
            '        vars(self).setdefault("late", []).append(prepared.links)\n',
        ),
    ),
    mutant(
        "a record is found once for each of its links",
        "C8",
        (
            RECORDS,
            "        return wanted.where(is_of(self._kind.name, query), *conditions(query))",
            "        if query.linked_to:\n"
            "            wanted = wanted.join_from(RECORDS, LINKS, RECORDS.c.id == LINKS.c.record)\n"
            "        return wanted.where(is_of(self._kind.name, query), *conditions(query))",
        ),
        (RECORDS, "import MOST_ROWS, RECORDS", "import LINKS, MOST_ROWS, RECORDS"),
    ),
    mutant(
        "targets are compared by pattern",
        "C8",
        (
            ROWS,
            "    its = LINKS.c.target.in_(sorted(targets))\n",
            "    its = or_(False, *(LINKS.c.target.like(one) for one in targets))\n",
        ),
    ),
    mutant(
        "names are not told apart by what they are asked for",
        "C8",
        (LINKS, 'return f"@{field} {', 'return f"@name {'),
    ),
    mutant(
        "a name is taken for an id",
        "C8",
        (LINKS, 'return f"@{field} {', 'return f"record_id {'),
    ),
    mutant(
        "who lacks a name is asked for in vain",
        "C8",
        (
            LINKS,
            "    names = {name_of(field, name) for field, read in sought for name in read(record)}\n",
            "    names = {name_of(field, name) for field, read in sought for name in read(record) if name}\n",
        ),
    ),
    mutant(
        "names are those of when the record was added",
        "C8",
        (
            UNIT,
            "            Relinked.of(kind.name, record.id.value, pointed, targets(kind, record)),\n",
            "            Relinked.of(kind.name, record.id.value, pointed, targets(kind, held or record)),\n",
        ),
    ),
    mutant(
        "of several names the first is written",
        "C8",
        (
            LINKS,
            "for field, read in sought for name in read(record)}",
            "for field, read in sought for name in [*read(record)][:1]}",
        ),
    ),
)

FEEDING = (
    mutant(
        "the feed tells the last entry again",
        "C12",
        (
            FEED,
            "wanted.where(ENTRIES.c.position > start[1])",
            "wanted.where(ENTRIES.c.position >= start[1])",
        ),
    ),
    mutant(
        "the feed begins anew at its end",
        "C12",
        (
            FEED,
            "self._place(rows[-1]) if rows else after)",
            "self._place(rows[-1]) if rows else None)",
        ),
    ),
    mutant(
        "the feed tells record by record",
        "C12",
        (
            FEED,
            "        wanted = wanted.order_by(ENTRIES.c.position)\n",
            "        wanted = wanted.order_by(ENTRIES.c.record, ENTRIES.c.number)\n",
        ),
    ),
    mutant(
        "the feed loses what is beyond the limit",
        "C12",
        (FEED, ".limit(count)).all()", ").all()[-count:]"),
    ),
    mutant(
        "the feed loses the second save of a unit",
        "C12 C2",
        (
            UNIT,
            "        self._entries += prepared.entries\n",
            "        self._entries = prepared.entries\n",
        ),
    ),
)

DUE_WORK = (
    mutant(
        "what is due is due a moment later",
        "C13",
        (STATEMENTS, "DUE.c.due <= now,", "DUE.c.due < now,"),
    ),
    mutant(
        "a lease ends a moment later",
        "C13",
        (STATEMENTS, "| (DUE.c.until <= now)", "| (DUE.c.until < now)"),
    ),
    mutant(
        "a lease never ends",
        "C13",
        (STATEMENTS, " | (DUE.c.until <= now)", ""),
    ),
    mutant(
        "a lease keeps nobody away",
        "C13",
        (
            STATEMENTS,
            "DUE.c.due <= now, (DUE.c.until.is_(None)) | (DUE.c.until <= now)",
            "DUE.c.due <= now",
        ),
    ),
    mutant(
        "any lease completes",
        "C13",
        (
            STATEMENTS,
            'UNPLAN.where(DUE.c.token == bindparam("its_token"))',
            'UNPLAN.where(bindparam("its_token") != "")',
        ),
    ),
    mutant(
        "claims are in the order of ids",
        "C13",
        (
            STATEMENTS,
            "        .order_by(DUE.c.due, DUE.c.record, DUE.c.timer, DUE.c.kind)\n",
            "        .order_by(DUE.c.record, DUE.c.due, DUE.c.timer, DUE.c.kind)\n",
        ),
    ),
    mutant(
        "claims are in no order",
        "C13",
        (
            DUE,
            "        return tuple(sorted(leases, key=due_order))",
            "        return tuple(sorted(leases, key=lambda one: one.token))",
        ),
        (
            STATEMENTS,
            "        .order_by(DUE.c.due, DUE.c.record, DUE.c.timer, DUE.c.kind)\n",
            "        .order_by(DUE.c.due)\n",
        ),
    ),
    mutant(
        "claims know no limit",
        "C13",
        (DUE, '"most": min(claim.limit, MOST_ROWS)', '"most": MOST_ROWS'),
    ),
    mutant(
        "claims look first and take later",
        "C13",
        (
            DUE,
            '        with self._opened.working("claim", read_only=False) as connection:\n',
            '        with self._opened.working("claim", read_only=True) as connection:\n'
            "            rows = connection.execute(_FREE, values).all()\n"
            '        with self._opened.working("claim", read_only=False) as connection:\n'
            "            for row in rows:\n"
            '                its = {"k": row.kind, "r": row.record, "t": row.timer}\n'
            "                connection.execute(_TAKE, values | its)\n",
        ),
        (
            DUE,
            "in connection.execute(_CLAIM, values).all()",
            "in ((row.kind, row.record, row.timer, row.due) for row in rows)",
        ),
        (
            DUE,
            "_NEXT = (\n",
            '_NOW = bindparam("now", type_=Utc)\n'
            "_FREE = (\n"
            "    select(DUE)\n"
            "    .where(DUE.c.due <= _NOW, DUE.c.until.is_(None) | (DUE.c.until <= _NOW))\n"
            "    .order_by(DUE.c.due, DUE.c.record, DUE.c.timer)\n"
            '    .limit(bindparam("most"))\n'
            ")\n"
            "_TAKE = (\n"
            "    DUE.update()\n"
            "    .where(\n"
            '        DUE.c.kind == bindparam("k"),\n'
            '        DUE.c.record == bindparam("r"),\n'
            '        DUE.c.timer == bindparam("t"),\n'
            "        _NOW.is_not(None),\n"
            '        bindparam("most") > 0,\n'
            "    )\n"
            "    .values(\n"
            '        token=bindparam("its_token"),\n'
            '        until=bindparam("its_until"),\n'
            '        worker=bindparam("its_worker"),\n'
            "    )\n"
            ")\n\n_NEXT = (\n",
        ),
    ),
    mutant(
        "the next instant knows no leases",
        "C13",
        (DUE, ", DUE.c.until.is_(None)),", "),"),
    ),
    mutant(
        "a save keeps the lease of what it moves",
        "C13",
        (
            STATEMENTS,
            '    free = {"due": made.excluded.due, "token": None, "until": None, "worker": None}\n',
            '    free = {"due": made.excluded.due}\n',
        ),
    ),
    mutant(
        "a save drops the lease",
        "C13",
        (
            UNIT,
            "        return {one: plan.get(one) for one in timers if waiting.get(one) != plan.get(one)}\n",
            "        return {one: plan.get(one) for one in timers}\n",
        ),
    ),
    mutant(
        "what is planned no more stays due",
        "C13",
        (
            UNIT,
            '            self.run(statements.UNPLAN, {**_at(kind, id), "its_timer": timer})\n',
            "            pass\n",
        ),
    ),
    mutant(
        "what is completed is not planned anew",
        "C13",
        (
            UNIT,
            "            if following is not None:\n",
            "            if following is not None and self.read_only:\n",
        ),
    ),
    mutant(
        "what is completed is so before the commit",
        "C13 C7",
        (
            UNIT,
            "            self._looked.setdefault(id, {})[lease.kind] = present\n",
            "            self._looked.setdefault(id, {})[lease.kind] = present\n"
            "            self._connection.commit()\n",
        ),
    ),
    mutant(
        "what was looked at in the unit is planned again",
        "C14 C13",
        (UNIT, "            self._looked.setdefault(id, {})[lease.kind] = present\n", ""),
    ),
    mutant(
        "kinds of due work are not told apart",
        "C13",
        (
            STATEMENTS,
            '_ROW = (*_ROWS, DUE.c.timer == bindparam("its_timer"))',
            '_ROW = (*_ROWS, bindparam("its_timer") != "")',
        ),
    ),
)

SEVERAL_KINDS = (
    mutant(
        "ids of all kinds are one",
        "C1",
        (
            STATEMENTS,
            "_RECORD = (RECORDS.c.kind == _KIND, RECORDS.c.id == _ID)",
            '_RECORD = (_KIND != "", RECORDS.c.id == _ID)',
        ),
    ),
    mutant(
        "journals of one id are one",
        "C1 C2",
        (
            STATEMENTS,
            '.where(ENTRIES.c.kind == _KIND, ENTRIES.c.record.in_(bindparam("its_ids"',
            '.where(_KIND != "", ENTRIES.c.record.in_(bindparam("its_ids"',
        ),
    ),
    mutant(
        "problems are kept as incidents",
        "C1",
        ("repositories.unit", "self._records(PROBLEMS)", "self._records(INCIDENTS)"),
    ),
    mutant(
        "numbers are given once over all kinds",
        "C6",
        (TABLES, 'UniqueConstraint("kind", "number"', 'UniqueConstraint("number"'),
    ),
    mutant(
        "each kind is committed by itself",
        "C7",
        (
            UNIT,
            "        self._written[record.id] = kept\n",
            "        self._written[record.id] = kept\n"
            "        if len({type(id) for id in self._written}) > 1:\n"
            "            self.run(self._writing.publish, self._entries)\n"
            "            self._entries.clear()\n"
            "            self._connection.commit()\n",
        ),
    ),
    mutant(
        "a query finds records of all kinds",
        "C8",
        (ROWS, "    return column == kind\n", "    return column >= kind\n"),
    ),
    mutant(
        "a query goes by the links of what has the same id",
        "C8",
        (
            ROWS,
            "tuple_(RECORDS.c.kind, RECORDS.c.id).in_(select(LINKS.c.kind, LINKS.c.record).where(its))",
            "RECORDS.c.id.in_(select(LINKS.c.record).where(its))",
        ),
    ),
    mutant(
        "links that go are those of what has the same id too",
        "C8",
        (
            STATEMENTS,
            "_LINKS = (LINKS.c.kind == _KIND, LINKS.c.record == _ID)",
            '_LINKS = (_KIND != "", LINKS.c.record == _ID)',
        ),
    ),
    mutant(
        "the feed tells of incidents alone",
        "C12",
        (
            FEED,
            "        wanted = select(*key, ENTRIES.c.record, ENTRIES.c.body)\n",
            "        wanted = select(*key, ENTRIES.c.record, ENTRIES.c.body)\n"
            '        wanted = wanted.where(ENTRIES.c.kind == "incident")\n',
        ),
    ),
    mutant(
        "work is claimed for incidents alone",
        "C13",
        (STATEMENTS, "== kind.name for kind in KINDS)", "== kind.name for kind in KINDS[:1])"),
    ),
    mutant(
        "due work of one id is one",
        "C13",
        (
            STATEMENTS,
            "_ROWS = (DUE.c.kind == _KIND, DUE.c.record == _ID)",
            '_ROWS = (_KIND != "", DUE.c.record == _ID)',
        ),
    ),
)

ON_SQLITE = (
    *ROUND_TRIP,
    *VERSIONS,
    *UNITS,
    *QUERIES,
    *LINKING,
    *FEEDING,
    *DUE_WORK,
    *SEVERAL_KINDS,
)

_ITS_VERSION = 'RECORDS.c.version == bindparam("its_version")'

ON_POSTGRESQL = (
    mutant(
        "the last write wins",
        "C4",
        (STATEMENTS, _ITS_VERSION, 'RECORDS.c.version >= bindparam("its_version")'),
    ),
    mutant(
        "read-only units see what is committed meanwhile",
        "C7",
        (ENGINE, 'isolation_level="REPEATABLE READ", ', 'isolation_level="READ COMMITTED", '),
    ),
    mutant(
        "the feed is read by position, whoever still writes",
        "C12",
        (FEED, "        if self._opened.is_by_transaction:\n", "        if False:\n"),
    ),
    mutant(
        "the feed waits for nobody",
        "C12",
        (
            FEED,
            "wanted = wanted.where(ENTRIES.c.xact < self._opened.still_open).order_by(*key)",
            "wanted = wanted.order_by(*key)",
        ),
    ),
    mutant(
        "writers of the feed do not queue up",
        "C12",
        (
            UNIT,
            "if self._opened.is_postgresql and not self._opened.is_by_transaction:",
            "if False:",
        ),
        feed="commit",
    ),
    mutant(
        "older transactions write over younger ones",
        "C12",
        (
            STATEMENTS,
            "    if opened.is_by_transaction:\n        made",
            "    if False:\n        made",
        ),
    ),
    mutant(
        "claims look at what others are claiming",
        "C13",
        (STATEMENTS, "        .with_for_update(skip_locked=True)\n", ""),
    ),
    mutant(
        "who saves and who completes do not wait for each other",
        "C13 C14",
        (UNIT, "            self.run(statements.LOCK, _at(kind, id))\n", "            pass\n"),
    ),
    mutant(
        "a busy database is a broken one",
        "C7",
        (FAILURES, '_POSTGRESQL_TRANSIENT = ("08", "40",', '_POSTGRESQL_TRANSIENT = ("08",'),
    ),
)


HARMLESS_ON_SQLITE = (
    Harmless(
        mutant(
            "the version is not compared when the row is written",
            "C4",
            (STATEMENTS, _ITS_VERSION, 'RECORDS.c.version >= bindparam("its_version")'),
        ),
        "A unit that writes has the database to itself from its first statement on: what it has"
        " loaded is what is stored. On PostgreSQL it is a defect, see there.",
    ),
    Harmless(
        mutant(
            "positions may be given anew",
            "C12",
            (TABLES, "    sqlite_autoincrement=True,\n", ""),
        ),
        "SQLite would give the position after the greatest there is, and no entry is ever deleted.",
    ),
    Harmless(
        mutant(
            "nobody waits for the disk",
            "C7",
            (ENGINE, "PRAGMA synchronous = FULL", "PRAGMA synchronous = OFF"),
        ),
        "What a killed process has written is with the system, and not lost. Only a machine that"
        " stops loses it, and no test can pull its plug.",
    ),
    Harmless(
        mutant(
            "a read-only unit does not look before it is asked",
            "C7",
            (UNIT, "            self.run(statements.LOOK)\n", "            pass\n"),
        ),
        "It sees the moment of its first reading instead of that at which it was entered; the kit"
        " lets a store choose.",
    ),
)

HARMLESS_ON_POSTGRESQL = (
    Harmless(
        mutant(
            "claims wait for each other",
            "C13",
            (STATEMENTS, ".with_for_update(skip_locked=True)", ".with_for_update()"),
        ),
        "Who has waited looks at each row again, leaves those that are leased by now, and goes on"
        " to others: the answer is the same, only later. How fast it comes is measured elsewhere.",
    ),
    Harmless(
        mutant(
            "text is compared as the database likes",
            "C8",
            (COLUMNS, 'postgresql.TEXT(collation="C")', "postgresql.TEXT()"),
        ),
        "The server of the tests has C.UTF-8 and no other collation that differs, so that this"
        " changes nothing there. tests/adapters/sql/test_columns.py sees that the columns have it.",
    ),
)
