"""Facts that a client sends: figures, receipt, notes, explanations and findings are the library's."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

import libminsheng as ms
from tests.client.sameness import same
from tests.client.wires import talking

MINE = """
[pack]
id = "measures"
title = { zh = "自己的", en = "Mine" }
requires = ["childhood"]

[[measure]]
code = "my_screened"
name = { zh = "自测筛查数", en = "Screened by ourselves" }
unit = "人"
year_starts = 10
definition = { zh = "自测筛查的人数。", en = "People screened by ourselves." }

[[indicator]]
code = "my_rate"
name = { zh = "自测筛查率", en = "Rate of our own" }
formula = "my_screened / newborns_screened"
unit = "%"
domain = "幼有所育"
source = { document = "本库自定", clause = "自测", verified = true }
"""
TWICE = {
    "division": ["340102004", "340102004", "340102008", "340102008"],
    "period": ["2024"] * 4,
    "measure": ["newborns_screened", "newborns_screened", "newborns_screened", "live_births"],
    "value": ["40", "50", "1", "110"],
    "sex": ["f", "f", "m", None],
}


def test_yaohai_comes_back_as_it_is_computed_here(alone: Any, facts: ms.Facts) -> None:
    with talking(alone) as (client, asked):
        same(client.evaluate(facts), ms.evaluate(facts))
        assert [request.url.path for request in asked] == ["/v1/packs", "/v1/calculations"]
        rate = client.evaluate(facts, indicators="newborn_screening_rate", divisions="340102", start="2017", end="2017")
        assert [str(figure.value) for figure in rate] == ["99.61"]
        assert [request.url.path for request in asked[2:]] == ["/v1/calculations"], "definitions are fetched once"
        told = client.explain("新生儿遗传代谢性疾病筛查率", "瑶海区", "2017", facts=facts)
        known = ms.evaluate(facts, indicators=["newborn_screening_rate"]).explain(
            "newborn_screening_rate", "340102", "2017"
        )
        assert told.as_dict() == known.as_dict()
        assert ms.rank(rate, "newborn_screening_rate", "2017")[0].figure.division == "340102"
        assert (rate.revision, rate.age) == (None, None)


@pytest.mark.parametrize(
    "made",
    [
        pl.DataFrame,
        pl.LazyFrame,
        lambda rows: pl.DataFrame(rows).to_pandas(),
        lambda rows: pl.DataFrame(rows).to_arrow(),
        lambda rows: duckdb.from_arrow(pl.DataFrame(rows).to_arrow()),
    ],
    ids=["polars", "lazy", "pandas", "arrow", "duckdb"],
)
def test_any_frame_may_be_sent_and_equal_keys_add_up(alone: Any, made: Callable[[Any], object]) -> None:
    asked: Any = {"indicators": ["newborn_screening_rate"], "by": ["sex"], "parents": "own"}
    with talking(alone) as (client, _):
        found = client.evaluate(made(TWICE), **asked)
        same(found, ms.evaluate(pl.DataFrame(TWICE), **asked))
    assert "82.73" in [str(figure.value) for figure in found]


def test_definitions_of_ones_own_go_with_the_facts(alone: Any, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(MINE, "utf-8")
    mine = ms.catalogue([tmp_path / "mine.toml"])
    rows = pl.DataFrame(
        {"division": "340102", "period": "2024", "measure": ["my_screened", "newborns_screened"], "value": [3, 7]}
    )
    with talking(alone) as (client, asked):
        found = client.evaluate(rows, catalogue=mine)
        same(found, ms.evaluate(rows, catalogue=mine))
        told = client.explain("my_rate", "340102", "2024", facts=rows, catalogue=mine)
    assert str(told.figure.value) == "42.86"
    assert {figure.indicator.code for figure in found} == {"my_rate"}
    assert [request.url.path for request in asked] == ["/v1/calculations"] * 2


def test_what_is_wrong_is_found_here_with_its_place(alone: Any, facts: ms.Facts, tmp_path: Path) -> None:
    path = tmp_path / "facts.csv"
    path.write_text("division,period,measure,value\n340102,2024,live_birth,3\n", "utf-8")
    with talking(alone) as (client, asked):
        with pytest.raises(ms.FactsError, match=r"facts\.csv.*2.*live_birth"):
            client.evaluate(ms.read_facts(path))
        with pytest.raises(ms.EvaluationError, match="newborn_screening_rate"):
            client.evaluate(facts, indicators=["newborn_screening_rat"])
        with pytest.raises(ms.EvaluationError):
            client.evaluate(object())
    assert [request.url.path for request in asked] == ["/v1/packs"]


def test_findings_name_the_file_and_row_that_the_facts_came_from(alone: Any, tmp_path: Path) -> None:
    path = tmp_path / "births.csv"
    path.write_text(
        "division,period,measure,value\n340102,2017,live_births,10601\n340102,2017,newborns_screened,10642\n", "utf-8"
    )
    facts = ms.read_facts(path)
    with talking(alone) as (client, _):
        found = client.check(facts, only=["compare"])
        known = ms.check(facts, only=["compare"])
        assert found.to_dicts() == known.to_dicts()
        assert found[0].where["file"] == str(path)
        assert found.notes == ()
        unplaced = client.check(facts.frame.drop("file", "row"), only="compare")
        assert [one.code for one in unplaced] == [one.code for one in known]
        assert not {"file", "row"} & set(unplaced[0].where)


def test_a_bulletin_is_checked_as_the_library_checks_it(alone: Any, repository: Path) -> None:
    text = (repository / "examples/yaohai-2017/bulletin.txt").read_text("utf-8")
    bulletin = ms.read_bulletin(text, division="340102", period="2017")
    with talking(alone) as (client, _):
        assert client.check(bulletin).to_dicts() == ms.check(bulletin).to_dicts()


def test_a_service_without_a_registry_has_no_figures_of_its_own(alone: Any) -> None:
    with talking(alone) as (client, _), pytest.raises(ms.ServiceError) as refusal:
        client.evaluate(indicators=["newborn_screening_rate"])
    assert refusal.value.status == 404
    assert "--registry" in refusal.value.text("en")


def test_no_facts_have_no_figures_and_no_findings(alone: Any) -> None:
    columns = {"division": pl.String, "period": pl.String, "measure": pl.String, "value": pl.Int64}
    with talking(alone) as (client, asked):
        for none in (pl.DataFrame(schema=columns), ms.read_facts([])):
            same(
                client.evaluate(none, indicators=["newborn_screening_rate"]),
                ms.evaluate(none, indicators=["newborn_screening_rate"]),
            )
            assert len(client.check(none)) == 0
    assert {request.url.path for request in asked} <= {"/v1/packs"}
