"""Projects: every change is a new version, and every version stays.

A version holds from one revision to the next change. What was known at a revision or a time is the version that
held then; nothing is deleted, and what should not go on is withdrawn with a reason.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.errors import Fault, Place
from libminsheng.vocabulary.divisions import DivisionTree
from minsheng_registry.book.canonical import canonical, read_json
from minsheng_registry.book.changes import AsOf, revision_at, take_revision
from minsheng_registry.book.document import WITHDRAWN, read_document, searched
from minsheng_registry.book.merge_patch import merged
from minsheng_registry.book.places import know
from minsheng_registry.book.refusals import Conflict, NotFound, Stale, Unusable
from minsheng_registry.storage.tables import project_divisions, project_versions
from minsheng_registry.storage.trouble import trouble

__all__ = ["ProjectVersion", "create", "get", "history", "patch", "replace", "version_of", "withdraw"]


@dataclass(frozen=True, slots=True)
class ProjectVersion:
    """A project as it stood from `revision_from` until `revision_to`, or as it stands."""

    code: str
    version: int
    revision_from: int
    revision_to: int | None
    at: datetime.datetime
    principal: str
    act: str
    reason: str
    document: dict[str, Any]


def create(
    connection: Connection, given: object, catalogue: Catalogue, tree: DivisionTree, *, by: str, at: datetime.datetime
) -> ProjectVersion:
    """Enter a new project.

    Raises
    ------
    Unusable
        With every fault of the document.
    Conflict
        If there is one of this code.
    """
    document = read_document(given, catalogue, tree)
    if _current(connection, document["code"]) is not None:
        raise _exists(document["code"])
    return _write(connection, document, 1, "create", "", tree, by=by, at=at)


def get(connection: Connection, code: str, as_of: AsOf = None) -> ProjectVersion:
    """A project as it stands, or as it stood at a revision or a time.

    Raises
    ------
    NotFound
        If there is none, or was none then.
    """
    table = project_versions
    asked = select(table).where(table.c.code == code)
    if as_of is None:
        asked = asked.where(table.c.revision_to.is_(None))
    else:
        number = revision_at(connection, as_of)
        asked = asked.where(table.c.revision_from <= number)
        asked = asked.where(or_(table.c.revision_to.is_(None), table.c.revision_to > number))
    row = connection.execute(asked).one_or_none()
    if row is None:
        raise _unknown(code)
    return version_of(row)


def history(connection: Connection, code: str) -> list[ProjectVersion]:
    """Every version of a project, the first one first.

    Raises
    ------
    NotFound
        If there is none.
    """
    asked = select(project_versions).where(project_versions.c.code == code).order_by(project_versions.c.version)
    found = [version_of(row) for row in connection.execute(asked)]
    if not found:
        raise _unknown(code)
    return found


def replace(
    connection: Connection,
    code: str,
    given: object,
    catalogue: Catalogue,
    tree: DivisionTree,
    *,
    version: int,
    by: str,
    at: datetime.datetime,
) -> ProjectVersion:
    """Put a document in the place of the present one; an equal one changes nothing and is no version.

    Raises
    ------
    NotFound, Unusable
    Stale
        If the present version is not the one that was read.
    Conflict
        If the project is withdrawn.
    """
    held = _held(connection, code, version)
    document = read_document(given, catalogue, tree)
    if document["code"] != code:
        values = {"code": code, "given": document["code"]}
        raise Unusable(Fault("registry.code_changed", Place(item="code"), values))
    if document == held.document:
        return held
    return _write(connection, document, version + 1, "replace", "", tree, by=by, at=at)


def patch(
    connection: Connection,
    code: str,
    changes: Mapping[str, Any],
    catalogue: Catalogue,
    tree: DivisionTree,
    *,
    version: int,
    by: str,
    at: datetime.datetime,
) -> ProjectVersion:
    """Change parts of a project by a merge patch (RFC 7396).

    Raises
    ------
    NotFound, Unusable, Stale, Conflict
        As `replace`.
    """
    document = merged(_held(connection, code, version).document, dict(changes))
    return replace(connection, code, document, catalogue, tree, version=version, by=by, at=at)


def withdraw(
    connection: Connection,
    code: str,
    reason: str,
    tree: DivisionTree,
    *,
    version: int,
    by: str,
    at: datetime.datetime,
) -> ProjectVersion:
    """End a project, with a reason; it stays readable, and cannot be changed any more.

    Raises
    ------
    NotFound, Stale, Conflict
        As `replace`.
    Unusable
        Without a reason.
    """
    if not reason.strip():
        raise Unusable(Fault("registry.no_reason", Place(item="reason")))
    held = _held(connection, code, version)
    document = {**held.document, "status": WITHDRAWN}
    return _write(connection, document, version + 1, "withdraw", reason.strip(), tree, by=by, at=at)


def _current(connection: Connection, code: str) -> Row[Any] | None:
    """The present version, held against other writers until the transaction ends."""
    table = project_versions
    asked = select(table).where(table.c.code == code, table.c.revision_to.is_(None)).with_for_update()
    return connection.execute(asked).one_or_none()


def _held(connection: Connection, code: str, version: int) -> ProjectVersion:
    row = _current(connection, code)
    if row is None:
        # where another writer has just closed the row that was waited for, its new version stands
        row = _current(connection, code)
    if row is None:
        raise _unknown(code)
    if row.version != version:
        raise Stale(Fault("registry.stale", values={"given": version, "present": row.version}))
    if row.status == WITHDRAWN:
        raise Conflict(Fault("registry.withdrawn", values={"code": code}))
    return version_of(row)


def _write(
    connection: Connection,
    document: dict[str, Any],
    version: int,
    act: str,
    reason: str,
    tree: DivisionTree,
    *,
    by: str,
    at: datetime.datetime,
) -> ProjectVersion:
    code = document["code"]
    know(connection, tree, document["divisions"])
    number, moment = take_revision(connection, "project", code, version, act, by=by, at=at)
    table = project_versions
    connection.execute(
        update(table).where(table.c.code == code, table.c.revision_to.is_(None)).values(revision_to=number)
    )
    row = {
        "code": code,
        "version": version,
        "revision_from": number,
        "name": document["name"]["zh"],
        "searched": searched(document),
        "domain": document["domain"],
        "kind": document["kind"],
        "tier": document["tier"],
        "status": document["status"],
        "first_year": document["years"]["first"],
        "last_year": document["years"]["last"],
        "at": moment,
        "principal": by,
        "act": act,
        "reason": reason,
        "document": canonical(document),
    }
    try:
        connection.execute(insert(table).values(row))
    except IntegrityError as error:
        if trouble(error) == "duplicate":
            raise _exists(code) from error
        raise
    places = [{"code": code, "version": version, "division": one} for one in document["divisions"]]
    connection.execute(insert(project_divisions), places)
    return ProjectVersion(code, version, number, None, moment, by, act, reason, document)


def version_of(row: Row[Any]) -> ProjectVersion:
    """A row of the table, as a version."""
    return ProjectVersion(
        row.code,
        row.version,
        row.revision_from,
        row.revision_to,
        row.at,
        row.principal,
        row.act,
        row.reason,
        read_json(row.document),
    )


def _unknown(code: str) -> NotFound:
    return NotFound(Fault("registry.no_project", values={"code": code}))


def _exists(code: str) -> Conflict:
    return Conflict(Fault("registry.project_exists", Place(item="code"), {"code": code}))
