"""``python -m bench.hammer``: clients that ask one after another on connections that stay open, in a process of their own.

What to do is read from standard input as JSON, what came of it is written to standard output.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

__all__ = ["Hammered", "hammer"]


@dataclass(frozen=True)
class Hammered:
    """What clients saw: requests per second, and the milliseconds that half, 95 and 99 of 100 took at most."""

    rate: float
    p50: float
    p95: float
    p99: float
    count: int
    """Requests that were answered, those of the first tenth too."""


def hammer(port: int, clients: int, seconds: float, paths: Sequence[str], headers: str = "") -> Hammered:
    """Ask a service of this machine for paths, in random order, and measure after the first tenth of the time."""
    told = {"port": port, "clients": clients, "seconds": seconds, "paths": list(paths), "headers": headers}
    done = subprocess.run(
        [sys.executable, "-m", "bench.hammer"],
        input=json.dumps(told),
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parent.parent,
    )
    return Hammered(**json.loads(done.stdout))


class _Client(asyncio.Protocol):
    def __init__(self, requests: Sequence[bytes], began: float, end: float, waits: list[float]) -> None:
        self.requests = itertools.cycle(requests)
        self.began, self.end, self.waits = began, end, waits
        self.done = asyncio.get_running_loop().create_future()
        self.held = b""
        self.answered = 0

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.ask()

    def ask(self) -> None:
        self.at = time.perf_counter()
        self.transport.write(next(self.requests))

    def data_received(self, data: bytes) -> None:
        self.held += data
        head = self.held.find(b"\r\n\r\n")
        if head < 0:
            return
        length = int(self.held[:head].lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        if len(self.held) < head + 4 + length:
            return
        assert self.held.startswith(b"HTTP/1.1 200 "), self.held[:300]
        self.held = b""
        self.answered += 1
        now = time.perf_counter()
        if self.at >= self.began:
            self.waits.append(now - self.at)
        if now < self.end:
            self.ask()
        else:
            self.transport.close()
            self.done.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("hung up"))


async def _run(port: int, clients: int, seconds: float, paths: Sequence[str], headers: str) -> Hammered:
    requests = [f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n".encode() for path in paths]
    waits: list[float] = []
    began = time.perf_counter() + seconds / 10
    end = began + seconds
    loop = asyncio.get_running_loop()
    made = []
    for _ in range(clients):
        mine = random.sample(requests, len(requests))
        _, one = await loop.create_connection(partial(_Client, mine, began, end, waits), "127.0.0.1", port)
        made.append(one)
    await asyncio.gather(*(one.done for one in made))
    waits.sort()
    return Hammered(
        len(waits) / seconds,
        waits[len(waits) // 2] * 1e3,
        waits[len(waits) * 95 // 100] * 1e3,
        waits[len(waits) * 99 // 100] * 1e3,
        sum(one.answered for one in made),
    )


if __name__ == "__main__":
    found = asyncio.run(_run(**json.load(sys.stdin)))
    print(json.dumps(asdict(found)))
