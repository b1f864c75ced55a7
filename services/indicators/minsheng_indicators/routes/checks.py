"""Is it believable: facts or a text that the caller brings, looked at before they go out. Nothing is kept."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from litestar import Request, Response, post
from litestar.di import NamedDependency, Provide
from litestar.params import QueryParameter
from msgspec import Struct

from libminsheng.report.findings import findings_csv, findings_workbook
from minsheng_http.offers import chosen_type
from minsheng_http.parameters import wrong_parameters
from minsheng_http.problems import documented
from minsheng_http.received import Received, receiver
from minsheng_http.schemas import FaultEntry
from minsheng_indicators.asked import Bom, Shape
from minsheng_indicators.asking import works_for
from minsheng_indicators.checking import TEXT, Looked, checked
from minsheng_indicators.given import Given, told
from minsheng_indicators.holdings import Holdings
from minsheng_indicators.schemas import Finding

__all__ = ["Findings", "create_check"]

Only = Annotated[
    list[str] | None,
    QueryParameter(max_items=200, description="Only these, by the code of a check, of what it finds or of a rule."),
]
Least = Annotated[
    str,
    QueryParameter(
        description="Findings of this severity and graver ones.",
        schema_extra={"enum": ["error", "warning", "note"]},
    ),
]
Where = Annotated[
    str | None, QueryParameter(max_length=100, description="Of a text: the division that it is of, by code or name.")
]
When = Annotated[
    str | None,
    QueryParameter(max_length=40, description="Of a text: the period of what is said before a year is named."),
]


class Counts(Struct, frozen=True):
    """How many findings there are of each severity."""

    error: int
    warning: int
    note: int


class Findings(Struct, frozen=True):
    """Findings, the gravest first."""

    findings: list[Finding]
    counts: Counts
    notes: list[FaultEntry]


@post(
    "/checks",
    operation_id="create_check",
    summary="Look for what contradicts itself and what is hard to believe",
    tags=["calculations"],
    status_code=200,
    sync_to_thread=True,
    guards=[works_for("checks:run")],
    dependencies={"received": Provide(receiver(TEXT))},
    responses=documented(401, 403, 406, 408, 413, 415, 422, 429, 503),
)
def create_check(
    request: Request[Any, Any, Any],
    holdings: NamedDependency[Holdings],
    received: NamedDependency[Received],
    only: Only = None,
    severity: Least = "note",
    division: Where = None,
    period: When = None,
    shape: Shape = None,
    bom: Bom = False,
) -> Response[bytes]:
    """Facts in any form, or the text of a bulletin, in; findings out. A finding never changes a value."""
    faults = wrong_parameters(request)
    media_type = chosen_type(request, shape, faults)
    found = checked(received, holdings, Looked(only, severity, division, period), faults)
    given = Given(
        "findings",
        found.to_dicts(),
        lambda: found.frame,
        partial(findings_csv, found),
        partial(findings_workbook, found),
        notes=found.notes,
        more={"counts": dict(found.counts)},
    )
    return told(given, media_type, bom=bom)
