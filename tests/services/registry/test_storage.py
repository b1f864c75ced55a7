"""The database itself: its schema, what it keeps, what its refusals mean."""

from __future__ import annotations

import datetime
import threading
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Connection, Table, delete, event, insert, inspect, select, text, update
from sqlalchemy.exc import IntegrityError

from minsheng_registry.storage.database import Database
from minsheng_registry.storage.tables import (
    api_keys,
    audit,
    audit_head,
    batches,
    facts,
    metadata,
    revision_head,
    revisions,
)
from minsheng_registry.storage.trouble import Unavailable
from minsheng_registry.storage.types import Whole
from tests.services.registry.book import T0

FIRST: dict[str, Any] = {
    "number": 1,
    "at": T0,
    "kind": "project",
    "subject": "A",
    "version": 1,
    "act": "create",
    "principal": "王",
}


def test_migrations_give_the_tables(database: Database) -> None:
    def differences(connection: Connection) -> list[Any]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    assert database.read(differences) == []


def test_the_first_schema_comes_up_with_what_it_holds(bare_url: str) -> None:
    database = Database(bare_url)
    database.migrate("0001")
    before = {name: set[str]() for name in database.read(lambda connection: inspect(connection).get_table_names())}
    assert {"facts", "project_versions", "submissions", "audit"} <= set(before)
    database.write(_fill_first_schema)
    database.migrate()
    database.migrate()
    assert database.read(lambda connection: dict(connection.execute(select(revisions)).one()._mapping)) == FIRST
    assert database.read(lambda connection: connection.scalar(select(revision_head.c.number))) == 0
    assert database.read(lambda connection: connection.execute(select(audit_head)).one()) == (1, 0, "", 0, "")
    accepted = database.read(lambda connection: connection.execute(select(batches).order_by(batches.c.id)).all())
    assert accepted == [(1, "S", 1, 1, None, None), (2, "S", 1, None, None, None)]  # public nowhere
    kept = database.read(lambda connection: connection.execute(select(facts.c.batch, facts.c.value)).one())
    assert kept == (1, 10**38 - 1)
    assert database.read(lambda connection: connection.execute(select(api_keys)).all()) == []
    database.close()


def _fill_first_schema(connection: Connection) -> None:
    """Written as the first schema had it, whatever the tables are like now."""
    connection.execute(insert(revisions).values(FIRST))
    for batch, revision in ((1, 1), (2, None)):
        connection.execute(
            text("INSERT INTO batches (id, submission, rows, revision) VALUES (:batch, 'S', 1, :revision)"),
            {"batch": batch, "revision": revision},
        )
    row: dict[str, Any] = {"batch": 1, "line": 1, "first_month": 24_288, "last_month": 24_299, "approximate": False}
    row |= dict.fromkeys(("basis", "project", "issuer", "breakdown", "source", "note", "reported"), "")
    row |= {"division": "A", "period": "2024", "measure": "live_births", "scenario": "actual", "value": 10**38 - 1}
    connection.execute(insert(facts).values(row))


def test_several_processes_may_migrate_at_once(bare_url: str) -> None:
    databases = [Database(bare_url) for _ in range(4)]
    failed: list[BaseException] = []

    def migrate(database: Database) -> None:
        try:
            database.migrate()
        except BaseException as error:  # noqa: BLE001  # told below
            failed.append(error)

    threads = [threading.Thread(target=migrate, args=(database,)) for database in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert databases[0].read(lambda connection: connection.scalar(select(revision_head.c.number))) == 0
    for database in databases:
        database.close()


def test_whole_numbers_of_38_digits_come_back(database: Database) -> None:
    row: dict[str, Any] = dict.fromkeys(
        (
            "division",
            "period",
            "measure",
            "scenario",
            "basis",
            "project",
            "issuer",
            "breakdown",
            "source",
            "note",
            "reported",
        ),
        "",
    )
    row |= {"batch": 1, "first_month": 0, "last_month": 0, "approximate": False}
    values = [10**38 - 1, -(10**38) + 1, 0, 2**63, -(2**63) - 1]

    @given(st.integers(-(10**38) + 1, 10**38 - 1))
    def survives(value: int) -> None:
        assert (
            database.write(lambda connection: _through(connection, facts, {**row, "line": 1, "value": value})) == value
        )

    for value in values:
        survives.hypothesis.inner_test(value)  # type: ignore[attr-defined]  # hypothesis' own name for the function
    survives()
    assert isinstance(facts.c.value.type, Whole)


def _through(connection: Connection, table: Table, row: dict[str, Any]) -> Any:
    connection.execute(delete(table))
    connection.execute(insert(table).values(row))
    return connection.scalar(select(table.c.value))


def test_moments_come_back_in_utc_and_sort(database: Database) -> None:
    china = datetime.timezone(datetime.timedelta(hours=8))
    moments = [
        datetime.datetime(2026, 1, 1, 7, 59, 59, 999_999, china),
        datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC),
        datetime.datetime(2026, 1, 1, 8, 0, 0, 1, china),
    ]
    rows = [{**FIRST, "number": number, "at": moment} for number, moment in enumerate(reversed(moments))]
    database.write(lambda connection: connection.execute(insert(revisions), rows))
    found = database.read(lambda connection: connection.scalars(select(revisions.c.at).order_by(revisions.c.at)).all())
    assert found == moments
    assert {moment.tzinfo for moment in found} == {datetime.UTC}


def test_a_transaction_is_whole_or_nothing(database: Database) -> None:
    def half(connection: Connection) -> None:
        connection.execute(insert(revisions).values(FIRST))
        raise LookupError

    with pytest.raises(LookupError):
        database.write(half)
    assert database.read(lambda connection: connection.execute(select(revisions)).all()) == []


def test_a_duplicate_is_told_and_not_tried_again(database: Database) -> None:
    tries = []

    def twice(connection: Connection) -> None:
        tries.append(1)
        connection.execute(insert(revisions).values(FIRST))
        connection.execute(insert(revisions).values(FIRST))

    with pytest.raises(IntegrityError):
        database.write(twice)
    assert tries == [1]


def test_a_reading_transaction_sees_one_state(database: Database) -> None:
    def count(connection: Connection) -> int:
        return len(connection.execute(select(revisions)).all())

    def reads(connection: Connection) -> tuple[int, int]:
        before = count(connection)
        database.write(lambda other: other.execute(insert(revisions).values(FIRST)))
        return before, count(connection)

    assert database.read(reads) == (0, 0)
    assert database.read(count) == 1


def test_a_writer_that_is_in_the_way_is_waited_for(database: Database) -> None:
    """On PostgreSQL two transactions lock two rows in opposite order: one is rolled back, and run again."""
    database.write(lambda connection: connection.execute(insert(revisions), [FIRST, {**FIRST, "number": 2}]))
    barrier = threading.Barrier(2)
    waited = []

    def adds(first: int, second: int) -> None:
        def work(connection: Connection) -> None:
            add = update(revisions).values(version=revisions.c.version + 1)
            connection.execute(add.where(revisions.c.number == first))
            if len(waited) < 2 and not database.is_sqlite:
                waited.append(1)
                barrier.wait(10)
            connection.execute(add.where(revisions.c.number == second))

        database.write(work)

    threads = [threading.Thread(target=adds, args=pair) for pair in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert database.read(lambda connection: connection.scalars(select(revisions.c.version)).all()) == [3, 3]


def test_a_full_disk_is_unavailable_and_recovers(database: Database, url: str) -> None:
    row = {"number": 1, "at": T0, "detail": "x" * 10_000_000} | dict.fromkeys(
        ("principal", "act", "subject", "outcome", "origin", "algorithm", "hash"), ""
    )

    def fill(connection: Connection) -> None:
        connection.execute(insert(audit).values(row))

    _fill_disk(database, full=True)
    with pytest.raises(Unavailable) as caught:
        database.write(fill)
    assert (caught.value.why, caught.value.seconds) == ("full", 60)
    assert database.read(lambda connection: connection.execute(select(audit)).all()) == []
    _fill_disk(database, full=False)
    database.write(fill)
    assert database.read(lambda connection: connection.scalar(select(audit.c.number))) == 1


def _fill_disk(database: Database, *, full: bool) -> None:
    """SQLite's own limit of pages; of PostgreSQL a trigger that raises what a full disk raises."""
    if database.is_sqlite:
        pages = 200 if full else 1_000_000

        @event.listens_for(database.engine, "begin")
        def limited(connection: Connection) -> None:
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

        return
    body = "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '53100'; END$$"
    trigger = "CREATE TRIGGER full_disk BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION full_disk()"
    for statement in (body, trigger) if full else ("DROP TRIGGER full_disk ON audit", "DROP FUNCTION full_disk()"):
        database.write(lambda connection, statement=statement: connection.execute(text(statement)))


@pytest.mark.postgres
@pytest.mark.parametrize("backend", ["postgresql"])
def test_a_lost_connection_is_unavailable_and_recovers(database: Database, url: str) -> None:
    other = Database(url)

    def loses(connection: Connection) -> None:
        connection.execute(insert(revisions).values(FIRST))
        own = connection.scalar(text("SELECT pg_backend_pid()"))
        other.write(lambda second: second.execute(text("SELECT pg_terminate_backend(:own)"), {"own": own}))
        connection.execute(insert(revisions).values({**FIRST, "number": 2}))

    with pytest.raises(Unavailable) as caught:
        database.write(loses)
    assert caught.value.why == "lost"
    database.write(lambda connection: connection.execute(insert(revisions).values(FIRST)))
    assert database.read(lambda connection: connection.scalars(select(revisions.c.number)).all()) == [1]
    other.close()


@pytest.mark.parametrize("backend", ["sqlite"])
def test_a_file_that_may_not_be_written_is_unavailable_and_can_be_read(database: Database, url: str) -> None:
    database.write(lambda connection: connection.execute(insert(revisions).values(FIRST)))
    only_read = Database(f"{url.replace('sqlite:///', 'sqlite:///file:')}?mode=ro&uri=true")
    with pytest.raises(Unavailable) as caught:
        only_read.write(lambda connection: connection.execute(update(revisions).values(version=2)))
    assert caught.value.why == "lost"
    assert only_read.read(lambda connection: connection.scalar(select(revisions.c.version))) == 1
    only_read.close()


def test_a_database_that_is_not_there_is_unavailable(tmp_path: Any) -> None:
    for address in (f"sqlite:///{tmp_path}/no/folder/registry.db", f"postgresql:///registry?host={tmp_path}"):
        database = Database(address)
        with pytest.raises(Unavailable):
            database.read(lambda connection: connection.execute(text("SELECT 1")))
        database.close()


def test_too_few_connections_are_unavailable_for_a_while(url: str) -> None:
    database = Database(url, busy_seconds=0.1, connections=1)

    def nested(_: Connection) -> None:
        database.read(lambda connection: connection.execute(text("SELECT 1")))

    with pytest.raises(Unavailable) as caught:
        database.read(nested)
    assert caught.value.why == "busy"
    database.read(lambda connection: connection.execute(text("SELECT 1")))
    database.close()


@pytest.mark.parametrize("backend", ["sqlite"])
def test_sqlite_is_set_up_for_lasting(database: Database) -> None:
    def asked(connection: Connection) -> list[Any]:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        return [connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in names]

    assert database.read(asked) == ["wal", 2, 1, 5000]
