"""The guard: who calls is known before a handler runs, and every operation says what it needs.

A token is asked about once and remembered for some seconds by its digest, so that most requests cost a look-up
in memory. What needs nothing says so with `public`; `undeclared` finds what says nothing, and a registry that has
such an operation is not made.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, Final, NamedTuple

from litestar import Litestar, Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.routes import HTTPRoute

from libminsheng.errors import Fault
from minsheng_http.access.principal import ANONYMOUS, Principal
from minsheng_http.access.rates import Rates
from minsheng_http.access.scopes import SCOPES
from minsheng_http.access.tokens import Tokens, kind_of
from minsheng_http.problems import Refused
from minsheng_http.settings import ServiceSettings

__all__ = [
    "ASKS_FOR",
    "SERVICE",
    "Gate",
    "ask_guards_directly",
    "describe_access",
    "needs",
    "needs_token",
    "principal_of",
    "public",
    "undeclared",
]

SERVICE: Final = b"minsheng-service"
"""The header in which a service that asks for somebody else says who it is itself, as Authorization does."""
ASKS_FOR: Final = b"minsheng-for"
"""The address of whom it asks for."""

_MOST_REMEMBERED: Final = 10_000
_LONGEST_ADDRESS: Final = 100
_SCHEME: Final = "token"


_Asks = Callable[[ASGIConnection[Any, Any, Any, Any]], bool]


class _Needs:
    """What an operation needs, as a guard of the framework."""

    def __init__(self, scope: str | None, *, or_nobody: bool = False, open_if: _Asks | None = None) -> None:
        assert scope is None or scope in SCOPES, scope
        self.scope, self.or_nobody, self.open_if = scope, or_nobody, open_if

    async def __call__(self, connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        principal = await _known(connection)
        if self.open_if is not None and self.open_if(connection):
            return
        if principal is ANONYMOUS:
            if self.or_nobody:
                return
            raise Refused(401, Fault("http.no_token"))
        if self.scope is not None and not principal.may(self.scope):
            raise Refused(403, Fault("http.no_scope", values={"scope": self.scope}))


class _Public:
    """That an operation is open; whoever sends a token all the same is known by it."""

    scope: str | None = None

    async def __call__(self, connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        await _known(connection)


def needs(scope: str, *, or_nobody: bool = False, open_if: _Asks | None = None) -> _Needs:
    """The guard of an operation that needs a token with a scope.

    Parameters
    ----------
    or_nobody
        Whether it may be asked without a token as well; whoever sends one needs the scope.
    open_if
        What says of a request that the operation is open to all in this service.
    """
    return _Needs(scope, or_nobody=or_nobody, open_if=open_if)


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
        self._remembered: Final[OrderedDict[bytes, _Remembered]] = OrderedDict()
        self._asking: Final[dict[bytes, asyncio.Future[Principal | None]]] = {}
        self._age = 0

    async def principal(self, header: bytes | None, address: str) -> Principal:
        """Who sends an ``Authorization`` header, counted.

        Raises
        ------
        Refused
            401 for a token that stands for nobody, 429 for whoever comes too often.
        """
        if header is None:
            self.rates.anonymous(address)
            return ANONYMOUS
        mark = hashlib.sha256(header).digest()
        known = self._remembered.get(mark)
        if known is not None and known.age == self._age and known.until > time.monotonic():
            found = known.principal
        else:
            found = await self._look(header, mark, address)
        self.rates.principal(found.name)
        return found

    async def asks_for(self, service: bytes, address: str, client: str) -> str:
        """From where a request comes that a service passes on: its client, if the service is one that may say so.

        Without that, whoever guesses keys at the service would use up the guesses of the service itself, and nobody's
        key could be asked about any more. A service that copies everything may say so.
        """
        mark = hashlib.sha256(service).digest()
        known = self._remembered.get(mark)
        if known is not None and known.age == self._age and known.until > time.monotonic():
            found = known.principal
        else:
            try:
                found = await self._look(service, mark, address)
            except Refused:
                return address
        return client[:_LONGEST_ADDRESS] if found.everywhere and found.may("changes:read") else address

    async def _look(self, header: bytes, mark: bytes, address: str) -> Principal:
        """Ask whom a token stands for; once, however many send it at the same time."""
        self.rates.may_try(address)
        kind, _, token = header.decode("latin-1").partition(" ")
        token = token.strip()
        found = None
        if kind.lower() == "bearer" and kind_of(token) is not None:
            asking = self._asking.get(mark)
            if asking is None:
                asking = asyncio.ensure_future(self._ask(token, mark, address))
                self._asking[mark] = asking
                asking.add_done_callback(partial(self._answered, mark))
            found = await asyncio.shield(asking)
        if found is None:
            self._remembered.pop(mark, None)
            self.rates.refused(address)
            raise Refused(401, Fault("http.unknown_token"))
        return found

    async def _ask(self, token: str, mark: bytes, address: str) -> Principal | None:
        age = self._age  # what is forgotten while the answer is on its way is not remembered after all
        found = await self.tokens.known(token, address)
        left = self._seconds
        if found is not None and found.expires_at is not None:
            left = min(left, found.expires_at.timestamp() - time.time())
        if found is None or left <= 0:
            return None
        self._remembered[mark] = _Remembered(found, time.monotonic() + left, age)
        self._remembered.move_to_end(mark)
        if len(self._remembered) > _MOST_REMEMBERED:
            self._remembered.popitem(last=False)
        return found

    def _answered(self, mark: bytes, asked: asyncio.Future[Principal | None]) -> None:
        if self._asking.get(mark) is asked:
            del self._asking[mark]
        if not asked.cancelled():
            asked.exception()  # told to those who wait, if anybody still does

    def forget(self) -> None:
        """Ask again about every token: something was revoked in this process. Any thread may say so."""
        self._age += 1
        self._asking.clear()
        self._remembered.clear()


class _Remembered(NamedTuple):
    """Whom a token stood for, until when that is believed, and after how many times of forgetting it was asked."""

    principal: Principal
    until: float
    age: int


async def _known(connection: ASGIConnection[Any, Any, Any, Any]) -> Principal:
    """The principal of a request, found once and put into its scope."""
    scope: Any = connection.scope
    found: Principal | None = scope.get("principal")
    if found is None:
        gate: Gate = connection.app.state.gate
        client = scope.get("client")
        address = client[0] if client else ""
        sent = [value for name, value in scope["headers"] if name == b"authorization"]
        if len(sent) > 1:
            raise Refused(401, Fault("http.unknown_token"))
        services = [value for name, value in scope["headers"] if name == SERVICE]
        if len(services) == 1:
            told = next((value for name, value in scope["headers"] if name == ASKS_FOR), b"")
            address = await gate.asks_for(services[0], address, told.decode("latin-1"))
        found = await gate.principal(sent[0] if sent else None, address)
        scope["principal"] = found
    return found


def _guards(handler: HTTPRouteHandler) -> Iterator[_Needs | _Public]:
    yield from (one for one in handler.resolve_guards() if isinstance(one, _Needs | _Public))


def _operations(app: Litestar) -> Iterator[tuple[str, HTTPRouteHandler]]:
    for route in app.routes:
        for handler in getattr(route, "route_handlers", ()):
            if isinstance(handler, HTTPRouteHandler) and handler.http_methods != {"OPTIONS"}:  # the framework's own
                yield route.path, handler


def undeclared(app: Litestar) -> list[str]:
    """The routes below ``/v1`` that do not say what they need, or are no operations: there must be none."""
    silent = {path for path, handler in _operations(app) if not any(_guards(handler))}
    others = {route.path for route in app.routes if not isinstance(route, HTTPRoute)}
    return sorted(path for path in silent | others if path.startswith("/v1"))


def ask_guards_directly(app: Litestar) -> None:
    """Let every operation ask its guards as it stands.

    The framework makes a copy of the operation for each guard and request, in case a guard would change it. None
    does here, and the copy takes longer than the guard.
    """
    for _, handler in _operations(app):
        handler.authorize_connection = partial(_authorised, handler, handler.resolve_guards())  # type: ignore[method-assign]  # of this one only


async def _authorised(
    handler: HTTPRouteHandler, guards: list[Any], connection: ASGIConnection[Any, Any, Any, Any]
) -> None:
    for guard in guards:
        await guard(connection, handler)


def describe_access(app: Litestar, found: dict[str, Any]) -> None:
    """Put what each operation needs into an OpenAPI document: the bearer scheme, and ``x-scope``."""
    asked: Mapping[str, _Needs | _Public] = {
        str(handler.operation_id): guard for _, handler in _operations(app) for guard in _guards(handler)
    }
    for path in found["paths"].values():
        for operation in path.values():
            guard = asked.get(operation["operationId"])
            if isinstance(guard, _Needs):
                open_too = guard.or_nobody or guard.open_if is not None
                operation["security"] = [{_SCHEME: []}, {}] if open_too else [{_SCHEME: []}]
                if guard.scope is not None:
                    operation["x-scope"] = guard.scope
    schemes = found.setdefault("components", {}).setdefault("securitySchemes", {})
    schemes[_SCHEME] = {"type": "http", "scheme": "bearer"}
