"""Corrections (校核): a consumer asks for a fact to be checked, and is answered within ten working days."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from sqlalchemy import Connection

from minsheng_http.access.guard import needs
from minsheng_http.pages import Cursor, Limit, opened, seal
from minsheng_http.problems import documented
from minsheng_registry.bodies import Area, IdempotencyKey, divisions_of, known
from minsheng_registry.book import corrections
from minsheng_registry.book.act_rows import AnswerRow, QuestionRow
from minsheng_registry.book.canonical import digest
from minsheng_registry.book.shapes import read_shape
from minsheng_registry.book.workdays import CHINA
from minsheng_registry.desk import Caller, Desk, new_id, now
from minsheng_registry.schemas import Correction, CorrectionPage, FactKey

__all__ = ["answer_correction", "ask_correction", "get_correction", "list_corrections"]

_TAGS: Final = ["corrections"]

Overdue = Annotated[bool, QueryParameter(description="Only those that should have been answered by now.")]
Open = Annotated[bool, QueryParameter(description="Only those that have not been answered.")]


@post(
    "/corrections",
    operation_id="ask_correction",
    summary="Ask for a fact to be checked",
    tags=_TAGS,
    sync_to_thread=True,
    guards=[needs("corrections:ask")],
    responses=documented(401, 403, 404, 408, 409, 413, 415, 422, 429, 503),
)
def ask_correction(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    caller: NamedDependency[Caller],
    sent: NamedDependency[Any],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """A request names a fact that stands, and says what is doubted. It is due in ten working days."""
    known(request)
    asked, made = read_shape(QuestionRow, sent), new_id()

    def work(connection: Connection, at: datetime.datetime) -> str:
        one = corrections.ask(
            connection,
            made,
            asked.fact.key(),
            asked.question,
            by=caller.name,
            at=at,
            workdays=desk.workdays,
            roots=caller.roots,
        )
        return _wire(_entry(one)).decode()

    told = desk.act_once(caller, idempotency_key, digest(["ask", sent]), "ask_correction", made, work)
    place = f"/v1/corrections/{msgspec.json.decode(told)['id']}"
    return Response(told.encode(), status_code=201, media_type="application/json", headers={"Location": place})


@get(
    "/corrections",
    operation_id="list_corrections",
    summary="List requests to check facts",
    tags=_TAGS,
    sync_to_thread=True,
    guards=[needs("corrections:read")],
    responses=documented(401, 403, 422, 429, 503),
)
def list_corrections(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    caller: NamedDependency[Caller],
    division: Area = None,
    overdue: Overdue = False,
    unanswered: Open = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> CorrectionPage:
    """Requests on facts of divisions and what lies below them, the earliest first."""
    faults: list[Any] = []
    places = divisions_of(desk.tree, division, faults)
    known(request, faults=faults)
    question = ["corrections", places, overdue, unanswered, caller.roots]
    after = "" if cursor is None else opened(question, cursor, str)[0]

    def work(connection: Connection) -> list[corrections.Correction]:
        return corrections.find(
            connection,
            divisions=places,
            overdue_on=_today() if overdue else None,
            only_open=unanswered,
            roots=caller.roots,
            after=after,
            limit=limit + 1,
        )

    found = desk.read(work)
    following = seal(question, [found[limit - 1].id]) if len(found) > limit else None
    return CorrectionPage([_entry(one) for one in found[:limit]], following)


@get(
    "/corrections/{request_id:str}",
    operation_id="get_correction",
    summary="One request to check a fact",
    tags=_TAGS,
    sync_to_thread=True,
    guards=[needs("corrections:read")],
    responses=documented(401, 403, 404, 422, 429, 503),
)
def get_correction(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    caller: NamedDependency[Caller],
    request_id: FromPath[str],
) -> Correction:
    """A request, and its answer where there is one."""
    known(request)
    return _entry(desk.read(lambda connection: corrections.get(connection, request_id, caller.roots)))


@post(
    "/corrections/{request_id:str}/answer",
    operation_id="answer_correction",
    summary="Answer a request to check a fact",
    tags=_TAGS,
    status_code=200,
    sync_to_thread=True,
    guards=[needs("corrections:answer")],
    responses=documented(401, 403, 404, 408, 409, 413, 415, 422, 429, 503),
)
def answer_correction(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    caller: NamedDependency[Caller],
    sent: NamedDependency[Any],
    request_id: FromPath[str],
) -> Correction:
    """The fact was corrected by its reporter, or upheld; once, with words."""
    known(request)
    told = read_shape(AnswerRow, sent)

    def work(connection: Connection, at: datetime.datetime) -> corrections.Correction:
        return corrections.answer(
            connection, request_id, told.outcome, told.answer, by=caller.name, at=at, roots=caller.roots
        )

    return _entry(desk.act(caller, "answer_correction", request_id, work, {"outcome": told.outcome}))


def _today() -> datetime.date:
    return now().astimezone(CHINA).date()


def _entry(one: corrections.Correction) -> Correction:
    return Correction(
        one.id,
        msgspec.convert(one.fact, FactKey, from_attributes=True),
        one.question,
        one.asked_by,
        one.asked_at,
        one.due,
        one.due_known,
        one.is_overdue(_today()),
        one.state,
        one.answer,
        one.answered_by,
        one.answered_at,
    )


_wire: Final = msgspec.json.Encoder().encode
