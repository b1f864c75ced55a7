"""A service on a socket, by uvicorn (docs/decisions/0011)."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from typing import Any, Final, TypeVar

import h11
import uvicorn
from litestar.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.supervisors import Multiprocess

from libminsheng.errors import say
from minsheng_http.access.near import is_loopback
from minsheng_http.ending import ENDING
from minsheng_http.logs import log_config
from minsheng_http.metrics import SHARED_FOLDER
from minsheng_http.problems import MEDIA_TYPE, problem
from minsheng_http.settings import ServiceSettings

__all__ = ["serve"]

Kind = TypeVar("Kind", bound=ServiceSettings)

_TURN: Final = 0.0005
"""Seconds that a thread with work for long keeps the interpreter from the loop, which gives it up at every answer sent."""
_LONGEST_HEAD: Final = 16 * 1024
_HUNG: Final = 30
"""Seconds after which a process that does not answer its parent is ended. It does not while it is still being loaded:
where that took longer than uvicorn's 5, each was ended before it could answer anybody, again and again."""


def serve(create: Callable[[Kind], ASGIApp], settings: Kind, host: str | None = None, port: int | None = None) -> None:
    """Answer requests until the process is told to stop; those that are being answered are finished first.

    Parameters
    ----------
    create
        What makes the application of its settings, in which the port is the real one. Where several processes answer
        side by side each makes its own, so it has to be a function of a module, or a `functools.partial` of one.
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
        # inherited by every connection: without it, each answer of two writes waits 40 ms for the client's receipt
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _tell(settings, listening)
        settings = settings.model_copy(update={"port": listening.getsockname()[1]})
        if settings.workers == 1:
            uvicorn.Server(_config(_created(create, settings), settings)).run(sockets=[listening])
        else:
            with tempfile.TemporaryDirectory(prefix="minsheng-") as counts:
                os.environ[SHARED_FOLDER] = counts
                Multiprocess(
                    _config(partial(_created, create, settings), settings, factory=True), sockets=[listening]
                ).run()


def _created(create: Callable[[Kind], ASGIApp], settings: Kind) -> ASGIApp:
    """The application, in the process that answers with it.

    What is there once it has started stays to the end: to look through it for garbage, again and again, would keep
    everybody waiting for a tenth of a second (docs/decisions/0020).
    """
    sys.setswitchinterval(_TURN)
    application = create(settings)

    async def answering(scope: Any, receive: Any, send: Any) -> None:
        async def told(message: Any) -> None:
            if message["type"] == "lifespan.startup.complete":
                gc.collect()
                gc.freeze()
            await send(message)

        await application(scope, receive, told if scope["type"] == "lifespan" else send)

    return answering


def _tell(settings: ServiceSettings, listening: socket.socket) -> None:
    name = f"[{settings.host}]" if ":" in settings.host else settings.host
    lines = [say("service.listens", url=f"http://{name}:{listening.getsockname()[1]}")]
    if not is_loopback(settings.host):
        lines.append(say("service.open_to_all", host=settings.host))
    sys.stderr.write("".join(f"{line}\n" for line in lines))
    sys.stderr.flush()


def _config(app: Any, settings: ServiceSettings, *, factory: bool = False) -> uvicorn.Config:
    patient: Any = partial(Patient, patience=settings.header_seconds)
    return uvicorn.Config(
        app,
        factory=factory,
        workers=settings.workers,
        timeout_worker_healthcheck=_HUNG,
        http=patient,
        ws="none",
        lifespan="on",
        log_config=log_config(requests=settings.log_requests),
        access_log=False,
        server_header=False,
        h11_max_incomplete_event_size=_LONGEST_HEAD,
        timeout_graceful_shutdown=int(settings.seconds) + 1,
    )


class Patient(H11Protocol):
    """The protocol of uvicorn with an end to its patience: a request whose first lines do not come is hung up on.

    What is no HTTP at all is told so by a problem, as anything else that is wrong.
    """

    def __init__(self, *given: Any, patience: float, **named: Any) -> None:
        super().__init__(*given, **named)
        self._patience = patience
        self._waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._look()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._look()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        ENDING.begin()
        super().shutdown()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  # the problem says it in the words of this house
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            content = problem(400)
            headers = [
                ("content-type", MEDIA_TYPE),
                ("content-length", str(len(content))),
                ("x-content-type-options", "nosniff"),
                ("connection", "close"),
            ]
            for event in (h11.Response(status_code=400, headers=headers), h11.Data(content), h11.EndOfMessage()):
                self.transport.write(self.conn.send(event) or b"")
        if self.cycle is not None:  # an answer to the part that was HTTP may be under way; nobody hears it any more
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.close()

    def _look(self) -> None:
        """Wait while the first lines are still to come, and no longer."""
        if self.conn.their_state is not h11.IDLE:
            self._stop()
        elif self._waiting is None:
            self._waiting = self.loop.call_later(self._patience, self.transport.close)

    def _stop(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None
