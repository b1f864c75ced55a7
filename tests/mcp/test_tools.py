"""The tools answer what the library answers, in both languages, for who asks and no more; what is wrong they teach."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from litestar import Litestar
from litestar.testing import TestClient
from mcp import Client

import libminsheng as ms
from libminsheng.mcp.server import create_server
from libminsheng.mcp.tools import NAMES
from libminsheng.report.records import indicator_dict
from tests.client.wires import passed_on
from tests.services.indicators.copied import EVERY, LUYANG, NO_FIGURES, YAOHAI, feed_of, rows_of, serving

RATE = "newborn_screening_rate"


@pytest.fixture(scope="module")
def service(repository: Path) -> Iterator[TestClient[Litestar]]:
    """A service of the facts of Yaohai, of which the live births are public."""
    rows = rows_of(repository / "examples/yaohai-2017/facts.csv")
    public = [row for row in rows if row["measure"] == "live_births"]
    with serving(feed_of([row for row in rows if row not in public], public=public)) as (client, _):
        yield client


def called(service: Any, token: str, tool: str, **arguments: Any) -> Any:
    """What a tool answers to a client of the SDK."""

    async def call() -> Any:
        wire = httpx.MockTransport(passed_on(service, lambda _: None))
        async with (
            ms.connect_async("http://a.example", token=token, transport=wire) as client,
            Client(create_server(client)) as assistant,
        ):
            return await assistant.call_tool(tool, arguments)

    return anyio.run(call)


def structured(service: Any, token: str, tool: str, **arguments: Any) -> Any:
    found = called(service, token, tool, **arguments)
    assert not found.is_error, found.content
    assert json.loads(found.content[0].text) == found.structured_content
    return found.structured_content


def taught(service: Any, token: str, tool: str, **arguments: Any) -> str:
    found = called(service, token, tool, **arguments)
    assert found.is_error
    return str(found.content[0].text)


def test_tools_are_described_in_both_languages_and_only_read(service: Any) -> None:
    async def listed() -> Any:
        async with (
            ms.connect_async("http://a.example", token="") as client,
            Client(create_server(client)) as assistant,
        ):
            return await assistant.list_tools()

    tools = anyio.run(listed).tools
    assert tuple(tool.name for tool in tools) == NAMES
    for tool in tools:
        told = [tool.description, tool.title, *(one["description"] for one in tool.input_schema["properties"].values())]
        assert all(any(ord(sign) > 0x4E00 for sign in text) and any(sign.isascii() for sign in text) for text in told)
        assert tool.output_schema["type"] == "object"
        assert tool.input_schema["additionalProperties"] is False
        assert tool.annotations.read_only_hint


def test_the_catalogue_is_searched_in_chinese_and_english(service: Any) -> None:
    for words in ("新生儿遗传代谢性疾病筛查率", "newborn screening rate"):
        found = structured(service, "", "search_catalogue", words=words, limit=1)
        assert found["found"][0]["code"].startswith(RATE)
        assert found["found"][0]["name"]["zh"] == "新生儿遗传代谢性疾病筛查率"
        assert len(found["found"]) == 1 <= found["total"]
    assert structured(service, "", "search_catalogue", words="xyzzy")["found"] == []


def test_an_indicator_is_shown_with_its_editions_and_measures(service: Any) -> None:
    known = ms.catalogue()
    shown = structured(service, "", "show_indicator", indicator="资金到位率")
    assert shown["editions"] == json.loads(
        json.dumps([indicator_dict(one, known) for one in known.editions("funds_arrival_rate")])
    )
    one = structured(service, "", "show_indicator", indicator=shown["code"] + "@" + shown["editions"][0]["edition"])
    assert len(one["editions"]) == 1
    assert "newborn_screening_rate" in taught(service, "", "show_indicator", indicator="newborn_screening_rat")


def test_figures_are_those_that_the_token_sees(service: Any, repository: Path) -> None:
    facts = ms.read_facts(repository / "examples/yaohai-2017/facts.csv")
    expected = ms.evaluate(facts, indicators=[RATE], divisions=["340102"]).to_dicts()
    asked: Any = {"indicators": [RATE], "divisions": ["瑶海区"]}
    for token in (EVERY, YAOHAI):
        found = structured(service, token, "figures", **asked)
        kept = [{name: one[name] for name in expected[0]} for one in found["figures"]]
        assert kept == expected
        assert (found["total"], found["revision"], len(found["receipt"])) == (len(expected), 2, 64)
        assert found["figures"][0]["division_name"] == "瑶海区"
    hidden = structured(service, "", "figures", **asked)["figures"]
    assert [(one["status"], one["missing"]) for one in hidden] == [("no_data", ["newborns_screened"])] * len(hidden)
    assert "outside" in taught(service, LUYANG, "figures", **asked)
    assert "figures:read" in taught(service, NO_FIGURES, "figures", **asked)
    assert len(structured(service, EVERY, "figures", indicators=[RATE], limit=1)["figures"]) == 1


def test_a_figure_is_explained_in_words_and_steps(service: Any, repository: Path) -> None:
    facts = ms.read_facts(repository / "examples/yaohai-2017/facts.csv")
    known = ms.evaluate(facts, indicators=[RATE], divisions=["340102"]).explain(RATE, "340102", "2017")
    found = structured(service, YAOHAI, "explain", indicator=RATE, division="340102", period="2017")
    assert found["text"] == {"zh": known.text("zh"), "en": known.text("en")}
    assert found["figure"]["value"] == "99.61"
    earlier = structured(service, YAOHAI, "explain", indicator=RATE, division="340102", period="2017", as_of="1")
    assert earlier["figure"]["status"] == "no_data"


def test_what_is_wrong_is_told_in_both_languages_with_what_is_right(service: Any) -> None:
    told = taught(service, EVERY, "figures", indicators=["newborn_screening_rat"], level="town", start="2017-13")
    assert "没有指标" in told
    assert "did you mean" in told
    assert "township" in told
    assert "2017-13" in told


def test_an_argument_that_is_none_is_refused_and_not_left_out(service: Any) -> None:
    told = taught(service, EVERY, "figures", indicators=[RATE], division="340102", frm="2017")
    assert "没有参数“division”（是否指 divisions？）" in told
    assert "there is no argument 'frm'" in told
    assert "as_of" in told
    told = taught(service, EVERY, "explain", indicator=RATE, division="340102")
    assert told.startswith("参数 period 不合要求")
    assert "pydantic" not in told
    assert "Unknown tool" in taught(service, EVERY, "delete", indicator=RATE)


def test_years_and_revisions_may_be_numbers_and_one_may_stand_for_a_list(service: Any) -> None:
    exact: Any = {"indicators": [RATE], "divisions": ["340102"], "start": "2017", "end": "2017", "as_of": "2"}
    loose: Any = {"indicators": RATE, "divisions": 340102, "start": 2017, "end": 2017, "as_of": 2}
    expected = structured(service, EVERY, "figures", **exact)
    assert len(expected["figures"]) == 1
    for asked in (loose, {**loose, "divisions": "瑶海区"}, {**loose, "divisions": [340102]}):
        found = structured(service, EVERY, "figures", **asked)
        assert {**found, "age": None} == {**expected, "age": None}
    told = structured(service, EVERY, "explain", indicator=RATE, division=340102, period=2017, as_of=2)
    assert told["figure"]["value"] == "99.61"
