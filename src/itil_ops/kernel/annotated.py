"""
Verbs with which a record is annotated: comments and links.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from itil_ops.kernel.checks import check_optional, check_optional_text
from itil_ops.kernel.identity import RecordId
from itil_ops.kernel.record import Record
from itil_ops.kernel.vocabulary import Link, LinkKind


if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from itil_ops.kernel.actor import Actor
    from itil_ops.kernel.policies import Policies


class Annotated(Record):
    """
    A record that is commented on and linked with others.
    """

    __slots__ = ()

    def comment(
        self, text: str, *, by: Actor, at: datetime, policies: Policies | None = None
    ) -> Self:
        """
        Note something for the provider's own use.
        """
        return self._step(
            "comment", by=by, at=at, note=check_optional_text(text, "text"), policies=policies
        )

    def link(
        self,
        kind: LinkKind,
        target: RecordId,
        *,
        by: Actor,
        at: datetime,
        note: str | None = None,
        policies: Policies | None = None,
    ) -> Self:
        """
        Point to another record.
        """
        stated = check_optional(kind, LinkKind, "kind"), check_optional(target, RecordId, "target")
        link = None if None in stated else Link(kind, target)
        links = self.links if link is None else self._with_links([link])
        return self._step(
            "link",
            {"links": links},
            by=by,
            at=at,
            note=note,
            told={"link": link},
            policies=policies,
        )

    def unlink(
        self,
        target: RecordId,
        *,
        kind: LinkKind | None = None,
        by: Actor,
        at: datetime,
        note: str | None = None,
        policies: Policies | None = None,
    ) -> Self:
        """
        Take back the links to another record: all of them, or those of a *kind*.
        """
        check_optional(target, RecordId, "target")
        check_optional(kind, LinkKind, "kind")
        links = tuple(
            link for link in self.links if link.target != target or kind not in {None, link.kind}
        )
        return self._step("unlink", {"links": links}, by=by, at=at, note=note, policies=policies)

    def _linked(self, *links: tuple[LinkKind, RecordId | None]) -> tuple[Link, ...]:
        return self._with_links(Link(kind, target) for kind, target in links if target is not None)

    def _with_links(self, links: Iterable[Link]) -> tuple[Link, ...]:
        return tuple(dict.fromkeys((*self.links, *links)))
