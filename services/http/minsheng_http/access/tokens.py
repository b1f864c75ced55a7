"""Tokens: how they look, and who can say whom they stand for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final, Literal, Protocol

from minsheng_http.access.principal import Principal

__all__ = ["LONGEST", "KeyRing", "Tokens", "kind_of"]

LONGEST: Final = 8_192
"""Bytes of a token that is looked at."""

_KEY: Final = re.compile(r"ms_[0-9a-z]{4,32}_[0-9A-Za-z]{43}")
_JWT: Final = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)


class KeyRing(Protocol):
    """Whoever knows tokens of one kind."""

    def principal(self, token: str) -> Principal | None:
        """Whom a token stands for; None where it stands for nobody, or no longer. It may take its time."""
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

    def __init__(self, keys: KeyRing | None = None, issuers: Sequence[KeyRing] = ()) -> None:
        self._keys, self._issuers = keys, tuple(issuers)

    def principal(self, token: str) -> Principal | None:
        """Whom a token stands for."""
        kind = kind_of(token)
        if kind == "key":
            return self._keys.principal(token) if self._keys else None
        if kind == "jwt":
            found = (issuer.principal(token) for issuer in self._issuers)
            return next((one for one in found if one is not None), None)
        return None
