"""The packs that the catalogue is made of."""

from __future__ import annotations

from typing import Any

from litestar import Request, get
from litestar.di import NamedDependency

from libminsheng.errors import EvaluationError
from minsheng_http.pages import Cursor, Limit, cut
from minsheng_http.parameters import unknown_parameters
from minsheng_http.problems import documented
from minsheng_indicators.holdings import Holdings
from minsheng_indicators.schemas import PackEntry, PackPage

__all__ = ["list_packs"]


@get(
    "/packs",
    operation_id="list_packs",
    summary="List packs",
    tags=["catalogue"],
    sync_to_thread=True,
    responses=documented(422),
)
def list_packs(
    request: Request[Any, Any, Any], holdings: NamedDependency[Holdings], limit: Limit = 50, cursor: Cursor = None
) -> PackPage:
    """Packs of definitions, built in, installed or named by `MINSHENG_PACKS`."""
    faults = unknown_parameters(request, "limit", "cursor")
    if faults:
        raise EvaluationError(*faults)
    found = holdings.catalogue.packs
    shown, following = cut(found, ["packs"], limit, cursor)
    return PackPage(holdings.entries(shown, PackEntry), len(found), following)
