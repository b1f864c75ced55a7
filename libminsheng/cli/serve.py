"""``minsheng serve``: the services, which are an extra and are imported only when one is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from libminsheng.cli import options
from libminsheng.errors import EvaluationError, Fault

if TYPE_CHECKING:
    from minsheng_http.together import Together
    from minsheng_indicators.settings import Settings

__all__ = ["COMMANDS", "office"]

_OFFICE: Final = "http://127.0.0.1:8765"
"""Where both services are if nothing else is said."""

Host = Annotated[str | None, typer.Option("--host", metavar="ADDRESS")]
Port = Annotated[int | None, typer.Option("--port", metavar="NUMBER", min=0, max=65_535)]


def indicators(
    host: Host = None,
    port: Port = None,
    registry: Annotated[str | None, typer.Option("--registry", metavar="URL")] = None,
    token_file: Annotated[Path | None, typer.Option("--token-file", metavar="FILE")] = None,
    _lang: options.Lang = None,
) -> None:
    """Serve the catalogue, calculations and, beside a registry, its figures over REST."""
    with _installed():
        from minsheng_indicators.server import serve
    serve(host, port, registry, token_file)


def registry(host: Host = None, port: Port = None, _lang: options.Lang = None) -> None:
    """Serve the book of record of projects and reported facts over REST."""
    with _installed():
        from minsheng_registry.server import serve
    serve(host, port)


def all_services(host: Host = None, port: Port = None, _lang: options.Lang = None) -> None:
    """Serve both, in one process and on one port."""
    with _installed():
        from minsheng_http.access.own import new_token
        from minsheng_http.server import serve
        from minsheng_indicators.settings import Settings
        from minsheng_registry.server import prepare
        from minsheng_registry.settings import Settings as RegistrySettings
    settings = Settings.from_environment()
    prepare(RegistrySettings.from_environment(), host or settings.host)
    serve(partial(_both, new_token()), settings, host, port)


def office(
    context: typer.Context,
    host: Host = None,
    port: Port = None,
    *,
    mcp: Annotated[bool, typer.Option("--mcp")] = False,
    asked: Annotated[str | None, typer.Option("--url", metavar="URL")] = None,
    _lang: options.Lang = None,
) -> None:
    """Serve both, where no service is named; or an assistant, by a service that runs already."""
    listening = host is not None or port is not None
    if context.invoked_subcommand is not None:
        if listening or mcp or asked is not None:
            raise EvaluationError(Fault("cli.serve_options", values={"service": context.invoked_subcommand}))
    elif mcp:
        if listening:
            raise EvaluationError(Fault("cli.mcp_listens"))
        _assistant(asked)
    elif asked is not None:
        raise EvaluationError(Fault("cli.url_of_mcp"))
    else:
        all_services(host, port)


def _assistant(url: str | None) -> None:
    from libminsheng.mcp import serve

    serve(url or _OFFICE)


def _both(token: str, settings: Settings) -> Together:
    """Both services. The one copies the other's facts over HTTP, by a token that is known in this process only."""
    from pydantic import SecretStr

    from minsheng_http.together import Together
    from minsheng_indicators.app import create_app
    from minsheng_registry.app import create_app as create_registry

    beside = {"registry": _near(settings.host, settings.port), "registry_token": SecretStr(token)}
    return Together(create_registry(own_token=token), create_app(settings.model_copy(update=beside)))


def _near(host: str, port: int) -> str:
    """Where a service that listens at an address is reached from this machine.

    >>> _near("0.0.0.0", 8765), _near("::", 8765), _near("10.1.2.3", 80)
    ('http://127.0.0.1:8765', 'http://[::1]:8765', 'http://10.1.2.3:80')
    """
    name = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # asked about, not bound
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


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
