"""The audit: who did what, when, from where, with which outcome."""

from __future__ import annotations

import datetime
from typing import Annotated, Any, Final, Literal

import msgspec
from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from sqlalchemy import Connection

from libminsheng.errors import Fault, Place
from minsheng_http.access.guard import needs
from minsheng_http.pages import Cursor, Limit, opened, seal
from minsheng_http.problems import documented
from minsheng_registry.bodies import EARLIEST, known
from minsheng_registry.book.audit_list import AuditFilter, Noted, find
from minsheng_registry.desk import Caller, Desk
from minsheng_registry.schemas import AuditEntry, AuditPage

__all__ = ["list_audit"]

_LATEST: Final = datetime.datetime(9999, 1, 1, tzinfo=datetime.UTC)

Who = Annotated[str | None, QueryParameter(max_length=300, description="Only what this principal did.")]
What = Annotated[str | None, QueryParameter(max_length=100, description="Only this act, as create_project.")]
How = Annotated[
    Literal["done", "refused", "failed"] | None, QueryParameter(description="Only what was done, refused or failed.")
]
Since = Annotated[datetime.datetime | None, QueryParameter(description="From this time on, with its zone.")]
Until = Annotated[datetime.datetime | None, QueryParameter(description="Before this time, with its zone.")]


@get(
    "/audit",
    operation_id="list_audit",
    summary="Read the audit",
    tags=["audit"],
    sync_to_thread=True,
    guards=[needs("audit:read")],
    responses=documented(401, 403, 422, 429, 503),
)
def list_audit(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    caller: NamedDependency[Caller],
    principal: Who = None,
    act: What = None,
    outcome: How = None,
    since: Since = None,
    until: Until = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> AuditPage:
    """Entries in their order. Who does not see every division sees what they did themselves, and nothing else."""
    faults = [
        Fault("registry.no_zone", Place(item=name), {"given": time})
        for name, time in (("since", since), ("until", until))
        if time is not None and time.tzinfo is None
    ]
    known(request, faults=faults)
    own = None if caller.principal.everywhere else caller.name
    if own is not None and principal not in (None, own):
        return AuditPage([], None)
    wanted = AuditFilter(own or principal, act, outcome, _within(since), _within(until))
    question = ["audit", own or principal, act, outcome, str(since), str(until)]
    after = 0 if cursor is None else opened(question, cursor, int)[0]

    def work(connection: Connection) -> list[Noted]:
        return find(connection, wanted, after=after, limit=limit + 1)

    found = desk.read(work)
    following = seal(question, [found[limit - 1].number]) if len(found) > limit else None
    return AuditPage([msgspec.convert(one, AuditEntry, from_attributes=True) for one in found[:limit]], following)


def _within(time: datetime.datetime | None) -> datetime.datetime | None:
    """A time that can be told in any zone."""
    return None if time is None else min(max(time, EARLIEST), _LATEST)
