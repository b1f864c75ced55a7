"""Many rows out at once, as frames: COPY on PostgreSQL, and on SQLite one text a row that Polars takes apart.

Making a Python object of every cell costs more than the reading itself (docs/decisions/0020).
"""

from __future__ import annotations

import io
from collections.abc import Generator, Iterable, Mapping
from contextlib import closing
from typing import Any, Final

import polars as pl
import psycopg
from sqlalchemy import Connection, Select, Text, func

__all__ = ["Schema", "read_frames"]

Schema = Mapping[str, pl.DataType | type[pl.DataType]]

_CELL, _ROW = "\x1f", "\x1e"
"""What stands between cells and after rows; no text of the book has a control character but tab and line ends."""
_TRUE: Final = ("t", "1")


def read_frames(
    connection: Connection, asked: Select[Any], schema: Schema, rows: int
) -> Generator[pl.DataFrame, None, None]:
    """What a statement selects, so many rows a frame, in the statement's order; no more than one frame is held.

    Parameters
    ----------
    asked
        It selects as many columns as the schema has; whole numbers may be null, texts may not.
    schema
        String, Boolean, Int64 or Int128 by name.
    """
    if connection.dialect.name == "sqlite":
        parts = _sqlite(connection, asked, rows)
    else:
        parts = _postgresql(connection, asked, rows)
    with closing(parts):
        for count, text in parts:
            frame = _parsed(text, schema)
            assert len(frame) == count, "a cell holds what stands between cells"
            yield frame


def _sqlite(connection: Connection, asked: Select[Any], rows: int) -> Generator[tuple[int, bytes], None, None]:
    cells = asked.selected_columns
    # one call makes the row, and of null nothing; put together cell by cell it would be copied with each of them
    form = _CELL.join(["%s"] * len(cells)) + _ROW
    statement = asked.with_only_columns(func.printf(form, *cells, type_=Text()), maintain_column_froms=True)
    with connection.execute(statement) as result:
        cursor: Any = result.cursor  # the driver's own: SQLAlchemy would make a row of every text
        assert cursor is not None, "a statement that selects"
        while some := cursor.fetchmany(rows):
            yield len(some), "".join([row[0] for row in some]).encode()


def _postgresql(connection: Connection, asked: Select[Any], rows: int) -> Generator[tuple[int, bytes], None, None]:
    compiled = asked.compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    # quoted wherever a text is empty, so that it is told from null
    statement = f"COPY ({compiled}) TO STDOUT (FORMAT csv, DELIMITER E'\\x1f', ENCODING 'UTF8')"
    with (
        driver.cursor() as cursor,
        cursor.copy(statement.encode(), compiled.params) as copy,
        closing(_gathered(copy, rows)) as parts,
    ):
        yield from parts


def _gathered(lines: Iterable[bytes | bytearray | memoryview], rows: int) -> Generator[tuple[int, bytes], None, None]:
    # copied at once: each line that is held keeps a piece of libpq's memory, and many of them took most of the time
    held, count = io.BytesIO(), 0
    for count, line in enumerate(lines, start=1):  # libpq gives a row at a time
        held.write(line)
        if count % rows == 0:
            yield rows, held.getvalue()
            held = io.BytesIO()
    if count % rows:
        yield count % rows, held.getvalue()


def _parsed(text: bytes, schema: Schema) -> pl.DataFrame:
    plain = text.endswith(_ROW.encode())
    read = {name: pl.String if kind == pl.Boolean else kind for name, kind in schema.items()}
    frame = pl.read_csv(
        text,
        has_header=False,
        separator=_CELL,
        eol_char=_ROW if plain else "\n",
        quote_char=None if plain else '"',
        schema=read,
        empty_string_is_null=False,
    )
    truths = [name for name, kind in schema.items() if kind == pl.Boolean]
    return frame.with_columns(pl.col(truths).is_in(_TRUE)) if truths else frame
