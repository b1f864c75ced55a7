"""minsheng score: points and grades in every form, refusals with their hints."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import fastexcel
import pytest

from tests.cli.conftest import Minsheng

ROWS = """\
division,period,measure,value,scenario,project
340102,2021,funds_spent,810,actual,甲
340102,2021,funds_budgeted,1000,actual,甲
340102,2021,outputs_planned,100,actual,甲
340102,2021,outputs_actual,95,actual,甲
340102,2021,outputs_qualified,90,actual,甲
340102,2021,completion_timeliness_rating,85,actual,甲
340102,2021,cost_planned,200,actual,甲
340102,2021,cost_actual,200,actual,甲
340102,2021,implementation_benefit_rating,92,actual,甲
340102,2021,beneficiary_satisfaction_rating,85.5,actual,甲
340102,2021,beneficiary_satisfaction_rating,90,target,甲
340102,2021,funds_spent,30,actual,乙
340102,2021,funds_budgeted,40,actual,乙
"""
ASKED = ("--scheme", "self_evaluation", "--division", "340102", "--by", "project")


@pytest.fixture
def projects(tmp_path: Path) -> Path:
    path = tmp_path / "projects.csv"
    path.write_text(ROWS, "utf-8")
    return path


def test_as_a_table(minsheng: Minsheng, projects: Path) -> None:
    done = minsheng("score", projects, *ASKED, "--lang", "zh")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0] == "单位自评 · self_evaluation@2020"
    assert "瑶海区 · 2021年 · project=甲：92.04 / 100 优" in lines
    assert any(line.startswith("质量达标率") and line.endswith("12.5 × 94.7368… ÷ 100 = 11.84") for line in lines)
    assert any("project=乙" in line and "社会公众或服务对象满意度" in line for line in lines), "what a total lacks"
    english = minsheng("score", projects, *ASKED, "--lang", "en").out
    assert "瑶海区 · 2021 · project=甲: 92.04 of 100 Excellent" in english.splitlines()
    assert "awarded 85 %: 12.5 × 85 % = 10.63 (met the year's target)" in english
    assert "no value (no data); not scored" in english


def test_as_json(minsheng: Minsheng, projects: Path) -> None:
    done = minsheng("score", projects, *ASKED, "--format", "json")
    whole, other, card = json.loads(done.out)
    assert [one["by"] for one in (whole, other, card)] == [{}, {"project": "乙"}, {"project": "甲"}]
    assert (card["total"], card["grade"]) == ("92.04", {"code": "excellent", "zh": "优", "en": "Excellent"})
    assert {item["item"]: item["points"] for item in card["items"]}["budget_execution_rate"] == "8.10"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_as_csv_in_codes_whatever_the_language(minsheng: Minsheng, projects: Path, lang: str) -> None:
    done = minsheng("score", projects, *ASKED, "--format", "csv", "--lang", lang)
    rows = [row for row in csv.DictReader(io.StringIO(done.out)) if row["project"] == "甲"]
    assert [row["item"] for row in rows][:2] == ["budget_execution_rate", "output_completion_rate"]
    assert {(row["scheme"], row["edition"], row["total"], row["grade"], row["status"]) for row in rows} == {
        ("self_evaluation", "2020", "92.04", "excellent", "ok")
    }
    assert [row["group"] for row in rows] == ["execution", *["output"] * 4, "benefit", "satisfaction"]
    assert rows[0]["arithmetic"] == "10 × 81 ÷ 100 = 8.10"


def test_as_a_workbook(minsheng: Minsheng, projects: Path, tmp_path: Path) -> None:
    target = tmp_path / "scores.xlsx"
    done = minsheng("score", projects, *ASKED, "-o", target, "--lang", "zh")
    assert done.code == 0
    frame = fastexcel.read_excel(target).load_sheet(0).to_polars()
    rows = frame.filter(frame["project"] == "甲")
    assert rows["得分"].to_list() == [8.1, 11.88, 11.84, 10.63, 12.5, 27.6, 9.5]
    assert set(rows["等级"]) == {"优"}
    assert set(rows["区划"]) == {"340102"}
    assert rows["算法"].to_list()[0] == "10 × 81 ÷ 100 = 8.10"


def test_as_a_page(minsheng: Minsheng, projects: Path, tmp_path: Path) -> None:
    target = tmp_path / "scores.html"
    assert minsheng("score", projects, *ASKED, "-o", target, "--lang", "zh").code == 0
    page = target.read_text("utf-8")
    assert "92.04" in page
    assert "单位自评" in page
    assert "<script" not in page
    assert "http" not in page.replace("http://www.w3.org", "")


def test_a_scheme_that_nobody_read_says_so(minsheng: Minsheng, projects: Path) -> None:
    done = minsheng("score", projects, "--scheme", "核心绩效指标（设成本指标）", "--division", "340102", "--lang", "en")
    assert done.code == 0
    assert "core_indicators@cost" in done.out.splitlines()[0]
    assert "the scheme is unverified: weights or items are a local reading, check them before use" in done.out.replace(
        "\n", " "
    )


def test_a_scheme_of_a_pack_of_ones_own(minsheng: Minsheng, projects: Path, tmp_path: Path) -> None:
    path = tmp_path / "county.toml"
    path.write_text(
        '[[scheme]]\ncode = "county"\nname = "县里的"\ntotal = 10\nmissing = "redistributed"\nitems = [\n'
        '    { indicator = "budget_execution_rate@self_evaluation", better = "higher", target = 100, weight = 6 },\n'
        '    { indicator = "output_completion_rate@2020", target = 100, weight = 4 },\n]\n',
        "utf-8",
    )
    done = minsheng("score", projects, "--pack", path, "--scheme", "县里的", *ASKED[2:], "--format", "json")
    totals = {card["by"].get("project"): card["total"] for card in json.loads(done.out)}
    assert totals["甲"] == "8.66"  # 6 × 81 % + 4 × 95 %
    assert totals["乙"] == "7.50"  # 10 × 75 %, the points of the outputs moved


def test_an_unknown_scheme_is_refused_with_the_nearest(minsheng: Minsheng, projects: Path) -> None:
    done = minsheng("score", projects, "--scheme", "self_evalution", "--lang", "en")
    assert (done.code, done.out) == (2, "")
    assert "there is no scheme 'self_evalution'" in done.err
    assert "self_evaluation" in done.err


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--by", "sex"), "sex"),
        (("--from", "2021-13"), "2021-13"),
        (("--format", "parquet"), "parquet"),
        (("--period", "week"), "week"),
        (("--division", "999999"), "999999"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    minsheng: Minsheng, projects: Path, options: tuple[str, ...], told: str
) -> None:
    done = minsheng("score", projects, "--scheme", "self_evaluation", *options, "--lang", "en")
    assert (done.code, done.out) == (2, "")
    assert told in done.err


def test_nothing_to_score_is_said_aside(minsheng: Minsheng, projects: Path) -> None:
    done = minsheng("score", projects, "--scheme", "self_evaluation", "--division", "341502", "--format", "json")
    assert (done.code, json.loads(done.out)) == (0, [])
    assert done.err


def test_bad_rows_stop_it(minsheng: Minsheng, projects: Path) -> None:
    projects.write_text(ROWS + "340102,2021,funds_spent,many,actual,丙\n", "utf-8")
    assert minsheng("score", projects, *ASKED).code == 2
    done = minsheng("score", projects, *ASKED, "--skip-bad-rows", "--format", "json")
    assert len(json.loads(done.out)) == 3
    assert "many" in done.err
