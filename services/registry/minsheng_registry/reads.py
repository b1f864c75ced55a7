"""Reading that is done often: answered at once, and noted in the audit a moment later, many reads in one transaction."""

from __future__ import annotations

import datetime
import logging
import threading
from collections import deque
from collections.abc import Iterable
from functools import partial
from typing import Final, NamedTuple

from minsheng_registry.book.audit import Entry, Outcome, record
from minsheng_registry.storage.database import Database
from minsheng_registry.storage.trouble import Unavailable

__all__ = ["Read", "ReadLog", "entries_of"]

_LOG: Final = logging.getLogger("minsheng")
_AT_ONCE: Final = 20_000
"""Reads of one transaction: others who write wait for it."""
_TOGETHER: Final = 200
"""Reads of one entry."""


class Read(NamedTuple):
    """Who read what from where, in which second of which day; nothing was found where it was refused."""

    act: str
    subject: str
    principal: str
    origin: str
    outcome: Outcome
    at: float

    def moment(self) -> datetime.datetime:
        return datetime.datetime.fromtimestamp(self.at, datetime.UTC)


def entries_of(reads: Iterable[Read]) -> list[Entry]:
    """The entries that note reads: one for all that somebody read from one place with one outcome.

    A single read is an entry like any other; several are listed in its detail, each with its time.
    """
    groups: dict[tuple[str, str, str, Outcome], list[list[Read]]] = {}
    for read in reads:
        held = groups.setdefault((read.principal, read.act, read.origin, read.outcome), [[]])
        if len(held[-1]) == _TOGETHER:
            held.append([])
        held[-1].append(read)
    return [_entry(some) for held in groups.values() for some in held]


def _entry(some: list[Read]) -> Entry:
    first = some[0]
    if len(some) == 1:
        return Entry(first.moment(), first.principal, first.act, first.subject, first.outcome, first.origin)
    told = [[one.moment().isoformat(timespec="milliseconds"), one.subject] for one in some]
    return Entry(first.moment(), first.principal, first.act, "", first.outcome, first.origin, {"reads": told})


def _gap(count: int) -> Entry:
    """That the audit is not whole: so many requests were refused that nobody could note them."""
    return Entry(datetime.datetime.now(datetime.UTC), "registry", "reads_lost", "", "failed", detail={"count": count})


class ReadLog:
    """What was read, on its way into the audit: a thread writes it down, a second later at most.

    It holds so many reads. Where the database takes none, reading is refused before anything is dropped; refusals go
    on, and of those that come when as many again wait only the number is noted, as ``reads_lost``. What cannot be noted
    when the process ends is in its log. A process that is killed loses the reads of its last second, and nothing else.

    Parameters
    ----------
    most
        Reads that wait.
    every
        Seconds between two transactions.
    """

    def __init__(
        self, database: Database, algorithm: str = "sha256", *, most: int = 50_000, every: float = 0.8
    ) -> None:
        self._database, self._algorithm = database, algorithm
        self._most, self._every = most, every
        self._waiting: Final[deque[Read]] = deque()
        self._lost = 0
        self._writes: Final = threading.Lock()
        self._stop: Final = threading.Event()
        self._thread: threading.Thread | None = None

    def open(self) -> None:
        """Begin to write."""
        self._thread = threading.Thread(target=self._run, name="reads", daemon=True)
        self._thread.start()

    def see_room(self) -> None:
        """See, before anything is read, that it can be noted.

        Raises
        ------
        Unavailable
            If too many wait already.
        """
        if len(self._waiting) >= self._most:
            raise Unavailable("busy", 2)

    def note(self, read: Read) -> None:
        """Keep a read until it is written.

        Raises
        ------
        Unavailable
            If too many wait already.
        """
        self.see_room()
        self._waiting.append(read)

    def note_answered(self, read: Read) -> None:
        """Keep what has been answered; whoever was shown something saw that there was room."""
        if len(self._waiting) < 2 * self._most:
            self._waiting.append(read)
        else:
            self._lost += 1

    def flush(self) -> None:
        """Write what waits, now.

        Raises
        ------
        Unavailable
            If the database cannot answer; what was not written waits on.
        """
        with self._writes:
            while some := self._first():
                self._database.write(partial(record, entries=entries_of(some), algorithm=self._algorithm))
                for _ in some:
                    self._waiting.popleft()
            if lost := self._lost:
                self._database.write(partial(record, entries=[_gap(lost)], algorithm=self._algorithm))
                self._lost -= lost

    def _first(self) -> list[Read]:
        # others put more behind while these are taken, which no iterator of a deque bears
        return [self._waiting[number] for number in range(min(len(self._waiting), _AT_ONCE))]

    def close(self) -> None:
        """Write what waits, and end; what the database will not take is told to the log, entry by entry."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        try:
            self.flush()
        except Exception:  # noqa: BLE001  # whatever it was, nobody will try again
            _LOG.exception("%d reads are not in the audit and follow here", len(self._waiting) + self._lost)
            for one in entries_of(self._waiting):
                told = {"principal": one.principal, "act": one.act, "outcome": one.outcome, "origin": one.origin}
                reads = one.detail.get("reads", [[one.at.isoformat(timespec="milliseconds"), one.subject]])
                _LOG.error("reads that are not in the audit", extra={"event": {**told, "reads": reads}})

    def _run(self) -> None:
        while not self._stop.wait(self._every):
            try:
                self.flush()
            except Unavailable:
                continue  # it waits, and once too much waits, reading is refused
            except Exception:  # noqa: BLE001  # whatever it was, what waits is tried again
                _LOG.exception("reads could not be noted in the audit")
