"""Monitoring: the lights of budget and goals, as far as the calendar has gone."""

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
from minsheng_indicators.routes.calculations import Codes, Columns, Level, Parents, Shape
from minsheng_indicators.verbs import VERBS, Wanted

__all__ = ["monitor_divisions"]

Period = Annotated[
    str, QueryParameter(max_length=40, description="The period at whose end it stands so: 2018-05, 2018-Q2 or 2018.")
]
Watches = Annotated[
    list[str] | None,
    QueryParameter(max_items=1_000, description="Watches or measures by code; without it all that have facts."),
]


@get(
    "/monitor",
    operation_id="monitor_divisions",
    summary="Lights of budget and goals",
    tags=["scoring"],
    guards=[sees_figures],
    before_request=kept_before,
    responses=documented(*REFUSALS),
)
async def monitor_divisions(
    request: Request[Any, Any, Any],
    holdings: NamedDependency[Holdings],
    asker: NamedDependency[Asker],
    period: Period,
    watch: Watches = None,
    division: Codes = None,
    level: Level = None,
    by: Columns = None,
    parents: Parents = "total",
    as_of: Then = None,
    min_revision: Least = None,
    wait: Wait = 5.0,
    shape: Shape = None,
    bom: Bom = False,
) -> Response[bytes]:
    """What is watched, each with target, pace, light, the forecast of the year's end and what is still needed."""
    wanted = Wanted(
        period=period,
        watches=watch,
        by=tuple(by or ()),
        divisions=division,
        level=level,
        parents=parents,
    )
    moment = Moment(as_of, min_revision, wait)
    return await answered_from_copy(request, holdings, asker, moment, VERBS["monitor"], wanted, shape, bom=bom)
