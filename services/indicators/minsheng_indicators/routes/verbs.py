"""What the library's verbs give of the registry's facts: comparisons, rankings, scores, lights."""

from __future__ import annotations

from typing import Any, Final

from litestar import Request, Response, get
from litestar.di import NamedDependency, Provide
from litestar.handlers import HTTPRouteHandler

from minsheng_http.problems import documented
from minsheng_indicators.asked import REFUSALS, Moment, Sent, answered_from_copy
from minsheng_indicators.asking import Asker, sees_figures
from minsheng_indicators.holdings import Holdings
from minsheng_indicators.prepared import kept_before
from minsheng_indicators.verbs import Verb
from minsheng_indicators.verbs.compare import AskedChanges
from minsheng_indicators.verbs.monitor import AskedLights
from minsheng_indicators.verbs.rankings import AskedPlaces
from minsheng_indicators.verbs.scores import AskedScores

__all__ = ["ASKED", "compare_figures", "monitor_divisions", "rank_divisions", "score_divisions"]

ASKED: Final[dict[str, type[Verb]]] = {}
"""The question of each operation."""


def _operation(path: str, operation_id: str, asked: type[Verb], summary: str, tag: str) -> HTTPRouteHandler:
    ASKED[operation_id] = asked

    async def answer(
        request: Request[Any, Any, Any],
        holdings: NamedDependency[Holdings],
        asker: NamedDependency[Asker],
        moment: NamedDependency[Moment],
        sent: NamedDependency[Sent],
        verb: NamedDependency[Any],
    ) -> Response[bytes]:
        return await answered_from_copy(request, holdings, asker, moment, verb, sent)

    made = get(
        path,
        operation_id=operation_id,
        summary=summary,
        description=asked.__doc__,
        tags=[tag],
        guards=[sees_figures],
        before_request=kept_before,
        dependencies={
            name: Provide(kind, sync_to_thread=False)
            for name, kind in (("verb", asked), ("moment", Moment), ("sent", Sent))
        },
        responses=documented(*REFUSALS),
    )
    return made(answer)


compare_figures = _operation(
    "/figures/compare", "compare_figures", AskedChanges, "Compare figures with earlier ones", "figures"
)
rank_divisions = _operation("/rankings", "rank_divisions", AskedPlaces, "Rank divisions on an indicator", "scoring")
score_divisions = _operation(
    "/scores", "score_divisions", AskedScores, "Score divisions or projects by a scheme", "scoring"
)
monitor_divisions = _operation("/monitor", "monitor_divisions", AskedLights, "Lights of budget and goals", "scoring")
