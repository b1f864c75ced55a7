"""The catalogue's indicators: searched and listed, and one with all that is known of it."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from litestar import Request, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter

from libminsheng.definitions.catalogue import Catalogue
from libminsheng.errors import EvaluationError, Fault, nearest
from libminsheng.vocabulary.domains import DOMAINS, Domain, find_domain
from minsheng_http.access.guard import public
from minsheng_http.pages import Cursor, Limit, Search, cut
from minsheng_http.parameters import wrong_parameters
from minsheng_http.problems import Refused, documented
from minsheng_http.routes.measures import of_pack
from minsheng_http.schemas import MeasureEntry
from minsheng_indicators.holdings import Holdings
from minsheng_indicators.schemas import IndicatorDetail, IndicatorEdition, IndicatorPage

__all__ = ["get_indicator", "list_indicators"]

Area = Annotated[str | None, QueryParameter(max_length=60, description="A domain by its code or Chinese name.")]
Of = Annotated[str | None, QueryParameter(max_length=100, description="A pack by its id.")]
Measuring = Annotated[
    str | None, QueryParameter(max_length=60, description="A service of the national standard, by number or name.")
]


@get(
    "/indicators",
    operation_id="list_indicators",
    summary="List or search indicators",
    tags=["catalogue"],
    sync_to_thread=True,
    guards=[public],
    responses=documented(401, 422, 429, 503),
)
def list_indicators(
    request: Request[Any, Any, Any],
    holdings: NamedDependency[Holdings],
    search: Search = None,
    domain: Area = None,
    pack: Of = None,
    service: Measuring = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> IndicatorPage:
    """Every edition of every indicator that fits all that is asked; a search gives the best first."""
    known = holdings.catalogue
    found = known.indicators if search is None else known.find(search).indicators
    faults = wrong_parameters(request)
    area = None if domain is None else _domain(domain, faults)
    measuring = None if service is None else _of_service(known, service, faults)
    if pack is not None:
        of_pack(known, pack, faults)
    if faults:
        raise EvaluationError(*faults)
    found = tuple(
        one
        for one in found
        if (area is None or find_domain(one.domain) == area)
        and (measuring is None or one.key in measuring)
        and pack in (None, one.pack)
    )
    shown, following = cut(found, ["indicators", search, domain, pack, service], limit, cursor)
    return IndicatorPage(holdings.entries(shown, IndicatorEdition), len(found), following)


@get(
    "/indicators/{code:str}",
    operation_id="get_indicator",
    summary="One indicator with its editions",
    tags=["catalogue"],
    sync_to_thread=True,
    guards=[public],
    responses=documented(401, 404, 422, 429, 503),
)
def get_indicator(
    request: Request[Any, Any, Any], holdings: NamedDependency[Holdings], code: FromPath[str]
) -> IndicatorDetail:
    """An indicator by its code, `CODE@EDITION` or name: formula in text and in words, source, cases, measures."""
    faults = wrong_parameters(request)
    if faults:
        raise EvaluationError(*faults)
    known = holdings.catalogue
    try:
        found = known.indicator(code)
    except EvaluationError as error:
        raise Refused(404, *error.faults) from None
    editions = (found,) if "@" in code else known.editions(found.code)
    return IndicatorDetail(
        found.code,
        holdings.entries(editions, IndicatorEdition),
        holdings.entries(known.measures_of(*editions), MeasureEntry),
    )


def _domain(text: str, faults: list[Fault]) -> Domain | None:
    found = find_domain(text)
    if found is None:
        names = [name for one in DOMAINS for name in (one.name.zh, one.code)]
        values = {"domain": text, "known": ", ".join(names)}
        faults.append(Fault("definitions.domain", values=values, near=partial(nearest, text, names)))
    return found


def _of_service(known: Catalogue, text: str, faults: list[Fault]) -> set[str]:
    try:
        return {one.key for one in known.of_service(text)}
    except EvaluationError as error:
        faults.extend(error.faults)
        return set()
