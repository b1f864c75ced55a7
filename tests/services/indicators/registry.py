"""The indicators service beside a registry that is none: facts in memory, and keys that are known here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from litestar import Litestar
from litestar.testing import TestClient

from libminsheng import Catalogue, DivisionTree
from minsheng_http.access.principal import Principal
from minsheng_indicators import Settings, create_app
from minsheng_indicators.copy.feed import AwayError
from minsheng_indicators.copy.memory_feed import MemoryFeed
from minsheng_indicators.holdings import Holdings

__all__ = ["ALL", "NO_LIMIT", "Keys", "bearer", "beside", "key_of", "leave"]

NO_LIMIT = {
    "most_a_minute": 10**9,
    "most_in_a_burst": 10**9,
    "most_a_minute_without_token": 10**9,
    "most_in_a_burst_without_token": 10**9,
}
ALL = "all"


def key_of(name: str) -> str:
    """The API key of a name."""
    return f"ms_{name:0<4}_" + "k" * 43


def bearer(name: str | None) -> dict[str, str]:
    """The headers of whoever has the key of a name; of somebody without a token where there is none."""
    return {} if name is None else {"Authorization": f"Bearer {key_of(name)}"}


def leave(feed: MemoryFeed) -> None:
    """Let the registry go away, also for whoever is waiting for it to say something."""
    feed.away = AwayError("gone")
    with feed._changed:
        feed._changed.notify_all()


class Keys:
    """Keys by the names that tests give them."""

    def __init__(self, **principals: tuple[set[str], tuple[str, ...]]) -> None:
        given = {ALL: ({"*"}, ("*",)), **principals}
        self.known = {
            key_of(name): Principal(f"key:{name}", frozenset(scopes), divisions)
            for name, (scopes, divisions) in given.items()
        }
        self.asked = 0

    def principal(self, token: str) -> Principal | None:
        self.asked += 1
        return self.known.get(token)


@contextmanager
def beside(
    feed: MemoryFeed,
    keys: Keys | None = None,
    *,
    catalogue: Catalogue | None = None,
    tree: DivisionTree | None = None,
    caught_up: bool = True,
    **settings: Any,
) -> Iterator[TestClient[Litestar]]:
    """The service, following a feed; when it begins it has what the feed has now."""
    holdings = Holdings(Settings(**{**NO_LIMIT, **settings}), feed, catalogue=catalogue, tree=tree)
    with TestClient(create_app(holdings=holdings, keys=keys or Keys())) as client:
        assert holdings.copy is not None
        assert not caught_up or holdings.copy.wait_for(feed.revision, 10)
        yield client
