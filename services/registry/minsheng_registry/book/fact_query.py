"""Which facts: a question about them as a statement, whoever asks, of whatever time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Join, Select, and_, or_, select, true, tuple_

from libminsheng.errors import Fault
from libminsheng.vocabulary.periods import Period
from minsheng_registry.book.changes import AsOf, revision_at
from minsheng_registry.book.places import EVERYWHERE, Roots, in_subtree, seen
from minsheng_registry.book.refusals import Unusable
from minsheng_registry.book.submissions import State
from minsheng_registry.storage.tables import batches, facts, submissions

__all__ = ["ORDER", "FactQuery", "Position", "selected"]

Position = tuple[str, int, str, int, int]
"""A fact's place in the order: division, last month, measure, batch, line."""

ORDER: Final = (facts.c.division, facts.c.last_month, facts.c.measure, facts.c.batch, facts.c.line)

_FEW: Final = 1_000
"""Batches that are named one by one, so that each is looked up in the index."""


@dataclass(frozen=True, slots=True)
class FactQuery:
    """Which facts: those that fit everything that is given.

    Parameters
    ----------
    divisions
        Of these or, with `subtree`, of those below too.
    start, end
        Whose period begins not before the one, and ends not after the other.
    years
        The measures whose year begins in another month than January, and in which: of them the months of `start` and
        `end` are others.
    projects
        An empty text is what belongs to no project.
    state
        ``accepted`` is what stands; ``locked`` of that what can be changed by reopening only; ``draft``, ``submitted``
        and ``returned`` are what has not been accepted.
    as_of
        What stood at a revision or a time, later corrections left out.
    changed_after
        The versions that began, ended, were published or unpublished after a revision: those that have ended too.
    public
        Only what was public then; with `changed_after` also what had been, so that its end is met.
    roots
        The subtrees that somebody sees; what lies elsewhere is not there.
    after
        Only what follows this place in the order.
    """

    divisions: tuple[str, ...] = ()
    subtree: bool = True
    measures: tuple[str, ...] = ()
    start: Period | None = None
    end: Period | None = None
    years: Mapping[str, int] = field(default_factory=dict)
    projects: tuple[str, ...] = ()
    scenarios: tuple[str, ...] = ()
    submission: str | None = None
    state: State = "accepted"
    as_of: AsOf = None
    changed_after: int | None = None
    public: bool = False
    roots: Roots = EVERYWHERE
    after: Position | None = None


def selected(connection: Connection, wanted: FactQuery, *columns: ColumnElement[Any]) -> Select[Any]:
    """A statement that selects columns of `facts` and `batches`, in no order.

    Raises
    ------
    NotFound
        If `as_of` has not been.
    Unusable
        If `as_of` or `changed_after` is asked of what was not accepted.
    """
    source: Join = facts.join(batches, batches.c.id == facts.c.batch)
    conditions = list(_conditions(wanted))
    if wanted.state in ("accepted", "locked"):
        conditions += _standing(connection, wanted, revision_at(connection, wanted.as_of))
    else:
        conditions.append(batches.c.revision.is_(None))
        source = source.join(submissions, submissions.c.batch == batches.c.id)
    if wanted.state == "locked":
        source = source.join(submissions, submissions.c.id == batches.c.submission)
    if wanted.state != "accepted":
        if wanted.as_of is not None or wanted.changed_after is not None or wanted.public:
            raise Unusable(Fault("registry.as_of_state", values={"state": wanted.state}))
        conditions.append(submissions.c.state == wanted.state)
    return select(*columns).select_from(source).where(*conditions)


def _standing(connection: Connection, wanted: FactQuery, number: int) -> Iterator[ColumnElement[bool]]:
    yield batches.c.revision <= number
    if wanted.public:
        yield batches.c.public_from <= number
        if wanted.changed_after is None:
            yield or_(batches.c.public_to.is_(None), batches.c.public_to > number)
    if wanted.changed_after is None:
        yield or_(facts.c.revision_to.is_(None), facts.c.revision_to > number)
        return
    first = wanted.changed_after + 1
    began = or_(
        batches.c.revision.between(first, number),
        batches.c.public_from.between(first, number),
        batches.c.public_to.between(first, number),
    )
    ended = facts.c.revision_to.between(first, number)
    some = connection.scalars(select(batches.c.id).where(began).order_by(batches.c.id).limit(_FEW + 1)).all()
    if len(some) > _FEW:
        yield or_(began, ended)
    elif some:
        # named one by one, each side of the alternative is a look-up in an index of the facts
        yield or_(facts.c.batch.in_(some), ended)
    else:
        yield ended


def _conditions(wanted: FactQuery) -> Iterator[ColumnElement[bool]]:
    if wanted.roots != EVERYWHERE:
        yield seen(facts.c.division, wanted.roots)
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
    if wanted.start is not None or wanted.end is not None:
        yield from _within(wanted)
    if wanted.after is not None:
        yield tuple_(*ORDER) > tuple_(*wanted.after)


def _within(wanted: FactQuery) -> Iterator[ColumnElement[bool]]:
    """Whether a fact lies between the months that its measure's statistical year gives to the periods asked for."""
    years = {code: month for code, month in wanted.years.items() if not wanted.measures or code in wanted.measures}
    measure, first, last = facts.c.measure, facts.c.first_month, facts.c.last_month
    whose = {1: measure.not_in(sorted(years)) if years else true()}
    whose |= {
        starts: measure.in_(sorted(code for code, month in years.items() if month == starts))
        for starts in sorted(set(years.values()))
    }
    # the widest bound stands first, which an index can look up
    if wanted.start is not None:
        since = {starts: replace(wanted.start, year_starts=starts).first_month for starts in whose}
        yield first >= min(since.values())
        yield or_(*(and_(those, first >= since[starts]) for starts, those in whose.items()))
    if wanted.end is not None:
        until = {starts: replace(wanted.end, year_starts=starts).last_month for starts in whose}
        yield last <= max(until.values())
        yield or_(*(and_(those, last <= until[starts]) for starts, those in whose.items()))
