"""Who calls is known before a handler runs, and nothing is open that does not say so."""

from __future__ import annotations

import asyncio
import datetime
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Litestar, Request, asgi, get
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
from minsheng_http.problems import Refused
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
        soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=3)
        ring.held[LITTLE] = Principal("key:a002", frozenset(), (), soon)
        assert client.get("/v1/any", headers=bearer(LITTLE)).status_code == 200
        now = guard.time.time
        monkeypatch.setattr(guard.time, "time", lambda: now() + 4)
        monkeypatch.setattr(guard.time, "monotonic", lambda: before() + 10)
        assert client.get("/v1/any", headers=bearer(LITTLE)).status_code == 401


def gate_of(ring: Ring, **limits: Any) -> Gate:
    return Gate(Tokens(ring), ServiceSettings(**limits))


class Slow(Ring):
    """Answers when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.begun, self.may_answer = threading.Event(), threading.Event()

    def principal(self, token: str) -> Principal | None:
        found = super().principal(token)
        self.begun.set()
        assert self.may_answer.wait(10)
        return found


def test_however_many_send_a_token_at_once_it_is_asked_about_once() -> None:
    ring = Slow()
    gate = gate_of(ring)

    async def run() -> list[Principal]:
        asking = [asyncio.create_task(gate.principal(f"Bearer {GOOD}".encode(), "")) for _ in range(50)]
        await asyncio.sleep(0)
        asking.pop().cancel()  # whoever goes away does not take the answer along
        ring.may_answer.set()
        return await asyncio.gather(*asking)

    assert {one.name for one in asyncio.run(run())} == {"key:a001"}
    assert ring.asked == 1


def test_what_is_revoked_while_it_is_asked_about_is_not_remembered() -> None:
    ring = Slow()
    gate = gate_of(ring)
    header = f"Bearer {GOOD}".encode()

    async def run() -> None:
        asking = asyncio.create_task(gate.principal(header, ""))
        await asyncio.to_thread(ring.begun.wait, 10)
        del ring.held[GOOD]
        gate.forget()
        ring.may_answer.set()
        assert (await asking).name == "key:a001", "it was good when it was sent"
        with pytest.raises(Refused) as refused:
            await gate.principal(header, "")
        assert refused.value.status == 401

    asyncio.run(run())


def test_no_token_is_kept_and_only_so_many_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "_MOST_REMEMBERED", 3)
    ring = Ring()
    tokens = [f"ms_{number:04d}_" + "x" * 43 for number in range(10)]
    ring.held = {token: Principal(token[3:7], frozenset(), ()) for token in tokens}
    gate = gate_of(ring)

    async def run() -> None:
        for token in tokens:
            await gate.principal(f"Bearer {token}".encode(), "")

    asyncio.run(run())
    assert len(gate._remembered) == 3
    assert not any(token[8:].encode() in mark for mark in gate._remembered for token in tokens)


def test_who_cannot_be_asked_is_told_to_all_who_wait_and_asked_again() -> None:
    class Away(Ring):
        def principal(self, token: str) -> Principal | None:
            if super().principal(token) and self.asked == 1:
                raise Refused(503)
            return self.held[token]

    gate = gate_of(Away())
    header = f"Bearer {GOOD}".encode()

    async def run() -> None:
        told = await asyncio.gather(*(gate.principal(header, "") for _ in range(3)), return_exceptions=True)
        assert [isinstance(one, Refused) and one.status for one in told] == [503, 503, 503]
        assert (await gate.principal(header, "")).name == "key:a001"

    asyncio.run(run())


def test_neighbours_in_one_network_of_ipv6_share_a_bucket() -> None:
    gate = gate_of(Ring(), most_a_minute_without_token=1, most_in_a_burst_without_token=1)

    async def run() -> None:
        assert await gate.principal(None, "2001:db8:1:2::1") is await gate.principal(None, "2001:db8:1:3::1")
        with pytest.raises(Refused):
            await gate.principal(None, "2001:db8:1:2:ffff::9%eth0")

    asyncio.run(run())


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


def test_a_door_beside_the_operations_is_found() -> None:
    @asgi("/v1/mounted", is_mount=True, copy_scope=True)
    async def mounted(scope: Any, receive: Any, send: Any) -> None: ...

    assert undeclared(Litestar([mounted, opened], openapi_config=None)) == ["/v1/mounted"]


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


def test_a_service_that_copies_everything_may_say_for_whom_it_asks(ring: Ring) -> None:
    copies = "ms_c0b1_" + "c" * 43
    ring.held[copies] = Principal("key:c0b1", frozenset({"changes:read"}), ("*",))
    with TestClient(service(ring, most_refused_a_minute=3)) as client:

        def ask(token: str, own: str, address: str) -> int:
            headers = {**bearer(token), "Minsheng-Service": f"Bearer {own}", "Minsheng-For": address}
            return client.get("/v1/any", headers=headers).status_code

        guesses = [f"ms_000{number}_" + "g" * 43 for number in range(6)]
        assert [ask(guess, copies, "192.0.2.7") for guess in guesses[:5]] == [401, 401, 401, 429, 429]
        assert ask(GOOD, copies, "192.0.2.8") == 200, "whoever guesses uses up nobody else's guesses"
        assert [ask(guess, LITTLE, f"192.0.2.{number}") for number, guess in enumerate(guesses)][-1] == 429
        assert ask(GOOD, "nonsense", "192.0.2.9") == 200, "remembered, and the service is nobody"
