"""The indicators service as an ASGI application."""

from __future__ import annotations

from litestar.di import Provide
from litestar.exceptions import MethodNotAllowedException, NotFoundException

from minsheng_http.access.guard import Gate, undeclared
from minsheng_http.access.jwt import issuers_from_environment
from minsheng_http.access.tokens import FarKeyRing, KeyRing, Tokens
from minsheng_http.shell import Service, create_service
from minsheng_indicators.asking import asker_of
from minsheng_indicators.document import DOCUMENT
from minsheng_indicators.holdings import Holdings
from minsheng_indicators.keys import RegistryKeys
from minsheng_indicators.public.pages import PAGES
from minsheng_indicators.public.pictures import Pictures
from minsheng_indicators.public.refusals import astray
from minsheng_indicators.routes import ROUTES
from minsheng_indicators.settings import Settings

__all__ = ["create_app"]


def create_app(
    settings: Settings | None = None, *, holdings: Holdings | None = None, keys: KeyRing | FarKeyRing | None = None
) -> Service:
    """The service as an ASGI application.

    Parameters
    ----------
    settings
        What it is told; without them the environment's.
    holdings
        What it has at hand, where that is another than what the settings lead to.
    keys
        Who knows API keys, where it is another than the registry of the settings.

    Examples
    --------
    >>> from litestar.testing import TestClient
    >>> with TestClient(create_app()) as client:
    ...     client.get("/v1/indicators/newborn_screening_rate").json()["editions"][0]["formula"]
    'newborns_screened / live_births'
    """
    if holdings is None:
        holdings = Holdings(settings or Settings.from_environment())
    told = holdings.settings
    asked = None
    if keys is None and told.registry is not None:
        own = None if told.registry_token is None else told.registry_token.get_secret_value()
        keys = asked = RegistryKeys(told.registry, own, seconds=told.registry_seconds, grace=told.grace_seconds)
    pictures = Pictures()
    made = create_service(
        [*ROUTES, PAGES],
        holdings=holdings,
        document=DOCUMENT,
        gate=Gate(Tokens(keys, issuers_from_environment()), told),
        dependencies={"asker": Provide(asker_of, sync_to_thread=False)},
        handlers={NotFoundException: astray, MethodNotAllowedException: astray},
        checks=holdings.checks,
        on_startup=[holdings.open, lambda: pictures.wake(holdings.copy)],
        on_shutdown=[pictures.close, holdings.close, *([asked.close] if asked else [])],
        state={"pictures": pictures},
    )
    silent = undeclared(made)
    assert not silent, f"these say to nobody what they need: {silent}"
    return made
