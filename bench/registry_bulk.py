"""A year of a county's facts sent, checked, handed in and accepted, beside a bare COPY or `executemany` of the same rows.

The bare way writes rows that are ready (their text for COPY, a list of tuples for `executemany`) into an equal table
with the same key and indexes, in one transaction that is on the disk at its end. The registry's way begins with the body
as it was received, a Parquet file, and ends when its facts stand: read, bound to the definitions, looked over, written,
read back and checked by every rule, handed in with a remark on each warning, accepted, each act in the audit.

The facts are those of `bench.clean_panel`, as a county with two thousand villages would report them. Each body is sent
by a process of its own, which says how much memory it took. `bench.registry_bulk_five` sends five million.
"""

from __future__ import annotations

import datetime
import io
import json
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import polars as pl
import psycopg
from sqlalchemy import Connection, text

import libminsheng as ms
from bench.clean_panel import clean_panel
from bench.registry_places import databases
from bench.yardstick import Result
from libminsheng.facts import read_facts
from minsheng_registry.book import acceptance, examination, submissions
from minsheng_registry.book.audit import Entry, record
from minsheng_registry.book.sent import Sent, sent
from minsheng_registry.storage.bulk import COLUMNS
from minsheng_registry.storage.database import Database

ROOT: Final = Path(__file__).parent.parent
DIVISIONS: Final = {1: 2_100, 5: 10_500}
"""Divisions whose reports of one year are so many million facts."""
ROUNDS: Final = 2
YEARS: Final = ("2023", "2024")


def bodies(folder: Path, divisions: int) -> None:
    """The bodies of two years, and the divisions that they are of."""
    panel = clean_panel(100, divisions)
    plain = {code for code, one in ms.catalogue().measures.items() if one.year_starts == 1}
    frame = panel.frame.filter(pl.col("measure").is_in(plain))
    for year in YEARS:
        frame.filter(pl.col("period").str.starts_with(year)).write_parquet(folder / f"{year}.parquet")
    tree = panel.tree.divisions()
    places = {name: [getattr(one, name) for one in tree] for name in ("code", "name", "parent")}
    pl.DataFrame(places).write_csv(folder / "tree.csv")


class Sender:
    """A county that sends its year, and a district that accepts it."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.tree, self.catalogue = ms.DivisionTree.from_csv(folder / "tree.csv"), ms.catalogue()
        self.county = next(one.code for one in self.tree.divisions() if one.parent is None)
        self.database = Database(url)
        self.database.migrate()

    def received(self, year: str) -> Sent:
        """A body, read and bound."""
        facts = read_facts(self.folder / f"{year}.parquet", catalogue=self.catalogue, tree=self.tree)
        return sent(facts, self.county, year, self.catalogue, self.tree)

    def accepted(self, year: str) -> dict[str, Any]:
        """Send a year and have it accepted: the seconds of each stage, rows, earlier facts, memory."""
        seconds: dict[str, float] = {}
        began = at = time.perf_counter()
        busy = time.process_time()

        def done(stage: str) -> None:
            nonlocal at
            seconds[stage], at = round(time.perf_counter() - at, 2), time.perf_counter()

        given = self.received(year)
        rows = len(given)
        done("receive")

        self._write(given, year)
        done("write")
        del given
        seen = self.database.read(lambda one: examination.examine(one, year, self.catalogue, self.tree))
        told = {examination.finding_key(one): "核实" for one in seen.findings}
        done("check")

        def submit(connection: Connection) -> int:
            _noted(connection, "submit", year)
            return examination.submit(connection, seen, told, by="county", at=_now()).version

        version = self.database.write(submit)

        def accept(connection: Connection) -> None:
            acceptance.accept(connection, year, version=version, by="district", at=_now())
            _noted(connection, "accept", year)

        self.database.write(accept)
        done("accept")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        whole = time.perf_counter() - began
        busy = time.process_time() - busy
        return {"seconds": whole, "busy": busy, "stages": seconds, "rows": rows, "earlier": seen.earlier, "peak": peak}

    def _write(self, given: Sent, year: str) -> None:
        def create(connection: Connection) -> None:
            submissions.create(connection, year, given, self.tree, by="county", at=_now())
            _noted(connection, "create", year)

        self.database.write(create)

    def bare(self, year: str) -> float:
        """The seconds in which the same rows are written, which are ready."""
        frame = self.received(year).frame.with_columns(batch=pl.lit(1, pl.Int64)).select(COLUMNS)
        with self.database.engine.connect() as connection:
            driver = connection.connection.driver_connection
            if isinstance(driver, sqlite3.Connection):
                rows = frame.rows()
                marks = ", ".join("?" * len(COLUMNS))
                began = time.perf_counter()
                driver.execute("BEGIN IMMEDIATE")
                driver.executemany(f"INSERT INTO facts ({', '.join(COLUMNS)}) VALUES ({marks})", rows)
                driver.execute("COMMIT")
                return time.perf_counter() - began
            assert isinstance(driver, psycopg.Connection)
            written = io.BytesIO()
            frame.write_csv(written, include_header=False, quote_style="non_numeric")
            texts = ", ".join(name for name in COLUMNS if frame.schema[name] == pl.String)
            began = time.perf_counter()
            with driver.cursor() as cursor:
                names = ", ".join(COLUMNS)
                statement = f"COPY facts ({names}) FROM STDIN (FORMAT csv, FORCE_NOT_NULL ({texts}))"
                with cursor.copy(statement.encode()) as copy:
                    copy.write(written.getbuffer())
            driver.commit()
            return time.perf_counter() - began


def _noted(connection: Connection, act: str, year: str) -> None:
    record(connection, [Entry(_now(), "county", act, year)])


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def emptied(url: str) -> str:
    """The same database without a row."""
    if url.startswith("sqlite"):
        for path in Path(url.removeprefix("sqlite:///")).parent.glob("registry.db*"):
            path.unlink()
    database = Database(url)
    database.migrate()
    if not database.is_sqlite:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("TRUNCATE facts, batches, submissions, submission_acts, revisions, audit, lineage"))
            connection.execute(text("UPDATE revision_head SET number = 0, at = NULL"))
            connection.execute(text("UPDATE audit_head SET number = 0, hash = '', kept_from = 0, kept_after = ''"))
            connection.execute(text("VACUUM ANALYZE"))
            connection.execute(text("CHECKPOINT"))
    database.close()
    return url


def _apart(*words: str) -> Any:
    """What a process of its own says."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.registry_bulk", *words], cwd=ROOT, check=True, stdout=subprocess.PIPE
    )
    return json.loads(done.stdout)


def run(millions: int = 1, rounds: int = ROUNDS) -> list[Result]:
    """So many million facts beside the bare way, and the next year beside the first."""
    results: list[Result] = []
    with databases() as urls, tempfile.TemporaryDirectory() as name:
        bodies(Path(name), DIVISIONS[millions])
        for database, url in urls.items():
            results += _raced(f"{database}, {millions} million facts", Path(name), url, rounds)
    return results


def _raced(name: str, folder: Path, url: str, rounds: int) -> list[Result]:
    bare, first, second = list[float](), list[dict[str, Any]](), list[dict[str, Any]]()
    for again in range(rounds):
        bare.append(_apart("bare", str(folder), emptied(url), YEARS[1]))
        emptied(url)
        first.append(_apart("accepted", str(folder), url, YEARS[0]))
        if not again:
            second.append(_apart("accepted", str(folder), url, YEARS[1]))
    emptied(url)
    return [
        _result(f"{name}, the first year", min(bare), min(first, key=lambda one: float(one["seconds"])), 0.3),
        _result(f"{name}, the year after", min(bare), second[0], None),
    ]


def _result(name: str, bare: float, one: dict[str, Any], wanted: float | None) -> Result:
    ratio = bare / one["seconds"]
    stages = ", ".join(f"{stage} {seconds:.1f}" for stage, seconds in one["stages"].items())
    earlier = f", beside {one['earlier']:,} earlier facts" if one["earlier"] else ""
    detail = (
        f"{one['rows']:,} facts{earlier}: {one['seconds']:.1f} s ({stages}; {one['busy']:.1f} s of a "
        f"processor) against {bare:.1f} s; at most {one['peak'] / 1e6:,.0f} MB, {one['peak'] / one['rows']:,.0f} bytes a fact"
    )
    if wanted is None:
        return Result(name, f"{ratio:.2f}×", detail=detail)
    return Result(name, f"{ratio:.2f}×", f"≥ {wanted}×", ratio >= wanted, detail)


if __name__ == "__main__":
    act, given_folder, given_url, given_year = sys.argv[1:]
    sender = Sender(Path(given_folder), given_url)
    print(json.dumps(sender.bare(given_year) if act == "bare" else sender.accepted(given_year)))
