"""The registry as an ASGI application."""

from __future__ import annotations

from litestar.di import Provide

from minsheng_http.access.guard import Gate, undeclared
from minsheng_http.access.jwt import issuers_from_environment
from minsheng_http.access.tokens import Tokens
from minsheng_http.shell import Service, create_service
from minsheng_registry.access.keys import Ring
from minsheng_registry.bodies import sent_json
from minsheng_registry.desk import Desk
from minsheng_registry.document import DOCUMENT
from minsheng_registry.refused import HANDLERS
from minsheng_registry.routes import ROUTES
from minsheng_registry.settings import Settings

__all__ = ["create_app"]


def create_app(settings: Settings | None = None) -> Service:
    """The service as an ASGI application; it brings its database to the present form when it starts."""
    desk = Desk(settings or Settings.from_environment())

    def provide() -> Desk:
        return desk

    ring = Ring(desk.database)
    gate = Gate(Tokens(ring, issuers_from_environment()), desk.settings)
    made = create_service(
        ROUTES,
        holdings=desk,
        document=DOCUMENT,
        gate=gate,
        dependencies={
            "desk": Provide(provide, sync_to_thread=False),
            "caller": Provide(desk.caller, sync_to_thread=False),
            "sent": Provide(sent_json),
        },
        handlers=HANDLERS,
        checks=desk.checks,
        noticed=desk.notice,
        on_startup=[desk.open],
        on_shutdown=[ring.close, desk.close],
        state={"desk": desk, "ring": ring},
    )
    silent = undeclared(made)
    assert not silent, f"these say to nobody what they need: {silent}"
    return made
