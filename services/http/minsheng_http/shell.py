"""The application of a service: what every one of them has, and how each request is spoken to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.types import ControllerRouterHandler, LifespanHook, Send

from libminsheng.errors import Language, current_language, language
from minsheng_http.document import Document
from minsheng_http.holdings import Holdings
from minsheng_http.problems import HANDLERS
from minsheng_http.routes.health import live, ready
from minsheng_http.routes.schema import schema_json, schema_page

__all__ = ["Service", "create_service"]


class Service(Litestar):
    """An application, with two things done before routing: HEAD is a GET without its body, and words are chosen."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        with language(_spoken(scope)):
            if scope["method"] == "HEAD":
                whole: Any = {**scope, "method": "GET"}
                await super().__call__(whole, receive, _without_body(send))
            else:
                await super().__call__(scope, receive, send)


def create_service(
    routes: Sequence[ControllerRouterHandler],
    *,
    holdings: Holdings,
    document: Document,
    dependencies: Mapping[str, Any] | None = None,
    checks: Callable[[], Mapping[str, bool]] | None = None,
    on_startup: Sequence[LifespanHook] = (),
    on_shutdown: Sequence[LifespanHook] = (),
    state: Mapping[str, Any] | None = None,
    **options: Any,
) -> Service:
    """A service with its health, its document and its problems.

    Parameters
    ----------
    routes
        What the service answers, and nobody else.
    holdings
        What all requests share; its settings are those of the service.
    document
        What describes the routes.
    dependencies
        What handlers ask for by name; ``holdings`` is there anyway.
    checks
        What has to be true before it may be sent requests, by name; beside the definitions, which have to be read.
    on_startup, on_shutdown, state, options
        As Litestar has them.
    """

    def provide() -> Holdings:
        return holdings

    def looked_at() -> Mapping[str, bool]:
        return {"definitions": holdings.ready, **(checks() if checks else {})}

    return Service(
        [
            *routes,
            Router("/health", route_handlers=[live, ready]),
            Router("/schema", route_handlers=[schema_json, schema_page]),
        ],
        dependencies={"holdings": Provide(provide, sync_to_thread=False), **(dependencies or {})},
        exception_handlers=HANDLERS,
        on_startup=[holdings.load, *on_startup],
        on_shutdown=list(on_shutdown),
        openapi_config=None,
        logging_config=None,
        request_max_body_size=holdings.settings.most_body,
        state=State(
            {
                "settings": holdings.settings,
                "holdings": holdings,
                "document": document,
                "checks": looked_at,
                **(state or {}),
            }
        ),
        **options,
    )


def _without_body(send: Send) -> Send:
    async def headers_only(message: Any) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return headers_only


def _spoken(scope: Any) -> Language:
    """The language that the request prefers of the two, else that of the process."""
    wished: list[tuple[float, Language]] = []
    for part in dict(scope["headers"]).get(b"accept-language", b"").decode("latin-1").split(","):
        tag, _, quality = part.strip().lower().partition(";q=")
        tongue = tag.partition("-")[0]
        if tongue in ("zh", "en"):
            try:
                weight = float(quality or 1)
            except ValueError:
                weight = 0.0
            wished.append((weight, "zh" if tongue == "zh" else "en"))
    best = max(wished, key=lambda one: one[0], default=(0.0, current_language()))
    return best[1] if best[0] > 0 else current_language()
