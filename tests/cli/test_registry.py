"""``minsheng registry`` on a database of its own."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from minsheng_registry.access.keys import Ring
from minsheng_registry.book import audit
from minsheng_registry.book.audit import Entry
from minsheng_registry.storage.database import Database
from tests.cli.conftest import Minsheng

OLD = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MINSHENG_LANG", "en")
    monkeypatch.delenv("MINSHENG_DATABASE_URL", raising=False)


@pytest.fixture
def database(minsheng: Minsheng) -> Iterator[Database]:
    assert minsheng("registry", "migrate").out.startswith("schema: — → ")
    database = Database("sqlite:///minsheng.db")
    entries = [Entry(OLD + datetime.timedelta(days=day), "王", "create", f"A-{day}") for day in range(3)]
    database.write(lambda connection: audit.record(connection, entries))
    yield database
    database.close()


def _spoil(database: Database, statement: str) -> None:
    def spoil(connection: Connection) -> None:
        connection.execute(text(statement))

    database.write(spoil)


def test_the_chain_is_verified_and_its_break_is_named(minsheng: Minsheng, database: Database) -> None:
    done = minsheng("registry", "verify")
    assert (done.code, done.err) == (0, "")
    head = done.out.split()[-1]
    assert head.startswith("3:")
    assert minsheng("registry", "verify", "--noted", head).code == 0
    other = minsheng("registry", "verify", "--noted", "2:abc")
    assert (other.code, other.out) == (1, "")
    assert "entry 2" in other.err
    assert minsheng("registry", "verify", "--noted", "x").code == 2
    _spoil(database, "UPDATE audit SET principal = '李' WHERE number = 2")
    broken = minsheng("registry", "verify")
    assert (broken.code, broken.out) == (1, "")
    assert broken.err == "the chain is broken: entry 2 was changed\n"
    assert "第 2 条" in minsheng("registry", "verify", "--lang", "zh").err
    _spoil(database, "DELETE FROM audit WHERE number = 2")
    assert "entry 2 is missing" in minsheng("registry", "verify").err


def test_a_backup_goes_into_another_database(minsheng: Minsheng, database: Database) -> None:
    done = minsheng("registry", "backup", "a.backup")
    assert done.code == 0
    assert "audit 3:" in done.out
    assert minsheng("registry", "backup", "a.backup").code == 2
    assert minsheng("registry", "backup", "a.backup", "--replace").code == 0
    refused = minsheng("registry", "restore", "a.backup")
    assert refused.code == 2
    assert "--replace" in refused.err
    planned = minsheng("registry", "restore", "a.backup", "--dry-run")
    assert planned.code == 0
    assert "nothing was changed" in planned.out
    assert "needs --replace" in planned.out
    other = ("--database", "sqlite:///other.db")
    assert "nothing was changed" in minsheng("registry", "restore", "a.backup", "--dry-run", *other).out
    assert not Path("other.db").exists()
    assert minsheng("registry", "restore", "a.backup", *other).code == 0
    assert minsheng("registry", "verify", *other).out.split()[-1].startswith("5:")
    assert minsheng("registry", "restore", "a.backup", "--replace").code == 0
    acts = json.loads(minsheng("registry", "audit", "list", "--format", "json").out)
    assert [one["act"] for one in acts] == ["create", "create", "create", "backup", "restore"]
    assert acts[-1]["principal"].startswith("operator:")


def test_the_audit_is_listed_and_pruned(minsheng: Minsheng, database: Database) -> None:
    assert "A-1" in minsheng("registry", "audit", "list").out
    only = (
        "--since",
        "2020-01-02T00:00:00+00:00",
        "--until",
        "2020-01-03T00:00:00Z",
        "--principal",
        "王",
        "--act",
        "create",
    )
    found = json.loads(minsheng("registry", "audit", "list", *only, "--format", "json").out)
    assert [one["subject"] for one in found] == ["A-1"]
    nothing = minsheng("registry", "audit", "list", "--act", "none")
    assert (nothing.code, nothing.out) == (0, "")
    short = minsheng("registry", "audit", "list", "--limit", "2")
    assert "A-2" not in short.out
    assert "there are more" in short.err
    assert minsheng("registry", "audit", "list", "--since", "soon").code == 2
    assert "would remove 3" in minsheng("registry", "audit", "prune").out
    assert minsheng("registry", "audit", "prune", "--before", "2999-01-01", "--yes").code == 2
    head = minsheng("registry", "verify").out.split()[-1]
    assert "removed 3" in minsheng("registry", "audit", "prune", "--yes").out
    assert minsheng("registry", "verify", "--noted", head).code == 0
    early = minsheng("registry", "verify", "--noted", "1:abc")
    assert early.code == 0
    assert "pruned" in early.err


def test_what_is_no_registry_is_told(minsheng: Minsheng, tmp_path: Path) -> None:
    for words in (["verify"], ["backup", "a.backup"], ["audit", "list"], ["audit", "prune"]):
        done = minsheng("registry", *words)
        assert (done.code, done.out) == (2, ""), words
        assert "no such database file" in done.err
    assert list(tmp_path.iterdir()) == []
    assert minsheng("registry", "verify", "--database", "nonsense").code == 2
    secret = minsheng("registry", "verify", "--database", "postgresql://u:geheim@127.0.0.1:1/x")
    assert secret.code == 2
    assert "cannot be reached" in secret.err
    assert "geheim" not in secret.err
    Path("text.db").write_text("not a database, and longer than its header would be" * 20, "utf-8")
    assert minsheng("registry", "verify", "--database", "sqlite:///text.db").code == 2
    Path("empty.db").touch()
    assert "no registry" in minsheng("registry", "verify", "--database", "sqlite:///empty.db").err
    assert minsheng("registry", "restore", "none.backup", "--database", "sqlite:///b.db").code == 2


def test_migrating_brings_an_old_schema_up(minsheng: Minsheng) -> None:
    database = Database("sqlite:///minsheng.db")
    database.migrate("0001")
    assert minsheng("registry", "migrate").out.startswith("schema: 0001 → ")
    assert minsheng("registry", "migrate").out.startswith("the schema is the present one")
    assert database.read(lambda connection: connection.scalar(text("SELECT act FROM audit"))) == "migrate"
    database.close()


def test_keys_are_made_listed_rotated_and_revoked(minsheng: Minsheng, database: Database) -> None:
    asked = (
        "--label",
        "平台",
        "--scope",
        "facts:read",
        "--scope",
        "changes:read",
        "--division",
        "340102",
        "--days",
        "30",
    )
    made = minsheng("registry", "keys", "create", *asked)
    assert made.code == 0
    token = made.out.strip()
    assert token.startswith("ms_")
    assert token not in made.err
    assert "shown this once" in made.err
    principal = Ring(database).principal(token)
    assert principal is not None
    assert (principal.scopes, principal.divisions) == ({"facts:read", "changes:read"}, ("340102",))
    listed = minsheng("registry", "keys", "list")
    assert "平台" in listed.out
    assert token.split("_")[2] not in listed.out
    key = json.loads(minsheng("registry", "keys", "list", "--format", "json").out)[0]["id"]
    new = json.loads(minsheng("registry", "keys", "rotate", key, "--format", "json").out)[0]
    assert Ring(database).principal(token) is None
    assert Ring(database).principal(new["token"]) is not None
    assert minsheng("registry", "keys", "revoke", f"key:{new['id']}").code == 0
    assert Ring(database).principal(new["token"]) is None
    assert minsheng("registry", "keys", "revoke", new["id"]).code == 2
    assert minsheng("registry", "keys", "revoke", "nothing").code == 2
    wrong = minsheng("registry", "keys", "create", "--label", "x", "--scope", "facts:raed", "--division", "999999")
    assert wrong.code == 2
    assert "facts:read" in wrong.err
    acts = minsheng("registry", "audit", "list", "--format", "json").out
    assert [one["act"] for one in json.loads(acts)[-3:]] == ["create_key", "rotate_key", "revoke_key"]
    assert token.split("_")[2] not in acts
    assert minsheng("registry", "verify").code == 0


@pytest.mark.parametrize(
    "url",
    ["mysql://office/minsheng", "sqlite://", "sqlite:///:memory:", "minsheng.db", "postgresql://office:x/minsheng"],
)
def test_an_address_of_something_else_is_told_so(minsheng: Minsheng, url: str) -> None:
    done = minsheng("registry", "migrate", "--database", url)
    assert (done.code, done.out) == (2, "")
    assert "write sqlite:///FILE or postgresql://" in done.err


@pytest.mark.parametrize("words", [("registry", "migrate"), ("serve", "registry"), ("serve", "all")])
@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite:////nowhere/minsheng.db", "cannot be reached: unable to open database file"),
        ("postgresql://minsheng:geheim@127.0.0.1:1/minsheng", "cannot be reached: "),
        ("sqlite:///text.db", "the database says: file is not a database"),
        ("sqlite:///newer.db", "the database is of a newer release"),
        ("mysql://office/minsheng", "is not understood"),
    ],
)
def test_a_database_that_cannot_be_used_keeps_the_service_from_starting_and_says_why(
    minsheng: Minsheng, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], url: str, said: str
) -> None:
    Path("text.db").write_text("no database at all, and longer than a header is\n" * 9, "utf-8")
    newer = Database("sqlite:///newer.db")
    newer.migrate()
    _spoil(newer, "UPDATE alembic_version SET version_num = '9999'")
    newer.close()
    monkeypatch.setenv("MINSHENG_DATABASE_URL", url)
    done = minsheng(*words)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert "geheim" not in done.err


def test_what_is_restored_is_noted_with_the_chosen_hash(minsheng: Minsheng, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINSHENG_REGISTRY_AUDIT_HASH", "sm3")
    for words in (("migrate",), ("backup", "a.backup"), ("restore", "a.backup", "--replace")):
        assert minsheng("registry", *words).code == 0
    database = Database("sqlite:///minsheng.db")
    used = database.read(lambda connection: connection.scalars(text("SELECT DISTINCT algorithm FROM audit")).all())
    database.close()
    assert used == ["sm3"]
