"""Near: programs of this machine, as against those of others."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Any, Final

from litestar.connection import ASGIConnection

if TYPE_CHECKING:
    from minsheng_http.access.guard import Gate

__all__ = ["is_loopback", "near_or_no_tokens"]

_PASSED_ON: Final = (b"forwarded", b"x-forwarded-for", b"via")
"""What a proxy says of whom it asks for."""


def is_loopback(host: str) -> bool:
    """Whether only programs of this machine reach an address, or call from it.

    >>> is_loopback("127.0.0.1"), is_loopback("::1"), is_loopback("localhost"), is_loopback("0.0.0.0")
    (True, True, True, False)
    >>> is_loopback("127.evil.example")
    False
    """
    if host == "localhost":
        return True
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return found.is_loopback or (mapped is not None and mapped.is_loopback)


def near_or_no_tokens(connection: ASGIConnection[Any, Any, Any, Any]) -> bool:
    """Whether a program of this machine asks, and for itself; or a service is asked that knows no tokens at all.

    What a proxy of this machine passes on comes from elsewhere.
    """
    gate: Gate = connection.app.state.gate
    client = connection.scope.get("client")
    passed_on = any(name in _PASSED_ON for name, _ in connection.scope["headers"])
    near = client is not None and is_loopback(client[0]) and not passed_on
    return near or not gate.tokens.anybody
