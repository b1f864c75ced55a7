"""Checks over REST find what the library finds, in facts and in texts; schemes are those of the catalogue."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import libminsheng as ms
from libminsheng.report.records import scheme_dict
from tests.services.indicators.copied import EVERY, YAOHAI, feed_of, serving, told

SWAPPED = (
    "division,period,measure,value\n340102,2017,newborns_screened,10642\n340102,2017,live_births,10601\n"
    "340102,2017,newborns_screened,10642\n"
)
CSV = {"Content-Type": "text/csv"}
SENTENCE = "2017年，全区共26项，其中省级29项。"


def _plain(findings: ms.Findings) -> list[Any]:
    return [{**one.as_dict(), "where": None} for one in findings]


@pytest.fixture(scope="module")
def files(repository: Path) -> dict[str, tuple[str, bytes]]:
    """The same facts in each form."""
    path = repository / "examples/yaohai-2017/facts.csv"
    rows = pl.read_csv(path, infer_schema=False)
    return {
        "csv": ("text/csv", path.read_bytes()),
        "json": ("application/json", json.dumps({"facts": rows.to_dicts()}).encode()),
        "parquet": ("application/vnd.apache.parquet", _parquet(rows)),
    }


@pytest.fixture(scope="module")
def repository() -> Path:
    return Path(__file__).parents[3]


def _parquet(rows: pl.DataFrame) -> bytes:

    held = io.BytesIO()
    rows.write_parquet(held)
    return held.getvalue()


@pytest.mark.parametrize("form", ["csv", "json", "parquet"])
def test_facts_in_every_form_are_checked_as_the_library_does(
    client: Any, files: dict[str, tuple[str, bytes]], repository: Path, form: str
) -> None:
    kind, body = files[form]
    answer = client.post("/v1/checks", content=body, headers={"Content-Type": kind})
    found = ms.check(ms.read_facts(repository / "examples/yaohai-2017/facts.csv"))
    assert answer.status_code == 200, answer.text
    assert [{**one, "where": None} for one in answer.json()["findings"]] == _plain(found)
    assert answer.json()["counts"] == dict(found.counts)
    rows = [one.where["row"] - (form == "json") for one in found if "row" in one.where]
    assert [one["where"]["row"] for one in answer.json()["findings"] if "row" in one["where"]] == rows
    assert "minsheng-" not in answer.text


@pytest.mark.parametrize("how", ["plain", "gb18030", "json", "part"])
def test_a_text_is_checked_as_the_library_does(client: Any, repository: Path, how: str) -> None:
    text = (repository / "examples/yaohai-2017/bulletin.txt").read_text("utf-8") + SENTENCE
    sent: dict[str, Any] = {
        "plain": {"content": text.encode(), "headers": {"Content-Type": "text/plain; charset=utf-8"}},
        "gb18030": {"content": text.encode("gb18030"), "headers": {"Content-Type": "text/plain"}},
        "json": {"json": {"text": text}},
        "part": {"files": [("text", ("bulletin.txt", text.encode(), "text/plain"))]},
    }
    answer = client.post("/v1/checks?division=340102&period=2017", **sent[how])
    found = ms.check(ms.read_bulletin(text, division="340102", period="2017"))
    assert answer.status_code == 200, answer.text
    assert [{**one, "where": None} for one in answer.json()["findings"]] == _plain(found)
    places = [one["where"] for one in answer.json()["findings"]]
    assert [(one["start"], one["end"]) for one in places] == [(one.where["start"], one.where["end"]) for one in found]
    assert {one.get("file") for one in places} == {"bulletin.txt" if how == "part" else None}


def test_what_is_reported_twice_is_a_finding(client: Any) -> None:
    answer = client.post("/v1/checks?only=duplicate&only=compare", content=SWAPPED.encode(), headers=CSV)
    assert answer.status_code == 200, answer.text
    assert {(one["code"], one["where"].get("row")) for one in answer.json()["findings"]} >= {("duplicate", 4)}
    rows = [
        {"division": "340102", "period": "2017", "measure": "live_births", "value": "1"},
        {"division": "340102", "period": "2017", "measure": "live_births", "value": "2"},
    ]
    found = client.post("/v1/checks?only=duplicate", json={"facts": rows}).json()["findings"]
    assert [(one["where"]["row"], one["arithmetic"]) for one in found] == [(2, "2 = 1")]
    assert "minsheng-" not in json.dumps(found)


def test_only_what_is_asked_for_and_as_grave(client: Any) -> None:
    body = {"text": SENTENCE}
    assert client.post("/v1/checks?only=text_unit", json=body).json()["findings"] == []
    assert client.post("/v1/checks?severity=error", json=body).json()["counts"]["warning"] == 0
    answer = client.post("/v1/checks?only=text_unti&severity=bad&onyl=x", json=body)
    assert answer.status_code == 422
    assert [one["code"] for one in answer.json()["faults"]] == [
        "service.unknown_parameter",
        "engine.unknown_option",
        "checks.unknown_code",
    ]


def test_findings_as_tables(client: Any) -> None:
    whole = client.post("/v1/checks", json={"text": SENTENCE}).json()["findings"]
    assert whole
    readers: dict[str, Callable[[bytes], pl.DataFrame]] = {
        "csv": pl.read_csv,
        "xlsx": pl.read_excel,
        "parquet": pl.read_parquet,
    }
    for form, read in readers.items():
        answer = client.post(f"/v1/checks?format={form}", json={"text": SENTENCE})
        assert len(read(answer.content)) == len(whole)


def test_own_rules_are_asked(client: Any) -> None:
    rule = (
        '[[rule]]\ncode = "few"\ncheck = "range"\nformula = "live_births"\nmost = 5\nfinding = "few_births"\n'
        'severity = "warning"\nmessage = { zh = "太多", en = "too many" }\n'
    )
    facts = [{"division": "340102", "period": "2017", "measure": "live_births", "value": "9"}]
    answer = client.post("/v1/checks?only=few", json={"facts": facts, "definitions": rule})
    assert answer.status_code in (200, 422), answer.text


@pytest.mark.parametrize(
    ("kind", "body", "status", "code"),
    [
        ("application/json", b"{}", 422, "service.nothing_to_check"),
        ("application/json", b'{"text": 3}', 422, "service.text_shape"),
        ("application/json", b'{"txet": "x"}', 422, "service.json_key"),
        ("application/json", b"[]", 422, "service.json_shape"),
        ("text/plain", b"\x00\x01", 422, "service.no_text"),
        ("text/plain", b"\xff\xff\xff", 422, "service.no_text"),
        ("image/png", b"x", 415, "service.media_type"),
        ("text/csv", b"division,period,measure,value\nx,2023,live_births,1\n", 422, "vocabulary.division"),
    ],
)
def test_bodies_that_cannot_be_checked_are_refused(client: Any, kind: str, body: bytes, status: int, code: str) -> None:
    answer = client.post("/v1/checks", content=body, headers={"Content-Type": kind})
    assert answer.status_code == status, answer.text
    assert answer.json()["faults"][0]["code"] == code
    if status == 415:
        assert "text/plain" in answer.headers["Accept-Post"]


def test_a_text_is_limited(client_with: Any) -> None:
    client = client_with(most_text=100)
    for sent in ({"json": {"text": "共" * 99}}, {"content": b"x" * 101, "headers": {"Content-Type": "text/plain"}}):
        answer = client.post("/v1/checks", **sent)
        assert (answer.status_code, answer.json()["faults"][0]["code"]) == (413, "service.too_many_bytes")


def test_beside_a_registry_checks_need_a_token() -> None:
    with serving(feed_of()) as (client, _):
        body = {"text": SENTENCE}
        statuses = [client.post("/v1/checks", json=body, headers=told(token)).status_code for token in (None, YAOHAI)]
        assert statuses == [401, 403]
        assert client.post("/v1/checks", json=body, headers=told(EVERY)).status_code == 200


def test_schemes_are_those_of_the_catalogue(client: Any) -> None:
    known = ms.catalogue()
    page = client.get("/v1/schemes?limit=3").json()
    items = page["items"] + client.get("/v1/schemes", params={"limit": 3, "cursor": page["next"]}).json()["items"]
    assert items == [json.loads(json.dumps(scheme_dict(one, known))) for one in known.schemes][:6]
    assert client.get("/v1/schemes?search=自评").json()["items"][0]["code"] == "self_evaluation"
    assert client.get("/v1/schemes?pack=nosuch").status_code == 422


def test_a_scheme_has_its_editions(client: Any) -> None:
    both = client.get("/v1/schemes/project_evaluation").json()
    assert [one["edition"] for one in both["editions"]] == ["2013", "2020"]
    assert [one["edition"] for one in client.get("/v1/schemes/project_evaluation@2013").json()["editions"]] == ["2013"]
    assert client.get("/v1/schemes/单位自评").json()["code"] == "self_evaluation"
    answer = client.get("/v1/schemes/self_evaluaton")
    assert answer.status_code == 404
    assert "self_evaluation" in answer.json()["detail"]
