"""Tokens: how they look, and who can say whom they stand for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Literal, Protocol, runtime_checkable

from litestar.concurrency import sync_to_thread

from minsheng_http.access.principal import Principal

__all__ = ["LONGEST", "FarKeyRing", "KeyRing", "Tokens", "kind_of"]

LONGEST: Final = 8_192
"""Bytes of a token that is looked at."""

_KEY: Final = re.compile(r"ms_[0-9a-z]{4,32}_[0-9A-Za-z]{43}")
_JWT: Final = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)


class KeyRing(Protocol):
    """Whoever knows tokens of one kind."""

    def principal(self, token: str) -> Principal | None:
        """Whom a token stands for; None where it stands for nobody, or no longer. It may take its time."""
        ...


@runtime_checkable
class FarKeyRing(Protocol):
    """Whoever has to ask over the network whom a token stands for, and keeps no thread waiting for it."""

    async def ask(self, token: str, address: str) -> Principal | None:
        """Whom a token stands for that came from an address; None where it stands for nobody, or no longer."""
        ...


def kind_of(token: str) -> Literal["key", "jwt"] | None:
    """What a token looks like: an API key, ``ms_ID_SECRET``, a signed JWT, or nothing that is known.

    >>> kind_of("ms_3f9a01_" + "x" * 43), kind_of("eyJ.eyJ.c2ln"), kind_of("Bearer")
    ('key', 'jwt', None)
    """
    if len(token) > LONGEST:
        return None
    if _KEY.fullmatch(token):
        return "key"
    return "jwt" if _JWT.fullmatch(token) else None


class Tokens:
    """All that a service takes: API keys of one ring, and JWTs of any of some issuers.

    Parameters
    ----------
    keys
        Who knows API keys, if anybody.
    issuers
        Who knows JWTs.
    """

    def __init__(self, keys: KeyRing | FarKeyRing | None = None, issuers: Sequence[KeyRing] = ()) -> None:
        self._keys, self._issuers = keys, tuple(issuers)

    @property
    def anybody(self) -> bool:
        """Whether there is anybody who knows tokens."""
        return self._keys is not None or bool(self._issuers)

    async def known(self, token: str, address: str) -> Principal | None:
        """Whom a token stands for that came from an address."""
        kind = kind_of(token)
        if kind == "key" and self._keys is not None:
            if isinstance(self._keys, FarKeyRing):
                return await self._keys.ask(token, address)
            return await sync_to_thread(self._keys.principal, token)
        return await sync_to_thread(self._signed, token) if kind == "jwt" and self._issuers else None

    def _signed(self, token: str) -> Principal | None:
        found = (issuer.principal(token) for issuer in self._issuers)
        return next((one for one in found if one is not None), None)
