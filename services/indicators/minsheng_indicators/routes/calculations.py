"""Figures of facts that the caller brings, and what the checks find in these. Nothing is kept."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, post
from litestar.di import NamedDependency, Provide
from litestar.params import QueryParameter

from libminsheng.errors import Fault
from minsheng_http.offers import FIGURES, chosen_type
from minsheng_http.parameters import wrong_parameters
from minsheng_http.problems import documented
from minsheng_http.received import Received, receive
from minsheng_indicators.answers import answer
from minsheng_indicators.asking import works_for
from minsheng_indicators.calculation import calculate
from minsheng_indicators.holdings import Holdings
from minsheng_indicators.verbs.question import OfIndicators

__all__ = ["FigureShape", "create_calculation"]

FigureShape = Annotated[
    str | None,
    QueryParameter(
        name="format", description="The form of the answer, whatever Accept says.", schema_extra={"enum": list(FIGURES)}
    ),
]
Looked = Annotated[
    bool | None,
    QueryParameter(
        name="findings",
        description="Whether the facts are checked as well; findings stand in JSON only. "
        "Without it they are checked where they are few enough not to keep the figures waiting.",
    ),
]


@post(
    "/calculations",
    operation_id="create_calculation",
    summary="Compute figures from facts",
    tags=["calculations"],
    status_code=200,
    sync_to_thread=True,
    guards=[works_for("calculations:run")],
    dependencies={"received": Provide(receive), "asked": Provide(OfIndicators, sync_to_thread=False)},
    responses=documented(401, 403, 406, 408, 413, 415, 422, 429, 503),
)
def create_calculation(
    request: Request[Any, Any, Any],
    holdings: NamedDependency[Holdings],
    received: NamedDependency[Received],
    asked: NamedDependency[OfIndicators],
    shape: FigureShape = None,
    looked: Looked = None,
) -> Response[bytes]:
    """Facts in, figures and findings out. The catalogue's definitions hold, and those that the caller brings beside."""
    faults = wrong_parameters(request)
    media_type = chosen_type(request, shape, faults, FIGURES)
    if media_type != "application/json":
        if looked:
            faults.append(Fault("service.findings_in_json"))
        looked = False
    return answer(*calculate(received, holdings, asked, looked, faults), media_type)
