"""Subtrees of divisions, as a condition of the query itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import ColumnElement, Connection, delete, insert, or_, select, true
from sqlalchemy.dialects import postgresql, sqlite

from libminsheng.vocabulary.divisions import DivisionTree
from minsheng_registry.storage.tables import lineage

__all__ = ["EVERYWHERE", "Roots", "in_subtree", "know", "know_again", "outside", "seen"]

Roots = tuple[str, ...]
"""The divisions whose subtrees somebody sees and writes; without any, nothing."""

EVERYWHERE: Final[Roots] = ("*",)


def know(connection: Connection, tree: DivisionTree, codes: Iterable[str]) -> None:
    """Note where divisions lie; those that are known already cost one look-up.

    Raises
    ------
    DivisionError
        For a code that the tree does not have.
    """
    wanted = sorted(set(codes))
    known = set[str]()
    for start in range(0, len(wanted), 500):
        some = wanted[start : start + 500]
        asked = select(lineage.c.division).where(lineage.c.division.in_(some), lineage.c.ancestor == lineage.c.division)
        known.update(connection.scalars(asked))
    rows = [
        {"ancestor": ancestor, "division": code}
        for code in wanted
        if code not in known
        for ancestor in dict.fromkeys((code, *tree.lineage(code)))
    ]
    if rows:
        # another transaction may note the same place now
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        connection.execute(dialect.insert(lineage).on_conflict_do_nothing(), rows)


def know_again(connection: Connection, tree: DivisionTree) -> None:
    """Place every known division anew, after the tree has changed.

    Raises
    ------
    DivisionError
        For a code in use that the tree does not have.
    """
    codes = connection.scalars(select(lineage.c.division).distinct()).all()
    rows = [
        {"ancestor": ancestor, "division": code}
        for code in codes
        for ancestor in dict.fromkeys((code, *tree.lineage(code)))
    ]
    connection.execute(delete(lineage))
    if rows:
        connection.execute(insert(lineage), rows)


def seen(column: ColumnElement[str], roots: Roots) -> ColumnElement[bool]:
    """Whether somebody with these roots may know of what belongs to a column's division."""
    return true() if roots == EVERYWHERE else in_subtree(column, roots)


def outside(codes: Iterable[str], roots: Roots, tree: DivisionTree) -> list[str]:
    """Those of the divisions that lie under none of the roots.

    >>> outside(["340102", "340103"], ("340102",), DivisionTree.builtin())
    ['340103']
    """
    if roots == EVERYWHERE:
        return []
    return [code for code in codes if not {code, *tree.lineage(code)}.intersection(roots)]


def in_subtree(column: ColumnElement[str], roots: Sequence[str], *, whole: bool = True) -> ColumnElement[bool]:
    """Whether a column's division is one of `roots` or, of the `whole` subtree, lies below one."""
    own = column.in_(roots)
    if not whole:
        return own
    return or_(own, column.in_(select(lineage.c.division).where(lineage.c.ancestor.in_(roots))))
