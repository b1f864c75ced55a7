"""A service on a socket: what is no HTTP, several processes side by side, and the log."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import re
import socket
import sys
import time
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from minsheng_http.server import _created
from tests.services.http.conftest import SmallSettings
from tests.services.process import PATHS, running


def talk(url: str, sent: bytes) -> bytes:
    """Send this, and give what comes back until the other side hangs up."""
    address = urlsplit(url)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=10) as line:
        line.sendall(sent)
        line.shutdown(socket.SHUT_WR)
        parts = []
        while part := line.recv(65_536):
            parts.append(part)
    return b"".join(parts)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running() as url:
        yield url


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nBad Header: 1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
        b"POST /v1/calculations HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    ],
)
def test_what_is_no_http_is_told_so_by_a_problem(url: str, sent: bytes) -> None:
    head, _, body = talk(url, sent).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400")
    assert b"content-type: application/problem+json" in head.lower()
    assert json.loads(body)["status"] == 400


def test_a_body_that_is_no_longer_http_does_not_stop_the_service(url: str) -> None:
    head = b"POST /v1/calculations HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert b"Traceback" not in talk(url, head + b"5\r\nhello\r\nnot a length\r\n")
    assert httpx.get(f"{url}/health/live").status_code == 200


@given(st.binary(min_size=1, max_size=200))
def test_noise_is_answered_or_hung_up_on(url: str, sent: bytes) -> None:
    answer = talk(url, sent + b"\r\n\r\n")
    assert answer == b"" or answer.startswith(b"HTTP/1.1 4")


def test_several_processes_answer_side_by_side_and_count_together(tmp_path: Path) -> None:
    # processes that take longer to load than uvicorn would wait for, as they do on a busy machine
    slow = "import sys, time\nif '--multiprocessing-fork' in sys.orig_argv:\n    time.sleep(7)\n"
    (tmp_path / "sitecustomize.py").write_text(slow, "utf-8")
    settings = {"MINSHENG_INDICATORS_WORKERS": "2", "PYTHONPATH": os.pathsep.join((str(tmp_path), *PATHS))}
    with running(settings=settings) as url:
        wait = time.monotonic() + 60
        while time.monotonic() < wait:
            try:
                if httpx.get(f"{url}/health/ready").status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.1)
        for _ in range(40):
            assert httpx.get(f"{url}/v1/packs", params={"limit": 1}).status_code == 200
        text = httpx.get(f"{url}/metrics").text
    counted = 'minsheng_requests_total{operation="list_packs",service="indicators",status="2xx"} 40.0'
    assert counted in text
    under_way = re.search(r'^minsheng_requests_under_way\{service="indicators"\} (\S+)$', text, re.MULTILINE)
    assert under_way is not None
    assert float(under_way[1]) == 1.0


def test_what_is_there_once_it_has_started_is_not_looked_through_for_garbage() -> None:
    class Made:
        circle: Any = None

    kept, left, turn = Made(), Made(), sys.getswitchinterval()
    left.circle = left
    garbage = weakref.ref(left)
    frozen: dict[str, int] = {}

    async def application(scope: Any, _receive: Any, send: Any) -> None:
        frozen["before"] = gc.get_freeze_count()
        await send({"type": f"{scope['type']}.startup.complete"})
        frozen["after"] = gc.get_freeze_count()

    async def send(_message: Any) -> None:
        frozen["told"] = gc.get_freeze_count()

    async def receive() -> None: ...

    del left
    try:
        made: Any = _created(lambda _: application, SmallSettings())
        assert sys.getswitchinterval() < turn, "a thread with long work gives way sooner"
        asyncio.run(made({"type": "http"}, receive, send))
        assert frozen["after"] == frozen["before"] == 0, "of a request nothing is kept"
        asyncio.run(made({"type": "lifespan"}, receive, send))
        assert (frozen["before"], garbage()) == (0, None), "what was garbage at the start is not kept for ever"
        assert min(frozen["told"], frozen["after"]) > 1_000, "before anybody is told that it answers"
        assert not any(one is kept for one in gc.get_objects())
    finally:
        gc.unfreeze()
        sys.setswitchinterval(turn)
