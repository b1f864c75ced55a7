"""How one figure came about: definition, formula, counts, reports and rounding, as far as the asker sees them."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, get
from litestar.di import NamedDependency, Provide
from litestar.params import QueryParameter

from libminsheng import Figures
from libminsheng.engine import Explanation
from libminsheng.errors import EvaluationError, MinshengError, current_language
from libminsheng.report.markdown import explanation_markdown
from libminsheng.report.page import explanation_page
from minsheng_http.offers import chosen_type
from minsheng_http.parameters import wrong_parameters
from minsheng_http.problems import documented
from minsheng_indicators.answers import RECEIPT
from minsheng_indicators.asked import REFUSALS, Moment
from minsheng_indicators.asking import Asker, sees_figures
from minsheng_indicators.holdings import Holdings
from minsheng_indicators.prepared import Prepared, kept_before, prepared, tag_of
from minsheng_indicators.verbs import AskedExplanation, Ground

__all__ = ["FORMS", "explain_figure"]

FORMS: Final = {
    "json": ("application/json",),
    "text": ("text/plain",),
    "markdown": ("text/markdown",),
    "html": ("text/html",),
}
_ENCODE: Final = msgspec.json.Encoder().encode

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
    dependencies={
        "moment": Provide(Moment, sync_to_thread=False),
        "asked": Provide(AskedExplanation, sync_to_thread=False),
    },
    responses=documented(*REFUSALS),
)
async def explain_figure(
    request: Request[Any, Any, Any],
    holdings: NamedDependency[Holdings],
    asker: NamedDependency[Asker],
    moment: NamedDependency[Moment],
    asked: NamedDependency[AskedExplanation],
    shape: Shape = None,
) -> Response[bytes]:
    """One figure, and the tree of steps that lead to it; every count in it is of facts that the asker sees."""
    faults = wrong_parameters(request)
    media_type = chosen_type(request, shape, faults, FORMS)
    seen = await moment.seen(holdings, asker)

    def make() -> Prepared:
        ground = Ground.of_sight(seen.sight, holdings)
        try:
            figures = asked.made(ground)
        except MinshengError as error:
            raise EvaluationError(*faults, *error.faults) from None
        if faults:
            raise EvaluationError(*faults)
        content = _written(asked.explained(figures, ground), figures, media_type)
        digest = figures.receipt.digest
        return Prepared(content, tag_of(digest, content), media_type, {RECEIPT: digest}, moves=moment.as_of is None)

    return await prepared(request, holdings, seen, make)


def _written(explanation: Explanation, figures: Figures, media_type: str) -> bytes:
    if media_type == "application/json":
        beside = {"notes": [note.as_dict() for note in figures.notes], "receipt": figures.receipt.as_dict()}
        return _ENCODE(explanation.as_dict() | beside)[:-1]
    if media_type == "text/html":
        return explanation_page(explanation).encode()
    if media_type == "text/markdown":
        return explanation_markdown(explanation).encode()
    return (explanation.text(current_language()).rstrip("\n") + "\n").encode()
