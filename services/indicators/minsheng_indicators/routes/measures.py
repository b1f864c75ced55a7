"""The catalogue's measures."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from libminsheng.errors import EvaluationError
from minsheng_indicators.holdings import Holdings
from minsheng_indicators.pages import Cursor, Limit, Search, cut
from minsheng_indicators.parameters import unknown_parameters
from minsheng_indicators.problems import documented
from minsheng_indicators.routes.indicators import of_pack
from minsheng_indicators.schemas import MeasureEntry, MeasurePage

__all__ = ["list_measures"]

Of = Annotated[str | None, QueryParameter(max_length=100, description="A pack by its id.")]


@get(
    "/measures",
    operation_id="list_measures",
    summary="List or search measures",
    tags=["catalogue"],
    sync_to_thread=True,
    responses=documented(422),
)
def list_measures(
    request: Request[Any, Any, Any],
    holdings: NamedDependency[Holdings],
    search: Search = None,
    pack: Of = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> MeasurePage:
    """What is reported, each with its unit, its time nature and the indicators that use it."""
    known = holdings.catalogue
    faults = unknown_parameters(request, "search", "pack", "limit", "cursor")
    if pack is not None:
        of_pack(known, pack, faults)
    if faults:
        raise EvaluationError(*faults)
    found = tuple(known.measures.values()) if search is None else known.find(search).measures
    found = tuple(one for one in found if pack in (None, one.pack))
    shown, following = cut(found, ["measures", search, pack], limit, cursor)
    return MeasurePage(holdings.entries(shown, MeasureEntry), len(found), following)
