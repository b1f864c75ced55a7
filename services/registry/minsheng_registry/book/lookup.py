"""One project by its code, as fast as the database gives one row: the statement is made once, the document not read.

SQLite is asked on the loop itself: a look-up by key takes some ten microseconds and waits for no writer, which is
less than handing it to a thread. PostgreSQL is asked without a thread, by connections that prepare the statement.
"""

from __future__ import annotations

import contextlib
import datetime
import sqlite3
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, Protocol
from urllib.parse import quote

import msgspec
import psycopg
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from sqlalchemy import Select, bindparam, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from minsheng_registry.book.places import EVERYWHERE, Roots
from minsheng_registry.storage.database import Database
from minsheng_registry.storage.tables import lineage, project_divisions, project_versions
from minsheng_registry.storage.trouble import Unavailable, trouble

__all__ = ["Found", "Lookup", "lookup_of"]

_WAIT: Final = 5
_SHORT: Final = 0.2
_TABLE: Final = project_versions


class Found(msgspec.Struct, frozen=True, array_like=True):
    """A project as the wire carries it, and its version."""

    body: bytes
    version: int


class Lookup(Protocol):
    """Where one project is looked up."""

    async def find(self, code: str, roots: Roots) -> Found | None:
        """A project as it stands; None if there is none that somebody with these roots may know of."""

    async def close(self) -> None:
        """Let go of the database."""


def lookup_of(database: Database) -> Lookup:
    """The look-up that suits a database; called on the loop that will ask it."""
    return _SQLite(database) if database.is_sqlite else _PostgreSQL(database)


def _asked(roots: int | None) -> Select[Any]:
    """The statement for so many roots, or for somebody who sees everything."""
    table = _TABLE
    asked = select(table.c.version, table.c.revision_from, table.c.at, table.c.document).where(
        table.c.code == bindparam("code"), table.c.revision_to.is_(None)
    )
    if roots is None:
        return asked
    places = project_divisions
    # from the project's divisions up, each by one look-up, however large the subtree is
    there = (
        select(places.c.code)
        .join(lineage, lineage.c.division == places.c.division)
        .where(
            places.c.code == table.c.code,
            places.c.version == table.c.version,
            lineage.c.ancestor.in_([bindparam(f"root{number}") for number in range(roots)]),
        )
    )
    return asked.where(there.exists())


def _count(roots: Roots) -> int | None:
    return None if roots == EVERYWHERE else len(roots)


def _values(code: str, roots: Roots) -> dict[str, str]:
    given = {"code": code}
    if roots != EVERYWHERE:
        given |= {f"root{number}": root for number, root in enumerate(roots)}
    return given


@lru_cache(maxsize=256)
def _statement(roots: int | None, style: str) -> tuple[str, tuple[str, ...]]:
    """The text of the statement, and the names of its values in their order where they have an order."""
    kind: Any = sqlite.dialect if style == "qmark" else PGDialect_psycopg
    dialect = kind(paramstyle=style)
    compiled = _asked(roots).compile(dialect=dialect)
    names: Sequence[str] = getattr(compiled, "positiontup", None) or ()
    return str(compiled), tuple(names)


class _SQLite:
    """One connection of the loop's own, on which nothing is ever written."""

    def __init__(self, database: Database) -> None:
        file = database.engine.url.database
        assert file, "a file, that several connections see"
        self._file: Final = file
        self._connection: sqlite3.Connection | None = None

    async def find(self, code: str, roots: Roots) -> Found | None:
        if not roots or not _storable(code):
            return None
        text, names = _statement(_count(roots), "qmark")
        given = _values(code, roots)
        try:
            row = self._held().execute(text, [given[name] for name in names]).fetchone()
        except sqlite3.Error as error:
            await self.close()
            raise _unavailable(error) from error
        if row is None:
            return None
        version, revision, at, document = row
        return _found(version, revision, _told(at.decode()), document)

    def _held(self) -> sqlite3.Connection:
        if self._connection is None:
            address = f"file:{quote(self._file)}?mode=rw"  # never makes a file
            made = sqlite3.connect(address, uri=True, isolation_level=None, cached_statements=300, timeout=_SHORT)
            made.execute("PRAGMA query_only = ON")
            made.text_factory = bytes
            self._connection = made
        return self._connection

    async def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class _PostgreSQL:
    """A few connections that the loop waits for; each prepares the statement when it is first asked."""

    def __init__(self, database: Database, connections: int = 4) -> None:
        self._address: Final = database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._connections: Final = connections
        self._pool: AsyncConnectionPool[Any] | None = None

    async def find(self, code: str, roots: Roots) -> Found | None:
        if not roots or not _storable(code):
            return None
        text, _ = _statement(_count(roots), "pyformat")
        try:
            pool = await self._held()
            async with pool.connection() as connection, connection.cursor(binary=True) as cursor:
                await cursor.execute(text.encode(), _values(code, roots), prepare=True)
                row = await cursor.fetchone()
        except (psycopg.Error, PoolTimeout) as error:
            raise _unavailable(error) from error
        if row is None:
            return None
        version, revision, at, document = row
        moment = at.astimezone(datetime.UTC).isoformat(timespec="microseconds")
        return _found(version, revision, _told(moment), document.encode())

    async def _held(self) -> AsyncConnectionPool[Any]:
        if self._pool is None:
            self._pool = AsyncConnectionPool(
                self._address,
                min_size=1,
                max_size=self._connections,
                timeout=_WAIT,
                kwargs={"autocommit": True},
                open=False,
            )
            await self._pool.open()
        return self._pool

    async def close(self) -> None:
        if self._pool is not None:
            with contextlib.suppress(psycopg.Error):
                await self._pool.close()
            self._pool = None


def _storable(code: str) -> bool:
    """Whether a database could hold such a code: no half characters, no zero byte."""
    return "\0" not in code and (code.isascii() or not any("\ud800" <= sign <= "\udfff" for sign in code))


def _found(version: int, revision: int, at: str, document: bytes) -> Found:
    head = f'{{"version":{version},"revision":{revision},"at":"{at}",'
    return Found(head.encode() + document[1:], version)


def _told(at: str) -> str:
    """A moment as the wire carries it, from the text that SQLite keeps.

    >>> _told("2026-03-02T01:00:00.000000+00:00"), _told("2026-03-02T01:00:00.250000+00:00")
    ('2026-03-02T01:00:00Z', '2026-03-02T01:00:00.250000Z')
    """
    return f"{at[:19]}Z" if at[19:26] == ".000000" else f"{at[:26]}Z"


def _unavailable(error: BaseException) -> Unavailable:
    found = trouble(error)
    return Unavailable("busy" if found in ("again", "busy") or isinstance(error, PoolTimeout) else "lost", _WAIT)
