"""The indicators service on a socket."""

from __future__ import annotations

import os
from pathlib import Path

import minsheng_http.server
from libminsheng.errors import EvaluationError, Fault
from minsheng_indicators.app import create_app
from minsheng_indicators.settings import Settings

__all__ = ["serve", "settings_with"]


def serve(
    host: str | None = None,
    port: int | None = None,
    registry: str | None = None,
    token_file: Path | None = None,
) -> None:
    """Answer requests until the process is told to stop; those that are being answered are finished first.

    Parameters
    ----------
    host, port
        Where to listen, instead of what the settings say.
    registry
        The address of the registry whose facts are shown.
    token_file
        A file that holds what is shown to the registry. It is never an argument: those of a process can be read.

    Raises
    ------
    OSError
        If the address cannot be had.
    EvaluationError
        If the environment has settings that cannot be used, or the file holds no token.
    """
    minsheng_http.server.serve(create_app, settings_with(registry, token_file), host, port)


def settings_with(registry: str | None = None, token_file: Path | None = None) -> Settings:
    """The settings of the environment, and what is said beside it.

    Raises
    ------
    EvaluationError
    """
    given = dict(os.environ)
    if registry is not None:
        given[f"{Settings.prefix}REGISTRY"] = registry
    if token_file is not None:
        given[f"{Settings.prefix}REGISTRY_TOKEN"] = _token(token_file)
    settings = Settings.from_environment(given)
    if settings.registry is not None and settings.registry_token is None:
        raise EvaluationError(Fault("service.no_registry_token"))
    return settings


def _token(path: Path) -> str:
    try:
        text = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise EvaluationError(Fault("service.token_file", values={"file": path, "reason": reason})) from None
    if not text or len(text.split()) != 1:
        raise EvaluationError(Fault("service.token_file_holds", values={"file": path}))
    return text
