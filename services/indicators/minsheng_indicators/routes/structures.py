"""The structure of figures and facts in SDMX: indicators, measures, units and divisions with their names."""

from __future__ import annotations

import datetime
import io
from functools import lru_cache
from typing import Annotated, Any, Final

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from libminsheng.errors import EvaluationError, Fault
from libminsheng.sdmx.artefacts import AGENCY, owner_of
from libminsheng.sdmx.message import write_structures
from libminsheng.sdmx.shapes import catalogue_structures
from libminsheng.vocabulary.sdmx import column_name, component_id
from minsheng_http.access.guard import public
from minsheng_http.etags import answered, content_tag
from minsheng_http.offers import SDMX, chosen_type
from minsheng_http.parameters import wrong_parameters
from minsheng_http.problems import documented
from minsheng_indicators.holdings import Holdings

__all__ = ["get_structures"]

_FORM: Final = "sdmx-structure"
_PREPARED: Final = datetime.datetime.now(datetime.UTC)
"""When the structures were made: they are those of the process, which reads its definitions once."""

By = Annotated[
    list[str] | None,
    QueryParameter(max_items=20, description="Columns that figures and facts are broken down by."),
]
Agency = Annotated[
    str, QueryParameter(max_length=100, description="Who maintains the structures, as SDMX writes it: CN.AH.")
]


@get(
    "/structures",
    operation_id="get_structures",
    summary="The structures of figures and facts in SDMX",
    tags=["catalogue"],
    sync_to_thread=True,
    guards=[public],
    responses=documented(401, 406, 422, 429, 503),
)
def get_structures(
    request: Request[Any, Any, Any],
    holdings: NamedDependency[Holdings],
    by: By = None,
    agency: Agency = AGENCY,
) -> Response[bytes]:
    """Code lists, concepts, data structures and dataflows of everything that is defined, as SDMX-ML 3.0."""
    faults = wrong_parameters(request)
    media_type = chosen_type(request, None, faults, {_FORM: (*SDMX[_FORM], "application/xml")})
    faults += [
        Fault("service.column", values={"column": name}) for name in by or () if column_name(component_id(name)) != name
    ]
    if faults:
        raise EvaluationError(*faults, *_of_agency(holdings, agency))
    content = _written(holdings, tuple(sorted(set(by or ()))), agency)
    return answered(request, content, content_tag(content), media_type=media_type)


def _of_agency(holdings: Holdings, agency: str) -> tuple[Fault, ...]:
    try:
        owner_of(holdings.catalogue, agency)
    except EvaluationError as error:
        return error.faults
    return ()


@lru_cache(8)
def _written(holdings: Holdings, by: tuple[str, ...], agency: str) -> bytes:
    held = io.BytesIO()
    structures = catalogue_structures(holdings.catalogue, holdings.tree, by=by, agency=agency)
    write_structures(structures, held, message="MS-STRUCTURES", prepared=_PREPARED)
    return held.getvalue()
