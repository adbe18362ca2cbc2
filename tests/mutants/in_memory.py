"""
Defects of the store in memory, and of what every store looks at.
"""

# ruff: noqa: E501, ISC004
# Pieces of source stand as they are.

from __future__ import annotations

from mutants.planting import Harmless, mutant


MEMORY = "repositories.memory"
ADMISSION = "repositories.admission"
CURSORS = "repositories.cursors"
DUE = "repositories.due"
EVALUATION = "repositories.evaluation"
KINDS = "repositories.kinds"
PAGING = "repositories.paging"
PLANNING = "repositories.planning"
UNIT = "repositories.unit"


IDENTITY = (
    mutant(
        "what is not there is None",
        "C1",
        (
            MEMORY,
            "return self._held(self._kind.check_id(id))",
            "return self._unit.seen(self._kind, id)",
        ),
    ),
    mutant(
        "ids are trimmed",
        "C1",
        (
            MEMORY,
            "return self._held(self._kind.check_id(id))",
            "return self._held(type(id)(self._kind.check_id(id).value.strip()))",
        ),
    ),
    mutant(
        "any id will do",
        "C1",
        (
            KINDS,
            'checked = check_type(id, expected, "id")',
            "checked = expected(getattr(id, 'value', id))",
        ),
    ),
    mutant(
        "a query with more fields is asked without them",
        "C1",
        (KINDS, "if type(query) is not self.query:", "if not isinstance(query, self.query):"),
    ),
    mutant(
        "an id of a subclass is another id",
        "C1",
        (KINDS, "if type(checked) is not expected:", "if False:"),
    ),
    mutant(
        "a journal with gaps is added",
        "C2",
        (
            MEMORY,
            "check_journal(self._kind.check_record(record))",
            "self._kind.check_record(record)",
        ),
    ),
    mutant(
        "a journal with gaps is saved",
        "C2",
        (ADMISSION, "        check_journal(record, held.version)", "        pass"),
    ),
    mutant(
        "a record that no entry explains is saved",
        "C2 C5",
        (ADMISSION, "    elif record != held:", "    elif False:"),
    ),
    mutant(
        "the record that was given is kept, and stamped",
        "C3",
        (
            MEMORY,
            "        kept = stored(record, record.version)\n",
            "        kept = record\n"
            '        object.__setattr__(record, "stored_version", record.version)\n',
        ),
    ),
    mutant(
        "the record that was given is kept as it is",
        "C3 C4",
        (MEMORY, "kept = stored(record, record.version)", "kept = record"),
    ),
    mutant(
        "pages are lists that can be changed",
        "C3",
        (
            PAGING,
            "items = tuple(record for _, record in found[:count])",
            "items = [one[1] for one in found[:count]]",
        ),
    ),
)

VERSIONS = (
    mutant(
        "versions are compared at save only",
        "C4",
        (
            MEMORY,
            "            raise StaleRecordError(id.value, written.base.version, found.version)\n",
            "            return\n",
        ),
        (
            MEMORY,
            "            if self._committed.due.get(id) is not rows:\n",
            "            if False:\n",
        ),
    ),
    mutant(
        "the last write wins",
        "C4",
        (ADMISSION, "    _check_made_from(held, record)\n", ""),
    ),
    mutant(
        "only the number is compared",
        "C4",
        (ADMISSION, " or made_from != held.journal:", ":"),
    ),
    mutant(
        "only the last entry is compared",
        "C4",
        (ADMISSION, "made_from != held.journal:", "made_from[-1:] != held.journal[-1:]:"),
    ),
    mutant(
        "a detached record is saved",
        "C4",
        (
            ADMISSION,
            "record.stored_version != held.version",
            "record.stored_version not in {None, held.version}",
        ),
    ),
    mutant(
        "any record with the right past is saved",
        "C4",
        (ADMISSION, "record.stored_version != held.version or ", ""),
    ),
    mutant(
        "who is stale is told the wrong versions",
        "C4",
        (
            ADMISSION,
            "StaleRecordError(record.id.value, record.stored_version, held.version)",
            "StaleRecordError(record.id.value, held.version, record.stored_version)",
        ),
    ),
    mutant(
        "what is unchanged is planned anew",
        "C5",
        (
            MEMORY,
            "            if not new_entries(held, record):\n                return held\n",
            "            new_entries(held, record)\n",
        ),
    ),
    mutant(
        "what is unchanged is published again",
        "C5 C12",
        (
            MEMORY,
            "            if not new_entries(held, record):\n                return held\n",
            "            if not new_entries(held, record):\n"
            "                self._unit._entries += record.journal[-1:]\n"
            "                return held\n",
        ),
    ),
)

UNIQUENESS = (
    mutant(
        "an id is looked up at the call only",
        "C6",
        (
            MEMORY,
            "            if written.base is None or found is None:\n"
            '                raise DuplicateError("id", id.value)\n',
            "            if written.base is None or found is None:\n                return\n",
        ),
        (
            MEMORY,
            "            if self._committed.due.get(id) is not rows:\n",
            "            if False:\n",
        ),
    ),
    mutant(
        "what is added twice is written over",
        "C6",
        (
            MEMORY,
            "            if self._unit.seen(self._kind, record.id) is not None:\n"
            '                raise DuplicateError("id", record.id.value)\n'
            "            return self._unit.keep(self._kind, record, None)",
            "            return self._unit.keep(\n"
            "                self._kind, record, self._unit.seen(self._kind, record.id)\n"
            "            )",
        ),
    ),
    mutant(
        "an id is looked up at the commit only, and twice in a unit is once",
        "C6",
        (
            MEMORY,
            "            if self._unit.seen(self._kind, record.id) is not None:\n",
            "            if False:\n",
        ),
    ),
    mutant(
        "a number must be free when it is added, not when it is saved",
        "C6",
        (
            MEMORY,
            "        self._check_number(kind, record)\n",
            "        if held is None:\n            self._check_number(kind, record)\n",
        ),
        (
            MEMORY,
            "        number = written.record.number\n        if self",
            "        number = written.record.number\n        if written.base is None and self",
        ),
    ),
    mutant(
        "a number is looked up at the call only",
        "C6",
        (
            MEMORY,
            "        if self._committed.numbers.get((written.kind.name, number), id) not in self._written:\n",
            "        if False:\n",
        ),
    ),
    mutant(
        "a number is never free again",
        "C6",
        (
            MEMORY,
            "                numbers.pop((written.kind.name, written.base.number), None)",
            "                pass",
        ),
    ),
    mutant(
        "a number is free once its record is saved",
        "C6",
        (
            MEMORY,
            "            if written.record.number is not None:",
            "            if written.record.number is not None and written.base is None:",
        ),
    ),
    mutant(
        "a number of a unit that was left stays taken",
        "C6 C7",
        (
            MEMORY,
            "        self._numbers[kind.name, record.number] = record.id\n",
            "        self._numbers[kind.name, record.number] = record.id\n"
            "        if record.number is not None:\n"
            "            self._committed.numbers[kind.name, record.number] = record.id\n",
        ),
    ),
    mutant(
        "no number is a number too",
        "C6",
        (
            MEMORY,
            "        if number is None:\n            return\n",
            "",
        ),
    ),
    mutant(
        "a taken number is told as an id",
        "C6",
        (MEMORY, 'raise DuplicateError("number", number)', 'raise DuplicateError("id", number)'),
    ),
)

UNITS = (
    mutant(
        "a unit is written record by record, as far as it goes",
        "C7",
        (MEMORY, "            self._check_all()\n            self._move_numbers()\n", ""),
        (
            MEMORY,
            "                for moment in self._committed.moments:\n",
            "                self._check_base(id, written)\n"
            "                for moment in self._committed.moments:\n",
        ),
        (
            MEMORY,
            "            self._committed.entries += self._entries\n",
            "            self._move_numbers()\n"
            "            self._committed.entries += self._entries\n",
        ),
    ),
    mutant(
        "entries are published before the commit",
        "C7 C12",
        (
            MEMORY,
            "        self._entries += record.journal[behind:]\n",
            "        self._committed.entries += record.journal[behind:]\n",
        ),
    ),
    mutant(
        "due work is planned before the commit",
        "C7 C13",
        (
            MEMORY,
            "        self._planned.setdefault(id, {})[kind] = None if due is None else _Planned(due)\n",
            "        rows = _changed(\n"
            "            self._committed.due.get(id), {kind: None if due is None else _Planned(due)}\n"
            "        )\n"
            "        self._committed.due[id] = self._relied_on[id] = rows\n",
        ),
    ),
    mutant(
        "others see what is not committed",
        "C7",
        (
            MEMORY,
            "        kept = stored(record, record.version)\n",
            "        kept = stored(record, record.version)\n        _UNCOMMITTED[record.id] = kept\n",
        ),
        (
            MEMORY,
            '            return cast("R | None", self._moment.get(id, committed))\n',
            "            committed = _UNCOMMITTED.get(id, committed)\n"
            '            return cast("R | None", self._moment.get(id, committed))\n',
        ),
        (
            MEMORY,
            "    def _leave(self) -> None:\n",
            "    def _leave(self) -> None:\n"
            "        for id in self._written:\n"
            "            _UNCOMMITTED.pop(id, None)\n",
        ),
        (
            MEMORY,
            "@attrs.frozen\nclass _Planned:",
            "_UNCOMMITTED = {}\n\n\n@attrs.frozen\nclass _Planned:",
        ),
    ),
    mutant(
        "get does not see what its unit wrote",
        "C7 C4",
        (
            MEMORY,
            "        if id in self._written:\n            return cast",
            "        if False:\n            return cast",
        ),
    ),
    mutant(
        "find does not see what its unit wrote",
        "C7",
        (
            MEMORY,
            "        held |= {id: written.record for id, written in self._written.items()}\n",
            "",
        ),
    ),
    mutant(
        "a read-only unit writes",
        "C7",
        (UNIT, "if writes and self.read_only:", "if False:"),
    ),
    mutant(
        "a read-only unit follows what is committed",
        "C7",
        (
            MEMORY,
            "                self._committed.moments.append(self._moment)",
            "                pass",
        ),
    ),
    mutant(
        "a read-only unit sees what is added later",
        "C7",
        (
            MEMORY,
            "                    moment.setdefault(id, written.base)",
            "                    if written.base is not None:\n"
            "                        moment.setdefault(id, written.base)",
        ),
    ),
    mutant(
        "a read-only unit sees the last but one version",
        "C7",
        (MEMORY, "moment.setdefault(id, written.base)", "moment[id] = written.base"),
    ),
    mutant(
        "a unit is committed again and again",
        "C7",
        (UNIT, '        self._closed = "the unit was committed"\n', ""),
    ),
    mutant(
        "a unit goes on after it has failed",
        "C7",
        (
            UNIT,
            '            self._closed = f"the unit has failed with {type(error).__name__}, leave it"\n',
            "            del error\n",
        ),
    ),
    mutant(
        "a unit is over after what was merely wrong",
        "C7",
        (
            UNIT,
            "        except _HARMLESS:\n            raise\n        except RepositoryError as error:",
            "        except Exception as error:",
        ),
        (
            MEMORY,
            "        held = self._held(self._kind.check_record(record).id)\n        with self._unit.fatal():\n",
            "        with self._unit.fatal():\n"
            "            held = self._held(self._kind.check_record(record).id)\n",
        ),
    ),
    mutant(
        "a unit is entered twice",
        "C7",
        (UNIT, "        if self._entered:\n", "        if False:\n"),
    ),
    mutant(
        "a unit needs no block",
        "C7",
        (
            UNIT,
            'self._closed: str | None = "the unit was not entered, use it inside `with`"',
            "self._closed: str | None = None",
        ),
    ),
    mutant(
        "leaving the block commits",
        "C7",
        (
            UNIT,
            '        self._closed = self._closed or "the unit was left"\n',
            "        if self._closed is None and kind is None and not self.read_only:\n"
            "            self.commit()\n"
            '        self._closed = self._closed or "the unit was left"\n',
        ),
    ),
    mutant(
        "leaving the block by an exception commits",
        "C7",
        (
            UNIT,
            '        self._closed = self._closed or "the unit was left"\n',
            "        if self._closed is None and kind is not None and not self.read_only:\n"
            "            self.commit()\n"
            '        self._closed = self._closed or "the unit was left"\n',
        ),
    ),
    mutant(
        "exceptions are swallowed",
        "C7",
        (
            UNIT,
            '        self._closed = self._closed or "the unit was left"\n        self._leave()\n',
            '        self._closed = self._closed or "the unit was left"\n'
            "        self._leave()\n"
            "        return True\n",
        ),
    ),
    mutant(
        "a closed store answers",
        "C7",
        (MEMORY, "        self._committed.closed = True", "        pass"),
    ),
)

QUERIES = (
    mutant(
        "an empty set of targets filters nothing",
        "C8",
        (EVALUATION, "if query.linked_to is not None and", "if query.linked_to and"),
    ),
    mutant(
        "kinds of targets are not told apart",
        "C8",
        (
            EVALUATION,
            "query.linked_to.isdisjoint(record.references)",
            "{one.value for one in query.linked_to}"
            ".isdisjoint(one.value for one in record.references)",
        ),
    ),
    mutant(
        "only the first link counts",
        "C8",
        (
            EVALUATION,
            "query.linked_to.isdisjoint(record.references)",
            "query.linked_to.isdisjoint(sorted(record.references, key=str)[:1])",
        ),
    ),
    mutant(
        "all targets are to be pointed to",
        "C8",
        (
            EVALUATION,
            "query.linked_to.isdisjoint(record.references)",
            "not query.linked_to & record.references == query.linked_to",
        ),
    ),
    mutant(
        "a cursor goes with targets of any kind",
        "C9",
        (
            EVALUATION,
            'f"{type(value).__name__}({_shown(value.value)})"',
            'f"({_shown(value.value)})"',
        ),
    ),
    mutant(
        "nothing comes first",
        "C8",
        (EVALUATION, "    return NO_RANK if record", "    return -1 if record"),
    ),
    mutant(
        "ranks are ordered as text",
        "C8",
        (EVALUATION, "        rank(record),\n", "        str(rank(record)),\n"),
        (
            EVALUATION,
            "    QueryOrder.PRIORITY: (int, int, str),",
            "    QueryOrder.PRIORITY: (str, int, str),",
        ),
    ),
    mutant(
        "ids are ordered without regard to case",
        "C8",
        (
            EVALUATION,
            "    QueryOrder.ID: lambda record: (record.id.value,),",
            "    QueryOrder.ID: lambda record: (record.id.value.casefold(), record.id.value),",
        ),
        (EVALUATION, "    QueryOrder.ID: (str,),", "    QueryOrder.ID: (str, str),"),
    ),
    mutant(
        "ids are ordered as UTF-16",
        "C8",
        (
            EVALUATION,
            "    QueryOrder.ID: lambda record: (record.id.value,),",
            '    QueryOrder.ID: lambda record: (record.id.value.encode("utf-16-be").hex(),),',
        ),
    ),
    mutant(
        "instants are ordered by the second",
        "C8",
        (
            EVALUATION,
            "    QueryOrder.LOGGED_AT: lambda record: (microseconds(record.logged_at), record.id.value),",
            "    QueryOrder.LOGGED_AT: lambda record: (\n"
            "        microseconds(record.logged_at) // 10**6,\n"
            "        record.id.value,\n"
            "    ),",
        ),
    ),
    mutant(
        "ties are ordered by arrival",
        "C8",
        (
            PAGING,
            "    found = heapq.nsmallest(count + 1, ahead)\n",
            "    found = sorted(ahead, key=lambda row: row[0][:-1] or row[0])[: count + 1]\n",
        ),
    ),
    mutant(
        "the end of a range is in it",
        "C8",
        (
            EVALUATION,
            "record.logged_at >= query.logged_until",
            "record.logged_at > query.logged_until",
        ),
    ),
    mutant(
        "the begin of a range is not in it",
        "C8",
        (
            EVALUATION,
            "record.logged_at < query.logged_from",
            "record.logged_at <= query.logged_from",
        ),
    ),
    mutant(
        "an empty set filters nothing",
        "C8",
        (
            EVALUATION,
            "for read, values in given if values is not None]",
            "for read, values in given if values]",
        ),
    ),
    mutant(
        "names are found that are not asked for",
        "C8",
        (
            EVALUATION,
            "not any(values.isdisjoint(read(record)) for read, values in sought)",
            "not sought or not all(values.isdisjoint(read(record)) for read, values in sought)",
        ),
    ),
    mutant(
        "all names are to be those of the record",
        "C8",
        (
            EVALUATION,
            "not any(values.isdisjoint(read(record)) for read, values in sought)",
            "all(values.issuperset(read(record)) for read, values in sought)",
        ),
    ),
    mutant(
        "who has approved is still waited for",
        "C8",
        (EVALUATION, "for one in request.open_approvals", "for one in request.approvals"),
    ),
    mutant(
        "a delegate is waited for by nobody",
        "C8",
        (EVALUATION, "for name in one.deciders", "for name in (one.approver,)"),
    ),
    mutant(
        "a group keeps what it has done",
        "C8",
        (EVALUATION, "for task in request.open_tasks", "for task in request.tasks"),
    ),
    mutant(
        "who asks gets it, whoever is named",
        "C8",
        (EVALUATION, "(request.beneficiary,)", "(request.requester,)"),
    ),
    mutant(
        "None in a set is left out",
        "C8",
        (
            EVALUATION,
            "all(read(record) in values for read, values in wanted)",
            "all(read(record) in values - {None} for read, values in wanted)",
        ),
    ),
    mutant(
        "one filter is enough",
        "C8",
        (
            EVALUATION,
            "all(read(record) in values for read, values in wanted)",
            "not wanted or any(read(record) in values for read, values in wanted)",
        ),
    ),
    mutant(
        "owners are not asked for",
        "C8",
        (EVALUATION, '    "owners": lambda record: record.owner,\n', ""),
    ),
    mutant(
        "priorities are their ranks",
        "C8",
        (
            EVALUATION,
            '    "priorities": lambda record: record.priority,\n',
            '    "priorities": lambda record: record.priority,\n',
        ),
        (
            EVALUATION,
            "all(read(record) in values for read, values in wanted)",
            "all(\n"
            "            read(record) in values\n"
            '            or getattr(read(record), "rank", 0) in {getattr(v, "rank", None) for v in values}\n'
            "            for read, values in wanted\n"
            "        )",
        ),
    ),
    mutant(
        "count counts everything",
        "C8",
        (
            MEMORY,
            "        return sum(map(matches, self._unit.all_seen(self._kind)))",
            "        return matches and len(self._unit.all_seen(self._kind))",
        ),
    ),
)

PAGES = (
    mutant(
        "cursors count what was read",
        "C9",
        (
            PAGING,
            "    start = None if after is None else read_cursor(after, name, SHAPES[query.order])\n",
            "    start = 0 if after is None else read_cursor(after, name, (int,))[0]\n",
        ),
        (
            PAGING,
            "    ahead = (row for row in keyed if start is None or row[0] > start)\n",
            "    ahead = sorted(keyed)[start:]\n",
        ),
        (
            PAGING,
            "write_cursor(name, *found[count - 1][0])",
            "write_cursor(name, start + count)",
        ),
    ),
    mutant(
        "cursors leave the id out",
        "C9",
        (
            PAGING,
            "row[0] > start)",
            "(row[0][:-1] or row[0]) > (start[:-1] or start))",
        ),
    ),
    mutant(
        "a page begins with the last of the page before",
        "C9",
        (PAGING, "row[0] > start)", "row[0] >= start)"),
    ),
    mutant(
        "a page holds one more than asked for",
        "C9",
        (PAGING, "for _, record in found[:count])", "for _, record in found[: count + 1])"),
    ),
    mutant(
        "the last full page says that it goes on",
        "C9",
        (PAGING, "if len(found) > count else None", "if len(found) >= count else None"),
    ),
    mutant(
        "the last page is never reached",
        "C9",
        (PAGING, "heapq.nsmallest(count + 1, ahead)", "heapq.nsmallest(count, ahead)"),
    ),
    mutant(
        "no limit is all",
        "C9",
        (
            PAGING,
            "check_limit(limit), KEYS",
            "10**9 if type(limit) is int and limit == 0 else check_limit(limit), KEYS",
        ),
    ),
    mutant(
        "a flag is a limit",
        "C9",
        (PAGING, "check_limit(limit), KEYS", "check_limit(+limit), KEYS"),
    ),
    mutant(
        "a cursor goes with any query of its order",
        "C9",
        (PAGING, "KEYS[query.order], scope(query)", "KEYS[query.order], query.order.value"),
    ),
    mutant(
        "a cursor goes with any filter on one field",
        "C9",
        (
            EVALUATION,
            "            repr(sorted(map(_shown, value))) if isinstance(value, frozenset) else _shown(value)\n",
            '            "some" if isinstance(value, frozenset) else _shown(value)\n',
        ),
    ),
    mutant(
        "equal queries have cursors of their own",
        "C9",
        (
            EVALUATION,
            "repr(sorted(map(_shown, value)))",
            "repr((id(query), sorted(map(_shown, value))))",
        ),
    ),
    mutant(
        "a cursor that was tampered with leads elsewhere",
        "C9",
        (CURSORS, "if stated == _sum(body) else [None]", "if stated else [None]"),
        (CURSORS, " or write_cursor(scope, *key) != text:", ":"),
    ),
    mutant(
        "a cursor of the feed is one of a list",
        "C9 C12",
        (
            CURSORS,
            "if not fits or write_cursor(scope, *key) != text:",
            "if len(key) != len(shape):",
        ),
    ),
)

FEED = (
    mutant(
        "the feed tells a unit from its end",
        "C12",
        (
            MEMORY,
            "self._committed.entries += self._entries",
            "self._committed.entries += reversed(self._entries)",
        ),
    ),
    mutant(
        "the feed tells a unit record by record",
        "C12",
        (
            MEMORY,
            "self._committed.entries += self._entries",
            "self._committed.entries += sorted(self._entries, key=lambda one: one.record.value)",
        ),
    ),
    mutant(
        "the feed is in the order of instants",
        "C12",
        (
            MEMORY,
            "self._committed.entries += self._entries",
            "self._committed.entries = sorted(\n"
            "                [*self._committed.entries, *self._entries], key=lambda one: one.at\n"
            "            )",
        ),
    ),
    mutant(
        "the feed loses the second save of a unit",
        "C12",
        (
            MEMORY,
            "        self._entries += record.journal[behind:]\n",
            "        self._entries += record.journal[behind:] if before is None else ()\n",
        ),
    ),
    mutant(
        "the feed tells the whole journal at each save",
        "C12",
        (
            MEMORY,
            "        self._entries += record.journal[behind:]\n",
            "        self._entries += record.journal\n",
        ),
    ),
    mutant(
        "the feed loses what is beyond the limit",
        "C12",
        (
            MEMORY,
            "Slice(items, items[-1].cursor if items else after)",
            "Slice(items, write_cursor(self._scope, len(self._committed.entries)))",
        ),
    ),
    mutant(
        "the feed begins anew at its end",
        "C12",
        (MEMORY, "items[-1].cursor if items else after)", "items[-1].cursor if items else None)"),
    ),
    mutant(
        "the feed tells the last entry again",
        "C12",
        (MEMORY, "entries[start : start + count]", "entries[max(start - 1, 0) : start + count]"),
    ),
    mutant(
        "the feed tells a unit as it was first written",
        "C12 C7",
        (
            MEMORY,
            "    def _begin(self) -> None:\n",
            "    def _begin(self) -> None:\n        self._entries = _OPEN\n",
        ),
        (
            MEMORY,
            "@attrs.frozen\nclass _Planned:",
            "_OPEN = []\n\n\n@attrs.frozen\nclass _Planned:",
        ),
    ),
)

DUE_WORK = (
    mutant(
        "what is due is due a moment later",
        "C13",
        (MEMORY, "if planned.due <= claim.now and", "if planned.due < claim.now and"),
        (
            MEMORY,
            "and planned.claimable_from <= claim.now\n",
            "and (planned.lease is None or planned.lease.until <= claim.now)\n",
        ),
    ),
    mutant(
        "a lease ends a moment later",
        "C13",
        (
            MEMORY,
            "and planned.claimable_from <= claim.now\n",
            "and (planned.lease is None or planned.lease.until < claim.now)\n",
        ),
    ),
    mutant(
        "a lease never ends",
        "C13",
        (MEMORY, "and planned.claimable_from <= claim.now\n", "and planned.lease is None\n"),
    ),
    mutant(
        "a lease keeps nobody away",
        "C13",
        (MEMORY, " and planned.claimable_from <= claim.now\n", "\n"),
    ),
    mutant(
        "who holds a lease claims it again",
        "C13",
        (
            MEMORY,
            "and planned.claimable_from <= claim.now\n",
            "and (\n"
            "                    planned.claimable_from <= claim.now\n"
            "                    or planned.lease.worker == claim.worker\n"
            "                )\n",
        ),
    ),
    mutant(
        "any lease completes",
        "C13",
        (MEMORY, "self.lease is not None and self.lease.token == lease.token", "True"),
    ),
    mutant(
        "a worker has one token",
        "C13",
        (DUE, "token=uuid.uuid4().hex", "token=worker"),
    ),
    mutant(
        "what is claimed is in the order of ids",
        "C13",
        (
            DUE,
            "return lease.due, lease.record.value, lease.kind,",
            "return lease.record.value, lease.kind,",
        ),
    ),
    mutant(
        "what is claimed at one instant is in the order of arrival",
        "C13",
        (
            DUE,
            "return lease.due, lease.record.value, lease.kind, type(lease.record).__name__",
            "return lease.due",
        ),
    ),
    mutant(
        "claims know no limit",
        "C13",
        (MEMORY, "heapq.nsmallest(claim.limit, free", "heapq.nsmallest(10**6, free"),
    ),
    mutant(
        "claims look first and take later",
        "C13",
        (
            MEMORY,
            "            for held in leases:\n",
            '        __import__("time").sleep(0)\n'
            "        with self._committed.lock:\n            for held in leases:\n",
        ),
    ),
    mutant(
        "the next instant knows no leases",
        "C13",
        (MEMORY, "min((planned.claimable_from for *_", "min((planned.due for *_"),
    ),
    mutant(
        "a save drops the lease",
        "C13",
        (MEMORY, "            if waiting.get(name) != plan.get(name):\n", "            if True:\n"),
    ),
    mutant(
        "a save keeps the lease of what it moves",
        "C13",
        (
            MEMORY,
            "None if due is None else _Planned(due)\n\n    # ---- The unit's",
            "(\n"
            "            None\n"
            "            if due is None\n"
            '            else _Planned(due, getattr(self._rows(id).get(kind), "lease", None))\n'
            "        )\n\n    # ---- The unit's",
        ),
    ),
    mutant(
        "what is planned no more stays due",
        "C13",
        (
            MEMORY,
            "            if waiting.get(name) != plan.get(name):\n",
            "            if name in plan and waiting.get(name) != plan.get(name):\n",
        ),
    ),
    mutant(
        "what is completed is not planned anew",
        "C13",
        (
            MEMORY,
            "        self._plan(lease.record, lease.kind, following)\n",
            "        self._plan(lease.record, lease.kind, following and None)\n",
        ),
    ),
    mutant(
        "what is completed is so before the commit",
        "C13 C7",
        (
            MEMORY,
            "        self._completed.append((lease, present))\n"
            "        self._plan(lease.record, lease.kind, following)\n",
            "        planned = None if following is None else _Planned(following)\n"
            "        rows = _changed(self._committed.due[lease.record], {lease.kind: planned})\n"
            "        self._committed.due[lease.record] = self._relied_on[lease.record] = rows\n",
        ),
    ),
    mutant(
        "a lease that is lost before the commit is no matter",
        "C13",
        (
            MEMORY,
            "        for lease, _ in self._completed:\n            if not",
            "        for lease, _ in self._completed:\n            if lease is None and not",
        ),
    ),
    mutant(
        "what was looked at in the unit is planned again",
        "C14 C13",
        (
            MEMORY,
            "        looked = {lease.kind: now for lease, now in self._completed if lease.record == record.id}\n",
            "        looked = {}\n",
        ),
    ),
    mutant(
        "news make one forget what was due",
        "C14 C13",
        (PLANNING, "if at <= last and ", "if at is None and "),
    ),
    mutant(
        "what falls due between entries is not seen",
        "C14 C13",
        (PLANNING, "behind and new and new[0].at < ", "behind < 0 and new and new[0].at < "),
    ),
    mutant(
        "who completes does not see what is saved meanwhile",
        "C13 C14",
        (
            MEMORY,
            "            if self._committed.due.get(id) is not rows:\n",
            "            if False:\n",
        ),
    ),
    mutant(
        "a naive plan is refused when the record is written",
        "C10",
        (
            MEMORY,
            "        waiting = {name: planned.due for name",
            "        self._written[record.id] = _Written(kind, held, stored(record, record.version))\n"
            "        waiting = {name: planned.due for name",
        ),
    ),
    mutant(
        "naive instants are taken for UTC",
        "C10",
        (
            DUE,
            'present = utc(now, "now")',
            'present = utc(now.replace(tzinfo=now.tzinfo or __import__("datetime").UTC), "now")',
        ),
    ),
)


SEVERAL_KINDS = (
    mutant(
        "problems are kept as incidents",
        "C1",
        (UNIT, "self._records(PROBLEMS)", "self._records(INCIDENTS)"),
    ),
    mutant(
        "service requests are kept as problems",
        "C1",
        (UNIT, "self._records(SERVICE_REQUESTS)", "self._records(PROBLEMS)"),
    ),
    mutant(
        "numbers are given once over all kinds",
        "C6",
        (KINDS, 'RecordKind("known_error",', 'RecordKind("incident",'),
    ),
    mutant(
        "a unit finds what it wrote of any kind",
        "C1 C8",
        (MEMORY, " if isinstance(record, kind.record)]", "]"),
    ),
    mutant(
        "the feed tells of incidents alone",
        "C12",
        (
            MEMORY,
            "        self._entries += record.journal[behind:]\n",
            '        self._entries += record.journal[behind:] if kind.name == "incident" else ()\n',
        ),
    ),
    mutant(
        "nothing falls due but in incidents",
        "C13",
        (
            MEMORY,
            "        for name in waiting.keys() | plan.keys():\n",
            '        for name in waiting.keys() | plan.keys() if kind.name == "incident" else ():\n',
        ),
    ),
)

DEFECTS = (
    *IDENTITY,
    *VERSIONS,
    *UNIQUENESS,
    *UNITS,
    *QUERIES,
    *PAGES,
    *FEED,
    *DUE_WORK,
    *SEVERAL_KINDS,
)


HARMLESS = (
    Harmless(
        mutant(
            "what is planned anew may be due now",
            "C13",
            (
                PLANNING,
                "found is not None and found > now else",
                "found is not None and found >= now else",
            ),
        ),
        "A planner that takes `after` names later instants only, as the port asks. Of one that does"
        " not, tests/repositories/test_planning.py sees that the same instant does not come again.",
    ),
)
