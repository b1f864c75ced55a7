"""``minsheng serve``: the services, which are an extra and are imported only when one is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from libminsheng.cli import options
from libminsheng.errors import EvaluationError, Fault

if TYPE_CHECKING:
    from minsheng_http.together import Together
    from minsheng_indicators.settings import Settings

__all__ = ["COMMANDS"]

Host = Annotated[str | None, typer.Option("--host", metavar="ADDRESS")]
Port = Annotated[int | None, typer.Option("--port", metavar="NUMBER", min=0, max=65_535)]


def indicators(host: Host = None, port: Port = None, _lang: options.Lang = None) -> None:
    """Serve the catalogue and calculations over REST."""
    with _installed():
        from minsheng_indicators.server import serve
    serve(host, port)


def registry(host: Host = None, port: Port = None, _lang: options.Lang = None) -> None:
    """Serve the book of record of projects and reported facts over REST."""
    with _installed():
        from minsheng_registry.server import serve
    serve(host, port)


def all_services(host: Host = None, port: Port = None, _lang: options.Lang = None) -> None:
    """Serve both, in one process and on one port."""
    with _installed():
        from minsheng_http.server import serve
        from minsheng_indicators.settings import Settings
        from minsheng_registry.server import prepare
        from minsheng_registry.settings import Settings as RegistrySettings
    settings = Settings.from_environment()
    prepare(RegistrySettings.from_environment(), host or settings.host)
    serve(_both, settings, host, port)


def _both(settings: Settings) -> Together:
    from minsheng_http.together import Together
    from minsheng_indicators.app import create_app
    from minsheng_registry.app import create_app as create_registry

    return Together(create_registry(), create_app(settings))


@contextmanager
def _installed() -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        raise EvaluationError(Fault("cli.no_services", values={"module": error.name})) from error


COMMANDS: Final[dict[str, Callable[..., Any]]] = {
    "indicators": indicators,
    "registry": registry,
    "all": all_services,
}
