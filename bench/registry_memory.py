"""What a registry of its own process holds at most while facts pass through it: it is to be bounded, whoever sends.

The process's own record of its peak is read, so it needs Linux.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import httpx
import polars as pl

import libminsheng as ms
from bench.yardstick import Result
from minsheng_http.forms import FORMS

ROOT = Path(__file__).parents[1]
START = "import sys; from libminsheng.cli import main; sys.exit(main())"
REPORTER, VILLAGES, MEASURES = "110000", 7_000, 60
MEGABYTE = 1 << 20
MOST_IN, MOST_OUT = 2_000, 700


def facts(rows: int) -> pl.DataFrame:
    """A month's report of each of 7,000 villages, measure by measure."""
    counties, towns, villages = range(1, 18), range(1, 22), range(1, 22)
    places = [f"1101{county:02d}{town:03d}{one:03d}" for county in counties for town in towns for one in villages]
    known = ms.catalogue().measures.values()
    measures = [one.code for one in known if one.time == "flow" and one.year_starts == 1][:MEASURES]
    assert rows <= VILLAGES * 12 * MEASURES
    line = pl.int_range(rows, eager=True)
    return pl.DataFrame(
        {
            "division": pl.Series(places[:VILLAGES])[line % VILLAGES],
            "period": pl.Series([f"2017-{month:02d}" for month in range(1, 13)])[line // VILLAGES % 12],
            "measure": pl.Series(measures)[line // (12 * VILLAGES)],
            "value": line * 7919 % 1000,
        }
    )


class Running:
    """A registry of its own process, and what it holds at most while something is done."""

    def __init__(self, folder: Path, key: str | None = None) -> None:
        environment = {"MINSHENG_DATABASE_URL": f"sqlite:///{folder / 'registry.db'}", "MINSHENG_LANG": "en"}
        paths = os.pathsep.join(str(one) for one in (ROOT, ROOT / "services/http", ROOT / "services/registry"))
        self.process = subprocess.Popen(
            [sys.executable, "-c", START, "serve", "registry", "--port", "0"],
            stderr=subprocess.PIPE,
            env=os.environ | environment | {"PYTHONPATH": paths},
            text=True,
        )
        assert self.process.stderr is not None
        told = ""
        while (address := re.search(r"http://[\w.]+:\d+", told)) is None:
            line = self.process.stderr.readline()
            assert line, told
            told += line
        shown = re.search(r"ms_first_\w+", told)
        self.key = shown[0] if shown else key
        headers = {"Authorization": f"Bearer {self.key}"}
        self.client = httpx.Client(base_url=address[0], headers=headers, timeout=1_200)

    def peak(self, work: Callable[[], None]) -> tuple[float, float]:
        """The megabytes that it held at most meanwhile, and the seconds that it took."""
        place = Path(f"/proc/{self.process.pid}")
        (place / "clear_refs").write_text("5")
        began = time.monotonic()
        work()
        seconds = time.monotonic() - began
        found = re.search(r"VmHWM:\s+(\d+)", (place / "status").read_text())
        assert found is not None
        return int(found[1]) / 1024, seconds

    def end(self) -> None:
        """Stop it."""
        self.client.close()
        self.process.terminate()
        self.process.wait(60)


def parts(path: Path) -> Iterator[bytes]:
    """A file, a megabyte at a time."""
    with path.open("rb") as file:
        while part := file.read(MEGABYTE):
            yield part


def send(client: httpx.Client, path: Path, form: str) -> None:
    """Hand a file in."""
    asked = {"division": REPORTER, "period": "2017"}
    headers = {"Content-Type": FORMS[form].media_types[0]}
    answer = client.post("/v1/submissions", params=asked, content=parts(path), headers=headers)
    assert answer.status_code == 201, answer.text


def read(client: httpx.Client, form: str) -> None:
    """Read everything that is there, and keep nothing of it."""
    with client.stream("GET", "/v1/facts", params={"state": "draft", "format": form}) as answer:
        assert answer.status_code == 200
        for _ in answer.iter_bytes():
            pass


def _measured(folder: Path, rows: int, form: str) -> Iterator[Result]:
    path = folder / f"facts.{form}"
    frame = facts(rows)
    frame.write_csv(path) if form == "csv" else frame.write_parquet(path)
    first = Running(folder)
    try:
        yield _result(f"{rows:,} facts in as {form}", first, partial(send, first.client, path, form), MOST_IN)
    finally:
        first.end()
    for out in ("csv", "arrow", "parquet") if form == "parquet" else ():
        # of a process of its own, which has nothing left from before
        again = Running(folder, first.key)
        try:
            yield _result(f"{rows:,} facts out as {out}", again, partial(read, again.client, out), MOST_OUT)
        finally:
            again.end()


def _result(name: str, running: Running, work: Callable[[], None], limit: int) -> Result:
    idle, _ = running.peak(lambda: None)
    most, seconds = running.peak(work)
    detail = f"{idle:,.0f} MB before; {seconds:,.1f} s"
    return Result(name, f"{most:,.0f} MB", f"≤ {limit:,} MB", most <= limit, detail)


def run() -> list[Result]:
    """A million facts, and the five million that one submission may have."""
    found: list[Result] = []
    for rows, form in ((1_000_000, "csv"), (1_000_000, "parquet"), (5_000_000, "parquet")):
        with tempfile.TemporaryDirectory() as made:
            found += _measured(Path(made), rows, form)
    return found
