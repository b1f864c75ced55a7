"""The desk: where a request meets the book. One transaction an act, and the audit in the same one."""

from __future__ import annotations

import datetime
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeVar

from litestar import Request
from litestar.concurrency import sync_to_thread
from sqlalchemy import Connection

from minsheng_http.access.guard import principal_of
from minsheng_http.access.principal import ANONYMOUS, Principal
from minsheng_http.ending import ENDING
from minsheng_http.holdings import Holdings
from minsheng_http.passage import Passage
from minsheng_registry.book.audit import Entry, Outcome, record
from minsheng_registry.book.changes import last_revision
from minsheng_registry.book.idempotency import forget, once
from minsheng_registry.book.lookup import Lookup, lookup_of
from minsheng_registry.book.places import know_again
from minsheng_registry.book.workdays import Workdays
from minsheng_registry.reads import Read, ReadLog
from minsheng_registry.settings import Settings
from minsheng_registry.storage.database import Database
from minsheng_registry.storage.trouble import Unavailable
from minsheng_registry.tide import Tide

__all__ = ["Caller", "Desk", "new_id"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, and from which address."""

    principal: Principal
    origin: str

    @property
    def name(self) -> str:
        return self.principal.name

    @property
    def roots(self) -> tuple[str, ...]:
        return self.principal.divisions


class Desk(Holdings):
    """The database with the definitions and divisions that its entries are read by; shared by all requests."""

    settings: Settings

    def __init__(self, settings: Settings, database: Database | None = None) -> None:
        super().__init__(settings)
        self.database: Final = database or Database(settings.database_url)
        self.tide: Final = Tide(self.database)
        self._remembered: Final = datetime.timedelta(hours=settings.key_hours)

    @cached_property
    def lookup(self) -> Lookup:
        """Where one project is looked up; made on the loop that asks."""
        return lookup_of(self.database)

    @cached_property
    def reads(self) -> ReadLog:
        """What was read or refused, on its way into the audit."""
        return ReadLog(self.database, self.settings.audit_hash)

    @cached_property
    def years(self) -> Mapping[str, int]:
        """The measures whose statistical year begins in another month than January, and in which."""
        measures = self.catalogue.measures.values()
        return {one.code: one.year_starts for one in measures if one.year_starts != 1}

    @cached_property
    def workdays(self) -> Workdays:
        return Workdays.builtin()

    def open(self) -> None:
        """Bring the database to its present form, and place its divisions by the tree of now."""
        self.database.migrate()
        _ = self.workdays, self.years
        self.database.write(lambda connection: know_again(connection, self.tree))
        self.reads.open()
        ENDING.tell(self.tide.ebb)

    async def close(self) -> None:
        """Let go of the database, after what was read has been noted."""
        ENDING.forget(self.tide.ebb)
        try:
            await self.lookup.close()
            await sync_to_thread(self.reads.close)
        finally:
            self.database.close()

    def caller(self, request: Request[Any, Any, Any]) -> Caller:
        """Who asks; refused where what is read could not be noted."""
        self.reads.see_room()
        return Caller(principal_of(request), request.client.host if request.client else "")

    def notice(self, passage: Passage) -> None:
        """Note in the audit, a moment later, what was read and what was refused; what was done is noted already."""
        status = passage.status
        if not passage.path.startswith("/v1/") or (status < 400 and passage.method != "GET"):
            return
        outcome: Outcome = "done" if status < 400 else "refused" if status < 500 else "failed"
        by = passage.principal or ANONYMOUS.name
        read = Read(passage.operation, passage.path, by, passage.address or "", outcome, time.time())
        self.reads.note_answered(read)

    def checks(self) -> dict[str, bool]:
        """What has to be true before the registry may be sent requests."""
        try:
            self.read(last_revision)
        except Unavailable:
            return {"database": False}
        return {"database": True}

    def read(self, work: Callable[[Connection], T]) -> T:
        """Run a transaction that only reads."""
        return self.database.read(work)

    def act(
        self,
        caller: Caller,
        act: str,
        subject: str,
        work: Callable[[Connection, datetime.datetime], T],
        detail: Mapping[str, Any] | None = None,
    ) -> T:
        """Do an act, and note it in the audit, in one transaction."""

        def run(connection: Connection) -> T:
            at = now()
            done = work(connection, at)
            self._note(connection, caller, act, subject, at, detail)
            return done

        return self.database.write(run)

    def act_once(
        self,
        caller: Caller,
        key: str | None,
        fingerprint: str,
        act: str,
        subject: str,
        work: Callable[[Connection, datetime.datetime], str],
        detail: Mapping[str, Any] | None = None,
    ) -> str:
        """Do an act that the same idempotency key does not do again; the text of its answer, first or kept.

        A key is remembered for so many hours (``key_hours``); then it may be another request's.
        """

        def run(connection: Connection) -> str:
            at = now()

            def do() -> str:
                answer = work(connection, at)
                self._note(connection, caller, act, subject, at, detail)
                return answer

            if key is None:
                return do()
            forget(connection, at - self._remembered)
            return once(connection, key, fingerprint, do, by=caller.name, at=at)

        return self.database.write(run)

    def _note(
        self,
        connection: Connection,
        caller: Caller,
        act: str,
        subject: str,
        at: datetime.datetime,
        detail: Mapping[str, Any] | None,
    ) -> None:
        entry = Entry(at, caller.name, act, subject, origin=caller.origin, detail=detail or {})
        record(connection, [entry], self.settings.audit_hash)


def now() -> datetime.datetime:
    """The present time."""
    return datetime.datetime.now(datetime.UTC)


def new_id() -> str:
    """An id that no other has; ids made later sort later.

    >>> len(new_id())
    24
    """
    return f"{int(now().timestamp() * 1000):012x}{secrets.token_hex(6)}"
