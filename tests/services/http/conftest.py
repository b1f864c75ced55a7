"""Small services that speak HTTP with the shared room."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, ClassVar

import pytest
from litestar import Router
from litestar.testing import TestClient

from libminsheng.errors import Language
from minsheng_http.document import Document
from minsheng_http.holdings import Holdings
from minsheng_http.settings import ServiceSettings
from minsheng_http.shell import Service, create_service


class SmallSettings(ServiceSettings):
    prefix: ClassVar[str] = "MINSHENG_SMALL_"


class OtherSettings(ServiceSettings):
    prefix: ClassVar[str] = "MINSHENG_OTHER_"


def small_service(handlers: list[Any], settings: ServiceSettings | None = None, **options: Any) -> Service:
    """A service of a few handlers below /v1, whose definitions need no reading."""
    chosen = settings or SmallSettings()

    def said(lang: Language) -> str:
        return f"{chosen.service()} {lang}"

    routes = [Router("/v1", route_handlers=handlers)]
    document = Document(title=said, about=said, operation=lambda name, lang: f"{name} {lang}", routes=routes)
    holdings = Holdings(chosen)
    holdings.load = lambda: None  # type: ignore[method-assign]  # no definitions are asked for
    return create_service(routes, holdings=holdings, document=document, **options)


@pytest.fixture
def serving() -> Iterator[Callable[..., Any]]:
    """Makes a client of a service of these handlers, or of any application."""
    with ExitStack() as stack:

        def make(handlers: Any, **options: Any) -> Any:
            app = small_service(handlers, **options) if isinstance(handlers, list) else handlers
            return stack.enter_context(TestClient(app, raise_server_exceptions=False))

        yield make
