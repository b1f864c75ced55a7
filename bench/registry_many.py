"""One fact, with all its versions, among fifty million and among one million: a look-up does not grow with the book.

On SQLite, in one file each; the facts are made inside the database, without a journal, and the indexes when all of them
are there. Needs some 12 GB of disk and four minutes.
"""

from __future__ import annotations

import itertools
import random
import shutil
import statistics
import sys
import tempfile
import time
from functools import partial
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, event, select, text

from bench.registry_export import PER_BATCH, entered
from bench.yardstick import Result
from minsheng_registry.book.canonical import read_json
from minsheng_registry.book.facts import FactKey, history
from minsheng_registry.storage.database import Database
from minsheng_registry.storage.tables import facts

FEW, MANY = 1_000_000, 50_000_000
LOOKED_UP: Final = 2_000
KEY: Final = ("division", "period", "measure", "scenario", "basis", "project", "issuer", "breakdown")


def made(url: str, count: int) -> Database:
    """A book with so many facts."""
    database = Database(url)
    database.migrate()
    database.close()
    began = time.perf_counter()

    @event.listens_for(database.engine, "connect")
    def connected(connection: Any, _: object) -> None:
        for pragma in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -1000000", "threads = 2"):
            connection.execute(f"PRAGMA {pragma}").close()

    def taken(connection: Connection) -> list[str]:
        asked = text(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'facts' AND sql IS NOT NULL"
        )
        found = connection.execute(asked).all()
        for name, _ in found:
            connection.exec_driver_sql(f"DROP INDEX {name}")
        return [definition for _, definition in found]

    definitions = database.write(taken)
    entered(database, count)
    for definition in definitions:
        database.write(partial(Connection.exec_driver_sql, statement=definition))
    database.close()
    print(f"{count:,} facts in {time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
    return Database(url)


def keys(database: Database, count: int) -> list[FactKey]:
    """Some of its facts."""
    dice = random.Random(5)
    places = [(dice.randint(1, count // PER_BATCH), dice.randrange(PER_BATCH)) for _ in range(LOOKED_UP)]

    def read(connection: Connection) -> list[FactKey]:
        found = []
        for batch, line in places:
            asked = select(*(facts.c[name] for name in KEY)).where(facts.c.batch == batch, facts.c.line == line)
            row = connection.execute(asked).one()._asdict()
            found.append(FactKey(**{**row, "breakdown": read_json(row["breakdown"])}))
        return found

    return database.read(read)


def seconds(database: Database, sought: list[FactKey]) -> list[float]:
    """How long each look-up took, in a transaction of its own."""
    taken = []
    for key in sought:
        at = time.perf_counter()
        found: list[Any] = database.read(partial(history, key=key))
        taken.append(time.perf_counter() - at)
        assert found, key
    return taken


def run() -> list[Result]:
    """The table."""
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        books = {count: made(f"sqlite:///{folder / str(count)}.db", count) for count in (FEW, MANY)}
        sought = {count: keys(book, count) for count, book in books.items()}
        taken: dict[int, list[float]] = {count: [] for count in books}
        for _, (count, book) in itertools.product(range(3), books.items()):
            taken[count] = seconds(book, sought[count])
        few, many = (statistics.median(taken[count]) for count in (FEW, MANY))
        size = (folder / f"{MANY}.db").stat().st_size / 1e9
        detail = f"{many * 1e6:.0f} µs against {few * 1e6:.0f} µs; {size:.1f} GB"
        return [Result(f"one fact of {MANY:,} against {FEW:,}", f"{many / few:.2f}×", "≤ 2×", many <= 2 * few, detail)]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
