"""One project by its code, as fast as the database gives one row: the statement is made once, the document not read.

SQLite is asked on the loop itself: a look-up by key takes some ten microseconds and waits for no writer, which is
less than handing it to a thread. PostgreSQL is asked without a thread either, for all who ask at once together.
"""

from __future__ import annotations

import datetime
import sqlite3
from functools import lru_cache
from typing import Any, Final, Protocol
from urllib.parse import quote

import msgspec
import psycopg
from sqlalchemy import ColumnElement, Select, Text, any_, bindparam, literal_column, or_, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql.base import PGDialect

from minsheng_registry.book.places import EVERYWHERE, Roots
from minsheng_registry.storage.database import Database
from minsheng_registry.storage.tables import lineage, project_divisions, project_versions
from minsheng_registry.storage.together import Together
from minsheng_registry.storage.trouble import Unavailable, trouble

__all__ = ["Found", "Lookup", "lookup_of"]

_WAIT: Final = 5
_SHORT: Final = 0.2
_TABLE: Final = project_versions
_BEGINNING: Final = datetime.datetime(2000, 1, 1)  # noqa: DTZ001  # of PostgreSQL's microseconds, in UTC


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


def _current() -> Select[Any]:
    table = _TABLE
    return select(table.c.code, table.c.version, table.c.revision_from, table.c.at, table.c.document).where(
        table.c.revision_to.is_(None)
    )


def _there(among: ColumnElement[bool]) -> Select[Any]:
    """From the project's divisions up, each by one look-up, however large the subtree is."""
    places = project_divisions
    return (
        select(literal_column("1"))
        .select_from(places.join(lineage, lineage.c.division == places.c.division))
        .where(places.c.code == _TABLE.c.code, places.c.version == _TABLE.c.version, among)
        .correlate(_TABLE)
    )


@lru_cache(maxsize=256)
def _of_one(roots: int | None) -> str:
    """The statement of SQLite, whose values are a code and so many roots; none for somebody who sees everything."""
    asked = _current().where(_TABLE.c.code == bindparam("code"))
    if roots is not None:
        asked = asked.where(
            _there(lineage.c.ancestor.in_([bindparam(f"root{number}") for number in range(roots)])).exists()
        )
    return str(asked.compile(dialect=sqlite.dialect(paramstyle="qmark")))


def _of_many() -> str:
    """The statement of PostgreSQL, whose values are codes and roots."""
    codes, roots = (bindparam(name, type_=ARRAY(Text)) for name in ("codes", "roots"))
    # one row's subquery and no more: a join of all that lies in a subtree is never the better plan
    within = _there(lineage.c.ancestor == any_(roots)).limit(literal_column("1")).scalar_subquery()
    asked = (
        _current()
        .where(_TABLE.c.code == any_(codes))
        .where(or_(roots == literal_column(f"ARRAY['{EVERYWHERE[0]}']"), within.is_not(None)))
    )
    dialect: Any = PGDialect
    return str(asked.compile(dialect=dialect(paramstyle="numeric_dollar")))


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
        everywhere = roots == EVERYWHERE
        statement = _of_one(None if everywhere else len(roots))
        try:
            row = self._held().execute(statement, (code,) if everywhere else (code, *roots)).fetchone()
        except sqlite3.Error as error:
            await self.close()
            raise _unavailable(error) from error
        if row is None:
            return None
        _, version, revision, at, document = row
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
    """A connection that the loop watches, on which all who ask at the same time are asked for together."""

    def __init__(self, database: Database) -> None:
        address = database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._together: Final = Together(address, _of_many(), seconds=_WAIT)

    async def find(self, code: str, roots: Roots) -> Found | None:
        if not roots or not _storable(code):
            return None
        try:
            row = await self._together.row(code, roots)
        except (psycopg.Error, OSError, TimeoutError) as error:
            raise _unavailable(error) from error
        if row is None:
            return None
        version, revision, at, document = row
        moment = _BEGINNING + datetime.timedelta(microseconds=_number(at))
        told = _told(moment.isoformat(timespec="microseconds"))
        return _found(_number(version), _number(revision), told, document)

    async def close(self) -> None:
        await self._together.close()


def _number(given: bytes) -> int:
    return int.from_bytes(given, "big", signed=True)


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
    return Unavailable("busy" if found in ("again", "busy") or isinstance(error, TimeoutError) else "lost", _WAIT)
