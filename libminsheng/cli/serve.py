"""``minsheng serve``: the services, which are an extra and are imported only when one is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final

import typer

from libminsheng.cli import options
from libminsheng.errors import EvaluationError, Fault

__all__ = ["COMMANDS"]


def indicators(
    host: Annotated[str | None, typer.Option("--host", metavar="ADDRESS")] = None,
    port: Annotated[int | None, typer.Option("--port", metavar="NUMBER", min=0, max=65_535)] = None,
    _lang: options.Lang = None,
) -> None:
    """Serve the catalogue and calculations over REST."""
    try:
        from minsheng_indicators.server import serve
    except ModuleNotFoundError as error:
        raise EvaluationError(Fault("cli.no_services", values={"module": error.name})) from error
    serve(host, port)


COMMANDS: Final[dict[str, Callable[..., Any]]] = {"indicators": indicators}
