"""Bytes that are made in a thread, passed on to a client that may be slow, leave, or come no further."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Generator
from typing import Final

from litestar.response import Stream

from minsheng_http.forms import FORMS

__all__ = ["Passing", "Stalled", "told", "told_as"]


_PIECE: Final = 1 << 18
"""Bytes that are sent at once: what a transport cannot send yet it moves about with every piece that it can."""


class Stalled(Exception):  # noqa: N818  # the client's state, and no error of the program
    """A client took nothing for too long; what was held for it has been given back."""


def _seen(made: asyncio.Future[bytes | None]) -> None:
    """Look at what nobody may ask for any more, so that no loop complains of it."""
    if not made.cancelled():
        made.exception()


class Passing:
    """Parts of an answer, each made in a thread while the one before is on its way.

    What the parts are made from (a transaction, a file) belongs to their generator, which is closed when the last one
    is made, when making one fails, when the client leaves, and when it takes nothing for too long.

    Parameters
    ----------
    parts
        A generator that blocks.
    patience
        Seconds that a client may take for one piece.
    """

    def __init__(self, parts: Generator[bytes, None, None], patience: float = 60) -> None:
        self._parts: Final = parts
        self._patience: Final = patience
        self._turn: Final = threading.Lock()
        self._stalled = False
        self._next: asyncio.Future[bytes | None] | None = None

    async def begin(self) -> None:
        """Make the first part now: what fails here can still be answered with a problem."""
        self._prepare()
        assert self._next is not None
        try:
            await asyncio.wait([self._next])
        except asyncio.CancelledError:
            self._close()
            raise
        if self._next.exception() is not None:
            self._next.result()

    def _prepare(self) -> None:
        self._next = asyncio.get_running_loop().run_in_executor(None, self._make)
        self._next.add_done_callback(_seen)

    def _make(self) -> bytes | None:
        with self._turn:
            return next(self._parts, None)

    def _close(self) -> None:
        def close() -> None:
            with self._turn:
                self._parts.close()

        # not waited for: whoever is cancelled has no time
        _ = asyncio.get_running_loop().run_in_executor(None, close)

    def _stall(self) -> None:
        self._stalled = True
        self._close()

    async def __aiter__(self) -> AsyncGenerator[bytes, None]:
        """The parts; an error in the middle ends the connection, so that nothing cut off looks whole."""
        loop = asyncio.get_running_loop()
        if self._next is None:
            self._prepare()
        try:
            while self._next is not None and (part := await self._next) is not None:
                self._prepare()
                for start in range(0, len(part), _PIECE):
                    watch = loop.call_later(self._patience, self._stall)
                    try:
                        yield part[start : start + _PIECE]
                    finally:
                        watch.cancel()
                    if self._stalled:
                        raise Stalled
        finally:
            self._close()


async def told(
    form: str,
    parts: Generator[bytes, None, None],
    name: str,
    headers: dict[str, str] | None = None,
    patience: float = 60,
) -> Stream:
    """The answer to a request for a table, in a form of `minsheng_http.forms`, to be saved under a name."""
    kind = FORMS[form]
    media_type = kind.media_types[0] + ("; charset=utf-8" if form == "csv" else "")
    return await told_as(media_type, parts, f"{name}{kind.suffixes[0]}", headers, patience)


async def told_as(
    media_type: str,
    parts: Generator[bytes, None, None],
    file: str,
    headers: dict[str, str] | None = None,
    patience: float = 60,
) -> Stream:
    """The same in any media type, to be saved under the whole name of a file."""
    passing = Passing(parts, patience)
    await passing.begin()
    disposition = f'attachment; filename="{file}"'
    return Stream(
        aiter(passing), media_type=media_type, headers={"Content-Disposition": disposition, **(headers or {})}
    )
