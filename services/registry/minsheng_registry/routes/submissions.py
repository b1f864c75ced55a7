"""Submissions: one reporter's facts for a period, sent, replaced, looked up; what becomes of them is in the acts."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, get, post, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, QueryParameter
from sqlalchemy import Connection

from libminsheng.checks.finding import Findings
from libminsheng.errors import Fault, Place
from minsheng_http.access.guard import needs
from minsheng_http.deadline import Deadline
from minsheng_http.etags import answered, tag
from minsheng_http.pages import Cursor, Limit, opened, seal
from minsheng_http.problems import documented
from minsheng_http.received import Received, receive
from minsheng_registry.bodies import Area, IdempotencyKey, divisions_of, expected, known
from minsheng_registry.book import submissions
from minsheng_registry.book.canonical import digest
from minsheng_registry.book.examination import finding_key, look
from minsheng_registry.book.sent import Sent
from minsheng_registry.book.submission_list import Listed, SubmissionFilter, find, listed
from minsheng_registry.book.submissions import STATES, State
from minsheng_registry.desk import Caller, Desk, new_id
from minsheng_registry.intake import taken
from minsheng_registry.schemas import Act, Finding, Name, Planned, Submission, SubmissionHistory, SubmissionPage

__all__ = [
    "ACTS",
    "TAGS",
    "answer",
    "create_submission",
    "get_submission",
    "get_submission_history",
    "list_submissions",
    "replace_submission",
    "whole",
]

TAGS: Final = ["submissions"]
ACTS: Final = (401, 403, 404, 408, 409, 412, 413, 415, 422, 428, 429, 503)

Whose = Annotated[
    str | None, QueryParameter(max_length=60, description="The reporter, where the body does not name it.")
]
When = Annotated[str | None, QueryParameter(max_length=40, description="The period, where the body does not name it.")]
DryRun = Annotated[bool, QueryParameter(description="Read and check everything, and keep nothing.")]
States = Annotated[list[str] | None, QueryParameter(name="state", description="Only in these states.", max_items=10)]
Periods = Annotated[list[str] | None, QueryParameter(description="Only of these periods.", max_items=100)]


@get(
    "/submissions",
    operation_id="list_submissions",
    summary="List submissions",
    tags=TAGS,
    sync_to_thread=True,
    guards=[needs("submissions:read")],
    responses=documented(401, 403, 422, 429, 503),
)
def list_submissions(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    caller: NamedDependency[Caller],
    division: Area = None,
    period: Periods = None,
    states: States = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> SubmissionPage:
    """Submissions of divisions and what lies below them, the earliest first."""
    faults: list[Fault] = []
    places = divisions_of(desk.tree, division, faults)
    wanted = SubmissionFilter(places, tuple(period or ()), _states(states, faults), caller.roots)
    known(request, faults=faults)
    question = ["submissions", places, period, states, caller.roots]
    after = "" if cursor is None else opened(question, cursor, str)[0]
    found = desk.read(lambda connection: find(connection, wanted, after=after, limit=limit + 1))
    following = seal(question, [found[limit - 1].id]) if len(found) > limit else None
    return SubmissionPage([_entry(one) for one in found[:limit]], following)


@post(
    "/submissions",
    operation_id="create_submission",
    summary="Send facts",
    tags=TAGS,
    sync_to_thread=True,
    dependencies={"received": Provide(receive)},
    guards=[needs("submissions:write")],
    responses=documented(401, 403, 408, 409, 413, 415, 422, 429, 503),
)
def create_submission(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    caller: NamedDependency[Caller],
    received: NamedDependency[Received],
    division: Whose = None,
    period: When = None,
    dry_run: DryRun = False,
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """A draft of one reporter's facts for a period. All faults of all rows are told at once, and then nothing is kept."""
    known(request)
    given = taken(received, desk, division, period)
    submissions.writable(given.division, caller.roots, desk.tree)
    if dry_run:
        return _planned(desk, caller, given)
    made = new_id()

    def work(connection: Connection, at: datetime.datetime) -> str:
        done = submissions.create(connection, made, given, desk.tree, by=caller.name, at=at, roots=caller.roots)
        return _WIRE(whole(connection, done)).decode()

    mark = (
        "" if idempotency_key is None else digest(["create_submission", given.division, given.period, given.digest()])
    )
    told = desk.act_once(caller, idempotency_key, mark, "create_submission", made, work, {"rows": len(given)})
    one = msgspec.json.decode(told, type=Submission)
    headers = {"ETag": tag(one.version), "Location": f"/v1/submissions/{one.id}"}
    return Response(told.encode(), status_code=201, media_type="application/json", headers=headers)


@put(
    "/submissions/{submission:str}/facts",
    operation_id="replace_submission",
    summary="Send other facts instead",
    tags=TAGS,
    sync_to_thread=True,
    dependencies={"received": Provide(receive)},
    guards=[needs("submissions:write")],
    responses=documented(*ACTS),
)
def replace_submission(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    caller: NamedDependency[Caller],
    received: NamedDependency[Received],
    submission: FromPath[str],
    dry_run: DryRun = False,
) -> Response[bytes]:
    """Put other facts of the same reporter and period in the place of a draft's, or of what was returned."""
    known(request)
    version = expected(request)
    present = desk.read(lambda connection: submissions.get(connection, submission, caller.roots))
    given = taken(received, desk, present.division, present.period)
    if dry_run:
        return _planned(desk, caller, given, replaces=submission)

    def work(connection: Connection, at: datetime.datetime) -> Submission:
        done = submissions.replace(
            connection, submission, given, desk.tree, version=version, by=caller.name, at=at, roots=caller.roots
        )
        return whole(connection, done)

    return answer(desk.act(caller, "replace_submission", submission, work, {"rows": len(given)}))


@get(
    "/submissions/{submission:str}",
    operation_id="get_submission",
    summary="One submission",
    tags=TAGS,
    sync_to_thread=True,
    guards=[needs("submissions:read")],
    responses=documented(401, 403, 404, 422, 429, 503),
)
def get_submission(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    caller: NamedDependency[Caller],
    submission: FromPath[str],
) -> Response[bytes]:
    """A submission as it is now, with what the checks saw and what was said to it. Its facts are under /v1/facts."""
    known(request)

    def work(connection: Connection) -> Submission:
        return whole(connection, submissions.get(connection, submission, caller.roots))

    found = desk.read(work)
    return answered(request, _WIRE(found), tag(found.version))


@get(
    "/submissions/{submission:str}/history",
    operation_id="get_submission_history",
    summary="Every step of a submission's life",
    tags=TAGS,
    sync_to_thread=True,
    guards=[needs("submissions:read")],
    responses=documented(401, 403, 404, 422, 429, 503),
)
def get_submission_history(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    caller: NamedDependency[Caller],
    submission: FromPath[str],
) -> SubmissionHistory:
    """Who did what to it and when, the first step first."""
    known(request)
    found = desk.read(lambda connection: submissions.history(connection, submission, caller.roots))
    return SubmissionHistory([Act(one.version, one.at, one.principal, one.act, one.state, one.note) for one in found])


def _planned(desk: Desk, caller: Caller, given: Sent, replaces: str = "") -> Response[bytes]:
    """What would be kept, and what the checks see in it."""
    deadline = Deadline(desk.settings.check_seconds)

    def work(connection: Connection) -> Findings:
        return look(
            connection, given, desk.catalogue, desk.tree, roots=caller.roots, replaces=replaces, progress=deadline.check
        )

    seen = desk.read(work)
    plan = Planned(
        given.division,
        given.period,
        len(given),
        list(given.divisions),
        given.frame["measure"].unique().sort().to_list(),
        [_finding({**one.as_dict(), "key": finding_key(one)}, None) for one in seen],
    )
    return Response(_WIRE(plan), status_code=200, media_type="application/json")


def answer(one: Submission) -> Response[bytes]:
    """A submission as it is now, and the tag of its version."""
    return Response(_WIRE(one), media_type="application/json", headers={"ETag": tag(one.version)})


_WIRE: Final = msgspec.json.Encoder().encode


def _states(texts: list[str] | None, faults: list[Fault]) -> tuple[State, ...]:
    known_states = ", ".join(STATES)
    faults.extend(
        Fault("registry.word", Place(item="state"), {"given": text, "known": known_states})
        for text in texts or ()
        if text not in STATES
    )
    return tuple(one for one in STATES if one in (texts or ()))


def _entry(one: Listed) -> Submission:
    return Submission(
        one.id, one.division, one.period, one.state, one.version, one.rows, one.submitted_by, one.revision, one.public
    )


def whole(connection: Connection, one: submissions.Submission) -> Submission:
    """With what the checks saw, and what the reporter said to it."""
    found = [_finding(told, one.remarks.get(told["key"])) for told in one.findings]
    return msgspec.structs.replace(_entry(listed(connection, one.id)), findings=found)


def _finding(told: dict[str, Any], remark: str | None) -> Finding:
    said = told["message"]
    return Finding(
        told["key"],
        told["code"],
        told["severity"],
        told["where"],
        Name(said["zh"], said["en"]),
        told["arithmetic"],
        remark,
    )
