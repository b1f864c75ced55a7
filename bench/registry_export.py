"""A million facts as Arrow over a socket, beside reading the same rows with the plain driver.

The plain driver executes the same statement in its own words and fetches all rows as Python objects; it makes no table
of them. The export begins with a request and ends with its last byte: it looks the facts over, reads them, makes
decimals of the measure's unit and a column a breakdown, and sends them in one transaction.
"""

from __future__ import annotations

import http.client
import io
import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import polars as pl
import psycopg
from sqlalchemy import make_url

import libminsheng as ms
from bench.registry_lookup import Served
from bench.registry_places import databases, fill
from bench.registry_service import admitted, registry
from bench.yardstick import Result, race
from minsheng_registry.export import FORMS
from minsheng_registry.storage.database import Database

FACTS: Final = 1_000_000
PER_BATCH: Final = 50_000
COLUMNS: Final = (
    "f.division, f.period, f.measure, f.scenario, f.basis, f.project, f.issuer, f.breakdown, f.value, f.approximate, "
    "f.source, f.note, f.reported, b.submission, b.revision, f.revision_to, b.public_from, b.public_to"
)
PLAIN: Final = (
    f"SELECT {COLUMNS} FROM facts f JOIN batches b ON b.id = f.batch "  # our own columns
    "WHERE b.revision <= 1000000 AND (f.revision_to IS NULL OR f.revision_to > 1000000) "
    "ORDER BY f.division, f.last_month, f.measure, f.batch, f.line"
)


def entered(database: Database, count: int) -> None:
    """So many facts in batches: fifty divisions each, two years of months, forty measures."""
    database.migrate()
    text = "printf('%d', {})" if database.is_sqlite else "({})::text"
    yes = "0" if database.is_sqlite else "false"
    division = text.format("110000000 + b * 1000 + (i / 1000) % 50")
    month = "24276 + (i / 40) % 24"
    year, of_year = text.format(f"({month}) / 12"), f"({month}) % 12 + 1"
    two = f"printf('%02d', {of_year})" if database.is_sqlite else f"lpad(({of_year})::text, 2, '0')"
    measures = sorted(ms.catalogue().measures)[:40]
    cases = " ".join(f"WHEN {at} THEN '{code}'" for at, code in enumerate(measures))
    value = text.format("(i * 7919 + b * 104729) % 1000000000")
    if not database.is_sqlite:
        value = f"({value})::numeric"
    batches = count // PER_BATCH
    at = "'2026-01-01T00:00:00.000000+00:00'"
    fill(
        database,
        f"""INSERT INTO batches (id, submission, rows, revision) SELECT i, 's' || i, {PER_BATCH}, i
        FROM NUMBERS({batches}) AS n""",
        f"""INSERT INTO revisions SELECT i, {at}, 'submission', 's' || i, 3, 'accept', 'bench' FROM NUMBERS({batches}) AS n""",
        f"UPDATE revision_head SET number = {batches}, at = {at}",
    )
    step = 20
    for first in range(0, batches, step):
        fill(
            database,
            f"""INSERT INTO facts SELECT b, i, {division}, {year} || '-' || {two}, {month}, {month},
            CASE i % 40 {cases} END, 'actual', 'period', CASE WHEN i % 10 = 0 THEN 'P-' || i ELSE '' END, '',
            CASE i % 5 WHEN 0 THEN '{{"sex":"f"}}' WHEN 1 THEN '{{"area":"城镇","sex":"m"}}' ELSE '{{}}' END,
            {value}, {yes}, CASE WHEN i % 3 = 0 THEN '统计年报' ELSE '' END, '', '', NULL
            FROM (SELECT i + {first} AS b FROM NUMBERS({min(step, batches - first)}) AS m) AS chosen,
            (SELECT i - 1 AS i FROM NUMBERS({PER_BATCH}) AS n) AS lines""",
            analyse=first + step >= batches,
        )


def plainly(url: str) -> list[Any]:
    """The rows as Python objects."""
    if url.startswith("sqlite"):
        connection = sqlite3.connect(str(make_url(url).database))
        try:
            return connection.execute(PLAIN).fetchall()
        finally:
            connection.close()
    with psycopg.connect(url) as other:
        return other.execute(PLAIN.encode()).fetchall()


def exported(port: int, header: str, form: str) -> bytes:
    """The bytes of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    name, _, value = header.strip().partition(": ")
    connection.request("GET", f"/v1/facts?format={form}", headers={name: value})
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    content = answer.read()
    connection.close()
    return content


def run() -> list[Result]:
    """The table."""
    results = []
    with databases() as places:
        for name, url in places.items():
            database = Database(url)
            entered(database, FACTS)
            header = admitted(database, "*")
            service = Served(registry, url)
            content = exported(service.port, header, "arrow")
            assert len(pl.read_ipc_stream(io.BytesIO(content))) == len(plainly(url)) == FACTS
            ways: dict[str, Callable[[], object]] = {"plain": partial(plainly, url)}
            ways |= {form: partial(exported, service.port, header, form) for form in FORMS}
            seconds = race(ways, rounds=3)
            for form in FORMS:
                ratio = seconds["plain"] / seconds[form]
                results.append(
                    Result(
                        f"{name}, {FACTS:,} facts as {form}",
                        f"{ratio:.2f}×",
                        "≥ 0.5×" if form == "arrow" else "",
                        ratio >= 0.5 if form == "arrow" else None,
                        f"{seconds[form]:.2f} s against {seconds['plain']:.2f} s; {len(exported(service.port, header, form)) / 1e6:.0f} MB",
                    )
                )
            service.close()
            database.close()
    return results
