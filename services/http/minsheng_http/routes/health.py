"""Whether the process lives, and whether it may be sent requests."""

from __future__ import annotations

from typing import Any

from litestar import Request, get

from libminsheng.errors import Fault
from libminsheng.version import __version__
from minsheng_http.problems import Refused, documented
from minsheng_http.schemas import Health

__all__ = ["live", "ready"]


@get(
    "/live",
    operation_id="live",
    summary="Whether the process lives",
    tags=["health"],
    sync_to_thread=False,
    responses=documented(),
)
def live() -> Health:
    """Answers as long as the process does."""
    return Health("live", __version__)


@get(
    "/ready",
    operation_id="ready",
    summary="Whether it may be sent requests",
    tags=["health"],
    sync_to_thread=True,
    responses=documented(503),
)
def ready(request: Request[Any, Any, Any]) -> Health:
    """Answers 200 once everything that it needs is there; until then, what is not."""
    checks = dict(request.app.state.checks())
    faults = [Fault("http.not_ready", values={"name": name}) for name, holds in checks.items() if not holds]
    if faults:
        raise Refused(503, *faults, headers={"Retry-After": "1"})
    return Health("ready", __version__, checks)
