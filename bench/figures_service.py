"""Figures over a socket, beside a bare Litestar handler that returns the same bytes and looks at no token.

Both are served by uvicorn as the services configure it, and asked in turns by clients of another process, with a key of
the province. The questions are of one indicator, one division and the months of a year; and of 20 indicators for 200
divisions, beside which stands the time that it takes to encode their answer and nothing else. What was asked before is
kept until a fact changes that it rests on; so everything is also measured with nothing kept, each answer computed anew.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import socket
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

import httpx
import numpy as np
import polars as pl
from litestar import Litestar, Request, Response, get

import libminsheng as ms
from bench.hammer import Hammered, hammer
from bench.yardstick import Result, race
from libminsheng.report.lines import json_figures
from minsheng_http.access.principal import Principal
from minsheng_http.forms import ARROW_STREAM
from minsheng_http.server import serve
from minsheng_indicators.answers import content_of, figures_json
from minsheng_indicators.app import create_app
from minsheng_indicators.copy.holding import Copy
from minsheng_indicators.copy.memory_feed import MemoryFeed
from minsheng_indicators.copy.sight import Asked
from minsheng_indicators.copy.view import View
from minsheng_indicators.holdings import Holdings
from minsheng_indicators.settings import Settings

CLIENTS: Final = (1, 8, 64)
ROUNDS: Final = 3
SECONDS: Final = 1.5
INDICATORS, COUNTIES = 20, 200
TURNS, TIMES = 8, 12
"""Of the large question and of encoding its answer."""
KEY: Final = "ms_0be7_" + "k" * 43
KIND: Final = "application/vnd.apache.arrow.file"
LIMITS: Final = dict.fromkeys(("most_a_minute", "most_in_a_burst"), 1_000_000_000)

_TICKS: Final = os.sysconf("SC_CLK_TCK")


class _Keys:
    """One key, of the province."""

    def principal(self, token: str) -> Principal | None:
        return Principal("key:0be7", frozenset({"figures:read"}), ("P",)) if token == KEY else None


@cache
def tree() -> ms.DivisionTree:
    """A province with ten prefectures and so many counties."""
    counties = [(f"C{number:03d}", f"F{number % 10}") for number in range(COUNTIES)]
    return ms.DivisionTree.from_divisions(
        [
            ms.Division("P", "P", level="province"),
            *(ms.Division(f"F{number}", f"F{number}", "P", level="prefecture") for number in range(10)),
            *(ms.Division(code, code, above, level="county") for code, above in counties),
        ]
    )


@cache
def indicators() -> tuple[str, ...]:
    """Indicators whose measures are flows that anybody may report by month."""
    known = ms.catalogue()
    found = [
        one.code
        for one in known.indicators
        if one.default
        and "target" not in one.formula
        and all(measure.time == "flow" and measure.year_starts == 1 for measure in known.measures_of(one))
    ]
    return tuple(dict.fromkeys(found))[:INDICATORS]


def feed() -> MemoryFeed:
    """A registry with what every county reports for each month of a year."""
    known = ms.catalogue()
    measures = sorted({measure.code for code in indicators() for measure in known.measures_of(known.indicator(code))})
    made = MemoryFeed()
    made.accept(
        {
            "division": f"C{county:03d}",
            "period": f"2017-{month:02d}",
            "measure": measure,
            "value": 1_000 + 7 * county + 13 * month + place,
        }
        for county in range(COUNTIES)
        for month in range(1, 13)
        for place, measure in enumerate(measures)
    )
    return made


def figures(settings: Settings) -> Any:
    """The service."""
    return create_app(holdings=Holdings(settings, feed(), tree=tree()), keys=_Keys())


def bare(answers: dict[bytes, bytes], _settings: Settings) -> Litestar:
    """The bare handler."""

    @get("/v1/figures")
    async def one(request: Request[Any, Any, Any]) -> Response[bytes]:
        return Response(answers[request.scope["query_string"]], media_type="application/json")

    return Litestar([one], openapi_config=None, logging_config=None)


class Served:
    """A service in a process of its own."""

    def __init__(self, create: Callable[[Settings], Any], **settings: Any) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        told = Settings(port=self.port, **LIMITS, **settings)
        self._process = multiprocessing.get_context("spawn").Process(target=serve, args=(create, told), daemon=True)
        self._process.start()
        end = time.monotonic() + 120
        while True:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"http://127.0.0.1:{self.port}/health/ready").status_code in (200, 404):
                    return
            assert self._process.is_alive(), "it does not start"
            assert time.monotonic() < end, "it takes too long to start"
            time.sleep(0.1)

    def busy(self) -> float:
        """Seconds of a processor that it has taken."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text("ascii").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def close(self) -> None:
        self._process.terminate()
        self._process.join()


@contextlib.contextmanager
def served(create: Callable[[Settings], Any], **settings: Any) -> Iterator[Served]:
    """A service, as long as the block runs."""
    one = Served(create, **settings)
    try:
        yield one
    finally:
        one.close()


def questions() -> list[str]:
    """One indicator, one division, the months of a year: as many as there are of the first five indicators."""
    return [
        f"indicator={code}&division=C{county:03d}&period=month&from=2017-01&to=2017-12"
        for code in indicators()[:5]
        for county in range(COUNTIES)
    ]


def small() -> Iterator[Result]:
    """One indicator for one division and a year by month."""
    header = f"Authorization: Bearer {KEY}\r\n"
    asked = questions()
    paths = [f"/v1/figures?{question}" for question in asked]
    with served(figures) as service, served(figures, most_kept=1) as anew:
        with httpx.Client(
            headers={"Authorization": f"Bearer {KEY}"}, base_url=f"http://127.0.0.1:{service.port}"
        ) as one:
            answers = {question.encode(): one.get(f"/v1/figures?{question}").content for question in asked}
        size = statistics.median(map(len, answers.values()))
        with served(partial(bare, answers)) as plain:
            for way in (service, plain):
                hammer(way.port, 8, SECONDS, paths, header)
            ways = {"bare": plain, "service": service, "anew": anew}
            for clients in CLIENTS:
                seen: dict[str, list[tuple[Hammered, float]]] = {name: [] for name in ways}
                for _ in range(ROUNDS):
                    for name, way in ways.items():
                        before = way.busy()
                        found = hammer(way.port, clients, SECONDS, paths, header)
                        seen[name].append((found, (way.busy() - before) / found.count * 1e6))
                yield _line(clients, size, seen)


def _line(clients: int, size: float, seen: dict[str, list[tuple[Hammered, float]]]) -> Result:
    rate = {way: max(one.rate for one, _ in found) for way, found in seen.items()}
    ratio = rate["service"] / rate["bare"]
    p95 = {way: statistics.median(one.p95 for one, _ in found) for way, found in seen.items()}
    busy = {way: min(micros for _, micros in found) for way, found in seen.items()}
    return Result(
        f"one indicator, one division, twelve months; {clients} clients",
        f"{ratio:.2f}×",
        "≥ 0.6×, no error",
        ratio >= 0.6,
        f"{rate['service']:,.0f} against {rate['bare']:,.0f} requests a second, {size:,.0f} bytes each; p95 "
        f"{p95['service']:.2f} ms (bare {p95['bare']:.2f}); by processor time {busy['bare'] / busy['service']:.2f}×, "
        f"{busy['service']:.0f} against {busy['bare']:.0f} µs a request; with nothing kept "
        f"{rate['anew']:,.0f} requests a second, p95 {p95['anew']:.2f} ms",
    )


def large() -> Iterator[Result]:
    """Many indicators for many divisions."""
    asked = Asked(indicators(), period="year", level="county", start="2017", end="2017")
    copy = Copy(feed(), ms.catalogue(), tree())
    copy.open()
    view = View.of(("P",))
    query = "&".join([*(f"indicator={code}" for code in indicators()), "period=year&level=county&from=2017&to=2017"])
    path = f"/v1/figures?{query}&limit=10000"
    header = f"Authorization: Bearer {KEY}\r\n"
    content = b""

    def encoded() -> float:
        nonlocal content
        found = copy.sight(view).figures(asked)
        began = time.perf_counter()
        content = figures_json(json_figures(found), found.notes, found.receipt)
        return (time.perf_counter() - began) * 1e3

    for name, settings in (("kept", {}), ("nothing kept", {"most_kept": 1})):
        alone: list[float] = []
        seen: list[Hammered] = []
        with served(figures, **settings) as service:
            hammer(service.port, 1, 1, [path], header)
            for _ in range(TURNS):
                alone += (encoded() for _ in range(TIMES))
                seen.append(hammer(service.port, 1, SECONDS, [path], header))
        alone.sort()
        half, most = alone[len(alone) // 2], alone[len(alone) * 95 // 100]
        p50, p95 = (statistics.median(getattr(one, mark) for one in seen) for mark in ("p50", "p95"))
        yield Result(
            f"{len(indicators())} indicators, {COUNTIES} divisions; {name}",
            f"{p95 / most:.2f}×",
            "p95 ≤ 3× of encoding",
            p95 <= 3 * most,
            f"p50 {p50:.1f} ms, p95 {p95:.1f} ms; encoding alone {half:.1f} ms, {most:.1f} ms; "
            f"{len(content) / 1e6:.1f} MB, {sum(one.count for one in seen)} requests",
        )
    copy.close()


def calculations(rows: int = 1_000_000) -> Iterator[Result]:
    """Facts that the caller brings in Arrow, beside the library that reads the same file in its own process."""
    known = ms.catalogue()
    codes = sorted(one.code for one in ms.DivisionTree.builtin() if not one.code.endswith("00"))
    measures = sorted({measure.code for code in indicators() for measure in known.measures_of(known.indicator(code))})
    months = [f"2017-{month:02d}" for month in range(1, 13)]
    order = np.random.default_rng(20171231).permutation(rows)
    columns: dict[str, Any] = {}
    for name, labels in (("division", codes), ("period", months), ("measure", measures)):
        order, place = np.divmod(order, len(labels))
        columns[name] = np.array(labels)[place]
    facts = pl.DataFrame({**columns, "site": order.astype(str), "value": np.arange(rows) % 1_000_003})
    with tempfile.TemporaryDirectory() as folder, served(plain_service) as service:
        path = Path(folder) / "facts.arrow"
        facts.write_ipc(path, compat_level=pl.CompatLevel.oldest())
        body = path.read_bytes()
        query = [*(("indicator", code) for code in indicators()), ("period", "year"), ("format", "arrow")]

        def library(given: Callable[[], Any]) -> bytes:
            return content_of(ms.evaluate(given(), indicators=list(indicators()), period="year"), ARROW_STREAM)

        with httpx.Client(base_url=f"http://127.0.0.1:{service.port}", timeout=300) as client:

            def asked() -> bytes:
                answer = client.post("/v1/calculations", params=query, content=body, headers={"Content-Type": KIND})
                assert answer.status_code == 200, answer.text[:500]
                return answer.content

            ways = {
                "service": asked,
                "frame": partial(library, partial(pl.read_ipc, path)),
                "file": partial(library, partial(ms.read_facts, [path])),
            }
            answers = {way() for way in ways.values()}
            assert len(answers) == 1
            seconds = race(ways)
    ratio = seconds["service"] / seconds["frame"]
    yield Result(
        f"calculations, {rows:,} facts in Arrow",
        f"{ratio:.2f}×",
        "≤ 1.5×",
        ratio <= 1.5,
        f"{seconds['service']:.2f} s against {seconds['frame']:.2f} s from a frame in process, and {seconds['file']:.2f} s "
        f"with every row checked as the service does; medians {seconds['service (median)']:.2f} s, "
        f"{seconds['frame (median)']:.2f} s, {seconds['file (median)']:.2f} s; {len(body) / 1e6:.0f} MB",
    )


def plain_service(settings: Settings) -> Any:
    """The service without a registry."""
    return create_app(settings)


def run() -> list[Result]:
    """The table."""
    return [*small(), *large(), *calculations()]
