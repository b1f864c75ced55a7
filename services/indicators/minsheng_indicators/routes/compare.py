"""How figures changed: against a year ago (同比), against the period before (环比)."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from minsheng_http.problems import documented
from minsheng_indicators.asked import REFUSALS, Bom, Least, Moment, Then, Wait, answered_from_copy
from minsheng_indicators.asking import Asker, sees_figures
from minsheng_indicators.holdings import Holdings
from minsheng_indicators.prepared import kept_before
from minsheng_indicators.routes.calculations import (
    Codes,
    Columns,
    Grain,
    Indicators,
    Level,
    Parents,
    Shape,
    Since,
    Until,
)
from minsheng_indicators.verbs import VERBS, Wanted

__all__ = ["compare_figures"]

Against = Annotated[
    list[str] | None,
    QueryParameter(
        max_items=2,
        description="year_ago (同比) or previous (环比), or both; year_ago where nothing is said.",
        schema_extra={"items": {"type": "string", "enum": ["year_ago", "previous"]}},
    ),
]


@get(
    "/figures/compare",
    operation_id="compare_figures",
    summary="Compare figures with earlier ones",
    tags=["figures"],
    guards=[sees_figures],
    before_request=kept_before,
    responses=documented(*REFUSALS),
)
async def compare_figures(
    request: Request[Any, Any, Any],
    holdings: NamedDependency[Holdings],
    asker: NamedDependency[Asker],
    indicator: Indicators = None,
    against: Against = None,
    division: Codes = None,
    level: Level = None,
    period: Grain = None,
    start: Since = None,
    end: Until = None,
    by: Columns = None,
    parents: Parents = "total",
    as_of: Then = None,
    min_revision: Least = None,
    wait: Wait = 5.0,
    shape: Shape = None,
    bom: Bom = False,
) -> Response[bytes]:
    """Each figure beside the earlier one: an amount's change is in %, a rate's in 百分点, by the edition of the later."""
    wanted = Wanted(
        indicators=indicator,
        against=tuple(against or ()),
        by=tuple(by or ()),
        period=period,
        start=start,
        end=end,
        divisions=division,
        level=level,
        parents=parents,
    )
    moment = Moment(as_of, min_revision, wait)
    return await answered_from_copy(request, holdings, asker, moment, VERBS["figures/compare"], wanted, shape, bom=bom)
