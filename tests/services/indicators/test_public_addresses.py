"""The addresses of pages: where they lead, what is said where there is nothing, and what is not sent again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from libminsheng.errors import say
from minsheng_indicators import Settings, create_app
from minsheng_indicators.copy.feed import AwayError
from minsheng_indicators.copy.memory_feed import MemoryFeed
from minsheng_indicators.holdings import Holdings
from minsheng_indicators.public import pictures
from tests.services.indicators.copied import LIFTED, fact, told
from tests.services.indicators.pages import CHECKER, Read, feed_of, made, reading

Client = TestClient[Litestar]

FIGURE = "/figures/newborn_screening_rate/340102/2017"


@pytest.fixture(scope="module")
def client(yaohai: Path) -> Iterator[Client]:
    with reading(feed_of(yaohai)) as client:
        yield client


@pytest.mark.parametrize(
    "path",
    [
        "/?division=999999",
        "/?year=20x7",
        "/?domain=nothing",
        "/?indicator=nothing",
        "/figures/nothing/340102/2017",
        "/figures/newborn_screening_rate/nowhere/2017",
        "/figures/newborn_screening_rate/340102/2017-13",
        "/catalogue/nothing",
        "/catalogue?domain=nothing",
        "/?division=" + "x" * 200,
    ],
)
def test_what_is_not_there_is_a_page_with_a_way_back(client: Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code in (404, 422)
    read = Read(answer.text)
    assert read.faults == []
    assert "/" in read.links(path)
    assert "Traceback" not in answer.text


def test_without_a_registry_there_is_the_catalogue_and_it_says_so() -> None:
    with TestClient(create_app(Settings())) as client:
        page = client.get("/")
        assert page.status_code == 200
        assert say("page.alone", "zh") in page.text
        assert "/session" not in page.text
        assert client.get("/catalogue/newborn_screening_rate").status_code == 200
        assert client.get(FIGURE).status_code == 404
        assert client.get("/findings").status_code == 404


@pytest.mark.parametrize("path", ["/nothing", "/figures/a/b", "/figures/a%2Fb/340102/2017", "/a/b/c/d"])
def test_an_address_that_is_none_is_a_page_for_people_and_a_problem_for_programs(client: Client, path: str) -> None:
    page = client.get(path, headers={"Accept": "text/html,*/*;q=0.8"})
    assert page.status_code == 404
    assert Read(page.text).faults == []
    assert {"/", "/catalogue"} <= set(Read(page.text).links(path))
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert client.get("/nothing").headers["content-type"] == "application/problem+json"
    for programs in ("/v1/nothing", "/schema/nothing", "/health/nothing"):
        answer = client.get(programs, headers={"Accept": "text/html"})
        assert answer.headers["content-type"] == "application/problem+json"
    posted = client.post("/catalogue", headers={"Accept": "text/html"})
    assert posted.status_code == 405
    assert Read(posted.text).faults == []


def test_a_page_that_has_not_changed_is_not_sent_again(client: Client) -> None:
    for path in (FIGURE, "/?division=340102&year=2017", "/catalogue/newborn_screening_rate"):
        tag = client.get(path).headers["etag"]
        again = client.get(path, headers={"If-None-Match": tag})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert "Cookie" in again.headers["vary"]
        assert (
            client.get(f"{path}{'&' if '?' in path else '?'}lang=en", headers={"If-None-Match": tag}).status_code == 200
        )
        signed_in = client.get(path, headers={**told(CHECKER), "If-None-Match": tag})
        assert signed_in.status_code == 200
        assert "etag" not in signed_in.headers, "what a token has paid for is not kept"
    assert "etag" not in client.get("/catalogue/nothing").headers


def test_pages_lead_to_one_another_under_whatever_a_proxy_puts_before_them(client: Client) -> None:
    seen, left = {"/"}, ["/"]
    while left and len(seen) < 60:
        path = left.pop(0)
        for put in ("", "/minsheng", "/a/b"):
            links = Read(client.get(path).text).links(put + path)
            assert all(one.startswith(put + "/") for one in links), path
        for link in Read(client.get(path).text).links(path):
            if link not in seen and not link.endswith(".csv"):
                assert client.get(link).status_code in (200, 405), link
                if not link.startswith(("/v1", "/schema", "/session", "/figures.csv")):
                    left.append(link)
                seen.add(link)
    kinds = {urlsplit(one).path.split("/")[1] for one in seen}
    assert kinds >= {"", "figures", "figures.csv", "catalogue", "schema", "session", "v1"}


def test_before_the_registry_has_been_reached_there_is_a_page_that_says_so() -> None:
    feed = MemoryFeed()
    feed.away = AwayError("gone")
    with TestClient(create_app(holdings=Holdings(Settings(**LIFTED), feed))) as client:
        for path in ("/", FIGURE, "/figures.csv"):
            answer = client.get(path, headers={"Accept": "text/html"})
            assert answer.status_code == 503
            assert answer.headers["retry-after"] == "1"
            assert Read(answer.text).faults == []
        assert client.get("/catalogue").status_code == 200


def test_what_draws_is_started_before_anybody_asks_and_nobody_waits_for_it(
    yaohai: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, let, awake = threading.Event(), threading.Event(), threading.Event()

    def slow(*_: object, **__: object) -> str:
        asked.set()
        assert let.wait(20)
        return ""

    monkeypatch.setattr(pictures, "_AWAKE", awake)
    monkeypatch.setattr(pictures, "drawn_bars", slow)
    with TestClient(made(feed_of(yaohai))) as client:
        assert asked.wait(20)
        assert client.get("/health/ready").status_code == 200
        assert client.get("/catalogue").status_code == 200
        assert not awake.is_set()
        let.set()
        assert awake.wait(20)


def test_what_draws_is_not_waited_for_where_the_registry_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "_AWAKE", threading.Event())
    feed = MemoryFeed()
    feed.away = AwayError("gone")
    with TestClient(create_app(holdings=Holdings(Settings(**LIFTED), feed))):
        (waiting,) = [one for one in threading.enumerate() if one.name == "minsheng-pictures"]
    waiting.join(5)
    assert not waiting.is_alive()


def test_where_nothing_is_public_yet_there_is_nothing_to_choose_from() -> None:
    feed = MemoryFeed()
    feed.accept([fact("340102", "2017", "orphans", "7")])
    with reading(feed) as client:
        page = client.get("/")
        assert say("page.nothing", "zh") in page.text
        assert Read(page.text).faults == []
        assert "select" not in Read(page.text).tags
        assert "select" in Read(client.get("/", headers=told(CHECKER)).text).tags


def test_head_has_no_body(client: Client) -> None:
    answer = client.head("/catalogue")
    assert answer.status_code == 200
    assert answer.content == b""
