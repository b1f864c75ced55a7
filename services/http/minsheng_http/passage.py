"""One request on its way through the application: what it is called, how it was answered, and what every answer says."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from minsheng_http.logs import request_id

__all__ = ["Passage"]

_PAGE: Final = (
    b"default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; form-action 'self'; "
    b"base-uri 'none'; frame-ancestors 'none'"
)
"""A page runs nothing and loads nothing from outside; its styles stand in it."""
_QUALITY: Final = re.compile(rb";\s*[qQ]\s*=\s*([^;\s]*)")
_WEIGHT: Final = re.compile(rb"[01](?:\.\d{0,9})?")
_VARY: Final = b"Accept, Accept-Language, Authorization"
_ALWAYS: Final = ((b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer"))


@lru_cache(256)
def _readable(accepted: bytes) -> bytes:
    """An Accept header without the ranges that are not wanted, or so much that no number tells how much.

    >>> _readable(b"text/csv;q=0, application/json;q=0.5, a/b;q=" + b"9" * 400)
    b'application/json;q=0.5'
    >>> _readable(b"text/csv; q=0"), _readable(b"")
    (b'none/none', b'*/*')
    """
    if not accepted:
        return b"*/*"
    ranges = [one.strip() for one in accepted.split(b",")]
    return b", ".join(one for one in ranges if _wanted(one)) or b"none/none"


def _with_head(allowed: bytes) -> bytes:
    """The methods that are allowed: whatever answers GET answers HEAD.

    >>> _with_head(b"GET, OPTIONS"), _with_head(b"POST")
    (b'GET, HEAD, OPTIONS', b'POST')
    """
    methods = {one.strip() for one in allowed.split(b",")}
    return b", ".join(sorted(methods | {b"HEAD"} if b"GET" in methods else methods))


def _wanted(media_range: bytes) -> bool:
    found = _QUALITY.search(media_range)
    return found is None or (_WEIGHT.fullmatch(found[1]) is not None and float(found[1]) > 0)


class Passage:
    """A request and its answer.

    Parameters
    ----------
    scope
        The request, as it came in.
    headers
        Its headers.
    receive, send
        Where the rest of the request comes from, and where the answer goes.
    """

    def __init__(self, scope: Any, headers: Mapping[bytes, bytes], receive: Any, send: Any) -> None:
        self._head = scope["method"] == "HEAD"
        self.method: str = scope["method"]
        self.scope: Any = {**scope, "method": "GET"} if self._head else scope
        accepted = headers.get(b"accept", b"*/*")
        if (b"q" in accepted or not accepted) and (readable := _readable(accepted)) != accepted:
            kept = [(name, value) for name, value in scope["headers"] if name != b"accept"]
            self.scope = {**self.scope, "headers": [*kept, (b"accept", readable)]}
        self.path: str = scope["path"]
        self.request = request_id(headers.get(b"request-id"))
        self._token = b"authorization" in headers
        self._receive, self._send = receive, send
        self._began = time.perf_counter()
        self.status = 500

    @property
    def seconds(self) -> float:
        """Since it came in."""
        return time.perf_counter() - self._began

    @property
    def operation(self) -> str:
        """The id of the operation that answers it; `none` where nobody does."""
        found = getattr(self.scope.get("route_handler"), "operation_id", None)
        return found if isinstance(found, str) else "none"

    @property
    def address(self) -> str | None:
        """Where it came from."""
        client = self.scope.get("client")
        return client[0] if client else None

    @property
    def principal(self) -> str | None:
        """The name of who asks, as far as that is known."""
        return getattr(self.scope.get("principal"), "name", None)

    @property
    def event(self) -> dict[str, Any]:
        """What the log says of it: no header, no query and no body."""
        return {
            "request": self.request,
            "operation": self.operation,
            "method": self.method,
            "path": self.path,
            "status": self.status,
            "seconds": round(self.seconds, 6),
            "address": self.address,
            "principal": self.principal,
        }

    async def receive(self) -> Any:
        """Take the next part of the request; that the caller has gone away is noted in the scope, as `gone`."""
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self.scope["gone"] = True
        return message

    async def send(self, message: Any) -> None:
        """Send a part of the answer on."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            told = [(name, _with_head(text) if name == b"allow" else text) for name, text in message["headers"]]
            message = {**message, "headers": [*told, *self._said(message)]}
        elif self._head and message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await self._send(message)

    def _said(self, message: Any) -> list[tuple[bytes, bytes]]:
        """The headers that an answer has beside those that its handler gave it, which hold where they differ."""
        given = {name.lower(): value for name, value in message["headers"]}
        said = [(b"request-id", self.request.encode("ascii")), *_ALWAYS, (b"vary", _VARY)]
        if given.get(b"content-type", b"").startswith(b"text/html"):
            said.append((b"content-security-policy", _PAGE))
        if self._token or self.status == 401:
            said.append((b"cache-control", b"private, no-cache" if b"etag" in given else b"no-store"))
        return [(name, value) for name, value in said if name not in given]
