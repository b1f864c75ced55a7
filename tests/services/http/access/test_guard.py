"""Who calls is known before a handler runs, and nothing is open that does not say so."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Request, get
from litestar.testing import TestClient

from libminsheng.errors import say
from minsheng_http.access import guard
from minsheng_http.access.guard import Gate, needs, needs_token, principal_of, public, undeclared
from minsheng_http.access.principal import Principal
from minsheng_http.access.rates import Buckets
from minsheng_http.access.scopes import SCOPES, exceeding
from minsheng_http.access.tokens import Tokens
from minsheng_http.document import Document
from minsheng_http.holdings import Holdings
from minsheng_http.settings import ServiceSettings
from minsheng_http.shell import Service, create_service

GOOD = "ms_a001_" + "x" * 43
LITTLE = "ms_a002_" + "x" * 43


class Ring:
    """Two keys, one of which may do little."""

    def __init__(self) -> None:
        self.asked = 0
        self.held = {
            GOOD: Principal("key:a001", frozenset({"facts:read"}), ("*",)),
            LITTLE: Principal("key:a002", frozenset(), ("340102",)),
        }

    def principal(self, token: str) -> Principal | None:
        self.asked += 1
        return self.held.get(token)


@get("/v1/needing", guards=[needs("facts:read")], operation_id="needing", sync_to_thread=False)
def needing(request: Request[Any, Any, Any]) -> str:
    return principal_of(request).name


@get("/v1/any", guards=[needs_token], operation_id="any", sync_to_thread=False)
def any_token(request: Request[Any, Any, Any]) -> str:
    return principal_of(request).name


@get("/v1/open", guards=[public], operation_id="open", sync_to_thread=False)
def opened(request: Request[Any, Any, Any]) -> str:
    return principal_of(request).name


@get("/v1/silent", operation_id="silent", sync_to_thread=False)
def silent() -> str:
    return "nothing said"


def service(ring: Ring, *, silently: bool = False, **limits: Any) -> Service:
    settings = ServiceSettings(**limits)
    routes = [needing, any_token, opened, *([silent] if silently else [])]
    document = Document(title=lambda _: "", about=lambda _: "", operation=lambda *_: "", routes=routes)
    return create_service(routes, holdings=Holdings(settings), document=document, gate=Gate(Tokens(ring), settings))


@pytest.fixture
def ring() -> Ring:
    return Ring()


@pytest.fixture
def client(ring: Ring) -> Iterator[TestClient[Any]]:
    with TestClient(service(ring)) as found:
        yield found


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_token_opens_what_it_has_the_scope_for(client: TestClient[Any]) -> None:
    assert client.get("/v1/needing", headers=bearer(GOOD)).text == "key:a001"
    assert client.get("/v1/any", headers=bearer(LITTLE)).text == "key:a002"
    refused = client.get("/v1/needing", headers=bearer(LITTLE))
    assert refused.status_code == 403
    assert refused.headers["content-type"] == "application/problem+json"
    assert say("http.no_scope", "en", scope="facts:read") in refused.json()["detail"]


def test_without_a_token_only_what_is_public_is_open(client: TestClient[Any]) -> None:
    assert client.get("/v1/open").text == "anonymous"
    for path in ("/v1/needing", "/v1/any"):
        refused = client.get(path)
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"] == "Bearer"
        assert refused.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        f"Basic {GOOD}",
        GOOD,
        f"Bearer {GOOD}x",
        f"Bearer {GOOD} {GOOD}",
        "Bearer " + "x" * 9_000,
        "",
    ],
    ids=range(8),
)
def test_what_is_no_token_stands_for_nobody_even_where_all_is_open(client: TestClient[Any], header: str) -> None:
    assert client.get("/v1/open", headers={"Authorization": header}).status_code == 401


def test_two_headers_are_one_too_many(client: TestClient[Any]) -> None:
    headers = [("Authorization", f"Bearer {GOOD}"), ("Authorization", f"Bearer {LITTLE}")]
    assert client.get("/v1/any", headers=headers).status_code == 401


def test_a_token_is_asked_about_once_and_again_after_it_was_revoked(ring: Ring) -> None:
    app = service(ring)
    with TestClient(app) as client:
        for _ in range(5):
            assert client.get("/v1/any", headers=bearer(GOOD)).status_code == 200
        assert ring.asked == 1
        del ring.held[GOOD]
        app.state.gate.forget()
        assert client.get("/v1/any", headers=bearer(GOOD)).status_code == 401


def test_what_is_remembered_ends_by_itself_and_with_the_token(ring: Ring, monkeypatch: pytest.MonkeyPatch) -> None:
    with TestClient(service(ring, token_seconds=5)) as client:
        assert client.get("/v1/any", headers=bearer(GOOD)).status_code == 200
        del ring.held[GOOD]
        before = guard.time.monotonic
        monkeypatch.setattr(guard.time, "monotonic", lambda: before() + 6)
        assert client.get("/v1/any", headers=bearer(GOOD)).status_code == 401
        soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=100)
        ring.held[LITTLE] = Principal("key:a002", frozenset(), (), soon)
        assert client.get("/v1/any", headers=bearer(LITTLE)).status_code == 200
        now = guard.time.time
        monkeypatch.setattr(guard.time, "time", lambda: now() + 101)
        assert client.get("/v1/any", headers=bearer(LITTLE)).status_code == 401


def test_whoever_comes_too_often_is_told_when_to_come_again(ring: Ring) -> None:
    with TestClient(service(ring, most_a_minute=60, most_in_a_burst=3)) as client:
        assert [client.get("/v1/any", headers=bearer(GOOD)).status_code for _ in range(4)] == [200, 200, 200, 429]
        refused = client.get("/v1/any", headers=bearer(GOOD))
        assert int(refused.headers["retry-after"]) >= 1
        assert refused.json()["retry"] is True
        assert client.get("/v1/any", headers=bearer(LITTLE)).status_code == 200, "each has a bucket"


def test_whoever_guesses_is_stopped_before_anybody_is_asked(ring: Ring) -> None:
    with TestClient(service(ring, most_refused_a_minute=3)) as client:
        told = [client.get("/v1/any", headers=bearer(f"ms_{n:04d}_" + "y" * 43)).status_code for n in range(5)]
        assert told == [401, 401, 401, 429, 429]
        assert ring.asked == 3


def test_an_operation_that_says_nothing_is_found(ring: Ring) -> None:
    assert undeclared(service(ring)) == []
    assert undeclared(service(ring, silently=True)) == ["/v1/silent"]


def test_the_document_says_what_each_operation_needs(client: TestClient[Any]) -> None:
    document = client.get("/schema/openapi.json").json()
    found = {path: told["get"] for path, told in document["paths"].items()}
    assert found["/v1/needing"]["security"] == [{"token": []}]
    assert found["/v1/needing"]["x-scope"] == "facts:read"
    assert "security" not in found["/v1/open"]
    assert document["components"]["securitySchemes"]["token"] == {"type": "http", "scheme": "bearer"}


@given(st.lists(st.floats(0, 30), max_size=60), st.integers(1, 200), st.integers(1, 20))
def test_a_bucket_never_gives_more_than_it_holds_and_is_refilled(waits: list[float], rate: int, most: int) -> None:
    now = 0.0
    buckets = Buckets(rate, most, now=lambda: now)
    taken: list[float] = []
    for wait in waits:
        now += wait
        if buckets.take("a") == 0:
            taken.append(now)
    for number, first in enumerate(taken):
        for count, last in enumerate(taken[number:], start=1):
            assert count <= most + (last - first) * rate / 60 + 1e-6


@given(st.lists(st.sampled_from([*SCOPES, "*"])), st.lists(st.sampled_from([*SCOPES, "*"])))
def test_nobody_passes_on_what_they_have_not(asked: list[str], held: list[str]) -> None:
    beyond = exceeding(asked, held)
    giver, receiver = Principal("a", frozenset(held), ()), Principal("b", frozenset(asked) - set(beyond), ())
    assert all(giver.may(scope) for scope in SCOPES if receiver.may(scope))
