"""Over HTTP: what nobody sends by mistake. It is refused with its reason, or answered; it never makes a 500."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from litestar.testing import TestClient

from minsheng_registry.app import create_app
from minsheng_registry.settings import Settings
from tests.services.registry.api import CITY, LUYANG, YAOHAI, Api
from tests.services.registry.book import project

MATCH = {"If-Match": '"1"'}
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def api(url: str) -> Iterator[Api]:
    with TestClient(create_app(Settings(database_url=url)), raise_server_exceptions=False) as client:
        made = Api(client)
        made.enter("W-1")
        yield made


PATHS = (
    "/v1/projects/a%00b", "/v1/projects/a%00b?as_of=1", "/v1/projects/a%00b/history", "/v1/submissions/a%00b",
    "/v1/submissions/a%00b/history", "/v1/corrections/a%00b", "/v1/divisions/a%00b", "/v1/vocabulary/a%00b",
    "/v1/projects/%ED%A0%80", "/v1/projects/a%2Fb", "/v1/../../etc/passwd",
)  # fmt: skip


def test_nothing_is_called_by_what_no_database_holds(api: Api) -> None:
    for path in PATHS:
        api.ask("admin", "GET", path, 404)


QUESTIONS = (
    "projects?text=%00", "projects?limit=-1", "projects?limit=99999999999999999999", "projects?limit=1.5",
    "projects?as_of=-1", "projects?as_of=2026-01-01", "projects?as_of=9999-12-31T23:59:59-14:00",
    "projects?cursor=AAAA", "projects?cursor=%00", "projects?cursor=%E4%B8%AD", "submissions?period=%00",
    "facts?project=%00", "facts?submission=%00", "facts?scenario=%00", "facts?limit=-5", "facts?changed_after=-1",
    "facts?from=2017&to=2016", "facts?from=2017&to=2016&format=csv", "changes?after=-1", "changes?wait=nan",
    "changes?wait=1e999", "audit?principal=%00", "audit?since=2026-01-01T00:00:00", "divisions/340102?colour=1",
    "divisions?valid_on=2017-02-30", "vocabulary/tiers?colour=1", "corrections?colour=1",
)  # fmt: skip


def test_a_question_that_cannot_be_asked_is_refused(api: Api) -> None:
    for query in QUESTIONS:
        api.ask("admin", "GET", f"/v1/{query}", 422)


def test_nothing_was_known_before_anything_was(api: Api) -> None:
    for year in ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00-14:00", "1949-01-01T00:00:00Z"):
        assert api.ask("admin", "GET", "/v1/projects", params={"as_of": year}).json()["items"] == []
        assert api.ask("admin", "GET", "/v1/facts", params={"as_of": year}).json()["facts"] == []
        api.ask("admin", "GET", "/v1/projects/W-1", 404, params={"as_of": year})
        assert api.ask("admin", "GET", "/v1/audit", params={"until": year}).json()["items"] == []


ACCEPTS = (
    ("application/json;q=0", 406), ("text/csv;q=0, application/json;q=0.1", 200), (";;;;,,q=,q", 406),
    (f"application/json;q={'9' * 1_000}", 406), ("application/json;q=inf", 406), ("*/*;q=nan, text/csv", 200),
    (",".join(f"a/b{number}" for number in range(900)), 406), ("*/*", 200), ("", 200),
)  # fmt: skip


def test_any_accept_is_read(api: Api) -> None:
    for accept, status in ACCEPTS:
        api.ask("admin", "GET", "/v1/facts", status, headers={"Accept": accept})


def test_one_version_is_matched_and_no_other(api: Api) -> None:
    for given in ('"1", "2"', 'W/"1"', '"0"', '"999999999999999999"', f'"{"9" * 4_000}"', '"٣"'):
        headers = {**JSON, "If-Match": given.encode()}
        api.ask("admin", "PATCH", "/v1/projects/W-1", 412, content=b'{"note": "x"}', headers=headers)


BODIES = (
    b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 50_000 + b"1" + b"}" * 50_000, b"", b"\xff\xfe", b'{"code": NaN}',
    b'{"code": "\\ud800"}', b'{"\\ud800": 1}', b'{"years": {"first": 1e999}}', b'{"years": ' + b"9" * 5_000 + b"}",
    b'{"code": "A", "code": "B"}', b"null", b"1", json.dumps(project("W\n")).encode(),
    json.dumps(project("W-2", note="a\0b")).encode(), json.dumps(project("Ｗ-2")).encode(),
)  # fmt: skip


def test_a_document_that_is_none_is_refused(api: Api) -> None:
    for body in BODIES:
        api.ask("admin", "POST", "/v1/projects", 422, content=body, headers={**JSON, "Idempotency-Key": "k"})
        api.ask("admin", "PUT", "/v1/projects/W-1", 422, content=body, headers={**JSON, **MATCH})


def test_a_merge_patch_is_an_object_and_leaves_a_whole_document(api: Api) -> None:
    def patch(changes: Any, expected: int) -> Any:
        return api.ask("admin", "PATCH", "/v1/projects/W-1", expected, json=changes, headers=MATCH).json()

    for wrong in ([1, 2], None, 1, {"name": None}, {"code": "W-2"}, {"version": 5}, {"status": "withdrawn"}):
        patch(wrong, 422)
    deep = b'{"note":' + b'{"a":' * 900 + b"1" + b"}" * 900 + b"}"
    api.ask("admin", "PATCH", "/v1/projects/W-1", 422, content=deep, headers={**JSON, **MATCH})
    changed = patch({"note": "一", "name": {"en": "One"}, "milestones": None}, 200)
    assert (changed["version"], changed["name"]["en"], changed["note"], changed["milestones"]) == (2, "One", "一", [])
    again = api.ask("admin", "PATCH", "/v1/projects/W-1", json={"milestones": None}, headers={"If-Match": '"2"'})
    assert again.json() == changed, "null of what is empty is no change"
    headers = {"If-Match": '"2"'}
    removed = api.ask("admin", "PATCH", "/v1/projects/W-1", json={"note": None, "name": {"en": None}}, headers=headers)
    assert (removed.json()["note"], removed.json()["name"]["en"]) == ("", "")
    lists = api.ask("admin", "PATCH", "/v1/projects/W-1", json={"divisions": [LUYANG]}, headers={"If-Match": '"3"'})
    assert lists.json()["divisions"] == [LUYANG], "a list is replaced whole"


def test_a_word_that_is_looked_for_is_no_pattern(api: Api) -> None:
    words = ("%", "_", "\\", "'", '"', "*", "?")
    for number, word in enumerate(words):
        api.enter(f"N{number}", name={"zh": f"甲{word}乙", "en": ""})
    for number, word in enumerate(words):
        found = api.ask("admin", "GET", "/v1/projects", params={"text": f"甲{word}乙"}).json()["items"]
        assert [one["code"] for one in found] == [f"N{number}"]


def test_texts_that_go_with_an_act_are_storable_and_name_nobody(api: Api) -> None:
    key = {"label": "统计局", "scopes": ["facts:read"], "divisions": [CITY]}
    for label in ("a\0b", "a\x1bb", "王 13800138000", "11010519491231002X"):
        told = api.ask("admin", "POST", "/v1/keys", 422, json={**key, "label": label}).json()
        assert [one["where"]["item"] for one in told["faults"]] == ["label"]
    for reason in ("a\0b", "\x1b[2J", "联系13800138000"):
        api.ask("admin", "POST", "/v1/projects/W-1/withdraw", 422, json={"reason": reason}, headers=MATCH)
    one = api.accepted(5)
    fact = {"division": YAOHAI, "period": "2017", "measure": "newborns_screened"}
    for wrong in ({**fact, "project": "\0"}, {**fact, "breakdown": {"a": "\0"}}):
        api.ask("admin", "POST", "/v1/corrections", 422, json={"fact": wrong, "question": "请校核"})
    api.ask("admin", "POST", "/v1/corrections", 422, json={"fact": fact, "question": "a\0b"})
    asked = api.ask("admin", "POST", "/v1/corrections", 201, json={"fact": fact, "question": "请校核"}).json()
    for text in ("a\0b", "13800138000"):
        answer = {"outcome": "upheld", "answer": text}
        api.ask("admin", "POST", f"/v1/corrections/{asked['id']}/answer", 422, json=answer)
    api.act("checker", one, "reopen", 422, json={"reason": "a\0b"})
    api.ask("admin", "POST", "/v1/projects?colour=1", 422, json=project("W-9", divisions=[YAOHAI]))


def test_a_list_of_projects_is_asked_for_as_of_a_time(api: Api) -> None:
    then = api.ask("admin", "GET", "/v1/changes").json()["changes"][0]["at"]
    api.enter("W-2")
    api.enter("W-3")
    found = api.ask("admin", "GET", "/v1/projects", params={"as_of": then, "limit": 1}).json()
    assert ([one["code"] for one in found["items"]], found["next"]) == (["W-1"], None)
    last = api.ask("admin", "GET", "/v1/changes").json()["changes"][1]["at"]
    first = api.ask("admin", "GET", "/v1/projects", params={"as_of": last, "limit": 1}).json()
    following = {"as_of": last, "limit": 1, "cursor": first["next"]}
    assert [one["code"] for one in api.ask("admin", "GET", "/v1/projects", params=following).json()["items"]] == ["W-2"]
    api.ask("admin", "GET", "/v1/projects", 422, params={**following, "as_of": then})
