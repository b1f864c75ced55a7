"""The catalogue over REST is the library's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import libminsheng as ms
from libminsheng.definitions.written import pack_digest, pack_json
from libminsheng.report.records import indicator_dict, measure_dict, pack_dict


def pages(client: Any, path: str, limit: int, **asked: str) -> list[dict[str, Any]]:
    """The entries of all pages, one page after the other."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        answer = client.get(path, params={**asked, "limit": limit, **cursor})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert len(page["items"]) <= limit
        found += page["items"]
        if page["next"] is None:
            assert len(found) == page["total"]
            return found
        cursor = {"cursor": page["next"]}


def as_json(things: Any) -> Any:
    return json.loads(json.dumps(list(things)))


def test_every_definition_is_there_page_by_page(client: Any) -> None:
    known = ms.catalogue()
    assert pages(client, "/v1/indicators", 150) == as_json(indicator_dict(one, known) for one in known.indicators)
    assert pages(client, "/v1/measures", 200) == as_json(measure_dict(one, known) for one in known.measures.values())
    packs = [pack_dict(one, known) | {"digest": pack_digest(one, known)} for one in known.packs]
    assert pages(client, "/v1/packs", 7) == as_json(packs)


def test_a_pack_goes_out_as_it_is_written_and_can_be_used_again(client: Any, tmp_path: Path) -> None:
    known = ms.catalogue()
    pack = next(one for one in known.packs if one.id == "funds")
    answer = client.get("/v1/packs/funds")
    assert answer.text == pack_json(pack, known)
    assert client.get("/v1/packs/funds", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    toml = client.get("/v1/packs/funds?format=toml")
    assert toml.headers["content-type"].startswith("application/toml")
    assert toml.headers["ETag"] != answer.headers["ETag"]
    for name, content in (("pack.json", answer.content), ("pack.toml", toml.content)):
        (tmp_path / name).write_bytes(content)
        others = [one for one in known.packs if one.id != "funds"]
        again = ms.catalogue([*others, tmp_path / name], builtin=False)
        assert [again.digest_of(one) for one in pack.indicators] == [known.digest_of(one) for one in pack.indicators]
    refused = client.get("/v1/packs/fund")
    assert (refused.status_code, refused.json()["faults"][0]["hint"]["en"]) == (404, "did you mean funds?")
    assert client.get("/v1/packs/funds?format=xml").status_code == 422


@pytest.mark.parametrize(
    ("asked", "fits"),
    [
        ({"search": "筛查"}, lambda one: "筛查" in json.dumps(one, ensure_ascii=False)),
        ({"domain": "childhood"}, lambda one: one["domain"] == "幼有所育"),
        ({"domain": "幼有所育"}, lambda one: one["domain"] == "幼有所育"),
        ({"pack": "funds"}, lambda one: one["pack"] == "funds"),
        ({"service": "6"}, lambda one: 6 in one["services"]),
        ({"service": "6", "search": "率"}, lambda one: 6 in one["services"] and "率" in one["name"]["zh"]),
    ],
)
def test_lists_are_narrowed(client: Any, asked: dict[str, str], fits: Any) -> None:
    found = pages(client, "/v1/indicators", 200, **asked)
    assert found
    assert all(map(fits, found))


def test_search_gives_the_best_first(client: Any) -> None:
    found = pages(client, "/v1/indicators", 200, search="新生儿遗传代谢性疾病筛查率")
    assert found[0]["code"] == "newborn_screening_rate"
    assert client.get("/v1/measures", params={"search": "活产"}).json()["items"][0]["code"] == "live_births"
    assert client.get("/v1/measures", params={"pack": "population"}).json()["total"] >= 4


@pytest.mark.parametrize(
    "name", ["newborn_screening_rate", "新生儿遗传代谢性疾病筛查率", "newborn_screening_rate@2013"]
)
def test_one_indicator(client: Any, name: str) -> None:
    found = client.get(f"/v1/indicators/{name}").json()
    (edition,) = found["editions"]
    assert found["code"] == "newborn_screening_rate"
    assert edition["formula"] == "newborns_screened / live_births"
    assert edition["in_words"]["zh"] == "新生儿遗传代谢病筛查人数 ÷ 活产数"
    assert edition["source"]["verified"] is True
    assert len(edition["cases"]) >= 3
    assert [one["code"] for one in found["measures"]] == ["newborns_screened", "live_births"]


def test_all_editions_or_the_one_that_is_named(client: Any) -> None:
    assert len(client.get("/v1/indicators/funds_arrival_rate").json()["editions"]) == 3
    edition = client.get("/v1/indicators/funds_arrival_rate").json()["editions"][0]["edition"]
    assert len(client.get(f"/v1/indicators/funds_arrival_rate@{edition}").json()["editions"]) == 1


def test_a_cursor_is_good_for_its_question_only(client: Any) -> None:
    cursor = client.get("/v1/indicators", params={"limit": 1, "domain": "childhood"}).json()["next"]
    for asked in ({"domain": "health", "cursor": cursor}, {"cursor": "AAAA"}, {"cursor": "é"}, {"cursor": "="}):
        answer = client.get("/v1/indicators", params=asked)
        assert answer.status_code == 422
        assert [one["code"] for one in answer.json()["faults"]] == ["service.cursor"]


def test_everything_wrong_with_a_list_is_told_at_once(client: Any) -> None:
    answer = client.get("/v1/indicators", params={"domain": "x", "pack": "fund", "service": "999", "serach": "y"})
    assert answer.status_code == 422
    codes = [one["code"] for one in answer.json()["faults"]]
    assert codes == ["service.unknown_parameter", "definitions.domain", "definitions.service", "service.no_pack"]
    hints = [one["hint"]["en"] for one in answer.json()["faults"]]
    assert (hints[0], hints[3]) == ("did you mean search?", "did you mean funds?")
