"""Many facts at once: COPY on PostgreSQL, which SQLAlchemy does not carry, and one prepared INSERT on SQLite."""

from __future__ import annotations

import io
import sqlite3
from typing import Final

import polars as pl
import psycopg
from psycopg import sql
from sqlalchemy import Connection

from minsheng_registry.storage.tables import facts

__all__ = ["COLUMNS", "write_facts"]

COLUMNS: Final = tuple(column.name for column in facts.columns if column.name != "revision_to")
"""What a new fact has: all but the end of its standing."""

_SLICE: Final = 50_000
"""Rows that are text at a time."""


def write_facts(connection: Connection, frame: pl.DataFrame) -> None:
    """Write facts within the transaction of `connection`.

    Parameters
    ----------
    frame
        The `COLUMNS`, none of them null; the value as text, because no integer of SQLite has 38 digits.
    """
    driver = connection.connection.driver_connection
    ordered = frame.select(COLUMNS)
    if isinstance(driver, sqlite3.Connection):
        marks = ", ".join("?" * len(COLUMNS))
        driver.executemany(f"INSERT INTO facts ({', '.join(COLUMNS)}) VALUES ({marks})", ordered.iter_rows())  # noqa: S608  # names of our own columns
        return
    assert isinstance(driver, psycopg.Connection)
    names = sql.SQL(", ").join(map(sql.Identifier, COLUMNS))
    texts = sql.SQL(", ").join(sql.Identifier(name) for name in COLUMNS if frame.schema[name] == pl.String)
    # an empty text would be read as null; nothing here is null
    statement = sql.SQL("COPY facts ({}) FROM STDIN (FORMAT csv, FORCE_NOT_NULL ({}))").format(names, texts)
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for some in ordered.iter_slices(_SLICE):
            buffer = io.BytesIO()
            some.write_csv(buffer, include_header=False, quote_style="non_numeric")
            copy.write(buffer.getbuffer())
