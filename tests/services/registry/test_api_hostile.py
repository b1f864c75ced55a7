"""Over HTTP: what nobody sends by mistake. It is refused with its reason, or answered; it never makes a 500."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from random import Random
from typing import Any

import openpyxl
import polars as pl
import pyarrow as pa
import pytest
from litestar.testing import TestClient

from minsheng_http import pages
from minsheng_http.forms import FORMS
from minsheng_registry.app import create_app
from minsheng_registry.settings import Settings
from tests.services.parameters import asked_twice
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


def test_what_stands_once_is_not_taken_twice(api: Api) -> None:
    submission = api.send("admin", 7)["id"]
    codes = {"divisions": YAOHAI, "projects": "W-1", "submissions": submission, "vocabulary": "tiers"}
    asked = 0
    for method, path, query, name in asked_twice(api.client.app.state.document.data):
        place = re.sub(r"\{[^}]*\}", codes.get(path.split("/")[2], "x"), path)
        headers = {"Accept-Language": "en", "Content-Type": "text/csv", **MATCH}
        body = {"content": "division,period,measure,value\n"} if method in ("post", "put") else {}
        answer = api.ask("admin", method, place, 422, params=query, headers=headers, **body)
        assert f"there may be only one '{name}'" in answer.json()["detail"], (place, query, answer.text)
        asked += 1
    assert asked >= 50


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


LISTS = (
    "projects", "projects?sort=-revision", "submissions", "corrections", "audit", "facts", "divisions", "measures",
)  # fmt: skip
MADE_UP = ([], ["x"], [None], [True], [[1]], [-1], [2**63], [2**70, "x"], ["\0", "x"], ["\ud800"], [1] * 6, ["x"] * 6)


def test_whoever_makes_up_a_place_to_read_on_from_is_refused(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    # there is no secret in a cursor: its mark can be computed by anybody
    monkeypatch.setattr(pages, "_mark", lambda *_: b"\0" * 12)
    like_one = {"submissions": ["x"], "corrections": ["x"], "audit": [-1]}
    for path in LISTS:
        for made_up in MADE_UP:
            expected = 200 if made_up == like_one.get(path) else 422
            api.ask("admin", "GET", f"/v1/{path}", expected, params={"cursor": pages.seal("", made_up)})


HEAD = "division,period,measure,value"
ROW = "340102,2017,live_births"


def _arrow(value: str, rows: int, compression: str) -> bytes:
    columns = {"division": "340102", "period": "2017", "measure": "live_births", "value": value}
    table = pa.table({name: [text] * rows for name, text in columns.items()})
    out = io.BytesIO()
    with pa.ipc.new_stream(out, table.schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as writer:
        writer.write_table(table)
    return out.getvalue()


def _book(sheet: bytes) -> bytes:
    """A workbook whose one sheet is of these bytes."""
    book = openpyxl.Workbook()
    whole, out = io.BytesIO(), io.BytesIO()
    book.save(whole)
    with zipfile.ZipFile(whole) as read, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as written:
        for name in read.namelist():
            written.writestr(name, sheet if "sheet1" in name else read.read(name))
    return out.getvalue()


_ENTITIES = b"".join(
    b'<!ENTITY a%d "%s">' % (number, b"&a%d;" % (number - 1) * 10 if number else b"a" * 10) for number in range(10)
)
_NOISE = Random(3).randbytes(3_000)
_LONG = "".join(chr(0x4E00 + 7 * number) for number in range(201))

FACTS: tuple[tuple[str, str | bytes, int, str], ...] = (
    ("csv", _NOISE, 422, "facts.encoding"),
    ("csv", "", 422, "facts.empty"),
    ("csv", f"{HEAD}\n", 422, "facts.no_rows"),
    ("csv", f'{HEAD}\n{ROW},"5\n', 422, "facts.quotes"),
    ("csv", f"{HEAD}\n{ROW},1e999\n", 422, "facts.scientific"),
    ("csv", f"{HEAD}\n{ROW},inf\n", 422, "facts.no_value"),
    ("csv", f"{HEAD}\n{ROW},{'9' * 100_000}\n", 422, "facts.too_long"),
    ("csv", f"{HEAD},note\n{ROW},5,a\0b\n", 422, "registry.control_character"),
    ("csv", f"{HEAD},sex\n{ROW},5,a\0b\n", 422, "registry.control_character"),
    ("csv", f"{HEAD},s\0x\n{ROW},5,a\n", 422, "registry.control_character"),
    ("csv", f"{HEAD},{'x' * 201}\n{ROW},5,a\n", 422, "registry.text_length"),
    ("csv", f"{HEAD},town\n{ROW},5,{_LONG}\n", 422, "registry.text_length"),
    ("csv", f"{HEAD},note\n{ROW},5,{'x' * 10_001}\n", 422, "registry.text_length"),
    (
        "csv",
        f"{HEAD},{','.join('abcdefgh')}\n{ROW},5,{','.join(chr(97 + n) + _LONG[:190] for n in range(8))}\n",
        422,
        "registry.key_length",
    ),
    ("csv", f"{HEAD},{','.join(f'c{n}' for n in range(5_000))}\n{ROW},5{',' * 5_000}\n", 422, "facts.too_wide"),
    ("json", '{"facts": [{"division": "340102", "value": 5, "note": "\\ud800"}]}', 422, "service.json"),
    ("json", '{"facts": [{"\\udc00": "340102", "value": 5}]}', 422, "service.json"),
    ("json", '{"division": "\\ud800", "facts": [{"division": "340102", "value": 5}]}', 422, "service.json"),
    ("json", '{"facts":' + "[" * 100_000 + "]" * 100_000 + "}", 422, "service.json"),
    ("json", '{"facts": [{"division": {"a": 1}}]}', 422, "service.json_value"),
    ("xlsx", b"PK\x03\x04" + _NOISE, 422, "facts.no_xlsx"),
    ("xlsx", _book(b" " * 20_000_000), 422, "facts.bomb"),
    ("xlsx", _book(b"<!DOCTYPE a [" + _ENTITIES + b"]><worksheet>&a9;</worksheet>"), 422, "facts.not_readable"),
    ("arrow", _arrow("0" * 100_000, 12_000, "zstd"), 413, "service.too_many_bytes"),
    ("parquet", b"PAR1" * 3, 422, "facts.not_readable"),
)  # fmt: skip


def test_facts_that_are_none_are_refused(api: Api) -> None:
    params = {"division": YAOHAI, "period": "2017"}
    for form, content, status, code in FACTS:
        headers = {"Content-Type": FORMS[form].media_types[0]}
        sent = content.encode() if isinstance(content, str) else content
        told = api.ask("reporter", "POST", "/v1/submissions", status, content=sent, headers=headers, params=params)
        assert code in {one["code"] for one in told.json()["faults"]}, (form, sent[:80], told.text)
    assert api.ask("reporter", "GET", "/v1/submissions").json()["items"] == []


@pytest.mark.parametrize("form", ["arrow", "parquet"])
def test_a_damaged_file_is_refused_or_read(api: Api, form: str) -> None:
    frame, out = (
        pl.DataFrame({"division": [YAOHAI], "period": ["2017"], "measure": ["live_births"], "value": [5]}),
        io.BytesIO(),
    )
    frame.write_ipc_stream(out) if form == "arrow" else frame.write_parquet(out)
    whole = out.getvalue()
    headers = {"Content-Type": FORMS[form].media_types[0], "Authorization": f"Bearer {api.tokens['reporter']}"}
    params = {"division": YAOHAI, "period": "2017", "dry_run": "true"}
    for place in range(0, len(whole), max(1, len(whole) // 25)):
        damaged = whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :]
        for content in (damaged, whole[:place]):
            answer = api.client.post("/v1/submissions", content=content, headers=headers, params=params)
            assert answer.status_code in (200, 413, 422), (place, answer.text)


def test_codes_in_wide_letters_are_no_other_codes(api: Api) -> None:
    wide, plain = "３４０１０２", {"division": YAOHAI, "period": "２０１７"}
    for params, code in (({**plain, "division": wide}, YAOHAI), (plain, wide)):
        content = f"division,period,measure,value\n{code},２０１７年,活产数,５\n".encode()
        given: dict[str, Any] = {"content": content, "headers": {"Content-Type": "text/csv"}}
        told = api.ask("reporter", "POST", "/v1/submissions", 422, params=params, **given).json()
        assert {one["code"] for one in told["faults"]} == {"vocabulary.division"}
    given["content"] = f"division,period,measure,value\n{YAOHAI},２０１７年,活产数,５\n".encode()
    one = api.ask("reporter", "POST", "/v1/submissions", 201, params=plain, **given).json()
    assert (one["division"], one["period"]) == (YAOHAI, "2017")
    api.ask("admin", "GET", "/v1/projects/Ｗ-1", 404)
