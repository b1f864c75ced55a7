"""The application of a service: what every one of them has, and how each request is spoken to."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from functools import lru_cache
from typing import Any, Final

from litestar import Litestar, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.types import ControllerRouterHandler, LifespanHook

from libminsheng.errors import Language, language
from minsheng_http.access.guard import Gate, ask_guards_directly
from minsheng_http.access.tokens import Tokens
from minsheng_http.document import Described
from minsheng_http.holdings import Holdings
from minsheng_http.logs import REQUEST
from minsheng_http.metrics import Metrics
from minsheng_http.passage import Passage
from minsheng_http.problems import HANDLERS
from minsheng_http.routes.health import live, ready
from minsheng_http.routes.metrics import metrics
from minsheng_http.routes.schema import schema_json, schema_page
from minsheng_http.threads import guard_threads

__all__ = ["Service", "create_service", "spoken"]

_LONGEST: Final = 200
"""Bytes of Accept-Language that are looked at."""
_LOG: Final = logging.getLogger("minsheng.requests")


class Service(Litestar):
    """An application, with what is done for every request before it is routed and while it is answered.

    HEAD is a GET without its body; words are chosen; the request gets an id, is counted, timed and logged; its answer
    says that nobody may guess its type, keep what a token has paid for, or run anything in a page.
    """

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await super().__call__(scope, receive, send)
            return
        headers = dict(scope["headers"])
        passage = Passage(scope, headers, receive, send)
        counted: Metrics = self.state.counted
        counted.begin()
        noted = REQUEST.set(passage.request)
        try:
            lang = spoken(headers.get(b"accept-language", b"")[:_LONGEST])
            with language(lang) if lang else nullcontext():
                await super().__call__(passage.scope, passage.receive, passage.send)
        finally:
            counted.end(passage.operation, passage.status, passage.seconds)
            if self.state.noticed is not None:
                self.state.noticed(passage)
            if _LOG.isEnabledFor(logging.INFO):
                _LOG.info("answered", extra={"event": {"service": counted.service, **passage.event}})
            REQUEST.reset(noted)


def create_service(
    routes: Sequence[ControllerRouterHandler],
    *,
    holdings: Holdings,
    document: Described,
    gate: Gate | None = None,
    dependencies: Mapping[str, Any] | None = None,
    handlers: Mapping[Any, Any] | None = None,
    checks: Callable[[], Mapping[str, bool]] | None = None,
    noticed: Callable[[Passage], None] | None = None,
    on_startup: Sequence[LifespanHook] = (),
    on_shutdown: Sequence[LifespanHook] = (),
    state: Mapping[str, Any] | None = None,
    **options: Any,
) -> Service:
    """A service with its health, its metrics, its document and its problems.

    Parameters
    ----------
    routes
        What the service answers, and nobody else.
    holdings
        What all requests share; its settings are those of the service.
    document
        What describes the routes.
    gate
        Who knows tokens; without it nobody does.
    dependencies
        What handlers ask for by name; ``holdings`` is there anyway.
    handlers
        Exceptions of its own, and what answers them.
    checks
        What has to be true before it may be sent requests, by name; beside the definitions, which have to be read.
    noticed
        What is told of every request after it was answered: who asked what from where, and how it was answered.
    on_startup, on_shutdown, state, options
        As Litestar has them.
    """

    def provide() -> Holdings:
        return holdings

    def looked_at() -> Mapping[str, bool]:
        return {"definitions": holdings.ready, **(checks() if checks else {})}

    counted = Metrics(holdings.settings.service())
    made = Service(
        [
            *routes,
            Router("/", route_handlers=[metrics]),
            Router("/health", route_handlers=[live, ready]),
            Router("/schema", route_handlers=[schema_json, schema_page]),
        ],
        dependencies={"holdings": Provide(provide, sync_to_thread=False), **(dependencies or {})},
        exception_handlers={**HANDLERS, **(handlers or {})},
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
                "noticed": noticed,
                "gate": gate or Gate(Tokens(), holdings.settings),
                "counted": counted,
                "metrics": (counted,),
                **(state or {}),
            }
        ),
        **options,
    )
    guard_threads(made)
    ask_guards_directly(made)
    return made


@lru_cache(256)
def spoken(accepted: bytes) -> Language | None:
    """The language that a request prefers of the two; None where it is that of the process.

    >>> spoken(b"fr, zh-CN;q=0.8, en;q=0.9"), spoken(b"de")
    ('en', None)
    """
    wished: list[tuple[float, Language]] = []
    for part in accepted.decode("latin-1").split(","):
        tag, _, quality = part.strip().lower().partition(";q=")
        tongue = tag.partition("-")[0]
        if tongue in ("zh", "en"):
            try:
                weight = float(quality or 1)
            except ValueError:
                weight = 0.0
            wished.append((weight, "zh" if tongue == "zh" else "en"))
    best = max(wished, key=lambda one: one[0], default=None)
    return best[1] if best is not None and best[0] > 0 else None
