"""How the service runs."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get

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
    responses=documented(401, 403, 429),
)
def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Counts and times of requests, in the text format of Prometheus."""
    return Response(exposition(*request.app.state.metrics), media_type=MEDIA_TYPE)
