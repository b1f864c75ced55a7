"""A request's body on its way to a temporary file: never whole in memory, no longer and no slower than allowed."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final

from litestar import Request
from litestar.di import NamedDependency

from libminsheng.errors import Fault
from minsheng_http.forms import FORMS, MULTIPART, TAKEN, form_of
from minsheng_http.holdings import Holdings
from minsheng_http.problems import Refused

__all__ = ["Received", "receive", "receiver", "turn"]

_TAKEN: Final = (*(kind for form in FORMS.values() for kind in form.media_types), *TAKEN, MULTIPART)


class Received:
    """A body in a folder of its own, which is there until the request has been answered."""

    def __init__(self, folder: Path, content_type: str) -> None:
        self.folder, self.content_type = folder, content_type

    @property
    def path(self) -> Path:
        return self.folder / "body"

    @property
    def essence(self) -> str:
        """The media type without its parameters."""
        return self.content_type.partition(";")[0].strip().lower()


_Watch = Callable[[Request[Any, Any, Any], int], None]


def receiver(*more: str, watch: _Watch | None = None) -> Callable[..., AsyncIterator[Received]]:
    """A dependency that gives the body of a request in a form of facts or of `more` media types, and a turn to work on it.

    `watch` is told of the bytes that have come in, and may refuse to wait for more.

    The turn is given back when the request has been answered. What it refuses with `Refused`: a kind that is not
    known, a body that is too long or too slow, and every body while others are worked on for too long.
    """
    taken = (*_TAKEN, *more)

    async def receive(request: Request[Any, Any, Any], holdings: NamedDependency[Holdings]) -> AsyncIterator[Received]:
        settings = holdings.settings
        content_type = request.headers.get("content-type", "")
        essence = content_type.partition(";")[0].strip().lower()
        if essence not in (MULTIPART, *more) and form_of(content_type) is None:
            values = {"given": essence, "known": ", ".join(taken)}
            raise Refused(415, Fault("service.media_type", values=values), headers={"Accept-Post": ", ".join(taken)})
        with _folder() as folder:
            received = Received(folder, content_type)
            try:
                async with asyncio.timeout(settings.body_seconds):
                    await _write(request, received.path, watch)
            except TimeoutError:
                raise Refused(408, headers={"Connection": "close"}) from None
            async with turn(holdings.turns, settings.waiting_seconds):
                yield received

    return receive


receive: Final = receiver()
"""The body of a request that brings facts."""


async def _write(request: Request[Any, Any, Any], path: Path, watch: _Watch | None) -> None:
    count = 0
    with path.open("wb") as file:
        async for chunk in request.stream():
            count += len(chunk)
            if watch is not None:
                watch(request, count)
            # a chunk is as large as one read from the socket: writing it to the page cache is quicker than a thread
            file.write(chunk)


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="minsheng-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def turn(turns: asyncio.Semaphore, seconds: float) -> AsyncIterator[None]:
    """A turn to work, which is given back at the end; 503 where none is free for so long."""
    try:
        async with asyncio.timeout(seconds):
            await turns.acquire()
    except TimeoutError:
        raise Refused(503) from None
    try:
        yield
    finally:
        turns.release()
