"""The registry as the benches of look-ups and exports serve it: its shell, a caller known by a token, two routes."""

from __future__ import annotations

from typing import Any, Final

from litestar import Request, Response, Router, get
from litestar.connection import ASGIConnection
from litestar.di import NamedDependency, Provide
from litestar.exceptions import PermissionDeniedException
from litestar.handlers import BaseRouteHandler
from litestar.response import Stream

from minsheng_http.access.principal import ANONYMOUS, Principal
from minsheng_http.document import Described
from minsheng_http.etags import answered, tag
from minsheng_http.handlers import QuickHandler
from minsheng_http.holdings import Holdings
from minsheng_http.shell import Service, create_service
from minsheng_registry.book.fact_query import FactQuery
from minsheng_registry.export import exported
from minsheng_registry.reads import Reads
from minsheng_registry.settings import Settings
from minsheng_registry.storage.database import Database

TOKEN: Final = "ms_bench_0123456789abcdef0123456789abcdef"
_PROVINCE: Final = Principal("key:bench", frozenset({"projects:read", "facts:read"}), ("340000",))
_KNOWN: Final = {f"Bearer {TOKEN}": _PROVINCE}
_TAKEN: Final = {"projects": "projects:read", "facts": "facts:read"}


class _Plain(Described):
    """No description: the benches ask for none."""

    @property
    def data(self) -> dict[str, Any]:
        return {}


async def _admitted(connection: ASGIConnection[Any, Any, Any, Any], _handler: BaseRouteHandler) -> None:
    """Who the token says, and whether they may: a coroutine, because Litestar hands a plain function to a thread."""
    sent = next((value for name, value in connection.scope["headers"] if name == b"authorization"), b"")
    principal = _KNOWN.get(sent.decode("latin-1"), ANONYMOUS)
    if not principal.may(_TAKEN[connection.scope["path"].split("/")[2]]):
        raise PermissionDeniedException
    connection.scope["principal"] = principal  # type: ignore[typeddict-unknown-key]  # where the services put it


@get("/projects/{code:str}", operation_id="get_project", handler_class=QuickHandler)
async def _project(request: Request[Any, Any, Any], code: str, reads: NamedDependency[Reads]) -> Response[bytes]:
    origin = request.client.host if request.client else ""
    found = await reads.find_project(code, request.scope["principal"], origin)  # type: ignore[typeddict-item]  # as above
    return Response(b"", status_code=404) if found is None else answered(request, found.body, tag(found.version))


@get("/facts", operation_id="get_facts")
async def _facts(holdings: NamedDependency[Holdings], database: NamedDependency[Database], form: str) -> Stream:
    return await exported(database, FactQuery(), holdings.catalogue, form)


def registry(settings: Settings) -> Service:
    """The service."""
    database = Database(settings.database_url)
    reads = Reads(database)
    return create_service(
        [Router("/v1", route_handlers=[_project, _facts], guards=[_admitted])],
        holdings=Holdings(settings),
        document=_Plain(),
        dependencies={
            "reads": Provide(lambda: reads, sync_to_thread=False),
            "database": Provide(lambda: database, sync_to_thread=False),
        },
        on_startup=[reads.open],
        on_shutdown=[reads.close],
    )
