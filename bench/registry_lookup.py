"""One project by its code over a socket, beside a bare Litestar handler that returns the same bytes by one key read.

Both are served by uvicorn as the services configure it, and asked in turns by clients of another process. The bare
handler reads finished bytes from a table of its own by a prepared statement through the same driver, and knows nothing
of tokens, scopes, divisions, versions or the audit.
"""

from __future__ import annotations

import multiprocessing
import os
import socket
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import psycopg
from litestar import Litestar, Response, get
from psycopg_pool import AsyncConnectionPool
from sqlalchemy import make_url

import libminsheng as ms
from bench.hammer import Hammered, hammer
from bench.registry_places import databases, fill
from bench.registry_service import admitted, registry
from bench.yardstick import Result
from minsheng_http.server import serve
from minsheng_registry.book import projects
from minsheng_registry.book.lookup import lookup_of
from minsheng_registry.settings import Settings
from minsheng_registry.storage.database import Database

CLIENTS: Final = (1, 8, 64)
ROUNDS: Final = 4
SECONDS: Final = 1.5
FEW, MANY = 1_000, 1_000_000
ASKED: Final = 1_000

Seen = tuple[Hammered, float]
"""What clients saw, and the microseconds of a processor that the service took for each request."""


def bare(settings: Settings) -> Litestar:
    """The bare handler."""
    url = make_url(settings.database_url)
    if url.drivername == "sqlite":
        connection = sqlite3.connect(str(url.database), isolation_level=None)
        statement = "SELECT body FROM bare WHERE code = ?"

        @get("/v1/projects/{code:str}")
        async def one(code: str) -> Response[bytes]:
            return Response(connection.execute(statement, (code,)).fetchone()[0], media_type="application/json")

        return Litestar([one], openapi_config=None, logging_config=None)
    pool: AsyncConnectionPool[Any] = AsyncConnectionPool(
        settings.database_url, min_size=1, max_size=4, open=False, kwargs={"autocommit": True}
    )

    @get("/v1/projects/{code:str}")
    async def other(code: str) -> Response[bytes]:
        async with pool.connection() as connection, connection.cursor(binary=True) as cursor:
            await cursor.execute(b"SELECT body FROM bare WHERE code = %s", (code,), prepare=True)
            row = await cursor.fetchone()
        assert row is not None
        return Response(row[0], media_type="application/json")

    async def opened(_: Litestar) -> None:
        await pool.open()

    return Litestar([other], openapi_config=None, logging_config=None, on_startup=[opened])


class Served:
    """A service in a process of its own."""

    def __init__(self, create: Callable[[Settings], Any], url: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        settings = Settings(database_url=url, port=self.port)
        self._process = multiprocessing.get_context("spawn").Process(target=serve, args=(create, settings), daemon=True)
        self._process.start()
        end = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
            except OSError:
                assert self._process.is_alive(), "it does not start"
                assert time.monotonic() < end, "it takes too long to start"
                time.sleep(0.1)
            else:
                return

    def busy(self) -> float:
        """Seconds of a processor that it has used; as Linux tells them."""
        told = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        self._process.terminate()
        self._process.join(10)


def _document(code: str) -> dict[str, Any]:
    return {
        "code": code, "name": {"zh": "农村危房改造", "en": "Renewal of unsafe rural houses"}, "domain": "住有所居",
        "kind": "工程类", "tier": "省级", "lead": {"name": "住房和城乡建设局", "credit_code": "N2340102MF1234567Y"},
        "divisions": ["340102"], "years": {"first": 2024, "last": 2025}, "status": "实施",
        "budgets": [
            {"source": "central", "year": 2024, "amount": "1200.50", "unit": "万元"},
            {"source": "county", "year": 2024, "amount": "300", "unit": "万元"},
        ],
        "milestones": [{"name": "开工", "planned": "2024-03-01", "actual": "2024-03-08"}],
    }  # fmt: skip


def entered(database: Database, count: int) -> list[str]:
    """So many projects, made from one that was entered; the paths of some of them."""
    from datetime import UTC, datetime

    database.migrate()
    tree, catalogue = ms.DivisionTree.builtin(), ms.catalogue()
    database.write(
        lambda connection: projects.create(
            connection, _document("P-0000000"), catalogue, tree, by="bench", at=datetime(2026, 1, 1, tzinfo=UTC)
        )
    )
    code = "printf('P-%07d', i)" if database.is_sqlite else "'P-' || lpad(i::text, 7, '0')"
    fill(
        database,
        f"""INSERT INTO project_versions SELECT {code}, version, revision_from, revision_to, name, searched, domain, kind,
        tier, status, first_year, last_year, at, principal, act, reason, replace(document, 'P-0000000', {code})
        FROM project_versions, NUMBERS({count - 1}) AS n WHERE code = 'P-0000000'""",
        f"""INSERT INTO project_divisions SELECT {code}, version, division
        FROM project_divisions, NUMBERS({count - 1}) AS n WHERE code = 'P-0000000'""",
    )
    step = max(1, count // ASKED)
    return [f"P-{number:07d}" for number in range(0, count, step)]


async def finished(database: Database, codes: list[str]) -> None:
    """The table of the bare handler: the bytes that the registry answers with."""
    lookup = lookup_of(database)
    rows = []
    for code in codes:
        found = await lookup.find(code, ("*",))
        assert found is not None
        rows.append((code, found.body))
    await lookup.close()
    kind = "BLOB" if database.is_sqlite else "BYTEA"
    fill(database, f"CREATE TABLE bare (code TEXT PRIMARY KEY, body {kind} NOT NULL)")

    def write(connection: Any) -> None:
        driver = connection.connection.driver_connection
        if isinstance(driver, psycopg.Connection):
            with driver.cursor() as cursor:
                cursor.executemany("INSERT INTO bare VALUES (%s, %s)", rows)
        else:
            driver.executemany("INSERT INTO bare VALUES (?, ?)", rows)

    database.write(write)


def race(services: dict[str, Served], codes: list[str], clients: int, header: str) -> dict[str, list[Seen]]:
    """Turn by turn, so that a noisy machine disturbs all."""
    paths = [f"/v1/projects/{code}" for code in codes]
    seen: dict[str, list[Seen]] = {name: [] for name in services}
    for _ in range(ROUNDS):
        for name, service in services.items():
            before = service.busy()
            found = hammer(service.port, clients, SECONDS, paths, header)
            seen[name].append((found, (service.busy() - before) / found.count * 1e6))
    return seen


def run() -> list[Result]:
    """The table."""
    import asyncio

    results = []
    with databases() as places:
        for name, url in places.items():
            few, many = Database(url), Database(_other(url))
            codes = entered(few, FEW)
            asyncio.run(finished(few, codes))
            began = time.perf_counter()
            spread = entered(many, MANY)
            print(f"{name}: {MANY} projects in {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
            header = admitted(few, "340000")
            services = {"bare": Served(bare, url), "registry": Served(registry, url)}
            results += [_line(name, clients, race(services, codes, clients, header)) for clients in CLIENTS]
            services["bare"].close()
            of_many = {"registry": services["registry"], "many": Served(registry, _other(url))}
            one = {"registry": race({"registry": of_many["registry"]}, codes, 8, header)["registry"]}
            one |= race({"many": of_many["many"]}, spread, 8, admitted(many, "340000"))
            ratio = _rate(one["registry"]) / _rate(one["many"])
            results.append(
                Result(
                    f"{name}, {MANY:,} projects against {FEW:,}",
                    f"{ratio:.2f}×",
                    "≤ 2×",
                    ratio <= 2,
                    f"{_rate(one['many']):,.0f} against {_rate(one['registry']):,.0f} requests a second",
                )
            )
            for service in of_many.values():
                service.close()
            few.close()
            many.close()
    return results


def _other(url: str) -> str:
    made = make_url(url)
    if made.drivername == "sqlite":
        return f"{url}.many"
    with psycopg.connect(url, autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = 'many'").fetchone() is None:
            connection.execute("CREATE DATABASE many")
    return made.set(database="many").render_as_string(hide_password=False)


def _rate(seen: list[Seen]) -> float:
    return max(one.rate for one, _ in seen)


def _line(name: str, clients: int, seen: dict[str, list[Seen]]) -> Result:
    ratio = _rate(seen["registry"]) / _rate(seen["bare"])
    p50, p99 = (statistics.median(getattr(one, mark) for one, _ in seen["registry"]) for mark in ("p50", "p99"))
    of_bare = [statistics.median(getattr(one, mark) for one, _ in seen["bare"]) for mark in ("p50", "p99")]
    busy = {way: min(micros for _, micros in found) for way, found in seen.items()}
    kept = ratio >= 0.6 and (clients != 64 or p99 < 5 * p50)
    return Result(
        f"{name}, {clients} clients",
        f"{ratio:.2f}×",
        "≥ 0.6×, p99 < 5 × p50" if clients == 64 else "≥ 0.6×",
        kept,
        f"{_rate(seen['registry']):,.0f} against {_rate(seen['bare']):,.0f} requests a second; p50 {p50:.2f} ms, "
        f"p99 {p99:.2f} ms (bare {of_bare[0]:.2f}, {of_bare[1]:.2f}); by processor time {busy['bare'] / busy['registry']:.2f}×, "
        f"{busy['registry']:.0f} against {busy['bare']:.0f} µs a request",
    )
