"""Reading facts: what was true of which place and time, as it was known at a revision or a time.

A fact has two times. Its period says when it was true, its versions when it was known: a version stands from the
revision of its acceptance until that of the next. So the same question, asked for the same revision, has the
same answer for ever.
"""

from __future__ import annotations

import datetime
from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import polars as pl
from sqlalchemy import ColumnElement, Connection, case, select

from libminsheng.errors import PeriodError
from libminsheng.vocabulary.periods import Period
from minsheng_registry.book.canonical import canonical
from minsheng_registry.book.changes import revision_at
from minsheng_registry.book.fact_query import ORDER, FactQuery, Position, selected
from minsheng_registry.book.places import EVERYWHERE, Roots, seen
from minsheng_registry.storage.columnar import read_frames
from minsheng_registry.storage.tables import batches, facts, revisions

__all__ = ["COLUMNS", "FactKey", "FactQuery", "FactVersion", "Position", "history", "read", "read_page"]

COLUMNS: Final[Mapping[str, pl.DataType | type[pl.DataType]]] = {
    **dict.fromkeys(
        ("division", "period", "measure", "scenario", "basis", "project", "issuer", "breakdown"), pl.String
    ),
    "value_minor": pl.Int128,
    "approximate": pl.Boolean,
    **dict.fromkeys(("source", "note", "reported", "submission"), pl.String),
    **dict.fromkeys(("revision_from", "revision_to", "public_from", "public_to"), pl.Int64),
}
"""The columns of facts that are read: the value counts the measure's smallest unit, the breakdown is JSON."""

_OF_BATCH: Final = {
    "submission": "submission",
    "revision_from": "revision",
    "public_from": "public_from",
    "public_to": "public_to",
}


_LATER: Final = frozenset({"revision_to", "public_from", "public_to"})
"""What is not known of a version while it stands."""


@dataclass(frozen=True, slots=True)
class FactKey:
    """What tells one fact from all others."""

    division: str
    period: str
    measure: str
    scenario: str = "actual"
    basis: str = "period"
    project: str = ""
    issuer: str = ""
    breakdown: Mapping[str, str] = field(default_factory=dict)

    def columns(self) -> dict[str, str]:
        """As the table has it."""
        names = ("division", "period", "measure", "scenario", "basis", "project", "issuer")
        return {**{name: getattr(self, name) for name in names}, "breakdown": canonical(dict(self.breakdown))}


@dataclass(frozen=True, slots=True)
class FactVersion:
    """One version of a fact: what was known from `revision_from`, accepted by whom and when, until `revision_to`."""

    version: int
    value_minor: int
    approximate: bool
    note: str
    submission: str
    revision_from: int
    revision_to: int | None
    at: datetime.datetime
    principal: str


def read(connection: Connection, wanted: FactQuery, rows: int = 50_000) -> Generator[pl.DataFrame, None, None]:
    """The facts as frames of the `COLUMNS`, so many rows each, in the order of division, month, measure.

    One frame is held at a time, whatever the number of facts.

    Raises
    ------
    NotFound
        If `as_of` has not been.
    Unusable
        If `as_of` or `changed_after` is asked of what was not accepted.
    """
    asked = selected(connection, wanted, *_columns(connection, wanted, COLUMNS)).order_by(*ORDER)
    yield from read_frames(connection, asked, COLUMNS, rows)


def read_page(connection: Connection, wanted: FactQuery, limit: int) -> tuple[pl.DataFrame, Position | None]:
    """The first facts of a question, and the place after which the next page begins; None after the last one."""
    places = {"last_month": pl.Int64, "batch": pl.Int64, "line": pl.Int64}
    schema = {**COLUMNS, **places}
    asked = selected(connection, wanted, *_columns(connection, wanted, schema)).order_by(*ORDER).limit(limit + 1)
    frames = list(read_frames(connection, asked, schema, limit + 1))
    frame = frames[0] if frames else pl.DataFrame(schema=schema)
    page = frame.head(limit)
    if len(frame) <= limit:
        return page.drop(places), None
    division, month, measure, batch, line = page.select(column.name for column in ORDER).row(-1)
    return page.drop(places), (division, month, measure, batch, line)


def _last_months(period: str) -> set[int]:
    """The last month of a period, whichever month a statistical year begins in; none of what is no period."""
    try:
        return {Period.parse(period, starts).last_month for starts in range(1, 13)}
    except PeriodError:
        return set()


def _columns(connection: Connection, wanted: FactQuery, names: Iterable[str]) -> list[ColumnElement[Any]]:
    """What is selected; of what came after the revision that is asked for, nothing."""
    columns = {name: _column(name) for name in names}
    if wanted.as_of is not None:
        number = revision_at(connection, wanted.as_of)
        columns |= {name: case((columns[name] <= number, columns[name])) for name in _LATER}
    return list(columns.values())


def _column(name: str) -> ColumnElement[Any]:
    if name in _OF_BATCH:
        return batches.c[_OF_BATCH[name]]
    return facts.c["value" if name == "value_minor" else name]


def history(connection: Connection, key: FactKey, roots: Roots = EVERYWHERE) -> list[FactVersion]:
    """Every version of a fact that ever stood, the first one first; empty if somebody with these roots knows of none."""
    same = [facts.c[name] == text for name, text in key.columns().items()]
    # the month stands in the index, the period's text does not
    same.append(facts.c.last_month.in_(_last_months(key.period)))
    asked = (
        select(facts, batches.c.submission, batches.c.revision, revisions.c.at, revisions.c.principal)
        .select_from(facts.join(batches, batches.c.id == facts.c.batch))
        .join(revisions, revisions.c.number == batches.c.revision)
        .where(*same, seen(facts.c.division, roots))
        .order_by(batches.c.revision)
    )
    return [
        FactVersion(
            number,
            row.value,
            row.approximate,
            row.note,
            row.submission,
            row.revision,
            row.revision_to,
            row.at,
            row.principal,
        )
        for number, row in enumerate(connection.execute(asked), start=1)
    ]
