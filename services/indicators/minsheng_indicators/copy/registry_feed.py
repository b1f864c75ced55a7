"""The registry over HTTP, as the copy sees it."""

from __future__ import annotations

import contextlib
import datetime
import io
import socket
import threading
from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Final
from weakref import WeakSet

import httpx
import polars as pl
import pyarrow as pa

from minsheng_indicators.copy.feed import AwayError, Delta, Heard

__all__ = ["RegistryFeed"]

_REVISION: Final = "Minsheng-Revision"
_ARROW: Final = "application/vnd.apache.arrow.stream"
_FINAL: Final = frozenset({400, 401, 403, 404, 405, 406, 422})
"""Answers that do not change by asking again: the token, the address or the version of one of the two is wrong."""
_PAGE: Final = 1_000


class RegistryFeed:
    """A registry at an address, asked with a token of the service's own.

    The token needs the scopes facts:read and changes:read and, so that the copy is whole, all divisions.

    Parameters
    ----------
    seconds
        For an answer to begin, and between two parts of it.
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        seconds: float = 30,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.source = url.rstrip("/")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._client = httpx.Client(
            base_url=self.source, headers=headers, timeout=httpx.Timeout(seconds), transport=transport
        )
        self._seconds = seconds
        self._sockets: WeakSet[socket.socket] = WeakSet()
        self._sending = threading.Lock()
        self._closed = False

    def facts_changed(self, after: int) -> Delta:
        asked = self._client.build_request(
            "GET", "/v1/facts", params={"changed_after": after, "format": "arrow"}, headers={"Accept": _ARROW}
        )
        answer = self._sent(asked, stream=True)
        try:
            revision = int(answer.headers[_REVISION])
        except (KeyError, ValueError):
            answer.close()
            raise AwayError(f"{_REVISION}: –", final=True) from None
        return Delta(revision, _frames(answer))

    def changes(self, after: int, wait: float) -> Heard:
        asked = self._client.build_request(
            "GET",
            "/v1/changes",
            params={"after": after, "limit": _PAGE, "wait": wait},
            timeout=httpx.Timeout(self._seconds, read=self._seconds + wait),
        )
        answer = self._sent(asked, stream=False)
        try:
            told = answer.json()
            last = int(told["last"])
            moments = tuple((int(one["number"]), datetime.datetime.fromisoformat(one["at"])) for one in told["changes"])
        except (ValueError, KeyError, TypeError) as error:
            raise AwayError(f"/v1/changes: {error}") from error
        return Heard(last, moments)

    def close(self) -> None:
        self._closed = True
        for one in list(self._sockets):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)  # who waits for an answer is not woken by a mere close
        with self._sending:
            self._client.close()

    def _connected(self, event: str, about: Mapping[str, Any]) -> None:
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._sockets.add(about["return_value"].get_extra_info("socket"))

    def _sent(self, asked: httpx.Request, *, stream: bool) -> httpx.Response:
        asked.extensions = {**asked.extensions, "trace": self._connected}
        try:
            with self._sending:
                if self._closed:
                    raise AwayError("closed", final=True)
                answer = self._client.send(asked, stream=stream)
        except (httpx.HTTPError, RuntimeError) as error:
            raise AwayError(str(error) or type(error).__name__) from error
        if answer.status_code == httpx.codes.OK:
            return answer
        answer.close()
        raise AwayError(
            f"{asked.url.path}: {answer.status_code}",
            retry_after=_retry_after(answer.headers.get("Retry-After")),
            final=answer.status_code in _FINAL,
        )


class _Body(io.RawIOBase):
    """An answer's body as a file."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts = parts
        self._held = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, room: Any) -> int:
        while not len(self._held):
            part = next(self._parts, None)
            if part is None:
                return 0
            self._held = memoryview(part)
        count = min(len(room), len(self._held))
        room[:count] = self._held[:count]
        self._held = self._held[count:]
        return count


def _frames(answer: httpx.Response) -> Iterator[pl.DataFrame]:
    try:
        with pa.ipc.open_stream(io.BufferedReader(_Body(answer.iter_bytes()), 1 << 20)) as batches:
            for batch in batches:
                frame = pl.from_arrow(pa.Table.from_batches([batch]))
                assert isinstance(frame, pl.DataFrame)
                yield frame
    except (httpx.HTTPError, pa.ArrowException, OSError, RuntimeError) as error:
        raise AwayError(f"/v1/facts: {error}") from error
    finally:
        answer.close()


def _retry_after(text: str | None) -> float | None:
    """Seconds, given as such or as a date."""
    if not text:
        return None
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.datetime.now(datetime.UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
