"""A token of the process' own: known in it and nowhere else, made when it starts and gone when it ends."""

from __future__ import annotations

import hmac
import secrets
import string
from typing import Final

from minsheng_http.access.principal import Principal
from minsheng_http.access.tokens import KeyRing

__all__ = ["WithOwn", "new_token"]

_LETTERS: Final = string.digits + string.ascii_letters


def new_token() -> str:
    """A token that looks like an API key, of 256 random bits."""
    return f"ms_{secrets.token_hex(6)}_" + "".join(secrets.choice(_LETTERS) for _ in range(43))


class WithOwn:
    """A key ring with one token more, that is written down nowhere.

    >>> class Nobody:
    ...     def principal(self, token):
    ...         return None
    >>> ring = WithOwn(Nobody(), "ms_0001_x", Principal("process:copy", frozenset(), ("*",)))
    >>> ring.principal("ms_0001_x").name, ring.principal("ms_0002_x")
    ('process:copy', None)
    """

    def __init__(self, ring: KeyRing, token: str, principal: Principal) -> None:
        self._ring, self._token, self._own = ring, token.encode(), principal

    def principal(self, token: str) -> Principal | None:
        """Whom a token stands for."""
        if hmac.compare_digest(token.encode(), self._token):
            return self._own
        return self._ring.principal(token)
