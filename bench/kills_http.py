"""``python -m bench.kills_http [COUNT] [URL]``: kill -9 of the running service, while clients write to it over HTTP.

Four clients enter projects, change them, send facts, hand them in and have them accepted. The service is killed at a
random moment and started again; then every answer that a client had is asked for again, every request that had no
answer is sent again under its Idempotency-Key and gives one project, nothing is half, and the audit's chain holds.
"""

from __future__ import annotations

import contextlib
import datetime
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from typing import Any

import httpx
from sqlalchemy import Connection, func, select, text

import libminsheng as ms
from bench.kills import ROOT, document
from minsheng_registry.access import keys
from minsheng_registry.book import audit
from minsheng_registry.book.changes import changes_after
from minsheng_registry.storage.database import Database
from minsheng_registry.storage.tables import batches, facts

START = "import sys; from libminsheng.cli import main; sys.exit(main())"
CLIENTS = 4
FACTS = 50


class Service:
    """The service as its users start it."""

    def __init__(self, database: str) -> None:
        paths = (ROOT, *(ROOT / "services" / name for name in ("http", "indicators", "registry")))
        limits = {"MOST_A_MINUTE": "1000000", "MOST_IN_A_BURST": "1000000"}
        self.environment = os.environ | {
            "MINSHENG_DATABASE_URL": database,
            "MINSHENG_LANG": "en",
            "PYTHONPATH": os.pathsep.join(map(str, paths)),
            **{f"MINSHENG_REGISTRY_{name}": value for name, value in limits.items()},
        }

    @contextlib.contextmanager
    def running(self) -> Iterator[tuple[str, subprocess.Popen[str]]]:
        """Its address, once it answers; killed in the end."""
        with tempfile.TemporaryFile("w+") as said:
            process = subprocess.Popen(
                [sys.executable, "-c", START, "serve", "registry", "--port", "0"],
                stderr=said, env=self.environment, text=True,
            )  # fmt: skip
            try:
                yield self._address(process, said), process
            finally:
                process.kill()
                process.wait()

    @staticmethod
    def _address(process: subprocess.Popen[str], said: Any) -> str:
        for _ in range(600):
            said.seek(0)
            found = re.search(r"http://[\w.]+:\d+", said.read())
            if found is not None:
                with contextlib.suppress(httpx.TransportError):
                    if httpx.get(f"{found[0]}/health/ready").status_code == 200:
                        return found[0]
            assert process.poll() is None, "the service has ended"
            time.sleep(0.05)
        raise AssertionError("the service does not begin")


class Client(threading.Thread):
    """Writes until the service is gone; `acknowledged` is each path with the version that was answered."""

    def __init__(self, address: str, name: str, tokens: tuple[str, str], began: threading.Event) -> None:
        super().__init__(daemon=True)
        self.acknowledged: list[tuple[str, int]] = []
        self.unanswered: tuple[str, dict[str, Any]] | None = None
        self.failed: str | None = None
        self._name, self._began = name, began
        self._reporter, self._acceptor = (
            httpx.Client(base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=30) for token in tokens
        )

    def run(self) -> None:
        try:
            for number in range(10_000):
                self._project(f"{self._name}-{number}")
                self._submission()
        except httpx.TransportError:
            pass
        except AssertionError as error:
            self.failed = str(error)
        finally:
            self._reporter.close()
            self._acceptor.close()

    def _done(self, path: str, answer: httpx.Response) -> dict[str, Any]:
        assert answer.status_code in (200, 201), f"{answer.status_code} {answer.text[:500]}"
        found: dict[str, Any] = answer.json()
        self.acknowledged.append((path, found["version"]))
        self._began.set()
        return found

    def _project(self, code: str) -> None:
        given = document(code, "1")
        self.unanswered = (code, given)
        made = self._reporter.post("/v1/projects", json=given, headers={"Idempotency-Key": code})
        path = f"/v1/projects/{code}"
        self._done(path, made)
        self.unanswered = None
        headers = {"If-Match": made.headers["ETag"], "Content-Type": "application/merge-patch+json"}
        self._done(path, self._reporter.patch(path, content=b'{"note":"2"}', headers=headers))

    def _submission(self) -> None:
        rows = [f"340102,2024,funds_used,{number},p{number}" for number in range(FACTS)]
        body = "\n".join(["division,period,measure,value,project", *rows]).encode()
        question = {"division": "340102", "period": "2024"}
        sent = self._reporter.post(
            "/v1/submissions", params=question, content=body, headers={"Content-Type": "text/csv"}
        )
        assert sent.status_code == 201, sent.text[:500]
        path = f"/v1/submissions/{sent.json()['id']}"
        self._done(path, sent)
        for who, act in ((self._reporter, "submit"), (self._acceptor, "accept")):
            headers = {"If-Match": sent.headers["ETag"]}
            body_of = {"json": {"remarks": {}}} if act == "submit" else {}
            sent = who.post(f"{path}/{act}", headers=headers, **body_of)  # type: ignore[arg-type]  # one of httpx's keywords
            self._done(path, sent)


def make_keys(url: str) -> tuple[str, str]:
    """A reporter and somebody who accepts."""
    database = Database(url)
    database.migrate()
    at = datetime.datetime.now(datetime.UTC)
    tree = ms.DivisionTree.builtin()

    def work(connection: Connection) -> tuple[str, str]:
        made = [
            keys.create(connection, label, ["*"], ["340102"], tree, by="bench", at=at)[0]
            for label in ("reporter", "acceptor")
        ]
        return made[0], made[1]

    tokens = database.write(work)
    database.close()
    return tokens


def look_again(address: str, token: str, clients: list[Client]) -> None:
    """Every acknowledged write is answered, in that version or a later one; what had no answer is sent again."""
    with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {token}"}, timeout=30) as client:
        for one in clients:
            assert one.failed is None, one.failed
            for path, version in one.acknowledged:
                found = client.get(path)
                assert found.status_code == 200, f"{path} {found.text}"
                assert found.json()["version"] >= version, path
            if one.unanswered is not None:
                code, given = one.unanswered
                for _ in range(2):
                    again = client.post("/v1/projects", json=given, headers={"Idempotency-Key": code})
                    assert again.status_code == 201, again.text
                    assert again.json()["version"] == 1
                assert client.get(f"/v1/projects/{code}/history").status_code == 200


def look(url: str) -> int:
    """Nothing in the database is half; the number of the last change."""
    database = Database(url)

    def everything(connection: Connection) -> int:
        changes, _ = changes_after(connection, 0, 10**9)
        assert [one.number for one in changes] == list(range(1, len(changes) + 1)), "a gap"
        assert audit.verify(connection) is None, "the chain"
        noted = (
            select(func.count())
            .select_from(text("audit"))
            .where(text("act IN ('create_project', 'patch_project', 'accept_submission') AND outcome = 'done'"))
        )
        assert connection.scalar(noted) == len(changes), "each change has its entry, and no other"
        held = select(batches.c.rows, func.count(facts.c.line)).outerjoin(facts, facts.c.batch == batches.c.id)
        for rows, counted in connection.execute(held.group_by(batches.c.id, batches.c.rows)):
            assert rows == counted == FACTS, "half a batch"
        if database.is_sqlite:
            assert connection.scalar(text("PRAGMA integrity_check")) == "ok"
        return len(changes)

    try:
        return database.read(everything)
    finally:
        database.close()


def kills(url: str, count: int, seed: int = 1) -> tuple[int, int]:
    """Kill the service so many times; how many writes were acknowledged, and how many changes there are in the end."""
    chance, tokens, service = random.Random(seed), make_keys(url), Service(url)
    acknowledged, changes, clients = 0, 0, list[Client]()
    for number in range(count + 1):
        with service.running() as (address, process):
            look_again(address, tokens[0], clients)
            if number == count:
                break
            began = threading.Event()
            clients = [Client(address, f"k{number}-{one}", tokens, began) for one in range(CLIENTS)]
            for client in clients:
                client.start()
            assert began.wait(30), [client.failed for client in clients]
            time.sleep(chance.uniform(0, 1.0))
            process.send_signal(signal.SIGKILL)
            for client in clients:
                client.join(60)
        acknowledged += sum(len(client.acknowledged) for client in clients)
        changes = look(url)
    return acknowledged, changes


def main(arguments: list[str]) -> int:
    """Kill it, and tell."""
    count = int(arguments[0]) if arguments else 50
    with tempfile.TemporaryDirectory() as folder:
        url = arguments[1] if len(arguments) > 1 else f"sqlite:///{folder}/registry.db"
        acknowledged, changes = kills(url, count)
    print(
        f"{count} times kill -9 of the service: {acknowledged} acknowledged writes are all there, none is half, {changes} changes"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
