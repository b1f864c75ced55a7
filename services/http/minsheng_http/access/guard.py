"""The guard: who calls is known before a handler runs, and every operation says what it needs.

A token is asked about once and remembered for some seconds by its digest, so that most requests cost a look-up
in memory. What needs nothing says so with `public`; an operation that says nothing is an error when the service is
made, not an open door.
"""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from typing import Any, Final

from litestar import Litestar, Request
from litestar.concurrency import sync_to_thread
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler

from libminsheng.errors import Fault
from minsheng_http.access.principal import ANONYMOUS, Principal
from minsheng_http.access.rates import Rates
from minsheng_http.access.scopes import SCOPES
from minsheng_http.access.tokens import Tokens, kind_of
from minsheng_http.problems import Refused
from minsheng_http.settings import ServiceSettings

__all__ = ["Gate", "describe_access", "needs", "needs_token", "principal_of", "public", "undeclared"]

_MOST_REMEMBERED: Final = 10_000
_SCHEME: Final = "token"


class _Needs:
    """What an operation needs, as a guard of the framework."""

    def __init__(self, scope: str | None) -> None:
        assert scope is None or scope in SCOPES, scope
        self.scope = scope

    async def __call__(self, connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        principal = await _known(connection)
        if principal is ANONYMOUS:
            raise Refused(401, Fault("http.no_token"))
        if self.scope is not None and not principal.may(self.scope):
            raise Refused(403, Fault("http.no_scope", values={"scope": self.scope}))


class _Public:
    """That an operation is open; whoever sends a token all the same is known by it."""

    scope: str | None = None

    async def __call__(self, connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        await _known(connection)


def needs(scope: str) -> _Needs:
    """The guard of an operation that needs a token with a scope."""
    return _Needs(scope)


needs_token: Final = _Needs(None)
"""The guard of an operation that any token opens."""

public: Final = _Public()
"""The guard of an operation that is open to all."""


def principal_of(request: Request[Any, Any, Any]) -> Principal:
    """Who calls, after the guard: a dependency of handlers."""
    found: Principal = request.scope["principal"]  # type: ignore[typeddict-item]  # a key of our own
    return found


class Gate:
    """What a service knows of tokens and rates; one for each process.

    Parameters
    ----------
    tokens
        Who says whom a token stands for.
    settings
        How long that is remembered, and how often anyone may come.
    """

    def __init__(self, tokens: Tokens, settings: ServiceSettings) -> None:
        self.tokens: Final = tokens
        self.rates: Final = Rates(settings)
        self._seconds: Final = settings.token_seconds
        self._remembered: Final[OrderedDict[bytes, tuple[float, Principal]]] = OrderedDict()

    async def principal(self, header: str | None, address: str) -> Principal:
        """Who sends a header, counted.

        Raises
        ------
        Refused
            401 for a token that stands for nobody, 429 for whoever comes too often.
        """
        if header is None:
            self.rates.anonymous(address)
            return ANONYMOUS
        kind, _, token = header.partition(" ")
        token = token.strip()
        mark = hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
        known = self._remembered.get(mark)
        if known is None or known[0] < time.monotonic() or _over(known[1]):
            self.rates.may_try(address)
            found = None
            if kind.lower() == "bearer" and kind_of(token) is not None:
                found = await sync_to_thread(self.tokens.principal, token)
            if found is None or _over(found):
                self._remembered.pop(mark, None)
                self.rates.refused(address)
                raise Refused(401, Fault("http.unknown_token"))
            known = (time.monotonic() + self._seconds, found)
            self._remembered[mark] = known
            if len(self._remembered) > _MOST_REMEMBERED:
                self._remembered.popitem(last=False)
        self.rates.principal(known[1].name)
        return known[1]

    def forget(self) -> None:
        """Ask again about every token: something was revoked in this process."""
        self._remembered.clear()


def _over(principal: Principal) -> bool:
    return principal.expires_at is not None and principal.expires_at.timestamp() <= time.time()


async def _known(connection: ASGIConnection[Any, Any, Any, Any]) -> Principal:
    """The principal of a request, found once and put into its scope."""
    scope: Any = connection.scope
    if "principal" not in scope:
        gate: Gate = connection.app.state.gate
        client = scope.get("client")
        sent = [value for name, value in scope["headers"] if name == b"authorization"]
        if len(sent) > 1:
            raise Refused(401, Fault("http.unknown_token"))
        header = sent[0].decode("latin-1") if sent else None
        scope["principal"] = await gate.principal(header, client[0] if client else "")
    found: Principal = scope["principal"]
    return found


def _guards(handler: HTTPRouteHandler) -> Iterator[_Needs | _Public]:
    yield from (one for one in handler.resolve_guards() if isinstance(one, _Needs | _Public))


def _operations(app: Litestar) -> Iterator[tuple[str, HTTPRouteHandler]]:
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            if isinstance(handler, HTTPRouteHandler) and handler.http_methods != {"OPTIONS"}:  # the framework's own
                yield route.path, handler


def undeclared(app: Litestar) -> list[str]:
    """The operations below ``/v1`` that do not say what they need: there must be none."""
    found = _operations(app)
    return sorted({path for path, handler in found if path.startswith("/v1") and not any(_guards(handler))})


def describe_access(app: Litestar, found: dict[str, Any]) -> None:
    """Put what each operation needs into an OpenAPI document: the bearer scheme, and ``x-scope``."""
    asked: Mapping[str, _Needs | _Public] = {
        str(handler.operation_id): guard for _, handler in _operations(app) for guard in _guards(handler)
    }
    for path in found["paths"].values():
        for operation in path.values():
            guard = asked.get(operation["operationId"])
            if isinstance(guard, _Needs):
                operation["security"] = [{_SCHEME: []}]
                if guard.scope is not None:
                    operation["x-scope"] = guard.scope
    schemes = found.setdefault("components", {}).setdefault("securitySchemes", {})
    schemes[_SCHEME] = {"type": "http", "scheme": "bearer"}
