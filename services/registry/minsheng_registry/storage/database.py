"""One database, SQLite or PostgreSQL: its transactions, tried again where that helps, and its schema."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import ConnectionPoolEntry

from libminsheng.errors import EvaluationError, Fault
from minsheng_registry.storage.schema import bring
from minsheng_registry.storage.trouble import DRIVER_ERRORS, Unavailable, trouble

__all__ = ["Database"]

T = TypeVar("T")
Work = Callable[[Connection], T]

_DRIVERS: Final = {
    "sqlite": "sqlite",
    **dict.fromkeys(("postgresql", "postgres", "postgresql+psycopg"), "postgresql+psycopg"),
}
_TRIES: Final = 8
_WAITS: Final = {"full": 60, "lost": 5, "busy": 2, "again": 1}
"""Seconds after which another try is worth while."""


class Database:
    """A database that the registry keeps its book in.

    A transaction is a function of a connection. It may run several times, so all it does is read and write through
    that connection: where PostgreSQL finds that two transactions stood in each other's way, or SQLite's one
    writer is busy for long, it is rolled back and run again.

    Parameters
    ----------
    url
        ``sqlite:///path`` or ``postgresql://…``.
    busy_seconds
        How long SQLite waits for another writer before a try has failed.
    connections
        Held open at most.

    Raises
    ------
    EvaluationError
        For an address of anything else, and for SQLite without a file.

    Examples
    --------
    >>> import tempfile
    >>> database = Database(f"sqlite:///{tempfile.mkdtemp()}/registry.db")
    >>> database.migrate()
    >>> from sqlalchemy import text
    >>> database.read(lambda connection: connection.scalar(text("SELECT number FROM revision_head")))
    0
    >>> database.close()
    """

    def __init__(self, url: str, *, busy_seconds: float = 5, connections: int = 10) -> None:
        self.engine: Final[Engine] = create_engine(
            _address(url), pool_size=connections, max_overflow=0, pool_timeout=busy_seconds
        )
        self.is_sqlite: Final = self.engine.dialect.name == "sqlite"
        if self.is_sqlite:
            _set_up_sqlite(self.engine, busy_seconds)
            self._reading, self._writing = self.engine, self.engine.execution_options(registry_writes=True)
        else:
            self._reading = self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            self._writing = self.engine.execution_options(isolation_level="READ COMMITTED", postgresql_readonly=False)

    @property
    def place(self) -> str:
        """Where it is, without a password."""
        return self.engine.url.render_as_string(hide_password=True)

    def read(self, work: Work[T]) -> T:
        """Run a transaction that only reads; all its statements see one state.

        Raises
        ------
        Unavailable
            If the database cannot answer now.
        """
        return self._run(self._reading, work)

    def write(self, work: Work[T]) -> T:
        """Run a transaction that writes: all of it or nothing.

        Raises
        ------
        Unavailable
            If the database cannot answer now, its disk is full, or others stood in the way each time.
        """
        return self._run(self._writing, work)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that only reads, as long as the block lasts; for what is passed on while it is read.

        Raises
        ------
        Unavailable
            If the database cannot answer now.
        """
        try:
            with _transaction(self._reading) as connection:
                yield connection
        except DRIVER_ERRORS as error:
            found = trouble(error)
            if found in ("other", "duplicate"):
                raise
            raise Unavailable("busy" if found == "again" else found, _WAITS[found]) from error

    def _run(self, engine: Engine, work: Work[T]) -> T:
        for tried in range(1, _TRIES + 1):
            try:
                return _once(engine, work)
            except DRIVER_ERRORS as error:
                found = trouble(error)
                if found in ("other", "duplicate"):
                    raise
                if found != "again" or tried == _TRIES:
                    raise Unavailable("busy" if found == "again" else found, _WAITS[found]) from error
            time.sleep(random.uniform(0, 0.01 * 2**tried))  # noqa: S311  # so that two do not meet again
        raise AssertionError("unreachable")

    def migrate(self, to: str = "head") -> None:
        """Bring the schema to its present form, or to an earlier `to`; several processes may try at once."""
        self.write(lambda connection: bring(connection, to))

    def close(self) -> None:
        """Close every connection that is not in use."""
        self.engine.dispose()


def _address(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # a port that is no number is a ValueError
        parsed = None
    driver = None if parsed is None else _DRIVERS.get(parsed.drivername)
    if parsed is None or driver is None or (driver == "sqlite" and parsed.database in (None, "", ":memory:")):
        raise EvaluationError(Fault("registry.database_url"))
    return parsed.set(drivername=driver)


def _once(engine: Engine, work: Work[T]) -> T:
    with _transaction(engine) as connection:
        return work(connection)


@contextmanager
def _transaction(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        try:
            with connection.begin():
                yield connection
        except DRIVER_ERRORS as error:
            # bulk writing goes past SQLAlchemy, which then does not know that the connection is gone
            if trouble(error) == "lost" and not connection.closed and not connection.invalidated:
                connection.invalidate()
            raise


def _set_up_sqlite(engine: Engine, busy_seconds: float) -> None:
    """A journal that readers need not wait for, every commit on the disk, and transactions that begin when told."""

    @event.listens_for(engine, "connect")
    def connected(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        assert isinstance(connection, sqlite3.Connection)
        connection.isolation_level = None
        for pragma in (
            f"busy_timeout = {int(busy_seconds * 1000)}",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        writes = connection.get_execution_options().get("registry_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
