"""minsheng rank: places in every form, refusals with their hints."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import fastexcel
import pytest

from tests.cli.conftest import Minsheng

ROWS = """\
division,period,measure,value
341502,2017,newborns_screened,990
341502,2017,live_births,1000
341503,2017,newborns_screened,99
341503,2017,live_births,100
341504,2017,newborns_screened,98
341504,2017,live_births,100
341522,2017,newborns_screened,100
341522,2017,live_births,100
341524,2017,newborns_screened,7
"""
ASKED = ("--indicator", "新生儿遗传代谢性疾病筛查率", "--period", "2017")


@pytest.fixture
def notice(tmp_path: Path) -> Path:
    path = tmp_path / "notice.csv"
    path.write_text(ROWS, "utf-8")
    return path


def test_as_a_table(minsheng: Minsheng, notice: Path) -> None:
    done = minsheng("rank", notice, *ASKED, "--level", "county", "--lang", "zh")
    assert (done.code, done.err) == (0, "")
    caption, *lines = [line.split() for line in done.out.splitlines() if line]
    assert caption[0] == "新生儿遗传代谢性疾病筛查率"
    assert [line[:2] for line in lines[2:]] == [
        ["1", "霍邱县"],
        ["2", "金安区"],
        ["2", "裕安区"],
        ["4", "叶集区"],
        ["—", "金寨县"],
    ]


def test_as_json_and_csv(minsheng: Minsheng, notice: Path) -> None:
    places = json.loads(minsheng("rank", notice, *ASKED, "--level", "county", "--format", "json").out)
    rows = list(
        csv.DictReader(io.StringIO(minsheng("rank", notice, *ASKED, "--level", "county", "--format", "csv").out))
    )
    assert [(place["rank"], place["division"], place["value"]) for place in places] == [
        (1, "341522", "100.00"),
        (2, "341502", "99.00"),
        (2, "341503", "99.00"),
        (4, "341504", "98.00"),
        (None, "341524", None),
    ]
    assert [row["rank"] for row in rows] == ["1", "2", "2", "4", ""]
    assert rows[-1]["missing"] == "live_births"


def test_as_a_workbook(minsheng: Minsheng, notice: Path, tmp_path: Path) -> None:
    target = tmp_path / "ranking.xlsx"
    assert minsheng("rank", notice, *ASKED, "--level", "county", "-o", target, "--lang", "zh").code == 0
    frame = fastexcel.read_excel(target).load_sheet("排名").to_polars()
    assert frame["名次"].to_list() == [1, 2, 2, 4, None]
    assert frame["区划"].to_list()[0] == "341522"
    assert frame["区划名称"].to_list()[0] == "霍邱县"


def test_by_the_distance_from_a_target(minsheng: Minsheng, notice: Path) -> None:
    options = ("--level", "county", "--better", "target", "--target", "98.5", "--format", "csv")
    done = minsheng("rank", notice, *ASKED, *options)
    assert [row["rank"] for row in csv.DictReader(io.StringIO(done.out))] == ["1", "1", "1", "4", ""]


def test_some_divisions_only(minsheng: Minsheng, notice: Path) -> None:
    options = ("--division", "金安区", "--division", "341504", "--better", "lower", "--format", "csv")
    done = minsheng("rank", notice, *ASKED, *options)
    found = [(row["rank"], row["division"]) for row in csv.DictReader(io.StringIO(done.out))]
    assert found == [("1", "341504"), ("2", "341502")]


def test_one_value_of_a_breakdown(minsheng: Minsheng, tmp_path: Path) -> None:
    path = tmp_path / "sexes.csv"
    rows = ["340102,2017,newborns_screened,1,f", "340102,2017,newborns_screened,2,m"]
    rows += ["340102,2017,live_births,2,f", "340102,2017,live_births,2,m"]
    path.write_text("division,period,measure,value,sex\n" + "\n".join(rows) + "\n", "utf-8")
    done = minsheng("rank", path, *ASKED, "--level", "county", "--by", "sex=f", "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(done.out))
    assert (row["rank"], row["sex"], row["value"]) == ("1", "f", "50.00")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ((), "province, prefecture, county"),
        (("--level", "county", "--better", "target"), "no target"),
        (("--level", "county", "--target", "95"), "no use for a target"),
        (("--level", "county", "--better", "most"), "one of: higher, lower, target"),
        (("--level", "county", "--ties", "nearly"), "one of: exact, printed"),
        (("--level", "county", "--by", "sex"), "sex"),
    ],
)
def test_what_cannot_be_ranked_is_refused(
    minsheng: Minsheng, notice: Path, options: tuple[str, ...], told: str
) -> None:
    done = minsheng("rank", notice, *ASKED, *options, "--lang", "en")
    assert (done.code, done.out) == (2, "")
    assert told in done.err
