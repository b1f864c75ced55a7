"""How the service runs."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get

from minsheng_http.access.guard import needs
from minsheng_http.access.near import near_or_no_tokens
from minsheng_http.finished import Finished
from minsheng_http.metrics import MEDIA_TYPE, exposition
from minsheng_http.problems import documented

__all__ = ["metrics"]


@get(
    "/metrics",
    operation_id="metrics",
    summary="How the service runs",
    tags=["health"],
    media_type="text/plain",
    sync_to_thread=True,
    guards=[needs("metrics:read", open_if=near_or_no_tokens)],
    responses=documented(401, 403, 429),
)
def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Counts and times of requests, in the text format of Prometheus. Programs of this machine need no token."""
    return Finished(exposition(*request.app.state.metrics), media_type=MEDIA_TYPE)
