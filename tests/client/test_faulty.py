"""Services that drop, drip and talk nonsense, over real sockets: each is refused in the library's words, and in time."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from itertools import count

import httpx
import pytest

import libminsheng as ms
from libminsheng.client.async_client import AsyncClient
from libminsheng.client.client import Client
from libminsheng.client.connection import Connection
from libminsheng.client.patience import Patience, retry_after

NONE = b'{"items":[],"total":0,"next":null}'
PROBLEM = "application/problem+json"

Act = bytes | Callable[[socket.socket], None]


def said(body: bytes, status: str = "200 OK", kind: str = "application/json", **headers: str) -> bytes:
    told = {"Content-Type": kind, "Content-Length": str(len(body)), **headers}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in told.items())
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode("latin-1") + body


def dripping(peer: socket.socket) -> None:
    peer.sendall(said(b" " * 10_000)[:-10_000])
    with contextlib.suppress(OSError):
        for _ in range(10_000):
            peer.sendall(b" ")
            time.sleep(0.02)


@contextlib.contextmanager
def answering(*acts: Act) -> Iterator[tuple[str, list[bytes]]]:
    """A service that does one thing a request, the last for all that follow; what it was asked is noted."""
    asked: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            for number in count():
                try:
                    peer, _ = listening.accept()
                except OSError:
                    return
                with peer, contextlib.suppress(OSError):
                    asked.append(peer.recv(65_536))
                    act = acts[min(number, len(acts) - 1)]
                    peer.sendall(act) if isinstance(act, bytes) else act(peer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", asked
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(20)
    assert not thread.is_alive()


def told(url: str, timeout: float = 5.0) -> list[object]:
    """What either client makes of it."""
    connection = Connection(url, "ms_a_b", timeout, Patience(tries=2, first=0.01))

    async def ask() -> object:
        async with AsyncClient(connection) as client:
            return await client.catalogue()

    def wait() -> object:
        with Client(connection) as client:
            return client.catalogue()

    found: list[object] = []
    for made in (wait, lambda: asyncio.run(ask())):
        try:
            found.append(made())
        except ms.ServiceError as error:
            found.append(error.faults[0].code if error.text("zh") and error.text("en") else error)
    return found


@pytest.mark.parametrize(
    ("act", "code", "times"),
    [
        (said(NONE)[:-3], "client.away", 2),
        (b"HTTP/1.1 200 OK\r\nContent-", "client.away", 2),
        (b"", "client.away", 2),
        (b"\x00\xffgarbage\r\n\r\n", "client.away", 2),
        (b"SSH-2.0-OpenSSH_9.6\r\n", "client.away", 2),
        (said(b"no gzip", Content_Encoding="gzip"), "client.away", 2),
        (said(b"\xff\xfe{"), "client.unreadable", 1),
        (said(b"[" * 200_000), "client.unreadable", 1),
        (said(b'{"items":[],"next":"a"}'), "client.unreadable", 2),
        (said(b"[" * 200_000, "422 No", PROBLEM), "client.refused", 1),
        (said(b"", "301 Moved", Location="https://me:secret@a.example/v1/packs?key=s"), "client.moved", 1),
    ],
)
def test_what_cannot_be_read_is_refused_in_our_words(act: bytes, code: str, times: int) -> None:
    with answering(act) as (url, asked):
        assert told(url) == [code, code]
        assert len(asked) == 2 * times


@pytest.mark.parametrize(
    "after",
    ["Mon, 01 Jan 2024 00:00:00 +99999999999999999999", "Mon, 01 Jan 99999 00:00:00 GMT", "\xb2", "-5", ""],
)
def test_a_retry_after_of_nonsense_is_none(after: str) -> None:
    assert retry_after(after) is None
    with answering(*[said(b"{}", "503 Busy", Retry_After=after), said(NONE)] * 2) as (url, asked):
        assert all(isinstance(one, ms.Catalogue) for one in told(url))
        assert len(asked) == 4


def test_a_service_that_drips_is_given_up_in_the_end() -> None:
    with answering(dripping) as (url, asked):
        started = time.monotonic()
        assert told(url, timeout=0.1) == ["client.overdue"] * 2
        assert 4.0 <= time.monotonic() - started <= 15.0
        assert len(asked) == 2, "what was given up is not asked again"


def test_words_that_are_none_do_not_break_what_is_raised() -> None:
    fault = {"code": "engine.x", "message": {"zh": 3, "en": [3]}, "hint": {"zh": {}, "en": 5}}
    body = json.dumps({"faults": [fault]}).encode()
    with answering(said(body, "422 No", PROBLEM)) as (url, _), ms.connect(url, token="") as client:
        with pytest.raises(ms.EvaluationError) as refusal:
            client.catalogue()
        assert (refusal.value.text("zh"), refusal.value.text("en")) == ("3", "[3] (5)")


def test_a_redirect_says_where_to_and_repeats_no_secret() -> None:
    act = said(b"", "307 Moved", Location="https://me:secret@a.example/v1/packs?key=secret")
    with answering(act) as (url, _), ms.connect(url, token="") as client:
        with pytest.raises(ms.ServiceError, match=r"a\.example/v1/packs") as refusal:
            client.catalogue()
        assert refusal.value.status == 307
        assert "secret" not in str(refusal.value)


@pytest.mark.parametrize(
    ("variable", "value"),
    [("HTTP_PROXY", "socks5://127.0.0.1:9"), ("ALL_PROXY", "nonsense://a"), ("SSL_CERT_FILE", "/nowhere/root.pem")],
)
def test_what_the_environment_names_and_cannot_be_used_is_told(
    variable: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    for connect in (ms.connect, ms.connect_async):
        with pytest.raises(ms.EvaluationError, match=variable):
            connect("http://a.example")


def test_what_is_on_this_machine_is_not_asked_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(said(b"{}", "418 Proxy")) as (proxy, seen), answering(said(NONE)) as (url, asked):
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy)
        assert all(isinstance(one, ms.Catalogue) for one in told(url))
        assert (len(asked), seen) == (2, [])
        with ms.connect("http://a.example", token="") as client, pytest.raises(ms.ServiceError, match="418"):
            client.catalogue()
        assert len(seen) == 1


@pytest.mark.parametrize("timeout", [0.0, -1.0, float("nan"), float("inf")])
def test_a_time_that_is_none_is_refused_at_once(timeout: float) -> None:
    with pytest.raises(ms.EvaluationError, match="timeout"):
        ms.connect("http://a.example", timeout=timeout)


def test_a_certificate_that_is_not_trusted_is_no_service_that_is_away() -> None:
    broken = httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate")
    with pytest.raises(ms.ServiceError, match="SSL_CERT_FILE") as refusal:
        Connection("https://a.example").settled(broken)
    assert not refusal.value.retry


def test_a_question_that_no_address_can_name_is_refused() -> None:
    places = [f"1101010{number:05d}" for number in range(5_000)]
    with ms.connect("http://a.example", token="") as client, pytest.raises(ms.EvaluationError, match="level"):
        client.evaluate(divisions=places)
