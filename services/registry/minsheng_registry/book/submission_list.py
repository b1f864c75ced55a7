"""Lists of submissions, the earliest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select

from minsheng_registry.book.places import EVERYWHERE, Roots, in_subtree, seen
from minsheng_registry.book.submissions import State
from minsheng_registry.storage.tables import batches, submissions

__all__ = ["Listed", "SubmissionFilter", "find", "listed"]


@dataclass(frozen=True, slots=True)
class SubmissionFilter:
    """Which submissions: those that fit everything that is given.

    Parameters
    ----------
    divisions
        Of these reporters and of those below.
    roots
        Whose subtrees the one who asks may see.
    """

    divisions: tuple[str, ...] = ()
    periods: tuple[str, ...] = ()
    states: tuple[State, ...] = ()
    roots: Roots = EVERYWHERE


@dataclass(frozen=True, slots=True)
class Listed:
    """A submission, with what its present batch is: how many facts, and whether they are public.

    `revision` is the last at which they began to stand, or began or ceased to be public: whoever knows it knows them as
    they are.
    """

    id: str
    division: str
    period: str
    state: State
    version: int
    rows: int
    submitted_by: str | None
    revision: int | None
    public: bool


_ASKED = select(
    submissions, batches.c.rows, batches.c.revision, batches.c.public_from, batches.c.public_to
).select_from(submissions.join(batches, batches.c.id == submissions.c.batch))


def listed(connection: Connection, submission: str) -> Listed:
    """One submission, which there is."""
    return _listed(connection.execute(_ASKED.where(submissions.c.id == submission)).one())


def find(connection: Connection, wanted: SubmissionFilter, *, after: str = "", limit: int = 50) -> list[Listed]:
    """Submissions with an id after another, by id, which is the order in which they were made."""
    asked = _ASKED.where(submissions.c.id > after, seen(submissions.c.division, wanted.roots))
    if wanted.divisions:
        asked = asked.where(in_subtree(submissions.c.division, wanted.divisions))
    if wanted.periods:
        asked = asked.where(submissions.c.period.in_(wanted.periods))
    if wanted.states:
        asked = asked.where(submissions.c.state.in_(wanted.states))
    return [_listed(row) for row in connection.execute(asked.order_by(submissions.c.id).limit(limit))]


def _listed(row: Row[Any]) -> Listed:
    known = [number for number in (row.revision, row.public_from, row.public_to) if number is not None]
    return Listed(
        row.id,
        row.division,
        row.period,
        row.state,
        row.version,
        row.rows,
        row.submitted_by,
        max(known, default=None),
        row.public_from is not None and row.public_to is None,
    )
