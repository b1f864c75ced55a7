"""``python -m bench.kills [COUNT] [URL]``: kill -9 in the middle of the registry's writes, again and again.

A process writes projects and submissions and says each that was committed. It is killed at a random moment; after that
everything it said has to be there, nothing that is half, the changes without a gap, the audit's chain whole. Without a
URL it runs on a SQLite file of its own; ``postgresql://…`` needs an empty database.
"""

from __future__ import annotations

import datetime
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import Connection, func, select, text

import libminsheng as ms
from libminsheng.facts import Facts, read_facts
from minsheng_registry.book import acceptance, audit, examination, projects, submissions
from minsheng_registry.book.audit import Entry
from minsheng_registry.book.changes import changes_after
from minsheng_registry.book.facts import FactQuery
from minsheng_registry.book.facts import read as read_facts_of
from minsheng_registry.book.sent import Sent, sent
from minsheng_registry.storage.database import Database
from minsheng_registry.storage.tables import batches, facts

ROOT = Path(__file__).parent.parent
ROWS = 300


def now() -> datetime.datetime:
    """The clock's time."""
    return datetime.datetime.now(datetime.UTC)


def document(code: str, note: str) -> dict[str, Any]:
    """A project that differs by its note."""
    return {
        "code": code, "name": {"zh": "农村道路"}, "domain": "住有所居", "kind": "工程类", "tier": "县级", "lead": {"name": "交通局"},
        "divisions": ["340102"], "years": {"first": 2024, "last": 2024}, "status": "实施", "note": note,
    }  # fmt: skip


def reported() -> Facts:
    """A few hundred facts of one district."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "facts.csv")
        rows = [f"340102,2024,funds_used,{number},p{number}" for number in range(ROWS)]
        path.write_text("\n".join(["division,period,measure,value,project", *rows]), "utf-8")
        return read_facts(path)


class Writer:
    """Writes without end, and says what was committed."""

    def __init__(self, url: str, name: str) -> None:
        self.database, self.name = Database(url), name
        self.catalogue, self.tree = ms.catalogue(), ms.DivisionTree.builtin()
        self.given: Sent = sent(reported(), "340102", "2024", self.catalogue, self.tree)

    def run(self) -> None:
        number = 0
        while True:
            number += 1
            self.project(f"{self.name}-{number}")
            self.submission(f"{self.name}-{number}")

    def project(self, code: str) -> None:
        def create(connection: Connection) -> None:
            projects.create(connection, document(code, "1"), self.catalogue, self.tree, by="w", at=now())
            audit.record(connection, [Entry(now(), "w", "create", code)])

        def change(connection: Connection) -> None:
            projects.patch(connection, code, {"note": "2"}, self.catalogue, self.tree, version=1, by="w", at=now())
            audit.record(connection, [Entry(now(), "w", "patch", code)])

        self.database.write(create)
        print("project", code, 1, flush=True)
        self.database.write(change)
        print("project", code, 2, flush=True)

    def submission(self, name: str) -> None:
        self.database.write(lambda one: submissions.create(one, name, self.given, self.tree, by="w", at=now()))
        print("draft", name, ROWS, flush=True)
        examined = examination.Examined(name, 1, ms.check(pl.DataFrame(NOTHING), catalogue=self.catalogue))
        self.database.write(lambda one: examination.submit(one, examined, {}, by="w", at=now()))

        def accept(connection: Connection) -> int:
            revision = acceptance.accept(connection, name, version=2, by="a", at=now())[1]
            audit.record(connection, [Entry(now(), "a", "accept", name)])
            return revision

        print("accepted", name, self.database.write(accept), flush=True)


NOTHING = {"division": ["340102"], "period": ["2024"], "measure": ["funds_used"], "value": [1]}


def kill_once(url: str, name: str, seconds: float) -> list[list[str]]:
    """Start a writer, kill it so long after its first commit; what it has said."""
    paths = os.pathsep.join((str(ROOT), str(ROOT / "services/registry")))
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.kills", "write", url, name],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": paths},
        cwd=ROOT,
        text=True,
    )
    assert process.stdout is not None
    first = process.stdout.readline()
    assert first, "the writer has not begun"
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    rest, _ = process.communicate(timeout=60)
    # a line that was cut is one that nobody was told
    whole = (first + rest).rpartition("\n")[0]
    return [line.split() for line in whole.splitlines()]


def look(database: Database, said: list[list[str]]) -> int:
    """Everything that was said is there and nothing is half; the number of the last change."""

    def everything(connection: Connection) -> int:
        for kind, name, number in said:
            if kind == "project":
                assert projects.get(connection, name).version >= int(number), name
            elif kind == "draft":
                assert submissions.get(connection, name).state in ("draft", "submitted", "accepted"), name
            else:
                found = read_facts_of(connection, FactQuery(as_of=int(number), submission=name))
                assert sum(len(frame) for frame in found) == ROWS, name
        changes, _ = changes_after(connection, 0, 10**9)
        assert [one.number for one in changes] == list(range(1, len(changes) + 1)), "a gap"
        assert audit.verify(connection) is None
        assert audit.head(connection).number == len(changes), "each change has its entry, and no other"
        held = select(batches.c.rows, func.count(facts.c.line)).outerjoin(facts, facts.c.batch == batches.c.id)
        for rows, counted in connection.execute(held.group_by(batches.c.id, batches.c.rows)):
            assert rows == counted == ROWS, "half a batch"
        if database.is_sqlite:
            assert connection.scalar(text("PRAGMA integrity_check")) == "ok"
        return len(changes)

    return database.read(everything)


def kills(url: str, count: int, seed: int = 1) -> tuple[int, int]:
    """Kill so many writers; how many commits were said, and how many changes there are in the end."""
    chance = random.Random(seed)
    database = Database(url)
    database.migrate()
    said: list[list[str]] = []
    changes = 0
    for number in range(count):
        said += kill_once(url, f"w{number}", chance.uniform(0, 0.3))
        changes = look(database, said)
    database.close()
    return len(said), changes


def main(arguments: list[str]) -> int:
    """The writer, or those who kill it."""
    if arguments[:1] == ["write"]:
        Writer(arguments[1], arguments[2]).run()
    count = int(arguments[0]) if arguments else 50
    with tempfile.TemporaryDirectory() as folder:
        url = arguments[1] if len(arguments) > 1 else f"sqlite:///{folder}/registry.db"
        said, changes = kills(url, count)
    print(
        f"{count} times kill -9: {said} acknowledged writes are all there, none is half, {changes} changes without a gap"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
