r"""A table as lines of text, the same on every database, so that equal rows have equal bytes and one digest.

The text is that of PostgreSQL's COPY: a line a row, its fields apart by tabs, null as ``\N``, a backslash before what would
be taken for one of these. Times are in UTC with six decimals, truths 0 and 1, and rows in the order of their primary key.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import psycopg
from psycopg import sql
from sqlalchemy import Boolean, Column, Connection, Date, DateTime, Table, text

__all__ = ["read_lines", "row_count", "split_lines", "write_lines"]

_ROWS: Final = 2_000
_NULL: Final = "\0"
_ESCAPES: Final = str.maketrans(
    {"\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\v": "\\v", "\f": "\\f", "\r": "\\r"}
)
_ESCAPED: Final = re.compile(r"\\(.)")
_MEANT: Final = {"b": "\b", "t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r"}
_TIME: Final = sql.SQL("""to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')""")
_DAY: Final = sql.SQL("to_char({}, 'YYYY-MM-DD')")


def row_count(connection: Connection, table: Table) -> int:
    """How many rows a table has."""
    quoted = connection.dialect.identifier_preparer.quote(table.name)
    return int(connection.scalar(text(f"SELECT count(*) FROM {quoted}")) or 0)  # noqa: S608  # quoted


def read_lines(connection: Connection, table: Table, columns: Sequence[str]) -> Iterator[bytes]:
    """The lines of a table, some at a time.

    Parameters
    ----------
    connection
        In a transaction that sees one state throughout.
    """
    driver = connection.connection.driver_connection
    if isinstance(driver, sqlite3.Connection):
        yield from _read_sqlite(driver, table, columns)
        return
    assert isinstance(driver, psycopg.Connection)
    spelt = sql.SQL(", ").join(_spelt(table.columns[name]) for name in columns)
    order = sql.SQL(", ").join(sql.Identifier(column.name) for column in table.primary_key)
    asked = sql.SQL("COPY (SELECT {} FROM {} ORDER BY {}) TO STDOUT (ENCODING 'UTF8')")
    with driver.cursor() as cursor, cursor.copy(asked.format(spelt, sql.Identifier(table.name), order)) as copy:
        yield from _gathered(bytes(part) for part in copy)


def _spelt(column: Column[Any]) -> sql.Composable:
    name = sql.Identifier(column.name)
    if isinstance(column.type, DateTime):
        return _TIME.format(name)
    if isinstance(column.type, Date):
        return _DAY.format(name)
    return sql.SQL("{}::int").format(name) if isinstance(column.type, Boolean) else name


def _gathered(parts: Iterable[bytes], size: int = 1 << 18) -> Iterator[bytes]:
    """Parts of some size made of small ones."""
    held, length = [], 0
    for part in parts:
        held.append(part)
        length += len(part)
        if length >= size:
            yield b"".join(held)
            held, length = [], 0
    if held:
        yield b"".join(held)


def _read_sqlite(driver: sqlite3.Connection, table: Table, columns: Sequence[str]) -> Iterator[bytes]:
    spelt = ", ".join(f'CAST("{name}" AS TEXT)' for name in columns)
    order = ", ".join(f'"{column.name}"' for column in table.primary_key)
    cursor = driver.execute(f'SELECT {spelt} FROM "{table.name}" ORDER BY {order}')  # noqa: S608  # names of our own tables
    try:
        while rows := cursor.fetchmany(_ROWS):
            yield _lines(rows).encode()
    finally:
        cursor.close()


def _lines(rows: Sequence[tuple[str | None, ...]]) -> str:
    r"""Rows as lines; each field is looked at only where some row has what has to be escaped.

    >>> _lines([("a", None), ("b\tc", "")])
    'a\t\\N\nb\\tc\t\n'
    """
    plain = "\n".join(["\t".join([_NULL if cell is None else cell for cell in row]) for row in rows])
    nulls = sum(row.count(None) for row in rows)
    marks = (plain.count("\t"), plain.count("\n"), plain.count(_NULL))
    expected = (len(rows) * (len(rows[0]) - 1), len(rows) - 1, nulls)
    if marks == expected and not any(mark in plain for mark in "\\\b\v\f\r"):
        return plain.replace(_NULL, "\\N") + "\n"
    return "".join(
        "\t".join(["\\N" if cell is None else cell.translate(_ESCAPES) for cell in row]) + "\n" for row in rows
    )


def split_lines(parts: Iterable[bytes]) -> Iterator[list[tuple[str | None, ...]]]:
    r"""Lines as rows again, some at a time.

    >>> list(split_lines([b"a\t\\N\nb", b"\\tc\t\n"]))
    [[('a', None)], [('b\tc', '')]]
    """
    rest = b""
    for part in parts:
        whole, end, rest = (rest + part).rpartition(b"\n")
        if end:
            yield [tuple(_cell(cell) for cell in line.split("\t")) for line in whole.decode().split("\n")]
    if rest:
        raise ValueError(rest)


def _cell(cell: str) -> str | None:
    if "\\" not in cell:
        return cell
    return None if cell == "\\N" else _ESCAPED.sub(lambda found: _MEANT.get(found[1], found[1]), cell)


def write_lines(connection: Connection, table: Table, columns: Sequence[str], parts: Iterable[bytes]) -> None:
    """Put lines that `read_lines` gave into an empty table; its indexes are made when all rows are there."""
    driver = connection.connection.driver_connection
    if isinstance(driver, sqlite3.Connection):
        names, marks = ", ".join(f'"{name}"' for name in columns), ", ".join("?" * len(columns))
        statement = f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})'  # noqa: S608  # names of our own tables
        indexes = _without_indexes(connection, _SQLITE_INDEXES, table)
        for rows in split_lines(parts):
            driver.executemany(statement, rows)
    else:
        assert isinstance(driver, psycopg.Connection)
        listed = sql.SQL(", ").join(map(sql.Identifier, columns))
        into = sql.SQL("COPY {} ({}) FROM STDIN (ENCODING 'UTF8')").format(sql.Identifier(table.name), listed)
        indexes = _without_indexes(connection, _POSTGRESQL_INDEXES, table)
        with driver.cursor() as cursor, cursor.copy(into) as copy:
            for part in parts:
                copy.write(part)
        _count_on(driver, table)
    for definition in indexes:
        connection.exec_driver_sql(definition)


_SQLITE_INDEXES: Final = text(
    "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = :name AND sql IS NOT NULL"
)
_POSTGRESQL_INDEXES: Final = text(
    "SELECT i.relname, pg_get_indexdef(i.oid) FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid "
    "WHERE x.indrelid = to_regclass(quote_ident(:name)) "
    "AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.oid)"
)


def _without_indexes(connection: Connection, asked: Any, table: Table) -> list[str]:
    """Take away the indexes that no constraint stands on; what makes them again."""
    found = connection.execute(asked, {"name": table.name}).all()
    for name, _ in found:
        connection.exec_driver_sql(f"DROP INDEX {connection.dialect.identifier_preparer.quote(name)}")
    return [definition for _, definition in found]


def _count_on(driver: psycopg.Connection[Any], table: Table) -> None:
    """Let PostgreSQL number the next rows after the ones that are there."""
    for column in table.primary_key:
        asked = "SELECT pg_get_serial_sequence(quote_ident(%s), %s)"
        row = driver.execute(asked, (table.name, column.name)).fetchone()
        if row is not None and row[0] is not None:
            highest = sql.SQL("SELECT setval(%s, max({})) FROM {} HAVING max({}) IS NOT NULL")
            name = sql.Identifier(column.name)
            driver.execute(highest.format(name, sql.Identifier(table.name), name), (row[0],))
