"""An answer whose bytes are there: nothing is rendered, merged or looked up on its way out."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response
from litestar.response.base import ASGIResponse

__all__ = ["Finished"]


class Finished(Response[bytes]):
    """A 200 with a body and headers of its own. What a layer above it would add (headers, cookies) is added as ever."""

    def to_asgi_response(self, app: Any, request: Request[Any, Any, Any], **options: Any) -> ASGIResponse:
        """The answer as it is sent."""
        if options.get("headers") or options.get("cookies") or options.get("background") or self.background:
            return super().to_asgi_response(app, request, **options)
        length = str(len(self.content)).encode("ascii")
        told = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in self.headers.items()]
        kind = (self.media_type or "application/json").encode("latin-1")
        return _Sent([*told, (b"content-type", kind), (b"content-length", length)], self.content)


class _Sent(ASGIResponse):
    def __init__(self, told: list[tuple[bytes, bytes]], body: bytes) -> None:
        self.told, self.body, self.status_code = told, body, 200

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG002  # as ASGI calls it
        await send({"type": "http.response.start", "status": 200, "headers": self.told})
        await send({"type": "http.response.body", "body": self.body, "more_body": False})
