"""What is kept for whoever asks the same again."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, Final, Protocol, TypeVar

__all__ = ["Kept", "Sized"]

_ROOM: Final = 1_000
"""Bytes that an entry takes beside what it holds and what it is found by."""


class Sized(Protocol):
    """Something that knows how many bytes it holds."""

    @property
    def size(self) -> int:
        """Bytes, about."""


Thing = TypeVar("Thing", bound=Sized)


class Kept:
    """Things by what they are of; those asked for least lately go first.

    >>> from types import SimpleNamespace
    >>> kept = Kept(3_000)
    >>> for name in "abcd":
    ...     kept.put(name, SimpleNamespace(size=1))
    >>> kept.get("a"), kept.get("d").size
    (None, 1)
    >>> kept.put("e", SimpleNamespace(size=3_000))
    >>> kept.get("e"), kept.get("d").size
    (None, 1)

    Parameters
    ----------
    most
        Bytes of all of them.
    """

    def __init__(self, most: int) -> None:
        self._most, self._held = most, 0
        self._known: OrderedDict[Hashable, Any] = OrderedDict()
        self._making: dict[Hashable, asyncio.Future[Any]] = {}
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Any:
        """What is kept; None where nothing is."""
        with self._lock:
            found = self._known.get(key)
            if found is not None:
                self._known.move_to_end(key)
            return found

    def put(self, key: Hashable, thing: Sized) -> None:
        """Keep something in place of whatever was kept by the same key, if there is room for it at all."""
        room = _room(key, thing)
        with self._lock:
            before = self._known.pop(key, None)
            if before is not None:
                self._held -= _room(key, before)
            if room > self._most:  # all others would go to make room, and then itself
                return
            self._known[key] = thing
            self._held += room
            while self._held > self._most:
                self._held -= _room(*self._known.popitem(last=False))

    async def made(self, key: Hashable, make: Callable[[], Awaitable[Thing]]) -> Thing:
        """What is kept or is made now; once, however many on this loop ask for it at the same time."""
        found: Thing | None = self.get(key)
        if found is not None:
            return found
        making = self._making.get(key)
        if making is None:
            making = asyncio.ensure_future(make())
            self._making[key] = making
            making.add_done_callback(lambda done: self._finished(key, done))
        made: Thing = await asyncio.shield(making)
        return made

    def _finished(self, key: Hashable, done: asyncio.Future[Any]) -> None:
        del self._making[key]
        if not done.cancelled() and done.exception() is None:  # looked at, so that no loop complains of it
            self.put(key, done.result())


def _room(key: Hashable, thing: Sized) -> int:
    """Bytes that an entry takes; what was asked may be longer than the answer."""
    return thing.size + len(repr(key)) + _ROOM
