"""What the indicators service has at hand."""

from __future__ import annotations

import minsheng_http.holdings
from minsheng_indicators.settings import Settings

__all__ = ["Holdings"]


class Holdings(minsheng_http.holdings.Holdings):
    """Definitions and divisions, and the limits of calculations."""

    settings: Settings

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
