"""The pages over facts in memory: Yaohai's of 2017, and beside them years, districts and targets that are made up."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin

import uvicorn
from litestar import Litestar
from litestar.testing import TestClient

from libminsheng import DivisionTree, catalogue
from minsheng_http.access.principal import Principal
from minsheng_http.shell import Service
from minsheng_indicators import Settings, create_app
from minsheng_indicators.copy.memory_feed import MemoryFeed
from minsheng_indicators.holdings import Holdings
from tests.services.indicators.copied import LIFTED, fact, rows_of

CHECKER: Final = "ms_checker_" + "c" * 43
READER: Final = "ms_reader1_" + "r" * 43
PRINCIPALS: Final[Mapping[str, Principal]] = {
    CHECKER: Principal("key:checker", frozenset({"figures:read", "findings:read"}), ("340102",)),
    READER: Principal("key:reader", frozenset({"figures:read"}), ("340103",)),
}
HIDDEN: Final = "54321"
"""A value that is accepted and not public."""
_SCREENED: Final = {
    ("340102", "2013"): (8650, 9011),
    ("340102", "2014"): (9330, 9512),
    ("340102", "2016"): (10120, 10233),
    ("340103", "2017"): (7020, 7101),
    ("340104", "2017"): (9512, 9733),
    ("340111", "2017"): (8211, 8444),
}


class Ring:
    """Whom each token stands for; `gone` are revoked."""

    def __init__(self) -> None:
        self.gone: set[str] = set()

    def principal(self, token: str) -> Principal | None:
        return None if token in self.gone else PRINCIPALS.get(token)


def feed_of(yaohai: Path) -> MemoryFeed:
    """What is public, and one fact of each of two districts that is not."""
    feed = MemoryFeed()
    made_up = [
        fact(division, period, measure, str(value))
        for (division, period), pair in _SCREENED.items()
        for measure, value in zip(("newborns_screened", "live_births"), pair, strict=True)
    ]
    for measure, value in (("public_welfare_posts", "3200"), ("graduate_interns", "120")):
        made_up.append(fact("340102", "2017", measure, value, scenario="target"))
    feed.accept([*rows_of(yaohai), *made_up], public=True)
    feed.accept([fact(code, "2017", "legal_aid_visits", HIDDEN) for code in ("340103", "340104")])
    return feed


def everything_of(divisions: Iterable[str], years: Iterable[str]) -> MemoryFeed:
    """Every measure there is, of some divisions and years, with targets for persons in the last of them."""
    feed, known, years = MemoryFeed(), catalogue().measures.values(), list(years)
    facts = [
        fact(division, year, one.code, str(7 + (31 * at + 17 * number + int(year)) % 9973))
        for number, division in enumerate(divisions)
        for year in years
        for at, one in enumerate(known)
        if (at + number) % 11
    ]
    facts += [
        fact(division, years[-1], one.code, str(5000 + at), scenario="target")
        for division in divisions
        for at, one in enumerate(known)
        if one.time == "flow" and one.unit == "人"
    ]
    feed.accept(facts, public=True)
    return feed


def made(feed: MemoryFeed, tree: DivisionTree | None = None, ring: Ring | None = None) -> Service:
    """The service over a feed."""
    settings = Settings(**LIFTED)
    return create_app(holdings=Holdings(settings, feed, tree=tree), keys=ring or Ring())


@contextlib.contextmanager
def reading(
    feed: MemoryFeed, tree: DivisionTree | None = None, ring: Ring | None = None
) -> Iterator[TestClient[Litestar]]:
    """Somebody who reads pages, when the copy is there."""
    with TestClient(made(feed, tree, ring), base_url="http://minsheng.test") as client:
        until = time.monotonic() + 20
        while client.get("/").status_code == 503:
            assert time.monotonic() < until, "the copy does not come"
            time.sleep(0.01)
        yield client


@contextlib.contextmanager
def listening(app: Service) -> Iterator[str]:
    """The address of an application that a browser can reach."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 30
    while not server.started:
        assert thread.is_alive()
        assert time.monotonic() < until, "it does not listen"
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(20)


_VOID: Final = {"meta", "link", "input", "br", "hr", "img"}


class Read(HTMLParser):
    """A page as a strict reader has it: every element closed in its place, ids once, what refers to an id finds it."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.faults: list[str] = []
        self.feed(text)
        self.close()
        self.faults += [f"not closed: {tag}" for tag in self._open]
        ids = [given["id"] for _, given in self.attributes if given.get("id")]
        self.faults += [f"twice: {one}" for one in set(ids) if ids.count(one) > 1]
        for _, given in self.attributes:
            for name in ("for", "aria-labelledby", "aria-describedby"):
                self.faults += [f"{name}: {one}" for one in (given.get(name) or "").split() if one not in ids]

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.texts))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.append((tag, dict(attrs)))
        if len(dict(attrs)) != len(attrs):
            self.faults.append(f"an attribute twice: {tag} {attrs}")
        if tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"closed out of place: {tag}")

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] != "style":
            self.texts.append(data)

    def links(self, page: str = "/") -> list[str]:
        """Where the links and forms of a page lead."""
        found = [given.get("href") or given.get("action") for tag, given in self.attributes if tag in ("a", "form")]
        return [urljoin(page, one) for one in found if one is not None]

    def all(self, tag: str) -> list[dict[str, Any]]:
        """The attributes of every element of a kind."""
        return [given for one, given in self.attributes if one == tag]
