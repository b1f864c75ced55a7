"""One row by its key, for many who ask at once: those who come while PostgreSQL is asked are asked for together next.

A row by its key takes PostgreSQL some twenty microseconds, and sending a statement, waiting for it and reading its
answer takes Python ten times as long. So one statement is under way for all who wait, on one connection that the loop
watches all the time; nobody waits for more than the end of the statement before theirs.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any, Final

import psycopg
from psycopg import pq

from minsheng_registry.storage.trouble import trouble

__all__ = ["Row", "Together"]

Row = tuple[bytes, ...]
"""Values as PostgreSQL sends them in its binary form; none of them is null."""
Common = tuple[str, ...]

_NAME: Final = b"together"
_TEXT, _TEXTS = 25, 1009
_MOST: Final = 500
"""Keys of one statement."""
_GOOD: Final = (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK)

_Waiting = dict[str, list[asyncio.Future[Row | None]]]
"""Who waits for each key."""


class Together:
    """A statement that gives the rows of many keys, and those who wait for one row each.

    Parameters
    ----------
    address
        Of a PostgreSQL database.
    statement
        Its first column is the key; ``$1`` stands for the keys and ``$2`` for what those who ask have in common.
    seconds
        After which nobody waits any longer.
    """

    def __init__(self, address: str, statement: str, *, seconds: float) -> None:
        self._address, self._statement, self._seconds = address, statement.encode(), seconds
        self._waiting: Final[dict[Common, _Waiting]] = {}
        self._asked: tuple[Common, _Waiting] | None = None
        self._tried = False
        """Whether what is asked was asked before, on a connection that was lost."""
        self._line: _Line | None = None
        self._opening: asyncio.Task[None] | None = None

    async def row(self, key: str, common: Common) -> Row | None:
        """The row of a key without the key itself; None if there is none.

        Raises
        ------
        psycopg.Error
            If the database cannot answer.
        TimeoutError
            If it does not in time.
        """
        found: asyncio.Future[Row | None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(common, {}).setdefault(key, []).append(found)
        if self._asked is None:
            self._ask()
        return await found

    async def close(self) -> None:
        """Let go of the connection, and of those who wait."""
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.wait([self._opening])
            self._opening = None
        closed = psycopg.OperationalError("closed")
        self._fail(closed)
        self._tried = True
        if self._line is not None:
            self._line.give_up(closed)
        self._tried = False

    def _ask(self) -> None:
        """Send the statement for some who wait, if anybody does."""
        if not self._waiting:
            return
        if self._line is None or self._line.closed:
            if self._opening is None:
                self._opening = asyncio.get_running_loop().create_task(self._open())
            return
        common, waiting = next(iter(self._waiting.items()))
        del self._waiting[common]
        if len(waiting) > _MOST:  # the rest comes after everybody else
            self._waiting[common] = dict(islice(waiting.items(), _MOST, None))
            waiting = dict(islice(waiting.items(), _MOST))
        self._asked = common, waiting
        self._line.execute([_array(waiting), _array(common)], self._answered)

    def _answered(self, given: pq.abc.PGresult | Exception) -> None:
        """Tell those who were asked for, and ask for those who came meanwhile."""
        assert self._asked is not None
        common, those = self._asked
        self._asked, tried, self._tried = None, self._tried, False
        if not isinstance(given, Exception):
            columns = range(1, given.nfields)
            rows = {
                given.get_value(number, 0): tuple([given.get_value(number, column) or b"" for column in columns])
                for number in range(given.ntuples)
            }
            for key, some in those.items():
                _tell(some, rows.get(key.encode()))
        elif trouble(given) == "lost" and not tried:
            self._tried = True
            for key, some in self._waiting.pop(common, {}).items():
                those.setdefault(key, []).extend(some)
            self._waiting[common] = those
        else:
            for some in those.values():
                _tell(some, given)
        self._ask()

    async def _open(self) -> None:
        try:
            async with asyncio.timeout(self._seconds):
                self._line = await _Line.open(self._address, self._statement, self._seconds)
        except (psycopg.Error, OSError, TimeoutError) as error:
            self._opening = None
            self._fail(error)
        else:
            self._opening = None
            self._ask()

    def _fail(self, error: Exception) -> None:
        waiting = [some for those in self._waiting.values() for some in those.values()]
        self._waiting.clear()
        for some in waiting:
            _tell(some, error)


class _Line:
    """A connection with a statement that was prepared, watched by the loop: one question and its answer at a time."""

    def __init__(self, connection: psycopg.AsyncConnection[Any], seconds: float) -> None:
        self._connection, self._pgconn, self._seconds = connection, connection.pgconn, seconds
        self._socket: Final = self._pgconn.socket
        self._then: Callable[[pq.abc.PGresult | Exception], None] | None = None
        self._result: pq.abc.PGresult | None = None
        self._loop: Final = asyncio.get_running_loop()
        self._end: asyncio.TimerHandle | None = None
        self._full = False
        """Whether what is sent waits for room on its way."""
        self._pgconn.nonblocking = 1
        self._loop.add_reader(self._socket, self._readable)

    @classmethod
    async def open(cls, address: str, statement: bytes, seconds: float) -> _Line:
        """Connect and prepare the statement."""
        line = cls(await psycopg.AsyncConnection.connect(address, autocommit=True, client_encoding="utf8"), seconds)
        prepared: asyncio.Future[None] = line._loop.create_future()
        line._send(
            lambda: line._pgconn.send_prepare(_NAME, statement, [_TEXTS, _TEXTS]),
            lambda given: _tell([prepared], given if isinstance(given, Exception) else None),
        )
        try:
            await prepared
        except BaseException:
            line.close()
            raise
        return line

    @property
    def closed(self) -> bool:
        return self._connection.closed

    def execute(self, given: list[bytes], then: Callable[[pq.abc.PGresult | Exception], None]) -> None:
        """Ask; what comes of it is told once, be it rows or an error after which the line is closed."""
        self._send(lambda: self._pgconn.send_query_prepared(_NAME, given, [1] * len(given), result_format=1), then)

    def _send(self, command: Callable[[], None], then: Callable[[pq.abc.PGresult | Exception], None]) -> None:
        self._then, self._result = then, None
        self._end = self._loop.call_later(self._seconds, self.give_up, TimeoutError())
        try:
            command()
        except psycopg.Error as error:
            self._loop.call_soon(self.give_up, error)  # never told before this returns
        else:
            self._flush()

    def _flush(self) -> None:
        try:
            full = bool(self._pgconn.flush())
            if full != self._full:
                self._full = full
                if full:
                    self._loop.add_writer(self._socket, self._flush)
                else:
                    self._loop.remove_writer(self._socket)
        except psycopg.Error as error:
            self._loop.call_soon(self.give_up, error)

    def _readable(self) -> None:
        """Take what has come. While nothing was asked that is a notice, or that the connection has ended."""
        try:
            self._pgconn.consume_input()
            while not self._pgconn.is_busy():
                result = self._pgconn.get_result()
                if result is None:
                    self._finish()
                    return
                if self._result is None or self._result.status in _GOOD:
                    self._result = result
        except psycopg.Error as error:
            self.give_up(error)

    def _finish(self) -> None:
        if self._result is None:
            return
        if self._result.status not in _GOOD:
            self.give_up(_error(self._result))
            return
        result, then = self._result, self._then
        self._result = self._then = None
        if self._end is not None:
            self._end.cancel()
        if then is not None:
            then(result)

    def give_up(self, error: Exception) -> None:
        """Close it, and tell so to whoever asked."""
        then, self._then = self._then, None
        self.close()
        if then is not None:
            then(error)

    def close(self) -> None:
        if self._end is not None:
            self._end.cancel()
        if not self._loop.is_closed():
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
        self._pgconn.finish()


def _tell(those: Iterable[asyncio.Future[Any]], told: object) -> None:
    for one in those:
        if one.done():  # gone away meanwhile
            continue
        if isinstance(told, Exception):
            one.set_exception(told)
        else:
            one.set_result(told)


def _array(texts: Iterable[str]) -> bytes:
    """An array of texts in the binary form of PostgreSQL.

    >>> _array(["a", "民"]).hex(" ", 4)
    '00000001 00000000 00000019 00000002 00000001 00000001 61000000 03e6b091'
    """
    parts = [text.encode() for text in texts]
    told = [struct.pack(">iiiii", 1, 0, _TEXT, len(parts), 1)]
    for part in parts:
        told += [len(part).to_bytes(4, "big"), part]
    return b"".join(told)


def _error(failed: pq.abc.PGresult) -> psycopg.Error:
    """What the server refused a statement with."""
    state = (failed.error_field(pq.DiagnosticField.SQLSTATE) or b"").decode("ascii")
    try:
        kind = psycopg.errors.lookup(state)
    except KeyError:
        kind = psycopg.OperationalError
    return kind(state)
