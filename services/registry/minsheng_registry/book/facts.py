"""Reading facts: what was true of which place and time, as it was known at a revision or a time.

A fact has two times. Its period says when it was true, its versions when it was known: a version stands from the
revision of its acceptance until that of the next. So the same question, asked for the same revision, has the
same answer for ever.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import polars as pl
from sqlalchemy import ColumnElement, Connection, Select, or_, select

from libminsheng.errors import Fault
from libminsheng.vocabulary.periods import Period
from minsheng_registry.book.canonical import canonical
from minsheng_registry.book.changes import AsOf, revision_at
from minsheng_registry.book.places import EVERYWHERE, Roots, in_subtree, seen
from minsheng_registry.book.refusals import Unusable
from minsheng_registry.book.submissions import State
from minsheng_registry.storage.tables import batches, facts, revisions, submissions

__all__ = ["COLUMNS", "FactKey", "FactQuery", "FactVersion", "history", "read"]

COLUMNS: Final[Mapping[str, pl.DataType | type[pl.DataType]]] = {
    **dict.fromkeys(
        ("division", "period", "measure", "scenario", "basis", "project", "issuer", "breakdown"), pl.String
    ),
    "value_minor": pl.Int128,
    "approximate": pl.Boolean,
    **dict.fromkeys(("source", "note", "reported", "submission"), pl.String),
    "revision_from": pl.Int64,
    "revision_to": pl.Int64,
}
"""The columns of facts that are read: the value counts the measure's smallest unit, the breakdown is JSON."""

_OF_BATCH: Final = frozenset({"submission", "revision_from", "revision_to"})


@dataclass(frozen=True, slots=True)
class FactQuery:
    """Which facts: those that fit everything that is given.

    Parameters
    ----------
    divisions
        Of these or, with `subtree`, of those below too.
    start, end
        Whose period begins not before the one, and ends not after the other.
    projects
        An empty text is what belongs to no project.
    state
        ``accepted`` is what stands; ``locked`` of that what can be changed by reopening only; ``draft``, ``submitted``
        and ``returned`` are what has not been accepted.
    as_of
        What stood at a revision or a time, later corrections left out.
    """

    divisions: tuple[str, ...] = ()
    subtree: bool = True
    measures: tuple[str, ...] = ()
    start: Period | None = None
    end: Period | None = None
    projects: tuple[str, ...] = ()
    scenarios: tuple[str, ...] = ()
    submission: str | None = None
    state: State = "accepted"
    as_of: AsOf = None


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


def read(connection: Connection, wanted: FactQuery, rows: int = 50_000) -> Iterator[pl.DataFrame]:
    """The facts as frames of the `COLUMNS`, so many rows each, by division, month, measure; none is held in memory whole.

    Raises
    ------
    NotFound
        If `as_of` has not been.
    Unusable
        If `as_of` is asked of what was not accepted.
    """
    asked = _asked(connection, wanted)
    with connection.execute(asked, execution_options={"yield_per": rows}) as result:
        for some in result.partitions(rows):
            yield pl.DataFrame([tuple(row) for row in some], schema=COLUMNS, orient="row")


def history(connection: Connection, key: FactKey, roots: Roots = EVERYWHERE) -> list[FactVersion]:
    """Every version of a fact that ever stood, the first one first; empty if somebody with these roots knows of none."""
    same = [facts.c[name] == text for name, text in key.columns().items()]
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


def _asked(connection: Connection, wanted: FactQuery) -> Select[Any]:
    columns = [facts.c["value" if name == "value_minor" else name] for name in COLUMNS if name not in _OF_BATCH]
    conditions = list(_conditions(wanted))
    source = facts.join(batches, batches.c.id == facts.c.batch)
    if wanted.state in ("accepted", "locked"):
        number = revision_at(connection, wanted.as_of)
        conditions += [
            batches.c.revision <= number,
            or_(facts.c.revision_to.is_(None), facts.c.revision_to > number),
        ]
    else:
        conditions.append(batches.c.revision.is_(None))
        source = source.join(submissions, submissions.c.batch == batches.c.id)
    if wanted.state == "locked":
        source = source.join(submissions, submissions.c.id == batches.c.submission)
    if wanted.state != "accepted":
        if wanted.as_of is not None:
            raise Unusable(Fault("registry.as_of_state", values={"state": wanted.state}))
        conditions.append(submissions.c.state == wanted.state)
    return (
        select(*columns, batches.c.submission, batches.c.revision, facts.c.revision_to)
        .select_from(source)
        .where(*conditions)
        .order_by(facts.c.division, facts.c.last_month, facts.c.measure, facts.c.batch, facts.c.line)
    )


def _conditions(wanted: FactQuery) -> Iterator[ColumnElement[bool]]:
    if wanted.divisions:
        yield in_subtree(facts.c.division, wanted.divisions, whole=wanted.subtree)
    for column, allowed in (
        (facts.c.measure, wanted.measures),
        (facts.c.project, wanted.projects),
        (facts.c.scenario, wanted.scenarios),
    ):
        if allowed:
            yield column.in_(allowed)
    if wanted.submission is not None:
        yield batches.c.submission == wanted.submission
    if wanted.start is not None:
        yield facts.c.first_month >= wanted.start.first_month
    if wanted.end is not None:
        yield facts.c.last_month <= wanted.end.last_month
