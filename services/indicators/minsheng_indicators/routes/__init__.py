"""One file a resource."""

from typing import Final

from litestar import Router

from minsheng_http.routes.measures import list_measures
from minsheng_indicators.routes.calculations import create_calculation
from minsheng_indicators.routes.checks import create_check
from minsheng_indicators.routes.explain import explain_figure
from minsheng_indicators.routes.figures import list_figures
from minsheng_indicators.routes.indicators import get_indicator, list_indicators
from minsheng_indicators.routes.packs import get_pack, list_packs
from minsheng_indicators.routes.receipts import verify_receipt
from minsheng_indicators.routes.schemes import get_scheme, list_schemes
from minsheng_indicators.routes.structures import get_structures
from minsheng_indicators.routes.verbs import compare_figures, monitor_divisions, rank_divisions, score_divisions

__all__ = ["ROUTES"]

ROUTES: Final = (
    Router(
        "/v1",
        route_handlers=[
            list_indicators, get_indicator, list_measures, list_packs, get_pack, list_schemes, get_scheme,
            get_structures,
            list_figures, explain_figure, compare_figures, rank_divisions, score_divisions, monitor_divisions,
            create_calculation, create_check, verify_receipt,
        ],
    ),
)  # fmt: skip
