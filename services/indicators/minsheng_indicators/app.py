"""The application: routes, what they share, and how each request is spoken to."""

from __future__ import annotations

from typing import Any

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.types import Send

from libminsheng.errors import Language, current_language, language
from minsheng_indicators.holdings import Holdings
from minsheng_indicators.problems import HANDLERS
from minsheng_indicators.routes import ROUTES
from minsheng_indicators.routes.schema import schema_json, schema_page
from minsheng_indicators.settings import Settings

__all__ = ["create_app"]


class _Service(Litestar):
    """The application, with two things done before routing: HEAD is a GET without its body, and words are chosen."""

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


def create_app(settings: Settings | None = None) -> Litestar:
    """The service as an ASGI application.

    >>> from litestar.testing import TestClient
    >>> with TestClient(create_app()) as client:
    ...     client.get("/v1/indicators/newborn_screening_rate").json()["editions"][0]["formula"]
    'newborns_screened / live_births'
    """
    chosen = settings or Settings.from_environment()
    holdings = Holdings(chosen)

    def provide() -> Holdings:
        return holdings

    return _Service(
        [*ROUTES, Router("/schema", route_handlers=[schema_json, schema_page])],
        dependencies={"holdings": Provide(provide, sync_to_thread=False)},
        exception_handlers=HANDLERS,
        on_startup=[holdings.load],
        openapi_config=None,
        logging_config=None,
        request_max_body_size=chosen.most_body,
        state=State({"holdings": holdings}),
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
