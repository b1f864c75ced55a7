"""What a database holds: nothing, a registry, or one of a newer release."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, select

from libminsheng.errors import Fault
from minsheng_registry.book.audit import Head, head
from minsheng_registry.book.changes import last_revision
from minsheng_registry.book.refusals import Conflict
from minsheng_registry.storage.schema import is_known, present, schema_of, tables_of

__all__ = ["State", "schema_before", "schema_in", "state_of"]

_ALWAYS: Final = frozenset({"revision_head", "audit_head"})
"""Tables that have a row from the first step of the schema on."""


@dataclass(frozen=True, slots=True)
class State:
    """A registry's schema, whether anything is in it, its last revision and the head of its audit."""

    schema: str
    content: bool
    revision: int
    audit: Head


def schema_in(connection: Connection) -> str:
    """The schema of a registry.

    Raises
    ------
    Conflict
        If there is none in the database, or one of a newer release.
    """
    found = schema_of(connection)
    if found is None:
        raise Conflict(Fault("operations.no_registry"))
    if not is_known(found):
        raise Conflict(Fault("operations.schema_newer", values={"schema": found, "known": present()}))
    return found


def schema_before(connection: Connection) -> str | None:
    """The schema that a database has before it is brought to the present one; None if it has none yet.

    Raises
    ------
    Conflict
        If it is of a newer release.
    """
    return None if schema_of(connection) is None else schema_in(connection)


def state_of(connection: Connection) -> State | None:
    """What a database holds; None if there is no registry in it.

    Raises
    ------
    Conflict
        If it is one of a newer release, or the names of its tables are taken by somebody else's.
    """
    if schema_of(connection) is None:
        taken = tables_of(connection, present())
        if taken:
            names = ", ".join(sorted(table.name for table in taken))
            raise Conflict(Fault("operations.tables_taken", values={"names": names}))
        return None
    schema = schema_in(connection)
    tables = [table for table in tables_of(connection, schema) if table.name not in _ALWAYS]
    content = any(connection.execute(select(table).limit(1)).first() is not None for table in tables)
    return State(schema, content, last_revision(connection), head(connection))
