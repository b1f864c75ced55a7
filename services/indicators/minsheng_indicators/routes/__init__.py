"""One file a resource."""

from typing import Final

from litestar import Router

from minsheng_http.routes.measures import list_measures
from minsheng_indicators.routes.calculations import create_calculation
from minsheng_indicators.routes.indicators import get_indicator, list_indicators
from minsheng_indicators.routes.packs import get_pack, list_packs

__all__ = ["ROUTES"]

ROUTES: Final = (
    Router(
        "/v1", route_handlers=[list_indicators, get_indicator, list_measures, list_packs, get_pack, create_calculation]
    ),
)
