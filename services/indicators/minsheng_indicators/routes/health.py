"""Whether the process lives, and whether it may be sent requests."""

from __future__ import annotations

from litestar import get
from litestar.di import NamedDependency

from libminsheng.version import __version__
from minsheng_indicators.holdings import Holdings
from minsheng_indicators.problems import Refused, documented
from minsheng_indicators.schemas import Health

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
    sync_to_thread=False,
    responses=documented(503),
)
def ready(holdings: NamedDependency[Holdings]) -> Health:
    """Answers 200 once the definitions have been read."""
    if not holdings.ready:
        raise Refused(503, headers={"Retry-After": "1"})
    known = holdings.catalogue
    return Health("ready", __version__, len(known.indicators), len(known.measures))
