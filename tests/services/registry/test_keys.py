"""API keys: what is kept of them, whom they stand for, and who may make them."""

from __future__ import annotations

import datetime
import hashlib
import multiprocessing
import threading
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, insert, select, update

import libminsheng as ms
from minsheng_http.access.principal import Principal
from minsheng_http.access.scopes import SCOPES
from minsheng_http.access.tokens import kind_of
from minsheng_registry.access import keys
from minsheng_registry.access.keys import FirstKeyTaken, Ring
from minsheng_registry.book.refusals import Conflict, Forbidden, NotFound, Unusable
from minsheng_registry.storage.database import Database
from minsheng_registry.storage.tables import api_keys
from tests.services.registry.book import T0, hours, tree_of_the_book

NOW = datetime.datetime.now(datetime.UTC)
TREE = tree_of_the_book()


def make(
    database: Database,
    scopes: Sequence[str] = ("facts:read",),
    divisions: Sequence[str] = ("A",),
    at: datetime.datetime = NOW,
    **options: Any,
) -> tuple[str, keys.Key]:
    return database.write(
        lambda connection: keys.create(connection, "报表系统", scopes, divisions, TREE, by="王", at=at, **options)
    )


def stands_for(database: Database, token: str) -> str | None:
    ring = Ring(database)
    found = ring.principal(token)
    ring.close()
    return found and found.name


def test_a_key_stands_for_its_scopes_and_divisions_until_its_end(database: Database) -> None:
    token, made = make(database, ["facts:read", "facts:read", "projects:read"], ["甲县"], days=10)
    assert kind_of(token) == "key"
    ring = Ring(database)
    found = ring.principal(token)
    ring.close()
    assert found == Principal(
        f"key:{made.id}", frozenset({"facts:read", "projects:read"}), ("A",), NOW + datetime.timedelta(days=10)
    )
    _, old = make(database, at=NOW - datetime.timedelta(days=366))
    assert old.expires_at < NOW


def test_of_a_secret_only_its_hash_is_kept(database: Database) -> None:
    token, made = make(database)
    secret = token.split("_")[2]
    row = database.read(lambda connection: connection.execute(select(api_keys)).one())
    assert not any(secret in str(cell) for cell in row)
    assert row.secret_hash == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in repr(made)


def test_what_is_no_key_stands_for_nobody(database: Database) -> None:
    token, made = make(database)
    _, other = make(database)
    secret = token.split("_")[2]
    wrong = secret[:-1] + ("a" if secret[-1] != "a" else "b")
    for tried in (
        f"ms_{made.id}_{wrong}",
        f"ms_{other.id}_{secret}",
        f"ms_{made.id}0_{secret}",
        f"ms_{made.id}_{secret}x",
        f"MS_{made.id}_{secret}",
        f"ms_{made.id}_{hashlib.sha256(secret.encode()).hexdigest()[:43]}",
        f"ms_{made.id}' OR 1=1 --_{secret}",
        "",
        "ms__",
        token + "\n",
    ):
        assert stands_for(database, tried) is None
    assert stands_for(database, token) == f"key:{made.id}"


def test_a_secret_is_compared_in_one_time_whether_there_is_such_a_key_or_not(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    token, made = make(database)
    compared: list[tuple[str, str]] = []
    same = keys.hmac.compare_digest

    def noted(first: str, second: str) -> bool:
        compared.append((first, second))
        return same(first, second)

    monkeypatch.setattr(keys.hmac, "compare_digest", noted)
    assert stands_for(database, token) is not None
    assert stands_for(database, f"ms_{made.id}_" + "x" * 43) is None
    assert stands_for(database, "ms_nobody00_" + "x" * 43) is None
    assert [(len(first), len(second)) for first, second in compared] == [(64, 64)] * 3


def test_a_revoked_or_expired_key_stands_for_nobody(database: Database) -> None:
    token, made = make(database)
    assert database.write(lambda one: keys.revoke(one, made.id, at=NOW)).revoked_at == NOW
    assert stands_for(database, token) is None
    with pytest.raises(Conflict):
        database.write(lambda one: keys.revoke(one, made.id, at=NOW))
    with pytest.raises(NotFound):
        database.write(lambda one: keys.revoke(one, "nobody", at=NOW))
    token, _ = make(database, at=NOW - datetime.timedelta(days=3), days=2)
    assert stands_for(database, token) is None


def test_a_key_is_exchanged_for_one_that_may_the_same(database: Database) -> None:
    token, made = make(database, ["facts:read", "projects:read"], ["A1", "B"], days=30)
    new, following = database.write(lambda one: keys.rotate(one, made.id, TREE, by="李", at=NOW))
    assert stands_for(database, token) is None
    assert stands_for(database, new) == f"key:{following.id}"
    assert (following.label, following.scopes, following.divisions) == (made.label, made.scopes, made.divisions)
    assert (following.expires_at - following.created_at, following.created_by) == (datetime.timedelta(days=30), "李")
    with pytest.raises(Conflict):
        database.write(lambda one: keys.rotate(one, made.id, TREE, by="李", at=NOW))


def test_everything_that_is_wrong_with_a_key_is_told_at_once(database: Database) -> None:
    with pytest.raises(Unusable) as refused:
        database.write(
            lambda one: keys.create(one, " ", ["fact:read"], ["Z", "A"], TREE, by="王", at=NOW, days=keys.MOST_DAYS + 1)
        )
    told = refused.value.faults
    assert [one.code for one in told] == [
        "registry.key_label",
        "registry.no_scope",
        "vocabulary.division",
        "registry.key_days",
    ]
    for scopes, divisions in (([], ["A"]), (["facts:read"], [])):
        with pytest.raises(Unusable):
            make(database, scopes, divisions)
    with pytest.raises(Unusable):
        make(database, days=0)
    assert database.read(keys.listed) == []


SOME_SCOPES = st.lists(st.sampled_from([*list(SCOPES)[:3], "*"]), min_size=1, max_size=3)
SOME_PLACES = st.lists(st.sampled_from(["P", "A", "A1", "A2", "B", "*"]), min_size=1, max_size=3)
ABOVE = {"P": {"P"}, "A": {"A", "P"}, "A1": {"A1", "A", "P"}, "A2": {"A2", "A", "P"}, "B": {"B", "P"}}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SOME_SCOPES, SOME_PLACES, SOME_SCOPES, SOME_PLACES)
@pytest.mark.parametrize("backend", ["sqlite"])
def test_nobody_makes_a_key_that_may_more_than_they(
    database: Database, held: list[str], places: list[str], asked: list[str], wanted: list[str]
) -> None:
    maker = Principal("key:maker", frozenset(held), ("*",) if "*" in places else tuple(places))
    may = "*" in held or set(asked) <= set(held)
    lies = "*" in places or ("*" not in wanted and all(ABOVE[one] & set(places) for one in wanted))
    if may and lies:
        _, made = make(database, asked, wanted, within=maker)
        found = database.read(lambda one: keys.listed(one, maker, TREE))
        assert made.id in [one.id for one in found]
        return
    before = len(database.read(keys.listed))
    with pytest.raises(Forbidden):
        make(database, asked, wanted, within=maker)
    assert len(database.read(keys.listed)) == before


def test_a_list_has_what_lies_within_the_own_divisions_and_no_secret(database: Database) -> None:
    for places in (["*"], ["P"], ["A"], ["A1", "B"], ["A2"]):
        make(database, divisions=places, at=hours(len(places)))

    def seen(*roots: str) -> list[tuple[str, ...]]:
        who = Principal("key:x", frozenset({"keys:manage"}), roots)
        return sorted(one.divisions for one in database.read(lambda one: keys.listed(one, who, TREE)))

    assert seen("*") == [("*",), ("A",), ("A1", "B"), ("A2",), ("P",)]
    assert seen("P") == [("A",), ("A1", "B"), ("A2",), ("P",)]
    assert seen("A") == [("A",), ("A2",)]
    assert seen("A1") == seen() == []


def test_a_use_is_noted_once_an_hour_beside_the_request(database: Database) -> None:
    token, made = make(database)
    ring = Ring(database)

    def used() -> datetime.datetime | None:
        ring.uses.flush()
        return database.read(lambda one: keys.get(one, made.id)).last_used_at

    ring.principal(token)
    first = used()
    assert first is not None
    ring.principal(token)
    assert used() == first
    long_ago = NOW - datetime.timedelta(hours=2)
    database.write(lambda one: one.execute(update(api_keys).values(last_used_at=long_ago)))
    ring.principal(token)
    assert used() != long_ago
    ring.close()


def test_a_ring_that_was_closed_is_used_again(database: Database) -> None:
    token, _ = make(database)
    ring = Ring(database)
    for _ in range(2):
        ring.close()
        assert ring.principal(token) is not None
        database.write(lambda one: one.execute(update(api_keys).values(last_used_at=None)))
    ring.close()


def test_whoever_calls_does_not_wait_for_another_writer(database: Database) -> None:
    token, made = make(database)
    ring = Ring(database)
    answered = []

    def writes(connection: Connection) -> None:
        connection.execute(update(api_keys).values(label="x"))  # holds the row, and of SQLite everything
        thread = threading.Thread(target=lambda: answered.append(ring.principal(token)))
        thread.start()
        thread.join(2)
        assert len(answered) == 1

    database.write(writes)
    ring.uses.flush()
    assert database.read(lambda one: keys.get(one, made.id)).last_used_at is not None
    ring.close()


def test_there_is_a_first_key_only_where_there_never_was_one(database: Database) -> None:
    token = database.write(lambda one: keys.first_key(one, at=NOW))
    assert token is not None
    ring = Ring(database)
    found = ring.principal(token)
    ring.close()
    assert found is not None
    assert (found.scopes, found.everywhere) == ({"*"}, True)
    assert found.expires_at == NOW + datetime.timedelta(days=365)
    database.write(lambda one: keys.revoke(one, "first", at=NOW))
    assert database.write(lambda one: keys.first_key(one, at=NOW)) is None


def _starts(url: str, together: Any, told: Any) -> None:
    database = Database(url)
    together.wait(60)
    try:
        told.put(database.write(lambda one: keys.first_key(one, at=NOW)))
    except FirstKeyTaken:
        told.put(None)
    database.close()


def test_of_several_processes_that_start_at_once_one_is_told_the_first_key(url: str) -> None:
    context = multiprocessing.get_context("spawn")
    together, told = context.Barrier(4), context.Queue()
    processes = [context.Process(target=_starts, args=(url, together, told)) for _ in range(4)]
    for process in processes:
        process.start()
    answers = [told.get(timeout=60) for _ in processes]
    for process in processes:
        process.join()
    (token,) = [one for one in answers if one is not None]
    database = Database(url)
    assert stands_for(database, token) == "key:first"
    database.close()


def test_a_first_key_that_another_process_has_just_made_is_not_made_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between looking and writing, on PostgreSQL, where a transaction does not see what others have not ended."""
    make(database)
    database.write(lambda one: one.execute(insert(api_keys).from_select(*_copied("first"))))
    monkeypatch.setattr(keys, "has_keys", lambda _: False)
    with pytest.raises(FirstKeyTaken):
        database.write(lambda one: keys.first_key(one, at=T0))


def _copied(name: str) -> tuple[list[str], Any]:
    from sqlalchemy import literal

    columns = [literal(name).label("id") if one.name == "id" else one for one in api_keys.c]
    return [one.name for one in api_keys.c], select(*columns)


def test_the_tree_of_the_tests_is_the_one_above(tree: ms.DivisionTree) -> None:
    assert {code: {code, *tree.lineage(code)} for code in ABOVE} == ABOVE
