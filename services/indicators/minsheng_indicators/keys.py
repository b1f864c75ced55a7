"""API keys are the registry's: it is asked whom one stands for."""

from __future__ import annotations

import asyncio
import datetime
import hashlib
import time
from collections import OrderedDict
from typing import Any, Final

import httpx

from libminsheng.errors import Fault
from minsheng_http.access.guard import ASKS_FOR, SERVICE
from minsheng_http.access.principal import Principal
from minsheng_http.problems import Refused

__all__ = ["RegistryKeys"]

_MOST_KNOWN: Final = 10_000
_SERVICE: Final = SERVICE.decode()
_ASKS_FOR: Final = ASKS_FOR.decode()
_AGAIN: Final = "5"


class RegistryKeys:
    """Whom a registry says that API keys stand for.

    It is asked with the key itself. While it does not answer, a key that it knew stays good for a while, and of any
    other nobody can say whose it is.

    Parameters
    ----------
    url
        The registry.
    own
        The token of the service itself, by which the registry believes from where a key came.
    seconds
        For its answer.
    grace
        Seconds for which a key stays good that it cannot be asked about.
    """

    def __init__(
        self,
        url: str,
        own: str | None = None,
        *,
        seconds: float = 5,
        grace: float = 60,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        headers = {} if own is None else {_SERVICE: f"Bearer {own}"}
        self._client = httpx.AsyncClient(
            base_url=url.rstrip("/"), headers=headers, timeout=seconds, transport=transport
        )
        self._seconds, self._grace = seconds, grace
        self._known: OrderedDict[bytes, tuple[Principal, float]] = OrderedDict()

    async def ask(self, token: str, address: str) -> Principal | None:
        """Whom a key stands for that came from an address; None where it stands for nobody, or no longer.

        Raises
        ------
        Refused
            503 where the registry does not say, and did not a moment ago.
        """
        mark = hashlib.sha256(token.encode()).digest()
        try:
            headers = {"Authorization": f"Bearer {token}", _ASKS_FOR: address}
            async with asyncio.timeout(self._seconds):  # in all: an answer that comes in drops never ends
                answer = await self._client.get("/v1/principal", headers=headers)
            if answer.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN):
                self._known.pop(mark, None)
                return None
            found = _principal(answer.raise_for_status().json())
        except (httpx.HTTPError, TimeoutError, ValueError, KeyError, TypeError, RuntimeError):
            return self._remembered(mark)
        self._known[mark] = found, time.monotonic()
        self._known.move_to_end(mark)
        if len(self._known) > _MOST_KNOWN:
            self._known.popitem(last=False)
        return found

    def _remembered(self, mark: bytes) -> Principal:
        found, at = self._known.get(mark, (None, 0.0))
        if found is None or time.monotonic() - at > self._grace:
            raise Refused(503, Fault("service.keys_away"), headers={"Retry-After": _AGAIN})
        return found

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()


def _principal(told: Any) -> Principal:
    until = told["expires_at"]
    return Principal(
        str(told["name"]),
        frozenset(map(str, told["scopes"])),
        tuple(map(str, told["divisions"])),
        None if until is None else datetime.datetime.fromisoformat(until),
    )
