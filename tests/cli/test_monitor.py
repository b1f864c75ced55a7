"""minsheng monitor: lights in every form, refusals with their hints."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import fastexcel
import pytest

from tests.cli.conftest import Minsheng

ROWS = """\
division,period,measure,value,scenario,basis
340102,2018-05,task_done,20,actual,year_to_date
340102,2018,task_done,100,target,
340102,2018-05,funds_spent,35,actual,year_to_date
340102,2018,funds_budgeted,100,actual,
340103,2018-05,task_done,60,actual,year_to_date
340103,2018,task_done,100,target,
340104,2018,task_done,100,target,
"""
ASKED = ("--period", "2018-05", "--level", "county")


@pytest.fixture
def may(tmp_path: Path) -> Path:
    path = tmp_path / "may.csv"
    path.write_text(ROWS, "utf-8")
    return path


def test_as_a_table(minsheng: Minsheng, may: Path) -> None:
    done = minsheng("monitor", may, *ASKED, "--lang", "zh")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[0] == "监控 · 2018年5月 · 4 项"
    assert "瑶海区：● 红（预算执行 ○ 绿，目标 ● 红；● 红 1、○ 绿 1）" in lines
    (late,) = [line.split() for line in lines if line.startswith("任务完成数") and "● 红" in line]
    assert late == ["任务完成数", "●", "红", "20.0000", "100.0000", "48.00", "%", "48.0000", "11.4286"]
    assert any("缺数据" in line for line in lines), "a target that nobody reported on"
    english = minsheng("monitor", may, *ASKED, "--lang", "en").out.splitlines()
    assert "瑶海区: ● red (budget ○ green, goals ● red; ● red 1, ○ green 1)" in english


def test_as_json(minsheng: Minsheng, may: Path) -> None:
    found = json.loads(minsheng("monitor", may, *ASKED, "--format", "json").out)
    lights = [(one["division"], one["watch"], one["light"], one["pace"], one["needed"]) for one in found]
    assert lights == [
        ("340102", "budget_execution", "green", "84.00", "9.29"),
        ("340102", "task_done", "red", "48.00", "11.4286"),
        ("340103", "task_done", "blue", "144.00", "5.7143"),
        ("340104", "task_done", None, None, None),
    ]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_as_csv_in_codes_whatever_the_language(minsheng: Minsheng, may: Path, lang: str) -> None:
    done = minsheng("monitor", may, *ASKED, "--format", "csv", "--lang", lang)
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert [(row["watch"], row["aspect"], row["rule"], row["light"], row["status"]) for row in rows] == [
        ("budget_execution", "budget", "budget", "green", "ok"),
        ("task_done", "goal", "positive", "red", "ok"),
        ("task_done", "goal", "positive", "blue", "ok"),
        ("task_done", "goal", "positive", "", "no_data"),
    ]
    assert [(row["flags"], row["missing"]) for row in rows][2:] == [("", ""), ("", "year_to_date(task_done)")]


def test_as_a_workbook(minsheng: Minsheng, may: Path, tmp_path: Path) -> None:
    target = tmp_path / "lights.xlsx"
    assert minsheng("monitor", may, *ASKED, "-o", target, "--lang", "zh").code == 0
    frame = fastexcel.read_excel(target).load_sheet(0).to_polars()
    assert frame["灯"].to_list() == ["绿", "红", "蓝", None]
    assert frame["序时比"].to_list() == [84.0, 48.0, 144.0, None]
    assert frame["区划名称"].to_list()[:2] == ["瑶海区"] * 2


def test_as_a_page(minsheng: Minsheng, may: Path, tmp_path: Path) -> None:
    target = tmp_path / "lights.html"
    assert minsheng("monitor", may, *ASKED, "-o", target, "--lang", "en").code == 0
    page = target.read_text("utf-8")
    assert "● red" in page
    assert "http" not in page.replace("http://www.w3.org", "")


def test_some_watches_only(minsheng: Minsheng, may: Path) -> None:
    done = minsheng("monitor", may, *ASKED, "--watch", "budget_execution", "--format", "csv")
    assert [row["watch"] for row in csv.DictReader(io.StringIO(done.out))] == ["budget_execution"]


@pytest.mark.parametrize("period", ["2018-Q2", "2018年上半年"])
def test_quarters_and_halves_count_to_their_last_month(minsheng: Minsheng, may: Path, period: str) -> None:
    done = minsheng("monitor", may, "--period", period, "--division", "340102", "--format", "json")
    paces = {one["watch"]: one["pace"] for one in json.loads(done.out)}
    assert paces["task_done"] == "40.00"  # 20 ÷ (100 ÷ 12 × 6)


def test_nothing_to_watch_is_said_aside(minsheng: Minsheng, may: Path) -> None:
    done = minsheng("monitor", may, "--period", "2016-05", "--format", "json", "--lang", "en")
    assert (done.code, json.loads(done.out)) == (0, [])
    assert "nothing is watched in 2016-05" in done.err


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--period", "2018-13"), "2018-13"),
        (("--period", "2018-05", "--watch", "task_don"), "task_done"),
        (("--period", "2018-05", "--by", "sex"), "sex"),
        (("--period", "2018-05", "--format", "parquet"), "parquet"),
        ((), "--period"),
    ],
)
def test_what_cannot_be_asked_is_refused(minsheng: Minsheng, may: Path, options: tuple[str, ...], told: str) -> None:
    done = minsheng("monitor", may, *options, "--lang", "en")
    assert (done.code, done.out) == (2, "")
    assert told in done.err
