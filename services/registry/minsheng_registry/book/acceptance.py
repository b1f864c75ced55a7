"""Accepting a submission: from then on its facts stand, and those that they replace do not."""

from __future__ import annotations

import datetime
from typing import Final

from sqlalchemy import ColumnElement, Connection, FromClause, and_, select, tuple_, update

from libminsheng.errors import Fault
from minsheng_registry.book.changes import take_revision
from minsheng_registry.book.places import EVERYWHERE, Roots
from minsheng_registry.book.refusals import Conflict
from minsheng_registry.book.submissions import Submission, held, move
from minsheng_registry.storage.tables import batches, facts

__all__ = ["KEY", "accept"]

KEY: Final = ("division", "period", "measure", "scenario", "basis", "project", "issuer", "breakdown")
"""What tells one fact from another; their values are versions of one fact."""


def accept(
    connection: Connection,
    submission: str,
    *,
    version: int,
    by: str,
    at: datetime.datetime,
    roots: Roots = EVERYWHERE,
) -> tuple[Submission, int]:
    """Accept what was submitted; the submission, and the revision from which its facts stand.

    Each fact that has the key of one that stood is its next version. A fact of the submission's earlier batch that the
    new one does not have any more ceases to stand.

    Raises
    ------
    NotFound, Stale
    Conflict
        If it is not submitted, or the one who accepts has submitted it.
    """
    present = held(connection, submission, version, "accept", "submitted", roots=roots)
    if present.submitted_by == by:
        raise Conflict(Fault("registry.own_submission", values={"id": submission, "principal": by}))
    number, moment = take_revision(connection, "submission", submission, version + 1, "accept", by=by, at=at)
    _close_replaced(connection, present.batch, number)
    _close_left_out(connection, present, number)
    connection.execute(update(batches).where(batches.c.id == present.batch).values(revision=number))
    return move(connection, present, "accept", "accepted", by=by, at=moment), number


def _close_replaced(connection: Connection, batch: int, number: int) -> None:
    """End the standing versions of the batch's keys: from each new fact by one look-up to the old one."""
    others = select(batches.c.id).where(batches.c.revision.is_not(None), batches.c.id != batch)
    if connection.execute(others.limit(1)).first() is None:
        return
    new, old, accepted = facts.alias("new"), facts.alias("old"), batches.alias("accepted")
    replaced = (
        select(old.c.batch, old.c.line)
        .select_from(new.join(old, _same(new, old)).join(accepted, accepted.c.id == old.c.batch))
        .where(
            new.c.batch == batch, old.c.batch != batch, old.c.revision_to.is_(None), accepted.c.revision.is_not(None)
        )
    )
    connection.execute(
        update(facts).where(tuple_(facts.c.batch, facts.c.line).in_(replaced)).values(revision_to=number)
    )


def _same(new: FromClause, old: FromClause) -> ColumnElement[bool]:
    # the month stands first in the index
    return and_(*(old.c[name] == new.c[name] for name in ("last_month", *KEY)))


def _close_left_out(connection: Connection, present: Submission, number: int) -> None:
    earlier = select(batches.c.id).where(
        batches.c.submission == present.id, batches.c.id != present.batch, batches.c.revision.is_not(None)
    )
    standing = facts.c.batch.in_(earlier) & facts.c.revision_to.is_(None)
    connection.execute(update(facts).where(standing).values(revision_to=number))
