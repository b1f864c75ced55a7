"""Idempotency keys: the same request sent twice is done once, and answered the same."""

from __future__ import annotations

import datetime
from collections.abc import Callable

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from libminsheng.errors import Fault
from minsheng_registry.book.refusals import Conflict
from minsheng_registry.storage.tables import idempotency_keys

__all__ = ["forget", "once"]


def once(
    connection: Connection, key: str, fingerprint: str, act: Callable[[], str], *, by: str, at: datetime.datetime
) -> str:
    """Do an act and keep its answer; where the key is known, do nothing and give the answer that it had.

    The key is kept in the act's own transaction: an act that is refused or rolled back leaves none behind, and of two
    at the same time the later waits for the earlier.

    Parameters
    ----------
    key
        As the principal chose it; another principal's keys are others.
    fingerprint
        What was asked, digested: a key belongs to one request.

    Raises
    ------
    Conflict
        If the key was used for another request.
    """
    table = idempotency_keys
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    claim = (
        dialect.insert(table)
        .values(principal=by, key=key, fingerprint=fingerprint, answer="", at=at)
        .on_conflict_do_nothing()
        .returning(table.c.key)
    )
    mine = (table.c.principal == by) & (table.c.key == key)
    if connection.execute(claim).first() is not None:
        answer = act()
        connection.execute(update(table).where(mine).values(answer=answer))
        return answer
    kept = connection.execute(select(table.c.fingerprint, table.c.answer).where(mine)).one()
    if kept.fingerprint != fingerprint:
        raise Conflict(Fault("registry.key_reused", values={"key": key}))
    return str(kept.answer)


def forget(connection: Connection, before: datetime.datetime) -> int:
    """Remove the keys from before a time; how many they were."""
    gone = connection.execute(delete(idempotency_keys).where(idempotency_keys.c.at < before))
    return gone.rowcount
