"""Refusals as pages: what a person reads where a program would get problem+json."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

from litestar import Request, Response
from litestar.exceptions import HTTPException

from libminsheng.errors import Fault, MinshengError
from minsheng_http.problems import KINDS, Refused, respond
from minsheng_indicators.copy.sight import OutsideError
from minsheng_indicators.public.reader import reader_of
from minsheng_indicators.public.rendering import shown

__all__ = ["HANDLERS", "astray"]

_LOG: Final = logging.getLogger("minsheng")
_TOLD: Final = 5
_FOR_PROGRAMS: Final = ("/v1", "/schema", "/health", "/metrics")


def _page(
    request: Request[Any, Any, Any],
    status: int,
    faults: Sequence[Fault] = (),
    headers: Mapping[str, str] | None = None,
) -> Response[str]:
    kind = KINDS.get(status, KINDS[500 if status >= 500 else 400])
    reader = reader_of(request)
    told = [fault.text(reader.lang) for fault in faults[:_TOLD]] or [kind.detail(reader.lang)]
    said = {**kind.headers, **(headers or {})}
    said.pop("WWW-Authenticate", None)  # a person signs in by the form
    return shown(
        "refusal.html",
        reader,
        status=status,
        headers={**said, "Cache-Control": "no-store"},
        title=kind.title(reader.lang),
        told=told,
        sign_in=status in (401, 403) and reader.has_registry,
    )


def _refused(request: Request[Any, Any, Any], error: Refused) -> Response[str]:
    return _page(request, error.status, error.faults, error.headers)


def _outside(request: Request[Any, Any, Any], error: OutsideError) -> Response[str]:
    return _page(request, 404, error.faults)


def _unusable(request: Request[Any, Any, Any], error: MinshengError) -> Response[str]:
    return _page(request, 422, error.faults)


def _http(request: Request[Any, Any, Any], error: HTTPException) -> Response[str]:
    if error.status_code >= 500:
        return _unexpected(request, error)
    return _page(request, 422 if error.status_code == 400 else error.status_code, headers=error.headers)


def astray(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    """An address that is none: a page for whoever looks with a browser, a problem for programs."""
    path, accepted = request.scope["path"], request.headers.get("accept", "")
    if path.startswith(_FOR_PROGRAMS) or "text/html" not in accepted:
        return respond(error.status_code, headers=error.headers)
    return _page(request, error.status_code, headers=error.headers)


def _unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[str]:
    """What nobody expected: the log has it, the page does not."""
    _LOG.error("a page failed", exc_info=error)
    return _page(request, 500)


HANDLERS: Final[dict[Any, Any]] = {
    Refused: _refused,
    OutsideError: _outside,
    MinshengError: _unusable,
    HTTPException: _http,
    Exception: _unexpected,
}
