"""Putting a backup into a database, on SQLite or PostgreSQL, whichever it came from: all of it or nothing."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from sqlalchemy import Connection, Table, delete, text

from libminsheng.errors import Fault
from minsheng_registry.book.audit import Entry, record
from minsheng_registry.book.refusals import Conflict, Unusable
from minsheng_registry.operations.archive import Archive, Count, Report, TableEntry
from minsheng_registry.operations.backup import table_entry
from minsheng_registry.operations.state import State, state_of
from minsheng_registry.storage.database import Database
from minsheng_registry.storage.lines import write_lines
from minsheng_registry.storage.schema import bring, tables_of

__all__ = ["Plan", "plan", "restore"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a restoring would find: the database's own registry, if there is one, and whether it would be replaced."""

    found: State | None

    @property
    def replaces(self) -> bool:
        return self.found is not None and self.found.content


def plan(database: Database | None, archive: Archive, *, report: Report | None = None) -> Plan:
    """Verify a backup, and see what the database holds, if there is one yet. Nothing is changed.

    Raises
    ------
    Unusable
        If the backup is not whole, or its audit's chain does not hold.
    Conflict
        If the database cannot take it.
    """
    archive.verify(report)
    return Plan(None if database is None else database.read(state_of))


def restore(
    database: Database,
    archive: Archive,
    *,
    by: str,
    at: datetime.datetime,
    replace: bool = False,
    report: Report | None = None,
    algorithm: str = "sha256",
) -> Plan:
    """Put a backup in, bring it to the present schema, and note so in its audit; in one transaction.

    What was put in is read back and compared with the backup before it is committed.

    Parameters
    ----------
    replace
        Whether a registry that the database has is given up for it.
    algorithm
        What chains the entry of the audit that notes it.

    Raises
    ------
    Unusable
        If the backup is not whole, its audit's chain does not hold, or the database gives back something else.
    Conflict
        If there is something in the database and `replace` is not set.
    """
    archive.verify()

    def run(connection: Connection) -> Plan:
        found = Plan(state_of(connection))
        if found.replaces and not replace:
            assert found.found is not None
            values = {"revision": found.found.revision, "audit": found.found.audit.number}
            raise Conflict(Fault("operations.database_has_content", values=values))
        if found.found is not None:
            _drop(connection, found.found.schema)
        bring(connection, archive.manifest.schema)
        _fill(connection, archive, Count(archive.manifest.rows, report))
        bring(connection)
        replaced = None if found.found is None else {"number": found.found.audit.number, "hash": found.found.audit.hash}
        detail = {"manifest": archive.digest, "revision": archive.manifest.revision, "replaced": replaced}
        record(connection, [Entry(at, by, "restore", "registry", detail=detail)], algorithm)
        return found

    return database.write(run)


def _drop(connection: Connection, schema: str) -> None:
    for table in reversed(tables_of(connection, schema)):
        table.drop(connection)
    connection.execute(text("DROP TABLE alembic_version"))


def _fill(connection: Connection, archive: Archive, count: Count) -> None:
    tables = {table.name: table for table in tables_of(connection, archive.manifest.schema)}
    expected = {name: {column.name for column in table.columns} for name, table in tables.items()}
    given = {entry.name: set(entry.columns) for entry in archive.manifest.tables}
    if given != expected:
        raise Unusable(Fault("operations.backup_shape", values={"schema": archive.manifest.schema}))
    for entry in archive.manifest.tables:
        _fill_table(connection, archive, tables[entry.name], entry, count)


def _fill_table(connection: Connection, archive: Archive, table: Table, entry: TableEntry, count: Count) -> None:
    connection.execute(delete(table))
    write_lines(connection, table, entry.columns, archive.parts(entry, count.add))
    if table_entry(connection, table, entry.columns) != entry:
        raise Unusable(Fault("operations.backup_differs", values={"table": entry.name}))
