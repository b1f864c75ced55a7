"""minsheng explain: one figure, down to the reports."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Minsheng

ASKED = ("--indicator", "newborn_screening_rate", "--division", "340102", "--period", "2017")


def test_as_text_it_names_formula_reports_and_rounding(minsheng: Minsheng, facts: Path) -> None:
    done = minsheng("explain", facts, *ASKED, "--lang", "zh")
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[0] == "新生儿遗传代谢性疾病筛查率 = 99.61 %"
    assert any("newborns_screened / live_births" in line for line in lines)
    assert any("瑶海区 2017年" in line and "10642" in line for line in lines)


def test_as_json_it_holds_the_figure_and_the_steps(minsheng: Minsheng, facts: Path) -> None:
    told = json.loads(minsheng("explain", facts, *ASKED, "--format", "json").out)
    assert told["figure"]["value"] == "99.61"
    assert told["steps"]["kind"] == "figure"


def test_as_html_it_is_a_page(minsheng: Minsheng, facts: Path, tmp_path: Path) -> None:
    assert minsheng("explain", facts, *ASKED, "-o", tmp_path / "why.html").code == 0
    page = (tmp_path / "why.html").read_text("utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert "<script" not in page


def test_what_is_missing_is_explained_too(minsheng: Minsheng, facts: Path) -> None:
    done = minsheng(
        "explain", facts, "--indicator", "资金利用率", "--division", "瑶海区", "--period", "2017年", "--lang", "en"
    )
    assert done.code == 0
    assert "funds_disbursed" in done.out


def test_one_value_of_a_breakdown(minsheng: Minsheng, tmp_path: Path) -> None:
    facts = tmp_path / "facts.csv"
    rows = ["340102,2017,newborns_screened,1,f", "340102,2017,newborns_screened,2,m"]
    rows += ["340102,2017,live_births,2,f", "340102,2017,live_births,2,m"]
    facts.write_text("division,period,measure,value,sex\n" + "\n".join(rows) + "\n", "utf-8")
    assert minsheng("explain", facts, *ASKED, "--by", "sex=f", "--lang", "en").out.splitlines()[0].endswith("= 50.00 %")
    assert minsheng("explain", facts, *ASKED, "--lang", "en").out.splitlines()[0].endswith("= 75.00 %")
    assert minsheng("explain", facts, *ASKED, "--by", "sex=x").code == 2


@pytest.mark.parametrize(
    ("option", "value"), [("--indicator", "newborn_screening_rat"), ("--division", "349999"), ("--period", "1999-13")]
)
def test_a_figure_that_does_not_exist_is_refused(minsheng: Minsheng, facts: Path, option: str, value: str) -> None:
    words = list(ASKED)
    words[words.index(option) + 1] = value
    done = minsheng("explain", facts, *words)
    assert (done.code, done.out) == (2, "")
    assert done.err
