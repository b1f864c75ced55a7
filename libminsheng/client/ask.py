"""What is asked of a service: one request, before anybody sends it."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

if TYPE_CHECKING:
    import httpx

__all__ = ["ARROW", "Ask", "Part", "Steps", "pairs"]

ARROW: Final = "application/vnd.apache.arrow.stream"

_Found = TypeVar("_Found")


@dataclass(frozen=True)
class Part:
    """A part of a body of several: which it is, what its file is called, what it is of, its bytes."""

    name: str
    file: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Ask:
    """A request.

    Parameters
    ----------
    method, path, params
        What is asked.
    accept
        The form that the answer is to have.
    content, media_type
        A body that is one thing.
    parts
        Or of several.
    stateless
        Whether a POST changes nothing, so that it may be sent again.
    key
        An Idempotency-Key: what was sent with it is done once, however often it comes.
    version
        Which version it is to change, where it changes something.
    language
        That of the answer's words, where it has any of one language only.
    patience
        Seconds that the service itself may wait before it answers.

    Examples
    --------
    >>> Ask("GET", "/v1/packs").repeatable, Ask("POST", "/v1/submissions").repeatable
    (True, False)
    """

    method: str
    path: str
    params: Sequence[tuple[str, str]] = ()
    accept: str = "application/json"
    content: bytes | None = None
    media_type: str = ""
    parts: Sequence[Part] = ()
    stateless: bool = False
    key: str | None = None
    version: int | None = None
    language: str | None = None
    patience: float = 0.0

    @property
    def repeatable(self) -> bool:
        """Whether it does no harm to send it twice."""
        return self.method in ("GET", "HEAD") or self.stateless or self.key is not None

    def headers(self) -> dict[str, str]:
        """What it says of itself; who asks is said by the connection."""
        found = {"Accept": self.accept}
        if self.media_type:
            found["Content-Type"] = self.media_type
        if self.key is not None:
            found["Idempotency-Key"] = self.key
        if self.version is not None:
            found["If-Match"] = f'"{self.version}"'
        if self.language is not None:
            found["Accept-Language"] = self.language
        return found


Steps: TypeAlias = Generator[Ask, "httpx.Response", _Found]
"""A verb without its connection: it gives requests out, is sent the answers, and returns what was found."""


def pairs(**asked: object) -> list[tuple[str, str]]:
    """Parameters of a query: what is None is left out, of several there is one each.

    >>> pairs(division=["340102", "340103"], level=None, subtree=False)
    [('division', '340102'), ('division', '340103'), ('subtree', 'false')]
    """
    found: list[tuple[str, str]] = []
    for name, given in asked.items():
        several = given if isinstance(given, list | tuple) else () if given is None else (given,)
        found.extend((name, str(one).lower() if isinstance(one, bool) else str(one)) for one in several)
    return found
