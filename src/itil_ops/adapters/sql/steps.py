"""
Steps from one version of the tables to the next.
"""

from __future__ import annotations

import json

from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, tuple_

from itil_ops.adapters.serialization.kinds import ENVELOPE, kind_name
from itil_ops.adapters.sql.links import Relinked, target_of
from itil_ops.adapters.sql.tables import LINKS, RECORDS
from itil_ops.kernel.checks import check_text
from itil_ops.kernel.identity import EventId, RecordId


if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection, Row, Select


_BATCH = 1_000


def add_links(connection: Connection) -> None:
    """
    Make the table of links, and fill it for the records that are stored already.
    """
    LINKS.create(connection)
    for rows in _batches(connection):
        found = [one for row in rows for one in _links_of(row)]
        if found:
            connection.execute(insert(LINKS), found)


def _batches(connection: Connection) -> Iterator[Sequence[Row[Any]]]:
    key = (RECORDS.c.kind, RECORDS.c.id)
    wanted: Select[Any] = select(*key, RECORDS.c.payload).order_by(*key).limit(_BATCH)
    last = ("", "")
    while rows := connection.execute(wanted.where(tuple_(*key) > last)).all():
        yield rows
        last = (rows[-1].kind, rows[-1].id)


def _links_of(row: Row[Any]) -> list[dict[str, str]]:
    return Relinked.of(row.kind, row.id, frozenset(), _written_targets(row.payload)).new


def _written_targets(payload: str) -> frozenset[str]:
    """
    Return to what a record points, as it is written; nothing where that is damaged.

    No codec is asked: the one of whoever opens the store first need not know the callers' classes.
    """
    try:
        data = json.loads(payload)["data"]
        awaited = [data["awaited"]] if isinstance(data["awaited"], dict) else []
        pointed = [*awaited, *(_bare(link)["target"] for link in data["links"])]
        event = data.get("source_event")
        events = [] if event is None else [target_of(kind_name(EventId), check_text(event, "id"))]
        return frozenset([*events, *map(_target, pointed)])
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return frozenset()  # whoever reads the record is told


def _bare(data: Any) -> Any:
    return data["data"] if data.keys() == set(ENVELOPE) else data


def _target(written: Any) -> str:
    if isinstance(written, str):  # of no room, without an envelope
        return target_of(kind_name(RecordId), check_text(written, "id"))
    return target_of(check_text(written["kind"], "kind"), check_text(written["data"], "id"))
