"""A database that cannot answer, over HTTP: 503 with the time after which to come again, and nothing to be started anew."""

from __future__ import annotations

import contextlib
import datetime
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from litestar.testing import TestClient
from sqlalchemy import Connection, event, text

from minsheng_registry.access import keys
from minsheng_registry.app import create_app
from minsheng_registry.book import audit
from minsheng_registry.desk import Desk
from minsheng_registry.settings import Settings
from minsheng_registry.storage.database import Database
from tests.services.registry.book import project, tree_of_the_book

Client = TestClient[Any]


def _key(database: Database, scopes: list[str]) -> str:
    at = datetime.datetime.now(datetime.UTC)

    def work(connection: Connection) -> str:
        return keys.create(connection, "t", scopes, ["*"], tree_of_the_book(), by="t", at=at)[0]

    return database.write(work)


@pytest.fixture
def token(database: Database) -> str:
    return _key(database, ["*"])


@pytest.fixture
def client(url: str, token: str) -> Iterator[Client]:
    with TestClient(create_app(Settings(database_url=url, token_seconds=1)), raise_server_exceptions=False) as client:
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


def _desk(client: Client) -> Desk:
    desk: Desk = client.app.state.desk
    return desk


def _enter(client: Client, code: str) -> Any:
    return client.post("/v1/projects", json=project(code, divisions=["340102"]))


def _refused(answer: Any, seconds: int) -> None:
    assert answer.status_code == 503, answer.text
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert answer.headers["Retry-After"] == str(seconds)
    assert answer.json()["retry"]
    assert "Traceback" not in answer.text


@pytest.fixture
def full(client: Client, database: Database) -> Iterator[Callable[[bool], None]]:
    """Whether the disk is full: SQLite may have no more pages than it has; of PostgreSQL a trigger raises what a full disk does."""
    engine = _desk(client).database.engine
    state = {"full": False}
    if database.is_sqlite:

        @event.listens_for(engine, "begin")
        def limited(connection: Connection) -> None:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one() if state["full"] else 1_000_000
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    body = "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '53100'; END$$"
    tables = ("audit", "project_versions", "revisions")

    def execute(*statements: str) -> None:
        def work(connection: Connection) -> None:
            for statement in statements:
                connection.execute(text(statement))

        database.write(work)

    def fill(now_full: bool) -> None:
        if not database.is_sqlite and now_full:
            triggers = (
                f"CREATE TRIGGER full_disk BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION full_disk()"
                for table in tables
            )
            execute(body, *triggers)
        elif not database.is_sqlite and state["full"]:
            execute(*(f"DROP TRIGGER full_disk ON {table}" for table in tables), "DROP FUNCTION full_disk()")
        state["full"] = now_full

    yield fill
    fill(False)


@contextlib.contextmanager
def only_reading(database: Database) -> Iterator[None]:
    """Nothing can be written: a file that is read-only, a PostgreSQL that is a stand-by."""
    state = {"only": 1}
    if database.is_sqlite:

        @event.listens_for(database.engine, "checkout")
        def taken(connection: Any, *_: Any) -> None:
            connection.execute(f"PRAGMA query_only = {state['only']}")

    else:

        @event.listens_for(database.engine, "begin")
        def begun(connection: Connection) -> None:
            if state["only"]:
                connection.exec_driver_sql("SET transaction_read_only = 1")

    yield
    state["only"] = 0


def test_a_full_disk(client: Client, database: Database, full: Callable[[bool], None]) -> None:
    assert _enter(client, "A-1").status_code == 201
    full(True)
    refused = None
    for number in range(200):  # what is left of the last pages may hold some
        answer = _enter(client, f"F-{number}")
        if answer.status_code != 201:
            refused = answer
            break
    assert refused is not None
    _refused(refused, 60)
    assert client.get("/v1/projects/A-1").status_code == 200
    assert client.get("/v1/projects").status_code == 200
    assert client.get("/v1/changes").status_code == 200
    full(False)
    assert _enter(client, "A-2").status_code == 201
    assert client.get("/v1/projects/A-2").status_code == 200
    _desk(client).reads.flush()
    assert database.read(audit.verify) is None


def test_a_key_is_known_where_nothing_can_be_written(client: Client, database: Database) -> None:
    """When a key was last used is noted where it can be, and no reason to refuse it."""
    other = _key(database, ["projects:read"])
    with only_reading(_desk(client).database):
        assert client.get("/v1/projects", headers={"Authorization": f"Bearer {other}"}).status_code == 200
        client.app.state.ring.uses.flush()
    assert database.read(keys.listed)[0].last_used_at is None


@pytest.mark.postgres
@pytest.mark.parametrize("backend", ["postgresql"])
def test_lost_connections(client: Client, database: Database) -> None:
    assert _enter(client, "A-1").status_code == 201
    assert client.get("/v1/projects/A-1").status_code == 200
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
    database.read(lambda connection: connection.execute(text(others)).all())
    answers: list[Any] = []
    for number in range(60):
        some = [
            _enter(client, f"L-{number}"),
            client.get("/v1/projects/A-1"),
            client.get("/v1/projects"),
            client.get("/v1/changes"),
        ]
        answers += some
        if all(one.status_code < 300 for one in some):
            break
        time.sleep(0.1)
    else:
        pytest.fail(f"it does not recover: {answers[-4:]}")
    refused = [one for one in answers if one.status_code >= 300]
    assert refused, "the connections were not lost"
    for one in refused:
        if one.status_code != 409:  # the one before was committed although its answer was lost
            _refused(one, 5)
    # whatever the answer was, it is there wholly or not at all
    _desk(client).reads.flush()
    assert database.read(audit.verify) is None


def test_a_database_that_may_not_be_written(client: Client, database: Database) -> None:
    with only_reading(_desk(client).database):
        _refused(_enter(client, "A-1"), 5)
        assert client.get("/v1/projects").status_code == 200
        assert client.get("/v1/projects/A-1").status_code == 404
    assert _enter(client, "A-1").status_code == 201
