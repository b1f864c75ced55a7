"""Rankings: where each division stands on one indicator in one period."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from minsheng_http.problems import documented
from minsheng_indicators.asked import REFUSALS, Bom, Cells, Least, Moment, Then, Wait, answered_from_copy
from minsheng_indicators.asking import Asker, sees_figures
from minsheng_indicators.holdings import Holdings
from minsheng_indicators.prepared import kept_before
from minsheng_indicators.routes.calculations import Codes, Level, Parents, Shape
from minsheng_indicators.verbs import VERBS, Wanted

__all__ = ["rank_divisions"]

One = Annotated[str, QueryParameter(max_length=200, description="The indicator: code, CODE@EDITION or name.")]
Period = Annotated[str, QueryParameter(max_length=40, description="The period, as 2017, 2017-Q1 or 2017-03.")]
Better = Annotated[
    str | None,
    QueryParameter(
        description="What a better value is; without it what the indicator's definition says.",
        schema_extra={"enum": ["higher", "lower", "target"]},
    ),
]
Aim = Annotated[
    str | None,
    QueryParameter(max_length=60, description="The best value in the indicator's unit, where better is target."),
]
Ties = Annotated[
    str,
    QueryParameter(
        description="Whether equal exact values share a place, or equal printed ones.",
        schema_extra={"enum": ["exact", "printed"]},
    ),
]


@get(
    "/rankings",
    operation_id="rank_divisions",
    summary="Rank divisions on an indicator",
    tags=["scoring"],
    guards=[sees_figures],
    before_request=kept_before,
    responses=documented(*REFUSALS),
)
async def rank_divisions(
    request: Request[Any, Any, Any],
    holdings: NamedDependency[Holdings],
    asker: NamedDependency[Asker],
    indicator: One,
    period: Period,
    level: Level = None,
    division: Codes = None,
    by: Cells = None,
    better: Better = None,
    target: Aim = None,
    ties: Ties = "exact",
    parents: Parents = "total",
    as_of: Then = None,
    min_revision: Least = None,
    wait: Wait = 5.0,
    shape: Shape = None,
    bom: Bom = False,
) -> Response[bytes]:
    """Divisions of one level by their places; who is level shares a place, and those without a value come last."""
    wanted = Wanted(
        indicators=(indicator,),
        period=period,
        by=tuple(by or ()),
        divisions=division,
        level=level,
        better=better,
        target=target,
        ties=ties,
        parents=parents,
    )
    moment = Moment(as_of, min_revision, wait)
    return await answered_from_copy(request, holdings, asker, moment, VERBS["rankings"], wanted, shape, bom=bom)
