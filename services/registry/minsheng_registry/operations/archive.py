"""A backup: one file that holds a state of the registry, and says of itself whether it is whole.

It is a zip archive with one entry a table, its rows as lines (`minsheng_registry.storage.lines`), and ``manifest.json``: the
schema, the last revision, the audit's head, and of each table its columns, number of rows and SHA-256. The archive's comment
is the SHA-256 of the manifest. The form is the same whichever database it came from and goes to.
"""

from __future__ import annotations

import datetime
import hashlib
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self

import msgspec

from libminsheng.errors import Fault, Place
from minsheng_registry.book.audit import Head, walk
from minsheng_registry.book.refusals import Unusable
from minsheng_registry.storage.lines import split_lines
from minsheng_registry.storage.schema import is_known, present

__all__ = ["FORM", "MANIFEST", "Archive", "Count", "Manifest", "Report", "TableEntry", "entry_name"]

FORM: Final = 1
"""The version of the form. A release reads its own and all before it."""
MANIFEST: Final = "manifest.json"
_LARGEST_MANIFEST: Final = 1 << 20
_PART: Final = 1 << 18
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError, RuntimeError, UnicodeError)

Report = Callable[[int, int], None]
"""Called now and then with how many rows are done, and how many there are."""


class TableEntry(msgspec.Struct, frozen=True):
    """One table of a backup."""

    name: str
    columns: tuple[str, ...]
    rows: int
    sha256: str


class Manifest(msgspec.Struct, frozen=True):
    """What a backup says of itself. `audit` is the head of the chain, `revision` the last change."""

    form: int
    made_at: datetime.datetime
    release: str
    database: str
    schema: str
    revision: int
    audit: Head
    tables: tuple[TableEntry, ...]

    @property
    def rows(self) -> int:
        """Of all tables."""
        return sum(table.rows for table in self.tables)


def entry_name(table: str) -> str:
    """What a table's rows are called inside the archive."""
    return f"{table}.tsv"


class Archive:
    """A backup that is read.

    Raises
    ------
    Unusable
        If it is no backup, was cut or changed, or is one of a newer release.
    """

    def __init__(self, path: Path) -> None:
        self._place: Final = Place(file=str(path))
        try:
            self._zip = zipfile.ZipFile(path)
        except _BROKEN as error:
            raise self._unreadable() from error
        try:
            self.manifest: Final = self._read_manifest()
            self.digest: Final = self._zip.comment.decode("ascii", "replace")
        except BaseException:
            self._zip.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()

    def _unreadable(self) -> Unusable:
        return Unusable(Fault("operations.backup_unreadable", self._place))

    def _read_manifest(self) -> Manifest:
        try:
            with self._zip.open(MANIFEST) as stream:
                text = stream.read(_LARGEST_MANIFEST)
            manifest = msgspec.json.decode(text, type=Manifest)
        except (*_BROKEN, msgspec.MsgspecError) as error:
            raise self._unreadable() from error
        if hashlib.sha256(text).hexdigest().encode() != self._zip.comment:
            raise Unusable(Fault("operations.backup_changed", self._place, {"entry": MANIFEST}))
        if manifest.form > FORM or not is_known(manifest.schema):
            values = {"schema": manifest.schema, "known": present()}
            raise Unusable(Fault("operations.backup_newer", self._place, values))
        if {MANIFEST, *(entry_name(table.name) for table in manifest.tables)} != set(self._zip.namelist()):
            raise self._unreadable()
        return manifest

    def parts(self, table: TableEntry, done: Callable[[int], None] = lambda _: None) -> Iterator[bytes]:
        """The lines of a table, some at a time; refused in the end if they are not those that were written."""
        try:
            with self._zip.open(entry_name(table.name)) as stream:
                yield from self._checked(stream, table, done)
        except _BROKEN as error:
            raise self._unreadable() from error

    def _checked(self, stream: IO[bytes], table: TableEntry, done: Callable[[int], None]) -> Iterator[bytes]:
        digest, rows = hashlib.sha256(), 0
        while part := stream.read(_PART):
            digest.update(part)
            count = part.count(b"\n")
            rows += count
            done(count)
            yield part
        if (digest.hexdigest(), rows) != (table.sha256, table.rows):
            raise Unusable(Fault("operations.backup_changed", self._place, {"entry": entry_name(table.name)}))

    def verify(self, report: Report | None = None) -> None:
        """See that every table is the one that was written, the changes have no gap, and the audit's chain holds.

        Raises
        ------
        Unusable
            With what is wrong.
        """
        count = Count(self.manifest.rows, report)
        for table in self.manifest.tables:
            parts = self.parts(table, count.add)
            if table.name == "audit":
                broken = walk(self.manifest.audit, _entries(parts, table))
                if broken is not None:
                    values = {"number": broken.number, "why": broken.why}
                    raise Unusable(Fault("operations.backup_chain", self._place, values))
            elif table.name == "revisions":
                self._gapless(parts, table)
            for _ in parts:
                pass

    def _gapless(self, parts: Iterator[bytes], table: TableEntry) -> None:
        place, expected = table.columns.index("number"), 0
        for rows in split_lines(parts):
            for row in rows:
                expected += 1
                if row[place] != str(expected):
                    raise Unusable(Fault("operations.backup_gap", self._place, {"number": expected}))
        if expected != self.manifest.revision:
            raise Unusable(Fault("operations.backup_gap", self._place, {"number": expected + 1}))


class Count:
    """Adds up what is done, and tells it."""

    def __init__(self, total: int, report: Report | None) -> None:
        self._done, self._total, self._report = 0, total, report

    def add(self, count: int) -> None:
        self._done += count
        if self._report is not None:
            self._report(self._done, self._total)


def _entries(parts: Iterator[bytes], table: TableEntry) -> Iterator[dict[str, Any]]:
    for rows in split_lines(parts):
        for row in rows:
            entry: dict[str, Any] = dict(zip(table.columns, row, strict=True))
            yield entry | {"number": int(entry["number"]), "at": datetime.datetime.fromisoformat(entry["at"])}
