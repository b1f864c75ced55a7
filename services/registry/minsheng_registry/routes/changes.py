"""Changes: what was accepted, in an order that no reader can miss anything of."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from libminsheng.errors import Fault
from minsheng_http.access.guard import needs
from minsheng_http.problems import documented
from minsheng_registry.bodies import known
from minsheng_registry.desk import Caller, Desk
from minsheng_registry.schemas import Change, ChangePage

__all__ = ["list_changes"]

After = Annotated[int, QueryParameter(ge=0, le=2**53, description="The number up to which the caller knows them.")]
Most = Annotated[int, QueryParameter(ge=1, le=1_000, description="Changes of one answer.")]
Wait = Annotated[
    float, QueryParameter(ge=0, le=3_600, description="Seconds to wait for a change where there is none yet.")
]


@get(
    "/changes",
    operation_id="list_changes",
    summary="Read accepted changes in their order",
    tags=["changes"],
    guards=[needs("changes:read")],
    responses=documented(401, 403, 422, 429, 503),
)
async def list_changes(
    request: Request[Any, Any, Any],
    desk: NamedDependency[Desk],
    caller: NamedDependency[Caller],
    after: After = 0,
    limit: Most = 100,
    wait: Wait = 0,
) -> ChangePage:
    """Every change after a number. Ask again from `last`: there is no gap in it, whoever wrote at the same time."""
    faults = list[Fault]()
    if wait > desk.settings.most_wait:
        faults.append(Fault("registry.wait", values={"wait": wait, "most": desk.settings.most_wait}))
    known(request, faults=faults)
    found, last = await desk.tide.changes(after, limit, caller.roots, wait)
    return ChangePage([Change(one.number, one.at, one.kind, one.subject, one.version, one.act) for one in found], last)
