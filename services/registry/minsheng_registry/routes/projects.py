"""Projects: entered, changed, withdrawn; as they stand, as they stood, and each version."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Final
from urllib.parse import quote

import msgspec
from litestar import Request, Response, get, patch, post, put
from litestar.concurrency import sync_to_thread
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from sqlalchemy import Connection

from libminsheng.errors import Fault, Place
from minsheng_http.access.guard import needs
from minsheng_http.etags import answered, tag
from minsheng_http.handlers import quick_get
from minsheng_http.pages import Cursor, Limit, opened, seal
from minsheng_http.problems import documented
from minsheng_registry.bodies import (
    Area,
    AsOfAsked,
    IdempotencyKey,
    Whole,
    as_of,
    divisions_of,
    expected,
    known,
)
from minsheng_registry.book import projects
from minsheng_registry.book.act_rows import ReasonRow
from minsheng_registry.book.canonical import canonical, digest
from minsheng_registry.book.project_list import SORTS, ProjectFilter, Sort, find
from minsheng_registry.book.projects import ProjectVersion
from minsheng_registry.book.refusals import Unusable
from minsheng_registry.book.shapes import read_shape
from minsheng_registry.book.words import WORDS
from minsheng_registry.desk import Caller, Desk
from minsheng_registry.schemas import Project, ProjectHistory, ProjectPage
from minsheng_registry.schemas import ProjectVersion as Version

__all__ = [
    "create_project",
    "get_project",
    "get_project_history",
    "list_projects",
    "patch_project",
    "replace_project",
    "withdraw_project",
]

_TAGS: Final = ["projects"]
_QUESTION: Final = ("division", "subtree", "domain", "kind", "tier", "status", "year", "text", "sort", "as_of")
"""Parameters that a cursor is good for."""
_BY_NUMBER: Final = ("first_year", "revision")
"""What lists are sorted by that is no text."""
_READ_ONLY: Final = ("version", "revision", "at")
"""What an answer has beside the document: sent back unchanged by those who read, change and write."""

Words = Annotated[list[str] | None, QueryParameter(max_items=100)]
InYear = Annotated[int | None, QueryParameter(ge=1949, le=2200, description="A year within the project's years.")]
Text = Annotated[
    str | None, QueryParameter(max_length=100, description="Words in code, names or lead department; Chinese too.")
]
Order = Annotated[
    str, QueryParameter(description="By what the list is sorted; - turns it round.", schema_extra={"enum": list(SORTS)})
]


def wire(one: ProjectVersion) -> bytes:
    """A project as answers have it: what version it is, then its document as it is kept."""
    head = msgspec.json.encode({"version": one.version, "revision": one.revision_from, "at": one.at})
    return head[:-1] + b"," + canonical(one.document).encode()[1:]


@get(
    "/projects",
    operation_id="list_projects",
    summary="List or search projects",
    tags=_TAGS,
    sync_to_thread=True,
    guards=[needs("projects:read")],
    responses=documented(401, 403, 422, 429, 503),
)
def list_projects(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    caller: NamedDependency[Caller],
    division: Area = None,
    subtree: Whole = True,
    domain: Words = None,
    kind: Words = None,
    tier: Words = None,
    status: Words = None,
    year: InYear = None,
    text: Text = None,
    sort: Order = "code",
    moment: AsOfAsked = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> ProjectPage:
    """Projects that fit all that is asked; without a status all but the withdrawn ones."""
    faults: list[Fault] = []
    if sort not in SORTS:
        faults.append(Fault("registry.word", Place(item="sort"), {"given": sort, "known": ", ".join(SORTS)}))
    wanted = ProjectFilter(
        divisions=divisions_of(desk.tree, division, faults),
        subtree=subtree,
        domains=_codes("domain", domain, faults),
        kinds=_codes("kind", kind, faults),
        tiers=_codes("tier", tier, faults),
        statuses=_codes("status", status, faults),
        year=year,
        text=text or "",
        as_of=as_of(moment, faults),
        roots=caller.roots,
    )
    known(request, faults=faults)
    question = ["projects", *(str(request.query_params.getall(name, [])) for name in _QUESTION), caller.roots]
    by = int if sort.removeprefix("-") in _BY_NUMBER else str
    after = None if cursor is None else opened(question, cursor, by, str)
    page = desk.read(
        lambda connection: find(
            connection, wanted, sort=_sort(sort), limit=limit, after=None if after is None else (after[0], after[1])
        )
    )
    following = None if page.following is None else seal(question, page.following)
    return ProjectPage([_project(one) for one in page.projects], following)


def _sort(text: str) -> Sort:
    return next(one for one in SORTS if one == text)


@post(
    "/projects",
    operation_id="create_project",
    summary="Enter a project",
    tags=_TAGS,
    sync_to_thread=True,
    guards=[needs("projects:write")],
    responses=documented(401, 403, 408, 409, 413, 415, 422, 429, 503),
)
def create_project(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    caller: NamedDependency[Caller],
    sent: NamedDependency[Any],
    idempotency_key: IdempotencyKey = None,
) -> Response[bytes]:
    """A new project. With an Idempotency-Key it is entered once, however often the request is sent."""
    known(request)
    code = str(sent.get("code", "")) if isinstance(sent, dict) else ""

    def work(connection: Connection, at: datetime.datetime) -> str:
        made = projects.create(connection, sent, desk.catalogue, desk.tree, by=caller.name, at=at, roots=caller.roots)
        return wire(made).decode()

    told = desk.act_once(caller, idempotency_key, digest(["create_project", sent]), "create_project", code, work)
    made = msgspec.json.decode(told, type=Project)
    headers = {"ETag": tag(made.version), "Location": f"/v1/projects/{quote(made.code)}"}
    return Response(told.encode(), status_code=201, media_type="application/json", headers=headers)


@quick_get(
    "/projects/{code:str}",
    operation_id="get_project",
    summary="One project",
    tags=_TAGS,
    guards=[needs("projects:read")],
    responses=documented(401, 403, 404, 422, 429, 503),
)
async def get_project(
    request: Request[Any, Any, Any], code: FromPath[str], moment: AsOfAsked = None
) -> Response[bytes]:
    """A project as it stands or, with as_of, as it stood. If-None-Match is answered with 304 where it is the same."""
    # asked for most often: dependencies of the framework would each be a task
    desk: Desk = request.app.state.desk
    caller = desk.caller(request)
    faults: list[Fault] = []
    time = as_of(moment, faults)
    known(request, faults=faults)
    if time is not None:
        then = await sync_to_thread(desk.read, lambda connection: projects.get(connection, code, time, caller.roots))
        return answered(request, wire(then), tag(then.version))
    found = await desk.lookup.find(code, caller.roots)
    if found is None:
        raise projects.unknown(code)
    return answered(request, found.body, tag(found.version))


@get(
    "/projects/{code:str}/history",
    operation_id="get_project_history",
    summary="Every version of a project",
    tags=_TAGS,
    sync_to_thread=True,
    guards=[needs("projects:read")],
    responses=documented(401, 403, 404, 422, 429, 503),
)
def get_project_history(
    request: Request[Any, Any, Any], desk: NamedDependency[Desk], caller: NamedDependency[Caller], code: FromPath[str]
) -> ProjectHistory:
    """Every version, the first one first: by whom, when, why."""
    known(request)
    found = desk.read(lambda connection: projects.history(connection, code, caller.roots))
    return ProjectHistory(
        [Version(one.act, one.reason, one.principal, one.revision_to, _project(one)) for one in found]
    )


@put(
    "/projects/{code:str}",
    operation_id="replace_project",
    summary="Replace a project's document",
    tags=_TAGS,
    sync_to_thread=True,
    guards=[needs("projects:write")],
    responses=documented(401, 403, 404, 408, 409, 412, 413, 415, 422, 428, 429, 503),
)
def replace_project(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    caller: NamedDependency[Caller],
    sent: NamedDependency[Any],
    code: FromPath[str],
) -> Response[bytes]:
    """Put a document in the place of the present one; If-Match says which version was read."""
    given = {name: value for name, value in sent.items() if name not in _READ_ONLY} if isinstance(sent, dict) else sent
    return _changed(desk, caller, request, "replace_project", code, projects.replace, given)


@patch(
    "/projects/{code:str}",
    operation_id="patch_project",
    summary="Change parts of a project",
    tags=_TAGS,
    sync_to_thread=True,
    guards=[needs("projects:write")],
    responses=documented(401, 403, 404, 408, 409, 412, 413, 415, 422, 428, 429, 503),
)
def patch_project(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    caller: NamedDependency[Caller],
    sent: NamedDependency[Any],
    code: FromPath[str],
) -> Response[bytes]:
    """Change parts by a merge patch (RFC 7396): null removes, objects are merged, anything else replaces."""
    if not isinstance(sent, dict):
        raise Unusable(Fault("registry.expected_object", Place(item="?"), {"given": type(sent).__name__}))
    return _changed(desk, caller, request, "patch_project", code, projects.patch, sent)


@post(
    "/projects/{code:str}/withdraw",
    operation_id="withdraw_project",
    summary="Withdraw a project",
    tags=_TAGS,
    status_code=200,
    sync_to_thread=True,
    guards=[needs("projects:withdraw")],
    responses=documented(401, 403, 404, 408, 409, 412, 413, 415, 422, 428, 429, 503),
)
def withdraw_project(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    caller: NamedDependency[Caller],
    sent: NamedDependency[Any],
    code: FromPath[str],
) -> Response[bytes]:
    """End a project, with a reason. It stays readable; nothing is deleted."""
    reason = read_shape(ReasonRow, sent).reason
    known(request)
    version = expected(request)

    def work(connection: Connection, at: datetime.datetime) -> ProjectVersion:
        return projects.withdraw(
            connection, code, reason, desk.tree, version=version, by=caller.name, at=at, roots=caller.roots
        )

    done = desk.act(caller, "withdraw_project", code, work, {"version": version})
    return _answer(done)


def _changed(
    desk: Desk,
    caller: Caller,
    request: Request[Any, Any, Any],
    act: str,
    code: str,
    change: Callable[..., ProjectVersion],
    given: object,
) -> Response[bytes]:
    known(request)
    version = expected(request)

    def work(connection: Connection, at: datetime.datetime) -> ProjectVersion:
        return change(
            connection,
            code,
            given,
            desk.catalogue,
            desk.tree,
            version=version,
            by=caller.name,
            at=at,
            roots=caller.roots,
        )

    return _answer(desk.act(caller, act, code, work, {"version": version}))


def _answer(one: ProjectVersion) -> Response[bytes]:
    return Response(wire(one), media_type="application/json", headers={"ETag": tag(one.version)})


def _project(one: ProjectVersion) -> Project:
    head = {"version": one.version, "revision": one.revision_from, "at": one.at}
    return msgspec.convert({**head, **one.document}, Project)


def _codes(name: str, texts: Sequence[str] | None, faults: list[Fault]) -> tuple[str, ...]:
    """The codes that words stand for; a word that nobody knows is a fault."""
    words = WORDS["any_status" if name == "status" else name]
    codes = []
    for text in texts or ():
        code = words.code(text)
        if code is None:
            faults.append(words.fault(text, name))
        else:
            codes.append(code)
    return tuple(codes)
