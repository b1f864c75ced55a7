"""The registry over HTTP as several people use it, each with a key of their own."""

from __future__ import annotations

import datetime
from typing import Any

from httpx import Response
from litestar.testing import TestClient

from minsheng_registry.access import keys
from minsheng_registry.desk import Desk, now
from tests.services.registry.book import project

CITY, YAOHAI, LUYANG = "340100", "340102", "340103"
MEASURE = "newborns_screened"
PEOPLE: dict[str, tuple[list[str], list[str]]] = {
    "admin": (["*"], ["*"]),
    "reporter": (
        [
            "projects:read", "projects:write", "submissions:read", "submissions:write", "submissions:submit",
            "facts:read", "changes:read", "corrections:read", "corrections:ask", "audit:read",
        ],
        [YAOHAI],
    ),
    "checker": (["*"], [CITY]),
    "neighbour": (["*"], [LUYANG]),
    "reader": (["facts:read"], [YAOHAI]),
}  # fmt: skip
"""Who holds which scopes where."""


class Api:
    """A running registry, asked by the people of `PEOPLE`."""

    def __init__(self, client: TestClient[Any]) -> None:
        self.client = client
        self.desk: Desk = client.app.state.desk
        self.tokens: dict[str, str] = {}
        self.names: dict[str, str] = {}
        for who, (scopes, divisions) in PEOPLE.items():
            self.enrol(who, scopes, divisions)

    def enrol(self, who: str, scopes: list[str], divisions: list[str], at: datetime.datetime | None = None) -> None:
        token, made = self.desk.database.write(
            lambda connection: keys.create(
                connection, who, scopes, divisions, self.desk.tree, by="test", at=at or now()
            )
        )
        self.tokens[who], self.names[who] = token, made.principal.name

    def ask(self, who: str, method: str, path: str, expected: int = 200, **given: Any) -> Response:
        """An answer with the status that was expected; a refusal is a problem that says why."""
        headers = {"Authorization": f"Bearer {self.tokens[who]}", **given.pop("headers", {})}
        answer = self.client.request(method, path, headers=headers, **given)
        assert answer.status_code == expected, (who, method, path, answer.status_code, answer.text)
        if expected >= 400:
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["status"] == expected
        return answer

    def enter(self, code: str, division: str = YAOHAI, **changes: Any) -> Response:
        """A project of a place."""
        return self.ask("admin", "POST", "/v1/projects", 201, json=project(code, divisions=[division], **changes))

    def send(self, who: str, value: int, division: str = YAOHAI, period: str = "2017", expected: int = 201) -> Any:
        """A draft of one fact, in CSV."""
        content = f"division,period,measure,value\n{division},{period},{MEASURE},{value}\n"
        return self.ask(
            who,
            "POST",
            "/v1/submissions",
            expected,
            params={"division": division, "period": period},
            content=content,
            headers={"Content-Type": "text/csv"},
        ).json()

    def act(self, who: str, one: Any, act: str, expected: int = 200, **body: Any) -> Any:
        """An act on a submission as it was read; as it is afterwards."""
        path = f"/v1/submissions/{one['id']}/{act}"
        return self.ask(who, "POST", path, expected, headers={"If-Match": f'"{one["version"]}"'}, **body).json()

    def accepted(self, value: int, division: str = YAOHAI, period: str = "2017") -> Any:
        """Sent and submitted by the administrator, accepted by the checker."""
        one = self.act("admin", self.send("admin", value, division, period), "submit", json={})
        return self.act("checker", one, "accept")
