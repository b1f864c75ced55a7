"""Lists of projects: filtered, sorted, page after page."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

from sqlalchemy import ColumnElement, Connection, Select, and_, or_, select

from minsheng_registry.book.changes import AsOf, revision_at
from minsheng_registry.book.places import EVERYWHERE, Roots, in_subtree
from minsheng_registry.book.projects import ProjectVersion, in_reach, version_of
from minsheng_registry.book.words import WITHDRAWN
from minsheng_registry.storage.tables import project_divisions, project_versions

__all__ = ["SORTS", "Page", "Position", "ProjectFilter", "Sort", "find"]

Position = tuple[str | int, str]
"""A project's place in a list: what the list is sorted by, and its code."""

Sort = Literal["code", "-code", "name", "-name", "first_year", "-first_year", "revision", "-revision"]
SORTS: Final[tuple[Sort, ...]] = get_args(Sort)
"""By code, by name in the order of its characters' code points, by first year, by last change; ``-`` turns it round."""


@dataclass(frozen=True, slots=True)
class ProjectFilter:
    """Which projects: those that fit everything that is given.

    Parameters
    ----------
    divisions
        In one of these divisions or, with `subtree`, below.
    year
        Whose years contain it.
    text
        Words that stand in code, names or lead department, each of them; any language.
    statuses
        Without any, all but what is withdrawn.
    as_of
        As the registry stood at this revision or time.
    roots
        Whose subtrees the one who asks may see.
    """

    divisions: tuple[str, ...] = ()
    subtree: bool = True
    domains: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    year: int | None = None
    text: str = ""
    as_of: AsOf = None
    roots: Roots = EVERYWHERE


@dataclass(frozen=True, slots=True)
class Page:
    """Some projects, and the place after which the next ones begin; None after the last."""

    projects: tuple[ProjectVersion, ...]
    following: Position | None


def find(
    connection: Connection,
    wanted: ProjectFilter,
    *,
    sort: Sort = "code",
    limit: int = 50,
    after: Position | None = None,
) -> Page:
    """A page of projects. A project that is changed between two pages may be met twice or not; with `as_of` none is.

    Raises
    ------
    NotFound
        If `as_of` has not been.
    """
    key, descending = _sort_key(sort), sort.startswith("-")
    query = _filtered(connection, wanted)
    if after is not None:
        query = query.where(_after(key, descending, *after))
    code = project_versions.c.code
    order = (key.desc(), code.desc()) if descending else (key, code)
    rows = connection.execute(query.order_by(*order).limit(limit + 1)).all()
    more = len(rows) > limit
    last = rows[limit - 1] if more else None
    following = None if last is None else (getattr(last, key.key or ""), last.code)
    return Page(tuple(version_of(row) for row in rows[:limit]), following)


def _sort_key(sort: Sort) -> ColumnElement[Any]:
    name = sort.removeprefix("-")
    return project_versions.c["revision_from" if name == "revision" else name]


def _after(key: ColumnElement[Any], descending: bool, value: object, code: str) -> ColumnElement[bool]:
    other = project_versions.c.code
    if descending:
        return or_(key < value, and_(key == value, other < code))
    return or_(key > value, and_(key == value, other > code))


def _filtered(connection: Connection, wanted: ProjectFilter) -> Select[Any]:
    table = project_versions
    query = select(table).where(in_reach(wanted.roots))
    if wanted.as_of is None:
        query = query.where(table.c.revision_to.is_(None))
    else:
        number = revision_at(connection, wanted.as_of)
        query = query.where(table.c.revision_from <= number)
        query = query.where(or_(table.c.revision_to.is_(None), table.c.revision_to > number))
    if wanted.divisions:
        places = project_divisions
        there = select(places.c.code).where(
            places.c.code == table.c.code,
            places.c.version == table.c.version,
            in_subtree(places.c.division, wanted.divisions, whole=wanted.subtree),
        )
        query = query.where(there.exists())
    for column, allowed in (
        (table.c.domain, wanted.domains),
        (table.c.kind, wanted.kinds),
        (table.c.tier, wanted.tiers),
        (table.c.status, wanted.statuses),
    ):
        if allowed:
            query = query.where(column.in_(allowed))
    if not wanted.statuses:
        query = query.where(table.c.status != WITHDRAWN)
    if wanted.year is not None:
        query = query.where(table.c.first_year <= wanted.year, table.c.last_year >= wanted.year)
    for word in unicodedata.normalize("NFKC", wanted.text.replace("\0", " ")).casefold().split():
        query = query.where(table.c.searched.contains(word, autoescape=True))
    return query
