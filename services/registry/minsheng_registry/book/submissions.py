"""Submissions: one reporter's facts for a period, and their life.

::

    draft ──submit──► submitted ──accept──► accepted ──lock──► locked
      ▲ ▲                 │                    │                 │
      │ └──── replace ── returned ◄─ return    └──── reopen ─────┤
      └──────────────────────────────────────────────────────────┘

Accepted and locked ones may be published and withdrawn from the public (`publication`), which changes no state.
Sending other facts makes a new batch. What was submitted once stays, whatever became of it; only a draft that nobody
has submitted is replaced in its place. Facts that were accepted stand until a later batch is accepted, so
reopening changes nothing that others read.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple, get_args

import polars as pl
from sqlalchemy import Connection, Row, Select, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from libminsheng.errors import Fault, Place
from libminsheng.vocabulary.divisions import DivisionTree
from minsheng_registry.book.canonical import read_json
from minsheng_registry.book.places import EVERYWHERE, Roots, know, outside, seen
from minsheng_registry.book.privacy import refuse_personal
from minsheng_registry.book.refusals import Conflict, Forbidden, NotFound, Stale, Unusable
from minsheng_registry.book.sent import Sent
from minsheng_registry.storage.bulk import write_facts
from minsheng_registry.storage.tables import batches, facts, submission_acts, submissions
from minsheng_registry.storage.trouble import trouble

__all__ = [
    "STATES",
    "STEPS",
    "Act",
    "State",
    "Step",
    "Submission",
    "create",
    "get",
    "has_reason",
    "held",
    "history",
    "move",
    "replace",
    "stale",
    "step",
    "writable",
]

State = Literal["draft", "submitted", "returned", "accepted", "locked"]
STATES: Final[tuple[State, ...]] = get_args(State)


@dataclass(frozen=True, slots=True)
class Submission:
    """One reporter's facts for a period, as they are now.

    `findings` are what the checks saw when it was submitted, `remarks` what the reporter said to each by its key.
    """

    id: str
    division: str
    period: str
    state: State
    version: int
    batch: int
    submitted_by: str | None
    findings: list[dict[str, Any]]
    remarks: dict[str, str]


@dataclass(frozen=True, slots=True)
class Act:
    """One step of a submission's life: who, when, what, the state that it led to, the batch that it was about."""

    version: int
    at: datetime.datetime
    principal: str
    act: str
    state: State
    batch: int
    note: str


def create(
    connection: Connection,
    submission: str,
    given: Sent,
    tree: DivisionTree,
    *,
    by: str,
    at: datetime.datetime,
    roots: Roots = EVERYWHERE,
) -> Submission:
    """Begin a draft.

    Raises
    ------
    Forbidden
        If the reporter lies outside the writer's divisions.
    Conflict
        If there is a submission of this id.
    """
    writable(given.division, roots, tree)
    batch = _write_batch(connection, submission, given, tree)
    row = {
        "id": submission,
        "division": given.division,
        "period": given.period,
        "state": "draft",
        "version": 1,
        "batch": batch,
        "findings": "[]",
        "remarks": "{}",
    }
    try:
        connection.execute(insert(submissions).values(row))
    except IntegrityError as error:
        if trouble(error) == "duplicate":
            raise Conflict(Fault("registry.submission_exists", Place(item="id"), {"id": submission})) from error
        raise
    _note(connection, submission, 1, "create", "draft", batch, "", by=by, at=at)
    return get(connection, submission)


def writable(division: str, roots: Roots, tree: DivisionTree) -> None:
    """See that a reporter lies in the writer's divisions.

    Raises
    ------
    Forbidden
        If not.
    """
    if outside([division], roots, tree):
        raise Forbidden(Fault("registry.not_yours", Place(item="division"), {"division": division}))


def get(connection: Connection, submission: str, roots: Roots = EVERYWHERE) -> Submission:
    """A submission as it is now.

    Raises
    ------
    NotFound
        If there is none, or none that somebody with these roots may know of.
    """
    row = connection.execute(_asked(submission, roots)).one_or_none()
    if row is None:
        raise NotFound(Fault("registry.no_submission", values={"id": submission}))
    return _submission(row)


def _asked(submission: str, roots: Roots) -> Select[Any]:
    return select(submissions).where(submissions.c.id == submission, seen(submissions.c.division, roots))


def history(connection: Connection, submission: str, roots: Roots = EVERYWHERE) -> list[Act]:
    """Every step of a submission's life, the first one first.

    Raises
    ------
    NotFound
        If there is none, or none that somebody with these roots may know of.
    """
    get(connection, submission, roots)
    table = submission_acts
    asked = select(table).where(table.c.submission == submission).order_by(table.c.version)
    return [
        Act(row.version, row.at, row.principal, row.act, row.state, row.batch, row.note)
        for row in connection.execute(asked)
    ]


def replace(
    connection: Connection,
    submission: str,
    given: Sent,
    tree: DivisionTree,
    *,
    version: int,
    by: str,
    at: datetime.datetime,
    roots: Roots = EVERYWHERE,
) -> Submission:
    """Send other facts instead, of the same reporter and period.

    Raises
    ------
    NotFound, Stale
    Conflict
        If it is neither a draft nor returned.
    Unusable
        If the facts are another reporter's, or another period's.
    """
    present = held(connection, submission, version, "replace", "draft", "returned", roots=roots)
    if (given.division, given.period) != (present.division, present.period):
        values = {"given": f"{given.division} {given.period}", "held": f"{present.division} {present.period}"}
        raise Unusable(Fault("registry.other_submission", values=values))
    batch = _write_batch(connection, submission, given, tree)
    if not _was_submitted(connection, present.batch):
        connection.execute(delete(facts).where(facts.c.batch == present.batch))
        connection.execute(delete(batches).where(batches.c.id == present.batch))
    return move(connection, present, "replace", "draft", by=by, at=at, batch=batch, findings="[]", remarks="{}")


class Step(NamedTuple):
    """An act that does nothing but lead from some states to another."""

    states: tuple[State, ...]
    leads_to: State
    needs_reason: bool = False


STEPS: Final[Mapping[str, Step]] = {
    "return": Step(("submitted",), "returned", needs_reason=True),
    "lock": Step(("accepted",), "locked"),
    "reopen": Step(("accepted", "locked"), "draft", needs_reason=True),
}
"""Giving back what was submitted, with remarks; closing what was accepted; opening it again, with a reason.

What is reopened stands until other facts are accepted.
"""


def step(
    connection: Connection,
    submission: str,
    act: str,
    reason: str = "",
    *,
    version: int,
    by: str,
    at: datetime.datetime,
    roots: Roots = EVERYWHERE,
) -> Submission:
    """Do one of the `STEPS`.

    Raises
    ------
    NotFound, Stale, Conflict
    Unusable
        Without a reason where one is needed.
    """
    told = STEPS[act]
    if told.needs_reason:
        has_reason(reason)
    present = held(connection, submission, version, act, *told.states, roots=roots)
    return move(connection, present, act, told.leads_to, by=by, at=at, note=reason)


def held(
    connection: Connection, submission: str, version: int, act: str, *states: State, roots: Roots = EVERYWHERE
) -> Submission:
    """The submission, held against other writers until the transaction ends, if an act on it is possible."""
    row = connection.execute(_asked(submission, roots).with_for_update()).one_or_none()
    if row is None:
        raise NotFound(Fault("registry.no_submission", values={"id": submission}))
    if row.version != version:
        raise stale(version, row.version)
    if row.state not in states:
        values = {"id": submission, "state": row.state, "act": act, "states": ", ".join(states)}
        raise Conflict(Fault("registry.wrong_state", values=values))
    return _submission(row)


def stale(given: int, present: int) -> Stale:
    """That a submission has another version than the one that was read."""
    return Stale(Fault("registry.stale", values={"given": given, "present": present}))


def move(
    connection: Connection,
    present: Submission,
    act: str,
    state: State,
    *,
    by: str,
    at: datetime.datetime,
    note: str = "",
    batch: int | None = None,
    **columns: object,
) -> Submission:
    """Do an act on what is held: the next version, its state, and the step noted."""
    version, batch = present.version + 1, present.batch if batch is None else batch
    changed = update(submissions).where(submissions.c.id == present.id)
    connection.execute(changed.values(state=state, version=version, batch=batch, **columns))
    _note(connection, present.id, version, act, state, batch, note.strip(), by=by, at=at)
    return get(connection, present.id)


def _note(
    connection: Connection,
    submission: str,
    version: int,
    act: str,
    state: State,
    batch: int,
    note: str,
    *,
    by: str,
    at: datetime.datetime,
) -> None:
    row = {
        "submission": submission,
        "version": version,
        "at": at,
        "principal": by,
        "act": act,
        "state": state,
        "batch": batch,
    }
    connection.execute(insert(submission_acts).values(**row, note=note))


def _write_batch(connection: Connection, submission: str, given: Sent, tree: DivisionTree) -> int:
    know(connection, tree, (given.division, *given.divisions))
    made = insert(batches).values(submission=submission, rows=len(given)).returning(batches.c.id)
    batch = int(connection.execute(made).scalar_one())
    write_facts(connection, given.frame.with_columns(batch=pl.lit(batch, pl.Int64)))
    return batch


def _was_submitted(connection: Connection, batch: int) -> bool:
    table = submission_acts
    asked = select(table.c.version).where(table.c.batch == batch, table.c.act == "submit").limit(1)
    return connection.execute(asked).first() is not None


def has_reason(text: str) -> None:
    """See that an act that needs a reason has one, and that it names nobody."""
    if not text.strip():
        raise Unusable(Fault("registry.no_reason", Place(item="reason")))
    refuse_personal(text, "reason")


def _submission(row: Row[Any]) -> Submission:
    return Submission(
        row.id,
        row.division,
        row.period,
        row.state,
        row.version,
        row.batch,
        row.submitted_by,
        read_json(row.findings),
        read_json(row.remarks),
    )
