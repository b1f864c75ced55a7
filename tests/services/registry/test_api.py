"""Over HTTP: projects, keys, who may do what and see what, and what the audit keeps of it."""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from litestar.testing import TestClient

from minsheng_registry.app import create_app
from minsheng_registry.book.audit import verify
from minsheng_registry.desk import now
from minsheng_registry.settings import Settings
from tests.services.registry.api import CITY, LUYANG, YAOHAI, Api
from tests.services.registry.book import project


@pytest.fixture
def api(url: str) -> Iterator[Api]:
    with TestClient(create_app(Settings(database_url=url))) as client:
        yield Api(client)


@pytest.fixture
def api_with(url: str) -> Iterator[Callable[..., Api]]:
    """Makes the registry with other settings."""
    with ExitStack() as stack:
        yield lambda **settings: Api(
            stack.enter_context(TestClient(create_app(Settings(database_url=url, **settings))))
        )


# ------------------------------------------------------------------------------------------ projects


def test_a_project_is_entered_once_however_often_it_is_sent(api: Api) -> None:
    given: dict[str, Any] = {
        "json": project("W-1", divisions=["瑶海区"]),
        "headers": {"Idempotency-Key": "once"},
    }
    first = api.ask("reporter", "POST", "/v1/projects", 201, **given)
    again = api.ask("reporter", "POST", "/v1/projects", 201, **given)
    assert first.content == again.content
    assert first.headers["Location"] == again.headers["Location"] == "/v1/projects/W-1"
    assert first.headers["ETag"] == '"1"'
    assert first.json()["divisions"] == [YAOHAI]
    assert (first.json()["domain"], first.json()["status"]) == ("housing", "active")
    other = {**given, "json": project("W-2", divisions=[YAOHAI])}
    api.ask("reporter", "POST", "/v1/projects", 409, **other)
    api.ask("reporter", "POST", "/v1/projects", 409, json=given["json"])
    assert api.ask("admin", "GET", "/v1/changes").json()["last"] == 1


def test_all_faults_of_a_project_are_told_at_once(api: Api) -> None:
    wrong = project("W-1", divisions=["999999"], domain="住得好", kind="无", years={"first": 2025, "last": 2024})
    faults = api.ask("admin", "POST", "/v1/projects", 422, json=wrong).json()
    assert len(faults["faults"]) >= 4, faults
    api.ask("admin", "POST", "/v1/projects", 422, content=b"{", headers={"Content-Type": "application/json"})
    api.ask("admin", "POST", "/v1/projects", 415, content=b"a", headers={"Content-Type": "text/csv"})
    assert api.ask("admin", "GET", "/v1/projects").json()["items"] == []


def test_a_project_is_changed_by_whoever_has_read_it(api: Api) -> None:
    made = api.enter("W-1")
    path, mine = "/v1/projects/W-1", made.headers["ETag"]
    api.ask("reporter", "GET", path, 304, headers={"If-None-Match": mine})
    api.ask("reporter", "PATCH", path, 428, json={"note": "一"})
    api.ask("reporter", "PATCH", path, 412, json={"note": "一"}, headers={"If-Match": '"7"'})
    api.ask("reporter", "PATCH", path, 422, json={"note": "一"}, headers={"If-Match": "*"})
    merge = {"If-Match": mine, "Content-Type": "application/merge-patch+json"}
    done = api.ask("reporter", "PATCH", path, json={"note": "一", "name": {"en": "Houses"}}, headers=merge)
    assert (done.json()["version"], done.json()["note"], done.headers["ETag"]) == (2, "一", '"2"')
    assert done.json()["name"] == {"zh": "农村危房改造", "en": "Houses"}
    api.ask("reporter", "PATCH", path, 412, json={"note": "二"}, headers=merge)
    assert api.ask("reporter", "GET", path, headers={"If-None-Match": mine}).json() == done.json()
    # what was read is sent back with a change
    whole = {**done.json(), "status": "completed"}
    put = api.ask("reporter", "PUT", path, json=whole, headers={"If-Match": done.headers["ETag"]})
    assert (put.json()["version"], put.json()["status"]) == (3, "completed")
    api.ask("reporter", "POST", f"{path}/withdraw", 403, json={"reason": "合并"}, headers={"If-Match": '"3"'})
    api.ask("checker", "POST", f"{path}/withdraw", 422, json={}, headers={"If-Match": '"3"'})
    gone = api.ask("checker", "POST", f"{path}/withdraw", json={"reason": "合并"}, headers={"If-Match": '"3"'})
    assert gone.json()["status"] == "withdrawn"
    api.ask("checker", "PATCH", path, 409, json={"note": "三"}, headers={"If-Match": '"4"'})

    steps = api.ask("reporter", "GET", f"{path}/history").json()["items"]
    assert [(one["act"], one["principal"], one["reason"], one["revision_to"]) for one in steps] == [
        ("create", api.names["admin"], "", 2),
        ("replace", api.names["reporter"], "", 3),
        ("replace", api.names["reporter"], "", 4),
        ("withdraw", api.names["checker"], "合并", None),
    ]
    assert [one["project"]["version"] for one in steps] == [1, 2, 3, 4]
    for step in steps:
        for moment in (str(step["project"]["revision"]), step["project"]["at"]):
            then = api.ask("reporter", "GET", path, params={"as_of": moment})
            assert then.json() == step["project"], moment
    before = datetime.datetime.fromisoformat(made.json()["at"]) - datetime.timedelta(seconds=1)
    api.ask("reporter", "GET", path, 404, params={"as_of": before.isoformat()})
    for moment in ("gestern", "2026-01-15T00:00:00", "999999"):
        assert api.ask("reporter", "GET", path, 422 if moment != "999999" else 404, params={"as_of": moment})


def test_projects_are_found(api: Api) -> None:
    api.enter("W-1", name={"zh": "农村危房改造"})
    api.enter("W-2", LUYANG, name={"zh": "新生儿疾病筛查"}, domain="幼有所育", years={"first": 2020, "last": 2021})
    api.enter("W-3", name={"zh": "老旧小区改造"}, tier="市级", status="完成")

    def codes(who: str = "admin", **asked: Any) -> list[str]:
        return [one["code"] for one in api.ask(who, "GET", "/v1/projects", params=asked).json()["items"]]

    assert codes() == ["W-1", "W-2", "W-3"]
    assert codes("reporter") == ["W-1", "W-3"]
    assert codes("neighbour") == ["W-2"]
    assert codes(text="改造") == ["W-1", "W-3"]
    assert codes(text="筛查") == ["W-2"]
    assert codes(text="100%") == []
    assert codes(division=CITY) == ["W-1", "W-2", "W-3"]
    assert codes(division=CITY, subtree=False) == []
    assert codes(division=["庐阳区"]) == ["W-2"]
    assert codes(year=2020) == ["W-2"]
    assert codes(domain=["幼有所育", "住有所居"], tier="市级") == ["W-3"]
    assert codes(status="完成") == ["W-3"]
    assert codes(sort="-code") == ["W-3", "W-2", "W-1"]
    assert codes(as_of=2) == ["W-1", "W-2"]
    told = api.ask("admin", "GET", "/v1/projects", 422, params={"domain": "无", "sort": "x", "page": 2, "as_of": "?"})
    assert len(told.json()["faults"]) == 4
    for sort in ("code", "-code"):
        seen: list[str] = []
        asked: dict[str, Any] = {"limit": 1, "sort": sort}
        while True:
            page = api.ask("admin", "GET", "/v1/projects", params=asked).json()
            seen += [one["code"] for one in page["items"]]
            if page["next"] is None:
                break
            asked["cursor"] = page["next"]
        assert seen == codes(sort=sort)
    api.ask("admin", "GET", "/v1/projects", 422, params={"cursor": asked["cursor"], "text": "改造"})
    api.ask("reporter", "GET", "/v1/projects", 422, params={"cursor": asked["cursor"], "sort": "-code", "limit": 1})


# -------------------------------------------------------------------------------------------- access


def test_what_lies_elsewhere_is_not_there(api: Api) -> None:
    api.enter("W-1")
    one = api.accepted(100)
    asked = {"fact": {"division": YAOHAI, "period": "2017", "measure": "newborns_screened"}, "question": "请校核"}
    doubt = api.ask("reporter", "POST", "/v1/corrections", 201, json=asked).json()["id"]
    for path in (
        "/v1/projects/W-1",
        "/v1/projects/W-1/history",
        f"/v1/submissions/{one['id']}",
        f"/v1/submissions/{one['id']}/history",
        f"/v1/corrections/{doubt}",
    ):
        api.ask("reporter", "GET", path)
        hidden = api.ask("neighbour", "GET", path, 404).json()
        absent = api.ask(
            "neighbour", "GET", path.replace("W-1", "W-0").replace(one["id"], "0").replace(doubt, "0"), 404
        )
        assert hidden["title"] == absent.json()["title"], "the answer tells nothing more than of what there is not"
    tagged = {"If-Match": '"3"'}
    for act in ("accept", "lock", "publish"):
        api.ask("neighbour", "POST", f"/v1/submissions/{one['id']}/{act}", 404, headers=tagged)
    for act in ("return", "reopen", "unpublish"):
        api.ask("neighbour", "POST", f"/v1/submissions/{one['id']}/{act}", 404, headers=tagged, json={"reason": "x"})
    api.ask("neighbour", "POST", f"/v1/submissions/{one['id']}/submit", 404, headers=tagged, json={})
    api.ask("neighbour", "POST", "/v1/corrections", 404, json=asked)
    answer = {"outcome": "upheld", "answer": "无误"}
    api.ask("neighbour", "POST", f"/v1/corrections/{doubt}/answer", 404, json=answer)
    api.ask("neighbour", "PATCH", "/v1/projects/W-1", 404, json={"note": "x"}, headers={"If-Match": '"1"'})
    for path, items in (
        ("/v1/projects", "items"),
        ("/v1/submissions", "items"),
        ("/v1/corrections", "items"),
        ("/v1/facts", "facts"),
        ("/v1/changes", "changes"),
    ):
        assert len(api.ask("checker", "GET", path).json()[items]) > 0
        assert api.ask("neighbour", "GET", path).json()[items] == []
    assert api.ask("neighbour", "GET", "/v1/facts", params={"division": CITY}).json()["facts"] == []
    csv = api.ask("neighbour", "GET", "/v1/facts", params={"format": "csv"}).text
    assert len(csv.splitlines()) == 1
    assert api.ask("neighbour", "GET", "/v1/changes").json()["last"] == 2


def test_who_is_unknown_or_may_not_is_told_so(api: Api) -> None:
    bare = api.client.get("/v1/projects")
    assert bare.status_code == 401
    assert bare.headers["WWW-Authenticate"].startswith("Bearer")
    assert bare.headers["content-type"] == "application/problem+json"
    for header in ("Bearer ms_0_0", "Bearer", "Basic YTpi", f"Basic {api.tokens['admin']}", "Bearer a.b.c"):
        refused = api.client.get("/v1/projects", headers={"Authorization": header})
        assert (refused.status_code, refused.headers["content-type"]) == (401, "application/problem+json"), header
    refused = api.ask("reader", "GET", "/v1/projects", 403)
    assert "projects:read" in refused.text
    api.enrol("late", ["*"], ["*"], at=now() - datetime.timedelta(days=366))
    api.ask("late", "GET", "/v1/projects", 401)
    me = api.ask("reader", "GET", "/v1/principal").json()
    assert (me["name"], me["scopes"], me["divisions"]) == (api.names["reader"], ["facts:read"], [YAOHAI])
    assert datetime.datetime.fromisoformat(me["expires_at"]) > now()


def test_who_comes_too_often_is_told_when_to_come_again(api_with: Callable[..., Api]) -> None:
    api = api_with(most_a_minute=60, most_in_a_burst=3, most_refused_a_minute=2)
    for _ in range(3):
        api.ask("reader", "GET", "/v1/principal")
    told = api.ask("reader", "GET", "/v1/principal", 429)
    assert int(told.headers["Retry-After"]) >= 1
    assert told.json()["retry"] is True
    api.ask("reporter", "GET", "/v1/principal")
    guesses = [api.client.get("/v1/principal", headers={"Authorization": f"Bearer ms_{n}_x"}) for n in range(4)]
    assert [one.status_code for one in guesses] == [401, 401, 429, 429]


def test_keys_are_made_within_what_one_has_and_end_at_once(api: Api) -> None:
    api.enrol("keeper", ["keys:manage", "facts:read"], [YAOHAI])
    asked = {"label": "统计局", "scopes": ["facts:read"], "divisions": ["瑶海区"]}
    api.ask("reader", "POST", "/v1/keys", 403, json=asked)
    for wider in ({"scopes": ["*"]}, {"scopes": ["projects:read"]}, {"divisions": [CITY]}, {"divisions": ["*"]}):
        api.ask("keeper", "POST", "/v1/keys", 403, json={**asked, **wider})
    told = api.ask("keeper", "POST", "/v1/keys", 422, json={**asked, "scopes": ["fact:read"], "days": 0})
    assert len(told.json()["faults"]) == 2
    wrong = {"label": " ", "scopes": ["fact:read", 1], "divisions": ["瑶海", "340199"], "days": 1000, "colour": 1}
    told = api.ask("keeper", "POST", "/v1/keys", 422, json=wrong)
    assert [(one["code"], one["where"]["item"]) for one in told.json()["faults"]] == [
        ("registry.expected_text", "label"),
        ("registry.no_scope", "scopes.0"),
        ("registry.expected_text", "scopes.1"),
        ("vocabulary.division", "divisions.0"),
        ("vocabulary.division", "divisions.1"),
        ("registry.key_days", "days"),
        ("registry.field_unknown", "colour"),
    ]
    made = api.ask("keeper", "POST", "/v1/keys", 201, json=asked)
    assert made.headers["Cache-Control"] == "no-store"
    api.tokens["new"] = made.json()["token"]
    key = made.json()["key"]
    api.ask("new", "GET", "/v1/facts")
    listed = api.ask("keeper", "GET", "/v1/keys")
    assert key["id"] in [one["id"] for one in listed.json()["items"]]
    assert api.tokens["new"] not in listed.text
    assert {tuple(one["divisions"]) for one in listed.json()["items"]} == {(YAOHAI,)}
    api.ask("neighbour", "POST", f"/v1/keys/{key['id']}/revoke", 404)
    ended = api.ask("keeper", "POST", f"/v1/keys/{key['id']}/revoke").json()
    assert ended["revoked_at"] is not None
    api.ask("new", "GET", "/v1/facts", 401)
    api.ask("keeper", "POST", f"/v1/keys/{key['id']}/revoke", 409)


# --------------------------------------------------------------------------------------------- audit


def test_what_was_done_read_and_refused_stands_in_the_audit(api: Api) -> None:
    api.enter("W-1")
    api.ask("reporter", "GET", "/v1/projects/W-1")
    api.ask("neighbour", "GET", "/v1/projects/W-1", 404)
    api.ask("reader", "GET", "/v1/projects/W-1", 403)
    api.client.get("/v1/projects/W-1")
    wanted = {
        (api.names["admin"], "create_project", "done"),
        (api.names["reporter"], "get_project", "done"),
        (api.names["neighbour"], "get_project", "refused"),
        (api.names["reader"], "get_project", "refused"),
        ("anonymous", "get_project", "refused"),
    }
    end, seen = time.monotonic() + 3, set[tuple[str, str, str]]()
    while not wanted <= seen and time.monotonic() < end:
        entries = api.ask("admin", "GET", "/v1/audit").json()["items"]
        seen = {(one["principal"], one["act"], one["outcome"]) for one in entries}
        time.sleep(0.1)
    assert wanted <= seen
    assert api.desk.database.read(verify) is None
    one = api.ask("admin", "GET", "/v1/audit", params={"act": "create_project"}).json()["items"]
    assert [(entry["subject"], entry["outcome"]) for entry in one] == [("W-1", "done")]
    own = api.ask("reporter", "GET", "/v1/audit").json()["items"]
    assert {entry["principal"] for entry in own} == {api.names["reporter"]}
    assert api.ask("reporter", "GET", "/v1/audit", params={"principal": api.names["admin"]}).json()["items"] == []
    page = api.ask("admin", "GET", "/v1/audit", params={"limit": 1}).json()
    following = api.ask("admin", "GET", "/v1/audit", params={"limit": 1, "cursor": page["next"]}).json()
    assert following["items"][0]["number"] == page["items"][0]["number"] + 1
    later = api.ask("admin", "GET", "/v1/audit", params={"since": "2100-01-01T00:00:00Z"}).json()
    assert later == {"items": [], "next": None}


# --------------------------------------------------------------------------------------------- health


def test_it_says_how_it_is(api: Api) -> None:
    assert api.client.get("/health/live").status_code == 200
    assert api.client.get("/health/ready").status_code == 200
    api.ask("admin", "GET", "/v1/principal")
    measured = api.ask("admin", "GET", "/metrics")
    assert 'operation="get_principal"' in measured.text
    page = api.client.get("/schema")
    assert page.status_code == 200
    assert 'src="http' not in page.text
    assert 'href="http' not in page.text
