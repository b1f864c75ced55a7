"""Over HTTP: facts on their way in, from draft to lock, and out again in every form; changes and corrections."""

from __future__ import annotations

import datetime
import io
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from httpx import Response
from litestar.testing import TestClient
from sqlalchemy import update

import libminsheng as ms
from libminsheng.facts import bind
from minsheng_http.forms import FORMS
from minsheng_registry.app import create_app
from minsheng_registry.desk import now
from minsheng_registry.settings import Settings
from minsheng_registry.storage.tables import idempotency_keys
from tests.services.registry.api import CITY, LUYANG, MEASURE, YAOHAI, Api

ROWS: list[dict[str, Any]] = [
    {"division": "瑶海区", "period": "2017", "measure": MEASURE, "value": 120, "note": "约，含“补报”"},
    {"division": YAOHAI, "period": "2017", "measure": "live_births", "value": 125, "note": None},
]
REVISION = "Minsheng-Revision"


@pytest.fixture
def api(url: str) -> Iterator[Api]:
    with TestClient(create_app(Settings(database_url=url))) as client:
        yield Api(client)


def _body(form: str, rows: list[dict[str, Any]]) -> bytes:
    frame, out = pl.DataFrame(rows), io.BytesIO()
    if form == "csv":
        return frame.write_csv().encode("gb18030")
    if form == "json":
        return json.dumps({"facts": rows}, ensure_ascii=False).encode()
    if form == "arrow":
        frame.write_ipc_stream(out)
    elif form == "parquet":
        frame.write_parquet(out)
    else:
        import openpyxl

        book = openpyxl.Workbook()
        sheet = book.active
        assert sheet is not None
        sheet.append(frame.columns)
        for row in frame.iter_rows():
            sheet.append(row)
        book.save(out)
    return out.getvalue()


def _post(api: Api, form: str, rows: list[dict[str, Any]], expected: int = 201, **asked: Any) -> Any:
    headers = {"Content-Type": FORMS[form].media_types[0]}
    params = {"division": YAOHAI, "period": "2017", **asked}
    content = _body(form, rows)
    return api.ask("reporter", "POST", "/v1/submissions", expected, params=params, content=content, headers=headers)


# ----------------------------------------------------------------------------------------------- in


@pytest.mark.parametrize("form", ["csv", "xlsx", "arrow", "parquet", "json"])
def test_facts_are_sent_in_any_form(api: Api, form: str) -> None:
    planned = _post(api, form, ROWS, 200, dry_run=True).json()
    assert (planned["division"], planned["rows"], planned["divisions"]) == (YAOHAI, 2, [YAOHAI])
    assert planned["measures"] == ["live_births", MEASURE]
    assert api.ask("reporter", "GET", "/v1/submissions").json()["items"] == []
    answer = _post(api, form, ROWS)
    one = answer.json()
    assert (one["state"], one["version"], one["rows"]) == ("draft", 1, 2)
    assert answer.headers["Location"] == f"/v1/submissions/{one['id']}"
    api.ask("reporter", "GET", answer.headers["Location"], 304, headers={"If-None-Match": answer.headers["ETag"]})
    draft = api.ask("reporter", "GET", "/v1/facts", params={"state": "draft", "submission": one["id"]}).json()["facts"]
    assert {(row["measure"], row["value"], row["note"]) for row in draft} == {
        (MEASURE, "120", "约，含“补报”"),
        ("live_births", "125", ""),
    }
    assert api.ask("reporter", "GET", "/v1/facts").json()["facts"] == []

    wrong = [
        {**ROWS[0], "measure": "no_such_measure"},
        {**ROWS[1], "division": LUYANG},
        {**ROWS[1], "period": "2016"},
        ROWS[1],
    ]
    told = _post(api, form, wrong, 422).json()
    assert len({fault["code"] for fault in told["faults"]}) >= 3, told
    # one bad row among good ones is not left out in silence
    _post(api, form, [{**ROWS[0], "measure": "no_such_measure"}, ROWS[1]], 422)
    assert len(api.ask("reporter", "GET", "/v1/submissions").json()["items"]) == 1


def test_facts_are_sent_once_however_often_they_are_sent(api: Api) -> None:
    def send(value: int, key: str = "once", who: str = "reporter", expected: int = 201, **asked: Any) -> Response:
        content = f"division,period,measure,value\n{YAOHAI},2017,{MEASURE},{value}\n"
        headers = {"Content-Type": "text/csv", "Idempotency-Key": key}
        params = {"division": YAOHAI, "period": "2017", **asked}
        return api.ask(who, "POST", "/v1/submissions", expected, content=content, headers=headers, params=params)

    first, again = send(1), send(1)
    assert (first.content, first.headers["Location"], first.headers["ETag"]) == (
        again.content,
        again.headers["Location"],
        again.headers["ETag"],
    )
    refused = send(2, expected=409).json()
    assert [one["code"] for one in refused["faults"]] == ["registry.key_reused"]
    send(1, expected=422, period="2016")
    # whatever is refused or only tried uses up no key, and each principal's are its own
    send(3, key="two", expected=422, division=LUYANG)
    send(3, key="two", expected=200, dry_run=True)
    assert send(4, key="two").json()["id"] != first.json()["id"]
    assert send(2, who="checker").json()["id"] != first.json()["id"]
    with ThreadPoolExecutor(8) as many:
        answers = list(many.map(lambda _: send(5, key="three").content, range(8)))
    assert len(set(answers)) == 1
    assert len(api.ask("admin", "GET", "/v1/submissions").json()["items"]) == 4
    # after two days a key is nobody's
    long_ago = now() - datetime.timedelta(hours=49)
    api.desk.database.write(lambda one: one.execute(update(idempotency_keys).values(at=long_ago)))
    assert send(2).json()["id"] != first.json()["id"]


def test_what_cannot_be_read_is_refused(api: Api) -> None:
    bad = {"headers": {"Content-Type": FORMS["parquet"].media_types[0]}, "content": b"PAR1"}
    for params in ({"division": YAOHAI, "period": "2017"}, {"division": "Z", "period": "immer"}):
        api.ask("reporter", "POST", "/v1/submissions", 422, params=params, **bad)
    sent: dict[str, Any] = {"content": _body("csv", ROWS), "headers": {"Content-Type": "text/csv"}}
    told = api.ask("reporter", "POST", "/v1/submissions", 422, **sent).json()
    assert {fault["code"] for fault in told["faults"]} == {"registry.field_missing"}
    api.ask("reporter", "POST", "/v1/submissions", 403, params={"division": LUYANG, "period": "2017"}, **{
        **sent, "content": _body("csv", [{**ROWS[1], "division": LUYANG}])
    })  # fmt: skip
    pdf = {**sent, "headers": {"Content-Type": "application/pdf"}}
    api.ask("reporter", "POST", "/v1/submissions", 415, params={"division": YAOHAI, "period": "2017"}, **pdf)


def test_the_life_of_a_submission(api: Api) -> None:
    draft = api.send("checker", 120)
    path = f"/v1/submissions/{draft['id']}"
    api.ask("checker", "POST", f"{path}/submit", 428, json={})
    api.ask("checker", "POST", f"{path}/submit", 412, json={}, headers={"If-Match": '"9"'})
    api.act("checker", draft, "accept", 409)
    submitted = api.act("checker", draft, "submit", json={})
    assert (submitted["state"], submitted["submitted_by"]) == ("submitted", api.names["checker"])
    api.act("checker", submitted, "accept", 409)
    api.act("reporter", submitted, "accept", 403)
    returned = api.act("admin", submitted, "return", json={"reason": "请核实"})
    assert returned["state"] == "returned"
    content = f"division,period,measure,value\n{YAOHAI},2017,{MEASURE},121\n"
    csv: dict[str, Any] = {"content": content, "headers": {"Content-Type": "text/csv", "If-Match": '"3"'}}
    planned = api.ask("checker", "PUT", f"{path}/facts", params={"dry_run": True}, **csv).json()
    assert planned["rows"] == 1
    replaced = api.ask("checker", "PUT", f"{path}/facts", **csv).json()
    assert (replaced["state"], replaced["version"]) == ("draft", 4)
    accepted = api.act("admin", api.act("checker", replaced, "submit", json={}), "accept")
    assert (accepted["state"], accepted["revision"], accepted["public"]) == ("accepted", 1, False)
    published = api.act("admin", accepted, "publish")
    assert (published["public"], published["revision"]) == (True, 2)
    api.act("admin", published, "publish", 409)
    assert len(api.ask("reader", "GET", "/v1/facts", params={"public": True}).json()["facts"]) == 1
    locked = api.act("admin", published, "lock")
    api.ask("checker", "PUT", f"{path}/facts", 409, **{**csv, "headers": {**csv["headers"], "If-Match": '"8"'}})
    api.act("admin", locked, "unpublish", 422, json={})
    hidden = api.act("admin", locked, "unpublish", json={"reason": "误公开"})
    assert (locked["revision"], hidden["public"], hidden["revision"]) == (2, False, 3)
    assert api.ask("reader", "GET", "/v1/facts", params={"public": True}).json()["facts"] == []
    assert len(api.ask("reader", "GET", "/v1/facts", params={"public": True, "as_of": 2}).json()["facts"]) == 1
    opened = api.act("admin", hidden, "reopen", json={"reason": "更正"})
    assert opened["state"] == "draft"
    assert [row["value"] for row in api.ask("reader", "GET", "/v1/facts").json()["facts"]] == ["121"]
    steps = api.ask("reporter", "GET", f"{path}/history").json()["items"]
    assert [one["act"] for one in steps] == [
        "create", "submit", "return", "replace", "submit", "accept", "publish", "lock", "unpublish", "reopen",
    ]  # fmt: skip
    assert [one["version"] for one in steps] == list(range(1, 11))
    states = {"state": ["draft", "locked"]}
    assert [one["id"] for one in api.ask("reporter", "GET", "/v1/submissions", params=states).json()["items"]] == [
        draft["id"]
    ]
    api.ask("reporter", "GET", "/v1/submissions", 422, params={"state": "open"})


def test_errors_block_and_warnings_ask_for_remarks(api: Api) -> None:
    wrong = [{**ROWS[0], "value": 130}, ROWS[1]]
    one = _post(api, "json", wrong).json()
    blocked = api.act("reporter", one, "submit", 422, json={})
    assert "newborns_screened" in json.dumps(blocked)
    doubtful = [
        {"division": YAOHAI, "period": f"2017-{month:02d}", "measure": "funds_used", "value": 100 + month}
        for month in range(1, 13)
    ]
    doubtful[6]["value"] = 1_070_000
    one = _post(api, "json", doubtful).json()
    told = api.act("reporter", one, "submit", 422, json={})
    seen = _post(api, "json", doubtful, 200, dry_run=True).json()["findings"]
    keys = [finding["key"] for finding in seen if finding["severity"] == "warning"]
    assert keys
    assert all(key in json.dumps(told) for key in keys), "each is named where a remark is wanting"
    api.act("reporter", one, "submit", 422, json={"remarks": dict.fromkeys(keys, "")})
    done = api.act("reporter", one, "submit", json={"remarks": dict.fromkeys(keys, "已核实")})
    assert {found["remark"] for found in done["findings"] if found["severity"] == "warning"} == {"已核实"}


# ---------------------------------------------------------------------------------------------- out


@pytest.mark.parametrize("form", ["csv", "arrow", "parquet"])
def test_facts_that_are_read_back_are_the_facts_that_were_sent(api: Api, form: str, tmp_path: Path) -> None:
    rows = [
        {**ROWS[0], "sex": "f"},
        {**ROWS[0], "sex": "m", "value": 118, "note": "=1+1"},
        {"division": YAOHAI, "period": "2017", "measure": "funds_used", "value": "12.34", "unit": "万元"},
        {"division": YAOHAI, "period": "2017-Q1", "measure": "funds_used", "value": "3.10", "unit": "万元"},
    ]
    one = _post(api, "json", rows).json()
    found = api.act("reporter", one, "submit", 200, json={"remarks": _remarks(api, rows)})
    api.act("checker", found, "accept")
    answer = api.ask("reader", "GET", "/v1/facts", headers={"Accept": FORMS[form].media_types[0]})
    assert answer.headers[REVISION] == "1"
    assert answer.headers["content-type"].partition(";")[0] == FORMS[form].media_types[0]
    path = tmp_path / f"facts.{form}"
    path.write_bytes(answer.content)
    columns = ("division", "period", "measure", "value_minor", "sex")

    def told(path: Path) -> set[tuple[Any, ...]]:
        bound = bind(ms.read_facts(path), ms.catalogue(), api.desk.tree)
        return set(bound.frame.select(columns).iter_rows())

    sent = tmp_path / "sent.csv"
    pl.DataFrame(rows, infer_schema_length=None, strict=False).write_csv(sent)
    assert len(told(sent)) == len(rows)
    assert told(path) == told(sent)
    if form == "csv":
        marked = api.ask("reader", "GET", "/v1/facts", params={"format": "csv", "bom": True})
        assert marked.content == b"\xef\xbb\xbf" + answer.content
        assert "'=1+1" in marked.text


def _remarks(api: Api, rows: list[dict[str, Any]]) -> dict[str, str]:
    seen = _post(api, "json", rows, 200, dry_run=True).json()["findings"]
    return {finding["key"]: "已核实" for finding in seen}


def test_pages_of_facts_are_of_one_revision(api: Api) -> None:
    for year in range(2011, 2016):
        api.accepted(100, period=str(year))
    first = api.ask("reader", "GET", "/v1/facts", params={"limit": 2})
    assert (first.headers[REVISION], first.json()["revision"]) == ("5", 5)
    api.accepted(100, period="2010")
    seen, page = first.json()["facts"], first.json()
    while page["next"] is not None:
        answer = api.ask("reader", "GET", "/v1/facts", params={"limit": 2, "cursor": page["next"]})
        page = answer.json()
        assert answer.headers[REVISION] == "5"
        seen += page["facts"]
    assert [one["period"] for one in seen] == [str(year) for year in range(2011, 2016)]
    api.ask("reader", "GET", "/v1/facts", 422, params={"cursor": first.json()["next"], "from": "2012"})
    api.ask("reader", "GET", "/v1/facts", 422, params={"cursor": "x"})


def test_facts_are_asked_for_by_what_they_are_and_as_of_when(api: Api) -> None:
    api.accepted(100, period="2016")
    api.accepted(200, period="2017")
    api.accepted(300, LUYANG, "2017")
    again = api.accepted(110, period="2016")

    def values(who: str = "admin", **asked: Any) -> list[str]:
        return [one["value"] for one in api.ask(who, "GET", "/v1/facts", params=asked).json()["facts"]]

    assert sorted(values()) == ["110", "200", "300"]
    assert values("reader") == ["110", "200"]
    # of newborns screened the year 2017 is October 2016 to September 2017
    assert values("reader", **{"from": "2016-10"}) == values("reader", **{"from": "2017"}) == ["200"]
    assert values("reader", **{"from": "2016", "to": "2016"}) == ["110"]
    assert values("reader", **{"from": "2017", "to": "2017"}) == ["200"]
    assert values("reader", to="2016-12") == ["110"]
    assert values("reader", **{"from": "2016-11"}) == []
    assert values("reader", to="2016") == ["110"]
    assert sorted(values(division=CITY)) == ["110", "200", "300"]
    assert values(division=CITY, subtree=False) == []
    assert values(division="庐阳区", measure=[MEASURE], project="", scenario="actual") == ["300"]
    assert values(measure="live_births") == []
    assert values(submission=again["id"]) == ["110"]
    assert sorted(values(as_of=3)) == ["100", "200", "300"]
    assert values(as_of=0) == []
    changed = api.ask("admin", "GET", "/v1/facts", params={"changed_after": 3}).json()["facts"]
    assert {(one["value"], one["revision_from"], one["revision_to"]) for one in changed} == {
        ("100", 1, 4),
        ("110", 4, None),
    }
    assert values(changed_after=4) == []
    api.act("checker", again, "publish")
    assert values(changed_after=4) == ["110"]
    api.ask("admin", "GET", "/v1/facts", 422, params={"from": "2017-03", "to": "2016"})
    api.ask("admin", "GET", "/v1/facts", 422, params={"as_of": "2999-01-01T00:00:00Z"})
    wrong = {"division": "Z", "from": "immer", "measure": "x", "state": "y", "as_of": "z", "format": "pdf", "colour": 1}
    told = api.ask("admin", "GET", "/v1/facts", 422, params=wrong).json()
    assert len(told["faults"]) == 7
    api.ask("admin", "GET", "/v1/facts", 406, headers={"Accept": "image/png"})
    api.ask("admin", "GET", "/v1/facts", 404, params={"as_of": 99})
    api.ask("admin", "GET", "/v1/facts", 404, params={"as_of": 99, "format": "parquet"})


def test_checks_that_take_too_long_are_stopped(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'r.db'}", check_seconds=1e-9)
    with TestClient(create_app(settings)) as client:
        api = Api(client)
        for told in (
            _post(api, "csv", ROWS, 422, dry_run=True),
            api.ask(
                "reporter", "POST", f"/v1/submissions/{_post(api, 'csv', ROWS).json()['id']}/submit", 422,
                json={}, headers={"If-Match": '"1"'},
            ),
        ):  # fmt: skip
            assert [one["code"] for one in told.json()["faults"]] == ["service.too_long"]


# ------------------------------------------------------------------------------- changes, corrections


def test_changes_wake_whoever_waits(api: Api) -> None:
    api.enter("W-1")
    one = api.act("admin", api.send("admin", 100), "submit", json={})
    woken: list[tuple[float, Any]] = []

    def wait() -> None:
        answer = api.ask("reporter", "GET", "/v1/changes", params={"after": 1, "wait": 10})
        woken.append((time.monotonic(), answer.json()))

    waiting = threading.Thread(target=wait)
    waiting.start()
    time.sleep(0.5)
    assert not woken
    api.act("checker", one, "accept")
    accepted = time.monotonic()
    waiting.join(10)
    assert woken[0][0] - accepted < 1
    assert [(change["number"], change["kind"], change["act"]) for change in woken[0][1]["changes"]] == [
        (2, "submission", "accept")
    ]
    api.accepted(300, LUYANG)
    told = api.ask("reporter", "GET", "/v1/changes").json()
    assert ([change["number"] for change in told["changes"]], told["last"]) == ([1, 2], 3)
    page = api.ask("admin", "GET", "/v1/changes", params={"limit": 2}).json()
    assert ([change["number"] for change in page["changes"]], page["last"]) == ([1, 2], 2)
    begun = time.monotonic()
    assert api.ask("admin", "GET", "/v1/changes", params={"after": 3, "wait": 0.3}).json() == {"changes": [], "last": 3}
    assert 0.25 < time.monotonic() - begun < 2
    api.ask("admin", "GET", "/v1/changes", 422, params={"wait": 3000})
    api.ask("admin", "GET", "/v1/changes", 422, params={"after": -1})


def test_a_doubt_is_answered_once(api: Api) -> None:
    api.accepted(100)
    fact = {"division": YAOHAI, "period": "2017", "measure": MEASURE}
    asked: dict[str, Any] = {
        "json": {"fact": fact, "question": "与年鉴不符"},
        "headers": {"Idempotency-Key": "doubt"},
    }
    made = api.ask("reporter", "POST", "/v1/corrections", 201, **asked)
    assert api.ask("reporter", "POST", "/v1/corrections", 201, **asked).json() == made.json()
    assert made.json()["asked_by"] == api.names["reporter"]
    assert (made.json()["answer"], made.json()["overdue"]) == ("", False)
    api.ask("reporter", "POST", "/v1/corrections", 404, json={"fact": {**fact, "period": "2016"}, "question": "?"})
    told = api.ask("reporter", "POST", "/v1/corrections", 422, json={"fact": {"division": YAOHAI}})
    assert len(told.json()["faults"]) == 3
    path = made.headers["Location"]
    answer = {"outcome": "upheld", "answer": "以部门数据为准"}
    api.ask("reporter", "POST", f"{path}/answer", 403, json=answer)
    assert api.ask("reporter", "GET", "/v1/corrections", params={"unanswered": True}).json()["items"] == [made.json()]
    done = api.ask("checker", "POST", f"{path}/answer", json=answer).json()
    assert (done["answer"], done["answered_by"]) == ("以部门数据为准", api.names["checker"])
    assert api.ask("reporter", "GET", path).json() == done
    api.ask("checker", "POST", f"{path}/answer", 409, json=answer)
    for asked_for in ({"unanswered": True}, {"overdue": True}, {"division": LUYANG}):
        assert api.ask("admin", "GET", "/v1/corrections", params=asked_for).json()["items"] == []
