"""Answers without what is said of the moment, which are given again until what the asker sees changes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import msgspec
from litestar import Request, Response
from litestar.concurrency import sync_to_thread

from libminsheng.version import __version__
from minsheng_http.etags import answered, tag
from minsheng_http.received import turn
from minsheng_http.threads import guarded
from minsheng_indicators.asking import Asker, Seen, at_hand, view_of
from minsheng_indicators.copy.sight import Sight
from minsheng_indicators.holdings import Holdings

__all__ = ["Prepared", "era", "kept_before", "prepared", "tag_of"]

_JSON: Final = "application/json"
_WISHES: Final = (b"accept", b"accept-language")
_ENCODE: Final = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Prepared:
    """An answer without what is said of the moment.

    Parameters
    ----------
    content
        Its bytes; of JSON without the brace that ends it.
    etag
        What tells it from others.
    media_type
        Its form.
    headers
        What it says in its head, whenever it is given.
    following
        What gives, at a revision, the cursor to what comes after a page; None where the answer has no pages.
    moves
        Whether it is of whatever revision is the last; not where the question names one.
    """

    content: bytes
    etag: str
    media_type: str
    headers: Mapping[str, str] = field(default_factory=dict)
    following: Callable[[int], str | None] | None = None
    moves: bool = True

    @property
    def size(self) -> int:
        """Bytes that it holds."""
        return len(self.content)

    def response(self, request: Request[Any, Any, Any], seen: Seen) -> Response[bytes]:
        """The answer now: 304 where the caller holds it already."""
        headers = {**self.headers, **seen.headers()}

        def whole() -> bytes:
            if self.media_type != _JSON:
                return self.content
            if self.following is None:
                return self.content + _said(seen)
            return self.content + b',\n"next":' + _ENCODE(self.following(seen.revision)) + _said(seen)

        media_type = f"{self.media_type}; charset=utf-8" if self.media_type.startswith("text/") else self.media_type
        return answered(request, whole, self.etag, media_type=media_type, headers=headers)


def tag_of(digest: str, content: bytes) -> str:
    """The tag of an answer: of its receipt, and of its bytes.

    Which divisions and periods are answered for depends on more than the facts that a receipt stands for. It is not of
    the revision, or of the age of the copy.
    """
    return tag(f"{digest}-{hashlib.sha256(content).hexdigest()[:16]}")


def _said(seen: Seen) -> bytes:
    """What JSON says of the moment, at its end."""
    at = "null" if seen.at is None else f'"{seen.at.isoformat()}"'
    age = "null" if seen.age is None else f"{seen.age:.3f}"
    return f',"revision":{seen.revision},"at":{at},"age":{age}{_constant(seen.definitions)}}}\n'.encode()


@lru_cache(8)
def _constant(definitions: str) -> str:
    return f',"definitions":{_ENCODE(definitions).decode()},"version":{_ENCODE(__version__).decode()}'


def _as_asked(request: Request[Any, Any, Any], sight: Sight) -> Hashable:
    """What an answer is kept by: the sums it is from, which are others after a change that is seen; what was asked."""
    scope: Any = request.scope
    # each of them as often as it was sent: whichever is heeded, nobody is given what was made for another wish
    wishes = tuple((name, value) for name, value in scope["headers"] if name in _WISHES)
    return era(sight), scope["path"], scope["query_string"], wishes


async def prepared(
    request: Request[Any, Any, Any], holdings: Holdings, seen: Seen, make: Callable[[], Prepared]
) -> Response[bytes]:
    """The answer to a question: kept, or made in a thread now."""

    async def worked() -> Prepared:
        async with turn(holdings.working, holdings.settings.waiting_seconds):
            return await sync_to_thread(guarded(make))

    found = await holdings.kept.made(_as_asked(request, seen.sight), worked)
    return found.response(request, seen)


def era(sight: Sight) -> object:
    """What is the same until the sight sees a change, and never again."""
    found: object = sight.answers.get("era") or sight.answers.setdefault("era", object())
    return found


async def kept_before(request: Request[Any, Any, Any]) -> Response[bytes] | None:
    """The answer to a question that was asked just so before, found without reading it again."""
    holdings: Holdings = request.app.state.holdings
    scope: Any = request.scope
    seen = at_hand(holdings, Asker(scope["principal"], view_of(scope["principal"])))
    if seen is None:
        return None
    found = holdings.kept.get(_as_asked(request, seen.sight))
    return found.response(request, seen) if found is not None and found.moves else None
