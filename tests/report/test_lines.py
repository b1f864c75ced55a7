"""Figures as lines of JSON: the same as each figure tells of itself."""

from __future__ import annotations

import json
from typing import Any
from unittest import mock

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import libminsheng as ms
import libminsheng.report.lines as lines_of_json
from libminsheng.report.lines import json_figures

FACTS = st.lists(
    st.fixed_dictionaries(
        {
            "division": st.sampled_from(["340102", "340103", "340104"]),
            "period": st.sampled_from(["2017", "2018", "2018-Q1"]),
            "measure": st.sampled_from(["newborns_screened", "live_births", "funds_used", "funds_planned"]),
            "value": st.sampled_from([0, 1, -3, 10601, 10**12]),
            "sex": st.sampled_from(["f", "m", None, 'a"b\\', "甲\n", "=1+1"]),
            "status": st.sampled_from(["x", None]),
        }
    ),
    min_size=1,
    max_size=30,
)


@given(FACTS, st.sampled_from([(), ("sex",), ("sex", "status"), ("status",)]))
def test_a_line_is_what_the_figure_tells(rows: list[dict[str, Any]], by: tuple[str, ...]) -> None:
    facts = pl.DataFrame(rows, schema_overrides={"sex": pl.String, "status": pl.String})
    figures = ms.evaluate(facts, by=[name for name in by if facts[name].count()])
    with mock.patch.object(lines_of_json, "_FEW", 0):
        lines = json_figures(figures).to_list()
    assert [json.loads(line) for line in lines] == figures.to_dicts()
    assert lines == json_figures(figures).to_list(), "however many there are"
    assert not any("\n" in line for line in lines)


def test_figures_of_several_editions_stand_in_their_order() -> None:
    catalogue = ms.catalogue()
    code = next(one.code for one in catalogue.indicators if len(catalogue.editions(one.code)) > 1)
    measures = {one.code for edition in catalogue.editions(code) for one in catalogue.measures_of(edition)}
    rows = [("340102", str(year), measure, 7) for year in range(2005, 2025) for measure in sorted(measures)]
    facts = pl.DataFrame(rows, schema=["division", "period", "measure", "value"], orient="row")
    figures = ms.evaluate(facts, indicators=[code])
    assert [json.loads(line) for line in json_figures(figures)] == figures.to_dicts()


@pytest.mark.parametrize("level", ["village"])
def test_no_figures_are_no_lines(level: str) -> None:
    facts = pl.DataFrame({"division": ["340102"], "period": ["2017"], "measure": ["live_births"], "value": [1]})
    assert json_figures(ms.evaluate(facts, level=level)).to_list() == []
