"""A principal: somebody, or some program, that calls; what they may do, and for which divisions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from minsheng_http.access.scopes import ALL

__all__ = ["ANONYMOUS", "EVERYWHERE", "Principal"]

EVERYWHERE: Final = ("*",)
"""The divisions of those who see and write all of them."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is calling.

    Parameters
    ----------
    name
        ``key:3f9a…`` for an API key, ``jwt:ISSUER#SUBJECT`` for a token of an outside issuer, or ``anonymous``.
    scopes
        What they may do, such as ``projects:read``; ``*`` is everything.
    divisions
        The roots of the subtrees that they see and write; ``("*",)`` is everywhere, and without any there is nothing.
    expires_at
        Until when their token holds.

    Examples
    --------
    >>> clerk = Principal("key:3f9a", frozenset({"projects:read"}), ("340102",))
    >>> clerk.may("projects:read"), clerk.may("projects:write"), clerk.everywhere
    (True, False, False)
    """

    name: str
    scopes: frozenset[str]
    divisions: tuple[str, ...]
    expires_at: datetime | None = None

    def may(self, scope: str) -> bool:
        """Whether one of their scopes grants this one."""
        return scope in self.scopes or ALL in self.scopes

    @property
    def everywhere(self) -> bool:
        """Whether they see and write every division."""
        return self.divisions == EVERYWHERE


ANONYMOUS: Final = Principal("anonymous", frozenset(), ())
"""Whoever sends no token: they see what is public."""
