"""The audit's chain, idempotency keys, and the order of changes under writers that run at once."""

from __future__ import annotations

import datetime
import hashlib
import itertools
import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, select, update

from minsheng_registry.book import audit, idempotency
from minsheng_registry.book.audit import Broken, Entry
from minsheng_registry.book.changes import changes_after, last_revision, take_revision
from minsheng_registry.book.refusals import Conflict, Unusable
from minsheng_registry.storage import tables
from minsheng_registry.storage.database import Database
from tests.services.registry.book import T0, hours


def entry(number: int, days: float = 0) -> Entry:
    return Entry(
        T0 + datetime.timedelta(days=days), "王", "accept", f"S{number}", origin="10.0.0.1", detail={"号": number}
    )


def recorded(database: Database, count: int = 6, algorithm: str = "sha256") -> None:
    for number in range(count):
        database.write(
            lambda connection, number=number: audit.record(connection, [entry(number, number * 60)], algorithm)
        )


# ------------------------------------------------------------------------------------- the chain


@pytest.mark.parametrize("algorithm", ["sha256", "sm3"])
def test_a_chain_holds_and_each_hash_is_of_what_it_covers(database: Database, algorithm: str) -> None:
    recorded(database, 3, algorithm)
    assert database.write(lambda connection: audit.record(connection, [entry(3), entry(4)])) == 5
    assert database.read(audit.verify) is None
    first = database.read(lambda connection: connection.execute(select(tables.audit).order_by("number")).first())
    assert first is not None
    covered = (
        '{"act":"accept","algorithm":"'
        + algorithm
        + '","at":"2026-03-02T01:00:00.000000+00:00","before":"","detail":"{\\"号\\":0}",'
        '"number":1,"origin":"10.0.0.1","outcome":"done","principal":"王","subject":"S0"}'
    )
    assert first.hash == hashlib.new(algorithm, covered.encode()).hexdigest()


def test_sm3_is_the_standard_s() -> None:
    assert hashlib.new("sm3", b"abc").hexdigest() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


TAMPERING: dict[str, tuple[Callable[[], Any], Broken]] = {
    "a changed word": (
        lambda: update(tables.audit).where(tables.audit.c.number == 3).values(principal="李"),
        Broken(3, "changed"),
    ),
    "a changed time": (
        lambda: update(tables.audit).where(tables.audit.c.number == 2).values(at=hours(1)),
        Broken(2, "changed"),
    ),
    "a changed hash": (
        lambda: update(tables.audit).where(tables.audit.c.number == 6).values(hash="0"),
        Broken(6, "changed"),
    ),
    "a missing entry": (lambda: delete(tables.audit).where(tables.audit.c.number == 4), Broken(4, "missing")),
    "a missing beginning": (lambda: delete(tables.audit).where(tables.audit.c.number < 3), Broken(1, "missing")),
    "a missing end": (lambda: delete(tables.audit).where(tables.audit.c.number > 4), Broken(4, "end")),
    "everything gone": (lambda: delete(tables.audit), Broken(0, "end")),
}


@pytest.mark.parametrize("what", TAMPERING)
def test_tampering_is_seen_where_it_happened(database: Database, what: str) -> None:
    recorded(database)
    tampered, broken = TAMPERING[what]
    database.write(lambda connection: connection.execute(tampered()))
    assert database.read(audit.verify) == broken
    with pytest.raises(Conflict, match="broken"):
        database.write(lambda connection: audit.prune(connection, T0, by="管", at=hours(24 * 900)))


def test_an_entry_put_in_is_seen(database: Database) -> None:
    recorded(database, 2)
    row = database.read(
        lambda connection: dict(
            connection.execute(select(tables.audit).where(tables.audit.c.number == 2)).one()._mapping
        )
    )
    database.write(lambda connection: connection.execute(insert(tables.audit).values({**row, "number": 3})))
    assert database.read(audit.verify) == Broken(3, "changed")


def test_what_is_old_enough_is_pruned_and_the_chain_holds(database: Database) -> None:
    recorded(database)  # one in sixty days
    now = T0 + datetime.timedelta(days=360)
    with pytest.raises(Conflict, match="6 months"):
        database.write(lambda connection: audit.prune(connection, now, by="管", at=now))
    keep = audit.months_before(now, 6)
    assert (now - keep).days == 184
    assert database.write(lambda connection: audit.prune(connection, keep, by="管", at=now)) == 3
    assert database.write(lambda connection: audit.prune(connection, keep, by="管", at=now)) == 0
    assert database.read(audit.verify) is None
    assert database.read(audit.head).kept_from == 3
    acts = database.read(lambda connection: connection.execute(select(tables.audit.c.number, tables.audit.c.act)).all())
    assert sorted(acts) == [(4, "accept"), (5, "accept"), (6, "accept"), (7, "prune")]
    with pytest.raises(Conflict, match="9 months"):
        database.write(lambda connection: audit.prune(connection, keep, by="管", at=now, months=9))


def test_six_calendar_months_may_be_184_days() -> None:
    until = datetime.datetime(2026, 8, 31, tzinfo=datetime.UTC)
    assert (until - audit.months_before(until, 6)).days == 184
    assert (
        datetime.datetime(2027, 1, 1, tzinfo=datetime.UTC)
        - audit.months_before(datetime.datetime(2027, 1, 1, tzinfo=datetime.UTC), 6)
    ).days == 184


def test_what_no_database_holds_is_noted_all_the_same(database: Database) -> None:
    database.write(
        lambda connection: audit.record(
            connection, [Entry(T0, "a\0", "get", "\ud800", "refused", detail={"q": "\ud800\0"})]
        )
    )
    assert database.read(audit.verify) is None


def test_an_unknown_algorithm_is_refused(database: Database) -> None:
    with pytest.raises(Unusable, match="sha256, sm3"):
        database.write(lambda connection: audit.record(connection, [entry(1)], "md5"))


def test_writers_at_once_make_one_chain(url: str) -> None:
    def write(database: Database, name: int) -> None:
        for number in range(10):
            both = [entry(name), entry(number)]
            database.write(lambda connection, both=both: audit.record(connection, both))

    _at_once(url, write)
    database = Database(url)
    assert database.read(audit.verify) is None
    assert database.read(audit.head).number == 80
    database.close()


def _at_once(url: str, work: Callable[[Database, int], object], count: int = 4) -> None:
    failed: list[BaseException] = []

    def run(name: int) -> None:
        database = Database(url)
        try:
            work(database, name)
        except BaseException as error:  # noqa: BLE001  # told below
            failed.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=run, args=(name,)) for name in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


# ------------------------------------------------------------------------------------- changes


def test_no_reader_misses_a_change_or_sees_one_twice(url: str) -> None:
    """Writers take numbers, dawdle, some roll back; a reader follows. What it has seen is the final list, in its order."""
    seen: list[int] = []
    ended = threading.Event()

    def follow() -> None:
        database = Database(url)
        while True:
            last = ended.is_set()
            some, reached = database.read(lambda connection: changes_after(connection, len(seen), 7))
            seen.extend(one.number for one in some)
            assert reached == len(seen)
            if last and database.read(last_revision) == len(seen):
                break
        database.close()

    def write(database: Database, name: int) -> None:
        for number in range(25):

            def work(connection: Connection, number: int = number) -> None:
                take_revision(connection, "project", f"{name}-{number}", 1, "create", by="王", at=hours(-number))
                ended.wait(0.001 * (number % 3))
                if number % 5 == 0:
                    raise LookupError

            if number % 5 == 0:
                with pytest.raises(LookupError):
                    database.write(work)
            else:
                database.write(work)

    reader = threading.Thread(target=follow)
    reader.start()
    _at_once(url, write)
    ended.set()
    reader.join(30)
    assert seen == list(range(1, 81))
    database = Database(url)
    changes, _ = database.read(lambda connection: changes_after(connection, 0, 1_000))
    assert {one.subject for one in changes} == {
        f"{name}-{number}" for name in range(4) for number in range(25) if number % 5
    }
    assert all(before.at <= after.at for before, after in itertools.pairwise(changes)), "times never run backwards"
    database.close()


# ------------------------------------------------------------------------------------- idempotency


def test_the_same_request_is_done_once_and_answered_the_same(database: Database) -> None:
    done: list[str] = []

    def ask(key: str, fingerprint: str = "f", by: str = "王") -> str:
        def act() -> str:
            done.append(key)
            return f"answer {len(done)}"

        return database.write(lambda connection: idempotency.once(connection, key, fingerprint, act, by=by, at=T0))

    assert [ask("k"), ask("k"), ask("l"), ask("k", by="李")] == ["answer 1", "answer 1", "answer 2", "answer 3"]
    with pytest.raises(Conflict, match="another request"):
        ask("k", "g")
    assert database.write(lambda connection: idempotency.forget(connection, T0)) == 0
    assert database.write(lambda connection: idempotency.forget(connection, hours(1))) == 3
    assert ask("k", "g") == "answer 4"


def test_a_refused_act_leaves_no_key_behind(database: Database) -> None:
    def refuses() -> str:
        raise LookupError

    with pytest.raises(LookupError):
        database.write(lambda connection: idempotency.once(connection, "k", "f", refuses, by="王", at=T0))
    assert (
        database.write(lambda connection: idempotency.once(connection, "k", "other", lambda: "done", by="王", at=T0))
        == "done"
    )


def test_the_same_request_at_once_is_done_once(url: str) -> None:
    def ask(database: Database, name: int) -> None:
        def work(connection: Connection) -> str:
            def act() -> str:
                take_revision(connection, "project", "A", 1, "create", by="王", at=T0)
                return f"by {name}"

            return idempotency.once(connection, "k", "f", act, by="王", at=T0)

        answers.append(database.write(work))

    answers: list[str] = []
    _at_once(url, ask, 6)
    assert len(answers) == 6
    assert len(set(answers)) == 1
    database = Database(url)
    assert database.read(last_revision) == 1
    database.close()
