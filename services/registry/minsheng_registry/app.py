"""The registry as an ASGI application."""

from __future__ import annotations

from typing import Final

from litestar.di import Provide

from minsheng_http.access.guard import Gate, undeclared
from minsheng_http.access.jwt import issuers_from_environment
from minsheng_http.access.own import WithOwn
from minsheng_http.access.principal import EVERYWHERE, Principal
from minsheng_http.access.tokens import KeyRing, Tokens
from minsheng_http.shell import Service, create_service
from minsheng_registry.access.keys import Ring
from minsheng_registry.bodies import sent_json
from minsheng_registry.desk import Desk
from minsheng_registry.document import DOCUMENT
from minsheng_registry.refused import HANDLERS
from minsheng_registry.routes import ROUTES
from minsheng_registry.settings import Settings

__all__ = ["create_app"]


_COPIES: Final = frozenset({"facts:read", "changes:read"})


def create_app(settings: Settings | None = None, *, own_token: str | None = None) -> Service:
    """The service as an ASGI application; it brings its database to the present form when it starts.

    Parameters
    ----------
    settings
        What it is told; without them the environment's.
    own_token
        A token of the process' own, with which its other service copies facts.
    """
    desk = Desk(settings or Settings.from_environment())

    def provide() -> Desk:
        return desk

    ring = Ring(desk.database)
    keys: KeyRing = ring
    if own_token is not None:
        keys = WithOwn(ring, own_token, Principal("process:copy", _COPIES, EVERYWHERE))
    gate = Gate(Tokens(keys, issuers_from_environment()), desk.settings)
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
