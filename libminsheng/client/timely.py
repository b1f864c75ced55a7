"""An answer that has to be whole in time: a service that sends a byte now and then would be waited for without end."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator

import httpx

__all__ = ["Timely"]


class Timely(httpx.SyncByteStream):
    """A body that is read until a moment of the clock (`time.monotonic`), and no longer.

    >>> list(Timely([b"a"], time.monotonic() + 60))
    [b'a']
    """

    def __init__(self, stream: Iterable[bytes], until: float) -> None:
        self._stream, self._until = stream, until

    def __iter__(self) -> Iterator[bytes]:
        for part in self._stream:
            if time.monotonic() > self._until:
                raise TimeoutError
            yield part

    def close(self) -> None:
        if isinstance(self._stream, httpx.SyncByteStream):
            self._stream.close()
