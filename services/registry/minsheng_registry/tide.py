"""The tide: everyone who waits for the next change waits for one reader that looks."""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial
from typing import Final

from litestar.concurrency import sync_to_thread

from minsheng_registry.book.changes import Change, changes_after, last_revision
from minsheng_registry.book.places import Roots
from minsheng_registry.storage.database import Database
from minsheng_registry.storage.trouble import Unavailable

__all__ = ["Tide"]

_EVERY: Final = 0.1
"""Seconds between two looks, while anybody waits."""


class Tide:
    """Looks at the last revision as long as somebody waits, and wakes all who do when it has risen.

    However many wait, they take one look a tenth of a second together, and no thread while nothing comes.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._seen = 0
        self._risen = asyncio.Event()
        self._waiting = 0
        self._looking: asyncio.Task[None] | None = None
        self._ebbing = False

    async def changes(self, after: int, limit: int, roots: Roots, wait: float) -> tuple[list[Change], int]:
        """The changes after a number, and how far they reach; waits for the next one, `wait` seconds at most."""
        end = asyncio.get_running_loop().time() + wait
        while True:
            look = partial(changes_after, number=after, limit=limit, roots=roots)
            found, last = await sync_to_thread(self._database.read, look)
            left = end - asyncio.get_running_loop().time()
            if found or last < after or left <= 0 or not await self._rise(last, left):
                return found, last
            # what came since concerned others: it need not be read again
            after = max(after, last)

    async def _rise(self, above: int, seconds: float) -> bool:
        """Whether the last revision has risen above a number within some time."""
        self._waiting += 1
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            async with asyncio.timeout(seconds):
                while self._seen <= above and not self._ebbing:
                    await self._risen.wait()
        except TimeoutError:
            return False
        finally:
            self._waiting -= 1
        return not self._ebbing

    def ebb(self) -> None:
        """Let nobody wait any longer: the process ends."""
        self._ebbing = True
        self._risen.set()

    async def _look(self) -> None:
        while self._waiting:
            with contextlib.suppress(Unavailable):  # those who wait will be told so when they read
                seen = await sync_to_thread(self._database.read, last_revision)
                if seen != self._seen:
                    self._seen = seen
                    self._risen.set()
                    self._risen = asyncio.Event()
            await asyncio.sleep(_EVERY)
