"""A registry that listens on a port of its own and may be stopped, started again and set back, asked as its people do."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from minsheng_registry.access import keys
from minsheng_registry.app import create_app
from minsheng_registry.desk import now
from minsheng_registry.settings import Settings
from minsheng_registry.storage.database import Database

__all__ = ["LIFTED", "Live", "Registry", "free_port"]

LIFTED = dict.fromkeys(
    (
        "most_a_minute", "most_in_a_burst", "most_refused_a_minute",
        "most_a_minute_without_token", "most_in_a_burst_without_token",
    ),
    10**9,
)  # fmt: skip


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Live:
    """An application that listens, in a thread."""

    def __init__(self, app: Any, port: int) -> None:
        config = uvicorn.Config(app, port=port, log_level="critical", ws="none", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        until = time.monotonic() + 30
        while not self._server.started:
            assert self._thread.is_alive()
            assert time.monotonic() < until, "it does not listen"
            time.sleep(0.01)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(20)
        assert not self._thread.is_alive()


class Registry:
    """A registry with its database in a file."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "registry.db"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._running: Live | None = None
        self._client = httpx.Client(base_url=self.url, timeout=20)
        database = Database(f"sqlite:///{self.file}")
        database.migrate()
        database.close()
        self.start()
        self.admin = self.enrol(["*"], ["*"])
        self.checker = self.enrol(["*"], ["340000"])

    def start(self) -> None:
        self.app = create_app(Settings(database_url=f"sqlite:///{self.file}", **LIFTED))
        self._running = Live(self.app, self.port)

    def stop(self) -> None:
        if self._running is not None:
            self._running.stop()
            self._running = None

    def close(self) -> None:
        self._client.close()
        self.stop()

    def enrol(self, scopes: Sequence[str], divisions: Sequence[str]) -> str:
        """A new key."""
        desk = self.app.state.desk
        token: str = desk.database.write(
            lambda connection: keys.create(connection, "test", scopes, divisions, desk.tree, by="test", at=now())[0]
        )
        return token

    def revoke(self, token: str) -> None:
        self.ask(self.admin, "POST", f"/v1/keys/{token.split('_')[1]}/revoke")

    def saved(self) -> Path:
        """A copy of the database as it is, while it is stopped."""
        assert self._running is None
        kept = self.file.with_suffix(".kept")
        shutil.copy(self.file, kept)
        return kept

    def set_back(self, kept: Path) -> None:
        assert self._running is None
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self.file}{suffix}").unlink(missing_ok=True)
        shutil.copy(kept, self.file)

    # ---- what people do

    def ask(self, token: str, method: str, path: str, expected: int = 200, **given: Any) -> Any:
        headers = {"Authorization": f"Bearer {token}", **given.pop("headers", {})}
        answer = self._client.request(method, path, headers=headers, **given)
        assert answer.status_code == expected, (method, path, answer.status_code, answer.text)
        return answer.json()

    def draft(self, division: str, period: str, values: Mapping[str, int]) -> Any:
        """A submission that waits to be handed in."""
        lines = [f"{division},{period},{measure},{value}" for measure, value in values.items()]
        return self.table(division, period, "\n".join(["division,period,measure,value", *lines, ""]))

    def table(self, division: str, period: str, content: str) -> Any:
        """The same of facts in CSV."""
        return self.ask(
            self.admin,
            "POST",
            "/v1/submissions",
            201,
            params={"division": division, "period": period},
            content=content,
            headers={"Content-Type": "text/csv"},
        )

    def act(self, token: str, one: Any, act: str) -> Any:
        path = f"/v1/submissions/{one['id']}/{act}"
        body = {"reason": "有误"} if act == "unpublish" else {}
        return self.ask(token, "POST", path, headers={"If-Match": f'"{one["version"]}"'}, json=body)

    def accept(self, division: str, period: str, **values: int) -> Any:
        """Facts that are reported, handed in and accepted; what they correct ceases to stand."""
        return self._accepted(self.draft(division, period, values))

    def accept_table(self, division: str, period: str, content: str) -> Any:
        """The same of facts in CSV."""
        return self._accepted(self.table(division, period, content))

    def _accepted(self, draft: Any) -> Any:
        return self.act(self.checker, self.act(self.admin, draft, "submit"), "accept")

    def publish(self, one: Any, act: str = "publish") -> Any:
        return self.act(self.admin, one, act)

    @property
    def revision(self) -> int:
        last: int = self.ask(self.admin, "GET", "/v1/changes", params={"after": 2**52})["last"]
        return last
