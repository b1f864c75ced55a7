"""What a database's refusal means: told by SQLSTATE and by SQLite's result codes, never by the words of a message."""

from __future__ import annotations

import sqlite3
from typing import Final, Literal

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

__all__ = ["DRIVER_ERRORS", "Trouble", "Unavailable", "trouble"]

Trouble = Literal["again", "duplicate", "full", "lost", "busy", "other"]

DRIVER_ERRORS: Final = (DBAPIError, PoolTimeout, sqlite3.Error, psycopg.Error)
"""Everything that a statement may end in; bulk writing goes past SQLAlchemy, so the drivers' own are among them."""

_SQLITE: Final[dict[int, Trouble]] = {
    sqlite3.SQLITE_BUSY: "again",
    sqlite3.SQLITE_LOCKED: "again",
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_IOERR: "lost",
    sqlite3.SQLITE_CANTOPEN: "lost",
    sqlite3.SQLITE_READONLY: "lost",
}
_SQLITE_DUPLICATES: Final = frozenset({sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_UNIQUE})
_STATES: Final[dict[str, Trouble]] = {
    "40001": "again",  # serialisation failure
    "40P01": "again",  # deadlock
    "23505": "duplicate",
    "53100": "full",
    "25006": "lost",  # a stand-by that takes no writes
    "55P03": "busy",
}
_CLASSES: Final[dict[str, Trouble]] = {"08": "lost", "53": "busy", "57": "lost", "58": "lost"}


class Unavailable(Exception):  # noqa: N818  # the database's state, and no error of the program
    """The database cannot answer now: a full disk, a lost connection, too many writers. The same may succeed later.

    Parameters
    ----------
    why
        ``full``, ``lost`` or ``busy``.
    seconds
        After how many it is worth another try.
    """

    def __init__(self, why: Trouble, seconds: int) -> None:
        super().__init__(why, seconds)
        self.why: Final = why
        self.seconds: Final = seconds


def trouble(error: BaseException | None) -> Trouble:
    """What a driver's error is.

    >>> trouble(psycopg.errors.DeadlockDetected()), trouble(psycopg.OperationalError("the server has gone"))
    ('again', 'lost')
    """
    if isinstance(error, DBAPIError):
        return "lost" if error.connection_invalidated else trouble(error.orig)
    if isinstance(error, PoolTimeout):
        return "busy"
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", None)
        if code in _SQLITE_DUPLICATES:
            return "duplicate"
        return "other" if code is None else _SQLITE.get(code & 0xFF, "other")
    if isinstance(error, psycopg.Error):
        state = error.sqlstate
        if state is None:
            return "lost" if isinstance(error, psycopg.OperationalError) else "other"
        return _STATES.get(state) or _CLASSES.get(state[:2], "other")
    return "other"
