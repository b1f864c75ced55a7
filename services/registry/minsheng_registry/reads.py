"""Reading that is done often: answered at once, and noted in the audit a moment later, many reads in one transaction."""

from __future__ import annotations

import datetime
import logging
import threading
from collections import deque
from functools import partial
from typing import Final

from minsheng_http.access.principal import Principal
from minsheng_registry.book.audit import Entry, Outcome, record
from minsheng_registry.book.lookup import Found, Lookup, lookup_of
from minsheng_registry.storage.database import Database
from minsheng_registry.storage.trouble import Unavailable

__all__ = ["ReadLog", "Reads"]

_LOG: Final = logging.getLogger("minsheng")
_AT_ONCE: Final = 2_000
"""Entries of one transaction: others who write wait for it."""


class ReadLog:
    """What was read, on its way into the audit: a thread writes it down, a second later at most.

    It holds so many entries and no more. Where the database takes none, reading is refused before anything is dropped.
    A process that is killed loses the reads of its last second, and nothing else.

    Parameters
    ----------
    most
        Entries that wait.
    every
        Seconds between two transactions.
    """

    def __init__(
        self, database: Database, algorithm: str = "sha256", *, most: int = 50_000, every: float = 0.5
    ) -> None:
        self._database, self._algorithm = database, algorithm
        self._most, self._every = most, every
        self._waiting: Final[deque[Entry]] = deque()
        self._writes: Final = threading.Lock()
        self._stop: Final = threading.Event()
        self._thread: threading.Thread | None = None

    def open(self) -> None:
        """Begin to write."""
        self._thread = threading.Thread(target=self._run, name="reads", daemon=True)
        self._thread.start()

    def note(self, entry: Entry) -> None:
        """Keep an entry until it is written.

        Raises
        ------
        Unavailable
            If too many wait already.
        """
        if len(self._waiting) >= self._most:
            raise Unavailable("busy", 2)
        self._waiting.append(entry)

    def flush(self) -> None:
        """Write what waits, now.

        Raises
        ------
        Unavailable
            If the database cannot answer; what was not written waits on.
        """
        with self._writes:
            while some := [self._waiting[number] for number in range(min(len(self._waiting), _AT_ONCE))]:
                self._database.write(partial(record, entries=some, algorithm=self._algorithm))
                for _ in some:
                    self._waiting.popleft()

    def close(self) -> None:
        """Write what waits, and end; flushes once more if the database would not take it before."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self.flush()

    def _run(self) -> None:
        while not self._stop.wait(self._every):
            try:
                self.flush()
            except Unavailable:
                continue  # it waits, and once too much waits, reading is refused
            except Exception:  # noqa: BLE001  # whatever it was, what waits is tried again
                _LOG.exception("reads could not be noted in the audit")


class Reads:
    """Look-ups for those who may see what they find, each noted.

    One for each process, made on the loop that asks it; `open` when the service starts, `close` when it ends.
    """

    def __init__(self, database: Database, algorithm: str = "sha256") -> None:
        self._lookup: Final[Lookup] = lookup_of(database)
        self._log: Final = ReadLog(database, algorithm)

    def open(self) -> None:
        """Begin to note what is read."""
        self._log.open()

    async def find_project(self, code: str, principal: Principal, origin: str = "") -> Found | None:
        """A project as it stands, as the wire carries it; None if there is none that the principal may know of.

        Raises
        ------
        Unavailable
            If the database cannot answer, or reads cannot be noted.
        """
        found = await self._lookup.find(code, principal.divisions)
        outcome: Outcome = "refused" if found is None else "done"
        at = datetime.datetime.now(datetime.UTC)
        self._log.note(Entry(at, principal.name, "get_project", code, outcome, origin))
        return found

    async def close(self) -> None:
        """Let go of the database; what was read is noted before."""
        await self._lookup.close()
        self._log.close()
