"""How one figure came about: definition, formula, counts, reports and rounding, as far as the asker sees them."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from libminsheng import Figures
from libminsheng.engine import Explanation
from libminsheng.errors import EvaluationError, Fault, PeriodError, Place, current_language
from libminsheng.report.markdown import explanation_markdown
from libminsheng.report.page import explanation_page
from libminsheng.vocabulary.periods import Period
from minsheng_http.deadline import Deadline
from minsheng_http.etags import tag
from minsheng_http.offers import chosen_type
from minsheng_http.parameters import wrong_parameters
from minsheng_http.problems import documented
from minsheng_indicators.answers import RECEIPT
from minsheng_indicators.asked import REFUSALS, Cells, Least, Then, Wait
from minsheng_indicators.asking import Asker, see, sees_figures
from minsheng_indicators.copy.sight import Asked
from minsheng_indicators.holdings import Holdings
from minsheng_indicators.prepared import Prepared, kept_before, prepared
from minsheng_indicators.routes.calculations import Parents
from minsheng_indicators.verbs import read_cells

__all__ = ["FORMS", "explain_figure"]

FORMS: Final = {
    "json": ("application/json",),
    "text": ("text/plain",),
    "markdown": ("text/markdown",),
    "html": ("text/html",),
}
_ENCODE: Final = msgspec.json.Encoder().encode

One = Annotated[str | None, QueryParameter(max_length=200, description="Code, CODE@EDITION or name.")]
Edition = Annotated[str | None, QueryParameter(max_length=60, description="The edition of the indicator.")]
Where = Annotated[str | None, QueryParameter(max_length=100, description="The division, by code or name.")]
When = Annotated[str | None, QueryParameter(max_length=40, description="The period, as 2017 or 2017-Q1.")]
Shape = Annotated[
    str | None,
    QueryParameter(
        name="format", description="The form of the answer, whatever Accept says.", schema_extra={"enum": list(FORMS)}
    ),
]


@get(
    "/figures/explain",
    operation_id="explain_figure",
    summary="Explain a figure",
    tags=["figures"],
    guards=[sees_figures],
    before_request=kept_before,
    responses=documented(*REFUSALS),
)
async def explain_figure(
    request: Request[Any, Any, Any],
    holdings: NamedDependency[Holdings],
    asker: NamedDependency[Asker],
    indicator: One = None,
    edition: Edition = None,
    division: Where = None,
    period: When = None,
    by: Cells = None,
    parents: Parents = "total",
    as_of: Then = None,
    min_revision: Least = None,
    wait: Wait = 5.0,
    shape: Shape = None,
) -> Response[bytes]:
    """One figure, and the tree of steps that lead to it; every count in it is of facts that the asker sees."""
    faults = wrong_parameters(request)
    media_type = chosen_type(request, shape, faults, FORMS)
    cells = read_cells(by or (), faults)
    needed = {"indicator": indicator, "division": division, "period": period}
    faults += [Fault("service.parameter_missing", values={"name": name}) for name, text in needed.items() if not text]
    then = _period(period, faults)
    if edition is not None and indicator is not None:
        indicator = f"{indicator}@{edition}"
    seen = await see(holdings, asker, as_of=as_of, min_revision=min_revision, wait=wait)

    def make() -> Prepared:
        if faults or not (indicator and division and then):
            raise EvaluationError(*faults)
        asked = Asked((indicator,), tuple(cells), then.grain, str(then), str(then), (division,), parents=parents)
        deadline = Deadline(holdings.settings.seconds)
        figures = seen.sight.figures(asked, most=holdings.settings.most_figures, progress=deadline.check)
        explanation = figures.explain(indicator, holdings.tree.resolve(division), str(then), cells)
        content = _written(explanation, figures, media_type)
        digest = figures.receipt.digest
        etag = tag(f"{digest}-{hashlib.sha256(content).hexdigest()[:16]}")
        return Prepared(content, etag, media_type, {RECEIPT: digest}, moves=as_of is None)

    return await prepared(request, holdings, seen, make)


def _period(text: str | None, faults: list[Fault]) -> Period | None:
    try:
        return None if not text else Period.parse(text)
    except PeriodError as error:
        faults.extend(Fault(one.code, Place(item="period"), one.values, one.near) for one in error.faults)
        return None


def _written(explanation: Explanation, figures: Figures, media_type: str) -> bytes:
    if media_type == "application/json":
        beside = {"notes": [note.as_dict() for note in figures.notes], "receipt": figures.receipt.as_dict()}
        return _ENCODE(explanation.as_dict() | beside)[:-1]
    if media_type == "text/html":
        return explanation_page(explanation).encode()
    if media_type == "text/markdown":
        return explanation_markdown(explanation).encode()
    return (explanation.text(current_language()).rstrip("\n") + "\n").encode()
