"""The copy on disk: a folder for a revision, and behind it the deltas that came since.

``copy-000000000041/`` holds the versions as Parquet (numbers only), their words, and ``head.json`` with the revision and
the digest of each file. It is written beside and moved into place when it is whole and on the disk. ``deltas-….log``
takes each later delta as it comes; so a correction costs what it brings, however many facts there are. A torn end of a
log is cut off: what it held is asked for again. A folder that does not fit its digests is not used.

One process writes the files, the first that claims them; others beside it read them when they start, and no more. Where
the disk takes nothing, figures are served all the same: the files are written whole as soon as that is possible again.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import io
import json
import logging
import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
import numpy.typing as npt
import polars as pl

from libminsheng.errors import say
from minsheng_indicators.copy.intake import COLUMNS, Coded, Vocabulary
from minsheng_indicators.copy.words import Words

__all__ = ["Held", "Logged", "Shelf"]

if sys.platform != "win32":
    import fcntl

PATIENCE: Final = 60.0
"""Seconds after which it is tried again to write what could not be written."""

_LOG: Final = logging.getLogger(__name__)
FORMAT: Final = 1
_ENDS: Final = ("until", "public", "hidden")
_HEADER: Final = 8 + 32

Moments = list[tuple[int, datetime.datetime]]


@dataclass(frozen=True)
class Held:
    """What a folder holds: the versions up to a revision, sorted, with their words and the moments of the revisions."""

    revision: int
    coded: Coded
    words: Vocabulary
    moments: Moments


@dataclass(frozen=True)
class Logged:
    """One delta of a log: what led from a revision to a later one."""

    after: int
    revision: int
    frames: Sequence[pl.DataFrame]
    moments: Moments = field(default_factory=list)


class Shelf:
    """The files of one copy.

    `source` tells the registry, `signature` the definitions and divisions that the numbers rest on: files of another
    registry or of other definitions are not used.
    """

    def __init__(self, folder: Path, source: str, signature: str) -> None:
        self.folder = folder
        self._about = {"format": FORMAT, "source": source, "signature": signature}
        self._log: BinaryIO | None = None
        self._claim: int | None = None
        self._torn_at: float | None = None
        self._length = 0
        self.broken: list[str] = []
        """What could not be used, and why."""

    def claim(self) -> bool:
        """Whether the files are this one's to write: nobody else has claimed them."""
        if self._claim is not None or sys.platform == "win32":
            return True
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            claim = os.open(self.folder / "claim", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            if self._torn_at is None:
                self._tear(error)
            return False
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(claim)
            self._torn_at = 0.0  # what the other one writes meanwhile is not known here
            return False
        self._claim = claim
        return True

    # ---- reading

    def load(self) -> Held | None:
        """The latest folder that is whole; None if there is none."""
        self.claim()
        for path in sorted(self.folder.glob("copy-*"), reverse=True):
            try:
                return self._read(path)
            except (OSError, ValueError, KeyError, TypeError, pl.exceptions.PolarsError) as error:
                self.broken.append(f"{path.name}: {error}")
        return None

    def _read(self, path: Path) -> Held:
        head = json.loads((path / "head.json").read_text("utf-8"))
        for name, wanted in self._about.items():
            if head[name] != wanted:
                raise ValueError(f"{name}: {head[name]!r}, {wanted!r}")  # told with the other reasons
        for name, digest in head["digests"].items():
            with (path / name).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
            if found != digest:
                raise ValueError(f"{name}: sha256 {found}")  # as above
        revision = int(head["revision"])
        if path.name != _named(revision):
            raise ValueError(f"revision: {revision}")  # as above
        words = json.loads((path / "words.json").read_text("utf-8"))
        vocabulary = Vocabulary(
            Words(words["measures"]),
            Words(words["divisions"]),
            Words((measure, scenario, issuer) for measure, scenario, issuer in words["families"]),
            Words((project, tuple((name, value) for name, value in pairs)) for project, pairs in words["cells"]),
            Words(words["periods"]),
        )
        frame = pl.read_parquet(path / "versions.parquet")
        columns = {name: _writable(frame[name].to_numpy(), name, dtype) for name, dtype in COLUMNS.items()}
        wide = {int(row): int(value) for row, value in words["wide"].items()}
        return Held(revision, Coded(columns, wide), vocabulary, _moments(words["moments"]))

    def deltas(self, after: int) -> Iterator[Logged]:
        """The deltas of the logs that lead on from a revision, in their order; a torn end is left out."""
        for path in sorted(self.folder.glob("deltas-*.log")):
            with contextlib.suppress(FileNotFoundError), path.open("rb") as file:  # who writes may have removed it
                whole = 0
                while (entry := _entry(file)) is not None:
                    whole = file.tell()
                    if entry.after <= after < entry.revision:
                        yield entry
                        after = entry.revision
                        self._length += 1
                if (left := path.stat().st_size - whole) > 0:
                    self.broken.append(f"{path.name}: {left} B")

    # ---- writing

    def append(self, logged: Logged) -> None:
        """Put a delta behind the others; it is on the disk when this returns.

        Where the disk does not take it, none that follows is put there until a folder is written.
        """
        if not self.claim() or self._torn_at is not None:
            return
        try:
            log = self._log or self._turn(logged.revision)
            body = _packed(logged)
            log.write(len(body).to_bytes(8, "little") + hashlib.sha256(body).digest() + body)
            log.flush()
            os.fsync(log.fileno())
        except (OSError, ValueError) as error:
            self._tear(error)
        self._length += 1

    def _tear(self, error: Exception) -> None:
        self._torn_at = time.monotonic()
        _LOG.warning("%s", say("service.copy_unwritten", reason=str(error)))
        with contextlib.suppress(OSError):
            self._drop_log()

    def _drop_log(self) -> None:
        log, self._log = self._log, None
        if log is not None:
            log.close()

    def turn(self, revision: int) -> bool:
        """Begin a new log: the deltas from here on do not belong to what is written now. Whether that was possible."""
        if not self.claim():
            return False
        try:
            self._turn(revision)
            self._length = 0
        except OSError as error:
            self._tear(error)
        return self._torn_at is None

    def _turn(self, revision: int) -> BinaryIO:
        self._drop_log()
        number = max((int(path.stem.rpartition("-")[2]) for path in self.folder.glob("deltas-*.log")), default=0) + 1
        log = self._log = (self.folder / f"deltas-{revision:012d}-{number:06d}.log").open("ab")
        self._torn_at = None
        _sync(self.folder)
        return log

    def is_long(self, most_bytes: int, most_deltas: int) -> bool:
        """Whether the logs are worth a new folder: long, of many deltas, or torn."""
        if not self.claim():
            return False
        if self._torn_at is not None:
            return time.monotonic() - self._torn_at > PATIENCE
        logged = sum(path.stat().st_size for path in self.folder.glob("deltas-*.log"))
        return logged > most_bytes or self._length > most_deltas

    def save(self, held: Held) -> None:
        """Write a folder, and remove what it makes superfluous: older folders, and logs that were closed before."""
        if not self.claim():
            return
        try:
            self._save(held)
        except OSError as error:
            self._tear(error)

    def _save(self, held: Held) -> None:
        old = [path for path in self.folder.iterdir() if path.name.startswith(("copy-", ".copy-"))]
        logs = [path for path in self.folder.glob("deltas-*.log") if self._log is None or path.name != self._name()]
        final = self.folder / _named(held.revision)
        beside = self.folder / f".{final.name}-{os.getpid()}"
        shutil.rmtree(beside, ignore_errors=True)
        beside.mkdir()
        self._write(beside, held)
        if final.exists():
            shutil.rmtree(final)
        beside.rename(final)
        _sync(self.folder)
        for path in old:
            if path.name != final.name:
                shutil.rmtree(path, ignore_errors=True)
        for path in logs:
            path.unlink(missing_ok=True)

    def _name(self) -> str:
        return Path(self._log.name).name if self._log is not None else ""

    def _write(self, folder: Path, held: Held) -> None:
        frame = pl.DataFrame({name: held.coded.columns[name] for name in COLUMNS})
        frame.write_parquet(folder / "versions.parquet", compression="lz4", statistics=False)
        words = {
            "measures": list(held.words.measures.all),
            "divisions": list(held.words.divisions.all),
            "families": list(held.words.families.all),
            "cells": list(held.words.cells.all),
            "periods": list(held.words.periods.all),
            "wide": {str(row): str(value) for row, value in held.coded.wide.items()},
            "moments": [[number, at.isoformat()] for number, at in held.moments],
        }
        (folder / "words.json").write_text(json.dumps(words, ensure_ascii=False), "utf-8")
        digests = {}
        for name in ("versions.parquet", "words.json"):
            with (folder / name).open("rb") as file:
                digests[name] = hashlib.file_digest(file, "sha256").hexdigest()
                os.fsync(file.fileno())
        head = {**self._about, "revision": held.revision, "versions": len(held.coded), "digests": digests}
        with (folder / "head.json").open("w", encoding="utf-8") as file:
            json.dump(head, file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        _sync(folder)

    def clear(self) -> None:
        """Remove everything: it is of no use."""
        if not self.claim():
            return
        self._drop_log()
        for path in self.folder.glob("*copy-*"):
            shutil.rmtree(path, ignore_errors=True)
        for path in self.folder.glob("deltas-*.log"):
            path.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the log, and let others write the files."""
        self._drop_log()
        if self._claim is not None:
            os.close(self._claim)
            self._claim = None


def _named(revision: int) -> str:
    return f"copy-{revision:012d}"


def _writable(column: npt.NDArray[Any], name: str, dtype: Any) -> npt.NDArray[Any]:
    """The column; its own where it is going to be written to."""
    column = column.astype(dtype, copy=False)
    return np.array(column) if name in _ENDS else column


def _moments(rows: Sequence[Sequence[Any]]) -> Moments:
    return [(int(number), datetime.datetime.fromisoformat(at)) for number, at in rows]


def _packed(logged: Logged) -> bytes:
    body = io.BytesIO()
    head: Mapping[str, Any] = {
        "after": logged.after,
        "revision": logged.revision,
        "moments": [[number, at.isoformat()] for number, at in logged.moments],
        "frames": len(logged.frames),
    }
    _put(body, json.dumps(head).encode())
    for frame in logged.frames:
        held = io.BytesIO()
        frame.write_ipc_stream(held)
        _put(body, held.getvalue())
    return body.getvalue()


def _put(body: BinaryIO, part: bytes) -> None:
    body.write(len(part).to_bytes(8, "little") + part)


def _entry(file: BinaryIO) -> Logged | None:
    """The next entry of a log; None where there is none that is whole."""
    header = file.read(_HEADER)
    if len(header) < _HEADER:
        return None
    length = int.from_bytes(header[:8], "little")
    if length > os.fstat(file.fileno()).st_size - file.tell():
        return None
    body = file.read(length)
    if hashlib.sha256(body).digest() != header[8:]:
        return None
    parts = io.BytesIO(body)
    head = json.loads(_get(parts))
    frames = [pl.read_ipc_stream(_get(parts)) for _ in range(head["frames"])]
    return Logged(int(head["after"]), int(head["revision"]), frames, _moments(head["moments"]))


def _get(body: BinaryIO) -> bytes:
    return body.read(int.from_bytes(body.read(8), "little"))


def _sync(folder: Path) -> None:
    """A name in a folder is on the disk when the folder is."""
    with contextlib.suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)
