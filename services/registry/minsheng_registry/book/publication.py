"""Publication (公开): which accepted facts everybody may see, from which revision until which.

A submission is made public with its facts as they were accepted. Accepting others ends their standing, and what is
accepted then is not public until it is published too. What was withdrawn from the public does not come back under the
same batch: the revisions at which it could be seen would not be told any more.
"""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, select, update

from libminsheng.errors import Fault
from minsheng_registry.book.changes import take_revision
from minsheng_registry.book.places import EVERYWHERE, Roots
from minsheng_registry.book.refusals import Conflict
from minsheng_registry.book.submissions import Submission, has_reason, held, move
from minsheng_registry.storage.tables import batches

__all__ = ["publish", "unpublish"]


def publish(
    connection: Connection,
    submission: str,
    *,
    version: int,
    by: str,
    at: datetime.datetime,
    roots: Roots = EVERYWHERE,
) -> Submission:
    """Make the facts of an accepted or locked submission public.

    Raises
    ------
    NotFound, Stale
    Conflict
        If it is neither accepted nor locked, or its facts are public or were withdrawn from the public.
    """
    present = held(connection, submission, version, "publish", "accepted", "locked", roots=roots)
    shown = _shown(connection, present)
    if shown.public_from is not None:
        code = "registry.public" if shown.public_to is None else "registry.was_public"
        raise Conflict(Fault(code, values={"id": present.id}))
    return _act(connection, present, "publish", "public_from", "", by=by, at=at)


def unpublish(
    connection: Connection,
    submission: str,
    reason: str,
    *,
    version: int,
    by: str,
    at: datetime.datetime,
    roots: Roots = EVERYWHERE,
) -> Submission:
    """Withdraw what was published, with a reason. It stands as before; what was public at earlier revisions stays so.

    Raises
    ------
    NotFound, Stale
    Conflict
        If it is neither accepted nor locked, or its facts are not public.
    Unusable
        Without a reason, or if that names a person.
    """
    has_reason(reason)
    present = held(connection, submission, version, "unpublish", "accepted", "locked", roots=roots)
    shown = _shown(connection, present)
    if shown.public_from is None or shown.public_to is not None:
        raise Conflict(Fault("registry.not_public", values={"id": present.id}))
    return _act(connection, present, "unpublish", "public_to", reason, by=by, at=at)


def _shown(connection: Connection, present: Submission) -> Row[Any]:
    asked: Select[Any] = select(batches.c.public_from, batches.c.public_to)
    return connection.execute(asked.where(batches.c.id == present.batch)).one()


def _act(
    connection: Connection, present: Submission, act: str, column: str, note: str, *, by: str, at: datetime.datetime
) -> Submission:
    number, moment = take_revision(connection, "submission", present.id, present.version + 1, act, by=by, at=at)
    connection.execute(update(batches).where(batches.c.id == present.batch).values({column: number}))
    return move(connection, present, act, present.state, by=by, at=moment, note=note)
