"""One project by its code: the same as the book says, for those who may know, noted in the audit."""

from __future__ import annotations

import asyncio
import itertools
import time
from functools import partial
from typing import Any

import msgspec
import pytest

from minsheng_registry.book import projects
from minsheng_registry.book.audit import verify
from minsheng_registry.book.audit_list import AuditFilter, Noted, find
from minsheng_registry.book.lookup import Found, lookup_of
from minsheng_registry.book.refusals import NotFound
from minsheng_registry.reads import Read, ReadLog
from minsheng_registry.storage.database import Database
from minsheng_registry.storage.trouble import Unavailable
from tests.services.registry.book import catalogue_of_the_book, hours, project, tree_of_the_book

CODES = ("in-A1", "in-A2-and-B", "in-P")
ROOTS = [("*",), (), ("A",), ("B",), ("A1",), ("A2",), ("P",), ("A1", "B"), ("A", "B", "P"), ("X",)]


def entered(database: Database) -> None:
    for code, places in zip(CODES, (["A1"], ["A2", "B"], ["P"]), strict=True):
        create = partial(
            projects.create,
            given=project(code, divisions=places),
            catalogue=catalogue_of_the_book(),
            tree=tree_of_the_book(),
            by="王",
            at=hours(1),
        )
        database.write(create)


def looked_up(database: Database, asked: list[tuple[str, tuple[str, ...]]]) -> list[Found | None]:
    async def ask() -> list[Found | None]:
        lookup = lookup_of(database)
        try:
            return [await lookup.find(code, roots) for code, roots in asked]
        finally:
            await lookup.close()

    return asyncio.run(ask())


def test_a_look_up_sees_what_the_book_shows_and_no_more(database: Database) -> None:
    entered(database)
    asked = list(itertools.product((*CODES, "none", "in-A1' OR 1=1 --"), ROOTS))
    for (code, roots), found in zip(asked, looked_up(database, asked), strict=True):
        try:
            expected = database.read(partial(projects.get, code=code, roots=roots))
        except NotFound:
            assert found is None
        else:
            assert found is not None
            told = msgspec.json.decode(found.body)
            head = {"version": expected.version, "revision": expected.revision_from, "at": told["at"]}
            assert told == {**head, **expected.document}
            assert found.body.startswith(msgspec.json.encode({**head, "at": expected.at})[:-1])
            assert found.version == expected.version


def test_a_code_that_no_database_holds_is_nobodys(database: Database) -> None:
    assert looked_up(database, [("\0", ("*",)), ("\ud800", ("A",))]) == [None, None]


def test_a_change_is_seen_at_once(database: Database) -> None:
    entered(database)

    async def ask() -> list[int]:
        lookup, seen = lookup_of(database), []
        for version in (1, 2, 3):
            found = await lookup.find("in-A1", ("A",))
            assert found is not None
            seen.append(found.version)
            change: Any = {"note": f"第{version}次"}
            await asyncio.to_thread(
                database.write,
                lambda connection, change=change, version=version: projects.patch(
                    connection,
                    "in-A1",
                    change,
                    catalogue_of_the_book(),
                    tree_of_the_book(),
                    version=version,
                    by="王",
                    at=hours(2),
                ),
            )
        await lookup.close()
        return seen

    assert asyncio.run(ask()) == [1, 2, 3]


def _reads(entry: Noted) -> list[list[str]]:
    found: Any = entry.detail.get("reads", [["", entry.subject]])
    return list(found)


def test_every_read_is_in_the_chain(database: Database) -> None:
    log = ReadLog(database)
    log.open()
    for number in range(300):
        found = bool(number % 3)
        code = "in-A1" if found else "in-P"
        log.note(Read("get_project", code, "key:a", "10.0.0.7", "done" if found else "refused", time.time()))
    log.close()
    noted = database.read(lambda connection: find(connection, AuditFilter(principal="key:a"), limit=1_000))
    listed = [(one.outcome, *read) for one in noted for read in _reads(one)]
    assert [subject for outcome, _, subject in listed if outcome == "done"] == ["in-A1"] * 200
    assert [subject for outcome, _, subject in listed if outcome == "refused"] == ["in-P"] * 100
    assert len(noted) < 20
    assert {(one.act, one.origin) for one in noted} == {("get_project", "10.0.0.7")}
    assert database.read(verify) is None


def test_reads_are_refused_before_one_is_forgotten(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    log = ReadLog(database, most=5, every=0.01)
    write = database.write

    def full(_work: object) -> object:
        raise Unavailable("full", 60)

    monkeypatch.setattr(database, "write", full)
    log.open()
    reads = [Read("get_project", str(number), f"key:{number}", "", "done", number) for number in range(6)]
    for read in reads[:5]:
        log.note(read)
    with pytest.raises(Unavailable):
        log.note(reads[5])
    with pytest.raises(Unavailable):
        log.flush()
    monkeypatch.setattr(database, "write", write)
    log.close()
    noted = database.read(lambda connection: find(connection, AuditFilter()))
    assert [one.subject for one in noted] == ["0", "1", "2", "3", "4"]


def test_a_flood_of_refusals_is_counted_where_nothing_can_be_noted(database: Database) -> None:
    log = ReadLog(database, most=3)
    for number in range(10):
        log.note_answered(Read("none", str(number), "anonymous", "", "refused", number))
    log.close()
    *noted, gap = database.read(lambda connection: find(connection, AuditFilter()))
    assert [subject for one in noted for _, subject in _reads(one)] == ["0", "1", "2", "3", "4", "5"]
    assert (gap.act, gap.detail) == ("reads_lost", {"count": 4})
    assert database.read(verify) is None


def test_reads_that_nobody_can_note_at_the_end_are_in_the_log(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(_work: object) -> object:
        raise Unavailable("full", 60)

    log = ReadLog(database)
    for number in range(450):
        log.note(Read("get_project", f"P{number}", "key:a", "10.0.0.7", "done", number))
    log.note(Read("get_project", "Q", "key:b", "10.0.0.8", "refused", 0))
    monkeypatch.setattr(database, "write", full)
    log.close()
    assert "451 reads are not in the audit" in caplog.text
    told = [one.event for one in caplog.records if hasattr(one, "event")]
    assert [subject for event in told for _, subject in event["reads"]] == [*(f"P{one}" for one in range(450)), "Q"]
    assert told[-1]["principal"] == "key:b"
    assert [len(event["reads"]) for event in told] == [200, 200, 50, 1]
