"""A service on a socket, by uvicorn (docs/decisions/0011)."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Callable
from typing import Any, Final, TypeVar

import h11
import uvicorn
from litestar.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from libminsheng.errors import say
from minsheng_http.settings import ServiceSettings

__all__ = ["run", "serve"]

Kind = TypeVar("Kind", bound=ServiceSettings)

_LOOPBACK: Final = ("127.", "::1", "localhost")
_LONGEST_HEAD: Final = 16 * 1024


def serve(create: Callable[[Kind], ASGIApp], settings: Kind, host: str | None = None, port: int | None = None) -> None:
    """Answer requests until the process is told to stop; those that are being answered are finished first.

    Parameters
    ----------
    create
        What makes the application of its settings.
    settings
        The settings of the service.
    host, port
        Where to listen, instead of what the settings say; port 0 takes any that is free.

    Raises
    ------
    OSError
        If the address cannot be had.
    """
    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    settings = settings.model_copy(update=given)
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.create_server((settings.host, settings.port), family=family, backlog=1024) as listening:
        run(create(settings), settings, listening)


def run(app: ASGIApp, settings: ServiceSettings, listening: socket.socket) -> None:
    """Serve an application on a socket that listens already."""
    name = f"[{settings.host}]" if ":" in settings.host else settings.host
    lines = [say("service.listens", url=f"http://{name}:{listening.getsockname()[1]}")]
    if not settings.host.startswith(_LOOPBACK):
        lines.append(say("service.open_to_all", host=settings.host))
    sys.stderr.write("".join(f"{line}\n" for line in lines))
    sys.stderr.flush()
    config = uvicorn.Config(
        app,
        http=_patient(settings.header_seconds),
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        h11_max_incomplete_event_size=_LONGEST_HEAD,
        timeout_graceful_shutdown=int(settings.seconds) + 1,
    )
    uvicorn.Server(config).run(sockets=[listening])


def _patient(seconds: float) -> type[H11Protocol]:
    """The protocol of uvicorn with an end to its patience: a request whose first lines do not come is hung up on."""

    class Patient(H11Protocol):
        waiting: asyncio.TimerHandle | None = None

        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            self._look()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            self._look()

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop()
            super().connection_lost(exc)

        def _look(self) -> None:
            """Wait while the first lines are still to come, and no longer."""
            if self.conn.their_state is not h11.IDLE:
                self._stop()
            elif self.waiting is None:
                self.waiting = self.loop.call_later(seconds, self.transport.close)

        def _stop(self) -> None:
            if self.waiting is not None:
                self.waiting.cancel()
                self.waiting = None

    return Patient
