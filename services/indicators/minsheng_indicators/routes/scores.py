"""Scores: points and grades by a scheme, with their arithmetic."""

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
from minsheng_indicators.routes.calculations import Codes, Columns, Level, Parents, Shape, Since, Until
from minsheng_indicators.verbs import VERBS, Wanted

__all__ = ["score_divisions"]

By = Annotated[
    str, QueryParameter(max_length=200, description="The scheme: CODE or a name, or CODE@EDITION for one edition.")
]
Year = Annotated[
    str,
    QueryParameter(
        description="Length of the periods that are scored.",
        schema_extra={"enum": ["year", "half", "quarter", "month"]},
    ),
]


@get(
    "/scores",
    operation_id="score_divisions",
    summary="Score divisions or projects by a scheme",
    tags=["scoring"],
    guards=[sees_figures],
    before_request=kept_before,
    responses=documented(*REFUSALS),
)
async def score_divisions(
    request: Request[Any, Any, Any],
    holdings: NamedDependency[Holdings],
    asker: NamedDependency[Asker],
    scheme: By,
    division: Codes = None,
    level: Level = None,
    period: Year = "year",
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
    """A scorecard for each division, period and breakdown (`by=project` scores projects): points, total, grade."""
    wanted = Wanted(
        scheme=scheme,
        by=tuple(by or ()),
        period=period,
        start=start,
        end=end,
        divisions=division,
        level=level,
        parents=parents,
    )
    moment = Moment(as_of, min_revision, wait)
    return await answered_from_copy(request, holdings, asker, moment, VERBS["scores"], wanted, shape, bom=bom)
