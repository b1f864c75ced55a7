"""Corrections (校核): a consumer asks to check a fact, and is answered within ten working days.

政务数据共享条例第二十六条. An answer says what came of it; a fact itself is corrected by its reporter, with a new
version.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any, Final, Literal

from sqlalchemy import Connection, Row, insert, select, update
from sqlalchemy.exc import IntegrityError

from libminsheng.errors import Fault, Place
from minsheng_registry.book.canonical import canonical, read_json
from minsheng_registry.book.facts import FactKey, history
from minsheng_registry.book.places import EVERYWHERE, Roots, in_subtree, seen
from minsheng_registry.book.privacy import refuse_personal
from minsheng_registry.book.refusals import Conflict, NotFound, Unusable
from minsheng_registry.book.workdays import CHINA, Workdays
from minsheng_registry.storage.tables import corrections
from minsheng_registry.storage.trouble import trouble

__all__ = ["DAYS", "Correction", "Outcome", "answer", "ask", "find", "get"]

Outcome = Literal["corrected", "upheld"]
DAYS: Final = 10


@dataclass(frozen=True, slots=True)
class Correction:
    """A request to check a fact. It is ``open``, or has been answered: ``corrected`` or ``upheld``.

    `due` is the last day for an answer; `due_known` is false where the holidays on the way were not known yet.
    """

    id: str
    fact: FactKey
    question: str
    asked_by: str
    asked_at: datetime.datetime
    due: datetime.date
    due_known: bool
    state: Literal["open", "corrected", "upheld"]
    answer: str
    answered_by: str | None
    answered_at: datetime.datetime | None

    def is_overdue(self, today: datetime.date) -> bool:
        """Whether it should have been answered before `today`."""
        return self.state == "open" and self.due < today


def ask(
    connection: Connection,
    request: str,
    fact: FactKey,
    question: str,
    *,
    by: str,
    at: datetime.datetime,
    workdays: Workdays | None = None,
    roots: Roots = EVERYWHERE,
) -> Correction:
    """Ask for a fact to be checked. The day on which it is asked, in China, does not count.

    Raises
    ------
    NotFound
        If no such fact stands, or none that somebody with these roots may know of.
    Conflict
        If there is a request of this id.
    Unusable
        Without a question.
    """
    if not question.strip():
        raise Unusable(Fault("registry.no_reason", Place(item="question")))
    refuse_personal(question, "question")
    if not any(one.revision_to is None for one in history(connection, fact, roots)):
        raise NotFound(Fault("registry.no_fact", values={"fact": " ".join(filter(None, fact.columns().values()))}))
    due, known = (workdays or Workdays.builtin()).after(at.astimezone(CHINA).date(), DAYS)
    row = {
        "id": request,
        "division": fact.division,
        "fact": canonical(fact.columns()),
        "question": question.strip(),
        "asked_by": by,
        "asked_at": at,
        "due": due,
        "due_known": known,
        "state": "open",
        "answer": "",
    }
    try:
        connection.execute(insert(corrections).values(row))
    except IntegrityError as error:
        if trouble(error) == "duplicate":
            raise Conflict(Fault("registry.correction_exists", Place(item="id"), {"id": request})) from error
        raise
    return get(connection, request)


def get(connection: Connection, request: str, roots: Roots = EVERYWHERE) -> Correction:
    """A request as it is now.

    Raises
    ------
    NotFound
        If there is none, or none that somebody with these roots may know of.
    """
    asked = select(corrections).where(corrections.c.id == request, seen(corrections.c.division, roots))
    row = connection.execute(asked).one_or_none()
    if row is None:
        raise NotFound(Fault("registry.no_correction", values={"id": request}))
    return _correction(row)


def answer(
    connection: Connection,
    request: str,
    outcome: Outcome,
    text: str,
    *,
    by: str,
    at: datetime.datetime,
    roots: Roots = EVERYWHERE,
) -> Correction:
    """Answer a request, once.

    Raises
    ------
    NotFound
    Conflict
        If it has been answered.
    Unusable
        Without words.
    """
    if not text.strip():
        raise Unusable(Fault("registry.no_reason", Place(item="answer")))
    refuse_personal(text, "answer")
    answered = {"state": outcome, "answer": text.strip(), "answered_by": by, "answered_at": at}
    get(connection, request, roots)
    still = (corrections.c.id == request) & (corrections.c.state == "open")
    if connection.execute(update(corrections).where(still).values(answered)).rowcount == 0:
        raise Conflict(Fault("registry.answered", values={"id": get(connection, request).id}))
    return get(connection, request)


def find(
    connection: Connection,
    *,
    divisions: tuple[str, ...] = (),
    overdue_on: datetime.date | None = None,
    only_open: bool = False,
    roots: Roots = EVERYWHERE,
    after: str = "",
    limit: int = 100,
) -> list[Correction]:
    """Requests on facts of these divisions and below, by id; with `overdue_on` those that were due before that day."""
    query = select(corrections).where(corrections.c.id > after, seen(corrections.c.division, roots))
    if divisions:
        query = query.where(in_subtree(corrections.c.division, divisions))
    if overdue_on is not None:
        query = query.where(corrections.c.due < overdue_on)
    if only_open or overdue_on is not None:
        query = query.where(corrections.c.state == "open")
    return [_correction(row) for row in connection.execute(query.order_by(corrections.c.id).limit(limit))]


def _correction(row: Row[Any]) -> Correction:
    told = read_json(row.fact)
    fact = FactKey(**{**told, "breakdown": read_json(told["breakdown"])})
    return Correction(
        row.id,
        fact,
        row.question,
        row.asked_by,
        row.asked_at,
        row.due,
        row.due_known,
        row.state,
        row.answer,
        row.answered_by,
        row.answered_at,
    )
