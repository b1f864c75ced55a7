"""Refusals as problem+json (RFC 9457), each saying whether the same request may succeed later."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException, InternalServerException, ValidationException
from litestar.openapi.datastructures import ResponseSpec

from libminsheng.errors import Fault, Language, MinshengError, say
from minsheng_http.parameters import wrong_parameters
from minsheng_http.schemas import FaultEntry, Problem

__all__ = ["HANDLERS", "KINDS", "MEDIA_TYPE", "Kind", "Refused", "documented", "problem", "respond"]

MEDIA_TYPE: Final = "application/problem+json"

_LOG: Final = logging.getLogger("minsheng")
_DETAILED: Final = 3
"""Faults that are told in the detail, which is for people; `faults` has them all."""
_LONGEST: Final = 2_000
"""Characters of one value that a fault names."""


@dataclass(frozen=True)
class Kind:
    """A kind of refusal, called in ``messages/service.toml`` as ``title_NAME`` and ``detail_NAME``."""

    name: str
    status: int
    retry: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    """What an answer of this kind says in its head, unless whoever refuses says it otherwise."""

    @property
    def type(self) -> str:
        """The reference that names the kind; it leads to its row on the schema page."""
        return f"/schema#problem-{self.name}"

    def title(self, lang: Language | None = None) -> str:
        return say(f"service.title_{self.name}", lang)

    def detail(self, lang: Language | None = None) -> str:
        return say(f"service.detail_{self.name}", lang)


KINDS: Final = {
    kind.status: kind
    for kind in (
        Kind("bad_request", 400),
        Kind("unauthorised", 401, headers={"WWW-Authenticate": "Bearer"}),
        Kind("forbidden", 403),
        Kind("not_found", 404),
        Kind("method", 405),
        Kind("not_acceptable", 406),
        Kind("slow_body", 408, retry=True),
        Kind("conflict", 409),
        Kind("stale", 412),
        Kind("too_large", 413),
        Kind("media_type", 415),
        Kind("unusable", 422),
        Kind("precondition_required", 428),
        Kind("too_many", 429, retry=True, headers={"Retry-After": "1"}),
        Kind("internal", 500),
        Kind("busy", 503, retry=True, headers={"Retry-After": "5"}),
    )
}


class Refused(Exception):  # noqa: N818  # what happened is a refusal; it is answered, and no error of the program
    """A request that is answered with a problem of this status."""

    def __init__(self, status: int, *faults: Fault, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, *faults)
        self.status, self.faults, self.headers = status, faults, dict(headers or {})


def documented(*statuses: int) -> dict[int, ResponseSpec]:
    """The problems that an operation may answer with, for the OpenAPI document."""
    return {
        status: ResponseSpec(
            Problem, generate_examples=False, description=KINDS[status].title("en"), media_type=MEDIA_TYPE
        )
        for status in sorted({*statuses, 500})
    }


def problem(status: int, faults: Sequence[Fault] = (), *, most: int = 1_000) -> bytes:
    """The body of the answer to a refused request, in the language of the request."""
    kind = _kind(status)
    faults, count = [_shortened(fault) for fault in faults[:most]], len(faults)
    told = [fault.text() for fault in faults[:_DETAILED]]
    told_as = Problem(
        type=kind.type,
        title=kind.title(),
        status=status,
        detail="\n".join(told) if told else kind.detail(),
        retry=kind.retry,
        faults=[msgspec.convert(fault.as_dict(), FaultEntry) for fault in faults],
        count=count,
    )
    return msgspec.json.format(msgspec.json.encode(told_as), indent=2) + b"\n"  # read in terminals, for the most part


def respond(
    status: int, faults: Sequence[Fault] = (), headers: Mapping[str, str] | None = None, *, most: int = 1_000
) -> Response[bytes]:
    """The answer to a refused request, in the language of the request."""
    content = problem(status, faults, most=most)
    said = {**_kind(status).headers, **(headers or {})}
    return Response(content, status_code=status, media_type=MEDIA_TYPE, headers=said)


def _shortened(fault: Fault) -> Fault:
    """A fault that says no more of what was sent than anybody reads: of a cell of megabytes how it begins."""
    values = {name: _begin(value) for name, value in fault.values.items()}
    place = replace(fault.place, **{name: _begin(getattr(fault.place, name)) for name in ("column", "item")})
    return replace(fault, place=place, values=values)


def _begin(value: Any) -> Any:
    return f"{value[:_LONGEST]}…" if isinstance(value, str) and len(value) > _LONGEST else value


def _kind(status: int) -> Kind:
    return KINDS.get(status, KINDS[500 if status >= 500 else 400])


def _refused(request: Request[Any, Any, Any], error: Refused) -> Response[bytes]:
    return respond(error.status, error.faults, error.headers, most=_most(request))


def _unusable(request: Request[Any, Any, Any], error: MinshengError) -> Response[bytes]:
    return respond(422, error.faults, most=_most(request))


def _http(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    if isinstance(error, ValidationException):
        faults = [*wrong_parameters(request), *map(_of_parameter, error.extra or ())]
        return respond(422, faults, most=_most(request))
    if isinstance(error, InternalServerException) and request.scope.get("gone"):
        return respond(
            400
        )  # the caller went away before the body was whole: no fault of the service, and nobody hears it
    if error.status_code >= 500:
        return _internal(request, error)
    return respond(error.status_code, headers=error.headers)


def _internal(_request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """What nobody expected: the log has it, the answer does not."""
    _LOG.error("a request failed", exc_info=error)
    return respond(500)


def _of_parameter(told: Any) -> Fault:
    values = {"name": told.get("key", ""), "reason": told.get("message", "")}
    return Fault("service.parameter", values=values)


def _most(request: Request[Any, Any, Any]) -> int:
    most: int = request.app.state.settings.most_faults
    return most


HANDLERS: Final[dict[Any, Any]] = {
    Refused: _refused,
    MinshengError: _unusable,
    HTTPException: _http,
    Exception: _internal,
}
