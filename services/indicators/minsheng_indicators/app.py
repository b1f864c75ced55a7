"""The indicators service as an ASGI application."""

from __future__ import annotations

from minsheng_http.shell import Service, create_service
from minsheng_indicators.document import DOCUMENT
from minsheng_indicators.holdings import Holdings
from minsheng_indicators.routes import ROUTES
from minsheng_indicators.settings import Settings

__all__ = ["create_app"]


def create_app(settings: Settings | None = None) -> Service:
    """The service as an ASGI application.

    >>> from litestar.testing import TestClient
    >>> with TestClient(create_app()) as client:
    ...     client.get("/v1/indicators/newborn_screening_rate").json()["editions"][0]["formula"]
    'newborns_screened / live_births'
    """
    return create_service(ROUTES, holdings=Holdings(settings or Settings.from_environment()), document=DOCUMENT)
