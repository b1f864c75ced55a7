"""Backups: taken while others write, put into either database, refused when anything about them is wrong."""

from __future__ import annotations

import hashlib
import json
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, select, text

from minsheng_registry.book import audit, projects
from minsheng_registry.book.audit import Entry
from minsheng_registry.book.changes import changes_after, last_revision
from minsheng_registry.book.facts import FactQuery
from minsheng_registry.book.facts import read as read_facts_of
from minsheng_registry.book.refusals import Conflict, Unusable
from minsheng_registry.operations.archive import MANIFEST, Archive
from minsheng_registry.operations.backup import backup
from minsheng_registry.operations.restore import plan, restore
from minsheng_registry.storage import tables
from minsheng_registry.storage.database import Database
from minsheng_registry.storage.schema import present, schema_of
from tests.services.registry.book import T0, catalogue_of_the_book, hours, project, tree_of_the_book
from tests.services.registry.desk import Desk

AWKWARD = "a\tb\nc\\d\\Ne\r\x0b\x0c\x08\"'中"


def _write(database: Database, number: int, *, towns: int = 2) -> None:
    """A project, its change, and a submission that is accepted, each with an entry of the audit."""
    code = f"P-{threading.get_ident()}-{number}"

    def create(connection: Connection) -> None:
        projects.create(
            connection,
            project(code, note='a\tb\n\\N "'),
            catalogue_of_the_book(),
            tree_of_the_book(),
            by="w",
            at=hours(number),
        )
        audit.record(connection, [Entry(hours(number), AWKWARD, "create", code, detail={"note": AWKWARD})])

    database.write(create)
    desk = Desk(database)
    rows = [(f"A{town + 1}", "2024", "live_births", number * 10 + town) for town in range(towns)]
    desk.accepted(code, rows)


@pytest.fixture
def filled(database: Database) -> Database:
    for number in range(3):
        _write(database, number)
    return database


def _state(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    def everything(connection: Connection) -> dict[str, list[tuple[Any, ...]]]:
        return {
            table.name: sorted((tuple(row) for row in connection.execute(select(table))), key=repr)
            for table in tables.metadata.sorted_tables
        }

    return database.read(everything)


@pytest.fixture
def made(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[[str], Database]]:
    """Makes a database without any table, on either backend."""
    opened: list[Database] = []

    def make(backend: str) -> Database:
        if backend == "sqlite":
            opened.append(Database(f"sqlite:///{tmp_path / f'other{len(opened)}.db'}"))
        else:
            from tests.services.registry.conftest import bare_database

            opened.append(Database(bare_database(request.getfixturevalue("server"))))
        return opened[-1]

    yield make
    for database in opened:
        database.close()


@pytest.mark.parametrize(
    "target", ["sqlite", pytest.param("postgresql", marks=[pytest.mark.postgres, pytest.mark.xdist_group("postgres")])]
)
def test_a_backup_of_either_goes_into_either(
    filled: Database, target: str, made: Callable[[str], Database], tmp_path: Path
) -> None:
    path = tmp_path / "registry.backup"
    told: list[tuple[int, int]] = []
    manifest = backup(filled, path, at=T0, report=lambda done, total: told.append((done, total)))
    assert told[-1] == (manifest.rows, manifest.rows)
    assert path.stat().st_mode & 0o777 == 0o600
    other = made(target)
    with Archive(path) as archive:
        assert not plan(other, archive).replaces
        restore(other, archive, by="管", at=hours(99))
    before, after = _state(filled), _state(other)
    noted = [row for row in after["audit"] if row not in before["audit"]]
    assert [(row[2], row[3]) for row in noted] == [("管", "restore")]
    for name in set(before) - {"audit", "audit_head"}:
        assert after[name] == before[name], name
    assert other.read(audit.verify) is None
    _write(other, 50)  # the next batch has a number of its own
    again = tmp_path / "again.backup"
    clean = made(target)
    with Archive(path) as archive:
        restore(clean, archive, by="管", at=hours(99))
    second = backup(clean, again, at=T0)
    equal = {entry.name for entry in manifest.tables if entry in second.tables}
    assert equal == {entry.name for entry in manifest.tables} - {"audit", "audit_head"}


def test_a_backup_while_others_write_is_a_state_that_was(
    database: Database, made: Callable[[str], Database], tmp_path: Path
) -> None:
    ended = threading.Event()
    failed: list[BaseException] = []

    def writes() -> None:
        try:
            for number in range(1_000):
                if ended.is_set():
                    return
                _write(database, number)
        except BaseException as error:  # noqa: BLE001  # told below
            failed.append(error)

    writers = [threading.Thread(target=writes) for _ in range(3)]
    for writer in writers:
        writer.start()
    manifests = []
    try:
        while database.read(last_revision) < 6:
            pass
        manifests.extend(backup(database, tmp_path / f"{number}.backup", at=T0) for number in range(5))
    finally:
        ended.set()
        for writer in writers:
            writer.join()
    assert failed == []
    assert manifests[0].revision < manifests[-1].revision <= database.read(last_revision)
    for number, manifest in enumerate(manifests):
        other = made("sqlite")
        with Archive(tmp_path / f"{number}.backup") as archive:
            restore(other, archive, by="管", at=T0)
        n = manifest.revision

        def changes(connection: Connection, n: int = n) -> Any:
            found = [one for one in changes_after(connection, 0, 10**6)[0] if one.number <= n]
            standing = sum(len(frame) for frame in read_facts_of(connection, FactQuery(as_of=n)))
            return found, standing

        assert other.read(last_revision) == n
        assert other.read(changes) == database.read(changes)
        assert other.read(audit.verify) is None
        held = select(tables.batches.c.rows, func.count(tables.facts.c.line)).outerjoin(
            tables.facts, tables.facts.c.batch == tables.batches.c.id
        )
        for rows, counted in other.read(
            lambda connection, held=held: connection.execute(
                held.group_by(tables.batches.c.id, tables.batches.c.rows)
            ).all()
        ):
            assert rows == counted == 2


def test_content_is_given_up_only_when_told_so(
    filled: Database, made: Callable[[str], Database], tmp_path: Path, backend: str
) -> None:
    path = tmp_path / "registry.backup"
    backup(filled, path, at=T0)
    with pytest.raises(Conflict, match=r"registry\.backup"):
        backup(filled, path, at=T0)
    backup(filled, path, at=T0, replace=True)
    _write(filled, 7)
    before = _state(filled)
    with Archive(path) as archive:
        with pytest.raises(Conflict, match="--replace"):
            restore(filled, archive, by="管", at=T0)
        assert plan(filled, archive).replaces
        assert _state(filled) == before
        done = restore(filled, archive, by="管", at=T0, replace=True)
        assert done.found is not None
        assert filled.read(last_revision) == archive.manifest.revision == done.found.revision - 2
    noted = filled.read(
        lambda connection: connection.scalar(select(tables.audit.c.detail).where(tables.audit.c.act == "restore"))
    )
    assert json.loads(noted)["replaced"] == {"number": done.found.audit.number, "hash": done.found.audit.hash}
    fresh = made(backend)
    fresh.migrate()
    with Archive(path) as archive:
        assert not plan(fresh, archive).replaces  # a schema alone is no content
        restore(fresh, archive, by="管", at=T0)


def test_a_backup_of_the_first_schema_comes_up(made: Callable[[str], Database], backend: str, tmp_path: Path) -> None:
    old, new = made(backend), made(backend)
    old.migrate("0001")
    old.write(lambda connection: audit.record(connection, [Entry(T0, "王", "create", "A")]))
    assert backup(old, tmp_path / "old.backup", at=T0).schema == "0001"
    with Archive(tmp_path / "old.backup") as archive:
        restore(new, archive, by="管", at=T0)
    assert new.read(schema_of) == present()
    assert new.read(audit.verify) is None


# ------------------------------------------------------------------------------------- what is refused


def _changed(path: Path, change: Callable[[dict[str, bytes]], object], *, resealed: bool = False) -> None:
    with zipfile.ZipFile(path) as packed:
        entries, comment = {name: packed.read(name) for name in packed.namelist()}, packed.comment
    change(entries)
    with zipfile.ZipFile(path, "w") as packed:
        for name, content in entries.items():
            packed.writestr(name, content)
        packed.comment = hashlib.sha256(entries[MANIFEST]).hexdigest().encode() if resealed else comment


def _manifest(entries: dict[str, bytes], change: Callable[[dict[str, Any]], None]) -> None:
    manifest = json.loads(entries[MANIFEST])
    for table in manifest["tables"]:
        content = entries[f"{table['name']}.tsv"]
        table |= {"sha256": hashlib.sha256(content).hexdigest(), "rows": content.count(b"\n")}
    change(manifest)
    entries[MANIFEST] = json.dumps(manifest).encode()


def _row(entries: dict[str, bytes], table: str, old: bytes, new: bytes) -> None:
    assert old in entries[f"{table}.tsv"]
    entries[f"{table}.tsv"] = entries[f"{table}.tsv"].replace(old, new, 1)


def _without_first(entries: dict[str, bytes], table: str) -> None:
    entries[f"{table}.tsv"] = entries[f"{table}.tsv"].partition(b"\n")[2]


def _other_columns(manifest: dict[str, Any]) -> None:
    manifest["tables"][0]["columns"][0] = "x"


WRONG: dict[str, tuple[Callable[[dict[str, bytes]], object], bool, str]] = {
    "a changed row": (lambda entries: _row(entries, "facts", b"live_births", b"live_birthz"), False, "facts.tsv"),
    "a lost row": (lambda entries: _without_first(entries, "facts"), False, "facts.tsv"),
    "a changed manifest": (lambda entries: _manifest(entries, lambda one: one.update(revision=1)), False, MANIFEST),
    "a newer schema": (lambda entries: _manifest(entries, lambda one: one.update(schema="9999")), True, "9999"),
    "a newer form": (lambda entries: _manifest(entries, lambda one: one.update(form=2)), True, "newer"),
    "a lost table": (lambda entries: entries.pop("facts.tsv"), False, "damaged"),
    "other columns": (lambda entries: _manifest(entries, _other_columns), True, "not those of the schema"),
    "an audit with another word": (
        lambda entries: (_row(entries, "audit", b"create", b"delete"), _manifest(entries, lambda _: None)),
        True,
        "entry 1",
    ),
    "an audit without its beginning": (
        lambda entries: (_without_first(entries, "audit"), _manifest(entries, lambda _: None)),
        True,
        "entry 1",
    ),
    "changes with a gap": (
        lambda entries: (_without_first(entries, "revisions"), _manifest(entries, lambda _: None)),
        True,
        "number 1",
    ),
    "no manifest": (lambda entries: entries.update({MANIFEST: b"{}"}), True, "damaged"),
}


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("what", WRONG)
def test_a_backup_that_is_not_whole_changes_nothing(
    filled: Database, made: Callable[[str], Database], tmp_path: Path, what: str
) -> None:
    change, resealed, told = WRONG[what]
    path = tmp_path / "registry.backup"
    backup(filled, path, at=T0)
    _changed(path, change, resealed=resealed)
    other = made("sqlite")
    other.migrate()
    with pytest.raises(Unusable, match=told), Archive(path) as archive:
        restore(other, archive, by="管", at=T0, replace=True)
    assert other.read(last_revision) == 0
    assert other.read(audit.head).number == 0


@pytest.mark.parametrize("backend", ["sqlite"])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.7, 0.99])
def test_a_file_that_was_cut_is_no_backup(filled: Database, tmp_path: Path, share: float) -> None:
    path = tmp_path / "registry.backup"
    backup(filled, path, at=T0)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(Unusable, match="backup"):
        Archive(path)


def test_a_restoring_that_breaks_off_leaves_what_was(filled: Database, tmp_path: Path) -> None:
    path = tmp_path / "registry.backup"
    backup(filled, path, at=T0)
    _write(filled, 8)
    before = _state(filled)

    def breaks(done: int, total: int) -> None:
        if done > total / 2:
            raise KeyboardInterrupt

    with Archive(path) as archive, pytest.raises(KeyboardInterrupt):
        restore(filled, archive, by="管", at=T0, replace=True, report=breaks)
    assert _state(filled) == before


def test_a_backup_that_breaks_off_leaves_no_file(filled: Database, tmp_path: Path) -> None:
    def breaks(done: int, total: int) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="space"):
        backup(filled, tmp_path / "registry.backup", at=T0, report=breaks)
    assert [path.name for path in tmp_path.iterdir() if "backup" in path.name] == []


def test_what_is_no_registry_is_left_alone(
    made: Callable[[str], Database], backend: str, tmp_path: Path, filled: Database
) -> None:
    other = made(backend)
    with pytest.raises(Conflict, match="no registry"):
        backup(other, tmp_path / "no.backup", at=T0)
    other.write(lambda connection: connection.execute(text("CREATE TABLE facts (theirs TEXT)")))
    backup(filled, tmp_path / "registry.backup", at=T0)
    with Archive(tmp_path / "registry.backup") as archive, pytest.raises(Conflict, match="facts"):
        restore(other, archive, by="管", at=T0, replace=True)
    newer = made(backend)
    newer.migrate()
    newer.write(lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    with Archive(tmp_path / "registry.backup") as archive, pytest.raises(Conflict, match="newer"):
        restore(newer, archive, by="管", at=T0, replace=True)
