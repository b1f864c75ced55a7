"""Making a backup while others write: one reading transaction sees one state from the first row to the last."""

from __future__ import annotations

import datetime
import hashlib
import os
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO, Final

import msgspec
from sqlalchemy import Connection, Table

from libminsheng.errors import Fault, Place
from libminsheng.version import __version__
from minsheng_registry.book.audit import head
from minsheng_registry.book.changes import last_revision
from minsheng_registry.book.refusals import Conflict
from minsheng_registry.operations.archive import FORM, MANIFEST, Count, Manifest, Report, TableEntry, entry_name
from minsheng_registry.operations.state import schema_in
from minsheng_registry.storage.database import Database
from minsheng_registry.storage.lines import read_lines, row_count
from minsheng_registry.storage.schema import tables_of

__all__ = ["backup", "table_entry"]

_FAST: Final = 1
"""The least that zip packs: rows are mostly the same few words."""


def backup(
    database: Database, target: Path, *, at: datetime.datetime, replace: bool = False, report: Report | None = None
) -> Manifest:
    """Write the registry's present state into one file, which is there only when it is whole.

    It takes as much memory for a thousand facts as for fifty million. Nobody waits for it; SQLite's journal grows by what is
    written meanwhile.

    Raises
    ------
    Conflict
        If there is such a file already, or the database holds no registry that this release knows.
    Unavailable
        If the database cannot answer now.
    OSError
        If the file cannot be written; then there is none.
    """
    if target.exists() and not replace:
        raise Conflict(Fault("operations.file_exists", Place(file=str(target))))
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        # whoever has the backup has all that the registry knows
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_RDWR | _BINARY, 0o600), "w+b") as stream:
            manifest = database.read(lambda connection: _write(connection, stream, at, report))
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return manifest


_BINARY: Final = getattr(os, "O_BINARY", 0)


def _write(connection: Connection, stream: BinaryIO, at: datetime.datetime, report: Report | None) -> Manifest:
    schema = schema_in(connection)
    stream.seek(0)
    stream.truncate()  # an earlier try may have broken off
    tables = tables_of(connection, schema)
    total = sum(row_count(connection, table) for table in tables) if report is not None else 0
    count = Count(total, report)
    entries = []
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=_FAST) as packed:
        for table in tables:
            columns = [str(column.name) for column in table.columns]
            with packed.open(entry_name(table.name), "w", force_zip64=True) as into:
                entries.append(table_entry(connection, table, columns, into.write, count.add))
        manifest = Manifest(
            form=FORM,
            made_at=at,
            release=__version__,
            database=connection.dialect.name,
            schema=schema,
            revision=last_revision(connection),
            audit=head(connection),
            tables=tuple(entries),
        )
        text = msgspec.json.format(msgspec.json.encode(manifest))
        packed.writestr(MANIFEST, text)
        packed.comment = hashlib.sha256(text).hexdigest().encode()
    return manifest


def table_entry(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    write: Callable[[bytes], object] = lambda _: None,
    done: Callable[[int], None] = lambda _: None,
) -> TableEntry:
    """Write the lines of a table somewhere; their number and digest."""
    digest, rows = hashlib.sha256(), 0
    for part in read_lines(connection, table, columns):
        digest.update(part)
        count = part.count(b"\n")
        rows += count
        write(part)
        done(count)
    return TableEntry(str(table.name), tuple(columns), rows, digest.hexdigest())
