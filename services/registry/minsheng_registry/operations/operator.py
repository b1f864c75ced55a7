"""What the command line does with a registry: each act on the database itself, noted in its audit.

Whoever can reach the database may do all of this; nobody is asked for a key. In the audit they are ``operator:`` and the
name by which the system knows them.
"""

from __future__ import annotations

import contextlib
import datetime
import getpass
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from sqlalchemy import Connection, select

from libminsheng.errors import EvaluationError, Fault, Place
from libminsheng.vocabulary.divisions import DivisionTree
from minsheng_registry.access import keys
from minsheng_registry.access.keys import Key
from minsheng_registry.book import audit
from minsheng_registry.book.audit import Broken, Entry, Head
from minsheng_registry.book.audit_list import AuditFilter, Noted, find
from minsheng_registry.operations.archive import Archive, Manifest, Report
from minsheng_registry.operations.backup import backup
from minsheng_registry.operations.refused import told
from minsheng_registry.operations.restore import Plan, plan, restore
from minsheng_registry.operations.state import schema_before, schema_in
from minsheng_registry.storage import tables
from minsheng_registry.storage.database import Database
from minsheng_registry.storage.schema import present

__all__ = ["Operator"]

T = TypeVar("T")


class Operator:
    """Somebody at the command line of the machine, with one database.

    Parameters
    ----------
    url
        ``sqlite:///FILE`` or ``postgresql://…``.
    makes
        Whether a file of SQLite that is not there is made.

    Raises
    ------
    EvaluationError
        Here and in every act: whatever the registry refuses, and where its database cannot answer.
    """

    def __init__(self, url: str, *, makes: bool = False, algorithm: str = "sha256", months: int = 6) -> None:
        self._algorithm: Final = algorithm
        self._months: Final = months
        self.name: Final = f"operator:{_user()}"
        self.database: Final = Database(url)
        self.place: Final = self.database.place
        if not makes and not self.there:
            raise EvaluationError(Fault("operations.no_database", Place(file=self.place)))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.database.close()

    @property
    def there(self) -> bool:
        """Whether there is anything to ask: to open a file of SQLite that is not there would make it."""
        return not self.database.is_sqlite or Path(self.database.engine.url.database or "").is_file()

    def acting(self) -> contextlib.AbstractContextManager[None]:
        """Tells what goes wrong within the block as the command line does."""
        return told(self.place)

    def schema(self) -> str:
        """The schema that the database has; refuses one without, or of a newer release."""
        return self.database.read(schema_in)

    def migrate(self) -> tuple[str | None, str]:
        """Bring the schema to the present one; the one before, and that."""
        with self.acting():
            old, new = self.database.read(schema_before), present()
            self.database.migrate()
            if old not in (None, new):
                self._note("migrate", {"from": old, "to": new})
            return old, new

    def verify(self, noted: tuple[int, str] | None, report: Report | None) -> tuple[Head, Broken | None]:
        """The head of the audit, and where its chain is broken; also where it differs from an earlier head."""

        def work(connection: Connection) -> tuple[Head, Broken | None]:
            schema_in(connection)
            ends, broken = audit.head(connection), audit.verify(connection, report)
            if broken is None and noted is not None:
                number, known = noted
                found = ends.kept_after if number == ends.kept_from else _hash_at(connection, number)
                if found != known and number >= ends.kept_from:
                    broken = Broken(number, "changed")
            return ends, broken

        with self.acting():
            return self.database.read(work)

    def backup(self, target: Path, *, replace: bool, report: Report | None) -> Manifest:
        """Write a backup; noted in the audit afterwards."""
        with self.acting():
            done = backup(self.database, target, at=_now(), replace=replace, report=report)
            if done.schema == present():
                self._note("backup", {"file": target.name, "revision": done.revision})
            return done

    def plan(self, path: Path, report: Report | None) -> tuple[Manifest, Plan]:
        """What a restoring would do."""
        with self.acting(), Archive(path) as archive:
            return archive.manifest, plan(self.database if self.there else None, archive, report=report)

    def restore(self, path: Path, *, replace: bool, report: Report | None) -> tuple[Manifest, Plan]:
        """Put a backup in."""
        with self.acting(), Archive(path) as archive:
            done = restore(
                self.database,
                archive,
                by=self.name,
                at=_now(),
                replace=replace,
                report=report,
                algorithm=self._algorithm,
            )
            return archive.manifest, done

    def entries(self, wanted: AuditFilter, limit: int) -> list[Noted]:
        """Entries of the audit, the first that fit."""
        with self.acting():
            self.schema()
            return self.database.read(lambda connection: find(connection, wanted, limit=limit))

    def prunable(self, before: datetime.datetime | None) -> tuple[int, datetime.datetime]:
        """How many entries would be removed, and the time before which."""
        moment = before or audit.months_before(_now(), self._months)
        with self.acting():
            self.schema()
            count = self.database.read(
                lambda connection: audit.prunable(connection, moment, at=_now(), months=self._months)
            )
            return count, moment

    def prune(self, before: datetime.datetime) -> int:
        """Remove the entries before a time; how many they were."""
        with self.acting():
            return self.database.write(
                lambda connection: audit.prune(
                    connection, before, by=self.name, at=_now(), months=self._months, algorithm=self._algorithm
                )
            )

    def every_key(self) -> list[Key]:
        """Every key, the latest first."""
        with self.acting():
            self.schema()
            return self.database.read(keys.listed)

    def make_key(self, label: str, scopes: Sequence[str], divisions: Sequence[str], days: int) -> tuple[str, Key]:
        """Make a key; its token, which is told this once, and what is kept of it."""
        tree = DivisionTree.builtin()

        def work(connection: Connection, at: datetime.datetime) -> tuple[str, Key]:
            return keys.create(connection, label, scopes, divisions, tree, by=self.name, at=at, days=days)

        return self._about_key("create_key", work, lambda done: done[1])

    def revoke_key(self, key: str) -> Key:
        """End a key at once."""
        return self._about_key("revoke_key", lambda one, at: keys.revoke(one, key, at=at), lambda done: done)

    def rotate_key(self, key: str) -> tuple[str, Key]:
        """End a key, and make another that may do the same."""
        tree = DivisionTree.builtin()
        return self._about_key(
            "rotate_key",
            lambda one, at: keys.rotate(one, key, tree, by=self.name, at=at),
            lambda done: done[1],
            {"replaces": key},
        )

    def _about_key(
        self,
        act: str,
        work: Callable[[Connection, datetime.datetime], T],
        key: Callable[[T], Key],
        detail: dict[str, Any] | None = None,
    ) -> T:
        def run(connection: Connection) -> T:
            done = work(connection, _now())
            one = key(done)
            noted = {"label": one.label, "scopes": one.scopes, "divisions": one.divisions, **(detail or {})}
            self._note_in(connection, act, f"key:{one.id}", noted)
            return done

        with self.acting():
            self.schema()
            return self.database.write(run)

    def _note(self, act: str, detail: dict[str, Any]) -> None:
        self.database.write(lambda connection: self._note_in(connection, act, "registry", detail))

    def _note_in(self, connection: Connection, act: str, subject: str, detail: dict[str, Any]) -> None:
        audit.record(connection, [Entry(_now(), self.name, act, subject, detail=detail)], self._algorithm)


def _hash_at(connection: Connection, number: int) -> str | None:
    return connection.scalar(select(tables.audit.c.hash).where(tables.audit.c.number == number))


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # nobody has given the process's number a name
        return "?"
