"""Projects: every change is a new version, and every version stays.

A version holds from one revision to the next change. What was known at a revision or a time is the version that
held then; nothing is deleted, and what should not go on is withdrawn with a reason.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, insert, or_, select, true, update
from sqlalchemy.exc import IntegrityError

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.errors import Fault, Place
from libminsheng.vocabulary.divisions import DivisionTree
from minsheng_registry.book.canonical import canonical, read_json
from minsheng_registry.book.changes import AsOf, revision_at, take_revision
from minsheng_registry.book.document import read_document, searched
from minsheng_registry.book.merge_patch import merged
from minsheng_registry.book.places import EVERYWHERE, Roots, know, outside, seen
from minsheng_registry.book.privacy import refuse_personal
from minsheng_registry.book.refusals import Conflict, Forbidden, NotFound, Stale, Unusable
from minsheng_registry.book.words import WITHDRAWN
from minsheng_registry.storage.tables import project_divisions, project_versions
from minsheng_registry.storage.trouble import trouble

__all__ = [
    "ProjectVersion",
    "create",
    "get",
    "history",
    "in_reach",
    "patch",
    "replace",
    "unknown",
    "version_of",
    "withdraw",
]


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
    connection: Connection,
    given: object,
    catalogue: Catalogue,
    tree: DivisionTree,
    *,
    by: str,
    at: datetime.datetime,
    roots: Roots = EVERYWHERE,
) -> ProjectVersion:
    """Enter a new project.

    Raises
    ------
    Unusable
        With every fault of the document.
    Forbidden
        If a division of it lies outside the writer's.
    Conflict
        If there is one of this code.
    """
    document = read_document(given, catalogue, tree)
    _writable(document, roots, tree)
    if _current(connection, document["code"]) is not None:
        raise _exists(document["code"])
    return _write(connection, document, 1, "create", "", tree, by=by, at=at)


def get(connection: Connection, code: str, as_of: AsOf = None, roots: Roots = EVERYWHERE) -> ProjectVersion:
    """A project as it stands, or as it stood at a revision or a time.

    Raises
    ------
    NotFound
        If there is none, was none then, or none that somebody with these roots may know of.
    """
    table = project_versions
    asked = select(table).where(table.c.code == code, in_reach(roots))
    if as_of is None:
        asked = asked.where(table.c.revision_to.is_(None))
    else:
        number = revision_at(connection, as_of)
        asked = asked.where(table.c.revision_from <= number)
        asked = asked.where(or_(table.c.revision_to.is_(None), table.c.revision_to > number))
    row = connection.execute(asked).one_or_none()
    if row is None:
        raise unknown(code)
    return version_of(row)


def in_reach(roots: Roots) -> ColumnElement[bool]:
    """Whether a version of a project has a division that somebody with these roots sees."""
    if roots == EVERYWHERE:
        return true()
    table, places = project_versions, project_divisions
    there = select(places.c.code).where(
        places.c.code == table.c.code, places.c.version == table.c.version, seen(places.c.division, roots)
    )
    return there.exists()


def history(connection: Connection, code: str, roots: Roots = EVERYWHERE) -> list[ProjectVersion]:
    """Every version of a project that somebody with these roots may know of, the first one first.

    Raises
    ------
    NotFound
        If there is none.
    """
    table = project_versions
    asked = select(table).where(table.c.code == code, in_reach(roots)).order_by(table.c.version)
    found = [version_of(row) for row in connection.execute(asked)]
    if not found:
        raise unknown(code)
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
    roots: Roots = EVERYWHERE,
) -> ProjectVersion:
    """Put a document in the place of the present one; an equal one changes nothing and is no version.

    Raises
    ------
    NotFound, Unusable
    Stale
        If the present version is not the one that was read.
    Forbidden
        If a division of it, or of the new document, lies outside the writer's.
    Conflict
        If the project is withdrawn.
    """
    held = _held(connection, code, version, roots, tree)
    document = read_document(given, catalogue, tree)
    _writable(document, roots, tree)
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
    roots: Roots = EVERYWHERE,
) -> ProjectVersion:
    """Change parts of a project by a merge patch (RFC 7396).

    Raises
    ------
    NotFound, Unusable, Stale, Forbidden, Conflict
        As `replace`.
    """
    document = merged(_held(connection, code, version, roots, tree).document, dict(changes))
    return replace(connection, code, document, catalogue, tree, version=version, by=by, at=at, roots=roots)


def withdraw(
    connection: Connection,
    code: str,
    reason: str,
    tree: DivisionTree,
    *,
    version: int,
    by: str,
    at: datetime.datetime,
    roots: Roots = EVERYWHERE,
) -> ProjectVersion:
    """End a project, with a reason; it stays readable, and cannot be changed any more.

    Raises
    ------
    NotFound, Stale, Forbidden, Conflict
        As `replace`.
    Unusable
        Without a reason.
    """
    if not reason.strip():
        raise Unusable(Fault("registry.no_reason", Place(item="reason")))
    refuse_personal(reason, "reason")
    held = _held(connection, code, version, roots, tree)
    document = {**held.document, "status": WITHDRAWN}
    return _write(connection, document, version + 1, "withdraw", reason.strip(), tree, by=by, at=at)


def _current(connection: Connection, code: str, roots: Roots = EVERYWHERE) -> Row[Any] | None:
    """The present version, held against other writers until the transaction ends."""
    table = project_versions
    asked = select(table).where(table.c.code == code, table.c.revision_to.is_(None), in_reach(roots))
    return connection.execute(asked.with_for_update()).one_or_none()


def _held(connection: Connection, code: str, version: int, roots: Roots, tree: DivisionTree) -> ProjectVersion:
    while (row := _current(connection, code, roots)) is None:
        # another writer may have closed the row that was waited for: then their version stands, and is waited for
        get(connection, code, roots=roots)
    if row.version != version:
        raise Stale(Fault("registry.stale", values={"given": version, "present": row.version}))
    if row.status == WITHDRAWN:
        raise Conflict(Fault("registry.withdrawn", values={"code": code}))
    held = version_of(row)
    _writable(held.document, roots, tree)
    return held


def _writable(document: Mapping[str, Any], roots: Roots, tree: DivisionTree) -> None:
    others = set(outside(document["divisions"], roots, tree))
    faults = [
        Fault("registry.not_yours", Place(item=f"divisions.{at}"), {"division": code})
        for at, code in enumerate(document["divisions"])
        if code in others
    ]
    if faults:
        raise Forbidden(*faults)


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


def unknown(code: str) -> NotFound:
    """That there is no project of a code, or none that may be known of."""
    return NotFound(Fault("registry.no_project", values={"code": code}))


def _exists(code: str) -> Conflict:
    return Conflict(Fault("registry.project_exists", Place(item="code"), {"code": code}))
