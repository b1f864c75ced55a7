"""Reading the audit, in its order."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from sqlalchemy import Connection, select

from minsheng_registry.book.audit import Outcome
from minsheng_registry.book.canonical import read_json
from minsheng_registry.storage.tables import audit

__all__ = ["AuditFilter", "Noted", "find"]


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries: those that fit everything that is given; `since` is included, `until` is not."""

    principal: str | None = None
    act: str | None = None
    outcome: Outcome | None = None
    since: datetime.datetime | None = None
    until: datetime.datetime | None = None


@dataclass(frozen=True, slots=True)
class Noted:
    """An entry as it stands in the chain."""

    number: int
    at: datetime.datetime
    principal: str
    act: str
    subject: str
    outcome: Outcome
    origin: str
    detail: dict[str, object]
    algorithm: str
    hash: str


def find(connection: Connection, wanted: AuditFilter, *, after: int = 0, limit: int = 100) -> list[Noted]:
    """Entries after a number, in their order."""
    asked = select(audit).where(audit.c.number > after)
    for column, value in (
        (audit.c.principal, wanted.principal),
        (audit.c.act, wanted.act),
        (audit.c.outcome, wanted.outcome),
    ):
        if value is not None:
            asked = asked.where(column == value)
    if wanted.since is not None:
        asked = asked.where(audit.c.at >= wanted.since)
    if wanted.until is not None:
        asked = asked.where(audit.c.at < wanted.until)
    rows = connection.execute(asked.order_by(audit.c.number).limit(limit)).mappings()
    return [Noted(**{**row, "detail": read_json(row["detail"])}) for row in rows]
