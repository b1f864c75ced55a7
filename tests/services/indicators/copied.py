"""The service with a copy behind it, of a registry in memory, and tokens that are known."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from litestar import Litestar
from litestar.testing import TestClient

import libminsheng as ms
from libminsheng.engine.figures import exact_decimal
from libminsheng.facts.bind import bind
from minsheng_http.access.principal import Principal
from minsheng_indicators import Settings, create_app
from minsheng_indicators.copy.memory_feed import MemoryFeed
from minsheng_indicators.holdings import Holdings

Fact = Mapping[str, Any]

EVERY: Final = "ms_every1_" + "e" * 43
YAOHAI: Final = "ms_yaohai_" + "y" * 43
LUYANG: Final = "ms_luyang_" + "l" * 43
NO_FIGURES: Final = "ms_nofigs_" + "n" * 43
PRINCIPALS: Final[Mapping[str, Principal]] = {
    EVERY: Principal("key:every", frozenset({"figures:read", "calculations:run", "checks:run"}), ("*",)),
    YAOHAI: Principal("key:yaohai", frozenset({"figures:read"}), ("340102",)),
    LUYANG: Principal("key:luyang", frozenset({"figures:read"}), ("340103",)),
    NO_FIGURES: Principal("key:nofigures", frozenset({"projects:read"}), ("*",)),
}
LIFTED: Final[dict[str, Any]] = dict.fromkeys(
    ("most_a_minute", "most_in_a_burst", "most_a_minute_without_token", "most_in_a_burst_without_token"), 10**9
)
_COLUMNS: Final = ("division", "period", "measure", "scenario", "basis", "project", "issuer", "approximate")


class Ring:
    """Whom each token stands for."""

    def principal(self, token: str) -> Principal | None:
        return PRINCIPALS.get(token)


def rows_of(path: Path) -> list[dict[str, Any]]:
    """The facts of a file as a registry has them, in the unit of their measure."""
    known = ms.catalogue()
    frame = bind(ms.read_facts(path, catalogue=known), known, ms.DivisionTree.builtin()).frame
    return [
        {name: row[name] for name in _COLUMNS}
        | {"value": f"{exact_decimal(row['value_minor'], known.measures[row['measure']].decimals):f}"}
        for row in frame.iter_rows(named=True)
    ]


def fact(division: str, period: str, measure: str, value: str | None, **more: Any) -> dict[str, Any]:
    """One fact."""
    return {
        "division": division, "period": period, "measure": measure, "value": value,
        "scenario": "actual", "basis": "period", **more,
    }  # fmt: skip


def feed_of(*portions: Iterable[Fact], public: Iterable[Fact] = ()) -> MemoryFeed:
    """A registry that accepted what is public, then one portion after another."""
    feed = MemoryFeed()
    feed.accept(list(public), public=True)
    for portion in portions:
        feed.accept(list(portion))
    return feed


def told(token: str | None) -> dict[str, str]:
    """The header of a token."""
    return {} if token is None else {"Authorization": f"Bearer {token}"}


@contextmanager
def serving(
    feed: MemoryFeed, *, catalogue: ms.Catalogue | None = None, **settings: Any
) -> Iterator[tuple[TestClient[Litestar], Holdings]]:
    """The service, when its copy is there."""
    chosen = Settings(**LIFTED, **settings)
    holdings = Holdings(chosen, feed, catalogue=catalogue)
    with TestClient(create_app(chosen, holdings=holdings, keys=Ring())) as client:
        until = time.monotonic() + 10
        while holdings.copy is None or not holdings.copy.ready or holdings.copy.state.revision < feed.revision:
            assert time.monotonic() < until, "the copy does not come"
            time.sleep(0.005)
        yield client, holdings
