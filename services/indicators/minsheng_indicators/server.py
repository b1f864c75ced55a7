"""The indicators service on a socket."""

from __future__ import annotations

import minsheng_http.server
from minsheng_indicators.app import create_app
from minsheng_indicators.settings import Settings

__all__ = ["serve"]


def serve(host: str | None = None, port: int | None = None) -> None:
    """Answer requests until the process is told to stop; those that are being answered are finished first.

    Raises
    ------
    OSError
        If the address cannot be had.
    EvaluationError
        If the environment has settings that cannot be used.
    """
    minsheng_http.server.serve(create_app, Settings.from_environment(), host, port)
