"""Wires between a client and what answers it, without a network."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
from litestar import Litestar
from litestar.testing import TestClient

from libminsheng.client.client import Client
from libminsheng.client.connection import Connection

URL = "http://service.example"
TOKEN = "ms_0123_" + "s" * 43

Reply = tuple[int, Mapping[str, str], Any]


class Script:
    """Answers one after the other, each once; what is asked is noted. An exception is raised instead."""

    def __init__(self, *answers: Reply | Exception) -> None:
        self._answers = iter(answers)
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = next(self._answers)
        if isinstance(answer, Exception):
            raise answer
        status, headers, told = answer
        content = told if isinstance(told, bytes) else json.dumps(told).encode()
        return httpx.Response(status, headers=dict(headers), content=content)


def problem(status: int, *faults: Mapping[str, Any], retry: bool = False, **headers: str) -> Reply:
    """A refusal as services give it."""
    told = {"title": "t", "status": status, "detail": "d", "retry": retry, "faults": list(faults), "count": len(faults)}
    return status, {"Content-Type": "application/problem+json", **headers}, told


def scripted(
    *answers: Reply | Exception, token: str | None = TOKEN, tries: int = 4
) -> tuple[Client, Script, list[float]]:
    """A client that is answered so, what it asked, and how long it waited."""
    script, pauses = Script(*answers), list[float]()
    connection = Connection.to(URL, token, 5.0, tries)
    return Client(connection, transport=httpx.MockTransport(script), sleep=pauses.append), script, pauses


def passed_on(client: TestClient[Litestar], note: Callable[[httpx.Request], None]) -> Callable[..., httpx.Response]:
    """What hands requests to an application in this process."""

    def answer(request: httpx.Request) -> httpx.Response:
        note(request)
        headers = {name: value for name, value in request.headers.items() if name not in ("host", "content-length")}
        content = request.read() or None
        found = client.request(request.method, request.url.raw_path.decode(), headers=headers, content=content)
        kept = {name: value for name, value in found.headers.items() if name.lower() != "content-length"}
        return httpx.Response(found.status_code, headers=kept, content=found.content)

    return answer


@contextmanager
def talking(client: TestClient[Litestar], token: str | None = None) -> Iterator[tuple[Client, list[httpx.Request]]]:
    """A client of an application in this process, and what it asked."""
    asked: list[httpx.Request] = []
    connection = Connection.to(URL, token or "", 5.0, 1)
    with Client(connection, transport=httpx.MockTransport(passed_on(client, asked.append))) as found:
        yield found, asked
