"""The catalogue's measures."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.errors import EvaluationError, Fault, nearest
from minsheng_http.access.guard import public
from minsheng_http.holdings import Holdings
from minsheng_http.pages import Cursor, Limit, Search, cut
from minsheng_http.parameters import wrong_parameters
from minsheng_http.problems import documented
from minsheng_http.schemas import MeasureEntry, MeasurePage

__all__ = ["list_measures", "of_pack"]

Of = Annotated[str | None, QueryParameter(max_length=100, description="A pack by its id.")]


@get(
    "/measures",
    operation_id="list_measures",
    summary="List or search measures",
    tags=["catalogue"],
    sync_to_thread=True,
    guards=[public],
    responses=documented(401, 422, 429, 503),
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
    faults = wrong_parameters(request)
    if pack is not None:
        of_pack(known, pack, faults)
    if faults:
        raise EvaluationError(*faults)
    found = tuple(known.measures.values()) if search is None else known.find(search).measures
    found = tuple(one for one in found if pack in (None, one.pack))
    shown, following = cut(found, ["measures", search, pack], limit, cursor)
    return MeasurePage(holdings.entries(shown, MeasureEntry), len(found), following)


def of_pack(known: Catalogue, pack: str, faults: list[Fault]) -> None:
    """Refuse the id of a pack that is not there."""
    ids = [one.id for one in known.packs]
    if pack not in ids:
        faults.append(Fault("service.no_pack", values={"pack": pack}, near=partial(nearest, pack, ids)))
