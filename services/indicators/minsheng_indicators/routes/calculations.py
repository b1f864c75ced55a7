"""Figures of facts that the caller brings. Nothing is kept."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Request, Response, post
from litestar.di import NamedDependency, Provide
from litestar.params import QueryParameter

from minsheng_http.offers import FIGURES, PLAIN, chosen_type
from minsheng_http.parameters import wrong_parameters
from minsheng_http.problems import documented
from minsheng_http.received import Received, receive
from minsheng_indicators.answers import answer
from minsheng_indicators.asking import works_for
from minsheng_indicators.calculation import Options, calculate
from minsheng_indicators.holdings import Holdings

__all__ = ["create_calculation"]

# what a word may be is documented here and checked by the library, which tells all that is wrong at once
Grain = Annotated[
    str | None,
    QueryParameter(
        description="Length of the figures' periods; without it the finest reported.",
        schema_extra={"enum": ["year", "half", "quarter", "month"]},
    ),
]
Level = Annotated[
    str | None,
    QueryParameter(
        description="Only divisions of this level.",
        schema_extra={"enum": ["province", "prefecture", "county", "township", "village"]},
    ),
]
Parents = Annotated[
    str,
    QueryParameter(
        description="A division's own report stands for all below it (total), or is one more part (own).",
        schema_extra={"enum": ["total", "own"]},
    ),
]
Shape = Annotated[
    str | None,
    QueryParameter(
        name="format", description="The form of the answer, whatever Accept says.", schema_extra={"enum": list(PLAIN)}
    ),
]
FigureShape = Annotated[
    str | None,
    QueryParameter(
        name="format", description="The form of the answer, whatever Accept says.", schema_extra={"enum": list(FIGURES)}
    ),
]
Indicators = Annotated[
    list[str] | None,
    QueryParameter(
        max_items=1_000,
        description="Code, CODE@EDITION or name; without it those of the caller's definitions, "
        "else those with a reported operand.",
    ),
]
Columns = Annotated[list[str] | None, QueryParameter(max_items=20, description="Columns to break figures down by.")]
Codes = Annotated[list[str] | None, QueryParameter(max_items=5_000, description="Only these divisions.")]
Since = Annotated[str | None, QueryParameter(name="from", max_length=40, description="The first period, as 2017-Q1.")]
Until = Annotated[str | None, QueryParameter(name="to", max_length=40, description="The last period.")]


@post(
    "/calculations",
    operation_id="create_calculation",
    summary="Compute figures from facts",
    tags=["calculations"],
    status_code=200,
    sync_to_thread=True,
    guards=[works_for("calculations:run")],
    dependencies={"received": Provide(receive)},
    responses=documented(401, 403, 406, 408, 413, 415, 422, 429, 503),
)
def create_calculation(
    request: Request[Any, Any, Any],
    holdings: NamedDependency[Holdings],
    received: NamedDependency[Received],
    indicator: Indicators = None,
    by: Columns = None,
    period: Grain = None,
    start: Since = None,
    end: Until = None,
    division: Codes = None,
    level: Level = None,
    parents: Parents = "total",
    shape: FigureShape = None,
) -> Response[bytes]:
    """Facts in, figures out. The catalogue's definitions hold, and those that the caller brings beside them."""
    faults = wrong_parameters(request)
    media_type = chosen_type(request, shape, faults, FIGURES)
    options = Options(indicator, tuple(by or ()), period, start, end, division, level, parents)
    return answer(calculate(received, holdings, options, faults), media_type)
