"""Changes: every accepted change, numbered without a gap in the order in which it became visible.

The next number is taken from one row, and whoever takes it holds that row until commit. So the order of the
numbers is the order of the commits: a reader who has seen number 41 will never meet a 40 that came later,
which ids from a sequence do not promise. A transaction that is rolled back gives its number back.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import ColumnElement, Connection, and_, func, insert, or_, select, update

from libminsheng.errors import Fault
from minsheng_registry.book.places import EVERYWHERE, Roots, seen
from minsheng_registry.book.refusals import NotFound
from minsheng_registry.storage.tables import project_divisions, revision_head, revisions, submissions

__all__ = ["AsOf", "Change", "Kind", "changes_after", "last_revision", "revision_at", "take_revision"]

Kind = Literal["project", "submission"]
AsOf = int | datetime.datetime | None
"""A revision, a time, or now."""


@dataclass(frozen=True, slots=True)
class Change:
    """One accepted change: a new version of a project, or a submission whose facts now stand.

    Times never run backwards along the numbers: a clock that is behind is set to the change before.
    """

    number: int
    at: datetime.datetime
    kind: Kind
    subject: str
    version: int
    act: str
    principal: str


def take_revision(
    connection: Connection, kind: Kind, subject: str, version: int, act: str, *, by: str, at: datetime.datetime
) -> tuple[int, datetime.datetime]:
    """Number a change, and note it; the row stays locked until the transaction ends. Gives number and time."""
    taken = connection.execute(
        update(revision_head)
        .values(number=revision_head.c.number + 1)
        .returning(revision_head.c.number, revision_head.c.at)
    ).one()
    moment = at.astimezone(datetime.UTC) if taken.at is None else max(at.astimezone(datetime.UTC), taken.at)
    connection.execute(update(revision_head).values(at=moment))
    connection.execute(
        insert(revisions).values(
            number=taken.number, at=moment, kind=kind, subject=subject, version=version, act=act, principal=by
        )
    )
    return taken.number, moment


def last_revision(connection: Connection) -> int:
    """The number of the last change, 0 before the first."""
    return int(connection.scalar(select(revision_head.c.number)) or 0)


def changes_after(
    connection: Connection, number: int, limit: int = 100, roots: Roots = EVERYWHERE
) -> tuple[list[Change], int]:
    """The changes after a number, in their order, that somebody with these roots may know of; and how far they reach.

    There are no others up to the second number, from which the next ones may be asked. A project that has moved from
    one division to another has changed for both.
    """
    last = last_revision(connection)
    asked = select(revisions).where(revisions.c.number > number).order_by(revisions.c.number).limit(limit)
    if roots != EVERYWHERE:
        asked = asked.where(or_(_of_project(roots), _of_submission(roots)))
    found = [Change(**row) for row in connection.execute(asked).mappings()]
    return found, found[-1].number if len(found) == limit else last


def _of_project(roots: Roots) -> ColumnElement[bool]:
    places = project_divisions
    there = select(places.c.code).where(
        places.c.code == revisions.c.subject,
        places.c.version.between(revisions.c.version - 1, revisions.c.version),
        seen(places.c.division, roots),
    )
    return and_(revisions.c.kind == "project", there.exists())


def _of_submission(roots: Roots) -> ColumnElement[bool]:
    there = select(submissions.c.id).where(submissions.c.id == revisions.c.subject, seen(submissions.c.division, roots))
    return and_(revisions.c.kind == "submission", there.exists())


def revision_at(connection: Connection, as_of: AsOf) -> int:
    """The last revision that was known then.

    A change has the time at which it was begun. One of the last moments that is not committed yet is not known, and is
    known under its time a moment later: what is to be asked for again as it was is asked for by the revision.

    Raises
    ------
    NotFound
        For a revision that has not been.
    """
    last = last_revision(connection)
    if as_of is None:
        return last
    if isinstance(as_of, datetime.datetime):
        return int(connection.scalar(select(func.max(revisions.c.number)).where(revisions.c.at <= as_of)) or 0)
    if not 0 <= as_of <= last:
        raise NotFound(Fault("registry.no_revision", values={"number": as_of, "last": last}))
    return as_of
